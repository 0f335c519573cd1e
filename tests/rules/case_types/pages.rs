//! The pages under docs/case-types say what the definitions under config say.
//!
//! `UPDATE_DOCS=1 cargo test --test rules case_types::pages` writes them again.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use casehall::configuration::ConfigFiles;
use casehall::configuration::catalog::load_definitions;
use casehall::domain::case_types::catalog::Catalog;
use casehall::domain::case_types::diagram::page;
use casehall::domain::case_types::workflow::Workflow;

const HOW: &str = "write the pages again with `UPDATE_DOCS=1 cargo test --test rules case_types::pages`";

fn catalog() -> Catalog {
    load_definitions(&ConfigFiles::load(None).unwrap(), &["urban-construction"]).unwrap().catalog
}

fn page_of(catalog: &Catalog, code: &str) -> String {
    let case_type = catalog.current_case_type(code).unwrap();
    let workflows: Vec<&Workflow> = catalog.workflows_of(case_type).collect();
    page(case_type, &workflows)
}

/// Every page by its file name.
fn pages() -> BTreeMap<String, String> {
    let catalog = catalog();
    let note = |code: &str| format!("<!-- Made from config/case-types/{code}.toml; don't edit it, but {HOW}. -->\n\n");
    let named = |code: &str| (format!("{code}.md"), note(code) + &page_of(&catalog, code));
    catalog.current().map(|case_type| named(&case_type.code)).collect()
}

#[test]
fn every_case_type_has_an_up_to_date_page() {
    let directory = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("docs/case-types");
    let expected = pages();
    if std::env::var_os("UPDATE_DOCS").is_some() {
        let _ = fs::remove_dir_all(&directory);
        fs::create_dir_all(&directory).unwrap();
        expected.iter().for_each(|(name, text)| fs::write(directory.join(name), text).unwrap());
    }
    let mut wrong = Vec::new();
    for (name, text) in &expected {
        match fs::read_to_string(directory.join(name)) {
            Err(_) => wrong.push(format!("docs/case-types/{name} is missing")),
            Ok(found) if found != *text => wrong.push(format!("docs/case-types/{name} is stale")),
            Ok(_) => {}
        }
    }
    for entry in fs::read_dir(&directory).into_iter().flatten().flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        if !expected.contains_key(&name) {
            wrong.push(format!("docs/case-types/{name} belongs to no case type"));
        }
    }
    assert!(wrong.is_empty(), "{}; {HOW}", wrong.join("; "));
}

#[test]
fn a_page_shows_every_row_of_the_checklist_every_state_and_every_action() {
    let catalog = catalog();
    for case_type in catalog.current() {
        let page = page_of(&catalog, &case_type.code);
        for material in &case_type.materials {
            assert!(page.contains(&format!("| {} | {} · ", material.number, material.words.zh)), "{}", material.code);
        }
        for workflow in catalog.workflows_of(case_type) {
            let part = page.split("\n## ").find(|part| part.contains(&format!("`{}`, ", workflow.code))).unwrap();
            for state in &workflow.states {
                assert!(part.contains(&format!("state \"{} · {}\"", state.words.zh, state.words.en)), "{}", state.code);
            }
            let arrows: usize =
                workflow.actions.iter().filter(|action| action.to.is_some()).map(|action| action.from.len()).sum();
            // And the ways back, for each action that corrects the application there.
            let back = workflow.states.iter().filter(|state| state.recheck_in.is_some()).count();
            let named = part.lines().filter(|line| line.contains(" --> ") && line.contains(" : ")).count();
            assert_eq!(named, arrows + back, "arrows of {}", workflow.code);
            let rows = part.lines().filter(|line| line.starts_with("| ")).count() - 1;
            assert_eq!(rows, workflow.actions.len(), "rows of {}", workflow.code);
        }
    }
}

#[test]
fn the_default_workflow_comes_first() {
    let catalog = catalog();
    let page = page_of(&catalog, "new-certificate");
    let place = |text: &str| page.find(text).unwrap();
    assert!(
        place("`check-then-make`, 版本 edition 3，默认 · the default") < place("`make-then-check`, 版本 edition 3\n")
    );
}

#[test]
fn what_the_guide_leaves_open_is_shown_as_open() {
    let page = page_of(&catalog(), "add-application");
    let row = page.lines().find(|line| line.starts_with("| 3 |")).unwrap();
    assert_eq!(row.matches("未规定 · unspecified").count(), 3, "{row}");
}

#[test]
fn words_of_a_hall_cannot_break_the_table_or_the_diagram() {
    let catalog = catalog();
    let mut case_type = catalog.current_case_type("add-application").unwrap().clone();
    let mut workflow = catalog.current_workflow("at-the-counter").unwrap().clone();
    case_type.materials[0].words.zh = "甲|乙\n`丙`<b>".to_owned();
    workflow.states[0].words.zh = "\"引号\": #1; 结束\n```".to_owned();
    let page = page(&case_type, &[&workflow]);
    let row = page.lines().find(|line| line.starts_with("| 1 |")).unwrap();
    assert_eq!(row.replace("\\|", "").matches('|').count(), 8, "{row}");
    assert!(row.contains("甲\\|乙 '丙'&lt;b>"), "{row}");
    let state = page.lines().find(|line| line.contains("引号") && line.contains(" as s_submitted")).unwrap();
    assert_eq!((state.matches('"').count(), state.contains(':'), state.contains(';')), (2, false, false), "{state}");
    assert_eq!(page.matches("```").count(), 2);
}

#[test]
fn a_page_has_every_name_of_a_document() {
    let page = page_of(&catalog(), "new-certificate");
    let row = page.lines().find(|line| line.starts_with("| 1 |")).unwrap();
    assert!(row.contains("机构证书申请表") && row.contains("<br>又称 · also called: 数字证书申请表<br>"), "{row}");
}

#[test]
fn the_workflow_that_the_page_of_settings_shows_takes_the_place_of_the_shipped_one() {
    let page = fs::read_to_string(PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("docs/settings.md")).unwrap();
    let shown = page.split("```toml\n").find(|block| block.starts_with("# workflows/renew.toml")).unwrap();
    let directory = tempfile::tempdir().unwrap();
    fs::create_dir(directory.path().join("workflows")).unwrap();
    fs::write(directory.path().join("workflows/renew.toml"), shown.split("```").next().unwrap()).unwrap();
    let files = ConfigFiles::load(Some(directory.path())).unwrap();
    let own = load_definitions(&files, &["urban-construction"]).unwrap().catalog;
    let edition = |catalog: &Catalog| catalog.current_workflow("renew").unwrap().edition;
    assert_eq!(edition(&own), edition(&catalog()) + 1, "it is the next edition after the shipped one");
}
