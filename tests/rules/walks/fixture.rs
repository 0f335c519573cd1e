//! The hall, the definitions and the people of the walks.

use casehall::configuration::ConfigFiles;
use casehall::configuration::catalog::load_definitions;
use casehall::configuration::prices::load_prices;
use casehall::domain::announcement::AnnouncementPolicy;
use casehall::domain::application::{ApplicationDraft, OrganizationDraft, PersonDraft};
use casehall::domain::catalog::Catalog;
use casehall::domain::certificate::{Certificate, CertificateSource, LifeStage};
use casehall::domain::deadline::{AfterHoursReceipt, OfficeHours};
use casehall::domain::hall::{Hall, Named};
use casehall::domain::words::Words;
use chrono::{DateTime, Duration, NaiveTime, Utc};
use uuid::Uuid;

pub(super) fn hall() -> Hall {
    let named = |code: &str| Named { code: code.to_owned(), words: Words::new(code, code) };
    let time = |hour| NaiveTime::from_hms_opt(hour, 30, 0).unwrap();
    Hall {
        hours: OfficeHours {
            zone: chrono_tz::Asia::Shanghai,
            opens: time(8),
            closes: time(17),
            after_hours_receipt: AfterHoursReceipt::SameDay,
        },
        announcements: AnnouncementPolicy::default(),
        authorization_delay_hours: 24,
        authorization_max_age_seconds: 30,
        outlets: vec![named("center"), named("east")],
        applications: vec![named("urban-construction")],
        prices: load_prices(&ConfigFiles::load(None).unwrap()).unwrap().lists,
    }
}

pub(super) fn catalog() -> Catalog {
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

pub(super) fn person(name: &str, identity_number: &str) -> PersonDraft {
    let (name, identity_number) = (name.to_owned(), identity_number.to_owned());
    PersonDraft { name, identity_number, phone: "13800138000".to_owned() }
}

pub(super) const APPLICANT: &str = "440199196412310694";
pub(super) const AGENT: &str = "440199196706237621";
pub(super) const OTHER_AGENT: &str = "440199199209228680";

pub(super) fn draft(old_papers: bool, agent: bool, held: Option<&Certificate>) -> ApplicationDraft {
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
    ApplicationDraft {
        organization,
        applicant: person("谭丽", APPLICANT),
        agent: agent.then(|| person("刘少芬", AGENT)),
        applications: vec!["urban-construction".to_owned()],
        outlet: "center".to_owned(),
        replacement_reason: None,
        seal: None,
        service_years: Some(2),
        payment_method: Some("cash".to_owned()),
        collection_method: Some("window".to_owned()),
        responsibility_letter_accepted: true,
        certificate_serial: held.map(|certificate| certificate.serial.clone()),
    }
}

pub(super) fn held(organization_code: &str, now: DateTime<Utc>) -> Certificate {
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
        valid_until: now + Duration::days(300),
        source: CertificateSource::Registered,
        case_id: None,
        lock: None,
        suspension: None,
        revoked_at: None,
        services: Vec::new(),
        version: 1,
    }
}
