//! Somebody of each role, and another system, who do what is offered with valid data; after each thing done, all rules are
//! held against the database.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use casehall::clock::ManualClock;
use casehall::domain::accounts::actor::Actor;
use casehall::domain::accounts::role::{Role, Scope};
use casehall::domain::base::organization::OrganizationDraft;
use casehall::domain::cases::actions::Offer;
use casehall::domain::cases::held::offers_on;
use casehall::domain::cases::input::ActionInput;
use casehall::domain::cases::intake::application::{ApplicationDraft, CorrectionDraft};
use casehall::domain::certificates::correction::CertificateCorrectionDraft;
use casehall::domain::certificates::registration::RegistrationDraft;
use casehall::service::Service;
use casehall::service::accounts::caller::Caller;
use casehall::service::base::error::ServiceError;
use casehall::service::cases::case::{CaseAt, CaseKey, Expected};
use casehall::service::certificates::lock_and_loss::Report;
use casehall::service::certificates::services::ServiceAct;
use chrono::{DateTime, Duration, Utc};
use uuid::Uuid;

use super::reading::{CertificateRow, Reader, Register};
use super::rules::{self, APPLICATION, Memory};
use super::{ORGANIZATIONS, Step, papers};
use crate::hall::registering::registered;
use crate::hall::{organization_code, unified_code};

/// What was done or refused, in any walk.
pub(super) type Seen = Arc<Mutex<BTreeMap<String, u32>>>;

/// What leads a case to its end, in the order in which it is tried.
const FORWARD: [&str; 12] = [
    "resubmit",
    "accept_materials",
    "record_materials",
    "record_certificate",
    "record_payment",
    "record_collector",
    "issue",
    "activate",
    "unlock",
    "renew",
    "change",
    "revoke",
];

pub(super) struct Walk<'a> {
    pub(super) service: &'a Service,
    pub(super) clock: &'a ManualClock,
    pub(super) reader: Reader,
    /// Numbers of organizations count from here: a database serves many walks.
    pub(super) first: u32,
    pub(super) numbers: papers::Numbers,
    pub(super) memory: Memory,
    pub(super) seen: &'a Seen,
}

/// Clerk, producer, supervisor, and a portal with every scope.
pub(super) fn person(number: usize) -> Caller {
    let (id, role) = [
        ("clerk", Role::Clerk),
        ("producer", Role::Producer),
        ("supervisor", Role::Supervisor),
        ("portal", Role::Client),
    ][number % 4];
    let actor = Actor { id: id.to_owned(), name: id.to_owned(), roles: vec![role], outlet: None };
    Caller::new(actor, (role == Role::Client).then(|| Scope::ALL.to_vec()))
}

impl Walk<'_> {
    pub(super) async fn take(&mut self, step: Step) {
        match step {
            Step::Open { organization, case_type, who, choice } => {
                self.open(organization, case_type, who, choice).await;
            }
            Step::Fitting { organization, which, choice } => {
                let case_type = self.fitting(organization, which, choice).await;
                self.open(organization, &case_type, 0, choice).await;
            }
            Step::Advance { case, times } => {
                for _ in 0..times {
                    if !self.advance(case).await {
                        break;
                    }
                    self.check().await;
                }
            }
            Step::Act { case, who, action, offered, choice } => {
                self.act_somehow(case, who, action, offered, choice).await
            }
            Step::Ask { case, action } => self.ask(case, action).await,
            Step::Move { case, to, old_papers } => self.move_to(case, to, old_papers).await,
            Step::Report { organization, what } => self.report(organization, what).await,
            Step::Register { organization, days } => self.register(organization, days).await,
            Step::Correct { organization, serial } => self.correct(organization, serial).await,
            Step::Service { organization, act } => self.act_on_service(organization, act).await,
            Step::Wait { minutes } => self.clock.advance(Duration::minutes(minutes)),
            Step::WaitForEnd { organization, minutes } => {
                let (code, register, now) = (self.code(organization), self.now(), self.service.now());
                if let Some(living) = register.living(&code, now).first() {
                    self.clock.set(now.max(living.valid_until.and_utc() - Duration::minutes(minutes)));
                }
            }
        }
        self.check().await;
    }

    pub(super) async fn check(&mut self) {
        let (codes, register) = (self.codes(), self.now());
        rules::hold(self.service, &person(0), &register, &codes, &mut self.memory).await;
        for case in register.open_cases() {
            self.there_is_a_way_out(case.id.parse().unwrap()).await;
        }
    }

    /// An open case isn't stuck: something is offered to somebody that leads on or ends it.
    async fn there_is_a_way_out(&self, id: Uuid) {
        let at = self.case(0, id).await.unwrap();
        let mut blocked = Vec::new();
        for who in 0..3 {
            let report = self.service.details(&at, &person(who)).unwrap();
            for offer in report.offers.iter().filter(|offer| offer.action.to.is_some()) {
                if offer.blocked_by.is_empty() {
                    return;
                }
                blocked.extend(offer.blocked_by.iter().map(|refusal| refusal.code()));
            }
        }
        panic!("{} is stuck in {}: {blocked:?}", at.case.case_type.code, at.case.state);
    }

    fn codes(&self) -> Vec<String> {
        (0..ORGANIZATIONS).map(|number| self.code(number)).collect()
    }

    fn code(&self, organization: u32) -> String {
        organization_code(self.first + organization)
    }

    pub(super) fn now(&mut self) -> Register {
        let codes = self.codes();
        self.reader.register(&codes)
    }

    fn note(&self, what: &str) {
        *self.seen.lock().unwrap().entry(what.to_owned()).or_default() += 1;
    }

    /// What was asked happens exactly when it was foreseen; a refusal is one with a code, never a failure.
    fn as_foreseen<T>(&self, outcome: Result<T, ServiceError>, foreseen: bool, what: &str) {
        match (outcome, foreseen) {
            (Ok(_), true) => self.note(what),
            (Err(ServiceError::Refused(refusals)), false) => {
                refusals.iter().for_each(|refusal| self.note(refusal.code()));
            }
            (Err(ServiceError::NotFound | ServiceError::NotPermitted(_)), false) => {}
            (Ok(_), false) => panic!("{what} was done, though nothing had offered it"),
            (Err(error), _) => panic!("{what} at {}: {error:?}, foreseen: {foreseen}", self.service.now()),
        }
    }

    fn organization(&self, number: u32, old_papers: bool) -> OrganizationDraft {
        let number = self.first + number;
        OrganizationDraft {
            name: format!("广州第{number}建筑有限公司"),
            unified_social_credit_code: (!old_papers).then(|| unified_code(number)),
            organization_code: old_papers.then(|| organization_code(number)),
            registration_number: old_papers.then(|| "440111138442774".to_owned()),
            ..OrganizationDraft::default()
        }
    }

    /// The certificate an organization would come with: its living one, or one that ended.
    fn held<'r>(&self, register: &'r Register, code: &str, choice: u32) -> Option<&'r CertificateRow> {
        let of_it: Vec<_> = register.certificates.iter().filter(|row| row.organization_code == *code).collect();
        let living = register.living(code, self.service.now()).first().copied();
        let ended = (!of_it.is_empty()).then(|| of_it[choice as usize % of_it.len()]);
        if choice.is_multiple_of(4) { ended } else { living.or(ended) }
    }

    /// What an organization may apply for now.
    async fn fitting(&mut self, organization: u32, which: usize, choice: u32) -> String {
        let (code, register) = (self.code(organization), self.now());
        let Some(held) = self.held(&register, &code, choice) else { return "new-certificate".to_owned() };
        let certificate = self.service.certificate(&person(0), &held.serial).await.unwrap().certificate;
        let offers = offers_on(self.service.catalog(), &certificate, &person(0).actor, self.service.now());
        let offered = offers.get(which % offers.len().max(1));
        offered.map_or_else(|| "new-certificate".to_owned(), |offer| offer.code.clone())
    }

    async fn open(&mut self, organization: u32, case_type: &str, who: usize, choice: u32) {
        let (code, register) = (self.code(organization), self.now());
        let now = self.service.now();
        let draft = ApplicationDraft {
            organization: self.organization(organization, choice.is_multiple_of(3)),
            ..papers::application(case_type, choice)
        };
        let opened_by = &self.service.catalog().current_case_type(case_type).unwrap().opened_by;
        let opened_by = opened_by.contains(&person(who).actor.roles[0]);
        let (certificate_serial, foreseen) = if case_type == "new-certificate" {
            let held_by = self.service.eligibility(&person(0), &code).await.unwrap().held_by;
            (None, opened_by && held_by.is_none())
        } else {
            let Some(held) = self.held(&register, &code, choice) else { return };
            let certificate = self.service.certificate(&person(0), &held.serial).await.unwrap().certificate;
            let offers = offers_on(self.service.catalog(), &certificate, &person(who).actor, now);
            let busy = register.open_cases().any(|case| case.held().as_ref() == Some(&held.serial));
            // An organization with another certificate, or a case for one, can't have an expired one replaced.
            let another = register.living(&code, now).iter().any(|row| row.serial != held.serial)
                || register.holder("organization", &code).is_some_and(|(kind, _)| kind == "case");
            let in_the_way = busy || (case_type.starts_with("reissue") && another);
            let offered = offers.iter().any(|offer| offer.code == case_type);
            (Some(held.serial.clone()), opened_by && offered && !in_the_way)
        };
        // No image has the name of one before.
        let seal = draft.seal.as_ref().map(|_| self.numbers.next().serial);
        let draft = ApplicationDraft { certificate_serial, seal, ..draft };
        let outcome = self.service.open_case(&person(who), draft, None).await;
        self.as_foreseen(outcome, foreseen, &format!("open {case_type}"));
    }

    /// The open cases, newest first, or else the last ones.
    fn any_case(&mut self, from_newest: usize) -> Option<Uuid> {
        let register = self.now();
        let mut open: Vec<&str> = register.open_cases().map(|case| case.id.as_str()).collect();
        open.reverse();
        let id = open.get(from_newest % open.len().max(1)).copied();
        id.or_else(|| register.cases.last().map(|case| case.id.as_str())).map(|id| id.parse().unwrap())
    }

    async fn case(&self, who: usize, id: Uuid) -> Option<CaseAt> {
        self.service.case(&person(who), CaseKey::Id(id)).await.ok()
    }

    /// The next thing on the way to the end of a case, by whoever may; whether there was one.
    async fn advance(&mut self, case: usize) -> bool {
        let Some(id) = self.any_case(case) else { return false };
        let Some((who, action)) = self.next_of(id).await else { return false };
        let at = self.case(who, id).await.unwrap();
        self.act(&at, who, &action, 1, true).await;
        true
    }

    /// What leads a case on, and who may do it.
    pub(super) async fn next_of(&self, id: Uuid) -> Option<(usize, String)> {
        let at = self.case(0, id).await?;
        for action in FORWARD {
            if action == "record_collector" && at.case.collector.is_some() {
                continue;
            }
            for who in 0..3 {
                let report = self.service.details(&at, &person(who)).unwrap();
                if action == "record_materials" && report.verdict.is_complete() {
                    continue;
                }
                if report.offers.iter().any(|offer| offer.action.code == action && offer.blocked_by.is_empty()) {
                    return Some((who, action.to_owned()));
                }
            }
        }
        None
    }

    async fn act_somehow(&mut self, case: usize, who: usize, action: usize, offered: bool, choice: u32) {
        let Some(id) = self.any_case(case) else { return };
        for who in (who..who + 4).map(|who| who % 4) {
            let Some(at) = self.case(who, id).await else { continue };
            let report = self.service.details(&at, &person(who)).unwrap();
            let of_that_kind = |offer: &&Offer<'_>| offer.blocked_by.is_empty() == offered;
            let of_that_kind: Vec<&Offer<'_>> = report.offers.iter().filter(of_that_kind).collect();
            if let Some(offer) = of_that_kind.get(action % of_that_kind.len().max(1)) {
                let code = offer.action.code.clone();
                return self.act(&at, who, &code, choice, offered).await;
            }
        }
    }

    async fn ask(&mut self, case: usize, action: &str) {
        let Some(id) = self.any_case(case) else { return };
        for who in 0..4 {
            let Some(at) = self.case(who, id).await else { continue };
            let report = self.service.details(&at, &person(who)).unwrap();
            if report.offers.iter().any(|offer| offer.action.code == action && offer.blocked_by.is_empty()) {
                return self.act(&at, who, action, 1, true).await;
            }
        }
    }

    /// Takes an action with valid data: done when it was offered, refused when it wasn't, and then nothing changed.
    async fn act(&mut self, at: &CaseAt, who: usize, action: &str, choice: u32, offered: bool) {
        let caller = person(who);
        let report = self.service.details(at, &caller).unwrap();
        let input = papers::input(self.service, &report, action, choice, &mut self.numbers);
        let key = CaseKey::Id(at.case.id);
        let outcome = self.service.act(&caller, key.clone(), action, input, Expected::Any, None).await;
        if outcome.is_err() {
            assert_eq!(self.service.case(&caller, key).await.unwrap().case, at.case, "what is refused changes nothing");
        }
        let what = format!("{} {action}", at.case.case_type.code);
        self.as_foreseen(outcome, offered, &what);
    }

    /// The organization of an application is corrected to another one, which may be refused: it may hold a certificate.
    async fn move_to(&mut self, case: usize, to: u32, old_papers: bool) {
        let Some(id) = self.any_case(case) else { return };
        let at = self.case(0, id).await.unwrap();
        let report = self.service.details(&at, &person(0)).unwrap();
        let is_offered = |offer: &Offer<'_>| offer.action.code == "correct_application" && offer.blocked_by.is_empty();
        let offered = report.offers.iter().any(is_offered);
        let name = format!("广州{}建筑有限公司", self.numbers.next().serial);
        let organization = Some(OrganizationDraft { name, ..self.organization(to, old_papers) });
        let correction = Some(CorrectionDraft { organization, ..CorrectionDraft::default() });
        let input = ActionInput { correction, reason: Some("填错".to_owned()), ..ActionInput::default() };
        let key = CaseKey::Id(id);
        let outcome = self.service.act(&person(0), key, "correct_application", input, Expected::Any, None).await;
        // The same one's name and papers are corrected as long as no certificate bears them.
        let is_same = at.case.application.organization.organization_code.as_str() == self.code(to);
        let free = offered && is_same && at.case.certificate.is_none();
        let done = free || outcome.is_ok();
        assert!(offered || !done, "done, though nothing had offered it");
        self.as_foreseen(outcome, done, if is_same { "other papers" } else { "another organization" });
    }

    async fn report(&mut self, organization: u32, what: u32) {
        let (code, register) = (self.code(organization), self.now());
        let Some(held) = self.held(&register, &code, 1) else { return };
        let (now, reason) = (self.service.now(), || "经办人到窗口".to_owned());
        let living = held.is_living(now) && held.stage == "active";
        let has_said = |kind: usize, who: &str| held.reported_by[kind].iter().any(|by| by == who);
        let (who, report, foreseen) = match what {
            0 => (3, self.service.lock_report(Some(now), None).unwrap(), living && !has_said(0, "portal")),
            1 => (0, Report::Loss { reason: reason() }, living && !has_said(1, "clerk")),
            _ => (2, Report::Restoration { reason: reason() }, living && held.suspended_since.is_some()),
        };
        let name = ["report_lock", "report_loss", "restore"][what.min(2) as usize];
        let outcome = self.service.enter_report(&person(who), &held.serial, report, None).await;
        self.as_foreseen(outcome, foreseen, name);
    }

    /// The clerk asks, the supervisor approves: of the serial only while no open case names the certificate.
    async fn correct(&mut self, organization: u32, serial: bool) {
        let (code, register) = (self.code(organization), self.now());
        let Some(row) = self.held(&register, &code, 1) else { return };
        let numbers = self.numbers.next();
        let draft = CertificateCorrectionDraft {
            serial: serial.then(|| numbers.serial.clone()),
            organization_name: (!serial).then(|| format!("更正{}公司", numbers.serial)),
            reason: "登记有误".to_owned(),
            ..CertificateCorrectionDraft::default()
        };
        let names = |case: &super::reading::CaseRow| {
            let makes = row.stage != "revoked" && row.case_id.as_ref() == Some(&case.id);
            makes || case.held().as_ref() == Some(&row.serial)
        };
        let free = !serial || !register.open_cases().any(names);
        let wanted = self.service.correction(&draft).unwrap();
        let asked = self.service.ask_correction(&person(0), &row.serial, wanted, None).await;
        let version = asked.as_ref().ok().map(|asked| asked.certificate.version);
        self.as_foreseen(asked, free, "ask_correction");
        if let Some(version) = version {
            let own = self.service.approve_correction(&person(2), &row.serial, version - 1, None).await;
            assert!(own.is_err(), "of a version that nobody saw");
            let approved = self.service.approve_correction(&person(2), &row.serial, version, None).await;
            self.as_foreseen(approved, true, if serial { "correct_serial" } else { "correct_name" });
        }
    }

    /// Whether it is done, the rules tell: what is suspended or closed isn't usable, and what is restored or opened is.
    async fn act_on_service(&mut self, organization: u32, act: ServiceAct) {
        let (code, register) = (self.code(organization), self.now());
        let Some(row) = self.held(&register, &code, 1) else { return };
        let done =
            self.service.act_on_service(&person(2), &row.serial, APPLICATION, act, "单位申请".to_owned(), None).await;
        let is_done = done.is_ok();
        self.as_foreseen(done, is_done, act.action());
    }

    async fn register(&mut self, organization: u32, days: i64) {
        let now: DateTime<Utc> = self.service.now();
        let held_by = self.service.eligibility(&person(0), &self.code(organization)).await.unwrap().held_by;
        let numbers = self.numbers.next();
        let draft = RegistrationDraft {
            serial: numbers.serial,
            medium_number: numbers.medium_number,
            organization: self.organization(organization, days % 4 == 0),
            valid_from: now - Duration::days(300),
            valid_until: now + Duration::days(days),
            locked_at: (days % 5 == 0).then_some(now - Duration::days(1)),
            handler: (days % 3 == 0).then(|| "刘少芬".to_owned()),
            applications: if days % 2 == 0 { Vec::new() } else { vec![APPLICATION.to_owned()] },
            e_seal: days % 7 == 0,
        };
        let outcome = registered(self.service, &person(2), draft).await;
        self.as_foreseen(outcome, held_by.is_none() || days <= 0, "register");
    }
}
