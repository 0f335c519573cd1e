//! The demo hall's last weeks, simulated through the use cases: cases in every state, one overdue, one waiting for its 24 hours,
//! some of them somebody's; besides, what `holders` comes to the window with.

use chrono::{DateTime, Duration, NaiveDate, NaiveTime, Utc};

use crate::clock::ShiftedClock;
use crate::domain::accounts::actor::Actor;
use crate::domain::accounts::role::{Role, Scope};
use crate::domain::base::organization::OrganizationDraft;
use crate::domain::base::words::Language;
use crate::domain::cases::input::{ActionInput, CertificateDraft, CollectorDraft, MaterialDraft};
use crate::domain::cases::intake::acceptance_number::AcceptanceNumber;
use crate::domain::cases::intake::applicant::PersonDraft;
use crate::domain::cases::intake::application::ApplicationDraft;
use crate::domain::money::payment::PaymentDraft;
use crate::service::Service;
use crate::service::accounts::account::NewUser;
use crate::service::accounts::caller::Caller;
use crate::service::accounts::passwords::random_secret;
use crate::service::base::error::ServiceError;
use crate::service::cases::assignment::Wanted;
use crate::service::cases::case::{CaseAt, CaseKey, Expected};
use crate::startup::StartError;

/// An account of the demo.
pub(super) struct Account {
    pub(super) username: String,
    pub(super) password: String,
    pub(super) what: &'static str,
}

const ORGANIZATIONS: &str = include_str!("organizations.csv");

/// Whose some of the cases of the story are.
const ASSIGNED: &[(usize, &str)] = &[(8, "clerk"), (9, "producer"), (12, "producer"), (14, "clerk"), (17, "clerk")];

/// How far a case got.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Stage {
    Submitted,
    HalfChecked,
    Correction,
    Resubmitted,
    Checked,
    Made,
    Issued,
    Activated,
    Withdrawn,
    Rejected,
}

/// Working days ago, hour of the day, stage, and hours before now of the last step where that matters.
const STORY: &[(u32, u32, Stage)] = &[
    (19, 9, Stage::Activated),
    (18, 15, Stage::Activated),
    (17, 10, Stage::Rejected),
    (16, 11, Stage::Activated),
    (14, 9, Stage::Checked), // its limit has passed
    (12, 16, Stage::Made),
    (11, 10, Stage::Issued),
    (10, 14, Stage::Activated), // yesterday afternoon: waits out its 24 hours
    (9, 9, Stage::Made),
    (8, 11, Stage::Checked),
    (8, 15, Stage::Withdrawn),
    (7, 10, Stage::Made),
    (6, 9, Stage::Checked),
    (5, 14, Stage::Correction),
    (4, 16, Stage::Resubmitted),
    (3, 10, Stage::Checked),
    (2, 9, Stage::Correction),
    (1, 10, Stage::HalfChecked),
    (1, 15, Stage::Submitted),
    (0, 9, Stage::Submitted),
    (0, 10, Stage::HalfChecked),
];

/// Fills the hall and answers its accounts, the clerk first.
pub(super) async fn fill(
    service: &Service,
    clock: &ShiftedClock,
    now: DateTime<Utc>,
) -> Result<Vec<Account>, StartError> {
    let accounts = add_accounts(service).await?;
    let player = Player { service, clock, now, organizations: organizations()? };
    let mut numbers = Vec::new();
    for (index, (days_ago, hour, stage)) in STORY.iter().enumerate() {
        numbers.push(player.play(index, *days_ago, *hour, *stage).await?);
    }
    player.holders(STORY.len()).await?;
    clock.set(now - Duration::hours(1));
    for (index, whose) in ASSIGNED {
        if let Some(number) = numbers.get(*index) {
            player.assign(number, whose).await?;
        }
    }
    Ok(accounts)
}

async fn add_accounts(service: &Service) -> Result<Vec<Account>, StartError> {
    let outlet = service.hall().outlets.first().map(|outlet| outlet.code.clone());
    let people = [
        ("clerk", "陈窗口", Role::Clerk, outlet.clone(), "window clerk"),
        ("producer", "李制证", Role::Producer, outlet.clone(), "makes certificates"),
        ("supervisor", "黄督办", Role::Supervisor, outlet, "supervises deadlines"),
        ("administrator", "周管理", Role::Administrator, None, "imports the calendar"),
    ];
    let mut accounts = Vec::new();
    for (username, name, role, outlet, what) in people {
        let password: String = secret()?.chars().take(16).collect();
        let (username, display_name) = (username.to_owned(), name.to_owned());
        let user =
            NewUser { username: username.clone(), display_name, password: password.clone(), roles: vec![role], outlet };
        service.add_user(user).await?;
        accounts.push(Account { username, password, what });
    }
    let scopes = vec![Scope::CasesOpen, Scope::CasesRead, Scope::CasesWrite, Scope::AuthorizationsRead];
    let secret = service.add_client("portal", "网上申办系统", scopes, None).await?;
    accounts.push(Account {
        username: "portal".to_owned(),
        password: secret,
        what: "another system (client credentials)",
    });
    Ok(accounts)
}

fn secret() -> Result<String, StartError> {
    random_secret().map_err(|error| StartError::Other(error.to_string()))
}

pub(super) struct Company {
    pub(super) organization: OrganizationDraft,
    applicant: PersonDraft,
    pub(super) agent: PersonDraft,
}

fn organizations() -> Result<Vec<Company>, StartError> {
    let mut reader = csv::Reader::from_reader(ORGANIZATIONS.as_bytes());
    let mut found = Vec::new();
    for row in reader.records() {
        let row = row.map_err(|error| StartError::Other(format!("the demo's organizations can't be read: {error}")))?;
        let column = |index: usize| row.get(index).unwrap_or_default().to_owned();
        let optional = |index: usize| Some(column(index)).filter(|text| !text.is_empty());
        let old = column(2).is_empty();
        let person = |name: usize, identity_number: usize| PersonDraft {
            name: column(name),
            identity_number: column(identity_number),
            phone: column(13),
            ..PersonDraft::default()
        };
        found.push(Company {
            organization: OrganizationDraft {
                name: column(0),
                unified_social_credit_code: optional(2),
                organization_code: optional(3).filter(|_| old),
                registration_number: optional(4).filter(|_| old),
                ..OrganizationDraft::default()
            },
            applicant: person(9, 10),
            agent: person(11, 12),
        });
    }
    // Old papers without a registration number can't apply; the demo leaves them out.
    found.retain(|company| {
        let organization = &company.organization;
        organization.unified_social_credit_code.is_some() || organization.registration_number.is_some()
    });
    Ok(found)
}

pub(super) struct Player<'a> {
    pub(super) service: &'a Service,
    pub(super) clock: &'a ShiftedClock,
    pub(super) now: DateTime<Utc>,
    organizations: Vec<Company>,
}

impl Player<'_> {
    /// One case from its opening to its stage, a step a working day at the most; answers its number.
    async fn play(&self, index: usize, days_ago: u32, hour: u32, stage: Stage) -> Result<String, StartError> {
        let company = self.company(index)?;
        self.clock.set(self.instant(days_ago, hour));
        let draft = self.draft(company, None);
        let opened = self.service.open_case(&clerk(), draft, None).await.map_err(explained)?;
        let number = opened.case.acceptance_number.clone();
        let step = |later: u32| self.instant(days_ago.saturating_sub(later), hour.max(9)).min(self.now);
        match stage {
            Stage::Submitted => {}
            Stage::Withdrawn | Stage::Rejected => {
                self.clock.set(step(2));
                let action = if stage == Stage::Withdrawn { "withdraw" } else { "reject" };
                let reason = Some("申请单位另行申请".to_owned());
                self.act(&number, action, ActionInput { reason, ..ActionInput::default() }).await?;
            }
            Stage::HalfChecked => {
                self.act(&number, "record_materials", self.sheets(&opened, Some(4), false)?).await?;
            }
            Stage::Correction | Stage::Resubmitted => {
                self.act(&number, "record_materials", self.sheets(&opened, None, true)?).await?;
                self.clock.set(step(1));
                self.act(&number, "request_correction", ActionInput::default()).await?;
                if stage == Stage::Resubmitted {
                    self.clock.set(step(3));
                    self.act(&number, "resubmit", ActionInput::default()).await?;
                }
            }
            _ => self.produce(&number, &opened, index, stage, days_ago, hour).await?,
        }
        Ok(number)
    }

    async fn produce(
        &self,
        number: &str,
        opened: &CaseAt,
        index: usize,
        stage: Stage,
        days_ago: u32,
        hour: u32,
    ) -> Result<(), StartError> {
        self.act(number, "record_materials", self.sheets(opened, None, false)?).await?;
        self.act(number, "accept_materials", ActionInput::default()).await?;
        if stage >= Stage::Made {
            self.clock.set(self.instant(days_ago.saturating_sub(5), hour));
            let certificate = CertificateDraft {
                serial: format!("GZ-DEMO-{:06}", index + 1),
                medium_number: format!("KEY-DEMO-{:06}", index + 1),
            };
            let input = ActionInput { certificate: Some(certificate), ..ActionInput::default() };
            self.act(number, "record_certificate", input).await?;
            // The newest still lies where it was made.
            if days_ago > 7 {
                let input = ActionInput { box_number: Some(format!("A-{}", index % 5 + 1)), ..ActionInput::default() };
                self.act(number, "box_certificate", input).await?;
            }
        }
        if stage < Stage::Issued {
            return Ok(());
        }
        let handed_over = match stage {
            Stage::Activated if days_ago > 10 => self.instant(days_ago.saturating_sub(8), hour),
            _ => self.now - Duration::hours(19),
        };
        self.clock.set(handed_over);
        let amount_fen = opened.case.fee.total_fen;
        let payment = PaymentDraft { amount_fen, method: "transfer".to_owned(), ..PaymentDraft::default() };
        self.act(number, "record_payment", ActionInput { payment: Some(payment), ..ActionInput::default() }).await?;
        let agent = &self.company(index)?.agent;
        let (name, document_number) = (agent.name.clone(), agent.identity_number.clone());
        let collector = CollectorDraft { name, document_number, document_sighted: true };
        self.act(number, "record_collector", ActionInput { collector: Some(collector), ..ActionInput::default() })
            .await?;
        self.act(number, "issue", ActionInput::default()).await?;
        if stage == Stage::Activated {
            self.act(number, "activate", ActionInput::default()).await?;
        }
        Ok(())
    }

    pub(super) fn company(&self, index: usize) -> Result<&Company, StartError> {
        let missing = || StartError::Other("the demo has too few organizations".to_owned());
        self.organizations.get(index).ok_or_else(missing)
    }

    pub(super) fn draft(&self, company: &Company, certificate_serial: Option<String>) -> ApplicationDraft {
        let hall = self.service.hall();
        ApplicationDraft {
            case_type: "new-certificate".to_owned(),
            organization: company.organization.clone(),
            applicant: company.applicant.clone(),
            agent: Some(company.agent.clone()),
            applications: hall.applications.first().map(|known| known.code.clone()).into_iter().collect(),
            service_years: Some(1),
            payment_method: Some("transfer".to_owned()),
            collection_method: Some("window".to_owned()),
            responsibility_letter_accepted: true,
            certificate_serial,
            ..ApplicationDraft::default()
        }
    }

    /// Checks of the first rows; with a defect, one row is a stamp short.
    pub(super) fn sheets(&self, at: &CaseAt, most: Option<usize>, defect: bool) -> Result<ActionInput, StartError> {
        let report = self.service.details(at, &clerk())?;
        let most = most.unwrap_or(report.sheets.len());
        let check = |(index, sheet): (usize, &crate::domain::cases::materials::checklist::Sheet<'_>)| {
            use crate::domain::case_types::case_type::{Copies, Original};
            let copies_received = match sheet.material.copies {
                Copies::Exactly(copies) => copies,
                Copies::Unspecified => 1,
            };
            let short = u32::from(defect && index == 3);
            MaterialDraft {
                material: sheet.code.clone(),
                copies_received,
                copies_stamped: if sheet.material.stamped { copies_received - short } else { 0 },
                original_sighted: matches!(sheet.material.original, Original::Sighted | Original::Presented),
                reason: None,
                remark: None,
            }
        };
        let materials = report.sheets.iter().enumerate().take(most).map(check).collect();
        Ok(ActionInput { materials: Some(materials), ..ActionInput::default() })
    }

    pub(super) async fn assign(&self, number: &str, whose: &str) -> Result<(), StartError> {
        let (key, wanted) = (CaseKey::Number(parsed(number)?), Wanted::Assign(whose.to_owned()));
        self.service.assign(&supervisor(), key, wanted, None, Expected::Any, None).await.map_err(explained)?;
        Ok(())
    }

    pub(super) async fn act(&self, number: &str, action: &str, input: ActionInput) -> Result<(), StartError> {
        let number = parsed(number)?;
        let everyone = caller(vec![Role::Clerk, Role::Producer, Role::Supervisor], "demo", "演示");
        let who = match action {
            "record_certificate" | "box_certificate" => caller(vec![Role::Producer], "producer", "李制证"),
            "reject" => supervisor(),
            "record_materials" | "accept_materials" | "issue" | "activate" => clerk(),
            _ => everyone,
        };
        self.service.act(&who, CaseKey::Number(number), action, input, Expected::Any, None).await.map_err(explained)?;
        Ok(())
    }

    /// An hour of a working day so many working days ago.
    pub(super) fn instant(&self, working_days_ago: u32, hour: u32) -> DateTime<Utc> {
        let (hall, calendar) = (self.service.hall(), self.service.calendar());
        let mut day: NaiveDate = self.now.with_timezone(&hall.hours.zone).date_naive();
        for _ in 0..working_days_ago {
            day -= Duration::days(1);
            while !calendar.calendar.is_working_day(day) {
                day -= Duration::days(1);
            }
        }
        let time = NaiveTime::from_hms_opt(hour, 5, 0).unwrap_or_default();
        let local = day.and_time(time).and_local_timezone(hall.hours.zone).earliest();
        local.map_or(self.now, |local| local.to_utc()).min(self.now)
    }
}

fn parsed(number: &str) -> Result<AcceptanceNumber, StartError> {
    AcceptanceNumber::parse(number).map_err(|fault| StartError::Other(format!("acceptance number: {}", fault.code())))
}

fn caller(roles: Vec<Role>, id: &str, name: &str) -> Caller {
    Caller { actor: Actor { id: id.to_owned(), name: name.to_owned(), roles, outlet: None }, scopes: None }
}

pub(super) fn clerk() -> Caller {
    caller(vec![Role::Clerk], "clerk", "陈窗口")
}

pub(super) fn supervisor() -> Caller {
    caller(vec![Role::Supervisor], "supervisor", "黄督办")
}

/// The demo's own data was refused: say which words, for whoever changed it.
pub(super) fn explained(error: ServiceError) -> StartError {
    let words = match &error {
        ServiceError::Refused(refusals) => refusals.iter().map(|refusal| refusal.words()).collect(),
        ServiceError::Invalid(faults) => faults.iter().map(|fault| fault.words.clone()).collect(),
        _ => Vec::new(),
    };
    let words: Vec<&str> = words.iter().map(|words| words.text(Language::English)).collect();
    StartError::Other(format!("The demo hall can't be filled: {error} {}", words.join("; ")))
}
