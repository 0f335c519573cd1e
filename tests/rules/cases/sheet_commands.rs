//! The command box of the check sheet: what is typed is read as a whole, or refused in words.

use std::cell::LazyCell;

use casehall::domain::accounts::actor::Actor;
use casehall::domain::accounts::role::Role;
use casehall::domain::base::recorded::Recorded;
use casehall::domain::base::words::Fault;
use casehall::domain::case_types::catalog::Catalog;
use casehall::domain::case_types::definition::Definition;
use casehall::domain::cases::case::{Case, evolve, fold};
use casehall::domain::cases::context::Context;
use casehall::domain::cases::deadlines::reckoning::CalendarInForce;
use casehall::domain::cases::decide;
use casehall::domain::cases::event::Event;
use casehall::domain::cases::input::{ActionInput, MaterialDraft};
use casehall::domain::cases::intake::acceptance_number::AcceptanceNumber;
use casehall::domain::cases::materials::checklist::{checklist, verdict};
use casehall::domain::cases::materials::sheet_command::{SheetCommand, TypedRows, read};
use casehall::domain::hall::Hall;
use proptest::prelude::*;
use uuid::Uuid;

use super::walks::fixture;

/// A clerk at the counter, with the sheet of one application. An organization with a unified code has no sixth paper, and the agent's
/// identity document is the ninth.
pub(crate) struct Counter {
    hall: Hall,
    catalog: Catalog,
    case: Case,
}

impl Counter {
    pub(crate) fn open() -> Self {
        let (hall, catalog) = (fixture::hall(), fixture::catalog());
        let definition = catalog.opening("new-certificate").unwrap();
        let draft = fixture::draft(definition.case_type, false, true, None);
        let case = with_context(&hall, |context| {
            let application = decide::application(definition, &draft, context).unwrap();
            let events = decide::open(definition, application, "260302000014".to_owned(), None, context).unwrap();
            fold(Uuid::nil(), &recorded(0, events)).unwrap()
        });
        Self { hall, catalog, case }
    }

    fn definition(&self) -> Definition<'_> {
        self.catalog.opening("new-certificate").unwrap()
    }

    fn read(&self, line: &str) -> Result<SheetCommand, Vec<Fault>> {
        self.read_with(&TypedRows::default(), line)
    }

    /// The same where something was typed into rows before.
    fn read_with(&self, typed: &TypedRows, line: &str) -> Result<SheetCommand, Vec<Fault>> {
        let case_type = self.definition().case_type;
        read(line, case_type, &checklist(case_type, &self.case.application), &self.case.checks, typed)
    }

    /// Types a line and presses Enter; the verdict on the screen.
    fn enter(&mut self, line: &str) -> String {
        let command = self.read(line).unwrap_or_else(|faults| panic!("{line}: {faults:?}"));
        if !command.record.is_empty() {
            self.record(command.record).unwrap();
        }
        let case_type = self.definition().case_type;
        verdict(case_type, &self.case.application, &self.case.checks).words().zh
    }

    fn record(&mut self, drafts: Vec<MaterialDraft>) -> Result<(), String> {
        let input = ActionInput { materials: Some(drafts), ..ActionInput::default() };
        let (definition, case) = (self.definition(), &self.case);
        let done =
            with_context(&self.hall, |context| decide::act(definition, case, "record_materials", &input, context));
        let events = done.map_err(|refusals| format!("{refusals:?}"))?;
        self.case = recorded(self.case.version, events).iter().fold(self.case.clone(), evolve);
        Ok(())
    }

    /// Types a line and presses Enter; what the page then says in both languages: the verdict, or why the line is refused.
    pub(crate) fn told(&mut self, line: &str) -> [String; 2] {
        match self.read(line) {
            Ok(command) => {
                self.record(command.record).unwrap();
                let case_type = self.definition().case_type;
                let words = verdict(case_type, &self.case.application, &self.case.checks).words();
                [words.zh, words.en]
            }
            Err(faults) => {
                let told = |text: fn(&Fault) -> &str| faults.iter().map(text).collect::<Vec<_>>().join("；");
                [told(|fault| &fault.words.zh), told(|fault| &fault.words.en)]
            }
        }
    }

    fn refused(&self, line: &str) -> Vec<(&'static str, String)> {
        let faults = self.read(line).unwrap_err();
        faults.into_iter().map(|fault| (fault.code, fault.words.zh)).collect()
    }
}

fn recorded(version: i64, events: Vec<Event>) -> Vec<Recorded<Event>> {
    let at = "2026-03-02T02:00:00Z".parse().unwrap();
    let (actor_id, actor_name, action) = ("a".to_owned(), "某".to_owned(), "record_materials".to_owned());
    let one = |(sequence, event)| Recorded {
        sequence,
        at,
        actor_id: actor_id.clone(),
        actor_name: actor_name.clone(),
        action: action.clone(),
        event,
    };
    (version + 1..).zip(events).map(one).collect()
}

fn with_context<T>(hall: &Hall, f: impl FnOnce(&Context<'_>) -> T) -> T {
    let actor = Actor { id: "a".to_owned(), name: "某".to_owned(), roles: vec![Role::Clerk], outlet: None };
    let (calendar, none) = (CalendarInForce::default(), Catalog::default());
    let now = "2026-03-02T02:00:00Z".parse().unwrap();
    let (held, fresh_id) = (None, Uuid::nil());
    f(&Context { now, actor: &actor, hall, catalog: &none, calendar: &calendar, held, fresh_id })
}

#[test]
fn a_plus_finds_everything_in_order() {
    assert_eq!(Counter::open().enter("+"), "材料齐全。");
}

#[test]
fn a_stroke_is_a_copy_without_its_seal() {
    let one = "还差1处：④《单位法人电子印章申请表》1份未盖单位公章。其余7项齐全。";
    for line in ["4-+", "+4-", "4- +", "４－＋", "4—＋", "  4-，+ "] {
        assert_eq!(Counter::open().enter(line), one, "{line}");
    }
    assert!(Counter::open().enter("4--+").contains("2份未盖单位公章"));
    assert!(Counter::open().enter("42 4-+").contains("缺1份；④《单位法人电子印章申请表》1份未盖单位公章"));
}

#[test]
fn a_digit_behind_a_row_is_how_many_copies_there_are() {
    assert!(Counter::open().enter("40+").starts_with("还差1处：④《单位法人电子印章申请表》缺3份"));
    assert!(Counter::open().enter("41+").contains("缺2份"));
    assert_eq!(Counter::open().enter("43+"), "材料齐全。");
}

#[test]
fn rows_have_the_numbers_by_which_the_notice_names_them() {
    assert!(Counter::open().enter("7*+").contains("⑦《"));
    assert!(Counter::open().enter("9*+").contains("经办人"));
    assert_eq!(Counter::open().refused("6*")[0].0, "unknown_row");
}

#[test]
fn a_star_is_an_original_that_was_not_sighted() {
    assert!(Counter::open().enter("7*+").contains("未出示原件"));
}

#[test]
fn a_stroke_and_a_number_give_the_reason_of_the_list() {
    let counter = Counter::open();
    let reasons = &counter.definition().case_type.defect_reasons;
    let record = counter.read("4/1").unwrap().record;
    assert_eq!(record[0].reason.as_ref(), Some(&reasons[0].code));
    let other = 1 + reasons.iter().position(|reason| reason.code == "other").unwrap();
    assert_eq!(counter.refused(&format!("4/{other}"))[0].0, "remark_missing");
}

#[test]
fn a_plus_never_touches_what_was_found_before() {
    let mut counter = Counter::open();
    counter.enter("4- 7*");
    assert!(counter.enter("+").starts_with("还差2处"));
    assert!(counter.enter("+").starts_with("还差2处"), "and not the second time either");
    assert!(counter.enter("43").starts_with("还差1处"), "but who brings the row in order may say so");
}

#[test]
fn a_line_is_read_on_top_of_what_was_typed_into_rows() {
    let counter = Counter::open();
    let row = |line: &str| counter.read(line).unwrap().record.remove(0);
    let typed = MaterialDraft { remark: Some("封面有折痕".to_owned()), ..row("4-") };
    let rows = TypedRows { whole: vec![typed.clone()], ..TypedRows::default() };
    let found = |line: &str| counter.read_with(&rows, line).unwrap();
    let fourth = |line: &str| found(line).record.into_iter().find(|draft| draft.material == typed.material).unwrap();
    // A plus leaves it alone and takes the others; a command of its row says what it says and leaves the rest.
    assert_eq!((found("+").record.len(), fourth("+").copies_stamped, fourth("+").remark), (8, 2, typed.remark.clone()));
    assert_eq!((fourth("4--").copies_stamped, fourth("4--").remark), (1, typed.remark.clone()));
    assert_eq!((found("").record.len(), found("").confirms), (1, false), "what isn't recorded yet is recorded first");
}

#[test]
fn a_row_that_was_begun_is_in_order_once_the_line_says_something_of_it() {
    let counter = Counter::open();
    let remark = Some("原件已退".to_owned());
    let begun = MaterialDraft {
        material: counter.read("43").unwrap().record.remove(0).material,
        remark,
        ..MaterialDraft::default()
    };
    let rows = TypedRows { begun: vec![begun.clone()], ..TypedRows::default() };
    let found = |line: &str| counter.read_with(&rows, line).unwrap().record;
    let fourth = |line: &str| found(line).into_iter().find(|draft| draft.material == begun.material);
    assert_eq!(fourth("+").map(|row| (row.copies_received, row.remark)), Some((3, begun.remark.clone())));
    let other =
        1 + counter.definition().case_type.defect_reasons.iter().position(|reason| reason.code == "other").unwrap();
    assert_eq!(fourth(&format!("4/{other}")).and_then(|row| row.reason).as_deref(), Some("other"));
    assert!(fourth("1-").is_none() && fourth("").is_none() && !counter.read_with(&rows, "").unwrap().confirms);
}

#[test]
fn what_is_scanned_is_opened_behind_what_was_typed() {
    let counter = Counter::open();
    let number = AcceptanceNumber::new("2026-03-02".parse().unwrap(), 1).as_str().to_owned();
    let scanned = |line: &str| {
        let command = counter.read(line).unwrap();
        (command.record.len(), command.scanned.unwrap())
    };
    assert_eq!(scanned(&number), (0, number.clone()));
    assert_eq!(scanned(&format!("4-+{number}")), (8, number.clone()));
    // The scanner's digits run into those that were typed; the check digit tells them apart.
    assert_eq!(scanned(&format!("43{number}")), (1, number));
    assert_eq!(scanned("4-1234567890"), (1, "1234567890".to_owned()), "another number, such as a serial");
}

#[test]
fn nothing_typed_confirms_and_a_plus_without_work_does_not() {
    let mut counter = Counter::open();
    assert!(counter.read("").unwrap().confirms && counter.read(" \u{3000}").unwrap().confirms);
    counter.enter("+");
    let again = counter.read("+").unwrap();
    assert!(again.record.is_empty() && !again.confirms);
}

#[test]
fn what_can_not_be_read_is_told_all_at_once() {
    let counter = Counter::open();
    let told = |line: &str| counter.refused(line).into_iter().map(|(_, words)| words).collect::<Vec<_>>().join("；");
    assert_eq!(told("4"), "“4”之后须为份数、-、* 或 /");
    assert_eq!(told("0-"), "没有第0项；有第1、2、3、4、5、7、8、9项");
    assert_eq!(told("4* 99- x"), "第4项无须核对原件；没有第99项；有第1、2、3、4、5、7、8、9项；无法识别“x”");
    assert_eq!(told("乱码4-打x 字"), "无法识别“乱码”、“打x”、“字”", "in one sentence, however much it is");
    assert_eq!(told("4----"), "第4项只收到3份");
    assert_eq!(told("4/ 4/7 4/77"), ["第4项的原因须为1至6"; 3].join("；"));
    assert_eq!(
        counter.refused("4* 99- x").iter().map(|(code, _)| *code).collect::<Vec<_>>(),
        ["no_original", "unknown_row", "unreadable"]
    );
}

#[test]
fn a_reason_stays_with_its_row_until_it_is_told_to_be_mended() {
    let mut counter = Counter::open();
    counter.enter("+ 4/2");
    let of_row = |counter: &Counter| {
        let row = checklist(counter.definition().case_type, &counter.case.application).remove(3).code;
        counter.case.checks[&row].reason.clone()
    };
    assert!(of_row(&counter).is_some());
    counter.enter("43");
    assert!(of_row(&counter).is_some(), "that there are three says nothing of how they look");
    assert_eq!(counter.enter("4/0"), "材料齐全。");
    assert_eq!(of_row(&counter), None);
}

#[test]
fn a_document_that_nobody_brought_has_no_reason() {
    let mut counter = Counter::open();
    for line in ["40 4/2", "4/2 40"] {
        let told = vec![("reason_of_nothing", "第4项没有收到，不能再填不合格原因".to_owned())];
        assert_eq!(counter.refused(line), told, "{line}");
    }
    // What was recorded goes with the document.
    counter.enter("+ 4/2");
    assert!(counter.enter("40").contains("④《单位法人电子印章申请表》缺3份。"));
    assert_eq!(counter.enter("43"), "材料齐全。");
}

#[test]
fn more_digits_than_a_command_has_are_a_scan_as_a_whole() {
    let counter = Counter::open();
    let number = "260302000013";
    for line in ["1020304050".to_owned(), format!("10203040{number}"), format!("{number}{number}"), "9".repeat(20)] {
        let read = counter.read(&format!("4- {line}")).unwrap();
        assert_eq!((read.record.len(), read.scanned), (1, Some(line)));
    }
    let read = counter.read(&format!("112{number}"));
    assert!(read.is_err(), "three digits are a row and its copies, of a row that isn't there");
}

#[test]
fn no_command_takes_another_back_unsaid() {
    let counter = Counter::open();
    for (line, first, second) in
        [("40 41", "40", "41"), ("4-,4--", "4-", "4--"), ("4- 43", "4-", "43"), ("4/1 4/2", "4/1", "4/2")]
    {
        let told = vec![("given_twice", format!("第4项前后不一致：先是“{first}”，后是“{second}”，请改为一个"))];
        assert_eq!(counter.refused(line), told, "{line}");
    }
    for line in ["43 43", "42 4-", "4- 4-", "4- 4/1 40+", "40 13"] {
        assert_eq!(counter.read(line).is_ok(), line != "4- 4/1 40+", "{line}");
    }
}

/// A row of the sheet, and something said of it.
fn of_a_row() -> impl Strategy<Value = String> {
    let rows = proptest::sample::select(vec![1, 2, 3, 4, 5, 7, 8, 9]);
    let said = proptest::sample::select(vec!["-", "--", "0", "1", "2", "3", "*", "/1", "/2"]);
    (rows, said).prop_map(|(row, said)| format!("{row}{said}"))
}

/// Lines as people type them, and others.
fn line() -> impl Strategy<Value = String> {
    let keys: Vec<char> = "0123456789+-*/ ４－＋＊／—，x\u{200B}合".chars().collect();
    let typed = proptest::collection::vec(proptest::sample::select(keys), 0..16);
    prop_oneof![
        4 => typed.prop_map(|keys| keys.into_iter().collect()),
        1 => any::<String>(),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn a_plus_leaves_every_row_alone_that_its_line_does_not_name(
        before in proptest::collection::vec(of_a_row(), 0..5),
        then in proptest::collection::vec(of_a_row(), 0..4),
        plus in 0_usize..4,
    ) {
        thread_local!(static OPEN: LazyCell<Counter> = const { LazyCell::new(Counter::open) });
        OPEN.with(|open| {
            let mut counter = Counter { hall: open.hall.clone(), catalog: open.catalog.clone(), case: open.case.clone() };
            if let Ok(first) = counter.read(&before.join(" ")) && !first.record.is_empty() {
                counter.record(first.record).map_err(TestCaseError::fail)?;
            }
            let checked = counter.case.checks.clone();
            let mut with_plus = then.clone();
            with_plus.insert(plus.min(then.len()), "+".to_owned());
            let (Ok(alone), Ok(command)) = (counter.read(&then.join(" ")), counter.read(&with_plus.join(" "))) else { return Ok(()) };
            let named: Vec<&String> = alone.record.iter().map(|draft| &draft.material).collect();
            if !command.record.is_empty() {
                counter.record(command.record).map_err(TestCaseError::fail)?;
            }
            for (row, check) in checked.iter().filter(|(row, _)| !named.contains(row)) {
                prop_assert!(counter.case.checks[row] == *check, "{} after {}: {row}", with_plus.join(" "), before.join(" "));
            }
            let is_all = counter.case.checks.len() == checklist(counter.definition().case_type, &counter.case.application).len();
            prop_assert!(is_all, "and takes every other one");
            Ok(())
        })?;
    }

    #[test]
    fn any_line_is_read_and_then_recorded_or_refused_in_both_languages(before in line(), then in line()) {
        thread_local!(static OPEN: LazyCell<Counter> = const { LazyCell::new(Counter::open) });
        OPEN.with(|open| {
            let mut counter = Counter { hall: open.hall.clone(), catalog: open.catalog.clone(), case: open.case.clone() };
            if let Ok(first) = counter.read(&before) && !first.record.is_empty() {
                counter.record(first.record).map_err(TestCaseError::fail)?;
            }
            let checked = counter.case.checks.clone();
            match counter.read(&then) {
                Ok(command) => {
                    let rows: Vec<String> = command.record.iter().map(|draft| draft.material.clone()).collect();
                    if !rows.is_empty() {
                        counter.record(command.record).map_err(TestCaseError::fail)?;
                    }
                    let named = then.chars().any(|c| c.is_numeric());
                    for (row, check) in checked {
                        prop_assert!(named || counter.case.checks[&row] == check, "{then}: {row}");
                    }
                }
                Err(faults) => {
                    prop_assert!(!faults.is_empty());
                    for fault in faults {
                        prop_assert!(!fault.words.zh.is_empty() && !fault.words.en.is_empty());
                    }
                }
            }
            Ok(())
        })?;
    }
}
