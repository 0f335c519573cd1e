//! What was scanned into the boxes of the intake form: a case and a label are looked up, but where a label says what the box asks for.

use super::intake_draft::CODE;
use super::intake_held::FOUND;
use super::scanned::{case_in, serial_in};
use crate::console::page::forms::fields::Typed;
use crate::console::page::visitor::Visitor;
use crate::domain::accounts::role::Scope;
use crate::domain::base::organization_code::organization_code_of;
use crate::domain::base::text;
use crate::domain::cases::case::Case;
use crate::domain::certificates::certificate::Certificate;
use crate::http::problem::Problem;

/// Fields of which a label says what they ask for; and the digest of a text, which reads like one.
const TAKES_SERIALS: [&str; 4] = [CODE, "certificate_serial", "seal", "responsibility_letter_sha256"];

/// The case that was scanned, and into which box. A code of an organization is one, whatever else its digits would be.
pub(super) async fn scanned_case(visitor: &Visitor, typed: &Typed) -> Result<Option<(String, Case)>, Problem> {
    let boxes = typed.fields().filter(|(name, value)| *name != CODE || organization_code_of(value).is_err());
    case_in(visitor, boxes).await
}

/// The label that was scanned into a box which asks for something else, and which box that is.
pub(super) async fn scanned_serial(visitor: &Visitor, typed: &Typed) -> Result<Option<(String, String)>, Problem> {
    for (name, value) in typed.fields().filter(|(name, _)| !TAKES_SERIALS.contains(name) && !name.starts_with(FOUND)) {
        if let Some((_, serial)) = serial_in(visitor, &text::cell(value)).await? {
            return Ok(Some((name.to_owned(), serial.to_owned())));
        }
    }
    Ok(None)
}

/// Whether a certificate was scanned where the organization's code is asked for; then its organization's code stands there.
pub(super) async fn held_is_named(visitor: &Visitor, typed: &mut Typed) -> Result<bool, Problem> {
    let held = certificate_of(visitor, typed.one(CODE)).await?;
    if let Some(held) = &held {
        typed.set(CODE, held.unified_code.as_deref().unwrap_or(&held.organization_code));
    }
    Ok(held.is_some())
}

/// The certificate whose serial or medium was scanned where the code of an organization is asked for.
async fn certificate_of(visitor: &Visitor, read: &str) -> Result<Option<Certificate>, Problem> {
    if organization_code_of(read).is_ok()
        || text::serial(read).is_none()
        || !visitor.caller.may(Scope::CertificatesRead)
    {
        return Ok(None);
    }
    let found = visitor.service.find(&visitor.caller, read).await?;
    let read = text::serial(read);
    let is_it = |it: &Certificate| read.as_ref().is_some_and(|read| *read == it.serial || *read == it.medium_number);
    Ok(found.certificates.into_iter().find(is_it))
}
