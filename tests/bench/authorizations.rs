//! May this certificate log in? One at a time and a thousand at once, over HTTP and as bare SQL.
//!
//! Cast: [`register`] imports certificates with the program's own command; [`Asking`] asks over HTTP; [`LimitAsking`] reads
//! the same rows by the same statements, from the same database.

use std::fmt::Write;
use std::path::Path;
use std::sync::Arc;

use diesel::prelude::*;
use diesel::{PgConnection, SqliteConnection};

use crate::http::Connection;
use crate::load::Worker;
use crate::requests::unified_code;
use crate::schema::certificates;
use crate::server::{Server, import};

/// Certificates in the register.
const CERTIFICATES: u32 = 20_000;
/// Asked about at once.
const MANY: usize = 1_000;

/// Imports certificates into a database; answers their serials.
pub(crate) fn register(database: &str, directory: &Path) -> Arc<Vec<String>> {
    let mut table = String::from(
        "serial,medium_number,organization_name,unified_social_credit_code,valid_from,valid_until,applications,e_seal\n",
    );
    let serials: Vec<String> = (0..CERTIFICATES).map(|number| format!("OLD-{number:06}")).collect();
    for (number, serial) in (0..CERTIFICATES).zip(&serials) {
        let code = unified_code(50_000_000 + number);
        writeln!(
            table,
            "{serial},KEY-{number:06},广州市第{number}老证咨询有限公司,{code},2025-01-01,2034-12-31,urban-construction,是"
        )
        .unwrap();
    }
    let file = directory.join("register.csv");
    std::fs::write(&file, table).unwrap();
    import(database, directory, "register.csv");
    Arc::new(serials)
}

/// Asks over HTTP.
pub(crate) struct Asking {
    connection: Connection,
    serials: Arc<Vec<String>>,
    many: bool,
    next: usize,
    body: String,
}

impl Asking {
    /// A worker for each connection, each starting elsewhere.
    pub(crate) fn workers(server: &Server, number: usize, serials: &Arc<Vec<String>>, many: bool) -> Vec<Self> {
        let worker = |index: usize| Self {
            connection: Connection::open(&server.address, Some(&server.clerk_token)),
            serials: serials.clone(),
            many,
            next: index * 977,
            body: String::new(),
        };
        (0..number).map(worker).collect()
    }
}

impl Worker for Asking {
    fn step(&mut self) -> usize {
        if !self.many {
            self.next += 7;
            let serial = &self.serials[self.next % self.serials.len()];
            let path = format!("/api/v1/certificates/{serial}/authorizations/urban-construction");
            let answer = self.connection.send("GET", &path, "", "");
            assert_eq!(answer.status, 200, "{}", answer.text());
            return 1;
        }
        self.body.clear();
        self.body.push_str(r#"{"application":"urban-construction","certificates":["#);
        for index in 0..MANY {
            self.next += 7;
            let (serial, comma) = (&self.serials[self.next % self.serials.len()], if index == 0 { "" } else { "," });
            write!(self.body, r#"{comma}{{"serial":"{serial}"}}"#).unwrap();
        }
        self.body.push_str("]}");
        let json = "Content-Type: application/json\r\n";
        let answer = self.connection.send("POST", "/api/v1/authorizations/query", json, &self.body);
        assert_eq!(answer.status, 200, "{}", answer.text());
        MANY
    }
}

/// The bare statements on a connection.
pub(crate) trait Questions: Send {
    /// Reads a certificate with its services.
    fn one(&mut self, serial: &str);
    /// Reads many with theirs, in one statement.
    fn many(&mut self, serials: &[&str]);
}

macro_rules! questions {
    ($connection:ty) => {
        impl Questions for $connection {
            fn one(&mut self, serial: &str) {
                use certificates as c;
                let document: String = c::table.filter(c::serial.eq(serial)).select(c::document).first(self).unwrap();
                assert!(document.contains(serial));
            }

            fn many(&mut self, serials: &[&str]) {
                use certificates as c;
                let documents: Vec<String> =
                    c::table.filter(c::serial.eq_any(serials)).select(c::document).load(self).unwrap();
                assert_eq!(documents.len(), serials.len());
            }
        }
    };
}

questions!(SqliteConnection);
questions!(PgConnection);

/// Reads what an answer is made of, and answers nothing.
pub(crate) struct LimitAsking<C> {
    connection: C,
    serials: Arc<Vec<String>>,
    many: bool,
    next: usize,
}

impl<C: Questions> LimitAsking<C> {
    /// A worker on a connection.
    pub(crate) fn new(connection: C, index: usize, serials: &Arc<Vec<String>>, many: bool) -> Self {
        Self { connection, serials: serials.clone(), many, next: index * 977 }
    }
}

impl<C: Questions> Worker for LimitAsking<C> {
    fn step(&mut self) -> usize {
        let count = if self.many { MANY } else { 1 };
        let from = self.next;
        self.next += 7 * count;
        let serials = (1..=count).map(|index| self.serials[(from + 7 * index) % self.serials.len()].as_str());
        let serials: Vec<&str> = serials.collect();
        if self.many {
            self.connection.many(&serials)
        } else {
            self.connection.one(serials[0])
        }
        count
    }
}
