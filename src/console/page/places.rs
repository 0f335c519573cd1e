//! Where one can go: the navigation, for whoever looks at a page.

use super::visitor::Visitor;
use crate::domain::accounts::role::Scope;
use crate::domain::case_types::codes::InputPart;
use crate::domain::cases::worklist::WorkList;
use crate::domain::reports::query::ReportName;
use crate::service::Service;
use crate::service::accounts::caller::Caller;
use crate::service::base::error::ServiceError;
use crate::service::cases::worklists::Counted;

/// A part of the console.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// The desk and its lists.
    Desk,
    /// The papers to check.
    Check,
    /// What is to be handed over.
    HandOver,
    /// An application at the counter.
    Intake,
    /// The queue of certificates to make.
    Production,
    /// The money of a day.
    CashUp,
    /// The register.
    Certificates,
    /// The supervisor's board.
    Board,
    /// The reports.
    Reports,
    /// Accounts of people.
    Users,
    /// Other systems.
    Systems,
    /// The calendar.
    Calendar,
    /// Outlets, applications and prices.
    Hall,
    /// The audit trail.
    Audit,
    /// What can be applied for.
    CaseTypes,
    /// Somewhere else.
    Elsewhere,
}

impl Place {
    const NAVIGATION: [Place; 15] = [
        Place::Desk,
        Place::Check,
        Place::HandOver,
        Place::Intake,
        Place::Production,
        Place::CashUp,
        Place::Certificates,
        Place::Board,
        Place::Reports,
        Place::Users,
        Place::Systems,
        Place::Calendar,
        Place::Hall,
        Place::Audit,
        Place::CaseTypes,
    ];

    /// Its first page.
    pub fn address(self) -> &'static str {
        match self {
            Place::Desk | Place::Elsewhere => "/console",
            Place::Check => "/console?list=to_check",
            Place::HandOver => "/console?list=to_hand_over",
            Place::Intake => "/console/cases/new",
            Place::Production => "/console/production",
            Place::CashUp => "/console/cash-up",
            Place::Certificates => "/console/certificates",
            Place::Board => "/console/board",
            Place::Reports => "/console/reports",
            Place::Users => "/console/users",
            Place::Systems => "/console/systems",
            Place::Calendar => "/console/calendar",
            Place::Hall => "/console/hall",
            Place::Audit => "/console/audit",
            Place::CaseTypes => "/console/case-types",
        }
    }

    /// The key of its name.
    fn name(self) -> &'static str {
        match self {
            Place::Desk | Place::Elsewhere => "place.desk",
            Place::Check => "place.check",
            Place::HandOver => "place.hand_over",
            Place::Intake => "place.intake",
            Place::Production => "place.production",
            Place::CashUp => "place.cash_up",
            Place::Certificates => "place.certificates",
            Place::Board => "place.board",
            Place::Reports => "place.reports",
            Place::Users => "place.users",
            Place::Systems => "place.systems",
            Place::Calendar => "place.calendar",
            Place::Hall => "place.hall",
            Place::Audit => "place.audit",
            Place::CaseTypes => "place.case_types",
        }
    }

    /// What waits there.
    fn list(self) -> Option<WorkList> {
        match self {
            Place::Check => Some(WorkList::ToCheck),
            Place::HandOver => Some(WorkList::ToHandOver),
            Place::Production => Some(WorkList::ToMake),
            Place::Board => Some(WorkList::Overdue),
            _ => None,
        }
    }

    /// Where a list of the desk has a place of its own.
    pub fn of_list(list: WorkList) -> Self {
        [Place::Check, Place::HandOver].into_iter().find(|place| place.list() == Some(list)).unwrap_or(Place::Desk)
    }

    /// The key of what is done there, for whoever has no lists of cases.
    fn about(self) -> Option<&'static str> {
        match self {
            Place::Board => Some("place.board_about"),
            Place::Reports => Some("place.reports_about"),
            Place::Users => Some("place.users_about"),
            Place::Systems => Some("place.systems_about"),
            Place::Calendar => Some("place.calendar_about"),
            Place::Hall => Some("place.hall_about"),
            Place::Audit => Some("place.audit_about"),
            Place::CaseTypes => Some("place.case_types_about"),
            _ => None,
        }
    }

    /// Whether the navigation shows it: what somebody may not do isn't offered. The pages ask again.
    fn is_for(self, service: &Service, caller: &Caller) -> bool {
        match self {
            Place::Desk => true,
            Place::Check => service.may_give(caller, InputPart::Materials).is_ok(),
            Place::HandOver => service.may_give(caller, InputPart::Collector).is_ok(),
            Place::Intake => service.may_open(caller).is_ok(),
            Place::Production => {
                service.may_give(caller, InputPart::Certificate).is_ok() || service.may_assign(caller).is_ok()
            }
            // Whoever sees sums only has them among the reports; whoever makes certificates has no drawer.
            Place::CashUp => {
                let counts =
                    service.may_give(caller, InputPart::Payment).is_ok() || service.may_read_board(caller).is_ok();
                counts && service.may_read_report(caller, ReportName::CashUpEntries).is_ok()
            }
            Place::Certificates => caller.may(Scope::CertificatesRead),
            Place::Board => service.may_read_board(caller).is_ok(),
            Place::Reports => service.may_read_report(caller, ReportName::Throughput).is_ok(),
            Place::Users => service.may_manage_accounts(caller).is_ok(),
            Place::Systems => service.may_manage_clients(caller).is_ok(),
            Place::Calendar | Place::Hall => service.may_import(caller).is_ok(),
            Place::Audit => service.may_audit(caller).is_ok(),
            Place::CaseTypes => true,
            Place::Elsewhere => false,
        }
    }
}

/// A link of the navigation.
#[derive(Debug)]
pub struct Way {
    /// Where it goes.
    pub address: &'static str,
    /// What it is called.
    pub name: String,
    /// What is done there, where a desk without lists says so.
    pub about: Option<&'static str>,
    /// How many wait there.
    pub count: Option<String>,
    /// Whether the reader is there.
    pub is_here: bool,
}

/// How many wait for somebody at the places of their navigation.
///
/// # Errors
/// The database's.
pub async fn waits(service: &Service, caller: &Caller) -> Result<Vec<(WorkList, Counted)>, ServiceError> {
    let lists = Place::NAVIGATION.into_iter().filter(|place| place.list().is_some() && place.is_for(service, caller));
    let lists: Vec<WorkList> = lists.filter_map(Place::list).collect();
    service.at_a_glance(caller, &lists).await
}

/// The navigation of whoever looks, who is at a place.
pub fn ways(visitor: &Visitor, here: Place) -> Vec<Way> {
    let open = Place::NAVIGATION.into_iter().filter(|place| place.is_for(&visitor.service, &visitor.caller));
    let waits = |place: Place| {
        let (_, counted) = visitor.waits.iter().find(|(list, _)| place.list() == Some(*list))?;
        (counted.count > 0).then(|| counted.text())
    };
    let way = |place: Place| Way {
        address: place.address(),
        name: visitor.messages.t(place.name()).to_owned(),
        about: place.about(),
        count: waits(place),
        is_here: place == here,
    };
    open.map(way).collect()
}
