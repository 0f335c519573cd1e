//! Certificates from before, many at once: all or nothing, every fault with its line, streamed.

use std::fmt::Write;
use std::process::Stdio;

use casehall::domain::accounts::role::Role;
use casehall::service::certificates::import::Source;
use chrono::Duration;
use reqwest::Method;
use serde_json::json;

use super::{history, registration};
use crate::databases::{TestDatabase, on_both};
use crate::hall::registering::supervisor;
use crate::hall::{Answer, Hall, Person, application, organization_code, send, unified_code};
use crate::store::crashes::Program;

on_both!(
    an_import_is_checked_and_then_written_as_a_whole,
    one_bad_line_imports_nothing_and_all_faults_are_reported,
    an_organization_whose_certificate_ended_may_be_imported_again,
);

const HEAD: &str = "serial,medium_number,organization_name,organization_code,valid_from,valid_until,handler,e_seal\n";

fn line(number: u32) -> String {
    let code = organization_code(number);
    format!("OLD-{number:06},KEY-{number:06},广州第{number}老证单位,{code},2025-01-01,2027-12-31,刘少芬,是\n")
}

pub(crate) fn table(numbers: impl Iterator<Item = u32>) -> String {
    numbers.fold(HEAD.to_owned(), |table, number| table + &line(number))
}

pub(crate) async fn import(person: &Person<'_>, query: &str, table: &str) -> Answer {
    let request = person.request(Method::POST, &format!("/certificates/imports{query}")).await;
    send(request.header("Content-Type", "text/csv").body(table.to_owned())).await
}

async fn count(person: &Person<'_>) -> usize {
    person.get("/certificates?limit=200").await.expect(200)["items"].as_array().unwrap().len()
}

async fn an_import_is_checked_and_then_written_as_a_whole(database: TestDatabase) {
    let again = database.again();
    let hall = Hall::open(database).await;
    let (clerk, supervisor) = (hall.staff(Role::Clerk).await, hall.staff(Role::Supervisor).await);
    let table = table(1..=120);
    import(&clerk, "", &table).await.refused(403, "role_missing");
    import(&hall.person(&[Role::Administrator], None).await, "", &table).await.refused(403, "role_missing");
    supervisor.post("/certificates/imports", &json!({})).await.refused(415, "unsupported_media_type");
    let tried = import(&supervisor, "?dry_run=true", &table).await.expect(200);
    assert_eq!(tried, json!({ "dry_run": true, "lines": 120, "imported": 0, "import": null }));
    assert_eq!(count(&clerk).await, 0);
    let done = import(&supervisor, "", &table).await.expect(200);
    assert_eq!(done, json!({ "dry_run": false, "lines": 120, "imported": 120, "import": done["import"] }));
    assert_eq!(count(&clerk).await, 120);
    hall.approve_imports().await;
    assert_eq!(history(&again, &clerk, "OLD-000077").await, ["registered", "registration_approved"]);
    let shown = clerk.get("/certificates/OLD-000077").await.expect(200);
    assert_eq!((&shown["source"], &shown["valid_until"]), (&json!("imported"), &json!("2027-12-31T16:00:00Z")));
    assert_eq!(shown["services"][0]["service"], "e_seal");
    // It counts as any other: for the organization, and when it is searched.
    clerk.post("/cases", &application(77)).await.refused(409, "already_applied");
    let found = clerk.get("/certificates?name=第77老").await.expect(200);
    assert_eq!(found["items"][0]["serial"], "OLD-000077");
    let again = import(&supervisor, "", &table).await.refused(422, "invalid_request");
    assert_eq!(again["fault_count"], 360, "serial, medium and organization of each");
}

async fn one_bad_line_imports_nothing_and_all_faults_are_reported(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let (clerk, supervisor) = (hall.staff(Role::Clerk).await, hall.staff(Role::Supervisor).await);
    hall.register(&registration(700)).await;
    clerk.post("/cases", &application(701)).await.expect(201);
    let mut table = table(1..=600);
    let mut add = |line: &str| table.push_str(&format!("{line}\n"));
    add(&format!("OLD-000601,KEY-000300,单位,{},2025-01-01,2027-12-31,,", organization_code(601))); // line 602
    add(&format!("old-000001,KEY-000602,单位,{},2025-01-01,2024-12-31,,", organization_code(602)));
    add("OLD-000603,KEY-000603,单位,PDY000000,2025-01-01,2027-12-31,,maybe");
    add("");
    add(&format!("GZ2013-0700,KEY-0700,单位,{},2025-01-01,2027-12-31,,", unified_code(700)));
    add(&format!("OLD-000701,KEY-000701,单位,{},2025-01-01,2027-12-31,,", organization_code(701)));
    let table = table + &line(602);
    for query in ["", "?dry_run=true"] {
        let told = import(&supervisor, query, &table).await;
        let errors = told.body["errors"].as_array().unwrap().clone();
        let mut found: Vec<_> = errors
            .iter()
            .map(|fault| {
                (fault["line"].as_u64().unwrap(), fault["pointer"].as_str().unwrap(), fault["code"].as_str().unwrap())
            })
            .collect();
        found.sort_unstable();
        let expected = [
            (602, "/medium_number", "duplicate"),
            (603, "/serial", "duplicate"),
            (603, "/valid_until", "out_of_order"),
            (604, "/e_seal", "not_one_of"),
            (604, "/organization_code", "wrong_check_character"),
            (606, "/medium_number", "medium_taken"),
            (606, "/organization_code", "bad_length"),
            (606, "/serial", "serial_taken"),
            (607, "/organization_code", "already_applied"),
            (608, "/medium_number", "duplicate"),
        ];
        assert_eq!(found, expected);
        assert_eq!(told.refused(422, "invalid_request")["fault_count"], expected.len());
        assert_eq!(count(&clerk).await, 1, "only what was there before");
    }
}

async fn an_organization_whose_certificate_ended_may_be_imported_again(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let (clerk, supervisor) = (hall.staff(Role::Clerk).await, hall.staff(Role::Supervisor).await);
    hall.register(&registration(1)).await;
    hall.set_time("2027-01-01T00:00:00Z");
    import(&supervisor, "", &table(1..=2)).await.expect(200);
    hall.approve_imports().await;
    clerk.post("/cases", &application(1)).await.refused(409, "already_applied");
    hall.advance(Duration::days(365));
    clerk.post("/cases", &application(1)).await.expect(201);
}

/// Lines of organizations with codes that check, quickly: the check character is counted, not looked for.
pub(crate) fn large(lines: u32) -> String {
    let mut table = HEAD.to_owned();
    let weights = [3, 7, 9, 10, 5, 8, 4, 2];
    for number in 0..lines {
        // P, D and Y are worth 25, 13 and 34.
        let digits = format!("{number:05}");
        let values = [25, 13, 34].into_iter().chain(digits.bytes().map(|digit| u32::from(digit - b'0')));
        let sum: u32 = values.zip(weights).map(|(value, weight)| value * weight).sum();
        let check = match 11 - sum % 11 {
            10 => 'X',
            11 => '0',
            check => char::from(b'0' + check as u8),
        };
        let name = "广州市番禺区老证工程咨询有限公司";
        writeln!(
            table,
            "OLD-{number:06},KEY-{number:06},{name}{number},PDY{digits}{check},2025-01-01,2029-12-31,刘少芬,是"
        )
        .unwrap();
    }
    table
}

/// What the register holds of an import: certificates, events, claims, certificates with services, and those without effect.
fn held(database: &TestDatabase) -> [i64; 5] {
    use diesel::prelude::*;
    #[derive(QueryableByName)]
    struct Count {
        #[diesel(sql_type = diesel::sql_types::BigInt)]
        n: i64,
    }
    let mut connection = SqliteConnection::establish(database.file().to_str().unwrap()).unwrap();
    let with_services = "certificates WHERE document LIKE '%\"usable_from\"%'";
    let unapproved = "certificates WHERE stage = 'unapproved'";
    ["certificates", "events", "claims", with_services, unapproved].map(|table| {
        let sql = format!("SELECT count(*) AS n FROM {table}");
        diesel::sql_query(sql).get_result::<Count>(&mut connection).unwrap().n
    })
}

/// Not held to a time, which is the machine's: `cargo test --release --test it -- --ignored --nocapture longest_wait` prints it.
#[tokio::test]
#[ignore = "a measurement"]
async fn longest_wait_of_a_clerk_while_50_000_lines_are_imported_and_approved() {
    let hall = Hall::open(TestDatabase::sqlite()).await;
    let (clerk, registrar) = (hall.staff(Role::Clerk).await, supervisor("registrar"));
    let service = hall.running.service.clone();
    let text = large(50_000);
    let source: Source = std::sync::Arc::new(move || Ok(Box::new(std::io::Cursor::new(text.clone().into_bytes()))));
    let running = tokio::spawn(async move {
        let began = std::time::Instant::now();
        let done = service.import_certificates(&registrar, source, false).await.unwrap();
        let entered = began.elapsed();
        service.approve_import(&supervisor("approver"), done.import.unwrap(), None).await.unwrap();
        (entered, began.elapsed() - entered)
    });
    let mut waits = Vec::new();
    let opened = clerk.post("/cases", &application(90_001)).await.expect(201);
    let checks = crate::hall::all_in_order(&opened);
    while !running.is_finished() {
        let began = std::time::Instant::now();
        clerk.act(opened["acceptance_number"].as_str().unwrap(), "record_materials", &checks).await.expect(200);
        waits.push(began.elapsed());
    }
    waits.sort_unstable();
    let (median, last) = (waits[waits.len() / 2], waits[waits.len() - 1]);
    let (entered, approved) = running.await.unwrap();
    let _ = std::io::Write::write_fmt(
        &mut std::io::stderr(),
        format_args!(
            "entered in {entered:?}, approved in {approved:?}; {} writes beside it: median {median:?}, longest {last:?}\n",
            waits.len()
        ),
    );
}

/// `IMPORT_LINES=100000` takes more of them.
#[test]
fn a_killed_import_of_many_lines_leaves_nothing_in_force() {
    let lines = std::env::var("IMPORT_LINES").ok().map_or(15_000, |lines| lines.parse::<u32>().unwrap());
    let database = TestDatabase::missing();
    Program::add_user(&database, &["registrar", "--role", "supervisor", "--all-outlets"]);
    let file = database.file().with_file_name("old.csv");
    let whole = large(lines);
    // One bad line in the middle: nothing is imported, and its fault is told.
    let middle = whole.len() / 2 + whole[whole.len() / 2..].find('\n').unwrap() + 1;
    let broken = format!("{},x,,,,,,\n{}", &whole[..middle].trim_end_matches('\n').to_owned(), &whole[middle..]);
    std::fs::write(&file, broken).unwrap();
    let run = |dry: bool| {
        let how: &[&str] = if dry { &["--dry-run"] } else { &["--entered-by", "registrar"] };
        Program::command(&database, &[&["certificates", "import", "old.csv", "--progress", "0"], how].concat())
    };
    let refused = run(false).output().unwrap();
    let said = String::from_utf8(refused.stderr).unwrap();
    assert!(!refused.status.success());
    assert!(said.contains("more fields than the header") && said.contains("nothing was imported"), "{said}");
    assert!(said.contains("lines checked: 10,000, "), "progress is shown: {said}");
    assert_eq!(held(&database), [0; 5]);
    // Killed while it enters: what stands there already has no effect.
    std::fs::write(&file, &whole).unwrap();
    let mut child = run(false).stderr(Stdio::piped()).stdout(Stdio::null()).spawn().unwrap();
    let told = std::io::BufRead::lines(std::io::BufReader::new(child.stderr.take().unwrap()));
    let entering = told.map_while(Result::ok).find(|line| line.starts_with("lines entered: 10,000 of "));
    assert!(entering.is_some());
    child.kill().unwrap();
    child.wait().unwrap();
    let [certificates, _, _, _, unapproved] = held(&database);
    let left = certificates;
    assert!(certificates >= 10_000 && unapproved == certificates, "{unapproved} of {certificates}");
    // And once more, to its end: what was left over goes, and everything enters.
    let done = run(false).output().unwrap();
    let said = String::from_utf8(done.stdout).unwrap();
    let errors = String::from_utf8_lossy(&done.stderr);
    assert!(done.status.success() && said.contains(&format!("Imported: {lines} certificates")), "{said} {errors}");
    let [certificates, events, claims, with_services, unapproved] = held(&database);
    assert_eq!([certificates, claims, with_services, unapproved], [i64::from(lines); 4]);
    assert_eq!(events - certificates, 2 * left, "entered and gone, as the events of what was left over tell");
}

#[test]
fn a_stopped_import_takes_back_what_it_entered() {
    let database = TestDatabase::missing();
    Program::add_user(&database, &["registrar", "--role", "supervisor", "--all-outlets"]);
    std::fs::write(database.file().with_file_name("old.csv"), large(20_000)).unwrap();
    let arguments = ["certificates", "import", "old.csv", "--progress", "0", "--entered-by", "registrar"];
    let mut command = Program::command(&database, &arguments);
    let mut child = command.stderr(Stdio::piped()).stdout(Stdio::null()).spawn().unwrap();
    let mut lines =
        std::io::BufRead::lines(std::io::BufReader::new(child.stderr.take().unwrap())).map_while(Result::ok);
    assert!(lines.any(|line| line.starts_with("lines entered: ")), "it is in the middle of it");
    assert!(std::process::Command::new("kill").arg(child.id().to_string()).status().unwrap().success());
    let said: Vec<String> = lines.collect();
    assert_eq!(child.wait().unwrap().code(), Some(143), "{said:?}");
    assert_eq!(said.last().map(String::as_str), Some("Stopped: nothing was imported."), "{said:?}");
    let [certificates, _, claims, with_services, unapproved] = held(&database);
    assert_eq!([certificates, claims, with_services, unapproved], [0; 4]);
}
