//! Case types: what the hall offers, with the checklist, the deadline and the fee of each, as data.
//!
//! Cast: a [`CaseTypeFile`] is what a configuration file says; [`CaseType::validated`] makes a [`CaseType`] of it or says
//! everything that is wrong. What "unspecified" in the guide means stays unspecified: presence is what is checked.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::deadline::DeadlineRule;
use super::definition::{DefinitionFault, Faults, PathStep, step};
use super::fee::FeeItem;
use super::role::Role;
use super::words::Words;

/// What a case does with the organization's certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CertificateSubject {
    /// It produces one; an organization may have only one (guide, section 1: 同一个企业只能申请一个“机构证书”).
    New,
    /// It works on the one the organization holds.
    Held,
}

/// How many copies of a document are asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Copies {
    /// This many; 0 where only the original is shown.
    Exactly(u32),
    /// The guide doesn't say: one is enough.
    Unspecified,
}

/// What is asked of the original of a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Original {
    /// Nothing.
    None,
    /// It is sighted beside its copies (原件).
    Sighted,
    /// It is presented itself.
    Presented,
    /// The guide doesn't say: showing it does as well as a copy.
    Unspecified,
}

/// Whose document it is, where it is a person's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Persons {
    /// The applicant's and the agent's (及): a sheet for each where they are two persons.
    Each,
    /// The applicant's or the agent's (或): one sheet.
    Either,
}

/// When a document is asked for at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RequiredWhen {
    /// Always.
    Always,
    /// Only of organizations without an 18-digit unified social credit code (三证合一, since 2015-10-01).
    WithoutUnifiedCode,
}

/// A document of the checklist.
#[derive(Debug, Clone)]
pub struct Material {
    /// Code, unique in the case type.
    pub code: String,
    /// Its number in the guide's list, from 1.
    pub number: u32,
    /// What people call it.
    pub words: Words,
    /// Copies asked for.
    pub copies: Copies,
    /// Whether each copy bears the organization's official seal (加盖单位公章).
    pub stamped: bool,
    /// What is asked of the original.
    pub original: Original,
    /// Whose it is, where it is a person's.
    pub persons: Option<Persons>,
    /// When it is asked for.
    pub required_when: RequiredWhen,
    /// Within how many working days it may be brought later, where a commitment to bring it does (容缺受理).
    pub deferrable_working_days: Option<u32>,
}

/// Why a document doesn't do although it is there; the number is what clerks type.
#[derive(Debug, Clone)]
pub struct DefectReason {
    /// Code, unique in the case type.
    pub code: String,
    /// What people call it.
    pub words: Words,
}

/// The reason code that says nothing by itself and so needs a remark.
pub const OTHER_REASON: &str = "other";

/// A validated case type.
#[derive(Debug, Clone)]
pub struct CaseType {
    /// Code of the case type, the file's name.
    pub code: String,
    /// Edition, from 1; a case keeps the one it was opened with.
    pub edition: u32,
    /// What people call it.
    pub words: Words,
    /// Where its rules come from.
    pub source: String,
    /// Workflows it can run on; the first is the default.
    pub workflows: Vec<String>,
    /// Who may open a case.
    pub opened_by: Vec<Role>,
    /// What it does with the organization's certificate.
    pub certificate: CertificateSubject,
    /// Applications that must be applied for.
    pub required_applications: Vec<String>,
    /// What the fee is made of.
    pub fees: Vec<FeeItem>,
    /// Working days of production, where something is produced.
    pub deadline: Option<DeadlineRule>,
    /// The checklist in the guide's order.
    pub materials: Vec<Material>,
    /// Reasons for defects, in the order of their numbers.
    pub defect_reasons: Vec<DefectReason>,
}

impl CaseType {
    /// A reason for a defect by its code.
    pub fn defect_reason(&self, code: &str) -> Option<&DefectReason> {
        self.defect_reasons.iter().find(|reason| reason.code == code)
    }
}

/// What a case type file says, before anything was checked.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
#[allow(missing_docs)] // the fields are those of CaseType
pub struct CaseTypeFile {
    pub code: String,
    pub edition: u32,
    pub zh: String,
    pub en: String,
    pub source: String,
    pub workflows: Vec<String>,
    pub opened_by: Vec<String>,
    pub certificate: String,
    pub required_applications: Vec<String>,
    pub fees: Vec<String>,
    pub deadline: Option<DeadlineEntry>,
    pub materials: Vec<MaterialEntry>,
    pub defect_reasons: Vec<DefectReasonEntry>,
}

/// A deadline as a file has it.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
#[allow(missing_docs)] // the fields are those of DeadlineRule
pub struct DeadlineEntry {
    pub ready_after: u32,
    pub limit_after: u32,
}

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

/// A reason for a defect as a file has it.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
#[allow(missing_docs)] // the fields are those of DefectReason
pub struct DefectReasonEntry {
    pub code: String,
    pub zh: String,
    pub en: String,
}

/// No document is asked for in more copies than this.
const MOST_COPIES: u32 = 20;
/// No document may be brought later than so many working days.
const MOST_DEFERRED: u32 = 60;

impl CaseType {
    /// Checks a file and makes the case type of it.
    ///
    /// # Errors
    /// Everything that is wrong: unknown and duplicate codes, missing words, impossible deadlines.
    pub fn validated(file: &CaseTypeFile) -> Result<Self, Vec<DefinitionFault>> {
        use PathStep::{Index, Key};
        let mut faults = Faults::default();
        faults.code(&[], &file.code, &mut BTreeSet::new());
        let words = faults.words(&[], &file.zh, &file.en);
        if file.edition == 0 {
            faults.add(&[Key("edition")], "the edition is missing; the first is 1");
        }
        if file.workflows.is_empty() {
            faults.add(&[], "at least one workflow is needed in `workflows`");
        }
        if file.opened_by.is_empty() {
            faults.add(&[], "at least one role is needed in `opened_by`");
        }
        let opened_by = faults.known(&[Key("opened_by")], "role", &file.opened_by, Role::CODES, Role::from_code);
        let fees = faults.known(&[Key("fees")], "fee item", &file.fees, FeeItem::CODES, FeeItem::from_code);
        let subjects = [("new", CertificateSubject::New), ("held", CertificateSubject::Held)];
        let certificate = one_of(&mut faults, &[Key("certificate")], &file.certificate, &subjects);
        let deadline = file.deadline.as_ref().map(|entry| {
            if entry.ready_after == 0 || entry.limit_after < entry.ready_after || entry.limit_after > 250 {
                let message = "the deadline needs 1 ≤ ready_after ≤ limit_after ≤ 250 working days";
                faults.add(&[Key("deadline")], message);
            }
            DeadlineRule { ready_after: entry.ready_after, limit_after: entry.limit_after }
        });
        let mut seen = BTreeSet::new();
        let mut materials = Vec::new();
        for (index, entry) in file.materials.iter().enumerate() {
            materials.push(validated_material(entry, index, &mut seen, &mut faults));
        }
        if materials.is_empty() {
            faults.add(&[], "at least one document is needed in `materials`");
        }
        let mut seen = BTreeSet::new();
        let mut defect_reasons = Vec::new();
        for (index, entry) in file.defect_reasons.iter().enumerate() {
            let path = [Key("defect_reasons"), Index(index)];
            faults.code(&path, &entry.code, &mut seen);
            let words = faults.words(&path, &entry.zh, &entry.en);
            defect_reasons.push(DefectReason { code: entry.code.clone(), words });
        }
        let CaseTypeFile { code, edition, source, workflows, required_applications, .. } = file.clone();
        let certificate = certificate.unwrap_or(CertificateSubject::New);
        if !faults.0.is_empty() {
            return Err(faults.0);
        }
        Ok(Self {
            code,
            edition,
            words,
            source,
            workflows,
            opened_by,
            certificate,
            required_applications,
            fees,
            deadline,
            materials,
            defect_reasons,
        })
    }
}

fn validated_material(
    entry: &MaterialEntry,
    index: usize,
    seen: &mut BTreeSet<String>,
    faults: &mut Faults,
) -> Material {
    let path = [PathStep::Key("materials"), PathStep::Index(index)];
    let at = |key| step(&path, PathStep::Key(key));
    faults.code(&path, &entry.code, seen);
    let words = faults.words(&path, &entry.zh, &entry.en);
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
        faults.add(&at("stamped"), "stamped copies need a number of copies");
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
        faults.add(&path, "the document asks for nothing: neither copies nor an original");
    }
    let persons = entry
        .persons
        .as_deref()
        .and_then(|word| one_of(faults, &at("persons"), word, &[("each", Persons::Each), ("either", Persons::Either)]));
    let required_when = match entry.required_when.as_deref() {
        None => RequiredWhen::Always,
        Some(word) => {
            let known = [("without_unified_code", RequiredWhen::WithoutUnifiedCode)];
            one_of(faults, &at("required_when"), word, &known).unwrap_or(RequiredWhen::Always)
        }
    };
    if entry.deferrable_working_days.is_some_and(|days| !(1..=MOST_DEFERRED).contains(&days)) {
        let message = format!("deferrable_working_days must be 1 to {MOST_DEFERRED}");
        faults.add(&at("deferrable_working_days"), message);
    }
    Material {
        code: entry.code.clone(),
        number: u32::try_from(index + 1).unwrap_or(u32::MAX),
        words,
        copies,
        stamped,
        original: original.unwrap_or(Original::None),
        persons,
        required_when,
        deferrable_working_days: entry.deferrable_working_days,
    }
}

fn one_of<T: Copy>(faults: &mut Faults, path: &[PathStep], word: &str, known: &[(&str, T)]) -> Option<T> {
    let found = known.iter().find(|(code, _)| *code == word).map(|(_, value)| *value);
    if found.is_none() {
        let codes: Vec<&str> = known.iter().map(|(code, _)| *code).collect();
        faults.add(path, format!("unknown \"{word}\"; known: {}", codes.join(", ")));
    }
    found
}
