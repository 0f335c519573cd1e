//! Rules for cases on a held certificate: accepted states, earliest time, and services already open.

use chrono::{DateTime, Duration, Utc};

use super::case::Case;
use super::context::Context;
use super::refusal::Refusal;
use crate::domain::accounts::actor::Actor;
use crate::domain::accounts::role::Role;
use crate::domain::base::named::Named;
use crate::domain::base::words::Words;
use crate::domain::case_types::case_type::{CaseType, CertificateSubject, ReplacementReason};
use crate::domain::case_types::catalog::Catalog;
use crate::domain::case_types::codes::Effect;
use crate::domain::case_types::definition::Definition;
use crate::domain::case_types::workflow::{Action, Workflow};
use crate::domain::cases::intake::application::Application;
use crate::domain::certificates::certificate::{Certificate, ServiceKind, Suspension, SuspensionCause};
use crate::domain::certificates::event::CertificateEvent;
use crate::domain::certificates::particulars::Particulars;
use crate::domain::certificates::refusal::CertificateRefusal;
use crate::domain::certificates::state::CertificateState;
use crate::domain::hall::Hall;

/// In halls with four eyes, whoever reported the loss of a certificate doesn't make it usable again.
pub fn unless_own_loss(hall: &Hall, certificate: &Certificate, actor: &Actor) -> Option<Refusal> {
    let own = |suspension: &Suspension| suspension.reported_by.as_ref() == Some(&actor.id);
    let is_own = hall.four_eyes && certificate.suspensions().any(own);
    let did = || Words::new("挂失", "Report the loss");
    is_own.then(|| Refusal::SecondPersonNeeded { did: did(), roles: vec![Role::Supervisor] })
}

/// The held certificate, if a case of this type may work on it.
///
/// # Errors
/// The first reason why not.
pub fn held_certificate<'a>(
    case_type: &CaseType,
    held: Option<&'a Certificate>,
    organization_code: &str,
    now: DateTime<Utc>,
) -> Result<&'a Certificate, Refusal> {
    let certificate = held.ok_or(Refusal::HeldCertificateUnknown)?;
    if certificate.organization_code != organization_code {
        return Err(Refusal::HeldCertificateOfAnother);
    }
    let (state, wanted) = (certificate.state(now), case_type.certificate_states.as_slice());
    if matches!(state, CertificateState::Unapproved | CertificateState::Rejected) {
        return Err(CertificateRefusal::NotApproved.into());
    }
    if !wanted.contains(&state) {
        return Err(not_in(certificate, state, wanted));
    }
    if state == CertificateState::Active && now < certificate.valid_from {
        return Err(Refusal::HeldCertificateNotYetValid);
    }
    Ok(certificate)
}

/// The held certificate, for a decision; the refusal of an expired one names the alternatives.
///
/// # Errors
/// The first reason why not.
pub fn held_for<'a>(
    case_type: &CaseType,
    organization_code: &str,
    context: &Context<'a>,
) -> Result<&'a Certificate, Refusal> {
    held_certificate(case_type, context.held, organization_code, context.now).map_err(|refusal| match refusal {
        Refusal::HeldCertificateExpired { serial, .. } => {
            let offers = context.held.map(|held| offers_on(context.catalog, held, context.actor, context.now));
            let offers = offers.unwrap_or_default();
            Refusal::HeldCertificateExpired { serial, offers }
        }
        other => other,
    })
}

/// Whether the case itself revoked the certificate held, when its papers were accepted before: it needn't be valid any more, and isn't
/// revoked twice.
pub fn revoked_held(workflow: &Workflow, case: &Case) -> bool {
    let revokes = |action: &&Action| action.effects.contains(&Effect::RevokeHeldCertificate);
    workflow.actions.iter().filter(revokes).any(|action| case.takers.contains_key(&action.code))
}

/// Why a certificate in this state isn't one in those.
fn not_in(certificate: &Certificate, state: CertificateState, wanted: &[CertificateState]) -> Refusal {
    match (state, wanted) {
        (CertificateState::Revoked, _) => Refusal::HeldCertificateRevoked,
        (_, [CertificateState::Locked]) => Refusal::HeldCertificateNotLocked,
        (CertificateState::Expired, _) => {
            Refusal::HeldCertificateExpired { serial: certificate.serial.clone(), offers: Vec::new() }
        }
        (_, [CertificateState::Expired]) => Refusal::HeldCertificateNotExpired,
        (CertificateState::Suspended, _) => Refusal::HeldCertificateSuspended,
        (CertificateState::Locked, _) => Refusal::HeldCertificateLocked,
        _ => Refusal::HeldCertificateNotActive,
    }
}

/// The blockers of opening a case on the held certificate, besides its state.
pub fn opening_refusals(
    definition: Definition<'_>,
    application: &Application,
    held: &Certificate,
    context: &Context<'_>,
) -> Vec<Refusal> {
    let mut refusals = Vec::from_iter(too_early(definition.case_type, held, context.hall, context.now));
    if adds_applications(definition) {
        refusals.extend(applications_open_already(&application.applications, Some(held), context.hall));
    }
    if definition.workflow.has_effect(Effect::ChangeCertificate) && particulars(application, held) == held.particulars()
    {
        refusals.push(Refusal::NothingToChange);
    }
    refusals
}

fn too_early(case_type: &CaseType, held: &Certificate, hall: &Hall, now: DateTime<Utc>) -> Option<Refusal> {
    let opens_at = opens_at(case_type, held).filter(|opens_at| now < *opens_at)?;
    Some(Refusal::TooEarly { opens_at: opens_at.with_timezone(&hall.hours.zone).naive_local() })
}

/// Why a case of this type can't be opened on a certificate of its holder, whatever is applied for; none where it can.
pub fn unless_possible(
    definition: Definition<'_>,
    held: &Certificate,
    hall: &Hall,
    now: DateTime<Utc>,
) -> Option<Refusal> {
    let case_type = definition.case_type;
    let open = adds_applications(definition)
        .then(|| applications_open_already(&case_type.required_applications, Some(held), hall))
        .flatten();
    let unfit = held_certificate(case_type, Some(held), &held.organization_code, now).err();
    unfit.or_else(|| too_early(case_type, held, hall, now)).or(open)
}

/// From when a case of this type can be opened on a certificate, where that is limited.
pub fn opens_at(case_type: &CaseType, held: &Certificate) -> Option<DateTime<Utc>> {
    let days = case_type.opens_days_before_end?;
    Some(held.valid_until.checked_sub_signed(Duration::days(i64::from(days))).unwrap_or(DateTime::<Utc>::MIN_UTC))
}

/// Whether it opens login applications on the held certificate rather than on a new one.
pub fn adds_applications(definition: Definition<'_>) -> bool {
    let works_on_it = definition.case_type.certificate == CertificateSubject::Held;
    works_on_it && definition.workflow.has_effect(Effect::OpenApplications)
}

/// A refusal where one of these applications is open on the certificate.
pub fn applications_open_already(applications: &[String], held: Option<&Certificate>, hall: &Hall) -> Option<Refusal> {
    let open = open_on(applications, held?)?;
    Some(Refusal::ApplicationAlreadyOpen { application: hall.application_or_unknown(open).words })
}

/// The first of these applications that is open on a certificate.
fn open_on<'a>(applications: &'a [String], held: &Certificate) -> Option<&'a String> {
    applications.iter().find(|code| held.has_open(ServiceKind::Application, code))
}

/// What is written on a certificate after it was changed as an application says: the holder's name and codes, who handles
/// it, and the image of the seal where one is named.
pub fn particulars(application: &Application, held: &Certificate) -> Particulars {
    let Application { organization, applicant, agent, seal, .. } = application;
    let unified = organization.unified_code.as_ref().map(|code| code.as_str().to_owned());
    Particulars {
        organization_name: organization.name.clone(),
        unified_code: unified.or_else(|| held.unified_code.clone()),
        handler: Some(agent.as_ref().unwrap_or(applicant).name.clone()),
        seal: seal.clone().or_else(|| held.seal.clone()),
        ..held.particulars()
    }
}

/// What a case changes on the certificate held: what is written there now, and what is to be; none of a case that changes nothing.
pub fn change(
    definition: Definition<'_>,
    application: &Application,
    held: Option<&Certificate>,
) -> Option<(Particulars, Particulars)> {
    let held = held.filter(|_| definition.workflow.has_effect(Effect::ChangeCertificate))?;
    Some((held.particulars(), particulars(application, held)))
}

/// What an application does to the certificate held as soon as it is made: one that was lost is suspended, and waits for no papers. Who
/// has reported that already isn't heard twice.
pub fn suspended_at_once(
    application: &Application,
    held: Option<&Certificate>,
    actor: &Actor,
    now: DateTime<Utc>,
) -> Option<CertificateEvent> {
    let lost = ReplacementReason::Lost;
    let suspension = Suspension {
        since: now,
        cause: SuspensionCause::Loss,
        reason: lost.words().zh,
        reported_by: Some(actor.id.clone()),
    };
    let held = held.filter(|_| application.replacement_reason == Some(lost))?;
    held.suspend(suspension, now).ok()
}

/// Case types that are possible on a certificate now, may be opened by whoever asks, and would change something.
pub fn offers_on(catalog: &Catalog, certificate: &Certificate, actor: &Actor, now: DateTime<Utc>) -> Vec<Named> {
    let holder = certificate.organization_code.as_str();
    let offered = |case_type: &&CaseType| {
        let Some(definition) = catalog.opening(&case_type.code) else { return false };
        let required = &case_type.required_applications;
        let adds = !adds_applications(definition) || open_on(required, certificate).is_none();
        case_type.needs_held_certificate()
            && actor.has_any(&case_type.opened_by)
            && held_certificate(case_type, Some(certificate), holder, now).is_ok()
            && opens_at(case_type, certificate).is_none_or(|opens_at| now >= opens_at)
            && adds
    };
    let named = |case_type: &CaseType| Named { code: case_type.code.clone(), words: case_type.words.clone() };
    catalog.current().filter(offered).map(named).collect()
}
