//! Which methods a page takes, and what it says to the others.

use std::collections::{BTreeMap, BTreeSet};

use reqwest::header::ALLOW;

use crate::databases::TestDatabase;
use crate::hall::Hall;
use crate::hall::tables::entries;

#[tokio::test]
async fn a_method_that_a_page_does_not_have_is_405_with_the_right_ones_before_anybody_is_asked_who_they_are() {
    let hall = Hall::open(TestDatabase::sqlite()).await;
    let nobody = hall.nobody();
    let mut pages: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for entry in entries() {
        // Where a form goes, a browser that comes back is led to its page.
        let methods = pages.entry(entry.route).or_insert_with(|| ["GET", "HEAD"].map(str::to_owned).into());
        methods.insert(entry.method);
    }
    for (page, methods) in &pages {
        let (asked, allowed) = (page.replace(['{', '}'], ""), methods.iter().cloned().collect::<Vec<_>>().join(", "));
        for method in ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"] {
            let answer = nobody.request(method.parse().unwrap(), &format!("/{asked}")).await.send().await.unwrap();
            let told = answer.headers().get(ALLOW).map_or("", |value| value.to_str().unwrap());
            if methods.contains(method) {
                assert_ne!(answer.status(), 405, "{method} {asked}");
                continue;
            }
            assert_eq!((answer.status().as_u16(), told), (405, allowed.as_str()), "{method} {asked}");
            let kind = answer.headers()["Content-Type"].to_str().unwrap();
            let is_page = asked.starts_with("/console") || asked.starts_with("/progress");
            assert_eq!(kind.starts_with("text/html"), is_page, "{method} {asked}: {kind}");
        }
    }
    assert!(pages.len() > 70, "{}", pages.len());
}
