//! The same as it happens: server-sent events that go on where they were cut off, and end with the right to them.

use casehall::domain::accounts::role::{Role, Scope};
use chrono::Duration;
use reqwest::{Method, Response};
use serde_json::{Value, json};

use super::{all, made, number};
use crate::databases::{TestDatabase, on_both};
use crate::hall::{Hall, Person, application, until};
use crate::program::monitoring::{TOLD, scrape};

on_both!(
    what_happens_is_told_as_it_happens,
    whoever_was_cut_off_goes_on_after_the_last_id,
    a_stream_without_events_shows_that_it_is_there_and_how_far,
    a_stream_ends_with_the_token_and_the_session_and_the_right_behind_it,
    a_stream_ends_when_the_program_stops,
    the_newest_stream_of_a_caller_takes_the_place_of_the_oldest,
    whoever_closes_a_stream_gives_its_place_back_soon,
    a_stream_that_is_asked_for_by_head_takes_no_place,
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
        ("", Some("500000"), "invalid_header"),
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

/// Four streams of one caller.
async fn four<'a>(reader: &Person<'a>) -> Vec<Stream> {
    let mut streams = Vec::new();
    for _ in 0..4 {
        streams.push(Stream::open(reader, "", None).await);
    }
    streams
}

/// Whether all show that they are there.
async fn live(hall: &Hall, streams: &mut [Stream]) -> bool {
    hall.advance(Duration::seconds(5));
    for stream in streams {
        if stream.part().await.is_none() {
            return false;
        }
    }
    true
}

async fn the_newest_stream_of_a_caller_takes_the_place_of_the_oldest(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let (auditor, clerk) = (hall.staff(Role::Auditor).await, hall.staff(Role::Clerk).await);
    let mut streams = four(&auditor).await;
    auditor.get("/events").await.expect(200);
    Stream::open(&clerk, "", None).await;
    let accepts = "application/json;q=0.5, text/event-stream";
    let newest = auditor.request(Method::GET, "/events").await.header("Accept", accepts).send().await.unwrap();
    assert_eq!(newest.status(), 200);
    assert_eq!(streams.remove(0).part().await, None);
    assert!(live(&hall, &mut streams).await);
}

async fn whoever_closes_a_stream_gives_its_place_back_soon(database: TestDatabase) {
    let hall = Hall::with(database, &[TOLD]).await;
    let auditor = hall.staff(Role::Auditor).await;
    let mut streams = four(&auditor).await;
    let open = async || {
        let told = scrape(&hall).await;
        told.lines().find_map(|line| line.strip_prefix("casehall_feed_streams ")).unwrap().to_owned()
    };
    assert_eq!(open().await, "4.0");
    streams.pop();
    // That it is gone is noticed when something is sent.
    until("its place is free", async || live(&hall, &mut streams).await && open().await == "3.0").await;
    streams.push(Stream::open(&auditor, "", None).await);
    assert!(live(&hall, &mut streams).await);
}

async fn a_stream_that_is_asked_for_by_head_takes_no_place(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let auditor = hall.staff(Role::Auditor).await;
    let mut streams = four(&auditor).await;
    for _ in 0..5 {
        let asked = auditor.request(Method::HEAD, "/events").await.header("Accept", "text/event-stream");
        let answer = asked.send().await.unwrap();
        assert_eq!(
            (answer.status().as_u16(), &answer.headers()["content-type"]),
            (200, &"text/event-stream".parse().unwrap())
        );
    }
    let wrong = auditor.request(Method::HEAD, "/events?after=500000").await.header("Accept", "text/event-stream");
    assert_eq!(wrong.send().await.unwrap().status(), 400);
    assert!(live(&hall, &mut streams).await);
}
