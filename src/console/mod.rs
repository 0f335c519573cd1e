//! The staff's pages: rendered here over the use cases that the API calls, without rules of their own.
//!
//! Cast: [`configure`] is every page on one screen. A handler takes a [`Visitor`](page::visitor::Visitor), who is signed in, and
//! answers with a [`Page`](page::answer::Page) of a template that lies beside it; texts come from `messages`. A refusal is the same
//! [`Problem`] as the API's, shown as a page.
//!
//! Guarantees: every page works without script; what changes something is a POST that carries the session's form key, and
//! answers by sending the browser on, so that reloading repeats nothing; no page names anything of another host.

pub mod accounts;
pub mod applicants;
pub mod audit;
pub mod calendar;
pub mod case_types;
pub mod cases;
pub mod certificates;
pub mod hall;
pub mod money;
pub mod page;
pub mod reports;

use actix_web::middleware::from_fn;
use actix_web::web::{self, ServiceConfig};

use crate::http::problem::{Problem, kinds};
use page::answer::see;

pub use accounts::sign_in::OfferedPeople;

/// Every page.
pub fn configure(cfg: &mut ServiceConfig) {
    cfg.service(page::assets::asset).service(page::assets::icon_of_all);
    // One scope without a path, so that what it wraps goes around the pages and nothing else.
    let pages = web::scope("/console")
        .wrap(from_fn(accounts::sign_in::or_sign_in))
        .wrap(from_fn(page::answer::as_pages))
        .wrap(from_fn(page::forms::day::or_scan))
        .app_data(queries())
        .default_service(web::to(page::answer::unmatched))
        // These two would be taken for a case and a certificate.
        .route("/cases/assign", web::get().to(|| async { see("/console/cases") }))
        .route(
            "/certificates/imports/{id}/{way}",
            web::get().to(|| async { see("/console/certificates/registrations") }),
        )
        .service(accounts::sign_in::show)
        .service(accounts::sign_in::sign_in)
        .service(accounts::sign_in::sign_out)
        .service(page::forms::form::stay)
        .service(accounts::language::choose)
        .service(accounts::own::show)
        .service(accounts::own::sign_out_everywhere)
        .service(accounts::own::show_password)
        .service(accounts::own::change_password)
        .service(cases::desk::show)
        .service(cases::search::find)
        .service(cases::listing::list::show)
        .service(cases::listing::assign::assign)
        .service(cases::counter::intake::show)
        .service(cases::counter::intake::submit)
        .service(cases::counter::production::show)
        .service(cases::counter::production::send)
        .service(cases::counter::hand_over::show)
        .service(cases::counter::hand_over::hand_over)
        .service(cases::case::show)
        .service(cases::case::version)
        .service(cases::action::show)
        .service(cases::action::take)
        .service(cases::action::claim)
        .service(cases::action::release)
        .service(applicants::prints::list)
        .service(applicants::prints::show)
        .service(applicants::prints::record)
        .service(cases::check_sheet::show)
        .service(cases::check_sheet::enter)
        .service(cases::check_sheet::preview)
        .service(cases::check_sheet::version)
        .service(money::payment::show)
        .service(money::payment::take)
        .service(money::window::show)
        .service(money::window::say)
        .service(money::cash_up::show)
        .service(money::cash_up_sheet::show)
        .service(money::cash_up_sheet::record)
        .configure(administration)
        .configure(oversight);
    let public = web::scope("/progress")
        .wrap(from_fn(page::answer::as_pages))
        .default_service(web::to(page::answer::unmatched))
        .service(applicants::progress::show)
        .service(applicants::progress::find)
        .service(applicants::progress::choose_language);
    cfg.service(web::redirect("/", "/console")).service(public).service(pages);
}

/// A query that no page has is refused as a page.
fn queries() -> web::QueryConfig {
    web::QueryConfig::default().error_handler(|_, _| Problem::of(&kinds::NOT_FOUND).into())
}

/// The pages of those who run the hall.
fn administration(cfg: &mut ServiceConfig) {
    use accounts::{second_factor, systems, users};
    cfg.service(second_factor::show).service(second_factor::prepare).service(second_factor::confirm);
    cfg.service(users::list::show).service(users::add::show).service(users::add::add);
    cfg.service(users::one::show).service(users::one::save).service(users::one::reset).service(users::one::act);
    cfg.service(systems::list::show).service(systems::add::show).service(systems::add::add);
    cfg.service(systems::one::show).service(systems::one::save);
    cfg.service(systems::one::rotate).service(systems::one::act);
    cfg.service(calendar::year::show);
    cfg.service(calendar::import::show).service(calendar::import::look).service(calendar::import::confirm);
    cfg.service(hall::settings::show).service(audit::trail::show).service(audit::export::take);
    cfg.service(case_types::list::show).service(case_types::one::show);
}

/// The pages of those who look over the work: the board, the reports, the register.
fn oversight(cfg: &mut ServiceConfig) {
    cfg.service(reports::board::show);
    cfg.service(reports::report::index);
    cfg.service(reports::report::show);
    cfg.service(reports::report::file);
    cfg.service(certificates::list::show);
    cfg.configure(entering);
    cfg.service(certificates::withdrawals::show);
    cfg.service(certificates::withdrawals::look).service(certificates::withdrawals::confirm);
    cfg.service(accounts::disclosures::show).service(accounts::disclosures::disclose);
    cfg.service(certificates::certificate::show);
    cfg.service(certificates::changes::report_lock);
    cfg.service(certificates::changes::report_loss);
    cfg.service(certificates::changes::restore);
    cfg.service(certificates::changes::correct);
    cfg.service(certificates::changes::approve_correction);
    cfg.service(certificates::changes::decline_correction);
    cfg.service(certificates::changes::approve_registration);
    cfg.service(certificates::changes::reject_registration);
    cfg.service(certificates::changes::act_on_service);
}

/// What enters the register without a case.
fn entering(cfg: &mut ServiceConfig) {
    use certificates::entering::{batch, import, registration, registrations};
    cfg.service(registrations::show).service(registration::show).service(registration::register);
    cfg.service(import::show).service(import::send);
    cfg.service(batch::show).service(batch::approve).service(batch::reject);
}
