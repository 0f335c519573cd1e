//! Work lists: pages in working order; `counts` counts them.
//!
//! Guarantee: each list is one range of one index, for an outlet and for the whole hall, so what a page costs
//! depends on the page, never on how many cases there are; so is what was opened in a time. What stood on a list at an
//! instant, costs by those that left it since and those that are there; what happened on some days by the cases of those days.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::{Bool, Date, Text, Timestamp};
use serde::Deserialize;
use serde::de::IgnoredAny;
use uuid::Uuid;

use super::lists::{CaseSummary, SummaryRow};
use crate::domain::case_types::codes::Queue;
use crate::domain::reports::board::happened::{Happened, Happening};
use crate::domain::reports::facts::FactKind;
use crate::store::engine::connection::on_backend;
use crate::store::engine::error::StoreError;
use crate::store::engine::schema::{cases, notice_defects, report_facts};
use crate::store::engine::tx::{Tx, from_json, parse_uuid};

/// Which cases wait for what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Waiting {
    /// On a work list, by when the work is due.
    On(Queue),
    /// Those with a running limit from an instant on and before another, by their limit.
    Limits(DateTime<Utc>, DateTime<Utc>),
    /// Those whose deadline stands still, the longest first.
    Paused,
    /// Those with a certificate to be collected, the longest made first.
    Uncollected,
    /// Those with a promise that ended before an instant, the earliest first.
    Promised(DateTime<Utc>),
    /// Open and nobody's, by when the work is due.
    Unassigned,
    /// Open and this person's, by when the work is due.
    Of(String),
    /// Open and received from an instant on and before another, the longest open first.
    Opened(DateTime<Utc>, DateTime<Utc>),
    /// Those to which something happened, ended ones too, the earliest received first.
    Happened(Happening),
    /// Those that were on a work list at an instant, ended ones too, the earliest received first.
    StoodAt(Queue, DateTime<Utc>),
}

impl Waiting {
    /// What a case is ordered by among them.
    pub fn ordered_by(&self, case: &CaseSummary) -> DateTime<Utc> {
        let at = match self {
            Self::On(_) | Self::Unassigned | Self::Of(_) => None,
            Self::Limits(..) => case.limit_at,
            Self::Paused => case.paused_since,
            Self::Uncollected => case.uncollected_since,
            Self::Promised(_) => case.commitment_due,
            Self::Opened(..) | Self::Happened(_) | Self::StoodAt(..) => Some(case.opened_at),
        };
        at.unwrap_or(case.work_by)
    }
}

/// Which of them are meant; every field narrows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Selection {
    /// Of this outlet.
    pub outlet: Option<String>,
    /// Of this case type.
    pub case_type: Option<String>,
    /// Assigned to this person.
    pub person: Option<String>,
    /// In this state.
    pub state: Option<String>,
}

/// Where a page goes on: after the case with this time and id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cursor {
    /// What it is ordered by.
    pub at: DateTime<Utc>,
    /// Its id.
    pub id: Uuid,
}

/// How far the papers of a case are: rows of its check sheet that were looked at, and notices that were given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Progress {
    /// Rows that were looked at.
    pub checked: usize,
    /// Notices that were given.
    pub notices: usize,
}

/// How far some cases are; of the rest of what they say nothing is read.
///
/// # Errors
/// The database's.
pub fn progress(tx: &mut Tx<'_>, ids: &[Uuid]) -> Result<BTreeMap<Uuid, Progress>, StoreError> {
    #[derive(Deserialize)]
    struct Papers {
        checks: BTreeMap<String, IgnoredAny>,
        notices: Vec<IgnoredAny>,
    }
    let ids: Vec<String> = ids.iter().map(Uuid::to_string).collect();
    let found: Vec<(String, String)> = on_backend!(tx, |connection| {
        cases::table.filter(cases::id.eq_any(&ids)).select((cases::id, cases::document)).load(connection)
    })?;
    let read = |(id, document): (String, String)| {
        let papers: Papers = from_json(&document)?;
        Ok((parse_uuid(&id)?, Progress { checked: papers.checks.len(), notices: papers.notices.len() }))
    };
    found.into_iter().map(read).collect()
}

/// A page of cases.
///
/// # Errors
/// The database's.
pub fn page(
    tx: &mut Tx<'_>,
    waiting: &Waiting,
    selection: &Selection,
    after: Option<Cursor>,
    most: i64,
) -> Result<Vec<CaseSummary>, StoreError> {
    if !matches!(waiting, Waiting::Opened(..)) {
        return page_on(tx, (waiting, None), selection, after, most);
    }
    // An index has the open cases by list and receipt: the first of each list are the first of all, and no more is read.
    let mut found = Vec::new();
    for queue in Queue::ALL {
        found.extend(page_on(tx, (waiting, Some(queue)), selection, after, most)?);
    }
    found.sort_unstable_by_key(|case| (case.opened_at, case.id));
    found.truncate(usize::try_from(most).unwrap_or(usize::MAX));
    Ok(found)
}

fn page_on(
    tx: &mut Tx<'_>,
    (waiting, queue): (&Waiting, Option<Queue>),
    selection: &Selection,
    after: Option<Cursor>,
    most: i64,
) -> Result<Vec<CaseSummary>, StoreError> {
    let after = after.map(|after| (after.at.naive_utc(), after.id.to_string()));
    // Compared as one value, the two are one range of the index, however many cases share an instant.
    macro_rules! in_order_of {
        ($query:ident, $column:expr, $name:literal) => {{
            $query = $query.order(($column, cases::id));
            if let Some((at, id)) = &after {
                let later = sql::<Bool>(concat!("(", $name, ", id) > (")).bind::<Timestamp, _>(*at);
                $query = $query.filter(later.sql(", ").bind::<Text, _>(id.clone()).sql(")"));
            }
        }};
    }
    let rows: Vec<SummaryRow> = on_backend!(tx, |connection| {
        let mut query = cases::table.select(SummaryRow::as_select()).limit(most).into_boxed();
        if let Some(queue) = queue {
            query = query.filter(cases::queue.eq(queue.code()));
        }
        if let Some(outlet) = &selection.outlet {
            query = query.filter(cases::outlet.eq(outlet));
        }
        if let Some(case_type) = &selection.case_type {
            query = query.filter(cases::case_type.eq(case_type));
        }
        if let Some(person) = &selection.person {
            query = query.filter(cases::assignee.eq(person));
        }
        if let Some(state) = &selection.state {
            query = query.filter(cases::state.eq(state));
        }
        match waiting {
            Waiting::On(queue) => {
                query = query.filter(cases::queue.eq(queue.code()));
                in_order_of!(query, cases::work_by, "work_by");
            }
            Waiting::Limits(from, to) => {
                let (from, to) = (from.naive_utc(), to.naive_utc());
                query = query.filter(cases::limit_at.ge(from)).filter(cases::limit_at.lt(to));
                in_order_of!(query, cases::limit_at, "limit_at");
            }
            Waiting::Paused => {
                query = query.filter(cases::paused_since.is_not_null());
                in_order_of!(query, cases::paused_since, "paused_since");
            }
            Waiting::Uncollected => {
                query = query.filter(cases::uncollected_since.is_not_null());
                in_order_of!(query, cases::uncollected_since, "uncollected_since");
            }
            Waiting::Promised(before) => {
                query = query.filter(cases::commitment_due.lt(before.naive_utc()));
                in_order_of!(query, cases::commitment_due, "commitment_due");
            }
            Waiting::Unassigned => {
                query = query.filter(cases::assignee.is_null()).filter(cases::queue.is_not_null());
                in_order_of!(query, cases::work_by, "work_by");
            }
            Waiting::Of(person) => {
                query = query.filter(cases::assignee.eq(person)).filter(cases::queue.is_not_null());
                in_order_of!(query, cases::work_by, "work_by");
            }
            Waiting::Opened(from, to) => {
                let (from, to) = (from.naive_utc(), to.naive_utc());
                query = query.filter(cases::opened_at.ge(from)).filter(cases::opened_at.lt(to));
                query = query.filter(cases::queue.is_not_null());
                in_order_of!(query, cases::opened_at, "opened_at");
            }
            Waiting::Happened(happening) => {
                query = match &happening.what {
                    Happened::Lacked { document, defect } => {
                        let named = notice_defects::table
                            .filter(notice_defects::day.between(happening.on.from, happening.on.to))
                            .filter(notice_defects::document.eq(document))
                            .filter(notice_defects::defect.eq(defect));
                        query.filter(cases::id.eq_any(named.select(notice_defects::case_id)))
                    }
                    what => {
                        let (kind, papers) = fact(what);
                        let facts = report_facts::table
                            .filter(report_facts::kind.eq(kind.code()))
                            .filter(report_facts::day.between(happening.on.from, happening.on.to))
                            .filter(sql::<Bool>(papers));
                        query.filter(cases::id.eq_any(facts.select(report_facts::case_id)))
                    }
                };
                in_order_of!(query, cases::opened_at, "opened_at");
            }
            Waiting::StoodAt(queue, at) => {
                let (queue, at) = (queue.code(), at.naive_utc());
                // Of those that have left a list since, the first that they left says where they stood; the others stand there still.
                let left = |case: &str| {
                    format!(
                        "SELECT 1 FROM report_facts e WHERE e.case_id = {case} AND e.queue IS NOT NULL AND e.kind = 'left'"
                    )
                };
                let stood = sql::<Bool>(
                    "cases.id IN (SELECT m.case_id FROM report_facts m WHERE m.kind = 'left' AND m.day >= ",
                )
                // A fact's day is that of the hall's zone, which is less than a day from UTC.
                .bind::<Date, _>(at.date().pred_opt().unwrap_or(at.date()))
                .sql(" AND m.queue = ")
                .bind::<Text, _>(queue)
                .sql(" AND m.at >= ")
                .bind::<Timestamp, _>(at)
                .sql(&format!(" AND NOT EXISTS ({} AND e.sequence < m.sequence AND e.at >= ", left("m.case_id")))
                .bind::<Timestamp, _>(at)
                .sql(") UNION ALL SELECT c.id FROM cases c WHERE c.queue = ")
                .bind::<Text, _>(queue)
                .sql(&format!(" AND NOT EXISTS ({} AND e.at >= ", left("c.id")))
                .bind::<Timestamp, _>(at)
                .sql("))");
                query = query.filter(cases::opened_at.lt(at)).filter(stood);
                in_order_of!(query, cases::opened_at, "opened_at");
            }
        }
        query.load(connection)
    })?;
    rows.into_iter().map(CaseSummary::try_from).collect()
}

/// The report fact by which something happened, and what else holds of it.
fn fact(what: &Happened) -> (FactKind, &'static str) {
    match what {
        Happened::Made => (FactKind::Made, "TRUE"),
        Happened::AtFirstPass => (FactKind::Accepted, "notices = 0"),
        Happened::AfterNotice => (FactKind::Accepted, "notices > 0"),
        Happened::Ended => (FactKind::Closed, "TRUE"),
        Happened::Lacked { .. } => (FactKind::Notice, "TRUE"),
    }
}
