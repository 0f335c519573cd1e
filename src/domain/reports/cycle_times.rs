//! Cycle times: how long each step took that ended in the period, and the whole way to the certificate and to the end.

use super::facts::FactKind;
use super::query::{Dimension, Query};
use super::report::{Names, Noted, codes, column, group_cells, group_columns, text, waits_for};
use crate::domain::base::table::{Cell, Column, ColumnKind};
use crate::domain::base::words::Words;
use crate::domain::case_types::codes::Queue;

/// Values of which so many in a hundred are no greater, by nearest rank: the smallest value for which that is so.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Percentiles {
    /// Half are no greater.
    pub p50: i64,
    /// 85 in a hundred are no greater.
    pub p85: i64,
    /// 95 in a hundred are no greater.
    pub p95: i64,
}

/// How long one step took.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StepTimes {
    /// A state was left, the certificate was made, or the case ended.
    pub kind: FactKind,
    /// The group, where there are groups.
    pub key: String,
    /// Code of the workflow of the state.
    pub workflow: Option<String>,
    /// Code of the state.
    pub state: Option<String>,
    /// The work list of the state.
    pub queue: Option<Queue>,
    /// How often.
    pub count: i64,
    /// Clock time.
    pub seconds: Percentiles,
    /// In working days.
    pub working_days: Percentiles,
}

/// Groups together, and within a group the whole way before its steps.
fn order(step: &StepTimes) -> (&str, u8, Option<&str>, Option<Queue>, Option<&str>) {
    let kind = match step.kind {
        FactKind::Made => 0,
        FactKind::Closed => 1,
        _ => 2,
    };
    (&step.key, kind, step.workflow.as_deref(), step.queue, step.state.as_deref())
}

/// What its columns hold, grouped so.
pub fn columns(of: Option<Dimension>) -> Vec<Column> {
    use ColumnKind::{Duration, Integer, Text};
    let mut columns = group_columns(of);
    columns.extend([
        codes("workflow", "流程代码", "Workflow code"),
        column("workflow_name", Text, "流程", "Workflow"),
        codes("step", "环节代码", "Step code"),
        column("step_name", Text, "环节", "Step"),
        column("waits_for", Text, "等待", "Waits for"),
        column("count", Integer, "次数", "Count"),
        column("p50_seconds", Duration, "P50", "P50"),
        column("p85_seconds", Duration, "P85", "P85"),
        column("p95_seconds", Duration, "P95", "P95"),
        column("p50_working_days", Integer, "P50（工作日）", "P50, working days"),
        column("p85_working_days", Integer, "P85（工作日）", "P85, working days"),
        column("p95_working_days", Integer, "P95（工作日）", "P95, working days"),
    ]);
    columns
}

/// The table of a period.
pub fn table(query: &Query, mut steps: Vec<StepTimes>, names: &Names<'_>) -> Noted {
    steps.sort_by(|one, other| order(one).cmp(&order(other)));
    let columns = columns(query.of);
    let row = |step: &StepTimes| {
        let mut row = group_cells(query.of, &step.key, names);
        row.extend(step_cells(step, names));
        let (clock, days) = (step.seconds, step.working_days);
        row.push(Cell::Integer(step.count));
        row.extend([Cell::Duration(clock.p50), Cell::Duration(clock.p85), Cell::Duration(clock.p95)]);
        row.extend([Cell::Integer(days.p50), Cell::Integer(days.p85), Cell::Integer(days.p95)]);
        row
    };
    let rows = steps.iter().map(row).collect();
    Noted::new("办理时长", "Cycle times", columns, rows, Vec::new())
}

fn step_cells(step: &StepTimes, names: &Names<'_>) -> Vec<Cell> {
    let whole = |code: &str, zh: &str, en: &str| {
        vec![Cell::Empty, Cell::Empty, text(code), Cell::Words(Words::new(zh, en)), Cell::Empty]
    };
    match (step.kind, &step.workflow, &step.state) {
        (FactKind::Made, ..) => whole("opened_to_made", "收件至制成", "From receipt to making"),
        (FactKind::Left, Some(workflow), Some(state)) => vec![
            text(workflow),
            names.workflow(workflow),
            text(state),
            names.state(workflow, state),
            step.queue.map_or(Cell::Empty, |queue| Cell::Words(waits_for(queue))),
        ],
        _ => whole("opened_to_ended", "收件至办结", "From receipt to end"),
    }
}
