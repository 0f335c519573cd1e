//! The few shapes that charts are drawn with.

use std::fmt::Write;

/// Width of every chart, in its own units: pixels where it is shown at its full size.
pub const WIDTH: f64 = 560.0;
/// Height of every chart.
pub const HEIGHT: f64 = 196.0;

/// What a mark leads to, and what it says to those who don't see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// The list of what it counts; empty where the reader may not see it.
    pub address: String,
    /// In words.
    pub says: String,
}

/// A picture that is being drawn.
#[derive(Debug)]
pub struct Svg(String);

impl Svg {
    /// An empty one, named for those who listen.
    pub fn new(name: &str) -> Self {
        let mut svg = Self(String::with_capacity(4096));
        svg.write(format_args!(r#"<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="group" aria-label="{}">"#, escaped(name)));
        svg
    }

    /// What stands in the page.
    pub fn finished(mut self) -> String {
        self.0.push_str("</svg>");
        self.0
    }

    /// What is drawn in `marks` is one link; nothing but marks where it leads nowhere.
    pub fn link(&mut self, link: &Link, marks: impl FnOnce(&mut Self)) {
        if link.address.is_empty() {
            return self.group(marks);
        }
        let (address, says) = (escaped(&link.address), escaped(&link.says));
        self.write(format_args!(r#"<a href="{address}" aria-label="{says}">"#));
        marks(self);
        self.0.push_str("</a>");
    }

    /// What is drawn in `marks` belongs together, and has a title of its own.
    pub fn group(&mut self, marks: impl FnOnce(&mut Self)) {
        self.0.push_str("<g>");
        marks(self);
        self.0.push_str("</g>");
    }

    /// What a pointer that rests on a mark without a text of its own is told.
    pub fn title(&mut self, text: &str) {
        self.write(format_args!("<title>{}</title>", escaped(text)));
    }

    /// A rectangle.
    pub fn rect(&mut self, class: &str, (x, y): (f64, f64), (width, height): (f64, f64)) {
        let [x, y, width, height] = [x, y, width, height].map(rounded);
        self.write(format_args!(r#"<rect class="{class}" x="{x}" y="{y}" width="{width}" height="{height}"/>"#));
    }

    /// A line.
    pub fn line(&mut self, class: &str, (x1, y1): (f64, f64), (x2, y2): (f64, f64)) {
        let [x1, y1, x2, y2] = [x1, y1, x2, y2].map(rounded);
        self.write(format_args!(r#"<line class="{class}" x1="{x1}" y1="{y1}" x2="{x2}" y2="{y2}"/>"#));
    }

    /// A dot.
    pub fn dot(&mut self, (x, y): (f64, f64), radius: f64) {
        let [x, y, radius] = [x, y, radius].map(rounded);
        self.write(format_args!(r#"<circle cx="{x}" cy="{y}" r="{radius}"/>"#));
    }

    /// Lines from point to point; closed and filled where the class fills it.
    pub fn path(&mut self, class: &str, points: impl Iterator<Item = (f64, f64)>) {
        self.write(format_args!(r#"<polyline class="{class}" points=""#));
        for (x, y) in points {
            self.write(format_args!("{},{} ", rounded(x), rounded(y)));
        }
        self.0.push_str(r#""/>"#);
    }

    /// A text; its class says how it looks and where it begins: `ink`, `strong`, `middle`, `end`.
    pub fn text(&mut self, class: &str, (x, y): (f64, f64), text: &str) {
        let [x, y] = [x, y].map(rounded);
        let class = if class.is_empty() { String::new() } else { format!(r#" class="{class}""#) };
        self.write(format_args!(r#"<text{class} x="{x}" y="{y}">{}</text>"#, escaped(text)));
    }

    fn write(&mut self, written: std::fmt::Arguments<'_>) {
        // Writing to a text can't fail.
        let _ = self.0.write_fmt(written);
    }
}

/// To a tenth: nobody sees less.
fn rounded(place: f64) -> f64 {
    (place * 10.0).round() / 10.0
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_stay_texts() {
        let mut svg = Svg::new("a \"chart\"");
        svg.link(&Link { address: "/x?a=1&b=2".to_owned(), says: "<b>".to_owned() }, |svg| {
            svg.text("ink", (1.04, 2.06), "</svg><script>");
        });
        assert_eq!(
            svg.finished(),
            "<svg viewBox=\"0 0 560 196\" role=\"group\" aria-label=\"a &quot;chart&quot;\">\
             <a href=\"/x?a=1&amp;b=2\" aria-label=\"&lt;b&gt;\">\
             <text class=\"ink\" x=\"1\" y=\"2.1\">&lt;/svg&gt;&lt;script&gt;</text></a></svg>"
        );
    }
}
