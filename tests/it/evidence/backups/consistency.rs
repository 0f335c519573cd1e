//! A database that isn't what its events say is found out.

use casehall::domain::accounts::role::Role;
use serde_json::json;

use crate::certificates::register::imports::import;
use crate::databases::{TestDatabase, on_both};
use crate::evidence::retention::{erase, issued};
use crate::hall::registering::supervisor;
use crate::hall::{Hall, application, organization_code};

on_both!(
    a_hall_in_its_week_is_what_its_events_say,
    what_differs_is_named,
    what_was_taken_away_or_written_beside_is_named,
    what_was_rejected_left_the_register_and_is_not_missed,
);

async fn faults(hall: &Hall) -> Vec<String> {
    hall.running.service.check_consistency().await.unwrap().faults
}

async fn a_hall_in_its_week_is_what_its_events_say(database: TestDatabase) {
    let hall = Hall::open(database).await;
    issued(&hall, &application(1), "GZ-2026-000001").await;
    let clerk = hall.staff(Role::Clerk).await;
    clerk.post("/cases", &application(3)).await.expect(201);
    let opened = clerk.post("/cases", &application(2)).await.expect(201);
    clerk.act(opened["id"].as_str().unwrap(), "withdraw", &json!({ "reason": "申请人撤回" })).await.expect(200);
    assert_eq!(faults(&hall).await, [""; 0]);
    hall.set_time("2045-01-04T02:00:00Z");
    assert!(erase(&hall).await > 0);
    assert_eq!(faults(&hall).await, [""; 0], "nor once persons were erased");
}

async fn what_differs_is_named(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let clerk = hall.staff(Role::Clerk).await;
    for number in 1..4 {
        clerk.post("/cases", &application(number)).await.expect(201);
    }
    hall.database.tamper(
        "UPDATE cases SET document = replace(document, '\"submitted\"', '\"issued\"') WHERE id = (SELECT min(id) FROM cases)",
    );
    let named = async |told: &str| {
        let found = faults(&hall).await;
        assert!(found.iter().any(|fault| fault.contains(told)), "{told}: {found:?}");
    };
    named("isn't what its events say: state").await;
    hall.database.tamper("UPDATE claims SET holder = '00000000-0000-7000-8000-000000000000' WHERE subject = (SELECT min(subject) FROM claims)");
    named("the claim on organization").await;
    hall.database.tamper("UPDATE acceptance_sequences SET last = 5");
    named("acceptance numbers of 2026-03-02: 5 were given out, and 3 are there").await;
}

async fn what_was_taken_away_or_written_beside_is_named(database: TestDatabase) {
    let hall = Hall::open(database).await;
    issued(&hall, &application(1), "GZ-2026-000001").await;
    hall.staff(Role::Clerk).await.post("/cases", &application(2)).await.expect(201);
    assert_eq!(faults(&hall).await, [""; 0]);
    for (sql, told) in [
        ("UPDATE cases SET outlet = 'elsewhere' WHERE closed_at IS NULL", "is found by what isn't in it: outlet"),
        (
            "UPDATE cases SET outlet = 'guangzhou-center', queue = NULL WHERE closed_at IS NULL",
            "is found by what isn't in it: queue",
        ),
        ("UPDATE certificates SET organization_code = 'X'", "is found by what isn't in it: organization_code"),
        ("UPDATE cash_journal SET amount_fen = 1", "the cash journal isn't what its events say"),
        ("DELETE FROM claims WHERE kind = 'organization'", "nobody holds the claim on its organization"),
        ("DELETE FROM certificates", "has events, and isn't there"),
    ] {
        let before = faults(&hall).await;
        hall.database.tamper(sql);
        let after = faults(&hall).await;
        assert!(after.iter().any(|fault| fault.contains(told) && !before.contains(fault)), "{sql}: {after:?}");
    }
}

async fn what_was_rejected_left_the_register_and_is_not_missed(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let by = hall.staff(Role::Supervisor).await;
    let head = "serial,medium_number,organization_name,organization_code,valid_from,valid_until,handler\n";
    let line = format!("OLD-1,OLDKEY-1,广州第1老证单位,{},2025-01-01,2027-03-31,刘少芬\n", organization_code(1));
    import(&by, "", &format!("{head}{line}")).await.expect(200);
    let waiting = by.get("/certificates/imports?state=waiting").await.expect(200);
    let id = waiting["imports"][0]["id"].as_str().unwrap().parse().unwrap();
    hall.running.service.reject_import(&supervisor("second"), id, "重复".to_owned(), None).await.unwrap();
    assert_eq!(hall.database.rows("SELECT id FROM certificates"), [""; 0]);
    assert_eq!(faults(&hall).await, [""; 0]);
}
