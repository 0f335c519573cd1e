//! A row of the check sheet as it is shown, and as its controls send it back.

use std::collections::BTreeMap;

use super::help::Reason;
use crate::console::page::forms::told::Told;
use crate::console::page::messages::Messages;
use crate::domain::base::person::Personal;
use crate::domain::base::text;
use crate::domain::case_types::case_type::{Copies, Original};
use crate::domain::cases::input::MaterialDraft;
use crate::domain::cases::intake::acceptance_number::AcceptanceNumber;
use crate::domain::cases::intake::applicant::Person;
use crate::domain::cases::intake::application::Application;
use crate::domain::cases::intake::scan::{without_scan, without_serial, without_serial_word};
use crate::domain::cases::materials::checklist::{Lack, MaterialCheck, Sheet, is_absent, lacks};

/// What the controls of a form say, by their names.
pub(in crate::console) type Fields = BTreeMap<String, String>;

/// The controls of a row; its code follows behind a dot.
const CONTROLS: [&str; 5] = ["received", "sealed", "sighted", "reason", "remark"];
/// What a row held when the page showed it, as its first part of a name.
const SHOWN: &str = "shown";
/// That the page asked which of two findings to keep.
pub(in crate::console) const DISPUTED: &str = "disputed";

/// A row as it is shown.
pub(in crate::console) struct Row {
    pub(in crate::console) number: u32,
    pub(in crate::console) code: String,
    pub(in crate::console) name: String,
    /// Whose it is, where it is a person's: name, and document with its number masked.
    pub(in crate::console) whose: String,
    /// Copies asked for; none where the guide doesn't say.
    pub(in crate::console) copies: Option<u32>,
    pub(in crate::console) stamped: bool,
    pub(in crate::console) original: bool,
    pub(in crate::console) received: String,
    pub(in crate::console) sealed: String,
    pub(in crate::console) sighted: bool,
    pub(in crate::console) reason: String,
    pub(in crate::console) remark: String,
    /// Its check in one text: the page sends it back, so that what a colleague changed meanwhile isn't taken for the reader's own.
    pub(in crate::console) shown: String,
    pub(in crate::console) is_checked: bool,
    /// What it lacks, once it was checked.
    lacks: Vec<Lack>,
    /// The same in a few words; of a reason none, which stands in its own cell.
    pub(in crate::console) lack: String,
    /// That there are more copies than are asked for; empty where there aren't.
    pub(in crate::console) more: String,
    /// What a colleague found on it meanwhile, while it shows what the reader typed: which to keep is asked. Empty where nothing is.
    pub(in crate::console) question: String,
}

impl Row {
    pub(in crate::console) fn of(messages: Messages, sheet: &Sheet<'_>, check: Option<&MaterialCheck>) -> Self {
        let count = |count: fn(&MaterialCheck) -> u32| check.map_or_else(String::new, |check| count(check).to_string());
        let found = check.map(|_| lacks(sheet.material, check)).unwrap_or_default();
        let row = Self {
            number: sheet.number,
            code: sheet.code.clone(),
            name: messages.of(&sheet.words()).to_owned(),
            whose: String::new(),
            copies: match sheet.material.copies {
                Copies::Exactly(copies) => Some(copies),
                Copies::Unspecified => None,
            },
            stamped: sheet.material.stamped,
            original: matches!(sheet.material.original, Original::Sighted | Original::Presented),
            received: count(|check| check.copies_received),
            sealed: count(|check| check.copies_stamped),
            sighted: check.is_some_and(|check| check.original_sighted),
            reason: check.and_then(|check| check.reason.clone()).unwrap_or_default(),
            remark: check.and_then(|check| check.remark.clone()).unwrap_or_default(),
            is_checked: check.is_some(),
            lack: in_short(messages, &found),
            lacks: found,
            more: more(messages, sheet, check),
            question: String::new(),
            shown: String::new(),
        };
        let row =
            if row.copies == Some(0) && row.received == "0" { Self { received: String::new(), ..row } } else { row };
        Self { shown: row.described(), ..row }
    }

    /// The same, with whose document it is.
    pub(in crate::console) fn of_persons(
        mut self,
        messages: Messages,
        sheet: &Sheet<'_>,
        application: &Application,
    ) -> Self {
        let named = |person: &&Person| {
            let (kind, number) =
                (messages.of(&person.document_type.words()).to_owned(), person.identity_number.masked());
            messages.with("sheet.whose", &[("name", &person.name), ("document", &kind), ("number", &number)])
        };
        self.whose = sheet.persons(application).iter().map(named).collect::<Vec<_>>().join(messages.t("list.between"));
        self
    }

    /// Whether its copies are counted: of what is only presented there are none.
    pub(in crate::console) fn is_counted(&self) -> bool {
        self.copies != Some(0) || !self.received.is_empty()
    }

    /// Whether it was checked and lacks something.
    pub(in crate::console) fn is_lacking(&self) -> bool {
        !self.lacks.is_empty()
    }

    /// Whether copies are what it lacks; nothing is said of it while the reader's own finding stands there.
    pub(in crate::console) fn lacks_copies(&self) -> bool {
        self.question.is_empty()
            && self.lacks.iter().any(|lack| matches!(lack, Lack::CopiesMissing { .. } | Lack::NotPresent))
    }

    /// Whether seals are.
    pub(in crate::console) fn lacks_seals(&self) -> bool {
        self.question.is_empty() && self.lacks.iter().any(|lack| matches!(lack, Lack::CopiesUnstamped { .. }))
    }

    /// Its check in one text.
    fn described(&self) -> String {
        let sighted = if self.sighted { "yes" } else { "" };
        self.in_one([&self.received, &self.sealed, sighted, &self.reason, &self.remark])
    }

    /// What its controls hold, in one text: of those that it hasn't, nothing, as nothing of them is sent.
    fn in_one(&self, [received, sealed, sighted, reason, remark]: [&str; 5]) -> String {
        let of = |is_there: bool, value| if is_there { value } else { "" };
        let counted = [of(self.is_counted(), received), of(self.stamped, sealed), of(self.original, sighted)];
        [&counted[..], &[reason, remark]].concat().join("\n")
    }

    /// The names of its controls, and of what goes with them unseen.
    pub(in crate::console) fn names(&self) -> impl Iterator<Item = String> {
        CONTROLS.into_iter().chain([SHOWN, DISPUTED]).map(|name| format!("{name}.{}", self.code))
    }

    /// The remark that was sent of it; empty where none was.
    pub(in crate::console) fn remark_in<'a>(&self, fields: &'a Fields) -> &'a str {
        fields.get(&format!("remark.{}", self.code)).map_or("", String::as_str)
    }

    /// Whether anything of it was sent.
    pub(in crate::console) fn is_in(&self, fields: &Fields) -> bool {
        self.names().any(|name| fields.contains_key(&name))
    }

    /// Whether it was checked with the same findings.
    pub(in crate::console) fn holds(&self, draft: &MaterialDraft) -> bool {
        let [received, sealed, sighted, reason, remark] = controls_of(draft).map(|(_, value)| value);
        self.is_checked && self.in_one([&received, &sealed, &sighted, &reason, &remark]) == self.described()
    }

    /// Whether the page asked which to keep, of it.
    pub(in crate::console) fn is_disputed(&self, fields: &Fields) -> bool {
        fields.contains_key(&format!("{DISPUTED}.{}", self.code))
    }

    /// The row with what its controls said, so that nothing is lost when the page comes back.
    pub(in crate::console) fn retyped(&mut self, fields: &Fields) {
        // A row of which nothing was sent stays as it is.
        if !self.is_in(fields) {
            return;
        }
        let sent = Sent::of(self, fields);
        if !sent.is_other(self, fields) {
            return;
        }
        // It was typed on what the page showed, and is held against that once more.
        if let Some(shown) = fields.get(&format!("{SHOWN}.{}", self.code)) {
            self.shown = shown.replace("\r\n", "\n");
        }
        self.sighted = sent.sighted;
        let received = if self.is_counted() { sent.received } else { String::new() };
        [&mut self.received, &mut self.sealed, &mut self.reason, &mut self.remark]
            .into_iter()
            .zip([received, sent.sealed, sent.reason, sent.remark])
            .for_each(|(field, value)| *field = value);
    }

    /// What was found on it and remarked, in words.
    pub(in crate::console) fn said(&self, messages: Messages, reasons: &[Reason]) -> String {
        self.remarked(messages, self.found(messages, reasons).join(messages.t("list.between")))
    }

    /// What was found, with what was remarked on it.
    pub(in crate::console) fn remarked(&self, messages: Messages, found: String) -> String {
        let gaps: [(&str, &dyn std::fmt::Display); 2] = [("found", &found), ("remark", &self.remark)];
        if self.remark.is_empty() { found } else { messages.with("timeline.remarked", &gaps) }
    }

    /// What was found on it, in words: its copies, seals, original, and what else is wrong with it.
    pub(in crate::console) fn found(&self, messages: Messages, reasons: &[Reason]) -> Vec<String> {
        let mut found = Vec::new();
        if self.is_counted() {
            found.push(messages.fill("sheet.found_copies", "count", &self.received));
        }
        if self.stamped {
            found.push(messages.fill("sheet.found_seals", "count", &self.sealed));
        }
        if self.original {
            found.push(messages.t(if self.sighted { "sheet.found_sighted" } else { "sheet.unsighted" }).to_owned());
        }
        found.extend(reasons.iter().filter(|reason| reason.code == self.reason).map(|reason| reason.name.clone()));
        found
    }

    /// What was scanned while one of its fields was in focus; the field is left with what it held besides. Into a remark people
    /// type long numbers, too: there only an acceptance number is a scan, or a label that the hall knows.
    pub(in crate::console) fn without_scan(&self, fields: &mut Fields, serials: &[String]) -> Option<String> {
        let mut found = None;
        for (name, before) in [("received", &self.received), ("sealed", &self.sealed), ("remark", &self.remark)] {
            let Some(field) = fields.get_mut(&format!("{name}.{}", self.code)) else { continue };
            let folded = text::cell(field);
            let (is_remark, (rest, number)) = (name == "remark", without_scan(&folded));
            let number = number.filter(|number| !is_remark || AcceptanceNumber::parse(number).is_ok());
            let is_known = |one: &(&str, &str)| !is_remark || serials.iter().any(|known| known == one.1);
            // Digits before its first letter are a count, but in a remark.
            let word = || without_serial_word(&folded).filter(|one| is_remark && is_known(one));
            let serial = || word().or_else(|| without_serial(&folded).filter(is_known));
            let serial = || serial().map(|(rest, serial)| (rest, serial.to_owned()));
            let Some((rest, scanned)) = number.map(|number| (rest, number)).or_else(serial) else { continue };
            // A remark may end in a number: a scan came behind what stood there, or alone.
            if !is_remark || rest.is_empty() || rest.trim() == text::cell(before).trim() {
                *field = if rest.is_empty() { before.clone() } else { rest.to_owned() };
                found = Some(scanned);
            }
        }
        found
    }

    /// Whether the page on which it was typed showed something else than is known of it now, whatever version that page is of: a page that is
    /// opened anew has what was typed on the one before.
    pub(in crate::console) fn is_other_than_shown(&self, fields: &Fields) -> bool {
        let shown = fields.get(&format!("{SHOWN}.{}", self.code));
        shown.is_some_and(|shown| shown.replace("\r\n", "\n") != self.shown)
    }

    /// Its finding as the page showed it; none where it showed none, or isn't known to have shown it.
    pub(in crate::console) fn seen(&self, fields: &Fields) -> Option<MaterialDraft> {
        let shown = fields.get(&format!("{SHOWN}.{}", self.code))?.replace("\r\n", "\n");
        let held: Vec<&str> = shown.split('\n').collect();
        let [received, sealed, sighted, reason, remark] = held[..] else { return None };
        let given = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
        let is_checked = held.iter().any(|value| !value.is_empty());
        is_checked.then(|| MaterialDraft {
            material: self.code.clone(),
            copies_received: received.parse().unwrap_or(0),
            copies_stamped: sealed.parse().unwrap_or(0),
            original_sighted: !sighted.is_empty(),
            reason: given(reason),
            remark: given(remark),
        })
    }

    /// What its controls say, where that differs from what the page showed.
    ///
    /// # Errors
    /// What can't be read, at its control.
    pub(in crate::console) fn changed_by(&self, messages: Messages, fields: &Fields) -> Result<Change, Told> {
        let sent = Sent::of(self, fields);
        if !sent.is_other(self, fields) {
            return Ok(Change::None);
        }
        let told = |control: &str, key: &str| Told {
            at: format!("{control}-{}", self.code),
            text: messages.with(key, &[("number", &self.number), ("document", &self.name)]),
        };
        let number = |control: &str, typed: &str| match text::cell(typed).parse() {
            Ok(number) => Ok(number),
            Err(_) if typed.is_empty() => Ok(0),
            Err(_) => Err(told(control, "sheet.no_number")),
        };
        let given = |text: String| Some(text).filter(|text| !text.is_empty());
        let draft = MaterialDraft {
            material: self.code.clone(),
            copies_received: number("received", &sent.received)?,
            copies_stamped: number("sealed", &sent.sealed)?,
            original_sighted: if self.original { sent.sighted } else { self.sighted },
            reason: given(sent.reason),
            remark: given(sent.remark),
        };
        // Seals that nobody counted aren't missing: of copies that are there they are asked for.
        if self.stamped && sent.sealed.is_empty() && draft.copies_received > 0 {
            return Err(told("sealed", "sheet.unsealed"));
        }
        if !sent.received.is_empty() || !self.is_counted() {
            let is_of_nothing = draft.reason.is_some() && is_absent(draft.copies_received, draft.original_sighted);
            return if is_of_nothing {
                Err(told("reason", "sheet.reason_of_nothing"))
            } else {
                Ok(Change::Whole(draft))
            };
        }
        let is_shown = fields.contains_key(&format!("{SHOWN}.{}", self.code));
        let was_checked = if is_shown { self.seen(fields).is_some() } else { self.is_checked };
        let uncounted = told("received", if was_checked { "sheet.emptied" } else { "sheet.uncounted" });
        let sealed = Some(draft.copies_stamped).filter(|_| !sent.sealed.is_empty());
        match (was_checked, self.is_checked, sealed.is_none()) {
            (false, true, true) => Ok(Change::Beside(draft.clone(), self.under(draft, sealed))),
            (false, true, false) => Ok(Change::Whole(self.under(draft, sealed))),
            (false, false, true) => Ok(Change::Begun(draft, uncounted)),
            _ => Err(uncounted),
        }
    }

    /// What a colleague found on it since the page was shown, with what was typed on top: neither of the two is lost.
    fn under(&self, typed: MaterialDraft, sealed: Option<u32>) -> MaterialDraft {
        let count = |text: &str| text.parse().unwrap_or(0);
        let given = |text: &String| Some(text.clone()).filter(|text| !text.is_empty());
        MaterialDraft {
            copies_received: count(&self.received),
            copies_stamped: sealed.unwrap_or_else(|| count(&self.sealed)),
            original_sighted: typed.original_sighted || self.sighted,
            reason: typed.reason.or_else(|| given(&self.reason)),
            remark: typed.remark.or_else(|| given(&self.remark)),
            material: typed.material,
        }
    }
}

/// What was typed into a row.
pub(in crate::console) enum Change {
    /// Nothing.
    None,
    /// What is to be recorded.
    Whole(MaterialDraft),
    /// Something, but not how many copies there are: where no command says it, that is a fault, as a row without is unchecked.
    Begun(MaterialDraft, Told),
    /// The same of a row that a colleague has counted since the page was shown; and as it is beside what they found.
    Beside(MaterialDraft, MaterialDraft),
}

/// A draft as the controls of its row would send it.
pub(in crate::console) fn controls_of(draft: &MaterialDraft) -> [(String, String); 5] {
    let sighted = if draft.original_sighted { "yes" } else { "" };
    let given = |text: &Option<String>| text.clone().unwrap_or_default();
    let (received, sealed) = (draft.copies_received.to_string(), draft.copies_stamped.to_string());
    let mut values = [received, sealed, sighted.to_owned(), given(&draft.reason), given(&draft.remark)].into_iter();
    CONTROLS.map(|name| (format!("{name}.{}", draft.material), values.next().unwrap_or_default()))
}

/// What the controls of a row hold.
struct Sent {
    received: String,
    sealed: String,
    sighted: bool,
    reason: String,
    remark: String,
}

impl Sent {
    fn of(row: &Row, fields: &Fields) -> Self {
        let field =
            |name: &str| fields.get(&format!("{name}.{}", row.code)).map_or("", |value| value.trim()).to_owned();
        Self {
            received: field("received"),
            sealed: field("sealed"),
            sighted: !field("sighted").is_empty(),
            reason: field("reason"),
            remark: field("remark"),
        }
    }

    /// Whether it is something other than what the page showed.
    fn is_other(&self, row: &Row, fields: &Fields) -> bool {
        let Self { received, sealed, sighted, reason, remark } = self;
        let sent = row.in_one([received, sealed, if *sighted { "yes" } else { "" }, reason, remark]);
        let shown = fields.get(&format!("{SHOWN}.{}", row.code)).map(|shown| shown.replace("\r\n", "\n"));
        sent != shown.unwrap_or_else(|| row.shown.clone())
    }
}

/// What is lacking, in a few words.
fn in_short(messages: Messages, lacks: &[Lack]) -> String {
    let short = |lack: &Lack| match lack {
        Lack::CopiesMissing { count } => Some(messages.fill("sheet.lacks_copies", "count", count)),
        Lack::CopiesUnstamped { count } => Some(messages.fill("sheet.lacks_seals", "count", count)),
        Lack::NotPresent => Some(messages.t("sheet.not_present").to_owned()),
        Lack::OriginalNotSighted | Lack::OriginalNotPresented => Some(messages.t("sheet.unsighted").to_owned()),
        Lack::NotChecked | Lack::Defective { .. } => None,
    };
    lacks.iter().filter_map(short).collect::<Vec<_>>().join(messages.t("list.between"))
}

/// That more copies were received than are asked for.
fn more(messages: Messages, sheet: &Sheet<'_>, check: Option<&MaterialCheck>) -> String {
    let (Copies::Exactly(asked), Some(check)) = (sheet.material.copies, check) else { return String::new() };
    match check.copies_received.saturating_sub(asked) {
        0 => String::new(),
        more => messages.fill("sheet.more", "count", more),
    }
}
