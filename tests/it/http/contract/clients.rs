//! Clients that foreign programs generate from the description: one in Python, without a warning, and one in TypeScript; with each a program
//! takes a whole case to a certificate that can be used. The programs are those of docs/clients.md.

use std::process::{Command, Stdio};

use reqwest::Client;

use super::judges::{installed, programs};
use crate::hall::send;
use crate::http::demo::Demo;

/// What may not compile: the name of a column that the report hasn't.
const NONSENSE: &str = r#"import type { components } from "./casehall.js";
declare const report: components["schemas"]["OverdueReportView"];
export const limit = report.table.rows[0]?.limit;
export const nonsense = report.table.rows[0]?.nonsense;
"#;

fn document(name: &str) -> String {
    std::fs::read_to_string(std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(name)).unwrap()
}

/// The one block of code in a language.
fn program(text: &str, language: &str) -> String {
    let blocks: Vec<&str> = text.split(&format!("```{language}\n")).skip(1).collect();
    assert_eq!(blocks.len(), 1, "{language}");
    blocks[0].split("```").next().unwrap().to_owned()
}

#[tokio::test]
async fn clients_in_python_and_typescript_walk_a_whole_case() {
    let (page, demo, directory) = (document("docs/clients.md"), Demo::start(), tempfile::tempdir().unwrap());
    let write = |name: &str, text: &str| std::fs::write(directory.path().join(name), text).unwrap();
    let described = send(Client::new().get(format!("{}/openapi.json", demo.address()))).await.expect(200);
    write("openapi.json", &described.to_string());
    write("case.py", &program(&page, "python"));
    write("case.ts", &program(&page, "typescript"));
    write("nonsense.ts", NONSENSE);
    let mut walking = Command::new(programs().join("clients"));
    walking
        .arg(installed())
        .arg(directory.path().join("openapi.json"))
        .arg(directory.path())
        .env("HALL", demo.address());
    for (name, account) in [("CLERK", "clerk"), ("PRODUCER", "producer"), ("PORTAL", "portal")] {
        walking.env(name, demo.password(account));
    }
    let walked = walking.stdin(Stdio::null()).output().unwrap();
    let (printed, said) = (String::from_utf8_lossy(&walked.stdout), String::from_utf8_lossy(&walked.stderr));
    assert!(walked.status.success(), "{printed}\n{said}");
    for language in ["PY", "TS"] {
        assert!(printed.contains(&format!(": casehall.certificate.activated.v1 GZ-{language}-")), "{printed}");
    }
    assert_eq!(printed.to_lowercase().matches("usable: true").count(), 2, "{printed}");
    // Of what may not compile, nothing but that.
    let refused: Vec<&str> = printed.lines().filter(|line| line.starts_with("nonsense.ts")).collect();
    assert!(
        refused.len() == 1 && refused[0].starts_with("nonsense.ts(4,") && refused[0].contains("'nonsense'"),
        "{printed}"
    );
}

#[test]
fn the_page_of_clients_shows_one_program_and_the_versions_that_are_tested() {
    let (english, chinese) = (document("docs/clients.md"), document("docs/clients.zh-CN.md"));
    let code = |text: &str| text.split("```").skip(1).step_by(2).map(str::to_owned).collect::<Vec<_>>();
    assert_eq!(code(&english), code(&chinese), "both languages show the same");
    let (python, npm) = (document("tests/contract/requirements.txt"), document("tests/contract/package.json"));
    let pip = english.lines().find(|line| line.starts_with("pip install")).unwrap();
    let pinned = pip.split(' ').find(|word| word.contains("==")).unwrap();
    assert!(python.lines().any(|line| line == pinned), "{pinned}");
    let packages = english.lines().find_map(|line| line.strip_prefix("npm install ")).unwrap();
    for (name, version) in packages.split(' ').map(|package| package.rsplit_once('@').unwrap()) {
        assert!(npm.contains(&format!("\"{name}\": \"{version}\"")), "{name} {version}");
    }
    let overrides = document("tests/contract/python-client.yaml");
    for line in overrides.lines().filter(|line| line.starts_with("  ")) {
        assert!(english.contains(line), "{line}");
    }
}
