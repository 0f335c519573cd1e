//! A database that isn't what its events say is found out.

use casehall::clock::Clock;
use casehall::domain::accounts::role::Role;
use serde_json::json;

use crate::calendar::calendars::{Push, year_of};
use crate::certificates::register::imports::import;
use crate::databases::{TestDatabase, on_both};
use crate::evidence::retention::{erase, issued};
use crate::hall::furnished::PLAIN;
use crate::hall::registering::supervisor;
use crate::hall::{CENTER, Hall, TWO_OUTLETS, all_in_order, application, organization_code};
use crate::store::upgrade::of_version_1;

on_both!(
    a_hall_in_its_week_is_what_its_events_say,
    what_differs_is_named,
    what_was_taken_away_or_written_beside_is_named,
    running_numbers_that_were_taken_away_are_missed,
    what_was_rejected_left_the_register_and_is_not_missed,
    what_reports_count_is_held_against_the_events,
    what_is_counted_of_no_event_is_named,
    a_name_that_leads_nowhere_is_named,
    a_date_by_which_lists_find_a_case_is_held_against_its_document,
    dates_that_time_and_the_calendar_have_moved_are_no_fault,
    a_database_of_version_1_is_what_its_events_say,
    whatever_a_hall_does_and_whatever_its_hours_become_nothing_is_wrong,
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
    hall.database.tamper("UPDATE acceptance_sequences SET last = 2");
    named("acceptance numbers of 2026-03-02: 2 were given out, and 3 are there").await;
    hall.database.tamper("UPDATE acceptance_sequences SET last = 5");
    // On PostgreSQL numbers may be left out.
    let left_out = "acceptance numbers of 2026-03-02: 5 were given out, and 3 are there";
    let is_sqlite = hall.database.address.sqlite_path().is_some();
    assert_eq!(faults(&hall).await.iter().any(|fault| fault.contains(left_out)), is_sqlite);
    hall.database.tamper("DELETE FROM acceptance_sequences");
    named("acceptance numbers of 2026-03-02: 0 were given out, and 3 are there").await;
}

async fn running_numbers_that_were_taken_away_are_missed(database: TestDatabase) {
    let hall = Hall::open(database).await;
    issued(&hall, &application(1), "GZ-2026-000001").await;
    let clerk = hall.visitor(Role::Clerk).await;
    let case = hall.database.rows("SELECT acceptance_number FROM cases").remove(0);
    let page = clerk.get(&format!("/console/cases/{case}/prints/receipt")).await;
    for _ in 0..2 {
        let printed = clerk.submit(&page, &format!("/console/cases/{case}/prints/receipt"), &[]).await;
        assert_eq!(printed.status, 200);
    }
    let sheet = clerk.get("/console/cash-up/sheet?window=3&counted=600").await;
    assert_eq!(clerk.submit(&sheet, "/console/cash-up/sheet", &[]).await.status, 200);
    assert_eq!(faults(&hall).await, [""; 0]);
    hall.database.tamper("CREATE TABLE kept_numbers AS SELECT * FROM receipt_sequences");
    let (print, slip) = ("kind = 'print:receipt'", "kind = 'medium_handed_over'");
    let prints = format!("numbers of print:receipt of 2026-03-02 at {case}: 0 were given out, and 2 are there");
    let slips = format!("numbers of medium_handed_over of 2026-03-02 at {CENTER}: 0 were given out, and 1 are there");
    for (change, told) in [
        (format!("DELETE FROM receipt_sequences WHERE {print}"), prints.as_str()),
        (format!("UPDATE receipt_sequences SET outlet = 'x' WHERE {print}"), &prints),
        (format!("UPDATE receipt_sequences SET day = '2026-04-02' WHERE {print}"), &prints),
        ("DELETE FROM receipt_sequences WHERE kind LIKE 'print:cash_up%'".to_owned(), "numbers of print:cash_up:"),
        (format!("DELETE FROM receipt_sequences WHERE {slip}"), &slips),
        (format!("UPDATE receipt_sequences SET outlet = 'panyu' WHERE {slip}"), &slips),
        ("DELETE FROM receipt_sequences".to_owned(), "receipts of "),
        ("DELETE FROM acceptance_sequences".to_owned(), "acceptance numbers of 2026-03-02: 0 were given out"),
    ] {
        hall.database.tamper(&change);
        let found = faults(&hall).await;
        assert!(found.iter().any(|fault| fault.contains(told)), "{change}: {found:?}");
        hall.database.tamper("DELETE FROM receipt_sequences; INSERT INTO receipt_sequences SELECT * FROM kept_numbers");
    }
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
    let id = waiting["items"][0]["id"].as_str().unwrap().parse().unwrap();
    hall.running.service.reject_import(&supervisor("second"), id, "重复".to_owned(), None).await.unwrap();
    assert_eq!(hall.database.rows("SELECT id FROM certificates"), [""; 0]);
    assert_eq!(faults(&hall).await, [""; 0]);
}

/// Cases with a notice, a move to another outlet, and a certificate that was made, issued and activated.
async fn counted(hall: &Hall) {
    issued(hall, &application(1), "GZ-2026-000001").await;
    let clerk = hall.person(&[Role::Clerk], None).await;
    let case = clerk.post("/cases", &application(2)).await.expect(201);
    let id = case["id"].as_str().unwrap();
    let mut checks = all_in_order(&case);
    let first = &mut checks["materials"][0];
    (first["copies_received"], first["copies_stamped"]) = (json!(0), json!(0));
    first["original_sighted"] = json!(false);
    clerk.act(id, "record_materials", &checks).await.expect(200);
    clerk.act(id, "request_correction", &json!({ "remark": "请补齐" })).await.expect(200);
}

async fn what_reports_count_is_held_against_the_events(database: TestDatabase) {
    let hall = Hall::with(database, &[TWO_OUTLETS]).await;
    counted(&hall).await;
    assert_eq!(faults(&hall).await, [""; 0]);
    let kinds = "SELECT DISTINCT kind FROM report_facts ORDER BY kind";
    assert_eq!(
        hall.database.rows(kinds),
        ["accepted", "activated", "closed", "issued", "left", "made", "notice", "opened"]
    );
    for (sql, told) in [
        ("UPDATE report_facts SET seconds = 1 WHERE kind = 'made'", "differs in made of "),
        ("UPDATE report_facts SET working_days = 77 WHERE kind = 'made'", ": seconds, working_days"),
        ("UPDATE report_facts SET by_ready = 1 - by_ready WHERE kind = 'made'", "working_days, by_ready"),
        ("UPDATE report_facts SET outlet = 'panyu' WHERE kind = 'issued'", "differs in issued of "),
        ("UPDATE report_facts SET actor_id = 'somebody' WHERE kind = 'opened'", "differs in opened of 1: actor_id"),
        ("UPDATE report_facts SET overlooked = 3 WHERE kind = 'notice'", "differs in notice of "),
        ("UPDATE report_facts SET place = 'elsewhere' WHERE kind = 'left'", "differs in left of "),
        ("UPDATE report_facts SET day = '2026-02-03' WHERE kind = 'accepted'", "lacks accepted of "),
        ("DELETE FROM report_facts WHERE kind = 'activated'", "lacks activated of "),
        ("UPDATE notice_defects SET document = 'other'", "differs in notice_defect of 1: document"),
        ("DELETE FROM notice_defects", "lacks notice_defect of 1"),
    ] {
        let before = faults(&hall).await;
        hall.database.tamper(sql);
        let after = faults(&hall).await;
        assert!(after.iter().any(|fault| fault.contains(told) && !before.contains(fault)), "{sql}: {after:#?}");
        assert!(after.iter().all(|fault| fault.contains("case ")), "each names its case: {after:#?}");
    }
}

async fn what_is_counted_of_no_event_is_named(database: TestDatabase) {
    let hall = Hall::with(database, &[TWO_OUTLETS]).await;
    counted(&hall).await;
    let case = hall.database.rows("SELECT case_id FROM report_facts WHERE kind = 'made'").remove(0);
    let columns = "at, outlet, case_type, actor_id";
    let mut all = Vec::new();
    // On a day that is over, on the day itself, and in days to come; of a case, and of none.
    for (kind, day, of) in [
        ("made", "2026-02-27", case.as_str()),
        ("issued", "2026-03-02", case.as_str()),
        ("closed", "2026-05-06", case.as_str()),
        ("opened", "2026-02-27", "0196d1a0-0000-7000-8000-000000000001"),
        ("opened", "2026-03-02", "nothing"),
    ] {
        hall.database.tamper(&format!(
            "INSERT INTO report_facts (kind, day, case_id, sequence, {columns})
             SELECT '{kind}', '{day}', '{of}', 99, {columns} FROM report_facts WHERE kind = 'made' AND sequence < 99"
        ));
        all.push(format!("reports count {kind} of 99 of case {of} for {day}, which no event of it says"));
    }
    // The same once more for another day, which would count it twice.
    hall.database.tamper(&format!(
        "INSERT INTO report_facts (kind, day, case_id, sequence, {columns})
         SELECT kind, '2026-02-26', case_id, sequence, {columns} FROM report_facts WHERE kind = 'made' AND sequence < 99"
    ));
    let sequence =
        hall.database.rows("SELECT CAST(min(sequence) AS TEXT) FROM report_facts WHERE kind = 'made'").remove(0);
    all.push(format!("reports count made of {sequence} of case {case} for 2026-02-26, which no event of it says"));
    hall.database.tamper(
        "INSERT INTO notice_defects (day, case_id, notice, position, document, defect, outlet, case_type, actor_id)
         SELECT day, case_id, notice, 77, document, defect, outlet, case_type, actor_id FROM notice_defects WHERE position = 1",
    );
    let mut found = faults(&hall).await;
    found.sort();
    let (defect, others): (Vec<String>, Vec<String>) =
        found.into_iter().partition(|fault| fault.starts_with("reports count notice_defect of 1 of case "));
    all.sort();
    assert_eq!((others, defect.len()), (all, 1));
}

async fn a_name_that_leads_nowhere_is_named(database: TestDatabase) {
    let hall = Hall::open(database).await;
    issued(&hall, &application(1), "GZ-2026-000001").await;
    for (sql, told) in [
        ("UPDATE cases SET names_key = 'nobody'", "is found by what isn't in it: names_key"),
        ("DELETE FROM name_parts WHERE field = 'case_person'", "isn't found by all of its names"),
        ("UPDATE certificates SET handler_key = 'nobody'", "is found by what isn't in it: handler_key"),
        ("DELETE FROM name_parts WHERE field = 'name'", "isn't found by all of its names"),
    ] {
        let before = faults(&hall).await;
        hall.database.tamper(sql);
        let after = faults(&hall).await;
        assert!(after.iter().any(|fault| fault.contains(told) && !before.contains(fault)), "{sql}: {after:#?}");
    }
}

async fn whatever_a_hall_does_and_whatever_its_hours_become_nothing_is_wrong(database: TestDatabase) {
    let hall = Hall::with(database, &[TWO_OUTLETS]).await;
    hall.furnish(PLAIN).await;
    let clerk = hall.person(&[Role::Clerk], None).await;
    let case = clerk.post("/cases", &application(60)).await.expect(201);
    let moved = json!({ "correction": { "outlet": "panyu" }, "reason": "改在番禺领取" });
    clerk.act(case["id"].as_str().unwrap(), "correct_application", &moved).await.expect(200);
    assert_eq!(hall.database.rows("SELECT place FROM report_facts WHERE kind = 'moved'"), [CENTER]);
    assert_eq!(faults(&hall).await, [""; 0]);
    // From now on the hall closes earlier: what was counted before was counted by other hours.
    let hours = [TWO_OUTLETS, ("HALL__CLOSES", "10:30")];
    let later = hall.clock.now() + chrono::Duration::hours(1);
    let other = Hall::start(hall.database.again(), tempfile::tempdir().unwrap(), &hours, None, later).await.unwrap();
    assert_eq!(faults(&other).await, [""; 0]);
    hall.database.tamper("UPDATE report_facts SET seconds = seconds + 1 WHERE kind = 'made'");
    let found = faults(&other).await;
    assert!(!found.is_empty() && found.iter().all(|fault| fault.ends_with(": seconds")), "{found:#?}");
    hall.database.tamper("UPDATE report_facts SET seconds = seconds - 1 WHERE kind = 'made'");
    hall.set_time("2045-01-04T02:00:00Z");
    assert!(erase(&hall).await > 0);
    assert_eq!(faults(&hall).await, [""; 0], "nor once persons were erased");
}

async fn a_date_by_which_lists_find_a_case_is_held_against_its_document(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let clerk = hall.staff(Role::Clerk).await;
    clerk.post("/cases", &application(1)).await.expect(201);
    let paused = clerk.post("/cases", &application(2)).await.expect(201);
    let supervisor = hall.staff(Role::Supervisor).await;
    let paused = paused["acceptance_number"].as_str().unwrap();
    supervisor.act(paused, "pause", &json!({ "reason": "核查" })).await.expect(200);
    assert_eq!(faults(&hall).await, [""; 0]);
    let (running, standing) = ("paused_since IS NULL", "paused_since IS NOT NULL");
    for (of, change, names) in [
        (running, "limit_at = '2027-06-01 00:00:00'", "limit_at"),
        (running, "limit_at = NULL", "limit_at"),
        (running, "ready_from = '2027-06-01 00:00:00'", "ready_from"),
        (running, "work_by = '2027-06-01 00:00:00'", "work_by"),
        (running, "provisional = NOT provisional", "provisional"),
        (running, "commitment_due = '2027-06-01 00:00:00'", "commitment_due"),
        (running, "ledger = '{}'", "ledger"),
        (running, "look_at = '2027-06-01 00:00:00'", "look_at"),
        (running, "look_at = NULL", "look_at"),
        (standing, "ledger = NULL", "ledger"),
        (standing, "paused_since = '2026-03-01 00:00:00'", "paused_since"),
        (standing, "limit_at = '2027-06-01 00:00:00'", "limit_at"),
    ] {
        hall.database.tamper("DROP TABLE IF EXISTS kept_cases; CREATE TABLE kept_cases AS SELECT * FROM cases");
        hall.database.tamper(&format!("UPDATE cases SET {change} WHERE {of}"));
        let found = faults(&hall).await;
        let told = format!("is found by what isn't in it: {names}");
        assert!(found.len() == 1 && found[0].ends_with(&told), "{change}: {found:?}");
        let columns =
            ["limit_at", "ready_from", "work_by", "provisional", "commitment_due", "ledger", "look_at", "paused_since"];
        let back =
            columns.map(|column| format!("{column} = (SELECT k.{column} FROM kept_cases k WHERE k.id = cases.id)"));
        hall.database.tamper(&format!("UPDATE cases SET {}; DROP TABLE kept_cases", back.join(", ")));
        assert_eq!(faults(&hall).await, [""; 0]);
    }
    // Where the hall has other hours since, a date isn't known to the minute; months are.
    let hours = [("HALL__CLOSES", "10:30")];
    let later = hall.clock.now() + chrono::Duration::hours(1);
    let other = Hall::start(hall.database.again(), tempfile::tempdir().unwrap(), &hours, None, later).await.unwrap();
    assert_eq!(faults(&other).await, [""; 0]);
    hall.database.tamper(&format!("UPDATE cases SET limit_at = '2027-06-01 00:00:00' WHERE {running}"));
    let found = faults(&other).await;
    assert!(found.len() == 1 && found[0].ends_with("is found by what isn't in it: limit_at"), "{found:?}");
}

async fn dates_that_time_and_the_calendar_have_moved_are_no_fault(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let (clerk, supervisor) = (hall.staff(Role::Clerk).await, hall.staff(Role::Supervisor).await);
    let administrator = hall.person(&[Role::Administrator], None).await;
    let mut numbers = Vec::new();
    for number in 1..4 {
        let opened = clerk.post("/cases", &application(number)).await.expect(201);
        numbers.push(opened["acceptance_number"].as_str().unwrap().to_owned());
    }
    supervisor.act(&numbers[0], "pause", &json!({ "reason": "核查" })).await.expect(200);
    let version = administrator.get("/calendar/2026").await.expect(200)["edition"].as_i64().unwrap();
    let days = [("2026-03-04", true), ("2026-03-07", false)];
    Push::json(2026, &year_of(2026, &days), Some(version)).by(&administrator).await.expect(200);
    assert_eq!(faults(&hall).await, [""; 0]);
    for day in 1..20 {
        hall.advance(chrono::Duration::days(1));
        if day % 3 == 0 {
            hall.running.service.sweep().await.unwrap();
            assert_eq!(faults(&hall).await, [""; 0], "on day {day}");
        }
    }
    supervisor.act(&numbers[0], "resume", &json!({})).await.expect(200);
    clerk.act(&numbers[1], "withdraw", &json!({ "reason": "x" })).await.expect(200);
    assert_eq!(faults(&hall).await, [""; 0]);
}

async fn a_database_of_version_1_is_what_its_events_say(database: TestDatabase) {
    let hall = of_version_1(database.address.is_postgres()).await;
    let of_dates: Vec<String> =
        faults(&hall).await.into_iter().filter(|fault| fault.contains("is found by what isn't in it")).collect();
    assert_eq!(of_dates, [""; 0]);
}
