//! What identifies a person and how to reach them. Both are personal: shown masked, never in a log.

use std::fmt;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::organization_code::{IdentifierFault, normalize};

/// Resident identity number (GB 11643-1999), residence permit of Hong Kong, Macao and Taiwan (81, 82, 83), or foreigner's
/// permanent residence card (9). `Debug` masks it.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct IdentityNumber(String);

/// First two digits that are in use: provinces, residence permits. County codes have come and gone and aren't checked.
const PROVINCES: &[&str] = &[
    "11", "12", "13", "14", "15", "21", "22", "23", "31", "32", "33", "34", "35", "36", "37", "41", "42", "43", "44",
    "45", "46", "50", "51", "52", "53", "54", "61", "62", "63", "64", "65", "71", "81", "82", "83",
];

impl IdentityNumber {
    /// Reads a number however it was typed; one of 15 digits (before 1999) becomes its 18.
    ///
    /// # Errors
    /// Why it is none.
    pub fn parse(text: &str) -> Result<Self, IdentifierFault> {
        let text = normalize(text);
        let text = match text.chars().count() {
            18 => text,
            15 if text.bytes().all(|byte| byte.is_ascii_digit()) => upgraded(&text),
            15 => return Err(IdentifierFault::Characters),
            _ => return Err(IdentifierFault::Length("18")),
        };
        let (body, check) = text.split_at_checked(17).ok_or(IdentifierFault::Characters)?;
        if !body.bytes().all(|byte| byte.is_ascii_digit()) || !check.bytes().all(|c| c.is_ascii_digit() || c == b'X') {
            return Err(IdentifierFault::Characters);
        }
        if check != check_character(body).to_string() {
            return Err(IdentifierFault::CheckCharacter);
        }
        let province = body.get(..2).unwrap_or_default();
        if !body.starts_with('9') && !PROVINCES.contains(&province) {
            return Err(IdentifierFault::Province);
        }
        let born = body.get(6..14).unwrap_or_default();
        NaiveDate::parse_from_str(born, "%Y%m%d").map_err(|_| IdentifierFault::BirthDate)?;
        Ok(Self(text))
    }

    /// As it is stored; only for what needs the whole number.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// For people: the first three and the last four characters.
    pub fn masked(&self) -> String {
        masked(&self.0, 3, 4)
    }
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

/// A Chinese mobile or landline number in international form, such as `+8613800138000`. `Debug` masks it.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PhoneNumber(String);

impl PhoneNumber {
    /// Reads a number however it was typed: mobile, or landline with its area code and perhaps an extension.
    ///
    /// # Errors
    /// It is neither.
    pub fn parse(text: &str) -> Result<Self, IdentifierFault> {
        Self::parse_mobile(text).or_else(|_| Self::parse_landline(text))
    }

    /// Reads a mobile number.
    ///
    /// # Errors
    /// It is none.
    pub fn parse_mobile(text: &str) -> Result<Self, IdentifierFault> {
        let text = normalize(text);
        let national = national(&text);
        let prefix = matches!(national.as_bytes(), [b'1', b'3'..=b'9', ..]);
        if prefix && national.len() == 11 && is_digits(national) {
            return Ok(Self(format!("+86{national}")));
        }
        Err(IdentifierFault::Phone)
    }

    /// Reads a landline number with its area code, and up to four digits of an extension.
    ///
    /// # Errors
    /// It is none.
    pub fn parse_landline(text: &str) -> Result<Self, IdentifierFault> {
        let text = normalize(text);
        let bare = national(&text);
        // Without the country code the area code stands with its 0, which the international form drops.
        let area =
            if bare.len() == text.len() { bare.strip_prefix('0') } else { bare.strip_prefix('0').or(Some(bare)) };
        let Some(area) = area.filter(|area| is_digits(area)) else { return Err(IdentifierFault::Phone) };
        let code_length = match area.as_bytes() {
            [b'1', b'0', ..] | [b'2', ..] => 2,
            [b'3'..=b'9', ..] => 3,
            _ => return Err(IdentifierFault::Phone),
        };
        let subscriber = area.len().saturating_sub(code_length);
        if (7..=12).contains(&subscriber) { Ok(Self(format!("+86{area}"))) } else { Err(IdentifierFault::Phone) }
    }

    /// As it is stored; only for what needs the whole number.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// For people: without the country code, the first three and the last four digits.
    pub fn masked(&self) -> String {
        masked(self.0.strip_prefix("+86").unwrap_or(&self.0), 3, 4)
    }
}

fn national(text: &str) -> &str {
    text.strip_prefix("+86").or_else(|| text.strip_prefix("0086")).unwrap_or(text)
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn masked(text: &str, first: usize, last: usize) -> String {
    let length = text.chars().count();
    if length <= first + last {
        return "*".repeat(length);
    }
    let shown = |place: usize| place < first || place >= length - last;
    text.chars().enumerate().map(|(place, character)| if shown(place) { character } else { '*' }).collect()
}

impl fmt::Debug for IdentityNumber {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.masked())
    }
}

impl fmt::Debug for PhoneNumber {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.masked())
    }
}
