//! Handing over: the actions by which a certificate, or what was opened on one, gets to its holder in one visit (guide, section 1:
//! 「于领取时已由…工作人员激活开通」).
//!
//! Cast: [`steps`] are the actions of the case's workflow from where the case stands; [`plan`] gives each its data, from a
//! [`HandingOverDraft`], which says which medium is on the counter and who takes it.
//!
//! Guarantees: the steps are found by what they do, whatever a workflow calls them; a medium that the hall keeps for the case isn't
//! handed over before it was read, so that nobody gets another one's.

use serde::Deserialize;
use utoipa::ToSchema;

use super::required_parts;
use crate::domain::accounts::actor::Actor;
use crate::domain::accounts::role::Role;
use crate::domain::base::person::Personal;
use crate::domain::base::text;
use crate::domain::base::words::{Fault, Words};
use crate::domain::case_types::codes::{Effect, Guard, InputPart};
use crate::domain::case_types::workflow::{Action, State, Workflow, state_words, wrong_state};
use crate::domain::cases::case::Case;
use crate::domain::cases::input::{ActionInput, CollectorDraft};
use crate::domain::cases::materials::checklist::SheetPerson;
use crate::domain::cases::refusal::Refusal;
use crate::domain::certificates::custody::Stay;

/// What an action does that hands something over, or does what the case is about.
const DELIVERS: [Effect; 7] = [
    Effect::IssueCertificate,
    Effect::ActivateCertificate,
    Effect::OpenApplications,
    Effect::UnlockCertificate,
    Effect::RenewCertificate,
    Effect::ChangeCertificate,
    Effect::DistributeCopies,
];

/// Whether an action hands over what the case is about.
pub fn delivers(action: &Action) -> bool {
    action.effects.iter().any(|effect| DELIVERS.contains(effect))
}

/// Refuses whoever hands nothing over by this workflow, whatever the case.
pub fn unless_may(workflow: &Workflow, actor: &Actor) -> Option<Refusal> {
    let mut roles: Vec<Role> = Vec::new();
    for role in workflow.actions.iter().filter(|action| delivers(action)).flat_map(|action| &action.roles) {
        if !roles.contains(role) {
            roles.push(*role);
        }
    }
    Refusal::unless_role(actor, &roles)
}

/// What is typed or scanned when something is handed over.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = HandOverRequest, example = json!({ "medium": "KEY-0000147", "collected_by": "applicant" }))]
pub struct HandingOverDraft {
    /// The medium on the counter: its number, or the serial of its certificate; needed where the hall gives one out.
    #[schema(min_length = 4, max_length = 64, nullable = false, example = "KEY-0000147")]
    pub medium: Option<String>,
    /// Who collects, where it is a person of the case: `applicant` or `agent`. Whoever says so has sighted the original of their
    /// identity document. Neither this nor `collector` is needed where that was recorded before, or nothing is given out.
    #[schema(max_length = 20, nullable = false, example = "applicant")]
    pub collected_by: Option<String>,
    /// Somebody else who collects.
    #[schema(nullable = false)]
    pub collector: Option<CollectorDraft>,
}

/// The actions that hand over what the case is about, from the state it is in, in order; none where it isn't that far.
pub fn steps<'a>(workflow: &'a Workflow, case: &Case) -> Vec<&'a Action> {
    let mut steps: Vec<&Action> = Vec::new();
    let mut state = Some(&case.state);
    while let Some(here) = state {
        let next = workflow.actions.iter().filter(|action| delivers(action)).find(|action| action.from.contains(here));
        // A workflow that goes round in a circle is gone through once.
        let Some(next) = next.filter(|next| steps.iter().all(|known| known.code != next.code)) else { break };
        steps.push(next);
        state = next.to.as_ref();
    }
    steps
}

/// The medium that the hall gives out with these steps.
pub fn medium<'a>(case: &'a Case, steps: &[&Action]) -> Option<(&'a str, &'a Stay)> {
    let does = |effect: Effect| steps.iter().any(|step| step.effects.contains(&effect));
    let made = case.made_stay().filter(|_| does(Effect::IssueCertificate));
    made.or_else(|| case.held_stay().filter(|_| does(Effect::ReturnHeldMedium)))
}

/// Whether what was read is this medium: by its own number or by the serial of its certificate.
pub fn is_medium(medium: (&str, &Stay), read: &str) -> bool {
    text::serial(read).is_some_and(|read| read == medium.0 || read == medium.1.medium_number)
}

/// Whether it must be said who collects.
pub fn asks_collector(case: &Case, steps: &[&Action]) -> bool {
    steps.iter().any(|step| {
        step.guards.contains(&Guard::CollectorRecorded) || required_parts(case, step).contains(&InputPart::Collector)
    })
}

/// Each action to take, with its data.
///
/// # Errors
/// What is missing or wrong, and that the case isn't that far.
pub fn plan(workflow: &Workflow, case: &Case, draft: &HandingOverDraft) -> Result<Vec<(String, ActionInput)>, Refusal> {
    let steps = steps(workflow, case);
    if steps.is_empty() {
        let delivering: Vec<&Action> = workflow.actions.iter().filter(|action| delivers(action)).collect();
        let begins = |state: &&State| delivering.iter().any(|action| action.from.contains(&state.code));
        let wanted = workflow.states.iter().filter(begins).map(|state| &state.words);
        let words = wrong_state(&state_words(workflow, &case.state), wanted);
        return Err(Refusal::WrongState { words: words.into() });
    }
    let mut faults = Vec::new();
    if let Some(medium) = medium(case, &steps) {
        faults.extend(medium_fault(medium, draft.medium.as_deref()));
    }
    let collector = collector(case, draft).unwrap_or_else(|fault| {
        faults.push(fault);
        None
    });
    let asked = asks_collector(case, &steps);
    if faults.is_empty() && asked && collector.is_none() && case.collector.is_none() {
        let words =
            Words::new("请选择领取人，并核对其身份证件原件", "choose who collects, and sight their identity document");
        faults.push(Fault::new("/collected_by", "missing_field", words));
    }
    if !faults.is_empty() {
        return Err(Refusal::InvalidInput { faults });
    }
    let mut collector = collector.filter(|_| asked);
    let mut planned = Vec::new();
    let records = |action: &&Action| action.takes == [InputPart::Collector] && action.from.contains(&case.state);
    let waits = steps.first().is_some_and(|step| step.guards.contains(&Guard::CollectorRecorded));
    if let Some(recording) = workflow.actions.iter().find(records).filter(|_| waits && collector.is_some()) {
        let input = ActionInput { collector: collector.take(), ..ActionInput::default() };
        planned.push((recording.code.clone(), input));
    }
    for step in steps {
        let takes = required_parts(case, step).contains(&InputPart::Collector);
        let collector = if takes { collector.take() } else { None };
        planned.push((step.code.clone(), ActionInput { collector, ..ActionInput::default() }));
    }
    Ok(planned)
}

fn medium_fault(medium: (&str, &Stay), read: Option<&str>) -> Option<Fault> {
    let number = &medium.1.medium_number;
    match read {
        Some(read) if is_medium(medium, read) => None,
        Some(_) => {
            let (zh, en) = (
                format!("不是本办件的介质，应为 {number}；请核对后重新扫描"),
                format!("this isn't the medium of this case, which is {number}; look again and scan it"),
            );
            Some(Fault::new("/medium", "other_medium", Words::new(zh, en)))
        }
        None => {
            let (zh, en) =
                (format!("请扫描要交付的介质 {number}"), format!("scan the medium that is handed over, {number}"));
            Some(Fault::new("/medium", "missing_field", Words::new(zh, en)))
        }
    }
}

/// Who collects, as it is recorded; none where the draft doesn't say.
fn collector(case: &Case, draft: &HandingOverDraft) -> Result<Option<CollectorDraft>, Fault> {
    let Some(person) = &draft.collected_by else { return Ok(draft.collector.clone()) };
    let fault = |code: &'static str, zh: &str, en: &str| Err(Fault::new("/collected_by", code, Words::new(zh, en)));
    if draft.collector.is_some() {
        return fault("duplicate", "领取人只能填一位", "only one person collects");
    }
    let application = &case.application;
    let person = match SheetPerson::from_code(person) {
        Some(SheetPerson::Applicant) => &application.applicant,
        Some(SheetPerson::Agent) => match &application.agent {
            Some(agent) => agent,
            None => return fault("unknown_person", "本办件没有经办人", "the case has no agent"),
        },
        None => return fault("not_one_of", "须为 applicant 或 agent", "must be applicant or agent"),
    };
    Ok(Some(CollectorDraft {
        name: person.name.clone(),
        document_type: Some(person.document_type.code().to_owned()),
        document_country: person.document_country.clone(),
        document_number: person.identity_number.in_clear().to_owned(),
        document_sighted: true,
    }))
}
