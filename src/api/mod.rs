//! The service over HTTP: JSON in, JSON out; HTTP only, without rules of its own.
//!
//! Cast: [`routes`] is every route on one screen. An [`Api`] serves them with their description; [`envelope`](crate::http::envelope) goes around
//! everything. A handler takes its data as [`Body`](crate::http::body::Body) or [`Query`](crate::http::query::Query) (all faults at once), the version it
//! replaces as [`IfMatch`](crate::http::conditional::IfMatch), and refuses with a [`Problem`].
//!
//! ```no_run
//! # use std::sync::Arc;
//! # use actix_web::{App, HttpServer, middleware::from_fn};
//! # use casehall::{api::{Api, health::Check}, http::envelope::envelope};
//! # async fn start() -> std::io::Result<()> {
//! let api = Api::new(Arc::new(Vec::<Check>::new));
//! HttpServer::new(move || App::new().configure(|cfg| api.configure(cfg)).wrap(from_fn(envelope)))
//!     .bind(("127.0.0.1", 0))?
//!     .run()
//!     .await
//! # }
//! ```

use std::num::NonZeroU32;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, LazyLock};

use actix_web::HttpRequest;
use actix_web::middleware::from_fn;
use actix_web::web::{self, Bytes};
use utoipa_actix_web::service_config::ServiceConfig;

use crate::api::health::Readiness;
use crate::domain::base::words::Words;
use crate::http::body::BodyLimits;
use crate::http::client_address::TrustedProxies;
use crate::http::headers::accept;
use crate::http::headers::rate_limit::RateLimit;
use crate::http::openapi::Routes;
use crate::http::openapi::methods::{self, KnownRoutes};
use crate::http::problem::{Problem, kinds};
use crate::http::{answers, keys, openapi};

pub mod accounts;
pub mod calendar;
pub mod case_types;
pub mod cases;
pub mod certificates;
mod closed;
pub mod connections;
pub mod feed;
pub mod hall;
pub mod health;
pub mod money;
pub mod reports;
mod streamed;
mod timeline;

/// Every route.
pub fn routes(cfg: &mut ServiceConfig<'_>) {
    cfg.service(health::healthz)
        .service(health::readyz)
        .service(accounts::auth::jwks)
        .service(accounts::metadata::authorization_server)
        .service(accounts::sessions::sign_in)
        .service(accounts::sessions::refresh_session)
        .service(accounts::client_tokens::issue_token)
        .service(
            utoipa_actix_web::scope("/api/v1")
                .wrap(from_fn(methods::refuse_keys))
                .wrap(from_fn(accounts::used_keys::tell_of_used_keys))
                .wrap(from_fn(accounts::limited::limit))
                .wrap(from_fn(accept::refuse))
                .wrap(from_fn(accounts::auth::authenticate))
                // Routes are tried in this order: what is asked most comes first.
                .service(certificates::authorizations::read_authorization)
                .service(
                    utoipa_actix_web::scope("/authorizations")
                        .app_data(certificates::authorizations::query_limits())
                        .service(certificates::authorizations::query_authorizations),
                )
                .service(cases::case::open_case)
                .service(
                    utoipa_actix_web::scope("/cases/bulk")
                        .app_data(cases::bulk::body_limit())
                        .service(cases::bulk::open_cases),
                )
                .service(cases::lists::list_cases)
                .service(cases::case::read_case)
                .service(cases::case::read_events)
                .service(cases::deadlines::read_deadlines)
                .service(cases::case::act)
                .service(cases::case::hand_over)
                .service(cases::case::label_case)
                .service(cases::persons::disclose_person)
                .service(cases::persons::place_hold)
                .service(cases::persons::lift_hold)
                .service(money::payment_corrections::correct_payment)
                .service(cases::assignment::claim)
                .service(cases::assignment::release)
                .service(cases::assignment::assign)
                .service(cases::assignment::list_staff)
                .service(cases::batches::claim_cases)
                .service(cases::batches::release_cases)
                .service(cases::batches::assign_cases)
                .service(cases::batches::run_batch)
                .service(cases::materials::read_materials)
                .service(cases::materials::patch_materials)
                .service(cases::materials::put_materials)
                .service(cases::materials::patch_material)
                .service(cases::materials::put_material)
                .service(hall::read_me)
                .service(accounts::sessions::list_sessions)
                .service(accounts::sessions::sign_out)
                .service(accounts::sessions::sign_out_everywhere)
                .service(accounts::own::change_password)
                .service(accounts::own::prepare_second_factor)
                .service(accounts::own::confirm_second_factor)
                .service(accounts::users::list_users)
                .service(accounts::users::add_user)
                .service(accounts::users::read_user)
                .service(accounts::users::change_user)
                .service(accounts::users::deactivate_user)
                .service(accounts::users::activate_user)
                .service(accounts::users::reset_password)
                .service(accounts::users::remove_second_factor)
                .service(accounts::locks::list_sign_in_locks)
                .service(accounts::locks::unlock_sign_ins)
                .service(accounts::audit::read_audit_trail)
                .service(accounts::audit::audit_trail_as_csv)
                .service(accounts::audit::audit_trail_as_json_lines)
                .service(accounts::seals::list_seals)
                .service(accounts::clients::list_clients)
                .service(accounts::clients::add_client)
                .service(accounts::clients::read_client)
                .service(accounts::clients::put_client)
                .service(accounts::clients::activate_client)
                .service(accounts::clients::deactivate_client)
                .service(accounts::clients::rotate_secret)
                .service(accounts::clients::end_secret)
                .service(accounts::clients::add_key)
                .service(accounts::clients::remove_key)
                .service(hall::read_hall)
                .service(hall::list_outlets)
                .service(hall::list_applications)
                .service(hall::list_payment_methods)
                .service(hall::list_prices)
                .service(case_types::case_type::list_case_types)
                .service(case_types::case_type::read_case_type)
                .service(reports::forecast::read_forecast)
                .service(calendar::year::list_years)
                .service(calendar::year::read_year)
                .service(calendar::year::put_year)
                .service(reports::exports::event_log_as_xes)
                .service(reports::exports::event_log_as_csv)
                .service(certificates::eligibility::read_eligibility)
                .service(certificates::eligibility::list_organizations)
                .service(certificates::certificate::register_certificate)
                .service(certificates::imports::import_certificates)
                .service(certificates::registrations::list_imports)
                .service(certificates::registrations::read_import)
                .service(certificates::registrations::approve_import)
                .service(certificates::registrations::reject_import)
                .service(certificates::registrations::approve_registration)
                .service(certificates::registrations::reject_registration)
                .service(certificates::withdrawals::withdraw_reports)
                .service(certificates::certificate::list_certificates)
                .service(certificates::certificate::read_certificate)
                .service(certificates::certificate::read_certificate_events)
                .service(certificates::services::read_service)
                .service(certificates::services::act_on_service)
                .service(certificates::corrections::ask_correction)
                .service(certificates::corrections::approve_correction)
                .service(certificates::corrections::decline_correction)
                .service(certificates::lock_and_loss::report_lock)
                .service(certificates::lock_and_loss::report_loss)
                .service(certificates::lock_and_loss::restore_certificate)
                .service(feed::read_feed)
                .service(feed::webhooks::list_webhooks)
                .service(feed::webhooks::add_webhook)
                .service(feed::webhooks::read_webhook)
                .service(feed::webhooks::put_webhook)
                .service(feed::webhooks::remove_webhook)
                .service(feed::webhooks::rotate_webhook_secret)
                .service(feed::webhooks::test_webhook)
                .service(feed::webhooks::list_webhook_attempts)
                .service(feed::webhooks::replay)
                .service(cases::worklists::list_worklists)
                .service(cases::worklists::read_worklist)
                .service(reports::board::read_board)
                .service(reports::report::read_report),
        );
}

/// An invalid path parameter; the text names it, because the framework's text doesn't.
fn bad_path(error: actix_web::error::PathError, request: &HttpRequest) -> Problem {
    if error.to_string().contains(keys::NAMES_NOTHING) {
        return Problem::of(&kinds::NOT_FOUND);
    }
    let names = request.match_info().iter().map(|(name, _)| name).collect::<Vec<_>>().join(", ");
    Problem::of(&kinds::INVALID_PATH)
        .detail(Words::new(format!("路径参数 {names} 有误。"), format!("Path parameter {names}: {error}.")))
}

/// Routes, and what is said of them.
#[derive(Clone)]
struct Described {
    routes: Routes,
    document: Bytes,
    events: feed::EventDescriptions,
    known: web::Data<KnownRoutes>,
}

/// Those of the service. Describing them takes longer than all else that a start does, and says the same each time.
static DESCRIBED: LazyLock<Described> = LazyLock::new(|| Described::of(routes));

impl Described {
    fn of(routes: Routes) -> Self {
        let document = openapi::document(routes);
        Self {
            routes,
            known: web::Data::new(KnownRoutes::of(&document)),
            events: feed::EventDescriptions::of(&document),
            document: openapi::written(&document),
        }
    }
}

/// The routes with what they share; cheap to clone, one for each worker.
#[derive(Clone)]
pub struct Api {
    described: Described,
    streams: web::Data<feed::Streams>,
    readiness: web::Data<dyn Readiness>,
    limits: BodyLimits,
    proxies: web::Data<TrustedProxies>,
    rate_limit: web::Data<Option<RateLimit>>,
}

impl Api {
    /// All routes of the service.
    pub fn new(readiness: Arc<dyn Readiness>) -> Self {
        Self::described(readiness, DESCRIBED.clone())
    }

    /// The same API with other routes.
    pub fn with_routes(readiness: Arc<dyn Readiness>, routes: Routes) -> Self {
        Self::described(readiness, Described::of(routes))
    }

    fn described(readiness: Arc<dyn Readiness>, described: Described) -> Self {
        Self {
            described,
            streams: web::Data::default(),
            readiness: web::Data::from(readiness),
            limits: BodyLimits::default(),
            proxies: web::Data::default(),
            rate_limit: web::Data::default(),
        }
    }

    /// Sets how large and how slow bodies may be.
    #[must_use]
    pub fn limits(mut self, limits: BodyLimits) -> Self {
        self.limits = limits;
        self
    }

    /// Sets whose word about the address of a caller is believed; otherwise nobody's.
    #[must_use]
    pub fn proxies(mut self, proxies: TrustedProxies) -> Self {
        self.proxies = web::Data::new(proxies);
        self
    }

    /// Sets how many requests another system may send in a minute; otherwise as many as it likes.
    #[must_use]
    pub fn requests_per_minute(mut self, most: Option<NonZeroU32>) -> Self {
        self.rate_limit = web::Data::new(most.map(RateLimit::of));
        self
    }

    /// Sets what says that the program stops, with which answers end that would go on.
    #[must_use]
    pub fn until(mut self, is_stopping: Arc<AtomicBool>) -> Self {
        self.streams = web::Data::new(feed::Streams::until(is_stopping));
        self
    }

    /// The streams of events that are open.
    pub fn streams(&self) -> feed::Streams {
        (**self.streams).clone()
    }

    /// Adds routes, description and shared data to an application. What no route takes is answered 404 or 405.
    pub fn configure(&self, cfg: &mut web::ServiceConfig) {
        let Described { routes, document, events, known } = &self.described;
        cfg.app_data(known.clone())
            .app_data(self.readiness.clone())
            .app_data(self.limits)
            .app_data(self.proxies.clone())
            .app_data(self.streams.clone())
            .app_data(self.rate_limit.clone())
            .app_data(web::PayloadConfig::new(self.limits.bytes))
            .app_data(web::PathConfig::default().error_handler(|error, request| bad_path(error, request).into()))
            .default_service(web::to(methods::unmatched));
        // Before the routes, whose scope takes all below `/api/v1`.
        events.serve(cfg);
        openapi::serve(cfg, document.clone());
        routes(&mut ServiceConfig::new(cfg));
        // Described once, and that is done.
        drop(answers::schemas());
    }
}
