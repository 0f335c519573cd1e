//! Several at the same instant on one organization: whatever each is answered, all rules hold afterwards, and of those who want
//! the organization's one certificate, or to work on it, exactly one wins.

use std::pin::Pin;

use casehall::domain::base::organization::OrganizationDraft;
use casehall::domain::cases::input::CertificateDraft;
use casehall::domain::cases::intake::application::ApplicationDraft;
use casehall::domain::certificates::registration::RegistrationDraft;
use casehall::service::Service;
use casehall::service::base::error::ServiceError;
use casehall::service::cases::case::{CaseKey, Expected};
use casehall::service::certificates::lock_and_loss::Report;
use chrono::Duration;

use super::papers::{self, Numbers};
use super::reading::{Reader, Register};
use super::rules::{APPLICATION, Memory};
use super::walk::{Seen, Walk, person};
use super::{ORGANIZATIONS, Step};
use crate::databases::{TestDatabase, on_both};
use crate::hall::registering::registered;
use crate::hall::{Hall, MONDAY, organization_code, unified_code};

on_both!(one_of_many_simultaneous_applications_wins, all_rules_hold_under_concurrency);

/// How often each meet.
const RACES: u32 = 6;
/// How many crowds come, and how often each acts all together.
const CROWDS: u32 = 2;
const WAVES: u32 = 10;

type Doing = Pin<Box<dyn Future<Output = Result<(), ServiceError>> + Send>>;

/// What somebody wants at the same instant as others.
#[derive(Debug, Clone, Copy)]
enum Wish {
    Open(&'static str, u32),
    Register,
    Report(u32),
}

async fn one_of_many_simultaneous_applications_wins(database: TestDatabase) {
    use Wish::{Open, Register};
    let hall = Hall::open(database).await;
    let anew = [Open("new-certificate", 0), Open("new-certificate", 1), Register, Register, Open("new-certificate", 3)];
    let on_one = [
        Open("renew", 1),
        Open("reissue", 0),
        Open("reissue", 1),
        Open("change", 1),
        Open("revoke", 1),
        Open("new-certificate", 1),
        Register,
    ];
    let after_the_end = [Open("reissue-expired", 1), Open("new-certificate", 0), Register, Open("reissue-expired", 2)];
    let held = [None, Some(40), Some(-1)];
    for (kind, (held, wishes)) in held.into_iter().zip([&anew[..], &on_one[..], &after_the_end[..]]).enumerate() {
        for race in 0..RACES {
            hall.clock.set(MONDAY.parse().unwrap());
            let (seen, first) = (Seen::default(), (kind as u32 * RACES + race) * ORGANIZATIONS);
            let mut walk = walk(&hall, &seen, first);
            if let Some(days) = held {
                walk.take(Step::Register { organization: 0, days }).await;
            }
            let register = walk.now();
            let mut crowd: Vec<Doing> = wishes.iter().map(|wish| doing(&mut walk, &register, *wish)).collect();
            crowd.rotate_left(race as usize % wishes.len());
            let won = together(crowd).await;
            assert_eq!(won, 1, "{won} of {wishes:?}");
            walk.check().await;
        }
    }
}

async fn all_rules_hold_under_concurrency(database: TestDatabase) {
    use Wish::{Open, Register, Report};
    let hall = Hall::open(database).await;
    for crowd in 0..CROWDS {
        hall.clock.set(MONDAY.parse().unwrap());
        let seen = Seen::default();
        let mut walk = walk(&hall, &seen, crowd * ORGANIZATIONS);
        walk.take(Step::Register { organization: 0, days: 33 }).await;
        for wave in 0..WAVES {
            let register = walk.now();
            let wishes = [
                Open("renew", wave + 1),
                Report(wave % 3),
                Open("reissue", wave),
                Open("new-certificate", 1),
                Register,
                Open("reissue-expired", wave + 1),
                Open("unlock", 1),
                Report((wave + 1) % 3),
                Open("revoke", 1),
            ];
            let mut all: Vec<Doing> = wishes.iter().map(|wish| doing(&mut walk, &register, *wish)).collect();
            for case in register.open_cases() {
                let id = case.id.parse().unwrap();
                // The same twice, by two who stand at two windows, and at times a third who ends it.
                for _ in 0..2 {
                    all.extend(walk.next_of(id).await.map(|(who, action)| acting(&mut walk, id, who, action)));
                }
                if wave % 5 == 4 {
                    all.push(acting(&mut walk, id, 0, "withdraw".to_owned()));
                }
            }
            all.rotate_left((crowd + wave) as usize % wishes.len());
            together(all).await;
            walk.check().await;
            // On to what can be done after them, and past the end of what was registered.
            for case in 0..2 {
                walk.take(Step::Advance { case, times: 1 + wave % 5 }).await;
            }
            walk.take(Step::Wait { minutes: i64::from(wave) * 24 * 60 }).await;
        }
    }
}

fn walk<'a>(hall: &'a Hall, seen: &'a Seen, first: u32) -> Walk<'a> {
    Walk {
        service: &hall.running.service,
        clock: &hall.clock,
        reader: Reader::of(&hall.database.address),
        first,
        numbers: Numbers { series: first.to_string(), last: 0 },
        memory: Memory::default(),
        seen,
    }
}

/// All at once; how many of them did what they wanted. A refusal is an answer, a failure is not.
async fn together(crowd: Vec<Doing>) -> usize {
    let tasks: Vec<_> = crowd.into_iter().map(tokio::spawn).collect();
    let mut won = 0;
    for task in tasks {
        match task.await.unwrap() {
            Ok(()) => won += 1,
            Err(ServiceError::Refused(_) | ServiceError::NotFound) => {}
            Err(other) => panic!("{other:?}"),
        }
    }
    won
}

fn doing(walk: &mut Walk<'_>, register: &Register, wish: Wish) -> Doing {
    let (service, now) = (walk.service.clone(), walk.service.now());
    let code = organization_code(walk.first);
    let newest = register.certificates.iter().filter(|row| row.organization_code == code);
    let serial = newest.max_by_key(|row| row.is_living(now)).map(|row| row.serial.clone());
    let numbers = walk.numbers.next();
    let organization = |old_papers: bool| OrganizationDraft {
        name: format!("广州第{}建筑有限公司", walk.first),
        unified_social_credit_code: (!old_papers).then(|| unified_code(walk.first)),
        organization_code: old_papers.then(|| code.clone()),
        registration_number: old_papers.then(|| "440111138442774".to_owned()),
        ..OrganizationDraft::default()
    };
    match wish {
        Wish::Open(case_type, choice) => {
            let certificate_serial = serial.filter(|_| case_type != "new-certificate");
            let organization = organization(choice == 0);
            let draft = ApplicationDraft { organization, certificate_serial, ..papers::application(case_type, choice) };
            Box::pin(async move { service.open_case(&person(0), draft, None).await.map(drop) })
        }
        Wish::Register => {
            let CertificateDraft { serial, medium_number } = numbers;
            let draft = RegistrationDraft {
                serial,
                medium_number,
                organization: organization(false),
                valid_from: now - Duration::days(1),
                valid_until: now + Duration::days(80),
                applications: vec![APPLICATION.to_owned()],
                ..RegistrationDraft::default()
            };
            Box::pin(async move { registered(&service, &person(2), draft).await.map(drop) })
        }
        Wish::Report(what) => {
            let (serial, reason) = (serial.unwrap_or_default(), "经办人到窗口".to_owned());
            let (who, report) = match what {
                0 => (3, Report::Lock { at: None, reference: None }),
                1 => (0, Report::Loss { reason }),
                _ => (2, Report::Restoration { reason }),
            };
            Box::pin(async move { service.enter_report(&person(who), &serial, report, None).await.map(drop) })
        }
    }
}

fn acting(walk: &mut Walk<'_>, id: uuid::Uuid, who: usize, action: String) -> Doing {
    let service: Service = walk.service.clone();
    let mut numbers = Numbers { series: format!("{}-{}", walk.first, walk.numbers.next().serial), last: 0 };
    Box::pin(async move {
        let caller = person(who);
        let at = service.case(&caller, CaseKey::Id(id)).await?;
        let input = papers::input(&service, &service.details(&at, &caller)?, &action, 1, &mut numbers);
        service.act(&caller, CaseKey::Id(id), &action, input, Expected::Any, None).await.map(drop)
    })
}
