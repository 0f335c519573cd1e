//! What the one form of the check sheet sends: the rows are read first, then the command box on top of them.
//!
//! Cast: an [`Entry`] is what was sent, held against the rows as they are now; [`Entry::read`] says what it comes to.
//!
//! Guarantees: nothing that was typed is dropped without a word; a confirmation is always of a verdict that stood on the page, so what
//! isn't saved yet is saved first; while it is asked which of two findings to keep, nothing is confirmed.

use chrono::{DateTime, Utc};

use super::row::{Change, DISPUTED, Fields, Row, controls_of};
use crate::console::cases::counter::scanned::serial_in;
use crate::console::page::forms::told::Told;
use crate::console::page::visitor::Visitor;
use crate::domain::base::text;
use crate::domain::base::words::Fault;
use crate::domain::cases::case::Case;
use crate::domain::cases::input::MaterialDraft;
use crate::domain::cases::intake::acceptance_number::AcceptanceNumber;
use crate::domain::cases::intake::scan::without_serial;
use crate::domain::cases::materials::sheet_command::{SheetCommand, TypedRows, read};
use crate::http::problem::Problem;
use crate::service::cases::details::CaseDetails;

/// For so many milliseconds nobody has read a verdict that was just made.
const READING: i64 = 1_000;
/// The fault of what can't be read, which the half of a command can't, either.
const HALF_TYPED: &str = "unreadable";

/// What was sent.
#[derive(Default)]
pub(in crate::console::cases) struct Entry {
    /// What the controls of rows say and what goes with them.
    pub(in crate::console::cases) fields: Fields,
    /// The line of the command box, with what a button beside it adds, and what was scanned into a row.
    pub(in crate::console::cases) command: String,
    /// The version of the case that the page showed; none where nothing is left of what was typed into it.
    pub(in crate::console::cases) seen: Option<i64>,
    /// The rows whose controls say something else than the page showed.
    typed: TypedRows,
    /// What can't be read of rows, at their controls.
    faults: Vec<Told>,
    /// The rows that were only begun, and what each comes to where no command says more of it: the finding beside a colleague's, or a fault.
    begun: Vec<(String, Result<MaterialDraft, Told>)>,
    /// The rows of which the page showed something else than is known now.
    changed: Vec<String>,
    /// The row of which the reader's own finding is to be kept.
    mine: Option<String>,
    /// Since when its page showed the verdict, where what was sent before had made it.
    shown_at: Option<i64>,
    /// Whether Enter was pressed on a page that asked nothing, and none of its buttons.
    is_plain: bool,
}

/// What becomes of it.
pub(in crate::console::cases) enum Meant {
    /// Nothing was changed: the verdict on the page is confirmed.
    Confirms,
    /// These rows are recorded; then what was scanned is opened.
    Records(Vec<MaterialDraft>, Option<String>),
}

impl Entry {
    /// What was sent, held against the rows as they are now.
    ///
    /// # Errors
    /// Those of looking for what was scanned.
    pub(in crate::console::cases) async fn sent(
        visitor: &Visitor,
        case: &Case,
        rows: &[Row],
        fields: Fields,
    ) -> Result<Self, Problem> {
        let mut serials = Vec::new();
        for row in rows {
            let remark = text::cell(row.remark_in(&fields));
            serials.extend(serial_in(visitor, &remark).await?.map(|(_, serial)| serial.to_owned()));
        }
        Ok(Self::of(visitor, case, rows, fields, &serials))
    }

    fn of(visitor: &Visitor, case: &Case, rows: &[Row], mut fields: Fields, serials: &[String]) -> Self {
        let is_plain =
            !fields.keys().any(|name| ["save", "keep", "mine"].contains(&name.as_str()) || is_question(name));
        let mut take = |name: &str| fields.remove(name);
        let (version, command, also) = (take("version"), take("command"), take("also"));
        let (keep, mine, _) = (take("keep"), take("mine"), take("save"));
        let shown_at = take("shown_at").and_then(|at| at.parse().ok());
        // What a colleague found is kept: nothing was typed into that row any more.
        let kept = rows.iter().filter(|row| keep.as_ref() == Some(&row.code));
        kept.flat_map(Row::names).for_each(|name| drop(fields.remove(&name)));
        let scanned = rows.iter().fold(None, |found, row| row.without_scan(&mut fields, serials).or(found));
        let scanned = scanned.map_or_else(String::new, |number| format!(" {number}"));
        let changed = rows.iter().filter(|row| row.is_other_than_shown(&fields)).map(|row| row.code.clone()).collect();
        let mut entry = Self {
            changed,
            command: command.unwrap_or_default() + &also.unwrap_or_default() + &scanned,
            seen: Some(version.and_then(|version| version.parse().ok()).unwrap_or(0)),
            fields,
            mine,
            shown_at,
            is_plain,
            ..Self::default()
        };
        let newer = rows.iter().filter(|row| entry.is_newer(case, &row.code));
        entry.typed.seen = newer.map(|row| (row.code.clone(), row.seen(&entry.fields))).collect();
        for row in rows.iter().filter(|row| row.is_in(&entry.fields)) {
            match row.changed_by(visitor.messages, &entry.fields) {
                Ok(Change::None) => {}
                Ok(Change::Whole(draft)) => entry.typed.whole.push(draft),
                Ok(Change::Begun(draft, fault)) => {
                    entry.begun.push((row.code.clone(), Err(fault)));
                    entry.typed.begun.push(draft);
                }
                Ok(Change::Beside(draft, beside)) => {
                    entry.begun.push((row.code.clone(), Ok(beside)));
                    entry.typed.begun.push(draft);
                }
                Err(fault) => entry.faults.push(fault),
            }
        }
        entry
    }

    /// The rows with the command on top of them; half a command, and what can't be read of a row, are no fault yet.
    pub(in crate::console::cases) fn previewed(&self, details: &CaseDetails<'_>) -> SheetCommand {
        let rows_alone = || SheetCommand { record: self.typed.whole.clone(), ..SheetCommand::default() };
        self.commanded(details).unwrap_or_else(|_| rows_alone())
    }

    /// The version of the case that the page showed.
    pub(in crate::console::cases) fn version(&self) -> i64 {
        self.seen.unwrap_or(0)
    }

    /// Whether Enter would confirm the verdict, as nothing else is left to do.
    pub(in crate::console::cases) fn confirms(&self, read: &SheetCommand) -> bool {
        read.confirms && self.is_plain && self.faults.is_empty()
    }

    /// Whether nobody can have read yet what it would confirm.
    pub(in crate::console::cases) fn is_too_soon(&self, now: DateTime<Utc>) -> bool {
        self.shown_at.is_some_and(|shown| (0..READING).contains(&now.timestamp_millis().saturating_sub(shown)))
    }

    /// Why the command can't be, in words; none of one that may only be half typed.
    pub(in crate::console::cases) fn impossible(&self, visitor: &Visitor, details: &CaseDetails<'_>) -> Option<String> {
        let is_half = self.command.trim_end().ends_with('/');
        let faults = self.commanded(details).err().filter(|_| !is_half)?;
        let is_certain = faults.iter().any(|fault| fault.code != HALF_TYPED);
        is_certain.then(|| self.refused(visitor, &faults).text)
    }

    fn commanded(&self, details: &CaseDetails<'_>) -> Result<SheetCommand, Vec<Fault>> {
        read(&self.command, details.definition.case_type, &details.sheets, &details.case.checks, &self.typed)
    }

    /// What Enter does with what is taken for a scan, in words; of digits that are no number of a case, how commands are told from it.
    pub(in crate::console::cases) fn opens(visitor: &Visitor, scanned: &str) -> String {
        let is_certain = AcceptanceNumber::parse(scanned).is_ok() || without_serial(scanned).is_some();
        let key = if is_certain { "sheet.opens" } else { "sheet.as_scan" };
        visitor.messages.fill(key, "read", scanned)
    }

    /// What it comes to.
    ///
    /// # Errors
    /// All that can't be read, of rows and of the command.
    pub(in crate::console::cases) fn read(
        &mut self,
        visitor: &Visitor,
        details: &CaseDetails<'_>,
    ) -> Result<Meant, Vec<Told>> {
        let read = self.commanded(details);
        let is_found =
            |row: &String| read.as_ref().is_ok_and(|read| read.record.iter().any(|draft| draft.material == *row));
        let mut told = std::mem::take(&mut self.faults);
        let (mut beside, begun) = (Vec::new(), std::mem::take(&mut self.begun));
        for (_, comes_to) in begun.into_iter().filter(|(row, _)| !is_found(row)) {
            match comes_to {
                Ok(draft) => beside.push(draft),
                Err(fault) => told.push(fault),
            }
        }
        match read {
            Ok(read) if told.is_empty() && self.confirms(&read) => return Ok(Meant::Confirms),
            Ok(read) if told.is_empty() => return Ok(Meant::Records([read.record, beside].concat(), read.scanned)),
            Ok(_) => told.extend(self.waiting(visitor)),
            Err(faults) => told.push(self.refused(visitor, &faults)),
        }
        Err(told)
    }

    fn refused(&self, visitor: &Visitor, faults: &[Fault]) -> Told {
        let messages = visitor.messages;
        let faults: Vec<&str> = faults.iter().map(|fault| messages.of(&fault.words)).collect();
        let why = faults.join(messages.t("list.between_reasons"));
        Told::plain(messages.with("sheet.refused", &[("command", &self.command.trim()), ("fault", &why)]))
    }

    /// That the command, or what was scanned behind it, waits until the rest is settled. What was typed before a session ended stands in
    /// its box again.
    pub(in crate::console::cases) fn waiting(&self, visitor: &Visitor) -> Option<Told> {
        let command = self.command.trim();
        (!command.is_empty() && !visitor.is_of_before)
            .then(|| Told::plain(visitor.messages.fill("sheet.waits", "command", command)))
    }

    /// Whether a row was checked since the page was shown, or since what was typed into it.
    fn is_newer(&self, case: &Case, row: &str) -> bool {
        let is_newer = |version: &i64| *version > self.version();
        case.sheet_versions.get(row).is_some_and(is_newer) || self.changed.iter().any(|changed| changed == row)
    }

    /// Those of the findings of which a colleague found something else since the page was shown, and the others.
    pub(in crate::console::cases) fn parted(
        &self,
        case: &Case,
        rows: &[Row],
        found: Vec<MaterialDraft>,
    ) -> [Vec<MaterialDraft>; 2] {
        let is_newer = |row: &String| self.is_newer(case, row);
        let is_open = |row: &String| self.fields.contains_key(&question(row)) && self.mine.as_ref() != Some(row);
        let is_same = |draft: &MaterialDraft| rows.iter().any(|row| row.code == draft.material && row.holds(draft));
        let (newer, free): (Vec<_>, Vec<_>) =
            found.into_iter().partition(|draft| is_newer(&draft.material) || is_open(&draft.material));
        // Who found the same is asked nothing.
        [newer.into_iter().filter(|draft| !is_same(draft)).collect(), free]
    }

    /// What is left once the rest was saved: the findings of which it is asked which to keep, and a scan that waits for it or leads nowhere.
    pub(in crate::console::cases) fn asking(disputed: &[MaterialDraft], scanned: Option<String>) -> Self {
        let mut fields: Fields = disputed.iter().flat_map(controls_of).collect();
        fields.extend(disputed.iter().map(|draft| (question(&draft.material), "yes".to_owned())));
        Self { fields, command: scanned.unwrap_or_default(), ..Self::default() }
    }
}

/// The name under which a page says that it asks about a row.
fn question(row: &str) -> String {
    format!("{DISPUTED}.{row}")
}

fn is_question(name: &str) -> bool {
    name.strip_prefix(DISPUTED).is_some_and(|rest| rest.starts_with('.'))
}

/// A fault of the rows that were sent, at its control.
pub(in crate::console::cases) fn at_row(visitor: &Visitor, rows: &[Row], sent: &[String], fault: &Fault) -> Told {
    let mut parts = fault.pointer.trim_start_matches("/materials/").split('/');
    let code = parts.next().and_then(|index| sent.get(index.parse::<usize>().ok()?));
    let Some(row) = code.and_then(|code| rows.iter().find(|row| row.code == *code)) else {
        return Told::plain(visitor.messages.line(&fault.words));
    };
    let control = match parts.next() {
        Some("copies_stamped") => "sealed",
        Some("original_sighted") => "sighted",
        Some(control @ ("reason" | "remark")) => control,
        _ => "received",
    };
    let about = [("number", &row.number as &dyn std::fmt::Display), ("fault", &visitor.messages.of(&fault.words))];
    Told { at: format!("{control}-{}", row.code), text: visitor.messages.with("sheet.fault", &about) }
}
