//! Decisions on a case that leave the ordinary way: whoever works on it doesn't waive its fee, and with four eyes neither stops its
//! clock, puts its limit off, nor restores a certificate whose loss they reported.

use serde_json::{Value, json};

use super::{EVERYTHING, pay};
use crate::case_types::shipped;
use crate::databases::{TestDatabase, on_both};
use crate::hall::{Hall, Person, application, blockers};

on_both!(
    whoever_opened_a_case_does_not_waive_its_fee,
    whoever_took_a_part_of_the_fee_does_not_waive_the_rest,
    with_four_eyes_the_clock_is_stopped_by_somebody_else,
    with_four_eyes_a_loss_is_taken_back_by_somebody_else,
);

async fn opened(by: &Person<'_>) -> (String, Value) {
    let case = by.post("/cases", &application(1)).await.expect(201);
    (case["acceptance_number"].as_str().unwrap().to_owned(), case)
}

fn waiver() -> Value {
    json!({ "waiver": { "amount_fen": 100 }, "reason": "小微企业减免" })
}

async fn whoever_opened_a_case_does_not_waive_its_fee(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let (one, other) = (hall.person(EVERYTHING, None).await.in_chinese(), hall.person(EVERYTHING, None).await);
    let (case, view) = opened(&one).await;
    assert_eq!(blockers(&view, "waive_fee"), ["second_person_needed"], "in every hall");
    let refused = one.act(&case, "waive_fee", &waiver()).await.refused(403, "second_person_needed");
    assert_eq!(refused["detail"], "“收件”是您办理的，本操作须由另一人（督办人员）办理");
    other.act(&case, "waive_fee", &waiver()).await.expect(200);
}

async fn whoever_took_a_part_of_the_fee_does_not_waive_the_rest(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let (one, two) = (hall.person(EVERYTHING, None).await, hall.person(EVERYTHING, None).await);
    let three = hall.person(EVERYTHING, None).await;
    let (case, view) = opened(&three).await;
    let part = json!({ "payment": { "amount_fen": 100, "method": "cash" } });
    one.act(&case, "record_payment", &part).await.expect(200);
    two.act(&case, "record_payment", &part).await.expect(200);
    // Not only the last of them.
    for taker in [&one, &two] {
        let seen = taker.get(&format!("/cases/{case}")).await.expect(200);
        assert_eq!(blockers(&seen, "waive_fee"), ["second_person_needed"]);
        taker.act(&case, "waive_fee", &waiver()).await.refused(403, "second_person_needed");
    }
    hall.person(EVERYTHING, None).await.act(&case, "waive_fee", &waiver()).await.expect(200);
    pay(&one, &case, &json!({ "fee": { "outstanding_fen": view["fee"]["outstanding_fen"].as_i64().unwrap() - 300 } }))
        .await;
}

async fn with_four_eyes_the_clock_is_stopped_by_somebody_else(database: TestDatabase) {
    let hall = Hall::with(database, &[("HALL__FOUR_EYES", "true")]).await;
    let (one, two) = (hall.person(EVERYTHING, None).await, hall.person(EVERYTHING, None).await);
    let (case, _) = opened(&one).await;
    let (pause, later) = (json!({ "reason": "停电" }), json!({ "limit": "2026-03-20", "reason": "介质缺货" }));
    for (action, data) in [("pause", &pause), ("extend_limit", &later)] {
        one.act(&case, action, data).await.refused(403, "second_person_needed");
        two.act(&case, action, data).await.expect(200);
    }
    // That it runs again hides nothing.
    one.act(&case, "resume", &json!({})).await.expect(200);
}

async fn with_four_eyes_a_loss_is_taken_back_by_somebody_else(database: TestDatabase) {
    let hall = Hall::with(database, &[("HALL__FOUR_EYES", "true")]).await;
    shipped::Staff::of(&hall).await;
    let (one, two) = (hall.person(EVERYTHING, None).await, hall.person(EVERYTHING, None).await);
    let (lost, restore) = (
        format!("/certificates/{}/loss-reports", shipped::SERIAL),
        format!("/certificates/{}/restore", shipped::SERIAL),
    );
    let reason = json!({ "reason": "遗失" });
    one.post(&lost, &reason).await.expect(200);
    let refused = one.post(&restore, &json!({ "reason": "找到了" })).await.refused(403, "second_person_needed");
    let told = refused["detail"].as_str().unwrap();
    assert!(told.contains("Report the loss") && told.contains("supervisor"), "{told}");
    two.post(&restore, &json!({ "reason": "找到了" })).await.expect(200);
    // Of two who reported it neither does.
    one.post(&lost, &reason).await.expect(200);
    two.post(&lost, &reason).await.expect(200);
    for reporter in [&one, &two] {
        reporter.post(&restore, &json!({ "reason": "找到了" })).await.refused(403, "second_person_needed");
    }
}
