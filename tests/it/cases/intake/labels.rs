//! What whoever opened a case calls it and keeps with it: shown as it was given, found by, changed by them alone.

use casehall::domain::accounts::role::{Role, Scope};
use reqwest::Method;
use serde_json::{Value, json};

use crate::certificates::register::registration;
use crate::databases::{TestDatabase, on_both};
use crate::hall::{Answer, Hall, Person, TWO_OUTLETS, addition, application, send};

on_both!(
    what_is_kept_with_a_case_comes_back_and_finds_it,
    a_pair_of_many_cases_is_turned_over_page_by_page,
    what_was_changed_is_found_and_what_was_before_is_not,
    labels_are_changed_by_whoever_opened_the_case_and_who_corrects_applications,
    nobody_finds_what_they_may_not_see,
    what_is_no_label_is_refused_where_it_stands,
    a_request_sent_again_answers_the_labels_of_then,
    a_case_that_is_labelled_again_and_again_keeps_its_labels_in_the_end_and_its_timeline_has_pages,
);

fn encoded(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

/// An application with labels.
fn labelled(number: u32, reference: &str, metadata: Value) -> Value {
    let mut request = application(number);
    (request["reference"], request["metadata"]) = (reference.into(), metadata);
    request
}

fn number_of(case: &Value) -> String {
    case["acceptance_number"].as_str().unwrap().to_owned()
}

/// The numbers of the cases on a page.
fn numbers(page: &Value) -> Vec<String> {
    page["items"].as_array().unwrap().iter().map(number_of).collect()
}

/// The cases that bear a reference, and those that have all of some pairs.
async fn found(person: &Person<'_>, reference: &str, pairs: &[(&str, &str)]) -> [Vec<String>; 2] {
    let pairs: Vec<String> =
        pairs.iter().map(|(key, value)| format!("metadata={}", encoded(&format!("{key}:{value}")))).collect();
    let by_reference = person.get(&format!("/cases?reference={}", encoded(reference))).await.expect(200);
    let by_pairs = person.get(&format!("/cases?{}", pairs.join("&"))).await.expect(200);
    [numbers(&by_reference), numbers(&by_pairs)]
}

async fn label(person: &Person<'_>, case: &str, version: &str, labels: &Value) -> Answer {
    let request = person.request(Method::PUT, &format!("/cases/{case}/labels")).await;
    send(request.header("If-Match", version).json(labels)).await
}

async fn what_is_kept_with_a_case_comes_back_and_finds_it(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let portal = hall.client("portal", &[Scope::CasesOpen, Scope::CasesRead]).await;
    let clerk = hall.staff(Role::Clerk).await;
    let long = "\u{20BB7}".repeat(500);
    let values = ["A-1047", "a:b:c", "100% 'it' \"is\" \\ _", "两行\n文字", "e\u{301}", "+&=?#", long.as_str()];
    for (value, number) in values.into_iter().zip(1..) {
        let reference = format!("单号 {number}/{}", value.chars().take(20).collect::<String>().replace('\n', " "));
        let key = format!("key_{number}.x-{number}");
        let request = labelled(number, &reference, json!({ &key: value, "channel": "web" }));
        let opened = portal.post("/cases", &request).await.expect(201);
        let composed = value.replace("e\u{301}", "é");
        let kept = json!({ &key: composed, "channel": "web" });
        let reference = reference.replace("e\u{301}", "é");
        assert_eq!(opened["application"]["metadata"], kept);
        assert_eq!(opened["application"]["reference"], reference);
        let number = number_of(&opened);
        let read = clerk.get(&format!("/cases/{number}")).await.expect(200);
        assert_eq!((&read["application"]["metadata"], &read["application"]["reference"]), (&kept, &json!(reference)));
        for person in [&portal, &clerk] {
            let both = [(key.as_str(), value), ("channel", "web")];
            assert_eq!(found(person, &reference, &both).await, [vec![number.clone()], vec![number.clone()]], "{value}");
            let part: String = value.chars().take(value.chars().count() - 1).collect();
            let none = found(person, &format!("{reference}x"), &[("channel", "web"), (&key, &part)]).await;
            assert_eq!(none.concat(), [] as [String; 0], "a part of it is another one: {value}");
        }
        let listed = clerk.get(&format!("/cases?reference={}", encoded(&reference))).await.expect(200);
        assert_eq!(listed["items"][0]["reference"], reference);
        let events = clerk.get(&format!("/cases/{number}/events")).await.expect(200);
        assert_eq!(events["items"][0]["data"]["application"]["metadata"], kept);
    }
    // A case on a held certificate has them, too; and one that was given none has none.
    let mut held = registration(40);
    held["applications"] = json!([]);
    hall.register(&held).await;
    let mut request = addition(40, held["serial"].as_str().unwrap());
    request["reference"] = json!("ADD-40");
    let opened = clerk.post("/cases", &request).await.expect(201);
    assert_eq!(
        (&opened["application"]["reference"], &opened["application"]["metadata"]),
        (&json!("ADD-40"), &json!({}))
    );
    let plain = clerk.post("/cases", &application(41)).await.expect(201);
    assert_eq!((&plain["application"]["reference"], &plain["application"]["metadata"]), (&Value::Null, &json!({})));
}

async fn a_pair_of_many_cases_is_turned_over_page_by_page(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let clerk = hall.staff(Role::Clerk).await;
    let (mut web, mut paid) = (Vec::new(), Vec::new());
    for number in 0..16 {
        let metadata = match number % 4 {
            0 => json!({ "channel": "app" }),
            1 => json!({ "channel": "web", "paid": "yes" }),
            _ => json!({ "channel": "web" }),
        };
        let case = number_of(&clerk.post("/cases", &labelled(number, "一批", metadata)).await.expect(201));
        web.extend((number % 4 > 0).then(|| case.clone()));
        paid.extend((number % 4 == 1).then_some(case));
    }
    web.reverse();
    paid.reverse();
    clerk.act(&web[0], "withdraw", &json!({ "reason": "不办了" })).await.expect(200);
    for (query, expected) in [
        ("metadata=channel:web", web.clone()),
        ("metadata=channel:web&metadata=paid:yes", paid.clone()),
        ("metadata=paid:yes&metadata=channel:web&reference=%E4%B8%80%E6%89%B9", paid),
        ("metadata=channel:web&closed=true", web[..1].to_vec()),
        ("metadata=channel:web&closed=false&name=%E5%BB%BA%E7%AD%91", web[1..].to_vec()),
        ("metadata=channel:app&metadata=paid:yes", Vec::new()),
    ] {
        let (mut met, mut after) = (Vec::new(), String::new());
        loop {
            let page = clerk.get(&format!("/cases?{query}&limit=5{after}")).await.expect(200);
            met.extend(numbers(&page));
            let Some(next) = page["next"].as_str() else { break };
            after = format!("&after={next}");
        }
        assert_eq!(met, expected, "{query}: newest first, each once");
    }
}

async fn what_was_changed_is_found_and_what_was_before_is_not(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let portal = hall.client("portal", &Scope::ALL).await;
    let opened = portal.post("/cases", &labelled(1, "ONE", json!({ "order_id": "1", "shop": "a" }))).await.expect(201);
    let case = number_of(&opened);
    let other = json!({ "reference": "TWO", "metadata": { "order_id": "2", "shop": "a" } });
    let changed = label(&portal, &case, "\"1\"", &other).await;
    assert_eq!(changed.header("ETag"), "\"2\"");
    let changed = changed.expect(200);
    assert_eq!((&changed["application"]["reference"], &changed["version"]), (&json!("TWO"), &json!(2)));
    assert_eq!(found(&portal, "ONE", &[("order_id", "1")]).await.concat(), [] as [String; 0]);
    assert_eq!(
        found(&portal, "TWO", &[("order_id", "2"), ("shop", "a")]).await,
        [[case.clone()], [case.clone()]].map(Vec::from)
    );
    // The same again is no change, and another version is somebody else's.
    let same = label(&portal, &case, "\"2\"", &other).await;
    assert_eq!(same.header("ETag"), "\"2\"");
    label(&portal, &case, "\"1\"", &other).await.refused(412, "version_stale");
    send(portal.request(Method::PUT, &format!("/cases/{case}/labels")).await.json(&other))
        .await
        .refused(428, "precondition_required");
    // On the record, with what there was before; told to whoever follows without a word of it.
    let events = portal.get(&format!("/cases/{case}/events")).await.expect(200);
    let event = &events["items"][1];
    assert_eq!((&event["kind"], &event["action"]), (&json!("application_corrected"), &json!("label")));
    assert_eq!(event["data"]["before"]["metadata"]["order_id"], "1");
    assert_eq!(event["data"]["after"]["metadata"]["order_id"], "2");
    let told = portal.get("/events?type=casehall.case.application_corrected.v1").await.expect(200);
    assert_eq!(told["items"].as_array().unwrap().len(), 1);
    assert!(!told.to_string().contains("TWO") && !told.to_string().contains("order_id"), "{told:#}");
    // A correction of something else leaves them, and what is left out is removed; after the end of the case, too.
    let correction = json!({ "correction": { "applicant": { "name": "谭力" } }, "reason": "填错" });
    let corrected = portal.act(&case, "correct_application", &correction).await.expect(200);
    assert_eq!(corrected["application"]["reference"], "TWO");
    let ended = portal.act(&case, "withdraw", &json!({ "reason": "不办了" })).await;
    let bare = label(&portal, &case, ended.header("ETag"), &json!({ "metadata": { "shop": "b" } })).await.expect(200);
    assert_eq!(bare["application"]["metadata"], json!({ "shop": "b" }));
    assert_eq!(bare["application"]["reference"], Value::Null);
    // What is read can be sent back.
    let read = &bare["application"];
    let same = json!({ "reference": read["reference"], "metadata": read["metadata"] });
    let version = format!("\"{}\"", bare["version"]);
    assert_eq!(label(&portal, &case, &version, &same).await.expect(200)["version"], bare["version"]);
    assert_eq!(found(&portal, "TWO", &[("shop", "a")]).await.concat(), [] as [String; 0]);
    assert_eq!(hall.running.service.check_consistency().await.unwrap().faults, Vec::<String>::new());
}

async fn labels_are_changed_by_whoever_opened_the_case_and_who_corrects_applications(database: TestDatabase) {
    let hall = Hall::with(database, &[TWO_OUTLETS]).await;
    let portal = hall.client("portal", &[Scope::CasesOpen, Scope::CasesRead, Scope::CasesWrite]).await;
    let case = number_of(&portal.post("/cases", &application(1)).await.expect(201));
    let labels = |text: &str| json!({ "reference": text });
    let bureau = hall.client("bureau", &Scope::ALL).await;
    label(&bureau, &case, "\"1\"", &labels("x")).await.refused(404, "not_found");
    let reader = hall.client("reader", &[Scope::CasesOpen, Scope::CasesRead]).await;
    let own = number_of(&reader.post("/cases", &application(2)).await.expect(201));
    label(&reader, &own, "\"1\"", &labels("x")).await.expect(403);
    let (producer, auditor) = (hall.staff(Role::Producer).await, hall.staff(Role::Auditor).await);
    label(&producer, &case, "\"1\"", &labels("x")).await.refused(403, "role_missing");
    label(&auditor, &case, "\"1\"", &labels("x")).await.expect(403);
    let elsewhere = hall.person(&[Role::Clerk], Some("panyu")).await;
    label(&elsewhere, &case, "\"1\"", &labels("x")).await.refused(404, "not_found");
    let everyone = [portal, hall.staff(Role::Clerk).await, hall.staff(Role::Supervisor).await];
    for (person, version) in everyone.iter().zip(1..) {
        let changed =
            label(person, &case, &format!("\"{version}\""), &labels(&format!("by {version}"))).await.expect(200);
        assert_eq!(changed["application"]["reference"], format!("by {version}"));
    }
}

async fn nobody_finds_what_they_may_not_see(database: TestDatabase) {
    let hall = Hall::with(database, &[TWO_OUTLETS]).await;
    let (portal, bureau) = (hall.client("portal", &Scope::ALL).await, hall.client("bureau", &Scope::ALL).await);
    let mut cases = Vec::new();
    for (person, number) in [(&portal, 1), (&bureau, 2)] {
        let request = labelled(number, "SAME", json!({ "order_id": "7" }));
        cases.push(number_of(&person.post("/cases", &request).await.expect(201)));
    }
    assert_eq!(found(&portal, "SAME", &[("order_id", "7")]).await, [&cases[..1], &cases[..1]]);
    assert_eq!(found(&bureau, "SAME", &[("order_id", "7")]).await, [&cases[1..], &cases[1..]]);
    let supervisor = hall.person(&[Role::Supervisor], None).await;
    cases.reverse();
    assert_eq!(found(&supervisor, "SAME", &[("order_id", "7")]).await, [cases.clone(), cases]);
    let elsewhere = hall.person(&[Role::Clerk], Some("panyu")).await;
    assert_eq!(found(&elsewhere, "SAME", &[("order_id", "7")]).await.concat(), [] as [String; 0]);
}

async fn what_is_no_label_is_refused_where_it_stands(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let clerk = hall.staff(Role::Clerk).await;
    let case = number_of(&clerk.post("/cases", &application(1)).await.expect(201));
    let many: Value = (0..21).map(|at| (format!("k{at}"), json!("x"))).collect::<serde_json::Map<_, _>>().into();
    for (pointer, code, labels) in [
        ("/reference", "too_short", json!({ "reference": " \u{200B}" })),
        ("/reference", "too_long", json!({ "reference": "x".repeat(65) })),
        ("/reference", "holds_number", json!({ "reference": "13800138000" })),
        ("/reference", "bad_text", json!({ "reference": "a\nb" })),
        ("/metadata", "too_many_items", json!({ "metadata": many })),
        ("/metadata/Order", "bad_pattern", json!({ "metadata": { "Order": "x" } })),
        ("/metadata/a", "bad_text", json!({ "metadata": { "a": "" } })),
        ("/metadata/a", "bad_text", json!({ "metadata": { "a": "x".repeat(501) } })),
        ("/metadata/a", "bad_text", json!({ "metadata": { "a": "x\u{202E}" } })),
        ("/metadata/a", "holds_number", json!({ "metadata": { "a": "440199196412310694" } })),
        ("/metadata/a", "wrong_type", json!({ "metadata": { "a": 1 } })),
        ("/order_id", "unknown_field", json!({ "order_id": "x" })),
    ] {
        let changed = label(&clerk, &case, "\"1\"", &labels).await;
        let mut request = application(2);
        request.as_object_mut().unwrap().extend(labels.as_object().unwrap().clone());
        for answer in [changed, clerk.post("/cases", &request).await] {
            assert_eq!(answer.status, 422, "{labels}: {}", answer.body);
            assert_eq!(answer.faults(), [(pointer.to_owned(), code.to_owned())], "{labels}");
        }
    }
    for (query, pointer) in [
        ("reference=", "/reference"),
        ("metadata=order_id", "/metadata/0"),
        ("metadata=a:1&metadata=Order:1", "/metadata/1"),
        ("metadata=a:", "/metadata/0"),
        ("metadata=", "/metadata/0"),
    ] {
        let refused = clerk.get(&format!("/cases?{query}")).await;
        assert_eq!(refused.status, 400, "{query}: {}", refused.body);
        assert!(refused.faults().iter().all(|(at, _)| at == pointer), "{query}: {}", refused.body);
    }
    clerk.get("/cases?reference=a&reference=b").await.refused(400, "invalid_query");
    let pairs: Vec<String> = (0..21).map(|at| format!("metadata=a:{at}")).collect();
    clerk.get(&format!("/cases?{}", pairs.join("&"))).await.refused(400, "invalid_query");
}

async fn a_request_sent_again_answers_the_labels_of_then(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let portal = hall.client("portal", &Scope::ALL).await;
    let request = labelled(1, "ONE", json!({ "order_id": "1" }));
    let first = portal.post_once("/cases", "open", &request).await.expect(201);
    label(&portal, &number_of(&first), "\"1\"", &json!({ "reference": "TWO" })).await.expect(200);
    assert_eq!(portal.post_once("/cases", "open", &request).await.expect(201), first);
    let mut other = request.clone();
    other["metadata"]["order_id"] = json!("2");
    portal.post_once("/cases", "open", &other).await.refused(422, "idempotency_key_reused");
}

async fn a_case_that_is_labelled_again_and_again_keeps_its_labels_in_the_end_and_its_timeline_has_pages(
    database: TestDatabase,
) {
    let hall = Hall::open(database).await;
    let portal = hall.client("portal", &[Scope::CasesOpen, Scope::CasesRead, Scope::CasesWrite]).await;
    let case = number_of(&portal.post("/cases", &application(1)).await.expect(201));
    let mut version = 1;
    let refused = loop {
        let labels = json!({ "reference": format!("A-{version}") });
        let answer = label(&portal, &case, &format!("\"{version}\""), &labels).await;
        if answer.status != 200 {
            break answer;
        }
        version += 1;
    };
    refused.refused(409, "changed_too_often");
    assert_eq!(version, 300);
    let read = portal.get(&format!("/cases/{case}")).await.expect(200);
    assert_eq!(read["application"]["reference"], "A-299");

    let (mut after, mut pages, mut seen) = (None, Vec::new(), Vec::new());
    loop {
        let from = after.map(|after: i64| format!("?after={after}")).unwrap_or_default();
        let page = portal.get(&format!("/cases/{case}/events{from}")).await.expect(200);
        let items = page["items"].as_array().unwrap();
        pages.push(items.len());
        seen.extend(items.iter().map(|event| event["sequence"].as_i64().unwrap()));
        match page["next"].as_i64() {
            Some(next) => after = Some(next),
            None => break,
        }
    }
    assert_eq!(pages, [200, 100]);
    assert!(seen.iter().copied().eq(1..=300), "each event once, in order");
    let two = portal.get(&format!("/cases/{case}/events?after=298&limit=2")).await.expect(200);
    assert_eq!((two["items"].as_array().unwrap().len(), &two["next"]), (2, &Value::Null));
    portal.get(&format!("/cases/{case}/events?after=-1")).await.refused(400, "invalid_query");
    portal.get(&format!("/cases/{case}/events?limit=201")).await.refused(400, "invalid_query");
}
