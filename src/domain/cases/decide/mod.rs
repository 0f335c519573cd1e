//! Decisions: from a case and a request, the resulting events, or every reason for refusal.
//!
//! [`open`] opens a case, [`act`] takes a case action. Both are pure: time, caller and register are passed in through
//! the [`Context`]. All faults of the data are reported at once.

mod certificates;
mod collector;
mod commitment;
mod copies;
mod custody;
mod deadline;
pub mod holds;
pub mod labels;
mod money;
pub mod recheck;

use chrono::Days;

use super::actions::blockers;
use super::case::Case;
use super::context::Context;
use super::custody::required_parts;
use super::event::Event;
use super::held::{held_for, opening_refusals, revoked_held, suspended_at_once};
use super::input::{ActionInput, MaterialDraft};
use super::refusal::Refusal;
use crate::domain::base::form::{Form, REMARK_CHARACTERS};
use crate::domain::base::text;
use crate::domain::base::words::Words;
use crate::domain::calendar::deadline::PauseCause;
use crate::domain::case_types::case_type::{OTHER_REASON, Original};
use crate::domain::case_types::codes::{Effect, InputPart};
use crate::domain::case_types::definition::Definition;
use crate::domain::case_types::pinned::Pinned;
use crate::domain::case_types::workflow::Action;
use crate::domain::cases::decide::copies::distribution;
use crate::domain::cases::intake::application::{Application, ApplicationDraft};
use crate::domain::cases::materials::checklist::{MaterialCheck, checklist, verdict};
use crate::domain::cases::materials::outstanding::{next_notice, uncovered};
use crate::domain::certificates::certificate::{E_SEAL_CODE, ServiceKind};
use crate::domain::certificates::event::CertificateEvent;
use crate::domain::money::fee::fee;

/// A limit is put off by at most a year from now.
const MOST_EXTENDED_DAYS: u64 = 366;

/// Most copies that a check can record.
const MOST_COPIES: u32 = 99;

/// Checks an application for a case type before a number is given to it.
///
/// # Errors
/// Every reason why it can't be opened.
pub fn application(
    definition: Definition<'_>,
    draft: &ApplicationDraft,
    context: &Context<'_>,
) -> Result<Application, Vec<Refusal>> {
    let case_type = definition.case_type;
    let mut refusals: Vec<Refusal> = Refusal::unless_role(context.actor, &case_type.opened_by).into_iter().collect();
    match Application::checked(draft, case_type, context) {
        Err(faults) => refusals.push(Refusal::InvalidInput { faults }),
        Ok(application) => {
            if case_type.needs_held_certificate() {
                let organization_code = application.organization.organization_code.as_str();
                match held_for(case_type, organization_code, context) {
                    Err(refusal) => refusals.push(refusal),
                    Ok(held) => refusals.extend(opening_refusals(definition, &application, held, context)),
                }
            }
            if refusals.is_empty() {
                return Ok(application);
            }
        }
    }
    Err(refusals)
}

/// The events that begin a case of a checked application, with the prices of the hall's day: its opening, and what must
/// happen at once.
///
/// # Errors
/// There is no price for what the case type charges.
pub fn open(
    definition: Definition<'_>,
    application: Application,
    acceptance_number: String,
    client_id: Option<String>,
    context: &Context<'_>,
) -> Result<Vec<Event>, Vec<Refusal>> {
    let Definition { case_type, workflow } = definition;
    let event = suspended_at_once(&application, context.held, context.actor, context.now);
    let suspended = context.held.zip(event).map(|(held, event)| Event::Certificate {
        id: held.id,
        serial: held.serial.clone(),
        event: Box::new(event),
    });
    let fee = fee(&case_type.fees, &context.hall.prices, context.today(), application.service_years);
    let fee = fee.map_err(|no_price| vec![no_price.into()])?;
    let opened = Event::CaseOpened {
        acceptance_number,
        case_type: Pinned { code: case_type.code.clone(), edition: case_type.edition },
        workflow: Pinned { code: workflow.code.clone(), edition: workflow.edition },
        state: workflow.initial.clone(),
        application: Box::new(application),
        fee,
        client_id,
    };
    Ok(std::iter::once(opened).chain(suspended).collect())
}

/// The events of an action.
///
/// # Errors
/// Every reason why it can't be taken; faults of the data only where nothing else stands in the way.
pub fn act(
    definition: Definition<'_>,
    case: &Case,
    code: &str,
    input: &ActionInput,
    context: &Context<'_>,
) -> Result<Vec<Event>, Vec<Refusal>> {
    let workflow = definition.workflow;
    let Some(action) = workflow.action(code) else {
        return Err(vec![Refusal::UnknownAction { action: code.to_owned() }]);
    };
    let verdict_now = verdict(definition.case_type, &case.application, &case.checks);
    let refusals = blockers(definition, case, action, &verdict_now, context);
    if !refusals.is_empty() {
        return Err(refusals);
    }
    let decision = Decision { definition, case, context };
    decision.cancels_own(action, input).map_or(Ok(()), |refusal| Err(vec![refusal]))?;
    let mut form = Form::default();
    check_parts(case, action, input, &mut form);
    let mut events = decision.record(action, input, &mut form)?;
    if !form.0.is_empty() {
        return Err(vec![Refusal::InvalidInput { faults: form.0 }]);
    }
    for effect in &action.effects {
        events.extend(decision.effect(*effect, input)?);
    }
    events.extend(decision.movement(action.to.as_deref(), action.accepts_papers(), &events));
    events.extend(decision.settlement(&events));
    if events.is_empty() {
        events.push(Event::Remarked { text: String::new() });
    }
    Ok(events)
}

/// Every part that the action needs is there, and no other.
fn check_parts(case: &Case, action: &Action, input: &ActionInput, form: &mut Form) {
    let takes = required_parts(case, action);
    let given = [
        (InputPart::Reason, input.reason.is_some()),
        (InputPart::Remark, input.remark.is_some()),
        (InputPart::Materials, input.materials.is_some()),
        (InputPart::Certificate, input.certificate.is_some()),
        (InputPart::Payment, input.payment.is_some()),
        (InputPart::Collector, input.collector.is_some()),
        (InputPart::Correction, input.correction.is_some()),
        (InputPart::Limit, input.limit.is_some()),
        (InputPart::Commitment, input.commitment.is_some()),
        (InputPart::Cancellation, input.cancellation.is_some()),
        (InputPart::Refund, input.refund.is_some()),
        (InputPart::Waiver, input.waiver.is_some()),
        (InputPart::BoxNumber, input.box_number.is_some()),
    ];
    for (part, is_given) in given {
        let pointer = format!("/{}", part.code());
        let (needed, welcome) = (takes.contains(&part), action.may_take.contains(&part));
        if needed && !is_given {
            let Words { zh, en } = part.words();
            let en = format!("{en}: required by this action");
            form.fault(&pointer, "missing_field", &format!("该操作须填写“{zh}”"), &en);
        } else if is_given && !needed && !welcome {
            let Words { zh, en } = part.words();
            let en = format!("{en}: not accepted by this action");
            form.fault(&pointer, "unexpected_field", &format!("该操作不应填写“{zh}”"), &en);
        }
    }
}

/// What an action would do beyond its case, as the events that its effects would record now: to certificates, and to money that was paid.
pub fn foreseen(definition: Definition<'_>, case: &Case, action: &Action, context: &Context<'_>) -> Vec<Event> {
    let (decision, input) = (Decision { definition, case, context }, ActionInput::default());
    let events = action.effects.iter().flat_map(|effect| decision.effect(*effect, &input).unwrap_or_default());
    events.filter(|event| matches!(event, Event::Certificate { .. } | Event::PaymentRefunded { .. })).collect()
}

struct Decision<'a> {
    definition: Definition<'a>,
    case: &'a Case,
    context: &'a Context<'a>,
}

impl Decision<'_> {
    /// The events that record the input itself.
    fn record(&self, action: &Action, input: &ActionInput, form: &mut Form) -> Result<Vec<Event>, Vec<Refusal>> {
        let mut events = Vec::new();
        for (pointer, text) in [("/reason", &input.reason), ("/remark", &input.remark)] {
            // The remark of a notice, and why it comes late, stand on the notice.
            let on_notice = action.effects.contains(&Effect::GiveNotice);
            if let Some(text) = text.as_ref().and_then(|text| form.text(pointer, text, REMARK_CHARACTERS))
                && !on_notice
            {
                events.push(Event::Remarked { text });
            }
        }
        if let Some(drafts) = &input.materials {
            events.extend(self.materials(drafts, form));
        }
        if let Some(commitment) = &input.commitment {
            events.extend(self.commitment(commitment, form));
        }
        events.extend(self.money(input, form));
        if let Some(collector) = &input.collector {
            events.extend(self.collector(collector, form));
        }
        if let Some(box_number) = &input.box_number {
            self.check_box(box_number, action, form);
        }
        if let Some(limit) = input.limit
            && self.extension(limit).is_none()
        {
            let (zh, en) = ("须为晚于现行期限的工作日", "must be a working day after the current limit");
            form.fault("/limit", "not_later", zh, en);
        } else if input.limit.is_some_and(|limit| limit > self.context.today() + Days::new(MOST_EXTENDED_DAYS)) {
            let (zh, en) = ("最多延长到一年之后", "a limit can't be put off by more than a year from now");
            form.fault("/limit", "implausible_date", zh, en);
        }
        if let Some(certificate) = &input.certificate {
            form.serial("/certificate/serial", &certificate.serial);
            form.serial("/certificate/medium_number", &certificate.medium_number);
        }
        if let Some(correction) = &input.correction {
            match self.case.application.corrected(correction, self.context) {
                Err(faults) => form.0.extend(faults),
                Ok(after) => {
                    // The assignee stays at the old outlet.
                    if after.outlet != self.case.application.outlet
                        && let Some(assignee) = &self.case.assignee
                    {
                        events.push(Event::Assigned { before: Some(assignee.clone()), after: None, reason: None });
                    }
                    events.push(self.correction(after)?);
                }
            }
        }
        Ok(events)
    }

    fn materials(&self, drafts: &[MaterialDraft], form: &mut Form) -> Vec<Event> {
        let sheets = checklist(self.definition.case_type, &self.case.application);
        let mut events = Vec::new();
        let mut seen = Vec::new();
        if drafts.is_empty() {
            form.fault("/materials", "too_few_items", "至少核验一项", "at least one row is required");
        }
        for (index, draft) in drafts.iter().enumerate() {
            let at = |field: &str| format!("/materials/{index}/{field}");
            let Some(sheet) = sheets.iter().find(|sheet| sheet.code == draft.material) else {
                let known: Vec<&str> = sheets.iter().map(|sheet| sheet.code.as_str()).collect();
                form.not_one_of(&at("material"), &known);
                continue;
            };
            if seen.contains(&&draft.material) {
                form.fault(&at("material"), "duplicate", "重复填写", "is given twice");
            }
            seen.push(&draft.material);
            if draft.copies_received > MOST_COPIES {
                form.fault(&at("copies_received"), "too_large", "份数过多", "at most 99 copies");
            }
            if draft.copies_stamped > draft.copies_received {
                let en = "more copies stamped than received";
                // About both counts, so at the row: where one of them can't be read, nothing is said about the other.
                let row = format!("/materials/{index}");
                form.fault(&row, "more_stamped_than_received", "盖章份数多于收到份数", en);
            }
            if draft.original_sighted && sheet.material.original == Original::None {
                let en = "no original is required for this document";
                form.fault(&at("original_sighted"), "no_original", "该材料无须核对原件", en);
            }
            let remark = draft.remark.as_ref().and_then(|text| form.text(&at("remark"), text, REMARK_CHARACTERS));
            if let Some(reason) = &draft.reason {
                self.check_reason(reason, remark.is_some(), &at("reason"), &at("remark"), form);
            }
            let after = MaterialCheck {
                copies_received: draft.copies_received,
                copies_stamped: draft.copies_stamped,
                original_sighted: draft.original_sighted,
                reason: draft.reason.clone(),
                remark,
                checked_by: self.context.actor.id.clone(),
                checked_at: self.context.now,
            };
            let before = self.case.checks.get(&sheet.code).cloned();
            events.push(Event::MaterialRecorded { material: sheet.code.clone(), before, after });
        }
        events
    }

    fn check_reason(&self, reason: &str, has_remark: bool, at: &str, remark_at: &str, form: &mut Form) {
        let case_type = self.definition.case_type;
        if case_type.defect_reason(reason).is_none() {
            let known: Vec<&str> = case_type.defect_reasons.iter().map(|reason| reason.code.as_str()).collect();
            form.not_one_of(at, &known);
        } else if reason == OTHER_REASON && !has_remark {
            form.fault(remark_at, "missing_field", "选择“其他”须填写备注", "the reason \"other\" needs a remark");
        }
    }

    /// A correction voids the checks of the papers it touches: they were held against other details.
    fn correction(&self, after: Application) -> Result<Event, Vec<Refusal>> {
        let before = &self.case.application;
        let organization_changed = before.organization != after.organization;
        if organization_changed && self.case.certificate.is_some() {
            return Err(vec![Refusal::CertificateAlreadyMade]);
        }
        if organization_changed {
            self.still_of_the_holder(&after)?;
        }
        let same_agent = match (&before.agent, &after.agent) {
            (Some(before), Some(after)) => before.has_document_of(after),
            (before, after) => before == after,
        };
        let persons_changed = !same_agent || !before.applicant.has_document_of(&after.applicant);
        let concerns = |row: &String| {
            let sheets = checklist(self.definition.case_type, before);
            let of_persons = sheets.iter().any(|sheet| sheet.code == *row && sheet.material.persons.is_some());
            organization_changed || (persons_changed && of_persons)
        };
        let checks_voided = self.case.checks.keys().filter(|row| concerns(row)).cloned().collect();
        Ok(Event::ApplicationCorrected { before: Box::new(before.clone()), after: Box::new(after), checks_voided })
    }

    fn effect(&self, effect: Effect, input: &ActionInput) -> Result<Vec<Event>, Vec<Refusal>> {
        let (case, now) = (self.case, self.context.now);
        Ok(match effect {
            Effect::GiveNotice => {
                let verdict = verdict(self.definition.case_type, &case.application, &case.checks);
                let plain =
                    |text: &Option<String>| text.as_ref().and_then(|text| text::paragraphs(text, REMARK_CHARACTERS));
                let (remark, reason) = (plain(&input.remark), plain(&input.reason));
                let missing = uncovered(case, &verdict, &self.context.hall.hours, now).cloned().collect();
                let notice = next_notice(self.definition, case, &verdict, missing, now, remark, reason);
                vec![Event::NoticeGiven { notice }]
            }
            Effect::MakeCertificate => input.certificate.iter().filter_map(|draft| self.made(draft)).collect(),
            Effect::VoidCertificate => self.on_made(CertificateEvent::Revoked { reason: None }).into_iter().collect(),
            Effect::IssueCertificate
            | Effect::BoxMedium
            | Effect::TakeHeldMedium
            | Effect::ReturnHeldMedium
            | Effect::RetireHeldMedium => self.on_medium(effect, input).into_iter().collect(),
            Effect::DistributeCopies => {
                let copies = distribution(self.definition.case_type, case);
                if copies.is_empty() { Vec::new() } else { vec![Event::CopiesDistributed { copies }] }
            }
            Effect::ActivateCertificate => self.on_made(CertificateEvent::Activated).into_iter().collect(),
            Effect::OpenApplications => {
                let codes = case.application.applications.iter();
                codes.filter_map(|code| self.opening(ServiceKind::Application, code)).collect()
            }
            Effect::OpenESeal => self.opening(ServiceKind::ESeal, E_SEAL_CODE).into_iter().collect(),
            Effect::RevokeHeldCertificate if revoked_held(self.definition.workflow, case) => Vec::new(),
            Effect::UnlockCertificate
            | Effect::RenewCertificate
            | Effect::ChangeCertificate
            | Effect::RevokeHeldCertificate => {
                let event = self.effect_on_held(effect).map_err(|refusal| vec![refusal.into()])?;
                event.into_iter().collect()
            }
            Effect::PauseDeadline => {
                let reason = input.reason.as_ref().and_then(|text| text::paragraphs(text, REMARK_CHARACTERS));
                let pause = |text: String| Event::DeadlinePaused {
                    cause: PauseCause::Decision,
                    reason: Words::new(text.clone(), text),
                };
                reason.map(pause).into_iter().collect()
            }
            Effect::ResumeDeadline => vec![Event::DeadlineResumed { cause: PauseCause::Decision }],
            Effect::RefundPayments => self.refunds(input),
            Effect::ExtendLimit => input.limit.and_then(|limit| self.extension(limit)).into_iter().collect(),
        })
    }
}
