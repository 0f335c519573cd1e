//! Nothing stands about that isn't compiled: a test in a file that no `mod` names never runs.

use std::collections::BTreeSet;
use std::path::{Component, Path, PathBuf};

use super::{root, texts};

/// The files that Cargo.toml, or Cargo by itself, begins with.
fn begins(path: &str) -> bool {
    path.ends_with("/main.rs") || path == "src/lib.rs" || Path::new(path).parent() == Some(Path::new("tests"))
}

/// The files that may be what a file calls its modules.
fn named(path: &str, text: &str) -> Vec<PathBuf> {
    let (file, folder) = (Path::new(path), Path::new(path).parent().unwrap());
    let is_front = begins(path) || file.ends_with("mod.rs");
    let below = if is_front { folder.to_owned() } else { file.with_extension("") };
    let (mut found, mut elsewhere) = (Vec::new(), None);
    for line in text.lines().map(str::trim) {
        if let Some(at) = line.strip_prefix("#[path = \"") {
            elsewhere = at.strip_suffix("\"]").map(|at| plain(&folder.join(at)));
        }
        let Some(name) = line.strip_suffix(';').and_then(|line| line.rsplit_once("mod ")) else { continue };
        let (begin, name) = name;
        if !begin.trim().is_empty() && !begin.starts_with("pub") {
            continue;
        }
        match elsewhere.take() {
            Some(path) => found.push(path),
            None => found.extend([below.join(format!("{name}.rs")), below.join(name).join("mod.rs")]),
        }
    }
    found
}

/// A path without `..`.
fn plain(path: &Path) -> PathBuf {
    path.components().fold(PathBuf::new(), |mut path, part| {
        match part {
            Component::ParentDir => drop(path.pop()),
            part => path.push(part),
        }
        path
    })
}

#[test]
fn every_file_is_compiled() {
    let files: Vec<_> = ["src", "tests"].into_iter().flat_map(texts).collect();
    let reached: BTreeSet<PathBuf> = files.iter().flat_map(|(path, text)| named(path, text)).collect();
    let left: Vec<&String> =
        files.iter().map(|(path, _)| path).filter(|path| !begins(path) && !reached.contains(Path::new(path))).collect();
    assert!(left.is_empty(), "no `mod` names these: {left:?}");
    let missing: Vec<_> =
        ["src/lib.rs", "tests/it/main.rs"].iter().filter(|path| !root().join(path).exists()).collect();
    assert!(missing.is_empty() && reached.len() > 1_000, "the search found too little");
}

#[test]
fn the_search_knows_how_modules_are_named() {
    let text =
        "mod a;\npub(crate) mod b;\n#[path = \"../c.rs\"]\n#[allow(dead_code)]\nmod c;\nmod here {\n}\n// mod d\n";
    let shown = |path: &str| named(path, text).iter().map(|path| path.display().to_string()).collect::<Vec<_>>();
    assert_eq!(shown("src/x/mod.rs"), ["src/x/a.rs", "src/x/a/mod.rs", "src/x/b.rs", "src/x/b/mod.rs", "src/c.rs"]);
    assert_eq!(shown("src/x/y.rs")[..2], ["src/x/y/a.rs", "src/x/y/a/mod.rs"]);
}
