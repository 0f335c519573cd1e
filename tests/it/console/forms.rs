//! Forms, whatever they are of: what is refused stays on its page, and no end of a session loses what was typed.

use casehall::domain::accounts::role::Role;
use chrono::Duration;
use serde_json::json;

use super::cases::{NEW, number_of, opened, send, typed};
use crate::databases::{TestDatabase, on_both};
use crate::hall::visitor::{Page, Visitor};
use crate::hall::{CENTER, Hall, PASSWORD};

on_both!(
    what_was_typed_into_a_page_whose_session_had_ended_is_there_after_signing_in,
    a_command_typed_before_a_session_ended_stands_in_its_box_again,
    a_page_of_before_a_new_sign_in_comes_back_as_it_was_typed,
    whoever_else_signs_in_does_nothing_of_it,
    a_password_is_never_carried,
    nothing_that_another_site_sends_is_carried,
    a_page_of_before_changes_nothing_whatever_its_form,
    a_refused_claim_and_release_stay_on_the_case,
    a_refused_confirmation_stays_on_the_check_sheet,
    an_action_that_somebody_was_quicker_with_keeps_what_was_typed,
    every_fault_of_an_action_stands_at_its_field,
    money_is_taken_on_one_page,
    what_is_left_blank_is_asked_for_by_its_name,
    what_one_did_oneself_since_is_no_others_change,
    a_correction_asks_for_what_changes_only,
    what_is_sent_twice_is_done_once_and_answered_as_the_first_time,
);

const SIGN_IN: &str = "/console/sign-in";

async fn clerk<'a>(hall: &'a Hall, name: &str) -> Visitor<'a> {
    hall.named(name, "陈晓明", &[Role::Clerk], Some(CENTER)).await;
    hall.visitor_named(name).await
}

pub(crate) async fn sign_in(by: &Visitor<'_>, page: &Page, name: &str) -> Page {
    by.submit(page, SIGN_IN, &[("username", name), ("password", PASSWORD)]).await
}

pub(crate) fn says_that_nothing_was_saved(page: &Page) {
    assert_eq!(page.status, 422, "{}", page.html);
    assert!(
        page.texts("[role=alert] li").iter().any(|told| told.contains("内容尚未保存，仍保留在下面")),
        "{}",
        page.html
    );
}

async fn what_was_typed_into_a_page_whose_session_had_ended_is_there_after_signing_in(database: TestDatabase) {
    let hall = Hall::with(database, &[("SESSIONS__IDLE_MINUTES", "60")]).await;
    let clerk = clerk(&hall, "chen").await;
    let case = opened(&clerk, 1).await;
    let address = format!("/console/cases/{case}/payment");
    let page = clerk.get(&address).await;
    hall.advance(Duration::minutes(61));
    let typed = [("amount_fen", "250"), ("method", "card"), ("window", "3 & \"号\"")];
    let asked = clerk.submit(&page, &address, &typed).await;
    assert_eq!((asked.status, asked.texts("h1")), (401, vec!["登录".to_owned()]));
    assert_eq!(asked.texts("[role=status]").len(), 1, "{}", asked.html);
    let wrong = clerk.submit(&asked, SIGN_IN, &[("username", "chen"), ("password", "guessed")]).await;
    let back = sign_in(&clerk, &wrong, "chen").await;
    assert_eq!(back.address, address);
    says_that_nothing_was_saved(&back);
    assert!(!back.html.contains(PASSWORD));
    assert_eq!(back.attributes("[name=amount_fen]", "value"), ["250"]);
    assert_eq!(back.attributes("[name=method][checked]", "value"), ["card"]);
    assert_eq!(back.attributes("[name=window]", "value"), ["3 & \"号\""]);
    assert_eq!(clerk.get(&address).await.attributes("[name=amount_fen]", "value"), ["600.00"], "nothing was taken");
    let taken = clerk.submit(&back, &address, &[]).await;
    assert_eq!(number_of(&taken), case);
    assert_eq!(clerk.get(&address).await.attributes("[name=amount_fen]", "value"), ["350.00"]);
}

async fn a_command_typed_before_a_session_ended_stands_in_its_box_again(database: TestDatabase) {
    let hall = Hall::with(database, &[("SESSIONS__IDLE_MINUTES", "60")]).await;
    let clerk = clerk(&hall, "chen").await;
    let sheet = format!("/console/cases/{}/materials", opened(&clerk, 1).await);
    let page = clerk.get(&sheet).await;
    hall.advance(Duration::minutes(61));
    let back = sign_in(&clerk, &clerk.submit(&page, &sheet, &[("command", "4- +")]).await, "chen").await;
    says_that_nothing_was_saved(&back);
    assert_eq!(
        (back.attributes("#command", "value"), back.texts("[role=alert] li").len()),
        (vec!["4- +".to_owned()], 1)
    );
    let saved = clerk.submit(&back, &sheet, &[]).await;
    assert_eq!(
        (saved.texts(".saved"), saved.attributes("#command", "value").len()),
        (vec!["已保存 8 项。".to_owned()], 0)
    );
}

async fn a_page_of_before_a_new_sign_in_comes_back_as_it_was_typed(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let clerk = clerk(&hall, "chen").await;
    let case = opened(&clerk, 1).await;
    let action = format!("/console/cases/{case}/actions/withdraw");
    let page = clerk.get(&action).await;
    // Beside it, somebody signed out and in again.
    let desk = clerk.get("/console").await;
    let asked = clerk.submit(&desk, "/console/sign-out", &[]).await;
    sign_in(&clerk, &asked, "chen").await;
    let back = clerk.submit(&page, &action, &[("reason", "申请人来电撤回")]).await;
    says_that_nothing_was_saved(&back);
    assert_eq!(back.texts("[name=reason]"), ["申请人来电撤回"]);
    assert_eq!(number_of(&clerk.submit(&back, &action, &[]).await), case);
}

async fn whoever_else_signs_in_does_nothing_of_it(database: TestDatabase) {
    let hall = Hall::with(database, &[("SESSIONS__IDLE_MINUTES", "60")]).await;
    let visitor = clerk(&hall, "chen").await;
    hall.named("wang", "王芳", &[Role::SecurityAdministrator], None).await;
    let case = opened(&visitor, 1).await;
    let address = format!("/console/cases/{case}/payment");
    let page = visitor.get(&address).await;
    hall.advance(Duration::minutes(61));
    let asked = visitor.submit(&page, &address, &[("window", "3")]).await;
    // Who may not even see the page is refused as ever.
    assert!([403, 404].contains(&sign_in(&visitor, &asked, "wang").await.status));
}

async fn a_password_is_never_carried(database: TestDatabase) {
    let hall = Hall::with(database, &[("SESSIONS__IDLE_MINUTES", "60")]).await;
    let clerk = clerk(&hall, "chen").await;
    let address = "/console/account/password";
    let page = clerk.get(address).await;
    hall.advance(Duration::minutes(61));
    let typed = [("old_password", PASSWORD), ("new_password", "four calm herons at dusk")];
    let asked = clerk.submit(&page, address, &typed).await;
    assert_eq!(asked.texts("h1"), ["登录"]);
    assert!(!asked.html.contains("herons") && !asked.html.contains(PASSWORD));
}

async fn nothing_that_another_site_sends_is_carried(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let own = clerk(&hall, "chen").await;
    let case = opened(&own, 1).await;
    let address = format!("/console/cases/{case}/payment");
    let fields = own.get(&address).await.fields(&address);
    // A browser sends another site's form without the cookies of this one; another browser has others.
    let (stranger, other) = (hall.stranger(), clerk(&hall, "wang").await);
    let asked = stranger.post(&address, &fields).await;
    assert_eq!((asked.status, asked.html.as_str()), (303, ""));
    assert_eq!(other.post(&address, &fields).await.status, 403);
    for key in ["", ".", "x", "x."] {
        let forged = [("form_key".to_owned(), key.to_owned()), ("window".to_owned(), "3".to_owned())];
        assert_eq!(own.post(&address, &forged).await.status, 403, "{key}");
        assert_eq!(stranger.post(&address, &forged).await.status, 303, "{key}");
    }
}

async fn a_page_of_before_changes_nothing_whatever_its_form(database: TestDatabase) {
    let hall = Hall::open(database).await;
    hall.register(&crate::certificates::register::registration(1)).await;
    let supervisor = hall.named("li", "李强", &[Role::Supervisor], Some(CENTER)).await.name().to_owned();
    let security = hall.named("zhou", "周敏", &[Role::SecurityAdministrator], None).await.name().to_owned();
    let case = opened(&clerk(&hall, "chen").await, 2).await;
    let certificate = "/console/certificates/GZ2013-0001";
    type Sent<'a> = (&'a str, String, String, &'a [(&'a str, &'a str)]);
    let forms: [Sent<'_>; 6] = [
        ("chen", format!("/console/cases/{case}"), format!("/console/cases/{case}/claim"), &[]),
        (
            "chen",
            format!("/console/cases/{case}/materials"),
            format!("/console/cases/{case}/materials"),
            &[("command", "+")],
        ),
        (supervisor.as_str(), certificate.to_owned(), format!("{certificate}/loss-reports"), &[("reason", "来电挂失")]),
        (
            supervisor.as_str(),
            "/console/cases".to_owned(),
            "/console/cases/assign".to_owned(),
            &[("case", case.as_str()), ("assignee", "nobody"), ("reason", "试试")],
        ),
        (
            security.as_str(),
            "/console/users/new".to_owned(),
            "/console/users/new".to_owned(),
            &[("username", "zhang"), ("display_name", "张伟"), ("roles", "clerk"), ("outlet", CENTER)],
        ),
        (
            security.as_str(),
            "/console/systems/new".to_owned(),
            "/console/systems/new".to_owned(),
            &[("client_id", "portal"), ("name", "门户"), ("scopes", "cases:read")],
        ),
    ];
    for (name, shown, action, typed) in forms {
        let visitor = hall.visitor_named(name).await;
        let page = visitor.get(&shown).await;
        let asked = visitor.submit(&visitor.get("/console/account").await, "/console/sign-out", &[]).await;
        sign_in(&visitor, &asked, name).await;
        let back = visitor.submit(&page, &action, typed).await;
        assert_eq!(back.status, 422, "{action}: {}", back.html);
        assert!(back.html.contains("内容尚未保存，仍保留在下面"), "{action}: {}", back.html);
    }
    let view = hall.staff(Role::Clerk).await.get(&format!("/cases/{case}")).await.expect(200);
    assert_eq!(view["assignee"], json!(null));
    let security = hall.visitor_named(&security).await;
    assert!(!security.get("/console/users").await.html.contains("zhang"));
    assert!(!security.get("/console/systems").await.html.contains("portal"));
}

async fn a_refused_claim_and_release_stay_on_the_case(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let (one, other) = (hall.visitor(Role::Clerk).await, hall.visitor(Role::Clerk).await);
    let case = opened(&one, 1).await;
    let address = format!("/console/cases/{case}");
    let (claim, release) = (format!("{address}/claim"), format!("{address}/release"));
    let (seen, seen_too) = (one.get(&address).await, other.get(&address).await);
    let claimed = one.submit(&seen, &claim, &[]).await;
    let late = other.submit(&seen_too, &claim, &[]).await;
    assert_eq!((late.status, late.texts("[role=alert] li").len()), (422, 1));
    assert!(late.texts("[role=alert] li")[0].contains("他人已作修改") && late.texts("h1").len() == 1);
    let beside = one.get(&address).await;
    one.submit(&claimed, &release, &[]).await;
    let again = one.submit(&beside, &release, &[]).await;
    assert_eq!((again.status, again.texts("[role=alert] li").len()), (422, 1));
}

async fn a_refused_confirmation_stays_on_the_check_sheet(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let (one, other) = (hall.visitor(Role::Clerk).await, hall.visitor(Role::Clerk).await);
    let case = opened(&one, 1).await;
    let sheet = format!("/console/cases/{case}/materials");
    let page = one.submit(&one.get(&sheet).await, &sheet, &[("command", "+")]).await;
    other.submit(&other.get(&sheet).await, &sheet, &[("command", "41")]).await;
    let asked = one.submit(&page, &sheet, &[]).await;
    assert_eq!((asked.status, asked.texts("[role=alert] li").len()), (422, 1), "{}", asked.html);
    assert!(asked.texts("tbody tr").len() > 3);
}

async fn an_action_that_somebody_was_quicker_with_keeps_what_was_typed(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let (one, other) = (hall.visitor(Role::Clerk).await, hall.visitor(Role::Clerk).await);
    let case = opened(&one, 1).await;
    let action = format!("/console/cases/{case}/actions/withdraw");
    let page = one.get(&action).await;
    let address = format!("/console/cases/{case}");
    other.submit(&other.get(&address).await, &format!("{address}/claim"), &[]).await;
    let stale = one.submit(&page, &action, &[("reason", "申请人来电撤回")]).await;
    assert_eq!((stale.status, stale.texts("[name=reason]")), (422, vec!["申请人来电撤回".to_owned()]));
    assert!(stale.texts("[role=alert] li")[0].contains("他人已作修改"), "{}", stale.html);
    assert_eq!(number_of(&one.submit(&stale, &action, &[]).await), case);
}

async fn every_fault_of_an_action_stands_at_its_field(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let clerk = hall.visitor(Role::Clerk).await;
    let case = opened(&clerk, 1).await;
    let action = format!("/console/cases/{case}/actions/withdraw");
    let blank = clerk.submit(&clerk.get(&action).await, &action, &[("reason", " ")]).await;
    assert_eq!((blank.status, blank.attributes("[role=alert] a", "href")), (422, vec!["#reason".to_owned()]));
    assert_eq!(blank.texts("#reason-fault"), ["请填写此项"]);
}

async fn money_is_taken_on_one_page(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let clerk = hall.visitor(Role::Clerk).await;
    let case = opened(&clerk, 1).await;
    let page = clerk.get(&format!("/console/cases/{case}/actions/record_payment")).await;
    assert_eq!(page.address, format!("/console/cases/{case}/payment"));
}

async fn what_is_left_blank_is_asked_for_by_its_name(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let clerk = hall.visitor(Role::Clerk).await;
    let form = clerk.get(&format!("{NEW}?case_type=new-certificate")).await;
    let page = clerk.submit(&form, NEW, &[("submit", "yes"), ("agent", "other")]).await;
    let told = page.texts("[role=alert] li");
    for line in [
        "请填写单位名称",
        "请填写申请人的姓名",
        "请填写申请人的证件号码",
        "请填写经办人的手机或固定电话",
        "请选择服务年限",
        "请勾选“电子认证用户责任书”",
    ] {
        assert!(told.contains(&line.to_owned()), "{line}: {told:?}");
    }
    // In the order in which the fields stand on the page.
    let fields = page.attributes("main [id]", "id");
    let at: Vec<usize> = page
        .attributes("[role=alert] a", "href")
        .iter()
        .map(|to| fields.iter().position(|id| *id == to[1..]).unwrap_or_else(|| panic!("{to}: {fields:?}")))
        .collect();
    assert!(at.len() > 8 && at.is_sorted(), "{told:?}");
    assert!(!told.concat().contains("无法打印") && !told.concat().contains("位数"), "{told:?}");
    assert_eq!(page.texts("#applicant-identity_number-fault"), ["请填写此项"]);
    let case = opened(&clerk, 1).await;
    let action = format!("/console/cases/{case}/actions/withdraw");
    let blank = clerk.submit(&clerk.get(&action).await, &action, &[("reason", " ")]).await;
    assert_eq!(blank.texts("[role=alert] li"), ["请填写理由"]);
    let english = hall.visitor(Role::Clerk).await.in_english();
    let blank = english.submit(&english.get(&action).await, &action, &[("reason", "")]).await;
    assert_eq!(blank.texts("[role=alert] li"), ["Reason: please fill this in"]);
}

async fn what_one_did_oneself_since_is_no_others_change(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let (own, other) = (hall.visitor(Role::Clerk).await, hall.visitor(Role::Clerk).await);
    let case = opened(&own, 1).await;
    let payment = format!("/console/cases/{case}/payment");
    let (page, beside, others) = (own.get(&payment).await, own.get(&payment).await, other.get(&payment).await);
    own.submit(&page, &payment, &[]).await;
    // From another window of the browser.
    let again = own.submit(&beside, &payment, &[]).await;
    let told = again.texts("[role=alert] li").concat();
    assert!(
        told.contains("您本人已办理：") && told.contains("600.00 元") && told.contains("SK20260302-0001"),
        "{told}"
    );
    assert!(!told.contains("他人"), "{told}");
    assert!(other.submit(&others, &payment, &[]).await.texts("[role=alert] li").concat().contains("他人已作修改"));
    let view = hall.staff(Role::Clerk).await.get(&format!("/cases/{case}")).await.expect(200);
    assert_eq!(view["fee"]["payments"].as_array().map(Vec::len), Some(1));
    let withdrawal = format!("/console/cases/{case}/actions/withdraw");
    let before = other.get(&withdrawal).await;
    other
        .submit(&other.get(&format!("/console/cases/{case}")).await, &format!("/console/cases/{case}/claim"), &[])
        .await;
    let stale = other.submit(&before, &withdrawal, &[("reason", "申请人来电撤回")]).await;
    let told = stale.texts("[role=alert] li").concat();
    assert!(stale.status == 422 && told.contains("您本人已办理：认领"), "{told}");
}

async fn a_correction_asks_for_what_changes_only(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let (clerk, supervisor) = (hall.visitor(Role::Clerk).await, hall.visitor(Role::Supervisor).await);
    let case = opened(&clerk, 1).await;
    let action = format!("/console/cases/{case}/actions/correct_application");
    let page = clerk.get(&action).await;
    let before = hall.staff(Role::Clerk).await.get(&format!("/cases/{case}")).await.expect(200);
    // Who belongs to an outlet is offered no other.
    assert_eq!(page.attributes("[name='correction/outlet']", "name").len(), 0);
    assert_eq!(supervisor.get(&action).await.attributes("[name='correction/outlet']", "name").len(), 1);
    let name = "correction/applicant/name";
    assert_eq!(page.attributes(&format!("[name='{name}']"), "value")[0], before["application"]["applicant"]["name"]);
    let nothing = clerk.submit(&page, &action, &[("reason", "填错")]).await;
    assert_eq!((nothing.status, nothing.texts("[role=alert] li")), (422, vec!["没有任何更改".to_owned()]));
    let done = clerk.submit(&page, &action, &[("reason", "填错"), (name, "谭莉")]).await;
    assert_eq!(number_of(&done), case, "{}", done.html);
    let mut wanted = before["application"].clone();
    wanted["applicant"]["name"] = "谭莉".into();
    let after = hall.staff(Role::Clerk).await.get(&format!("/cases/{case}")).await.expect(200);
    assert_eq!(after["application"], wanted, "the rest stays as it was");
    // A new number goes with the document that is chosen beside it.
    let page = clerk.get(&action).await;
    let number = "correction/applicant/identity_number";
    let passport = [("correction/applicant/document_type", "passport"), (number, "E1234567"), ("reason", "证件填错")];
    let refused = clerk.submit(&page, &action, &passport).await;
    assert_eq!(refused.attributes("[role=alert] a", "href"), ["#correction-applicant-document_country"]);
    let done = clerk.submit(&refused, &action, &[("correction/applicant/document_country", "SGP")]).await;
    assert_eq!((done.status, number_of(&done)), (200, case.clone()), "{}", done.html);
}

async fn what_is_sent_twice_is_done_once_and_answered_as_the_first_time(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let clerk = clerk(&hall, "chen").await;
    let form = clerk.get(&format!("{NEW}?case_type=new-certificate")).await;
    let mut fields = typed(1);
    fields.push(("submit", "yes".to_owned()));
    let (first, second) = tokio::join!(send(&clerk, &form, NEW, &fields), send(&clerk, &form, NEW, &fields));
    let case = number_of(&first);
    assert_eq!((number_of(&second), second.address), (case.clone(), first.address));
    let (sheet, events) = (format!("/console/cases/{case}/materials"), format!("/cases/{case}/events"));
    clerk.submit(&clerk.get(&sheet).await, &sheet, &[("command", "+")]).await;
    let supervisor = hall.staff(Role::Supervisor).await;
    let (seen, payment) = (format!("/console/cases/{case}"), format!("/console/cases/{case}/payment"));
    for (address, action, given) in [
        (&sheet, &sheet, vec![]),
        (&payment, &payment, vec![("method", "card"), ("window", "3")]),
        (&seen, &format!("{seen}/claim"), vec![]),
    ] {
        let page = clerk.get(address).await;
        let first = clerk.submit(&page, action, &given).await;
        let then = supervisor.get(&events).await.expect(200);
        let second = clerk.submit(&page, action, &given).await;
        assert_eq!((first.status, second.status), (200, 200), "{}", second.html);
        assert_eq!((number_of(&second), second.texts("[role=alert]").len()), (case.clone(), 0), "{}", second.html);
        assert_eq!(supervisor.get(&events).await.expect(200), then, "{action}");
    }
    // Later it is a page of before: what it did may have been undone since.
    let page = clerk.get(&seen).await;
    let release = format!("{seen}/release");
    clerk.submit(&page, &release, &[]).await;
    hall.advance(Duration::minutes(2));
    let again = clerk.submit(&page, &release, &[]).await;
    assert_eq!((again.status, again.texts("[role=alert] li").len()), (422, 1), "{}", again.html);
}
