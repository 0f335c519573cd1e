//! The demo hall, as `casehall demo` starts it.

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use casehall::configuration::ConfigFiles;
use casehall::configuration::catalog::load_definitions;
use casehall::domain::accounts::role::{Role, Scope};
use casehall::domain::base::organization_code::UnifiedSocialCreditCode;
use casehall::domain::case_types::codes::Effect;
use reqwest::Client;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::hall::send;

/// A demo in a process of its own, as `casehall demo` starts it.
pub(crate) struct Demo {
    child: Child,
    pub(crate) introduction: String,
    directory: TempDir,
}

/// The order that is shipped, and that of the service guide.
pub(crate) const ORDERS: [&str; 2] = ["check-then-make", "make-then-check"];

impl Demo {
    /// A demo as it is shipped.
    pub(crate) fn start() -> Self {
        Self::with("", &[])
    }

    /// A demo of a hall that works in this order.
    pub(crate) fn of_order(order: &str) -> Self {
        Self::with(&format!("[workflows]\nnew-certificate = \"{order}\"\n"), &[])
    }

    /// A demo that is started beside a settings file of this text.
    pub(crate) fn with(settings: &str, arguments: &[&str]) -> Self {
        let directory = tempfile::tempdir().unwrap();
        std::fs::write(directory.path().join("casehall.toml"), settings).unwrap();
        let mut child = Command::new(env!("CARGO_BIN_EXE_casehall"))
            .args(["demo", "--port", "0"])
            .args(arguments)
            .current_dir(&directory)
            .env("TMPDIR", directory.path())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut introduction = String::new();
        let mut printed = BufReader::new(child.stdout.take().unwrap());
        while !["/demo/clock", "\"accounts\""].iter().any(|last| introduction.contains(last)) {
            let read = printed.read_line(&mut introduction).unwrap();
            assert!(read > 0, "the demo ended; it printed: {introduction}");
        }
        // What comes later is read, too, so that the demo never waits for a reader.
        std::thread::spawn(move || printed.read_to_end(&mut Vec::new()));
        Self { child, introduction, directory }
    }

    pub(crate) fn address(&self) -> &str {
        self.introduction.lines().next().unwrap()
    }

    pub(crate) fn password(&self, account: &str) -> &str {
        let mut rows = self.introduction.lines().map(str::split_whitespace);
        let mut row = rows.find(|row| row.clone().next() == Some(account)).unwrap_or_else(|| panic!("no {account}"));
        row.nth(1).unwrap()
    }

    /// The token of an account.
    async fn token(&self, http: &Client, account: &str) -> String {
        let body = json!({ "username": account, "password": self.password(account) });
        let signed_in = send(http.post(format!("{}/api/v1/sessions", self.address())).json(&body)).await.expect(201);
        signed_in["access_token"].as_str().unwrap().to_owned()
    }

    /// Runs a script with the demo's address and passwords; answers what it printed.
    #[track_caller]
    pub(crate) fn run(&self, script: &str) -> String {
        let file = self.directory.path().join("script");
        std::fs::write(&file, format!("set -euo pipefail\n{script}")).unwrap();
        let output = Command::new("bash")
            .arg(&file)
            .current_dir(&self.directory)
            .env("HALL", self.address())
            .env("CLERK", self.password("clerk"))
            .env("PRODUCER", self.password("producer"))
            .env("SUPERVISOR", self.password("supervisor"))
            .env("SUPERVISOR_TWO", self.password("supervisor-two"))
            .env("ADMINISTRATOR", self.password("administrator"))
            .env("SECURITY", self.password("security_administrator"))
            .env("AUDITOR", self.password("auditor"))
            .env("PORTAL", self.password("portal"))
            .output()
            .expect("bash and curl are there: tests/run installs them");
        let (printed, errors) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        assert!(output.status.success(), "the script failed\n{script}\nprinted:\n{printed}\n{errors}");
        printed.into_owned()
    }
}

impl Drop for Demo {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

async fn get(http: &Client, demo: &Demo, path: &str, token: &str) -> Value {
    send(http.get(format!("{}{path}", demo.address())).bearer_auth(token)).await.expect(200)
}

#[test]
fn the_printed_demo_commands_work() {
    let demo = Demo::start();
    let lines = demo.introduction.split("Try:\n").nth(1).unwrap().to_owned();
    assert_eq!(lines.matches("curl ").count(), 3, "{lines}");
    let printed = demo.run(&lines);
    assert!(printed.contains("\"acceptance_number\"") && printed.contains("\"now\""), "{printed}");
}

#[test]
fn programs_are_told_of_the_demo_on_one_line() {
    let demo = Demo::with("", &["--json"]);
    let told: Value = serde_json::from_str(&demo.introduction).unwrap();
    assert_eq!((&told["command"], &told["exit"]), (&json!("demo"), &json!(0)));
    assert!(told["result"]["address"].as_str().unwrap().starts_with("http://127.0.0.1:"), "{told}");
    let accounts = told["result"]["accounts"].as_array().unwrap();
    for account in accounts {
        assert_eq!(account.as_object().unwrap().keys().collect::<Vec<_>>(), ["password", "username", "what"]);
    }
    let names: Vec<&str> = accounts.iter().map(|account| account["username"].as_str().unwrap()).collect();
    assert!(names.contains(&"clerk") && names.contains(&"portal"), "{names:?}");
}

/// A script's beginning that signs the clerk in.
const SIGN_IN: &str = "TOKEN=$(curl -s $HALL/api/v1/sessions -H 'Content-Type: application/json' -d \
    '{\"username\":\"clerk\",\"password\":\"'$CLERK'\"}' | sed 's/.*\"access_token\":\"\\([^\"]*\\)\".*/\\1/')\n";

/// Asserts that each answer to the clerk has its text.
#[track_caller]
fn assert_answers(demo: &Demo, asked: &[(String, &str)]) {
    let mut script = SIGN_IN.to_owned();
    for (path, _) in asked {
        script += &format!("curl -s \"$HALL/api/v1/{path}\" -H \"Authorization: Bearer $TOKEN\"; echo\n");
    }
    let printed = demo.run(&script);
    for ((path, wanted), answer) in asked.iter().zip(printed.lines()) {
        assert!(answer.contains(wanted), "{path}: {answer}");
    }
    assert_eq!(printed.lines().count(), asked.len());
}

/// Every state of the workflow of a new certificate in this order, which has all that there are, and of every other one by which nothing is made the state in
/// which its case type is done.
fn states_in_force(order: &str) -> BTreeSet<String> {
    let catalog = load_definitions(&ConfigFiles::load(None).unwrap(), &["urban-construction"]).unwrap().catalog;
    let mut states = BTreeSet::new();
    for case_type in catalog.current() {
        let is_ordered = case_type.code == "new-certificate";
        let opening = catalog.opening(&case_type.code).unwrap().workflow;
        let workflow = if is_ordered { catalog.current_workflow(order).unwrap() } else { opening };
        let is_made = workflow.has_effect(Effect::MakeCertificate);
        let is_done = |code: &str| !is_made && !["rejected", "declined", "withdrawn"].contains(&code);
        let of_it = workflow.states.iter().filter(|state| is_ordered || state.is_final && is_done(&state.code));
        states.extend(of_it.map(|state| format!("case_type={}&state={}", case_type.code, state.code)));
    }
    states
}

#[test]
fn the_demo_hall_has_every_case_type_and_state_in_either_order() {
    let case_types = ["add-application", "unlock", "renew", "change", "reissue", "reissue-expired", "revoke"];
    let states = ["made", "in_custody", "active", "locked", "suspended", "expired", "revoked"];
    for order in ORDERS {
        let demo = Demo::of_order(order);
        assert!(!demo.introduction.contains("stopped half-way"), "{}", demo.introduction);
        let found = "\"acceptance_number\"";
        let mut asked: Vec<(String, &str)> =
            case_types.map(|code| (format!("cases?closed=false&case_type={code}"), found)).into();
        asked.extend(states.map(|state| (format!("certificates?state={state}"), "\"serial\"")));
        asked.extend(states_in_force(order).into_iter().map(|query| (format!("cases?{query}"), found)));
        asked.extend(["worklists/mine", "worklists/overdue"].map(|list| (list.to_owned(), found)));
        assert_answers(&demo, &asked);
    }
}

/// Files of a hall with a new edition of the case type of unlocking, made by replacing a text.
fn own_unlocking(from: &str, to: &str) -> TempDir {
    let files = tempfile::tempdir().unwrap();
    std::fs::create_dir(files.path().join("case-types")).unwrap();
    let shipped = include_str!("../../../config/case-types/unlock.toml");
    assert!(shipped.contains(from));
    let own = shipped.replace(from, to).replace("edition = 1\n", "edition = 2\n");
    std::fs::write(files.path().join("case-types/unlock.toml"), own).unwrap();
    files
}

#[test]
fn the_settings_and_files_of_a_hall_count_in_its_demo() {
    let files = own_unlocking("zh = \"解锁\"\n", "zh = \"证书解锁\"\n");
    let settings = r#"
        data_directory = "mine"
        [database]
        url = "sqlite://mine/hall.db"
        [tokens]
        signing_key_file = "mine/key.pem"
        [hall]
        customer_line = "0757-12345678"
        default_outlet = "nanhai"
        [[outlets]]
        code = "chancheng"
        zh = "禅城网点"
        en = "Chancheng"
        [[outlets]]
        code = "nanhai"
        zh = "南海网点"
        en = "Nanhai"
    "#;
    let demo = Demo::with(settings, &["--config-dir", &files.path().display().to_string()]);
    assert!(!demo.introduction.contains("stopped half-way"), "{}", demo.introduction);
    let asked = [
        ("hall", "\"customer_line\":\"0757-12345678\""),
        ("outlets", "\"name\":\"南海网点\""),
        ("case-types", "\"name\":\"证书解锁\""),
        // The clerk belongs to the default outlet and has work.
        ("me", "\"outlet\":{\"code\":\"nanhai\""),
        ("cases?limit=1", "\"acceptance_number\""),
    ];
    assert_answers(&demo, &asked.map(|(path, wanted)| (path.to_owned(), wanted)));
    assert!(!demo.directory.path().join("mine").exists(), "the hall's own database and keys are left alone");
}

#[test]
fn a_demo_says_what_does_not_go_with_the_files_of_a_hall() {
    let files = own_unlocking("opened_by = [\"clerk\", \"supervisor\"]", "opened_by = [\"supervisor\"]");
    let demo = Demo::with("", &["--config-dir", &files.path().display().to_string()]);
    assert!(demo.introduction.contains("2 of the demo's cases"), "{}", demo.introduction);
    assert!(demo.introduction.contains("for the supervisor to do"), "{}", demo.introduction);
    assert_answers(&demo, &[("cases?case_type=renew".to_owned(), "\"acceptance_number\"")]);
}

#[tokio::test]
async fn somebody_of_every_role_signs_in_to_the_demo() {
    let demo = Demo::start();
    let http = Client::new();
    for role in Role::ALL.into_iter().filter(|role| *role != Role::Client) {
        let token = demo.token(&http, role.code()).await;
        let me = get(&http, &demo, "/api/v1/me", &token).await;
        assert_eq!(me["roles"][0]["code"], role.code());
    }
    let form = format!("grant_type=client_credentials&client_id=portal&client_secret={}", demo.password("portal"));
    let request = http.post(format!("{}/oauth/token", demo.address())).body(form);
    let granted = send(request.header("Content-Type", "application/x-www-form-urlencoded")).await.expect(200);
    assert_eq!(
        granted["scope"],
        Scope::list(&Scope::ALL),
        "what a document shows another system doing, the portal may"
    );
}

/// A request of the description works as it stands, and no example names an organization that the story has used up.
#[tokio::test]
async fn the_demo_leaves_the_organizations_of_the_documentation_free() {
    let demo = Demo::start();
    let http = Client::new();
    let token = demo.token(&http, "clerk").await;
    let described = get(&http, &demo, "/openapi.json", &token).await;
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let documents = std::fs::read_dir(root.join("docs")).unwrap().map(|entry| entry.unwrap().path());
    let readmes = ["README.md", "README.zh-CN.md"].map(|name| root.join(name));
    let mut texts = vec![described.to_string()];
    texts.extend(documents.chain(readmes).filter_map(|file| std::fs::read_to_string(file).ok()));
    let words = texts.iter().flat_map(|text| text.split(|c: char| !c.is_ascii_alphanumeric()));
    let codes: BTreeSet<&str> = words.filter(|word| UnifiedSocialCreditCode::parse(word).is_ok()).collect();
    assert!(!codes.is_empty());
    // That took so long that the connection may just end.
    let http = Client::new();
    for code in codes {
        let asked = get(&http, &demo, &format!("/api/v1/organizations/{code}/eligibility"), &token).await;
        assert_eq!(asked["eligible"], true, "{code}: {asked:#}");
    }
    let example = &described["components"]["schemas"]["OpenCaseRequest"]["example"];
    let request = http.post(format!("{}/api/v1/cases", demo.address())).bearer_auth(&token).json(example);
    send(request).await.expect(201);
}

#[tokio::test]
async fn the_demo_hands_out_every_organization_once() {
    let demo = Demo::start();
    let http = Client::new();
    let token = demo.token(&http, "clerk").await;
    let mut seen = BTreeSet::new();
    loop {
        let answer = send(http.post(format!("{}/demo/organization", demo.address()))).await;
        if answer.status == 410 {
            break;
        }
        let organization = answer.expect(200);
        let code = organization["unified_social_credit_code"].as_str().unwrap().to_owned();
        assert!(seen.insert(code), "{organization:#}");
    }
    assert!(seen.len() > 100, "only {}", seen.len());
    for code in seen.iter().step_by(20) {
        let asked = get(&http, &demo, &format!("/api/v1/organizations/{code}/eligibility"), &token).await;
        assert_eq!(asked["eligible"], true, "{code}");
    }
}

/// The hall's last weeks are played case after case: the money is numbered as it was taken all the same.
#[tokio::test]
async fn the_demos_receipts_are_numbered_in_the_order_of_time() {
    let demo = Demo::start();
    let http = Client::new();
    let token = demo.token(&http, "supervisor").await;
    let from = (chrono::Utc::now() - chrono::Duration::days(60)).date_naive();
    let report = get(&http, &demo, &format!("/api/v1/reports/cash_up_entries?from={from}"), &token).await;
    let rows = report["table"]["rows"].as_array().cloned().unwrap_or_default();
    let mut receipts: Vec<(String, String)> =
        rows.iter().map(|row| (row["receipt"].to_string(), row["at"].to_string())).collect();
    assert!(receipts.len() >= 3, "{report}");
    receipts.sort();
    assert!(receipts.windows(2).all(|pair| pair[0].1 <= pair[1].1), "{receipts:?}");
}
