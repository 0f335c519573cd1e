//! A hall of a size that listens, with somebody of each role signed in.

use std::path::Path;

use casehall::configuration::settings::Settings;
use casehall::domain::accounts::account::AccountDraft;
use casehall::domain::accounts::role::Role;
use casehall::service::Service;
use casehall::service::accounts::caller::Caller;
use casehall::service::accounts::people::users::NewUser;
use casehall::service::cases::case::{CaseFilter, CasePage};
use casehall::startup::{self, Running};

use crate::http::Connection;
use crate::multiply::{Copies, report_facts, statements};
use crate::reading::Asked;
use crate::{register, templates};

const PASSWORD: &str = "a-long-enough-passphrase";
/// Who works with the pages.
const ROLES: [Role; 6] =
    [Role::Clerk, Role::Producer, Role::Supervisor, Role::Administrator, Role::SecurityAdministrator, Role::Auditor];
const FORM: &str = "Content-Type: application/x-www-form-urlencoded\r\n";

/// A hall with many cases.
pub(crate) struct Hall {
    pub(crate) address: String,
    /// Of those that the service itself opened: the copies have no key to the persons in them. The first waits to be checked.
    numbers: Vec<String>,
    /// A case whose certificate is made, and its serial.
    made: (String, String),
    /// The cookies of somebody of each of [`ROLES`], as whole header lines.
    signed_in: [String; ROLES.len()],
    _running: Running,
}

impl Hall {
    /// Makes it; `run` executes statements on its database.
    pub(crate) async fn open(url: &str, directory: &Path, cases: u64, run: impl Fn(&str)) -> Self {
        let postgres = url.starts_with("postgres");
        let (service, clock) = templates::service(url, directory).await;
        templates::open(&service, &clock).await;
        let (numbers, made) = (numbers(&service).await, made(&service).await);
        let copies = Copies { open: cases * 6 / 100, ended: cases * 94 / 100, due: 200 };
        let mut all = statements(postgres, copies, 20, 5);
        all.extend(report_facts(postgres, copies, 4 * 365, 5));
        all.extend(register::statements(postgres, cases));
        // What copies are found by: the names of their templates.
        all.push(
            "UPDATE cases SET names_key = t.names_key FROM (SELECT organization_name, names_key FROM cases
             WHERE names_key IS NOT NULL) AS t WHERE cases.names_key IS NULL AND cases.organization_name = t.organization_name"
                .to_owned(),
        );
        all.push(
            "INSERT INTO name_parts (field, part, subject_id) SELECT p.field, p.part, c.id FROM cases t
             JOIN name_parts p ON p.subject_id = t.id JOIN cases c ON c.organization_name = t.organization_name
             WHERE t.acceptance_number < '9' AND c.acceptance_number >= '9' AND p.field IN ('case_organization', 'case_person')
             ORDER BY 1, 2, 3"
                .to_owned(),
        );
        all.push(if postgres { "VACUUM ANALYZE".to_owned() } else { "ANALYZE".to_owned() });
        for statement in all {
            run(&statement);
        }
        for role in ROLES {
            add(&service, role).await;
        }
        let variables = [("CASEHALL__SERVER__PORT".to_owned(), "0".to_owned())];
        let settings = Settings::load(Some(&directory.join("casehall.toml")), variables.into_iter())
            .unwrap_or_else(|faults| panic!("{faults:?}"));
        let doors = startup::Doors::take(&settings).unwrap_or_else(|error| panic!("{error}"));
        let running = startup::listen(doors, &settings, service, None).await.unwrap_or_else(|error| panic!("{error}"));
        let address = running.address.to_string();
        let to = address.clone();
        let signed_in = tokio::task::spawn_blocking(move || ROLES.map(|role| sign_in(&to, role))).await.unwrap();
        Self { address, numbers, made, signed_in, _running: running }
    }

    /// The pages, as those ask for them who work with them.
    pub(crate) fn pages(&self) -> Vec<Asked> {
        let page = |name: &str, who: &str, path: &str, status| Asked {
            name: name.to_owned(),
            method: "GET",
            path: path.to_owned(),
            headers: who.to_owned(),
            bodies: vec![String::new()],
            status,
        };
        let [clerk, producer, supervisor, administrator, security, auditor] =
            self.signed_in.each_ref().map(String::as_str);
        let (first, (made, serial)) = (&self.numbers[0], &self.made);
        let made = format!("/console/cases/{made}");
        let case = format!("/console/cases/{first}");
        let question = Asked {
            method: "POST",
            headers: FORM.to_owned(),
            // Several may not ask about the same case at once.
            bodies: self.numbers.iter().map(|number| format!("number={number}&digits=8000")).collect(),
            // It waits a quarter of a second, whatever it is asked, so that its time says nothing.
            ..page("progress, answered", "", "/progress", 200)
        };
        // 建筑, which every name has, and 龘靐, which none has.
        let (common, nowhere) = ("%E5%BB%BA%E7%AD%91", "%E9%BE%98%E9%9D%90");
        vec![
            page("sign in", "", "/console/sign-in", 200),
            page("desk of a clerk", clerk, "/console", 200),
            page("desk of a supervisor", supervisor, "/console", 200),
            page("cases, all open", supervisor, "/console/cases", 200),
            page("cases of a list", supervisor, "/console/cases?list=to_make", 200),
            page(
                "cases by type and state",
                supervisor,
                "/console/cases?case_type=new-certificate&state=submitted",
                200,
            ),
            page("cases overdue", supervisor, "/console/cases?list=overdue", 200),
            page("search by number", clerk, &format!("/console/search?q={first}"), 303),
            page("search by a common name", clerk, &format!("/console/search?q={common}"), 200),
            page("search by a name that is nowhere", clerk, &format!("/console/search?q={nowhere}"), 200),
            page("case", clerk, &case, 200),
            page("check sheet", clerk, &format!("{case}/materials"), 200),
            page("intake", clerk, "/console/cases/new?case_type=new-certificate", 200),
            page("papers of a case", clerk, &format!("{case}/prints"), 200),
            page("paper: receipt", clerk, &format!("{case}/prints/receipt"), 200),
            page("payment", clerk, &format!("{made}/payment"), 200),
            page("hand-over", clerk, &format!("{made}/handover?medium=KEY"), 200),
            page("cash-up", clerk, "/console/cash-up", 200),
            page("production queue", producer, "/console/production", 200),
            page("board", supervisor, "/console/board", 200),
            page("cases of a mark: stood", supervisor, "/console/cases?stood=to_make&on=2026-03-15", 200),
            page(
                "cases of a mark: made",
                supervisor,
                "/console/cases?happened=made&from=2026-03-16&to=2026-03-16",
                200,
            ),
            page("certificates", clerk, "/console/certificates", 200),
            page("certificates by name", clerk, &format!("/console/certificates?name={common}"), 200),
            page("certificate", clerk, &format!("/console/certificates/{serial}"), 200),
            page("report: throughput", supervisor, "/console/reports/throughput", 200),
            page("users", security, "/console/users", 200),
            page("systems", security, "/console/systems", 200),
            page("calendar", administrator, "/console/calendar", 200),
            page("audit", auditor, "/console/audit", 200),
            page("case types", clerk, "/console/case-types/new-certificate", 200),
            page("progress", "", "/progress", 200),
            question,
        ]
    }
}

/// All cases, one that waits to be checked first.
async fn numbers(service: &Service) -> Vec<String> {
    let page = CasePage::newest(100);
    let found = service.list_cases(&templates::caller(&[Role::Clerk]), CaseFilter::default(), page).await.unwrap();
    let (first, rest): (Vec<_>, Vec<_>) = found.cases.into_iter().partition(|case| case.state == "submitted");
    first.into_iter().chain(rest).map(|case| case.acceptance_number).collect()
}

/// A case whose certificate is made, and its serial.
async fn made(service: &Service) -> (String, String) {
    let page = CasePage::newest(100);
    let found = service.list_cases(&templates::caller(&[Role::Clerk]), CaseFilter::default(), page).await.unwrap();
    let made = found.cases.into_iter().find(|case| case.state == "certificate_made").expect("one is made");
    (made.acceptance_number, made.certificate_serial.unwrap_or_default())
}

async fn add(service: &Service, role: Role) {
    let account = AccountDraft {
        display_name: role.code().to_owned(),
        roles: vec![role.code().to_owned()],
        outlet: None,
        all_outlets: role.sees_cases(),
    };
    let user = NewUser { username: role.code().to_owned(), account, password: Some(PASSWORD.to_owned()) };
    let operator = Caller::operator_as(Role::SecurityAdministrator);
    assert!(service.add_user(&operator, user).await.is_ok());
}

/// Signs somebody in; answers the header line with the cookie.
fn sign_in(address: &str, role: Role) -> String {
    let mut connection = Connection::open(address, None);
    let body = format!("username={}&password={PASSWORD}", role.code());
    let answer = connection.send("POST", "/console/sign-in", FORM, &body);
    assert_eq!(answer.status, 303, "{}", answer.text());
    let session = format!("Cookie: {}\r\n", answer.cookies());
    if role != Role::Clerk {
        return session;
    }
    // A clerk says first at which window they are today.
    let page = connection.send("GET", "/console/window", &session, "").text();
    let key = page
        .split("name=\"form_key\" value=\"")
        .nth(1)
        .unwrap_or_else(|| panic!("{page:.600}"))
        .split('"')
        .next()
        .unwrap();
    let said =
        connection.send("POST", "/console/window", &format!("{FORM}{session}"), &format!("form_key={key}&whole=yes"));
    assert_eq!(said.status, 303, "{}", said.text());
    format!("{}; {}\r\n", session.trim_end(), said.cookies())
}
