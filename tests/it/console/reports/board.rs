//! The supervisor's board.

use casehall::domain::accounts::role::Role;
use serde_json::Value;

use super::busy;
use crate::databases::{TestDatabase, on_both};
use crate::hall::Hall;

on_both!(
    the_boards_tiles_and_bars_are_the_apis_numbers,
    every_mark_opens_a_list_of_as_many_cases,
    every_picture_has_its_table,
    the_board_is_for_those_who_oversee,
    an_empty_hall_has_an_empty_board,
);

async fn the_boards_tiles_and_bars_are_the_apis_numbers(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let (clerk, producer) = (hall.staff(Role::Clerk).await, hall.staff(Role::Producer).await);
    let supervisor = hall.staff(Role::Supervisor).await;
    busy(&hall, &clerk, &producer).await;
    let board = supervisor.get("/board").await.expect(200);
    let page = hall.visitor_named(supervisor.name()).await.get("/console/board").await;
    assert_eq!(page.status, 200, "{}", page.html);
    let tile = |code: &str| {
        let tiles = board["tiles"].as_array().unwrap();
        tiles.iter().find(|tile| tile["code"] == code).unwrap()["count"].to_string()
    };
    assert_eq!(page.texts(".tile b"), ["due_today", "due_soon", "overdue", "paused"].map(tile));
    assert_eq!(page.texts(".tile b")[2], "3");
    let open: Vec<i64> =
        board["ageing"]["rows"].as_array().unwrap().iter().map(|row| row["open"].as_i64().unwrap()).collect();
    let shown = page.attributes("a[href*='age=']", "aria-label");
    let shown: Vec<i64> = shown.iter().map(|says| count(says)).collect();
    assert_eq!(shown, open.into_iter().filter(|open| *open > 0).collect::<Vec<_>>());
    assert_eq!(page.attributes("a[href*='made=']", "aria-label"), ["3月5日 周四制成 1 件，最长 3 个工作日"]);
}

async fn every_mark_opens_a_list_of_as_many_cases(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let (clerk, producer) = (hall.staff(Role::Clerk).await, hall.staff(Role::Producer).await);
    busy(&hall, &clerk, &producer).await;
    let supervisor = hall.visitor(Role::Supervisor).await;
    let board = supervisor.get("/console/board").await;
    let (tiles, counts) = (board.attributes("a.tile", "href"), board.texts("a.tile b"));
    let marks = board.attributes(".chart a[href^='/console/cases']", "href");
    let said = board.attributes(".chart a[href^='/console/cases']", "aria-label");
    assert!(marks.len() >= 4, "due dates, ages and a day of making: {marks:?}");
    let expected = counts.iter().map(|text| text.parse().unwrap()).chain(said.iter().map(|says| count(says)));
    for (address, expected) in tiles.iter().chain(&marks).zip(expected) {
        let list = supervisor.get(address).await;
        assert_eq!(list.status, 200, "{address}: {}", list.html);
        assert_eq!(i64::try_from(list.texts("tbody tr").len()).unwrap(), expected, "{address}");
    }
    // Others lead to the report behind them.
    for address in board.attributes(".chart a[href^='/console/reports']", "href") {
        assert_eq!(supervisor.get(&address).await.status, 200, "{address}");
    }
}

async fn every_picture_has_its_table(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let (clerk, producer) = (hall.staff(Role::Clerk).await, hall.staff(Role::Producer).await);
    busy(&hall, &clerk, &producer).await;
    let supervisor = hall.visitor(Role::Supervisor).await.in_english();
    let board = supervisor.get("/console/board").await;
    let (pictures, tables) = (board.attributes("figure svg", "aria-label"), board.texts("figure caption"));
    assert_eq!(pictures.len(), 5, "nothing was lacking, which is said in words");
    assert_eq!(tables.len(), pictures.len());
    assert_eq!(board.texts("figure .nothing"), ["Nothing in the last 30 days."]);
    assert!(!board.html.contains(" style="), "the policy forbids it");
}

async fn the_board_is_for_those_who_oversee(database: TestDatabase) {
    let hall = Hall::open(database).await;
    for role in [Role::Clerk, Role::Producer, Role::SecurityAdministrator] {
        assert_eq!(hall.visitor(role).await.get("/console/board").await.status, 403, "{role:?}");
    }
    for role in [Role::Supervisor, Role::Auditor] {
        assert!(!hall.visitor(role).await.get("/console/board").await.attributes("a.tile", "href").is_empty());
    }
    // Who runs the system sees sums, and no case.
    let administrator = hall.visitor(Role::Administrator).await;
    let board = administrator.get("/console/board").await;
    assert_eq!((board.status, board.texts(".tile b").len()), (200, 4));
    assert!(board.attributes("a[href^='/console/cases']", "href").is_empty());
    assert_eq!(administrator.get("/console/cases").await.status, 403);
}

async fn an_empty_hall_has_an_empty_board(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let supervisor = hall.visitor(Role::Supervisor).await;
    let board = supervisor.get("/console/board").await;
    assert_eq!(board.texts(".tile b"), ["0"; 4]);
    assert!(board.attributes(".chart a", "href").is_empty());
    assert_eq!(supervisor.get("/console/board?outlet=nowhere").await.status, 404);
}

/// The number of cases in what a mark says: before `件`.
fn count(says: &str) -> i64 {
    let before = says.split(" 件").next().unwrap();
    before.rsplit([' ', '：']).next().unwrap().parse().unwrap()
}

/// A value of the API as a page shows it.
pub(super) fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}
