//! What is searched by: keys of names, of which spelling variants have the same; and of a mistyped number what may have been meant.
//!
//! A part of a name is found by its pairs of neighbouring characters ([`parts`]): two Chinese characters are a word, and
//! neither of the databases has an index of its own for so little.

use std::collections::BTreeSet;

use unicode_normalization::UnicodeNormalization;

use super::text::{is_dash, is_invisible, is_middle_dot};

/// The fewest characters of a part that is searched for.
pub const FEWEST_CHARACTERS: usize = 2;

/// A name as it is searched: spelling variants have the same key. Compatibility forms folded (full-width letters, brackets),
/// small letters, one kind of dot and hyphen, no spaces.
pub fn key(name: &str) -> String {
    let seen = |c: &char| !is_invisible(*c) && !c.is_whitespace() && !c.is_control();
    let folded: String = name.chars().filter(seen).nfkc().filter(seen).flat_map(char::to_lowercase).collect();
    let alike = |c| match c {
        _ if is_middle_dot(c) => '\u{B7}',
        _ if is_dash(c) => '-',
        _ => c,
    };
    folded.nfkc().map(alike).collect()
}

/// Every two characters that stand beside each other in a key, each once, in order.
pub fn parts(key: &str) -> BTreeSet<String> {
    key.chars().zip(key.chars().skip(1)).map(|(one, next)| [one, next].into_iter().collect()).collect()
}

/// The most characters of a number of which neighbours are looked for.
const LONGEST: usize = 24;

/// Numbers that are one slip away from what was typed: a digit for another or a letter for another, two neighbours swapped, one
/// that is missing, one too many. `typed` is normalized, as by [`super::text::number`] or [`super::text::serial`]; of what is no
/// number or too long for one there are none.
pub fn one_slip_away(typed: &str) -> BTreeSet<String> {
    let is_number = (4..=LONGEST).contains(&typed.len())
        && typed.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
        && typed.bytes().any(|byte| byte.is_ascii_digit());
    if !is_number {
        return BTreeSet::new();
    }
    let characters: Vec<char> = typed.chars().collect();
    let mut found = BTreeSet::new();
    for at in 0..=characters.len() {
        let (before, after) = characters.split_at(at);
        let near = after.first().or(before.last()).copied().unwrap_or('0');
        let mut keep = |middle: &[char], rest: &[char]| found.insert(before.iter().chain(middle).chain(rest).collect());
        keep(&['-'], after);
        for other in alike(near) {
            keep(&[other], after);
            if let [_, rest @ ..] = after {
                keep(&[other], rest);
            }
        }
        if let [_, rest @ ..] = after {
            keep(&[], rest);
        }
        if let [one, next, rest @ ..] = after {
            keep(&[*next, *one], rest);
        }
    }
    found.remove(typed);
    found
}

/// What a character is mistaken for: a digit for a digit, a letter for a letter.
fn alike(c: char) -> impl Iterator<Item = char> {
    if c.is_ascii_digit() { '0'..='9' } else { 'A'..='Z' }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_slip_of_a_number_leads_back_to_it() {
        let meant = "260601000140";
        for typed in ["260601000141", "260601001040", "26060100140", "2606010000140"] {
            assert!(one_slip_away(typed).contains(meant), "{typed}");
        }
        for typed in ["KEY-00042", "KEY00043", "KEZ-00043", "KEY-0043"] {
            assert!(one_slip_away(typed).contains("KEY-00043"), "{typed}");
        }
        for typed in ["", "123", "建筑工程", "ABCDEF", &"1".repeat(25)] {
            assert!(one_slip_away(typed).is_empty(), "{typed}");
        }
        assert!(one_slip_away(&"1".repeat(24)).len() < 700);
    }
}
