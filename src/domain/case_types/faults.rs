//! What is wrong with a definition, and where: shared by case types and workflows.
//!
//! Cast: a [`DefinitionFault`] has a path into the file, which configuration turns into a line; `Faults` collects them,
//! so that one start shows all.

use std::collections::BTreeSet;

use crate::domain::base::words::Words;

/// One thing wrong with a definition, and where: a path such as `actions[3].guards[0]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DefinitionFault {
    /// Keys and indexes from the top of the file.
    pub path: Vec<PathStep>,
    /// What is wrong and what is expected.
    pub message: String,
}

/// One step of a path into a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PathStep {
    /// A key of a table.
    Key(&'static str),
    /// An index of an array, from 0.
    Index(usize),
}

/// Collects faults while a definition is read.
#[derive(Default)]
pub(in crate::domain) struct Faults(pub(in crate::domain) Vec<DefinitionFault>);

impl Faults {
    pub(in crate::domain) fn add(&mut self, path: &[PathStep], message: impl Into<String>) {
        self.0.push(DefinitionFault { path: path.to_vec(), message: message.into() });
    }

    pub(in crate::domain) fn code(&mut self, path: &[PathStep], code: &str, seen: &mut BTreeSet<String>) {
        let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_' || c == '-';
        let path = step(path, PathStep::Key("code"));
        if code.is_empty() || !code.chars().all(plain) {
            self.add(&path, format!("code \"{code}\" must be lower-case letters, digits, - and _"));
        } else if !seen.insert(code.to_owned()) {
            self.add(&path, format!("code \"{code}\" stands twice"));
        }
    }

    pub(in crate::domain) fn words(&mut self, path: &[PathStep], zh: &str, en: &str) -> Words {
        if zh.trim().is_empty() {
            self.add(path, "the Chinese words (zh) are missing");
        }
        if en.trim().is_empty() {
            self.add(path, "the English words (en) are missing");
        }
        Words::new(zh, en)
    }

    /// Codes of a closed vocabulary; unknown ones are faults that name the known ones.
    pub(in crate::domain) fn known<T>(
        &mut self,
        path: &[PathStep],
        what: &str,
        given: &[String],
        known: &[&str],
        parse: impl Fn(&str) -> Option<T>,
    ) -> Vec<T> {
        let mut found = Vec::new();
        for (index, code) in given.iter().enumerate() {
            match parse(code) {
                Some(value) => found.push(value),
                None => self.add(
                    &step(path, PathStep::Index(index)),
                    format!("unknown {what} \"{code}\"; known: {}", known.join(", ")),
                ),
            }
        }
        found
    }
}

pub(in crate::domain) fn step(path: &[PathStep], next: PathStep) -> Vec<PathStep> {
    let mut longer = path.to_vec();
    longer.push(next);
    longer
}
