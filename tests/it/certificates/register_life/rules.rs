//! What must hold of the register at every instant, whatever was done.

use std::collections::{BTreeMap, BTreeSet};

use casehall::domain::certificates::authorization::authorization;
use casehall::domain::certificates::certificate::ServiceKind;
use casehall::service::Service;
use casehall::service::accounts::caller::Caller;
use casehall::service::certificates::authorizations::{Question, Questions};
use chrono::{DateTime, Datelike, Duration, NaiveDateTime, Utc};

use super::folding::{stands, told};
use super::reading::{CaseRow, CertificateRow, Register, ServiceRow};

/// The application that is shipped.
pub(super) const APPLICATION: &str = "urban-construction";
/// Case types that hold the place of their organization's certificate while they are open.
const REPLACING: [&str; 3] = ["new-certificate", "reissue", "reissue-expired"];
/// Case types of which one at a time works on a certificate.
const WORKING: [&str; 6] = ["unlock", "renew", "change", "revoke", "reissue", "reissue-expired"];

/// What was seen before: certificates that were revoked, and each one's beginning.
#[derive(Debug, Default)]
pub(super) struct Memory {
    revoked: BTreeMap<String, NaiveDateTime>,
    began: BTreeMap<String, NaiveDateTime>,
}

/// All rules at once.
pub(super) async fn hold(
    service: &Service,
    asker: &Caller,
    register: &Register,
    codes: &[String],
    memory: &mut Memory,
) {
    let now = service.now();
    for code in codes {
        at_most_one_living_certificate(register, code, now);
        the_claim_is_where_the_certificate_is(register, code, now);
    }
    only_open_cases_hold_claims(register);
    custody_in_one_place(register);
    for row in &register.certificates {
        a_certificate_is_its_events_folded(register, row);
        the_new_certificate_replaces_the_revoked_one(register, row);
        assert_eq!(*memory.began.entry(row.id.clone()).or_insert(row.valid_from), row.valid_from, "a term's beginning");
        match memory.revoked.get(&row.id) {
            Some(at) => assert_eq!((row.stage.as_str(), row.revoked_at), ("revoked", Some(*at)), "{row:?}"),
            None if row.stage == "revoked" => {
                assert_eq!(row.revoked_at, Some(register.events[&row.id].last().unwrap().at));
                memory.revoked.insert(row.id.clone(), row.revoked_at.unwrap());
                what_was_revoked_is_never_usable(service, asker, row).await;
            }
            None => {}
        }
    }
    the_24_hour_answer_is_right(service, asker, register, codes).await;
}

/// Under either kind of code, since the one stands inside the other.
fn at_most_one_living_certificate(register: &Register, code: &str, now: DateTime<Utc>) {
    let living = register.living(code, now);
    assert!(living.len() <= 1, "{living:#?}");
    for row in register.certificates.iter().filter(|row| row.organization_code == code) {
        let inside = row.unified_code.as_ref().map(|unified| &unified[8..17]);
        assert!(inside.is_none_or(|inside| inside == code), "{row:?}");
    }
}

/// A living certificate's organization is claimed by it, or by the open case that makes or replaces it.
fn the_claim_is_where_the_certificate_is(register: &Register, code: &str, now: DateTime<Utc>) {
    let replaces = |case: &&CaseRow| case.organization_code == code && REPLACING.contains(&case.case_type.as_str());
    let replacing: Vec<&CaseRow> = register.open_cases().filter(replaces).collect();
    let (living, holder) = (register.living(code, now), register.holder("organization", code));
    match (&replacing[..], &living[..]) {
        ([], []) => assert!(holder.is_none_or(|(kind, _)| kind == "certificate"), "{holder:?} of {code}"),
        ([], [row]) => assert_eq!(holder, Some(("certificate", row.serial.as_str()))),
        ([case], living) => {
            assert_eq!(holder, Some(("case", case.id.as_str())));
            for row in living {
                let made = row.case_id.as_ref() == Some(&case.id);
                assert!(made || case.held().as_ref() == Some(&row.serial), "{case:?} beside {row:?}");
            }
        }
        _ => panic!("two at once: {replacing:#?} {living:#?}"),
    }
}

fn only_open_cases_hold_claims(register: &Register) {
    for claim in register.claims.iter().filter(|claim| claim.holder_kind == "case") {
        let case = register.case(&claim.holder).unwrap_or_else(|| panic!("{claim:?} of no case"));
        assert!(case.closed_at.is_none(), "{claim:?} of a closed case");
    }
    let mut worked_on = BTreeSet::new();
    for case in register.open_cases() {
        let Some(serial) = case.held() else { continue };
        if WORKING.contains(&case.case_type.as_str()) {
            assert!(worked_on.insert(serial.clone()), "two cases on {serial}");
            assert_eq!(register.holder("work", &serial), Some(("case", case.id.as_str())), "{case:?}");
        } else {
            let addition = format!("{serial}/{APPLICATION}");
            assert_eq!(register.holder("addition", &addition), Some(("case", case.id.as_str())), "{case:?}");
            assert_eq!(register.holder("work", &serial), None);
        }
    }
    for claim in register.claims.iter().filter(|claim| claim.kind != "organization") {
        let case = register.case(&claim.holder).unwrap();
        let serial = case.held().unwrap();
        assert!(claim.subject == serial || claim.subject == format!("{serial}/{APPLICATION}"), "{claim:?}");
    }
}

/// Nothing is in two places: a medium holds one certificate; what isn't handed over is in the hall, by the open case that
/// made it; whatever is in the hall is there by one open case, and the case and the register name the same place.
fn custody_in_one_place(register: &Register) {
    let mut media = BTreeSet::new();
    for row in &register.certificates {
        assert!(media.insert(&row.medium_number), "{} holds two certificates", row.medium_number);
        if ["made", "in_custody"].contains(&row.stage.as_str()) {
            let case = row.case_id.as_ref().and_then(|id| register.case(id)).expect("the case that made it");
            assert!(case.closed_at.is_none(), "{row:?} lies in the hall for {case:?}");
            assert!(row.kept_at.is_some(), "{row:?} isn't handed over, and nobody has it");
        }
        assert!(row.stage != "in_custody" || row.box_number.is_some(), "{row:?} is in no box");
    }
    let mut kept = BTreeMap::new();
    for case in &register.cases {
        for (serial, outlet, box_number) in case.custody() {
            assert!(case.closed_at.is_none(), "{case:?} has ended and keeps {serial}");
            assert_eq!(kept.insert(serial.clone(), (outlet, box_number)), None, "{serial} is in two places");
        }
    }
    let in_register = register.certificates.iter().filter_map(|row| {
        let database = (row.kept_at.clone()?, row.box_number.clone());
        Some((row.serial.clone(), database))
    });
    assert_eq!(kept, in_register.collect(), "the cases and the register name the same places");
}

fn a_certificate_is_its_events_folded(register: &Register, row: &CertificateRow) {
    let events = &register.events[&row.id];
    assert!(events.iter().map(|event| event.sequence).eq(1..=row.version), "versions without a gap: {events:?}");
    assert!(events.windows(2).all(|pair| pair[0].at <= pair[1].at));
    let (told, renewals) = told(events);
    assert_eq!(told, stands(row));
    for renewal in renewals {
        let case = register.case(&renewal.case_id).unwrap();
        assert_eq!(case.case_type, "renew");
        assert_eq!(renewal.after, years_later(renewal.before, case.years()), "the years that were paid for");
    }
}

/// What is made in a certificate's place begins after that one was revoked; for the remaining term, it ends with it.
fn the_new_certificate_replaces_the_revoked_one(register: &Register, row: &CertificateRow) {
    let Some(case) = row.case_id.as_ref().and_then(|id| register.case(id)) else { return };
    let entry = serde_json::from_str::<serde_json::Value>(&register.events[&row.id][0].data).unwrap();
    let first_end = entry["certificate"]["valid_until"].as_str().unwrap();
    let first_end = DateTime::parse_from_rfc3339(first_end).unwrap().naive_utc();
    if let Some(serial) = case.held() {
        let replaced = register.certificate(&serial).unwrap();
        let revoked_at = replaced.revoked_at.unwrap_or_else(|| panic!("{replaced:?} lives beside {row:?}"));
        assert!(revoked_at <= row.valid_from, "{row:?} begins while {replaced:?} lived");
        if case.case_type == "reissue" {
            assert_eq!(first_end, replaced.valid_until, "the remaining term");
            return;
        }
        assert_eq!(case.case_type, "reissue-expired");
        assert!(replaced.valid_until <= row.valid_from);
    }
    assert_eq!(first_end, years_later(row.valid_from, case.years()));
}

/// Usable exactly when it is active, in its term, neither locked nor suspended, and the application is open and its delay
/// over; of an organization, its living certificate answers.
async fn the_24_hour_answer_is_right(service: &Service, asker: &Caller, register: &Register, codes: &[String]) {
    let now = service.now();
    let by_serial = register.certificates.iter().map(|row| Question::Serial(row.serial.clone()));
    let by_code = codes.iter().map(|code| Question::Organization(code.clone()));
    let rows = by_serial.chain(by_code).collect();
    let asked = Questions { application: APPLICATION.to_owned(), rows };
    let answers = service.authorizations(asker, asked).await.unwrap().rows;
    for (row, answer) in register.certificates.iter().zip(&answers) {
        let usable = is_usable(row, now.naive_utc());
        assert_eq!(answer.authorization.usable, usable, "{answer:?} of {row:?}");
        assert!(!usable || row.is_living(now));
    }
    for (code, answer) in codes.iter().zip(&answers[register.certificates.len()..]) {
        let living = register.living(code, now);
        let usable = living.first().is_some_and(|row| is_usable(row, now.naive_utc()));
        assert_eq!(answer.authorization.usable, usable, "{answer:?} of {code}");
        assert!(living.first().is_none_or(|row| answer.serial.as_ref() == Some(&row.serial)));
    }
}

fn is_usable(row: &CertificateRow, now: NaiveDateTime) -> bool {
    let is_open = |known: &ServiceRow| {
        (known.service.as_str(), known.code.as_str()) == ("application", APPLICATION)
            && known.usable_from <= now
            && known.suspended_at.is_none()
            && known.closed_at.is_none()
    };
    let in_term = row.valid_from <= now && now < row.valid_until;
    let free = row.locked_at.is_none() && row.suspended_since.is_none();
    row.stage == "active" && in_term && free && row.services.iter().any(is_open)
}

/// However late it is asked, for whatever was open on it.
async fn what_was_revoked_is_never_usable(service: &Service, asker: &Caller, row: &CertificateRow) {
    let held = service.certificate(asker, &row.serial).await.unwrap().certificate;
    for later in [0, 1, 30, 400, 4000].map(|days| service.now() + Duration::days(days)) {
        assert_eq!(held.state(later).code(), "revoked");
        for (kind, code) in held.services.iter().map(|service| (service.kind, service.code.as_str())) {
            assert!(!authorization(&held, kind, code, later).usable);
        }
        assert!(!authorization(&held, ServiceKind::Application, APPLICATION, later).usable);
    }
}

/// The same day and time so many years later; 29 February becomes 28 February.
pub(super) fn years_later(from: NaiveDateTime, years: u32) -> NaiveDateTime {
    let year = from.year() + years as i32;
    from.with_year(year).unwrap_or_else(|| from.with_day(28).unwrap().with_year(year).unwrap())
}
