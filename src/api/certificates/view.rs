//! Response types of certificates: state, services and history.

use std::borrow::Cow;
use std::sync::LazyLock;

use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::Schema;
use utoipa::{PartialSchema, ToSchema};
use uuid::Uuid;

use crate::api::cases::custody_view::StayView;
use crate::api::cases::event_data::{of_certificate, without_reasons};
use crate::api::closed::CertificateStateView;
use crate::api::timeline;
use crate::domain::base::recorded::Recorded;
use crate::domain::base::words::Language;
use crate::domain::certificates::authorization::{NotUsable, authorization};
use crate::domain::certificates::certificate::{
    Certificate, CertificateSource, Lock, LockSource, OpenedService, ServiceKind, Suspension, SuspensionCause,
};
use crate::domain::certificates::event::RegisterEntry;
use crate::domain::certificates::pending_correction::{Asker, PendingCorrection};
use crate::domain::certificates::pending_registration::PendingRegistration;
use crate::domain::certificates::state::{LifeStage, ServiceStatus};
use crate::http::language::NamedView;
use crate::http::openapi::schemas::Schemas;
use crate::http::problem::Problem;
use crate::service::accounts::caller::Caller;
use crate::service::certificates::certificate::CertificateAt;

/// A certificate in the register.
#[derive(Debug, Serialize, ToSchema)]
pub struct CertificateView {
    /// Its id, which stays when its serial number is corrected: its events have the `subject` `certificates/` with it.
    pub id: Uuid,
    /// Serial number.
    pub serial: String,
    /// Number of the medium.
    pub medium_number: String,
    /// Organization code of its holder.
    pub organization_code: String,
    /// Unified social credit code of its holder.
    #[schema(required = true)]
    pub unified_social_credit_code: Option<String>,
    /// Name of its holder.
    pub organization_name: String,
    /// Name of the person who handles it.
    #[schema(required = true)]
    pub handler: Option<String>,
    /// Code of the e-seal image.
    #[schema(required = true)]
    pub seal: Option<String>,
    /// Its state now: unapproved, made, in_custody, issued, active, suspended, locked, expired or revoked.
    #[schema(value_type = CertificateStateView)]
    pub state: NamedView,
    /// Its stage, without suspension, lock and expiry: unapproved, made, in_custody, issued, active or revoked.
    pub stage: LifeStage,
    /// From when it is valid.
    pub valid_from: DateTime<Utc>,
    /// Until when, excluded.
    pub valid_until: DateTime<Utc>,
    /// Its lock, where it is locked.
    #[schema(required = true)]
    pub lock: Option<LockView>,
    /// Its suspension, where it is suspended.
    #[schema(required = true)]
    pub suspension: Option<SuspensionView>,
    /// When it was revoked.
    #[schema(required = true)]
    pub revoked_at: Option<DateTime<Utc>>,
    /// Where its medium is, while the hall has it; not told to other systems.
    #[schema(required = true)]
    pub custody: Option<StayView>,
    /// The pending correction.
    #[schema(required = true)]
    pub correction: Option<PendingCorrectionView>,
    /// case, registered or imported.
    pub source: CertificateSource,
    /// The import it came by.
    #[schema(required = true)]
    pub import: Option<Uuid>,
    /// Its registration, while it waits for a second person's approval.
    #[schema(required = true)]
    pub registration: Option<PendingRegistrationView>,
    /// The case it was made in; not told to other systems.
    #[schema(required = true)]
    pub case_id: Option<Uuid>,
    /// The services that are or were open on it.
    pub services: Vec<OpenedServiceView>,
    /// When its person was erased, at the end of the retention: "—" stands for the handler since.
    #[schema(required = true)]
    pub persons_erased_at: Option<DateTime<Utc>>,
    /// Changes with every change.
    pub version: i64,
}

/// A reported lock.
#[derive(Debug, Serialize, ToSchema)]
pub struct LockView {
    /// Since when, as reported.
    pub at: DateTime<Utc>,
    /// window, client or import.
    pub source: LockSource,
    /// Account or client id of who reported it.
    pub reported_by: String,
    /// By which the reporter finds it again.
    #[schema(required = true)]
    pub reference: Option<String>,
}

impl From<Lock> for LockView {
    fn from(Lock { at, source, reported_by, reference }: Lock) -> Self {
        Self { at, source, reported_by, reference }
    }
}

/// A suspension.
#[derive(Debug, Serialize, ToSchema)]
pub struct SuspensionView {
    /// Since when.
    pub since: DateTime<Utc>,
    /// loss or decision.
    pub cause: SuspensionCause,
    /// Why, in words; not told to other systems.
    #[schema(required = true)]
    pub reason: Option<String>,
}

/// A service on a certificate.
#[derive(Debug, Serialize, ToSchema)]
pub struct OpenedServiceView {
    /// application or e_seal.
    pub service: ServiceKind,
    /// Code.
    pub code: String,
    /// open, suspended or closed; all are closed when the certificate ends.
    pub status: ServiceStatus,
    /// It can be used now, considering certificate and time.
    pub usable: bool,
    /// Why it can't be used, as in the 24-hour answer.
    #[schema(required = true)]
    pub reason: Option<NotUsable>,
    /// When it was opened.
    pub opened_at: DateTime<Utc>,
    /// From when it can be used.
    pub usable_from: DateTime<Utc>,
}

impl CertificateView {
    pub(in crate::api) fn new(CertificateAt { certificate, now }: CertificateAt, language: Language) -> Self {
        let state = certificate.state(now);
        Self {
            id: certificate.id,
            state: NamedView::new(state.code(), &state.words(), language),
            custody: certificate.stay.as_ref().map(|stay| StayView::new(&certificate.serial, stay, language)),
            services: certificate.services.iter().map(|service| service_view(&certificate, service, now)).collect(),
            correction: certificate.correction.as_ref().map(PendingCorrectionView::from),
            persons_erased_at: certificate.erased_at,
            serial: certificate.serial,
            medium_number: certificate.medium_number,
            organization_code: certificate.organization_code,
            unified_social_credit_code: certificate.unified_code,
            organization_name: certificate.organization_name,
            handler: certificate.handler,
            seal: certificate.seal,
            stage: certificate.stage,
            valid_from: certificate.valid_from,
            valid_until: certificate.valid_until,
            lock: certificate.lock.map(LockView::from),
            suspension: certificate.suspension.map(|Suspension { since, cause, reason, .. }| SuspensionView {
                since,
                cause,
                reason: Some(reason),
            }),
            revoked_at: certificate.revoked_at,
            source: certificate.source,
            import: certificate.import,
            registration: certificate.registration.map(PendingRegistrationView::from),
            case_id: certificate.case_id,
            version: certificate.version,
        }
    }
}

impl CertificateView {
    /// For another system, which may not see the case, nor what the hall notes for itself.
    pub fn to_system(&mut self) {
        (self.case_id, self.custody) = (None, None);
        if let Some(suspension) = &mut self.suspension {
            suspension.reason = None;
        }
        if let Some(correction) = &mut self.correction {
            correction.reason = None;
        }
    }
}

pub(in crate::api) fn service_view(
    certificate: &Certificate,
    service: &OpenedService,
    now: DateTime<Utc>,
) -> OpenedServiceView {
    let answer = authorization(certificate, service.kind, &service.code, now);
    OpenedServiceView {
        service: service.kind,
        code: service.code.clone(),
        status: certificate.status_of(service, now),
        usable: answer.usable,
        reason: answer.reason,
        opened_at: service.opened_at,
        usable_from: service.usable_from,
    }
}

/// What happened to a certificate.
#[derive(Debug, Serialize, ToSchema)]
pub struct CertificateHistoryView {
    /// Oldest first.
    #[schema(value_type = Vec<CertificateEvents>)]
    pub items: Vec<CertificateEventView>,
    /// `after` of the next page; none: this is the last.
    #[schema(required = true)]
    pub next: Option<i64>,
}

/// One event of a certificate's history.
#[derive(Debug, Serialize, ToSchema)]
pub struct CertificateEventView {
    /// Counts the events of the certificate; the last one is its version.
    pub sequence: i64,
    /// When.
    pub at: DateTime<Utc>,
    /// Who: account id and name.
    pub actor: NamedView,
    /// The action, of a case or at the register.
    pub action: String,
    /// The case that caused it, if any.
    #[schema(required = true)]
    pub case_id: Option<Uuid>,
    /// What happened.
    pub kind: String,
    /// The values before and after, and other data of this kind. Persons appear by name only.
    #[schema(value_type = Object)]
    pub data: serde_json::Value,
}

/// An event as it is described: one of the kinds.
pub(in crate::api) enum CertificateEvents {}

impl PartialSchema for CertificateEvents {
    fn schema() -> RefOr<Schema> {
        timeline::choice("What happened to a certificate, by its kind.", timeline::of_certificates())
    }
}

impl ToSchema for CertificateEvents {
    fn name() -> Cow<'static, str> {
        "CertificateEventView".into()
    }

    fn schemas(schemas: &mut Schemas) {
        // Asked for by each description that mentions it, and dear.
        static SCHEMAS: LazyLock<Schemas> =
            LazyLock::new(|| timeline::described::<CertificateEventView>(timeline::of_certificates()));
        schemas.extend_from_slice(&SCHEMAS);
    }
}

impl CertificateEventView {
    /// An event as its reader sees it: another system sees no case, and not what the hall notes for itself.
    pub(in crate::api) fn new(recorded: Recorded<RegisterEntry>, reader: &Caller) -> Result<Self, Problem> {
        let mut data = of_certificate(&recorded.event.event).map_err(Problem::internal)?;
        let kind = data.as_object_mut().and_then(|data| data.remove("kind"));
        let kind = kind.and_then(|kind| kind.as_str().map(str::to_owned)).unwrap_or_default();
        let mut case_id = recorded.event.case_id;
        if !reader.sees_cases_of_certificates() {
            case_id = None;
            without_numbers(&mut data);
            without_reasons(&kind, &mut data);
        }
        Ok(Self {
            sequence: recorded.sequence,
            at: recorded.at,
            actor: NamedView { code: recorded.actor_id, name: recorded.actor_name },
            action: recorded.action,
            case_id,
            kind,
            data,
        })
    }
}

/// Takes out acceptance numbers and ids of cases, wherever they stand.
fn without_numbers(value: &mut serde_json::Value) {
    match value {
        serde_json::Value::Object(members) => {
            members.remove("acceptance_number");
            members.remove("case_id");
            members.values_mut().for_each(without_numbers);
        }
        serde_json::Value::Array(values) => values.iter_mut().for_each(without_numbers),
        _ => {}
    }
}

/// A registration that waits for approval.
#[derive(Debug, Serialize, ToSchema)]
pub struct PendingRegistrationView {
    /// Who entered it, and so can't approve it.
    pub entered_by: NamedView,
    /// When.
    pub entered_at: DateTime<Utc>,
}

impl From<PendingRegistration> for PendingRegistrationView {
    fn from(PendingRegistration { entered_by, entered_at }: PendingRegistration) -> Self {
        Self { entered_by: named(entered_by), entered_at }
    }
}

/// Somebody by account id and name.
pub(in crate::api) fn named(by: Asker) -> NamedView {
    NamedView { code: by.id, name: by.name }
}

/// The pending correction.
#[derive(Debug, Serialize, ToSchema)]
pub struct PendingCorrectionView {
    /// The requester.
    pub asked_by: NamedView,
    /// When.
    pub asked_at: DateTime<Utc>,
    /// Why; not told to other systems.
    #[schema(required = true)]
    pub reason: Option<String>,
    /// The fields to correct.
    pub changes: Vec<CorrectedFieldView>,
}

impl From<&PendingCorrection> for PendingCorrectionView {
    fn from(correction: &PendingCorrection) -> Self {
        let field = |(field, before, after)| CorrectedFieldView { field, before, after };
        Self {
            asked_by: named(correction.asked_by.clone()),
            asked_at: correction.asked_at,
            reason: Some(correction.reason.clone()),
            changes: correction.changes().into_iter().map(field).collect(),
        }
    }
}

/// A field to correct.
#[derive(Debug, Serialize, ToSchema)]
pub struct CorrectedFieldView {
    /// Its name.
    pub field: &'static str,
    /// The recorded value.
    #[schema(required = true)]
    pub before: Option<String>,
    /// The correct value.
    #[schema(required = true)]
    pub after: Option<String>,
}
