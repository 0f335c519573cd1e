//! Everybody who works: a portal that opens cases, clerks who check papers, and people who read cases, lists and the board.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use crate::http::Connection;
use crate::requests::{application, check_all};
use crate::server::Server;

/// What somebody asks for, in the order of the table's columns.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Asked {
    /// To open a case, or to check all of its papers.
    Change,
    /// A case.
    Case,
    /// A page of a list.
    List,
    /// The board.
    Board,
}

/// How long each answer took.
pub(crate) type Done = BTreeMap<Asked, Vec<Duration>>;

/// Everybody.
pub(crate) struct Crew<'a> {
    server: &'a Server,
    breath: Duration,
    numbers: Vec<u32>,
    organizations: Arc<AtomicU32>,
}

impl<'a> Crew<'a> {
    /// So many of them.
    pub(crate) fn of(server: &'a Server, size: usize, breath: Duration) -> Self {
        let numbers = (0..u32::try_from(size).unwrap()).collect();
        Self { server, breath, numbers, organizations: Arc::new(AtomicU32::new(1)) }
    }

    /// Lets them work for a while; nobody's session is older than that.
    pub(crate) fn work(&mut self, time: Duration) -> Done {
        let until = Instant::now() + time;
        let tokens = [self.server.system(), self.server.session("clerk"), self.server.session("supervisor")];
        let one = |number: &u32| Worker::new(self, &tokens, *number).work(until, self.breath);
        let done: Vec<Done> = std::thread::scope(|scope| {
            let threads: Vec<_> = self.numbers.iter().map(|number| scope.spawn(move || one(number))).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        let mut all = Done::new();
        for (asked, times) in done.into_iter().flatten() {
            all.entry(asked).or_default().extend(times);
        }
        all.values_mut().for_each(|times| times.sort_unstable());
        all
    }
}

/// One of them, with a connection for each of the three roles.
struct Worker {
    portal: Connection,
    clerk: Connection,
    supervisor: Connection,
    organizations: Arc<AtomicU32>,
    /// The case that was opened last.
    case: String,
    number: u32,
}

impl Worker {
    fn new(crew: &Crew<'_>, tokens: &[String; 3], number: u32) -> Self {
        let [portal, clerk, supervisor] =
            tokens.each_ref().map(|token| Connection::open(&crew.server.address, Some(token)));
        let organizations = crew.organizations.clone();
        Self { portal, clerk, supervisor, organizations, case: String::new(), number }
    }

    /// A case is opened and checked, then read by several; lists and the board are looked at in between.
    fn work(mut self, until: Instant, breath: Duration) -> Done {
        let mut done = Done::new();
        for step in self.number.. {
            if Instant::now() >= until {
                break;
            }
            let asked = match step % 16 {
                _ if self.case.is_empty() => Asked::Change,
                0 | 8 => Asked::Change,
                1 | 5 | 9 => Asked::List,
                2 => Asked::Board,
                _ => Asked::Case,
            };
            let started = Instant::now();
            self.ask(asked, step);
            done.entry(asked).or_default().push(started.elapsed());
            std::thread::sleep(breath);
        }
        done
    }

    fn ask(&mut self, asked: Asked, step: u32) {
        let (connection, path) = match asked {
            Asked::Change if step % 16 == 8 && !self.case.is_empty() => {
                return drop(check_all(&mut self.clerk, std::mem::take(&mut self.case)));
            }
            Asked::Change => {
                let number = self.organizations.fetch_add(1, Ordering::Relaxed);
                let headers = "Content-Type: application/json\r\n";
                let answer = self.portal.send("POST", "/api/v1/cases", headers, &application(number));
                assert_eq!(answer.status, 201, "{}", answer.text());
                self.case = answer.header("location").unwrap().rsplit('/').next().unwrap().to_owned();
                return;
            }
            Asked::Case => (&mut self.clerk, format!("/api/v1/cases/{}", self.case)),
            Asked::List if step % 16 == 5 => (&mut self.supervisor, "/api/v1/worklists".to_owned()),
            Asked::List => (&mut self.supervisor, "/api/v1/cases?limit=50".to_owned()),
            Asked::Board => (&mut self.supervisor, "/api/v1/board".to_owned()),
        };
        let answer = connection.send("GET", &path, "", "");
        assert_eq!(answer.status, 200, "{path}: {}", answer.text());
    }
}
