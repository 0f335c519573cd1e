//! One's own second factor: the password once more, the secret for the authenticator, as text and as a code for its camera, its first
//! code, and the recovery codes.
//!
//! Secret and recovery codes each stand in one answer. A secret that was lost on the way is followed by another one, until the first
//! code of one of them was given.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use askama::Template;

use super::once::OncePage;
use crate::console::page::answer::{Page, rendered};
use crate::console::page::codes::{Code, qr};
use crate::console::page::forms::field::Field;
use crate::console::page::forms::fields::Typed;
use crate::console::page::forms::form::Form;
use crate::console::page::forms::told::Told;
use crate::console::page::layout::Layout;
use crate::console::page::places::Place;
use crate::console::page::visitor::Visitor;
use crate::domain::accounts::session::Duty;
use crate::http::problem::Problem;
use crate::service::accounts::people::second_factor::Prepared;
use crate::service::base::error::ServiceError;

#[derive(Template)]
#[template(path = "accounts/second_factor.html", config = "src/console/askama.toml")]
struct SecondFactorPage {
    layout: Layout,
    is_duty: bool,
    /// The secret in groups of four, and the address that holds it, where they were just made.
    prepared: Option<(String, String)>,
    /// The same address as a code that the authenticator's camera reads.
    code: Option<Code>,
    /// Whether a first code is asked for.
    waits: bool,
    fields: Vec<Field>,
    told: Vec<Told>,
}

impl SecondFactorPage {
    fn of(visitor: &Visitor) -> Self {
        Self {
            layout: Layout::of(visitor, visitor.messages.t("second.title").to_owned(), Place::Elsewhere),
            is_duty: visitor.caller.duty == Some(Duty::EnrolSecondFactor),
            prepared: None,
            code: None,
            waits: false,
            fields: vec![Field::secret("password", visitor.messages.t("sign_in.password"), "current-password")],
            told: Vec::new(),
        }
    }

    /// The page that asks for a first code.
    fn waiting(visitor: &Visitor) -> Self {
        let code = Field::text("code", visitor.messages.t("second.code"), &Typed::default()).required().for_codes();
        let code = code.hint(visitor.messages.t("second.code_about")).filled_in_by("one-time-code");
        Self { waits: true, fields: vec![code], ..Self::of(visitor) }
    }

    /// The page once more, with why nothing was done.
    fn again(mut self, visitor: &Visitor, refused: ServiceError) -> Result<HttpResponse, Problem> {
        self.told = visitor.told(refused, &mut self.fields)?;
        Ok(rendered(StatusCode::UNPROCESSABLE_ENTITY, &self))
    }
}

/// Asks for the password.
pub(in crate::console) async fn show(visitor: Visitor) -> Page<impl Template> {
    Page(SecondFactorPage::of(&visitor))
}

/// Makes a second factor, shows its secret and asks for the first code.
pub(in crate::console) async fn prepare(form: Form<Typed>) -> Result<HttpResponse, Problem> {
    let (visitor, password) = (&form.visitor, form.sent.text("password"));
    match visitor.service.prepare_second_factor(&visitor.caller, password).await {
        Ok(Prepared { secret, otpauth_url }) => {
            let (code, prepared) = (qr(&otpauth_url), Some((in_groups(&secret), otpauth_url)));
            let page = SecondFactorPage { prepared, code, ..SecondFactorPage::waiting(visitor) };
            Ok(rendered(StatusCode::OK, &page))
        }
        Err(refused) => SecondFactorPage::of(visitor).again(visitor, refused),
    }
}

/// Takes the second factor into use and shows the recovery codes.
pub(in crate::console) async fn confirm(form: Form<Typed>) -> Result<HttpResponse, Problem> {
    let (visitor, messages) = (&form.visitor, form.visitor.messages);
    let code: String = form.sent.text("code").chars().filter(|c| !c.is_whitespace()).collect();
    match visitor.service.enrol_second_factor(&visitor.caller, &code).await {
        Ok(secrets) => {
            let layout = Layout::of(visitor, messages.t("second.recovery").to_owned(), Place::Elsewhere);
            let about = messages.t("second.recovery_about").to_owned();
            let page = OncePage { layout, about, secrets, next: "/console".to_owned() };
            Ok(rendered(StatusCode::OK, &page))
        }
        Err(refused) => SecondFactorPage::waiting(visitor).again(visitor, refused),
    }
}

/// A secret as it is read aloud and typed.
fn in_groups(secret: &str) -> String {
    let letters: Vec<char> = secret.chars().collect();
    letters.chunks(4).map(|group| group.iter().collect::<String>()).collect::<Vec<_>>().join(" ")
}
