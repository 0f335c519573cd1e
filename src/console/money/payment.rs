//! A payment: what is owed, how it is paid, and at which window.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::{Path, Query};
use askama::Template;
use serde::Deserialize;

use crate::console::cases::case::{CasePath, Identity, after};
use crate::console::cases::counter::scanned::told_scans;
use crate::console::cases::done::{COLLECTOR, HAND_OVER, after_payment};
use crate::console::cases::steps::{NextStep, next_step};
use crate::console::cases::timeline::told_of_case;
use crate::console::money::window::ask;
use crate::console::page::address::address;
use crate::console::page::answer::{rendered, see, send_on};
use crate::console::page::forms::draft::draft;
use crate::console::page::forms::field::{Control, Field};
use crate::console::page::forms::fields::Typed;
use crate::console::page::forms::form::Form;
use crate::console::page::forms::told::Told;
use crate::console::page::layout::Layout;
use crate::console::page::places::Place;
use crate::console::page::visitor::Visitor;
use crate::domain::case_types::codes::InputPart;
use crate::domain::cases::case::Case;
use crate::domain::cases::input::ActionInput;
use crate::domain::cases::money::taking;
use crate::domain::cases::refusal::Refusal;
use crate::domain::money::payment::PaymentMethod;
use crate::domain::money::yuan::yuan;
use crate::http::problem::Problem;
use crate::service::base::error::ServiceError;
use crate::service::cases::case::{CaseAt, CaseKey};

#[derive(Template)]
#[template(path = "money/payment.html", config = "src/console/askama.toml")]
struct PaymentPage {
    layout: Layout,
    identity: Identity,
    version: i64,
    then: String,
    /// The medium that was scanned before, on the page to which it goes back.
    medium: String,
    /// Whoever collects, as chosen and typed on that page: it goes back with it.
    carried: Vec<(&'static str, String)>,
    /// Where it goes back to: address and name.
    back: (String, &'static str),
    fee: Vec<(String, String)>,
    paid: Vec<String>,
    outstanding: String,
    fields: Vec<Field>,
    does: Option<String>,
    others: Vec<String>,
    /// Where it goes on, where nothing is to be taken here.
    next: Option<NextStep>,
    told: Vec<Told>,
}

/// Where to go afterwards, and the medium that was scanned there.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::console) struct PaymentQuery {
    #[serde(default)]
    then: String,
    #[serde(default)]
    medium: String,
}

/// The page.
pub(in crate::console) async fn show(
    visitor: Visitor,
    path: Path<CasePath>,
    query: Query<PaymentQuery>,
) -> Result<HttpResponse, Problem> {
    let at = visitor.service.case(&visitor.caller, path.into_inner().key).await?;
    if visitor.has_yet_to_say_window() {
        let here = format!("/console/cases/{}/payment", at.case.acceptance_number);
        return Ok(ask(&address(&here, &[("then", &query.then), ("medium", &query.medium)])));
    }
    opened(&visitor, &at, Typed::default(), &query)
}

/// The page with what is proposed.
fn opened(visitor: &Visitor, at: &CaseAt, mut typed: Typed, query: &PaymentQuery) -> Result<HttpResponse, Problem> {
    typed.fill("window", visitor.window.name().unwrap_or_default());
    typed.fill("then", &query.then);
    typed.fill("medium", &query.medium);
    typed.fill("amount_fen", &yuan(at.case.outstanding_fen()));
    // How it is paid is ticked where the application says so, and then the page says that.
    typed.fill("method", at.case.application.payment_method.map_or("", PaymentMethod::code));
    Ok(rendered(StatusCode::OK, &PaymentPage::of(visitor, at, &typed)?))
}

/// Takes the money; or opens the page, with whoever collects, from the hand-over and goes back there.
pub(in crate::console) async fn take(
    path: Path<CasePath>,
    query: Query<PaymentQuery>,
    form: Form<Typed>,
) -> Result<HttpResponse, Problem> {
    let (visitor, mut typed) = (form.visitor, form.sent);
    let at = visitor.service.case(&visitor.caller, path.into_inner().key).await?;
    if typed.has("go") {
        return opened(&visitor, &at, typed, &query);
    }
    if typed.has("back") {
        return Ok(on_to_hand_over(&at, &typed, ""));
    }
    // Left blank, it is the one where the clerk is.
    typed.fill("window", visitor.window.name().unwrap_or_default());
    received(&visitor, &at, typed).await
}

async fn received(visitor: &Visitor, at: &CaseAt, mut typed: Typed) -> Result<HttpResponse, Problem> {
    let told = told_scans(visitor, &mut typed, &fields(visitor, &at.case, &Typed::default())).await?;
    if !told.is_empty() {
        return Ok(rendered(
            StatusCode::UNPROCESSABLE_ENTITY,
            &PaymentPage { told, ..PaymentPage::of(visitor, at, &typed)? },
        ));
    }
    match taken(visitor, at, &typed).await {
        Ok((_, receipt)) if typed.one("then") == HAND_OVER => Ok(on_to_hand_over(at, &typed, &receipt)),
        Ok((action, _)) => Ok(see(&after(&at.case.acceptance_number, &action))),
        Err(refused) => again(visitor, CaseKey::Id(at.case.id), &typed, refused).await,
    }
}

/// On to the hand-over, with the medium, and with whoever collects.
fn on_to_hand_over(at: &CaseAt, typed: &Typed, receipt: &str) -> HttpResponse {
    let hand_over = after_payment(&at.case.acceptance_number, typed.one("medium"), receipt);
    if carried(typed).is_empty() { see(&hand_over) } else { send_on(&hand_over) }
}

async fn again(visitor: &Visitor, key: CaseKey, typed: &Typed, refused: Problem) -> Result<HttpResponse, Problem> {
    let now = visitor.service.case(&visitor.caller, key.clone()).await?;
    let mut page = PaymentPage::of(visitor, &now, typed)?;
    page.told = told_of_case(visitor, key, typed.version(), refused, &mut page.fields).await?;
    Ok(rendered(StatusCode::UNPROCESSABLE_ENTITY, &page))
}

/// Takes it; answers by which action, and the receipt.
async fn taken(visitor: &Visitor, at: &CaseAt, typed: &Typed) -> Result<(String, String), Problem> {
    let action = taking(visitor.service.definition(&at.case)?.workflow, &at.case).map(|one| one.code.clone());
    let action = action.unwrap_or_else(|| InputPart::Payment.code().to_owned());
    let payment = draft(&PaymentPage::of(visitor, at, typed)?.fields)?;
    let input = ActionInput { payment: Some(payment), ..ActionInput::default() };
    let key = CaseKey::Id(at.case.id);
    let paid = visitor.service.act(&visitor.caller, key, &action, input, typed.seen(), visitor.once()).await?;
    let receipt = paid.case.money.standing().next_back().map(|paid| paid.receipt.to_string());
    Ok((action, receipt.unwrap_or_default()))
}

impl PaymentPage {
    /// The page; refuses whoever takes no money.
    fn of(visitor: &Visitor, at: &CaseAt, typed: &Typed) -> Result<Self, Problem> {
        let (messages, details) = (visitor.messages, visitor.service.details(at, &visitor.caller)?);
        let (case, identity) = (&at.case, Identity::of(visitor, &details));
        let action = taking(details.definition.workflow, case);
        if let Some(refusal) = action.and_then(|one| Refusal::unless_role(&visitor.caller.actor, &one.roles)) {
            return Err(ServiceError::from(refusal).into());
        }
        let offer = action.and_then(|one| details.offers.iter().find(|offer| offer.action.code == one.code));
        let others: Vec<String> = offer
            .into_iter()
            .flat_map(|offer| &offer.blocked_by)
            .map(|refusal| messages.line(&refusal.words()))
            .collect();
        let amount = |fen: i64| messages.fill("money.yuan", "amount", yuan(fen));
        let lines = case.fee.lines.iter();
        let paid = case.money.standing().map(|paid| {
            let how = messages.of(&paid.method.words()).to_owned();
            format!(
                "{} {}",
                amount(paid.amount_fen),
                messages.with("hand_over.paid", &[("method", &how), ("receipt", &paid.receipt)])
            )
        });
        let does = offer.filter(|_| others.is_empty()).map(|offer| messages.of(&offer.action.words).to_owned());
        Ok(Self {
            layout: Layout::of(
                visitor,
                messages.fill("payment.of", "organization", &identity.organization),
                Place::Elsewhere,
            )
            .found_at(address(
                &format!("/console/cases/{}/payment", case.acceptance_number),
                &[("then", typed.one("then")), ("medium", typed.one("medium"))],
            )),
            version: case.version,
            back: match typed.one("then") {
                HAND_OVER => (
                    after_payment(&case.acceptance_number, typed.one("medium"), ""),
                    messages.t("payment.back_to_hand_over"),
                ),
                _ => (format!("/console/cases/{}", case.acceptance_number), messages.t("action.back")),
            },
            carried: carried(typed),
            then: typed.one("then").to_owned(),
            medium: typed.one("medium").to_owned(),
            fee: lines.map(|line| (messages.line(&line.item.words()), amount(line.amount_fen))).collect(),
            paid: paid.collect(),
            outstanding: amount(case.outstanding_fen()),
            fields: fields(visitor, case, typed),
            next: next_step(visitor, &details).filter(|_| does.is_none()),
            does,
            others,
            told: Vec::new(),
            identity,
        })
    }
}

/// Whoever collects, as chosen and typed at the hand-over.
fn carried(typed: &Typed) -> Vec<(&'static str, String)> {
    COLLECTOR.into_iter().filter_map(|name| Some((name, typed.given(name)?))).collect()
}

fn fields(visitor: &Visitor, case: &Case, typed: &Typed) -> Vec<Field> {
    let messages = visitor.messages;
    let text = |name: &str, label: &str| Field::text(name, messages.t(label), typed);
    let of = visitor.named(PaymentMethod::ALL.map(|way| (way.code(), way.words())));
    let chosen = case.application.payment_method;
    let chosen = chosen.map(|way| messages.fill("payment.as_applied", "method", messages.of(&way.words())));
    let method = Field::choice(Control::Radio, "method", messages.t("payment.method"), typed, of);
    vec![
        text("amount_fen", "payment.amount").control(Control::Yuan).required().known_as(&["payment/amount_fen"]),
        method.required().hint(chosen.unwrap_or_default()).known_as(&["payment/method"]),
        text("window", "payment.window").hint(messages.t("payment.window_hint")).known_as(&["payment/window"]),
        text("reference", "payment.reference")
            .hint(messages.t("payment.reference_hint"))
            .known_as(&["payment/reference"]),
    ]
}
