//! The register of certificates and the services opened on them.

use std::collections::BTreeMap;

use chrono::NaiveDateTime;
use diesel::prelude::*;

use super::schema::{certificate_services, certificates};
use super::{StoreError, Tx, on_backend, parse_uuid};
use crate::domain::certificate::{Certificate, CertificateSource, CertificateStatus, OpenedService, ServiceKind};

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
struct CertificateRow {
    id: String,
    serial: String,
    medium_number: String,
    organization_code: String,
    organization_name: String,
    unified_code: Option<String>,
    status: String,
    version: i64,
    case_id: Option<String>,
    valid_from: NaiveDateTime,
    valid_until: NaiveDateTime,
    locked_at: Option<NaiveDateTime>,
    revoked_at: Option<NaiveDateTime>,
    source: String,
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
}

fn source_code(source: CertificateSource) -> &'static str {
    match source {
        CertificateSource::Case => "case",
        CertificateSource::Registered => "registered",
    }
}

fn service_code(kind: ServiceKind) -> &'static str {
    match kind {
        ServiceKind::Application => "application",
        ServiceKind::ESeal => "e_seal",
    }
}

fn row(certificate: &Certificate) -> CertificateRow {
    CertificateRow {
        id: certificate.id.to_string(),
        serial: certificate.serial.clone(),
        medium_number: certificate.medium_number.clone(),
        organization_code: certificate.organization_code.clone(),
        organization_name: certificate.organization_name.clone(),
        unified_code: certificate.unified_code.clone(),
        status: certificate.status.code().to_owned(),
        version: certificate.version,
        case_id: certificate.case_id.map(|id| id.to_string()),
        valid_from: certificate.valid_from.naive_utc(),
        valid_until: certificate.valid_until.naive_utc(),
        locked_at: certificate.locked_at.map(|at| at.naive_utc()),
        revoked_at: certificate.revoked_at.map(|at| at.naive_utc()),
        source: source_code(certificate.source).to_owned(),
    }
}

fn service_rows(certificate: &Certificate) -> Vec<ServiceRow> {
    let row = |opened: &OpenedService| ServiceRow {
        certificate_id: certificate.id.to_string(),
        service: service_code(opened.kind).to_owned(),
        code: opened.code.clone(),
        opened_at: opened.opened_at.naive_utc(),
        usable_from: opened.usable_from.naive_utc(),
        case_id: opened.case_id.map(|id| id.to_string()),
    };
    certificate.services.iter().map(row).collect()
}

/// Enters a certificate.
///
/// # Errors
/// The database's; a serial or medium that is taken is an answer, not an error.
pub fn insert(tx: &mut Tx<'_>, certificate: &Certificate) -> Result<Inserted, StoreError> {
    let values = row(certificate);
    // Nothing raised, so that on PostgreSQL the transaction lives on and can say which of the two was taken.
    let entered = on_backend!(tx, |connection| {
        diesel::insert_into(certificates::table).values(&values).on_conflict_do_nothing().execute(connection)
    })?;
    if entered == 0 {
        let taken = load(tx, &certificate.serial)?.is_some();
        return Ok(if taken { Inserted::SerialTaken } else { Inserted::MediumTaken });
    }
    insert_services(tx, service_rows(certificate))?;
    Ok(Inserted::Done)
}

/// Saves a certificate over the version that was loaded; services are only ever added.
///
/// # Errors
/// [`StoreError::Conflict`] when somebody else was faster.
pub fn save(tx: &mut Tx<'_>, certificate: &Certificate, loaded_version: i64) -> Result<(), StoreError> {
    let values = row(certificate);
    let changed = on_backend!(tx, |connection| {
        let target = certificates::table.filter(certificates::id.eq(&values.id));
        diesel::update(target.filter(certificates::version.eq(loaded_version))).set(&values).execute(connection)
    })?;
    if changed != 1 {
        return Err(StoreError::Conflict);
    }
    insert_services(tx, service_rows(certificate))
}

fn insert_services(tx: &mut Tx<'_>, rows: Vec<ServiceRow>) -> Result<(), StoreError> {
    for values in rows {
        on_backend!(tx, |connection| {
            diesel::insert_into(certificate_services::table)
                .values(&values)
                .on_conflict_do_nothing()
                .execute(connection)
        })?;
    }
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

fn with_services(tx: &mut Tx<'_>, rows: Vec<CertificateRow>) -> Result<Vec<Certificate>, StoreError> {
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

fn opened(row: ServiceRow) -> Result<OpenedService, StoreError> {
    let kind = match row.service.as_str() {
        "application" => ServiceKind::Application,
        "e_seal" => ServiceKind::ESeal,
        other => return Err(StoreError::Corrupt(format!("unknown service {other}"))),
    };
    Ok(OpenedService {
        kind,
        code: row.code,
        opened_at: row.opened_at.and_utc(),
        usable_from: row.usable_from.and_utc(),
        case_id: row.case_id.as_deref().map(parse_uuid).transpose()?,
    })
}

fn certificate(row: CertificateRow, services: Vec<OpenedService>) -> Result<Certificate, StoreError> {
    let status = CertificateStatus::from_code(&row.status);
    let source = if row.source == "case" { CertificateSource::Case } else { CertificateSource::Registered };
    Ok(Certificate {
        id: parse_uuid(&row.id)?,
        serial: row.serial,
        medium_number: row.medium_number,
        organization_code: row.organization_code,
        unified_code: row.unified_code,
        organization_name: row.organization_name,
        status: status.ok_or_else(|| StoreError::Corrupt(format!("unknown certificate status {}", row.status)))?,
        valid_from: row.valid_from.and_utc(),
        valid_until: row.valid_until.and_utc(),
        source,
        case_id: row.case_id.as_deref().map(parse_uuid).transpose()?,
        locked_at: row.locked_at.map(|at| at.and_utc()),
        revoked_at: row.revoked_at.map(|at| at.and_utc()),
        services,
        version: row.version,
    })
}
