//! Accepting a commitment to bring a document later.

use crate::domain::base::form::Form;
use crate::domain::cases::decide::Decision;
use crate::domain::cases::event::Event;
use crate::domain::cases::materials::checklist::verdict;
use crate::domain::cases::materials::commitment::{Commitment, CommitmentDraft};
use crate::domain::cases::materials::outstanding::deferrable;

impl Decision<'_> {
    pub(in crate::domain) fn commitment(&self, draft: &CommitmentDraft, form: &mut Form) -> Option<Event> {
        let Self { definition, case, context } = *self;
        let verdict = verdict(definition.case_type, &case.application, &case.checks);
        let rows = deferrable(definition, case, &verdict);
        if !draft.signed {
            let en = "the commitment must be signed and in the file";
            form.fault("/commitment/signed", "not_signed", "须有申请单位签署的承诺书", en);
        }
        let Some(sheet) = rows.iter().find(|sheet| sheet.code == draft.material) else {
            let known: Vec<&str> = rows.iter().map(|sheet| sheet.code.as_str()).collect();
            form.not_one_of("/commitment/material", &known);
            return None;
        };
        let most = i64::from(sheet.material.deferrable_working_days?);
        let calendar = &context.calendar.calendar;
        let today = context.hall.hours.local_date(context.now);
        let after = if draft.until > today { calendar.working_days_between(today, draft.until) } else { 0 };
        if !(1..=most).contains(&after) || !calendar.is_working_day(draft.until) {
            let zh = format!("须为{most}个工作日以内的工作日");
            let en = format!("must be a working day, at most {most} working days from today");
            form.fault("/commitment/until", "out_of_range", &zh, &en);
        }
        let lacks = verdict.missing.iter().filter(|missing| missing.material == sheet.code);
        let commitment = Commitment {
            material: sheet.code.clone(),
            until: draft.until,
            missing: lacks.cloned().collect(),
            at: context.now,
            by: context.actor.id.clone(),
        };
        let before = case.commitments.get(&sheet.code).cloned();
        Some(Event::CommitmentAccepted { before, after: commitment })
    }
}
