//! What was scanned: a number that is a case's, in whichever box it lands.

use crate::console::page::visitor::Visitor;
use crate::domain::cases::case::Case;
use crate::domain::cases::intake::scan::case_number;
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
