//! Organizations with certificates from before, and what brings them to the window: one for every case type, at different
//! stages, and some for which nobody has come yet.

use std::collections::VecDeque;

use chrono::Duration;

use crate::demo::hall::{Player, explained};
use crate::demo::organizations::Company;
use crate::domain::cases::input::ActionInput;
use crate::domain::cases::intake::application::ApplicationDraft;
use crate::domain::certificates::registration::RegistrationDraft;
use crate::service::certificates::lock_and_loss::Report;
use crate::startup::StartError;

/// What brings somebody to the window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Errand {
    AddApplication,
    Unlock,
    Renew,
    Change,
    Lost,
    Damaged,
    Expired,
    Revoke,
}

/// How far the case got.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Stage {
    /// Nobody has come yet.
    NoCase,
    Submitted,
    Accepted,
    Paid,
    /// What was applied for is done.
    Done,
}

/// What is wrong with the certificate, days until its end, what brings its holder, how far that got, working days ago, and
/// whose case it is.
type Visit = (Trouble, i64, Errand, Stage, u32, Option<&'static str>);

const STORY: &[Visit] = &[
    (Trouble::None, 600, Errand::AddApplication, Stage::Accepted, 3, None),
    (Trouble::None, 600, Errand::AddApplication, Stage::Submitted, 3, None),
    (Trouble::Locked, 300, Errand::Unlock, Stage::Accepted, 0, Some("clerk")),
    (Trouble::Locked, 200, Errand::Unlock, Stage::NoCase, 1, None),
    (Trouble::None, 40, Errand::Renew, Stage::Accepted, 1, Some("clerk")),
    (Trouble::None, 75, Errand::Renew, Stage::Paid, 1, None),
    (Trouble::None, 12, Errand::Renew, Stage::NoCase, 1, None),
    (Trouble::None, 500, Errand::Change, Stage::Submitted, 0, None),
    (Trouble::None, 420, Errand::Lost, Stage::Submitted, 0, None),
    (Trouble::None, 330, Errand::Damaged, Stage::Accepted, 2, Some("producer")),
    (Trouble::Lost, 250, Errand::Lost, Stage::NoCase, 0, None),
    (Trouble::None, -20, Errand::Expired, Stage::Submitted, 1, None),
    (Trouble::None, -90, Errand::Expired, Stage::NoCase, 1, None),
    (Trouble::None, 150, Errand::Revoke, Stage::Accepted, 0, None),
    (Trouble::None, 700, Errand::AddApplication, Stage::Done, 4, None),
    (Trouble::Locked, 280, Errand::Unlock, Stage::Done, 4, None),
    (Trouble::None, 30, Errand::Renew, Stage::Done, 3, None),
    (Trouble::None, 450, Errand::Change, Stage::Done, 3, None),
    (Trouble::None, 170, Errand::Revoke, Stage::Done, 2, None),
];

/// What was reported of a certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Trouble {
    None,
    Locked,
    Lost,
}

impl Errand {
    fn case_type(self) -> &'static str {
        match self {
            Self::AddApplication => "add-application",
            Self::Unlock => "unlock",
            Self::Renew => "renew",
            Self::Change => "change",
            Self::Lost | Self::Damaged => "reissue",
            Self::Expired => "reissue-expired",
            Self::Revoke => "revoke",
        }
    }

    /// The action that does what was applied for, where nothing is made for it.
    fn done_by(self) -> Option<&'static str> {
        match self {
            Self::AddApplication => Some("activate"),
            Self::Unlock => Some("unlock"),
            Self::Renew => Some("renew"),
            Self::Change => Some("change"),
            Self::Revoke => Some("revoke"),
            Self::Lost | Self::Damaged | Self::Expired => None,
        }
    }

    fn replacement_reason(self) -> Option<String> {
        let code = match self {
            Self::Lost => "lost",
            Self::Damaged => "damaged",
            Self::Expired => "expired",
            _ => return None,
        };
        Some(code.to_owned())
    }
}

impl Player<'_> {
    /// Every certificate from before with what became of it; answers why what was left out can't be here.
    pub(super) async fn holders(&self, organizations: &mut VecDeque<Company>) -> Vec<StartError> {
        let mut left_out = Vec::new();
        for (index, visit) in STORY.iter().enumerate() {
            let Some(company) = organizations.pop_front() else { break };
            left_out.extend(self.visit(&company, index, visit).await.err());
        }
        left_out
    }

    async fn visit(&self, company: &Company, index: usize, visit: &Visit) -> Result<(), StartError> {
        let (trouble, days_left, errand, stage, days_ago, whose) = *visit;
        let serial = format!("GZ-OLD-{:06}", index + 1);
        self.clock.set(self.instant(5, 9));
        self.register(company, &serial, index, days_left, errand).await?;
        self.clock.set(self.instant(days_ago, 9));
        self.report(&serial, trouble).await?;
        if stage == Stage::NoCase {
            return Ok(());
        }
        self.clock.set(self.instant(days_ago, 10));
        let draft = self.errand(company, serial, errand);
        let opened = self.service.open_case(&self.clerk(), draft, None).await.map_err(explained)?;
        let number = opened.case.acceptance_number.clone();
        if stage >= Stage::Accepted {
            self.act(&number, "record_materials", self.sheets(&opened, None, false)?).await?;
            self.act(&number, "accept_materials", ActionInput::default()).await?;
        }
        if stage >= Stage::Paid {
            // In the afternoon, as what was handed over from the queue was paid for: receipts are numbered in the order of time.
            self.clock.set(self.instant(days_ago, 16));
            self.pay(&number, &opened).await?;
        }
        if let (Stage::Done, Some(action)) = (stage, errand.done_by()) {
            self.act(&number, action, ActionInput::default()).await?;
        }
        match whose {
            Some(whose) => self.assign(&number, whose).await,
            None => Ok(()),
        }
    }

    async fn register(
        &self,
        company: &Company,
        serial: &str,
        index: usize,
        days_left: i64,
        errand: Errand,
    ) -> Result<(), StartError> {
        let applications = self.service.hall().applications.iter().map(|application| application.code.clone());
        let opens_one = errand == Errand::AddApplication;
        let valid_until = self.now + Duration::days(days_left);
        let registration = RegistrationDraft {
            serial: serial.to_owned(),
            medium_number: format!("KEY-OLD-{:06}", index + 1),
            organization: company.organization.clone(),
            valid_from: valid_until - Duration::days(1000),
            valid_until,
            locked_at: None,
            handler: (!opens_one).then(|| company.agent.name.clone()),
            applications: applications.filter(|_| !opens_one).collect(),
            e_seal: !opens_one,
        };
        let entered =
            self.service.register_certificate(&self.supervisor(), registration, None).await.map_err(explained)?;
        let (by, version) = (self.second_supervisor(), entered.certificate.version);
        self.service.approve_registration(&by, serial, version, None).await.map_err(explained)?;
        Ok(())
    }

    async fn report(&self, serial: &str, trouble: Trouble) -> Result<(), StartError> {
        let report = match trouble {
            Trouble::None => return Ok(()),
            Trouble::Locked => Report::Lock { at: None, reference: None },
            Trouble::Lost => Report::Loss { reason: "经办人电话挂失：介质遗失".to_owned() },
        };
        self.service.enter_report(&self.clerk(), serial, report, None).await.map_err(explained)?;
        Ok(())
    }

    /// The application, with what its case type asks for and nothing else.
    fn errand(&self, company: &Company, serial: String, errand: Errand) -> ApplicationDraft {
        let draft = self.draft(errand.case_type(), company, Some(serial));
        let replacement_reason = errand.replacement_reason();
        match errand {
            Errand::Expired => ApplicationDraft { replacement_reason, ..draft },
            Errand::AddApplication => {
                ApplicationDraft { collection_method: None, responsibility_letter_accepted: false, ..draft }
            }
            Errand::Lost | Errand::Damaged => ApplicationDraft { replacement_reason, service_years: None, ..draft },
            Errand::Renew => ApplicationDraft {
                applications: Vec::new(),
                collection_method: None,
                responsibility_letter_accepted: false,
                ..draft
            },
            Errand::Unlock | Errand::Change | Errand::Revoke => ApplicationDraft {
                applications: Vec::new(),
                collection_method: None,
                responsibility_letter_accepted: false,
                payment_method: None,
                service_years: None,
                seal: (errand == Errand::Change).then(|| "4401990012345".to_owned()),
                ..draft
            },
        }
    }
}
