//! Withdrawing what a system reported wrongly, on a page: looked at first, then done.

use casehall::domain::accounts::role::{Role, Scope};
use serde_json::json;

use crate::certificates::register::registration;
use crate::databases::{TestDatabase, on_both};
use crate::hall::Hall;

on_both!(a_run_of_wrong_reports_is_looked_at_and_withdrawn, what_is_wrong_with_a_run_is_told_at_its_fields);

const PAGE: &str = "/console/certificates/withdrawals";
const CONFIRM: &str = "/console/certificates/withdrawals/confirm";

async fn a_run_of_wrong_reports_is_looked_at_and_withdrawn(database: TestDatabase) {
    let hall = Hall::open(database).await;
    for number in 1..=3 {
        hall.register(&registration(number)).await;
    }
    let login = hall.client("login", &[Scope::CertificatesReport, Scope::CertificatesRead]).await;
    hall.client("reader", &[Scope::CertificatesRead]).await;
    for number in 1..=3 {
        let path = format!("/certificates/GZ2013-{number:04}/lock-reports");
        login.post(&path, &json!({ "reference": "LOGIN" })).await.expect(200);
    }
    // A clerk says so, too, of the third.
    let clerk = hall.staff(Role::Clerk).await;
    clerk.post("/certificates/GZ2013-0003/lock-reports", &json!({})).await;
    hall.advance(chrono::Duration::minutes(10));
    let visitor = hall.visitor(Role::Supervisor).await;
    let register = visitor.get("/console/certificates").await;
    assert!(register.attributes("a", "href").contains(&PAGE.to_owned()));
    let page = visitor.get(PAGE).await;
    let offered = page.attributes("[name=system] option", "value");
    assert_eq!(offered[0], "login", "who reports nothing isn't offered");
    let people: Vec<&String> = offered.iter().skip(1).collect();
    assert_eq!(people.len(), 1, "the clerk is, and the supervisor isn't: {offered:?}");
    assert!(people[0].starts_with("account:"));
    let sent =
        [("system", "login"), ("from", "2026-03-02T10:00"), ("until", "2026-03-02T10:00"), ("reason", "系统误报")];
    let looked = visitor.submit(&page, PAGE, &sent).await;
    assert_eq!((looked.status, looked.texts("tbody tr").len()), (200, 3), "{}", looked.html);
    let state = clerk.get("/certificates/GZ2013-0001").await.expect(200);
    assert_eq!(state["state"]["code"], "locked", "nothing is changed by looking");
    let done = visitor.submit(&looked, CONFIRM, &[]).await;
    assert_eq!(
        done.texts("[role=status] h2"),
        looked.texts("h2")[..1].iter().map(|said| said.replace("将撤销", "已撤销")).collect::<Vec<_>>()
    );
    assert_eq!(clerk.get("/certificates/GZ2013-0001").await.expect(200)["state"]["code"], "active");
    // Sent again, nothing is done twice.
    let again = visitor.submit(&looked, CONFIRM, &[]).await;
    assert_eq!(again.texts("[role=status] h2"), ["已撤销 0 张，3 张保持原样"]);
    assert!(done.fields(PAGE).contains(&("reason".to_owned(), "系统误报".to_owned())));
    assert_eq!(hall.visitor(Role::Clerk).await.get(PAGE).await.status, 403);
    let register = hall.visitor(Role::Clerk).await.get("/console/certificates").await;
    assert!(!register.attributes("a", "href").contains(&PAGE.to_owned()));
}

async fn what_is_wrong_with_a_run_is_told_at_its_fields(database: TestDatabase) {
    let hall = Hall::open(database).await;
    hall.client("login", &[Scope::CertificatesReport]).await;
    let visitor = hall.visitor(Role::Supervisor).await;
    let page = visitor.get(PAGE).await;
    let empty = visitor.submit(&page, PAGE, &[("from", "x")]).await;
    let told = empty.texts("[role=alert] li");
    assert_eq!((empty.status, told.len()), (422, 3), "{told:?}");
    assert!(told[0].starts_with("起始时间（含）：") && told[1] == "请填写截止时间（含）", "{told:?}");
    assert_eq!(empty.attributes("[name=from]", "value"), ["x"], "what was typed is kept");
    let sent = [("from", "2026-03-02T10:00"), ("until", "2026-03-02T09:00"), ("reason", "误报"), ("system", "nobody")];
    assert_eq!(visitor.submit(&page, PAGE, &sent).await.status, 422);
    // Nobody is let in without the session's key, or the role.
    assert_eq!(visitor.post(CONFIRM, &[]).await.status, 403);
    let clerk = hall.visitor(Role::Clerk).await;
    let key = clerk.get("/console/account").await.fields("/console/sign-out");
    assert_eq!(clerk.post(CONFIRM, &key).await.status, 403);
}
