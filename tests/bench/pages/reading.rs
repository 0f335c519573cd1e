//! Asking for a page over and over, by several connections at once.

use std::time::Duration;

use crate::http::Connection;

/// A page, and what it must answer.
#[derive(Debug, Clone)]
pub(crate) struct Asked {
    pub(crate) name: String,
    pub(crate) method: &'static str,
    pub(crate) path: String,
    /// Whole lines.
    pub(crate) headers: String,
    /// One for each connection; where there are more, they begin again.
    pub(crate) bodies: Vec<String>,
    pub(crate) status: u16,
}

/// How long it took, each time.
pub(crate) struct Read {
    pub(crate) name: String,
    /// Of an answer, its head included.
    pub(crate) bytes: usize,
    /// Until the first byte came, sorted.
    waits: Vec<Duration>,
}

impl Read {
    /// The time within which so many of a hundred had begun to come.
    pub(crate) fn first_byte(&self, percent: usize) -> Duration {
        self.waits[(self.waits.len() * percent).div_ceil(100).saturating_sub(1)]
    }
}

/// Asks; each connection once before, unmeasured.
pub(crate) fn read(address: &str, asked: &Asked, connections: usize, times: usize) -> Read {
    let one = |body: &str| {
        let (mut connection, mut waits, mut bytes) = (Connection::open(address, None), Vec::new(), 0);
        for _ in 0..=times {
            let answer = connection.send(asked.method, &asked.path, &asked.headers, body);
            assert_eq!(answer.status, asked.status, "{}: {}", asked.name, answer.text());
            bytes = answer.bytes();
            waits.push(connection.first_byte);
        }
        (waits.split_off(1), bytes)
    };
    let one = &one;
    let done: Vec<_> = std::thread::scope(|scope| {
        let threads: Vec<_> =
            asked.bodies.iter().cycle().take(connections).map(|body| scope.spawn(move || one(body))).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    let bytes = done.iter().map(|(_, bytes)| *bytes).max().unwrap_or(0);
    let mut waits: Vec<Duration> = done.into_iter().flat_map(|(waits, _)| waits).collect();
    waits.sort_unstable();
    Read { name: asked.name.clone(), bytes, waits }
}
