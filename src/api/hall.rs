//! What the hall has and who is calling: the codes that requests name, with what people call them.

use actix_web::get;
use chrono::NaiveDate;
use serde::Serialize;
use utoipa::ToSchema;

use crate::api::accounts::rights::{Call, May};
use crate::api::http::answers::Shown;
use crate::api::http::language::NamedView;
use crate::domain::accounts::role::Role;
use crate::domain::base::named::Named;
use crate::domain::base::words::Language;
use crate::domain::money::payment::PaymentMethod;
use crate::domain::money::price_list::PriceList;

fn named(all: &[Named], language: Language) -> Vec<NamedView> {
    all.iter().map(|one| NamedView::new(&one.code, &one.words, language)).collect()
}

/// The outlets of the hall.
#[derive(Debug, Serialize, ToSchema)]
pub struct OutletsView {
    /// In the order of the settings.
    pub outlets: Vec<NamedView>,
}

/// The outlets where certificates are collected.
#[utoipa::path(tag = "hall", responses(Shown<OutletsView>))]
#[get("/outlets")]
pub(in crate::api) async fn list_outlets(may: May<Call>) -> Shown<OutletsView> {
    Shown(OutletsView { outlets: named(&may.service.hall().outlets, may.language) })
}

/// The login applications of the hall.
#[derive(Debug, Serialize, ToSchema)]
pub struct LoginApplicationsView {
    /// In the order of the settings.
    pub applications: Vec<NamedView>,
}

/// The login applications that can be opened on a certificate.
#[utoipa::path(tag = "hall", responses(Shown<LoginApplicationsView>))]
#[get("/applications")]
pub(in crate::api) async fn list_applications(may: May<Call>) -> Shown<LoginApplicationsView> {
    Shown(LoginApplicationsView { applications: named(&may.service.hall().applications, may.language) })
}

/// The payment methods.
#[derive(Debug, Serialize, ToSchema)]
pub struct PaymentMethodsView {
    /// All of them.
    pub payment_methods: Vec<NamedView>,
}

/// The payment methods that an application may name and a payment may have.
#[utoipa::path(tag = "hall", responses(Shown<PaymentMethodsView>))]
#[get("/payment-methods")]
pub(in crate::api) async fn list_payment_methods(may: May<Call>) -> Shown<PaymentMethodsView> {
    let methods = PaymentMethod::ALL.iter();
    let view = |method: &PaymentMethod| NamedView::new(method.code(), &method.words(), may.language);
    Shown(PaymentMethodsView { payment_methods: methods.map(view).collect() })
}

/// The prices of the hall.
#[derive(Debug, Serialize, ToSchema)]
pub struct PricesView {
    /// The list in force today, if there is one, and those that follow it.
    pub price_lists: Vec<PriceListView>,
}

/// A price list.
#[derive(Debug, Serialize, ToSchema)]
pub struct PriceListView {
    /// Its code, kept with each case.
    pub code: String,
    /// The notice that fixed the prices.
    pub source: String,
    /// Its first day.
    pub valid_from: NaiveDate,
    /// Its last day, if it is known.
    pub valid_until: Option<NaiveDate>,
    /// What can be charged.
    pub prices: Vec<PriceView>,
}

/// A price.
#[derive(Debug, Serialize, ToSchema)]
pub struct PriceView {
    /// What is charged.
    pub item: NamedView,
    /// The price of one unit in fen (1 yuan = 100 fen).
    pub unit_fen: u32,
}

impl PriceListView {
    fn new(list: &PriceList, language: Language) -> Self {
        let price = |(item, unit_fen): (&crate::domain::money::fee::FeeItem, &u32)| PriceView {
            item: NamedView::new(item.code(), &item.words(), language),
            unit_fen: *unit_fen,
        };
        Self {
            code: list.code.clone(),
            source: list.source.clone(),
            valid_from: list.valid_from,
            valid_until: list.valid_until,
            prices: list.prices.iter().map(price).collect(),
        }
    }
}

/// The prices in force today, and the lists that follow.
#[utoipa::path(tag = "hall", responses(Shown<PricesView>))]
#[get("/prices")]
pub(in crate::api) async fn list_prices(may: May<Call>) -> Shown<PricesView> {
    let lists = may.service.hall().prices.from_day(may.service.today());
    Shown(PricesView { price_lists: lists.map(|list| PriceListView::new(list, may.language)).collect() })
}

/// Who is calling.
#[derive(Debug, Serialize, ToSchema)]
pub struct MeView {
    /// Account id, or client id of another system.
    pub id: String,
    /// Name.
    pub name: String,
    /// Roles of staff; another system has none.
    pub roles: Vec<NamedView>,
    /// The outlet that staff belong to; null: the whole hall.
    pub outlet: Option<NamedView>,
    /// Scopes of another system; null for staff.
    pub scopes: Option<Vec<&'static str>>,
}

/// The account or system of the token, with its roles, outlet or scopes.
#[utoipa::path(tag = "hall", responses(Shown<MeView>))]
#[get("/me")]
pub(in crate::api) async fn read_me(may: May<Call>) -> Shown<MeView> {
    let (actor, language) = (&may.caller.actor, may.language);
    let staff_roles = actor.roles.iter().filter(|role| **role != Role::Client);
    let outlet = actor.outlet.as_deref().and_then(|code| may.service.hall().outlet(code));
    Shown(MeView {
        id: actor.id.clone(),
        name: actor.name.clone(),
        roles: staff_roles.map(|role| NamedView::new(role.code(), &role.words(), language)).collect(),
        outlet: outlet.map(|outlet| NamedView::new(&outlet.code, &outlet.words, language)),
        scopes: may.caller.scopes.as_ref().map(|scopes| scopes.iter().map(|scope| scope.code()).collect()),
    })
}
