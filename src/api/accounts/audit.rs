//! Routes of the audit trail, for auditors: pages, and exports as CSV and JSON Lines.

use std::collections::BTreeMap;
use std::io;

use actix_web::http::header;
use actix_web::web::Bytes;
use actix_web::{HttpResponse, get};
use chrono::{DateTime, NaiveDate, Utc};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::rights::{May, ReadTrail};
use crate::api::streamed::{Parts, Streamed};
use crate::domain::accounts::audit::RecordedEntry;
use crate::domain::base::words::{Fault, Language};
use crate::formats::audit;
use crate::http::answers::{Forbidden, Paged};
use crate::http::language::NamedView;
use crate::http::problem::Problem;
use crate::http::query::{Code, Query};
use crate::service::Service;
use crate::service::accounts::audit::{AuditCursor, AuditExport, AuditFilter};
use crate::service::accounts::audit_asked::AuditAsked;
use crate::service::accounts::caller::Caller;

/// A query of a part of the audit trail, with what else it says. It refuses what it doesn't know, which serde can't where a part of it is flattened.
macro_rules! part_of_trail {
    ($(#[$about:meta])* $name:ident { $($further:tt)* }) => {
        $(#[$about])*
        #[derive(Debug, Default, Deserialize, IntoParams)]
        #[serde(deny_unknown_fields)]
        #[into_params(parameter_in = Query)]
        pub struct $name {
            /// Only entries of this kind, such as `sign_in_failed`; may be given several times: of one of these.
            #[serde(default)]
            #[param(inline, max_items = 20)]
            pub kind: Vec<Code>,
            /// Only by this account or system, by its id.
            #[param(max_length = 64)]
            pub actor: Option<String>,
            /// Only about this, by its id.
            #[param(max_length = 64)]
            pub subject: Option<String>,
            /// Only from this address.
            #[param(max_length = 64)]
            pub address: Option<String>,
            /// Only of this day of the hall's zone or later.
            pub from: Option<NaiveDate>,
            /// Only of this day or earlier.
            pub to: Option<NaiveDate>,
            $($further)*
        }
    };
}

part_of_trail! {
    /// One page of the audit trail; all that is given must hold.
    AuditQuery {
        /// Continue after this entry: the `next` of the previous page.
        #[param(max_length = 64)]
        pub after: Option<String>,
        /// Maximum number of entries.
        #[param(minimum = 1, maximum = 200)]
        pub limit: Option<u32>,
    }
}

part_of_trail! {
    /// Which part of the audit trail is exported; all that is given must hold.
    AuditExportQuery {}
}

/// A page of the audit trail.
#[derive(Debug, Serialize, ToSchema)]
pub struct AuditTrailView {
    /// Newest first.
    pub items: Vec<AuditEntryView>,
    /// `after` of the next page; null on the last page.
    #[schema(required = true)]
    pub next: Option<String>,
}

/// An entry of the audit trail.
#[derive(Debug, Serialize, ToSchema)]
pub struct AuditEntryView {
    /// Its number, in the order of writing.
    pub number: i64,
    /// When.
    pub at: DateTime<Utc>,
    /// What happened.
    pub kind: NamedView,
    /// Who did it.
    pub actor: AuditActorView,
    /// To what; null where it is no one thing.
    #[schema(required = true)]
    pub subject: Option<AuditSubjectView>,
    /// What else is worth knowing.
    pub details: BTreeMap<String, String>,
}

/// Who did something, and from where.
#[derive(Debug, Serialize, ToSchema)]
pub struct AuditActorView {
    /// Account or client id; empty where nobody had signed in.
    pub id: String,
    /// The name as it was then.
    pub name: String,
    /// The address that the call came from.
    #[schema(required = true)]
    pub address: Option<String>,
    /// The operating system's user, for commands.
    #[schema(required = true)]
    pub system_user: Option<String>,
}

/// What an entry is about.
#[derive(Debug, Serialize, ToSchema)]
pub struct AuditSubjectView {
    /// What it is, such as `account`.
    pub kind: String,
    /// Its id.
    pub id: String,
}

fn entry_view(entry: RecordedEntry, language: Language) -> AuditEntryView {
    let kind = NamedView::new(&entry.kind, &entry.kind_words(), language);
    let RecordedEntry { number, at, by, about, details, .. } = entry;
    AuditEntryView {
        number,
        at,
        kind,
        actor: AuditActorView { id: by.id, name: by.name, address: by.address, system_user: by.system_user },
        subject: about.map(|(kind, id)| AuditSubjectView { kind, id }),
        details,
    }
}

/// The audit trail, newest first, a page at a time: sign-ins and failures, tokens given to systems, changes of accounts, settings,
/// editions, prices and calendar, exports, and commands. For auditors. Reading it is an entry, too.
#[utoipa::path(tag = "audit", params(May<ReadTrail>, AuditQuery), responses(Paged<AuditTrailView>, Forbidden))]
#[get("/audit")]
pub(in crate::api) async fn read_audit_trail(
    may: May<ReadTrail>,
    query: Query<AuditQuery>,
) -> Result<Paged<AuditTrailView>, Problem> {
    let (filter, after, limit) = query.checked(|query| checked(&may.service, query))?;
    let page = may.service.audit_trail(&may.caller, filter, after, limit).await?;
    let entries = page.entries.into_iter().map(|entry| entry_view(entry, may.language)).collect();
    let next = page.next.map(AuditCursor::text);
    Ok(Paged { view: AuditTrailView { items: entries, next: next.clone() }, next })
}

/// The audit trail as CSV, newest first, for auditors.
#[utoipa::path(
    operation_id = "export_audit_trail_as_csv",
    tag = "audit",
    params(May<ReadTrail>, AuditExportQuery),
    responses(
        (status = 200, description = "The entries, streamed.", content_type = "text/csv; charset=utf-8", body = String),
        Forbidden,
    )
)]
#[get("/exports/audit.csv")]
pub(in crate::api) async fn audit_trail_as_csv(
    May { service, caller, .. }: May<ReadTrail>,
    query: Query<AuditExportQuery>,
) -> Result<HttpResponse, Problem> {
    exported(&service, &caller, query, Format::Csv).await
}

/// The audit trail as JSON Lines, newest first, for auditors.
#[utoipa::path(
    operation_id = "export_audit_trail_as_json_lines",
    tag = "audit",
    params(May<ReadTrail>, AuditExportQuery),
    responses(
        (status = 200, description = "The entries, one JSON object a line, streamed.",
            content_type = "application/jsonl", body = String),
        Forbidden,
    )
)]
#[get("/exports/audit.jsonl")]
pub(in crate::api) async fn audit_trail_as_json_lines(
    May { service, caller, .. }: May<ReadTrail>,
    query: Query<AuditExportQuery>,
) -> Result<HttpResponse, Problem> {
    exported(&service, &caller, query, Format::JsonLines).await
}

fn checked(service: &Service, query: AuditQuery) -> Result<(AuditFilter, Option<AuditCursor>, i64), Vec<Fault>> {
    let AuditQuery { kind, actor, subject, address, from, to, after, limit } = query;
    let filter = filter(service, AuditExportQuery { kind, actor, subject, address, from, to });
    match (filter, AuditCursor::parse(after.as_deref())) {
        (Ok(filter), Ok(after)) => Ok((filter, after, i64::from(limit.unwrap_or(50)))),
        (filter, after) => Err(filter.err().into_iter().flatten().chain(after.err()).collect()),
    }
}

fn filter(service: &Service, query: AuditExportQuery) -> Result<AuditFilter, Vec<Fault>> {
    let AuditExportQuery { kind, actor, subject, address, from, to } = query;
    let (actors, subjects) = (actor.into_iter().collect(), subject.into_iter().collect());
    AuditAsked { kinds: Code::texts(kind), actors, subjects, address, from, to }.filter(service.hall())
}

/// As what the trail is exported.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Format {
    Csv,
    JsonLines,
}

impl Format {
    fn headers(self) -> [(header::HeaderName, &'static str); 2] {
        let (kind, disposition) = match self {
            Self::Csv => ("text/csv; charset=utf-8", "attachment; filename=\"audit.csv\""),
            Self::JsonLines => ("application/jsonl", "attachment; filename=\"audit.jsonl\""),
        };
        [(header::CONTENT_TYPE, kind), (header::CONTENT_DISPOSITION, disposition)]
    }

    fn start(self) -> io::Result<Vec<u8>> {
        match self {
            Self::Csv => audit::csv_header(),
            Self::JsonLines => Ok(Vec::new()),
        }
    }

    fn part(self, entries: &[RecordedEntry], zone: Tz) -> io::Result<Vec<u8>> {
        match self {
            Self::Csv => audit::csv_rows(entries, zone),
            Self::JsonLines => Ok(audit::json_lines(entries)),
        }
    }
}

struct Source {
    export: AuditExport,
    format: Format,
    zone: Tz,
}

impl Parts for Source {
    async fn read(mut self) -> io::Result<(Bytes, Option<Self>)> {
        let entries = self.export.next().await.map_err(|error| {
            tracing::error!(%error, "an export of the audit trail was interrupted");
            io::Error::other(error.to_string())
        })?;
        let Some(entries) = entries else { return Ok((Bytes::new(), None)) };
        let part = self.format.part(&entries, self.zone)?;
        Ok((part.into(), Some(self)))
    }
}

async fn exported(
    service: &Service,
    caller: &Caller,
    query: Query<AuditExportQuery>,
    format: Format,
) -> Result<HttpResponse, Problem> {
    let filter = query.checked(|query| filter(service, query))?;
    let export = service.audit_export(caller, filter).await?;
    let source = Source { export, format, zone: service.hall().hours.zone };
    let mut start = format.start().map_err(Problem::internal)?;
    let (first, source) = source.read().await.map_err(Problem::internal)?;
    start.extend(first);
    let mut answer = HttpResponse::Ok();
    for named in format.headers() {
        answer.insert_header(named);
    }
    Ok(answer.body(Streamed::new(start, source)))
}
