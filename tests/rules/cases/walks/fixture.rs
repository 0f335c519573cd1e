//! The hall, the definitions and the people of the walks.

use casehall::configuration::ConfigFiles;
use casehall::configuration::catalog::load_definitions;
use casehall::configuration::prices::load_prices;
use casehall::domain::base::organization::OrganizationDraft;
use casehall::domain::base::words::Words;
use casehall::domain::calendar::deadline::{AfterHoursReceipt, OfficeHours};
use casehall::domain::case_types::case_type::{ApplicationPart, CaseType};
use casehall::domain::case_types::catalog::Catalog;
use casehall::domain::cases::deadlines::announcement::AnnouncementPolicy;
use casehall::domain::cases::intake::applicant::PersonDraft;
use casehall::domain::cases::intake::application::ApplicationDraft;
use casehall::domain::certificates::certificate::{Certificate, CertificateSource, Lock, LockSource};
use casehall::domain::certificates::state::{CertificateState, LifeStage};
use casehall::domain::hall::{Hall, HourlyLimits, LoginApplication, Outlet};
use chrono::{DateTime, Duration, NaiveTime, Utc};
use uuid::Uuid;

pub(in crate::cases) fn hall() -> Hall {
    let outlet = |code: &str| Outlet { code: code.to_owned(), words: Words::new(code, code), ..Outlet::default() };
    let (urban, words) = ("urban-construction".to_owned(), Words::new("市城建", "Urban construction"));
    let time = |hour| NaiveTime::from_hms_opt(hour, 30, 0).unwrap();
    Hall {
        name: Words::new("大厅", "Hall"),
        website: None,
        customer_line: None,
        public_address: None,
        remedy: Words::default(),
        default_outlet: "center".to_owned(),
        hours: OfficeHours {
            zone: chrono_tz::Asia::Shanghai,
            opens: time(8),
            closes: time(17),
            after_hours_receipt: AfterHoursReceipt::SameDay,
        },
        announcements: AnnouncementPolicy::default(),
        authorization_delay_hours: 24,
        four_eyes: false,
        retention: casehall::domain::retention::RetentionRules {
            certificate_years: 5,
            without_certificate_years: 2,
            backups_kept_days: 90,
        },
        disclosures: casehall::domain::accounts::disclosure::DisclosureRules { roles: Vec::new(), most_per_hour: 1 },
        authorization_max_age_seconds: 30,
        lock_reports: HourlyLimits { per_system: 60, per_account: 60 },
        openings: HourlyLimits { per_system: 600, per_account: 200 },
        outlets: vec![outlet("center"), outlet("east")],
        applications: vec![LoginApplication { code: urban, words, ..LoginApplication::default() }],
        prices: load_prices(&priced()).unwrap().lists,
    }
}

/// The shipped files with a price for everything, so that every walk meets the till.
fn priced() -> ConfigFiles {
    let mut files = ConfigFiles::load(None).unwrap();
    let once = "reissue_fen = 300\nunlock_fen = 300\nchange_fen = 300\nrevoke_fen = 300\n";
    let years = "medium_fen = 500\ncertificate_year_fen = 200\ne_seal_year_fen = 100\n";
    let head = "[[lists]]\ncode = \"walks\"\nsource = \"文\"\nvalid_from = 2014-01-01\n";
    files.insert("prices.toml", format!("{head}{years}{once}"));
    files
}

pub(in crate::cases) fn catalog() -> Catalog {
    let mut catalog = load_definitions(&ConfigFiles::load(None).unwrap(), &["urban-construction"]).unwrap().catalog;
    // As it is shipped nothing may be promised for later, and the walks are to go that way, too.
    for mut case_type in catalog.current().cloned().collect::<Vec<_>>() {
        for material in case_type.materials.iter_mut().step_by(2) {
            material.deferrable_working_days = Some(5);
        }
        catalog.add_current_case_type(case_type);
    }
    catalog
}

pub(in crate::cases) fn person(name: &str, identity_number: &str) -> PersonDraft {
    let (name, identity_number) = (name.to_owned(), identity_number.to_owned());
    PersonDraft { name, identity_number, phone: "13800138000".to_owned(), ..PersonDraft::default() }
}

pub(super) const APPLICANT: &str = "440199196412310694";
pub(super) const AGENT: &str = "440199196706237621";
pub(super) const OTHER_AGENT: &str = "440199199209228680";

/// An application that has what its case type asks for.
pub(in crate::cases) fn draft(
    case_type: &CaseType,
    old_papers: bool,
    agent: bool,
    held: Option<&Certificate>,
) -> ApplicationDraft {
    use ApplicationPart::{Applications, CollectionMethod, PaymentMethod, ResponsibilityLetter, Seal, ServiceYears};
    let asks = |part| case_type.asks(part);
    let organization = if old_papers {
        OrganizationDraft {
            name: "广州市汇诚工程造价咨询有限公司".to_owned(),
            organization_code: Some("PDY47483-X".to_owned()),
            registration_number: Some("440111138442774".to_owned()),
            ..OrganizationDraft::default()
        }
    } else {
        OrganizationDraft {
            name: "广州市正鼎建筑工程有限公司".to_owned(),
            unified_social_credit_code: Some("91440114PDY746751K".to_owned()),
            ..OrganizationDraft::default()
        }
    };
    let draft = ApplicationDraft {
        organization,
        applicant: person("谭丽", APPLICANT),
        agent: agent.then(|| person("刘少芬", AGENT)),
        applications: if asks(Applications) { vec!["urban-construction".to_owned()] } else { Vec::new() },
        outlet: Some("center".to_owned()),
        replacement_reason: case_type.replacement_reasons.first().map(|reason| reason.code().to_owned()),
        service_years: asks(ServiceYears).then_some(2),
        payment_method: asks(PaymentMethod).then(|| "cash".to_owned()),
        collection_method: asks(CollectionMethod).then(|| "window".to_owned()),
        responsibility_letter_accepted: asks(ResponsibilityLetter),
        certificate_serial: held.map(|certificate| certificate.serial.clone()),
        ..ApplicationDraft::default()
    };
    ApplicationDraft { seal: asks(Seal).then(|| "4401990012345".to_owned()), ..draft }
}

/// A certificate on which a case of this type can be opened now.
pub(super) fn held(case_type: &CaseType, organization_code: &str, now: DateTime<Utc>) -> Certificate {
    let state = case_type.certificate_states[0];
    let lock = Lock { at: now, source: LockSource::Window, reported_by: "a".to_owned(), reference: None };
    let days = match case_type.opens_days_before_end {
        _ if state == CertificateState::Expired => -1,
        Some(days) => i64::from(days),
        None => 300,
    };
    Certificate {
        id: Uuid::now_v7(),
        serial: "GZ-OLD-1".to_owned(),
        medium_number: "KEY-OLD-1".to_owned(),
        organization_code: organization_code.to_owned(),
        unified_code: None,
        organization_name: "持有人".to_owned(),
        handler: None,
        seal: None,
        stage: LifeStage::Active,
        valid_from: now - Duration::days(10),
        valid_until: now + Duration::days(days),
        source: CertificateSource::Registered,
        import: None,
        registration: None,
        case_id: None,
        lock: (state == CertificateState::Locked).then_some(lock),
        further_locks: Vec::new(),
        suspension: None,
        further_suspensions: Vec::new(),
        revoked_at: None,
        stay: None,
        correction: None,
        services: Vec::new(),
        erased_at: None,
        version: 1,
    }
}
