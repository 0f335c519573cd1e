//! The staff's pages: rendered here over the use cases that the API calls, without rules of their own.
//!
//! Cast: [`configure`] is every page on one screen. A handler takes a [`Visitor`](page::visitor::Visitor), who is signed in, and
//! answers with a [`Page`](page::answer::Page) of a template that lies beside it; texts come from `messages`. A refusal is the same
//! [`Problem`](crate::http::problem::Problem) as the API's, shown as a page.
//!
//! Guarantees: every page works without script; what changes something is a POST that carries the session's form key, and
//! answers by sending the browser on, so that reloading repeats nothing; no page names anything of another host.

pub mod accounts;
pub mod applicants;
pub mod cases;
pub mod page;

use actix_web::middleware::from_fn;
use actix_web::web::{self, ServiceConfig};

pub use accounts::sign_in::OfferedPeople;

/// Every page.
pub fn configure(cfg: &mut ServiceConfig) {
    cfg.service(page::assets::asset);
    // One scope without a path, so that what it wraps goes around the pages and nothing else.
    let pages = web::scope("/console")
        .wrap(from_fn(page::answer::as_pages))
        .service(accounts::sign_in::show)
        .service(accounts::sign_in::sign_in)
        .service(accounts::sign_in::sign_out)
        .service(accounts::language::choose)
        .service(accounts::own::show)
        .service(accounts::own::sign_out_everywhere)
        .service(accounts::own::show_password)
        .service(accounts::own::change_password)
        .service(cases::desk::show)
        .service(cases::search::find)
        .service(cases::case::show)
        .service(cases::action::show)
        .service(cases::action::take)
        .service(cases::action::claim)
        .service(cases::action::release)
        .service(applicants::prints::list)
        .service(applicants::prints::show)
        .service(applicants::prints::record)
        .service(cases::check_sheet::show)
        .service(cases::check_sheet::enter)
        .service(cases::check_sheet::record);
    let public = web::scope("/progress")
        .wrap(from_fn(page::answer::as_pages))
        .service(applicants::progress::show)
        .service(applicants::progress::find)
        .service(applicants::progress::choose_language);
    cfg.service(web::redirect("/", "/console")).service(public).service(pages);
}
