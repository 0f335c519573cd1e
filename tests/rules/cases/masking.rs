//! Numbers of persons: whatever holds one, however it is printed, they don't stand there in clear; and what is stored of
//! them is what was stored always.

use std::fmt::Debug;

use casehall::domain::accounts::actor::Actor;
use casehall::domain::accounts::role::Role;
use casehall::domain::base::identity_document::IdentityNumber;
use casehall::domain::base::person::{DocumentNumber, Personal};
use casehall::domain::base::phone::Phone;
use casehall::domain::base::recorded::Recorded;
use casehall::domain::case_types::catalog::Catalog;
use casehall::domain::cases::case::{Case, fold};
use casehall::domain::cases::context::Context;
use casehall::domain::cases::deadlines::reckoning::CalendarInForce;
use casehall::domain::cases::decide;
use casehall::domain::cases::event::{Collector, Event};
use casehall::domain::cases::input::{ActionInput, CollectorDraft};
use casehall::domain::cases::intake::applicant::{ContactDraft, Person, PersonDraft};
use casehall::domain::cases::intake::application::{Application, ApplicationDraft, CorrectionDraft};
use chrono::{DateTime, Duration, NaiveDate, Utc};
use proptest::prelude::*;
use serde_json::json;
use uuid::Uuid;

use super::walks::fixture;

/// What a person and a document show of themselves.
#[derive(Debug, Clone)]
struct Numbers {
    identity: String,
    phone: String,
    document: String,
}

/// A made-up number that its standard allows, with its check character.
fn identity() -> impl Strategy<Value = String> {
    let area = prop::sample::select(vec!["110105", "440199", "510104", "810000", "830000"]);
    (area, 0..30_000_i64, 0..1000_u32).prop_map(|(area, days, order)| {
        let born = NaiveDate::from_ymd_opt(1920, 1, 1).unwrap() + Duration::days(days);
        let body = format!("{area}{}{order:03}", born.format("%Y%m%d"));
        let numbers = "0123456789X".chars().map(|check| format!("{body}{check}"));
        numbers.into_iter().find(|number| IdentityNumber::parse(number).is_ok()).unwrap()
    })
}

fn numbers() -> impl Strategy<Value = Numbers> {
    let phone =
        prop_oneof!["1[38][0-9]{9}", "0(10|2[0-57-9]|755|595)[2-8][0-9]{7}(-[0-9]{3})?", "0(663|592)[2-8][0-9]{6}"];
    let document = prop_oneof!["[A-Z]{1,2}[0-9]{7,9}".boxed(), identity().boxed()];
    (identity(), phone, document).prop_map(|(identity, phone, document)| Numbers { identity, phone, document })
}

impl Numbers {
    fn draft(&self, name: &str) -> PersonDraft {
        PersonDraft {
            name: name.to_owned(),
            identity_number: self.identity.clone(),
            phone: self.phone.clone(),
            ..PersonDraft::default()
        }
    }

    fn contact_draft(&self) -> ContactDraft {
        ContactDraft { name: "曾国栋".to_owned(), phone: self.phone.clone() }
    }

    fn collector_draft(&self) -> CollectorDraft {
        let document_number = self.document.clone();
        CollectorDraft {
            name: "曾国栋".to_owned(),
            document_number,
            document_sighted: true,
            ..CollectorDraft::default()
        }
    }

    fn collector(&self) -> Collector {
        Collector {
            name: "曾国栋".to_owned(),
            document_type: None,
            document_country: None,
            document_number: DocumentNumber::parse(&self.document).unwrap(),
        }
    }

    /// What must not be seen: each number as it was typed and as it is kept.
    fn in_clear(&self) -> Vec<String> {
        let phone = Phone::parse(&self.phone).unwrap();
        let national = phone.in_clear().trim_start_matches("+86").to_owned();
        vec![self.identity.clone(), self.phone.clone(), national, self.document.clone()]
    }

    fn hidden_in(&self, what: &str, printed: &str) -> Result<(), TestCaseError> {
        for number in self.in_clear() {
            prop_assert!(!printed.contains(&number), "{what} shows {number}: {printed}");
        }
        Ok(())
    }

    fn hidden_by(&self, what: &str, value: &impl Debug) -> Result<(), TestCaseError> {
        self.hidden_in(what, &format!("{value:?}"))?;
        self.hidden_in(what, &format!("{value:#?}"))
    }
}

/// A case with these persons in it, and every event that has one.
fn case_of(one: &Numbers, other: &Numbers) -> (ApplicationDraft, Vec<Recorded<Event>>, Case) {
    let (hall, catalog) = (fixture::hall(), fixture::catalog());
    let definition = catalog.opening("new-certificate").unwrap();
    let now: DateTime<Utc> = "2026-03-02T02:00:00Z".parse().unwrap();
    let actor = Actor { id: "a".to_owned(), name: "某".to_owned(), roles: vec![Role::Clerk], outlet: None };
    let (calendar, none) = (CalendarInForce::default(), Catalog::default());
    let context = Context {
        now,
        actor: &actor,
        hall: &hall,
        catalog: &none,
        calendar: &calendar,
        held: None,
        fresh_id: Uuid::nil(),
    };
    let mut draft = fixture::draft(definition.case_type, false, true, None);
    (draft.applicant, draft.agent) = (one.draft("谭丽"), Some(other.draft("刘少芬")));
    draft.certificate_contact = Some(other.contact_draft());
    let before = decide::application(definition, &draft, &context).unwrap();
    let after = Application { agent: None, ..before.clone() };
    let mut events = decide::open(definition, before.clone(), "260302000014".to_owned(), None, &context).unwrap();
    events.push(Event::ApplicationCorrected {
        before: Box::new(before),
        after: Box::new(after),
        checks_voided: Vec::new(),
    });
    events.push(Event::CollectorRecorded { before: None, after: one.collector() });
    events.push(Event::CollectorRecorded { before: Some(one.collector()), after: other.collector() });
    let recorded = |(sequence, event)| Recorded {
        sequence,
        at: now,
        actor_id: "a".to_owned(),
        actor_name: "某".to_owned(),
        action: "open".to_owned(),
        event,
    };
    let events: Vec<_> = (1..).zip(events).map(recorded).collect();
    let case = fold(Uuid::nil(), &events).unwrap();
    (draft, events, case)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn nothing_that_holds_a_number_prints_it(one in numbers(), other in numbers()) {
        let (draft, events, case) = case_of(&one, &other);
        let correction = CorrectionDraft { agent: draft.agent.clone().map(Into::into), ..CorrectionDraft::default() };
        let input = ActionInput {
            collector: Some(one.collector_draft()),
            correction: Some(correction.clone()),
            ..ActionInput::default()
        };
        let agent = draft.agent.clone();
        for numbers in [&one, &other] {
            numbers.hidden_by("a draft of an application", &draft)?;
            numbers.hidden_by("a draft of a person", &(&draft.applicant, &agent))?;
            numbers.hidden_by("a draft of a contact", &draft.certificate_contact)?;
            numbers.hidden_by("a contact", &case.application.certificate_contact)?;
            numbers.hidden_by("a draft of a correction", &correction)?;
            numbers.hidden_by("a draft of a collector", &(one.collector_draft(), other.collector_draft()))?;
            numbers.hidden_by("the data of an action", &input)?;
            numbers.hidden_by("an application", &case.application)?;
            numbers.hidden_by("a person", &case.application.applicant)?;
            numbers.hidden_by("a collector", &(one.collector(), other.collector()))?;
            numbers.hidden_by("a case", &case)?;
            for recorded in &events {
                numbers.hidden_by("an event", &recorded.event)?;
                numbers.hidden_by("an event on the record", recorded)?;
            }
        }
    }

    #[test]
    fn a_number_is_masked_by_every_way_to_print_it_but_its_name(numbers in numbers()) {
        let identity = IdentityNumber::parse(&numbers.identity).unwrap();
        let phone = Phone::parse(&numbers.phone).unwrap();
        let document = DocumentNumber::parse(&numbers.document).unwrap();
        let printed = [
            format!("{identity} {phone} {document}"),
            format!("{identity:?} {phone:?} {document:?}"),
            format!("{:#?}", (&identity, &phone, &document)),
            format!("{identity:>40} {phone:<40} {document:^40}"),
            json!([identity, phone, document]).to_string(),
        ];
        for printed in printed {
            numbers.hidden_in("a number", &printed)?;
        }
        prop_assert_eq!(identity.in_clear(), &numbers.identity);
        prop_assert_eq!(document.in_clear(), &numbers.document);
        prop_assert_eq!(Phone::parse(phone.in_clear()).unwrap(), phone);
    }

    #[test]
    fn what_is_stored_has_the_whole_number_and_gives_it_back(one in numbers(), other in numbers()) {
        let (_, events, case) = case_of(&one, &other);
        let stored = serde_json::to_string(&case).unwrap();
        prop_assert!(stored.contains(&one.identity) && stored.contains(&other.document));
        prop_assert_eq!(serde_json::from_str::<Case>(&stored).unwrap(), case);
        for recorded in events {
            let stored = serde_json::to_string(&recorded).unwrap();
            prop_assert_eq!(serde_json::from_str::<Recorded<Event>>(&stored).unwrap(), recorded);
        }
    }
}

#[test]
fn persons_are_read_as_they_were_always_stored_and_written_marked_for_the_store() {
    let person = json!({ "name": "谭丽", "identity_number": "440199196412310694", "phone": "+8613800138000" });
    let read: Person = serde_json::from_value(person).unwrap();
    assert_eq!(read.phone, Phone::parse("13800138000").unwrap());
    let marked = json!({
        "name": "\u{1}谭丽",
        "identity_number": "\u{1}440199196412310694",
        "phone": "\u{1}+8613800138000",
    });
    assert_eq!(serde_json::to_value(&read).unwrap(), marked);
    assert_eq!(serde_json::from_value::<Person>(marked).unwrap(), read);
    let text = r#"{"name":"曾国栋","document_number":"440199198701195759"}"#;
    let read: Collector = serde_json::from_str(text).unwrap();
    let marked = r#"{"name":"\u0001曾国栋","document_number":"\u0001440199198701195759"}"#;
    assert_eq!(serde_json::to_string(&read).unwrap(), marked);
}

#[test]
fn a_document_number_shows_its_last_four_characters_and_a_short_one_hides_at_least_one() {
    let masked = |text: &str| DocumentNumber::parse(text).unwrap().masked();
    assert_eq!(masked("440199198701195759"), "440***********5759", "as of an applicant");
    assert_eq!(masked("C1234567"), "****4567");
    assert_eq!(masked("12345"), "*2345");
    assert_eq!(masked("1234"), "*234");
    assert_eq!(masked("1"), "*");
    assert_eq!(DocumentNumber::parse(" "), None);
    assert_eq!(DocumentNumber::parse(&"1".repeat(41)), None);
}
