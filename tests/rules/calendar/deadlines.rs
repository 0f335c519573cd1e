//! Deadlines against cases computed outside the project, and the laws that hold for any case.
#![allow(clippy::unwrap_used)] // a failed assumption should end a test

use casehall::domain::base::words::Words;
use casehall::domain::calendar::deadline::{
    AfterHoursReceipt, DeadlineRule, DueDate, OfficeHours, Pause, PauseCause, deadlines, due, explain,
};
use casehall::domain::calendar::explanation::DayReason;
use casehall::domain::calendar::working_days::{Calendar, CalendarDay, CalendarYear, CalendarYearDraft, DayKind};
use chrono::{DateTime, Datelike, Days, NaiveDate, NaiveTime, TimeDelta, Utc};
use proptest::prelude::*;

use crate::calendar::working_days::{date, shipped_calendar, shipped_once};

const CASES: &str = include_str!("../../data/deadline-cases.csv");
const GUIDE: DeadlineRule = DeadlineRule { ready_after: 7, limit_after: 10 };

fn hall(after_hours_receipt: AfterHoursReceipt) -> OfficeHours {
    OfficeHours {
        zone: chrono_tz::Asia::Shanghai,
        opens: NaiveTime::from_hms_opt(9, 0, 0).unwrap(),
        closes: NaiveTime::from_hms_opt(17, 30, 0).unwrap(),
        after_hours_receipt,
    }
}

fn same_day() -> OfficeHours {
    hall(AfterHoursReceipt::SameDay)
}

fn at(text: &str) -> DateTime<Utc> {
    DateTime::parse_from_rfc3339(text).unwrap().to_utc()
}

/// Noon in Shanghai.
fn noon(day: &str) -> DateTime<Utc> {
    at(&format!("{day}T12:00:00+08:00"))
}

fn paused_for(reason: &str, from: DateTime<Utc>, to: Option<DateTime<Utc>>) -> Pause {
    let reason = Words::new(reason, reason);
    Pause { from, to, reason, cause: PauseCause::State, by: "某".to_owned(), ended_by: None }
}

fn pause(from: DateTime<Utc>, to: Option<DateTime<Utc>>) -> Pause {
    paused_for("补正材料", from, to)
}

fn due_without_pauses(received_at: DateTime<Utc>, working_days: u32) -> DueDate {
    due(shipped_once(), &same_day(), received_at, working_days, &[], received_at)
}

#[test]
fn every_case_computed_elsewhere_has_the_same_dates() {
    let calendar = shipped_calendar();
    let (literal, rolling) = (same_day(), hall(AfterHoursReceipt::NextWorkingDay));
    let mut reader = csv::Reader::from_reader(CASES.as_bytes());
    let headers = reader.headers().unwrap().clone();
    let mut rows = 0;
    for row in reader.into_records().map(Result::unwrap) {
        let field = |name: &str| &row[headers.iter().position(|header| header == name).unwrap()];
        let received_at = at(field("received_at_shanghai"));
        assert_eq!(received_at, at(field("received_at_utc")));
        let n = field("n_working_days").parse().unwrap();
        let found = due(&calendar, &literal, received_at, n, &[], received_at);
        assert_eq!(found.date, date(field("due_date")), "{row:?}");
        assert_eq!(found.at, at(field("due_at_close_1730")), "{row:?}");
        assert!(!found.provisional, "{row:?}");
        let receipt_day = rolling.receipt_day(&calendar, received_at);
        assert_eq!(receipt_day, date(field("policy_receipt_day_if_after_hours_rolls")), "{row:?}");
        let found = due(&calendar, &rolling, received_at, n, &[], received_at);
        assert_eq!(found.date, date(field("policy_due_date_if_after_hours_rolls")), "{row:?}");
        rows += 1;
    }
    assert_eq!(rows, 80);
}

#[test]
fn the_guides_two_dates_fall_on_the_golden_days() {
    for (received, ready, limit) in [
        ("2014-04-04", "2014-04-16", "2014-04-21"),
        ("2014-04-28", "2014-05-08", "2014-05-13"),
        ("2014-09-26", "2014-10-11", "2014-10-15"),
        ("2014-01-26", "2014-02-10", "2014-02-13"),
    ] {
        for policy in [AfterHoursReceipt::SameDay, AfterHoursReceipt::NextWorkingDay] {
            let found = deadlines(GUIDE, shipped_once(), &hall(policy), noon(received), &[], noon(received));
            assert_eq!(found.receipt_day, date(received));
            assert_eq!((found.ready_from.date, found.limit.date), (date(ready), date(limit)), "{received}");
        }
    }
}

#[test]
fn receipt_at_closing_time_is_after_hours() {
    let receipt_day = |text| hall(AfterHoursReceipt::NextWorkingDay).receipt_day(shipped_once(), at(text));
    assert_eq!(receipt_day("2026-03-02T17:29:59.999+08:00"), date("2026-03-02"));
    assert_eq!(receipt_day("2026-03-02T17:30:00+08:00"), date("2026-03-03"));
    assert_eq!(receipt_day("2026-03-03T00:00:00+08:00"), date("2026-03-03"), "before opening is that day's");
    assert_eq!(same_day().receipt_day(shipped_once(), at("2026-03-02T23:59:59+08:00")), date("2026-03-02"));
}

#[test]
fn zero_working_days_are_over_on_the_day_of_receipt() {
    assert_eq!(due_without_pauses(noon("2014-04-04"), 0).date, date("2014-04-04"));
}

#[test]
fn a_pause_takes_out_the_working_days_after_the_one_it_begins_on() {
    let count =
        |pauses: &[Pause]| due(shipped_once(), &same_day(), noon("2014-04-04"), 7, pauses, noon("2014-06-01")).date;
    let correction = pause(noon("2014-04-08"), Some(noon("2014-04-10")));
    assert_eq!(count(std::slice::from_ref(&correction)), date("2014-04-18"), "the 9th and the 10th are taken out");
    let overlapping = pause(noon("2014-04-09"), Some(noon("2014-04-11")));
    assert_eq!(count(&[correction.clone(), overlapping]), date("2014-04-21"), "the 10th is taken out once");
    assert_eq!(count(&[correction.clone(), correction]), date("2014-04-18"));
    let weekend = pause(noon("2014-04-11"), Some(noon("2014-04-13")));
    assert_eq!(count(&[weekend]), date("2014-04-16"), "a weekend doesn't count anyway");
    let backwards = pause(noon("2014-04-10"), Some(noon("2014-04-08")));
    assert_eq!(count(&[backwards]), date("2014-04-16"), "a pause that ends before it begins takes nothing out");
}

#[test]
fn a_pause_that_lasts_is_counted_up_to_today() {
    let lasting = [pause(noon("2014-04-08"), None)];
    let seen_on = |today| due(shipped_once(), &same_day(), noon("2014-04-04"), 7, &lasting, noon(today)).date;
    assert_eq!(seen_on("2014-04-08"), date("2014-04-16"));
    assert_eq!(seen_on("2014-04-10"), date("2014-04-18"));
    assert_eq!(seen_on("2014-04-01"), date("2014-04-16"), "it had not begun yet");
}

#[test]
fn the_explanation_names_every_day() {
    let correction = [pause(noon("2014-04-08"), Some(noon("2014-04-09")))];
    let days = explain(shipped_once(), &same_day(), noon("2014-04-04"), 3, &correction, noon("2014-04-09"));
    let shown: Vec<_> = days.iter().map(|day| (day.date.day(), day.counted, day.reason.words().zh)).collect();
    let expected = [
        (4, None, "收到申请之日，不计入"),
        (5, None, "清明节放假"),
        (6, None, "清明节放假"),
        (7, None, "清明节放假"),
        (8, Some(1), "工作日"),
        (9, None, "暂停计时（2014-04-08至2014-04-09）：补正材料"),
        (10, Some(2), "工作日"),
        (11, Some(3), "工作日"),
    ];
    assert_eq!(shown, expected.map(|(day, counted, words)| (day, counted, words.to_owned())));
}

#[test]
fn the_explanation_of_a_late_receipt_begins_on_the_day_it_came() {
    let hours = hall(AfterHoursReceipt::NextWorkingDay);
    let received_at = at("2026-02-14T18:30:00+08:00");
    let days = explain(shipped_once(), &hours, received_at, 1, &[], received_at);
    assert_eq!(days.first().map(|day| &day.reason), Some(&DayReason::ReceivedOutsideHours));
    assert_eq!(days.iter().find(|day| day.reason == DayReason::ReceiptDay).unwrap().date, date("2026-02-24"));
    let spring_festival = Words::new("春节", "Spring Festival");
    assert!(days.iter().any(|day| day.reason == DayReason::Holiday { name: spring_festival.clone() }));
    assert_eq!(days.last().map(|day| (day.date, day.counted)), Some((date("2026-02-25"), Some(1))));
}

#[test]
fn a_make_up_sunday_counts_and_says_what_it_makes_up_for() {
    let days = explain(shipped_once(), &same_day(), noon("2014-09-26"), 7, &[], noon("2014-09-26"));
    let sunday = days.iter().find(|day| day.date == date("2014-09-28")).unwrap();
    assert_eq!(sunday.counted, Some(1));
    assert_eq!(sunday.reason.words(), Words::new("国庆节调休上班", "make-up working day for National Day"));
}

#[test]
fn a_date_that_reaches_into_an_unpublished_year_is_provisional() {
    let within = due_without_pauses(noon("2026-12-21"), 8);
    assert_eq!((within.date, within.provisional), (date("2026-12-31"), false));
    let beyond = due_without_pauses(noon("2026-12-21"), 9);
    assert_eq!((beyond.date, beyond.provisional), (date("2027-01-01"), true));
    let days = explain(shipped_once(), &same_day(), noon("2026-12-31"), 2, &[], noon("2026-12-31"));
    let reasons: Vec<_> = days.into_iter().map(|day| day.reason).collect();
    assert_eq!(
        reasons,
        [
            DayReason::ReceiptDay,
            DayReason::AssumedWorkingDay,
            DayReason::AssumedDayOff,
            DayReason::AssumedDayOff,
            DayReason::AssumedWorkingDay
        ]
    );
    assert!(due_without_pauses(noon("2003-12-31"), 1).provisional, "received in a year nobody published");
}

#[test]
fn business_closes_by_the_halls_own_clock() {
    assert_eq!(same_day().close_of_business(date("2026-03-03")), at("2026-03-03T09:30:00Z"));
    let summer_time = due_without_pauses(noon("1988-07-01"), 1);
    assert_eq!(summer_time.at, at("1988-07-04T08:30:00Z"), "China had summer time then");
    let at_two_thirty = NaiveTime::from_hms_opt(2, 30, 0).unwrap();
    let skipped = OfficeHours { zone: chrono_tz::Europe::Berlin, closes: at_two_thirty, ..same_day() };
    assert_eq!(skipped.close_of_business(date("2026-03-29")), at("2026-03-29T01:00:00Z"), "2:30 doesn't exist");
    assert_eq!(skipped.close_of_business(date("2026-10-25")), at("2026-10-25T01:30:00Z"), "2:30 comes twice");
    let samoa = OfficeHours { zone: chrono_tz::Pacific::Apia, ..same_day() };
    assert_eq!(samoa.close_of_business(date("2011-12-30")), at("2011-12-30T10:00:00Z"), "the day doesn't exist");
}

#[test]
fn no_instant_and_no_count_hangs_or_panics() {
    let extremes = [DateTime::<Utc>::MIN_UTC, DateTime::<Utc>::MAX_UTC, noon("2026-01-01")];
    for policy in [AfterHoursReceipt::SameDay, AfterHoursReceipt::NextWorkingDay] {
        for received_at in extremes {
            for as_of in extremes {
                let pauses = [pause(DateTime::<Utc>::MIN_UTC, None), pause(as_of, Some(received_at))];
                let found = due(shipped_once(), &hall(policy), received_at, u32::MAX, &pauses, as_of);
                assert!(found.provisional);
                let days = explain(shipped_once(), &hall(policy), received_at, u32::MAX, &pauses, as_of);
                assert_eq!(
                    days.last().map(|day| (day.date, &day.reason)),
                    Some((found.date, &DayReason::BeyondHorizon))
                );
            }
        }
    }
    for day in [NaiveDate::MIN, NaiveDate::MAX] {
        assert_eq!(same_day().close_of_business(day).date_naive().year(), day.year());
    }
}

#[test]
fn hours_and_pauses_survive_being_written_and_read() {
    let text =
        r#"{"zone": "Asia/Shanghai", "opens": "09:00:00", "closes": "17:30:00", "after_hours_receipt": "same_day"}"#;
    assert_eq!(serde_json::from_str::<OfficeHours>(text).unwrap(), same_day());
    let lasting = pause(noon("2014-04-08"), None);
    assert_eq!(serde_json::from_value::<Pause>(serde_json::to_value(&lasting).unwrap()).unwrap(), lasting);
    let reason = DayReason::Holiday { name: Words::new("春节", "Spring Festival") };
    let written = serde_json::to_value(&reason).unwrap();
    assert_eq!(written["code"], "holiday");
    assert_eq!(serde_json::from_value::<DayReason>(written).unwrap(), reason);
}

#[test]
fn a_rule_whose_limit_comes_before_ready_is_unsound() {
    assert!(GUIDE.is_sound());
    assert!(!DeadlineRule { ready_after: 11, limit_after: 10 }.is_sound());
    assert!(!DeadlineRule { ready_after: 0, limit_after: 10 }.is_sound());
}

/// Some instant from 2004 to the summer of 2026.
fn instants() -> impl Strategy<Value = DateTime<Utc>> {
    (0_i64..22 * 365 * 24 * 60).prop_map(|minutes| at("2004-01-05T00:00:00Z") + TimeDelta::minutes(minutes))
}

fn hours() -> impl Strategy<Value = OfficeHours> {
    prop_oneof![Just(same_day()), Just(hall(AfterHoursReceipt::NextWorkingDay))]
}

/// A receipt with pauses that begin up to 20 days after it and last up to 10.
fn cases() -> impl Strategy<Value = (DateTime<Utc>, Vec<Pause>)> {
    let offsets = prop::collection::vec((0_i64..20 * 24, 0_i64..10 * 24, "[a-c]"), 0..4);
    (instants(), offsets).prop_map(|(received_at, offsets)| {
        let pauses = offsets.into_iter().map(|(start, length, reason)| {
            let from = received_at + TimeDelta::hours(start);
            paused_for(&reason, from, Some(from + TimeDelta::hours(length)))
        });
        (received_at, pauses.collect())
    })
}

fn with_holiday(calendar: &Calendar, holiday: NaiveDate) -> Calendar {
    let mut draft = CalendarYearDraft::from(calendar.year(holiday.year()).unwrap().clone());
    draft.days.retain(|day| day.date != holiday);
    let name = Words::new("临时放假", "extraordinary holiday");
    draft.days.push(CalendarDay { date: holiday, kind: DayKind::Holiday, name });
    let mut changed = calendar.clone();
    changed.insert(CalendarYear::try_from(draft).unwrap());
    changed
}

proptest! {
    #[test]
    fn a_pause_of_no_length_moves_nothing(
        (received_at, pauses) in cases(), hours in hours(), n in 0_u32..40, offset in 0_i64..500,
    ) {
        let plain = due(shipped_once(), &hours, received_at, n, &pauses, received_at);
        let moment = received_at + TimeDelta::hours(offset);
        let mut more = pauses.clone();
        more.push(pause(moment, Some(moment)));
        prop_assert_eq!(due(shipped_once(), &hours, received_at, n, &more, received_at), plain);
    }

    #[test]
    fn one_more_holiday_never_brings_a_date_forward(
        (received_at, pauses) in cases(), hours in hours(), n in 0_u32..40, offset in 0_u64..60,
    ) {
        let holiday = hours.local_date(received_at) + Days::new(offset);
        prop_assume!(shipped_once().is_published(holiday.year()));
        let changed = with_holiday(shipped_once(), holiday);
        let before = due(shipped_once(), &hours, received_at, n, &pauses, received_at);
        prop_assert!(due(&changed, &hours, received_at, n, &pauses, received_at).date >= before.date);
    }

    #[test]
    fn the_order_of_pauses_does_not_matter(
        ((received_at, pauses), shuffled) in cases().prop_flat_map(|case| {
            let shuffled = Just(case.1.clone()).prop_shuffle();
            (Just(case), shuffled)
        }),
        hours in hours(), n in 0_u32..40,
    ) {
        let days = explain(shipped_once(), &hours, received_at, n, &pauses, received_at);
        prop_assert_eq!(explain(shipped_once(), &hours, received_at, n, &shuffled, received_at), days);
    }

    #[test]
    fn an_explanation_counts_exactly_the_working_days_outside_pauses(
        (received_at, pauses) in cases(), hours in hours(), n in 0_u32..40,
    ) {
        let calendar = shipped_once();
        let days = explain(calendar, &hours, received_at, n, &pauses, received_at);
        let counted: Vec<u32> = days.iter().filter_map(|day| day.counted).collect();
        prop_assert_eq!(counted, (1..=n).collect::<Vec<_>>());
        prop_assert_eq!(days.first().map(|day| day.date), Some(hours.local_date(received_at)));
        prop_assert!(days.windows(2).all(|pair| pair[0].date.succ_opt() == Some(pair[1].date)));
        let receipt_day = hours.receipt_day(calendar, received_at);
        for day in &days {
            let paused = pauses.iter().any(|pause| {
                hours.local_date(pause.from) < day.date && day.date <= hours.local_date(pause.to.unwrap())
            });
            let counts = day.date > receipt_day && calendar.is_working_day(day.date) && !paused;
            prop_assert_eq!(day.counted.is_some(), counts, "{:?}", day);
        }
        let found = due(calendar, &hours, received_at, n, &pauses, received_at);
        prop_assert_eq!(days.last().map(|day| day.date), Some(found.date));
        prop_assert_eq!(hours.local_date(found.at), found.date);
    }

    #[test]
    fn more_working_days_end_later((received_at, pauses) in cases(), hours in hours(), n in 0_u32..40) {
        let fewer = due(shipped_once(), &hours, received_at, n, &pauses, received_at);
        let more = due(shipped_once(), &hours, received_at, n + 1, &pauses, received_at);
        prop_assert!(fewer.at < more.at);
        prop_assert!(!fewer.provisional || more.provisional);
    }

    #[test]
    fn only_dates_that_reach_into_2027_are_provisional(start in 0_u64..365, n in 0_u32..40) {
        let received_at = noon("2026-01-01") + Days::new(start);
        let found = due_without_pauses(received_at, n);
        prop_assert_eq!(found.provisional, found.date.year() > 2026);
    }
}
