//! Editions: open cases stay on the rules they were opened with, and a file can't change behind their back.

use casehall::domain::accounts::role::Role;
use casehall::startup::StartError;
use serde_json::{Value, json};

use crate::databases::{TestDatabase, on_both};
use crate::hall::{Hall, Person, all_in_order, application};
use crate::program::Files;

on_both!(
    a_changed_file_with_an_old_edition_prevents_the_start,
    a_changed_base_is_named_with_everything_that_it_changes,
    new_cases_get_the_new_edition_and_open_ones_keep_theirs,
    another_instance_may_bring_new_editions_while_this_one_works,
    cases_of_a_removed_case_type_can_be_finished,
    the_command_moves_open_cases_to_the_new_edition,
    a_move_that_empties_rows_takes_the_acceptance_back,
);

const NEW: &str = "case-types/new-certificate.toml";
const WORKFLOW: &str = "workflows/check-then-make.toml";
/// A ninth document.
const PHOTOGRAPH: &str = "\n[[materials]]\ncode = \"photograph\"\nzh = \"照片\"\nen = \"Photograph\"\ncopies = 1\n";

#[track_caller]
fn refusals(started: Result<Hall, StartError>) -> Vec<String> {
    match started {
        Ok(_) => panic!("it started"),
        Err(StartError::Configuration(faults)) => faults.iter().map(ToString::to_string).collect(),
        Err(other) => panic!("{other}"),
    }
}

fn rows(case: &Value) -> Vec<String> {
    let sheets = case["materials"]["sheets"].as_array().unwrap();
    sheets.iter().map(|sheet| sheet["material"].as_str().unwrap().to_owned()).collect()
}

async fn a_changed_file_with_an_old_edition_prevents_the_start(database: TestDatabase) {
    let other = Files::new();
    Hall::open(database.again()).await.running.stop().await;
    let again = || database.again();
    // Comments, layout and order of keys are no change.
    let text =
        Files::shipped(NEW).replace("edition = 2\nzh = \"新办证书\"", "# Of 2014.\nzh = \"新办证书\"\n\nedition = 2");
    assert_ne!(text, Files::shipped(NEW));
    other.write(NEW, &text);
    Hall::configured(again(), other.path()).await.unwrap().running.stop().await;
    // Two changed files, both named at once, with what to do; and nothing of a start that failed is kept.
    let files = Files::new();
    files.write(NEW, &(Files::shipped(NEW) + PHOTOGRAPH));
    files.change("workflows/at-the-counter.toml", &[("en = \"At the counter\"", "en = \"At the window\"")]);
    files.change_whole(WORKFLOW, &[("edition = 3", "edition = 4")]);
    let what_to_do = |old: u32| {
        format!(
            "changed under the old edition {old}, which cases may be on: give the changed file `edition = {}` or put the \
             old content back",
            old + 1
        )
    };
    assert_eq!(
        refusals(Hall::configured(again(), files.path()).await),
        [format!("{NEW}: {}", what_to_do(2)), format!("workflows/at-the-counter.toml: {}", what_to_do(3))]
    );
    let files = Files::new();
    files.change_whole(WORKFLOW, &[("edition = 3", "edition = 4"), ("\"Void and make again\"", "\"Remake\"")]);
    Hall::configured(again(), files.path()).await.unwrap().running.stop().await;
    // Now edition 4 is kept, and can't change either.
    let files = Files::new();
    files.change_whole(WORKFLOW, &[("edition = 3", "edition = 4")]);
    assert_eq!(refusals(Hall::configured(again(), files.path()).await), [format!("{WORKFLOW}: {}", what_to_do(4))]);
}

async fn a_changed_base_is_named_with_everything_that_it_changes(database: TestDatabase) {
    Hall::open(database.again()).await.running.stop().await;
    let again = || database.again();
    // A definition in its whole form is what the extending one is.
    let files = Files::new();
    files.write(WORKFLOW, &Files::whole(WORKFLOW));
    files.write("case-types/add-application.toml", &Files::whole("case-types/add-application.toml"));
    Hall::configured(again(), files.path()).await.unwrap().running.stop().await;
    // A hall's own base, of which one workflow overrides what is changed.
    let (files, base) = (Files::new(), "workflows/bases/production.toml");
    files.change(base, &[("\"issue_certificate\", \"distribute_copies\"", "\"issue_certificate\"")]);
    let at = files.place(base, "effects = [\"issue_certificate\"]");
    let old = "changed under the old edition 3, which cases may be on";
    let what_to_do = "give this file `edition = 4` or put the old content of the base back";
    assert_eq!(
        refusals(Hall::configured(again(), files.path()).await),
        ["check-then-make", "make-then-check"]
            .map(|code| format!("workflows/{code}.toml: {old}, by its base ({at}): {what_to_do}"))
    );
    // What is gone from a base has no line any more.
    let (files, base) = (Files::new(), "case-types/bases/certificate-held.toml");
    let text = Files::shipped(base);
    files.write(base, &text[..text.rfind("[[materials]]").unwrap()]);
    let bases = format!("{base}, case-types/bases/common.toml");
    let gone = format!("something is gone from it or from its base ({bases})");
    let old = "changed under the old edition 2, which cases may be on";
    let what_to_do = "give this file `edition = 3` or put the old content back";
    let found = refusals(Hall::configured(again(), files.path()).await);
    assert_eq!(found.len(), 6, "{found:#?}");
    assert!(found.contains(&format!("case-types/renew.toml: {old}: {gone}: {what_to_do}")), "{found:#?}");
    // With a new number for all of them it starts.
    for code in ["change", "reissue", "reissue-expired", "renew", "revoke", "unlock"] {
        files.change(&format!("case-types/{code}.toml"), &[("edition = 2", "edition = 3")]);
    }
    Hall::configured(again(), files.path()).await.unwrap().running.stop().await;
}

async fn new_cases_get_the_new_edition_and_open_ones_keep_theirs(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let case = {
        let clerk = hall.staff(Role::Clerk).await;
        clerk.post("/cases", &application(1)).await.expect(201)["acceptance_number"].as_str().unwrap().to_owned()
    };
    let files = Files::new();
    files.write(NEW, &(Files::shipped(NEW).replace("edition = 2", "edition = 3") + PHOTOGRAPH));
    // In the new edition the supervisor accepts papers, and nobody withdraws.
    let text = Files::whole(WORKFLOW).replace("edition = 3", "edition = 4");
    let text = text.replacen(
        "to = \"materials_checked\"\nroles = [\"clerk\"]",
        "to = \"materials_checked\"\nroles = [\"supervisor\"]",
        1,
    );
    let (kept, _) = text.rsplit_once("[[actions]]").unwrap();
    files.write(
        WORKFLOW,
        &kept.replace(
            ", final = true },\n  { code = \"withdrawn\", zh = \"已撤回\", en = \"Withdrawn\", final = true }",
            ", final = true }",
        ),
    );
    let hall = hall.restarted(Some(files.path())).await.unwrap();
    let (clerk, supervisor) = (hall.staff(Role::Clerk).await, hall.staff(Role::Supervisor).await);
    let old = clerk.get(&format!("/cases/{case}")).await.expect(200);
    let new = clerk.post("/cases", &application(2)).await.expect(201);
    let editions = |case: &Value| (case["case_type"]["edition"].clone(), case["workflow"]["edition"].clone());
    assert_eq!((editions(&old), editions(&new)), ((json!(2), json!(3)), (json!(3), json!(4))));
    assert!(!rows(&old).contains(&"photograph".to_owned()) && rows(&new).contains(&"photograph".to_owned()));
    let actions = |case: &Value| {
        let actions = case["actions"].as_array().unwrap();
        actions.iter().map(|offer| offer["action"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert!(actions(&old).contains(&"withdraw".to_owned()) && !actions(&new).contains(&"withdraw".to_owned()));
    for (seen, person, other) in [(&old, &clerk, &supervisor), (&new, &supervisor, &clerk)] {
        let number = seen["acceptance_number"].as_str().unwrap();
        clerk.act(number, "record_materials", &all_in_order(seen)).await.expect(200);
        other.act(number, "accept_materials", &json!({})).await.refused(403, "role_missing");
        person.act(number, "accept_materials", &json!({})).await.expect(200);
    }
    let number = new["acceptance_number"].as_str().unwrap();
    clerk.act(number, "withdraw", &json!({ "reason": "x" })).await.refused(404, "unknown_action");
    clerk.act(&case, "withdraw", &json!({ "reason": "x" })).await.expect(200);
    let types = clerk.get("/case-types/new-certificate").await.expect(200);
    assert_eq!(types["edition"], 3, "what can be applied for is the new one");
}

async fn another_instance_may_bring_new_editions_while_this_one_works(database: TestDatabase) {
    let (hall, files) = (Hall::open(database).await, Files::new());
    files.write(NEW, &(Files::shipped(NEW).replace("edition = 2", "edition = 3") + PHOTOGRAPH));
    let newer = hall.beside_with(Some(files.path())).await;
    let clerk = hall.staff(Role::Clerk).await;
    let elsewhere = Person::at(&newer.base, &*newer.clock, clerk.name());
    let opened = elsewhere.post("/cases", &application(1)).await.expect(201);
    assert!(rows(&opened).contains(&"photograph".to_owned()));
    let number = opened["acceptance_number"].as_str().unwrap();
    // Until it has looked, it can't tell; whoever balances between both asks it all the time.
    clerk.get(&format!("/cases/{number}")).await.refused(503, "unavailable");
    hall.readiness(200).await;
    clerk.act(number, "record_materials", &all_in_order(&opened)).await.expect(200);
    let own = clerk.post("/cases", &application(2)).await.expect(201);
    assert!(!rows(&own).contains(&"photograph".to_owned()), "it opens cases as before");
}

async fn cases_of_a_removed_case_type_can_be_finished(database: TestDatabase) {
    let (hall, files) = (Hall::open(database).await, Files::new());
    let text = Files::shipped(NEW).replace("code = \"new-certificate\"", "code = \"pilot\"");
    files.write("case-types/pilot.toml", &text.replace("\"check-then-make\", \"make-then-check\"", "\"pilot\""));
    let workflow = Files::whole(WORKFLOW).replace("code = \"check-then-make\"", "code = \"pilot\"");
    files.write("workflows/pilot.toml", &workflow.replace("\"Submitted\"", "\"Handed in\""));
    let hall = hall.restarted(Some(files.path())).await.unwrap();
    let mut pilot = application(1);
    pilot["case_type"] = json!("pilot");
    let case = {
        let clerk = hall.staff(Role::Clerk).await;
        clerk.post("/cases", &pilot).await.expect(201)["acceptance_number"].as_str().unwrap().to_owned()
    };
    let hall = hall.restarted(None).await.unwrap();
    let clerk = hall.staff(Role::Clerk).await;
    let seen = clerk.get(&format!("/cases/{case}")).await.expect(200);
    assert_eq!((&seen["case_type"]["code"], &seen["state"]["name"]), (&json!("pilot"), &json!("Handed in")));
    assert_eq!(clerk.get("/cases").await.expect(200)["items"][0]["state"]["name"], "Handed in");
    clerk.act(&case, "record_materials", &all_in_order(&seen)).await.expect(200);
    clerk.act(&case, "accept_materials", &json!({})).await.expect(200);
    pilot["organization"]["unified_social_credit_code"] = json!(crate::hall::unified_code(2));
    let refused = clerk.post("/cases", &pilot).await;
    assert_eq!(refused.faults(), [("/case_type".to_owned(), "not_one_of".to_owned())]);
    clerk.get("/case-types/pilot").await.refused(404, "not_found");
}

async fn the_command_moves_open_cases_to_the_new_edition(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let (moving, ended) = {
        let clerk = hall.staff(Role::Clerk).await;
        let mut numbers = Vec::new();
        for number in 1..=2 {
            let case = clerk.post("/cases", &application(number)).await.expect(201);
            let number = case["acceptance_number"].as_str().unwrap().to_owned();
            clerk.act(&number, "record_materials", &all_in_order(&case)).await.expect(200);
            numbers.push(number);
        }
        clerk.act(&numbers[1], "withdraw", &json!({ "reason": "不办了" })).await.expect(200);
        (numbers.remove(0), numbers.remove(0))
    };
    // A ninth document, one more copy of the second, and none of the fifth.
    let text = Files::shipped(NEW).replace("edition = 2", "edition = 3") + PHOTOGRAPH;
    let two = "en = \"Electronic certification user's responsibility letter\"\ncopies = ";
    let places = "copies_go_to = [\"hall-file\", \"hall-file\", \"certification-authority\", \"applicant\"]";
    let (before, fifth) = text.split_once("[[materials]]\ncode = \"e-seal-agreement\"").unwrap();
    let (_, after) = fifth.split_once("[[materials]]").unwrap();
    let text = format!("{before}[[materials]]{after}").replace(&format!("{two}3"), &format!("{two}4\n{places}"));
    let files = Files::new();
    files.write(NEW, &text);
    let hall = hall.restarted(Some(files.path())).await.unwrap();
    let clerk = hall.staff(Role::Clerk).await;
    let service = &hall.running.service;
    let before = clerk.get(&format!("/cases/{moving}")).await.expect(200);

    let would = service.move_to_current_edition("new-certificate", true).await.unwrap();
    assert_eq!((would.to, would.moves.len()), (3, 1), "what has ended stays");
    let change = would.moves[0].change.clone().unwrap();
    assert_eq!((would.moves[0].acceptance_number.as_str(), would.moves[0].from), (moving.as_str(), 2));
    assert_eq!(change.added, ["photograph"]);
    assert_eq!(
        (change.removed, change.changed),
        (vec!["e-seal-agreement".to_owned()], vec!["responsibility-letter".to_owned()])
    );
    assert_eq!(clerk.get(&format!("/cases/{moving}")).await.expect(200)["version"], before["version"], "a dry run");

    assert_eq!(service.move_to_current_edition("new-certificate", false).await.unwrap().moves.len(), 1);
    let after = clerk.get(&format!("/cases/{moving}")).await.expect(200);
    assert_eq!((&after["case_type"]["edition"], &after["acceptance_number"]), (&json!(3), &json!(moving)));
    assert!(rows(&after).contains(&"photograph".to_owned()) && !rows(&after).contains(&"e-seal-agreement".to_owned()));
    let missing: Vec<&str> =
        after["materials"]["missing"].as_array().unwrap().iter().map(|one| one["material"].as_str().unwrap()).collect();
    assert_eq!(missing, ["responsibility-letter", "photograph"], "what was checked and asks for the same holds");
    let events = clerk.get(&format!("/cases/{moving}/events")).await.expect(200);
    let last = events["items"].as_array().unwrap().last().unwrap().clone();
    assert_eq!((&last["kind"], &last["actor"]["code"]), (&json!("edition_moved"), &json!("casehall")));
    assert_eq!(clerk.get(&format!("/cases/{ended}")).await.expect(200)["case_type"]["edition"], 2);
    // Done once, there is nothing left to do.
    assert!(service.move_to_current_edition("new-certificate", false).await.unwrap().moves.is_empty());
    assert!(service.move_to_current_edition("nothing", true).await.is_err());
    clerk.act(&moving, "record_materials", &all_in_order(&after)).await.expect(200);
    clerk.act(&moving, "accept_materials", &json!({})).await.expect(200);
}

async fn a_move_that_empties_rows_takes_the_acceptance_back(database: TestDatabase) {
    let mut hall = Hall::open(database).await;
    let case = {
        let clerk = hall.staff(Role::Clerk).await;
        let opened = clerk.post("/cases", &application(1)).await.expect(201);
        let case = opened["acceptance_number"].as_str().unwrap().to_owned();
        clerk.act(&case, "record_materials", &all_in_order(&opened)).await.expect(200);
        clerk.act(&case, "accept_materials", &json!({})).await.expect(200);
        case
    };
    // Without the fifth document nothing is missing; with a ninth there is.
    let fewer = Files::shipped(NEW).replace("edition = 2", "edition = 3");
    let (before, fifth) = fewer.split_once("[[materials]]\ncode = \"e-seal-agreement\"").unwrap();
    let fewer = format!("{before}[[materials]]{}", fifth.split_once("[[materials]]").unwrap().1);
    let more = fewer.replace("edition = 3", "edition = 4") + PHOTOGRAPH;
    for (text, state, missing) in [(fewer, "materials_checked", 0), (more, "submitted", 1)] {
        let files = Files::new();
        files.write(NEW, &text);
        hall = hall.restarted(Some(files.path())).await.unwrap();
        let before = hall.staff(Role::Auditor).await.get(&format!("/cases/{case}")).await.expect(200);
        hall.running.service.move_to_current_edition("new-certificate", false).await.unwrap();
        let after = hall.staff(Role::Auditor).await.get(&format!("/cases/{case}")).await.expect(200);
        assert_eq!((&after["state"]["code"], &after["materials"]["unchecked"]), (&json!(state), &json!(missing)));
        assert_eq!(after["deadlines"], before["deadlines"]);
    }
}
