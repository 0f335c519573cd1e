//! What somebody asks of the audit trail: a part of it, and where a page goes on.

use std::net::IpAddr;

use chrono::{DateTime, NaiveDate};

use super::audit::{AuditCursor, AuditFilter};
use crate::domain::accounts::audit::AuditKind;
use crate::domain::base::form::Form;
use crate::domain::base::words::{Fault, Words};
use crate::domain::calendar::span::Span;
use crate::domain::hall::Hall;

/// The most characters of an id that is asked for.
const LONGEST_ID: usize = 64;

/// Which part of the trail; all that is given must hold.
#[derive(Debug, Clone, Default)]
pub struct AuditAsked {
    /// Only entries of one of these kinds, by their codes.
    pub kinds: Vec<String>,
    /// Only by these accounts or systems, by their ids.
    pub actors: Vec<String>,
    /// Only about these, by their ids.
    pub subjects: Vec<String>,
    /// Only from this address.
    pub address: Option<String>,
    /// Only of this day of the hall's zone or later.
    pub from: Option<NaiveDate>,
    /// Only of this day or earlier.
    pub to: Option<NaiveDate>,
}

impl AuditAsked {
    /// The same as the trail is read by.
    ///
    /// # Errors
    /// Every fault: an unknown kind, an id that is none, what is no IP address, days in the wrong order.
    pub fn filter(self, hall: &Hall) -> Result<AuditFilter, Vec<Fault>> {
        let Self { kinds, actors, subjects, address, from, to } = self;
        let mut form = Form::default();
        let mut known = |(at, kind): (usize, &String)| form.known(&format!("/kind/{at}"), kind, AuditKind::CODES);
        let kinds: Vec<String> = kinds.iter().enumerate().filter_map(&mut known).collect();
        form.days("/to", from, to);
        let mut ids = |at, texts: Vec<String>| -> Vec<String> {
            texts.iter().filter_map(|text| form.line(at, text, LONGEST_ID)).collect()
        };
        let (actors, subjects) = (ids("/actor", actors), ids("/subject", subjects));
        let address = address.map(|text| text.parse::<IpAddr>()).transpose().unwrap_or_else(|_| {
            form.fault("/address", "invalid_value", "不是IP地址", "is no IP address");
            None
        });
        let filter = AuditFilter {
            kinds: kinds.iter().filter_map(|kind| AuditKind::from_code(kind)).collect(),
            actors,
            subjects,
            address: address.map(|address| address.to_canonical().to_string()),
            at: Span::of_days(&hall.hours, from, to),
        };
        form.finish(Some(filter))
    }
}

impl AuditCursor {
    /// As a page's `next` has it: microseconds and number.
    pub fn text(self) -> String {
        format!("{}.{}", self.at.timestamp_micros(), self.number)
    }

    /// The cursor that `after` has.
    ///
    /// # Errors
    /// It isn't the `next` of a page.
    pub fn parse(after: Option<&str>) -> Result<Option<Self>, Fault> {
        let parsed = |text: &str| {
            let (micros, number) = text.split_once('.')?;
            let at = DateTime::from_timestamp_micros(micros.parse().ok()?)?;
            let cursor = Self { at, number: number.parse().ok()? };
            // Another spelling no page has, and other years no database orders by.
            let is_ours = cursor.text() == text && (0..=253_402_300_799).contains(&at.timestamp());
            is_ours.then_some(cursor)
        };
        let words = || Words::new("须为上一页的 next", "must be `next` of the page before");
        after.map(|text| parsed(text).ok_or_else(|| Fault::new("/after", "invalid_value", words()))).transpose()
    }
}
