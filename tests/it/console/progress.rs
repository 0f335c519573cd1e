//! "Where is my certificate?": the public page, what it tells to whom, and what it never tells.

use std::time::{Duration, Instant};

use casehall::domain::accounts::role::Role;
use serde_json::{Value, json};

use crate::databases::{TestDatabase, on_both};
use crate::hall::{Hall, Visitor, VisitorPage, all_in_order, application};

on_both!(
    whoever_knows_number_and_digits_is_told_how_far_the_case_is,
    the_phone_of_applicant_agent_and_contact_all_do,
    wrong_and_unknown_are_answered_alike,
    each_step_says_what_comes_next,
    whoever_was_refused_is_told_where_the_notice_is_and_how_to_object,
    of_a_made_certificate_that_waits_for_papers_no_day_is_told,
    another_language_asks_for_nothing_twice,
    a_telephone_number_is_dialled,
);

const UNKNOWN: &str = "260302000999";

async fn opened(hall: &Hall) -> (String, Value) {
    let mut asked = application(1);
    asked["certificate_contact"] = json!({ "name": "曾国栋", "phone": "0755-83123456-801" });
    let case = hall.staff(Role::Clerk).await.post("/cases", &asked).await.expect(201);
    (case["acceptance_number"].as_str().unwrap().to_owned(), case)
}

async fn ask(visitor: &Visitor<'_>, number: &str, digits: &str) -> VisitorPage {
    visitor
        .post("/progress", &[("number".to_owned(), number.to_owned()), ("digits".to_owned(), digits.to_owned())])
        .await
}

async fn whoever_knows_number_and_digits_is_told_how_far_the_case_is(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let (number, _) = opened(&hall).await;
    let visitor = hall.stranger();
    let page = visitor.get(&format!("/progress?number={number}")).await;
    assert_eq!(page.attributes("[name=number]", "value"), [number.as_str()]);
    // The receipt's QR code read into the box is the number, too.
    let scanned = ask(&visitor, &format!("HTTPS://hall.example/PROGRESS?NUMBER={number}"), "8000").await;
    assert_eq!(scanned.texts("h1"), ["申请已收到，材料待窗口核验"]);
    let page = visitor.submit(&page, "/progress", &[("digits", "８０００")]).await;
    assert_eq!((page.status, page.texts("h1")), (200, vec!["申请已收到，材料待窗口核验".to_owned()]));
    assert_eq!(page.texts(".tag"), ["● 2026年3月11日起可领取，最迟2026年3月16日制成"]);
    assert_eq!(page.texts("ol.way li"), ["已提交 2026年3月2日", "材料已核验", "证书已制作", "已发放", "已激活"]);
    assert!(page.texts("ul li").contains(&"领取人有效身份证件原件".to_owned()), "{:?}", page.texts("ul li"));
    assert!(page.texts("dd").contains(&"广州市电子签名中心".to_owned()));
    // No person, no number, no organization.
    for personal in ["谭丽", "刘少芬", "曾国栋", "广州第1建筑", "13800138000", "4401991964"] {
        assert!(!page.html.contains(personal), "{personal}");
    }
    // What was typed goes along with the other language, and is shown to nobody.
    assert!(!page.texts("body").concat().contains("8000"));
    assert_eq!(page.headers["Cache-Control"], "no-store");
    let page = ask(&visitor.in_english(), &number, "8000").await;
    assert_eq!(page.texts("h1"), ["The application was received; its documents are to be checked at the window"]);
}

async fn the_phone_of_applicant_agent_and_contact_all_do(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let (number, _) = opened(&hall).await;
    let visitor = hall.stranger();
    // Of the contact's number the extension is no part.
    for (digits, status) in [("8000", 200), ("8393", 200), ("3456", 200), ("801", 422), ("6801", 422), ("000", 422)] {
        assert_eq!(ask(&visitor, &number, digits).await.status, status, "{digits}");
    }
}

async fn wrong_and_unknown_are_answered_alike(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let (number, _) = opened(&hall).await;
    let visitor = hall.stranger();
    let mut answers = Vec::new();
    for (number, digits) in [(number.as_str(), "1234"), (UNKNOWN, "8000"), ("abcdefghijkl", "8000"), (&number, "abcd")]
    {
        let asked = Instant::now();
        let page = ask(&visitor, number, digits).await;
        assert!(asked.elapsed() >= Duration::from_millis(250), "{number} {digits}: answered sooner than others");
        assert_eq!(page.texts("[role=alert]"), ["没有查到。请核对受理编号和联系电话后四位。"]);
        let headers: Vec<String> = page.headers.keys().map(ToString::to_string).collect();
        answers.push((page.status, headers, page.html.replace(number, "NUMBER")));
    }
    assert_eq!(answers[0].0, 422);
    assert!(answers.iter().all(|answer| *answer == answers[0]));
}

async fn each_step_says_what_comes_next(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let (clerk, producer) = (hall.staff(Role::Clerk).await, hall.staff(Role::Producer).await);
    let visitor = hall.stranger();
    let (number, case) = opened(&hall).await;
    let next = async || ask(&visitor, &number, "8000").await.texts("h1").remove(0);
    let mut short = all_in_order(&case);
    short["materials"][3]["copies_stamped"] = json!(2);
    let remarked = &mut short["materials"][0];
    (remarked["reason"], remarked["remark"]) = (json!("other"), json!("问谭丽，13800138000"));
    clerk.act(&number, "record_materials", &short).await.expect(200);
    clerk.act(&number, "request_correction", &json!({})).await.expect(200);
    let page = ask(&visitor, &number, "8000").await;
    assert_eq!(page.texts("h1"), ["请补正材料后交到窗口"]);
    // What to bring is what mends it.
    let bring = [
        "更正后的《机构证书申请表》（见一次性告知书）",
        "补盖单位公章后的《单位法人电子印章申请表》1份",
        "一次性告知书",
    ];
    assert_eq!(page.texts("ul li"), bring);
    assert!(!page.html.contains("谭丽"), "a remark is for the window");
    // Nothing runs meanwhile, and whoever only brings papers needn't bring money.
    assert_eq!((page.texts(".tag.paused").len(), page.texts(".tag").len()), (1, 1));
    assert_eq!(page.texts(".tag"), ["‖ 2026年3月2日起暂停计时"]);
    assert!(!page.texts("ul li").concat().contains("费用"), "{:?}", page.texts("ul li"));
    hall.advance(chrono::Duration::days(1));
    clerk.act(&number, "resubmit", &json!({})).await.expect(200);
    // The way of the case in the order in which it was gone; that papers were brought again isn't a second application.
    let page = ask(&visitor, &number, "8000").await;
    let steps = page.texts("ol.way li");
    let way = ["已提交 2026年3月2日", "待补正 2026年3月2日", "补正材料已交 2026年3月3日", "材料已核验"];
    assert_eq!(steps[..4], way, "{steps:?}");
    assert_eq!(page.texts("ol.way li.now"), [way[2]]);
    clerk.act(&number, "record_materials", &all_in_order(&case)).await.expect(200);
    clerk.act(&number, "accept_materials", &json!({})).await.expect(200);
    assert_eq!(next().await, "证书制作中，请等候");
    let certificate = json!({ "certificate": { "serial": "GZ-000001", "medium_number": "KEY-000001" } });
    producer.act(&number, "record_certificate", &certificate).await.expect(200);
    let page = ask(&visitor, &number, "8000").await;
    assert_eq!(page.texts("h1"), ["证书已制作，请到窗口领取"]);
    assert!(page.texts("ul li").contains(&"材料已齐全，无须再交".to_owned()));
    assert!(page.texts("ul li").contains(&"费用 600.00 元".to_owned()), "{:?}", page.texts("ul li"));
}

async fn whoever_was_refused_is_told_where_the_notice_is_and_how_to_object(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let clerk = hall.staff(Role::Clerk).await;
    let (number, _) = opened(&hall).await;
    clerk.act(&number, "reject", &json!({ "reason": "谭丽所持执照已吊销" })).await.expect(200);
    let page = ask(&hall.stranger(), &number, "8000").await;
    assert_eq!(page.texts("h1"), ["不予受理：请到窗口领取通知书，原因见通知书"]);
    assert!(page.texts("h2").contains(&"救济途径".to_owned()) && page.texts("h2").contains(&"在哪里办理".to_owned()));
    assert!(page.html.contains("60日") && !page.html.contains("吊销"), "what was typed stays in the hall");
}

async fn of_a_made_certificate_that_waits_for_papers_no_day_is_told(database: TestDatabase) {
    let hall = Hall::with(database, &[("WORKFLOWS__NEW_CERTIFICATE", "make-then-check")]).await;
    let (clerk, producer) = (hall.staff(Role::Clerk).await, hall.staff(Role::Producer).await);
    let (number, case) = opened(&hall).await;
    let certificate = json!({ "certificate": { "serial": "GZ-000001", "medium_number": "KEY-000001" } });
    producer.act(&number, "record_certificate", &certificate).await.expect(200);
    let page = ask(&hall.stranger(), &number, "8000").await;
    assert_eq!(page.texts(".tag"), ["● 2026年3月2日起可领取"]);
    let mut short = all_in_order(&case);
    short["materials"][3]["copies_received"] = json!(2);
    short["materials"][3]["copies_stamped"] = json!(2);
    clerk.act(&number, "record_materials", &short).await.expect(200);
    clerk.act(&number, "request_correction", &json!({})).await.expect(200);
    let page = ask(&hall.stranger(), &number, "8000").await;
    assert_eq!((page.texts("h1"), page.texts(".tag").len()), (vec!["请补正材料后交到窗口".to_owned()], 0));
    assert_eq!(page.texts("ul li")[0], "补交的《单位法人电子印章申请表》1份，加盖单位公章");
}

async fn another_language_asks_for_nothing_twice(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let (number, _) = opened(&hall).await;
    let visitor = hall.stranger();
    let page = ask(&visitor, &number, "8000").await;
    let english = visitor.submit(&page, "/progress", &[("language", "en")]).await;
    assert_eq!(english.texts("h1"), ["The application was received; its documents are to be checked at the window"]);
    assert_eq!(english.texts("header button"), ["中文"]);
    // It is remembered.
    assert_eq!(visitor.get("/progress").await.attributes("html", "lang"), ["en"]);
}

async fn a_telephone_number_is_dialled(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let (number, _) = opened(&hall).await;
    let page = ask(&hall.stranger(), &number, "8000").await;
    // The outlet's, and the customer line.
    assert_eq!(page.attributes("a[href^='tel:']", "href"), ["tel:02038828393"; 2]);
}

#[tokio::test]
async fn ten_thousand_guesses_from_one_address_find_nothing_and_hold_up_nobody_else_there() {
    let hall = Hall::open(TestDatabase::sqlite()).await;
    let (number, _) = opened(&hall).await;
    let clerk = hall.staff(Role::Clerk).await;
    let neighbour = clerk.post("/cases", &application(2)).await.expect(201)["acceptance_number"].clone();
    let visitor = hall.stranger();
    let (mut looked_at, mut held_up, mut wait) = (0, 0, 0);
    for guess in 0..10_000 {
        let page = ask(&visitor, &number, &format!("{guess:04}")).await;
        match page.status {
            422 => looked_at += 1,
            429 => {
                held_up += 1;
                wait = page.headers["Retry-After"].to_str().unwrap().parse::<i64>().unwrap();
                assert!(wait > 0);
            }
            status => panic!("{guess:04}: {status}"),
        }
    }
    assert_eq!((looked_at, held_up), (5, 9_995));
    // Nobody gets another address by saying so.
    let said = reqwest::Client::new().post(format!("{}/progress", hall.base)).header("X-Forwarded-For", "192.0.2.7");
    let said =
        said.header("Content-Type", "application/x-www-form-urlencoded").body(format!("number={number}&digits=8000"));
    assert_eq!(said.send().await.unwrap().status(), 429);
    // Who asks about another case from there is answered, as often as they like.
    for _ in 0..3 {
        assert_eq!(ask(&visitor, neighbour.as_str().unwrap(), "8000").await.status, 200);
    }
    hall.advance(chrono::Duration::seconds(wait));
    assert_eq!(ask(&visitor, &number, "8000").await.status, 200, "whoever waits as long as was said gets an answer");
}

#[tokio::test]
async fn who_is_held_up_learns_no_more_than_who_asks_about_nothing() {
    let hall = Hall::open(TestDatabase::sqlite()).await;
    let (number, _) = opened(&hall).await;
    let visitor = hall.stranger();
    let mut last = Vec::new();
    for asked in [number.as_str(), UNKNOWN, "abcdefghijkl"] {
        let mut pages = Vec::new();
        for _ in 0..6 {
            let page = ask(&visitor, asked, "0001").await;
            pages.push((page.status, page.html.replace(asked, "NUMBER")));
        }
        last.push(pages);
    }
    assert_eq!(last[0].iter().map(|(status, _)| *status).collect::<Vec<_>>(), [422, 422, 422, 422, 422, 429]);
    assert!(last.iter().all(|pages| *pages == last[0]));
}
