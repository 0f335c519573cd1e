//! The description is the contract: every JSON answer of a walk through all routes is as `/openapi.json` says for its
//! route and status, has nothing that isn't described, and the examples of the description work as they stand.

mod accounts;
mod answers;
mod clients;
pub(crate) mod description;
mod events;
mod examples;
mod fuzzing;
mod judges;
mod parts;
mod persons;
mod second_persons;
mod systems;
mod tokens;
mod webhooks;

use casehall::domain::accounts::role::{Role, Scope};
use chrono::Duration;
use reqwest::Method;
use serde_json::json;

use self::description::{Checked, Contract};
use crate::databases::TestDatabase;
use crate::hall::{Hall, PASSWORD, TWO_OUTLETS, addition, all_in_order, application, send, unified_code};

#[tokio::test]
async fn every_answer_matches_its_description() {
    let limited = [("LOCK_REPORTS__PER_SYSTEM_AND_HOUR", "1"), ("SERVER__SYSTEM_REQUESTS_PER_MINUTE", "100000")];
    let hall = Hall::with(TestDatabase::sqlite(), &[TWO_OUTLETS, limited[0], limited[1]]).await;
    let contract = Contract::of(&hall).await;
    let (clerk, producer) = (hall.staff(Role::Clerk).await, hall.staff(Role::Producer).await.in_chinese());
    let (supervisor, nobody) = (hall.staff(Role::Supervisor).await, hall.nobody());
    let asker = hall.client("asker", &[Scope::EligibilityRead, Scope::AuthorizationsRead]).await;
    let checked = |person| Checked(&contract, person);
    let (clerk_name, clerk) = (clerk.name(), checked(&clerk));
    let producer_name = producer.name();
    let (producer, supervisor, nobody, asker) =
        (checked(&producer), checked(&supervisor), checked(&nobody), checked(&asker));

    // Outside, and getting in.
    for path in ["/healthz", "/readyz", "/.well-known/jwks.json", "/.well-known/oauth-authorization-server"] {
        nobody.get(path).await.expect(200);
    }
    nobody.post("/api/v1/sessions", &json!({ "username": clerk_name, "password": PASSWORD })).await.expect(201);
    nobody.post("/api/v1/sessions", &contract.example("SessionRequest")).await.refused(401, "wrong_credentials");
    nobody.post("/api/v1/sessions", &json!({})).await.refused(422, "invalid_request");
    for _ in 0..5 {
        nobody.post("/api/v1/sessions", &json!({ "username": "x", "password": "y" })).await;
    }
    nobody
        .post("/api/v1/sessions", &json!({ "username": "x", "password": "y" }))
        .await
        .refused(429, "too_many_attempts");
    let secret = hall.add_client("portal", &[Scope::CasesRead]).await;
    for (form, status) in [
        (format!("grant_type=client_credentials&client_id=portal&client_secret={secret}"), 200),
        (format!("grant_type=client_credentials&client_id=portal&client_secret={secret}&scope=x"), 400),
        ("grant_type=client_credentials&client_id=portal&client_secret=x".to_owned(), 401),
    ] {
        let request = nobody.1.request(Method::POST, "//oauth/token").await.body(form);
        let answer = send(request.header("Content-Type", "application/x-www-form-urlencoded")).await;
        contract.check(&Method::POST, "/oauth/token", &answer);
        assert_eq!(answer.status, status);
    }

    // Looking around.
    nobody.get("/api/v1/cases").await.refused(401, "unauthorized");
    for path in ["me", "hall", "outlets", "applications", "payment-methods", "prices"] {
        clerk.get(&format!("/api/v1/{path}")).await.expect(200);
    }
    clerk.get("/api/v1/case-types").await.expect(200);
    clerk.get("/api/v1/case-types/add-application").await.expect(200);
    clerk.get("/api/v1/case-types/nothing").await.refused(404, "not_found");
    let free = format!("/api/v1/organizations/{}/eligibility", unified_code(1));
    asker.get(&free).await.expect(200);
    asker.get("/api/v1/organizations/x/eligibility").await.refused(422, "invalid_request");
    clerk.get("/api/v1/organizations?name=%E5%BB%BA%E7%AD%91").await.expect(200);
    clerk.get("/api/v1/cases?limit=0&colour=red").await.refused(400, "invalid_query");

    // The main line, with the examples as they stand.
    let opened = clerk.post("/api/v1/cases", &contract.example("OpenCaseRequest")).await.expect(201);
    clerk.post("/api/v1/cases", &contract.example("OpenCaseRequest")).await.refused(409, "already_applied");
    clerk.post("/api/v1/cases", &json!({ "case_type": 1 })).await.refused(422, "invalid_request");
    producer.post("/api/v1/cases", &application(1)).await.refused(403, "role_missing");
    let case = format!("/api/v1/cases/{}", opened["acceptance_number"].as_str().unwrap());
    let taken = opened["application"]["organization"]["organization_code"].as_str().unwrap();
    asker.get(&format!("/api/v1/organizations/{taken}/eligibility")).await.expect(200);
    let materials = format!("{case}/materials");
    clerk.get(&materials).await.expect(200);
    clerk
        .put(&format!("{materials}/e-seal-agreement"), "\"0\"", &contract.example("MaterialCheckRequest"))
        .await
        .expect(200);
    clerk
        .put(&format!("{materials}/e-seal-agreement"), "\"0\"", &contract.example("MaterialCheckRequest"))
        .await
        .refused(412, "version_stale");
    clerk
        .put(&format!("{materials}/nothing"), "\"0\"", &contract.example("MaterialCheckRequest"))
        .await
        .refused(404, "not_found");
    let version = clerk.get(&case).await.header("ETag").to_owned();
    clerk.put(&materials, &version, &contract.example("MaterialsRequest")).await.expect(200);
    clerk.put(&materials, "\"1\"", &contract.example("MaterialsRequest")).await.refused(412, "version_stale");
    for path in [&materials, &format!("{materials}/e-seal-agreement")] {
        clerk.call(Method::PUT, path, &[], Some(&json!({}))).await.refused(428, "precondition_required");
    }
    let act = |action: &str| format!("{case}/actions/{action}");
    clerk.post(&act("record_payment"), &contract.example("ActionRequest")).await.expect(200);
    clerk.post(&act("accept_materials"), &json!({})).await.refused(422, "materials_incomplete");
    clerk.post(&act("issue"), &json!({})).await.refused(409, "wrong_state");
    let hand_over = format!("{case}/hand-over");
    clerk.post(&hand_over, &contract.example("HandOverRequest")).await.refused(409, "wrong_state");
    clerk.post(&act("fly"), &json!({})).await.refused(404, "unknown_action");
    let mut lacking = all_in_order(&opened);
    lacking["materials"][1]["copies_received"] = json!(0);
    lacking["materials"][1]["copies_stamped"] = json!(0);
    clerk.post(&act("record_materials"), &lacking).await.expect(200);
    clerk.post(&act("request_correction"), &json!({ "remark": "请补交" })).await.expect(200);
    clerk.get(&case).await.expect(200);
    clerk.get("/api/v1/cases").await.expect(200);
    clerk.post(&act("resubmit"), &json!({})).await.expect(200);
    let agent = json!({ "name": "曾国栋", "identity_number": "440199198701195759", "phone": "13800138001" });
    let correction = json!({ "correction": { "agent": agent }, "reason": "经办人换人" });
    clerk.post(&act("correct_application"), &correction).await.expect(200);
    clerk.post(&act("record_materials"), &all_in_order(&opened)).await.expect(200);
    clerk.post(&act("accept_materials"), &json!({})).await.expect(200);
    let made = json!({ "certificate": { "serial": "GZ2026-000147", "medium_number": "KEY-0000147" } });
    producer.post(&act("record_certificate"), &made).await.expect(200);
    producer.post(&act("record_payment"), &json!({})).await.refused(403, "role_missing");
    clerk
        .post(&act("record_payment"), &json!({ "payment": { "amount_fen": 40_000, "method": "card" } }))
        .await
        .expect(200);
    let collector = json!({ "name": "曾国栋", "document_number": "440199198701195759", "document_sighted": true });
    clerk.post(&act("record_collector"), &json!({ "collector": collector })).await.expect(200);
    clerk.post(&act("issue"), &json!({})).await.expect(200);
    let authorization = "/api/v1/certificates/GZ2026-000147/authorizations/urban-construction";
    asker.get(authorization).await.expect(200);
    producer.post(&hand_over, &json!({})).await.refused(403, "role_missing");
    clerk.post(&hand_over, &json!({ "colour": "red" })).await.refused(422, "invalid_request");
    clerk.post("/api/v1/cases/0/hand-over", &json!({})).await.refused(404, "not_found");
    let old = [("If-Match", "\"1\"")];
    clerk.call(Method::POST, &hand_over, &old, Some(&json!({}))).await.refused(412, "version_stale");
    clerk.post(&hand_over, &json!({})).await.expect(200);
    asker.get(authorization).await.expect(200);
    hall.advance(Duration::days(1));
    asker.get(authorization).await.expect(200);
    asker.get(&authorization.replace("urban", "rural")).await.refused(404, "not_found");
    clerk.get(&case).await.expect(200);
    clerk.get(&format!("{case}/events")).await.expect(200);
    events::walk(&clerk).await;
    clerk.get(&format!("{case}/deadlines?explain=days")).await.expect(200);
    for path in ["/api/v1/cases/0", "/api/v1/cases/0/deadlines", "/api/v1/cases/0/events", "/api/v1/cases/0/materials"]
    {
        clerk.get(path).await.refused(404, "not_found");
    }
    clerk.get("/api/v1/cases?closed=true").await.expect(200);

    // The calendar.
    let administrator = hall.person(&[Role::Administrator], None).await;
    let administrator = checked(&administrator);
    let (next, year) = ("/api/v1/calendar/2027", contract.example("CalendarYearRequest"));
    clerk.get("/api/v1/calendar").await.expect(200);
    clerk.get("/api/v1/calendar/2026").await.expect(200);
    clerk.get(next).await.refused(404, "not_found");
    clerk.put(next, "\"0\"", &year).await.refused(403, "role_missing");
    administrator.put(next, "\"7\"", &year).await.refused(412, "version_stale");
    administrator.put(next, "\"0\"", &json!({})).await.refused(422, "invalid_request");
    administrator.put(&format!("{next}?dry_run=true"), "\"0\"", &year).await.expect(200);
    administrator.put(next, "\"0\"", &year).await.expect(200);
    let mut amended = year.clone();
    amended["days"] = json!([]);
    administrator.call(Method::PUT, next, &[], Some(&amended)).await.refused(428, "precondition_required");

    // Accounts.
    accounts::held_up(&hall, &contract, &clerk, producer_name).await;
    accounts::managed(&hall, &contract, &clerk).await;
    accounts::own(&hall, &contract, &asker).await;
    accounts::trail(&hall, &contract, &clerk).await;
    let security = hall.person(&[Role::SecurityAdministrator], None).await;
    systems::walk(&contract, &checked(&security), &clerk).await;
    webhooks::walk(&contract, &checked(&security), &clerk).await;

    persons::walk(&contract, &case, &clerk, &supervisor, &producer).await;
    // The forecast.
    supervisor.get("/api/v1/forecast").await.expect(200);
    supervisor.get("/api/v1/forecast?outlet=panyu").await.refused(404, "not_found");
    clerk.get("/api/v1/forecast").await.refused(403, "forbidden");

    // The event log.
    for format in ["xes", "csv"] {
        let path = format!("/api/v1/exports/event-log.{format}");
        supervisor.get(&path).await;
        supervisor.get(&format!("{path}?outlet=panyu")).await.refused(404, "not_found");
        clerk.get(&path).await.refused(403, "forbidden");
    }

    // The register.
    supervisor.post("/api/v1/certificates", &contract.example("RegistrationRequest")).await.expect(201);
    supervisor
        .post("/api/v1/certificates", &contract.example("RegistrationRequest"))
        .await
        .refused(409, "already_applied");
    supervisor.post("/api/v1/certificates", &json!({})).await.refused(422, "invalid_request");
    second_persons::walk(&hall, &contract, &supervisor, &clerk).await;
    clerk.get("/api/v1/certificates/GZ2026-000147").await.expect(200);
    clerk.get("/api/v1/certificates/nothing-0").await.refused(404, "not_found");
    clerk.get(&format!("/api/v1/certificates?organization_code={taken}")).await.expect(200);
    clerk.get("/api/v1/certificates?name=x").await.refused(400, "invalid_query");
    let registered = "/api/v1/certificates/GZ2013-004711";
    supervisor.get(&format!("{registered}/events")).await.expect(200);
    supervisor.get("/api/v1/certificates/nothing-0/events").await.refused(404, "not_found");
    let report = |what: &str| (format!("{registered}/{what}"), format!("/api/v1/certificates/nothing-0/{what}"));
    let ((lock, no_lock), (loss, no_loss)) = (report("lock-reports"), report("loss-reports"));
    let (restore, no_restore) = report("restore");
    let (lost, back) = (contract.example("LossReportRequest"), contract.example("RestoreRequest"));
    clerk.post(&lock, &contract.example("LockReportRequest")).await.expect(200);
    clerk.post(&lock, &json!({})).await.refused(409, "certificate_locked");
    clerk.post(&lock, &json!({ "pin": "123456" })).await.refused(422, "invalid_request");
    clerk.post(&no_lock, &json!({})).await.refused(404, "not_found");
    clerk.post(&loss, &lost).await.expect(200);
    clerk.post(&loss, &lost).await.refused(409, "certificate_suspended");
    clerk.post(&loss, &json!({})).await.refused(422, "invalid_request");
    clerk.post(&no_loss, &lost).await.refused(404, "not_found");
    producer.post(&loss, &lost).await.refused(403, "role_missing");
    supervisor.post(&restore, &back).await.expect(200);
    supervisor.post(&restore, &back).await.refused(409, "certificate_not_suspended");
    supervisor.post(&restore, &json!({})).await.refused(422, "invalid_request");
    supervisor.post(&no_restore, &back).await.refused(404, "not_found");
    clerk.post(&restore, &back).await.refused(403, "role_missing");
    // Its services by themselves, and what was recorded wrongly.
    let (seal, why) = (format!("{registered}/services/urban-construction"), contract.example("ServiceActRequest"));
    clerk.get(&seal).await.expect(200);
    clerk.get(&format!("{registered}/services/tax")).await.refused(404, "not_found");
    clerk.post(&format!("{seal}/restore"), &why).await.refused(403, "role_missing");
    clerk.post(&format!("{seal}/suspend"), &json!({})).await.refused(422, "invalid_request");
    clerk.post(&format!("{seal}/suspend"), &why).await.expect(200);
    clerk.post(&format!("{seal}/suspend"), &why).await.refused(409, "service_suspended");
    supervisor.post("/api/v1/certificates/nothing-0/services/e-seal/close", &why).await.refused(404, "not_found");
    let (corrections, wanted) =
        (format!("{registered}/corrections"), contract.example("CorrectionOfCertificateRequest"));
    let (approve, decline) = (format!("{corrections}/approve"), format!("{corrections}/decline"));
    let (nothing, not_so) = ("/api/v1/certificates/nothing-0/corrections", contract.example("DeclineRequest"));
    let (yes, first) = (contract.example("ApprovalRequest"), [("If-Match", "\"1\"")]);
    producer.post(&corrections, &wanted).await.refused(403, "role_missing");
    clerk.post(&corrections, &json!({})).await.refused(422, "invalid_request");
    clerk.post(nothing, &wanted).await.refused(404, "not_found");
    clerk.post(&corrections, &wanted).await.expect(200);
    clerk.post(&corrections, &wanted).await.refused(409, "correction_pending");
    producer.post(&decline, &not_so).await.refused(403, "role_missing");
    clerk.post(&decline, &json!({})).await.refused(422, "invalid_request");
    clerk.post(&format!("{nothing}/decline"), &not_so).await.refused(404, "not_found");
    clerk.post(&decline, &not_so).await.expect(200);
    clerk.post(&decline, &not_so).await.refused(409, "no_correction");
    let asked = clerk.post(&corrections, &wanted).await.expect(200);
    let version = format!("\"{}\"", asked["version"]);
    let seen = [("If-Match", version.as_str())];
    supervisor.post(&approve, &yes).await.refused(428, "precondition_required");
    clerk.call(Method::POST, &approve, &seen, Some(&yes)).await.refused(403, "role_missing");
    supervisor.call(Method::POST, &approve, &first, Some(&yes)).await.refused(412, "version_stale");
    supervisor.call(Method::POST, &format!("{nothing}/approve"), &seen, Some(&yes)).await.refused(404, "not_found");
    let corrected = supervisor.call(Method::POST, &approve, &seen, Some(&yes)).await.expect(200);
    let corrected_path = format!("/api/v1/certificates/{}/corrections/approve", corrected["serial"].as_str().unwrap());
    let now = format!("\"{}\"", corrected["version"]);
    let seen = [("If-Match", now.as_str())];
    supervisor.call(Method::POST, &corrected_path, &seen, Some(&yes)).await.refused(409, "no_correction");
    let (query, asked) = ("/api/v1/authorizations/query", contract.example("AuthorizationQueryRequest"));
    let answer = asker.post(query, &asked).await;
    let tag = answer.header("ETag").to_owned();
    answer.expect(200);
    let kept = [("If-None-Match", tag.as_str())];
    assert_eq!(asker.call(Method::POST, query, &kept, Some(&asked)).await.status, 304);
    asker.post(query, &json!({})).await.refused(422, "invalid_request");
    let table = "serial,medium_number,organization_name,organization_code,valid_from,valid_until\n";
    for (person, body, status) in [
        (&supervisor, table.to_owned(), 200),
        (&supervisor, format!("{table}x,,,,,\n"), 422),
        (&clerk, table.to_owned(), 403),
    ] {
        let path = "/api/v1/certificates/imports";
        let request = person.1.request(Method::POST, "/certificates/imports").await;
        let answer = send(request.header("Content-Type", "text/csv").body(body)).await;
        contract.check(&Method::POST, path, &answer);
        assert_eq!(answer.status, status);
    }
    let addition = addition(2, "GZ2013-004712");
    clerk.post("/api/v1/cases", &addition).await.refused(422, "certificate_of_another");

    // Whose work it is.
    let waiting = clerk.post("/api/v1/cases", &application(3)).await.expect(201);
    let waiting = format!("/api/v1/cases/{}", waiting["acceptance_number"].as_str().unwrap());
    let (claim, release) = (format!("{waiting}/claim"), format!("{waiting}/release"));
    let assignee = format!("{waiting}/assignee");
    clerk.get("/api/v1/worklists").await.expect(200);
    clerk.get("/api/v1/worklists/to_check").await.expect(200);
    clerk.get("/api/v1/worklists/paused").await.refused(403, "role_missing");
    clerk.get("/api/v1/worklists/nothing").await.refused(404, "not_found");
    asker.get("/api/v1/worklists").await.refused(403, "forbidden");
    clerk.get("/api/v1/staff").await.expect(200);
    asker.get("/api/v1/staff").await.refused(403, "forbidden");
    let give = |to: &str| json!({ "assignee": to });
    clerk.call(Method::PUT, &assignee, &[], Some(&give(clerk_name))).await.refused(403, "role_missing");
    clerk.post(&claim, &contract.example("ClaimRequest")).await.expect(200);
    clerk.post(&release, &contract.example("ReleaseRequest")).await.expect(200);
    supervisor.call(Method::PUT, &assignee, &[], Some(&give(clerk_name))).await.expect(200);
    supervisor.post(&release, &json!({})).await.refused(422, "invalid_request");
    supervisor.post(&claim, &json!({})).await.refused(409, "assigned_to_another");
    producer.post(&release, &json!({})).await.refused(409, "assigned_to_another");
    producer.call(Method::PUT, &assignee, &[], Some(&give(clerk_name))).await.expect(200);
    let taking = json!({ "assignee": producer_name, "reason": "我来办" });
    producer.call(Method::PUT, &assignee, &[], Some(&taking)).await.refused(409, "assigned_to_another");
    supervisor.call(Method::PUT, &assignee, &[], Some(&json!({}))).await.refused(422, "invalid_request");
    asker.post(&claim, &json!({})).await.refused(403, "forbidden");
    for (action, example) in [
        ("claim", "ClaimBatchRequest"),
        ("release", "ReleaseBatchRequest"),
        ("assign", "AssignBatchRequest"),
        ("box_certificate", "BatchRequest"),
    ] {
        let (path, batch) = (format!("/api/v1/batches/{action}"), contract.example(example));
        clerk.post(&path, &batch).await.expect(200);
        clerk.post(&path, &json!({})).await.refused(422, "invalid_request");
        asker.post(&path, &batch).await.refused(403, "forbidden");
    }
    clerk.post("/api/v1/batches/issue", &contract.example("BatchRequest")).await.refused(404, "not_found");

    // A way of paying put right; of the first case the whole fee was paid.
    let paid = clerk.get("/api/v1/cases?certificate_serial=GZ2026-000147").await.expect(200)["items"][0]["id"].clone();
    let paid = format!("/api/v1/cases/{}", paid.as_str().unwrap());
    let receipt = clerk.get(&paid).await.expect(200)["fee"]["payments"][0]["receipt"].clone();
    let correct = format!("{paid}/payments/{}/corrections", receipt.as_str().unwrap());
    let right = contract.example("PaymentCorrectionRequest");
    clerk.post(&correct, &right).await.refused(403, "role_missing");
    supervisor.post(&correct, &json!({ "reason": "" })).await.refused(422, "invalid_request");
    supervisor.post(&correct, &right).await.expect(200);
    supervisor.post(&correct, &right).await.refused(409, "payment_reversed");
    supervisor.post(&format!("{paid}/payments/SK19990101-0001/corrections"), &right).await.refused(404, "not_found");

    // What supervisors look at.
    supervisor.get("/api/v1/board").await.expect(200);
    clerk.get("/api/v1/board").await.refused(403, "forbidden");
    for report in ["throughput", "cycle_times", "ageing", "overdue", "quality", "defects", "uncollected", "people"] {
        supervisor.get(&format!("/api/v1/reports/{report}")).await.expect(200);
    }
    for format in ["csv", "xlsx"] {
        assert_eq!(supervisor.get(&format!("/api/v1/reports/people?format={format}")).await.status, 200);
    }
    clerk.get("/api/v1/reports/overdue").await.refused(403, "forbidden");
    supervisor.get("/api/v1/reports/weather").await.refused(404, "not_found");

    parts::walk(&contract, &clerk, &producer, &asker).await;

    // What every change may refuse, of whatever it is a change.
    let (none, old, empty) = ("/api/v1/cases/0", [("If-Match", "\"999\"")], json!({}));
    for (path, body) in [(act("withdraw"), json!({ "reason": "x" })), (claim.clone(), empty.clone())] {
        supervisor.call(Method::POST, &path, &old, Some(&body)).await.refused(412, "version_stale");
    }
    supervisor.call(Method::POST, &release, &old, Some(&empty)).await.refused(412, "version_stale");
    supervisor.call(Method::POST, &correct, &old, Some(&right)).await.refused(412, "version_stale");
    supervisor.call(Method::PUT, &assignee, &old, Some(&give(clerk_name))).await.refused(412, "version_stale");
    for path in ["claim", "release"] {
        clerk.post(&format!("{none}/{path}"), &empty).await.refused(404, "not_found");
    }
    clerk.call(Method::PUT, &format!("{none}/assignee"), &[], Some(&give(clerk_name))).await.refused(404, "not_found");
    clerk
        .put(&format!("{none}/materials"), "\"1\"", &contract.example("MaterialsRequest"))
        .await
        .refused(404, "not_found");
    asker.post(&release, &empty).await.refused(403, "forbidden");
    for path in [&materials, &format!("{materials}/e-seal-agreement")] {
        clerk.put(path, "\"1\"", &empty).await.refused(422, "invalid_request");
        asker.put(path, "\"1\"", &empty).await.refused(403, "forbidden");
    }
    clerk.post(&claim, &json!({ "colour": "red" })).await.refused(422, "invalid_request");
    producer.post(&lock, &empty).await.refused(403, "role_missing");
    clerk.post("/api/v1/certificates", &empty).await.refused(403, "role_missing");
    let odd = json!({ "colour": "red" });
    supervisor.call(Method::POST, &corrected_path, &seen, Some(&odd)).await.refused(422, "invalid_request");

    contract.assert_nothing_left_out();
    contract.answers.assert_shown_by(&contract.document);
}
