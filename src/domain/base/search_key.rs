//! Search keys of names: spelling variants of a name have the same key.
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
