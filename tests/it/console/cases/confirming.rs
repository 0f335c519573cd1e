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
    a_sheet_that_was_confirmed_says_when_and_by_whom,
    digits_that_may_be_commands_are_said_to_be_a_scan_and_never_lost,
    of_what_nobody_brought_nothing_is_wrong,
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

async fn a_sheet_that_was_confirmed_says_when_and_by_whom(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let sheet = sheet_of(&hall).await;
    let clerk = hall.visitor(Role::Clerk).await;
    let accepted = "材料已于 今天 10:00 由 窗口人员 核验通过";
    let page = clerk.submit(&clerk.get(&sheet).await, &sheet, &[("command", "+")]).await;
    assert!(!page.texts("main").concat().contains(accepted));
    hall.advance(Duration::seconds(2));
    clerk.submit(&page, &sheet, &[]).await;
    hall.advance(Duration::minutes(3));
    // Back on the sheet, and Enter once more.
    let back = clerk.get(&sheet).await;
    assert!(back.texts(".bar").concat().contains(accepted), "{:?}", back.texts(".bar"));
    let told = clerk.submit(&back, &sheet, &[]).await;
    let wanted = format!("没有需要保存的改动，也没有可确认的结论：{accepted}。");
    assert_eq!((told.status, told.texts("[role=alert] li")), (422, vec![wanted]));
    // What turns out to be lacking is confirmed as that.
    let lacking = clerk.submit(&told, &sheet, &[("command", "40")]).await;
    assert!(!lacking.texts(".bar").concat().contains(accepted), "{:?}", lacking.texts(".bar"));
    assert_eq!(lacking.texts("#enters"), ["确认：受理后告知补正"]);
}

async fn digits_that_may_be_commands_are_said_to_be_a_scan_and_never_lost(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let sheet = sheet_of(&hall).await;
    let clerk = hall.visitor(Role::Clerk).await;
    let page = clerk.get(&sheet).await;
    for command in ["1020304050", "99999999999999999999", "10203040501020304050"] {
        let preview = clerk.post(&format!("{sheet}/preview"), &page.filled(&sheet, &[("command", command)])).await;
        let wanted = format!("“{command}”满十位数字，将按扫码处理；如是逐项命令，请用空格隔开。");
        assert!(preview.html.contains(&wanted) && preview.html.contains("保存并打开"), "{}", preview.html);
        let told = clerk.submit(&page, &sheet, &[("command", command)]).await;
        assert_eq!((told.status, told.address.as_str()), (422, sheet.as_str()), "{command}");
        assert!(told.texts("[role=alert] li").concat().contains("请用空格隔开"), "{:?}", told.texts("[role=alert] li"));
        assert_eq!(told.attributes("#command", "data-before"), [command], "it stands on the line again");
    }
    let number = sheet.split('/').nth(3).unwrap();
    let preview = clerk.post(&format!("{sheet}/preview"), &page.filled(&sheet, &[("command", number)])).await;
    assert!(preview.html.contains(&format!("再打开 {number}。")), "{}", preview.html);
}

async fn of_what_nobody_brought_nothing_is_wrong(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let sheet = sheet_of(&hall).await;
    let clerk = hall.visitor(Role::Clerk).await;
    let page = clerk.submit(&clerk.get(&sheet).await, &sheet, &[("command", "40")]).await;
    let refused = clerk.submit(&page, &sheet, &[("command", "4/2")]).await;
    let told = "“4/2”未能记录：第4项没有收到，不能再填不合格原因";
    assert_eq!((refused.status, refused.texts("[role=alert] li").concat().as_str()), (422, told));
    // By its controls neither.
    let code = codes(&page).remove(3);
    let reason = format!("reason.{code}");
    let refused = clerk.submit(&page, &sheet, &[(&reason, "expired")]).await;
    assert_eq!((refused.status, refused.attributes("[role=alert] a", "href")), (422, vec![format!("#reason-{code}")]));
}
