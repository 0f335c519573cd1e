//! Throughput: cases opened, made, handed over and ended, and the share in time.

use super::query::{Dimension, Query, Unit};
use super::report::{Names, Noted, column, date, group_cells, group_columns, share};
use super::tally::{DayTally, Tally, sums};
use crate::domain::base::table::{Cell, Column, ColumnKind};
use crate::domain::base::words::Words;

/// What its columns hold, grouped so.
pub fn columns(of: Option<Dimension>) -> Vec<Column> {
    let mut columns = vec![column("from", ColumnKind::Date, "自", "From"), column("to", ColumnKind::Date, "至", "To")];
    columns.extend(group_columns(of));
    columns.extend(tally_columns());
    columns
}

/// The table of a period.
pub fn table(query: &Query, days: &[DayTally], names: &Names<'_>) -> Noted {
    let columns = columns(query.of);
    let rows = sums(query.period, query.unit.unwrap_or(Unit::Period), query.of.is_some(), days);
    let row = |(part, key, tally): &(super::query::Period, String, Tally)| {
        let mut row = vec![date(part.from), date(part.to)];
        row.extend(group_cells(query.of, key, names));
        row.extend(tally_cells(tally));
        row
    };
    let rows = rows.iter().map(row).collect();
    Noted::new("办理量", "Throughput", columns, rows, notes(days))
}

/// What a making was held against may still have been provisional.
pub(super) fn notes(days: &[DayTally]) -> Vec<Words> {
    let provisional: i64 = days.iter().map(|day| day.provisional).sum();
    let note = || {
        Words::new(
            format!("其中{provisional}件制证时所据日期为暂定（次年放假安排尚未公布）"),
            format!(
                "{provisional} of the certificates made were compared with provisional dates: a year's holiday notice was not published"
            ),
        )
    };
    (provisional > 0).then(note).into_iter().collect()
}

fn tally_columns() -> Vec<Column> {
    use ColumnKind::{Integer, Percent};
    vec![
        column("opened", Integer, "收件", "Opened"),
        column("made", Integer, "制成", "Made"),
        column("made_by_ready", Integer, "可领取日（第7个工作日）前制成", "Made by the day ready from (7th)"),
        column("share_by_ready", Percent, "可领取日前制成占比", "Share made by the day ready from"),
        column("made_by_limit", Integer, "原定期限（第10个工作日）内制成", "Made by the original limit (10th)"),
        column("share_by_limit", Percent, "原定期限内制成占比", "Share made by the original limit"),
        column("made_in_time", Integer, "期限（含延长）内制成", "Made by the limit with extensions"),
        column("made_provisional", Integer, "所据日期为暂定", "Made, compared with provisional dates"),
        column("voided", Integer, "作废", "Voided"),
        column("issued", Integer, "发放", "Issued"),
        column("activated", Integer, "激活", "Activated"),
        column("rejected", Integer, "不予受理", "Rejected"),
        column("declined", Integer, "不予办理", "Declined"),
        column("withdrawn", Integer, "撤回", "Withdrawn"),
        column("ended", Integer, "办结（含撤回等）", "Ended, total"),
    ]
}

fn tally_cells(tally: &Tally) -> Vec<Cell> {
    use Cell::Integer;
    vec![
        Integer(tally.opened),
        Integer(tally.made),
        Integer(tally.by_ready),
        share(tally.by_ready, tally.promised),
        Integer(tally.by_limit),
        share(tally.by_limit, tally.promised),
        Integer(tally.in_time),
        Integer(tally.provisional),
        Integer(tally.voided),
        Integer(tally.issued),
        Integer(tally.activated),
        Integer(tally.rejected),
        Integer(tally.declined),
        Integer(tally.withdrawn),
        Integer(tally.closed),
    ]
}
