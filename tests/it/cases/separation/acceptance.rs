//! An acceptance holds for the papers that were seen: what empties rows of the sheet takes it back, and what somebody finds on a row
//! afterwards needs another pair of eyes before the case is delivered.

use casehall::domain::accounts::role::Role;
use serde_json::{Value, json};

use super::{EVERYTHING, by_another, collector, made, pay};
use crate::case_types::shipped;
use crate::databases::{TestDatabase, on_both};
use crate::hall::{Hall, Person, all_in_order, application, blockers, unified_code};

on_both!(
    another_organization_is_accepted_by_another_person_again,
    another_agent_is_accepted_again,
    what_stands_on_no_paper_leaves_the_acceptance,
    while_papers_are_corrected_after_the_acceptance_it_is_taken_back_too,
    with_the_certificate_made_who_looked_last_does_not_hand_it_over,
    a_paper_found_in_order_later_is_not_handed_over_by_who_found_it,
    where_papers_are_checked_at_collection_they_are_checked_there_again,
    a_reissue_is_accepted_again_and_revokes_once,
);

const FOUR_EYES: (&str, &str) = ("HALL__FOUR_EYES", "true");

fn agent() -> Value {
    json!({ "name": "曾国栋", "identity_number": "440199198701195759", "phone": "13800138001" })
}

fn corrected(correction: &Value) -> Value {
    json!({ "correction": correction, "reason": "录错" })
}

/// Opened and checked by one, accepted by the other.
async fn accepted(one: &Person<'_>, other: &Person<'_>) -> (String, Value) {
    let opened = one.post("/cases", &application(1)).await.expect(201);
    let case = opened["acceptance_number"].as_str().unwrap().to_owned();
    one.act(&case, "record_materials", &all_in_order(&opened)).await.expect(200);
    let accepted = other.act(&case, "accept_materials", &json!({})).await.expect(200);
    (case, accepted)
}

/// Recorded as in order, all of it or only what nobody has looked at.
async fn checked(person: &Person<'_>, case: &str, view: &Value) -> Value {
    let sheets = view["materials"]["sheets"].as_array().unwrap();
    let open: Vec<&Value> =
        sheets.iter().filter(|sheet| sheet["check"].is_null()).map(|sheet| &sheet["material"]).collect();
    let mut checks = all_in_order(view);
    checks["materials"].as_array_mut().unwrap().retain(|check| open.contains(&&check["material"]));
    person.act(case, "record_materials", &checks).await.expect(200)
}

fn state(case: &Value) -> &str {
    case["state"]["code"].as_str().unwrap()
}

async fn another_organization_is_accepted_by_another_person_again(database: TestDatabase) {
    let hall = Hall::with(database, &[FOUR_EYES]).await;
    let (one, two) = (hall.staff(Role::Clerk).await, hall.person(&[Role::Clerk], None).await);
    let producer = hall.staff(Role::Producer).await;
    let (case, before) = accepted(&one, &two).await;
    let other =
        json!({ "organization": { "name": "广州第2建筑有限公司", "unified_social_credit_code": unified_code(2) } });
    let back = one.act(&case, "correct_application", &corrected(&other)).await.expect(200);
    assert_eq!((state(&back), &back["materials"]["unchecked"]), ("submitted", &json!(8)));
    assert_eq!(back["deadlines"], before["deadlines"], "its limit runs on as it was");
    producer.act(&case, "record_certificate", &made()).await.refused(409, "wrong_state");
    checked(&one, &case, &back).await;
    producer.act(&case, "record_certificate", &made()).await.refused(409, "wrong_state");
    by_another(&case, "accept_materials", &json!({}), &[&one], &two).await;
    let made = producer.act(&case, "record_certificate", &made()).await.expect(200);
    pay(&one, &case, &made).await;
    one.act(&case, "record_collector", &collector()).await.expect(200);
    by_another(&case, "issue", &json!({}), &[&two], &one).await;
    // The way back stands on the timeline.
    let events = one.get(&format!("/cases/{case}/events")).await.expect(200);
    let ways: Vec<[&str; 3]> = events["items"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|event| event["kind"] == "state_changed")
        .map(|event| {
            [&event["action"], &event["data"]["from"], &event["data"]["to"]].map(|text| text.as_str().unwrap())
        })
        .collect();
    assert_eq!(ways[1], ["correct_application", "materials_checked", "submitted"], "{ways:?}");
}

async fn another_agent_is_accepted_again(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let (one, two) = (hall.staff(Role::Clerk).await, hall.person(&[Role::Clerk], None).await);
    let (case, _) = accepted(&one, &two).await;
    let back = one.act(&case, "correct_application", &corrected(&json!({ "agent": agent() }))).await.expect(200);
    assert_eq!((state(&back), &back["materials"]["unchecked"]), ("submitted", &json!(2)), "in every hall");
    one.act(&case, "accept_materials", &json!({})).await.refused(422, "materials_incomplete");
    let back = checked(&one, &case, &back).await;
    assert_eq!(state(&back), "submitted");
    let again = one.act(&case, "accept_materials", &json!({})).await.expect(200);
    assert_eq!(state(&again), "materials_checked");
    let alone = json!({ "without_agent": true });
    let back = one.act(&case, "correct_application", &corrected(&alone)).await.expect(200);
    assert_eq!((state(&back), &back["materials"]["unchecked"]), ("submitted", &json!(1)));
}

async fn what_stands_on_no_paper_leaves_the_acceptance(database: TestDatabase) {
    let hall = Hall::with(database, &[FOUR_EYES]).await;
    let (one, two) = (hall.staff(Role::Clerk).await, hall.person(&[Role::Clerk], None).await);
    let (case, before) = accepted(&one, &two).await;
    let mut agent = application(1)["agent"].clone();
    agent["phone"] = json!("13900139000");
    let contact = json!({ "name": "曾国栋", "phone": "13800138001" });
    for correction in [json!({ "agent": agent }), json!({ "certificate_contact": contact })] {
        let after = one.act(&case, "correct_application", &corrected(&correction)).await.expect(200);
        assert_eq!((state(&after), &after["materials"]["unchecked"]), ("materials_checked", &json!(0)), "{correction}");
        assert_eq!(after["deadlines"], before["deadlines"]);
    }
}

async fn while_papers_are_corrected_after_the_acceptance_it_is_taken_back_too(database: TestDatabase) {
    let hall = Hall::with(database, &[FOUR_EYES]).await;
    let (one, two) = (hall.staff(Role::Clerk).await, hall.person(&[Role::Clerk], None).await);
    let (case, view) = accepted(&one, &two).await;
    let mut short = all_in_order(&view);
    short["materials"].as_array_mut().unwrap().truncate(1);
    short["materials"][0]["copies_received"] = json!(2);
    short["materials"][0]["copies_stamped"] = json!(2);
    two.act(&case, "record_materials", &short).await.expect(200);
    let told = two.act(&case, "request_correction_after_acceptance", &json!({})).await;
    // The row was passed by nobody in a notice, so a clerk may name it.
    assert_eq!(state(&told.expect(200)), "correction_after_acceptance");
    let back = one.act(&case, "correct_application", &corrected(&json!({ "agent": agent() }))).await.expect(200);
    assert_eq!((state(&back), &back["deadlines"]["status"]), ("correction_requested", &json!("paused")));
    let back = one.act(&case, "resubmit", &json!({})).await.expect(200);
    assert_eq!((state(&back), &back["deadlines"]["status"]), ("submitted", &json!("on_track")));
    one.act(&case, "record_materials", &all_in_order(&back)).await.expect(200);
    by_another(&case, "accept_materials", &json!({}), &[&one], &two).await;
}

async fn with_the_certificate_made_who_looked_last_does_not_hand_it_over(database: TestDatabase) {
    let hall = Hall::with(database, &[FOUR_EYES]).await;
    let (one, two) = (hall.staff(Role::Clerk).await, hall.person(&[Role::Clerk], None).await);
    let producer = hall.staff(Role::Producer).await;
    let (case, view) = accepted(&one, &two).await;
    pay(&one, &case, &view).await;
    producer.act(&case, "record_certificate", &made()).await.expect(200);
    one.act(&case, "record_collector", &collector()).await.expect(200);
    let after = one.act(&case, "correct_application", &corrected(&json!({ "agent": agent() }))).await.expect(200);
    assert_eq!((state(&after), &after["materials"]["unchecked"]), ("certificate_made", &json!(2)));
    let after = checked(&one, &case, &after).await;
    assert_eq!(blockers(&after, "issue"), ["second_person_needed"]);
    let refused = one.act(&case, "issue", &json!({})).await.refused(403, "second_person_needed");
    let told = refused["detail"].as_str().unwrap();
    assert!(told.contains("Record material checks") && told.contains("clerk"), "{told}");
    two.act(&case, "issue", &json!({})).await.refused(403, "second_person_needed");
    // Another clerk looks at the papers of the new agent, too.
    two.act(&case, "record_materials", &persons_of(&after)).await.expect(200);
    one.act(&case, "issue", &json!({})).await.expect(200);
}

/// The persons' documents in order.
fn persons_of(view: &Value) -> Value {
    let mut checks = all_in_order(view);
    let is_person = |check: &Value| check["material"].as_str().unwrap().starts_with("identity-documents");
    checks["materials"].as_array_mut().unwrap().retain(is_person);
    checks
}

async fn a_paper_found_in_order_later_is_not_handed_over_by_who_found_it(database: TestDatabase) {
    let hall = Hall::with(database, &[FOUR_EYES]).await;
    let (one, two) = (hall.person(EVERYTHING, None).await, hall.person(EVERYTHING, None).await);
    let three = hall.person(EVERYTHING, None).await;
    let (case, view) = accepted(&one, &two).await;
    let mut licence = all_in_order(&view);
    licence["materials"].as_array_mut().unwrap().truncate(1);
    one.act(&case, "record_materials", &licence).await.expect(200);
    by_another(&case, "record_certificate", &made(), &[&one, &two], &three).await;
    pay(&one, &case, &view).await;
    one.act(&case, "record_collector", &collector()).await.expect(200);
    by_another(&case, "issue", &json!({}), &[&one, &two, &three], &hall.person(EVERYTHING, None).await).await;
}

async fn where_papers_are_checked_at_collection_they_are_checked_there_again(database: TestDatabase) {
    let hall = Hall::with(database, &[FOUR_EYES, ("WORKFLOWS__NEW_CERTIFICATE", "make-then-check")]).await;
    let (one, two) = (hall.staff(Role::Clerk).await, hall.person(&[Role::Clerk], None).await);
    let producer = hall.staff(Role::Producer).await;
    let opened = one.post("/cases", &application(1)).await.expect(201);
    let case = opened["acceptance_number"].as_str().unwrap();
    producer.act(case, "record_certificate", &made()).await.expect(200);
    one.act(case, "record_materials", &all_in_order(&opened)).await.expect(200);
    let accepted = two.act(case, "accept_materials", &json!({})).await.expect(200);
    assert_eq!(state(&accepted), "materials_checked");
    let back = one.act(case, "correct_application", &corrected(&json!({ "agent": agent() }))).await.expect(200);
    assert_eq!((state(&back), &back["materials"]["unchecked"]), ("certificate_made", &json!(2)));
    assert_eq!(back["certificate"]["serial"], "GZ-000001");
    checked(&one, case, &back).await;
    by_another(case, "accept_materials", &json!({}), &[&one], &two).await;
    pay(&one, case, &opened).await;
    one.act(case, "record_collector", &collector()).await.expect(200);
    one.act(case, "issue", &json!({})).await.expect(200);
}

async fn a_reissue_is_accepted_again_and_revokes_once(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let staff = shipped::Staff::of(&hall).await;
    let (case, view) = staff.opened("reissue", shipped::reissue("damaged")).await;
    staff.accept(&case, &view).await;
    assert_eq!(staff.state().await, "revoked");
    let back =
        staff.clerk.act(&case, "correct_application", &corrected(&json!({ "agent": agent() }))).await.expect(200);
    assert_eq!((state(&back), &back["materials"]["unchecked"]), ("submitted", &json!(1)));
    let back = checked(&staff.clerk, &case, &back).await;
    assert!(blockers(&back, "accept_materials").is_empty(), "the case itself revoked it");
    let again = staff.clerk.act(&case, "accept_materials", &json!({})).await.expect(200);
    assert_eq!(state(&again), "materials_checked");
    let path = format!("/certificates/{}/events", shipped::SERIAL);
    let history = staff.clerk.get(&path).await.expect(200);
    let events = history["items"].as_array().unwrap();
    assert_eq!(events.iter().filter(|event| event["kind"] == "revoked").count(), 1, "{history:#}");
    staff.producer.act(&case, "record_certificate", &made()).await.expect(200);
}
