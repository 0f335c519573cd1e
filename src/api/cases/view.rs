//! Response types of a case: texts in the caller's language, identity numbers and phones masked. What must be computed is computed as it is written.

use std::borrow::Cow;

use chrono::{DateTime, NaiveDate, Utc};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::application_view::{ApplicationView, application_view};
use super::custody_view::{DistributedCopiesView, GivenSlipView, StayView, copies_view, custody_view, slips_view};
use super::handover_view::{CollectorView, HandoverView, handover_view};
use super::material_view::{MaterialsView, MissingView};
use crate::api::closed::{ActionPart, DeliveryStatus};
use crate::api::hall::{LetterheadView, OutletView};
use crate::api::money::fee_view::FeeView;
use crate::domain::base::words::{Language, Words};
use crate::domain::calendar::deadline::DueDate;
use crate::domain::case_types::pinned::Pinned;
use crate::domain::cases::actions::Offer;
use crate::domain::cases::assignment::AssignmentOffer;
use crate::domain::cases::case::{Case, Delivery};
use crate::domain::cases::deadlines::dates::DeadlineStatus;
use crate::domain::cases::materials::notice::Notice;
use crate::domain::cases::refusal::Refusal;
use crate::domain::retention::hold::Hold;
use crate::http::answers::fields::{InParts, Later};
use crate::http::language::{Named, NamedView};
use crate::service::cases::details::{CaseReport, DeadlineDetails};

/// A definition in the edition the case keeps.
#[derive(Debug, Serialize, ToSchema)]
pub struct DefinitionView<'a> {
    /// Code.
    pub code: &'a str,
    /// Edition.
    pub edition: u32,
    /// Name in the language asked for.
    pub name: &'a str,
}

impl<'a> DefinitionView<'a> {
    fn new(pinned: &'a Pinned, words: &'a Words, language: Language) -> Self {
        Self { code: &pinned.code, edition: pinned.edition, name: words.text(language) }
    }
}

/// A case.
#[derive(Serialize, ToSchema)]
pub struct CaseView<'a> {
    /// Its id.
    pub id: Uuid,
    /// Its acceptance number, digits only; identifies the case like the id.
    #[schema(example = "260601000140")]
    pub acceptance_number: &'a str,
    /// Its version, which grows with every change; the ETag.
    pub version: i64,
    /// Its case type.
    pub case_type: DefinitionView<'a>,
    /// Its workflow: the order of checking and making.
    pub workflow: DefinitionView<'a>,
    /// The state it is in.
    #[schema(value_type = NamedView)]
    pub state: Named<'a>,
    /// The hall, as its receipts, notices and slips name it.
    pub hall: LetterheadView,
    /// The pick-up outlet.
    #[schema(value_type = OutletView)]
    pub outlet: Later<'a, OutletView>,
    /// The application.
    #[schema(value_type = ApplicationView)]
    pub application: Later<'a, ApplicationView<'a>>,
    /// Receipt of the application.
    pub opened_at: DateTime<Utc>,
    /// When it last changed.
    pub updated_at: DateTime<Utc>,
    /// When it ended.
    #[schema(required = true)]
    pub closed_at: Option<DateTime<Utc>>,
    /// The checklist that applies to this case, with the verdict.
    #[schema(value_type = MaterialsView)]
    pub materials: Later<'a, MaterialsView<'a>>,
    /// One-time notices given.
    pub notices: Vec<NoticeView<'a>>,
    /// The fee and the payments.
    #[schema(value_type = FeeView)]
    pub fee: Later<'a, FeeView<'a>>,
    /// Its two dates; null if the case makes no certificate.
    #[schema(value_type = Option<DeadlinesView>, required = true)]
    pub deadlines: Later<'a, Option<DeadlinesView>>,
    /// The certificate made.
    #[schema(required = true)]
    pub certificate: Option<MadeCertificateView<'a>>,
    /// Who collects.
    #[schema(required = true)]
    pub collector: Option<CollectorView>,
    /// The media that the hall has for this case, and their places.
    pub custody: Vec<StayView>,
    /// Slips of media that were taken in or handed over.
    pub slips: Vec<GivenSlipView>,
    /// The destinations of the copies, after delivery.
    pub copies: Vec<DistributedCopiesView>,
    /// The services opened on the certificate, each with its own status.
    pub services: Vec<ServiceView<'a>>,
    /// What the holder must know; null before the certificate is issued or something is opened on the held one.
    #[schema(value_type = Option<HandoverView>, required = true)]
    pub handover: Later<'a, Option<HandoverView>>,
    /// The actions that this caller can take now, and the reasons why the others are blocked.
    #[schema(value_type = Vec<ActionView>)]
    pub actions: Later<'a, Vec<ActionView<'a>>>,
    /// The assignee.
    #[schema(value_type = Option<NamedView>, required = true)]
    pub assignee: Option<Named<'a>>,
    /// Which of claim, release and assign this caller can do, in the form of `actions`.
    #[schema(value_type = Vec<ActionView>)]
    pub assignment: Later<'a, Vec<ActionView<'a>>>,
    /// What keeps the case from the erasure of its persons, or did.
    pub holds: Vec<HoldView<'a>>,
    /// When its persons were erased, at the end of their retention: "—" stands for each of their data since.
    #[schema(required = true)]
    pub persons_erased_at: Option<DateTime<Utc>>,
}

/// A one-time notice (一次性告知).
#[derive(Debug, Serialize, ToSchema)]
pub struct NoticeView<'a> {
    /// Counts the notices of the case.
    pub number: u32,
    /// When it was given.
    pub at: DateTime<Utc>,
    /// Everything that was missing.
    pub missing: Vec<MissingView<'a>>,
    /// Remark.
    #[schema(required = true)]
    pub remark: Option<&'a str>,
    /// Rows that it names although an earlier notice accepted them as in order.
    pub overlooked: &'a [String],
    /// The reason why it names them only now.
    #[schema(required = true)]
    pub reason: Option<&'a str>,
}

/// The two dates of production.
#[derive(Debug, Serialize, ToSchema)]
pub struct DeadlinesView {
    /// Ready from this day; how many working days after the receipt, the case type says.
    pub ready_from: DueDateView,
    /// The limit; how many working days after the receipt, the case type says.
    pub limit: DueDateView,
    /// on_track, overdue, paused, met or ended.
    #[schema(value_type = DeadlineStatus)]
    pub status: &'static str,
    /// Working days until the limit; negative when it has passed.
    pub working_days_left: i64,
    /// The start of the current pause; the dates are computed as if it ended now.
    #[schema(required = true)]
    pub paused_since: Option<DateTime<Utc>>,
    /// When the certificate was made.
    #[schema(required = true)]
    pub met_at: Option<DateTime<Utc>>,
}

/// A due date.
#[derive(Debug, Serialize, ToSchema)]
pub struct DueDateView {
    /// The day.
    pub date: NaiveDate,
    /// End of business on it.
    pub at: DateTime<Utc>,
    /// Provisional: the date reaches into a year without a holiday notice and may move.
    pub provisional: bool,
}

impl From<&DueDate> for DueDateView {
    fn from(due: &DueDate) -> Self {
        Self { date: due.date, at: due.at, provisional: due.provisional }
    }
}

/// The certificate made in a case.
#[derive(Debug, Serialize, ToSchema)]
pub struct MadeCertificateView<'a> {
    /// Its id: its events have the `subject` `certificates/` with it.
    pub id: Uuid,
    /// Serial number.
    pub serial: &'a str,
    /// Number of the medium.
    pub medium_number: &'a str,
    /// From when it is valid.
    pub valid_from: DateTime<Utc>,
    /// Until when, excluded.
    pub valid_until: DateTime<Utc>,
}

/// A service opened on the certificate.
#[derive(Debug, Serialize, ToSchema)]
pub struct ServiceView<'a> {
    /// application or e_seal.
    pub service: crate::domain::certificates::certificate::ServiceKind,
    /// Code.
    pub code: &'a str,
    /// waiting or usable.
    #[schema(value_type = DeliveryStatus)]
    pub status: &'static str,
    /// From when it can be used.
    pub usable_from: DateTime<Utc>,
}

/// An action of the case's workflow.
#[derive(Debug, Serialize, ToSchema)]
pub struct ActionView<'a> {
    /// Its code.
    pub action: &'a str,
    /// Its name in the language asked for.
    pub name: &'a str,
    /// Whether it can be taken now by this caller.
    pub allowed: bool,
    /// Required parts of the request.
    #[schema(value_type = Vec<ActionPart>)]
    pub requires: Vec<&'static str>,
    /// Optional parts of the request.
    #[schema(value_type = Vec<ActionPart>)]
    pub accepts: Vec<&'static str>,
    /// The reasons why it is blocked.
    pub blocked_by: Vec<BlockerView<'a>>,
}

/// Why an action can't be taken.
#[derive(Debug, Serialize, ToSchema)]
pub struct BlockerView<'a> {
    /// Stable code.
    pub code: &'static str,
    /// Words in the language asked for.
    pub message: Cow<'a, str>,
}

/// A hold: it keeps the case from the erasure of its persons.
#[derive(Debug, Serialize, ToSchema)]
pub struct HoldView<'a> {
    /// Counts the holds of the case.
    pub number: u32,
    /// Why it was placed; not told to other systems.
    #[schema(required = true)]
    pub reason: Option<&'a str>,
    /// When it was placed.
    pub placed_at: DateTime<Utc>,
    /// When it was lifted; null while it stands.
    #[schema(required = true)]
    pub lifted_at: Option<DateTime<Utc>>,
}

impl<'a> HoldView<'a> {
    pub(super) fn new(hold: &'a Hold, to_staff: bool) -> Self {
        let Hold { number, reason, placed_at, lifted_at } = hold;
        Self { number: *number, reason: to_staff.then_some(reason), placed_at: *placed_at, lifted_at: *lifted_at }
    }
}

impl InParts for CaseView<'_> {
    const ALWAYS: &'static [&'static str] = &["id", "acceptance_number", "version"];
}

impl<'a> CaseView<'a> {
    /// A report in a language.
    pub fn new(report: &'a CaseReport<'_, '_>, language: Language) -> Self {
        let (case, definition, hall) = (report.case, report.definition, report.hall);
        let (application, state) = (&case.application, definition.workflow.state(&case.state));
        Self {
            id: case.id,
            acceptance_number: &case.acceptance_number,
            version: case.version,
            case_type: DefinitionView::new(&case.case_type, &definition.case_type.words, language),
            workflow: DefinitionView::new(&case.workflow, &definition.workflow.words, language),
            state: Named { code: &case.state, name: state.map_or(&*case.state, |state| state.words.text(language)) },
            hall: LetterheadView::new(hall, language),
            outlet: Later::of(move || OutletView::new(&hall.outlet_or_unknown(&application.outlet), language)),
            application: Later::of(move || application_view(application).told(report.to_staff())),
            opened_at: case.opened_at,
            updated_at: case.updated_at,
            closed_at: case.closed_at,
            materials: Later::of(move || MaterialsView::new(report, language)),
            notices: case.notices.iter().map(notice_view).collect(),
            fee: Later::of(move || FeeView::new(case, language)),
            deadlines: Later::of(move || report.deadline().as_ref().map(deadlines_view)),
            certificate: case.certificate.as_ref().map(|made| MadeCertificateView {
                id: made.id,
                serial: &made.serial,
                medium_number: &made.medium_number,
                valid_from: made.valid_from,
                valid_until: made.valid_until,
            }),
            collector: case.collector.as_ref().map(CollectorView::from),
            custody: custody_view(case, language),
            slips: slips_view(case),
            copies: copies_view(definition.case_type, case, language),
            services: services_view(case, report.now),
            handover: Later::of(move || handover_view(definition.workflow, case, hall, language)),
            actions: Later::of(move || report.offers().iter().map(|offer| action_view(offer, language)).collect()),
            assignee: case.assignee.as_ref().map(|assignee| Named { code: &assignee.id, name: &assignee.name }),
            assignment: Later::of(move || {
                report.assignment().iter().map(|offer| assignment_view(offer, language)).collect()
            }),
            holds: case.holds.iter().map(|hold| HoldView::new(hold, report.to_staff())).collect(),
            persons_erased_at: case.erased_at,
        }
    }
}

fn notice_view(notice: &Notice) -> NoticeView<'_> {
    NoticeView {
        number: notice.number,
        at: notice.at,
        missing: notice.missing.iter().map(MissingView::from).collect(),
        remark: notice.remark.as_deref(),
        overlooked: &notice.overlooked,
        reason: notice.reason.as_deref(),
    }
}

pub(in crate::api) fn deadlines_view(report: &DeadlineDetails) -> DeadlinesView {
    DeadlinesView {
        ready_from: DueDateView::from(&report.deadlines.ready_from),
        limit: DueDateView::from(&report.deadlines.limit),
        status: report.status.code(),
        working_days_left: report.working_days_left,
        paused_since: report.paused_since,
        met_at: report.met_at,
    }
}

fn services_view(case: &Case, now: DateTime<Utc>) -> Vec<ServiceView<'_>> {
    case.deliveries.iter().map(|delivery| service_view(delivery, now)).collect()
}

fn service_view(delivery: &Delivery, now: DateTime<Utc>) -> ServiceView<'_> {
    ServiceView {
        service: delivery.service,
        code: &delivery.code,
        status: if now >= delivery.usable_from { "usable" } else { "waiting" },
        usable_from: delivery.usable_from,
    }
}

fn action_view<'a>(offer: &'a Offer<'_>, language: Language) -> ActionView<'a> {
    ActionView {
        action: &offer.action.code,
        name: offer.action.words.text(language),
        allowed: offer.blocked_by.is_empty(),
        requires: offer.requires.iter().map(|part| part.code()).collect(),
        accepts: offer.accepts.iter().map(|part| part.code()).collect(),
        blocked_by: blockers_view(&offer.blocked_by, language),
    }
}

fn assignment_view(offer: &AssignmentOffer, language: Language) -> ActionView<'_> {
    ActionView {
        action: offer.action.code(),
        name: offer.action.text(language),
        allowed: offer.blocked_by.is_empty(),
        requires: offer.requires.clone(),
        accepts: Vec::new(),
        blocked_by: blockers_view(&offer.blocked_by, language),
    }
}

fn blockers_view(refusals: &[Refusal], language: Language) -> Vec<BlockerView<'_>> {
    refusals.iter().map(|refusal| BlockerView { code: refusal.code(), message: refusal.text(language) }).collect()
}
