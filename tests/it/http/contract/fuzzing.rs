//! schemathesis, which reads the description and asks for whatever is described, valid and not, with a token of each kind: nothing undescribed is
//! answered, no fault of the service, and no valid request is refused but by a rule.

use std::path::Path;
use std::process::{Command, Stdio};

use casehall::domain::accounts::role::Role;
use serde_json::{Map, json};

use super::judges::{installed, programs};
use crate::http::demo::Demo;

/// Lets it ask so many times of each operation; at least so many requests must come of that, and so many percent of them be done.
#[track_caller]
fn fuzz(demo: &Demo, directory: &Path, (mode, of_each): (&str, u32), least_cases: u32, least_done: u32) {
    let of_role = |role: Role| match role {
        Role::Client => "portal",
        role => role.code(),
    };
    let person = |role: Role| (role.code().to_owned(), json!([of_role(role), demo.password(of_role(role))]));
    let people: Map<_, _> = Role::ALL.into_iter().map(person).collect();
    let mut fuzzing = Command::new(programs().join("fuzzing/run"));
    fuzzing.arg(installed()).arg(directory).args(["--phases", "examples,fuzzing", "--seed", "1", "--no-shrink"]);
    fuzzing.args(["--mode", mode, "--max-examples", &of_each.to_string()]);
    fuzzing.env("HALL", demo.address()).env("PEOPLE", json!(people).to_string());
    fuzzing.env("LEAST_CASES", least_cases.to_string()).env("LEAST_DONE", least_done.to_string());
    let fuzzed = fuzzing.stdin(Stdio::null()).output().unwrap();
    let (printed, said) = (String::from_utf8_lossy(&fuzzed.stdout), String::from_utf8_lossy(&fuzzed.stderr));
    assert!(fuzzed.status.success(), "{mode}: {printed}\n{said}");
    assert!(printed.contains("answers: "), "{printed}");
}

/// Nobody is kept out for the wrong passwords that it tries.
const PATIENT: &str = "[sign_in]\nfailures = 100\nfailures_from_elsewhere = 10000\nfailures_from_address = 100000\n";

// With `FUZZ_EXAMPLES=600` it asks some 50,000 times.
#[test]
fn schemathesis_finds_nothing_that_is_not_as_described() {
    let (demo, directory) = (Demo::with(PATIENT, &[]), tempfile::tempdir().unwrap());
    let of_each = std::env::var("FUZZ_EXAMPLES").ok().map_or(20, |examples| examples.parse().unwrap());
    fuzz(&demo, directory.path(), ("positive", of_each), 2_000, 33);
    fuzz(&demo, directory.path(), ("negative", of_each / 2), 500, 0);
}
