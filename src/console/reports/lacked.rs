//! What a notice named, in words.

use crate::console::page::visitor::Visitor;
use crate::domain::reports::quality::sort_words;

/// A document of a case type and what was missing of it, by their codes; a code itself where nobody knows it any more.
pub(in crate::console) fn lacked(visitor: &Visitor, case_type: &str, document: &str, defect: &str) -> String {
    let messages = visitor.messages;
    let materials = visitor.service.catalog().current_case_type(case_type).map(|known| &known.materials);
    let known = materials.and_then(|known| known.iter().find(|material| material.code == document));
    let name = known.map_or_else(|| document.to_owned(), |known| messages.of(&known.words).to_owned());
    let sort = sort_words(defect).map_or_else(|| defect.to_owned(), |words| messages.of(&words).to_owned());
    format!("{name} · {sort}")
}

/// The same with the name of the case type, where several ask for such a document.
pub(in crate::console) fn lacked_of(visitor: &Visitor, case_type: &str, document: &str, defect: &str) -> String {
    let messages = visitor.messages;
    let known = visitor.service.catalog().current_case_type(case_type);
    let of = known.map_or_else(|| case_type.to_owned(), |known| messages.of(&known.words).to_owned());
    messages.with("board.lacked_of", &[("case_type", &of), ("lacked", &lacked(visitor, case_type, document, defect))])
}
