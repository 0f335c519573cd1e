//! The figures as tables, and how they are made of several rounds: rates, times and ratios are medians; a ratio is taken
//! within a round, of two goes right after one another, because other things that a machine does come and go.

use std::collections::BTreeMap;
use std::fmt::Write;

use crate::load::Sample;

/// Which database.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Database {
    /// A file.
    Sqlite,
    /// A server on this machine.
    Postgres,
}

impl Database {
    fn name(self) -> &'static str {
        match self {
            Self::Sqlite => "SQLite",
            Self::Postgres => "PostgreSQL",
        }
    }
}

/// What does it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Subject {
    /// The bare statements.
    Limit,
    /// The service as it is delivered.
    Service,
    /// The service with one write a commit.
    Ungrouped,
}

/// What is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Operation {
    /// A case is opened.
    Open,
    /// A sheet is checked.
    Check,
    /// A case is read.
    Read,
    /// The empty handler answers.
    Empty,
    /// May this certificate log in?
    Ask,
    /// May these thousand? Each counts.
    AskMany,
}

impl Operation {
    fn name(self) -> &'static str {
        match self {
            Self::Open => "open a case",
            Self::Check => "check a sheet",
            Self::Read => "read a case",
            Self::Empty => "empty handler",
            Self::Ask => "may it log in, one",
            Self::AskMany => "may it log in, each of 1,000",
        }
    }
}

/// What was measured, of what, with how many connections.
pub(crate) type Key = (Database, Operation, usize, Subject);

/// All samples, a round after the other.
#[derive(Default)]
pub(crate) struct Report(BTreeMap<Key, Vec<Sample>>);

impl Report {
    /// Adds a sample of the current round.
    pub(crate) fn add(&mut self, key: Key, sample: Sample) {
        self.0.entry(key).or_default().push(sample);
    }

    /// The four tables in Markdown.
    pub(crate) fn tables(&self) -> String {
        let mut text = String::new();
        self.writing(&mut text);
        self.reading(&mut text);
        self.asking(&mut text);
        self.grouping(&mut text);
        text
    }

    /// What the service alone did: how long its slowest answers took, and what memory it had then.
    pub(crate) fn tails(&self) -> String {
        let mut text = String::new();
        table(
            &mut text,
            "Tails: the service alone, and the memory that it has afterwards",
            "database | operation | connections | each second | CPU | p50 ms | p99 ms | p99.9 ms | memory MB",
        );
        let operations = [Operation::Open, Operation::Check, Operation::Read, Operation::Ask];
        for (database, operation, connections) in self.rows(Subject::Service, &operations) {
            let key = (database, operation, connections, Subject::Service);
            let latency = |share: f64| self.median(key, move |sample: &Sample| sample.latency(share), 1);
            let cells = [
                self.median(key, Sample::rate, 0),
                self.cpu(key),
                latency(0.5),
                latency(0.99),
                latency(0.999),
                self.median(key, |sample| sample.memory, 0),
            ];
            self.row(&mut text, key, &cells);
        }
        text
    }

    fn writing(&self, text: &mut String) {
        table(
            text,
            "Writing: HTTP beside the same SQL without a service",
            "database | operation | connections | limit/s | HTTP/s | HTTP of limit (each round) | CPU limit | CPU HTTP | \
             p50 ms | p99 ms",
        );
        for (database, operation, connections) in self.rows(Subject::Service, &[Operation::Open, Operation::Check]) {
            let key = |subject| (database, operation, connections, subject);
            self.row(
                text,
                key(Subject::Service),
                &[
                    self.median(key(Subject::Limit), Sample::rate, 0),
                    self.median(key(Subject::Service), Sample::rate, 0),
                    self.ratio(key(Subject::Service), key(Subject::Limit)),
                    self.cpu(key(Subject::Limit)),
                    self.cpu(key(Subject::Service)),
                    self.median(key(Subject::Service), |sample| sample.latency(0.5), 1),
                    self.median(key(Subject::Service), |sample| sample.latency(0.99), 1),
                ],
            );
        }
    }

    fn reading(&self, text: &mut String) {
        table(
            text,
            "Reading: a case beside the empty handler of the same server",
            "database | operation | connections | empty/s | case/s | case of empty (each round) | CPU empty | CPU case | \
             p50 ms | p99 ms",
        );
        for (database, operation, connections) in self.rows(Subject::Service, &[Operation::Read]) {
            let key = |operation| (database, operation, connections, Subject::Service);
            self.row(
                text,
                (database, operation, connections, Subject::Service),
                &[
                    self.median(key(Operation::Empty), Sample::rate, 0),
                    self.median(key(Operation::Read), Sample::rate, 0),
                    self.ratio(key(Operation::Read), key(Operation::Empty)),
                    self.cpu(key(Operation::Empty)),
                    self.cpu(key(Operation::Read)),
                    self.median(key(Operation::Read), |sample| sample.latency(0.5), 1),
                    self.median(key(Operation::Read), |sample| sample.latency(0.99), 1),
                ],
            );
        }
    }

    fn asking(&self, text: &mut String) {
        table(
            text,
            "Answers: may a certificate log in, beside the same SQL without a service",
            "database | operation | connections | limit/s | HTTP/s | HTTP of limit (each round) | CPU limit | CPU HTTP | \
             p50 ms | p99 ms",
        );
        for (database, operation, connections) in self.rows(Subject::Service, &[Operation::Ask, Operation::AskMany]) {
            let key = |subject| (database, operation, connections, subject);
            self.row(
                text,
                key(Subject::Service),
                &[
                    self.median(key(Subject::Limit), Sample::rate, 0),
                    self.median(key(Subject::Service), Sample::rate, 0),
                    self.ratio(key(Subject::Service), key(Subject::Limit)),
                    self.cpu(key(Subject::Limit)),
                    self.cpu(key(Subject::Service)),
                    self.median(key(Subject::Service), |sample| sample.latency(0.5), 1),
                    self.median(key(Subject::Service), |sample| sample.latency(0.99), 1),
                ],
            );
        }
    }

    fn grouping(&self, text: &mut String) {
        table(
            text,
            "Group commit: writes that wait share a commit, beside one write a commit",
            "database | operation | connections | alone/s | shared/s | shared of alone (each round) | CPU alone | \
             CPU shared | p99 ms alone | p99 ms shared",
        );
        for (database, operation, connections) in self.rows(Subject::Ungrouped, &[Operation::Open, Operation::Check]) {
            let key = |subject| (database, operation, connections, subject);
            self.row(
                text,
                key(Subject::Ungrouped),
                &[
                    self.median(key(Subject::Ungrouped), Sample::rate, 0),
                    self.median(key(Subject::Service), Sample::rate, 0),
                    self.ratio(key(Subject::Service), key(Subject::Ungrouped)),
                    self.cpu(key(Subject::Ungrouped)),
                    self.cpu(key(Subject::Service)),
                    self.median(key(Subject::Ungrouped), |sample| sample.latency(0.99), 1),
                    self.median(key(Subject::Service), |sample| sample.latency(0.99), 1),
                ],
            );
        }
    }

    fn rows(&self, subject: Subject, operations: &[Operation]) -> Vec<(Database, Operation, usize)> {
        let wanted = |key: &&Key| key.3 == subject && operations.contains(&key.1);
        self.0.keys().filter(wanted).map(|key| (key.0, key.1, key.2)).collect()
    }

    fn row(&self, text: &mut String, (database, operation, connections, _): Key, cells: &[String]) {
        let (database, operation) = (database.name(), operation.name());
        writeln!(text, "| {database} | {operation} | {connections} | {} |", cells.join(" | ")).unwrap();
    }

    fn samples(&self, key: Key) -> &[Sample] {
        self.0.get(&key).map_or(&[], Vec::as_slice)
    }

    fn median(&self, key: Key, value: impl Fn(&Sample) -> f64, decimals: usize) -> String {
        format!("{:.decimals$}", median(self.samples(key).iter().map(value).collect()))
    }

    /// Processor time for each operation; of the program and, after a plus, of the database server.
    fn cpu(&self, key: Key) -> String {
        let own = self.median(key, Sample::cpu_each, 0);
        let database = self.median(key, Sample::database_cpu_each, 0);
        if key.0 == Database::Sqlite { format!("{own} µs") } else { format!("{own} + {database} µs") }
    }

    fn ratio(&self, part: Key, whole: Key) -> String {
        let rounds = self.samples(part).iter().zip(self.samples(whole));
        let ratios: Vec<f64> = rounds.map(|(part, whole)| part.rate() / whole.rate()).collect();
        let each: Vec<String> = ratios.iter().map(|ratio| format!("{ratio:.2}")).collect();
        format!("**{:.2}** ({})", median(ratios), each.join(", "))
    }
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_unstable_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}

fn table(text: &mut String, title: &str, columns: &str) {
    let rules = columns.split('|').map(|_| "---").collect::<Vec<_>>().join(" | ");
    writeln!(text, "\n### {title}\n\n| {columns} |\n| {rules} |").unwrap();
}
