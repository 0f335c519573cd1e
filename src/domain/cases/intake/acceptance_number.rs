//! Acceptance numbers: the numbers of cases for people and barcodes.

use std::fmt;

use chrono::NaiveDate;

use crate::domain::base::organization_code::IdentifierFault;
use crate::domain::base::text::number;

/// Digits only, so that an input method can't garble a scan: the day (YYMMDD), the running number of that day (five digits
/// or more) and a check digit (H. M. Damm, 2004), such as `260601000140`. Each is given once and for ever; some may be left out. Every single mistyped digit and every swap of two neighbours is noticed,
/// which the check digits of ISO 7064 don't promise for digits alone.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AcceptanceNumber(String);

impl AcceptanceNumber {
    /// The number of a case by its running number of a day.
    pub fn new(day: NaiveDate, sequence: u32) -> Self {
        let body = format!("{}{sequence:05}", day.format("%y%m%d"));
        let check = damm(&body);
        Self(format!("{body}{check}"))
    }

    /// Parses a typed or scanned number.
    ///
    /// # Errors
    /// Why it is not valid.
    pub fn parse(text: &str) -> Result<Self, IdentifierFault> {
        let text = number(text);
        // Twelve digits, more only on a day with over 99,999 cases; the running number is at most ten digits.
        if !(12..=17).contains(&text.chars().count()) {
            return Err(IdentifierFault::Length("12"));
        }
        if !text.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(IdentifierFault::Characters);
        }
        if damm(&text) == 0 { Ok(Self(text)) } else { Err(IdentifierFault::CheckCharacter) }
    }

    /// As it is stored, printed and compared.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Damm's quasigroup of order 10: totally anti-symmetric, with zeros on the diagonal.
const QUASIGROUP: [[u8; 10]; 10] = [
    [0, 3, 1, 7, 5, 9, 8, 6, 4, 2],
    [7, 0, 9, 2, 1, 5, 4, 8, 6, 3],
    [4, 2, 0, 6, 8, 7, 1, 3, 5, 9],
    [1, 7, 5, 0, 9, 8, 3, 4, 2, 6],
    [6, 1, 2, 3, 0, 4, 5, 9, 7, 8],
    [3, 6, 7, 4, 2, 0, 9, 5, 8, 1],
    [5, 8, 6, 9, 7, 2, 0, 1, 3, 4],
    [8, 9, 4, 5, 3, 6, 2, 0, 1, 7],
    [9, 4, 3, 8, 6, 1, 7, 2, 0, 5],
    [2, 5, 8, 1, 4, 3, 6, 7, 9, 0],
];

/// The check digit of digits; 0 for digits that end with theirs.
fn damm(digits: &str) -> u8 {
    let values = digits.bytes().filter(u8::is_ascii_digit).map(|byte| usize::from(byte - b'0'));
    values.fold(0, |interim, value| QUASIGROUP[usize::from(interim)][value])
}

impl fmt::Display for AcceptanceNumber {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_published_example_of_the_check_digit_holds() {
        assert_eq!(damm("572"), 4);
        assert_eq!(damm("5724"), 0);
    }
}
