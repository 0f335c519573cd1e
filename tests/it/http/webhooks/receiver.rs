//! Who receives webhooks in a test: a server of HTTP that answers as it is told.

use std::pin::Pin;
use std::sync::{Arc, Mutex};

use openssl::ssl::{Ssl, SslAcceptor};
use serde_json::Value;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use tokio_openssl::SslStream;

/// A request that came.
#[derive(Debug, Clone)]
pub(in crate::http) struct Received {
    pub(in crate::http) path: String,
    pub(in crate::http) headers: Vec<(String, String)>,
    pub(in crate::http) body: String,
}

/// What a receiver answers.
#[derive(Debug, Clone)]
pub(in crate::http) enum Reply {
    /// A status.
    Status(u16),
    /// A status with a header.
    With(u16, String),
    /// Nothing: the connection ends.
    Nothing,
    /// Nothing, until somebody says so.
    Waits(Arc<tokio::sync::Semaphore>),
    /// The same, with a status then.
    Late(Arc<tokio::sync::Semaphore>, u16),
}

type Answering = Box<dyn FnMut(&Received) -> Reply + Send>;

/// A receiver.
pub(in crate::http) struct Receiver {
    port: u16,
    all: Arc<Mutex<Vec<Received>>>,
    accepted: Arc<Mutex<Vec<Received>>>,
    connections: Arc<Mutex<usize>>,
    answering: Arc<Mutex<Answering>>,
    serving: JoinHandle<()>,
}

impl Drop for Receiver {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

impl Received {
    /// A header.
    pub(in crate::http) fn header(&self, name: &str) -> &str {
        let found = self.headers.iter().find(|(key, _)| key == name);
        &found.unwrap_or_else(|| panic!("no {name}: {self:?}")).1
    }

    /// The event.
    pub(in crate::http) fn event(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }
}

impl Receiver {
    /// One that takes everything.
    pub(in crate::http) async fn start() -> Self {
        Self::at("127.0.0.1").await
    }

    /// The same at another address.
    pub(in crate::http) async fn at(address: &str) -> Self {
        Self::with(address, None).await
    }

    /// The same with TLS.
    pub(in crate::http) async fn secure(acceptor: SslAcceptor) -> Self {
        Self::with("127.0.0.1", Some(Arc::new(acceptor))).await
    }

    async fn with(address: &str, acceptor: Option<Arc<SslAcceptor>>) -> Self {
        let listener = TcpListener::bind((address, 0)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let (all, accepted) = (Arc::<Mutex<Vec<Received>>>::default(), Arc::<Mutex<Vec<Received>>>::default());
        let connections = Arc::<Mutex<usize>>::default();
        let answering: Arc<Mutex<Answering>> = Arc::new(Mutex::new(Box::new(|_| Reply::Status(204))));
        let shared = (Arc::clone(&all), Arc::clone(&accepted), Arc::clone(&answering));
        let counted = Arc::clone(&connections);
        let serving = tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                *counted.lock().unwrap() += 1;
                let ((all, accepted, answering), acceptor) = (shared.clone(), acceptor.clone());
                tokio::spawn(async move {
                    let _ = match acceptor {
                        Some(acceptor) => {
                            let Some(stream) = secured(&acceptor, stream).await else { return };
                            serve(stream, &all, &accepted, &answering).await
                        }
                        None => serve(stream, &all, &accepted, &answering).await,
                    };
                });
            }
        });
        Self { port, all, accepted, connections, answering, serving }
    }

    pub(in crate::http) fn url(&self) -> String {
        format!("http://127.0.0.1:{}/hook?from=casehall", self.port)
    }

    pub(in crate::http) fn port(&self) -> u16 {
        self.port
    }

    /// Answers otherwise from now on.
    pub(in crate::http) fn answer(&self, answering: impl FnMut(&Received) -> Reply + Send + 'static) {
        *self.answering.lock().unwrap() = Box::new(answering);
    }

    /// Every request that came, whatever was answered.
    pub(in crate::http) fn all(&self) -> Vec<Received> {
        self.all.lock().unwrap().clone()
    }

    /// The events that were taken, in the order in which they came.
    pub(in crate::http) fn taken(&self) -> Vec<Value> {
        self.accepted.lock().unwrap().iter().map(Received::event).collect()
    }

    /// How many connections there were.
    pub(in crate::http) fn connections(&self) -> usize {
        *self.connections.lock().unwrap()
    }
}

async fn secured(acceptor: &SslAcceptor, stream: TcpStream) -> Option<SslStream<TcpStream>> {
    let mut stream = SslStream::new(Ssl::new(acceptor.context()).ok()?, stream).ok()?;
    Pin::new(&mut stream).accept().await.ok()?;
    Some(stream)
}

async fn serve<S: AsyncRead + AsyncWrite + Unpin>(
    mut stream: S,
    all: &Mutex<Vec<Received>>,
    accepted: &Mutex<Vec<Received>>,
    answering: &Mutex<Answering>,
) -> std::io::Result<()> {
    let Some(received) = read(&mut stream).await? else { return Ok(()) };
    all.lock().unwrap().push(received.clone());
    let reply = (answering.lock().unwrap())(&received);
    let (status, header) = match reply {
        Reply::Status(status) => (status, String::new()),
        Reply::With(status, header) => (status, format!("{header}\r\n")),
        Reply::Nothing => return Ok(()),
        Reply::Waits(until) => {
            drop(until.acquire().await);
            (204, String::new())
        }
        Reply::Late(until, status) => {
            drop(until.acquire().await);
            (status, String::new())
        }
    };
    if (200..300).contains(&status) {
        accepted.lock().unwrap().push(received);
    }
    stream.write_all(format!("HTTP/1.1 {status} X\r\n{header}Content-Length: 0\r\n\r\n").as_bytes()).await
}

/// A request with its body; none where the connection ended before.
async fn read<S: AsyncRead + Unpin>(stream: &mut S) -> std::io::Result<Option<Received>> {
    let mut bytes = Vec::new();
    loop {
        let text = String::from_utf8_lossy(&bytes).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let mut lines = head.split("\r\n");
            let path = lines.next().unwrap_or_default().split(' ').nth(1).unwrap_or_default().to_owned();
            let header = |line: &str| line.split_once(": ").map(|(k, v)| (k.to_lowercase(), v.to_owned()));
            let headers: Vec<(String, String)> = lines.filter_map(header).collect();
            let length = headers.iter().find(|(key, _)| key == "content-length");
            if body.len() >= length.map_or(0, |(_, length)| length.parse().unwrap()) {
                return Ok(Some(Received { path, headers, body: body.to_owned() }));
            }
        }
        if stream.read_buf(&mut bytes).await? == 0 {
            return Ok(None);
        }
    }
}
