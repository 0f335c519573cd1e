//! Whether each claim is held by who holds it by the events, and since one of them.
//!
//! Guarantee: nothing is said to be wrong that the hall could have written itself. A case that activated its certificate has given the claim on
//! its organization away, and may go on; who holds it then is looked at from the holder's side.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::domain::base::recorded::Recorded;
use crate::domain::case_types::definition::Definition;
use crate::domain::cases::case::Case;
use crate::domain::cases::event::Event;
use crate::domain::certificates::certificate::Certificate;
use crate::domain::certificates::event::{CertificateEvent, RegisterEntry};
use crate::service::Service;
use crate::service::base::error::ServiceError;
use crate::service::certificates::register::book::claim_of;
use crate::service::certificates::register::claims_of;
use crate::store::backups::consistency::ended_at;
use crate::store::certificates::claims::{self, Claim, Holder, OfCase};
use crate::store::{Tx, cases, certificates};

/// How many claims are looked at in one transaction.
const AT_ONCE: i64 = 200;

/// What is wrong with the claims of an open case, in words that follow its id.
pub(super) fn faults_of_case(
    tx: &mut Tx<'_>,
    definition: Definition<'_>,
    case: &Case,
    told: &[Recorded<Event>],
) -> Result<Vec<String>, ServiceError> {
    let took = |event: &Event| matches!(event, Event::ApplicationCorrected { .. });
    let taken = told.iter().enumerate().filter(|(nth, recorded)| *nth == 0 || took(&recorded.event));
    let taken: BTreeSet<i64> = taken.map(|(_, recorded)| recorded.at.timestamp_micros()).collect();
    let has_activated = told.iter().any(|recorded| {
        matches!(&recorded.event, Event::Certificate { event, .. } if **event == CertificateEvent::Activated)
    });
    let mut faults = Vec::new();
    for claim in claims_of(definition, &case.application) {
        let (kind, subject) = claim.key();
        let held = match claims::held(tx, &claim) {
            Err(error) if error.is_of_stored_data() => {
                faults.push(format!(": its claim on {kind} {subject} can't be read: {error}"));
                continue;
            }
            held => held?,
        };
        match held {
            None => faults.push(format!(": nobody holds its claim {claim:?}")),
            Some((Holder::Case(id), at)) if id == case.id => {
                if !taken.contains(&at.timestamp_micros()) {
                    faults
                        .push(format!(": its claim on {kind} {subject} (taken_at) isn't held since one of its events"));
                }
            }
            Some(_) if has_activated => {}
            Some((Holder::Case(other), _)) => {
                faults.push(format!(": its claim on {kind} {subject} (holder) is held by case {other}"));
            }
            Some((Holder::Certificate(serial), _)) => {
                faults.push(format!(": its claim on {kind} {subject} (holder) is held by certificate {serial}"));
            }
        }
    }
    Ok(faults)
}

/// The same of a certificate.
pub(super) fn faults_of_certificate(
    tx: &mut Tx<'_>,
    certificate: &Certificate,
    told: &[Recorded<RegisterEntry>],
    now: DateTime<Utc>,
) -> Result<Vec<String>, ServiceError> {
    let ((claim, own), is_living) = (claim_of(certificate), certificate.is_living(now));
    let (kind, subject) = claim.key();
    let held = match claims::held(tx, &claim) {
        Err(error) if error.is_of_stored_data() => {
            return Ok(vec![format!(": the claim on {kind} {subject} can't be read: {error}")]);
        }
        held => held?,
    };
    let fault = match held {
        None if is_living => Some(": nobody holds the claim on its organization".to_owned()),
        Some((holder, at)) if holder == own => {
            let is_of = |recorded: &Recorded<RegisterEntry>| recorded.at.timestamp_micros() == at.timestamp_micros();
            // It came back from a case that was to replace it, when that ended.
            let is_known = told.iter().any(is_of) || ended_at(tx, &subject, at)?;
            (!is_known)
                .then(|| format!(": its claim on {kind} {subject} (taken_at) isn't held since one of its events"))
        }
        Some((Holder::Certificate(serial), _)) if is_living => {
            let lives = certificates::load(tx, &serial)?.is_some_and(|other| other.is_living(now));
            (!lives).then(|| format!(": its claim on {kind} {subject} (holder) is held by certificate {serial}"))
        }
        _ => None,
    };
    Ok(fault.into_iter().collect())
}

impl Service {
    /// Looks for claims that open cases hold and that aren't theirs.
    pub(super) async fn check_claims(&self, mut found: impl FnMut(String)) -> Result<(), ServiceError> {
        let mut after = (String::new(), String::new());
        loop {
            let (service, from) = (self.clone(), after.clone());
            let looked = self.db.read_long("check_claims", move |tx| {
                let some = claims::of_cases_after(tx, (&from.0, &from.1), AT_ONCE)?;
                let mut faults = Vec::new();
                for claim in &some {
                    if !service.is_of_its_case(tx, claim)? {
                        let (kind, subject, id) = claim;
                        faults.push(format!("the claim on {kind} {subject} isn't one of case {id}, which holds it"));
                    }
                }
                let last = some.into_iter().next_back().map(|(kind, subject, _)| (kind, subject));
                Ok::<_, ServiceError>((last, faults))
            });
            let (Some(last), faults) = looked.await? else { return Ok(()) };
            faults.into_iter().for_each(&mut found);
            after = last;
        }
    }

    /// Whether a claim is one of the open case that holds it. Of a case that isn't there or open, or can't be read, others tell.
    fn is_of_its_case(&self, tx: &mut Tx<'_>, (kind, subject, id): &OfCase) -> Result<bool, ServiceError> {
        let Ok(id) = Uuid::parse_str(id) else { return Ok(true) };
        let case = match cases::load(tx, id) {
            Ok(Some(case)) if case.closed_at.is_none() => case,
            Err(error) if !error.is_of_stored_data() => return Err(error.into()),
            _ => return Ok(true),
        };
        let Ok(definition) = self.definition(&case) else { return Ok(true) };
        let is_it = |claim: &Claim| claim.key() == (kind.as_str(), subject.clone());
        Ok(claims_of(definition, &case.application).iter().any(is_it))
    }
}
