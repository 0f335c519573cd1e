//! Nothing is cut off or out of line on an office screen: what stands on a page is within its sheet or scrolls in a frame that the keyboard
//! reaches, no text ends without its end, what is pressed is 32 pixels high and as high as its neighbours on one row, and headings are bold; on paper, too, a table
//! has all of its columns.

use casehall::domain::accounts::role::Role;
use fantoccini::Locator;
use serde_json::Value;

use crate::browser::{Browser, OFFICE, Window};
use crate::databases::TestDatabase;
use crate::hall::Hall;
use crate::states::Tour;

/// What is wrong with how the page lies, a line each.
const FAULTS: &str = r#"
    const faults = [], root = document.documentElement;
    const seen = (it) => it.getClientRects().length && it.checkVisibility() && !it.closest(".unseen, .skip, [hidden], svg, details:not([open]) > :not(summary)");
    const name = (it) => `${it.tagName}.${it.getAttribute("class") || ""} ${(it.value || it.textContent).trim().slice(0, 24)}`;
    const scrolls = (it) => /auto|scroll/.test(getComputedStyle(it).overflowX);
    const framed = (it) => { for (let up = it.parentElement; up; up = up.parentElement) if (scrolls(up) && up !== root && up !== document.body) return true; return false; };
    if (root.scrollWidth > innerWidth) faults.push(`the page is ${root.scrollWidth} wide`);
    const pen = document.createElement("canvas").getContext("2d");
    for (const it of document.querySelectorAll("main *, header *")) {
      if (!seen(it)) continue;
      const style = getComputedStyle(it), sheet = it.closest(".sheet, article, header, main");
      if (!framed(it) && it.getBoundingClientRect().right > sheet.getBoundingClientRect().right + 1) faults.push(`beyond its sheet: ${name(it)}`);
      if (/hidden|clip/.test(style.overflowX + style.overflowY) && (it.scrollWidth > it.clientWidth + 1 || it.scrollHeight > it.clientHeight + 1) && !it.matches("input, select, textarea")) faults.push(`cut: ${name(it)}`);
      if (scrolls(it) && it.scrollWidth > it.clientWidth + 1 && it.tabIndex < 0) faults.push(`scrolls without focus: ${name(it)}`);
      if (it.matches("main a, main button, main select, main input:not([type=checkbox], [type=radio]), main label.choice") && it.getBoundingClientRect().height < 31.5) faults.push(`lower than a fingertip (${it.getBoundingClientRect().height}): ${name(it)}`);
      if (it.matches("button, .button") && it.scrollWidth > it.clientWidth + 1) faults.push(`longer than its button: ${name(it)}`);
      if (it.matches("select") && it.selectedOptions[0]) {
        pen.font = style.font;
        const room = it.clientWidth - parseFloat(style.paddingLeft) - parseFloat(style.paddingRight) - 4;
        if (pen.measureText(it.selectedOptions[0].text).width > room) faults.push(`cut: select ${it.name} ${it.selectedOptions[0].text}`);
      }
    }
    const rows = ".filter, .filters, .foot, .command, .bar, .assign, .assigns, .batch, .acts form, .instead, td";
    for (const row of document.querySelectorAll(rows)) {
      const controls = "button:not(.link), .button, input:not([type=checkbox], [type=radio], [type=hidden]), select";
      const boxes = [...row.querySelectorAll(controls)].filter((it) => seen(it) && it.closest(rows) === row).map((it) => [it, it.getBoundingClientRect()]);
      boxes.slice(1).forEach(([it, box], at) => {
        const [other, before] = boxes[at], beside = box.top < before.bottom && before.top < box.bottom;
        if (beside && (Math.abs(box.top - before.top) > 1 || Math.abs(box.height - before.height) > 1)) {
          faults.push(`${before.top}+${before.height} and ${box.top}+${box.height} on one row: ${name(other)}, ${name(it)}`);
        }
      });
    }
    return [...new Set(faults)];"#;

/// The other screen of an office.
const WIDE: (u32, u32) = (1920, 1080);

/// The width of a sheet of A4 between a browser's margins, and between those of a paper, in pixels.
const SHEET: u32 = 718;
const PAPER: u32 = 643;
/// The same of a sheet that lies across, as tables of many columns do.
const ACROSS: u32 = 1047;

/// What a sheet of paper has no room for: the styles for print hold here as if they were for the screen.
const ON_PAPER: &str = r#"
    for (const sheet of document.styleSheets) for (const rule of sheet.cssRules) {
      if (!rule.media) continue;
      if (rule.media.mediaText === "print") rule.media.mediaText = "all";
      else if (rule.media.mediaText.startsWith("screen")) rule.media.mediaText = "not all";
    }
    const room = document.documentElement.clientWidth + 1;
    const beyond = [...document.querySelectorAll("main *")].filter((it) => !it.closest(".unseen, [hidden], svg") && it.checkVisibility())
        .filter((it) => it.getBoundingClientRect().right > room);
    return [...new Set(beyond.map((it) => `beyond the paper: ${it.tagName} ${it.textContent.trim().slice(0, 24)}`))].slice(0, 3);"#;

fn lines(found: &Value) -> Vec<String> {
    found.as_array().unwrap().iter().map(|line| line.as_str().unwrap().to_owned()).collect()
}

async fn nothing_is_out_of_line(language: &'static str) {
    let tour = Tour::prepared().await;
    let mut found = Vec::new();
    tour.walk(Window { language, ..OFFICE }, async |browser, state| {
        let mut faults = lines(&browser.client.execute(FAULTS, Vec::new()).await.unwrap());
        let (width, height) = WIDE;
        browser.client.set_window_size(width, height).await.unwrap();
        faults.extend(lines(&browser.client.execute(FAULTS, Vec::new()).await.unwrap()));
        browser.client.set_window_size(OFFICE.width, OFFICE.height).await.unwrap();
        let is_paper = browser.client.find(Locator::Css("article")).await.is_ok();
        let lies_across = "return !!document.querySelector('main:has(.wide):not(:has(.charts))')";
        let lies_across = browser.client.execute(lies_across, Vec::new()).await.unwrap() == Value::Bool(true);
        let width = if is_paper {
            PAPER
        } else if lies_across {
            ACROSS
        } else {
            SHEET
        };
        browser.client.set_window_size(width, OFFICE.height).await.unwrap();
        faults.extend(lines(&browser.client.execute(ON_PAPER, Vec::new()).await.unwrap()));
        browser.client.set_window_size(OFFICE.width, OFFICE.height).await.unwrap();
        found.extend(faults.into_iter().map(|line| format!("{language} {}: {line}", state.name)));
    })
    .await;
    assert!(found.is_empty(), "{}", found.join("\n"));
}

/// How much ink the letters of a heading take, in an ordinary weight and in its own.
const INK: &str = r#"
    const heading = getComputedStyle(document.querySelector("h1"));
    return ["400", heading.fontWeight].map((weight) => {
      const pen = Object.assign(document.createElement("canvas"), { width: 400, height: 60 }).getContext("2d");
      pen.font = `${weight} 24px ${heading.fontFamily}`;
      pen.fillText("我的工作台", 10, 40);
      return pen.getImageData(0, 0, 400, 60).data.reduce((sum, value) => sum + value, 0);
    });"#;

#[tokio::test]
async fn a_heading_is_bold_also_where_the_only_chinese_font_has_one_weight() {
    let hall = Hall::open(TestDatabase::sqlite()).await;
    let browser = Browser::of(&hall, Role::Clerk, OFFICE).await;
    browser.go("/console").await;
    let ink = browser.client.execute(INK, Vec::new()).await.unwrap();
    let [ordinary, own] = [0, 1].map(|at| ink[at].as_f64().unwrap());
    assert!(own > ordinary * 1.15, "{ink}");
    browser.close().await;
}

#[tokio::test]
async fn nothing_is_cut_or_out_of_line_in_chinese() {
    nothing_is_out_of_line("zh-CN").await;
}

#[tokio::test]
async fn nothing_is_cut_or_out_of_line_in_english() {
    nothing_is_out_of_line("en").await;
}
