//! Cumulative flow: what came in and what was finished since the first day, and between the two what is being worked on.

use super::scale::Scale;
use super::svg::{HEIGHT, Link, Svg};

/// The end of a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Level {
    /// What had come in until then, and what was open before the first day.
    pub come: i64,
    /// What had been finished.
    pub gone: i64,
}

/// Days that lead somewhere together.
#[derive(Debug)]
pub struct Part {
    /// The first of its days, from 0.
    pub from: usize,
    /// After the last of its days.
    pub to: usize,
    /// What it leads to.
    pub link: Link,
}

const LEFT: f64 = 30.0;
const RIGHT: f64 = 450.0;
const FLOOR: f64 = 160.0;
const TOP: f64 = 20.0;

/// The levels of days, of which `opened` and `closed` came and went.
pub fn levels(open_now: i64, days: &[(i64, i64)]) -> Vec<Level> {
    let (came, went) = days.iter().fold((0, 0), |(came, went), day| (came + day.0, went + day.1));
    let mut level = Level { come: open_now - came + went, gone: 0 };
    let mut levels = Vec::with_capacity(days.len());
    for (come, gone) in days {
        level = Level { come: level.come + come, gone: level.gone + gone };
        levels.push(level);
    }
    levels
}

/// The picture, with the names of both lines and of its first and last day.
pub fn flow(name: &str, levels: &[Level], parts: &[Part], [come, gone]: [&str; 2], ends: [&str; 2]) -> String {
    let mut svg = Svg::new(name);
    let highest = levels.iter().map(|level| level.come.max(level.gone)).max().unwrap_or(1).max(1);
    let up = Scale::new(0, highest, FLOOR, TOP);
    let last = i64::try_from(levels.len()).unwrap_or(1).max(1);
    let along = Scale::new(0, last, LEFT, RIGHT);
    let x = |day: usize| along.at(i64::try_from(day).unwrap_or(last));
    let line = |of: fn(&Level) -> i64| {
        levels.iter().enumerate().map(move |(day, level)| (x(day + 1), up.at(of(level)))).collect::<Vec<_>>()
    };
    let (upper, lower) = (line(|level| level.come), line(|level| level.gone));
    svg.path("band", upper.iter().copied().chain(lower.iter().rev().copied()));
    svg.path("come", upper.iter().copied());
    svg.path("gone", lower.iter().copied());
    for part in parts {
        svg.link(&part.link, |svg| {
            svg.title(&part.link.says);
            svg.rect("reach", (x(part.from), TOP), (x(part.to) - x(part.from), FLOOR - TOP));
        });
    }
    if let (Some(top), Some(low)) = (upper.last(), lower.last()) {
        // Names of lines that end near one another keep apart.
        let low = (low.1 + 5.0).max(top.1 + 23.0);
        svg.text("ink", (RIGHT + 6.0, top.1 + 5.0), come);
        svg.text("ink", (RIGHT + 6.0, low), gone);
    }
    svg.line("floor", (LEFT, FLOOR + 0.5), (RIGHT, FLOOR + 0.5));
    svg.text("", (LEFT, HEIGHT - 16.0), ends[0]);
    svg.text("end", (RIGHT, HEIGHT - 16.0), ends[1]);
    svg.finished()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn between_the_lines_is_what_is_open() {
        let levels = levels(7, &[(3, 1), (2, 2), (0, 1)]);
        assert_eq!(levels[2].come - levels[2].gone, 7);
        assert_eq!(levels.iter().map(|level| level.come - level.gone).collect::<Vec<_>>(), [8, 8, 7]);
    }

    #[test]
    fn the_upper_line_ends_at_the_top() {
        let svg = flow("flow", &levels(2, &[(1, 0), (1, 0)]), &[], ["come", "gone"], ["a", "b"]);
        assert!(svg.contains("<polyline class=\"come\" points=\"240,90 450,20 \"/>"), "{svg}");
    }
}
