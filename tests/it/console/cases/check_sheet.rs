//! The check sheet: its rows and its box, what is scanned into them, and what is told.

use casehall::domain::accounts::role::Role;
use chrono::Duration;
use serde_json::json;

use crate::databases::{TestDatabase, on_both};
use crate::hall::visitor::Page;
use crate::hall::{Hall, addition, application};

on_both!(
    a_query_that_no_page_has_is_refused_as_a_page,
    a_scan_into_any_field_of_a_row_opens_the_case_and_is_never_a_count,
    more_copies_than_asked_for_are_said,
    what_can_not_be_recorded_of_a_row_is_told_at_its_control_and_kept,
    rows_have_one_number_on_the_sheet_and_on_the_receipt,
    whoever_checks_nothing_reads_the_sheet_and_is_offered_no_box,
    the_sheet_says_how_far_the_case_is_and_of_a_row_what_it_lacks,
    what_is_typed_into_rows_goes_with_the_command,
    nothing_is_confirmed_but_a_verdict_that_stood_on_the_page,
    a_scan_saves_what_is_there_before_it_opens,
    a_scan_that_finds_what_can_not_be_saved_waits_and_loses_nothing,
    a_key_without_work_says_so,
    enter_on_a_sheet_that_was_only_opened_after_a_correction_gives_no_second_notice,
    where_nothing_is_checked_any_more_the_sheet_is_for_reading,
    the_help_names_rows_that_are_there_and_of_those_without_seals_nothing_is_saved_again,
);

pub(super) async fn sheet_of(hall: &Hall) -> String {
    let clerk = hall.staff(Role::Clerk).await;
    let case = clerk.post("/cases", &application(1)).await.expect(201);
    format!("/console/cases/{}/materials", case["acceptance_number"].as_str().unwrap())
}

/// The number of another case.
async fn another(hall: &Hall) -> String {
    let case = hall.staff(Role::Clerk).await.post("/cases", &application(2)).await.expect(201);
    case["acceptance_number"].as_str().unwrap().to_owned()
}

async fn a_scan_into_any_field_of_a_row_opens_the_case_and_is_never_a_count(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let (sheet, other) = (sheet_of(&hall).await, another(&hall).await);
    let clerk = hall.visitor(Role::Clerk).await;
    let code = codes(&clerk.get(&sheet).await).remove(0);
    let field = |name: &str| format!("{name}.{code}");
    let scanned = format!("/console/cases/{other}");
    // Into an empty field, behind what was typed, over what was there, and behind a remark that stood there.
    let sent = [("received", other.clone()), ("received", format!("3{other}")), ("sealed", format!("2{other}"))];
    for (name, value) in sent.into_iter().chain([("received", other.clone()), ("remark", other.clone())]) {
        let page = clerk.get(&sheet).await;
        let sealed = row(&page, &code)[1].clone();
        let sealed = if name == "received" && value.len() > other.len() { "3".to_owned() } else { sealed };
        let typed = [(field("sealed"), sealed), (field(name), value.clone())];
        let typed = typed.each_ref().map(|(name, value)| (name.as_str(), value.as_str()));
        let page = clerk.submit(&page, &sheet, &typed).await;
        assert_eq!((page.status, page.address.split('?').next()), (200, Some(scanned.as_str())), "{name}={value}");
    }
    let page = clerk.get(&sheet).await;
    let shown =
        ["received", "sealed", "remark"].map(|name| page.attributes(&format!("[name='{}']", field(name)), "value"));
    assert_eq!(shown, [["3"], ["2"], [""]]);
    // A number with which somebody ends a remark is none, be it a telephone's or that of a case.
    for remark in ["电话13800138000".to_owned(), format!("另见受理编号{other}")] {
        let page = clerk.submit(&clerk.get(&sheet).await, &sheet, &[(&field("remark"), &remark)]).await;
        assert_eq!((page.status, &page.address), (200, &format!("{sheet}?saved=1")));
        assert_eq!(page.texts(".saved"), ["已保存 1 项。"]);
        assert_eq!(page.attributes(&format!("[name='{}']", field("remark")), "value"), [remark]);
    }
    let behind = format!("另见受理编号{other}{other}");
    assert_eq!(clerk.submit(&clerk.get(&sheet).await, &sheet, &[(&field("remark"), &behind)]).await.address, scanned);
}

async fn more_copies_than_asked_for_are_said(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let sheet = sheet_of(&hall).await;
    let clerk = hall.visitor(Role::Clerk).await;
    let page = clerk.get(&sheet).await;
    // On the command line it is a slip of the hand; what was refused is said, and the next scan finds the line empty.
    let refused = clerk.submit(&page, &sheet, &[("command", "15")]).await;
    assert_eq!(refused.texts("[role=alert] li"), ["“15”未能记录：第1项只需3份；确实多收的，请在该行填写"]);
    assert_eq!((refused.status, refused.attributes("#command", "value").concat()), (422, String::new()));
    let row = page.attributes("[name^='received.']", "name");
    let page = clerk.submit(&page, &sheet, &[(&row[0], "5"), (&row[0].replace("received", "sealed"), "5")]).await;
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
        ("received", "100", "sealed"),
    ] {
        let told = clerk.submit(&page, &sheet, &[(&field(name), value)]).await;
        assert_eq!(told.status, 422, "{name}={value}");
        assert_eq!(told.attributes("[role=alert] a", "href"), [format!("#{at}-{row}")], "{}", told.html);
        assert!(told.texts("[role=alert] li")[0].starts_with("第1项"));
        assert_eq!(told.attributes(&format!("[name='{}']", field(name)), "value"), [value]);
    }
    let page = clerk.submit(&page, &sheet, &[(&field("received"), "3"), (&field("sealed"), "3")]).await;
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
    clerk.submit(&page, &sheet, &[(&rows[0], "2"), (&rows[0].replace("received", "sealed"), "2")]).await;
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
    let page = clerk.submit(&page, &sheet, &[("command", "2- 40 +")]).await;
    let rows = |page: &Page| page.texts("tr.lacking b.lack");
    assert_eq!(rows(&page), ["缺1章", "缺3份"], "{}", page.html);
    // Only the cell that lacks something is red, and no label that says that an original was sighted.
    let red = page.attributes("tr.lacking td.lack [name]", "name");
    let names: Vec<&str> = red.iter().map(|name| name.split('.').next().unwrap()).collect();
    assert_eq!(names, ["sealed", "received"], "{red:?}");
    // A refused command comes back with the same.
    let refused = clerk.submit(&page, &sheet, &[("command", "99-")]).await;
    assert_eq!((refused.status, refused.texts(".steps li.now").len()), (422, 1));
}

/// The codes of the rows.
pub(super) fn codes(page: &Page) -> Vec<String> {
    page.attributes("[name^='received.']", "name").iter().map(|name| name.replace("received.", "")).collect()
}

/// What stands in the controls of a row.
pub(super) fn row(page: &Page, code: &str) -> [String; 3] {
    ["received", "sealed", "remark"].map(|name| page.attributes(&format!("[name='{name}.{code}']"), "value").concat())
}

pub(super) async fn state(hall: &Hall, sheet: &str) -> String {
    let case = sheet.split('/').nth(3).unwrap();
    let case = hall.staff(Role::Clerk).await.get(&format!("/cases/{case}")).await.expect(200);
    case["state"]["code"].as_str().unwrap().to_owned()
}

async fn what_is_typed_into_rows_goes_with_the_command(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let sheet = sheet_of(&hall).await;
    let clerk = hall.visitor(Role::Clerk).await;
    let page = clerk.get(&sheet).await;
    let code = codes(&page).remove(0);
    let [received, sealed, remark] = ["received", "sealed", "remark"].map(|name| format!("{name}.{code}"));
    let typed = [(received.as_str(), "3"), (&sealed, "2"), (&remark, "折痕"), ("command", "+")];
    let mut fields = page.fields(&sheet);
    fields.retain(|(name, _)| !typed.iter().any(|(typed, _)| name == typed));
    fields.extend(typed.map(|(name, value)| (name.to_owned(), value.to_owned())));
    let preview = clerk.post(&format!("{sheet}/preview"), &fields).await;
    assert!(preview.html.contains("还差1处：①") && preview.html.contains("\"enters\":\"保存\""), "{}", preview.html);
    let page = clerk.submit(&page, &sheet, &typed).await;
    assert_eq!((page.status, row(&page, &code)), (200, ["3", "2", "折痕"].map(str::to_owned)));
    assert!(page.texts("#verdict")[0].starts_with("还差1处：①"), "{}", page.html);
    // What can't be read of a row keeps the command waiting, and both are kept.
    let told = clerk.submit(&page, &sheet, &[(&received, "三"), ("command", "2-")]).await;
    assert_eq!((told.status, told.texts("[role=alert] li").len()), (422, 2));
    assert_eq!(
        (told.attributes("#command", "data-before").concat(), row(&told, &code)[0].as_str()),
        ("2-".to_owned(), "三")
    );
}

async fn nothing_is_confirmed_but_a_verdict_that_stood_on_the_page(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let sheet = sheet_of(&hall).await;
    let clerk = hall.visitor(Role::Clerk).await;
    let open = clerk.get(&sheet).await;
    // Beside the button that confirms one only saves; where Enter saves, no second one does.
    assert_eq!(
        (open.texts("#enters").concat().as_str(), open.attributes("[name=save][hidden]", "name").len()),
        ("保存", 1)
    );
    let page = clerk.submit(&open, &sheet, &[("command", "+")]).await;
    assert_eq!(page.texts("#enters"), ["确认：材料核验通过"]);
    assert_eq!(page.attributes("[name=save][hidden]", "name").len(), 0);
    let sealed = format!("sealed.{}", codes(&page)[3]);
    let saved = clerk.submit(&page, &sheet, &[(&sealed, "1")]).await;
    assert_eq!(
        (saved.address.as_str(), state(&hall, &sheet).await),
        (format!("{sheet}?saved=1").as_str(), "submitted".to_owned())
    );
    assert!(saved.texts("#verdict")[0].contains("2份未盖单位公章"));
    assert_eq!(saved.texts("#enters"), ["确认：一次性告知补正"]);
    // The button that saves confirms nothing, also where there is nothing to save.
    let saved = clerk.submit(&saved, &sheet, &[("save", "yes")]).await;
    assert_eq!(
        (saved.texts(".saved"), state(&hall, &sheet).await),
        (vec!["没有需要保存的改动。".to_owned()], "submitted".to_owned())
    );
    let case = clerk.submit(&saved, &sheet, &[]).await;
    assert_eq!((case.status, state(&hall, &sheet).await), (200, "correction_requested".to_owned()));
}

async fn a_scan_saves_what_is_there_before_it_opens(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let (sheet, other) = (sheet_of(&hall).await, another(&hall).await);
    let clerk = hall.visitor(Role::Clerk).await;
    let page = clerk.get(&sheet).await;
    let code = codes(&page).remove(0);
    let [received, sealed] = ["received", "sealed"].map(|name| format!("{name}.{code}"));
    let opened =
        clerk.submit(&page, &sheet, &[(&received, "3"), (&sealed, "2"), ("command", &format!("2-{other}"))]).await;
    assert!(opened.status == 200 && opened.address.starts_with(&format!("/console/cases/{other}?")), "{opened:?}");
    // What was saved is told where the scan leads.
    let number = sheet.split('/').nth(3).unwrap();
    let said = |rows: u32| format!("办件 {number} 的核验单已保存 {rows} 项。");
    assert_eq!(opened.texts(".saved"), [said(2)]);
    let page = clerk.get(&sheet).await;
    // Where it leads nowhere, the sheet stays: it may have been commands.
    let nowhere = clerk.submit(&page, &sheet, &[("command", "2-1234567890")]).await;
    assert_eq!((nowhere.status, nowhere.address.as_str()), (422, sheet.as_str()));
    let told = nowhere.texts("[role=alert] li");
    assert!(told[0] == "已保存 1 项。" && told[1].starts_with("没有找到“1234567890”"), "{told:?}");
    let forged = clerk.get("/console/search?q=zzzz&saved=nothing.1").await;
    assert_eq!(forged.texts(".saved").len(), 0);
    let page = clerk.get(&sheet).await;
    let second = codes(&page).remove(1);
    assert_eq!((row(&page, &code)[..2].join("/"), row(&page, &second)[..2].join("/")), ("3/2".into(), "3/2".into()));
}

async fn a_scan_that_finds_what_can_not_be_saved_waits_and_loses_nothing(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let (sheet, other) = (sheet_of(&hall).await, another(&hall).await);
    let clerk = hall.visitor(Role::Clerk).await;
    let page = clerk.get(&sheet).await;
    let [first, second] = [0, 1].map(|at| codes(&page).remove(at));
    // A count that can't be read, and one that the rules refuse.
    for (received, sealed) in [("三", ""), ("2", "3")] {
        let (one, two) = (format!("received.{first}"), format!("sealed.{first}"));
        let others = ["received", "sealed"].map(|name| format!("{name}.{second}"));
        let typed =
            [(one.as_str(), received), (&two, sealed), (&others[0], "3"), (&others[1], "3"), ("command", &other)];
        let waits = clerk.submit(&page, &sheet, &typed).await;
        assert_eq!((waits.status, waits.address.as_str()), (422, sheet.as_str()));
        let told = waits.texts("[role=alert] li");
        assert!(told[0].starts_with("第1项") && told[1].contains(&format!("“{other}”尚未执行")), "{told:?}");
        assert_eq!(
            (row(&waits, &first)[..2].join("/"), row(&waits, &second)[0].clone()),
            (format!("{received}/{sealed}"), "3".to_owned())
        );
        assert_eq!(waits.attributes("#command", "data-before"), [other.as_str()]);
    }
}

async fn a_key_without_work_says_so(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let sheet = sheet_of(&hall).await;
    let clerk = hall.visitor(Role::Clerk).await;
    let page = clerk.get(&sheet).await;
    let told = |page: &Page| page.texts("[role=alert] li").concat();
    let open = clerk.submit(&page, &sheet, &[]).await;
    assert_eq!(
        (open.status, told(&open).as_str()),
        (422, "没有需要保存的改动，也没有可确认的结论：尚有8项材料未核验。")
    );
    let checked = clerk.submit(&page, &sheet, &[("command", "+")]).await;
    let again = clerk.submit(&checked, &sheet, &[("command", "++")]).await;
    assert_eq!((again.status, again.texts(".saved")), (200, vec!["没有需要保存的改动。".to_owned()]));
    clerk.submit(&again, &sheet, &[]).await;
    // From a page of before.
    let over = clerk.submit(&checked, &sheet, &[]).await;
    assert!(over.status == 422 && told(&over).contains("核验通过"), "{}", over.html);
}

async fn enter_on_a_sheet_that_was_only_opened_after_a_correction_gives_no_second_notice(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let sheet = sheet_of(&hall).await;
    let (clerk, api) = (hall.visitor(Role::Clerk).await, hall.staff(Role::Clerk).await);
    let lacking = clerk.submit(&clerk.get(&sheet).await, &sheet, &[("command", "4/2 +")]).await;
    clerk.submit(&lacking, &sheet, &[]).await;
    hall.advance(Duration::minutes(10));
    let number = sheet.split('/').nth(3).unwrap();
    api.act(number, "resubmit", &json!({})).await.expect(200);
    let page = clerk.get(&sheet).await;
    assert_eq!(page.texts("#enters"), ["保存"]);
    let nothing = clerk.submit(&page, &sheet, &[]).await;
    let told = "没有需要保存的改动，也没有可确认的结论：材料重新提交后尚未核验，请先逐项核验。";
    assert_eq!((nothing.status, nothing.texts("[role=alert] li").concat().as_str()), (422, told));
    // The row that didn't do is mended: its help says how.
    assert!(nothing.texts("#command-help").concat().ends_with("4/0 去掉原因"), "{:?}", nothing.texts("#command-help"));
    let mended = clerk.submit(&nothing, &sheet, &[("command", "4/0")]).await;
    assert_eq!(mended.texts("#verdict"), ["材料齐全。"]);
    clerk.submit(&mended, &sheet, &[]).await;
    let case = api.get(&format!("/cases/{number}")).await.expect(200);
    assert_eq!((&case["state"]["code"], case["notices"].as_array().unwrap().len()), (&json!("materials_checked"), 1));
}

async fn where_nothing_is_checked_any_more_the_sheet_is_for_reading(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let sheet = sheet_of(&hall).await;
    let (clerk, api) = (hall.visitor(Role::Clerk).await, hall.staff(Role::Clerk).await);
    let shown = clerk.get(&sheet).await;
    assert!(!shown.texts("#command-help").is_empty());
    let number = sheet.split('/').nth(3).unwrap();
    api.act(number, "withdraw", &json!({ "reason": "不办了" })).await.expect(200);
    let page = clerk.get(&sheet).await;
    assert_eq!(page.texts("main button, main input, main select").len(), 0);
    assert!(page.texts(".bar .muted").concat().contains("办件已结束，只供查看"), "{}", page.html);
    // Who has it open from before is told.
    let late = clerk.submit(&shown, &sheet, &[("command", "+")]).await;
    assert!(late.status == 422 && late.texts("[role=alert] li").concat().contains("已撤回"), "{}", late.html);
}

async fn the_help_names_rows_that_are_there_and_of_those_without_seals_nothing_is_saved_again(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let clerk = hall.visitor(Role::Clerk).await;
    let help = |page: &Page| page.texts("#command-help").concat();
    let page = clerk.get(&sheet_of(&hall).await).await;
    assert_eq!(help(&page), "+ 其余齐全 · 4- 缺一章 · 40 缺件 · 7* 未出示原件 · 4/2 不合格原因");
    let number = 3;
    let organization = application(number)["organization"].clone();
    hall.register(&json!({
        "serial": "GZ-OLD-3", "medium_number": "KEY-OLD-3", "organization": organization,
        "valid_from": "2025-01-01T00:00:00Z", "valid_until": "2027-01-01T00:00:00Z",
    }))
    .await;
    let case = hall.staff(Role::Clerk).await.post("/cases", &addition(number, "GZ-OLD-3")).await.expect(201);
    let page = clerk.get(&format!("/console/cases/{}/materials", case["acceptance_number"].as_str().unwrap())).await;
    let numbers = page.texts("tbody td:first-child");
    for example in help(&page).split(" · ").skip(1) {
        let row: String = example.chars().take_while(char::is_ascii_digit).take(1).collect();
        assert!(numbers.contains(&row), "{example}: {numbers:?}");
    }
    // A row without seals, or without copies, has no control for them: that nothing is sent of them is no change.
    let sheet = &page.address;
    let page = clerk.submit(&page, sheet, &[("command", "+")]).await;
    let page = clerk.submit(&page, sheet, &[("save", "yes")]).await;
    assert_eq!(page.texts(".saved"), ["没有需要保存的改动。"]);
}
