//! Papers: which a case offers to whom, what stands on them, and that a print is counted and kept.

mod every;
mod notices;
mod printed;

use casehall::domain::accounts::role::Role;
use serde_json::{Value, json};

use crate::databases::{TestDatabase, on_both};
use crate::hall::visitor::Page;
use crate::hall::{Hall, Person, all_in_order, application};

on_both!(
    a_case_offers_the_papers_that_its_type_and_state_have,
    a_paper_that_the_case_does_not_offer_is_refused_with_words,
    prints_are_counted_and_kept,
    whoever_hands_out_no_papers_may_look_but_not_print,
    a_case_of_another_outlet_has_no_papers,
    names_show_as_text_and_numbers_masked,
    forms_leave_whole_numbers_to_their_holders,
    the_hand_over_slip_says_what_the_holder_must_know,
    a_print_stays_as_it_was_printed,
    what_the_case_says_by_now_is_no_print_of_before,
    the_receipt_and_all_forms_are_one_job_each_numbered_and_kept,
);

/// A case of a new certificate.
pub(super) async fn opened(clerk: &Person<'_>, application: &Value) -> (String, Value) {
    let case = clerk.post("/cases", application).await.expect(201);
    (case["acceptance_number"].as_str().unwrap().to_owned(), case)
}

/// Finds one copy too few in every document, and gives the notice.
pub(super) async fn one_copy_short(clerk: &Person<'_>, number: &str, case: &Value) {
    let mut checks = all_in_order(case);
    for check in checks["materials"].as_array_mut().unwrap() {
        (check["copies_received"], check["copies_stamped"]) = (json!(2), json!(2));
    }
    clerk.act(number, "record_materials", &checks).await.expect(200);
    clerk.act(number, "request_correction", &json!({})).await.expect(200);
}

async fn a_case_offers_the_papers_that_its_type_and_state_have(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let clerk = hall.staff(Role::Clerk).await;
    let visitor = hall.visitor(Role::Clerk).await;
    let (number, case) = opened(&clerk, &application(1)).await;
    let list = format!("/console/cases/{number}/prints");
    let forms = ["机构证书申请表", "电子认证用户责任书", "单位法人电子印章申请表", "电子印章使用协议书"];
    let at_first: Vec<&str> = [&["收件回执"], &forms[..], &["数字证书使用指引"]].concat();
    assert_eq!(visitor.get(&list).await.texts("tbody a"), at_first);
    assert_eq!(visitor.get(&list).await.texts("button.primary"), ["打印收件回执"]);
    clerk.act(&number, "record_materials", &all_in_order(&case)).await.expect(200);
    clerk.act(&number, "accept_materials", &json!({})).await.expect(200);
    assert_eq!(visitor.get(&list).await.texts("button.primary"), ["打印受理通知书"]);
    let payment = json!({ "payment": { "amount_fen": 60_000, "method": "cash" } });
    clerk.act(&number, "record_payment", &payment).await.expect(200);
    let page = visitor.get(&list).await;
    let accepted: Vec<&str> = [&["收件回执", "受理通知书"], &forms[..], &["收费凭据", "数字证书使用指引"]].concat();
    assert_eq!(page.texts("tbody a"), accepted);
    assert_eq!(page.texts("button.primary"), ["打印收费凭据"]);
    assert_eq!(page.texts("ul.actions li").len(), 5);
    // What is offered is there, in both languages.
    let addresses = page.attributes("tbody a", "href");
    for address in &addresses {
        let paper = visitor.get(address).await;
        assert_eq!(paper.status, 200, "{address}: {}", paper.html);
        let text = paper.texts("article").concat();
        assert!(!text.contains("paper.") && !text.contains("leaflet."), "{address} lacks a text");
    }
    let visitor = visitor.in_english();
    for address in &addresses {
        let paper = visitor.get(address).await;
        assert_eq!(paper.attributes("html", "lang"), ["en"]);
        assert!(!paper.html.contains('{'), "{address} has a gap");
    }
}

async fn a_paper_that_the_case_does_not_offer_is_refused_with_words(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let (number, _) = opened(&hall.staff(Role::Clerk).await, &application(1)).await;
    let visitor = hall.visitor(Role::Clerk).await;
    let key = visitor.get(&format!("/console/cases/{number}/prints")).await.attributes("[name=form_key]", "value");
    for (document, why) in [
        ("notice-of-acceptance", "申请材料尚未核验通过"),
        ("one-time-notice", "尚未一次性告知补正"),
        ("notice-of-refusal", "本件未作出不予受理（不予办理）决定"),
        ("service-application-form", "本事项不需要这份材料"),
        ("fee-receipt", "尚未收费"),
        ("custody-slip", "大厅未收存证书介质"),
        ("hand-over-slip", "证书尚未发放，应用尚未开通"),
    ] {
        let address = format!("/console/cases/{number}/prints/{document}");
        let sent = [("form_key".to_owned(), key[0].clone())];
        for page in [visitor.get(&address).await, visitor.post(&address, &sent).await] {
            let told = page.texts(".fault li");
            assert!(page.status == 422 && told.len() == 1 && told[0].contains(why), "{document}: {told:?}");
            // Those that the case offers are one step away.
            let offered = page.attributes("tbody a", "href");
            assert!(offered.contains(&format!("/console/cases/{number}/prints/receipt")), "{offered:?}");
            assert!(!offered.contains(&address), "{offered:?}");
        }
    }
    assert_eq!(visitor.get(&format!("/console/cases/{number}/prints/diploma")).await.status, 404);
}

async fn prints_are_counted_and_kept(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let (number, _) = opened(&hall.staff(Role::Clerk).await, &application(1)).await;
    let visitor = hall.visitor(Role::Clerk).await;
    let address = format!("/console/cases/{number}/prints/receipt");
    let preview = visitor.get(&address).await;
    assert_eq!(preview.texts("footer span")[1], "预览，尚未打印");
    let first = visitor.submit(&preview, &address, &[]).await;
    assert!(
        first.texts("footer span")[1].starts_with("第1次打印 2026年3月2日 10:00"),
        "{:?}",
        first.texts("footer span")
    );
    assert_eq!(first.texts("footer span")[0], preview.texts("footer span")[0], "the same paper has the same digest");
    let second = visitor.submit(&first, &address, &[]).await;
    assert!(second.texts("footer span")[1].starts_with("补打第1次"));
    let third = visitor.submit(&second, &address, &[]).await;
    assert!(third.texts("footer span")[1].starts_with("补打第2次"));
    // Looking prints nothing, and another paper is counted for itself.
    visitor.get(&address).await;
    let leaflet = format!("/console/cases/{number}/prints/leaflet");
    let other = visitor.submit(&visitor.get(&leaflet).await, &leaflet, &[]).await;
    assert!(other.texts("footer span")[1].starts_with("第1次打印"));
    let auditor = hall.staff(Role::Auditor).await;
    let trail = auditor.get("/audit?kind=paper_printed").await.expect(200);
    let entries = trail["items"].as_array().unwrap();
    assert_eq!(entries.len(), 4);
    assert_eq!(entries[1]["details"]["document"], "receipt");
    assert_eq!(entries[1]["details"]["print"], "3");
    let digest = entries[1]["details"]["sha256"].as_str().unwrap()[..12].to_uppercase();
    assert!(third.texts("footer span")[0].replace('-', "").ends_with(&digest));
}

async fn whoever_hands_out_no_papers_may_look_but_not_print(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let (number, _) = opened(&hall.staff(Role::Clerk).await, &application(1)).await;
    let address = format!("/console/cases/{number}/prints/receipt");
    for (role, looks, prints) in [
        (Role::Clerk, 200, 303),
        (Role::Producer, 200, 303),
        (Role::Supervisor, 200, 303),
        (Role::Auditor, 200, 403),
        (Role::Administrator, 403, 403),
        (Role::SecurityAdministrator, 403, 403),
    ] {
        let visitor = hall.visitor(role).await;
        let page = visitor.get(&address).await;
        assert_eq!(page.status, looks, "{role:?}");
        assert_eq!(page.texts(&format!("form[action='{address}']")).len(), usize::from(prints == 303), "{role:?}");
        let key = visitor.get("/console/account").await.attributes("[name=form_key]", "value");
        let sent = visitor.post(&address, &[("form_key".to_owned(), key[0].clone())]).await;
        assert_eq!(sent.status, prints, "{role:?}");
        assert_eq!(visitor.post(&address, &[]).await.status, 403, "without the form's key");
    }
    let stranger = hall.stranger().get(&address).await;
    assert_eq!(stranger.texts("h1"), ["登录"]);
}

async fn a_case_of_another_outlet_has_no_papers(database: TestDatabase) {
    let hall = Hall::with(database, &[crate::hall::TWO_OUTLETS]).await;
    let (number, _) = opened(&hall.staff(Role::Clerk).await, &application(1)).await;
    let elsewhere = hall.person(&[Role::Clerk], Some("panyu")).await;
    let visitor = hall.visitor_named(elsewhere.name()).await;
    assert_eq!(visitor.get(&format!("/console/cases/{number}/prints")).await.status, 404);
    assert_eq!(visitor.get(&format!("/console/cases/{number}/prints/receipt")).await.status, 404);
}

async fn names_show_as_text_and_numbers_masked(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let clerk = hall.staff(Role::Clerk).await;
    let mut asked = application(1);
    asked["organization"]["name"] = json!(r#"广州<script>alert(1)</script>"><img onerror=x>公司"#);
    let (number, _) = opened(&clerk, &asked).await;
    let visitor = hall.visitor(Role::Clerk).await;
    for document in ["receipt", "certificate-application-form", "e-seal-application-form"] {
        let page = visitor.get(&format!("/console/cases/{number}/prints/{document}")).await;
        assert_eq!(page.texts("script, img"), [""], "only the own script");
        assert!(page.texts("article").concat().contains(r#""><img onerror=x>公司"#));
        assert!(!page.html.contains("440199196412310694") && !page.html.contains("13800138000"));
        assert!(page.html.contains("谭丽"));
        // What opens the progress page doesn't stand beside its address.
        assert!(document != "receipt" || !page.texts("article").concat().contains("8000"));
    }
}

async fn forms_leave_whole_numbers_to_their_holders(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let clerk = hall.staff(Role::Clerk).await;
    let (number, _) = opened(&clerk, &application(1)).await;
    // Also for whoever may have numbers shown: a print discloses nothing, and its digest gives nothing away.
    let visitor = hall.visitor(Role::Supervisor).await;
    for document in ["certificate-application-form", "e-seal-application-form"] {
        let address = format!("/console/cases/{number}/prints/{document}");
        let printed = visitor.submit(&visitor.get(&address).await, &address, &[]).await;
        let text = printed.texts("article").concat();
        // Number and telephone of applicant and agent, in three copies.
        assert_eq!(text.matches("完整号码由本人填写：____________________").count(), 3 * 4, "{text}");
        // How it is paid and collected, as the guide has it chosen.
        let asked = usize::from(document == "certificate-application-form");
        assert_eq!(text.matches("窗口领取").count(), 3 * asked, "{text}");
        // No line ends within a number.
        assert!(printed.html.contains("020-\u{2060}****8393") && !printed.html.contains("020-*"), "{document}");
        for whole in ["440199196412310694", "440199196706237621"] {
            assert!(!printed.html.contains(whole), "{document}");
        }
    }
    let auditor = hall.staff(Role::Auditor).await;
    let trail = auditor.get("/audit?kind=person_disclosed").await.expect(200);
    assert_eq!(trail["items"], json!([]));
}

async fn the_hand_over_slip_says_what_the_holder_must_know(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let (clerk, producer) = (hall.staff(Role::Clerk).await, hall.staff(Role::Producer).await);
    let (number, case) = opened(&clerk, &application(1)).await;
    clerk.act(&number, "record_materials", &all_in_order(&case)).await.expect(200);
    clerk.act(&number, "accept_materials", &json!({})).await.expect(200);
    let certificate = json!({ "certificate": { "serial": "GZ-000001", "medium_number": "KEY-000001" } });
    producer.act(&number, "record_certificate", &certificate).await.expect(200);
    let payment = json!({ "payment": { "amount_fen": 60_000, "method": "cash" } });
    clerk.act(&number, "record_payment", &payment).await.expect(200);
    let collector = json!({ "name": "刘少芬", "document_number": "440199196706237621", "document_sighted": true });
    clerk.act(&number, "record_collector", &json!({ "collector": collector })).await.expect(200);
    clerk.act(&number, "issue", &json!({})).await.expect(200);
    clerk.act(&number, "activate", &json!({})).await.expect(200);
    let visitor = hall.visitor(Role::Clerk).await;
    let list = visitor.get(&format!("/console/cases/{number}/prints")).await;
    assert_eq!(list.texts("button.primary"), ["打印领取单"]);
    let slip = visitor.get(&format!("/console/cases/{number}/prints/hand-over-slip")).await;
    let text = slip.texts("article").concat();
    for told in ["2026年3月3日 10:00起即可登录使用", "初始密码", "连续累计输错5次密码", "GZ-000001", "LQ20260302-0001"]
    {
        assert!(text.contains(told), "{told} is missing: {text}");
    }
    assert!(!text.contains("440199196706237621"));
}

async fn a_print_stays_as_it_was_printed(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let clerk = hall.staff(Role::Clerk).await;
    let (number, _) = opened(&clerk, &application(1)).await;
    let address = format!("/console/cases/{number}/prints/receipt");
    let visitor = hall.visitor_named(clerk.name()).await;
    let printed = visitor.submit(&visitor.get(&address).await, &address, &[]).await;
    let digest = |page: &Page| page.texts("footer span")[0].rsplit(' ').next().unwrap().to_owned();
    // Whatever language its reader has.
    let english = hall.visitor_named(clerk.name()).await.in_english();
    let shown = english.get(&address).await;
    assert_eq!(shown.attributes("html", "lang"), ["zh-CN"]);
    assert_eq!((shown.texts("article h1"), digest(&shown)), (printed.texts("article h1"), digest(&printed)));
    assert!(shown.texts("footer span")[1].starts_with("第1次打印"), "{:?}", shown.texts("footer span"));
    assert!(shown.texts(".tools span")[0].starts_with("First print"), "{:?}", shown.texts(".tools span"));
    // The other language is another paper, until it is printed.
    let other = english.get(&shown.attributes(".tools a[lang=en]", "href").concat()).await;
    assert_eq!(
        (other.attributes("html", "lang"), other.texts("article h1")),
        (vec!["en".to_owned()], vec!["Receipt of the application".to_owned()])
    );
    assert_eq!(other.texts("footer span")[1], "Preview, not printed yet");
    assert_ne!(digest(&other), digest(&printed));
    let again = english.submit(&other, &address, &[]).await;
    assert!(again.texts("footer span")[1].starts_with("Reprint 1"), "{:?}", again.texts("footer span"));
    let shown = visitor.get(&address).await;
    assert_eq!((shown.attributes("html", "lang"), digest(&shown)), (vec!["en".to_owned()], digest(&again)));
    let auditor = hall.staff(Role::Auditor).await;
    let trail = auditor.get("/audit?kind=paper_printed").await.expect(200);
    let languages: Vec<&Value> =
        trail["items"].as_array().unwrap().iter().map(|entry| &entry["details"]["language"]).collect();
    assert_eq!(languages, ["en", "zh-CN"]);
}

async fn what_the_case_says_by_now_is_no_print_of_before(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let clerk = hall.staff(Role::Clerk).await;
    let (number, _) = opened(&clerk, &application(1)).await;
    let address = format!("/console/cases/{number}/prints/receipt");
    let visitor = hall.visitor(Role::Clerk).await;
    let printed = visitor.submit(&visitor.get(&address).await, &address, &[]).await;
    let digest = printed.texts("footer span")[0].rsplit(' ').next().unwrap().to_owned();
    let mut organization = application(1)["organization"].clone();
    organization["name"] = json!("广州更名建筑有限公司");
    let correction = json!({ "correction": { "organization": organization }, "reason": "名称录错" });
    clerk.act(&number, "correct_application", &correction).await.expect(200);
    let now = visitor.get(&address).await;
    assert!(now.texts("article").concat().contains("广州更名建筑有限公司"));
    assert_eq!(now.texts("footer span")[1], "预览，尚未打印");
    let told = now.texts(".tools span").concat();
    assert!(told.starts_with("第1次打印") && told.contains(&digest) && told.contains("有变动"), "{told}");
    // What is printed together says which of it, and is in the reader's language whatever was printed last.
    let job = address.replace("receipt", "intake");
    let english = hall.visitor(Role::Clerk).await.in_english();
    let shown = english.get(&job).await;
    assert_eq!(shown.attributes("html", "lang"), ["en"]);
    let told = shown.texts(".tools span").concat();
    assert!(told.contains("Receipt of the application: the case has changed"), "{told}");
    let again = visitor.submit(&now, &address, &[]).await;
    assert!(again.texts("footer span")[1].starts_with("补打第1次"), "{:?}", again.texts("footer span"));
    assert!(!english.get(&job).await.texts(".tools span").concat().contains("changed"));
    // Printed in the other language, it is shown as it was printed.
    let chinese = format!("{job}?language=zh-CN");
    let printed = english.submit(&english.get(&chinese).await, &job, &[]).await;
    assert_eq!(printed.attributes("html", "lang"), ["zh-CN"]);
    assert!(printed.texts("footer span")[1].starts_with("补打第2次"), "{:?}", printed.texts("footer span"));
}

async fn the_receipt_and_all_forms_are_one_job_each_numbered_and_kept(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let (number, _) = opened(&hall.staff(Role::Clerk).await, &application(1)).await;
    let visitor = hall.visitor(Role::Clerk).await;
    let (list, job) = (format!("/console/cases/{number}/prints"), format!("/console/cases/{number}/prints/intake"));
    // The agreement was printed before, alone.
    let agreement = format!("{list}/e-seal-agreement");
    visitor.submit(&visitor.get(&agreement).await, &agreement, &[]).await;
    let page = visitor.submit(&visitor.get(&format!("/console/cases/{number}")).await, &job, &[]).await;
    let titles = page.texts("article h1");
    let forms =
        ["机构证书申请表（数字证书申请表）", "电子认证用户责任书", "单位法人电子印章申请表", "电子印章使用协议书"];
    let in_order: Vec<&str> = std::iter::once("收件回执").chain(forms.iter().flat_map(|form| [*form; 3])).collect();
    assert_eq!(
        (page.address.split('#').next().unwrap(), titles),
        (job.as_str(), in_order.iter().map(|title| (*title).to_owned()).collect())
    );
    let copies = page.texts("article .copy");
    assert_eq!(copies.len(), 12, "{copies:?}");
    let prints: Vec<String> = page.texts("footer span").into_iter().skip(1).step_by(2).collect();
    assert!(prints[..10].iter().all(|print| print.starts_with("第1次打印")), "{prints:?}");
    assert!(prints[10..].iter().all(|print| print.starts_with("补打第1次")), "{prints:?}");
    // Each is kept as what it is, with the digest that stands on it.
    let trail = hall.staff(Role::Auditor).await.get("/audit?kind=paper_printed").await.expect(200);
    assert_eq!(trail["items"].as_array().unwrap().len(), 6);
    for (paper, at) in [("receipt", 0), ("certificate-application-form", 1), ("e-seal-agreement", 10)] {
        let alone = visitor.get(&format!("{list}/{paper}")).await;
        assert_eq!(alone.texts("footer span")[..2], page.texts("footer span")[2 * at..2 * at + 2], "{paper}");
    }
    // Looking at it prints nothing; whoever prints none is offered none.
    assert_eq!(visitor.get(&job).await.texts("footer span"), page.texts("footer span"));
    let auditor = hall.visitor(Role::Auditor).await;
    assert!(auditor.get(&list).await.attributes("form[action$='/intake']", "action").is_empty());
    assert_eq!(auditor.get(&job).await.texts("article").len(), 13);
}
