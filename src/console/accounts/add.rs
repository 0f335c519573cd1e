//! The page on which somebody or something is added.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use askama::Template;

use crate::console::page::answer::rendered;
use crate::console::page::forms::field::Field;
use crate::console::page::forms::told::Told;
use crate::console::page::layout::Layout;
use crate::console::page::places::Place;
use crate::console::page::visitor::Visitor;
use crate::http::problem::Problem;

/// The page.
#[derive(Template)]
#[template(path = "accounts/add.html", config = "src/console/askama.toml")]
pub(super) struct AddPage {
    layout: Layout,
    action: &'static str,
    /// The page that it belongs to, and what leads back there.
    back: (&'static str, String),
    does: String,
    fields: Vec<Field>,
    told: Vec<Told>,
}

impl AddPage {
    /// A page whose form goes to `action`, and that belongs to `place`; title, button and what leads back by their keys.
    pub(super) fn of(
        visitor: &Visitor,
        place: Place,
        action: &'static str,
        texts: [&str; 3],
        fields: Vec<Field>,
    ) -> Self {
        let [title, does, back] = texts.map(|key| visitor.messages.t(key).to_owned());
        let (layout, back) = (Layout::of(visitor, title, place), (place.address(), back));
        Self { layout, action, back, does, fields, told: Vec::new() }
    }

    /// The page once more, with why nothing was added.
    ///
    /// # Errors
    /// It isn't for the page to tell.
    pub(super) fn again(mut self, visitor: &Visitor, refused: Problem) -> Result<HttpResponse, Problem> {
        self.told = visitor.told(refused, &mut self.fields)?;
        Ok(rendered(StatusCode::UNPROCESSABLE_ENTITY, &self))
    }
}
