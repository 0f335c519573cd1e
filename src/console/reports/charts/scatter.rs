//! Dots over days: how long what was finished on a day took, a dot the larger the more took as long; with lines where shares
//! of all of them end.

use super::plot::{BETWEEN_LABELS, FLOOR, LEFT, RIGHT, TOP, figures, finished, upwards};
use super::scale::apart;
use super::svg::{Link, Svg};

/// A day.
#[derive(Debug)]
pub struct Column {
    /// Each length of time, and how many took it.
    pub dots: Vec<(i64, i64)>,
    /// What it leads to.
    pub link: Link,
}

/// A line across all days.
#[derive(Debug)]
pub struct Level {
    /// The length of time.
    pub at: i64,
    /// What stands beside it.
    pub text: String,
}

/// The picture of days in order, with levels from the lowest to the highest; the first is drawn through.
pub fn scatter(name: &str, days: &[Column], levels: &[Level], ends: [&str; 2]) -> String {
    let mut svg = Svg::new(name);
    let highest = days.iter().flat_map(|day| &day.dots).map(|(long, _)| *long);
    let highest = highest.chain(levels.iter().map(|level| level.at)).max().unwrap_or(1).max(1);
    // Room above the highest, where labels that were moved apart find theirs.
    let highest = highest + highest / 3 + 1;
    let scale = upwards(highest);
    figures(&mut svg, scale, highest);
    let labels = apart(&levels.iter().map(|level| scale.at(level.at) + 5.0).collect::<Vec<_>>(), BETWEEN_LABELS);
    for (at, (level, label)) in levels.iter().zip(labels).enumerate() {
        let y = scale.at(level.at);
        svg.line(if at == 0 { "level" } else { "level dashed" }, (LEFT, y), (RIGHT, y));
        svg.text("", (RIGHT + 6.0, label), &level.text);
    }
    let step = (RIGHT - LEFT) / (days.len().max(1) as f64);
    for (at, day) in days.iter().enumerate().filter(|(_, day)| !day.dots.is_empty()) {
        let left = LEFT + step * at as f64;
        svg.link(&day.link, |svg| {
            svg.title(&day.link.says);
            svg.rect("reach", (left, TOP - 12.0), (step, FLOOR - TOP + 12.0));
            for (long, many) in &day.dots {
                let radius = (2.0 + (*many as f64).sqrt() * 1.2).min(step / 2.0 + 2.0);
                svg.dot((left + step / 2.0, scale.at(*long)), radius);
            }
        });
    }
    finished(svg, ends)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn longer_lies_higher_and_days_without_any_are_no_links() {
        let day = |dots: &[(i64, i64)]| Column {
            dots: dots.to_vec(),
            link: Link { address: "/made".to_owned(), says: String::new() },
        };
        let levels = [Level { at: 6, text: "P50".to_owned() }];
        let svg = scatter("times", &[day(&[(0, 1), (11, 4)]), day(&[])], &levels, ["a", "b"]);
        assert_eq!(svg.matches("<a ").count(), 1);
        assert!(
            svg.contains("cx=\"130\" cy=\"160\" r=\"3.2\"") && svg.contains("cx=\"130\" cy=\"60.3\" r=\"4.4\""),
            "{svg}"
        );
        // Round figures stand at the left.
        let figures = ["0", "5", "10", "15"]
            .map(|figure| svg.contains("class=\"end\" x=\"24\"") && svg.contains(&format!(">{figure}</text>")));
        assert_eq!(figures, [true; 4], "{svg}");
        assert!(svg.contains("<line class=\"level\" x1=\"30\" y1=\"105.6\""));
    }
}
