//! Years go through every format unchanged, and no bytes make a reader panic.

use std::fmt::Write;

use casehall::domain::base::words::Words;
use casehall::domain::calendar::working_days::{CalendarDay, CalendarYear, CalendarYearDraft, DayKind, Notice};
use casehall::formats::calendar::{CalendarFormat, read, read_toml, write_toml};
use chrono::{Datelike, Days, NaiveDate, Weekday};
use proptest::prelude::*;

use crate::calendar::working_days::shipped_once;

const FORMATS: [CalendarFormat; 3] = [CalendarFormat::Toml, CalendarFormat::Csv, CalendarFormat::ICalendar];

fn as_csv(year: &CalendarYear) -> Vec<u8> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(["date", "kind", "name", "name_en"]).unwrap();
    for day in year.days() {
        let kind = if day.kind == DayKind::Holiday { "holiday" } else { "make-up-workday" };
        writer.write_record([&day.date.to_string(), kind, &day.name.zh, &day.name.en]).unwrap();
    }
    writer.into_inner().unwrap()
}

fn as_icalendar(year: &CalendarYear) -> Vec<u8> {
    let mut text = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\n".to_owned();
    for day in year.days() {
        let mark = if day.kind == DayKind::Holiday { "休" } else { "班" };
        let (start, end) = (day.date.format("%Y%m%d"), (day.date + Days::new(1)).format("%Y%m%d"));
        write!(text, "BEGIN:VEVENT\r\nDTSTART;VALUE=DATE:{start}\r\nDTEND;VALUE=DATE:{end}\r\n").unwrap();
        write!(text, "SUMMARY:{}（{mark}）\r\nX-CASEHALL-NAME-EN:{}\r\nEND:VEVENT\r\n", day.name.zh, day.name.en)
            .unwrap();
    }
    text.push_str("END:VCALENDAR\r\n");
    text.into_bytes()
}

#[test]
fn every_real_year_goes_through_all_formats_unchanged() {
    for year in shipped_once().years() {
        let notices = || year.notices().to_vec();
        let text = write_toml(year);
        let from_toml = read(CalendarFormat::Toml, year.year(), text.as_bytes(), Vec::new()).unwrap().year;
        let from_csv = read(CalendarFormat::Csv, year.year(), &as_csv(&from_toml), notices()).unwrap().year;
        let events = as_icalendar(&from_csv);
        let from_events = read(CalendarFormat::ICalendar, year.year(), &events, notices()).unwrap().year;
        assert_eq!(&from_events, year, "{}", year.year());
    }
    assert_eq!(shipped_once().years().count(), 23);
}

#[test]
fn an_export_of_a_shipped_year_is_its_file_where_no_name_is_a_years_own() {
    let shipped = include_str!("../../../config/calendar/2026.toml");
    assert_eq!(write_toml(shipped_once().year(2026).unwrap()), shipped);
}

#[test]
fn a_file_made_to_take_long_does_not() {
    let million = 1_000_000;
    let inside = |line: &str| format!("BEGIN:VCALENDAR\nBEGIN:VEVENT\n{line}\nEND:VEVENT\nEND:VCALENDAR\n");
    let events = "BEGIN:VEVENT\nDTSTART:20270101\nDURATION:P31D\nSUMMARY:元旦休\nEND:VEVENT\n".repeat(million / 80);
    let files = [
        (CalendarFormat::ICalendar, inside(&";".repeat(million))),
        (CalendarFormat::ICalendar, inside(&format!("DTSTART{}", ";A=\"B\"".repeat(million / 6)))),
        (CalendarFormat::ICalendar, inside(&format!("SUMMARY:{}", "休｜".repeat(million / 6)))),
        (CalendarFormat::ICalendar, inside(&"DTSTART\n".repeat(million / 8))),
        (CalendarFormat::ICalendar, format!("BEGIN:VCALENDAR\n{events}END:VCALENDAR\n")),
        (CalendarFormat::ICalendar, "BEGIN:VEVENT\n".repeat(million / 13)),
        (CalendarFormat::ICalendar, "END:VEVENT\n".repeat(million / 11)),
        (CalendarFormat::Csv, format!("date,kind,name\n{}", "x,y,z\n".repeat(million / 6))),
        (CalendarFormat::Csv, format!("date,kind,name\n{}2027-01-01,休,元旦\n", "\n".repeat(million))),
        (CalendarFormat::Toml, format!("year = 2027\n{}", "[[days]]\n".repeat(million / 9))),
        (CalendarFormat::Toml, "[".repeat(million)),
        (CalendarFormat::Toml, format!("days = {}", "[".repeat(million))),
        (CalendarFormat::Toml, "= 1\n".repeat(million / 4)),
    ];
    for (index, (format, text)) in files.iter().enumerate() {
        let begun = std::time::Instant::now();
        let _ = read(*format, 2027, text.as_bytes(), Vec::new());
        let took = begun.elapsed();
        assert!(took.as_secs() < 20, "file {index} took {took:?}");
    }
}

/// Any text that isn't blank, as a form would let it in.
fn text() -> impl Strategy<Value = String> {
    any::<String>().prop_filter("blank", |text| !text.trim().is_empty())
}

fn notice() -> impl Strategy<Value = Notice> {
    let address = prop_oneof![Just(None), "https://[a-z\"\\\\'{}=,#]{1,20}".prop_map(Some)];
    (address, text(), any::<bool>(), proptest::option::of(any::<String>()))
        .prop_map(|(address, source, amendment, note)| Notice { address, source: Some(source), amendment, note })
}

fn any_year() -> impl Strategy<Value = CalendarYear> {
    let days = proptest::collection::btree_map(0_u64..365, (text(), text(), any::<bool>()), 0..20);
    (1949_i32..=9999, proptest::collection::vec(notice(), 1..4), days).prop_map(|(year, notices, days)| {
        let first = NaiveDate::from_ymd_opt(year, 1, 1).unwrap();
        let days = days.into_iter().map(|(after, (zh, en, worked))| {
            let date = first + Days::new(after);
            let worked = worked && matches!(date.weekday(), Weekday::Sat | Weekday::Sun);
            let kind = if worked { DayKind::MakeUpWorkday } else { DayKind::Holiday };
            CalendarDay { date, kind, name: Words::new(zh, en) }
        });
        CalendarYear::try_from(CalendarYearDraft { year, notices, days: days.collect() }).unwrap()
    })
}

proptest! {
    #[test]
    fn any_year_comes_back_from_what_is_written_of_it(year in any_year()) {
        let text = write_toml(&year);
        let read = read_toml(&text, None, Vec::new());
        prop_assert_eq!(read.named.map(|(_, year)| year), Some(year.year()));
        prop_assert_eq!(read.year.unwrap(), year.clone(), "{}", text);
    }

    #[test]
    fn no_bytes_make_a_reader_panic(bytes in proptest::collection::vec(any::<u8>(), 0..400), year in any::<i32>()) {
        for format in FORMATS {
            if let Err(faults) = read(format, year, &bytes, Vec::new()) {
                prop_assert!(!faults.is_empty());
            }
        }
    }

    #[test]
    fn no_broken_file_makes_a_reader_panic(
        year in 2004_i32..=2026,
        cuts in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>(), 0_usize..30), 1..6),
    ) {
        let year = shipped_once().year(year).unwrap();
        for (format, mut bytes) in FORMATS.into_iter().zip([write_toml(year).into_bytes(), as_csv(year), as_icalendar(year)]) {
            for (at, byte, length) in &cuts {
                let start = at.index(bytes.len());
                let end = (start + length).min(bytes.len());
                bytes.splice(start..end, [*byte]);
            }
            match read(format, year.year(), &bytes, year.notices().to_vec()) {
                Ok(imported) => prop_assert_eq!(imported.year.year(), year.year()),
                Err(faults) => {
                    prop_assert!(!faults.is_empty());
                    let lines = bytes.iter().filter(|byte| matches!(byte, b'\n' | b'\r')).count() + 1;
                    prop_assert!(faults.iter().all(|fault| fault.line.is_none_or(|line| (1..=lines).contains(&line))));
                }
            }
        }
    }

    #[test]
    fn no_event_makes_the_reader_panic(
        start in "[0-9TZ]{0,17}|[0-9]{8}", end in "[0-9TZ]{8,17}", summary in "\\PC{0,30}", parameter in "[A-Z=;\":/a-z]{0,20}",
        duration in "P[0-9]{0,25}[DWTHM]{0,2}",
    ) {
        let text = format!(
            "BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART{parameter}:{start}\nDTEND:{end}\nSUMMARY:{summary}休\nEND:VEVENT\n\
             BEGIN:VEVENT\nDTSTART:{start}\nDURATION:{duration}\nSUMMARY:{summary}\nEND:VEVENT\nEND:VCALENDAR\n"
        );
        for year in [2026, 0, 9999] {
            let _ = read(CalendarFormat::ICalendar, year, text.as_bytes(), Vec::new());
        }
    }
}
