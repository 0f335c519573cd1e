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
pub mod certificates;
pub mod page;
pub mod reports;

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
        .service(cases::listing::list::show)
        .service(cases::listing::assign::assign)
        .service(cases::case::show)
        .service(cases::check_sheet::show)
        .service(cases::check_sheet::enter)
        .service(cases::check_sheet::record)
        .service(reports::board::show)
        .service(reports::report::index)
        .service(reports::report::show)
        .service(reports::report::file)
        .service(certificates::list::show)
        .service(certificates::registrations::show)
        .service(certificates::registrations::approve_import)
        .service(certificates::registrations::reject_import)
        .service(certificates::certificate::show)
        .service(certificates::changes::report_lock)
        .service(certificates::changes::report_loss)
        .service(certificates::changes::restore)
        .service(certificates::changes::correct)
        .service(certificates::changes::approve_correction)
        .service(certificates::changes::decline_correction)
        .service(certificates::changes::approve_registration)
        .service(certificates::changes::reject_registration)
        .service(certificates::changes::act_on_service);
    cfg.service(web::redirect("/", "/console")).service(pages);
}
