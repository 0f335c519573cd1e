//! Who comes in by a token of another issuer.

use std::net::IpAddr;
use std::sync::atomic::Ordering;

use chrono::{DateTime, Utc};

use super::token::{Fault, Known};
use super::{IssuerReport, OtherIssuer};
use crate::domain::accounts::audit::{AuditEntry, AuditKind, AuditSubject};
use crate::domain::accounts::role::Scope;
use crate::service::Service;
use crate::service::accounts::caller::Caller;
use crate::service::accounts::caller_cache::CallerKey;
use crate::service::accounts::tokens::SubjectKind;
use crate::service::base::error::ServiceError;

impl Service {
    /// Begins to fetch keys of other issuers that are old, and waits for nothing.
    pub fn tend_issuers(&self) {
        let now = self.now();
        self.issuers.all.iter().for_each(|issuer| issuer.keys.tend(now));
    }

    /// How the keys of other issuers have fared.
    pub fn issuer_reports(&self) -> Vec<IssuerReport> {
        self.issuers.all.iter().map(|issuer| issuer.keys.report()).collect()
    }

    /// The system that a token of another issuer speaks for, with what both it and the token may.
    pub(in crate::service::accounts) async fn caller_by(
        &self,
        issuer: &OtherIssuer,
        token: &str,
        address: Option<IpAddr>,
    ) -> Result<Caller, ServiceError> {
        let now = self.now();
        let refused = |code: Fault, client_id: &str| {
            let issuer = &issuer.rules.name;
            tracing::info!(code, issuer, client_id, "a token of another issuer is refused");
            ServiceError::WrongCredentials
        };
        let known = issuer.verify(token, now).await.map_err(|fault| refused(fault, ""))?;
        let key = CallerKey { kind: SubjectKind::Client, id: known.client_id.clone(), session: None };
        let caller = self.looked_up(key, now, Option::is_some).await?;
        let mut caller = caller.ok_or_else(|| refused("token_client_inactive", &known.client_id))?;
        let scopes = caller.scopes.get_or_insert_default();
        scopes.retain(|scope| known.scopes.contains(scope));
        if scopes.is_empty() {
            return Err(refused("token_without_scope", &known.client_id));
        }
        caller.address = address;
        caller.note_in_log(None);
        self.enter_first_use(issuer, &known, &caller, now).await?;
        Ok(caller)
    }

    async fn enter_first_use(
        &self,
        issuer: &OtherIssuer,
        known: &Known,
        caller: &Caller,
        now: DateTime<Utc>,
    ) -> Result<(), ServiceError> {
        if known.is_entered.swap(true, Ordering::Relaxed) || !self.issuers.entered.is_noted(&known.client_id, now) {
            return Ok(());
        }
        let entry = AuditEntry::new(AuditKind::TokenAccepted, now, caller.audit_actor());
        let entry = entry.about(AuditSubject::system(&known.client_id)).with("issuer", &issuer.rules.name);
        let entry = entry.with("subject", &known.subject).with("token", &known.token_id);
        let entry = entry.with("scope", Scope::list(caller.scopes.as_deref().unwrap_or_default()));
        let entered = self.record(entry.with("until", known.valid_until.to_rfc3339())).await;
        if entered.is_err() {
            known.is_entered.store(false, Ordering::Relaxed);
        }
        entered
    }
}
