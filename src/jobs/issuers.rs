//! The key sets of other issuers are fetched, from an address or from a file.
//!
//! Guarantees: over TLS, from whoever the name belongs to; without TLS from this machine only. No redirect is followed. What is too long
//! or too slow is given up. Whose address it is isn't asked, as it is of webhooks: whoever writes the settings runs the machine.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use chrono::TimeDelta;
use futures_util::FutureExt;
use ipnet::IpNet;
use tokio::task::spawn_blocking;

use super::webhooks::sender::{Answer, Patience, Sender};
use crate::domain::feed::webhook::AttemptError;
use crate::service::accounts::tokens::issuers::{FetchKeys, FetchedKeys};
use crate::service::feed::webhooks::targets::Targets;

/// The most bytes of a set.
const MOST: usize = 256 * 1024;
/// How long a connection may take, and a set altogether: whoever brings a token of a key that isn't known waits for it.
const PATIENCE: Patience = Patience { connect: Duration::from_secs(3), total: Duration::from_secs(5) };
/// Everywhere over TLS; of what comes without it the settings see that it is this machine.
const ANYWHERE: [&str; 2] = ["0.0.0.0/0", "::/0"];

/// Fetches a set from an address.
///
/// # Errors
/// The file of authorities can't be read.
pub fn at_address(url: String, authorities: Option<&Path>) -> Result<FetchKeys, String> {
    let allowed_networks: Vec<IpNet> = ANYWHERE.iter().filter_map(|network| network.parse().ok()).collect();
    let targets = Targets { allow_http: true, allowed_networks };
    let sender = Sender::new(targets, PATIENCE, authorities)?;
    Ok(Arc::new(move || {
        let (sender, url) = (sender.clone(), url.clone());
        let fetched = async move { read(sender.fetch(&url, MOST).await).map_err(|why| format!("{url}: {why}")) };
        fetched.boxed()
    }))
}

/// Reads a set from a file.
pub fn in_file(path: PathBuf) -> FetchKeys {
    Arc::new(move || {
        let path = path.clone();
        let fetched = async move {
            let shown = path.display().to_string();
            let read = spawn_blocking(move || std::fs::read(path)).await.map_err(|error| error.to_string())?;
            let text = read.map_err(|error| format!("{shown}: {error}"))?;
            if text.len() > MOST { Err(format!("{shown}: too long")) } else { Ok(FetchedKeys { text, max_age: None }) }
        };
        fetched.boxed()
    })
}

fn read(answer: Result<Answer, AttemptError>) -> Result<FetchedKeys, String> {
    let Answer { status, cache_control, body } = answer.map_err(|error| error.code().to_owned())?;
    if status != 200 {
        return Err(format!("answered {status}"));
    }
    let text = body.ok_or_else(|| format!("more than {MOST} bytes, too slow, or broken off"))?;
    Ok(FetchedKeys { text, max_age: cache_control.as_deref().and_then(max_age) })
}

/// For how long an answer may be kept (RFC 9111, section 5.2.2).
fn max_age(cache_control: &str) -> Option<TimeDelta> {
    let mut directives = cache_control.split(',').filter_map(|directive| directive.trim().split_once('='));
    let (_, seconds) = directives.find(|(name, _)| name.eq_ignore_ascii_case("max-age"))?;
    TimeDelta::try_seconds(seconds.trim_matches('"').parse().ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_says_for_how_long_it_may_be_kept() {
        let read = |text: &str| max_age(text).map(|age| age.num_seconds());
        assert_eq!(read("public, Max-Age=3600, must-revalidate"), Some(3600));
        assert_eq!([read("no-store"), read(""), read("max-age=soon"), read("s-maxage=5")], [None; 4]);
    }
}
