//! Amounts in capital figures (大写金额), which nobody can alter with a stroke of the pen.
//!
//! Source: 支付结算办法 (银发〔1997〕393号), annex 1, articles 1 and 2: the figures; 整 behind 元, and none behind 分; one 零 for
//! zeros between figures, and one between 元 and 分 where there is no 角.

const FIGURES: [&str; 10] = ["零", "壹", "贰", "叁", "肆", "伍", "陆", "柒", "捌", "玖"];
/// Within four figures, from the right.
const PLACES: [&str; 4] = ["", "拾", "佰", "仟"];
/// Of each four figures, from the right; the largest number of fen has five such groups.
const GROUPS: [&str; 5] = ["", "万", "亿", "万亿", "亿亿"];

/// An amount in fen as it stands on a receipt: `人民币壹仟肆佰零玖元伍角`.
pub fn capitals(fen: i64) -> String {
    let (yuan, rest) = (fen.unsigned_abs() / 100, fen.unsigned_abs() % 100);
    let (jiao, fen_left) = (rest / 10, rest % 10);
    let sign = if fen < 0 { "负" } else { "" };
    let mut text = format!("人民币{sign}");
    if yuan > 0 || rest == 0 {
        text += &whole(yuan);
        text += "元";
    }
    match (jiao, fen_left) {
        (0, 0) => text += "整",
        (0, fen_left) => {
            text += if yuan > 0 { "零" } else { "" };
            text += figure(fen_left);
            text += "分";
        }
        (jiao, fen_left) => {
            text += figure(jiao);
            text += "角";
            if fen_left > 0 {
                text += figure(fen_left);
                text += "分";
            }
        }
    }
    text
}

fn figure(digit: u64) -> &'static str {
    usize::try_from(digit).ok().and_then(|digit| FIGURES.get(digit)).unwrap_or(&"")
}

/// A whole number: zeros between its figures are said once, those at the end of a group not at all.
fn whole(number: u64) -> String {
    if number == 0 {
        return "零".to_owned();
    }
    let digits = number.to_string();
    let (mut text, mut zeros, mut group_has_figures) = (String::new(), false, false);
    for (at, digit) in digits.bytes().enumerate() {
        let place = digits.len() - 1 - at;
        match digit - b'0' {
            0 => zeros = true,
            digit => {
                if zeros {
                    text += "零";
                }
                text += figure(u64::from(digit));
                text += PLACES[place % 4];
                (zeros, group_has_figures) = (false, true);
            }
        }
        if place.is_multiple_of(4) {
            if group_has_figures {
                text += GROUPS.get(place / 4).unwrap_or(&"");
            }
            group_has_figures = false;
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What figures say, read by the value of each: written without the rules by which they are made.
    fn read(text: &str) -> Option<u64> {
        let text = text.strip_prefix("人民币")?.trim_end_matches('整');
        let (yuan, rest) = text.split_once('元').unwrap_or(("", text));
        let mut fen = 0;
        let mut last = 0;
        for c in rest.chars() {
            match c {
                '角' => fen += last * 10,
                '分' => fen += last,
                _ => last = FIGURES.iter().position(|figure| figure.starts_with(c))? as u64,
            }
        }
        let (hundred_millions, rest) = yuan.split_once('亿').unwrap_or(("", yuan));
        let (ten_thousands, ones) = rest.split_once('万').unwrap_or(("", rest));
        let yuan = group(hundred_millions)? * 100_000_000 + group(ten_thousands)? * 10_000 + group(ones)?;
        Some(yuan * 100 + fen)
    }

    fn group(text: &str) -> Option<u64> {
        let (mut all, mut figure) = (0, 0);
        for c in text.chars() {
            let by = match c {
                '拾' => 10,
                '佰' => 100,
                '仟' => 1000,
                _ => {
                    figure = FIGURES.iter().position(|figure| figure.starts_with(c))? as u64;
                    continue;
                }
            };
            all += std::mem::take(&mut figure) * by;
        }
        Some(all + figure)
    }

    #[test]
    fn amounts_read_as_the_rules_write_them() {
        // The annex's own examples first; where it leaves a 零 open, it stands within the yuan and not before 角.
        let written = [
            (140_950, "壹仟肆佰零玖元伍角"),
            (600_714, "陆仟零柒元壹角肆分"),
            (168_032, "壹仟陆佰捌拾元叁角贰分"),
            (10_700_053, "壹拾万零柒仟元伍角叁分"),
            (1_640_902, "壹万陆仟肆佰零玖元零贰分"),
            (32_504, "叁佰贰拾伍元零肆分"),
            (0, "零元整"),
            (1, "壹分"),
            (50, "伍角"),
            (55, "伍角伍分"),
            (100, "壹元整"),
            (1_000, "壹拾元整"),
            (1_500, "壹拾伍元整"),
            (60_000, "陆佰元整"),
            (100_100, "壹仟零壹元整"),
            (1_000_000, "壹万元整"),
            (1_000_100, "壹万零壹元整"),
            (10_000_000, "壹拾万元整"),
            (10_050_000, "壹拾万零伍佰元整"),
            (100_000_000, "壹佰万元整"),
            (10_000_000_000, "壹亿元整"),
            (10_000_000_100, "壹亿零壹元整"),
            (10_010_000_000, "壹亿零壹拾万元整"),
            (123_456_789_012, "壹拾贰亿叁仟肆佰伍拾陆万柒仟捌佰玖拾元壹角贰分"),
        ];
        for (fen, text) in written {
            assert_eq!(capitals(fen), format!("人民币{text}"), "{fen}");
        }
        assert_eq!(capitals(-60_000), "人民币负陆佰元整");
    }

    #[test]
    fn every_amount_reads_back_as_itself() {
        // Every amount of small change, and large ones whose digits come in every mixture of zeros.
        let mixed = (0..20_000_u64).map(|step| step.wrapping_mul(982_451_653) % 1_000_000_000_000);
        let sparse =
            (0..4096_u64).map(|bits| (0..12).map(|at| (bits >> at & 1) * (at % 9 + 1) * 10_u64.pow(at as u32)).sum());
        for fen in (0..20_000).chain(mixed).chain(sparse) {
            let text = capitals(i64::try_from(fen).unwrap_or(0));
            assert_eq!(read(&text), Some(fen), "{text}");
            assert!(!text.contains("零零") && !text.contains("零元") || fen == 0, "{text}");
        }
    }
}
