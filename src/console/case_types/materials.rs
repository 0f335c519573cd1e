//! The checklist of a case type in words.

use crate::console::page::visitor::Visitor;
use crate::domain::case_types::case_type::{Copies, Material, Original, Persons, RequiredWhen};

/// A document.
pub(super) struct MaterialLine {
    pub(super) number: u32,
    pub(super) name: String,
    /// Under which other names, which the guide has in Chinese.
    pub(super) also_called: String,
    pub(super) others: String,
    pub(super) copies: String,
    pub(super) stamped: String,
    pub(super) original: String,
    pub(super) persons: String,
    pub(super) when: String,
}

/// A document in the reader's language.
pub(super) fn line(visitor: &Visitor, material: &Material) -> MaterialLine {
    let messages = visitor.messages;
    let text = |key: &str| messages.t(key).to_owned();
    let unspecified = || text("case_types.unspecified");
    let mut others = Vec::new();
    let for_others = material.for_other_kinds.as_ref().map(|words| messages.of(words));
    others.extend(for_others.map(|name| messages.fill("case_types.for_others", "name", name)));
    let deferrable = material.deferrable_working_days;
    others.extend(deferrable.map(|days| messages.fill("case_types.deferrable", "days", days)));
    MaterialLine {
        also_called: material.also_called.join("、"),
        number: material.number,
        name: messages.of(&material.words).to_owned(),
        others: others.join(messages.t("list.between_reasons")),
        copies: match material.copies {
            Copies::Exactly(0) => "–".to_owned(),
            Copies::Exactly(copies) => copies.to_string(),
            Copies::Unspecified => unspecified(),
        },
        stamped: if material.stamped { text("case_types.stamped") } else { "–".to_owned() },
        original: match material.original {
            Original::None => "–".to_owned(),
            Original::Sighted => text("case_types.sighted"),
            Original::Presented => text("case_types.presented"),
            Original::Unspecified => unspecified(),
        },
        persons: match material.persons {
            None => "–".to_owned(),
            Some(Persons::Each) => text("case_types.each"),
            Some(Persons::Either) => text("case_types.either"),
        },
        when: match material.required_when {
            RequiredWhen::Always => text("case_types.always"),
            RequiredWhen::WithoutUnifiedCode => text("case_types.without_code"),
            RequiredWhen::Replacing(reason) => {
                messages.fill("case_types.replacing", "reason", messages.of(&reason.words()))
            }
        },
    }
}
