//! Bars side by side, with dashed lines between them where something ends.

use super::scale::Scale;
use super::svg::{Link, Svg, WIDTH};

/// A bar of pieces, one on the other.
#[derive(Debug)]
pub struct Bar {
    /// What stands under it.
    pub name: String,
    /// What stands over it.
    pub value: String,
    /// Its pieces from the floor on.
    pub pieces: Vec<Piece>,
}

/// A piece of a bar.
#[derive(Debug)]
pub struct Piece {
    /// Heights and classes from below.
    pub fills: Vec<(i64, &'static str)>,
    /// What it leads to.
    pub link: Link,
}

impl Piece {
    fn height(&self) -> i64 {
        self.fills.iter().map(|(height, _)| height).sum()
    }
}

impl Bar {
    fn height(&self) -> i64 {
        self.pieces.iter().map(Piece::height).sum()
    }
}

/// A line before a bar.
#[derive(Debug)]
pub struct Edge {
    /// The bar, from 0.
    pub before: usize,
    /// What it says.
    pub text: String,
}

const LEFT: f64 = 26.0;
const RIGHT: f64 = WIDTH - 14.0;
const FLOOR: f64 = 160.0;
const TOP: f64 = 40.0;

/// The picture; `most` is the height of a full bar, or of the highest where that is more.
pub fn bars(name: &str, bars: &[Bar], most: i64, edges: &[Edge]) -> String {
    let mut svg = Svg::new(name);
    let most = bars.iter().map(Bar::height).max().unwrap_or(0).max(most).max(1);
    let scale = Scale::new(0, most, FLOOR, TOP);
    let step = (RIGHT - LEFT) / (bars.len().max(1) as f64);
    let width = (step * 0.72).min(72.0);
    let place = |at: usize| LEFT + step * at as f64;
    for (at, bar) in bars.iter().enumerate() {
        let (left, middle) = (place(at) + (step - width) / 2.0, place(at) + step / 2.0);
        let mut below = 0;
        for piece in bar.pieces.iter().filter(|piece| piece.height() > 0) {
            svg.link(&piece.link, |svg| {
                svg.title(&piece.link.says);
                for (height, class) in piece.fills.iter().filter(|(height, _)| *height > 0) {
                    let (low, top) = (scale.at(below), scale.at(below + height));
                    svg.rect(class, (left, top), (width, low - top));
                    below += height;
                }
            });
        }
        svg.text("ink middle", (middle, scale.at(below) - 6.0), &bar.value);
        svg.text("middle", (middle, FLOOR + 20.0), &bar.name);
    }
    for edge in edges {
        svg.line("edge", (place(edge.before), 14.0), (place(edge.before), FLOOR));
        svg.text("ink", (place(edge.before) + 5.0, 22.0), &edge.text);
    }
    svg.line("floor", (LEFT, FLOOR + 0.5), (RIGHT, FLOOR + 0.5));
    svg.finished()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bar(height: i64) -> Bar {
        let link = Link { address: format!("/{height}"), says: height.to_string() };
        Bar {
            name: String::new(),
            value: height.to_string(),
            pieces: vec![Piece { fills: vec![(height, "bar")], link }],
        }
    }

    #[test]
    fn pieces_lie_one_on_the_other() {
        let mut stacked = bar(6);
        stacked.pieces[0].fills.push((2, "bar late"));
        stacked
            .pieces
            .push(Piece { fills: vec![(4, "rest")], link: Link { address: "/rest".to_owned(), says: String::new() } });
        let svg = bars("ages", &[stacked], 0, &[]);
        assert!(svg.contains("class=\"bar\" x=\"250\" y=\"100\" width=\"72\" height=\"60\""), "{svg}");
        assert!(svg.contains("class=\"bar late\" x=\"250\" y=\"80\" width=\"72\" height=\"20\""), "{svg}");
        assert!(
            svg.contains("class=\"rest\" x=\"250\" y=\"40\" width=\"72\" height=\"40\"")
                && svg.contains("href=\"/rest\""),
            "{svg}"
        );
    }

    #[test]
    fn the_highest_bar_reaches_the_top_and_the_others_their_share() {
        let svg = bars("ages", &[bar(10), bar(5), bar(0)], 0, &[]);
        assert!(
            svg.contains("y=\"40\" width=\"72\" height=\"120\"")
                && svg.contains("y=\"100\" width=\"72\" height=\"60\"")
        );
        assert!(svg.contains("href=\"/5\"") && !svg.contains("href=\"/0\""));
    }

    #[test]
    fn a_full_bar_may_be_more_than_any() {
        assert!(bars("shares", &[bar(50)], 100, &[]).contains("y=\"100\" width=\"72\" height=\"60\""));
    }

    #[test]
    fn nothing_at_all_is_a_floor() {
        assert!(bars("none", &[], 0, &[]).contains("class=\"floor\""));
    }

    #[test]
    fn an_edge_stands_before_its_bar() {
        let svg = bars("ages", &[bar(1), bar(1)], 0, &[Edge { before: 1, text: "7".to_owned() }]);
        assert!(svg.contains("<line class=\"edge\" x1=\"286\" y1=\"14\" x2=\"286\" y2=\"160\"/>"), "{svg}");
    }
}
