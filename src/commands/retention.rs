//! Erasing the persons whose retention is over.

use casehall::service::Service;
use casehall::service::accounts::caller::Caller;
use casehall::service::evidence::retention::{Erasable, Whose};
use casehall::startup::{Configuration, StartError};

use super::terminal::{explained, say};

/// Lists what is due, and erases it unless it is only to be listed.
///
/// # Errors
/// Why it wasn't done, in words; what was erased until then stays so, and the next run goes on.
pub(crate) async fn run(configuration: Configuration, dry_run: bool) -> Result<(), StartError> {
    let service = super::service(configuration).await?;
    let (mut due, mut held) = (0_u64, 0_u64);
    let mut after = None;
    loop {
        let page = service.erasable(after).await.map_err(explained)?;
        for found in &page.found {
            if !found.held_by.is_empty() {
                held += 1;
                say(&format!("{}; kept by a hold: {}", line(found), found.held_by.join("; ")));
            } else if dry_run || service.erase(&Caller::operator(), found.whose).await.map_err(explained)? {
                due += 1;
                say(&line(found));
            }
        }
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    if dry_run {
        say(&format!("{due} would be erased; {held} are due and kept by a hold."));
        return Ok(());
    }
    say(&format!("{due} erased; {held} are due and kept by a hold."));
    if due > 0 { tell_what_holds_it_still(&service).await } else { Ok(()) }
}

/// Such as `case 260601000140 广州市正鼎建筑工程有限公司: due since 2031-06-02, the term after the certificates' end is over`.
fn line(found: &Erasable) -> String {
    let kind = match found.whose {
        Whose::Case(_) => "case",
        Whose::Certificate(_) => "certificate",
    };
    let Erasable { number, organization, due, .. } = found;
    format!("{kind} {number} {organization}: due since {}, {}", due.on, due.ground.words().en)
}

async fn tell_what_holds_it_still(service: &Service) -> Result<(), StartError> {
    if !service.let_go_of_erased().await.map_err(explained)? {
        say(
            "The database's write-ahead log still holds what was erased, because another program reads it; it is overwritten while \
             the hall works, and is gone once every instance was restarted.",
        );
    }
    let until = service.backups_hold_until();
    say(&format!(
        "Backups made before this run hold what was erased until {until}, when the last of them is deleted (retention.backups_kept_days); \
         a restored one is to be erased again at once."
    ));
    Ok(())
}
