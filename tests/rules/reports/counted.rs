//! What is kept of a day says what its facts say, whatever they are.

use std::collections::BTreeMap;

use casehall::domain::case_types::codes::Queue;
use casehall::domain::reports::counted::{CountedDay, CountedFact, StepCount};
use casehall::domain::reports::cycle_times::Percentiles;
use casehall::domain::reports::facts::FactKind;
use casehall::domain::reports::query::{Dimension, Period, Query};
use casehall::domain::reports::tally::DayTally;
use chrono::NaiveDate;
use proptest::prelude::*;
use proptest::sample::select;

/// Few words of each, so that many facts are alike.
fn fact() -> impl Strategy<Value = CountedFact> {
    let word = |words: &[&'static str]| select(words.to_vec()).prop_map(str::to_owned);
    let perhaps = |words: &[&'static str]| prop::option::of(select(words.to_vec()).prop_map(str::to_owned));
    let whose = (word(&["center", "panyu"]), word(&["new", "renewal", "center"]), word(&["张三", "li", ""]));
    let what = (select(FactKind::ALL.to_vec()), prop::option::of(select(Queue::ALL.to_vec())));
    let place = (perhaps(&["check-then-make"]), perhaps(&["submitted", "withdrawn", "declined"]));
    let took = (prop::option::of(0_i64..400_000), prop::option::of(0_i64..20));
    let notices = (prop::option::of(0_i64..3), prop::option::of(0_i64..3));
    let flags = prop::option::of(any::<[bool; 4]>());
    (what, whose, place, took, notices, flags).prop_map(|(what, whose, place, took, notices, flags)| CountedFact {
        kind: what.0,
        outlet: whose.0,
        case_type: whose.1,
        actor_id: whose.2,
        workflow: place.0,
        place: place.1,
        queue: what.1,
        seconds: took.0,
        working_days: took.1,
        notices: notices.0,
        overlooked: notices.1,
        by_ready: flags.map(|flags| flags[0]),
        by_limit: flags.map(|flags| flags[1]),
        in_time: flags.map(|flags| flags[2]),
        provisional: flags.map(|flags| flags[3]),
    })
}

fn query() -> impl Strategy<Value = Query> {
    let perhaps = |words: &[&'static str]| prop::option::of(select(words.to_vec()).prop_map(str::to_owned));
    let of = prop::option::of(select(vec![Dimension::Outlet, Dimension::CaseType, Dimension::Person]));
    let narrowed = (perhaps(&["center", "nowhere"]), perhaps(&["new", "center"]), perhaps(&["张三", "li"]));
    (narrowed, of).prop_map(|((outlet, case_type, person), of)| {
        let day = NaiveDate::default();
        Query { period: Period { from: day, to: day }, outlet, case_type, person, window: None, unit: None, of }
    })
}

fn is_asked_for(query: &Query, fact: &CountedFact) -> bool {
    let is = |asked: &Option<String>, is: &String| asked.as_ref().is_none_or(|asked| asked == is);
    is(&query.outlet, &fact.outlet) && is(&query.case_type, &fact.case_type) && is(&query.person, &fact.actor_id)
}

fn group(query: &Query, fact: &CountedFact) -> String {
    let group = match query.of {
        None => "",
        Some(Dimension::Outlet) => &fact.outlet,
        Some(Dimension::CaseType) => &fact.case_type,
        Some(Dimension::Person) => &fact.actor_id,
    };
    group.to_owned()
}

/// One fact after the other, as a patient clerk would count.
fn tallied(facts: &[CountedFact], query: &Query, kinds: &[FactKind]) -> Vec<DayTally> {
    let mut found: BTreeMap<(String, FactKind, Option<String>), DayTally> = BTreeMap::new();
    for fact in facts.iter().filter(|fact| kinds.contains(&fact.kind) && is_asked_for(query, fact)) {
        let end = fact.place.clone().filter(|_| fact.kind == FactKind::Closed);
        let tally = found.entry((group(query, fact), fact.kind, end.clone())).or_insert_with(|| DayTally {
            key: group(query, fact),
            end,
            ..DayTally::none(NaiveDate::default(), fact.kind)
        });
        let one = i64::from;
        tally.count += 1;
        tally.promised += one(fact.by_ready.is_some());
        tally.by_ready += one(fact.by_ready == Some(true));
        tally.by_limit += one(fact.by_limit == Some(true));
        tally.in_time += one(fact.in_time == Some(true));
        tally.provisional += one(fact.provisional == Some(true));
        tally.without_notice += one(fact.notices == Some(0));
        tally.again += one(fact.notices > Some(1));
        tally.overlooked += one(fact.overlooked > Some(0));
    }
    found.into_values().collect()
}

/// The smallest value than which at least so many in a hundred are no greater.
fn percentiles(values: &[i64]) -> Percentiles {
    let of = |percent: usize| {
        let is_enough =
            |value: &i64| values.iter().filter(|other| *other <= value).count() * 100 >= values.len() * percent;
        values.iter().copied().filter(is_enough).min().unwrap_or_default()
    };
    Percentiles { p50: of(50), p85: of(85), p95: of(95) }
}

proptest! {
    #[test]
    fn what_is_kept_of_a_day_is_what_its_facts_say(
        facts in prop::collection::vec(fact(), 0..60), query in query(), kinds in prop::sample::subsequence(FactKind::ALL.to_vec(), 0..9)
    ) {
        let counted = CountedDay::of(&facts);
        let bytes = counted.to_bytes();
        prop_assert_eq!(CountedDay::from_bytes(&bytes), Some(counted.clone()));
        let mut turned = facts.clone();
        turned.reverse();
        prop_assert_eq!(CountedDay::of(&turned).to_bytes(), bytes.clone(), "in whatever order they came");
        prop_assert_eq!(CountedDay::from_bytes(&bytes[..bytes.len() - 1]), None);
        let found = counted.tallies(NaiveDate::default(), &query, query.of, &kinds);
        prop_assert_eq!(found, tallied(&facts, &query, &kinds));
    }

    #[test]
    fn the_percentiles_of_many_days_are_those_of_all_their_facts(
        days in prop::collection::vec(prop::collection::vec(fact(), 0..40), 1..6), query in query()
    ) {
        let mut count = StepCount::default();
        for facts in &days {
            count.add(&CountedDay::of(facts), &query);
        }
        let is_counted = |fact: &&CountedFact| StepCount::KINDS.contains(&fact.kind) && is_asked_for(&query, fact);
        let mut expected: BTreeMap<_, Vec<&CountedFact>> = BTreeMap::new();
        for fact in days.iter().flatten().filter(is_counted) {
            let state = fact.place.clone().filter(|_| fact.kind == FactKind::Left);
            let key = (fact.kind, group(&query, fact), fact.workflow.clone(), state, fact.queue);
            expected.entry(key).or_default().push(fact);
        }
        let found = count.times();
        prop_assert_eq!(found.len(), expected.len());
        for (times, (key, facts)) in found.iter().zip(expected) {
            let of = |value: fn(&CountedFact) -> Option<i64>| {
                percentiles(&facts.iter().filter_map(|fact| value(fact)).collect::<Vec<_>>())
            };
            let (kind, group, workflow, state, queue) = key;
            prop_assert_eq!((times.kind, &times.key, times.queue), (kind, &group, queue));
            prop_assert_eq!((&times.workflow, &times.state), (&workflow, &state));
            prop_assert_eq!(times.count, facts.len() as i64);
            prop_assert_eq!(times.seconds, of(|fact| fact.seconds));
            prop_assert_eq!(times.working_days, of(|fact| fact.working_days));
        }
    }

    /// Whatever stands there, it is a day or none.
    #[test]
    fn bytes_that_are_no_day_are_none(mut bytes in prop::collection::vec(any::<u8>(), 0..80)) {
        let _ = CountedDay::from_bytes(&bytes);
        bytes.insert(0, 1);
        let _ = CountedDay::from_bytes(&bytes);
        bytes[0] = 2;
        prop_assert_eq!(CountedDay::from_bytes(&bytes), None);
    }
}
