//! What answers say of themselves: with what they vary, which methods a path has, which kinds of answer there are.

use std::collections::{BTreeMap, BTreeSet};

use casehall::domain::accounts::role::{Role, Scope};
use reqwest::Method;
use reqwest::header::{ACCEPT, ALLOW, HeaderMap, VARY};
use serde_json::json;

use crate::databases::TestDatabase;
use crate::hall::{Hall, application, send};

/// What an answer says that it varies with; it must be one header.
fn vary(headers: &HeaderMap) -> &str {
    let mut all = headers.get_all(VARY).iter();
    let first = all.next().map_or("", |value| value.to_str().unwrap());
    assert_eq!(all.next(), None, "Vary is given twice");
    first
}

#[tokio::test]
async fn vary_is_one_header_and_names_all_that_an_answer_differs_with() {
    let hall = Hall::open(TestDatabase::sqlite()).await;
    let (clerk, nobody) = (hall.staff(Role::Clerk).await, hall.nobody());
    let opened = clerk.post("/cases", &application(1)).await;
    assert_eq!(vary(&opened.headers), "Accept-Language, Authorization, Prefer");
    let case = format!("/cases/{}", opened.body["id"].as_str().unwrap());
    let of_the_api = "Accept-Encoding, Accept-Language, Authorization";
    for (path, expected) in [
        (case.as_str(), of_the_api),
        ("/cases", of_the_api),
        ("/hall", of_the_api),
        ("/events", "Accept, Accept-Encoding, Accept-Language, Authorization"),
        ("/cases/0", "Accept-Language, Authorization"),
        ("/cases?colour=red", "Accept-Language, Authorization"),
        ("//nowhere", "Accept-Language"),
        ("//docs/problems", "Accept-Encoding"),
        ("//console/sign-in", "Accept-Encoding, Accept-Language, Cookie"),
        ("//progress", "Accept-Encoding, Accept-Language, Cookie"),
    ] {
        let request = clerk.request(Method::GET, path).await;
        for coding in ["identity", "gzip"] {
            let answer = request.try_clone().unwrap().header("Accept-Encoding", coding).send().await.unwrap();
            assert_eq!(vary(answer.headers()), expected, "{path} {coding}");
        }
    }
    for path in ["/cases", case.as_str()] {
        assert_eq!(vary(&nobody.get(path).await.headers), "Accept-Language, Authorization", "{path}");
    }
}

#[tokio::test]
async fn a_method_that_a_path_does_not_have_is_405_with_the_right_ones_whoever_asks() {
    let hall = Hall::open(TestDatabase::sqlite()).await;
    let (clerk, nobody) = (hall.staff(Role::Clerk).await, hall.nobody());
    let forged = hall.nobody().with_token("a.b.c");
    let document = nobody.get("//openapi.json").await.expect(200);
    let pages = ["/openapi.json", "/api/v1/openapi.json", "/asyncapi.json", "/docs", "/docs/", "/docs/problems"];
    let mut paths: BTreeMap<String, BTreeSet<String>> =
        pages.map(|path| (path.to_owned(), ["GET".to_owned()].into())).into();
    for (path, item) in document["paths"].as_object().unwrap() {
        paths.insert(path.clone(), item.as_object().unwrap().keys().map(|method| method.to_uppercase()).collect());
    }
    let mut refused = 0;
    for (path, methods) in &mut paths {
        // A path that would be one of a route with a name in it, too, is its own: `GET /cases/bulk` isn't about a case.
        let asked = path.replace("{year}", "2026").replace(['{', '}'], "");
        if methods.contains("GET") {
            methods.insert("HEAD".to_owned());
        }
        let allowed = methods.iter().cloned().collect::<Vec<_>>().join(", ");
        for method in ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"] {
            if methods.contains(method) {
                let request = nobody.request(method.parse().unwrap(), &format!("/{asked}")).await;
                assert_ne!(request.send().await.unwrap().status(), 405, "{method} {asked}");
                continue;
            }
            for person in [&nobody, &forged, &clerk] {
                let request = person.request(method.parse().unwrap(), &format!("/{asked}")).await;
                let answer = request.send().await.unwrap();
                let told = answer.headers().get(ALLOW).map_or("", |value| value.to_str().unwrap());
                assert_eq!((answer.status().as_u16(), told), (405, allowed.as_str()), "{method} {asked}");
                refused += 1;
            }
        }
    }
    assert!(refused > 1_000, "{refused}");
    // Where there is nothing, a stranger learns that they must sign in, and nothing else.
    nobody.get("/nowhere").await.refused(401, "unauthorized");
    clerk.get("/nowhere").await.refused(404, "not_found");
}

#[tokio::test]
async fn who_takes_no_answer_of_the_kind_that_there_is_is_refused_before_anything_is_done() {
    let hall = Hall::open(TestDatabase::sqlite()).await;
    let clerk = hall.staff(Role::Clerk).await;
    let opening = async |accept: &str| {
        send(clerk.request(Method::POST, "/cases").await.header(ACCEPT, accept).json(&application(1))).await
    };
    for html in ["text/html", "text/html, application/json;q=0", "application/json;q=0, */*", "text/csv"] {
        opening(html).await.refused(406, "not_acceptable");
        let request = clerk.request(Method::GET, "/cases").await.header(ACCEPT, html);
        let refused = send(request).await;
        assert_eq!(refused.header("Content-Type"), "application/problem+json", "a refusal is what it is to everybody");
        let detail = refused.refused(406, "not_acceptable")["detail"].clone();
        assert_eq!(detail, "What is answered here is application/json.", "{html}");
    }
    assert_eq!(clerk.get("/cases").await.expect(200)["items"], json!([]), "nothing was opened");
    opening("application/json").await.expect(201);
    for (path, accept, status) in [
        ("/cases", "*/*", 200),
        ("/cases", "application/*;q=0.1", 200),
        ("/cases", "text/html, */*;q=0.8", 200),
        ("/cases", "text/event-stream", 406),
        ("/cases/0", "text/html", 404),
    ] {
        let request = clerk.request(Method::GET, path).await.header(ACCEPT, accept);
        assert_eq!(send(request).await.status, status, "{path} {accept}");
    }
    let auditor = hall.person(&[Role::Auditor], None).await;
    for (accept, status) in [("text/csv", 200), ("text/*", 200), ("application/json", 406)] {
        let request = auditor.request(Method::GET, "/exports/event-log.csv").await.header(ACCEPT, accept);
        assert_eq!(send(request).await.status, status, "{accept}");
    }
    let portal = hall.client("portal", &[Scope::CasesRead]).await;
    let stranger = hall.nobody().request(Method::GET, "/cases").await.header(ACCEPT, "text/html");
    send(stranger).await.refused(401, "unauthorized");
    let feed = portal.request(Method::GET, "/events").await.header(ACCEPT, "application/json");
    send(feed).await.expect(200);
}

#[tokio::test]
async fn the_feed_is_a_stream_to_who_would_rather_have_one() {
    let hall = Hall::open(TestDatabase::sqlite()).await;
    let portal = hall.client("portal", &[Scope::CasesRead]).await;
    for (accept, expected) in [
        ("text/event-stream", "text/event-stream"),
        ("Text/Event-Stream; q=0.4", "text/event-stream"),
        ("text/event-stream, application/json;q=0.9", "text/event-stream"),
        ("text/event-stream, */*;q=0.1", "text/event-stream"),
        ("application/json;q=0.2, text/event-stream;q=0.9", "text/event-stream"),
        ("text/*, application/json;q=0.5", "text/event-stream"),
        ("application/json, text/event-stream;q=0.5", "application/json"),
        ("text/event-stream;q=0, application/json", "application/json"),
        ("text/event-stream;q=0, */*", "application/json"),
        ("*/*", "application/json"),
        ("", "application/json"),
        ("*/*;q=0.1, application/json", "application/json"),
    ] {
        let answer = portal.request(Method::GET, "/events").await.header(ACCEPT, accept).send().await.unwrap();
        assert_eq!(answer.status(), 200, "{accept}");
        assert_eq!(answer.headers()["content-type"], expected, "{accept}");
    }
    let neither = portal.request(Method::GET, "/events").await.header(ACCEPT, "text/event-stream;q=0, text/html");
    send(neither).await.refused(406, "not_acceptable");
}
