//! Random days of a hall: whatever is asked in whatever order, an organization has at most one living certificate or open
//! case for one, the claims say the same as cases and certificates, and a case is its events folded.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};

use casehall::clock::ManualClock;
use casehall::domain::accounts::actor::Actor;
use casehall::domain::accounts::role::Role;
use casehall::domain::base::organization::OrganizationDraft;
use casehall::domain::case_types::case_type::{Copies, Original};
use casehall::domain::cases::case::{Case, fold};
use casehall::domain::cases::held::offers_on;
use casehall::domain::cases::input::{ActionInput, CertificateDraft, CollectorDraft, MaterialDraft};
use casehall::domain::cases::intake::applicant::PersonDraft;
use casehall::domain::cases::intake::application::{ApplicationDraft, CorrectionDraft};
use casehall::domain::cases::refusal::HeldBy;
use casehall::domain::certificates::registration::RegistrationDraft;
use casehall::domain::money::payment::PaymentDraft;
use casehall::service::Service;
use casehall::service::accounts::caller::Caller;
use casehall::service::base::error::ServiceError;
use casehall::service::cases::case::{CaseAt, CaseKey, Expected};
use casehall::store::cases::{self, CaseFilter, CasePage};
use casehall::store::certificates::claims::{self, Claim, Holder};
use casehall::store::{Db, StoreError, certificates};
use chrono::Duration;
use proptest::prelude::*;
use proptest::test_runner::{Config, RngSeed, TestCaseError, TestRunner};
use uuid::Uuid;

use crate::databases::{TestDatabase, on_both};
use crate::hall::{CENTER, Hall, organization_code, registering::registered, unified_code};

on_both!(an_organization_has_one_certificate_or_one_open_case);

/// Organizations of a hall; few, so that they come back.
const ORGANIZATIONS: u32 = 3;
/// Numbers for certificates; few, so that they collide.
const SERIALS: u32 = 12;
const HALLS: u32 = 16;
const STEPS: std::ops::Range<usize> = 20..80;
const APPLICATION: &str = "urban-construction";

/// What is asked. Open cases are counted from the newest.
#[derive(Debug, Clone)]
enum Step {
    Open { organization: u32, old_papers: bool },
    Add { organization: u32, serial: u32 },
    Advance { case: usize, serial: u32 },
    End { case: usize, action: &'static str },
    Remake,
    Correct { case: usize, organization: u32, old_papers: bool },
    Register { organization: u32, serial: u32, expired: bool },
    Wait { days: i64 },
}

fn step() -> impl Strategy<Value = Step> {
    let (organizations, serials, cases, flags) = (0..ORGANIZATIONS, 0..SERIALS, 0..3_usize, any::<bool>());
    let actions = prop::sample::select(vec!["reject", "decline", "withdraw"]);
    prop_oneof![
        5 => (organizations.clone(), flags).prop_map(|(organization, old_papers)| Step::Open { organization, old_papers }),
        3 => (organizations.clone(), serials.clone()).prop_map(|(organization, serial)| Step::Add { organization, serial }),
        16 => (cases.clone(), serials.clone()).prop_map(|(case, serial)| Step::Advance { case, serial }),
        3 => (cases.clone(), actions).prop_map(|(case, action)| Step::End { case, action }),
        3 => (cases, organizations.clone(), flags)
            .prop_map(|(case, organization, old_papers)| Step::Correct { case, organization, old_papers }),
        4 => (organizations, serials, prop::bool::weighted(0.2))
            .prop_map(|(organization, serial, expired)| Step::Register { organization, serial, expired }),
        1 => Just(Step::Remake),
        1 => (0..500_i64).prop_map(|days| Step::Wait { days }),
    ]
}

async fn an_organization_has_one_certificate_or_one_open_case(database: TestDatabase) {
    let db = database.open();
    let hall = Hall::open(database).await;
    let (service, clock) = (hall.running.service.clone(), hall.clock.clone());
    let (runtime, halls, seen) = (tokio::runtime::Handle::current(), AtomicU32::new(0), Seen::default());
    let noted = seen.clone();
    let run = tokio::task::spawn_blocking(move || {
        // The same each time, so that what must occur does; PROPTEST_RNG_SEED takes others.
        let config = Config { cases: HALLS, failure_persistence: None, ..Config::default() };
        let rng_seed = if config.rng_seed == RngSeed::Random { RngSeed::Fixed(7) } else { config.rng_seed };
        let config = Config { rng_seed, ..config };
        TestRunner::new(config).run(&prop::collection::vec(step(), STEPS), |steps| {
            let first = halls.fetch_add(1, Ordering::Relaxed) * SERIALS;
            let mut days = Days { service: &service, db: &db, clock: &clock, first, cases: Vec::new(), seen: &noted };
            runtime.block_on(async {
                for step in steps {
                    days.take(step).await;
                    days.check().await;
                }
                Ok::<_, TestCaseError>(())
            })
        })
    });
    run.await.unwrap().unwrap();
    assert_eq!(hall.running.service.check_consistency().await.unwrap().faults, [""; 0]);
    let seen = seen.lock().unwrap();
    for often in [
        "new-certificate activated, activate",
        "new-certificate rejected, reject",
        "new-certificate withdrawn, withdraw",
        "add-application activated, activate",
        "already_applied",
        "application_already_open",
        "certificate_expired",
        "serial_taken",
        "wrong_state",
    ] {
        assert!(seen.contains_key(often), "{often} is missing in {seen:?}");
    }
}

/// What happened in any hall: states that actions led to, and refusals.
type Seen = Arc<Mutex<BTreeMap<String, u32>>>;

struct Days<'a> {
    service: &'a Service,
    db: &'a Db,
    clock: &'a ManualClock,
    /// Numbers of organizations and certificates count from here: a database serves many halls.
    first: u32,
    cases: Vec<Uuid>,
    seen: &'a Seen,
}

fn everyone() -> Caller {
    let roles = vec![Role::Clerk, Role::Producer, Role::Supervisor];
    Caller::new(Actor { id: "everyone".to_owned(), name: "某".to_owned(), roles, outlet: None }, None)
}

impl Days<'_> {
    async fn take(&mut self, step: Step) {
        match step {
            Step::Open { organization, old_papers } => {
                self.open(self.application(organization, old_papers, None)).await;
            }
            Step::Add { organization, serial } => {
                let code = organization_code(self.first + organization);
                let held = self.service.certificates_of(&everyone(), &code).await.unwrap();
                let serial = held.first().map_or_else(|| self.serial(serial), |held| held.serial.clone());
                self.open(self.application(organization, false, Some(serial))).await;
            }
            Step::Advance { case, serial } => {
                let Some(case) = self.case(case).await else { return };
                self.advance(case, serial).await;
            }
            Step::End { case, action } => {
                let Some(case) = self.case(case).await else { return };
                self.act(case, action, because()).await;
            }
            Step::Remake => {
                for case in self.cases.clone() {
                    if self.now(case).await.case.state == "certificate_made" {
                        self.act(case, "remake", because()).await;
                    }
                }
            }
            Step::Correct { case, organization, old_papers } => {
                let Some(case) = self.case(case).await else { return };
                let organization = Some(self.organization(organization, old_papers));
                let correction = Some(CorrectionDraft { organization, ..CorrectionDraft::default() });
                let input = ActionInput { reason: Some("填错".to_owned()), correction, ..ActionInput::default() };
                self.act(case, "correct_application", input).await;
            }
            Step::Register { organization, serial, expired } => {
                let now = self.service.now();
                let draft = RegistrationDraft {
                    serial: self.serial(serial),
                    medium_number: self.medium(serial),
                    organization: self.organization(organization, false),
                    valid_from: now - Duration::days(400),
                    valid_until: now + Duration::days(if expired { -1 } else { 100 }),
                    locked_at: None,
                    handler: None,
                    applications: Vec::new(),
                    e_seal: false,
                };
                self.done(registered(self.service, &everyone(), draft).await);
            }
            Step::Wait { days } => self.clock.advance(Duration::days(days)),
        }
    }

    /// What was done; a refusal is fine, a failure isn't.
    fn done<T>(&self, outcome: Result<T, ServiceError>) -> Option<T> {
        match outcome {
            Ok(done) => Some(done),
            Err(ServiceError::Refused(refusals)) => {
                refusals.iter().for_each(|refusal| self.note(refusal.code()));
                None
            }
            Err(ServiceError::Invalid(_)) => None,
            Err(other) => panic!("{other:?}"),
        }
    }

    fn note(&self, what: &str) {
        *self.seen.lock().unwrap().entry(what.to_owned()).or_default() += 1;
    }

    fn serial(&self, serial: u32) -> String {
        format!("GZ-{:06}", self.first + serial)
    }

    fn medium(&self, serial: u32) -> String {
        format!("KEY-{:06}", self.first + serial)
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

    fn application(&self, organization: u32, old_papers: bool, certificate_serial: Option<String>) -> ApplicationDraft {
        let adds = certificate_serial.is_some();
        let [name, identity_number, phone] = ["谭丽", "440199196412310694", "13800138000"].map(str::to_owned);
        let applicant = PersonDraft { name, identity_number, phone, ..PersonDraft::default() };
        ApplicationDraft {
            case_type: if adds { "add-application" } else { "new-certificate" }.to_owned(),
            organization: self.organization(organization, old_papers),
            applicant,
            applications: vec![APPLICATION.to_owned()],
            outlet: Some(CENTER.to_owned()),
            service_years: Some(1),
            payment_method: Some("cash".to_owned()),
            collection_method: (!adds).then(|| "window".to_owned()),
            responsibility_letter_accepted: !adds,
            certificate_serial,
            ..ApplicationDraft::default()
        }
    }

    /// An open case, or else the newest.
    async fn case(&self, from_newest: usize) -> Option<Uuid> {
        let mut open = Vec::new();
        for case in self.cases.iter().rev() {
            open.extend(self.now(*case).await.case.closed_at.is_none().then_some(*case));
        }
        open.get(from_newest).or(self.cases.last()).copied()
    }

    async fn open(&mut self, draft: ApplicationDraft) {
        let opened = self.done(self.service.open_case(&everyone(), draft, None).await);
        self.cases.extend(opened.iter().map(|opened| opened.case.id));
    }

    async fn now(&self, case: Uuid) -> CaseAt {
        self.service.case(&everyone(), CaseKey::Id(case)).await.unwrap()
    }

    /// Takes an action; a refusal leaves the case as it was.
    async fn act(&self, case: Uuid, action: &str, input: ActionInput) -> Option<()> {
        let before = self.now(case).await.case;
        let after =
            self.done(self.service.act(&everyone(), CaseKey::Id(case), action, input, Expected::Any, None).await);
        let there = self.now(case).await.case;
        assert_eq!(there, after.as_ref().map_or(before, |after| after.case.clone()));
        after.map(|after| self.note(&format!("{} {}, {action}", after.case.case_type.code, after.case.state)))
    }

    /// Everything that leads to the next state.
    async fn advance(&self, case: Uuid, serial: u32) {
        let at = self.now(case).await;
        let makes = at.case.application.certificate_serial.is_none();
        let mut actions = Vec::new();
        match at.case.state.as_str() {
            "submitted" => {
                actions.push(("record_materials", self.papers(&at)));
                actions.push(("accept_materials", ActionInput::default()));
            }
            "materials_checked" if makes => {
                actions.push(("record_materials", self.papers(&at)));
                let (serial, medium_number) = (self.serial(serial), self.medium(serial));
                let certificate = Some(CertificateDraft { serial, medium_number });
                actions.push(("record_certificate", ActionInput { certificate, ..ActionInput::default() }));
            }
            "materials_checked" => {
                actions.push(("record_materials", self.papers(&at)));
                actions.extend(payment(&at.case));
                actions.push(("activate", ActionInput::default()));
            }
            "certificate_made" => {
                actions.push(("record_materials", self.papers(&at)));
                actions.extend(payment(&at.case));
                let (name, document_number) = ("谭丽".to_owned(), "440199196412310694".to_owned());
                let collector =
                    Some(CollectorDraft { name, document_number, document_sighted: true, ..CollectorDraft::default() });
                actions.push(("record_collector", ActionInput { collector, ..ActionInput::default() }));
                actions.push(("issue", ActionInput::default()));
            }
            _ => actions.push(("activate", ActionInput::default())),
        }
        for (action, input) in actions {
            if self.act(case, action, input).await.is_none() {
                return;
            }
        }
    }

    /// Checks of every sheet that find everything in order.
    fn papers(&self, at: &CaseAt) -> ActionInput {
        let report = self.service.details(at, &everyone()).unwrap();
        let check = |sheet: &casehall::domain::cases::materials::checklist::Sheet<'_>| {
            let copies = if let Copies::Exactly(copies) = sheet.material.copies { copies } else { 1 };
            MaterialDraft {
                material: sheet.code.clone(),
                copies_received: copies,
                copies_stamped: if sheet.material.stamped { copies } else { 0 },
                original_sighted: matches!(sheet.material.original, Original::Sighted | Original::Presented),
                reason: None,
                remark: None,
            }
        };
        ActionInput { materials: Some(report.sheets.iter().map(check).collect()), ..ActionInput::default() }
    }

    async fn check(&self) {
        for number in 0..ORGANIZATIONS {
            self.check_organization(self.first + number).await;
        }
        for case in &self.cases {
            let (case, events) = self.service.timeline(&everyone(), CaseKey::Id(*case)).await.unwrap();
            assert_eq!(fold(case.id, &events).as_ref(), Some(&case), "a case is its events folded");
            assert!(events.iter().map(|event| event.sequence).eq(1..=case.version));
            assert_eq!(self.now(case.id).await.case, case);
        }
    }

    async fn check_organization(&self, number: u32) {
        let (now, code) = (self.service.now(), organization_code(number));
        let (open, living, claim, mut additions) = self
            .db
            .read_long("check", move |tx| {
                let filter =
                    CaseFilter { organization_code: Some(code.clone()), closed: Some(false), ..CaseFilter::default() };
                let open = cases::list(tx, &filter, &CasePage::newest(200))?.cases;
                let held = certificates::list_of_organization(tx, &code)?;
                let claim = claims::find(tx, &Claim::Organization { organization_code: code.clone() })?;
                let mut additions = Vec::new();
                for certificate in &held {
                    let (serial, application) = (certificate.serial.clone(), APPLICATION.to_owned());
                    let holder = claims::find(tx, &Claim::Addition { serial: serial.clone(), application })?;
                    additions.extend(holder.map(|holder| (serial, holder)));
                }
                let living: Vec<_> = held.into_iter().filter(|certificate| certificate.is_living(now)).collect();
                Ok::<_, StoreError>((open, living, claim, additions))
            })
            .await
            .unwrap();
        let (making, adding): (Vec<_>, Vec<_>) = open.into_iter().partition(|case| case.case_type == "new-certificate");
        // A certificate that an open case has made is that case's.
        let of_open_case = |id: Option<Uuid>| id.is_some_and(|id| making.iter().any(|case| case.id == id));
        let living: Vec<_> = living.into_iter().filter(|certificate| !of_open_case(certificate.case_id)).collect();
        assert!(living.len() + making.len() <= 1, "{living:?} {making:?}");
        let held_by = match (&making[..], &living[..]) {
            ([case], []) => {
                assert_eq!(claim, Some(Holder::Case(case.id)));
                Some(HeldBy::Case { acceptance_number: Some(case.acceptance_number.clone()) })
            }
            ([], [certificate]) => {
                assert_eq!(claim, Some(Holder::Certificate(certificate.serial.clone())));
                let mut offers = offers_on(self.service.catalog(), certificate, &everyone().actor, now);
                offers.retain(|_| additions.iter().all(|(serial, _)| *serial != certificate.serial));
                Some(HeldBy::Certificate { serial: certificate.serial.clone(), offers })
            }
            _ => {
                assert!(!matches!(claim, Some(Holder::Case(_))), "a closed case has given its claim back");
                None
            }
        };
        for code in [unified_code(number), organization_code(number)] {
            assert_eq!(self.service.eligibility(&everyone(), &code).await.unwrap().held_by, held_by);
        }
        let mut open_additions: Vec<_> =
            adding.iter().map(|case| (case.certificate_serial.clone().unwrap(), Holder::Case(case.id))).collect();
        open_additions.sort_by(|one, other| one.0.cmp(&other.0));
        additions.sort_by(|one, other| one.0.cmp(&other.0));
        assert_eq!(additions, open_additions);
    }
}

fn because() -> ActionInput {
    ActionInput { reason: Some("填错".to_owned()), ..ActionInput::default() }
}

fn payment(case: &Case) -> Option<(&'static str, ActionInput)> {
    let amount_fen = case.outstanding_fen();
    let payment = Some(PaymentDraft { amount_fen, method: "cash".to_owned(), ..PaymentDraft::default() });
    (amount_fen > 0).then(|| ("record_payment", ActionInput { payment, ..ActionInput::default() }))
}
