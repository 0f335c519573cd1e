//! The same as it happens: server-sent events that go on where they were cut off, and end with the right to them.

use casehall::domain::accounts::role::{Role, Scope};
use chrono::Duration;
use reqwest::{Method, Response};
use serde_json::{Value, json};

use super::{all, made, number};
use crate::databases::{TestDatabase, on_both};
use crate::hall::{Answer, Hall, Person, application, send, until};

on_both!(
    what_happens_is_told_as_it_happens,
    whoever_was_cut_off_goes_on_after_the_last_id,
    a_stream_without_events_shows_that_it_is_there_and_how_far,
    a_stream_ends_with_the_token_and_the_session_and_the_right_behind_it,
    a_stream_ends_when_the_program_stops,
    a_caller_has_a_few_streams_at_once_and_a_place_is_given_back,
);

/// A stream that somebody reads.
struct Stream {
    response: Response,
    text: String,
}

impl Stream {
    async fn answer(reader: &Person<'_>, query: &str, last: Option<&str>) -> Response {
        let request =
            reader.request(Method::GET, &format!("/events{query}")).await.header("Accept", "text/event-stream");
        let request = last.iter().fold(request, |request, last| request.header("Last-Event-ID", *last));
        request.send().await.unwrap()
    }

    async fn open(reader: &Person<'_>, query: &str, last: Option<&str>) -> Self {
        let response = Self::answer(reader, query, last).await;
        assert_eq!(response.status(), 200);
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        assert_eq!(response.headers()["cache-control"], "no-store");
        let mut stream = Self { response, text: String::new() };
        assert_eq!(stream.part().await.as_deref(), Some("retry: 2000"));
        stream
    }

    /// The next part, without the blank line that ends it; none at the end.
    async fn part(&mut self) -> Option<String> {
        loop {
            if let Some((part, rest)) = self.text.split_once("\n\n") {
                let (part, rest) = (part.to_owned(), rest.to_owned());
                self.text = rest;
                return Some(part);
            }
            let chunk = self.response.chunk().await.unwrap()?;
            self.text.push_str(std::str::from_utf8(&chunk).unwrap());
        }
    }

    /// The next event, with its id beside it.
    async fn event(&mut self) -> Value {
        let part = self.part().await.unwrap();
        let (id, data) = part.split_once('\n').unwrap();
        let event: Value = serde_json::from_str(data.strip_prefix("data: ").unwrap()).unwrap();
        assert_eq!(id.strip_prefix("id: "), event["id"].as_str());
        event
    }

    async fn events(&mut self, many: usize) -> Vec<Value> {
        let mut events = Vec::new();
        for _ in 0..many {
            events.push(self.event().await);
        }
        events
    }
}

async fn what_happens_is_told_as_it_happens(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let portal = hall.client("portal", &[Scope::CasesOpen, Scope::CasesRead]).await;
    let other = hall.client("other", &[Scope::CasesOpen]).await;
    let mut stream = Stream::open(&portal, "?limit=2", None).await;
    other.post("/cases", &application(2)).await.expect(201);
    made(&hall, &portal, 1).await;
    let expected = all(&portal).await;
    assert_eq!(stream.events(expected.len()).await, expected);
    let mut chosen = Stream::open(&portal, "?type=casehall.certificate.made.v1", None).await;
    assert_eq!(chosen.event().await["type"], "casehall.certificate.made.v1");
}

async fn whoever_was_cut_off_goes_on_after_the_last_id(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let (portal, auditor) = (hall.client("portal", &[Scope::CasesOpen]).await, hall.staff(Role::Auditor).await);
    made(&hall, &portal, 1).await;
    let all = all(&auditor).await;
    let (first, third) = (all[0]["id"].as_str().unwrap(), all[2]["id"].as_str().unwrap());
    let mut stream = Stream::open(&auditor, &format!("?after={first}"), None).await;
    assert_eq!(stream.event().await, all[1]);
    drop(stream);
    // Its address is the same when it comes back: what it has seen counts.
    let mut stream = Stream::open(&auditor, &format!("?after={first}"), Some(third)).await;
    assert_eq!(stream.events(all.len() - 3).await, all[3..]);
    for (query, last, code) in [
        ("", Some("0"), "invalid_header"),
        ("", Some("x"), "invalid_header"),
        ("", Some("1234567890123456789"), "invalid_header"),
        ("", Some("500000"), "invalid_query"),
        ("?after=500000", None, "invalid_query"),
        ("?limit=0", None, "invalid_query"),
    ] {
        let response = Stream::answer(&auditor, query, last).await;
        assert_eq!(
            (response.status().as_u16(), &response.headers()["content-type"]),
            (400, &"application/problem+json".parse().unwrap())
        );
        assert_eq!(response.json::<Value>().await.unwrap()["code"], code, "{query} {last:?}");
    }
}

async fn a_stream_without_events_shows_that_it_is_there_and_how_far(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let (portal, other) =
        (hall.client("portal", &[Scope::CasesRead]).await, hall.client("other", &[Scope::CasesOpen]).await);
    let mut stream = Stream::open(&portal, "", None).await;
    hall.advance(Duration::seconds(15));
    assert_eq!(stream.part().await.as_deref(), Some(":"));
    other.post("/cases", &application(1)).await.expect(201);
    let last = all(&hall.staff(Role::Auditor).await).await.iter().map(number).max().unwrap();
    // What others did isn't told; that it was looked through is, so that nobody looks through it again.
    let mut how_far = 0;
    while how_far < last {
        hall.advance(Duration::seconds(15));
        let part = stream.part().await.unwrap();
        how_far = part.strip_prefix("id: ").map_or(0, |id| id.parse().unwrap());
    }
    assert_eq!(how_far, last);
}

async fn a_stream_ends_with_the_token_and_the_session_and_the_right_behind_it(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let security = hall.staff(Role::SecurityAdministrator).await;
    let portal = hall.client("portal", &[Scope::CasesRead]).await;
    let mut stream = Stream::open(&portal, "", None).await;
    security.post("/clients/portal/deactivate", &json!({})).await.expect(200);
    assert_eq!(stream.part().await, None, "deactivated");

    let clerk = hall.staff(Role::Clerk).await;
    let mut stream = Stream::open(&clerk, "", None).await;
    assert_eq!(clerk.delete("/sessions/current").await.status, 204);
    assert_eq!(stream.part().await, None, "signed out");

    let clerk = hall.staff(Role::Clerk).await;
    let mut stream = Stream::open(&clerk, "", None).await;
    hall.advance(Duration::minutes(15) + Duration::seconds(1));
    assert_eq!(stream.part().await, None, "the token has ended");
}

async fn a_stream_ends_when_the_program_stops(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let beside = Hall::beside(&hall).await;
    let auditor = beside.staff(Role::Auditor).await;
    let mut stream = Stream::open(&auditor, "", None).await;
    drop(auditor);
    let (ended, ()) = tokio::join!(stream.part(), beside.running.stop());
    assert_eq!(ended, None);
}

async fn a_caller_has_a_few_streams_at_once_and_a_place_is_given_back(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let (auditor, clerk) = (hall.staff(Role::Auditor).await, hall.staff(Role::Clerk).await);
    let mut streams = Vec::new();
    for _ in 0..4 {
        streams.push(Stream::open(&auditor, "", None).await);
    }
    let asked = async || -> Answer {
        send(
            auditor.request(Method::GET, "/events").await.header("Accept", "application/json;q=0.5, text/event-stream"),
        )
        .await
    };
    let refused = asked().await;
    assert_eq!(refused.header("Retry-After"), "5");
    refused.refused(429, "too_many_requests");
    auditor.get("/events").await.expect(200);
    Stream::open(&clerk, "", None).await;
    streams.pop();
    // That it is gone is noticed when something is sent.
    until("a place is given back", async || {
        hall.advance(Duration::seconds(15));
        Stream::answer(&auditor, "", None).await.status() == 200
    })
    .await;
}
