//! Foreign programs look at the descriptions: openapi-spec-validator, Spectral with the rules of OWASP, and Redocly at that of the API,
//! Spectral at that of the events.

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
async fn foreign_judges_accept_the_descriptions() {
    let hall = Hall::open(TestDatabase::sqlite()).await;
    let directory = tempfile::tempdir().unwrap();
    let catalog = hall.nobody().get("//asyncapi.json").await.expect(200);
    let written =
        [("openapi.json", Contract::of(&hall).await.document), ("asyncapi.json", catalog)].map(|(name, document)| {
            let path = directory.path().join(name);
            std::fs::write(&path, serde_json::to_vec_pretty(&document).unwrap()).unwrap();
            path
        });
    let mut judging = Command::new(programs().join("run"));
    let judged = judging.arg(installed()).args(&written).stdin(Stdio::null()).output().unwrap();
    let (found, said) = (String::from_utf8_lossy(&judged.stdout), String::from_utf8_lossy(&judged.stderr));
    assert!(judged.status.success(), "{found}\n{said}");
}
