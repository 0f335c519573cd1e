//! Fees over HTTP: price lists by day, numbered receipts, cancellations, refunds, waivers and the cash-up.

mod cash_up;

use casehall::domain::accounts::role::{Role, Scope};
use casehall::startup::StartError;
use chrono::Duration;
use futures_util::future::join_all;
use serde_json::{Value, json};

use crate::case_types::shipped::Staff;
use crate::databases::{TestDatabase, on_both};
use crate::hall::{CENTER, Hall, Person, TWO_OUTLETS, all_in_order, application, blockers, offer};

on_both!(
    a_case_keeps_the_price_list_of_its_receipt,
    receipts_are_counted_by_outlet_and_day_without_a_gap,
    simultaneous_payments_get_numbers_without_a_gap,
    a_supervisor_cancels_a_mistyped_payment,
    a_payment_method_is_corrected_after_the_case_has_ended,
    withdrawing_before_making_refunds_by_the_payment_methods,
    nothing_is_refunded_after_a_certificate_was_made,
    a_waiver_is_at_most_the_outstanding_fee,
);

/// Opens a case.
async fn opened(clerk: &Person<'_>, number: u32) -> String {
    let case = clerk.post("/cases", &application(number)).await.expect(201);
    case["acceptance_number"].as_str().unwrap().to_owned()
}

/// A payment in cash at window 3.
fn cash(amount_fen: i64) -> Value {
    json!({ "payment": { "amount_fen": amount_fen, "method": "cash", "window": "3" } })
}

fn receipts(case: &Value, list: &str) -> Vec<String> {
    let entries = case["fee"][list].as_array().unwrap();
    entries.iter().map(|entry| entry["receipt"].as_str().unwrap().to_owned()).collect()
}

async fn a_case_keeps_the_price_list_of_its_receipt(database: TestDatabase) {
    let files = tempfile::tempdir().unwrap();
    let lists = "[[lists]]\ncode = \"new\"\nsource = \"2026年第1号文\"\nvalid_from = 2026-03-03\nmedium_fen = 5000\n\
        certificate_year_fen = 10000\ne_seal_year_fen = 0\nreissue_fen = 1\nunlock_fen = 1\nchange_fen = 1\nrevoke_fen = 1\n\n[[lists]]\ncode = \"old\"\nsource = \"2020年第9号文\"\n\
        valid_from = \"2020-01-01\"\nmedium_fen = 20000\ncertificate_year_fen = 20000\ne_seal_year_fen = 12345\nreissue_fen = 1\nunlock_fen = 1\nchange_fen = 1\nrevoke_fen = 1\n";
    std::fs::write(files.path().join("prices.toml"), lists).unwrap();
    let hall = Hall::configured(database, files.path()).await.unwrap();
    hall.set_time("2026-03-02T15:59:59Z"); // a second to midnight in Guangzhou
    let clerk = hall.staff(Role::Clerk).await;
    let mut two_years = application(1);
    two_years["service_years"] = json!(2);
    let old = clerk.post("/cases", &two_years).await.expect(201);
    hall.advance(Duration::seconds(1));
    let new = clerk.post("/cases", &application(2)).await.expect(201);
    assert_eq!((&new["fee"]["price_list"], &new["fee"]["total_fen"]), (&json!("new"), &json!(15000)));

    let case = clerk.get(&format!("/cases/{}", old["id"].as_str().unwrap())).await.expect(200);
    assert_eq!((&case["fee"]["price_list"], &case["fee"]["total_fen"]), (&json!("old"), &json!(84690)));
    let line = &case["fee"]["lines"][2];
    let parts = ["item", "quantity", "unit_fen", "amount_fen"].map(|part| line[part].clone());
    assert_eq!(parts, [json!("e_seal_years"), json!(2), json!(12345), json!(24690)]);
    assert_eq!(line["explanation"], "e-seal service: 123.45 yuan a year × 2 = 246.90 yuan");
    let chinese = hall.staff(Role::Clerk).await.in_chinese();
    let case = chinese.get(&format!("/cases/{}", old["id"].as_str().unwrap())).await.expect(200);
    assert_eq!(case["fee"]["lines"][0]["explanation"], "证书介质费：每个 200.00 元 × 1 = 200.00 元");

    hall.set_time("2019-12-31T15:59:59Z");
    clerk.post("/cases", &application(3)).await.refused(422, "no_price_list");
}

async fn receipts_are_counted_by_outlet_and_day_without_a_gap(database: TestDatabase) {
    let hall = Hall::with(database, &[TWO_OUTLETS]).await;
    let clerk = hall.person(&[Role::Clerk], None).await;
    let (first, second) = (opened(&clerk, 1).await, opened(&clerk, 2).await);
    let mut elsewhere = application(3);
    elsewhere["outlet"] = json!("panyu");
    let third = clerk.post("/cases", &elsewhere).await.expect(201);
    let third = third["acceptance_number"].as_str().unwrap();

    let paid = clerk.act(&first, "record_payment", &cash(10000)).await.expect(200);
    let payment = &paid["fee"]["payments"][0];
    assert_eq!(
        ["receipt", "outlet", "method", "window", "by"].map(|part| payment[part].as_str().unwrap()),
        ["SK20260302-0001", CENTER, "cash", "3", "窗口人员"]
    );
    // What is refused takes no number.
    let refused = clerk.act(&first, "record_payment", &cash(60000)).await;
    assert_eq!(refused.faults(), [("/payment/amount_fen".to_owned(), "more_than_owed".to_owned())]);
    for (window, expected) in
        [("号".repeat(21), ("/payment/window", "too_long")), ("3".to_owned(), ("/payment/method", "not_one_of"))]
    {
        let odd = json!({ "payment": { "amount_fen": 1, "method": "tulips", "window": window } });
        let refused = clerk.act(&first, "record_payment", &odd).await;
        assert_eq!(refused.faults(), [(expected.0.to_owned(), expected.1.to_owned())]);
    }
    let card = json!({ "payment": { "amount_fen": 60000, "method": "card", "reference": "8842" } });
    let paid = clerk.act(&second, "record_payment", &card).await.expect(200);
    assert_eq!(receipts(&paid, "payments"), ["SK20260302-0002"]);
    assert_eq!(paid["fee"]["payments"][0]["window"], Value::Null);
    let paid = clerk.act(third, "record_payment", &cash(100)).await.expect(200);
    assert_eq!(receipts(&paid, "payments"), ["SK20260302-0001"], "each outlet counts for itself");
    // Sent again, it is the same receipt.
    let path = format!("/cases/{first}/actions/record_payment");
    for _ in 0..2 {
        let paid = clerk.post_once(&path, "key-1", &cash(10000)).await.expect(200);
        assert_eq!(receipts(&paid, "payments"), ["SK20260302-0001", "SK20260302-0003"]);
    }
    hall.advance(Duration::days(1));
    let paid = clerk.act(&first, "record_payment", &cash(40000)).await.expect(200);
    assert_eq!(receipts(&paid, "payments").last().unwrap(), "SK20260303-0001");
    assert_eq!(blockers(&paid, "record_payment"), ["nothing_owed"]);
}

async fn simultaneous_payments_get_numbers_without_a_gap(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let clerk = hall.staff(Role::Clerk).await;
    let mut cases = Vec::new();
    for number in 1..=6 {
        cases.push(opened(&clerk, number).await);
    }
    // Each case four times at once with all that it owes: one of the four is taken.
    let (amount, path) = (cash(60000), |case: &String| format!("/cases/{case}/actions/record_payment"));
    let paths: Vec<String> = cases.iter().flat_map(|case| vec![path(case); 4]).collect();
    let answers = join_all(paths.iter().map(|path| clerk.post(path, &amount))).await;
    let (taken, refused): (Vec<_>, Vec<_>) = answers.into_iter().partition(|answer| answer.status == 200);
    assert_eq!((taken.len(), refused.len()), (6, 18));
    let mut numbers: Vec<String> = taken.iter().flat_map(|answer| receipts(&answer.body, "payments")).collect();
    numbers.sort();
    assert_eq!(numbers, (1..=6).map(|number| format!("SK20260302-{number:04}")).collect::<Vec<_>>());
}

async fn a_payment_method_is_corrected_after_the_case_has_ended(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let staff = Staff::of(&hall).await;
    hall.set_time("2026-01-05T10:00:00+08:00");
    let (case, view) = staff.opened("renew", json!({ "service_years": 1, "payment_method": "cash" })).await;
    let paid = staff.accept(&case, &view).await;
    staff.pay(&paid).await;
    let done = staff.clerk.act(&case, "renew", &json!({})).await.expect(200);
    assert!(done["closed_at"].is_string());
    let day = async |day: &str| {
        let report = staff.supervisor.get(&format!("/reports/cash_up?from={day}&to={day}")).await.expect(200);
        let rows = report["table"]["rows"].as_array().unwrap().iter();
        rows.map(|row| (row["method"].as_str().unwrap().to_owned(), row["net"].as_i64().unwrap())).collect::<Vec<_>>()
    };
    let monday = day("2026-01-05").await;
    assert_eq!(monday, [("cash".to_owned(), 40_000)]);

    hall.set_time("2026-01-06T10:00:00+08:00");
    let path = format!("/cases/{case}/payments/SK20260105-0001/corrections");
    let same = staff.supervisor.post(&path, &json!({ "method": "cash", "reason": "没错" })).await;
    assert_eq!(same.faults(), [("/method".to_owned(), "nothing_changed".to_owned())]);
    let unclean = json!({ "method": "tulips", "reason": " ", "window": "号\u{7}2" });
    let wrong = json!({ "method": "tulips", "reason": "没错", "window": "号\n2" });
    for (body, pointers) in [(unclean, ["/reason", "/window"]), (wrong, ["/method", "/window"])] {
        let faults = staff.supervisor.post(&path, &body).await.faults();
        assert_eq!(faults.into_iter().map(|(at, _)| at).collect::<Vec<_>>(), pointers);
    }
    let right = json!({ "method": "card", "reference": "8842", "reason": "实为刷卡" });
    let (one, two) = tokio::join!(staff.supervisor.post(&path, &right), staff.supervisor.post(&path, &right));
    let (won, lost) = if one.status == 200 { (one, two) } else { (two, one) };
    lost.refused(409, "payment_reversed");
    let corrected = won.expect(200);
    assert_eq!(corrected["fee"]["outstanding_fen"], 0);
    assert_eq!((&corrected["state"]["code"], &corrected["closed_at"]), (&json!("renewed"), &done["closed_at"]));
    assert_eq!(receipts(&corrected, "payments"), ["SK20260105-0001", "SK20260106-0001"]);
    assert_eq!(receipts(&corrected, "cancellations"), ["CZ20260106-0001"]);
    assert_eq!(day("2026-01-05").await, monday, "what was printed stays");
    let mut tuesday = day("2026-01-06").await;
    tuesday.sort();
    assert_eq!(tuesday, [("card".to_owned(), 40_000), ("cash".to_owned(), -40_000)]);
}

async fn a_supervisor_cancels_a_mistyped_payment(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let (clerk, supervisor) = (hall.staff(Role::Clerk).await, hall.staff(Role::Supervisor).await);
    let case = opened(&clerk, 1).await;
    let seen = supervisor.get(&format!("/cases/{case}")).await.expect(200);
    assert_eq!(blockers(&seen, "cancel_payment"), ["nothing_paid"]);
    assert_eq!(offer(&seen, "cancel_payment")["requires"], json!(["cancellation", "reason"]));
    clerk.act(&case, "record_payment", &cash(60000)).await.expect(200);

    let cancel = |receipt: &str| json!({ "cancellation": { "receipt": receipt, "window": "3" }, "reason": "实为刷卡" });
    clerk.act(&case, "cancel_payment", &cancel("SK20260302-0001")).await.refused(403, "role_missing");
    let refused = supervisor.act(&case, "cancel_payment", &cancel("SK20260302-0002")).await;
    assert_eq!(refused.faults(), [("/cancellation/receipt".to_owned(), "not_one_of".to_owned())]);
    let silent = json!({ "cancellation": { "receipt": "SK20260302-0001" } });
    let refused = supervisor.act(&case, "cancel_payment", &silent).await;
    assert_eq!(refused.faults(), [("/reason".to_owned(), "missing_field".to_owned())]);

    let cancelled = supervisor.act(&case, "cancel_payment", &cancel("SK20260302-0001")).await.expect(200);
    let fee = &cancelled["fee"];
    assert_eq!((&fee["paid_fen"], &fee["outstanding_fen"]), (&json!(0), &json!(60000)));
    let entry = &fee["cancellations"][0];
    assert_eq!(
        ["receipt", "of", "method", "reason", "by"].map(|part| entry[part].as_str().unwrap()),
        ["CZ20260302-0001", "SK20260302-0001", "cash", "实为刷卡", "督办人员"]
    );
    assert_eq!(fee["payments"].as_array().unwrap().len(), 1, "what was typed stays");
    supervisor.act(&case, "cancel_payment", &cancel("SK20260302-0001")).await.refused(422, "nothing_paid");
    let card = json!({ "payment": { "amount_fen": 60000, "method": "card" } });
    let paid = clerk.act(&case, "record_payment", &card).await.expect(200);
    assert_eq!(paid["fee"]["outstanding_fen"], 0);
    let rows = supervisor.get("/reports/cash_up").await.expect(200)["table"]["rows"].as_array().unwrap().clone();
    let nets: Vec<_> = rows.iter().map(|row| (row["method"].as_str().unwrap(), row["net"].as_i64().unwrap())).collect();
    assert_eq!(nets, [("card", 60000), ("cash", 0)]);
}

async fn withdrawing_before_making_refunds_by_the_payment_methods(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let (clerk, supervisor) = (hall.staff(Role::Clerk).await, hall.staff(Role::Supervisor).await);
    let portal = hall.client("portal", &[Scope::CasesRead, Scope::CasesOpen, Scope::CasesWrite]).await;
    let submitted = portal.post("/cases", &application(1)).await.expect(201);
    let case = submitted["acceptance_number"].as_str().unwrap();
    assert_eq!(blockers(&submitted, "withdraw"), Vec::<String>::new(), "nothing was paid yet");
    clerk.act(case, "record_payment", &cash(10000)).await.expect(200);
    let card = json!({ "payment": { "amount_fen": 20000, "method": "card" } });
    clerk.act(case, "record_payment", &card).await.expect(200);
    clerk.act(case, "record_payment", &cash(5)).await.expect(200);
    let wrong = json!({ "cancellation": { "receipt": "SK20260302-0003" }, "reason": "误收" });
    supervisor.act(case, "cancel_payment", &wrong).await.expect(200);

    // Nobody takes cash out of the drawer for another system.
    let seen = portal.get(&format!("/cases/{case}")).await.expect(200);
    assert_eq!(blockers(&seen, "withdraw"), ["refund_at_window"]);
    portal.act(case, "withdraw", &json!({ "reason": "不办了" })).await.refused(422, "refund_at_window");

    hall.advance(Duration::days(1));
    let back = json!({ "reason": "不办了", "refund": { "window": "5", "reference": "T-1" } });
    let refused = clerk.act(case, "withdraw", &back).await.refused(403, "second_person_needed");
    let detail = refused["detail"].as_str().unwrap();
    assert!(
        detail.contains("supervisor") && !detail.contains("system"),
        "who else may, and nobody who may not: {detail}"
    );
    let withdrawn = hall.staff(Role::Clerk).await.act(case, "withdraw", &back).await.expect(200);
    let fee = &withdrawn["fee"];
    let amounts = ["total_fen", "paid_fen", "refunded_fen", "outstanding_fen"].map(|part| fee[part].as_i64().unwrap());
    assert_eq!(amounts, [60000, 0, 30000, 0]);
    let refunds: Vec<_> = fee["refunds"].as_array().unwrap().iter().collect();
    let shown = |part: &str| refunds.iter().map(|refund| refund[part].clone()).collect::<Vec<_>>();
    assert_eq!(shown("receipt"), ["TK20260303-0001", "TK20260303-0002"]);
    assert_eq!(shown("of"), ["SK20260302-0001", "SK20260302-0002"]);
    assert_eq!(shown("method"), ["cash", "card"], "the way it was paid");
    assert_eq!(shown("window"), ["5", "5"]);
    assert_eq!((shown("reason"), shown("by")), (vec![json!("不办了"); 2], vec![json!("窗口人员"); 2]));
    let events = clerk.get(&format!("/cases/{case}/events")).await.expect(200);
    let kinds = events["items"].as_array().unwrap().iter().filter(|event| event["kind"] == "payment_refunded");
    assert_eq!(kinds.count(), 2, "each refund is an event");

    // Rejecting gives back as well.
    let case = opened(&clerk, 2).await;
    clerk.act(&case, "record_payment", &cash(600)).await.expect(200);
    let rejected = supervisor.act(&case, "reject", &json!({ "reason": "不符合条件" })).await.expect(200);
    assert_eq!(receipts(&rejected, "refunds"), ["TK20260303-0003"]);
}

async fn nothing_is_refunded_after_a_certificate_was_made(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let (clerk, producer) = (hall.staff(Role::Clerk).await, hall.staff(Role::Producer).await);
    for (number, voided) in [(1, false), (2, true)] {
        let opened = clerk.post("/cases", &application(number)).await.expect(201);
        let case = opened["acceptance_number"].as_str().unwrap();
        clerk.act(case, "record_materials", &all_in_order(&opened)).await.expect(200);
        clerk.act(case, "accept_materials", &json!({})).await.expect(200);
        clerk.act(case, "record_payment", &cash(60000)).await.expect(200);
        let made =
            json!({ "certificate": { "serial": format!("GZ-{number}"), "medium_number": format!("KEY-{number}") } });
        producer.act(case, "record_certificate", &made).await.expect(200);
        if voided {
            producer.act(case, "remake", &json!({ "reason": "写坏了" })).await.expect(200);
        }
        let withdrawn = clerk.act(case, "withdraw", &json!({ "reason": "不办了" })).await.expect(200);
        assert_eq!(withdrawn["fee"]["refunds"], json!([]), "voided: {voided}");
        assert_eq!((&withdrawn["fee"]["paid_fen"], &withdrawn["fee"]["outstanding_fen"]), (&json!(60000), &json!(0)));
    }
}

async fn a_waiver_is_at_most_the_outstanding_fee(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let (clerk, producer) = (hall.staff(Role::Clerk).await, hall.staff(Role::Producer).await);
    let supervisor = hall.staff(Role::Supervisor).await;
    let opened = clerk.post("/cases", &application(1)).await.expect(201);
    let case = opened["acceptance_number"].as_str().unwrap();
    let waiver = |waiver: Value| json!({ "waiver": waiver, "reason": "小微企业减免" });
    clerk.act(case, "waive_fee", &waiver(json!({ "item": "medium" }))).await.refused(403, "role_missing");
    let fault = |pointer: &str, code: &str| vec![(pointer.to_owned(), code.to_owned())];
    for (body, expected) in [
        (json!({}), fault("/waiver", "missing_field")),
        (json!({ "item": "tea" }), fault("/waiver/item", "not_one_of")),
        (json!({ "item": "unlock" }), fault("/waiver/item", "not_one_of")),
        (json!({ "item": "medium", "amount_fen": 20001 }), fault("/waiver/amount_fen", "more_than_owed")),
        (json!({ "amount_fen": 60001 }), fault("/waiver/amount_fen", "more_than_owed")),
    ] {
        let refused = supervisor.act(case, "waive_fee", &waiver(body.clone())).await;
        assert_eq!(refused.faults(), expected, "{body}");
    }
    let silent = json!({ "waiver": { "item": "medium" } });
    assert_eq!(supervisor.act(case, "waive_fee", &silent).await.faults(), fault("/reason", "missing_field"));

    let part = json!({ "item": "medium", "amount_fen": 5000 });
    supervisor.act(case, "waive_fee", &waiver(part)).await.expect(200);
    let waived = supervisor.act(case, "waive_fee", &waiver(json!({ "item": "medium" }))).await.expect(200);
    assert_eq!(waived["fee"]["waivers"][1]["amount_fen"], 15000, "what is left of the line");
    assert_eq!(receipts(&waived, "waivers"), ["JM20260302-0001", "JM20260302-0002"]);
    let refused = supervisor.act(case, "waive_fee", &waiver(json!({ "item": "medium" }))).await;
    assert_eq!(refused.faults(), fault("/waiver/amount_fen", "out_of_range"), "nothing is left of it");
    clerk.act(case, "record_payment", &cash(30000)).await.expect(200);
    let refused = supervisor.act(case, "waive_fee", &waiver(json!({ "item": "e_seal_years" }))).await;
    assert_eq!(refused.faults(), fault("/waiver/amount_fen", "more_than_owed"), "100 yuan are owed, the line is 200");

    clerk.act(case, "record_materials", &all_in_order(&opened)).await.expect(200);
    clerk.act(case, "accept_materials", &json!({})).await.expect(200);
    let made = json!({ "certificate": { "serial": "GZ-0001", "medium_number": "KEY-0001" } });
    producer.act(case, "record_certificate", &made).await.expect(200);
    let collector = json!({ "name": "刘少芬", "document_number": "440199196706237621", "document_sighted": true });
    let seen = clerk.act(case, "record_collector", &json!({ "collector": collector })).await.expect(200);
    assert_eq!(blockers(&seen, "issue"), ["fee_not_settled"]);
    supervisor.act(case, "waive_fee", &waiver(json!({ "amount_fen": 10000 }))).await.expect(200);
    let issued = clerk.act(case, "issue", &json!({})).await.expect(200);
    let amounts = ["total_fen", "waived_fen", "paid_fen", "outstanding_fen"];
    assert_eq!(amounts.map(|part| issued["fee"][part].as_i64().unwrap()), [60000, 30000, 30000, 0]);
}

#[tokio::test]
async fn what_is_free_of_charge_is_settled_at_once() {
    let files = tempfile::tempdir().unwrap();
    let free = "[[lists]]\ncode = \"free\"\nsource = \"免收\"\nvalid_from = 2020-01-01\nmedium_fen = 0\n\
        certificate_year_fen = 0\ne_seal_year_fen = 0\nreissue_fen = 0\nunlock_fen = 0\nchange_fen = 0\nrevoke_fen = 0\n";
    std::fs::write(files.path().join("prices.toml"), free).unwrap();
    let hall = Hall::configured(TestDatabase::sqlite(), files.path()).await.unwrap();
    let clerk = hall.staff(Role::Clerk).await;
    let case = clerk.post("/cases", &application(1)).await.expect(201);
    assert_eq!((&case["fee"]["total_fen"], &case["fee"]["outstanding_fen"]), (&json!(0), &json!(0)));
    assert_eq!(blockers(&case, "record_payment"), ["nothing_owed"]);
}

#[tokio::test]
async fn ending_prices_are_a_board_warning_and_missing_prices_prevent_the_start() {
    let files = tempfile::tempdir().unwrap();
    let until = |day: &str| {
        let list = format!(
            "[[lists]]\ncode = \"term\"\nsource = \"文\"\nvalid_from = 2020-01-01\nvalid_until = {day}\nmedium_fen = 1\n\
             certificate_year_fen = 1\ne_seal_year_fen = 1\nreissue_fen = 1\nunlock_fen = 1\nchange_fen = 1\nrevoke_fen = 1\n"
        );
        std::fs::write(files.path().join("prices.toml"), list).unwrap();
    };
    until("2026-03-31");
    let hall = Hall::configured(TestDatabase::sqlite(), files.path()).await.unwrap();
    let (clerk, supervisor) = (hall.staff(Role::Clerk).await, hall.staff(Role::Supervisor).await);
    let warnings = supervisor.get("/board").await.expect(200)["warnings"].clone();
    assert_eq!(warnings[0]["code"], "price_list_ends", "{warnings}");
    hall.set_time("2026-03-31T16:00:00Z"); // midnight in Guangzhou
    clerk.post("/cases", &application(1)).await.refused(422, "no_price_list");

    until("2026-03-01");
    let refused = Hall::configured(TestDatabase::sqlite(), files.path()).await.err();
    let Some(StartError::Configuration(faults)) = refused else { panic!("it started without prices") };
    let faults: Vec<String> = faults.iter().map(ToString::to_string).collect();
    let expected = "prices.toml:1: no price list is in force today, 2026-03-02: \"term\" ended on 2026-03-01; ";
    assert!(faults.len() == 1 && faults[0].starts_with(expected), "{faults:?}");
}
