//! The trail as a file: the same as the API's exports, for whoever is signed in by a browser.

use actix_web::HttpResponse;
use actix_web::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use actix_web::web::{Bytes, Path, Query};
use chrono_tz::Tz;
use futures_util::stream::{self, Stream};

use super::asked::AuditQuery;
use crate::console::page::visitor::Visitor;
use crate::formats::audit;
use crate::http::problem::{Problem, kinds};
use crate::service::accounts::audit::AuditExport;

/// As what the trail is taken.
#[derive(Debug, Clone, Copy)]
enum Format {
    Csv,
    JsonLines,
}

/// Where the parts of the file come from.
struct Source {
    export: AuditExport,
    format: Format,
    zone: Tz,
}

impl Source {
    /// What has been read already, and then the parts one by one.
    fn after(self, start: Vec<u8>) -> impl Stream<Item = std::io::Result<Bytes>> {
        stream::unfold((Some(start), self), |(ready, mut source)| async move {
            let part = match ready {
                Some(ready) => Ok(Some(ready)),
                None => source.part().await,
            };
            part.transpose().map(|part| (part.map(Bytes::from), (None, source)))
        })
    }

    /// The next part; none: that was all.
    async fn part(&mut self) -> std::io::Result<Option<Vec<u8>>> {
        let entries = self.export.next().await.map_err(|error| {
            tracing::error!(%error, "an export of the audit trail was interrupted");
            std::io::Error::other(error.to_string())
        })?;
        let Some(entries) = entries else { return Ok(None) };
        Ok(Some(match self.format {
            Format::Csv => audit::csv_rows(&entries, self.zone)?,
            Format::JsonLines => audit::json_lines(&entries),
        }))
    }
}

/// The file `audit.csv` or `audit.jsonl`, read while it is sent. What fails before the first part is a refusal like any other.
pub(in crate::console) async fn take(
    visitor: Visitor,
    file: Path<String>,
    query: Query<AuditQuery>,
) -> Result<HttpResponse, Problem> {
    let (format, media_type, start) = match file.as_str() {
        "audit.csv" => (Format::Csv, "text/csv; charset=utf-8", audit::csv_header()),
        "audit.jsonl" => (Format::JsonLines, "application/jsonl", Ok(Vec::new())),
        _ => return Err(Problem::of(&kinds::NOT_FOUND)),
    };
    visitor.service.may_audit(&visitor.caller)?;
    let export = visitor.service.audit_export(&visitor.caller, query.filter(&visitor).await?).await?;
    let mut source = Source { export, format, zone: visitor.service.hall().hours.zone };
    let mut start = start.map_err(Problem::internal)?;
    start.extend(source.part().await.map_err(Problem::internal)?.unwrap_or_default());
    let name = format!("attachment; filename=\"{file}\"");
    let mut answer = HttpResponse::Ok();
    answer.insert_header((CONTENT_TYPE, media_type)).insert_header((CONTENT_DISPOSITION, name));
    Ok(answer.streaming(Box::pin(source.after(start))))
}
