//! The page of a case: what can be done now, and of the rest the nearest with its reason.

use casehall::domain::accounts::role::{Role, Scope};
use reqwest::Method;
use serde_json::json;

use super::{checked, made, opened};
use crate::databases::{TestDatabase, on_both};
use crate::hall::visitor::{Page, Visitor};
use crate::hall::{Hall, application, organization_code, send};

on_both!(
    the_nearest_of_what_is_blocked_is_shown_with_its_reason,
    what_the_button_does_is_offered_once,
    whom_a_case_waits_for_is_said_where_it_is_no_step_of_the_readers,
    a_list_in_order_of_what_is_due_says_that_day,
    what_another_system_calls_a_case_is_shown_and_searched_by,
    what_turns_out_to_be_lacking_is_the_next_step_of_whoever_gives_notice,
    how_the_dates_were_counted_is_told_day_by_day,
    an_organization_code_is_shown_as_it_stands_on_paper,
);

/// What is shown as blocked, and what is folded away.
fn blocked(page: &Page) -> (Vec<String>, Vec<String>) {
    (page.texts("section > ul.actions > li.muted"), page.texts("details > ul.actions > li.muted"))
}

async fn the_nearest_of_what_is_blocked_is_shown_with_its_reason(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let (clerk, producer) = (hall.visitor(Role::Clerk).await, hall.visitor(Role::Producer).await);
    let case = opened(&clerk, 1).await;
    let address = format!("/console/cases/{case}");
    let page = clerk.get(&address).await;
    let (shown, folded) = blocked(&page);
    assert!((3..=4).contains(&shown.len()), "{shown:?}");
    assert!(shown.iter().all(|line| !folded.contains(line)) && folded.len() > shown.len());
    assert!(shown[0].starts_with("材料核验通过"), "what comes next comes first: {shown:?}");
    checked(&clerk, &case).await;
    made(&producer, &case, 1).await;
    let (shown, _) = blocked(&clerk.get(&address).await);
    assert!(shown[0].starts_with("发放证书") && shown[0].contains("费"), "{shown:?}");
}

async fn what_the_button_does_is_offered_once(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let clerk = hall.visitor(Role::Clerk).await;
    let case = opened(&clerk, 1).await;
    let (address, sheet) = (format!("/console/cases/{case}"), format!("/console/cases/{case}/materials"));
    let lacking = clerk.submit(&clerk.get(&sheet).await, &sheet, &[("command", "40+")]).await;
    clerk.submit(&lacking, &sheet, &[]).await;
    let page = clerk.get(&address).await;
    let limit = page.texts("dl.facts dd").into_iter().find(|fact| fact.contains("逐日顺延")).unwrap_or_default();
    assert!(limit.ends_with("暂停计时中，逐日顺延"), "a limit that is paused isn't said as if it ran: {}", page.html);
    assert_eq!(page.texts(".bar .tag")[0], "‖ 3月2日 周一起暂停");
    assert_eq!(page.texts(".button.primary"), ["补正后重新提交 ⏎"]);
    assert_eq!(page.texts("main a").iter().filter(|link| link.starts_with("补正后重新提交")).count(), 1);
}

async fn whom_a_case_waits_for_is_said_where_it_is_no_step_of_the_readers(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let (clerk, producer) = (hall.visitor(Role::Clerk).await, hall.visitor(Role::Producer).await);
    let (supervisor, case) = (hall.visitor(Role::Supervisor).await, opened(&clerk, 1).await);
    let address = format!("/console/cases/{case}");
    let next = async |who: &Visitor<'_>| who.get(&address).await.texts(".sheet > .bar > span.muted");
    assert!(next(&producer).await.contains(&"等窗口人员办理：材料核验通过。".to_owned()));
    let english = hall.visitor(Role::Producer).await.in_english();
    assert!(next(&english).await.contains(&"Waiting for the clerk: Accept the materials.".to_owned()));
    checked(&clerk, &case).await;
    assert!(next(&clerk).await.contains(&"等制证人员办理：登记制证完成。".to_owned()));
    let withdrawn = supervisor.get(&format!("{address}/actions/withdraw")).await;
    supervisor.submit(&withdrawn, &format!("{address}/actions/withdraw"), &[("reason", "不办了")]).await;
    assert!(next(&clerk).await.contains(&"办件已结束，没有后续步骤。".to_owned()));
}

async fn what_another_system_calls_a_case_is_shown_and_searched_by(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let (portal, clerk) = (hall.client("portal", &Scope::ALL).await, hall.visitor(Role::Clerk).await);
    let mut request = application(1);
    (request["reference"], request["metadata"]) = (json!("网办 2026/147"), json!({ "order_id": "A-<1047>" }));
    let opened = portal.post("/cases", &request).await.expect(201);
    let case = opened["acceptance_number"].as_str().unwrap();
    let address = format!("/console/cases/{case}");
    for sought in ["网办 2026/147", " 网办 2026/147 "] {
        let query = serde_urlencoded::to_string([("q", sought)]).unwrap();
        let page = clerk.get(&format!("/console/search?{query}")).await;
        assert_eq!(page.address, address, "{sought}");
        let facts: Vec<(String, String)> =
            page.texts("dl.facts dt").into_iter().zip(page.texts("dl.facts dd")).collect();
        for (name, value) in [("外部编号", "网办 2026/147"), ("order_id", "A-<1047>")] {
            assert!(facts.contains(&(name.to_owned(), value.to_owned())), "{facts:?}");
        }
    }
    let labels = portal.request(Method::PUT, &format!("/cases/{case}/labels")).await.header("If-Match", "\"1\"");
    send(labels.json(&json!({}))).await.expect(200);
    let page = clerk.get(&address).await;
    assert!(!page.texts("dl.facts dt").contains(&"外部编号".to_owned()));
    assert!(
        page.texts("ol.timeline li")[0].starts_with("更改外部编号或附加信息"),
        "{:?}",
        page.texts("ol.timeline li")
    );
}

async fn a_list_in_order_of_what_is_due_says_that_day(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let (clerk, producer) = (hall.visitor(Role::Clerk).await, hall.visitor(Role::Producer).await);
    let case = opened(&clerk, 1).await;
    checked(&clerk, &case).await;
    made(&producer, &case, 1).await;
    let first = clerk.get("/console?list=to_hand_over").await.texts("tbody td").remove(0);
    assert!(first.contains("制成") && first.contains("应办"), "{first}");
    let first = clerk.get("/console?list=mine").await.texts("tbody td");
    assert!(!first.concat().contains("应办"), "what says its limit already says no other day: {first:?}");
}

async fn what_turns_out_to_be_lacking_is_the_next_step_of_whoever_gives_notice(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let (clerk, producer) = (hall.visitor(Role::Clerk).await, hall.visitor(Role::Producer).await);
    let case = opened(&clerk, 1).await;
    checked(&clerk, &case).await;
    let (address, sheet) = (format!("/console/cases/{case}"), format!("/console/cases/{case}/materials"));
    let queue = "/console/production";
    assert!(producer.get(queue).await.texts("td .tag").is_empty());
    clerk.submit(&clerk.get(&sheet).await, &sheet, &[("command", "40")]).await;
    let notice = format!("{address}/actions/request_correction_after_acceptance");
    assert_eq!(clerk.get(&address).await.attributes("a.primary", "href"), [notice]);
    let waits = producer.get(&address).await.texts(".sheet > .bar > span.muted");
    assert!(waits.contains(&"等窗口人员办理：受理后告知补正。".to_owned()), "{waits:?}");
    assert_eq!(producer.get(queue).await.texts("td .tag"), ["▲ 材料还差 1 处，暂不能制证"]);
    // Once the certificate is made, it comes before fee and hand-over, too.
    clerk.submit(&clerk.get(&sheet).await, &sheet, &[("command", "43")]).await;
    made(&producer, &case, 1).await;
    assert!(clerk.get(&address).await.texts("a.primary")[0].starts_with("收费"));
    clerk.submit(&clerk.get(&sheet).await, &sheet, &[("command", "4-")]).await;
    assert!(clerk.get(&address).await.texts("a.primary")[0].starts_with("领取时一次性告知补正"));
}

async fn how_the_dates_were_counted_is_told_day_by_day(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let clerk = hall.visitor(Role::Clerk).await;
    let address = format!("/console/cases/{}", opened(&clerk, 1).await);
    let page = clerk.get(&address).await;
    let days = page.attributes("aside a[href$='/deadline']", "href");
    assert_eq!(days, [format!("{address}/deadline")]);
    let rows = clerk.get(&days[0]).await.texts("tbody tr");
    assert!(rows[0].contains("不计入") && rows[0].contains("收到申请之日"), "{rows:?}");
    let last = rows.last().unwrap();
    assert!(last.starts_with("3月16日 周一") && last.contains("第10个工作日") && last.contains("办结期限"), "{rows:?}");
    let ready = rows.iter().find(|row| row.contains("可领取日期")).unwrap();
    assert!(ready.contains("第7个工作日"), "{ready}");
    assert_eq!(clerk.get("/console/cases/000000000000/deadline").await.status, 404);
}

async fn an_organization_code_is_shown_as_it_stands_on_paper(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let clerk = hall.visitor(Role::Clerk).await;
    let written = |code: String| format!("{}-{}", &code[..8], &code[8..]);
    let case = opened(&clerk, 1).await;
    // A word joiner keeps what belongs together on one line.
    let read = async |page: &str| clerk.get(&format!("/console/cases/{page}")).await.html.replace('\u{2060}', "");
    assert!(read(&case).await.contains(&written(organization_code(1))));
    // Where it is the only code the identity bar and the papers have it, too.
    let mut old = application(2);
    old["organization"] =
        json!({ "name": "广州第2质量站", "organization_code": organization_code(2), "kind": "institution" });
    let opened = hall.staff(Role::Clerk).await.post("/cases", &old).await.expect(201);
    let number = opened["acceptance_number"].as_str().unwrap();
    for page in ["/materials", "/prints/receipt", "/prints/certificate-application-form"] {
        assert!(read(&format!("{number}{page}")).await.contains(&written(organization_code(2))), "{page}");
    }
}
