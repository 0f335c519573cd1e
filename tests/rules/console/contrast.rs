//! The colours of the style sheet: text reads on what is behind it, as WCAG 2.2 counts it (1.4.3, 1.4.11).

use std::collections::BTreeMap;

use regex::Regex;

const STYLE: &str = include_str!("../../../src/console/styles/base.css");
const ALL: &[&str] = &[
    STYLE,
    include_str!("../../../src/console/styles/counter.css"),
    include_str!("../../../src/console/styles/office.css"),
    include_str!("../../../src/console/styles/oversight.css"),
    include_str!("../../../src/console/styles/progress.css"),
];

/// Foreground, background and the contrast that was promised, of which rounding may take a twentieth.
const PROMISED: &[(&str, &str, f64)] = &[
    ("--ink", "--sheet", 15.7),
    ("--muted", "--sheet", 6.4),
    ("--blue", "--sheet", 7.8),
    ("--ok", "--ok-soft", 6.7),
    ("--soon", "--soon-soft", 6.7),
    ("--late", "--late-soft", 6.9),
    ("--paused", "--paused-soft", 7.1),
    ("#0B4A86", "--blue-soft", 7.7),
    ("--field", "--sheet", 4.6),
    ("--ink", "--focus", 11.1),
];

/// Beside them: what stands on the ground of the page, and the heat map.
const READABLE: &[(&str, &str)] = &[
    ("--ink", "--ground"),
    ("--muted", "--ground"),
    ("--blue", "--ground"),
    ("--ink", "#FFFFFF"),
    ("--ink", "#E4EEF9"),
    ("--ink", "#B9D3EE"),
    ("--ink", "#7FB0DF"),
    ("#FFFFFF", "#0B5394"),
];

/// The custom properties of the style sheet.
fn tokens() -> BTreeMap<String, String> {
    let root = STYLE.split(":root").nth(1).unwrap().split('}').next().unwrap();
    let token = Regex::new(r"(--[a-z-]+):\s*(#[0-9A-Fa-f]{3,6})").unwrap();
    token.captures_iter(root).map(|found| (found[1].to_owned(), found[2].to_owned())).collect()
}

/// Relative luminance of `#RGB` or `#RRGGBB`.
fn luminance(colour: &str) -> f64 {
    let digits = colour.trim_start_matches('#');
    let doubled: String = match digits.len() {
        3 => digits.chars().flat_map(|digit| [digit, digit]).collect(),
        _ => digits.to_owned(),
    };
    let part = |at: usize| {
        let share = f64::from(u8::from_str_radix(&doubled[at..at + 2], 16).unwrap()) / 255.0;
        if share <= 0.04045 { share / 12.92 } else { ((share + 0.055) / 1.055).powf(2.4) }
    };
    0.2126 * part(0) + 0.7152 * part(2) + 0.0722 * part(4)
}

fn contrast(one: &str, other: &str) -> f64 {
    let tokens = tokens();
    let colour = |name: &str| luminance(if name.starts_with("--") { &tokens[name] } else { name });
    let (one, other) = (colour(one), colour(other));
    (one.max(other) + 0.05) / (one.min(other) + 0.05)
}

#[test]
fn each_colour_has_the_contrast_that_was_promised() {
    for (foreground, background, promised) in PROMISED {
        let found = contrast(foreground, background);
        assert!(
            (found - promised).abs() <= 0.05 + 1e-9,
            "{foreground} on {background}: {found:.2} instead of {promised}"
        );
    }
}

#[test]
fn text_reads_on_the_ground_and_in_the_heat_map() {
    for (foreground, background) in READABLE {
        let found = contrast(foreground, background);
        assert!(found >= 4.5, "{foreground} on {background}: {found:.2}");
    }
}

#[test]
fn no_text_is_smaller_than_fourteen_pixels() {
    let size = Regex::new(r"font(?:-size)?:[^;}]*?\b(\d+)px").unwrap();
    let small =
        ALL.iter().flat_map(|style| size.captures_iter(style)).filter(|found| found[1].parse::<u32>().unwrap() < 14);
    let small: Vec<String> = small.map(|found| found[0].to_owned()).collect();
    assert!(small.is_empty(), "{small:?}");
}
