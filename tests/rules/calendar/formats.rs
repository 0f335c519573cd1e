//! What files of a year's days are read as, and what they are refused for.

use crate::calendar::working_days::date;
use casehall::domain::base::words::Words;
use casehall::domain::calendar::working_days::{DayKind, Notice};
use casehall::formats::calendar::{CalendarFormat, FileFault, ImportedYear, read};

pub(crate) fn notices() -> Vec<Notice> {
    vec![Notice { source: Some("国办发明电〔2026〕1号".to_owned()), ..Notice::default() }]
}

fn csv(text: &str) -> Result<ImportedYear, Vec<FileFault>> {
    read(CalendarFormat::Csv, 2027, text.as_bytes(), notices())
}

fn ics(body: &str) -> Result<ImportedYear, Vec<FileFault>> {
    let text = format!("BEGIN:VCALENDAR\r\nVERSION:2.0\r\n{}END:VCALENDAR\r\n", body.replace('\n', "\r\n"));
    read(CalendarFormat::ICalendar, 2027, text.as_bytes(), notices())
}

/// One event of whole days; it begins in line 3, its DTSTART stands in line 4 and its SUMMARY in line 6.
fn event(start: &str, end: &str, summary: &str) -> String {
    format!("BEGIN:VEVENT\nDTSTART;VALUE=DATE:{start}\nDTEND;VALUE=DATE:{end}\nSUMMARY:{summary}\nEND:VEVENT\n")
}

fn days(imported: &ImportedYear) -> Vec<(String, &'static str, &str)> {
    let kind = |kind| if kind == DayKind::Holiday { "休" } else { "班" };
    imported.year.days().map(|day| (day.date.to_string(), kind(day.kind), day.name.zh.as_str())).collect()
}

fn found(result: Result<ImportedYear, Vec<FileFault>>) -> Vec<(Option<usize>, &'static str)> {
    result.unwrap_err().iter().map(|fault| (fault.line, fault.code)).collect()
}

fn day(date: &str, kind: &'static str, name: &'static str) -> (String, &'static str, &'static str) {
    (date.to_owned(), kind, name)
}

#[test]
fn a_csv_file_says_its_days_in_english_or_chinese() {
    let english = "date,kind,name\n2027-01-01,holiday,元旦\n2027-01-02,make_up_workday,元旦\n";
    let dashes = "date,kind,name\r\n2027-01-01,holiday,元旦\r\n2027-01-02,make-up-workday,元旦\r\n";
    let chinese = "\u{feff}名称,日期,类型,\n元旦,2027/1/1,休,\n,,,\n元旦节,2027年1月2日,班,\n";
    for text in [english, dashes, chinese] {
        let imported = csv(text).unwrap();
        assert_eq!(days(&imported), [day("2027-01-01", "休", "元旦"), day("2027-01-02", "班", "元旦")], "{text}");
        assert_eq!(imported.year.notices(), notices());
    }
}

#[test]
fn a_csv_file_that_excel_saved_in_china_is_read_as_gbk() {
    let text = "日期,类型,名称,英文名称\r\n2027/10/1,放假,国庆节,\r\n2027/10/9,上班,国庆节,\r\n2027/9/3,休,火把节,Torch Festival\r\n";
    let (gbk, _, _) = encoding_rs::GBK.encode(text);
    assert!(std::str::from_utf8(&gbk).is_err());
    let imported = read(CalendarFormat::Csv, 2027, &gbk, notices()).unwrap();
    assert_eq!(
        days(&imported),
        [day("2027-09-03", "休", "火把节"), day("2027-10-01", "休", "国庆节"), day("2027-10-09", "班", "国庆节")]
    );
    let torch = imported.year.days().next().unwrap();
    assert_eq!(torch.name, Words::new("火把节", "Torch Festival"));
}

#[test]
fn a_csv_file_in_utf16_is_read_with_its_byte_order_mark() {
    let text = "\u{feff}date,kind,name\r\n2027-01-01,holiday,元旦\r\n";
    let orders: [fn(u16) -> [u8; 2]; 2] = [u16::to_le_bytes, u16::to_be_bytes];
    for bytes in orders {
        let file: Vec<u8> = text.encode_utf16().flat_map(bytes).collect();
        let imported = read(CalendarFormat::Csv, 2027, &file, notices()).unwrap();
        assert_eq!(days(&imported), [day("2027-01-01", "休", "元旦")]);
        let cut = read(CalendarFormat::Csv, 2027, &file[..file.len() - 1], notices());
        assert_eq!(found(cut), [(Some(3), "text_encoding_unknown")]);
    }
}

#[test]
fn a_csv_file_is_read_however_spreadsheet_programs_write_it() {
    for date in [
        "2027/1/1 0:00",
        "2027-01-01T00:00:00",
        "2027年1月1日 0:00",
        "２０２７－０１－０１",
        "2027‑1‑1",
        "\u{200B}2027/1/1\u{200B}",
    ] {
        let read = csv(&format!("\u{200B}date,ｋind,name\u{200B}\n{date},休\u{200B},元旦\u{200B}\n")).unwrap();
        assert_eq!(days(&read), [day("2027-01-01", "休", "元旦")], "{date}");
    }
    let tabs = csv("日期\t类型\t名称\n2027/1/1\t休\t元旦\n").unwrap();
    assert_eq!(days(&tabs), [day("2027-01-01", "休", "元旦")]);
    for date in ["2027/1/1 8:30", "2027/1/1 x", "2027/1/1T"] {
        assert_eq!(found(csv(&format!("date,kind,name\n{date},休,元旦\n"))), [(Some(2), "bad_time")], "{date}");
    }
}

#[test]
fn utf8_with_a_broken_byte_is_not_taken_for_gbk() {
    let mut bytes = "date,kind,name\n2027-01-01,holiday,元旦\n2027-10-01,holiday,国庆节\n".as_bytes().to_vec();
    let last = bytes.len() - 2;
    bytes[last] = b'?';
    assert_eq!(found(read(CalendarFormat::Csv, 2027, &bytes, notices())), [(Some(3), "text_encoding_unknown")]);
}

#[test]
fn all_faults_of_a_csv_file_have_their_lines() {
    let text = "date,kind,name\n\n1/2/2027,holiday,元旦\n2027-01-01,frei,元旦\n2027-01-04,班,元旦\n2026-12-31,休,元旦\n\
                2027-09-03,休,火把节\n2027-09-03,休,\n2027-02-30,休,春节\n2027-05-01,休,五一,x,y\n";
    assert_eq!(
        found(csv(text)),
        [
            (Some(3), "bad_time"),
            (Some(4), "kind_unknown"),
            (Some(5), "make_up_workday_on_weekday"),
            (Some(6), "day_outside_year"),
            (Some(7), "name_without_english"),
            (Some(8), "day_named_twice"),
            (Some(8), "missing_field"),
            (Some(9), "bad_time"),
            (Some(10), "too_many_fields"),
        ]
    );
    let without_notice = read(CalendarFormat::Csv, 2027, text.as_bytes(), Vec::new());
    assert_eq!(found(without_notice)[0], (None, "notice_missing"));
}

#[test]
fn a_csv_file_without_its_columns_or_days_is_refused() {
    assert_eq!(found(csv("")), [(Some(1), "missing_column"); 3]);
    assert_eq!(
        found(csv("\ndate;kind;name\n")),
        [
            (Some(2), "missing_column"),
            (Some(2), "missing_column"),
            (Some(2), "missing_column"),
            (Some(2), "unknown_column")
        ]
    );
    assert_eq!(found(csv("date,kind,name,date\n")), [(Some(1), "duplicate_column")]);
    assert_eq!(found(csv("date,kind,name\n")), [(None, "no_days")]);
}

#[test]
fn a_fault_says_in_both_languages_how_to_give_an_english_name() {
    let faults = csv("date,kind,name\n2027-09-03,休,火把节\n").unwrap_err();
    let fault = faults[0].in_request();
    assert_eq!(fault.words.zh, "第2行：“火把节”缺少英文名称，请在name_en列中填写");
    assert_eq!(fault.words.en, "line 2: \"火把节\" has no English name: give it in the column name_en");
}

#[test]
fn events_are_read_however_feeds_name_them() {
    let holiday = [
        "元旦 假期",
        "元旦（休）",
        "元旦(休)",
        "元旦假期",
        "元旦 放假",
        "休｜元旦",
        "元旦 假期 第1天/共3天",
        "元旦节休",
    ];
    for summary in holiday {
        assert_eq!(
            days(&ics(&event("20270101", "20270102", summary)).unwrap()),
            [day("2027-01-01", "休", "元旦")],
            "{summary}"
        );
    }
    let worked =
        ["国庆节（班）", "国庆 补班", "国庆节 调休 上班", "国庆节调休上班", "班｜国庆节", "国庆节 补班 第1天/共2天"];
    for summary in worked {
        assert_eq!(
            days(&ics(&event("20271009", "20271010", summary)).unwrap()),
            [day("2027-10-09", "班", "国庆节")],
            "{summary}"
        );
    }
    let both = ics(&event("20271001", "20271002", "国庆节 中秋节 假期")).unwrap();
    assert_eq!(both.year.days().next().unwrap().name.en, "National Day and Mid-Autumn Festival");
}

#[test]
fn an_unnamed_event_takes_its_name_from_the_description() {
    let with = |description: &str| {
        ics(&format!("BEGIN:VEVENT\nDTSTART:20271009\nSUMMARY:班\nDESCRIPTION:{description}\nEND:VEVENT\n"))
    };
    assert_eq!(
        days(&with("国庆节：10月1日至7日放假调休\\, 10月9日上班。").unwrap()),
        [day("2027-10-09", "班", "国庆节")]
    );
    assert_eq!(found(with("国庆节、中秋节放假")), [(Some(5), "event_without_name")]);
    assert_eq!(found(ics(&event("20271009", "20271010", "班"))), [(Some(6), "event_without_name")]);
}

#[test]
fn an_event_ends_before_its_end() {
    let imported = ics(&event("20270206", "20270209", "春节（休）")).unwrap();
    assert_eq!(
        imported.year.days().map(|day| day.date).collect::<Vec<_>>(),
        ["2027-02-06", "2027-02-07", "2027-02-08"].map(date)
    );
    let durations = ics("BEGIN:VEVENT\nDTSTART:20270206\nDURATION:P1W\nSUMMARY:春节（休）\nEND:VEVENT\n").unwrap();
    assert_eq!(durations.year.days().count(), 7);
    // Equal ends mean that the writer takes DTEND for the last day: its longer holidays would be a day short.
    assert_eq!(found(ics(&event("20270206", "20270206", "春节（休）"))), [(Some(5), "event_end_invalid")]);
}

#[test]
fn events_with_times_cover_the_days_they_have_in_china() {
    let timed = |start: &str, end: &str| {
        ics(&format!("BEGIN:VEVENT\nDTSTART{start}\nDTEND{end}\nSUMMARY:春节 补班\nEND:VEVENT\n"))
    };
    let sunday = [day("2027-02-14", "班", "春节")];
    for (start, end) in [
        (":20270214T090000", ":20270214T180000"),
        (";TZID=Asia/Shanghai:20270214T000000", ";TZID=Asia/Shanghai:20270215T000000"),
        (";TZID=\"China Standard Time\":20270214T000000", ";TZID=\"China Standard Time\":20270214T235959"),
        (":20270213T160000Z", ":20270214T160000Z"),
        (";TZID=America/New_York:20270213T110000", ";TZID=America/New_York:20270214T110000"),
    ] {
        assert_eq!(days(&timed(start, end).unwrap()), sunday, "{start} {end}");
    }
    assert_eq!(found(timed(":20270214T000000Z", ":20270215T000000Z")), [(Some(5), "event_end_invalid")]);
    assert_eq!(found(timed(";TZID=Mars:20270214T000000", ":20270215T000000")), [(Some(4), "zone_unknown")]);
    assert_eq!(found(timed(";VALUE=DATE:20270214", ":20270215T000000")), [(Some(5), "event_end_invalid")]);
}

#[test]
fn only_the_requested_year_is_imported_and_others_are_listed() {
    let body = event("20261231", "20270102", "元旦（休）") + &event("20261001", "20261008", "国庆节（休）");
    let imported = ics(&body).unwrap();
    assert_eq!(days(&imported), [day("2027-01-01", "休", "元旦")]);
    assert_eq!(imported.ignored.other_years.into_iter().collect::<Vec<_>>(), [(2026, 8)]);
    assert_eq!(found(ics(&event("20261001", "20261008", "国庆节（休）"))), [(None, "no_days")]);
}

#[test]
fn apples_calendar_is_read_without_observances() {
    let body = "BEGIN:VEVENT\nDTSTART;VALUE=DATE:20270101\nSUMMARY;LANGUAGE=zh_CN:元旦\nX-APPLE-SPECIAL-DAY:WORK-HOLIDAY\nEND:VEVENT\n\
                BEGIN:VEVENT\nDTSTART;VALUE=DATE:20270214\nSUMMARY;LANGUAGE=zh_CN:春节（班）\nX-APPLE-SPECIAL-DAY:ALTERNATE-WORKDAY\nEND:VEVENT\n\
                BEGIN:VEVENT\nDTSTART;VALUE=DATE:20270312\nRRULE:FREQ=YEARLY\nSUMMARY;LANGUAGE=zh_CN:植树节\nEND:VEVENT\n\
                BEGIN:VEVENT\nDTSTART;VALUE=DATE:20270404\nSTATUS:CANCELLED\nSUMMARY:清明节（休）\nEND:VEVENT\n";
    let imported = ics(body).unwrap();
    assert_eq!(days(&imported), [day("2027-01-01", "休", "元旦"), day("2027-02-14", "班", "春节")]);
    assert_eq!((imported.ignored.observances, imported.ignored.cancelled), (vec![13], vec![18]));
    let against_its_mark = body.replace("春节（班）", "春节（休）");
    assert_eq!(found(ics(&against_its_mark)), [(Some(10), "event_contradicts_itself")]);
}

#[test]
fn ambiguous_events_are_faults() {
    for summary in ["国庆节", "国庆节 调休", "Annual meeting", ""] {
        assert_eq!(found(ics(&event("20271001", "20271002", summary))), [(Some(6), "kind_unknown")], "{summary}");
    }
    assert_eq!(found(ics(&event("20271001", "20271002", "火把节（休）"))), [(Some(6), "name_without_english")]);
    assert_eq!(found(ics(&event("20271001", "20271201", "国庆节（休）"))), [(Some(4), "event_too_long")]);
    assert_eq!(found(ics(&event("20271301", "20271302", "国庆节（休）"))), [(Some(4), "bad_time")]);
    let recurring = "BEGIN:VEVENT\nDTSTART:20201001\nRRULE:FREQ=YEARLY\nSUMMARY:国庆节（休）\nEND:VEVENT\n";
    assert_eq!(found(ics(recurring)), [(Some(5), "event_recurs")]);
    let twice = event("20271001", "20271003", "国庆节（休）") + &event("20271002", "20271003", "国庆节（班）");
    assert_eq!(found(ics(&twice)), [(Some(9), "day_named_twice")]);
    let friday = event("20271008", "20271009", "国庆节（班）") + "BEGIN:VEVENT\nSUMMARY:国庆节（休）\nEND:VEVENT\n";
    assert_eq!(found(ics(&friday)), [(Some(4), "make_up_workday_on_weekday"), (Some(8), "event_without_start")]);
}

#[test]
fn folded_lines_are_joined_and_alarms_ignored() {
    let text = "BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART:20270101\nBEGIN:VALARM\nSUMMARY:元旦 补班\nEND:VALARM\nSUMMARY:元旦（休）\nEND:VEVENT\nEND:VCALENDAR\n";
    let whole = text.as_bytes();
    let summary = text.rfind('元').unwrap();
    for at in summary..summary + 9 {
        let folded = [&whole[..at], b"\r\n ", &whole[at..]].concat();
        let imported = read(CalendarFormat::ICalendar, 2027, &folded, notices()).unwrap();
        assert_eq!(days(&imported), [day("2027-01-01", "休", "元旦")]);
    }
}

#[test]
fn an_invalid_icalendar_file_is_refused_with_its_lines() {
    let refused = |text: &str| found(read(CalendarFormat::ICalendar, 2027, text.as_bytes(), notices()));
    assert_eq!(refused("<html>\n</html>")[0], (Some(1), "not_icalendar"));
    assert_eq!(refused(""), [(Some(1), "not_icalendar")]);
    assert_eq!(
        refused("BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART 20270101\nEND:VCALENDAR\n")[0],
        (Some(1), "component_not_ended")
    );
    assert!(refused("BEGIN:VCALENDAR\nDTSTART 20270101\nEND:VCALENDAR\n").contains(&(Some(2), "line_invalid")));
    let deep = "BEGIN:VCALENDAR\n".to_owned() + &"BEGIN:VEVENT\n".repeat(100_000);
    assert!(refused(&deep).contains(&(Some(10), "nested_too_deeply")));
}

#[test]
fn a_toml_file_of_another_year_or_without_notices_of_its_own() {
    let text = "year = 2027\ndays = [{ date = 2027-01-01, kind = \"holiday\", name = \"元旦\" }]\n";
    let imported = read(CalendarFormat::Toml, 2027, text.as_bytes(), notices()).unwrap();
    assert_eq!(imported.year.notices(), notices());
    assert_eq!(found(read(CalendarFormat::Toml, 2027, text.as_bytes(), Vec::new())), [(None, "missing_field")]);
    assert_eq!(found(read(CalendarFormat::Toml, 2028, text.as_bytes(), notices())), [(Some(1), "other_year")]);
    assert_eq!(
        found(read(CalendarFormat::Toml, 2027, b"year = 2027\n# \xff", notices())),
        [(Some(2), "text_not_utf8")]
    );
}
