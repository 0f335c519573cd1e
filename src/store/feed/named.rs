//! How cases and certificates were named when something happened to them.
//!
//! Guarantee: an event names the same whenever it is read. A case that moves later, or a serial that is corrected later, changes nothing of it.

use std::collections::HashMap;

use diesel::prelude::*;
use serde_json::Value;
use uuid::Uuid;

use super::OfCase;
use crate::domain::reports::facts::FactKind;
use crate::store::engine::connection::on_backend;
use crate::store::engine::error::StoreError;
use crate::store::engine::schema::{cases, events, report_facts};
use crate::store::engine::tx::{Tx, from_json, parse_uuid};

/// Kinds of certificates' events that say which serial one has from then on.
const SAYING_SERIALS: [&str; 2] = ["changed", "corrected"];

/// Cases, with where they were.
pub(super) struct Cases {
    now: HashMap<Uuid, OfCase>,
    /// Each move by the number of its event, with the outlet that it left; in their order.
    moves: HashMap<Uuid, Vec<(i64, String)>>,
}

/// Certificates, with the serials that they had.
pub(super) struct Serials(HashMap<Uuid, Vec<(i64, String)>>);

impl Cases {
    /// Those with some ids.
    pub(super) fn of(tx: &mut Tx<'_>, ids: &[String]) -> Result<Self, StoreError> {
        // First where they are: of one that moves meanwhile the moves then say where it was.
        let now = present(tx, ids)?;
        Ok(Self { now, moves: moves(tx, ids)? })
    }

    /// A case as an event left it.
    pub(super) fn after(&self, id: Uuid, number: i64) -> Option<OfCase> {
        let mut case = self.now.get(&id)?.clone();
        let next = self.moves.get(&id).and_then(|moves| moves.iter().find(|(moved, _)| *moved > number));
        if let Some((_, left)) = next {
            case.outlet.clone_from(left);
        }
        Some(case)
    }
}

impl Serials {
    /// Those of certificates with some ids, also of those that have left the register.
    pub(super) fn of(tx: &mut Tx<'_>, ids: &[String]) -> Result<Self, StoreError> {
        let rows: Vec<(String, i64, String)> = on_backend!(tx, |connection| {
            events::table
                .filter(events::subject_kind.eq("certificate").and(events::subject_id.eq_any(ids)))
                .filter(events::sequence.eq(1).or(events::kind.eq_any(SAYING_SERIALS)))
                .order(events::sequence)
                .select((events::subject_id, events::sequence, events::data))
                .load(connection)
        })?;
        let mut serials: HashMap<Uuid, Vec<(i64, String)>> = HashMap::new();
        for (id, sequence, data) in rows {
            let said: Value = from_json(&data)?;
            let [entered, changed] = ["certificate", "after"].map(|member| &said[member]["serial"]);
            let serial = entered.as_str().or_else(|| changed.as_str()).map(str::to_owned);
            serials.entry(parse_uuid(&id)?).or_default().extend(serial.map(|serial| (sequence, serial)));
        }
        Ok(Self(serials))
    }

    /// That of a certificate as one of its events left it.
    pub(super) fn after(&self, id: Uuid, sequence: i64) -> Option<String> {
        let said = self.0.get(&id)?.iter().rev().find(|(said, _)| *said <= sequence);
        said.map(|(_, serial)| serial.clone())
    }
}

fn present(tx: &mut Tx<'_>, ids: &[String]) -> Result<HashMap<Uuid, OfCase>, StoreError> {
    let rows: Vec<(String, String, String, String, Option<String>)> = on_backend!(tx, |connection| {
        cases::table
            .filter(cases::id.eq_any(ids))
            .select((cases::id, cases::acceptance_number, cases::case_type, cases::outlet, cases::client_id))
            .load(connection)
    })?;
    let named = |(id, acceptance_number, case_type, outlet, client_id): (String, _, _, _, _)| {
        let id = parse_uuid(&id)?;
        Ok((id, OfCase { id, acceptance_number, case_type, outlet, client_id }))
    };
    rows.into_iter().map(named).collect()
}

fn moves(tx: &mut Tx<'_>, ids: &[String]) -> Result<HashMap<Uuid, Vec<(i64, String)>>, StoreError> {
    let facts: Vec<(String, i64, Option<String>)> = on_backend!(tx, |connection| {
        report_facts::table
            .filter(report_facts::case_id.eq_any(ids))
            .filter(report_facts::queue.is_not_null())
            .filter(report_facts::kind.eq(FactKind::Moved.code()))
            .select((report_facts::case_id, report_facts::sequence, report_facts::place))
            .load(connection)
    })?;
    let mut moves: HashMap<Uuid, Vec<(i64, String)>> = HashMap::new();
    if facts.is_empty() {
        return Ok(moves);
    }
    let (moved, sequences): (Vec<&String>, Vec<i64>) = facts.iter().map(|(id, sequence, _)| (id, *sequence)).unzip();
    let numbers: Vec<(String, i64, i64)> = on_backend!(tx, |connection| {
        events::table
            .filter(events::subject_kind.eq("case").and(events::subject_id.eq_any(moved)))
            .filter(events::sequence.eq_any(sequences))
            .select((events::subject_id, events::sequence, events::number))
            .load(connection)
    })?;
    let numbers: HashMap<_, _> = numbers.into_iter().map(|(id, sequence, number)| ((id, sequence), number)).collect();
    for (id, sequence, left) in facts {
        let case = parse_uuid(&id)?;
        if let (Some(number), Some(left)) = (numbers.get(&(id, sequence)), left) {
            moves.entry(case).or_default().push((*number, left));
        }
    }
    moves.values_mut().for_each(|moves| moves.sort_unstable());
    Ok(moves)
}
