//! A heat map of days: four weeks, Monday to Sunday, the darker the more.

use super::scale::shade;
use super::svg::{Link, Svg};

/// A day.
#[derive(Debug)]
pub struct Day {
    /// How it is called in a corner: `6月12日`.
    pub name: String,
    /// How many.
    pub count: i64,
    /// It is this day.
    pub is_today: bool,
    /// What it leads to.
    pub link: Link,
}

/// Days of a week.
const COLUMNS: usize = 7;
const CELL: (f64, f64) = (74.0, 38.0);
const STEP: (f64, f64) = (78.0, 42.0);
const CORNER: (f64, f64) = (8.0, 26.0);

/// The picture of whole weeks under the names of their days.
pub fn calendar(name: &str, weekdays: &[&str], days: &[Day]) -> String {
    let mut svg = Svg::new(name);
    for (column, weekday) in weekdays.iter().take(COLUMNS).enumerate() {
        svg.text("middle", (CORNER.0 + STEP.0 * column as f64 + CELL.0 / 2.0, 16.0), weekday);
    }
    let most = days.iter().map(|day| day.count).max().unwrap_or(0);
    for (at, day) in days.iter().enumerate() {
        let x = CORNER.0 + STEP.0 * (at % COLUMNS) as f64;
        let y = CORNER.1 + STEP.1 * (at / COLUMNS) as f64;
        let shade = shade(day.count, most);
        let today = if day.is_today { " today" } else { "" };
        let cell = |svg: &mut Svg| {
            svg.rect(&format!("cell heat{shade}{today}"), (x, y), CELL);
            svg.text(&format!("on{shade}"), (x + 6.0, y + 16.0), &day.name);
            if day.count > 0 {
                let class = format!("strong end on{shade}");
                svg.text(&class, (x + CELL.0 - 8.0, y + 32.0), &day.count.to_string());
            }
        };
        // A day without any leads to an empty list: nobody needs to go there.
        if day.count > 0 { svg.link(&day.link, cell) } else { cell(&mut svg) }
    }
    svg.finished()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_with_something_are_links_and_the_fullest_is_darkest() {
        let day = |name: &str, count| Day {
            name: name.to_owned(),
            count,
            is_today: false,
            link: Link { address: format!("/{name}"), says: format!("{name}: {count}") },
        };
        let svg =
            calendar("due", &["一", "二", "三", "四", "五", "六", "日"], &[day("a", 0), day("b", 17), day("c", 3)]);
        assert!(!svg.contains("href=\"/a\""));
        assert!(svg.contains("<a href=\"/b\" aria-label=\"b: 17\">"));
        assert!(svg.contains("cell heat4\" x=\"86\"") && svg.contains("cell heat1\" x=\"164\""), "{svg}");
    }
}
