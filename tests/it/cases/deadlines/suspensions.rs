//! What people decide about deadlines, and how every date says how it was counted.

use casehall::domain::accounts::role::Role;
use serde_json::{Value, json};

use crate::databases::{TestDatabase, on_both};
use crate::hall::{Hall, Person, all_in_order, application, blockers, offer};

on_both!(
    a_supervisor_pauses_and_resumes_the_deadline_repeatedly,
    a_decision_and_a_correction_may_pause_the_deadline_together,
    extending_the_limit_is_a_decision_that_is_kept,
    a_limit_that_has_passed_is_not_extended,
    a_limit_is_put_off_by_a_year_at_most,
    every_day_between_receipt_and_limit_is_explained,
    what_was_reached_is_explained_as_it_was_counted,
);

async fn opened(clerk: &Person<'_>, number: u32) -> (String, Value) {
    let case = clerk.post("/cases", &application(number)).await.expect(201);
    (case["acceptance_number"].as_str().unwrap().to_owned(), case)
}

fn limit(case: &Value) -> &str {
    case["deadlines"]["limit"]["date"].as_str().unwrap()
}

async fn explained(person: &Person<'_>, case: &str) -> Value {
    person.get(&format!("/cases/{case}/deadlines?explain=days")).await.expect(200)
}

/// Every counted day once, in order, up to the number; the last one is the limit.
fn counts_exactly(explained: &Value, wanted: u64) {
    let days = explained["days"].as_array().unwrap();
    let counted: Vec<u64> = days.iter().filter_map(|day| day["counted"].as_u64()).collect();
    assert_eq!(counted, (1..=wanted).collect::<Vec<_>>());
    assert_eq!(days.last().unwrap()["date"], explained["limit"]["date"]);
}

async fn a_supervisor_pauses_and_resumes_the_deadline_repeatedly(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let (clerk, supervisor) = (hall.staff(Role::Clerk).await, hall.staff(Role::Supervisor).await);
    hall.set_time("2026-03-02T10:00:00+08:00");
    let (case, view) = opened(&clerk, 1).await;
    assert_eq!(limit(&view), "2026-03-16");
    assert_eq!(offer(&view, "pause")["requires"], json!(["reason"]));
    clerk.act(&case, "pause", &json!({ "reason": "停电" })).await.refused(403, "role_missing");
    supervisor.act(&case, "pause", &json!({})).await.refused(422, "invalid_request");
    hall.set_time("2026-03-03T10:00:00+08:00");
    let paused = supervisor.act(&case, "pause", &json!({ "reason": "停电" })).await.expect(200);
    assert_eq!(paused["deadlines"]["status"], "paused");
    assert_eq!(blockers(&paused, "pause"), ["already_suspended"]);
    supervisor.act(&case, "pause", &json!({ "reason": "又停电" })).await.refused(422, "already_suspended");
    hall.set_time("2026-03-05T10:00:00+08:00");
    let resumed = supervisor.act(&case, "resume", &json!({})).await.expect(200);
    assert_eq!((limit(&resumed), &resumed["deadlines"]["status"]), ("2026-03-18", &json!("on_track")));
    supervisor.act(&case, "resume", &json!({})).await.refused(422, "not_suspended");
    // Stopped and started within one day, nothing moves.
    supervisor.act(&case, "pause", &json!({ "reason": "检修" })).await.expect(200);
    hall.set_time("2026-03-05T16:00:00+08:00");
    let again = supervisor.act(&case, "resume", &json!({ "remark": "修好了" })).await.expect(200);
    assert_eq!(limit(&again), "2026-03-18");
    let told = explained(&clerk, &case).await;
    counts_exactly(&told, 10);
    let pauses = told["pauses"].as_array().unwrap();
    let ledger: Vec<_> = pauses.iter().map(|pause| (pause["reason"].as_str().unwrap(), &pause["cause"])).collect();
    assert_eq!(ledger, [("停电", &json!("decision")), ("检修", &json!("decision"))]);
    assert!(
        pauses
            .iter()
            .all(|pause| pause["by"] == "督办人员" && pause["ended_by"] == "督办人员" && pause["to"].is_string())
    );
    let events = clerk.get(&format!("/cases/{case}/events")).await.expect(200);
    let kinds: Vec<&str> = events["items"].as_array().unwrap().iter().map(|e| e["kind"].as_str().unwrap()).collect();
    assert_eq!(kinds.iter().filter(|kind| **kind == "deadline_paused").count(), 2);
    assert_eq!(kinds.iter().filter(|kind| **kind == "deadline_resumed").count(), 2);
}

async fn a_decision_and_a_correction_may_pause_the_deadline_together(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let (clerk, supervisor) = (hall.staff(Role::Clerk).await, hall.staff(Role::Supervisor).await);
    hall.set_time("2026-03-02T10:00:00+08:00");
    let (case, view) = opened(&clerk, 1).await;
    let mut sheet = all_in_order(&view);
    sheet["materials"][0]["copies_received"] = json!(1);
    sheet["materials"][0]["copies_stamped"] = json!(1);
    clerk.act(&case, "record_materials", &sheet).await.expect(200);
    clerk.act(&case, "request_correction", &json!({})).await.expect(200);
    hall.set_time("2026-03-04T10:00:00+08:00");
    supervisor.act(&case, "pause", &json!({ "reason": "系统升级" })).await.expect(200);
    hall.set_time("2026-03-05T10:00:00+08:00");
    let resubmitted = clerk.act(&case, "resubmit", &json!({})).await.expect(200);
    assert_eq!(resubmitted["deadlines"]["status"], "paused", "the decision still holds");
    hall.set_time("2026-03-06T10:00:00+08:00");
    let resumed = supervisor.act(&case, "resume", &json!({})).await.expect(200);
    // From the 3rd to the 6th, four working days, however many causes there were.
    assert_eq!((limit(&resumed), &resumed["deadlines"]["status"]), ("2026-03-20", &json!("on_track")));
    let told = explained(&clerk, &case).await;
    counts_exactly(&told, 10);
    let reasons: Vec<&str> = told["days"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|day| day["code"] == "paused")
        .map(|day| day["reason"].as_str().unwrap())
        .collect();
    assert_eq!(reasons.len(), 4);
    assert!(reasons[0].contains("Correction requested") && reasons[3].contains("系统升级"), "{reasons:?}");
}

async fn extending_the_limit_is_a_decision_that_is_kept(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let (clerk, supervisor) = (hall.staff(Role::Clerk).await, hall.staff(Role::Supervisor).await);
    hall.set_time("2026-03-02T10:00:00+08:00");
    let (case, view) = opened(&clerk, 1).await;
    let extend = |limit: &str| json!({ "limit": limit, "reason": "介质缺货" });
    clerk.act(&case, "extend_limit", &extend("2026-03-20")).await.refused(403, "role_missing");
    for wrong in ["2026-03-16", "2026-03-13", "2026-03-21"] {
        let answer = supervisor.act(&case, "extend_limit", &extend(wrong)).await;
        assert_eq!(answer.faults(), [("/limit".to_owned(), "not_later".to_owned())], "{wrong}");
    }
    let longer = supervisor.act(&case, "extend_limit", &extend("2026-03-20")).await.expect(200);
    assert_eq!(limit(&longer), "2026-03-20");
    assert_eq!(longer["deadlines"]["ready_from"], view["deadlines"]["ready_from"], "the first promise stands");
    let told = explained(&clerk, &case).await;
    counts_exactly(&told, 14);
    assert_eq!(told["extended_by_working_days"], 4);
    let decided = &told["extensions"][0];
    assert_eq!((&decided["before"], &decided["after"]), (&json!("2026-03-16"), &json!("2026-03-20")));
    assert_eq!((&decided["reason"], &decided["working_days"]), (&json!("介质缺货"), &json!(4)));
    assert_eq!((&decided["at"], &decided["by"]), (&json!("2026-03-02T02:00:00Z"), &json!("督办人员")));
    // A pause afterwards moves the extended limit, too.
    supervisor.act(&case, "pause", &json!({ "reason": "停电" })).await.expect(200);
    hall.set_time("2026-03-03T10:00:00+08:00");
    let resumed = supervisor.act(&case, "resume", &json!({})).await.expect(200);
    assert_eq!(limit(&resumed), "2026-03-23");
    let events = clerk.get(&format!("/cases/{case}/events")).await.expect(200);
    let events = events["items"].as_array().unwrap();
    let extended = events.iter().find(|event| event["kind"] == "limit_extended").unwrap();
    assert_eq!(extended["data"]["before"], "2026-03-16");
    assert_eq!(extended["data"]["after"], "2026-03-20");
    assert!(events.iter().any(|event| event["data"]["text"] == "介质缺货"), "the reason is kept");
}

async fn a_limit_that_has_passed_is_not_extended(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let (clerk, supervisor) = (hall.staff(Role::Clerk).await, hall.staff(Role::Supervisor).await);
    hall.set_time("2026-03-02T10:00:00+08:00");
    let (case, _) = opened(&clerk, 1).await;
    let extend = json!({ "limit": "2026-04-10", "reason": "介质缺货" });
    // The last moment of the limit is still in time.
    hall.set_time("2026-03-16T17:30:00+08:00");
    supervisor.act(&case, "extend_limit", &json!({ "limit": "2026-03-17", "reason": "介质缺货" })).await.expect(200);
    hall.set_time("2026-03-17T17:30:01+08:00");
    supervisor.act(&case, "extend_limit", &extend).await.refused(422, "limit_passed");
    let view = supervisor.get(&format!("/cases/{case}")).await.expect(200);
    assert_eq!(view["deadlines"]["status"], "overdue", "lateness stays a fact");
    let offered = view["actions"].as_array().unwrap().iter().find(|offer| offer["action"] == "extend_limit").unwrap();
    assert_eq!(offered["blocked_by"][0]["code"], "limit_passed");
    let told = explained(&clerk, &case).await;
    assert_eq!(told["extensions"].as_array().unwrap().len(), 1, "what was refused isn't there");
    let sentence = told["explanation"].as_str().unwrap();
    assert!(sentence.ends_with("; extended by 1 working day on 2026-03-16 by 督办人员 (介质缺货)."), "{sentence}");
    let listed = supervisor.get("/cases?overdue=true").await.expect(200);
    let listed = listed["items"][0]["explanation"].as_str().unwrap();
    assert!(listed.ends_with("; 1 working day by extension."), "{listed}");
    // A pause that comes too late hides nothing either.
    let paused = supervisor.act(&case, "pause", &json!({ "reason": "停电" })).await.expect(200);
    assert_eq!(paused["deadlines"]["status"], "overdue");
    let overdue = supervisor.get("/cases?overdue=true").await.expect(200);
    assert_eq!(overdue["items"][0]["acceptance_number"], case.as_str());
}

async fn a_limit_is_put_off_by_a_year_at_most(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let (clerk, supervisor) = (hall.staff(Role::Clerk).await, hall.staff(Role::Supervisor).await);
    hall.set_time("2026-03-02T10:00:00+08:00");
    let (case, _) = opened(&clerk, 1).await;
    for far in ["2027-03-04", "2126-12-20", "9999-12-31"] {
        let answer = supervisor.act(&case, "extend_limit", &json!({ "limit": far, "reason": "介质缺货" })).await;
        assert_eq!(answer.faults(), [("/limit".to_owned(), "implausible_date".to_owned())], "{far}");
    }
    supervisor.act(&case, "extend_limit", &json!({ "limit": "2027-03-01", "reason": "介质缺货" })).await.expect(200);
}

async fn every_day_between_receipt_and_limit_is_explained(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let clerk = hall.staff(Role::Clerk).await;
    hall.set_time("2014-04-04T10:00:00+08:00");
    let (case, _) = opened(&clerk, 1).await;
    let told = explained(&clerk, &case).await;
    counts_exactly(&told, 10);
    let days = told["days"].as_array().unwrap();
    let first: Vec<_> =
        days[..5].iter().map(|day| (day["date"].as_str().unwrap(), day["code"].as_str().unwrap())).collect();
    assert_eq!(
        first,
        [
            ("2014-04-04", "receipt_day"),
            ("2014-04-05", "holiday"),
            ("2014-04-06", "holiday"),
            ("2014-04-07", "holiday"),
            ("2014-04-08", "working_day"),
        ]
    );
    assert!(days[1]["notice"].as_str().unwrap().starts_with("http"), "a holiday names its notice");
    assert!(days[4]["notice"].is_null());
    let chinese = clerk.in_chinese();
    let told = explained(&chinese, &case).await;
    assert_eq!(told["days"][1]["reason"], "清明节放假");
    assert_eq!(told["explanation"], "2014-04-04收到，当日不计，第10个工作日为2014-04-21；不计清明节放假3天、周末4天。");
    // The same sentence on lists.
    let list = chinese.get("/cases").await.expect(200);
    assert_eq!(list["items"][0]["explanation"], told["explanation"]);
    hall.set_time("2026-12-22T10:00:00+08:00");
    let (case, _) = opened(&chinese, 2).await;
    let told = explained(&chinese, &case).await;
    assert!(told["explanation"].as_str().unwrap().ends_with("日期暂定。"), "{told}");
    assert!(told["days"].as_array().unwrap().iter().any(|day| day["code"] == "assumed_working_day"));
    chinese.get(&format!("/cases/{case}/deadlines?explain=hours")).await.refused(400, "invalid_query");
}

async fn what_was_reached_is_explained_as_it_was_counted(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let clerk = hall.staff(Role::Clerk).await;
    hall.set_time("2026-03-02T10:00:00+08:00");
    let (case, _) = opened(&clerk, 1).await;
    hall.set_time("2026-03-05T10:00:00+08:00");
    let ended = clerk.act(&case, "withdraw", &json!({ "reason": "不办了" })).await.expect(200);
    hall.set_time("2026-06-05T10:00:00+08:00");
    let told = explained(&clerk, &case).await;
    assert_eq!((told["limit"]["date"].as_str().unwrap(), &told["status"]), (limit(&ended), &json!("ended")));
    counts_exactly(&told, 10);
    let list = clerk.get("/cases").await.expect(200);
    assert!(list["items"][0]["explanation"].is_null(), "no deadline is open any more");
}
