//! Halls whose true pace is known, simulated: what was foreseen against what happened.

use super::{group, limit};
use casehall::domain::reports::forecast::{Forecast, QueueGroup, forecast};

/// How a hall's days differ.
#[derive(Debug, Clone, Copy)]
enum Hall {
    /// Not at all.
    Constant,
    /// As independent requests would make them: Poisson.
    Poisson,
    /// Nothing on three days of ten, and Poisson on the others.
    OftenClosed,
    /// From none to twice the mean, each number as likely.
    Uniform,
    /// Good and bad days: Poisson with a mean that itself varies by 58% from day to day.
    Moody,
}

const HALLS: [Hall; 5] = [Hall::Constant, Hall::Poisson, Hall::OftenClosed, Hall::Uniform, Hall::Moody];

/// SplitMix64 (Steele, Lea and Flood 2014), so that every run is the same on every machine.
struct Chance(u64);

impl Chance {
    fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let once = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let twice = (once ^ (once >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        twice ^ (twice >> 31)
    }

    /// From 0 to below 1.
    fn share(&mut self) -> f64 {
        (self.bits() >> 11) as f64 / (1_u64 << 53) as f64
    }

    fn poisson(&mut self, mean: f64) -> u32 {
        let (least, mut product, mut count) = ((-mean).exp(), self.share(), 0);
        while product > least {
            product *= self.share();
            count += 1;
        }
        count
    }

    /// What a hall makes on a day whose true pace, the mean, is known.
    fn made(&mut self, hall: Hall, pace: f64) -> u32 {
        match hall {
            Hall::Constant => pace.round() as u32,
            Hall::Poisson => self.poisson(pace),
            Hall::OftenClosed if self.share() < 0.3 => 0,
            Hall::OftenClosed => self.poisson(pace / 0.7),
            Hall::Uniform => (self.share() * (2.0 * pace.round() + 1.0)) as u32,
            Hall::Moody => {
                let mood = -(0..3).map(|_| (1.0 - self.share()).ln()).sum::<f64>() / 3.0;
                self.poisson(pace * mood)
            }
        }
    }

    fn history(&mut self, hall: Hall, pace: f64, days: usize) -> Vec<u32> {
        (0..days).map(|_| self.made(hall, pace)).collect()
    }

    /// What a hall makes from noon on and by the end of each of so many days after.
    fn made_by(&mut self, hall: Hall, pace: f64, days: i64) -> Vec<u32> {
        let today = self.made(hall, pace);
        // Each of today's is made before noon or after, as likely as not; a constant hall keeps its stroke.
        let mut made = match hall {
            Hall::Constant => today / 2 + today % 2 * u32::from(self.share() < 0.5),
            _ => (0..today).filter(|_| self.share() < 0.5).count() as u32,
        };
        let mut by = vec![made];
        for _ in 0..days {
            made += self.made(hall, pace);
            by.push(made);
        }
        by
    }

    /// A queue for today and five days, of so many a day, after some backlog or none.
    fn queue(&mut self, a_day: f64) -> Vec<QueueGroup> {
        let backlog = (self.share() * 12.0) as u32;
        let cases = |chance: &mut Self, days| if days == 0 { backlog / 3 } else { chance.poisson(a_day) + backlog / 4 };
        (0..6).map(|days| group(days, cases(self, days))).collect()
    }
}

/// What was foreseen and what happened, over many runs.
#[derive(Default)]
struct Tally {
    /// By predicted probability (below 5, 20, 50, 80, 95 and 100%): cases, sum of predictions, cases late.
    bins: [(f64, f64, f64); 6],
    expected: f64,
    late: f64,
}

impl Tally {
    /// Adds a forecast, once it is known how many were made by the end of each day.
    fn add(&mut self, found: &Forecast, made_by: &[u32]) {
        for group in &found.groups {
            let made = u64::from(made_by[group.working_days_left as usize]);
            for place in 1..=group.cases {
                let late = f64::from(u8::from(group.last_position - group.cases + place > made));
                let risk = found.probability_late(group.limit, place as u32).unwrap();
                let bin = [0.05, 0.2, 0.5, 0.8, 0.95].iter().filter(|bound| risk >= **bound).count();
                let (cases, predicted, happened) = &mut self.bins[bin];
                (*cases, *predicted, *happened) = (*cases + 1.0, *predicted + risk, *happened + late);
                self.late += late;
            }
        }
        self.expected += found.expected_late.unwrap();
    }

    /// Predicted and happened share of each bin with enough cases in it to tell.
    fn shares(&self) -> Vec<(f64, f64)> {
        let enough = self.bins.iter().filter(|(cases, ..)| *cases >= 500.0);
        enough.map(|(cases, predicted, happened)| (predicted / cases, happened / cases)).collect()
    }

    fn told(&self, name: &str) {
        let shares = self.shares().into_iter();
        let shares = shares.map(|(said, was)| format!("{:.1} / {:.1}", said * 100.0, was * 100.0));
        eprintln!("| {name} | {} | {:.0} / {:.0} |", shares.collect::<Vec<_>>().join(" | "), self.expected, self.late);
    }
}

/// Halls of all paces from 2 to 12 a day with queues of 2 to 12 a day: weeks of work, a forecast at noon, what came.
fn simulated(halls: &[Hall], history_days: usize, runs: usize) -> Tally {
    let (mut tally, mut chance) = (Tally::default(), Chance(20_260_302));
    for run in 0..runs {
        let (hall, pace, load) = (halls[run % halls.len()], 2.0 + 10.0 * chance.share(), 2.0 + 10.0 * chance.share());
        let history = chance.history(hall, pace, history_days);
        let found = forecast(&history, &chance.queue(load), 0.5);
        tally.add(&found, &chance.made_by(hall, pace, 5));
    }
    tally
}

#[test]
fn what_is_foreseen_happens_as_often_as_was_said() {
    // Two weeks, four, and eight; 2,000 runs each, and what a prediction may be off by.
    for (history_days, off) in [(10, 0.06), (20, 0.04), (40, 0.04)] {
        let tally = simulated(&HALLS, history_days, 2_000);
        tally.told(&format!("{history_days} days"));
        assert_eq!(tally.shares().len(), 6, "every bin has enough cases to tell");
        for (said, was) in tally.shares() {
            assert!((said - was).abs() < off, "{history_days} days: said {said}, was {was}");
        }
        assert!((tally.expected / tally.late - 1.0).abs() < 0.03, "{} foreseen, {} late", tally.expected, tally.late);
    }
}

#[test]
fn each_kind_of_hall_has_as_many_late_as_foreseen() {
    for hall in HALLS {
        let tally = simulated(&[hall], 20, 400);
        tally.told(&format!("{hall:?}"));
        assert!((tally.expected / tally.late - 1.0).abs() < 0.05, "{} foreseen, {} late", tally.expected, tally.late);
    }
}

#[test]
fn in_one_hall_the_first_case_of_a_risk_is_late_as_often_as_said() {
    const DAYS: i64 = 4;
    const RUNS: u32 = 500;
    const LEVELS: [f64; 3] = [0.05, 0.5, 0.95];
    for (history_days, off) in [(10, 0.06), (20, 0.04)] {
        for hall in HALLS {
            let (mut chance, mut told) = (Chance(9), LEVELS.map(|_| (0.0, 0.0)));
            for _ in 0..RUNS {
                let found = forecast(&chance.history(hall, 6.0, history_days), &[group(DAYS, 150)], 0.5);
                let risks: Vec<f64> =
                    (1..=150).map(|place| found.probability_late(limit(DAYS), place).unwrap()).collect();
                let made = chance.made_by(hall, 6.0, DAYS)[DAYS as usize];
                for (level, (said, late)) in LEVELS.into_iter().zip(&mut told) {
                    let first = risks.partition_point(|risk| *risk < level);
                    *said += risks[first] / f64::from(RUNS);
                    *late += f64::from(u8::from(first as u32 + 1 > made)) / f64::from(RUNS);
                }
            }
            let percent = told.map(|(said, late)| format!("{:.1} / {:.1}", said * 100.0, late * 100.0));
            eprintln!("| {hall:?} | {history_days} days | {} |", percent.join(" | "));
            for (said, late) in told {
                assert!((said - late).abs() < off, "{hall:?}, {history_days} days: said {said}, was {late}");
            }
        }
    }
}

#[test]
fn a_pace_that_changes_today_is_not_foreseen() {
    let mut chance = Chance(5);
    let history = chance.history(Hall::Poisson, 12.0, 20);
    let found = forecast(&history, &[group(5, 50)], 0.5);
    let made = chance.made_by(Hall::Poisson, 4.0, 5)[5]; // half of the people fell ill
    let expected = found.expected_late.unwrap();
    assert!(expected < 1.0 && made < 40, "{expected} late foreseen, {made} of 50 made");
}
