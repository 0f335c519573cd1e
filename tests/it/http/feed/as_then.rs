//! Whoever reads late reads what whoever was quick has read, byte for byte: cases that move, serials that are corrected and registrations
//! that are rejected change nothing of what was told before. The same of what a webhook is sent once more.

use std::collections::BTreeMap;

use casehall::clock::Clock;
use casehall::domain::accounts::role::{Role, Scope};
use chrono::Duration;
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use serde_json::{Value, json};

use super::{all, made, read};
use crate::databases::{TestDatabase, on_both};
use crate::hall::{CENTER, Hall, Person, TWO_OUTLETS, application, send, unified_code};
use crate::http::webhooks::receiver::Receiver;
use crate::http::webhooks::{ON_THIS_MACHINE, dispatcher, webhook};

on_both!(a_late_reader_reads_what_a_quick_one_has_read);

const STEPS: u32 = 96;
const OUTLETS: [&str; 2] = [CENTER, "panyu"];

/// Somebody who reads on after each step.
struct Quick<'a> {
    reader: Person<'a>,
    told: Vec<Value>,
    next: Option<String>,
}

impl<'a> Quick<'a> {
    fn of(reader: Person<'a>) -> Self {
        Self { reader, told: Vec::new(), next: None }
    }

    async fn read_on(&mut self) {
        let (told, next) = read(&self.reader, self.next.take(), 7, "").await;
        self.told.extend(told);
        self.next = next;
    }
}

/// Who changes what there is.
struct There<'a> {
    clerk: Person<'a>,
    supervisors: [Person<'a>; 2],
    /// Numbers of cases, and where they are: a system opens them at its own outlet.
    cases: Vec<(String, usize)>,
    /// Serials that wait for their approval.
    entered: Vec<String>,
    moves: u32,
    rejections: u32,
    corrections: u32,
}

async fn a_late_reader_reads_what_a_quick_one_has_read(database: TestDatabase) {
    let hall = Hall::with(database, &[&[TWO_OUTLETS], &ON_THIS_MACHINE[..]].concat()).await;
    let started = hall.clock.now();
    let scopes = [Scope::CasesOpen, Scope::CasesRead, Scope::CertificatesRead, Scope::WebhooksManage];
    let portal = hall.client("portal", &scopes).await;
    let receiver = Receiver::start().await;
    let (hook, _) = webhook(&portal, &receiver.url()).await;
    let mut readers = vec![
        Quick::of(hall.staff(Role::Auditor).await),
        Quick::of(hall.client("register", &[Scope::CertificatesRead]).await),
        Quick::of(hall.client("portal-beside", &scopes).await),
    ];
    for outlet in OUTLETS {
        readers.push(Quick::of(hall.person(&[Role::Clerk], Some(outlet)).await));
    }
    let supervisor = async || hall.person(&[Role::Supervisor], None).await;
    let supervisors = [supervisor().await, supervisor().await];
    let clerk = hall.staff(Role::Clerk).await;
    let (cases, entered) = (Vec::new(), Vec::new());
    let mut there = There { clerk, supervisors, cases, entered, moves: 0, rejections: 0, corrections: 0 };
    let mut random = StdRng::seed_from_u64(14);
    let mut of_portal = Quick::of(portal);
    for step in 0..STEPS {
        there.changed(&hall, &of_portal.reader, step, &mut random).await;
        hall.advance(Duration::seconds(1));
        for reader in readers.iter_mut().chain([&mut of_portal]) {
            reader.read_on().await;
        }
        dispatcher(&hall).deliver().await.unwrap();
    }
    assert!(
        there.moves > 3 && there.rejections > 1 && there.corrections > 1,
        "{} moves, {} rejections, {} corrections",
        there.moves,
        there.rejections,
        there.corrections
    );

    for quick in readers.iter().chain([&of_portal]) {
        let late = all(&quick.reader).await;
        for (late, quick) in late.iter().zip(&quick.told) {
            assert_eq!(late.to_string(), quick.to_string());
        }
        assert_eq!(late.len(), quick.told.len());
    }
    let sent: BTreeMap<String, String> = bodies(&receiver, 0);
    assert_eq!(sent.len(), of_portal.told.len());
    for event in &of_portal.told {
        assert_eq!(serde_json::from_str::<Value>(&sent[event["id"].as_str().unwrap()]).unwrap(), *event);
    }
    let before = receiver.all().len();
    let time = json!({ "from": started.to_rfc3339(), "to": hall.clock.now().to_rfc3339() });
    of_portal.reader.post(&format!("/webhooks/{hook}/replays"), &time).await.expect(204);
    dispatcher(&hall).deliver().await.unwrap();
    assert_eq!(bodies(&receiver, before), sent);
}

/// What a receiver got from a place on, by the ids.
fn bodies(receiver: &Receiver, from: usize) -> BTreeMap<String, String> {
    receiver.all()[from..].iter().map(|got| (got.header("webhook-id").to_owned(), got.body.clone())).collect()
}

impl There<'_> {
    async fn changed(&mut self, hall: &Hall, portal: &Person<'_>, step: u32, random: &mut StdRng) {
        let (clerk, [one, two]) = (&self.clerk, &self.supervisors);
        match random.random_range(0..8) {
            0 => {
                let case = portal.post("/cases", &application(step + 1)).await.expect(201);
                self.cases.push((case["acceptance_number"].as_str().unwrap().to_owned(), 0));
            }
            1 => {
                let key = made(hall, portal, step + 1).await;
                self.cases.push((key, 0));
            }
            2..=4 if !self.cases.is_empty() => {
                let chosen = random.random_range(0..self.cases.len());
                let (key, at) = &mut self.cases[chosen];
                let elsewhere = 1 - *at;
                let moved = json!({ "correction": { "outlet": OUTLETS[elsewhere] }, "reason": "改领取网点" });
                let answer = one.act(key, "correct_application", &moved).await;
                if answer.status == 200 {
                    *at = elsewhere;
                    self.moves += 1;
                } else {
                    answer.refused(409, "wrong_state");
                }
            }
            5 => {
                let serial = format!("GZ2013-{step:04}");
                let registration = json!({
                    "serial": serial, "medium_number": format!("KEY-{step:04}"),
                    "organization": { "name": "广州老证单位", "unified_social_credit_code": unified_code(5_000 + step) },
                    "valid_from": "2025-01-01T00:00:00Z", "valid_until": "2027-01-01T00:00:00Z",
                });
                one.post("/certificates", &registration).await.expect(201);
                self.entered.push(serial);
            }
            6 if !self.entered.is_empty() => {
                let serial = self.entered.remove(0);
                decided(two, &serial, "registration/reject", &json!({ "reason": "查无此证" })).await;
                self.rejections += 1;
            }
            7 if !self.entered.is_empty() => {
                let serial = self.entered.remove(0);
                decided(two, &serial, "registration/approve", &json!({})).await;
                let right = json!({ "serial": format!("{serial}-R{step}"), "reason": "录错" });
                decided(clerk, &serial, "corrections", &right).await;
                decided(one, &serial, "corrections/approve", &json!({})).await;
                self.corrections += 1;
            }
            _ => {}
        }
    }
}

/// Lets somebody do something with a certificate as it is now.
async fn decided(by: &Person<'_>, serial: &str, what: &str, body: &Value) {
    let path = format!("/certificates/{serial}");
    let version = by.get(&path).await.expect(200)["version"].clone();
    let request = by.request(reqwest::Method::POST, &format!("{path}/{what}")).await;
    send(request.header("If-Match", format!("\"{version}\"")).json(body)).await.expect(200);
}
