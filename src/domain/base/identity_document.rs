//! The documents that persons identify themselves with, each number checked as its kind allows.
//!
//! Cast: an [`IdentityDocument`] is one that was checked; [`IdentityDocumentType`] and [`IdentityNumber`] are its parts.

use chrono::{Datelike, NaiveDate};
use uuid::Uuid;

use super::country;
use super::form::Form;
use super::organization_code::IdentifierFault;
use super::person::{masked, parts_a_number, personal};
use super::phone::Phone;
use super::text::{self, number};
use super::vocabulary::vocabulary;

vocabulary! {
    /// A kind of identity document.
    #[derive(Default)]
    pub enum IdentityDocumentType {
        /// Resident identity card, or the residence permit of Hong Kong, Macao and Taiwan, which has such a number (GB 11643-1999).
        #[default]
        ResidentIdentityCard = "resident_identity_card", "居民身份证", "resident identity card";
        /// Foreign permanent resident card: 18 digits from 9, or of before 2017 three letters and twelve digits.
        ForeignPermanentResidentCard = "foreign_permanent_resident_card", "外国人永久居留身份证", "foreign permanent resident card";
        /// Mainland travel permit for residents of Hong Kong and Macao: H or M with eight digits, older ones ten.
        HongKongMacaoPermit = "hong_kong_macao_permit", "港澳居民来往内地通行证", "travel permit for Hong Kong and Macao residents";
        /// Mainland travel permit for residents of Taiwan: eight digits, older ones ten and a letter, which may stand in brackets.
        TaiwanPermit = "taiwan_permit", "台湾居民来往大陆通行证", "travel permit for Taiwan residents";
        /// Passport, with the country that issued it: 5 to 17 letters and digits.
        Passport = "passport", "护照", "passport";
    }
}

/// Whether the number of a resident or of a mobile phone stands in a text, also parted as people part them, and with letters at one end of it
/// (`R13800138000`). To count digits, as of reasons, won't do: numbers of orders are long, too, and identifiers have letters and digits in turn.
pub fn names_a_person(text: &str) -> bool {
    let plain = text::cell(text);
    IdentityNumber::is_in(&plain) || (Uuid::try_parse(&plain).is_err() && has_mobile_number(&plain))
}

fn has_mobile_number(text: &str) -> bool {
    /// No number of a mobile phone is in more, with its country and what is dialled before that.
    const MOST_GROUPS: usize = 15;
    let is_number = |digits: &str| Phone::is_mobile(digits) || digits.strip_prefix("00").is_some_and(Phone::is_mobile);
    let runs = runs_of_digits(text);
    let mut ranges = runs.iter().flat_map(|groups| {
        let to = move |from: usize| from + 1..=groups.len().min(from + MOST_GROUPS);
        (0..groups.len()).flat_map(move |from| to(from).map(move |to| &groups[from..to]))
    });
    ranges.any(|groups| is_number(&groups.concat()))
}

/// Groups of digits between which nothing stands but what parts a number. What has letters on both sides is a part of something else.
fn runs_of_digits(text: &str) -> Vec<Vec<&str>> {
    let mut runs: Vec<Vec<&str>> = vec![Vec::new()];
    for piece in text.split_inclusive(|c: char| !c.is_ascii_alphanumeric()) {
        let word = piece.trim_end_matches(|c: char| !c.is_ascii_alphanumeric());
        let digits = word.trim_matches(|c: char| c.is_ascii_alphabetic());
        let (has_before, has_after) = (!word.starts_with(digits), !word.ends_with(digits));
        let is_group = !digits.is_empty() && is_digits(digits) && !(has_before && has_after);
        if has_before {
            runs.push(Vec::new());
        }
        if let (true, Some(run)) = (is_group, runs.last_mut()) {
            run.push(digits);
        }
        let is_parted = piece[word.len()..].chars().all(parts_a_number);
        if has_after || !is_parted || !(is_group || word.is_empty()) {
            runs.push(Vec::new());
        }
    }
    runs
}

impl IdentityDocumentType {
    /// Whether it is the one that a stored person has who has none.
    pub(in crate::domain) fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

/// Number of an identity document.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct IdentityNumber(String);

// Of 18 characters the first three and the last four; of a shorter number less, so that most of it stays hidden.
personal!(IdentityNumber, |number| match number.chars().count() {
    15.. => masked(number, 3, 4),
    _ => masked(number, 1, 3),
});

/// Who may apply: a person with that many years (Civil Code, Article 18, for those who live on their own work).
const FEWEST_YEARS: u32 = 16;
/// Nobody who applies was born before.
const FIRST_YEAR_OF_BIRTH: i32 = 1900;

/// First two digits that are in use: provinces, residence permits. County codes have come and gone and aren't checked.
const PROVINCES: &[&str] = &[
    "11", "12", "13", "14", "15", "21", "22", "23", "31", "32", "33", "34", "35", "36", "37", "41", "42", "43", "44",
    "45", "46", "50", "51", "52", "53", "54", "61", "62", "63", "64", "65", "71", "81", "82", "83",
];

/// Three digits that no country has (ISO 3166-1).
const NO_COUNTRY: &str = "000";

impl IdentityNumber {
    /// Whether one of 18 characters stands in a text, also with hyphens or blanks in it.
    pub fn is_in(text: &str) -> bool {
        const CHARACTERS: usize = 18;
        let plain: Vec<char> = text.chars().filter(|character| !matches!(character, '-' | ' ')).collect();
        plain.windows(CHARACTERS).any(|part| Self::parse(&part.iter().collect::<String>()).is_ok())
    }

    /// Reads a number of 18 digits, or of 15 (before 1999), which becomes its 18: a resident identity card, or one that begins
    /// with 9, a foreign permanent resident card.
    ///
    /// # Errors
    /// Why it is none.
    pub fn parse(text: &str) -> Result<Self, IdentifierFault> {
        let text = number(text);
        let text = match text.chars().count() {
            18 => text,
            15 if is_digits(&text) => upgraded(&text),
            15 => return Err(IdentifierFault::Characters),
            _ => return Err(IdentifierFault::Length("18")),
        };
        let (body, check) = text.split_at_checked(17).ok_or(IdentifierFault::Characters)?;
        if !is_digits(body) || !check.bytes().all(|c| c.is_ascii_digit() || c == b'X') {
            return Err(IdentifierFault::Characters);
        }
        if check != check_character(body).to_string() {
            return Err(IdentifierFault::CheckCharacter);
        }
        // 9, the province, the country's three digits; or the province and the county.
        let province = if body.starts_with('9') { body.get(1..3) } else { body.get(..2) };
        if !province.is_some_and(|province| PROVINCES.contains(&province)) {
            return Err(IdentifierFault::Province);
        }
        if body.starts_with('9') && body.get(3..6) == Some(NO_COUNTRY) {
            return Err(IdentifierFault::Document);
        }
        born(body).ok_or(IdentifierFault::BirthDate)?;
        Ok(Self(text))
    }

    /// Reads the number of a document of a kind, of a person who applies today.
    ///
    /// # Errors
    /// Why it is none; that the person isn't born yet, or a child.
    pub fn of(kind: IdentityDocumentType, text: &str, today: NaiveDate) -> Result<Self, IdentifierFault> {
        let plain = number(text);
        let plain = match kind {
            IdentityDocumentType::TaiwanPermit => without_brackets_of_letter(plain),
            _ => plain,
        };
        let (letters, digits) = plain.split_at(plain.bytes().take_while(u8::is_ascii_uppercase).count());
        let fits = match kind {
            // A foreigner's card, which has such a number too: that is another kind.
            IdentityDocumentType::ResidentIdentityCard if plain.len() == 18 && plain.starts_with('9') => false,
            IdentityDocumentType::ResidentIdentityCard => return Self::of_age(text, today),
            IdentityDocumentType::ForeignPermanentResidentCard if letters.is_empty() => {
                if !plain.starts_with('9') {
                    return Err(IdentifierFault::Characters);
                }
                return Self::of_age(text, today);
            }
            IdentityDocumentType::ForeignPermanentResidentCard => {
                // Three letters of the country, four of the place, the birth without its century, two to tell apart.
                let born = digits.get(4..10).is_some_and(|born| {
                    ["19", "20"]
                        .iter()
                        .any(|century| NaiveDate::parse_from_str(&format!("{century}{born}"), "%Y%m%d").is_ok())
                });
                if letters.len() == 3 && digits.len() == 12 && is_digits(digits) && !born {
                    return Err(IdentifierFault::BirthDate);
                }
                letters.len() == 3 && digits.len() == 12 && is_digits(digits)
            }
            IdentityDocumentType::HongKongMacaoPermit => {
                matches!(letters, "H" | "M") && matches!(digits.len(), 8 | 10) && is_digits(digits)
            }
            IdentityDocumentType::TaiwanPermit => {
                let digits = plain.trim_end_matches(|c: char| c.is_ascii_uppercase());
                is_digits(digits) && matches!((digits.len(), plain.len() - digits.len()), (8, 0) | (10, 0) | (10, 1))
            }
            IdentityDocumentType::Passport => {
                (5..=17).contains(&plain.len()) && plain.bytes().all(|byte| byte.is_ascii_alphanumeric())
            }
        };
        let figures = plain.trim_matches(|c: char| c.is_ascii_uppercase());
        match fits {
            true if !figures.is_empty() && figures.bytes().all(|byte| byte == b'0') => Err(IdentifierFault::Zeros),
            true => Ok(Self(plain)),
            false => Err(IdentifierFault::Document),
        }
    }

    fn of_age(text: &str, today: NaiveDate) -> Result<Self, IdentifierFault> {
        let parsed = Self::parse(text)?;
        let possible = |born: &NaiveDate| born.year() >= FIRST_YEAR_OF_BIRTH && *born <= today;
        let born = born(&parsed.0).filter(possible).ok_or(IdentifierFault::BirthDate)?;
        match today.years_since(born) {
            Some(years) if years >= FEWEST_YEARS => Ok(parsed),
            _ => Err(IdentifierFault::TooYoung),
        }
    }
}

/// An identity document.
pub struct IdentityDocument {
    /// Its kind.
    pub kind: IdentityDocumentType,
    /// The country that issued it, where it is a passport (ISO 3166-1 alpha-3).
    pub country: Option<String>,
    /// Its number.
    pub number: IdentityNumber,
}

/// An identity document as somebody typed it.
pub(in crate::domain) struct IdentityDocumentDraft<'a> {
    /// Code of its kind; where it is left out, a number from 9 says by itself what it is of.
    pub(in crate::domain) kind: Option<&'a str>,
    /// The country of a passport.
    pub(in crate::domain) country: Option<&'a str>,
    /// Its number.
    pub(in crate::domain) number: &'a str,
    /// The name that the number has in the request.
    pub(in crate::domain) number_field: &'static str,
}

impl Form {
    /// The identity document of a person who applies, acts or collects today.
    pub(in crate::domain) fn identity_document(
        &mut self,
        at: &str,
        draft: &IdentityDocumentDraft<'_>,
        today: NaiveDate,
    ) -> Option<IdentityDocument> {
        let kind = match draft.kind {
            None if number(draft.number).starts_with('9') => Some(IdentityDocumentType::ForeignPermanentResidentCard),
            None => Some(IdentityDocumentType::default()),
            Some(code) => IdentityDocumentType::from_code(code),
        };
        if kind.is_none() {
            self.not_one_of(&format!("{at}/document_type"), IdentityDocumentType::CODES);
        }
        let country_at = format!("{at}/document_country");
        let country = match (kind == Some(IdentityDocumentType::Passport), draft.country) {
            (true, None) => {
                self.fault(&country_at, "missing_field", "须填写护照签发国", "a passport needs its country");
                None
            }
            (true, Some(code)) => {
                let country = country::alpha_3(&number(code));
                if country.is_none() {
                    let (zh, en) =
                        ("须为国家（地区）的英文代码，如SGP", "must be the code of a country (ISO 3166-1 alpha-3)");
                    self.fault(&country_at, "unknown_country", zh, en);
                }
                country.map(str::to_owned)
            }
            (false, Some(_)) => {
                self.fault(&country_at, "unexpected", "只有护照须填写签发国", "only a passport has one");
                None
            }
            (false, None) => None,
        };
        let number_at = format!("{at}/{}", draft.number_field);
        let number = kind.and_then(|kind| self.identifier(&number_at, IdentityNumber::of(kind, draft.number, today)));
        Some(IdentityDocument { kind: kind?, country, number: number? })
    }
}

/// A number whose last letter stands in brackets (`1234567890(A)`) without them.
fn without_brackets_of_letter(number: String) -> String {
    let inside = number.strip_suffix(')').and_then(|rest| rest.split_once('('));
    match inside {
        Some((digits, letter)) if letter.len() == 1 && letter.bytes().all(|byte| byte.is_ascii_uppercase()) => {
            format!("{digits}{letter}")
        }
        _ => number,
    }
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// The birth date in a number of 18 digits.
fn born(number: &str) -> Option<NaiveDate> {
    NaiveDate::parse_from_str(number.get(6..14)?, "%Y%m%d").ok()
}

/// The 18 digits of a number of 15: the century and the check character were left out.
fn upgraded(digits: &str) -> String {
    let (area, rest) = digits.split_at_checked(6).unwrap_or((digits, ""));
    let body = format!("{area}19{rest}");
    let check = check_character(&body);
    format!("{body}{check}")
}

/// GB 11643-1999: weights 2^(18−i) mod 11; remainder 0 to 10 is 1 0 X 9 8 7 6 5 4 3 2.
fn check_character(body: &str) -> char {
    let weighed = body.chars().filter_map(|character| character.to_digit(10)).zip((2..=18_u32).rev());
    let sum: u32 = weighed.map(|(digit, place)| digit * (2_u32.pow(place - 1) % 11)).sum();
    char::from(b"10X98765432"[(sum % 11) as usize])
}
