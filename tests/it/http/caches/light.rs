//! A case travels light: a change that is answered without its body, and a case or a list of which only parts are wanted.

use std::collections::BTreeSet;

use casehall::domain::accounts::role::{Role, Scope};
use reqwest::header::{CONTENT_LENGTH, CONTENT_TYPE, ETAG, HeaderMap, LOCATION, VARY};
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};

use super::revalidated;
use crate::databases::TestDatabase;
use crate::hall::{Hall, all_in_order, application, send};

/// Status, headers and body of what comes back.
async fn whole(request: RequestBuilder) -> (u16, HeaderMap, String) {
    let answer = request.send().await.unwrap();
    let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
    (status, headers, answer.text().await.unwrap())
}

fn names(value: &Value) -> BTreeSet<&str> {
    value.as_object().unwrap().keys().map(String::as_str).collect()
}

#[tokio::test]
async fn who_prefers_it_is_told_of_a_change_by_headers_alone() {
    let hall = Hall::open(TestDatabase::sqlite()).await;
    let clerk = hall.staff(Role::Clerk).await;
    let open = async |prefer: &'static str| {
        let request = clerk.request(Method::POST, "/cases").await.header("Idempotency-Key", "open");
        whole(request.header("Prefer", prefer).json(&application(1))).await
    };
    let (status, headers, body) = open("respond-async, return=minimal").await;
    assert_eq!((status, body.as_str(), &headers[ETAG]), (201, "", &"\"1\"".parse().unwrap()));
    assert_eq!(headers["Preference-Applied"], "return=minimal");
    assert_eq!((&headers["Case-Version"], headers.get(CONTENT_TYPE)), (&"1".parse().unwrap(), None));
    assert!(headers[VARY].to_str().unwrap().contains("Prefer"), "{headers:?}");
    let path = headers[LOCATION].to_str().unwrap().trim_start_matches("/api/v1").to_owned();
    let case = clerk.get(&path).await.expect(200);
    assert_eq!(headers["Case-Number"], case["acceptance_number"].as_str().unwrap());
    assert_eq!(headers["Case-State"], case["state"]["code"].as_str().unwrap());
    // The same is done, and remembered, however much of it is told.
    let (status, again, body) = open("return=representation").await;
    assert_eq!((status, &again[ETAG], &again["Idempotency-Replayed"]), (201, &headers[ETAG], &"true".parse().unwrap()));
    assert_eq!(again["Preference-Applied"], "return=representation");
    assert_eq!(serde_json::from_str::<Value>(&body).unwrap()["id"], case["id"]);
    let (_, replayed, body) = open("return=minimal").await;
    assert_eq!((body.as_str(), &replayed["Idempotency-Replayed"]), ("", &"true".parse().unwrap()));
    // A version that was seen counts, and a refusal is told in full.
    let check = async |seen: &str| {
        let request = clerk.request(Method::PATCH, &format!("{path}/materials")).await.header("If-Match", seen);
        whole(request.header("Prefer", "return=minimal").json(&all_in_order(&case))).await
    };
    let (status, headers, body) = check("\"1\"").await;
    assert_eq!((status, body.as_str(), headers.get(CONTENT_LENGTH)), (204, "", None));
    let now = clerk.get(&path).await.expect(200);
    assert_eq!(headers["Case-Version"], now["version"].to_string().as_str());
    assert_eq!(headers[ETAG], format!("\"{}\"", now["version"]).as_str());
    assert_eq!(headers["Case-State"], now["state"]["code"].as_str().unwrap());
    let (status, refused, body) = check("\"1\"").await;
    assert_eq!((status, refused.get("Preference-Applied")), (412, None));
    assert!(body.contains("version_stale"), "{body}");
}

#[tokio::test]
async fn what_isn_t_understood_of_a_preference_is_ignored_and_a_secret_is_always_shown() {
    let hall = Hall::open(TestDatabase::sqlite()).await;
    let (clerk, security) = (hall.staff(Role::Clerk).await, hall.person(&[Role::SecurityAdministrator], None).await);
    for (number, odd) in (1..).zip(["return=nothing", "return", "minimal", ";;,=", "wait=10"]) {
        let request = clerk.request(Method::POST, "/cases").await.header("Prefer", odd);
        let (status, headers, body) = whole(request.json(&application(number))).await;
        assert_eq!((status, headers.get("Preference-Applied")), (201, None), "{odd}");
        assert!(body.len() > 1000, "{odd}: {body}");
    }
    let client = json!({ "client_id": "tax-portal", "name": "税务局", "scopes": ["cases:read"] });
    let request = security.request(Method::POST, "/clients").await.header("Prefer", "return=minimal").json(&client);
    assert!(send(request).await.expect(201)["client_secret"].is_string());
}

#[tokio::test]
async fn of_a_case_only_what_is_wanted_is_answered() {
    let hall = Hall::open(TestDatabase::sqlite()).await;
    let clerk = hall.staff(Role::Clerk).await;
    let opened = clerk.post("/cases", &application(1)).await.expect(201);
    let path = format!("/cases/{}", opened["id"].as_str().unwrap());
    let all = clerk.get(&path).await;
    let (whole_tag, all) = (all.header("ETag").to_owned(), all.expect(200));
    assert_eq!(names(&all), names(&opened), "what isn't asked to be short is whole");
    let always = ["id", "acceptance_number", "version"];
    for query in ["fields=actions&fields=deadlines", "fields=actions,deadlines", "other=1&fields=deadlines,actions,id"]
    {
        let part = clerk.get(&format!("{path}?{query}")).await;
        let tag = part.header("ETag").to_owned();
        assert_ne!(tag, whole_tag, "{query}");
        assert!(tag.starts_with("\"1."), "{tag}");
        assert_eq!(revalidated(&clerk, &format!("{path}?{query}"), &tag).await, 304, "{query}");
        assert_eq!(revalidated(&clerk, &format!("{path}?{query}"), &whole_tag).await, 200, "{query}");
        let part = part.expect(200);
        assert_eq!(names(&part), always.into_iter().chain(["actions", "deadlines"]).collect(), "{query}");
        names(&part).into_iter().for_each(|name| assert_eq!(part[name], all[name], "{name}"));
    }
    for name in names(&all) {
        let part = clerk.get(&format!("{path}?fields={name}")).await.expect(200);
        assert_eq!(names(&part), always.into_iter().chain([name]).collect());
        assert_eq!(part[name], all[name], "{name}");
    }
}

#[tokio::test]
async fn of_the_cases_of_a_list_only_what_is_wanted_is_answered() {
    let hall = Hall::open(TestDatabase::sqlite()).await;
    let clerk = hall.staff(Role::Clerk).await;
    for number in 1..4 {
        clerk.post("/cases", &application(number)).await.expect(201);
    }
    for list in ["/cases", "/worklists/to_check"] {
        let all = clerk.get(&format!("{list}?limit=2")).await.expect(200);
        let part = clerk.get(&format!("{list}?limit=2&fields=state,limit")).await;
        assert!(part.header("Link").contains("fields=state,limit"), "the next page is as light");
        let part = part.expect(200);
        assert_eq!((names(&part), &part["next"]), (names(&all), &all["next"]));
        let (all, part) = (all["items"].as_array().unwrap(), part["items"].as_array().unwrap());
        assert_eq!(part.len(), 2);
        for (whole, part) in all.iter().zip(part) {
            assert_eq!(names(part), ["id", "acceptance_number", "version", "state", "limit"].into_iter().collect());
            names(part).into_iter().for_each(|name| assert_eq!(part[name], whole[name], "{name}"));
        }
    }
}

#[tokio::test]
async fn a_part_that_there_isn_t_is_refused_with_those_that_there_are() {
    let hall = Hall::open(TestDatabase::sqlite()).await;
    let portal = hall.client("portal", &[Scope::CasesOpen, Scope::CasesRead]).await;
    let opened = portal.post("/cases", &application(1)).await.expect(201);
    for path in [format!("/cases/{}", opened["id"].as_str().unwrap()), "/cases".to_owned()] {
        for wrong in ["fields=action", "fields=", "fields=state,,version", "fields=state&fields=ACTIONS"] {
            let refused = portal.get(&format!("{path}?{wrong}")).await.refused(400, "invalid_query");
            let fault = &refused["errors"][0];
            assert!(fault["pointer"].as_str().unwrap().starts_with("/fields/"), "{wrong}: {fault}");
            assert!(fault["detail"].as_str().unwrap().contains("acceptance_number"), "{wrong}: {fault}");
        }
    }
}
