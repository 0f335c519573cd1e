//! Cases at the console, from intake to hand-over.

mod asked;
mod case;
mod check_sheet;
mod colleagues;
mod collecting;
mod confirming;
mod effects;
mod endings;
mod hand_over;
mod intake;
mod production;
mod scans;
mod search;
mod timeline;

use crate::hall::unified_code;
use crate::hall::visitor::{Page, Visitor};

/// Where applications are typed.
pub(crate) const NEW: &str = "/console/cases/new";

/// What is typed for a new certificate of the `number`-th made-up organization.
pub(crate) fn typed(number: u32) -> Vec<(&'static str, String)> {
    let fields = [
        ("organization/code", unified_code(number)),
        ("organization/name", format!("广州第{number}建筑有限公司")),
        ("applicant/name", "谭丽".to_owned()),
        ("applicant/identity_number", "440199196412310694".to_owned()),
        ("applicant/phone", "13800138000".to_owned()),
        ("agent", "other".to_owned()),
        ("agent/name", "刘少芬".to_owned()),
        ("agent/identity_number", "440199196706237621".to_owned()),
        ("agent/phone", "020-38828393".to_owned()),
        ("service_years", "1".to_owned()),
        ("payment_method", "cash".to_owned()),
        ("responsibility_letter_accepted", "yes".to_owned()),
    ];
    fields.into()
}

/// Sends the form of a page with these fields.
pub(crate) async fn send(by: &Visitor<'_>, page: &Page, action: &str, fields: &[(&'static str, String)]) -> Page {
    let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
    by.submit(page, action, &fields).await
}

/// Opens a case of a new certificate; answers its number.
pub(crate) async fn opened(clerk: &Visitor<'_>, number: u32) -> String {
    let form = clerk.get("/console/cases/new?case_type=new-certificate").await;
    let mut fields = typed(number);
    fields.push(("submit", "yes".to_owned()));
    number_of(&send(clerk, &form, NEW, &fields).await)
}

/// The number of the case that a page is of.
pub(crate) fn number_of(page: &Page) -> String {
    assert_eq!(page.status, 200, "{}", page.html);
    let number = page.address.strip_prefix("/console/cases/").unwrap_or_else(|| panic!("no case: {}", page.html));
    number.split(['/', '?']).next().unwrap().to_owned()
}

/// Finds everything in order on the check sheet, and confirms it.
pub(crate) async fn checked(clerk: &Visitor<'_>, case: &str) {
    let sheet = format!("/console/cases/{case}/materials");
    let page = clerk.submit(&clerk.get(&sheet).await, &sheet, &[("command", "+")]).await;
    assert_eq!(page.status, 200, "{}", page.html);
    let page = clerk.submit(&page, &sheet, &[]).await;
    assert_eq!((page.status, number_of(&page)), (200, case.to_owned()));
}

/// Records the certificate of a case as made, by scans.
pub(crate) async fn made(producer: &Visitor<'_>, case: &str, number: u32) {
    let queue = producer.get("/console/production").await;
    let (serial, medium) = (format!("GZ-{number:06}"), format!("KEY-{number:06}"));
    let scanned = [("scanned", case), ("serial", &serial), ("medium", &medium)];
    let page = producer.submit(&queue, "/console/production", &scanned).await;
    assert_eq!(page.status, 200, "{}", page.html);
}

/// Takes what is owed, as the page proposes it.
pub(crate) async fn paid(clerk: &Visitor<'_>, case: &str) {
    let address = format!("/console/cases/{case}/payment");
    let page = clerk.submit(&clerk.get(&address).await, &address, &[("window", "3")]).await;
    assert_eq!((page.status, number_of(&page)), (200, case.to_owned()), "{}", page.html);
}
