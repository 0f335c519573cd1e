//! What a case costs: computed from the price list, explained line by line, in integer fen (1 yuan = 100 fen).

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::words::Words;

/// What can be charged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FeeItem {
    /// The medium that holds the certificate (介质费).
    Medium,
    /// Service of the certificate, a year (服务费).
    CertificateYears,
    /// Service of the legal-person e-seal, a year.
    ESealYears,
}

impl FeeItem {
    /// Every code, for messages.
    pub const CODES: &'static [&'static str] = &["medium", "certificate_years", "e_seal_years"];

    /// The item with this code.
    pub fn from_code(code: &str) -> Option<Self> {
        match code {
            "medium" => Some(Self::Medium),
            "certificate_years" => Some(Self::CertificateYears),
            "e_seal_years" => Some(Self::ESealYears),
            _ => None,
        }
    }

    /// What people call it.
    pub fn words(self) -> Words {
        match self {
            Self::Medium => Words::new("证书介质费", "certificate medium"),
            Self::CertificateYears => Words::new("证书服务费（每年）", "certificate service, a year"),
            Self::ESealYears => Words::new("电子印章服务费（每年）", "e-seal service, a year"),
        }
    }
}

/// The hall's prices, in fen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PriceList {
    /// Name of the list, kept with each case.
    pub code: String,
    /// One medium.
    pub medium_fen: u32,
    /// A year of an organization certificate.
    pub certificate_year_fen: u32,
    /// A year of the e-seal service.
    pub e_seal_year_fen: u32,
}

/// One line of what is owed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
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

/// What a case owes, with the prices of the day it was opened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fee {
    /// The price list it was computed from.
    pub price_list: String,
    /// Line by line.
    pub lines: Vec<FeeLine>,
    /// Sum of the lines, in fen.
    pub total_fen: i64,
}

/// Computes what a case owes.
pub fn fee(items: &[FeeItem], prices: &PriceList, service_years: u32) -> Fee {
    let line = |item: &FeeItem| {
        let (quantity, unit) = match item {
            FeeItem::Medium => (1, prices.medium_fen),
            FeeItem::CertificateYears => (service_years, prices.certificate_year_fen),
            FeeItem::ESealYears => (service_years, prices.e_seal_year_fen),
        };
        let unit_fen = i64::from(unit);
        FeeLine { item: *item, quantity, unit_fen, amount_fen: unit_fen * i64::from(quantity) }
    };
    let lines: Vec<FeeLine> = items.iter().map(line).collect();
    let total_fen = lines.iter().map(|line| line.amount_fen).sum();
    Fee { price_list: prices.code.clone(), lines, total_fen }
}

/// A way of paying.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PaymentMethod {
    /// Cash at the window (现金).
    Cash,
    /// Bank card at the window (刷卡).
    Card,
    /// Bank transfer (银行转账).
    Transfer,
    /// Online (网上支付).
    Online,
}

impl PaymentMethod {
    /// Every code, for messages.
    pub const CODES: &'static [&'static str] = &["cash", "card", "transfer", "online"];

    /// The way with this code.
    pub fn from_code(code: &str) -> Option<Self> {
        match code {
            "cash" => Some(Self::Cash),
            "card" => Some(Self::Card),
            "transfer" => Some(Self::Transfer),
            "online" => Some(Self::Online),
            _ => None,
        }
    }
}

/// Money taken at the window.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Payment {
    /// In fen.
    pub amount_fen: i64,
    /// How.
    pub method: PaymentMethod,
    /// Number of the receipt given or of the transfer, where there is one.
    pub reference: Option<String>,
    /// When.
    pub at: DateTime<Utc>,
}
