//! Details of an entry as people read them: they are stored by codes, which say the same for ever. What has no words here is shown as
//! a code, and as one only.

use crate::console::page::visitor::Visitor;
use crate::domain::accounts::audit::{AuditKind, AuditSubjectKind, WHOLE_HALL};
use crate::domain::accounts::disclosure::{DisclosurePurpose, PersonField, PersonOfCase};
use crate::domain::accounts::role::{Role, Scope};
use crate::domain::applicants::paper::Paper;
use crate::domain::certificates::import::ImportState;
use crate::domain::evidence::finding::FindingKind;
use crate::domain::retention::ErasureGround;

/// A text in words, or a code that has none.
pub(super) struct Said {
    pub(super) text: String,
    pub(super) is_code: bool,
}

/// What a detail is called.
pub(super) fn name(visitor: &Visitor, name: &str) -> Said {
    in_messages(visitor, &format!("audit.detail.{name}")).unwrap_or_else(|| code(name))
}

/// Details that are names, which may look like a code.
const NAMES: [&str; 13] = [
    "entered_by_name",
    "decided_by_name",
    "username",
    "name",
    "display_name",
    "credential",
    "key",
    "file",
    "command",
    "first",
    "issuer",
    "subject",
    "token",
];

/// What a detail says: a code, several of them, or a text.
pub(super) fn value(visitor: &Visitor, of: &str, value: &str) -> Said {
    if NAMES.contains(&of) {
        return Said { text: value.to_owned(), is_code: value.is_ascii() };
    }
    // People type reasons, the program has codes for its own.
    if of == "reason" {
        let of_program = in_messages(visitor, &format!("audit.value.{value}"));
        return of_program.unwrap_or_else(|| Said { text: value.to_owned(), is_code: false });
    }
    let codes: Vec<&str> = value.split([' ', ',']).filter(|code| !code.is_empty()).collect();
    let words: Option<Vec<String>> = codes.iter().map(|code| word(visitor, code)).collect();
    match words.filter(|words| !words.is_empty()) {
        Some(words) => Said { text: words.join(visitor.messages.t("list.between")), is_code: false },
        None if value.is_ascii() => code(value),
        None => Said { text: value.to_owned(), is_code: false },
    }
}

/// Kind and id of what an entry is about: a report has a name, anything else is told by its id.
pub(super) fn subject(visitor: &Visitor, kind: &str, id: &str) -> (String, String) {
    let known = AuditSubjectKind::from_code(kind);
    let named = known.map_or_else(|| kind.to_owned(), |kind| visitor.messages.line(&kind.words()));
    match in_messages(visitor, &format!("report.{id}")).filter(|_| known == Some(AuditSubjectKind::Report)) {
        Some(report) => (format!("{named} {}", report.text), String::new()),
        None => (named, id.to_owned()),
    }
}

fn code(code: &str) -> Said {
    Said { text: code.to_owned(), is_code: true }
}

fn in_messages(visitor: &Visitor, key: &str) -> Option<Said> {
    let text = visitor.messages.t(key);
    (text != key).then(|| Said { text: text.to_owned(), is_code: false })
}

/// What a code means; none of what is no code that the program knows.
fn word(visitor: &Visitor, code: &str) -> Option<String> {
    if code == WHOLE_HALL {
        return Some(visitor.messages.t("frame.whole_hall").to_owned());
    }
    let outlet = || visitor.service.hall().outlet(code).map(|outlet| outlet.words.clone());
    let words = Role::from_code(code)
        .map(Role::words)
        .or_else(|| Scope::from_code(code).map(Scope::words))
        .or_else(|| Paper::from_code(code).map(Paper::words))
        .or_else(|| DisclosurePurpose::from_code(code).map(DisclosurePurpose::words))
        .or_else(|| PersonOfCase::from_code(code).map(PersonOfCase::words))
        .or_else(|| PersonField::from_code(code).map(PersonField::words))
        .or_else(|| ErasureGround::from_code(code).map(ErasureGround::words))
        .or_else(|| AuditKind::from_code(code).map(AuditKind::words))
        .or_else(|| ImportState::from_code(code).map(ImportState::words))
        .or_else(|| FindingKind::from_code(code).map(FindingKind::words))
        .or_else(outlet);
    // What was changed is told by the names of its details.
    let of = |kind: &str| in_messages(visitor, &format!("audit.{kind}.{code}")).map(|said| said.text);
    words.map(|words| visitor.messages.of(&words).to_owned()).or_else(|| of("value")).or_else(|| of("detail"))
}
