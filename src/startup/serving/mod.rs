//! The server: it takes its addresses ([`Doors`]), listens, answers, and stops.

mod doors;
mod service_manager;

use std::future::{Future, poll_fn};
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::Poll;
use std::time::Duration;

use actix_web::dev::{ServerHandle, Service as _};
use actix_web::http::ConnectionType;
use actix_web::middleware::{Compress, from_fn};
use actix_web::{App, HttpServer, web};
use tokio::task::JoinHandle;

pub use self::doors::Doors;
pub use self::service_manager::ServiceManager;
use super::assembly::{dispatcher, processors, sender, service};
use super::backups::places;
use super::configuration::Configuration;
use super::error::StartError;
use super::metrics::{self, Metrics, Observer, Sources};
use super::readiness::Watch;
use super::stopping::Stopping;
use crate::api::Api;
use crate::api::connections::{Connections, attend};
use crate::clock::Clock;
use crate::configuration::server::{ForwardedHeader, ServerSettings};
use crate::configuration::settings::Settings;
use crate::console;
use crate::http::body::BodyLimits;
use crate::http::client_address::TrustedProxies;
use crate::http::envelope::{RequestMeter, envelope};
use crate::http::headers::{cross_origin, packing};
use crate::jobs::{self, Intervals, JobWatch, Jobs};
use crate::service::Service;

/// How long the last seal may take: a database that doesn't answer must not hold up the end.
const LAST_SEAL: Duration = Duration::from_secs(3);

/// A running server.
pub struct Running {
    /// Where it listens.
    pub address: SocketAddr,
    /// The service behind it.
    pub service: Service,
    /// What runs beside it.
    pub jobs: Option<Jobs>,
    /// What is known of that, for `/readyz`.
    pub job_watch: JobWatch,
    /// Whether this instance seals.
    seals: bool,
    metrics: Option<Metrics>,
    is_stopping: Arc<AtomicBool>,
    handle: ServerHandle,
    server: JoinHandle<std::io::Result<()>>,
}

impl Running {
    /// Waits until the program is told to stop. First `/readyz` says so, for as long as the settings say; then no connection is
    /// taken any more, and accepted requests are finished.
    ///
    /// # Errors
    /// What ended it without being told.
    pub async fn until_stopped(mut self, stopping: Stopping, manager: ServiceManager) -> Result<(), StartError> {
        let words = |why: String| StartError::Other(format!("the server ended: {why}"));
        tokio::select! {
            () = stopping.told() => {}
            ended = &mut self.server => {
                let ended = ended.map_err(|error| words(error.to_string()))?;
                return Err(words(ended.err().map_or_else(|| "nobody told it to".to_owned(), |error| error.to_string())));
            }
        }
        self.tell_of_stop();
        manager.stopping();
        tokio::time::sleep(stopping.drain).await;
        self.stop().await;
        Ok(())
    }

    /// Says that it will stop: `/readyz` does, and whatever would go on for long ends.
    pub fn tell_of_stop(&self) {
        self.is_stopping.store(true, Ordering::Relaxed);
    }

    /// Stops it; accepted requests are finished first, and what they recorded is sealed.
    pub async fn stop(self) {
        let Self { service, jobs, seals, metrics, is_stopping, handle, server, .. } = self;
        is_stopping.store(true, Ordering::Relaxed);
        let jobs = async {
            if let Some(jobs) = jobs {
                jobs.stop().await;
            }
        };
        let server = async {
            handle.stop(true).await;
            let _ = server.await;
        };
        tokio::join!(jobs, server);
        if let Ok(Err(error)) = tokio::time::timeout(LAST_SEAL, service.enter_left_out(true)).await {
            tracing::error!(%error, "how many failed sign-ins weren't entered can't be entered");
        }
        if seals {
            seal_last(&service).await;
        }
        if let Some(metrics) = metrics {
            metrics.stop().await;
        }
    }

    /// Where metrics are told, if they are.
    pub fn metrics_address(&self) -> Option<SocketAddr> {
        self.metrics.as_ref().map(|metrics| metrics.address)
    }
}

/// Seals what was recorded since the last seal: while the hall stands still nobody does, and what isn't sealed can be taken away unseen.
async fn seal_last(service: &Service) {
    let failed = match tokio::time::timeout(LAST_SEAL, service.seal()).await {
        Ok(Ok(_)) => return,
        Ok(Err(error)) => error.to_string(),
        Err(_) => "the database did not answer in time".to_owned(),
    };
    tracing::error!(
        code = "seal_failed",
        error = failed,
        "what was recorded last isn't sealed; the next start does it"
    );
}

/// Starts the server. What may be refused is looked at first, so that a start that fails puts nothing in force.
///
/// # Errors
/// What is missing.
pub async fn start(configuration: Configuration, clock: Arc<dyn Clock>) -> Result<Running, StartError> {
    let settings = configuration.settings.clone();
    let doors = Doors::take(&settings)?;
    let (places, sender) = (places(&settings)?, sender(&settings.webhooks)?);
    let service = service(configuration, clock).await?;
    let dispatcher = dispatcher(sender, service.clone());
    let mut running = listen(doors, &settings, service.clone(), None).await?;
    let Settings { jobs, audit, backups, webhooks, .. } = settings;
    let backups = backups.schedule.map(|schedule| (schedule, places));
    let every = Intervals { sweep: jobs.sweep, seal: audit.seal, verify: audit.verify, backups };
    running.seals = audit.seal.is_some();
    let mut jobs = jobs::start(service, every, &running.job_watch);
    if let Some(every) = webhooks.every {
        dispatcher.begin().await;
        jobs = jobs.delivering(dispatcher, every, &running.job_watch);
    }
    running.jobs = Some(jobs);
    Ok(running)
}

/// Routes beside those of the API: the demo's.
pub type ExtraRoutes = Arc<dyn Fn(&mut web::ServiceConfig) + Send + Sync>;

/// Opens the doors and answers with a service; `extra` are the demo's own routes.
///
/// # Errors
/// An address can't be listened on after all: another program that started meanwhile does.
pub async fn listen(
    doors: Doors,
    all: &Settings,
    service: Service,
    extra: Option<ExtraRoutes>,
) -> Result<Running, StartError> {
    let settings: &ServerSettings = &all.server;
    let limits = BodyLimits { bytes: settings.body_limit_bytes, patience: settings.body_timeout };
    let proxies = TrustedProxies {
        networks: settings.trusted_proxies.clone(),
        by_forwarded: settings.forwarded_header == ForwardedHeader::Forwarded,
    };
    let (job_watch, is_stopping) = (JobWatch::default(), Arc::new(AtomicBool::new(false)));
    let watch = Watch::new(all, service.clone(), job_watch.clone(), is_stopping.clone());
    let api = Api::new(watch.clone())
        .limits(limits)
        .proxies(proxies)
        .requests_per_minute(settings.system_requests_per_minute)
        .until(is_stopping.clone());
    let streams = api.streams();
    let (behind, requests) = (web::Data::new(service.clone()), RequestMeter::default());
    let counted = web::Data::new(requests.clone());
    let (stops, origins) = (is_stopping.clone(), settings.cors_origins.clone());
    let app = move || {
        let stops = stops.clone();
        let (api, extra, origins) = (api.clone(), extra.clone(), origins.clone());
        let routes = move |config: &mut web::ServiceConfig| {
            extra.iter().for_each(|extra| extra(config));
            api.configure(config);
            console::configure(config);
        };
        let app = App::new()
            .app_data(behind.clone())
            .app_data(counted.clone())
            .configure(routes)
            .wrap(from_fn(packing::choose))
            .wrap(Compress::default())
            .wrap(from_fn(cross_origin::keep_vary))
            .wrap(cross_origin::of(&origins))
            .wrap(from_fn(envelope))
            .wrap(from_fn(attend));
        // While the program stops, a connection serves no further request: whoever would send one turns to another instance.
        app.wrap_fn(move |request, next| {
            let (stops, answered) = (stops.clone(), next.call(request));
            async move {
                let mut answer = answered.await?;
                if stops.load(Ordering::Relaxed) {
                    answer.response_mut().head_mut().set_connection_type(ConnectionType::Close);
                }
                Ok(answer)
            }
        })
    };
    let most = doors.connections;
    let (connections, workers) =
        (Connections::new(most, settings.write_timeout), settings.workers.unwrap_or_else(processors));
    connections.watch();
    let sources = Sources {
        service: service.clone(),
        jobs: job_watch.clone(),
        requests,
        connections: connections.clone(),
        streams,
        observer: Observer::new(service.clone(), watch, all.backups.schedule.as_ref()),
    };
    let mut server = HttpServer::new(app)
        .shutdown_timeout(settings.shutdown_seconds)
        // The server counts from a clock that it looks at twice a second. On a machine that is busier than this is long, the time has passed
        // before it is waited for, and a connection with an unread body stays until it has been silent for too long.
        .client_disconnect_timeout(Duration::from_secs(5))
        // Of an answer that nobody takes, this and one slice more are in memory.
        .h1_write_buffer_size(16 << 10)
        // So a longer answer has several slices, and without this each but the first would wait until the caller's machine confirms the one
        // before, which many do after 40 ms only.
        .tcp_nodelay(true)
        .disable_signals()
        .workers(workers)
        .max_connections(most.div_ceil(workers))
        .on_connect(move |stream, with| connections.opened(stream, with));
    let ended = |why: std::io::Error| StartError::Other(format!("the server ended: {why}"));
    let (of_hall, of_metrics) = doors.open()?;
    for listener in of_hall {
        server = server.listen(listener).map_err(ended)?;
    }
    let address = server.addrs().first().copied().ok_or_else(|| StartError::Other("no address".to_owned()))?;
    let server = server.run();
    let handle = server.handle();
    // The first poll starts the workers.
    let mut server = Box::pin(server);
    if let Poll::Ready(ended) = poll_fn(|context| Poll::Ready(server.as_mut().poll(context))).await {
        let why = ended.err().map(|error| error.to_string()).unwrap_or_default();
        return Err(StartError::Other(format!("the server ended: {why}")));
    }
    let server = tokio::spawn(server);
    let metrics = match metrics::listen(of_metrics, all.monitoring.token.clone(), sources) {
        Ok(metrics) => metrics,
        Err(error) => {
            handle.stop(false).await;
            return Err(error);
        }
    };
    Ok(Running { address, service, jobs: None, seals: false, job_watch, metrics, is_stopping, handle, server })
}
