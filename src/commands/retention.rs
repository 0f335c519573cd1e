//! Erasing the persons whose retention is over.

use casehall::service::Service;
use casehall::service::accounts::caller::Caller;
use casehall::service::base::error::ServiceError;
use casehall::service::retention::{Erasable, Whose};
use casehall::startup::{Configuration, StartError};

use serde_json::{Value, json};

use super::terminal::{Answer, Terminal, explained};

/// Lists what is due, and erases it unless it is only to be listed. What can't be erased keeps nothing else from it.
///
/// # Errors
/// Why it wasn't done, in words; what was erased stays so, and the next run goes on.
pub(crate) async fn run(
    terminal: &Terminal,
    configuration: Configuration,
    dry_run: bool,
    after_silence: bool,
) -> Result<Answer, StartError> {
    let service = super::service(terminal, configuration).await?;
    if let Some(since) = service.silent_since().await.map_err(explained)?.filter(|_| !after_silence) {
        let days = (service.now() - since).num_days();
        let words = format!(
            "Nothing was recorded in this hall since {}: {days} days, by the machine's clock, and what is erased is gone for ever. Check the \
             clock; if it is right, and the hall was closed for so long, say so with --after-silence.",
            since.format("%Y-%m-%d %H:%M UTC")
        );
        if !dry_run {
            return Err(StartError::Other(format!("{words} Nothing was erased.")));
        }
        terminal.remark(&words);
    }
    let (mut due, mut held, mut failed, mut told) = (0_u64, 0_u64, Vec::new(), Vec::new());
    let mut after = None;
    loop {
        let page = service.erasable(after).await.map_err(explained)?;
        for found in &page.found {
            if !found.held_by.is_empty() {
                held += 1;
                terminal.say(&format!("{}; kept by a hold: {}", line(found), found.held_by.join("; ")));
                told.push(member(found));
            } else if dry_run {
                due += 1;
                terminal.say(&line(found));
                told.push(member(found));
            } else {
                match service.erase(&Caller::operator(), found.whose).await {
                    Ok(true) => {
                        due += 1;
                        terminal.say(&line(found));
                        told.push(member(found));
                    }
                    Ok(false) => {}
                    Err(error) => failed.push(not_erased(&named(found.whose, &found.number), error)),
                }
            }
        }
        for (whose, number, error) in page.unread {
            failed.push(not_erased(&named(whose, &number), error));
        }
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    if dry_run {
        terminal.say(&format!("{due} would be erased; {held} are due and kept by a hold."));
    } else {
        terminal.say(&format!("{due} erased; {held} are due and kept by a hold."));
        // Also after a run that erased nothing: the one before it may have been broken off.
        tell_what_holds_it_still(terminal, &service).await?;
    }
    let count = if dry_run { "due" } else { "erased" };
    let result = json!({ count: due, "held": held, "dry_run": dry_run, "found": told, "failed": failed });
    Ok(if failed.is_empty() { Answer::done(result) } else { Answer::found(result, failed.join("\n")) })
}

fn member(found: &Erasable) -> Value {
    let Erasable { whose, number, organization, due, held_by } = found;
    let kind = kind(*whose);
    json!({
        "kind": kind, "number": number, "organization": organization, "due_on": due.on, "ground": due.ground.code(), "held_by": held_by
    })
}

fn kind(whose: Whose) -> &'static str {
    match whose {
        Whose::Case(_) => "case",
        Whose::Certificate(_) => "certificate",
    }
}

fn not_erased(named: &str, error: ServiceError) -> String {
    format!("{named} is not erased: {}", explained(error))
}

fn named(whose: Whose, number: &str) -> String {
    format!("{} {number}", kind(whose))
}

/// Such as `case 260601000140 广州市正鼎建筑工程有限公司: due since 2031-06-02, the term after the certificates' end is over`.
fn line(found: &Erasable) -> String {
    let Erasable { whose, number, organization, due, .. } = found;
    format!("{} {organization}: due since {}, {}", named(*whose, number), due.on, due.ground.words().en)
}

async fn tell_what_holds_it_still(terminal: &Terminal, service: &Service) -> Result<(), StartError> {
    if !service.let_go_of_erased().await.map_err(explained)? {
        terminal.say(
            "The database's write-ahead log still holds what was erased, because another program reads it; it is overwritten while \
             the hall works, and is gone once every instance was restarted.",
        );
    }
    if let Some(until) = service.backups_hold_until().await.map_err(explained)? {
        terminal.say(&format!(
            "Backups made before the last erasure hold what was erased until {until}, when the last of them is deleted \
             (retention.backups_kept_days); a restored one is to be erased again at once."
        ));
    }
    Ok(())
}
