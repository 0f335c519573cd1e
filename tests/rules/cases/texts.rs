//! Text as it is kept: what can't be seen is no part of it, and two texts that look alike are one.

use casehall::domain::base::search_key;
use casehall::domain::base::text::{clean, code, is_invisible, line, number, paragraphs, person_name, serial};
use proptest::prelude::*;
use regex::Regex;

type Reader = fn(&str) -> Option<String>;

/// Any text, with the characters that trouble made likelier.
fn any_text() -> impl Strategy<Value = String> {
    let odd = "\u{200B}\u{FEFF}\u{AD}\u{3164}\u{2800}\u{202E}\u{301}\u{2022}\u{30FB}\u{FF65}\u{2013}\u{FF0D}\u{3000} \tａß\u{130}\u{FFF9}\u{1D159}\
        ~ー─·.。号窗口07-";
    let odd: Vec<char> = odd.chars().collect();
    proptest::collection::vec(prop_oneof![any::<char>(), proptest::sample::select(odd)], 0..12)
        .prop_map(|characters| characters.into_iter().collect())
}

#[test]
fn what_is_invisible_is_what_the_unicode_standard_shows_nothing_of() {
    let ignored =
        Regex::new(r"^[\p{Default_Ignorable_Code_Point}[\p{Cf}--\p{Prepended_Concatenation_Mark}]]$").unwrap();
    let (unassigned, nothing) =
        (Regex::new(r"^\p{Cn}$").unwrap(), Regex::new(r"^\p{Noncharacter_Code_Point}$").unwrap());
    let empty = ['\u{2800}', '\u{FFFC}', '\u{16FE4}', '\u{1D159}'];
    for c in char::MIN..=char::MAX {
        let of = |class: &Regex| class.is_match(c.encode_utf8(&mut [0; 4]));
        // The expressions' edition of the standard is older than ours: what it doesn't know yet may have been assigned since.
        if of(&unassigned) && !of(&ignored) && !of(&nothing) {
            continue;
        }
        assert_eq!(is_invisible(c), of(&ignored) || of(&nothing) || empty.contains(&c), "{}", c.escape_unicode());
    }
    assert!(is_invisible('\u{378}') && is_invisible('\u{50000}'), "not assigned");
    assert!(!is_invisible('\u{3FFF0}'), "a character of a name that is newer than this program");
    assert!(!is_invisible('\u{E000}'), "old systems have rare names there");
}

#[test]
fn marks_that_are_on_nothing_are_no_text() {
    for text in
        ["\u{301}", "\u{301} \u{20DD}", "\u{200B}\u{93E}", "\u{FFF9}\u{FFFB}", "\u{1D159}\u{13430}", "\u{10FFFF}"]
    {
        assert_eq!(clean(text).as_deref(), Some(""), "{}", text.escape_unicode());
        assert_eq!((line(text, 9), code(text, 9)), (None, None), "{}", text.escape_unicode());
    }
    assert_eq!(line("甲\u{16FE4}\u{FFFA}e\u{301}", 9).as_deref(), Some("甲é"));
}

#[test]
fn a_window_is_one_however_it_is_called() {
    let one = |spellings: &[&str], expected: &str| {
        for spelling in spellings {
            assert_eq!(code(spelling, 20).as_deref(), Some(expected), "{spelling}");
        }
    };
    one(&["7", "07", "７", "7号", "7号窗口", "7號窗口", "7号窗", "7 号 窗口", "7窗口", "7.", "7。", " 007 号"], "7");
    one(&["A-7", "A─7", "Aー7", "A~7", "A – 7", "a－７", "A——7", "A ～7", "Ａ﹣7号窗口", "A〜7"], "A-7");
    one(&["A·7", "A•7", "A ・ 7", "A･7"], "A·7");
    one(&["综合 窗", "综合  窗", "综合\t\u{3000}窗"], "综合 窗");
    one(&["0", "00", "0号"], "0");
    one(&["挂号", "挂号 "], "挂号");
    one(&["10", "10号"], "10");
    one(&["A07"], "A07");
    assert_eq!((code("号", 9).as_deref(), code("窗口", 9).as_deref()), (Some("号"), Some("窗口")));
    assert_eq!(code("7\n8", 9), None);
    assert_eq!(serial("000123").as_deref(), Some("000123"), "a serial isn't a window");
}

#[test]
fn what_changes_the_writing_direction_is_refused() {
    let controls = Regex::new(r"^\p{Bidi_Control}$").unwrap();
    for c in (char::MIN..=char::MAX).filter(|c| controls.is_match(c.encode_utf8(&mut [0; 4]))) {
        assert_eq!(clean(&format!("甲{c}乙")), None, "{}", c.escape_unicode());
    }
}

#[test]
fn lines_end_in_one_way() {
    assert_eq!(paragraphs("两次\r\n通知\t完", 20).as_deref(), Some("两次\n通知 完"));
    assert_eq!(line("两次\n通知", 20), None);
}

proptest! {
    #[test]
    fn what_is_kept_is_kept_as_it_is_when_it_comes_again(text in any_text()) {
        let functions: [(&str, Reader); 7] = [
            ("clean", clean),
            ("paragraphs", |text| paragraphs(text, 100)),
            ("line", |text| line(text, 100)),
            ("person_name", |text| person_name(text, 100)),
            ("code", |text| code(text, 100)),
            ("serial", serial),
            ("number", |text| Some(number(text))),
        ];
        for (name, read) in functions {
            if let Some(kept) = read(&text) {
                prop_assert_eq!(read(&kept), Some(kept.clone()), "{} of {:?}", name, text);
            }
        }
        let key = search_key::key(&text);
        prop_assert_eq!(search_key::key(&key), key);
    }

    #[test]
    fn a_text_is_found_however_it_was_typed(text in any_text()) {
        for kept in [line(&text, 100), person_name(&text, 100)].into_iter().flatten() {
            prop_assert_eq!(search_key::key(&kept), search_key::key(&text));
        }
    }

    #[test]
    fn no_text_without_a_visible_character_is_kept(text in proptest::collection::vec(
        any::<char>().prop_filter("visible", |c| is_invisible(*c) || c.is_whitespace() || c.is_control()), 0..6)
    ) {
        let text: String = text.into_iter().collect();
        for kept in [paragraphs(&text, 100), line(&text, 100), person_name(&text, 100), code(&text, 100)] {
            prop_assert_eq!(kept, None);
        }
        prop_assert_eq!(search_key::key(&text), "");
    }

    #[test]
    fn what_is_kept_can_be_seen_and_reads_as_it_is(text in any_text()) {
        if let Some(kept) = paragraphs(&text, 100) {
            prop_assert!(!kept.chars().any(|c| is_invisible(c) || (c.is_control() && c != '\n')));
        }
    }
}
