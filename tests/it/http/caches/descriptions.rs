//! What describes the service: kept by everybody, asked for with its tag, and telling what programs need.

use casehall::domain::accounts::role::{Role, Scope};
use casehall::domain::feed::event_type::EventType;
use reqwest::Method;
use reqwest::header::{CACHE_CONTROL, CONTENT_TYPE, ETAG, IF_NONE_MATCH};
use serde_json::{Value, json};

use crate::certificates::register::registration;
use crate::databases::TestDatabase;
use crate::hall::{Hall, send};

const TESTED: &str = "casehall.webhook.tested.v1";

#[tokio::test]
async fn descriptions_are_kept_and_asked_for_with_their_tags() {
    let hall = Hall::open(TestDatabase::sqlite()).await;
    let nobody = hall.nobody();
    for (path, media_type) in [
        ("/openapi.json", "application/json"),
        ("/api/v1/openapi.json", "application/json"),
        ("/asyncapi.json", "application/vnd.aai.asyncapi+json;version=3.1.0"),
        ("/docs/events", "text/html; charset=utf-8"),
        ("/docs/events/casehall.case.opened.v1", "application/schema+json"),
        ("/docs/events/casehall.webhook.tested.v1", "application/schema+json"),
    ] {
        let request = nobody.request(Method::GET, &format!("/{path}")).await;
        let seen = request.try_clone().unwrap().send().await.unwrap();
        let (headers, status) = (seen.headers().clone(), seen.status());
        assert_eq!((status.as_u16(), &headers[CONTENT_TYPE]), (200, &media_type.parse().unwrap()), "{path}");
        assert_eq!(headers[CACHE_CONTROL], "public, max-age=3600", "{path}");
        let again = request.header(IF_NONE_MATCH, &headers[ETAG]).send().await.unwrap();
        assert_eq!(
            (again.status().as_u16(), &again.headers()[CACHE_CONTROL]),
            (304, &headers[CACHE_CONTROL]),
            "{path}"
        );
    }
}

#[tokio::test]
async fn the_page_of_events_has_each_type_and_where_its_schema_is() {
    let hall = Hall::open(TestDatabase::sqlite()).await;
    let page = hall.nobody().request(Method::GET, "//docs/events").await.send().await.unwrap().text().await.unwrap();
    for code in EventType::ALL.map(EventType::code).into_iter().chain([TESTED]) {
        assert_eq!(
            page.matches(&format!("<tr id=\"{code}\"><td><a href=\"/docs/events/{code}\">")).count(),
            1,
            "{code}"
        );
    }
    assert!(page.contains("href=\"/asyncapi.json\"") && page.contains("href=\"/docs/\""));
    let document = hall.nobody().get("//openapi.json").await.expect(200);
    assert!(document["info"]["description"].as_str().unwrap().contains("(/docs/events)"));
    hall.nobody().get("//docs/events/casehall.case.closed.v9").await.refused(404, "not_found");
}

#[tokio::test]
async fn the_document_tells_of_webhooks_and_of_how_each_operation_is_refused() {
    let hall = Hall::open(TestDatabase::sqlite()).await;
    let document = hall.nobody().get("//openapi.json").await.expect(200);
    for (name, schema) in [("event", "CloudEventView"), ("test", "WebhookTestEvent")] {
        let sent = &document["webhooks"][name]["post"];
        let headers: Vec<_> =
            sent["parameters"].as_array().unwrap().iter().map(|one| one["name"].as_str().unwrap()).collect();
        assert_eq!(headers, ["webhook-id", "webhook-timestamp", "webhook-signature", "traceparent"]);
        let answers: Vec<_> = sent["responses"].as_object().unwrap().keys().map(String::as_str).collect();
        assert_eq!(answers, ["2XX", "410", "default"]);
        let body = &sent["requestBody"]["content"]["application/cloudevents+json"]["schema"];
        assert_eq!(body, &json!({ "$ref": format!("#/components/schemas/{schema}") }));
    }
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let summary = operation["summary"].as_str().unwrap();
            assert!(summary.chars().count() <= 90, "{method} {path}: {summary}");
            let needs_token = operation["security"] != json!([{}]);
            for status in ["403", "406"] {
                assert!(!needs_token || !operation["responses"][status].is_null(), "{method} {path}: {status}");
            }
        }
    }
}

#[tokio::test]
async fn what_is_not_there_or_has_a_wrong_header_says_which() {
    let hall = Hall::open(TestDatabase::sqlite()).await;
    let asker = hall.client("one", &[Scope::AuthorizationsRead]).await;
    hall.register(&registration(1)).await;
    let detail = async |path: &str| -> Value { asker.get(path).await.refused(404, "not_found")["detail"].clone() };
    let certificate = detail("/certificates/GZ-NONE/authorizations/urban-construction").await;
    let application = detail("/certificates/GZ2013-0001/authorizations/none").await;
    assert!(certificate.as_str().unwrap().contains("certificate"), "{certificate}");
    assert!(application.as_str().unwrap().contains("login application"), "{application}");
    let clerk = hall.staff(Role::Clerk).await;
    for last in ["x", "999999"] {
        let request = clerk.request(Method::GET, "/events").await.header("Accept", "text/event-stream");
        let problem = send(request.header("Last-Event-ID", last)).await.refused(400, "invalid_header");
        assert_eq!(problem["header"], "Last-Event-ID");
        assert!(problem["detail"].is_string());
    }
}
