//! Whether a database is what its events say: documents, columns, names, claims, money, what reports count, and running numbers.
//!
//! Guarantees: it runs beside a working hall, changes nothing, holds a few hundred cases in memory at once, and sees each case and its events at one
//! moment.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::Value;
use uuid::Uuid;

use super::numbers::{self, Slips};
use super::report_facts::{Counting, Found};
use super::{claims, due_columns};
use crate::domain::cases::case;
use crate::domain::certificates::event;
use crate::domain::money::cash_journal::entries;
use crate::domain::progress::Part;
use crate::service::Service;
use crate::service::base::error::ServiceError;
use crate::store::backups::consistency::{
    Gap, Named, acceptance_gaps, amounts, cases_after, certificates_after, claims_of_nobody, receipt_gaps, without_row,
};
use crate::store::backups::names::{self, Part as NamePart};
use crate::store::backups::numbers as counted_numbers;
use crate::store::engine::events::{self, Subject};
use crate::store::money::cash_journal;
use crate::store::{StoreError, Tx, cases, certificates};

/// How many cases or certificates are read at once.
const AT_ONCE: i64 = 200;
/// How many rows of the index of names are.
const NAMES_AT_ONCE: i64 = 5_000;

/// What was counted on the way.
#[derive(Default)]
struct Counted {
    facts: Found,
    slips: Slips,
}

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
    pub(super) fn find(&mut self, fault: String) {
        self.fault_count += 1;
        if self.faults.len() < MOST_TOLD {
            self.faults.push(fault);
        }
    }
}

/// That some rows can't be read is a fault, and the others are looked at all the same.
fn named<T: Default>(of: &str, looked: Result<T, ServiceError>, found: &mut Consistency) -> Result<T, ServiceError> {
    match looked {
        Err(error) if error.is_of_stored_data() => {
            found.find(format!("{of}: {error}"));
            Ok(T::default())
        }
        looked => looked,
    }
}

/// Some ids after one.
type Ids = fn(&mut Tx<'_>, &str, i64) -> Result<Vec<String>, StoreError>;
/// Looks at what has some ids: what was counted on the way, and what is wrong, in words.
type Look<T> = fn(&Service, &mut Tx<'_>, &[String]) -> Result<(T, Vec<String>), ServiceError>;

impl Service {
    /// Holds the database against itself: its file, each case and certificate against its events, claims against who holds them, running numbers
    /// against what has them.
    ///
    /// # Errors
    /// The database's; what is wrong is no error.
    pub async fn check_consistency(&self) -> Result<Consistency, ServiceError> {
        let (mut found, began) = (Consistency::default(), self.now());
        let mut counted = Counted::default();
        for fault in self.db.integrity_faults().await? {
            found.find(fault);
        }
        let there = self.db.read_long("amounts", |tx| Ok::<_, ServiceError>(amounts(tx)?)).await;
        let there = named("how much there is", there, &mut found)?;
        let progress = self.db.progress();
        progress.begin(Part::of("cases held against their events", there.cases));
        let mut after = String::new();
        while let Some(last) = self.check_cases(&after, &mut counted, &mut found).await? {
            after = last;
        }
        let Counted { facts, slips } = counted;
        let looked = self.check_uncounted(began, facts, |fault| found.find(fault)).await;
        named("report facts", looked, &mut found)?;
        let looked = self.check_counted_days(|fault| found.find(fault)).await;
        named("report facts", looked, &mut found)?;
        progress.begin(Part::of("certificates held against their events", there.certificates));
        after.clear();
        loop {
            let looked = self.check_certificates(&after, &mut found).await;
            let Some(last) = named("certificates", looked, &mut found)? else { break };
            after = last;
        }
        let missing = self.db.read_long("without_row", |tx| Ok::<_, ServiceError>(without_row(tx, MOST_TOLD as i64)?));
        for Named { kind, subject } in named("events", missing.await, &mut found)? {
            found.find(format!("{kind} {subject} has events, and isn't there"));
        }
        let claims =
            self.db.read_long("claims_of_nobody", |tx| Ok::<_, ServiceError>(claims_of_nobody(tx, MOST_TOLD as i64)?));
        for Named { kind, subject } in named("claims", claims.await, &mut found)? {
            found.find(format!("the claim on {kind} {subject} is held by nobody who could"));
        }
        let looked = self.check_claims(|fault| found.find(fault)).await;
        named("claims", looked, &mut found)?;
        let looked = self.check_names(|fault| found.find(fault)).await;
        named("the index of names", looked, &mut found)?;
        let looked = self.check_former_serials(|fault| found.find(fault)).await;
        named("former serials", looked, &mut found)?;
        let looked = self.check_numbers(began, slips, |fault| found.find(fault)).await;
        named("running numbers", looked, &mut found)?;
        let gaps = self.db.read_long("acceptance_gaps", |tx| Ok::<_, ServiceError>(acceptance_gaps(tx)?)).await;
        let acceptance = named("acceptance numbers", gaps, &mut found)?;
        let gaps = self.db.read_long("receipt_gaps", |tx| Ok::<_, ServiceError>(receipt_gaps(tx)?)).await;
        let receipts = named("receipts", gaps, &mut found)?;
        for Gap { day, of, last, there } in acceptance.into_iter().chain(receipts) {
            let of = of.map_or_else(|| "acceptance numbers".to_owned(), |of| format!("receipts of {of}"));
            found.find(format!("{of} of {day}: {last} were given out, and {there} are there"));
        }
        Ok(found)
    }

    async fn check_cases(
        &self,
        after: &str,
        counted: &mut Counted,
        found: &mut Consistency,
    ) -> Result<Option<String>, ServiceError> {
        let ids = self.ids(cases_after, after).await?;
        for of_these in self.looked_at("case", &ids, cases_looked_at, found).await? {
            for (of, count) in of_these.facts {
                *counted.facts.entry(of).or_default() += count;
            }
            numbers::add(&mut counted.slips, of_these.slips);
        }
        found.cases += ids.len() as u64;
        Ok(ids.into_iter().next_back())
    }

    async fn check_certificates(&self, after: &str, found: &mut Consistency) -> Result<Option<String>, ServiceError> {
        let ids = self.ids(certificates_after, after).await?;
        self.looked_at("certificate", &ids, certificates_looked_at, found).await?;
        found.certificates += ids.len() as u64;
        Ok(ids.into_iter().next_back())
    }

    async fn ids(&self, which: Ids, after: &str) -> Result<Vec<String>, ServiceError> {
        let after = after.to_owned();
        self.db.read_long("check_ids", move |tx| Ok::<_, ServiceError>(which(tx, &after, AT_ONCE)?)).await
    }

    /// Looks at some cases or certificates together; where that can't be, at each by itself, so that one hides nothing of the others.
    async fn looked_at<T: Default + Send + 'static>(
        &self,
        kind: &str,
        ids: &[String],
        look: Look<T>,
        found: &mut Consistency,
    ) -> Result<Vec<T>, ServiceError> {
        let looked = match self.look(ids, look).await {
            Err(error) if error.is_of_stored_data() => {
                let mut each = Vec::new();
                for id in ids {
                    let looked = self.look(std::slice::from_ref(id), look).await;
                    each.push(named(&format!("{kind} {id}"), looked, found)?);
                }
                each
            }
            together => vec![together?],
        };
        self.db.progress().done(ids.len() as u64)?;
        let told = |(counted, faults): (T, Vec<String>)| {
            faults.into_iter().for_each(|fault| found.find(fault));
            counted
        };
        Ok(looked.into_iter().map(told).collect())
    }

    async fn look<T: Send + 'static>(&self, ids: &[String], look: Look<T>) -> Result<(T, Vec<String>), ServiceError> {
        let (service, ids) = (self.clone(), ids.to_vec());
        self.db.read_long("check_subjects", move |tx| look(&service, tx, &ids)).await
    }

    /// Looks for rows of the index of names that lead to what bears no such name. Of persons nothing is told.
    async fn check_names(&self, mut found: impl FnMut(String)) -> Result<(), ServiceError> {
        let (mut after, mut all) = (NamePart::default(), BTreeSet::new());
        loop {
            let from = after.clone();
            let looked = self
                .db
                .read_long("check_names", move |tx| Ok::<_, ServiceError>(names::astray(tx, &from, NAMES_AT_ONCE)?));
            let (astray, last) = looked.await?;
            for of in astray {
                // So many parts of one name would say the same.
                if all.len() <= MOST_TOLD && all.insert(of.clone()) {
                    let (kind, id) = of;
                    found(format!("{kind} {id} is found by a part of a name (name_parts) that it hasn't"));
                }
            }
            let Some(last) = last else { return Ok(()) };
            after = last;
        }
    }

    /// What is wrong with a case, in words.
    fn case_faults(&self, tx: &mut Tx<'_>, id: Uuid, counting: &mut Counting<'_>, slips: &mut Slips) -> Vec<String> {
        let said = |what: &str| format!("case {id}{what}");
        let stored = match cases::load(tx, id) {
            Ok(Some(stored)) => stored,
            Ok(None) => return Vec::new(),
            Err(error) => return vec![said(&format!(": {error}"))],
        };
        numbers::note(&stored, slips);
        if stored.id != id {
            return vec![said(&format!(" (id) has the document of case {}", stored.id))];
        }
        let mut looked = || -> Result<Vec<String>, ServiceError> {
            let told = events::list(tx, Subject::Case(id), stored.version)?;
            let mut faults: Vec<String> = difference(&stored, case::fold(id, &told).as_ref())
                .map(|what| said(&format!(" isn't what its events say: {what}")))
                .into_iter()
                .collect();
            let definition = self.definition(&stored)?;
            let queue = definition.workflow.state(&stored.state).and_then(|state| state.queue);
            let mut columns = cases::differing_columns(tx, &stored, queue)?;
            columns.extend(due_columns::differing(self, tx, definition, &stored, counting)?);
            if !columns.is_empty() {
                faults.push(said(&format!(" is found by what isn't in it: {}", columns.join(", "))));
            }
            if cases::are_missing(tx, &stored)? {
                faults.push(said(" isn't found by all of its names"));
            }
            faults.extend(counting.faults(tx, id, &told)?.iter().map(|what| said(what)));
            if cash_journal::of_case(tx, id)? != entries(&told, &stored) {
                faults.push(said(": the cash journal isn't what its events say"));
            }
            if stored.closed_at.is_none() {
                let of_claims = claims::faults_of_case(tx, definition, &stored, &told)?;
                faults.extend(of_claims.iter().map(|what| said(what)));
            }
            Ok(faults)
        };
        looked().unwrap_or_else(|error| vec![said(&format!(": {error}"))])
    }
}

fn cases_looked_at(service: &Service, tx: &mut Tx<'_>, ids: &[String]) -> Result<(Counted, Vec<String>), ServiceError> {
    let (mut counting, mut slips, mut faults) = (Counting::begin(tx, service)?, Slips::new(), Vec::new());
    for id in ids {
        match Uuid::parse_str(id) {
            Ok(id) => faults.extend(service.case_faults(tx, id, &mut counting, &mut slips)),
            Err(_) => faults.push(format!("case {id}: its id is none")),
        }
    }
    Ok((Counted { facts: counting.found, slips }, faults))
}

fn certificates_looked_at(
    service: &Service,
    tx: &mut Tx<'_>,
    ids: &[String],
) -> Result<((), Vec<String>), ServiceError> {
    let now = service.now();
    let of = |id: &String| match Uuid::parse_str(id) {
        Ok(id) => certificate_faults(tx, id, now),
        Err(_) => vec![format!("certificate {id}: its id is none")],
    };
    Ok(((), ids.iter().flat_map(of).collect()))
}

/// What is wrong with a certificate, in words.
fn certificate_faults(tx: &mut Tx<'_>, id: Uuid, now: DateTime<Utc>) -> Vec<String> {
    let said = |what: &str| format!("certificate {id}{what}");
    let stored = match certificates::load_by_id(tx, id) {
        Ok(Some(stored)) => stored,
        Ok(None) => return Vec::new(),
        Err(error) => return vec![said(&format!(": {error}"))],
    };
    if stored.id != id {
        return vec![said(&format!(" (id) has the document of certificate {}", stored.id))];
    }
    let mut looked = || -> Result<Vec<String>, ServiceError> {
        let told = events::list(tx, Subject::Certificate(id), stored.version)?;
        let mut faults: Vec<String> = difference(&stored, event::fold(id, &told).as_ref())
            .map(|what| said(&format!(" isn't what its events say: {what}")))
            .into_iter()
            .collect();
        let columns = certificates::differing_columns(tx, &stored)?;
        if !columns.is_empty() {
            faults.push(said(&format!(" is found by what isn't in it: {}", columns.join(", "))));
        }
        if certificates::are_missing(tx, &stored)? {
            faults.push(said(" isn't found by all of its names"));
        }
        for serial in numbers::former_serials(&told) {
            if !counted_numbers::has_former_serial(tx, &serial, id)? {
                faults.push(said(&format!(" isn't found by its former serial {serial}")));
            }
        }
        faults.extend(claims::faults_of_certificate(tx, &stored, &told, now)?.iter().map(|what| said(what)));
        Ok(faults)
    };
    looked().unwrap_or_else(|error| vec![said(&format!(": {error}"))])
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
