//! What pictures over days share: the room for the plot, and the days under it.

use super::scale::Scale;
use super::svg::{HEIGHT, Svg};

/// The left end, where the first day is.
pub const LEFT: f64 = 30.0;
/// The right end, where the last day is; what stands beside it names lines and bands.
pub const RIGHT: f64 = 430.0;
/// Where nothing is.
pub const FLOOR: f64 = 160.0;
/// Where the most is.
pub const TOP: f64 = 24.0;
/// How far labels keep apart.
pub const BETWEEN_LABELS: f64 = 18.0;

/// The scale upwards, from nothing to the most.
pub fn upwards(most: i64) -> Scale {
    Scale::new(0, most.max(1), FLOOR, TOP)
}

/// How many figures stand beside the plot, at most, besides nothing.
const FIGURES: i64 = 4;

/// The figures of the scale at its left, round ones: nothing, and up to four more.
pub fn figures(svg: &mut Svg, scale: Scale, most: i64) {
    let round = (0..).flat_map(|power| [1, 2, 5].map(|one| one * 10_i64.pow(power)));
    let step = round.take(40).find(|step| most / step <= FIGURES).unwrap_or(most.max(1));
    for figure in (0..=most / step).map(|at| at * step) {
        svg.text("end", (LEFT - 6.0, scale.at(figure) + 5.0), &figure.to_string());
    }
}

/// The floor, and under it the first and the last day.
pub fn finished(mut svg: Svg, ends: [&str; 2]) -> String {
    svg.line("floor", (LEFT, FLOOR + 0.5), (RIGHT, FLOOR + 0.5));
    svg.text("", (LEFT, HEIGHT - 16.0), ends[0]);
    svg.text("end", (RIGHT, HEIGHT - 16.0), ends[1]);
    svg.finished()
}
