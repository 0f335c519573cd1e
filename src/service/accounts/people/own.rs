//! What people do with their own passwords.

use super::super::account::credentials_digest;
use super::super::caller::Caller;
use super::super::passwords::{self, normalize};
use super::super::tokens::SubjectKind;
use super::password_rules::{fitting_words, judge};
use crate::domain::accounts::audit::{AuditEntry, AuditKind, AuditSubject};
use crate::domain::accounts::entered::CREDENTIALS;
use crate::domain::base::words::{Fault, Words};
use crate::service::Service;
use crate::service::base::error::ServiceError;
use crate::store::accounts::{self as stored, UserAccount, audit, sessions};

impl Service {
    /// Gives the caller another password. Their other sessions end.
    ///
    /// # Errors
    /// The old password is wrong, which counts as a failure to sign in; too many of them; the new one is weak or no other.
    pub async fn change_password(&self, caller: &Caller, old: &str, new: &str) -> Result<(), ServiceError> {
        let evaluated = self.own_password(caller, old, "/old_password").await?;
        // An own password in other capitals is another one; one that somebody else knows isn't.
        let same = |one: &str, other: &str| normalize(one) == normalize(other);
        let is_known = evaluated.one_time_until.is_some() && same(&old.to_lowercase(), &new.to_lowercase());
        if is_known || same(old, new) {
            return Err(ServiceError::Invalid(vec![unchanged("/new_password")]));
        }
        let (username, name) = (&evaluated.username, &evaluated.display_name);
        let former = evaluated.former_password_hash.clone();
        let hash = self.hashed(username, name, new, former, "/new_password").await?;
        let hash = hash.map_err(ServiceError::Invalid)?;
        let (who, now) = (caller.clone(), self.now());
        self.db
            .write("change_password", move |tx| {
                let mut account = stored::user(tx, &who.actor.id)?.ok_or(ServiceError::NotFound)?;
                if account.password_hash != evaluated.password_hash {
                    return Err(wrong("/old_password"));
                }
                account.password_hash.clone_from(&hash);
                (account.one_time_until, account.former_password_hash) = (None, None);
                stored::save_user(tx, &mut account, now)?;
                sessions::end_all(tx, &account.id, who.session)?;
                let entry = AuditEntry::new(AuditKind::PasswordChanged, now, who.audit_actor());
                let entry = entry.with(CREDENTIALS, credentials_digest(&account));
                Ok(audit::append(tx, &entry.about(AuditSubject::account(&account.id)))?)
            })
            .await?;
        self.callers.forget(SubjectKind::User, &caller.actor.id);
        Ok(())
    }

    /// Evaluates the caller's own password, as an attempt to sign in from where they are.
    pub(super) async fn own_password(
        &self,
        caller: &Caller,
        password: &str,
        pointer: &str,
    ) -> Result<UserAccount, ServiceError> {
        caller.require_staff()?;
        let address = caller.address.ok_or(ServiceError::NotPermitted("staff"))?;
        let id = caller.actor.id.clone();
        let account = self.db.read("own_account", move |tx| Ok::<_, ServiceError>(stored::user(tx, &id)?)).await?;
        let account = account.ok_or(ServiceError::NotFound)?;
        let right = match self.evaluate(&account.username, password, address, caller.audit_actor()).await {
            Err(ServiceError::WrongCredentials) => return Err(wrong(pointer)),
            evaluated => evaluated?,
        };
        // Whatever else is wrong with what is asked: that was no guess.
        let (rules, account) = (self.sign_in, right.account.clone());
        self.db.write("own_password", move |tx| right.remember_in(tx, &rules)).await?;
        Ok(account)
    }

    /// The hash of a new password of an account, or everything that speaks against it, such as that it was `former` already.
    pub(super) async fn hashed(
        &self,
        username: &str,
        display_name: &str,
        password: &str,
        former: Option<String>,
        pointer: &str,
    ) -> Result<Result<String, Vec<Fault>>, ServiceError> {
        let words = fitting_words(&self.hall, username, display_name);
        let (password, pointer) = (password.to_owned(), pointer.to_owned());
        let turn = self.hashing.turn().await?;
        turn.compute(move |memory| {
            let mut faults = judge(&password, &words, &pointer);
            if former.is_some_and(|former| passwords::verify(&password, &former, memory)) {
                faults.push(unchanged(&pointer));
            }
            if !faults.is_empty() {
                return Ok(Err(faults));
            }
            passwords::hash(&password, memory).map(Ok)
        })
        .await?
        .map_err(|error| ServiceError::Internal(error.to_string()))
    }
}

fn unchanged(pointer: &str) -> Fault {
    let words = Words::new("新密码须与以前的密码不同", "the new password must be another one than before");
    Fault::new(pointer, "password_unchanged", words)
}

fn wrong(pointer: &str) -> ServiceError {
    ServiceError::Invalid(vec![Fault::new(pointer, "wrong_password", Words::new("密码错误", "the password is wrong"))])
}
