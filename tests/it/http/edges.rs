//! The edges of HTTP, held over every route of the description: bytes that aren't text, cursors that no page gave, values
//! that a filter doesn't know, keys that were used.

mod described;

use casehall::domain::accounts::role::{Role, Scope};
use reqwest::Method;
use reqwest::header::CONTENT_TYPE;
use serde_json::{Value, json};

use self::described::{Route, Stage};
use crate::databases::{TestDatabase, on_both};
use crate::hall::{Answer, Hall, Person, application, send};

on_both!(
    a_cursor_that_no_page_gave_is_refused_by_every_list,
    an_unknown_value_is_refused_by_every_filter,
    a_used_key_is_refused_for_whatever_else_it_is_sent_with,
    a_key_knows_its_body_however_it_is_written,
    lists_show_what_is_not_overdue,
);

/// What people search for in their own words: nobody can know beforehand whether anything has it.
const FREE: &[&str] = &[
    "serial",
    "medium_number",
    "certificate_serial",
    "name",
    "reference",
    "applicant",
    "handler",
    "box_number",
    "window",
    "notice_address",
    "notice_source",
    "notice_note",
    "actor",
    "subject",
];

const ID: &str = "01890a5d-ac96-774b-bcce-b302099a8057";

/// Everybody who may call something, so that each route has somebody who may.
async fn everybody(hall: &Hall) -> Vec<Person<'_>> {
    vec![
        hall.person(&[Role::Supervisor, Role::Clerk, Role::Producer], None).await,
        hall.person(&[Role::Administrator], None).await,
        hall.person(&[Role::Auditor], None).await,
        hall.client("system", &Scope::ALL).await,
    ]
}

/// What those who may call a route at all are answered.
async fn answers(people: &[Person<'_>], method: &Method, path: &str, more: &[(&str, &str)], body: &str) -> Vec<Answer> {
    let mut answers = Vec::new();
    for person in people {
        let mut request = person.request(method.clone(), path).await;
        for (name, value) in more {
            request = request.header(*name, *value);
        }
        let answer = send(if body.is_empty() { request } else { request.body(body.to_owned()) }).await;
        if answer.status != 403 {
            answers.push(answer);
        }
    }
    answers
}

#[tokio::test]
async fn bytes_that_are_not_text_are_refused_by_every_route() {
    let hall = Hall::open(TestDatabase::sqlite()).await;
    let person = hall.staff(Role::Supervisor).await;
    let routes = Route::all(&hall).await;
    assert!(routes.len() > 40, "{}", routes.len());
    for Route { method, path, .. } in &routes {
        for odd in ["%ff", "a%E5%8D", "%C0%80", "%ED%A0%80", "%FF%FE"] {
            for place in path.match_indices('{').map(|(at, _)| at) {
                let end = place + path[place..].find('}').unwrap() + 1;
                let with_odd = format!("{}{odd}{}", &path[..place], &path[end..]);
                let asked = with_odd.replace(['{', '}'], "");
                let answer = send(person.request(method.clone(), &format!("/{asked}")).await).await;
                let problem = answer.refused(400, "invalid_path");
                assert!(problem["detail"].is_string(), "{method} {asked}: {problem}");
            }
            for query in [format!("x={odd}"), format!("{odd}=x"), format!("limit=1&{odd}")] {
                let asked = format!("/{}?{query}", path.replace(['{', '}'], ""));
                let problem = send(person.request(method.clone(), &asked).await).await.refused(400, "invalid_query");
                assert!(problem["detail"].is_string(), "{method} {asked}: {problem}");
            }
        }
    }
}

async fn a_cursor_that_no_page_gave_is_refused_by_every_list(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let stage = Stage::set(&hall).await;
    let people = everybody(&hall).await;
    let plain = ID.replace('-', "");
    let (shouted, urn) = (format!("1-{}", ID.to_uppercase()), format!("1-urn:uuid:{ID}"));
    let mut odd: Vec<String> = ["x", "", "-", "0", "1-", "1-x", " ", "%00"].map(str::to_owned).into();
    odd.extend([shouted, urn, format!("1-{plain}"), format!("%2B1-{ID}"), format!("01-{ID}"), format!("--1-{ID}")]);
    // The ends of 64 bits, of what chrono knows, of what PostgreSQL knows, and of years that four digits write.
    odd.push(format!("to_check.{plain}"));
    for microseconds in [
        "9223372036854775807",
        "9223372036854775808",
        "-9223372036854775808",
        "8210266876799999999",
        "-8334601228800000000",
        "9224318015999999999",
        "-210866803200000001",
        "253402300800000000",
        "-62135596800000001",
    ] {
        odd.push(format!("{microseconds}-{ID}"));
    }
    let mut lists = 0;
    for route in Route::all(&hall).await.iter().filter(|route| route.takes("after")) {
        for path in stage.paths(route) {
            for cursor in &odd {
                let asked = format!("{path}?after={cursor}");
                let answers = answers(&people, &route.method, &asked, &[], "").await;
                assert!(!answers.is_empty(), "nobody may {asked}");
                for answer in answers {
                    assert!(answer.faults().iter().any(|(at, _)| at == "/after"), "{asked}: {}", answer.body);
                    answer.refused(400, "invalid_query");
                }
            }
            lists += 1;
        }
    }
    assert!(lists > 12, "{lists}");
    // The first and the last instant that a cursor can name are only early and late.
    for instant in ["-62135596800000000", "0", "-1", "253402300799999999"] {
        for (of, list) in
            [("worklists", "to_check"), ("worklists", "unassigned"), ("reports", "overdue"), ("reports", "uncollected")]
        {
            people[0].get(&format!("/{of}/{list}?after={list}.{instant}-{ID}")).await.expect(200);
            // A place in another list is none in this one, which has another order.
            let foreign = people[0].get(&format!("/{of}/{list}?after=paused.{instant}-{ID}")).await;
            assert_eq!(foreign.faults(), [("/after".to_owned(), "invalid_value".to_owned())]);
        }
    }
}

async fn an_unknown_value_is_refused_by_every_filter(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let stage = Stage::set(&hall).await;
    let people = everybody(&hall).await;
    let mut filters = 0;
    for route in Route::all(&hall).await {
        for name in route.query().into_iter().filter(|name| !FREE.contains(&name.as_str())) {
            for path in stage.paths(&route) {
                for value in ["no-such-value", "", "%00", "GUANGZHOU-CENTER", "ended "] {
                    let asked = format!("{path}?{name}={value}");
                    let answers = answers(&people, &route.method, &asked, &[], "").await;
                    assert!(!answers.is_empty(), "nobody may {} {asked}", route.method);
                    for answer in answers {
                        let at = format!("/{name}");
                        assert!(answer.faults().iter().any(|(found, _)| found.starts_with(&at)), "{asked}: {answer:?}");
                        answer.refused(400, "invalid_query");
                    }
                }
                filters += 1;
            }
        }
    }
    assert!(filters > 100, "{filters}");
    // What is known, and that nothing has, is an empty list.
    for known in ["state=activated", "case_type=revoke", "closed=true", "certificate_serial=gz-none", "overdue=true"] {
        let list = people[0].get(&format!("/cases?{known}")).await.expect(200);
        assert_eq!(list["items"], json!([]), "{known}");
    }
}

async fn a_used_key_is_refused_for_whatever_else_it_is_sent_with(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let stage = Stage::set(&hall).await;
    let (person, colleague) = (stage.person(), hall.person(&[Role::Supervisor, Role::Clerk], None).await);
    person.post_once("/cases", "used", &application(7)).await.expect(201);
    let mut routes = 0;
    for route in Route::all(&hall).await.iter().filter(|route| route.takes("Idempotency-Key")) {
        if route.path.ends_with("/webhooks") {
            continue; // neither of them may
        }
        for path in stage.paths(route) {
            for body in ["", "{", "\u{feff}", "{}", "[]", "null", r#"{"colour":"red"}"#, r#"{"reason":"x"}"#] {
                let sent = async |person: &Person<'_>| {
                    let request = person.request(route.method.clone(), &path).await.header("Idempotency-Key", "used");
                    let request = request.header("If-Match", "\"1\"").header(CONTENT_TYPE, "application/json");
                    send(request.body(body.to_owned())).await
                };
                let problem = sent(person).await.refused(422, "idempotency_key_reused");
                assert!(problem["detail"].is_string(), "{problem}");
                if body.is_empty() {
                    sent(&colleague).await.refused(400, "malformed_json");
                }
            }
            routes += 1;
        }
    }
    assert!(routes >= 12, "{routes}");
    // A key with which nothing was done isn't used: the faults are told.
    person.post_once("/cases", "free", &json!({})).await.refused(422, "invalid_request");
    person.post_once("/cases", "free", &application(8)).await.expect(201);
    person.post_once("/cases", "free", &json!({})).await.refused(422, "idempotency_key_reused");
}

#[tokio::test]
async fn a_key_is_taken_or_refused_and_never_passed_over() {
    let hall = Hall::open(TestDatabase::sqlite()).await;
    let stage = Stage::set(&hall).await;
    let person = stage.person();
    let mut refused = 0;
    for route in Route::all(&hall).await.iter().filter(|route| !route.takes("Idempotency-Key")) {
        for path in stage.paths(route) {
            let request = person.request(route.method.clone(), &path).await.header("Idempotency-Key", "k");
            let answer = send(request.header("If-Match", "\"1\"").json(&json!({}))).await;
            if route.method == Method::GET {
                assert_ne!(
                    answer.body["header"], "Idempotency-Key",
                    "{path}: nothing is done, so nothing can be done twice"
                );
                continue;
            }
            refused += 1;
            if route.path == "/oauth/token" {
                // Whoever asks there reads the errors of OAuth and no problems.
                assert_eq!((answer.status, &answer.body["error"]), (400, &json!("invalid_request")), "{answer:?}");
                assert!(answer.body["error_description"].as_str().unwrap().contains("Idempotency-Key"));
                continue;
            }
            let problem = answer.refused(400, "invalid_header");
            assert_eq!(problem["header"], "Idempotency-Key", "{} {path}", route.method);
            assert!(problem["detail"].is_string());
        }
    }
    assert!(refused > 20, "{refused}");
}

async fn a_key_knows_its_body_however_it_is_written(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let clerk = hall.staff(Role::Clerk).await;
    let body = application(1);
    let sent = async |text: String| {
        let request = clerk.request(Method::POST, "/cases").await.header("Idempotency-Key", "key");
        send(request.header(CONTENT_TYPE, "application/json").body(text)).await
    };
    let opened = sent(body.to_string()).await.expect(201);
    let pretty = serde_json::to_string_pretty(&body).unwrap();
    let mut members: Vec<String> =
        body.as_object().unwrap().iter().map(|(name, value)| format!("{}:{value}", json!(name))).collect();
    members.reverse();
    let escaped: String = body.to_string().chars().map(escape).collect();
    for text in [
        pretty.clone(),
        pretty.replace('\n', "\r\n"),
        format!("\u{feff}{pretty}\n"),
        format!("{{{}}}", members.join(",")),
        escaped,
        body.to_string().replace("\"service_years\":1", "\"service_years\":1.0"),
    ] {
        assert_eq!(sent(text.clone()).await.expect(201), opened, "{text}");
    }
    for (name, value) in [("service_years", json!(2)), ("outlet", json!("")), ("service_years", json!("1"))] {
        let mut changed = body.clone();
        changed[name] = value;
        sent(changed.to_string()).await.refused(422, "idempotency_key_reused");
    }
}

/// A character as JSON may write it, too.
fn escape(character: char) -> String {
    if character.is_ascii() { character.to_string() } else { format!("\\u{:04x}", u32::from(character)) }
}

async fn lists_show_what_is_not_overdue(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let clerk = hall.staff(Role::Clerk).await;
    let open = async |number: u32| {
        let case = clerk.post("/cases", &application(number)).await.expect(201);
        case["acceptance_number"].as_str().unwrap().to_owned()
    };
    let (late, withdrawn) = (open(1).await, open(2).await);
    clerk.act(&withdrawn, "withdraw", &json!({ "reason": "不办了" })).await.expect(200);
    hall.set_time("2026-03-16T09:30:00Z"); // the limit itself
    let listed = async |query: &str| {
        let list = clerk.get(&format!("/cases?{query}")).await.expect(200);
        let cases = list["items"].as_array().unwrap().iter();
        for case in cases.clone() {
            assert_eq!(case["overdue"], query.contains("overdue=true"), "{query}: {case}");
        }
        cases.map(|case| case["acceptance_number"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(listed("overdue=false").await, [withdrawn.clone(), late.clone()]);
    hall.advance(chrono::Duration::seconds(1));
    let young = open(3).await;
    assert_eq!(listed("overdue=false").await, [young.clone(), withdrawn]);
    assert_eq!(listed("overdue=false&closed=false").await, [young]);
    assert_eq!(listed("overdue=true").await, [late]);
}

#[tokio::test]
async fn every_refusal_of_data_has_a_detail() {
    let hall = Hall::open(TestDatabase::sqlite()).await;
    let stage = Stage::set(&hall).await;
    let people = everybody(&hall).await;
    let mut refused = 0;
    for route in Route::all(&hall).await.iter().filter(|route| route.reads_json()) {
        for path in stage.paths(route) {
            for body in ["{}", "[]", r#"{"colour":"red"}"#, r#"{"reason":" "}"#, r#"{"cases":[{"case":"x"}]}"#] {
                let headers = [("If-Match", "\"1\""), ("Content-Type", "application/json")];
                for answer in answers(&people, &route.method, &path, &headers, body).await {
                    if answer.status == 422 {
                        refused += 1;
                        let said = answer.body["detail"].as_str().unwrap_or_default();
                        assert!(!said.is_empty(), "{} {path}: {}", route.method, answer.body);
                    }
                }
            }
        }
    }
    assert!(refused > 60, "{refused}");
    let eligibility = people[0].get("/organizations/x/eligibility").await.refused(422, "invalid_request");
    assert!(eligibility["detail"].is_string(), "{eligibility}");
    let rows = json!({ "cases": [{ "case": stage.case }], "assignee": "nobody" });
    let batch = people[0].post("/batches/assign", &rows).await.expect(200);
    let problem: &Value = &batch["results"][0]["problem"];
    assert!(problem["status"] == 422 && problem["detail"].is_string(), "{problem}");
}

#[tokio::test]
async fn a_version_that_a_proxy_marked_as_compressed_is_the_same_version() {
    let hall = Hall::open(TestDatabase::sqlite()).await;
    let stage = Stage::set(&hall).await;
    let person = stage.person();
    let row = format!("/cases/{}/materials/e-seal-agreement", stage.case);
    let check = json!({ "copies_received": 1, "copies_stamped": 0 });
    let put = async |tag: &str| {
        let request = person.request(Method::PUT, &row).await.header("If-Match", tag);
        send(request.json(&check)).await
    };
    put("\"0-gzip\"").await.expect(200);
    put("\"0-gzip\"").await.refused(412, "version_stale");
    // The tag of an answer is one of its version, too.
    let whole = format!("/cases/{}/materials", stage.case);
    let current = person.get(&whole).await.header("ETag").to_owned();
    let request = person.request(Method::PUT, &whole).await.header("If-Match", &current);
    let rows = json!({ "materials": [{ "material": "e-seal-agreement", "copies_received": 2, "copies_stamped": 0 }] });
    send(request.json(&rows)).await.expect(200);
    let asked = format!("/certificates/{}/authorizations/urban-construction", stage.serial);
    let tag = person.get(&asked).await.header("ETag").to_owned();
    for seen in [tag.clone(), format!("W/{tag}"), format!("{}-gzip\"", tag.trim_end_matches('"'))] {
        let request = person.request(Method::GET, &asked).await.header("If-None-Match", &seen);
        assert_eq!(send(request).await.status, 304, "{seen}");
    }
}

#[tokio::test]
async fn who_calls_and_what_is_sent_is_said_once() {
    let hall = Hall::open(TestDatabase::sqlite()).await;
    let clerk = hall.staff(Role::Clerk).await;
    for (name, other) in [("Authorization", "Bearer x"), ("Content-Type", "text/plain")] {
        let request = clerk.request(Method::POST, "/cases").await.json(&application(1)).header(name, other);
        assert_eq!(send(request).await.refused(400, "invalid_header")["header"], name);
    }
    clerk.post("/cases", &application(1)).await.expect(201);
}
