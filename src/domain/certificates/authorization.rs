//! The 24-hour answer: whether a certificate may be used for a service now, from when, and why not (guide, section 2:
//! 「系统自动授权，24小时后即可登陆使用」).

use chrono::{DateTime, Duration, Timelike, Utc};
use serde::Deserialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::certificate::{Certificate, ServiceKind};
use super::event::{RegisterEntry, fold};
use super::state::{CertificateState, ServiceStatus};
use crate::domain::base::recorded::Recorded;
use crate::domain::base::vocabulary::vocabulary;

/// The minute from which something can be used, for people: the first whole one by which the instant has come, so that whoever
/// reads it doesn't come too early.
pub fn first_minute(usable_from: DateTime<Utc>) -> DateTime<Utc> {
    let begun = usable_from.with_second(0).and_then(|minute| minute.with_nanosecond(0)).unwrap_or(usable_from);
    if begun < usable_from { begun + Duration::minutes(1) } else { usable_from }
}

vocabulary! {
    /// Why a certificate can't be used for something.
    pub enum NotUsable {
        /// The register has no such certificate, or the organization none.
        UnknownCertificate = "unknown_certificate", "未查到该证书", "this certificate is not in the register";
        /// It entered without a case, and no second person has approved that.
        NotApproved = "registration_not_approved", "证书登记尚未批准", "the certificate's registration is not approved yet";
        /// It was revoked.
        Revoked = "revoked", "证书已注销", "the certificate was revoked";
        /// Its validity ended.
        Expired = "expired", "证书已过有效期", "the certificate has expired";
        /// It is suspended, for example after a loss report.
        Suspended = "suspended", "证书已暂停使用", "the certificate is suspended";
        /// It is locked after five wrong PINs.
        Locked = "locked", "证书已锁定，须到窗口解锁", "the certificate is locked; it can be unlocked at the window";
        /// It wasn't activated at the window yet.
        NotActivated = "not_activated", "证书尚未激活", "the certificate is not activated yet";
        /// Its validity hasn't begun.
        NotYetValid = "not_yet_valid", "证书有效期尚未开始", "the certificate is not valid yet";
        /// The application isn't open on it.
        ApplicationNotOpen = "application_not_open", "证书未开通该应用", "the login application is not open on the certificate";
        /// The application is open on it, but suspended.
        ApplicationSuspended = "application_suspended", "该应用已暂停使用", "the login application is suspended on the certificate";
        /// The authorization delay is not over.
        Waiting = "waiting", "系统授权中，授权等待时间未满", "opened; the authorization delay is not over";
    }
}

/// Whether a certificate may be used for a service at an instant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Authorization {
    /// It may.
    pub usable: bool,
    /// From when, where the service is open.
    pub usable_from: Option<DateTime<Utc>>,
    /// Seconds until then, rounded up; 0 when that time has come.
    pub seconds_left: Option<i64>,
    /// Why not.
    pub reason: Option<NotUsable>,
    /// The next instant at which the answer changes by time alone, if there is one: until then, only what somebody does
    /// can change it.
    pub changes_at: Option<DateTime<Utc>>,
}

impl Authorization {
    /// The answer about a certificate that isn't there.
    pub fn unknown() -> Self {
        let reason = Some(NotUsable::UnknownCertificate);
        Self { usable: false, usable_from: None, seconds_left: None, reason, changes_at: None }
    }

    /// Whole seconds for which the answer may be kept: at most `most`, and never past the next change that time brings.
    pub fn max_age_seconds(&self, now: DateTime<Utc>, most: u32) -> u32 {
        let left = self.changes_at.map(|at| (at - now).num_seconds().clamp(0, i64::from(u32::MAX)));
        left.and_then(|left| u32::try_from(left).ok()).map_or(most, |left| left.min(most))
    }
}

/// Answers for one service at one instant.
pub fn authorization(certificate: &Certificate, kind: ServiceKind, code: &str, now: DateTime<Utc>) -> Authorization {
    let service = certificate.service(kind, code).filter(|service| service.closed_at.is_none());
    let usable_from = service.map(|service| service.usable_from);
    let seconds_left = usable_from.map(|from| seconds_until(from, now));
    let reason = match certificate.state(now) {
        CertificateState::Unapproved | CertificateState::Rejected => Some(NotUsable::NotApproved),
        CertificateState::Revoked => Some(NotUsable::Revoked),
        CertificateState::Expired => Some(NotUsable::Expired),
        CertificateState::Suspended => Some(NotUsable::Suspended),
        CertificateState::Locked => Some(NotUsable::Locked),
        CertificateState::Made | CertificateState::InCustody | CertificateState::Issued => {
            Some(NotUsable::NotActivated)
        }
        CertificateState::Active if now < certificate.valid_from => Some(NotUsable::NotYetValid),
        CertificateState::Active => match service.map(|service| certificate.status_of(service, now)) {
            None | Some(ServiceStatus::Closed) => Some(NotUsable::ApplicationNotOpen),
            Some(ServiceStatus::Suspended) => Some(NotUsable::ApplicationSuspended),
            Some(ServiceStatus::Open) => (seconds_left != Some(0)).then_some(NotUsable::Waiting),
        },
    };
    let ahead = [Some(certificate.valid_from), Some(certificate.valid_until), usable_from];
    let changes_at = match reason {
        // Only somebody can change this one, or nobody.
        Some(NotUsable::Revoked | NotUsable::NotApproved) => None,
        _ => ahead.into_iter().flatten().filter(|at| *at > now).min(),
    };
    Authorization { usable: reason.is_none(), usable_from, seconds_left, reason, changes_at }
}

fn seconds_until(from: DateTime<Utc>, now: DateTime<Utc>) -> i64 {
    let left = from - now;
    if left <= Duration::zero() { 0 } else { left.num_seconds() + i64::from(left.subsec_nanos() > 0) }
}

/// The certificate in question: give one of the two.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = AuthorizationQuestion)]
pub struct QuestionDraft {
    /// Its serial number.
    #[schema(nullable = false, max_length = 64)]
    pub serial: Option<String>,
    /// Either code of its holder: the living certificate answers, or else the one that ended last.
    #[schema(nullable = false, max_length = 40)]
    pub organization_code: Option<String>,
}

/// A certificate as an answer given at an instant saw it; `None` where it wasn't in the register yet.
pub fn as_of(id: Uuid, events: &[Recorded<RegisterEntry>], instant: DateTime<Utc>) -> Option<Certificate> {
    let until = events.iter().position(|recorded| recorded.at > instant).unwrap_or(events.len());
    fold(id, &events[..until])
}
