//! Response types of a case: texts in the caller's language, identity numbers and phones masked.

use chrono::{DateTime, NaiveDate, Utc};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::application_view::{ApplicationView, application_view};
use super::custody_view::{DistributedCopiesView, GivenSlipView, StayView, copies_view, custody_view, slips_view};
use super::handover_view::{HandoverView, handover_view};
use super::material_view::{MaterialsView, MissingView};
use crate::api::closed::{ActionPart, DeliveryStatus};
use crate::api::hall::{LetterheadView, OutletView};
use crate::api::money::fee_view::FeeView;
use crate::domain::base::identity_document::IdentityDocumentType;
use crate::domain::base::person::Personal;
use crate::domain::base::words::{Language, Words};
use crate::domain::calendar::deadline::DueDate;
use crate::domain::case_types::pinned::Pinned;
use crate::domain::case_types::workflow::state_words;
use crate::domain::cases::actions::Offer;
use crate::domain::cases::assignment::AssignmentOffer;
use crate::domain::cases::case::Case;
use crate::domain::cases::deadlines::dates::DeadlineStatus;
use crate::domain::cases::event::Collector;
use crate::domain::cases::materials::notice::Notice;
use crate::domain::cases::refusal::Refusal;
use crate::domain::retention::hold::Hold;
use crate::http::language::{NamedView, WordsView};
use crate::service::cases::details::{CaseDetails, DeadlineDetails};

/// A definition in the edition the case keeps.
#[derive(Debug, Serialize, ToSchema)]
pub struct DefinitionView {
    /// Code.
    pub code: String,
    /// Edition.
    pub edition: u32,
    /// Name in the language asked for.
    pub name: String,
}

impl DefinitionView {
    fn new(pinned: &Pinned, words: &Words, language: Language) -> Self {
        Self { code: pinned.code.clone(), edition: pinned.edition, name: words.text(language).to_owned() }
    }
}

/// A case.
#[derive(Debug, Serialize, ToSchema)]
pub struct CaseView {
    /// Its id.
    pub id: Uuid,
    /// Its acceptance number, digits only; identifies the case like the id.
    #[schema(example = "260601000140")]
    pub acceptance_number: String,
    /// Its version, which grows with every change; the ETag.
    pub version: i64,
    /// Its case type.
    pub case_type: DefinitionView,
    /// Its workflow: the order of checking and making.
    pub workflow: DefinitionView,
    /// The state it is in.
    pub state: NamedView,
    /// The hall, as its receipts, notices and slips name it.
    pub hall: LetterheadView,
    /// The pick-up outlet.
    pub outlet: OutletView,
    /// The application.
    pub application: ApplicationView,
    /// Receipt of the application.
    pub opened_at: DateTime<Utc>,
    /// When it last changed.
    pub updated_at: DateTime<Utc>,
    /// When it ended.
    #[schema(required = true)]
    pub closed_at: Option<DateTime<Utc>>,
    /// The checklist that applies to this case, with the verdict.
    pub materials: MaterialsView,
    /// One-time notices given.
    pub notices: Vec<NoticeView>,
    /// The fee and the payments.
    pub fee: FeeView,
    /// Its two dates; null if the case makes no certificate.
    #[schema(required = true)]
    pub deadlines: Option<DeadlinesView>,
    /// The certificate made.
    #[schema(required = true)]
    pub certificate: Option<MadeCertificateView>,
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
    pub services: Vec<ServiceView>,
    /// What the holder must know; null before the certificate is issued or something is opened on the held one.
    #[schema(required = true)]
    pub handover: Option<HandoverView>,
    /// The actions that this caller can take now, and the reasons why the others are blocked.
    pub actions: Vec<ActionView>,
    /// The assignee.
    #[schema(required = true)]
    pub assignee: Option<NamedView>,
    /// Which of claim, release and assign this caller can do, in the form of `actions`.
    pub assignment: Vec<ActionView>,
    /// What keeps the case from the erasure of its persons, or did.
    pub holds: Vec<HoldView>,
    /// When its persons were erased, at the end of their retention: "—" stands for each of their data since.
    #[schema(required = true)]
    pub persons_erased_at: Option<DateTime<Utc>>,
}

/// A one-time notice (一次性告知).
#[derive(Debug, Serialize, ToSchema)]
pub struct NoticeView {
    /// Counts the notices of the case.
    pub number: u32,
    /// When it was given.
    pub at: DateTime<Utc>,
    /// Everything that was missing.
    pub missing: Vec<MissingView>,
    /// Remark.
    #[schema(required = true)]
    pub remark: Option<String>,
    /// Rows that it names although an earlier notice accepted them as in order.
    pub overlooked: Vec<String>,
    /// The reason why it names them only now.
    #[schema(required = true)]
    pub reason: Option<String>,
}

/// The two dates of production.
#[derive(Debug, Serialize, ToSchema)]
pub struct DeadlinesView {
    /// Ready from this day (7th working day).
    pub ready_from: DueDateView,
    /// The limit (10th working day).
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
pub struct MadeCertificateView {
    /// Serial number.
    pub serial: String,
    /// Number of the medium.
    pub medium_number: String,
    /// From when it is valid.
    pub valid_from: DateTime<Utc>,
    /// Until when, excluded.
    pub valid_until: DateTime<Utc>,
}

/// Who collects.
#[derive(Debug, Serialize, ToSchema)]
pub struct CollectorView {
    /// Name.
    pub name: String,
    /// Which identity document was sighted; absent where it was recorded before that was asked.
    #[schema(nullable = false, example = "resident_identity_card")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub document_type: Option<IdentityDocumentType>,
    /// The country that issued a passport; absent for other documents.
    #[schema(nullable = false, example = "SGP")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub document_country: Option<String>,
    /// The last four characters of the document's number.
    pub document_number: String,
}

impl From<&Collector> for CollectorView {
    fn from(collector: &Collector) -> Self {
        Self {
            name: collector.name.clone(),
            document_type: collector.document_type,
            document_country: collector.document_country.clone(),
            document_number: collector.document_number.masked(),
        }
    }
}

/// A service opened on the certificate.
#[derive(Debug, Serialize, ToSchema)]
pub struct ServiceView {
    /// application or e_seal.
    pub service: crate::domain::certificates::certificate::ServiceKind,
    /// Code.
    pub code: String,
    /// waiting or usable.
    #[schema(value_type = DeliveryStatus)]
    pub status: &'static str,
    /// From when it can be used.
    pub usable_from: DateTime<Utc>,
}

/// An action of the case's workflow.
#[derive(Debug, Serialize, ToSchema)]
pub struct ActionView {
    /// Its code.
    pub action: String,
    /// Its name in the language asked for.
    pub name: String,
    /// Whether it can be taken now by this caller.
    pub allowed: bool,
    /// Required parts of the request.
    #[schema(value_type = Vec<ActionPart>)]
    pub requires: Vec<&'static str>,
    /// Optional parts of the request.
    #[schema(value_type = Vec<ActionPart>)]
    pub accepts: Vec<&'static str>,
    /// The reasons why it is blocked.
    pub blocked_by: Vec<BlockerView>,
}

/// Why an action can't be taken.
#[derive(Debug, Serialize, ToSchema)]
pub struct BlockerView {
    /// Stable code.
    pub code: &'static str,
    /// Words in the language asked for.
    pub message: String,
}

/// A hold: it keeps the case from the erasure of its persons.
#[derive(Debug, Serialize, ToSchema)]
pub struct HoldView {
    /// Counts the holds of the case.
    pub number: u32,
    /// Why it was placed.
    pub reason: String,
    /// When it was placed.
    pub placed_at: DateTime<Utc>,
    /// When it was lifted; null while it stands.
    #[schema(required = true)]
    pub lifted_at: Option<DateTime<Utc>>,
}

impl From<&Hold> for HoldView {
    fn from(Hold { number, reason, placed_at, lifted_at }: &Hold) -> Self {
        Self { number: *number, reason: reason.clone(), placed_at: *placed_at, lifted_at: *lifted_at }
    }
}

impl CaseView {
    /// A report in a language.
    pub fn new(report: &CaseDetails<'_>, hall: &crate::domain::hall::Hall, language: Language) -> Self {
        let (case, definition) = (report.case, report.definition);
        let application = &case.application;
        let outlet = hall.outlet_or_unknown(&application.outlet);
        Self {
            id: case.id,
            acceptance_number: case.acceptance_number.clone(),
            version: case.version,
            case_type: DefinitionView::new(&case.case_type, &definition.case_type.words, language),
            workflow: DefinitionView::new(&case.workflow, &definition.workflow.words, language),
            state: NamedView::new(&case.state, &state_words(definition.workflow, &case.state), language),
            hall: LetterheadView::new(hall, language),
            outlet: OutletView::new(&outlet, language),
            application: application_view(application),
            opened_at: case.opened_at,
            updated_at: case.updated_at,
            closed_at: case.closed_at,
            materials: MaterialsView::new(report, &hall.hours, language),
            notices: case.notices.iter().map(notice_view).collect(),
            fee: FeeView::new(case, language),
            deadlines: report.deadline.as_ref().map(deadlines_view),
            certificate: case.certificate.as_ref().map(|made| MadeCertificateView {
                serial: made.serial.clone(),
                medium_number: made.medium_number.clone(),
                valid_from: made.valid_from,
                valid_until: made.valid_until,
            }),
            collector: case.collector.as_ref().map(CollectorView::from),
            custody: custody_view(case, language),
            slips: slips_view(case),
            copies: copies_view(definition.case_type, case, language),
            services: services_view(case, report.now),
            handover: handover_view(report.definition.workflow, case, hall, language),
            actions: report.offers.iter().map(|offer| action_view(offer, language)).collect(),
            assignee: case
                .assignee
                .as_ref()
                .map(|assignee| NamedView { code: assignee.id.clone(), name: assignee.name.clone() }),
            assignment: report.assignment.iter().map(|offer| assignment_view(offer, language)).collect(),
            holds: case.holds.iter().map(HoldView::from).collect(),
            persons_erased_at: case.erased_at,
        }
    }
}

fn notice_view(notice: &Notice) -> NoticeView {
    NoticeView {
        number: notice.number,
        at: notice.at,
        missing: notice.missing.iter().map(MissingView::from).collect(),
        remark: notice.remark.clone(),
        overlooked: notice.overlooked.clone(),
        reason: notice.reason.clone(),
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

fn services_view(case: &Case, now: DateTime<Utc>) -> Vec<ServiceView> {
    let view = |delivery: &crate::domain::cases::case::Delivery| ServiceView {
        service: delivery.service,
        code: delivery.code.clone(),
        status: if now >= delivery.usable_from { "usable" } else { "waiting" },
        usable_from: delivery.usable_from,
    };
    case.deliveries.iter().map(view).collect()
}

fn action_view(offer: &Offer<'_>, language: Language) -> ActionView {
    ActionView {
        action: offer.action.code.clone(),
        name: offer.action.words.text(language).to_owned(),
        allowed: offer.blocked_by.is_empty(),
        requires: offer.requires.iter().map(|part| part.code()).collect(),
        accepts: offer.accepts.iter().map(|part| part.code()).collect(),
        blocked_by: blockers_view(&offer.blocked_by, language),
    }
}

fn assignment_view(offer: &AssignmentOffer, language: Language) -> ActionView {
    ActionView {
        action: offer.action.code().to_owned(),
        name: offer.action.words().text(language).to_owned(),
        allowed: offer.blocked_by.is_empty(),
        requires: offer.requires.clone(),
        accepts: Vec::new(),
        blocked_by: blockers_view(&offer.blocked_by, language),
    }
}

fn blockers_view(refusals: &[Refusal], language: Language) -> Vec<BlockerView> {
    let view =
        |refusal: &Refusal| BlockerView { code: refusal.code(), message: refusal.words().text(language).to_owned() };
    refusals.iter().map(view).collect()
}

impl From<&Words> for WordsView {
    fn from(words: &Words) -> Self {
        Self { zh: words.zh.clone(), en: words.en.clone() }
    }
}
