//! What every page shares: how it goes over the wire, its forms' key, and where addresses lead that no page has.

mod methods;
mod uploads;

use std::collections::BTreeSet;
use std::io::Read;

use casehall::domain::accounts::role::Role;
use chrono::Duration;
use flate2::read::GzDecoder;
use regex::Regex;

use crate::console::cases::{checked, made, opened, paid};
use crate::databases::{TestDatabase, on_both};
use crate::hall::tables::routes;
use crate::hall::{Hall, TWO_OUTLETS, Visitor};

on_both!(
    a_page_goes_packed_and_has_the_key_of_its_forms_masked_anew,
    pages_run_nothing_from_elsewhere_and_their_assets_are_kept_for_a_year,
    a_style_sheet_is_read_by_browsers_without_custom_properties,
    enter_in_a_form_is_answered_by_nothing_and_the_page_stays,
    an_address_that_takes_forms_only_leads_back_to_the_form,
    an_address_that_no_page_has_says_so_without_a_word_of_the_api,
    the_navigation_says_how_many_wait_for_whoever_looks,
    a_list_says_how_far_the_papers_of_a_case_are,
);

/// What the navigation of an ordinary page says of a place.
async fn place(visitor: &Visitor<'_>, name: &str) -> String {
    let ways = visitor.get("/console/account").await.texts("header nav a");
    ways.into_iter().find(|way| way.starts_with(name)).unwrap_or_default()
}

async fn the_navigation_says_how_many_wait_for_whoever_looks(database: TestDatabase) {
    let hall = Hall::with(database, &[TWO_OUTLETS]).await;
    let (clerk, producer) = (hall.visitor(Role::Clerk).await, hall.visitor(Role::Producer).await);
    assert_eq!(place(&clerk, "核验").await, "核验", "of none there is nothing to say");
    let case = opened(&clerk, 1).await;
    opened(&clerk, 2).await;
    assert_eq!((place(&clerk, "核验").await, place(&producer, "制证").await), ("核验 2".into(), "制证".into()));
    checked(&clerk, &case).await;
    assert_eq!((place(&clerk, "核验").await, place(&producer, "制证").await), ("核验 1".into(), "制证 1".into()));
    paid(&clerk, &case).await;
    made(&producer, &case, 1).await;
    assert_eq!((place(&clerk, "发放").await, place(&producer, "制证").await), ("发放 1".into(), "制证".into()));
    hall.advance(Duration::days(20));
    assert_eq!(place(&hall.visitor(Role::Supervisor).await, "督办").await, "督办 1");
    // Whoever makes certificates has no drawer, and is offered no list of what others do.
    let (clerk, producer) = (hall.visitor(Role::Clerk).await, hall.visitor(Role::Producer).await);
    assert_eq!((place(&producer, "日结").await.as_str(), place(&clerk, "日结").await.as_str()), ("", "日结"));
    let lists = producer.get("/console").await.texts(".queues a span");
    assert!(lists.len() == 4 && lists[0].starts_with("待制证"), "{lists:?}");
    // Whoever works elsewhere has other work; an account's administrator has none.
    hall.named("pan", "潘玉", &[Role::Clerk], Some("panyu")).await;
    assert_eq!(place(&hall.visitor_named("pan").await, "核验").await, "核验");
    let others = hall.visitor(Role::SecurityAdministrator).await.get("/console/account").await;
    assert_eq!(others.texts("header nav small"), [""; 0]);
    // The place is where the reader is.
    let here = hall.visitor(Role::Clerk).await.get("/console?list=to_check").await;
    assert_eq!(here.texts("header nav [aria-current]"), ["核验 1"]);
}

async fn a_list_says_how_far_the_papers_of_a_case_are(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let clerk = hall.visitor(Role::Clerk).await;
    let case = opened(&clerk, 1).await;
    let sheet = format!("/console/cases/{case}/materials");
    let state = async |list: &str| {
        let page = clerk.get(&format!("/console?list={list}")).await;
        let listed = clerk.get("/console/cases").await;
        let [of_desk, of_list] = [page, listed].map(|page| page.texts("tbody tr td:nth-of-type(5)").pop());
        assert_eq!(of_desk, of_list);
        of_desk.unwrap_or_default()
    };
    assert_eq!(state("to_check").await, "已提交");
    clerk.submit(&clerk.get(&sheet).await, &sheet, &[("command", "4-")]).await;
    assert_eq!(state("to_check").await, "已提交 已核 1 项");
    clerk.submit(&clerk.get(&sheet).await, &sheet, &[("command", "+")]).await;
    clerk.submit(&clerk.get(&sheet).await, &sheet, &[]).await;
    assert!(state("waiting_for_correction").await.ends_with("第1次告知"), "{}", state("waiting_for_correction").await);
    let again = format!("/console/cases/{case}/actions/resubmit");
    clerk.submit(&clerk.get(&again).await, &again, &[]).await;
    assert!(state("to_check").await.ends_with("第1次补正已交"), "{}", state("to_check").await);
}

fn unpacked(packed: &[u8]) -> String {
    let mut page = String::new();
    GzDecoder::new(packed).read_to_string(&mut page).unwrap();
    page
}

async fn a_page_goes_packed_and_has_the_key_of_its_forms_masked_anew(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let clerk = hall.visitor(Role::Clerk).await;
    let (headers, packed) = clerk.packed("/console/account").await;
    assert_eq!(headers["content-encoding"], "gzip");
    assert!(unpacked(&packed).ends_with("</html>"));
    let (headers, packed) = clerk.packed("/console/nothing").await;
    assert_eq!((&headers["content-encoding"], unpacked(&packed).contains("</html>")), (&"gzip".parse().unwrap(), true));
    let keys = [clerk.get("/console/account").await, clerk.get("/console/account").await];
    let keys = keys.map(|page| page.attributes("[action='/console/sign-out'] [name=form_key]", "value").concat());
    assert_ne!(keys[0], keys[1], "no two pages have the same");
    let shared = keys[0].chars().zip(keys[1].chars()).filter(|(one, other)| one == other).count();
    assert!(shared < keys[0].len() / 2, "nor parts of it");
    // Either is the session's; one that is made up isn't, nor that of another session.
    let other = hall.visitor(Role::Clerk).await.get("/console/account").await;
    let other = other.attributes("[action='/console/sign-out'] [name=form_key]", "value").concat();
    let halves = |key: &str| {
        key.split('.')
            .map(|part| part.split_at(32))
            .map(|(mask, rest)| [mask, rest].map(str::to_owned))
            .collect::<Vec<_>>()
    };
    let mixed = halves(&keys[0])
        .iter()
        .zip(halves(&keys[1]))
        .map(|(one, two)| format!("{}{}", one[0], two[1]))
        .collect::<Vec<_>>();
    let forged = [other, String::new(), "0".repeat(64), mixed.join(".")];
    for (key, status) in forged.iter().map(|key| (key, 403)).chain(keys.iter().map(|key| (key, 303))) {
        let fields = [("form_key".to_owned(), key.clone()), ("window".to_owned(), "3".to_owned())];
        assert_eq!(clerk.post("/console/window", &fields).await.status, status, "{key}");
    }
}

/// Every address of the console that takes a method.
fn addresses(method: &str) -> BTreeSet<String> {
    let routes = routes().into_iter();
    routes.filter_map(|route| Some(route.strip_prefix(method)?.strip_prefix(" /console")?.to_owned())).collect()
}

async fn pages_run_nothing_from_elsewhere_and_their_assets_are_kept_for_a_year(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let clerk = hall.visitor(Role::Clerk).await;
    let number = opened(&clerk, 1).await;
    let pages = [
        "/console",
        &format!("/console/cases/{number}"),
        &format!("/console/cases/{number}/prints/receipt"),
        "/console/nothing",
        "/progress",
    ];
    let mut assets = BTreeSet::new();
    for path in pages {
        let page = clerk.get(path).await;
        let policy = page.headers["content-security-policy"].to_str().unwrap();
        let sources = policy.split("; ").filter(|part| !part.starts_with("frame") && !part.starts_with("img"));
        assert!(policy.contains("default-src 'none'") && policy.contains("frame-ancestors 'none'"), "{path}: {policy}");
        assert!(sources.clone().all(|part| part.ends_with("'self'") || part.ends_with("'none'")), "{path}: {policy}");
        assert_eq!(page.headers["cache-control"], "no-store", "{path}");
        assets.extend(page.attributes("link[rel=stylesheet], link[rel=icon]", "href"));
        assets.extend(page.attributes("script", "src"));
        assert_eq!(page.texts("script").concat() + &page.texts("style").concat(), "", "{path}");
        assert!(page.attributes("[style]", "style").is_empty(), "{path}");
    }
    assert!(assets.len() >= 5, "{assets:?}");
    let (headers, _) = clerk.packed("/favicon.ico").await;
    assert_eq!([&headers["content-type"], &headers["cache-control"]], ["image/svg+xml", "public, max-age=86400"]);
    let hash = Regex::new("[0-9a-f]{8,}").unwrap();
    for asset in &assets {
        let (headers, _) = clerk.packed(asset).await;
        assert_eq!(headers["cache-control"], "public, max-age=31536000, immutable", "{asset}");
        let other = hash.replace(asset, "0123456789abcdef");
        assert_ne!(&other, asset, "its name has the hash of what is in it");
        assert_eq!(clerk.get(&other).await.status, 404, "{other}");
    }
}

async fn a_style_sheet_is_read_by_browsers_without_custom_properties(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let clerk = hall.visitor(Role::Clerk).await;
    let receipt = format!("/console/cases/{}/prints/receipt", opened(&clerk, 1).await);
    let mut taken = 0;
    let property = Regex::new(r"(--[a-z-]+): ([^;}]+)").unwrap();
    for page in ["/console", &receipt] {
        let address = clerk.get(page).await.attributes("link[rel=stylesheet]", "href").concat();
        let style = clerk.get(&address).await.html;
        let values: Vec<(String, String)> = property
            .captures_iter(&style)
            .map(|found| (format!("var({})", &found[1]), found[2].trim().to_owned()))
            .collect();
        let declarations: Vec<&str> = style.split(['{', '}', ';']).map(str::trim).collect();
        for pair in declarations.windows(2).filter(|pair| pair[1].contains("var(")) {
            let value = values.iter().fold(pair[1].to_owned(), |text, (name, value)| text.replace(name, value));
            assert!(!value.contains("var("), "{value}");
            assert_eq!(pair[0], value, "{page}: what stands before {}", pair[1]);
            taken += 1;
        }
    }
    assert!(taken > 100, "{taken}");
}

async fn enter_in_a_form_is_answered_by_nothing_and_the_page_stays(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let clerk = hall.visitor(Role::Clerk).await;
    let page = clerk.get(&format!("/console/cases/{}/payment", opened(&clerk, 1).await)).await;
    let pressed = page.attributes("button[hidden]:not([disabled])", "formaction");
    assert!(pressed.len() > 1 && pressed.iter().all(|to| to == "/console/stay"), "{pressed:?}");
    for visitor in [&clerk, &hall.stranger()] {
        let answer = visitor.post("/console/stay", &page.fields("/console/sign-out")).await;
        assert_eq!((answer.status, answer.html.as_str()), (204, ""));
    }
    assert_eq!(clerk.get("/console/account").await.address, "/console/account");
}

async fn an_address_that_takes_forms_only_leads_back_to_the_form(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let clerk = hall.visitor(Role::Clerk).await;
    let case = opened(&clerk, 1).await;
    checked(&clerk, &case).await;
    paid(&clerk, &case).await;
    made(&hall.visitor(Role::Producer).await, &case, 1).await;
    let forms: Vec<String> = addresses("POST").difference(&addresses("GET")).cloned().collect();
    assert!(forms.len() > 15, "{forms:?}");
    let parameter = Regex::new(r"\{[a-z]+\}").unwrap();
    for form in forms {
        let path = form
            .replace("{key}", &case)
            .replace("{serial}", "GZ-000001")
            .replace("{id}", &uuid::Uuid::nil().to_string());
        let path = format!("/console{}", parameter.replace_all(&path, "approve"));
        let (status, to) = clerk.sent_on(&path).await;
        assert_eq!(status, 303, "{path}");
        assert!(path.starts_with(&to) || to == "/console/certificates/registrations", "{path}: {to}");
    }
    let sheet = clerk.get(&format!("/console/cases/{case}/materials/preview")).await;
    assert_eq!((sheet.status, sheet.address), (200, format!("/console/cases/{case}/materials")));
}

async fn an_address_that_no_page_has_says_so_without_a_word_of_the_api(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let clerk = hall.visitor(Role::Clerk).await;
    assert_eq!(clerk.get("/console/").await.address, "/console");
    assert_eq!(clerk.get("/console/cash-up/").await.address, "/console/cash-up");
    for path in ["/console/nothing", "/console/nothing/at/all", "/console/cases/260302000000", "/progress/nothing"] {
        let page = clerk.get(path).await;
        assert_eq!(page.status, 404, "{path}");
        assert_eq!(page.attributes("[role=search] input[autofocus]", "name").len(), 1, "{path}");
        assert!(
            page.texts("main p")[0].contains("没有这个页面") && !page.html.contains("docs"),
            "{path}: {}",
            page.html
        );
    }
}
