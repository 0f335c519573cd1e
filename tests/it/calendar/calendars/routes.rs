//! The routes: who may what, what a year shows, and how nobody overwrites what somebody else has changed.

use casehall::domain::accounts::role::{Role, Scope};
use reqwest::Method;
use serde_json::{Value, json};

use super::{Push, Staff, year_of};
use crate::databases::{TestDatabase, on_both};
use crate::hall::{Hall, Person, send};

on_both!(
    staff_read_the_calendar_and_administrators_change_it,
    a_year_shows_its_notices_its_days_and_who_recorded_it,
    replacing_an_imported_year_needs_if_match,
    the_second_of_two_simultaneous_imports_gets_version_stale,
);

async fn staff_read_the_calendar_and_administrators_change_it(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let year = Push::json(2027, &year_of(2027, &[("2027-01-01", true)]), None);
    for role in [Role::Clerk, Role::Producer, Role::Supervisor, Role::Auditor, Role::SecurityAdministrator] {
        let person = hall.person(&[role], None).await;
        let calendar = person.get("/calendar").await.expect(200);
        assert_eq!(calendar["items"].as_array().unwrap().len(), 23, "2004 to 2026");
        person.get("/calendar/2026").await.expect(200);
        year.by(&person).await.refused(403, "role_missing");
        year.tried_by(&person).await.refused(403, "role_missing");
    }
    let system = hall.client("portal", &[Scope::CasesRead, Scope::CasesWrite]).await;
    system.get("/calendar").await.refused(403, "forbidden");
    system.get("/calendar/2026").await.refused(403, "forbidden");
    year.by(&system).await.refused(403, "role_missing");
    hall.nobody().get("/calendar").await.refused(401, "unauthorized");
    year.by(&hall.nobody()).await.refused(401, "unauthorized");
    let administrator = hall.person(&[Role::Administrator], None).await;
    administrator.get("/cases").await.refused(403, "forbidden");
    year.by(&administrator).await.expect(200);
}

async fn a_year_shows_its_notices_its_days_and_who_recorded_it(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let staff = Staff::of(&hall).await;
    let shipped = staff.clerk.get("/calendar/2019").await;
    assert_eq!(shipped.version(), "1");
    let shipped = shipped.expect(200);
    assert_eq!((&shipped["source"], &shipped["recorded_by"]["code"]), (&json!("files"), &json!("casehall")));
    let notices = shipped["notices"].as_array().unwrap();
    assert_eq!(notices.iter().map(|notice| notice["amendment"].as_bool().unwrap()).collect::<Vec<_>>(), [false, true]);
    let sunday = shipped["days"].as_array().unwrap().iter().find(|day| day["date"] == "2019-04-28").unwrap();
    assert_eq!(sunday["kind"], "make_up_workday");
    assert_eq!(sunday["name"], json!({ "zh": "劳动节", "en": "Labour Day" }));
    let refused = staff.clerk.get("/calendar/2027").await.refused(404, "not_found");
    let words = "No holiday notice for 2027 is imported; dates that reach into it are provisional.";
    assert_eq!(refused["detail"], words);
    staff.clerk.get("/calendar/next").await.refused(400, "invalid_path");
    // What is shown can be sent back, and is the same.
    let mut again = shipped.clone();
    for name in ["edition", "source", "recorded_at", "recorded_by"] {
        again.as_object_mut().unwrap().remove(name);
    }
    let same = Push::json(2019, &again, Some(1)).by(&staff.administrator).await;
    assert_eq!(same.header("ETag"), "\"1\"");
    assert_eq!(same.expect(200)["changed"], false);
    // An import has a new edition, a source and a name.
    hall.set_time("2026-11-20T09:00:00+08:00");
    let added = Push::json(2027, &year_of(2027, &[("2027-01-01", true)]), None).by(&staff.administrator).await;
    assert_eq!(added.header("ETag"), "\"2\"");
    let seen = staff.clerk.get("/calendar/2027").await.expect(200);
    assert_eq!((&seen["source"], &seen["recorded_by"]["name"]), (&json!("import"), &json!("系统管理员")));
    assert_eq!(seen["recorded_at"], "2026-11-20T01:00:00Z");
    let calendar = staff.clerk.get("/calendar").await.expect(200);
    assert_eq!(calendar["edition"], 2);
    let last = calendar["items"].as_array().unwrap().last().unwrap();
    assert_eq!((&last["year"], &last["edition"], &last["days"]), (&json!(2027), &json!(2), &json!(1)));
    let tag = staff.clerk.get("/calendar/2027").await.header("ETag").to_owned();
    let request = staff.clerk.request(Method::GET, "/calendar/2027").await.header("If-None-Match", &tag);
    assert_eq!(send(request).await.status, 304);
}

async fn replacing_an_imported_year_needs_if_match(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let administrator = hall.person(&[Role::Administrator], None).await;
    let (first, other) = (year_of(2027, &[("2027-01-01", true)]), year_of(2027, &[("2027-01-04", true)]));
    let push = |body: &Value, if_match| Push::json(2027, body, if_match);
    // A year that isn't there yet: no edition, or 0; any other was never seen.
    push(&first, Some(7)).by(&administrator).await.refused(412, "version_stale");
    let refused = push(&first, Some(1)).tried_by(&administrator).await.refused(412, "version_stale");
    assert_eq!(refused["current_version"], 0);
    let path = "/calendar/2027?allow_incomplete=true";
    let if_none = async |body: &Value| {
        let request = administrator.request(Method::PUT, path).await.header("If-None-Match", "*");
        send(request.json(body)).await
    };
    assert_eq!(if_none(&first).await.expect(200)["changed"], true);
    if_none(&other).await.refused(412, "version_stale");
    assert_eq!(if_none(&first).await.expect(200)["changed"], false, "repeated, as after an answer that was lost");
    push(&other, None).by(&administrator).await.refused(428, "precondition_required");
    push(&other, Some(1)).by(&administrator).await.refused(412, "version_stale");
    push(&other, Some(0)).by(&administrator).await.refused(412, "version_stale");
    let tried = push(&other, None).tried_by(&administrator).await.expect(200);
    assert_eq!((&tried["changed"], &tried["edition"]), (&json!(true), &json!(3)), "a dry run overwrites nothing");
    let done = push(&other, Some(2)).by(&administrator).await;
    assert_eq!(done.header("ETag"), "\"3\"");
    let stale = push(&first, Some(2)).by(&administrator).await;
    assert_eq!(stale.header("ETag"), "\"3\"");
    assert_eq!(stale.refused(412, "version_stale")["current_version"], 3);
    // Back again: that is a change, and a new edition.
    push(&first, Some(3)).by(&administrator).await.expect(200);
    let days = administrator.get("/calendar/2027").await.expect(200)["days"].clone();
    assert_eq!(days[0]["date"], "2027-01-01");
}

async fn the_second_of_two_simultaneous_imports_gets_version_stale(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let other = hall.beside().await;
    let administrator = hall.person(&[Role::Administrator], None).await;
    let elsewhere = Person::at(&other.base, &*other.clock, administrator.name());
    let mut edition = None;
    for round in 0..25 {
        let day = |offset: u32| format!("2027-03-{:02}", 1 + (round + offset) % 28);
        let (one, two) = (day(0), day(7));
        let (one, two) = (year_of(2027, &[(&one, true)]), year_of(2027, &[(&two, true)]));
        let (one, two) = (Push::json(2027, &one, edition), Push::json(2027, &two, edition));
        let (left, right) = tokio::join!(one.by(&administrator), two.by(&elsewhere));
        let (won, lost) = if left.status == 200 { (left, right) } else { (right, left) };
        let tag = won.header("ETag").trim_matches('"').parse::<i64>().unwrap();
        assert_eq!(won.expect(200)["changed"], true);
        if edition.is_none() {
            lost.refused(428, "precondition_required");
        } else {
            assert_eq!(lost.refused(412, "version_stale")["current_version"], tag);
        }
        edition = Some(tag);
    }
}
