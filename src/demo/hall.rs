//! The demo hall's last weeks, simulated through the use cases: cases in every state, one overdue, one waiting for its 24 hours,
//! some of them somebody's; besides, what `holders` comes to the window with.

use std::collections::VecDeque;

use chrono::{DateTime, Duration, NaiveDate, NaiveTime, Utc};

use crate::clock::ShiftedClock;
use crate::demo::accounts::{Account, as_caller};
use crate::demo::organizations::Company;
use crate::domain::accounts::role::Role;
use crate::domain::base::words::Language;
use crate::domain::cases::input::{ActionInput, CertificateDraft, CollectorDraft, MaterialDraft};
use crate::domain::cases::intake::acceptance_number::AcceptanceNumber;
use crate::domain::cases::intake::application::ApplicationDraft;
use crate::domain::money::payment::PaymentDraft;
use crate::service::Service;
use crate::service::accounts::caller::Caller;
use crate::service::base::error::ServiceError;
use crate::service::cases::assignment::Wanted;
use crate::service::cases::case::{CaseAt, CaseKey, Expected};
use crate::startup::StartError;

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
    CorrectionAfterAcceptance,
    Made,
    CorrectionAtCollection,
    Issued,
    Activated,
    Withdrawn,
    Rejected,
    Declined,
}

/// A row of the story.
#[derive(Debug, Clone, Copy)]
struct Row {
    index: usize,
    days_ago: u32,
    hour: u32,
    stage: Stage,
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
    (15, 10, Stage::Declined),
    (8, 14, Stage::CorrectionAfterAcceptance),
    (13, 10, Stage::CorrectionAtCollection),
];

/// Fills the hall, and answers why what was left out doesn't go with the hall's own settings and files.
pub(super) async fn fill(
    service: &Service,
    accounts: &[Account],
    clock: &ShiftedClock,
    now: DateTime<Utc>,
    organizations: &mut VecDeque<Company>,
) -> Vec<StartError> {
    let player = Player { service, accounts, clock, now };
    let (mut numbers, mut left_out) = (Vec::new(), Vec::new());
    for (index, &(days_ago, hour, stage)) in STORY.iter().enumerate() {
        let Some(company) = organizations.pop_front() else { break };
        match player.play(&company, Row { index, days_ago, hour, stage }).await {
            Ok(number) => numbers.push((index, number)),
            Err(error) => left_out.push(error),
        }
    }
    left_out.extend(player.holders(organizations).await);
    clock.set(now - Duration::hours(1));
    for (index, whose) in ASSIGNED {
        if let Some((_, number)) = numbers.iter().find(|(played, _)| played == index) {
            left_out.extend(player.assign(number, whose).await.err());
        }
    }
    left_out
}

pub(super) struct Player<'a> {
    pub(super) service: &'a Service,
    pub(super) accounts: &'a [Account],
    pub(super) clock: &'a ShiftedClock,
    pub(super) now: DateTime<Utc>,
}

impl Player<'_> {
    /// One case from its opening to its stage, a step a working day at the most; answers its number.
    async fn play(&self, company: &Company, row: Row) -> Result<String, StartError> {
        let Row { index, days_ago, hour, stage } = row;
        self.clock.set(self.instant(days_ago, hour));
        let draft = self.draft("new-certificate", company, None);
        let opened = self.service.open_case(&self.clerk(), draft, None).await.map_err(explained)?;
        let number = opened.case.acceptance_number.clone();
        let step = |later: u32| self.instant(days_ago.saturating_sub(later), hour.max(9)).min(self.now);
        let makes_first = self.makes_first();
        // In the guide's order a paper that turns out wrong at the collection is the first one that is looked at.
        let is_first_notice = matches!(stage, Stage::Correction | Stage::Resubmitted)
            || makes_first && stage == Stage::CorrectionAtCollection;
        if makes_first && (is_first_notice || stage == Stage::HalfChecked) {
            self.make(&number, index).await?;
        }
        match stage {
            Stage::Submitted => {}
            // It waits to be made, in either order.
            Stage::Checked if makes_first => {}
            Stage::Withdrawn | Stage::Rejected => {
                self.clock.set(step(2));
                let action = if stage == Stage::Withdrawn { "withdraw" } else { "reject" };
                let reason = Some("申请单位另行申请".to_owned());
                self.act(&number, action, ActionInput { reason, ..ActionInput::default() }).await?;
            }
            Stage::HalfChecked => {
                self.act(&number, "record_materials", self.sheets(&opened, Some(4), false)?).await?;
            }
            _ if is_first_notice => {
                self.act(&number, "record_materials", self.sheets(&opened, None, true)?).await?;
                self.clock.set(step(1));
                self.act(&number, "request_correction", ActionInput::default()).await?;
                if stage == Stage::Resubmitted {
                    self.clock.set(step(3));
                    self.act(&number, "resubmit", ActionInput::default()).await?;
                }
            }
            _ => self.produce(&number, &opened, company, row).await?,
        }
        Ok(number)
    }

    /// Whether this hall makes certificates before it checks the papers, as the guide does.
    fn makes_first(&self) -> bool {
        let opening = self.service.catalog().opening("new-certificate");
        opening.is_some_and(|definition| {
            let made = definition.workflow.action("record_certificate");
            made.is_some_and(|action| action.from.contains(&definition.workflow.initial))
        })
    }

    /// The whole fee, if the hall charges one.
    pub(super) async fn pay(&self, number: &str, opened: &CaseAt) -> Result<(), StartError> {
        let amount_fen = opened.case.fee.total_fen;
        if amount_fen == 0 {
            return Ok(());
        }
        let payment = PaymentDraft { amount_fen, method: "transfer".to_owned(), ..PaymentDraft::default() };
        self.act(number, "record_payment", ActionInput { payment: Some(payment), ..ActionInput::default() }).await
    }

    async fn accept(&self, number: &str, opened: &CaseAt) -> Result<(), StartError> {
        self.act(number, "record_materials", self.sheets(opened, None, false)?).await?;
        self.act(number, "accept_materials", ActionInput::default()).await
    }

    async fn make(&self, number: &str, index: usize) -> Result<(), StartError> {
        let certificate = CertificateDraft {
            serial: format!("GZ-DEMO-{:06}", index + 1),
            medium_number: format!("KEY-DEMO-{:06}", index + 1),
        };
        let input = ActionInput { certificate: Some(certificate), ..ActionInput::default() };
        self.act(number, "record_certificate", input).await
    }

    async fn produce(&self, number: &str, opened: &CaseAt, company: &Company, row: Row) -> Result<(), StartError> {
        let Row { index, days_ago, hour, stage } = row;
        let makes_first = self.makes_first();
        if !makes_first {
            self.accept(number, opened).await?;
        }
        if makes_first || stage >= Stage::Made && stage != Stage::Declined {
            self.clock.set(self.instant(days_ago.saturating_sub(5), hour));
            self.make(number, index).await?;
            // The newest still lies where it was made.
            if days_ago > 7 {
                let input = ActionInput { box_number: Some(format!("A-{}", index % 5 + 1)), ..ActionInput::default() };
                self.act(number, "box_certificate", input).await?;
            }
        }
        let handed_over = match stage {
            Stage::Activated if days_ago > 10 => self.instant(days_ago.saturating_sub(8), hour),
            // One after another, as receipts are numbered.
            _ => self.now - Duration::hours(19) + Duration::minutes(index as i64),
        };
        // In the guide's order the papers come to the counter with whoever collects; one of those is still there.
        if makes_first && (stage >= Stage::Issued || days_ago > 10 || stage == Stage::CorrectionAfterAcceptance) {
            self.clock.set(handed_over);
            self.accept(number, opened).await?;
        }
        let ends_early = match stage {
            Stage::CorrectionAfterAcceptance => Some("request_correction_after_acceptance"),
            Stage::CorrectionAtCollection => Some("request_correction_at_collection"),
            Stage::Declined => Some("decline"),
            _ => None,
        };
        if let Some(action) = ends_early {
            if stage == Stage::CorrectionAtCollection {
                self.clock.set(handed_over);
            }
            return self.turn_out_wrong(number, opened, action).await;
        }
        if stage < Stage::Issued {
            return Ok(());
        }
        self.clock.set(handed_over);
        self.pay(number, opened).await?;
        let (name, document_number) = (company.agent.name.clone(), company.agent.identity_number.clone());
        let collector = CollectorDraft { name, document_number, document_sighted: true, ..CollectorDraft::default() };
        self.act(number, "record_collector", ActionInput { collector: Some(collector), ..ActionInput::default() })
            .await?;
        self.act(number, "issue", ActionInput::default()).await?;
        if stage == Stage::Activated {
            self.act(number, "activate", ActionInput::default()).await?;
        }
        Ok(())
    }

    /// A paper that was accepted turns out to be a stamp short, and the applicant is told, or the hall declines.
    async fn turn_out_wrong(&self, number: &str, opened: &CaseAt, action: &str) -> Result<(), StartError> {
        let input = match action {
            "decline" => {
                let reason = Some("印章已备案注销，材料与实际不符".to_owned());
                ActionInput { reason, ..ActionInput::default() }
            }
            _ => {
                self.act(number, "record_materials", self.sheets(opened, None, true)?).await?;
                ActionInput::default()
            }
        };
        self.act(number, action, input).await
    }

    /// What most case types ask for, at the hall's default outlet.
    pub(super) fn draft(
        &self,
        case_type: &str,
        company: &Company,
        certificate_serial: Option<String>,
    ) -> ApplicationDraft {
        let required =
            self.service.catalog().current_case_type(case_type).map(|known| known.required_applications.clone());
        let first = self.service.hall().applications.first().map(|known| known.code.clone());
        let required = required.filter(|required| !required.is_empty());
        ApplicationDraft {
            case_type: case_type.to_owned(),
            organization: company.organization.clone(),
            applicant: company.applicant.clone(),
            agent: Some(company.agent.clone()),
            applications: required.unwrap_or_else(|| first.into_iter().collect()),
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
        let report = self.service.details(at, &self.clerk())?;
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
        self.service.assign(&self.supervisor(), key, wanted, None, Expected::Any, None).await.map_err(explained)?;
        Ok(())
    }

    pub(super) async fn act(&self, number: &str, action: &str, input: ActionInput) -> Result<(), StartError> {
        let number = parsed(number)?;
        // Whatever a clerk alone may not do here, a hall's clerk may who has the other roles, too.
        let everyone = as_caller(self.accounts, "clerk", vec![Role::Clerk, Role::Producer, Role::Supervisor]);
        let who = match action {
            "record_certificate" | "box_certificate" => as_caller(self.accounts, "producer", vec![Role::Producer]),
            "reject" | "decline" => self.supervisor(),
            "record_materials" | "accept_materials" | "issue" | "activate" => self.clerk(),
            _ => everyone,
        };
        self.service.act(&who, CaseKey::Number(number), action, input, Expected::Any, None).await.map_err(explained)?;
        Ok(())
    }

    pub(super) fn clerk(&self) -> Caller {
        as_caller(self.accounts, "clerk", vec![Role::Clerk])
    }

    pub(super) fn supervisor(&self) -> Caller {
        as_caller(self.accounts, "supervisor", vec![Role::Supervisor])
    }

    /// The second person where one is needed.
    pub(super) fn second_supervisor(&self) -> Caller {
        as_caller(self.accounts, "supervisor-two", vec![Role::Supervisor])
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

pub(super) fn explained(error: ServiceError) -> StartError {
    let words = match &error {
        ServiceError::Refused(refusals) => refusals.iter().map(|refusal| refusal.words()).collect(),
        ServiceError::Invalid(faults) => faults.iter().map(|fault| fault.words.clone()).collect(),
        _ => Vec::new(),
    };
    let words: Vec<&str> = words.iter().map(|words| words.text(Language::English)).collect();
    StartError::Other(format!("{error} {}", words.join("; ")))
}
