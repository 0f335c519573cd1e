//! What was typed into a form of a page outlives every other button of that page: pressed without script, it comes back with the form,
//! where the form comes back.

use std::collections::BTreeSet;

use scraper::{ElementRef, Html};

use super::Readers;
use crate::databases::TestDatabase;
use crate::hall::Hall;
use crate::hall::furnished::PLAIN;
use crate::hall::tables::states;
use crate::hall::visitor::{Page, controls, form_of, select, sent_by};

/// What is typed: a note as people write one, which no number and no day is.
const TYPED: &str = "记一笔";

/// A button of a page, as a browser presses it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Button {
    /// Where its form goes.
    action: String,
    /// What it says itself.
    says: Option<(String, String)>,
    /// The form that it is of.
    of: usize,
    /// Whether it is what that form is for: it says nothing itself, and goes where the form does.
    is_its_own: bool,
}

/// The forms of a page's own part that change something.
fn forms(document: &Html) -> Vec<ElementRef<'_>> {
    select(document, "main form").into_iter().filter(|form| form.attr("method") == Some("post")).collect()
}

/// Boxes for scans: what was read is said in the answer, and the box is empty for the next one.
const FOR_SCANS: [&str; 5] = ["command", "box", "scanned", "serial", "medium"];
/// What is confirmed there is what was looked at, and nothing that was typed since.
const LOOKED_AT: [&str; 2] = ["/console/certificates/withdrawals/confirm", "/console/calendar/import/confirm"];

/// The boxes of a form into which people type.
fn boxes(document: &Html, form: ElementRef<'_>) -> Vec<String> {
    let is_box = |control: &ElementRef<'_>| match (control.value().name(), control.attr("type")) {
        ("textarea", _) => control.attr("hidden").is_none(),
        ("input", None | Some("text")) => true,
        _ => false,
    };
    let boxes = controls(document, form).into_iter().filter(is_box);
    let names = boxes.filter_map(|control| control.attr("name").map(str::to_owned));
    names.filter(|name| !FOR_SCANS.contains(&name.as_str())).collect()
}

/// What can be pressed.
fn buttons(document: &Html) -> Vec<Button> {
    let forms = forms(document);
    let pressed = select(document, "main button").into_iter().filter(|button| {
        button.attr("type") != Some("button") && button.attr("disabled").is_none() && button.attr("hidden").is_none()
    });
    let button = |button: ElementRef<'_>| {
        let form = form_of(document, button)?;
        let action = button.attr("formaction").or(form.attr("action")).unwrap_or_default().to_owned();
        let says =
            button.attr("name").map(|name| (name.to_owned(), button.attr("value").unwrap_or_default().to_owned()));
        let of = forms.iter().position(|known| known.id() == form.id())?;
        let is_its_own = says.is_none() && form.attr("action") == Some(action.as_str());
        Some(Button { action, says, of, is_its_own })
    };
    pressed.filter_map(button).collect()
}

/// What stands in a box of a page; none where there is no such box.
fn stands(document: &Html, name: &str) -> Option<String> {
    let forms = forms(document).into_iter();
    let found = forms.flat_map(|form| controls(document, form)).find(|control| control.attr("name") == Some(name))?;
    match found.value().name() {
        "textarea" => Some(found.text().collect::<String>().trim_start_matches('\n').to_owned()),
        _ => Some(found.attr("value").unwrap_or_default().to_owned()),
    }
}

/// The forms of a page with their boxes, and what can be pressed.
fn read(page: &Page) -> (Vec<Vec<String>>, Vec<Button>) {
    let document = Html::parse_document(&page.html);
    (forms(&document).into_iter().map(|form| boxes(&document, form)).collect(), buttons(&document))
}

/// What the form of a button sends, with what was typed.
fn filled(page: &Page, button: &Button, typed: &[String]) -> Vec<(String, String)> {
    let document = Html::parse_document(&page.html);
    let Some(form) = forms(&document).into_iter().nth(button.of) else { return Vec::new() };
    let own = boxes(&document, form);
    let mut fields = sent_by(&document, form);
    for name in typed.iter().filter(|name| own.contains(name)) {
        fields.retain(|(known, _)| known != name);
        fields.push((name.clone(), TYPED.to_owned()));
    }
    fields.extend(button.says.clone());
    fields
}

#[tokio::test]
async fn what_was_typed_outlives_every_other_button_of_its_page() {
    let hall = Hall::open(TestDatabase::sqlite()).await;
    let there = hall.furnish(PLAIN).await;
    let readers = Readers::of(&hall, &there).await;
    let (mut lost, mut pressed) = (BTreeSet::new(), 0);
    for state in states()
        .iter()
        .filter(|state| !["newcomer", "enroller"].contains(&state.whose.as_str()) && !state.name.starts_with("sign-in"))
    {
        let (forms, buttons) = read(&readers.look(&there, state).await);
        for (at, typed) in forms.iter().enumerate().filter(|(_, boxes)| !boxes.is_empty()) {
            // What the form is for ends with it.
            let others = buttons.iter().filter(|button| button.of != at || !button.is_its_own);
            for button in others.filter(|button| !LOOKED_AT.contains(&button.action.as_str())) {
                let page = readers.look(&there, state).await;
                let now = read(&page);
                if now.0 != forms || !now.1.contains(button) {
                    continue; // what was pressed before has changed the page
                }
                let sent = filled(&page, button, typed);
                let back = readers.people[&state.whose].press(&page, &button.action, &sent).await;
                pressed += 1;
                let document = Html::parse_document(&back.html);
                // A name begins with the act that its box is for, where a page has several.
                let is_for = |name: &str| {
                    name.rsplit_once('/').is_some_and(|(act, _)| button.action.ends_with(&format!("/{act}")))
                };
                let is_lost =
                    |name: &&String| !is_for(name) && stands(&document, name).is_some_and(|value| value != TYPED);
                if let Some(name) = typed.iter().find(is_lost) {
                    lost.insert(format!("{}: {name} by {} {:?}", state.name, button.action, button.says));
                }
            }
        }
    }
    assert!(pressed > 60, "{pressed} buttons were pressed");
    assert!(lost.is_empty(), "{}", lost.into_iter().collect::<Vec<_>>().join("\n"));
}
