//! The forecast against distributions computed another way, and the laws that hold for any history and queue.
//! Simulated halls are in `halls`.
#![allow(clippy::unwrap_used)] // a failed assumption should end a test

use casehall::domain::calendar::deadline::{AfterHoursReceipt, OfficeHours};
use casehall::domain::reports::forecast::{
    AT_RISK_FROM, Certainty, Forecast, LEAST_HISTORY_DAYS, LIKELY_LATE_FROM, MOST_HISTORY_DAYS, QueueGroup, forecast,
    share_of_today_left,
};
use chrono::{DateTime, Days, NaiveDate, NaiveTime};
use proptest::prelude::*;

use crate::calendar::working_days::{date, shipped_once};

mod halls;

/// Two weeks of an uneven hall.
const HISTORY: [u32; 10] = [3, 0, 5, 2, 2, 7, 4, 0, 3, 6];

/// A limit so many days after some day; for the forecast only their order matters.
fn limit(days: i64) -> NaiveDate {
    date("2026-03-02") + Days::new(u64::try_from(days).unwrap())
}

fn group(working_days_left: i64, cases: u32) -> QueueGroup {
    QueueGroup { limit: limit(working_days_left.max(0)), working_days_left, cases }
}

/// The probability of each place to be late, when all cases have one limit.
fn risks(history: &[u32], share: f64, days: i64, cases: u32) -> Vec<f64> {
    let found = forecast(history, &[group(days, cases)], share);
    (1..=cases).map(|place| found.probability_late(limit(days), place).unwrap()).collect()
}

/// The urn of the method, drawn from in every possible way: hands over what is made and how probable that is.
fn draw_in_every_way(urn: &mut Vec<u32>, draws: usize, made: u32, probability: f64, told: &mut impl FnMut(u32, f64)) {
    if draws == 0 {
        return told(made, probability);
    }
    let balls = urn.len();
    for index in 0..balls {
        urn.push(urn[index]);
        draw_in_every_way(urn, draws - 1, made + urn[index], probability / balls as f64, told);
        urn.pop();
    }
}

fn urn_of(history: &[u32]) -> Vec<u32> {
    let extremes = [*history.iter().min().unwrap(), *history.iter().max().unwrap()];
    history.iter().copied().chain(extremes).collect()
}

/// The same distribution without bound on its size: the probability of each sum of so many draws.
fn without_bounds(history: &[u32], draws: usize) -> Vec<f64> {
    let urn = urn_of(history);
    let most = *urn.iter().max().unwrap() as usize * draws;
    let mut ways = vec![vec![0.0; most + 1]; draws + 1];
    ways[0][0] = 1.0;
    for ball in urn {
        for drawn in 1..=draws {
            let (before, now) = ways.split_at_mut(drawn);
            let (before, now) = (&before[drawn - 1], &mut now[0]);
            for made in ball as usize..=most {
                now[made] += before[made - ball as usize];
            }
        }
    }
    let all: f64 = ways[draws].iter().sum();
    ways[draws].iter().map(|way| way / all).collect()
}

#[test]
fn the_probability_is_that_of_every_way_to_draw_the_days_to_come() {
    for days in 1..=3 {
        let mut short_of = vec![0.0; 40];
        draw_in_every_way(&mut urn_of(&HISTORY), days, 0, 1.0, &mut |made, probability| {
            short_of.iter_mut().skip(made as usize).for_each(|sum| *sum += probability);
        });
        for (found, expected) in risks(&HISTORY, 0.0, days as i64, 40).iter().zip(&short_of) {
            assert!((found - expected).abs() < 1e-12, "{days} days: {found} instead of {expected}");
        }
    }
}

#[test]
fn of_today_so_much_is_made_as_is_left_of_it() {
    // Half of an odd number is the number below or above, as likely as not.
    let mut short_of = vec![0.0; 40];
    for today in urn_of(&HISTORY) {
        let mut urn = urn_of(&HISTORY);
        urn.push(today);
        draw_in_every_way(&mut urn, 2, 0, 1.0 / 12.0, &mut |made, probability| {
            for rest in [today / 2, today.div_ceil(2)] {
                short_of.iter_mut().skip((made + rest) as usize).for_each(|sum| *sum += probability / 2.0);
            }
        });
    }
    for (found, expected) in risks(&HISTORY, 0.5, 2, 40).iter().zip(&short_of) {
        assert!((found - expected).abs() < 1e-12, "{found} instead of {expected}");
    }
}

#[test]
fn an_untouched_today_is_a_day_like_the_others() {
    for (with, without) in risks(&HISTORY, 1.0, 4, 60).iter().zip(risks(&HISTORY, 0.0, 5, 60)) {
        assert!((with - without).abs() < 1e-12, "{with} instead of {without}");
    }
}

#[test]
fn large_numbers_counted_in_units_say_what_exact_ones_would_within_a_few_units() {
    let lumpy = HISTORY.map(|made| made * 97);
    let even = [311, 298, 305, 340, 287, 322, 316, 301, 279, 333];
    let large = [5_210, 4_871, 6_054, 5_530, 4_402, 5_765, 5_118, 4_950, 6_213, 5_377];
    for (history, days, tolerance) in [(lumpy, 9_i64, 0.02), (even, 14, 0.001), (large, 4, 0.005)] {
        let exact = without_bounds(&history, days as usize);
        let short: Vec<f64> = exact
            .iter()
            .scan(0.0, |sum, made| {
                Some({
                    *sum += made;
                    *sum
                })
            })
            .collect();
        let found = risks(&history, 0.0, days, exact.len() as u32);
        let unit = exact.len().div_ceil(4_096);
        let worst = found.iter().zip(&short).map(|(found, exact)| (found - exact).abs()).fold(0.0, f64::max);
        eprintln!("{} sums by {unit}: off by {worst:.5} at most", exact.len());
        assert!(unit > 1 && worst < tolerance, "{days} days: off by {worst}");
        for (place, found) in found.iter().enumerate() {
            let (before, after) = (place.saturating_sub(8 * unit), (place + 8 * unit).min(short.len() - 1));
            let bounds = short[before] - 1e-3..=short[after] + 1e-3;
            assert!(bounds.contains(found), "place {}: {found} outside of {bounds:?}", place + 1);
        }
        let expected_late = forecast(&history, &[group(days, exact.len() as u32)], 0.0).expected_late.unwrap();
        assert!((expected_late / short.iter().sum::<f64>() - 1.0).abs() < 1e-4);
    }
    // Rounding up loses nothing, even where it makes more than there can be.
    let found = forecast(&[5_003; 20], &[group(4, 30_000)], 1.0);
    let risk = |place| found.probability_late(limit(4), place).unwrap();
    assert_eq!((risk(25_015 - 40), risk(25_015 + 41), risk(30_000)), (0.0, 1.0, 1.0));
    assert!((found.expected_late.unwrap() - 4_985.0).abs() < 0.5, "{:?}", found.expected_late);
}

#[test]
fn limits_beyond_eight_weeks_say_nearly_what_exact_ones_would() {
    for (share, draws) in [(1.0, 61), (0.0, 60)] {
        let exact = without_bounds(&HISTORY, draws);
        let found = risks(&HISTORY, share, 60, exact.len() as u32);
        let (mut short, mut worst) = (0.0, 0.0_f64);
        for (probability, found) in exact.iter().zip(found) {
            short += probability;
            worst = worst.max((found - short).abs());
        }
        eprintln!("60 days and {share} of today by the average of 40: off by {worst:.5} at most");
        assert!(worst < 0.03, "off by {worst}");
    }
}

#[test]
fn a_hall_that_always_makes_the_same_is_foreseen_to_the_case() {
    for (per_day, days) in [(20_u32, 0_i64), (20, 3), (1, 9), (0, 5), (20, 60)] {
        let made = f64::from(per_day) * (days as f64 + 0.5);
        for (index, risk) in risks(&[per_day; 20], 0.5, days, 1_500).iter().enumerate() {
            let place = index as f64 + 1.0;
            let expected = if place > made { 1.0 } else { 0.0 };
            // Half a certificate is a whole one or none; 60 days and a half, by the average of 40, are a quarter less.
            let between = match days {
                0..=40 => per_day % 2 == 1 && (place - made).abs() <= 1.0,
                _ => (made - 5.0..made + 1.0).contains(&place),
            };
            assert!(between || (risk - expected).abs() < 1e-12, "{per_day} a day, place {place}: {risk}");
        }
    }
}

#[test]
fn what_is_sure_has_its_thresholds() {
    let found = forecast(&[10; 20], &[group(-1, 4), group(1, 3), group(2, 20), group(3, 3)], 0.0);
    let certainties: Vec<Certainty> = found.groups.iter().map(|group| group.certainty).collect();
    assert_eq!(certainties, [Certainty::OverdueAlready, Certainty::Safe, Certainty::LikelyLate, Certainty::Safe]);
    let risk = found.groups[2].risk.unwrap();
    assert_eq!((risk.first_at_risk, risk.last_is_late, risk.expected_late.round()), (Some(21), 1.0, 7.0));
    assert_eq!(found.expected_late.unwrap().round(), 4.0 + 7.0);
    for cases in 1..40 {
        let found = forecast(&HISTORY, &[group(5, cases)], 0.0).groups[0];
        let expected = match found.risk.unwrap().last_is_late {
            late if late < AT_RISK_FROM => Certainty::Safe,
            late if late < LIKELY_LATE_FROM => Certainty::AtRisk,
            _ => Certainty::LikelyLate,
        };
        assert_eq!(found.certainty, expected);
    }
}

#[test]
fn a_short_history_foretells_nothing_but_what_is_overdue_and_what_is_needed() {
    let queue = [group(-2, 3), group(4, 21)];
    for days in 0..LEAST_HISTORY_DAYS {
        let found = forecast(&HISTORY[..days], &queue, 0.25);
        assert_eq!(found.groups[0].certainty, Certainty::OverdueAlready);
        assert_eq!((found.groups[1].certainty, found.groups[1].risk), (Certainty::NotEnoughHistory, None));
        assert_eq!((found.expected_late, found.history_days), (None, days));
        assert_eq!((found.needed_per_day, found.needed_for_the_rest), (None, 6)); // 24 in 4¼ days
        assert_eq!(found.probability_late(limit(4), 1), None);
        assert_eq!(found.probability_late(limit(0), 1), Some(1.0));
    }
    assert!(forecast(&HISTORY, &queue, 0.25).expected_late.is_some());
}

#[test]
fn of_a_long_history_the_latest_days_count() {
    let history: Vec<u32> = [99; 40].into_iter().chain([7; MOST_HISTORY_DAYS]).collect();
    assert_eq!(risks(&history, 0.0, 3, 50), risks(&[7; MOST_HISTORY_DAYS], 0.0, 3, 50));
}

#[test]
fn a_limit_of_today_is_overdue_after_close_of_business_and_not_before() {
    let certainty = |share| forecast(&[5; 20], &[group(0, 1)], share).groups[0].certainty;
    assert_eq!(certainty(0.0), Certainty::OverdueAlready);
    assert_eq!(certainty(f64::NAN), Certainty::OverdueAlready);
    assert_eq!(certainty(0.5), Certainty::Safe);
}

#[test]
fn the_share_of_today_follows_the_office_hours_and_the_calendar() {
    let time = |hour, minute| NaiveTime::from_hms_opt(hour, minute, 0).unwrap();
    let hours = OfficeHours {
        zone: chrono_tz::Asia::Shanghai,
        opens: time(9, 0),
        closes: time(17, 0),
        after_hours_receipt: AfterHoursReceipt::SameDay,
    };
    let share = |now: &str| share_of_today_left(&hours, shipped_once(), now.parse::<DateTime<_>>().unwrap());
    assert_eq!(share("2026-03-02T00:30:00+08:00"), 1.0);
    assert_eq!(share("2026-03-02T11:00:00+08:00"), 0.75);
    assert_eq!(share("2026-03-02T17:00:00+08:00"), 0.0);
    assert_eq!(share("2026-03-01T11:00:00+08:00"), 0.0, "a Sunday");
    assert_eq!(share("2026-02-28T11:00:00+08:00"), 0.75, "a Saturday made up");
    let nonsense = OfficeHours { opens: time(17, 0), closes: time(9, 0), ..hours };
    assert_eq!(share_of_today_left(&nonsense, shipped_once(), DateTime::<chrono::Utc>::MIN_UTC), 0.0);
    let seen = QueueGroup::seen_from(date("2026-02-27"), shipped_once(), date("2026-03-02"), 8);
    assert_eq!(seen.working_days_left, 2, "the Saturday counts");
}

/// Works a queue off, earliest limit first, so many each day: whether every case is made in time.
fn all_in_time(queue: &[QueueGroup], per_day: u64, share: f64) -> bool {
    let mut queue = queue.to_vec();
    queue.sort_by_key(|group| group.limit);
    let last_day = queue.iter().map(|group| group.working_days_left).max().unwrap_or(0);
    for day in 0..=last_day {
        let mut made = if day == 0 { (per_day as f64 * share + 1e-9).floor() as u64 } else { per_day };
        for group in &mut queue {
            let now = made.min(u64::from(group.cases)) as u32;
            group.cases -= now;
            made -= u64::from(now);
        }
        if queue.iter().any(|group| group.working_days_left <= day && group.cases > 0) {
            return false;
        }
    }
    true
}

/// Numbers that a hall may have, and the largest ones.
fn any_number() -> impl Strategy<Value = u32> {
    prop_oneof![5 => 0..50_u32, 1 => any::<u32>(), 1 => Just(u32::MAX)]
}

fn queues() -> impl Strategy<Value = Vec<QueueGroup>> {
    let days = prop::collection::btree_map(0..15_i64, 0..40_u32, 0..8);
    let groups = days.prop_map(|days| days.into_iter().map(|(days, cases)| group(days, cases)).collect::<Vec<_>>());
    groups.prop_shuffle()
}

fn histories() -> impl Strategy<Value = Vec<u32>> {
    prop::collection::vec(0..12_u32, LEAST_HISTORY_DAYS..25)
}

fn each_risk(found: &Forecast) -> Vec<f64> {
    let places = found.groups.iter().flat_map(|group| (1..=group.cases as u32).map(|place| (group.limit, place)));
    places.map(|(limit, place)| found.probability_late(limit, place).unwrap()).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_better_history_never_raises_a_risk(
        (worse, better) in prop::collection::vec((0..12_u32, 0..4_u32), 10..25).prop_map(|days| {
            days.into_iter().map(|(made, more)| (made, made + more)).collect::<(Vec<_>, Vec<_>)>()
        }),
        queue in queues(),
        share in 0.0..=1.0,
    ) {
        let [worse, better] = [worse, better].map(|history| forecast(&history, &queue, share));
        for (worse, better) in each_risk(&worse).iter().zip(each_risk(&better)) {
            prop_assert!(better <= worse + 1e-9, "{better} instead of at most {worse}");
        }
    }

    #[test]
    fn a_later_limit_or_more_of_today_never_raises_a_risk_and_a_later_place_never_lowers_it(
        history in histories(), days in 0..70_i64, share in 0.0..=1.0, more in 0.0..=1.0,
    ) {
        let now = risks(&history, share, days, 80);
        prop_assert!(now.is_sorted_by(|earlier, later| *earlier <= later + 1e-9));
        let more_of_today = risks(&history, share.max(more), days, 80);
        for (index, risk) in risks(&history, share, days + 1, 80).iter().enumerate() {
            prop_assert!(*risk <= now[index] + 1e-9);
            prop_assert!(more_of_today[index] <= now[index] + 1e-9);
        }
    }

    #[test]
    fn the_expected_number_is_the_sum_of_the_probabilities(
        history in histories(), queue in queues(), share in 0.0..=1.0,
    ) {
        let found = forecast(&history, &queue, share);
        let sum: f64 = each_risk(&found).iter().sum();
        prop_assert!((found.expected_late.unwrap() - sum).abs() < 1e-6, "{:?} instead of {sum}", found.expected_late);
        for group in &found.groups {
            let risk = group.risk.unwrap();
            let at_risk = |place: &u32| found.probability_late(group.limit, *place).unwrap() >= AT_RISK_FROM;
            let first = (1..=group.cases as u32).find(at_risk).map(|place| group.last_position - group.cases + u64::from(place));
            prop_assert_eq!(risk.first_at_risk, first);
        }
    }

    #[test]
    fn what_is_needed_a_day_suffices_and_one_less_does_not(queue in queues(), tenths in 1..=10_u32) {
        let share = f64::from(tenths) / 10.0;
        let needed = forecast(&[], &queue, share).needed_per_day.unwrap();
        prop_assert!(all_in_time(&queue, needed, share), "{needed} a day is too few");
        prop_assert!(needed == 0 || !all_in_time(&queue, needed - 1, share), "fewer than {needed} a day suffice");
    }

    #[test]
    fn neither_the_order_nor_the_splitting_of_groups_matters(history in histories(), queue in queues(), share in 0.0..=1.0) {
        let split = queue.iter().rev().flat_map(|group| {
            [group.cases / 3, group.cases - group.cases / 3].map(|cases| QueueGroup { cases, ..*group })
        });
        prop_assert_eq!(forecast(&history, &split.collect::<Vec<_>>(), share), forecast(&history, &queue, share));
    }

    #[test]
    fn any_input_gets_an_answer_with_probabilities_that_are_some(
        history in prop::collection::vec(any_number(), 0..16),
        queue in prop::collection::vec((any::<u16>(), prop_oneof![-3..20_i64, any::<i64>()], any_number()), 0..6),
        share in any::<f64>(),
    ) {
        let queue = queue.into_iter().map(|(day, working_days_left, cases)| {
            QueueGroup { limit: limit(i64::from(day)), working_days_left, cases }
        });
        let found = forecast(&history, &queue.collect::<Vec<_>>(), share);
        for group in &found.groups {
            prop_assert_eq!(group.risk.is_none(), group.certainty == Certainty::NotEnoughHistory);
            for place in [0, 1, group.cases as u32, u32::MAX] {
                let risk = found.probability_late(group.limit, place);
                prop_assert!(risk.is_none_or(|risk| (0.0..=1.0).contains(&risk)));
            }
            let expected = group.risk.map_or(0.0, |risk| risk.expected_late);
            prop_assert!((0.0..=group.cases as f64).contains(&expected));
        }
    }
}
