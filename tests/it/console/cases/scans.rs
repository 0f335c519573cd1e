//! What the hall prints is read by every box that takes scans: the number of a case as its barcode, and as the QR code of a receipt.

use casehall::domain::accounts::role::Role;
use casehall::domain::cases::intake::scan::{behind_command, case_number, without_scan, without_serial};

use super::{NEW, checked, opened, paid};
use crate::certificates::register::registration;
use crate::databases::{TestDatabase, on_both};
use crate::hall::Hall;
use crate::hall::visitor::{Page, Visitor};

on_both!(
    every_code_of_a_paper_is_read_by_every_box,
    a_receipt_is_found_by_its_number_and_in_ones_own_outlet_only,
    money_is_taken_at_no_window_that_was_scanned,
    a_label_is_known_for_one_in_every_box,
    a_label_on_the_check_sheet_opens_what_it_is_of,
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

/// The labels of a certificate in the register: its serial, and the number of its medium.
const LABELS: [&str; 4] = ["GZ2013-0001", "gz2013-0001 ", "ＧＺ2013－0001", "KEY-0001"];
const CERTIFICATE: &str = "/console/certificates/GZ2013-0001";

async fn a_label_is_known_for_one_in_every_box(database: TestDatabase) {
    let hall = Hall::open(database).await;
    hall.register(&registration(1)).await;
    let clerk = hall.visitor(Role::Clerk).await;
    let case = opened(&clerk, 2).await;
    let (window, payment) = ("/console/window", format!("/console/cases/{case}/payment"));
    let form = format!("{NEW}?case_type=new-certificate");
    for label in LABELS {
        let page = clerk.submit(&clerk.get(window).await, window, &[("window", label)]).await;
        assert_eq!(page.address, CERTIFICATE, "{label}");
        let page = clerk.submit(&clerk.get(&form).await, NEW, &[("applicant/name", label)]).await;
        assert_eq!(page.address, CERTIFICATE, "{label}");
        let begun = [("organization/name", "广州第3建筑有限公司"), ("applicant/name", label)];
        let page = clerk.submit(&clerk.get(&form).await, NEW, &begun).await;
        assert!(page.attributes(".offer a", "href")[0].starts_with("/console/search?q="), "{}", page.html);
        assert_eq!(page.attributes("#organization-name", "value"), ["广州第3建筑有限公司"]);
        assert_eq!(page.attributes("#applicant-name", "value"), [""], "{label}");
        for field in ["window", "reference", "amount_fen"] {
            let page = clerk.submit(&clerk.get(&payment).await, &payment, &[(field, label)]).await;
            assert_eq!((page.status, page.attributes(".fault a", "href").remove(0)), (422, format!("#{field}")));
            assert_eq!(page.attributes(&format!("main [name={field}]"), "value"), [""], "{field}: {label}");
        }
    }
    // What nobody knows is no window, either, if it reads like a label; nor is any label kept as one.
    let page = clerk.submit(&clerk.get(window).await, window, &[("window", "KEY-NEW-000014")]).await;
    assert!(page.address.starts_with("/console/search?q="), "{}", page.address);
    assert!(!clerk.get(window).await.texts("header").concat().contains("KEY"));
    let page = clerk.submit(&clerk.get(window).await, window, &[("window", "A-12")]).await;
    assert!(page.texts("header").concat().contains("A-12"), "{}", page.html);
    let paid = hall.staff(Role::Clerk).await.get(&format!("/cases/{case}")).await.expect(200);
    assert_eq!(paid["fee"]["payments"], serde_json::json!([]));
}

async fn a_label_on_the_check_sheet_opens_what_it_is_of(database: TestDatabase) {
    let hall = Hall::open(database).await;
    hall.register(&registration(1)).await;
    let clerk = hall.visitor(Role::Clerk).await;
    let sheet = format!("/console/cases/{}/materials", opened(&clerk, 2).await);
    let page = clerk.get(&sheet).await;
    let row = page.attributes("[name^='received.']", "name")[0].replace("received.", "");
    let [received, sealed, remark] = ["received", "sealed", "remark"].map(|name| format!("{name}.{row}"));
    let at = |page: &Page| page.address.split('?').next().unwrap_or_default().to_owned();
    for label in LABELS {
        for typed in [label.to_string(), format!("4- {label}"), format!("43{label}")] {
            let page = clerk.submit(&clerk.get(&sheet).await, &sheet, &[("command", &typed)]).await;
            assert_eq!(at(&page), CERTIFICATE, "{typed}: {}", page.html);
        }
        for (field, typed) in [(&received, format!("3{}", label.trim())), (&remark, label.to_owned())] {
            let page = clerk.get(&sheet).await;
            let page = clerk.submit(&page, &sheet, &[(field, &typed), (&sealed, "3")]).await;
            assert_eq!(at(&page), CERTIFICATE, "{field}={typed}: {}", page.html);
        }
        let page = clerk.get(&sheet).await;
        assert_eq!(
            [&received, &remark].map(|field| page.attributes(&format!("[name='{field}']"), "value").concat()),
            ["3", ""]
        );
    }
    // A remark may name a certificate, or be what no label says.
    for typed in ["旧证 GZ2013-0001", "S0612020123456"] {
        let page = clerk.submit(&clerk.get(&sheet).await, &sheet, &[(&remark, typed)]).await;
        assert_eq!(
            (page.status, page.attributes(&format!("[name='{remark}']"), "value")),
            (200, vec![typed.to_owned()])
        );
    }
    let unknown = clerk.submit(&clerk.get(&sheet).await, &sheet, &[("command", "GZ2013-0002")]).await;
    assert!(unknown.texts("[role=alert] li")[0].starts_with("没有找到“GZ2013-0002”"), "{}", unknown.html);
}

#[test]
fn a_label_is_told_from_what_was_typed_before_it() {
    for (line, before, label) in [
        ("GZ-OLD-000014", "", "GZ-OLD-000014"),
        ("43KEY-OLD-000014", "43", "KEY-OLD-000014"),
        ("4-KEY-OLD-000014", "4-", "KEY-OLD-000014"),
        ("4/2KEY-OLD-000014", "4/2", "KEY-OLD-000014"),
        ("4-+ SK20260302-0001", "4-+ ", "SK20260302-0001"),
        // One digit is no command.
        ("4A3F5E6D7C8B9A01", "", "4A3F5E6D7C8B9A01"),
    ] {
        assert_eq!(behind_command(line), (before, Some(label.to_owned())), "{line}");
    }
    for none in ["zz", "4-", "4/2", "44019919670623762X", "GZ-1", "一二三"] {
        assert_eq!((without_serial(none), behind_command(none).1), (None, None), "{none}");
    }
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
