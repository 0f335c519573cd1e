//! When certificates are valid: whatever the way in, only what can be true is recorded.

use casehall::clock::Clock;
use casehall::domain::accounts::role::{Role, Scope};
use casehall::domain::certificates::validity::valid_until;
use chrono::{DateTime, Duration, NaiveDate, Utc};
use reqwest::Method;
use serde_json::{Value, json};

use super::register::registration;
use crate::databases::{TestDatabase, on_both};
use crate::hall::{Answer, Hall, Person, organization_code, send};
use crate::store::crashes::Program;

on_both!(each_date_found_is_taken_or_refused, whatever_the_way_in_a_validity_is_plausible,);

const FOUND: &str = include_str!("../../data/found/dates.csv");

fn found() -> impl Iterator<Item = csv::StringRecord> {
    csv::Reader::from_reader(FOUND.as_bytes()).into_records().map(Result::unwrap)
}

fn import_of(number: u32, until: &str) -> String {
    let code = organization_code(number);
    format!(
        "serial,medium_number,organization_name,organization_code,valid_from,valid_until\n\
         OLD-{number:06},KEY-{number:06},单位,{code},2005-01-01,{until}\n"
    )
}

async fn import(person: &Person<'_>, table: String) -> Answer {
    send(person.request(Method::POST, "/certificates/imports").await.header("Content-Type", "text/csv").body(table))
        .await
}

/// The end of a day in the hall's zone.
fn end_of(day: &str) -> Value {
    let day: NaiveDate = day.parse().unwrap();
    format!("{day}T16:00:00Z").into()
}

async fn each_date_found_is_taken_or_refused(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let supervisor = hall.staff(Role::Supervisor).await;
    let client = hall.client("login", &[Scope::CertificatesReport]).await;
    let mut rows = 0;
    for (row, number) in found().zip(100..) {
        let (value, valid, canonical) = (&row[1], &row[2] == "valid", &row[3]);
        match &row[0] {
            "certificate-import" => {
                let answer = import(&supervisor, import_of(number, value)).await;
                assert_eq!(answer.status == 200, valid, "{row:?}: {}", answer.body);
                if valid {
                    let shown = supervisor.get(&format!("/certificates/OLD-{number:06}")).await.expect(200);
                    assert_eq!(shown["valid_until"], end_of(canonical), "{row:?}");
                }
            }
            "certificate-by-hand" => {
                for field in ["valid_from", "valid_until"] {
                    let mut request = registration(number);
                    request[field] = format!("{value}T00:00:00+08:00").into();
                    supervisor.post("/certificates", &request).await.refused(422, "invalid_request");
                }
            }
            "certificate-by-hand locked_at" => {
                let mut request = registration(number);
                request["locked_at"] = format!("{value}T00:00:00+08:00").into();
                supervisor.post("/certificates", &request).await.refused(422, "invalid_request");
            }
            "lock-report locked_at" => {
                hall.register(&registration(number)).await;
                let seconds = if valid { 2 } else { 600 };
                let now = hall.clock.now();
                let report = json!({ "locked_at": now + Duration::seconds(seconds) });
                let path = format!("/certificates/GZ2013-{number:04}/lock-reports");
                let answer = client.post(&path, &report).await;
                assert_eq!(answer.status == 200, valid, "{row:?}: {}", answer.body);
                if valid {
                    let at: DateTime<Utc> = answer.body["lock"]["at"].as_str().unwrap().parse().unwrap();
                    assert_eq!(at, now, "{row:?}");
                }
            }
            _ => continue,
        }
        rows += 1;
    }
    assert!(rows >= 15, "{rows}");
}

#[test]
fn each_date_found_is_taken_or_refused_by_the_command_line() {
    let database = TestDatabase::missing();
    Program::add_user(&database, &["registrar", "--role", "supervisor", "--all-outlets"]);
    for (row, number) in found().filter(|row| &row[0] == "certificate-import").zip(100..) {
        std::fs::write(database.file().with_file_name("old.csv"), import_of(number, &row[1])).unwrap();
        let arguments = ["certificates", "import", "old.csv", "--entered-by", "registrar"];
        let run = Program::command(&database, &arguments).output().unwrap();
        assert_eq!(run.status.success(), &row[2] == "valid", "{row:?}: {}", String::from_utf8_lossy(&run.stderr));
    }
}

#[test]
fn a_term_is_counted_by_the_days_of_the_hall() {
    let mut rows = 0;
    for row in found().filter(|row| row[0].starts_with("renewal")) {
        let before = row[0].rsplit(' ').next().unwrap().replace("T00:00+", "T00:00:00+");
        let after = valid_until(before.parse().unwrap(), 1, chrono_tz::Asia::Shanghai);
        let expected: DateTime<Utc> = row[3].replace("T00:00+", "T00:00:00+").parse().unwrap();
        assert_eq!(after, expected, "{row:?}");
        rows += 1;
    }
    assert_eq!(rows, 2);
}

async fn whatever_the_way_in_a_validity_is_plausible(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let supervisor = hall.staff(Role::Supervisor).await;
    let plausible = |at: &Value| {
        let at: DateTime<Utc> = at.as_str().unwrap().parse().unwrap();
        let year = chrono::Datelike::year(&at);
        (1999..=2036).contains(&year)
    };
    let years =
        ["0001", "0024", "0999", "1999", "2000", "2013", "2025", "2026", "2027", "2035", "2037", "2099", "9999"];
    for (year, number) in years.into_iter().zip((1..).step_by(2)) {
        let mut request = registration(number);
        request["valid_until"] = format!("{year}-06-01T00:00:00+08:00").into();
        request["valid_from"] = "2000-01-01T00:00:00+08:00".into();
        let registered = supervisor.post("/certificates", &request).await;
        let imported = import(&supervisor, import_of(number + 1, &format!("{year}-06-01"))).await;
        let ends = &supervisor.get(&format!("/certificates/OLD-{:06}", number + 1)).await.body["valid_until"];
        assert!(registered.status != 201 || plausible(&registered.body["valid_until"]), "{year}");
        assert!(imported.status != 200 || plausible(ends), "{year}");
        // The import's rows begin in 2005.
        assert!(year == "2000" || (registered.status == 201) == (imported.status == 200), "{year}");
    }
}
