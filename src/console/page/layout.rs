//! The frame of every page behind the sign-in: the hall, where one is, the search box, and who is signed in.

use super::assets::{SCRIPT, STYLE};
use super::messages::Messages;
use super::places::{Place, Way, ways};
use super::tag::Tag;
use super::visitor::Visitor;
use crate::domain::accounts::role::Scope;
use crate::domain::cases::worklist::WorkList;

/// What the frame shows.
#[derive(Debug)]
pub struct Layout {
    /// The texts.
    pub messages: Messages,
    /// What the page is called, in the browser's tab.
    pub title: String,
    /// Where the page is found again, in another language too: a page that answers a form stands at no address of its own.
    pub here: String,
    /// The navigation.
    pub ways: Vec<Way>,
    /// The hall.
    pub hall: String,
    /// Who is signed in.
    pub who: String,
    /// Where they work.
    pub at: String,
    /// At which window, of who takes money.
    pub window: Option<String>,
    /// The key of this session's forms.
    pub form_key: String,
    /// Whether there is anything for them to find.
    pub searches: bool,
    /// Whether the page begins at the search box also where script runs: it has no keys. Without script a page without a box of its
    /// own always does, so that no scan is lost.
    pub begins_at_search: bool,
    /// What Enter opens, also without script: the first row, or the next step.
    pub enter: Option<String>,
    /// The page's keys, each with the page that it opens, for whoever has no script: one that is sent alone opens it.
    pub keys: Vec<(String, String)>,
    /// What the search box holds.
    pub sought: String,
    /// Said once on the page: what was saved.
    pub saved: Option<String>,
    /// Whether that is that nothing was to be done.
    pub is_unchanged: bool,
    /// What the marks of deadlines mean, for pages that list cases.
    pub marks: [Tag; 5],
}

impl Layout {
    /// The frame of a page for whoever looks at it.
    pub fn of(visitor: &Visitor, title: String, place: Place) -> Self {
        let (messages, hall) = (visitor.messages, visitor.service.hall());
        let outlet = visitor.caller.actor.outlet.as_deref().and_then(|code| hall.outlet(code));
        let at = outlet
            .map_or_else(|| messages.t("frame.whole_hall").to_owned(), |outlet| messages.of(&outlet.words).to_owned());
        Self {
            messages,
            title,
            here: visitor.at.clone(),
            ways: ways(visitor, place),
            hall: messages.of(&hall.name).to_owned(),
            who: visitor.caller.actor.name.clone(),
            at,
            window: takes_money(visitor).then(|| visitor.window.in_words(messages)),
            form_key: visitor.form_key.clone(),
            searches: visitor.caller.may(Scope::CasesRead),
            begins_at_search: false,
            enter: None,
            keys: Vec::new(),
            sought: String::new(),
            saved: None,
            is_unchanged: false,
            marks: Tag::meanings(messages, hall.announcements.due_soon_working_days),
        }
    }

    /// The frame of a page that is found again elsewhere than where its form was sent.
    #[must_use]
    pub fn found_at(self, here: String) -> Self {
        Self { here, ..self }
    }

    /// The keys as the search box sends them along.
    pub fn keys_in_one(&self) -> String {
        let keys: Vec<String> = self.keys.iter().map(|(key, address)| format!("{key} {address}")).collect();
        keys.join(" ")
    }

    /// The style sheet's address.
    pub fn style(&self) -> &'static str {
        &STYLE.address
    }

    /// The script's address.
    pub fn script(&self) -> &'static str {
        &SCRIPT.address
    }
}

fn takes_money(visitor: &Visitor) -> bool {
    visitor.window.name().is_some() || visitor.takes_money()
}

/// The address of a work list on the desk.
pub fn list_address(list: WorkList) -> String {
    format!("/console?list={}", list.code())
}
