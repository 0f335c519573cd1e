//! The leanest client that will do, so that the load leaves the processors to the server: one connection that is kept
//! open, one request at a time, blocking.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

/// An answer that takes longer ends the benchmark.
const PATIENCE: Duration = Duration::from_secs(20);

/// A connection that is kept open.
pub(crate) struct Connection {
    stream: TcpStream,
    /// Whole line of a header, or nothing.
    authorization: String,
    request: Vec<u8>,
    answer: Vec<u8>,
    /// How long the last answer took to begin, from when the request was sent.
    #[allow(dead_code)] // the pages ask
    pub(crate) first_byte: Duration,
}

/// What came back.
pub(crate) struct Answer<'a> {
    /// HTTP status.
    pub(crate) status: u16,
    head: &'a str,
    body: &'a [u8],
}

impl Connection {
    /// Connects, to ask with this token or without any.
    pub(crate) fn open(address: &str, token: Option<&str>) -> Self {
        let stream = TcpStream::connect(address).unwrap();
        stream.set_nodelay(true).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        let authorization = token.map_or_else(String::new, |token| format!("Authorization: Bearer {token}\r\n"));
        Self { stream, authorization, request: Vec::new(), answer: Vec::new(), first_byte: Duration::ZERO }
    }

    /// Sends a request and waits for its answer. `headers` are whole lines.
    pub(crate) fn send(&mut self, method: &str, path: &str, headers: &str, body: &str) -> Answer<'_> {
        self.request.clear();
        let (authorization, length) = (&self.authorization, body.len());
        write!(
            self.request,
            "{method} {path} HTTP/1.1\r\nHost: casehall\r\n{authorization}{headers}\
             Content-Length: {length}\r\n\r\n{body}"
        )
        .unwrap();
        self.answer.clear();
        let sent = Instant::now();
        self.stream.write_all(&self.request).unwrap();
        self.receive();
        self.first_byte = sent.elapsed();
        let head_ends = loop {
            if let Some(at) = self.answer.windows(4).position(|window| window == b"\r\n\r\n") {
                break at + 4;
            }
            self.receive();
        };
        let head = str::from_utf8(&self.answer[..head_ends]).unwrap();
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        let length: usize = header(head, "content-length").expect("every answer has a length").parse().unwrap();
        while self.answer.len() < head_ends + length {
            self.receive();
        }
        let head = str::from_utf8(&self.answer[..head_ends]).unwrap();
        Answer { status, head, body: &self.answer[head_ends..] }
    }

    fn receive(&mut self) {
        let mut part = [0; 16 * 1024];
        let read = self.stream.read(&mut part).expect("the server answers in time");
        assert!(read > 0, "the server closed the connection");
        self.answer.extend_from_slice(&part[..read]);
    }
}

impl Answer<'_> {
    /// A header's value.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        header(self.head, name)
    }

    /// The cookies that it sets, as a request sends them.
    #[allow(dead_code)] // the pages ask
    pub(crate) fn cookies(&self) -> String {
        let lines = self.head.lines().filter_map(|line| line.split_once(':'));
        let set = lines.filter(|(name, _)| name.eq_ignore_ascii_case("set-cookie"));
        set.filter_map(|(_, cookie)| Some(cookie.split(';').next()?.trim())).collect::<Vec<_>>().join("; ")
    }

    /// How many bytes came, head and body.
    #[allow(dead_code)] // the pages ask
    pub(crate) fn bytes(&self) -> usize {
        self.head.len() + self.body.len()
    }

    /// The body.
    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(self.body).into_owned()
    }

    /// The body as JSON.
    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_slice(self.body).unwrap()
    }
}

fn header<'a>(head: &'a str, name: &str) -> Option<&'a str> {
    let mut lines = head.lines().filter_map(|line| line.split_once(':'));
    lines.find(|(found, _)| found.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim())
}
