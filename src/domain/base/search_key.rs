//! Names as they are searched: however they were typed, the same name has the same key.
//!
//! A part of a name is found by its pairs of neighbouring characters ([`parts`]): two Chinese characters are a word, and
//! neither of the databases has an index of its own for so little.

use std::collections::BTreeSet;

use unicode_normalization::UnicodeNormalization;

/// The fewest characters of a part that is searched for.
pub const FEWEST_CHARACTERS: usize = 2;

/// A name as it is searched: compatibility forms folded (full-width letters, brackets), small letters, no spaces.
pub fn key(name: &str) -> String {
    let folded: String = name.nfkc().collect();
    folded.chars().filter(|c| !c.is_whitespace()).flat_map(char::to_lowercase).collect()
}

/// Every two characters that stand beside each other in a key, each once, in order.
pub fn parts(key: &str) -> BTreeSet<String> {
    key.chars().zip(key.chars().skip(1)).map(|(one, next)| [one, next].into_iter().collect()).collect()
}
