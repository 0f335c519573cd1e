//! The limit: the statements that the service sends, in the same order, with rows of the same size, and nothing else. No
//! HTTP, no rules, no JSON.
//!
//! Cast: [`Statements`] is what a connection to either database can do; a [`Template`] has rows that the service wrote,
//! to be copied under other keys; [`LimitOpening`] and [`LimitChecking`] are the workers.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use casehall::domain::cases::intake::acceptance_number::AcceptanceNumber;
use chrono::NaiveDate;
use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::{PgConnection, SqliteConnection};
use uuid::Uuid;

use crate::load::Worker;
use crate::schema::{acceptance_sequences, cases, claims, events};

/// A row of `cases`.
#[derive(Debug, Clone, Queryable, Insertable)]
#[diesel(table_name = cases)]
pub(crate) struct CaseRow {
    id: String,
    acceptance_number: String,
    case_type: String,
    edition: i32,
    workflow: String,
    workflow_edition: i32,
    state: String,
    version: i64,
    outlet: String,
    organization_code: String,
    organization_name: String,
    certificate_serial: Option<String>,
    opened_by: String,
    client_id: Option<String>,
    opened_at: chrono::NaiveDateTime,
    updated_at: chrono::NaiveDateTime,
    closed_at: Option<chrono::NaiveDateTime>,
    ready_from: Option<chrono::NaiveDateTime>,
    limit_at: Option<chrono::NaiveDateTime>,
    paused_since: Option<chrono::NaiveDateTime>,
    provisional: bool,
    work_by: chrono::NaiveDateTime,
    queue: Option<String>,
    assignee: Option<String>,
    assignee_name: Option<String>,
    uncollected_since: Option<chrono::NaiveDateTime>,
    commitment_due: Option<chrono::NaiveDateTime>,
    box_number: Option<String>,
    look_at: Option<chrono::NaiveDateTime>,
    ledger: Option<String>,
    document: String,
    names_key: Option<String>,
}

/// A row of `events`.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = events)]
pub(crate) struct EventRow {
    subject_kind: String,
    subject_id: String,
    sequence: i64,
    kind: String,
    at: chrono::NaiveDateTime,
    actor_id: String,
    actor_name: String,
    action: String,
    data: String,
    hash: Option<Vec<u8>>,
}

/// A case and its last event, as the service wrote them.
#[derive(Debug, Clone)]
pub(crate) struct Template {
    case: CaseRow,
    event: EventRow,
}

impl Template {
    /// Bytes of the two documents.
    pub(crate) fn sizes(&self) -> (usize, usize) {
        (self.case.document.len(), self.event.data.len())
    }
}

/// The service's statements on a connection.
pub(crate) trait Statements: Send {
    /// Begins a transaction that writes.
    fn begin(&mut self);
    /// Commits it.
    fn commit(&mut self);
    /// What the service wrote for a case.
    fn template(&mut self, id: &str) -> Template;
    /// The statements that open a case, without `begin` and `commit`.
    fn open(&mut self, template: &mut Template, organization: u32);
    /// The statements that record a check, without `begin` and `commit`.
    fn check(&mut self, template: &mut Template, id: &str);
}

/// Written once, compiled for each backend, as the store's own functions are.
macro_rules! statements {
    ($connection:ty, $begin:literal) => {
        impl Statements for $connection {
            fn begin(&mut self) {
                self.batch_execute($begin).unwrap();
            }

            fn commit(&mut self) {
                self.batch_execute("COMMIT").unwrap();
            }

            fn template(&mut self, id: &str) -> Template {
                let case = cases::table.find(id).first(self).unwrap();
                let of_case = events::table.filter(events::subject_kind.eq("case")).filter(events::subject_id.eq(id));
                let last = of_case.order(events::sequence.desc()).select(EventRow::as_select());
                Template { case, event: last.first(self).unwrap() }
            }

            fn open(&mut self, template: &mut Template, organization: u32) {
                let Template { case, event } = template;
                case.id = Uuid::now_v7().to_string();
                case.organization_code = format!("{organization:09}");
                let claim = (
                    claims::kind.eq("organization"),
                    claims::subject.eq(&case.organization_code),
                    claims::holder_kind.eq("case"),
                    claims::holder.eq(&case.id),
                    claims::taken_at.eq(case.opened_at),
                );
                let taken = diesel::insert_into(claims::table).values(claim).on_conflict_do_nothing().execute(self);
                assert_eq!(taken.unwrap(), 1);
                let day = case.opened_at.date();
                let number: i32 = diesel::insert_into(acceptance_sequences::table)
                    .values((acceptance_sequences::day.eq(day), acceptance_sequences::last.eq(1)))
                    .on_conflict(acceptance_sequences::day)
                    .do_update()
                    .set(acceptance_sequences::last.eq(acceptance_sequences::last + 1))
                    .returning(acceptance_sequences::last)
                    .get_result(self)
                    .unwrap();
                case.acceptance_number = acceptance_number(day, number);
                diesel::insert_into(cases::table).values(&*case).execute(self).unwrap();
                event.subject_id.clone_from(&case.id);
                diesel::insert_into(events::table).values(&*event).execute(self).unwrap();
            }

            fn check(&mut self, template: &mut Template, id: &str) {
                let Template { case, event } = template;
                // The document holds the version; here its column tells it, so that nothing is parsed.
                let found = cases::table.find(id).select((cases::version, cases::document));
                let (version, document): (i64, String) = found.first(self).unwrap();
                assert!(!document.is_empty());
                let target = cases::table.filter(cases::id.eq(id)).filter(cases::version.eq(version));
                let changed = diesel::update(target).set((
                    cases::state.eq(&case.state),
                    cases::version.eq(version + 1),
                    cases::outlet.eq(&case.outlet),
                    cases::organization_name.eq(&case.organization_name),
                    cases::certificate_serial.eq(&case.certificate_serial),
                    cases::updated_at.eq(case.updated_at),
                    cases::closed_at.eq(case.closed_at),
                    cases::ready_from.eq(case.ready_from),
                    cases::limit_at.eq(case.limit_at),
                    (
                        cases::paused_since.eq(case.paused_since),
                        cases::provisional.eq(case.provisional),
                        cases::work_by.eq(case.work_by),
                        cases::queue.eq(&case.queue),
                        cases::assignee.eq(&case.assignee),
                        cases::assignee_name.eq(&case.assignee_name),
                        cases::uncollected_since.eq(case.uncollected_since),
                        cases::commitment_due.eq(case.commitment_due),
                        cases::box_number.eq(&case.box_number),
                        cases::look_at.eq(case.look_at),
                        cases::ledger.eq(&case.ledger),
                    ),
                    cases::document.eq(&case.document),
                ));
                assert_eq!(changed.execute(self).unwrap(), 1);
                event.subject_id.clear();
                event.subject_id.push_str(id);
                event.sequence = version + 1;
                diesel::insert_into(events::table).values(&*event).execute(self).unwrap();
            }
        }
    };
}

statements!(SqliteConnection, "BEGIN IMMEDIATE");
statements!(PgConnection, "BEGIN");

fn acceptance_number(day: NaiveDate, number: i32) -> String {
    AcceptanceNumber::new(day, u32::try_from(number).unwrap()).as_str().to_owned()
}

/// A connection to SQLite, set up as the store's writer is.
pub(crate) fn sqlite(path: &str) -> SqliteConnection {
    let mut connection = SqliteConnection::establish(path).unwrap();
    let pragmas = "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;
        PRAGMA busy_timeout = 15000; PRAGMA temp_store = MEMORY; PRAGMA journal_size_limit = 67108864;
        PRAGMA cache_size = -16384;";
    connection.batch_execute(pragmas).unwrap();
    connection
}

/// Opens cases, so many with each commit.
pub(crate) struct LimitOpening<C> {
    connection: C,
    template: Template,
    organizations: Arc<AtomicU32>,
    with_each_commit: usize,
}

impl<C: Statements> LimitOpening<C> {
    /// A worker on a connection.
    pub(crate) fn new(
        connection: C,
        template: &Template,
        organizations: &Arc<AtomicU32>,
        with_each_commit: usize,
    ) -> Self {
        Self { connection, template: template.clone(), organizations: organizations.clone(), with_each_commit }
    }
}

impl<C: Statements> Worker for LimitOpening<C> {
    fn step(&mut self) -> usize {
        self.connection.begin();
        for _ in 0..self.with_each_commit {
            self.connection.open(&mut self.template, self.organizations.fetch_add(1, Ordering::Relaxed));
        }
        self.connection.commit();
        self.with_each_commit
    }
}

/// Records checks, so many with each commit.
pub(crate) struct LimitChecking<C> {
    connection: C,
    template: Template,
    cases: Vec<String>,
    next: usize,
    with_each_commit: usize,
}

/// How often a case is worked on before the next one's turn: the sheets of one case.
const SHEETS: usize = 8;

impl<C: Statements> LimitChecking<C> {
    /// A worker on a connection, with cases of its own that it opens first.
    pub(crate) fn new(
        mut connection: C,
        template: &Template,
        organizations: &AtomicU32,
        cases: usize,
        with_each_commit: usize,
    ) -> Self {
        let mut template = template.clone();
        connection.begin();
        let open = |_| {
            connection.open(&mut template, organizations.fetch_add(1, Ordering::Relaxed));
            template.case.id.clone()
        };
        let cases = (0..cases).map(open).collect();
        connection.commit();
        Self { connection, template, cases, next: 0, with_each_commit }
    }
}

impl<C: Statements> Worker for LimitChecking<C> {
    fn step(&mut self) -> usize {
        self.connection.begin();
        for _ in 0..self.with_each_commit {
            let case = &self.cases[self.next / SHEETS % self.cases.len()];
            self.connection.check(&mut self.template, case);
            self.next += 1;
        }
        self.connection.commit();
        self.with_each_commit
    }
}
