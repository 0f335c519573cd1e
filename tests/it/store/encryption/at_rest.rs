//! 200 persons in cases of both kinds of order, from the application to the hand-over, through the real program: afterwards none of
//! their numbers stands in the database, its log, a backup, an export, or the program's own log at its most talkative.

use std::sync::atomic::{AtomicU32, Ordering};

use reqwest::{Client, RequestBuilder};
use serde_json::{Value, json};

use super::{dumped, found_in, left_by_sqlite};
use crate::databases::{TestDatabase, on_both};
use crate::hall::{PASSWORD, all_in_order, application, send};
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

/// Signs in and sends.
struct Staff {
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

    fn get(&self, path: &str) -> RequestBuilder {
        self.http.get(format!("{}/api/v1{path}", self.base)).bearer_auth(&self.token)
    }

    async fn post(&self, path: &str, body: &Value) -> crate::hall::Answer {
        let request = self.http.post(format!("{}/api/v1{path}", self.base)).bearer_auth(&self.token);
        static KEY: AtomicU32 = AtomicU32::new(1);
        let key = format!("key-{}", KEY.fetch_add(1, Ordering::Relaxed));
        send(request.header("Idempotency-Key", key).json(body)).await
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
    for (suite, first) in [("international", 0), ("national", 500)] {
        let mut variables = vec![
            ("CASEHALL__LOG__LEVEL", "trace"),
            ("CASEHALL__CRYPTOGRAPHY__SUITE", suite),
            // The other order of checking and making, for the second half.
            ("CASEHALL__WORKFLOWS__NEW_CERTIFICATE", if first == 0 { "check-then-make" } else { "make-then-check" }),
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
        for role in ["clerk", "producer", "supervisor"].iter().filter(|_| first == 0) {
            let arguments = ["user", "add", &format!("the-{role}"), "--role", role, "--all-outlets"];
            assert_eq!(run(home, &arguments, &variables, &format!("{PASSWORD}\n")).code, Some(0));
        }
        let serving = Serving::start(home, &[], &variables);
        let clerk = Staff::sign_in(&serving.base, "the-clerk").await;
        let producer = Staff::sign_in(&serving.base, "the-producer").await;
        let supervisor = Staff::sign_in(&serving.base, "the-supervisor").await;
        let (mut numbers, mut names) = (Vec::new(), Vec::new());
        // Each suite has the second factor of somebody else.
        let of = if first == 0 { &clerk } else { &producer };
        let prepared = of.post("/second-factor", &json!({ "password": PASSWORD })).await.expect(200);
        numbers.push(prepared["secret"].as_str().unwrap().to_owned());
        for case in 0..20 {
            let at = |person: u32| first + case * 10 + person;
            through_its_life(&clerk, &producer, first == 0, case + first + 1, at).await;
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

        let mut answers = String::new();
        for path in ["/exports/event-log.xes", "/exports/event-log.csv", "/cases?limit=200", "/certificates?limit=200"]
        {
            let answer = send(supervisor.get(path)).await;
            assert_eq!(answer.status, 200, "{path}");
            answers += &answer.body.to_string();
        }
        assert_eq!(found_in(answers.as_bytes(), &numbers), Vec::<String>::new(), "in exports and lists");
        // While it runs, with a write-ahead log, and after it has stopped.
        let file = home.join("data/casehall.db");
        let left = || if is_postgres { dumped(&url) } else { left_by_sqlite(&file) };
        assert_eq!(found_in(&left(), &numbers), Vec::<String>::new(), "in the database while it runs");
        let (code, log) = serving.stop();
        assert_eq!(code, Some(0));
        assert!(log.len() > 100_000, "it was talkative: {}", log.len());
        assert_eq!(found_in(log.as_bytes(), &numbers), Vec::<String>::new(), "in the log");
        let left = left();
        assert_eq!(found_in(&left, &numbers), Vec::<String>::new(), "in the database");
        // Names are searched by, in columns of their own; nowhere else do they stand.
        if is_postgres {
            let dump = String::from_utf8(left).unwrap();
            let tables = ["COPY public.events ", "COPY public.audit ", "COPY public.certificates "];
            for table in tables {
                let rows = dump.split(table).nth(1).unwrap().split("\n\\.").next().unwrap();
                // Of a certificate the document is the last column.
                let rows: Vec<&str> = rows.lines().skip(1).map(|row| row.rsplit('\t').next().unwrap_or(row)).collect();
                let in_events = dump.split(table).nth(1).unwrap().split("\n\\.").next().unwrap();
                let looked_at = if table.contains("certificates") { rows.join("\n") } else { in_events.to_owned() };
                assert!(!looked_at.is_empty());
                assert_eq!(found_in(looked_at.as_bytes(), &names), Vec::<String>::new(), "{table}");
            }
        }
    }
}

/// A case with five persons' numbers, from the application to the activation.
async fn through_its_life(clerk: &Staff, producer: &Staff, checks_first: bool, number: u32, at: impl Fn(u32) -> u32) {
    let mut asked = application(number);
    let person = |person: u32| json!({ "name": name(at(person)), "identity_number": identity_number(at(person)), "phone": phone(at(person)) });
    (asked["applicant"], asked["agent"]) = (person(0), person(1));
    asked["certificate_contact"] = json!({ "name": name(at(2)), "phone": phone(at(2)) });
    let opened = clerk.post("/cases", &asked).await.expect(201);
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
}
