//! The marks of the board: each opens the list of exactly the cases that it counts, whatever happened to them.

use casehall::domain::accounts::role::Role;
use chrono::NaiveDate;
use regex::Regex;

use super::board::count;
use crate::databases::{TestDatabase, on_both};
use crate::hall::{CENTER, Hall, TWO_OUTLETS, Visitor};
use crate::reports::simulation::year::Year;

on_both!(
    every_mark_opens_exactly_the_cases_that_it_counts,
    an_outlets_marks_open_what_it_sees,
    the_board_counts_as_people_do,
);

/// A hall after some weeks: papers lacked this and that, certificates were voided and made again, cases moved between outlets.
pub(super) async fn played(database: TestDatabase, workflow: &str, seed: u64) -> Hall {
    let hall = Hall::with(database, &[TWO_OUTLETS, ("WORKFLOWS__NEW_CERTIFICATE", workflow)]).await;
    let first = NaiveDate::from_ymd_opt(2026, 1, 5).unwrap();
    let mut year = Year::new(&hall, first, 70, 120, seed);
    year.play("2026-03-11T03:00:00Z".parse().unwrap()).await;
    hall
}

async fn every_mark_opens_exactly_the_cases_that_it_counts(database: TestDatabase) {
    let hall = played(database, "check-then-make", 11).await;
    let supervisor = hall.person(&[Role::Supervisor], None).await;
    let visitor = hall.visitor_named(supervisor.name()).await;
    let marks = opened(&visitor, "/console/board").await;
    for of in ["list=", "due_from=", "age=", "made", "at_first_pass", "after_notice", "lacked", "ended", "stood="] {
        assert!(marks.iter().any(|mark| mark.contains(of)), "nothing is counted by {of}");
    }
    opened(&visitor, "/console/board?outlet=panyu").await;
}

async fn an_outlets_marks_open_what_it_sees(database: TestDatabase) {
    let hall = played(database, "make-then-check", 29).await;
    let supervisor = hall.person(&[Role::Supervisor], Some(CENTER)).await;
    let visitor = hall.visitor_named(supervisor.name()).await;
    assert!(opened(&visitor, "/console/board").await.len() > 20);
}

async fn the_board_counts_as_people_do(database: TestDatabase) {
    let hall = played(database, "check-then-make", 11).await;
    let supervisor = hall.person(&[Role::Supervisor], None).await;
    let english = hall.visitor_named(supervisor.name()).await.in_english();
    // One of several is none of several, and nothing at all is no less than nothing.
    let odd = Regex::new(r"(^|[^0-9.])(-0|1 (cases|working days|days|more working days))($|[^0-9.])").unwrap();
    for (visitor, expected) in
        [(&english, "expected to become overdue"), (&hall.visitor(Role::Supervisor).await, "预计")]
    {
        let board = visitor.get("/console/board").await;
        let tiles = board.texts(".tile .small");
        assert!(tiles.iter().any(|tile| tile.contains(expected)), "{tiles:?}");
        let said =
            [tiles, board.texts("figure text"), board.texts("figcaption"), board.attributes(".chart a", "aria-label")];
        let said: Vec<String> = said.concat().into_iter().filter(|text| odd.is_match(text)).collect();
        assert_eq!(said, Vec::<String>::new());
    }
}

/// Opens every mark of a board and counts what is there; answers where they led.
async fn opened(visitor: &Visitor<'_>, board: &str) -> Vec<String> {
    let page = visitor.get(board).await;
    assert_eq!(page.status, 200, "{}", page.html);
    let mut marks = Vec::new();
    let tiles = page.texts(".tile > a b").into_iter().map(|count| count.parse::<i64>().unwrap());
    marks.extend(page.attributes(".tile > a", "href").into_iter().zip(tiles));
    let said = page.attributes(".chart a", "aria-label");
    marks.extend(page.attributes(".chart a", "href").into_iter().zip(said.iter().map(|says| count(says))));
    let beside = "figcaption a[href^='/console/cases']";
    let said = page.texts(beside);
    marks.extend(page.attributes(beside, "href").into_iter().zip(said.iter().map(|says| count(says))));
    for (address, expected) in &marks {
        assert!(address.starts_with("/console/cases?"), "{address} is no list");
        assert_eq!(listed(visitor, address).await, *expected, "{address} of {board}");
    }
    marks.into_iter().map(|(address, _)| address).collect()
}

/// How many cases a list has, on all of its pages.
async fn listed(visitor: &Visitor<'_>, address: &str) -> i64 {
    let (mut next, mut found) = (Some(address.to_owned()), 0);
    while let Some(address) = next {
        let page = visitor.get(&address).await;
        assert_eq!((page.status, page.texts("[role=alert]")), (200, Vec::new()), "{address}");
        found += i64::try_from(page.attributes("tbody tr td a[href^='/console/cases/']", "href").len()).unwrap();
        // Whoever can choose cases turns the page with what is chosen.
        let turns = page.attributes("[name=turn]", "value").into_iter().zip(page.texts("[name=turn]"));
        let turn = turns.filter(|(_, says)| says.starts_with("下一页")).map(|(to, _)| to);
        next = page.attributes("a[rel=next]", "href").into_iter().chain(turn).next();
    }
    found
}
