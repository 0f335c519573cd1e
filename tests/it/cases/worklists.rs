//! Work lists over HTTP: what waits for whom, in which order, a page at a time.

use casehall::domain::accounts::role::{Role, Scope};
use serde_json::{Value, json};

use crate::databases::{TestDatabase, on_both};
use crate::hall::{CENTER, Hall, Person, TWO_OUTLETS, all_in_order, application};

on_both!(
    a_case_goes_from_list_to_list_as_it_is_worked_on,
    a_work_list_is_paged_in_working_order,
    overdue_due_today_due_soon_and_paused_are_disjoint,
    staff_sees_the_work_of_its_role_and_outlet,
    all_faults_of_a_query_are_reported_at_once,
);

/// The acceptance numbers on a list, in its order, with every page followed by its link.
pub(crate) async fn numbers_on(person: &Person<'_>, list: &str, limit: u32) -> Vec<String> {
    let mut path = format!("/worklists/{list}?limit={limit}");
    let mut found = Vec::new();
    loop {
        let answer = person.get(&path).await;
        let link = answer.header("Link").to_owned();
        let page = answer.expect(200);
        assert_eq!(page["next"].is_null(), link.is_empty());
        let cases = page["items"].as_array().unwrap();
        assert!(cases.len() <= limit as usize);
        found.extend(cases.iter().map(|case| case["acceptance_number"].as_str().unwrap().to_owned()));
        let Some(next) = link.strip_prefix("</api/v1").and_then(|rest| rest.strip_suffix(">; rel=\"next\"")) else {
            return found;
        };
        path = next.to_owned();
    }
}

/// How many wait on each list that a person works on.
async fn counts(person: &Person<'_>) -> Vec<(String, i64)> {
    let found = person.get("/worklists").await.expect(200);
    let count = |list: &Value| (list["code"].as_str().unwrap().to_owned(), list["count"].as_i64().unwrap());
    found["items"].as_array().unwrap().iter().map(count).collect()
}

/// The lists on which something waits.
async fn waiting_on(person: &Person<'_>) -> Vec<String> {
    counts(person).await.into_iter().filter(|(_, count)| *count > 0).map(|(code, _)| code).collect()
}

pub(crate) async fn opened(clerk: &Person<'_>, number: u32) -> (String, Value) {
    let case = clerk.post("/cases", &application(number)).await.expect(201);
    (case["acceptance_number"].as_str().unwrap().to_owned(), case)
}

async fn a_case_goes_from_list_to_list_as_it_is_worked_on(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let (clerk, producer) = (hall.staff(Role::Clerk).await, hall.staff(Role::Producer).await);
    let supervisor = hall.staff(Role::Supervisor).await;
    let (case, view) = opened(&clerk, 1).await;
    assert_eq!(waiting_on(&clerk).await, ["to_check", "unassigned"]);
    assert_eq!(waiting_on(&producer).await, ["unassigned"]);

    let mut sheet = all_in_order(&view);
    sheet["materials"][0]["copies_stamped"] = json!(0);
    clerk.act(&case, "record_materials", &sheet).await.expect(200);
    clerk.act(&case, "request_correction", &json!({})).await.expect(200);
    assert_eq!(waiting_on(&supervisor).await, ["waiting_for_correction", "paused", "unassigned"]);

    clerk.act(&case, "resubmit", &json!({})).await.expect(200);
    clerk.act(&case, "record_materials", &all_in_order(&view)).await.expect(200);
    clerk.act(&case, "accept_materials", &json!({})).await.expect(200);
    assert_eq!(waiting_on(&producer).await, ["to_make", "unassigned"]);
    assert_eq!(waiting_on(&clerk).await, ["unassigned"]);

    producer.post(&format!("/cases/{case}/claim"), &json!({})).await.expect(200);
    assert_eq!(waiting_on(&producer).await, ["mine", "to_make"]);
    let made = json!({ "certificate": { "serial": "GZ-0001", "medium_number": "KEY-0001" } });
    producer.act(&case, "record_certificate", &made).await.expect(200);
    assert_eq!(waiting_on(&clerk).await, ["to_hand_over", "uncollected"]);

    let owed = json!({ "payment": { "amount_fen": 60000, "method": "cash" } });
    clerk.act(&case, "record_payment", &owed).await.expect(200);
    let collector = json!({ "name": "谭丽", "document_number": "440199196412310694", "document_sighted": true });
    clerk.act(&case, "record_collector", &json!({ "collector": collector })).await.expect(200);
    clerk.act(&case, "issue", &json!({})).await.expect(200);
    assert_eq!(waiting_on(&clerk).await, ["to_hand_over"]);
    clerk.act(&case, "activate", &json!({})).await.expect(200);
    assert!(waiting_on(&clerk).await.is_empty());
    assert!(waiting_on(&producer).await.is_empty(), "what has ended is nobody's work any more");
}

async fn a_work_list_is_paged_in_working_order(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let (clerk, supervisor) = (hall.staff(Role::Clerk).await, hall.staff(Role::Supervisor).await);
    let mut cases = Vec::new();
    for number in 1..=7 {
        // Two of a day have the same limit.
        hall.set_time(&format!("2026-03-{:02}T10:{number:02}:00+08:00", 2 + (number / 2)));
        cases.push(opened(&clerk, number).await.0);
    }
    for limit in [1, 2, 3, 7, 200] {
        let found = numbers_on(&clerk, "to_check", limit).await;
        assert_eq!(found.len(), 7, "each once, with {limit} on a page");
        assert_eq!(found, numbers_on(&clerk, "to_check", 50).await);
        assert_eq!(found, numbers_on(&supervisor, "unassigned", limit).await);
    }
    assert_eq!(numbers_on(&clerk, "to_check", 3).await, cases);

    // Later by an extension, and so last.
    let later = json!({ "limit": "2026-04-10", "reason": "外地核查" });
    supervisor.act(&cases[0], "extend_limit", &later).await.expect(200);
    let found = numbers_on(&clerk, "to_check", 3).await;
    assert_eq!((found.last(), &found[..6]), (Some(&cases[0]), &cases[1..]));
    let page = clerk.get("/worklists/to_check?limit=1").await.expect(200);
    assert!(page["items"][0]["explanation"].as_str().is_some_and(|words| !words.is_empty()), "{page:#}");
}

async fn overdue_due_today_due_soon_and_paused_are_disjoint(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let (clerk, supervisor) = (hall.staff(Role::Clerk).await, hall.staff(Role::Supervisor).await);
    let mut cases = Vec::new();
    for (number, day) in [(1, "02"), (2, "03"), (3, "04"), (4, "05"), (5, "06"), (6, "09")] {
        hall.set_time(&format!("2026-03-{day}T10:00:00+08:00"));
        cases.push(opened(&clerk, number).await.0);
    }
    supervisor.act(&cases[3], "pause", &json!({ "reason": "停电" })).await.expect(200);
    // The limits are 16, 17, 18, stopped, 20 and 23 March.
    hall.set_time("2026-03-17T10:00:00+08:00");
    let on = async |list: &str| numbers_on(&supervisor, list, 2).await;
    assert_eq!(on("overdue").await, [cases[0].clone()]);
    assert_eq!(on("due_today").await, [cases[1].clone()]);
    assert_eq!(on("due_soon").await, [cases[2].clone()]);
    assert_eq!(on("paused").await, [cases[3].clone()]);
    // On the day of the limit it is in time until the close of business, and overdue after it.
    hall.set_time("2026-03-17T17:30:00+08:00");
    assert_eq!(on("due_today").await, [cases[1].clone()]);
    hall.set_time("2026-03-17T17:30:01+08:00");
    assert_eq!((on("overdue").await, on("due_today").await), (cases[..2].to_vec(), vec![]));

    // The board counts what the lists show.
    let board = supervisor.get("/board").await.expect(200);
    let lists = counts(&supervisor).await;
    for tile in board["tiles"].as_array().unwrap().iter().chain(board["work_lists"].as_array().unwrap()) {
        let counted = lists.iter().find(|(code, _)| tile["code"] == *code).unwrap().1;
        assert_eq!(tile["count"], counted, "{}", tile["code"]);
        assert_eq!(on(tile["code"].as_str().unwrap()).await.len(), usize::try_from(counted).unwrap());
    }
}

async fn staff_sees_the_work_of_its_role_and_outlet(database: TestDatabase) {
    let hall = Hall::with(database, &[TWO_OUTLETS]).await;
    let here = hall.person(&[Role::Clerk], Some(CENTER)).await;
    let there = hall.person(&[Role::Clerk], Some("panyu")).await;
    let everywhere = hall.person(&[Role::Supervisor], None).await;
    let (case, _) = opened(&here, 1).await;
    let mut elsewhere = application(2);
    elsewhere["outlet"] = json!("panyu");
    there.post("/cases", &elsewhere).await.expect(201);
    assert_eq!(numbers_on(&here, "to_check", 10).await, [case]);
    assert_eq!(numbers_on(&everywhere, "to_check", 10).await.len(), 2);
    assert_eq!(
        everywhere.get("/worklists/to_check?outlet=panyu").await.expect(200)["items"].as_array().unwrap().len(),
        1
    );
    here.get("/worklists/to_check?outlet=panyu").await.refused(404, "not_found");
    here.get("/worklists?outlet=panyu").await.refused(404, "not_found");

    let producer = hall.person(&[Role::Producer], Some(CENTER)).await;
    producer.get("/worklists/to_check").await.refused(403, "role_missing");
    let auditor = hall.person(&[Role::Auditor], None).await;
    assert_eq!(numbers_on(&auditor, "to_check", 10).await.len(), 2);
    let administrator = hall.person(&[Role::Administrator], None).await;
    assert_eq!(counts(&administrator).await, []);
    administrator.get("/worklists/overdue").await.refused(403, "forbidden");
    let portal = hall.client("portal", &Scope::ALL).await;
    portal.get("/worklists").await.refused(403, "forbidden");
    portal.get("/worklists/overdue").await.refused(403, "forbidden");
    here.get("/worklists/everything").await.refused(404, "not_found");
}

async fn all_faults_of_a_query_are_reported_at_once(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let clerk = hall.staff(Role::Clerk).await;
    for (more, expected) in [("&limit=201&state=open", ["/limit", "/state"]), ("", ["/after", "/outlet"])] {
        let answer = clerk.get(&format!("/worklists/to_check?after=soon&outlet=nowhere{more}")).await;
        let faults = answer.faults();
        let pointers: Vec<&str> = faults.iter().map(|(pointer, _)| pointer.as_str()).collect();
        assert_eq!(pointers, expected);
        answer.refused(400, "invalid_query");
    }
    for after in ["", "-", "--", "1-", "-1-x", "99999999999999999999-01890000-0000-7000-8000-000000000000", "令"] {
        clerk.get(&format!("/worklists/overdue?after={after}")).await.refused(400, "invalid_query");
    }
}
