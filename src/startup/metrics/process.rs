//! What is told of the process, under the names that Prometheus's own libraries use. Where there is no `/proc`, nothing is.

use std::fs;

use super::values::{Family, counter, gauge, one};

/// In so many parts of a second Linux tells processor time, whatever the kernel counts in.
const TICKS: f64 = 100.0;

pub(super) fn values() -> Vec<Family> {
    let stat = fs::read_to_string("/proc/self/stat").ok();
    // Behind the program's name, which may have blanks: the third field comes first.
    let field = |number: usize| -> Option<f64> {
        stat.as_deref()?.rsplit_once(')')?.1.split_ascii_whitespace().nth(number - 3)?.parse().ok()
    };
    let cpu = field(14).zip(field(15)).map(|(user, system)| (user + system) / TICKS);
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let resident = status.lines().find_map(|line| line.strip_prefix("VmRSS:")?.split_whitespace().next()?.parse().ok());
    let limits = fs::read_to_string("/proc/self/limits").unwrap_or_default();
    let most =
        limits.lines().find_map(|line| line.strip_prefix("Max open files")?.split_whitespace().next()?.parse().ok());
    let started = fs::read_to_string("/proc/stat").ok().and_then(|stat| {
        let booted: f64 = stat.lines().find_map(|line| line.strip_prefix("btime ")?.trim().parse().ok())?;
        Some(booted + field(22)? / TICKS)
    });
    let open = fs::read_dir("/proc/self/fd").map(|entries| entries.count() as f64).ok();
    vec![
        counter("process_cpu_seconds", "Total user and system CPU time spent in seconds", one(cpu)),
        gauge(
            "process_resident_memory_bytes",
            "Resident memory size in bytes",
            one(resident.map(|kib: f64| kib * 1024.0)),
        ),
        gauge("process_open_fds", "Number of open file descriptors", one(open)),
        gauge("process_max_fds", "Maximum number of open file descriptors", one(most)),
        gauge("process_start_time_seconds", "Start time of the process since unix epoch in seconds", one(started)),
    ]
}
