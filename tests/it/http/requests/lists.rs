//! Lists of cases: pages, filters, and what is overdue.

use std::collections::BTreeSet;

use casehall::domain::accounts::role::Role;
use chrono::Duration;
use serde_json::{Value, json};

use crate::databases::{TestDatabase, on_both};
use crate::hall::{Hall, Person, all_in_order, application, unified_code};

on_both!(
    paging_returns_every_case_once_while_new_cases_are_opened,
    a_case_is_overdue_while_its_running_limit_has_passed,
    filters_narrow_the_list_together,
    what_changed_since_an_instant_is_listed_however_old_it_is,
);

/// The address of the next page, as the Link header says.
fn next(link: &str) -> Option<String> {
    let link = link.strip_prefix("</api/v1")?;
    let (address, rest) = link.split_once('>')?;
    assert_eq!(rest, "; rel=\"next\"");
    Some(address.to_owned())
}

fn numbers(list: &Value) -> Vec<String> {
    let cases = list["items"].as_array().unwrap().iter();
    cases.map(|case| case["acceptance_number"].as_str().unwrap().to_owned()).collect()
}

async fn paging_returns_every_case_once_while_new_cases_are_opened(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let clerk = hall.staff(Role::Clerk).await;
    let mut opened = Vec::new();
    for number in 0..120 {
        let case = clerk.post("/cases", &application(number)).await.expect(201);
        opened.push(case["acceptance_number"].as_str().unwrap().to_owned());
    }
    let mut met = Vec::new();
    let mut address = Some("/cases?state=submitted&limit=7&case_type=new-certificate".to_owned());
    let mut number = 1000;
    while let Some(page) = address {
        let answer = clerk.get(&page).await;
        address = next(answer.header("Link"));
        let list = answer.expect(200);
        assert_eq!(list["next"].is_null(), address.is_none());
        assert!(numbers(&list).len() == 7 || address.is_none());
        met.extend(numbers(&list));
        // Somebody applies while we turn the page.
        clerk.post("/cases", &application(number)).await.expect(201);
        number += 1;
    }
    opened.reverse();
    assert_eq!(met, opened, "newest first, each once, and none of those that came later");
    for odd in ["limit=0", "limit=201", "after=x", "closed=maybe", "colour=red", "overdue=no"] {
        clerk.get(&format!("/cases?{odd}")).await.refused(400, "invalid_query");
    }
    let all = clerk.get("/cases?limit=200").await;
    assert_eq!(all.header("Link"), "");
    assert_eq!(numbers(&all.body).len(), 120 + (number as usize - 1000));
    assert_eq!(numbers(&clerk.get("/cases").await.expect(200)).len(), 50, "fifty unless asked otherwise");
}

async fn filters_narrow_the_list_together(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let clerk = hall.staff(Role::Clerk).await;
    let mut cases = Vec::new();
    for number in 1..=4 {
        let case = clerk.post("/cases", &application(number)).await.expect(201);
        cases.push(case["acceptance_number"].as_str().unwrap().to_owned());
    }
    clerk.act(&cases[0], "withdraw", &json!({ "reason": "不办了" })).await.expect(200);
    let sheet = all_in_order(&clerk.get(&format!("/cases/{}", cases[1])).await.expect(200));
    clerk.act(&cases[1], "record_materials", &sheet).await.expect(200);
    clerk.act(&cases[1], "accept_materials", &json!({})).await.expect(200);
    let listed = async |query: &str| numbers(&clerk.get(&format!("/cases?{query}")).await.expect(200));
    let named = |places: &[usize]| places.iter().map(|database| cases[*database].clone()).collect::<Vec<_>>();
    assert_eq!(listed("closed=true").await, named(&[0]));
    assert_eq!(listed("closed=false").await, named(&[3, 2, 1]));
    assert_eq!(listed("state=materials_checked").await, named(&[1]));
    assert_eq!(listed("state=materials_checked&closed=true").await, named(&[]));
    let code = unified_code(3);
    assert_eq!(listed(&format!("organization_code={code}")).await, named(&[2]));
    assert_eq!(listed(&format!("organization_code={code}&state=withdrawn")).await, named(&[]));
    assert_eq!(listed("case_type=add-application").await, named(&[]));
    clerk.get("/cases?state=no_such_state").await.refused(400, "invalid_query");
    assert_eq!(listed("outlet=guangzhou-center&limit=1").await, named(&[3]));
}

async fn what_changed_since_an_instant_is_listed_however_old_it_is(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let clerk = hall.staff(Role::Clerk).await;
    let mut cases = Vec::new();
    for number in 1..=3 {
        let case = clerk.post("/cases", &application(number)).await.expect(201);
        cases.push(case["acceptance_number"].as_str().unwrap().to_owned());
        hall.advance(Duration::seconds(10));
    }
    let listed = async |query: &str| numbers(&clerk.get(&format!("/cases?{query}")).await.expect(200));
    clerk.act(&cases[0], "withdraw", &json!({ "reason": "不办了" })).await.expect(200);
    assert_eq!(listed("updated_since=2026-03-02T02:00:30Z").await, [cases[0].clone()], "the instant itself counts");
    assert_eq!(listed("updated_since=2026-03-02T02:00:30.000001Z").await, [] as [String; 0]);
    assert_eq!(listed("updated_since=2026-03-02T10:00:20%2B08:00").await, [cases[2].clone(), cases[0].clone()]);
    assert_eq!(listed("updated_since=2026-03-02T02:00:20Z&closed=false").await, [cases[2].clone()]);
    for odd in ["2026-03-02", "yesterday", "", "2026-03-02T02:00:00"] {
        let refused = clerk.get(&format!("/cases?updated_since={odd}")).await;
        assert_eq!(refused.faults(), [("/updated_since".to_owned(), "bad_format".to_owned())], "{odd}");
    }
}

async fn a_case_is_overdue_while_its_running_limit_has_passed(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let (clerk, producer) = (hall.staff(Role::Clerk).await, hall.staff(Role::Producer).await);
    let open = async |number: u32| {
        let case = clerk.post("/cases", &application(number)).await.expect(201);
        case["acceptance_number"].as_str().unwrap().to_owned()
    };
    let (late, paused, made, withdrawn) = (open(1).await, open(2).await, open(3).await, open(4).await);
    check(&clerk, &paused, 2).await;
    clerk.act(&paused, "request_correction", &json!({})).await.expect(200);
    check(&clerk, &made, 3).await;
    clerk.act(&made, "accept_materials", &json!({})).await.expect(200);
    let body = json!({ "certificate": { "serial": "GZ-0001", "medium_number": "KEY-0001" } });
    producer.act(&made, "record_certificate", &body).await.expect(200);
    clerk.act(&withdrawn, "withdraw", &json!({ "reason": "不办了" })).await.expect(200);
    let overdue =
        async || numbers(&clerk.get("/cases?overdue=true").await.expect(200)).into_iter().collect::<BTreeSet<_>>();
    hall.set_time("2026-03-16T09:30:00Z"); // the limit itself, the close of business
    assert_eq!(overdue().await, BTreeSet::new());
    hall.advance(Duration::seconds(1));
    assert_eq!(overdue().await, BTreeSet::from([late.clone()]), "neither paused nor made nor ended");
    let list = clerk.get("/cases").await.expect(200);
    for case in list["items"].as_array().unwrap() {
        let number = case["acceptance_number"].as_str().unwrap();
        assert_eq!(case["overdue"], number == late, "{case:#}");
        assert_eq!(case["limit"].is_object(), number == late, "only a running deadline has dates: {case:#}");
        assert_eq!(case["paused"], number == paused);
    }
    assert_eq!(clerk.get(&format!("/cases/{late}")).await.expect(200)["deadlines"]["status"], "overdue");
    // Back on its way, the paused one has as many working days left as when it stopped.
    clerk.act(&paused, "resubmit", &json!({})).await.expect(200);
    assert_eq!(overdue().await, BTreeSet::from([late]));
    hall.advance(Duration::days(30));
    assert!(overdue().await.contains(&paused));
}

/// Records the whole sheet, every row with so many copies, stamped.
async fn check(clerk: &Person<'_>, case: &str, copies: u32) {
    let mut sheet = all_in_order(&clerk.get(&format!("/cases/{case}")).await.expect(200));
    for row in sheet["materials"].as_array_mut().unwrap() {
        row["copies_received"] = json!(copies);
        row["copies_stamped"] = json!(copies);
    }
    clerk.act(case, "record_materials", &sheet).await.expect(200);
}
