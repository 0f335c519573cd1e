//! An import of certificates from before Casehall: many that enter together, and wait for a second person together.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::domain::accounts::audit::AuditKind;
use crate::domain::evidence::held::Columns;
use crate::domain::evidence::row::instant;

use super::pending_correction::Asker;
use super::refusal::CertificateRefusal;
use crate::domain::base::vocabulary::vocabulary;

vocabulary! {
    /// How far an import is.
    pub enum ImportState {
        /// Its certificates are being entered; none has an effect.
        Entering = "entering", "正在录入", "Being entered";
        /// All are entered, and wait for a second person.
        Waiting = "waiting", "待批准", "Awaiting approval";
        /// They are in force.
        Approved = "approved", "已批准", "Approved";
        /// They left the register.
        Rejected = "rejected", "已退回", "Rejected";
        /// Not all could be entered; those that were left the register.
        Failed = "failed", "导入失败", "Failed";
    }
}

/// An import.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CertificateImport {
    /// Its identity.
    pub id: Uuid,
    /// How far it is.
    pub state: ImportState,
    /// How many certificates were entered.
    pub lines: i64,
    /// Who entered them.
    pub entered_by: Asker,
    /// When that began.
    pub started_at: DateTime<Utc>,
    /// When the last of them were entered.
    pub touched_at: DateTime<Utc>,
    /// Who approved or rejected it.
    pub decided_by: Option<Asker>,
    /// When.
    pub decided_at: Option<DateTime<Utc>>,
    /// Why it was rejected, or failed.
    pub reason: Option<String>,
    /// When what was decided was done with the last of its certificates; none: it isn't yet.
    pub settled_at: Option<DateTime<Utc>>,
}

impl CertificateImport {
    /// The import, approved by a second person.
    ///
    /// # Errors
    /// It doesn't wait; whoever entered it approves it.
    pub fn approved(self, by: Asker, now: DateTime<Utc>) -> Result<Self, CertificateRefusal> {
        self.waits()?;
        self.unless_second(&by.id)?;
        Ok(Self { state: ImportState::Approved, decided_by: Some(by), decided_at: Some(now), ..self })
    }

    /// Whether somebody is a second person, by account id.
    ///
    /// # Errors
    /// They entered it.
    pub fn unless_second(&self, approved_by: &str) -> Result<(), CertificateRefusal> {
        if self.entered_by.id == approved_by { Err(CertificateRefusal::SecondPersonNeeded) } else { Ok(()) }
    }

    /// The import, rejected as a whole, or taken back by whoever entered it.
    ///
    /// # Errors
    /// It doesn't wait.
    pub fn rejected(self, by: Asker, reason: String, now: DateTime<Utc>) -> Result<Self, CertificateRefusal> {
        self.waits()?;
        let (decided_by, reason) = (Some(by), Some(reason));
        Ok(Self { state: ImportState::Rejected, decided_by, decided_at: Some(now), reason, ..self })
    }

    /// The entry of the trail that tells how it came to this state; none while its certificates are being entered.
    pub fn entry_kind(&self) -> Option<AuditKind> {
        match self.state {
            ImportState::Entering => None,
            ImportState::Waiting => Some(AuditKind::ImportEntered),
            ImportState::Approved => Some(AuditKind::ImportApproved),
            ImportState::Rejected => Some(AuditKind::ImportRejected),
            ImportState::Failed => Some(AuditKind::ImportFailed),
        }
    }

    /// What its entry in the trail tells of it, and its row is held against.
    pub fn told(&self) -> Columns {
        let decided = self.decided_by.as_ref();
        [
            ("state", Some(self.state.code().to_owned())),
            ("lines", Some(self.lines.to_string())),
            ("entered_by", Some(self.entered_by.id.clone())),
            ("entered_by_name", Some(self.entered_by.name.clone())),
            ("started_at", Some(instant(self.started_at.naive_utc()))),
            ("decided_by", decided.map(|by| by.id.clone())),
            ("decided_by_name", decided.map(|by| by.name.clone())),
            ("decided_at", self.decided_at.map(|at| instant(at.naive_utc()))),
            ("reason", self.reason.clone()),
        ]
        .into()
    }

    fn waits(&self) -> Result<(), CertificateRefusal> {
        let state = self.state;
        if state == ImportState::Waiting { Ok(()) } else { Err(CertificateRefusal::ImportNotWaiting { state }) }
    }
}
