//! A year of a hall, played from a seed: applications come, papers lack this and that, work lies about, certificates
//! are made late and twice, deadlines are stopped and extended, applicants stay away.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use casehall::domain::accounts::actor::Actor;
use casehall::domain::accounts::role::Role;
use casehall::domain::base::organization::OrganizationDraft;
use casehall::domain::calendar::deadline::PauseCause;
use casehall::domain::case_types::case_type::{Copies, Original};
use casehall::domain::cases::case::Case;
use casehall::domain::cases::input::{ActionInput, CertificateDraft, CollectorDraft, MaterialDraft};
use casehall::domain::cases::intake::applicant::PersonDraft;
use casehall::domain::cases::intake::application::{ApplicationDraft, CorrectionDraft};
use casehall::domain::cases::materials::outstanding::overlooked;
use casehall::domain::certificates::registration::RegistrationDraft;
use casehall::domain::money::payment::PaymentDraft;
use casehall::service::Service;
use casehall::service::accounts::caller::Caller;
use casehall::service::cases::case::{CaseAt, CaseKey, Expected};
use chrono::{DateTime, Datelike, Duration, NaiveDate, Utc};
use uuid::Uuid;

use crate::hall::registering::registered;
use crate::hall::{CENTER, Hall, unified_code};

/// Dice that fall the same for the same seed (xorshift64*).
pub(super) struct Dice(u64);

impl Dice {
    pub(super) fn new(seed: u64) -> Self {
        Self(seed.max(1))
    }

    /// A number below `sides`.
    pub(super) fn roll(&mut self, sides: u64) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33) % sides
    }

    /// Whether something happens that happens so many times in a hundred.
    fn happens(&mut self, percent: u64) -> bool {
        self.roll(100) < percent
    }
}

/// The hall, and who works in it.
pub(crate) struct Year<'a> {
    hall: &'a Hall,
    dice: Dice,
    agenda: BinaryHeap<Reverse<(DateTime<Utc>, usize)>>,
    /// The cases in the order of their numbers; none until the application comes.
    pub(super) cases: Vec<Option<Uuid>>,
    certificates: u32,
}

fn staff(id: &str, role: Role, outlet: Option<&str>) -> Caller {
    let outlet = outlet.map(str::to_owned);
    Caller::new(Actor { id: id.to_owned(), name: id.to_owned(), roles: vec![role], outlet }, None)
}

const PANYU: &str = "panyu";

impl<'a> Year<'a> {
    /// Applications on random days of a year, some at night and on days off.
    pub(crate) fn new(hall: &'a Hall, first: NaiveDate, days: u64, cases: usize, seed: u64) -> Self {
        let mut dice = Dice::new(seed);
        let midnight = first.and_time(chrono::NaiveTime::MIN).and_utc() - Duration::hours(8);
        let mut agenda = BinaryHeap::new();
        for case in 0..cases {
            // Many come when the year is nearly over.
            let day = if dice.happens(25) { days - 1 - dice.roll(24) } else { dice.roll(days) };
            let day = Duration::days(day as i64);
            let hour = if dice.happens(85) { 9 + dice.roll(8) } else { dice.roll(24) };
            let at = midnight + day + Duration::hours(hour as i64) + Duration::seconds(dice.roll(3600) as i64);
            agenda.push(Reverse((at, case)));
        }
        Self { hall, dice, agenda, cases: vec![None; cases], certificates: 0 }
    }

    fn service(&self) -> &'a Service {
        &self.hall.running.service
    }

    /// Plays on until an instant.
    pub(crate) async fn play(&mut self, until: DateTime<Utc>) {
        let mut swept = until.date_naive();
        while let Some(Reverse((at, number))) = self.agenda.peek().copied().filter(|next| next.0.0 < until) {
            self.agenda.pop();
            self.hall.clock.set(at);
            if at.date_naive() != swept {
                swept = at.date_naive();
                self.service().sweep().await.unwrap();
            }
            let next = match self.cases[number] {
                None => self.open(number).await,
                Some(id) => self.work(id).await,
            };
            if let Some(days) = next {
                let later = self.later(at, days);
                self.agenda.push(Reverse((later, number)));
            }
        }
        self.hall.clock.set(until);
    }

    /// Some time of a working day, about so many days later.
    fn later(&mut self, at: DateTime<Utc>, days: u64) -> DateTime<Utc> {
        let hours = &self.service().hall().hours;
        let calendar = self.service().calendar();
        let mut day = hours.local_date(at) + Duration::days(days as i64);
        while !calendar.calendar.is_working_day(day) {
            day += Duration::days(1);
        }
        let seconds = self.dice.roll(9 * 3600) as i64; // the last half hour is after closing time
        (hours.start_of_business(day) + Duration::seconds(seconds)).max(at + Duration::minutes(1))
    }

    async fn open(&mut self, number: usize) -> Option<u64> {
        let organization = OrganizationDraft {
            name: format!("广州第{number}建筑有限公司"),
            unified_social_credit_code: Some(unified_code(number as u32)),
            ..OrganizationDraft::default()
        };
        let adds = self.dice.happens(20);
        let certificate_serial = adds.then(|| format!("GZ-OLD-{number:06}"));
        let now = self.service().now();
        if let Some(serial) = &certificate_serial {
            let draft = RegistrationDraft {
                serial: serial.clone(),
                medium_number: format!("KEY-OLD-{number:06}"),
                organization: organization.clone(),
                valid_from: now - Duration::days(100),
                valid_until: now + Duration::days(900),
                locked_at: None,
                handler: None,
                applications: Vec::new(),
                e_seal: false,
            };
            let supervisor = staff("supervisor", Role::Supervisor, None);
            registered(self.service(), &supervisor, draft).await.unwrap();
        }
        let person = |name: &str, identity_number: &str| PersonDraft {
            name: name.to_owned(),
            identity_number: identity_number.to_owned(),
            phone: "13800138000".to_owned(),
            ..PersonDraft::default()
        };
        let draft = ApplicationDraft {
            case_type: if adds { "add-application" } else { "new-certificate" }.to_owned(),
            organization,
            applicant: person("谭丽", "440199196412310694"),
            agent: self.dice.happens(50).then(|| person("刘少芬", "440199196706237621")),
            applications: vec!["urban-construction".to_owned()],
            outlet: Some(if self.dice.happens(70) { CENTER } else { PANYU }.to_owned()),
            service_years: Some(1),
            payment_method: Some("cash".to_owned()),
            collection_method: (!adds).then(|| "window".to_owned()),
            responsibility_letter_accepted: !adds,
            certificate_serial,
            ..ApplicationDraft::default()
        };
        let clerk = self.clerk();
        let opened = self.service().open_case(&clerk, draft, None).await.unwrap();
        self.cases[number] = Some(opened.case.id);
        Some(self.dice.roll(3))
    }

    fn clerk(&mut self) -> Caller {
        staff(["clerk-1", "clerk-2", "clerk-3"][self.dice.roll(3) as usize], Role::Clerk, None)
    }

    fn producer(&mut self) -> Caller {
        staff(["producer-1", "producer-2"][self.dice.roll(2) as usize], Role::Producer, None)
    }

    /// The next thing that happens to a case; gives the days until somebody looks at it again.
    async fn work(&mut self, id: Uuid) -> Option<u64> {
        let auditor = staff("auditor", Role::Auditor, None);
        let at = self.service().case(&auditor, CaseKey::Id(id)).await.unwrap();
        if at.case.closed_at.is_some() {
            return None;
        }
        if let Some(days) = self.out_of_the_ordinary(&at).await {
            return days;
        }
        let makes_first = at.case.workflow.code == "make-then-check";
        match at.case.state.as_str() {
            "submitted" if makes_first => self.make(&at).await,
            "submitted" => self.check(&at).await,
            "certificate_made" if makes_first => self.check(&at).await,
            "correction_requested" => {
                let clerk = self.clerk();
                self.act(&at.case, &clerk, "resubmit", ActionInput::default()).await;
                Some(self.dice.roll(3))
            }
            "materials_checked" if at.case.workflow.code == "check-then-make" => self.make(&at).await,
            "materials_checked" if at.case.case_type.code == "add-application" => {
                let clerk = self.clerk();
                self.pay(&at.case, &clerk).await;
                self.act(&at.case, &clerk, "activate", ActionInput::default()).await;
                None
            }
            "certificate_made" | "materials_checked" => {
                let clerk = self.clerk();
                self.pay(&at.case, &clerk).await;
                let collector = CollectorDraft {
                    name: "刘少芬".to_owned(),
                    document_number: "440199196706237621".to_owned(),
                    document_sighted: true,
                    ..CollectorDraft::default()
                };
                let input = ActionInput { collector: Some(collector), ..ActionInput::default() };
                self.act(&at.case, &clerk, "record_collector", input).await;
                let elsewhere = |stay: &casehall::domain::certificates::custody::Stay| {
                    stay.place.outlet != at.case.application.outlet
                };
                if at.case.custody.values().any(elsewhere) {
                    let input = ActionInput { box_number: Some("A-1".to_owned()), ..ActionInput::default() };
                    self.act(&at.case, &clerk, "box_certificate", input).await;
                }
                self.act(&at.case, &clerk, "issue", ActionInput::default()).await;
                Some(self.dice.roll(2))
            }
            "issued" => {
                let clerk = self.clerk();
                self.act(&at.case, &clerk, "activate", ActionInput::default()).await;
                None
            }
            state => panic!("nobody knows what to do in {state}"),
        }
    }

    /// What doesn't belong to the main line; outer none: nothing of the sort.
    async fn out_of_the_ordinary(&mut self, at: &CaseAt) -> Option<Option<u64>> {
        let case = &at.case;
        let supervisor = staff("supervisor", Role::Supervisor, None);
        let clerk = self.clerk();
        let because = || ActionInput { reason: Some("情况特殊".to_owned()), ..ActionInput::default() };
        let before_making = case.made_at.is_none() && case.case_type.code == "new-certificate";
        let stands_open = match case.workflow.code.as_str() {
            "make-then-check" => case.state == "submitted",
            _ => ["submitted", "correction_requested", "materials_checked"].contains(&case.state.as_str()),
        };
        if before_making && stands_open {
            if case.is_paused_by(PauseCause::Decision) {
                self.act(case, &supervisor, "resume", ActionInput::default()).await;
                return Some(Some(self.dice.roll(4)));
            }
            if self.dice.happens(4) {
                self.act(case, &supervisor, "pause", because()).await;
                return Some(Some(1 + self.dice.roll(15)));
            }
            let limit = self.service().details(at, &supervisor).unwrap().deadline.unwrap().deadlines.limit;
            if self.dice.happens(4) && self.service().now() <= limit.at {
                let limit = limit.date;
                let calendar = self.service().calendar();
                let mut later = limit + Duration::days(1 + self.dice.roll(10) as i64);
                while !calendar.calendar.is_working_day(later) {
                    later += Duration::days(1);
                }
                let input = ActionInput { limit: Some(later), ..because() };
                self.act(case, &supervisor, "extend_limit", input).await;
                return Some(Some(self.dice.roll(8)));
            }
        }
        if case.state == "issued" {
            return None;
        }
        if self.dice.happens(3) {
            let workflow = self.service().catalog().of(&case.case_type, &case.workflow).unwrap().workflow;
            let ends = if workflow.action("reject").unwrap().from.contains(&case.state) { "reject" } else { "decline" };
            self.act(case, &clerk, if self.dice.0.is_multiple_of(3) { ends } else { "withdraw" }, because()).await;
            return Some(None);
        }
        if self.dice.happens(4) {
            let outlet = if case.application.outlet == CENTER { PANYU } else { CENTER };
            let correction = CorrectionDraft { outlet: Some(outlet.to_owned()), ..CorrectionDraft::default() };
            let input = ActionInput { correction: Some(correction), ..because() };
            self.act(case, &clerk, "correct_application", input).await;
            return Some(Some(self.dice.roll(2)));
        }
        let made =
            case.certificate.is_some() && ["certificate_made", "materials_checked"].contains(&case.state.as_str());
        if made && self.dice.happens(5) {
            let producer = self.producer();
            self.act(case, &producer, "remake", because()).await;
            return Some(Some(self.dice.roll(6)));
        }
        None
    }

    async fn check(&mut self, at: &CaseAt) -> Option<u64> {
        let clerk = self.clerk();
        let lacking = self.dice.happens(35);
        let mut materials = Vec::new();
        for sheet in self.service().details(at, &clerk).unwrap().sheets {
            let copies = match sheet.material.copies {
                Copies::Exactly(copies) => copies,
                Copies::Unspecified => 1,
            };
            let lacks = lacking && (materials.is_empty() || self.dice.happens(30));
            let received = if lacks && self.dice.happens(60) { self.dice.roll(3) as u32 } else { copies };
            let received = received.min(copies);
            let shown = sheet.material.original != Original::None;
            materials.push(MaterialDraft {
                material: sheet.code.clone(),
                copies_received: received,
                copies_stamped: if sheet.material.stamped { received - u32::from(lacks && received > 0) } else { 0 },
                original_sighted: shown && !(lacks && self.dice.happens(50)),
                reason: (lacks && self.dice.happens(20)).then(|| "illegible".to_owned()),
                remark: None,
            });
        }
        let input = ActionInput { materials: Some(materials), ..ActionInput::default() };
        let checked = self.act(&at.case, &clerk, "record_materials", input).await;
        let complete = self.service().details(&checked, &clerk).unwrap().verdict.is_complete();
        if complete {
            self.act(&at.case, &clerk, "accept_materials", ActionInput::default()).await;
            return Some(self.dice.roll(9));
        }
        let verdict = self.service().details(&checked, &clerk).unwrap().verdict;
        if overlooked(&checked.case, verdict.missing.iter()).next().is_none() {
            self.act(&at.case, &clerk, "request_correction", ActionInput::default()).await;
        } else {
            let supervisor = staff("supervisor", Role::Supervisor, None);
            let input = ActionInput { reason: Some("情况特殊".to_owned()), ..ActionInput::default() };
            self.act(&at.case, &supervisor, "request_further_correction", input).await;
        }
        Some(self.dice.roll(20))
    }

    async fn make(&mut self, at: &CaseAt) -> Option<u64> {
        let ill = self.service().now() > "2026-12-07T00:00:00Z".parse::<DateTime<Utc>>().unwrap();
        if self.dice.happens(if ill { 55 } else { 45 }) {
            return Some(self.dice.roll(9)); // it lies about, most of all while the producers are ill
        }
        self.certificates += 1;
        let certificate = CertificateDraft {
            serial: format!("GZ-{:06}", self.certificates),
            medium_number: format!("KEY-{:06}", self.certificates),
        };
        let producer = self.producer();
        let input = ActionInput { certificate: Some(certificate), ..ActionInput::default() };
        self.act(&at.case, &producer, "record_certificate", input).await;
        Some(if self.dice.happens(10) { 40 } else { self.dice.roll(12) })
    }

    async fn pay(&mut self, case: &Case, clerk: &Caller) {
        if case.outstanding_fen() == 0 {
            return; // paid before the certificate was made again
        }
        let payment =
            PaymentDraft { amount_fen: case.outstanding_fen(), method: "cash".to_owned(), ..PaymentDraft::default() };
        let input = ActionInput { payment: Some(payment), ..ActionInput::default() };
        self.act(case, clerk, "record_payment", input).await;
    }

    async fn act(&self, case: &Case, who: &Caller, action: &str, input: ActionInput) -> CaseAt {
        let key = CaseKey::Id(case.id);
        let done = self.service().act(who, key, action, input, Expected::Any, None).await;
        done.unwrap_or_else(|error| panic!("{action} in {} on {}: {error}", case.state, case.updated_at.year()))
    }
}
