//! How each case type ends at the counter: in its own words, with what its holder must know, and with the way to the certificate.

use casehall::domain::accounts::role::Role;
use chrono::Duration;
use serde_json::json;

use super::{Page, checked, made, opened, paid};
use crate::case_types::shipped::{SERIAL, Staff, reissue};
use crate::databases::{TestDatabase, on_both};
use crate::hall::Hall;
use crate::hall::furnished::PLAIN;

on_both!(
    each_case_type_on_a_held_certificate_ends_in_its_own_words,
    a_replaced_certificate_is_told_of_beside_the_new_one,
    a_case_and_its_certificates_lead_to_one_another,
    the_steps_tell_when_each_was_first_reached_and_what_was_corrected,
    a_case_that_was_rejected_ends_there,
    nothing_of_a_case_that_has_ended_reads_as_if_somebody_waited_for_it,
    what_was_done_on_a_certificate_reads_as_done,
    what_was_paid_and_who_collected_stands_on_the_page_for_good,
    the_paper_that_follows_is_one_key_away,
    an_unlocking_is_done_by_its_one_key,
);

/// Opens a case on the certificate of the first organization, up to its last step; answers its number.
async fn ready(staff: &Staff<'_>, case_type: &str) -> String {
    let more = match case_type {
        "renew" => json!({ "service_years": 2, "payment_method": "cash" }),
        "change" => json!({ "seal": "4401990012345" }),
        "unlock" => {
            let report = json!({ "locked_at": "2026-03-02T09:00:00+08:00" });
            staff.clerk.post(&format!("/certificates/{SERIAL}/lock-reports"), &report).await;
            json!({})
        }
        _ => json!({}),
    };
    let (case, view) = staff.opened(case_type, more).await;
    let accepted = staff.accept(&case, &view).await;
    if accepted["fee"]["outstanding_fen"] != 0 {
        staff.pay(&accepted).await;
    }
    case
}

async fn each_case_type_on_a_held_certificate_ends_in_its_own_words(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let staff = Staff::of(&hall).await;
    let clerk = hall.visitor(Role::Clerk).await;
    for (case_type, does, state, told) in [
        ("unlock", "解锁", "已解锁", "当场自行设置新密码"),
        ("renew", "续期", "已续期", "自原到期日起顺延2年"),
        ("change", "变更", "已变更", "按本次申请变更"),
        ("revoke", "注销", "已注销", "永久失效"),
    ] {
        let case = ready(&staff, case_type).await;
        let next = clerk.get(&format!("/console/cases/{case}")).await;
        assert!(next.texts(".button.primary")[0].starts_with(does), "{:?}", next.texts(".button.primary"));
        let address = format!("/console/cases/{case}/handover");
        let page = clerk.get(&address).await;
        assert_eq!((page.texts("h1"), page.texts("button.primary")), (vec![does.to_owned()], vec![does.to_owned()]));
        // Nothing is given out, so nobody collects anything; the medium on the counter may be compared.
        assert!(page.attributes("[name=collector]", "value").is_empty());
        let compared = clerk.submit(&page, &address, &[("box", "key-old-0001")]).await;
        assert!(compared.texts(".ready li")[2].contains("扫码核对一致"), "{:?}", compared.texts(".ready li"));
        for page in [&page, &clerk.submit(&compared, &address, &[("hand_over", "yes")]).await] {
            let lines = page.texts(".tell li").join("\n");
            assert!(lines.contains(told) && !lines.contains("24小时") && !lines.contains("初始密码"), "{lines}");
            assert_eq!(lines.contains("输错5次"), case_type != "revoke", "{lines}");
            assert!(!page.html.contains("发放与激活"), "{}", page.html);
        }
        let done = clerk.get(&address).await;
        assert_eq!(done.texts(".saved"), [format!("{state}，今天 10:00 办结。")]);
        // What follows is printed by one key, as on the case.
        let prints = done.attributes("form:has([data-key=p])", "action");
        assert_eq!(
            prints,
            clerk.get(&format!("/console/cases/{case}")).await.attributes("form:has([data-key=p])", "action")
        );
        assert_eq!(prints.len(), 1);
    }
}

async fn a_replaced_certificate_is_told_of_beside_the_new_one(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let staff = Staff::of(&hall).await;
    let (case, view) = staff.opened("reissue", reissue("lost")).await;
    staff.accept(&case, &view).await;
    let clerk = hall.visitor(Role::Clerk).await;
    made(&hall.visitor(Role::Producer).await, &case, 1).await;
    let lines = clerk.get(&format!("/console/cases/{case}/handover")).await.texts(".tell li").join("\n");
    assert!(lines.contains(&format!("原证书{SERIAL}已注销")), "{lines}");
    assert!(lines.contains("24小时") && lines.contains("初始密码"), "{lines}");
}

async fn a_case_and_its_certificates_lead_to_one_another(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let staff = Staff::of(&hall).await;
    let case = ready(&staff, "revoke").await;
    staff.clerk.act(&case, "revoke", &json!({})).await.expect(200);
    let clerk = hall.visitor(Role::Clerk).await;
    let way = clerk.get(&format!("/console/cases/{case}")).await.attributes("a[href*='/certificates/']", "href");
    assert_eq!(way, [format!("/console/certificates/{SERIAL}")]);
    let back = clerk.get(&way[0]).await.attributes("a[href*='/cases/']", "href");
    assert!(back.contains(&format!("/console/cases/{case}")), "{back:?}");
}

async fn the_steps_tell_when_each_was_first_reached_and_what_was_corrected(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let (clerk, api) = (hall.visitor(Role::Clerk).await, hall.staff(Role::Clerk).await);
    let case = opened(&clerk, 1).await;
    let (sheet, page) = (format!("/console/cases/{case}/materials"), format!("/console/cases/{case}"));
    hall.advance(Duration::minutes(10));
    let lacking = clerk.submit(&clerk.get(&sheet).await, &sheet, &[("command", "40+")]).await;
    clerk.submit(&lacking, &sheet, &[]).await;
    let steps = clerk.get(&page).await.texts(".steps li");
    assert_eq!(steps[..3], ["已提交今天 10:00", "待补正今天 10:10", "材料已核验"]);
    assert_eq!(clerk.get(&page).await.texts(".steps [aria-current]"), ["待补正今天 10:10"]);
    hall.advance(Duration::minutes(20));
    api.act(&case, "resubmit", &json!({})).await.expect(200);
    let steps = clerk.get(&page).await.texts(".steps li");
    assert_eq!(steps[..2], ["已提交今天 10:00", "待补正今天 10:10–10:30"]);
    // Where it is stands behind where it was.
    assert_eq!(clerk.get(&page).await.texts(".steps [aria-current]"), ["已提交今天 10:30"]);
    assert_eq!(steps[2..4], ["已提交今天 10:30", "材料已核验"]);
}

async fn a_case_that_was_rejected_ends_there(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let (clerk, api) = (hall.visitor(Role::Clerk).await, hall.staff(Role::Clerk).await);
    let case = opened(&clerk, 1).await;
    api.act(&case, "withdraw", &json!({ "reason": "不办了" })).await.expect(200);
    let page = clerk.get(&format!("/console/cases/{case}")).await;
    assert_eq!(page.texts(".steps li"), ["已提交今天 10:00", "已撤回今天 10:00"]);
    // What is over looks and reads so: no step is under way, nothing is in colour, and no date is still to come.
    assert_eq!(page.texts(".bar .tag"), ["– 今天 10:00 结束"]);
    assert_eq!(page.texts(".bar .tag"), page.texts(".bar .tag.ended"));
    assert_eq!((page.texts(".steps .now").len(), page.texts(".steps .end")), (0, vec!["已撤回今天 10:00".to_owned()]));
    assert!(page.texts(".steps [aria-current]").is_empty() && page.texts("ul.actions li.muted").is_empty());
    let facts = page.texts("dl.facts dt");
    assert!(facts.contains(&"已撤回".to_owned()), "{facts:?}");
    assert!(page.texts("dl.facts dd").concat().contains("无须缴纳"), "{:?}", page.texts("dl.facts dd"));
    assert!(["可领取日期", "办结期限", "未收"].iter().all(|of| !facts.contains(&(*of).to_owned())), "{facts:?}");
    let papers = clerk.get(&format!("/console/cases/{case}/prints")).await;
    assert_eq!(papers.texts(".bar .tag.ended"), ["– 已撤回", "– 今天 10:00 结束"]);
    let page = clerk.get(&format!("/console/cases/{case}/handover")).await;
    assert_eq!((page.texts(".fault li"), page.texts(".saved").len()), (vec!["本办件已结束：已撤回。".to_owned()], 0));
    assert_eq!((page.texts(".bar .tag"), page.texts(".ready li").len()), (vec!["– 已撤回".to_owned()], 0));
}

/// Words that say of a case that somebody waits for something of it, and what holds them without saying so.
const WAITING: [(bool, &[&str], &[&str]); 2] = [
    (
        false,
        &["尚", "还差", "还有", "还需", "还未", "待", "请", "目前不能", "须先"],
        &["申请", "退回待认领", "待发放激活列表", "请告知领取人"],
    ),
    (true, &[" yet", "still", "to be ", "please", "waiting", "needed first"], &[]),
];

/// What a page says of a case as it is now: not what was done to it, what it went through, nor what the holder of a certificate is told.
fn said_now(page: &Page) -> String {
    let mut said = page.texts("main").join("\n");
    for told in ["#timeline", ".steps", ".tell"].iter().flat_map(|told| page.texts(told)) {
        said = said.replace(&told, "");
    }
    said.to_lowercase()
}

async fn nothing_of_a_case_that_has_ended_reads_as_if_somebody_waited_for_it(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let there = hall.furnish(PLAIN).await;
    let (clerk, api) = (hall.visitor(Role::Clerk).await, hall.staff(Role::Clerk).await);
    let mut ended: Vec<String> = ["activated", "rejected", "declined"].map(|name| there.one(name).to_owned()).into();
    let (untouched, lacking, paused) = (opened(&clerk, 51).await, opened(&clerk, 52).await, opened(&clerk, 53).await);
    for (case, command) in [(&lacking, "333+"), (&paused, "40+")] {
        let sheet = format!("/console/cases/{case}/materials");
        let page = clerk.submit(&clerk.get(&sheet).await, &sheet, &[("command", command)]).await;
        if case == &paused {
            clerk.submit(&page, &sheet, &[]).await;
        }
    }
    for case in [untouched, lacking, paused] {
        api.act(&case, "withdraw", &json!({ "reason": "不办了" })).await.expect(200);
        ended.push(case);
    }
    let english = hall.visitor(Role::Clerk).await.in_english();
    let mut found = Vec::new();
    for case in ended {
        for place in ["", "/materials", "/prints", "/handover"] {
            for (is_english, waiting, harmless) in WAITING {
                let reader = if is_english { &english } else { &clerk };
                let mut said = said_now(&reader.get(&format!("/console/cases/{case}{place}")).await);
                harmless.iter().for_each(|word| said = said.replace(word, ""));
                let words = waiting.iter().filter(|word| said.contains(**word));
                found.extend(words.map(|word| format!("\"{word}\" on {case}{place}: {said}")));
            }
        }
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
}

async fn what_was_done_on_a_certificate_reads_as_done(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let staff = Staff::of(&hall).await;
    let clerk = hall.visitor(Role::Clerk).await;
    // A revocation comes last: nothing is done on the certificate after it.
    for case_type in ["unlock", "renew", "change", "revoke"] {
        let case = ready(&staff, case_type).await;
        staff.clerk.act(&case, case_type, &json!({})).await.expect(200);
        let page = clerk.get(&format!("/console/cases/{case}")).await;
        assert!(page.texts(".bar .tag.ended").iter().all(|tag| tag.starts_with('✓')), "{:?}", page.texts(".bar .tag"));
        for place in ["", "/materials", "/prints", "/handover"] {
            let (_, waiting, harmless) = WAITING[0];
            let mut said = said_now(&clerk.get(&format!("/console/cases/{case}{place}")).await);
            harmless.iter().for_each(|word| said = said.replace(word, ""));
            let found: Vec<_> = waiting.iter().filter(|word| said.contains(**word)).collect();
            assert!(found.is_empty(), "{found:?} on {case_type}{place}: {said}");
        }
    }
}

async fn what_was_paid_and_who_collected_stands_on_the_page_for_good(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let (clerk, producer) = (hall.visitor(Role::Clerk).await, hall.visitor(Role::Producer).await);
    let case = opened(&clerk, 1).await;
    checked(&clerk, &case).await;
    paid(&clerk, &case).await;
    made(&producer, &case, 1).await;
    let other = hall.staff(Role::Clerk).await;
    let collector = json!({ "name": "刘少芬", "document_number": "440199196706237621", "document_sighted": true });
    other.act(&case, "record_collector", &json!({ "collector": collector })).await.expect(200);
    for action in ["issue", "activate"] {
        other.act(&case, action, &json!({})).await.expect(200);
    }
    let page = clerk.get(&format!("/console/cases/{case}")).await;
    let facts: Vec<_> = page.texts("dl.facts dt").into_iter().zip(page.texts("dl.facts dd")).collect();
    assert!(facts.contains(&("已收".to_owned(), "600.00 元".to_owned())), "{facts:?}");
    let collected = "领取人 刘少芬（440***********7621）";
    assert!(page.texts("ol.timeline li").iter().any(|moment| moment.contains(collected)), "{}", page.html);
}

async fn the_paper_that_follows_is_one_key_away(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let clerk = hall.visitor(Role::Clerk).await;
    let case = opened(&clerk, 1).await;
    let page = clerk.get(&format!("/console/cases/{case}")).await;
    assert_eq!(page.texts("[data-key=p]"), ["打印收件回执 p"]);
    checked(&clerk, &case).await;
    let page = clerk.get(&format!("/console/cases/{case}")).await;
    assert_eq!(page.texts("[data-key=p]"), ["打印受理通知书 p"]);
    let printed = clerk.submit(&page, &format!("/console/cases/{case}/prints/notice-of-acceptance"), &[]).await;
    assert_eq!(printed.status, 200);
    // Of money that was just taken, the receipt.
    paid(&clerk, &case).await;
    let page = clerk.get(&format!("/console/cases/{case}")).await;
    assert_eq!(page.texts("[data-key=p]"), ["打印收费凭据 p"]);
}

async fn an_unlocking_is_done_by_its_one_key(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let staff = Staff::of(&hall).await;
    let case = ready(&staff, "unlock").await;
    let clerk = hall.visitor(Role::Clerk).await;
    let address = format!("/console/cases/{case}/handover");
    let page = clerk.get(&address).await;
    assert!(page.texts("#box-help")[0].starts_with("按 1 再回车：解锁"), "{:?}", page.texts("#box-help"));
    let done = clerk.submit(&page, &address, &[("box", "１")]).await;
    assert_eq!((done.status, done.texts(".saved")), (200, vec!["已解锁，今天 10:00 办结。".to_owned()]));
    let certificate = clerk.get(&format!("/console/certificates/{SERIAL}")).await;
    assert!(certificate.texts(".bar .tag")[0].contains("使用中"), "{:?}", certificate.texts(".bar .tag"));
}
