//! Metrics for Prometheus, at an address of their own: never where the hall is reached.
//!
//! Cast: [`registry`] knows every metric; [`Observer`] looks now and then at what takes time (the checks of `/readyz`, work lists, disks,
//! backups) and keeps what it saw; [`listen`] answers `GET /metrics` with one thread of its own, so that it answers while the others are
//! busy.
//!
//! Guarantees: a scrape asks neither the database nor a disk, however often it comes. No label's values are made up by callers. Nothing
//! tells of a person or a case, only numbers.

mod observer;
mod process;
mod values;

use std::net::{SocketAddr, TcpListener};

use actix_web::dev::ServerHandle;
use actix_web::http::header;
use actix_web::{App, HttpRequest, HttpResponse, HttpServer, web};
use prometheus_client::encoding::prometheus_text::{CONTENT_TYPE, encode};
use prometheus_client::registry::Registry;
use subtle::ConstantTimeEq;

pub(super) use self::observer::Observer;
pub(super) use self::values::Sources;
use super::error::StartError;
use crate::configuration::secret_text::SecretText;

/// What every metric's name begins with.
const PREFIX: &str = "casehall";

/// Who reads metrics needs one connection. Others wait in the system's queue until one is free, and take no descriptors from the hall; those
/// that ask for nothing are ended after some seconds.
const MOST_CONNECTIONS: usize = 16;

/// The listener of metrics.
pub(super) struct Metrics {
    pub(super) address: SocketAddr,
    handle: ServerHandle,
    looking: tokio::task::JoinHandle<()>,
}

impl Metrics {
    pub(super) async fn stop(self) {
        self.looking.abort();
        self.handle.stop(false).await;
    }
}

/// Tells metrics where the listeners are, if there are any.
///
/// # Errors
/// The system's, of a listener.
pub(super) fn listen(
    listeners: Vec<TcpListener>,
    token: Option<SecretText>,
    sources: Sources,
) -> Result<Option<Metrics>, StartError> {
    let observer = sources.observer.clone();
    let shared = web::Data::new((registry(sources), token));
    let app = move || App::new().app_data(shared.clone()).route("/metrics", web::get().to(tell));
    let server = HttpServer::new(app).workers(1).max_connections(MOST_CONNECTIONS).tcp_nodelay(true);
    let mut server = server.shutdown_timeout(1).disable_signals();
    for listener in listeners {
        let failed = |error| StartError::Other(format!("metrics can't be told: {error}"));
        server = server.listen(listener).map_err(failed)?;
    }
    let Some(address) = server.addrs().first().copied() else { return Ok(None) };
    tracing::info!(%address, "metrics are told");
    let server = server.run();
    let handle = server.handle();
    tokio::spawn(server);
    Ok(Some(Metrics { address, handle, looking: tokio::spawn(observer.look_on()) }))
}

async fn tell(request: HttpRequest, shared: web::Data<(Registry, Option<SecretText>)>) -> HttpResponse {
    let (registry, token) = &**shared;
    if token.as_ref().is_some_and(|token| !shows(&request, token)) {
        return HttpResponse::Unauthorized().insert_header((header::WWW_AUTHENTICATE, "Bearer")).finish();
    }
    let mut text = String::new();
    match encode(&mut text, registry) {
        Ok(()) => HttpResponse::Ok().content_type(CONTENT_TYPE).body(text),
        Err(error) => {
            tracing::error!(%error, "metrics can't be told");
            HttpResponse::InternalServerError().finish()
        }
    }
}

fn shows(request: &HttpRequest, token: &SecretText) -> bool {
    let given = request.headers().get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let given =
        given.and_then(|value| value.split_once(' ')).filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"));
    given.is_some_and(|(_, given)| given.trim().as_bytes().ct_eq(token.reveal().as_bytes()).into())
}

/// Every metric.
fn registry(sources: Sources) -> Registry {
    let mut all = Registry::default();
    let own = all.sub_registry_with_prefix(PREFIX);
    sources.requests.register(own);
    own.register_collector(Box::new(values::Told(move || values::of_program(&sources))));
    all.register_collector(Box::new(values::Told(process::values)));
    all
}
