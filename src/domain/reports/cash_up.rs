//! The cash-up: payments, cancellations and refunds by outlet, window and payment method; and the list of entries.
//!
//! Cast: a [`Slice`] is a sum that the store has made of entries that have day, outlet, window, person, way and kind in
//! common; [`sums`] adds slices up to [`CashUp`]s, one for each row of the [`table`]; [`entries`] is the list.
//!
//! Guarantees: the net of a row is taken − cancelled − given back; what was waived is no money, stands in rows and a column
//! of its own and is in no net. Entries count on their own day, so that a day that is over says the same for ever.

use std::collections::BTreeMap;

use chrono::NaiveDate;

use super::query::{Dimension, Period, Query, Unit};
use super::report::{Names, Noted, codes, column, date, text};
use crate::domain::base::table::{Cell, Column, ColumnKind};
use crate::domain::base::words::Words;
use crate::domain::money::cash_journal::Entry;
use crate::domain::money::payment::{EntryKind, PaymentMethod, ReceiptNumber};
use crate::domain::money::yuan::yuan;

/// Entries that have everything in common but their number and amount, summed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Slice {
    /// The day in the hall's zone.
    pub day: NaiveDate,
    /// Code of the outlet.
    pub outlet: String,
    /// The window, where it was named.
    pub window: Option<String>,
    /// Account id of who did it.
    pub person: String,
    /// The way of paying; none of waivers.
    pub method: Option<PaymentMethod>,
    /// What they are.
    pub kind: EntryKind,
    /// How many.
    pub count: i64,
    /// Their sum, in fen.
    pub amount_fen: i64,
    /// The lowest number.
    pub first: u32,
    /// The highest number.
    pub last: u32,
}

impl Slice {
    /// The slice of one entry.
    pub fn of(entry: &Entry) -> Self {
        Self {
            day: entry.receipt.day,
            outlet: entry.outlet.clone(),
            window: entry.window.clone(),
            person: entry.actor_id.clone(),
            method: entry.method,
            kind: entry.receipt.kind,
            count: 1,
            amount_fen: entry.amount_fen,
            first: entry.receipt.number,
            last: entry.receipt.number,
        }
    }
}

/// What a row of the cash-up is of.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Till {
    /// The first day of its part of the period.
    pub from: NaiveDate,
    /// The last day of its part of the period.
    pub to: NaiveDate,
    /// Code of the outlet.
    pub outlet: String,
    /// The window; those that named none come first.
    pub window: Option<String>,
    /// Account id, where rows are by person.
    pub person: Option<String>,
    /// What was waived, which has no way of paying, comes last.
    pub waived: bool,
    /// The way of paying.
    pub method: Option<PaymentMethod>,
}

/// A row of the cash-up, in fen.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CashUp {
    /// Taken.
    pub taken_fen: i64,
    /// How often.
    pub payments: i64,
    /// Cancelled.
    pub cancelled_fen: i64,
    /// How often.
    pub cancellations: i64,
    /// Given back.
    pub refunded_fen: i64,
    /// How often.
    pub refunds: i64,
    /// Waived: no money.
    pub waived_fen: i64,
    /// How often.
    pub waivers: i64,
    /// The first receipt of money taken.
    pub first: Option<ReceiptNumber>,
    /// The last receipt of money taken.
    pub last: Option<ReceiptNumber>,
}

impl CashUp {
    /// What must be in the drawer or on the account: taken − cancelled − given back.
    pub fn net_fen(&self) -> i64 {
        self.taken_fen - self.cancelled_fen - self.refunded_fen
    }

    /// Adds a slice.
    pub fn add(&mut self, slice: &Slice) {
        match slice.kind {
            EntryKind::Taken => {
                self.taken_fen += slice.amount_fen;
                self.payments += slice.count;
                let number = |number| ReceiptNumber { kind: EntryKind::Taken, day: slice.day, number };
                let (first, last) = (number(slice.first), number(slice.last));
                self.first = Some(self.first.map_or(first, |known| known.min(first)));
                self.last = Some(self.last.map_or(last, |known| known.max(last)));
            }
            EntryKind::Cancelled => {
                self.cancelled_fen += slice.amount_fen;
                self.cancellations += slice.count;
            }
            EntryKind::Refunded => {
                self.refunded_fen += slice.amount_fen;
                self.refunds += slice.count;
            }
            EntryKind::Waived => {
                self.waived_fen += slice.amount_fen;
                self.waivers += slice.count;
            }
        }
    }
}

/// The sums of each part of a period, outlet, window and way of paying, and each person if asked for.
pub fn sums(period: Period, unit: Unit, by_person: bool, slices: &[Slice]) -> BTreeMap<Till, CashUp> {
    let mut sums: BTreeMap<Till, CashUp> = BTreeMap::new();
    for slice in slices {
        let part = period.part(unit, slice.day);
        let till = Till {
            from: part.from,
            to: part.to,
            outlet: slice.outlet.clone(),
            window: slice.window.clone(),
            person: by_person.then(|| slice.person.clone()),
            waived: slice.kind == EntryKind::Waived,
            method: slice.method,
        };
        sums.entry(till).or_default().add(slice);
    }
    sums
}

/// What its columns hold, grouped so.
pub fn columns(of: Option<Dimension>) -> Vec<Column> {
    use ColumnKind::{Date, Integer, Money, Text};
    let mut columns = vec![
        column("from", Date, "自", "From"),
        column("to", Date, "至", "To"),
        codes("outlet", "网点代码", "Outlet code"),
        column("outlet_name", Text, "网点", "Outlet"),
        column("window", Text, "窗口", "Window"),
    ];
    if of == Some(Dimension::Person) {
        columns.push(codes("person", "人员标识", "Person's id"));
        columns.push(column("name", Text, "人员", "Person"));
    }
    columns.extend([
        codes("method", "方式代码", "Payment method, code"),
        column("method_name", Text, "方式", "Payment method"),
        column("taken", Money, "收款", "Taken"),
        column("payments", Integer, "收款笔数", "Payments"),
        column("cancelled", Money, "冲正", "Cancelled"),
        column("cancellations", Integer, "冲正笔数", "Cancellations"),
        column("refunded", Money, "退款", "Refunded"),
        column("refunds", Integer, "退款笔数", "Refunds"),
        column("net", Money, "实收净额", "Net"),
        column("first_receipt", Text, "首张票据", "First receipt"),
        column("last_receipt", Text, "末张票据", "Last receipt"),
        column("waived", Money, "减免（不计入实收）", "Waived, no money"),
        column("waivers", Integer, "减免笔数", "Waivers"),
    ]);
    columns
}

/// The cash-up of a period.
pub fn table(query: &Query, slices: &[Slice], names: &Names<'_>) -> Noted {
    let by_person = query.of == Some(Dimension::Person);
    let columns = columns(query.of);
    let sums = sums(query.period, query.unit.unwrap_or(Unit::Period), by_person, slices);
    let row = |(till, sum): (&Till, &CashUp)| {
        let mut row = vec![
            date(till.from),
            date(till.to),
            text(&till.outlet),
            names.outlet(&till.outlet),
            Cell::text(till.window.as_deref()),
        ];
        if let Some(person) = &till.person {
            row.extend([text(person), names.person(person)]);
        }
        let (code, name) = match till.method {
            Some(method) => (method.code(), method.words()),
            None => (EntryKind::Waived.code(), EntryKind::Waived.words()),
        };
        row.extend([
            text(code),
            Cell::Words(name),
            Cell::Fen(sum.taken_fen),
            Cell::Integer(sum.payments),
            Cell::Fen(sum.cancelled_fen),
            Cell::Integer(sum.cancellations),
            Cell::Fen(sum.refunded_fen),
            Cell::Integer(sum.refunds),
            Cell::Fen(sum.net_fen()),
            Cell::text(sum.first.map(|number| number.to_string())),
            Cell::text(sum.last.map(|number| number.to_string())),
            Cell::Fen(sum.waived_fen),
            Cell::Integer(sum.waivers),
        ]);
        row
    };
    let rows = sums.iter().map(row).collect();
    Noted::new("收费日结", "Cash-up", columns, rows, vec![total(slices)])
}

/// The whole in a sentence, so that no row has to be left out of sums.
fn total(slices: &[Slice]) -> Words {
    let mut all = CashUp::default();
    slices.iter().for_each(|slice| all.add(slice));
    let [taken, cancelled, refunded] = [all.taken_fen, all.cancelled_fen, all.refunded_fen].map(yuan);
    let (net, waived) = (yuan(all.net_fen()), yuan(all.waived_fen));
    Words::new(
        format!(
            "合计：收款 {taken} 元，冲正 {cancelled} 元，退款 {refunded} 元，实收净额 {net} 元；减免 {waived} 元（不计入实收）"
        ),
        format!(
            "Total: {taken} yuan taken, {cancelled} cancelled, {refunded} refunded, {net} net; {waived} waived (no money)"
        ),
    )
}

/// What its columns hold.
pub fn entry_columns() -> Vec<Column> {
    use ColumnKind::{Date, Instant, Money, Text};
    vec![
        column("receipt", Text, "票据号", "Number"),
        column("kind", Text, "类别", "Kind"),
        column("day", Date, "日期", "Day"),
        column("at", Instant, "时间", "At"),
        codes("outlet", "网点代码", "Outlet code"),
        column("outlet_name", Text, "网点", "Outlet"),
        column("window", Text, "窗口", "Window"),
        column("name", Text, "人员", "Person"),
        column("method", Text, "方式", "Payment method"),
        column("amount", Money, "金额", "Amount"),
        column("waived", Money, "减免（不计入实收）", "Waived, no money"),
        column("acceptance_number", Text, "受理编号", "Acceptance number"),
        column("case_type", Text, "事项", "Case type"),
        column("of_receipt", Text, "原票据号", "Of receipt"),
        column("reference", Text, "流水号", "Reference"),
        column("reason", Text, "理由", "Reason"),
    ]
}

/// Every entry of a period. Amounts have the sign that the net has them with; what was waived has a column of its own.
pub fn entries(entries: &[Entry], names: &Names<'_>) -> Noted {
    let columns = entry_columns();
    let row = |entry: &Entry| {
        let (amount, waived) = match entry.receipt.kind {
            EntryKind::Taken => (Cell::Fen(entry.amount_fen), Cell::Empty),
            EntryKind::Cancelled | EntryKind::Refunded => (Cell::Fen(-entry.amount_fen), Cell::Empty),
            EntryKind::Waived => (Cell::Empty, Cell::Fen(entry.amount_fen)),
        };
        vec![
            text(&entry.receipt.to_string()),
            Cell::Words(entry.receipt.kind.words()),
            date(entry.receipt.day),
            Cell::Instant(entry.at),
            text(&entry.outlet),
            names.outlet(&entry.outlet),
            Cell::text(entry.window.as_deref()),
            names.person(&entry.actor_id),
            entry.method.map_or(Cell::Empty, |method| Cell::Words(method.words())),
            amount,
            waived,
            text(&entry.acceptance_number),
            names.case_type(&entry.case_type),
            Cell::text(entry.of.map(|of| of.to_string())),
            Cell::text(entry.reference.as_deref()),
            Cell::text(entry.reason.as_deref()),
        ]
    };
    let slices: Vec<Slice> = entries.iter().map(Slice::of).collect();
    let rows = entries.iter().map(row).collect();
    Noted::new("收费明细", "Cash-up entries", columns, rows, vec![total(&slices)])
}
