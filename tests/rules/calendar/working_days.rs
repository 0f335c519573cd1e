//! The shipped calendar against the data it was made from, and what its files are refused for.
#![allow(clippy::unwrap_used)] // a failed assumption should end a test

use casehall::configuration::calendar::load_calendar;
use casehall::configuration::{ConfigFault, ConfigFiles};
use casehall::domain::base::words::Words;
use casehall::domain::calendar::working_days::{
    Calendar, CalendarYear, CalendarYearDraft, DayKind, DayStatus, Notice, holiday_name,
};
use chrono::{Datelike, NaiveDate};
use proptest::prelude::*;

const WORKDAYS: &str = include_str!("../../data/china-workdays.csv");
const NOTICES: &str = include_str!("../../data/china-workday-notices.csv");

pub(crate) fn shipped_calendar() -> Calendar {
    load_calendar(&ConfigFiles::load(None).unwrap()).unwrap()
}

pub(crate) fn date(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn rows(text: &'static str) -> Vec<csv::StringRecord> {
    csv::Reader::from_reader(text.as_bytes()).into_records().map(Result::unwrap).collect()
}

#[test]
fn the_shipped_calendar_has_exactly_the_days_of_the_notices() {
    let calendar = shipped_calendar();
    let rows = rows(WORKDAYS);
    assert_eq!(rows.len(), 773);
    for row in &rows {
        let (given, kind, name) = (date(&row[0]), &row[1], &row[2]);
        match calendar.day(given) {
            DayStatus::Holiday(words) => assert_eq!((kind, name), ("holiday", words.zh.as_str()), "{given}"),
            DayStatus::MakeUpWorkday(words) => assert_eq!((kind, name), ("make-up-workday", words.zh.as_str())),
            other => panic!("{given} is {other:?}"),
        }
        assert_eq!(calendar.is_working_day(given), kind == "make-up-workday", "{given}");
    }
    assert_eq!(calendar.years().flat_map(CalendarYear::days).count(), rows.len());
}

#[test]
fn every_year_from_2004_to_2026_cites_its_notices() {
    let calendar = shipped_calendar();
    assert_eq!(calendar.years().map(CalendarYear::year).collect::<Vec<_>>(), (2004..=2026).collect::<Vec<_>>());
    assert!(!calendar.is_published(2003) && !calendar.is_published(2027));
    let rows = rows(NOTICES);
    assert_eq!(rows.len(), 26);
    for row in &rows {
        let notices = calendar.year(row[0].parse().unwrap()).unwrap().notices();
        let amendment = &row[2] == "amendment";
        let cited = notices.iter().any(|notice| match notice.address.as_deref() {
            Some(address) => address == &row[1] && notice.amendment == amendment,
            None => row[1].is_empty() && notice.source.is_some(),
        });
        assert!(cited, "{row:?}");
    }
}

#[test]
fn new_years_days_in_december_cite_the_next_years_notice_too() {
    let calendar = shipped_calendar();
    for year in [2005, 2006, 2007, 2011, 2018, 2022] {
        let next = calendar.year(year + 1).unwrap().notices()[0].address.clone();
        assert!(calendar.year(year).unwrap().notices().iter().any(|notice| notice.address == next), "{year}");
    }
}

#[test]
fn a_day_says_why_it_counts() {
    let calendar = shipped_calendar();
    let qingming = Words::new("清明节", "Qingming Festival");
    assert_eq!(calendar.day(date("2014-04-07")), DayStatus::Holiday(&qingming));
    let both = Words::new("国庆节、中秋节", "National Day and Mid-Autumn Festival");
    assert_eq!(calendar.day(date("2025-10-11")), DayStatus::MakeUpWorkday(&both));
    assert_eq!(calendar.day(date("2014-04-12")), DayStatus::Weekend);
    assert_eq!(calendar.day(date("2014-04-14")), DayStatus::Weekday);
    assert_eq!(calendar.day(date("2027-10-01")), DayStatus::Weekday, "nothing is guessed of an unpublished year");
    let DayStatus::Holiday(victory) = calendar.day(date("2015-09-03")) else { panic!("a holiday once") };
    assert!(victory.en.starts_with("70th anniversary"), "{}", victory.en);
}

#[test]
fn a_one_time_holiday_needs_an_english_name() {
    assert_eq!(holiday_name("春节").unwrap().en, "Spring Festival");
    for unknown in ["", "春", "春节、", "、", "春节、建军节", "Spring Festival", "🎆"] {
        assert_eq!(holiday_name(unknown), None, "{unknown}");
    }
}

fn faults_of(name: &str, text: &str) -> Vec<ConfigFault> {
    let mut files = ConfigFiles::default();
    files.insert(name, text.to_owned());
    load_calendar(&files).unwrap_err()
}

fn shown(faults: &[ConfigFault]) -> Vec<String> {
    faults.iter().map(ToString::to_string).collect()
}

#[test]
fn a_bad_file_is_refused_with_all_its_faults_and_their_lines() {
    let text = r#"year = 2027
colour = "red"
notices = [
  { address = "javascript:alert(1)" },
  { note = "no source", page = 3 },
  { source = 7 },
]
days = [
  { date = 2027-01-01, kind = "holiday", name = "元旦" },
  { date = 2027-01-04, kind = "make_up_workday", name = "元旦" },
  { date = 2026-12-31, kind = "holiday", name = "元旦" },
  { date = 2027-01-01, kind = "holiday", name = "元旦", },
  { date = "2027-02-06", kind = "day_off", nmae = "春节" },
  { date = 2027-09-03, kind = "holiday", name = "建军节" },
  { date = 2027-10-01T10:00:00, kind = "holiday", name = "国庆节" },
  "2027-10-02",
]
names = { "火把节" = 1 }
"#;
    assert_eq!(
        shown(&faults_of("calendar/2027.toml", text)),
        [
            "calendar/2027.toml:2: unknown key \"colour\", expected one of: year, allow_incomplete, notices, names, days",
            "calendar/2027.toml:4: the address of a holiday notice must start with http:// or https://",
            "calendar/2027.toml:5: a holiday notice needs an address or a source",
            "calendar/2027.toml:5: unknown key \"page\", expected one of: address, source, amendment, note",
            "calendar/2027.toml:6: source must be text",
            "calendar/2027.toml:10: 2027-01-04 is a Monday, but only a Saturday or Sunday can be a make-up working day",
            "calendar/2027.toml:11: 2026-12-31 is not a day of 2027",
            "calendar/2027.toml:12: 2027-01-01 is named twice",
            "calendar/2027.toml:13: date must be a date such as 2026-01-01",
            "calendar/2027.toml:13: kind must be \"holiday\" or \"make_up_workday\"",
            "calendar/2027.toml:13: name is missing, expected a holiday's Chinese name",
            "calendar/2027.toml:13: unknown key \"nmae\", expected one of: date, kind, name, name_en",
            "calendar/2027.toml:14: \"建军节\" has no English name: add it to [names]",
            "calendar/2027.toml:15: date must be a date such as 2026-01-01",
            "calendar/2027.toml:16: days must be an array of tables",
            "calendar/2027.toml:18: the English name of \"火把节\" must be text",
        ]
    );
}

#[test]
fn a_file_without_a_year_still_reports_faults_of_days() {
    let text =
        "year = \"2027\"\nnotices = []\ndays = [\n  { date = 2026-05-01, kind = \"holiday\", name = \"劳动节\" },\n]\n";
    assert_eq!(
        shown(&faults_of("calendar/2027.toml", text)),
        [
            "calendar/2027.toml: a year needs at least one holiday notice",
            "calendar/2027.toml:1: year must be a year such as 2026",
            "calendar/2027.toml:4: 2026-05-01 is not a day of 2027",
        ]
    );
    assert_eq!(shown(&faults_of("calendar/x.toml", "")).len(), 3, "year, notices and days are missing");
}

#[test]
fn a_file_named_after_another_year_is_refused() {
    let text = "year = 2027\nnotices = [{ source = \"notice\" }]\ndays = []\n";
    assert_eq!(
        shown(&faults_of("calendar/2028.toml", text)),
        ["calendar/2028.toml:1: the file of 2027 must be named calendar/2027.toml"]
    );
}

#[test]
fn faults_of_several_files_are_reported_together() {
    let mut files = ConfigFiles::load(None).unwrap();
    files.insert("calendar/2026.toml", "year = 2026\nnotices = [\ndays = = 3\n".to_owned());
    files.insert("calendar/2027.toml", "year = 10000000000\nnotices = 1\ndays = 2\n".to_owned());
    let faults = load_calendar(&files).unwrap_err();
    let in_2026 = faults.iter().filter(|fault| fault.file == "calendar/2026.toml");
    assert!(in_2026.clone().count() >= 1 && in_2026.clone().all(|fault| fault.line.is_some()), "{faults:?}");
    let in_2027: Vec<_> = faults.iter().filter(|fault| fault.file == "calendar/2027.toml").collect();
    assert_eq!(in_2027.iter().map(|fault| fault.line).collect::<Vec<_>>(), [Some(1), Some(2), Some(3)]);
}

#[test]
fn a_year_with_its_own_names_and_arrays_of_tables_loads() {
    let text = "year = 2027\nallow_incomplete = true\n[[notices]]\nsource = \"draft\"\n[[days]]\ndate = 2027-09-03\nkind = \"holiday\"\nname = \"火把节\"\n[names]\n\"火把节\" = \"Torch Festival\"\n";
    let mut files = ConfigFiles::default();
    files.insert("calendar/2027.toml", text.to_owned());
    let calendar = load_calendar(&files).unwrap();
    assert_eq!(calendar.day(date("2027-09-03")), DayStatus::Holiday(&Words::new("火把节", "Torch Festival")));
}

#[test]
fn half_a_year_in_a_file_needs_a_say_so() {
    let half = "year = 2027\nnotices = [{ source = \"通知\" }]\n\
                days = [{ date = 2027-01-01, kind = \"holiday\", name = \"元旦\" }]\n";
    let load = |text: &str| {
        let mut files = ConfigFiles::load(None).unwrap();
        files.insert("calendar/2027.toml", text.to_owned());
        load_calendar(&files)
    };
    let faults: Vec<String> = load(half).unwrap_err().iter().map(ToString::to_string).collect();
    let expected = ["2027-05-01 is no holiday", "2027-10-01 is no holiday", "2027 has no make-up working days"];
    assert_eq!(faults.len(), expected.len(), "{faults:?}");
    for (fault, expected) in faults.iter().zip(expected) {
        assert!(fault.starts_with(&format!("calendar/2027.toml: {expected}")), "{fault}");
        assert!(fault.ends_with("in a file that is the line `allow_incomplete = true`"), "{fault}");
    }
    let calendar = load(&format!("allow_incomplete = true\n{half}")).unwrap();
    assert!(!calendar.is_working_day("2027-01-01".parse().unwrap()));
}

#[test]
fn a_calendar_survives_being_written_and_read() {
    let calendar = shipped_calendar();
    let text = serde_json::to_string(&calendar).unwrap();
    assert_eq!(serde_json::from_str::<Calendar>(&text).unwrap(), calendar);
}

#[test]
fn a_year_read_from_outside_is_checked_like_a_file() {
    let text = r#"{"year": 2027, "notices": [], "days": [
        {"date": "2027-01-04", "kind": "make_up_workday", "name": {"zh": "元旦", "en": ""}}]}"#;
    let refused = serde_json::from_str::<CalendarYear>(text).unwrap_err().to_string();
    for part in ["at least one holiday notice", "2027-01-04 is a Monday", "in Chinese and English"] {
        assert!(refused.contains(part), "{refused}");
    }
    let draft: CalendarYearDraft = serde_json::from_str(text).unwrap();
    let faults: Vec<_> = draft.faults().iter().map(|fault| fault.in_request()).collect();
    let found: Vec<_> = faults.iter().map(|fault| (fault.pointer.as_str(), fault.code)).collect();
    assert_eq!(
        found,
        [
            ("/notices", "notice_missing"),
            ("/days/0/date", "make_up_workday_on_weekday"),
            ("/days/0/name", "day_without_name"),
        ]
    );
}

#[test]
fn a_newly_published_year_replaces_the_old_one() {
    let mut calendar = shipped_calendar();
    let notice = Notice { source: Some("amended".to_owned()), ..Notice::default() };
    let draft = CalendarYearDraft { year: 2026, notices: vec![notice], days: Vec::new() };
    let before = calendar.insert(CalendarYear::try_from(draft).unwrap()).unwrap();
    assert!(before.days().any(|day| day.kind == DayKind::Holiday && day.date == date("2026-10-01")));
    assert!(calendar.is_working_day(date("2026-10-01")));
}

#[test]
fn working_days_left_exclude_today() {
    let calendar = shipped_calendar();
    let between = |from, to| calendar.working_days_between(date(from), date(to));
    assert_eq!(between("2014-04-04", "2014-04-16"), 7);
    assert_eq!(between("2014-09-26", "2014-10-11"), 7, "the Sunday 28 and the Saturday 11 are worked");
    assert_eq!(between("2014-04-16", "2014-04-16"), 0);
    assert_eq!(between("2014-04-18", "2014-04-16"), -2);
    assert_eq!(between("2014-04-20", "2014-04-18"), 0, "nothing is overdue by a weekend");
    let (first, last) = (NaiveDate::MIN, NaiveDate::MAX);
    assert_eq!(calendar.working_days_between(first, last), -calendar.working_days_between(last, first));
}

proptest! {
    #[test]
    fn working_days_between_is_what_counting_each_day_gives(start in 0_u64..9_000, length in 0_u64..900) {
        let calendar = shipped_once();
        let from = date("2003-06-01") + chrono::Days::new(start);
        let to = from + chrono::Days::new(length);
        let one_by_one = from.iter_days().skip(1).take_while(|day| *day <= to).filter(|day| calendar.is_working_day(*day));
        let count = i64::try_from(one_by_one.count()).unwrap();
        prop_assert_eq!(calendar.working_days_between(from, to), count, "{} {}", from.year(), to);
        prop_assert_eq!(calendar.working_days_between(to, from), -count);
    }

    #[test]
    fn no_calendar_file_makes_the_loader_panic(text in "\\PC{0,80}", tail in "[\\[\\]{}=\",. a-z0-9\n-]{0,60}") {
        let mut files = ConfigFiles::default();
        files.insert("calendar/2027.toml", format!("year = 2027\n{text}\n{tail}"));
        if let Err(faults) = load_calendar(&files) {
            prop_assert!(!faults.is_empty());
        }
    }
}

pub(crate) fn shipped_once() -> &'static Calendar {
    static CALENDAR: std::sync::OnceLock<Calendar> = std::sync::OnceLock::new();
    CALENDAR.get_or_init(shipped_calendar)
}
