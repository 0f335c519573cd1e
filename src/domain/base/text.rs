//! Text that people typed or copied, as it is kept.
//!
//! Cast: [`clean`] is for every text that comes in; [`line()`], [`paragraphs`] and [`person_name`] are what people read,
//! [`code`], [`serial`] and [`number`] what they compare.
//!
//! Guarantees: what can't be seen is no part of a text, so that one which looks empty is empty and two that look alike
//! are one; nothing is kept that makes a print read otherwise than it is. Each function leaves its own results as they are.

use unicode_normalization::UnicodeNormalization;

/// Whether nothing is seen of a character: Default_Ignorable_Code_Point of the Unicode Standard, and the blank of Braille.
pub fn is_invisible(c: char) -> bool {
    matches!(c,
        '\u{AD}' | '\u{34F}' | '\u{61C}' | '\u{115F}'..='\u{1160}' | '\u{17B4}'..='\u{17B5}' | '\u{180B}'..='\u{180F}'
        | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{206F}' | '\u{2800}' | '\u{3164}'
        | '\u{FE00}'..='\u{FE0F}' | '\u{FEFF}' | '\u{FFA0}' | '\u{FFF0}'..='\u{FFF8}' | '\u{1BCA0}'..='\u{1BCA3}'
        | '\u{1D173}'..='\u{1D17A}' | '\u{E0000}'..='\u{E0FFF}')
}

/// Whether a character changes the writing direction of those around it (Bidi_Control), or breaks the line unseen.
fn misleads(c: char) -> bool {
    matches!(c, '\u{61C}' | '\u{200E}'..='\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
}

pub(super) fn is_dash(c: char) -> bool {
    matches!(c, '-' | '\u{2010}'..='\u{2015}' | '\u{2043}' | '\u{2212}' | '\u{FE58}' | '\u{FE63}' | '\u{FF0D}')
}

/// The dots that keyboards offer between the parts of a name (买买提·吐尔逊); U+00B7 is the one that the standard for Chinese
/// punctuation has (GB/T 15834-2011, 间隔号).
pub(super) fn is_middle_dot(c: char) -> bool {
    matches!(c, '\u{B7}' | '\u{2022}' | '\u{2027}' | '\u{2219}' | '\u{22C5}' | '\u{30FB}' | '\u{FF65}')
}

/// A text without what can't be seen, composed (NFC) and trimmed, its lines ended with `\n`; `None` where it has control
/// characters or some that mislead: they change the writing direction or break the line unseen. What looks empty is empty.
pub fn clean(text: &str) -> Option<String> {
    if text.chars().any(|c| misleads(c) || (c.is_control() && !matches!(c, '\n' | '\r' | '\t'))) {
        return None;
    }
    let one_ending = text.replace("\r\n", "\n").replace('\r', "\n").replace('\t', " ");
    let visible: String = one_ending.chars().filter(|c| !is_invisible(*c)).nfc().collect();
    Some(visible.trim().to_owned())
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

/// What people call a box or a window: compatibility forms folded, upper case, one kind of hyphen; `None` as of [`line()`].
pub fn code(text: &str, most_characters: usize) -> Option<String> {
    let upper = clean(text)?.nfkc().collect::<String>().to_uppercase();
    line(&upper.nfkc().map(|c| if is_dash(c) { '-' } else { c }).collect::<String>(), most_characters)
}

/// A serial or medium number: a [`code`] of 4 to 64 letters, digits and hyphens.
pub fn serial(text: &str) -> Option<String> {
    const FEWEST: usize = 4;
    const MOST: usize = 64;
    code(text, MOST).filter(|text| text.len() >= FEWEST && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '-'))
}

/// A number of people or organizations, as it is compared: compatibility forms folded, without the spaces, hyphens and
/// invisible characters that come with copied text, upper case.
pub fn number(text: &str) -> String {
    let kept = |c: &char| !c.is_whitespace() && !c.is_control() && !is_dash(*c) && !is_invisible(*c);
    // ASCII only: `ı` isn't an I that somebody typed small.
    let folded = text.chars().filter(kept).nfkc().filter(kept).map(|c| c.to_ascii_uppercase());
    folded.collect::<String>().nfkc().collect()
}
