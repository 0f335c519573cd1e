//! The hall itself: its hours, outlets, applications, prices and announcements, as the rules need them.

use serde::{Deserialize, Serialize};

use super::announcement::AnnouncementPolicy;
use super::deadline::OfficeHours;
use super::price_list::PriceLists;
use super::words::Words;

/// Something with a code that people call by words: an outlet, an application.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Named {
    /// Code in the API and in the store.
    pub code: String,
    /// What people call it.
    pub words: Words,
}

/// What the rules need to know of the hall; made of the settings at start.
#[derive(Debug, Clone)]
pub struct Hall {
    /// Zone and hours of business.
    pub hours: OfficeHours,
    /// When things are announced.
    pub announcements: AnnouncementPolicy,
    /// Clock hours from activation to use (guide, section 2: 24小时后即可登陆使用).
    pub authorization_delay_hours: u32,
    /// The most seconds for which whoever asks may keep an answer about a certificate: somebody may revoke it meanwhile.
    pub authorization_max_age_seconds: u32,
    /// Outlets where certificates are picked up (领取网点).
    pub outlets: Vec<Named>,
    /// Applications that a certificate can log in to.
    pub applications: Vec<Named>,
    /// What things cost, and when.
    pub prices: PriceLists,
}

impl Hall {
    /// An outlet by its code.
    pub fn outlet(&self, code: &str) -> Option<&Named> {
        self.outlets.iter().find(|outlet| outlet.code == code)
    }

    /// An application by its code.
    pub fn application(&self, code: &str) -> Option<&Named> {
        self.applications.iter().find(|application| application.code == code)
    }
}
