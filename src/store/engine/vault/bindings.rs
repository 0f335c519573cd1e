//! Bindings: by what a row that the hall wrote is told from one that somebody wrote or changed who only has the database.

use uuid::Uuid;

use super::Vault;

impl Vault {
    /// What is stored beside a row so that nobody writes or changes it who only has the database, with the id of its key. Without keys there is none.
    pub(in crate::store) fn binding(&self, parts: &[&str]) -> String {
        let keys = self.keys();
        let key = self.hashing.and_then(|id| keys.get(id));
        key.map(|key| format!("{}.{}", key.id, key.binding(&netstrings(parts)))).unwrap_or_default()
    }

    /// Whether a row is as it was when its binding was stored; none: the key of then is gone, so that nothing can be told.
    pub(in crate::store) fn binds(&self, binding: &str, parts: &[&str]) -> Option<bool> {
        let Some((id, hash)) = binding.split_once('.') else {
            return Some(binding.is_empty() && self.hashing.is_none());
        };
        let id = Uuid::try_parse(id).ok()?;
        self.keys_with(id).ok()?.get(id).map(|key| key.binding(&netstrings(parts)) == hash)
    }
}

/// Several texts as one, of which each can be told where it ends.
fn netstrings(parts: &[&str]) -> String {
    parts.iter().map(|part| format!("{}:{part},", part.len())).collect()
}
