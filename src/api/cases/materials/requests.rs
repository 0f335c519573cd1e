//! Request bodies of material checks: one row, or several. Every other request body about a case is a draft of the domain.

use serde::Deserialize;
use utoipa::ToSchema;

use crate::domain::cases::input::MaterialDraft;

/// What was found on one sheet.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "copies_received": 3, "copies_stamped": 2, "reason": "illegible", "remark": "第三份模糊" }))]
pub struct MaterialCheckRequest {
    /// Copies received.
    #[schema(minimum = 0, maximum = 99, example = 3)]
    pub copies_received: u32,
    /// How many of them bear the organization's official seal.
    #[schema(minimum = 0, maximum = 99, example = 3)]
    pub copies_stamped: u32,
    /// The original was sighted or presented.
    #[serde(default)]
    pub original_sighted: bool,
    /// Code of the reason why it doesn't do, where it doesn't.
    #[schema(max_length = 64, nullable = false)]
    pub reason: Option<String>,
    /// Remark.
    #[schema(max_length = 500, nullable = false)]
    pub remark: Option<String>,
}

/// The rows of the checklist that were checked.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "materials": [
    { "material": "e-seal-agreement", "copies_received": 3, "copies_stamped": 3 },
    { "material": "business-licence", "copies_received": 3, "copies_stamped": 3, "original_sighted": true },
] }))]
pub struct MaterialsRequest {
    /// The rows.
    #[schema(min_items = 1, max_items = 100)]
    pub materials: Vec<MaterialDraft>,
}

impl MaterialCheckRequest {
    /// The check as one of a sheet.
    pub fn of(self, material: String) -> MaterialDraft {
        let Self { copies_received, copies_stamped, original_sighted, reason, remark } = self;
        MaterialDraft { material, copies_received, copies_stamped, original_sighted, reason, remark }
    }
}
