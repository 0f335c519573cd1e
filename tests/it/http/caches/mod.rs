//! HTTP as its caches understand it: entity tags that name bytes, what an answer varies with, what goes packed, who takes what.

mod cross_origin;
mod descriptions;
mod light;
mod negotiation;
mod nginx;
mod packing;

use std::collections::BTreeMap;

use casehall::domain::accounts::role::{Role, Scope};
use chrono::Duration;
use reqwest::Method;

use crate::databases::TestDatabase;
use crate::hall::{Hall, Person, application, send};

/// What comes back to somebody who has an answer under a tag.
async fn revalidated(person: &Person<'_>, path: &str, tag: &str) -> u16 {
    send(person.request(Method::GET, path).await.header("If-None-Match", tag)).await.status
}

#[tokio::test]
async fn a_tag_differs_with_language_caller_and_day_and_is_never_that_of_another_answer() {
    let hall = Hall::open(TestDatabase::sqlite()).await;
    let clerk = hall.staff(Role::Clerk).await;
    let in_chinese = Person::at(&hall.base, &*hall.clock, clerk.name()).in_chinese();
    let portal = hall.client("portal", &[Scope::CasesOpen, Scope::CasesRead]).await;
    let opened = portal.post("/cases", &application(1)).await.expect(201);
    let case = format!("/cases/{}", opened["id"].as_str().unwrap());
    let readers = [&clerk, &in_chinese, &portal];
    let mut known: BTreeMap<String, String> = BTreeMap::new();
    for day in [0, 1, 30] {
        hall.advance(Duration::days(day));
        for reader in readers {
            let seen = reader.get(&case).await;
            let (tag, body) = (seen.header("ETag").to_owned(), seen.body.to_string());
            assert_eq!(seen.version(), "1", "{tag}");
            assert_eq!(revalidated(reader, &case, &tag).await, 304);
            for (other, words) in &known {
                assert_eq!(*other == tag, *words == body, "{day}: {other} and {tag}");
                let expected = if *other == tag { 304 } else { 200 };
                assert_eq!(revalidated(reader, &case, other).await, expected, "{day}: {other} for {tag}");
            }
            known.insert(tag, body);
        }
    }
    // Two languages, two callers, and what is left of the time.
    assert!(known.len() >= 6, "{:?}", known.keys());
    assert_eq!(revalidated(&clerk, &case, "\"1\"").await, 200, "a version alone names no bytes");
}

#[tokio::test]
async fn a_change_takes_the_version_from_the_tag_of_any_answer() {
    let hall = Hall::open(TestDatabase::sqlite()).await;
    let clerk = hall.staff(Role::Clerk).await;
    let in_chinese = Person::at(&hall.base, &*hall.clock, clerk.name()).in_chinese();
    let opened = clerk.post("/cases", &application(1)).await.expect(201);
    let case = format!("/cases/{}", opened["id"].as_str().unwrap());
    let tag = in_chinese.get(&case).await.header("ETag").to_owned();
    let sheet = serde_json::json!({ "materials": [{ "material": "e-seal-agreement", "copies_received": 1, "copies_stamped": 0 }] });
    let put = async |tag: &str| {
        let request = clerk.request(Method::PUT, &format!("{case}/materials")).await.header("If-Match", tag);
        send(request.json(&sheet)).await
    };
    for odd in
        [tag.replacen('.', "", 1), tag.replacen("1.", "01.", 1), tag.replacen('.', ".x", 1), tag.replace('"', "")]
    {
        put(&odd).await.refused(400, "invalid_header");
    }
    let changed = put(&tag).await;
    assert_eq!((changed.status, changed.header("ETag")), (200, "\"2\""));
    assert_eq!(put(&tag).await.refused(412, "version_stale")["current_version"], 2);
}
