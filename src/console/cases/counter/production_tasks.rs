//! What is to be done to the cases of the production queue, or why nothing is.

use super::production_rows::{Outcome, made, outcome};
use super::scanned::case_of;
use crate::console::page::forms::fields::Typed;
use crate::console::page::messages::begun;
use crate::console::page::visitor::Visitor;
use crate::domain::case_types::codes::{Effect, InputPart};
use crate::domain::cases::input::CertificateDraft;
use crate::domain::cases::refusal::Refusal;
use crate::http::keys::case_key;
use crate::http::problem::Problem;
use crate::service::base::error::ServiceError;
use crate::service::cases::assignment::Wanted;
use crate::service::cases::batches::{Row, RowResult, Task};
use crate::service::cases::case::CaseKey;
use crate::service::cases::details::CaseDetails;

/// Why nothing is to be made in what was scanned as a case; none where something is, or nothing was scanned.
pub(super) async fn not_to_make(visitor: &Visitor, number: &str) -> Result<Option<String>, Problem> {
    if number.is_empty() {
        return Ok(None);
    }
    let Some(case) = case_of(visitor, number).await? else {
        return Ok(Some(visitor.messages.t("production.no_case").to_owned()));
    };
    let at = visitor.service.case(&visitor.caller, CaseKey::Id(case.id)).await?;
    if at.case.certificate.is_some() {
        return Ok(Some(made(visitor, &at, "production.made_already").text));
    }
    let details = visitor.service.details(&at, &visitor.caller)?;
    let makes = details.offers.iter().find(|offer| offer.action.effects.contains(&Effect::MakeCertificate));
    let Some(offer) = makes else { return Ok(Some(makes_none(visitor, &details))) };
    let why: Vec<String> =
        offer.blocked_by.iter().map(|refusal| visitor.messages.of(&refusal.words()).to_owned()).collect();
    Ok((!why.is_empty()).then(|| begun(&why.join(visitor.messages.t("list.between_reasons")))))
}

/// That a case of this type has no certificate made.
fn makes_none(visitor: &Visitor, details: &CaseDetails<'_>) -> String {
    visitor.messages.fill(
        "production.makes_none",
        "case_type",
        visitor.messages.of(&details.definition.case_type.words),
    )
}

/// What makes a case the producer's own; none where no case has such a number.
pub(super) fn claiming(number: &str) -> Option<Row> {
    Some(Row { key: case_key(number)?, task: Task::Assignment { wanted: Wanted::Claim, reason: None } })
}

/// What records a certificate in a case, by the action that its workflow has for it; or why nothing does.
pub(super) async fn making(
    visitor: &Visitor,
    number: &str,
    certificate: CertificateDraft,
) -> Result<Result<Row, String>, Problem> {
    let Some(case) = case_of(visitor, number).await? else {
        return Ok(Err(visitor.messages.t("production.no_case").to_owned()));
    };
    let blank = match [&certificate.serial, &certificate.medium_number].map(String::is_empty) {
        [true, true] => Some("production.both_blank"),
        [true, false] => Some("production.serial_blank"),
        [false, true] => Some("production.medium_blank"),
        [false, false] => None,
    };
    if let Some(blank) = blank {
        return Ok(Err(visitor.messages.t(blank).to_owned()));
    }
    let key = CaseKey::Id(case.id);
    let at = visitor.service.case(&visitor.caller, key.clone()).await?;
    let details = visitor.service.details(&at, &visitor.caller)?;
    let actions = &details.definition.workflow.actions;
    let Some(makes) = actions.iter().find(|action| action.effects.contains(&Effect::MakeCertificate)) else {
        return Ok(Err(makes_none(visitor, &details)));
    };
    if let Some(refusal) = Refusal::unless_role(&visitor.caller.actor, &makes.roles) {
        return Err(ServiceError::from(refusal).into());
    }
    Ok(Ok(Row { key, task: Task::Make { action: makes.code.clone(), certificate } }))
}

/// Does what is to be done, and says of each case what came of it.
pub(super) async fn record(visitor: &Visitor, rows: Vec<(String, Row)>) -> Result<Vec<Outcome>, Problem> {
    may_make(visitor)?;
    let (numbers, rows): (Vec<String>, Vec<Row>) = rows.into_iter().unzip();
    let results: Vec<RowResult> = visitor.service.batch(&visitor.caller, rows).await?;
    Ok(numbers.into_iter().zip(results).map(|(number, result)| outcome(visitor, number, result)).collect())
}

/// Refuses whoever makes no certificates, whatever the case.
pub(super) fn may_make(visitor: &Visitor) -> Result<(), Problem> {
    Ok(visitor.service.may_give(&visitor.caller, InputPart::Certificate)?)
}

/// Whose certificate bears the serial, or the medium, that was scanned; none where the register has neither.
pub(super) async fn where_taken(visitor: &Visitor, typed: &Typed) -> Result<Option<String>, Problem> {
    for read in [typed.one("serial"), typed.one("medium")] {
        let found = visitor.service.find(&visitor.caller, read).await?;
        if let Some(other) = found.certificates.first().filter(|_| found.is_hit && !found.by_name) {
            let gaps: [(&str, &dyn std::fmt::Display); 2] =
                [("serial", &other.serial), ("organization", &other.organization_name)];
            return Ok(Some(visitor.messages.with("production.taken", &gaps)));
        }
    }
    Ok(None)
}
