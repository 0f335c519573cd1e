//! Case types as data: checklist, deadline and fee of each.
//!
//! Cast: a [`CaseTypeFile`](super::file::CaseTypeFile) is what a configuration file says; [`CaseType::validated`] makes a [`CaseType`] of it or says
//! everything that is wrong. What "unspecified" in the guide means stays unspecified: presence is what is checked.

use crate::domain::accounts::role::Role;
use crate::domain::base::vocabulary::vocabulary;
use crate::domain::base::words::Words;
use crate::domain::calendar::deadline::DeadlineRule;
use crate::domain::case_types::destination::Destination;
use crate::domain::case_types::published_text::PublishedText;
use crate::domain::certificates::state::CertificateState;
use crate::domain::money::fee::FeeItem;

/// What a case does with the organization's certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CertificateSubject {
    /// It produces one; an organization may have only one (guide, section 1: 同一个企业只能申请一个“机构证书”).
    New,
    /// It works on the one the organization holds.
    Held,
    /// It produces one in place of the one the organization holds, which is revoked (补办).
    Replaced,
}

/// How long the certificate is valid that a case produces.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Term {
    /// The years of service that are applied for, from the making.
    Years,
    /// To the end of the one that it replaces.
    Remaining,
}

vocabulary! {
    /// The fields of an application besides organization, persons and outlet.
    pub enum ApplicationPart {
        /// Login applications to open.
        Applications = "applications";
        /// Service years.
        ServiceYears = "service_years";
        /// Payment method.
        PaymentMethod = "payment_method";
        /// Collection method.
        CollectionMethod = "collection_method";
        /// That the responsibility letter is accepted.
        ResponsibilityLetter = "responsibility_letter";
        /// What names the image of the e-seal.
        Seal = "seal";
    }
}

vocabulary! {
    /// Why a certificate is replaced.
    pub enum ReplacementReason {
        /// It was lost (遗失): it is suspended at once, before any papers.
        Lost = "lost", "遗失", "lost";
        /// It is damaged (损坏).
        Damaged = "damaged", "损坏", "damaged";
        /// Its validity has ended (过期).
        Expired = "expired", "过期", "expired";
    }
}

/// How many copies of a document are asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Copies {
    /// This many; 0 where only the original is shown.
    Exactly(u32),
    /// The guide doesn't say: one is enough.
    Unspecified,
}

/// The requirement on the original of a document.
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

/// The condition under which a document is required.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RequiredWhen {
    /// Always.
    Always,
    /// Only of organizations without an 18-digit unified social credit code (三证合一, since 2015-10-01).
    WithoutUnifiedCode,
    /// Only where the certificate is replaced for this reason.
    Replacing(ReplacementReason),
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
    /// Other Chinese names of the same document: the guide calls one form by two.
    pub also_called: Vec<String>,
    /// What stands in its place where the organization is no enterprise: an institution, association or private non-enterprise
    /// unit has a registration certificate of its own kind and no business licence.
    pub for_other_kinds: Option<Words>,
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
    /// Codes of the destinations of its copies, in order; empty: those of the case type.
    pub copies_go_to: Vec<String>,
}

/// Why a presented document is not acceptable; clerks type its number.
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
    /// States of the certificate held in which it can be applied for; none where none is held.
    pub certificate_states: Vec<CertificateState>,
    /// It can be applied for only so many days before the end of the certificate held.
    pub opens_days_before_end: Option<u32>,
    /// How long the certificate is valid that it produces.
    pub term: Term,
    /// Why the certificate held may be replaced.
    pub replacement_reasons: Vec<ReplacementReason>,
    /// What the application is asked for.
    pub asks: Vec<ApplicationPart>,
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
    /// Destinations of the copies, in order. Empty: not recorded.
    pub copy_destinations: Vec<Destination>,
    /// The responsibility letter that applicants accept (电子认证用户责任书), if the application is asked for that. Editions
    /// of before texts were kept have none.
    pub responsibility_letter: Option<PublishedText>,
    /// What to know before applying (申请须知).
    pub application_notes: Option<PublishedText>,
}

impl CaseType {
    /// Whether the application is asked for this.
    pub fn asks(&self, part: ApplicationPart) -> bool {
        self.asks.contains(&part)
    }

    /// Whether it works on or replaces the certificate that the organization holds.
    pub fn needs_held_certificate(&self) -> bool {
        self.certificate != CertificateSubject::New
    }

    /// Whether its source names a dated document, as in `…指引（2014-04-04）`; that of others is what is usual.
    pub fn cites_a_document(&self) -> bool {
        self.source.contains('（')
    }

    /// A reason for a defect by its code.
    pub fn defect_reason(&self, code: &str) -> Option<&DefectReason> {
        self.defect_reasons.iter().find(|reason| reason.code == code)
    }
}
