//! Putting the calendar of the files in force: at a start, and by a command.
//!
//! Guarantee: how many open cases get other dates is known, and said, before any does; more than may be moved without a word stop it.

use std::sync::Arc;

use super::assembly::service_beside;
use super::beside::Needs;
use super::configuration::Configuration;
use super::error::StartError;
use crate::clock::Clock;
use crate::domain::calendar::working_days::Calendar;
use crate::service::Service;
use crate::service::evidence::sealing_keys::LostKey;

/// Of how many open cases the years of the files would move dates.
///
/// # Errors
/// More than may be moved.
pub(super) async fn accepted_moves(
    service: &Service,
    calendar: &Calendar,
    accepted: usize,
) -> Result<usize, StartError> {
    let would = service.would_adopt(calendar).await?;
    let moves = would.moves.len();
    if moves > accepted {
        return Err(StartError::Other(format!(
            "The calendar of the files would move dates of {moves} open cases, and without being told only {accepted} may be moved. Nothing was \
             changed. Check --config-dir; if the calendar is right, say so with --accept-moves {moves}."
        )));
    }
    Ok(moves)
}

/// Takes the years of the files that aren't in force yet.
pub(super) async fn put_in_force(service: &Service, calendar: &Calendar, moves: usize) -> Result<usize, StartError> {
    if moves > 0 {
        tracing::warn!(code = "calendar_moves", moves, "the calendar of the files moves dates of open cases");
    }
    let change = service.adopt_calendar(calendar).await?;
    if change.changed {
        tracing::info!(edition = change.edition, moved = change.moves.len(), "the calendar of the files is in force");
    }
    Ok(change.moves.len())
}

/// Puts the calendar of the files in force beside the hall, or only says how many open cases that would give other dates.
///
/// # Errors
/// More cases than may be moved; settings that aren't the hall's; the database's.
pub async fn adopt_calendar(
    configuration: Configuration,
    clock: Arc<dyn Clock>,
    dry_run: bool,
    command: &str,
) -> Result<(Service, usize), StartError> {
    let (calendar, accepted) = (configuration.calendar.clone(), configuration.accepted_moves());
    let (service, _) = service_beside(configuration, clock, LostKey::Refuse, Needs::TheHalls, command).await?;
    let moves = if dry_run {
        service.would_adopt(&calendar).await?.moves.len()
    } else {
        let moves = accepted_moves(&service, &calendar, accepted).await?;
        put_in_force(&service, &calendar, moves).await?
    };
    Ok((service, moves))
}
