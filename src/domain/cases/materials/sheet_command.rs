//! The command box of the check sheet: what a clerk types on the number pad while the papers lie on the counter.
//!
//! Cast: [`read`] turns a line into a [`SheetCommand`]: the checks to record, and what was scanned meanwhile.
//!
//! Rows have the numbers by which the notice and the receipt name them, too ([`Sheet::number`]).
//!
//! | typed | means |
//! |---|---|
//! | `43` | row 4: three copies received, as many stamped; never more than are asked for: that is a slip of the hand |
//! | `4-`, `4--` | row 4: one, two of its copies without the seal |
//! | `7*` | row 7: the original wasn't sighted |
//! | `4/2` | row 4 doesn't do, for the second reason of the list |
//! | `4/0` | the reason for which row 4 didn't do is mended |
//! | `+` | every row that nobody has checked is in order |
//!
//! Commands follow one another, with or without spaces. A row starts from what was typed into its controls, else from its check, or as
//! in order where it has neither. Ten digits or more at the end are a scan, and so is a label, which has letters; a row and its copies may
//! stand before it without a blank.
//!
//! Guarantees: any line is either read as a whole or refused with words for each thing that can't be read; of two commands none takes
//! the other back unsaid; `+` never touches a row that has a check or was typed; what is read is valid for the rules of the sheet.

use std::collections::BTreeMap;
use std::iter::Peekable;
use std::str::Chars;

use chrono::DateTime;

use super::checklist::{MaterialCheck, Sheet, is_absent, reason_of_nothing};
use crate::domain::base::text;
use crate::domain::base::words::{Fault, Words};
use crate::domain::case_types::case_type::{CaseType, Copies, OTHER_REASON, Original};
use crate::domain::cases::input::MaterialDraft;
use crate::domain::cases::intake::scan::behind_command;

/// Where the faults point.
const POINTER: &str = "/command";

/// What was typed into rows and isn't recorded yet.
#[derive(Debug, Clone, Default)]
pub struct TypedRows {
    /// Rows as they are to be recorded.
    pub whole: Vec<MaterialDraft>,
    /// Rows that have a reason or a remark, but not how many copies there are: as in order, once the line says something of them.
    pub begun: Vec<MaterialDraft>,
    /// Rows that somebody else has checked since the page was shown, as it showed them; none: unchecked. What the line says of such a row is
    /// said of what the clerk saw, so that it is never mixed with what the other one found.
    pub seen: BTreeMap<String, Option<MaterialDraft>>,
}

/// What was typed.
#[derive(Debug, Clone, Default)]
pub struct SheetCommand {
    /// What to record, a row at most once, in the order of the sheet: what was typed into rows, and what the line finds.
    pub record: Vec<MaterialDraft>,
    /// What was scanned behind it, to be opened once the rest is saved.
    pub scanned: Option<String>,
    /// Nothing was typed, neither on the line nor into rows: Enter alone confirms the verdict on the screen. A `+` that finds nothing to
    /// do confirms nothing.
    pub confirms: bool,
}

impl SheetCommand {
    /// The checks as they would stand once it is recorded, for a verdict beforehand: who checked and when is left open.
    pub fn over(&self, checks: &BTreeMap<String, MaterialCheck>) -> BTreeMap<String, MaterialCheck> {
        let mut after = checks.clone();
        for draft in &self.record {
            let check = MaterialCheck {
                copies_received: draft.copies_received,
                copies_stamped: draft.copies_stamped,
                original_sighted: draft.original_sighted,
                reason: draft.reason.clone(),
                remark: draft.remark.clone(),
                checked_by: String::new(),
                checked_at: DateTime::UNIX_EPOCH,
            };
            after.insert(draft.material.clone(), check);
        }
        after
    }
}

/// Reads the line for a sheet as it stands, with what was typed into its rows and isn't recorded yet.
///
/// # Errors
/// Everything that can't be read, in the order of the line.
pub fn read(
    line: &str,
    case_type: &CaseType,
    sheets: &[Sheet<'_>],
    checks: &BTreeMap<String, MaterialCheck>,
    typed: &TypedRows,
) -> Result<SheetCommand, Vec<Fault>> {
    let folded = text::cell(line);
    let (commands, scanned) = behind_command(&folded);
    let rows =
        sheets.iter().enumerate().filter_map(|(at, sheet)| Some((at, of(&typed.whole, sheet)?.clone()))).collect();
    let (begun, seen) = (typed.begun.as_slice(), &typed.seen);
    let (found, faults) = (Vec::new(), Vec::new());
    let mut reader = Reader { case_type, sheets, checks, begun, seen, rows, found, faults };
    reader.read(commands);
    if reader.faults.is_empty() {
        let confirms = folded.is_empty() && typed.whole.is_empty() && typed.begun.is_empty();
        Ok(SheetCommand { record: reader.rows.into_values().collect(), scanned, confirms })
    } else {
        Err(reader.faults)
    }
}

/// What is found on one row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Finding {
    Copies(u32),
    Unstamped(u32),
    OriginalNotSighted,
    /// The number of a reason; 0: none any more.
    Reason(usize),
}

impl Finding {
    /// Whether it would take back what was found before it on the same row.
    fn takes_back(self, before: Self) -> bool {
        use Finding::{Copies, Reason, Unstamped};
        match (before, self) {
            (Copies(_), Copies(_)) | (Unstamped(_), Unstamped(_)) | (Reason(_), Reason(_)) => before != self,
            // The seals follow the copies.
            (Unstamped(_), Copies(_)) => true,
            _ => false,
        }
    }
}

struct Reader<'a> {
    case_type: &'a CaseType,
    sheets: &'a [Sheet<'a>],
    checks: &'a BTreeMap<String, MaterialCheck>,
    begun: &'a [MaterialDraft],
    seen: &'a BTreeMap<String, Option<MaterialDraft>>,
    /// By the position on the sheet.
    rows: BTreeMap<usize, MaterialDraft>,
    /// What the line found so far: the position on the sheet, and how it was typed.
    found: Vec<(usize, Finding, String)>,
    faults: Vec<Fault>,
}

/// What stands between commands.
const SEPARATORS: [char; 6] = [' ', ',', ';', '.', '、', '。'];

impl Reader<'_> {
    fn read(&mut self, line: &str) {
        let (mut rest, mut unreadable) = (line.chars().peekable(), Vec::new());
        let is_readable = |c: char| c.is_ascii_digit() || c == '+' || SEPARATORS.contains(&c);
        while let Some(&next) = rest.peek() {
            match next {
                next if next.is_ascii_digit() => self.row(&mut rest),
                next if !is_readable(next) => unreadable.push(taken(&mut rest, |c| !is_readable(c))),
                _ => {
                    rest.next();
                    if next == '+' {
                        self.all_in_order();
                    }
                }
            }
        }
        if !unreadable.is_empty() {
            let (zh, en) = (unreadable.join("”、“"), unreadable.join("\", \""));
            self.refuse("unreadable", format!("无法识别“{zh}”"), format!("\"{en}\" can't be read"));
        }
    }

    /// A row and what is found on it.
    fn row(&mut self, rest: &mut Peekable<Chars<'_>>) {
        let digits = taken(rest, |c| c.is_ascii_digit());
        match rest.peek() {
            Some('-') => {
                let strokes = taken(rest, |c| c == '-').len();
                let typed = format!("{digits}{}", "-".repeat(strokes));
                self.find(&digits, Finding::Unstamped(u32::try_from(strokes).unwrap_or(u32::MAX)), typed);
            }
            Some('*') => {
                rest.next();
                self.find(&digits, Finding::OriginalNotSighted, format!("{digits}*"));
            }
            Some('/') => {
                rest.next();
                let reason = taken(rest, |c| c.is_ascii_digit());
                self.find(&digits, Finding::Reason(reason.parse().unwrap_or(usize::MAX)), format!("{digits}/{reason}"));
            }
            _ => match digits.split_at_checked(digits.len() - 1) {
                Some((row, copies)) if !row.is_empty() => {
                    self.find(row, Finding::Copies(copies.parse().unwrap_or(0)), digits.clone());
                }
                _ => self.refuse(
                    "unreadable",
                    format!("“{digits}”之后须为份数、-、* 或 /"),
                    format!("\"{digits}\" needs a number of copies, -, * or / behind it"),
                ),
            },
        }
    }

    fn find(&mut self, row: &str, finding: Finding, typed: String) {
        let mut rows = self.sheets.iter().enumerate();
        let Some((at, sheet)) = rows.find(|(_, sheet)| row.parse() == Ok(sheet.number)) else {
            let known: Vec<String> = self.sheets.iter().map(|sheet| sheet.number.to_string()).collect();
            return self.refuse(
                "unknown_row",
                format!("没有第{row}项；有第{}项", known.join("、")),
                format!("there is no row {row}; there are {}", known.join(", ")),
            );
        };
        let is_taken_back = |(of, before, _): &&(usize, Finding, String)| *of == at && finding.takes_back(*before);
        if let Some((.., before)) = self.found.iter().find(is_taken_back) {
            let zh = format!("第{row}项前后不一致：先是“{before}”，后是“{typed}”，请改为一个");
            let en = format!("row {row} is given as \"{before}\" and then as \"{typed}\": which of them?");
            return self.refuse("given_twice", zh, en);
        }
        let current = self.rows.get(&at).cloned();
        let mut draft = current.unwrap_or_else(|| match self.seen.get(&sheet.code) {
            Some(Some(seen)) => seen.clone(),
            Some(None) => self.unchecked(sheet),
            None => self.starting(sheet),
        });
        match applied(self.case_type, sheet, &mut draft, &finding) {
            // Of what isn't there nothing is wrong: what was recorded goes with it, what was just typed isn't dropped.
            Ok(()) if has_reason_of_nothing(&draft) && !self.is_recorded(at, sheet, &draft) => {
                let why = reason_of_nothing();
                self.refuse("reason_of_nothing", format!("第{row}项{}", why.zh), format!("row {row} {}", why.en));
            }
            Ok(()) => {
                draft.reason = draft.reason.filter(|_| !is_absent(draft.copies_received, draft.original_sighted));
                self.rows.insert(at, draft);
                self.found.push((at, finding, typed));
            }
            Err((code, why)) => self.refuse(code, format!("第{row}项{}", why.zh), format!("row {row} {}", why.en)),
        }
    }

    /// Whether the reason of a row is the one that was recorded, and not one that was just typed.
    fn is_recorded(&self, at: usize, sheet: &Sheet<'_>, draft: &MaterialDraft) -> bool {
        let is_typed = self.found.iter().any(|(of, found, _)| *of == at && matches!(found, Finding::Reason(_)));
        let held = match self.seen.get(&sheet.code) {
            Some(seen) => seen.as_ref().and_then(|seen| seen.reason.as_ref()),
            None => self.checks.get(&sheet.code).and_then(|check| check.reason.as_ref()),
        };
        !is_typed && held == draft.reason.as_ref()
    }

    fn all_in_order(&mut self) {
        for (at, sheet) in self.sheets.iter().enumerate() {
            if !self.checks.contains_key(&sheet.code) {
                let found = self.starting(sheet);
                self.rows.entry(at).or_insert(found);
            }
        }
    }

    /// A row as it was checked, or as nobody has.
    fn starting(&self, sheet: &Sheet<'_>) -> MaterialDraft {
        if let Some(check) = self.checks.get(&sheet.code) {
            return MaterialDraft {
                material: sheet.code.clone(),
                copies_received: check.copies_received,
                copies_stamped: check.copies_stamped,
                original_sighted: check.original_sighted,
                reason: check.reason.clone(),
                remark: check.remark.clone(),
            };
        }
        self.unchecked(sheet)
    }

    /// A row that nobody has checked: in order, with what was begun.
    fn unchecked(&self, sheet: &Sheet<'_>) -> MaterialDraft {
        let (reason, remark) =
            of(self.begun, sheet).map(|begun| (begun.reason.clone(), begun.remark.clone())).unwrap_or_default();
        MaterialDraft { reason, remark, ..in_order(sheet) }
    }

    fn refuse(&mut self, code: &'static str, zh: String, en: String) {
        self.faults.push(Fault::new(POINTER, code, Words::new(zh, en)));
    }
}

fn has_reason_of_nothing(draft: &MaterialDraft) -> bool {
    draft.reason.is_some() && is_absent(draft.copies_received, draft.original_sighted)
}

fn taken(rest: &mut Peekable<Chars<'_>>, wanted: impl Fn(char) -> bool) -> String {
    std::iter::from_fn(|| rest.next_if(|c| wanted(*c))).collect()
}

/// Writes a finding into a row; where the document has no such thing, why not.
fn applied(
    case_type: &CaseType,
    sheet: &Sheet<'_>,
    draft: &mut MaterialDraft,
    finding: &Finding,
) -> Result<(), (&'static str, Words)> {
    let material = sheet.material;
    match *finding {
        Finding::Copies(_) if material.copies == Copies::Exactly(0) => {
            Err(("no_copies", Words::new("只看原件，不收复印件", "has no copies, only its original is shown")))
        }
        Finding::Copies(count) if matches!(material.copies, Copies::Exactly(asked) if count > asked) => {
            let Copies::Exactly(asked) = material.copies else { return Ok(()) };
            let zh = format!("只需{asked}份；确实多收的，请在该行填写");
            let en = format!("needs {asked} copies only; if there are more, type them into its line");
            Err(("too_many", Words::new(zh, en)))
        }
        Finding::Copies(count) => {
            draft.copies_received = count;
            draft.copies_stamped = if material.stamped { count } else { 0 };
            // Of what isn't there, nothing was sighted.
            draft.original_sighted &= count > 0;
            Ok(())
        }
        Finding::Unstamped(_) if !material.stamped => Err(("no_seal", Words::new("无须盖章", "needs no seal"))),
        Finding::Unstamped(count) => match draft.copies_received.checked_sub(count) {
            Some(stamped) => {
                draft.copies_stamped = stamped;
                Ok(())
            }
            None => {
                let received = draft.copies_received;
                let (zh, en) = (format!("只收到{received}份"), format!("has only {received} copies"));
                Err(("too_many", Words::new(zh, en)))
            }
        },
        Finding::OriginalNotSighted => match material.original {
            Original::Sighted | Original::Presented => {
                draft.original_sighted = false;
                Ok(())
            }
            Original::None | Original::Unspecified => {
                Err(("no_original", Words::new("无须核对原件", "needs no original")))
            }
        },
        // What was wrong before is mended.
        Finding::Reason(0) => {
            draft.reason = None;
            Ok(())
        }
        Finding::Reason(_) if is_absent(draft.copies_received, draft.original_sighted) => {
            Err(("reason_of_nothing", reason_of_nothing()))
        }
        Finding::Reason(number) => {
            let reason = number.checked_sub(1).and_then(|at| case_type.defect_reasons.get(at));
            let last = case_type.defect_reasons.len();
            let reason = reason.ok_or_else(|| {
                let (zh, en) = (format!("的原因须为1至{last}"), format!("needs a reason from 1 to {last}"));
                ("unknown_reason", Words::new(zh, en))
            })?;
            if reason.code == OTHER_REASON && draft.remark.is_none() {
                let zh = format!("的原因“{}”须在该行写明", reason.words.zh);
                let en = format!("needs a remark in its line for the reason \"{}\"", reason.words.en);
                return Err(("remark_missing", Words::new(zh, en)));
            }
            draft.reason = Some(reason.code.clone());
            Ok(())
        }
    }
}

/// What a row is among drafts.
fn of<'a>(drafts: &'a [MaterialDraft], sheet: &Sheet<'_>) -> Option<&'a MaterialDraft> {
    drafts.iter().find(|draft| draft.material == sheet.code)
}

/// A check that finds everything on a row.
pub fn in_order(sheet: &Sheet<'_>) -> MaterialDraft {
    let copies = match sheet.material.copies {
        Copies::Exactly(count) => count,
        Copies::Unspecified => 1,
    };
    MaterialDraft {
        material: sheet.code.clone(),
        copies_received: copies,
        copies_stamped: if sheet.material.stamped { copies } else { 0 },
        original_sighted: matches!(sheet.material.original, Original::Sighted | Original::Presented),
        reason: None,
        remark: None,
    }
}
