//! Whoever runs a command: what it makes belongs to the account that the hall runs as, which owns its directory.

use std::fs::{metadata, read_dir};
use std::os::unix::fs::{MetadataExt, chown};
use std::path::Path;

use super::{init, run};

/// Whose the files below a directory are, and a line for each that is somebody else's.
fn foreign(directory: &Path, owner: u32) -> Vec<String> {
    let mut found = Vec::new();
    for entry in read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        let whose = metadata(&path).unwrap().uid();
        if whose != owner {
            found.push(format!("{} is of {whose}", path.display()));
        }
        if path.is_dir() {
            found.extend(foreign(&path, owner));
        }
    }
    found
}

#[test]
fn what_root_makes_belongs_to_the_owner_of_the_directory() {
    let home = tempfile::tempdir().unwrap();
    let home = home.path();
    // Without root, nobody makes files for others.
    if metadata(home).unwrap().uid() == 0 {
        chown(home, Some(65_534), Some(65_534)).unwrap();
    }
    let owner = metadata(home).unwrap().uid();
    init(home, &[]);
    let commands: [&[&str]; 6] = [
        &["user", "add", "liu", "--role", "security_administrator", "--all-outlets", "--one-time"],
        &["audit", "seal"],
        &["rotate-data-key"],
        &["audit", "seal"],
        &["backup", "backups", "--keys", "included"],
        &["verify"],
    ];
    for arguments in commands {
        let ended = run(home, arguments, &[], "");
        assert_eq!(ended.code, Some(0), "{arguments:?}: {}{}", ended.out, ended.err);
    }
    assert_eq!(foreign(home, owner), Vec::<String>::new());
}
