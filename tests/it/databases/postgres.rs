//! Throw-away PostgreSQL clusters for the tests.
//!
//! Cast: [`Cluster::shared`] serves all tests of the process, each with a database of its own; [`Cluster::private`] may
//! be killed and started again, and speaks TLS when asked to.
//!
//! Guarantees: only 127.0.0.1 and a free port; little of the disk, since a database is dropped with its test; a watcher
//! process, which waits for the end of a pipe that only this process holds, stops the server and removes its files
//! however the tests end, by a panic or a kill too.

use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::chown;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU16, AtomicU32, Ordering};
use std::time::{Duration, Instant};

use casehall::store::{DatabaseAddress, Db, DbOptions};
use diesel::connection::SimpleConnection;
use diesel::{Connection, PgConnection};

/// A running server.
pub(crate) struct Cluster {
    directory: PathBuf,
    port: AtomicU16,
    databases: AtomicU32,
    /// Ends when its standard input does, and takes the server with it.
    watcher: Child,
}

/// A database that has this program's schema, to be copied.
const TEMPLATE: &str = "casehall_template";

impl Cluster {
    /// The one that all tests share. Never killed, so that they don't disturb one another, and so in no need of fsync.
    pub(crate) fn shared() -> &'static Self {
        const NEVER_KILLED: &str = "fsync = off\nmax_wal_size = 256MB\n";
        static SHARED: LazyLock<Cluster> = LazyLock::new(|| Cluster::with(NEVER_KILLED, false, &in_memory()));
        &SHARED
    }

    /// One of its own, with TLS or without.
    pub(crate) fn private(tls: bool) -> Self {
        Self::with("", tls, &std::env::temp_dir())
    }

    /// The same, with its files in a directory below another.
    pub(crate) fn below(parent: &Path, tls: bool) -> Self {
        Self::with("", tls, parent)
    }

    fn with(settings: &str, tls: bool, parent: &Path) -> Self {
        let directory = tempfile::Builder::new().prefix("casehall-postgres-").tempdir_in(parent).unwrap().keep();
        give_to_server(&directory);
        let data = directory.join("data");
        run(server_command("initdb").arg("-D").arg(&data).args([
            "-U",
            "casehall",
            "-A",
            "trust",
            "-E",
            "UTF8",
            "--locale=C",
            "--no-sync",
        ]));
        if tls {
            make_certificates(&directory);
        }
        let script = r#"cat >/dev/null; "$0" stop -D "$1/data" -m immediate >/dev/null 2>&1; rm -rf "$1""#;
        let watcher = server_command("sh")
            .args(["-c", script])
            .arg(program("pg_ctl"))
            .arg(&directory)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .process_group(0)
            .spawn()
            .expect("the watcher starts");
        let cluster = Self { directory, port: AtomicU16::new(0), databases: AtomicU32::new(0), watcher };
        cluster.start_on_a_free_port(settings, tls);
        cluster.admin("postgres").batch_execute(&format!("CREATE DATABASE {TEMPLATE}")).unwrap();
        let address = cluster.uri(TEMPLATE).parse().unwrap();
        drop(Db::open(&address, DbOptions { pool_size: 1, ..DbOptions::default() }).unwrap());
        cluster
    }

    /// A fresh database with the schema.
    pub(crate) fn database(&self) -> DatabaseAddress {
        self.new_database(TEMPLATE)
    }

    /// A fresh database without anything in it.
    pub(crate) fn empty_database(&self) -> DatabaseAddress {
        self.new_database("template0")
    }

    /// Removes a database and whoever is still connected to it.
    pub(crate) fn remove(&self, database: &str) {
        let remove = format!("DROP DATABASE IF EXISTS {database} WITH (FORCE)");
        self.admin("postgres").batch_execute(&remove).unwrap();
    }

    /// The address of a database of this server.
    pub(crate) fn uri(&self, database: &str) -> String {
        format!("postgres://casehall@127.0.0.1:{}/{database}", self.port())
    }

    /// A connection that may do everything.
    pub(crate) fn admin(&self, database: &str) -> PgConnection {
        PgConnection::establish(&self.uri(database)).unwrap()
    }

    /// The TCP port on 127.0.0.1.
    pub(crate) fn port(&self) -> u16 {
        self.port.load(Ordering::Relaxed)
    }

    /// A file beside the data, such as `ca.crt`.
    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.directory.join(name)
    }

    /// Pulls the plug: `kill -9` of the server's first process; the others end with it.
    pub(crate) fn kill(&self) {
        let file = std::fs::read_to_string(self.directory.join("data/postmaster.pid")).unwrap();
        let id = file.lines().next().unwrap();
        run(Command::new("kill").args(["-9", id]));
    }

    /// Lets it come up as a standby from its next start on: it then takes no changes, until somebody promotes it.
    pub(crate) fn demote(&self) {
        let signal = self.directory.join("data/standby.signal");
        std::fs::write(&signal, "").unwrap();
        give_to_server(&signal);
    }

    /// Whether it listens.
    pub(crate) fn is_up(&self) -> bool {
        TcpStream::connect(("127.0.0.1", self.port())).is_ok()
    }

    /// Starts it again on the same port; it recovers from its log.
    pub(crate) fn start(&self) {
        let until = Instant::now() + Duration::from_secs(30);
        // Until the last process of the killed server is gone, the memory they shared keeps a new one from starting.
        while !self.try_start() {
            assert!(Instant::now() < until, "the server doesn't start again: {}", self.log());
            std::thread::sleep(Duration::from_millis(100));
        }
    }

    /// From now on each piece of its log is archived when it is full, as docs/operations.md says, and a copy of its files is kept.
    pub(crate) fn archive(&self) {
        run(server_command("mkdir").arg(self.file("archive")));
        let archive = self.file("archive").display().to_string();
        let settings = [
            "ALTER SYSTEM SET archive_mode = on".to_owned(),
            format!(
                "ALTER SYSTEM SET archive_command = 'test ! -f {archive}/%f && cp %p {archive}/%f.part && mv {archive}/%f.part {archive}/%f'"
            ),
        ];
        settings.iter().for_each(|setting| self.admin("postgres").batch_execute(setting).unwrap());
        self.kill();
        self.start();
        let mut copy = server_command("pg_basebackup");
        copy.args(["-h", "127.0.0.1", "-p", &self.port().to_string(), "-U", "casehall", "-c", "fast", "-D"]);
        run(copy.arg(self.file("base")));
    }

    /// Loses the server with all its files, and makes another one of the copy and the archive, as it was at an instant.
    pub(crate) fn recover(&self, instant: &str) {
        self.kill();
        let (data, base) = (self.file("data"), self.file("base"));
        std::fs::remove_dir_all(&data).unwrap();
        std::fs::rename(&base, &data).unwrap();
        let archive = self.file("archive").display().to_string();
        let recovery = format!(
            "restore_command = 'cp {archive}/%f %p'\nrecovery_target_time = '{instant}'\nrecovery_target_action = 'promote'\n"
        );
        let file = data.join("postgresql.auto.conf");
        let settings = std::fs::read_to_string(&file).unwrap();
        std::fs::write(file, settings + &recovery).unwrap();
        std::fs::write(data.join("recovery.signal"), "").unwrap();
        give_to_server(&data.join("recovery.signal"));
        self.start();
    }

    fn new_database(&self, template: &str) -> DatabaseAddress {
        let name = format!("test_{}", self.databases.fetch_add(1, Ordering::Relaxed));
        let create = format!("CREATE DATABASE {name} TEMPLATE {template} ENCODING 'UTF8'");
        self.admin("postgres").batch_execute(&create).unwrap();
        self.uri(&name).parse().unwrap()
    }

    fn start_on_a_free_port(&self, more: &str, tls: bool) {
        let mut settings =
            format!("listen_addresses = '127.0.0.1'\nunix_socket_directories = ''\nmax_connections = 200\n{more}");
        if tls {
            settings.push_str("ssl = on\nssl_cert_file = '../server.crt'\nssl_key_file = '../server.key'\n");
            let access = self.directory.join("data/pg_hba.conf");
            std::fs::write(access, "hostssl all all 127.0.0.1/32 trust\n").unwrap();
        }
        let file = self.directory.join("data/postgresql.auto.conf");
        std::fs::write(file, settings).unwrap();
        for _ in 0..10 {
            // Another program may take the port in between, hence more than one try.
            let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
            self.port.store(port, Ordering::Relaxed);
            if self.try_start() {
                return;
            }
        }
        panic!("PostgreSQL doesn't start: {}", self.log());
    }

    fn try_start(&self) -> bool {
        server_command("pg_ctl")
            .args(["start", "-w", "-t", "30", "-D"])
            .arg(self.directory.join("data"))
            .arg("-l")
            .arg(self.directory.join("log"))
            .args(["-o", &format!("-p {}", self.port())])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()
            .unwrap()
            .success()
    }

    fn log(&self) -> String {
        std::fs::read_to_string(self.directory.join("log")).unwrap_or_default()
    }
}

/// A directory whose files are in memory, where there is one with room for them: each new database is some three hundred files.
fn in_memory() -> PathBuf {
    let shared = Path::new("/dev/shm");
    let room = rustix::fs::statvfs(shared).map_or(0, |of| of.f_bavail * of.f_frsize);
    if room >= 4 << 30 { shared.to_owned() } else { std::env::temp_dir() }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        drop(self.watcher.stdin.take());
        let _ = self.watcher.wait();
    }
}

/// A CA, a certificate of it for 127.0.0.1, and another CA that signed nothing.
fn make_certificates(directory: &Path) {
    let openssl = |arguments: &str| {
        let mut command = Command::new("openssl");
        run(command.args(arguments.split(' ')).current_dir(directory).stderr(Stdio::null()));
    };
    let key = "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2";
    openssl(&format!("{key} -subj /CN=ca -keyout ca.key -out ca.crt"));
    openssl(&format!("{key} -subj /CN=other -keyout other.key -out other.crt"));
    openssl(&format!(
        "{key} -subj /CN=127.0.0.1 -addext subjectAltName=IP:127.0.0.1 -addext basicConstraints=critical,CA:FALSE \
         -CA ca.crt -CAkey ca.key -keyout server.key -out server.crt"
    ));
    for name in ["server.key", "server.crt"] {
        give_to_server(&directory.join(name));
    }
}

/// PostgreSQL refuses to run as root; then it runs as the user that its package made.
const SERVER_USER: &str = "postgres";

fn is_root() -> bool {
    static ROOT: LazyLock<bool> = LazyLock::new(|| user_id(&["-u"]) == 0);
    *ROOT
}

fn user_id(arguments: &[&str]) -> u32 {
    let output = Command::new("id").args(arguments).output().unwrap();
    String::from_utf8(output.stdout).unwrap().trim().parse().expect("there is a user `postgres`")
}

fn give_to_server(path: &Path) {
    if is_root() {
        chown(path, Some(user_id(&["-u", SERVER_USER])), Some(user_id(&["-g", SERVER_USER]))).unwrap();
    }
}

fn server_command(name: &str) -> Command {
    let program = if ["sh", "mkdir"].contains(&name) { PathBuf::from(name) } else { program(name) };
    let mut command = if is_root() {
        let mut command = Command::new("runuser");
        command.args(["-u", SERVER_USER, "--"]).arg(program);
        command
    } else {
        Command::new(program)
    };
    // The directory of the tests may be closed to the server's user.
    command.current_dir("/").env_remove("PGDATA").env("LC_ALL", "C");
    command
}

/// A program of the server: from the directory in `CASEHALL_TEST_POSTGRES`, of `pg_config`, of Debian's packages
/// (the newest), or in the PATH.
pub(crate) fn program(name: &str) -> PathBuf {
    static DIRECTORIES: LazyLock<Vec<PathBuf>> = LazyLock::new(|| {
        let mut directories: Vec<PathBuf> =
            std::env::var_os("CASEHALL_TEST_POSTGRES").map(PathBuf::from).into_iter().collect();
        if let Ok(output) = Command::new("pg_config").arg("--bindir").output() {
            directories.push(PathBuf::from(String::from_utf8_lossy(&output.stdout).trim()));
        }
        let packages = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
        let mut packages: Vec<PathBuf> = packages.map(|entry| entry.path().join("bin")).collect();
        packages.sort();
        directories.extend(packages.into_iter().rev());
        directories.extend(std::env::split_paths(&std::env::var_os("PATH").unwrap_or_default()));
        directories
    });
    let complete =
        |directory: &&PathBuf| ["initdb", "pg_ctl", "postgres"].iter().all(|name| directory.join(name).is_file());
    let directory = DIRECTORIES.iter().find(complete);
    directory.expect("PostgreSQL's initdb, pg_ctl and postgres are installed; `tests/run` installs them").join(name)
}

fn run(command: &mut Command) {
    let output = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped()).output();
    let output = output.unwrap_or_else(|error| panic!("{command:?}: {error}"));
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
}
