//! What a scanner typed: the number of a case, as the hall prints it on paper, or what stands on a label.
//!
//! The number stands there as a barcode, which is the number itself, and on a receipt as a QR code as well: the address at which applicants
//! ask about it. Both are read wherever one of them is, whichever host the address names and however it is written. A label has the serial
//! of a certificate or the number of its medium, a receipt or a slip its own: letters, digits and hyphens.

use super::acceptance_number::AcceptanceNumber;
use crate::domain::base::text;

/// From so many digits on it was the scanner.
pub const FEWEST_SCANNED: usize = 10;
/// Digits of an acceptance number on an ordinary day.
const ACCEPTANCE_DIGITS: usize = 12;
/// The digits of a row of the check sheet, and of its copies.
const MOST_BEFORE_SCAN: usize = 3;
/// Fewest characters of a label, and fewest digits among them: with fewer it is a word that somebody typed.
const FEWEST_OF_SERIAL: usize = 8;
const FEWEST_DIGITS_OF_SERIAL: usize = 4;
/// The page where applicants ask, below the hall's public address.
const PAGE: &str = "/progress";
/// What of its address is the number.
const NUMBER: &str = "number=";

/// What the QR code on a receipt says: where applicants ask about a case.
pub fn progress_address(hall: &str, number: &str) -> String {
    format!("{}{PAGE}?{NUMBER}{number}", hall.trim_end_matches('/'))
}

/// The number of a case that was typed or scanned.
pub fn case_number(read: &str) -> Option<AcceptanceNumber> {
    AcceptanceNumber::parse(read).ok().or_else(|| Some(in_address(&text::cell(read))?.1))
}

/// A line without the scan at its end, and that scan. A scan runs into what was typed, so of more digits than an acceptance number
/// has, the last ones are one if its check digit agrees.
pub fn without_scan(line: &str) -> (&str, Option<String>) {
    if let Some((typed, number)) = in_address(line) {
        return (typed, Some(number.to_string()));
    }
    let typed = line.trim_end_matches(|c: char| c.is_ascii_digit());
    let digits = &line[typed.len()..];
    if digits.len() < FEWEST_SCANNED {
        return (line, None);
    }
    let tail = digits.len().saturating_sub(ACCEPTANCE_DIGITS);
    let at = if AcceptanceNumber::parse(&digits[tail..]).is_ok() { typed.len() + tail } else { typed.len() };
    (&line[..at], Some(line[at..].to_owned()))
}

/// A line without what reads as a label at its end, and that label, which begins with a letter: what stands before it was typed.
pub fn without_serial(line: &str) -> Option<(&str, &str)> {
    let word = word_of(line);
    let letter = word + line[word..].find(|c: char| c.is_ascii_alphabetic())?;
    serial_at(line, letter)
}

/// The same of a label that may begin with digits: all of the last word.
pub fn without_serial_word(line: &str) -> Option<(&str, &str)> {
    let word = word_of(line);
    line[word..].contains(|c: char| c.is_ascii_alphabetic()).then(|| serial_at(line, word)).flatten()
}

/// Where the last word begins that is of letters, digits and hyphens alone.
fn word_of(line: &str) -> usize {
    line.trim_end_matches(|c: char| c.is_ascii_alphanumeric() || c == '-').len()
}

fn serial_at(line: &str, at: usize) -> Option<(&str, &str)> {
    let (before, serial) = line.split_at(at);
    let digits = serial.chars().filter(char::is_ascii_digit).count();
    (serial.len() >= FEWEST_OF_SERIAL && digits >= FEWEST_DIGITS_OF_SERIAL).then_some((before, serial))
}

/// A line of commands without the scan at its end, and that scan. More digits before it than a command has are no command: all of them are
/// what was scanned then, which nobody has to know.
pub fn behind_command(line: &str) -> (&str, Option<String>) {
    let is_digit = |c: char| c.is_ascii_digit();
    let (before, scanned) = without_scan(line);
    let is_case = scanned.as_ref().is_some_and(|number| AcceptanceNumber::parse(number).is_ok());
    // One digit alone is no command: it is the label's own.
    let is_own = |(before, serial): &(&str, &str)| {
        let (begins, after) = (serial.starts_with(is_digit), serial.trim_start_matches(is_digit));
        begins
            && serial.len() - after.len() == 1
            && after.starts_with(|c: char| c.is_ascii_alphabetic())
            && !before.ends_with('/')
    };
    let serial = without_serial_word(line).filter(is_own).or_else(|| without_serial(line));
    if let Some((before, serial)) = serial.filter(|_| !is_case) {
        return (before, Some(serial.to_owned()));
    }
    let commands = before.trim_end_matches(is_digit);
    let is_run = scanned.is_some() && before.len() - commands.len() > MOST_BEFORE_SCAN;
    let rest = &line[commands.len()..];
    if is_run && rest.chars().all(is_digit) { (commands, Some(rest.to_owned())) } else { (before, scanned) }
}

/// The number in an address of the page where applicants ask, and what stands before that address. Caps Lock changes every letter.
fn in_address(line: &str) -> Option<(&str, AcceptanceNumber)> {
    let lower = line.to_ascii_lowercase();
    let (host, after) = lower.split_once(PAGE)?;
    let asked = after.trim_start_matches('/').strip_prefix('?')?;
    let number = asked.split(['&', '#']).find_map(|part| part.strip_prefix(NUMBER))?;
    let number = AcceptanceNumber::parse(number).ok()?;
    let last_word = || host.len() - host.rsplit(char::is_whitespace).next().unwrap_or(host).len();
    let begins = host.rfind("http").unwrap_or_else(last_word);
    Some((&line[..begins], number))
}
