//! What operators are told of the running program: metrics, readiness, traces; and the rules and the dashboard that are delivered.

mod metrics;
mod readiness;
mod rules;
mod traces;

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::databases::TestDatabase;
use crate::hall::{Answer, Hall, send};

/// Settings of a hall that tells metrics on a free port.
pub(crate) const TOLD: (&str, &str) = ("MONITORING__ADDRESS", "127.0.0.1:0");

/// A hall that tells metrics.
async fn telling(database: TestDatabase, settings: &[(&str, &str)]) -> Hall {
    Hall::with(database, &[&[TOLD], settings].concat()).await
}

/// What a hall tells, once it has looked at what takes time.
pub(crate) async fn scrape(hall: &Hall) -> String {
    loop {
        let answer = ask(hall, None).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        let text = answer.body.as_str().unwrap().to_owned();
        if text.contains("casehall_observed_timestamp_seconds ") && text.contains("casehall_cases{") {
            return text;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
}

async fn ask(hall: &Hall, token: Option<&str>) -> Answer {
    let address = hall.running.metrics_address().unwrap();
    let request = reqwest::Client::new().get(format!("http://{address}/metrics"));
    send(token.map_or(request.try_clone().unwrap(), |token| request.bearer_auth(token))).await
}

/// The value of a series.
fn value(text: &str, series: &str) -> Option<f64> {
    text.lines().find_map(|line| line.strip_prefix(series)?.strip_prefix(' ')?.parse().ok())
}

/// Runs promtool, with something to read, and answers what it says if it finds nothing wrong.
fn promtool(arguments: &[&str], input: &str) -> Result<String, String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), PathBuf::from);
    let directory = target.join("promtool");
    let installed =
        Command::new(root.join("tests/it/program/monitoring/install_promtool")).arg(&directory).status().unwrap();
    assert!(installed.success());
    let mut promtool = Command::new(directory.join("promtool"));
    let promtool = promtool.current_dir(root.join("docs/monitoring")).args(arguments);
    let mut running = promtool.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    running.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    let ended = running.wait_with_output().unwrap();
    let said = [ended.stdout, ended.stderr].concat();
    let said = String::from_utf8(said).unwrap();
    if ended.status.success() { Ok(said) } else { Err(said) }
}
