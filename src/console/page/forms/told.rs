//! What is told on a page when something was refused: each fault at its field, and a summary at the top that leads to each of them.

use actix_web::http::StatusCode;

use super::super::messages::begun;
use super::super::visitor::Visitor;
use super::field::{Control, Field};
use crate::domain::base::words::{Fault, Words};
use crate::http::problem::{Problem, kinds};
use crate::service::base::error::ServiceError;

/// One thing that stands in the way.
#[derive(Debug)]
pub struct Told {
    /// The id of its field; empty where it is of none.
    pub at: String,
    /// What is wrong and what is expected.
    pub text: String,
}

impl Told {
    /// Something that is of no field.
    pub fn plain(text: impl Into<String>) -> Self {
        Self { at: String::new(), text: text.into() }
    }
}

impl Visitor {
    /// Tells why something was refused: every fault, at its field where one of these is; or the one reason. That somebody else was
    /// quicker is told in the words of pages.
    ///
    /// # Errors
    /// It isn't for the page to tell: the reader may not do it at all, or the service itself is at fault.
    pub fn told<'a>(
        &self,
        refused: impl Into<Problem>,
        fields: impl IntoIterator<Item = &'a mut Field>,
    ) -> Result<Vec<Told>, Problem> {
        let problem = refused.into();
        if !is_for_pages(&problem) {
            return Err(problem);
        }
        let faults = self.told_faults(problem.listed_faults(), fields);
        let mut told = if faults.is_empty() { vec![Told::plain(self.reason(&problem))] } else { faults };
        if problem.code() != kinds::PAGE_EXPIRED.code
            && let Some(unsaved) = self.unsaved()
        {
            told.insert(0, unsaved);
        }
        Ok(told)
    }

    /// That nothing was saved of what came from a page of before; none of a page of this session.
    pub fn unsaved(&self) -> Option<Told> {
        self.is_of_before.then(|| Told::plain(self.reason(&ServiceError::ReadOnly.into())))
    }

    /// What is wrong, for people: the codes among which one must be are for programs.
    pub fn in_words<'a>(&self, fault: &'a Fault) -> &'a str {
        if fault.code == "not_one_of" { self.messages.t("field.not_one_of") } else { self.messages.of(&fault.words) }
    }

    /// Puts each fault at its field, found by the fault's pointer, and makes the summary of all of them: what is of no field first, the
    /// rest in the order of the fields.
    pub fn told_faults<'a>(&self, faults: &[Fault], fields: impl IntoIterator<Item = &'a mut Field>) -> Vec<Told> {
        let mut fields: Vec<&mut Field> = fields.into_iter().collect();
        let mut told: Vec<(Option<usize>, Told)> = faults.iter().map(|fault| self.tell(fault, &mut fields)).collect();
        told.sort_by_key(|(at, _)| *at);
        // Two rules may ask for the same.
        told.dedup_by(|one, other| one.1.at == other.1.at && one.1.text == other.1.text);
        told.into_iter().map(|(_, told)| told).collect()
    }

    /// Puts a fault at its field; answers which that is, and what the summary says.
    fn tell(&self, fault: &Fault, fields: &mut [&mut Field]) -> (Option<usize>, Told) {
        let (pointer, text) = (fault.pointer.trim_start_matches('/'), self.in_words(fault).to_owned());
        let at = fields.iter().position(|field| field.is_at(pointer));
        let at = at.or_else(|| fields.iter().position(|field| field.has(pointer)));
        let Some(field) = at.and_then(|at| fields.get_mut(at)) else { return (None, Told::plain(begun(&text))) };
        // The rules count fen, the field yuan.
        let is_too_little = field.control == Control::Yuan && fault.code == "too_small";
        let text = if is_too_little { self.messages.t("field.no_amount").to_owned() } else { text };
        // Of what is missing beside what was typed, the words name the member as programs do.
        let is_unnamed = fault.code == "missing_field" && !field.is_required;
        let text = if is_unnamed { self.messages.t("field.blank").to_owned() } else { text };
        let label = match field.whose {
            "" => field.label.clone(),
            whose => self.messages.with("field.whose", &[("field", &field.label), ("whose", &whose)]),
        };
        let gaps: [(&str, &dyn std::fmt::Display); 2] = [("field", &label), ("fault", &text)];
        // What is left blank is filled in, chosen or ticked; how long it must be nobody asks of what is empty.
        let said_at = |key: &str| match key {
            "field.choose" => "field.unchosen",
            "field.tick" => "field.unticked",
            _ => "field.blank",
        };
        let (summary, text) = match field.left_blank() {
            Some(key @ "field.fill_in") if fault.code == "missing_field" => {
                (self.messages.fill(key, "field", &label), text)
            }
            Some(key) => (self.messages.fill(key, "field", &label), self.messages.t(said_at(key)).to_owned()),
            None => (self.messages.with("field.fault", &gaps), text),
        };
        field.fault.get_or_insert(begun(&text));
        (at, Told { at: field.id(), text: summary })
    }

    /// Why something wasn't done, in one line: every fault, or the one reason.
    pub fn reasons(&self, refused: impl Into<Problem>) -> String {
        let problem = refused.into();
        let shown = |fault: &Fault| self.in_words(fault).to_owned();
        let faults: Vec<String> = problem.listed_faults().iter().map(shown).collect();
        let all = faults.join(self.messages.t("list.between_reasons"));
        if faults.is_empty() { self.reason(&problem) } else { begun(&all) }
    }

    fn reason(&self, problem: &Problem) -> String {
        if problem.code() == kinds::VERSION_STALE.code {
            return self.messages.t("form.stale").to_owned();
        }
        let words: &Words = problem.told().unwrap_or(problem.title());
        self.messages.line(words)
    }
}

/// Whether the reader can do something about it where they are.
fn is_for_pages(problem: &Problem) -> bool {
    match problem.status() {
        StatusCode::UNPROCESSABLE_ENTITY
        | StatusCode::CONFLICT
        | StatusCode::PRECONDITION_FAILED
        | StatusCode::TOO_MANY_REQUESTS
        | StatusCode::BAD_REQUEST
        | StatusCode::SERVICE_UNAVAILABLE => true,
        // Whoever may do it with others learns beside what they typed that they may not with themselves.
        _ => problem.code() == kinds::OWN_ACCOUNT.code,
    }
}
