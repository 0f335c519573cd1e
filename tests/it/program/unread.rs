//! Answers that nobody reads: they take little memory, their connections end, and whoever reads slowly gets all.

use std::path::Path;
use std::time::Duration;

use reqwest::Client;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};

use super::{Serving, init};
use crate::hall::until;

/// What a connection may cost that reads nothing, with all that belongs to it: of its answer a slice or two, and each request that waits behind it, of which
/// the server has read the head.
const BYTES_OF_ONE: u64 = 128 << 10;
const CONNECTIONS: u64 = 500;

fn serving(home: &Path, patience: &str) -> Serving {
    init(home, &[]);
    let settings = [("CASEHALL__SERVER__WRITE_TIMEOUT_SECONDS", patience), ("CASEHALL__SERVER__CONNECTIONS", "4096")];
    Serving::start(home, &[], &settings)
}

fn descriptors(serving: &Serving) -> usize {
    std::fs::read_dir(format!("/proc/{}/fd", serving.process())).unwrap().count()
}

/// A caller whose system keeps little of what isn't read.
async fn caller(serving: &Serving) -> TcpStream {
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_recv_buffer_size(16 << 10).unwrap();
    let address = serving.base.strip_prefix("http://").unwrap().parse().unwrap();
    socket.connect(address).await.unwrap()
}

async fn is_well(serving: &Serving) {
    let asked = Client::new().get(format!("{}/healthz", serving.base)).timeout(Duration::from_secs(5)).send().await;
    assert_eq!(asked.unwrap().status(), 200);
}

#[tokio::test]
async fn who_pipelines_and_reads_nothing_costs_little_and_is_gone_in_time() {
    let home = tempfile::tempdir().unwrap();
    let serving = serving(home.path(), "4");
    for _ in 0..4 {
        let whole = Client::new().get(format!("{}/openapi.json", serving.base)).send().await.unwrap();
        assert!(whole.bytes().await.unwrap().len() > 400_000);
    }
    let (before, open) = (serving.resident_bytes(), descriptors(&serving));
    let requests = "GET /openapi.json HTTP/1.1\r\nHost: hall\r\n\r\n".repeat(8);
    let mut callers = Vec::new();
    for _ in 0..CONNECTIONS {
        let mut caller = caller(&serving).await;
        caller.write_all(requests.as_bytes()).await.unwrap();
        callers.push(caller);
    }
    let mut most = 0;
    for _ in 0..10 {
        is_well(&serving).await;
        most = most.max(serving.resident_bytes());
    }
    let grown = most.saturating_sub(before);
    assert!(grown < CONNECTIONS * BYTES_OF_ONE, "{} kB of each", grown / CONNECTIONS / 1024);
    until("their connections are gone", async || descriptors(&serving) < open + 20).await;
    is_well(&serving).await;
}

#[tokio::test]
async fn answers_without_a_body_that_nobody_reads_do_not_pile_up() {
    let home = tempfile::tempdir().unwrap();
    let serving = serving(home.path(), "4");
    // It leads elsewhere, without a word.
    let request = "GET /docs HTTP/1.1\r\nHost: hall\r\n\r\n";
    let (before, open) = (serving.resident_bytes(), descriptors(&serving));
    let many = request.repeat(1000);
    let mut caller = caller(&serving).await;
    let mut sent = 0;
    // It stops to take requests, or ends.
    while sent < 40_000_000 {
        let writing = tokio::time::timeout(Duration::from_millis(300), caller.write(many.as_bytes()));
        let Ok(Ok(written)) = writing.await else { break };
        sent += written;
    }
    assert!(sent < 40_000_000, "it took all of them");
    let grown = serving.resident_bytes().saturating_sub(before);
    // The server reads up to 128 kB ahead, and keeps the heads of these requests.
    assert!(grown < 64 << 20, "{grown}");
    is_well(&serving).await;
    until("the connection is gone", async || descriptors(&serving) <= open + 4).await;
}

#[tokio::test]
async fn who_reads_slowly_gets_all() {
    let home = tempfile::tempdir().unwrap();
    let serving = serving(home.path(), "2");
    let whole =
        Client::new().get(format!("{}/openapi.json", serving.base)).send().await.unwrap().bytes().await.unwrap();
    let mut caller = caller(&serving).await;
    caller.write_all(b"GET /openapi.json HTTP/1.1\r\nHost: hall\r\nConnection: close\r\n\r\n").await.unwrap();
    // Longer than the server bears whoever takes nothing.
    let (mut read, mut part) = (Vec::new(), vec![0; 8 << 10]);
    let begun = std::time::Instant::now();
    loop {
        let bytes = caller.read(&mut part).await.unwrap();
        if bytes == 0 {
            break;
        }
        read.extend_from_slice(&part[..bytes]);
        tokio::time::sleep(Duration::from_millis(45)).await;
    }
    assert!(begun.elapsed() > Duration::from_secs(2), "{:?}", begun.elapsed());
    let head = read.windows(4).position(|part| part == b"\r\n\r\n").unwrap();
    let said = String::from_utf8_lossy(&read[..head]).to_lowercase();
    assert!(said.contains(&format!("content-length: {}", whole.len())), "{said}");
    assert_eq!(read[head + 4..], whole[..]);
}
