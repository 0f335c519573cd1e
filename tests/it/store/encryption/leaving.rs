//! What leaves a hall beside its database: exports, reports, lists, the feed, printed papers, backups.

use std::path::Path;

use calamine::{Data, Reader, Xlsx};
use casehall::domain::reports::query::ReportName;

use super::at_rest::Staff;
use crate::evidence::backups::forging::unpacked;
use crate::evidence::backups::private_keys::files;
use crate::hall::visitor::Visitor;
use crate::program::run;

/// What supervisors, auditors and systems take away, each with its address.
pub(super) async fn taken(
    supervisor: &Staff,
    auditor: &Staff,
    portal: &Staff,
    webhook: &str,
) -> Vec<(String, Vec<u8>)> {
    let mut asked: Vec<(&Staff, String)> = Vec::new();
    for path in
        ["/exports/event-log.xes", "/exports/event-log.csv", "/cases?limit=200", "/certificates?limit=200", "/board"]
    {
        asked.push((supervisor, path.to_owned()));
    }
    for path in ["/exports/audit.csv", "/exports/audit.jsonl", "/audit?limit=200"] {
        asked.push((auditor, path.to_owned()));
    }
    for report in ReportName::CODES {
        asked.extend(["json", "csv", "xlsx"].map(|format| (supervisor, format!("/reports/{report}?format={format}"))));
    }
    for path in ["", "/attempts?limit=200"] {
        asked.push((portal, format!("/webhooks/{webhook}{path}")));
    }
    let mut all = Vec::new();
    for (who, path) in asked {
        let (_, bytes) = read(who, &path).await;
        let is_packed = path.ends_with("xlsx");
        all.push((path, if is_packed { cells(&bytes).into_bytes() } else { bytes }));
    }
    for who in [supervisor, portal] {
        let mut path = Some("/events?limit=200".to_owned());
        while let Some(page) = path {
            let (next, bytes) = read(who, &page).await;
            all.push((page, bytes));
            path = next;
        }
    }
    all.push(("the stream of events".to_owned(), streamed(portal).await));
    all
}

/// An answer, and the path of the next page.
async fn read(who: &Staff, path: &str) -> (Option<String>, Vec<u8>) {
    let answer = who.get(path).send().await.unwrap();
    assert_eq!(answer.status(), 200, "{path}");
    let link = answer.headers().get("Link").and_then(|link| link.to_str().unwrap().strip_suffix(">; rel=\"next\""));
    let next = link.and_then(|link| link.strip_prefix("</api/v1")).map(str::to_owned);
    (next, answer.bytes().await.unwrap().to_vec())
}

/// The first two hundred events as they are sent while they happen.
async fn streamed(who: &Staff) -> Vec<u8> {
    let (_, page) = read(who, "/events?limit=1").await;
    let first: serde_json::Value = serde_json::from_slice(&page).unwrap();
    let request = who.get("/events").header("Accept", "text/event-stream");
    let mut answer = request.header("Last-Event-ID", first["items"][0]["id"].as_str().unwrap()).send().await.unwrap();
    let mut bytes = Vec::new();
    while bytes.windows(6).filter(|part| *part == b"\ndata:").count() < 50 {
        bytes.extend(answer.chunk().await.unwrap().expect("more events"));
    }
    bytes
}

/// What stands in a spreadsheet.
fn cells(bytes: &[u8]) -> String {
    let mut workbook: Xlsx<_> = calamine::open_workbook_from_rs(std::io::Cursor::new(bytes)).unwrap();
    let sheets = workbook.worksheets();
    let rows = sheets.iter().flat_map(|(_, sheet)| sheet.rows());
    rows.map(|row| row.iter().map(Data::to_string).collect::<Vec<_>>().join("\t")).collect::<Vec<_>>().join("\n")
}

/// Every paper that some cases offer, as it is looked at, printed, and printed again.
pub(super) async fn papers(base: &str, cases: &[String]) -> Vec<u8> {
    let clerk = Visitor::signed_in(base, "the-clerk").await;
    let mut pages = String::new();
    for case in cases {
        let offered = clerk.get(&format!("/console/cases/{case}/prints")).await.attributes("tbody a", "href");
        assert!(offered.len() > 3, "{offered:?}");
        for address in offered {
            let preview = clerk.get(&address).await;
            let printed = clerk.submit(&preview, &address, &[]).await;
            let again = clerk.submit(&printed, &address, &[]).await;
            for page in [preview, printed, again] {
                assert_eq!(page.status, 200, "{address}");
                pages += &page.html;
            }
        }
    }
    pages.into_bytes()
}

/// The files of two backups that the command makes beside the working hall, with the keys and without them; a dump of PostgreSQL unpacked.
pub(super) fn backups(home: &Path, variables: &[(&str, &str)], suite: &str) -> Vec<(String, Vec<u8>)> {
    let mut all = Vec::new();
    for keys in ["included", "apart"] {
        let directory = format!("kept-{suite}-{keys}");
        let made = run(home, &["backup", &directory, "--keys", keys], variables, "");
        assert_eq!(made.code, Some(0), "{}", made.err);
        let files = files(&home.join(&directory));
        assert!(files.len() >= 3, "{files:?}");
        all.extend(files.into_iter().map(|file| {
            let bytes = if file.ends_with("casehall.dump") { unpacked(&file) } else { std::fs::read(&file).unwrap() };
            (file.display().to_string(), bytes)
        }));
    }
    all
}
