//! What `/readyz` tells.

use std::sync::Arc;

use crate::api::health::{Check, Readiness};
use crate::service::Service;
use crate::service::base::error::ServiceError;
use crate::service::evidence::kept_seal::KeptState;
use crate::service::evidence::seal::LastVerification;

/// What `/readyz` asks: whether the database answers; and whether a notice of the calendar is missing, which is worth a
/// remark, but no reason to send requests elsewhere.
pub(super) fn of(service: Service) -> Arc<dyn Readiness> {
    let runtime = tokio::runtime::Handle::current();
    Arc::new(move || {
        let answered = runtime.block_on(async {
            service.ready().await?;
            service.refresh_calendar().await?;
            let last = service.last_verification().await?;
            Ok::<_, ServiceError>((last, service.kept_state().await?, service.unreadable_persons()))
        });
        // The words may name hosts and paths: they are for the log, and anybody may ask.
        let remark = answered.as_ref().err().map(|error| {
            tracing::warn!(%error, "not ready");
            "the database does not answer; see the log".to_owned()
        });
        let late = service.calendar_warning(service.now()).map(|warning| warning.en);
        vec![
            Check { name: "database".to_owned(), ready: answered.is_ok(), remark },
            Check { name: "calendar".to_owned(), ready: true, remark: late },
            Check { name: "evidence".to_owned(), ready: true, remark: answered.ok().and_then(evidence) },
        ]
    })
}

/// What is known of the evidence; first what can't wait.
fn evidence((last, kept, unreadable): (Option<LastVerification>, KeptState, usize)) -> Option<String> {
    let lost = matches!(kept, KeptState::Lost { .. }).then(|| {
        "a seal that is kept beside the sealing keys isn't in the database; run `casehall audit verify`".to_owned()
    });
    let unreadable = (unreadable > 0).then(|| {
        format!(
            "persons' data of {unreadable} case(s) or certificate(s) could not be read since the start; see the log"
        )
    });
    let remarks: Vec<String> = lost.into_iter().chain(unreadable).chain(last.map(verified)).collect();
    (!remarks.is_empty()).then(|| remarks.join("; "))
}

/// What the last verification found, without a row's name: anybody may ask.
fn verified(last: LastVerification) -> String {
    let at = last.at.to_rfc3339_opts(chrono::SecondsFormat::Secs, true);
    match last.findings {
        0 => format!("verified {at}: everything recorded is as it was"),
        _ => format!("verified {at}: what was recorded has been changed; run `casehall audit verify`"),
    }
}
