//! Overdue cases: for how long, and where their time was spent.

use chrono::{DateTime, NaiveDate, Utc};

use super::report::{Names, Noted, QUEUES, column, provisional, text, waits_for};
use crate::domain::base::table::{Cell, Column, ColumnKind};
use crate::domain::base::words::Words;
use crate::domain::calendar::deadline::{Pause, PauseCause};
use crate::domain::case_types::codes::Queue;

/// An overdue case.
#[derive(Debug, Clone)]
pub struct OverdueCase {
    /// Its number.
    pub acceptance_number: String,
    /// The organization.
    pub organization_name: String,
    /// Code of its outlet.
    pub outlet: String,
    /// Code of its case type.
    pub case_type: String,
    /// The words of its state.
    pub state: Words,
    /// Name of who works on it.
    pub assignee: Option<String>,
    /// When it was received.
    pub opened_at: DateTime<Utc>,
    /// The limit.
    pub limit: NaiveDate,
    /// The limit reaches into a year without a notice.
    pub provisional: bool,
    /// Working days since the limit.
    pub working_days: i64,
    /// Where it was, and is.
    pub stays: Vec<Stay>,
    /// When its deadline stood still.
    pub pauses: Vec<Pause>,
}

/// A time in a state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stay {
    /// The work list.
    pub queue: Queue,
    /// From when.
    pub from: DateTime<Utc>,
    /// Until when.
    pub to: DateTime<Utc>,
}

/// Where the time of a case went, in seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct TimeSpent {
    /// On each work list, in the order of [`QUEUES`], without the time in which somebody had stopped the deadline.
    pub waiting: [i64; QUEUES.len()],
    /// While somebody had stopped the deadline by decision, whatever list it was on.
    pub suspended: i64,
}

/// Where the time went.
pub fn time_spent(stays: &[Stay], pauses: &[Pause], now: DateTime<Utc>) -> TimeSpent {
    let mut spent = TimeSpent::default();
    for stay in stays {
        // One decision ends before the next begins, so their parts of a stay add up.
        let of_decision = pauses.iter().filter(|pause| pause.cause == PauseCause::Decision);
        let parts = of_decision.map(|pause| {
            let (from, to) = (pause.from.max(stay.from), pause.to.unwrap_or(now).min(stay.to));
            (to - from).num_seconds().max(0)
        });
        let suspended = parts.sum::<i64>();
        let whole = (stay.to - stay.from).num_seconds();
        if let Some(place) = QUEUES.iter().position(|queue| *queue == stay.queue) {
            spent.waiting[place] += (whole - suspended).max(0);
        }
        spent.suspended += suspended;
    }
    spent
}

/// What its columns hold.
pub fn columns() -> Vec<Column> {
    use ColumnKind::{Date, Duration, Instant, Integer, Text};
    let mut columns = vec![
        column("acceptance_number", Text, "受理编号", "Acceptance number"),
        column("organization_name", Text, "单位", "Organization"),
        column("outlet", Text, "网点", "Outlet"),
        column("case_type", Text, "事项", "Case type"),
        column("state", Text, "状态", "State"),
        column("assignee", Text, "承办人", "Assigned to"),
        column("opened_at", Instant, "收件时间", "Received"),
        column("limit", Date, "办结期限", "Limit"),
        column("provisional", Text, "期限为暂定", "Limit is provisional"),
        column("overdue_working_days", Integer, "逾期工作日", "Overdue, working days"),
    ];
    let codes = ["seconds_to_check", "seconds_waiting_for_correction", "seconds_to_make", "seconds_to_hand_over"];
    columns.extend(QUEUES.iter().zip(codes).map(|(queue, code)| {
        let Words { zh, en } = waits_for(*queue);
        column(code, Duration, &format!("等待{zh}"), &format!("Waiting for {en}"))
    }));
    columns.push(column("seconds_suspended", Duration, "暂停计时", "Paused"));
    columns
}

/// The table of a page of cases, the longest overdue first.
pub fn table(cases: &[OverdueCase], names: &Names<'_>, now: DateTime<Utc>) -> Noted {
    let columns = columns();
    let row = |case: &OverdueCase| {
        let spent = time_spent(&case.stays, &case.pauses, now);
        let mut row = vec![
            text(&case.acceptance_number),
            text(&case.organization_name),
            names.outlet(&case.outlet),
            names.case_type(&case.case_type),
            Cell::Words(case.state.clone()),
            case.assignee.as_deref().map_or(Cell::Empty, text),
            Cell::Instant(case.opened_at),
            Cell::Date(case.limit),
            provisional(case.provisional),
            Cell::Integer(case.working_days),
        ];
        row.extend(spent.waiting.map(Cell::Duration));
        row.push(Cell::Duration(spent.suspended));
        row
    };
    let rows = cases.iter().map(row).collect();
    Noted::new("逾期办件", "Overdue cases", columns, rows, provisional_note(cases.iter().any(|case| case.provisional)))
}

/// The words where a date may still move.
pub(super) fn provisional_note(provisional: bool) -> Vec<Words> {
    let note = || {
        Words::new(
            "部分日期为暂定：所涉年份的放假安排尚未公布",
            "Some dates are provisional: they reach into a year whose holiday notice is not published",
        )
    };
    provisional.then(note).into_iter().collect()
}
