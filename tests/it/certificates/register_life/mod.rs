//! The life of certificates under all case types at once: whatever is opened, acted on, reported, registered and waited for,
//! at any time an organization has at most one living certificate, terms neither overlap nor leave a gap on renewal, a
//! revoked one never becomes usable, and custody is in one place; and what is offered succeeds, and nothing else does.
//!
//! Cast: a [`walk::Walk`] takes steps on the real service over a real database; [`reading`] reads that database with
//! statements of its own, [`folding`] tells each certificate from its stored events, [`rules`] holds the one against the
//! other after each thing done; [`papers`] fills in valid data; in [`at_once`] several act at the same instant.
//!
//! The walks are the same each time. `PROPTEST_CASES=2000` takes as many others; one that fails is kept beside those of
//! the other tests, and walked again each time.

mod at_once;
mod folding;
mod found;
mod papers;
mod reading;
mod rules;
mod walk;

use std::sync::atomic::{AtomicU32, Ordering};

use casehall::service::certificates::services::ServiceAct;
use proptest::prelude::*;
use proptest::test_runner::{Config, FileFailurePersistence, RngSeed, TestCaseError, TestRunner};

use self::papers::Numbers;
use self::reading::Reader;
use self::rules::Memory;
use self::walk::{Seen, Walk};
use crate::hall::{Hall, MONDAY};
use crate::places::Place;

/// Organizations of a walk; few, so that they come back.
const ORGANIZATIONS: u32 = 2;
const STEPS: std::ops::Range<usize> = 20..60;
const CASE_TYPES: [&str; 8] =
    ["new-certificate", "add-application", "unlock", "renew", "change", "reissue", "reissue-expired", "revoke"];
const ACTS: [ServiceAct; 4] = [ServiceAct::Suspend, ServiceAct::Restore, ServiceAct::Close, ServiceAct::Open];
/// Minutes of a day.
const DAY: i64 = 24 * 60;

/// What is done. Open cases are counted from the newest.
#[derive(Debug, Clone)]
enum Step {
    Open {
        organization: u32,
        case_type: &'static str,
        who: usize,
        choice: u32,
    },
    Fitting {
        organization: u32,
        which: usize,
        choice: u32,
    },
    Advance {
        case: usize,
        times: u32,
    },
    Act {
        case: usize,
        who: usize,
        action: usize,
        offered: bool,
        choice: u32,
    },
    /// Something by its name, by the first who may.
    Ask {
        case: usize,
        action: &'static str,
    },
    Move {
        case: usize,
        to: u32,
        old_papers: bool,
    },
    Report {
        organization: u32,
        what: u32,
    },
    Register {
        organization: u32,
        days: i64,
    },
    /// A wrong serial, or a wrong name, is put right.
    Correct {
        organization: u32,
        serial: bool,
    },
    /// Something is done to the application on a certificate by itself.
    Service {
        organization: u32,
        act: ServiceAct,
    },
    Wait {
        minutes: i64,
    },
    /// Until so long before, or after, the end of the living certificate: often to the very instant.
    WaitForEnd {
        organization: u32,
        minutes: i64,
    },
}

fn step() -> impl Strategy<Value = Step> {
    let (organization, case, who, choice) = (0..ORGANIZATIONS, 0..3_usize, 0..4_usize, 0..10_000_u32);
    let wait = prop_oneof![
        5 => 0..3 * DAY,
        4 => 3 * DAY..100 * DAY,
        1 => 100 * DAY..1_100 * DAY,
    ];
    let before_end = prop_oneof![3 => 0..90 * DAY, 1 => Just(0), 1 => Just(1), 1 => -20 * DAY..0];
    prop_oneof![
        4 => (organization.clone(), prop::sample::select(CASE_TYPES.to_vec()), who.clone(), choice.clone())
            .prop_map(|(organization, case_type, who, choice)| Step::Open { organization, case_type, who, choice }),
        8 => (organization.clone(), 0..8_usize, choice.clone())
            .prop_map(|(organization, which, choice)| Step::Fitting { organization, which, choice }),
        12 => (case.clone(), 1..10_u32).prop_map(|(case, times)| Step::Advance { case, times }),
        8 => (case.clone(), who, 0..30_usize, prop::bool::weighted(0.8), choice)
            .prop_map(|(case, who, action, offered, choice)| Step::Act { case, who, action, offered, choice }),
        3 => (case, organization.clone(), any::<bool>())
            .prop_map(|(case, to, old_papers)| Step::Move { case, to, old_papers }),
        4 => (organization.clone(), 0..3_u32).prop_map(|(organization, what)| Step::Report { organization, what }),
        2 => registration(organization.clone()),
        2 => (organization.clone(), any::<bool>()).prop_map(|(organization, serial)| Step::Correct { organization, serial }),
        3 => (organization.clone(), prop::sample::select(ACTS.to_vec()))
            .prop_map(|(organization, act)| Step::Service { organization, act }),
        3 => (organization, before_end)
            .prop_map(|(organization, minutes)| Step::WaitForEnd { organization, minutes }),
        4 => wait.prop_map(|minutes| Step::Wait { minutes }),
    ]
}

fn registration(organization: impl Strategy<Value = u32>) -> impl Strategy<Value = Step> {
    (organization, -20..100_i64).prop_map(|(organization, days)| Step::Register { organization, days })
}

/// Once through all case types, each to its end, and back from what was begun: whatever chance brings besides.
fn tour() -> Vec<Step> {
    use Step::{Advance, Ask, Move, Open, Register, Report, Wait, WaitForEnd};
    let through = |case_type, choice| {
        [
            Open { organization: 0, case_type, who: 0, choice },
            Ask { case: 0, action: "take_certificate" },
            Ask { case: 0, action: "box_certificate" },
            Advance { case: 0, times: 10 },
            Wait { minutes: DAY },
        ]
    };
    let on_it = [("add-application", 1), ("unlock", 1), ("change", 1), ("renew", 1), ("reissue", 2)];
    let afterwards = [("reissue-expired", 1), ("revoke", 1), ("new-certificate", 1)];
    let mut steps = vec![Register { organization: 0, days: 42 }];
    for (case_type, choice) in on_it {
        if case_type == "unlock" {
            steps.push(Report { organization: 0, what: 0 });
        }
        steps.extend(through(case_type, choice));
    }
    steps.extend([1, 2].map(|what| Report { organization: 0, what }));
    steps.extend(ACTS.map(|act| Step::Service { organization: 0, act }));
    steps.extend([true, false].map(|serial| Step::Correct { organization: 0, serial }));
    steps.push(WaitForEnd { organization: 0, minutes: 0 });
    steps.extend(afterwards.into_iter().flat_map(|(case_type, choice)| through(case_type, choice)));
    steps.extend([
        Open { organization: 1, case_type: "new-certificate", who: 3, choice: 1 },
        Advance { case: 0, times: 3 },
        Ask { case: 0, action: "remake" },
        Ask { case: 0, action: "withdraw" },
        Open { organization: 1, case_type: "new-certificate", who: 0, choice: 1 },
        Move { case: 0, to: 0, old_papers: false },
        Register { organization: 1, days: -3 },
        Ask { case: 0, action: "reject" },
    ]);
    steps
}

/// Certificates from before first, in some halls.
fn steps() -> impl Strategy<Value = Vec<Step>> {
    let before = prop::collection::vec(registration(0..ORGANIZATIONS), 0..3);
    (before, prop::collection::vec(step(), STEPS)).prop_map(|(before, steps)| before.into_iter().chain(steps).collect())
}

#[tokio::test]
async fn whatever_happens_to_certificates_each_organization_has_one_at_most_on_sqlite() {
    let seen = walks(Place::sqlite(), "check-then-make", 16).await;
    for case_type in CASE_TYPES {
        assert!(seen.contains_key(&format!("open {case_type}")), "{case_type} is missing in {seen:#?}");
    }
    for often in [
        "new-certificate activate",
        "new-certificate remake",
        "new-certificate withdraw",
        "add-application activate",
        "add-application take_certificate",
        "reissue take_certificate",
        "unlock box_certificate",
        "unlock unlock",
        "renew renew",
        "change change",
        "reissue activate",
        "reissue-expired activate",
        "revoke revoke",
        "report_lock",
        "report_loss",
        "restore",
        "register",
        "correct_serial",
        "correct_name",
        "suspend_service",
        "restore_service",
        "close_service",
        "open_service",
        "already_applied",
        "certificate_busy",
        "certificate_expired",
        "certificate_revoked",
        "certificate_suspended",
        "wrong_state",
    ] {
        assert!(seen.contains_key(often), "{often} is missing in {seen:#?}");
    }
}

#[tokio::test]
async fn whatever_happens_to_certificates_each_organization_has_one_at_most_on_postgres() {
    walks(Place::postgres(), "make-then-check", 3).await;
}

/// Takes so many walks in an order of checking and making, or as many others as the environment says; answers what was done and refused.
async fn walks(place: Place, order: &str, cases: u32) -> std::collections::BTreeMap<String, u32> {
    let (hall, seen, walks) =
        (Hall::with(place, &[("WORKFLOWS__NEW_CERTIFICATE", order)]).await, Seen::default(), AtomicU32::new(0));
    let (service, clock, address) = (hall.running.service.clone(), hall.clock.clone(), hall.place.address.clone());
    let (runtime, noted) = (tokio::runtime::Handle::current(), seen.clone());
    let run = tokio::task::spawn_blocking(move || {
        let others = std::env::var_os("PROPTEST_CASES").is_some();
        let kept = FileFailurePersistence::Direct("tests/proptest-regressions/register_life.txt");
        let config = Config { failure_persistence: Some(Box::new(kept)), max_shrink_time: 60_000, ..Config::default() };
        let config = if others { config } else { Config { cases, rng_seed: RngSeed::Fixed(7), ..config } };
        TestRunner::new(config).run(&steps(), |steps| {
            let number = walks.fetch_add(1, Ordering::Relaxed);
            clock.set(MONDAY.parse().unwrap());
            let mut walk = Walk {
                service: &service,
                clock: &clock,
                reader: Reader::of(&address),
                first: number * ORGANIZATIONS,
                numbers: Numbers { series: number.to_string(), last: 0 },
                memory: Memory::default(),
                seen: &noted,
            };
            runtime.block_on(async {
                let first = if number == 0 { tour() } else { Vec::new() };
                for step in first.into_iter().chain(steps) {
                    walk.take(step).await;
                }
                Ok::<_, TestCaseError>(())
            })
        })
    });
    run.await.unwrap().unwrap_or_else(|failure| panic!("{failure}"));
    let seen = seen.lock().unwrap();
    seen.clone()
}
