//! Long commands that are told to stop: they leave nothing half done, and say so.

use std::fs::{File, OpenOptions};
use std::io::{BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStderr, Command, Stdio};

use super::{command, init, run};

/// A command that reads from a pipe, so that it is in the middle of its work for as long as the test wants.
struct Working {
    child: Child,
    said: BufReader<ChildStderr>,
}

impl Working {
    fn start(home: &Path, arguments: &[&str]) -> Self {
        let mut command = command(home, arguments, &[]);
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let said = BufReader::new(child.stderr.take().unwrap());
        Self { child, said }
    }

    fn signal(&self, signal: &str) {
        assert!(Command::new("kill").args([signal, &self.child.id().to_string()]).status().unwrap().success());
    }

    /// Tells it to stop, and waits until it has heard.
    fn told_to_stop(&mut self, signal: &str) {
        self.signal(signal);
        let heard = self.said.by_ref().lines().map_while(Result::ok).find(|line| line.starts_with("Stopping."));
        assert!(heard.is_some());
    }

    fn ended(mut self) -> (Option<i32>, String) {
        let mut said = String::new();
        self.said.read_to_string(&mut said).unwrap();
        (self.child.wait().unwrap().code(), said)
    }
}

/// A hall with a backup without its data keys, which come by a pipe.
struct Kept {
    home: tempfile::TempDir,
    backup: String,
    keys: Vec<u8>,
}

impl Kept {
    fn new() -> Self {
        let home = tempfile::tempdir().unwrap();
        init(home.path(), &[]);
        assert_eq!(run(home.path(), &["backup", "kept", "--keys", "apart"], &[], "").code, Some(0));
        let kept = home.path().join("kept");
        let backup = kept.join(&names(&kept)[0]).display().to_string();
        let keys = std::fs::read(home.path().join("data/data_keys")).unwrap();
        assert!(Command::new("mkfifo").arg(home.path().join("pipe")).status().unwrap().success());
        Self { home, backup, keys }
    }

    fn pipe(&self) -> PathBuf {
        self.home.path().join("pipe")
    }

    /// Starts a command on the backup in a directory; answers it in the middle of its work, and what it waits for.
    fn in_the_middle(&self, of: &str, directory: &Path) -> (Working, File) {
        let pipe = self.pipe();
        let working = Working::start(directory, &[of, &self.backup, "--data-keys", pipe.to_str().unwrap()]);
        // Opens once somebody reads.
        let mut keys = OpenOptions::new().write(true).open(pipe).unwrap();
        keys.write_all(&self.keys[..10]).unwrap();
        (working, keys)
    }
}

fn names(directory: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(directory).unwrap();
    let mut names: Vec<String> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn a_stopped_check_of_a_backup_leaves_nothing_of_what_it_restored() {
    let hall = Kept::new();
    let beside = hall.home.path().join("kept");
    for (signal, code) in [("-INT", 130), ("-TERM", 143)] {
        let (mut working, mut keys) = hall.in_the_middle("verify", hall.home.path());
        assert!(names(&beside).iter().any(|name| name.starts_with(".verifying-")), "it is in the middle of it");
        working.told_to_stop(signal);
        keys.write_all(&hall.keys[10..]).unwrap();
        drop(keys);
        let (ended, said) = working.ended();
        assert_eq!(ended, Some(code), "{said}");
        assert!(said.contains("Stopped: nothing was changed."), "{said}");
        assert_eq!(names(&beside).len(), 1, "nothing is left beside the backup");
    }
}

#[test]
fn a_stopped_restoring_leaves_nothing_and_can_be_done_again() {
    let (hall, other) = (Kept::new(), tempfile::tempdir().unwrap());
    let (mut working, mut keys) = hall.in_the_middle("restore", other.path());
    assert!(!names(other.path()).is_empty(), "it is in the middle of it");
    working.told_to_stop("-INT");
    keys.write_all(&hall.keys[10..]).unwrap();
    drop(keys);
    let (ended, said) = working.ended();
    assert_eq!(ended, Some(130), "{said}");
    assert!(said.contains("Stopped: nothing was restored."), "{said}");
    assert_eq!(names(other.path()), Vec::<String>::new());
    let own = hall.home.path().join("data/data_keys").display().to_string();
    let done = run(other.path(), &["restore", &hall.backup, "--data-keys", &own], &[], "");
    assert_eq!(done.code, Some(0), "{}", done.err);
}

#[test]
fn a_second_signal_waits_for_nothing() {
    let hall = Kept::new();
    let (mut working, _keys) = hall.in_the_middle("verify", hall.home.path());
    working.told_to_stop("-TERM");
    working.signal("-INT");
    assert_eq!(working.ended().0, Some(130), "though the pipe has nothing more to read");
}
