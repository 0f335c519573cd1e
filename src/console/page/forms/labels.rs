//! What is told on a page when something was refused, each fault with the name of its field.

use actix_web::http::StatusCode;

use super::super::visitor::Visitor;
use crate::http::problem::{Problem, kinds};

/// Fields of a form: the pointer by which the rules name one, and the key of its label.
pub type Labels = &'static [(&'static str, &'static str)];

impl Visitor {
    /// Every fault in what was typed, or the one reason; that somebody else was quicker in the words of pages.
    ///
    /// # Errors
    /// It isn't for this page to tell: whoever may not see it, or a fault of the service itself.
    pub fn told_by_field(&self, refused: impl Into<Problem>, labels: Labels) -> Result<Vec<String>, Problem> {
        let (problem, messages) = (refused.into(), self.messages);
        match problem.status() {
            StatusCode::PRECONDITION_FAILED => return Ok(vec![messages.t("form.stale").to_owned()]),
            StatusCode::UNPROCESSABLE_ENTITY
            | StatusCode::CONFLICT
            | StatusCode::TOO_MANY_REQUESTS
            | StatusCode::BAD_REQUEST => {}
            // Whoever may do it with others learns beside what they typed that they may not with themselves.
            _ if problem.code() == kinds::OWN_ACCOUNT.code => {}
            _ => return Err(problem),
        }
        let label = |pointer: &str| {
            labels.iter().find(|(of, _)| pointer == *of || pointer.starts_with(&format!("{of}/"))).map(|(_, key)| *key)
        };
        let faults = problem.listed_faults().iter().map(|fault| {
            let words = messages.of(&fault.words);
            match label(&fault.pointer) {
                Some(key) => messages.with("form.fault", &[("field", &messages.t(key)), ("fault", &words)]),
                None => words.to_owned(),
            }
        });
        let faults: Vec<String> = faults.collect();
        let reason = || vec![messages.of(problem.told().unwrap_or(problem.title())).to_owned()];
        Ok(if faults.is_empty() { reason() } else { faults })
    }
}
