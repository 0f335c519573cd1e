//! Attempts at passwords, and what holds them up: counting, waiting, and the security administrator's unlocking.
//!
//! Cast: [`SignInRules`] decide whether an attempt is evaluated; [`Hashing`](super::hashing::Hashing) evaluates it; [`SignInSetup`](super::sign_in_setup::SignInSetup)
//! has the settings of both. A `RightPassword` is what signing in, changing the password and setting up a second factor go on with.
//!
//! Guarantees: an attempt is counted in the database before its password is looked at, on whichever instance. Wrong name and wrong
//! password answer alike and cost alike: the same statements, and a hash. Neither a name nor a password stands in the log.

use std::net::{IpAddr, Ipv6Addr};

use chrono::{DateTime, Utc};

use super::account::normalized;
use super::passwords;
use crate::domain::accounts::audit::{AuditActor, AuditEntry, AuditKind, AuditSubject};
use crate::domain::accounts::refusal::AccountRefusal;
use crate::domain::accounts::role::Role;
use crate::domain::accounts::sign_in::{BothWays, Counted, SignInRules};
use crate::service::Service;
use crate::service::accounts::caller::{Caller, note_in_log};
use crate::service::base::error::ServiceError;
use crate::store::Tx;
use crate::store::accounts::{self as stored, UserAccount, attempts, audit};

pub use crate::store::accounts::attempts::HeldUpName;

/// Under what an attempt is counted.
#[derive(Clone)]
struct Attempt {
    /// The account's, or what stands for one that no account has.
    name: String,
    address: String,
    at: DateTime<Utc>,
    /// Nobody yet, at the whole address: for the audit trail.
    by: AuditActor,
}

impl Attempt {
    /// An entry about an account. A name that no account has isn't kept: what is typed there may be a password.
    fn entry(&self, kind: AuditKind, account: Option<&UserAccount>) -> AuditEntry {
        let entry = AuditEntry::new(kind, self.at, self.by.clone());
        account.into_iter().fold(entry, |entry, account| entry.about(AuditSubject::account(&account.id)))
    }
}

/// A password that was right, whatever is still to be looked at; or the attempt of somebody who is signed in.
pub(super) struct RightPassword {
    attempt: Attempt,
    counted: Counted,
    /// Whose it is.
    pub(super) account: UserAccount,
}

impl RightPassword {
    /// The holder, where they are.
    pub(super) fn actor(&self) -> AuditActor {
        let UserAccount { id, display_name, .. } = &self.account;
        AuditActor { id: id.clone(), name: display_name.clone(), ..self.attempt.by.clone() }
    }

    /// The attempt wasn't part of a guess: it counts no longer.
    pub(super) fn remember_in(&self, tx: &mut Tx<'_>, rules: &SignInRules) -> Result<(), ServiceError> {
        let Attempt { name, address, at, .. } = &self.attempt;
        let here = attempts::here_to_change(tx, name, address, *at)?;
        let here = here.after_right_password(self.counted.here.attempts, *at);
        attempts::remember_here(tx, name, address, &here)?;
        if self.counted.new.is_some() {
            let allowed = rules.allowed();
            for (of, allowed) in [(name, allowed.of_name), (&attempts::every_name(address), allowed.of_address)] {
                let new = attempts::new_to_change(tx, of, *at)?.after_right_password(allowed);
                attempts::remember_new(tx, of, &new)?;
            }
        }
        Ok(())
    }
}

impl Service {
    /// Evaluates a password as an attempt from an address, made by whoever that is there.
    ///
    /// # Errors
    /// Wrong credentials; locked or slow after too many; busy with the attempts of others.
    pub(super) async fn evaluate(
        &self,
        username: &str,
        password: &str,
        address: IpAddr,
        by: AuditActor,
    ) -> Result<RightPassword, ServiceError> {
        let (typed, rules) = (normalized(username), self.sign_in);
        let (counted_at, at) = (counted_as(address), self.now());
        // What is refused anyway costs no turn, and no write.
        let (name, account, refused_until) = self
            .db
            .read("sign_in", move |tx| {
                let account = stored::user_by_name(tx, &typed)?;
                let name = if account.is_some() { typed.clone() } else { attempts::unknown_name(tx, &typed)? };
                let here = attempts::here(tx, &name, &counted_at)?;
                let of_address = attempts::new_together(tx, &attempts::every_name(&counted_at))?;
                let new = BothWays { of_name: attempts::new_together(tx, &name)?, of_address };
                Ok::<_, ServiceError>((name, account, rules.refused_until(&here, &new, at)))
            })
            .await?;
        // Of who isn't signed in yet: what was typed for a name that nobody has may be a password.
        if let (Some(account), true) = (&account, by.id.is_empty()) {
            note_in_log(Some(&account.id), None, None);
        }
        if let Some(until) = refused_until {
            return Err(locked_out(until, at));
        }
        let attempt = Attempt { name, address: counted_as(address), at, by };
        let account = account.filter(|account| account.active);
        let turn = self.hashing.turn_for(&attempt.address)?;
        let counted = self.count_attempt(&attempt, account.as_ref()).await?;
        if counted.slow_from_now.of_address {
            let (code, address) = ("sign_in_address_slow", attempt.address.as_str());
            tracing::warn!(code, address, "many wrong passwords with many names from one address");
        }
        if counted.slow_from_now.of_name {
            let account = account.as_ref().map_or("none of this name", |account| account.id.as_str());
            let code = "sign_in_slow";
            tracing::warn!(code, account, "many wrong passwords from many addresses; see GET /api/v1/sign-in-locks");
        }
        // What was made for one sign-in has no blanks: those around it came with copying.
        let is_one_time = account.as_ref().is_some_and(|account| account.one_time_until.is_some());
        let password = if is_one_time { password.trim() } else { password };
        let (hash, password) = (account.as_ref().map(|account| account.password_hash.clone()), password.to_owned());
        let verified = turn.compute(move |memory| match hash {
            Some(hash) => passwords::verify(&password, &hash, memory),
            None => passwords::verify_absent(&password, memory),
        });
        let verified = verified.await?;
        let is_over = |account: &UserAccount| account.one_time_until.is_some_and(|until| until <= attempt.at);
        match account {
            Some(account) if verified && !is_over(&account) => Ok(RightPassword { attempt, counted, account }),
            account => {
                let reason = if verified { "one_time_password_over" } else { "wrong_password" };
                self.remember_failure(attempt, counted, account, reason).await?;
                Err(ServiceError::WrongCredentials)
            }
        }
    }

    /// Counts an attempt of somebody who is signed in at something else than their password, from where they are, before it is evaluated.
    ///
    /// # Errors
    /// Locked or slow after too many.
    pub(super) async fn attempt_of(
        &self,
        caller: &Caller,
        account: UserAccount,
    ) -> Result<RightPassword, ServiceError> {
        let address = caller.address.ok_or(ServiceError::NotPermitted("staff"))?;
        let (name, by) = (account.username.clone(), caller.audit_actor());
        let attempt = Attempt { name, address: counted_as(address), at: self.now(), by };
        let counted = self.count_attempt(&attempt, Some(&account)).await?;
        Ok(RightPassword { attempt, counted, account })
    }

    /// What came with a right password wasn't right: the attempt stays counted.
    pub(super) async fn fail(&self, right: RightPassword, refusal: AccountRefusal) -> Result<(), ServiceError> {
        let RightPassword { attempt, counted, account } = right;
        self.remember_failure(attempt, counted, Some(account), refusal.code()).await
    }

    async fn count_attempt(&self, attempt: &Attempt, account: Option<&UserAccount>) -> Result<Counted, ServiceError> {
        let slowed = attempt.entry(AuditKind::SignInSlowed, account);
        let address_slowed = attempt.entry(AuditKind::SignInSlowed, None).with("reason", "many_names");
        let (attempt, rules, refusals) = (attempt.clone(), self.sign_in, self.refusals.clone());
        self.db
            .write("count_sign_in", move |tx| {
                let Attempt { name, address, at, .. } = &attempt;
                let here = attempts::here_to_change(tx, name, address, *at)?;
                let every_name = attempts::every_name(address);
                let mut new = BothWays::default();
                if !here.is_known(*at) {
                    new.of_name = Some(attempts::new_to_change(tx, name, *at)?);
                    new.of_address = Some(attempts::new_to_change(tx, &every_name, *at)?);
                }
                let counted = rules.count(here, new, *at).map_err(|until| locked_out(until, *at))?;
                attempts::remember_here(tx, name, address, &counted.here)?;
                if let Some(BothWays { of_name, of_address }) = &counted.new {
                    attempts::remember_new(tx, name, of_name)?;
                    attempts::remember_new(tx, &every_name, of_address)?;
                }
                let slow = counted.slow_from_now;
                for (is_slow, entry) in [(slow.of_name, &slowed), (slow.of_address, &address_slowed)] {
                    // One that is about no account is as easily made as names are.
                    if is_slow && (entry.about.is_some() || refusals.is_name_noted(address, *at)) {
                        audit::append(tx, entry)?;
                    }
                }
                Ok::<_, ServiceError>(counted)
            })
            .await
    }

    async fn remember_failure(
        &self,
        attempt: Attempt,
        counted: Counted,
        account: Option<UserAccount>,
        reason: &'static str,
    ) -> Result<(), ServiceError> {
        if counted.here.locked_until.is_some() {
            tracing::info!(code = "sign_in_locked", "a name is locked for an address after wrong passwords");
        }
        self.enter_left_out(false).await?;
        // Names that nobody has are without end, and each of them is a row for ever: of one address, and in the hall, so many an hour are entered.
        let is_noted = account.is_some() || self.refusals.is_name_noted(&attempt.address, attempt.at);
        if !is_noted {
            tracing::info!(code = "sign_in_failed", "a sign-in failed, and isn't entered: there were too many");
            return Ok(());
        }
        let failed = attempt.entry(AuditKind::SignInFailed, account.as_ref()).with("reason", reason);
        let locked = counted
            .here
            .locked_until
            .map(|until| attempt.entry(AuditKind::SignInLocked, account.as_ref()).with("until", until.to_rfc3339()));
        self.db
            .write("sign_in_failed", move |tx| {
                [Some(&failed), locked.as_ref()]
                    .into_iter()
                    .flatten()
                    .try_for_each(|entry| audit::append(tx, entry))?;
                Ok::<_, ServiceError>(())
            })
            .await
    }

    /// Enters how many tokens of systems and failed sign-ins weren't entered, once the first of them is an hour old; at once where the hall stops.
    ///
    /// # Errors
    /// The database's; then it is tried again.
    pub async fn enter_left_out(&self, at_once: bool) -> Result<(), ServiceError> {
        let mut all_entered = Ok(());
        for (system, left_out) in self.refusals.take_tokens_left_out(self.now(), at_once) {
            let entry = AuditEntry::new(AuditKind::TokenIssued, self.now(), Caller::hall().audit_actor());
            let entry = entry.about(AuditSubject::system(&system)).with("reason", "many_tokens");
            let entry = entry.with("since", left_out.since.to_rfc3339()).with("further", left_out.count.to_string());
            if let Err(error) = self.record(entry).await {
                self.refusals.put_tokens_back(&system, left_out);
                all_entered = Err(error);
            }
        }
        all_entered?;
        let Some(left_out) = self.refusals.take_left_out(self.now(), at_once) else { return Ok(()) };
        let entry = AuditEntry::new(AuditKind::SignInFailed, self.now(), Caller::hall().audit_actor());
        let entry = entry.with("reason", "many_unknown_names").with("since", left_out.since.to_rfc3339());
        let entered = self.record(entry.with("further", left_out.count.to_string())).await;
        entered.inspect_err(|_| self.refusals.put_back(left_out))
    }

    /// Refuses everybody but the security administrator.
    ///
    /// # Errors
    /// The role is missing.
    pub fn may_manage_accounts(&self, caller: &Caller) -> Result<(), ServiceError> {
        caller.require_role(&[Role::SecurityAdministrator])
    }

    /// The accounts at which sign-ins are held up now, by name.
    ///
    /// # Errors
    /// Not the security administrator.
    pub async fn held_up_names(&self, caller: &Caller) -> Result<Vec<HeldUpName>, ServiceError> {
        self.may_manage_accounts(caller)?;
        let (now, rules) = (self.now(), self.sign_in);
        self.db.read_long("held_up_names", move |tx| held_up_in(tx, &rules, now)).await
    }

    /// Lifts everything that holds up sign-ins of an account; answers what that was.
    ///
    /// # Errors
    /// Not the security administrator; no account of this name.
    pub async fn unlock_sign_in(&self, caller: &Caller, username: &str) -> Result<HeldUpName, ServiceError> {
        self.may_manage_accounts(caller)?;
        let (name, now, rules) = (normalized(username), self.now(), self.sign_in);
        let by = caller.audit_actor();
        let (id, lifted) = self
            .db
            .write("unlock_sign_in", move |tx| {
                let account = stored::user_by_name(tx, &name)?.ok_or(ServiceError::NotFound)?;
                let held_up = held_up_in(tx, &rules, now)?.into_iter().find(|held_up| held_up.username == name);
                attempts::unlock(tx, &name)?;
                let entry = AuditEntry::new(AuditKind::SignInUnlocked, now, by.clone());
                audit::append(tx, &entry.about(AuditSubject::account(&account.id)))?;
                let nothing = HeldUpName {
                    username: name.clone(),
                    display_name: account.display_name,
                    locked_addresses: 0,
                    locked_until: None,
                    attempts_from_elsewhere: 0,
                    next_at: None,
                };
                Ok::<_, ServiceError>((account.id, held_up.unwrap_or(nothing)))
            })
            .await?;
        tracing::warn!(code = "sign_in_unlocked", account = id, by = caller.actor.id, "sign-ins were unlocked");
        Ok(lifted)
    }
}

fn held_up_in(tx: &mut Tx<'_>, rules: &SignInRules, now: DateTime<Utc>) -> Result<Vec<HeldUpName>, ServiceError> {
    Ok(attempts::held_up(tx, rules.failures_from_elsewhere, now)?)
}

fn locked_out(until: DateTime<Utc>, now: DateTime<Utc>) -> ServiceError {
    // Whoever comes back after the answered seconds isn't refused for a fraction of one.
    let seconds = ((until - now).num_milliseconds() + 999).div_euclid(1000).max(1);
    ServiceError::LockedOut { retry_after_seconds: seconds }
}

/// Under which text attempts from an address are counted. Who has one address of IPv6 has a network of them.
pub(in crate::service) fn counted_as(address: IpAddr) -> String {
    match address.to_canonical() {
        IpAddr::V4(address) => address.to_string(),
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            format!("{}/64", Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_counted_by_who_can_choose_among_them() -> Result<(), std::net::AddrParseError> {
        for (address, counted) in [
            ("192.0.2.7", "192.0.2.7"),
            ("::ffff:192.0.2.7", "192.0.2.7"),
            ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
            ("2001:db8:1:2::", "2001:db8:1:2::/64"),
            ("::1", "::/64"),
        ] {
            assert_eq!(counted_as(address.parse()?), counted);
        }
        Ok(())
    }
}
