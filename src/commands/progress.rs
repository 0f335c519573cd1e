//! How far a command is, for whoever waits for it, and being told to stop.
//!
//! Guarantees: on a terminal there is a bar with what is done, at what rate, and how long it still takes; elsewhere a line says so now and then, on
//! standard error. What is over within two seconds says nothing. The first signal to end stops the command between two portions of its work; the
//! second ends it at once. A command that has no long work is ended by the first.

use std::io::{IsTerminal, Write};
use std::sync::atomic::{AtomicI32, Ordering};
use std::sync::{Arc, Mutex, Once, PoisonError};
use std::time::{Duration, Instant};

use casehall::domain::progress::{Part, Progress, Unit};
use casehall::startup::{Exit, hear_signals};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// After so long the first is said.
const PATIENCE: Duration = Duration::from_secs(2);

/// A bar is drawn anew at most so often.
const REDRAWN: Duration = Duration::from_millis(100);

/// Watches the work of a command.
#[derive(Debug)]
pub(crate) struct Watch {
    on_terminal: bool,
    every: Duration,
    hearing: Once,
    /// The number of the signal that came; 0: none.
    signal: Arc<AtomicI32>,
    running: Mutex<Running>,
}

#[derive(Debug)]
struct Running {
    part: Part,
    done: u64,
    since: Instant,
    next: Instant,
    bar: Option<ProgressBar>,
}

impl Watch {
    /// One that says something at most so often, where it can't draw.
    pub(crate) fn every(every: Duration) -> Self {
        let now = Instant::now();
        let part = Part::uncounted("");
        let running = Running { part, done: 0, since: now, next: now + PATIENCE.min(every), bar: None };
        let (hearing, signal) = (Once::new(), Arc::default());
        Self { on_terminal: std::io::stderr().is_terminal(), every, hearing, signal, running: Mutex::new(running) }
    }

    /// How the signal that came ends the program.
    pub(crate) fn exit(&self) -> Exit {
        Exit::by_signal(self.signal.load(Ordering::Relaxed))
    }

    /// Writes something while nothing is drawn.
    pub(crate) fn aside(&self, write: impl FnOnce()) {
        let bar = self.with(|running| running.bar.clone());
        match bar {
            Some(bar) => bar.suspend(write),
            None => write(),
        }
    }

    /// Takes the bar away.
    pub(crate) fn clear(&self) {
        self.with(|running| running.bar.take().iter().for_each(ProgressBar::finish_and_clear));
    }

    fn with<T>(&self, f: impl FnOnce(&mut Running) -> T) -> T {
        f(&mut self.running.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn tell(&self, running: &mut Running) {
        let now = Instant::now();
        if now < running.next {
            return;
        }
        let said = words(running.part, running.done, now - running.since);
        if !self.on_terminal {
            running.next = now + self.every;
            let _ = writeln!(std::io::stderr(), "{said}");
            return;
        }
        running.next = now + REDRAWN;
        let Running { part, done, bar, .. } = running;
        let bar = bar.get_or_insert_with(|| {
            let bar = ProgressBar::with_draw_target(part.of, ProgressDrawTarget::stderr());
            let form = if part.of.is_some() { "[{bar:24}] {wide_msg}" } else { "{spinner} {wide_msg}" };
            bar.with_style(ProgressStyle::with_template(form).unwrap_or_else(|_| ProgressStyle::default_bar()))
        });
        bar.set_position((*done).min(part.of.unwrap_or(*done)));
        bar.set_message(said);
    }
}

impl Progress for Watch {
    fn begin(&self, part: Part) {
        self.hearing.call_once(|| {
            let signal = self.signal.clone();
            // Where they can't be heard, the first one ends the command as it ends any other.
            let _ = hear_signals(move |number| {
                signal.store(number, Ordering::Relaxed);
                let _ = writeln!(std::io::stderr(), "\nStopping. A second signal ends it at once.");
            });
        });
        self.with(|running| {
            running.bar.take().iter().for_each(ProgressBar::finish_and_clear);
            (running.part, running.done, running.since) = (part, 0, Instant::now());
        });
    }

    fn goes_on(&self, more: u64) -> bool {
        self.with(|running| {
            running.done += more;
            // Before the first part there is nothing to tell of.
            if !running.part.what.is_empty() {
                self.tell(running);
            }
        });
        self.signal.load(Ordering::Relaxed) == 0
    }
}

/// Such as `lines checked: 50,000 of 100,000 (50%), 12,500 a second, 4 s left`.
fn words(Part { what, of, unit }: Part, done: u64, for_so_long: Duration) -> String {
    let (of, seconds) = (of.filter(|of| *of > 0), for_so_long.as_secs_f64());
    let rate = if seconds > 0.0 { done as f64 / seconds } else { 0.0 };
    if done == 0 {
        let all = of.map_or_else(String::new, |of| format!(" of {}", amount(of, unit)));
        return format!("{what}{all}, for {} so far", time(for_so_long));
    }
    let speed = format!("{} a second", amount(rate.round() as u64, unit));
    let Some(of) = of.filter(|of| *of >= done) else { return format!("{what}: {}, {speed}", amount(done, unit)) };
    let percent = done.saturating_mul(100) / of.max(1);
    let left = Duration::from_secs_f64(((of - done) as f64 / rate).min(1e9));
    format!("{what}: {} of {} ({percent}%), {speed}, {} left", amount(done, unit), amount(of, unit), time(left))
}

/// Such as `12,500`, or `1.4 MB`.
pub(super) fn amount(count: u64, unit: Unit) -> String {
    match (unit, count) {
        (Unit::Bytes, 0..1_000_000) => format!("{} kB", count.div_ceil(1_000)),
        (Unit::Bytes, 1_000_000..1_000_000_000) => format!("{:.1} MB", count as f64 / 1e6),
        (Unit::Bytes, _) => format!("{:.2} GB", count as f64 / 1e9),
        (Unit::Pieces, _) => {
            let digits = count.to_string();
            let groups: Vec<&str> =
                digits.as_bytes().rchunks(3).rev().filter_map(|group| str::from_utf8(group).ok()).collect();
            groups.join(",")
        }
    }
}

/// Such as `4 s`, `3 min` or `2 h 5 min`.
fn time(of: Duration) -> String {
    match of.as_secs() {
        seconds @ 0..100 => format!("{seconds} s"),
        seconds @ 100..5_400 => format!("{} min", seconds.div_ceil(60)),
        seconds => format!("{} h {} min", seconds / 3_600, seconds % 3_600 / 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_says_what_is_done_at_what_rate_and_how_long_still() {
        let in_ten = |part, done| words(part, done, Duration::from_secs(10));
        assert_eq!(
            in_ten(Part::of("lines checked", 1_000_000), 50_000),
            "lines checked: 50,000 of 1,000,000 (5%), 5,000 a second, 4 min left"
        );
        assert_eq!(
            in_ten(Part::bytes("database copied", Some(45_600_000)), 12_300_000),
            "database copied: 12.3 MB of 45.6 MB (26%), 1.2 MB a second, 27 s left"
        );
        assert_eq!(in_ten(Part::uncounted("rows encrypted"), 1_000), "rows encrypted: 1,000, 100 a second");
        assert_eq!(in_ten(Part::uncounted("pg_restore works"), 0), "pg_restore works, for 10 s so far");
        assert_eq!(in_ten(Part::of("events verified", 5), 6), "events verified: 6, 1 a second", "more came meanwhile");
        let slow = words(Part::of("cases", 100_u64), 1, Duration::from_secs(100));
        assert_eq!(slow, "cases: 1 of 100 (1%), 0 a second, 2 h 45 min left");
    }
}
