//! The one-time notice: everything is told at once, and what a notice passed is named later only by a supervisor, who says why.

use casehall::domain::accounts::role::Role;
use serde_json::{Value, json};

use crate::cases::worklists::opened;
use crate::databases::{TestDatabase, on_both};
use crate::hall::{Hall, Person, all_in_order, blockers};

on_both!(
    naming_an_accepted_row_later_needs_a_supervisors_reason,
    what_a_notice_named_may_be_named_again_by_a_clerk,
    what_was_never_passed_may_be_named_by_a_clerk,
);

/// Records the sheets as in order but for those rows, which lack a stamp.
async fn checked(clerk: &Person<'_>, case: &str, view: &Value, unstamped: &[usize]) -> Value {
    let mut sheet = all_in_order(view);
    for row in unstamped {
        let stamped = sheet["materials"][row]["copies_stamped"].as_u64().unwrap();
        sheet["materials"][row]["copies_stamped"] = json!(stamped - 1);
    }
    clerk.act(case, "record_materials", &sheet).await.expect(200)
}

async fn noticed(clerk: &Person<'_>, case: &str, view: &Value, unstamped: &[usize]) {
    checked(clerk, case, view, unstamped).await;
    clerk.act(case, "request_correction", &json!({})).await.expect(200);
    clerk.act(case, "resubmit", &json!({})).await.expect(200);
}

async fn naming_an_accepted_row_later_needs_a_supervisors_reason(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let (clerk, supervisor) = (hall.staff(Role::Clerk).await, hall.staff(Role::Supervisor).await);
    let (case, view) = opened(&clerk, 1).await;
    supervisor
        .act(&case, "request_further_correction", &json!({ "reason": "漏看" }))
        .await
        .refused(422, "materials_unchecked");
    noticed(&clerk, &case, &view, &[0]).await;
    let found = checked(&clerk, &case, &view, &[1, 2]).await;
    assert_eq!(blockers(&found, "request_correction"), ["overlooked_before"]);
    let refused = clerk.act(&case, "request_correction", &json!({})).await.refused(422, "overlooked_before");
    let told = refused["detail"].as_str().unwrap();
    assert!(told.contains("(2)") && told.contains("(3)") && !told.contains("(1)"), "{told}");
    let further = json!({ "reason": "首次核验漏看印章", "remark": "请一并补盖" });
    clerk.act(&case, "request_further_correction", &further).await.refused(403, "role_missing");
    supervisor.act(&case, "request_further_correction", &json!({})).await.refused(422, "invalid_request");
    let given = supervisor.act(&case, "request_further_correction", &further).await.expect(200);
    let notice = &given["notices"][1];
    assert_eq!(
        (&notice["number"], &notice["reason"], &notice["remark"]),
        (&json!(2), &further["reason"], &further["remark"])
    );
    let rows = json!([view["materials"]["sheets"][1]["material"], view["materials"]["sheets"][2]["material"]]);
    assert_eq!(notice["overlooked"], rows);
    assert_eq!(given["notices"][0]["overlooked"], json!([]));

    // It is counted, on the day and for who gave it.
    let report = supervisor.get("/reports/quality?from=2026-03-02&to=2026-03-02").await.expect(200);
    let row = &report["table"]["rows"][0];
    assert_eq!((&row["notices"], &row["second_notices"], &row["overlooked"]), (&json!(2), &json!(1), &json!(1)));

    // What the second notice named may be named again without ado.
    clerk.act(&case, "resubmit", &json!({})).await.expect(200);
    checked(&clerk, &case, &view, &[1]).await;
    clerk.act(&case, "request_correction", &json!({})).await.expect(200);
}

async fn what_a_notice_named_may_be_named_again_by_a_clerk(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let (clerk, supervisor) = (hall.staff(Role::Clerk).await, hall.staff(Role::Supervisor).await);
    let (case, view) = opened(&clerk, 1).await;
    noticed(&clerk, &case, &view, &[0, 3]).await;
    // The papers brought for it lack something else.
    let mut sheet = all_in_order(&view);
    sheet["materials"][3]["copies_received"] = json!(1);
    sheet["materials"][3]["copies_stamped"] = json!(1);
    clerk.act(&case, "record_materials", &sheet).await.expect(200);
    let reason = json!({ "reason": "不需要" });
    supervisor.act(&case, "request_further_correction", &reason).await.refused(422, "nothing_overlooked");
    let given = clerk.act(&case, "request_correction", &json!({})).await.expect(200);
    assert_eq!((&given["notices"][1]["number"], &given["notices"][1]["overlooked"]), (&json!(2), &json!([])));
    // The row that this notice passed, though the first had named it, is passed now.
    clerk.act(&case, "resubmit", &json!({})).await.expect(200);
    let found = checked(&clerk, &case, &view, &[0]).await;
    assert_eq!(blockers(&found, "request_correction"), ["overlooked_before"]);
}

async fn what_was_never_passed_may_be_named_by_a_clerk(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let clerk = hall.staff(Role::Clerk).await;
    let (case, view) = opened(&clerk, 1).await;
    noticed(&clerk, &case, &view, &[0]).await;
    // Another agent brings another identity document, which nobody could have seen before.
    let agent = json!({ "name": "曾国栋", "identity_number": "440199198701195759", "phone": "13800138001" });
    let correction = json!({ "correction": { "agent": agent }, "reason": "经办人换人" });
    let corrected = clerk.act(&case, "correct_application", &correction).await.expect(200);
    let rows = corrected["materials"]["sheets"].as_array().unwrap();
    let persons: Vec<usize> = (0..rows.len())
        .filter(|row| rows[*row]["version"] != view["materials"]["sheets"][*row]["version"])
        .filter(|row| rows[*row]["material"].as_str().unwrap().starts_with("identity-documents"))
        .collect();
    assert_eq!(persons.len(), 2, "{rows:#?}");
    let found = checked(&clerk, &case, &corrected, &persons).await;
    assert!(blockers(&found, "request_correction").is_empty());
    let given = clerk.act(&case, "request_correction", &json!({})).await.expect(200);
    assert_eq!(given["notices"][1]["overlooked"], json!([]));
}
