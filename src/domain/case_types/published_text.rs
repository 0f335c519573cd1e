//! The texts of a case type that applicants read: the responsibility letter, which they accept, and the application notes.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::domain::base::words::Words;

/// A text for applicants, as the edition of a case type has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublishedText {
    /// Which text it is, and its own edition.
    pub identity: TextIdentity,
    /// Its title.
    pub words: Words,
    /// The text, paragraphs separated by line breaks. The Chinese one is binding.
    pub text: Words,
}

/// What tells a text from every other wording of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TextIdentity {
    /// Code.
    pub code: String,
    /// Edition, from 1.
    pub edition: u32,
    /// SHA-256 of the Chinese text in UTF-8, in lower-case hexadecimal.
    pub sha256: String,
}

impl PublishedText {
    /// A text with its digest.
    pub fn new(code: String, edition: u32, words: Words, text: Words) -> Self {
        let sha256 = hex::encode(Sha256::digest(text.zh.as_bytes()));
        Self { identity: TextIdentity { code, edition, sha256 }, words, text }
    }
}
