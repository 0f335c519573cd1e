//! The cash-up over HTTP: who sees what, as what it is sent, and that it says what the events say.

use std::collections::{BTreeMap, BTreeSet};

use casehall::domain::accounts::role::Role;
use chrono::Duration;
use reqwest::Method;
use serde_json::{Value, json};

use super::{cash, opened};
use crate::databases::{TestDatabase, on_both};
use crate::hall::{CENTER, Hall, Person, TWO_OUTLETS, application, send};

on_both!(
    a_corrected_payment_leaves_the_drawer_that_it_was_in,
    the_cash_up_of_a_past_day_never_changes,
    the_cash_up_of_a_month_equals_its_events,
);

async fn rows(person: &Person<'_>, query: &str) -> Vec<Value> {
    person.get(&format!("/reports/{query}")).await.expect(200)["table"]["rows"].as_array().unwrap().clone()
}

async fn a_corrected_payment_leaves_the_drawer_that_it_was_in(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let (clerk, supervisor) = (hall.staff(Role::Clerk).await, hall.staff(Role::Supervisor).await);
    let case = clerk.post("/cases", &application(1)).await.expect(201);
    let number = case["acceptance_number"].as_str().unwrap();
    let cash = json!({ "payment": { "amount_fen": 60000, "method": "cash", "window": "11" } });
    let paid = clerk.act(number, "record_payment", &cash).await.expect(200);
    let receipt = paid["fee"]["payments"][0]["receipt"].as_str().unwrap();
    let right = json!({ "method": "card", "window": "12", "reason": "实为在12号窗口刷卡" });
    supervisor.post(&format!("/cases/{number}/payments/{receipt}/corrections"), &right).await.expect(200);
    let rows = rows(&supervisor, "cash_up").await;
    let drawers = rows.iter().map(|row| (row["window"].as_str().unwrap(), row["net"].as_i64().unwrap()));
    assert_eq!(drawers.collect::<Vec<_>>(), [("11", 0), ("12", 60000)]);
}

async fn the_cash_up_of_a_past_day_never_changes(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let (clerk, supervisor) = (hall.staff(Role::Clerk).await, hall.staff(Role::Supervisor).await);
    let case = opened(&clerk, 1).await;
    clerk.act(&case, "record_payment", &cash(10000)).await.expect(200);
    clerk.act(&case, "record_payment", &cash(20000)).await.expect(200);
    let card = json!({ "payment": { "amount_fen": 5000, "method": "card" } });
    clerk.act(&case, "record_payment", &card).await.expect(200);
    let waiver = json!({ "waiver": { "amount_fen": 25000 }, "reason": "减免" });
    supervisor.act(&case, "waive_fee", &waiver).await.expect(200);

    let monday = rows(&supervisor, "cash_up").await;
    let shown = |row: &Value| {
        let texts =
            ["window", "method", "first_receipt", "last_receipt"].map(|part| row[part].as_str().map(str::to_owned));
        let amounts =
            ["taken", "payments", "cancelled", "refunded", "net", "waived"].map(|part| row[part].as_i64().unwrap());
        (texts, amounts)
    };
    let text = |text: &str| Some(text.to_owned());
    let receipt = |number: u32| text(&format!("SK20260302-{number:04}"));
    assert_eq!(
        monday.iter().map(shown).collect::<Vec<_>>(),
        [
            ([None, text("card"), receipt(3), receipt(3)], [5000, 1, 0, 0, 5000, 0]),
            ([None, text("waived"), None, None], [0, 0, 0, 0, 0, 25000]),
            ([text("3"), text("cash"), receipt(1), receipt(2)], [30000, 2, 0, 0, 30000, 0]),
        ]
    );
    hall.advance(Duration::days(1));
    supervisor.act(&case, "withdraw", &json!({ "reason": "不办了" })).await.expect(200);
    let day = "from=2026-03-02&to=2026-03-02";
    assert_eq!(rows(&supervisor, &format!("cash_up?{day}")).await, monday, "the day is over");
    let tuesday = rows(&supervisor, "cash_up").await;
    // The money leaves the drawer that it is in, though nobody named one.
    let drawers: Vec<_> = tuesday.iter().map(|row| (row["window"].as_str(), row["net"].as_i64().unwrap())).collect();
    assert_eq!(drawers, [(None, -5000), (Some("3"), -30000)]);
    let both = supervisor.get("/reports/cash_up?from=2026-03-02&by=day").await.expect(200);
    assert_eq!(both["table"]["rows"].as_array().unwrap().len(), monday.len() + tuesday.len());
    assert_eq!(
        both["table"]["notes"][0],
        "Total: 350.00 yuan taken, 0.00 cancelled, 350.00 refunded, 0.00 net; 250.00 waived (no money)"
    );

    let entries = rows(&supervisor, "cash_up_entries?from=2026-03-02").await;
    let of = |part: &str| entries.iter().map(|entry| entry[part].clone()).collect::<Vec<_>>();
    assert_eq!(of("amount")[..3], [json!(10000), json!(20000), json!(5000)]);
    assert_eq!((&of("amount")[3], &of("waived")[3], &of("reason")[3]), (&Value::Null, &json!(25000), &json!("减免")));
    assert_eq!(of("amount")[4..].iter().map(|fen| fen.as_i64().unwrap()).sum::<i64>(), -35000);
    assert_eq!(of("of_receipt")[4..], ["SK20260302-0001", "SK20260302-0002", "SK20260302-0003"].map(|of| json!(of)));
    assert!(of("acceptance_number").iter().all(|number| *number == json!(case)));
}

#[tokio::test]
async fn the_cash_up_is_limited_by_role() {
    let hall = Hall::with(TestDatabase::sqlite(), &[TWO_OUTLETS]).await;
    let (clerk, other) = (hall.staff(Role::Clerk).await, hall.staff(Role::Clerk).await);
    let (supervisor, auditor) = (hall.staff(Role::Supervisor).await, hall.person(&[Role::Auditor], None).await);
    let administrator = hall.person(&[Role::Administrator], None).await;
    let panyu = hall.person(&[Role::Clerk], Some("panyu")).await;
    let case = opened(&clerk, 1).await;
    clerk.act(&case, "record_payment", &cash(100)).await.expect(200);
    other.act(&case, "record_payment", &cash(200)).await.expect(200);
    let mut elsewhere = application(2);
    elsewhere["outlet"] = json!("panyu");
    let elsewhere = panyu.post("/cases", &elsewhere).await.expect(201);
    panyu.act(elsewhere["acceptance_number"].as_str().unwrap(), "record_payment", &cash(400)).await.expect(200);

    let net = async |person: &Person<'_>, query: &str| {
        let rows = rows(person, &format!("cash_up{query}")).await;
        rows.iter().map(|row| row["net"].as_i64().unwrap()).sum::<i64>()
    };
    assert_eq!((net(&clerk, "").await, net(&other, "").await), (100, 200));
    assert_eq!((net(&supervisor, "").await, net(&panyu, "").await), (300, 400));
    assert_eq!((net(&auditor, "").await, net(&administrator, "").await), (700, 700));
    assert_eq!((net(&auditor, "?outlet=panyu").await, net(&auditor, "?window=4").await), (400, 0));
    let people = rows(&supervisor, "cash_up?by=person").await;
    assert_eq!(people.iter().map(|row| row["net"].as_i64().unwrap()).collect::<BTreeSet<_>>(), [100, 200].into());
    assert_eq!(rows(&clerk, "cash_up_entries").await.len(), 1);
    assert_eq!(rows(&supervisor, "cash_up_entries").await.len(), 2);
    administrator.get("/reports/cash_up_entries").await.refused(403, "forbidden"); // they see no case
    supervisor.get("/reports/cash_up?outlet=panyu").await.refused(404, "not_found");
    let portal = hall.client("portal", &[casehall::domain::accounts::role::Scope::CasesRead]).await;
    portal.get("/reports/cash_up").await.refused(403, "forbidden");
    let others = people.iter().find(|row| row["net"] == 200).unwrap()["person"].as_str().unwrap();
    clerk.get(&format!("/reports/cash_up?person={others}")).await.refused(403, "forbidden");
    for (query, pointer, code) in [
        ("cash_up?by=outlet", "/by/0", "not_one_of"),
        ("cash_up_entries?from=2025-11-30", "/from", "out_of_range"),
        ("throughput?window=3", "/window", "unexpected_field"),
        ("cash_up?limit=5", "/limit", "unexpected_field"),
    ] {
        let refused = auditor.get(&format!("/reports/{query}")).await;
        assert_eq!(refused.faults(), [(pointer.to_owned(), code.to_owned())], "{query}");
    }
    rows(&auditor, "cash_up_entries?from=2025-12-01").await;
}

#[tokio::test]
async fn a_spreadsheet_program_opens_the_cash_up_right() {
    let hall = Hall::open(TestDatabase::sqlite()).await;
    let clerk = hall.staff(Role::Clerk).await.in_chinese();
    let case = opened(&clerk, 1).await;
    let dear = json!({ "payment": { "amount_fen": 12345, "method": "cash", "window": "=1+1" } });
    clerk.act(&case, "record_payment", &dear).await.expect(200);
    let csv = clerk.get("/reports/cash_up?format=csv").await;
    assert_eq!(csv.header("Content-Disposition"), "attachment; filename=\"cash_up-2026-03-02-2026-03-02.csv\"");
    let raw =
        clerk.request(Method::GET, "/reports/cash_up?format=csv").await.send().await.unwrap().bytes().await.unwrap();
    assert_eq!(&raw[..3], [0xEF, 0xBB, 0xBF], "without the mark Excel takes Chinese text for something else");
    let text = csv.body.as_str().unwrap();
    assert!(text.contains("收款（元）,收款笔数,冲正（元）"), "{text}");
    let row = format!("{CENTER},广州市电子签名中心,'=1+1,cash,现金,123.45,1,0.00,0,0.00,0,123.45,SK20260302-0001,");
    assert!(text.contains(&row), "{text}");
    for report in ["cash_up", "cash_up_entries"] {
        let path = format!("/reports/{report}?format=xlsx");
        let sent = clerk.request(Method::GET, &path).await.send().await.unwrap();
        assert_eq!(&sent.bytes().await.unwrap()[..2], b"PK");
    }
    let list = send(clerk.request(Method::GET, "/reports/cash_up_entries?format=csv").await).await;
    assert!(list.body.as_str().unwrap().contains("SK20260302-0001,收款,2026-03-02,2026-03-02 "), "{list:?}");
}

/// Chance that is the same in every run (Knuth's MMIX generator).
struct Dice(u64);

impl Dice {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % end
    }
}

/// What a row must say: taken, payments, cancelled, cancellations, refunded, refunds, waived, waivers.
type Sums = [i64; 8];
const SUMS: [&str; 8] = ["taken", "payments", "cancelled", "cancellations", "refunded", "refunds", "waived", "waivers"];

async fn the_cash_up_of_a_month_equals_its_events(database: TestDatabase) {
    let hall = Hall::with(database, &[TWO_OUTLETS]).await;
    let clerk = hall.person(&[Role::Clerk], None).await;
    let both = hall.person(&[Role::Clerk, Role::Supervisor], None).await;
    // Whoever took money of a case waives nothing of it.
    let chief = hall.person(&[Role::Supervisor], None).await;
    let auditor = hall.person(&[Role::Auditor], None).await;
    let mut dice = Dice(4);
    let mut cases: Vec<String> = Vec::new();
    for day in 0..30 {
        for _ in 0..1 + dice.below(8) {
            if cases.len() < 4 || dice.below(4) == 0 {
                let mut application = application(u32::try_from(cases.len()).unwrap() + 1);
                application["outlet"] = json!([CENTER, "panyu"][dice.below(2)]);
                let case = clerk.post("/cases", &application).await.expect(201);
                cases.push(case["acceptance_number"].as_str().unwrap().to_owned());
                continue;
            }
            let case = cases[dice.below(cases.len())].clone();
            let window = ["1", "2", "三"][dice.below(3)];
            let fen = 1 + dice.below(30_000) as i64;
            let method = ["cash", "card", "transfer", "online"][dice.below(4)];
            let seen = both.get(&format!("/cases/{case}")).await.expect(200);
            let receipt = seen["fee"]["payments"].as_array().unwrap().last().map(|payment| payment["receipt"].clone());
            // Much of it is refused: too much money, nothing to cancel, a case that has ended. That must leave no trace.
            match dice.below(12) {
                0..6 => {
                    let mut payment = json!({ "amount_fen": fen, "method": method });
                    if dice.below(3) > 0 {
                        payment["window"] = json!(window);
                    }
                    let who = if dice.below(2) == 0 { &clerk } else { &both };
                    who.act(&case, "record_payment", &json!({ "payment": payment })).await;
                }
                6..8 => {
                    let cancellation =
                        json!({ "receipt": receipt.unwrap_or(json!("SK20260302-0001")), "window": window });
                    both.act(&case, "cancel_payment", &json!({ "cancellation": cancellation, "reason": "误收" })).await;
                }
                8..10 => {
                    let waiver = json!({ "waiver": { "amount_fen": fen / 3 + 1 }, "reason": "减免" });
                    chief.act(&case, "waive_fee", &waiver).await;
                }
                10 => {
                    let outlet = json!({ "correction": { "outlet": CENTER }, "reason": "改网点" });
                    both.act(&case, "correct_application", &outlet).await;
                }
                _ => {
                    let back = json!({ "reason": "不办了", "refund": { "window": window } });
                    clerk.act(&case, "withdraw", &back).await;
                }
            }
        }
        hall.advance(Duration::hours(if day % 3 == 0 { 20 } else { 26 }));
    }

    // Counted again from what the timelines say and nothing else.
    let mut expected: BTreeMap<(String, String, String, String), Sums> = BTreeMap::new();
    let mut numbers: BTreeMap<String, BTreeSet<u32>> = BTreeMap::new();
    for case in &cases {
        let events = auditor.get(&format!("/cases/{case}/events")).await.expect(200);
        for event in events["items"].as_array().unwrap() {
            let data = &event["data"];
            let (entry, column) = match event["kind"].as_str().unwrap() {
                "payment_recorded" => (&data["payment"], 0),
                "payment_cancelled" => (&data["cancellation"], 2),
                "payment_refunded" => (&data["refund"], 4),
                "fee_waived" => (&data["waiver"], 6),
                _ => continue,
            };
            let at: chrono::DateTime<chrono::Utc> = event["at"].as_str().unwrap().parse().unwrap();
            let day = at.with_timezone(&chrono_tz::Asia::Shanghai).date_naive().to_string();
            let text = |part: &str| entry[part].as_str().unwrap_or_default().to_owned();
            let method = if column == 6 { "waived".to_owned() } else { text("method") };
            let sums = expected.entry((day.clone(), text("outlet"), text("window"), method)).or_default();
            sums[column] += entry["amount_fen"].as_i64().unwrap();
            sums[column + 1] += 1;
            let (series, number) = entry["receipt"].as_str().unwrap().split_once('-').unwrap();
            assert!(series.ends_with(&day.replace('-', "")), "{series} on {day}");
            let fresh =
                numbers.entry(format!("{} {series}", text("outlet"))).or_default().insert(number.parse().unwrap());
            assert!(fresh, "{series}-{number} stands twice");
        }
    }
    for (series, numbers) in &numbers {
        assert_eq!(numbers.last().copied(), u32::try_from(numbers.len()).ok(), "{series} has a gap");
    }
    let counted: i64 = expected.values().map(|sums| sums[1] + sums[3] + sums[5] + sums[7]).sum();
    assert!(counted > 50, "only {counted} entries");
    assert!((0..8).all(|column| expected.values().any(|sums| sums[column] > 0)), "something never happened");

    let query = "from=2026-03-02&to=2026-04-02&by=day";
    hall.set_time("2026-04-02T02:00:00Z");
    let mut found = BTreeMap::new();
    for row in rows(&auditor, &format!("cash_up?{query}")).await {
        let text = |part: &str| row[part].as_str().unwrap_or_default().to_owned();
        let sums = SUMS.map(|part| row[part].as_i64().unwrap());
        assert_eq!(row["net"].as_i64().unwrap(), sums[0] - sums[2] - sums[4]);
        found.insert((text("from"), text("outlet"), text("window"), text("method")), sums);
    }
    assert_eq!(found, expected);
    let entries = rows(&auditor, "cash_up_entries?from=2026-03-02&to=2026-04-02").await;
    assert_eq!(i64::try_from(entries.len()).unwrap(), counted);
    let net: i64 = entries.iter().filter_map(|entry| entry["amount"].as_i64()).sum();
    assert_eq!(net, expected.values().map(|sums| sums[0] - sums[2] - sums[4]).sum::<i64>());
}
