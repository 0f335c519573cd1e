//! What takes away somebody's access, asked once more before it is done: a click on the wrong button does nothing.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use askama::Template;

use crate::console::page::answer::rendered;
use crate::console::page::forms::fields::Typed;
use crate::console::page::layout::Layout;
use crate::console::page::places::Place;
use crate::console::page::visitor::Visitor;

/// The field of the form that has been asked.
const CONFIRMED: &str = "confirmed";

/// The page that asks.
#[derive(Template)]
#[template(path = "accounts/confirm.html", config = "src/console/askama.toml")]
struct ConfirmPage {
    layout: Layout,
    /// What comes of it.
    about: String,
    does: String,
    /// Where its form was sent, and goes again.
    address: String,
    /// The page that it was sent from.
    back: String,
    /// What was sent: it goes along, to be done or to be typed on.
    carried: Vec<(String, String)>,
}

/// Something that is asked about: the keys of what is asked, what comes of it and what its button says.
#[derive(Clone, Copy)]
pub(super) struct Question {
    /// What is asked, with a gap for whom it is about.
    pub(super) asks: &'static str,
    /// What comes of it.
    pub(super) about: &'static str,
    /// What is done.
    pub(super) does: &'static str,
}

impl Question {
    /// The page that asks it, unless the form says that it was asked.
    pub(super) fn unless_asked(
        self,
        visitor: &Visitor,
        (place, name, back): (Place, &str, String),
        typed: &Typed,
    ) -> Option<HttpResponse> {
        if typed.has(CONFIRMED) {
            return None;
        }
        let messages = visitor.messages;
        let page = ConfirmPage {
            layout: Layout::of(visitor, messages.fill(self.asks, "name", name), place).found_at(back.clone()),
            about: messages.t(self.about).to_owned(),
            does: messages.t(self.does).to_owned(),
            address: visitor.at.clone(),
            back,
            carried: typed.clone().into_fields(),
        };
        Some(rendered(StatusCode::OK, &page))
    }
}
