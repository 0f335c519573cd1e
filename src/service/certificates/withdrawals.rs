//! Withdrawing what another system, or somebody at the window, reported wrongly: all that they locked or suspended in a period, each by itself.
//!
//! Guarantees: nobody withdraws what they reported themselves; only a lock or suspension, of a certificate or a service on it, that still stands and came from such a report ends, and only where nobody else reported it, too;
//! whoever unlocked at the window, or reported since, is not undone. Sent again, nothing is done twice.

use chrono::{DateTime, Utc};

use super::certificate::CertificateAt;
use crate::domain::accounts::role::{Role, Scope};
use crate::domain::base::form::{Form, REMARK_CHARACTERS};
use crate::domain::base::recorded::Recorded;
use crate::domain::base::words::{Fault, Words};
use crate::domain::cases::refusal::Refusal;
use crate::domain::certificates::certificate::Certificate;
use crate::domain::certificates::event::{CertificateEvent, RegisterEntry};
use crate::domain::certificates::refusal::CertificateRefusal;
use crate::domain::certificates::services::concerns;
use crate::service::Service;
use crate::service::accounts::caller::Caller;
use crate::service::base::error::ServiceError;
use crate::service::certificates::register::book::{Book, By};
use crate::store::accounts::{all_users, clients, user};
use crate::store::certificates::lock_reports::{self, Report, Reported};
use crate::store::engine::events::{self, Subject};
use crate::store::{Tx, certificates};

/// At most so many reports are withdrawn at once.
pub const MOST_REPORTS: usize = 500;

/// Whose reports.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reporter {
    /// Another system, by its id.
    System(String),
    /// Somebody of the staff, by the id of their account.
    Account(String),
}

impl Reporter {
    /// The one that was named.
    ///
    /// # Errors
    /// None was, or both.
    pub fn named(system: Option<String>, account: Option<String>) -> Result<Self, Fault> {
        match (system, account) {
            (Some(system), None) => Ok(Self::System(system)),
            (None, Some(account)) => Ok(Self::Account(account)),
            _ => {
                let words = Words::new("请填写系统或账号其中一个", "name a system or an account, and not both");
                Err(Fault::new("/system", "one_of", words))
            }
        }
    }

    fn id(&self) -> &str {
        match self {
            Self::System(id) | Self::Account(id) => id,
        }
    }

    fn unknown(&self) -> ServiceError {
        ServiceError::Invalid(vec![match self {
            Self::System(_) => {
                Fault::new("/system", "unknown_system", Words::new("没有该系统", "there is no such system"))
            }
            Self::Account(_) => {
                Fault::new("/account", "unknown_account", Words::new("没有该账号", "there is no such account"))
            }
        }])
    }
}

/// Which reports, checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Run {
    /// Whose they are.
    reporter: Reporter,
    /// From when they were reported.
    from: DateTime<Utc>,
    /// Until when, this instant excluded.
    until: DateTime<Utc>,
    /// Why they are withdrawn.
    reason: String,
}

/// What became of one report.
#[derive(Debug)]
pub struct Withdrawal {
    /// When it was reported.
    pub reported_at: DateTime<Utc>,
    /// The certificate: as it is after the withdrawal, or before it in a dry run.
    pub outcome: Result<CertificateAt, ServiceError>,
    /// Serial of the certificate.
    pub serial: String,
}

impl Service {
    /// Checks which reports are to be withdrawn, and why.
    ///
    /// # Errors
    /// Every fault.
    pub fn run_of_reports(
        &self,
        reporter: Reporter,
        (from, until): (DateTime<Utc>, DateTime<Utc>),
        reason: &str,
    ) -> Result<Run, Vec<Fault>> {
        let mut form = Form::default();
        let reason = form.text("/reason", reason, REMARK_CHARACTERS);
        if until <= from {
            form.fault("/until", "out_of_range", "须晚于起始时间", "must be later than from");
        }
        form.finish(reason.map(|reason| Run { reporter, from, until, reason }))
    }

    /// Systems that report locks and losses, or did while they might: id and name, for who may withdraw their reports.
    ///
    /// # Errors
    /// The role that is missing; the database's.
    pub async fn reporting_systems(&self, caller: &Caller) -> Result<Vec<(String, String)>, ServiceError> {
        self.may_restore(caller)?;
        let all = self.db.read_long("clients", |tx| Ok::<_, ServiceError>(clients::all(tx)?)).await?;
        let reports = |scope: &Scope| matches!(scope, Scope::CertificatesReport | Scope::CasesOpen);
        let reporting = all.into_iter().filter(|client| !client.active || client.scopes.iter().any(reports));
        Ok(reporting.map(|client| (client.id, client.name)).collect())
    }

    /// People who report locks and losses at the window, or did while they might: id and name, for who may withdraw their reports. Nobody withdraws their own.
    ///
    /// # Errors
    /// The role that is missing; the database's.
    pub async fn reporting_people(&self, caller: &Caller) -> Result<Vec<(String, String)>, ServiceError> {
        self.may_restore(caller)?;
        let all = self.db.read_long("accounts", |tx| Ok::<_, ServiceError>(all_users(tx)?)).await?;
        let reports = |role: &Role| matches!(role, Role::Clerk | Role::Supervisor);
        let reporting = all.into_iter().filter(|one| !one.active || one.roles.iter().any(reports));
        Ok(reporting.filter(|one| one.id != caller.actor.id).map(|one| (one.id, one.display_name)).collect())
    }

    /// Ends the locks and suspensions that a system or somebody at the window reported in a period, or says what would become of them; for supervisors other
    /// than the reporter, who may lift suspensions, too. Answers whether there are more.
    ///
    /// # Errors
    /// The role that is missing; no such reporter, or the caller; the database's. Why one of them stays is part of the answer.
    pub async fn withdraw_reports(
        &self,
        caller: &Caller,
        run: Run,
        dry_run: bool,
    ) -> Result<(Vec<Withdrawal>, bool), ServiceError> {
        self.may_restore(caller)?;
        if run.reporter.id() == caller.actor.id {
            let words = Words::new("不能撤销本人的报告", "somebody else withdraws your reports");
            return Err(ServiceError::Invalid(vec![Fault::new("/account", "own_reports", words)]));
        }
        let asked = run.clone();
        let mut reports = self
            .db
            .read_long("lock_reports", move |tx| {
                let most = i64::try_from(MOST_REPORTS + 1).unwrap_or(i64::MAX);
                let Run { reporter, from, until, .. } = &asked;
                let is_known = match reporter {
                    Reporter::System(id) => clients::find(tx, id)?.is_some(),
                    Reporter::Account(id) => user(tx, id)?.is_some(),
                };
                if !is_known {
                    return Err(reporter.unknown());
                }
                Ok::<_, ServiceError>(lock_reports::between(tx, reporter.id(), *from, *until, most)?)
            })
            .await?;
        let more = reports.len() > MOST_REPORTS;
        reports.truncate(MOST_REPORTS);
        let mut withdrawals = Vec::with_capacity(reports.len());
        for report in reports {
            withdrawals.push(self.withdraw_report(caller, &run, report, dry_run).await?);
        }
        Ok((withdrawals, more))
    }

    async fn withdraw_report(
        &self,
        caller: &Caller,
        run: &Run,
        report: Report,
        dry_run: bool,
    ) -> Result<Withdrawal, ServiceError> {
        let (service, caller, run) = (self.clone(), caller.clone(), run.clone());
        let one = move |tx: &mut Tx<'_>| {
            let now = service.now();
            let reported_at = report.at;
            let certificate = certificates::load_by_id(tx, report.certificate)?.ok_or(ServiceError::NotFound)?;
            let serial = certificate.serial.clone();
            let event = match withdrawn(tx, &certificate, &run, report, now) {
                Ok(event) => event,
                Err(refused @ ServiceError::Refused(_)) => {
                    return Ok(Withdrawal { reported_at, outcome: Err(refused), serial });
                }
                Err(error) => return Err(error),
            };
            let mut book = Book::at(service.reader(&caller), Some(certificate));
            if !dry_run {
                let by = By::caller(&caller, "withdraw_report", now);
                book.change(tx, &serial, by, |_| Ok(event))?;
            }
            let certificate = book.close(tx)?.ok_or(ServiceError::NotFound)?;
            Ok(Withdrawal { reported_at, outcome: Ok(CertificateAt { certificate, now }), serial })
        };
        if dry_run { self.db.read("withdraw_report", one).await } else { self.db.write("withdraw_report", one).await }
    }
}

/// The event by which a report is withdrawn, where it is one of those by which the certificate is locked or suspended.
fn withdrawn(
    tx: &mut Tx<'_>,
    certificate: &Certificate,
    run: &Run,
    report: Report,
    now: DateTime<Utc>,
) -> Result<CertificateEvent, ServiceError> {
    let reason = run.reason.clone();
    let events: Vec<Recorded<RegisterEntry>> = events::list(tx, Subject::Certificate(certificate.id), i64::MAX)?;
    let event = match report.did {
        Reported::Suspension => certificate.withdraw_suspension(run.reporter.id(), reason, now),
        Reported::Lock => certificate.withdraw_report(run.reporter.id(), reason, now),
        Reported::ServiceSuspension => return withdrawn_service(certificate, &events, report, reason, now),
    };
    let event = event.map_err(Refusal::from)?;
    let is_theirs = |recorded: &&Recorded<RegisterEntry>| {
        recorded.actor_id == run.reporter.id()
            && match recorded.event.event {
                CertificateEvent::LockReported { .. } => report.did == Reported::Lock,
                CertificateEvent::Suspended { .. } => report.did == Reported::Suspension,
                _ => false,
            }
    };
    // Whoever reports says once what stands: their last report is the one.
    match events.iter().rev().find(is_theirs) {
        Some(last) if last.at == report.at => Ok(event),
        _ => Err(Refusal::from(CertificateRefusal::ReportOfAnother).into()),
    }
}

/// The event by which a service is restored, where it is suspended by this report and nothing else.
fn withdrawn_service(
    certificate: &Certificate,
    events: &[Recorded<RegisterEntry>],
    report: Report,
    reason: String,
    now: DateTime<Utc>,
) -> Result<CertificateEvent, ServiceError> {
    let reported = events.iter().find(|recorded| recorded.sequence == report.sequence);
    let Some(CertificateEvent::ServiceSuspended { service, code, .. }) = reported.map(|recorded| &recorded.event.event)
    else {
        return Err(ServiceError::NotFound);
    };
    let event = certificate.restore_service(*service, code, Some(reason), now).map_err(Refusal::from)?;
    match events.iter().rev().find(|recorded| concerns(&recorded.event.event, *service, code)) {
        Some(last) if last.sequence == report.sequence => Ok(event),
        _ => Err(Refusal::from(CertificateRefusal::ReportOfAnother).into()),
    }
}
