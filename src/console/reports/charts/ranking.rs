//! The most frequent first: bars from the left, each under its name.

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

/// Where the longest bar ends; what stands behind it needs the rest.
const LONGEST: f64 = 400.0;
/// The height of a row: a name, and its bar.
const ROW: f64 = 37.0;

/// The picture of at most five rows.
pub fn ranking(name: &str, rows: &[Row]) -> String {
    let mut svg = Svg::new(name);
    let most = rows.iter().map(|row| row.count).max().unwrap_or(1);
    let scale = Scale::new(0, most, 0.0, LONGEST);
    for (at, row) in rows.iter().take(5).enumerate() {
        let top = 4.0 + ROW * at as f64;
        let class = if at == 0 { "first" } else { "rest" };
        svg.link(&row.link, |svg| {
            svg.title(&row.link.says);
            svg.text("ink", (0.0, top + 12.0), &row.name);
            svg.rect(class, (0.0, top + 18.0), (scale.at(row.count), 13.0));
            svg.text("ink", (scale.at(row.count) + 8.0, top + 30.0), &row.value);
        });
    }
    svg.finished()
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
        assert!(svg.contains("class=\"first\" x=\"0\" y=\"22\" width=\"400\""), "{svg}");
        assert!(svg.contains("class=\"rest\" x=\"0\" y=\"59\" width=\"200\""), "{svg}");
    }
}
