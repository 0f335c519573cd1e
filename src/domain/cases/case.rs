//! A case, and the fold of its events.
//!
//! Guarantee: a stored case is exactly its events folded by [`evolve`]; nothing else changes one.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::event::{Assignee, Collector, Event, MadeCertificate};
use crate::domain::base::person::Private;
use crate::domain::base::recorded::Recorded;
use crate::domain::calendar::deadline::{Deadlines, Pause, PauseCause};
use crate::domain::case_types::pinned::Pinned;
use crate::domain::case_types::workflow::OPENING;
use crate::domain::cases::deadlines::announcement::Announcement;
use crate::domain::cases::intake::application::Application;
use crate::domain::cases::materials::checklist::MaterialCheck;
use crate::domain::cases::materials::commitment::Commitment;
use crate::domain::cases::materials::copies::DistributedCopies;
use crate::domain::cases::materials::notice::Notice;
use crate::domain::certificates::certificate::ServiceKind;
use crate::domain::certificates::custody::{Slip, Stay};
use crate::domain::certificates::event::CertificateEvent;
use crate::domain::money::fee::Fee;
use crate::domain::money::payment::Money;
use crate::domain::retention::hold::Hold;

/// A service that this case opened on a certificate.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delivery {
    /// What kind of service.
    pub service: ServiceKind,
    /// Its code.
    pub code: String,
    /// Serial of the certificate.
    pub serial: String,
    /// From when it can be used.
    pub usable_from: DateTime<Utc>,
}

/// The slip of a medium that was taken in or handed over.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GivenSlip {
    /// The paper.
    pub slip: Slip,
    /// Serial of the certificate.
    pub serial: String,
    /// When.
    pub at: DateTime<Utc>,
}

/// A case.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Case {
    /// Identity in the store.
    pub id: Uuid,
    /// Sequence of its last event.
    pub version: i64,
    /// Its number for people.
    pub acceptance_number: String,
    /// Its case type, in the edition it was opened with.
    pub case_type: Pinned,
    /// Its workflow, in the edition it was opened with.
    pub workflow: Pinned,
    /// The state it is in.
    pub state: String,
    /// What was applied for.
    pub application: Application,
    /// What is owed.
    pub fee: Fee,
    /// Receipt of the application: the deadline counts from here.
    pub opened_at: DateTime<Utc>,
    /// Who opened it.
    pub opened_by: String,
    /// The client that submitted it, where a system did.
    pub client_id: Option<String>,
    /// When its last event happened.
    pub updated_at: DateTime<Utc>,
    /// When it ended.
    pub closed_at: Option<DateTime<Utc>>,
    /// The last check of each sheet.
    pub checks: BTreeMap<String, MaterialCheck>,
    /// Sequence of the last event that touched a sheet: two clerks on different sheets don't disturb one another.
    pub sheet_versions: BTreeMap<String, i64>,
    /// One-time notices given.
    pub notices: Vec<Notice>,
    /// Rows that a notice accepted as in order: naming one later needs a supervisor's reason.
    pub passed: BTreeSet<String>,
    /// Commitments by row; kept after the document was brought.
    pub commitments: BTreeMap<String, Commitment>,
    /// Money taken, taken back and waived.
    pub money: Money,
    /// The collector.
    pub collector: Option<Collector>,
    /// The certificate made, while it isn't voided.
    pub certificate: Option<MadeCertificate>,
    /// Number of certificates ever made in it, including voided ones: each used up a medium.
    pub certificates_made: u32,
    /// When it was made: the production deadline was met then.
    pub made_at: Option<DateTime<Utc>>,
    /// When it was handed over.
    pub issued_at: Option<DateTime<Utc>>,
    /// Custody stays for this case, by the serial of the certificate.
    pub custody: BTreeMap<String, Stay>,
    /// Slips of media that were taken in or handed over.
    pub slips: Vec<GivenSlip>,
    /// Where the copies went, once it delivered.
    pub copies: Vec<DistributedCopies>,
    /// What was opened.
    pub deliveries: Vec<Delivery>,
    /// The pauses of the deadline.
    pub pauses: Vec<Pause>,
    /// Working days by which the limit was extended.
    pub extended_by: u32,
    /// The dates as they stood when the certificate was made or the case ended.
    pub settled: Option<Settled>,
    /// What was announced about the deadline; nothing is announced twice.
    pub announced: Vec<Announcement>,
    /// The assignee.
    pub assignee: Option<Assignee>,
    /// When it came into the state it is in.
    pub state_since: DateTime<Utc>,
    /// Who took each action last: account ids by the action's code, and by `open` who opened it.
    pub takers: BTreeMap<String, String>,
    /// Sequence of the event by which its papers were accepted last; none of cases that were accepted before this was kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub papers_accepted: Option<i64>,
    /// Holds that were placed on it, by their numbers.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub holds: Vec<Hold>,
    /// When its persons were erased.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub erased_at: Option<DateTime<Utc>>,
}

/// Dates that no longer move.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settled {
    /// The dates.
    pub deadlines: Deadlines,
    /// The edition of the calendar that they were counted by.
    pub calendar: i64,
}

impl Case {
    /// Whether the deadline is paused now.
    pub fn is_paused(&self) -> bool {
        self.pauses.iter().any(|pause| pause.to.is_none())
    }

    /// Whether a pause of this cause is open now.
    pub fn is_paused_by(&self, cause: PauseCause) -> bool {
        self.pauses.iter().any(|pause| pause.cause == cause && pause.to.is_none())
    }

    /// Whether somebody looked at a paper after the papers had been accepted: of such a row they are one of those who accepted it.
    pub fn checked_since_acceptance(&self, who: &str) -> bool {
        let accepted = self.papers_accepted.unwrap_or(i64::MAX);
        let is_later = |row: &String| self.sheet_versions.get(row).is_some_and(|version| *version > accepted);
        self.checks.iter().any(|(row, check)| check.checked_by == who && is_later(row))
    }

    /// Whether a paper was looked at since it came into the state it is in.
    pub fn checked_in_this_state(&self) -> bool {
        self.checks.values().any(|check| check.checked_at >= self.state_since)
    }

    /// Serial of the certificate it made or works on.
    pub fn serial_made_or_held(&self) -> Option<&str> {
        let made = self.certificate.as_ref().map(|certificate| certificate.serial.as_str());
        made.or(self.application.certificate_serial.as_deref())
    }
}

/// A case from its first event; `None` when that isn't its opening.
pub fn begin(id: Uuid, first: &Recorded<Event>) -> Option<Case> {
    let Event::CaseOpened { acceptance_number, case_type, workflow, state, application, fee, client_id } = &first.event
    else {
        return None;
    };
    Some(Case {
        id,
        version: first.sequence,
        acceptance_number: acceptance_number.clone(),
        case_type: case_type.clone(),
        workflow: workflow.clone(),
        state: state.clone(),
        application: (**application).clone(),
        fee: fee.clone(),
        opened_at: first.at,
        opened_by: first.actor_id.clone(),
        client_id: client_id.clone(),
        updated_at: first.at,
        closed_at: None,
        checks: BTreeMap::new(),
        sheet_versions: BTreeMap::new(),
        notices: Vec::new(),
        passed: BTreeSet::new(),
        commitments: BTreeMap::new(),
        money: Money::default(),
        collector: None,
        certificate: None,
        certificates_made: 0,
        made_at: None,
        issued_at: None,
        custody: BTreeMap::new(),
        slips: Vec::new(),
        copies: Vec::new(),
        deliveries: Vec::new(),
        pauses: Vec::new(),
        extended_by: 0,
        settled: None,
        announced: Vec::new(),
        assignee: None,
        state_since: first.at,
        takers: BTreeMap::from([(OPENING.to_owned(), first.actor_id.clone())]),
        papers_accepted: None,
        holds: Vec::new(),
        erased_at: None,
    })
}

/// The case after one more event.
pub fn evolve(mut case: Case, recorded: &Recorded<Event>) -> Case {
    let at = recorded.at;
    case.version = recorded.sequence;
    case.updated_at = at;
    if !recorded.action.is_empty() {
        case.takers.insert(recorded.action.clone(), recorded.actor_id.clone());
    }
    match &recorded.event {
        Event::CaseOpened { .. } | Event::Remarked { .. } | Event::CalendarChanged { .. } => {}
        Event::MaterialRecorded { material, after, .. } => {
            case.checks.insert(material.clone(), after.clone());
            case.sheet_versions.insert(material.clone(), recorded.sequence);
        }
        Event::NoticeGiven { notice } => {
            case.passed.retain(|row| !notice.missing.iter().any(|missing| missing.material == *row));
            case.passed.extend(notice.passed.iter().cloned());
            case.notices.push(notice.clone());
        }
        Event::ApplicationCorrected { after, checks_voided, .. } => {
            case.application = (**after).clone();
            void(&mut case, checks_voided, recorded.sequence);
        }
        Event::EditionMoved { after, checks_voided, .. } => {
            case.case_type = after.clone();
            void(&mut case, checks_voided, recorded.sequence);
        }
        Event::CommitmentAccepted { after, .. } => {
            case.commitments.insert(after.material.clone(), after.clone());
        }
        Event::PaymentRecorded { payment } => {
            let mut payment = payment.clone();
            if payment.taken_by.is_empty() {
                payment.taken_by.push(recorded.actor_id.clone());
            }
            case.money.payments.push(payment);
        }
        Event::PaymentCancelled { cancellation } => case.money.cancellations.push(cancellation.clone()),
        Event::PaymentRefunded { refund } => case.money.refunds.push(refund.clone()),
        Event::FeeWaived { waiver } => case.money.waivers.push(waiver.clone()),
        Event::CollectorRecorded { after, .. } => case.collector = Some(after.clone()),
        Event::Certificate { id, serial, event } => on_certificate(&mut case, *id, serial, event, at),
        Event::CopiesDistributed { copies } => case.copies.clone_from(copies),
        Event::DeadlinePaused { cause, reason } => {
            let (reason, by) = (reason.clone(), recorded.actor_name.clone());
            case.pauses.push(Pause { from: at, to: None, reason, cause: *cause, by, ended_by: None });
        }
        Event::DeadlineResumed { cause } => {
            for pause in case.pauses.iter_mut().filter(|pause| pause.cause == *cause && pause.to.is_none()) {
                // Where the clock was put back, it lasted no time.
                pause.to = Some(at.max(pause.from));
                pause.ended_by = Some(recorded.actor_name.clone());
            }
        }
        Event::LimitExtended { working_days, .. } => case.extended_by = case.extended_by.saturating_add(*working_days),
        Event::DeadlineSettled { deadlines, calendar } => {
            case.settled = Some(Settled { deadlines: *deadlines, calendar: *calendar });
        }
        Event::Announced { announcement } => case.announced.push(announcement.clone()),
        Event::Assigned { after, .. } => case.assignee.clone_from(after),
        Event::HoldPlaced { hold } => case.holds.push(hold.clone()),
        Event::HoldLifted { number, .. } => {
            for hold in case.holds.iter_mut().filter(|hold| hold.number == *number) {
                hold.lifted_at = Some(at);
            }
        }
        Event::PersonsErased { separate_agent, .. } => {
            case.erased_at = Some(at);
            case.application.erase_persons(*separate_agent);
            if let Some(collector) = &mut case.collector {
                collector.name.erase();
                collector.document_number.erase();
            }
        }
        Event::StateChanged { to, closed, accepts_papers, .. } => {
            case.state = to.clone();
            case.papers_accepted = if *accepts_papers { Some(recorded.sequence) } else { case.papers_accepted };
            case.state_since = at;
            if *closed {
                case.closed_at = Some(at);
            }
        }
    }
    case
}

/// What happens to a certificate leaves its trace in the case: which one was made, what the hall has of it, what was
/// opened on it. Whether it is locked, suspended or revoked stands in the register alone.
fn on_certificate(case: &mut Case, id: Uuid, serial: &str, event: &CertificateEvent, at: DateTime<Utc>) {
    match event {
        CertificateEvent::Made { certificate } => {
            case.certificate = Some(MadeCertificate {
                id,
                serial: serial.to_owned(),
                medium_number: certificate.particulars.medium_number.clone(),
                valid_from: certificate.valid_from,
                valid_until: certificate.valid_until,
            });
            case.certificates_made = case.certificates_made.saturating_add(1);
            case.made_at = Some(at);
            case.custody.extend(certificate.stay.clone().map(|stay| (serial.to_owned(), stay)));
        }
        // The one made was voided, and is scrapped where it was made. The one held has no place in the case.
        CertificateEvent::Revoked { .. } if case.certificate.as_ref().is_some_and(|made| made.id == id) => {
            case.custody.remove(serial);
            case.certificate = None;
            case.made_at = None;
            case.settled = None;
            // Whoever collected that one doesn't collect the next.
            if case.issued_at.take().is_some() {
                case.collector = None;
            }
        }
        CertificateEvent::Issued { slip } => {
            case.issued_at = Some(at);
            hand_over(case, serial, slip, at);
        }
        CertificateEvent::Boxed { after, .. } => {
            if let Some(stay) = case.custody.get_mut(serial) {
                stay.place = after.clone();
            }
        }
        CertificateEvent::TakenIn { stay } => {
            let slip = |slip: &Slip| GivenSlip { slip: slip.clone(), serial: serial.to_owned(), at };
            case.slips.extend(stay.slip.as_ref().map(slip));
            case.custody.insert(serial.to_owned(), (**stay).clone());
        }
        CertificateEvent::GivenBack { slip } => hand_over(case, serial, slip, at),
        CertificateEvent::MediumRetired => {
            case.custody.remove(serial);
        }
        CertificateEvent::ServiceOpened { service, code, usable_from, .. } => case.deliveries.push(Delivery {
            service: *service,
            code: code.clone(),
            serial: serial.to_owned(),
            usable_from: *usable_from,
        }),
        _ => {}
    }
}

fn hand_over(case: &mut Case, serial: &str, slip: &Slip, at: DateTime<Utc>) {
    case.custody.remove(serial);
    case.slips.push(GivenSlip { slip: slip.clone(), serial: serial.to_owned(), at });
}

/// Checks that no longer hold, with what was said of them.
fn void(case: &mut Case, rows: &[String], sequence: i64) {
    case.checks.retain(|row, _| !rows.contains(row));
    case.commitments.retain(|row, _| !rows.contains(row));
    case.passed.retain(|row| !rows.contains(row));
    case.sheet_versions.extend(rows.iter().map(|row| (row.clone(), sequence)));
}

/// A case from all its events; `None` when the first isn't its opening.
pub fn fold(id: Uuid, events: &[Recorded<Event>]) -> Option<Case> {
    let (first, rest) = events.split_first()?;
    Some(rest.iter().fold(begin(id, first)?, evolve))
}
