//! Identifiers against their standards' worked examples, codes that were really issued, and made-up ones.

use casehall::domain::base::country::alpha_3;
use casehall::domain::base::identity_document::{IdentityDocumentType, IdentityNumber};
use casehall::domain::base::organization_code::{
    IdentifierFault, OrganizationCode, RegistrationNumber, UnifiedSocialCreditCode, organization_code_of,
};
use casehall::domain::base::person::Personal;
use casehall::domain::base::phone::Phone;
use casehall::domain::base::text::number;
use casehall::domain::cases::intake::acceptance_number::AcceptanceNumber;
use chrono::NaiveDate;
use proptest::prelude::*;

const CASES: &str = include_str!("../../data/identifier-cases.csv");

fn parsed(kind: &str, value: &str) -> Result<String, IdentifierFault> {
    match kind {
        "uscc" => UnifiedSocialCreditCode::parse(value).map(|code| code.as_str().to_owned()),
        "org_code" => OrganizationCode::parse(value).map(|code| code.hyphenated()),
        "business_reg_no" => RegistrationNumber::parse(value).map(|number| number.as_str().to_owned()),
        "mobile" | "landline" => Phone::parse(value).map(|number| number.in_clear().to_owned()),
        _ => IdentityNumber::parse(value).map(|number| number.in_clear().to_owned()),
    }
}

#[test]
fn every_known_identifier_is_judged_as_its_standard_does() {
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(CASES.as_bytes());
    let mut wrong = Vec::new();
    let mut rows = 0;
    for row in reader.records() {
        let row = row.unwrap();
        let (kind, value, expected, canonical) = (&row[0], &row[1], &row[2], &row[3]);
        rows += 1;
        match parsed(kind, value) {
            Ok(found) if expected == "valid" && found == canonical => {}
            Err(_) if expected == "invalid" => {}
            other => wrong.push(format!("{kind} {value}: {other:?}, expected {expected} {canonical}")),
        }
    }
    assert_eq!(rows, 234);
    assert_eq!(wrong, Vec::<String>::new());
}

#[test]
fn an_issued_code_with_a_wrong_check_character_needs_an_override() {
    for code in ["91350211M0000XUF46", "91350211M00013FA1N"] {
        assert_eq!(UnifiedSocialCreditCode::parse(code), Err(IdentifierFault::CheckCharacter));
        assert!(UnifiedSocialCreditCode::parse_despite_check_character(code).is_ok());
    }
    // The override is for the last character only: the organization code inside must be right.
    assert!(UnifiedSocialCreditCode::parse_despite_check_character("91350211M0001XUF46").is_err());
}

#[test]
fn an_organization_is_the_same_under_either_code() {
    let unified = organization_code_of("91440114PDY746751K").unwrap();
    assert_eq!(unified, organization_code_of("pdy74675－1").unwrap());
    assert_eq!(unified.hyphenated(), "PDY74675-1");
}

#[test]
fn invisible_characters_of_pasted_text_are_dropped() {
    assert_eq!(number("\u{FEFF}9144\u{200B}0114\u{2011}PDY 746751k\u{202C}\n"), "91440114PDY746751K");
    assert_eq!(number("ı"), "ı", "a letter that isn't ASCII doesn't become one");
}

#[test]
fn brackets_of_old_numbers_are_no_part_of_them() {
    let today = NaiveDate::from_ymd_opt(2026, 6, 1).unwrap();
    let taiwan = |text: &str| IdentityNumber::of(IdentityDocumentType::TaiwanPermit, text, today);
    for text in ["1234567890(A)", "1234567890（a）", "1234567890 （A）", "1234567890A"] {
        assert_eq!(taiwan(text).unwrap().in_clear(), "1234567890A", "{text}");
    }
    for text in ["1234567890(AB)", "1234567890()", "1234567890(A", "12345(67890)", "12345678(A)", "1234567890(1)"] {
        assert!(taiwan(text).is_err(), "{text}");
    }
    let other = |text: &str| RegistrationNumber::parse_other(text).map(|number| number.as_str().to_owned());
    for text in ["粤民证字第（010001）号", "粤民证字第(010001)号", "粤民证字第〔010001〕号", "粤民证字第【010001】号"]
    {
        assert_eq!(other(text).as_deref(), Ok("粤民证字第010001号"), "{text}");
    }
    for text in ["粤民证字第（010001号", "粤民证字第010001）号", "粤民证字第（（010001））号", "粤民证字第）010001（号"]
    {
        assert_eq!(other(text), Err(IdentifierFault::Characters), "{text}");
    }
    assert_eq!(other("（0000）"), Err(IdentifierFault::Zeros));
    assert!(other("（1）（2）").is_err(), "two digits");
}

/// A number of 18 with its check character.
fn checked(body: &str) -> String {
    let characters = "0123456789X".chars().map(|check| format!("{body}{check}"));
    characters
        .into_iter()
        .find(|number| IdentityNumber::parse(number).err() != Some(IdentifierFault::CheckCharacter))
        .unwrap()
}

#[test]
fn a_document_that_nobody_has_is_none_of_its_kind() {
    use IdentityDocumentType::{
        ForeignPermanentResidentCard, HongKongMacaoPermit, Passport, ResidentIdentityCard, TaiwanPermit,
    };
    let today = NaiveDate::from_ymd_opt(2026, 6, 1).unwrap();
    let of = |kind, text: &str| IdentityNumber::of(kind, text, today).map(|number| number.in_clear().to_owned());
    let foreign = checked("94484019900101001");
    assert!(of(ForeignPermanentResidentCard, &foreign).is_ok());
    assert_eq!(of(ResidentIdentityCard, &foreign), Err(IdentifierFault::Document));
    assert_eq!(of(ForeignPermanentResidentCard, &checked("94400019900101001")), Err(IdentifierFault::Document));
    let zeros = Err(IdentifierFault::Zeros);
    for text in ["H00000000", "M00000000", "H0000000000"] {
        assert_eq!(of(HongKongMacaoPermit, text), zeros, "{text}");
    }
    for text in ["00000000", "0000000000", "0000000000A", "0000000000（A）"] {
        assert_eq!(of(TaiwanPermit, text), zeros, "{text}");
    }
    for text in ["00000", "E00000000", "0000000000000000"] {
        assert_eq!(of(Passport, text), zeros, "{text}");
    }
    assert!(of(Passport, "E00000001").is_ok() && of(Passport, "ABCDE").is_ok());
}

#[test]
fn numbers_of_persons_are_masked_wherever_they_are_printed() {
    let identity = IdentityNumber::parse("440199196412310694").unwrap();
    assert_eq!(identity.masked(), "440***********0694");
    assert_eq!(format!("{identity:?}"), identity.masked());
    let phone = Phone::parse("138-0013-8000").unwrap();
    assert_eq!(phone.masked(), "138****8000");
    assert_eq!(format!("{phone:?}"), phone.masked());
}

#[test]
fn a_country_is_known_by_either_code_and_no_other() {
    let letters = || 'A'..='Z';
    let pairs = letters().flat_map(|one| letters().map(move |two| format!("{one}{two}")));
    let found: std::collections::BTreeSet<_> = pairs.filter_map(|code| alpha_3(&code)).collect();
    assert_eq!(found.len(), 249, "the codes of ISO 3166-1");
    assert!(found.iter().all(|code| code.len() == 3 && alpha_3(code) == Some(code)));
    for (code, country) in [("CN", "CHN"), ("hk", "HKG"), ("sgp", "SGP"), ("DE", "DEU")] {
        assert_eq!(alpha_3(code), Some(country));
    }
    for unknown in ["", " ", "C", "UK", "XXX", "ZZZ", "CNCHN", "中国"] {
        assert_eq!(alpha_3(unknown), None, "{unknown}");
    }
}

#[test]
fn an_acceptance_number_is_digits_with_day_sequence_and_check_digit() {
    let day = NaiveDate::from_ymd_opt(2026, 6, 1).unwrap();
    let number = AcceptanceNumber::new(day, 14);
    assert!(number.as_str().starts_with("26060100014"));
    assert_eq!(number.as_str().len(), 12);
    assert_eq!(AcceptanceNumber::parse(&format!(" {} ", number.as_str())), Ok(number));
    assert_eq!(AcceptanceNumber::new(day, 123_456).as_str().len(), 13, "a busy day takes a longer number");
}

fn replaced(text: &str, at: usize, with: char) -> String {
    text.chars().enumerate().map(|(place, character)| if place == at { with } else { character }).collect()
}

proptest! {
    #[test]
    fn any_single_mistyped_character_is_noticed(at in 0_usize..18, with in "[0-9A-HJ-NP-RTUWXY]") {
        let with = with.chars().next().unwrap();
        for (kind, code) in [
            ("uscc", "91440114PDY746751K"),
            ("business_reg_no", "440114331980563"),
            ("resident_id_18", "440199196412310694"),
        ] {
            let typed = replaced(code, at, with);
            prop_assert!(typed == code || parsed(kind, &typed).is_err(), "{kind} {typed}");
        }
    }

    #[test]
    fn two_swapped_digits_of_an_acceptance_number_are_noticed(sequence in 1_u32..99_999, at in 0_usize..11) {
        let day = NaiveDate::from_ymd_opt(2026, 11, 23).unwrap();
        let number = AcceptanceNumber::new(day, sequence);
        let mut digits: Vec<char> = number.as_str().chars().collect();
        digits.swap(at, at + 1);
        let swapped: String = digits.into_iter().collect();
        prop_assert!(swapped == number.as_str() || AcceptanceNumber::parse(&swapped).is_err());
    }

    #[test]
    fn no_text_makes_a_parser_panic(text in any::<String>(), digits in "[0-9X＋+-]{0,24}") {
        for text in [text, digits] {
            for kind in ["uscc", "org_code", "business_reg_no", "mobile", "landline", "resident_id_18"] {
                if let Ok(canonical) = parsed(kind, &text) {
                    prop_assert_eq!(parsed(kind, &canonical), Ok(canonical));
                }
            }
            let _ = (AcceptanceNumber::parse(&text), organization_code_of(&text), number(&text));
        }
    }
}
