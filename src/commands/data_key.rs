//! The data key, by which persons' data are protected.

use serde_json::json;

use super::terminal::{Answer, Terminal, counted, explained};
use casehall::service::accounts::caller::Caller;
use casehall::service::base::clean_up::KEYS_ARE_KEPT_DAYS;
use casehall::service::evidence::sealing_keys::LostKey;
use casehall::startup::{Configuration, Needs, StartError};

/// Exchanges it, or only makes a new one.
///
/// # Errors
/// Why it wasn't done, in words.
pub(crate) async fn rotate(
    terminal: &Terminal,
    configuration: Configuration,
    only_make: bool,
) -> Result<Answer, StartError> {
    let place = configuration.settings.data_key_file().display().to_string();
    let service = super::service_with(terminal, configuration, LostKey::Refuse, Needs::DataKeys).await?;
    if only_make {
        let key = service.make_data_key().await.map_err(explained)?;
        terminal.say(&format!(
            "The data key {key} stands in {place} and is not in force yet. Copy the file to every machine on which an instance \
             runs, then run rotate-data-key."
        ));
        return Ok(Answer::done(json!({ "key": key, "in_force": false, "file": place })));
    }
    let done = service.exchange_data_key(&Caller::operator()).await.map_err(explained)?;
    terminal.say(&format!(
        "The data key {} is in force, and wraps {} of cases, certificates and accounts. Instances on this machine find it by themselves.",
        done.key,
        counted(done.rewrapped, "key")
    ));
    for whose in &done.unreadable {
        terminal
            .say(&format!("The key of {whose} can't be unwrapped and stays as it is; `casehall verify` names it too."));
    }
    for retired in &done.retired {
        terminal.say(&format!(
            "{retired} wraps no key in this database any more. Keep its line in {place} until every instance was started anew and \
             {KEYS_ARE_KEPT_DAYS} days have passed since, because sessions and repeated requests are told by it, and as long as a backup from \
             before today is kept: nobody can read the persons in such a backup without it."
        ));
    }
    let result = json!({ "key": done.key, "in_force": true, "file": place, "keys": done.rewrapped, "retired": done.retired, "unreadable": done.unreadable });
    Ok(Answer::done(result))
}
