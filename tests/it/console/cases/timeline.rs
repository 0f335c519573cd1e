//! What the page of a case says of what was done to it.

use casehall::domain::accounts::role::Role;
use chrono::Duration;

use super::{checked, opened};
use crate::databases::{TestDatabase, on_both};
use crate::hall::{CENTER, Hall};

on_both!(
    whoever_takes_or_gives_a_case_is_told_so_and_the_timeline_names_it,
    what_was_done_is_told_as_past_and_days_are_near_or_whole,
    what_was_found_is_told_of_rows_in_order_too_and_what_did_not_change_as_that,
    what_was_remarked_of_a_row_is_told_with_what_was_found,
    what_was_changed_is_told_as_it_was_and_as_it_is,
    a_further_notice_tells_why_it_comes_only_now,
);

async fn whoever_takes_or_gives_a_case_is_told_so_and_the_timeline_names_it(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let (clerk, supervisor) = (hall.visitor(Role::Clerk).await, hall.visitor(Role::Supervisor).await);
    let case = opened(&clerk, 1).await;
    let address = format!("/console/cases/{case}");
    let page = clerk.submit(&clerk.get(&address).await, &format!("{address}/claim"), &[]).await;
    assert_eq!((page.status, page.texts(".saved")), (200, vec!["已办理：认领。".to_owned()]));
    assert!(page.texts(".timeline li")[0].starts_with("认领"), "{:?}", page.texts(".timeline li"));
    assert!(page.attributes("select[name=assignee]", "name").is_empty(), "clerks give no cases to others");
    hall.named("window-2", "何接手", &[Role::Clerk], Some(CENTER)).await;
    hall.named("maker-2", "李制证", &[Role::Producer], Some(CENTER)).await;
    let page = supervisor.get(&address).await;
    assert_eq!(page.texts("select[name=assignee] option")[1..], ["何接手（窗口人员）"], "who checks papers, by role");
    let to = page.attributes("select[name=assignee] option", "value").pop().unwrap();
    let given = supervisor.submit(&page, "/console/cases/assign", &[("assignee", &to)]).await;
    assert_eq!((given.status, given.texts(".saved").len()), (200, 1), "{}", given.html);
    assert!(given.texts(".timeline li")[0].starts_with("指派给"), "{:?}", given.texts(".timeline li"));
    // To nobody, it says so on the same page.
    let refused = supervisor.submit(&given, "/console/cases/assign", &[("assignee", "")]).await;
    assert_eq!((refused.status, refused.texts("[role=alert] li").len()), (422, 1), "{}", refused.html);
}

async fn what_was_done_is_told_as_past_and_days_are_near_or_whole(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let clerk = hall.visitor(Role::Clerk).await;
    let case = opened(&clerk, 1).await;
    checked(&clerk, &case).await;
    let address = format!("/console/cases/{case}");
    let english = hall.visitor(Role::Clerk).await.in_english();
    let told = english.get(&address).await.texts(".timeline li");
    assert!(told[0].starts_with("Materials accepted") && told.last().unwrap().starts_with("Case opened"), "{told:?}");
    assert_eq!(
        english.get(&address).await.texts(".steps li")[0],
        "SubmittedToday 10:00",
        "a cell begins with a capital"
    );
    for (days, wanted) in [(1, "昨天 10:00"), (1, "3月2日 周一 10:00")] {
        hall.advance(Duration::days(days));
        let steps = hall.visitor(Role::Clerk).await.get(&address).await.texts(".steps li");
        assert_eq!(steps[0], format!("已提交{wanted}"));
    }
}

async fn what_was_found_is_told_of_rows_in_order_too_and_what_did_not_change_as_that(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let clerk = hall.visitor(Role::Clerk).await;
    let case = opened(&clerk, 1).await;
    let (address, sheet) = (format!("/console/cases/{case}"), format!("/console/cases/{case}/materials"));
    let last = async || clerk.get(&address).await.texts(".timeline li").remove(0);
    clerk.submit(&clerk.get(&sheet).await, &sheet, &[("command", "4- 53")]).await;
    let told = last().await;
    assert!(told.contains("单位法人电子印章申请表：收到3份、盖章2份"), "{told}");
    assert!(told.contains("电子印章使用协议书：齐全"), "{told}");
    hall.advance(Duration::minutes(1));
    clerk.submit(&clerk.get(&sheet).await, &sheet, &[("command", "+")]).await;
    assert!(last().await.contains("第1、2、3、7、8、9项齐全"), "{}", last().await);
    hall.advance(Duration::minutes(1));
    let page = clerk.get(&sheet).await;
    let remark = page.attributes("[name^='remark.']", "name").remove(3);
    clerk.submit(&page, &sheet, &[(&remark, "封面有折痕"), ("save", "yes")]).await;
    assert!(last().await.contains("单位法人电子印章申请表：备注“封面有折痕”"), "{}", last().await);
    hall.advance(Duration::minutes(1));
    clerk.submit(&clerk.get(&sheet).await, &sheet, &[("command", "43")]).await;
    assert!(last().await.contains("单位法人电子印章申请表：盖章2份 → 盖章3份"), "{}", last().await);
}

async fn what_was_remarked_of_a_row_is_told_with_what_was_found(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let clerk = hall.visitor(Role::Clerk).await;
    let case = opened(&clerk, 1).await;
    let (address, sheet) = (format!("/console/cases/{case}"), format!("/console/cases/{case}/materials"));
    let page = clerk.get(&sheet).await;
    let remarks = page.attributes("[name^='remark.']", "name");
    let typed = [("command", "40 +"), (remarks[3].as_str(), "下周补交"), (remarks[4].as_str(), "第二份是复印件")];
    let checked = clerk.submit(&page, &sheet, &typed).await;
    // The verdict is the notice: with every lack goes what was remarked of it.
    assert!(
        checked.texts("#verdict")[0].contains("④《单位法人电子印章申请表》缺3份（下周补交）。"),
        "{:?}",
        checked.texts("#verdict")
    );
    let told = clerk.get(&address).await.texts(".timeline li").remove(0);
    assert!(told.contains("收到0份、盖章0份（备注：下周补交）"), "{told}");
    assert!(told.contains("（备注：第二份是复印件）"), "{told}");
}

async fn what_was_changed_is_told_as_it_was_and_as_it_is(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let (clerk, supervisor) = (hall.visitor(Role::Clerk).await, hall.visitor(Role::Supervisor).await);
    let case = opened(&clerk, 1).await;
    let address = format!("/console/cases/{case}");
    for (who, action, typed, told) in [
        (
            &clerk,
            "correct_application",
            vec![
                ("correction/organization/name", "广州新名建筑有限公司"),
                ("correction/applicant/phone", "13912345678"),
            ],
            vec![
                "单位名称：广州第1建筑有限公司 → 广州新名建筑有限公司",
                "申请人的电话：138****8000 → 139****5678",
                "更名",
            ],
        ),
        (
            &supervisor,
            "waive_fee",
            vec![("waiver/item", "medium"), ("waiver/amount_fen", "50")],
            vec!["证书介质费减免 50.00 元，凭据 JM20260302-0001", "更名"],
        ),
        (
            &supervisor,
            "extend_limit",
            vec![("limit", "2026-03-20")],
            vec!["办结期限：3月16日 周一 → 3月20日 周五", "延长 4 个工作日", "更名"],
        ),
    ] {
        hall.advance(Duration::minutes(1));
        let page = format!("{address}/actions/{action}");
        let typed = [typed, vec![("reason", "更名")]].concat();
        let done = who.submit(&who.get(&page).await, &page, &typed).await;
        assert_eq!(done.status, 200, "{}", done.html);
        let moment = done.texts(".timeline li").remove(0);
        assert!(told.iter().all(|line| moment.contains(line)), "{action}: {moment}");
    }
}

async fn a_further_notice_tells_why_it_comes_only_now(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let (clerk, supervisor) = (hall.visitor(Role::Clerk).await, hall.visitor(Role::Supervisor).await);
    let case = opened(&clerk, 1).await;
    let (address, sheet) = (format!("/console/cases/{case}"), format!("/console/cases/{case}/materials"));
    let lacking = clerk.submit(&clerk.get(&sheet).await, &sheet, &[("command", "4- +")]).await;
    let given = clerk.submit(&lacking, &sheet, &[]).await;
    assert!(given.texts(".timeline li")[0].contains("第1次告知，共1处：第4项"), "{:?}", given.texts(".timeline li"));
    hall.advance(Duration::minutes(1));
    let back = format!("{address}/actions/resubmit");
    clerk.submit(&clerk.get(&back).await, &back, &[]).await;
    clerk.submit(&clerk.get(&sheet).await, &sheet, &[("command", "43 8/2")]).await;
    let page = format!("{address}/actions/request_further_correction");
    let given = supervisor.submit(&supervisor.get(&page).await, &page, &[("reason", "首次漏看有效期")]).await;
    let told = given.texts(".timeline li").remove(0);
    assert!(told.contains("第2次告知，共1处：第8项") && told.contains("首次漏看有效期"), "{}", given.html);
    // What isn't titled doesn't run into what is said of it.
    let verdict = "⑧申请人（及经办人）有效身份证件·申请人：证件已过有效期";
    assert!(given.html.replace('\u{2060}', "").contains(verdict), "{}", given.html);
}
