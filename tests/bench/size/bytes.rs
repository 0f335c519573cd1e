//! What a case takes of the disk, by table and index: one that was opened, and one that was taken to its activation.

use std::collections::BTreeMap;

use casehall::clock::ManualClock;
use casehall::domain::accounts::role::Role;
use casehall::domain::cases::input::{ActionInput, CertificateDraft, CollectorDraft};
use casehall::domain::money::payment::PaymentDraft;
use casehall::service::Service;
use casehall::service::cases::case::{CaseKey, Expected};
use chrono::TimeDelta;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};
use diesel::{PgConnection, RunQueryDsl, SqliteConnection};

use crate::templates::{caller, draft, sheets};

#[derive(QueryableByName)]
struct Part {
    #[diesel(sql_type = Text)]
    name: String,
    #[diesel(sql_type = BigInt)]
    bytes: i64,
}

/// Bytes of each table and index.
type Parts = BTreeMap<String, i64>;

/// Parts as they are: on SQLite those of the pages that are used, on PostgreSQL without what waits for a vacuum.
fn parts(database: &str) -> Parts {
    let rows: Vec<Part> = match database.strip_prefix("sqlite://") {
        Some(file) => {
            let mut connection = SqliteConnection::establish(file).unwrap();
            let sql = "SELECT name, CAST(SUM(pgsize - unused) AS INTEGER) AS bytes FROM dbstat GROUP BY name";
            diesel::sql_query(sql).load(&mut connection).unwrap()
        }
        None => {
            let mut connection = PgConnection::establish(database).unwrap();
            diesel::sql_query("VACUUM FULL").execute(&mut connection).unwrap();
            let sql = "SELECT c.relname::text AS name, pg_relation_size(c.oid) + COALESCE(pg_relation_size(NULLIF(c.reltoastrelid, 0)), 0) AS bytes
                 FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = 'public' AND c.relkind IN ('r', 'i')";
            diesel::sql_query(sql).load(&mut connection).unwrap()
        }
    };
    rows.into_iter().map(|Part { name, bytes }| (name, bytes)).collect()
}

/// Opens so many cases and takes them to their activation; prints what one takes after each.
pub(crate) async fn print(service: &Service, clock: &ManualClock, database: &str, cases: usize) {
    clock.set("2026-03-02T02:00:00Z".parse().unwrap());
    let everyone = caller(&[Role::Clerk, Role::Producer, Role::Supervisor]);
    let empty = parts(database);
    let mut opened = Vec::new();
    for number in 0..cases {
        // As many in an hour as one account may open.
        clock.advance(TimeDelta::seconds(20));
        opened.push(service.open_case(&everyone, draft(number), None).await.unwrap());
    }
    let after_opening = parts(database);
    for (number, case) in opened.iter().enumerate() {
        let input = ActionInput::default;
        let certificate = CertificateDraft { serial: format!("GZ-{number}"), medium_number: format!("KEY-{number}") };
        let payment = PaymentDraft {
            amount_fen: 60_000,
            method: "cash".to_owned(),
            reference: None,
            window: Some("3".to_owned()),
        };
        let collector = CollectorDraft {
            name: "刘少芬".to_owned(),
            document_number: "440199196706237621".to_owned(),
            document_sighted: true,
            ..CollectorDraft::default()
        };
        for (action, input) in [
            ("record_materials", sheets(service, case, false)),
            ("accept_materials", input()),
            ("record_certificate", ActionInput { certificate: Some(certificate), ..input() }),
            ("record_payment", ActionInput { payment: Some(payment), ..input() }),
            ("record_collector", ActionInput { collector: Some(collector), ..input() }),
            ("issue", input()),
            ("activate", input()),
        ] {
            service.act(&everyone, CaseKey::Id(case.case.id), action, input, Expected::Any, None).await.unwrap();
        }
    }
    service.seal().await.unwrap();
    let after_activation = parts(database);
    let each = |parts: &Parts, name: &str| {
        let bytes = parts.get(name).copied().unwrap_or_default() - empty.get(name).copied().unwrap_or_default();
        bytes / i64::try_from(cases).unwrap()
    };
    println!("| table or index | opened, bytes | activated, bytes |\n| --- | --- | --- |");
    let whole = |parts: &Parts| parts.keys().map(|name| each(parts, name)).sum::<i64>();
    println!("| all | {} | {} |", whole(&after_opening), whole(&after_activation));
    let mut names: Vec<&String> = after_activation.keys().collect();
    names.sort_by_key(|name| std::cmp::Reverse(each(&after_activation, name)));
    for name in names.into_iter().filter(|name| each(&after_activation, name) > 0) {
        println!("| {name} | {} | {} |", each(&after_opening, name), each(&after_activation, name));
    }
}
