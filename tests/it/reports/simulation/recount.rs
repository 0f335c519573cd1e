//! An independent recount: what reports should say, from the timelines alone, counted as a patient clerk would count.
//!
//! Nothing of the product's counting is used, only its calendar's answer whether the hall works on a date.

use std::collections::{BTreeMap, BTreeSet};

use casehall::domain::base::recorded::Recorded;
use casehall::domain::calendar::working_days::Calendar;
use casehall::domain::cases::event::Event;
use casehall::domain::certificates::event::CertificateEvent;
use chrono::{DateTime, Duration, NaiveDate, NaiveTime, Utc};
use serde_json::{Value, json};

/// Something that happened, with what a report may want to know of it.
#[derive(Debug, Clone, Default)]
pub(super) struct Fact {
    pub(super) what: &'static str,
    pub(super) day: NaiveDate,
    pub(super) outlet: String,
    pub(super) case_type: String,
    pub(super) person: String,
    /// In which state it ended, or which state was left.
    pub(super) state: String,
    pub(super) workflow: String,
    pub(super) seconds: i64,
    pub(super) working_days: i64,
    pub(super) notices: u32,
    /// It is a notice that names what an earlier one found in order.
    pub(super) overlooked: bool,
    pub(super) promised: bool,
    pub(super) by_ready: bool,
    pub(super) by_limit: bool,
    pub(super) in_time: bool,
    pub(super) provisional: bool,
    /// Document and defect.
    pub(super) defects: Vec<(String, &'static str)>,
}

/// A stay in a state, at an outlet.
#[derive(Debug, Clone)]
pub(super) struct Stay {
    pub(super) from: DateTime<Utc>,
    pub(super) to: Option<DateTime<Utc>>,
    pub(super) queue: &'static str,
    pub(super) outlet: String,
}

/// What one timeline tells.
#[derive(Debug, Clone)]
pub(super) struct Life {
    pub(super) number: String,
    pub(super) case_type: String,
    pub(super) received: DateTime<Utc>,
    pub(super) facts: Vec<Fact>,
    pub(super) stays: Vec<Stay>,
    /// From when to when somebody had stopped the deadline.
    pub(super) suspensions: Vec<(DateTime<Utc>, Option<DateTime<Utc>>)>,
    /// Every time in which it stood still.
    pub(super) pauses: Vec<(DateTime<Utc>, Option<DateTime<Utc>>)>,
    pub(super) extended_by: u32,
    pub(super) made_at: Option<DateTime<Utc>>,
    pub(super) issued: bool,
    pub(super) ended: bool,
}

pub(super) fn local(at: DateTime<Utc>) -> NaiveDate {
    (at + Duration::hours(8)).date_naive()
}

/// Working days after one date up to and including another.
pub(super) fn between(calendar: &Calendar, from: NaiveDate, to: NaiveDate) -> i64 {
    from.iter_days().skip(1).take_while(|day| *day <= to).filter(|day| calendar.is_working_day(*day)).count() as i64
}

fn queue(workflow: &str, state: &str) -> &'static str {
    match (workflow, state) {
        ("check-then-make", "materials_checked") | ("make-then-check", "submitted") => "to_make",
        ("make-then-check", "certificate_made") | (_, "submitted") => "to_check",
        (_, "correction_requested") => "waiting_for_correction",
        (_, "certificate_made" | "materials_checked" | "issued") => "to_hand_over",
        _ => "",
    }
}

impl Life {
    /// Whether the clock stood still on a date, of which the day of the stop itself still counts.
    fn stands_still(&self, day: NaiveDate, now: DateTime<Utc>) -> bool {
        self.pauses.iter().any(|(from, to)| local(*from) < day && day <= local(to.unwrap_or(now)))
    }

    /// The date of a working day after the receipt.
    pub(super) fn due(&self, calendar: &Calendar, working_days: u32, now: DateTime<Utc>) -> NaiveDate {
        let mut day = local(self.received);
        let mut left = working_days;
        while left > 0 {
            day += Duration::days(1);
            left -= u32::from(calendar.is_working_day(day) && !self.stands_still(day, now));
        }
        day
    }

    pub(super) fn of(timeline: &[Recorded<Event>], calendar: &Calendar) -> Self {
        let Event::CaseOpened { acceptance_number, case_type, workflow, state, application, .. } = &timeline[0].event
        else {
            panic!("a timeline begins with its opening")
        };
        let mut life = Self {
            number: acceptance_number.clone(),
            case_type: case_type.code.clone(),
            received: timeline[0].at,
            facts: Vec::new(),
            stays: Vec::new(),
            suspensions: Vec::new(),
            pauses: Vec::new(),
            extended_by: 0,
            made_at: None,
            issued: false,
            ended: false,
        };
        let (workflow, mut outlet, mut state) = (workflow.code.clone(), application.outlet.clone(), state.clone());
        let mut since = timeline[0].at;
        let mut notices = 0;
        // Rows that the last notice to look at them found in order.
        let mut in_order: BTreeSet<String> = BTreeSet::new();
        let mut checks: BTreeSet<String> = BTreeSet::new();
        life.stays.push(stay(since, &workflow, &state, &outlet));
        for (index, recorded) in timeline.iter().enumerate() {
            let at = recorded.at;
            if let Event::ApplicationCorrected { after, .. } = &recorded.event
                && after.outlet != outlet
            {
                outlet = after.outlet.clone();
                life.stays.last_mut().unwrap().to = Some(at);
                life.stays.push(stay(at, &workflow, &state, &outlet));
            }
            let fact = |what| Fact {
                what,
                day: local(at),
                outlet: outlet.clone(),
                case_type: life.case_type.clone(),
                person: recorded.actor_id.clone(),
                workflow: workflow.clone(),
                ..Fact::default()
            };
            match &recorded.event {
                Event::CaseOpened { .. } => life.facts.push(fact("opened")),
                Event::MaterialRecorded { material, .. } => {
                    checks.insert(material.clone());
                }
                Event::ApplicationCorrected { checks_voided, .. } => {
                    in_order.retain(|row| !checks_voided.contains(row));
                    checks.retain(|row| !checks_voided.contains(row));
                }
                Event::NoticeGiven { notice } => {
                    notices += 1;
                    let document = |row: &str| row.trim_end_matches("-applicant").trim_end_matches("-agent").to_owned();
                    let defects =
                        notice.missing.iter().map(|missing| (document(&missing.material), missing.lack.code()));
                    let named: BTreeSet<String> =
                        notice.missing.iter().map(|missing| missing.material.clone()).collect();
                    let overlooked = named.iter().any(|row| in_order.contains(row));
                    in_order = checks.difference(&named).cloned().collect();
                    life.facts.push(Fact { notices, overlooked, defects: defects.collect(), ..fact("notice") });
                }
                Event::Certificate { event, .. } if matches!(**event, CertificateEvent::Made { .. }) => {
                    life.made_at = Some(at);
                    let settled = timeline[index..].iter().find_map(|later| match &later.event {
                        Event::DeadlineSettled { deadlines, .. } if later.at == at => Some(*deadlines),
                        _ => None,
                    });
                    let dates = settled.unwrap();
                    let close = NaiveTime::from_hms_opt(9, 30, 0).unwrap(); // 17:30 in Guangzhou
                    let promised = life.due(calendar, 10, at).and_time(close).and_utc();
                    let counted = local(life.received).iter_days().skip(1).take_while(|day| *day <= local(at));
                    let counted =
                        counted.filter(|day| calendar.is_working_day(*day) && !life.stands_still(*day, at)).count();
                    life.facts.push(Fact {
                        seconds: (at - life.received).num_seconds(),
                        working_days: counted as i64,
                        promised: true,
                        by_ready: at <= life.due(calendar, 7, at).and_time(close).and_utc(),
                        by_limit: at <= promised,
                        in_time: at <= dates.limit.at,
                        provisional: dates.ready_from.provisional || dates.limit.provisional,
                        ..fact("made")
                    });
                }
                // These cases hold no certificate that could be revoked: it is the one made that is voided.
                Event::Certificate { event, .. } if matches!(**event, CertificateEvent::Revoked { .. }) => {
                    life.made_at = None;
                    life.facts.push(fact("voided"));
                }
                Event::Certificate { event, .. } if matches!(**event, CertificateEvent::Issued { .. }) => {
                    life.issued = true;
                    life.facts.push(fact("issued"));
                }
                // Several services are opened by one activation.
                Event::Certificate { event, .. }
                    if matches!(**event, CertificateEvent::Activated | CertificateEvent::ServiceOpened { .. })
                        && life.facts.iter().all(|fact| fact.what != "activated") =>
                {
                    life.facts.push(fact("activated"));
                }
                Event::DeadlinePaused { cause, .. } => {
                    life.pauses.push((at, None));
                    if format!("{cause:?}") == "Decision" {
                        life.suspensions.push((at, None));
                    }
                }
                Event::DeadlineResumed { cause } => {
                    // Whichever is resumed, only one of its cause lasts; of two that last the state's began with the state.
                    let decided = format!("{cause:?}") == "Decision";
                    let mine =
                        |from: DateTime<Utc>| life.suspensions.iter().any(|(known, _)| *known == from) == decided;
                    let open = life.pauses.iter().position(|(from, to)| to.is_none() && mine(*from)).unwrap();
                    let from = life.pauses[open].0;
                    life.pauses[open].1 = Some(at);
                    if let Some(found) = life.suspensions.iter_mut().find(|(known, _)| decided && *known == from) {
                        found.1 = Some(at);
                    }
                }
                Event::LimitExtended { working_days, .. } => life.extended_by += working_days,
                Event::StateChanged { from, to, closed, .. } => {
                    let (seconds, days) = ((at - since).num_seconds(), between(calendar, local(since), local(at)));
                    let left = Fact { state: from.clone(), seconds, working_days: days, ..fact("left") };
                    let accepted = Fact { notices, ..fact("accepted") };
                    let end = Fact {
                        state: to.clone(),
                        seconds: (at - life.received).num_seconds(),
                        working_days: between(calendar, local(life.received), local(at)),
                        ..fact("closed")
                    };
                    life.facts.push(left);
                    if recorded.action == "accept_materials" {
                        life.facts.push(accepted);
                    }
                    if *closed {
                        life.facts.push(end);
                    }
                    life.ended = *closed;
                    since = at;
                    state = to.clone();
                    life.stays.last_mut().unwrap().to = Some(at);
                    if !*closed {
                        life.stays.push(stay(at, &workflow, &state, &outlet));
                    }
                }
                _ => {}
            }
        }
        life
    }
}

fn stay(from: DateTime<Utc>, workflow: &str, state: &str, outlet: &str) -> Stay {
    Stay { from, to: None, queue: queue(workflow, state), outlet: outlet.to_owned() }
}

/// Which facts a report is asked about.
#[derive(Debug, Clone, Default)]
pub(super) struct Asked {
    pub(super) from: NaiveDate,
    pub(super) to: NaiveDate,
    pub(super) outlet: Option<&'static str>,
    pub(super) case_type: Option<&'static str>,
    pub(super) person: Option<&'static str>,
}

impl Asked {
    pub(super) fn facts<'a>(&self, lives: &'a [Life]) -> Vec<&'a Fact> {
        let fits = |wanted: Option<&str>, value: &str| wanted.is_none_or(|wanted| wanted == value);
        let all = lives.iter().flat_map(|life| &life.facts);
        all.filter(|fact| self.from <= fact.day && fact.day <= self.to)
            .filter(|fact| fits(self.outlet, &fact.outlet) && fits(self.case_type, &fact.case_type))
            .filter(|fact| fits(self.person, &fact.person))
            .collect()
    }
}

/// The facts of each part of the period and each group, by a name for both.
pub(super) fn grouped<'a>(
    facts: &[&'a Fact],
    key: impl Fn(&Fact) -> (NaiveDate, String),
) -> BTreeMap<(NaiveDate, String), Vec<&'a Fact>> {
    let mut groups: BTreeMap<_, Vec<&Fact>> = BTreeMap::new();
    for fact in facts {
        groups.entry(key(fact)).or_default().push(fact);
    }
    groups
}

fn count(facts: &[&Fact], what: &str, also: impl Fn(&Fact) -> bool) -> i64 {
    facts.iter().filter(|fact| fact.what == what && also(fact)).count() as i64
}

/// A share as reports round it: to hundredths of a percent, halves up.
fn share(part: i64, whole: i64) -> Value {
    if whole == 0 { Value::Null } else { json!((part as f64 * 10_000.0 / whole as f64 + 0.5).floor() / 10_000.0) }
}

pub(super) fn throughput(facts: &[&Fact]) -> Value {
    let of = |what: &str| count(facts, what, |_| true);
    let promised = count(facts, "made", |fact| fact.promised);
    let (ready, limit) = (count(facts, "made", |fact| fact.by_ready), count(facts, "made", |fact| fact.by_limit));
    json!({
        "opened": of("opened"), "made": of("made"), "made_by_ready": ready, "share_by_ready": share(ready, promised),
        "made_by_limit": limit, "share_by_limit": share(limit, promised),
        "made_in_time": count(facts, "made", |fact| fact.in_time),
        "made_provisional": count(facts, "made", |fact| fact.provisional),
        "voided": of("voided"), "issued": of("issued"), "activated": of("activated"),
        "rejected": count(facts, "closed", |fact| fact.state == "rejected"),
        "declined": count(facts, "closed", |fact| fact.state == "declined"),
        "withdrawn": count(facts, "closed", |fact| fact.state == "withdrawn"), "ended": of("closed"),
    })
}

pub(super) fn quality(facts: &[&Fact]) -> Value {
    let (accepted, first) = (count(facts, "accepted", |_| true), count(facts, "accepted", |fact| fact.notices == 0));
    json!({
        "accepted": accepted, "first_pass": first, "first_pass_rate": share(first, accepted),
        "notices": count(facts, "notice", |_| true),
        "second_notices": count(facts, "notice", |fact| fact.notices > 1),
        "overlooked": count(facts, "notice", |fact| fact.overlooked),
    })
}

pub(super) fn person(facts: &[&Fact]) -> Value {
    let of = |what: &str| count(facts, what, |_| true);
    let late = count(facts, "made", |fact| fact.promised && !fact.in_time);
    json!({
        "opened": of("opened"), "accepted": of("accepted"), "notices": of("notice"), "made": of("made"),
        "made_late": late, "late_share": share(late, count(facts, "made", |fact| fact.promised)),
        "issued": of("issued"), "activated": of("activated"), "ended": of("closed"),
    })
}

/// The smallest value that so many in a hundred don't exceed.
fn percentile(values: &[i64], percent: usize) -> i64 {
    let enough = |value: &&i64| values.iter().filter(|other| other <= value).count() * 100 >= values.len() * percent;
    let sorted: BTreeSet<i64> = values.iter().copied().collect();
    *sorted.iter().find(enough).unwrap()
}

pub(super) fn times(facts: &[&Fact]) -> Value {
    let seconds: Vec<i64> = facts.iter().map(|fact| fact.seconds).collect();
    let days: Vec<i64> = facts.iter().map(|fact| fact.working_days).collect();
    json!({
        "count": facts.len(), "p50_seconds": percentile(&seconds, 50), "p85_seconds": percentile(&seconds, 85),
        "p95_seconds": percentile(&seconds, 95), "p50_working_days": percentile(&days, 50),
        "p85_working_days": percentile(&days, 85), "p95_working_days": percentile(&days, 95),
    })
}

/// Work list to ages in working days of the cases that were open when a day ended.
pub(super) fn open_at_end_of(
    day: NaiveDate,
    lives: &[Life],
    calendar: &Calendar,
    outlet: Option<&str>,
    case_type: Option<&str>,
) -> Vec<(&'static str, i64)> {
    let fits = |wanted: Option<&str>, value: &str| wanted.is_none_or(|wanted| wanted == value);
    let mut found = Vec::new();
    for life in lives.iter().filter(|life| fits(case_type, &life.case_type)) {
        let there = |stay: &&Stay| local(stay.from) <= day && stay.to.is_none_or(|to| local(to) > day);
        for stay in life.stays.iter().filter(there).filter(|stay| fits(outlet, &stay.outlet)) {
            found.push((stay.queue, between(calendar, local(life.received), day)));
        }
    }
    found
}
