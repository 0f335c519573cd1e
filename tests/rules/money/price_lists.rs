//! Price lists: which one is in force on a day, and what is wrong with a file of them.

use casehall::configuration::catalog::load_definitions;
use casehall::configuration::prices::load_prices;
use casehall::configuration::{ConfigFault, ConfigFiles};
use casehall::domain::money::fee::{FeeItem, NoPrice, fee};
use casehall::domain::money::payment::ReceiptNumber;
use chrono::NaiveDate;

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

/// A list of these lines; with prices for everything that the shipped case types charge.
fn list(lines: &str) -> String {
    format!("[[lists]]\nsource = \"文\"\nmedium_fen = 1\ncertificate_year_fen = 2\ne_seal_year_fen = 3\n{lines}\n")
}

fn files(text: &str) -> ConfigFiles {
    let mut files = ConfigFiles::load(None).unwrap();
    files.insert("prices.toml", text.to_owned());
    files
}

fn faults(text: &str) -> Vec<(Option<usize>, String)> {
    let found = load_prices(&files(text)).unwrap_err();
    let mut found: Vec<_> = found.into_iter().map(|fault| (fault.line, fault.message)).collect();
    found.sort();
    found
}

#[test]
fn a_price_list_ends_the_day_before_the_next() {
    let text = list("code = \"b\"\nvalid_from = 2021-01-01")
        + &list("code = \"a\"\nvalid_from = 2020-01-01\nvalid_until = 2020-12-31")
        + &list("code = \"c\"\nvalid_from = \"2026-03-03\"\nvalid_until = 2026-12-31");
    let lists = load_prices(&files(&text)).unwrap().lists;
    let in_force = |text: &str| lists.in_force(day(text)).map(|list| list.code.as_str());
    for (text, expected) in [
        ("2019-12-31", None),
        ("2020-01-01", Some("a")),
        ("2020-12-31", Some("a")),
        ("2021-01-01", Some("b")),
        ("2026-03-02", Some("b")),
        ("2026-03-03", Some("c")),
        ("2026-12-31", Some("c")),
        ("2027-01-01", None),
    ] {
        assert_eq!(in_force(text), expected, "{text}");
    }
}

#[test]
fn every_fault_of_a_file_of_lists_has_its_line() {
    let text = "\
[[lists]]
code = \"Zweitausend\"
valid_from = 2020-13-01
medium_fen = -1
certificate_year_fen = 10000001
e_seal_year_fen = \"much\"
tip_fen = 5

[[lists]]
code = \"b\"
source = \" \"
";
    let found = faults(text);
    let lines: Vec<usize> = found.iter().map(|(line, _)| line.unwrap()).collect();
    // What is no date at all is no TOML, and hides the rest.
    assert_eq!(lines, [3], "{found:?}");
    let found = faults(&text.replace("2020-13-01", "2020"));
    let lines: Vec<usize> = found.iter().map(|(line, _)| line.unwrap()).collect();
    assert_eq!(lines, [1, 2, 3, 4, 5, 6, 7, 9, 11], "{found:?}");
    let says = |line: usize, words: &str| {
        assert!(found.iter().any(|(at, message)| *at == Some(line) && message.contains(words)), "{words}: {found:?}");
    };
    says(1, "`lists.source` is missing");
    says(2, "lower-case letters");
    says(3, "must be a date such as 2026-01-01, not 2020");
    says(4, "must be between 0 and 10000000 fen (1 yuan is 100 fen), not -1");
    says(5, "not 10000001");
    says(7, "unknown key `lists.tip_fen`");
    says(9, "`lists.valid_from` is missing");
    says(11, "must not be blank");
    assert!(faults("")[0].1.contains("at least one price list is needed"));
    assert!(faults("code = \"old\"\nmedium_fen = 5\n").iter().any(|(_, message)| message.contains("unknown key")));
}

#[test]
fn gaps_overlaps_and_duplicate_codes_are_reported_together() {
    let text = list("code = \"a\"\nvalid_from = 2020-01-01\nvalid_until = 2020-12-30")
        + &list("code = \"b\"\nvalid_from = 2021-01-01\nvalid_until = 2021-06-30")
        + &list("code = \"c\"\nvalid_from = 2021-06-30")
        + &list("code = \"c\"\nvalid_from = 2022-01-01")
        + &list("code = \"d\"\nvalid_from = 2022-01-01\nvalid_until = 2021-01-01");
    let found = faults(&text);
    let says = |words: &str| found.iter().filter(|(_, message)| message.contains(words)).count();
    assert_eq!(says("no price list is in force from 2020-12-31 until \"b\" begins on 2021-01-01"), 1, "{found:?}");
    assert_eq!(says("\"c\" begins on 2021-06-30, while \"b\" is still in force"), 1, "{found:?}");
    assert_eq!(says("price list \"c\" is defined twice"), 1, "{found:?}");
    assert_eq!(says("\"d\" begins on 2022-01-01, while \"c\" is still in force"), 1, "{found:?}");
    assert_eq!(says("price list \"d\" ends (2021-01-01) before it begins"), 1, "{found:?}");
    assert!(found.iter().all(|(line, _)| line.is_some()));
}

#[test]
fn a_missing_price_prevents_the_start_with_advice() {
    let once = "reissue_fen = 1\nunlock_fen = 1\nchange_fen = 1\nrevoke_fen = 1\n";
    let over = list("code = \"over\"\nvalid_from = 2020-01-01\nvalid_until = 2026-03-01") + once;
    let bare = "[[lists]]\ncode = \"bare\"\nsource = \"文\"\nvalid_from = 2026-03-02\nmedium_fen = 1\n";
    let starting = |text: &str, on: &str| -> Vec<ConfigFault> {
        let files = files(text);
        let catalog = load_definitions(&files, &["urban-construction"]).unwrap().catalog;
        load_prices(&files).unwrap().faults_on(day(on), &catalog)
    };
    assert_eq!(starting(&over, "2026-03-01"), []);
    let ended = starting(&over, "2026-03-02");
    assert!(ended[0].message.contains("\"over\" ended on 2026-03-01; add the next list"), "{ended:?}");
    let early = starting(&over, "2019-12-31");
    assert!(early[0].message.contains("every list begins later"), "{early:?}");
    // A list that is to come is held against the case types before its day; one that is over isn't any more.
    let missing = starting(&(over.clone() + bare), "2026-02-01");
    let keys: Vec<_> = missing.iter().filter(|fault| fault.message.contains("\"bare\" has no `")).collect();
    assert_eq!((missing.len(), keys.len(), keys[0].line), (11, 11, Some(14)), "{missing:?}");
    let after = bare.replace("2026-03-02", "2020-01-01").replace("bare", "first")
        + &list("code = \"next\"\nvalid_from = 2026-01-01")
        + once;
    assert_eq!(starting(&after, "2026-02-01"), []);
}

#[test]
fn the_end_of_the_last_list_is_seen_a_month_ahead() {
    let text = list("code = \"a\"\nvalid_from = 2020-01-01\nvalid_until = 2025-12-31")
        + &list("code = \"b\"\nvalid_from = 2026-01-01\nvalid_until = 2026-12-31");
    let lists = load_prices(&files(&text)).unwrap().lists;
    let ending = |on: &str| lists.ending_within(30, day(on)).map(|(list, last)| (list.code.as_str(), last));
    assert_eq!(ending("2025-12-31"), None, "another follows");
    assert_eq!((ending("2026-11-30"), ending("2026-12-01")), (None, Some(("b", day("2026-12-31")))));
    assert_eq!((ending("2026-12-31"), ending("2027-01-01")), (Some(("b", day("2026-12-31"))), None));
}

#[test]
fn what_has_no_price_is_refused_and_never_free() {
    let lists = load_prices(&files(&list("code = \"a\"\nvalid_from = 2020-01-01"))).unwrap().lists;
    let two = fee(&[FeeItem::Medium, FeeItem::ESealYears], &lists, day("2020-01-01"), 3).unwrap();
    assert_eq!((two.price_list.as_deref(), two.total_fen), (Some("a"), 10));
    let early = fee(&[FeeItem::Medium], &lists, day("2019-12-31"), 1);
    assert_eq!(early, Err(NoPrice::List { day: day("2019-12-31") }));
    let unpriced = fee(&[FeeItem::Unlock], &lists, day("2020-01-01"), 1);
    assert_eq!(unpriced, Err(NoPrice::Item { item: FeeItem::Unlock }));
    let nothing = fee(&[], &lists, day("2019-12-31"), 1).unwrap();
    assert_eq!((nothing.price_list, nothing.total_fen), (None, 0));
}

#[test]
fn receipt_numbers_are_parsed_as_people_type_them() {
    let number = ReceiptNumber::parse(" sk20260302-0007 ").unwrap();
    assert_eq!((number.to_string().as_str(), number.number), ("SK20260302-0007", 7));
    assert_eq!(ReceiptNumber::parse("TK20260302-12345").unwrap().to_string(), "TK20260302-12345");
    for text in [
        "",
        "SK",
        "SK20260302",
        "SK20260230-0001",
        "XX20260302-0001",
        "SK20260302-1",
        "SK20260302-+001",
        "收20260302-0001",
        "SK2026030２-0001",
        "SK20260302-99999999999",
        "SK+2026032-0001",
    ] {
        assert_eq!(ReceiptNumber::parse(text), None, "{text}");
    }
}
