//! Accepting with a commitment (容缺受理): what may be promised, what goes on without it, and what doesn't.

use casehall::domain::accounts::role::{Role, Scope};
use serde_json::{Value, json};

use crate::cases::worklists::{numbers_on, opened};
use crate::databases::{TestDatabase, on_both};
use crate::hall::{Hall, Person, all_in_order, application, blockers};
use crate::program::Files;

on_both!(
    a_commitment_lets_the_case_continue_but_blocks_the_issue,
    an_overdue_commitment_is_listed_and_announced_once,
    an_invalid_commitment_is_refused_with_all_faults,
    as_it_is_shipped_nothing_may_be_promised,
    a_system_is_told_which_role_accepted_a_commitment,
);

/// The e-seal agreement may be brought within ten working days.
const AGREEMENT: &str = "e-seal-agreement";

async fn hall(database: TestDatabase) -> Hall {
    let files = Files::new();
    let row = "code = \"e-seal-agreement\"\n";
    let deferrable = format!("{row}deferrable_working_days = 10\n");
    files.change("case-types/new-certificate.toml", &[(row, &deferrable)]);
    Hall::arranged(database, files.path(), &[]).await
}

fn promise(until: &str) -> Value {
    json!({ "commitment": { "material": AGREEMENT, "until": until, "signed": true } })
}

/// All in order, but for the agreement, of which there is nothing.
fn without_agreement(view: &Value) -> Value {
    let mut sheet = all_in_order(view);
    let rows = sheet["materials"].as_array_mut().unwrap();
    let row = rows.iter_mut().find(|row| row["material"] == AGREEMENT).unwrap();
    (row["copies_received"], row["copies_stamped"]) = (json!(0), json!(0));
    sheet
}

fn promised(case: &Value) -> &Value {
    let sheets = case["materials"]["sheets"].as_array().unwrap();
    &sheets.iter().find(|sheet| sheet["material"] == AGREEMENT).unwrap()["commitment"]
}

/// A case with the agreement promised for 10 March, and its papers accepted.
async fn accepted(clerk: &Person<'_>, number: u32) -> (String, Value) {
    let (case, view) = opened(clerk, number).await;
    clerk.act(&case, "record_materials", &without_agreement(&view)).await.expect(200);
    clerk.act(&case, "accept_materials", &json!({})).await.refused(422, "materials_incomplete");
    let after = clerk.act(&case, "accept_commitment", &promise("2026-03-10")).await.expect(200);
    assert_eq!(promised(&after)["until"], "2026-03-10");
    assert_eq!(blockers(&after, "request_correction"), ["nothing_lacking"], "what is promised isn't asked for again");
    assert_eq!(after["materials"]["complete"], false, "the verdict says what is missing all the same");
    let accepted = clerk.act(&case, "accept_materials", &json!({})).await.expect(200);
    (case, accepted)
}

async fn a_commitment_lets_the_case_continue_but_blocks_the_issue(database: TestDatabase) {
    let hall = hall(database).await;
    let (clerk, producer) = (hall.staff(Role::Clerk).await, hall.staff(Role::Producer).await);
    let (case, view) = accepted(&clerk, 1).await;
    let made = json!({ "certificate": { "serial": "GZ-0001", "medium_number": "KEY-0001" } });
    producer.act(&case, "record_certificate", &made).await.expect(200);
    let owed = json!({ "payment": { "amount_fen": 60000, "method": "cash" } });
    clerk.act(&case, "record_payment", &owed).await.expect(200);
    let collector = json!({ "name": "谭丽", "document_number": "440199196412310694", "document_sighted": true });
    let ready = clerk.act(&case, "record_collector", &json!({ "collector": collector })).await.expect(200);
    assert_eq!(blockers(&ready, "issue"), ["materials_incomplete"]);
    clerk.act(&case, "issue", &json!({})).await.refused(422, "materials_incomplete");
    let supplied = clerk.act(&case, "record_materials", &all_in_order(&view)).await.expect(200);
    assert_eq!((&promised(&supplied)["fulfilled"], &promised(&supplied)["overdue"]), (&json!(true), &json!(false)));
    clerk.act(&case, "issue", &json!({})).await.expect(200);
}

async fn an_overdue_commitment_is_listed_and_announced_once(database: TestDatabase) {
    let hall = hall(database).await;
    let (clerk, supervisor) = (hall.staff(Role::Clerk).await, hall.staff(Role::Supervisor).await);
    let (case, view) = accepted(&clerk, 1).await;
    let (other, _) = accepted(&clerk, 2).await;
    hall.set_time("2026-03-10T17:30:00+08:00");
    assert!(
        numbers_on(&clerk, "overdue_commitments", 10).await.is_empty(),
        "until the close of business it is in time"
    );
    hall.running.service.sweep().await.unwrap();
    hall.set_time("2026-03-10T17:30:01+08:00");
    assert_eq!(numbers_on(&clerk, "overdue_commitments", 1).await, [case.clone(), other.clone()]);
    for _ in 0..3 {
        hall.running.service.sweep().await.unwrap();
    }
    let events = supervisor.get(&format!("/cases/{case}/events")).await.expect(200);
    let told = |event: &&Value| event["data"]["announcement"]["kind"] == "commitment_overdue";
    assert_eq!(events["items"].as_array().unwrap().iter().filter(told).count(), 1);
    let now = clerk.get(&format!("/cases/{case}")).await.expect(200);
    assert_eq!(promised(&now)["overdue"], true);
    // Another promise is another date, and the paper ends it all.
    clerk.act(&case, "accept_commitment", &promise("2026-03-12")).await.expect(200);
    assert_eq!(numbers_on(&clerk, "overdue_commitments", 10).await, std::slice::from_ref(&other));
    clerk.act(&other, "record_materials", &all_in_order(&view)).await.expect(200);
    assert!(numbers_on(&supervisor, "overdue_commitments", 10).await.is_empty());
    hall.set_time("2026-03-13T10:00:00+08:00");
    clerk.act(&case, "withdraw", &json!({ "reason": "不办了" })).await.expect(200);
    assert!(numbers_on(&supervisor, "overdue_commitments", 10).await.is_empty(), "what has ended is nobody's work");
}

async fn an_invalid_commitment_is_refused_with_all_faults(database: TestDatabase) {
    let hall = hall(database).await;
    let clerk = hall.staff(Role::Clerk).await;
    let (case, view) = opened(&clerk, 1).await;
    // What nobody has looked at isn't known to be lacking.
    clerk.act(&case, "accept_commitment", &promise("2026-03-10")).await.refused(422, "nothing_deferrable");
    let mut sheet = without_agreement(&view);
    sheet["materials"][0]["copies_stamped"] = json!(1);
    clerk.act(&case, "record_materials", &sheet).await.expect(200);
    let body = json!({ "commitment": { "material": "responsibility-letter", "until": "2026-03-02", "signed": false } });
    let answer = clerk.act(&case, "accept_commitment", &body).await;
    let pointers: Vec<String> = answer.faults().into_iter().map(|(pointer, _)| pointer).collect();
    assert_eq!(pointers, ["/commitment/material", "/commitment/signed"]);
    // Today, a Saturday, the eleventh working day.
    for until in ["2026-03-02", "2026-02-27", "2026-03-07", "2026-03-17", "9999-12-31"] {
        let answer = clerk.act(&case, "accept_commitment", &promise(until)).await;
        assert_eq!(answer.faults(), [("/commitment/until".to_owned(), "out_of_range".to_owned())], "{until}");
    }
    let after = clerk.act(&case, "accept_commitment", &promise("2026-03-16")).await.expect(200);
    assert_eq!(blockers(&after, "accept_materials"), ["materials_incomplete"], "the stamp isn't promised");
    // A notice names the stamp alone, and doesn't pass the agreement as in order.
    let noticed = clerk.act(&case, "request_correction", &json!({})).await.expect(200);
    let notice = &noticed["notices"][0];
    assert_eq!(notice["missing"].as_array().unwrap().len(), 1, "{notice:#}");
    hall.set_time("2026-03-17T10:00:00+08:00");
    clerk.act(&case, "resubmit", &json!({})).await.expect(200);
    let again = clerk.act(&case, "request_correction", &json!({})).await.expect(200);
    assert_eq!(
        (again["notices"][1]["missing"].as_array().unwrap().len(), &again["notices"][1]["overlooked"]),
        (2, &json!([]))
    );
}

async fn as_it_is_shipped_nothing_may_be_promised(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let clerk = hall.staff(Role::Clerk).await;
    let (case, view) = opened(&clerk, 2).await;
    clerk.act(&case, "record_materials", &without_agreement(&view)).await.expect(200);
    clerk.act(&case, "accept_commitment", &promise("2026-03-10")).await.refused(422, "nothing_deferrable");
}

async fn a_system_is_told_which_role_accepted_a_commitment(database: TestDatabase) {
    let hall = hall(database).await;
    let (portal, clerk) = (hall.client("portal", &Scope::ALL).await, hall.staff(Role::Clerk).await);
    let view = portal.post("/cases", &application(1)).await.expect(201);
    let case = view["acceptance_number"].as_str().unwrap();
    clerk.act(case, "record_materials", &without_agreement(&view)).await.expect(200);
    clerk.act(case, "accept_commitment", &promise("2026-03-10")).await.expect(200);
    let read = portal.get(&format!("/cases/{case}")).await.expect(200);
    assert_eq!(promised(&read)["accepted_by"], "Clerk");
    let events = portal.get(&format!("/cases/{case}/events")).await.expect(200);
    let told = |event: &&Value| event["kind"] == "commitment_accepted";
    let told = events["items"].as_array().unwrap().iter().find(told).unwrap();
    assert_eq!(told["data"]["after"]["by"], "Clerk");
}
