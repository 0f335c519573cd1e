//! Tokens for systems (OAuth 2.0 client credentials, RFC 6749 section 4.4), by secret or by an assertion of their own key.

use std::net::IpAddr;

use chrono::{DateTime, Utc};

use super::assertion::{self, AssertionFault, Verified};
use crate::domain::accounts::audit::{AuditActor, AuditEntry, AuditKind, AuditSubject};
use crate::domain::accounts::client::Client;
use crate::domain::accounts::role::{Role, Scope};
use crate::service::Service;
use crate::service::accounts::account::IssuedToken;
use crate::service::accounts::caller::note_in_log;
use crate::service::accounts::passwords;
use crate::service::accounts::tokens::{SubjectKind, TokenSubject};
use crate::service::base::error::ServiceError;
use crate::store::Tx;
use crate::store::accounts::{audit, clients};

/// How a system says that it is who it says.
#[derive(Clone)]
pub enum ClientProof {
    /// By its secret.
    Secret {
        /// The client id.
        client_id: String,
        /// The secret.
        secret: String,
    },
    /// By something that it signed (RFC 7523 section 2.2).
    Assertion {
        /// The client id, where it is sent beside the assertion.
        client_id: Option<String>,
        /// The assertion.
        assertion: String,
    },
}

/// With what a token was got.
struct Credential {
    name: String,
    /// When it ends, and with it the token.
    valid_until: Option<DateTime<Utc>>,
    assertion: Option<Verified>,
}

/// Why it isn't believed who it is.
struct Unproved {
    /// For the audit trail.
    reason: &'static str,
    /// For itself.
    told: Option<&'static str>,
}

impl From<AssertionFault> for Unproved {
    fn from(fault: AssertionFault) -> Self {
        Self { reason: fault.code(), told: fault.told() }
    }
}

impl Unproved {
    fn refusal(&self) -> ServiceError {
        self.told.map_or(ServiceError::WrongCredentials, ServiceError::AssertionRefused)
    }
}

impl Service {
    /// Gives a system its token.
    ///
    /// # Errors
    /// It isn't who it says, or asks for a scope that it hasn't.
    pub async fn client_token(
        &self,
        proof: ClientProof,
        scopes: Option<Vec<Scope>>,
        address: IpAddr,
    ) -> Result<IssuedToken, ServiceError> {
        let now = self.now();
        let id = proof.client_id().ok_or(ServiceError::WrongCredentials)?;
        let found = self.db.read("client", move |tx| Ok::<_, ServiceError>(clients::find(tx, &id)?)).await?;
        // Ids that no client has aren't kept: what is typed there may be a secret.
        note_in_log(found.as_ref().map(|client| client.id.as_str()), None, None);
        let client = found.filter(|client| client.active).ok_or(ServiceError::WrongCredentials)?;
        let entry =
            |kind| AuditEntry::new(kind, now, AuditActor::at_address(address)).about(AuditSubject::system(&client.id));
        let refused = |reason: &str| entry(AuditKind::TokenRefused).with("reason", reason);
        let credential = match self.credential(&client, &proof, now) {
            Ok(credential) => credential,
            Err(unproved) => {
                self.note_refusal(&client.id, refused(unproved.reason)).await?;
                return Err(unproved.refusal());
            }
        };
        note_in_log(None, None, Some(&credential.name));
        let granted = scopes.unwrap_or_else(|| client.scopes.clone());
        if let Some(scope) = granted.iter().find(|scope| !client.scopes.contains(scope)) {
            self.note_refusal(&client.id, refused("scope").with("scope", scope.code())).await?;
            return Err(ServiceError::NotPermitted(scope.code()));
        }
        let (id, issued) = (client.id.clone(), entry(AuditKind::TokenIssued).with("scope", Scope::list(&granted)));
        let (issued, assertion) = (issued.with("credential", &credential.name), credential.assertion);
        // Each is a row for ever: of one credential so many an hour are entered, and then how many more.
        let is_noted = self.refusals.is_token_noted(&id, &credential.name, now);
        if !is_noted {
            tracing::info!(code = "token_issued", client_id = id, %address, "a token isn't entered: there were too many");
        }
        let issued = is_noted.then_some(issued);
        let taken = match (&assertion, &issued) {
            (None, None) => true,
            _ => {
                let take = move |tx: &mut Tx<'_>| taken(tx, &id, assertion.as_ref(), issued.as_ref(), now);
                self.db.write("client_token", take).await?
            }
        };
        if !taken {
            let unproved = Unproved::from(AssertionFault::Replayed);
            self.note_refusal(&client.id, refused(unproved.reason)).await?;
            return Err(unproved.refusal());
        }
        let subject = TokenSubject {
            session: None,
            id: client.id,
            kind: SubjectKind::Client,
            name: client.name,
            roles: vec![Role::Client],
            scopes: granted,
            outlet: client.outlet,
            credential: Some(credential.name),
        };
        self.issue_until(subject, credential.valid_until)
    }

    fn credential(&self, client: &Client, proof: &ClientProof, now: DateTime<Utc>) -> Result<Credential, Unproved> {
        match proof {
            // A client's secret is random: a digest is enough, and a system that asks often isn't slowed down.
            ClientProof::Secret { secret, .. } => {
                let mut live = client.secrets.iter().filter(|known| known.is_live(now));
                let right = live.find(|known| passwords::verify_secret(secret, &known.hash));
                let right = right.ok_or(Unproved { reason: "wrong_secret", told: None })?;
                let (name, valid_until) = (client.credential_of_secret(right.number), right.valid_until);
                Ok(Credential { name, valid_until, assertion: None })
            }
            ClientProof::Assertion { assertion, .. } => {
                let verified = assertion::verify(assertion, client, self.tokens.audiences(), now);
                let verified = verified?;
                let name = client.credential_of_key_named(&verified.kid).ok_or(AssertionFault::UnknownKey)?;
                Ok(Credential { name, valid_until: None, assertion: Some(verified) })
            }
        }
    }

    async fn note_refusal(&self, client_id: &str, entry: AuditEntry) -> Result<(), ServiceError> {
        let reason = entry.details.get("reason").cloned().unwrap_or_default();
        tracing::info!(code = "token_refused", client_id, reason, "a system got no token");
        if self.refusals.is_noted(client_id, entry.at) { self.record(entry).await } else { Ok(()) }
    }
}

impl ClientProof {
    /// Whose it says to be. No client's id has a NUL, and PostgreSQL can't even be asked for one.
    fn client_id(&self) -> Option<String> {
        let id = match self {
            Self::Secret { client_id, .. } => client_id.clone(),
            Self::Assertion { client_id, assertion } => {
                let id = assertion::client_of(assertion)?;
                // RFC 7523, section 2.2: a client id beside the assertion must be that of its subject.
                Some(id).filter(|id| client_id.as_ref().is_none_or(|beside| beside == id))?
            }
        };
        Some(id).filter(|id| !id.contains('\0'))
    }
}

/// Takes the assertion and enters the token, where there is one; `false` where it was taken before.
fn taken(
    tx: &mut Tx<'_>,
    client_id: &str,
    assertion: Option<&Verified>,
    entry: Option<&AuditEntry>,
    now: DateTime<Utc>,
) -> Result<bool, ServiceError> {
    if let Some(Verified { digest, valid_until, .. }) = assertion
        && !clients::take_assertion(tx, client_id, digest, *valid_until, now)?
    {
        return Ok(false);
    }
    if let Some(entry) = entry {
        audit::append(tx, entry)?;
    }
    Ok(true)
}
