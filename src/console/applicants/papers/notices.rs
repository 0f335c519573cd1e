//! Receipt and notices: what the hall tells an applicant in writing (行政许可法 art. 32 and 38).

use crate::console::applicants::paper::{Block, Sheet, Subject};
use crate::console::page::messages::begun;
use crate::domain::applicants::bring::requirement;
use crate::domain::applicants::paper;
use crate::domain::case_types::case_type::Copies;
use crate::domain::cases::materials::checklist::{Lack, Missing, Sheet as Row, checklist};
use crate::domain::cases::materials::notice::Notice;
use crate::domain::money::yuan::yuan;

/// 收件回执.
pub(super) fn receipt(subject: &Subject<'_>) -> Sheet {
    let case = subject.case();
    let received = subject
        .messages()
        .with("paper.received", &[("day", &subject.moment(case.opened_at)), ("case_type", &subject.case_type())]);
    let mut facts = subject.organization_facts();
    facts.push(subject.fact("paper.applicant", subject.person(&case.application.applicant)));
    facts.extend(case.application.agent.as_ref().map(|agent| subject.fact("paper.agent", subject.person(agent))));
    facts.extend(dates(subject));
    facts.push(subject.fact("paper.fee", subject.messages().fill("money.yuan", "amount", yuan(case.fee.total_fen))));
    let documents = checklist(subject.details.definition.case_type, &case.application);
    let row = |sheet: &Row<'_>| {
        let asked = subject.line(&requirement(sheet.material));
        vec![sheet.number.to_string(), subject.of(&sheet.words()), asked]
    };
    let by = subject.data.events.first().map(|opened| opened.actor_name.as_str()).unwrap_or_default();
    let blocks = vec![
        Block::Text(received),
        Block::Facts(facts),
        Block::Heading(subject.t("paper.bring")),
        Block::Table {
            // The numbers are those of the check sheet and of every notice: the guide's, of which a case needn't have all.
            head: vec![subject.t("paper.number"), subject.t("paper.document"), subject.t("paper.asked")],
            rows: documents.iter().map(row).collect(),
        },
        Block::Heading(subject.t("paper.where")),
        Block::Facts(subject.outlet_facts()),
        Block::Signatures(vec![
            subject.messages().fill("paper.received_by", "name", by),
            subject.messages().fill("paper.stamped", "day", subject.date_of(case.opened_at)),
        ]),
    ];
    Sheet { to: subject.addressed(), has_qr: true, ..Sheet::new(subject.t("paper.receipt"), blocks) }
}

/// From when it can be collected and by when it is made; a date that may still move says so.
fn dates(subject: &Subject<'_>) -> Vec<(String, String)> {
    let Some(deadline) = &subject.details.deadline else { return Vec::new() };
    let day = |due: crate::domain::calendar::deadline::DueDate| {
        let provisional = if due.provisional { subject.t("paper.provisional") } else { String::new() };
        format!("{}{provisional}", subject.day(due.date))
    };
    vec![
        subject.fact("paper.ready_from", day(deadline.deadlines.ready_from)),
        subject.fact("paper.limit", day(deadline.deadlines.limit)),
    ]
}

/// 受理通知书.
pub(super) fn acceptance(subject: &Subject<'_>) -> Vec<Sheet> {
    let (case, definition) = (subject.case(), subject.details.definition);
    let Some(accepted) = paper::acceptance(definition, &subject.data.events) else { return Vec::new() };
    let mut facts = subject.organization_facts();
    facts.push(subject.fact("paper.case_type", subject.case_type()));
    facts.push(subject.fact("paper.acceptance_number", case.acceptance_number.as_str()));
    facts.extend(dates(subject));
    let told = subject
        .messages()
        .with("paper.accepted", &[("day", &subject.date_of(case.opened_at)), ("case_type", &subject.case_type())]);
    let mut blocks = vec![Block::Text(told), Block::Facts(facts)];
    let sheets = checklist(definition.case_type, &case.application);
    let promised = sheets.iter().filter_map(|sheet| {
        let until = subject.day(case.commitments.get(&sheet.code)?.until);
        let name = subject.of(&sheet.words());
        Some(subject.messages().with("paper.promised", &[("document", &name), ("until", &until)]))
    });
    let promised: Vec<String> = promised.collect();
    if !promised.is_empty() {
        blocks.extend([Block::Heading(subject.t("paper.promises")), Block::List(promised)]);
    }
    blocks.extend([Block::Heading(subject.t("paper.where")), Block::Facts(subject.outlet_facts())]);
    blocks.extend(signed(subject, &accepted.by, &subject.date_of(accepted.at)));
    vec![Sheet { to: subject.addressed(), ..Sheet::new(subject.t("paper.acceptance"), blocks) }]
}

/// 一次性告知书: the notice that was given last.
pub(super) fn one_time_notice(subject: &Subject<'_>) -> Vec<Sheet> {
    subject.case().notices.last().map(|notice| notice_sheet(subject, notice)).into_iter().collect()
}

fn notice_sheet(subject: &Subject<'_>, notice: &Notice) -> Sheet {
    let case = subject.case();
    let gaps: [(&str, &dyn std::fmt::Display); 3] = [
        ("day", &subject.date_of(case.opened_at)),
        ("case_type", &subject.case_type()),
        ("count", &notice.missing.len()),
    ];
    let told = subject.messages().with("paper.lacking", &gaps);
    // A line each: the number that the document has on receipt and check sheet, the document, and what is to be corrected.
    let documents = checklist(subject.details.definition.case_type, &case.application);
    let row = |missing: &Missing| {
        let (document, what) = parts(subject, notice, &documents, missing);
        vec![missing.number.to_string(), document, what]
    };
    let rows = notice.missing.iter().map(row).collect();
    let head = vec![subject.t("paper.number"), subject.t("paper.document"), subject.t("paper.to_correct")];
    let mut blocks = vec![Block::Text(told), Block::Table { head, rows }];
    // Where nothing was found in order, nothing else is.
    blocks.extend((!notice.passed.is_empty()).then(|| Block::Text(subject.t("paper.rest_in_order"))));
    blocks.extend(notice.remark.clone().map(Block::Text));
    let pauses = subject.details.deadline.as_ref().is_some_and(|deadline| deadline.paused_since.is_some());
    blocks.push(Block::Text(subject.t(if pauses { "paper.come_back_paused" } else { "paper.come_back" })));
    blocks.push(Block::Facts(subject.outlet_facts()));
    blocks.push(Block::Signatures(vec![
        subject.t("paper.signed_by_applicant"),
        subject.messages().fill("paper.stamped", "day", subject.date_of(notice.at)),
    ]));
    let number = Some(subject.messages().fill("paper.nth_notice", "number", notice.number));
    Sheet { to: subject.addressed(), number, ..Sheet::new(subject.t("paper.one_time_notice"), blocks) }
}

/// A line of a notice as the document and what is to be corrected of it, with how many copies are asked for and how many are there. Of
/// a document that the case doesn't ask for any more, the whole sentence.
fn parts(subject: &Subject<'_>, notice: &Notice, documents: &[Row<'_>], missing: &Missing) -> (String, String) {
    let (messages, said) = (subject.messages(), subject.of(&missing.unnumbered()));
    let Some(document) = documents.iter().find(|document| document.code == missing.material) else {
        return (String::new(), said);
    };
    let name = subject.of(&document.words());
    let title = format!("《{name}》");
    let Some((name, what)) =
        [&title, &name].into_iter().find_map(|name| Some((name, said.strip_prefix(name.as_str())?)))
    else {
        return (name, said);
    };
    let what = begun(what.trim_start_matches([':', '：', ' ']));
    let Copies::Exactly(asked) = document.material.copies else { return (name.clone(), what) };
    let of_it = |one: &&Missing| one.material == missing.material;
    let absent = notice.missing.iter().filter(of_it).find_map(|one| match one.lack {
        Lack::CopiesMissing { count } => Some(count),
        _ => None,
    });
    let received = asked.saturating_sub(absent.unwrap_or_default());
    let (key, count) = match missing.lack {
        Lack::CopiesMissing { .. } => ("paper.copies_received", received),
        Lack::CopiesUnstamped { count } => ("paper.copies_stamped", received.saturating_sub(count)),
        _ => return (name.clone(), what),
    };
    (name.clone(), messages.with(key, &[("what", &what), ("asked", &asked), ("count", &count)]))
}

/// 不予受理通知书 or 不予办理通知书.
pub(super) fn refusal(subject: &Subject<'_>) -> Vec<Sheet> {
    let (case, definition) = (subject.case(), subject.details.definition);
    let Some(refused) = paper::refusal(definition, case, &subject.data.events) else { return Vec::new() };
    let decision = subject.of(&refused.words);
    let told = subject.messages().with(
        "paper.refused",
        &[("day", &subject.date_of(case.opened_at)), ("case_type", &subject.case_type()), ("decision", &decision)],
    );
    let mut blocks = vec![
        Block::Text(told),
        Block::Heading(subject.t("paper.reason")),
        Block::Text(refused.reason.clone()),
        Block::Heading(subject.t("paper.remedy")),
        Block::Text(subject.of(&subject.visitor.service.hall().remedy)),
        Block::Heading(subject.t("paper.ask")),
        Block::Facts(subject.outlet_facts()),
    ];
    blocks.extend(signed(subject, &refused.by, &subject.date_of(refused.at)));
    let title = subject.messages().fill("paper.refusal", "decision", &decision);
    vec![Sheet { to: subject.addressed(), ..Sheet::new(title, blocks) }]
}

/// Who signs for the hall, who receives it, and the hall's stamp over the date.
fn signed(subject: &Subject<'_>, by: &str, day: &str) -> [Block; 2] {
    let officer = subject.messages().fill("paper.officer", "name", by);
    [
        Block::Signatures(vec![officer, subject.t("paper.signed_by_applicant")]),
        Block::Stamp(subject.messages().fill("paper.hall_stamp", "day", day)),
    ]
}
