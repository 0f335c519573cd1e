//! The hand-over page.

use casehall::domain::accounts::role::Role;
use serde_json::{Value, json};

use super::{NEW, checked, made, number_of, opened, paid, send, typed};
use crate::databases::{TestDatabase, on_both};
use crate::hall::visitor::{Page, Visitor};
use crate::hall::{Hall, unified_code};

on_both!(
    a_new_certificate_goes_from_intake_to_hand_over_through_pages,
    so_it_does_in_the_order_of_the_guide,
    an_addition_goes_from_intake_to_hand_over_through_pages,
    pages_leave_the_same_events_as_requests,
    a_wrong_medium_is_told_and_nothing_is_handed_over,
    a_scan_opens_or_fills_and_confirms_nothing,
    what_is_lacking_is_said_with_the_way_to_it,
    somebody_else_collects_with_a_document,
    a_scan_takes_away_nothing_that_was_typed_before,
    anothers_change_is_told_before_anything_is_handed_over,
    issue_and_activation_happen_together_or_not_at_all,
    whoever_hands_nothing_over_is_refused,
    the_box_names_the_digits_of_those_who_may_collect,
    what_the_holder_must_know_is_five_short_lines,
    whoever_collects_goes_along_to_the_payment_and_back,
);

fn page_of(case: &str) -> String {
    format!("/console/cases/{case}/handover")
}

async fn scan(clerk: &Visitor<'_>, page: &Page, case: &str, scanned: &str) -> Page {
    clerk.submit(page, &page_of(case), &[("box", scanned)]).await
}

/// Presses the button.
async fn press(clerk: &Visitor<'_>, page: &Page, case: &str, given: &[(&str, &str)]) -> Page {
    clerk.submit(page, &page_of(case), &[&[("hand_over", "yes")][..], given].concat()).await
}

/// A case at the counter, ready to be handed over; answers its number.
async fn ready(hall: &Hall, number: u32) -> String {
    let (clerk, producer) = (hall.visitor(Role::Clerk).await, hall.visitor(Role::Producer).await);
    let case = opened(&clerk, number).await;
    checked(&clerk, &case).await;
    made(&producer, &case, number).await;
    paid(&clerk, &case).await;
    case
}

async fn state(hall: &Hall, case: &str) -> Value {
    hall.staff(Role::Clerk).await.get(&format!("/cases/{case}")).await.expect(200)["state"]["code"].clone()
}

async fn a_new_certificate_goes_from_intake_to_hand_over_through_pages(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let case = ready(&hall, 1).await;
    let clerk = hall.visitor(Role::Clerk).await;
    let page = clerk.get(&page_of(&case)).await;
    assert_eq!(page.attributes("[autofocus]", "name"), ["box"]);
    assert!(page.texts("button.primary").is_empty(), "the medium isn't scanned yet");
    let page = scan(&clerk, &page, &case, "key-000001").await;
    assert_eq!(page.texts("button.primary"), ["发放证书、激活开通"]);
    assert!(page.attributes("button[autofocus]", "name").is_empty());
    let before = page;
    let page = scan(&clerk, &before, &case, "2").await;
    let late = scan(&clerk, &before, &case, "1").await;
    assert_eq!(
        (late.status, late.texts("[role=alert] li")),
        (422, vec!["本办件已由 窗口人员 于 今天 10:00 办结：已激活。".to_owned()])
    );
    assert_eq!((page.status, page.address.as_str()), (200, page_of(&case).as_str()));
    assert_eq!(page.texts(".saved"), ["已激活，今天 10:00 办结。 领取人 刘少芬（440***********7621）"]);
    assert!(
        page.texts(".tell li")[0].starts_with("明天（3月3日 周二） 10:00 起可登录"),
        "{:?}",
        page.texts(".tell li")
    );
    assert_eq!(state(&hall, &case).await, "activated");
}

async fn so_it_does_in_the_order_of_the_guide(database: TestDatabase) {
    let hall = Hall::with(database, &[("WORKFLOWS__NEW_CERTIFICATE", "make-then-check")]).await;
    let (clerk, producer) = (hall.visitor(Role::Clerk).await, hall.visitor(Role::Producer).await);
    let case = opened(&clerk, 1).await;
    made(&producer, &case, 1).await;
    checked(&clerk, &case).await;
    paid(&clerk, &case).await;
    let page = scan(&clerk, &clerk.get(&page_of(&case)).await, &case, "GZ-000001").await;
    let page = press(&clerk, &page, &case, &[("collector", "applicant")]).await;
    assert_eq!(page.status, 200, "{}", page.html);
    assert_eq!(state(&hall, &case).await, "activated");
}

async fn an_addition_goes_from_intake_to_hand_over_through_pages(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let organization = json!({ "name": "广州第1建筑有限公司", "unified_social_credit_code": unified_code(1) });
    hall.register(&json!({
        "serial": "GZ-OLD-1", "medium_number": "KEY-OLD-1", "organization": organization,
        "valid_from": "2025-01-01T00:00:00Z", "valid_until": "2027-01-01T00:00:00Z",
    }))
    .await;
    let clerk = hall.visitor(Role::Clerk).await;
    let form = clerk.get("/console/cases/new?case_type=add-application").await;
    let mut fields = typed(1);
    fields.retain(|(name, _)| *name != "responsibility_letter_accepted");
    let page = send(&clerk, &form, NEW, &fields).await;
    let case = number_of(&clerk.submit(&page, NEW, &[("submit", "yes")]).await);
    // It has no deadline, as it is done while its applicant waits; whatever still lies there on the next working day needs someone.
    let tags = async |clerk: &Visitor<'_>| {
        let listed = clerk.get("/console?list=to_check").await.texts("tbody .tag").concat();
        (listed, clerk.get(&format!("/console/cases/{case}")).await.texts(".tag.soon, .tag.ended").concat())
    };
    assert_eq!(tags(&clerk).await, ("– 今天 收件".to_owned(), "– 今天 收件".to_owned()));
    hall.advance(chrono::Duration::days(1));
    let clerk = hall.visitor(Role::Clerk).await;
    assert_eq!(tags(&clerk).await, ("◆ 昨天 收件".to_owned(), "◆ 昨天 收件".to_owned()));
    checked(&clerk, &case).await;
    paid(&clerk, &case).await;
    // The holder keeps the key in the hand: nothing is scanned, and nobody collects anything.
    let page = clerk.get(&page_of(&case)).await;
    assert!(page.attributes("[name=collector]", "value").is_empty());
    let page = press(&clerk, &page, &case, &[]).await;
    assert_eq!(page.status, 200, "{}", page.html);
    assert_eq!(state(&hall, &case).await, "activated");
}

async fn pages_leave_the_same_events_as_requests(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let (by_page, by_request) = (ready(&hall, 1).await, ready(&hall, 2).await);
    let clerk = hall.visitor(Role::Clerk).await;
    let page = scan(&clerk, &clerk.get(&page_of(&by_page)).await, &by_page, "KEY-000001").await;
    scan(&clerk, &page, &by_page, "1").await;
    let other = hall.staff(Role::Clerk).await;
    let collector = json!({ "name": "谭丽", "document_number": "440199196412310694", "document_sighted": true });
    other.act(&by_request, "record_collector", &json!({ "collector": collector })).await.expect(200);
    for action in ["issue", "activate"] {
        other.act(&by_request, action, &json!({})).await.expect(200);
    }
    let mut told = Vec::new();
    for case in [&by_page, &by_request] {
        let timeline = other.get(&format!("/cases/{case}/events")).await.expect(200);
        let events = timeline["items"].as_array().unwrap().iter();
        told.push(events.map(|event| (event["action"].clone(), event["kind"].clone())).collect::<Vec<_>>());
    }
    assert!(told[0].len() > 8);
    assert_eq!(told[0], told[1]);
}

async fn a_wrong_medium_is_told_and_nothing_is_handed_over(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let case = ready(&hall, 1).await;
    let clerk = hall.visitor(Role::Clerk).await;
    let page = clerk.get(&page_of(&case)).await;
    let wrong = scan(&clerk, &page, &case, "KEY-000002").await;
    assert_eq!(wrong.status, 422);
    assert!(wrong.texts(".fault li")[0].contains("KEY-000002"));
    assert_eq!(wrong.attributes("[autofocus]", "name"), ["box"], "the next scan goes into the box");
    // Nor where the form is sent all the same, without a medium or with another one's.
    for medium in ["", "KEY-000002"] {
        let sent = [("collector", "applicant"), ("medium", medium)];
        let page = press(&clerk, &page, &case, &sent).await;
        assert_eq!((page.status, page.texts(".fault li").len()), (422, 1), "{}", page.html);
    }
    let page = scan(&clerk, &page, &case, "1").await;
    assert_eq!(page.status, 422);
    assert_eq!(state(&hall, &case).await, "certificate_made");
}

async fn a_scan_opens_or_fills_and_confirms_nothing(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let (case, other) = (ready(&hall, 1).await, ready(&hall, 2).await);
    let clerk = hall.visitor(Role::Clerk).await;
    let page = scan(&clerk, &clerk.get(&page_of(&case)).await, &case, "KEY-000001").await;
    assert_eq!(scan(&clerk, &page, &case, &other).await.address, page_of(&other));
    assert_eq!(scan(&clerk, &page, &case, "").await.status, 200);
    for scanned in ["11", "3", "260302000999", "1234567890123", "<b>1</b>"] {
        let page = scan(&clerk, &page, &case, scanned).await;
        assert_eq!(page.status, 422, "{scanned}");
        assert!(!page.html.contains("<b>1</b>"));
        assert_eq!(page.texts("button.primary").len(), 1, "the medium is still known");
    }
    // Without somebody chosen the button does nothing.
    let nobody = press(&clerk, &page, &case, &[]).await;
    assert_eq!(nobody.status, 422);
    assert_eq!(
        (state(&hall, &case).await, state(&hall, &other).await),
        (json!("certificate_made"), json!("certificate_made"))
    );
    // What an input method makes of the digit is the digit.
    assert_eq!(scan(&clerk, &page, &case, "１").await.status, 200);
    assert_eq!(state(&hall, &case).await, "activated");
}

async fn what_is_lacking_is_said_with_the_way_to_it(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let (clerk, producer) = (hall.visitor(Role::Clerk).await, hall.visitor(Role::Producer).await);
    let case = opened(&clerk, 1).await;
    let page = clerk.get(&page_of(&case)).await;
    assert_eq!(
        page.texts(".fault li"),
        ["办件目前为“已提交”，还没有到这一步；按承诺，3月11日 周三起可以领取。"],
        "when it will be possible"
    );
    // Nothing is offered that would be refused then, nor told as if it were time.
    assert_eq!((page.texts("button.primary").len(), page.texts("aside li").len()), (0, 0), "{}", page.html);
    checked(&clerk, &case).await;
    made(&producer, &case, 1).await;
    let lacking = scan(&clerk, &clerk.get(&page_of(&case)).await, &case, "KEY-000001").await;
    assert!(lacking.texts("button.primary").is_empty());
    let payment = format!("/console/cases/{case}/payment");
    assert_eq!(lacking.attributes(".ready a", "href"), [format!("/console/cases/{case}/materials")]);
    assert_eq!(lacking.texts(".ready button"), ["收费"]);
    let page = press(&clerk, &lacking, &case, &[("collector", "applicant")]).await;
    assert_eq!(page.status, 422);
    // Whoever was asked for money comes back to what was scanned, and reads what was received.
    let asked = clerk.submit(&lacking, &page_of(&case), &[("go", "payment")]).await;
    assert_eq!(asked.address, format!("{payment}?then=hand-over&medium=KEY-000001"));
    assert!(asked.attributes(".foot a", "href").contains(&format!("{}?medium=KEY-000001", page_of(&case))));
    let refused = clerk.submit(&asked, &payment, &[("amount_fen", "x")]).await;
    assert_eq!(refused.status, 422);
    let page = clerk.submit(&refused, &payment, &[("amount_fen", "600")]).await;
    assert!(page.address.starts_with(&format!("{}?medium=KEY-000001&", page_of(&case))), "{}", page.address);
    assert_eq!(page.texts(".saved"), ["已收 600.00 元：现金，票据 SK20260302-0001。"]);
    assert_eq!(page.texts("button.primary"), ["发放证书、激活开通"]);
    assert!(clerk.get(&format!("{}?paid=SK20260302-0002", page_of(&case))).await.texts(".saved").is_empty());
}

async fn whoever_collects_goes_along_to_the_payment_and_back(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let (clerk, producer) = (hall.visitor(Role::Clerk).await, hall.visitor(Role::Producer).await);
    let case = opened(&clerk, 1).await;
    checked(&clerk, &case).await;
    made(&producer, &case, 1).await;
    let payment = format!("/console/cases/{case}/payment");
    let lacking = scan(&clerk, &clerk.get(&page_of(&case)).await, &case, "KEY-000001").await;
    let other =
        [("collector", "other"), ("collector/name", "曾国栋"), ("collector/document_number", "440199196412310715")];
    let asked = clerk.submit(&lacking, &page_of(&case), &[&other[..], &[("go", "payment")]].concat()).await;
    assert_eq!(asked.attributes("[name='amount_fen']", "value"), ["600.00"], "{}", asked.html);
    assert!(asked.attributes("main a", "href").iter().all(|way| !way.contains("440199")));
    // There and back without paying, or after it; what is refused there keeps it, too.
    let back = clerk.submit(&asked, &payment, &[("back", "yes")]).await;
    let refused = clerk.submit(&asked, &payment, &[("amount_fen", "x")]).await;
    let paid = clerk.submit(&refused, &payment, &[("amount_fen", "600")]).await;
    assert_eq!(paid.texts(".saved"), ["已收 600.00 元：现金，票据 SK20260302-0001。"]);
    for page in [&back, &paid] {
        assert_eq!((page.status, page.attributes("#collector-name", "value")), (200, vec!["曾国栋".to_owned()]));
        assert_eq!(page.attributes("[name=collector][checked]", "value"), ["other"]);
        assert_eq!(page.attributes("[name=medium]", "value"), ["KEY-000001"]);
    }
    assert_eq!(press(&clerk, &paid, &case, &[]).await.texts(".saved").len(), 1);
}

async fn somebody_else_collects_with_a_document(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let case = ready(&hall, 1).await;
    let clerk = hall.visitor(Role::Clerk).await;
    let page = scan(&clerk, &clerk.get(&page_of(&case)).await, &case, "KEY-000001").await;
    let other =
        [("collector", "other"), ("collector/name", "曾国栋"), ("collector/document_number", "440199196412310690")];
    let page = press(&clerk, &page, &case, &other).await;
    assert_eq!(
        (page.status, page.attributes(".fault a", "href")),
        (422, vec!["#collector-document_number".to_owned()])
    );
    assert_eq!(page.attributes("#collector-name", "value"), ["曾国栋"]);
    let passport = [
        ("collector/document_type", "passport"),
        ("collector/document_country", "SG"),
        ("collector/document_number", "E1234567"),
    ];
    let page = press(&clerk, &page, &case, &passport).await;
    assert_eq!(page.status, 200, "{}", page.html);
    assert_eq!(state(&hall, &case).await, "activated");
}

async fn a_scan_takes_away_nothing_that_was_typed_before(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let (case, _) = (ready(&hall, 1).await, ready(&hall, 2).await);
    let clerk = hall.visitor(Role::Clerk).await;
    let typed = [
        ("collector", "other"),
        ("collector/name", "曾国栋"),
        ("collector/document_type", "passport"),
        ("collector/document_country", "SG"),
        ("collector/document_number", "E1234567"),
    ];
    let kept = |page: &Page| {
        let value = |selector: &str| page.attributes(selector, "value").concat();
        [
            value("[name=collector][checked]"),
            value("#collector-name"),
            value("#collector-document_type option[selected]"),
            value("#collector-document_number"),
        ]
    };
    let wanted = ["other", "曾国栋", "passport", "E1234567"].map(str::to_owned);
    let page = clerk.get(&page_of(&case)).await;
    for (scanned, status) in [("", 200), ("KEY-000002", 422), ("KEY-000001", 200), ("", 200)] {
        let sent = [&typed[..], &[("box", scanned)]].concat();
        let page = clerk.submit(&page, &page_of(&case), &sent).await;
        assert_eq!((page.status, kept(&page)), (status, wanted.clone()), "{scanned}: {}", page.html);
    }
    let page = clerk.submit(&page, &page_of(&case), &[&typed[..], &[("box", "KEY-000001")]].concat()).await;
    assert_eq!(page.texts("button.primary"), ["发放证书、激活开通"]);
    assert_eq!(state(&hall, &case).await, "certificate_made");
    // Without script a scan may come into the boxes beside it: it is taken from there.
    let beside = clerk.submit(&page, &page_of(&case), &[("collector/name", "KEY-000001"), ("medium", "")]).await;
    assert_eq!((beside.status, kept(&beside)[1].as_str()), (200, ""));
    assert_eq!(beside.texts("button.primary"), ["发放证书、激活开通"]);
    let done = press(&clerk, &page, &case, &[]).await;
    assert_eq!((done.status, state(&hall, &case).await), (200, json!("activated")), "{}", done.html);
}

async fn anothers_change_is_told_before_anything_is_handed_over(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let case = ready(&hall, 1).await;
    let (one, other) = (hall.visitor(Role::Clerk).await, hall.staff(Role::Clerk).await);
    let page = scan(&one, &one.get(&page_of(&case)).await, &case, "KEY-000001").await;
    other.act(&case, "box_certificate", &json!({ "box_number": "B-07" })).await.expect(200);
    let told = press(&one, &page, &case, &[("collector", "agent")]).await;
    assert_eq!(told.status, 422);
    assert_eq!(told.attributes("[name=collector][checked]", "value"), ["agent"]);
    assert!(told.html.contains("B-07"));
    assert_eq!(state(&hall, &case).await, "certificate_made");
    let done = press(&one, &told, &case, &[]).await;
    assert_eq!(done.status, 200);
    // Sent twice, it says what the first time said.
    assert_eq!(press(&one, &told, &case, &[]).await.status, 200);
    let events = other.get(&format!("/cases/{case}/events")).await.expect(200);
    let activated = |event: &&Value| event["data"]["to"] == "activated";
    assert_eq!(events["items"].as_array().unwrap().iter().filter(activated).count(), 1, "{events}");
}

async fn issue_and_activation_happen_together_or_not_at_all(database: TestDatabase) {
    let files = tempfile::tempdir().unwrap();
    let workflows = files.path().join("workflows");
    std::fs::create_dir(&workflows).unwrap();
    let own = "code = \"check-then-make\"\nedition = 3\nzh = \"先核验后制证\"\nen = \"Check, then make\"\n\
               extends = \"bases/new-certificate\"\n[[actions]]\ncode = \"activate\"\nroles = [\"supervisor\"]\n";
    std::fs::write(workflows.join("check-then-make.toml"), own).unwrap();
    let hall = Hall::configured(database, files.path()).await.unwrap();
    let case = ready(&hall, 1).await;
    let clerk = hall.visitor(Role::Clerk).await;
    let page = scan(&clerk, &clerk.get(&page_of(&case)).await, &case, "KEY-000001").await;
    let page = press(&clerk, &page, &case, &[("collector", "applicant")]).await;
    assert_ne!(page.status, 200);
    let view = hall.staff(Role::Clerk).await.get(&format!("/cases/{case}")).await.expect(200);
    assert_eq!((&view["state"]["code"], &view["collector"]), (&json!("certificate_made"), &Value::Null));
}

async fn whoever_hands_nothing_over_is_refused(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let case = ready(&hall, 1).await;
    let producer = hall.visitor(Role::Producer).await;
    assert_eq!(producer.get(&page_of(&case)).await.status, 403);
    let key = producer.get("/console/account").await.fields("/console/account/sign-out-everywhere");
    let sent = [("medium", "KEY-000001"), ("collector", "applicant"), ("box", "1"), ("version", "20")];
    let fields = [key, sent.map(|(name, value)| (name.to_owned(), value.to_owned())).into()].concat();
    assert_eq!(producer.post(&page_of(&case), &fields).await.status, 403);
    assert_eq!(state(&hall, &case).await, "certificate_made");
}

async fn the_box_names_the_digits_of_those_who_may_collect(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let (clerk, producer) = (hall.visitor(Role::Clerk).await, hall.visitor(Role::Producer).await);
    let form = clerk.get("/console/cases/new?case_type=new-certificate").await;
    let mut alone = typed(2);
    alone.retain(|(name, _)| !name.starts_with("agent"));
    alone.push(("submit", "yes".to_owned()));
    let alone = number_of(&send(&clerk, &form, NEW, &alone).await);
    for (case, number, hint) in [(opened(&clerk, 1).await, 1, "按 1 或 2 再回车"), (alone, 2, "按 1 再回车")] {
        checked(&clerk, &case).await;
        made(&producer, &case, number).await;
        let medium = format!("KEY-{number:06}");
        let owing = scan(&clerk, &clerk.get(&page_of(&case)).await, &case, &medium).await;
        assert_eq!(owing.texts("#box-help"), ["请先收费 · 可扫下一办件"], "nothing is promised of what isn't paid");
        paid(&clerk, &case).await;
        let page = scan(&clerk, &clerk.get(&page_of(&case)).await, &case, &medium).await;
        assert!(page.texts("#box-help")[0].starts_with(hint), "{:?}", page.texts("#box-help"));
    }
}

async fn what_the_holder_must_know_is_five_short_lines(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let case = ready(&hall, 1).await;
    let clerk = hall.visitor(Role::Clerk).await;
    let page = clerk.get(&page_of(&case)).await;
    let told = page.texts(".tell li");
    assert_eq!(told.len(), 5, "{told:?}");
    assert_eq!(page.texts(".tell li:first-child b"), ["明天（3月3日 周二） 10:00 起"], "what the ear must catch");
    assert!(told.iter().all(|line| line.chars().count() <= 48), "{told:?}");
    assert!(told[4].contains("020-38828393"), "{told:?}");
    let english = clerk.in_english().get(&page_of(&case)).await.texts(".tell li");
    assert!(english[0].starts_with("From tomorrow (Tue 3 March) 10:00 on it can be used"), "{english:?}");
}
