//! Certificates from before Casehall, many at once, from a table.
//!
//! A file is read twice: once to check every line, with the register as it is, and once more, in one transaction, to check
//! and enter. So SQLite's one writer is held for the entering only; nothing is held in memory but each line's numbers; and
//! either all stand in the register or nothing does, whatever happens in between.

use std::collections::{HashMap, HashSet};
use std::io::{self, Read};
use std::sync::Arc;

use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::domain::base::organization::OrganizationDraft;
use crate::domain::base::organization_code::organization_code_of;
use crate::domain::base::recorded::Recorded;
use crate::domain::base::text::serial;
use crate::domain::base::words::{Fault, Words};
use crate::domain::cases::refusal::Refusal;
use crate::domain::certificates::certificate::{Certificate, CertificateSource};
use crate::domain::certificates::event::{Entered, RegisterEntry};
use crate::domain::certificates::registration::RegistrationDraft;
use crate::formats::certificates::{CertificateLine, CertificateLines, encoding};
use crate::service::Service;
use crate::service::accounts::caller::Caller;
use crate::service::base::error::ServiceError;
use crate::service::certificates::register::book::{By, entry};
use crate::store::certificates::claims::{self, Claim, Holder};
use crate::store::engine::events::{self, Subject};
use crate::store::{Tx, certificates};

/// Lines that are checked and entered together.
const LINES: usize = 500;
/// The most faults that are listed; all are counted.
pub const MOST_FAULTS: usize = 1_000;

/// Opens the table from its start: it is read more than once.
pub type Source = Arc<dyn Fn() -> io::Result<Box<dyn Read>> + Send + Sync>;

/// How far an import is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Progress {
    /// So many lines were checked.
    Checked(usize),
    /// So many lines were entered; they stand in the register only once the import has answered.
    Entered(usize),
}

/// Hears how far an import is.
pub type Listener = Arc<dyn Fn(Progress) + Send + Sync>;

/// What an import found, and did unless it found faults or was only tried.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Imported {
    /// Lines with a certificate.
    pub lines: usize,
    /// The first [`MOST_FAULTS`] faults, in order of line.
    pub faults: Vec<Fault>,
    /// How many faults there are in all.
    pub fault_count: usize,
}

impl Imported {
    fn add(&mut self, faults: impl IntoIterator<Item = Fault>) {
        for fault in faults {
            self.fault_count += 1;
            if self.faults.len() < MOST_FAULTS {
                self.faults.push(fault);
            }
        }
    }
}

impl Service {
    /// Enters the certificates of a table, all of them or none; a dry run only checks. For whoever may register one.
    ///
    /// # Errors
    /// The role that is missing; the database's; faults that came up between checking and entering. Faults of the table are
    /// part of the answer.
    pub async fn import_certificates(
        &self,
        caller: &Caller,
        source: Source,
        dry_run: bool,
        listener: Listener,
    ) -> Result<Imported, ServiceError> {
        self.may_register(caller)?;
        let checked = {
            let (service, caller, source, heard) = (self.clone(), caller.clone(), source.clone(), listener.clone());
            self.db
                .read_long("check_import", move |tx| Import::new(&service, &caller).run(tx, &source, false, &heard))
                .await?
        };
        if dry_run || checked.fault_count > 0 {
            return Ok(checked);
        }
        let (service, caller) = (self.clone(), caller.clone());
        self.db
            .write("import_certificates", move |tx| {
                let imported = Import::new(&service, &caller).run(tx, &source, true, &listener)?;
                if imported.fault_count > 0 { Err(ServiceError::Invalid(imported.faults)) } else { Ok(imported) }
            })
            .await
    }
}

/// A line with what must stand in the register once; a line with faults is held against it, too, but not entered.
struct Row {
    line: usize,
    serial: Option<String>,
    medium_number: Option<String>,
    /// Code of an organization that would hold a living certificate.
    organization_code: Option<String>,
    entered: Option<Entered>,
}

struct Import<'a> {
    service: &'a Service,
    caller: &'a Caller,
    now: DateTime<Utc>,
    serials: HashMap<String, usize>,
    media: HashMap<String, usize>,
    organizations: HashMap<String, usize>,
    found: Imported,
}

impl<'a> Import<'a> {
    fn new(service: &'a Service, caller: &'a Caller) -> Self {
        let (serials, media, organizations) = (HashMap::new(), HashMap::new(), HashMap::new());
        Self { service, caller, now: service.now(), serials, media, organizations, found: Imported::default() }
    }

    fn run(
        mut self,
        tx: &mut Tx<'_>,
        source: &Source,
        enter: bool,
        heard: &Listener,
    ) -> Result<Imported, ServiceError> {
        let unreadable = |error: io::Error| ServiceError::Internal(format!("the table can't be read: {error}"));
        let written = encoding(source().map_err(unreadable)?).map_err(unreadable)?;
        let zone = self.service.hall.hours.zone;
        let lines = match CertificateLines::new(source().map_err(unreadable)?, written, zone) {
            Ok(lines) => lines,
            Err(faults) => {
                self.found.add(faults);
                return Ok(self.found);
            }
        };
        let mut waiting: Vec<Row> = Vec::with_capacity(LINES);
        for line in lines {
            self.found.lines += 1;
            match line {
                Ok(line) => {
                    let row = self.checked(line);
                    waiting.push(row);
                }
                Err(fault) => self.found.add([fault]),
            }
            if waiting.len() == LINES {
                self.settle(tx, &mut waiting, enter)?;
            }
            if self.found.lines.is_multiple_of(LINES) {
                heard(if enter { Progress::Entered(self.found.lines) } else { Progress::Checked(self.found.lines) });
            }
        }
        self.settle(tx, &mut waiting, enter)?;
        self.found.faults.sort_by_key(|fault| fault.line);
        Ok(self.found)
    }

    /// A line by itself, and against those before it.
    fn checked(&mut self, mut line: CertificateLine) -> Row {
        let (number, mut faults) = (line.line, std::mem::take(&mut line.faults));
        let has = |faults: &[Fault], pointer: &str| faults.iter().any(|fault| fault.pointer == pointer);
        let ends = (!has(&faults, "/valid_until")).then_some(line.valid_until);
        let codes = line.unified_social_credit_code.as_ref().or(line.organization_code.as_ref());
        let code = codes.and_then(|code| organization_code_of(code).ok()).map(|code| code.as_str().to_owned());
        let mut row = Row {
            line: number,
            serial: serial(&line.serial),
            medium_number: serial(&line.medium_number),
            organization_code: code.filter(|_| ends.is_some_and(|ends| self.now < ends)),
            entered: None,
        };
        match self.service.entered(&draft(line), CertificateSource::Imported, &self.caller.actor.id) {
            Ok(entered) => row.entered = Some(entered),
            Err(found) => {
                // What couldn't be read has a fault already, and so no meaning.
                let found = found.into_iter().map(|fault| in_column(fault, number)).filter(|fault| {
                    let before = fault.pointer == "/valid_until" && has(&faults, "/valid_from");
                    !before && !has(&faults, &fault.pointer)
                });
                let found: Vec<Fault> = found.collect();
                faults.extend(found);
            }
        }
        if has(&faults, "/organization_code") || has(&faults, "/unified_social_credit_code") {
            row.organization_code = None;
        }
        for (seen, key, column) in [
            (&mut self.serials, &row.serial, "/serial"),
            (&mut self.media, &row.medium_number, "/medium_number"),
            (&mut self.organizations, &row.organization_code, "/organization_code"),
        ] {
            let Some(key) = key else { continue };
            if let Some(first) = seen.get(key) {
                let words = Words::new(format!("与第{first}行重复"), format!("is also in line {first}"));
                faults.push(at(number, column, "duplicate", words));
            } else {
                seen.insert(key.clone(), number);
            }
        }
        if !faults.is_empty() {
            row.entered = None;
        }
        self.found.add(faults);
        row
    }

    /// Some lines against the register; enters them where they are to be and nothing was wrong until here.
    fn settle(&mut self, tx: &mut Tx<'_>, waiting: &mut Vec<Row>, enter: bool) -> Result<(), ServiceError> {
        let ended = self.against_register(tx, waiting)?;
        if enter && self.found.fault_count == 0 {
            self.enter(tx, waiting.drain(..).filter_map(|row| row.entered), &ended)?;
        }
        waiting.clear();
        Ok(())
    }

    /// Notes what stands in the register already; answers the claims of certificates that have ended.
    fn against_register(&mut self, tx: &mut Tx<'_>, rows: &[Row]) -> Result<HashMap<String, Holder>, ServiceError> {
        let serials: Vec<&str> = rows.iter().filter_map(|row| row.serial.as_deref()).collect();
        let media: Vec<&str> = rows.iter().filter_map(|row| row.medium_number.as_deref()).collect();
        let taken = certificates::taken(tx, &serials, &media)?;
        let codes: Vec<&str> = rows.iter().filter_map(|row| row.organization_code.as_deref()).collect();
        let mut claimed: HashMap<String, Holder> = claims::find_organizations(tx, &codes)?.into_iter().collect();
        let holders = claimed.values().filter_map(|holder| match holder {
            Holder::Certificate(serial) => Some(serial.as_str()),
            Holder::Case(_) => None,
        });
        let known = certificates::load_many(tx, &holders.collect::<Vec<_>>(), &[])?;
        let living = known.iter().filter(|certificate| certificate.is_living(self.now));
        let living: HashSet<&str> = living.map(|certificate| certificate.serial.as_str()).collect();
        let lives = |holder: &Holder| match holder {
            Holder::Case(_) => true,
            Holder::Certificate(serial) => living.contains(serial.as_str()),
        };
        let taken_serials: HashSet<&str> = taken.iter().map(|(serial, _)| serial.as_str()).collect();
        let taken_media: HashSet<&str> = taken.iter().map(|(_, medium)| medium.as_str()).collect();
        let mut faults = Vec::new();
        for row in rows {
            let mut refuse = |column: &str, code: &'static str, words: Words| {
                faults.push(at(row.line, column, code, words));
            };
            if row.serial.as_deref().is_some_and(|serial| taken_serials.contains(serial)) {
                refuse("/serial", Refusal::SerialTaken.code(), Refusal::SerialTaken.words());
            }
            if row.medium_number.as_deref().is_some_and(|medium| taken_media.contains(medium)) {
                refuse("/medium_number", Refusal::MediumTaken.code(), Refusal::MediumTaken.words());
            }
            if row.organization_code.as_ref().and_then(|code| claimed.get(code)).is_some_and(lives) {
                let zh = "该单位已持有证书，或正在办理";
                let en = "the organization holds a living certificate, or a case for one is open";
                refuse("/organization_code", "already_applied", Words::new(zh, en));
            }
        }
        self.found.add(faults);
        claimed.retain(|_, holder| !lives(holder));
        Ok(claimed)
    }

    fn enter(
        &self,
        tx: &mut Tx<'_>,
        lines: impl Iterator<Item = Entered>,
        ended: &HashMap<String, Holder>,
    ) -> Result<(), ServiceError> {
        let by = By::caller(self.caller, "import", self.now);
        let (mut entering, mut firsts, mut claimed) = (Vec::<Certificate>::new(), Vec::new(), Vec::new());
        for entered in lines {
            let (first, certificate): (Recorded<RegisterEntry>, _) = entry(Uuid::now_v7(), entered, by)?;
            if certificate.is_living(self.now) {
                let (code, holder) =
                    (certificate.organization_code.clone(), Holder::Certificate(certificate.serial.clone()));
                match ended.get(&code) {
                    Some(before) => {
                        let claim = Claim::Organization { organization_code: code };
                        claims::transfer(tx, &claim, before, &holder, self.now)?;
                    }
                    None => claimed.push((Claim::Organization { organization_code: code }, holder)),
                }
            }
            firsts.push((Subject::Certificate(certificate.id), first));
            entering.push(certificate);
        }
        certificates::insert_many(tx, &entering)?;
        claims::take_free(tx, &claimed, self.now)?;
        Ok(events::append_firsts(tx, &firsts)?)
    }
}

fn draft(line: CertificateLine) -> RegistrationDraft {
    RegistrationDraft {
        serial: line.serial,
        medium_number: line.medium_number,
        organization: OrganizationDraft {
            name: line.organization_name,
            unified_social_credit_code: line.unified_social_credit_code,
            organization_code: line.organization_code,
            check_override_reason: line.check_override_reason,
            ..OrganizationDraft::default()
        },
        valid_from: line.valid_from,
        valid_until: line.valid_until,
        locked_at: line.locked_at,
        handler: line.handler,
        applications: line.applications,
        e_seal: line.e_seal,
    }
}

fn at(line: usize, pointer: &str, code: &'static str, words: Words) -> Fault {
    Fault { line: Some(line), ..Fault::new(pointer, code, words) }
}

/// A fault of a registration, at the column that it came from.
fn in_column(fault: Fault, line: usize) -> Fault {
    let pointer = match fault.pointer.as_str() {
        "/organization/name" => "/organization_name".to_owned(),
        other if other.starts_with("/applications") => "/applications".to_owned(),
        other => other.strip_prefix("/organization").filter(|rest| rest.starts_with('/')).unwrap_or(other).to_owned(),
    };
    Fault { pointer, line: Some(line), ..fault }
}
