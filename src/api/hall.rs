//! What the hall has and who is calling: the codes that requests name, with what people call them.

use actix_web::get;
use chrono::NaiveDate;
use serde::Serialize;
use utoipa::ToSchema;

use crate::api::accounts::rights::{Call, May};
use crate::api::closed::{FeeItemView, PaymentMethodView, RoleView};
use crate::domain::accounts::role::Role;
use crate::domain::accounts::role::Scope;
use crate::domain::base::words::{Language, Words};
use crate::domain::hall::{Hall, LoginApplication, Outlet};
use crate::domain::money::payment::PaymentMethod;
use crate::domain::money::price_list::PriceList;
use crate::http::answers::Shown;
use crate::http::language::NamedView;

/// The hall itself.
#[derive(Debug, Serialize, ToSchema)]
pub struct HallView {
    /// Its name, as it stands on receipts and notices.
    pub name: String,
    /// Its website.
    #[schema(example = "www.gzca.gd.cn", required = true)]
    pub website: Option<String>,
    /// The telephone where holders turn with questions.
    #[schema(example = "020-38828393", required = true)]
    pub customer_line: Option<String>,
    /// Start of business on working days, in the hall's zone.
    #[schema(example = "09:00")]
    pub opens: String,
    /// Close of business, at which terms end.
    #[schema(example = "17:30")]
    pub closes: String,
    /// The time zone in which days begin and end.
    #[schema(example = "Asia/Shanghai")]
    pub zone: &'static str,
    /// Today's date in that zone.
    pub today: NaiveDate,
    /// The outlet of an application that names none, unless it is opened by staff of another outlet.
    pub default_outlet: NamedView,
}

/// Name, lines, hours and today's date of the hall.
#[utoipa::path(tag = "hall", params(May<Call>), responses(Shown<HallView>))]
#[get("/hall")]
pub(in crate::api) async fn read_hall(may: May<Call>) -> Shown<HallView> {
    let (hall, language) = (may.service.hall(), may.language);
    let time = |time: chrono::NaiveTime| time.format("%H:%M").to_string();
    let outlet = hall.outlet_or_unknown(&hall.default_outlet);
    Shown(HallView {
        name: hall.name.text(language).to_owned(),
        website: hall.website.clone(),
        customer_line: hall.customer_line.clone(),
        opens: time(hall.hours.opens),
        closes: time(hall.hours.closes),
        zone: hall.hours.zone.name(),
        today: may.service.today(),
        default_outlet: NamedView::new(&outlet.code, &outlet.words, language),
    })
}

/// The hall, as what is printed of a case names it.
#[derive(Debug, Serialize, ToSchema)]
pub struct LetterheadView {
    /// Its name.
    pub name: String,
    /// Its website.
    #[schema(example = "www.gzca.gd.cn", required = true)]
    pub website: Option<String>,
    /// The telephone where holders turn with questions.
    #[schema(example = "020-38828393", required = true)]
    pub customer_line: Option<String>,
}

impl LetterheadView {
    pub(in crate::api) fn new(hall: &Hall, language: Language) -> Self {
        let (website, customer_line) = (hall.website.clone(), hall.customer_line.clone());
        Self { name: hall.name.text(language).to_owned(), website, customer_line }
    }
}

/// The outlets of the hall.
#[derive(Debug, Serialize, ToSchema)]
pub struct OutletsView {
    /// In the order of the settings.
    pub items: Vec<OutletView>,
}

/// An outlet.
#[derive(Debug, Serialize, ToSchema)]
pub struct OutletView {
    /// Code.
    #[schema(example = "guangzhou-center")]
    pub code: String,
    /// Name in the requested language.
    pub name: String,
    /// Where it is.
    #[schema(required = true)]
    pub address: Option<String>,
    /// Its telephone.
    #[schema(example = "020-38828393", required = true)]
    pub telephone: Option<String>,
    /// When it is open, in words.
    #[schema(required = true)]
    pub opening_hours: Option<String>,
    /// How to find it, in words or as the address of a map.
    #[schema(required = true)]
    pub map: Option<String>,
}

impl OutletView {
    pub(in crate::api) fn new(outlet: &Outlet, language: Language) -> Self {
        let text = |words: &Option<Words>| words.as_ref().map(|words| words.text(language).to_owned());
        Self {
            code: outlet.code.clone(),
            name: outlet.words.text(language).to_owned(),
            address: text(&outlet.address),
            telephone: outlet.telephone.clone(),
            opening_hours: text(&outlet.opening_hours),
            map: text(&outlet.map),
        }
    }
}

/// The outlets where certificates are collected.
#[utoipa::path(tag = "hall", params(May<Call>), responses(Shown<OutletsView>))]
#[get("/outlets")]
pub(in crate::api) async fn list_outlets(may: May<Call>) -> Shown<OutletsView> {
    let outlets = may.service.hall().outlets.iter();
    Shown(OutletsView { items: outlets.map(|outlet| OutletView::new(outlet, may.language)).collect() })
}

/// The login applications of the hall.
#[derive(Debug, Serialize, ToSchema)]
pub struct LoginApplicationsView {
    /// In the order of the settings.
    pub items: Vec<LoginApplicationView>,
}

/// A login application.
#[derive(Debug, Serialize, ToSchema)]
pub struct LoginApplicationView {
    /// Code.
    #[schema(example = "urban-construction")]
    pub code: String,
    /// Name in the requested language.
    pub name: String,
    /// Where holders log in.
    #[schema(example = "http://online.gzcc.gov.cn", required = true)]
    pub login_address: Option<String>,
    /// The telephone of its technical support.
    #[schema(example = "020-83124994", required = true)]
    pub support_line: Option<String>,
}

impl LoginApplicationView {
    pub(in crate::api) fn new(application: &LoginApplication, language: Language) -> Self {
        Self {
            code: application.code.clone(),
            name: application.words.text(language).to_owned(),
            login_address: application.login_address.clone(),
            support_line: application.support_line.clone(),
        }
    }
}

/// The login applications that can be opened on a certificate.
#[utoipa::path(tag = "hall", params(May<Call>), responses(Shown<LoginApplicationsView>))]
#[get("/applications")]
pub(in crate::api) async fn list_applications(may: May<Call>) -> Shown<LoginApplicationsView> {
    let applications = may.service.hall().applications.iter();
    let view = |application: &LoginApplication| LoginApplicationView::new(application, may.language);
    Shown(LoginApplicationsView { items: applications.map(view).collect() })
}

/// The payment methods.
#[derive(Debug, Serialize, ToSchema)]
pub struct PaymentMethodsView {
    /// All of them.
    #[schema(value_type = Vec<PaymentMethodView>)]
    pub items: Vec<NamedView>,
}

/// The payment methods that an application may name and a payment may have.
#[utoipa::path(tag = "hall", params(May<Call>), responses(Shown<PaymentMethodsView>))]
#[get("/payment-methods")]
pub(in crate::api) async fn list_payment_methods(may: May<Call>) -> Shown<PaymentMethodsView> {
    let methods = PaymentMethod::ALL.iter();
    let view = |method: &PaymentMethod| NamedView::new(method.code(), &method.words(), may.language);
    Shown(PaymentMethodsView { items: methods.map(view).collect() })
}

/// The prices of the hall.
#[derive(Debug, Serialize, ToSchema)]
pub struct PricesView {
    /// The list in force today, if there is one, and those that follow it.
    pub items: Vec<PriceListView>,
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
    #[schema(required = true)]
    pub valid_until: Option<NaiveDate>,
    /// What can be charged.
    pub prices: Vec<PriceView>,
}

/// A price.
#[derive(Debug, Serialize, ToSchema)]
pub struct PriceView {
    /// What is charged.
    #[schema(value_type = FeeItemView)]
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
#[utoipa::path(tag = "hall", params(May<Call>), responses(Shown<PricesView>))]
#[get("/prices")]
pub(in crate::api) async fn list_prices(may: May<Call>) -> Shown<PricesView> {
    let lists = may.service.hall().prices.from_day(may.service.today());
    Shown(PricesView { items: lists.map(|list| PriceListView::new(list, may.language)).collect() })
}

/// Who is calling.
#[derive(Debug, Serialize, ToSchema)]
pub struct MeView {
    /// Account id, or client id of another system.
    pub id: String,
    /// Name.
    pub name: String,
    /// Roles of staff; another system has none.
    #[schema(value_type = Vec<RoleView>)]
    pub roles: Vec<NamedView>,
    /// The outlet that staff belong to; null: the whole hall.
    #[schema(required = true)]
    pub outlet: Option<NamedView>,
    /// Scopes of another system; null for staff.
    #[schema(value_type = Option<Vec<Scope>>, required = true)]
    pub scopes: Option<Vec<&'static str>>,
}

/// The account or system of the token, with its roles, outlet or scopes.
#[utoipa::path(tag = "hall", params(May<Call>), responses(Shown<MeView>))]
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
