//! The supervisor's board.

use casehall::domain::accounts::role::Role;
use serde_json::Value;

use super::{accepted, busy};
use crate::case_types::shipped::{Staff, reissue};
use crate::databases::{TestDatabase, on_both};
use crate::hall::{CENTER, Hall, application};

on_both!(
    the_boards_tiles_and_bars_are_the_apis_numbers,
    only_what_is_late_is_red,
    every_picture_has_its_table,
    the_board_is_for_those_who_oversee,
    documents_of_the_same_name_are_told_apart_and_what_is_undecided_is_said,
    an_empty_hall_has_an_empty_board,
    what_is_expected_to_become_overdue_is_listed,
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
    // A bar a day, where the report has a few for all ages.
    let rows = board["ageing"]["rows"].as_array().unwrap();
    let open: i64 = rows.iter().map(|row| row["open"].as_i64().unwrap()).sum();
    let shown = page.attributes("a[href*='age=']", "aria-label");
    assert_eq!(shown.iter().map(|says| count(says)).sum::<i64>(), open);
    let days = page.attributes("a[href*='age=']", "href");
    assert_eq!(days, [7, 11].map(|age| format!("/console/cases?age={age}&outlet={CENTER}")));
    assert_eq!(page.attributes("a[href*='happened=made']", "aria-label"), ["3月5日 周四制成 1 件，最长 3 个工作日"]);
}

async fn only_what_is_late_is_red(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let (clerk, producer) = (hall.staff(Role::Clerk).await, hall.staff(Role::Producer).await);
    busy(&hall, &clerk, &producer).await;
    let board = hall.visitor(Role::Supervisor).await.get("/console/board").await;
    // Of the four of the 2nd of March one is made, and waits for its applicant.
    let oldest = board.attributes("a[href*='age=11']", "aria-label");
    assert_eq!(oldest, ["11 个工作日：4 件，其中逾期 3，临期 0"]);
    let red = board.attributes("a[href*='age=11'] rect", "class");
    assert_eq!(red, ["bar late", "bar"]);
    assert_eq!(
        board.attributes("a[href*='age=7'] rect", "class"),
        ["bar soon"],
        "the two of Friday could be ready by now"
    );
    // The lines stand where the deadline's promises end.
    let texts = board.texts("figure text");
    assert!(texts.contains(&"可领 7".to_owned()) && texts.contains(&"期限 10".to_owned()), "{texts:?}");
    assert!(board.texts(".legend").concat().contains("已制成、暂停计时"), "{:?}", board.texts(".legend"));
    // What is expected of all is told where all that is late is counted.
    assert!(board.texts(".tile .small")[2].starts_with("最长逾期 1 个工作日"), "{:?}", board.texts(".tile .small"));
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

async fn what_is_expected_to_become_overdue_is_listed(database: TestDatabase) {
    let hall = super::marks::played(database, "check-then-make", 11).await;
    let supervisor = hall.visitor(Role::Supervisor).await;
    let board = supervisor.get("/console/board").await;
    let (says, leads) = (board.texts(".tile .small a"), board.attributes(".tile .small a", "href"));
    assert!(!leads.is_empty() && leads.iter().all(|to| to.starts_with("/console/board/expected")), "{leads:?}");
    let page = supervisor.get(&leads[0]).await;
    let cases = page.attributes("tbody a", "href");
    assert!(!cases.is_empty() && says.iter().all(|says| says.starts_with("预计")), "{}", page.html);
    assert_eq!(supervisor.get(&cases[0]).await.status, 200);
    // What is late already isn't to be expected any more, and each says how likely it is.
    assert_eq!(page.texts("tbody .tag.late").len(), 0);
    assert!(page.texts("tbody td:last-child").iter().all(|likely| likely.ends_with('%')));
    // Of an outlet, its own.
    let panyu = supervisor.get("/console/board/expected?outlet=panyu").await;
    assert!(panyu.attributes("tbody a", "href").iter().all(|case| cases.contains(case)), "{}", panyu.html);
}

async fn the_board_is_for_those_who_oversee(database: TestDatabase) {
    let hall = Hall::open(database).await;
    for role in [Role::Clerk, Role::Producer, Role::SecurityAdministrator] {
        assert_eq!(hall.visitor(role).await.get("/console/board").await.status, 403, "{role:?}");
    }
    for role in [Role::Supervisor, Role::Auditor] {
        assert!(!hall.visitor(role).await.get("/console/board").await.attributes(".tile > a", "href").is_empty());
    }
    // Who runs the system sees sums, and no case.
    let administrator = hall.visitor(Role::Administrator).await;
    let board = administrator.get("/console/board").await;
    assert_eq!((board.status, board.texts(".tile b").len()), (200, 4));
    assert!(board.attributes("a[href^='/console/cases']", "href").is_empty());
    assert_eq!(administrator.get("/console/cases").await.status, 403);
}

/// Gives a notice that the second document of the guide's list is missing.
async fn lacking(clerk: &crate::hall::visitor::Visitor<'_>, case: &str) {
    let sheet = format!("/console/cases/{case}/materials");
    let page = clerk.get(&sheet).await;
    let row = page.texts("th[scope=row]").iter().position(|name| name.contains("责任书")).unwrap();
    let number = page.texts("tbody td:first-child").remove(row);
    let saved = clerk.submit(&page, &sheet, &[("command", &format!("{number}0+"))]).await;
    let given = clerk.submit(&saved, &sheet, &[]).await;
    assert!(given.address.contains("done=request_correction"), "{}", given.html);
}

async fn documents_of_the_same_name_are_told_apart_and_what_is_undecided_is_said(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let staff = Staff::of(&hall).await;
    let clerk = hall.visitor(Role::Clerk).await;
    accepted(&staff.clerk, 2).await;
    let new = staff.clerk.post("/cases", &application(3)).await.expect(201);
    let (replaced, _) = staff.opened("reissue", reissue("damaged")).await;
    for case in [new["acceptance_number"].as_str().unwrap(), &replaced] {
        lacking(&clerk, case).await;
    }
    let board = hall.visitor(Role::Supervisor).await.get("/console/board").await;
    let named = board.texts("a[href*='happened=lacked'] text").concat();
    assert!(named.contains("新办证书 · ") && named.contains("补办（遗失、损坏） · "), "{named}");
    assert!(board.texts("figcaption").concat().contains("待补正 2 件未定"), "{:?}", board.texts("figcaption"));
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
pub(super) fn count(says: &str) -> i64 {
    let before = says.split(" 件").next().unwrap();
    before.rsplit([' ', '：']).next().unwrap().parse().unwrap_or_else(|_| panic!("no number in {says}"))
}

/// A value of the API as a page shows it.
pub(super) fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}
