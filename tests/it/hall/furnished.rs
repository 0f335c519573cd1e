//! A hall with something of everything that its pages show: cases in every state, certificates, accounts, another system.

use std::collections::BTreeMap;

use casehall::domain::accounts::role::{Role, Scope};
use chrono::Duration;
use reqwest::Method;
use serde_json::{Value, json};

use super::{CENTER, Hall, Person, addition, all_in_order, application, organization_code, send, unified_code};

/// What people call themselves, and write.
#[derive(Clone, Copy)]
pub(crate) struct Texts {
    pub(crate) organization: &'static str,
    pub(crate) person: &'static str,
    pub(crate) remark: &'static str,
}

/// As it is on most days.
pub(crate) const PLAIN: Texts =
    Texts { organization: "广州建筑有限公司", person: "陈晓明", remark: "缺骑缝章，请补盖" };

/// What is there, by the names that the tables of pages have for it.
pub(crate) struct There(BTreeMap<&'static str, String>);

impl There {
    /// An address or fields, with each `{name}` replaced by what is there.
    pub(crate) fn filled(&self, template: &str) -> String {
        let fill = |text: String, (name, value): (&&str, &String)| text.replace(&format!("{{{name}}}"), value);
        let filled = self.0.iter().fold(template.to_owned(), fill);
        assert!(!filled.contains('{'), "nothing is there for {filled}");
        filled
    }

    /// One of them.
    pub(crate) fn one(&self, name: &str) -> &str {
        self.0.get(name).unwrap_or_else(|| panic!("no {name}"))
    }

    /// The same with another thing.
    pub(crate) fn with(&self, name: &'static str, value: &str) -> Self {
        let mut there = self.0.clone();
        there.insert(name, value.to_owned());
        Self(there)
    }
}

/// Who works there.
struct Staff<'a> {
    clerk: Person<'a>,
    producer: Person<'a>,
    supervisor: Person<'a>,
    texts: Texts,
}

impl Hall {
    /// Fills the hall, from Monday, 2 March on, until Wednesday, 18 March 2026, ten o'clock.
    pub(crate) async fn furnish(&self, texts: Texts) -> There {
        let staff = Staff {
            clerk: self.named("window-1", texts.person, &[Role::Clerk], Some(CENTER)).await,
            producer: self.named("maker-1", texts.person, &[Role::Producer], Some(CENTER)).await,
            supervisor: self.named("chief-1", texts.person, &[Role::Supervisor], None).await,
            texts,
        };
        let mut there = BTreeMap::new();
        staff.cases(self, &mut there).await;
        staff.certificates(self, &mut there).await;
        accounts(self, texts, &mut there).await;
        let sought: String = texts.organization.chars().take(2).collect();
        there.insert(
            "sought",
            percent_encoding::utf8_percent_encode(&sought, percent_encoding::NON_ALPHANUMERIC).to_string(),
        );
        there.insert("held_code", unified_code(2));
        there.insert("free_code", unified_code(50));
        there.insert("locked_code", unified_code(31));
        There(there)
    }
}

impl Staff<'_> {
    async fn cases(&self, hall: &Hall, there: &mut BTreeMap<&'static str, String>) {
        there.insert("overdue", self.checked(1).await);
        there.insert("activated", self.activated(2).await);
        there.insert("serial", "GZ-000002".to_owned());
        hall.advance(Duration::days(4));
        there.insert("soon", self.checked(3).await);
        hall.advance(Duration::days(12));
        there.insert("case", self.opened(4).await.0);
        let (partial, sheets) = self.opened(5).await;
        let mut some = self.short(&sheets);
        some["materials"].as_array_mut().unwrap().truncate(3);
        self.act(&partial, "record_materials", &some).await;
        there.insert("partial", partial);
        let (correction, sheets) = self.opened(6).await;
        self.act(&correction, "record_materials", &self.short(&sheets)).await;
        self.act(&correction, "request_correction", &json!({ "remark": self.texts.remark })).await;
        there.insert("correction", correction);
        let (resubmitted, sheets) = self.opened(12).await;
        self.act(&resubmitted, "record_materials", &self.short(&sheets)).await;
        self.act(&resubmitted, "request_correction", &json!({})).await;
        self.act(&resubmitted, "resubmit", &json!({})).await;
        there.insert("resubmitted", resubmitted);
        let (withdrawn, _) = self.opened(13).await;
        self.act(&withdrawn, "withdraw", &json!({ "reason": self.texts.remark })).await;
        there.insert("withdrawn", withdrawn);
        there.insert("checked", self.checked(7).await);
        there.insert("queued", self.checked(14).await);
        there.insert("queued_too", self.checked(15).await);
        let made = self.made(8).await;
        self.act(&made, "record_payment", &json!({ "payment": payment() })).await;
        there.insert("made", made);
        there.insert("unpaid", self.made(9).await);
        let (rejected, _) = self.opened(10).await;
        self.act(&rejected, "reject", &json!({ "reason": self.texts.remark })).await;
        there.insert("rejected", rejected);
        let declined = self.checked(11).await;
        self.act(&declined, "decline", &json!({ "reason": self.texts.remark })).await;
        there.insert("declined", declined);
        // A certificate from before Casehall, without the application.
        hall.register(&self.registration(30)).await;
        let mut add = addition(30, "GZ-OLD-30");
        add["organization"]["name"] = self.organization(30);
        let add = self.clerk.post("/cases", &add).await.expect(201);
        there.insert("addition", number(&add));
    }

    async fn certificates(&self, hall: &Hall, there: &mut BTreeMap<&'static str, String>) {
        for at in 31..=34 {
            hall.register(&self.registration(at)).await;
        }
        // Another system reported one that isn't locked.
        hall.register(&self.registration(37)).await;
        let login = hall.client("login", &[Scope::CertificatesReport, Scope::CertificatesRead]).await;
        login.post("/certificates/GZ-OLD-37/lock-reports", &json!({ "reference": "LOGIN" })).await.expect(200);
        self.clerk
            .post("/certificates/GZ-OLD-31/lock-reports", &json!({ "reference": self.texts.remark }))
            .await
            .expect(200);
        there.insert("locked", "GZ-OLD-31".to_owned());
        let mut unlock = addition(31, "GZ-OLD-31");
        unlock["case_type"] = json!("unlock");
        unlock["organization"]["name"] = self.organization(31);
        for field in ["applications", "service_years", "payment_method"] {
            unlock.as_object_mut().unwrap().remove(field);
        }
        let unlock = number(&self.clerk.post("/cases", &unlock).await.expect(201));
        self.act(&unlock, "take_certificate", &json!({ "box_number": "B-07" })).await;
        there.insert("unlock", unlock);
        let reason = json!({ "reason": self.texts.remark });
        self.clerk.post("/certificates/GZ-OLD-32/loss-reports", &reason).await.expect(200);
        there.insert("suspended", "GZ-OLD-32".to_owned());
        let correction = json!({ "organization_name": self.organization(3), "reason": self.texts.remark });
        self.clerk.post("/certificates/GZ-OLD-33/corrections", &correction).await.expect(200);
        there.insert("corrected", "GZ-OLD-33".to_owned());
        there.insert("registered", "GZ-OLD-34".to_owned());
        self.supervisor.post("/certificates", &self.registration(35)).await.expect(201);
        there.insert("unapproved", "GZ-OLD-35".to_owned());
        let table = format!(
            "serial,medium_number,organization_name,organization_code,valid_from,valid_until\n\
             GZ-OLD-36,KEY-OLD-36,\"{}\",{},2025-01-01,2027-12-31\n",
            self.texts.organization.replace('"', "\"\""),
            organization_code(36)
        );
        let request = self.supervisor.request(Method::POST, "/certificates/imports").await;
        let entered = send(request.header("Content-Type", "text/csv; charset=utf-8").body(table)).await.expect(200);
        there.insert("import", entered["import"].as_str().unwrap().to_owned());
    }

    fn organization(&self, at: u32) -> Value {
        json!(format!("{}{at}", self.texts.organization))
    }

    fn registration(&self, at: u32) -> Value {
        json!({
            "serial": format!("GZ-OLD-{at}"), "medium_number": format!("KEY-OLD-{at}"), "handler": self.texts.person,
            "organization": { "name": self.organization(at), "unified_social_credit_code": unified_code(at) },
            "valid_from": "2025-01-01T00:00:00Z", "valid_until": "2027-01-01T00:00:00Z",
        })
    }

    /// Everything short of a copy, with a remark.
    fn short(&self, case: &Value) -> Value {
        let mut checks = all_in_order(case);
        for check in checks["materials"].as_array_mut().unwrap() {
            (check["copies_received"], check["copies_stamped"]) = (json!(2), json!(2));
            (check["reason"], check["remark"]) = (json!("other"), json!(self.texts.remark));
        }
        checks
    }

    async fn act(&self, case: &str, action: &str, body: &Value) {
        self.clerk.act(case, action, body).await.expect(200);
    }

    async fn opened(&self, at: u32) -> (String, Value) {
        let mut asked = application(at);
        asked["organization"]["name"] = self.organization(at);
        (asked["applicant"]["name"], asked["agent"]["name"]) = (json!(self.texts.person), json!(self.texts.person));
        let case = self.clerk.post("/cases", &asked).await.expect(201);
        (number(&case), case)
    }

    async fn checked(&self, at: u32) -> String {
        let (case, sheets) = self.opened(at).await;
        self.act(&case, "record_materials", &all_in_order(&sheets)).await;
        self.act(&case, "accept_materials", &json!({})).await;
        case
    }

    async fn made(&self, at: u32) -> String {
        let case = self.checked(at).await;
        let made = json!({ "serial": format!("GZ-{at:06}"), "medium_number": format!("KEY-{at:06}") });
        self.producer.act(&case, "record_certificate", &json!({ "certificate": made })).await.expect(200);
        case
    }

    async fn activated(&self, at: u32) -> String {
        let case = self.made(at).await;
        self.act(&case, "record_payment", &json!({ "payment": payment() })).await;
        let collector =
            json!({ "name": self.texts.person, "document_number": "440199196706237621", "document_sighted": true });
        self.act(&case, "record_collector", &json!({ "collector": collector })).await;
        self.act(&case, "issue", &json!({})).await;
        self.act(&case, "activate", &json!({})).await;
        case
    }
}

fn number(case: &Value) -> String {
    case["acceptance_number"].as_str().unwrap().to_owned()
}

fn payment() -> Value {
    json!({ "amount_fen": 60_000, "method": "cash", "window": "3" })
}

/// Accounts of every kind, and another system.
async fn accounts(hall: &Hall, texts: Texts, there: &mut BTreeMap<&'static str, String>) {
    let security = hall.person(&[Role::SecurityAdministrator], None).await;
    for (name, username) in [("user", "spare-1"), ("inactive", "gone-1"), ("held", "locked-1"), ("newcomer", "new-1")] {
        hall.named(username, texts.person, &[Role::Clerk], Some(CENTER)).await;
        let users = security.get("/users").await.expect(200);
        let user = users["items"].as_array().unwrap().iter().find(|user| user["username"] == username).unwrap().clone();
        there.insert(name, user["id"].as_str().unwrap().to_owned());
    }
    let request = security.request(Method::POST, &format!("/users/{}/deactivate", there["inactive"])).await;
    send(request.header("If-Match", "\"1\"")).await.expect(200);
    for _ in 0..5 {
        hall.nobody().post("/sessions", &json!({ "username": "locked-1", "password": "wrong" })).await;
    }
    let request = security.request(Method::POST, &format!("/users/{}/reset-password", there["newcomer"])).await;
    let reset = send(request.header("If-Match", "\"1\"")).await.expect(200);
    there.insert("one_time", reset["one_time_password"].as_str().unwrap_or_else(|| panic!("{reset:#}")).to_owned());
    hall.add_client("portal", &[Scope::CasesRead]).await;
    there.insert("system", "portal".to_owned());
}
