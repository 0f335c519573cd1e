//! What the hall charges, and from when to when: price lists with validity dates.
//!
//! Cast: a [`PriceList`] has a price for what can be charged; [`PriceLists`] are all lists that the hall ever had, checked
//! so that at most one is in force on any day.
//!
//! Guarantees: from the first day of the first list on, each day has exactly one list, up to the last day of the last;
//! what was charged on a day that is past can be looked up for as long as its list stands in the file.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{Days, NaiveDate};

use super::fee::FeeItem;

/// The most that one unit of anything can cost: 100,000 yuan. Who writes more mistook yuan for fen.
pub const MOST_UNIT_FEN: i64 = 10_000_000;

/// The hall's prices from one day to another, in fen (1 yuan = 100 fen).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PriceList {
    /// Name of the list, kept with each case.
    pub code: String,
    /// Where the prices come from: the notice that fixed them.
    pub source: String,
    /// The first day, in the hall's zone.
    pub valid_from: NaiveDate,
    /// The last day; none: until the next list begins.
    pub valid_until: Option<NaiveDate>,
    /// Price of one unit of each item that can be charged.
    pub prices: BTreeMap<FeeItem, u32>,
}

impl PriceList {
    /// Whether a day is one of its days, as far as it says so itself.
    fn covers(&self, day: NaiveDate) -> bool {
        self.valid_from <= day && self.valid_until.is_none_or(|last| day <= last)
    }
}

/// What is wrong with one of several lists.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PriceListFault {
    /// Which list, by its position in what was given.
    pub list: usize,
    /// What is wrong and what to do, in English.
    pub message: String,
}

/// Every price list, in order of their first days.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PriceLists(Vec<PriceList>);

impl PriceLists {
    /// Checks that the lists follow one another.
    ///
    /// # Errors
    /// Every code that stands twice, list that ends before it begins, overlap and gap.
    pub fn validated(lists: Vec<PriceList>) -> Result<Self, Vec<PriceListFault>> {
        let mut faults = Vec::new();
        let mut say = |list: usize, message: String| faults.push(PriceListFault { list, message });
        let mut seen = BTreeSet::new();
        for (index, list) in lists.iter().enumerate() {
            if !seen.insert(list.code.as_str()) {
                say(
                    index,
                    format!("price list \"{}\" stands twice: a changed list needs a code of its own", list.code),
                );
            }
            if let Some(last) = list.valid_until.filter(|last| *last < list.valid_from) {
                say(
                    index,
                    format!("price list \"{}\" ends ({last}) before it begins ({})", list.code, list.valid_from),
                );
            }
        }
        let mut order: Vec<usize> = (0..lists.len()).collect();
        order.sort_by_key(|index| lists[*index].valid_from);
        for pair in order.windows(2) {
            let [earlier, later] = [&lists[pair[0]], &lists[pair[1]]];
            let begins = later.valid_from;
            let next_day = earlier.valid_until.map(|last| last.succ_opt().unwrap_or(NaiveDate::MAX));
            if earlier.valid_from == begins || next_day.is_some_and(|next| next > begins) {
                say(
                    pair[1],
                    format!(
                        "price list \"{}\" begins on {begins}, when \"{}\" is still in force: let that end the day before",
                        later.code, earlier.code
                    ),
                );
            } else if let Some(next) = next_day.filter(|next| *next < begins) {
                say(
                    pair[1],
                    format!(
                        "no price list is in force from {next} until \"{}\" begins on {begins}: leave `valid_until` of \
                         \"{}\" out, or end it the day before",
                        later.code, earlier.code
                    ),
                );
            }
        }
        if faults.is_empty() {
            let mut lists = lists;
            lists.sort_by_key(|list| list.valid_from);
            Ok(Self(lists))
        } else {
            Err(faults)
        }
    }

    /// The list in force on a day of the hall's calendar.
    pub fn in_force(&self, day: NaiveDate) -> Option<&PriceList> {
        self.0.iter().rev().find(|list| list.valid_from <= day).filter(|list| list.covers(day))
    }

    /// Every list, the first to be in force first.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = &PriceList> {
        self.0.iter()
    }

    /// The lists that are in force on a day or will be.
    pub fn from_day(&self, day: NaiveDate) -> impl Iterator<Item = &PriceList> {
        let current = self.in_force(day).map(|list| list.valid_from);
        self.0.iter().filter(move |list| Some(list.valid_from) == current || list.valid_from > day)
    }

    /// The list in force on a day and its last day, where that is within so many days and no list follows it.
    pub fn ending_within(&self, days: u64, day: NaiveDate) -> Option<(&PriceList, NaiveDate)> {
        let list = self.in_force(day)?;
        let (last, soon) = (list.valid_until?, day.checked_add_days(Days::new(days))?);
        let followed = last.succ_opt().is_some_and(|next| self.in_force(next).is_some());
        (last <= soon && !followed).then_some((list, last))
    }

    /// Why a day has no list, and what to do; none where it has one.
    pub fn missing_on(&self, day: NaiveDate) -> Option<String> {
        if self.in_force(day).is_some() {
            return None;
        }
        Some(match self.0.iter().rev().find(|list| list.valid_from <= day) {
            Some(PriceList { code, valid_until: Some(last), .. }) => format!(
                "no price list is in force today, {day}: \"{code}\" ended on {last}; add the list that follows it, or \
                 leave its `valid_until` out until there is one"
            ),
            _ => format!("no price list is in force today, {day}: every list begins later; add the one for today"),
        })
    }
}
