//! What the hall prints is read by every box that takes scans: the number of a case as its barcode, and as the QR code of a receipt.

use casehall::domain::accounts::role::Role;
use casehall::domain::cases::intake::scan::{case_number, without_scan};

use super::{NEW, checked, opened, paid};
use crate::databases::{TestDatabase, on_both};
use crate::hall::Hall;
use crate::hall::visitor::{Page, Visitor};

on_both!(
    every_code_of_a_paper_is_read_by_every_box,
    a_receipt_is_found_by_its_number_and_in_ones_own_outlet_only,
    money_is_taken_at_no_window_that_was_scanned,
);

fn full_width(text: &str) -> String {
    text.chars().map(|c| char::from_u32(c as u32 + 0xFEE0).unwrap()).collect()
}

/// The number of a case as scanners type what stands on its papers.
fn codes(case: &str, address: &str) -> Vec<String> {
    vec![
        case.to_owned(),
        full_width(case),
        format!(" {case}  "),
        address.to_owned(),
        address.to_uppercase(),
        full_width(address),
        format!("{address} "),
        format!("https://hall.example.gov.cn/dzyz/progress?lang=en&number={case}#top"),
        format!("hall.example.gov.cn/progress/?number={case}"),
    ]
}

async fn find(by: &Visitor<'_>, sought: &str) -> Page {
    let query = serde_urlencoded::to_string([("q", sought)]).unwrap();
    by.get(&format!("/console/search?{query}")).await
}

async fn every_code_of_a_paper_is_read_by_every_box(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let (clerk, producer) = (hall.visitor(Role::Clerk).await, hall.visitor(Role::Producer).await);
    let (here, scanned) = (opened(&clerk, 1).await, opened(&clerk, 2).await);
    for case in [&here, &scanned] {
        checked(&clerk, case).await;
    }
    let receipt = clerk.get(&format!("/console/cases/{scanned}/prints/receipt")).await;
    let address = receipt.attributes("svg.qr", "aria-label").concat();
    assert!(address.ends_with(&format!("/progress?number={scanned}")), "{address}");
    let (the_case, form) = (format!("/console/cases/{scanned}"), format!("{NEW}?case_type=new-certificate"));
    let at = |page: &str| format!("/console/cases/{here}/{page}");
    for code in codes(&scanned, &address) {
        assert_eq!(find(&clerk, &code).await.address, the_case, "search: {code}");
        let sent = [
            (at("materials"), at("materials"), "command", the_case.clone()),
            (at("handover"), at("handover"), "box", format!("{the_case}/handover")),
            ("/console/window".to_owned(), "/console/window".to_owned(), "window", the_case.clone()),
            (form.clone(), NEW.to_owned(), "organization/code", the_case.clone()),
            (form.clone(), NEW.to_owned(), "applicant/name", the_case.clone()),
        ];
        for (page, action, field, opens) in sent {
            let answer = clerk.submit(&clerk.get(&page).await, &action, &[(field, &code)]).await;
            assert_eq!(answer.address, opens, "{action} {field}: {code}");
        }
        let queue = producer.get("/console/production").await;
        for field in ["scanned", "serial", "medium"] {
            let page = producer.submit(&queue, "/console/production", &[(field, &code)]).await;
            assert_eq!(page.attributes("[name=scanned]", "value"), [scanned.as_str()], "{field}: {code}");
        }
        let row = [("record", "yes"), (&format!("serial.{here}"), code.as_str())];
        let page = producer.submit(&queue, "/console/production", &row).await;
        assert_eq!(page.attributes("[name=case][checked]", "value"), [scanned.as_str()], "{code}");
    }
}

async fn a_receipt_is_found_by_its_number_and_in_ones_own_outlet_only(database: TestDatabase) {
    let hall = Hall::with(database, &[crate::hall::TWO_OUTLETS]).await;
    let clerk = hall.visitor(Role::Clerk).await;
    let cases = [opened(&clerk, 1).await, opened(&clerk, 2).await];
    for case in &cases {
        paid(&clerk, case).await;
    }
    let second = format!("/console/cases/{}", cases[1]);
    for receipt in ["SK20260302-0002", "sk20260302-0002 ", "ＳＫ20260302－0002"] {
        assert_eq!(find(&clerk, receipt).await.address, second, "{receipt}");
    }
    for none in ["SK20260302-0003", "CZ20260302-0002", "SK20260302-4294967295"] {
        assert!(find(&clerk, none).await.texts("main").concat().contains("没有找到"), "{none}");
    }
    let other = hall.person(&[Role::Clerk], Some("panyu")).await;
    let other = hall.visitor_named(other.name()).await;
    assert!(find(&other, "SK20260302-0002").await.texts("main td a").is_empty());
}

async fn money_is_taken_at_no_window_that_was_scanned(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let clerk = hall.visitor(Role::Clerk).await;
    let case = opened(&clerk, 1).await;
    let payment = format!("/console/cases/{case}/payment");
    let address = format!("http://127.0.0.1/progress?number={case}");
    for (window, why) in [(format!("3{case}"), "窗口的名称"), (full_width(&case), "窗口的名称"), (address, "20")]
    {
        let page = clerk.submit(&clerk.get(&payment).await, &payment, &[("window", &window)]).await;
        assert_eq!((page.status, page.attributes(".fault a", "href")), (422, vec!["#window".to_owned()]), "{window}");
        assert!(page.texts("#window-fault").concat().contains(why), "{window}: {:?}", page.texts("#window-fault"));
    }
    paid(&clerk, &case).await;
    let withdrawal = format!("/console/cases/{case}/actions/withdraw");
    let supervisor = hall.visitor(Role::Supervisor).await;
    let typed = [("reason", "申请人来电撤回"), ("refund/window", case.as_str())];
    let page = supervisor.submit(&supervisor.get(&withdrawal).await, &withdrawal, &typed).await;
    assert_eq!((page.status, page.texts("#refund-window-fault").len()), (422, 1), "{}", page.html);
    let scanned = clerk.get(&format!("/console/cash-up/sheet?window={case}%07")).await;
    assert_eq!(scanned.status, 422, "what is no window is not all of them");
}

#[test]
fn whatever_stands_before_a_scan_is_left_to_its_box() {
    let address = "HTTP://127.0.0.1:8080/progress?number=260601000140";
    for scan in ["260601000140", address, "127.0.0.1/progress?number=260601000140"] {
        assert_eq!(without_scan(&format!("4-+ {scan}")), ("4-+ ", Some("260601000140".to_owned())), "{scan}");
        assert_eq!(without_scan(scan), ("", Some("260601000140".to_owned())), "{scan}");
    }
    assert_eq!(without_scan(&format!("4-{address}")), ("4-", Some("260601000140".to_owned())));
    for none in ["", "4-+", "/progress", "/progress?number=", "/progress?number=260601000", "progress 260601000"] {
        assert_eq!((case_number(none), without_scan(none).1), (None, None), "{none}");
    }
    assert_eq!(case_number("http://127.0.0.1/progress?number=260601000141"), None, "its check digit is wrong");
}
