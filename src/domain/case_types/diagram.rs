//! A case type as a page for people: its checklist, and a diagram and a table of each workflow it can run on.
//!
//! [`page`] renders Markdown with Mermaid diagrams, in Chinese and English. It says nothing that the definitions don't
//! say, and the same definitions always give the same page: the pages under `docs/case-types` are made by it, and a test
//! fails when one is stale.

use super::case_type::{CaseType, CertificateSubject, Copies, Material, Original, Persons, RequiredWhen, Term};
use super::codes::InputPart;
use super::workflow::{Action, Workflow};
use crate::domain::accounts::role::Role;
use crate::domain::base::words::Words;

/// The page of a case type, with the workflows it can run on, the default first. Ends with a line break.
pub fn page(case_type: &CaseType, workflows: &[&Workflow]) -> String {
    let mut page = format!("# {}\n\n", both(&case_type.words));
    page += &facts(case_type);
    page += "\n## 材料清单 · Checklist\n\n";
    page += &checklist(&case_type.materials);
    page += "\n## 不合格原因 · Reasons for a defect\n\n";
    for reason in &case_type.defect_reasons {
        page += &format!("1. {} (`{}`)\n", both(&reason.words), reason.code);
    }
    for (index, workflow) in workflows.iter().enumerate() {
        let default = if index == 0 && workflows.len() > 1 { "，默认 · the default" } else { "" };
        page += &format!("\n## 流程：{}\n\n", both(&workflow.words));
        page += &format!("`{}`, 版本 edition {}{default}\n\n", workflow.code, workflow.edition);
        page += &diagram(workflow);
        page += "\n";
        page += &transitions(workflow);
    }
    page
}

fn facts(case_type: &CaseType) -> String {
    let opened_by = list(&case_type.opened_by, |role| both(&role.words()));
    let certificate = match case_type.certificate {
        CertificateSubject::New => "新制一张，每单位仅一张 · one is made; an organization may have only one",
        CertificateSubject::Held => "使用原证书 · works on the one that the organization holds",
        CertificateSubject::Replaced => {
            "注销原证书，另制一张 · another one is made in place of the one held, which is revoked"
        }
    };
    let deadline = case_type.deadline.map_or_else(
        || "无 · none: nothing is produced".to_owned(),
        |rule| {
            let (ready, limit) = (rule.ready_after, rule.limit_after);
            format!(
                "收到申请次日起第{ready}个工作日可领取，第{limit}个工作日为限 · ready from working day {ready}, limit \
                 working day {limit}; the day of receipt isn't counted"
            )
        },
    );
    let fees = list(&case_type.fees, |item| both(&item.words()));
    let applications = list(&case_type.required_applications, |code| format!("`{code}`"));
    let rows = [
        ("代码 · Code", format!("`{}`", case_type.code)),
        ("版本 · Edition", case_type.edition.to_string()),
        ("依据 · Source", cell(&case_type.source)),
        ("可提交者 · Opened by", opened_by),
        ("证书 · Certificate", certificate.to_owned()),
        ("必选应用 · Applications required", applications),
        ("费用 · Fees", fees),
        ("期限 · Deadline", deadline),
    ];
    let mut table = "| | |\n|---|---|\n".to_owned();
    for (name, value) in rows.into_iter().chain(of_held(case_type)) {
        table += &format!("| {name} | {value} |\n");
    }
    table
}

/// What is said of the certificate held, where one is.
fn of_held(case_type: &CaseType) -> Vec<(&'static str, String)> {
    if !case_type.needs_held_certificate() {
        return Vec::new();
    }
    let states = list(&case_type.certificate_states, |state| described(&state.words(), state.code()));
    let mut rows = vec![("原证书的状态 · States of the certificate held", states)];
    if let Some(days) = case_type.opens_days_before_end {
        let text = format!("有效期届满前{days}天起 · from {days} days before its end");
        rows.push(("何时可办 · When it opens", text));
    }
    if !case_type.replacement_reasons.is_empty() {
        let reasons = list(&case_type.replacement_reasons, |reason| described(&reason.words(), reason.code()));
        rows.push(("补办原因 · Why it is replaced", reasons));
        let term = match case_type.term {
            Term::Years => "自制作起，按所缴年限 · the years paid for, from the making",
            Term::Remaining => "至原证书有效期届满 · to the end of the one replaced",
        };
        rows.push(("新证书有效期 · Validity of the new one", term.to_owned()));
    }
    rows
}

fn checklist(materials: &[Material]) -> String {
    let mut table = "| # | 材料 · Document | 份数 · Copies | 盖章 · Stamped | 原件 · Original | 何人 · Persons | 何时需要 · Required |\n\
                     |---|---|---|---|---|---|---|\n"
        .to_owned();
    for material in materials {
        let copies = match material.copies {
            Copies::Exactly(0) => "–".to_owned(),
            Copies::Exactly(copies) => copies.to_string(),
            Copies::Unspecified => "未规定 · unspecified".to_owned(),
        };
        let stamped = match (material.stamped, material.copies) {
            (true, _) => "是 · yes",
            (false, Copies::Unspecified) => "未规定 · unspecified",
            (false, Copies::Exactly(_)) => "–",
        };
        let original = match material.original {
            Original::None => "–",
            Original::Sighted => "核对 · seen",
            Original::Presented => "出示 · presented",
            Original::Unspecified => "未规定 · unspecified",
        };
        let persons = match material.persons {
            None => "–",
            Some(Persons::Each) => "申请人及经办人 · applicant and agent, a sheet each",
            Some(Persons::Either) => "申请人或经办人 · applicant or agent",
        };
        let required = match material.required_when {
            RequiredWhen::Always => "总是 · always".to_owned(),
            RequiredWhen::WithoutUnifiedCode => "无统一社会信用代码时 · without an 18-digit unified code".to_owned(),
            RequiredWhen::Replacing(reason) => {
                let Words { zh, en } = reason.words();
                format!("因{zh}补办时 · where it is replaced because {en}")
            }
        };
        let deferrable = material.deferrable_working_days.map_or_else(String::new, |days| {
            format!("<br>可容缺{days}个工作日 · may be promised for {days} working days later")
        });
        let others = material.for_other_kinds.as_ref();
        let others = others.map(|words| format!("<br>非企业 · no enterprise: {}", both(words))).unwrap_or_default();
        let also: String =
            material.also_called.iter().map(|name| format!("<br>又称 · also called: {}", cell(name))).collect();
        let name = format!("{}{also}{others}<br>`{}`{deferrable}", both(&material.words), material.code);
        table +=
            &format!("| {} | {name} | {copies} | {stamped} | {original} | {persons} | {required} |\n", material.number);
    }
    table
}

/// The states by name and what leads from one to another. What stays in its state is only in the table.
fn diagram(workflow: &Workflow) -> String {
    let mut lines = vec!["```mermaid".to_owned(), "stateDiagram-v2".to_owned()];
    for state in &workflow.states {
        lines.push(format!("    state \"{}\" as {}", label(&both(&state.words)), node(&state.code)));
    }
    lines.push(format!("    [*] --> {}", node(&workflow.initial)));
    for action in &workflow.actions {
        let Some(to) = &action.to else { continue };
        let name = format!("{}<br>{}", action.words.zh, action.code);
        for from in &action.from {
            lines.push(format!("    {} --> {} : {}", node(from), node(to), label(&name)));
        }
    }
    for (state, to, action) in workflow.ways_back_to_check() {
        let name = format!("{}，材料重新核验<br>{}", action.words.zh, action.code);
        lines.push(format!("    {} --> {} : {}", node(&state.code), node(to), label(&name)));
    }
    for state in &workflow.states {
        if state.is_final {
            lines.push(format!("    {} --> [*]", node(&state.code)));
        }
        if state.pauses_deadline {
            let node = node(&state.code);
            lines.push(format!("    note right of {node} : 期限暂停 · the deadline stands still"));
        }
    }
    lines.push("```\n".to_owned());
    lines.join("\n")
}

fn transitions(workflow: &Workflow) -> String {
    let mut table =
        "| 操作 · Action | 从 · From | 到 · To | 角色 · Roles | 数据 · Takes | 条件 · Guards | 作用 · Effects |\n\
                     |---|---|---|---|---|---|---|\n"
            .to_owned();
    for action in &workflow.actions {
        let state = |code: &String| match workflow.state(code) {
            Some(state) => both(&state.words),
            None => cell(code),
        };
        let mut to = action.to.as_ref().map_or_else(|| "不变 · stays".to_owned(), state);
        if workflow.ways_back_to_check().any(|(_, _, back)| back.code == action.code) {
            to += "<br>须重新核验的退回核验 · back to the check, where materials must be checked again";
        }
        let mut guards: Vec<String> =
            action.guards.iter().map(|guard| described(&guard.words(), guard.code())).collect();
        guards.extend(separation(workflow, &action.not_by_who_did, "须由另一人办理 · not by who did"));
        guards.extend(separation(workflow, &action.four_eyes, "双人复核 · with four eyes, not by who did"));
        let guards = list(&guards, String::clone);
        let effects = list(&action.effects, |effect| described(&effect.words(), effect.code()));
        table += &format!(
            "| {} | {} | {to} | {} | {} | {guards} | {effects} |\n",
            described(&action.words, &action.code),
            list(&action.from, state),
            list(&action.roles, |role: &Role| both(&role.words())),
            takes(action),
        );
    }
    table
}

/// From which actions one is separated.
fn separation(workflow: &Workflow, codes: &[String], said: &str) -> Option<String> {
    let names: Vec<String> = codes.iter().map(|code| both(&workflow.action_words(code))).collect();
    (!names.is_empty()).then(|| format!("{said}: {}", names.join(", ")))
}

fn takes(action: &Action) -> String {
    let needed = action.takes.iter().map(|part| described(&part.words(), part.code()));
    let optional = |part: &InputPart| format!("{}（可选 · optional）", described(&part.words(), part.code()));
    let all: Vec<String> = needed.chain(action.may_take.iter().map(optional)).collect();
    list(&all, String::clone)
}

fn described(words: &Words, code: &str) -> String {
    format!("{} `{code}`", both(words))
}

/// Lines of a table's cell; a dash where there is nothing.
fn list<T>(items: &[T], show: impl Fn(&T) -> String) -> String {
    let shown: Vec<String> = items.iter().map(show).collect();
    if shown.is_empty() { "–".to_owned() } else { shown.join("<br>") }
}

fn both(words: &Words) -> String {
    format!("{} · {}", cell(&words.zh), cell(&words.en))
}

/// A text within a cell of a Markdown table: it can't end the cell, the row or the paragraph.
fn cell(text: &str) -> String {
    let one_line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    one_line.replace('\\', "\\\\").replace('|', "\\|").replace('<', "&lt;").replace('`', "'")
}

/// A text within a Mermaid label, where these characters have a meaning.
fn label(text: &str) -> String {
    text.replace('"', "'").replace([':', ';', '#'], " ")
}

/// A name for Mermaid, which takes a hyphen for a line and some words, such as `end`, for its own.
fn node(code: &str) -> String {
    format!("s_{}", code.replace('-', "_"))
}
