//! Many applications in one request: what becomes of each is the same as if it had been sent by itself, and nothing happens twice.

use casehall::domain::accounts::role::{Role, Scope};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, RngSeed, TestRunner};
use reqwest::Method;
use serde_json::{Value, json};

use crate::databases::{TestDatabase, on_both};
use crate::hall::{Answer, Hall, Person, application, send, until};

on_both!(
    many_applications_are_answered_and_recorded_as_one_after_the_other,
    a_repeated_bulk_opens_nothing_twice_and_tries_again_what_was_refused,
    the_same_bulk_sent_twice_at_once_opens_each_case_once,
    a_bulk_that_is_stopped_goes_on_with_the_same_request,
    a_long_body_keeps_nobody_else_waiting,
);

const BULK: &str = "/cases/bulk";

async fn sent(person: &Person<'_>, key: &str, applications: &[Value]) -> Answer {
    person.post_once(BULK, key, &json!({ "applications": applications })).await
}

/// The rows of an answer, after the sums were held against them.
async fn rows(person: &Person<'_>, key: &str, applications: &[Value]) -> Vec<Value> {
    let answer = sent(person, key, applications).await.expect(200);
    let results = answer["results"].as_array().unwrap();
    assert_eq!(results.len(), applications.len());
    for result in ["opened", "repeated", "refused"] {
        assert_eq!(answer[result], results.iter().filter(|row| row["result"] == result).count());
    }
    results.clone()
}

fn words(rows: &[Value]) -> Vec<&str> {
    rows.iter().map(|row| row["problem"]["code"].as_str().or(row["result"].as_str()).unwrap()).collect()
}

/// One application of a random bulk: of few organizations, so that they come back, and wrong in any way.
fn random_application() -> impl Strategy<Value = Value> {
    (1..=9_u32, 0..12_u8).prop_map(|(organization, kind)| {
        let mut draft = application(organization);
        match kind {
            0 => draft["colour"] = json!("red"),
            1 => draft["service_years"] = json!("one"),
            2 => draft["organization"]["name"] = json!("甲\u{7}"),
            3 => draft["organization"]["unified_social_credit_code"] = json!("91440112PDY410932X"),
            4 => draft["case_type"] = json!("none"),
            5 => draft["outlet"] = json!("panyu"),
            6 => draft["metadata"] = json!({ "order": "13800138000" }),
            7 => draft = json!({}),
            8 => draft = if organization > 4 { Value::Null } else { json!([1]) },
            _ => {}
        }
        draft
    })
}

/// Without what is of one hall alone: ids, and the number of the request.
fn comparable(mut value: Value) -> Value {
    fn strip(value: &mut Value) {
        match value {
            Value::Object(members) => {
                members.retain(|name, _| !["request_id", "actor"].contains(&name.as_str()));
                members.values_mut().for_each(strip);
            }
            Value::Array(items) => items.iter_mut().for_each(strip),
            Value::String(text) if uuid::Uuid::parse_str(text).is_ok() => *value = json!("id"),
            _ => {}
        }
    }
    strip(&mut value);
    value
}

async fn many_applications_are_answered_and_recorded_as_one_after_the_other(database: TestDatabase) {
    let is_file = database.address.sqlite_path().is_some();
    let other = if is_file { TestDatabase::sqlite() } else { TestDatabase::postgres() };
    let (hall, single) = (Hall::open(database).await, Hall::open(other).await);
    let (many, one) = (hall.staff(Role::Clerk).await, single.staff(Role::Clerk).await);
    let config = Config { rng_seed: RngSeed::Fixed(14), failure_persistence: None, ..Config::default() };
    let mut runner = TestRunner::new(config);
    let strategy = proptest::collection::vec(random_application(), 1..16);
    let (mut opened, mut refused) = (0, 0);
    for round in 0..8 {
        let applications = strategy.new_tree(&mut runner).unwrap().current();
        let rows = rows(&many, &format!("round-{round}"), &applications).await;
        for (row, draft) in rows.into_iter().zip(&applications) {
            let answer = one.post("/cases", draft).await;
            if answer.status == 201 {
                let case = answer.body;
                assert_eq!((&row["result"], &row["problem"]), (&json!("opened"), &Value::Null), "{draft}");
                for member in ["acceptance_number", "version"] {
                    assert_eq!(row[member], case[member], "{draft}");
                }
                let number = case["acceptance_number"].as_str().unwrap();
                let events = format!("/cases/{number}/events");
                let (left, right) = (many.get(&events).await.expect(200), one.get(&events).await.expect(200));
                assert_eq!(comparable(left), comparable(right), "{draft}");
                let read = many.get(&format!("/cases/{}", row["id"].as_str().unwrap())).await.expect(200);
                assert_eq!(read["acceptance_number"], number);
                opened += 1;
            } else {
                assert_eq!(row["result"], "refused", "{draft}");
                assert_eq!(comparable(row["problem"].clone()), comparable(answer.body), "{draft}");
                assert_eq!(
                    (&row["id"], &row["acceptance_number"], &row["version"]),
                    (&Value::Null, &Value::Null, &Value::Null)
                );
                refused += 1;
            }
        }
    }
    assert!(opened >= 5 && refused >= 20, "{opened} opened, {refused} refused");
}

async fn a_repeated_bulk_opens_nothing_twice_and_tries_again_what_was_refused(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let (clerk, portal) = (hall.staff(Role::Clerk).await, hall.client("portal", &Scope::ALL).await);
    let standing = clerk.post("/cases", &application(3)).await.expect(201);
    let mut faulty = application(4);
    faulty["service_years"] = json!(9);
    let asked = [application(1), application(2), application(3), faulty, application(1)];
    let first = rows(&portal, "key", &asked).await;
    assert_eq!(words(&first), ["opened", "opened", "already_applied", "invalid_request", "already_applied"]);
    let faults = &first[3]["problem"]["errors"];
    assert_eq!((&faults[0]["pointer"], faults.as_array().unwrap().len()), (&json!("/service_years"), 1));
    // What was in the way is gone by now.
    let number = standing["acceptance_number"].as_str().unwrap();
    clerk.act(number, "withdraw", &json!({ "reason": "不办了" })).await.expect(200);
    let second = rows(&portal, "key", &asked).await;
    assert_eq!(words(&second), ["repeated", "repeated", "opened", "invalid_request", "already_applied"]);
    for (first, second) in first.iter().zip(&second).take(2) {
        assert_eq!(
            (&first["id"], &first["acceptance_number"], &first["version"]),
            (&second["id"], &second["acceptance_number"], &second["version"])
        );
    }
    // Written in another way it is the same application; another one is refused, whatever else is wrong with it; further ones are new.
    let mut changed = asked.to_vec();
    changed[0]["service_years"] = json!(1.0);
    changed[1] = json!({ "colour": "red" });
    changed[2]["service_years"] = json!(2);
    changed.push(application(5));
    let third = rows(&portal, "key", &changed).await;
    let expected = [
        "repeated",
        "idempotency_key_reused",
        "idempotency_key_reused",
        "invalid_request",
        "already_applied",
        "opened",
    ];
    assert_eq!(words(&third), expected);
    // The key is the caller's own, and one that a single request had is none of a bulk.
    assert_eq!(words(&rows(&clerk, "key", &asked[..1]).await), ["already_applied"]);
    portal.post_once("/cases", "single", &application(6)).await.expect(201);
    sent(&portal, "single", &[application(7)]).await.refused(422, "idempotency_key_reused");
    let listed = portal.get("/cases?limit=100").await.expect(200);
    assert_eq!(listed["items"].as_array().unwrap().len(), 5);
}

async fn the_same_bulk_sent_twice_at_once_opens_each_case_once(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let beside = hall.beside().await;
    let clerk = hall.staff(Role::Clerk).await;
    let colleague = Person::at(&beside.base, &*beside.clock, clerk.name());
    for round in 0..4_u32 {
        let asked: Vec<Value> = (1..=12).map(|number| application(round * 12 + number)).collect();
        let key = format!("round-{round}");
        let (left, right) = tokio::join!(rows(&clerk, &key, &asked), rows(&colleague, &key, &asked));
        for (left, right) in left.iter().zip(&right) {
            let mut results = [&left["result"], &right["result"]].map(|result| result.as_str().unwrap());
            results.sort_unstable();
            assert_eq!(results, ["opened", "repeated"], "{left} {right}");
            assert_eq!((&left["id"], &left["acceptance_number"]), (&right["id"], &right["acceptance_number"]));
        }
    }
    let supervisor = hall.person(&[Role::Supervisor], None).await;
    let listed = supervisor.get("/cases?limit=100").await.expect(200);
    assert_eq!(listed["items"].as_array().unwrap().len(), 48);
}

async fn a_bulk_that_is_stopped_goes_on_with_the_same_request(database: TestDatabase) {
    const ASKED: u32 = 200;
    let hall = Hall::open(database).await;
    let beside = hall.beside().await;
    let clerk = hall.staff(Role::Clerk).await;
    let colleague = Person::at(&beside.base, &*beside.clock, clerk.name());
    let asked: Vec<Value> = (1..=ASKED).map(application).collect();
    let opened = async || {
        let listed = colleague.get("/cases?limit=1").await.expect(200);
        !listed["items"].as_array().unwrap().is_empty()
    };
    colleague.get("/me").await.expect(200);
    let stopped = async {
        until("something is opened", opened).await;
        hall.running.tell_of_stop();
    };
    let (first, ()) = tokio::join!(rows(&clerk, "key", &asked), stopped);
    let done = first.iter().filter(|row| row["result"] == "opened").count();
    let (before, after) = first.split_at(done);
    assert!(before.iter().all(|row| row["result"] == "opened") && done > 0, "{done}");
    assert!(after.iter().all(|row| row["problem"]["code"] == "unavailable"), "{:?}", after.first());
    let second = rows(&colleague, "key", &asked).await;
    for (row, (first, second)) in first.iter().zip(&second).enumerate() {
        let expected = if row < done { "repeated" } else { "opened" };
        assert_eq!(second["result"], expected, "{row}");
        assert!(row >= done || first["id"] == second["id"], "{row}");
    }
}

#[tokio::test]
async fn a_bulk_has_a_key_and_1_to_200_applications_and_nothing_else() {
    let hall = Hall::open(TestDatabase::sqlite()).await;
    let (clerk, producer) = (hall.staff(Role::Clerk).await, hall.staff(Role::Producer).await);
    let asked = json!({ "applications": [application(1)] });
    assert_eq!(clerk.post(BULK, &asked).await.refused(400, "invalid_header")["header"], "Idempotency-Key");
    producer.post(BULK, &asked).await.refused(403, "role_missing");
    hall.client("reader", &[Scope::CasesRead]).await.post(BULK, &asked).await.refused(403, "forbidden");
    let faults = async |body: Value| {
        let answer = clerk.post_once(BULK, "faulty", &body).await;
        let faults = answer.faults();
        answer.refused(422, "invalid_request");
        faults
    };
    let fault = |pointer: &str, code: &str| vec![(pointer.to_owned(), code.to_owned())];
    assert_eq!(faults(json!({})).await, fault("/applications", "missing_field"));
    assert_eq!(faults(json!([])).await, fault("", "wrong_type"));
    assert_eq!(faults(json!({ "applications": {} })).await, fault("/applications", "wrong_type"));
    assert_eq!(faults(json!({ "applications": [] })).await, fault("/applications", "too_few_items"));
    let many = json!({ "applications": vec![json!(1); 201] });
    assert_eq!(faults(many).await, fault("/applications", "too_many_items"));
    let odd = json!({ "applications": [application(1)], "colour": "red" });
    assert_eq!(faults(odd).await, fault("/colour", "unknown_field"));
    clerk.get(BULK).await.refused(405, "method_not_allowed");
    let listed = clerk.get("/cases").await.expect(200);
    assert_eq!(listed["items"], json!([]), "nothing was opened by any of these");
}

/// How long the longest JSON of a schema is, with Chinese wherever a text may have it.
fn longest(document: &Value, schema: &Value) -> usize {
    if let Some(name) = schema["$ref"].as_str() {
        return longest(document, document.pointer(name.trim_start_matches('#')).unwrap());
    }
    let least = |name: &str| schema[name].as_u64().unwrap_or_else(|| panic!("no {name}: {schema}")) as usize;
    let kind = schema["type"].as_str().unwrap_or_else(|| panic!("no type: {schema}"));
    match kind {
        "string" => 3 * least("maxLength") + 2,
        "integer" => 3,
        "boolean" => 5,
        "array" => least("maxItems") * (longest(document, &schema["items"]) + 1) + 2,
        "object" if schema["properties"].is_object() => {
            let members = schema["properties"].as_object().unwrap().iter();
            2 + members.map(|(name, member)| name.len() + 4 + longest(document, member)).sum::<usize>()
        }
        "object" => {
            let (key, value) =
                (schema["propertyNames"]["maxLength"].as_u64().unwrap(), &schema["additionalProperties"]);
            2 + least("maxProperties") * (key as usize + 4 + longest(document, value))
        }
        other => panic!("{other}: {schema}"),
    }
}

#[tokio::test]
async fn a_body_may_be_as_long_as_200_of_the_longest_applications_and_not_much_longer() {
    let hall = Hall::open(TestDatabase::sqlite()).await;
    let clerk = hall.staff(Role::Clerk).await;
    let document = hall.nobody().get("//openapi.json").await.expect(200);
    let needed = 200 * longest(&document, &document["components"]["schemas"]["OpenCaseRequest"]);
    let sent = async |bytes: usize| {
        let request = clerk.request(Method::POST, BULK).await.header("Idempotency-Key", "long");
        send(request.header("Content-Type", "application/json").body(" ".repeat(bytes))).await
    };
    sent(needed).await.refused(400, "malformed_json");
    let limit = sent(needed + needed / 20).await.refused(413, "content_too_large");
    assert!(limit["limit_bytes"].as_u64().unwrap() as usize >= needed, "{limit}");
}

#[tokio::test]
async fn a_bulk_counts_as_one_request_of_a_system() {
    let hall = Hall::with(TestDatabase::sqlite(), &[("SERVER__SYSTEM_REQUESTS_PER_MINUTE", "3")]).await;
    let portal = hall.client("portal", &[Scope::CasesOpen]).await;
    let asked: Vec<Value> = (1..=5).map(application).collect();
    let answer = sent(&portal, "key", &asked).await;
    assert!(answer.header("RateLimit").starts_with("\"requests\";r=2;t="), "{}", answer.header("RateLimit"));
    assert_eq!(answer.expect(200)["opened"], 5);
}

/// Of one thread that answers everybody: a body of megabytes is understood beside it.
async fn a_long_body_keeps_nobody_else_waiting(database: TestDatabase) {
    let hall = Hall::with(database, &[("SERVER__WORKERS", "1")]).await;
    let (clerk, other) = (hall.staff(Role::Clerk).await, hall.nobody());
    let members: serde_json::Map<String, Value> = (0..3000).map(|n| (format!("unknown_{n}"), json!(n))).collect();
    let applications = vec![Value::Object(members); 100];
    clerk.get("/me").await.expect(200);
    let (began, longest) = (std::time::Instant::now(), std::sync::Mutex::new(std::time::Duration::ZERO));
    let ended = std::sync::atomic::AtomicBool::new(false);
    let meanwhile = async {
        while !ended.load(std::sync::atomic::Ordering::Relaxed) {
            let asked = std::time::Instant::now();
            other.get("//healthz").await.expect(200);
            let mut longest = longest.lock().unwrap();
            *longest = asked.elapsed().max(*longest);
        }
    };
    let long = async {
        let refused = rows(&clerk, "long", &applications).await;
        ended.store(true, std::sync::atomic::Ordering::Relaxed);
        refused
    };
    let (refused, ()) = tokio::join!(long, meanwhile);
    assert_eq!(words(&refused), ["invalid_request"; 100]);
    let (longest, all) = (longest.into_inner().unwrap(), began.elapsed());
    assert!(longest < all / 3, "somebody else waited {longest:?} of {all:?}");
}
