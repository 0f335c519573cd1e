//! What becomes of events that wait and that their system doesn't see any more.
//!
//! Guarantees: what a case does to a certificate stands in two records, and a system is told of it by that of the certificate where it reads
//! certificates, else by that of the case. Where this changes while the one waits, the other goes in its place. What is seen in neither way
//! is taken out, and the log says so.

use uuid::Uuid;

use super::deliver::LeasedWebhook;
use super::intake;
use crate::domain::accounts::role::Scope;
use crate::domain::cases::event::Event;
use crate::domain::feed::webhook::{Attempt, AttemptOutcome};
use crate::service::Service;
use crate::service::accounts::caller::Caller;
use crate::service::base::error::ServiceError;
use crate::service::feed::{FedEvent, kinds};
use crate::store::Tx;
use crate::store::feed::queue::{self, Queued};
use crate::store::feed::{self, Asked, Happened, webhooks};

/// By how many numbers both records of the same may be apart: they are made in one transaction.
const APART: i64 = 1_000;

impl Service {
    /// Puts the other record of the same in the place of one that its system doesn't see any more; `false` where there is none that it sees.
    pub(super) async fn told_otherwise(&self, leased: &LeasedWebhook, queued: &Queued) -> Result<bool, ServiceError> {
        let (id, seen, lease) = (leased.webhook.id, queued.clone(), self.webhook_lease(leased.by));
        let (reader, number) = (leased.reader.clone(), queued.number);
        let read = move |tx: &mut Tx<'_>| other_record(tx, &reader, number);
        let Some(other) = self.db.read("other_record", read).await? else { return Ok(false) };
        let other = intake::queued(&other, lease.now);
        let put = self.db.write("webhook_told_otherwise", move |tx| {
            if !webhooks::lease(tx, id, lease)? {
                return Ok::<_, ServiceError>(false);
            }
            queue::take_out(tx, id, &seen)?;
            queue::put(tx, id, &other, lease.now)?;
            Ok(true)
        });
        put.await
    }

    /// Takes an event out of the queue that its system may not see any more; `false` where this instance doesn't work on the webhook any more.
    pub(super) async fn withhold(&self, leased: &LeasedWebhook, queued: &Queued) -> Result<bool, ServiceError> {
        let (id, number, lease) = (leased.webhook.id, queued.number, self.webhook_lease(leased.by));
        let seen = queued.clone();
        let attempt = Attempt {
            id: Uuid::now_v7(),
            number,
            event_type: None,
            attempt: queued.attempts + 1,
            at: lease.now,
            duration_ms: 0,
            outcome: AttemptOutcome::Withheld,
            http_status: None,
            error: None,
        };
        let withheld = self.db.write("webhook_withheld", move |tx| {
            if !webhooks::lease(tx, id, lease)? {
                return Ok::<_, ServiceError>(false);
            }
            queue::note(tx, id, &attempt)?;
            queue::take_out(tx, id, &seen)?;
            Ok(true)
        });
        let withheld = withheld.await?;
        if withheld {
            self.webhook_attempts.count(id, AttemptOutcome::Withheld);
        }
        Ok(withheld)
    }
}

/// The other record of what happened to a certificate by a case, where the reader sees that one.
fn other_record(tx: &mut Tx<'_>, reader: &Caller, number: i64) -> Result<Option<FedEvent>, ServiceError> {
    let certificates = reader.may(Scope::CertificatesRead);
    let asked = Asked {
        after: number - 1,
        until: number,
        cases: true,
        certificates: !certificates,
        kinds: None,
        subject: None,
        limit: 1,
    };
    let this = feed::page(tx, reader.reach(), &asked)?.pop();
    let Some((certificate_id, this)) = this.and_then(|this| Some((of_certificate(&this)?, this))) else {
        return Ok(None);
    };
    let near = Asked {
        after: number - APART,
        until: number + APART,
        cases: reader.may(Scope::CasesRead),
        certificates,
        subject: None,
        kinds: Some(kinds(&[this.event_type()])),
        limit: 2 * APART,
    };
    let is_other = |other: &FedEvent| {
        (other.at, other.event_type()) == (this.at, this.event_type())
            && other.case.as_ref().map(|case| case.id) == this.case.as_ref().map(|case| case.id)
            && of_certificate(other) == Some(certificate_id)
    };
    Ok(feed::page(tx, reader.reach(), &near)?.into_iter().find(is_other))
}

/// The certificate to which something happened.
fn of_certificate(event: &FedEvent) -> Option<Uuid> {
    match &event.happened {
        Happened::Case(of_case) if !matches!(**of_case, Event::Certificate { .. }) => None,
        _ => event.certificate.as_ref().map(|(id, _)| *id),
    }
}
