//! A simulated year of a hall: every report equals an independent recount of the timelines, and what was reported of
//! days that were over says the same at the end of the year.

mod recount;
pub(crate) mod year;

use std::collections::BTreeMap;

use casehall::domain::accounts::actor::Actor;
use casehall::domain::accounts::role::Role;
use casehall::domain::calendar::working_days::Calendar;
use casehall::service::accounts::caller::Caller;
use casehall::service::cases::case::CaseKey;
use chrono::{DateTime, Datelike, Duration, NaiveDate, Utc};
use serde_json::{Value, json};

use crate::databases::TestDatabase;
use crate::hall::{CENTER, Hall, Person, TWO_OUTLETS};
use recount::{Asked, Fact, Life, between, grouped, local};
use year::Year;

#[tokio::test]
async fn the_reports_of_a_year_equal_its_timelines() {
    a_year(TestDatabase::sqlite(), "check-then-make", 450, 7).await;
}

#[tokio::test]
async fn the_reports_of_a_year_equal_its_timelines_with_make_then_check() {
    a_year(TestDatabase::sqlite(), "make-then-check", 300, 31).await;
}

#[tokio::test]
async fn so_they_are_on_postgresql() {
    a_year(TestDatabase::postgres(), "check-then-make", 200, 23).await;
}

/// The year begins so late that its last dates reach into one without a notice.
const FIRST: NaiveDate = NaiveDate::from_ymd_opt(2026, 1, 5).unwrap();

fn date(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn instant(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

async fn a_year(database: TestDatabase, workflow: &str, cases: usize, seed: u64) {
    let accounts = database.again();
    let hall = Hall::with(database, &[TWO_OUTLETS, ("WORKFLOWS__NEW_CERTIFICATE", workflow)]).await;
    for id in ["clerk-1", "clerk-2", "clerk-3", "producer-1", "producer-2", "supervisor", "auditor"] {
        accounts.tamper(&format!(
            "INSERT INTO users (id, username, display_name, password_hash, roles, outlet, active, created_at, updated_at)
             VALUES ('{id}', 'sim-{id}', '{id}', '', '[]', NULL, TRUE, '2026-01-01 00:00:00', '2026-01-01 00:00:00')"
        ));
    }
    let auditor = hall.person(&[Role::Auditor], None).await;
    let mut year = Year::new(&hall, FIRST, 355, cases, seed);

    year.play(instant("2026-07-01T03:00:00Z")).await;
    let closed_days = [
        "throughput?from=2026-01-05&to=2026-06-30&by=week",
        "throughput?from=2026-01-05&to=2026-06-30&by=month&by=person",
        "cycle_times?from=2026-01-05&to=2026-06-30",
        "quality?from=2026-01-05&to=2026-06-30",
        "defects?from=2026-01-05&to=2026-06-30",
        "ageing?to=2026-06-30",
        "ageing?to=2026-04-30&outlet=panyu",
        "ageing?to=2026-05-15&case_type=add-application",
    ];
    let mut before = Vec::new();
    for query in closed_days {
        before.push(report(&auditor, query).await["table"].clone());
    }
    count_days(&hall).await;
    for (query, before) in closed_days.iter().zip(&before) {
        assert_eq!(report(&auditor, query).await["table"], *before, "{query}: days that are summed say the same");
    }

    let end = instant("2026-12-31T03:00:00Z");
    year.play(end).await;
    hall.running.service.sweep().await.unwrap();
    for (query, before) in closed_days.iter().zip(before) {
        let now = report(&auditor, query).await;
        assert_eq!(now["open"], false, "{query}");
        assert_eq!(now["table"], before, "{query}: the same days say the same later");
    }

    let calendar = hall.running.service.calendar().calendar.clone();
    let mut lives = Vec::new();
    let everybody = Actor { id: "auditor".to_owned(), name: String::new(), roles: vec![Role::Auditor], outlet: None };
    let everybody = Caller::new(everybody, None);
    for id in year.cases.iter().flatten() {
        let (_, timeline) = hall.running.service.timeline(&everybody, CaseKey::Id(*id)).await.unwrap();
        lives.push(Life::of(&timeline, &calendar));
    }
    enough_happened(&lives);
    // Half of the days are summed, then all.
    hold_sums(&auditor, &lives).await;
    hold_cycle_times(&auditor, &lives).await;
    count_days(&hall).await;
    hold_sums(&auditor, &lives).await;
    hold_cycle_times(&auditor, &lives).await;
    hold_defects(&auditor, &lives).await;
    hold_ageing(&auditor, &lives, &calendar).await;
    hold_waiting(&auditor, &lives, &calendar, end).await;
    // And what is counted is what the events say, whoever asks.
    assert_eq!(hall.running.service.check_consistency().await.unwrap().faults, [""; 0]);
}

/// Sums every day that is over.
async fn count_days(hall: &Hall) {
    let mut counted = 0;
    loop {
        match hall.running.service.count_days().await.unwrap() {
            0 => break,
            days => counted += days,
        }
    }
    assert!(counted > 100, "{counted} days");
}

async fn report(person: &Person<'_>, query: &str) -> Value {
    person.get(&format!("/reports/{query}")).await.expect(200)
}

/// Rows by the values of some columns, without these and the names.
fn rows(report: &Value, key: &[&str]) -> BTreeMap<String, Value> {
    let mut found = BTreeMap::new();
    for row in report["table"]["rows"].as_array().unwrap() {
        let text = |code: &&str| row[*code].as_str().map_or_else(|| row[*code].to_string(), str::to_owned);
        let name = key.iter().map(text).collect::<Vec<_>>().join(" ");
        let mut row = row.as_object().unwrap().clone();
        row.retain(|code, _| !key.contains(&code.as_str()) && !["to", "name"].contains(&code.as_str()));
        assert!(found.insert(name.clone(), Value::Object(row)).is_none(), "{name} stands twice");
    }
    found
}

/// A recount that counts nothing isn't worth its name.
fn enough_happened(lives: &[Life]) {
    let of = |what: &str| lives.iter().flat_map(|life| &life.facts).filter(|fact| fact.what == what).count();
    for what in ["opened", "accepted", "notice", "made", "voided", "issued", "activated", "closed"] {
        assert!(of(what) >= 5, "{what} happened {} times", of(what));
    }
    let facts = || lives.iter().flat_map(|life| &life.facts);
    assert!(facts().any(|fact| fact.provisional) && facts().any(|fact| fact.by_limit && !fact.by_ready));
    assert!(facts().any(|fact| fact.in_time && !fact.by_limit) && facts().any(|fact| fact.promised && !fact.in_time));
    assert!(facts().any(|fact| fact.what == "notice" && fact.notices > 1));
    assert!(lives.iter().any(|life| !life.suspensions.is_empty()) && lives.iter().any(|life| life.stays.len() > 6));
}

/// The beginning of the part of a period that a day belongs to.
fn part(unit: &str, day: NaiveDate, asked: &Asked) -> NaiveDate {
    let first = match unit {
        "day" => day,
        "week" => day - Duration::days(i64::from(day.weekday().num_days_from_monday())),
        "month" => day.with_day(1).unwrap(),
        _ => asked.from,
    };
    first.max(asked.from)
}

async fn hold_sums(auditor: &Person<'_>, lives: &[Life]) {
    let asked = |from: &str, to: &str| Asked { from: date(from), to: date(to), ..Asked::default() };
    let whole = || asked("2026-01-05", "2026-12-31");
    let panyu = Asked { outlet: Some("panyu"), ..asked("2026-03-11", "2026-10-20") };
    let adding = Asked { case_type: Some("add-application"), ..whole() };
    let clerk = Asked { person: Some("clerk-2"), ..whole() };
    let producer = Asked { person: Some("producer-1"), case_type: Some("new-certificate"), ..panyu.clone() };
    for asked in [whole(), asked("2026-02-14", "2026-02-14"), panyu, adding, clerk, producer] {
        let facts = asked.facts(lives);
        let mut filter = format!("from={}&to={}", asked.from, asked.to);
        for (name, value) in [("outlet", asked.outlet), ("case_type", asked.case_type), ("person", asked.person)] {
            filter.extend(value.map(|value| format!("&{name}={value}")));
        }
        for unit in ["day", "week", "month", "period"] {
            for of in ["", "outlet", "case_type", "person"] {
                let by = if of.is_empty() { String::new() } else { format!("&by={of}") };
                let key = |fact: &Fact| {
                    let group = match of {
                        "outlet" => fact.outlet.clone(),
                        "case_type" => fact.case_type.clone(),
                        "person" => fact.person.clone(),
                        _ => String::new(),
                    };
                    (part(unit, fact.day, &asked), group)
                };
                let columns: &[&str] = if of.is_empty() { &["from"] } else { &["from", of] };
                type Count = fn(&[&Fact]) -> Value;
                for (name, count) in [("throughput", recount::throughput as Count), ("quality", recount::quality)] {
                    let found = rows(&report(auditor, &format!("{name}?{filter}&by={unit}{by}")).await, columns);
                    let mut expected: BTreeMap<String, Value> = BTreeMap::new();
                    if of.is_empty() {
                        let days = asked.from.iter_days().take_while(|day| *day <= asked.to);
                        expected.extend(days.map(|day| (part(unit, day, &asked).to_string(), count(&[]))));
                    }
                    let counted = |fact: &&&Fact| match name {
                        "quality" => ["accepted", "notice"].contains(&fact.what),
                        _ => fact.what != "left",
                    };
                    let facts: Vec<&Fact> = facts.iter().filter(counted).copied().collect();
                    for ((from, group), facts) in grouped(&facts, key) {
                        expected.insert(format!("{from} {group}").trim().to_owned(), count(&facts));
                    }
                    assert_eq!(found, expected, "{name}?{filter}&by={unit}{by}");
                }
            }
        }
        let mut found = rows(&report(auditor, &format!("people?{filter}")).await, &["person"]);
        for row in found.values_mut() {
            let row = row.as_object_mut().unwrap();
            assert_eq!(row.remove("assigned_open_now"), Some(json!(0)));
            assert_eq!(row.remove("assigned_overdue_now"), Some(json!(0)));
        }
        let facts: Vec<&Fact> = facts.into_iter().filter(|fact| fact.what != "left").collect();
        let expected = grouped(&facts, |fact| (asked.from, fact.person.clone()));
        let expected: BTreeMap<_, _> =
            expected.into_iter().map(|((_, person), facts)| (person, recount::person(&facts))).collect();
        assert_eq!(found, expected, "people?{filter}");
    }
}

async fn hold_cycle_times(auditor: &Person<'_>, lives: &[Life]) {
    let asked = Asked { from: date("2026-02-01"), to: date("2026-11-30"), ..Asked::default() };
    let name = |fact: &Fact| match fact.what {
        "left" => format!("{} {}", fact.workflow, fact.state),
        "made" => "null opened_to_made".to_owned(),
        _ => "null opened_to_ended".to_owned(),
    };
    let facts: Vec<&Fact> =
        asked.facts(lives).into_iter().filter(|fact| ["left", "made", "closed"].contains(&fact.what)).collect();
    for (by, group) in [("", None), ("&by=outlet", Some("outlet")), ("&by=person", Some("person"))] {
        let mut columns: Vec<&str> = group.into_iter().collect();
        columns.extend(["workflow", "step"]);
        let query = format!("cycle_times?from=2026-02-01&to=2026-11-30{by}");
        let mut found = rows(&report(auditor, &query).await, &columns);
        for row in found.values_mut() {
            row.as_object_mut()
                .unwrap()
                .retain(|code, _| !["step_name", "waits_for", "workflow_name"].contains(&code.as_str()));
        }
        let key = |fact: &Fact| {
            let of = match group {
                Some("outlet") => format!("{} ", fact.outlet),
                Some(_) => format!("{} ", fact.person),
                None => String::new(),
            };
            (asked.from, format!("{of}{}", name(fact)))
        };
        let expected: BTreeMap<_, _> =
            grouped(&facts, key).into_iter().map(|((_, name), facts)| (name, recount::times(&facts))).collect();
        assert_eq!(found, expected, "{query}");
    }
}

async fn hold_defects(auditor: &Person<'_>, lives: &[Life]) {
    let asked = Asked { from: FIRST, to: date("2026-12-31"), outlet: Some(CENTER), ..Asked::default() };
    let found = report(auditor, &format!("defects?from=2026-01-05&to=2026-12-31&outlet={CENTER}")).await;
    let mut counts: BTreeMap<(String, String), BTreeMap<&str, i64>> = BTreeMap::new();
    for fact in asked.facts(lives) {
        for (document, defect) in &fact.defects {
            let of_document = counts.entry((fact.case_type.clone(), document.clone())).or_default();
            for name in [*defect, "defects"].into_iter().chain((fact.notices > 1).then_some("on_second_notices")) {
                *of_document.entry(name).or_default() += 1;
            }
        }
    }
    let whole: i64 = counts.values().map(|of_document| of_document["defects"]).sum();
    let (mut so_far, mut before) = (0, i64::MAX);
    let rows = found["table"]["rows"].as_array().unwrap();
    assert_eq!(rows.len(), counts.len());
    for row in rows {
        let key = (row["case_type"].as_str().unwrap().to_owned(), row["document"].as_str().unwrap().to_owned());
        let expected = &counts[&key];
        let codes = ["defects", "on_second_notices", "not_present", "copies_missing", "copies_unstamped"];
        for code in codes.into_iter().chain(["original_not_sighted", "original_not_presented", "defective"]) {
            assert_eq!(row[code], json!(expected.get(code).copied().unwrap_or(0)), "{code} of {key:?}");
        }
        let count = expected["defects"];
        assert!(count <= before, "the most frequent come first");
        (so_far, before) = (so_far + count, count);
        let near = |value: &Value, part: i64| (value.as_f64().unwrap() - part as f64 / whole as f64).abs() < 0.000_051;
        assert!(near(&row["share"], count) && near(&row["cumulative_share"], so_far), "{row}");
    }
    assert_eq!(so_far, whole);
}

async fn hold_ageing(auditor: &Person<'_>, lives: &[Life], calendar: &Calendar) {
    let edges = [0, 4, 8, 11, 16, 31, i64::MAX];
    for day in ["2026-01-05", "2026-02-23", "2026-05-04", "2026-08-16", "2026-10-10", "2026-12-30", "2026-12-31"] {
        for (outlet, case_type) in [(None, None), (Some("panyu"), None), (Some(CENTER), Some("new-certificate"))] {
            let mut query = format!("ageing?from=2026-01-05&to={day}");
            query.extend(outlet.map(|outlet| format!("&outlet={outlet}")));
            query.extend(case_type.map(|case_type| format!("&case_type={case_type}")));
            let found = report(auditor, &query).await;
            let open = recount::open_at_end_of(date(day), lives, calendar, outlet, case_type);
            for (row, edge) in found["table"]["rows"].as_array().unwrap().iter().zip(edges.windows(2)) {
                let within = |age: i64| edge[0] <= age && age < edge[1];
                let of = |queue: &str| open.iter().filter(|(list, age)| *list == queue && within(*age)).count();
                for queue in ["to_check", "waiting_for_correction", "to_make", "to_hand_over"] {
                    assert_eq!(row[queue], json!(of(queue)), "{query}: {queue} of {row}");
                }
                assert_eq!(row["open"], json!(open.iter().filter(|(_, age)| within(*age)).count()), "{query}");
            }
        }
    }
}

/// What is overdue and uncollected when the year is over.
async fn hold_waiting(auditor: &Person<'_>, lives: &[Life], calendar: &Calendar, now: DateTime<Utc>) {
    let mut overdue = BTreeMap::new();
    let mut uncollected = BTreeMap::new();
    for life in lives.iter().filter(|life| !life.ended) {
        if let Some(made_at) = life.made_at.filter(|_| !life.issued) {
            let (days, working_days) =
                ((local(now) - local(made_at)).num_days(), between(calendar, local(made_at), local(now)));
            uncollected.insert(life.number.clone(), json!({ "days": days, "working_days": working_days }));
        }
        // A pause that is open moves the limit along, if it began in time.
        let limit = life.due(calendar, 10 + life.extended_by, now);
        if life.case_type != "new-certificate" || life.made_at.is_some() || local(now) <= limit {
            continue;
        }
        let mut spent: BTreeMap<&str, i64> = BTreeMap::new();
        let seconds = |from: DateTime<Utc>, to: DateTime<Utc>| (to - from).num_seconds().max(0);
        for stay in &life.stays {
            let to = stay.to.unwrap_or(now);
            let stopped: i64 = life
                .suspensions
                .iter()
                .map(|(from, end)| seconds(stay.from.max(*from), to.min(end.unwrap_or(now))))
                .sum();
            *spent.entry(stay.queue).or_default() += seconds(stay.from, to) - stopped;
            *spent.entry("suspended").or_default() += stopped;
        }
        overdue.insert(life.number.clone(), (limit, between(calendar, limit, local(now)), spent));
    }
    assert!(
        overdue.len() >= 2 && uncollected.len() >= 2,
        "{} overdue, {} uncollected",
        overdue.len(),
        uncollected.len()
    );

    let pages = pages(auditor, "overdue?limit=3").await;
    assert_eq!(pages.len(), overdue.len());
    let limits: Vec<&str> = pages.iter().map(|row| row["limit"].as_str().unwrap()).collect();
    assert!(limits.is_sorted(), "the longest overdue come first: {limits:?}");
    for row in &pages {
        let (limit, working_days, spent) = &overdue[row["acceptance_number"].as_str().unwrap()];
        assert_eq!((&row["limit"], &row["overdue_working_days"]), (&json!(limit), &json!(working_days)), "{row}");
        for what in ["to_check", "waiting_for_correction", "to_make", "to_hand_over", "suspended"] {
            assert_eq!(row[format!("seconds_{what}")], json!(spent.get(what).copied().unwrap_or(0)), "{what} of {row}");
        }
    }
    let waiting = self::pages(auditor, "uncollected?limit=2").await;
    let found: BTreeMap<String, Value> = waiting
        .iter()
        .map(|row| {
            let what = json!({ "days": row["days"], "working_days": row["working_days"] });
            (row["acceptance_number"].as_str().unwrap().to_owned(), what)
        })
        .collect();
    assert_eq!(found, uncollected);
}

/// The rows of all pages.
async fn pages(person: &Person<'_>, query: &str) -> Vec<Value> {
    let (mut found, mut after) = (Vec::new(), String::new());
    loop {
        let page = report(person, &format!("{query}{after}")).await;
        found.extend(page["table"]["rows"].as_array().unwrap().clone());
        let Some(next) = page["next"].as_str() else { return found };
        after = format!("&after={next}");
    }
}
