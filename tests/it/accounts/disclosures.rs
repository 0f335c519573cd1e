//! One person's numbers in clear: to whom, of which case, how often, and on the record.

use casehall::domain::accounts::role::{Role, Scope};
use chrono::Duration;
use diesel::prelude::*;
use diesel::sql_types::Text;
use diesel::{PgConnection, SqliteConnection};
use serde_json::{Value, json};

use crate::databases::{TestDatabase, on_both};
use crate::hall::{Answer, Hall, TWO_OUTLETS, application};

on_both!(
    a_number_is_shown_on_the_record_and_nowhere_else,
    who_sees_no_case_or_has_no_role_is_shown_nothing,
    as_many_as_may_be_are_shown_within_an_hour,
    the_limit_holds_for_calls_at_once,
);

fn asks(person: &str, fields: &[&str]) -> Value {
    json!({ "person": person, "fields": fields, "purpose": "contact", "reason": "通知补正材料" })
}

#[derive(QueryableByName)]
struct Entry {
    #[diesel(sql_type = Text)]
    details: String,
}

/// The details of each showing, in order.
fn entries(database: &TestDatabase) -> Vec<String> {
    let query = diesel::sql_query("SELECT details FROM audit WHERE kind = 'person_disclosed' ORDER BY number");
    let rows: Vec<Entry> = match database.address.sqlite_path() {
        Some(path) => query.load(&mut SqliteConnection::establish(path.to_str().unwrap()).unwrap()).unwrap(),
        None => query.load(&mut PgConnection::establish(&database.address.to_string()).unwrap()).unwrap(),
    };
    rows.into_iter().map(|entry| entry.details).collect()
}

async fn opened(hall: &Hall) -> String {
    let mut asked = application(1);
    asked["certificate_contact"] = json!({ "name": "曾国栋", "phone": "13900139001" });
    let case = hall.staff(Role::Clerk).await.post("/cases", &asked).await.expect(201);
    format!("/cases/{}/disclosures", case["acceptance_number"].as_str().unwrap())
}

async fn a_number_is_shown_on_the_record_and_nowhere_else(database: TestDatabase) {
    let again = database.again();
    let hall = Hall::open(database).await;
    let path = opened(&hall).await;
    let supervisor = hall.staff(Role::Supervisor).await;
    let shown = supervisor.post(&path, &asks("applicant", &["phone", "identity_number"])).await;
    assert_eq!(shown.header("Cache-Control"), "no-store");
    assert_eq!(shown.header("ETag"), "");
    let expected = json!({ "person": "applicant", "name": "谭丽", "identity_number": "440199196412310694", "phone": "+8613800138000" });
    assert_eq!(shown.expect(200), expected);
    let only = supervisor.post(&path, &asks("certificate_contact", &["phone"])).await.expect(200);
    assert_eq!(only, json!({ "person": "certificate_contact", "name": "曾国栋", "phone": "+8613900139001" }));
    let entries = entries(&again);
    assert_eq!(entries.len(), 2);
    for said in ["applicant", "phone,identity_number", "contact", "通知补正材料"] {
        assert!(entries[0].contains(said), "{said} in {}", entries[0]);
    }
    assert!(!entries.concat().contains("138000") && !entries.concat().contains("440199"), "{entries:?}");
    let case = supervisor.get(path.trim_end_matches("/disclosures")).await.expect(200);
    assert_eq!(case["application"]["applicant"]["phone"], "138****8000");
    assert_eq!(case["version"], 1, "the case isn't changed by it");

    let faults = |answer: Answer| -> Vec<String> {
        assert_eq!(answer.status, 422, "{:#}", answer.body);
        answer.faults().into_iter().map(|(pointer, code)| format!("{pointer} {code}")).collect()
    };
    let wrong = json!({ "person": "x", "fields": ["phone", "phone"], "purpose": "x", "reason": "打13800138000" });
    let expected = ["/fields/1 repeated_item", "/person not_one_of", "/purpose not_one_of", "/reason holds_number"];
    assert_eq!(faults(supervisor.post(&path, &wrong).await), expected);
    assert_eq!(faults(supervisor.post(&path, &asks("agent", &["name"])).await), ["/fields/0 not_one_of"]);
    assert_eq!(faults(supervisor.post(&path, &asks("collector", &["phone"])).await), ["/person not_there"]);
    let contact = supervisor.post(&path, &asks("certificate_contact", &["phone", "identity_number"])).await;
    assert_eq!(faults(contact), ["/fields/1 not_there"]);
    assert_eq!(self::entries(&again).len(), 2, "what wasn't shown isn't entered");
}

async fn who_sees_no_case_or_has_no_role_is_shown_nothing(database: TestDatabase) {
    let again = database.again();
    let hall = Hall::with(database, &[TWO_OUTLETS, ("DISCLOSURES__ROLES", r#"["supervisor"]"#)]).await;
    let path = opened(&hall).await;
    let asked = asks("applicant", &["phone"]);
    for role in [Role::Clerk, Role::Producer, Role::Auditor, Role::SecurityAdministrator] {
        let outlet = if role.is_administrator() { None } else { Some("guangzhou-center") };
        hall.person(&[role], outlet).await.post(&path, &asked).await.refused(403, "forbidden");
    }
    let portal = hall.client("portal", &[Scope::CasesRead, Scope::CasesWrite]).await;
    portal.post(&path, &asked).await.refused(403, "forbidden");
    hall.nobody().post(&path, &asked).await.refused(401, "unauthorized");
    hall.person(&[Role::Supervisor], Some("panyu")).await.post(&path, &asked).await.refused(404, "not_found");
    assert_eq!(entries(&again), Vec::<String>::new());
    hall.staff(Role::Supervisor).await.post(&path, &asked).await.expect(200);
}

async fn as_many_as_may_be_are_shown_within_an_hour(database: TestDatabase) {
    let hall = Hall::with(database, &[("DISCLOSURES__MOST_PER_HOUR", "2")]).await;
    let path = opened(&hall).await;
    let asked = asks("agent", &["phone"]);
    let (one, other) = (hall.staff(Role::Clerk).await, hall.staff(Role::Clerk).await);
    one.post(&path, &asked).await.expect(200);
    hall.advance(Duration::minutes(30));
    one.post(&path, &asked).await.expect(200);
    let refused = one.post(&path, &asked).await;
    assert_eq!(refused.header("Retry-After"), "1801");
    refused.refused(429, "too_many_requests");
    other.post(&path, &asked).await.expect(200);
    hall.advance(Duration::seconds(1801));
    one.post(&path, &asked).await.expect(200);
    one.post(&path, &asked).await.refused(429, "too_many_requests");
}

async fn the_limit_holds_for_calls_at_once(database: TestDatabase) {
    let again = database.again();
    let hall = Hall::with(database, &[("DISCLOSURES__MOST_PER_HOUR", "3")]).await;
    let path = opened(&hall).await;
    let supervisor = hall.staff(Role::Supervisor).await;
    let asked = asks("applicant", &["phone"]);
    let calls = (0..12).map(|_| supervisor.post(&path, &asked));
    let answers = futures_util::future::join_all(calls).await;
    assert_eq!(answers.iter().filter(|answer| answer.status == 200).count(), 3);
    assert_eq!(entries(&again).len(), 3);
}
