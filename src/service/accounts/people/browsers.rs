//! Sessions of browsers: who a cookie speaks for.
//!
//! The cookie holds a token of its session, and keeps it: a browser sends several requests at once and may lose an
//! answer, so that tokens that rotate would end its session by mistake. It is readable by no script, and each request asks the
//! database whether the session lives.
//!
//! Guarantees: a cookie is no refresh token, and a refresh token no cookie; the idle and the absolute limit are those of all sessions; a look by itself, such as a page that asks whether
//! something changed, keeps nobody signed in.
//!
//! Source: OWASP ASVS 5.0, 7.

use std::net::IpAddr;

use chrono::TimeDelta;

use super::super::account::user_caller;
use super::super::caller::Caller;
use super::super::passwords::verify_secret;
use super::sessions::{RefreshToken, SessionHolder};
use crate::service::Service;
use crate::service::base::error::ServiceError;
use crate::store::accounts::sessions as stored;

/// How exactly it is noted when a session was last used: not every request is a change.
const USE_IS_NOTED_EVERY: TimeDelta = TimeDelta::minutes(1);

impl Service {
    /// Who the cookie of a session speaks for. `is_use` says that somebody sits before the page: the idle limit begins anew.
    ///
    /// # Errors
    /// [`ServiceError::WrongCredentials`]: no session, or one that has ended.
    pub async fn visitor(&self, cookie: &str, address: IpAddr, is_use: bool) -> Result<Caller, ServiceError> {
        let given = RefreshToken::parse(cookie).ok_or(ServiceError::WrongCredentials)?;
        let (now, id) = (self.now(), given.session);
        let found = self.db.read("visitor", move |tx| Ok::<_, ServiceError>(stored::with_user(tx, id)?)).await?;
        let (mut session, account) = found.ok_or(ServiceError::WrongCredentials)?;
        let is_of_it = verify_secret(&given.family, &session.family_hash);
        let is_good = given.is_good(SessionHolder::Browser, &session.token_hash);
        if now >= session.expires_at || !account.active || !is_of_it || !is_good {
            return Err(ServiceError::WrongCredentials);
        }
        if is_use && now - session.refreshed_at >= USE_IS_NOTED_EVERY {
            session.refreshed_at = now;
            session.expires_at = self.sessions.expires_at(session.started_at, now);
            let used = session.clone();
            let same_token = given.hash(SessionHolder::Browser);
            self.db
                .write("session_used", move |tx| Ok::<_, ServiceError>(stored::refresh(tx, &used, &same_token)?))
                .await?;
        }
        let caller = user_caller(account, session.id, &self.second_factor_roles);
        caller.note_in_log(None);
        Ok(caller.from_address(address.to_canonical()))
    }
}
