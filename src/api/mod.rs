//! The service over HTTP: JSON in, JSON out; a thin skin, without rules of its own.
//!
//! Cast: [`routes`] is every route on one screen. An [`Api`] serves them with their description; [`envelope`] goes around
//! everything. A handler takes its data as [`body::Body`] or [`query::Query`] (all faults at once), the version it
//! replaces as [`conditional::IfMatch`], and refuses with a [`problem::Problem`].
//!
//! ```no_run
//! # use std::sync::Arc;
//! # use actix_web::{App, HttpServer, middleware::from_fn};
//! # use casehall::api::{Api, envelope::envelope, health::Check};
//! # async fn start() -> std::io::Result<()> {
//! let api = Api::new(Arc::new(Vec::<Check>::new));
//! HttpServer::new(move || App::new().configure(|cfg| api.configure(cfg)).wrap(from_fn(envelope)))
//!     .bind(("127.0.0.1", 0))?
//!     .run()
//!     .await
//! # }
//! ```

use std::sync::Arc;

use actix_web::HttpRequest;
use actix_web::middleware::from_fn;
use actix_web::web::{self, Bytes};
use utoipa_actix_web::service_config::ServiceConfig;

use self::body::BodyLimits;
use self::health::Readiness;
use self::openapi::KnownRoutes;
use self::problem::Problem;
use crate::domain::words::Words;

pub mod application_view;
pub mod assignment;
pub mod auth;
pub mod authorizations;
pub mod batches;
pub mod board;
pub mod body;
pub mod calendar;
pub mod calendar_body;
pub mod calendar_view;
pub mod case_lists;
pub mod case_requests;
pub mod case_view;
pub mod cases;
pub mod catalog;
pub mod certificate_corrections;
pub mod certificate_imports;
pub mod certificate_reports;
pub mod certificate_services;
pub mod certificate_view;
pub mod certificates;
pub mod conditional;
pub mod custody_view;
pub mod deadlines;
pub mod eligibility;
pub mod envelope;
mod event_data;
pub mod exports;
mod faults;
mod fee_view;
pub mod forecast;
pub mod health;
mod json;
pub mod keys;
pub mod kinds;
pub mod language;
pub mod material_view;
pub mod materials;
mod mend;
mod money_requests;
pub mod openapi;
mod paging;
pub mod payment_corrections;
pub mod problem;
pub mod query;
mod refusals;
pub mod reports;
mod schema;
pub mod worklists;

/// Every route of the service.
pub fn routes(cfg: &mut ServiceConfig<'_>) {
    cfg.service(health::healthz)
        .service(health::readyz)
        .service(auth::jwks)
        .service(auth::issue_token)
        .service(auth::sign_in)
        .service(
            utoipa_actix_web::scope("/api/v1")
                .wrap(from_fn(auth::authenticate))
                .service(catalog::list_case_types)
                .service(catalog::read_case_type)
                .service(cases::open_case)
                .service(case_lists::list_cases)
                .service(cases::read_case)
                .service(cases::read_events)
                .service(deadlines::read_deadlines)
                .service(cases::act)
                .service(payment_corrections::correct_payment)
                .service(assignment::claim)
                .service(assignment::release)
                .service(assignment::assign)
                .service(assignment::list_staff)
                .service(batches::run_batch)
                .service(materials::read_materials)
                .service(materials::put_materials)
                .service(materials::put_material)
                .service(forecast::read_forecast)
                .service(calendar::list_years)
                .service(calendar::read_year)
                .service(calendar::put_year)
                .service(exports::event_log_as_xes)
                .service(exports::event_log_as_csv)
                .service(eligibility::read_eligibility)
                .service(certificates::register_certificate)
                .service(certificate_imports::import_certificates)
                .service(certificates::list_certificates)
                .service(certificates::read_certificate)
                .service(certificates::read_certificate_events)
                .service(certificate_services::read_service)
                .service(certificate_services::act_on_service)
                .service(certificate_corrections::ask_correction)
                .service(certificate_corrections::approve_correction)
                .service(certificate_corrections::decline_correction)
                .service(certificate_reports::report_lock)
                .service(certificate_reports::report_loss)
                .service(certificate_reports::restore_certificate)
                .service(authorizations::read_authorization)
                .service(
                    utoipa_actix_web::scope("/authorizations")
                        .app_data(authorizations::query_limits())
                        .service(authorizations::query_authorizations),
                )
                .service(worklists::list_worklists)
                .service(worklists::read_worklist)
                .service(board::read_board)
                .service(reports::read_report),
        );
}

/// A part of the path that isn't what it should be; the words say which, because the framework's don't.
fn bad_path(error: actix_web::error::PathError, request: &HttpRequest) -> Problem {
    let names = request.match_info().iter().map(|(name, _)| name).collect::<Vec<_>>().join(", ");
    Problem::of(&kinds::INVALID_PATH)
        .detail(Words::new(format!("路径参数 {names} 有误（{error}）。"), format!("Path parameter {names}: {error}.")))
}

/// A list of routes, as [`routes`] is one.
pub type Routes = fn(&mut ServiceConfig<'_>);

/// The routes with what they share; cheap to clone, one for each worker.
#[derive(Clone)]
pub struct Api {
    routes: Routes,
    document: Bytes,
    known: web::Data<KnownRoutes>,
    readiness: web::Data<dyn Readiness>,
    limits: BodyLimits,
}

impl Api {
    /// All routes of the service.
    pub fn new(readiness: Arc<dyn Readiness>) -> Self {
        Self::with_routes(readiness, routes)
    }

    /// Other routes, described and served in the same way.
    pub fn with_routes(readiness: Arc<dyn Readiness>, routes: Routes) -> Self {
        let document = openapi::document(routes);
        Self {
            routes,
            known: web::Data::new(KnownRoutes::of(&document)),
            document: document.to_json().unwrap_or_default().into(), // maps with text keys always serialize
            readiness: web::Data::from(readiness),
            limits: BodyLimits::default(),
        }
    }

    /// Sets how large and how slow bodies may be.
    #[must_use]
    pub fn limits(mut self, limits: BodyLimits) -> Self {
        self.limits = limits;
        self
    }

    /// Adds routes, description and shared data to an application. What no route takes is answered 404 or 405.
    pub fn configure(&self, cfg: &mut web::ServiceConfig) {
        cfg.app_data(self.known.clone())
            .app_data(self.readiness.clone())
            .app_data(self.limits)
            .app_data(web::PayloadConfig::new(self.limits.bytes))
            .app_data(web::PathConfig::default().error_handler(|error, request| bad_path(error, request).into()))
            .default_service(web::to(openapi::unmatched));
        (self.routes)(&mut ServiceConfig::new(cfg));
        openapi::serve(cfg, self.document.clone());
    }
}
