//! Each page in each of its states, against the table in `tests/data/page-states.txt`; and whatever people called things, it shows as text.

mod kept;
mod languages;
mod valid;

use std::collections::BTreeMap;

use casehall::domain::accounts::role::Role;
use regex::Regex;
use scraper::{ElementRef, Html, Node, Selector};

use crate::databases::TestDatabase;
use crate::hall::furnished::{PLAIN, Texts, There};
use crate::hall::tables::{CODE, FAULT, State, fields, is_of, routes, states};
use crate::hall::visitor::Page;
use crate::hall::{Hall, Visitor, authenticator_shows as code};

/// Everybody whom the states are of, signed in.
pub(super) struct Readers<'a> {
    hall: &'a Hall,
    people: BTreeMap<String, Visitor<'a>>,
}

impl<'a> Readers<'a> {
    async fn of(hall: &'a Hall, there: &There) -> Self {
        Self::reading(hall, there, "zh-CN").await
    }

    /// The same, each asking for a language.
    async fn reading(hall: &'a Hall, there: &There, language: &'static str) -> Self {
        let mut readers = BTreeMap::new();
        for state in states() {
            if readers.contains_key(&state.whose) {
                continue;
            }
            let reader = match (state.whose.as_str(), Role::from_code(&state.whose)) {
                (_, Some(role)) => hall.visitor(role).await,
                ("enroller", None) => hall.visitor(Role::Producer).await,
                ("newcomer", None) => {
                    let newcomer = hall.stranger();
                    let page = newcomer.get("/console/sign-in").await;
                    let typed = [("username", "new-1"), ("password", there.one("one_time"))];
                    newcomer.submit(&page, "/console/sign-in", &typed).await;
                    newcomer
                }
                _ => hall.stranger(),
            };
            readers.insert(state.whose, if language == "en" { reader.in_english() } else { reader });
        }
        Self { hall, people: readers }
    }

    /// The page in that state.
    async fn look(&self, there: &There, state: &State) -> Page {
        let mut reader = &self.people[&state.whose];
        // Nobody sets up a second factor twice.
        let new = match (state.whose.as_str(), reader.language) {
            ("enroller", "en") => Some(self.hall.visitor(Role::Producer).await.in_english()),
            ("enroller", _) => Some(self.hall.visitor(Role::Producer).await),
            _ => None,
        };
        reader = new.as_ref().unwrap_or(reader);
        if state.is_fault() {
            self.hall.database.tamper(FAULT[0]);
        }
        let mut page = reader.get(&there.filled(&state.address)).await;
        for (action, typed) in std::iter::repeat_n(&state.sent, state.times()).flatten() {
            let code = page.texts("#secret").pop().map(|secret| code(self.hall, &secret)).unwrap_or_default();
            let typed = fields(&there.filled(&typed.replace(CODE, &code)));
            let typed: Vec<(&str, &str)> = typed.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
            page = reader.submit(&page, &there.filled(action), &typed).await;
        }
        if state.is_fault() {
            self.hall.database.tamper(FAULT[1]);
        }
        page
    }
}

/// What a page lacks of ways on besides its frame: one of a case leads to the case, and whatever takes nothing leads somewhere, but for
/// what the navigation itself opens, which may be there to be read.
fn dead_end(page: &Page) -> Option<String> {
    let ways = page.attributes("main a, .tools a", "href");
    let case = Regex::new("^(/console/cases/[0-9]+)/").unwrap();
    let case = case.captures(&page.address).map(|found| found[1].to_owned());
    if let Some(case) = case.filter(|case| !ways.iter().any(|way| way == case || way.starts_with(&format!("{case}/"))))
    {
        return Some(format!("none of {ways:?} leads to {case}"));
    }
    let takes = page.texts("main button:not([hidden]), .tools button:not([hidden])");
    let is_opened_by_all = page.attributes("header nav a", "href").contains(&page.address);
    (ways.is_empty() && takes.is_empty() && !is_opened_by_all).then(|| "a dead end".to_owned())
}

#[tokio::test]
async fn every_state_of_every_page_is_as_the_table_says() {
    let hall = Hall::open(TestDatabase::sqlite()).await;
    let there = hall.furnish(PLAIN).await;
    let readers = Readers::of(&hall, &there).await;
    let mut differing = Vec::new();
    for state in states() {
        // That it is HTML without a fault, the visitor has found already.
        let page = readers.look(&there, &state).await;
        if page.status != state.status {
            let told = page.texts("main").concat();
            differing.push(format!("{}: {} instead of {}: {told:.300}", state.name, page.status, state.status));
        }
        // The API's words are for programs.
        let said = page.texts("body").concat();
        if ["见errors", "见 errors", "see errors"].iter().any(|words| said.contains(words)) {
            differing.push(format!("{}: {said:.300}", state.name));
        }
        let begins = page.attributes("[autofocus]", "autofocus").len();
        if begins > 1 {
            differing.push(format!("{}: begins at {begins} places", state.name));
        }
        // Each page has one heading; of papers, each.
        let (titles, headings) = (page.texts("head > title"), page.texts("h1"));
        let expected = page.texts("article").len().max(1);
        if titles.len() != 1 || titles[0].is_empty() || headings.len() != expected {
            differing.push(format!("{}: title {titles:?}, headings {headings:?}", state.name));
        }
        if let Some(end) = dead_end(&page) {
            differing.push(format!("{}: {end}", state.name));
        }
    }
    assert!(differing.is_empty(), "{}", differing.join("\n"));
}

/// The most bytes of a page on the wire, beside 12 kB of style and 8 kB of script: a cold page has at most 60 kB, with room for headers.
const MOST_BYTES: usize = 25_000;

#[tokio::test]
async fn every_page_stays_within_its_budget_on_the_wire() {
    let hall = Hall::open(TestDatabase::sqlite()).await;
    let there = hall.furnish(PLAIN).await;
    let readers = Readers::of(&hall, &there).await;
    for state in states().into_iter().filter(|state| state.sent.is_empty() && !state.is_fault()) {
        let (_, packed) = readers.people[&state.whose].packed(&there.filled(&state.address)).await;
        assert!((1..=MOST_BYTES).contains(&packed.len()), "{}: {}", state.name, packed.len());
    }
    let home = readers.people["supervisor"].get("/console/account").await;
    for (selector, attribute, most) in [("link[rel=stylesheet]", "href", 12_000), ("script", "src", 8_000)] {
        let address = home.attributes(selector, attribute).concat();
        let (_, packed) = readers.people["supervisor"].packed(&address).await;
        assert!((1..=most).contains(&packed.len()), "{address}: {}", packed.len());
    }
}

#[test]
fn every_page_has_a_state() {
    // What isn't a page: files, and what answers in one word or sends on.
    let no_page = ["/assets/{name}", "/favicon.ico", "/version", "{name}/{kind}", "/audit/{file}", "/language/{tag}"];
    let states = states();
    let pages = routes().into_iter().filter_map(|route| Some(route.strip_prefix("GET ")?.to_owned()));
    let pages = pages.filter(|route| no_page.iter().all(|ending| !route.ends_with(ending)));
    let missing: Vec<String> = pages.filter(|route| !states.iter().any(|state| is_of(route, &state.address))).collect();
    assert!(missing.is_empty(), "say how these look: {missing:?}");
}

/// The text that Chinese readers read: nothing of what says itself to be a code, a key or another language.
fn read(element: ElementRef<'_>, into: &mut String) {
    for child in element.children() {
        match child.value() {
            Node::Text(text) => into.push_str(text),
            Node::Element(found) => {
                let is_other =
                    matches!(found.name(), "code" | "pre" | "kbd" | "script") || found.attr("lang") == Some("en");
                if !is_other {
                    into.push(' ');
                    read(ElementRef::wrap(child).unwrap(), into);
                }
            }
            _ => {}
        }
    }
}

/// What has no Chinese name: of a website, of the standard of keys, the name that nobody may have, and those of the tests' systems.
const NAMES: [&str; 5] = ["www", "kid", "casehall", "portal", "login"];
/// What somebody who prepares a file for import has to write into it.
const COLUMNS: &str = "date kind name name_en holiday make_up_workday serial medium_number organization_name \
    unified_social_credit_code organization_code handler valid_from valid_until locked_at applications e_seal check_override_reason";

/// What programs call things stands in `<code>`, and only where somebody needs it.
#[tokio::test]
async fn no_page_in_chinese_shows_a_code_for_words() {
    let hall = Hall::open(TestDatabase::sqlite()).await;
    let there = hall.furnish(PLAIN).await;
    let readers = Readers::of(&hall, &there).await;
    // Lower-case words: none of an address, of a number, or of a name in capitals.
    let word = Regex::new(r"(?:^|[^A-Za-z0-9_./:@-])([a-z][a-z0-9]*(?:[_:-][a-z0-9]+)*)").unwrap();
    let address = Regex::new(r"https?://\S+").unwrap();
    let user = Regex::new("^[a-z-]+-[0-9]+$").unwrap();
    let is_meant = |name: &str, state: &State| {
        let typed = state.sent.iter().any(|(_, typed)| there.filled(typed).contains(name));
        let typed = typed || state.address.split_once('?').is_some_and(|(_, asked)| asked.contains(name));
        let of_a_file = state.name.contains("import") && COLUMNS.split_whitespace().any(|it| it == name);
        name.len() < 3 || typed || of_a_file || NAMES.contains(&name) || user.is_match(name)
    };
    let mut found = Vec::new();
    for state in states() {
        let page = readers.look(&there, &state).await;
        let (document, mut text) = (Html::parse_document(&page.html), String::new());
        read(document.root_element(), &mut text);
        let text = address.replace_all(&text, "");
        let names = word.captures_iter(&text).map(|one| one[1].to_owned());
        found.extend(names.filter(|it| !is_meant(it, &state)).map(|it| format!("{}: {it}", state.name)));
    }
    found.dedup();
    assert!(found.is_empty(), "{}", found.join("\n"));
}

/// What must show as text: markup, an attribute's end, and sixty characters of a script that is written from the right.
const FOREIGN: [Texts; 2] = [
    Texts {
        organization: r#"<script>alert(1)</script>"><img src=x onerror=alert(1)>"#,
        person: r#""><img src=x onerror=alert(1)>"#,
        remark: r#"</textarea><script>alert(1)</script>'"><img src=x onerror=alert(1)>&lt;b&gt;"#,
    },
    Texts {
        organization: "شركة قوانغتشو للإنشاءات والمقاولات العامة المحدودة للبناء",
        person: "محمد بن عبد الله بن عبد الرحمن آل سعود",
        remark: "نسخة غير مختومة 123",
    },
];

/// Names of the elements of a page, how often each is there, and every attribute that runs something.
fn elements(html: &str) -> (BTreeMap<String, usize>, Vec<String>) {
    let (mut names, mut running) = (BTreeMap::new(), Vec::new());
    for element in Html::parse_document(html).select(&Selector::parse("*").unwrap()) {
        *names.entry(element.value().name().to_owned()).or_default() += 1;
        running.extend(element.value().attrs().map(|(name, _)| name.to_owned()).filter(|name| name.starts_with("on")));
    }
    (names, running)
}

/// In a hall where everything is called otherwise, each page has the same elements as in a common one.
#[tokio::test]
async fn whatever_things_are_called_pages_and_papers_show_it_as_text() {
    let (plain_hall, mut halls) = (Hall::open(TestDatabase::sqlite()).await, Vec::new());
    let there = plain_hall.furnish(PLAIN).await;
    let readers = Readers::of(&plain_hall, &there).await;
    for texts in FOREIGN {
        let named = |name: &str| name.replace('\\', "\\\\").replace('"', "\\\"");
        let outlets = format!(
            r#"[{{ code = "guangzhou-center", zh = "{0}", en = "{0}", address = {{ zh = "{1}", en = "{1}" }} }}]"#,
            named(texts.organization),
            named(texts.remark)
        );
        let hall = Hall::with(TestDatabase::sqlite(), &[("OUTLETS", &outlets)]).await;
        let there = hall.furnish(texts).await;
        halls.push((texts, hall, there));
    }
    let mut plain = Vec::new();
    for state in states() {
        let (names, _) = elements(&readers.look(&there, &state).await.html);
        plain.push((state, names));
    }
    let mut found = Vec::new();
    for (texts, hall, foreign) in &halls {
        let others = Readers::of(hall, foreign).await;
        let mut shown = 0;
        for (state, names) in &plain {
            let page = others.look(foreign, state).await;
            let (others, running) = elements(&page.html);
            // An entry of the trail that says much is folded, and how much it says depends on the hall.
            let folds = ["details", "summary"];
            let is_own = |name: &&String| !names.contains_key(*name) && !folds.contains(&name.as_str());
            let own: Vec<&String> = others.keys().filter(is_own).collect();
            let scripts = names.get("script").copied().unwrap_or(0) == others.get("script").copied().unwrap_or(0);
            if !own.is_empty() || !running.is_empty() || !scripts || others.contains_key("img") {
                found.push(format!("{}: {own:?} {running:?}", state.name));
            }
            shown += usize::from(page.texts("body").concat().contains(texts.organization));
        }
        assert!(shown > 20, "the names stand on {shown} pages only");
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
}

/// What would turn the writing direction of what stands beside it is refused where it is typed.
#[tokio::test]
async fn what_turns_the_writing_direction_is_refused_at_the_field() {
    let hall = Hall::open(TestDatabase::sqlite()).await;
    let there = hall.furnish(PLAIN).await;
    let clerk = hall.visitor(Role::Clerk).await;
    let security = hall.visitor(Role::SecurityAdministrator).await;
    let case = format!("/console/cases/{}", there.one("case"));
    for control in ['\u{202E}', '\u{202D}', '\u{2066}', '\u{200F}'] {
        let turned = format!("广州{control}司公");
        let intake = "/console/cases/new";
        let page = clerk.get("/console/cases/new?case_type=new-certificate").await;
        let mut typed: Vec<(&str, String)> = crate::console::cases::typed(50);
        typed.retain(|(name, _)| !name.ends_with("/name"));
        typed.extend(["organization/name", "applicant/name", "agent/name"].map(|name| (name, turned.clone())));
        typed.push(("submit", "yes".to_owned()));
        let page = crate::console::cases::send(&clerk, &page, intake, &typed).await;
        let faults = page.attributes("[role=alert] a", "href");
        assert_eq!((page.status, faults.len()), (422, 3), "{control:?}: {faults:?}");
        let withdraw = format!("{case}/actions/withdraw");
        let page = clerk.submit(&clerk.get(&withdraw).await, &withdraw, &[("reason", &turned)]).await;
        assert_eq!(page.status, 422, "{control:?} in a reason");
        let sheet = format!("{case}/materials");
        let page = clerk.get(&sheet).await;
        let remark = page.attributes("[name^='remark.']", "name").remove(0);
        let page = clerk
            .submit(
                &page,
                &sheet,
                &[
                    (&remark.replace("remark", "received"), "2"),
                    (&remark.replace("remark", "sealed"), "2"),
                    (&remark, &turned),
                ],
            )
            .await;
        assert_eq!(page.status, 422, "{control:?} in a remark");
        let (users, systems) = ("/console/users/new", "/console/systems/new");
        let typed =
            [("username", "turned"), ("display_name", &*turned), ("roles", "clerk"), ("outlet", crate::hall::CENTER)];
        let page = security.submit(&security.get(users).await, users, &typed).await;
        assert_eq!((page.status, page.attributes("[role=alert] a", "href")), (422, vec!["#display_name".to_owned()]));
        let typed =
            [("client_id", "turned"), ("name", &*turned), ("scopes", "cases:read"), ("outlet", crate::hall::CENTER)];
        let page = security.submit(&security.get(systems).await, systems, &typed).await;
        assert_eq!((page.status, page.attributes("[role=alert] a", "href")), (422, vec!["#name".to_owned()]));
    }
}
