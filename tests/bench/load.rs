//! The load: workers, a thread each, doing one thing over and over for a set time.
//!
//! Cast: a [`Worker`] does it once; [`drive`] lets several do it together and answers a [`Sample`].

use std::time::{Duration, Instant};

/// Does what is measured.
pub(crate) trait Worker: Send {
    /// Once; answers how many operations that were (a shared commit holds several).
    fn step(&mut self) -> usize;
}

/// What was measured in one go.
#[derive(Debug, Clone)]
pub(crate) struct Sample {
    /// Operations done.
    pub(crate) operations: usize,
    /// From the start to the end of the last operation.
    pub(crate) elapsed: Duration,
    /// Processor time of the program that was measured.
    pub(crate) cpu: Duration,
    /// Processor time of the database server, where it is a process of its own.
    pub(crate) database_cpu: Duration,
    /// Memory of the program after it, in MB of a million bytes, where that was looked at.
    pub(crate) memory: f64,
    /// How long each step took, sorted.
    latencies: Vec<Duration>,
}

impl Sample {
    /// Operations a second.
    pub(crate) fn rate(&self) -> f64 {
        self.operations as f64 / self.elapsed.as_secs_f64()
    }

    /// Processor time for each operation, in microseconds.
    pub(crate) fn cpu_each(&self) -> f64 {
        self.cpu.as_secs_f64() * 1e6 / self.operations as f64
    }

    /// The same of the database server.
    pub(crate) fn database_cpu_each(&self) -> f64 {
        self.database_cpu.as_secs_f64() * 1e6 / self.operations as f64
    }

    /// The latency, in milliseconds, that this share of the steps did not exceed.
    pub(crate) fn latency(&self, share: f64) -> f64 {
        let index = (self.latencies.len() as f64 * share) as usize;
        let found = self.latencies.get(index.min(self.latencies.len().saturating_sub(1)));
        found.map_or(f64::NAN, |latency| latency.as_secs_f64() * 1e3)
    }
}

/// Lets all workers work together for a while. Each does one step before, unmeasured, which connects and prepares what it
/// needs. `cpu` answers the processor time so far of the program and of the database server. A worker that panics ends
/// the benchmark once the others are done.
pub(crate) fn drive<W: Worker>(workers: &mut [W], time: Duration, cpu: impl Fn() -> (Duration, Duration)) -> Sample {
    together(workers, |worker| worker.step());
    let before = cpu();
    let started = Instant::now();
    let until = started + time;
    let done = together(workers, |worker| work(worker, until));
    let elapsed = started.elapsed();
    let after = cpu();
    let operations = done.iter().map(|(operations, _)| operations).sum();
    let mut latencies: Vec<Duration> = done.into_iter().flat_map(|(_, latencies)| latencies).collect();
    latencies.sort_unstable();
    let (cpu, database_cpu) = (after.0.saturating_sub(before.0), after.1.saturating_sub(before.1));
    Sample { operations, elapsed, cpu, database_cpu, memory: f64::NAN, latencies }
}

fn together<W: Worker, T: Send>(workers: &mut [W], task: impl Fn(&mut W) -> T + Sync) -> Vec<T> {
    let task = &task;
    std::thread::scope(|scope| {
        let threads: Vec<_> = workers.iter_mut().map(|worker| scope.spawn(move || task(worker))).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    })
}

fn work(worker: &mut impl Worker, until: Instant) -> (usize, Vec<Duration>) {
    let mut latencies = Vec::with_capacity(1 << 14);
    let mut operations = 0;
    let mut at = Instant::now();
    while at < until {
        operations += worker.step();
        let now = Instant::now();
        latencies.push(now - at);
        at = now;
    }
    (operations, latencies)
}
