//! Who sees what and may do what: 401, then 404 for what isn't theirs to see, then 403 for what isn't theirs to do.

use casehall::domain::accounts::role::{Role, Scope};
use reqwest::Method;
use serde_json::{Value, json};

use crate::databases::{TestDatabase, on_both};
use crate::hall::{CENTER, Hall, TWO_OUTLETS, all_in_order, application, blockers, offer, send, unified_code};

on_both!(
    a_case_of_another_outlet_is_not_there,
    a_system_sees_what_it_submitted_and_nothing_else,
    control_characters_are_refused,
);

/// An application handed in at the other outlet.
fn at_panyu(number: u32) -> Value {
    let mut application = application(number);
    application["outlet"] = json!("panyu");
    application
}

#[tokio::test]
async fn nobody_gets_past_the_door_without_a_token() {
    let hall = Hall::open(TestDatabase::sqlite()).await;
    let clerk = hall.staff(Role::Clerk).await;
    let case = clerk.post("/cases", &application(1)).await.expect(201);
    let case = case["acceptance_number"].as_str().unwrap();
    let nobody = hall.nobody();
    let paths = [
        "/cases".to_owned(),
        "/cases?limit=nonsense".to_owned(),
        format!("/cases/{case}"),
        "/cases/260601000999".to_owned(),
        format!("/cases/{case}/events"),
        format!("/cases/{case}/materials"),
        "/me".to_owned(),
        "/outlets".to_owned(),
        "/applications".to_owned(),
        "/payment-methods".to_owned(),
        "/prices".to_owned(),
        "/case-types".to_owned(),
        "/case-types/nothing".to_owned(),
        format!("/organizations/{}/eligibility", unified_code(1)),
        "/organizations/nothing/eligibility".to_owned(),
        "/certificates?organization_code=nothing".to_owned(),
        "/certificates/GZ-0001".to_owned(),
        "/certificates/GZ-0001/authorizations/urban-construction".to_owned(),
    ];
    for path in &paths {
        let answer = nobody.get(path).await;
        assert_eq!(answer.header("WWW-Authenticate"), "Bearer realm=\"casehall\"", "{path}");
        answer.refused(401, "unauthorized");
    }
    // The body isn't looked at before: a stranger learns nothing about what a right one is.
    for (method, path) in [
        (Method::POST, "/cases".to_owned()),
        (Method::POST, format!("/cases/{case}/actions/withdraw")),
        (Method::POST, "/certificates".to_owned()),
        (Method::PUT, format!("/cases/{case}/materials")),
        (Method::PUT, format!("/cases/{case}/materials/e-seal-agreement")),
    ] {
        for (media_type, body) in
            [("application/json", "{\"name\": oops"), ("application/json", "{}"), ("text/plain", "")]
        {
            let request = nobody.request(method.clone(), &path).await.header("Content-Type", media_type).body(body);
            send(request.header("Idempotency-Key", "x".repeat(500))).await.refused(401, "unauthorized");
        }
    }
    for token in ["", "x", "a.b.c", &"x".repeat(9000)] {
        let request = nobody.request(Method::GET, "/cases").await.header("Authorization", format!("Bearer {token}"));
        let refused = send(request).await;
        let said = if token.is_empty() { "" } else { ", error=\"invalid_token\"" };
        assert_eq!(refused.header("WWW-Authenticate"), format!("Bearer realm=\"casehall\"{said}"), "{token}");
        refused.refused(401, "unauthorized");
    }
    let basic = nobody.request(Method::GET, "/cases").await.basic_auth("clerk", Some("secret"));
    send(basic).await.refused(401, "unauthorized");
}

#[tokio::test]
async fn what_does_not_exist_is_not_found() {
    let hall = Hall::open(TestDatabase::sqlite()).await;
    let clerk = hall.staff(Role::Clerk).await;
    let opened = clerk.post("/cases", &application(1)).await.expect(201);
    let case = opened["acceptance_number"].as_str().unwrap();
    let mistyped = format!("{}{}", &case[..11], (case[11..].parse::<u32>().unwrap() + 1) % 10);
    for key in ["01890a5d-ac96-774b-bcce-b302099a8057", "999999", "nonsense", "%00", "%F0%9F%98%80", &mistyped] {
        clerk.get(&format!("/cases/{key}")).await.refused(404, "not_found");
        clerk.get(&format!("/cases/{key}/events")).await.refused(404, "not_found");
        clerk.get(&format!("/cases/{key}/materials")).await.refused(404, "not_found");
        clerk.act(key, "withdraw", &json!({ "reason": "x" })).await.refused(404, "not_found");
        clerk.put(&format!("/cases/{key}/materials"), 1, &all_in_order(&opened)).await.refused(404, "not_found");
    }
    clerk.get("/certificates/GZ-NOTHING").await.refused(404, "not_found");
    clerk.get("/certificates/%E8%AF%81").await.refused(404, "not_found");
    clerk.get("/certificates/GZ-NOTHING/authorizations/urban-construction").await.refused(404, "not_found");
    clerk.get("/case-types/nothing").await.refused(404, "not_found");
    clerk.act(case, "fly", &json!({})).await.refused(404, "unknown_action");
    let check = json!({ "copies_received": 3, "copies_stamped": 3 });
    clerk.put(&format!("/cases/{case}/materials/nothing"), 0, &check).await.refused(404, "not_found");
    clerk.get("/nothing").await.refused(404, "not_found");
}

async fn a_case_of_another_outlet_is_not_there(database: TestDatabase) {
    let hall = Hall::with(database, &[TWO_OUTLETS]).await;
    let (clerk, stranger) = (hall.staff(Role::Clerk).await, hall.person(&[Role::Clerk], Some("panyu")).await);
    let supervisor = hall.person(&[Role::Supervisor], None).await;
    let opened = clerk.post("/cases", &application(1)).await.expect(201);
    let elsewhere = stranger.post("/cases", &at_panyu(2)).await.expect(201);
    let (id, number) = (opened["id"].as_str().unwrap(), opened["acceptance_number"].as_str().unwrap());
    for key in [id, number] {
        stranger.get(&format!("/cases/{key}")).await.refused(404, "not_found");
        stranger.get(&format!("/cases/{key}/events")).await.refused(404, "not_found");
        stranger.get(&format!("/cases/{key}/materials")).await.refused(404, "not_found");
        stranger.act(key, "withdraw", &json!({ "reason": "x" })).await.refused(404, "not_found");
        stranger.act(key, "no_such_action", &json!({ "reason": "x" })).await.refused(404, "not_found");
        // What has no form is refused for that, whatever case it names.
        for key in [key, "01890a5d-ac96-774b-bcce-b302099a8057"] {
            stranger.act(key, "withdraw", &json!({ "faulty": true })).await.refused(422, "invalid_request");
        }
        let sheet = all_in_order(&opened);
        stranger.put(&format!("/cases/{key}/materials"), 1, &sheet).await.refused(404, "not_found");
        // Not even a stale version betrays that it is there.
        stranger.put(&format!("/cases/{key}/materials"), 9, &sheet).await.refused(404, "not_found");
        clerk.get(&format!("/cases/{key}")).await.expect(200);
        supervisor.get(&format!("/cases/{key}")).await.expect(200);
    }
    let listed =
        |list: Value| list["items"].as_array().unwrap().iter().map(|case| case["id"].clone()).collect::<Vec<_>>();
    assert_eq!(listed(stranger.get("/cases").await.expect(200)), [elsewhere["id"].clone()]);
    assert_eq!(listed(clerk.get("/cases").await.expect(200)), [opened["id"].clone()]);
    assert_eq!(listed(clerk.get("/cases?outlet=panyu").await.expect(200)), Vec::<Value>::new());
    assert_eq!(listed(supervisor.get("/cases?outlet=panyu").await.expect(200)), [elsewhere["id"].clone()]);
    assert_eq!(listed(supervisor.get("/cases").await.expect(200)).len(), 2);
    let code = unified_code(1);
    let by_code = stranger.get(&format!("/cases?organization_code={code}")).await.expect(200);
    assert_eq!(listed(by_code), Vec::<Value>::new());
}

async fn a_system_sees_what_it_submitted_and_nothing_else(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let all = [Scope::CasesOpen, Scope::CasesRead, Scope::CasesWrite];
    let (portal, other) = (hall.client("portal", &all).await, hall.client("other", &all).await);
    let clerk = hall.staff(Role::Clerk).await;
    let opened = portal.post("/cases", &application(1)).await.expect(201);
    let at_the_window = clerk.post("/cases", &application(2)).await.expect(201);
    let case = opened["acceptance_number"].as_str().unwrap();
    other.get(&format!("/cases/{case}")).await.refused(404, "not_found");
    other.act(case, "withdraw", &json!({ "reason": "x" })).await.refused(404, "not_found");
    let windows = at_the_window["acceptance_number"].as_str().unwrap();
    portal.get(&format!("/cases/{windows}")).await.refused(404, "not_found");
    assert_eq!(portal.get("/cases").await.expect(200)["items"].as_array().unwrap().len(), 1);
    assert_eq!(other.get("/cases").await.expect(200)["items"], json!([]));
    assert_eq!(clerk.get("/cases").await.expect(200)["items"].as_array().unwrap().len(), 2);
    // It may correct and withdraw what it submitted, and nothing that belongs to the window.
    let seen = portal.get(&format!("/cases/{case}")).await.expect(200);
    assert_eq!(offer(&seen, "withdraw")["allowed"], true);
    assert_eq!(blockers(&seen, "record_payment"), ["role_missing"]);
    portal.act(case, "accept_materials", &json!({})).await.refused(403, "role_missing");
    portal.act(case, "withdraw", &json!({ "reason": "不办了" })).await.expect(200);
    portal.post("/cases", &application(1)).await.expect(201);
}

#[tokio::test]
async fn a_system_without_the_scope_is_refused() {
    let hall = Hall::open(TestDatabase::sqlite()).await;
    let clerk = hall.staff(Role::Clerk).await;
    let opened = clerk.post("/cases", &application(1)).await.expect(201);
    let case = opened["acceptance_number"].as_str().unwrap();
    let eligibility = format!("/organizations/{}/eligibility", unified_code(1));
    let authorization = "/certificates/GZ-0001/authorizations/urban-construction";
    let nothing = hall.client("may-nothing", &[]).await;
    let (cases, events) = (format!("/cases/{case}"), format!("/cases/{case}/events"));
    for path in ["/cases", &cases, &events, &eligibility, "/certificates/GZ-0001", authorization] {
        nothing.get(path).await.refused(403, "forbidden");
    }
    nothing.post("/cases", &application(2)).await.refused(403, "forbidden");
    nothing.act(case, "withdraw", &json!({ "reason": "x" })).await.refused(403, "forbidden");
    nothing.put(&format!("/cases/{case}/materials"), 1, &all_in_order(&opened)).await.refused(403, "forbidden");
    let asker = hall.client("asker", &[Scope::EligibilityRead]).await;
    asker.get(&eligibility).await.expect(200);
    asker.get("/cases").await.refused(403, "forbidden");
    // Each right stands for itself: who may open may not read, and the register is for supervisors.
    let opener = hall.client("opener", &[Scope::CasesOpen]).await;
    let submitted = opener.post("/cases", &application(2)).await.expect(201);
    opener.get(&format!("/cases/{}", submitted["id"].as_str().unwrap())).await.refused(403, "forbidden");
    opener.post("/certificates", &json!({})).await.refused(403, "role_missing");
}

#[tokio::test]
async fn missing_permission_is_reported_before_faults() {
    let hall = Hall::open(TestDatabase::sqlite()).await;
    let (clerk, producer) = (hall.staff(Role::Clerk).await, hall.staff(Role::Producer).await);
    let auditor = hall.person(&[Role::Auditor], None).await;
    let opened = clerk.post("/cases", &application(1)).await.expect(201);
    let case = opened["acceptance_number"].as_str().unwrap();
    let mut faulty = application(2);
    faulty["outlet"] = json!("nowhere");
    let nothing = json!({ "material": "nothing", "copies_received": 1, "copies_stamped": 2 });
    for person in [&producer, &auditor] {
        person.post("/cases", &json!({ "case_type": 7 })).await.refused(403, "role_missing");
        person.post("/cases", &faulty).await.refused(403, "role_missing");
        person.post("/cases", &application(2)).await.refused(403, "role_missing");
        person
            .act(case, "record_payment", &json!({ "payment": { "amount_fen": 1, "method": "gold" } }))
            .await
            .refused(403, "role_missing");
        person.act(case, "accept_materials", &json!({})).await.refused(403, "role_missing");
        person
            .put(&format!("/cases/{case}/materials"), 1, &json!({ "materials": [nothing.clone()] }))
            .await
            .refused(403, "role_missing");
    }
    clerk.post("/certificates", &json!({ "serial": 7 })).await.refused(403, "role_missing");
    // And what can't be done in this state isn't asked to be filled in better either.
    let unsighted = json!({ "name": "谭\n丽", "document_number": "1", "document_sighted": false });
    clerk.act(case, "record_collector", &json!({ "collector": unsighted })).await.refused(409, "wrong_state");
}

#[tokio::test]
async fn an_auditor_reads_everything_and_changes_nothing() {
    let hall = Hall::with(TestDatabase::sqlite(), &[TWO_OUTLETS]).await;
    let clerk = hall.person(&[Role::Clerk], None).await;
    let auditor = hall.person(&[Role::Auditor], None).await;
    let here = clerk.post("/cases", &application(1)).await.expect(201);
    clerk.post("/cases", &at_panyu(2)).await.expect(201);
    assert_eq!(auditor.get("/cases").await.expect(200)["items"].as_array().unwrap().len(), 2);
    let case = here["acceptance_number"].as_str().unwrap();
    auditor.get(&format!("/cases/{case}/events")).await.expect(200);
    let seen = auditor.get(&format!("/cases/{case}")).await.expect(200);
    assert_eq!(seen["outlet"]["code"], CENTER);
    for action in seen["actions"].as_array().unwrap() {
        assert_eq!(action["allowed"], false, "{action}");
        let code = action["action"].as_str().unwrap();
        let refused = auditor.act(case, code, &json!({})).await;
        assert!(matches!(refused.status, 403 | 409), "{code}: {}", refused.status);
        assert_eq!(refused.body["blocked_by"], action["blocked_by"], "{code}");
    }
    assert_eq!(auditor.get(&format!("/cases/{case}")).await.expect(200)["version"], 1);
}

#[tokio::test]
async fn administrators_run_the_system_and_see_no_case() {
    let hall = Hall::open(TestDatabase::sqlite()).await;
    let clerk = hall.staff(Role::Clerk).await;
    let opened = clerk.post("/cases", &application(1)).await.expect(201);
    let case = opened["acceptance_number"].as_str().unwrap();
    for role in [Role::Administrator, Role::SecurityAdministrator] {
        let administrator = hall.person(&[role], None).await;
        administrator.get("/cases").await.refused(403, "forbidden");
        administrator.get(&format!("/cases/{case}")).await.refused(403, "forbidden");
        administrator.get(&format!("/cases/{case}/events")).await.refused(403, "forbidden");
        administrator.get(&format!("/organizations/{}/eligibility", unified_code(1))).await.refused(403, "forbidden");
        administrator.get("/certificates/GZ-0001").await.refused(403, "forbidden");
        administrator.post("/cases", &application(2)).await.refused(403, "forbidden");
        administrator.act(case, "withdraw", &json!({ "reason": "x" })).await.refused(403, "forbidden");
        // What the hall offers is no secret.
        administrator.get("/case-types").await.expect(200);
    }
}

async fn control_characters_are_refused(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let clerk = hall.staff(Role::Clerk).await;
    let opened = clerk.post("/cases", &application(1)).await.expect(201);
    let case = opened["acceptance_number"].as_str().unwrap();
    for odd in ["a\0b", "a\u{7}b", "a\u{1b}[31mb", "a\u{85}b", "a\nb", "\u{202e}abc"] {
        let mut named = application(2);
        named["organization"]["name"] = json!(odd);
        named["applicant"]["name"] = json!(odd);
        let answer = clerk.post("/cases", &named).await;
        let faults = ["/applicant/name", "/organization/name"].map(|at| (at.to_owned(), "bad_text".to_owned()));
        assert_eq!(answer.faults(), faults, "{odd:?}");
        answer.refused(422, "invalid_request");
    }
    // A reason may have several lines, and nothing else that can't be printed.
    let answer = clerk.act(case, "reject", &json!({ "reason": "第一\0行" })).await;
    assert_eq!(answer.faults(), [("/reason".to_owned(), "bad_text".to_owned())]);
    for path in [
        "/cases?state=%00",
        "/cases?case_type=a%00b",
        "/cases?outlet=%00",
        "/cases?certificate_serial=%00",
        "/cases?organization_code=%00",
        "/certificates?organization_code=%00",
    ] {
        let status = clerk.get(path).await.status;
        assert!(matches!(status, 200 | 400 | 422), "{path}: {status}");
    }
    for path in ["/certificates/%00", "/case-types/%00", "/cases/%00", "/certificates/a%00b/authorizations/%00"] {
        clerk.get(path).await.refused(404, "not_found");
    }
    clerk.get("/organizations/%00/eligibility").await.refused(422, "invalid_request");
    clerk.act(case, "%00", &json!({})).await.refused(404, "unknown_action");
    let nobody = hall.nobody();
    let signed_in = json!({ "username": "a\0b", "password": "a\0long enough" });
    nobody.post("/sessions", &signed_in).await.refused(422, "invalid_request");
    let form = "grant_type=client_credentials&client_id=a%00b&client_secret=%00";
    let request = nobody.request(Method::POST, "//oauth/token").await.body(form);
    let answer = send(request.header("Content-Type", "application/x-www-form-urlencoded")).await;
    assert_eq!((answer.status, &answer.body["error"]), (401, &json!("invalid_client")));
}
