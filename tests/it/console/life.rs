//! A certificate's whole life, once through pages and once through requests, in both orders: it leaves the same events.

use std::sync::LazyLock;

use casehall::domain::accounts::role::Role;
use regex::Regex;
use serde_json::{Value, json};

use super::cases::{NEW, checked, made, number_of, paid, send, typed};
use crate::databases::TestDatabase;
use crate::hall::visitor::Page;
use crate::hall::{Hall, Person, Visitor, addition, all_in_order, application};

/// The document of which one seal is missing at first.
const SHORT: &str = "e-seal-application-form";

fn page_of(case: &str, page: &str) -> String {
    format!("/console/cases/{case}/{page}")
}

/// The organization that has a certificate from before Casehall.
fn old(number: u32) -> u32 {
    number + 30
}

/// Staff before their browsers.
struct Pages<'a> {
    clerk: Visitor<'a>,
    producer: Visitor<'a>,
}

impl Pages<'_> {
    /// Types the fields that the form of a case type has, and sends it.
    async fn opened(&self, case_type: &str, number: u32) -> String {
        let form = self.clerk.get(&format!("{NEW}?case_type={case_type}")).await;
        let names = form.attributes("main [name]", "name");
        let known: Vec<_> =
            typed(number).into_iter().filter(|(name, _)| names.iter().any(|known| known == name)).collect();
        // Whether the organization may apply; the certificate that it holds is filled in.
        let looked = send(&self.clerk, &form, NEW, &known).await;
        number_of(&self.clerk.submit(&looked, NEW, &[("submit", "yes")]).await)
    }

    async fn command(&self, case: &str, command: &str) -> Page {
        let page = self.clerk.get(&page_of(case, "materials")).await;
        let page = self.clerk.submit(&page, &page_of(case, "materials"), &[("command", command)]).await;
        assert_eq!(page.status, 200, "{command}: {}", page.html);
        page
    }

    async fn act(&self, case: &str, action: &str, fields: &[(&str, &str)]) {
        let address = page_of(case, &format!("actions/{action}"));
        let page = self.clerk.submit(&self.clerk.get(&address).await, &address, fields).await;
        assert_eq!(number_of(&page), case, "{action}: {}", page.html);
    }

    async fn handed_over(&self, case: &str, boxes: &[&str]) {
        let address = page_of(case, "handover");
        let mut page = self.clerk.get(&address).await;
        for scanned in boxes {
            page = self.clerk.submit(&page, &address, &[("box", scanned)]).await;
        }
        if boxes.is_empty() {
            page = self.clerk.submit(&page, &address, &[("hand_over", "yes")]).await;
        }
        assert_eq!((page.status, page.texts("form[action$=handover]").len()), (200, 0), "{}", page.html);
    }

    /// Answers the cases: the new certificate's, the addition's and the unlocking's.
    async fn lead(&self, number: u32, makes_first: bool) -> [String; 3] {
        let case = self.opened("new-certificate", number).await;
        if makes_first {
            made(&self.producer, &case, number).await;
        }
        self.command(&case, "4-").await;
        self.command(&case, "+").await;
        self.command(&case, "").await;
        self.act(&case, "resubmit", &[]).await;
        self.command(&case, "43").await;
        self.command(&case, "").await;
        paid(&self.clerk, &case).await;
        if !makes_first {
            made(&self.producer, &case, number).await;
        }
        self.handed_over(&case, &[&format!("KEY-{number:06}"), "2"]).await;
        // On a certificate from before Casehall: a new one has the application.
        let added = self.opened("add-application", old(number)).await;
        checked(&self.clerk, &added).await;
        paid(&self.clerk, &added).await;
        self.handed_over(&added, &[]).await;
        let serial = format!("GZ-{number:06}");
        let certificate = format!("/console/certificates/{serial}");
        let report = format!("{certificate}/lock-reports");
        let page = self.clerk.submit(&self.clerk.get(&certificate).await, &report, &[("reference", "窗口")]).await;
        assert_eq!((page.status, page.address), (200, format!("{certificate}?done=yes")), "{}", page.html);
        let unlocked = self.opened("unlock", number).await;
        self.act(&unlocked, "take_certificate", &[("box_number", "B-07")]).await;
        checked(&self.clerk, &unlocked).await;
        self.handed_over(&unlocked, &[&format!("KEY-{number:06}"), "2"]).await;
        [case, added, unlocked]
    }
}

/// Other programs.
struct Requests<'a> {
    clerk: Person<'a>,
    producer: Person<'a>,
}

impl Requests<'_> {
    async fn opened(&self, application: &Value) -> (String, Value) {
        let case = self.clerk.post("/cases", application).await.expect(201);
        (case["acceptance_number"].as_str().unwrap().to_owned(), case)
    }

    async fn act(&self, case: &str, action: &str, body: Value) {
        self.clerk.act(case, action, &body).await.expect(200);
    }

    /// Records what the rows say of which `takes` is true, with so many seals on the short one.
    async fn record(&self, case: &str, sheets: &Value, seals: u64, takes: impl Fn(&str) -> bool) {
        let mut rows = all_in_order(sheets)["materials"].as_array().unwrap().clone();
        rows.retain(|row| takes(row["material"].as_str().unwrap()));
        for row in rows.iter_mut().filter(|row| row["material"] == SHORT) {
            row["copies_stamped"] = json!(seals);
        }
        self.act(case, "record_materials", json!({ "materials": rows })).await;
    }

    async fn checked(&self, case: &str, sheets: &Value) {
        self.act(case, "record_materials", all_in_order(sheets)).await;
        self.act(case, "accept_materials", json!({})).await;
    }

    async fn paid(&self, case: &str) {
        let owed = self.clerk.get(&format!("/cases/{case}")).await.expect(200)["fee"]["outstanding_fen"].clone();
        self.act(case, "record_payment", json!({ "payment": { "amount_fen": owed, "method": "cash", "window": "3" } }))
            .await;
    }

    async fn made(&self, case: &str, number: u32) {
        let certificate = json!({ "serial": format!("GZ-{number:06}"), "medium_number": format!("KEY-{number:06}") });
        self.producer.act(case, "record_certificate", &json!({ "certificate": certificate })).await.expect(200);
    }

    async fn lead(&self, number: u32, makes_first: bool) -> [String; 3] {
        let (case, sheets) = self.opened(&application(number)).await;
        if makes_first {
            self.made(&case, number).await;
        }
        self.record(&case, &sheets, 2, |material| material == SHORT).await;
        self.record(&case, &sheets, 2, |material| material != SHORT).await;
        self.act(&case, "request_correction", json!({})).await;
        self.act(&case, "resubmit", json!({})).await;
        self.record(&case, &sheets, 3, |material| material == SHORT).await;
        self.act(&case, "accept_materials", json!({})).await;
        self.paid(&case).await;
        if !makes_first {
            self.made(&case, number).await;
        }
        let collector = json!({ "name": "刘少芬", "document_number": "440199196706237621", "document_sighted": true });
        self.act(&case, "record_collector", json!({ "collector": collector })).await;
        self.act(&case, "issue", json!({})).await;
        self.act(&case, "activate", json!({})).await;
        let serial = format!("GZ-{number:06}");
        let (added, sheets) = self.opened(&addition(old(number), &format!("GZ-OLD-{}", old(number)))).await;
        self.checked(&added, &sheets).await;
        self.paid(&added).await;
        self.act(&added, "activate", json!({})).await;
        let report = json!({ "reference": "窗口" });
        self.clerk.post(&format!("/certificates/{serial}/lock-reports"), &report).await.expect(200);
        let mut unlock = addition(number, &serial);
        unlock["case_type"] = json!("unlock");
        for asked in ["applications", "service_years", "payment_method"] {
            unlock.as_object_mut().unwrap().remove(asked);
        }
        let (unlocked, sheets) = self.opened(&unlock).await;
        self.act(&unlocked, "take_certificate", json!({ "box_number": "B-07" })).await;
        self.checked(&unlocked, &sheets).await;
        self.act(&unlocked, "unlock", json!({ "collector": collector })).await;
        [case, added, unlocked]
    }
}

/// What is of one organization only, such as numbers, ids and times, blotted out.
fn blotted(value: &Value) -> Value {
    static OWN: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|(91440101)?PDY[0-9A-Z]+|[0-9]+").unwrap()
    });
    let blot = |text: &str| OWN.replace_all(text, "N").into_owned();
    match value {
        Value::String(text) => json!(blot(text)),
        Value::Array(values) => values.iter().map(blotted).collect(),
        Value::Object(members) => members.iter().map(|(name, value)| (blot(name), blotted(value))).collect(),
        other => other.clone(),
    }
}

async fn events(reader: &Person<'_>, of: &str) -> Vec<Value> {
    let told = reader.get(&format!("{of}/events?limit=200")).await.expect(200);
    told["items"].as_array().unwrap().iter().map(blotted).collect()
}

async fn pages_and_requests_leave_the_same(settings: &[(&str, &str)], makes_first: bool) {
    let hall = Hall::with(TestDatabase::sqlite(), settings).await;
    let pages = Pages { clerk: hall.visitor(Role::Clerk).await, producer: hall.visitor(Role::Producer).await };
    let requests = Requests { clerk: hall.staff(Role::Clerk).await, producer: hall.staff(Role::Producer).await };
    for number in [old(1), old(2)] {
        let organization = application(number)["organization"].clone();
        hall.register(&json!({
            "serial": format!("GZ-OLD-{number}"), "medium_number": format!("KEY-OLD-{number}"), "organization": organization,
            "valid_from": "2025-01-01T00:00:00Z", "valid_until": "2027-01-01T00:00:00Z",
        }))
        .await;
    }
    let by_page = pages.lead(1, makes_first).await;
    let by_request = requests.lead(2, makes_first).await;
    let reader = &requests.clerk;
    for (one, other) in by_page.iter().zip(&by_request) {
        let (one, other) =
            (events(reader, &format!("/cases/{one}")).await, events(reader, &format!("/cases/{other}")).await);
        for (one, other) in one.iter().zip(&other) {
            assert_eq!(one, other);
        }
        assert!(one.len() == other.len() && one.len() > 4, "{} and {}", one.len(), other.len());
    }
    let (one, other) =
        (events(reader, "/certificates/GZ-000001").await, events(reader, "/certificates/GZ-000002").await);
    assert!(one.len() > 6);
    assert_eq!(one, other);
}

#[tokio::test]
async fn pages_leave_the_same_events_as_requests_where_papers_are_checked_first() {
    pages_and_requests_leave_the_same(&[], false).await;
}

#[tokio::test]
async fn pages_leave_the_same_events_as_requests_where_certificates_are_made_first() {
    pages_and_requests_leave_the_same(&[("WORKFLOWS__NEW_CERTIFICATE", "make-then-check")], true).await;
}
