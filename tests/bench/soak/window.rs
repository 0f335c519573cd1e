//! A few minutes of it, as a line of the table.

use std::time::Duration;

use crate::crew::{Asked, Done};

/// What was measured in a while.
pub(crate) struct Window {
    /// From the start to its end.
    pub(crate) until: Duration,
    pub(crate) done: Done,
    /// Of the server, in MB.
    pub(crate) memory: f64,
    /// Bytes of the write-ahead log.
    pub(crate) log: u64,
}

impl Window {
    pub(crate) const HEAD: &str = "| database | until minute | requests | changes p50 / p99 ms | a case | a list | the board | memory MB | WAL MB | descriptors |\n\
         | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |";

    /// Its cells, but for the first and the last.
    pub(crate) fn line(&self) -> String {
        let requests: usize = self.done.values().map(Vec::len).sum();
        let times = [Asked::Change, Asked::Case, Asked::List, Asked::Board].map(|asked| self.times(asked));
        format!(
            "{:.0} | {requests} | {} | {:.0} | {:.1}",
            self.until.as_secs_f64() / 60.0,
            times.join(" | "),
            self.memory,
            self.log as f64 / 1e6
        )
    }

    fn times(&self, asked: Asked) -> String {
        let sorted = self.done.get(&asked).map(Vec::as_slice).unwrap_or_default();
        let at = |percent: usize| {
            let index = (sorted.len() * percent).div_ceil(100).saturating_sub(1);
            sorted.get(index).map_or(f64::NAN, |time| time.as_secs_f64() * 1000.0)
        };
        format!("{:.1} / {:.1}", at(50), at(99))
    }
}
