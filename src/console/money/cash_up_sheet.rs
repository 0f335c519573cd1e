//! The cash-up sheet (日结单): the money of a day at a window as a paper, with what was cancelled and given back, what was counted,
//! and who signs.
//!
//! As on every paper there stand its digest and which print it is; it has no barcode, since no case is found by it.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::Query;
use askama::Template;
use chrono::NaiveDate;
use serde::Deserialize;
use sha2::{Digest, Sha256};

use super::cash_up::{day_named, read, text};
use crate::console::applicants::paper::{Block, Sheet, grouped, written, written_moment};
use crate::console::applicants::prints::{printed, told_changed};
use crate::console::page::address::address;
use crate::console::page::answer::{rendered, see};
use crate::console::page::assets::{PAPER_SCRIPT, PAPER_STYLE};
use crate::console::page::forms::form::Form;
use crate::console::page::messages::Messages;
use crate::console::page::visitor::Visitor;
use crate::domain::accounts::role::Scope;
use crate::domain::base::table::{Cell, Table};
use crate::domain::base::words::Language;
use crate::domain::money::capitals::capitals;
use crate::domain::money::payment::{EntryKind, PaymentMethod};
use crate::domain::money::yuan::{fen, yuan};
use crate::domain::reports::query::ReportName;
use crate::http::problem::Problem;
use crate::service::reports::report::Report;

#[derive(Template)]
#[template(path = "money/cash_up_sheet.html", config = "src/console/askama.toml")]
struct SheetPage {
    messages: Messages,
    style: &'static str,
    script: &'static str,
    hall: String,
    day: NaiveDate,
    window: String,
    counted: String,
    form_key: String,
    may_print: bool,
    /// Which print it is; none where it was never printed as it is.
    printed: Option<String>,
    /// That it is another by now than its last print.
    told: String,
    as_of: String,
    /// What the browser's tab says.
    title: String,
    /// What stands on it.
    body: String,
    /// The digest of that.
    sha256: String,
    digest: String,
    /// Whether there is anything for the reader to find by a scan.
    searches: bool,
}

/// Of which day and window, and what lay in the drawer.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(in crate::console) struct SheetQuery {
    day: Option<String>,
    window: String,
    counted: String,
}

/// The sheet. What was counted and is no amount is left for the pen.
pub(in crate::console) async fn show(visitor: Visitor, query: Query<SheetQuery>) -> Result<HttpResponse, Problem> {
    let (sums, mut page) = drawn(&visitor, &query).await?;
    if let Some(last) = visitor.service.last_cash_up_print(&sums).await? {
        match last.sha256 == page.sha256 {
            true => page.printed = Some(printed(&visitor, visitor.messages, &last)),
            false if page.told.is_empty() => page.told = told_changed(&visitor, "cash_up.changed", &last),
            false => {}
        }
    }
    Ok(rendered(StatusCode::OK, &page))
}

/// Records that it is printed and shows it, with its number; where script runs, the browser's print window opens.
pub(in crate::console) async fn record(form: Form<SheetQuery>) -> Result<HttpResponse, Problem> {
    let (visitor, asked) = (form.visitor, form.sent);
    visitor.service.may_print(&visitor.caller)?;
    let (sums, page) = drawn(&visitor, &asked).await?;
    visitor.service.record_cash_up_print(&visitor.caller, &sums, (visitor.messages.0, page.sha256)).await?;
    let asked = [("day", page.day.to_string()), ("window", asked.window), ("counted", asked.counted)];
    Ok(see(&format!("{}#print", address("/console/cash-up/sheet", &asked))))
}

/// The sheet that is asked for, and the sums that it is made of.
async fn drawn(visitor: &Visitor, asked: &SheetQuery) -> Result<(Report, SheetPage), Problem> {
    let day = day_named(visitor, asked.day.as_deref())?;
    let window = Some(asked.window.trim().to_owned()).filter(|window| !window.is_empty());
    let sums = read(visitor, ReportName::CashUp, day, window.clone()).await?;
    let entries = read(visitor, ReportName::CashUpEntries, day, window.clone()).await?;
    let drawer = Drawer { visitor, day, window, counted: &asked.counted, sums: &sums, entries: &entries };
    let page = drawer.page()?;
    Ok((sums, page))
}

/// What the sheet is about.
struct Drawer<'a> {
    visitor: &'a Visitor,
    day: NaiveDate,
    window: Option<String>,
    counted: &'a str,
    sums: &'a Report,
    entries: &'a Report,
}

impl Drawer<'_> {
    fn page(&self) -> Result<SheetPage, Problem> {
        let (visitor, messages) = (self.visitor, self.visitor.messages);
        let as_of = written_moment(messages, self.sums.now, visitor);
        let sheet = Sheet::new(messages.t("cash_up.sheet"), self.blocks());
        let body = sheet.drawn()?;
        let sha256 = hex::encode(Sha256::digest(&body));
        Ok(SheetPage {
            messages,
            style: &PAPER_STYLE.address,
            script: &PAPER_SCRIPT.address,
            hall: messages.of(&visitor.service.hall().name).to_owned(),
            day: self.day,
            window: self.window.clone().unwrap_or_default(),
            counted: self.counted.to_owned(),
            form_key: visitor.form_key.clone(),
            may_print: visitor.service.may_print(&visitor.caller).is_ok(),
            printed: None,
            told: match self.counted.trim() {
                counted if counted.is_empty() || self.counted().is_some() => String::new(),
                counted => messages.fill("cash_up.counted_unread", "counted", counted),
            },
            as_of: messages.fill("cash_up.printed", "at", as_of),
            title: sheet.title,
            digest: messages.fill("paper.digest", "digest", grouped(&sha256)),
            sha256,
            body,
            searches: visitor.caller.may(Scope::CasesRead),
        })
    }

    /// What lay in the drawer; none where that is left for the pen.
    fn counted(&self) -> Option<i64> {
        fen(self.counted).filter(|fen| *fen >= 0)
    }

    fn blocks(&self) -> Vec<Block> {
        let messages = self.visitor.messages;
        let t = |key: &str| messages.t(key).to_owned();
        let mut blocks = vec![Block::Facts(self.about()), self.by_way(), Block::Facts(self.amounts())];
        blocks.push(Block::Heading(t("cash_up.undone")));
        blocks.push(self.undone());
        if self.sums.is_open() {
            blocks.push(Block::Text(t("cash_up.open")));
        }
        let sign = |key: &str| format!("{}________________", messages.t(key));
        blocks.push(Block::Signatures(vec![sign("cash_up.cashier"), sign("cash_up.checked"), t("paper.signed_on")]));
        blocks
    }

    /// Where, when and whose.
    fn about(&self) -> Vec<(String, String)> {
        let (visitor, messages) = (self.visitor, self.visitor.messages);
        let is_own = self.sums.query.person.as_ref() == Some(&visitor.caller.actor.id);
        let everybody = || messages.t("cash_up.everybody").to_owned();
        let fact = |key: &str, value: String| (messages.t(key).to_owned(), value);
        let window = self.window.clone().unwrap_or_else(|| messages.t("cash_up.all_windows").to_owned());
        vec![
            fact("paper.outlet", visitor.outlet_name(visitor.caller.actor.outlet.as_deref())),
            fact("paper.window", window),
            fact("cash_up.day", written(messages, self.day)),
            fact("cash_up.taken_by", if is_own { visitor.caller.actor.name.clone() } else { everybody() }),
        ]
    }

    /// A row for each window and way of paying.
    fn by_way(&self) -> Block {
        let (dates, table) = (self.visitor.dates(), &self.sums.table.table);
        const SHOWN: [&str; 9] = [
            "window",
            "method_name",
            "taken",
            "payments",
            "cancelled",
            "refunded",
            "net",
            "first_receipt",
            "last_receipt",
        ];
        match table.rows.is_empty() {
            true => Block::Text(dates.messages.t("cash_up.nothing").to_owned()),
            false => picked(&dates, table, table.rows.iter(), &SHOWN),
        }
    }

    /// What must be there, what is there, and what is between them.
    fn amounts(&self) -> Vec<(String, String)> {
        let (messages, table) = (self.visitor.messages, &self.sums.table.table);
        let net = |row: &&Vec<Cell>| fen_of(table, row, "net");
        let is_cash = |row: &&Vec<Cell>| said(table, row, "method") == PaymentMethod::Cash.code();
        let all: i64 = table.rows.iter().map(|row| net(&row)).sum();
        let cash: i64 = table.rows.iter().filter(is_cash).map(|row| net(&row)).sum();
        let by_pen = || "________________".to_owned();
        let fact = |key: &str, value: String| (messages.t(key).to_owned(), value);
        let difference = |counted: i64| match counted - cash {
            0 => messages.t("cash_up.no_difference").to_owned(),
            over @ 1.. => messages.fill("cash_up.over", "amount", yuan(over)),
            short => messages.fill("cash_up.short", "amount", yuan(-short)),
        };
        let counted = self.counted();
        vec![
            fact("cash_up.net", amount(messages, all)),
            fact("cash_up.cash", amount(messages, cash)),
            fact("cash_up.counted", counted.map_or_else(by_pen, |counted| amount(messages, counted))),
            fact("cash_up.difference", counted.map_or_else(by_pen, difference)),
        ]
    }

    /// What was cancelled, given back and waived, one by one.
    fn undone(&self) -> Block {
        let (dates, table) = (self.visitor.dates(), &self.entries.table.table);
        const SHOWN: [&str; 8] =
            ["receipt", "kind", "of_receipt", "method", "amount", "waived", "acceptance_number", "reason"];
        let taken = dates.messages.of(&EntryKind::Taken.words()).to_owned();
        let undone: Vec<&Vec<Cell>> =
            table.rows.iter().filter(|row| text(&dates, at(table, row, "kind")) != taken).collect();
        match undone.is_empty() {
            true => Block::Text(dates.messages.t("cash_up.nothing_undone").to_owned()),
            false => picked(&dates, table, undone.into_iter(), &SHOWN),
        }
    }
}

/// An amount in figures, and in Chinese in capitals too.
fn amount(messages: Messages, fen: i64) -> String {
    let figures = messages.fill("money.yuan", "amount", yuan(fen));
    match messages.0 {
        Language::Chinese => format!("{figures}　{}", capitals(fen)),
        Language::English => figures,
    }
}

fn at<'a>(table: &Table, row: &'a [Cell], code: &str) -> Option<&'a Cell> {
    row.get(table.columns.iter().position(|column| column.code == code)?)
}

fn said(table: &Table, row: &[Cell], code: &str) -> String {
    match at(table, row, code) {
        Some(Cell::Text(text)) => text.clone(),
        _ => String::new(),
    }
}

fn fen_of(table: &Table, row: &[Cell], code: &str) -> i64 {
    match at(table, row, code) {
        Some(Cell::Fen(fen)) => *fen,
        _ => 0,
    }
}

/// Some columns of some rows.
fn picked<'a>(
    dates: &crate::console::page::dates::Dates,
    table: &Table,
    rows: impl Iterator<Item = &'a Vec<Cell>>,
    shown: &[&str],
) -> Block {
    let name = |code: &&str| {
        let column = table.columns.iter().find(|column| column.code == **code);
        column.map_or("", |column| dates.messages.of(&column.words)).to_owned()
    };
    let row = |row: &Vec<Cell>| shown.iter().map(|code| text(dates, at(table, row, code))).collect();
    Block::Table { head: shown.iter().map(name).collect(), rows: rows.map(row).collect() }
}
