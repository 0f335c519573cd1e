//! A few cases in every stage, made by the service itself, from which many are made.

use std::sync::Arc;

use casehall::clock::ManualClock;
use casehall::configuration::settings::Settings;
use casehall::domain::accounts::actor::Actor;
use casehall::domain::accounts::role::Role;
use casehall::domain::base::organization::OrganizationDraft;
use casehall::domain::base::organization_code::{OrganizationCode, UnifiedSocialCreditCode};
use casehall::domain::case_types::case_type::{Copies, Original};
use casehall::domain::cases::input::{ActionInput, CertificateDraft, MaterialDraft};
use casehall::domain::cases::intake::acceptance_number::AcceptanceNumber;
use casehall::domain::cases::intake::applicant::PersonDraft;
use casehall::domain::cases::intake::application::ApplicationDraft;
use casehall::service::Service;
use casehall::service::accounts::caller::Caller;
use casehall::service::cases::assignment::Wanted;
use casehall::service::cases::case::{CaseAt, CaseKey, Expected};
use casehall::startup::{self, Configuration, Named};
use chrono::{DateTime, Utc};

/// When everything is measured: a Wednesday morning.
pub(crate) const NOW: &str = "2026-03-18T02:00:00Z";

/// How far a template gets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stage {
    Submitted,
    Correction,
    Checked,
    Made,
    Withdrawn,
}

const STAGES: [Stage; 5] = [Stage::Submitted, Stage::Correction, Stage::Checked, Stage::Made, Stage::Withdrawn];

/// Days on which templates are opened: the limits of the first have passed at [`NOW`], those of the next are near.
const DAYS: [&str; 5] = ["2026-03-02", "2026-03-04", "2026-03-06", "2026-03-11", "2026-03-16"];

/// A service on a database, on a clock that is set by hand.
pub(crate) async fn service(database: &str, directory: &std::path::Path) -> (Service, Arc<ManualClock>) {
    let file = directory.join("casehall.toml");
    std::fs::write(&file, "").unwrap();
    let variables = [
        ("CASEHALL__DATABASE__URL".to_owned(), database.to_owned()),
        ("CASEHALL__DATA_DIRECTORY".to_owned(), directory.display().to_string()),
    ];
    let settings = Settings::load(Some(&file), variables.into_iter());
    let configuration = Configuration::load(settings, Named::default())
        .unwrap_or_else(|error| panic!("{error}"))
        .making_what_is_missing();
    let clock = Arc::new(ManualClock::at(NOW.parse().unwrap()));
    let service = startup::service(configuration, clock.clone()).await.unwrap_or_else(|error| panic!("{error}"));
    (service, clock)
}

/// Somebody with these roles in the whole hall.
pub(crate) fn caller(roles: &[Role]) -> Caller {
    let actor = Actor { id: "bench".to_owned(), name: "Bench".to_owned(), roles: roles.to_vec(), outlet: None };
    Caller::new(actor, None)
}

/// Opens the templates and takes each to its stage.
pub(crate) async fn open(service: &Service, clock: &ManualClock) {
    let everyone = caller(&[Role::Clerk, Role::Producer, Role::Supervisor]);
    for (number, (day, stage)) in DAYS.iter().flat_map(|day| STAGES.iter().map(move |stage| (day, stage))).enumerate() {
        let at: DateTime<Utc> = format!("{day}T02:00:00Z").parse().unwrap();
        clock.set(at);
        let opened = service.open_case(&everyone, draft(number), None).await.unwrap();
        let act = async |action: &str, input: ActionInput| {
            let key = AcceptanceNumber::parse(&opened.case.acceptance_number).unwrap();
            service.act(&everyone, CaseKey::Number(key), action, input, Expected::Any, None).await.unwrap()
        };
        if *day == DAYS[1] && *stage != Stage::Withdrawn {
            let key = CaseKey::Id(opened.case.id);
            service.assign(&everyone, key, Wanted::Claim, None, Expected::Any, None).await.unwrap();
        }
        if *stage == Stage::Withdrawn {
            let reason = Some("不办了".to_owned());
            act("withdraw", ActionInput { reason, ..ActionInput::default() }).await;
        }
        if matches!(stage, Stage::Correction | Stage::Checked | Stage::Made) {
            act("record_materials", sheets(service, &opened, *stage == Stage::Correction)).await;
        }
        if *stage == Stage::Correction {
            act("request_correction", ActionInput::default()).await;
        }
        if matches!(stage, Stage::Checked | Stage::Made) {
            act("accept_materials", ActionInput::default()).await;
        }
        if *stage == Stage::Made {
            let (serial, medium_number) = (format!("GZ-{number}"), format!("KEY-{number}"));
            let certificate = Some(CertificateDraft { serial, medium_number });
            act("record_certificate", ActionInput { certificate, ..ActionInput::default() }).await;
        }
    }
    clock.set(NOW.parse().unwrap());
}

pub(crate) fn draft(number: usize) -> ApplicationDraft {
    let person = |name: &str, identity_number: &str| PersonDraft {
        name: name.to_owned(),
        identity_number: identity_number.to_owned(),
        phone: "13800138000".to_owned(),
        ..PersonDraft::default()
    };
    ApplicationDraft {
        case_type: "new-certificate".to_owned(),
        organization: OrganizationDraft {
            name: format!("广州第{number}建筑有限公司"),
            unified_social_credit_code: Some(unified_code(number)),
            ..OrganizationDraft::default()
        },
        applicant: person("谭丽", "440199196412310694"),
        agent: Some(person("刘少芬", "440199196706237621")),
        applications: vec!["urban-construction".to_owned()],
        outlet: Some("guangzhou-center".to_owned()),
        service_years: Some(1),
        payment_method: Some("cash".to_owned()),
        collection_method: Some("window".to_owned()),
        responsibility_letter_accepted: true,
        ..ApplicationDraft::default()
    }
}

fn unified_code(number: usize) -> String {
    let codes = "0123456789X".chars().map(|check| format!("PDY{number:05}{check}"));
    let organization = codes.into_iter().find(|code| OrganizationCode::parse(code).is_ok()).unwrap();
    let checks = "0123456789ABCDEFGHJKLMNPQRTUWXY".chars();
    let mut codes = checks.map(|check| format!("91440101{organization}{check}"));
    codes.find(|code| UnifiedSocialCreditCode::parse(code).is_ok()).unwrap()
}

pub(crate) fn sheets(service: &Service, at: &CaseAt, defect: bool) -> ActionInput {
    let report = service.details(at, &caller(&[Role::Clerk])).unwrap();
    let check = |(index, sheet): (usize, &casehall::domain::cases::materials::checklist::Sheet<'_>)| {
        let copies_received = match sheet.material.copies {
            Copies::Exactly(copies) => copies,
            Copies::Unspecified => 1,
        };
        let short = u32::from(defect && index == 0);
        MaterialDraft {
            material: sheet.code.clone(),
            copies_received,
            copies_stamped: if sheet.material.stamped { copies_received - short } else { 0 },
            original_sighted: matches!(sheet.material.original, Original::Sighted | Original::Presented),
            reason: None,
            remark: None,
        }
    };
    let materials = report.sheets.iter().enumerate().map(check).collect();
    ActionInput { materials: Some(materials), ..ActionInput::default() }
}
