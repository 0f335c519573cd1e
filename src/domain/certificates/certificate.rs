//! A certificate in the register, derived from its events.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::custody::Stay;
use crate::domain::base::person::{Private, stored_encrypted};
use crate::domain::base::vocabulary::vocabulary;
use crate::domain::certificates::particulars::Particulars;
use crate::domain::certificates::pending_correction::{PendingCorrection, Validity};
use crate::domain::certificates::pending_registration::{Approval, PendingRegistration};
use crate::domain::certificates::state::LifeStage;

vocabulary! {
    /// Where a certificate in the register came from.
    pub enum CertificateSource {
        /// Made in a case of this hall.
        Case = "case";
        /// Issued before Casehall and registered by hand.
        Registered = "registered";
        /// Issued before Casehall and imported with many others.
        Imported = "imported";
    }
}

vocabulary! {
    /// What can be opened on a certificate.
    pub enum ServiceKind {
        /// An application to log in to.
        Application = "application";
        /// The legal-person e-seal (法人电子印章).
        ESeal = "e_seal";
    }
}

/// The code of the one e-seal service.
pub const E_SEAL_CODE: &str = "e-seal";

vocabulary! {
    /// The source of a lock report.
    pub enum LockSource {
        /// Somebody at the window.
        Window = "window";
        /// Another system, such as the one that logs in with it.
        Client = "client";
        /// It was known when the certificate was registered or imported.
        Import = "import";
    }
}

/// A reported lock: five wrong PINs in a row (guide, section 4.2). The medium locks itself; the hall hears of it. A PIN is
/// no part of the report, and is never stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Lock {
    /// Since when, as reported.
    pub at: DateTime<Utc>,
    /// Who said so.
    pub source: LockSource,
    /// Account or client id of who reported it.
    pub reported_by: String,
    /// By which the reporter finds it again, such as the number of an event in another system's log.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub reference: Option<String>,
}

vocabulary! {
    /// Why a certificate was suspended.
    pub enum SuspensionCause {
        /// It was reported lost or stolen (挂失).
        Loss = "loss";
        /// The hall decided so.
        Decision = "decision";
    }
}

/// A suspension, of a whole certificate: nothing on it can be used until it is restored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Suspension {
    /// Since when.
    pub since: DateTime<Utc>,
    /// What for.
    pub cause: SuspensionCause,
    /// Why, in words.
    pub reason: String,
    /// Account or client id of who reported it; none of those from before that was kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub reported_by: Option<String>,
}

/// A service on a certificate, with its own instant of use and its own status.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpenedService {
    /// What kind it is.
    pub kind: ServiceKind,
    /// Code of the application, or [`E_SEAL_CODE`].
    pub code: String,
    /// When it was opened, the last time.
    pub opened_at: DateTime<Utc>,
    /// From when it can be used.
    pub usable_from: DateTime<Utc>,
    /// The case that opened it, where one did.
    pub case_id: Option<Uuid>,
    /// Since when it alone is suspended, where it is.
    pub suspended_at: Option<DateTime<Utc>>,
    /// When it was closed, where it was: by itself, or because the certificate was revoked.
    pub closed_at: Option<DateTime<Utc>>,
}

/// A service that was open already when a certificate entered the register.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct EnteredService {
    /// What kind it is.
    pub service: ServiceKind,
    /// Its code.
    pub code: String,
    /// From when it can be used.
    pub usable_from: DateTime<Utc>,
}

/// A certificate as it enters the register.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Entered {
    /// What is written on it and of its holder.
    #[serde(flatten)]
    pub particulars: Particulars,
    /// Where it comes from: one made in a case begins its life, any other is active.
    pub source: CertificateSource,
    /// From when it is valid.
    pub valid_from: DateTime<Utc>,
    /// Until when, this instant excluded.
    pub valid_until: DateTime<Utc>,
    /// Its lock, where it was locked before.
    pub lock: Option<Lock>,
    /// What was open on it before.
    pub services: Vec<EnteredService>,
    /// Where its medium is, where the hall has it.
    pub stay: Option<Stay>,
    /// How a second person approves it. None of what a case made, and of what entered before that was asked for: such a one was
    /// in force at once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub approval: Option<Approval>,
}

/// A certificate in the register.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Certificate {
    /// Identity in the store.
    pub id: Uuid,
    /// Serial number, unique.
    pub serial: String,
    /// Number of the medium that holds it, unique.
    pub medium_number: String,
    /// Organization code of its holder: the same under either kind of papers.
    pub organization_code: String,
    /// Unified social credit code of its holder, where there is one.
    pub unified_code: Option<String>,
    /// Name of its holder.
    pub organization_name: String,
    /// Name of the person who handles it (经办人), where one is known.
    #[serde(default, with = "stored_encrypted")]
    pub handler: Option<String>,
    /// Code of the e-seal image, if known.
    pub seal: Option<String>,
    /// How far it came: a stored fact. What people see is [`Certificate::state`].
    pub stage: LifeStage,
    /// From when it is valid.
    pub valid_from: DateTime<Utc>,
    /// Until when it is valid, this instant excluded.
    pub valid_until: DateTime<Utc>,
    /// Where it came from.
    pub source: CertificateSource,
    /// The import that it came by, where it came with others.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub import: Option<Uuid>,
    /// Its registration, while a second person has to approve it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub registration: Option<PendingRegistration>,
    /// The case it was made in.
    pub case_id: Option<Uuid>,
    /// Its lock after five wrong PINs, where it is locked.
    pub lock: Option<Lock>,
    /// What others reported of the lock that stands: it stays when one of them takes theirs back.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub further_locks: Vec<Lock>,
    /// Its suspension, where it is suspended.
    pub suspension: Option<Suspension>,
    /// What others reported of the suspension that stands.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub further_suspensions: Vec<Suspension>,
    /// When it was revoked.
    pub revoked_at: Option<DateTime<Utc>>,
    /// Where its medium is, while the hall has it.
    pub stay: Option<Stay>,
    /// Its pending correction.
    pub correction: Option<PendingCorrection>,
    /// The services that are or were open on it; in order of kind and code.
    pub services: Vec<OpenedService>,
    /// When its person was erased.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub erased_at: Option<DateTime<Utc>>,
    /// Sequence of its last event.
    pub version: i64,
}

impl Certificate {
    /// Whether it blocks another certificate: neither revoked nor expired. One that waits for approval does, so that it can be
    /// approved whatever others apply for meanwhile.
    pub fn is_living(&self, now: DateTime<Utc>) -> bool {
        !matches!(self.stage, LifeStage::Revoked | LifeStage::Rejected) && now < self.valid_until
    }

    /// When it ends, or has ended: by itself, or because it was revoked. `None` before it is approved, and where it never was.
    pub fn ends_at(&self) -> Option<DateTime<Utc>> {
        let in_force = !matches!(self.stage, LifeStage::Unapproved | LifeStage::Rejected);
        in_force.then(|| self.revoked_at.map_or(self.valid_until, |revoked_at| revoked_at.min(self.valid_until)))
    }

    /// Notes that its person was erased.
    pub(super) fn mark_erased(&mut self, at: DateTime<Utc>) {
        self.erased_at = Some(at);
        self.handler.erase();
    }

    /// From when until when it is valid.
    pub fn validity(&self) -> Validity {
        Validity { valid_from: self.valid_from, valid_until: self.valid_until }
    }

    /// Whether it was made here and not handed over yet.
    pub fn is_unissued(&self) -> bool {
        matches!(self.stage, LifeStage::Made | LifeStage::InCustody)
    }

    /// What is written on it and of its holder.
    pub fn particulars(&self) -> Particulars {
        Particulars {
            serial: self.serial.clone(),
            medium_number: self.medium_number.clone(),
            organization_code: self.organization_code.clone(),
            unified_code: self.unified_code.clone(),
            organization_name: self.organization_name.clone(),
            handler: self.handler.clone(),
            seal: self.seal.clone(),
        }
    }

    /// Writes on it, and of its holder, what is given.
    pub fn write(&mut self, particulars: Particulars) {
        let Particulars { serial, medium_number, organization_code, unified_code, organization_name, handler, seal } =
            particulars;
        (self.serial, self.medium_number, self.organization_name) = (serial, medium_number, organization_name);
        (self.organization_code, self.unified_code) = (organization_code, unified_code);
        (self.handler, self.seal) = (handler, seal);
    }

    /// Every report by which it is locked, the first that came first.
    pub fn locks(&self) -> impl Iterator<Item = &Lock> {
        self.lock.iter().chain(&self.further_locks)
    }

    /// Every report by which it is suspended, the first that came first.
    pub fn suspensions(&self) -> impl Iterator<Item = &Suspension> {
        self.suspension.iter().chain(&self.further_suspensions)
    }

    /// A service on it, whatever its status.
    pub fn service(&self, kind: ServiceKind, code: &str) -> Option<&OpenedService> {
        self.services.iter().find(|service| service.kind == kind && service.code == code)
    }

    /// Whether a service was opened on it and not closed since, suspended or not.
    pub fn has_open(&self, kind: ServiceKind, code: &str) -> bool {
        self.service(kind, code).is_some_and(|service| service.closed_at.is_none())
    }
}

/// One more report of what stands; the first is what is shown.
pub(super) fn add<T: Clone>(first: &mut Option<T>, further: &mut Vec<T>, report: &T) {
    match first {
        Some(_) => further.push(report.clone()),
        None => *first = Some(report.clone()),
    }
}

/// One report less; the next one takes its place.
pub(super) fn take<T: PartialEq>(first: &mut Option<T>, further: &mut Vec<T>, report: &T) {
    if first.as_ref() != Some(report) {
        further.retain(|other| other != report);
    } else {
        *first = if further.is_empty() { None } else { Some(further.remove(0)) };
    }
}
