//! A certificate from before Casehall, registered by hand: it waits for a second person then.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use askama::Template;
use chrono::{DateTime, Utc};

use crate::console::certificates::acts::label;
use crate::console::certificates::certificate::after;
use crate::console::page::answer::{Page, rendered, see};
use crate::console::page::forms::field::{Control, Field};
use crate::console::page::forms::fields::Typed;
use crate::console::page::forms::form::Form;
use crate::console::page::forms::told::Told;
use crate::console::page::layout::Layout;
use crate::console::page::places::Place;
use crate::console::page::visitor::Visitor;
use crate::domain::base::organization::OrganizationDraft;
use crate::domain::base::words::Fault;
use crate::domain::cases::refusal::{Refusal, RefusalKind};
use crate::domain::certificates::registration::RegistrationDraft;
use crate::formats::certificates::instant;
use crate::http::problem::Problem;
use crate::service::base::error::ServiceError;

#[derive(Template)]
#[template(path = "certificates/entering/registration.html", config = "src/console/askama.toml")]
struct RegistrationPage {
    layout: Layout,
    fields: Vec<Field>,
    told: Vec<Told>,
}

/// The form.
pub(in crate::console) async fn show(visitor: Visitor) -> Result<Page<impl Template>, Problem> {
    visitor.service.may_register(&visitor.caller)?;
    Ok(Page(RegistrationPage::of(&visitor, &Typed::default())))
}

/// Registers it; back on the page with what speaks against it.
pub(in crate::console) async fn register(form: Form<Typed>) -> Result<HttpResponse, Problem> {
    let (visitor, typed) = (form.visitor, form.sent);
    visitor.service.may_register(&visitor.caller)?;
    let faults = match draft(&visitor, &typed) {
        Err(faults) => faults,
        Ok(draft) => match visitor.service.register_certificate(&visitor.caller, draft, visitor.once()).await {
            Ok(at) => return Ok(see(&after(&at.certificate.serial))),
            Err(error) => faults_of(error)?,
        },
    };
    let mut page = RegistrationPage::of(&visitor, &typed);
    page.told = visitor.told_faults(&faults, &mut page.fields);
    Ok(rendered(StatusCode::UNPROCESSABLE_ENTITY, &page))
}

/// The draft that the form means, or everything that is wrong with it by itself.
fn draft(visitor: &Visitor, typed: &Typed) -> Result<RegistrationDraft, Vec<Fault>> {
    let (zone, mut faults) = (visitor.service.hall().hours.zone, Vec::new());
    let mut at = |name: &str, ends: bool| -> Option<DateTime<Utc>> {
        let read = instant(typed.one(name), zone, ends);
        read.map_err(|words| faults.push(Fault::new(format!("/{name}"), "bad_time", words))).ok()
    };
    let (from, until) = (at("valid_from", false), at("valid_until", true));
    let locked_at = typed.given("locked_at").and_then(|_| at("locked_at", false));
    let draft = RegistrationDraft {
        serial: typed.one("serial").to_owned(),
        medium_number: typed.one("medium_number").to_owned(),
        organization: OrganizationDraft {
            name: typed.one("organization/name").to_owned(),
            unified_social_credit_code: typed.given("organization/unified_social_credit_code"),
            organization_code: typed.given("organization/organization_code"),
            check_override_reason: typed.given("organization/check_override_reason"),
            ..OrganizationDraft::default()
        },
        valid_from: from.unwrap_or_default(),
        valid_until: until.unwrap_or_default(),
        locked_at,
        handler: typed.given("handler"),
        applications: typed.all("applications"),
        e_seal: typed.has("e_seal"),
    };
    let is_read = from.is_some() && until.is_some();
    let by_the_rules = visitor.service.registration_faults(&visitor.caller, &draft).into_iter();
    // What couldn't be read has a fault already, and so no meaning.
    faults.extend(by_the_rules.filter(|fault| is_read || !fault.pointer.starts_with("/valid_")));
    if faults.is_empty() { Ok(draft) } else { Err(faults) }
}

/// What the register says against it, at the fields that it is about.
fn faults_of(error: ServiceError) -> Result<Vec<Fault>, Problem> {
    let at = |refusal: &Refusal| match refusal {
        Refusal::SerialTaken => "/serial",
        Refusal::MediumTaken => "/medium_number",
        _ => "",
    };
    match error {
        ServiceError::Invalid(faults) => Ok(faults),
        ServiceError::Refused(refusals) if refusals.iter().all(|one| one.kind() != RefusalKind::NotPermitted) => {
            Ok(refusals.iter().map(|one| Fault::new(at(one), one.code(), one.words())).collect())
        }
        error => Err(error.into()),
    }
}

impl RegistrationPage {
    fn begins_at_field(&self) -> bool {
        self.fields.iter().any(|field| field.is_first)
    }

    fn of(visitor: &Visitor, typed: &Typed) -> Self {
        let messages = visitor.messages;
        Self {
            layout: Layout::of(visitor, messages.t("entering.new").to_owned(), Place::Certificates),
            fields: fields(visitor, typed),
            told: Vec::new(),
        }
    }
}

fn fields(visitor: &Visitor, typed: &Typed) -> Vec<Field> {
    let messages = visitor.messages;
    let text = |name: &str| {
        let of = name.strip_prefix("organization/").unwrap_or(name);
        let of = if of == "name" { "organization_name" } else { of };
        Field::text(name, messages.t(label(of)), typed)
    };
    let known = visitor.service.hall().applications.iter();
    let applications = known.map(|one| (one.code.clone(), messages.of(&one.words).to_owned())).collect();
    let open = vec![("yes".to_owned(), messages.t("entering.e_seal_open").to_owned())];
    let mut serial = text("serial").required().for_codes();
    serial.is_first = typed.is_empty();
    vec![
        serial,
        text("medium_number").required().for_codes(),
        text("organization/name").required(),
        text("organization/unified_social_credit_code")
            .known_as(&["organization"])
            .hint(messages.t("entering.code_hint"))
            .for_codes(),
        text("organization/organization_code").hint(messages.t("entering.old_code_hint")).for_codes(),
        text("organization/check_override_reason").hint(messages.t("intake.override_hint")),
        text("valid_from").required().hint(messages.t("entering.from_hint")),
        text("valid_until").required().hint(messages.t("entering.until_hint")),
        text("handler").hint(messages.t("entering.handler_hint")),
        Field::text("locked_at", messages.t("certificate.locked"), typed).hint(messages.t("entering.locked_hint")),
        Field::choice(Control::Check, "applications", messages.t("hall.applications"), typed, applications),
        Field::choice(Control::Check, "e_seal", messages.t("certificate.e_seal"), typed, open),
    ]
}
