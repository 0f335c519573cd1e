//! A change of the calendar leaves out only cases whose dates it doesn't touch, whatever years, days and pauses there are.

use casehall::domain::base::words::Words;
use casehall::domain::calendar::change::CalendarChange;
use casehall::domain::calendar::deadline::{
    AfterHoursReceipt, DeadlineRule, Deadlines, OfficeHours, Pause, PauseCause, deadlines, due,
};
use casehall::domain::calendar::working_days::{
    Calendar, CalendarDay, CalendarYear, CalendarYearDraft, DayKind, Notice,
};
use casehall::domain::cases::deadlines::reckoning::CalendarInForce;
use chrono::{DateTime, Datelike, Days, NaiveDate, NaiveTime, TimeDelta, Utc, Weekday};
use proptest::prelude::*;

use crate::calendar::working_days::{date, shipped_once};

/// Days after the first that is looked at, and whether each becomes free (or else what it was not).
type Changes = Vec<(u64, bool)>;

fn hours(after_hours_receipt: AfterHoursReceipt) -> OfficeHours {
    OfficeHours {
        zone: chrono_tz::Asia::Shanghai,
        opens: NaiveTime::from_hms_opt(9, 0, 0).unwrap(),
        closes: NaiveTime::from_hms_opt(17, 30, 0).unwrap(),
        after_hours_receipt,
    }
}

fn any_hours() -> impl Strategy<Value = OfficeHours> {
    prop_oneof![Just(hours(AfterHoursReceipt::SameDay)), Just(hours(AfterHoursReceipt::NextWorkingDay))]
}

fn is_weekend(date: NaiveDate) -> bool {
    matches!(date.weekday(), Weekday::Sat | Weekday::Sun)
}

/// A year as it is known, or without any day where it isn't, with some days turned over: free ones worked and others free.
fn changed(calendar: &Calendar, year: i32, changes: &Changes) -> CalendarYear {
    let name = Words::new("临时", "extraordinary");
    let mut draft = calendar
        .year(year)
        .cloned()
        .map_or_else(|| CalendarYearDraft { year, notices: Vec::new(), days: Vec::new() }, CalendarYearDraft::from);
    draft.notices.push(Notice { source: Some("amendment".to_owned()), amendment: true, ..Notice::default() });
    let first = NaiveDate::from_ymd_opt(year, 1, 1).unwrap();
    for (offset, free) in changes {
        let date = first + Days::new(*offset);
        let named = draft.days.iter().position(|day| day.date == date);
        match (named, date.year() == year) {
            (_, false) => {}
            // What a notice named becomes a day like any other again.
            (Some(position), true) => drop(draft.days.remove(position)),
            (None, true) if *free => {
                draft.days.push(CalendarDay { date, kind: DayKind::Holiday, name: name.clone() });
            }
            (None, true) if is_weekend(date) => {
                draft.days.push(CalendarDay { date, kind: DayKind::MakeUpWorkday, name: name.clone() });
            }
            (None, true) => {}
        }
    }
    CalendarYear::try_from(draft).unwrap()
}

#[derive(Debug, Clone)]
struct Received {
    at: DateTime<Utc>,
    rule: DeadlineRule,
    pauses: Vec<Pause>,
    now: DateTime<Utc>,
}

impl Received {
    fn by(&self, calendar: &Calendar, hours: &OfficeHours) -> Deadlines {
        deadlines(self.rule, calendar, hours, self.at, &self.pauses, self.now)
    }

    fn is_paused(&self) -> bool {
        self.pauses.iter().any(|pause| pause.to.is_none())
    }
}

/// Applications received around the turn of a year, with pauses, of which one may last, and extensions.
fn received(year: i32) -> impl Strategy<Value = Received> {
    let pauses = prop::collection::vec((0_i64..30 * 24, 0_i64..20 * 24, prop::bool::weighted(0.15)), 0..3);
    (0_i64..420 * 24, 0_u32..30, pauses, 0_i64..40 * 24).prop_map(move |(hour, extended_by, pauses, later)| {
        let at = date(&format!("{}-12-01", year - 1)).and_time(NaiveTime::MIN).and_utc() + TimeDelta::hours(hour);
        let pause = |(from, length, lasts): (i64, i64, bool)| Pause {
            from: at + TimeDelta::hours(from),
            to: (!lasts).then(|| at + TimeDelta::hours(from + length)),
            reason: Words::new("补正", "correction"),
            cause: PauseCause::Decision,
            by: "某".to_owned(),
            ended_by: None,
        };
        Received {
            at,
            rule: DeadlineRule { ready_after: 7, limit_after: 10 + extended_by },
            pauses: pauses.into_iter().map(pause).collect(),
            now: at + TimeDelta::hours(later),
        }
    })
}

fn scenario() -> impl Strategy<Value = (i32, Changes, Vec<Received>)> {
    // 2027 isn't published, 2026 is the last one that is.
    (prop_oneof![2005..2027_i32, Just(2026), Just(2027)]).prop_flat_map(|year| {
        let changes = prop::collection::vec((0_u64..366, any::<bool>()), 0..6);
        (Just(year), changes, prop::collection::vec(received(year), 1..12))
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, ..ProptestConfig::default() })]

    #[test]
    fn what_a_change_leaves_out_has_the_same_dates_by_both_calendars(
        (year, changes, cases) in scenario(), hours in any_hours(),
    ) {
        let before = CalendarInForce { edition: 7, calendar: shipped_once().clone() };
        let change = CalendarChange::new(before.clone(), &[changed(&before.calendar, year, &changes)]);
        prop_assert_eq!(change.after().edition, 8);
        let (mut by_filter, mut by_recount) = (Vec::new(), Vec::new());
        for (index, case) in cases.iter().enumerate() {
            let (old, new) = (case.by(&before.calendar, &hours), case.by(&change.after().calendar, &hours));
            // What a store holds of the case: no limit while it stands still.
            let stored = (!case.is_paused()).then_some(old.limit.at);
            if change.affects(&hours, stored) && old != new {
                by_filter.push(index);
            }
            if old != new {
                by_recount.push(index);
            }
        }
        prop_assert_eq!(by_filter, by_recount);
    }

    #[test]
    fn a_year_that_is_imported_again_changes_nothing_at_all(year in 2004..2027_i32, hours in any_hours()) {
        let before = CalendarInForce { edition: 7, calendar: shipped_once().clone() };
        let same = before.calendar.year(year).unwrap().clone();
        let change = CalendarChange::new(before.clone(), &[same]);
        prop_assert_eq!(change.limit_from(&hours), None);
        prop_assert_eq!(&change.after().calendar, &before.calendar);
    }

    #[test]
    fn a_year_that_is_published_only_makes_dates_sure_where_no_day_of_it_is_named(
        case in received(2027), hours in any_hours(),
    ) {
        let before = shipped_once();
        let mut after = before.clone();
        after.insert(changed(before, 2027, &Vec::new()));
        let count = |calendar: &Calendar| due(calendar, &hours, case.at, case.rule.limit_after, &case.pauses, case.now);
        let (old, new) = (count(before), count(&after));
        prop_assert_eq!(old.date, new.date);
        prop_assert!(!new.provisional || new.date.year() > 2027);
        prop_assert!(old.provisional || !new.provisional);
    }
}

#[test]
fn the_first_day_that_differs_says_from_which_limit_on_cases_are_looked_at() {
    let hours = hours(AfterHoursReceipt::SameDay);
    let before = CalendarInForce { edition: 1, calendar: shipped_once().clone() };
    let from = |year: CalendarYear| {
        let from = CalendarChange::new(before.clone(), &[year]).limit_from(&hours);
        from.map(|from| hours.local_date(from).to_string())
    };
    // 10 March 2026 is the 69th day of the year; two days are looked at besides.
    assert_eq!(from(changed(&before.calendar, 2026, &vec![(200, true), (68, true)])), Some("2026-03-08".to_owned()));
    assert_eq!(
        from(changed(&before.calendar, 2026, &vec![(0, true)])),
        Some("2025-12-30".to_owned()),
        "1 January removed"
    );
    assert_eq!(from(changed(&before.calendar, 2027, &Vec::new())), Some("2026-12-30".to_owned()), "a new year");
    assert_eq!(from(changed(&before.calendar, 2026, &Vec::new())), None, "another notice for the same days");
}
