//! The check sheet by the controls of its rows: two clerks beside one another.

use casehall::domain::accounts::role::Role;

use crate::databases::{TestDatabase, on_both};
use crate::hall::visitor::Page;
use crate::hall::{Hall, application};

on_both!(
    two_clerks_on_different_rows_merge,
    the_same_row_asks_which_to_keep_and_loses_nothing,
    a_query_that_no_page_has_is_refused_as_a_page,
    a_scan_into_any_field_of_a_row_opens_the_case_and_is_never_a_count,
    more_copies_than_asked_for_are_said,
    what_can_not_be_recorded_of_a_row_is_told_at_its_control_and_kept,
    rows_have_one_number_on_the_sheet_and_on_the_receipt,
    whoever_checks_nothing_reads_the_sheet_and_is_offered_no_box,
    the_sheet_says_how_far_the_case_is_and_of_a_row_what_it_lacks,
);

async fn sheet_of(hall: &Hall) -> String {
    let clerk = hall.staff(Role::Clerk).await;
    let case = clerk.post("/cases", &application(1)).await.expect(201);
    format!("/console/cases/{}/materials", case["acceptance_number"].as_str().unwrap())
}

/// The number of another case.
async fn another(hall: &Hall) -> String {
    let case = hall.staff(Role::Clerk).await.post("/cases", &application(2)).await.expect(201);
    case["acceptance_number"].as_str().unwrap().to_owned()
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
    let told = asked.texts("[role=alert] li").concat();
    assert!(told.starts_with("第1项") && told.contains("窗口人员") && told.contains("收到3份"), "{told}");
    let free = one.get(&sheet).await.attributes("[name^='received.']", "value");
    assert_eq!(free[..2], ["3", "2"], "the other row is saved");
    assert_eq!(asked.attributes("[name^='received.']", "value")[..2], ["1", "2"], "what was typed is kept");
    let kept = other.submit(&asked, &sheet, &[]).await;
    assert_eq!(kept.status, 200);
    assert_eq!(kept.attributes("[name^='received.']", "value")[..2], ["1", "2"]);
}

async fn a_scan_into_any_field_of_a_row_opens_the_case_and_is_never_a_count(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let (sheet, other) = (sheet_of(&hall).await, another(&hall).await);
    let clerk = hall.visitor(Role::Clerk).await;
    let row = clerk.get(&sheet).await.attributes("[name^='received.']", "name")[0].replace("received.", "");
    let field = |name: &str| format!("{name}.{row}");
    let scanned = format!("/console/cases/{other}");
    // Into an empty field, behind what was typed, over what was there, and behind a remark.
    let sent = [("received", other.clone()), ("received", format!("3{other}")), ("sealed", format!("2{other}"))];
    for (name, value) in sent.into_iter().chain([("received", other.clone()), ("remark", format!("已核{other}"))]) {
        let page = clerk.submit(&clerk.get(&sheet).await, &sheet, &[(&field(name), &value)]).await;
        assert_eq!((page.status, &page.address), (200, &scanned), "{name}={value}");
    }
    let page = clerk.get(&sheet).await;
    let shown =
        ["received", "sealed", "remark"].map(|name| page.attributes(&format!("[name='{}']", field(name)), "value"));
    assert_eq!(shown, [["3"], ["2"], ["已核"]]);
    // A telephone number in a remark is none.
    let page = clerk.submit(&page, &sheet, &[(&field("remark"), "电话13800138000")]).await;
    assert_eq!((page.status, &page.address), (200, &format!("{sheet}?saved=1")));
    assert_eq!(page.texts(".saved"), ["已保存 1 项。"]);
}

async fn more_copies_than_asked_for_are_said(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let sheet = sheet_of(&hall).await;
    let clerk = hall.visitor(Role::Clerk).await;
    let page = clerk.get(&sheet).await;
    // On the command line it is a slip of the hand; what was refused is said, and the next scan finds the line empty.
    let refused = clerk.submit(&page, &format!("{sheet}/command"), &[("command", "15")]).await;
    assert_eq!(refused.texts("[role=alert] li"), ["“15”没有记录：第1项只要3份；确实多收了，请在该行填写"]);
    assert_eq!((refused.status, refused.attributes("#command", "value").concat()), (422, String::new()));
    let row = page.attributes("[name^='received.']", "name");
    let page = clerk.submit(&page, &sheet, &[(&row[0], "5")]).await;
    assert_eq!(page.texts("th .tag.soon"), ["▲ 比要求多 2 份"]);
}

async fn what_can_not_be_recorded_of_a_row_is_told_at_its_control_and_kept(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let sheet = sheet_of(&hall).await;
    let clerk = hall.visitor(Role::Clerk).await;
    let page = clerk.get(&sheet).await;
    let row = page.attributes("[name^='received.']", "name")[0].replace("received.", "");
    let field = |name: &str| format!("{name}.{row}");
    for (name, value, at) in [
        ("remark", "字迹不清", "received"),
        ("sealed", "2", "received"),
        ("received", "三", "received"),
        ("received", "100", "received"),
    ] {
        let told = clerk.submit(&page, &sheet, &[(&field(name), value)]).await;
        assert_eq!(told.status, 422, "{name}={value}");
        assert_eq!(told.attributes("[role=alert] a", "href"), [format!("#{at}-{row}")], "{}", told.html);
        assert!(told.texts("[role=alert] li")[0].starts_with("第1项"));
        assert_eq!(told.attributes(&format!("[name='{}']", field(name)), "value"), [value]);
    }
    let page = clerk.submit(&page, &sheet, &[(&field("received"), "3")]).await;
    let emptied = clerk.submit(&page, &sheet, &[(&field("received"), "")]).await;
    assert!(emptied.texts("[role=alert] li")[0].contains("不能改回未核验"));
}

async fn rows_have_one_number_on_the_sheet_and_on_the_receipt(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let sheet = sheet_of(&hall).await;
    let clerk = hall.visitor(Role::Clerk).await;
    let receipt = clerk.get(&sheet.replace("materials", "prints/receipt")).await;
    let numbers = clerk.get(&sheet).await.texts("tbody td:first-child");
    assert_eq!(receipt.texts("tbody td:first-child"), numbers);
    assert_eq!(numbers.last().map(String::as_str), Some("9"));
}

async fn a_query_that_no_page_has_is_refused_as_a_page(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let clerk = hall.visitor(Role::Clerk).await;
    let page = clerk.get("/console?x=1").await;
    assert_eq!((page.status, page.texts("h1").len()), (404, 1));
}

async fn whoever_checks_nothing_reads_the_sheet_and_is_offered_no_box(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let sheet = sheet_of(&hall).await;
    let clerk = hall.visitor(Role::Clerk).await;
    let page = clerk.get(&sheet).await;
    let rows = page.attributes("[name^='received.']", "name");
    clerk.submit(&page, &sheet, &[(&rows[0], "2")]).await;
    for role in [Role::Auditor, Role::Producer, Role::Supervisor] {
        let reads = hall.visitor(role).await.get(&sheet).await;
        assert_eq!(reads.status, 200, "{role:?}");
        assert_eq!(reads.texts("main button, main input, main select").len(), 0, "{role:?}");
        assert!(reads.texts("td.num").iter().any(|cell| cell.replace(' ', "").starts_with("2/3")), "{role:?}");
    }
}

async fn the_sheet_says_how_far_the_case_is_and_of_a_row_what_it_lacks(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let sheet = sheet_of(&hall).await;
    let clerk = hall.visitor(Role::Clerk).await;
    let page = clerk.get(&sheet).await;
    assert_eq!(page.texts(".steps li.now"), ["已提交今天 10:00"]);
    assert_eq!(page.texts("tr.lacking").len(), 0, "nothing is wrong with what nobody looked at");
    let page = clerk.submit(&page, &format!("{sheet}/command"), &[("command", "2- 40 +")]).await;
    let rows = |page: &Page| page.texts("tr.lacking b.lack");
    assert_eq!(rows(&page), ["缺1章", "缺3份"], "{}", page.html);
    // Only the cell that lacks something is red.
    let red = page.attributes("tr.lacking td.lack [name]", "name");
    let names: Vec<&str> = red.iter().map(|name| name.split('.').next().unwrap()).collect();
    assert_eq!(names, ["sealed", "received"], "{red:?}");
    // A refused command comes back with the same.
    let refused = clerk.submit(&page, &format!("{sheet}/command"), &[("command", "99-")]).await;
    assert_eq!((refused.status, refused.texts(".steps li.now").len()), (422, 1));
}
