//! The register of certificates: each as a document, with columns for searches.

use chrono::NaiveDateTime;
use diesel::prelude::*;
use uuid::Uuid;

use super::names;
use crate::domain::base::person::{UNREADABLE, placeholder};
use crate::domain::base::search_key;
use crate::domain::certificates::certificate::Certificate;
use crate::domain::certificates::state::LifeStage;
use crate::store::backups::differing;
use crate::store::engine::connection::{AnyConnection, on_backend};
use crate::store::engine::error::StoreError;
use crate::store::engine::schema::{certificates, former_serials};
use crate::store::engine::subject::Subject;
use crate::store::engine::tx::{Tx, parse_uuid, to_json};
use crate::store::engine::vault::Place;

/// How entering a certificate ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Inserted {
    /// It stands in the register now.
    Done,
    /// Its serial stood there already.
    SerialTaken,
    /// Its medium stood there already.
    MediumTaken,
}

#[derive(Insertable, AsChangeset)]
#[diesel(table_name = certificates, treat_none_as_null = true)]
struct CertificateRow<'a> {
    id: String,
    serial: &'a str,
    medium_number: &'a str,
    organization_code: &'a str,
    stage: &'a str,
    version: i64,
    valid_until: NaiveDateTime,
    locked_at: Option<NaiveDateTime>,
    suspended_since: Option<NaiveDateTime>,
    kept_at: Option<&'a str>,
    box_number: Option<&'a str>,
    name_key: String,
    handler_key: Option<String>,
    correction_asked_at: Option<NaiveDateTime>,
    document: String,
    import_id: Option<String>,
}

impl<'a> CertificateRow<'a> {
    fn of(certificate: &'a Certificate, document: String) -> Self {
        let place = certificate.stay.as_ref().map(|stay| &stay.place);
        Self {
            id: certificate.id.to_string(),
            serial: &certificate.serial,
            medium_number: &certificate.medium_number,
            organization_code: &certificate.organization_code,
            stage: certificate.stage.code(),
            version: certificate.version,
            valid_until: certificate.valid_until.naive_utc(),
            locked_at: certificate.lock.as_ref().map(|lock| lock.at.naive_utc()),
            suspended_since: certificate.suspension.as_ref().map(|suspension| suspension.since.naive_utc()),
            kept_at: place.map(|place| place.outlet.as_str()),
            box_number: place.and_then(|place| place.box_number.as_deref()),
            name_key: search_key::key(&certificate.organization_name),
            handler_key: certificate.handler.as_deref().map(search_key::key),
            correction_asked_at: certificate.correction.as_ref().map(|correction| correction.asked_at.naive_utc()),
            document,
            import_id: certificate.import.map(|id| id.to_string()),
        }
    }

    /// The rows of some certificates, the persons in them encrypted.
    fn all(tx: &mut Tx<'_>, certificates: &'a [Certificate]) -> Result<Vec<Self>, StoreError> {
        let text = |certificate: &Certificate| Ok((place(certificate.id), to_json(certificate)?));
        let texts = certificates.iter().map(text).collect::<Result<_, StoreError>>()?;
        let documents = tx.encrypted(texts)?;
        Ok(certificates.iter().zip(documents).map(|(certificate, document)| Self::of(certificate, document)).collect())
    }
}

/// Columns as they are stored, of those that a certificate alone decides.
#[derive(Queryable, Selectable)]
#[diesel(table_name = certificates)]
struct StoredColumns {
    serial: String,
    medium_number: String,
    organization_code: String,
    stage: String,
    version: i64,
    valid_until: NaiveDateTime,
    locked_at: Option<NaiveDateTime>,
    suspended_since: Option<NaiveDateTime>,
    kept_at: Option<String>,
    box_number: Option<String>,
    name_key: String,
    handler_key: Option<String>,
    correction_asked_at: Option<NaiveDateTime>,
    import_id: Option<String>,
}

/// Names of the columns of a certificate that aren't what it says.
///
/// # Errors
/// The database's.
pub fn differing_columns(tx: &mut Tx<'_>, certificate: &Certificate) -> Result<Vec<&'static str>, StoreError> {
    let row = CertificateRow::of(certificate, String::new());
    let stored: StoredColumns = on_backend!(tx, |connection| {
        certificates::table.filter(certificates::id.eq(&row.id)).select(StoredColumns::as_select()).first(connection)
    })?;
    Ok(differing!(stored;
        row: serial medium_number organization_code stage version valid_until locked_at suspended_since kept_at box_number name_key
            handler_key correction_asked_at import_id))
}

/// Where the persons of a certificate stand.
fn place(id: Uuid) -> Place {
    Place::document(Subject::Certificate(id))
}

/// Certificates from their ids and documents, in the same order.
pub(super) fn read(tx: &mut Tx<'_>, found: Vec<(String, String)>) -> Result<Vec<Certificate>, StoreError> {
    let texts = found.into_iter().map(|(id, document)| Ok((place(parse_uuid(&id)?), document)));
    tx.read_all(texts.collect::<Result<_, StoreError>>()?)
}

/// Enters a certificate.
///
/// # Errors
/// The database's; a serial or medium that is taken is an answer, not an error.
pub fn insert(tx: &mut Tx<'_>, certificate: &Certificate) -> Result<Inserted, StoreError> {
    let values = CertificateRow::of(certificate, tx.written(place(certificate.id), certificate)?);
    // Nothing raised, so that on PostgreSQL the transaction lives on and can say which of the two was taken.
    let entered = on_backend!(tx, |connection| {
        diesel::insert_into(certificates::table).values(&values).on_conflict_do_nothing().execute(connection)
    })?;
    if entered == 0 {
        let taken = load(tx, &certificate.serial)?.is_some();
        return Ok(if taken { Inserted::SerialTaken } else { Inserted::MediumTaken });
    }
    names::insert(tx, std::slice::from_ref(certificate))?;
    Ok(Inserted::Done)
}

/// Enters many certificates at once, whose serials and media were found free.
///
/// # Errors
/// [`StoreError::Conflict`] where one was taken meanwhile, and all is to be decided again.
pub fn insert_many(tx: &mut Tx<'_>, entering: &[Certificate]) -> Result<(), StoreError> {
    let rows = CertificateRow::all(tx, entering)?;
    let entered: Result<usize, StoreError> =
        on_backend!(tx, |connection| diesel::insert_into(certificates::table).values(&rows).execute(connection))
            .map_err(StoreError::from);
    entered.map_err(|error| if error.is_unique_violation() { StoreError::Conflict } else { error })?;
    names::insert(tx, entering)
}

/// Saves a certificate over the version that was loaded.
///
/// # Errors
/// [`StoreError::Conflict`] when somebody else was faster, or its new serial or medium is another one's.
pub fn save(tx: &mut Tx<'_>, before: &Certificate, after: &Certificate) -> Result<(), StoreError> {
    let mut values = CertificateRow::of(after, tx.written(place(after.id), after)?);
    if after.handler.as_deref().is_some_and(|handler| placeholder(handler) == Some(UNREADABLE)) {
        // Whom nobody can read just now is found by what was entered when they could be.
        let row = certificates::table.filter(certificates::id.eq(&values.id)).select(certificates::handler_key);
        values.handler_key = on_backend!(tx, |connection| row.first(connection))?;
    }
    let changed = on_backend!(tx, |connection| {
        let target = certificates::table.filter(certificates::id.eq(&values.id));
        diesel::update(target.filter(certificates::version.eq(before.version))).set(&values).execute(connection)
    })?;
    if changed != 1 {
        return Err(StoreError::Conflict);
    }
    if (&before.organization_name, &before.handler) != (&after.organization_name, &after.handler) {
        names::replace(tx, after, before)?;
    }
    Ok(())
}

/// Takes a certificate out of the register, in the version that was loaded; its events stay.
///
/// # Errors
/// [`StoreError::Conflict`] when somebody else was faster.
pub fn remove(tx: &mut Tx<'_>, certificate: &Certificate) -> Result<(), StoreError> {
    let id = certificate.id.to_string();
    let removed = on_backend!(tx, |connection| {
        let target = certificates::table.filter(certificates::id.eq(&id));
        diesel::delete(target.filter(certificates::version.eq(certificate.version))).execute(connection)
    })?;
    if removed == 1 { names::remove(tx, certificate) } else { Err(StoreError::Conflict) }
}

/// Keeps others from a certificate until this transaction ends. SQLite has one writer, and needs no lock.
///
/// # Errors
/// [`StoreError::Conflict`] where it has another serial now: it was corrected while this one waited.
pub fn lock(tx: &mut Tx<'_>, serial: &str) -> Result<(), StoreError> {
    if let AnyConnection::Postgres(connection) = tx.connection() {
        let target = certificates::table.filter(certificates::serial.eq(serial));
        let found: Option<String> = target.select(certificates::id).for_update().first(connection).optional()?;
        return found.map(drop).ok_or(StoreError::Conflict);
    }
    Ok(())
}

/// Keeps the serial that a certificate had before it was corrected.
///
/// # Errors
/// The database's.
pub fn keep_former_serial(tx: &mut Tx<'_>, serial: &str, id: Uuid) -> Result<(), StoreError> {
    let row = (former_serials::serial.eq(serial), former_serials::certificate_id.eq(id.to_string()));
    on_backend!(tx, |connection| {
        diesel::insert_into(former_serials::table).values(row.clone()).on_conflict_do_nothing().execute(connection)
    })?;
    Ok(())
}

/// A certificate by its serial.
///
/// # Errors
/// The database's, or a document that can't be read.
pub fn load(tx: &mut Tx<'_>, serial: &str) -> Result<Option<Certificate>, StoreError> {
    let found: Option<(String, String)> = on_backend!(tx, |connection| {
        let target = certificates::table.filter(certificates::serial.eq(serial));
        target.select((certificates::id, certificates::document)).first(connection).optional()
    })?;
    found.map(|(id, document)| tx.read(place(parse_uuid(&id)?), document)).transpose()
}

/// Certificates of an import that still wait for what becomes of it, in their order.
///
/// # Errors
/// The database's, or a document that can't be read.
pub fn unapproved_of_import(tx: &mut Tx<'_>, import: Uuid, limit: i64) -> Result<Vec<Certificate>, StoreError> {
    let import = import.to_string();
    let found: Vec<(String, String)> = on_backend!(tx, |connection| {
        certificates::table
            .filter(certificates::import_id.eq(&import))
            .filter(certificates::stage.eq(LifeStage::Unapproved.code()))
            .select((certificates::id, certificates::document))
            .order(certificates::id)
            .limit(limit)
            .load(connection)
    })?;
    read(tx, found)
}

/// A certificate by its id.
///
/// # Errors
/// The database's, or a document that can't be read.
pub fn load_by_id(tx: &mut Tx<'_>, id: Uuid) -> Result<Option<Certificate>, StoreError> {
    let key = id.to_string();
    let document: Option<String> = on_backend!(tx, |connection| {
        certificates::table.find(&key).select(certificates::document).first(connection).optional()
    })?;
    document.map(|document| tx.read(place(id), document)).transpose()
}

/// Several certificates by their ids, in no order; one that isn't in the register is left out.
///
/// # Errors
/// The database's, or a document that can't be read.
pub fn load_by_ids(tx: &mut Tx<'_>, ids: &[Uuid]) -> Result<Vec<Certificate>, StoreError> {
    let ids: Vec<String> = ids.iter().map(Uuid::to_string).collect();
    let found: Vec<(String, String)> = on_backend!(tx, |connection| {
        let wanted = certificates::table.filter(certificates::id.eq_any(&ids));
        wanted.select((certificates::id, certificates::document)).load(connection)
    })?;
    read(tx, found)
}

/// Certificates with one of these serials or of one of these organizations, in no order.
///
/// # Errors
/// The database's, or a document that can't be read.
pub fn load_many(
    tx: &mut Tx<'_>,
    serials: &[&str],
    organization_codes: &[&str],
) -> Result<Vec<Certificate>, StoreError> {
    let found: Vec<(String, String)> = on_backend!(tx, |connection| {
        certificates::table
            .filter(certificates::serial.eq_any(serials).or(certificates::organization_code.eq_any(organization_codes)))
            .select((certificates::id, certificates::document))
            .load(connection)
    })?;
    read(tx, found)
}

/// Which of these serials and media stand in the register.
///
/// # Errors
/// The database's.
pub fn taken(tx: &mut Tx<'_>, serials: &[&str], media: &[&str]) -> Result<Vec<(String, String)>, StoreError> {
    Ok(on_backend!(tx, |connection| {
        certificates::table
            .filter(certificates::serial.eq_any(serials).or(certificates::medium_number.eq_any(media)))
            .select((certificates::serial, certificates::medium_number))
            .load(connection)
    })?)
}

/// Certificates of an organization, newest first; an organization has few in its life.
///
/// # Errors
/// The database's, or a document that can't be read.
pub fn list_of_organization(tx: &mut Tx<'_>, organization_code: &str) -> Result<Vec<Certificate>, StoreError> {
    let found: Vec<(String, String)> = on_backend!(tx, |connection| {
        certificates::table
            .filter(certificates::organization_code.eq(organization_code))
            .select((certificates::id, certificates::document))
            .order(certificates::id.desc())
            .limit(100)
            .load(connection)
    })?;
    read(tx, found)
}
