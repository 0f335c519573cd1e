//! Scales: where a number lies in a picture.

/// A straight scale from numbers to places.
#[derive(Debug, Clone, Copy)]
pub struct Scale {
    first: f64,
    span: f64,
    from: f64,
    length: f64,
}

impl Scale {
    /// Puts the first number at `from` and the last at `to`. Where they are the same, everything lies at `from`.
    pub fn new(first: i64, last: i64, from: f64, to: f64) -> Self {
        Self { first: first as f64, span: (last - first) as f64, from, length: to - from }
    }

    /// The place of a number; those outside lie at the nearer end.
    pub fn at(&self, number: i64) -> f64 {
        if self.span == 0.0 {
            return self.from;
        }
        self.from + ((number as f64 - self.first) / self.span).clamp(0.0, 1.0) * self.length
    }
}

/// The shade of a cell, from 0 (nothing) to 4 (the most there is).
pub fn shade(count: i64, most: i64) -> u8 {
    if count <= 0 || most <= 0 {
        return 0;
    }
    u8::try_from(1 + 4 * (count - 1) / most).map_or(4, |shade| shade.min(4))
}

/// Heights of labels moved apart, so that none covers another: from below upwards, at least `gap` apart, in their order.
pub fn apart(places: &[f64], gap: f64) -> Vec<f64> {
    let mut placed: Vec<f64> = Vec::with_capacity(places.len());
    for place in places {
        let highest = placed.last().map_or(*place, |below| place.min(below - gap));
        placed.push(highest);
    }
    placed
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scale_keeps_ends_and_middle() {
        let scale = Scale::new(0, 10, 160.0, 20.0);
        assert_eq!([0, 5, 10].map(|number| scale.at(number)), [160.0, 90.0, 20.0]);
    }

    #[test]
    fn what_is_outside_lies_at_the_nearer_end() {
        let scale = Scale::new(0, 10, 0.0, 100.0);
        assert_eq!((scale.at(-3), scale.at(40)), (0.0, 100.0));
    }

    #[test]
    fn a_scale_of_one_number_has_one_place() {
        assert_eq!(Scale::new(4, 4, 30.0, 90.0).at(4), 30.0);
    }

    #[test]
    fn nothing_is_white_and_only_the_most_is_darkest() {
        assert_eq!([0, 1, 5, 8, 13, 17].map(|count| shade(count, 17)), [0, 1, 1, 2, 3, 4]);
        assert_eq!((shade(1, 1), shade(0, 0)), (1, 0));
    }

    #[test]
    fn labels_of_nearly_the_same_height_are_moved_apart_upwards() {
        assert_eq!(apart(&[100.0, 98.0, 40.0], 18.0), [100.0, 82.0, 40.0]);
        assert_eq!(apart(&[100.0, 100.0, 100.0], 18.0), [100.0, 82.0, 64.0]);
    }
}
