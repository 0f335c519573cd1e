//! Whose a case is: claimed, handed on, taken away with a reason, released.

use casehall::domain::accounts::role::{Role, Scope};
use serde_json::{Value, json};

use crate::cases::worklists::{numbers_on, opened};
use crate::databases::{TestDatabase, on_both};
use crate::hall::{Answer, CENTER, Hall, Person, TWO_OUTLETS};

on_both!(
    a_case_is_claimed_handed_on_and_released,
    reassigning_needs_a_supervisor_and_a_reason,
    offered_assignments_succeed_and_others_say_why_not,
    what_blocks_an_assignment_is_what_the_call_answers,
    a_case_is_assigned_only_to_staff_who_can_work_on_it,
    closed_cases_are_not_assigned_and_moved_cases_become_unassigned,
    one_of_two_simultaneous_claims_succeeds,
);

async fn claim(person: &Person<'_>, case: &str) -> Answer {
    person.post(&format!("/cases/{case}/claim"), &json!({})).await
}

async fn release(person: &Person<'_>, case: &str, body: &Value) -> Answer {
    person.post(&format!("/cases/{case}/release"), body).await
}

async fn assign(person: &Person<'_>, case: &str, body: &Value) -> Answer {
    let request = person.request(reqwest::Method::PUT, &format!("/cases/{case}/assignee")).await;
    crate::hall::send(request.json(body)).await
}

async fn a_case_is_claimed_handed_on_and_released(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let (clerk, colleague) = (hall.staff(Role::Clerk).await, hall.staff(Role::Clerk).await);
    let (case, view) = opened(&clerk, 1).await;
    assert_eq!(view["assignee"], Value::Null);
    let mine = claim(&clerk, &case).await.expect(200);
    assert_eq!((&mine["assignee"]["name"], mine["version"].as_i64()), (&json!("窗口人员"), Some(2)));
    assert_eq!(claim(&clerk, &case).await.expect(200)["version"], 2, "claimed again, nothing happens");
    assert_eq!(numbers_on(&clerk, "mine", 10).await, std::slice::from_ref(&case));
    claim(&colleague, &case).await.refused(409, "assigned_to_another");

    let theirs = assign(&clerk, &case, &json!({ "assignee": colleague.name() })).await.expect(200);
    let again = assign(&clerk, &case, &json!({ "assignee": colleague.name().to_uppercase() })).await.expect(200);
    assert_eq!((&theirs["version"], &again["version"]), (&json!(3), &json!(3)));
    assert_eq!(numbers_on(&colleague, "mine", 10).await, std::slice::from_ref(&case));
    assert!(numbers_on(&clerk, "mine", 10).await.is_empty());

    let free = release(&colleague, &case, &json!({ "reason": "转岗" })).await.expect(200);
    assert_eq!(free["assignee"], Value::Null);
    assert_eq!(release(&clerk, &case, &json!({})).await.expect(200)["version"], free["version"]);

    // Whose it is keeps nobody from working on it, and the timeline says whose it was.
    claim(&colleague, &case).await.expect(200);
    clerk.act(&case, "withdraw", &json!({ "reason": "不办了" })).await.expect(200);
    let events = clerk.get(&format!("/cases/{case}/events")).await.expect(200);
    let events = events["items"].as_array().unwrap();
    let assigned: Vec<_> = events.iter().filter(|event| event["kind"] == "assigned").collect();
    let told: Vec<_> =
        assigned.iter().map(|event| (event["action"].as_str().unwrap(), &event["data"]["reason"])).collect();
    let nothing = Value::Null;
    assert_eq!(told, [("claim", &nothing), ("assign", &nothing), ("release", &json!("转岗")), ("claim", &nothing)]);
    assert_eq!(assigned[1]["data"]["before"]["id"], mine["assignee"]["code"]);
}

async fn reassigning_needs_a_supervisor_and_a_reason(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let (clerk, colleague) = (hall.staff(Role::Clerk).await, hall.staff(Role::Clerk).await);
    let supervisor = hall.staff(Role::Supervisor).await;
    let (case, _) = opened(&clerk, 1).await;
    assign(&clerk, &case, &json!({ "assignee": colleague.name() })).await.refused(403, "role_missing");
    assign(&supervisor, &case, &json!({ "assignee": clerk.name() })).await.expect(200);
    let reason = json!({ "assignee": colleague.name(), "reason": "请假" });
    assign(&colleague, &case, &reason).await.refused(409, "assigned_to_another");
    release(&colleague, &case, &json!({ "reason": "我来办" })).await.refused(409, "assigned_to_another");
    claim(&supervisor, &case).await.refused(409, "assigned_to_another");

    let silent = assign(&supervisor, &case, &json!({ "assignee": colleague.name() })).await;
    assert_eq!(silent.faults(), [("/reason".to_owned(), "missing_field".to_owned())]);
    silent.refused(422, "invalid_request");
    release(&supervisor, &case, &json!({})).await.refused(422, "invalid_request");
    let taken = assign(&supervisor, &case, &reason).await.expect(200);
    let offered = |case: &Value, action: &str| {
        case["assignment"].as_array().unwrap().iter().find(|offer| offer["action"] == action).unwrap().clone()
    };
    assert_eq!(offered(&taken, "assign")["requires"], json!(["assignee", "reason"]));
    assert_eq!(offered(&taken, "release")["requires"], json!(["reason"]));
    release(&supervisor, &case, &json!({ "reason": "改由全组办理" })).await.expect(200);
}

async fn offered_assignments_succeed_and_others_say_why_not(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let clerk = hall.staff(Role::Clerk).await;
    let mut people = Vec::new();
    for roles in
        [&[Role::Clerk][..], &[Role::Producer], &[Role::Supervisor], &[Role::Auditor], &[Role::Clerk, Role::Supervisor]]
    {
        people.push(hall.person(roles, Some(CENTER)).await);
    }
    let mut number = 0;
    for person in &people {
        for held in ["nobody", "self", "another", "ended"] {
            for action in ["claim", "release", "assign"] {
                number += 1;
                let (case, _) = opened(&clerk, number).await;
                let worker = !person.name().starts_with("auditor");
                match held {
                    "self" if worker => drop(claim(person, &case).await.expect(200)),
                    "another" => drop(claim(&clerk, &case).await.expect(200)),
                    "ended" => drop(clerk.act(&case, "withdraw", &json!({ "reason": "不办了" })).await.expect(200)),
                    _ => {}
                }
                let view = person.get(&format!("/cases/{case}")).await.expect(200);
                let offers = view["assignment"].as_array().unwrap();
                let offer = offers.iter().find(|offer| offer["action"] == action).unwrap();
                let mut body = json!({});
                for part in offer["requires"].as_array().unwrap() {
                    let value = if part == "assignee" { people[0].name() } else { "工作调整" };
                    body[part.as_str().unwrap()] = json!(value);
                }
                let answer = match action {
                    "claim" => claim(person, &case).await,
                    "release" => release(person, &case, &body).await,
                    _ => assign(person, &case, &body).await,
                };
                let told = format!("{action} of a case of {held} by {}: {:#}", person.name(), answer.body);
                assert_eq!(answer.status == 200, offer["allowed"] == true, "{told}");
                if answer.status != 200 {
                    assert_eq!(answer.body["blocked_by"], offer["blocked_by"], "{told}");
                }
            }
        }
    }
}

async fn what_blocks_an_assignment_is_what_the_call_answers(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let (clerk, colleague) = (hall.staff(Role::Clerk).await, hall.staff(Role::Clerk).await);
    let (supervisor, auditor) = (hall.staff(Role::Supervisor).await, hall.staff(Role::Auditor).await);
    let portal = hall.client("portal", &Scope::ALL).await;
    let (mut number, mut blocked) = (0, Vec::new());
    for held in ["nobody", "another", "ended", "ended by another"] {
        number += 1;
        let (case, _) = opened(&portal, number).await;
        if held.contains("another") {
            claim(&clerk, &case).await.expect(200);
        }
        if held.starts_with("ended") {
            clerk.act(&case, "withdraw", &json!({ "reason": "不办了" })).await.expect(200);
        }
        for person in [&colleague, &supervisor, &auditor, &portal] {
            let view = person.get(&format!("/cases/{case}")).await.expect(200);
            for offer in view["assignment"].as_array().unwrap() {
                let Some(code) = offer["blocked_by"][0]["code"].as_str() else { continue };
                let mut answers = Vec::new();
                match offer["action"].as_str().unwrap() {
                    "claim" => answers.push(claim(person, &case).await),
                    "release" => {
                        for body in [json!({}), json!({ "reason": "x" })] {
                            answers.push(release(person, &case, &body).await);
                        }
                    }
                    _ => {
                        for name in [colleague.name(), auditor.name(), "nobody-at-all"] {
                            answers.push(assign(person, &case, &json!({ "assignee": name })).await);
                        }
                    }
                }
                for answer in answers {
                    let told = format!("{} of a case of {held} by {}", offer["action"], person.name());
                    assert_eq!(answer.body["code"], code, "{told}: {:#}", answer.body);
                    let closed = held.starts_with("ended") && person.name() != "portal";
                    assert_eq!(code == "case_closed", closed, "{told}");
                }
                blocked.push(code.to_owned());
            }
        }
        let batch = json!({ "cases": [{ "case": case }], "assignee": "nobody-at-all", "reason": "x" });
        let result = supervisor.post("/batches/assign", &batch).await.expect(200)["results"][0].clone();
        let code = if held.starts_with("ended") { "case_closed" } else { "invalid_request" };
        assert_eq!(result["problem"]["code"], code, "{held}: {result}");
    }
    blocked.sort();
    blocked.dedup();
    assert_eq!(blocked, ["assigned_to_another", "case_closed", "forbidden", "role_missing"]);
}

async fn a_case_is_assigned_only_to_staff_who_can_work_on_it(database: TestDatabase) {
    let hall = Hall::with(database, &[TWO_OUTLETS]).await;
    let clerk = hall.person(&[Role::Clerk], Some(CENTER)).await;
    let elsewhere = hall.person(&[Role::Clerk], Some("panyu")).await;
    let everywhere = hall.person(&[Role::Supervisor], None).await;
    let auditor = hall.person(&[Role::Auditor], Some(CENTER)).await;
    let leaver = hall.person(&[Role::Producer], Some(CENTER)).await;
    hall.deactivate(leaver.name()).await;
    let (case, _) = opened(&clerk, 1).await;
    for name in [elsewhere.name(), auditor.name(), leaver.name(), "nobody-at-all", "令狐"] {
        let answer = assign(&everywhere, &case, &json!({ "assignee": name })).await;
        assert_eq!(answer.faults(), [("/assignee".to_owned(), "not_assignable".to_owned())], "{name}");
    }
    let staff = clerk.get("/staff").await.expect(200);
    let names: Vec<&str> =
        staff["items"].as_array().unwrap().iter().map(|one| one["username"].as_str().unwrap()).collect();
    assert_eq!(
        {
            let mut names = names;
            names.sort_unstable();
            names
        },
        {
            let mut wanted = vec![clerk.name(), everywhere.name()];
            wanted.sort_unstable();
            wanted
        }
    );
    for one in staff["items"].as_array().unwrap() {
        assign(&everywhere, &case, &json!({ "assignee": one["id"], "reason": "轮班" })).await.expect(200);
    }
    auditor.get("/staff").await.refused(403, "role_missing");
    hall.client("portal", &Scope::ALL).await.get("/staff").await.refused(403, "forbidden");
    // Of a case that can't be seen nothing is said.
    claim(&elsewhere, &case).await.refused(404, "not_found");
}

async fn closed_cases_are_not_assigned_and_moved_cases_become_unassigned(database: TestDatabase) {
    let hall = Hall::with(database, &[TWO_OUTLETS]).await;
    let clerk = hall.person(&[Role::Clerk], Some(CENTER)).await;
    let elsewhere = hall.person(&[Role::Clerk], Some("panyu")).await;
    let (ended, _) = opened(&clerk, 1).await;
    clerk.act(&ended, "withdraw", &json!({ "reason": "不办了" })).await.expect(200);
    claim(&clerk, &ended).await.refused(409, "case_closed");

    let (moving, _) = opened(&clerk, 2).await;
    claim(&clerk, &moving).await.expect(200);
    let moved = json!({ "correction": { "outlet": "panyu" }, "reason": "改在番禺领取" });
    // A clerk of one outlet doesn't send it out of their own sight.
    let refused = clerk.act(&moving, "correct_application", &moved).await;
    assert_eq!(refused.faults(), [("/correction/outlet".to_owned(), "other_outlet".to_owned())]);
    let supervisor = hall.person(&[Role::Supervisor], Some(CENTER)).await;
    supervisor.act(&moving, "correct_application", &moved).await.expect(200);
    assert!(numbers_on(&clerk, "mine", 10).await.is_empty());
    assert_eq!(numbers_on(&elsewhere, "unassigned", 10).await, std::slice::from_ref(&moving));
    claim(&elsewhere, &moving).await.expect(200);
}

async fn one_of_two_simultaneous_claims_succeeds(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let (clerk, producer) = (hall.staff(Role::Clerk).await, hall.staff(Role::Producer).await);
    for race in 1..=50 {
        let (case, _) = opened(&clerk, race).await;
        let (one, other) = tokio::join!(claim(&clerk, &case), claim(&producer, &case));
        let (winner, loser) = if one.status == 200 { (one, other) } else { (other, one) };
        loser.refused(409, "assigned_to_another");
        let won = winner.expect(200);
        assert_eq!(won["version"], 2);
        let now = clerk.get(&format!("/cases/{case}")).await.expect(200);
        assert_eq!(now["assignee"], won["assignee"]);
    }
}
