//! The hall: its name, hours, outlets, login applications, prices and announcement settings.

use crate::domain::accounts::disclosure::DisclosureRules;
use crate::domain::base::words::Words;
use crate::domain::calendar::deadline::OfficeHours;
use crate::domain::cases::deadlines::announcement::AnnouncementPolicy;
use crate::domain::money::price_list::PriceLists;
use crate::domain::retention::RetentionRules;

/// A site of the hall (网点), where certificates are collected.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Outlet {
    /// Lower-case letters, digits and hyphens.
    pub code: String,
    /// What people call it.
    pub words: Words,
    /// Where it is.
    pub address: Option<Words>,
    /// Its telephone.
    pub telephone: Option<String>,
    /// When it is open, in words.
    pub opening_hours: Option<Words>,
    /// How to find it, in words or as the address of a map.
    pub map: Option<Words>,
}

/// A login application (应用): a system that holders log in to with a certificate.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LoginApplication {
    /// Lower-case letters, digits and hyphens.
    pub code: String,
    /// What people call it.
    pub words: Words,
    /// Where holders log in.
    pub login_address: Option<String>,
    /// The telephone of its technical support.
    pub support_line: Option<String>,
}

/// The most that somebody may do of a thing within an hour: a lock keeps an organization from its work, and an open case keeps it from another one, so
/// neither a system nor an account that was taken over must hold them all up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HourlyLimits {
    /// Another system.
    pub per_system: u32,
    /// An account of the staff.
    pub per_account: u32,
}

/// What the rules need to know of the hall; made of the settings at start.
#[derive(Debug, Clone)]
pub struct Hall {
    /// What stands on receipts and notices.
    pub name: Words,
    /// Its website.
    pub website: Option<String>,
    /// The telephone where holders turn with questions (客服电话).
    pub customer_line: Option<String>,
    /// Where applicants reach the public pages, such as `https://hall.example.org` or `hall.example.org`; none: where the staff do.
    pub public_address: Option<String>,
    /// How, where and until when one can object to a refusal, as it stands on its notice.
    pub remedy: Words,
    /// The outlet of an application that names none; one of [`Hall::outlets`].
    pub default_outlet: String,
    /// Zone and hours of business.
    pub hours: OfficeHours,
    /// When things are announced.
    pub announcements: AnnouncementPolicy,
    /// Clock hours from activation to use (guide, section 2: 24小时后即可登陆使用).
    pub authorization_delay_hours: u32,
    /// The most seconds for which whoever asks may keep an answer about a certificate: somebody may revoke it meanwhile.
    pub authorization_max_age_seconds: u32,
    /// The most certificates that somebody may lock and suspend within an hour.
    pub lock_reports: HourlyLimits,
    /// The most cases that somebody may open within an hour.
    pub openings: HourlyLimits,
    /// Every step of a case by another person than the one before (双人复核), as the workflows say.
    pub four_eyes: bool,
    /// Outlets where certificates are picked up (领取网点).
    pub outlets: Vec<Outlet>,
    /// Applications that a certificate can log in to.
    pub applications: Vec<LoginApplication>,
    /// Who may have persons' numbers shown in clear.
    pub disclosures: DisclosureRules,
    /// How long persons' data are kept.
    pub retention: RetentionRules,
    /// What things cost, and when.
    pub prices: PriceLists,
}

/// A public address with its scheme and no slash at the end.
pub fn address_of(public_address: &str) -> String {
    let address = public_address.trim_end_matches('/');
    if address.contains("://") { address.to_owned() } else { format!("https://{address}") }
}

impl Hall {
    /// Its public address, with its scheme (a telephone opens nothing without) and no slash at the end.
    pub fn address(&self) -> Option<String> {
        self.public_address.as_deref().map(address_of)
    }

    /// An outlet by its code.
    pub fn outlet(&self, code: &str) -> Option<&Outlet> {
        self.outlets.iter().find(|outlet| outlet.code == code)
    }

    /// An outlet by its code; one that the settings no longer have is known by nothing else.
    pub fn outlet_or_unknown(&self, code: &str) -> Outlet {
        let unknown = || Outlet { code: code.to_owned(), words: Words::new(code, code), ..Outlet::default() };
        self.outlet(code).cloned().unwrap_or_else(unknown)
    }

    /// An application by its code; the same of one that the settings no longer have.
    pub fn application_or_unknown(&self, code: &str) -> LoginApplication {
        let (code_of, words) = (code.to_owned(), Words::new(code, code));
        let unknown = || LoginApplication { code: code_of, words, ..LoginApplication::default() };
        self.application(code).cloned().unwrap_or_else(unknown)
    }

    /// An application by its code.
    pub fn application(&self, code: &str) -> Option<&LoginApplication> {
        self.applications.iter().find(|application| application.code == code)
    }
}
