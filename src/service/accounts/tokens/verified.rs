//! Verified tokens, remembered: checking a signature costs far more than a hash.

use std::collections::HashMap;
use std::sync::Arc;

use super::Claims;

/// How many verified tokens each of the two generations remembers, about 1 MB each.
const REMEMBERED: usize = 2048;

/// A token whose signature was right, and the key that made it.
pub(in crate::service) struct Known {
    pub(in crate::service) claims: Claims,
    pub(in crate::service) key: String,
}

/// Verified tokens by their SHA-256, because checking a signature costs far more than a hash. Two generations: when
/// the younger is full it becomes the older, whose tokens are forgotten unless they are met again meanwhile.
pub(in crate::service) struct Verified<K = Known> {
    younger: HashMap<[u8; 32], Arc<K>>,
    older: HashMap<[u8; 32], Arc<K>>,
}

impl<K> Default for Verified<K> {
    fn default() -> Self {
        Self { younger: HashMap::new(), older: HashMap::new() }
    }
}

impl<K> Verified<K> {
    pub(in crate::service) fn get(&mut self, digest: &[u8; 32]) -> Option<Arc<K>> {
        if let Some(known) = self.younger.get(digest) {
            return Some(known.clone());
        }
        let known = self.older.remove(digest)?;
        self.insert(*digest, known.clone());
        Some(known)
    }

    pub(in crate::service) fn insert(&mut self, digest: [u8; 32], known: Arc<K>) {
        if self.younger.len() >= REMEMBERED {
            self.older = std::mem::take(&mut self.younger);
        }
        self.younger.insert(digest, known);
    }
}
