//! The program as it is run: `casehall serve` in a process of its own, with an account and a client made by its commands.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use crate::http::Connection;
use crate::machine;

/// A running server; it ends with this value.
pub(crate) struct Server {
    process: Child,
    _stdout: BufReader<ChildStdout>,
    /// Host and port.
    pub(crate) address: String,
    /// Token of a system that opens cases and reads its own.
    pub(crate) client_token: String,
    /// The same of all systems that there are.
    #[allow(dead_code)] // others have the one
    pub(crate) client_tokens: Arc<Vec<String>>,
    /// Token of a clerk.
    pub(crate) clerk_token: String,
    secret: String,
}

const PASSWORD: &str = "a-long-enough-passphrase";

impl Server {
    /// Starts it on a database, with settings of its own (`SECTION__KEY`) over the built-in ones.
    pub(crate) fn start(database: &str, directory: &Path, settings: &[(&str, &str)]) -> Self {
        let mut all = vec![("DATABASE__URL", database), ("SERVER__PORT", "0"), ("DATA_DIRECTORY", ".")];
        all.extend(settings);
        run(command(directory, &all).arg("init"), "");
        add_user(command(directory, &all), "clerk");
        let secret = add_system(command(directory, &all), "portal");

        // The log is written, as it is in earnest, but goes nowhere.
        let mut process =
            command(directory, &all).arg("serve").stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let mut stdout = BufReader::new(process.stdout.take().unwrap());
        let address = loop {
            let mut line = String::new();
            assert!(stdout.read_line(&mut line).unwrap() > 0, "`casehall serve` ended before it listened");
            if let Some((_, address)) = line.split_once("http://") {
                break address.trim().to_owned();
            }
        };
        let (client_token, client_tokens, clerk_token) = Default::default();
        let mut server = Self { process, _stdout: stdout, address, client_token, client_tokens, clerk_token, secret };
        server.client_token = server.system();
        server.client_tokens = Arc::new(vec![server.client_token.clone()]);
        server.clerk_token = server.session("clerk");
        server
    }

    /// Adds somebody of the role that they are called by.
    #[allow(dead_code)] // others have a clerk only
    pub(crate) fn add_user(&self, database: &str, directory: &Path, name: &str) {
        add_user(command(directory, &[("DATABASE__URL", database), ("DATA_DIRECTORY", ".")]), name);
    }

    /// Adds further systems.
    #[allow(dead_code)] // others have the one
    pub(crate) fn add_systems(&mut self, database: &str, directory: &Path, number: usize) {
        let settings = [("DATABASE__URL", database), ("DATA_DIRECTORY", ".")];
        let mut tokens = vec![self.client_token.clone()];
        tokens.extend((1..=number).map(|number| {
            let name = format!("portal-{number}");
            self.token_of(&name, &add_system(command(directory, &settings), &name))
        }));
        self.client_tokens = Arc::new(tokens);
    }

    /// Another token of the system.
    pub(crate) fn system(&self) -> String {
        self.token_of("portal", &self.secret)
    }

    fn token_of(&self, system: &str, secret: &str) -> String {
        let form = format!("grant_type=client_credentials&client_id={system}&client_secret={secret}");
        self.token("/oauth/token", "application/x-www-form-urlencoded", &form)
    }

    /// A session of somebody.
    pub(crate) fn session(&self, name: &str) -> String {
        let session = format!(r#"{{"username":"{name}","password":"{PASSWORD}"}}"#);
        self.token("/api/v1/sessions", "application/json", &session)
    }

    fn token(&self, path: &str, content_type: &str, body: &str) -> String {
        let mut connection = Connection::open(&self.address, None);
        let headers = format!("Content-Type: {content_type}\r\n");
        let answer = connection.send("POST", path, &headers, body);
        assert!(matches!(answer.status, 200 | 201), "{}: {}", answer.status, answer.text());
        answer.json()["access_token"].as_str().unwrap().to_owned()
    }

    /// Memory that it has now, in MB of a million bytes.
    #[allow(dead_code)] // others don't ask
    pub(crate) fn resident_megabytes(&self) -> f64 {
        machine::resident(self.process.id()) / 1e6
    }

    /// How many files and connections it has open.
    #[allow(dead_code)]
    pub(crate) fn descriptors(&self) -> usize {
        machine::descriptors(self.process.id())
    }

    /// Processor time that it has used so far.
    pub(crate) fn cpu(&self) -> Duration {
        machine::cpu_of(self.process.id())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Imports a table of certificates into a database.
pub(crate) fn import(database: &str, directory: &Path, file: &str) {
    let settings = [("DATABASE__URL", database), ("DATA_DIRECTORY", ".")];
    add_user(command(directory, &settings), "supervisor");
    let arguments = ["certificates", "import", file, "--entered-by", "supervisor"];
    let said = run(command(directory, &settings).args(arguments), "");
    assert!(said.contains("Imported: "), "{said}");
}

/// Adds a system that opens cases and reads its own; answers its secret.
fn add_system(mut command: Command, name: &str) -> String {
    let scopes = ["--scope", "cases:open", "--scope", "cases:read"];
    let added = run(command.args(["client", "add", name, "--name", "网上申办系统"]).args(scopes), "");
    added.split_whitespace().skip_while(|word| *word != "client_secret").nth(1).unwrap().to_owned()
}

fn add_user(mut command: Command, name: &str) {
    let added = run(command.args(["user", "add", name, "--role", name, "--all-outlets"]), PASSWORD);
    assert!(added.contains(name), "{added}");
}

/// The program in a directory of its own, with these settings and no others.
fn command(directory: &Path, settings: &[(&str, &str)]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_casehall"));
    command.current_dir(directory).stdin(Stdio::piped());
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("CASEHALL") {
            command.env_remove(name);
        }
    }
    // One clerk is a whole crowd here, and one system a city.
    let many = ["OPENINGS__PER_ACCOUNT_AND_HOUR", "OPENINGS__PER_SYSTEM_AND_HOUR"].map(|key| (key, "1000000"));
    for (key, value) in many.iter().chain(settings) {
        command.env(format!("CASEHALL__{key}"), value);
    }
    command
}

fn run(command: &mut Command, input: &str) -> String {
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    writeln!(child.stdin.take().unwrap(), "{input}").unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}
