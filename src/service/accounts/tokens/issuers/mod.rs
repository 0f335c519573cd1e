//! Access tokens of other issuers, which the settings name: another way in which a system proves who it is, and nothing else.
//!
//! Cast: [`Issuers`] are all that are trusted; each has its `kept` keys and remembers tokens that it has verified. `token` is what
//! a token must say, `caller` who comes in by it.
//!
//! Guarantees: who comes in is a system that the security administrator has added, active and with its rights as they are now; a token
//! gives it what both that and the issuer's words allow. Nobody comes in as a person. A token is held against the keys as they are now, and
//! refused from the very second it expires, also when it has been seen before. The first use of each token stands in the audit trail, up to a hundred of a system in an
//! hour on each instance.

mod caller;
mod kept;
mod keys;
mod token;

use std::sync::{Arc, Mutex, PoisonError};

use chrono::{DateTime, Utc};
use sha2::{Digest, Sha256};

use self::kept::KeptKeys;
pub use self::kept::{FetchKeys, FetchedKeys, IssuerReport};
use self::token::{Fault, Known};
use super::verified::Verified;
use crate::domain::accounts::issuer::Issuer;
use crate::service::accounts::clients::refusals::Refusals;

/// The other issuers that are trusted.
#[derive(Default)]
pub struct Issuers {
    all: Vec<OtherIssuer>,
    entered: Refusals,
}

/// One of them.
pub(in crate::service::accounts) struct OtherIssuer {
    rules: Issuer,
    keys: Arc<KeptKeys>,
    verified: Mutex<Verified<Known>>,
}

impl Issuers {
    /// Those of the settings, each with what fetches its keys.
    pub fn new(all: Vec<(Issuer, FetchKeys)>) -> Self {
        super::provider::install();
        let one = |(rules, fetch): (Issuer, FetchKeys)| OtherIssuer {
            keys: KeptKeys::new(rules.name.clone(), rules.algorithms.clone(), fetch),
            rules,
            verified: Mutex::default(),
        };
        Self { all: all.into_iter().map(one).collect(), entered: Refusals::default() }
    }

    /// Whose token it says to be; none: not that of another issuer.
    pub(in crate::service::accounts) fn of(&self, token: &str) -> Option<&OtherIssuer> {
        if self.all.is_empty() {
            return None;
        }
        let named = token::issuer_of(token)?;
        self.all.iter().find(|issuer| issuer.rules.name == named)
    }
}

impl OtherIssuer {
    /// What a token says, if it is this issuer's, meant for us and valid now.
    async fn verify(&self, token: &str, now: DateTime<Utc>) -> Result<Arc<Known>, Fault> {
        let (kid, algorithm) = token::signed_by(token, &self.rules)?;
        let key = self.keys.key(&kid, algorithm, now).await.ok_or(token::UNKNOWN_KEY)?;
        let digest = Sha256::digest(token).into();
        let verified = || self.verified.lock().unwrap_or_else(PoisonError::into_inner);
        let remembered = verified().get(&digest).filter(|known| known.key == key.digest);
        let known = match remembered {
            Some(known) => known,
            None => {
                let known = Arc::new(token::check(token, &key, algorithm, &self.rules)?);
                verified().insert(digest, known.clone());
                known
            }
        };
        known.check_time(now)?;
        Ok(known)
    }
}
