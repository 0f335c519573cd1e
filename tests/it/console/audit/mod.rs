//! The audit trail at the console.

use casehall::domain::accounts::role::Role;

use crate::databases::{TestDatabase, on_both};
use crate::hall::{CENTER, Hall};

on_both!(
    an_entry_says_who_did_what_to_whom_before_and_after,
    the_trail_is_read_by_a_persons_name,
    pages_follow_one_another_without_gap_or_repetition,
    an_export_is_that_of_the_api,
    faults_of_a_filter_are_told,
    the_page_says_what_the_last_verification_found,
);

async fn an_entry_says_who_did_what_to_whom_before_and_after(database: TestDatabase) {
    let hall = Hall::open(database).await;
    hall.named("chen", "陈晓明", &[Role::Clerk], Some(CENTER)).await;
    let security = hall.visitor(Role::SecurityAdministrator).await;
    let list = security.get("/console/users?name=chen").await;
    let address = list.attributes("tbody a", "href").remove(0);
    let page = security.get(&address).await;
    security.submit(&page, &address, &[("display_name", "陈小明")]).await;
    let auditor = hall.visitor(Role::Auditor).await;
    let page = auditor.get("/console/audit?kind=account_changed").await;
    let [row] = &page.texts("tbody tr")[..] else { panic!("{}", page.html) };
    for part in ["修改账号", "安全管理员", "127.0.0.1", "账号"] {
        assert!(row.contains(part), "{part}: {row}");
    }
    assert_eq!(page.texts("tbody del"), ["陈晓明"]);
    assert!(row.contains("陈小明"), "{row}");
    // What it is about leads to everything about that.
    let about = page.attributes("tbody a[href*=subject]", "href").remove(0);
    assert!(auditor.get(&about).await.texts("tbody tr").len() >= 2);
    // That it was read is an entry, too.
    assert!(!auditor.get("/console/audit?kind=trail_read").await.texts("tbody tr").is_empty());
}

async fn the_trail_is_read_by_a_persons_name(database: TestDatabase) {
    let hall = Hall::open(database).await;
    for (username, name) in [("chen-1", "陈晓明"), ("chen-2", "陈晓华"), ("wang", "王芳")] {
        hall.named(username, name, &[Role::SecurityAdministrator], None).await;
        hall.visitor_named(username).await;
    }
    let auditor = hall.visitor(Role::Auditor).await;
    let actors = async |asked: &str| {
        let page = auditor.get(&format!("/console/audit?kind=signed_in&actor={asked}")).await;
        let mut names = page.texts("tbody td:nth-child(3) a");
        names.sort();
        names
    };
    for (asked, found) in [
        ("陈晓明", &["陈晓明"] as &[&str]),
        ("chen-2", &["陈晓华"]),
        ("CHEN-2", &["陈晓华"]),
        ("陈晓", &["陈晓华", "陈晓明"]),
        ("陈", &[]),
        ("nobody", &[]),
    ] {
        assert_eq!(actors(asked).await, found, "{asked}");
    }
    let own = auditor.get("/console/audit?kind=signed_in&actor=wang").await.texts("tbody td:nth-child(4)");
    assert!(own[0].starts_with("账号 王芳"), "who signed in is named: {own:?}");
    let id = auditor.get("/console/audit?actor=wang").await.attributes("tbody td:nth-child(3) a", "href").remove(0);
    assert!(!auditor.get(&id).await.texts("tbody tr").is_empty(), "an id is still one: {id}");
    let about = auditor.get("/console/audit?kind=account_added&subject=王芳").await;
    assert_eq!(about.texts("tbody tr").len(), 1);
}

async fn pages_follow_one_another_without_gap_or_repetition(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let auditor = hall.visitor(Role::Auditor).await;
    for _ in 0..60 {
        auditor.get("/console/audit?actor=nobody").await;
    }
    let mut numbers: Vec<i64> = Vec::new();
    let mut next = Some("/console/audit?kind=trail_read".to_owned());
    while let Some(address) = next {
        let page = auditor.get(&address).await;
        let found = page.texts("tbody td:first-child span");
        numbers.extend(found.iter().map(|text| text.trim_start_matches('#').parse::<i64>().unwrap()));
        next = page.attributes("a[rel=next]", "href").pop();
    }
    assert!(numbers.len() > 60 && numbers.windows(2).all(|pair| pair[0] > pair[1]), "{numbers:?}");
}

async fn an_export_is_that_of_the_api(database: TestDatabase) {
    let hall = Hall::open(database).await;
    hall.named("chen", "陈晓明", &[Role::Clerk], Some(CENTER)).await;
    let (browser, person) = (hall.visitor(Role::Auditor).await, hall.person(&[Role::Auditor], None).await);
    for (file, media_type) in [("audit.csv", "text/csv; charset=utf-8"), ("audit.jsonl", "application/jsonl")] {
        let query = "kind=account_added";
        let taken = browser.get(&format!("/console/audit/{file}?{query}")).await;
        assert_eq!((taken.status, taken.headers["content-type"].to_str().unwrap()), (200, media_type));
        assert!(taken.headers["content-disposition"].to_str().unwrap().contains(file));
        let request = person.request(reqwest::Method::GET, &format!("/exports/{file}?{query}")).await;
        assert_eq!(request.send().await.unwrap().text().await.unwrap(), taken.html);
        assert!(taken.html.contains("chen"));
    }
    assert_eq!(browser.get("/console/audit/audit.xml").await.status, 404);
    let noted = browser.get("/console/audit?kind=trail_exported").await;
    assert_eq!(noted.texts("tbody tr").len(), 4);
}

async fn faults_of_a_filter_are_told(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let auditor = hall.visitor(Role::Auditor).await;
    let page = auditor.get("/console/audit?address=here&from=2026-03-02&to=2026-03-01").await;
    assert_eq!((page.status, page.texts("[role=alert] li").len()), (422, 2));
    assert_eq!(page.attributes("[name=address]", "value"), ["here"]);
    assert_eq!(auditor.get("/console/audit?after=nowhere").await.status, 404);
    let page = auditor.get("/console/audit?actor=%22%3E%3Cscript%3E").await;
    assert_eq!(page.attributes("[name=actor]", "value"), ["\"><script>"]);
    assert!(page.texts("main").concat().contains("没有符合条件的记录"), "{}", page.html);
}

async fn the_page_says_what_the_last_verification_found(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let auditor = hall.visitor(Role::Auditor).await;
    assert!(auditor.get("/console/audit").await.html.contains("尚未核验过"));
    let service = &hall.running.service;
    service.seal().await.unwrap();
    service.verify(&casehall::service::accounts::caller::Caller::operator(), None).await.unwrap();
    let page = auditor.get("/console/audit").await;
    assert_eq!(page.texts(".tag.ok"), ["● 未发现改动"]);
    assert!(page.html.contains("最新封存第 1 号"), "{}", page.html);
}
