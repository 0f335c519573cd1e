//! The papers that the hall prints of a case, and which of them a case offers.
//!
//! Cast: a [`Paper`] is a kind of paper; [`missing_for`] says what a case still lacks for one. [`acceptance`] and [`refusal`] find in
//! a case's events what its notices tell.
//!
//! Source: Administrative Licensing Law (行政许可法) art. 32 (acceptance and its refusal are in writing, stamped and dated), art. 38
//! (a refusal gives its reason, and says how to object); the service guide's lists of forms.

use chrono::{DateTime, Utc};

use crate::domain::accounts::role::Role;
use crate::domain::base::recorded::Recorded;
use crate::domain::base::vocabulary::vocabulary;
use crate::domain::base::words::Words;
use crate::domain::case_types::case_type::Material;
use crate::domain::case_types::codes::{Effect, Guard, Queue};
use crate::domain::case_types::definition::Definition;
use crate::domain::case_types::workflow::{Action, state_words};
use crate::domain::cases::case::{Case, GivenSlip};
use crate::domain::cases::custody::handover::is_delivered;
use crate::domain::cases::event::Event;
use crate::domain::cases::materials::checklist::checklist;
use crate::domain::certificates::custody::SlipKind;

vocabulary! {
    /// A paper that is printed of a case; the forms have the codes of the documents that the case types ask for.
    pub enum Paper {
        /// That the application was received, when it will be ready, and what to bring (收件回执).
        Receipt = "receipt", "收件回执", "Receipt of the application";
        /// That the application was accepted (受理通知书).
        Acceptance = "notice-of-acceptance", "受理通知书", "Notice of acceptance";
        /// Everything that is missing, told at once (一次性告知书).
        OneTimeNotice = "one-time-notice", "一次性告知书", "One-time notice";
        /// That the application isn't accepted, or is declined, and how to object (不予受理通知书, 不予办理通知书).
        Refusal = "notice-of-refusal", "不予受理（不予办理）通知书", "Notice of refusal";
        /// The form of a new certificate, in the notes of the guide 数字证书申请表.
        CertificateForm = "certificate-application-form", "机构证书申请表", "Organization certificate application form";
        /// The letter that the applicant has accepted.
        ResponsibilityLetter = "responsibility-letter", "电子认证用户责任书", "User's responsibility letter";
        /// The form of everything that is done on a certificate held.
        ServiceForm = "service-application-form", "数字证书业务办理申请表", "Certificate service application form";
        /// The form of the e-seal.
        ESealForm = "e-seal-application-form", "单位法人电子印章申请表", "Legal-person e-seal application form";
        /// The agreement on the use of the e-seal.
        ESealAgreement = "e-seal-agreement", "电子印章使用协议书", "E-seal service agreement";
        /// For each payment that stands (收费凭据).
        FeeReceipt = "fee-receipt", "收费凭据", "Fee receipt";
        /// For the medium that the hall keeps for a while (收存凭据).
        CustodySlip = "custody-slip", "收存凭据", "Custody slip";
        /// For the certificate that is handed over, with what its holder must know (领取单).
        HandOverSlip = "hand-over-slip", "领取单", "Hand-over slip";
        /// How to install, to sign in, and where to ask (使用指引): the guide's sections 3 to 5.
        Leaflet = "leaflet", "数字证书使用指引", "How to use your certificate";
    }
}

impl Paper {
    /// Whether it is a form that the applicant signs, stamps and hands in.
    pub fn is_form(self) -> bool {
        matches!(
            self,
            Self::CertificateForm
                | Self::ResponsibilityLetter
                | Self::ServiceForm
                | Self::ESealForm
                | Self::ESealAgreement
        )
    }
}

/// Roles that hand papers to applicants.
pub const PRINTING: &[Role] = &[Role::Clerk, Role::Producer, Role::Supervisor];

/// That the papers of a case were found in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Acceptance {
    /// When.
    pub at: DateTime<Utc>,
    /// Who found it.
    pub by: String,
}

/// That the hall ended a case without doing what was asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HallRefusal {
    /// What it is called: 不予受理 before the acceptance, 不予办理 after it.
    pub words: Words,
    /// Why.
    pub reason: String,
    /// When.
    pub at: DateTime<Utc>,
    /// Who decided it.
    pub by: String,
}

/// The first time that the papers were found in order: what turns out wrong later doesn't undo it. What they were found in order for
/// must be what is applied for: when that was corrected, and the case went back to the check, it is the first time since.
pub fn acceptance(definition: Definition<'_>, events: &[Recorded<Event>]) -> Option<Acceptance> {
    let accepts = |action: &Action| {
        action.guards.iter().any(|guard| matches!(guard, Guard::MaterialsAcceptable | Guard::MaterialsComplete))
    };
    let workflow = definition.workflow;
    let goes_back = |event: &Event| matches!(event, Event::StateChanged { from, to, .. } if workflow.takes_acceptance_back(from, to));
    let since = events.iter().rposition(|recorded| goes_back(&recorded.event)).map_or(0, |back| back + 1);
    let found = moves(definition, &events[since..]).find(|(action, ..)| accepts(action))?;
    Some(Acceptance { at: found.1.at, by: found.1.actor_name.clone() })
}

/// Whether the hall refuses by an action: whoever applied can withdraw, and a system can for them; only the hall refuses.
pub fn refuses(action: &Action) -> bool {
    action.effects.contains(&Effect::RefundPayments) && !action.roles.contains(&Role::Client)
}

/// The decision by which the hall ended a case; none where the applicant took it back, or got what they asked for.
pub fn refusal(definition: Definition<'_>, case: &Case, events: &[Recorded<Event>]) -> Option<HallRefusal> {
    case.closed_at?;
    let (action, moved) = moves(definition, events).last()?;
    let is_refusal = refuses(action);
    let reason = |recorded: &Recorded<Event>| match &recorded.event {
        Event::Remarked { text } if recorded.action == action.code && recorded.at == moved.at => Some(text.clone()),
        _ => None,
    };
    is_refusal.then(|| HallRefusal {
        words: state_words(definition.workflow, &case.state),
        reason: events.iter().rev().find_map(reason).unwrap_or_default(),
        at: moved.at,
        by: moved.actor_name.clone(),
    })
}

/// What the notice of a refusal is called, by the decision that it is of.
pub fn refusal_notice(decision: &Words) -> Words {
    Words::new(format!("{}通知书", decision.zh), Paper::Refusal.words().en)
}

/// What a paper of a case is called: its kind, and of a refusal the decision.
pub fn called(paper: Paper, definition: Definition<'_>, case: &Case, events: &[Recorded<Event>]) -> Words {
    let decided = refusal(definition, case, events).filter(|_| paper == Paper::Refusal);
    decided.map_or_else(|| paper.words(), |refused| refusal_notice(&refused.words))
}

/// The changes of a case's state with the actions that made them, oldest first.
fn moves<'a>(
    definition: Definition<'a>,
    events: &'a [Recorded<Event>],
) -> impl Iterator<Item = (&'a Action, &'a Recorded<Event>)> {
    let moved = events.iter().filter(|recorded| matches!(recorded.event, Event::StateChanged { .. }));
    moved.filter_map(move |recorded| Some((definition.workflow.action(&recorded.action)?, recorded)))
}

/// The slip of a kind that was given last.
pub fn last_slip(case: &Case, kind: SlipKind) -> Option<&GivenSlip> {
    case.slips.iter().rfind(|given| given.slip.number.kind == kind)
}

/// The document of the case's checklist that a form is.
pub fn form_of<'a>(definition: Definition<'a>, case: &Case, paper: Paper) -> Option<&'a Material> {
    let sheets = checklist(definition.case_type, &case.application).into_iter();
    sheets.map(|sheet| sheet.material).find(|material| paper.is_form() && material.code == paper.code())
}

/// Why a case doesn't offer a paper now; none where it does.
/// What has ended reads as ended: no paper of it is still to come.
pub fn missing_for(paper: Paper, definition: Definition<'_>, case: &Case, events: &[Recorded<Event>]) -> Option<Words> {
    let is_over = case.closed_at.is_some();
    let (there, zh, en) = match paper {
        Paper::Receipt | Paper::Leaflet => return None,
        Paper::Acceptance => (
            acceptance(definition, events).is_some(),
            if is_over { "申请材料未经核验通过" } else { "申请材料尚未核验通过" },
            if is_over { "the materials were not accepted" } else { "the materials haven't been accepted yet" },
        ),
        Paper::OneTimeNotice => (
            !case.notices.is_empty(),
            if is_over { "未曾一次性告知补正" } else { "尚未一次性告知补正" },
            if is_over { "no correction was requested" } else { "no correction was requested yet" },
        ),
        Paper::Refusal => (
            refusal(definition, case, events).is_some(),
            "本件未作出不予受理（不予办理）决定",
            "the application was neither rejected nor declined",
        ),
        Paper::CertificateForm
        | Paper::ResponsibilityLetter
        | Paper::ServiceForm
        | Paper::ESealForm
        | Paper::ESealAgreement => {
            (form_of(definition, case, paper).is_some(), "本事项不需要这份材料", "this case doesn't ask for this form")
        }
        Paper::FeeReceipt => (
            case.money.standing().next().is_some(),
            if is_over { "没有收费" } else { "尚未收费" },
            if is_over { "no payment stands" } else { "nothing was paid yet" },
        ),
        Paper::CustodySlip => {
            (last_slip(case, SlipKind::TakenIn).is_some(), "大厅未收存证书介质", "no medium was taken in")
        }
        Paper::HandOverSlip => (
            case.issued_at.is_some() || !case.deliveries.is_empty(),
            if is_over {
                "没有发放证书，也没有开通应用"
            } else {
                "证书尚未发放，应用尚未开通"
            },
            if is_over { "nothing was handed over or opened" } else { "nothing was handed over or opened yet" },
        ),
    };
    (!there).then(|| Words::new(zh, en))
}

/// What is printed together once an application was received: the receipt, and the forms that the case asks for.
pub fn of_intake(definition: Definition<'_>, case: &Case) -> Vec<Paper> {
    let forms = Paper::ALL.into_iter().filter(|paper| form_of(definition, case, *paper).is_some());
    std::iter::once(Paper::Receipt).chain(forms).collect()
}

/// The paper that is handed over at the point where a case is now: of money that was just taken, the receipt; none of a case that was
/// taken back.
pub fn following(definition: Definition<'_>, case: &Case, events: &[Recorded<Event>]) -> Option<Paper> {
    let paid = |recorded: &Recorded<Event>| matches!(recorded.event, Event::PaymentRecorded { .. });
    if events.last().is_some_and(paid) && missing_for(Paper::FeeReceipt, definition, case, events).is_none() {
        return Some(Paper::FeeReceipt);
    }
    if case.closed_at.is_some() && !is_delivered(definition.workflow, case) {
        return refusal(definition, case, events).map(|_| Paper::Refusal);
    }
    let waits =
        definition.workflow.state(&case.state).and_then(|state| state.queue) == Some(Queue::WaitingForCorrection);
    let papers = [Paper::Refusal, Paper::HandOverSlip, Paper::OneTimeNotice, Paper::Acceptance];
    let mut papers = papers.into_iter().filter(|paper| *paper != Paper::OneTimeNotice || waits);
    papers.find(|paper| missing_for(*paper, definition, case, events).is_none()).or(Some(Paper::Receipt))
}
