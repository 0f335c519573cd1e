//! Floods: sign-ins, connections that say nothing, and bodies that don't arrive. Whoever only asks for something is answered.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use casehall::domain::accounts::role::Role;
use reqwest::{Client, Method};
use serde_json::{Value, json};

use crate::databases::{TestDatabase, on_both};
use crate::hall::{Answer, Hall, PASSWORD, send};
use crate::program::Serving;

on_both!(beyond_the_queue_sign_ins_are_told_to_come_back_and_others_do_not_wait);

async fn beyond_the_queue_sign_ins_are_told_to_come_back_and_others_do_not_wait(database: TestDatabase) {
    let settings = [
        ("SIGN_IN__HASHING_SLOTS", "1"),
        ("SIGN_IN__QUEUE", "3"),
        ("SIGN_IN__FAILURES", "100"),
        ("SIGN_IN__FAILURES_FROM_ADDRESS", "1000"),
    ];
    let hall = Hall::with(database, &settings).await;
    let clerk = hall.staff(Role::Clerk).await;
    clerk.get("/me").await.expect(200);
    let (nobody, mut sent) = (hall.nobody(), Vec::new());
    for number in 0..200 {
        let body = json!({ "username": format!("nobody-{number}"), "password": PASSWORD });
        sent.push(nobody.request(Method::POST, "/sessions").await.json(&body));
    }
    let sent: Vec<_> = sent.into_iter().map(|guess| tokio::spawn(send(guess))).collect();
    for _ in 0..20 {
        clerk.get("/me").await.expect(200);
    }
    let (mut evaluated, mut refused) = (0, 0);
    for answer in sent {
        let answer = answer.await.unwrap();
        if answer.status == 401 {
            evaluated += 1;
            continue;
        }
        assert_eq!(answer.header("Retry-After"), "2");
        answer.refused(429, "too_many_requests");
        refused += 1;
    }
    assert!(evaluated > 0 && refused > 0, "{evaluated} evaluated, {refused} refused");
    // Who was refused for that has lost nothing.
    let body = json!({ "username": clerk.name(), "password": PASSWORD });
    nobody.post("/sessions", &body).await.expect(201);
}

#[tokio::test]
async fn a_flood_of_wrong_sign_ins_takes_the_memory_of_one_hash_and_no_more() {
    let home = tempfile::tempdir().unwrap();
    crate::program::init(home.path(), &[]);
    let settings = [
        ("CASEHALL__SIGN_IN__HASHING_SLOTS", "1"),
        ("CASEHALL__SIGN_IN__FAILURES_FROM_ADDRESS", "1000"),
        ("CASEHALL__SERVER__WORKERS", "2"),
    ];
    let serving = Serving::start(home.path(), &[], &settings);
    let guess = |number: u32| {
        let body = json!({ "username": format!("nobody-{number}"), "password": PASSWORD });
        send(Client::new().post(format!("{}/api/v1/sessions", serving.base)).json(&body))
    };
    guess(0).await.refused(401, "wrong_credentials");
    let before = serving.resident_bytes();
    // One after another: the memory of a hash is used again.
    for number in 1..=30 {
        guess(number).await.refused(401, "wrong_credentials");
    }
    // At once: whoever waits for a slot has no memory of a hash yet. Each took 19 MB once.
    for round in 1..=3 {
        let guesses: Vec<_> = (0..60).map(|number| tokio::spawn(guess(round * 100 + number))).collect();
        for answer in guesses {
            assert!([401, 429].contains(&answer.await.unwrap().status));
        }
    }
    let grown = serving.resident_bytes().saturating_sub(before);
    assert!(grown < 40 << 20, "{} MB more", grown >> 20);
}

/// What a server sends until it closes the connection.
fn until_closed(mut stream: TcpStream) -> String {
    // Longer than the server bears any silence: a test that waits for ever helps nobody.
    stream.set_read_timeout(Some(Duration::from_secs(360))).unwrap();
    let mut answer = Vec::new();
    match stream.read_to_end(&mut answer) {
        Ok(_) => {}
        Err(error) => assert_ne!(error.kind(), std::io::ErrorKind::WouldBlock, "the connection is kept"),
    }
    String::from_utf8_lossy(&answer).into_owned()
}

/// Method and path of every route that is described, and of two that there aren't.
fn routes(document: &Value) -> Vec<(String, String)> {
    let mut routes = vec![("GET".to_owned(), "/nowhere".to_owned()), ("POST".to_owned(), "/healthz".to_owned())];
    for (path, methods) in document["paths"].as_object().unwrap() {
        let path = path.split('/').map(|part| if part.starts_with('{') { "1" } else { part });
        let path = path.collect::<Vec<_>>().join("/");
        routes.extend(methods.as_object().unwrap().keys().map(|method| (method.to_uppercase(), path.clone())));
    }
    routes
}

#[tokio::test]
async fn bodies_that_do_not_arrive_are_cut_on_every_route() {
    let hall = Hall::with(TestDatabase::sqlite(), &[("SERVER__BODY_TIMEOUT_SECONDS", "1")]).await;
    let document = hall.nobody().get("//openapi.json").await.expect(200);
    let mut tokens = vec![None];
    for role in [Role::Clerk, Role::Administrator] {
        tokens.push(hall.person(&[role], None).await.token().await);
    }
    let address = hall.base.trim_start_matches("http://").to_owned();
    let routes = routes(&document);
    let (mut waiting, mut opened) = (Vec::new(), 0);
    for (method, path) in &routes {
        for token in &tokens {
            for (framing, begun) in [("Content-Length: 1000", "{"), ("Transfer-Encoding: chunked", "1\r\n{\r\n")] {
                let is_import = path.ends_with("/imports") || path.contains("/calendar");
                let media_type = match path.as_str() {
                    "/oauth/token" => "application/x-www-form-urlencoded",
                    _ if is_import => "text/csv",
                    _ => "application/json",
                };
                let bearer = token.as_ref().map_or(String::new(), |token| format!("Authorization: Bearer {token}\r\n"));
                let head = format!(
                    "{method} {path} HTTP/1.1\r\nHost: x\r\n{bearer}Content-Type: {media_type}\r\nIf-Match: \"1\"\r\n{framing}\r\n\r\n{begun}"
                );
                let mut stream = TcpStream::connect(&address).unwrap();
                stream.write_all(head.as_bytes()).unwrap();
                let shown = format!("{method} {path} {framing}");
                waiting.push((shown, std::thread::spawn(move || until_closed(stream))));
                opened += 1;
            }
        }
    }
    assert!(opened > 200, "{opened} connections");
    hall.nobody().get("//healthz").await.expect(200);
    let mut cut = 0;
    for (shown, answer) in waiting {
        let answer = answer.join().unwrap_or_else(|_| panic!("{shown}"));
        assert!(answer.starts_with("HTTP/1.1 "), "{shown}: {answer}");
        cut += usize::from(answer.starts_with("HTTP/1.1 408 ") && answer.contains("request_timeout"));
        let is_token = shown.starts_with("POST /oauth/token") || shown.starts_with("POST /api/v1/sessions");
        assert!(!is_token || answer.starts_with("HTTP/1.1 408 "), "{shown}: {answer}");
    }
    assert!(cut > 20, "{cut} bodies were awaited, and cut");
    hall.nobody().get("//healthz").await.expect(200);
}

/// Connections that send one of these beginnings each, and no more.
fn silent(address: &str, begun: &[String], count: usize) -> Vec<TcpStream> {
    let open = |number: usize| {
        let mut stream = TcpStream::connect(address).unwrap();
        // One that has had to go for another may be gone already.
        let _ = stream.write_all(begun[number % begun.len()].as_bytes());
        stream
    };
    (0..count).map(open).collect()
}

/// Nothing, and of each route half a head, and a head with the beginning of a body.
fn beginnings(routes: &[(String, String)]) -> Vec<String> {
    let of_route = |(method, path): &(String, String)| {
        let head = format!("{method} {path} HTTP/1.1\r\nHost: x\r\n");
        let media_type = if path == "/oauth/token" { "application/x-www-form-urlencoded" } else { "application/json" };
        let body = format!("{head}Content-Type: {media_type}\r\nContent-Length: 99\r\n\r\n{{");
        [head.trim_end().to_owned(), body]
    };
    std::iter::once(String::new()).chain(routes.iter().flat_map(of_route)).collect()
}

#[tokio::test]
async fn a_thousand_connections_that_say_little_on_every_route_keep_nobody_waiting() {
    let hall = Hall::open(TestDatabase::sqlite()).await;
    let clerk = hall.staff(Role::Clerk).await;
    let begun = beginnings(&routes(&hall.nobody().get("//openapi.json").await.expect(200)));
    assert!((100..1000).contains(&begun.len()), "each of {} is sent", begun.len());
    let address = hall.base.trim_start_matches("http://").to_owned();
    let held = tokio::task::spawn_blocking(move || silent(&address, &begun, 1000)).await.unwrap();
    hall.nobody().get("//healthz").await.expect(200);
    clerk.get("/me").await.expect(200);
    drop(held);
}

/// The answer to whoever asks again, a few times: a connection may have to go for another before it has said anything.
async fn asked_again(address: &str) -> Answer {
    for _ in 0..5 {
        if let Ok(answer) = tokio::spawn(send(Client::new().get(address))).await {
            return answer;
        }
    }
    send(Client::new().get(address)).await
}

#[tokio::test]
async fn with_few_file_descriptors_a_flood_leaves_room_for_others() {
    let home = tempfile::tempdir().unwrap();
    crate::program::init(home.path(), &[]);
    let serving = Serving::with_descriptors(home.path(), 400, &[("CASEHALL__SERVER__WORKERS", "2")]);
    let address = serving.base.trim_start_matches("http://").to_owned();
    let routes = [("GET", "/healthz"), ("POST", "/oauth/token"), ("POST", "/api/v1/sessions")];
    let begun = beginnings(&routes.map(|(method, path)| (method.to_owned(), path.to_owned())));
    let mut held = Vec::new();
    for _ in 0..4 {
        let (address, begun) = (address.clone(), begun.clone());
        held.extend(tokio::task::spawn_blocking(move || silent(&address, &begun, 300)).await.unwrap());
        for path in ["/healthz", "/readyz"] {
            let healthy = asked_again(&format!("{}{path}", serving.base)).await;
            assert_ne!(healthy.expect(200)["status"], Value::Null, "{path}");
        }
    }
    drop(held);
    let (code, log) = serving.stop();
    assert_eq!(code, Some(0));
    assert!(log.contains("allows fewer connections than server.connections"), "{log}");
}
