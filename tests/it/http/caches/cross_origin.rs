//! Pages of other hosts that call the API from a browser: nobody's, unless a setting names them.

use std::collections::BTreeSet;

use casehall::domain::accounts::role::Role;
use reqwest::header::{
    ACCESS_CONTROL_ALLOW_CREDENTIALS, ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS,
    ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE, ACCESS_CONTROL_REQUEST_HEADERS,
    ACCESS_CONTROL_REQUEST_METHOD, HeaderMap, ORIGIN, VARY,
};
use reqwest::{Method, Response};

use crate::databases::TestDatabase;
use crate::hall::{Hall, Person, application, send};

const PORTAL: &str = "https://portal.example.org";
const NAMED: (&str, &str) =
    ("SERVER__CORS_ORIGINS", r#"["https://portal.example.org", "https://two.example.org:8443"]"#);

/// What a browser asks before it lets a page send something.
async fn asked_before(person: &Person<'_>, origin: &str, path: &str, method: &str, headers: &str) -> Response {
    let request = person.request(Method::OPTIONS, path).await.header(ORIGIN, origin);
    let request = request.header(ACCESS_CONTROL_REQUEST_METHOD, method);
    request.header(ACCESS_CONTROL_REQUEST_HEADERS, headers).send().await.unwrap()
}

fn text<'a>(headers: &'a HeaderMap, name: &reqwest::header::HeaderName) -> &'a str {
    headers.get(name).map_or("", |value| value.to_str().unwrap())
}

#[tokio::test]
async fn without_the_setting_nobody_is_let_in() {
    let hall = Hall::open(TestDatabase::sqlite()).await;
    let (clerk, nobody) = (hall.staff(Role::Clerk).await, hall.nobody());
    let before = asked_before(&nobody, PORTAL, "/cases", "GET", "authorization").await;
    assert_eq!((before.status().as_u16(), text(before.headers(), &ACCESS_CONTROL_ALLOW_ORIGIN)), (405, ""));
    let answer = send(clerk.request(Method::GET, "/cases").await.header(ORIGIN, PORTAL)).await;
    assert_eq!(answer.status, 200);
    assert!(answer.headers.keys().all(|name| !name.as_str().starts_with("access-control-")), "{:?}", answer.headers);
    assert!(!answer.header("Vary").contains("Origin"));
}

#[tokio::test]
async fn pages_of_origins_that_are_named_may_call_the_api_without_cookies_and_no_others() {
    let hall = Hall::with(TestDatabase::sqlite(), &[NAMED]).await;
    let (clerk, nobody) = (hall.staff(Role::Clerk).await, hall.nobody());
    for origin in [PORTAL, "https://two.example.org:8443"] {
        let wanted = "authorization, content-type, idempotency-key, if-match";
        let before = asked_before(&nobody, origin, "/cases", "POST", wanted).await;
        let headers = before.headers();
        assert_eq!((before.status().as_u16(), text(headers, &ACCESS_CONTROL_ALLOW_ORIGIN)), (200, origin));
        let methods = text(headers, &ACCESS_CONTROL_ALLOW_METHODS);
        assert!(["PUT", "PATCH"].iter().all(|method| methods.contains(method)), "{methods}");
        assert!(text(headers, &ACCESS_CONTROL_ALLOW_HEADERS).to_lowercase().contains("idempotency-key"));
        assert_eq!(text(headers, &ACCESS_CONTROL_MAX_AGE), "3600");
        assert!(!text(headers, &reqwest::header::HeaderName::from_static("x-request-id")).is_empty());
        // What is sent then may be read, refusals of every kind too.
        let origin_header = |request: reqwest::RequestBuilder| request.header(ORIGIN, origin);
        for (answer, status) in [
            (send(origin_header(clerk.request(Method::GET, "/cases").await)).await, 200),
            (send(origin_header(clerk.request(Method::GET, "/cases/0").await)).await, 404),
            (send(origin_header(clerk.request(Method::POST, "/cases").await.json(&1))).await, 422),
            (send(origin_header(nobody.request(Method::GET, "/cases").await)).await, 401),
            (send(origin_header(nobody.request(Method::DELETE, "/cases").await)).await, 405),
            (send(origin_header(nobody.request(Method::GET, "//openapi.json").await)).await, 200),
        ] {
            assert_eq!((answer.status, answer.header("Access-Control-Allow-Origin")), (status, origin));
            assert_eq!(text(&answer.headers, &ACCESS_CONTROL_ALLOW_CREDENTIALS), "");
            let readable = text(&answer.headers, &ACCESS_CONTROL_EXPOSE_HEADERS).to_lowercase();
            let documented = ["docs/api.md", "docs/api.zh-CN.md"].map(|page| {
                let text = std::fs::read_to_string(format!("{}/{page}", env!("CARGO_MANIFEST_DIR"))).unwrap();
                let (_, part) = text.split_once("(CORS)").or_else(|| text.split_once("（CORS）")).unwrap();
                part.split("\n\n").next().unwrap().to_lowercase()
            });
            let names: Vec<&str> = readable.split(',').map(str::trim).collect();
            assert!(names.len() > 8 && names.contains(&"etag"), "{names:?}");
            for name in names {
                assert!(documented.iter().all(|page| page.contains(&format!("`{name}`"))), "{name} isn't documented");
            }
            assert_eq!(answer.headers.get_all(VARY).iter().count(), 1);
            assert!(answer.header("Vary").contains("Origin") && answer.header("Vary").contains("Accept-Language"));
        }
    }
    for origin in
        ["https://portal.example.org.evil.example", "http://portal.example.org", "https://example.org", "null", "*"]
    {
        let before = asked_before(&nobody, origin, "/cases", "GET", "authorization").await;
        assert_eq!(
            (before.status().as_u16(), text(before.headers(), &ACCESS_CONTROL_ALLOW_ORIGIN)),
            (400, ""),
            "{origin}"
        );
        let problem: serde_json::Value = before.json().await.unwrap();
        assert!(problem["detail"].is_string(), "{origin}: {problem}");
        let answer = send(clerk.request(Method::GET, "/cases").await.header(ORIGIN, origin)).await;
        assert_eq!((answer.status, answer.header("Access-Control-Allow-Origin")), (200, ""), "{origin}");
    }
    for (method, headers) in [("TRACE", "authorization"), ("GET", "x-forwarded-for")] {
        let before = asked_before(&nobody, PORTAL, "/cases", method, headers).await;
        assert_eq!(text(before.headers(), &ACCESS_CONTROL_ALLOW_ORIGIN), "", "{method} {headers}");
    }
    // The console is for its own pages.
    for path in ["//console/sign-in", "//progress"] {
        let page = nobody.request(Method::GET, path).await.header(ORIGIN, PORTAL).send().await.unwrap();
        assert_eq!(text(page.headers(), &ACCESS_CONTROL_ALLOW_ORIGIN), "", "{path}");
    }
    clerk.post("/cases", &application(1)).await.expect(201);
}

#[tokio::test]
async fn letting_pages_in_takes_nothing_away_from_what_any_answer_varies_with() {
    let (open, closed) = (Hall::with(TestDatabase::sqlite(), &[NAMED]).await, Hall::open(TestDatabase::sqlite()).await);
    let document = open.nobody().get("//openapi.json").await.expect(200);
    let mut asked = 0;
    let names = |headers: &HeaderMap| -> BTreeSet<String> {
        assert!(headers.get_all(VARY).iter().count() <= 1, "{headers:?}");
        text(headers, &VARY).split(',').map(|name| name.trim().to_owned()).filter(|name| !name.is_empty()).collect()
    };
    let of_pages = ["Origin", "Access-Control-Request-Headers", "Access-Control-Request-Method"];
    let further = ["/asyncapi.json", "/docs/problems", "/console/sign-in", "/progress", "/nowhere", "/api/v1/nowhere"];
    let described = document["paths"].as_object().unwrap().iter().filter(|(_, item)| item["get"].is_object());
    for path in described.map(|(path, _)| path.as_str()).chain(further) {
        let path = format!("/{}", path.replace("{year}", "2026").replace(['{', '}'], ""));
        for role in [Some(Role::Supervisor), Some(Role::Auditor), Some(Role::SecurityAdministrator), None] {
            for origin in [None, Some(PORTAL), Some("https://example.org")] {
                let mut told = Vec::new();
                for hall in [&closed, &open] {
                    let person = match role {
                        Some(role) => hall.staff(role).await,
                        None => hall.nobody(),
                    };
                    let request = person.request(Method::GET, &path).await.header("Accept-Encoding", "gzip");
                    let request = origin.iter().fold(request, |request, origin| request.header(ORIGIN, *origin));
                    told.push(request.send().await.unwrap());
                }
                assert_eq!(told[0].status(), told[1].status(), "{path}");
                let (without, with) = (names(told[0].headers()), names(told[1].headers()));
                let expected: BTreeSet<String> = without.into_iter().chain(of_pages.map(str::to_owned)).collect();
                assert_eq!(with, expected, "{path} {role:?} {origin:?}");
                asked += 1;
            }
        }
    }
    assert!(asked > 500, "{asked}");
}
