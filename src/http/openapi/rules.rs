//! What the rules ask of a request beyond its structure, where a schema can say it: the structure is refused first and by the schema,
//! the rest by the rules, which find all their faults at once.
//!
//! Guarantee: nothing is described here but what the rules refuse otherwise; a test sends it to them.

use serde_json::{Map, Value, json};

use crate::domain::accounts::audit::AuditKind;
use crate::domain::accounts::disclosure::{DisclosurePurpose, PersonField, PersonOfCase};
use crate::domain::accounts::role::{Role, Scope};
use crate::domain::base::identity_document::IdentityDocumentType;
use crate::domain::base::organization::OrganizationKind;
use crate::domain::case_types::case_type::{OTHER_REASON, ReplacementReason};
use crate::domain::cases::intake::application::CollectionMethod;
use crate::domain::cases::intake::labels;
use crate::domain::cases::materials::checklist::SheetPerson;
use crate::domain::certificates::import::ImportState;
use crate::domain::certificates::state::CertificateState;
use crate::domain::money::fee::FeeItem;
use crate::domain::money::payment::PaymentMethod;
use crate::service::certificates::certificate::PENDING;

/// Members of which exactly one is wanted.
const ONE_OF: &[(&str, &[&str])] = &[("AuthorizationQuestion", &["serial", "organization_code"])];

/// The same of members that may be null, alone or together.
const ONE_NOT_NULL: &[(&str, &[&[&str]])] =
    &[("ReplayRequest", &[&["event"], &["from", "to"]]), ("WithdrawalRequest", &[&["system"], &["account"]])];

/// What members are wanted together, and which not. Said by keywords that bind a value and leave it one thing: of alternatives (`oneOf`)
/// programs make as many types, and of those without members of their own anything.
fn conditions() -> Vec<(&'static str, Value)> {
    let passport = json!({ "enum": [IdentityDocumentType::Passport.code()] });
    let of_passport = json!({
        "if": { "required": ["document_type"], "properties": { "document_type": passport } },
        "then": { "required": ["document_country"] },
        "else": { "not": { "required": ["document_country"] } },
    });
    let explained = json!({
        "if": { "required": ["reason"], "properties": { "reason": { "enum": [OTHER_REASON] } } },
        "then": { "required": ["remark"] },
    });
    let each_certified = |keyword: Value| json!({ "properties": { "cases": { "items": keyword } } });
    let (certificate, collectors) = (json!({ "required": ["certificate"] }), ["collected_by", "collector"]);
    vec![
        (
            "BatchRequest",
            json!({
                "if": { "required": ["box_number"] },
                "then": each_certified(json!({ "not": certificate })),
                "else": each_certified(certificate),
            }),
        ),
        ("CollectorRequest", of_passport.clone()),
        ("HandOverRequest", json!({ "not": { "required": collectors } })),
        ("MaterialCheckRequest", explained.clone()),
        ("MaterialRequest", explained),
        (
            "OrganizationRequest",
            json!({ "if": { "required": ["unified_social_credit_code"] }, "else": { "required": ["organization_code"] } }),
        ),
        ("PersonRequest", of_passport),
        (
            "TokenRequest",
            json!({
                "not": { "required": ["client_secret", "client_assertion"] },
                "dependentRequired": {
                    "client_secret": ["client_id"],
                    "client_assertion": ["client_assertion_type"],
                    "client_assertion_type": ["client_assertion"],
                },
            }),
        ),
        ("WaiverRequest", json!({ "if": { "required": ["item"] }, "else": { "required": ["amount_fen"] } })),
    ]
}

/// Parameters of a query that are a word of a closed vocabulary, or several.
fn query_words() -> Vec<(&'static str, &'static str, Vec<&'static str>)> {
    let kinds = || AuditKind::CODES.to_vec();
    vec![
        ("/api/v1/audit", "kind", kinds()),
        ("/api/v1/certificates", "correction", vec![PENDING]),
        ("/api/v1/certificates", "registration", vec![PENDING]),
        ("/api/v1/certificates", "state", CertificateState::codes_in_register()),
        ("/api/v1/certificates/imports", "state", ImportState::CODES.to_vec()),
        ("/api/v1/exports/audit.csv", "kind", kinds()),
        ("/api/v1/exports/audit.jsonl", "kind", kinds()),
    ]
}

/// Members that are a word of a closed vocabulary.
const WORDS: &[(&str, &str, &[&str])] = &[
    ("CollectorRequest", "document_type", IdentityDocumentType::CODES),
    ("DisclosureRequest", "person", PersonOfCase::CODES),
    ("DisclosureRequest", "purpose", DisclosurePurpose::CODES),
    ("HandOverRequest", "collected_by", SheetPerson::CODES),
    ("OpenCaseRequest", "collection_method", CollectionMethod::CODES),
    ("OpenCaseRequest", "payment_method", PaymentMethod::CODES),
    ("OpenCaseRequest", "replacement_reason", ReplacementReason::CODES),
    ("OrganizationRequest", "kind", OrganizationKind::CODES),
    ("PaymentCorrectionRequest", "method", PaymentMethod::CODES),
    ("PaymentRequest", "method", PaymentMethod::CODES),
    ("PersonCorrectionRequest", "document_type", IdentityDocumentType::CODES),
    ("PersonRequest", "document_type", IdentityDocumentType::CODES),
    ("WaiverRequest", "item", FeeItem::CODES),
];

/// Lists of such words.
const LISTS: &[(&str, &str, &[&str])] = &[
    ("AccountDraft", "roles", Role::CODES),
    ("ClientChangeRequest", "scopes", Scope::CODES),
    ("ClientRequest", "scopes", Scope::CODES),
    ("DisclosureRequest", "fields", PersonField::CODES),
    ("NewUserRequest", "roles", Role::CODES),
];

/// Lists of codes of the configuration, and how long one is at most.
const CODES: &[(&str, &str, u32)] =
    &[("OpenCaseRequest", "applications", 64), ("RegistrationRequest", "applications", 64)];

/// Members that are pairs of metadata.
const METADATA: &[&str] = &["LabelsRequest", "OpenCaseRequest"];

/// Describes the ways of a request of which one is wanted: each has its members as they are but for null, and the others are null.
fn one_not_null(document: &mut Value) {
    for (schema, ways) in ONE_NOT_NULL {
        let Some(found) = document.pointer_mut(&format!("/components/schemas/{schema}")) else { continue };
        let members = ways.concat();
        let way = |wanted: &&[&str]| {
            let kind = |member: &&str| {
                let mut kind = json!({ "type": "null" });
                if wanted.contains(member) {
                    kind = found["properties"][*member].clone();
                    kind["type"] = "string".into();
                    if let Some(kind) = kind.as_object_mut() {
                        kind.retain(|name, _| name != "description" && name != "example");
                    }
                }
                ((*member).to_owned(), kind)
            };
            json!({ "required": wanted, "properties": members.iter().map(kind).collect::<Map<_, _>>() })
        };
        let ways: Value = ways.iter().map(way).collect();
        found["oneOf"] = ways;
    }
}

fn name_query_words(document: &mut Value) {
    for (path, name, codes) in query_words() {
        let parameters = document["paths"][path]["get"]["parameters"].as_array_mut();
        for parameter in parameters.into_iter().flatten().filter(|parameter| parameter["name"] == name) {
            let schema = &mut parameter["schema"];
            let word = if schema["items"].is_object() { &mut schema["items"] } else { schema };
            word["enum"] = json!(codes);
        }
    }
}

/// Adds it to the schemas of the description.
pub(super) fn describe(document: &mut Value) {
    one_not_null(document);
    name_query_words(document);
    let mut at = |schema: &str, path: &str, name: &str, value: Value| {
        let pointer = format!("/components/schemas/{schema}{path}");
        if let Some(Value::Object(found)) = document.pointer_mut(&pointer) {
            found.insert(name.to_owned(), value);
        }
    };
    for (schema, members) in ONE_OF {
        let ways: Vec<Value> = members.iter().map(|member| json!({ "required": [member] })).collect();
        at(schema, "", "oneOf", ways.into());
    }
    for (schema, keywords) in conditions() {
        for (keyword, value) in keywords.as_object().into_iter().flatten() {
            at(schema, "", keyword, value.clone());
        }
    }
    for (schema, member, codes) in WORDS {
        at(schema, &format!("/properties/{member}"), "enum", json!(codes));
    }
    for (schema, member, codes) in LISTS {
        // No person is another system.
        let codes: Vec<_> = codes.iter().filter(|code| **code != Role::Client.code()).collect();
        at(schema, &format!("/properties/{member}/items"), "enum", json!(codes));
    }
    for (schema, member, most) in CODES {
        at(schema, &format!("/properties/{member}/items"), "maxLength", json!(most));
    }
    let key = json!({ "type": "string", "maxLength": labels::KEY_CHARACTERS, "pattern": "^[a-z][a-z0-9_.-]*$" });
    let value = json!({ "type": "string", "minLength": 1, "maxLength": labels::VALUE_CHARACTERS });
    for schema in METADATA {
        at(schema, "/properties/metadata", "maxProperties", json!(labels::MOST_PAIRS));
        at(schema, "/properties/metadata", "propertyNames", key.clone());
        at(schema, "/properties/metadata", "additionalProperties", value.clone());
    }
}
