//! The hall itself: its hours, outlets, applications, prices and announcements, as the rules need them.

use crate::domain::base::named::Named;
use crate::domain::calendar::deadline::OfficeHours;
use crate::domain::cases::deadlines::announcement::AnnouncementPolicy;
use crate::domain::money::price_list::PriceLists;

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
