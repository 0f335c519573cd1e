//! The check sheet by the controls of its rows: two clerks beside one another.

use casehall::domain::accounts::role::Role;

use crate::databases::{TestDatabase, on_both};
use crate::hall::{Hall, application};

on_both!(
    two_clerks_on_different_rows_merge,
    the_same_row_asks_which_to_keep_and_loses_nothing,
    a_query_that_no_page_has_is_refused_as_a_page,
);

async fn sheet_of(hall: &Hall) -> String {
    let clerk = hall.staff(Role::Clerk).await;
    let case = clerk.post("/cases", &application(1)).await.expect(201);
    format!("/console/cases/{}/materials", case["acceptance_number"].as_str().unwrap())
}

async fn two_clerks_on_different_rows_merge(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let sheet = sheet_of(&hall).await;
    let (one, other) = (hall.visitor(Role::Clerk).await, hall.visitor(Role::Clerk).await);
    let (seen, seen_too) = (one.get(&sheet).await, other.get(&sheet).await);
    let rows = seen.attributes("[name^='received.']", "name");
    assert_eq!(one.submit(&seen, &sheet, &[(&rows[0], "3")]).await.status, 200);
    let merged = other.submit(&seen_too, &sheet, &[(&rows[1], "2")]).await;
    assert_eq!(merged.status, 200);
    assert_eq!(merged.attributes("[name^='received.']", "value")[..2], ["3", "2"]);
}

async fn the_same_row_asks_which_to_keep_and_loses_nothing(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let sheet = sheet_of(&hall).await;
    let (one, other) = (hall.visitor(Role::Clerk).await, hall.visitor(Role::Clerk).await);
    let (seen, seen_too) = (one.get(&sheet).await, other.get(&sheet).await);
    let rows = seen.attributes("[name^='received.']", "name");
    one.submit(&seen, &sheet, &[(&rows[0], "3")]).await;
    let asked = other.submit(&seen_too, &sheet, &[(&rows[0], "1"), (&rows[1], "2")]).await;
    assert_eq!((asked.status, asked.texts("[role=alert] li").len()), (422, 1));
    assert_eq!(asked.attributes("[name^='received.']", "value")[..2], ["1", "2"], "what was typed is kept");
    let kept = other.submit(&asked, &sheet, &[]).await;
    assert_eq!(kept.status, 200);
    assert_eq!(kept.attributes("[name^='received.']", "value")[..2], ["1", "2"]);
}

async fn a_query_that_no_page_has_is_refused_as_a_page(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let clerk = hall.visitor(Role::Clerk).await;
    let page = clerk.get("/console?x=1").await;
    assert_eq!((page.status, page.texts("h1").len()), (404, 1));
}
