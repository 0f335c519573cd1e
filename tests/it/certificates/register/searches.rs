//! Finding certificates: by their numbers, their holder under either code, a part of a name, a handler, a state.

use casehall::domain::accounts::role::Role;
use serde_json::{Value, json};

use super::registration;
use crate::databases::{TestDatabase, on_both};
use crate::hall::{Hall, Person, organization_code, unified_code};

on_both!(a_certificate_is_found_by_every_filter, pages_follow_one_another_without_a_gap);

async fn found(clerk: &Person<'_>, query: &[(&str, &str)]) -> Vec<String> {
    let encoded = |text: &str| text.bytes().map(|byte| format!("%{byte:02X}")).collect::<String>();
    let query: Vec<String> = query.iter().map(|(name, value)| format!("{name}={}", encoded(value))).collect();
    let listed = clerk.get(&format!("/certificates?{}", query.join("&"))).await.expect(200);
    let serials = listed["items"].as_array().unwrap().iter();
    let mut serials: Vec<String> = serials.map(|one| one["serial"].as_str().unwrap().to_owned()).collect();
    serials.sort();
    serials
}

fn named(number: u32, name: &str, handler: &str) -> Value {
    let mut registration = registration(number);
    registration["organization"]["name"] = json!(name);
    registration["handler"] = json!(handler);
    registration
}

async fn a_certificate_is_found_by_every_filter(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let clerk = hall.staff(Role::Clerk).await;
    let names = [
        named(1, "广州市汇诚工程造价咨询有限公司", "刘少芬"),
        named(2, "广州汇通（番禺）建筑有限公司", "刘芬"),
        named(3, "ＡＢＣ 建设100%_有限公司", "曾国栋"),
    ];
    for registration in &names {
        hall.register(registration).await;
    }
    let (one, two, three) = ("GZ2013-0001", "GZ2013-0002", "GZ2013-0003");
    let code = organization_code(2);
    for (query, expected) in [
        (("serial", "gz2013-0001"), vec![one]),
        (("medium_number", "ｋｅｙ-0002"), vec![two]),
        (("organization_code", unified_code(2).as_str()), vec![two]),
        (("organization_code", code.as_str()), vec![two]),
        (("name", "汇诚"), vec![one]),
        (("name", "广州"), vec![one, two]),
        (("name", "汇通(番禺)"), vec![two]),
        (("name", "abc建设"), vec![three]),
        (("name", "0%_有"), vec![three]),
        (("name", "0__有"), vec![]),
        (("name", "司公"), vec![]),
        // Each pair stands in it, the whole doesn't.
        (("name", "有限公司有限"), vec![]),
        (("handler", "刘少芬"), vec![one]),
        (("handler", "少芬"), vec![one]),
        (("handler", "汇诚"), vec![]),
        (("state", "active"), vec![one, two, three]),
        (("state", "expired"), vec![]),
    ] {
        assert_eq!(found(&clerk, &[query]).await, expected, "{query:?}");
    }
    assert_eq!(found(&clerk, &[("name", "有限公司"), ("handler", "国栋"), ("state", "active")]).await, [three]);
    clerk.post(&format!("/certificates/{one}/lock-reports"), &json!({})).await.expect(200);
    clerk.post(&format!("/certificates/{one}/loss-reports"), &json!({ "reason": "遗失" })).await.expect(200);
    clerk.post(&format!("/certificates/{two}/lock-reports"), &json!({})).await.expect(200);
    for (state, expected) in [("suspended", one), ("locked", two), ("active", three)] {
        assert_eq!(found(&clerk, &[("state", state)]).await, [expected], "each in one state only");
    }
    hall.set_time("2027-01-01T00:00:00Z");
    assert_eq!(found(&clerk, &[("state", "expired")]).await, [one, two, three]);
    assert_eq!(found(&clerk, &[("state", "active")]).await, Vec::<String>::new());
    for (more, expected) in [("&colour=red", &["/colour"][..]), ("", &["/handler", "/name", "/serial", "/state/0"])] {
        let faulty = clerk.get(&format!("/certificates?name=a%20&handler=b&state=lost&serial=x{more}")).await.faults();
        let mut pointers: Vec<_> = faulty.into_iter().map(|(pointer, _)| pointer).collect();
        pointers.sort();
        assert_eq!(pointers, expected);
    }
}

async fn pages_follow_one_another_without_a_gap(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let clerk = hall.staff(Role::Clerk).await;
    for number in 1..=7 {
        hall.register(&registration(number)).await;
    }
    let (mut path, mut seen) = ("//api/v1/certificates?limit=3&name=老证".to_owned(), Vec::new());
    loop {
        let page = clerk.get(&path).await;
        let link = page.header("Link").to_owned();
        let body = page.expect(200);
        let serials = body["items"].as_array().unwrap().iter();
        seen.extend(serials.map(|one| one["serial"].as_str().unwrap().to_owned()));
        assert_eq!(body["next"].is_null(), link.is_empty());
        let Some(next) = link.strip_prefix('<').and_then(|link| link.strip_suffix(">; rel=\"next\"")) else { break };
        path = format!("/{next}");
    }
    let newest_first: Vec<_> = (1..=7).rev().map(|number| format!("GZ2013-{number:04}")).collect();
    assert_eq!(seen, newest_first);
}
