//! A clock that is set: forward by days, back by hours, and right again. libfaketime stands between the program and the system's clock;
//! timers, which don't go by the clock, go on.

use std::path::{Path, PathBuf};
use std::time::Instant;

use casehall::clock::{Clock, SystemClock};

use super::ground::{Figures, Ground};
use crate::hall::until;

/// By how much the clock is wrong, in seconds, one after the other.
const JUMPS: [i64; 4] = [3 * 24 * 3600, -2 * 3600, 90, 0];

pub(super) async fn the_clock_jumps(times: usize) -> Figures {
    let home = tempfile::tempdir().unwrap();
    let (path, time) = (home.path().to_owned(), home.path().join("time"));
    set(&time, "+0");
    let variables = vec![
        ("LD_PRELOAD", library().display().to_string()),
        ("FAKETIME_TIMESTAMP_FILE", time.display().to_string()),
        ("FAKETIME_NO_CACHE", "1".to_owned()),
        ("FAKETIME_DONT_FAKE_MONOTONIC", "1".to_owned()),
    ];
    let log = path.join("log.txt");
    let ground = Ground::with("the clock jumps, SQLite", path, log, variables, Some(home));
    let fault = async {
        for jump in JUMPS.into_iter().cycle().take(times) {
            set(&time, &format!("{jump:+}"));
            let jumped = Instant::now();
            let wrong_by = async || (ground.time().await.to_utc() - SystemClock.now()).num_seconds();
            until("the program sees it", async || (wrong_by().await - jump).abs() < 5).await;
            ground.is_back(jumped).await;
            ground.works(50).await;
        }
        times
    };
    ground.suffer(fault).await
}

/// Sets the clock at once: nobody reads half a file.
fn set(file: &Path, jump: &str) {
    let aside = file.with_extension("new");
    std::fs::write(&aside, jump).unwrap();
    std::fs::rename(aside, file).unwrap();
}

fn library() -> PathBuf {
    let systems =
        std::fs::read_dir("/usr/lib").unwrap().flatten().map(|entry| entry.path().join("faketime/libfaketimeMT.so.1"));
    systems.filter(|path| path.is_file()).last().expect("libfaketime is installed; `tests/run` installs it")
}
