//! For everybody: axe-core finds nothing on any page in any state, in both languages; a keyboard reaches every control, and its focus
//! is seen; a screen of 320 pixels, which is one of 1280 at 400 % (WCAG 2.2, 1.4.10), shows all of every page.

use std::path::PathBuf;
use std::process::Command;

use serde_json::Value;

use crate::browser::{Browser, OFFICE, PHONE, Window};
use crate::states::Tour;

/// Tab, as WebDriver writes it.
const TAB: char = '\u{e004}';

/// The script of axe-core, installed where it is missing.
fn axe() -> String {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    let directory = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), PathBuf::from).join("axe");
    let install = root.join("tests/console/install_axe");
    assert!(Command::new(install).arg(&directory).status().unwrap().success(), "axe-core can't be installed");
    std::fs::read_to_string(directory.join("axe.min.js")).unwrap()
}

fn lines(found: &Value) -> Vec<String> {
    found.as_array().unwrap().iter().map(|line| line.as_str().unwrap().to_owned()).collect()
}

/// What axe-core has against the page that is open, a line each.
async fn violations(browser: &Browser, axe: &str) -> Vec<String> {
    browser.client.execute(axe, Vec::new()).await.unwrap();
    let script = "const done = arguments[arguments.length - 1];
        axe.run(document, { resultTypes: ['violations'] }).then(
            (result) => done(result.violations.map((it) => `${it.id}: ${it.nodes.map((node) => node.html).join(' | ')}`)),
            (error) => done([String(error)]));";
    lines(&browser.client.execute_async(script, Vec::new()).await.unwrap())
}

async fn axe_finds_nothing(language: &'static str) {
    let (axe, tour) = (axe(), Tour::prepared().await);
    let mut found = Vec::new();
    tour.walk(Window { language, ..OFFICE }, async |browser, state| {
        let lines = violations(browser, &axe).await;
        found.extend(lines.into_iter().map(|line| format!("{language} {}: {line:.600}", state.name)));
    })
    .await;
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[tokio::test]
async fn axe_finds_nothing_on_any_page_in_chinese() {
    axe_finds_nothing("zh-CN").await;
}

#[tokio::test]
async fn axe_finds_nothing_on_any_page_in_english() {
    axe_finds_nothing("en").await;
}

/// Notes which controls get the focus, and where it isn't seen; begins before the first one. Answers how many there are.
const NOTE: &str = "
    const shown = (it) => it.getClientRects().length > 0 && it.checkVisibility({ visibilityProperty: true });
    const first = (it, at, all) => it.type !== 'radio' || all.findIndex((other) => other.name === it.name) === at;
    window.controls = [...document.querySelectorAll('a[href], button, input, select, textarea, summary')]
        .filter((it) => !it.disabled && it.type !== 'hidden' && it.tabIndex >= 0 && shown(it)).filter(first);
    window.reached = new Set();
    window.unseen = [];
    const name = (it) => it.outerHTML.slice(0, 120);
    document.addEventListener('focusin', ({ target }) => {
      window.reached.add(target.type === 'radio' ? target.name : target);
      // A box to tick shows it around its label.
      const places = [target, target.closest('label')].filter(Boolean).map((it) => getComputedStyle(it));
      if (places.every((it) => it.outlineStyle === 'none' && it.boxShadow === 'none')) window.unseen.push(name(target));
    });
    document.querySelectorAll('[autofocus]').forEach((it) => it.blur());
    if (window.controls[0]) window.controls[0].focus();
    return window.controls.length;";

const LEFT: &str = "
    const left = window.controls.filter((it) => !window.reached.has(it.type === 'radio' ? it.name : it));
    return left.map((it) => 'not reached: ' + it.outerHTML.slice(0, 120)).concat(window.unseen.map((it) => 'not seen: ' + it));";

/// Most places of a page where the focus stops between its controls: tables that scroll, and each part of a box for a day and an hour.
const MOST_BETWEEN: usize = 24;

#[tokio::test]
async fn tab_reaches_every_control_of_every_page_and_its_focus_is_seen() {
    let tour = Tour::prepared().await;
    let mut found = Vec::new();
    tour.walk(OFFICE, async |browser, state| {
        let controls = browser.client.execute(NOTE, Vec::new()).await.unwrap().as_u64().unwrap();
        browser.press(&TAB.to_string().repeat(usize::try_from(controls).unwrap().saturating_sub(1))).await;
        let mut left = lines(&browser.client.execute(LEFT, Vec::new()).await.unwrap());
        // What scrolls is in the way, too. No further than to the last one: behind it the focus leaves the page, and doesn't come back
        // by itself when another one opens.
        for _ in 0..MOST_BETWEEN {
            if !left.iter().any(|line| line.starts_with("not reached")) {
                break;
            }
            browser.press(&TAB.to_string()).await;
            left = lines(&browser.client.execute(LEFT, Vec::new()).await.unwrap());
        }
        found.extend(left.into_iter().map(|line| format!("{}: {line}", state.name)));
    })
    .await;
    assert!(found.is_empty(), "{}", found.join("\n"));
}

/// What is wrong on a narrow screen, a line each: what stands out to the right, text under 14 px, and what one can't hit. Links within a
/// text are as high as the text (WCAG 2.5.8); a table may scroll within its own frame (WCAG 1.4.10).
const FAULTS: &str = r#"
    const faults = [], wide = document.documentElement.scrollWidth, right = (it) => it.getBoundingClientRect().right > innerWidth + 1;
    const beyond = [...document.querySelectorAll("main *, header *")].filter((it) => right(it) && ![...it.children].some(right));
    if (wide > innerWidth) faults.push(`${wide} px wide: ${beyond.slice(0, 3).map((it) => it.outerHTML.slice(0, 90)).join(" | ")}`);
    for (const element of document.querySelectorAll("body *")) {
      const seen = element.getClientRects().length && !element.closest(".unseen, .skip, script, style, [hidden]");
      if (!seen) continue;
      const name = `${element.tagName}.${element.getAttribute("class") || ""} ${element.textContent.trim().slice(0, 20)}`;
      const style = getComputedStyle(element);
      const has_text = [...element.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim());
      if (has_text && parseFloat(style.fontSize) < 14) faults.push(`${style.fontSize}: ${name}`);
      if (element.matches("a[href], button, input:not([type=hidden]), select, textarea, summary") && !element.disabled) {
        if (element.matches("a") && style.display === "inline") continue;
        const box = (/checkbox|radio/.test(element.type) && element.closest("label")) || element;
        const { width, height } = box.getBoundingClientRect();
        const least = element.matches("button:not(.link), select, textarea, input:not([type=checkbox], [type=radio])") ? 32 : 24;
        if (height < least - .5 || width < 24) faults.push(`${Math.round(width)}×${Math.round(height)}: ${name}`);
      }
    }
    return faults;"#;

async fn a_narrow_screen_shows_all_of_it(language: &'static str) {
    let tour = Tour::prepared().await;
    let mut found = Vec::new();
    tour.walk(Window { language, ..PHONE }, async |browser, state| {
        let lines = lines(&browser.client.execute(FAULTS, Vec::new()).await.unwrap());
        found.extend(lines.into_iter().map(|line| format!("{language} {}: {line}", state.name)));
    })
    .await;
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[tokio::test]
async fn every_page_reads_at_a_width_of_320_pixels_in_chinese() {
    a_narrow_screen_shows_all_of_it("zh-CN").await;
}

#[tokio::test]
async fn every_page_reads_at_a_width_of_320_pixels_in_english() {
    a_narrow_screen_shows_all_of_it("en").await;
}
