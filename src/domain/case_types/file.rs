//! Case type files, and their validation.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::case_type::{
    ApplicationPart, CaseType, CertificateSubject, Copies, DefectReason, Material, ReplacementReason, Term,
};
use super::faults::{DefinitionFault, Faults, PathStep, step};
use super::material_file::{MaterialEntry, validated_material};
use crate::domain::accounts::role::Role;
use crate::domain::base::words::Words;
use crate::domain::calendar::deadline::DeadlineRule;
use crate::domain::case_types::destination::Destination;
use crate::domain::case_types::published_text::PublishedText;
use crate::domain::certificates::state::CertificateState;
use crate::domain::money::fee::FeeItem;

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
    pub certificate_states: Vec<String>,
    pub opens_days_before_end: Option<u32>,
    pub term: Option<String>,
    pub replacement_reasons: Vec<String>,
    pub asks: Option<Vec<String>>,
    pub required_applications: Vec<String>,
    pub fees: Vec<String>,
    pub deadline: Option<DeadlineEntry>,
    pub materials: Vec<MaterialEntry>,
    pub defect_reasons: Vec<DefectReasonEntry>,
    // Absent where there are none, so that the content of editions without them stays what it was.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub copy_destinations: Vec<DestinationEntry>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub responsibility_letter: Option<TextEntry>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub application_notes: Option<TextEntry>,
}

/// A text for applicants as a file has it.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
#[allow(missing_docs)] // the fields are those of PublishedText
pub struct TextEntry {
    pub code: String,
    pub edition: u32,
    pub zh: String,
    pub en: String,
    pub text_zh: String,
    pub text_en: String,
}

/// A deadline as a file has it.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
#[allow(missing_docs)] // the fields are those of DeadlineRule
pub struct DeadlineEntry {
    pub ready_after: u32,
    pub limit_after: u32,
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

/// A place to which copies go, as a file has it.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
#[allow(missing_docs)] // the fields are those of Destination
pub struct DestinationEntry {
    pub code: String,
    pub zh: String,
    pub en: String,
}

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
        let subjects = [
            ("new", CertificateSubject::New),
            ("held", CertificateSubject::Held),
            ("replaced", CertificateSubject::Replaced),
        ];
        let certificate = one_of(&mut faults, &[Key("certificate")], &file.certificate, &subjects);
        let certificate = certificate.unwrap_or(CertificateSubject::New);
        let held = validated_held(file, certificate, &mut faults);
        let asks = validated_asks(file, certificate, &fees, &mut faults);
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
        let copy_destinations = validated_destinations(file, &materials, &mut faults);
        let asks_letter = asks.contains(&ApplicationPart::ResponsibilityLetter);
        let letter = validated_text("responsibility_letter", file.responsibility_letter.as_ref(), &mut faults);
        let responsibility_letter = letter.filter(|_| asks_letter);
        let application_notes = validated_text("application_notes", file.application_notes.as_ref(), &mut faults);
        let CaseTypeFile { code, edition, source, workflows, required_applications, .. } = file.clone();
        let (certificate_states, term, replacement_reasons) = held;
        let opens_days_before_end = file.opens_days_before_end;
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
            certificate_states,
            opens_days_before_end,
            term,
            replacement_reasons,
            asks,
            required_applications,
            fees,
            deadline,
            materials,
            defect_reasons,
            copy_destinations,
            responsibility_letter,
            application_notes,
        })
    }
}

/// What a case type says about the certificate held.
fn validated_held(
    file: &CaseTypeFile,
    certificate: CertificateSubject,
    faults: &mut Faults,
) -> (Vec<CertificateState>, Term, Vec<ReplacementReason>) {
    use PathStep::Key;
    let path = [Key("certificate_states")];
    let (known, read) = (CertificateState::CODES, CertificateState::from_code);
    let mut states = faults.known(&path, "certificate state", &file.certificate_states, known, read);
    let path = [Key("replacement_reasons")];
    let (known, read) = (ReplacementReason::CODES, ReplacementReason::from_code);
    let reasons = faults.known(&path, "replacement reason", &file.replacement_reasons, known, read);
    if certificate == CertificateSubject::New && !file.certificate_states.is_empty() {
        faults.add(&[Key("certificate_states")], "certificate_states are not allowed where a new certificate is made");
    } else if certificate != CertificateSubject::New && file.certificate_states.is_empty() {
        states = vec![CertificateState::Active];
    }
    if file.opens_days_before_end.is_some_and(|days| !(1..=1100).contains(&days)) {
        faults.add(&[Key("opens_days_before_end")], "opens_days_before_end must be 1 to 1100");
    }
    let replaces = certificate == CertificateSubject::Replaced;
    if replaces == file.replacement_reasons.is_empty() {
        let message = "replacement_reasons are required if a certificate is replaced, and not allowed otherwise";
        faults.add(&[Key("replacement_reasons")], message);
    }
    let term = match file.term.as_deref() {
        None => Term::Years,
        Some(word) => {
            let known = [("years", Term::Years), ("remaining", Term::Remaining)];
            one_of(faults, &[Key("term")], word, &known).unwrap_or(Term::Years)
        }
    };
    if term == Term::Remaining && !replaces {
        faults.add(&[Key("term")], "only a replacement can have the remaining term");
    }
    (states, term, reasons)
}

/// What the application is asked for; what the rules need of it must be among it.
fn validated_asks(
    file: &CaseTypeFile,
    certificate: CertificateSubject,
    fees: &[FeeItem],
    faults: &mut Faults,
) -> Vec<ApplicationPart> {
    use ApplicationPart::{Applications, CollectionMethod, PaymentMethod, ResponsibilityLetter, ServiceYears};
    let path = [PathStep::Key("asks")];
    let Some(codes) = &file.asks else {
        return vec![Applications, ServiceYears, PaymentMethod, CollectionMethod, ResponsibilityLetter];
    };
    let asks = faults.known(&path, "part of an application", codes, ApplicationPart::CODES, ApplicationPart::from_code);
    let years = fees.iter().any(|item| matches!(item, FeeItem::CertificateYears | FeeItem::ESealYears));
    let produces_years = certificate != CertificateSubject::Held && file.term.as_deref() != Some("remaining");
    let needed = [
        (ServiceYears, years || produces_years, "service_years is required by the fees and by a new term"),
        (Applications, !file.required_applications.is_empty(), "applications is required by required_applications"),
    ];
    for (part, needed, message) in needed {
        if needed && !asks.contains(&part) {
            faults.add(&path, message);
        }
    }
    asks
}

/// A text for applicants, in both languages.
fn validated_text(key: &'static str, entry: Option<&TextEntry>, faults: &mut Faults) -> Option<PublishedText> {
    let entry = entry?;
    let path = [PathStep::Key(key)];
    faults.code(&path, &entry.code, &mut BTreeSet::new());
    let words = faults.words(&path, &entry.zh, &entry.en);
    if entry.edition == 0 {
        faults.add(&step(&path, PathStep::Key("edition")), "the edition is missing; the first is 1");
    }
    let texts = [("text_zh", &entry.text_zh), ("text_en", &entry.text_en)];
    for (key, _) in texts.iter().filter(|(_, text)| text.trim().is_empty()) {
        faults.add(&step(&path, PathStep::Key(key)), format!("`{key}` is missing: the text that applicants read"));
    }
    let [zh, en] = texts.map(|(_, text)| text.trim().to_owned());
    Some(PublishedText::new(entry.code.clone(), entry.edition, words, Words::new(zh, en)))
}

/// If there are destinations, each required copy has one.
fn validated_destinations(file: &CaseTypeFile, materials: &[Material], faults: &mut Faults) -> Vec<Destination> {
    use PathStep::{Index, Key};
    let mut seen = BTreeSet::new();
    let mut destinations = Vec::new();
    for (index, entry) in file.copy_destinations.iter().enumerate() {
        let path = [Key("copy_destinations"), Index(index)];
        faults.code(&path, &entry.code, &mut seen);
        let words = faults.words(&path, &entry.zh, &entry.en);
        destinations.push(Destination { code: entry.code.clone(), words });
    }
    for (index, material) in materials.iter().enumerate() {
        let at = [Key("materials"), Index(index), Key("copies_go_to")];
        if let Some(unknown) = material.copies_go_to.iter().find(|code| !seen.contains(*code)) {
            faults.add(
                &at,
                format!("unknown destination \"{unknown}\"; the destinations are defined in `copy_destinations`"),
            );
        }
        let places = if material.copies_go_to.is_empty() { destinations.len() } else { material.copies_go_to.len() };
        if let Copies::Exactly(copies) = material.copies
            && !destinations.is_empty()
            && usize::try_from(copies).is_ok_and(|copies| copies > places)
        {
            faults.add(&at, format!("{copies} copies are required, but only {places} destinations are given"));
        }
    }
    destinations
}

pub(super) fn one_of<T: Copy>(faults: &mut Faults, path: &[PathStep], word: &str, known: &[(&str, T)]) -> Option<T> {
    let found = known.iter().find(|(code, _)| *code == word).map(|(_, value)| *value);
    if found.is_none() {
        let codes: Vec<&str> = known.iter().map(|(code, _)| *code).collect();
        faults.add(path, format!("unknown \"{word}\"; known: {}", codes.join(", ")));
    }
    found
}
