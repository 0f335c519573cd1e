//! The machine: what it is, how fast its disk syncs, and how much of its processors a process used.

use std::fs;
use std::io::Write;
use std::path::Path;
use std::time::{Duration, Instant};

/// Processor time is counted in hundredths of a second on every Linux (`USER_HZ`), whatever the kernel's own clock.
const TICKS_A_SECOND: u64 = 100;

/// Processor time that a process has used so far, in all its threads; zero where `/proc` isn't there.
pub(crate) fn cpu_of(process: u32) -> Duration {
    stat(&process.to_string()).map_or(Duration::ZERO, |stat| ticks(stat.own))
}

/// Bytes of memory that a process has now; zero where `/proc` isn't there.
#[allow(dead_code)] // the throughput doesn't ask
pub(crate) fn resident(process: u32) -> f64 {
    let status = fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    line.and_then(|line| line.trim().trim_end_matches(" kB").parse::<f64>().ok()).unwrap_or_default() * 1024.0
}

/// How many files and connections a process has open; none where `/proc` isn't there.
#[allow(dead_code)]
pub(crate) fn descriptors(process: u32) -> usize {
    fs::read_dir(format!("/proc/{process}/fd")).map_or(0, Iterator::count)
}

/// Processor time of this program.
pub(crate) fn cpu_of_self() -> Duration {
    cpu_of(std::process::id())
}

/// Processor time of a process, of its children, and of those of its children that have ended.
pub(crate) fn cpu_of_family(process: u32) -> Duration {
    let Some(parent) = stat(&process.to_string()) else { return Duration::ZERO };
    let names = fs::read_dir("/proc").into_iter().flatten().flatten().map(|entry| entry.file_name());
    let children = names.filter_map(|name| stat(name.to_str()?)).filter(|stat| stat.parent == process);
    ticks(parent.own + parent.ended_children + children.map(|child| child.own).sum::<u64>())
}

struct Stat {
    parent: u32,
    own: u64,
    ended_children: u64,
}

/// `/proc/PID/stat`; the second field is a name in brackets, which may hold blanks and brackets itself.
fn stat(process: &str) -> Option<Stat> {
    process.parse::<u32>().ok()?;
    let text = fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    let fields: Vec<&str> = text.rsplit_once(')')?.1.split_whitespace().collect();
    // Counted from the third field of proc(5): 4 ppid, 14 utime, 15 stime, 16 cutime, 17 cstime.
    let field = |number: usize| fields.get(number - 3)?.parse::<u64>().ok();
    Some(Stat {
        parent: u32::try_from(field(4)?).ok()?,
        own: field(14)? + field(15)?,
        ended_children: field(16)? + field(17)?,
    })
}

fn ticks(number: u64) -> Duration {
    Duration::from_millis(number * 1000 / TICKS_A_SECOND)
}

/// The machine in a few lines.
pub(crate) fn describe(directory: &Path) -> String {
    let line = |file: &str, key: &str| {
        let text = fs::read_to_string(file).unwrap_or_default();
        let found = text.lines().find_map(|line| line.strip_prefix(key)?.split_once(':'));
        found.map_or_else(|| "unknown".to_owned(), |(_, value)| value.trim().to_owned())
    };
    let processors = std::thread::available_parallelism().map_or(0, std::num::NonZero::get);
    let (median, slow) = syncs(directory);
    format!(
        "- processors: {processors} × {}\n- memory: {}\n- kernel: {}\n- data in {}; a write of 4 KiB with its sync takes \
         {} µs (median), {} µs (99th of a hundred)",
        line("/proc/cpuinfo", "model name"),
        line("/proc/meminfo", "MemTotal"),
        fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default().trim(),
        directory.display(),
        median.as_micros(),
        slow.as_micros(),
    )
}

/// How long the disk takes to make a small write safe: the median and the 99th of a hundred.
fn syncs(directory: &Path) -> (Duration, Duration) {
    let mut file = tempfile::tempfile_in(directory).unwrap();
    let mut times: Vec<Duration> = (0..200)
        .map(|_| {
            let started = Instant::now();
            file.write_all(&[7; 4096]).unwrap();
            file.sync_data().unwrap();
            started.elapsed()
        })
        .collect();
    times.sort_unstable();
    (times[100], times[198])
}
