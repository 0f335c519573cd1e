//! Hashes by a data key. Texts that are compared and must not be guessed have one, and rows a *binding*: by what a row that the hall wrote is told
//! from one that somebody wrote or changed who only has the database.
//!
//! Guarantee: where there are data keys, nothing is stored unhashed or unbound because one of them isn't at hand: there is an error.

use uuid::Uuid;

use super::Vault;
use super::data_keys::DataKey;
use crate::store::engine::error::StoreError;

impl Vault {
    /// A keyed hash of a text that is stored to be compared, with the id of its key. A plain digest of something in which a person
    /// stands could be guessed: the rest of it is known, and identity numbers are few. Without keys it is the text.
    ///
    /// # Errors
    /// [`StoreError::Keys`] where the key isn't at hand.
    pub(in crate::store) fn keyed_hash(&self, text: &str) -> Result<String, StoreError> {
        Ok(self.hashed_by(|key| key.keyed_hash(text))?.unwrap_or_else(|| text.to_owned()))
    }

    /// Whether a stored keyed hash is of a text; none: its key is gone, so that nothing can be told.
    pub(in crate::store) fn is_hash_of(&self, stored: &str, text: &str) -> Option<bool> {
        let Some((id, hash)) = stored.split_once('.') else { return Some(stored == text) };
        let id = Uuid::try_parse(id).ok()?;
        self.keys_with(id).ok()?.get(id).map(|key| key.keyed_hash(text) == hash)
    }

    /// What is stored beside a row so that nobody writes or changes it who only has the database, with the id of its key. Without keys there is none.
    ///
    /// # Errors
    /// [`StoreError::Keys`] where the key isn't at hand.
    pub(in crate::store) fn binding(&self, parts: &[&str]) -> Result<String, StoreError> {
        Ok(self.hashed_by(|key| key.binding(&netstrings(parts)))?.unwrap_or_default())
    }

    /// Whether a row is as it was when its binding was stored; none: the key of then is gone, so that nothing can be told.
    pub(in crate::store) fn binds(&self, binding: &str, parts: &[&str]) -> Option<bool> {
        let Some((id, hash)) = binding.split_once('.') else {
            return Some(binding.is_empty() && self.hashing.is_none());
        };
        let id = Uuid::try_parse(id).ok()?;
        self.keys_with(id).ok()?.get(id).map(|key| key.binding(&netstrings(parts)) == hash)
    }

    /// What the data key gives by which is hashed, behind its id; none without keys.
    fn hashed_by(&self, hash: impl Fn(&DataKey) -> String) -> Result<Option<String>, StoreError> {
        let Some(id) = self.hashing else { return Ok(None) };
        let keys = self.keys_with(id)?;
        let key = keys.get(id).ok_or_else(|| self.missing(id))?;
        Ok(Some(format!("{id}.{}", hash(key))))
    }
}

/// Several texts as one, of which each can be told where it ends.
fn netstrings(parts: &[&str]) -> String {
    parts.iter().map(|part| format!("{}:{part},", part.len())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::evidence::suite::Suite;

    #[test]
    fn with_keys_in_use_nothing_is_stored_unbound_or_in_clear() {
        let without = Vault::closed(Suite::International);
        assert!(without.binding(&["session"]).is_ok_and(|binding| binding.is_empty()));
        assert!(without.keyed_hash("typed").is_ok_and(|hash| hash == "typed"));
        let lost = Vault { hashing: Some(Uuid::now_v7()), ..without };
        assert!(matches!(lost.binding(&["session"]), Err(StoreError::Keys(_))));
        assert!(matches!(lost.keyed_hash("typed"), Err(StoreError::Keys(_))));
    }
}
