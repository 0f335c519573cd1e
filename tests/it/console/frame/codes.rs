//! Pages for people say words: what programs call things stands in `<code>`, and only where somebody needs it.

use casehall::domain::accounts::role::Role;
use regex::Regex;
use scraper::{ElementRef, Html, Node};

use crate::console::cases::{checked, made, opened, paid};
use crate::databases::TestDatabase;
use crate::hall::Hall;

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

#[tokio::test]
async fn no_page_in_chinese_shows_a_code_for_words() {
    let hall = Hall::open(TestDatabase::sqlite()).await;
    let clerk = hall.visitor(Role::Clerk).await;
    let case = opened(&clerk, 1).await;
    checked(&clerk, &case).await;
    paid(&clerk, &case).await;
    made(&hall.visitor(Role::Producer).await, &case, 1).await;
    let of_case = |page: &str| format!("/cases/{case}{page}");
    let pages = [
        (Role::Clerk, vec![String::new(), "/window".to_owned(), "/cash-up".to_owned(), "/cash-up/sheet".to_owned()]),
        (
            Role::Clerk,
            vec!["/case-types".to_owned(), "/case-types/new-certificate".to_owned(), "/search?q=zz".to_owned()],
        ),
        (
            Role::Clerk,
            vec![
                of_case(""),
                of_case("/materials"),
                of_case("/payment"),
                of_case("/prints"),
                "/certificates/GZ-000001".to_owned(),
            ],
        ),
        (Role::Supervisor, vec!["/cases".to_owned(), "/board".to_owned(), "/cash-up".to_owned()]),
        (Role::Administrator, vec!["/hall".to_owned(), "/calendar".to_owned()]),
        (Role::Auditor, vec!["/audit".to_owned(), "/audit".to_owned()]),
    ];
    // Lower-case words: none of an address, of a number, or of a name in capitals.
    let word = Regex::new(r"(?:^|[^A-Za-z0-9_./:@-])([a-z][a-z0-9]*(?:[_:-][a-z0-9]+)*)").unwrap();
    let address = Regex::new(r"https?://\S+").unwrap();
    let user = Regex::new("^[a-z-]+-[0-9]+$").unwrap();
    let mut found = Vec::new();
    for (role, pages) in pages {
        let visitor = hall.visitor(role).await;
        for path in pages {
            let page = visitor.get(&format!("/console{path}")).await;
            assert_eq!(page.status, 200, "{path}");
            let (document, mut text) = (Html::parse_document(&page.html), String::new());
            read(document.root_element(), &mut text);
            let text = address.replace_all(&text, "");
            let names = word.captures_iter(&text).map(|one| one[1].to_owned());
            found.extend(names.filter(|it| it.len() > 2 && !user.is_match(it)).map(|it| format!("{path}: {it}")));
        }
    }
    found.dedup();
    assert!(found.is_empty(), "{}", found.join("\n"));
}
