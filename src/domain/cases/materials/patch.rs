//! What is to be recorded of a row whose other findings stay: a merge patch (RFC 7396).

use serde::{Deserialize, Deserializer};
use utoipa::ToSchema;

use super::checklist::MaterialCheck;
use crate::domain::base::words::{Fault, Words};
use crate::domain::cases::input::MaterialDraft;

/// What is to be recorded of one row; members that are left out stay as they were found.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = MaterialPatchRequest, example = json!({ "copies_received": 3, "copies_stamped": 3, "remark": null }))]
pub struct MaterialPatch {
    /// Copies received.
    #[schema(minimum = 0, maximum = 99, example = 3, nullable = false)]
    pub copies_received: Option<u32>,
    /// How many of them bear the organization's official seal.
    #[schema(minimum = 0, maximum = 99, example = 3, nullable = false)]
    pub copies_stamped: Option<u32>,
    /// The original was sighted or presented.
    #[schema(nullable = false)]
    pub original_sighted: Option<bool>,
    /// Code of the reason why it doesn't do; null: it does.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>, max_length = 64, required = false)]
    pub reason: Option<Option<String>>,
    /// Remark; null: none.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>, max_length = 500, required = false)]
    pub remark: Option<Option<String>>,
}

/// Null is given, too.
fn given<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Option<String>>, D::Error> {
    Option::deserialize(from).map(Some)
}

impl MaterialPatch {
    /// Whether it has anything in it.
    pub fn is_given(&self) -> bool {
        let Self { copies_received, copies_stamped, original_sighted, reason, remark } = self;
        let counts = copies_received.is_some() || copies_stamped.is_some();
        counts || original_sighted.is_some() || reason.is_some() || remark.is_some()
    }

    /// The check of a row with it, over what was found there before, if anything was.
    ///
    /// # Errors
    /// What is missing where nothing was found before.
    pub fn merged(&self, material: &str, found: Option<&MaterialCheck>) -> Result<MaterialDraft, Vec<Fault>> {
        let copies_received = self.copies_received.or(found.map(|found| found.copies_received));
        let copies_stamped = self.copies_stamped.or(found.map(|found| found.copies_stamped));
        let (Some(copies_received), Some(copies_stamped)) = (copies_received, copies_stamped) else {
            let needed = [("/copies_received", copies_received), ("/copies_stamped", copies_stamped)];
            let missing = needed.into_iter().filter(|(_, given)| given.is_none());
            return Err(missing.map(|(pointer, _)| Fault::new(pointer, "missing_field", unchecked())).collect());
        };
        let kept = |given: &Option<Option<String>>, before: fn(&MaterialCheck) -> &Option<String>| {
            given.clone().unwrap_or_else(|| found.and_then(|found| before(found).clone()))
        };
        let sighted = self.original_sighted.or(found.map(|found| found.original_sighted));
        Ok(MaterialDraft {
            material: material.to_owned(),
            copies_received,
            copies_stamped,
            original_sighted: sighted.unwrap_or_default(),
            reason: kept(&self.reason, |found| &found.reason),
            remark: kept(&self.remark, |found| &found.remark),
        })
    }
}

fn unchecked() -> Words {
    Words::new("该材料尚未核验，须填写此项", "nobody has checked the row yet: this is needed")
}
