//! Another language is one click away on every page, also on one that answers a form: there the same page comes, with the same form.

use std::collections::BTreeSet;

use scraper::Html;

use super::Readers;
use crate::databases::TestDatabase;
use crate::hall::Hall;
use crate::hall::furnished::PLAIN;
use crate::hall::tables::states;
use crate::hall::visitor::{Page, select, sent_by};

/// What a form tells of itself that differs each time, or that was found out for it.
const OWN: [&str; 5] = ["form_key", "version", "shown_at", "found.certificate_serial", "found.organization/name"];

/// The forms of a page's own part: where each goes, and what it carries unseen.
fn forms(page: &Page) -> BTreeSet<(String, Vec<(String, String)>)> {
    let document = Html::parse_document(&page.html);
    let hidden: BTreeSet<String> = page.attributes("main input[type=hidden]", "name").into_iter().collect();
    let forms = select(&document, "main form").into_iter().filter(|form| form.attr("method") == Some("post"));
    forms
        .map(|form| {
            let carried = sent_by(&document, form).into_iter();
            let carried = carried.filter(|(name, _)| hidden.contains(name) && !OWN.contains(&name.as_str()));
            (form.attr("action").unwrap_or_default().to_owned(), carried.collect())
        })
        .collect()
}

/// Where a form goes, and its fields.
type SentForm = (String, Vec<(String, String)>);

/// What tells a page in one language.
fn told(page: &Page) -> (Vec<String>, BTreeSet<SentForm>) {
    (page.texts("h1"), forms(page))
}

#[tokio::test]
async fn another_language_leads_to_the_same_page_and_back_whatever_was_refused_there() {
    let hall = Hall::open(TestDatabase::sqlite()).await;
    let there = hall.furnish(PLAIN).await;
    let readers = Readers::of(&hall, &there).await;
    let (mut differing, mut looked_at) = (Vec::new(), 0);
    // Whoever asks where their certificate is has a page of their own.
    let refused = states().into_iter().filter(|state| !state.is_fault() && !state.address.starts_with("/progress"));
    let refused = refused.filter(|state| state.status >= 400 && state.whose != "enroller");
    for state in refused {
        let page = readers.look(&there, &state).await;
        let other = page.attributes("a[href^='/console/language/']", "href");
        // Whoever isn't signed in has no page of the console but that for signing in, and papers have their own choice.
        let [other] = other.as_slice() else {
            differing.push(format!("{}: {} links to another language", state.name, other.len()));
            continue;
        };
        let reader = &readers.people[&state.whose];
        let english = reader.get(other).await;
        let back = reader.get(&english.attributes("a[href^='/console/language/']", "href").concat()).await;
        looked_at += usize::from(page.address != state.address);
        if english.attributes("html", "lang") != ["en"] || told(&back) != told(&page) || forms(&english) != forms(&page)
        {
            differing.push(format!("{}: {:?} became {:?} at {}", state.name, told(&page), told(&back), back.address));
        }
    }
    assert!(looked_at >= 5, "{looked_at} pages stand elsewhere than their form");
    assert!(differing.is_empty(), "{}", differing.join("\n"));
}

#[tokio::test]
async fn a_change_of_the_language_leads_nowhere_else() {
    let hall = Hall::open(TestDatabase::sqlite()).await;
    let stranger = hall.stranger();
    for elsewhere in ["https://example.org/", "//example.org/console", "/progress", "/console\\..", "/consoles", ""] {
        let asked = serde_urlencoded::to_string([("then", elsewhere)]).unwrap();
        let to = stranger.sent_on(&format!("/console/language/en?{asked}")).await;
        assert_eq!(to, (303, "/console".to_owned()), "{elsewhere}");
    }
}
