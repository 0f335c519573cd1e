//! The price lists from `prices.toml`: every fault of every list at once, each with its line.
//!
//! Cast: [`load_prices`] reads the file; [`KnownPrices`] are the lists with their places, which can say on a day whether
//! there is a price for everything that is charged.

use std::cell::RefCell;
use std::collections::BTreeMap;

use chrono::NaiveDate;

use crate::configuration::layers::checks::not_blank;
use crate::configuration::layers::{Node, Place, Section};
use crate::configuration::settings::digest;
use crate::configuration::{ConfigFault, ConfigFiles};
use crate::domain::case_types::catalog::Catalog;
use crate::domain::money::fee::FeeItem;
use crate::domain::money::price_list::{MOST_UNIT_FEN, PriceList, PriceLists};

/// The file.
const FILE: &str = "prices.toml";

/// The price lists, with the lines for reporting faults.
#[derive(Debug, Clone)]
pub struct KnownPrices {
    /// The lists.
    pub lists: PriceLists,
    places: BTreeMap<String, Place>,
    whole: Place,
}

impl KnownPrices {
    /// A digest of the lists, to tell later whether they were others.
    pub fn digests(&self) -> BTreeMap<String, String> {
        BTreeMap::from([("prices".to_owned(), digest(&self.lists))])
    }

    /// What is missing on a day: a list in force, or the price of something that a case type charges in a list that is in
    /// force or will be.
    pub fn faults_on(&self, day: NaiveDate, catalog: &Catalog) -> Vec<ConfigFault> {
        let mut faults: Vec<ConfigFault> =
            self.lists.missing_on(day).map(|message| self.whole.fault(message)).into_iter().collect();
        for list in self.lists.from_day(day) {
            let place = self.places.get(&list.code).unwrap_or(&self.whole);
            for case_type in catalog.current() {
                for item in case_type.fees.iter().filter(|item| !list.prices.contains_key(item)) {
                    let (key, code, charged) = (item.price_key(), &list.code, &case_type.code);
                    faults.push(place.fault(format!(
                        "price list \"{code}\" has no `{key}`, which case type \"{charged}\" charges; 0 is free of charge"
                    )));
                }
            }
        }
        faults
    }
}

/// Loads `prices.toml`.
///
/// # Errors
/// Everything that is wrong with it: keys that are unknown or missing, negative and absurd prices, doubled codes, gaps and
/// overlaps.
pub fn load_prices(files: &ConfigFiles) -> Result<KnownPrices, Vec<ConfigFault>> {
    let Some(file) = files.get(FILE) else {
        let message = "the price lists are missing".to_owned();
        return Err(vec![ConfigFault { file: FILE.to_owned(), line: None, message }]);
    };
    let (node, whole) = (Node::parse(file)?, Place::in_file(file, 0));
    let faults = RefCell::new(Vec::new());
    let mut root = Section::root(node, &faults);
    let mut read = Vec::new();
    for section in root.sections("lists").unwrap_or_default() {
        read.push(list(section));
    }
    if read.is_empty() && faults.borrow().is_empty() {
        root.fault_at(&whole, "at least one price list is needed: a block that begins with [[lists]]");
    }
    root.finish();
    let mut faults = faults.into_inner();
    let places: Vec<Place> = read.iter().map(|(_, place)| place.clone()).collect();
    // A list whose dates can't be read says nothing about the others.
    let lists = read.into_iter().map(|(list, _)| list).collect::<Vec<PriceList>>();
    let dated = lists.iter().all(|list| list.valid_from != NaiveDate::MIN);
    let named = lists.iter().zip(&places).map(|(list, place)| (list.code.clone(), place.clone())).collect();
    match PriceLists::validated(lists) {
        Ok(lists) if faults.is_empty() => Ok(KnownPrices { lists, places: named, whole }),
        Ok(_) => Err(faults),
        Err(found) => {
            if dated {
                faults.extend(found.into_iter().map(|fault| places[fault.list].fault(fault.message)));
            }
            Err(faults)
        }
    }
}

fn list(mut section: Section<'_>) -> (PriceList, Place) {
    let place = section.place_of("code");
    let code = section.required("code", String::new(), |code: String| {
        let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        if code.is_empty() || code.len() > 64 || !code.chars().all(plain) {
            return Err("must be at most 64 lower-case letters, digits and hyphens".to_owned());
        }
        Ok(code)
    });
    let source = section.required("source", String::new(), not_blank);
    let valid_from = section.required("valid_from", NaiveDate::MIN, date);
    let valid_until = section.optional("valid_until", date);
    let mut prices = BTreeMap::new();
    for item in FeeItem::ALL {
        if let Some(price) = section.optional(item.price_key(), price) {
            prices.insert(item, price);
        }
    }
    section.finish();
    (PriceList { code, source, valid_from, valid_until, prices }, place)
}

/// A date as TOML writes it, or as text.
fn date(value: toml::Value) -> Result<NaiveDate, String> {
    let text = match &value {
        toml::Value::String(text) => text.clone(),
        toml::Value::Datetime(date) => date.to_string(),
        other => other.to_string(),
    };
    text.parse().map_err(|_| format!("must be a date such as 2026-01-01, not {text}"))
}

fn price(fen: i64) -> Result<u32, String> {
    let fitting = u32::try_from(fen).ok().filter(|_| fen <= MOST_UNIT_FEN);
    fitting.ok_or_else(|| format!("must be between 0 and {MOST_UNIT_FEN} fen (1 yuan is 100 fen), not {fen}"))
}
