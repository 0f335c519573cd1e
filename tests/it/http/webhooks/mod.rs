//! Webhooks: what happens is sent where systems want it, each event until it has arrived, in order, and nowhere else.

mod changing;
mod delivering;
mod figures;
mod instances;
mod managing;
mod meanwhile;
pub(crate) mod receiver;
mod replaying;
mod retrying;
mod secure;
mod targets;
mod usable;

use std::path::PathBuf;

use casehall::configuration::systems::webhooks::WebhookSettings;
use casehall::domain::accounts::role::{Role, Scope};
use casehall::jobs::webhooks::Dispatcher;
use casehall::service::feed::webhooks::targets::Targets;
use casehall::startup;
use serde_json::{Value, json};

use self::receiver::{Receiver, Reply};
use crate::databases::TestDatabase;
use crate::hall::{Hall, Person, all_in_order, application};

/// Settings of a hall whose webhooks may be on this machine.
pub(crate) const ON_THIS_MACHINE: [(&str, &str); 2] =
    [("WEBHOOKS__ALLOW_HTTP", "true"), ("WEBHOOKS__ALLOWED_NETWORKS", "[\"127.0.0.1\"]")];
/// What a system may that is told of its cases and of certificates, and manages its webhooks.
const PORTAL: [Scope; 4] = [Scope::CasesOpen, Scope::CasesRead, Scope::CertificatesRead, Scope::WebhooksManage];

/// A hall whose webhooks may be on this machine.
async fn hall(database: TestDatabase) -> Hall {
    Hall::with(database, &ON_THIS_MACHINE).await
}

/// Who sends when a test wants it.
pub(in crate::http) fn dispatcher(hall: &Hall) -> Dispatcher {
    patient(hall, std::time::Duration::from_secs(30))
}

/// The same, who waits so long for an answer.
fn patient(hall: &Hall, total: std::time::Duration) -> Dispatcher {
    let sender = startup::sender(&WebhookSettings { total, ..settings(hall, None) }).unwrap();
    startup::dispatcher(sender, hall.running.service.clone())
}

/// The same, who trusts the authorities of a file.
fn trusting(hall: &Hall, authorities_file: Option<PathBuf>) -> Result<Dispatcher, startup::StartError> {
    let sender = startup::sender(&settings(hall, authorities_file))?;
    Ok(startup::dispatcher(sender, hall.running.service.clone()))
}

/// To the targets that the hall takes.
fn settings(hall: &Hall, authorities_file: Option<PathBuf>) -> WebhookSettings {
    let second = std::time::Duration::from_secs(1);
    let Targets { allow_http, allowed_networks } = hall.running.service.webhook_rules().targets.clone();
    WebhookSettings {
        every: None,
        most: 0,
        most_of_one: 0,
        connect: 10 * second,
        total: 30 * second,
        allow_http,
        allowed_networks,
        authorities_file,
    }
}

/// Delivers what is due.
async fn deliver(hall: &Hall) {
    dispatcher(hall).deliver().await.unwrap();
}

/// A webhook that a system added for itself; its id and its secret.
pub(in crate::http) async fn webhook(portal: &Person<'_>, url: &str) -> (String, String) {
    let made = portal.post("/webhooks", &json!({ "url": url })).await.expect(201);
    let (id, secret) = (made["webhook"]["id"].as_str().unwrap(), made["secret"].as_str().unwrap());
    (id.to_owned(), secret.to_owned())
}

/// Opens a case; its number.
async fn opened(portal: &Person<'_>, number: u32) -> String {
    let case = portal.post("/cases", &application(number)).await.expect(201);
    case["acceptance_number"].as_str().unwrap().to_owned()
}

/// Opens a case and brings it to its made certificate.
async fn made(hall: &Hall, portal: &Person<'_>, number: u32) -> String {
    let case = portal.post("/cases", &application(number)).await.expect(201);
    let key = case["acceptance_number"].as_str().unwrap().to_owned();
    let (clerk, producer) = (hall.staff(Role::Clerk).await, hall.staff(Role::Producer).await);
    clerk.act(&key, "record_materials", &all_in_order(&case)).await.expect(200);
    clerk.act(&key, "accept_materials", &json!({})).await.expect(200);
    let certificate =
        json!({ "certificate": { "serial": format!("GZ-W-{number}"), "medium_number": format!("KEY-W-{number}") } });
    producer.act(&key, "record_certificate", &certificate).await.expect(200);
    key
}

/// Adds a webhook whose receiver is gone, and does with it whatever is entered in the audit trail.
pub(crate) async fn every_change(hall: &Hall) {
    let receiver = Receiver::start().await;
    receiver.answer(|_| Reply::Status(410));
    let portal = hall.client("followed", &PORTAL).await;
    let (id, _) = webhook(&portal, &receiver.url()).await;
    opened(&portal, 9).await;
    deliver(hall).await;
    let path = format!("/webhooks/{id}");
    let version = portal.get(&path).await.expect(200)["version"].as_i64().unwrap();
    let change = json!({ "url": receiver.url(), "types": [], "active": true });
    portal.put(&path, version, &change).await.expect(200);
    portal.post(&format!("{path}/secrets"), &json!({})).await.expect(201);
    let event = feed(&portal).await[0]["id"].clone();
    portal.post(&format!("{path}/replays"), &json!({ "event": event })).await.expect(204);
    assert_eq!(portal.delete(&path).await.status, 204);
}

/// All events that a system sees in the feed.
async fn feed(reader: &Person<'_>) -> Vec<Value> {
    let (mut all, mut path) = (Vec::new(), "/events?limit=200".to_owned());
    loop {
        let page = reader.get(&path).await;
        all.extend(page.body["items"].as_array().unwrap().iter().cloned());
        let Some(link) = page.headers.get("Link") else { return all };
        let link = link.to_str().unwrap().strip_suffix(">; rel=\"next\"").unwrap();
        path = link.strip_prefix("</api/v1").unwrap().to_owned();
    }
}

/// The ids of events.
pub(in crate::http) fn ids(events: &[Value]) -> Vec<String> {
    events.iter().map(|event| event["id"].as_str().unwrap().to_owned()).collect()
}

/// An entry of a log: event, outcome, status, error.
type Attempt = (Option<String>, String, Option<u64>, Option<String>);

/// What the log of a webhook says, the oldest first: event, outcome, status, error.
async fn log(portal: &Person<'_>, id: &str) -> Vec<Attempt> {
    let page = portal.get(&format!("/webhooks/{id}/attempts?limit=200")).await.expect(200);
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let entry = |entry: &Value| {
        (text(&entry["event"]), text(&entry["outcome"]).unwrap(), entry["http_status"].as_u64(), text(&entry["error"]))
    };
    page["items"].as_array().unwrap().iter().rev().map(entry).collect()
}

/// Of each case the versions in the order in which they came; each has to be greater than the one before.
fn assert_in_order(received: &[Value]) {
    let mut last: std::collections::BTreeMap<String, i64> = std::collections::BTreeMap::new();
    for event in received {
        let (subject, number) = (event["subject"].as_str().unwrap(), event["id"].as_str().unwrap().parse().unwrap());
        let before = last.insert(subject.to_owned(), number).unwrap_or(0);
        assert!(before < number, "{subject}: {number} came after {before}");
    }
}

/// A hall with a receiver of what is sent.
async fn arranged(database: TestDatabase) -> (Hall, Receiver) {
    (hall(database).await, Receiver::start().await)
}
