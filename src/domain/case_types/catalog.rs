//! The catalog: every case type and workflow in every edition that a case may still be on.
//!
//! New cases start with the current edition; a case keeps the one it was opened with. A definition's
//! [`fingerprint`](Edition::content) shows when a file was changed under an old edition number.

use std::collections::BTreeMap;

use super::case_type::{CaseType, CertificateSubject};
use super::codes::Effect;
use super::definition::Definition;
use super::faults::{DefinitionFault, PathStep};
use super::pinned::Pinned;
use super::workflow::Workflow;

use crate::domain::base::vocabulary::vocabulary;
use crate::domain::calendar::deadline::DeadlineRule;

vocabulary! {
    /// What an edition is an edition of.
    pub enum EditionKind {
        /// A case type.
        CaseType = "case_type";
        /// A workflow.
        Workflow = "workflow";
    }
}

/// One edition of a definition as it is kept: comments and layout of its file don't count.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edition {
    /// What it is an edition of.
    pub kind: EditionKind,
    /// Code and number.
    pub pinned: Pinned,
    /// The definition in canonical JSON.
    pub content: String,
}

/// Every definition by code and edition.
#[derive(Debug, Clone, Default)]
pub struct Catalog {
    case_types: BTreeMap<(String, u32), CaseType>,
    workflows: BTreeMap<(String, u32), Workflow>,
    current_case_types: BTreeMap<String, u32>,
    current_workflows: BTreeMap<String, u32>,
    chosen_workflows: BTreeMap<String, String>,
}

impl Catalog {
    /// Adds a case type that new cases start with.
    pub fn add_current_case_type(&mut self, case_type: CaseType) {
        self.current_case_types.insert(case_type.code.clone(), case_type.edition);
        self.add_case_type(case_type);
    }

    /// Adds a workflow that new cases start with.
    pub fn add_current_workflow(&mut self, workflow: Workflow) {
        self.current_workflows.insert(workflow.code.clone(), workflow.edition);
        self.add_workflow(workflow);
    }

    /// Adds an edition that only old cases are on.
    pub fn add_case_type(&mut self, case_type: CaseType) {
        self.case_types.insert((case_type.code.clone(), case_type.edition), case_type);
    }

    /// Adds an edition that only old cases are on.
    pub fn add_workflow(&mut self, workflow: Workflow) {
        self.workflows.insert((workflow.code.clone(), workflow.edition), workflow);
    }

    /// Chooses the workflow of a case type among those it can run on (the order of checking and making).
    ///
    /// # Errors
    /// What is wrong with the choice, in words.
    pub fn choose_workflow(&mut self, case_type: &str, workflow: &str) -> Result<(), String> {
        let Some(known) = self.current_case_type(case_type) else {
            let codes: Vec<&str> = self.current_case_types.keys().map(String::as_str).collect();
            return Err(format!("unknown case type \"{case_type}\"; known: {}", codes.join(", ")));
        };
        if !known.workflows.iter().any(|code| code == workflow) {
            let known = known.workflows.join(", ");
            return Err(format!("case type \"{case_type}\" can't run on workflow \"{workflow}\"; known: {known}"));
        }
        self.chosen_workflows.insert(case_type.to_owned(), workflow.to_owned());
        Ok(())
    }

    /// What doesn't fit together, as pairs of a case type's code and a fault of its file. Without `applications` they
    /// aren't known; a workflow that `is_faulty` itself isn't in the catalog and isn't held against anybody.
    pub fn contradictions(
        &self,
        applications: Option<&[&str]>,
        is_faulty: &dyn Fn(&str) -> bool,
    ) -> Vec<(String, DefinitionFault)> {
        use PathStep::{Index, Key};
        let mut found = Vec::new();
        for case_type in self.current() {
            let mut say = |key: &'static str, index: usize, message: String| {
                found.push((case_type.code.clone(), DefinitionFault { path: vec![Key(key), Index(index)], message }));
            };
            for (index, application) in case_type.required_applications.iter().enumerate() {
                if let Some(applications) = applications
                    && !applications.contains(&application.as_str())
                {
                    let known = applications.join(", ");
                    let message =
                        format!("unknown application \"{application}\"; known: {known} (settings, [[applications]])");
                    say("required_applications", index, message);
                }
            }
            for (index, code) in case_type.workflows.iter().enumerate() {
                let mut say = |message| say("workflows", index, message);
                let Some(workflow) = self.current_workflow(code) else {
                    if !is_faulty(code) {
                        let known: Vec<&str> = self.current_workflows.keys().map(String::as_str).collect();
                        say(format!("unknown workflow \"{code}\"; known: {}", known.join(", ")));
                    }
                    continue;
                };
                let makes = workflow.has_effect(Effect::MakeCertificate);
                match case_type.certificate {
                    CertificateSubject::New | CertificateSubject::Replaced if !makes => {
                        say(format!("makes a certificate, but workflow \"{code}\" has no effect make_certificate"));
                    }
                    CertificateSubject::Held if makes => {
                        say(format!("works on the held certificate, but workflow \"{code}\" makes one"));
                    }
                    CertificateSubject::Replaced if !workflow.has_effect(Effect::RevokeHeldCertificate) => {
                        say(format!(
                            "replaces a certificate, but workflow \"{code}\" has no effect revoke_held_certificate"
                        ));
                    }
                    _ => {}
                }
                let works_on_it = [
                    Effect::UnlockCertificate,
                    Effect::RenewCertificate,
                    Effect::ChangeCertificate,
                    Effect::RevokeHeldCertificate,
                ];
                if case_type.certificate == CertificateSubject::New {
                    for effect in works_on_it.into_iter().filter(|effect| workflow.has_effect(*effect)) {
                        let effect = effect.code();
                        say(format!("makes a new certificate, but workflow \"{code}\" has the effect {effect}"));
                    }
                }
            }
        }
        found
    }

    /// Case types that can be applied for, by code.
    pub fn current(&self) -> impl Iterator<Item = &CaseType> {
        self.current_case_types.iter().filter_map(|(code, edition)| self.case_types.get(&(code.clone(), *edition)))
    }

    /// The deadline that most case types have; of those that as many have, the one whose first case type comes first. None where none
    /// has one.
    pub fn usual_deadline(&self) -> Option<DeadlineRule> {
        let rules: Vec<DeadlineRule> = self.current().filter_map(|known| known.deadline).collect();
        let how_many = |rule: &DeadlineRule| rules.iter().filter(|other| *other == rule).count();
        rules.iter().copied().rev().max_by_key(how_many)
    }

    /// Every edition of every case type, those that only old cases are on as well.
    pub fn case_types(&self) -> impl Iterator<Item = &CaseType> {
        self.case_types.values()
    }

    /// Every edition of every workflow.
    pub fn workflows(&self) -> impl Iterator<Item = &Workflow> {
        self.workflows.values()
    }

    /// The workflows that new cases of a case type can run on.
    pub fn workflows_of<'a>(&'a self, case_type: &'a CaseType) -> impl Iterator<Item = &'a Workflow> {
        case_type.workflows.iter().filter_map(|code| self.current_workflow(code))
    }

    /// An edition of a case type.
    pub fn case_type(&self, code: &str, edition: i32) -> Option<&CaseType> {
        self.case_types.get(&(code.to_owned(), u32::try_from(edition).ok()?))
    }

    /// The current edition of a case type.
    pub fn current_case_type(&self, code: &str) -> Option<&CaseType> {
        self.case_types.get(&(code.to_owned(), *self.current_case_types.get(code)?))
    }

    /// The current edition of a workflow.
    pub fn current_workflow(&self, code: &str) -> Option<&Workflow> {
        self.workflows.get(&(code.to_owned(), *self.current_workflows.get(code)?))
    }

    /// A workflow in an edition.
    pub fn workflow(&self, code: &str, edition: i32) -> Option<&Workflow> {
        self.workflows.get(&(code.to_owned(), u32::try_from(edition).ok()?))
    }

    /// What a new case of this type runs on.
    pub fn opening(&self, case_type: &str) -> Option<Definition<'_>> {
        let case_type = self.current_case_type(case_type)?;
        let chosen = self.chosen_workflows.get(&case_type.code).or(case_type.workflows.first())?;
        Some(Definition { case_type, workflow: self.current_workflow(chosen)? })
    }

    /// Whether it has an edition.
    pub fn has(&self, kind: EditionKind, pinned: &Pinned) -> bool {
        let key = (pinned.code.clone(), pinned.edition);
        match kind {
            EditionKind::CaseType => self.case_types.contains_key(&key),
            EditionKind::Workflow => self.workflows.contains_key(&key),
        }
    }

    /// The definition of these editions: what a case that was opened with them runs on.
    pub fn of(&self, case_type: &Pinned, workflow: &Pinned) -> Option<Definition<'_>> {
        let case_type = self.case_types.get(&(case_type.code.clone(), case_type.edition))?;
        let workflow = self.workflows.get(&(workflow.code.clone(), workflow.edition))?;
        Some(Definition { case_type, workflow })
    }
}
