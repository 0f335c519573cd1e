//! What the check sheet confirms and records is what somebody has read and entered.

use casehall::domain::accounts::role::Role;
use chrono::Duration;

use super::check_sheet::{codes, row, sheet_of, state};
use crate::databases::{TestDatabase, on_both};
use crate::hall::Hall;

on_both!(
    an_enter_that_follows_at_once_confirms_nothing,
    seals_that_nobody_counted_are_asked_for_and_are_no_defect,
    what_can_not_be_is_refused_while_it_is_typed,
);

async fn an_enter_that_follows_at_once_confirms_nothing(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let sheet = sheet_of(&hall).await;
    let clerk = hall.visitor(Role::Clerk).await;
    let page = clerk.submit(&clerk.get(&sheet).await, &sheet, &[("command", "4-+")]).await;
    let shown = page.attributes("[name=shown_at]", "value").concat();
    hall.advance(Duration::milliseconds(300));
    let told = clerk.submit(&page, &sheet, &[("shown_at", &shown)]).await;
    assert_eq!((told.status, state(&hall, &sheet).await), (422, "submitted".to_owned()));
    assert_eq!(told.texts("[role=alert] li"), ["结论刚刚更新：请先看清，再按回车确认。"]);
    let shown = told.attributes("[name=shown_at]", "value").concat();
    hall.advance(Duration::seconds(2));
    clerk.submit(&told, &sheet, &[("shown_at", &shown)]).await;
    assert_eq!(state(&hall, &sheet).await, "correction_requested");
    // A page that was only opened has been read since.
    assert_eq!(clerk.get(&sheet).await.attributes("[name=shown_at]", "value").len(), 0);
}

async fn seals_that_nobody_counted_are_asked_for_and_are_no_defect(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let sheet = sheet_of(&hall).await;
    let clerk = hall.visitor(Role::Clerk).await;
    let page = clerk.get(&sheet).await;
    let code = codes(&page).remove(0);
    let asked = clerk.submit(&page, &sheet, &[(&format!("received.{code}"), "3")]).await;
    assert_eq!((asked.status, asked.attributes("[role=alert] a", "href")), (422, vec![format!("#sealed-{code}")]));
    assert_eq!(row(&asked, &code)[..2], ["3", ""], "what was typed is kept");
    assert_eq!(row(&clerk.get(&sheet).await, &code)[..2], ["", ""], "and the row is unchecked");
    // Of what isn't there nothing is stamped.
    let none = clerk.submit(&asked, &sheet, &[(&format!("received.{code}"), "0")]).await;
    assert_eq!((none.status, row(&none, &code)[..2].join("/")), (200, "0/0".to_owned()));
}

async fn what_can_not_be_is_refused_while_it_is_typed(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let sheet = sheet_of(&hall).await;
    let clerk = hall.visitor(Role::Clerk).await;
    let page = clerk.get(&sheet).await;
    for (command, refused) in [("99-", true), ("15", true), ("4", false), ("4/", false), ("4-", false)] {
        let fields = page.filled(&sheet, &[("command", command)]);
        let preview = clerk.post(&format!("{sheet}/preview"), &fields).await;
        assert_eq!(preview.html.contains("未能记录"), refused, "{command}: {}", preview.html);
    }
}
