//! The register of certificates and the services opened on them.

use std::collections::BTreeMap;

use chrono::NaiveDateTime;
use diesel::prelude::*;
use diesel::upsert::excluded;
use uuid::Uuid;

use super::names;
use crate::domain::base::search_key;
use crate::domain::certificates::certificate::{
    Certificate, CertificateSource, Lock, LockSource, OpenedService, ServiceKind, Suspension, SuspensionCause,
};
use crate::domain::certificates::state::LifeStage;
use crate::store::engine::connection::{AnyConnection, on_backend};
use crate::store::engine::error::StoreError;
use crate::store::engine::schema::{certificate_services, certificates, former_serials};
use crate::store::engine::tx::{Tx, from_json, parse_uuid, to_json};

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

#[derive(Insertable, Queryable, AsChangeset, Selectable)]
#[diesel(table_name = certificates, treat_none_as_null = true)]
pub(in crate::store) struct CertificateRow {
    pub(in crate::store) id: String,
    serial: String,
    medium_number: String,
    organization_code: String,
    organization_name: String,
    unified_code: Option<String>,
    handler: Option<String>,
    seal: Option<String>,
    stage: String,
    version: i64,
    case_id: Option<String>,
    valid_from: NaiveDateTime,
    valid_until: NaiveDateTime,
    locked_at: Option<NaiveDateTime>,
    lock_source: Option<String>,
    lock_reported_by: Option<String>,
    suspended_since: Option<NaiveDateTime>,
    suspension_cause: Option<String>,
    suspension_reason: Option<String>,
    revoked_at: Option<NaiveDateTime>,
    source: String,
    kept_at: Option<String>,
    box_number: Option<String>,
    stay: Option<String>,
    correction: Option<String>,
    name_key: String,
    handler_key: Option<String>,
}

#[derive(Insertable, Queryable, Selectable)]
#[diesel(table_name = certificate_services)]
struct ServiceRow {
    certificate_id: String,
    service: String,
    code: String,
    opened_at: NaiveDateTime,
    usable_from: NaiveDateTime,
    case_id: Option<String>,
    suspended_at: Option<NaiveDateTime>,
    closed_at: Option<NaiveDateTime>,
}

fn row(certificate: &Certificate) -> Result<CertificateRow, StoreError> {
    let (lock, suspension) = (certificate.lock.as_ref(), certificate.suspension.as_ref());
    Ok(CertificateRow {
        id: certificate.id.to_string(),
        serial: certificate.serial.clone(),
        medium_number: certificate.medium_number.clone(),
        organization_code: certificate.organization_code.clone(),
        organization_name: certificate.organization_name.clone(),
        unified_code: certificate.unified_code.clone(),
        handler: certificate.handler.clone(),
        seal: certificate.seal.clone(),
        stage: certificate.stage.code().to_owned(),
        version: certificate.version,
        case_id: certificate.case_id.map(|id| id.to_string()),
        valid_from: certificate.valid_from.naive_utc(),
        valid_until: certificate.valid_until.naive_utc(),
        locked_at: lock.map(|lock| lock.at.naive_utc()),
        lock_source: lock.map(|lock| lock.source.code().to_owned()),
        lock_reported_by: lock.map(|lock| lock.reported_by.clone()),
        suspended_since: suspension.map(|suspension| suspension.since.naive_utc()),
        suspension_cause: suspension.map(|suspension| suspension.cause.code().to_owned()),
        suspension_reason: suspension.map(|suspension| suspension.reason.clone()),
        revoked_at: certificate.revoked_at.map(|at| at.naive_utc()),
        source: certificate.source.code().to_owned(),
        kept_at: certificate.stay.as_ref().map(|stay| stay.place.outlet.clone()),
        box_number: certificate.stay.as_ref().and_then(|stay| stay.place.box_number.clone()),
        stay: certificate.stay.as_ref().map(to_json).transpose()?,
        correction: certificate.correction.as_ref().map(to_json).transpose()?,
        name_key: search_key::key(&certificate.organization_name),
        handler_key: certificate.handler.as_deref().map(search_key::key),
    })
}

fn service_row(id: Uuid, opened: &OpenedService) -> ServiceRow {
    ServiceRow {
        certificate_id: id.to_string(),
        service: opened.kind.code().to_owned(),
        code: opened.code.clone(),
        opened_at: opened.opened_at.naive_utc(),
        usable_from: opened.usable_from.naive_utc(),
        case_id: opened.case_id.map(|id| id.to_string()),
        suspended_at: opened.suspended_at.map(|at| at.naive_utc()),
        closed_at: opened.closed_at.map(|at| at.naive_utc()),
    }
}

/// Enters a certificate.
///
/// # Errors
/// The database's; a serial or medium that is taken is an answer, not an error.
pub fn insert(tx: &mut Tx<'_>, certificate: &Certificate) -> Result<Inserted, StoreError> {
    let values = row(certificate)?;
    // Nothing raised, so that on PostgreSQL the transaction lives on and can say which of the two was taken.
    let entered = on_backend!(tx, |connection| {
        diesel::insert_into(certificates::table).values(&values).on_conflict_do_nothing().execute(connection)
    })?;
    if entered == 0 {
        let taken = load(tx, &certificate.serial)?.is_some();
        return Ok(if taken { Inserted::SerialTaken } else { Inserted::MediumTaken });
    }
    insert_services(tx, std::slice::from_ref(certificate))?;
    names::insert(tx, std::slice::from_ref(certificate))?;
    Ok(Inserted::Done)
}

/// Enters many certificates at once, whose serials and media were found free.
///
/// # Errors
/// [`StoreError::Conflict`] where one was taken meanwhile, and all is to be decided again.
pub fn insert_many(tx: &mut Tx<'_>, entering: &[Certificate]) -> Result<(), StoreError> {
    let rows: Vec<CertificateRow> = entering.iter().map(row).collect::<Result<_, _>>()?;
    let entered: Result<usize, StoreError> =
        on_backend!(tx, |connection| diesel::insert_into(certificates::table).values(&rows).execute(connection))
            .map_err(StoreError::from);
    entered.map_err(|error| if error.is_unique_violation() { StoreError::Conflict } else { error })?;
    insert_services(tx, entering)?;
    names::insert(tx, entering)
}

/// Saves a certificate over the version that was loaded.
///
/// # Errors
/// [`StoreError::Conflict`] when somebody else was faster, or its new serial or medium is another one's.
pub fn save(tx: &mut Tx<'_>, before: &Certificate, after: &Certificate) -> Result<(), StoreError> {
    let values = row(after)?;
    let changed = on_backend!(tx, |connection| {
        let target = certificates::table.filter(certificates::id.eq(&values.id));
        diesel::update(target.filter(certificates::version.eq(before.version))).set(&values).execute(connection)
    })?;
    if changed != 1 {
        return Err(StoreError::Conflict);
    }
    for service in after.services.iter().filter(|service| !before.services.contains(service)) {
        put_service(tx, &service_row(after.id, service))?;
    }
    if (&before.organization_name, &before.handler) != (&after.organization_name, &after.handler) {
        names::replace(tx, after, before)?;
    }
    Ok(())
}

fn insert_services(tx: &mut Tx<'_>, entering: &[Certificate]) -> Result<(), StoreError> {
    let of = |certificate: &Certificate| {
        let id = certificate.id;
        certificate.services.iter().map(|service| service_row(id, service)).collect::<Vec<_>>()
    };
    let rows: Vec<ServiceRow> = entering.iter().flat_map(of).collect();
    if !rows.is_empty() {
        on_backend!(tx, |connection| {
            diesel::insert_into(certificate_services::table).values(&rows).execute(connection)
        })?;
    }
    Ok(())
}

fn put_service(tx: &mut Tx<'_>, row: &ServiceRow) -> Result<(), StoreError> {
    use certificate_services as services;
    on_backend!(tx, |connection| {
        diesel::insert_into(services::table)
            .values(row)
            .on_conflict((services::certificate_id, services::service, services::code))
            .do_update()
            .set((
                services::opened_at.eq(excluded(services::opened_at)),
                services::usable_from.eq(excluded(services::usable_from)),
                services::case_id.eq(excluded(services::case_id)),
                services::suspended_at.eq(excluded(services::suspended_at)),
                services::closed_at.eq(excluded(services::closed_at)),
            ))
            .execute(connection)
    })?;
    Ok(())
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
/// The database's.
pub fn load(tx: &mut Tx<'_>, serial: &str) -> Result<Option<Certificate>, StoreError> {
    let found: Option<CertificateRow> = on_backend!(tx, |connection| {
        let target = certificates::table.filter(certificates::serial.eq(serial));
        target.select(CertificateRow::as_select()).first(connection).optional()
    })?;
    Ok(with_services(tx, found.into_iter().collect())?.pop())
}

/// Certificates with one of these serials or of one of these organizations, in no order: two statements in all.
///
/// # Errors
/// The database's.
pub fn load_many(
    tx: &mut Tx<'_>,
    serials: &[&str],
    organization_codes: &[&str],
) -> Result<Vec<Certificate>, StoreError> {
    let found: Vec<CertificateRow> = on_backend!(tx, |connection| {
        certificates::table
            .filter(certificates::serial.eq_any(serials).or(certificates::organization_code.eq_any(organization_codes)))
            .select(CertificateRow::as_select())
            .load(connection)
    })?;
    with_services(tx, found)
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
/// The database's.
pub fn list_of_organization(tx: &mut Tx<'_>, organization_code: &str) -> Result<Vec<Certificate>, StoreError> {
    let found: Vec<CertificateRow> = on_backend!(tx, |connection| {
        certificates::table
            .filter(certificates::organization_code.eq(organization_code))
            .select(CertificateRow::as_select())
            .order(certificates::id.desc())
            .limit(100)
            .load(connection)
    })?;
    with_services(tx, found)
}

pub(in crate::store) fn with_services(
    tx: &mut Tx<'_>,
    rows: Vec<CertificateRow>,
) -> Result<Vec<Certificate>, StoreError> {
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let ids: Vec<&str> = rows.iter().map(|row| row.id.as_str()).collect();
    let services: Vec<ServiceRow> = on_backend!(tx, |connection| {
        certificate_services::table
            .filter(certificate_services::certificate_id.eq_any(&ids))
            .select(ServiceRow::as_select())
            .order((certificate_services::service, certificate_services::code))
            .load(connection)
    })?;
    let mut by_certificate: BTreeMap<String, Vec<OpenedService>> = BTreeMap::new();
    for service in services {
        by_certificate.entry(service.certificate_id.clone()).or_default().push(opened(service)?);
    }
    rows.into_iter()
        .map(|row| {
            let services = by_certificate.remove(&row.id).unwrap_or_default();
            certificate(row, services)
        })
        .collect()
}

fn unknown(what: &str, code: &str) -> StoreError {
    StoreError::Corrupt(format!("unknown {what} {code}"))
}

fn opened(row: ServiceRow) -> Result<OpenedService, StoreError> {
    Ok(OpenedService {
        kind: ServiceKind::from_code(&row.service).ok_or_else(|| unknown("service", &row.service))?,
        code: row.code,
        opened_at: row.opened_at.and_utc(),
        usable_from: row.usable_from.and_utc(),
        case_id: row.case_id.as_deref().map(parse_uuid).transpose()?,
        suspended_at: row.suspended_at.map(|at| at.and_utc()),
        closed_at: row.closed_at.map(|at| at.and_utc()),
    })
}

fn certificate(row: CertificateRow, services: Vec<OpenedService>) -> Result<Certificate, StoreError> {
    let lock = match (row.locked_at, row.lock_source, row.lock_reported_by) {
        (Some(at), Some(source), Some(reported_by)) => {
            let source = LockSource::from_code(&source).ok_or_else(|| unknown("lock source", &source))?;
            Some(Lock { at: at.and_utc(), source, reported_by })
        }
        _ => None,
    };
    let suspension = match (row.suspended_since, row.suspension_cause, row.suspension_reason) {
        (Some(since), Some(cause), Some(reason)) => {
            let cause = SuspensionCause::from_code(&cause).ok_or_else(|| unknown("suspension", &cause))?;
            Some(Suspension { since: since.and_utc(), cause, reason })
        }
        _ => None,
    };
    Ok(Certificate {
        id: parse_uuid(&row.id)?,
        serial: row.serial,
        medium_number: row.medium_number,
        organization_code: row.organization_code,
        unified_code: row.unified_code,
        organization_name: row.organization_name,
        handler: row.handler,
        seal: row.seal,
        stage: LifeStage::from_code(&row.stage).ok_or_else(|| unknown("certificate stage", &row.stage))?,
        valid_from: row.valid_from.and_utc(),
        valid_until: row.valid_until.and_utc(),
        source: CertificateSource::from_code(&row.source).ok_or_else(|| unknown("source", &row.source))?,
        case_id: row.case_id.as_deref().map(parse_uuid).transpose()?,
        lock,
        suspension,
        revoked_at: row.revoked_at.map(|at| at.and_utc()),
        stay: row.stay.as_deref().map(from_json).transpose()?,
        correction: row.correction.as_deref().map(from_json).transpose()?,
        services,
        version: row.version,
    })
}
