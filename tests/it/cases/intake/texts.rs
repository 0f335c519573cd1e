//! What people type and copy over HTTP: nothing that can't be seen is kept, and what looks alike is one.

use casehall::domain::accounts::role::Role;
use serde_json::{Value, json};

use crate::case_types::shipped::Staff;
use crate::databases::{TestDatabase, on_both};
use crate::hall::{Answer, Hall, TWO_OUTLETS, application};

on_both!(
    each_text_found_is_kept_as_it_should_be,
    one_drawer_has_one_sheet_however_its_window_is_typed,
    a_name_is_found_however_it_is_typed,
    a_text_that_misleads_is_refused_in_every_field,
);

const FOUND: &str = include_str!("../../../data/found/texts.csv");

/// A text with `\u200b`, `\U00020bb7` and `\n` as the characters that they stand for.
fn unescaped(text: &str) -> String {
    let (mut plain, mut rest) = (String::new(), text);
    while let Some(at) = rest.find('\\') {
        plain.push_str(&rest[..at]);
        let digits = match rest.as_bytes()[at + 1] {
            b'u' => 4,
            b'U' => 8,
            _ => 0,
        };
        let end = at + 2 + digits;
        match digits {
            0 => plain.push('\n'),
            _ => plain.push(char::from_u32(u32::from_str_radix(&rest[at + 2..end], 16).unwrap()).unwrap()),
        }
        rest = &rest[end..];
    }
    plain + rest
}

/// Sends a text in a field of a new case, and says what is kept where the answer has it.
async fn kept(staff: &Staff<'_>, number: u32, field: &str, typed: &str) -> (Answer, &'static str) {
    let mut request = application(number);
    match field {
        "organization.name" => {
            request["organization"]["name"] = typed.into();
            return (staff.clerk.post("/cases", &request).await, "/organization/name");
        }
        "person.name" => {
            request["applicant"]["name"] = typed.into();
            return (staff.clerk.post("/cases", &request).await, "/applicant/name");
        }
        _ => {}
    }
    let case = staff.clerk.post("/cases", &request).await.expect(201);
    let key = case["acceptance_number"].as_str().unwrap().to_owned();
    match field {
        "window" => {
            let payment = json!({ "payment": { "amount_fen": 10000, "method": "cash", "window": typed } });
            (staff.clerk.act(&key, "record_payment", &payment).await, "/payments/0/window")
        }
        "box_number" => {
            staff.accept(&key, &case).await;
            let certificate = json!({ "certificate": { "serial": format!("GZ-{number}"), "medium_number": format!("KEY-{number}") } });
            staff.producer.act(&key, "record_certificate", &certificate).await.expect(200);
            let body = json!({ "box_number": typed });
            (staff.producer.act(&key, "box_certificate", &body).await, "/custody/0/box_number")
        }
        _ => (staff.clerk.act(&key, "withdraw", &json!({ "reason": typed })).await, "/outcome/reason"),
    }
}

async fn each_text_found_is_kept_as_it_should_be(database: TestDatabase) {
    let hall = Hall::with(database, &[TWO_OUTLETS]).await;
    let staff = Staff::of(&hall).await;
    let mut rows = 0;
    for (row, number) in csv::Reader::from_reader(FOUND.as_bytes()).records().zip(100..) {
        let row = row.unwrap();
        let (typed, canonical) = (unescaped(&row[1]), unescaped(&row[3]));
        let (answer, pointer) = kept(&staff, number, &row[0], &typed).await;
        match &row[2] {
            "refused" => drop(answer.refused(422, "invalid_request")),
            _ => {
                assert!([200, 201].contains(&answer.status), "{row:?}: {}", answer.body);
                let shown = answer.body.pointer(pointer).and_then(Value::as_str);
                let in_history = || async {
                    let key = answer.body["acceptance_number"].as_str().unwrap();
                    staff.supervisor.get(&format!("/cases/{key}/events")).await.expect(200).to_string()
                };
                // A person's name is masked in the answer; the search below finds it.
                match shown {
                    Some(shown) if row[0] != *"person.name" => assert_eq!(shown, canonical, "{row:?}"),
                    _ if row[0] == *"reason" => {
                        let history = in_history().await;
                        assert!(history.contains(&Value::from(canonical.clone()).to_string()), "{row:?}: {history}");
                    }
                    _ => {}
                }
            }
        }
        rows += 1;
    }
    assert!(rows >= 19);
}

async fn one_drawer_has_one_sheet_however_its_window_is_typed(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let (clerk, supervisor) = (hall.staff(Role::Clerk).await, hall.staff(Role::Supervisor).await);
    for (window, number) in ["3", "３", "3\u{200B}", " 3 "].iter().zip(1..) {
        let case = clerk.post("/cases", &application(number)).await.expect(201);
        let payment = json!({ "payment": { "amount_fen": 10000, "method": "cash", "window": window } });
        clerk.act(case["acceptance_number"].as_str().unwrap(), "record_payment", &payment).await.expect(200);
    }
    for query in ["", "?window=3", "?window=%EF%BC%93", "?window=3%E2%80%8B"] {
        let report = supervisor.get(&format!("/reports/cash_up{query}")).await.expect(200);
        let drawers: Vec<(&Value, &Value)> =
            report["table"]["rows"].as_array().unwrap().iter().map(|row| (&row["window"], &row["taken"])).collect();
        assert_eq!(drawers, [(&json!("3"), &json!(40000))], "{query}");
    }
}

async fn a_name_is_found_however_it_is_typed(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let supervisor = hall.staff(Role::Supervisor).await;
    for (number, handler) in [(1, "张\u{200B}三丰"), (2, "买买提•吐尔逊")] {
        let registration = json!({
            "serial": format!("GZ2013-{number:06}"),
            "medium_number": format!("KEY-{number:06}"),
            "organization": { "name": format!("广州第{number}建筑有限公司"), "unified_social_credit_code": crate::hall::unified_code(number) },
            "valid_from": "2025-01-01T00:00:00+08:00",
            "valid_until": "2028-01-01T00:00:00+08:00",
            "handler": handler,
        });
        hall.register(&registration).await;
    }
    for (asked, serial) in [
        ("张三丰", "GZ2013-000001"),
        ("张\u{FEFF}三", "GZ2013-000001"),
        ("买买提·吐尔逊", "GZ2013-000002"),
        ("买买提・吐尔", "GZ2013-000002"),
    ] {
        let encoded: String = asked.bytes().map(|byte| format!("%{byte:02X}")).collect();
        let found = supervisor.get(&format!("/certificates?handler={encoded}")).await.expect(200);
        let serials: Vec<&Value> =
            found["items"].as_array().unwrap().iter().map(|certificate| &certificate["serial"]).collect();
        assert_eq!(serials, [&json!(serial)], "{asked}");
    }
}

/// The pointers of all texts in a value.
fn texts(pointer: &str, value: &Value, found: &mut Vec<String>) {
    match value {
        Value::String(_) => found.push(pointer.to_owned()),
        Value::Array(items) => {
            items.iter().enumerate().for_each(|(at, item)| texts(&format!("{pointer}/{at}"), item, found));
        }
        Value::Object(members) => {
            members.iter().for_each(|(name, member)| texts(&format!("{pointer}/{name}"), member, found));
        }
        _ => {}
    }
}

async fn a_text_that_misleads_is_refused_in_every_field(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let everyone = hall.person(&[Role::Clerk, Role::Producer, Role::Supervisor], None).await;
    let administrator = hall.person(&[Role::Administrator], None).await;
    let document = everyone.get("//openapi.json").await.expect(200);
    let schemas = &document["components"]["schemas"];
    let mut fields = 0;
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let reference = operation["requestBody"]["content"]["application/json"]["schema"]["$ref"].as_str();
            let name = reference.and_then(|reference| reference.rsplit('/').next()).unwrap_or_default();
            let Some(example) = schemas[name].get("example") else { continue };
            // Of many applications each is answered by itself, as it is alone.
            if path.ends_with("/cases/bulk") {
                continue;
            }
            let mut pointers = Vec::new();
            texts("", example, &mut pointers);
            let path = path.strip_prefix("/api/v1").unwrap();
            let path = path.split('/').map(|part| match part {
                "{year}" => "2026",
                "{act}" => "suspend",
                _ if part.starts_with('{') => "none",
                _ => part,
            });
            let path = path.collect::<Vec<_>>().join("/");
            // A password is taken as it was typed.
            let is_password = |pointer: &str| schemas[name]["properties"][&pointer[1..]]["format"] == "password";
            for pointer in pointers.into_iter().filter(|pointer| !is_password(pointer)) {
                let mut body = example.clone();
                let typed = body.pointer(&pointer).unwrap().as_str().unwrap().to_owned();
                *body.pointer_mut(&pointer).unwrap() = format!("{typed}\u{202E}").into();
                let method = reqwest::Method::from_bytes(method.to_uppercase().as_bytes()).unwrap();
                let person = if path.starts_with("/calendar") { &administrator } else { &everyone };
                let request = person.request(method, &path).await.header("If-Match", "\"1\"").json(&body);
                let answer = crate::hall::send(request).await;
                if answer.status == 404 || answer.status == 403 {
                    continue; // no such thing: nothing of the body is read
                }
                let unclean = answer.faults().iter().any(|(at, code)| (at, &**code) == (&pointer, "bad_text"));
                assert!(answer.status == 422 && unclean, "{path} {pointer}: {}", answer.body);
                fields += 1;
            }
        }
    }
    assert!(fields >= 35, "{fields} texts of the contract were tried");
}
