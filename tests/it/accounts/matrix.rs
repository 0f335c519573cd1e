//! Role × endpoint × outlet: for each operation of the description, who is let in, against the table in `tests/data/access.txt`.

use std::collections::BTreeMap;

use casehall::domain::accounts::role::{Role, Scope};
use reqwest::Method;
use serde_json::{Value, json};

use crate::databases::TestDatabase;
use crate::hall::{Answer, CENTER, Hall, Person, TWO_OUTLETS, all_in_order, application, organization_code, send};

/// Who is let in where, by hand: what the hall wants, not what it does.
const TABLE: &str = include_str!("../../data/access.txt");

/// An operation of the description, and what is sent to it.
struct Operation {
    name: String,
    method: Method,
    path: String,
    media_type: String,
    body: Value,
    is_open: bool,
    takes_key: bool,
}

/// What is there for everybody to ask for, all of the center.
struct There {
    case: String,
    receipt: String,
    username: String,
    user: String,
    import: String,
    webhook: String,
}

/// A path with its parameters filled with what is there.
fn filled(template: &str, there: &There) -> String {
    let values = [
        ("{key}", there.case.as_str()),
        ("{action}", if template.contains("/batches/") { "box_certificate" } else { "withdraw" }),
        ("{year}", "2026"),
        ("{material}", "e-seal-agreement"),
        ("{receipt}", &there.receipt),
        ("{serial}", "GZ2026-000147"),
        ("{application}", "urban-construction"),
        ("{act}", "suspend"),
        ("{username}", &there.username),
        ("users/{id}", &format!("users/{}", there.user)),
        ("imports/{id}", &format!("imports/{}", there.import)),
        ("webhooks/{id}", &format!("webhooks/{}", there.webhook)),
        ("{client_id}", "spare-system"),
        ("{number}", "1"),
        ("{kid}", "none"),
    ];
    let path = values.iter().fold(template.to_owned(), |path, (name, value)| path.replace(name, value));
    let code = if path.contains("/case-types/") { "new-certificate" } else { "urban-construction" };
    let code = if path.contains("/organizations/") { "69127000X" } else { code };
    let name = if path.contains("/worklists/") { "to_check" } else { "throughput" };
    let path = path.replace("{code}", code).replace("{name}", name);
    assert!(!path.contains('{'), "tell the matrix what to put into {path}");
    path
}

fn operations(document: &Value, there: &There) -> Vec<Operation> {
    let mut found = Vec::new();
    for (template, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let content = operation["requestBody"]["content"].as_object();
            let (media_type, body) = content.and_then(|content| content.iter().next()).map_or_else(
                || (String::new(), Value::Null),
                |(media_type, content)| (media_type.clone(), example(document, &content["schema"])),
            );
            let method: Method = method.to_uppercase().parse().unwrap();
            found.push(Operation {
                name: format!("{method} {template}"),
                method,
                path: filled(template, there),
                media_type,
                body,
                is_open: operation["security"] == json!([{}]),
                takes_key: operation["parameters"].to_string().contains("\"Idempotency-Key\""),
            });
        }
    }
    // What is removed is there for all others before.
    found.sort_by_key(|operation| operation.name.starts_with("DELETE /api/v1/webhooks"));
    found
}

/// What the description gives as an example of a body.
fn example(document: &Value, schema: &Value) -> Value {
    let named = schema["$ref"].as_str().and_then(|name| document.pointer(name.trim_start_matches('#')));
    let schema = named.unwrap_or(schema);
    let given = [&schema["example"], &schema["examples"][0]].into_iter().find(|example| !example.is_null());
    given.cloned().unwrap_or(json!({}))
}

/// Asks as somebody would who has just read the case.
async fn ask(caller: &Person<'_>, operation: &Operation, version: &str) -> Answer {
    let relative = operation.path.strip_prefix("/api/v1").map_or_else(|| format!("/{}", operation.path), str::to_owned);
    let request = caller.request(operation.method.clone(), &relative).await.header("If-Match", version);
    let keys = operation.takes_key.then(|| uuid::Uuid::now_v7().to_string());
    let request = keys.iter().fold(request, |request, key| request.header("Idempotency-Key", key));
    send(match operation.media_type.as_str() {
        "" => request,
        "application/json" => request.json(&operation.body),
        other => request.header("Content-Type", other).body("x"),
    })
    .await
}

/// `yes` for whoever is let in, whatever the answer then is; else the status of the refusal. A wrong password is an answer.
fn outcome(answer: &Answer) -> String {
    match answer.status {
        401 if answer.body["code"] != "unauthorized" => "yes".to_owned(),
        status @ (401 | 403 | 404) => status.to_string(),
        status => {
            assert!(status < 500, "{answer:?}");
            "yes".to_owned()
        }
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

/// A case with a payment, and a certificate that another case made.
async fn arranged(hall: &Hall) -> There {
    let clerk = hall.staff(Role::Clerk).await;
    let made = clerk.post("/cases", &application(1)).await.expect(201);
    let number = made["acceptance_number"].as_str().unwrap();
    clerk.act(number, "record_materials", &all_in_order(&made)).await.expect(200);
    clerk.act(number, "accept_materials", &json!({})).await.expect(200);
    let certificate = json!({ "certificate": { "serial": "GZ2026-000147", "medium_number": "KEY-0000147" } });
    hall.staff(Role::Producer).await.act(number, "record_certificate", &certificate).await.expect(200);
    let collector = json!({ "name": "曾国栋", "document_number": "440199198701195759", "document_sighted": true });
    for (action, body) in [
        ("record_payment", json!({ "payment": { "amount_fen": 60_000, "method": "cash" } })),
        ("record_collector", json!({ "collector": collector })),
        ("issue", json!({})),
        ("activate", json!({})),
    ] {
        clerk.act(number, action, &body).await.expect(200);
    }
    let waiting = clerk.post("/cases", &application(2)).await.expect(201);
    let case = waiting["acceptance_number"].as_str().unwrap().to_owned();
    let payment = json!({ "payment": { "amount_fen": 20_000, "method": "cash" } });
    let paid = clerk.act(&case, "record_payment", &payment).await.expect(200);
    let receipt = paid["fee"]["payments"][0]["receipt"].as_str().unwrap().to_owned();
    let username = clerk.name().to_owned();
    let security = hall.person(&[Role::SecurityAdministrator], None).await;
    let spare = hall.staff(Role::Clerk).await;
    let user = hall.account(&security, spare.name()).await.trim_start_matches("/users/").to_owned();
    hall.client("spare-system", &[Scope::CasesRead]).await;
    let code = organization_code(9);
    let table = format!(
        "serial,medium_number,organization_name,organization_code,valid_from,valid_until\n\
         GZ-OLD-1,KEY-OLD-1,单位,{code},2025-01-01,2027-12-31\n"
    );
    let supervisor = hall.staff(Role::Supervisor).await;
    let request = supervisor.request(Method::POST, "/certificates/imports").await;
    let entered = send(request.header("Content-Type", "text/csv").body(table)).await.expect(200);
    let asked = json!({ "client_id": "spare-system", "url": "https://spare.example.org/hook" });
    let webhook = security.post("/webhooks", &asked).await.expect(201);
    let (import, webhook) = (text(&entered["import"]), text(&webhook["webhook"]["id"]));
    There { case, receipt, username, user, import, webhook }
}

/// The columns of the table, and whose they are: first the people of the case's outlet and of the hall, then those of another outlet.
const COLUMNS: [(&str, Role, &str); 10] = [
    ("auditor", Role::Auditor, CENTER),
    ("administrator", Role::Administrator, CENTER),
    ("security", Role::SecurityAdministrator, CENTER),
    ("producer", Role::Producer, CENTER),
    ("clerk", Role::Clerk, CENTER),
    ("supervisor", Role::Supervisor, CENTER),
    ("auditor", Role::Auditor, ELSEWHERE),
    ("producer", Role::Producer, ELSEWHERE),
    ("clerk", Role::Clerk, ELSEWHERE),
    ("supervisor", Role::Supervisor, ELSEWHERE),
];
/// Another outlet than that of the case.
const ELSEWHERE: &str = "panyu";

/// In which order they ask: those of another outlet first, since they find what the others may take away.
fn asking() -> impl Iterator<Item = usize> {
    (0..COLUMNS.len()).map(|place| (place + 6) % COLUMNS.len())
}

#[tokio::test]
async fn every_operation_lets_in_whom_the_table_names() {
    let hall = Hall::with(TestDatabase::sqlite(), &[TWO_OUTLETS]).await;
    let there = arranged(&hall).await;
    let document = hall.nobody().get("//openapi.json").await.expect(200);
    let mut people = Vec::new();
    for (_, role, outlet) in COLUMNS {
        people.push(hall.person(&[role], Some(outlet)).await);
    }
    let mut systems = Vec::new();
    for scope in Scope::ALL {
        systems.push((scope.code(), hall.client(&scope.code().replace(':', "-"), &[scope]).await));
    }
    let without_scope = hall.client("without-scope", &[]).await;
    let nobody = hall.nobody();

    let mut table: BTreeMap<String, Vec<String>> = TABLE
        .lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .map(|line| line.split_whitespace().map(str::to_owned).collect::<Vec<_>>())
        .map(|mut cells| (cells.drain(..2).collect::<Vec<_>>().join(" "), cells))
        .collect();
    let (mut differing, mut told_first) = (Vec::new(), Vec::new());
    let reader = hall.staff(Role::Supervisor).await;
    for operation in operations(&document, &there) {
        let seen = reader.get(&format!("/cases/{}", there.case)).await;
        let sheets = seen.body["materials"]["sheets"].as_array().unwrap();
        let sheet = sheets.iter().find(|sheet| sheet["material"] == "e-seal-agreement").unwrap();
        let of_sheet = format!("\"{}\"", sheet["version"]);
        let version = if operation.name.ends_with("{material}") { &of_sheet } else { seen.header("ETag") };
        let stranger = outcome(&ask(&nobody, &operation, version).await);
        let mut row = Vec::new();
        if operation.is_open {
            row.push("open".to_owned());
        } else {
            assert_eq!(stranger, "401", "{}", operation.name);
            row.resize(COLUMNS.len(), String::new());
            for column in asking() {
                let (_, role, outlet) = COLUMNS[column];
                // Whoever signs out is somebody of their own.
                let leaves = operation.name.starts_with("DELETE /api/v1/sessions");
                let leaving = if leaves { Some(hall.person(&[role], Some(outlet)).await) } else { None };
                let person = leaving.as_ref().unwrap_or(&people[column]);
                let answered = outcome(&ask(person, &operation, version).await);
                // Whoever may not learns nothing of the version, and isn't sent to read it again.
                if answered == "403" || answered == "404" {
                    let stale = outcome(&ask(person, &operation, "\"987654\"").await);
                    if stale != answered {
                        told_first.push(format!("{} by {role:?}: {stale}", operation.name));
                    }
                }
                row[column] = answered;
            }
            let mut scopes = Vec::new();
            for (scope, system) in &systems {
                if outcome(&ask(system, &operation, version).await) != "403" {
                    scopes.push(*scope);
                }
            }
            let any = outcome(&ask(&without_scope, &operation, version).await) != "403";
            row.push(if any {
                "any".to_owned()
            } else if scopes.is_empty() {
                "-".to_owned()
            } else {
                scopes.join(",")
            });
        }
        let wanted = table.remove(&operation.name);
        if wanted.as_ref() != Some(&row) {
            differing.push(format!("{:<60} {}   (the table: {wanted:?})", operation.name, row.join(" ")));
        }
    }
    assert!(told_first.is_empty(), "who may not is told that before the version is looked at: {told_first:?}");
    let columns: Vec<&str> = COLUMNS.iter().map(|(column, ..)| *column).collect();
    assert!(differing.is_empty(), "{}\n{}", columns.join(" "), differing.join("\n"));
    assert!(table.is_empty(), "operations that aren't described: {:?}", table.keys());
}

/// The roles that the description names, in the columns of the table.
const ROLES: [(&str, usize); 6] = [
    ("`auditor`", 0),
    ("`administrator`", 1),
    ("`security_administrator`", 2),
    ("`producer`", 3),
    ("`clerk`", 4),
    ("`supervisor`", 5),
];

#[tokio::test]
async fn the_description_says_who_is_let_in() {
    let document = Hall::with(TestDatabase::sqlite(), &[]).await.nobody().get("//openapi.json").await.expect(200);
    for line in TABLE.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
        let cells: Vec<&str> = line.split_whitespace().collect();
        let operation = &document["paths"][cells[1]][cells[0].to_lowercase()];
        let security = &operation["security"];
        let [columns @ .., systems] = &cells[2..] else { panic!("{line}") };
        let bearer = json!({ "bearer": [] });
        let wanted = match *systems {
            "open" => json!([{}]),
            "-" => json!([bearer]),
            "any" => json!([bearer, { "systems": [] }]),
            scopes => {
                let each = scopes.split(',').map(|scope| json!({ "systems": [scope] }));
                [bearer].into_iter().chain(each).collect()
            }
        };
        assert_eq!(security, &wanted, "{line}");
        if *systems == "open" {
            continue;
        }
        let words = operation["description"].as_str().unwrap().rsplit("\n\n").next().unwrap();
        let operation = cells[..2].join(" ");
        for (role, column) in ROLES {
            let is_named = words.contains("in every role") || words.contains(role);
            // At the case's outlet 404 says that there is no such thing, to whoever may ask.
            let is_let_in = columns[column] != "403" || FOR_OTHER_THINGS.contains(&(operation.as_str(), role));
            assert_eq!(is_named, is_let_in, "{line}: {role}: {words}");
        }
    }
}

/// Whom the matrix sees refused, and who is let in for another thing of the kind: [`whoever_is_named_is_let_in_for_something`] asks for it.
const FOR_OTHER_THINGS: [(&str, &str); 4] = [
    ("POST /api/v1/cases/{key}/actions/{action}", "`producer`"),
    ("PUT /api/v1/cases/{key}/assignee", "`producer`"),
    ("PUT /api/v1/cases/{key}/assignee", "`clerk`"),
    ("GET /api/v1/worklists/{name}", "`producer`"),
];

#[tokio::test]
async fn whoever_is_named_is_let_in_for_something() {
    let hall = Hall::open(TestDatabase::sqlite()).await;
    let [clerk, producer] = [hall.staff(Role::Clerk).await, hall.staff(Role::Producer).await];
    let colleague = hall.staff(Role::Clerk).await;
    for (number, own) in [(1, &clerk), (2, &producer)] {
        let case = clerk.post("/cases", &application(number)).await.expect(201);
        let key = case["acceptance_number"].as_str().unwrap();
        own.post(&format!("/cases/{key}/claim"), &json!({})).await.expect(200);
        let request = own.request(Method::PUT, &format!("/cases/{key}/assignee")).await;
        send(request.json(&json!({ "assignee": colleague.name() }))).await.expect(200);
    }
    producer.get("/worklists/to_make").await.expect(200);
    let case = clerk.post("/cases", &application(3)).await.expect(201);
    let key = case["acceptance_number"].as_str().unwrap();
    clerk.act(key, "record_materials", &all_in_order(&case)).await.expect(200);
    clerk.act(key, "accept_materials", &json!({})).await.expect(200);
    let certificate = json!({ "certificate": { "serial": "GZ2026-000148", "medium_number": "KEY-0000148" } });
    producer.act(key, "record_certificate", &certificate).await.expect(200);
}
