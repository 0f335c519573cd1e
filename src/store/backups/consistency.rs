//! What a check of the whole database reads: cases and certificates in the order of their ids, claims, and running numbers that aren't as they were counted.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Integer, Nullable, Text};

use crate::domain::certificates::event::CertificateEvent;
use crate::store::engine::connection::legible::legible;
use crate::store::engine::connection::on_backend;
use crate::store::engine::error::StoreError;
use crate::store::engine::schema::{cases, certificates, person_keys};
use crate::store::engine::tx::Tx;

/// How many there are of what is looked through from one end to the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Amounts {
    /// Cases.
    pub cases: i64,
    /// Certificates.
    pub certificates: i64,
    /// Cases, certificates and accounts that have or had a key of their own.
    pub keys: i64,
}

/// Counts them.
///
/// # Errors
/// The database's.
pub fn amounts(tx: &mut Tx<'_>) -> Result<Amounts, StoreError> {
    Ok(on_backend!(tx, |connection| {
        cases::table.count().get_result(connection).and_then(|cases| {
            let certificates = certificates::table.count().get_result(connection)?;
            let keys = person_keys::table.count().get_result(connection)?;
            Ok(Amounts { cases, certificates, keys })
        })
    })?)
}

/// Ids of cases after one, as they stand.
///
/// # Errors
/// The database's.
pub fn cases_after(tx: &mut Tx<'_>, after: &str, limit: i64) -> Result<Vec<String>, StoreError> {
    Ok(on_backend!(tx, |connection| {
        let next = cases::table.filter(cases::id.gt(after)).order(cases::id).limit(limit);
        legible(next.select(cases::id), connection)
    })?
    .rows)
}

/// Ids of certificates after one, as they stand.
///
/// # Errors
/// The database's.
pub fn certificates_after(tx: &mut Tx<'_>, after: &str, limit: i64) -> Result<Vec<String>, StoreError> {
    Ok(on_backend!(tx, |connection| {
        let next = certificates::table.filter(certificates::id.gt(after)).order(certificates::id).limit(limit);
        legible(next.select(certificates::id), connection)
    })?
    .rows)
}

/// What has events and no row: `case` or `certificate`, with its id. A certificate that was rejected has left the register.
///
/// # Errors
/// The database's.
pub fn without_row(tx: &mut Tx<'_>, limit: i64) -> Result<Vec<Named>, StoreError> {
    let of = |kind: &str, table: &str| {
        format!(
            "SELECT e.subject_kind AS kind, e.subject_id AS subject FROM events e WHERE e.subject_kind = '{kind}' AND e.sequence = 1 \
             AND NOT EXISTS (SELECT 1 FROM {table} t WHERE t.id = e.subject_id)"
        )
    };
    let not_rejected = format!(
        "AND NOT EXISTS (SELECT 1 FROM events r WHERE r.subject_kind = 'certificate' AND r.subject_id = e.subject_id AND r.kind = '{}')",
        CertificateEvent::REGISTRATION_REJECTED
    );
    let (cases, certificates) = (of("case", "cases"), of("certificate", "certificates"));
    let query = format!("{cases} UNION ALL {certificates} {not_rejected} LIMIT {limit}");
    let found: Result<Vec<Named>, _> = on_backend!(tx, |connection| diesel::sql_query(query).load(connection));
    found.map_err(StoreError::from)
}

/// Claims that nobody holds who could. A holder is a case that is open, or of the claim on an organization its certificate.
///
/// # Errors
/// The database's.
pub fn claims_of_nobody(tx: &mut Tx<'_>, limit: i64) -> Result<Vec<Named>, StoreError> {
    let query = format!(
        "SELECT kind, subject FROM claims c WHERE (holder_kind = 'case' AND NOT EXISTS \
         (SELECT 1 FROM cases WHERE cases.id = c.holder AND closed_at IS NULL)) OR (holder_kind = 'certificate' AND NOT EXISTS \
         (SELECT 1 FROM certificates WHERE certificates.serial = c.holder AND c.kind = 'organization' AND organization_code = c.subject)) \
         OR holder_kind NOT IN ('case', 'certificate') ORDER BY kind, subject LIMIT {limit}"
    );
    Ok(on_backend!(tx, |connection| legible(diesel::sql_query(query), connection))?.rows)
}

/// Whether a case of an organization ended at an instant.
///
/// # Errors
/// The database's.
pub fn ended_at(tx: &mut Tx<'_>, organization_code: &str, at: DateTime<Utc>) -> Result<bool, StoreError> {
    let ended = cases::table.filter(cases::organization_code.eq(organization_code));
    let ended = ended.filter(cases::closed_at.eq(at.naive_utc()));
    Ok(on_backend!(tx, |connection| diesel::select(diesel::dsl::exists(ended)).get_result(connection))?)
}

/// Something of the database, by its kind and name.
#[derive(Debug, Clone, PartialEq, Eq, QueryableByName)]
pub struct Named {
    /// What kind.
    #[diesel(sql_type = Text)]
    pub kind: String,
    /// Its id, or what it is on.
    #[diesel(sql_type = Text)]
    pub subject: String,
}

/// Running numbers of a day that weren't given out as they were counted.
#[derive(Debug, Clone, PartialEq, Eq, QueryableByName)]
pub struct Gap {
    /// The day, as it stands there.
    #[diesel(sql_type = Text)]
    pub day: String,
    /// Of receipts their outlet and kind.
    #[diesel(sql_type = Nullable<Text>)]
    pub of: Option<String>,
    /// The last number that was counted.
    #[diesel(sql_type = Integer)]
    pub last: i32,
    /// How many are there.
    #[diesel(sql_type = BigInt)]
    pub there: i64,
}

/// Days whose cases have acceptance numbers that weren't given out; on SQLite, where none is left out, also those of which some are
/// missing.
///
/// # Errors
/// The database's.
pub fn acceptance_gaps(tx: &mut Tx<'_>) -> Result<Vec<Gap>, StoreError> {
    // The number begins with its day, as far as nobody has written anything else there; how a date becomes text is the other thing in which the
    // two databases differ.
    let dashed = "'20' || substr(c.prefix, 1, 2) || '-' || substr(c.prefix, 3, 2) || '-' || substr(c.prefix, 5, 2)";
    let query = |largest: &str, wrong: &str, prefix: &str, day: &str| {
        format!(
            "WITH c AS (SELECT substr(acceptance_number, 1, 6) AS prefix, {largest} AS there FROM cases GROUP BY 1) \
             SELECT {day} AS day, CAST(NULL AS TEXT) AS of, s.last AS last, coalesce(c.there, 0) AS there FROM acceptance_sequences s \
             LEFT JOIN c ON c.prefix = {prefix} WHERE coalesce(c.there, 0) {wrong} s.last \
             UNION ALL SELECT {dashed}, CAST(NULL AS TEXT), 0, c.there FROM c \
             WHERE NOT EXISTS (SELECT 1 FROM acceptance_sequences s WHERE {prefix} = c.prefix) ORDER BY 1"
        )
    };
    // Between the day and the check digit is the running number.
    let running = "CAST(substr(acceptance_number, 7, length(acceptance_number) - 7) AS bigint)";
    let largest =
        format!("greatest(count(*), max(CASE WHEN acceptance_number ~ '^[0-9]{{8,17}}$' THEN {running} END))");
    let postgres = query(&largest, ">", "to_char(s.day, 'YYMMDD')", &of_postgres("s.day"));
    gaps(tx, &postgres, &query("count(*)", "<>", "substr(strftime('%Y%m%d', s.day), 3)", "s.day"))
}

/// Receipts, by day, outlet and kind, that aren't numbered without a gap.
///
/// # Errors
/// The database's.
pub fn receipt_gaps(tx: &mut Tx<'_>) -> Result<Vec<Gap>, StoreError> {
    let query = |day: &str| {
        format!(
            "SELECT {day} AS day, j.outlet || ', ' || j.kind AS of, coalesce(s.last, 0) AS last, count(*) AS there FROM cash_journal j \
             LEFT JOIN receipt_sequences s ON s.day = j.day AND s.outlet = j.outlet AND s.kind = j.kind \
             GROUP BY j.day, j.outlet, j.kind, s.last HAVING count(*) <> coalesce(s.last, 0) OR max(j.number) <> coalesce(s.last, 0) \
             ORDER BY 1, 2"
        )
    };
    gaps(tx, &query(&of_postgres("j.day")), &query("j.day"))
}

/// A day of PostgreSQL as SQLite has it, or as it spells what is none.
fn of_postgres(day: &str) -> String {
    format!("CASE WHEN isfinite({day}) THEN to_char({day}, 'YYYY-MM-DD') ELSE {day}::text END")
}

fn gaps(tx: &mut Tx<'_>, postgres: &str, sqlite: &str) -> Result<Vec<Gap>, StoreError> {
    use crate::store::engine::connection::AnyConnection;
    let found = match tx.connection() {
        AnyConnection::Postgres(connection) => legible(diesel::sql_query(postgres), connection),
        AnyConnection::Sqlite(connection) => legible(diesel::sql_query(sqlite), connection),
    };
    Ok(found?.rows)
}
