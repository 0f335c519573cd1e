//! What the events of a case do to the register of certificates and to the claims on organizations.
//!
//! A claim is what only one may hold: the one certificate of an organization (held by an open case first, by the
//! certificate afterwards), and the adding of one application to one certificate. The claim's key makes two applications
//! at the same instant safe on both databases.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::domain::application::Application;
use crate::domain::case::Case;
use crate::domain::case_type::CertificateSubject;
use crate::domain::catalog::Catalog;
use crate::domain::certificate::{Certificate, CertificateSource, CertificateStatus, OpenedService};
use crate::domain::command::{Event, MadeCertificate, Recorded};
use crate::domain::machine::Definition;
use crate::domain::refusal::{HeldBy, Refusal};
use crate::store::claims::{self, Claim, Holder};
use crate::store::{Tx, cases, certificates};

use super::error::ServiceError;

/// Takes what only one open case may hold.
pub(super) fn claim(
    tx: &mut Tx<'_>,
    catalog: &Catalog,
    definition: Definition<'_>,
    application: &Application,
    case_id: Uuid,
    now: DateTime<Utc>,
) -> Result<(), ServiceError> {
    for claim in claims_of(definition, application) {
        let Some(holder) = claims::take(tx, &claim, &Holder::Case(case_id), now)? else { continue };
        if certificate_has_ended(tx, &holder, now)? {
            claims::transfer(tx, &claim, &holder, &Holder::Case(case_id), now)?;
            continue;
        }
        return Err(refusal(tx, catalog, &claim, holder, now)?.into());
    }
    Ok(())
}

/// Takes the claim on an organization for a certificate registered by hand; answers what stands in the way.
pub(super) fn claim_for_certificate(
    tx: &mut Tx<'_>,
    catalog: &Catalog,
    claim: &Claim,
    holder: &Holder,
    now: DateTime<Utc>,
) -> Result<Option<HeldBy>, ServiceError> {
    let Some(before) = claims::take(tx, claim, holder, now)? else { return Ok(None) };
    if certificate_has_ended(tx, &before, now)? {
        claims::transfer(tx, claim, &before, holder, now)?;
        return Ok(None);
    }
    describe(tx, catalog, before, now).map(Some)
}

/// Whether an organization may apply for a certificate: what stands in the way, if anything.
pub(super) fn held_by(
    tx: &mut Tx<'_>,
    catalog: &Catalog,
    organization_code: &str,
    now: DateTime<Utc>,
) -> Result<Option<HeldBy>, ServiceError> {
    let claim = Claim::Organization { organization_code: organization_code.to_owned() };
    let Some(holder) = claims::find(tx, &claim)? else { return Ok(None) };
    if certificate_has_ended(tx, &holder, now)? {
        return Ok(None);
    }
    describe(tx, catalog, holder, now).map(Some)
}

/// Enters what happened to a case in the register and moves its claims.
///
/// `held` is the certificate that was decided upon: when somebody changed it since, all is decided again.
pub(super) fn apply(
    tx: &mut Tx<'_>,
    catalog: &Catalog,
    definition: Definition<'_>,
    case: &Case,
    recorded: &[Recorded],
    mut held: Option<Certificate>,
    now: DateTime<Utc>,
) -> Result<(), ServiceError> {
    let known = &mut held;
    for Recorded { event, at, .. } in recorded {
        match event {
            Event::CertificateMade { certificate } => enter(tx, case, certificate)?,
            Event::CertificateVoided { certificate } => change(tx, known, &certificate.serial, |entry| {
                entry.status = CertificateStatus::Revoked;
                entry.revoked_at = Some(*at);
            })?,
            Event::CertificateIssued { serial } => {
                change(tx, known, serial, |entry| entry.status = CertificateStatus::Issued)?;
            }
            Event::CertificateActivated { serial } => {
                change(tx, known, serial, |entry| entry.status = CertificateStatus::Active)?;
                let claim = organization_claim(&case.application);
                claims::transfer(tx, &claim, &Holder::Case(case.id), &Holder::Certificate(serial.clone()), now)?;
            }
            Event::ServiceOpened { serial, service, code, usable_from } => change(tx, known, serial, |entry| {
                let (code, case_id) = (code.clone(), Some(case.id));
                let opened = OpenedService { kind: *service, code, opened_at: *at, usable_from: *usable_from, case_id };
                entry.services.push(opened);
            })?,
            Event::ApplicationCorrected { before, after, .. } => {
                let (old, new) = (claims_of(definition, before), claims_of(definition, after));
                if old != new {
                    release(tx, &old, case.id)?;
                    claim(tx, catalog, definition, after, case.id, now)?;
                }
            }
            Event::StateChanged { closed: true, .. } => {
                release(tx, &claims_of(definition, &case.application), case.id)?
            }
            _ => {}
        }
    }
    Ok(())
}

fn organization_claim(application: &Application) -> Claim {
    Claim::Organization { organization_code: application.organization.organization_code.as_str().to_owned() }
}

fn claims_of(definition: Definition<'_>, application: &Application) -> Vec<Claim> {
    if definition.case_type.certificate == CertificateSubject::New {
        return vec![organization_claim(application)];
    }
    let Some(serial) = &application.certificate_serial else { return Vec::new() };
    let claim = |code: &String| Claim::Addition { serial: serial.clone(), application: code.clone() };
    application.applications.iter().map(claim).collect()
}

/// Gives back what the case still holds; a claim that has gone over to a certificate stays.
fn release(tx: &mut Tx<'_>, claims: &[Claim], case_id: Uuid) -> Result<(), ServiceError> {
    for claim in claims {
        claims::release(tx, claim, &Holder::Case(case_id))?;
    }
    Ok(())
}

fn certificate_has_ended(tx: &mut Tx<'_>, holder: &Holder, now: DateTime<Utc>) -> Result<bool, ServiceError> {
    let Holder::Certificate(serial) = holder else { return Ok(false) };
    Ok(certificates::load(tx, serial)?.is_none_or(|certificate| !certificate.is_living(now)))
}

fn describe(tx: &mut Tx<'_>, catalog: &Catalog, holder: Holder, now: DateTime<Utc>) -> Result<HeldBy, ServiceError> {
    match holder {
        Holder::Certificate(serial) => {
            let certificate = certificates::load(tx, &serial)?;
            let offers = certificate.map(|certificate| catalog.offers_on(&certificate, now)).unwrap_or_default();
            Ok(HeldBy::Certificate { serial, offers })
        }
        Holder::Case(id) => {
            let acceptance_number = cases::load(tx, id)?.map(|case| case.acceptance_number).unwrap_or_default();
            Ok(HeldBy::Case { acceptance_number })
        }
    }
}

fn refusal(
    tx: &mut Tx<'_>,
    catalog: &Catalog,
    claim: &Claim,
    holder: Holder,
    now: DateTime<Utc>,
) -> Result<Refusal, ServiceError> {
    let held_by = describe(tx, catalog, holder, now)?;
    Ok(match (claim, held_by) {
        (Claim::Addition { .. }, HeldBy::Case { acceptance_number }) => {
            Refusal::AdditionAlreadyApplied { acceptance_number }
        }
        (_, held_by) => Refusal::AlreadyApplied { held_by },
    })
}

fn enter(tx: &mut Tx<'_>, case: &Case, made: &MadeCertificate) -> Result<(), ServiceError> {
    let organization = &case.application.organization;
    let certificate = Certificate {
        id: made.id,
        serial: made.serial.clone(),
        medium_number: made.medium_number.clone(),
        organization_code: organization.organization_code.as_str().to_owned(),
        unified_code: organization.unified_code.as_ref().map(|code| code.as_str().to_owned()),
        organization_name: organization.name.clone(),
        status: CertificateStatus::Made,
        valid_from: made.valid_from,
        valid_until: made.valid_until,
        source: CertificateSource::Case,
        case_id: Some(case.id),
        locked_at: None,
        revoked_at: None,
        services: Vec::new(),
        version: 1,
    };
    insert(tx, &certificate)
}

/// Enters a certificate; a serial or medium that stands there already is refused.
pub(super) fn insert(tx: &mut Tx<'_>, certificate: &Certificate) -> Result<(), ServiceError> {
    match certificates::insert(tx, certificate)? {
        certificates::Inserted::Done => Ok(()),
        certificates::Inserted::SerialTaken => Err(Refusal::SerialTaken.into()),
        certificates::Inserted::MediumTaken => Err(Refusal::MediumTaken.into()),
    }
}

/// Changes a certificate from the state that is known of it, or else from that in the register.
fn change(
    tx: &mut Tx<'_>,
    known: &mut Option<Certificate>,
    serial: &str,
    alter: impl FnOnce(&mut Certificate),
) -> Result<(), ServiceError> {
    let mut certificate = match known.take().filter(|known| known.serial == serial) {
        Some(known) => known,
        None => certificates::load(tx, serial)?
            .ok_or_else(|| ServiceError::Internal(format!("certificate {serial} isn't in the register")))?,
    };
    let loaded = certificate.version;
    alter(&mut certificate);
    certificate.version += 1;
    certificates::save(tx, &certificate, loaded)?;
    *known = Some(certificate);
    Ok(())
}
