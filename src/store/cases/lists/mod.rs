//! Lists of cases: filtered, in an order, a page at a time.
//!
//! Cast: here is what a filter lets through; [`walk`] puts it in order and cuts it into pages.

mod instant;
#[cfg(test)]
mod tests;
mod walk;

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use uuid::Uuid;

use self::instant::Instant;
use super::names::{like_organization, like_person};
use super::rows::Ledger;
use crate::domain::accounts::actor::Reach;
use crate::domain::calendar::span::Span;
use crate::domain::cases::event::Assignee;
use crate::store::engine::connection::{on_backend, within};
use crate::store::engine::error::StoreError;
use crate::store::engine::name_parts::{Among, Field, Searchable};
use crate::store::engine::schema::cases;
use crate::store::engine::tx::{Tx, from_json, parse_uuid};

pub use self::walk::{Bounds, CaseCursor, CaseOrder, list_within};

/// Which cases are asked for; every field narrows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CaseFilter {
    /// Of one of these outlets; of any where there is none.
    pub outlets: Vec<String>,
    /// Submitted by this client.
    pub client_id: Option<String>,
    /// In one of these states; in any where there is none.
    pub states: Vec<String>,
    /// Of one of these case types; of any where there is none.
    pub case_types: Vec<String>,
    /// Of this organization, by its organization code.
    pub organization_code: Option<String>,
    /// With this in the organization's name, as a search key.
    pub name: Option<String>,
    /// With this in the name of the applicant, the agent or the certificate contact, as a search key.
    pub person: Option<String>,
    /// About this certificate.
    pub certificate_serial: Option<String>,
    /// What whoever opened it calls it.
    pub reference: Option<String>,
    /// With all of these pairs of metadata, key and value with a colon between.
    pub metadata: Vec<String>,
    /// Ended or not.
    pub closed: Option<bool>,
    /// Whether a running limit is before this instant or not.
    pub overdue: Option<(bool, DateTime<Utc>)>,
    /// Opened then.
    pub opened: Span,
    /// Ended then.
    pub closed_in: Span,
    /// With a running limit that is then.
    pub limit: Span,
    /// Changed last then.
    pub updated: Span,
}

impl CaseFilter {
    /// The same within somebody's reach; none where it asks for another outlet's.
    pub fn within(mut self, reach: Reach<'_>) -> Option<Self> {
        match reach {
            Reach::Hall => {}
            Reach::Client(id) => self.client_id = Some(id.to_owned()),
            Reach::Outlet(own) if !self.outlets.is_empty() && !self.outlets.iter().any(|asked| asked == own) => {
                return None;
            }
            Reach::Outlet(own) => self.outlets = vec![own.to_owned()],
        }
        Some(self)
    }

    /// Whether it searches for something by what it is called.
    pub fn is_searched(&self) -> bool {
        !self.names().is_empty() || !self.wholes().is_empty()
    }

    /// Whether it asks for what is overdue.
    fn is_overdue(&self) -> bool {
        self.overdue.is_some_and(|(overdue, _)| overdue)
    }

    /// Whether an index has what it lets through, and nothing else, in the order of receipt.
    fn has_index(&self) -> bool {
        let Self { outlets, states, case_types, closed, client_id, .. } = self;
        let is_one = [outlets, states, case_types].iter().all(|codes| codes.len() <= 1);
        let beside = Self {
            outlets: Vec::new(),
            states: Vec::new(),
            case_types: Vec::new(),
            closed: None,
            client_id: None,
            ..self.clone()
        };
        let is_asked =
            [!outlets.is_empty(), !states.is_empty(), !case_types.is_empty(), closed.is_some(), client_id.is_some()];
        let is_served = match is_asked {
            [true, true, ..] => !is_asked[2..].contains(&true),
            _ => is_asked.iter().filter(|asked| **asked).count() <= 1,
        };
        is_one && is_served && beside == Self::default()
    }

    /// Whether what it lets through may lie far apart among the newest: no index has it in that order.
    fn is_spread(&self) -> bool {
        let spans = [self.opened, self.closed_in, self.limit, self.updated];
        let several = [&self.outlets, &self.states, &self.case_types];
        spans.iter().any(|span| *span != Span::ALWAYS) || several.iter().any(|codes| codes.len() > 1)
    }
}

/// Which part of a listing is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CasePage {
    /// In this order; what is searched for by what it is called comes the newest first.
    pub order: CaseOrder,
    /// Only what comes behind this.
    pub after: Option<CaseCursor>,
    /// At most this many.
    pub limit: i64,
}

impl CasePage {
    /// So many of the newest.
    pub fn newest(limit: i64) -> Self {
        Self { order: CaseOrder::NewestFirst, after: None, limit }
    }
}

/// A page of cases.
#[derive(Debug, Clone, Default)]
pub struct CaseListing {
    /// The cases in their order. Where much had to be looked at, fewer than asked for, or none, though others follow.
    pub cases: Vec<CaseSummary>,
    /// Where the next page starts, if there is one.
    pub next: Option<CaseCursor>,
}

/// A case in a list.
#[derive(Debug, Clone)]
pub struct CaseSummary {
    /// Its id.
    pub id: Uuid,
    /// Its number.
    pub acceptance_number: String,
    /// Code of its case type.
    pub case_type: String,
    /// Edition of its case type.
    pub edition: i32,
    /// Code and edition of its workflow.
    pub workflow: (String, i32),
    /// Code of its state.
    pub state: String,
    /// Its version.
    pub version: i64,
    /// Its outlet.
    pub outlet: String,
    /// The organization's code.
    pub organization_code: String,
    /// The organization's name.
    pub organization_name: String,
    /// The certificate's serial.
    pub certificate_serial: Option<String>,
    /// When it was opened.
    pub opened_at: DateTime<Utc>,
    /// When it last changed.
    pub updated_at: DateTime<Utc>,
    /// When it ended.
    pub closed_at: Option<DateTime<Utc>>,
    /// From when the certificate should be ready, while the deadline runs.
    pub ready_from: Option<DateTime<Utc>>,
    /// The limit, while the deadline runs.
    pub limit_at: Option<DateTime<Utc>>,
    /// Since when the deadline stands still.
    pub paused_since: Option<DateTime<Utc>>,
    /// A date reaches into a year without a notice, and may move.
    pub provisional: bool,
    /// Who works on it.
    pub assignee: Option<Assignee>,
    /// Since when its certificate waits to be handed over.
    pub uncollected_since: Option<DateTime<Utc>>,
    /// When the first promise ends whose document isn't there yet.
    pub commitment_due: Option<DateTime<Utc>>,
    /// The box in which its medium waits.
    pub box_number: Option<String>,
    /// When its deadline stood still, by how much its limit was extended, and what whoever opened it calls it.
    pub ledger: Ledger,
    /// By which work lists are ordered.
    pub work_by: DateTime<Utc>,
}

/// The columns of a row in a list.
#[derive(Queryable, Selectable)]
#[diesel(table_name = cases)]
pub(in crate::store) struct SummaryRow {
    id: String,
    acceptance_number: String,
    case_type: String,
    edition: i32,
    workflow: String,
    workflow_edition: i32,
    state: String,
    version: i64,
    outlet: String,
    organization_code: String,
    organization_name: String,
    certificate_serial: Option<String>,
    opened_at: Instant,
    updated_at: Instant,
    closed_at: Option<Instant>,
    ready_from: Option<Instant>,
    limit_at: Option<Instant>,
    paused_since: Option<Instant>,
    provisional: bool,
    assignee: Option<String>,
    assignee_name: Option<String>,
    uncollected_since: Option<Instant>,
    commitment_due: Option<Instant>,
    box_number: Option<String>,
    ledger: Option<String>,
    work_by: Instant,
}

/// A page of cases.
///
/// # Errors
/// The database's.
pub fn list(tx: &mut Tx<'_>, filter: &CaseFilter, page: &CasePage) -> Result<CaseListing, StoreError> {
    walk::list_within(tx, filter, page, walk::BOUNDS)
}

impl Searchable for CaseFilter {
    type Row = CaseSummary;

    fn names(&self) -> Vec<(Field, &str)> {
        let names = [(Field::Organization, &self.name), (Field::Person, &self.person)];
        names.into_iter().filter_map(|(field, key)| Some((field, key.as_deref()?))).collect()
    }

    fn wholes(&self) -> Vec<(Field, String)> {
        let reference = self.reference.iter().map(|reference| (Field::Reference, reference.clone()));
        reference.chain(self.metadata.iter().map(|pair| (Field::Metadata, pair.clone()))).collect()
    }

    fn is_sparse(&self) -> bool {
        self.is_spread()
    }

    fn has_short_way(&self) -> bool {
        self.organization_code.is_some() || self.certificate_serial.is_some()
    }

    fn rows(&self, tx: &mut Tx<'_>, among: Among<'_>, limit: i64) -> Result<Vec<CaseSummary>, StoreError> {
        cases_of(tx, self, among, limit)
    }

    fn last_of(&self, tx: &mut Tx<'_>, after: Option<&str>, many: i64) -> Result<Option<String>, StoreError> {
        Ok(on_backend!(tx, |connection| {
            let mut query = cases::table.select(cases::id).into_boxed();
            if let Some(after) = after {
                query = query.filter(cases::id.lt(after));
            }
            query.order(cases::id.desc()).offset(many - 1).limit(1).first(connection).optional()
        })?)
    }

    fn id(case: &CaseSummary) -> Uuid {
        case.id
    }
}

/// So many cases that a filter lets through, newest first; whoever asks has looked for its labels.
fn cases_of(
    tx: &mut Tx<'_>,
    filter: &CaseFilter,
    among: Among<'_>,
    limit: i64,
) -> Result<Vec<CaseSummary>, StoreError> {
    let (name, person) = (filter.name.as_deref().map(like_organization), filter.person.as_deref().map(like_person));
    let rows: Vec<SummaryRow> = on_backend!(tx, |connection| {
        let mut query = cases::table.into_boxed();
        query = match filter.outlets.as_slice() {
            [] => query,
            [outlet] => query.filter(cases::outlet.eq(outlet)),
            several => query.filter(cases::outlet.eq_any(several)),
        };
        if let Some(client_id) = &filter.client_id {
            query = query.filter(cases::client_id.eq(client_id));
        }
        query = match filter.states.as_slice() {
            [] => query,
            [state] => query.filter(cases::state.eq(state)),
            several => query.filter(cases::state.eq_any(several)),
        };
        query = match filter.case_types.as_slice() {
            [] => query,
            [case_type] => query.filter(cases::case_type.eq(case_type)),
            several => query.filter(cases::case_type.eq_any(several)),
        };
        if let Some(organization_code) = &filter.organization_code {
            query = query.filter(cases::organization_code.eq(organization_code));
        }
        if let Some(serial) = &filter.certificate_serial {
            query = query.filter(cases::certificate_serial.eq(serial));
        }
        query = match filter.closed {
            Some(true) => query.filter(cases::closed_at.is_not_null()),
            Some(false) => query.filter(cases::closed_at.is_null()),
            None => query,
        };
        query = match filter.overdue.map(|(overdue, now)| (overdue, now.naive_utc())) {
            Some((true, now)) => query.filter(cases::limit_at.lt(now)), // only a running deadline has one
            Some((false, now)) => query.filter(cases::limit_at.is_null().or(cases::limit_at.ge(now))),
            None => query,
        };
        within!(query, cases::opened_at, filter.opened);
        within!(query, cases::closed_at, filter.closed_in);
        within!(query, cases::limit_at, filter.limit);
        within!(query, cases::updated_at, filter.updated);
        if let Some(name) = &name {
            query = query.filter(cases::names_key.like(name).escape('\\'));
        }
        if let Some(person) = &person {
            query = query.filter(cases::names_key.like(person).escape('\\'));
        }
        match among {
            Among::Ids(ids) => query = query.filter(cases::id.eq_any(ids)),
            Among::Range { after, oldest } => {
                if let Some(after) = after {
                    query = query.filter(cases::id.lt(after));
                }
                if let Some(oldest) = oldest {
                    query = query.filter(cases::id.ge(oldest));
                }
            }
        }
        query.select(SummaryRow::as_select()).order(cases::id.desc()).limit(limit).load(connection)
    })?;
    rows.into_iter().map(CaseSummary::try_from).collect()
}

impl TryFrom<SummaryRow> for CaseSummary {
    type Error = StoreError;

    fn try_from(row: SummaryRow) -> Result<Self, StoreError> {
        let utc = |at: Option<Instant>| at.map(|Instant(at)| at);
        let name = row.assignee_name.unwrap_or_default();
        Ok(Self {
            id: parse_uuid(&row.id)?,
            acceptance_number: row.acceptance_number,
            case_type: row.case_type,
            edition: row.edition,
            workflow: (row.workflow, row.workflow_edition),
            state: row.state,
            version: row.version,
            outlet: row.outlet,
            organization_code: row.organization_code,
            organization_name: row.organization_name,
            certificate_serial: row.certificate_serial,
            opened_at: row.opened_at.0,
            updated_at: row.updated_at.0,
            closed_at: utc(row.closed_at),
            ready_from: utc(row.ready_from),
            limit_at: utc(row.limit_at),
            paused_since: utc(row.paused_since),
            provisional: row.provisional,
            assignee: row.assignee.map(|id| Assignee { id, name }),
            uncollected_since: utc(row.uncollected_since),
            commitment_due: utc(row.commitment_due),
            box_number: row.box_number,
            ledger: row.ledger.as_deref().map(from_json).transpose()?.unwrap_or_default(),
            work_by: row.work_by.0,
        })
    }
}
