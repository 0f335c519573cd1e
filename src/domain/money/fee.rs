//! The fee of a case: computed from the price list, explained line by line, in integer fen (1 yuan = 100 fen).

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::price_list::PriceLists;
use super::yuan::yuan;
use crate::domain::base::vocabulary::vocabulary;
use crate::domain::base::words::Words;

vocabulary! {
    /// What can be charged.
    pub enum FeeItem {
        /// The medium that holds the certificate (介质费).
        Medium = "medium", "证书介质费", "certificate medium";
        /// Service of the certificate, a year (服务费).
        CertificateYears = "certificate_years", "证书服务费", "certificate service";
        /// Service of the legal-person e-seal, a year.
        ESealYears = "e_seal_years", "电子印章服务费", "e-seal service";
        /// A lost or damaged certificate made again (补办费), once.
        Reissue = "reissue", "证书补办费", "reissue of a certificate";
        /// Unlocking (解锁费), once.
        Unlock = "unlock", "解锁费", "unlocking";
        /// A change of details (变更费), once.
        Change = "change", "变更费", "change of details";
        /// A revocation (注销费), once.
        Revoke = "revoke", "注销费", "revocation";
    }
}

impl FeeItem {
    /// The key of its price in a price list: a year or one, in fen.
    pub fn price_key(self) -> &'static str {
        match self {
            Self::Medium => "medium_fen",
            Self::CertificateYears => "certificate_year_fen",
            Self::ESealYears => "e_seal_year_fen",
            Self::Reissue => "reissue_fen",
            Self::Unlock => "unlock_fen",
            Self::Change => "change_fen",
            Self::Revoke => "revoke_fen",
        }
    }

    /// What it is counted in.
    pub fn unit(self) -> Words {
        match self {
            Self::Medium => Words::new("个", "each"),
            Self::CertificateYears | Self::ESealYears => Words::new("年", "a year"),
            Self::Reissue | Self::Unlock | Self::Change | Self::Revoke => Words::new("次", "each time"),
        }
    }
}

/// One line of what is owed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct FeeLine {
    /// What for.
    pub item: FeeItem,
    /// How many (media or years).
    pub quantity: u32,
    /// Price of one, in fen.
    pub unit_fen: i64,
    /// Quantity times price, in fen.
    pub amount_fen: i64,
}

impl FeeLine {
    /// The calculation as a sentence.
    pub fn sentence(&self) -> Words {
        let (name, unit) = (self.item.words(), self.item.unit());
        let (price, amount, quantity) = (yuan(self.unit_fen), yuan(self.amount_fen), self.quantity);
        Words::new(
            format!("{}：每{} {price} 元 × {quantity} = {amount} 元", name.zh, unit.zh),
            format!("{}: {price} yuan {} × {quantity} = {amount} yuan", name.en, unit.en),
        )
    }
}

/// What a case owes, with the prices of the day of its receipt.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Fee {
    /// The price list it was computed from; none where nothing is charged and no list was in force.
    pub price_list: Option<String>,
    /// Line by line.
    pub lines: Vec<FeeLine>,
    /// Sum of the lines, in fen.
    pub total_fen: i64,
}

/// Why a fee can't be computed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoPrice {
    /// No list is in force on the day.
    List {
        /// The day of receipt.
        day: NaiveDate,
    },
    /// The list in force has no price for an item.
    Item {
        /// The item.
        item: FeeItem,
    },
}

/// Computes what a case owes that is received on a day of the hall's calendar.
///
/// # Errors
/// No list is in force that day, or it hasn't a price for one of the items.
pub fn fee(items: &[FeeItem], prices: &PriceLists, day: NaiveDate, service_years: u32) -> Result<Fee, NoPrice> {
    let list = prices.in_force(day);
    let line = |item: &FeeItem| {
        let list = list.ok_or(NoPrice::List { day })?;
        let unit = list.prices.get(item).ok_or(NoPrice::Item { item: *item })?;
        let quantity = match item {
            FeeItem::CertificateYears | FeeItem::ESealYears => service_years,
            _ => 1,
        };
        let unit_fen = i64::from(*unit);
        Ok(FeeLine { item: *item, quantity, unit_fen, amount_fen: unit_fen * i64::from(quantity) })
    };
    let lines: Vec<FeeLine> = items.iter().map(line).collect::<Result<_, NoPrice>>()?;
    let total_fen = lines.iter().map(|line| line.amount_fen).sum();
    Ok(Fee { price_list: list.map(|list| list.code.clone()), lines, total_fen })
}
