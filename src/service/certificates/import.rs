//! Certificates from before Casehall, many at once, from a table.
//!
//! A file is read twice: once to check every line, with the register as it is, and once more to check and enter. What is entered is
//! without effect until a second person approves all of it ([`super::imports`]); so it is entered in portions, between which others
//! have their turn, and leaves again in portions where not all of it can be. Nothing is held in memory but each line's numbers.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use chrono::{DateTime, Utc};
use tokio::sync::mpsc;
use uuid::Uuid;

pub use super::import_table::{Imported, MOST_BYTES, MOST_FAULTS, Source};
use super::import_table::{Reading, Row, at};
use super::imports::asker;
use super::register::book::{By, claim_of, entry};
use crate::domain::accounts::actor::Actor;
use crate::domain::base::recorded::Recorded;
use crate::domain::base::words::{Fault, Words};
use crate::domain::cases::refusal::Refusal;
use crate::domain::certificates::certificate::{Certificate, Entered};
use crate::domain::certificates::event::RegisterEntry;
use crate::domain::certificates::import::{CertificateImport, ImportState};
use crate::domain::certificates::pending_registration::Approval;
use crate::domain::progress::Part;
use crate::service::Service;
use crate::service::accounts::account::normalized;
use crate::service::accounts::caller::Caller;
use crate::service::base::error::ServiceError;
use crate::store::accounts::{self, UserAccount};
use crate::store::certificates::claims::{self, Holder};
use crate::store::certificates::imports;
use crate::store::engine::events::{self, Subject};
use crate::store::{Tx, certificates};

/// How long whoever sends a table waits for it to be entered; after that it goes on by itself.
const PATIENCE: Duration = Duration::from_secs(3);

impl Service {
    /// Whoever runs a command in the name of an account that may enter certificates. What they enter is that account's, so that the
    /// second person is another one.
    ///
    /// # Errors
    /// There is no such account, it isn't active, or may not enter them.
    pub async fn entering_as(&self, username: &str) -> Result<Caller, ServiceError> {
        let name = normalized(username);
        let account = self.db.read("entering_as", move |tx| Ok::<_, ServiceError>(accounts::user_by_name(tx, &name)?));
        let caller = account.await?.filter(|account| account.active).map(|account| {
            let UserAccount { id, display_name: name, roles, outlet, .. } = account;
            Caller::operator_for(Actor { id, name, roles, outlet })
        });
        caller.filter(|caller| self.may_register(caller).is_ok()).ok_or_else(|| {
            let (zh, en) = ("没有这个名字的在用主管账号", "no active account of a supervisor has this name");
            ServiceError::Invalid(vec![Fault::new("/entered-by", "unknown_account", Words::new(zh, en))])
        })
    }

    /// Enters the certificates of a table, all of them or none; they wait for approval then. A dry run only checks. For whoever may
    /// register one. An import of theirs that was interrupted is given up first: nobody enters two tables at once.
    ///
    /// # Errors
    /// The role that is missing; the database's; faults that came up between checking and entering, in which case what was
    /// entered has left again. Faults of the table are part of the answer.
    pub async fn import_certificates(
        &self,
        caller: &Caller,
        source: Source,
        dry_run: bool,
    ) -> Result<Imported, ServiceError> {
        self.may_register(caller)?;
        if !dry_run {
            self.give_up_imports(caller).await?;
        }
        let checked = self.checked_table(caller, source.clone()).await?;
        if dry_run || checked.fault_count > 0 {
            return Ok(checked);
        }
        let id = self.start_import(caller).await?;
        self.clone().enter_all(caller.clone(), id, source, checked.lines).await
    }

    /// The same for whoever looks at how far it is: answers once all is entered, or after some seconds, when it goes on by itself
    /// under the import that the answer names.
    ///
    /// # Errors
    /// Those of [`Self::import_certificates`] that come up meanwhile; what comes up later ends the import, which then says why.
    pub async fn begin_import(&self, caller: &Caller, source: Source) -> Result<Imported, ServiceError> {
        self.may_register(caller)?;
        self.give_up_imports(caller).await?;
        let checked = self.checked_table(caller, source.clone()).await?;
        if checked.fault_count > 0 {
            return Ok(checked);
        }
        let id = self.start_import(caller).await?;
        let entering = tokio::spawn(self.clone().enter_all(caller.clone(), id, source, checked.lines));
        match tokio::time::timeout(PATIENCE, entering).await {
            Ok(done) => done.map_err(|error| ServiceError::Internal(format!("entering a table: {error}")))?,
            Err(_) => Ok(Imported { import: Some(id), ..checked }),
        }
    }

    /// Checks every line, with the register as it is.
    async fn checked_table(&self, caller: &Caller, source: Source) -> Result<Imported, ServiceError> {
        let (mut import, progress) = (Reading::new(self, caller), self.db.progress().clone());
        progress.begin(Part::uncounted("lines checked"));
        let check = move |tx: &mut Tx<'_>| {
            import.portions(&source, |import, rows| {
                let (_, faults) = against_register(tx, &rows, import.now)?;
                import.found.add(faults);
                progress.done(rows.len() as u64)?;
                Ok(true)
            })?;
            Ok::<_, ServiceError>(import.found)
        };
        self.db.read_long("check_import", check).await
    }

    /// Enters every line, or none.
    async fn enter_all(self, caller: Caller, id: Uuid, source: Source, lines: usize) -> Result<Imported, ServiceError> {
        self.db.progress().begin(Part::of("lines entered", lines));
        match self.enter_in_portions(&caller, id, source).await {
            Ok(found) if found.fault_count == 0 => {
                self.move_import(&caller, id, ImportState::Waiting, None).await?;
                Ok(Imported { import: Some(id), ..found })
            }
            // Where this fails as well, the next sweep does it.
            Ok(found) => {
                let first = found.faults.first();
                let why = first.map(|fault| fault.words.at_line(fault.line.unwrap_or_default()));
                self.fail_import(&caller, id, why).await.and(Err(ServiceError::Invalid(found.faults)))
            }
            // Whoever may no longer doesn't give it up either: the hall does.
            Err(error @ (ServiceError::Account(_) | ServiceError::Refused(_))) => {
                let zh = "录入人的账号已停用、密码被重置，或不再有录入的权限";
                let en =
                    "whoever entered it was deactivated, had their password reset, or may no longer enter certificates";
                self.fail_import(&Caller::hall(), id, Some(Words::new(zh, en))).await.and(Err(error))
            }
            Err(error) => self.fail_import(&caller, id, None).await.and(Err(error)),
        }
    }

    async fn start_import(&self, caller: &Caller) -> Result<Uuid, ServiceError> {
        let (now, entered_by) = (self.now(), asker(caller));
        let import = CertificateImport {
            id: Uuid::now_v7(),
            state: ImportState::Entering,
            lines: 0,
            entered_by,
            started_at: now,
            touched_at: now,
            decided_by: None,
            decided_at: None,
            reason: None,
            settled_at: None,
        };
        let id = import.id;
        self.db.write("start_import", move |tx| Ok::<_, ServiceError>(imports::insert(tx, &import)?)).await?;
        Ok(id)
    }

    /// Reads the table in a thread of its own, and enters what it reads.
    async fn enter_in_portions(&self, caller: &Caller, id: Uuid, source: Source) -> Result<Imported, ServiceError> {
        let (sender, mut portions) = mpsc::channel::<Vec<Row>>(1);
        let mut import = Reading::new(self, caller);
        let reading = tokio::task::spawn_blocking(move || {
            // A file may have changed since it was checked.
            import.portions(&source, |import, rows| {
                Ok(import.found.fault_count == 0 && sender.blocking_send(rows).is_ok())
            })?;
            Ok::<_, ServiceError>(import.found)
        });
        let (mut faults, mut stopped) = (Vec::new(), Ok(()));
        while let Some(rows) = portions.recv().await {
            let many = rows.len() as u64;
            faults = self.enter_portion(caller, id, rows).await?;
            stopped = self.db.progress().done(many);
            if !faults.is_empty() || stopped.is_err() {
                break;
            }
        }
        drop(portions);
        let read = reading.await.map_err(|error| ServiceError::Internal(format!("reading the table: {error}")))?;
        let mut found = read?;
        stopped?;
        found.add(faults);
        Ok(found)
    }

    /// Enters some lines of an import; answers what came in between since they were checked.
    async fn enter_portion(&self, caller: &Caller, id: Uuid, rows: Vec<Row>) -> Result<Vec<Fault>, ServiceError> {
        let (service, caller) = (self.clone(), caller.clone());
        self.db
            .write("enter_import", move |tx| {
                // It may take minutes: whoever was switched off meanwhile enters nothing more.
                let caller = service.account_now(tx, &caller)?;
                service.may_register(&caller)?;
                let now = service.now();
                let import = imports::load(tx, id)?.filter(|import| import.state == ImportState::Entering);
                let import = import.ok_or_else(|| ServiceError::Internal("the import was given up".to_owned()))?;
                let (ended, faults) = against_register(tx, &rows, now)?;
                if !faults.is_empty() {
                    return Ok(faults);
                }
                let approval = Some(Approval { import: Some(id) });
                let entered = rows.iter().filter_map(|row| row.entered.clone());
                let entered = entered.map(|entered| Entered { approval, ..entered });
                enter(tx, entered, &ended, By::caller(&caller, "import", now))?;
                let lines = import.lines + i64::try_from(rows.len()).unwrap_or_default();
                imports::save(tx, &import, &CertificateImport { lines, touched_at: now, ..import.clone() })?;
                Ok(Vec::new())
            })
            .await
    }
}

/// What of some lines stands in the register already; and the claims of certificates that have ended.
fn against_register(
    tx: &mut Tx<'_>,
    rows: &[Row],
    now: DateTime<Utc>,
) -> Result<(HashMap<String, Holder>, Vec<Fault>), ServiceError> {
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
    let living = known.iter().filter(|certificate| certificate.is_living(now));
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
    claimed.retain(|_, holder| !lives(holder));
    Ok((claimed, faults))
}

fn enter(
    tx: &mut Tx<'_>,
    lines: impl Iterator<Item = Entered>,
    ended: &HashMap<String, Holder>,
    by: By<'_>,
) -> Result<(), ServiceError> {
    let (mut entering, mut firsts, mut claimed) = (Vec::<Certificate>::new(), Vec::new(), Vec::new());
    for entered in lines {
        let (first, certificate): (Recorded<RegisterEntry>, _) = entry(Uuid::now_v7(), entered, by)?;
        if certificate.is_living(by.at) {
            let (claim, holder) = claim_of(&certificate);
            match ended.get(&certificate.organization_code) {
                Some(before) => claims::transfer(tx, &claim, before, &holder, by.at)?,
                None => claimed.push((claim, holder)),
            }
        }
        firsts.push((Subject::Certificate(certificate.id), first));
        entering.push(certificate);
    }
    certificates::insert_many(tx, &entering)?;
    claims::take_free(tx, &claimed, by.at)?;
    Ok(events::append_firsts(tx, &firsts)?)
}
