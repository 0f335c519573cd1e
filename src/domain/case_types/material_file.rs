//! The documents of case type files, and their validation.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::case_type::{Copies, Material, Original, Persons, ReplacementReason, RequiredWhen};
use super::faults::{Faults, PathStep, step};
use super::file::one_of;

/// A document as a file has it.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
#[allow(missing_docs)] // the fields are those of Material
pub struct MaterialEntry {
    pub code: String,
    pub zh: String,
    pub en: String,
    pub copies: Option<CountEntry>,
    pub stamped: Option<FlagEntry>,
    pub original: Option<String>,
    pub persons: Option<String>,
    pub required_when: Option<String>,
    // Absent where it is none, so that the content of editions without it stays what it was.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deferrable_working_days: Option<u32>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub copies_go_to: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub also_called: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub for_other_kinds_zh: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub for_other_kinds_en: Option<String>,
}

/// A number, or the word `unspecified`.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(untagged)]
pub enum CountEntry {
    /// A number.
    Number(u32),
    /// A word.
    Word(String),
}

/// Yes or no, or the word `unspecified`.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(untagged)]
pub enum FlagEntry {
    /// Yes or no.
    Flag(bool),
    /// A word.
    Word(String),
}

/// No document is asked for in more copies than this.
const MOST_COPIES: u32 = 20;
/// No document may be brought later than so many working days.
const MOST_DEFERRED: u32 = 60;

pub(super) fn validated_material(
    entry: &MaterialEntry,
    index: usize,
    seen: &mut BTreeSet<String>,
    faults: &mut Faults,
) -> Material {
    let path = [PathStep::Key("materials"), PathStep::Index(index)];
    let at = |key| step(&path, PathStep::Key(key));
    faults.code(&path, &entry.code, seen);
    let words = faults.words(&path, &entry.zh, &entry.en);
    let other_kinds = (entry.for_other_kinds_zh.as_deref(), entry.for_other_kinds_en.as_deref());
    let for_other_kinds = (other_kinds != (None, None))
        .then(|| faults.words(&path, other_kinds.0.unwrap_or_default(), other_kinds.1.unwrap_or_default()));
    let copies = match &entry.copies {
        None => Copies::Exactly(0),
        Some(CountEntry::Number(count)) if *count <= MOST_COPIES => Copies::Exactly(*count),
        Some(CountEntry::Word(word)) if word == "unspecified" => Copies::Unspecified,
        Some(_) => {
            faults.add(&at("copies"), format!("copies must be 0 to {MOST_COPIES} or \"unspecified\""));
            Copies::Unspecified
        }
    };
    let stamped = match &entry.stamped {
        None => false,
        Some(FlagEntry::Flag(stamped)) => *stamped,
        Some(FlagEntry::Word(word)) if word == "unspecified" => false,
        Some(FlagEntry::Word(_)) => {
            faults.add(&at("stamped"), "stamped must be true, false or \"unspecified\"");
            false
        }
    };
    if stamped && !matches!(copies, Copies::Exactly(1..)) {
        faults.add(&at("stamped"), "`stamped` needs a number of copies");
    }
    let originals = [
        ("none", Original::None),
        ("sighted", Original::Sighted),
        ("presented", Original::Presented),
        ("unspecified", Original::Unspecified),
    ];
    let original = match entry.original.as_deref() {
        None => Some(Original::None),
        Some(word) => one_of(faults, &at("original"), word, &originals),
    };
    if copies == Copies::Exactly(0) && original == Some(Original::None) {
        faults.add(&path, "the document requires neither copies nor an original");
    }
    let persons = entry
        .persons
        .as_deref()
        .and_then(|word| one_of(faults, &at("persons"), word, &[("each", Persons::Each), ("either", Persons::Either)]));
    let required_when = match entry.required_when.as_deref() {
        None => RequiredWhen::Always,
        Some(word) => {
            let known = [
                ("without_unified_code", RequiredWhen::WithoutUnifiedCode),
                ("lost", RequiredWhen::Replacing(ReplacementReason::Lost)),
                ("damaged", RequiredWhen::Replacing(ReplacementReason::Damaged)),
            ];
            one_of(faults, &at("required_when"), word, &known).unwrap_or(RequiredWhen::Always)
        }
    };
    if entry.also_called.iter().any(|name| name.trim().is_empty()) {
        faults.add(&at("also_called"), "`also_called` has a blank name");
    }
    if entry.deferrable_working_days.is_some_and(|days| !(1..=MOST_DEFERRED).contains(&days)) {
        let message = format!("deferrable_working_days must be 1 to {MOST_DEFERRED}");
        faults.add(&at("deferrable_working_days"), message);
    }
    Material {
        code: entry.code.clone(),
        number: u32::try_from(index + 1).unwrap_or(u32::MAX),
        words,
        also_called: entry.also_called.clone(),
        for_other_kinds,
        copies,
        stamped,
        original: original.unwrap_or(Original::None),
        persons,
        required_when,
        deferrable_working_days: entry.deferrable_working_days,
        copies_go_to: entry.copies_go_to.clone(),
    }
}
