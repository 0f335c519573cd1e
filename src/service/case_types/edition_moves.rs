//! Moves open cases to the current edition of their case type: a dry run with the changes of each case, or the move itself,
//! all in one transaction.

use crate::domain::case_types::edition_move::{ChecklistChange, checklist_change};
use crate::domain::cases::decide::recheck::move_edition;
use crate::service::Service;
use crate::service::accounts::caller::Caller;
use crate::service::base::error::ServiceError;
use crate::service::cases::case::{CaseAt, unknown_case_type};
use crate::store::{Tx, cases};

/// What a move is, or would be, for one case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EditionMove {
    /// Its acceptance number.
    pub acceptance_number: String,
    /// The edition it is on.
    pub from: u32,
    /// What changes of its checklist; none: it stays, since the new edition can't run on its workflow.
    pub change: Option<ChecklistChange>,
}

/// The moves of a case type's open cases.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EditionMoves {
    /// The edition they go to.
    pub to: u32,
    /// Case by case, oldest first.
    pub moves: Vec<EditionMove>,
}

impl Service {
    /// Moves the open cases of a case type to its current edition; on a dry run it only says what that would change.
    ///
    /// # Errors
    /// There is no such case type; the database's. Where one case can't be saved none is moved.
    pub async fn move_to_current_edition(&self, case_type: &str, dry_run: bool) -> Result<EditionMoves, ServiceError> {
        let known: Vec<&str> = self.catalog().current().map(|known| known.code.as_str()).collect();
        if !known.contains(&case_type) {
            return Err(ServiceError::Invalid(vec![unknown_case_type(&known)]));
        }
        let (service, code) = (self.clone(), case_type.to_owned());
        if dry_run {
            return self.db.read_long("edition_moves", move |tx| service.moves_in(tx, &code, true)).await;
        }
        self.db.write("move_editions", move |tx| service.moves_in(tx, &code, false)).await
    }

    fn moves_in(&self, tx: &mut Tx<'_>, case_type: &str, dry_run: bool) -> Result<EditionMoves, ServiceError> {
        let current = self.catalog().current_case_type(case_type).ok_or(ServiceError::NotFound)?;
        // One whose persons can't be read stays as it is, since its checklist may hang on them, and keeps none of the others.
        tx.leave_persons();
        let mut moves = Vec::new();
        for id in cases::open_on_other_editions(tx, case_type, current.edition)? {
            let Some(case) = cases::load(tx, id)? else { continue };
            let before = self.definition(&case)?.case_type;
            let unreadable = case.application.is_unreadable();
            if unreadable {
                tracing::warn!(code = "persons_unreadable", case = %case.acceptance_number, "it stays in its edition");
            }
            let fits = current.workflows.contains(&case.workflow.code) && !unreadable;
            let change = fits.then(|| checklist_change(before, current, &case.application));
            let (acceptance_number, from) = (case.acceptance_number.clone(), case.case_type.edition);
            if let Some(change) = change.as_ref().filter(|_| !dry_run) {
                let held = self.held(tx, &case)?;
                let at = CaseAt { case, held, now: self.now(), calendar: self.calendar() };
                self.decided_in(tx, &Caller::operator(), at, "move_edition", |definition, case, context| {
                    Ok(move_edition(definition, case, current, change, context))
                })?;
            }
            moves.push(EditionMove { acceptance_number, from, change });
        }
        Ok(EditionMoves { to: current.edition, moves })
    }
}
