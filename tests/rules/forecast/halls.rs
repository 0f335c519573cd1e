//! Halls whose true pace is known, simulated: what was foreseen against what happened.

use casehall::domain::forecast::{Certainty, QueueGroup, forecast};

use super::group;

/// How many a hall makes on a day.
#[derive(Debug, Clone, Copy)]
enum Hall {
    /// Always the same.
    Constant(u32),
    /// Independent requests: Poisson with this mean.
    Poisson(f64),
    /// None on some days, by this probability, and Poisson on the others.
    OftenClosed(f64, f64),
    /// Anything up to this number, equally likely.
    Uniform(u32),
    /// Good and bad days: Poisson with a mean that itself varies from day to day.
    Moody(f64),
}

const HALLS: [Hall; 5] =
    [Hall::Constant(5), Hall::Poisson(6.0), Hall::OftenClosed(0.3, 8.0), Hall::Uniform(12), Hall::Moody(6.0)];

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

    fn made(&mut self, hall: Hall) -> u32 {
        match hall {
            Hall::Constant(made) => made,
            Hall::Poisson(mean) => self.poisson(mean),
            Hall::OftenClosed(closed, _) if self.share() < closed => 0,
            Hall::OftenClosed(_, mean) => self.poisson(mean),
            Hall::Uniform(most) => (self.share() * f64::from(most + 1)) as u32,
            Hall::Moody(mean) => {
                let mood = -(0..3).map(|_| (1.0 - self.share()).ln()).sum::<f64>() / 3.0;
                self.poisson(mean * mood)
            }
        }
    }

    /// A queue for six days of about as much as the halls make, after some backlog or none.
    fn queue(&mut self) -> Vec<QueueGroup> {
        let backlog = (self.share() * 12.0) as u32;
        (0..6).map(|days| group(days, if days == 0 { backlog / 3 } else { self.poisson(4.5) + backlog / 4 })).collect()
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
    /// Lets a hall work for some weeks, forecasts its queue at noon, and lets it work the queue off.
    fn run(&mut self, chance: &mut Chance, hall: Hall, history_days: usize) {
        let history: Vec<u32> = (0..history_days).map(|_| chance.made(hall)).collect();
        let queue = chance.queue();
        let found = forecast(&history, &queue, 0.5);
        let today = chance.made(hall);
        // Each of today's certificates is made in the morning or in the afternoon; a constant hall keeps its stroke.
        let mut made = match hall {
            Hall::Constant(_) => today / 2 + today % 2 * u32::from(chance.share() < 0.5),
            _ => (0..today).filter(|_| chance.share() < 0.5).count() as u32,
        };
        let mut day = 0;
        for group in &found.groups {
            while day < group.working_days_left {
                made += chance.made(hall);
                day += 1;
            }
            for place in 1..=group.cases {
                let position = group.last_position - group.cases + place;
                let late = f64::from(u8::from(position > u64::from(made)));
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

    fn told(&self, name: &str) -> String {
        let shares = self
            .shares()
            .into_iter()
            .map(|(predicted, happened)| format!("{:.1}/{:.1}", predicted * 100.0, happened * 100.0));
        let shares: Vec<String> = shares.collect();
        format!("| {name} | {} | {:.0} | {:.0} |", shares.join(" | "), self.expected, self.late)
    }
}

fn simulated(halls: &[Hall], history_days: usize, runs: usize) -> Tally {
    let (mut tally, mut chance) = (Tally::default(), Chance(20_260_302));
    (0..runs).for_each(|run| tally.run(&mut chance, halls[run % halls.len()], history_days));
    tally
}

#[test]
fn what_is_foreseen_happens_as_often_as_was_said() {
    // Two weeks, four, and eight; 2,000 runs each, and what a prediction may be off by.
    for (history_days, off) in [(10, 0.06), (20, 0.04), (40, 0.04)] {
        let tally = simulated(&HALLS, history_days, 2_000);
        eprintln!("{}", tally.told(&format!("{history_days} days")));
        assert_eq!(tally.shares().len(), 6, "every bin has enough cases to tell");
        for (predicted, happened) in tally.shares() {
            assert!((predicted - happened).abs() < off, "{history_days} days: said {predicted}, was {happened}");
        }
        assert!((tally.expected / tally.late - 1.0).abs() < 0.05, "{} foreseen, {} late", tally.expected, tally.late);
    }
}

#[test]
fn each_kind_of_hall_has_as_many_late_as_foreseen() {
    for hall in HALLS {
        let tally = simulated(&[hall], 20, 400);
        eprintln!("{}", tally.told(&format!("{hall:?}")));
        assert!(
            (tally.expected / tally.late - 1.0).abs() < 0.08,
            "{hall:?}: {} foreseen, {} late",
            tally.expected,
            tally.late
        );
    }
}
