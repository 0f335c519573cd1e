//! One request to somebody else, a webhook most of the time: HTTP/1.1 on a connection of its own.
//!
//! Guarantees: what is connected to is an address that was looked at, not a name: a name that leads elsewhere the next time it is asked for
//! leads nowhere. No redirect is followed, and no proxy asked. A request ends within its time, and of an answer only a few kB are read.

use std::future::Future;
use std::net::{IpAddr, SocketAddr};
use std::path::Path;
use std::pin::Pin;
use std::sync::Arc;
use std::time::{Duration, Instant};

use http_body_util::{BodyExt, Full};
use hyper::body::{Bytes, Incoming};
use hyper::client::conn::http1;
use hyper::http::request;
use hyper::rt::{Read, Write};
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use openssl::ssl::{SslConnector, SslMethod, SslVersion};
use openssl::x509::store::X509StoreBuilder;
use tokio::net::TcpStream;
use tokio::task::JoinHandle;
use tokio_openssl::SslStream;
use url::{Host, Url};

use crate::domain::feed::webhook::AttemptError;
use crate::service::feed::webhooks::deliver::AttemptResult;
use crate::service::feed::webhooks::targets::Targets;

/// Of an answer so much is read, and nothing kept.
const MOST_READ: usize = 4 * 1024;
/// And for so long it is waited for.
const BODY: Duration = Duration::from_secs(1);
/// The head of an answer has at most so many bytes.
const MOST_HEAD: usize = 16 * 1024;
/// What the program says to be.
const USER_AGENT: &str = concat!("Casehall/", env!("CARGO_PKG_VERSION"));

/// What a request needs.
pub(super) struct OutgoingRequest {
    pub(super) url: String,
    pub(super) id: String,
    pub(super) timestamp: i64,
    pub(super) signatures: String,
    pub(super) traceparent: String,
    pub(super) body: String,
}

/// How long a request may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Patience {
    /// Until there is a connection.
    pub connect: Duration,
    /// Altogether.
    pub total: Duration,
}

/// What was answered.
pub(in crate::jobs) struct Answer {
    pub(in crate::jobs) status: u16,
    pub(in crate::jobs) cache_control: Option<String>,
    /// All of the body; none where it is too long, too slow or breaks off.
    pub(in crate::jobs) body: Option<Vec<u8>>,
}

/// Sends requests; clones share what they need for it.
#[derive(Clone)]
pub struct Sender {
    targets: Targets,
    patience: Patience,
    tls: Arc<SslConnector>,
}

impl Sender {
    /// One that trusts the authorities of the system, or those of a file instead.
    ///
    /// # Errors
    /// The file can't be read.
    pub fn new(targets: Targets, patience: Patience, authorities: Option<&Path>) -> Result<Self, String> {
        let made = SslConnector::builder(SslMethod::tls_client()).and_then(|mut builder| {
            builder.set_min_proto_version(Some(SslVersion::TLS1_2))?;
            if let Some(file) = authorities {
                builder.set_cert_store(X509StoreBuilder::new()?.build());
                builder.set_ca_file(file)?;
            }
            Ok(Arc::new(builder.build()))
        });
        let tls = made.map_err(|error| match authorities {
            Some(file) => {
                format!("{}: the certificates of authorities can't be read: {error}", file.display())
            }
            None => format!("no secure connections can be made: {error}"),
        })?;
        Ok(Self { targets, patience, tls })
    }

    /// Sends a request.
    pub(super) async fn send(&self, request: OutgoingRequest) -> AttemptResult {
        let (started, url) = (Instant::now(), request.url.clone());
        let head = Request::builder()
            .method("POST")
            .header("content-type", "application/cloudevents+json")
            .header("webhook-id", request.id)
            .header("webhook-timestamp", request.timestamp)
            .header("webhook-signature", request.signatures)
            .header("traceparent", request.traceparent);
        // The status counts, whether the body comes or not.
        let answered = self.within_time(self.exchange(&url, head, request.body, MOST_READ, BODY)).await;
        let (status, error) = match answered {
            Ok(answer) => (Some(answer.status), judged(answer.status)),
            Err(error) => (None, Some(error)),
        };
        AttemptResult { url, status, error, took: started.elapsed() }
    }

    /// Fetches what stands at an address.
    pub(in crate::jobs) async fn fetch(&self, url: &str, most: usize) -> Result<Answer, AttemptError> {
        let head = Request::builder().method("GET").header("accept", "application/jwk-set+json, application/json");
        self.within_time(self.exchange(url, head, String::new(), most, self.patience.total)).await
    }

    async fn within_time(
        &self,
        exchange: impl Future<Output = Result<Answer, AttemptError>>,
    ) -> Result<Answer, AttemptError> {
        tokio::time::timeout(self.patience.total, exchange).await.unwrap_or(Err(AttemptError::TimedOut))
    }

    async fn exchange(
        &self,
        url: &str,
        head: request::Builder,
        body: String,
        most: usize,
        patience: Duration,
    ) -> Result<Answer, AttemptError> {
        // It was looked at when it was entered; the settings may be others now.
        let url = self.targets.checked(url).map_err(|_| AttemptError::TargetRefused)?;
        let request = addressed(head, &url, body).ok_or(AttemptError::NotSent)?;
        let stream = self.connected(&url).await?;
        if url.scheme() == "http" {
            return answered(TokioIo::new(stream), request, most, patience).await;
        }
        let name = url.host_str().unwrap_or_default().trim_start_matches('[').trim_end_matches(']');
        let ssl = self.tls.configure().and_then(|configuration| configuration.into_ssl(name));
        let stream = ssl.and_then(|ssl| SslStream::new(ssl, stream));
        let mut stream = stream.map_err(|_| AttemptError::TlsFailed)?;
        Pin::new(&mut stream).connect().await.map_err(|_| AttemptError::TlsFailed)?;
        answered(TokioIo::new(stream), request, most, patience).await
    }

    /// A connection to one of the addresses that a name has now, of those that may be connected to.
    async fn connected(&self, url: &Url) -> Result<TcpStream, AttemptError> {
        let port = url.port_or_known_default().unwrap_or(443);
        let addresses: Vec<SocketAddr> = match url.host() {
            Some(Host::Ipv4(address)) => vec![(IpAddr::from(address), port).into()],
            Some(Host::Ipv6(address)) => vec![(IpAddr::from(address), port).into()],
            Some(Host::Domain(name)) => {
                let found = tokio::time::timeout(self.patience.connect, tokio::net::lookup_host((name, port))).await;
                let found = found.map_err(|_| AttemptError::TimedOut)?;
                found.map_err(|_| AttemptError::NameUnknown)?.collect()
            }
            None => return Err(AttemptError::TargetRefused),
        };
        let mut refused = AttemptError::NameUnknown;
        for address in addresses {
            if !self.targets.allows(address.ip()) {
                refused = AttemptError::TargetRefused;
                continue;
            }
            match tokio::time::timeout(self.patience.connect, TcpStream::connect(address)).await {
                Ok(Ok(stream)) => {
                    // Head and body may be two slices, of which the second would wait for the receiver's confirmation of the first.
                    stream.set_nodelay(true).map_err(|_| AttemptError::NotConnected)?;
                    return Ok(stream);
                }
                Ok(Err(_)) => refused = AttemptError::NotConnected,
                Err(_) => refused = AttemptError::TimedOut,
            }
        }
        Err(refused)
    }
}

/// What is wrong with an answer of this status.
fn judged(status: u16) -> Option<AttemptError> {
    match status {
        200..=299 => None,
        300..=399 => Some(AttemptError::Redirected),
        410 => Some(AttemptError::Gone),
        _ => Some(AttemptError::Rejected),
    }
}

/// Ends with whoever waits for it.
struct Driven(JoinHandle<()>);

impl Drop for Driven {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// A request to where an address leads.
fn addressed(head: request::Builder, url: &Url, body: String) -> Option<Request<Full<Bytes>>> {
    let path = match url.query() {
        Some(query) => format!("{}?{query}", url.path()),
        None => url.path().to_owned(),
    };
    let host = match (url.host_str(), url.port()) {
        (Some(host), Some(port)) => format!("{host}:{port}"),
        (host, _) => host.unwrap_or_default().to_owned(),
    };
    let head = head.uri(path).header("host", host).header("user-agent", USER_AGENT).header("connection", "close");
    head.body(Full::<Bytes>::from(body)).ok()
}

async fn answered<S>(
    stream: S,
    request: Request<Full<Bytes>>,
    most: usize,
    patience: Duration,
) -> Result<Answer, AttemptError>
where
    S: Read + Write + Unpin + Send + 'static,
{
    let bad = |_| AttemptError::BadAnswer;
    let mut builder = http1::Builder::new();
    let (mut requests, connection) = builder.max_buf_size(MOST_HEAD).handshake(stream).await.map_err(bad)?;
    let _driven = Driven(tokio::spawn(async move { _ = connection.await }));
    let mut response = requests.send_request(request).await.map_err(bad)?;
    let body = tokio::time::timeout(patience, read(&mut response, most)).await.ok().flatten();
    let cache_control = response.headers().get("cache-control").and_then(|value| value.to_str().ok());
    Ok(Answer { status: response.status().as_u16(), cache_control: cache_control.map(str::to_owned), body })
}

/// Reads the body of an answer as far as it is read; none where there is more, or it breaks off.
async fn read(response: &mut Response<Incoming>, most: usize) -> Option<Vec<u8>> {
    let mut body = Vec::new();
    while let Some(frame) = response.body_mut().frame().await {
        if let Some(data) = frame.ok()?.data_ref() {
            body.extend_from_slice(data);
        }
        if body.len() > most {
            return None;
        }
    }
    Some(body)
}
