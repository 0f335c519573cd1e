//! Notices: of acceptance, of what is to be corrected, of refusal.

use casehall::domain::accounts::role::Role;
use serde_json::json;

use super::{one_copy_short, opened};
use crate::databases::{TestDatabase, on_both};
use crate::hall::{Hall, all_in_order, application};

on_both!(
    a_notice_of_refusal_gives_reason_and_remedy,
    what_a_notice_says_is_what_the_verdict_says,
    the_notice_of_acceptance_is_of_what_is_applied_for_by_now,
    a_remark_stands_with_what_is_lacking_and_for_a_reason_without_words_alone,
);

async fn a_notice_of_refusal_gives_reason_and_remedy(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let clerk = hall.staff(Role::Clerk).await;
    let visitor = hall.visitor(Role::Clerk).await;
    let (rejected, _) = opened(&clerk, &application(1)).await;
    let reason = json!({ "reason": "不属于本大厅受理范围\n请到番禺网点申请" });
    clerk.act(&rejected, "reject", &reason).await.expect(200);
    let page = visitor.get(&format!("/console/cases/{rejected}/prints/notice-of-refusal")).await;
    assert_eq!(page.texts("h1"), ["不予受理通知书"]);
    assert!(page.texts("p.indent").contains(&"请到番禺网点申请".to_owned()), "its lines stay lines");
    let text = page.texts("article").concat();
    assert!(text.contains("不属于本大厅受理范围") && text.contains("60日") && text.contains("6个月"), "{text}");
    let (declined, case) = opened(&clerk, &application(2)).await;
    clerk.act(&declined, "record_materials", &all_in_order(&case)).await.expect(200);
    clerk.act(&declined, "accept_materials", &json!({})).await.expect(200);
    clerk.act(&declined, "decline", &json!({ "reason": "材料与事实不符" })).await.expect(200);
    let page = visitor.get(&format!("/console/cases/{declined}/prints/notice-of-refusal")).await;
    assert_eq!(page.texts("h1"), ["不予办理通知书"]);
    // Whoever withdraws isn't refused.
    let (withdrawn, _) = opened(&clerk, &application(3)).await;
    clerk.act(&withdrawn, "withdraw", &json!({ "reason": "申请人撤回" })).await.expect(200);
    assert_eq!(visitor.get(&format!("/console/cases/{withdrawn}/prints/notice-of-refusal")).await.status, 422);
}

async fn what_a_notice_says_is_what_the_verdict_says(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let clerk = hall.staff(Role::Clerk).await.in_chinese();
    let (number, case) = opened(&clerk, &application(1)).await;
    one_copy_short(&clerk, &number, &case).await;
    let told = clerk.get(&format!("/cases/{number}")).await.expect(200)["materials"]["missing"].clone();
    let rows: Vec<String> = told.as_array().unwrap().iter().map(|one| one["number"].to_string()).collect();
    let told: Vec<&str> = told.as_array().unwrap().iter().map(|one| one["words"]["zh"].as_str().unwrap()).collect();
    let visitor = hall.visitor(Role::Clerk).await;
    let page = visitor.get(&format!("/console/cases/{number}/prints/one-time-notice")).await;
    // Number, document and what is to be corrected have a column each; how many copies are asked for, and there, stands behind.
    let (documents, to_correct) =
        (page.texts("table.listed td:nth-child(2)"), page.texts("table.listed td:last-child"));
    for (said, (document, what)) in told.iter().zip(documents.iter().zip(&to_correct)) {
        let said = said.trim_start_matches(|c| ('①'..='⑳').contains(&c));
        let (what, copies) = what.split_once('（').unwrap_or((what, ""));
        // In a sentence something stands between a document without 《》 and what is wrong with it, here the columns do.
        assert_eq!(said.replacen('：', "", 1), format!("{document}{what}"));
        assert!(copies.is_empty() || copies.starts_with("应3份，") || copies.starts_with("应1份，"), "{copies}");
    }
    assert!(to_correct.contains(&"缺1份（应3份，收到2份）".to_owned()), "{to_correct:?}");
    assert_eq!(
        (page.texts("table.listed td:first-child"), page.texts("h1 + p")),
        (rows, vec!["（第1次告知）".to_owned()])
    );
    // What is in order is told behind what isn't.
    let english =
        visitor.in_english().get(&format!("/console/cases/{number}/prints/one-time-notice?language=en")).await;
    assert!(!english.texts("article p").iter().any(|text| text.contains("item") && text.contains("in order and")));
    assert!(page.texts("article p").concat().contains("一次性告知如下，共8处"), "{:?}", page.texts("article p"));
}

async fn the_notice_of_acceptance_is_of_what_is_applied_for_by_now(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let clerk = hall.staff(Role::Clerk).await;
    let (number, case) = opened(&clerk, &application(1)).await;
    clerk.act(&number, "record_materials", &all_in_order(&case)).await.expect(200);
    clerk.act(&number, "accept_materials", &json!({})).await.expect(200);
    let visitor = hall.visitor(Role::Clerk).await;
    let notice = format!("/console/cases/{number}/prints/notice-of-acceptance");
    assert_eq!(visitor.get(&notice).await.status, 200);
    let correction = json!({ "correction": { "organization": application(2)["organization"] }, "reason": "单位录错" });
    let back = clerk.act(&number, "correct_application", &correction).await.expect(200);
    assert_eq!(visitor.get(&notice).await.status, 422, "nobody has accepted the papers of the other organization");
    hall.advance(chrono::Duration::days(1));
    clerk.act(&number, "record_materials", &all_in_order(&back)).await.expect(200);
    clerk.act(&number, "accept_materials", &json!({})).await.expect(200);
    // Their session ended with the day.
    let text = hall.visitor(Role::Clerk).await.get(&notice).await.texts("article").concat();
    assert!(text.contains("广州第2建筑有限公司") && text.contains("2026年3月3日"), "{text}");
}

async fn a_remark_stands_with_what_is_lacking_and_for_a_reason_without_words_alone(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let clerk = hall.staff(Role::Clerk).await.in_chinese();
    let (number, case) = opened(&clerk, &application(1)).await;
    let mut found = all_in_order(&case);
    let sheets = found["materials"].as_array_mut().unwrap();
    (sheets[0]["reason"], sheets[0]["remark"]) = (json!("other"), json!("第三页漏签"));
    (sheets[1]["copies_received"], sheets[1]["copies_stamped"]) = (json!(2), json!(1));
    sheets[1]["remark"] = json!("下周补交");
    clerk.act(&number, "record_materials", &found).await.expect(200);
    let told = clerk.get(&format!("/cases/{number}")).await.expect(200)["materials"]["verdict"]["zh"].clone();
    let told = told.as_str().unwrap();
    assert!(told.contains("①《机构证书申请表》：第三页漏签；"), "{told}");
    assert!(
        told.contains("②《电子认证用户责任书》缺1份；②《电子认证用户责任书》1份未盖单位公章（下周补交）。"),
        "{told}"
    );
    clerk.act(&number, "request_correction", &json!({})).await.expect(200);
    let page = hall.visitor(Role::Clerk).await.get(&format!("/console/cases/{number}/prints/one-time-notice")).await;
    let told = page.texts("table.listed td:last-child");
    assert_eq!(told[0], "第三页漏签");
    assert!(told[2].contains("（下周补交）") && !page.html.contains("其他（见备注）"), "{told:?}");
}
