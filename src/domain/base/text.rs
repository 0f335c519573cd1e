//! Text that people typed or copied, as it is kept.
//!
//! Cast: [`clean`] is for every text that comes in; [`line()`], [`paragraphs`] and [`person_name`] are what people read,
//! [`code`], [`serial`] and [`number`] what they compare.
//!
//! Guarantees: what can't be seen is no part of a text, so that one which looks empty is empty and two that look alike
//! are one; nothing is kept that makes a print read otherwise than it is. Each function leaves its own results as they are.

use unicode_normalization::UnicodeNormalization;
use unicode_properties::{GeneralCategory, GeneralCategoryGroup, UnicodeGeneralCategory};

/// Whether nothing is seen of a character: Default_Ignorable_Code_Point of the Unicode Standard; its format characters (Cf), but
/// for the Arabic and other signs that enclose what follows them; what is no character or not one yet; and a few with an empty
/// glyph. What isn't assigned in the planes of the ideographs is one that is newer than this program, and may be in a name.
pub fn is_invisible(c: char) -> bool {
    if c.is_ascii() {
        return false;
    }
    let is_empty = matches!(c,
        '\u{34F}' | '\u{115F}'..='\u{1160}' | '\u{17B4}'..='\u{17B5}' | '\u{180B}'..='\u{180F}' | '\u{2800}' | '\u{3164}'
        | '\u{FE00}'..='\u{FE0F}' | '\u{FFA0}' | '\u{FFFC}' | '\u{16FE4}' | '\u{1D159}' | '\u{E0000}'..='\u{E0FFF}');
    is_empty
        || match c.general_category() {
            GeneralCategory::Format => !matches!(c,
                '\u{600}'..='\u{605}' | '\u{6DD}' | '\u{70F}' | '\u{890}'..='\u{891}' | '\u{8E2}' | '\u{110BD}' | '\u{110CD}'),
            GeneralCategory::Unassigned => !matches!(c, '\u{20000}'..='\u{3FFFD}') || u32::from(c) & 0xFFFE == 0xFFFE,
            _ => false,
        }
}

/// Whether a character has a glyph of its own: it is neither [invisible](is_invisible) nor a blank, nor a mark on the one before.
fn stands_alone(c: char) -> bool {
    !c.is_whitespace()
        && !c.is_control()
        && !is_invisible(c)
        && c.general_category_group() != GeneralCategoryGroup::Mark
}

/// The first character of a text that is seen, in its plain form where it is a full-width or small one: what a program that
/// looks at the beginning of a text finds there.
pub fn first_seen(text: &str) -> Option<char> {
    text.chars().find(|c| stands_alone(*c)).map(|c| c.nfkc().next().unwrap_or(c))
}

/// Whether a character changes the writing direction of those around it (Bidi_Control), or breaks the line unseen.
fn misleads(c: char) -> bool {
    matches!(c, '\u{61C}' | '\u{200E}'..='\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
}

pub(in crate::domain) fn is_dash(c: char) -> bool {
    matches!(c, '-' | '\u{2010}'..='\u{2015}' | '\u{2043}' | '\u{2212}' | '\u{FE58}' | '\u{FE63}' | '\u{FF0D}')
}

/// The dots that keyboards offer between the parts of a name (买买提·吐尔逊); U+00B7 is the one that the standard for Chinese
/// punctuation has (GB/T 15834-2011, 间隔号).
pub(in crate::domain) fn is_middle_dot(c: char) -> bool {
    matches!(c, '\u{B7}' | '\u{2022}' | '\u{2027}' | '\u{2219}' | '\u{22C5}' | '\u{30FB}' | '\u{FF65}')
}

/// A text without what can't be seen, composed (NFC) and trimmed, its lines ended with `\n`; `None` where it has control
/// characters or some that mislead: they change the writing direction or break the line unseen. What looks empty is empty, also where it
/// has marks such as accents, but nothing that they are on.
pub fn clean(text: &str) -> Option<String> {
    if text.chars().any(|c| misleads(c) || (c.is_control() && !matches!(c, '\n' | '\r' | '\t'))) {
        return None;
    }
    let one_ending = text.replace("\r\n", "\n").replace('\r', "\n").replace('\t', " ");
    let visible: String = one_ending.chars().filter(|c| !is_invisible(*c)).nfc().collect();
    if visible.contains(stands_alone) { Some(visible.trim().to_owned()) } else { Some(String::new()) }
}

/// A reason or a remark, of one or several lines; `None` where it is empty, too long or not [`clean`].
pub fn paragraphs(text: &str, most_characters: usize) -> Option<String> {
    clean(text).filter(|text| !text.is_empty() && text.chars().count() <= most_characters)
}

/// A name, a number, anything that stands on one line; `None` as of [`paragraphs`].
pub fn line(text: &str, most_characters: usize) -> Option<String> {
    paragraphs(text, most_characters).filter(|text| !text.contains('\n'))
}

/// The name of a person, with one kind of dot between its parts; `None` as of [`line()`].
pub fn person_name(text: &str, most_characters: usize) -> Option<String> {
    line(text, most_characters).map(|name| name.chars().map(|c| if is_middle_dot(c) { '\u{B7}' } else { c }).collect())
}

/// A text on one line, compatibility forms folded, in upper case.
fn folded(text: &str) -> Option<String> {
    let upper = clean(text)?.nfkc().collect::<String>().to_uppercase();
    Some(upper.nfkc().collect::<String>()).filter(|text| !text.contains('\n'))
}

/// What a table's cell says that is a date, a word of a list or a column's name, however a spreadsheet program or a person wrote
/// it: compatibility forms folded, one kind of hyphen, nothing invisible, trimmed.
pub fn cell(text: &str) -> String {
    let visible: String = text.chars().filter(|c| !is_invisible(*c)).collect();
    let folded: String = visible.nfkc().map(|c| if is_dash(c) { '-' } else { c }).collect();
    folded.trim().to_owned()
}

/// The strokes that keyboards offer for a hyphen, where no other meaning is likely: lines of tables, the long vowel of Japanese, tildes.
fn is_stroke(c: char) -> bool {
    is_dash(c)
        || matches!(c,
            '~' | '\u{2C9}' | '\u{2CD}' | '\u{2D7}' | '\u{2053}' | '\u{223C}' | '\u{2500}'..='\u{2501}' | '\u{2796}'
            | '\u{2E3A}'..='\u{2E3B}' | '\u{301C}' | '\u{3030}' | '\u{30FC}')
}

/// What people call a box or a window: compatibility forms folded, upper case, one kind of hyphen, dot and blank, the hyphens and
/// dots without blanks beside them. `7`, `07`, `7号窗口` and `7.` are one. `None` as of [`line()`].
pub fn code(text: &str, most_characters: usize) -> Option<String> {
    const ENDINGS: [&str; 6] = ["窗口", "窗", "号", "號", ".", "。"];
    let mut plain = String::new();
    for c in folded(text)?.chars() {
        let joins = plain.ends_with(['-', '\u{B7}']);
        match c {
            _ if c.is_whitespace() && (joins || plain.ends_with(' ')) => {}
            _ if c.is_whitespace() => plain.push(' '),
            _ if is_stroke(c) || is_middle_dot(c) => {
                let one = if is_stroke(c) { '-' } else { '\u{B7}' };
                plain.truncate(plain.trim_end_matches(' ').len());
                if !plain.ends_with(one) {
                    plain.push(one);
                }
            }
            _ => plain.push(c),
        }
    }
    let (mut short, mut rest) = (plain.trim(), plain.trim());
    while let Some(before) = ENDINGS.iter().find_map(|ending| rest.strip_suffix(ending)) {
        rest = before.trim_end();
        // Only behind a digit: what is called 挂号 isn't 挂.
        if rest.ends_with(|c: char| c.is_ascii_digit()) {
            short = rest;
        }
    }
    if short.bytes().all(|byte| byte.is_ascii_digit()) && !short.is_empty() {
        short = short.trim_start_matches('0');
        short = if short.is_empty() { "0" } else { short };
    }
    line(short, most_characters)
}

/// A serial or medium number: 4 to 64 letters, digits and hyphens, in upper case and with one kind of hyphen.
pub fn serial(text: &str) -> Option<String> {
    const FEWEST: usize = 4;
    const MOST: usize = 64;
    let serial: String = folded(text)?.chars().map(|c| if is_dash(c) { '-' } else { c }).collect();
    line(&serial, MOST)
        .filter(|text| text.len() >= FEWEST && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '-'))
}

/// An id as it is asked for: no id has a NUL, and PostgreSQL can't even be asked for one.
pub fn id(text: &str) -> String {
    text.replace('\0', "")
}

/// A number of people or organizations, as it is compared: compatibility forms folded, without the spaces, hyphens and
/// invisible characters that come with copied text, upper case.
pub fn number(text: &str) -> String {
    let kept = |c: &char| !c.is_whitespace() && !c.is_control() && !is_dash(*c) && !is_invisible(*c);
    // ASCII only: `ı` isn't an I that somebody typed small.
    let folded = text.chars().filter(kept).nfkc().filter(kept).map(|c| c.to_ascii_uppercase());
    folded.collect::<String>().nfkc().collect()
}
