//! The names of a certificate in the index of names.

use std::borrow::Cow;

use crate::domain::certificates::certificate::Certificate;
use crate::store::engine::error::StoreError;
use crate::store::engine::name_parts::{self, Field, Named};
use crate::store::engine::tx::Tx;

fn names(certificate: &Certificate) -> impl Iterator<Item = Named<'_>> {
    let handler = certificate.handler.as_deref().map(|handler| (Field::Handler, handler.into(), certificate.id));
    std::iter::once((Field::Holder, Cow::from(&certificate.organization_name), certificate.id)).chain(handler)
}

/// Whether parts of the names of a certificate don't lead to it.
///
/// # Errors
/// The database's.
pub fn are_missing(tx: &mut Tx<'_>, certificate: &Certificate) -> Result<bool, StoreError> {
    Ok(name_parts::missing(tx, names(certificate))? > 0)
}

/// Adds the names of new certificates.
pub(in crate::store) fn insert(tx: &mut Tx<'_>, certificates: &[Certificate]) -> Result<(), StoreError> {
    name_parts::insert(tx, certificates.iter().flat_map(names))
}

/// Takes the names of a certificate out.
pub(in crate::store) fn remove(tx: &mut Tx<'_>, certificate: &Certificate) -> Result<(), StoreError> {
    name_parts::remove(tx, names(certificate))
}

/// Puts the names of a certificate in the place of those before.
pub(in crate::store) fn replace(
    tx: &mut Tx<'_>,
    certificate: &Certificate,
    before: &Certificate,
) -> Result<(), StoreError> {
    name_parts::remove(tx, names(before))?;
    name_parts::insert(tx, names(certificate))
}
