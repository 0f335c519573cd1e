//! Disks without room: under the data of either database, and under the log. A small disk in memory is mounted for it, which only root may.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use super::ground::{Figures, Ground};
use crate::databases::postgres::Cluster;
use crate::hall::until;
use crate::program::{init, run};

/// A small disk.
struct Disk(tempfile::TempDir);

impl Disk {
    fn of(megabytes: u32) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o", &format!("size={megabytes}m,mode=755"), "tmpfs"])
            .arg(directory.path())
            .output()
            .unwrap();
        assert!(
            mounted.status.success(),
            "a disk that can be filled is mounted by root only; run this test as root, or leave it out with `--skip the_disk`: {}",
            String::from_utf8_lossy(&mounted.stderr)
        );
        Self(directory)
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn ballast(&self) -> PathBuf {
        self.path().join("ballast")
    }

    /// Takes all room that there is.
    fn fill(&self) {
        let mut ballast = std::fs::File::options().create(true).append(true).open(self.ballast()).unwrap();
        for size in [1 << 16, 1 << 12, 1] {
            while ballast.write_all(&vec![0; size]).is_ok() {}
        }
    }

    /// Gives it back.
    fn free(&self) {
        std::fs::remove_file(self.ballast()).unwrap();
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("--lazy").arg(self.path()).status();
    }
}

/// Takes the room until changes are refused, and then for a second more.
async fn full(disk: &Disk, ground: &Ground) {
    let before = ground.books.refused() + ground.books.unknown();
    until("changes are refused", async || {
        disk.fill();
        ground.books.refused() + ground.books.unknown() > before
    })
    .await;
    tokio::time::sleep(Duration::from_secs(1)).await;
    disk.free();
}

pub(super) async fn the_disk_is_full_on_sqlite(times: usize) -> Figures {
    let disk = Disk::of(64);
    let home = disk.path().to_owned();
    let log = tempfile::NamedTempFile::new().unwrap();
    let ground = Ground::with("the disk is full, SQLite", home, log.path().to_owned(), Vec::new(), None);
    let fault = async {
        for _ in 0..times {
            full(&disk, &ground).await;
            ground.is_back(Instant::now()).await;
        }
        times
    };
    ground.suffer(fault).await
}

/// PostgreSQL ends when it can't write its log: then it is started again, as its service manager would.
pub(super) async fn the_disk_is_full_on_postgres(times: usize) -> Figures {
    let disk = Disk::of(256);
    let cluster = Cluster::below(disk.path(), false);
    let ground = Ground::new("the disk is full, PostgreSQL", Some(cluster.empty_database().to_string()));
    let fault = async {
        for _ in 0..times {
            full(&disk, &ground).await;
            if !cluster.is_up() {
                cluster.start();
            }
            ground.is_back(Instant::now()).await;
        }
        times
    };
    ground.suffer(fault).await
}

pub(super) async fn the_disk_of_the_log_is_full(times: usize) -> Figures {
    let (disk, home) = (Disk::of(1), tempfile::tempdir().unwrap());
    let (path, log) = (home.path().to_owned(), disk.path().join("log.txt"));
    let ground = Ground::with("the disk of the log is full", path, log, Vec::new(), Some(home));
    let fault = async {
        for _ in 0..times {
            disk.fill();
            ground.works(200).await;
            disk.free();
            ground.is_back(Instant::now()).await;
        }
        times
    };
    let figures = ground.suffer(fault).await;
    assert_eq!((ground.books.refused(), ground.books.unknown()), (0, 0), "nobody waits for the log");
    figures
}

#[test]
fn a_full_disk_of_the_backups_is_told_as_theirs() {
    let (disk, home) = (Disk::of(1), tempfile::tempdir().unwrap());
    init(home.path(), &[]);
    std::fs::write(disk.ballast(), vec![0; 900 << 10]).unwrap();
    let directory = disk.path().display().to_string();
    let ended = run(home.path(), &["backup", &directory, "--keys", "included"], &[], "");
    let words = "/casehall.db can't be written: its disk is full";
    assert!(ended.code == Some(1) && ended.err.contains(words) && ended.err.contains(&directory), "{ended:?}");
}
