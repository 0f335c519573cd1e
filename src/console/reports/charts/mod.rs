//! Charts as SVG, made from numbers: each mark is a link to what it counts, and says itself in words.
//!
//! Guarantees: pure; any numbers give a picture; nothing is told by colour alone; texts are escaped.

pub mod bars;
pub mod calendar;
pub mod flow;
pub mod plot;
pub mod ranking;
pub mod scale;
pub mod scatter;
pub mod svg;
