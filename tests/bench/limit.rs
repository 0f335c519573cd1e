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
use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Bool, Nullable, Text};
use diesel::{PgConnection, SqliteConnection};
use uuid::Uuid;

use crate::entering::{self, Rows};
use crate::kept::Kept;
use crate::load::Worker;
use crate::rows::{CaseRow, DataKeyRow, EventRow, FactRow, KeyRow, PartRow};
use crate::schema::{
    acceptance_sequences, calendar_state, cases, claims, data_keys, events, name_parts, person_keys, report_facts,
};

/// A case as the service wrote it, with what stands beside it, and its last event.
#[derive(Debug, Clone)]
pub(crate) struct Template {
    case: CaseRow,
    event: EventRow,
    key: KeyRow,
    data_keys: Vec<DataKeyRow>,
    parts: Vec<PartRow>,
    facts: Vec<FactRow>,
}

impl Template {
    /// Bytes of the two documents.
    pub(crate) fn sizes(&self) -> (usize, usize) {
        (self.case.document.len(), self.event.data.len())
    }
}

/// What a transaction is for.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Purpose {
    /// To open cases, on this day.
    Open(NaiveDate),
    /// To check sheets.
    Check,
}

/// The service's statements on a connection.
pub(crate) trait Statements: Send {
    /// Begins a transaction that writes; answers the number that came with it, if one does.
    fn begin(&mut self, purpose: Purpose) -> Option<i32>;
    /// Commits it.
    fn commit(&mut self);
    /// What the service wrote for a case.
    fn template(&mut self, id: &str) -> Template;
    /// Readies a database of its own.
    fn ready(&mut self, template: &Template);
    /// The statements that open a case, without `begin` and `commit`.
    fn open(&mut self, template: &mut Template, organization: u32, number: Option<i32>);
    /// The statements that record a check, without `begin` and `commit`.
    fn check(&mut self, template: &mut Template, id: &str);
}

/// What an insertion would answer, if it were asked for anything.
#[derive(QueryableByName)]
#[diesel(table_name = claims)]
struct Nothing {
    #[allow(dead_code)]
    kind: String,
}

const NUMBER: &str = "PREPARE casehall_take_number (date) AS INSERT INTO acceptance_sequences (day, last) VALUES ($1, 1) \
     ON CONFLICT (day) DO UPDATE SET last = acceptance_sequences.last + 1 \
     RETURNING set_config('casehall.number', acceptance_sequences.last::text, false)";

fn begin_on_sqlite(connection: &mut SqliteConnection, _: Purpose) -> Option<i32> {
    connection.batch_execute("BEGIN IMMEDIATE").unwrap();
    None
}

fn begin_on_postgres(connection: &mut PgConnection, purpose: Purpose) -> Option<i32> {
    let begin = "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE";
    let lock = "LOCK TABLE calendar_state IN ROW SHARE MODE";
    let Purpose::Open(day) = purpose else {
        connection.batch_execute(&format!("{begin}; {lock}")).unwrap();
        return None;
    };
    let taken = format!("{begin}; SET LOCAL synchronous_commit = off; EXECUTE casehall_take_number ('{day}'); COMMIT");
    connection.batch_execute(&format!("{taken}; {begin}; {lock}")).unwrap();
    let asked = (sql::<Nullable<BigInt>>(EDITION), sql::<Text>("current_setting('casehall.number', true)"));
    let (_, number): (Option<i64>, String) = Kept(diesel::select(asked)).get_result(connection).unwrap();
    Some(number.parse().unwrap())
}

const EDITION: &str = "(SELECT edition FROM calendar_state)";

/// Written once, compiled for each backend, as the store's own functions are.
macro_rules! statements {
    ($connection:ty, $begin:path, $enter:path, $held:literal) => {
        impl Statements for $connection {
            fn begin(&mut self, purpose: Purpose) -> Option<i32> {
                $begin(self, purpose)
            }

            fn commit(&mut self) {
                self.batch_execute("COMMIT").unwrap();
            }

            fn template(&mut self, id: &str) -> Template {
                let case = cases::table.find(id).first(self).unwrap();
                let of_case = events::table.filter(events::subject_kind.eq("case")).filter(events::subject_id.eq(id));
                let last = of_case.order(events::sequence.desc()).select(EventRow::as_select());
                Template {
                    case,
                    event: last.first(self).unwrap(),
                    key: person_keys::table.find(("case", id)).select(KeyRow::as_select()).first(self).unwrap(),
                    data_keys: data_keys::table.load(self).unwrap(),
                    parts: name_parts::table.filter(name_parts::subject_id.eq(id)).load(self).unwrap(),
                    facts: report_facts::table.filter(report_facts::case_id.eq(id)).load(self).unwrap(),
                }
            }

            fn ready(&mut self, template: &Template) {
                diesel::insert_into(data_keys::table).values(&template.data_keys).execute(self).unwrap();
            }

            fn open(&mut self, template: &mut Template, organization: u32, number: Option<i32>) {
                let Template { case, event, key, parts, facts, .. } = template;
                case.id = Uuid::now_v7().to_string();
                case.organization_code = format!("{organization:09}");
                // As many systems as the service has in turn: what one has opened within the hour is counted.
                event.actor_id = format!("{:036}", organization as usize % crate::SYSTEMS);
                let day = case.opened_at.date();
                let newest = events::table
                    .filter(sql::<Bool>("kind = 'case_opened'"))
                    .filter(events::actor_id.eq(&event.actor_id))
                    .filter(events::at.gt(case.opened_at - chrono::TimeDelta::hours(1)))
                    .select(events::at)
                    .order(events::at.desc())
                    .limit(1)
                    .offset(999_999);
                let nth: Option<chrono::NaiveDateTime> = Kept(newest).get_result(self).optional().unwrap();
                assert!(nth.is_none());
                if number.is_none() {
                    let _: i64 = calendar_state::table.select(calendar_state::edition).first(self).unwrap();
                }
                let claim = (
                    claims::kind.eq("organization"),
                    claims::subject.eq(&case.organization_code),
                    claims::holder_kind.eq("case"),
                    claims::holder.eq(&case.id),
                    claims::taken_at.eq(case.opened_at),
                );
                let taken = diesel::insert_into(claims::table).values(claim).on_conflict_do_nothing().execute(self);
                assert_eq!(taken.unwrap(), 1);
                let number = number.unwrap_or_else(|| {
                    let counted = diesel::insert_into(acceptance_sequences::table)
                        .values((acceptance_sequences::day.eq(day), acceptance_sequences::last.eq(1)))
                        .on_conflict(acceptance_sequences::day)
                        .do_update()
                        .set(acceptance_sequences::last.eq(acceptance_sequences::last + 1))
                        .returning(acceptance_sequences::last);
                    Kept(counted).get_result(self).unwrap()
                });
                case.acceptance_number = acceptance_number(day, number);
                let made = concat!(
                    "INSERT INTO person_keys (subject_kind, subject_id, suite, wrapped, data_key) SELECT $1, $2, $3, $4, id \
                     FROM data_keys WHERE id = $5 AND in_force", $held, " RETURNING subject_kind AS kind"
                );
                let made = diesel::sql_query(made).bind::<Text, _>("case").bind::<Text, _>(&case.id);
                let made = made.bind::<Text, _>(&key.suite).bind::<Nullable<Text>, _>(&key.wrapped);
                let made: Vec<Nothing> = Kept(made.bind::<Nullable<Text>, _>(&key.data_key)).load(self).unwrap();
                assert_eq!(made.len(), 1);
                parts.iter_mut().for_each(|row| row.subject_id.clone_from(&case.id));
                event.subject_id.clone_from(&case.id);
                let fact = facts.first_mut().expect("an opening has a report fact");
                fact.case_id.clone_from(&case.id);
                $enter(self, &Rows { case, parts, event, fact });
            }

            fn check(&mut self, template: &mut Template, id: &str) {
                let Template { case, event, .. } = template;
                // The document holds the version; here its column tells it, so that nothing is parsed.
                let of_case = person_keys::subject_kind.eq("case").and(person_keys::subject_id.eq(cases::id));
                let columns = (cases::version, cases::document, person_keys::wrapped.nullable(), sql::<Nullable<BigInt>>(EDITION));
                let found = cases::table.left_join(person_keys::table.on(of_case)).filter(cases::id.eq(id)).select(columns);
                let (version, document, ..): (i64, String, Option<String>, Option<i64>) = Kept(found).get_result(self).unwrap();
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
                let changed: i64 = Kept(changed.returning(cases::version)).get_result(self).unwrap();
                assert_eq!(changed, version + 1);
                let before = events::table.filter(events::subject_kind.eq("case")).filter(events::subject_id.eq(id));
                let before = before.filter(events::sequence.eq(version)).select(events::hash);
                let _: Option<Vec<u8>> = before.first(self).unwrap();
                event.subject_id.clear();
                event.subject_id.push_str(id);
                event.sequence = version + 1;
                diesel::insert_into(events::table).values(&*event).execute(self).unwrap();
            }
        }
    };
}

statements!(SqliteConnection, begin_on_sqlite, entering::on_sqlite, "");
statements!(PgConnection, begin_on_postgres, entering::on_postgres, " FOR SHARE");

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

/// A connection to PostgreSQL that takes numbers.
pub(crate) fn postgres(url: &str) -> PgConnection {
    let mut connection = PgConnection::establish(url).unwrap();
    connection.batch_execute(NUMBER).unwrap();
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
        let number = self.connection.begin(Purpose::Open(self.template.case.opened_at.date()));
        for _ in 0..self.with_each_commit {
            self.connection.open(&mut self.template, self.organizations.fetch_add(1, Ordering::Relaxed), number);
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
        connection.begin(Purpose::Check);
        let open = |_| {
            connection.open(&mut template, organizations.fetch_add(1, Ordering::Relaxed), None);
            template.case.id.clone()
        };
        let cases = (0..cases).map(open).collect();
        connection.commit();
        Self { connection, template, cases, next: 0, with_each_commit }
    }
}

impl<C: Statements> Worker for LimitChecking<C> {
    fn step(&mut self) -> usize {
        self.connection.begin(Purpose::Check);
        for _ in 0..self.with_each_commit {
            let case = &self.cases[self.next / SHEETS % self.cases.len()];
            self.connection.check(&mut self.template, case);
            self.next += 1;
        }
        self.connection.commit();
        self.with_each_commit
    }
}
