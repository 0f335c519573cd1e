//! Response types of a handover: who collects, and what the holder must know, in the caller's language.

use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;

use crate::api::hall::{LoginApplicationView, OutletView};
use crate::domain::base::identity_document::IdentityDocumentType;
use crate::domain::base::person::Personal;
use crate::domain::base::words::Language;
use crate::domain::case_types::workflow::Workflow;
use crate::domain::cases::case::Case;
use crate::domain::cases::custody::handover::InstructionKind;
use crate::domain::cases::custody::handover::{Handover, handover};
use crate::domain::cases::event::Collector;
use crate::domain::hall::Hall;

/// What the holder must know. The PIN itself is never stored or shown.
#[derive(Debug, Serialize, ToSchema)]
pub struct HandoverView {
    /// Serial of the certificate that was issued, or that the case works on.
    pub certificate_serial: String,
    /// From when it can be used to log in: `authorization_delay_hours` of the hall after activation, by the clock. null: it isn't activated yet, or nothing was opened.
    #[schema(required = true)]
    pub usable_from: Option<DateTime<Utc>>,
    /// Where to log in, and who helps.
    pub applications: Vec<LoginApplicationView>,
    /// Where a locked certificate is unlocked.
    pub unlocking_outlet: OutletView,
    /// The telephone for questions about the certificate.
    #[schema(example = "020-38828393", required = true)]
    pub customer_line: Option<String>,
    /// The hall's website.
    #[schema(example = "www.gzca.gd.cn", required = true)]
    pub website: Option<String>,
    /// What to tell the holder, in this order.
    pub instructions: Vec<InstructionView>,
}

/// One thing that the holder must know.
#[derive(Debug, Serialize, ToSchema)]
pub struct InstructionView {
    /// usable_from (where something was opened), set_new_pin (unlocked), extended (renewed), details_changed, revoked,
    /// change_initial_pin (only of a certificate that was made), wrong_pins_lock or where_to_turn.
    #[schema(value_type = InstructionKind)]
    pub code: &'static str,
    /// The instruction in the requested language.
    pub text: String,
}

/// The handover of a case, if there was one.
pub(in crate::api) fn handover_view(
    workflow: &Workflow,
    case: &Case,
    hall: &Hall,
    language: Language,
) -> Option<HandoverView> {
    let Handover { serial, usable_from, applications, outlet, instructions } = handover(workflow, case, hall)?;
    let text = |words: &crate::domain::base::words::Words| words.text(language).to_owned();
    let instructions = instructions.iter();
    Some(HandoverView {
        certificate_serial: serial,
        usable_from,
        applications: applications.iter().map(|known| LoginApplicationView::new(known, language)).collect(),
        unlocking_outlet: OutletView::new(&outlet, language),
        customer_line: hall.customer_line.clone(),
        website: hall.website.clone(),
        instructions: instructions
            .map(|one| InstructionView { code: one.kind.code(), text: text(&one.words) })
            .collect(),
    })
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
