//! Tables of certificates from before, as spreadsheet programs save them.

use casehall::domain::base::words::Fault;
use casehall::formats::certificates::{CertificateLine, CertificateLines, TextEncoding, encoding};
use chrono_tz::Asia::Shanghai;
use proptest::prelude::*;

fn read(bytes: &[u8]) -> Vec<Result<CertificateLine, Vec<Fault>>> {
    let written = encoding(bytes).unwrap();
    match CertificateLines::new(bytes, written, Shanghai) {
        Ok(lines) => lines
            .map(|line| match line {
                Ok(line) if line.faults.is_empty() => Ok(line),
                Ok(line) => Err(line.faults),
                Err(fault) => Err(vec![fault]),
            })
            .collect(),
        Err(faults) => vec![Err(faults)],
    }
}

/// Line, pointer and code of every fault.
fn faults(bytes: &[u8]) -> Vec<(usize, String, &'static str)> {
    let found = read(bytes).into_iter().filter_map(Result::err).flatten();
    found.map(|fault| (fault.line.unwrap(), fault.pointer, fault.code)).collect()
}

const CHINESE: &str = "证书序列号,介质编号,单位名称,统一社会信用代码,有效期起,有效期止,经办人,已开通应用,电子印章\r\n\
    GZ-0001,KEY-0001,广州某单位,91440101PDY000012X,2025/1/1,2027年12月31日,刘少芬,urban-construction、x,是\r\n";

#[test]
fn headers_are_english_or_chinese_and_days_are_the_zones() {
    let line = read(CHINESE.as_bytes()).pop().unwrap().unwrap();
    assert_eq!((line.line, line.serial.as_str(), line.organization_name.as_str()), (2, "GZ-0001", "广州某单位"));
    assert_eq!(line.valid_from.to_rfc3339(), "2024-12-31T16:00:00+00:00");
    assert_eq!(line.valid_until.to_rfc3339(), "2027-12-31T16:00:00+00:00", "the last day is still valid");
    assert_eq!((line.applications.join("+").as_str(), line.e_seal), ("urban-construction+x", true));
    assert_eq!((line.handler.as_deref(), line.locked_at, line.organization_code), (Some("刘少芬"), None, None));
    let english = "serial,MEDIUM_NUMBER,organization_name,valid_from,valid_until,locked_at\n\
        a,b,\"c, \"\"d\"\"\",2025-01-01T00:00:00Z,2026-01-31 09:30,2016-12-31T23:59:60Z\n";
    let line = read(english.as_bytes()).pop().unwrap().unwrap();
    assert_eq!(line.organization_name, "c, \"d\"");
    assert_eq!(line.valid_until.to_rfc3339(), "2026-01-31T01:30:00+00:00");
    assert!(line.locked_at.is_some());
}

#[test]
fn gb18030_and_utf8_are_read_and_damaged_utf8_is_refused() {
    let utf8 = read(CHINESE.as_bytes());
    let marked = [b"\xEF\xBB\xBF", CHINESE.as_bytes()].concat();
    let (gb, _, _) = encoding_rs::GB18030.encode(CHINESE);
    assert_eq!(read(&marked), utf8);
    assert_eq!(encoding(&*gb).unwrap(), TextEncoding::Gb18030);
    assert_eq!(read(&gb), utf8);
    let mut damaged = CHINESE.as_bytes().to_vec();
    let at = damaged.len() - 20;
    damaged[at] = 0xFF;
    assert_eq!(encoding(&*damaged).unwrap(), TextEncoding::Utf8);
    assert!(faults(&damaged).iter().all(|(_, _, code)| *code == "text_encoding_unknown"));
    assert!(!faults(&damaged).is_empty());
}

/// A text in UTF-16 with its byte order mark.
fn utf16(text: &str, bytes: impl Fn(u16) -> [u8; 2]) -> Vec<u8> {
    "\u{feff}".encode_utf16().chain(text.encode_utf16()).flat_map(bytes).collect()
}

#[test]
fn utf16_with_its_mark_is_read_however_its_bytes_are_ordered() {
    let utf8 = read(CHINESE.as_bytes());
    let (little, big) = (utf16(CHINESE, u16::to_le_bytes), utf16(CHINESE, u16::to_be_bytes));
    assert_eq!(encoding(&*little).unwrap(), TextEncoding::Utf16Le);
    assert_eq!(encoding(&*big).unwrap(), TextEncoding::Utf16Be);
    assert_eq!((read(&little), read(&big)), (utf8.clone(), utf8));
    let row = CHINESE.lines().last().unwrap();
    let long = format!("{CHINESE}{}", format!("{row}\r\n").repeat(2_000));
    let lines = read(&utf16(&long, u16::to_le_bytes));
    assert_eq!(lines.len(), 2_001, "longer than what is read at a time");
    assert_eq!(lines.last().unwrap().as_ref().unwrap().line, 2_002);
}

#[test]
fn damaged_or_unmarked_utf16_is_refused() {
    let cut = utf16(CHINESE, u16::to_le_bytes);
    assert_eq!(faults(&cut[..cut.len() - 1]), [(3, String::new(), "text_encoding_unknown")]);
    let half_a_pair = [utf16(CHINESE, u16::to_be_bytes), vec![0xD8, 0x00, 0x00, 0x41]].concat();
    assert!(faults(&half_a_pair).iter().all(|(_, _, code)| *code == "text_encoding_unknown"));
    assert!(!faults(&half_a_pair).is_empty());
    let unmarked = &utf16(CHINESE, u16::to_le_bytes)[2..];
    assert!(!faults(unmarked).is_empty());
    assert_eq!(faults(&utf16("", u16::to_le_bytes)), [(1, String::new(), "file_empty")]);
}

#[test]
fn faults_name_the_line_despite_blank_lines_and_line_endings() {
    let head = "serial,medium_number,organization_name,valid_from,valid_until";
    for end in ["\n", "\r\n", "\r"] {
        let lines = [head, "", ",,,,", "a,b,c,2025-01-01,soon", "", "", "a,,c,2025-01-01,2026-01-01,x,y", "a,b,c,,"];
        let found = faults(lines.join(end).as_bytes());
        let expected = [
            (4, "/valid_until", "bad_time"),
            (7, "", "too_many_fields"),
            (7, "/medium_number", "missing_field"),
            (8, "/valid_from", "missing_field"),
            (8, "/valid_until", "missing_field"),
        ];
        assert_eq!(found, expected.map(|(line, pointer, code)| (line, pointer.to_owned(), code)), "{end:?}");
    }
    assert_eq!(faults(b""), [(1, String::new(), "file_empty")]);
    let header: Vec<_> = faults("serial,serial,colour\n".as_bytes()).into_iter().map(|(_, _, code)| code).collect();
    let missing = "missing_column";
    assert_eq!(header, ["duplicate_column", "unknown_column", missing, missing, missing, missing]);
}

#[test]
fn days_and_headers_are_read_however_spreadsheet_programs_write_them() {
    let read_until = |day: &str| {
        let table = format!(
            "\u{200B}serial,medium_number\u{200B},organization_name,valid_from,ｖalid_until,电子\u{200B}印章\n\
            a,b,c,2025/1/1 0:00,{day},\u{200B}是\n"
        );
        let line = read(table.as_bytes()).pop().unwrap();
        line.map(|line| (line.valid_until.to_rfc3339(), line.e_seal)).map_err(|faults| faults[0].code)
    };
    let last = Ok(("2027-12-31T16:00:00+00:00".to_owned(), true));
    for day in [
        "2027年12月31日 0:00",
        "2027年12月31日",
        "2027-12-31T00:00:00",
        "2027-12-31T00:00",
        "2027-12-31 00:00:00.000",
        "２０２７－１２－３１",
        "２０２７／１２／３１　０：００",
        "2027‑12‑31",
        "2027–12–31",
        "\u{200B}2027-12\u{200B}-31\u{FEFF}",
        "2027.12.31 0:00",
    ] {
        assert_eq!(read_until(day), last, "{day}");
    }
    assert_eq!(read_until("2027年12月31日 8:30").unwrap().0, "2027-12-31T00:30:00+00:00");
    assert_eq!(read_until("2027-12-31T24:30:00"), Err("bad_time"));
    assert_eq!(read_until("\u{200B}"), Err("missing_field"));
}

#[test]
fn excels_unicode_text_has_tabs() {
    let tabs = CHINESE.replace(',', "\t");
    assert_eq!(read(&utf16(&tabs, u16::to_le_bytes)), read(CHINESE.as_bytes()));
    assert_eq!(read(format!("\r\n \r\n{tabs}").as_bytes()).pop().unwrap().unwrap().line, 4);
    let found = read("serial\tcol\"our’s\tvalid_from\n".as_bytes()).pop().unwrap().unwrap_err();
    assert!(found[0].words.en.contains("\"col\"our’s\""), "{}", found[0].words.en);
}

proptest! {
    #[test]
    fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..400), head in any::<bool>()) {
        let mut file = if head { CHINESE.as_bytes().to_vec() } else { Vec::new() };
        file.extend(bytes);
        read(&file);
    }

    #[test]
    fn however_long_the_text_its_encoding_is_found(text in "[a-z,\n广州市电子签名中心]{0,200}", times in 1..2000_usize) {
        let text = text.repeat(times);
        prop_assert_eq!(encoding(text.as_bytes()).unwrap(), TextEncoding::Utf8);
    }
}
