//! Whether a database is what its events say: documents, claims and running numbers.
//!
//! Guarantees: it runs beside a working hall, changes nothing, holds a few hundred cases in memory at once, and sees each case and its events at one
//! moment.

use serde::Serialize;
use serde_json::Value;
use uuid::Uuid;

use crate::domain::cases::case;
use crate::domain::certificates::event;
use crate::domain::progress::Part;
use crate::service::Service;
use crate::service::base::error::ServiceError;
use crate::store::engine::events::{self, Subject};
use crate::store::evidence::consistency::{
    Gap, UnheldClaim, acceptance_gaps, amounts, cases_after, certificates_after, claims_of_nobody, receipt_gaps,
};
use crate::store::{Tx, cases, certificates};

/// How many cases or certificates are read at once.
const AT_ONCE: i64 = 200;
/// So many faults are told; of further ones only the number.
const MOST_TOLD: usize = 1_000;

/// What was looked at, and what is wrong.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Consistency {
    /// Cases that were looked at.
    pub cases: u64,
    /// Certificates that were looked at.
    pub certificates: u64,
    /// What is wrong, the first thousand, in words.
    pub faults: Vec<String>,
    /// How much is wrong.
    pub fault_count: u64,
}

impl Consistency {
    fn find(&mut self, fault: String) {
        self.fault_count += 1;
        if self.faults.len() < MOST_TOLD {
            self.faults.push(fault);
        }
    }
}

impl Service {
    /// Holds the database against itself: its file, each case and certificate against its events, claims against who holds them, running numbers
    /// against what has them.
    ///
    /// # Errors
    /// The database's; what is wrong is no error.
    pub async fn check_consistency(&self) -> Result<Consistency, ServiceError> {
        let mut found = Consistency::default();
        for fault in self.db.integrity_faults().await? {
            found.find(fault);
        }
        let there = self.db.read_long("amounts", |tx| Ok::<_, ServiceError>(amounts(tx)?)).await?;
        let progress = self.db.progress();
        progress.begin(Part::of("cases held against their events", there.cases));
        let mut after = String::new();
        while let Some(last) = self.check_cases(&after, &mut found).await? {
            after = last;
        }
        progress.begin(Part::of("certificates held against their events", there.certificates));
        after.clear();
        while let Some(last) = self.check_certificates(&after, &mut found).await? {
            after = last;
        }
        let claims =
            self.db.read_long("claims_of_nobody", |tx| Ok::<_, ServiceError>(claims_of_nobody(tx, MOST_TOLD as i64)?));
        for UnheldClaim { kind, subject } in claims.await? {
            found.find(format!("the claim on {kind} {subject} is held by nobody who could"));
        }
        let gaps =
            self.db.read_long("number_gaps", |tx| Ok::<_, ServiceError>((acceptance_gaps(tx)?, receipt_gaps(tx)?)));
        let (acceptance, receipts) = gaps.await?;
        for Gap { day, of, last, there } in acceptance.into_iter().chain(receipts) {
            let of = of.map_or_else(|| "acceptance numbers".to_owned(), |of| format!("receipts of {of}"));
            found.find(format!("{of} of {day}: {last} were given out, and {there} are there"));
        }
        Ok(found)
    }

    async fn check_cases(&self, after: &str, found: &mut Consistency) -> Result<Option<String>, ServiceError> {
        let after = after.to_owned();
        let read = self.db.read_long("check_cases", move |tx| {
            let ids = cases_after(tx, &after, AT_ONCE)?;
            let faults: Vec<String> = ids.iter().filter_map(|id| case_fault(tx, *id)).collect();
            Ok::<_, ServiceError>((ids, faults))
        });
        let (ids, faults) = read.await?;
        self.db.progress().done(ids.len() as u64)?;
        found.cases += ids.len() as u64;
        faults.into_iter().for_each(|fault| found.find(fault));
        Ok(ids.last().map(Uuid::to_string))
    }

    async fn check_certificates(&self, after: &str, found: &mut Consistency) -> Result<Option<String>, ServiceError> {
        let after = after.to_owned();
        let read = self.db.read_long("check_certificates", move |tx| {
            let ids = certificates_after(tx, &after, AT_ONCE)?;
            let faults: Vec<String> = ids.iter().filter_map(|id| certificate_fault(tx, *id)).collect();
            Ok::<_, ServiceError>((ids, faults))
        });
        let (ids, faults) = read.await?;
        self.db.progress().done(ids.len() as u64)?;
        found.certificates += ids.len() as u64;
        faults.into_iter().for_each(|fault| found.find(fault));
        Ok(ids.last().map(Uuid::to_string))
    }
}

/// What is wrong with a case, in words.
fn case_fault(tx: &mut Tx<'_>, id: Uuid) -> Option<String> {
    let stored = match cases::load(tx, id) {
        Ok(stored) => stored?,
        Err(error) => return Some(format!("case {id}: {error}")),
    };
    let told = match events::list(tx, Subject::Case(id), stored.version) {
        Ok(told) => told,
        Err(error) => return Some(format!("case {id}: {error}")),
    };
    difference(&stored, case::fold(id, &told).as_ref())
        .map(|what| format!("case {id} isn't what its events say: {what}"))
}

/// What is wrong with a certificate, in words.
fn certificate_fault(tx: &mut Tx<'_>, id: Uuid) -> Option<String> {
    let stored = match certificates::load_by_id(tx, id) {
        Ok(stored) => stored?,
        Err(error) => return Some(format!("certificate {id}: {error}")),
    };
    let told = match events::list(tx, Subject::Certificate(id), stored.version) {
        Ok(told) => told,
        Err(error) => return Some(format!("certificate {id}: {error}")),
    };
    difference(&stored, event::fold(id, &told).as_ref())
        .map(|what| format!("certificate {id} isn't what its events say: {what}"))
}

/// The members in which something differs from what its events say; none where they agree. Of persons nothing is told.
fn difference<T: Serialize>(stored: &T, derived: Option<&T>) -> Option<String> {
    let Some(derived) = derived else { return Some("its first event isn't its beginning".to_owned()) };
    let (Ok(Value::Object(stored)), Ok(Value::Object(derived))) =
        (serde_json::to_value(stored), serde_json::to_value(derived))
    else {
        return Some("it can't be compared".to_owned());
    };
    let members = stored.keys().chain(derived.keys().filter(|name| !stored.contains_key(*name)));
    let differing: Vec<&str> =
        members.filter(|name| stored.get(*name) != derived.get(*name)).map(String::as_str).collect();
    (!differing.is_empty()).then(|| differing.join(", "))
}
