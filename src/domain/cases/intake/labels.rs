//! Labels: what a case is called in the books of whoever opened it, and what they keep with it to find it by.
//!
//! Cast: a [`LabelsDraft`] is what was typed; [`Labels`] are what is kept, a reference and pairs of metadata.
//!
//! Guarantees: nothing that is the number of a resident or of a mobile phone is kept. Nothing else of a person belongs here, either, but what a
//! text means nobody can check: so the values of metadata are kept as persons' names are, encrypted, and erased with the case's persons.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::domain::base::form::Form;
use crate::domain::base::identity_document::names_a_person;
use crate::domain::base::person::stored_encrypted;
use crate::domain::base::words::Fault;

/// Most characters of a reference.
pub const REFERENCE_CHARACTERS: usize = 64;
/// Most pairs of metadata.
pub const MOST_PAIRS: usize = 20;
/// Most characters of the key of a pair.
pub const KEY_CHARACTERS: usize = 40;
/// Most characters of the value of a pair.
pub const VALUE_CHARACTERS: usize = 500;

/// The labels of a case.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Labels {
    /// The caller's own number of the case.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reference: Option<String>,
    /// What the caller keeps with it, by key.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub metadata: BTreeMap<String, MetadataValue>,
}

/// What stands under a key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MetadataValue(#[serde(with = "stored_encrypted")] String);

/// Labels as somebody typed them; what is left out is removed.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = LabelsRequest, example = json!({ "reference": "GZ-2026-0147", "metadata": { "order_id": "A-1047" } }))]
pub struct LabelsDraft {
    /// The caller's own number of the case. Blanks around it don't count. null, as a case without one is shown, is as if it were left out.
    #[schema(min_length = 1, max_length = 64, example = "GZ-2026-0147")]
    pub reference: Option<String>,
    /// What the caller keeps with the case: up to 20 pairs of a key and a value, around which blanks don't count. Nothing of a person belongs in
    /// them.
    #[serde(default)]
    pub metadata: BTreeMap<String, String>,
}

impl MetadataValue {
    /// The value.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Labels {
    /// Checks what somebody typed.
    ///
    /// # Errors
    /// Every fault, each with the pointer of its member.
    pub fn checked(draft: &LabelsDraft) -> Result<Self, Vec<Fault>> {
        let mut form = Form::default();
        let labels = form.labels(draft.reference.as_deref(), &draft.metadata);
        form.finish(Some(labels))
    }

    /// Whether there are none.
    pub(in crate::domain) fn are_none(&self) -> bool {
        *self == Self::default()
    }

    /// The pairs as they are searched by: key and value, with a colon between.
    pub fn pairs(&self) -> impl Iterator<Item = String> {
        self.metadata.iter().map(|(key, MetadataValue(value))| pair(key, value))
    }
}

/// A pair as it is searched by. No key has a colon.
fn pair(key: &str, value: &str) -> String {
    format!("{key}:{value}")
}

impl Form {
    /// Labels; what they are counts only where nothing is wrong with them.
    pub(in crate::domain) fn labels(&mut self, reference: Option<&str>, metadata: &BTreeMap<String, String>) -> Labels {
        let reference = reference.and_then(|typed| self.reference("/reference", typed));
        if let Some(reference) = &reference {
            self.no_person("/reference", reference);
        }
        if metadata.len() > MOST_PAIRS {
            self.fault("/metadata", "too_many_items", "最多20项", "at most 20 pairs are allowed");
        }
        let mut kept = BTreeMap::new();
        for (key, typed) in metadata {
            let pointer = format!("/metadata/{}", key.replace('~', "~0").replace('/', "~1"));
            if !is_key(key) {
                let zh = "名称须以小写字母开头，只能有小写字母、数字和 _ . -，最多40个字符";
                let en = "a key has up to 40 lower-case letters, digits, _ . and -, and begins with a letter";
                self.fault(&pointer, "bad_pattern", zh, en);
            }
            if let Some(value) = self.text(&pointer, typed, VALUE_CHARACTERS) {
                self.no_person(&pointer, &value);
                kept.insert(key.clone(), MetadataValue(value));
            }
        }
        Labels { reference, metadata: kept }
    }

    /// A reference, kept or searched by.
    pub(crate) fn reference(&mut self, pointer: &str, typed: &str) -> Option<String> {
        self.line(pointer, typed, REFERENCE_CHARACTERS)
    }

    /// A pair that is searched by, as [`Labels::pairs`] has it.
    pub(crate) fn pair(&mut self, pointer: &str, typed: &str) -> Option<String> {
        let parts = typed.split_once(':').filter(|(key, _)| is_key(key));
        if parts.is_none() {
            let en = "must be a key and a value with a colon between, such as order_id:A-1047";
            self.fault(pointer, "bad_pattern", "须为名称、冒号和值，例如 order_id:A-1047", en);
        }
        let (key, value) = parts?;
        Some(pair(key, &self.text(pointer, value, VALUE_CHARACTERS)?))
    }

    fn no_person(&mut self, pointer: &str, text: &str) {
        if names_a_person(text) {
            let en = "must not hold a person's number: nothing of a person belongs here";
            self.fault(pointer, "holds_number", "不得填写身份证件号码或手机号码：此处不得有个人信息", en);
        }
    }
}

fn is_key(key: &str) -> bool {
    let (first, mut rest) = (key.bytes().next(), key.bytes().skip(1));
    first.is_some_and(|byte| byte.is_ascii_lowercase())
        && rest.all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'_' | b'.' | b'-'))
        && key.len() <= KEY_CHARACTERS
}
