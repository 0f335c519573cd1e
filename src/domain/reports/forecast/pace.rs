//! How much a hall makes in a number of working days, as a distribution learned from what it made.
//!
//! The days to come are drawn from an urn that holds a ball for every day of the history, and one more for its worst and
//! one more for its best day; each ball drawn goes back together with another one like it (Pólya's urn). Going back with
//! company is what makes the rate itself uncertain: it is the predictive distribution of the Bayesian bootstrap
//! (Rubin 1981, Annals of Statistics 9, 130–134), wide after a short history and no more than resampling after a long
//! one. The worst and the best day count twice because tomorrow may fall outside what was seen.
//!
//! The sum of d draws is computed exactly, not simulated: every multiset of d balls has the same probability, so the
//! distribution is a coefficient of ∏ 1 ∕ (1 − z·yˣ) over the balls x. Two things bound the cost. Above [`MOST_CELLS`]
//! different sums, certificates are counted in units of several, rounded up or down at random such that the mean stays.
//! And more than [`LONGEST_DAYS`] days are judged by the average of the first so many, which is a little less sure.
//!
//! A better history, more days, more left of today or an earlier position never raises the probability to fall short,
//! except that two histories may be counted in different units.

/// The least history that a pace is learned from, two weeks: in simulated halls, what was given 5% after one week only
/// happened two to three times as often.
pub(in crate::domain) const LEAST_HISTORY: usize = 10;

/// The latest days that count, twelve weeks.
pub(in crate::domain) const MOST_HISTORY: usize = 60;

/// The farthest day whose distribution is computed, eight weeks of working days.
const LONGEST_DAYS: usize = 40;

/// The most different sums that are told apart.
const MOST_CELLS: u64 = 4096;

/// What a hall makes from now on.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::domain) struct Pace {
    /// Certificates to a cell; 1 unless there are very many.
    unit: f64,
    /// `fewer[d][i]`: the probability that the rest of today and d working days make fewer than i units.
    fewer: Vec<Vec<f64>>,
}

/// A ball of the urn: the number of cells it stands for, possibly between two, and how often it is there.
struct Ball {
    cells: usize,
    /// The probability that it is one cell more.
    above: f64,
    times: u32,
}

impl Pace {
    /// The pace of a hall from what it made on each past working day; none when that is too short to tell.
    ///
    /// `today_share` lies in 0 to 1. Questions about more than `most_days` days after today or positions beyond
    /// `most_cases` are outside of what it is made for and get cautious answers.
    pub(in crate::domain) fn learn(history: &[u32], today_share: f64, most_days: i64, most_cases: u64) -> Option<Self> {
        let history = history.get(history.len().saturating_sub(MOST_HISTORY)..).unwrap_or(history);
        if history.len() < LEAST_HISTORY {
            return None;
        }
        let mut made: Vec<u64> = history.iter().copied().map(u64::from).collect();
        made.sort_unstable();
        let (worst, best) = (made.first().copied().unwrap_or(0), made.last().copied().unwrap_or(0));
        made.extend([worst, best]);
        made.sort_unstable();

        let days = usize::try_from(most_days).unwrap_or(0).min(LONGEST_DAYS);
        let most_made = best.saturating_mul(days as u64 + 1).min(most_cases);
        let unit = most_made.div_ceil(MOST_CELLS).max(1);
        let cells = (most_made / unit) as usize + days + 3; // each day may be rounded up
        let balls: Vec<Ball> = made
            .chunk_by(|one, other| one == other)
            .map(|same| Ball::worth(same.first().map_or(0.0, |made| *made as f64 / unit as f64), same.len() as u32))
            .collect();
        let fewer = sums(&balls, today_share, days, cells).iter().map(|sums| running_total(sums)).collect();
        Some(Self { unit: unit as f64, fewer })
    }

    /// The probability that what is made today and in `days` working days after it falls short of a position in the
    /// queue, counted from 1.
    pub(in crate::domain) fn falls_short(&self, days: i64, position: u64) -> f64 {
        let Some((fewer, stretch)) = self.after(days) else { return 1.0 };
        // A whole number is below the position when it is below the middle of the last step to it.
        let cell = ((position as f64 - 0.5) / stretch / self.unit + 0.5).max(0.0);
        let at = |index: usize| fewer.get(index).or(fewer.last()).copied().unwrap_or(1.0);
        let index = cell as usize;
        let (below, above) = (at(index), at(index.saturating_add(1)));
        (below + (above - below) * cell.fract()).clamp(0.0, 1.0)
    }

    /// How many of the positions `first` to `first + cases − 1` are expected not to be made by then.
    pub(in crate::domain) fn expected_short(&self, days: i64, first: u64, cases: u64) -> f64 {
        let Some((fewer, stretch)) = self.after(days) else { return cases as f64 };
        let last = first.saturating_add(cases).saturating_sub(1) as f64;
        let short = fewer.windows(2).enumerate().map(|(index, pair)| {
            let probability = pair.iter().rev().copied().reduce(|to, from| to - from).unwrap_or(0.0);
            probability * (last - index as f64 * self.unit * stretch).clamp(0.0, cases as f64)
        });
        short.sum::<f64>().clamp(0.0, cases as f64)
    }

    /// The distribution that answers for a number of days after today, and the factor that what it says is made is to be
    /// multiplied by. That takes today for a whole day: what is left of it must not make more of the days to come, and
    /// so the days beyond the last known one are taken for slightly fewer, never for more.
    fn after(&self, days: i64) -> Option<(&[f64], f64)> {
        let asked = usize::try_from(days).ok()?;
        let known = asked.min(self.fewer.len().checked_sub(1)?);
        let stretch = (asked as f64 + 1.0) / (known as f64 + 1.0);
        Some((self.fewer.get(known)?, stretch))
    }
}

impl Ball {
    /// A ball worth a number of cells, rounded at random such that the mean stays.
    fn worth(cells: f64, times: u32) -> Self {
        Self { cells: cells as usize, above: cells.fract(), times }
    }

    /// Adds `weight` times what `from` says, moved by this ball, to `to`. What passes the end is enough for any
    /// question and falls away.
    fn add_moved(&self, from: &[f64], weight: f64, to: &mut [f64]) {
        for (shift, part) in [(self.cells, 1.0 - self.above), (self.cells.saturating_add(1), self.above)] {
            if part > 0.0 {
                let moved = to.iter_mut().skip(shift);
                moved.zip(from).for_each(|(to, from)| *to += weight * part * from);
            }
        }
    }

    /// Puts a ball more into the urn: `draws[d]` weighs each sum of d draws by the multisets of balls that make it.
    fn join(&self, draws: &mut [Vec<f64>]) {
        for d in 1..draws.len() {
            if let (before, [now, ..]) = draws.split_at_mut(d)
                && let Some(before) = before.last()
            {
                self.add_moved(before, 1.0, now);
            }
        }
    }
}

/// For 0 to `days` days after today, the probability of each number of cells made by then, today's rest included.
fn sums(balls: &[Ball], today_share: f64, days: usize, cells: usize) -> Vec<Vec<f64>> {
    let mut nothing = vec![0.0; cells];
    if let Some(zero) = nothing.first_mut() {
        *zero = 1.0;
    }
    let mut draws = vec![vec![0.0; cells]; days + 1];
    draws[0] = nothing;
    for ball in balls {
        (0..ball.times).for_each(|_| ball.join(&mut draws));
    }
    let urn = balls.iter().map(|ball| ball.times).sum();
    if today_share <= 0.0 {
        return divided(draws, urn, 1.0);
    }
    // Today is one draw, of which a share is still to come; the days after it know which ball that was.
    let mut sums = vec![vec![0.0; cells]; days + 1];
    for ball in balls {
        let mut later = draws.clone();
        ball.join(&mut later);
        let rest = Ball::worth((ball.cells as f64 + ball.above) * today_share, 1);
        for (later, sum) in later.iter().zip(&mut sums) {
            rest.add_moved(later, f64::from(ball.times), sum);
        }
    }
    divided(sums, urn + 1, f64::from(urn))
}

/// Weights made probabilities: of d draws from an urn there are C(balls + d − 1, d) multisets.
fn divided(mut weights: Vec<Vec<f64>>, balls: u32, by: f64) -> Vec<Vec<f64>> {
    let mut multisets = 1.0;
    for (d, row) in weights.iter_mut().enumerate() {
        if d > 0 {
            multisets *= (f64::from(balls) + d as f64 - 1.0) / d as f64;
        }
        row.iter_mut().for_each(|weight| *weight /= multisets * by);
    }
    weights
}

/// `[0, a, a + b, …]` of `[a, b, …]`.
fn running_total(parts: &[f64]) -> Vec<f64> {
    let mut total = 0.0;
    let totals = parts.iter().map(|part| {
        total += part;
        total
    });
    std::iter::once(0.0).chain(totals).collect()
}
