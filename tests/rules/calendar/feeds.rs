//! Public feeds of China's days off: what their events are called is read as it is.

use std::fmt::Write;

use casehall::domain::calendar::working_days::{CalendarYear, CalendarYearDraft, DayKind};
use casehall::formats::calendar::{CalendarFormat, FileFault, ImportedYear, read};
use chrono::{Datelike, Days};

use crate::calendar::formats::notices;
use crate::calendar::working_days::shipped_once;

/// Summaries that feeds write, each with what it says.
const SUMMARIES: &str = include_str!("../../data/feed-summaries.csv");

/// A summary, its kind of day (none where it is refused) and the name of its holiday.
struct Row {
    summary: String,
    kind: Option<DayKind>,
    name: String,
}

fn rows() -> Vec<Row> {
    let records = csv::Reader::from_reader(SUMMARIES.as_bytes()).into_records().map(Result::unwrap);
    let row = |record: csv::StringRecord| Row {
        summary: record[0].to_owned(),
        kind: match &record[1] {
            "holiday" => Some(DayKind::Holiday),
            "make-up-workday" => Some(DayKind::MakeUpWorkday),
            "refused" => None,
            other => panic!("{other}"),
        },
        name: record[2].to_owned(),
    };
    records.map(row).collect()
}

/// The events of a year, each day's summary made of its kind and its holiday's name.
fn feed(year: &CalendarYear, summary: impl Fn(DayKind, &str) -> Option<String>) -> String {
    let mut text = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\n".to_owned();
    for day in year.days() {
        let Some(summary) = summary(day.kind, &day.name.zh) else { continue };
        let (start, end) = (day.date.format("%Y%m%d"), (day.date + Days::new(1)).format("%Y%m%d"));
        write!(text, "BEGIN:VEVENT\r\nDTSTART;VALUE=DATE:{start}\r\nDTEND;VALUE=DATE:{end}\r\n").unwrap();
        write!(text, "SUMMARY:{summary}\r\nEND:VEVENT\r\n").unwrap();
    }
    text + "END:VCALENDAR\r\n"
}

fn import(year: i32, text: &str) -> Result<ImportedYear, Vec<FileFault>> {
    read(CalendarFormat::ICalendar, year, text.as_bytes(), notices())
}

/// What one event of 2027 with a summary is read as.
fn told(summary: &str) -> Result<(DayKind, String), &'static str> {
    let text =
        format!("BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART:20270102\nSUMMARY:{summary}\nEND:VEVENT\nEND:VCALENDAR\n");
    match import(2027, &text) {
        Ok(imported) => {
            let day = imported.year.days().next().unwrap();
            Ok((day.kind, day.name.zh.clone()))
        }
        Err(faults) => Err(faults[0].code),
    }
}

#[test]
fn every_summary_of_a_feed_says_its_kind_and_its_holiday() {
    for Row { summary, kind, name } in rows() {
        match kind {
            Some(kind) => assert_eq!(told(&summary), Ok((kind, name)), "{summary}"),
            None => assert_eq!(told(&summary), Err("kind_unknown"), "{summary}"),
        }
    }
    assert_eq!(rows().len(), 10);
}

#[test]
fn every_year_of_a_feed_in_any_style_is_imported_whole() {
    for Row { summary, kind, name } in rows() {
        let Some(styled) = kind else { continue };
        for year in shipped_once().years() {
            let text = feed(year, |kind, holiday| {
                let other = if kind == DayKind::Holiday { "休" } else { "班" };
                let own = summary.replace(&name, holiday);
                Some(if kind == styled { own } else { format!("{holiday}（{other}）") })
            });
            let imported = import(year.year(), &text).unwrap().year;
            let days = |year: &CalendarYear| year.days().cloned().collect::<Vec<_>>();
            assert_eq!(days(&imported), days(year), "{summary} {}", year.year());
            assert_eq!(imported.missing_kinds(), []);
        }
    }
}

#[test]
fn an_event_that_says_neither_is_refused_by_its_name() {
    for Row { summary, kind, .. } in rows() {
        if kind.is_some() {
            continue;
        }
        let whole = feed(shipped_once().year(2026).unwrap(), |kind, holiday| {
            Some(format!("{holiday}（{}）", if kind == DayKind::Holiday { "休" } else { "班" }))
        });
        let event = format!("BEGIN:VEVENT\r\nDTSTART:20260601\r\nSUMMARY:{summary}\r\nEND:VEVENT\r\n");
        let faults = import(2026, &whole.replace("END:VCALENDAR", &(event + "END:VCALENDAR"))).unwrap_err();
        assert_eq!(faults.len(), 1);
        assert_eq!(faults[0].code, "kind_unknown");
        assert!(faults[0].words.zh.contains(&summary) && faults[0].words.en.contains(&summary), "{:?}", faults[0]);
        assert!(faults[0].line.is_some());
    }
}

#[test]
fn the_two_best_known_feeds_write_such_events() {
    let worked = |name: &str| Ok((DayKind::MakeUpWorkday, name.to_owned()));
    let free = |name: &str| Ok((DayKind::Holiday, name.to_owned()));
    assert_eq!(told("国庆节、中秋节假期"), free("国庆节、中秋节"));
    assert_eq!(told("上班(补国庆节、中秋节假期)"), worked("国庆节、中秋节"));
    assert_eq!(
        told("抗日战争暨世界反法西斯战争胜利70周年纪念日假期"),
        free("抗日战争暨世界反法西斯战争胜利70周年纪念日")
    );
    assert_eq!(told("春节 假期 第1天/共9天"), free("春节"));
    assert_eq!(told("劳动节 补班 第2天/共2天"), worked("劳动节"));
}

#[test]
fn words_about_the_holiday_are_not_about_the_day_that_makes_up_for_it() {
    let worked = |name: &str| Ok((DayKind::MakeUpWorkday, name.to_owned()));
    for summary in ["春节假期补班", "春节假期后补班", "春节后补班", "补班（补春节）", "补班：春节", "⚠️春节前上班"]
    {
        assert_eq!(told(summary), worked("春节"), "{summary}");
    }
    for summary in ["补元旦假期", "元旦后", "元旦 调休", "补班前"] {
        assert!(told(summary).is_err(), "{summary}");
    }
    for summary in ["元旦放假上班", "元旦（休）（班）", "补班放假元旦 休"] {
        assert!(told(summary).is_err(), "{summary}");
    }
}

#[test]
fn counters_and_signs_are_no_part_of_a_name() {
    let free = |name: &str| Ok((DayKind::Holiday, name.to_owned()));
    for summary in [
        "元旦（休）1/3",
        "元旦假期第1天",
        "元旦第三天（休）",
        "元旦 休 最后一天",
        "元旦 3天 假期",
        "🇨🇳元旦🎉休",
        "★元旦（休）☆",
    ] {
        assert_eq!(told(summary), free("元旦"), "{summary}");
    }
    assert_eq!(told("十一（休）"), free("国庆节"));
    assert_eq!(told("五一假期"), free("劳动节"));
    assert_eq!(told("除夕、春节（休）"), free("除夕、春节"));
    assert_eq!(told("火把节第1天（休）"), Err("name_without_english"));
}

#[test]
fn dates_and_official_words_are_no_part_of_a_name() {
    for summary in [
        "2027年元旦放假",
        "2027年度元旦放假",
        "２０２７年元旦放假",
        "1月1日元旦放假",
        "1月1日至3日元旦放假",
        "元旦1月1日至1月3日放假",
        "1月1日（周五）元旦休",
        "法定节假日：元旦",
        "元旦法定节假日",
        "元旦 法定假日",
        "元旦 休息日",
        "元旦放假三天",
        "元旦三天假",
        "元旦（放假3天）",
        "元旦小长假",
        "元旦长假",
    ] {
        assert_eq!(told(summary), Ok((DayKind::Holiday, "元旦".to_owned())), "{summary}");
    }
    assert_eq!(told("清明节假日"), Ok((DayKind::Holiday, "清明节".to_owned())));
    assert_eq!(told("2027年五一放假5天"), Ok((DayKind::Holiday, "劳动节".to_owned())));
    for summary in [
        "周末班（元旦）",
        "元旦补上班",
        "元旦 加班",
        "周日上班，补元旦假期",
        "补元旦假期，周日上班",
        "元旦小长假补班",
        "1月3日（星期日）上班（元旦）",
        "2027年元旦补班",
    ] {
        assert_eq!(told(summary), Ok((DayKind::MakeUpWorkday, "元旦".to_owned())), "{summary}");
    }
    for summary in ["周末休息", "2027年放假", "元旦值班", "元旦70周年纪念日", "1月1日元旦"] {
        assert!(told(summary).is_err(), "{summary}");
    }
}

#[test]
fn a_name_without_english_is_refused_with_the_whole_summary() {
    for summary in ["2027年火把节放假", "彝族年（休）第1天"] {
        let text =
            format!("BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART:20270102\nSUMMARY:{summary}\nEND:VEVENT\nEND:VCALENDAR\n");
        let faults = import(2027, &text).unwrap_err();
        assert_eq!(faults[0].code, "name_without_english");
        assert!(faults[0].words.zh.contains(summary) && faults[0].words.en.contains(summary), "{}", faults[0]);
    }
}

#[test]
fn half_a_feed_lacks_a_kind_of_days() {
    for year in shipped_once().years() {
        assert_eq!(year.missing_kinds(), [], "{} is whole", year.year());
        let half = |wanted: DayKind| {
            let text = feed(year, |kind, holiday| (kind == wanted).then(|| format!("{holiday} {}", mark(kind))));
            let missing = import(year.year(), &text).unwrap().year.missing_kinds();
            missing.iter().map(|fault| fault.in_request().code).collect::<Vec<_>>()
        };
        assert_eq!(half(DayKind::Holiday), ["make_up_workdays_missing"]);
        assert_eq!(half(DayKind::MakeUpWorkday), ["holidays_missing"]);
    }
}

#[test]
fn a_part_of_a_feed_lacks_the_holidays_that_every_year_has() {
    for year in shipped_once().years() {
        let missing = |from: u32, to: u32| {
            let mut draft = CalendarYearDraft::from(year.clone());
            draft.days.retain(|day| (from..=to).contains(&day.date.month()));
            let year = CalendarYear::try_from(draft).unwrap();
            year.missing_kinds().iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
        };
        let date = |month: u32| format!("{}-{month:02}-01 is no holiday", year.year());
        let spring = missing(1, 6);
        assert!(spring.starts_with(&date(10)) && !spring.contains(&date(5)) && !spring.contains(&date(1)), "{spring}");
        let autumn = missing(9, 12);
        assert!(autumn.contains(&date(1)) && autumn.contains(&date(5)) && !autumn.contains(&date(10)), "{autumn}");
    }
}

fn mark(kind: DayKind) -> &'static str {
    if kind == DayKind::Holiday { "假期" } else { "补班" }
}

#[test]
fn more_days_than_a_year_has_are_refused_where_they_begin() {
    let found = |result: Result<ImportedYear, Vec<FileFault>>| -> Vec<(Option<usize>, &'static str)> {
        result.unwrap_err().iter().map(|fault| (fault.line, fault.code)).collect()
    };
    let table = format!("date,kind,name\n{}", "1,2,3\n".repeat(1_000_000));
    let faults = found(read(CalendarFormat::Csv, 2027, table.as_bytes(), notices()));
    assert_eq!(faults.last(), Some(&(Some(368), "too_many_days")));
    assert!(faults.len() < 2_000, "what follows isn't read");
    let event = "BEGIN:VEVENT\nDTSTART:20270101\nDURATION:P31D\nSUMMARY:元旦休\nEND:VEVENT\n";
    let events = format!("BEGIN:VCALENDAR\n{}END:VCALENDAR\n", event.repeat(1_000_000 / 31));
    let faults = found(import(2027, &events));
    assert_eq!(faults.last(), Some(&(Some(57), "too_many_days")));
    assert!(faults.len() < 400, "what follows isn't read");
    let days = "{ date = 2027-01-01, kind = \"holiday\", name = \"元旦\" },".repeat(367);
    let toml = format!("year = 2027\ndays = [{days}]\n");
    assert_eq!(found(read(CalendarFormat::Toml, 2027, toml.as_bytes(), notices())), [(None, "too_many_days")]);
}
