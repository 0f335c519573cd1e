//! What an action does beyond its case is said before it is done, and stands in the record afterwards.

use casehall::domain::accounts::role::Role;
use serde_json::json;

use super::{NEW, opened};
use crate::case_types::shipped::{SERIAL, Staff, application, reissue};
use crate::databases::{TestDatabase, on_both};
use crate::hall::{Hall, all_in_order, unified_code};

on_both!(
    the_revocation_that_acceptance_brings_is_said_before_and_afterwards,
    where_acceptance_does_more_the_way_leads_to_its_page_and_in_no_circle,
    every_effect_on_a_certificate_held_is_said_at_hand_over_and_in_the_record,
    money_that_goes_back_is_said_before_the_case_ends,
    what_a_change_changes_stands_wherever_it_is_decided,
    the_sheet_names_whose_papers_are_checked,
    a_loss_is_said_to_suspend_at_once_where_it_is_chosen,
    what_ends_a_case_is_said_to_end_it_and_who_reads_the_reason,
);

/// A replacement with all of its papers found in order.
async fn to_accept(staff: &Staff<'_>) -> String {
    let (case, view) = staff.opened("reissue", reissue("damaged")).await;
    staff.clerk.act(&case, "record_materials", &all_in_order(&view)).await.expect(200);
    case
}

async fn the_revocation_that_acceptance_brings_is_said_before_and_afterwards(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let staff = Staff::of(&hall).await;
    let case = to_accept(&staff).await;
    let clerk = hall.visitor(Role::Clerk).await;
    let address = format!("/console/cases/{case}/actions/accept_materials");
    let page = clerk.get(&address).await;
    let said = format!("证书 {SERIAL} 注销");
    let does = page.texts(".foreseen li");
    assert!(does.len() == 1 && does[0].starts_with(&said) && does[0].contains("不能恢复"), "{}", page.html);
    assert!(!page.html.contains("无须填写"));
    let done = clerk.submit(&page, &address, &[]).await;
    assert!(done.texts(".timeline li")[0].contains(&said), "{:?}", done.texts(".timeline li"));
    // Once it is done, nothing of it is said as if it were to come.
    assert_eq!(clerk.get(&format!("/console/cases/{case}/handover")).await.texts(".foreseen li").len(), 0);
}

async fn where_acceptance_does_more_the_way_leads_to_its_page_and_in_no_circle(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let staff = Staff::of(&hall).await;
    let (case, _) = staff.opened("reissue", reissue("damaged")).await;
    let clerk = hall.visitor(Role::Clerk).await;
    let (page, sheet) = (format!("/console/cases/{case}"), format!("/console/cases/{case}/materials"));
    let accepts = format!("{page}/actions/accept_materials");
    assert_eq!(clerk.get(&page).await.attributes("[data-key=Enter]", "href"), [sheet.as_str()]);
    let saved = clerk.submit(&clerk.get(&sheet).await, &sheet, &[("command", "+")]).await;
    assert_eq!(saved.texts("#enters"), ["下一步：材料核验通过"]);
    let next = clerk.submit(&saved, &sheet, &[]).await;
    assert_eq!((next.status, next.address.as_str()), (200, accepts.as_str()));
    assert_eq!(clerk.get(&page).await.attributes("[data-key=Enter]", "href"), [accepts.as_str()]);
}

async fn every_effect_on_a_certificate_held_is_said_at_hand_over_and_in_the_record(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let staff = Staff::of(&hall).await;
    let clerk = hall.visitor(Role::Clerk).await;
    for (case_type, more, says) in [
        ("renew", json!({ "service_years": 2, "payment_method": "cash" }), "续期：有效期止由"),
        ("change", json!({ "seal": "4401990012345" }), "变更登记：印章编码 – → 4401990012345"),
        ("revoke", json!({}), "注销：即行失效"),
    ] {
        let (case, view) = staff.opened(case_type, more).await;
        let accepted = staff.accept(&case, &view).await;
        if accepted["fee"]["outstanding_fen"] != 0 {
            staff.pay(&accepted).await;
        }
        let address = format!("/console/cases/{case}/handover");
        let page = clerk.get(&address).await;
        let said = format!("证书 {SERIAL} {says}");
        assert!(page.texts(".foreseen li").concat().contains(&said), "{case_type}: {:?}", page.texts(".foreseen li"));
        clerk.submit(&page, &address, &[("hand_over", "yes")]).await;
        let record = clerk.get(&format!("/console/cases/{case}")).await.texts(".timeline li");
        assert!(record[0].contains(&said), "{case_type}: {record:?}");
    }
}

async fn money_that_goes_back_is_said_before_the_case_ends(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let clerk = hall.visitor(Role::Clerk).await;
    let case = opened(&clerk, 1).await;
    super::paid(&clerk, &case).await;
    let supervisor = hall.visitor(Role::Supervisor).await;
    let page = supervisor.get(&format!("/console/cases/{case}/actions/withdraw")).await;
    assert!(page.texts(".foreseen li").concat().starts_with("退还 600.00 元（现金"), "{}", page.html);
}

async fn what_a_change_changes_stands_wherever_it_is_decided(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let staff = Staff::of(&hall).await;
    let clerk = hall.visitor(Role::Clerk).await;
    let form = clerk.get("/console/cases/new?case_type=change").await;
    let code = unified_code(1);
    let typed = [("organization/code", code.as_str()), ("organization/name", "广州第1建设集团有限公司")];
    let looked = clerk.submit(&form, NEW, &typed).await;
    let lines = ["现登记经办人：刘少芬；印章编码：–", "单位 广州第1建筑有限公司 → 广州第1建设集团有限公司"];
    assert_eq!(looked.texts(".changes li"), lines);
    let mut wanted = application("change", json!({}));
    wanted["organization"]["name"] = json!("广州第1建设集团有限公司");
    wanted["agent"] = json!({ "name": "何接手", "identity_number": "440199196706237621", "phone": "020-38828393" });
    let view = staff.clerk.post("/cases", &wanted).await.expect(201);
    let case = view["acceptance_number"].as_str().unwrap().to_owned();
    let changed = ["单位 广州第1建筑有限公司 → 广州第1建设集团有限公司", "经办人 刘少芬 → 何接手"];
    let (page, sheet) = (format!("/console/cases/{case}"), format!("/console/cases/{case}/materials"));
    for address in [&page, &sheet] {
        assert_eq!(clerk.get(address).await.texts(".changes li"), changed, "{address}");
    }
    let accepted = staff.accept(&case, &view).await;
    if accepted["fee"]["outstanding_fen"] != 0 {
        staff.pay(&accepted).await;
    }
    let hand_over = format!("{page}/handover");
    let before = clerk.get(&hand_over).await;
    assert!(changed.iter().all(|one| before.texts(".foreseen li").concat().contains(one)), "{}", before.html);
    clerk.submit(&before, &hand_over, &[("hand_over", "yes")]).await;
    // It stands there when it is done, too, and in the register's own record.
    assert_eq!(clerk.get(&page).await.texts(".changes li"), changed);
    let register = clerk.get(&format!("/console/certificates/{SERIAL}")).await.texts(".timeline li").concat();
    assert!(changed.iter().all(|one| register.contains(one)), "{register}");
}

async fn the_sheet_names_whose_papers_are_checked(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let clerk = hall.visitor(Role::Clerk).await;
    let case = opened(&clerk, 1).await;
    let page = clerk.get(&format!("/console/cases/{case}/materials")).await;
    let rows = page.texts("th[scope=row]");
    let named = |name: &str| rows.iter().any(|row| row.contains(name) && row.contains("居民身份证"));
    assert!(named("申请人 谭丽") && named("经办人 刘少芬"), "{rows:?}");
    assert!(!page.html.contains("440199196412310694"), "numbers stay masked");
    assert!(page.texts(".stays .bar").concat().contains(&unified_code(1)), "{:?}", page.texts(".stays .bar"));
}

async fn a_loss_is_said_to_suspend_at_once_where_it_is_chosen(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let clerk = hall.visitor(Role::Clerk).await;
    let form = clerk.get("/console/cases/new?case_type=reissue").await;
    assert!(form.texts(".field small").concat().contains("立即挂失停用"), "{}", form.html);
}

async fn what_ends_a_case_is_said_to_end_it_and_who_reads_the_reason(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let clerk = hall.visitor(Role::Clerk).await;
    let address = format!("/console/cases/{}", opened(&clerk, 1).await);
    let said = async |action: &str| clerk.get(&format!("{address}/actions/{action}")).await.texts(".foreseen li");
    let ends = "办件就此结束，不能恢复。";
    assert_eq!(said("reject").await, [ends, "理由原文写入《不予受理通知书》，交给申请人。"]);
    assert_eq!(said("withdraw").await, [ends, "理由记入办理记录，不写入文书。"]);
    assert!(said("correct_application").await.is_empty());
    // The paper is called by the decision; of what the applicant took back nothing is handed out.
    let reject = format!("{address}/actions/reject");
    let done = clerk.submit(&clerk.get(&reject).await, &reject, &[("reason", "不属于发证范围")]).await;
    assert!(done.texts("[data-key=p]")[0].starts_with("打印不予受理通知书"), "{}", done.html);
    let withdrawn = format!("/console/cases/{}", opened(&clerk, 2).await);
    let withdraw = format!("{withdrawn}/actions/withdraw");
    let done = clerk.submit(&clerk.get(&withdraw).await, &withdraw, &[("reason", "申请人撤回")]).await;
    assert!((done.status, done.texts("[data-key=p]")) == (200, Vec::new()), "{}", done.html);
}
