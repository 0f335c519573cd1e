//! The register and a certificate's page.

use casehall::domain::accounts::role::{Role, Scope};
use serde_json::json;

use crate::certificates::register::registration;
use crate::databases::{TestDatabase, on_both};
use crate::hall::Hall;

on_both!(
    a_certificate_is_found_by_whatever_is_known_of_it,
    the_register_has_pages,
    a_certificate_shows_what_is_open_on_it_and_from_when,
    a_locked_certificate_says_so_and_not_when_it_was_unlocked,
    names_stay_text,
);

async fn a_certificate_is_found_by_whatever_is_known_of_it(database: TestDatabase) {
    let hall = Hall::open(database).await;
    for number in 1..=3 {
        hall.register(&registration(number)).await;
    }
    let clerk = hall.visitor(Role::Clerk).await;
    for (query, expected) in [
        ("", 3),
        ("serial=GZ2013-0002&name=&organization_code=&state=", 1),
        ("name=第3老证", 1),
        ("state=active", 3),
        ("state=locked", 0),
        ("correction=pending", 0),
    ] {
        let page = clerk.get(&format!("/console/certificates?{query}")).await;
        assert_eq!((page.status, page.texts("tbody tr").len()), (200, expected), "{query}");
    }
    let page = clerk.get("/console/certificates?name=x&organization_code=12").await;
    assert_eq!(page.texts("[role=alert] li").len(), 2, "every fault at once");
    assert_eq!(page.attributes("[name=organization_code]", "value"), ["12"]);
    assert_eq!(hall.visitor(Role::SecurityAdministrator).await.get("/console/certificates").await.status, 403);
    assert_eq!(clerk.get("/console/certificates/GZ2013-9999").await.status, 404);
}

async fn the_register_has_pages(database: TestDatabase) {
    let hall = Hall::open(database).await;
    for number in 1..=21 {
        hall.register(&registration(number)).await;
    }
    let clerk = hall.visitor(Role::Clerk).await;
    let first = clerk.get("/console/certificates?state=active").await;
    let next = first.attributes("a[rel=next]", "href");
    let second = clerk.get(&next[0]).await;
    assert_eq!((first.texts("tbody tr").len(), second.texts("tbody tr").len()), (20, 1));
    assert!(second.attributes("a[rel=next]", "href").is_empty());
}

async fn a_certificate_shows_what_is_open_on_it_and_from_when(database: TestDatabase) {
    let hall = Hall::open(database).await;
    hall.register(&registration(1)).await;
    let clerk = hall.visitor(Role::Clerk).await;
    let page = clerk.get("/console/certificates/GZ2013-0001").await;
    assert_eq!(page.texts("h1"), ["广州第1老证单位"]);
    assert_eq!(page.texts(".bar .tag"), ["● 使用中"]);
    let services = page.texts("table tbody tr");
    assert_eq!(services.len(), 2);
    assert!(services.iter().all(|line| line.contains("可以使用")), "{services:?}");
    assert!(page.texts("dl.facts dd").iter().any(|value| value.contains("2027年1月1日")));
    assert_eq!(page.texts(".timeline li").len(), 2, "registered and approved");
}

async fn a_locked_certificate_says_so_and_not_when_it_was_unlocked(database: TestDatabase) {
    let hall = Hall::open(database).await;
    hall.register(&registration(1)).await;
    let login = hall.client("login", &[Scope::CertificatesReport, Scope::CertificatesRead]).await;
    login.post("/certificates/GZ2013-0001/lock-reports", &json!({ "reference": "LOGIN-1" })).await.expect(200);
    let supervisor = hall.staff(Role::Supervisor).await;
    let visitor = hall.visitor_named(supervisor.name()).await;
    let page = visitor.get("/console/certificates/GZ2013-0001").await;
    assert_eq!(page.texts(".bar .tag"), ["■ 已锁定"]);
    assert!(page.texts("td .tag").iter().all(|tag| tag.contains("锁定")), "nothing on it can be used");
    assert!(page.texts(".timeline li")[0].contains("LOGIN-1"));
    hall.advance(chrono::Duration::minutes(10));
    let wrong =
        json!({ "system": "login", "from": "2026-03-02T02:00:00Z", "until": "2026-03-02T02:05:00Z", "reason": "误报" });
    supervisor.post("/certificates/lock-reports/withdrawals", &wrong).await.expect(200);
    let page = visitor.get("/console/certificates/GZ2013-0001").await;
    assert_eq!(page.texts(".bar .tag"), ["● 使用中"]);
    let history = page.texts(".timeline li");
    assert!(history[0].starts_with("解锁") && history[0].contains("误报"), "{history:?}");
    assert!(history[1].starts_with("报告锁定"), "{history:?}");
}

async fn names_stay_text(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let mut written = registration(1);
    written["organization"]["name"] = json!("<script>alert('甲')</script>\"乙\"有限公司");
    hall.register(&written).await;
    let clerk = hall.visitor(Role::Clerk).await;
    for page in ["/console/certificates", "/console/certificates/GZ2013-0001"] {
        let page = clerk.get(page).await;
        assert!(!page.html.contains("<script>alert"), "{}", page.html);
        assert!(page.texts("h1, tbody a").iter().any(|text| text.contains("<script>alert('甲')</script>\"乙\"")));
    }
}
