//! What reports count of one day: alike report facts summed, with all the times that they took.
//!
//! Cast: a [`CountedFact`] is what is counted of a report fact; a [`CountedDay`] is a day of them, `Sums` for each sort of alike ones, which
//! `bytes` writes down. From it follow the day's tallies; [`StepCount`] gathers the times of many days.
//!
//! Guarantees: nothing is rounded and nothing left out, so what is counted from days is what would be counted from their facts, also a
//! percentile. Days of the same facts are equal, and so are their bytes, in whatever order the facts came.

mod bytes;

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;

use super::cycle_times::{Percentiles, StepTimes};
use super::facts::FactKind;
use super::query::{Dimension, Query};
use super::tally::DayTally;
use crate::domain::case_types::codes::Queue;

/// What is counted of a report fact; its fields are those of a [`Fact`](super::facts::Fact).
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(missing_docs)] // as there
pub struct CountedFact {
    pub kind: FactKind,
    pub outlet: String,
    pub case_type: String,
    pub actor_id: String,
    pub workflow: Option<String>,
    pub place: Option<String>,
    pub queue: Option<Queue>,
    pub seconds: Option<i64>,
    pub working_days: Option<i64>,
    pub notices: Option<i64>,
    pub overlooked: Option<i64>,
    pub by_ready: Option<bool>,
    pub by_limit: Option<bool>,
    pub in_time: Option<bool>,
    pub provisional: Option<bool>,
}

/// A place among the words of a day.
type Word = usize;

/// What alike facts have in common; words by their places.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Sort {
    kind: FactKind,
    outlet: Word,
    case_type: Word,
    actor_id: Word,
    workflow: Option<Word>,
    place: Option<Word>,
    queue: Option<Queue>,
}

/// Alike facts together.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
struct Sums {
    count: i64,
    promised: i64,
    by_ready: i64,
    by_limit: i64,
    in_time: i64,
    provisional: i64,
    without_notice: i64,
    again: i64,
    overlooked: i64,
    /// The seconds of each, in order.
    seconds: Vec<i64>,
    /// How many took so many working days, in their order.
    working_days: Vec<(i64, i64)>,
}

/// A day of facts, or a day without any.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CountedDay {
    /// In order, each once.
    words: Vec<String>,
    sorts: Vec<(Sort, Sums)>,
}

impl CountedDay {
    /// The facts of a day.
    pub fn of(facts: &[CountedFact]) -> Self {
        let words: BTreeSet<&str> = facts
            .iter()
            .flat_map(|fact| {
                let named = [Some(&fact.outlet), Some(&fact.case_type), Some(&fact.actor_id)];
                named.into_iter().chain([fact.workflow.as_ref(), fact.place.as_ref()]).flatten().map(String::as_str)
            })
            .collect();
        let words: Vec<&str> = words.into_iter().collect();
        let word = |text: &String| words.binary_search(&text.as_str()).unwrap_or_default();
        let mut sorts: BTreeMap<Sort, Sums> = BTreeMap::new();
        for fact in facts {
            let sort = Sort {
                kind: fact.kind,
                outlet: word(&fact.outlet),
                case_type: word(&fact.case_type),
                actor_id: word(&fact.actor_id),
                workflow: fact.workflow.as_ref().map(word),
                place: fact.place.as_ref().map(word),
                queue: fact.queue,
            };
            sorts.entry(sort).or_default().add(fact);
        }
        let mut sorts: Vec<(Sort, Sums)> = sorts.into_iter().collect();
        for (_, sums) in &mut sorts {
            sums.seconds.sort_unstable();
        }
        Self { words: words.into_iter().map(str::to_owned).collect(), sorts }
    }

    /// Its facts of some kinds by group, as far as a query lets them through.
    pub fn tallies(&self, day: NaiveDate, query: &Query, of: Option<Dimension>, kinds: &[FactKind]) -> Vec<DayTally> {
        let mut found: BTreeMap<(Option<Word>, FactKind, Option<Word>), DayTally> = BTreeMap::new();
        for (sort, sums) in self.narrowed(query).filter(|(sort, _)| kinds.contains(&sort.kind)) {
            let group = of.map(|of| sort.group(of));
            let end = sort.place.filter(|_| sort.kind == FactKind::Closed);
            let tally = found.entry((group, sort.kind, end)).or_insert_with(|| DayTally {
                key: group.map_or("", |group| self.word(group)).to_owned(),
                end: end.map(|end| self.word(end).to_owned()),
                ..DayTally::none(day, sort.kind)
            });
            sums.add_to(tally);
        }
        found.into_values().collect()
    }

    /// What a query lets through.
    fn narrowed(&self, query: &Query) -> impl Iterator<Item = &(Sort, Sums)> {
        // A word that isn't there is that of no sort.
        let asked = |text: &Option<String>| {
            text.as_deref().map(|text| self.words.binary_search_by(|word| word.as_str().cmp(text)).ok())
        };
        let (outlet, case_type, person) = (asked(&query.outlet), asked(&query.case_type), asked(&query.person));
        let is = |asked: Option<Option<Word>>, word: Word| asked.is_none_or(|asked| asked == Some(word));
        self.sorts.iter().filter(move |(sort, _)| {
            is(outlet, sort.outlet) && is(case_type, sort.case_type) && is(person, sort.actor_id)
        })
    }

    fn word(&self, word: Word) -> &str {
        self.words.get(word).map_or("", String::as_str)
    }
}

impl Sort {
    fn group(&self, of: Dimension) -> Word {
        match of {
            Dimension::Outlet => self.outlet,
            Dimension::CaseType => self.case_type,
            Dimension::Person => self.actor_id,
        }
    }
}

impl Sums {
    fn add(&mut self, fact: &CountedFact) {
        self.count += 1;
        self.promised += i64::from(fact.by_ready.is_some());
        self.by_ready += i64::from(fact.by_ready == Some(true));
        self.by_limit += i64::from(fact.by_limit == Some(true));
        self.in_time += i64::from(fact.in_time == Some(true));
        self.provisional += i64::from(fact.provisional == Some(true));
        self.without_notice += i64::from(fact.notices == Some(0));
        self.again += i64::from(fact.notices.is_some_and(|notices| notices > 1));
        self.overlooked += i64::from(fact.overlooked.is_some_and(|rows| rows > 0));
        self.seconds.extend(fact.seconds);
        if let Some(days) = fact.working_days {
            match self.working_days.binary_search_by_key(&days, |(days, _)| *days) {
                Ok(at) => self.working_days[at].1 += 1,
                Err(at) => self.working_days.insert(at, (days, 1)),
            }
        }
    }

    fn add_to(&self, tally: &mut DayTally) {
        tally.count += self.count;
        tally.promised += self.promised;
        tally.by_ready += self.by_ready;
        tally.by_limit += self.by_limit;
        tally.in_time += self.in_time;
        tally.provisional += self.provisional;
        tally.without_notice += self.without_notice;
        tally.again += self.again;
        tally.overlooked += self.overlooked;
    }
}

/// What steps are told apart by: the kind, the group, and of a state that was left workflow, code and work list.
type StepKey = (FactKind, String, Option<String>, Option<String>, Option<Queue>);

/// How long the steps of many days took.
#[derive(Debug, Default)]
pub struct StepCount {
    steps: BTreeMap<StepKey, Times>,
}

#[derive(Debug, Default)]
struct Times {
    count: i64,
    seconds: Vec<i64>,
    working_days: BTreeMap<i64, i64>,
}

impl StepCount {
    /// The kinds of facts that say how long something took.
    pub const KINDS: [FactKind; 3] = [FactKind::Left, FactKind::Made, FactKind::Closed];

    /// Adds a day, as far as a query lets it through.
    pub fn add(&mut self, day: &CountedDay, query: &Query) {
        for (sort, sums) in day.narrowed(query).filter(|(sort, _)| Self::KINDS.contains(&sort.kind)) {
            let word = |word: Word| day.word(word).to_owned();
            let state = sort.place.filter(|_| sort.kind == FactKind::Left);
            let group = query.of.map(|of| word(sort.group(of))).unwrap_or_default();
            let key = (sort.kind, group, sort.workflow.map(word), state.map(word), sort.queue);
            let times = self.steps.entry(key).or_default();
            times.count += sums.count;
            times.seconds.extend_from_slice(&sums.seconds);
            for (days, count) in &sums.working_days {
                *times.working_days.entry(*days).or_default() += count;
            }
        }
    }

    /// The percentiles of all days, by nearest rank.
    pub fn times(self) -> Vec<StepTimes> {
        let times = |((kind, key, workflow, state, queue), mut times): (StepKey, Times)| {
            times.seconds.sort_unstable();
            StepTimes {
                kind,
                key,
                workflow,
                state,
                queue,
                count: times.count,
                seconds: percentiles(|percent| {
                    let rank = nearest_rank(times.seconds.len(), percent);
                    times.seconds.get(rank.saturating_sub(1)).copied()
                }),
                working_days: percentiles(|percent| of_counts(&times.working_days, percent)),
            }
        };
        self.steps.into_iter().map(times).collect()
    }
}

fn percentiles(of: impl Fn(usize) -> Option<i64>) -> Percentiles {
    let value = |percent| of(percent).unwrap_or_default();
    Percentiles { p50: value(50), p85: value(85), p95: value(95) }
}

/// The place, from 1, of the smallest value than which so many in a hundred are no greater.
fn nearest_rank(count: usize, percent: usize) -> usize {
    (count * percent).div_ceil(100)
}

fn of_counts(counts: &BTreeMap<i64, i64>, percent: usize) -> Option<i64> {
    let all = usize::try_from(counts.values().sum::<i64>()).unwrap_or_default();
    let rank = i64::try_from(nearest_rank(all, percent)).unwrap_or(i64::MAX);
    let mut so_far = 0;
    counts.iter().find_map(|(value, count)| {
        so_far += count;
        (so_far >= rank).then_some(*value)
    })
}
