//! Closed lists of words in answers that no vocabulary of the domain has, words of those that it has with their names, and files in requests,
//! as the description of the service publishes them.
//!
//! Guarantee: a test holds the answers against them.

use std::borrow::Cow;

use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{KnownFormat, ObjectBuilder, Schema, SchemaFormat, Type};
use utoipa::{PartialSchema, ToSchema};

use crate::domain::accounts::role::Role;
use crate::domain::case_types::case_type::ReplacementReason;
use crate::domain::certificates::custody::StayCause;
use crate::domain::certificates::import::ImportState;
use crate::domain::certificates::state::CertificateState;
use crate::domain::money::fee::FeeItem;
use crate::domain::money::payment::PaymentMethod;

macro_rules! closed {
    ($($name:ident = $about:literal: $($code:literal)+;)*) => {$(
        #[doc = $about]
        pub(in crate::api) enum $name {}

        impl PartialSchema for $name {
            fn schema() -> RefOr<Schema> {
                let codes = Some([$($code),+]);
                ObjectBuilder::new().schema_type(Type::String).enum_values(codes).description(Some($about)).into()
            }
        }

        impl ToSchema for $name {
            fn name() -> Cow<'static, str> {
                stringify!($name).into()
            }
        }
    )*};
}

macro_rules! files {
    ($($name:ident = $about:literal, $most:expr;)*) => {$(
        #[doc = $about]
        pub(in crate::api) enum $name {}

        impl PartialSchema for $name {
            fn schema() -> RefOr<Schema> {
                ObjectBuilder::new()
                    .schema_type(Type::String)
                    .format(Some(SchemaFormat::KnownFormat(KnownFormat::Binary)))
                    .max_length(Some($most))
                    .description(Some($about))
                    .into()
            }
        }

        impl ToSchema for $name {
            fn name() -> Cow<'static, str> {
                stringify!($name).into()
            }
        }
    )*};
}

macro_rules! named {
    ($($name:ident = $about:literal: $code:ident;)*) => {$(
        #[doc = $about]
        #[derive(ToSchema)]
        #[allow(dead_code)] // says what a `NamedView` has in its place
        pub(in crate::api) struct $name {
            /// Code.
            code: $code,
            /// Name in the requested language.
            name: String,
        }
    )*};
}

named! {
    CertificateStateView = "The state of a certificate.": CertificateState;
    FeeItemView = "What is paid for.": FeeItem;
    ImportStateView = "The state of an import.": ImportState;
    PaymentMethodView = "A way to pay.": PaymentMethod;
    ReplacementReasonView = "Why a certificate is issued anew.": ReplacementReason;
    RoleView = "A role of the staff.": Role;
    StayCauseView = "Why the hall has a medium.": StayCause;
}

files! {
    CertificateTable = "A table of certificates.", crate::service::certificates::import::MOST_BYTES;
    CalendarFile = "The days of a year, as TOML, CSV or iCalendar.", crate::formats::calendar::MOST_BYTES;
}

closed! {
    ActionPart = "A part of the request of an action.":
        "reason" "remark" "materials" "certificate" "payment" "collector" "correction" "limit" "commitment" "cancellation" "refund"
        "waiver" "box_number" "assignee";
    BatchOutcome = "What became of a case of a batch.": "done" "unchanged" "refused";
    BulkOutcome = "What became of one of many applications.": "opened" "repeated" "refused";
    WithdrawalOutcome = "What became of a report that is withdrawn.": "withdrawn" "refused";
    DeliveryStatus = "Whether what was handed over can be used.": "waiting" "usable";
    OriginalWanted = "What is wanted of the original of a document.": "none" "sighted" "presented" "unspecified";
    PersonsWanted = "Whose identity document is wanted, of applicant and agent.": "each" "either";
    WantedWhen = "When a document is wanted.": "always" "without_unified_code" "lost" "damaged" "expired";
    TableColumnKind = "What the values of a column are: shares are from 0 to 1, money is in fen.":
        "text" "integer" "decimal" "share" "fen" "date" "instant" "seconds";
    DayReasonCode = "How a day counts.":
        "received_outside_hours" "receipt_day" "working_day" "make_up_workday" "weekend" "holiday" "paused"
        "assumed_working_day" "assumed_day_off" "beyond_horizon";
    DutyCode = "What must be done before anything else.": "password_change_required" "second_factor_required";
    TokenError = "Why there is no token (RFC 6749 section 5.2).":
        "invalid_request" "invalid_client" "invalid_scope" "unsupported_grant_type";
}
