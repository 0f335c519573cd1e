//! Duties separated between people: who did one thing doesn't do the other, and is told who may.

use casehall::domain::accounts::role::Role;
use serde_json::{Value, json};

use crate::databases::{TestDatabase, on_both};
use crate::hall::{Hall, Person, all_in_order, application, blockers};

on_both!(
    whoever_took_a_payment_does_not_cancel_it,
    with_four_eyes_a_case_is_stopped_at_every_step_of_one_person,
    without_four_eyes_one_person_does_the_steps_of_a_small_hall,
);

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
    assert_eq!(refused["detail"], "“登记收费”由您办理，本操作须由另一人（督办人员）办理");
    other.act(case, "cancel_payment", &cancel).await.expect(200);
    // Nothing is left to give back, so nobody else is needed.
    one.act(case, "withdraw", &json!({ "reason": "不办了" })).await.expect(200);
}

async fn with_four_eyes_a_case_is_stopped_at_every_step_of_one_person(database: TestDatabase) {
    let hall = Hall::with(database, &[("HALL__FOUR_EYES", "true")]).await;
    let (one, two) = (hall.person(EVERYTHING, None).await, hall.person(EVERYTHING, None).await);
    let three = hall.person(EVERYTHING, None).await;
    let opened = one.post("/cases", &application(1)).await.expect(201);
    let case = opened["acceptance_number"].as_str().unwrap();
    one.act(case, "record_materials", &all_in_order(&opened)).await.expect(200);
    one.act(case, "accept_materials", &json!({})).await.refused(403, "second_person_needed");
    let accepted = two.act(case, "accept_materials", &json!({})).await.expect(200);
    assert_eq!(blockers(&accepted, "record_certificate"), ["second_person_needed"], "as the next answer says already");
    two.act(case, "record_certificate", &made()).await.refused(403, "second_person_needed");
    one.act(case, "record_certificate", &made()).await.expect(200);
    pay(&three, case, &opened).await;
    three.act(case, "record_collector", &collector()).await.expect(200);
    for who in [&one, &two] {
        who.act(case, "issue", &json!({})).await.refused(403, "second_person_needed");
    }
    three.act(case, "issue", &json!({})).await.expect(200);
    three.act(case, "activate", &json!({})).await.expect(200);
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
