//! Rows as the service wrote them, to be copied under other keys.

use diesel::prelude::*;

use crate::schema::{cases, data_keys, events, name_parts, person_keys, report_facts};

/// A row of `cases`.
#[derive(Debug, Clone, Queryable, Insertable)]
#[diesel(table_name = cases, treat_none_as_default_value = false)]
pub(crate) struct CaseRow {
    pub(crate) id: String,
    pub(crate) acceptance_number: String,
    pub(crate) case_type: String,
    pub(crate) edition: i32,
    pub(crate) workflow: String,
    pub(crate) workflow_edition: i32,
    pub(crate) state: String,
    pub(crate) version: i64,
    pub(crate) outlet: String,
    pub(crate) organization_code: String,
    pub(crate) organization_name: String,
    pub(crate) certificate_serial: Option<String>,
    pub(crate) opened_by: String,
    pub(crate) client_id: Option<String>,
    pub(crate) opened_at: chrono::NaiveDateTime,
    pub(crate) updated_at: chrono::NaiveDateTime,
    pub(crate) closed_at: Option<chrono::NaiveDateTime>,
    pub(crate) ready_from: Option<chrono::NaiveDateTime>,
    pub(crate) limit_at: Option<chrono::NaiveDateTime>,
    pub(crate) paused_since: Option<chrono::NaiveDateTime>,
    pub(crate) provisional: bool,
    pub(crate) work_by: chrono::NaiveDateTime,
    pub(crate) queue: Option<String>,
    pub(crate) assignee: Option<String>,
    pub(crate) assignee_name: Option<String>,
    pub(crate) uncollected_since: Option<chrono::NaiveDateTime>,
    pub(crate) commitment_due: Option<chrono::NaiveDateTime>,
    pub(crate) box_number: Option<String>,
    pub(crate) look_at: Option<chrono::NaiveDateTime>,
    pub(crate) ledger: Option<String>,
    pub(crate) document: String,
    pub(crate) names_key: Option<String>,
}

/// A row of `events`.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = events, treat_none_as_default_value = false)]
pub(crate) struct EventRow {
    pub(crate) subject_kind: String,
    pub(crate) subject_id: String,
    pub(crate) sequence: i64,
    pub(crate) kind: String,
    pub(crate) at: chrono::NaiveDateTime,
    pub(crate) actor_id: String,
    pub(crate) actor_name: String,
    pub(crate) action: String,
    pub(crate) data: String,
    pub(crate) hash: Option<Vec<u8>>,
}

/// A row of `person_keys`, as far as a new one has anything.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = person_keys)]
pub(crate) struct KeyRow {
    pub(crate) suite: String,
    pub(crate) wrapped: Option<String>,
    pub(crate) data_key: Option<String>,
}

/// A row of `data_keys`.
#[derive(Debug, Clone, Queryable, Insertable)]
#[diesel(table_name = data_keys)]
pub(crate) struct DataKeyRow {
    id: String,
    suite: String,
    check_value: String,
    in_force: bool,
}

/// A row of `name_parts`.
#[derive(Debug, Clone, Queryable, Insertable)]
#[diesel(table_name = name_parts)]
pub(crate) struct PartRow {
    pub(crate) field: String,
    pub(crate) part: String,
    pub(crate) subject_id: String,
}

/// A row of `report_facts`.
#[derive(Debug, Clone, Queryable, Insertable)]
#[diesel(table_name = report_facts, treat_none_as_default_value = false)]
pub(crate) struct FactRow {
    kind: String,
    pub(crate) day: chrono::NaiveDate,
    pub(crate) case_id: String,
    sequence: i64,
    at: chrono::NaiveDateTime,
    outlet: String,
    case_type: String,
    actor_id: String,
    workflow: Option<String>,
    place: Option<String>,
    queue: Option<String>,
    seconds: Option<i64>,
    working_days: Option<i32>,
    notices: Option<i32>,
    overlooked: Option<i32>,
    by_ready: Option<i32>,
    by_limit: Option<i32>,
    in_time: Option<i32>,
    provisional: Option<i32>,
}
