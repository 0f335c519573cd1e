//! A day of the hall by nothing but a browser, with script and without, in both orders: a new certificate from intake to hand-over, with a
//! correction and the papers of each step; an application added to a certificate from before; one that is locked and unlocked; and the cash-up.

use casehall::domain::accounts::role::Role;
use fantoccini::Locator;
use serde_json::{Value, json};

use crate::browser::{Browser, ENTER, OFFICE, Window};
use crate::databases::TestDatabase;
use crate::hall::{CENTER, Hall, application, unified_code};
use crate::keys::has_read;

/// The organization whose certificate is made, and the one that has one from before.
const NEW: u32 = 1;
const OLD: u32 = 31;

/// A browser, and whoever sits before it.
struct Day<'a> {
    hall: &'a Hall,
    browser: Browser,
    window: Window,
}

impl Day<'_> {
    /// Types the application of an organization, as far as the case type asks for it; answers the case's number.
    async fn opened(&self, case_type: &str, organization: u32) -> String {
        let browser = &self.browser;
        browser.go(&format!("/console/cases/new?case_type={case_type}")).await;
        // Enter looks whether the organization may apply, and fills in what the register knows.
        browser.press(&format!("{}{ENTER}", unified_code(organization))).await;
        browser.wait_for(".saved").await;
        let fields = [
            ("organization/name", format!("广州第{organization}建筑有限公司")),
            ("applicant/name", "谭丽".to_owned()),
            ("applicant/identity_number", "440199196412310694".to_owned()),
            ("applicant/phone", "13800138000".to_owned()),
            ("agent/name", "刘少芬".to_owned()),
            ("agent/identity_number", "440199196706237621".to_owned()),
            ("agent/phone", "020-38828393".to_owned()),
        ];
        browser.click("[name=agent][value=other]").await;
        for (name, text) in fields {
            let control = format!("[name='{name}']");
            let stands = browser.client.find(Locator::Css(&control)).await.unwrap().prop("value").await.unwrap();
            if stands.is_some_and(|stands| stands.is_empty()) {
                browser.type_into(&control, &text).await;
            }
        }
        for choice in ["service_years", "payment_method", "responsibility_letter_accepted"] {
            if browser.client.find(Locator::Css(&format!("[name={choice}]"))).await.is_ok() {
                browser.click(&format!("[name={choice}]")).await;
            }
        }
        browser.click("button[name=submit]").await;
        let opened = browser.until(|path| path.ends_with("?done=open")).await;
        opened.trim_start_matches("/console/cases/").trim_end_matches("?done=open").to_owned()
    }

    /// Prints a paper; where script runs, the browser's print window would open.
    async fn printed(&self, case: &str, paper: &str) {
        let address = format!("/console/cases/{case}/prints/{paper}");
        self.browser.go(&format!("/console/cases/{case}/prints")).await;
        self.browser.click(&format!("form[action='{address}'] button:not([hidden])")).await;
        self.browser.until(|path| path.starts_with(&address)).await;
    }

    /// Types a command into the check sheet, and confirms its verdict; answers how many keys that took.
    async fn checked(&self, case: &str, command: &str, verdict: &str) -> usize {
        let sheet = format!("/console/cases/{case}/materials");
        self.browser.go(&sheet).await;
        self.browser.keys();
        self.browser.press(&format!("{command}{ENTER}")).await;
        self.browser.says("#verdict", verdict).await;
        self.browser.says("#enters", "确认").await;
        self.browser.focused().await;
        has_read(self.hall, &self.browser, self.window).await;
        self.browser.press(&ENTER.to_string()).await;
        self.browser.at(&format!("/console/cases/{case}")).await;
        self.browser.keys()
    }

    /// Takes an action that asks for this much.
    async fn acted(&self, case: &str, action: &str, typed: &[(&str, &str)]) {
        let address = format!("/console/cases/{case}/actions/{action}");
        self.browser.go(&address).await;
        for (name, text) in typed {
            self.browser.type_into(&format!("main [name='{name}']"), text).await;
        }
        self.browser.click(&format!("form[action='{address}'] button.primary")).await;
        self.browser.at(&format!("/console/cases/{case}")).await;
    }

    async fn paid(&self, case: &str) {
        let payment = format!("/console/cases/{case}/payment");
        self.browser.go(&payment).await;
        self.browser.click(&format!("form[action='{payment}'] button.primary")).await;
        self.browser.at(&format!("/console/cases/{case}")).await;
    }

    /// Three scans by the producer.
    async fn made(&self, case: &str) {
        self.browser.sign_in("maker-1").await;
        self.browser.go("/console/production").await;
        for scanned in [case, "GZ-000001"] {
            self.browser.scan(scanned).await;
            self.browser.wait_for(&format!("main [value='{scanned}']")).await;
            self.browser.focused().await;
        }
        self.browser.scan("KEY-000001").await;
        self.browser.says(".outcomes", "GZ-000001").await;
        self.browser.sign_in("window-3").await;
    }

    /// Scans the medium where there is one, and says who collects; answers how many keys that took besides.
    async fn handed_over(&self, case: &str, medium: Option<&str>, keys: &str, says: &str) -> usize {
        let hand_over = format!("/console/cases/{case}/handover");
        self.browser.go(&hand_over).await;
        self.browser.keys();
        if let Some(medium) = medium {
            self.browser.scan(medium).await;
            self.browser.until(|path| path.contains("medium=")).await;
            self.browser.focused().await;
        }
        self.browser.press(&format!("{keys}{ENTER}")).await;
        self.browser.at(&hand_over).await;
        self.browser.says(".saved", says).await;
        self.browser.keys()
    }

    async fn case(&self, case: &str) -> Value {
        self.hall.staff(Role::Clerk).await.get(&format!("/cases/{case}")).await.expect(200)
    }

    async fn a_new_certificate(&self, makes_first: bool) -> String {
        let case = self.opened("new-certificate", NEW).await;
        self.printed(&case, "receipt").await;
        if makes_first {
            self.made(&case).await;
        }
        assert_eq!(self.checked(&case, "4-+", "未盖单位公章").await, 5, "four, and one to confirm");
        self.printed(&case, "one-time-notice").await;
        self.acted(&case, "resubmit", &[]).await;
        self.checked(&case, "43", "材料齐全").await;
        self.printed(&case, "notice-of-acceptance").await;
        self.paid(&case).await;
        self.printed(&case, "fee-receipt").await;
        if !makes_first {
            self.made(&case).await;
        }
        assert_eq!(self.handed_over(&case, Some("KEY-000001"), "2", "刘少芬").await, 2);
        self.printed(&case, "hand-over-slip").await;
        assert_eq!(self.case(&case).await["state"]["code"], "activated");
        case
    }

    async fn an_application_is_added(&self) -> String {
        let case = self.opened("add-application", OLD).await;
        self.printed(&case, "service-application-form").await;
        assert_eq!(self.checked(&case, "+", "材料齐全").await, 3, "two, and one to confirm");
        self.paid(&case).await;
        self.handed_over(&case, None, "1", "已开通").await;
        self.printed(&case, "hand-over-slip").await;
        assert_eq!(self.case(&case).await["state"]["code"], "activated");
        case
    }

    async fn a_certificate_is_locked_and_unlocked(&self) {
        let certificate = "/console/certificates/GZ-000001";
        let report = format!("button[formaction='{certificate}/lock-reports']");
        self.browser.go(certificate).await;
        self.browser.click(&format!("details:has({report}) summary")).await;
        self.browser.type_into("[name='lock-reports/reference']", "窗口").await;
        self.browser.click(&report).await;
        self.browser.at(certificate).await;
        let register = self.hall.staff(Role::Clerk).await;
        assert_eq!(register.get("/certificates/GZ-000001").await.expect(200)["state"]["code"], "locked");
        let case = self.opened("unlock", NEW).await;
        self.acted(&case, "take_certificate", &[("box_number", "B-07")]).await;
        self.printed(&case, "custody-slip").await;
        self.checked(&case, "+", "材料齐全").await;
        self.handed_over(&case, Some("KEY-000001"), "2", "已解锁").await;
        assert_ne!(register.get("/certificates/GZ-000001").await.expect(200)["state"]["code"], "locked");
    }

    async fn the_drawer_is_counted(&self, cases: &[&str]) {
        let mut taken = 0;
        for case in cases {
            taken += self.case(case).await["fee"]["total_fen"].as_i64().unwrap();
        }
        let sum = format!("{}.{:02}", taken / 100, taken % 100);
        self.browser.go("/console/cash-up").await;
        self.browser.says("main", &sum).await;
        self.browser.type_into("[name=counted]", &sum).await;
        self.browser.click("form[action='/console/cash-up/sheet'] button.primary").await;
        self.browser.until(|path| path.starts_with("/console/cash-up/sheet?")).await;
        self.browser.says("article", &sum).await;
        self.browser.click(".tools button.primary").await;
        self.browser.says("article footer", "第1次打印").await;
    }
}

async fn a_day_of_the_hall(window: Window, makes_first: bool) {
    let settings: &[_] = if makes_first { &[("WORKFLOWS__NEW_CERTIFICATE", "make-then-check")] } else { &[] };
    let hall = Hall::with(TestDatabase::sqlite(), settings).await;
    hall.named("window-3", "陈窗口", &[Role::Clerk], Some(CENTER)).await;
    hall.named("maker-1", "李制证", &[Role::Producer], Some(CENTER)).await;
    hall.register(&json!({
        "serial": "GZ-OLD-31", "medium_number": "KEY-OLD-31", "organization": application(OLD)["organization"],
        "valid_from": "2025-01-01T00:00:00Z", "valid_until": "2027-01-01T00:00:00Z",
    }))
    .await;
    let day = Day { browser: Browser::open(&hall, window).await, hall: &hall, window };
    day.browser.sign_in("window-3").await;
    let made = day.a_new_certificate(makes_first).await;
    let added = day.an_application_is_added().await;
    day.a_certificate_is_locked_and_unlocked().await;
    day.the_drawer_is_counted(&[&made, &added]).await;
    day.browser.close().await;
}

const WITHOUT_SCRIPT: Window = Window { script: false, ..OFFICE };

#[tokio::test]
async fn a_day_of_the_hall_goes_by_where_papers_are_checked_first() {
    a_day_of_the_hall(OFFICE, false).await;
}

#[tokio::test]
async fn a_day_of_the_hall_goes_by_where_certificates_are_made_first() {
    a_day_of_the_hall(OFFICE, true).await;
}

#[tokio::test]
async fn a_day_of_the_hall_goes_by_without_script_where_papers_are_checked_first() {
    a_day_of_the_hall(WITHOUT_SCRIPT, false).await;
}

#[tokio::test]
async fn a_day_of_the_hall_goes_by_without_script_where_certificates_are_made_first() {
    a_day_of_the_hall(WITHOUT_SCRIPT, true).await;
}
