//! Reports' tables as other programs read them: JSON, CSV by the csv crate, XLSX by calamine.

use std::io::Cursor;

use calamine::{Data, DataType, Reader, Xlsx};
use casehall::domain::base::table::{Cell, Column, ColumnKind, Table};
use casehall::domain::base::words::{Language, Words};
use casehall::formats::table::{TableError, to_csv, to_json, to_xlsx};
use chrono::{DateTime, NaiveDate, TimeZone, Utc};
use chrono_tz::Asia::Shanghai;
use proptest::prelude::*;
use serde_json::json;

use crate::calendar::working_days::date;

const KINDS: [(&str, ColumnKind); 9] = [
    ("text", ColumnKind::Text),
    ("words", ColumnKind::Text),
    ("integer", ColumnKind::Integer),
    ("decimal", ColumnKind::Decimal),
    ("percent", ColumnKind::Percent),
    ("fee", ColumnKind::Money),
    ("date", ColumnKind::Date),
    ("instant", ColumnKind::Instant),
    ("took", ColumnKind::Duration),
];

fn instant(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

fn table(rows: Vec<Vec<Cell>>) -> Table {
    let column = |(code, kind): &(&str, ColumnKind)| Column::new(*code, Words::new(format!("列{code}"), *code), *kind);
    Table {
        title: Words::new("办结统计 [2027/1]", "Cases made: 2027"),
        columns: KINDS.iter().map(column).collect(),
        rows,
    }
}

fn example() -> Table {
    table(vec![
        vec![
            Cell::Text("福州“某某”公司, 一部".to_owned()),
            Cell::Words(Words::new("待受理", "to check")),
            Cell::Integer(-1_234),
            Cell::Decimal { units: 5, digits: 2 },
            Cell::share(2, 3),
            Cell::Fen(123_450),
            Cell::Date(date("2027-02-28")),
            Cell::Instant(instant("2027-02-28T16:30:15.250Z")),
            Cell::Duration(5_400),
        ],
        vec![Cell::Empty; 3],
    ])
}

/// The CSV's records, header first.
fn csv_records(bytes: &[u8]) -> Vec<Vec<String>> {
    let text = bytes.strip_prefix(b"\xEF\xBB\xBF").expect("a byte order mark");
    let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(text);
    reader.records().map(|record| record.unwrap().iter().map(str::to_owned).collect()).collect()
}

/// The sheet's name and its cells from the first row and column on.
fn sheet(bytes: Vec<u8>) -> (String, Vec<Vec<Data>>) {
    let mut workbook: Xlsx<_> = calamine::open_workbook_from_rs(Cursor::new(bytes)).unwrap();
    let name = workbook.sheet_names()[0].clone();
    let range = workbook.worksheet_range(&name).unwrap();
    let formulas = workbook.worksheet_formula(&name).unwrap();
    assert!(formulas.used_cells().next().is_none(), "no cell is a formula");
    (name, range.rows().map(<[Data]>::to_vec).collect())
}

fn xlsx(table: &Table) -> Vec<u8> {
    to_xlsx(table, Language::Chinese, Shanghai, instant("2027-03-01T00:00:00Z")).unwrap()
}

#[test]
fn json_rows_have_every_column_in_the_units_of_the_rules() {
    let rows = to_json(&example(), Language::English);
    assert_eq!(
        rows[0],
        json!({
            "text": "福州“某某”公司, 一部", "words": "to check", "integer": -1234, "decimal": 0.05, "percent": 0.6667,
            "fee": 123_450, "date": "2027-02-28", "instant": "2027-02-28T16:30:15.250Z", "took": 5400,
        })
    );
    let empty = rows[1].as_object().unwrap();
    assert!(empty.len() == KINDS.len() && empty.values().all(serde_json::Value::is_null), "{empty:?}");
}

#[test]
fn csv_is_for_people_in_their_language_and_the_halls_zone() {
    let bytes = to_csv(&example(), Language::Chinese, Shanghai);
    let text = std::str::from_utf8(&bytes).unwrap();
    assert_eq!(text.matches("\r\n").count(), 3);
    assert_eq!(text.matches('\n').count(), 3);
    let records = csv_records(&bytes);
    let header = [
        "列text",
        "列words",
        "列integer",
        "列decimal",
        "列percent",
        "列fee（元）",
        "列date",
        "列instant",
        "列took（小时）",
    ];
    assert_eq!(records[0], header);
    let row = [
        "福州“某某”公司, 一部",
        "待受理",
        "-1234",
        "0.05",
        "66.67%",
        "1234.50",
        "2027-02-28",
        "2027-03-01 00:30:15",
        "1.5",
    ];
    assert_eq!(records[1], row);
    assert_eq!(records[2], [""; 9]);
    assert_eq!(csv_records(&to_csv(&example(), Language::English, Shanghai))[0][5], "fee (yuan)");
}

#[test]
fn a_text_that_a_spreadsheet_program_would_compute_gets_an_apostrophe() {
    let cases = [
        "=1+1",
        "+1",
        "-1",
        "@SUM(A1)",
        "\t=1",
        "\r=1",
        "\n1",
        " =1",
        "\u{feff}=1",
        "＝1",
        "＠x",
        "＋1",
        "－1",
        "﹦1",
        "﹢1",
        "﹣1",
        "﹫x",
        "\u{FFF9}=1",
        "\u{1D159}\u{378}=1",
        "\u{301}=1",
        "=cmd|' /C calc'!A0",
    ];
    for text in cases {
        let mut table = table(vec![vec![Cell::Text(text.to_owned()), Cell::Words(Words::new(text, text))]]);
        table.columns[0].words.zh = text.to_owned();
        let records = csv_records(&to_csv(&table, Language::Chinese, Shanghai));
        let guarded = format!("'{text}");
        assert_eq!((&records[0][0], &records[1][0], &records[1][1]), (&guarded, &guarded, &guarded));
        // A workbook's texts can't be anything else.
        let (_, cells) = sheet(xlsx(&table));
        assert!(matches!(&cells[1][0], Data::String(_)), "{:?}", cells[1][0]);
    }
    for text in ["a=1", "1-1", "某某", "'=1", ""] {
        let records =
            csv_records(&to_csv(&table(vec![vec![Cell::Text(text.to_owned())]]), Language::Chinese, Shanghai));
        assert_eq!(records[1][0], text);
    }
    let negative = table(vec![vec![Cell::Empty, Cell::Empty, Cell::Integer(-5)]]);
    assert_eq!(csv_records(&to_csv(&negative, Language::Chinese, Shanghai))[1][2], "-5", "a number is no text");
}

#[test]
fn a_workbook_holds_real_numbers_and_dates() {
    let (name, cells) = sheet(xlsx(&example()));
    assert_eq!(name, "办结统计 20271");
    assert_eq!(cells[0][5], Data::String("列fee（元）".to_owned()));
    let row = &cells[1];
    assert_eq!(row[0], Data::String("福州“某某”公司, 一部".to_owned()));
    assert_eq!(row[1], Data::String("待受理".to_owned()));
    let numbers: Vec<f64> = [2, 3, 4, 5, 8].map(|at| row[at].get_float().unwrap()).to_vec();
    assert_eq!(numbers, [-1234.0, 0.05, 0.6667, 1234.5, 1.5]);
    assert_eq!(row[6].as_date(), Some(date("2027-02-28")));
    assert!(row[6].is_datetime() && row[7].is_datetime());
    assert_eq!(row[7].as_datetime().unwrap().to_string(), "2027-03-01 00:30:15");
}

#[test]
fn large_numbers_are_text_in_spreadsheets() {
    let row = vec![
        Cell::Text("350100199001011234".to_owned()),
        Cell::Text("字".repeat(40_000)),
        Cell::Integer(i64::MIN),
        Cell::Decimal { units: i64::MAX, digits: 255 },
        Cell::Percent(i64::MAX),
        Cell::Fen(i64::MIN),
        Cell::Date(date("1900-02-28")),
        Cell::Instant(DateTime::<Utc>::MAX_UTC),
        Cell::Duration(i64::MIN),
    ];
    let (_, cells) = sheet(xlsx(&table(vec![row.clone()])));
    assert!(cells[1].iter().all(|cell| matches!(cell, Data::String(_))), "{:?}", &cells[1][2..]);
    assert_eq!(cells[1][0], Data::String("350100199001011234".to_owned()));
    assert_eq!(cells[1][1].get_string().unwrap().chars().count(), 32_767);
    assert_eq!(cells[1][5], Data::String("-92233720368547758.08".to_owned()));
    assert_eq!(csv_records(&to_csv(&table(vec![row]), Language::Chinese, Shanghai)).len(), 2);
}

#[test]
fn the_same_table_gives_the_same_bytes_and_another_instant_others() {
    let later = to_xlsx(&example(), Language::Chinese, Shanghai, instant("2027-03-02T00:00:00Z")).unwrap();
    assert_eq!(xlsx(&example()), xlsx(&example()));
    assert_ne!(xlsx(&example()), later);
}

#[test]
fn empty_tables_and_odd_titles_are_workbooks_too() {
    for title in ["", "History", "'''", "' 'x", "[]:*?/\\", &"字".repeat(40), &"🎆".repeat(40)] {
        let empty = Table { title: Words::new(title, title), columns: Vec::new(), rows: Vec::new() };
        assert!(!sheet(xlsx(&empty)).0.is_empty());
        let mut without_rows = table(Vec::new());
        without_rows.title = empty.title;
        assert_eq!(sheet(xlsx(&without_rows)).1.len(), 1);
    }
}

#[test]
fn a_table_longer_than_a_sheet_is_refused() {
    let rows = vec![Vec::new(); 1_048_576];
    let too_large = TableError::TooLarge { rows: 1_048_576, columns: 9 };
    assert_eq!(to_xlsx(&table(rows), Language::Chinese, Shanghai, instant("2027-03-01T00:00:00Z")), Err(too_large));
}

#[test]
fn shares_are_rounded_and_empty_without_a_total() {
    assert_eq!(Cell::share(1, 3), Cell::Percent(3_333));
    assert_eq!(Cell::share(2, 3), Cell::Percent(6_667));
    assert_eq!(Cell::share(1, 20_000), Cell::Percent(1));
    assert_eq!(Cell::share(7, 7), Cell::Percent(10_000));
    assert_eq!(Cell::share(0, 0), Cell::Empty);
    assert_eq!(Cell::share(u64::MAX, 1), Cell::Empty, "more than can be said");
}

fn any_cell() -> impl Strategy<Value = Cell> {
    prop_oneof![
        any::<String>().prop_map(Cell::Text),
        (any::<String>(), any::<String>()).prop_map(|(zh, en)| Cell::Words(Words::new(zh, en))),
        any::<i64>().prop_map(Cell::Integer),
        (any::<i64>(), any::<u8>()).prop_map(|(units, digits)| Cell::Decimal { units, digits }),
        any::<i64>().prop_map(Cell::Percent),
        any::<i64>().prop_map(Cell::Fen),
        any::<i32>().prop_map(|days| NaiveDate::from_num_days_from_ce_opt(days).map_or(Cell::Empty, Cell::Date)),
        any::<i64>().prop_map(|at| Utc.timestamp_micros(at).single().map_or(Cell::Empty, Cell::Instant)),
        any::<i64>().prop_map(Cell::Duration),
        Just(Cell::Empty),
    ]
}

proptest! {
    #[test]
    fn no_table_makes_a_writer_panic_and_csv_keeps_its_shape(
        rows in proptest::collection::vec(proptest::collection::vec(any_cell(), 0..11), 0..6), title in any::<String>(),
    ) {
        let mut table = table(rows);
        table.title = Words::new(title.clone(), title);
        let records = csv_records(&to_csv(&table, Language::English, Shanghai));
        prop_assert_eq!(records.len(), table.rows.len() + 1);
        for field in records.iter().skip(1).flatten() {
            let computes = field.starts_with(['=', '+', '@', '\t', '\r']);
            let negative = field.starts_with('-');
            let number = field[usize::from(negative)..].starts_with(|c: char| c.is_ascii_digit());
            prop_assert!(!computes && (!negative || number), "{:?}", field);
        }
        prop_assert_eq!(to_json(&table, Language::English).len(), table.rows.len());
        prop_assert!(to_xlsx(&table, Language::English, Shanghai, DateTime::UNIX_EPOCH).is_ok());
    }

    #[test]
    fn texts_and_numbers_come_back_from_csv_and_xlsx(
        rows in proptest::collection::vec(
            ("[\\p{Han}a-zA-Z0-9，“”<>&;,\"' 🎆]{1,20}", -999_999_999_999_999_i64..=999_999_999_999_999, -25_000_i64..2_900_000), 1..8,
        ),
    ) {
        let row = |(text, number, days): &(String, i64, i64)| {
            let date = date("2027-01-01") + chrono::TimeDelta::days(*days);
            let mut row = vec![Cell::Empty; 9];
            (row[0], row[2], row[5], row[6]) =
                (Cell::Text(text.clone()), Cell::Integer(*number), Cell::Fen(*number), Cell::Date(date));
            row
        };
        let table = table(rows.iter().map(row).collect());
        let records = csv_records(&to_csv(&table, Language::Chinese, Shanghai));
        let (_, cells) = sheet(xlsx(&table));
        for (at, (text, number, days)) in (1..).zip(&rows) {
            let date = date("2027-01-01") + chrono::TimeDelta::days(*days);
            prop_assert_eq!(&records[at][0], text);
            prop_assert_eq!(records[at][2].parse::<i64>().unwrap(), *number);
            prop_assert_eq!(records[at][5].replace('.', "").parse::<i64>().unwrap(), *number);
            prop_assert_eq!(records[at][6].parse::<NaiveDate>().unwrap(), date);
            prop_assert_eq!(cells[at][0].get_string(), Some(text.as_str()));
            prop_assert_eq!(cells[at][2].get_float(), Some(*number as f64));
            prop_assert_eq!((cells[at][5].get_float().unwrap() * 100.0).round() as i64, *number);
            prop_assert_eq!(cells[at][6].as_date(), Some(date));
        }
    }
}
