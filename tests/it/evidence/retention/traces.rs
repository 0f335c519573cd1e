//! What is left after an erasure: of the persons nothing that can be found in the files of the database; of all else everything.

use casehall::clock::Clock;
use casehall::domain::accounts::role::{Role, Scope};
use casehall::domain::cases::case::fold;
use casehall::domain::cases::intake::acceptance_number::AcceptanceNumber;
use casehall::domain::evidence::finding::FindingKind;
use casehall::service::accounts::caller::Caller;
use casehall::service::cases::case::CaseKey;
use reqwest::Method;
use serde_json::{Value, json};

use super::{after_years, due_numbers, end_of, erase, issued, start_of, withdrawn};
use crate::databases::{TestDatabase, on_both};
use crate::hall::{Hall, Person, application, send};
use crate::store::encryption::at_rest::identity_number;
use crate::store::encryption::{found_in, left_by};

on_both!(
    nothing_of_the_erased_is_found_and_nothing_of_the_others_is_lost,
    everything_is_readable_of_an_erased_case,
    a_key_that_is_gone_without_an_erasure_is_told_apart,
);

/// An application of persons whose names stand nowhere else, and what is searched for of them: names, parts of them, numbers.
fn of_persons(number: u32, names: [&str; 3]) -> (Value, Vec<String>) {
    let mut asked = application(number);
    let person = |at: u32, name: &str| json!({ "name": name, "identity_number": identity_number(number * 10 + at), "phone": format!("1392010{number:02}{at:02}") });
    (asked["applicant"], asked["agent"]) = (person(0, names[0]), person(1, names[1]));
    asked["certificate_contact"] = json!({ "name": names[2], "phone": format!("1392010{number:02}77") });
    asked["reference"] = json!(format!("ORDER-{number}"));
    asked["metadata"] = json!({ "sold_by": format!("公冶{number}号售"), "shop": "一" });
    let mut searched: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
    let parts = |name: &&str| {
        let characters: Vec<char> = name.chars().collect();
        characters.windows(2).map(String::from_iter).collect::<Vec<_>>()
    };
    searched.extend(names.iter().flat_map(parts));
    searched.push(format!("公冶{number}号售"));
    for at in [0, 1] {
        searched.extend([identity_number(number * 10 + at), format!("1392010{number:02}{at:02}")]);
    }
    (asked, searched)
}

/// All reports and the board, as they count now.
async fn counted(person: &Person<'_>) -> Vec<Value> {
    let mut counted = Vec::new();
    let period = "?from=2026-03-01&to=2026-12-31";
    for (reports, query) in [
        (["throughput", "cycle_times", "quality", "defects", "people", "cash_up"].as_slice(), period),
        (["ageing", "overdue", "uncollected"].as_slice(), ""),
    ] {
        for report in reports {
            let table = person.get(&format!("/reports/{report}{query}")).await.expect(200)["table"].clone();
            assert!(table.is_object(), "{report}: {table:#}");
            counted.push(table);
        }
    }
    counted.push(person.get("/board").await.expect(200));
    counted.push(person.get("/forecast").await.expect(200)["open"].clone());
    counted
}

async fn nothing_of_the_erased_is_found_and_nothing_of_the_others_is_lost(database: TestDatabase) {
    let again = database.again();
    let hall = Hall::open(database).await;
    let (mut asked, mut searched) = of_persons(1, ["尉迟璟曜", "澹台翊翀", "鲜于珣玥"]);
    let one = issued(&hall, &asked, "GZ-1").await;
    let (other, more) = of_persons(2, ["钟离骞翮", "濮阳曦晗", "宇文澍沅"]);
    withdrawn(&hall, &other).await;
    searched.extend(more);
    let (kept, names_kept) = of_persons(3, ["令狐霁霆", "慕容昶旻", "端木煦焱"]);
    asked = kept;
    asked["service_years"] = json!(3);
    let still = issued(&hall, &asked, "GZ-3").await;
    let end = end_of(&hall, "GZ-1").await;
    hall.running.service.seal().await.unwrap();
    hall.clock.set(start_of(after_years(end, 5)));
    let supervisor = hall.staff(Role::Supervisor).await;
    let before = counted(&supervisor).await;
    assert!(!found_in(&left_by(&again), &searched).is_empty(), "names stand there to be searched by");
    assert_eq!(erase(&hall).await, 3);
    hall.running.service.let_go_of_erased().await.unwrap();
    assert_eq!(counted(&supervisor).await, before);

    assert_eq!(found_in(&left_by(&again), &searched), Vec::<String>::new());
    for name in ["尉迟璟曜", "璟曜", "钟离骞翮", "澹台翊翀"] {
        for path in ["/cases?applicant=", "/certificates?handler="] {
            let found = supervisor.get(&format!("{path}{name}")).await.expect(200);
            let rows = found.as_object().unwrap().values().find_map(Value::as_array).unwrap();
            assert!(rows.is_empty(), "{path}{name}: {found:#}");
        }
    }
    let found = supervisor.get("/cases?name=第1建筑").await.expect(200);
    assert_eq!(found["items"][0]["acceptance_number"], json!(one), "the organization is found as before");
    // What whoever opened it calls it stays; what they kept with it goes, whatever it was, and nothing comes in its place.
    let found = supervisor.get("/cases?reference=ORDER-1").await.expect(200);
    assert_eq!(found["items"][0]["acceptance_number"], json!(one));
    let shown = supervisor.get(&format!("/cases/{one}")).await;
    assert_eq!(shown.body["application"]["metadata"], json!({}));
    let found = supervisor.get("/cases?metadata=shop:%E4%B8%80").await.expect(200);
    assert_eq!(found["items"].as_array().unwrap().len(), 1, "{found:#}");
    let labels = supervisor.request(Method::PUT, &format!("/cases/{one}/labels")).await;
    let labels = labels.header("If-Match", shown.header("ETag")).json(&json!({ "reference": "x" }));
    send(labels).await.refused(409, "persons_erased");
    let other = supervisor.get(&format!("/cases/{still}")).await.expect(200);
    assert_eq!(other["application"]["applicant"]["name"], json!(names_kept[0]));
    assert_eq!(other["application"]["metadata"]["sold_by"], "公冶3号售");

    // The chain, the seals and the fold hold, before and after the erasure is sealed, too.
    for _ in 0..2 {
        let verified = hall.running.service.verify(&Caller::hall(), None).await.unwrap();
        assert_eq!(verified.finding_count, 0, "{:?}", verified.findings);
        hall.running.service.seal().await.unwrap();
    }
    let key = CaseKey::Number(AcceptanceNumber::parse(&one).unwrap());
    let reader = crate::hall::registering::supervisor("reader");
    let (case, events) = hall.running.service.timeline(&reader, key).await.unwrap();
    assert_eq!(fold(case.id, &events).unwrap(), case, "a case is its events, erased or not");
    // The data key is exchanged over destroyed keys, and they stay so.
    hall.running.service.exchange_data_key(&Caller::operator()).await.unwrap();
    let shown = supervisor.get(&format!("/cases/{one}")).await.expect(200);
    assert_eq!(shown["application"]["applicant"]["name"], "—");
    if let Some(file) = again.address.sqlite_path() {
        // Not a copy that was made anew: the file itself, with what its free pages hold, and its log.
        hall.running.stop().await;
        let mut bytes = std::fs::read(file).unwrap();
        bytes.extend(std::fs::read(file.with_extension("db-wal")).unwrap_or_default());
        assert_eq!(found_in(&bytes, &searched), Vec::<String>::new());
    }
}

async fn everything_is_readable_of_an_erased_case(database: TestDatabase) {
    let hall = Hall::open(database).await;
    // Applicant and agent are one person in the second case: its checklist has no rows of an agent, before and after.
    let mut same = application(2);
    same["agent"] = same["applicant"].clone();
    let cases = [issued(&hall, &application(1), "GZ-1").await, issued(&hall, &same, "GZ-2").await];
    let portal = hall.client("portal", &Scope::ALL).await;
    let withdrawn_by_portal = portal.post("/cases", &application(3)).await.expect(201);
    let third = withdrawn_by_portal["acceptance_number"].as_str().unwrap().to_owned();
    portal.act(&third, "withdraw", &json!({ "reason": "不办了" })).await.expect(200);
    let supervisor = hall.staff(Role::Supervisor).await;
    let mut sheets = Vec::new();
    for case in cases.iter().chain([&third]) {
        sheets.push(supervisor.get(&format!("/cases/{case}/materials")).await.expect(200)["sheets"].clone());
    }
    let end = end_of(&hall, "GZ-1").await;
    hall.clock.set(start_of(after_years(end, 5)));
    assert_eq!(due_numbers(&hall).await.len(), 5);
    assert_eq!(erase(&hall).await, 5);
    for (case, before) in cases.iter().chain([&third]).zip(sheets) {
        let after = supervisor.get(&format!("/cases/{case}/materials")).await.expect(200)["sheets"].clone();
        let rows = |sheets: &Value| {
            let rows = sheets.as_array().unwrap().iter();
            rows.map(|row| (row["material"].clone(), row["version"].clone())).collect::<Vec<_>>()
        };
        assert_eq!(rows(&after), rows(&before));
    }
    let document = hall.nobody().get("//openapi.json").await.expect(200);
    let readers = [
        supervisor,
        hall.staff(Role::Clerk).await,
        hall.person(&[Role::Auditor], None).await,
        hall.person(&[Role::Administrator], None).await,
        portal,
    ];
    let mut answered = 0;
    for (template, routes) in document["paths"].as_object().unwrap() {
        if !routes["get"].is_object() {
            continue;
        }
        for (case, serial) in [(&cases[0], "GZ-1"), (&cases[1], "GZ-2"), (&third, "GZ-1")] {
            let path = template.replace("{key}", case).replace("{serial}", serial);
            let path = path.replace("{name}", if template.contains("worklists") { "to_check" } else { "throughput" });
            let path = path.replace("{application}", "urban-construction").replace("{year}", "2026");
            let path = path.replace("{code}", &crate::hall::unified_code(1)).replace("{id}", "none");
            for reader in &readers {
                let answer = reader.get(&format!("/{path}")).await;
                assert!(answer.status < 500, "{path}: {:#}", answer.body);
                assert!(!answer.body.to_string().contains("谭丽"), "{path}: {:#}", answer.body);
                answered += usize::from(answer.status == 200);
            }
        }
    }
    assert!(answered > 100, "{answered}");
}

async fn a_key_that_is_gone_without_an_erasure_is_told_apart(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let (one, other) = (withdrawn(&hall, &application(1)).await, withdrawn(&hall, &application(2)).await);
    hall.clock.set(start_of(after_years(hall.clock.now(), 2)));
    let of_other = format!("(SELECT id FROM cases WHERE acceptance_number = '{other}')");
    hall.database
        .tamper(&format!("UPDATE person_keys SET wrapped = NULL, data_key = NULL WHERE subject_id = {of_other}"));
    assert_eq!(erase(&hall).await, 1);
    let supervisor = hall.staff(Role::Supervisor).await;
    supervisor.get(&format!("/cases/{one}")).await.expect(200);
    let shown = supervisor.get(&format!("/cases/{other}")).await.expect(200);
    assert_eq!(shown["application"]["applicant"]["name"], "（无法读取）", "nobody is taken for erased who wasn't");
    assert_eq!(unreadable(&hall).await, 1);
    // A row that says so by itself makes no erasure: that is an event.
    hall.database.tamper(&format!(
        "UPDATE person_keys SET destroyed_at = (SELECT max(destroyed_at) FROM person_keys) WHERE subject_id = {of_other}"
    ));
    assert_eq!(unreadable(&hall).await, 1);
}

/// Of how many cases and certificates a verification can't read the persons, though nobody erased them.
async fn unreadable(hall: &Hall) -> usize {
    let found = hall.running.service.verify(&Caller::operator(), None).await.unwrap();
    found.findings.iter().filter(|finding| finding.kind == FindingKind::KeyMissing).count()
}
