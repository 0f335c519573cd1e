//! What reports are made of: parts of periods, the cuts between ages, and where time went.

use casehall::configuration::ConfigFiles;
use casehall::configuration::calendar::load_calendar;
use casehall::domain::base::words::Words;
use casehall::domain::calendar::deadline::{AfterHoursReceipt, OfficeHours, Pause, PauseCause};
use casehall::domain::calendar::working_days::Calendar;
use casehall::domain::case_types::codes::Queue;
use casehall::domain::reports::board::ageing::{cuts, edges};
use casehall::domain::reports::overdue::{Stay, time_spent};
use casehall::domain::reports::query::{Period, Unit};
use chrono::{DateTime, Duration, NaiveDate, NaiveTime, Utc};
use proptest::prelude::*;

fn date(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn instant(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

#[test]
fn weeks_begin_on_monday_and_end_with_the_period() {
    let period = Period { from: date("2026-02-26"), to: date("2026-03-10") };
    let parts = |unit| period.parts(unit).map(|part| format!("{} {}", part.from, part.to)).collect::<Vec<_>>();
    assert_eq!(parts(Unit::Week), ["2026-02-26 2026-03-01", "2026-03-02 2026-03-08", "2026-03-09 2026-03-10"]);
    assert_eq!(parts(Unit::Month), ["2026-02-26 2026-02-28", "2026-03-01 2026-03-10"]);
    assert_eq!(parts(Unit::Period), ["2026-02-26 2026-03-10"]);
    assert_eq!(parts(Unit::Day).len(), 13);
}

#[test]
fn paused_time_belongs_to_no_work_list() {
    let pause = |cause, from: &str, to: Option<&str>| Pause {
        from: instant(from),
        to: to.map(instant),
        reason: Words::new("", ""),
        cause,
        by: String::new(),
        ended_by: None,
    };
    let stay = |queue, from: &str, to: &str| Stay { queue, from: instant(from), to: instant(to) };
    let now = instant("2026-03-03T00:00:00Z");
    let stays = [
        stay(Queue::ToCheck, "2026-03-01T00:00:00Z", "2026-03-01T10:00:00Z"),
        stay(Queue::WaitingForCorrection, "2026-03-01T10:00:00Z", "2026-03-02T10:00:00Z"),
        stay(Queue::ToCheck, "2026-03-02T10:00:00Z", "2026-03-03T00:00:00Z"),
    ];
    let pauses = [
        pause(PauseCause::Decision, "2026-03-01T08:00:00Z", Some("2026-03-01T13:00:00Z")),
        pause(PauseCause::State, "2026-03-01T10:00:00Z", Some("2026-03-02T10:00:00Z")),
        pause(PauseCause::Decision, "2026-03-02T23:00:00Z", None),
    ];
    let spent = time_spent(&stays, &pauses, now);
    let hours = spent.waiting.map(|seconds| seconds / 3600);
    assert_eq!((hours, spent.suspended / 3600), ([8 + 13, 21, 0, 0], 5 + 1));
}

fn calendar() -> Calendar {
    load_calendar(&ConfigFiles::load(None).unwrap()).unwrap()
}

proptest! {
    /// Cases are sorted into bars by instants, so that a database can do it; the age of each says the same.
    #[test]
    fn the_cuts_between_ages_part_instants_as_their_ages_do(
        day in 0_i64..1400, ages in prop::collection::vec(0_i64..70 * 86_400, 20), next_day in any::<bool>()
    ) {
        let calendar = calendar();
        let hours = OfficeHours {
            zone: chrono_tz::Asia::Shanghai,
            opens: NaiveTime::from_hms_opt(9, 0, 0).unwrap(),
            closes: NaiveTime::from_hms_opt(17, 30, 0).unwrap(),
            after_hours_receipt: if next_day { AfterHoursReceipt::NextWorkingDay } else { AfterHoursReceipt::SameDay },
        };
        let day = date("2023-01-01") + Duration::days(day);
        let edges = edges(None);
        let cuts = cuts(&edges, &calendar, &hours, day);
        let end = hours.start_of_day(day + Duration::days(1));
        for seconds in ages {
            let opened = end - Duration::seconds(1 + seconds);
            let age = calendar.working_days_between(hours.receipt_day(&calendar, opened), day).max(0);
            let by_age = edges.iter().rposition(|edge| *edge <= age);
            let by_cut = cuts.iter().position(|cut| opened >= *cut).unwrap_or(cuts.len());
            prop_assert_eq!(by_age, Some(by_cut), "{} on {} is {} old", opened, day, age);
        }
    }
}
