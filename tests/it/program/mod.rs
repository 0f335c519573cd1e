//! The real program, run as a process of its own in a directory of its own.

mod balancer;
mod beside;
mod campaign;
pub(crate) mod frozen;
pub(crate) mod log;
mod managed;
mod missing;
pub(crate) mod monitoring;
mod ownership;
mod rolling;
mod speaking;
mod starting;
mod stopped;
mod stopping;
mod unread;

use std::fs::File;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

const PROGRAM: &str = env!("CARGO_BIN_EXE_casehall");

/// How a command ended and what it said.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
}

fn command(directory: &Path, arguments: &[&str], variables: &[(&str, &str)]) -> Command {
    command_of(Path::new(PROGRAM), directory, arguments, variables)
}

fn command_of(program: &Path, directory: &Path, arguments: &[&str], variables: &[(&str, &str)]) -> Command {
    let mut command = Command::new(program);
    command.current_dir(directory).args(arguments).env_clear().envs(variables.iter().copied());
    command
}

/// Runs a command to its end.
pub(crate) fn run(directory: &Path, arguments: &[&str], variables: &[(&str, &str)], input: &str) -> Ended {
    ended(&mut command(directory, arguments, variables), input)
}

fn ended(command: &mut Command, input: &str) -> Ended {
    let command = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    // A command that doesn't read its input may have ended already.
    let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
    let output = child.wait_with_output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    Ended { code: output.status.code(), out: text(output.stdout), err: text(output.stderr) }
}

/// Makes the database of a new hall.
pub(crate) fn init(directory: &Path, variables: &[(&str, &str)]) {
    let made = run(directory, &["init"], variables, "");
    assert_eq!(made.code, Some(0), "{}", made.err);
}

/// `casehall serve`, until it is stopped or forgotten.
pub(crate) struct Serving {
    child: Child,
    log: PathBuf,
    /// Where it listens, such as `http://127.0.0.1:40123`.
    pub(crate) base: String,
    /// What it said before it listened.
    pub(crate) said: String,
}

impl Serving {
    /// Starts it on a free port and waits until it listens.
    pub(crate) fn start(directory: &Path, arguments: &[&str], variables: &[(&str, &str)]) -> Self {
        Self::launch(command(directory, &[&["serve"], arguments].concat(), variables), directory)
    }

    /// The same with another version of the program.
    pub(crate) fn start_version(program: &Path, directory: &Path, variables: &[(&str, &str)]) -> Self {
        Self::launch(command_of(program, directory, &["serve"], variables), directory)
    }

    /// The same with its log somewhere else.
    pub(crate) fn logging_to(directory: &Path, log: impl Into<Stdio>, variables: &[(&str, &str)]) -> Self {
        Self::launch_logging(command(directory, &["serve"], variables), directory, log.into())
    }

    /// The same with so many file descriptors, and no more to be had.
    pub(crate) fn with_descriptors(directory: &Path, most: u32, variables: &[(&str, &str)]) -> Self {
        let mut command = Command::new("/bin/sh");
        command.current_dir(directory).env_clear().envs(variables.iter().copied());
        command.args(["-c", &format!("ulimit -n {most}; exec \"$0\" serve"), PROGRAM]);
        Self::launch(command, directory)
    }

    fn launch(command: Command, directory: &Path) -> Self {
        let log = File::create(directory.join("log.txt")).unwrap();
        Self::launch_logging(command, directory, log.into())
    }

    fn launch_logging(mut command: Command, directory: &Path, stderr: Stdio) -> Self {
        let log = directory.join("log.txt");
        if command.get_envs().all(|(name, _)| name != "CASEHALL__SERVER__PORT") {
            command.env("CASEHALL__SERVER__PORT", "0");
        }
        let command = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(stderr);
        let mut child = command.spawn().unwrap();
        let mut said = String::new();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let base = loop {
            let Some(line) = lines.next() else {
                panic!("it ended: {}", std::fs::read_to_string(&log).unwrap_or_default());
            };
            let line = line.unwrap();
            if let Some(base) = line.strip_prefix("Casehall listens on ") {
                break base.to_owned();
            }
            said += &line;
            said.push('\n');
        };
        Self { child, log, base, said }
    }

    /// Asks it to stop, and answers how it ended with everything that it logged.
    pub(crate) fn stop(mut self) -> (Option<i32>, String) {
        self.signal("-TERM");
        let code = self.child.wait().unwrap().code();
        (code, std::fs::read_to_string(&self.log).unwrap_or_default())
    }

    /// Its process.
    pub(crate) fn process(&self) -> u32 {
        self.child.id()
    }

    /// How much memory it has.
    pub(crate) fn resident_bytes(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.process())).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
        line.trim().trim_end_matches(" kB").parse::<u64>().unwrap() << 10
    }

    /// Sends it a signal.
    pub(crate) fn signal(&self, signal: &str) {
        let pid = self.child.id().to_string();
        assert!(Command::new("kill").args([signal, &pid]).status().unwrap().success());
    }

    /// How it ended, and after how long from now.
    pub(crate) fn ended(mut self) -> (Option<i32>, Duration) {
        let started = Instant::now();
        (self.child.wait().unwrap().code(), started.elapsed())
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A directory of configuration files over the built-in ones.
pub(crate) struct Files(pub(crate) tempfile::TempDir);

impl Files {
    pub(crate) fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    /// A file as it is shipped.
    pub(crate) fn shipped(name: &str) -> String {
        std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("config").join(name)).unwrap()
    }

    /// A definition in its whole form, as it was shipped before definitions could extend one another.
    pub(crate) fn whole(name: &str) -> String {
        std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/whole").join(name)).unwrap()
    }

    /// Writes a file.
    pub(crate) fn write(&self, name: &str, text: &str) {
        let path = self.0.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    /// Writes a shipped file with changes: each text, which must stand there once, and what stands in its place.
    pub(crate) fn change(&self, name: &str, changes: &[(&str, &str)]) {
        self.changed(name, Self::shipped(name), changes);
    }

    /// The same of a definition in its whole form.
    pub(crate) fn change_whole(&self, name: &str, changes: &[(&str, &str)]) {
        self.changed(name, Self::whole(name), changes);
    }

    fn changed(&self, name: &str, mut text: String, changes: &[(&str, &str)]) {
        for (old, new) in changes {
            assert_eq!(text.matches(old).count(), 1, "{name}: {old}");
            text = text.replace(old, new);
        }
        self.write(name, &text);
    }

    /// `file:line` of the one place where a text stands.
    pub(crate) fn place(&self, name: &str, text: &str) -> String {
        let whole = std::fs::read_to_string(self.0.path().join(name)).unwrap();
        assert_eq!(whole.matches(text).count(), 1, "{name}: {text}");
        let before = &whole[..whole.find(text).unwrap()];
        format!("{name}:{}", before.matches('\n').count() + 1)
    }

    pub(crate) fn path(&self) -> &Path {
        self.0.path()
    }
}
