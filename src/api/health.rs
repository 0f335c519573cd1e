//! Liveness and readiness, for operators and process managers.
//!
//! Cast: `/healthz` asks nobody; a process that answers it needs no restart. `/readyz` asks a [`Readiness`], which the
//! program gives at start (the database answers, migrations are applied…); while it says no, send requests elsewhere.

use std::time::Duration;

use actix_web::{HttpResponse, get, web};
use serde::Serialize;
use serde_json::json;
use utoipa::ToSchema;

pub use crate::http::problem::members::Check;

use crate::http::problem::Problem;
use crate::http::problem::kinds;

/// How long `/readyz` waits for its checks: whoever asks has an answer within a second.
const PATIENCE: Duration = Duration::from_millis(900);

/// Says whether the program can work. Closures `Fn() -> Vec<Check>` are one.
pub trait Readiness: Send + Sync + 'static {
    /// Runs the checks. They may block; checks of more than 0.9 seconds count as not ready.
    fn checks(&self) -> Vec<Check>;
}

impl<F: Fn() -> Vec<Check> + Send + Sync + 'static> Readiness for F {
    fn checks(&self) -> Vec<Check> {
        self()
    }
}

/// The process lives.
#[derive(Debug, Serialize, ToSchema)]
struct HealthView {
    /// Always `alive`.
    status: &'static str,
    /// The version of the program.
    version: &'static str,
}

/// The program can work.
#[derive(Debug, Serialize, ToSchema)]
struct ReadinessView {
    /// Always `ready`.
    status: &'static str,
    /// The checks.
    checks: Vec<Check>,
}

/// Whether the process lives.
#[utoipa::path(operation_id = "check_health", tag = "operations", security(()), responses((status = 200, description = "It lives.", body = HealthView)))]
#[get("/healthz")]
pub(super) async fn healthz() -> HttpResponse {
    HttpResponse::Ok().json(HealthView { status: "alive", version: env!("CARGO_PKG_VERSION") })
}

/// Whether the program can work; 503 with `checks` when it can't.
#[utoipa::path(operation_id = "check_readiness", tag = "operations", security(()), responses((status = 200, description = "It can work.", body = ReadinessView)))]
#[get("/readyz")]
pub(super) async fn readyz(readiness: web::Data<dyn Readiness>) -> Result<HttpResponse, Problem> {
    let asked = web::block(move || readiness.checks());
    let checks = match tokio::time::timeout(PATIENCE, asked).await {
        Ok(Ok(checks)) => checks,
        Ok(Err(_)) | Err(_) => {
            let remark = Some("the checks gave no answer".to_owned());
            vec![Check { name: "checks".to_owned(), ready: false, remark }]
        }
    };
    if checks.iter().all(|check| check.ready) {
        Ok(HttpResponse::Ok().json(ReadinessView { status: "ready", checks }))
    } else {
        Err(Problem::of(&kinds::NOT_READY).retry_after(5).member("checks", json!(checks)))
    }
}
