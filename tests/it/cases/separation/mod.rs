//! Duties separated between people: who did one thing doesn't do the other, and is told who may.

mod acceptance;
mod decisions;
mod walk;

use casehall::domain::accounts::role::Role;
use serde_json::{Value, json};

use crate::databases::{TestDatabase, on_both};
use crate::hall::{Hall, Person, addition, all_in_order, application, blockers};

on_both!(
    whoever_took_a_payment_does_not_cancel_it,
    of_two_payments_by_two_people_nobody_gives_back_their_own,
    a_supervisor_who_took_a_payment_does_not_correct_it_alone,
    with_four_eyes_a_case_is_stopped_at_every_step_of_one_person,
    with_four_eyes_a_case_that_makes_first_is_stopped_as_well,
    with_four_eyes_an_addition_is_opened_accepted_and_activated_by_others,
    without_four_eyes_one_person_does_the_steps_of_a_small_hall,
);

/// Somebody who could do every step of a case.
const EVERYTHING: &[Role] = &[Role::Clerk, Role::Producer, Role::Supervisor];

fn made() -> Value {
    json!({ "certificate": { "serial": "GZ-000001", "medium_number": "KEY-000001" } })
}

fn collector() -> Value {
    json!({ "collector": { "name": "谭丽", "document_number": "440199196412310694", "document_sighted": true } })
}

async fn pay(person: &Person<'_>, case: &str, view: &Value) -> Value {
    let payment = json!({ "payment": { "amount_fen": view["fee"]["outstanding_fen"], "method": "cash" } });
    person.act(case, "record_payment", &payment).await.expect(200)
}

async fn whoever_took_a_payment_does_not_cancel_it(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let (one, other) = (hall.person(EVERYTHING, None).await.in_chinese(), hall.person(EVERYTHING, None).await);
    let opened = one.post("/cases", &application(1)).await.expect(201);
    let case = opened["acceptance_number"].as_str().unwrap();
    let paid = pay(&one, case, &opened).await;
    let cancel = json!({ "cancellation": { "receipt": paid["fee"]["payments"][0]["receipt"] }, "reason": "录错" });
    assert_eq!(blockers(&paid, "cancel_payment"), ["second_person_needed"]);
    let refused = one.act(case, "cancel_payment", &cancel).await.refused(403, "second_person_needed");
    assert_eq!(refused["detail"], "“登记收费”是您办理的，本操作须由另一人（督办人员）办理");
    other.act(case, "cancel_payment", &cancel).await.expect(200);
    // Nothing is left to give back, so nobody else is needed.
    one.act(case, "withdraw", &json!({ "reason": "不办了" })).await.expect(200);
}

/// Two payments, each half of the fee, by two people: the receipts.
async fn two_payments(one: &Person<'_>, other: &Person<'_>, case: &str, view: &Value) -> [String; 2] {
    let half = view["fee"]["outstanding_fen"].as_i64().unwrap() / 2;
    let payment = json!({ "payment": { "amount_fen": half, "method": "cash" } });
    one.act(case, "record_payment", &payment).await.expect(200);
    let paid = other.act(case, "record_payment", &payment).await.expect(200);
    [0, 1].map(|index| paid["fee"]["payments"][index]["receipt"].as_str().unwrap().to_owned())
}

async fn of_two_payments_by_two_people_nobody_gives_back_their_own(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let (one, two) = (hall.person(EVERYTHING, None).await, hall.person(EVERYTHING, None).await);
    let three = hall.person(EVERYTHING, None).await;
    let opened = one.post("/cases", &application(1)).await.expect(201);
    let case = opened["acceptance_number"].as_str().unwrap();
    let [of_one, of_two] = two_payments(&one, &two, case, &opened).await;
    let cancel = |receipt: &str| json!({ "cancellation": { "receipt": receipt }, "reason": "录错" });
    for who in [&one, &two] {
        let seen = who.get(&format!("/cases/{case}")).await.expect(200);
        assert_eq!(blockers(&seen, "withdraw"), ["second_person_needed"], "of one of the two it is their own");
        assert!(blockers(&seen, "cancel_payment").is_empty(), "the other one's can be cancelled");
        who.act(case, "withdraw", &json!({ "reason": "不办了" })).await.refused(403, "second_person_needed");
    }
    one.act(case, "cancel_payment", &cancel(&of_one)).await.refused(403, "second_person_needed");
    two.act(case, "cancel_payment", &cancel(&of_two)).await.refused(403, "second_person_needed");
    two.act(case, "cancel_payment", &cancel(&of_one)).await.expect(200);
    let refused = two.act(case, "cancel_payment", &cancel(&of_two)).await.refused(403, "second_person_needed");
    assert!(refused["detail"].as_str().unwrap().contains("upervisor"), "it says who may: {refused}");
    // What was cancelled is given back to nobody, so its taker may end the case with the other one's.
    one.act(case, "withdraw", &json!({ "reason": "不办了" })).await.expect(200);
    three.get(&format!("/cases/{case}")).await.expect(200);
}

async fn a_supervisor_who_took_a_payment_does_not_correct_it_alone(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let (one, two) = (hall.person(EVERYTHING, None).await, hall.person(EVERYTHING, None).await);
    let three = hall.person(EVERYTHING, None).await;
    let opened = one.post("/cases", &application(1)).await.expect(201);
    let case = opened["acceptance_number"].as_str().unwrap();
    let [of_one, _] = two_payments(&one, &two, case, &opened).await;
    let correct = json!({ "method": "card", "reason": "实为刷卡" });
    let path = format!("/cases/{case}/payments/{of_one}/corrections");
    one.post(&path, &correct).await.refused(403, "second_person_needed");
    let corrected = two.post(&path, &correct).await.expect(200);
    let receipt = corrected["fee"]["payments"][2]["receipt"].as_str().unwrap();
    // Who corrected it answers for it beside who had the money.
    let cancel = json!({ "cancellation": { "receipt": receipt }, "reason": "录错" });
    one.act(case, "cancel_payment", &cancel).await.refused(403, "second_person_needed");
    two.act(case, "cancel_payment", &cancel).await.refused(403, "second_person_needed");
    three.act(case, "cancel_payment", &cancel).await.expect(200);
}

/// Some can't take the action, and are told who may; then somebody takes it.
async fn by_another(case: &str, action: &str, data: &Value, not: &[&Person<'_>], who: &Person<'_>) -> Value {
    for stopped in not {
        let seen = stopped.get(&format!("/cases/{case}")).await.expect(200);
        assert_eq!(blockers(&seen, action), ["second_person_needed"], "as every answer says already");
        let refused = stopped.act(case, action, data).await.refused(403, "second_person_needed");
        let told = refused["detail"].as_str().unwrap();
        let role = if ["record_certificate", "remake"].contains(&action) { "producer" } else { "clerk" };
        assert!(told.contains("somebody else must do this") && told.contains(role), "{action}: {told}");
    }
    who.act(case, action, data).await.expect(200)
}

async fn with_four_eyes_a_case_is_stopped_at_every_step_of_one_person(database: TestDatabase) {
    let hall = Hall::with(database, &[("HALL__FOUR_EYES", "true")]).await;
    let (one, two) = (hall.person(EVERYTHING, None).await, hall.person(EVERYTHING, None).await);
    let three = hall.person(EVERYTHING, None).await;
    let opened = one.post("/cases", &application(1)).await.expect(201);
    let case = opened["acceptance_number"].as_str().unwrap();
    one.act(case, "record_materials", &all_in_order(&opened)).await.expect(200);
    by_another(case, "accept_materials", &json!({}), &[&one], &two).await;
    by_another(case, "record_certificate", &made(), &[&two], &one).await;
    by_another(case, "remake", &json!({ "reason": "介质损坏" }), &[&one], &two).await;
    let again = json!({ "certificate": { "serial": "GZ-000002", "medium_number": "KEY-000002" } });
    by_another(case, "record_certificate", &again, &[&two], &one).await;
    pay(&three, case, &opened).await;
    three.act(case, "record_collector", &collector()).await.expect(200);
    by_another(case, "issue", &json!({}), &[&one, &two], &three).await;
    three.act(case, "activate", &json!({})).await.expect(200);
}

async fn with_four_eyes_a_case_that_makes_first_is_stopped_as_well(database: TestDatabase) {
    let settings = [("HALL__FOUR_EYES", "true"), ("WORKFLOWS__NEW_CERTIFICATE", "make-then-check")];
    let hall = Hall::with(database, &settings).await;
    let (one, two) = (hall.person(EVERYTHING, None).await, hall.person(EVERYTHING, None).await);
    let three = hall.person(EVERYTHING, None).await;
    let opened = one.post("/cases", &application(1)).await.expect(201);
    let case = opened["acceptance_number"].as_str().unwrap();
    by_another(case, "record_certificate", &made(), &[&one], &two).await;
    one.act(case, "record_materials", &all_in_order(&opened)).await.expect(200);
    by_another(case, "accept_materials", &json!({}), &[&one, &two], &three).await;
    pay(&one, case, &opened).await;
    one.act(case, "record_collector", &collector()).await.expect(200);
    by_another(case, "issue", &json!({}), &[&two, &three], &one).await;
    one.act(case, "activate", &json!({})).await.expect(200);
}

async fn with_four_eyes_an_addition_is_opened_accepted_and_activated_by_others(database: TestDatabase) {
    let hall = Hall::with(database, &[("HALL__FOUR_EYES", "true")]).await;
    let (one, two) = (hall.person(EVERYTHING, None).await, hall.person(EVERYTHING, None).await);
    hall.register(&json!({
        "serial": "GZ-OLD-0001", "medium_number": "KEY-OLD-0001", "organization": application(1)["organization"],
        "valid_from": "2025-04-01T00:00:00+08:00", "valid_until": "2028-04-01T00:00:00+08:00",
    }))
    .await;
    let opened = one.post("/cases", &addition(1, "GZ-OLD-0001")).await.expect(201);
    let case = opened["acceptance_number"].as_str().unwrap();
    one.act(case, "record_materials", &all_in_order(&opened)).await.expect(200);
    by_another(case, "accept_materials", &json!({}), &[&one], &two).await;
    let paid = pay(&two, case, &opened).await;
    let cancel = json!({ "cancellation": { "receipt": paid["fee"]["payments"][0]["receipt"] }, "reason": "录错" });
    two.act(case, "cancel_payment", &cancel).await.refused(403, "second_person_needed");
    by_another(case, "activate", &json!({}), &[&two], &one).await;
}

async fn without_four_eyes_one_person_does_the_steps_of_a_small_hall(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let one = hall.person(EVERYTHING, None).await;
    let opened = one.post("/cases", &application(1)).await.expect(201);
    let case = opened["acceptance_number"].as_str().unwrap();
    one.act(case, "record_materials", &all_in_order(&opened)).await.expect(200);
    one.act(case, "accept_materials", &json!({})).await.expect(200);
    one.act(case, "record_certificate", &made()).await.expect(200);
    pay(&one, case, &opened).await;
    one.act(case, "record_collector", &collector()).await.expect(200);
    one.act(case, "issue", &json!({})).await.expect(200);
    one.act(case, "activate", &json!({})).await.expect(200);
}
