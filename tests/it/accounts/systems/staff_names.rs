//! Systems read roles where the staff reads names, and nothing of what the hall notes for itself: whatever a system may read is searched for the
//! names and ids of everybody, and for what they noted; and it is as it is described.

use casehall::domain::accounts::role::{Role, Scope};
use reqwest::Method;
use serde_json::{Value, json};

use crate::databases::{TestDatabase, on_both};
use crate::hall::{CENTER, Hall, Person, all_in_order, application, send};
use crate::http::contract::description::Contract;

on_both!(what_a_system_reads_names_nobody_of_the_staff,);

/// Somebody whose name stands nowhere else.
async fn named<'a>(hall: &'a Hall, username: &str, name: &str, role: Role) -> Person<'a> {
    hall.named(username, name, &[role], Some(CENTER)).await
}

/// A case that the portal opened, on which everybody has done everything that leaves a name; its number.
async fn a_whole_case(hall: &Hall, portal: &Person<'_>) -> String {
    let clerk = named(hall, "zhao.counter", "赵柜员甲", Role::Clerk).await;
    let colleague = named(hall, "qian.counter", "钱柜员乙", Role::Clerk).await;
    let producer = named(hall, "sun.maker", "孙制证丙", Role::Producer).await;
    let supervisor = named(hall, "li.watch", "李督办丁", Role::Supervisor).await;
    let reporter = hall.client("other-system", &[Scope::CertificatesReport]).await;
    let opened = portal.post("/cases", &application(1)).await.expect(201);
    let case = opened["acceptance_number"].as_str().unwrap().to_owned();
    let done =
        async |person: &Person<'_>, action: &str, body: Value| person.act(&case, action, &body).await.expect(200);

    clerk.post(&format!("/cases/{case}/claim"), &json!({})).await.expect(200);
    let version = clerk.get(&format!("/cases/{case}")).await.expect(200)["version"].as_i64().unwrap();
    let assignee = json!({ "assignee": "qian.counter", "reason": NOTES[0] });
    supervisor.put(&format!("/cases/{case}/assignee"), version, &assignee).await.expect(200);
    let payment = |fen: u32| json!({ "payment": { "amount_fen": fen, "method": "cash", "window": "3" } });
    let paid = done(&clerk, "record_payment", payment(1_000)).await;
    let receipt = &paid["fee"]["payments"][0]["receipt"];
    done(
        &supervisor,
        "cancel_payment",
        json!({ "cancellation": { "receipt": receipt, "window": "3" }, "reason": "误录" }),
    )
    .await;
    done(&supervisor, "waive_fee", json!({ "waiver": { "amount_fen": 100 }, "reason": "减免" })).await;
    let owed =
        done(&supervisor, "pause", json!({ "reason": "停电" })).await["fee"]["outstanding_fen"].as_u64().unwrap();
    done(&supervisor, "resume", json!({})).await;
    done(&supervisor, "extend_limit", json!({ "limit": "2026-03-20", "reason": "介质缺货" })).await;
    let payment = json!({ "payment": { "amount_fen": owed, "method": "card" } });
    done(&colleague, "record_payment", payment).await;
    let mut lacking = all_in_order(&opened);
    (lacking["materials"][1]["copies_received"], lacking["materials"][1]["copies_stamped"]) = (json!(0), json!(0));
    done(&clerk, "record_materials", lacking).await;
    done(&clerk, "request_correction", json!({ "remark": "请补交" })).await;
    done(&clerk, "resubmit", json!({})).await;
    let contact = json!({ "certificate_contact": { "name": "曾国栋", "phone": "13900139001" } });
    done(&clerk, "correct_application", json!({ "correction": contact, "reason": NOTES[12] })).await;
    done(&clerk, "record_materials", all_in_order(&opened)).await;
    done(&clerk, "accept_materials", json!({})).await;
    let made = |number: u32| json!({ "certificate": { "serial": format!("GZ-{number}"), "medium_number": format!("KEY-{number}") } });
    done(&producer, "record_certificate", made(1)).await;
    done(&producer, "remake", json!({ "reason": NOTES[13] })).await;
    done(&producer, "record_certificate", made(2)).await;
    let collector = json!({ "name": "刘少芬", "document_number": "440199196706237621", "document_sighted": true });
    done(&clerk, "record_collector", json!({ "collector": collector })).await;
    done(&clerk, "issue", json!({})).await;
    done(&clerk, "activate", json!({})).await;
    let at_register = async |person: &Person<'_>, what: &str, body: Value| {
        person.post(&format!("/certificates/GZ-2/{what}"), &body).await.expect(200)
    };
    at_register(&reporter, "lock-reports", json!({})).await;
    let noted = |note: &str| json!({ "reason": note });
    at_register(&clerk, "loss-reports", noted(NOTES[1])).await;
    at_register(&supervisor, "restore", noted(NOTES[2])).await;
    at_register(&clerk, "services/urban-construction/suspend", noted(NOTES[3])).await;
    at_register(&supervisor, "services/urban-construction/restore", noted(NOTES[4])).await;
    at_register(&clerk, "corrections", json!({ "handler": "刘少芳", "reason": NOTES[5] })).await;
    at_register(&supervisor, "corrections/decline", noted(NOTES[6])).await;
    at_register(&clerk, "loss-reports", noted(NOTES[7])).await;
    at_register(&supervisor, "restore", noted(NOTES[2])).await;
    at_register(&clerk, "loss-reports", noted(NOTES[7])).await;
    at_register(&colleague, "corrections", json!({ "handler": "刘少芳", "reason": NOTES[8] })).await;
    for note in [NOTES[9], NOTES[10]] {
        supervisor.post(&format!("/cases/{case}/holds"), &noted(note)).await.expect(200);
    }
    supervisor.post(&format!("/cases/{case}/holds/1/lift"), &noted(NOTES[11])).await.expect(200);
    case
}

/// What the staff notes, so worded that it stands nowhere else.
const NOTES: [&str; 14] = [
    "柜员甲去休假",
    "疑似被前员工拿走",
    "次日自行找回",
    "怀疑冒用印章",
    "冒用查无实据",
    "录错一个字",
    "核对后并无误",
    "再次疑似被拿走",
    "确实录错一个字",
    "公安来函调查中",
    "单位被举报造假",
    "公安已结案",
    "联系人疑为代办中介",
    "介质疑被调换",
];

/// Every address that a system can read, from the description of the API; one that is new must be given its names here.
async fn addresses(hall: &Hall, case: &str) -> Vec<String> {
    let document = hall.nobody().get("//openapi.json").await.expect(200);
    let code = crate::hall::unified_code(1);
    let eligibility = format!("organizations/{code}");
    let names = [
        ("{key}", case),
        ("{serial}", "GZ-2"),
        ("{application}", "urban-construction"),
        ("{year}", "2026"),
        ("{client_id}", "portal"),
        ("users/{id}", "users/01890a5d-ac96-774b-bcce-b302099a8057"),
        ("imports/{id}", "imports/01890a5d-ac96-774b-bcce-b302099a8057"),
        ("webhooks/{id}", "webhooks/01890a5d-ac96-774b-bcce-b302099a8057"),
        ("services/{code}", "services/urban-construction"),
        ("organizations/{code}", &eligibility),
        ("case-types/{code}", "case-types/new-certificate"),
        ("reports/{name}", "reports/throughput"),
        ("worklists/{name}", "worklists/to_check"),
    ];
    let paths = document["paths"].as_object().unwrap().iter().filter(|(_, routes)| routes["get"].is_object());
    let below = paths.filter_map(|(path, _)| path.strip_prefix("/api/v1"));
    let mut found: Vec<String> =
        below.map(|path| names.iter().fold(path.to_owned(), |path, (name, value)| path.replace(name, value))).collect();
    let unnamed: Vec<&String> = found.iter().filter(|path| path.contains('{')).collect();
    assert!(unnamed.is_empty(), "say above what these name: {unnamed:?}");
    found.extend(["/certificates?name=广州第1", "/cases?closed=true", "/cases?limit=1"].map(str::to_owned));
    found.extend([format!("/certificates?organization_code={code}"), format!("/cases/{case}/deadlines?explain=days")]);
    found
}

/// Where in an answer somebody of them is named.
fn found_in(answer: &Value, staff: &[String], at: &str) -> Vec<String> {
    match answer {
        Value::Object(members) => {
            members.iter().flat_map(|(name, value)| found_in(value, staff, &format!("{at}/{name}"))).collect()
        }
        Value::Array(values) => values
            .iter()
            .enumerate()
            .flat_map(|(index, value)| found_in(value, staff, &format!("{at}/{index}")))
            .collect(),
        Value::String(text) => {
            let named = staff.iter().filter(|name| text.contains(name.as_str()));
            named.map(|name| format!("{at}: {name}")).collect()
        }
        _ => Vec::new(),
    }
}

async fn what_a_system_reads_names_nobody_of_the_staff(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let portal = hall.client("portal", &Scope::ALL).await;
    let case = a_whole_case(&hall, &portal).await;
    let mut staff = hall.database.rows("SELECT id FROM users");
    staff.extend(hall.database.rows("SELECT display_name FROM users"));
    staff.extend(hall.database.rows("SELECT username FROM users"));
    staff.push("other-system".to_owned());
    // The staff reads the names, so that what follows isn't empty for another reason.
    let clerk = Person::at(&hall.base, &*hall.clock, "zhao.counter");
    let events = clerk.get(&format!("/cases/{case}/events")).await.expect(200).to_string();
    for name in ["赵柜员甲", "钱柜员乙", "孙制证丙", "李督办丁"] {
        assert!(events.contains(name), "{name}");
    }
    let certificate = clerk.get("/certificates/GZ-2/events").await.expect(200).to_string();
    for note in NOTES {
        assert!(events.contains(note) || certificate.contains(note), "{note}");
    }
    staff.extend(NOTES.map(str::to_owned));
    let contract = Contract::of(&hall).await;
    let mut read = Vec::new();
    for (path, language) in
        addresses(&hall, &case).await.into_iter().flat_map(|path| [(path.clone(), "zh"), (path, "en")])
    {
        let answer = send(portal.request(Method::GET, &path).await.header("Accept-Language", language)).await;
        assert!([200, 400, 403, 404].contains(&answer.status), "{path}: {answer:?}");
        contract.check(&Method::GET, &format!("/api/v1{path}"), &answer);
        assert_eq!(found_in(&answer.body, &staff, ""), Vec::<String>::new(), "{path}");
        if answer.status == 200 {
            read.push(path);
        }
    }
    for needed in ["/cases", "/cases/", "/events", "/deadlines", "/materials", "/certificates/GZ-2", "/services/"] {
        assert!(read.iter().any(|path| path.contains(needed)), "{needed} was read: {read:?}");
    }

    // Which case types it may open.
    let offered = portal.get("/case-types/new-certificate").await.expect(200);
    assert_eq!(offered["opened_by"], json!(["clerk", "supervisor", "client"]));

    // What it reads instead are roles, in its language; itself it reads as it is.
    let events = portal.get(&format!("/cases/{case}/events")).await.expect(200);
    let of = |kind: &str| events["items"].as_array().unwrap().iter().find(|event| event["kind"] == kind).unwrap();
    assert_eq!(of("case_opened")["actor"], json!({ "code": "portal", "name": "portal" }));
    assert_eq!(of("payment_recorded")["actor"], json!({ "code": "clerk", "name": "Clerk" }));
    assert_eq!(of("payment_recorded")["data"]["payment"]["by"], "Clerk");
    assert_eq!(of("fee_waived")["data"]["waiver"]["by"], "Supervisor");
    assert_eq!(of("certificate_made")["actor"]["code"], "producer");
    assert_eq!(of("assigned")["data"]["after"], json!({ "id": "clerk", "name": "Clerk" }));
    let request = portal.request(Method::GET, &format!("/cases/{case}")).await.header("Accept-Language", "zh");
    let shown = send(request).await.expect(200);
    assert_eq!(shown["assignee"]["code"], "clerk");
    let certificate = portal.get("/certificates/GZ-2").await.expect(200);
    assert_eq!(shown["holds"][0]["reason"], Value::Null, "that it is held may be known, and not why");
    assert!(shown["holds"][0]["lifted_at"].is_string() && shown["holds"][1]["lifted_at"].is_null());
    assert_eq!(of("hold_placed")["data"]["hold"]["reason"], Value::Null);
    // Why its time was moved an applicant is told, and so may a system be.
    assert!(events.to_string().contains("停电") && events.to_string().contains("介质缺货"), "{events}");
    assert_eq!(certificate["suspension"]["reason"], Value::Null);
    assert_eq!(certificate["lock"]["reported_by"], "External system");
    assert_eq!(certificate["correction"]["asked_by"], json!({ "code": "clerk", "name": "Clerk" }));
    // An answer to what it does itself is no exception.
    let contact = json!({ "certificate_contact": { "name": "曾国梁", "phone": "13900139001" } });
    let answered = portal.act(&case, "correct_application", &json!({ "correction": contact, "reason": "再改" })).await;
    assert_eq!(found_in(&answered.body, &staff, ""), Vec::<String>::new());
}
