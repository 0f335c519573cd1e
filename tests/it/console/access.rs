//! Page × role: who is let in where, against the table in `tests/data/pages.txt`; what isn't offered is refused, too, and so is a form
//! that isn't of one's own session. Whatever is refused changes nothing.

use std::collections::BTreeSet;

use casehall::domain::accounts::role::Role;

use crate::databases::TestDatabase;
use crate::hall::furnished::{PLAIN, There};
use crate::hall::tables::{Entry, ROLES, entries, fields, routes};
use crate::hall::visitor::Page;
use crate::hall::{Hall, Visitor};

/// Everything that the database holds, but for when a session was last used.
fn everything(database: &TestDatabase) -> Vec<String> {
    let tables = database.rows("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE '%session%'");
    let mut rows = Vec::new();
    for table in tables {
        let columns = database.rows(&format!("SELECT 'quote(\"' || name || '\")' FROM pragma_table_info('{table}')"));
        rows.extend(database.rows(&format!("SELECT '{table} ' || {} FROM \"{table}\"", columns.join(" || ' ' || "))));
    }
    rows
}

/// Where the test asks for a page: its address with parameters of what is there.
fn address(route: &str, there: &There) -> String {
    let case = match route.split("{key}").nth(1) {
        Some(rest) if rest.starts_with("/handover") => "{made}",
        Some(rest) if rest.starts_with("/payment") => "{unpaid}",
        _ => "{case}",
    };
    let serial = match route.split("{serial}").nth(1) {
        Some(rest) if rest.starts_with("/corrections/") => "{corrected}",
        Some(rest) if rest.starts_with("/registration/") => "{unapproved}",
        Some("/restore") => "{suspended}",
        Some(rest) if rest.starts_with("/services/") => "{serial}",
        _ => "{registered}",
    };
    let id = if route.contains("/systems/") {
        "{system}"
    } else if route.contains("/imports/") {
        "{import}"
    } else {
        "{user}"
    };
    let code = if route.contains("/services/") { "urban-construction" } else { "new-certificate" };
    let parameters = [
        ("{key}", case),
        ("{serial}", serial),
        ("{id}", id),
        ("{code}", code),
        ("{act}", "suspend"),
        ("{action}", "withdraw"),
        ("{document}", "receipt"),
        ("{deed}", "deactivate"),
        ("{tag}", "en"),
        ("{file}", "audit.csv"),
        ("{kind}", "csv"),
        ("{name}", "throughput"),
    ];
    there.filled(&parameters.iter().fold(route.to_owned(), |route, (name, value)| route.replace(name, value)))
}

/// A form as whoever just looked at what it is about would send it, but for its key.
async fn sent(entry: &Entry, at: &str, there: &There, reader: &crate::hall::Person<'_>) -> Vec<(String, String)> {
    let of =
        |path: &str, folder: &str| path.split_once(folder).map(|(_, rest)| rest.split('/').next().unwrap().to_owned());
    let mut there = there.with("version", "0").with("certificate_version", "0");
    if entry.fields.contains("{version}") {
        let case = reader.get(&format!("/cases/{}", of(at, "/cases/").unwrap())).await.expect(200);
        there = there.with("version", &case["version"].to_string());
    }
    if entry.fields.contains("{certificate_version}") {
        let found = reader.get(&format!("/certificates/{}", of(at, "/certificates/").unwrap())).await.expect(200);
        there = there.with("certificate_version", &found["version"].to_string());
    }
    fields(&there.filled(&entry.fields))
}

async fn form_key(visitor: &Visitor<'_>) -> (String, String) {
    let key = visitor.get("/console/account").await.attributes("[name=form_key]", "value").remove(0);
    ("form_key".to_owned(), key)
}

async fn send(visitor: &Visitor<'_>, entry: &Entry, at: &str, fields: &[(String, String)]) -> Page {
    match entry.method.as_str() {
        "GET" => visitor.get(at).await,
        _ => visitor.post(at, fields).await,
    }
}

/// `yes` for whoever is let in, whatever the answer then is; else the status of the refusal.
fn outcome(page: &Page) -> String {
    assert!(page.status < 500, "{}: {}", page.address, page.html);
    match page.status {
        status @ (401 | 403 | 404) => status.to_string(),
        _ => "yes".to_owned(),
    }
}

/// Whether somebody was sent to sign in.
fn is_at_sign_in(page: &Page) -> bool {
    let sent = page.headers.get("location").is_some_and(|to| to.to_str().unwrap().starts_with("/console/sign-in"));
    sent || page.address.starts_with("/console/sign-in")
}

/// Ends the session of whoever sends it.
fn ends_session(entry: &Entry) -> bool {
    entry.name().starts_with("POST /console/account") || entry.route == "/console/sign-out"
}

#[tokio::test]
async fn every_page_and_every_form_lets_in_whom_the_table_names() {
    let hall = Hall::open(TestDatabase::sqlite()).await;
    let there = hall.furnish(PLAIN).await;
    let reader = hall.person(&[Role::Supervisor], None).await;
    let mut people = Vec::new();
    for role in ROLES {
        let visitor = hall.visitor(role).await;
        people.push((role, form_key(&visitor).await, visitor));
    }
    reader.token().await; // is signed in before anything is counted
    let stranger = hall.stranger();
    let mut differing = Vec::new();
    for entry in entries() {
        let at = match entry.route.as_str() {
            "/assets/{name}" => {
                stranger.get("/console/sign-in").await.attributes("link[rel=stylesheet]", "href").remove(0)
            }
            route => address(route, &there),
        };
        let typed = sent(&entry, &at, &there, &reader).await;
        let page = send(&stranger, &entry, &at, &typed).await;
        if entry.outcomes.is_empty() {
            assert!([200, 204, 303, 422, 401].contains(&page.status), "{}: {}", entry.name(), page.status);
            continue;
        }
        assert!(is_at_sign_in(&page), "{} without signing in: {}", entry.name(), page.status);
        // Those who are refused come first: nothing of it changes anything.
        let counts = entry.method == "POST" && entry.outcomes.iter().any(|outcome| outcome != "yes");
        let before = if counts { everything(&hall.database) } else { Vec::new() };
        let mut row = vec![String::new(); ROLES.len()];
        for asks in [false, true] {
            for (at_column, (role, key, visitor)) in people.iter().enumerate() {
                if (entry.outcomes[at_column] == "yes") != asks {
                    continue;
                }
                let leaving = if asks && ends_session(&entry) { Some(hall.visitor(*role).await) } else { None };
                let visitor = leaving.as_ref().unwrap_or(visitor);
                let key = if leaving.is_some() { form_key(visitor).await } else { key.clone() };
                let mut typed = sent(&entry, &at, &there, &reader).await;
                typed.push(key);
                let page = send(visitor, &entry, &at, &typed).await;
                row[at_column] = outcome(&page);
                if page.status == 403 {
                    assert_eq!(page.attributes("html", "lang"), ["zh-CN"], "{} as a page", entry.name());
                    assert!(
                        page.texts("h1").len() == 1 && !page.texts("main p").is_empty(),
                        "{}: {}",
                        entry.name(),
                        page.html
                    );
                }
            }
            if !asks && counts {
                assert!(everything(&hall.database) == before, "{} changes something when refused", entry.name());
            }
        }
        let wanted: Vec<&str> = entry.outcomes.iter().map(|cell| if cell == "told" { "yes" } else { cell }).collect();
        if row != wanted {
            differing.push(format!(
                "{:<60} {}   (the table: {})",
                entry.name(),
                row.join(" "),
                entry.outcomes.join(" ")
            ));
        }
    }
    assert!(differing.is_empty(), "{ROLES:?}\n{}", differing.join("\n"));
}

#[test]
fn every_page_of_the_source_stands_in_the_table() {
    let table: BTreeSet<String> = entries().iter().map(Entry::name).collect();
    let source = routes();
    let missing: Vec<_> = source.difference(&table).collect();
    let gone: Vec<_> = table.difference(&source).collect();
    assert!(missing.is_empty() && gone.is_empty(), "say who is let in: {missing:?}; there is no: {gone:?}");
}

#[tokio::test]
async fn a_form_without_the_key_of_its_session_changes_nothing() {
    let hall = Hall::open(TestDatabase::sqlite()).await;
    let there = hall.furnish(PLAIN).await;
    let reader = hall.person(&[Role::Supervisor], None).await;
    let mut people = Vec::new();
    for role in ROLES {
        people.push(hall.visitor(role).await);
    }
    let others = form_key(&hall.visitor(Role::Clerk).await).await;
    reader.token().await; // is signed in before anything is counted
    let before = everything(&hall.database);
    for entry in entries().iter().filter(|entry| entry.method == "POST" && !entry.outcomes.is_empty()) {
        let column = entry.outcomes.iter().position(|outcome| outcome == "yes").unwrap();
        let at = address(&entry.route, &there);
        let typed = sent(entry, &at, &there, &reader).await;
        let keys = [None, Some(String::new()), Some("0".repeat(32)), Some(others.1.clone())];
        for key in keys {
            let mut typed = typed.clone();
            typed.extend(key.clone().map(|key| ("form_key".to_owned(), key)));
            let page = people[column].post(&at, &typed).await;
            assert_eq!((page.status, page.texts("h1").len()), (403, 1), "{} with {key:?}", entry.name());
        }
    }
    let after = everything(&hall.database);
    let changed: Vec<_> = after.iter().filter(|row| !before.contains(row)).collect();
    assert!(after == before, "changed without a key: {changed:#?}");
    // Nor is anybody signed out by it.
    for visitor in &people {
        assert_eq!(visitor.get("/console/account").await.address, "/console/account");
    }
}
