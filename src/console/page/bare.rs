//! The frame of pages for whoever isn't signed in, and of refusals.

use actix_web::HttpRequest;
use actix_web::web;

use super::assets::STYLE;
use super::messages::Messages;
use super::visitor::messages_of;
use crate::service::Service;

/// What the frame shows.
#[derive(Debug)]
pub struct Bare {
    /// The texts.
    pub messages: Messages,
    /// What the page is called.
    pub title: String,
    /// Where the page is found again, in another language too.
    pub here: String,
    /// The hall.
    pub hall: String,
    /// How its parts lie.
    pub class: &'static str,
}

impl Bare {
    /// The frame of a page in the reader's language.
    pub fn of(request: &HttpRequest, title: impl FnOnce(Messages) -> String) -> Self {
        Self::told_in(messages_of(request), request, title)
    }

    /// The frame of a page in this language.
    pub fn told_in(messages: Messages, request: &HttpRequest, title: impl FnOnce(Messages) -> String) -> Self {
        let service = request.app_data::<web::Data<Service>>();
        let hall = service.map(|service| messages.of(&service.hall().name).to_owned()).unwrap_or_default();
        Self { messages, title: title(messages), here: request.uri().to_string(), hall, class: "" }
    }

    /// The style sheet's address.
    pub fn style(&self) -> &'static str {
        &STYLE.address
    }
}
