//! The examples in the documents, which people copy, work.
//!
//! A block fenced as `bash try` is run: all those of a document in order, in one shell, against a demo of its own. One fenced
//! as `bash try make-then-check`, or with the other order, is run in a demo of that order only. `HALL`
//! is the demo's address and `CLERK`, `PRODUCER`, `SUPERVISOR`, `ADMINISTRATOR`, `SECURITY`, `AUDITOR` and `PORTAL` are the passwords, as the
//! demo prints them. After a line `# → text` the text must stand in what the block prints; several stand in that order.
//! Links and the names of settings are checked, too.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use casehall::configuration::settings::DEFAULTS;

use super::demo::{Demo, ORDERS};

/// The blocks of a Markdown text that are to be run in a demo of an order.
fn examples(text: &str, order: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut open: Option<Vec<&str>> = None;
    let of_order = format!("```bash try {order}");
    for line in text.lines() {
        let fence = line.trim();
        assert!(
            !fence.starts_with("```bash try ") || ORDERS.iter().any(|order| fence.ends_with(order)),
            "{fence}: there is no such order"
        );
        match &mut open {
            None if fence == "```bash try" || fence == of_order => open = Some(Vec::new()),
            Some(_) if fence == "```" => found.extend(open.take().map(|lines| lines.join("\n"))),
            Some(lines) => lines.push(line),
            None => {}
        }
    }
    assert!(open.is_none(), "a block has no end");
    found
}

fn document(name: &str) -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(name)).unwrap()
}

/// Runs the examples of a document in a demo; answers how many there are.
#[track_caller]
fn run_document(demo: &Demo, name: &str, order: &str) -> usize {
    let examples = examples(&document(name), order);
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

/// A document walks the hall's two services in one order, and once more in the same demo.
#[track_caller]
fn walk_twice(name: &str, order: &str) {
    let demo = Demo::of_order(order);
    assert!(demo.introduction.contains("Accounts:") && !demo.introduction.contains("stopped half-way"));
    for _ in 0..2 {
        assert!(run_document(&demo, name, order) > 20);
    }
    let walked = examples(&document(name), order).join("\n");
    for part in
        ["\"case_type\": \"new-certificate\"", "\"case_type\": \"add-application\"", "act activate", "{\"usable\":true"]
    {
        assert!(walked.contains(part), "{name} has no {part} in {order}");
    }
}

#[test]
fn the_api_examples_work_as_often_as_they_are_run() {
    walk_twice("docs/api.md", "check-then-make");
}

#[test]
fn the_api_examples_work_in_the_order_of_the_guide() {
    walk_twice("docs/api.md", "make-then-check");
}

#[test]
fn the_chinese_api_examples_work_in_both_orders() {
    ORDERS.iter().for_each(|order| walk_twice("docs/api.zh-CN.md", order));
}

#[test]
fn both_languages_show_the_same_commands() {
    /// Without what is expected, what explains, and the language that is asked for.
    fn commands(name: &str) -> Vec<String> {
        let text = document(name);
        let shown = ORDERS.iter().flat_map(|order| examples(&text, order)).collect::<Vec<_>>().join("\n");
        let lines = shown.lines().filter(|line| !line.trim_start().starts_with("# "));
        let bare = lines.map(|line| line.split(" # ").next().unwrap_or_default());
        bare.map(|line| line.replace("Accept-Language: zh", "Accept-Language: en")).collect()
    }
    assert_eq!(commands("docs/api.md"), commands("docs/api.zh-CN.md"));
    assert!(!document("docs/api.zh-CN.md").contains("Accept-Language: en"), "its answers are Chinese");
    assert!(document("README.zh-CN.md").contains("](docs/api.zh-CN.md)"));
}

#[test]
fn the_readme_examples_work() {
    let [english, chinese] = ["README.md", "README.zh-CN.md"].map(|name| examples(&document(name), ORDERS[0]));
    assert_eq!(english, chinese, "both show the same");
    assert!(run_document(&Demo::start(), "README.md", ORDERS[0]) > 0);
}

#[test]
fn only_marked_blocks_are_run() {
    let text = "```bash\nno\n```\n\n```bash try\none\ntwo\n```\ntext\n```bash try make-then-check\nthree\n```\n";
    assert_eq!(examples(text, "make-then-check"), ["one\ntwo", "three"]);
    assert_eq!(examples(text, "check-then-make"), ["one\ntwo"]);
}

fn pages() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let folders = ["", "docs", "docs/decisions", "docs/case-types"];
    let files = folders.into_iter().flat_map(|folder| std::fs::read_dir(root.join(folder)).unwrap().flatten());
    files.map(|entry| entry.path()).filter(|path| path.extension().is_some_and(|end| end == "md")).collect()
}

#[test]
fn every_link_between_documents_resolves() {
    let mut links = 0;
    for file in pages() {
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

/// The keys of `config/default.toml` with their sections, also those that stand there as a comment.
fn settings() -> BTreeSet<String> {
    let mut section = String::new();
    let mut keys = BTreeSet::new();
    for line in DEFAULTS.lines() {
        if line.starts_with('[') {
            section = format!("{}.", line.trim_matches(['[', ']']));
        } else if let Some((key, _)) = line.trim_start_matches("# ").split_once(" = ")
            && !key.contains(' ')
        {
            keys.insert(format!("{section}{key}"));
        }
    }
    keys
}

#[test]
fn every_setting_is_explained_where_its_default_stands() {
    let lines: Vec<&str> = DEFAULTS.lines().collect();
    let mut count = 0;
    for (above, line) in lines.iter().zip(&lines[1..]) {
        let Some((key, _)) = line.split_once(" = ").filter(|_| !line.starts_with('#')) else { continue };
        // The English stands below the Chinese.
        let is_second = key == "en" || key.ends_with(".en");
        assert!(is_second || above.starts_with("# "), "nothing above {key} says what it is");
        count += 1;
    }
    assert!(count > 60, "only {count} settings were found");
}

#[test]
fn every_setting_that_a_page_names_is_there() {
    let settings = settings();
    let sections: BTreeSet<&str> = settings.iter().filter_map(|key| Some(key.split_once('.')?.0)).collect();
    let is_one = |name: &&str| {
        let is_plain = name.bytes().all(|byte| byte.is_ascii_lowercase() || b"_.".contains(&byte));
        is_plain && name.split_once('.').is_some_and(|(section, _)| sections.contains(section))
    };
    let mut count = 0;
    for page in pages() {
        let text = std::fs::read_to_string(&page).unwrap();
        let prose: String = text.split("```").step_by(2).collect();
        for named in prose.split('`').skip(1).step_by(2).filter(is_one) {
            let parts = format!("{named}.");
            let is_there = settings.contains(named) || settings.iter().any(|key| key.starts_with(&parts));
            assert!(is_there, "{} names {named}, which config/default.toml doesn't have", page.display());
            count += 1;
        }
    }
    assert!(count > 60, "only {count} names were found");
}
