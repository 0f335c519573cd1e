//! What a flood of wrong sign-ins costs: memory of the server, and the time that a clerk waits beside it:
//! `cargo bench --bench sign_in`.
//!
//! Guarantees: it ends by itself and leaves nothing behind; no figure makes it fail.
#![allow(clippy::unwrap_used, clippy::print_stdout)] // what can't go on should end; the table is what it is for

#[path = "../http.rs"]
#[allow(dead_code)] // the throughput needs more of these
mod http;
#[path = "../load.rs"]
#[allow(dead_code)]
mod load;
#[path = "../machine.rs"]
#[allow(dead_code)]
mod machine;
#[path = "../requests.rs"]
#[allow(dead_code)]
mod requests;
#[path = "../server.rs"]
#[allow(dead_code)]
mod server;

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Barrier};
use std::time::{Duration, Instant};

use clap::Parser;

use crate::http::Connection;
use crate::load::Worker;
use crate::requests::{Opening, Reading};
use crate::server::Server;

/// Floods a hall with wrong sign-ins while a clerk works.
#[derive(Parser)]
struct Arguments {
    /// Sign-ins at once.
    #[arg(long, env = "BENCH_AT_ONCE", default_value_t = 200)]
    at_once: u32,
    /// How often.
    #[arg(long, env = "BENCH_BURSTS", default_value_t = 10)]
    bursts: u32,
    /// Seconds between the beginnings of two bursts: those who are refused are told to come back after two.
    #[arg(long, env = "BENCH_PAUSE", default_value_t = 2.0)]
    pause: f64,
    /// Passwords that the hall hashes at once; by default what it chooses itself.
    #[arg(long, env = "BENCH_SLOTS", default_value_t = 0)]
    slots: u32,
    /// What `cargo bench` says.
    #[arg(long, hide = true)]
    bench: bool,
}

/// How long the clerk works undisturbed before it.
const CALM: Duration = Duration::from_secs(60);

/// Times of single requests, in milliseconds.
#[derive(Default)]
struct Times(Vec<f64>);

impl Times {
    fn share(&mut self, share: f64) -> f64 {
        self.0.sort_by(f64::total_cmp);
        let last = self.0.len().saturating_sub(1);
        self.0.get((last as f64 * share).round() as usize).copied().unwrap_or_default()
    }
}

/// A clerk who reads cases and a portal that opens some, one request after the other with a breath between them, until told to stop.
fn work(reading: &mut Reading, opening: &mut Opening, stop: &AtomicBool) -> (Times, Times) {
    let (mut reads, mut writes) = (Times::default(), Times::default());
    let timed = |times: &mut Times, step: &mut dyn FnMut() -> usize| {
        let started = Instant::now();
        step();
        times.0.push(started.elapsed().as_secs_f64() * 1000.0);
        std::thread::sleep(Duration::from_millis(2));
    };
    while !stop.load(Ordering::Relaxed) {
        for _ in 0..4 {
            timed(&mut reads, &mut || reading.step());
        }
        timed(&mut writes, &mut || opening.step());
    }
    (reads, writes)
}

fn main() {
    let arguments = Arguments::parse();
    let directory = tempfile::tempdir().unwrap();
    println!("{}", machine::describe(directory.path()));
    let database = format!("sqlite://{}", directory.path().join("casehall.db").display());
    let slots = arguments.slots.to_string();
    // Each name is guessed from one address here; with a real one that would be over after five.
    let server = Server::start(&database, directory.path(), &[("SIGN_IN__HASHING_SLOTS", slots.as_str())]);
    let organizations = Arc::new(AtomicU32::new(1));
    let mut opening = Opening::workers(&server, 1, &organizations).remove(0);
    let paths: Vec<String> = (0..20).map(|_| format!("/api/v1/cases/{}", opening.open())).collect();
    let mut reading = Reading::workers(&server, 1, &Arc::new(paths)).remove(0);
    let (calm, idle) = beside(&mut reading, &mut opening, || std::thread::sleep(CALM), &server);
    let mut statuses: BTreeMap<u16, u32> = BTreeMap::new();
    let mut counted = Vec::new();
    let (flooded, most) = beside(&mut reading, &mut opening, || counted = flood(&server, &arguments), &server);
    for status in counted {
        *statuses.entry(status).or_default() += 1;
    }
    println!("- {} sign-ins, {} at once: {statuses:?}", arguments.at_once * arguments.bursts, arguments.at_once);
    println!("- memory: {idle:.1} MB before, {most:.1} MB at most during the flood, {:+.1} MB", most - idle);
    println!(
        "| clerk | p50 calm | p50 flooded | p99 calm | p99 flooded | p99 ratio |\n| --- | --- | --- | --- | --- | --- |"
    );
    for (name, (mut before, mut during)) in [("reads", (calm.0, flooded.0)), ("writes", (calm.1, flooded.1))] {
        let (old, new) = (before.share(0.99), during.share(0.99));
        let (half, new_half) = (before.share(0.5), during.share(0.5));
        println!("| {name} | {half:.2} ms | {new_half:.2} ms | {old:.2} ms | {new:.2} ms | {:.2} |", new / old);
    }
}

/// Lets a clerk work while something happens; the times, and the most memory that the server had meanwhile, in MB.
fn beside(
    reading: &mut Reading,
    opening: &mut Opening,
    happening: impl FnOnce(),
    server: &Server,
) -> ((Times, Times), f64) {
    let stop = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let working = scope.spawn(|| work(reading, opening, &stop));
        let watching = scope.spawn(|| {
            let mut most: f64 = 0.0;
            while !stop.load(Ordering::Relaxed) {
                most = most.max(server.resident_megabytes());
                std::thread::sleep(Duration::from_millis(20));
            }
            most
        });
        happening();
        stop.store(true, Ordering::Relaxed);
        (working.join().unwrap(), watching.join().unwrap())
    })
}

/// Wrong sign-ins, each under a name of its own, so that no lock spares the server a hash; their statuses.
fn flood(server: &Server, arguments: &Arguments) -> Vec<u16> {
    let together = Barrier::new(arguments.at_once as usize);
    let pause = Duration::from_secs_f64(arguments.pause);
    std::thread::scope(|scope| {
        let guesser = |number: u32| {
            let together = &together;
            move || {
                // Whoever attacks has processors of their own: here they give way.
                rustix::process::setpriority_process(None, 19).unwrap();
                let mut statuses = Vec::new();
                for burst in 0..arguments.bursts {
                    let mut connection = Connection::open(&server.address, None);
                    together.wait();
                    let started = Instant::now();
                    let body = format!(r#"{{"username":"guess-{burst}-{number}","password":"a wrong password"}}"#);
                    let headers = "Content-Type: application/json\r\n";
                    statuses.push(connection.send("POST", "/api/v1/sessions", headers, &body).status);
                    std::thread::sleep(pause.saturating_sub(started.elapsed()));
                }
                statuses
            }
        };
        let guessing: Vec<_> = (0..arguments.at_once).map(|number| scope.spawn(guesser(number))).collect();
        guessing.into_iter().flat_map(|guesser| guesser.join().unwrap()).collect()
    })
}
