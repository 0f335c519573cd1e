//! Applies the events of a case to the register of certificates and to the exclusive claims.
//!
//! A claim is what only one may hold: the one certificate of an organization (held by an open case first, by the
//! certificate afterwards), and the adding of one application to one certificate. The claim's key makes two applications
//! at the same instant safe on both databases. A certificate itself changes only through a [`Book`].

pub(in crate::service) mod at_register;
pub(in crate::service) mod book;
#[cfg(test)]
mod tests;

use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::domain::accounts::role::Scope;
use crate::domain::base::named::Named;
use crate::domain::base::recorded::Recorded;
use crate::domain::base::words::Words;
use crate::domain::case_types::case_type::CertificateSubject;
use crate::domain::case_types::catalog::Catalog;
use crate::domain::case_types::definition::Definition;
use crate::domain::cases::case::Case;
use crate::domain::cases::event::Event;
use crate::domain::cases::held::{adds_applications, offers_on};
use crate::domain::cases::intake::application::Application;
use crate::domain::cases::refusal::{HeldBy, Refusal};
use crate::domain::certificates::certificate::Certificate;
use crate::domain::certificates::event::CertificateEvent;
use crate::domain::certificates::state::LifeStage;
use crate::service::accounts::caller::Caller;
use crate::service::base::error::ServiceError;
use crate::service::certificates::register::book::{Book, By};
use crate::store::cases::{self, CaseFilter, CasePage};
use crate::store::certificates::claims::{self, Claim, Holder};
use crate::store::{StoreError, Tx, certificates};

/// Who reads a refusal, and the catalog that its words come from. A case is named to nobody who may not see it.
#[derive(Clone, Copy)]
pub(in crate::service) struct Reader<'a> {
    catalog: &'a Catalog,
    caller: &'a Caller,
}

impl<'a> Reader<'a> {
    pub(in crate::service) fn new(catalog: &'a Catalog, caller: &'a Caller) -> Self {
        Self { catalog, caller }
    }

    /// The number of a case, if the reader may see it.
    fn number_of(&self, case: &Case) -> Option<String> {
        self.caller.sees(case).then(|| case.acceptance_number.clone())
    }
}

/// Takes what only one open case may hold.
pub(in crate::service) fn claim(
    tx: &mut Tx<'_>,
    reader: Reader<'_>,
    definition: Definition<'_>,
    application: &Application,
    case_id: Uuid,
    now: DateTime<Utc>,
) -> Result<(), ServiceError> {
    if let Some(serial) = &application.certificate_serial {
        refuse_if_busy(tx, reader, definition, serial, case_id)?;
    }
    for claim in claims_of(definition, application) {
        let Some(holder) = claims::take(tx, &claim, &Holder::Case(case_id), now)? else { continue };
        // What replaces the certificate takes its place.
        if application.certificate_serial.as_ref().is_some_and(|serial| holder == Holder::Certificate(serial.clone())) {
            claims::transfer(tx, &claim, &holder, &Holder::Case(case_id), now)?;
            continue;
        }
        if take_over(tx, &claim, &holder, &Holder::Case(case_id), now)? {
            continue;
        }
        return Err(refusal(tx, reader, &claim, holder, now)?.into());
    }
    Ok(())
}

/// Refuses what works on a certificate on which another case works; only additions may be several.
fn refuse_if_busy(
    tx: &mut Tx<'_>,
    reader: Reader<'_>,
    definition: Definition<'_>,
    serial: &str,
    case_id: Uuid,
) -> Result<(), ServiceError> {
    // Whoever opens a case on this certificate at the same instant waits here, and then sees this one's claims.
    certificates::lock(tx, serial)?;
    match at_work(tx, definition, serial)? {
        Some(other) if other != case_id => Err(busy_with(tx, reader, other)?.into()),
        _ => Ok(()),
    }
}

/// The case on a certificate that another one of this definition would have to wait for.
fn at_work(tx: &mut Tx<'_>, definition: Definition<'_>, serial: &str) -> Result<Option<Uuid>, ServiceError> {
    let work = claims::find(tx, &Claim::Work { serial: serial.to_owned() })?;
    let busy = match (work, adds_applications(definition)) {
        (None, false) => claims::any_addition(tx, serial)?,
        (work, _) => work,
    };
    Ok(match busy {
        Some(Holder::Case(case)) => Some(case),
        _ => None,
    })
}

/// Why a case can't be opened on a certificate that another case works on; none where it can.
pub(in crate::service) fn busy(
    tx: &mut Tx<'_>,
    reader: Reader<'_>,
    definition: Definition<'_>,
    serial: &str,
) -> Result<Option<Refusal>, ServiceError> {
    at_work(tx, definition, serial)?.map(|case| busy_with(tx, reader, case)).transpose()
}

/// Which open case acts on a certificate or names it, as what may stand in the way; none where there is none.
pub(in crate::service) fn at_work_on(
    tx: &mut Tx<'_>,
    reader: Reader<'_>,
    serial: &str,
) -> Result<Option<Refusal>, ServiceError> {
    open_case_on(tx, serial)?.map(|case| busy_with(tx, reader, case)).transpose()
}

/// Refuses a correction of what a certificate is found by while an open case names it: the case would lose it.
pub(in crate::service) fn refuse_if_named(
    tx: &mut Tx<'_>,
    reader: Reader<'_>,
    serial: &str,
) -> Result<(), ServiceError> {
    certificates::lock(tx, serial)?;
    match at_work_on(tx, reader, serial)? {
        Some(refusal) => Err(refusal.into()),
        None => Ok(()),
    }
}

/// The open case that acts on a certificate, or else one that names it. Which certificate a case acts on is told by its claim alone: once
/// another was made in it, the case names that one.
pub(in crate::service) fn open_case_on(tx: &mut Tx<'_>, serial: &str) -> Result<Option<Uuid>, ServiceError> {
    if let Some(Holder::Case(case)) = claims::find(tx, &Claim::Work { serial: serial.to_owned() })? {
        return Ok(Some(case));
    }
    let filter =
        CaseFilter { certificate_serial: Some(serial.to_owned()), closed: Some(false), ..CaseFilter::default() };
    let open = cases::list(tx, &filter, &CasePage::newest(1))?;
    Ok(open.cases.first().map(|case| case.id))
}

fn busy_with(tx: &mut Tx<'_>, reader: Reader<'_>, id: Uuid) -> Result<Refusal, ServiceError> {
    let case = cases::load(tx, id)?.ok_or_else(|| ServiceError::Internal(format!("case {id} holds a claim")))?;
    let code = &case.case_type.code;
    let definition = reader.catalog.of(&case.case_type, &case.workflow);
    let case_type = definition.map(|definition| definition.case_type.words.clone());
    let case_type = case_type.unwrap_or_else(|| Words::new(code.clone(), code.clone()));
    Ok(Refusal::CertificateBusy { acceptance_number: reader.number_of(&case), case_type })
}

/// Takes the claim on an organization for a certificate registered by hand; answers what stands in the way.
pub(in crate::service) fn claim_for_certificate(
    tx: &mut Tx<'_>,
    reader: Reader<'_>,
    claim: &Claim,
    holder: &Holder,
    now: DateTime<Utc>,
) -> Result<Option<HeldBy>, ServiceError> {
    let Some(before) = claims::take(tx, claim, holder, now)? else { return Ok(None) };
    if take_over(tx, claim, &before, holder, now)? {
        return Ok(None);
    }
    describe(tx, reader, before, now).map(Some)
}

/// Whether an organization may apply for a certificate: what stands in the way, if anything.
pub(in crate::service) fn held_by(
    tx: &mut Tx<'_>,
    reader: Reader<'_>,
    organization_code: &str,
    now: DateTime<Utc>,
) -> Result<Option<HeldBy>, ServiceError> {
    let claim = Claim::Organization { organization_code: organization_code.to_owned() };
    let Some(holder) = claims::find(tx, &claim)? else { return Ok(None) };
    if certificate_has_ended(tx, &holder, now)? {
        return Ok(None);
    }
    describe(tx, reader, holder, now).map(Some)
}

/// Enters what happened to a case in the register and moves its claims.
///
/// `held` is the certificate that was decided upon: when somebody changed it since, all is decided again.
pub(in crate::service) fn apply(
    tx: &mut Tx<'_>,
    reader: Reader<'_>,
    definition: Definition<'_>,
    case: &Case,
    recorded: &[Recorded<Event>],
    held: Option<Certificate>,
    now: DateTime<Utc>,
) -> Result<(), ServiceError> {
    let mut book = Book::at(reader, held);
    for Recorded { event, at, actor_id, actor_name, action, .. } in recorded {
        let (at, by) = (*at, By { actor_id, actor_name, action, at: *at, case_id: Some(case.id) });
        match event {
            Event::Certificate { id, serial, event } => {
                match &**event {
                    CertificateEvent::Made { certificate } => book.enter(tx, *id, (**certificate).clone(), by)?,
                    decided => book.change(tx, serial, by, |certificate| certificate.accept(decided, at))?,
                }
                if **event == CertificateEvent::Activated {
                    let claim = organization_claim(&case.application);
                    claims::transfer(tx, &claim, &Holder::Case(case.id), &Holder::Certificate(serial.clone()), now)?;
                }
            }
            Event::ApplicationCorrected { before, after, .. } => {
                let (old, new) = (claims_of(definition, before), claims_of(definition, after));
                if old != new {
                    release(tx, &old, case.id)?;
                    claim(tx, reader, definition, after, case.id, now)?;
                }
            }
            Event::StateChanged { closed: true, .. } => {
                book.close(tx)?;
                return_claim(tx, case, now)?;
                release(tx, &claims_of(definition, &case.application), case.id)?;
            }
            _ => {}
        }
    }
    book.close(tx)?;
    Ok(())
}

fn organization_claim(application: &Application) -> Claim {
    Claim::Organization { organization_code: application.organization.organization_code.as_str().to_owned() }
}

/// What a case on this application holds while it is open.
pub(in crate::service) fn claims_of(definition: Definition<'_>, application: &Application) -> Vec<Claim> {
    let serial = application.certificate_serial.iter();
    let work = serial.clone().map(|serial| Claim::Work { serial: serial.clone() });
    match definition.case_type.certificate {
        CertificateSubject::New => vec![organization_claim(application)],
        CertificateSubject::Replaced => std::iter::once(organization_claim(application)).chain(work).collect(),
        CertificateSubject::Held if !adds_applications(definition) => work.collect(),
        CertificateSubject::Held => serial.flat_map(|serial| additions(serial, &application.applications)).collect(),
    }
}

fn additions(serial: &str, applications: &[String]) -> impl Iterator<Item = Claim> {
    applications.iter().map(|code| Claim::Addition { serial: serial.to_owned(), application: code.clone() })
}

/// A certificate that wasn't replaced after all, and lives, has its organization's claim again.
fn return_claim(tx: &mut Tx<'_>, case: &Case, now: DateTime<Utc>) -> Result<(), ServiceError> {
    let claim = organization_claim(&case.application);
    let Some(serial) = &case.application.certificate_serial else { return Ok(()) };
    if claims::find(tx, &claim)? != Some(Holder::Case(case.id)) {
        return Ok(());
    }
    if certificates::load(tx, serial)?.is_some_and(|certificate| certificate.is_living(now)) {
        claims::transfer(tx, &claim, &Holder::Case(case.id), &Holder::Certificate(serial.clone()), now)?;
    }
    Ok(())
}

/// Gives back what the case still holds; a claim that has gone over to a certificate stays.
fn release(tx: &mut Tx<'_>, claims: &[Claim], case_id: Uuid) -> Result<(), ServiceError> {
    for claim in claims {
        claims::release(tx, claim, &Holder::Case(case_id))?;
    }
    Ok(())
}

/// Takes a claim from a certificate that has ended; answers whether it had.
///
/// On PostgreSQL the certificate may have been renewed at the last moment: whoever renews touches the claim, so that one
/// of the two waits for the other, and is decided again.
fn take_over(
    tx: &mut Tx<'_>,
    claim: &Claim,
    from: &Holder,
    to: &Holder,
    now: DateTime<Utc>,
) -> Result<bool, ServiceError> {
    if !certificate_has_ended(tx, from, now)? {
        return Ok(false);
    }
    claims::transfer(tx, claim, from, to, now)?;
    if certificate_has_ended(tx, from, now)? { Ok(true) } else { Err(StoreError::Conflict.into()) }
}

fn certificate_has_ended(tx: &mut Tx<'_>, holder: &Holder, now: DateTime<Utc>) -> Result<bool, ServiceError> {
    let Holder::Certificate(serial) = holder else { return Ok(false) };
    Ok(certificates::load(tx, serial)?.is_none_or(|certificate| !certificate.is_living(now)))
}

/// Who holds a claim, as the reader may know it.
fn describe(tx: &mut Tx<'_>, reader: Reader<'_>, holder: Holder, now: DateTime<Utc>) -> Result<HeldBy, ServiceError> {
    match holder {
        Holder::Certificate(serial) => {
            let certificate = certificates::load(tx, &serial)?;
            if certificate.as_ref().is_some_and(|certificate| certificate.stage == LifeStage::Unapproved) {
                return Ok(HeldBy::Registration { serial });
            }
            let offers =
                certificate.map(|certificate| offers_on(reader.catalog, &certificate, &reader.caller.actor, now));
            let offers = offers.filter(|_| reader.caller.may(Scope::CasesOpen));
            let offers = not_busy(tx, reader, &serial, offers.unwrap_or_default())?;
            Ok(HeldBy::Certificate { serial, offers })
        }
        Holder::Case(id) => {
            let acceptance_number = cases::load(tx, id)?.and_then(|case| reader.number_of(&case));
            Ok(HeldBy::Case { acceptance_number })
        }
    }
}

pub(in crate::service) fn refusal(
    tx: &mut Tx<'_>,
    reader: Reader<'_>,
    claim: &Claim,
    holder: Holder,
    now: DateTime<Utc>,
) -> Result<Refusal, ServiceError> {
    let held_by = describe(tx, reader, holder, now)?;
    Ok(match (claim, held_by) {
        (Claim::Addition { .. }, HeldBy::Case { acceptance_number }) => {
            Refusal::AdditionAlreadyApplied { acceptance_number }
        }
        (_, held_by) => Refusal::AlreadyApplied { held_by },
    })
}

/// Of the case types that a certificate permits, those that no open case stands in the way of.
pub(in crate::service) fn not_busy(
    tx: &mut Tx<'_>,
    reader: Reader<'_>,
    serial: &str,
    offers: Vec<Named>,
) -> Result<Vec<Named>, ServiceError> {
    let mut free = Vec::new();
    for offer in offers {
        let Some(definition) = reader.catalog.opening(&offer.code) else { continue };
        let claims = match adds_applications(definition) {
            false if claims::any_addition(tx, serial)?.is_some() => continue,
            false => Vec::new(),
            true => additions(serial, &definition.case_type.required_applications).collect(),
        };
        let work = Claim::Work { serial: serial.to_owned() };
        let mut is_free = true;
        for claim in std::iter::once(work).chain(claims) {
            is_free &= claims::find(tx, &claim)?.is_none();
        }
        if is_free {
            free.push(offer);
        }
    }
    Ok(free)
}

/// Enters a certificate; a serial or medium that stands there already is refused.
pub(in crate::service) fn insert(tx: &mut Tx<'_>, certificate: &Certificate) -> Result<(), ServiceError> {
    match certificates::insert(tx, certificate)? {
        certificates::Inserted::Done => Ok(()),
        certificates::Inserted::SerialTaken => Err(Refusal::SerialTaken.into()),
        certificates::Inserted::MediumTaken => Err(Refusal::MediumTaken.into()),
    }
}
