//! The examples that people copy work: those of the documents, and the lines that the demo prints.
//!
//! A block fenced as `bash try` is run: all those of a document in order, in one shell, against a demo of its own. `HALL`
//! is the demo's address and `CLERK`, `PRODUCER`, `SUPERVISOR`, `ADMINISTRATOR` and `PORTAL` are the passwords, as the
//! demo prints them. After a line `# → text` the text must stand in what the block prints; several stand in that order.
//! Links and the table of settings are checked, too.

use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use tempfile::TempDir;

/// A demo in a process of its own, as `casehall demo` starts it.
struct Demo {
    child: Child,
    introduction: String,
    directory: TempDir,
}

impl Demo {
    fn start() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let mut child = Command::new(env!("CARGO_BIN_EXE_casehall"))
            .args(["demo", "--port", "0"])
            .current_dir(&directory)
            .env("TMPDIR", directory.path())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut introduction = String::new();
        let mut printed = BufReader::new(child.stdout.take().unwrap());
        while !introduction.contains("/demo/clock") {
            let read = printed.read_line(&mut introduction).unwrap();
            assert!(read > 0, "the demo ended; it printed: {introduction}");
        }
        // What comes later is read, too, so that the demo never waits for a reader.
        std::thread::spawn(move || printed.read_to_end(&mut Vec::new()));
        Self { child, introduction, directory }
    }

    fn address(&self) -> &str {
        let after = self.introduction.split("listens on ").nth(1).unwrap();
        after.split_whitespace().next().unwrap()
    }

    fn password(&self, account: &str) -> &str {
        let mut rows = self.introduction.lines().map(str::split_whitespace);
        let mut row = rows.find(|row| row.clone().next() == Some(account)).unwrap_or_else(|| panic!("no {account}"));
        row.nth(1).unwrap()
    }

    /// Runs a script with the demo's address and passwords; answers what it printed.
    #[track_caller]
    fn run(&self, script: &str) -> String {
        let file = self.directory.path().join("script");
        std::fs::write(&file, format!("set -euo pipefail\n{script}")).unwrap();
        let output = Command::new("bash")
            .arg(&file)
            .current_dir(&self.directory)
            .env("HALL", self.address())
            .env("CLERK", self.password("clerk"))
            .env("PRODUCER", self.password("producer"))
            .env("SUPERVISOR", self.password("supervisor"))
            .env("ADMINISTRATOR", self.password("administrator"))
            .env("PORTAL", self.password("portal"))
            .output()
            .expect("bash and curl are there: tests/run installs them");
        let (printed, errors) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        assert!(output.status.success(), "the script failed\n{script}\nprinted:\n{printed}\n{errors}");
        printed.into_owned()
    }
}

impl Drop for Demo {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The blocks of a Markdown text that are to be run.
fn examples(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut open: Option<Vec<&str>> = None;
    for line in text.lines() {
        match &mut open {
            None if line.trim() == "```bash try" => open = Some(Vec::new()),
            Some(_) if line.trim() == "```" => found.extend(open.take().map(|lines| lines.join("\n"))),
            Some(lines) => lines.push(line),
            None => {}
        }
    }
    assert!(open.is_none(), "a block has no end");
    found
}

/// Runs the examples of a document; answers how many there are.
#[track_caller]
fn run_document(name: &str) -> usize {
    let text = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(name)).unwrap();
    let examples = examples(&text);
    let demo = Demo::start();
    const END: &str = "=== end of an example ===";
    let script: String = examples.iter().map(|example| format!("{example}\necho; echo '{END}'\n")).collect();
    let printed = demo.run(&script);
    for (example, printed) in examples.iter().zip(printed.split(END)) {
        let mut rest = printed;
        for expected in example.lines().filter_map(|line| line.trim().strip_prefix("# → ")) {
            let Some(at) = rest.find(expected) else {
                panic!("{name}: the example should print «{expected}»\n{example}\nit printed:\n{printed}");
            };
            rest = &rest[at + expected.len()..];
        }
    }
    examples.len()
}

#[test]
fn what_the_readme_shows_works() {
    let english = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md")).unwrap();
    let chinese = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("README.zh-CN.md")).unwrap();
    assert_eq!(examples(&english), examples(&chinese), "both show the same");
    assert!(run_document("README.md") > 0);
}

#[test]
fn what_the_description_of_the_api_shows_works() {
    assert!(run_document("docs/api.md") > 5);
}

#[test]
fn the_lines_that_the_demo_prints_work() {
    let demo = Demo::start();
    let lines = demo.introduction.split("Try:\n").nth(1).unwrap().to_owned();
    assert_eq!(lines.matches("curl ").count(), 3, "{lines}");
    let printed = demo.run(&lines);
    assert!(printed.contains("\"acceptance_number\"") && printed.contains("\"now\""), "{printed}");
}

#[test]
fn the_demo_hall_has_something_of_everything() {
    let demo = Demo::start();
    let case_types = ["add-application", "unlock", "renew", "change", "reissue", "reissue-expired", "revoke"];
    let states = ["made", "in_custody", "active", "locked", "suspended", "expired", "revoked"];
    let mut asked: Vec<(String, &str)> =
        case_types.map(|code| (format!("cases?closed=false&case_type={code}"), "\"acceptance_number\"")).into();
    asked.extend(states.map(|state| (format!("certificates?state={state}"), "\"serial\"")));
    asked.push(("worklists/mine".to_owned(), "\"acceptance_number\""));
    let mut script = "TOKEN=$(curl -s $HALL/api/v1/sessions -H 'Content-Type: application/json' -d \
        '{\"username\":\"clerk\",\"password\":\"'$CLERK'\"}' | sed 's/.*\"access_token\":\"\\([^\"]*\\)\".*/\\1/')\n"
        .to_owned();
    for (path, _) in &asked {
        script += &format!("curl -s \"$HALL/api/v1/{path}\" -H \"Authorization: Bearer $TOKEN\"; echo\n");
    }
    let printed = demo.run(&script);
    for ((path, wanted), answer) in asked.iter().zip(printed.lines()) {
        assert!(answer.contains(wanted), "{path}: {answer}");
    }
    assert_eq!(printed.lines().count(), asked.len());
}

#[test]
fn only_blocks_that_say_so_are_run() {
    let text = "```bash\nno\n```\n\n```bash try\none\ntwo\n```\ntext\n```bash try\nthree\n```\n";
    assert_eq!(examples(text), ["one\ntwo", "three"]);
}

#[test]
fn every_link_between_the_documents_leads_somewhere() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let folders = ["", "docs", "docs/decisions", "docs/case-types"];
    let files = folders.into_iter().flat_map(|folder| std::fs::read_dir(root.join(folder)).unwrap().flatten());
    let mut links = 0;
    for file in files.map(|entry| entry.path()).filter(|path| path.extension().is_some_and(|end| end == "md")) {
        let text = std::fs::read_to_string(&file).unwrap();
        for link in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            let path = link.split('#').next().unwrap();
            if !path.is_empty() && !path.contains("://") {
                links += 1;
                assert!(file.parent().unwrap().join(path).exists(), "{}: {link} leads nowhere", file.display());
            }
        }
    }
    assert!(links > 20, "only {links} links were found");
}

#[test]
fn every_setting_stands_in_the_operations_table() {
    let text = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/operations.md")).unwrap();
    let defaults: toml::Table = casehall::configuration::settings::DEFAULTS.parse().unwrap();
    fn check(prefix: &str, table: &toml::Table, text: &str) {
        for (key, value) in table {
            match value {
                toml::Value::Table(inner) => check(&format!("{prefix}{key}."), inner, text),
                toml::Value::Array(_) => assert!(text.contains(&format!("`[[{key}]]`")), "[[{key}]]"),
                _ => assert!(text.contains(&format!("`{prefix}{key}`")), "{prefix}{key}"),
            }
        }
    }
    check("", &defaults, &text);
}
