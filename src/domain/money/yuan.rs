//! Amounts in yuan as people write and read them. They are stored in fen, as integers.

use crate::domain::base::text;

/// Fen as yuan with two decimals.
pub fn yuan(fen: i64) -> String {
    let sign = if fen < 0 { "-" } else { "" };
    format!("{sign}{}.{:02}", fen.unsigned_abs() / 100, fen.unsigned_abs() % 100)
}

/// The same without decimals where there are no fen, for prices.
pub fn whole_yuan(fen: i64) -> String {
    if fen % 100 == 0 { (fen / 100).to_string() } else { yuan(fen) }
}

/// The fen of an amount that somebody typed in yuan, with up to two decimals: `600`, `６００．５元`, `1,200.00`; none where it is no such
/// amount.
pub fn fen(typed: &str) -> Option<i64> {
    // A number is read without the hyphens in it; an amount with one is none.
    if typed.chars().any(text::is_dash) {
        return None;
    }
    let folded = text::number(typed).replace([',', '¥', '元'], "");
    let (yuan, rest) = folded.split_once('.').unwrap_or((&folded, ""));
    let is_amount =
        !yuan.is_empty() && rest.len() <= 2 && (yuan.bytes().chain(rest.bytes())).all(|c| c.is_ascii_digit());
    let fen: i64 = format!("{rest:0<2}").parse().ok().filter(|_| is_amount)?;
    yuan.parse::<i64>().ok()?.checked_mul(100)?.checked_add(fen)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_people_type_as_an_amount_is_read_to_the_fen() {
        for (typed, read) in
            [("600", 60_000), ("600.5", 60_050), (" ６００．００元", 60_000), ("1,200.05", 120_005), ("0", 0)]
        {
            assert_eq!(fen(typed), Some(read), "{typed}");
        }
        for typed in ["", ".5", "-1", "6oo", "1.234", "1.2.3", "99999999999999999999", "六百"] {
            assert_eq!(fen(typed), None, "{typed}");
        }
    }
}
