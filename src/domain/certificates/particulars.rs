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
