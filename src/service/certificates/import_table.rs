//! The table of an import, read a few lines at a time: each checked by itself and against those before it.

use std::collections::HashMap;
use std::io::{self, Read};
use std::sync::Arc;

use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::domain::base::organization::OrganizationDraft;
use crate::domain::base::organization_code::organization_code_of;
use crate::domain::base::text::serial;
use crate::domain::base::words::{Fault, Words};
use crate::domain::certificates::certificate::CertificateSource;
use crate::domain::certificates::certificate::Entered;
use crate::domain::certificates::registration::RegistrationDraft;
use crate::formats::certificates::{CertificateLine, CertificateLines, encoding};
use crate::formats::workbook::workbook;
use crate::service::Service;
use crate::service::accounts::caller::Caller;
use crate::service::base::error::ServiceError;

/// Lines that are checked, entered, approved or removed together: nobody waits for more than these.
pub(in crate::service) const LINES: usize = 200;
/// The largest table that comes by HTTP, in bytes: well over a hundred thousand lines.
pub const MOST_BYTES: usize = 32 * 1024 * 1024;
/// The most faults that are listed; all are counted.
pub const MOST_FAULTS: usize = 1_000;

/// Opens the table from its start: it is read more than once.
pub type Source = Arc<dyn Fn() -> io::Result<Box<dyn Read>> + Send + Sync>;

/// What an import found, and did unless it found faults or was only tried.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Imported {
    /// Lines with a certificate.
    pub lines: usize,
    /// The first [`MOST_FAULTS`] faults, in order of line.
    pub faults: Vec<Fault>,
    /// How many faults there are in all.
    pub fault_count: usize,
    /// The import that waits for approval; none where nothing was entered.
    pub import: Option<Uuid>,
}

impl Imported {
    pub(in crate::service) fn add(&mut self, faults: impl IntoIterator<Item = Fault>) {
        for fault in faults {
            self.fault_count += 1;
            if self.faults.len() < MOST_FAULTS {
                self.faults.push(fault);
            }
        }
    }
}

/// A line with what must stand in the register once; a line with faults is held against it, too, but not entered.
pub(in crate::service) struct Row {
    pub(in crate::service) line: usize,
    pub(in crate::service) serial: Option<String>,
    pub(in crate::service) medium_number: Option<String>,
    /// Code of an organization that would hold a living certificate.
    pub(in crate::service) organization_code: Option<String>,
    pub(in crate::service) entered: Option<Entered>,
}

pub(in crate::service) struct Reading {
    service: Service,
    caller: Caller,
    pub(in crate::service) now: DateTime<Utc>,
    serials: HashMap<String, usize>,
    media: HashMap<String, usize>,
    organizations: HashMap<String, usize>,
    pub(in crate::service) found: Imported,
}

impl Reading {
    pub(in crate::service) fn new(service: &Service, caller: &Caller) -> Self {
        let (serials, media, organizations) = (HashMap::new(), HashMap::new(), HashMap::new());
        let (now, found) = (service.now(), Imported::default());
        Self { service: service.clone(), caller: caller.clone(), now, serials, media, organizations, found }
    }

    /// Reads the table, and hands on what it reads, some lines at a time, until that answers no.
    pub(in crate::service) fn portions(
        &mut self,
        source: &Source,
        mut each: impl FnMut(&mut Self, Vec<Row>) -> Result<bool, ServiceError>,
    ) -> Result<(), ServiceError> {
        let unreadable = |error: io::Error| ServiceError::Internal(format!("the table can't be read: {error}"));
        let (mut table, mut head) = (source().map_err(unreadable)?, Vec::new());
        table.by_ref().take(4).read_to_end(&mut head).map_err(unreadable)?;
        if let Some(words) = workbook(&head) {
            self.found.add([at(1, "", "workbook", words)]);
            return Ok(());
        }
        let written = encoding(head.as_slice().chain(table)).map_err(unreadable)?;
        let zone = self.service.hall.hours.zone;
        let lines = match CertificateLines::new(source().map_err(unreadable)?, written, zone) {
            Ok(lines) => lines,
            Err(faults) => {
                self.found.add(faults);
                return Ok(());
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
            if waiting.len() == LINES && !each(self, std::mem::take(&mut waiting))? {
                return Ok(());
            }
        }
        each(self, waiting)?;
        self.found.faults.sort_by_key(|fault| fault.line);
        Ok(())
    }

    /// A line by itself, and against those before it.
    fn checked(&mut self, mut line: CertificateLine) -> Row {
        let (number, mut faults) = (line.line, std::mem::take(&mut line.faults));
        for name in &mut line.applications {
            // A table of people has an application by its name.
            let named = self.service.hall.applications.iter().find(|known| known.words.zh == *name);
            if let Some(known) = named {
                name.clone_from(&known.code);
            }
        }
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

pub(in crate::service) fn at(line: usize, pointer: &str, code: &'static str, words: Words) -> Fault {
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
