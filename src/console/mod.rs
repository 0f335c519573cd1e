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

use actix_web::Resource;
use actix_web::middleware::from_fn;
use actix_web::web::{self, ServiceConfig};

use crate::http::problem::{Problem, kinds};
use page::answer::{self, see};
use page::{assets, forms};

pub use accounts::sign_in::OfferedPeople;

/// Every page.
pub fn configure(cfg: &mut ServiceConfig) {
    cfg.service(at("/assets/{name}").get(assets::asset)).service(at("/favicon.ico").get(assets::icon_of_all));
    // One scope without a path, so that what it wraps goes around the pages and nothing else.
    let pages = web::scope("/console")
        .wrap(from_fn(accounts::sign_in::or_sign_in))
        .wrap(from_fn(answer::as_pages))
        .wrap(from_fn(forms::day::or_scan))
        .app_data(queries())
        .default_service(web::to(answer::unmatched))
        .configure(own_account)
        .configure(work)
        .configure(administration)
        .configure(oversight);
    let public = web::scope("/progress")
        .wrap(from_fn(answer::as_pages))
        .default_service(web::to(answer::unmatched))
        .service(at("").get(applicants::progress::show).post(applicants::progress::find))
        .service(at("/language/{tag}").get(applicants::progress::choose_language));
    cfg.service(web::redirect("/", "/console")).service(public).service(pages);
}

/// A page at its address, with the methods that it takes: any other is 405. Of addresses that fit one path the first one counts, so
/// what has a name of its own stands before what has a parameter there.
fn at(address: &str) -> Resource {
    web::resource(address)
}

/// A form of a page at another address; a browser that comes back there after it was refused is led to the page above.
fn form(address: &str) -> Resource {
    at(address).get(answer::page_above)
}

/// A query that no page has is refused as a page.
fn queries() -> web::QueryConfig {
    web::QueryConfig::default().error_handler(|_, _| Problem::of(&kinds::NOT_FOUND).into())
}

/// What everybody has: signing in and out, and what is theirs.
fn own_account(cfg: &mut ServiceConfig) {
    use accounts::{language, own, second_factor, sign_in};
    cfg.service(at("/sign-in").get(sign_in::show).post(sign_in::sign_in))
        .service(form("/sign-out").post(sign_in::sign_out))
        .service(form("/stay").post(forms::form::stay))
        .service(at("/language/{tag}").get(language::choose))
        .service(at("/account").get(own::show))
        .service(form("/account/sign-out-everywhere").post(own::sign_out_everywhere))
        .service(at("/account/password").get(own::show_password).post(own::change_password))
        .service(at("/account/second-factor").get(second_factor::show).post(second_factor::prepare))
        .service(form("/account/second-factor/confirm").post(second_factor::confirm));
}

/// The pages of the work at the counter and behind it.
fn work(cfg: &mut ServiceConfig) {
    use applicants::prints;
    use cases::counter::{hand_over, intake, production};
    use cases::sheet::check_sheet;
    use cases::{action, case, deadline, desk, listing, search};
    use money::{cash_up, cash_up_sheet, payment, window};
    cfg.service(at("").get(desk::show))
        .service(at("/search").get(search::find))
        .service(at("/cases").get(listing::list::show))
        .service(form("/cases/assign").post(listing::assign::assign))
        .service(at("/cases/new").get(intake::show).post(intake::submit))
        .service(at("/production").get(production::show).post(production::send))
        .service(at("/cases/{key}").get(case::show))
        .service(at("/cases/{key}/version").get(case::version))
        .service(at("/cases/{key}/handover").get(hand_over::show).post(hand_over::hand_over))
        .service(at("/cases/{key}/actions/{action}").get(action::show).post(action::take))
        .service(form("/cases/{key}/claim").post(action::claim))
        .service(form("/cases/{key}/release").post(action::release))
        .service(at("/cases/{key}/deadline").get(deadline::show))
        .service(at("/cases/{key}/prints").get(prints::list))
        .service(at("/cases/{key}/prints/{document}").get(prints::show).post(prints::record))
        .service(at("/cases/{key}/materials").get(check_sheet::show).post(check_sheet::enter))
        .service(form("/cases/{key}/materials/preview").post(check_sheet::preview))
        .service(at("/cases/{key}/materials/version").get(check_sheet::version))
        .service(at("/cases/{key}/payment").get(payment::show).post(payment::take))
        .service(at("/window").get(window::show).post(window::say))
        .service(at("/cash-up").get(cash_up::show))
        .service(at("/cash-up/sheet").get(cash_up_sheet::show).post(cash_up_sheet::record));
}

/// The pages of those who run the hall.
fn administration(cfg: &mut ServiceConfig) {
    use accounts::{systems, users};
    use calendar::{import, year};
    cfg.service(at("/users").get(users::list::show))
        .service(at("/users/new").get(users::add::show).post(users::add::add))
        .service(at("/users/{id}").get(users::one::show).post(users::one::save))
        .service(form("/users/{id}/reset-password").post(users::one::reset))
        .service(form("/users/{id}/{deed}").post(users::one::act))
        .service(at("/systems").get(systems::list::show))
        .service(at("/systems/new").get(systems::add::show).post(systems::add::add))
        .service(at("/systems/{id}").get(systems::one::show).post(systems::one::save))
        .service(form("/systems/{id}/rotate-secret").post(systems::one::rotate))
        .service(form("/systems/{id}/{deed}").post(systems::one::act))
        .service(at("/calendar").get(year::show))
        .service(at("/calendar/import").get(import::show).post(import::look))
        .service(form("/calendar/import/confirm").post(import::confirm))
        .service(at("/hall").get(hall::settings::show))
        .service(at("/audit").get(audit::trail::show))
        .service(at("/audit/{file}").get(audit::export::take))
        .service(at("/case-types").get(case_types::list::show))
        .service(at("/case-types/{code}").get(case_types::one::show));
}

/// The pages of those who look over the work: the board, the reports, the register.
fn oversight(cfg: &mut ServiceConfig) {
    use accounts::disclosures;
    use certificates::{certificate, changes, list, withdrawals};
    use reports::{board, expected, report};
    cfg.service(at("/board").get(board::show))
        .service(at("/board/expected").get(expected::show))
        .service(at("/reports").get(report::index))
        .service(at("/reports/{name}").get(report::show))
        .service(at("/reports/{name}/{kind}").get(report::file))
        .service(at("/certificates").get(list::show))
        .configure(entering)
        .service(at("/certificates/withdrawals").get(withdrawals::show).post(withdrawals::look))
        .service(form("/certificates/withdrawals/confirm").post(withdrawals::confirm))
        .service(at("/cases/{key}/disclosures").get(disclosures::show).post(disclosures::disclose))
        .service(at("/certificates/{serial}").get(certificate::show))
        .service(form("/certificates/{serial}/lock-reports").post(changes::report_lock))
        .service(form("/certificates/{serial}/loss-reports").post(changes::report_loss))
        .service(form("/certificates/{serial}/restore").post(changes::restore))
        .service(form("/certificates/{serial}/corrections").post(changes::correct))
        .service(form("/certificates/{serial}/corrections/approve").post(changes::approve_correction))
        .service(form("/certificates/{serial}/corrections/decline").post(changes::decline_correction))
        .service(form("/certificates/{serial}/registration/approve").post(changes::approve_registration))
        .service(form("/certificates/{serial}/registration/reject").post(changes::reject_registration))
        .service(form("/certificates/{serial}/services/{code}/{act}").post(changes::act_on_service));
}

/// What enters the register without a case.
fn entering(cfg: &mut ServiceConfig) {
    use certificates::entering::{batch, import, registration, registrations};
    // What was decided isn't there any more.
    let decision = |address| at(address).get(|| async { see("/console/certificates/registrations") });
    cfg.service(at("/certificates/registrations").get(registrations::show))
        .service(at("/certificates/registrations/new").get(registration::show).post(registration::register))
        .service(at("/certificates/imports/new").get(import::show).post(import::send))
        .service(at("/certificates/imports/{id}").get(batch::show))
        .service(decision("/certificates/imports/{id}/approve").post(batch::approve))
        .service(decision("/certificates/imports/{id}/reject").post(batch::reject));
}
