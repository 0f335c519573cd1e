//! The requests: opening a case, checking a sheet, reading a case, and the empty handler.
//!
//! Every organization is another one, since each may have one certificate only.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use crate::http::Connection;
use crate::load::Worker;
use crate::server::Server;
use casehall::domain::base::organization_code::UnifiedSocialCreditCode;

/// The unified code of the n-th made-up organization: GB 32100-2015 with the code of GB 11714-1997 inside.
pub(crate) fn unified_code(number: u32) -> String {
    const ALPHABET: &[u8] = b"0123456789ABCDEFGHJKLMNPQRTUWXY";
    let body = format!("{number:08}");
    let digits = body.bytes().map(|byte| u32::from(byte - b'0'));
    let sum: u32 = digits.zip([3, 7, 9, 10, 5, 8, 4, 2]).map(|(digit, weight)| digit * weight).sum();
    let inner_check = match 11 - sum % 11 {
        10 => 'X',
        11 => '0',
        digit => char::from_digit(digit, 10).unwrap(),
    };
    let text = format!("91440101{body}{inner_check}");
    let mut weight = 1;
    let mut sum = 0;
    for byte in text.bytes() {
        sum += ALPHABET.iter().position(|known| *known == byte).unwrap() * weight;
        weight = weight * 3 % 31;
    }
    format!("{text}{}", char::from(ALPHABET[(31 - sum % 31) % 31]))
}

/// The application of the n-th made-up organization.
pub(crate) fn application(number: u32) -> String {
    let code = unified_code(number);
    format!(
        r#"{{"case_type":"new-certificate","organization":{{"name":"广州市第{number}建筑工程有限公司",
"unified_social_credit_code":"{code}"}},"applicant":{{"name":"谭丽","identity_number":"440199196412310694",
"phone":"13800138000"}},"agent":{{"name":"刘少芬","identity_number":"440199196706237621","phone":"13800138001"}},
"applications":["urban-construction"],"outlet":"guangzhou-center","service_years":1,"payment_method":"transfer",
"collection_method":"window","responsibility_letter_accepted":true}}"#
    )
}

const JSON: &str = "Content-Type: application/json\r\n";

/// Opens cases, as the system of an online hall does.
pub(crate) struct Opening {
    connection: Connection,
    /// Of several systems, in turn: what one of them has opened within the hour is counted with each.
    tokens: Arc<Vec<String>>,
    organizations: Arc<AtomicU32>,
}

impl Opening {
    /// A worker for each connection; they share the numbers of the organizations.
    pub(crate) fn workers(server: &Server, number: usize, organizations: &Arc<AtomicU32>) -> Vec<Self> {
        let worker = || Self {
            connection: Connection::open(&server.address, None),
            tokens: server.client_tokens.clone(),
            organizations: organizations.clone(),
        };
        (0..number).map(|_| worker()).collect()
    }

    /// Opens a case and answers its id.
    pub(crate) fn open(&mut self) -> String {
        let number = self.organizations.fetch_add(1, Ordering::Relaxed);
        let token = &self.tokens[number as usize % self.tokens.len()];
        let headers = format!("{JSON}Authorization: Bearer {token}\r\n");
        let answer = self.connection.send("POST", "/api/v1/cases", &headers, &application(number));
        assert_eq!(answer.status, 201, "{}", answer.text());
        answer.header("location").unwrap().rsplit('/').next().unwrap().to_owned()
    }
}

impl Worker for Opening {
    fn step(&mut self) -> usize {
        self.open();
        1
    }
}

/// A case whose sheets have all been checked once, so that its document has its full size.
#[derive(Debug, Clone)]
pub(crate) struct CheckedCase {
    /// Its id.
    pub(crate) id: String,
    /// Code and version of each sheet.
    sheets: Vec<(String, String)>,
}

/// Opens cases and checks every sheet of each.
pub(crate) fn checked_cases(server: &Server, number: usize, organizations: &Arc<AtomicU32>) -> Vec<CheckedCase> {
    let mut openings = Opening::workers(server, 8, organizations);
    let share = number.div_ceil(openings.len());
    std::thread::scope(|scope| {
        let check = |opening: &mut Opening| -> Vec<CheckedCase> {
            let mut clerk = Connection::open(&server.address, Some(&server.clerk_token));
            (0..share).map(|_| check_all(&mut clerk, opening.open())).collect()
        };
        let threads: Vec<_> = openings.iter_mut().map(|opening| scope.spawn(move || check(opening))).collect();
        threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
    })
}

/// Checks all papers of a case that was just opened.
pub(crate) fn check_all(clerk: &mut Connection, id: String) -> CheckedCase {
    let path = format!("/api/v1/cases/{id}");
    let read = clerk.send("GET", &path, "", "").json();
    let sheets: Vec<String> = codes_and_versions(&read).into_iter().map(|(code, _)| code).collect();
    assert!(sheets.len() >= 7, "the guide's list has more rows: {sheets:?}");
    let rows: Vec<String> = sheets
        .iter()
        .map(|code| format!(r#"{{"material":"{code}","copies_received":3,"copies_stamped":3}}"#))
        .collect();
    let headers = format!("{JSON}If-Match: \"1\"\r\n");
    let body = format!(r#"{{"materials":[{}]}}"#, rows.join(","));
    let answer = clerk.send("PUT", &format!("{path}/materials"), &headers, &body);
    assert_eq!(answer.status, 200, "{}", answer.text());
    let sheets = codes_and_versions(&answer.json()).into_iter().map(|(code, version)| (code, format!("\"{version}\"")));
    CheckedCase { id, sheets: sheets.collect() }
}

fn codes_and_versions(case: &serde_json::Value) -> Vec<(String, i64)> {
    let sheets = case["materials"]["sheets"].as_array().unwrap();
    let pair = |sheet: &serde_json::Value| {
        (sheet["material"].as_str().unwrap().to_owned(), sheet["version"].as_i64().unwrap())
    };
    sheets.iter().map(pair).collect()
}

/// Checks one sheet after the other, as a clerk does, in cases that no other connection works on.
pub(crate) struct Checking<'a> {
    connection: Connection,
    cases: &'a mut [CheckedCase],
    next: usize,
}

impl<'a> Checking<'a> {
    /// A worker for each connection; they share the cases out.
    pub(crate) fn workers(server: &Server, number: usize, cases: &'a mut [CheckedCase]) -> Vec<Self> {
        let share = cases.len() / number;
        let worker =
            |cases| Self { connection: Connection::open(&server.address, Some(&server.clerk_token)), cases, next: 0 };
        cases.chunks_mut(share).take(number).map(worker).collect()
    }
}

impl Worker for Checking<'_> {
    fn step(&mut self) -> usize {
        let rows = self.cases[0].sheets.len();
        let (case, row) = ((self.next / rows) % self.cases.len(), self.next % rows);
        self.next += 1;
        let CheckedCase { id, sheets } = &mut self.cases[case];
        let (code, version) = &mut sheets[row];
        let path = format!("/api/v1/cases/{id}/materials/{code}");
        let headers = format!("{JSON}If-Match: {version}\r\n");
        let answer = self.connection.send("PUT", &path, &headers, r#"{"copies_received":3,"copies_stamped":3}"#);
        assert_eq!(answer.status, 200, "{}", answer.text());
        // One event, so the case's version is the sheet's, too.
        *version = answer.header("etag").unwrap().to_owned();
        1
    }
}

/// Reads one address after the other.
pub(crate) struct Reading {
    connection: Connection,
    paths: Arc<Vec<String>>,
    next: usize,
}

impl Reading {
    /// A worker for each connection, each starting elsewhere.
    pub(crate) fn workers(server: &Server, number: usize, paths: &Arc<Vec<String>>) -> Vec<Self> {
        let worker = |index: usize| Self {
            connection: Connection::open(&server.address, Some(&server.clerk_token)),
            paths: paths.clone(),
            next: index * 7,
        };
        (0..number).map(worker).collect()
    }
}

impl Worker for Reading {
    fn step(&mut self) -> usize {
        self.next += 1;
        let path = &self.paths[self.next % self.paths.len()];
        let answer = self.connection.send("GET", path, "", "");
        assert_eq!(answer.status, 200, "{}", answer.text());
        1
    }
}

/// Holds the made-up codes to the library's own check, before anything is measured.
pub(crate) fn check_made_up_codes() {
    for number in (1..100_000).step_by(997) {
        let code = unified_code(number);
        assert!(UnifiedSocialCreditCode::parse(&code).is_ok(), "{code}");
    }
}
