//! schemathesis, which reads the description and asks for whatever is described, valid and not, with a token of each kind: nothing undescribed is
//! answered, no fault of the service, and no valid request is refused but by a rule.

use std::process::{Command, Stdio};

use casehall::domain::accounts::role::Role;
use serde_json::{Map, json};

use super::judges::{installed, programs};
use crate::http::demo::Demo;

/// How many requests at least, and how many of each operation.
const LEAST: u32 = 2_000;
const OF_EACH: u32 = 23;

#[test]
fn schemathesis_finds_nothing_that_is_not_as_described() {
    let (demo, directory) = (Demo::start(), tempfile::tempdir().unwrap());
    let of_role = |role: Role| match role {
        Role::Client => "portal",
        role => role.code(),
    };
    let people: Map<_, _> = Role::ALL
        .into_iter()
        .map(|role| (role.code().to_owned(), json!([of_role(role), demo.password(of_role(role))])))
        .collect();
    let mut fuzzing = Command::new(programs().join("fuzzing/run"));
    let options =
        ["--phases", "examples,fuzzing", "--seed", "1", "--no-shrink", "--max-examples", &OF_EACH.to_string()];
    fuzzing.arg(installed()).arg(directory.path()).args(options).env("HALL", demo.address());
    fuzzing.env("PEOPLE", json!(people).to_string()).env("LEAST_CASES", LEAST.to_string());
    let fuzzed = fuzzing.stdin(Stdio::null()).output().unwrap();
    let (printed, said) = (String::from_utf8_lossy(&fuzzed.stdout), String::from_utf8_lossy(&fuzzed.stderr));
    assert!(fuzzed.status.success(), "{printed}\n{said}");
    assert!(printed.contains("answers: "), "{printed}");
}
