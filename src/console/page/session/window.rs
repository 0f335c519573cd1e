//! The window of the day, and so the drawer that money goes into: a clerk says it once a day, and every form has it from there.
//!
//! It is kept in a cookie of the browser, since it is a computer that stands at a window. It holds for who said it and on the hall's
//! day on which they did. It is no secret and gives no right: it is what stands in a field before somebody types.

use actix_web::HttpRequest;
use actix_web::cookie::Cookie;
use actix_web::cookie::time::Duration;
use chrono::NaiveDate;

use super::cookies::{cookie, said};
use crate::console::page::messages::Messages;
use crate::domain::money::window::window;

/// Name of its cookie.
const WINDOW: &str = "casehall_window";
/// Where it is said.
pub const ADDRESS: &str = "/console/window";

/// What somebody said of their window today.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Window {
    /// Nothing yet.
    Unsaid,
    /// That the outlet has one drawer for all.
    Undivided,
    /// Its name, as the rules keep it: `3`.
    At(String),
}

impl Window {
    /// The window that was typed; none where it is no name of one.
    pub fn typed(typed: &str) -> Option<Self> {
        window(typed).map(Self::At)
    }

    /// What a person said on a day.
    pub(in crate::console::page) fn of(request: &HttpRequest, person: &str, today: NaiveDate) -> Self {
        let kept = said(WINDOW, request);
        let name = kept.as_deref().and_then(|kept| kept.strip_prefix(&whose(person, today)));
        let name = name.and_then(|name| String::from_utf8(hex::decode(name).ok()?).ok());
        match name {
            None => Self::Unsaid,
            Some(name) if name.is_empty() => Self::Undivided,
            Some(name) => Self::typed(&name).unwrap_or(Self::Unsaid),
        }
    }

    /// The cookie that keeps it. Its value says for whom and for which day; so it needn't end to the minute.
    pub fn kept(&self, request: &HttpRequest, person: &str, today: NaiveDate) -> Cookie<'static> {
        let value = format!("{}{}", whose(person, today), hex::encode(self.name().unwrap_or_default()));
        cookie(WINDOW, value, request).max_age(Duration::days(1)).finish()
    }

    /// What a form has for it.
    pub fn name(&self) -> Option<&str> {
        match self {
            Self::At(name) => Some(name),
            Self::Unsaid | Self::Undivided => None,
        }
    }

    /// What people call it: a number needs the word before it.
    pub fn in_words(&self, messages: Messages) -> String {
        match self {
            Self::Unsaid => messages.t("window.unsaid").to_owned(),
            Self::Undivided => messages.t("window.undivided").to_owned(),
            Self::At(name) if name.starts_with(|c: char| c.is_ascii_digit()) => {
                messages.fill("window.at", "name", name)
            }
            Self::At(name) => name.clone(),
        }
    }
}

fn whose(person: &str, today: NaiveDate) -> String {
    format!("{today}.{person}.")
}
