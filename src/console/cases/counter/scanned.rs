//! What was scanned: a number that is a case's, or a label that the hall knows, in whichever box it lands.

use crate::console::page::forms::field::Field;
use crate::console::page::forms::fields::Typed;
use crate::console::page::forms::told::Told;
use crate::console::page::visitor::Visitor;
use crate::domain::base::organization_code::organization_code_of;
use crate::domain::base::text;
use crate::domain::cases::case::Case;
use crate::domain::cases::intake::scan::{case_number, without_scan, without_serial, without_serial_word};
use crate::domain::certificates::certificate::Certificate;
use crate::domain::certificates::custody::SlipNumber;
use crate::domain::money::payment::ReceiptNumber;
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

/// A line without the label at its end, and that label, where the hall knows it: the serial of a certificate, the number of a medium, a receipt
/// or a slip. The code of an organization reads like one, and people type it.
pub async fn serial_in<'a>(visitor: &Visitor, line: &'a str) -> Result<Option<(&'a str, &'a str)>, Problem> {
    let mut found = [without_serial_word(line), without_serial(line)];
    if found[0] == found[1] {
        found[1] = None;
    }
    for (before, serial) in found.into_iter().flatten().filter(|(_, serial)| organization_code_of(serial).is_err()) {
        if is_known(visitor, serial).await? {
            return Ok(Some((before, serial)));
        }
    }
    Ok(None)
}

async fn is_known(visitor: &Visitor, serial: &str) -> Result<bool, Problem> {
    let found = visitor.service.find(&visitor.caller, serial).await?;
    let as_kept = text::serial(serial);
    let is_on =
        |one: &Certificate| [&one.serial, &one.medium_number].into_iter().any(|known| Some(known) == as_kept.as_ref());
    let is_paper = ReceiptNumber::parse(serial).is_some() || SlipNumber::parse(serial).is_some();
    Ok(found.certificates.iter().any(is_on) || is_paper && found.is_hit)
}

/// What was scanned into boxes that ask for something else, as it happens without script: what was typed there stands in them again, and
/// what it is is said at each. An amount has no such number; several lines end with a scan's Enter, or are nothing but a scan; into a line of text
/// people type long numbers, but no label.
pub(in crate::console) async fn told_scans(
    visitor: &Visitor,
    typed: &mut Typed,
    fields: &[Field],
) -> Result<Vec<Told>, Problem> {
    let mut told = Vec::new();
    let is_typed = |field: &&Field| field.is_amount() || field.is_lines() || field.is_text() || field.is_day();
    for field in fields.iter().filter(|field| !field.takes_codes).filter(is_typed) {
        let value = typed.text(&field.name).to_owned();
        let folded = text::cell(&value);
        if let Some((rest, serial)) = serial_in(visitor, &folded).await?
            && (!field.is_lines() || rest.trim().is_empty() || value.ends_with('\n'))
        {
            let kept = value.trim_end().strip_suffix(serial).unwrap_or(rest).trim_end();
            typed.set(&field.name, kept);
            let gaps: [(&str, &dyn std::fmt::Display); 2] = [("field", &field.label), ("read", &serial)];
            told.push(Told { at: field.id(), text: visitor.messages.with("scan.serial_in_field", &gaps) });
            continue;
        }
        let (rest, Some(read)) = without_scan(&folded) else { continue };
        if !field.is_amount() && !field.is_lines() {
            continue;
        }
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
