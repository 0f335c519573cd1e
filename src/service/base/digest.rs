//! The digest by which what is kept is known: of what nobody has to guess.

use sha2::{Digest, Sha256};

/// SHA-256 in lower-case hexadecimal.
pub(in crate::service) fn digest(content: &str) -> String {
    hex::encode(Sha256::digest(content.as_bytes()))
}
