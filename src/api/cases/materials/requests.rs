//! Request bodies of material checks: one row, or several. Every other request body about a case is a draft of the domain.

use serde::Deserialize;
use serde_json::json;
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

use crate::domain::cases::input::MaterialDraft;

/// What was found on one sheet, which the path names: the same as in a list, but for its name.
#[derive(Debug, Clone, Deserialize)]
#[serde(transparent)]
pub struct MaterialCheckRequest(MaterialDraft);

impl MaterialCheckRequest {
    /// The check as one of a sheet.
    pub fn of(self, material: String) -> MaterialDraft {
        MaterialDraft { material, ..self.0 }
    }
}

impl PartialSchema for MaterialCheckRequest {
    fn schema() -> RefOr<Schema> {
        let mut schema = MaterialDraft::schema();
        if let RefOr::T(Schema::Object(draft)) = &mut schema {
            draft.properties.retain(|member, _| member != "material");
            draft.required.retain(|member| member != "material");
            draft.description = Some("What was found on one sheet.".to_owned());
            draft.example = Some(
                json!({ "copies_received": 3, "copies_stamped": 2, "reason": "illegible", "remark": "第三份模糊" }),
            );
        }
        schema
    }
}

impl ToSchema for MaterialCheckRequest {}

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
