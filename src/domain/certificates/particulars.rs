//! The particulars of a certificate: numbers, holder and handler.

use serde::{Deserialize, Serialize};

use crate::domain::base::person::stored_encrypted;

/// What is written on a certificate and of its holder: what a change or a correction touches.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Particulars {
    /// Serial number.
    pub serial: String,
    /// Number of the medium.
    pub medium_number: String,
    /// Organization code of its holder.
    pub organization_code: String,
    /// Unified social credit code of its holder, where there is one.
    pub unified_code: Option<String>,
    /// Name of its holder.
    pub organization_name: String,
    /// Name of the person who handles it (经办人), where one is known.
    #[serde(default, with = "stored_encrypted")]
    pub handler: Option<String>,
    /// What names the image of the e-seal, such as its record number (印章编码), where one is known.
    pub seal: Option<String>,
}

/// What differs of a field: its name in the API, what it was, and what it is.
pub type Difference = (&'static str, Option<String>, Option<String>);

impl Particulars {
    /// What others say otherwise, field by field.
    pub fn differences(&self, after: &Self) -> Vec<Difference> {
        let both = self.fields().into_iter().zip(after.fields());
        both.filter(|((_, before), (_, after))| before != after)
            .map(|((name, before), (_, after))| (name, before, after))
            .collect()
    }

    fn fields(&self) -> [(&'static str, Option<String>); 7] {
        let Self { serial, medium_number, organization_code, unified_code, organization_name, handler, seal } =
            self.clone();
        [
            ("serial", Some(serial)),
            ("medium_number", Some(medium_number)),
            ("organization_name", Some(organization_name)),
            ("unified_social_credit_code", unified_code),
            ("organization_code", Some(organization_code)),
            ("handler", handler),
            ("seal", seal),
        ]
    }
}
