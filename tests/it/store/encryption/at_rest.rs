//! 200 persons in cases of both kinds of order, from the application to the hand-over, through the real program: afterwards none of
//! their numbers stands in the database, its log, a backup, an export, a report, a printed paper, the feed, what webhooks are sent, or the
//! program's own log at its most talkative. In clear they are shown by a disclosure, which is an answer and stored nowhere.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicU32, Ordering};

use casehall::store::DatabaseAddress;
use reqwest::{Client, RequestBuilder};
use serde_json::{Value, json};

use super::leaving::{backups, papers, taken};
use super::{dumped, found_in, left_by_sqlite};
use crate::databases::postgres::program;
use crate::databases::{TestDatabase, on_both};
use crate::hall::{PASSWORD, all_in_order, application, send, until};
use crate::http::webhooks::ON_THIS_MACHINE;
use crate::http::webhooks::receiver::Receiver;
use crate::program::{Serving, init, run};

on_both!(no_number_of_a_person_stands_anywhere_in_clear);

/// The `number`-th made-up resident, with a right check character (GB 11643-1999).
pub(crate) fn identity_number(number: u32) -> String {
    let body = format!("440199{}{:02}{:02}{:03}", 1960 + number % 40, 1 + number % 12, 1 + number % 28, number % 1000);
    let weights = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
    let sum: u32 = body.bytes().zip(weights).map(|(digit, weight)| u32::from(digit - b'0') * weight).sum();
    format!("{body}{}", ["1", "0", "X", "9", "8", "7", "6", "5", "4", "3", "2"][sum as usize % 11])
}

fn phone(number: u32) -> String {
    format!("139{:08}", 20_100_000 + number)
}

fn name(number: u32) -> String {
    let digits = ["甲", "乙", "丙", "丁", "戊", "己", "庚", "辛", "壬", "癸"];
    format!(
        "司徒{}{}{}",
        digits[number as usize / 100 % 10],
        digits[number as usize / 10 % 10],
        digits[number as usize % 10]
    )
}

/// Signs in and sends; a member of staff, or another system.
pub(super) struct Staff {
    http: Client,
    base: String,
    token: String,
}

impl Staff {
    async fn sign_in(base: &str, username: &str) -> Self {
        let http = Client::new();
        let body = json!({ "username": username, "password": PASSWORD });
        let issued = send(http.post(format!("{base}/api/v1/sessions")).json(&body)).await.expect(201);
        Self { http, base: base.to_owned(), token: issued["access_token"].as_str().unwrap().to_owned() }
    }

    /// Another system, with its secret.
    async fn system(base: &str, client_id: &str, secret: &str) -> Self {
        let http = Client::new();
        let form = format!("grant_type=client_credentials&client_id={client_id}&client_secret={secret}");
        let asked =
            http.post(format!("{base}/oauth/token")).header("Content-Type", "application/x-www-form-urlencoded");
        let issued = send(asked.body(form)).await.expect(200);
        Self { http, base: base.to_owned(), token: issued["access_token"].as_str().unwrap().to_owned() }
    }

    pub(super) fn get(&self, path: &str) -> RequestBuilder {
        self.http.get(format!("{}/api/v1{path}", self.base)).bearer_auth(&self.token)
    }

    async fn post(&self, path: &str, body: &Value) -> crate::hall::Answer {
        let request = self.http.post(format!("{}/api/v1{path}", self.base)).bearer_auth(&self.token);
        static KEY: AtomicU32 = AtomicU32::new(1);
        let key = format!("key-{}", KEY.fetch_add(1, Ordering::Relaxed));
        let takes_key = ["/second-factor", "/disclosures"].iter().all(|end| !path.ends_with(end));
        let request = if takes_key { request.header("Idempotency-Key", key) } else { request };
        send(request.json(body)).await
    }

    async fn act(&self, case: &str, action: &str, body: &Value) -> Value {
        let answer = self.post(&format!("/cases/{case}/actions/{action}"), body).await;
        assert_eq!(answer.status, 200, "{action}: {:#}", answer.body);
        answer.body
    }
}

async fn no_number_of_a_person_stands_anywhere_in_clear(database: TestDatabase) {
    let home = tempfile::tempdir().unwrap();
    let home = home.path();
    let is_postgres = database.address.sqlite_path().is_none();
    let url = database.address.to_string();
    let programs =
        if is_postgres { program("pg_dump").parent().unwrap().display().to_string() } else { ".".to_owned() };
    let mut secret = String::new();
    for (suite, first) in [("international", 0), ("national", 500)] {
        let mut variables = vec![
            ("CASEHALL__LOG__LEVEL", "trace"),
            ("CASEHALL__CRYPTOGRAPHY__SUITE", suite),
            // The other order of checking and making, for the second half.
            ("CASEHALL__WORKFLOWS__NEW_CERTIFICATE", if first == 0 { "check-then-make" } else { "make-then-check" }),
            ("CASEHALL__WEBHOOKS__ALLOW_HTTP", ON_THIS_MACHINE[0].1),
            ("CASEHALL__WEBHOOKS__ALLOWED_NETWORKS", ON_THIS_MACHINE[1].1),
            ("CASEHALL__BACKUPS__POSTGRES_PROGRAMS", &programs),
        ];
        let key_file = database.data_key_file().map(|file| file.display().to_string());
        if let Some(file) = &key_file {
            variables
                .extend([("CASEHALL__DATABASE__URL", url.as_str()), ("CASEHALL__CRYPTOGRAPHY__DATA_KEY_FILE", file)]);
        }
        // The database of PostgreSQL has its tables already.
        if first == 0 && !is_postgres {
            init(home, &variables);
        }
        for role in ["clerk", "producer", "supervisor", "auditor"].iter().filter(|_| first == 0) {
            let arguments = ["user", "add", &format!("the-{role}"), "--role", role, "--all-outlets"];
            assert_eq!(run(home, &arguments, &variables, &format!("{PASSWORD}\n")).code, Some(0));
        }
        if first == 0 {
            let scopes = ["cases:open", "cases:read", "certificates:read", "webhooks:manage"];
            let scopes = scopes.iter().flat_map(|scope| ["--scope", scope]);
            let arguments: Vec<&str> =
                ["client", "add", "portal", "--name", "网上申办系统"].into_iter().chain(scopes).collect();
            let added = run(home, &arguments, &variables, "");
            secret =
                added.out.split_whitespace().skip_while(|word| *word != "client_secret").nth(1).unwrap().to_owned();
        }
        let serving = Serving::start(home, &[], &variables);
        let clerk = Staff::sign_in(&serving.base, "the-clerk").await;
        let producer = Staff::sign_in(&serving.base, "the-producer").await;
        let supervisor = Staff::sign_in(&serving.base, "the-supervisor").await;
        let auditor = Staff::sign_in(&serving.base, "the-auditor").await;
        let portal = Staff::system(&serving.base, "portal", &secret).await;
        let receiver = Receiver::start().await;
        let webhook = portal.post("/webhooks", &json!({ "url": receiver.url() })).await.expect(201);
        let webhook = webhook["webhook"]["id"].as_str().unwrap().to_owned();
        let mut cases = Vec::new();
        let (mut numbers, mut names) = (Vec::new(), Vec::new());
        // Each suite has the second factor of somebody else.
        let of = if first == 0 { &clerk } else { &producer };
        let prepared = of.post("/second-factor", &json!({ "password": PASSWORD })).await.expect(200);
        numbers.push(prepared["secret"].as_str().unwrap().to_owned());
        for case in 0..20 {
            let at = |person: u32| first + case * 10 + person;
            let opener = if case % 2 == 0 { &clerk } else { &portal };
            cases.push(through_its_life(opener, &clerk, &producer, first == 0, case + first + 1, at).await);
            numbers.extend([0, 1, 3].map(|person| identity_number(at(person))));
            numbers.extend([0, 1, 2, 4].map(|person| phone(at(person))));
            names.extend([0, 1, 2, 3].map(|person| name(at(person))));
        }
        assert!(numbers.len() >= 140, "with the other half more than 200");
        let imported = format!(
            "serial,medium_number,organization_name,organization_code,valid_from,valid_until,handler\n\
             OLD-{first:06},OLDKEY-{first:06},广州老证单位,{},2025-01-01,2027-12-31,{}\n",
            crate::hall::organization_code(90_000 + first),
            name(first + 499),
        );
        let import = clerk.http.post(format!("{}/api/v1/certificates/imports", serving.base));
        let import = import.bearer_auth(&supervisor.token).header("Content-Type", "text/csv").body(imported);
        send(import).await.expect(200);
        names.push(name(first + 499));

        // What a role that the settings name asks for, with a reason, is the one answer that has numbers.
        let asked = json!({ "person": "applicant", "fields": ["identity_number", "phone"], "purpose": "print", "reason": "打印申请表" });
        let shown = supervisor.post(&format!("/cases/{}/disclosures", cases[0]), &asked).await.expect(200).to_string();
        let shown: BTreeSet<String> = found_in(shown.as_bytes(), &numbers).into_iter().collect();
        assert_eq!(shown.len(), 2, "what is searched for would be found: {shown:?}");
        until("the receiver was told of the last case", async || {
            receiver.all().iter().any(|sent| sent.body.contains(&cases[19]) && sent.body.contains("activated"))
        })
        .await;
        let mut left: Vec<(String, Vec<u8>)> = taken(&supervisor, &auditor, &portal, &webhook).await;
        left.push(("printed papers".to_owned(), papers(&serving.base, &cases[..2]).await));
        left.extend(receiver.all().iter().map(|sent| (sent.path.clone(), format!("{sent:?}").into_bytes())));
        left.extend(backups(home, &variables, suite));
        for (what, bytes) in &left {
            assert!(!bytes.is_empty(), "{what}");
            assert_eq!(found_in(bytes, &numbers), Vec::<String>::new(), "in {what}");
        }
        // While it runs, with a write-ahead log, and after it has stopped.
        let file = home.join("data/casehall.db");
        let left = || if is_postgres { dumped(&url) } else { left_by_sqlite(&file) };
        assert_eq!(found_in(&left(), &numbers), Vec::<String>::new(), "in the database while it runs");
        let (code, log) = serving.stop();
        assert_eq!(code, Some(0));
        assert!(log.len() > 100_000, "it was talkative: {}", log.len());
        assert_eq!(found_in(log.as_bytes(), &numbers), Vec::<String>::new(), "in the log");
        assert_eq!(found_in(&left(), &numbers), Vec::<String>::new(), "in the database");
        // Names are searched by, in columns of their own; nowhere else do they stand.
        let stored = if is_postgres { database.again() } else { TestDatabase::at(DatabaseAddress::sqlite(&file)) };
        for (table, column) in
            [("events", "data"), ("audit", "details"), ("certificates", "document"), ("cases", "document")]
        {
            let rows = stored.rows(&format!("SELECT {column} FROM {table}")).join("\n");
            assert!(!rows.is_empty(), "{table}");
            assert_eq!(found_in(rows.as_bytes(), &names), Vec::<String>::new(), "{table}");
        }
    }
}

/// A case with five persons' numbers, from the application to the activation; its acceptance number.
async fn through_its_life(
    opener: &Staff,
    clerk: &Staff,
    producer: &Staff,
    checks_first: bool,
    number: u32,
    at: impl Fn(u32) -> u32,
) -> String {
    let mut asked = application(number);
    let person = |person: u32| json!({ "name": name(at(person)), "identity_number": identity_number(at(person)), "phone": phone(at(person)) });
    (asked["applicant"], asked["agent"]) = (person(0), person(1));
    asked["certificate_contact"] = json!({ "name": name(at(2)), "phone": phone(at(2)) });
    let opened = opener.post("/cases", &asked).await.expect(201);
    let key = opened["acceptance_number"].as_str().unwrap();
    let correction = json!({ "correction": { "certificate_contact": { "name": name(at(2)), "phone": phone(at(4)) } }, "reason": "换号" });
    let corrected = clerk.act(key, "correct_application", &correction).await;
    let accept = async || {
        clerk.act(key, "record_materials", &all_in_order(&corrected)).await;
        clerk.act(key, "accept_materials", &json!({})).await;
    };
    if checks_first {
        accept().await;
    }
    let made =
        json!({ "certificate": { "serial": format!("GZ-{number:06}"), "medium_number": format!("KEY-{number:06}") } });
    let made = producer.act(key, "record_certificate", &made).await;
    if !checks_first {
        accept().await;
    }
    let payment = json!({ "payment": { "amount_fen": made["fee"]["total_fen"], "method": "cash" } });
    clerk.act(key, "record_payment", &payment).await;
    let collector = json!({ "name": name(at(3)), "document_number": identity_number(at(3)), "document_sighted": true });
    clerk.act(key, "record_collector", &json!({ "collector": collector })).await;
    clerk.act(key, "issue", &json!({})).await;
    clerk.act(key, "activate", &json!({})).await;
    let shown = send(clerk.get(&format!("/cases/{key}"))).await.expect(200);
    assert_eq!(shown["application"]["applicant"]["name"], name(at(0)), "it reads as it was written");
    send(clerk.get(&format!("/cases/{key}/events"))).await.expect(200);
    send(clerk.get(&format!("/certificates/GZ-{number:06}/events"))).await.expect(200);
    let none = send(clerk.get(&format!("/cases/{}", identity_number(at(0))))).await;
    assert_eq!(none.status, 404);
    let mut faulty = application(number + 5000);
    faulty["applicant"] = json!({ "name": name(at(0)), "identity_number": identity_number(at(0)), "phone": "12" });
    assert_eq!(clerk.post("/cases", &faulty).await.status, 422);
    key.to_owned()
}
