//! The closed vocabularies: one code each, the same for configuration, API and store.

use casehall::domain::accounts::audit::{AuditKind, AuditSubjectKind};
use casehall::domain::accounts::role::{Role, Scope};
use casehall::domain::calendar::deadline::{AfterHoursReceipt, PauseCause};
use casehall::domain::calendar::working_days::DayKind;
use casehall::domain::case_types::case_type::{ApplicationPart, ReplacementReason};
use casehall::domain::case_types::catalog::EditionKind;
use casehall::domain::case_types::codes::{Effect, Guard, InputPart, Queue};
use casehall::domain::cases::assignment::AssignmentAction;
use casehall::domain::cases::deadlines::announcement::AnnouncementKind;
use casehall::domain::cases::deadlines::dates::DeadlineStatus;
use casehall::domain::cases::event::Event;
use casehall::domain::cases::materials::checklist::SheetPerson;
use casehall::domain::cases::refusal::Refusal;
use casehall::domain::cases::refusal::code::RefusalCode;
use casehall::domain::cases::worklist::WorkList;
use casehall::domain::certificates::authorization::NotUsable;
use casehall::domain::certificates::certificate::{CertificateSource, LockSource, ServiceKind, SuspensionCause};
use casehall::domain::certificates::custody::{SlipKind, StayCause};
use casehall::domain::certificates::event::CertificateEvent;
use casehall::domain::certificates::import::ImportState;
use casehall::domain::certificates::refusal::CertificateRefusalCode;
use casehall::domain::certificates::state::{CertificateState, LifeStage, ServiceStatus};
use casehall::domain::evidence::suite::Suite;
use casehall::domain::feed::event_type::{EventType, Kind};
use casehall::domain::feed::webhook::{AttemptError, AttemptOutcome, DisabledReason};
use casehall::domain::money::fee::FeeItem;
use casehall::domain::money::payment::{EntryKind, PaymentMethod};
use casehall::domain::reports::facts::FactKind;
use casehall::domain::reports::forecast::Certainty;
use casehall::domain::reports::query::{By, ReportName};
use casehall::domain::retention::ErasureGround;
use serde_json::json;

/// What is stored of each, in order. A code that changes here changes in every database and for every caller.
const STORED: &[(&str, &str)] = &[
    (
        "AnnouncementKind",
        "due_soon ready_from_reached limit_passed uncollected correction_unanswered commitment_overdue",
    ),
    (
        "AuditKind",
        "signed_in sign_in_failed sign_in_locked sign_in_slowed sign_in_unlocked signed_out refresh_reused \
         account_added account_changed account_deactivated account_activated password_reset password_changed \
         second_factor_enrolled second_factor_removed accounts_held account_found system_found records_held record_found token_issued token_accepted token_refused system_added system_changed \
         system_deactivated system_activated system_secret_added system_secret_ended system_key_added \
         system_key_removed webhook_added webhook_changed webhook_removed webhook_secret_rotated webhook_disabled webhook_replayed person_disclosed hold_placed hold_lifted persons_erased paper_printed data_key_changed command_run settings_changed edition_changed \
         prices_changed calendar_changed import_entered import_approved import_rejected import_failed report_taken event_log_exported trail_read trail_exported \
         restore_accepted sealing_key_begun backup_made evidence_verified",
    ),
    ("AuditSubjectKind", "account system webhook report case certificate import edition calendar_year"),
    ("CertificateSource", "case registered imported"),
    ("AttemptOutcome", "delivered failed given_up withheld"),
    (
        "AttemptError",
        "target_refused name_unknown not_connected tls_failed timed_out bad_answer redirected gone not_sent rejected",
    ),
    ("DisabledReason", "gone"),
    ("DayKind", "holiday make_up_workday"),
    ("EditionKind", "case_type workflow"),
    ("EntryKind", "taken cancelled refunded waived"),
    ("ErasureGround", "certificates_ended no_certificate"),
    ("FeeItem", "medium certificate_years e_seal_years reissue unlock change revoke"),
    ("ImportState", "entering waiting approved rejected failed"),
    ("LifeStage", "unapproved rejected made in_custody issued active revoked"),
    ("LockSource", "window client import"),
    ("FactKind", "opened accepted notice made voided issued activated closed left moved"),
    ("PauseCause", "state decision"),
    ("PaymentMethod", "cash card transfer online"),
    ("Queue", "to_check to_make to_hand_over waiting_for_correction"),
    ("ReplacementReason", "lost damaged expired"),
    ("Role", "clerk producer supervisor administrator security_administrator auditor client"),
    ("ServiceKind", "application e_seal"),
    ("SlipKind", "medium_taken_in medium_handed_over"),
    ("StayCause", "made taken_in"),
    ("Suite", "international national"),
    ("SuspensionCause", "loss decision"),
];

macro_rules! check {
    ($($vocabulary:ident)+) => {{
        $(
            for (one, code) in $vocabulary::ALL.into_iter().zip($vocabulary::CODES) {
                assert_eq!(one.code(), *code);
                assert_eq!($vocabulary::from_code(code), Some(one));
                assert_eq!(json!(one), json!(code));
                assert_eq!(serde_json::from_value::<$vocabulary>(json!(code)).unwrap(), one);
            }
            assert_eq!($vocabulary::from_code("no such code"), None);
            assert!(serde_json::from_value::<$vocabulary>(json!("no such code")).is_err());
            let mut codes = $vocabulary::CODES.to_vec();
            codes.sort_unstable();
            codes.dedup();
            assert_eq!(codes.len(), $vocabulary::ALL.len(), "{} has a code twice", stringify!($vocabulary));
        )+
        vec![$((stringify!($vocabulary), $vocabulary::CODES.join(" "))),+]
    }};
}

#[test]
fn every_code_names_one_word_and_is_read_and_written_alike() {
    let known = check!(
        AfterHoursReceipt AnnouncementKind ApplicationPart AssignmentAction AuditKind AuditSubjectKind By CertificateSource CertificateState Certainty
        DayKind DeadlineStatus AttemptError AttemptOutcome DisabledReason EditionKind Effect EntryKind ErasureGround EventType FeeItem Guard ImportState InputPart LifeStage LockSource FactKind
        CertificateRefusalCode RefusalCode NotUsable PauseCause PaymentMethod Queue ReplacementReason ReportName Role Scope ServiceKind ServiceStatus
        SheetPerson SlipKind StayCause Suite SuspensionCause WorkList
    );
    for (name, codes) in STORED {
        let found = known.iter().find(|(known, _)| known == name).map(|(_, codes)| codes.as_str());
        assert_eq!(found, Some(*codes), "{name}");
    }
}

#[test]
fn a_work_list_of_states_has_the_code_by_which_workflows_name_it() {
    let lists = [WorkList::ToCheck, WorkList::ToMake, WorkList::ToHandOver, WorkList::WaitingForCorrection];
    assert!(lists.iter().map(|list| list.code()).eq(Queue::CODES.iter().copied()));
}

#[test]
fn a_guard_without_a_refusal_of_its_own_refuses_by_its_code_and_words() {
    let refusal = Refusal::Unmet(Guard::FeeSettled);
    let words = refusal.words();
    assert_eq!(refusal.code(), "fee_settled");
    assert_eq!((words.zh.as_str(), words.en.as_str()), ("须先满足：费用已缴清", "needed first: fee settled"));
}

#[test]
fn kinds_by_which_events_are_asked_for_are_kinds_of_events() {
    // What else such an event needs is missing here; a kind that there isn't is said to be unknown.
    let is_unknown = |error: serde_json::Error| error.to_string().contains("unknown variant");
    for kind in [Event::STATE_CHANGED, Event::PERSONS_ERASED, Event::CERTIFICATE] {
        let read = serde_json::from_value::<Event>(json!({ "kind": kind }));
        assert!(!read.is_err_and(is_unknown), "{kind}");
    }
    use CertificateEvent as Of;
    for kind in [Event::PERSONS_ERASED, Of::REGISTRATION_REJECTED, Of::LOCK_REPORTED, Of::SUSPENDED] {
        let read = serde_json::from_value::<CertificateEvent>(json!({ "kind": kind }));
        assert!(!read.is_err_and(is_unknown), "{kind}");
    }
    // And so are those that other systems ask for.
    for of in EventType::ALL {
        let is_none = match of.kind() {
            Kind::OfCase(kind) => serde_json::from_value::<Event>(json!({ "kind": kind })).is_err_and(is_unknown),
            Kind::OfCertificate(kind) => {
                serde_json::from_value::<CertificateEvent>(json!({ "kind": kind })).is_err_and(is_unknown)
            }
        };
        assert!(!is_none, "{}", of.code());
    }
    assert!(serde_json::from_value::<Event>(json!({ "kind": "no such kind" })).is_err_and(is_unknown));
}
