//! The one place where a certificate that is in the register changes: a [`Book`] holds one open, applies verbs to it, and writes
//! the certificate, its events and what it claims in one go. A certificate enters through [`Book::enter`], or many at once in
//! `import`; both build the first event with [`entry`].

use uuid::Uuid;

use crate::domain::base::recorded::Recorded;
use crate::domain::cases::refusal::Refusal;
use crate::domain::certificates::certificate::{Certificate, Entered};
use crate::domain::certificates::event::{self, CertificateEvent, RegisterEntry};
use crate::domain::certificates::refusal::CertificateRefusal;
use crate::domain::certificates::state::LifeStage;
use crate::service::ServiceError;
use crate::service::accounts::caller::Caller;
use crate::service::certificates::register::{Reader, claim_for_certificate};
use crate::store::certificates::claims::{self, Claim, Holder};
use crate::store::certificates::usable::{self, UsableSoon};
use crate::store::engine::events::{self, Subject};
use crate::store::{StoreError, Tx, certificates};

/// Who changes a certificate, when, and by what.
#[derive(Debug, Clone, Copy)]
pub(in crate::service) struct By<'a> {
    /// Account id.
    pub(in crate::service) actor_id: &'a str,
    /// Name, as it is then.
    pub(in crate::service) actor_name: &'a str,
    /// The action, of a case or at the register.
    pub(in crate::service) action: &'a str,
    /// When.
    pub(in crate::service) at: chrono::DateTime<chrono::Utc>,
    /// The case, where one does it.
    pub(in crate::service) case_id: Option<Uuid>,
}

impl<'a> By<'a> {
    /// A caller at the register.
    pub(in crate::service) fn caller(caller: &'a Caller, action: &'a str, at: chrono::DateTime<chrono::Utc>) -> Self {
        Self { actor_id: &caller.actor.id, actor_name: &caller.actor.name, action, at, case_id: None }
    }

    /// An event with who, when and by what.
    pub(in crate::service) fn record(self, sequence: i64, event: CertificateEvent) -> Recorded<RegisterEntry> {
        Recorded {
            sequence,
            at: self.at,
            actor_id: self.actor_id.to_owned(),
            actor_name: self.actor_name.to_owned(),
            action: self.action.to_owned(),
            event: RegisterEntry { case_id: self.case_id, event },
        }
    }
}

/// A certificate that is being changed.
struct Open {
    /// As it stands in the register; none: it enters it.
    before: Option<Certificate>,
    now: Certificate,
    recorded: Vec<Recorded<RegisterEntry>>,
}

/// The register, open at one certificate at a time.
pub(in crate::service) struct Book<'a> {
    reader: Reader<'a>,
    open: Option<Open>,
}

impl<'a> Book<'a> {
    /// A book that is open at a certificate that was loaded: when somebody changed it since, closing it is a conflict.
    pub(in crate::service) fn at(reader: Reader<'a>, certificate: Option<Certificate>) -> Self {
        let open = |certificate: Certificate| Open {
            before: Some(certificate.clone()),
            now: certificate,
            recorded: Vec::new(),
        };
        Self { reader, open: certificate.map(open) }
    }

    /// Enters a certificate.
    pub(in crate::service) fn enter(
        &mut self,
        tx: &mut Tx<'_>,
        id: Uuid,
        entered: Entered,
        by: By<'_>,
    ) -> Result<(), ServiceError> {
        self.close(tx)?;
        let (first, now) = entry(id, entered, by)?;
        self.open = Some(Open { before: None, now, recorded: vec![first] });
        Ok(())
    }

    /// Does something to a certificate, from the state that is known of it or else from that in the register.
    ///
    /// # Errors
    /// The verb's refusal.
    pub(in crate::service) fn change(
        &mut self,
        tx: &mut Tx<'_>,
        serial: &str,
        by: By<'_>,
        verb: impl FnOnce(&Certificate) -> Result<CertificateEvent, CertificateRefusal>,
    ) -> Result<(), ServiceError> {
        if self.open.as_ref().is_none_or(|open| open.now.serial != serial) {
            self.close(tx)?;
            let certificate = certificates::load(tx, serial)?
                .ok_or_else(|| ServiceError::Internal(format!("certificate {serial} isn't in the register")))?;
            *self = Self::at(self.reader, Some(certificate));
        }
        let Some(open) = &mut self.open else { return Ok(()) };
        let event = verb(&open.now).map_err(Refusal::from)?;
        let recorded = by.record(open.now.version + 1, event);
        open.now = event::evolve(open.now.clone(), &recorded);
        open.recorded.push(recorded);
        Ok(())
    }

    /// Writes what was done; answers the certificate that was open, as it is now.
    ///
    /// # Errors
    /// A serial or medium that is taken; an organization that holds a certificate already; a conflict.
    pub(in crate::service) fn close(&mut self, tx: &mut Tx<'_>) -> Result<Option<Certificate>, ServiceError> {
        let Some(Open { before, now, recorded }) = self.open.take() else { return Ok(None) };
        let Some(last) = recorded.last() else { return Ok(Some(now)) };
        // The certificate first: whoever was faster holds its row, and this one is decided again.
        match &before {
            None => crate::service::certificates::register::insert(tx, &now)?,
            // What nobody approved leaves the register: its numbers are free, and its organization may apply.
            Some(before) if now.stage == LifeStage::Rejected => {
                certificates::remove(tx, before)?;
                let (claim, holder) = claim_of(before);
                claims::release(tx, &claim, &holder)?;
            }
            Some(before) => {
                self.check_numbers(tx, before, &now)?;
                certificates::save(tx, before, &now)?;
                if before.serial != now.serial {
                    certificates::keep_former_serial(tx, &before.serial, now.id)?;
                }
                self.move_claim(tx, before, &now, last.at)?;
            }
        }
        events::append(tx, Subject::Certificate(now.id), &recorded)?;
        note_use(tx, before.as_ref(), &now, &recorded)?;
        Ok(Some(now))
    }

    /// A corrected serial or medium must be nobody else's.
    fn check_numbers(&self, tx: &mut Tx<'_>, before: &Certificate, now: &Certificate) -> Result<(), ServiceError> {
        let serials: &[&str] = if before.serial == now.serial { &[] } else { &[&now.serial] };
        let media: &[&str] = if before.medium_number == now.medium_number { &[] } else { &[&now.medium_number] };
        if serials.is_empty() && media.is_empty() {
            return Ok(());
        }
        match certificates::taken(tx, serials, media)?.first() {
            None => Ok(()),
            Some((serial, _)) if *serial == now.serial => Err(Refusal::SerialTaken.into()),
            Some(_) => Err(Refusal::MediumTaken.into()),
        }
    }

    /// The claim on its organization goes with the certificate when its serial or its holder's code changes.
    fn move_claim(
        &self,
        tx: &mut Tx<'_>,
        before: &Certificate,
        now: &Certificate,
        at: chrono::DateTime<chrono::Utc>,
    ) -> Result<(), ServiceError> {
        let ((old_claim, old), (new_claim, new)) = (claim_of(before), claim_of(now));
        if before.valid_until != now.valid_until && now.is_living(at) {
            // Whoever waits to take the claim from an expired certificate must see that it lives on; one that lives again takes
            // it back.
            if claims::find(tx, &old_claim)?.as_ref() == Some(&old) {
                claims::transfer(tx, &old_claim, &old, &old, at)?;
            } else {
                self.claim(tx, &old_claim, &old, at)?;
            }
        }
        if (&old_claim, &old) == (&new_claim, &new) || claims::find(tx, &old_claim)?.as_ref() != Some(&old) {
            return Ok(());
        }
        claims::release(tx, &old_claim, &old)?;
        if now.is_living(at) { self.claim(tx, &new_claim, &new, at) } else { Ok(()) }
    }

    /// Takes the claim on an organization for a certificate that doesn't hold it.
    fn claim(
        &self,
        tx: &mut Tx<'_>,
        claim: &Claim,
        holder: &Holder,
        at: chrono::DateTime<chrono::Utc>,
    ) -> Result<(), ServiceError> {
        match claim_for_certificate(tx, self.reader, claim, holder, at)? {
            None => Ok(()),
            Some(held_by) => Err(Refusal::AlreadyApplied { held_by }.into()),
        }
    }
}

/// What a living certificate claims, and as whom.
pub(in crate::service) fn claim_of(certificate: &Certificate) -> (Claim, Holder) {
    let claim = Claim::Organization { organization_code: certificate.organization_code.clone() };
    (claim, Holder::Certificate(certificate.serial.clone()))
}

/// A certificate that enters the register, with its first event.
pub(in crate::service) fn entry(
    id: Uuid,
    entered: Entered,
    by: By<'_>,
) -> Result<(Recorded<RegisterEntry>, Certificate), ServiceError> {
    let certificate = Box::new(entered);
    let event = match certificate.source {
        crate::domain::certificates::certificate::CertificateSource::Case => CertificateEvent::Made { certificate },
        _ => CertificateEvent::Registered { certificate },
    };
    let first = by.record(1, event);
    let certificate =
        event::begin(id, &first).ok_or_else(|| ServiceError::Internal("a certificate without an entry".to_owned()))?;
    Ok((first, certificate))
}

/// Notes the services whose use begins: those that were opened, from when they can be used, and those that something held up until now, or
/// ended.
fn note_use(
    tx: &mut Tx<'_>,
    before: Option<&Certificate>,
    now: &Certificate,
    recorded: &[Recorded<RegisterEntry>],
) -> Result<(), StoreError> {
    for recorded in recorded {
        let CertificateEvent::ServiceOpened { service, code, usable_from, .. } = &recorded.event.event else {
            continue;
        };
        let (certificate_id, code, due_at) = (now.id, code.clone(), (*usable_from).max(recorded.at));
        usable::note(tx, &UsableSoon { certificate_id, service: *service, code, due_at })?;
    }
    // Before a registration is approved nothing is opened.
    let before = before.filter(|before| before.stage != LifeStage::Unapproved);
    let (Some(before), Some(last)) = (before, recorded.last()) else { return Ok(()) };
    for service in now.decided_since(before, last.at) {
        usable::hasten(tx, now.id, service.kind, &service.code, last.at)?;
    }
    Ok(())
}
