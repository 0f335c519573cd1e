//! Windows: where in an outlet money is taken, and so in which drawer it lies.
//!
//! Guarantee: a window has one spelling, wherever somebody types it, and what was scanned into its field is none.

use crate::domain::base::form::Form;
use crate::domain::base::text;
use crate::domain::cases::intake::scan::FEWEST_SCANNED;

/// Most characters of a window's name.
const WINDOW_CHARACTERS: usize = 20;

/// The name of a window as it is kept; `None` where it is none.
pub fn window(typed: &str) -> Option<String> {
    name(typed).filter(|name| !is_scan(name))
}

/// The same of one under which something may have been kept before it was known what is a scan: money is looked for by it.
pub fn window_of_before(typed: &str) -> Option<String> {
    name(typed)
}

fn name(typed: &str) -> Option<String> {
    text::code(typed, WINDOW_CHARACTERS).filter(|name| !name.is_empty())
}

/// So many digits are of a paper, not of a window.
fn is_scan(name: &str) -> bool {
    name.chars().filter(char::is_ascii_digit).count() >= FEWEST_SCANNED
}

impl Form {
    /// The name of a window.
    pub(crate) fn window(&mut self, pointer: &str, typed: &str) -> Option<String> {
        let named = self.printable(pointer, name(typed), WINDOW_CHARACTERS)?;
        if is_scan(&named) {
            let en = "must be the name of a window: this is what a scanner typed";
            self.fault(pointer, "bad_text", "须为窗口的名称；这像是扫码得到的号码", en);
            return None;
        }
        Some(named)
    }
}
