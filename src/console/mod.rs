//! The staff's pages: rendered here over the use cases that the API calls, without rules of their own.
//!
//! Cast: [`configure`] is every page on one screen. A handler takes a [`Visitor`](page::visitor::Visitor), who is signed in, and
//! answers with a [`Page`](page::answer::Page) of a template that lies beside it; texts come from `messages`. A refusal is the same
//! [`Problem`](crate::http::problem::Problem) as the API's, shown as a page.
//!
//! Guarantees: every page works without script; what changes something is a POST that carries the session's form key, and
//! answers by sending the browser on, so that reloading repeats nothing; no page names anything of another host.

pub mod accounts;
pub mod cases;
pub mod money;
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
        .service(cases::counter::intake::show)
        .service(cases::counter::intake::submit)
        .service(cases::counter::production::show)
        .service(cases::counter::production::scan)
        .service(cases::counter::production::batch)
        .service(cases::counter::hand_over::show)
        .service(cases::counter::hand_over::scan)
        .service(cases::counter::hand_over::hand_over)
        .service(cases::case::show)
        .service(cases::check_sheet::show)
        .service(cases::check_sheet::enter)
        .service(cases::check_sheet::record)
        .service(money::payment::show)
        .service(money::payment::take)
        .service(money::cash_up::show);
    cfg.service(web::redirect("/", "/console")).service(pages);
}
