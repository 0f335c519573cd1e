//! Foreign programs look at the description: openapi-spec-validator, Spectral with the rules of OWASP, and Redocly.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::description::Contract;
use crate::databases::TestDatabase;
use crate::hall::Hall;

/// Where the programs are that call the foreign ones.
pub(super) fn programs() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/contract")
}

/// The directory that has the foreign programs; they are installed where they aren't yet.
pub(super) fn installed() -> PathBuf {
    let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap().join("contract");
    let installing = Command::new(programs().join("install")).arg(&directory).status().unwrap();
    assert!(installing.success(), "the judges can't be installed into {}", directory.display());
    directory
}

#[tokio::test]
async fn foreign_judges_accept_the_description() {
    let contract = Contract::of(&Hall::open(TestDatabase::sqlite()).await).await;
    let directory = tempfile::tempdir().unwrap();
    let document = directory.path().join("openapi.json");
    std::fs::write(&document, serde_json::to_vec_pretty(&contract.document).unwrap()).unwrap();
    let mut judging = Command::new(programs().join("run"));
    let judged = judging.arg(installed()).arg(&document).stdin(Stdio::null()).output().unwrap();
    let (found, said) = (String::from_utf8_lossy(&judged.stdout), String::from_utf8_lossy(&judged.stderr));
    assert!(judged.status.success(), "{found}\n{said}");
}
