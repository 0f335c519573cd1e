//! A foreign reader of the event log: pm4py, which knows nothing of this program, reads what halls at random work have
//! exported, and finds no trace that the case type's workflow doesn't allow.
//!
//! `tests/process_mining/check.py` builds the machine from the workflow's whole form. It is installed by `tests/run`, or here
//! when it is missing, into a virtual environment in the target directory.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use casehall::configuration::ConfigFiles;
use casehall::configuration::catalog::load_definitions;
use casehall::domain::accounts::role::Role;
use casehall::domain::case_types::catalog::EditionKind;
use chrono::{Duration, NaiveDate};
use serde_json::{Value, json};

use crate::databases::TestDatabase;
use crate::hall::{Hall, Person, addition, all_in_order, application, unified_code};

/// Cases of a hall.
const CASES: u32 = 45;
/// Actions that are tried in a hall.
const STEPS: u32 = 700;

#[tokio::test]
async fn pm4py_accepts_every_trace_against_its_workflow() {
    let directory = tempfile::tempdir().unwrap();
    let (mut logs, mut spoiled) = (Vec::new(), String::new());
    for (workflow, database) in
        [("check-then-make", TestDatabase::sqlite()), ("make-then-check", TestDatabase::postgres())]
    {
        let (xes, csv) = worked(database, workflow).await;
        let mut files = vec![(format!("{workflow}.xes"), xes.clone()), (format!("{workflow}.csv"), csv)];
        if workflow == "check-then-make" {
            let (case, spoilt) = tampered(&xes);
            spoiled = case;
            files.extend(spoilt);
        }
        for (name, text) in files {
            std::fs::write(directory.path().join(&name), text).unwrap();
            logs.push(directory.path().join(name));
        }
    }
    let found = tokio::task::spawn_blocking(move || check(&logs)).await.unwrap();
    for workflow in ["check-then-make", "make-then-check"] {
        let (xes, csv) = (&found[&format!("{workflow}.xes")], &found[&format!("{workflow}.csv")]);
        assert_eq!(xes["unfit"], json!({}), "{workflow}");
        assert_eq!(xes, csv, "both formats say the same");
        assert_eq!((&xes["traces"], &xes["workflows"]), (&json!(CASES), &json!(["at-the-counter", workflow])));
        assert!(xes["events"].as_u64().unwrap() > u64::from(3 * CASES), "{xes}");
        assert!(xes["housekeeping"].as_u64().unwrap() > 0, "announcements are in it: {xes}");
        for state in ["submitted", "correction_requested", "materials_checked", "activated", "rejected", "withdrawn"] {
            assert!(xes["states"].as_array().unwrap().contains(&json!(state)), "nothing came to {state}: {xes}");
        }
    }
    for name in ["renamed.xes", "left-out.xes", "moved-besides.xes", "elsewhere.xes"] {
        let unfit: Vec<&String> = found[name]["unfit"].as_object().unwrap().keys().collect();
        assert_eq!(unfit, [&spoiled], "the check sees what isn't right, and where: {name}");
    }
}

/// The log with one thing wrong in it, each in its own way, and the case that is about.
fn tampered(xes: &str) -> (String, [(String, String); 4]) {
    // A case whose papers were accepted.
    let at = xes.find("value=\"accept_materials\"").unwrap();
    let start = xes[..at].rfind("<event>").unwrap();
    let end = at + xes[at..].find("</event>").unwrap() + "</event>".len();
    let (before, event, after) = (&xes[..start], &xes[start..end], &xes[end..]);
    let name = "<trace>\n<string key=\"concept:name\" value=\"";
    let case = before[before.rfind(name).unwrap() + name.len()..].split('"').next().unwrap().to_owned();
    let announced = event.replace("accept_materials", "announce");
    let logs = [
        ("renamed", event.replace("accept_materials", "issue")),
        ("left-out", String::new()),
        ("moved-besides", announced),
        ("elsewhere", event.replace("key=\"from_state\" value=\"", "key=\"from_state\" value=\"not_")),
    ]
    .map(|(name, event)| (format!("{name}.xes"), format!("{before}{event}{after}")));
    (case, logs)
}

/// What pm4py finds in logs, by their names.
fn check(logs: &[PathBuf]) -> Value {
    let project = Path::new(env!("CARGO_MANIFEST_DIR"));
    let installed = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap().join("process-mining");
    let installing = Command::new(project.join("tests/process_mining/install")).arg(&installed).status().unwrap();
    assert!(installing.success(), "pm4py can't be installed into {}", installed.display());
    let workflows = tempfile::tempdir().unwrap();
    let definitions = load_definitions(&ConfigFiles::load(None).unwrap(), &["urban-construction"]).unwrap();
    for workflow in definitions.editions.iter().filter(|edition| edition.kind == EditionKind::Workflow) {
        let name = format!("{}.toml", workflow.pinned.code);
        std::fs::write(workflows.path().join(&name), definitions.whole(&format!("workflows/{name}")).unwrap()).unwrap();
    }
    let checked = Command::new(installed.join("venv/bin/python"))
        .arg(project.join("tests/process_mining/check.py"))
        .arg(workflows.path())
        .args(logs)
        .stdin(Stdio::null())
        .output()
        .unwrap();
    assert!(checked.status.success(), "{}", String::from_utf8_lossy(&checked.stderr));
    serde_json::from_slice(&checked.stdout).unwrap()
}

/// The event log, in both formats, of a hall that was worked in at random.
async fn worked(database: TestDatabase, workflow: &str) -> (String, String) {
    let hall = Hall::with(database, &[("WORKFLOWS__NEW_CERTIFICATE", workflow)]).await;
    let everybody = hall.person(&[Role::Clerk, Role::Producer, Role::Supervisor], None).await;
    let mut dice = Dice(0x5eed);
    let (mut open, mut number) = (Vec::new(), 0);
    for step in 0..STEPS {
        if number < CASES && (open.is_empty() || step % 6 == 0) {
            open.push(opened(&hall, &everybody, number).await);
            number += 1;
        }
        let Some(at) = dice.index(&open) else { break };
        let seen = everybody.get(&format!("/cases/{}", open[at])).await.expect(200);
        let offers = seen["actions"].as_array().unwrap();
        let offers: Vec<&Value> = offers.iter().filter(|offer| offer["allowed"] == true).collect();
        // Each as often as it is likely: most cases are worked on to their end.
        let likely: Vec<&Value> = offers.into_iter().flat_map(|offer| vec![offer; likelihood(offer)]).collect();
        let Some(chosen) = dice.index(&likely) else {
            open.swap_remove(at); // it has ended
            continue;
        };
        let (action, data) = (likely[chosen]["action"].as_str().unwrap(), data(likely[chosen], &seen, step, &mut dice));
        let answer = everybody.act(&open[at], action, &data).await;
        // A limit may fall on a day off, and an agent may be gone already.
        assert!([200, 422].contains(&answer.status), "{action}: {answer:?}");
        hall.advance(Duration::seconds(i64::from(dice.below(20))));
        if dice.below(15) == 0 {
            hall.advance(Duration::hours(i64::from(dice.below(60))));
            hall.running.service.sweep().await.unwrap();
        }
    }
    let text = async |path: &str| everybody.get(path).await.expect(200).as_str().unwrap().to_owned();
    (text("/exports/event-log.xes").await, text("/exports/event-log.csv").await)
}

/// How often an action is taken beside others.
fn likelihood(offer: &Value) -> usize {
    match offer["action"].as_str().unwrap() {
        "reject" | "decline" | "withdraw" => 1,
        "pause" | "extend_limit" | "correct_application" | "remake" | "record_materials" => 3,
        _ => 9,
    }
}

/// Opens a case; of three, one adds an application to a certificate from before.
async fn opened(hall: &Hall, person: &Person<'_>, number: u32) -> String {
    let mut application = application(number);
    if number.is_multiple_of(3) {
        let serial = format!("GZ2013-{number:04}");
        let registration = json!({
            "serial": serial, "medium_number": format!("OLD-{number:04}"),
            "organization": { "name": "广州老证单位", "unified_social_credit_code": unified_code(number) },
            "valid_from": "2025-01-01T00:00:00Z", "valid_until": "2030-01-01T00:00:00Z",
        });
        hall.register(&registration).await;
        application = addition(number, &serial);
    }
    let case = person.post("/cases", &application).await.expect(201);
    case["acceptance_number"].as_str().unwrap().to_owned()
}

/// Data that an offered action requires.
fn data(offer: &Value, case: &Value, step: u32, dice: &mut Dice) -> Value {
    let mut body = json!({});
    for part in offer["requires"].as_array().unwrap() {
        let part = part.as_str().unwrap();
        body[part] = match part {
            "materials" => {
                let mut sheets = all_in_order(case);
                if dice.below(4) == 0 {
                    sheets["materials"][0]["copies_received"] = json!(0);
                    sheets["materials"][0]["copies_stamped"] = json!(0);
                }
                sheets["materials"].take()
            }
            "certificate" => json!({ "serial": format!("GZ-{step:06}"), "medium_number": format!("KEY-{step:06}") }),
            "payment" => json!({ "amount_fen": case["fee"]["outstanding_fen"], "method": "cash" }),
            "collector" => {
                json!({ "name": "曾国栋", "document_number": "440199198701195759", "document_sighted": true })
            }
            "correction" => json!({ "without_agent": true }),
            "limit" => {
                let limit: NaiveDate = case["deadlines"]["limit"]["date"].as_str().unwrap().parse().unwrap();
                json!(limit + Duration::days(7))
            }
            "cancellation" => json!({ "receipt": standing(case) }),
            "waiver" => {
                json!({ "amount_fen": 1 + dice.below(case["fee"]["outstanding_fen"].as_u64().unwrap() as u32) })
            }
            "box_number" => json!(format!("A-{step}")),
            "reason" => json!("随机"),
            other => panic!("what is {other}?"),
        };
    }
    body
}

/// The receipt of a payment that was neither cancelled nor given back.
fn standing(case: &Value) -> String {
    let of = |list: &str, member: &str| {
        let entries = case["fee"][list].as_array().unwrap();
        entries.iter().map(|entry| entry[member].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let gone = [of("cancellations", "of"), of("refunds", "of")].concat();
    of("payments", "receipt").into_iter().find(|receipt| !gone.contains(receipt)).unwrap()
}

/// Chance that is the same in every run (Knuth's MMIX generator).
struct Dice(u64);

impl Dice {
    fn below(&mut self, end: u32) -> u32 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as u32 % end
    }

    /// A place in a list; none where it is empty.
    fn index<T>(&mut self, list: &[T]) -> Option<usize> {
        (!list.is_empty()).then(|| self.below(list.len() as u32) as usize)
    }
}
