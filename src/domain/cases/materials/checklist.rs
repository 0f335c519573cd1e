//! The checklist: required papers, findings, and what is still missing.
//!
//! Cast: [`checklist`] expands a case type's documents to the [`Sheet`]s of one application; a [`MaterialCheck`] is what a
//! clerk found on one sheet; the [`Verdict`] names everything still missing, once, as codes and as the words of the
//! one-time notice (一次性告知, Administrative Licensing Law art. 32).

use std::borrow::Cow;
use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::domain::base::organization::OrganizationKind;
use crate::domain::base::vocabulary::vocabulary;
use crate::domain::base::words::{Language, Words, count_of};
use crate::domain::case_types::case_type::{CaseType, Copies, Material, OTHER_REASON, Original, Persons, RequiredWhen};
use crate::domain::cases::intake::applicant::Person;
use crate::domain::cases::intake::application::Application;

vocabulary! {
    /// The person of a sheet, if 及 requires two sheets.
    pub enum SheetPerson {
        /// The applicant (申请人).
        Applicant = "applicant";
        /// The agent (经办人).
        Agent = "agent";
    }
}

/// One row of a case's checklist.
#[derive(Debug, Clone)]
pub struct Sheet<'a> {
    /// Code of the row: the document's, with the person where there are two sheets.
    pub code: String,
    /// Its number wherever the sheet is shown, printed or told: the document's in the guide's list; where two persons bring a
    /// document, the second one's is the next behind the list.
    pub number: u32,
    /// The document.
    pub material: &'a Material,
    /// Whose it is, where there are two sheets.
    pub person: Option<SheetPerson>,
    /// What the document is called for this kind of organization.
    name: &'a Words,
}

impl Sheet<'_> {
    /// What people call it.
    pub fn words(&self) -> Words {
        let Words { zh, en } = self.name;
        match self.person {
            None => self.name.clone(),
            Some(SheetPerson::Applicant) => Words::new(format!("{zh}·申请人"), format!("{en}: applicant's")),
            Some(SheetPerson::Agent) => Words::new(format!("{zh}·经办人"), format!("{en}: agent's")),
        }
    }

    /// The same in one language.
    pub fn text(&self, language: Language) -> Cow<'_, str> {
        match self.person {
            None => self.name.text(language).into(),
            Some(_) => self.words().into_text(language).into(),
        }
    }
}

impl Sheet<'_> {
    /// The name as it stands in a sentence: titles stand in 《》; what identifies a person isn't a text with a title.
    pub fn title(&self) -> String {
        let name = self.words().zh;
        if self.material.persons.is_some() { name } else { format!("《{name}》") }
    }

    /// What stands between that name and what is said of it: a name without 《》 would run into the words behind it.
    pub fn separator(&self) -> &'static str {
        if self.material.persons.is_some() { "：" } else { "" }
    }

    /// Whose document it is, where it is a person's: of what either of two may bring, both.
    pub fn persons<'a>(&self, application: &'a Application) -> Vec<&'a Person> {
        let (applicant, agent) = (&application.applicant, application.agent.as_ref());
        match (self.person, self.material.persons) {
            (Some(SheetPerson::Agent), _) => agent.into_iter().collect(),
            (Some(SheetPerson::Applicant), _) | (None, Some(Persons::Each)) => vec![applicant],
            (None, Some(Persons::Either)) => std::iter::once(applicant).chain(agent).collect(),
            (None, None) => Vec::new(),
        }
    }
}

/// The rows that apply to an application, in the guide's order.
pub fn checklist<'a>(case_type: &'a CaseType, application: &Application) -> Vec<Sheet<'a>> {
    let mut sheets: Vec<Sheet<'a>> = Vec::new();
    let mut behind = case_type.materials.iter().map(|material| material.number).max().unwrap_or(0);
    for material in &case_type.materials {
        let required = match material.required_when {
            RequiredWhen::Always => true,
            RequiredWhen::WithoutUnifiedCode => application.organization.unified_code.is_none(),
            RequiredWhen::Replacing(reason) => application.replacement_reason == Some(reason),
        };
        if !required {
            continue;
        }
        let is_enterprise = application.organization.kind == OrganizationKind::Enterprise;
        let name = material.for_other_kinds.as_ref().filter(|_| !is_enterprise).unwrap_or(&material.words);
        if material.persons == Some(Persons::Each) && application.has_separate_agent() {
            for person in SheetPerson::ALL {
                let code = of_person(material, person);
                let is_second = sheets.last().is_some_and(|last| last.number == material.number);
                behind += u32::from(is_second);
                let number = if is_second { behind } else { material.number };
                sheets.push(Sheet { code, number, material, person: Some(person), name });
            }
        } else {
            sheets.push(Sheet { code: material.code.clone(), number: material.number, material, person: None, name });
        }
    }
    sheets
}

fn of_person(material: &Material, person: SheetPerson) -> String {
    format!("{}-{}", material.code, person.code())
}

/// The document of a row, by the row's code.
pub fn document_of<'a>(case_type: &'a CaseType, row: &str) -> Option<&'a Material> {
    let is_of = |material: &&Material| {
        material.code == row || SheetPerson::ALL.into_iter().any(|person| of_person(material, person) == row)
    };
    case_type.materials.iter().find(is_of)
}

/// What was found on one sheet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct MaterialCheck {
    /// Copies received.
    pub copies_received: u32,
    /// How many of them bear the official seal.
    pub copies_stamped: u32,
    /// The original was sighted or presented.
    pub original_sighted: bool,
    /// Code of the reason why the document doesn't do, where it doesn't.
    pub reason: Option<String>,
    /// Remark.
    pub remark: Option<String>,
    /// Who looked (account id).
    pub checked_by: String,
    /// When.
    pub checked_at: DateTime<Utc>,
}

/// Whether nothing of a document is there, neither copy nor original, so that nothing can be wrong with it.
pub fn is_absent(copies_received: u32, original_sighted: bool) -> bool {
    copies_received == 0 && !original_sighted
}

/// Why a document that nobody brought has no reason.
pub(in crate::domain) fn reason_of_nothing() -> Words {
    Words::new("没有收到，不能再填不合格原因", "was not brought: there is no reason to give")
}

/// What is missing on a sheet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(tag = "code", rename_all = "snake_case")]
pub enum Lack {
    /// Not checked yet.
    NotChecked,
    /// Copies are missing.
    CopiesMissing {
        /// How many.
        count: u32,
    },
    /// Copies without the official seal.
    CopiesUnstamped {
        /// How many.
        count: u32,
    },
    /// The original wasn't sighted.
    OriginalNotSighted,
    /// The original wasn't presented.
    OriginalNotPresented,
    /// Nothing was presented, neither copy nor original.
    NotPresent,
    /// It was presented but is not acceptable.
    Defective {
        /// Code of the reason.
        reason: String,
    },
}

impl Lack {
    /// The code by which the API names it.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotChecked => "not_checked",
            Self::CopiesMissing { .. } => "copies_missing",
            Self::CopiesUnstamped { .. } => "copies_unstamped",
            Self::OriginalNotSighted => "original_not_sighted",
            Self::OriginalNotPresented => "original_not_presented",
            Self::NotPresent => "not_present",
            Self::Defective { .. } => "defective",
        }
    }

    /// How many copies are concerned.
    pub fn count(&self) -> Option<u32> {
        match self {
            Self::CopiesMissing { count } | Self::CopiesUnstamped { count } => Some(*count),
            _ => None,
        }
    }

    /// What is missing, without the clerk's remark.
    pub(in crate::domain) fn words(&self, case_type: &CaseType) -> Words {
        match self {
            Self::NotChecked => Words::new("未核验", "not checked"),
            Self::CopiesMissing { count } => Words::new(format!("缺{count}份"), copies(*count, "missing")),
            Self::CopiesUnstamped { count } => {
                Words::new(format!("{count}份未盖单位公章"), copies(*count, "without the official seal"))
            }
            Self::OriginalNotSighted => Words::new("未出示原件", "the original was not seen"),
            Self::OriginalNotPresented => Words::new("未提交原件", "the original was not presented"),
            Self::NotPresent => Words::new("未提交", "not presented"),
            Self::Defective { reason } => case_type
                .defect_reason(reason)
                .map_or_else(|| Words::new(reason.clone(), reason.clone()), |reason| reason.words.clone()),
        }
    }
}

fn copies(count: u32, what: &str) -> String {
    if count == 1 { format!("1 copy {what}") } else { format!("{count} copies {what}") }
}

/// One thing still missing, in words that can be printed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Missing {
    /// Code of the row.
    pub material: String,
    /// Number of the row.
    pub number: u32,
    /// What is missing.
    #[serde(flatten)]
    pub lack: Lack,
    /// The sentence of the notice.
    pub words: Words,
}

impl Missing {
    /// The sentence without the number of the row, for where that has a column of its own.
    pub fn unnumbered(&self) -> Words {
        let (zh, en) = (circled(self.number), in_brackets(self.number));
        let rest = |text: &str, number: &str| text.strip_prefix(number).unwrap_or(text).to_owned();
        Words::new(rest(&self.words.zh, &zh), rest(&self.words.en, &en))
    }
}

/// What is still missing of a case's papers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    /// Everything missing, in the guide's order.
    pub missing: Vec<Missing>,
    /// Rows that nobody has looked at yet.
    pub unchecked: usize,
    /// Rows that lack nothing.
    pub complete_rows: usize,
    /// The case has ended: nobody waits for what is missing.
    pub is_final: bool,
}

impl Verdict {
    /// Nothing is missing.
    pub fn is_complete(&self) -> bool {
        self.missing.is_empty()
    }

    /// The verdict in a sentence, as it stands on the notice.
    pub fn words(&self) -> Words {
        self.said(true)
    }

    /// The same without what each thing is, for where [`Self::lacking`] are listed.
    pub fn in_short(&self) -> Words {
        self.said(false)
    }

    /// What was found to be missing.
    pub fn lacking(&self) -> impl Iterator<Item = &Missing> {
        self.missing.iter().filter(|missing| missing.lack != Lack::NotChecked)
    }

    fn said(&self, is_whole: bool) -> Words {
        if self.is_complete() {
            return Words::new("材料齐全。", "The materials are complete.");
        }
        let lacking: Vec<_> = self.lacking().collect();
        let list = |text: fn(&Words) -> &str, between: &str| {
            let listed = lacking.iter().map(|missing| text(&missing.words)).collect::<Vec<_>>().join(between);
            if is_whole { format!("{}{listed}", text(&Words::new("：", ": "))) } else { String::new() }
        };
        let (count, rest, unchecked) = (lacking.len(), self.complete_rows, self.unchecked);
        let (mut zh, mut en) = (Vec::new(), Vec::new());
        if count > 0 {
            let some = if self.is_final { format!("有{count}处不齐") } else { format!("还差{count}处") };
            zh.push(format!("{some}{}。", list(|words| &words.zh, "；")));
            en.push(format!("{} to correct{}.", count_of(count, "item"), list(|words| &words.en, "; ")));
        }
        if unchecked > 0 {
            let (still, yet) = if self.is_final { ("", "") } else { ("尚有", " yet") };
            zh.push(format!("{still}{unchecked}项未核验。"));
            en.push(format!("{} not checked{yet}.", count_of(unchecked, "document")));
        }
        if rest > 0 {
            zh.push(format!("其余{rest}项齐全。"));
            en.push(format!("{} complete.", count_of(rest, "document")));
        }
        Words::new(zh.concat(), en.join(" "))
    }
}

/// What is missing on one sheet; nothing when its check found everything.
pub fn lacks(material: &Material, check: Option<&MaterialCheck>) -> Vec<Lack> {
    let Some(check) = check else { return vec![Lack::NotChecked] };
    let mut lacks = Vec::new();
    match material.copies {
        Copies::Exactly(wanted) => {
            if check.copies_received < wanted {
                lacks.push(Lack::CopiesMissing { count: wanted - check.copies_received });
            }
            // Copies that aren't there are named once, as missing, not again as unstamped.
            let here = check.copies_received.min(wanted);
            if material.stamped && check.copies_stamped < here {
                lacks.push(Lack::CopiesUnstamped { count: here - check.copies_stamped });
            }
        }
        Copies::Unspecified => {
            let shown = material.original == Original::Unspecified && check.original_sighted;
            if check.copies_received == 0 && !shown {
                lacks.push(Lack::NotPresent);
            }
        }
    }
    match material.original {
        Original::Sighted if !check.original_sighted => lacks.push(Lack::OriginalNotSighted),
        Original::Presented if !check.original_sighted => lacks.push(Lack::OriginalNotPresented),
        _ => {}
    }
    if let Some(reason) = &check.reason {
        lacks.push(Lack::Defective { reason: reason.clone() });
    }
    lacks
}

/// Holds what was found against what is asked for.
pub fn verdict(case_type: &CaseType, application: &Application, checks: &BTreeMap<String, MaterialCheck>) -> Verdict {
    let mut verdict = Verdict { missing: Vec::new(), unchecked: 0, complete_rows: 0, is_final: false };
    for sheet in checklist(case_type, application) {
        let check = checks.get(&sheet.code);
        let lacks = lacks(sheet.material, check);
        verdict.unchecked += usize::from(check.is_none());
        verdict.complete_rows += usize::from(lacks.is_empty());
        // The remark is of the sheet: where that lacks several things, it stands behind the last one.
        let last = lacks.len().saturating_sub(1);
        for (at, lack) in lacks.into_iter().enumerate() {
            let remark = check.and_then(|check| check.remark.as_deref()).filter(|_| at == last);
            let words = sentence(&sheet, &lack, remark, case_type);
            verdict.missing.push(Missing { material: sheet.code.clone(), number: sheet.number, lack, words });
        }
    }
    verdict
}

/// What a sheet lacks, in a sentence; with the clerk's remark, which is all that is said of a reason that has no words of its own.
fn sentence(sheet: &Sheet<'_>, lack: &Lack, remark: Option<&str>, case_type: &CaseType) -> Words {
    let (name, what, number, title) = (sheet.words(), lack.words(case_type), circled(sheet.number), sheet.title());
    let is_other = matches!(lack, Lack::Defective { reason } if reason == OTHER_REASON);
    let (zh, en) = match remark {
        None => (what.zh, what.en),
        Some(remark) if is_other => (remark.to_owned(), remark.to_owned()),
        Some(remark) => (format!("{}（{remark}）", what.zh), format!("{} ({remark})", what.en)),
    };
    let between = if is_other && remark.is_some() { "：" } else { sheet.separator() };
    Words::new(format!("{number}{title}{between}{zh}"), format!("{}{}: {en}", in_brackets(sheet.number), name.en))
}

/// The same in English, with the blank behind it.
fn in_brackets(number: u32) -> String {
    format!("({number}) ")
}

/// ① to ⑳, as the hall's notices number documents.
fn circled(number: u32) -> String {
    match number {
        1..=20 => char::from_u32(0x2460 + number - 1).map(String::from).unwrap_or_default(),
        _ => format!("（{number}）"),
    }
}
