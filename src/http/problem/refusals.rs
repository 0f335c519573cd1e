//! Refusals of the use cases as problems, in one place for all routes.

use actix_web::http::StatusCode;
use chrono::SecondsFormat;
use serde::Serialize;

use super::kinds::ProblemKind;
use super::members::{AlternativeView, OfferView, OpenCaseView, ReasonView};
use super::{Problem, kinds};
use crate::domain::accounts::refusal::AccountRefusal;
use crate::domain::accounts::session::Duty;
use crate::domain::base::named::Named;
use crate::domain::base::words::{Language, Words};
use crate::domain::cases::refusal::{HeldBy, Refusal, RefusalKind};
use crate::http::conditional;
use crate::service::base::error::{ServiceError, right_words};

impl From<ServiceError> for Problem {
    fn from(error: ServiceError) -> Self {
        match error {
            ServiceError::NotFound => Self::of(&kinds::NOT_FOUND),
            ServiceError::Refused(refusals) => of_refusals(&refusals),
            ServiceError::Invalid(faults) => Self::of(&kinds::INVALID_REQUEST).faults(faults),
            ServiceError::NotPermitted(right) => Self::of(&kinds::FORBIDDEN).detail(right_words(right)),
            ServiceError::Stale { current_version } => conditional::stale(current_version),
            ServiceError::VersionMissing => conditional::missing(),
            ServiceError::KeyReused => Self::of(&kinds::IDEMPOTENCY_KEY_REUSED).detail(Words::new(
                "该 Idempotency-Key 已用于另一请求（方法、地址或正文不同）；新的请求请换用新的键。",
                "This key was used for a request with another method, path or body; send a new request with a new key.",
            )),
            ServiceError::AnswerGone => Self::of(&kinds::ANSWER_GONE).detail(Words::new(
                "带此 Idempotency-Key 的同一请求先前已办理，本次未重复办理；所生成的内容此后已变更（如更换过密钥）或已删除。请查询现状；如确需再办一次，请换用新的键。",
                "The same request with this key was done before, and isn't done again. What it made was changed since (it was given another secret, \
                 say) or is gone: look at how things are, and send a new key to do it once more.",
            )),
            ServiceError::WrongCredentials | ServiceError::AssertionRefused(_) => Self::of(&kinds::WRONG_CREDENTIALS),
            ServiceError::Account(refusal) => Self::of(kind_of(refusal)),
            ServiceError::Busy { retry_after_seconds } => {
                Self::of(&kinds::TOO_MANY_REQUESTS).retry_after(retry_after_seconds.unsigned_abs())
            }
            ServiceError::TooMany { retry_after_seconds } => {
                let words = ["一小时内次数已达上限", "As many as may be within an hour", "。", "."];
                slowed(&kinds::TOO_MANY_REQUESTS, retry_after_seconds, words)
            }
            ServiceError::LockedOut { retry_after_seconds } => {
                let ask = "; if it can't wait, ask the security administrator to unlock the sign-in.";
                let words = ["密码输错次数过多", "Too many wrong passwords", "；急用请联系安全管理员解除锁定。", ask];
                slowed(&kinds::TOO_MANY_ATTEMPTS, retry_after_seconds, words)
            }
            ServiceError::TooManyReports { retry_after_seconds } => {
                let kind = &kinds::TOO_MANY_REPORTS;
                slowed(kind, retry_after_seconds, [kind.zh, kind.en, "。", "."])
            }
            ServiceError::TooManyOpenings { until, retry_after_seconds } => {
                let until = until.to_rfc3339_opts(SecondsFormat::Secs, true);
                let words = Words::new(
                    format!("本系统一小时内提交的办件已达上限，{until} 起可再提交。"),
                    format!("This system has opened as many cases within an hour as it may; the next one may come from {until} on."),
                );
                let problem = Self::of(&kinds::TOO_MANY_OPENINGS).detail(words);
                problem.retry_after(retry_after_seconds.unsigned_abs())
            }
            ServiceError::ReadOnly => Self::of(&kinds::PAGE_EXPIRED).detail(Words::new(
                "本页是在本次登录之前打开的，内容尚未保存，仍保留在下面。请核对后再提交一次。",
                "You opened this page before you signed in anew; nothing has been saved yet. What you typed is still here: check it and send it again.",
            )),
            ServiceError::Unavailable(error) => {
                tracing::warn!(%error, "the database can't take the request now");
                Self::of(&kinds::UNAVAILABLE).retry_after(1)
            }
            ServiceError::OutcomeUnknown(error) => {
                tracing::error!(%error, "outcome unknown");
                Self::of(&kinds::OUTCOME_UNKNOWN)
            }
            // The log names it where it was found.
            ServiceError::PersonsUnreadable(_) => Self::of(&kinds::PERSONS_UNREADABLE).detail(Words::new(
                "个人信息的密钥缺失或数据被改动。为免覆盖，本次未作任何保存；请系统管理员按日志恢复后再办理。",
                "The key to these persons' data is missing, or the data was changed. So that nothing is written over it, nothing was saved; the \
                 log tells the system administrator which to restore.",
            )),
            ServiceError::Database(error) => Self::internal(error),
            ServiceError::Internal(cause) => Self::internal(cause),
        }
    }
}

/// Of what may be done again after a while: why not now, after how many minutes, and what else helps.
fn slowed(kind: &'static ProblemKind, seconds: i64, [zh, en, zh_else, en_else]: [&str; 4]) -> Problem {
    let minutes = (seconds.max(1) + 59) / 60;
    let of_en = if minutes == 1 { "minute" } else { "minutes" };
    let words = Words::new(
        format!("{zh}，请 {minutes} 分钟后再试{zh_else}"),
        format!("{en}. Try again in {minutes} {of_en}{en_else}"),
    );
    Problem::of(kind).detail(words).retry_after(seconds.unsigned_abs())
}

fn kind_of(refusal: AccountRefusal) -> &'static ProblemKind {
    match refusal {
        AccountRefusal::MustFirst(Duty::ChangePassword) => &kinds::PASSWORD_CHANGE_REQUIRED,
        AccountRefusal::MustFirst(Duty::EnrolSecondFactor) => &kinds::SECOND_FACTOR_REQUIRED,
        AccountRefusal::CodeMissing => &kinds::CODE_MISSING,
        AccountRefusal::CodeWrong => &kinds::CODE_WRONG,
        AccountRefusal::SessionEnded => &kinds::SESSION_ENDED,
        AccountRefusal::OwnAccount => &kinds::OWN_ACCOUNT,
        AccountRefusal::LastSecurityAdministrator => &kinds::LAST_SECURITY_ADMINISTRATOR,
        AccountRefusal::SecondFactorInUse => &kinds::SECOND_FACTOR_IN_USE,
        AccountRefusal::NoSecondFactorPrepared => &kinds::NO_SECOND_FACTOR_PREPARED,
    }
}

/// The refusal of an action, with every blocker.
fn of_refusals(refusals: &[Refusal]) -> Problem {
    let Some(first) = refusals.first() else { return Problem::internal("a refusal without a reason") };
    if let Refusal::InvalidInput { faults } = first {
        return Problem::of(&kinds::INVALID_REQUEST).faults(faults.clone());
    }
    let status = match first.kind() {
        RefusalKind::Unknown => StatusCode::NOT_FOUND,
        RefusalKind::NotPermitted => StatusCode::FORBIDDEN,
        RefusalKind::Conflict => StatusCode::CONFLICT,
        RefusalKind::Unmet => StatusCode::UNPROCESSABLE_ENTITY,
    };
    let title = match first.kind() {
        RefusalKind::NotPermitted => Words::new("没有权限", "This is not permitted"),
        _ => Words::new("不能办理", "This is not possible now"),
    };
    let problem = Problem::new(status, first.code(), title).detail(all_words(refusals));
    let problem = problem.member_in("blocked_by", |language| {
        let reason =
            |refusal: &Refusal| ReasonView { code: refusal.code(), message: refusal.words().text(language).to_owned() };
        written(refusals.iter().map(reason).collect::<Vec<_>>())
    });
    match first {
        Refusal::AlreadyApplied { held_by } => problem.member("alternatives", written(alternatives(held_by))),
        Refusal::HeldCertificateExpired { serial, offers } => {
            problem.member("alternatives", written(offered_on(serial, offers)))
        }
        Refusal::MaterialsIncomplete { missing } => problem.member("missing", written(missing)),
        _ => problem,
    }
}

fn written(member: impl Serialize) -> serde_json::Value {
    serde_json::to_value(member).unwrap_or_default() // maps with text keys always serialize
}

/// What an organization can do instead of applying again, as links and case types.
pub(crate) fn alternatives(held_by: &HeldBy) -> Vec<AlternativeView> {
    match held_by {
        HeldBy::Certificate { serial, offers } => offered_on(serial, offers),
        HeldBy::Registration { .. } => Vec::new(),
        HeldBy::Case { acceptance_number } => {
            let link = |number: &String| {
                AlternativeView::OpenCase(OpenCaseView {
                    acceptance_number: number.clone(),
                    href: format!("/api/v1/cases/{number}"),
                })
            };
            acceptance_number.iter().map(link).collect()
        }
    }
}

fn offered_on(serial: &str, offers: &[Named]) -> Vec<AlternativeView> {
    let offer = |offered: &Named| {
        AlternativeView::Offer(OfferView { case_type: offered.code.clone(), certificate_serial: serial.to_owned() })
    };
    offers.iter().map(offer).collect()
}

fn all_words(refusals: &[Refusal]) -> Words {
    let join = |language: Language, between: &str| {
        let words: Vec<String> = refusals.iter().map(|refusal| refusal.words().text(language).to_owned()).collect();
        words.join(between)
    };
    Words::new(join(Language::Chinese, "；"), join(Language::English, "; "))
}
