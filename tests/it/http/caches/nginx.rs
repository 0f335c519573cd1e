//! A real proxy that keeps what it may, nginx as Debian has it, between whoever asks and the hall.
//!
//! It stands there in two ways. `shared` is a cache that many go through: it may keep nothing that is of one caller. `own` is a cache that one
//! system runs for itself, which may keep what is `private`: before it looks, that word is taken away.

use std::collections::BTreeMap;
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::DirBuilderExt;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use casehall::clock::Clock;
use casehall::domain::accounts::role::{Role, Scope};
use reqwest::header::{CONTENT_ENCODING, ETAG};
use reqwest::{Client, Method};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};
use tempfile::TempDir;

use super::packing::{taking, unpacked};
use crate::certificates::register::registration;
use crate::databases::TestDatabase;
use crate::hall::{Hall, Person, application, send};

const SERVER: &str = "/usr/sbin/nginx";
/// For how many seconds an answer may be kept, in these tests.
const KEPT: u64 = 2;
/// nginx counts whole seconds: what it may keep for two it keeps for less than three.
const WHOLE_SECOND: u64 = 1;
/// What the clock of the hall, and the machine, may be behind.
const SLACK: Duration = Duration::from_millis(400);

/// The proxy, until it is dropped.
struct Nginx {
    server: Child,
    shared: String,
    own: String,
    _directory: TempDir,
}

impl Nginx {
    fn before(hall: &Hall) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let free: Vec<_> = (0..3).map(|_| TcpListener::bind("127.0.0.1:0").unwrap()).collect();
        let ports: Vec<u16> = free.iter().map(|listener| listener.local_addr().unwrap().port()).collect();
        drop(free);
        let [shared, own, opened] = [ports[0], ports[1], ports[2]];
        let (at, base) = (directory.path().display(), &hall.base);
        for cache in ["shared", "own"] {
            std::fs::DirBuilder::new().mode(0o700).create(directory.path().join(cache)).unwrap();
        }
        let user = if rustix::process::getuid().is_root() { "user root;" } else { "" };
        let settings = format!(
            r#"{user} daemon off; worker_processes 1; pid {at}/pid; error_log {at}/errors;
            events {{ worker_connections 256; }}
            http {{
                access_log off;
                client_body_temp_path {at}/bodies; proxy_temp_path {at}/temporary;
                fastcgi_temp_path {at}/f; uwsgi_temp_path {at}/u; scgi_temp_path {at}/s;
                proxy_cache_path {at}/shared keys_zone=shared:1m use_temp_path=off;
                proxy_cache_path {at}/own keys_zone=own:1m use_temp_path=off;
                proxy_http_version 1.1; proxy_set_header Connection "";
                proxy_cache_key $request_uri; proxy_cache_revalidate on;
                add_header X-Cache $upstream_cache_status always;
                map $upstream_http_cache_control $opened {{ default $upstream_http_cache_control; "~^private, (.+)$" $1; }}
                server {{
                    listen 127.0.0.1:{shared};
                    gzip on; gzip_types application/json; gzip_proxied any; gzip_min_length 100;
                    location / {{ proxy_cache shared; proxy_pass {base}; }}
                }}
                server {{
                    listen 127.0.0.1:{own};
                    location / {{ proxy_cache own; proxy_pass http://127.0.0.1:{opened}; }}
                }}
                server {{
                    listen 127.0.0.1:{opened};
                    location / {{ proxy_pass {base}; proxy_hide_header Cache-Control; add_header Cache-Control $opened always; }}
                }}
            }}"#
        );
        let file = directory.path().join("nginx.conf");
        std::fs::write(&file, settings).unwrap();
        let mut starting = Command::new(SERVER);
        starting.arg("-e").arg(directory.path().join("errors")).arg("-p").arg(directory.path()).arg("-c").arg(&file);
        let server = starting.stdin(Stdio::null()).spawn().unwrap_or_else(|error| panic!("{SERVER}: {error}"));
        let mut started = Self {
            server,
            shared: format!("http://127.0.0.1:{shared}"),
            own: format!("http://127.0.0.1:{own}"),
            _directory: directory,
        };
        let limit = Instant::now() + Duration::from_secs(20);
        while TcpStream::connect(("127.0.0.1", opened)).is_err() {
            assert_eq!(started.server.try_wait().unwrap(), None, "{SERVER} ended");
            assert!(Instant::now() < limit, "{SERVER} doesn't listen");
            std::thread::sleep(Duration::from_millis(20));
        }
        started
    }
}

impl Drop for Nginx {
    fn drop(&mut self) {
        // Its workers end with it, unlike when it is killed.
        let _ = kill_process(Pid::from_child(&self.server), Signal::TERM);
        let _ = self.server.wait();
    }
}

/// Lets the hall's clock go as time does, from the instant at which it stands, until this is dropped.
struct Going(Arc<AtomicBool>);

impl Going {
    fn on(hall: &Hall) -> (Self, Instant) {
        let (clock, start, began) = (hall.clock.clone(), hall.clock.now(), Instant::now());
        let ended = Arc::new(AtomicBool::new(false));
        let end = ended.clone();
        std::thread::spawn(move || {
            while !end.load(Ordering::Relaxed) {
                clock.set(start + chrono::Duration::from_std(began.elapsed()).unwrap());
                std::thread::sleep(Duration::from_millis(10));
            }
        });
        (Self(ended), began)
    }
}

impl Drop for Going {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// Where whether a certificate may log in is asked.
fn asked(base: &str, number: u32) -> String {
    format!("{base}/api/v1/certificates/GZ2013-{number:04}/authorizations/urban-construction")
}

fn is_chinese(words: &str) -> bool {
    words.chars().any(|character| ('\u{4e00}'..='\u{9fff}').contains(&character))
}

/// Somebody who asks through the proxy, in a language.
struct Asker {
    token: Option<String>,
    language: &'static str,
    /// What they are answered where they may not ask.
    refused: Option<u16>,
}

/// A certificate about which the answer changes once.
struct Change {
    number: u32,
    /// The reason before and after; none: it is usable.
    answers: [Option<&'static str>; 2],
    /// When it may be told at the earliest, and from when on no cache may tell the old one.
    told: (Option<Instant>, Option<Instant>),
    seen: [bool; 2],
}

impl Change {
    /// Holds an answer that came between two instants against what is true.
    fn hold(&mut self, body: &Value, sent: Instant, come: Instant) {
        let reason = body["reason"]["code"].as_str();
        let which = self.answers.iter().position(|expected| *expected == reason);
        let which = which.unwrap_or_else(|| panic!("{}: {body}", self.number));
        self.seen[which] = true;
        match which {
            0 => assert!(self.told.1.is_none_or(|last| sent < last), "{}: older than promised: {body}", self.number),
            _ => assert!(self.told.0.is_some_and(|first| come >= first), "{}: too early: {body}", self.number),
        }
    }
}

#[tokio::test]
async fn a_cache_of_the_askers_own_is_never_older_than_promised_nor_in_a_wrong_language_or_for_a_wrong_caller() {
    let settings = [("AUTHORIZATIONS__MAX_AGE_SECONDS", "2")];
    let hall = Hall::with(TestDatabase::sqlite(), &settings).await;
    let nginx = Nginx::before(&hall);
    let clerk = hall.staff(Role::Clerk).await;
    let one = hall.client("one", &[Scope::AuthorizationsRead]).await;
    let other = hall.client("other", &[Scope::AuthorizationsRead]).await;
    let without = hall.client("without", &[Scope::CasesRead]).await;
    let at = |milliseconds: i64| hall.clock.now() + chrono::Duration::milliseconds(milliseconds);
    let (mut beginning, mut ending) = (registration(2), registration(3));
    beginning["valid_from"] = json!(at(3_500));
    ending["valid_until"] = json!(at(5_000));
    for registration in [&registration(1), &beginning, &ending] {
        hall.register(registration).await;
    }
    let asker = async |person: &Person<'_>, language, refused| Asker { token: person.token().await, language, refused };
    let askers = [
        asker(&one, "en", None).await,
        asker(&one, "zh-CN", None).await,
        asker(&without, "en", Some(403)).await,
        asker(&other, "en", None).await,
        asker(&hall.nobody(), "zh-CN", Some(401)).await,
        asker(&other, "zh-CN", None).await,
    ];
    clerk.token().await;
    let (_going, began) = Going::on(&hall);
    let by_time = |milliseconds: u64| {
        let first = began + Duration::from_millis(milliseconds);
        (Some(first), Some(first + Duration::from_secs(WHOLE_SECOND) + SLACK))
    };
    let mut changes = [
        Change { number: 1, answers: [None, Some("locked")], told: (None, None), seen: [false; 2] },
        Change { number: 2, answers: [Some("not_yet_valid"), None], told: by_time(3_500), seen: [false; 2] },
        Change { number: 3, answers: [None, Some("expired")], told: by_time(5_000), seen: [false; 2] },
    ];
    let http = Client::new();
    let mut found: BTreeMap<String, u32> = BTreeMap::new();
    while began.elapsed() < Duration::from_secs(9) {
        for asker in &askers {
            for change in &mut changes {
                let request = http.get(asked(&nginx.own, change.number)).header("Accept-Language", asker.language);
                let request = asker.token.iter().fold(request, |request, token| request.bearer_auth(token));
                let sent = Instant::now();
                let answer = send(request).await;
                *found.entry(answer.header("X-Cache").to_owned()).or_default() += 1;
                let language = &asker.language[..2];
                assert_eq!(answer.header("Content-Language"), language, "{}", answer.body);
                assert_eq!(answer.status, asker.refused.unwrap_or(200), "{}", answer.body);
                if answer.status == 200 {
                    let words = answer.body["reason"]["message"].as_str();
                    assert!(words.is_none_or(|words| is_chinese(words) == (language == "zh")), "{}", answer.body);
                    change.hold(&answer.body, sent, Instant::now());
                }
            }
        }
        if changes[0].told.0.is_none() && began.elapsed() > Duration::from_millis(2_500) {
            changes[0].told.0 = Some(Instant::now());
            clerk.post("/certificates/GZ2013-0001/lock-reports", &json!({})).await.expect(200);
            changes[0].told.1 = Some(Instant::now() + Duration::from_secs(KEPT + WHOLE_SECOND) + SLACK);
        }
        tokio::time::sleep(Duration::from_millis(30)).await;
    }
    assert!(changes.iter().all(|change| change.seen == [true; 2]), "an answer was never met");
    // It did keep answers, and asked whether they were still valid.
    for what in ["HIT", "MISS", "REVALIDATED"] {
        assert!(found.get(what).is_some_and(|times| *times > 3), "{what}: {found:?}");
    }

    // Ten thousand questions of one asker within a minute: the cache answers nearly all of them.
    let (began, each) = (Instant::now(), 1_250);
    let client = async || {
        let (http, mut kept) = (Client::new(), 0);
        for _ in 0..each {
            let request = http.get(asked(&nginx.own, 2)).bearer_auth(askers[0].token.as_ref().unwrap());
            let answer = send(request.header("Accept-Language", "en")).await;
            assert_eq!((answer.status, &answer.body["usable"]), (200, &json!(true)));
            kept += u32::from(answer.header("X-Cache") == "HIT");
        }
        kept
    };
    let kept = tokio::join!(client(), client(), client(), client(), client(), client(), client(), client());
    let kept = [kept.0, kept.1, kept.2, kept.3, kept.4, kept.5, kept.6, kept.7].iter().sum::<u32>();
    assert!(began.elapsed() < Duration::from_secs(60), "{:?}", began.elapsed());
    assert!(kept > 9_000, "{kept}");
}

#[tokio::test]
async fn a_cache_of_the_askers_own_tells_callers_apart_where_pages_of_other_hosts_are_let_in() {
    let settings =
        [("AUTHORIZATIONS__MAX_AGE_SECONDS", "60"), ("SERVER__CORS_ORIGINS", r#"["https://portal.example.org"]"#)];
    let hall = Hall::with(TestDatabase::sqlite(), &settings).await;
    let nginx = Nginx::before(&hall);
    let asker = hall.client("one", &[Scope::AuthorizationsRead]).await;
    let without = hall.client("without", &[Scope::CasesRead]).await;
    hall.register(&registration(1)).await;
    let http = Client::new();
    let ask = async |token: Option<String>, language: &str| {
        let request = http.get(asked(&nginx.own, 1)).header("Accept-Language", language);
        send(token.iter().fold(request, |request, token| request.bearer_auth(token))).await
    };
    for kept in ["MISS", "HIT"] {
        for language in ["en", "zh"] {
            let answer = ask(asker.token().await, language).await;
            let told = (answer.status, answer.header("X-Cache"), answer.header("Content-Language"));
            assert_eq!(told, (200, kept, language));
        }
    }
    for (token, status) in [(None, 401), (without.token().await, 403), (Some("a.b.c".to_owned()), 401)] {
        assert_eq!(ask(token, "en").await.status, status);
    }
}

#[tokio::test]
async fn a_cache_that_many_share_keeps_nothing_of_anybody_and_hands_on_what_is_everybodys() {
    let hall = Hall::open(TestDatabase::sqlite()).await;
    let nginx = Nginx::before(&hall);
    let (clerk, asker) = (hall.staff(Role::Clerk).await, hall.client("one", &[Scope::AuthorizationsRead]).await);
    hall.register(&registration(1)).await;
    let opened = clerk.post("/cases", &application(2)).await.expect(201);
    let case = format!("/api/v1/cases/{}", opened["id"].as_str().unwrap());
    let http = Client::new();
    let (clerk_token, token) = (clerk.token().await.unwrap(), asker.token().await.unwrap());
    let get = |path: &str, token: &str| http.get(format!("{}{path}", nginx.shared)).bearer_auth(token);
    let one = asked("", 1);

    // What is of one caller is asked for anew each time, and so is never old.
    for (path, token) in [
        (one.as_str(), &token),
        (case.as_str(), &clerk_token),
        ("/api/v1/cases", &clerk_token),
        ("/api/v1/hall", &clerk_token),
    ] {
        for _ in 0..3 {
            let answer = send(get(path, token)).await;
            assert_eq!((answer.status, answer.header("X-Cache")), (200, "MISS"), "{path}");
        }
    }
    let seen = send(get(&one, &token)).await;
    assert_eq!(seen.body["usable"], true);
    let again = send(get(&one, &token).header("If-None-Match", seen.header("ETag"))).await;
    // Where it has a cache, it leaves out conditions of what it asks for, and answers all of what it may not keep.
    assert_eq!((again.status, again.header("ETag")), (200, seen.header("ETag")));
    clerk.post("/certificates/GZ2013-0001/lock-reports", &json!({})).await.expect(200);
    let locked = send(get(&one, &token).header("If-None-Match", seen.header("ETag"))).await;
    assert_eq!((locked.status, &locked.body["reason"]["code"]), (200, &json!("locked")));

    // What is everybody's is kept, packed and not, each for those who take it so.
    let plain = http.get(format!("{}/docs/problems", hall.base)).send().await.unwrap().bytes().await.unwrap();
    for (turn, codings) in ["identity", "gzip", "identity", "gzip"].into_iter().enumerate() {
        let (headers, bytes) = taking(http.get(format!("{}/docs/problems", nginx.shared)), codings).await;
        assert_eq!(headers["X-Cache"], if turn < 2 { "MISS" } else { "HIT" }, "{codings}");
        let is_packed = headers.get(CONTENT_ENCODING).is_some();
        assert_eq!(is_packed, codings == "gzip");
        assert_eq!(if is_packed { unpacked(&bytes) } else { bytes }, plain, "{codings}");
    }

    // A tag that went through it, packed here or there, is one that a change takes.
    for codings in ["identity", "gzip"] {
        let (headers, _) = taking(get(case.as_str(), &clerk_token), codings).await;
        let row = json!({ "material": "e-seal-agreement", "copies_received": 1, "copies_stamped": 0 });
        let put = http.request(Method::PUT, format!("{}{case}/materials", nginx.shared)).bearer_auth(&clerk_token);
        let put = put.header("If-Match", &headers[ETAG]).json(&json!({ "materials": [row] }));
        send(put).await.expect(200);
    }
}
