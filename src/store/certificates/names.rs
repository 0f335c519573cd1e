//! The parts of names by which certificates are found: written with each certificate, whichever way it came.

use diesel::prelude::*;

use crate::domain::base::search_key;
use crate::domain::certificates::certificate::Certificate;
use crate::store::engine::connection::on_backend;
use crate::store::engine::error::StoreError;
use crate::store::engine::schema::certificate_name_parts as parts;
use crate::store::engine::tx::Tx;

/// Whose name a part is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::store) enum Field {
    /// The organization's.
    Name,
    /// The handler's.
    Handler,
}

impl Field {
    pub(in crate::store) fn code(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::Handler => "handler",
        }
    }
}

#[derive(Insertable)]
#[diesel(table_name = parts)]
struct PartRow {
    field: &'static str,
    part: String,
    certificate_id: String,
}

fn rows(certificate: &Certificate) -> Vec<PartRow> {
    let id = certificate.id.to_string();
    let of = |field: Field, name: &str| {
        let row = |part| PartRow { field: field.code(), part, certificate_id: id.clone() };
        search_key::parts(&search_key::key(name)).into_iter().map(row).collect::<Vec<_>>()
    };
    let mut rows = of(Field::Name, &certificate.organization_name);
    rows.extend(certificate.handler.iter().flat_map(|handler| of(Field::Handler, handler)));
    rows
}

/// Adds the parts of new certificates.
pub(in crate::store) fn insert(tx: &mut Tx<'_>, certificates: &[Certificate]) -> Result<(), StoreError> {
    let mut rows: Vec<PartRow> = certificates.iter().flat_map(rows).collect();
    // In the order of the key: neighbours are written to the same page.
    rows.sort_unstable_by(|one, other| (one.field, &one.part).cmp(&(other.field, &other.part)));
    for rows in rows.chunks(5_000) {
        on_backend!(tx, |connection| { diesel::insert_into(parts::table).values(rows).execute(connection) })?;
    }
    Ok(())
}

/// Puts the parts of a certificate whose names changed in the place of those before.
pub(in crate::store) fn replace(
    tx: &mut Tx<'_>,
    certificate: &Certificate,
    before: &Certificate,
) -> Result<(), StoreError> {
    // By their key: there is no index by certificate.
    for PartRow { field, part, certificate_id } in rows(before) {
        on_backend!(tx, |connection| {
            let of_field = parts::table.filter(parts::field.eq(field)).filter(parts::part.eq(&part));
            diesel::delete(of_field.filter(parts::certificate_id.eq(&certificate_id))).execute(connection)
        })?;
    }
    insert(tx, std::slice::from_ref(certificate))
}
