//! The most frequent first: bars from the left, each under its name's right.

use super::scale::Scale;
use super::svg::{Link, Svg};

/// A row.
#[derive(Debug)]
pub struct Row {
    /// What it is of.
    pub name: String,
    /// How many.
    pub count: i64,
    /// What stands behind the bar.
    pub value: String,
    /// What it leads to.
    pub link: Link,
}

const LEFT: f64 = 230.0;
const LONGEST: f64 = 440.0;
/// Characters that fit beside the bars: a Chinese one is as wide as two others.
const NAME_WIDTH: usize = 30;

/// The picture of at most five rows.
pub fn ranking(name: &str, rows: &[Row]) -> String {
    let mut svg = Svg::new(name);
    let most = rows.iter().map(|row| row.count).max().unwrap_or(1);
    let scale = Scale::new(0, most, LEFT, LONGEST);
    for (at, row) in rows.iter().take(5).enumerate() {
        let top = 12.0 + 36.0 * at as f64;
        let class = if at == 0 { "first" } else { "rest" };
        svg.link(&row.link, |svg| {
            svg.text("ink", (0.0, top + 16.0), &shortened(&row.name));
            svg.rect(class, (LEFT, top), (scale.at(row.count) - LEFT, 22.0));
            svg.text("ink", (scale.at(row.count) + 8.0, top + 16.0), &row.value);
        });
    }
    svg.finished()
}

/// So much of a name as fits.
fn shortened(name: &str) -> String {
    let mut width = 0;
    let mut kept = String::new();
    for character in name.chars() {
        width += if character.is_ascii() { 1 } else { 2 };
        if width > NAME_WIDTH {
            kept.push('…');
            break;
        }
        kept.push(character);
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_most_frequent_has_the_longest_bar() {
        let row = |count| Row {
            name: "营业执照".to_owned(),
            count,
            value: count.to_string(),
            link: Link { address: "/d".to_owned(), says: String::new() },
        };
        let svg = ranking("defects", &[row(20), row(10)]);
        assert!(svg.contains("class=\"first\" x=\"230\" y=\"12\" width=\"210\""), "{svg}");
        assert!(svg.contains("class=\"rest\" x=\"230\" y=\"48\" width=\"105\""), "{svg}");
    }

    #[test]
    fn a_long_name_ends_in_dots() {
        assert_eq!(shortened("法定代表人或者单位负责人身份证件"), "法定代表人或者单位负责人身份证…");
        assert_eq!(shortened("Business licence"), "Business licence");
    }
}
