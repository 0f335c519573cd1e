//! A person's numbers in clear, once: asked for with a purpose and a reason, and on the record before they are shown.
//!
//! What comes back is a page and no way on: reloading it would show them again, which is asked for again.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::Path;
use askama::Template;

use crate::console::cases::case::{CasePath, Identity};
use crate::console::page::answer::{Page, rendered};
use crate::console::page::forms::field::{Choice, Control, Field};
use crate::console::page::forms::fields::Typed;
use crate::console::page::forms::form::Form;
use crate::console::page::forms::told::Told;
use crate::console::page::layout::Layout;
use crate::console::page::places::Place;
use crate::console::page::visitor::Visitor;
use crate::domain::accounts::disclosure::{DisclosureDraft, DisclosurePurpose, PersonField, PersonOfCase};
use crate::domain::base::words::Words;
use crate::domain::cases::case::Case;
use crate::http::problem::Problem;
use crate::service::accounts::disclosures::Disclosed;
use crate::service::cases::case::CaseKey;

#[derive(Template)]
#[template(path = "accounts/disclosures.html", config = "src/console/askama.toml")]
struct DisclosurePage {
    layout: Layout,
    identity: Identity,
    fields: Vec<Field>,
    told: Vec<Told>,
    /// Whose, and what there is to read.
    shown: Option<(String, Vec<(String, String)>)>,
}

/// What somebody wants to read, and why.
pub(in crate::console) async fn show(visitor: Visitor, path: Path<CasePath>) -> Result<Page<impl Template>, Problem> {
    visitor.service.may_disclose(&visitor.caller)?;
    Ok(Page(DisclosurePage::read(&visitor, path.into_inner().key, &Typed::default()).await?))
}

/// The numbers, this once.
pub(in crate::console) async fn disclose(form: Form<Typed>, path: Path<CasePath>) -> Result<HttpResponse, Problem> {
    let (visitor, sent, key) = (form.visitor, form.sent, path.into_inner().key);
    let mut status = StatusCode::OK;
    let found = visitor.service.disclose(&visitor.caller, key.clone(), draft(&sent)).await;
    let mut page = DisclosurePage::read(&visitor, key, &sent).await?;
    match found {
        Ok(disclosed) => page.shown = Some(shown(&visitor, disclosed)),
        Err(error) => {
            let problem = Problem::from(error);
            status = problem.status();
            page.told = visitor.told(problem, &mut page.fields)?;
        }
    }
    Ok(rendered(status, &page))
}

fn draft(sent: &Typed) -> DisclosureDraft {
    let [person, purpose, reason] = ["person", "purpose", "reason"].map(|name| sent.one(name).to_owned());
    DisclosureDraft { person, fields: sent.all("fields"), purpose, reason }
}

fn shown(visitor: &Visitor, disclosed: Disclosed) -> (String, Vec<(String, String)>) {
    let words = |field: PersonField| visitor.messages.line(&field.words());
    let numbers = [(PersonField::IdentityNumber, disclosed.identity_number), (PersonField::Phone, disclosed.phone)];
    let numbers = numbers.into_iter().filter_map(|(field, number)| Some((words(field), number?))).collect();
    (format!("{} {}", visitor.messages.line(&disclosed.person.words()), disclosed.name), numbers)
}

impl DisclosurePage {
    async fn read(visitor: &Visitor, key: CaseKey, typed: &Typed) -> Result<Self, Problem> {
        let at = visitor.service.case(&visitor.caller, key).await?;
        let details = visitor.service.details(&at, &visitor.caller)?;
        let (messages, words) = (visitor.messages, |words: Words| visitor.messages.line(&words));
        let people = people(details.case).map(|one| (one.code().to_owned(), words(one.words()))).collect();
        let fields = PersonField::ALL.map(|one| (one.code().to_owned(), words(one.words()))).into();
        let purposes = DisclosurePurpose::ALL.map(|one| (one.code().to_owned(), words(one.words()))).into();
        let choice = |control, name: &str, of| {
            Field::choice(control, name, messages.t(&format!("disclosure.{name}")), typed, of).required()
        };
        let mut purpose = choice(Control::Select, "purpose", purposes);
        let nothing = messages.t("disclosure.choose").to_owned();
        purpose.choices.insert(0, Choice { value: String::new(), name: nothing, is_chosen: false });
        Ok(Self {
            layout: Layout::of(visitor, messages.t("disclosure.title").to_owned(), Place::Elsewhere),
            identity: Identity::of(visitor, &details),
            fields: vec![
                choice(Control::Select, "person", people),
                choice(Control::Check, "fields", fields),
                purpose,
                Field::text("reason", messages.t("disclosure.reason"), typed).required(),
            ],
            told: Vec::new(),
            shown: None,
        })
    }
}

/// The persons that a case has.
fn people(case: &Case) -> impl Iterator<Item = PersonOfCase> {
    let application = &case.application;
    let there = [
        (PersonOfCase::Applicant, true),
        (PersonOfCase::Agent, application.agent.is_some()),
        (PersonOfCase::CertificateContact, application.certificate_contact.is_some()),
        (PersonOfCase::Collector, case.collector.is_some()),
    ];
    there.into_iter().filter_map(|(person, is_there)| is_there.then_some(person))
}
