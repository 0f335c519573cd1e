//! What was asked at intake: every member of an application stands on the page of its case, and is corrected there, or it is said why not.

use casehall::domain::accounts::role::Role;
use serde_json::{Value, json};

use crate::case_types::shipped::{SERIAL, Staff, application as on_held, reissue};
use crate::databases::{TestDatabase, on_both};
use crate::hall::visitor::Page;
use crate::hall::{Hall, application};

on_both!(
    whatever_an_application_says_stands_on_the_page_of_its_case,
    a_contact_and_an_agent_are_corrected_and_taken_out,
);

/// Members that decide the fee, the materials or the case itself: the page of the correction says that they stay.
const STAYS: [&str; 8] = [
    "applications",
    "service_years",
    "certificate_serial",
    "replacement_reason",
    "seal",
    "responsibility_letter",
    "payment_method",
    "collection_method",
];

/// What is said of a member on the page; a member that nobody has thought of yet fails.
fn said(member: &str, value: &Value) -> String {
    let text = value.as_str().unwrap_or_default();
    let words = match (member, text) {
        (name, _) if name.starts_with("metadata/") => text,
        ("organization/kind", "institution") => "事业单位",
        ("payment_method", "transfer") => "转账",
        ("collection_method", "window") => "窗口领取",
        ("replacement_reason", "lost") => "遗失",
        ("applications", _) => "市城建",
        ("outlet", _) => "广州",
        ("responsibility_letter", _) => "申请人已接受（",
        ("service_years", _) => return format!("{value} 年"),
        (_, "resident_identity_card") => "居民身份证",
        (_, "passport") => "护照（SGP）",
        (name, _) if name.ends_with("/document_country") => "护照（SGP）",
        (
            "organization/name"
            | "organization/unified_social_credit_code"
            | "organization/organization_code"
            | "certificate_serial"
            | "seal"
            | "reference",
            text,
        ) => text,
        (name, text) if ["/name", "/identity_number", "/phone"].iter().any(|part| name.ends_with(part)) => text,
        (member, text) => panic!("where does the page say {member}, such as {text}?"),
    };
    words.to_owned()
}

/// The members of an application that say something, persons' by their own.
fn members(application: &Value) -> Vec<(String, Value)> {
    let mut members = Vec::new();
    for (name, value) in application.as_object().unwrap() {
        match value {
            Value::Null => {}
            Value::Array(none) if none.is_empty() => {}
            Value::Object(parts) if name != "responsibility_letter" => {
                let parts = parts.iter().filter(|(_, value)| !value.is_null());
                members.extend(parts.map(|(part, value)| (format!("{name}/{part}"), value.clone())));
            }
            value => members.push((name.clone(), value.clone())),
        }
    }
    members
}

/// Everything that may be asked, besides what its case type asks for.
fn with_everything(mut application: Value) -> Value {
    application["organization"]["kind"] = json!("institution");
    application["certificate_contact"] = json!({ "name": "李联系", "phone": "0755-83123456-801" });
    application["agent"] = json!({
        "name": "Tan Mei", "document_type": "passport", "document_country": "SGP", "identity_number": "E1234567N",
        "phone": "020-38828393",
    });
    application["reference"] = json!("网办 2026/147");
    application["metadata"] = json!({ "order_id": "A1047" });
    application
}

async fn whatever_an_application_says_stands_on_the_page_of_its_case(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let staff = Staff::of(&hall).await;
    let mut lost = reissue("lost");
    lost["payment_method"] = json!("transfer");
    let asked = [
        with_everything(application(2)),
        with_everything(on_held("change", json!({ "seal": "4401990012345" }))),
        with_everything(on_held("renew", json!({ "service_years": 2, "payment_method": "transfer" }))),
        with_everything(on_held("reissue", lost)),
    ];
    let supervisor = hall.visitor(Role::Supervisor).await;
    for mut application in asked {
        if application.get("payment_method").is_some() {
            application["payment_method"] = json!("transfer");
        }
        let case = staff.clerk.post("/cases", &application).await.expect(201);
        let (kind, number) = (&application["case_type"], case["acceptance_number"].as_str().unwrap());
        let page = supervisor.get(&format!("/console/cases/{number}")).await;
        let shown = page.texts("main").concat().replace('\u{2060}', "");
        let correction = supervisor.get(&format!("/console/cases/{number}/actions/correct_application")).await;
        let fields = correction.attributes("[name^='correction/']", "name");
        for (member, value) in members(&case["application"]) {
            let said = said(&member, &value);
            assert!(shown.contains(&said), "{kind}: {member}, {said}: {shown}");
            // What other systems call a case is theirs to change.
            let is_theirs = member == "reference" || member.starts_with("metadata/");
            let is_corrected = fields.contains(&format!("correction/{member}"));
            assert!(is_corrected || is_theirs || STAYS.contains(&member.as_str()), "{kind}: {member} of {fields:?}");
        }
        assert!(correction.texts("main").concat().contains("都不能更正；有误的，请由申请人撤回后重新申请"));
        // One case at a time works on the certificate.
        if kind != "new-certificate" {
            staff.supervisor.act(number, "withdraw", &json!({ "reason": "不办了" })).await.expect(200);
            assert!(shown.contains(SERIAL));
        }
    }
}

async fn a_contact_and_an_agent_are_corrected_and_taken_out(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let clerk = hall.staff(Role::Clerk).await;
    let mut asked = application(1);
    asked["certificate_contact"] = json!({ "name": "李联系", "phone": "13800138001" });
    let case = clerk.post("/cases", &asked).await.expect(201);
    let number = case["acceptance_number"].as_str().unwrap();
    let (visitor, address) =
        (hall.visitor(Role::Clerk).await, format!("/console/cases/{number}/actions/correct_application"));
    let send = async |fields: &[(&str, &str)]| -> Page {
        let fields = [fields, &[("reason", "来电更正")]].concat();
        let page = visitor.submit(&visitor.get(&address).await, &address, &fields).await;
        assert_eq!(page.status, 200, "{}", page.html);
        page
    };
    // Of the one who is named only what is changed is typed.
    send(&[("correction/certificate_contact/name", "李联络")]).await;
    let contact =
        clerk.get(&format!("/cases/{number}")).await.expect(200)["application"]["certificate_contact"].clone();
    assert_eq!(contact, json!({ "name": "李联络", "phone": "138****8001" }));
    let page = send(&[("correction/without_agent", "yes"), ("correction/without_certificate_contact", "yes")]).await;
    assert!(!page.texts("dl.facts dt").iter().any(|name| name == "证书联系人" || name == "经办人"), "{}", page.html);
    // Of nobody both are needed.
    let half = [("correction/certificate_contact/name", "李联系"), ("reason", "来电更正")];
    let page = visitor.submit(&visitor.get(&address).await, &address, &half).await;
    assert_eq!(
        (page.status, page.attributes(".fault a", "href")),
        (422, vec!["#correction-certificate_contact-phone".to_owned()]),
        "{}",
        page.html
    );
    let both = [half[0], ("correction/certificate_contact/phone", "13800138001")];
    assert!(send(&both).await.texts("dl.facts dt").contains(&"证书联系人".to_owned()));
}
