//! The page `/docs/problems`: every code that a refusal may have, so that a problem's `type` leads somewhere.

use std::collections::BTreeSet;
use std::fmt::Write;

use crate::domain::base::words::{Language, Words};
use crate::domain::case_types::codes::Guard;
use crate::domain::cases::refusal::code::RefusalCode;
use crate::domain::certificates::refusal::CertificateRefusalCode;
use crate::http::problem::kinds;

/// One line for each code.
pub(super) fn page() -> String {
    let mut page = String::from(
        "<!DOCTYPE html><html lang=\"zh\"><head><meta charset=\"utf-8\"><title>Casehall: problems</title></head><body>\
         <h1>错误代码 · Problems</h1><table><tr><th>code</th><th>HTTP</th><th>zh</th><th>en</th></tr>",
    );
    for kind in kinds::ALL {
        row(&mut page, kind.code, kind.code, Some(kind.status.as_u16()), &kind.title());
    }
    page.push_str(
        "</table><h2>不能办理的原因 · Why something isn't done (403, 404, 409, 422; blocked_by[].code)</h2>\
         <table><tr><th>code</th><th>zh</th><th>en</th></tr>",
    );
    for (code, words) in refusals() {
        row(&mut page, code, code, None, &words);
    }
    page.push_str("</table><h2>errors[].code</h2><table><tr><th>code</th><th>zh</th><th>en</th></tr>");
    for (code, zh, en) in kinds::FAULTS {
        row(&mut page, &format!("errors-{code}"), code, None, &Words::new(*zh, *en));
    }
    page.push_str("</table></body></html>");
    page
}

/// Every code on the page: of problems, and of the faults and reasons in them.
pub fn codes() -> BTreeSet<&'static str> {
    let kinds = kinds::ALL.iter().map(|kind| kind.code);
    let refusals = refusals().into_iter().map(|(code, _)| code);
    kinds.chain(refusals).chain(kinds::FAULTS.iter().map(|(code, ..)| *code)).collect()
}

/// The codes of refusals of the rules, each once; those that a kind of problem has too stand among the kinds.
fn refusals() -> Vec<(&'static str, Words)> {
    let of_cases = RefusalCode::ALL.into_iter().map(|code| (code.code(), code.words()));
    let of_certificates = CertificateRefusalCode::ALL.into_iter().map(|code| (code.code(), code.words()));
    let of_guards = Guard::ALL.into_iter().map(|guard| {
        let Words { zh, en } = guard.words();
        (guard.code(), Words::new(format!("须先满足：{zh}"), format!("Needed first: {en}")))
    });
    let mut found: Vec<(&'static str, Words)> = Vec::new();
    for (code, words) in of_cases.chain(of_certificates).chain(of_guards) {
        let is_there = kinds::ALL.iter().any(|kind| kind.code == code) || found.iter().any(|(known, _)| *known == code);
        if !is_there {
            found.push((code, words));
        }
    }
    found.sort_unstable_by_key(|(code, _)| *code);
    found
}

fn row(page: &mut String, id: &str, code: &str, status: Option<u16>, words: &Words) {
    let status = status.map(|status| format!("<td>{status}</td>")).unwrap_or_default();
    let (zh, en) = (words.text(Language::Chinese), words.text(Language::English));
    let _ = write!(page, "<tr id=\"{id}\"><td>{code}</td>{status}<td>{zh}</td><td>{en}</td></tr>");
}
