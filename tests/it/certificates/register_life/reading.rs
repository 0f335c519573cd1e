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

/// What is searched, and the document.
#[derive(QueryableByName)]
struct StoredCertificate {
    #[diesel(sql_type = Text)]
    id: String,
    #[diesel(sql_type = Text)]
    serial: String,
    #[diesel(sql_type = Text)]
    medium_number: String,
    #[diesel(sql_type = Text)]
    organization_code: String,
    #[diesel(sql_type = Text)]
    stage: String,
    #[diesel(sql_type = BigInt)]
    version: i64,
    #[diesel(sql_type = Timestamp)]
    valid_until: NaiveDateTime,
    #[diesel(sql_type = Nullable<Timestamp>)]
    locked_at: Option<NaiveDateTime>,
    #[diesel(sql_type = Nullable<Timestamp>)]
    suspended_since: Option<NaiveDateTime>,
    #[diesel(sql_type = Nullable<Text>)]
    kept_at: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    box_number: Option<String>,
    #[diesel(sql_type = Nullable<Timestamp>)]
    correction_asked_at: Option<NaiveDateTime>,
    #[diesel(sql_type = Text)]
    document: String,
}

/// A certificate as its document says it.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct CertificateRow {
    pub(super) id: String,
    pub(super) serial: String,
    pub(super) medium_number: String,
    pub(super) organization_code: String,
    pub(super) organization_name: String,
    pub(super) unified_code: Option<String>,
    pub(super) handler: Option<String>,
    pub(super) seal: Option<String>,
    pub(super) stage: String,
    pub(super) version: i64,
    pub(super) case_id: Option<String>,
    pub(super) valid_from: NaiveDateTime,
    pub(super) valid_until: NaiveDateTime,
    pub(super) locked_at: Option<NaiveDateTime>,
    pub(super) suspended_since: Option<NaiveDateTime>,
    /// Who reported a lock or loss that stands, each in order.
    pub(super) reported_by: [Vec<String>; 2],
    pub(super) revoked_at: Option<NaiveDateTime>,
    pub(super) kept_at: Option<String>,
    pub(super) box_number: Option<String>,
    pub(super) services: Vec<ServiceRow>,
}

impl StoredCertificate {
    /// The document, when the columns say the same.
    fn read(self) -> CertificateRow {
        let document: Value = serde_json::from_str(&self.document).unwrap();
        let text = |value: &Value| value.as_str().map(str::to_owned);
        let instant = |value: &Value| value.as_str().map(|at| at.parse::<DateTime<Utc>>().unwrap().naive_utc());
        let services = document["services"].as_array().unwrap().iter();
        let read = CertificateRow {
            id: text(&document["id"]).unwrap(),
            serial: text(&document["serial"]).unwrap(),
            medium_number: text(&document["medium_number"]).unwrap(),
            organization_code: text(&document["organization_code"]).unwrap(),
            organization_name: text(&document["organization_name"]).unwrap(),
            unified_code: text(&document["unified_code"]),
            handler: text(&document["handler"]).map(super::folding::encrypted),
            seal: text(&document["seal"]),
            stage: text(&document["stage"]).unwrap(),
            version: document["version"].as_i64().unwrap(),
            case_id: text(&document["case_id"]),
            valid_from: instant(&document["valid_from"]).unwrap(),
            valid_until: instant(&document["valid_until"]).unwrap(),
            locked_at: instant(&document["lock"]["at"]),
            suspended_since: instant(&document["suspension"]["since"]),
            reported_by: [("lock", "further_locks"), ("suspension", "further_suspensions")].map(|(first, further)| {
                let further = document[further].as_array().cloned().unwrap_or_default();
                [document[first].clone()].iter().chain(&further).filter_map(|one| text(&one["reported_by"])).collect()
            }),
            revoked_at: instant(&document["revoked_at"]),
            kept_at: text(&document["stay"]["outlet"]),
            box_number: text(&document["stay"]["box_number"]),
            services: services
                .map(|service| ServiceRow {
                    service: text(&service["kind"]).unwrap(),
                    code: text(&service["code"]).unwrap(),
                    usable_from: instant(&service["usable_from"]).unwrap(),
                    suspended_at: instant(&service["suspended_at"]),
                    closed_at: instant(&service["closed_at"]),
                })
                .collect(),
        };
        let columns = (self.id, self.serial, self.medium_number, self.organization_code, self.stage, self.version);
        let said = read.clone();
        assert_eq!(
            columns,
            (said.id, said.serial, said.medium_number, said.organization_code, said.stage, said.version)
        );
        let columns = (self.valid_until, self.locked_at, self.suspended_since, self.kept_at, self.box_number);
        assert_eq!(columns, (said.valid_until, said.locked_at, said.suspended_since, said.kept_at, said.box_number));
        assert_eq!(self.correction_asked_at, instant(&document["correction"]["asked_at"]));
        read
    }
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

/// A service on a certificate.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct ServiceRow {
    pub(super) service: String,
    pub(super) code: String,
    pub(super) usable_from: NaiveDateTime,
    pub(super) suspended_at: Option<NaiveDateTime>,
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
        let stored: Vec<StoredCertificate> =
            self.load(format!("SELECT * FROM certificates WHERE organization_code IN ({codes}) ORDER BY id"));
        let certificates = stored.into_iter().map(StoredCertificate::read).collect();
        let ids = format!("SELECT id FROM certificates WHERE organization_code IN ({codes})");
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
        Register { certificates, events: by_certificate, claims, cases }
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
