//! Every paper of every case type, with the longest names and a defect in every document: each copy is one page, and a scanner reads
//! its barcode. All are printed in one go, since each start of a browser takes seconds.

use std::collections::BTreeSet;

use casehall::domain::accounts::role::Role;
use casehall::domain::applicants::paper::Paper;
use scraper::{Html, Selector};
use serde_json::{Value, json};

use super::printed::Pdf;
use crate::databases::TestDatabase;
use crate::hall::furnished::{Texts, There};
use crate::hall::{Hall, addition, unified_code};

/// Nearly sixty characters with the number behind it, and a name in several parts.
const LONG: Texts = Texts {
    organization: "广州市天河区龙口西路穗园小区东座城市建设工程勘察设计咨询监理与项目管理服务及房地产开发经营综合集团股份有限公司第",
    person: "阿卜杜拉·买买提",
    remark: "第二页缺骑缝章，法定代表人签名与身份证不一致，请补盖后连同原件交到窗口",
};

/// What each case type that works on a certificate asks for, and until when that certificate is valid.
fn on_certificates() -> [(&'static str, Value, &'static str); 6] {
    let making = |reason: &str| {
        json!({
            "applications": ["urban-construction"], "payment_method": "cash", "collection_method": "window",
            "responsibility_letter_accepted": true, "replacement_reason": reason,
        })
    };
    let mut expired = making("expired");
    expired["service_years"] = json!(1);
    [
        ("renew", json!({ "service_years": 1, "payment_method": "cash" }), "2026-05-01T00:00:00Z"),
        ("change", json!({ "seal": "4401990012345" }), "2027-01-01T00:00:00Z"),
        ("reissue", making("lost"), "2027-01-01T00:00:00Z"),
        ("reissue-expired", expired, "2026-03-10T00:00:00Z"),
        ("revoke", json!({}), "2027-01-01T00:00:00Z"),
        (
            "add-application",
            json!({ "applications": ["urban-construction"], "service_years": 1, "payment_method": "cash" }),
            "2027-01-01T00:00:00Z",
        ),
    ]
}

/// A case of each type that works on a certificate, whose medium the hall has taken in where it may; answers their numbers.
async fn opened(hall: &Hall) -> Vec<String> {
    let clerk = hall.staff(Role::Clerk).await;
    let mut cases = Vec::new();
    for (at, (case_type, asked, until)) in (61..).zip(on_certificates()) {
        let name = json!(format!("{}{at}", LONG.organization));
        hall.register(&json!({
            "serial": format!("GZ-OLD-{at}"), "medium_number": format!("KEY-OLD-{at}"),
            "organization": { "name": name, "unified_social_credit_code": unified_code(at) },
            "valid_from": "2025-01-01T00:00:00Z", "valid_until": until,
        }))
        .await;
        let mut application = addition(at, &format!("GZ-OLD-{at}"));
        for field in ["applications", "service_years", "payment_method"] {
            application.as_object_mut().unwrap().remove(field);
        }
        application.as_object_mut().unwrap().extend(asked.as_object().unwrap().clone());
        (application["case_type"], application["organization"]["name"]) = (json!(case_type), name);
        let case = clerk.post("/cases", &application).await.expect(201);
        let number = case["acceptance_number"].as_str().unwrap().to_owned();
        clerk.act(&number, "take_certificate", &json!({})).await;
        cases.push(number);
    }
    cases
}

/// The cases of a furnished hall that differ in their papers.
fn cases_of(there: &There) -> Vec<String> {
    let names = ["case", "correction", "checked", "made", "activated", "rejected", "declined", "addition", "unlock"];
    names.map(|name| there.one(name).to_owned()).into()
}

async fn each_copy_is_a_page(english: bool) {
    let hall = Hall::open(TestDatabase::sqlite()).await;
    let there = hall.furnish(LONG).await;
    let mut cases = cases_of(&there);
    cases.extend(opened(&hall).await);
    let visitor = hall.visitor(Role::Clerk).await;
    let visitor = if english { visitor.in_english() } else { visitor };
    let (mut articles, mut wanted, mut documents, mut first) = (String::new(), Vec::new(), BTreeSet::new(), None);
    for case in &cases {
        for address in visitor.get(&format!("/console/cases/{case}/prints")).await.attributes("tbody a", "href") {
            let page = visitor.get(&address).await;
            assert_eq!(page.status, 200, "{address}");
            for article in Html::parse_document(&page.html).select(&Selector::parse("article").unwrap()) {
                articles.push_str(&article.html());
                let title =
                    article.select(&Selector::parse("h1").unwrap()).flat_map(|h1| h1.text()).collect::<String>();
                let title: String = title.split_whitespace().collect();
                wanted.push((address.clone(), case.clone(), title));
            }
            documents.insert(address.rsplit('/').next().unwrap().to_owned());
            first.get_or_insert(page);
        }
    }
    let all: BTreeSet<String> = Paper::ALL.into_iter().map(|paper| paper.code().to_owned()).collect();
    assert_eq!(documents, all, "each paper is offered by some case");
    let first = first.unwrap();
    let (head, rest) = first.html.split_once("<main>").unwrap();
    let html = format!("{head}<main>{articles}</main>{}", rest.split_once("</main>").unwrap().1);
    let printed = Pdf::of_page(&visitor, &first, &html).await;
    let codes = printed.all_codes();
    let (mut page, mut wrong) = (0, Vec::new());
    for (at, (address, case, _)) in wanted.iter().enumerate() {
        let read = codes.get(page).cloned().unwrap_or_default();
        if !read.contains(&format!("CODE-128:{case}")) {
            let text = printed.text(page + 1).chars().take(60).collect::<String>();
            wrong.push(format!("page {}, where {address} should be: {read:?} {text}", page + 1));
            break;
        }
        page += 1;
        // The leaflet may go on overleaf, and a notice of two defects in each document.
        let may = ["/leaflet", "/one-time-notice"].iter().any(|paper| address.ends_with(paper));
        let begins = wanted.get(at + 1).is_some_and(|(_, _, title)| printed.text(page + 1).contains(title));
        let goes_on = may && page < printed.pages && !begins;
        let is_leaflet = address.ends_with("/leaflet");
        if goes_on && !is_leaflet && !codes[page].contains(&format!("CODE-128:{case}")) {
            wrong.push(format!("page {}, overleaf of {address}: {:?}", page + 1, codes[page]));
        }
        page += usize::from(goes_on);
    }
    assert!(wrong.is_empty(), "{wrong:?}");
    assert_eq!(printed.pages, page, "the last one is longer than a page");
}

#[tokio::test]
async fn each_copy_of_each_paper_is_a_page_in_chinese() {
    each_copy_is_a_page(false).await;
}

#[tokio::test]
async fn each_copy_of_each_paper_is_a_page_in_english() {
    each_copy_is_a_page(true).await;
}
