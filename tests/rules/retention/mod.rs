//! When persons are due for erasure, whatever the days.

use casehall::domain::calendar::deadline::{AfterHoursReceipt, OfficeHours};
use casehall::domain::retention::{ErasureGround, RetentionRules};
use chrono::{DateTime, Datelike, Days, Months, NaiveTime, TimeDelta, Utc};
use proptest::prelude::*;

fn hours() -> OfficeHours {
    let time = |hour| NaiveTime::from_hms_opt(hour, 0, 0).unwrap();
    let after_hours_receipt = AfterHoursReceipt::SameDay;
    OfficeHours { zone: chrono_tz::Asia::Shanghai, opens: time(9), closes: time(17), after_hours_receipt }
}

fn rules(certificate_years: u32, without_certificate_years: u32) -> RetentionRules {
    RetentionRules { certificate_years, without_certificate_years, backups_kept_days: 90 }
}

fn instant(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

#[test]
fn the_day_is_the_hall_s_and_the_one_after_the_term() {
    let due = |ended: &str, ends: &[&str]| {
        let ends: Vec<_> = ends.iter().map(|end| Some(instant(end))).collect();
        rules(5, 2).due_for_erasure_on(&hours(), Some(instant(ended)), &ends).unwrap().on.to_string()
    };
    // 2 March in Guangzhou: the term ends with 2 March two years later.
    assert_eq!(due("2026-03-01T16:00:00Z", &[]), "2028-03-03");
    assert_eq!(due("2026-03-01T15:59:59Z", &[]), "2028-03-02");
    assert_eq!(due("2026-03-01T00:00:00Z", &["2027-03-01T16:00:00Z"]), "2032-03-03");
    // The 29th of a February that others haven't: the month's last day.
    assert_eq!(due("2024-02-29T02:00:00Z", &[]), "2026-03-01");
    assert_eq!(due("2020-01-01T00:00:00Z", &["2024-02-29T02:00:00Z"]), "2029-03-01");
}

prop_compose! {
    fn instants()(seconds in 0..3_000_000_000_i64) -> DateTime<Utc> {
        DateTime::from_timestamp(seconds, 0).unwrap()
    }
}

proptest! {
    #[test]
    fn what_has_no_end_is_never_due(ended in instants(), mut ends in prop::collection::vec(prop::option::of(instants()), 1..5), at in 0..4_usize) {
        let hours = hours();
        prop_assert_eq!(rules(5, 1).due_for_erasure_on(&hours, None, &ends), None);
        let at = at % ends.len();
        ends[at] = None;
        prop_assert_eq!(rules(5, 1).due_for_erasure_on(&hours, Some(ended), &ends), None);
    }

    #[test]
    fn the_last_end_counts_whatever_their_order_and_the_term_is_whole(
        ended in instants(), ends in prop::collection::vec(instants(), 0..5), years in 0..30_u32, short in 1..30_u32, turn in 0..5_usize,
    ) {
        let (hours, rules) = (hours(), rules(years, short));
        let all: Vec<_> = ends.iter().copied().map(Some).collect();
        let due = rules.due_for_erasure_on(&hours, Some(ended), &all).unwrap();
        let last = ends.iter().copied().chain([ended]).max().unwrap();
        let last = hours.local_date(last);
        // Never shorter than the law's five years, whatever the settings say.
        let term = if ends.is_empty() { short } else { years.max(5) };
        prop_assert_eq!(due.ground == ErasureGround::NoCertificate, ends.is_empty());
        prop_assert_eq!(due.on - Days::new(1), last.checked_add_months(Months::new(12 * term)).unwrap());
        prop_assert!(due.on.year() - last.year() >= i32::try_from(term).unwrap());
        let mut turned = all.clone();
        turned.rotate_left(if all.is_empty() { 0 } else { turn % all.len() });
        prop_assert_eq!(rules.due_for_erasure_on(&hours, Some(ended), &turned), Some(due));
    }

    #[test]
    fn later_ends_and_longer_terms_are_never_due_earlier(
        ended in instants(), end in instants(), later in 0..1_000_000_000_i64, years in 5..30_u32, more in 0..10_u32,
    ) {
        let hours = hours();
        let due = |years, end| rules(years, 1).due_for_erasure_on(&hours, Some(ended), &[Some(end)]).unwrap().on;
        prop_assert!(due(years, end) <= due(years, end + TimeDelta::seconds(later)));
        prop_assert!(due(years, end) <= due(years + more, end));
    }
}
