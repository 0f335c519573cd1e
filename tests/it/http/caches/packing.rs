//! What goes packed, and what never does.

use std::io::Read;

use casehall::domain::accounts::role::{Role, Scope};
use reqwest::header::{ACCEPT_ENCODING, CONTENT_ENCODING, ETAG, HeaderMap, VARY};
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};

use crate::certificates::register::registration;
use crate::databases::TestDatabase;
use crate::hall::{Hall, Person, application, send};

/// From how many bytes on something goes packed.
const LEAST: usize = 1024;

/// Headers and bytes of what comes back to somebody who takes such codings.
pub(super) async fn taking(request: RequestBuilder, codings: &str) -> (HeaderMap, Vec<u8>) {
    let answer = request.header(ACCEPT_ENCODING, codings).send().await.unwrap();
    (answer.headers().clone(), answer.bytes().await.unwrap().to_vec())
}

pub(super) fn unpacked(packed: &[u8]) -> Vec<u8> {
    let mut content = Vec::new();
    flate2::read::GzDecoder::new(packed).read_to_end(&mut content).unwrap();
    content
}

#[tokio::test]
async fn an_answer_goes_packed_from_a_kilobyte_on_with_a_tag_of_its_own() {
    let hall = Hall::open(TestDatabase::sqlite()).await;
    let clerk = hall.staff(Role::Clerk).await;
    let opened = clerk.post("/cases", &application(1)).await.expect(201);
    let case = format!("/cases/{}", opened["id"].as_str().unwrap());
    let mut packed_ones = 0;
    for path in [&case, "/cases", "/case-types", "/events", "/me", "//healthz", "//openapi.json", "//docs/problems"] {
        let (plain, whole) = taking(clerk.request(Method::GET, path).await, "identity").await;
        let (packed, bytes) = taking(clerk.request(Method::GET, path).await, "gzip").await;
        assert_eq!(plain.get(CONTENT_ENCODING), None, "{path}");
        assert!(plain[VARY].to_str().unwrap().contains("Accept-Encoding"), "{path}");
        assert_eq!(plain[VARY], packed[VARY], "{path}");
        if whole.len() < LEAST {
            assert_eq!((packed.get(CONTENT_ENCODING), &bytes), (None, &whole), "{path}");
            continue;
        }
        packed_ones += 1;
        assert_eq!(packed[CONTENT_ENCODING], "gzip", "{path}");
        assert!(bytes.len() < whole.len() && unpacked(&bytes) == whole, "{path}");
        if let Some(tag) = plain.get(ETAG) {
            let tag = tag.to_str().unwrap().trim_matches('"');
            assert_eq!(packed[ETAG], format!("\"{tag}-gzip\""), "{path}");
        }
    }
    assert!(packed_ones >= 4, "{packed_ones}");
    // Whoever has it packed is told so under that name, whoever has it plain under the other.
    for codings in ["identity", "gzip"] {
        let (headers, _) = taking(clerk.request(Method::GET, &case).await, codings).await;
        let request = clerk.request(Method::GET, &case).await.header("If-None-Match", &headers[ETAG]);
        let same = send(request.header(ACCEPT_ENCODING, codings)).await;
        assert_eq!((same.status, same.headers.get(ETAG)), (304, headers.get(ETAG)), "{codings}");
        assert_eq!(same.headers[VARY], headers[VARY]);
    }
}

#[tokio::test]
async fn a_thousand_answers_about_certificates_go_packed() {
    let hall = Hall::open(TestDatabase::sqlite()).await;
    let asker = hall.client("login", &[Scope::AuthorizationsRead]).await;
    hall.register(&registration(1)).await;
    let questions: Vec<Value> = (0..1_000).map(|number| json!({ "serial": format!("GZ2013-{number:04}") })).collect();
    let asked = json!({ "application": "urban-construction", "certificates": questions });
    let request = asker.request(Method::POST, "/authorizations/query").await.json(&asked);
    let (headers, bytes) = taking(request, "gzip, deflate, br").await;
    assert_eq!(headers[CONTENT_ENCODING], "gzip");
    let answers: Value = serde_json::from_slice(&unpacked(&bytes)).unwrap();
    assert_eq!(answers["answers"].as_array().unwrap().len(), 1_000);
    assert!(bytes.len() < 20_000, "{}", bytes.len());
}

#[tokio::test]
async fn what_may_carry_a_secret_is_never_packed() {
    let hall = Hall::open(TestDatabase::sqlite()).await;
    let (clerk, security) = (hall.staff(Role::Clerk).await, hall.person(&[Role::SecurityAdministrator], None).await);
    let opened = clerk.post("/cases", &application(1)).await.expect(201);
    let withdraw = format!("/cases/{}/actions/withdraw", opened["id"].as_str().unwrap());
    // What answers a change may be long, and is as it is: secrets are shown in such answers and nowhere else.
    let post = async |person: &Person<'_>, path: &str, body: &Value| {
        let request = person.request(Method::POST, path).await.json(body);
        let (headers, bytes) = taking(request, "gzip").await;
        assert_eq!(headers.get(CONTENT_ENCODING), None, "{path}");
        assert_eq!(headers["Cache-Control"], "no-store", "{path}");
        serde_json::from_slice::<Value>(&bytes).unwrap()
    };
    let long = post(&clerk, &withdraw, &json!({ "reason": "另行申请" })).await;
    assert!(long.to_string().len() > LEAST);
    let client = json!({ "client_id": "tax-portal", "name": "税务局".repeat(30), "scopes": ["cases:read"] });
    assert!(post(&security, "/clients", &client).await["client_secret"].is_string());
    let user = json!({ "username": "li", "display_name": "李".repeat(30), "roles": ["auditor"], "all_outlets": true });
    post(&security, "/users", &user).await;
    let credentials = json!({ "username": clerk.name(), "password": crate::hall::PASSWORD });
    assert!(post(&hall.nobody(), "/sessions", &credentials).await["access_token"].is_string());
    // Nor does a page that answers a form.
    let form = hall.nobody().request(Method::POST, "//console/sign-in").await;
    let form = form.header("Content-Type", "application/x-www-form-urlencoded").body("username=x&password=y");
    let (headers, page) = taking(form, "gzip").await;
    assert_eq!(headers.get(CONTENT_ENCODING), None);
    assert!(String::from_utf8(page).unwrap().trim_end().ends_with("</html>"));
    // No answer to a GET shows one, which is why it may go packed.
    for path in ["/clients", "/clients/tax-portal", "/webhooks", "/users"] {
        let shown = security.get(path).await.expect(200).to_string();
        assert!(!shown.contains("secret\":\"") && !shown.contains("password\":\""), "{path}: {shown}");
    }
}

#[tokio::test]
async fn what_is_read_while_it_is_sent_goes_as_it_is() {
    let hall = Hall::open(TestDatabase::sqlite()).await;
    let auditor = hall.person(&[Role::Auditor], None).await;
    for path in ["/exports/event-log.xes", "/exports/event-log.csv", "/exports/audit.csv"] {
        let (headers, bytes) = taking(auditor.request(Method::GET, path).await, "gzip").await;
        assert_eq!(headers.get(CONTENT_ENCODING), None, "{path}");
        assert!(!bytes.is_empty(), "{path}");
    }
}

#[tokio::test]
async fn who_takes_no_coding_that_there_is_is_refused_before_anything_is_done() {
    let hall = Hall::open(TestDatabase::sqlite()).await;
    let clerk = hall.staff(Role::Clerk).await;
    let request = clerk.request(Method::POST, "/cases").await.json(&application(1));
    send(request.header(ACCEPT_ENCODING, "br, identity;q=0")).await.refused(406, "not_acceptable");
    assert_eq!(clerk.get("/cases").await.expect(200)["items"], json!([]));
    for fine in ["", "br", "*", "nonsense;;;", "gzip;q=0"] {
        let request = clerk.request(Method::GET, "/cases").await.header(ACCEPT_ENCODING, fine);
        assert_eq!(request.send().await.unwrap().status(), 200, "{fine}");
    }
}
