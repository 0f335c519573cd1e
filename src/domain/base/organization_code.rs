//! The codes of organizations, with the check characters of their standards.
//!
//! Cast: [`UnifiedSocialCreditCode`] (18 characters, GB 32100-2015), [`OrganizationCode`] (9, GB 11714-1997),
//! [`RegistrationNumber`] (15 digits, ISO 7064 MOD 11,10); an [`IdentifierFault`] says why a text is none of them.
//!
//! Guarantee: the organization code is inside the unified code (characters 9–17), so [`organization_code_of`] answers the
//! same for an organization under either.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::text::number;
use super::words::Words;

/// Why a text isn't an identifier.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum IdentifierFault {
    /// It has another number of characters; how many are expected.
    Length(&'static str),
    /// It has a character that doesn't occur there.
    Characters,
    /// It is zeros throughout: the check character is right, but nobody has it.
    Zeros,
    /// The check character doesn't match: a digit was mistyped or two were swapped.
    CheckCharacter,
    /// No province has this number.
    Province,
    /// The birth date doesn't exist.
    BirthDate,
    /// Who it is of is a child.
    TooYoung,
    /// It hasn't the form of such a document's number.
    Document,
    /// It is no phone number that there is.
    Phone,
}

impl IdentifierFault {
    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Length(_) => "bad_length",
            Self::Characters => "bad_characters",
            Self::Zeros => "all_zeros",
            Self::CheckCharacter => "wrong_check_character",
            Self::Province => "unknown_province",
            Self::BirthDate => "impossible_birth_date",
            Self::TooYoung => "too_young",
            Self::Document => "bad_document_number",
            Self::Phone => "bad_phone_number",
        }
    }

    /// What is wrong and what is expected. The text itself isn't repeated: it may be a person's.
    pub fn words(&self) -> Words {
        match self {
            Self::Length(wanted) => {
                Words::new(format!("位数不对，应为{wanted}位"), format!("must have {wanted} characters"))
            }
            Self::Characters => Words::new("有不该出现的字符，请核对", "has a character that no such number has"),
            Self::Zeros => Words::new("不能全是0", "must not be zeros throughout"),
            Self::CheckCharacter => Words::new(
                "校验位不符，请核对是否输错或前后颠倒",
                "the check character is wrong: check for mistyped or swapped characters",
            ),
            Self::Province => Words::new("前两位不是省级行政区划代码", "the first two digits are not a province code"),
            Self::BirthDate => Words::new("其中的出生日期不存在，请核对", "the birth date in it is not possible"),
            Self::TooYoung => Words::new("须年满16周岁", "must be of a person of at least 16 years"),
            Self::Document => {
                Words::new("与所选证件类型对不上，请核对类型和号码", "is not a number of this kind of document")
            }
            Self::Phone => Words::new(
                "须为手机号码、带区号的固定电话号码、400或800号码，或带国家（地区）代码的境外号码",
                "must be a mobile number, a landline number with its area code, a 400 or 800 number, or a number abroad with its \
                 country code",
            ),
        }
    }
}

/// Unified social credit code (统一社会信用代码), GB 32100-2015.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct UnifiedSocialCreditCode(String);

/// Organization code (组织机构代码), GB 11714-1997; stored without its hyphen.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct OrganizationCode(String);

/// Registration number on old papers: of a business licence (注册号) 15 digits with an ISO 7064 MOD 11,10 check digit; of another
/// certificate of registration the number that it has.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RegistrationNumber(String);

/// The alphabet of GB 32100-2015: no I, O, S, V, Z.
const UNIFIED_ALPHABET: &[u8] = b"0123456789ABCDEFGHJKLMNPQRTUWXY";

impl UnifiedSocialCreditCode {
    /// Reads a code however it was typed.
    ///
    /// # Errors
    /// Why it is none: weights 3^(i−1) mod 31, check = (31 − Σ mod 31) mod 31.
    pub fn parse(text: &str) -> Result<Self, IdentifierFault> {
        let code = Self::parse_despite_check_character(text)?;
        let values: Vec<usize> = code.0.bytes().filter_map(unified_value).collect();
        let (Some((check, body)), true) = (values.split_last(), values.len() == 18) else {
            return Err(IdentifierFault::Characters);
        };
        let mut weight = 1;
        let mut sum = 0;
        for value in body {
            sum += value * weight;
            weight = weight * 3 % 31;
        }
        if (31 - sum % 31) % 31 == *check { Ok(code) } else { Err(IdentifierFault::CheckCharacter) }
    }

    /// Reads a code whose check character may be wrong: some that were really issued fail the check, and a supervisor may
    /// let one pass. Everything else holds, also the check character of the organization code inside it.
    ///
    /// # Errors
    /// Why it is none.
    pub fn parse_despite_check_character(text: &str) -> Result<Self, IdentifierFault> {
        let text = number(text);
        if text.chars().count() != 18 {
            return Err(IdentifierFault::Length("18"));
        }
        let digits = text.bytes().skip(2).take(6).all(|byte| byte.is_ascii_digit());
        if !digits || !text.bytes().all(|byte| unified_value(byte).is_some()) {
            return Err(IdentifierFault::Characters);
        }
        let code = Self(text);
        OrganizationCode::parse(code.inner())?;
        Ok(code)
    }

    /// The organization code inside it.
    pub fn organization_code(&self) -> OrganizationCode {
        OrganizationCode(self.inner().to_owned())
    }

    /// As it is stored and compared.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    fn inner(&self) -> &str {
        self.0.get(8..17).unwrap_or_default()
    }
}

fn unified_value(byte: u8) -> Option<usize> {
    UNIFIED_ALPHABET.iter().position(|known| *known == byte)
}

impl OrganizationCode {
    /// Reads a code however it was typed.
    ///
    /// # Errors
    /// Why it is none: weights 3, 7, 9, 10, 5, 8, 4, 2; c = 11 − Σ mod 11; 10 is X, 11 is 0.
    pub fn parse(text: &str) -> Result<Self, IdentifierFault> {
        const WEIGHTS: [u32; 8] = [3, 7, 9, 10, 5, 8, 4, 2];
        let text = number(text);
        if text.chars().count() != 9 {
            return Err(IdentifierFault::Length("9"));
        }
        if !text.bytes().all(|byte| byte.is_ascii_digit() || byte.is_ascii_uppercase()) {
            return Err(IdentifierFault::Characters);
        }
        if text.bytes().all(|byte| byte == b'0') {
            return Err(IdentifierFault::Zeros);
        }
        let values = text.chars().filter_map(|character| character.to_digit(36));
        let sum: u32 = values.zip(WEIGHTS).map(|(value, weight)| value * weight).sum();
        let check = match 11 - sum % 11 {
            10 => 'X',
            11 => '0',
            digit => char::from_digit(digit, 10).unwrap_or('0'),
        };
        if text.ends_with(check) { Ok(Self(text)) } else { Err(IdentifierFault::CheckCharacter) }
    }

    /// As it stands on paper.
    pub fn hyphenated(&self) -> String {
        hyphenated(&self.0)
    }

    /// As it is stored and compared.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// An organization code, as it is stored, with the hyphen before the check character by which people know it.
pub fn hyphenated(code: &str) -> String {
    code.split_at_checked(8).map_or_else(|| code.to_owned(), |(body, check)| format!("{body}-{check}"))
}

impl RegistrationNumber {
    /// Reads a number however it was typed.
    ///
    /// # Errors
    /// Why it is none.
    pub fn parse(text: &str) -> Result<Self, IdentifierFault> {
        let text = number(text);
        if text.chars().count() != 15 {
            return Err(IdentifierFault::Length("15"));
        }
        if text.bytes().all(|byte| byte == b'0') {
            return Err(IdentifierFault::Zeros);
        }
        check_mod_11_10(&text)?;
        Ok(Self(text))
    }

    /// Reads the number of another certificate of registration, such as that of an institution (事业单位法人证书) or an
    /// association (粤民证字第（010001）号): letters and digits, with no check digit. Brackets are no part of it.
    ///
    /// # Errors
    /// Why it is none.
    pub fn parse_other(text: &str) -> Result<Self, IdentifierFault> {
        let text = without_brackets(&number(text)).ok_or(IdentifierFault::Characters)?;
        if !(4..=40).contains(&text.chars().count()) {
            return Err(IdentifierFault::Length("4-40"));
        }
        if text.bytes().all(|byte| byte == b'0') {
            return Err(IdentifierFault::Zeros);
        }
        if text.chars().all(char::is_alphanumeric) { Ok(Self(text)) } else { Err(IdentifierFault::Characters) }
    }

    /// As it is stored.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A text without the brackets around its parts; `None` where one isn't closed, or not opened.
fn without_brackets(text: &str) -> Option<String> {
    const PAIRS: [(char, char); 6] = [('(', ')'), ('[', ']'), ('〔', '〕'), ('【', '】'), ('〈', '〉'), ('《', '》')];
    let mut awaited = None;
    let mut plain = String::new();
    for c in text.chars() {
        if let Some((_, closing)) = PAIRS.iter().find(|(opening, _)| *opening == c) {
            if awaited.replace(*closing).is_some() {
                return None;
            }
        } else if awaited == Some(c) {
            awaited = None;
        } else {
            plain.push(c);
        }
    }
    awaited.is_none().then_some(plain)
}

/// The organization code that identifies an organization, from either of its codes; the check character of a unified code may be wrong.
///
/// # Errors
/// The text is neither; 18 characters are read as a unified code, anything else as an organization code.
pub fn organization_code_of(text: &str) -> Result<OrganizationCode, IdentifierFault> {
    match number(text).chars().count() {
        18 => UnifiedSocialCreditCode::parse_despite_check_character(text).map(|code| code.organization_code()),
        9 => OrganizationCode::parse(text),
        _ => Err(IdentifierFault::Length("9/18")),
    }
}

/// Why a code is refused of an organization that comes for the first time, though [`organization_code_of`] finds by it whoever is known: the
/// check character of a unified code is wrong.
pub fn wrong_check_character(text: &str) -> Option<IdentifierFault> {
    let is_unified = number(text).chars().count() == 18;
    is_unified.then(|| UnifiedSocialCreditCode::parse(text).err()).flatten()
}

/// The check digit of ISO 7064 MOD 11,10 over decimal digits.
pub(in crate::domain) fn mod_11_10(digits: &str) -> u32 {
    let mut product = 10;
    for digit in digits.chars().filter_map(|character| character.to_digit(10)) {
        let sum = (product + digit) % 10;
        product = if sum == 0 { 10 } else { sum } * 2 % 11;
    }
    (11 - product) % 10
}

/// Checks digits whose last is an ISO 7064 MOD 11,10 check digit.
pub(in crate::domain) fn check_mod_11_10(text: &str) -> Result<(), IdentifierFault> {
    if !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(IdentifierFault::Characters);
    }
    let Some((body, check)) = text.len().checked_sub(1).and_then(|at| text.split_at_checked(at)) else {
        return Err(IdentifierFault::Length("2+"));
    };
    if check.parse() == Ok(mod_11_10(body)) { Ok(()) } else { Err(IdentifierFault::CheckCharacter) }
}

impl fmt::Display for UnifiedSocialCreditCode {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl fmt::Display for OrganizationCode {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}
