//! Phone numbers: however they are typed, one form is kept.
//!
//! Cast: [`Phone`] is read from what `spelling` took apart; `mainland` knows which numbers there are at home, the crate
//! `phonenumber` those abroad. (Of numbers at home it accepts some that are a digit short.)
//!
//! Guarantees: the kept form is read back as itself. It is personal as [`super::person`] says, and masked so that the area code
//! or country code stays readable and an extension tells two numbers apart.

mod mainland;
mod spelling;

use mainland::Kind;
use phonenumber::Mode;
use spelling::{Digits, Typed};

use super::organization_code::IdentifierFault;
use super::person::{Personal, masked, printed_masked};

/// A phone number in international form (E.164), with its extension where it has one: `+8675583123456;ext=801` (RFC 3966).
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Phone(String);

printed_masked!(Phone);

/// Country code of the mainland.
const MAINLAND: &str = "86";
/// Country codes that people on the mainland write without `+`, and how many digits follow: Hong Kong, Macao, Taiwan.
const NEIGHBOURS: &[(&str, usize)] = &[("852", 8), ("853", 8), ("886", 9)];
/// What stands before an extension.
const EXTENSION: &str = ";ext=";

impl Phone {
    /// Reads a number however it was typed: mobile, landline with its area code, 400 or 800, or one abroad with its country
    /// code; perhaps with an extension.
    ///
    /// # Errors
    /// It is none.
    pub fn parse(text: &str) -> Result<Self, IdentifierFault> {
        Self::read(text).ok_or(IdentifierFault::Phone)
    }

    fn read(text: &str) -> Option<Self> {
        let typed = Typed::read(text)?;
        let whole = || number(&typed.number()).map(|number| Self::new(&number, typed.extension.as_deref()));
        let split = || {
            let (digits, extension) = typed.number_and_last_group()?;
            number(&digits).map(|number| Self::new(&number, Some(extension)))
        };
        // A complete number at home leaves no doubt that the group behind it is an extension; abroad it may.
        split().filter(|phone| phone.national().is_some()).or_else(whole).or_else(split)
    }

    /// Whether a text is a mobile number of the mainland in bare digits, perhaps with the country code.
    pub fn is_mobile(digits: &str) -> bool {
        let whole = |national: &str| mainland::kind(national) == Some(Kind::Mobile);
        digits.bytes().all(|byte| byte.is_ascii_digit())
            && (whole(digits) || digits.strip_prefix(MAINLAND).is_some_and(whole))
    }

    fn new(number: &str, extension: Option<&str>) -> Self {
        match extension {
            Some(extension) => Self(format!("{number}{EXTENSION}{extension}")),
            None => Self(number.to_owned()),
        }
    }

    fn parts(&self) -> (&str, Option<&str>) {
        match self.0.split_once(EXTENSION) {
            Some((number, extension)) => (number, Some(extension)),
            None => (&self.0, None),
        }
    }

    /// The national number, where it is one of the mainland.
    fn national(&self) -> Option<&str> {
        self.parts().0.strip_prefix('+')?.strip_prefix(MAINLAND)
    }

    fn number_masked(&self) -> String {
        let number = self.parts().0;
        if let Some(national) = self.national() {
            return match mainland::kind(national) {
                Some(Kind::Landline(code)) => {
                    let (area, subscriber) = national.split_at_checked(code).unwrap_or((national, ""));
                    format!("0{area}-{}", subscriber_masked(subscriber))
                }
                _ => masked(national, 3, 4),
            };
        }
        match number.strip_prefix('+').and_then(|digits| digits.split_at_checked(country_code_length(digits))) {
            Some((code, subscriber)) => format!("+{code} {}", subscriber_masked(subscriber)),
            None => masked(number, 3, 4),
        }
    }
}

impl Personal for Phone {
    fn in_clear(&self) -> &str {
        &self.0
    }

    /// The extension isn't hidden: alone it reaches nobody, and people behind one switchboard have no other difference.
    fn masked(&self) -> String {
        match self.parts().1 {
            Some(extension) => format!("{}-{extension}", self.number_masked()),
            None => self.number_masked(),
        }
    }

    /// As it was stored, whatever it is. Before extensions were kept apart, one stood behind its number without a mark.
    fn from_store(text: String) -> Self {
        let stored = Self(text);
        let national = stored.national().filter(|national| mainland::kind(national).is_none());
        match national.and_then(mainland::with_extension) {
            Some((number, extension)) => Self::new(&format!("+{MAINLAND}{number}"), Some(extension)),
            None => stored,
        }
    }
}

/// A number as it is kept, without an extension.
fn number(Digits { international, digits, behind_gaps }: &Digits) -> Option<String> {
    let from_abroad = || digits.strip_prefix(MAINLAND).and_then(at_home_from_abroad);
    let neighbour = || {
        let of = |(code, length): &(&str, usize)| digits.strip_prefix(code).is_some_and(|rest| rest.len() == *length);
        NEIGHBOURS.iter().any(of).then(|| abroad(digits)).flatten()
    };
    let national = if *international { from_abroad() } else { at_home(digits).or_else(from_abroad) };
    match national {
        Some(national) => (!has_gap_in_area_code(national, behind_gaps)).then(|| format!("+{MAINLAND}{national}")),
        None if *international && !digits.starts_with(MAINLAND) => abroad(digits),
        None if *international => None,
        None => neighbour(),
    }
}

/// 075-83123456 is no number of 0758, but one with a digit left out.
fn has_gap_in_area_code(national: &str, behind_gaps: &[usize]) -> bool {
    let Some(Kind::Landline(code)) = mainland::kind(national) else { return false };
    let code = (national.len() - code + 1)..national.len();
    behind_gaps.iter().any(|behind| code.contains(behind))
}

/// A number of the mainland as it is written there: a landline with the 0 of its area code. Before a mobile number some
/// write one too.
fn at_home(digits: &str) -> Option<&str> {
    let (national, has_zero) = digits.strip_prefix('0').map_or((digits, false), |national| (national, true));
    let fits = match mainland::kind(national)? {
        Kind::Mobile => true,
        Kind::Landline(_) => has_zero,
        Kind::Service => !has_zero,
    };
    fits.then_some(national)
}

/// A number of the mainland behind its country code, where a landline has no 0, or has it all the same.
fn at_home_from_abroad(digits: &str) -> Option<&str> {
    at_home(digits).or_else(|| mainland::kind(digits).map(|_| digits))
}

/// A number abroad, with its country code; one 0 behind it, which is dialled inside the country only, is left out.
fn abroad(digits: &str) -> Option<String> {
    let parsed = phonenumber::parse(None, format!("+{digits}")).ok().filter(phonenumber::is_valid)?;
    let number = parsed.format().mode(Mode::E164).to_string();
    let (code, national) = digits.split_at_checked(country_code_length(digits))?;
    let without_zero = national.strip_prefix('0').map(|national| format!("+{code}{national}"));
    (number == format!("+{digits}") || Some(&number) == without_zero.as_ref()).then_some(number)
}

/// How many digits the country code has (ITU-T E.164).
fn country_code_length(digits: &str) -> usize {
    match digits.as_bytes() {
        [b'1' | b'7', ..] => 1,
        [b'2', b'0' | b'7', ..]
        | [b'3', b'0'..=b'4' | b'6' | b'9', ..]
        | [b'4', b'0' | b'1' | b'3'..=b'9', ..]
        | [b'5', b'1'..=b'8', ..]
        | [b'6', b'0'..=b'6', ..]
        | [b'8', b'1' | b'2' | b'4' | b'6', ..]
        | [b'9', b'0'..=b'5' | b'8', ..] => 2,
        _ => 3,
    }
}

/// The last four digits; of a short number half of them.
fn subscriber_masked(subscriber: &str) -> String {
    let last = match subscriber.chars().count() {
        7.. => 4,
        digits => digits / 2,
    };
    masked(subscriber, 0, last)
}
