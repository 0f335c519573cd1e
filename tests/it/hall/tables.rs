//! The tables of the console's pages: who is let in where (`tests/data/pages.txt`), and each page in each of its states
//! (`tests/data/page-states.txt`).

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

use casehall::domain::accounts::role::Role;
use regex::Regex;

/// The columns of the table of who is let in.
pub(crate) const ROLES: [Role; 6] =
    [Role::Clerk, Role::Producer, Role::Supervisor, Role::Administrator, Role::SecurityAdministrator, Role::Auditor];

/// A page or form, and who is let in.
#[derive(Debug, Clone)]
pub(crate) struct Entry {
    pub(crate) method: String,
    /// Its address as the source has it, with its parameters in braces.
    pub(crate) route: String,
    /// The outcome of each of [`ROLES`]; none where nobody need sign in.
    pub(crate) outcomes: Vec<String>,
    /// What its form sends.
    pub(crate) fields: String,
}

impl Entry {
    /// Method and address.
    pub(crate) fn name(&self) -> String {
        format!("{} {}", self.method, self.route)
    }
}

fn lines(table: &str) -> impl Iterator<Item = Vec<&str>> {
    let lines = table.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines.map(|line| line.split_whitespace().collect())
}

/// The table of who is let in.
pub(crate) fn entries() -> Vec<Entry> {
    let entry = |cells: Vec<&str>| {
        let is_open = cells[2] == "open";
        let columns = if is_open { 1 } else { ROLES.len() };
        let outcomes = &cells[2..2 + columns];
        Entry {
            method: cells[0].to_owned(),
            route: cells[1].to_owned(),
            outcomes: if is_open { Vec::new() } else { outcomes.iter().map(|cell| (*cell).to_owned()).collect() },
            fields: cells.get(2 + columns).copied().unwrap_or_default().to_owned(),
        }
    };
    lines(include_str!("../../data/pages.txt")).map(entry).collect()
}

/// A page in one of its states: an address, and a form of it that is sent where there is one.
#[derive(Debug, Clone)]
pub(crate) struct State {
    pub(crate) name: String,
    /// A role's code, `nobody`, or `newcomer` who must choose a password.
    pub(crate) whose: String,
    pub(crate) status: u16,
    pub(crate) address: String,
    /// Where the form goes, and what is typed into it.
    pub(crate) sent: Option<(String, String)>,
}

/// The table of the states.
pub(crate) fn states() -> Vec<State> {
    let state = |cells: Vec<&str>| State {
        name: cells[0].to_owned(),
        whose: cells[1].to_owned(),
        status: cells[2].parse().unwrap(),
        address: cells[3].to_owned(),
        sent: cells.get(4).map(|action| ((*action).to_owned(), cells.get(5).copied().unwrap_or_default().to_owned())),
    };
    let states: Vec<State> = lines(include_str!("../../data/page-states.txt")).map(state).collect();
    let names: BTreeSet<&str> = states.iter().map(|state| state.name.as_str()).collect();
    assert_eq!(names.len(), states.len(), "each state has a name of its own");
    states
}

/// The fields of a query or form.
pub(crate) fn fields(text: &str) -> Vec<(String, String)> {
    serde_urlencoded::from_str(text).unwrap()
}

/// Every page and form that the source of the console has, as `GET /console/cases/{key}`.
pub(crate) fn routes() -> BTreeSet<String> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("src/console/mod.rs");
    let source = fs::read_to_string(path).unwrap();
    let page = Regex::new(r#"[^n] ?\b(at|form|decision)\("([^"]*)"\)([^;]*?)(?:\.service\(|\.configure\(|;)"#).unwrap();
    let (begin, rest) = source.split_once("let pages = ").unwrap();
    let (_, public) = rest.split_once("let public = ").unwrap();
    let (public, pages) = public.split_once("cfg.service(").unwrap();
    let mut found = BTreeSet::new();
    for (scope, source) in [("", begin), ("/progress", public), ("/console", pages)] {
        let mut rest = source;
        while let Some(page) = page.captures(rest) {
            for (method, call) in [("GET", ".get("), ("POST", ".post(")] {
                if page[3].contains(call) {
                    found.insert(format!("{method} {scope}{}", &page[2]));
                }
            }
            rest = &rest[page.get(3).unwrap().end()..];
        }
    }
    assert!(found.len() > 80, "the source is written otherwise than this reads");
    found
}

/// Whether an address is of a route.
pub(crate) fn is_of(route: &str, address: &str) -> bool {
    let path = address.split('?').next().unwrap();
    let (wanted, given): (Vec<&str>, Vec<&str>) = (route.split('/').collect(), path.split('/').collect());
    wanted.len() == given.len()
        && wanted.iter().zip(&given).all(|(wanted, given)| wanted == given || wanted.contains('{'))
}
