//! The HTTP floor over a real port: what is refused, how, and in which words.

mod description;
mod edges;
mod log;
mod properties;
mod sample;

use std::io::{Read, Write};
use std::net::TcpStream;

use reqwest::Method;
use reqwest::blocking::{Client, RequestBuilder, Response};
use sample::{BASE, VERSION};
use serde_json::{Value, json};

const THING: &str = "/things/01890a5d-ac96-774b-bcce-b302099a8057";

fn request(method: Method, path: &str) -> RequestBuilder {
    static CLIENT: std::sync::LazyLock<Client> =
        std::sync::LazyLock::new(|| Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap());
    CLIENT.request(method, format!("{}{path}", *BASE))
}

fn get(path: &str) -> Response {
    request(Method::GET, path).send().unwrap()
}

fn post(path: &str, body: &Value) -> Response {
    request(Method::POST, path).json(body).send().unwrap()
}

fn post_text(path: &str, body: impl Into<reqwest::blocking::Body>) -> Response {
    request(Method::POST, path).header("Content-Type", "application/json").body(body).send().unwrap()
}

fn header<'a>(response: &'a Response, name: &str) -> &'a str {
    response.headers().get(name).map_or("", |value| value.to_str().unwrap())
}

/// The problem, after holding it to what every problem has.
fn problem(response: Response, status: u16, code: &str) -> Value {
    assert_eq!(response.status(), status);
    assert_eq!(header(&response, "Content-Type"), "application/problem+json");
    assert_eq!(header(&response, "Vary"), "Accept-Language");
    assert_eq!(header(&response, "Cache-Control"), "no-store");
    assert_eq!(header(&response, "X-Content-Type-Options"), "nosniff");
    assert_eq!(header(&response, "X-Frame-Options"), "DENY");
    assert!(matches!(header(&response, "Content-Language"), "zh" | "en"));
    let request_id = header(&response, "X-Request-Id").to_owned();
    let problem: Value = response.json().unwrap();
    assert_eq!(problem["status"], status);
    assert_eq!(problem["code"], code);
    assert_eq!(problem["type"], format!("/docs/problems#{code}"));
    assert_eq!(problem["request_id"], request_id);
    assert!(problem["title"].as_str().is_some_and(|title| !title.is_empty()));
    problem
}

/// Pointer and code of every fault.
fn faults(problem: &Value) -> Vec<(&str, &str)> {
    let errors = problem["errors"].as_array().unwrap();
    errors.iter().map(|error| (error["pointer"].as_str().unwrap(), error["code"].as_str().unwrap())).collect()
}

fn thing() -> Value {
    json!({ "name": "印章", "quantity": 1, "colour": "red", "owner": { "name": "某公司" } })
}

fn thing_with(member: &str, value: Value) -> Value {
    let mut thing = thing();
    thing[member] = value;
    thing
}

#[test]
fn a_faultless_request_is_taken_as_it_is() {
    let mut sent = thing();
    sent["quantity"] = json!(2.0); // JSON Schema: an integer
    sent["period"] = json!({ "start": "2014-04-04", "end": "2014-04-18" });
    sent["parts"] = json!([{ "code": "A", "weight": 1 }]);
    sent["payment"] = json!({ "kind": "cash", "amount_fen": 100 });
    let response = post("/things", &sent);
    assert_eq!(response.status(), 201);
    let received: Value = response.json().unwrap();
    assert_eq!(received["quantity"], 2);
    assert_eq!(received["payment"]["amount_fen"], 100);
}

#[test]
fn every_fault_of_structure_comes_in_one_answer_and_then_every_fault_of_meaning() {
    let sent = json!({
        "name": "",
        "quantity": "three",
        "price_fen": 1.5,
        "colour": "green",
        "a/b~c": 1,
        "period": { "start": "2014-02-30", "end": "2014-04-18", "days": 3 },
        "owner": { "name": "nobody", "mobile": "123" },
        "parts": [{ "code": "a" }, 5, { "code": "B", "id": "x" }, { "id": null }, { "code": "c", "weight": "1" }],
        "payment": { "kind": "cash" },
    });
    let problem = problem(post("/things", &sent), 422, "invalid_request");
    let mut found = faults(&problem);
    found.sort_unstable();
    assert_eq!(
        found,
        [
            ("/a~1b~0c", "unknown_field"),
            ("/colour", "not_one_of"),
            ("/name", "too_short"),
            ("/owner/mobile", "bad_pattern"),
            ("/parts", "too_many_items"),
            ("/parts/1", "wrong_type"),
            ("/parts/2/id", "bad_format"),
            ("/parts/3/code", "missing_field"),
            ("/parts/4/weight", "wrong_type"),
            ("/payment/amount_fen", "missing_field"),
            ("/period/days", "unknown_field"),
            ("/period/start", "bad_format"),
            ("/price_fen", "wrong_type"),
            ("/quantity", "wrong_type"),
        ]
    );
    let sent = json!({
        "name": "印章", "quantity": 3, "colour": "red", "owner": { "name": "nobody" },
        "period": { "start": "2014-04-18", "end": "2014-04-04" }, "parts": [{ "code": "a" }, { "code": "B" }, { "code": "c" }],
    });
    let problem = self::problem(post("/things", &sent), 422, "invalid_request");
    let meaning = ["/parts/0/code", "/parts/2/code", "/owner/name", "/period"];
    assert_eq!(faults(&problem), meaning.map(|pointer| (pointer, "not_allowed")));
}

#[test]
fn faults_of_structure_come_first_and_those_of_meaning_keep_their_places() {
    for (parts, expected) in [
        (json!([7, { "code": "b" }]), ("/parts/0", "wrong_type")),
        (json!([{ "code": "A" }, { "code": "b" }]), ("/parts/1/code", "not_allowed")),
    ] {
        let problem = problem(post("/things", &thing_with("parts", parts)), 422, "invalid_request");
        assert_eq!(faults(&problem), [expected]);
    }
}

#[test]
fn the_rules_find_no_fault_with_what_is_missing() {
    let mut sent = thing_with("owner", json!({}));
    sent["period"] = json!({ "start": "2014-04-04" });
    let problem = problem(post("/things", &sent), 422, "invalid_request");
    assert_eq!(faults(&problem), [("/owner/name", "missing_field"), ("/period/end", "missing_field")]);
}

#[test]
fn a_fault_of_alternatives_names_the_intended_one() {
    for (payment, expected) in [
        (json!("cash"), ("/payment", "wrong_type")),
        (json!({}), ("/payment/kind", "missing_field")),
        (json!({ "kind": "barter" }), ("/payment/kind", "not_one_of")),
        (json!({ "kind": "card", "number": 5 }), ("/payment/number", "wrong_type")),
    ] {
        let problem = problem(post("/things", &thing_with("payment", payment.clone())), 422, "invalid_request");
        assert!(faults(&problem).contains(&expected), "{payment}: {problem}");
        assert!(!faults(&problem).iter().any(|(pointer, _)| pointer.is_empty()), "{problem}");
    }
    assert_eq!(post("/things", &thing_with("payment", Value::Null)).status(), 201);
}

#[test]
fn numbers_out_of_range_are_refused_with_their_pointer() {
    for number in ["99999999999", "1e300", "18446744073709551615", "-1e30", "9223372036854775808"] {
        let text = thing_with("price_fen", json!("@")).to_string().replace("\"@\"", number);
        let response = post_text("/things", text);
        if number != "99999999999" {
            let problem = problem(response, 422, "invalid_request");
            let expected = if number.starts_with('-') { "too_small" } else { "too_large" };
            assert_eq!(faults(&problem), [("/price_fen", expected)], "{number}");
        } else {
            assert_eq!(response.status(), 201);
        }
    }
}

#[test]
fn a_body_that_is_no_object_is_one_fault() {
    for body in [json!([]), json!(null), json!("text"), json!(1)] {
        let problem = problem(post("/things", &body), 422, "invalid_request");
        assert_eq!(faults(&problem), [("", "wrong_type")]);
    }
}

#[test]
fn an_answer_lists_no_more_than_a_hundred_faults() {
    let mut sent = thing();
    for number in 0..3000 {
        sent[format!("x{number}")] = json!(1);
    }
    let problem = problem(post("/things", &sent), 422, "invalid_request");
    assert_eq!(faults(&problem).len(), 100);
    assert!(problem["detail"].as_str().is_some_and(|detail| detail.contains("3000")));
}

#[test]
fn texts_are_chinese_by_default() {
    let body = thing_with("quantity", json!("x"));
    let chinese = problem(post("/things", &body), 422, "invalid_request");
    assert_eq!(chinese["title"], "请求数据有误");
    assert_eq!(chinese["errors"][0]["detail"], "类型不对，应为整数。");
    let response =
        request(Method::POST, "/things").json(&body).header("Accept-Language", "fr, en-GB;q=0.8").send().unwrap();
    assert_eq!(header(&response, "Content-Language"), "en");
    let english = problem(response, 422, "invalid_request");
    assert_eq!(english["title"], "The data of the request is not valid");
    assert_eq!(english["errors"][0]["detail"], "Wrong type; expected: integer.");
}

#[test]
fn what_is_not_json_is_refused_with_line_and_column() {
    let broken = problem(post_text("/things", "{\n  \"name\": oops\n}"), 400, "malformed_json");
    assert_eq!((&broken["line"], &broken["column"]), (&json!(2), &json!(11)));
    problem(post_text("/things", ""), 400, "malformed_json");
    problem(post_text("/things", vec![b'"', 0xff, b'"']), 400, "malformed_json");
    problem(post_text("/things", "[".repeat(5000)), 400, "malformed_json");
    let twice = problem(post_text("/things", r#"{"name":"a","name":"b"}"#), 400, "duplicate_member");
    assert!(twice["detail"].as_str().is_some_and(|detail| detail.contains("“name”")));
}

#[test]
fn only_json_in_utf_8_is_taken() {
    for media_type in ["text/plain", "application/xml", "application/json; charset=gbk", "nonsense"] {
        let response = request(Method::POST, "/things").header("Content-Type", media_type).body("{}").send().unwrap();
        problem(response, 415, "unsupported_media_type");
    }
    problem(request(Method::POST, "/things").body("{}").send().unwrap(), 415, "unsupported_media_type");
    let zipped = request(Method::POST, "/things").json(&thing()).header("Content-Encoding", "gzip").send().unwrap();
    assert_eq!(header(&zipped, "Accept-Encoding"), "identity");
    problem(zipped, 415, "unsupported_media_type");
    let own = request(Method::POST, "/things").header("Content-Type", "application/JSON; charset=UTF-8");
    assert_eq!(own.body(thing().to_string()).send().unwrap().status(), 201);
}

#[test]
fn a_body_over_the_limit_is_refused_with_or_without_content_length() {
    let large = problem(post_text("/things", " ".repeat(70_000)), 413, "content_too_large");
    assert_eq!(large["limit_bytes"], 65_536);
    let large = problem(post_text("/small/things", " ".repeat(101)), 413, "content_too_large");
    assert_eq!(large["limit_bytes"], 100);
    let chunked = raw("POST /small/things HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n80\r\n".to_owned() + &" ".repeat(128) + "\r\n0\r\n\r\n");
    assert!(chunked.starts_with("HTTP/1.1 413 "), "{chunked}");
    assert!(chunked.contains("content_too_large"));
}

#[test]
fn a_slow_body_times_out() {
    let answer =
        raw("POST /small/things HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 50\r\n\r\n{");
    assert!(answer.starts_with("HTTP/1.1 408 "), "{answer}");
    assert!(answer.contains("\"code\":\"request_timeout\""));
}

#[test]
fn an_unknown_path_is_404_and_a_wrong_method_405() {
    problem(get("/nowhere"), 404, "not_found");
    problem(get("/things/a/b"), 404, "not_found");
    problem(request(Method::POST, "/%F0%9F%98%80?x=%ff").send().unwrap(), 404, "not_found");
    for (path, allowed) in [("/things", "GET, HEAD, POST"), (THING, "GET, HEAD, PUT"), ("/openapi.json", "GET, HEAD")] {
        let response = request(Method::DELETE, path).send().unwrap();
        assert_eq!(header(&response, "Allow"), allowed, "{path}");
        problem(response, 405, "method_not_allowed");
    }
}

#[test]
fn a_bad_id_in_the_path_is_named() {
    let refused = problem(get("/things/seven"), 400, "invalid_path");
    assert!(refused["detail"].as_str().is_some_and(|detail| detail.contains("id")));
}

#[test]
fn a_query_is_read_by_its_types() {
    let answer: Value =
        get("/things?limit=5&overdue=true&state=a&state=b&name=12&colour=dark_blue&since=2014-04-04").json().unwrap();
    let expected = json!({
        "limit": 5, "overdue": true, "state": ["a", "b"], "name": "12", "colour": "dark_blue", "since": "2014-04-04"
    });
    assert_eq!(answer, expected);
}

#[test]
fn every_fault_of_a_query_comes_in_one_answer() {
    let response = get("/things?limit=500&limit=1&overdue=yes&state=a&state=b&state=c&colour=green&page=2&page=3");
    let problem = problem(response, 400, "invalid_query");
    let mut found = faults(&problem);
    found.sort_unstable();
    assert_eq!(
        found,
        [
            ("/colour", "not_one_of"),
            ("/limit", "repeated_parameter"),
            ("/limit", "too_large"),
            ("/overdue", "wrong_type"),
            ("/page", "unknown_field"),
            ("/since", "missing_field"),
            ("/state", "too_many_items"),
        ]
    );
}

#[test]
fn overwriting_needs_the_current_version() {
    let put = |tag: Option<&str>| {
        let request = request(Method::PUT, THING).json(&thing());
        tag.map_or(request.try_clone().unwrap(), |tag| request.header("If-Match", tag)).send().unwrap()
    };
    problem(put(None), 428, "precondition_required");
    for malformed in ["7", "*", "\"x\"", "\"6\", \"7\"", ""] {
        assert_eq!(problem(put(Some(malformed)), 400, "invalid_header")["header"], "If-Match");
    }
    let response = put(Some("\"6\""));
    assert_eq!(header(&response, "ETag"), "\"7\"");
    assert_eq!(problem(response, 412, "version_stale")["current_version"], VERSION);
    assert_eq!(put(Some("\"7\"")).status(), 204);
    assert_eq!(put(Some("W/\"7\"")).status(), 204);
}

#[test]
fn if_none_match_with_the_tag_of_the_answer_is_304() {
    let seen = |tag: &str| request(Method::GET, THING).header("If-None-Match", tag).send().unwrap();
    let tag = header(&get(THING), "ETag").to_owned();
    let (version, digest) = tag.trim_matches('"').split_once('.').unwrap();
    assert_eq!((version, digest.len()), ("7", 32), "{tag}");
    for same in [&tag, &format!("\"6\", W/{tag}"), "*"] {
        let response = seen(same);
        assert_eq!((response.status().as_u16(), header(&response, "ETag")), (304, tag.as_str()), "{same}");
        assert!(header(&response, "Vary").contains("Accept-Language"));
        assert!(response.bytes().unwrap().is_empty());
    }
    // A version alone names no bytes, and no other's digest does.
    for other in ["\"6\"", "\"7\"", "7", "\"abc\"", &tag.replacen('7', "6", 1), &format!("\"{digest}\"")] {
        assert_eq!(seen(other).status(), 200, "{other}");
    }
}

#[test]
fn a_panic_is_a_500_and_the_server_continues() {
    for _ in 0..5 {
        let response = request(Method::GET, "/fail").header("Accept-Language", "en").send().unwrap();
        let problem = problem(response, 500, "internal_error");
        assert!(!problem.to_string().contains("a fault of the program"));
    }
    assert_eq!(get("/healthz").status(), 200);
}

#[test]
fn a_temporary_refusal_has_retry_after() {
    let response = get("/busy");
    assert_eq!(header(&response, "Retry-After"), "3");
    problem(response, 429, "too_many_requests");
}

#[test]
fn head_is_get_without_a_body() {
    let answer = raw("HEAD /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
    assert!(answer.ends_with("\r\n\r\n") && answer.contains("content-length: "), "{answer}");
}

#[test]
fn health_and_readiness_are_different_questions() {
    let alive: Value = get("/healthz").json().unwrap();
    assert_eq!(alive["status"], "alive");
    let response = get("/readyz");
    assert_eq!(header(&response, "Retry-After"), "5");
    let problem = problem(response, 503, "not_ready");
    assert_eq!(problem["checks"][0], json!({ "name": "database", "ready": false, "remark": "no answer" }));
}

/// What the service answers to bytes on a connection, until it closes or falls silent.
fn raw(text: impl AsRef<[u8]>) -> String {
    let mut stream = TcpStream::connect(BASE.trim_start_matches("http://")).unwrap();
    stream.set_read_timeout(Some(std::time::Duration::from_secs(2))).unwrap();
    stream.write_all(text.as_ref()).unwrap();
    let (mut answer, mut buffer) = (Vec::new(), [0; 4096]);
    while let Ok(read) = stream.read(&mut buffer) {
        if read == 0 {
            break;
        }
        answer.extend_from_slice(&buffer[..read]);
    }
    String::from_utf8_lossy(&answer).into_owned()
}
