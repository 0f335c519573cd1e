//! Pages and papers are HTML as its standard has it: html-validate finds nothing wrong with what stands in what, with ids, labels, roles
//! and attributes, on any page in any state, in both languages.

use std::path::PathBuf;
use std::process::Command;

use super::Readers;
use crate::databases::TestDatabase;
use crate::hall::Hall;
use crate::hall::furnished::PLAIN;
use crate::hall::tables::states;

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

#[tokio::test]
async fn html_validate_finds_nothing_on_any_page() {
    let directory = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), PathBuf::from);
    let directory = directory.join("html-validate");
    let validate = root().join("tests/console/validate");
    let installed = Command::new(validate.join("install")).arg(&directory).status().unwrap();
    assert!(installed.success(), "html-validate can't be installed");
    let hall = Hall::open(TestDatabase::sqlite()).await;
    let there = hall.furnish(PLAIN).await;
    let pages = tempfile::tempdir().unwrap();
    let mut count = 0;
    for language in ["zh-CN", "en"] {
        let readers = Readers::reading(&hall, &there, language).await;
        for state in
            states().iter().filter(|state| language == "zh-CN" || !["newcomer"].contains(&state.whose.as_str()))
        {
            let page = readers.look(&there, state).await;
            std::fs::write(pages.path().join(format!("{language} {}.html", state.name)), &page.html).unwrap();
            count += 1;
        }
    }
    assert!(count > 250, "{count}");
    let judged = Command::new(validate.join("run")).arg(&directory).arg(pages.path()).output().unwrap();
    let said = String::from_utf8_lossy(&judged.stdout).into_owned() + &String::from_utf8_lossy(&judged.stderr);
    assert!(judged.status.success(), "{said}");
}
