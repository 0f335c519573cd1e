//! What the settings say of the hall, and the prices of each day.

use askama::Template;

use crate::console::page::answer::Page;
use crate::console::page::layout::Layout;
use crate::console::page::places::Place;
use crate::console::page::tag::Tag;
use crate::console::page::visitor::Visitor;
use crate::domain::base::words::Words;
use crate::domain::hall::{LoginApplication, Outlet};
use crate::domain::money::payment::PaymentMethod;
use crate::domain::money::price_list::PriceList;
use crate::domain::money::yuan::yuan;
use crate::http::problem::Problem;

/// An outlet.
struct OutletLine {
    code: String,
    name: String,
    address: String,
    telephone: String,
    hours: String,
    is_default: bool,
}

/// An application.
struct ApplicationLine {
    code: String,
    name: String,
    address: String,
    support: String,
}

/// A price of a list.
struct PriceLine {
    name: String,
    amount: String,
    unit: String,
}

/// A price list, and whether it is in force.
struct ListSection {
    code: String,
    source: String,
    days: String,
    tag: Option<Tag>,
    prices: Vec<PriceLine>,
}

#[derive(Template)]
#[template(path = "hall/settings.html", config = "src/console/askama.toml")]
struct HallPage {
    layout: Layout,
    outlets: Vec<OutletLine>,
    applications: Vec<ApplicationLine>,
    methods: Vec<String>,
    lists: Vec<ListSection>,
}

/// The page; for any of the staff, as the API tells it.
pub(in crate::console) async fn show(visitor: Visitor) -> Result<Page<impl Template>, Problem> {
    let hall = visitor.service.hall();
    let lists = hall.prices.iter().rev().map(|list| section(&visitor, list));
    Ok(Page(HallPage {
        layout: Layout::of(&visitor, visitor.messages.t("place.hall").to_owned(), Place::Hall),
        outlets: hall.outlets.iter().map(|outlet| outlet_line(&visitor, outlet)).collect(),
        applications: hall.applications.iter().map(|application| application_line(&visitor, application)).collect(),
        methods: PaymentMethod::ALL.into_iter().map(|method| text(&visitor, Some(&method.words()))).collect(),
        lists: lists.collect(),
    }))
}

fn text(visitor: &Visitor, words: Option<&Words>) -> String {
    words.map_or_else(|| "–".to_owned(), |words| visitor.messages.of(words).to_owned())
}

fn outlet_line(visitor: &Visitor, outlet: &Outlet) -> OutletLine {
    OutletLine {
        code: outlet.code.clone(),
        name: text(visitor, Some(&outlet.words)),
        address: text(visitor, outlet.address.as_ref()),
        telephone: outlet.telephone.clone().unwrap_or_else(|| "–".to_owned()),
        hours: outlet.opening_hours.as_ref().map_or_else(|| usual_hours(visitor), |hours| text(visitor, Some(hours))),
        is_default: outlet.code == visitor.service.hall().default_outlet,
    }
}

/// The hall's hours, where an outlet has none of its own.
fn usual_hours(visitor: &Visitor) -> String {
    let hours = &visitor.service.hall().hours;
    let (opens, closes) = (hours.opens.format("%-H:%M"), hours.closes.format("%H:%M"));
    visitor.messages.with("paper.usual_hours", &[("opens", &opens), ("closes", &closes)])
}

fn application_line(visitor: &Visitor, application: &LoginApplication) -> ApplicationLine {
    ApplicationLine {
        code: application.code.clone(),
        name: text(visitor, Some(&application.words)),
        address: application.login_address.clone().unwrap_or_else(|| "–".to_owned()),
        support: application.support_line.clone().unwrap_or_else(|| "–".to_owned()),
    }
}

fn section(visitor: &Visitor, list: &PriceList) -> ListSection {
    let (messages, dates) = (visitor.messages, visitor.dates());
    let (today, in_force) = (dates.today(), visitor.service.hall().prices.in_force(dates.today()));
    let tag = if in_force.is_some_and(|current| current.code == list.code) {
        Some(Tag::new("ok", messages.t("hall.in_force").to_owned()))
    } else if list.valid_from > today {
        Some(Tag::new("work", messages.t("hall.later").to_owned()))
    } else {
        None
    };
    let from = dates.day(list.valid_from);
    let days = match list.valid_until {
        Some(until) => messages.with("hall.from_to", &[("from", &from), ("to", &dates.day(until))]),
        None => messages.fill("hall.from", "from", from),
    };
    let price = |(item, fen): (&crate::domain::money::fee::FeeItem, &u32)| PriceLine {
        name: visitor.messages.line(&item.words()),
        amount: messages.fill("money.yuan", "amount", yuan(i64::from(*fen))),
        unit: visitor.messages.line(&item.unit()),
    };
    let (code, source) = (list.code.clone(), list.source.clone());
    ListSection { code, source, days, tag, prices: list.prices.iter().map(price).collect() }
}
