//! Accepting with a commitment (容缺受理): a secondary document is promised in writing by a date, and the case goes on
//! without it; nothing is issued before it is there.
//!
//! Source: practice of Chinese service halls (State Council, 国办发〔2020〕42号, on 告知承诺 and 容缺受理). Off unless a case
//! type makes a document deferrable.
//!
//! Guarantees: a commitment covers only what was lacking when it was accepted to be brought, on a row that was looked at; it
//! is kept when the paper has come, and whether it has come is read from the checks alone.

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::checklist::Missing;
use crate::domain::calendar::deadline::OfficeHours;

/// What an organization promised to bring.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Commitment {
    /// Code of the row.
    pub material: String,
    /// The last day on which it is brought: until the close of business.
    pub until: NaiveDate,
    /// What was lacking.
    pub missing: Vec<Missing>,
    /// When it was accepted.
    pub at: DateTime<Utc>,
    /// Who accepted it (account id).
    pub by: String,
}

/// A document that the organization promises to bring (容缺受理).
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = CommitmentRequest)]
pub struct CommitmentDraft {
    /// Code of the row.
    #[schema(min_length = 1, max_length = 64)]
    pub material: String,
    /// The last day on which it is brought: a working day.
    pub until: NaiveDate,
    /// The commitment was signed and is in the file.
    pub signed: bool,
}

impl Commitment {
    /// When it ends.
    pub fn ends_at(&self, hours: &OfficeHours) -> DateTime<Utc> {
        hours.close_of_business(self.until)
    }
}
