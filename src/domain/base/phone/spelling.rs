//! Phone numbers as people type them, taken apart: groups of digits, and the extension where a word or a sign announces it.

use unicode_normalization::UnicodeNormalization;

use crate::domain::base::text::{is_dash, is_invisible, is_middle_dot};

/// Most digits of an extension.
const EXTENSION_DIGITS: usize = 6;
/// What announces an extension; where one begins with another, the longer one first.
const ANNOUNCEMENTS: &[&str] = &[
    ";ext=",
    "extension",
    "extn",
    "ext",
    "x",
    "×",
    "#",
    "转接",
    "转",
    "轉接",
    "轉",
    "分机号码",
    "分机号",
    "分机",
    "分機號碼",
    "分機號",
    "分機",
    "内线",
    "內線",
];
/// What may follow an extension.
const ENDINGS: &[&str] = &["", "#", "号", "號", "分机", "分機", "号分机", "號分機"];

/// The digits of a number, without its extension.
pub(super) struct Digits {
    /// They begin with a country code for sure: after `+` or `00`, which aren't among them.
    pub(super) international: bool,
    /// All of them.
    pub(super) digits: String,
    /// How many stand behind each gap.
    pub(super) behind_gaps: Vec<usize>,
}

/// What somebody typed.
#[derive(Debug, Default)]
pub(super) struct Typed {
    /// It begins with `+`.
    plus: bool,
    groups: Vec<Group>,
    /// What was announced as the extension.
    pub(super) extension: Option<String>,
}

#[derive(Debug, Default)]
struct Group {
    digits: String,
    /// It follows a dash or an opening bracket.
    apart: bool,
}

impl Typed {
    /// Takes a text apart; `None` where something in it belongs to no phone number.
    pub(super) fn read(text: &str) -> Option<Self> {
        let seen = |c: &char| !is_invisible(*c) && (c.is_whitespace() || !c.is_control());
        let folded = text.chars().filter(seen).nfkc().filter(seen).map(|c| c.to_ascii_lowercase());
        let characters: Vec<char> = folded.nfkc().collect();
        let mut typed = Self::default();
        let mut apart = false;
        let mut open = false;
        let mut rest = characters.as_slice();
        while let [c, following @ ..] = rest {
            match c {
                '0'..='9' => {
                    if !open {
                        typed.groups.push(Group { digits: String::new(), apart });
                        (open, apart) = (true, false);
                    }
                    typed.groups.last_mut()?.digits.push(*c);
                }
                '+' if !typed.plus && typed.groups.is_empty() => typed.plus = true,
                // The prefix for calls inside a country, as in +44 (0)20 7946 0958.
                '(' if typed.has_country_code_only() && following.starts_with(&['0', ')']) => {
                    open = false;
                    rest = following.get(2..)?;
                    continue;
                }
                c if is_hyphen(*c) || is_opening(*c) => (open, apart) = (false, true),
                c if is_separator(*c) => open = false,
                _ => {
                    typed.extension = Some(announced(&rest.iter().collect::<String>())?);
                    break;
                }
            }
            rest = following;
        }
        Some(typed)
    }

    fn digits_of(groups: &[Group]) -> String {
        groups.iter().map(|group| group.digits.as_str()).collect()
    }

    fn has_country_code_only(&self) -> bool {
        let digits = Self::digits_of(&self.groups);
        let international = self.plus || digits.starts_with("00") || digits == "86";
        international && (1..=3).contains(&digits.trim_start_matches('0').len())
    }

    /// The number.
    pub(super) fn number(&self) -> Digits {
        self.written(&self.groups)
    }

    /// The number without its last group, and that group, where it may be an extension that only a dash or a bracket sets off.
    pub(super) fn number_and_last_group(&self) -> Option<(Digits, &str)> {
        let (last, number) = self.groups.split_last()?;
        let is_extension = self.extension.is_none() && last.apart && last.digits.len() <= EXTENSION_DIGITS;
        (is_extension && !number.is_empty()).then(|| (self.written(number), last.digits.as_str()))
    }

    fn written(&self, groups: &[Group]) -> Digits {
        let digits = Self::digits_of(groups);
        let behind_gaps =
            (1..groups.len()).filter_map(|gap| groups.get(gap..)).map(|behind| Self::digits_of(behind).len());
        let behind_gaps = behind_gaps.collect();
        match digits.strip_prefix("00") {
            Some(abroad) => Digits { international: true, digits: abroad.to_owned(), behind_gaps },
            None => Digits { international: self.plus, digits, behind_gaps },
        }
    }
}

/// The dashes of [`is_dash`], and what stands for one.
fn is_hyphen(c: char) -> bool {
    is_dash(c) || matches!(c, '~' | '\u{2500}' | '\u{301C}' | '\u{30FC}')
}

fn is_opening(c: char) -> bool {
    matches!(c, '(' | '[' | '【' | '〔')
}

fn is_separator(c: char) -> bool {
    is_opening(c) || c.is_whitespace() || is_middle_dot(c) || matches!(c, ')' | ']' | '】' | '〕' | '.')
}

/// The digits of an announced extension.
fn announced(text: &str) -> Option<String> {
    let between = |c: char| is_separator(c) || is_hyphen(c) || c == ':';
    let mut rest = text;
    while let Some(after) = ANNOUNCEMENTS.iter().find_map(|word| rest.strip_prefix(word)) {
        rest = after.trim_start_matches(between);
    }
    let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
    let ending = rest.strip_prefix(&digits)?.trim_matches(between);
    ((1..=EXTENSION_DIGITS).contains(&digits.len()) && ENDINGS.contains(&ending)).then_some(digits)
}
