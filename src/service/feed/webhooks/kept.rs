//! Webhooks, held against what the audit trail says of them: whoever changes an address in the database has the hall tell somebody else.

use std::collections::BTreeMap;

use crate::domain::accounts::audit::{AuditKind, AuditSubjectKind, BECAME, RecordedEntry};
use crate::domain::evidence::held::{Columns, Held, Told};
use crate::domain::evidence::row::instant;
use crate::domain::feed::event_type::EventType;
use crate::domain::feed::webhook::DisabledReason;
use crate::service::base::error::ServiceError;
use crate::store::Tx;
use crate::store::accounts::audit;
use crate::store::feed::webhooks::{self, Asked};

const ACTIVE: &str = "active";
const CLIENT_ID: &str = "client_id";
const CREATED_AT: &str = "created_at";
const DISABLED_REASON: &str = "disabled_reason";
const TYPES: &str = "types";
const URL: &str = "url";
const VERSION: &str = "version";

const TELLING: [AuditKind; 5] = [
    AuditKind::WebhookAdded,
    AuditKind::WebhookChanged,
    AuditKind::WebhookSecretRotated,
    AuditKind::WebhookDisabled,
    AuditKind::WebhookRemoved,
];

/// Every webhook that there is or that the trail knows and nobody removed.
pub(in crate::service) fn held(tx: &mut Tx<'_>) -> Result<Vec<Held>, ServiceError> {
    let mut told = Told::new();
    for entry in audit::of_kinds(tx, &TELLING)? {
        let Some((_, id)) = &entry.about else { continue };
        match AuditKind::from_code(&entry.kind) {
            Some(AuditKind::WebhookAdded) => _ = told.insert(id.clone(), added(&entry)),
            Some(AuditKind::WebhookRemoved) => _ = told.remove(id),
            Some(kind) => {
                if let Some(said) = told.get_mut(id) {
                    change(said, kind, &entry);
                }
            }
            None => {}
        }
    }
    let rows = webhooks::asked_of_all(tx)?.into_iter().map(|asked| (asked.id.clone(), columns(asked)));
    Ok(Held::all(AuditSubjectKind::Webhook, rows.collect(), told))
}

fn added(entry: &RecordedEntry) -> BTreeMap<String, String> {
    let mut said = entry.details.clone();
    said.insert(CREATED_AT.to_owned(), instant(entry.at.naive_utc()));
    said.insert(VERSION.to_owned(), "1".to_owned());
    said
}

fn change(said: &mut BTreeMap<String, String>, kind: AuditKind, entry: &RecordedEntry) {
    let version = said.get(VERSION).and_then(|known| known.parse::<i64>().ok()).unwrap_or_default();
    said.insert(VERSION.to_owned(), (version + 1).to_string());
    match kind {
        AuditKind::WebhookDisabled => {
            said.insert(ACTIVE.to_owned(), "false".to_owned());
            said.insert(DISABLED_REASON.to_owned(), DisabledReason::Gone.code().to_owned());
        }
        AuditKind::WebhookChanged => {
            for (name, became) in &entry.details {
                if let Some((_, now)) = became.split_once(BECAME) {
                    said.insert(name.clone(), now.to_owned());
                }
            }
            if said.get(ACTIVE).is_some_and(|active| active == "true") {
                said.remove(DISABLED_REASON);
            }
        }
        _ => {}
    }
}

/// Types as entries tell them.
pub(super) fn types_told(types: &[EventType]) -> String {
    let types: Vec<&str> = types.iter().map(|of| of.code()).collect();
    if types.is_empty() { "all".to_owned() } else { types.join(" ") }
}

fn columns(asked: Asked) -> Columns {
    // What can't be read is told as it stands.
    let types = serde_json::from_str::<Vec<EventType>>(&asked.types);
    [
        (CLIENT_ID, Some(asked.client_id)),
        (URL, Some(asked.url)),
        (TYPES, Some(types.map_or(asked.types, |types| types_told(&types)))),
        (ACTIVE, Some(asked.active.to_string())),
        (DISABLED_REASON, asked.disabled_reason),
        (CREATED_AT, Some(instant(asked.created_at.naive_utc()))),
        (VERSION, Some(asked.version.to_string())),
    ]
    .into()
}
