//! Response types of media in custody and of copies.

use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;

use crate::api::closed::StayCauseView;
use crate::domain::base::words::Language;
use crate::domain::case_types::case_type::{CaseType, Material};
use crate::domain::case_types::destination::Destination;
use crate::domain::cases::case::{Case, GivenSlip};
use crate::domain::cases::materials::copies::DistributedCopies;
use crate::domain::certificates::custody::{Slip, Stay};
use crate::http::language::{Named, NamedView};

/// A medium that is in the hall.
#[derive(Debug, Serialize, ToSchema)]
pub struct StayView {
    /// Serial of the certificate.
    pub serial: String,
    /// Number of the medium.
    pub medium_number: String,
    /// Why it is in the hall: made or taken_in.
    #[schema(value_type = StayCauseView)]
    pub cause: NamedView,
    /// Code of the outlet where it is.
    pub outlet: String,
    /// The box it is in.
    #[schema(example = "A-12", required = true)]
    pub box_number: Option<String>,
    /// Since when it is in the hall.
    pub since: DateTime<Utc>,
    /// The holder's slip; null for a medium made here.
    #[schema(required = true)]
    pub slip: Option<SlipView>,
    /// The case for which it is here.
    pub acceptance_number: String,
}

/// The slip of a medium that is taken in or handed over.
#[derive(Debug, Serialize, ToSchema)]
pub struct SlipView {
    /// Its number.
    #[schema(example = "LQ20260302-0001")]
    pub number: String,
    /// The outlet that counts it.
    pub outlet: String,
}

/// The slip of a medium that was taken in or handed over.
#[derive(Debug, Serialize, ToSchema)]
pub struct GivenSlipView {
    /// Its number: SC of a medium that was taken in, LQ of one that was handed over or given back.
    #[schema(example = "LQ20260302-0001")]
    pub number: String,
    /// The outlet that counts it.
    pub outlet: String,
    /// Serial of the certificate.
    pub serial: String,
    /// When.
    pub at: DateTime<Utc>,
}

/// Where the copies of a document went.
#[derive(Debug, Serialize, ToSchema)]
pub struct DistributedCopiesView {
    /// Code of the row.
    pub material: String,
    /// Where the first copy went, the second, and so on.
    pub went_to: Vec<NamedView>,
    /// Number of extra copies, which were given back.
    pub given_back: u32,
}

impl StayView {
    pub(in crate::api) fn new(serial: &str, stay: &Stay, language: Language) -> Self {
        Self {
            serial: serial.to_owned(),
            medium_number: stay.medium_number.clone(),
            cause: NamedView::new(stay.cause.code(), &stay.cause.words(), language),
            outlet: stay.place.outlet.clone(),
            box_number: stay.place.box_number.clone(),
            since: stay.since,
            slip: stay.slip.as_ref().map(slip_view),
            acceptance_number: stay.acceptance_number.clone(),
        }
    }
}

fn slip_view(slip: &Slip) -> SlipView {
    SlipView { number: slip.number.to_string(), outlet: slip.outlet.clone() }
}

/// The media that the hall has by a case.
pub(in crate::api) fn custody_view(case: &Case, language: Language) -> Vec<StayView> {
    case.custody.iter().map(|(serial, stay)| StayView::new(serial, stay, language)).collect()
}

/// The papers that went with its media over the counter.
pub(in crate::api) fn slips_view(case: &Case) -> Vec<GivenSlipView> {
    let view = |GivenSlip { slip, serial, at }: &GivenSlip| GivenSlipView {
        number: slip.number.to_string(),
        outlet: slip.outlet.clone(),
        serial: serial.clone(),
        at: *at,
    };
    case.slips.iter().map(view).collect()
}

/// Where the copies of a case went.
pub(in crate::api) fn copies_view(case_type: &CaseType, case: &Case, language: Language) -> Vec<DistributedCopiesView> {
    let place = |code: &String| match case_type.destination(code) {
        Some(destination) => NamedView::new(&destination.code, &destination.words, language),
        None => NamedView { code: code.clone(), name: code.clone() },
    };
    let view = |row: &DistributedCopies| DistributedCopiesView {
        material: row.material.clone(),
        went_to: row.went_to.iter().map(place).collect(),
        given_back: row.given_back,
    };
    case.copies.iter().map(view).collect()
}

/// Where the copies of a document go.
pub(in crate::api) fn destinations<'a>(
    case_type: &'a CaseType,
    material: &'a Material,
    language: Language,
) -> impl Iterator<Item = Named<'a>> {
    let named = move |of: &'a Destination| Named { code: &of.code, name: of.words.text(language) };
    case_type.destinations(material).map(named)
}
