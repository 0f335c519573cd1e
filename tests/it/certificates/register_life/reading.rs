//! What stands in the database, read with statements of the test's own: nothing of the program's reading or folding is used.

use std::collections::BTreeMap;

use casehall::store::DatabaseAddress;
use chrono::{DateTime, NaiveDateTime, Utc};
use diesel::connection::SimpleConnection;
use diesel::deserialize::QueryableByName;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Nullable, Text, Timestamp};
use serde_json::Value;

/// A second way into the database.
pub(super) enum Reader {
    Sqlite(SqliteConnection),
    Pg(PgConnection),
}

#[derive(QueryableByName, Debug, Clone, PartialEq)]
pub(super) struct CertificateRow {
    #[diesel(sql_type = Text)]
    pub(super) id: String,
    #[diesel(sql_type = Text)]
    pub(super) serial: String,
    #[diesel(sql_type = Text)]
    pub(super) medium_number: String,
    #[diesel(sql_type = Text)]
    pub(super) organization_code: String,
    #[diesel(sql_type = Text)]
    pub(super) organization_name: String,
    #[diesel(sql_type = Nullable<Text>)]
    pub(super) unified_code: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    pub(super) handler: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    pub(super) seal: Option<String>,
    #[diesel(sql_type = Text)]
    pub(super) stage: String,
    #[diesel(sql_type = BigInt)]
    pub(super) version: i64,
    #[diesel(sql_type = Nullable<Text>)]
    pub(super) case_id: Option<String>,
    #[diesel(sql_type = Timestamp)]
    pub(super) valid_from: NaiveDateTime,
    #[diesel(sql_type = Timestamp)]
    pub(super) valid_until: NaiveDateTime,
    #[diesel(sql_type = Nullable<Timestamp>)]
    pub(super) locked_at: Option<NaiveDateTime>,
    #[diesel(sql_type = Nullable<Timestamp>)]
    pub(super) suspended_since: Option<NaiveDateTime>,
    #[diesel(sql_type = Nullable<Timestamp>)]
    pub(super) revoked_at: Option<NaiveDateTime>,
    #[diesel(sql_type = Nullable<Text>)]
    pub(super) kept_at: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    pub(super) box_number: Option<String>,
}

#[derive(QueryableByName, Debug, Clone)]
pub(super) struct EventRow {
    #[diesel(sql_type = Text)]
    pub(super) subject_id: String,
    #[diesel(sql_type = BigInt)]
    pub(super) sequence: i64,
    #[diesel(sql_type = Text)]
    pub(super) kind: String,
    #[diesel(sql_type = Timestamp)]
    pub(super) at: NaiveDateTime,
    #[diesel(sql_type = Text)]
    pub(super) data: String,
}

#[derive(QueryableByName, Debug, Clone)]
pub(super) struct ServiceRow {
    #[diesel(sql_type = Text)]
    pub(super) certificate_id: String,
    #[diesel(sql_type = Text)]
    pub(super) service: String,
    #[diesel(sql_type = Text)]
    pub(super) code: String,
    #[diesel(sql_type = Timestamp)]
    pub(super) usable_from: NaiveDateTime,
    #[diesel(sql_type = Nullable<Timestamp>)]
    pub(super) suspended_at: Option<NaiveDateTime>,
    #[diesel(sql_type = Nullable<Timestamp>)]
    pub(super) closed_at: Option<NaiveDateTime>,
}

#[derive(QueryableByName, Debug, Clone, PartialEq)]
pub(super) struct ClaimRow {
    #[diesel(sql_type = Text)]
    pub(super) kind: String,
    #[diesel(sql_type = Text)]
    pub(super) subject: String,
    #[diesel(sql_type = Text)]
    pub(super) holder_kind: String,
    #[diesel(sql_type = Text)]
    pub(super) holder: String,
}

#[derive(QueryableByName, Debug, Clone)]
pub(super) struct CaseRow {
    #[diesel(sql_type = Text)]
    pub(super) id: String,
    #[diesel(sql_type = Text)]
    pub(super) case_type: String,
    #[diesel(sql_type = Text)]
    pub(super) organization_code: String,
    #[diesel(sql_type = Nullable<Timestamp>)]
    pub(super) closed_at: Option<NaiveDateTime>,
    #[diesel(sql_type = Text)]
    document: String,
}

impl CaseRow {
    /// Years of service of the application.
    pub(super) fn years(&self) -> u32 {
        self.application()["service_years"].as_u64().unwrap_or(0) as u32
    }

    /// Serial of the certificate that it works on; the column has the one that it makes, too.
    pub(super) fn held(&self) -> Option<String> {
        self.application()["certificate_serial"].as_str().map(str::to_owned)
    }

    /// The media that the hall has by it: serial, outlet and box.
    pub(super) fn custody(&self) -> Vec<(String, String, Option<String>)> {
        let document: Value = serde_json::from_str(&self.document).unwrap();
        let text = |value: &Value| value.as_str().map(str::to_owned);
        let stays = document["custody"].as_object().unwrap().iter();
        stays
            .map(|(serial, stay)| (serial.clone(), text(&stay["outlet"]).unwrap(), text(&stay["box_number"])))
            .collect()
    }

    fn application(&self) -> Value {
        serde_json::from_str::<Value>(&self.document).unwrap()["application"].take()
    }
}

/// All that is known of a few organizations.
#[derive(Debug, Default)]
pub(super) struct Register {
    pub(super) certificates: Vec<CertificateRow>,
    pub(super) services: Vec<ServiceRow>,
    pub(super) events: BTreeMap<String, Vec<EventRow>>,
    pub(super) claims: Vec<ClaimRow>,
    pub(super) cases: Vec<CaseRow>,
}

impl Reader {
    pub(super) fn of(address: &DatabaseAddress) -> Self {
        match address.sqlite_path() {
            Some(path) => {
                let mut connection = SqliteConnection::establish(path.to_str().unwrap()).unwrap();
                connection.batch_execute("PRAGMA busy_timeout = 10000").unwrap();
                Self::Sqlite(connection)
            }
            None => Self::Pg(PgConnection::establish(&address.to_string()).unwrap()),
        }
    }

    fn load<T>(&mut self, sql: String) -> Vec<T>
    where
        T: QueryableByName<diesel::sqlite::Sqlite> + QueryableByName<diesel::pg::Pg> + 'static,
    {
        let query = diesel::sql_query(sql);
        match self {
            Self::Sqlite(connection) => query.load(connection).unwrap(),
            Self::Pg(connection) => query.load(connection).unwrap(),
        }
    }

    /// Everything about organizations with these codes.
    pub(super) fn register(&mut self, codes: &[String]) -> Register {
        let quoted: Vec<String> = codes.iter().map(|code| format!("'{code}'")).collect();
        let codes = quoted.join(", ");
        let certificates: Vec<CertificateRow> =
            self.load(format!("SELECT * FROM certificates WHERE organization_code IN ({codes}) ORDER BY id"));
        let ids = format!("SELECT id FROM certificates WHERE organization_code IN ({codes})");
        let services = self
            .load(format!("SELECT * FROM certificate_services WHERE certificate_id IN ({ids}) ORDER BY service, code"));
        let events: Vec<EventRow> = self.load(format!(
            "SELECT * FROM events WHERE subject_kind = 'certificate' AND subject_id IN ({ids}) ORDER BY subject_id, sequence"
        ));
        let claims = self.load(format!(
            "SELECT * FROM claims WHERE (kind = 'organization' AND subject IN ({codes})) OR (kind = 'work' AND subject IN
             (SELECT serial FROM certificates WHERE organization_code IN ({codes}))) OR (kind = 'addition' AND EXISTS
             (SELECT 1 FROM certificates WHERE organization_code IN ({codes}) AND subject LIKE serial || '/%'))
             ORDER BY kind, subject"
        ));
        let cases = self.load(format!("SELECT * FROM cases WHERE organization_code IN ({codes}) ORDER BY id"));
        let mut by_certificate: BTreeMap<String, Vec<EventRow>> = BTreeMap::new();
        for event in events {
            by_certificate.entry(event.subject_id.clone()).or_default().push(event);
        }
        Register { certificates, services, events: by_certificate, claims, cases }
    }
}

impl Register {
    /// Certificates of an organization that are neither revoked nor expired.
    pub(super) fn living(&self, code: &str, now: DateTime<Utc>) -> Vec<&CertificateRow> {
        let living = |row: &&CertificateRow| row.organization_code == code && row.is_living(now);
        self.certificates.iter().filter(living).collect()
    }

    /// The certificate with a serial, or else the one that had it before it was corrected.
    pub(super) fn certificate(&self, serial: &str) -> Option<&CertificateRow> {
        let had = |row: &&CertificateRow| self.events[&row.id].iter().any(|event| event.corrects(serial));
        self.certificates.iter().find(|row| row.serial == serial).or_else(|| self.certificates.iter().find(had))
    }

    pub(super) fn case(&self, id: &str) -> Option<&CaseRow> {
        self.cases.iter().find(|row| row.id == id)
    }

    pub(super) fn open_cases(&self) -> impl Iterator<Item = &CaseRow> {
        self.cases.iter().filter(|row| row.closed_at.is_none())
    }

    pub(super) fn services_of(&self, certificate: &str) -> Vec<&ServiceRow> {
        self.services.iter().filter(|row| row.certificate_id == certificate).collect()
    }

    /// Who holds a claim: kind and holder.
    pub(super) fn holder(&self, kind: &str, subject: &str) -> Option<(&str, &str)> {
        let claim = self.claims.iter().find(|row| row.kind == kind && row.subject == subject)?;
        Some((&claim.holder_kind, &claim.holder))
    }
}

impl EventRow {
    fn corrects(&self, serial: &str) -> bool {
        let before = || serde_json::from_str::<Value>(&self.data).unwrap()["before"]["serial"] == serial;
        self.kind == "corrected" && before()
    }
}

impl CertificateRow {
    pub(super) fn is_living(&self, now: DateTime<Utc>) -> bool {
        self.stage != "revoked" && now.naive_utc() < self.valid_until
    }
}
