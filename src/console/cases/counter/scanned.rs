//! What was scanned: a number that is a case's, in whichever box it lands.

use crate::console::page::forms::field::Field;
use crate::console::page::forms::fields::Typed;
use crate::console::page::forms::told::Told;
use crate::console::page::visitor::Visitor;
use crate::domain::base::text;
use crate::domain::cases::case::Case;
use crate::domain::cases::intake::scan::{case_number, without_scan};
use crate::http::problem::Problem;
use crate::service::base::error::ServiceError;
use crate::service::cases::case::CaseKey;

/// The case of a number, where there is one that the visitor may see.
pub async fn case_of(visitor: &Visitor, read: &str) -> Result<Option<Case>, Problem> {
    let Some(number) = case_number(read) else { return Ok(None) };
    match visitor.service.case(&visitor.caller, CaseKey::Number(number)).await {
        Ok(found) => Ok(Some(found.case)),
        Err(ServiceError::NotFound) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// The first of these boxes, by its name, that holds the number of a case, and that case.
pub async fn case_in(
    visitor: &Visitor,
    boxes: impl Iterator<Item = (&str, &str)>,
) -> Result<Option<(String, Case)>, Problem> {
    for (name, read) in boxes {
        if let Some(case) = case_of(visitor, read).await? {
            return Ok(Some((name.to_owned(), case)));
        }
    }
    Ok(None)
}

/// What was scanned into boxes that ask for something else, as it happens without script: what was typed there stands in them again, and
/// which case it is is said at each. An amount has no such number; several lines end with a scan's Enter, or are nothing but a scan.
pub(in crate::console) async fn told_scans(
    visitor: &Visitor,
    typed: &mut Typed,
    fields: &[Field],
) -> Result<Vec<Told>, Problem> {
    let mut told = Vec::new();
    for field in fields.iter().filter(|field| !field.takes_codes && (field.is_amount() || field.is_lines())) {
        let value = typed.text(&field.name).to_owned();
        let folded = text::cell(&value);
        let (rest, Some(read)) = without_scan(&folded) else { continue };
        if !field.is_amount() && !rest.trim().is_empty() && !value.ends_with('\n') {
            continue;
        }
        let Some(case) = case_of(visitor, &read).await? else { continue };
        let kept = value.trim_end().strip_suffix(&read).unwrap_or(rest).trim_end();
        typed.set(&field.name, kept);
        let organization = &case.application.organization.name;
        let gaps: [(&str, &dyn std::fmt::Display); 3] =
            [("field", &field.label), ("number", &case.acceptance_number), ("organization", organization)];
        told.push(Told { at: field.id(), text: visitor.messages.with("scan.in_field", &gaps) });
    }
    Ok(told)
}
