//! The life of a certificate: the table of states, its events, and the 24-hour answer, right to the second.

use casehall::domain::base::recorded::Recorded;
use casehall::domain::certificates::authorization::as_of;
use casehall::domain::certificates::authorization::{NotUsable, authorization};
use casehall::domain::certificates::certificate::{
    Certificate, CertificateSource, E_SEAL_CODE, Entered, Lock, LockSource, ServiceKind, Suspension, SuspensionCause,
};
use casehall::domain::certificates::custody::{Place, Slip, SlipKind, SlipNumber, Stay, StayCause};
use casehall::domain::certificates::event::{CertificateEvent, RegisterEntry, evolve, fold};
use casehall::domain::certificates::particulars::Particulars;
use casehall::domain::certificates::pending_correction::{Asker, PendingCorrection};
use casehall::domain::certificates::refusal::CertificateRefusal;
use casehall::domain::certificates::state::{CertificateState, LifeStage, ServiceStatus};
use casehall::domain::certificates::validity::{kept, valid_until};
use casehall::domain::certificates::verb::Verb;
use chrono::{DateTime, Duration, Utc};
use proptest::prelude::*;
use uuid::Uuid;

const APPLICATION: &str = "urban-construction";
const START: &str = "2026-03-02T02:00:00Z";

fn at(text: &str) -> DateTime<Utc> {
    kept(text.parse().unwrap())
}

fn recorded(sequence: i64, at: DateTime<Utc>, event: CertificateEvent) -> Recorded<RegisterEntry> {
    let (actor_id, actor_name) = ("clerk".to_owned(), "某".to_owned());
    let event = RegisterEntry { case_id: None, event };
    Recorded { sequence, at, actor_id, actor_name, action: "test".to_owned(), event }
}

fn stay(cause: StayCause, since: DateTime<Utc>) -> Stay {
    Stay {
        medium_number: "KEY-1".to_owned(),
        cause,
        place: Place { outlet: "center".to_owned(), box_number: None },
        since,
        slip: None,
        case_id: Uuid::nil(),
        acceptance_number: "260302000014".to_owned(),
    }
}

fn slip(now: DateTime<Utc>) -> Slip {
    let number = SlipNumber { kind: SlipKind::HandedOver, day: now.date_naive(), number: 1 };
    Slip { number, outlet: "center".to_owned() }
}

fn entry(now: DateTime<Utc>) -> Recorded<RegisterEntry> {
    let certificate = Box::new(Entered {
        particulars: Particulars {
            serial: "GZ-1".to_owned(),
            medium_number: "KEY-1".to_owned(),
            organization_code: "PDY474830".to_owned(),
            unified_code: None,
            organization_name: "广州某单位".to_owned(),
            handler: Some("刘少芬".to_owned()),
            seal: None,
        },
        source: CertificateSource::Case,
        valid_from: now,
        valid_until: valid_until(now, 1, chrono_tz::Asia::Shanghai),
        lock: None,
        services: Vec::new(),
        stay: Some(stay(StayCause::Made, now)),
        approval: None,
    });
    recorded(1, now, CertificateEvent::Made { certificate })
}

/// A certificate with its events.
struct Life {
    events: Vec<Recorded<RegisterEntry>>,
    now: Certificate,
    clock: DateTime<Utc>,
}

impl Life {
    fn begin() -> Self {
        let clock = at(START);
        let events = vec![entry(clock)];
        let now = fold(Uuid::nil(), &events).unwrap();
        Self { events, now, clock }
    }

    fn active() -> Self {
        let mut life = Self::begin();
        for verb in [Verb::Issue, Verb::Activate, Verb::OpenService] {
            life.take(verb).unwrap();
        }
        life
    }

    fn event(&self, verb: Verb) -> Result<CertificateEvent, CertificateRefusal> {
        let (now, clock) = (&self.now, self.clock);
        let (kind, code) = (ServiceKind::Application, APPLICATION);
        let mut other = now.particulars();
        other.organization_name.push('新');
        let reason = || Some("窗口".to_owned());
        match verb {
            Verb::TakeIntoCustody | Verb::MoveMedium => {
                let (state, is_first) = (self.state(), verb == Verb::TakeIntoCustody);
                if is_first != (state == CertificateState::Made) {
                    return Err(CertificateRefusal::WrongStage { state });
                }
                let box_number = Some(format!("A-{}", now.version));
                now.put_in_box(Place { outlet: "center".to_owned(), box_number }, clock)
            }
            Verb::Issue => now.issue(slip(clock), clock),
            Verb::TakeIn => now.take_in(stay(StayCause::TakenIn, clock), clock),
            Verb::GiveBack => now.give_back(slip(clock), clock),
            Verb::RetireMedium => now.retire_medium(clock),
            Verb::Activate => now.activate(clock),
            Verb::ReportLock => {
                let lock =
                    Lock { at: clock, source: LockSource::Client, reported_by: "login".to_owned(), reference: None };
                now.report_lock(lock, clock)
            }
            Verb::ApproveRegistration => now.approve_registration(None, "supervisor", clock),
            Verb::RejectRegistration => now.reject_registration(None, "录错".to_owned(), clock),
            Verb::WithdrawReport => now.withdraw_report("login", "误报".to_owned(), clock),
            Verb::Unlock => now.unlock(clock),
            Verb::Suspend => {
                let (cause, reason) = (SuspensionCause::Loss, "遗失".to_owned());
                let reported_by = Some("clerk".to_owned());
                now.suspend(Suspension { since: clock, cause, reason, reported_by }, clock)
            }
            Verb::Restore => now.restore(reason(), clock),
            Verb::Renew => now.renew(valid_until(now.valid_until, 1, chrono_tz::Asia::Shanghai), clock),
            Verb::Change => now.change(other, clock),
            Verb::Correct => match &now.correction {
                Some(waits) if waits.before != now.particulars() => now.decline_correction("已变".to_owned(), clock),
                Some(_) => now.approve_correction("supervisor", clock),
                None => now.ask_correction(self.correction(other), clock),
            },
            Verb::Revoke => now.revoke(reason(), clock),
            Verb::OpenService => now.open_service(kind, code, clock + Duration::hours(24), clock),
            Verb::SuspendService => now.suspend_service(kind, code, reason(), clock),
            Verb::RestoreService => now.restore_service(kind, code, reason(), clock),
            Verb::CloseService => now.close_service(kind, code, reason(), clock),
        }
    }

    /// A correction that the clerk asks for.
    fn correction(&self, after: Particulars) -> PendingCorrection {
        let asked_by = Asker { id: "clerk".to_owned(), name: "某".to_owned() };
        let (before, reason) = (self.now.particulars(), "录入有误".to_owned());
        PendingCorrection { before, after, validity: None, reason, asked_by, asked_at: self.clock }
    }

    fn take(&mut self, verb: Verb) -> Result<(), CertificateRefusal> {
        let recorded = recorded(self.now.version + 1, self.clock, self.event(verb)?);
        self.now = evolve(self.now.clone(), &recorded);
        self.events.push(recorded);
        Ok(())
    }

    fn state(&self) -> CertificateState {
        self.now.state(self.clock)
    }
}

#[test]
fn permanent_states_take_precedence() {
    let mut life = Life::active();
    assert_eq!(life.state(), CertificateState::Active);
    life.take(Verb::ReportLock).unwrap();
    assert_eq!(life.state(), CertificateState::Locked);
    life.take(Verb::Suspend).unwrap();
    assert_eq!(life.state(), CertificateState::Suspended);
    assert_eq!(life.take(Verb::Unlock), Err(CertificateRefusal::Suspended));
    life.take(Verb::Restore).unwrap();
    assert_eq!(life.state(), CertificateState::Locked, "the lock stays when the suspension is lifted");
    life.clock = life.now.valid_until;
    assert_eq!(life.state(), CertificateState::Expired);
    life.take(Verb::Revoke).unwrap();
    assert_eq!(life.state(), CertificateState::Revoked);
}

#[test]
fn expired_certificates_are_not_renewed_and_renewals_leave_no_gap() {
    let mut life = Life::active();
    let before = life.now.valid_until;
    life.clock = before - Duration::microseconds(1);
    life.take(Verb::Renew).unwrap();
    assert_eq!(life.now.valid_until, at("2028-03-02T02:00:00Z"));
    assert!(matches!(&life.events.last().unwrap().event.event,
        CertificateEvent::Renewed { before: old, .. } if *old == before));
    life.clock = life.now.valid_until;
    assert_eq!(life.take(Verb::Renew), Err(CertificateRefusal::Expired));
    assert_eq!(valid_until(at("2024-02-29T00:00:00Z"), 1, chrono_tz::UTC), at("2025-02-28T00:00:00Z"));
}

#[test]
fn a_change_keeps_the_numbers_and_a_correction_needs_a_second_person() {
    let life = Life::active();
    let mut other = life.now.particulars();
    other.serial = "GZ-2".to_owned();
    assert_eq!(life.now.change(other.clone(), life.clock), Err(CertificateRefusal::NumbersFixed));
    assert_eq!(life.now.approve_correction("supervisor", life.clock), Err(CertificateRefusal::NoCorrection));
    let asked = life.now.ask_correction(life.correction(other), life.clock).unwrap();
    let waiting = evolve(life.now.clone(), &recorded(9, life.clock, asked));
    assert_eq!(waiting.particulars(), life.now.particulars(), "asking changes nothing");
    let again = waiting.ask_correction(life.correction(waiting.particulars()), life.clock);
    assert_eq!(again, Err(CertificateRefusal::CorrectionPending));
    assert_eq!(waiting.approve_correction("clerk", life.clock), Err(CertificateRefusal::SecondPersonNeeded));
    let approved = waiting.approve_correction("supervisor", life.clock).unwrap();
    let corrected = evolve(waiting.clone(), &recorded(10, life.clock, approved));
    assert_eq!(corrected.correction, None);
    let renamed = Certificate { organization_name: "另一名称".to_owned(), ..waiting };
    assert_eq!(renamed.approve_correction("supervisor", life.clock), Err(CertificateRefusal::CorrectionOutdated));
    assert_eq!((corrected.serial.as_str(), corrected.version), ("GZ-2", 10));
    assert_eq!(life.now.change(life.now.particulars(), life.clock), Err(CertificateRefusal::NothingChanged));
}

#[test]
fn the_e_seal_ends_with_its_certificate_and_can_be_suspended_alone() {
    let mut life = Life::active();
    let seal = |life: &Life| {
        let service = life.now.service(ServiceKind::ESeal, E_SEAL_CODE).unwrap().clone();
        life.now.status_of(&service, life.clock)
    };
    let clock = life.clock;
    let opened = life.now.open_service(ServiceKind::ESeal, E_SEAL_CODE, clock, clock).unwrap();
    life.now = evolve(life.now.clone(), &recorded(5, clock, opened));
    assert_eq!(seal(&life), ServiceStatus::Open);
    let held_up = life.now.suspend_service(ServiceKind::ESeal, E_SEAL_CODE, None, clock).unwrap();
    life.now = evolve(life.now.clone(), &recorded(6, clock, held_up));
    assert_eq!(seal(&life), ServiceStatus::Suspended);
    let answer = |life: &Life, code: &str, kind| authorization(&life.now, kind, code, life.clock + Duration::days(1));
    assert_eq!(answer(&life, E_SEAL_CODE, ServiceKind::ESeal).reason, Some(NotUsable::ApplicationSuspended));
    assert!(answer(&life, APPLICATION, ServiceKind::Application).usable, "the other service isn't held up");
    life.clock = life.now.valid_until;
    assert_eq!(seal(&life), ServiceStatus::Closed);
}

fn verb() -> impl Strategy<Value = (Verb, i64)> {
    let often = vec![Verb::Issue, Verb::Activate, Verb::OpenService];
    let verb = prop_oneof![2 => prop::sample::select(often), 3 => prop::sample::select(Verb::ALL.to_vec())];
    (verb, prop_oneof![9 => 0..86_400_i64, 1 => 0..40_000_000_i64])
}

proptest! {
    #[test]
    fn whatever_comes_a_revoked_certificate_never_becomes_usable_and_a_certificate_is_its_events(
        steps in prop::collection::vec(verb(), 1..60)
    ) {
        let mut life = Life::begin();
        let mut revoked = false;
        for (verb, seconds) in steps {
            life.clock += Duration::seconds(seconds);
            let state = life.state();
            let before = life.now.clone();
            match life.take(verb) {
                Ok(()) => {
                    prop_assert!(verb.allowed_in().contains(&state), "{verb:?} in {state:?}");
                    if let Some(next) = verb.leads_to()
                        && life.now.suspension.is_none() && life.now.lock.is_none() {
                        prop_assert_eq!(life.state(), next);
                    }
                }
                Err(_) => prop_assert_eq!(&life.now, &before),
            }
            revoked |= verb == Verb::Revoke && life.now.stage == LifeStage::Revoked;
            prop_assert!(life.now.valid_until >= before.valid_until);
            let made_here = life.now.stay.as_ref().is_some_and(|stay| stay.cause == StayCause::Made);
            prop_assert_eq!(made_here, life.now.is_unissued(), "what isn't handed over is in the hall");
            let issued = life.state() == CertificateState::Issued;
            prop_assert!(!issued || life.now.stay.is_none(), "it is with its holder");
            for ahead in [0, 86_400, 400 * 86_400] {
                let then = life.clock + Duration::seconds(ahead);
                let answer = authorization(&life.now, ServiceKind::Application, APPLICATION, then);
                prop_assert_eq!(answer.usable, answer.reason.is_none());
                if revoked {
                    prop_assert_eq!(answer.reason, Some(NotUsable::Revoked));
                    prop_assert_eq!(life.now.state(then), CertificateState::Revoked);
                }
            }
        }
        prop_assert_eq!(fold(Uuid::nil(), &life.events), Some(life.now.clone()));
        prop_assert_eq!(as_of(Uuid::nil(), &life.events, life.clock), Some(life.now.clone()));
        prop_assert!(as_of(Uuid::nil(), &life.events, at(START) - Duration::microseconds(1)).is_none());
        // As the store keeps them.
        let text = serde_json::to_string(&life.events).unwrap();
        let read: Vec<Recorded<RegisterEntry>> = serde_json::from_str(&text).unwrap();
        prop_assert_eq!(read, life.events);
    }

    #[test]
    fn the_answer_is_right_to_the_second_and_is_never_kept_past_its_change(
        opened in -2_000_000_000_i64..4_000_000_000, micros in 0..1_000_000_i64, jump in -100_000_i64..100_000,
        most in 0..200_000_u32,
    ) {
        let mut life = Life::active();
        let from = DateTime::from_timestamp_micros(opened * 1_000_000 + micros).unwrap();
        life.now.valid_from = from - Duration::days(2);
        life.now.valid_until = from + Duration::days(2);
        life.now.services[0].usable_from = from;
        // A clock that jumps either way: nothing but the instant decides.
        for now in [from + Duration::seconds(jump), from + Duration::microseconds(jump), from] {
            let answer = authorization(&life.now, ServiceKind::Application, APPLICATION, now);
            let left = (from - now).num_microseconds().unwrap();
            prop_assert_eq!(answer.usable, left <= 0);
            let rounded_up = if left <= 0 { 0 } else { (left + 999_999) / 1_000_000 };
            prop_assert_eq!(answer.seconds_left, Some(rounded_up));
            let age = answer.max_age_seconds(now, most);
            prop_assert!(age <= most);
            let changed = |at| authorization(&life.now, ServiceKind::Application, APPLICATION, at).reason != answer.reason;
            for second in [0, age / 2, age] {
                // An answer that is kept may be used until just before its age is over.
                let still = now + Duration::seconds(second.into()) - Duration::microseconds(i64::from(second > 0));
                prop_assert!(!changed(still), "{still} {answer:?}");
            }
        }
    }
}

/// The reason, and the seconds that are left.
fn asked(life: &Life, now: &str) -> (Option<NotUsable>, i64) {
    let answer = authorization(&life.now, ServiceKind::Application, APPLICATION, at(now));
    (answer.reason, answer.seconds_left.unwrap())
}

#[test]
fn offsets_year_ends_and_neighbours_of_leap_seconds_change_nothing() {
    let mut life = Life::active();
    (life.now.valid_from, life.now.valid_until) = (at("2016-01-01T00:00:00Z"), at("2018-01-01T00:00:00Z"));
    life.now.services[0].usable_from = at("2017-01-01T08:00:00+08:00");
    assert_eq!(asked(&life, "2016-12-31T23:59:58Z"), (Some(NotUsable::Waiting), 2));
    assert_eq!(asked(&life, "2016-12-31T23:59:59Z"), (Some(NotUsable::Waiting), 1));
    assert_eq!(asked(&life, "2016-12-31T23:59:59.999999Z"), (Some(NotUsable::Waiting), 1));
    // The leap second itself is kept as the second after it: no clock of a computer shows it.
    assert_eq!(at("2016-12-31T23:59:60Z"), at("2017-01-01T00:00:00Z"));
    assert_eq!(asked(&life, "2016-12-31T23:59:60Z"), (None, 0));
    assert_eq!(asked(&life, "2017-01-01T07:59:59+08:00"), (Some(NotUsable::Waiting), 1));
    assert_eq!(asked(&life, "2016-12-31T20:00:00-04:00"), (None, 0));
    assert_eq!(asked(&life, "2017-12-31T23:59:59Z"), (None, 0));
    assert_eq!(asked(&life, "2017-12-31T23:59:60Z"), (Some(NotUsable::Expired), 0));
    // A full day is 86,400 seconds, also over the leap second.
    life.now.services[0].usable_from = at("2017-01-01T12:00:00Z");
    assert_eq!(asked(&life, "2016-12-31T12:00:00Z"), (Some(NotUsable::Waiting), 86_400));
}

#[test]
fn every_state_and_verb_has_words_and_only_the_last_are_final() {
    for state in CertificateState::ALL {
        assert_eq!(CertificateState::from_code(state.code()), Some(state));
        assert!(!state.words().zh.is_empty() && !state.words().en.is_empty());
        // Whatever it can be used for, its medium may be in the hall, and what is wrong is put right.
        let whatever = [Verb::Correct, Verb::MoveMedium, Verb::TakeIn, Verb::GiveBack, Verb::RetireMedium];
        let moves = Verb::ALL.iter().filter(|verb| !whatever.contains(verb) && verb.allowed_in().contains(&state));
        let last = [CertificateState::Revoked, CertificateState::Rejected];
        assert_eq!(moves.count() == 0, last.contains(&state), "{state:?}");
    }
    assert!(CertificateState::ALL.iter().map(|state| state.code()).eq(CertificateState::CODES.iter().copied()));
}

/// The tables and the diagram of `docs/certificates.md`, as the rules have them.
fn table() -> String {
    let mut text = String::from("```mermaid\nstateDiagram-v2\n    [*] --> unapproved\n    [*] --> made\n");
    for verb in Verb::ALL {
        if let Some(to) = verb.leads_to() {
            // A lock that is reported of a suspended one is seen once the suspension is lifted.
            let of_lock = [Verb::ReportLock, Verb::WithdrawReport].contains(&verb);
            let seen = |from: &&CertificateState| !of_lock || **from != CertificateState::Suspended;
            for from in verb.allowed_in().iter().filter(seen) {
                text.push_str(&format!("    {} --> {}: {}\n", from.code(), to.code(), verb.words().en));
            }
        }
    }
    let living = CertificateState::ALL.iter().filter(|state| Verb::Revoke.allowed_in().contains(state));
    let living = living.filter(|state| **state != CertificateState::Expired);
    living.for_each(|state| text.push_str(&format!("    {} --> expired: (time)\n", state.code())));
    text.push_str("    rejected --> [*]\n    revoked --> [*]\n```\n\n| verb | | in these states | leads to |\n|---|---|---|---|\n");
    for verb in Verb::ALL {
        let states: Vec<&str> = verb.allowed_in().iter().map(|state| state.code()).collect();
        let states = states.join(", ");
        let (words, to) = (verb.words(), verb.leads_to().map_or("", CertificateState::code));
        text.push_str(&format!("| {} | {} | {states} | {to} |\n", words.en, words.zh));
    }
    text
}

#[test]
fn the_documented_states_are_those_of_the_rules() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/certificates.md");
    let text = std::fs::read_to_string(path).unwrap();
    let (begin, end) = ("<!-- states: written by a test -->\n", "<!-- end of states -->");
    let (before, rest) = text.split_once(begin).unwrap();
    let (written, after) = rest.split_once(end).unwrap();
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(path, format!("{before}{begin}{}{end}{after}", table())).unwrap();
    } else {
        assert_eq!(written, table(), "UPDATE_DOCS=1 cargo test --test rules documented_states rewrites it");
    }
}
