//! What an event's summary says in the words of public feeds: free or worked, and for which holiday.
//!
//! Feeds write `元旦假期`, `春节（休）`, `🔴春节（班）`, `国庆节 补班 第1天/共2天`, `上班(补春节假期)`, `春节前补班`, `补元旦班`,
//! `2027年元旦放假三天`, `法定节假日：元旦`, `周日上班，补元旦假期`. The words for free and worked, dates, counters and signs are no part of the name.
//!
//! A worked day often names what it makes up for: in `上班(补春节假期)` and `春节假期补班` the word 假期 is not about the day
//! itself, so that such an event is worked, and not both.

use super::day_name;
use crate::domain::base::words::Words;

/// Words for free days, longer before shorter ones.
const FREE: [&str; 14] = [
    "法定节假日",
    "法定假日",
    "法定假期",
    "小长假",
    "休息日",
    "假日",
    "长假",
    "放假",
    "假期",
    "休假",
    "休息",
    "补休",
    "假",
    "休",
];
/// Words for worked days, longer before shorter ones.
const WORKED: [&str; 11] =
    ["调休工作日", "调休上班", "调休补班", "补班日", "工作日", "补上班", "补班", "上班", "调班", "加班", "班"];
/// Days were exchanged (调休): which alone may be said of either kind.
const EXCHANGED: &str = "调休";
/// What may stand between a holiday's name and the word for the worked day that makes up for it.
const OF_THE_HOLIDAY: [&str; 7] = ["小长假", "长假", "假期", "假日", "假", "前", "后"];
/// Before the name of the holiday that a day makes up for.
const MAKES_UP_FOR: char = '补';
/// Counts the last day of a holiday, where others have a number.
const LAST_DAY: &str = "最后一天";

/// Beside a date, and in its place where a worked day is called by its weekday.
const WEEKDAYS: [&str; 3] = ["周", "星期", "礼拜"];
/// Which one of the week.
const OF_THE_WEEK: [char; 9] = ['一', '二', '三', '四', '五', '六', '日', '天', '末'];
/// Between two dates.
const UNTIL: [char; 3] = ['至', '到', '起'];

/// The most characters that are read: a longer text is no name of a day, and taking it apart could take long.
const LONGEST: usize = 200;

/// What a summary says.
#[derive(Default)]
pub(super) struct Summary {
    /// Its days are free.
    pub(super) free: bool,
    /// Its days are worked.
    pub(super) worked: bool,
    /// What is left of it: the holiday's name, if it has one.
    pub(super) name: String,
    parts: Vec<String>,
}

impl Summary {
    pub(super) fn of(text: &str) -> Self {
        let mut summary = Self::default();
        if text.chars().nth(LONGEST).is_some() {
            return Self { name: text.to_owned(), parts: vec![text.to_owned()], ..summary };
        }
        for part in text.split(separates).filter(|part| !part.is_empty()) {
            summary.take(part);
        }
        summary.name = summary.parts.join(" ");
        summary
    }

    /// The name in both languages, if every part of it is known.
    pub(super) fn known_name(&self) -> Option<Words> {
        day_name::known(&self.parts.join("、"))
    }

    fn take(&mut self, part: &str) {
        let mut rest = if day_name::known(part).is_some() { part } else { after_dates(part) };
        let (mut free, mut worked) = (false, false);
        while day_name::known(rest).is_none() {
            let shorter = if let Some(before) = rest.strip_suffix(EXCHANGED) {
                before
            } else if let Some(before) = strip_any(rest, &WORKED) {
                worked = true;
                before
            } else if let Some(before) = strip_any(rest, &OF_THE_HOLIDAY).filter(|_| worked) {
                before
            } else if let Some(before) = strip_any(rest, &FREE) {
                free = true;
                before
            } else if let Some(before) = before_counter(rest).or_else(|| before_date(rest)) {
                before
            } else {
                break;
            };
            rest = shorter;
        }
        let is_holiday = |name: &&str| !name.is_empty() && (worked || self.worked || day_name::known(name).is_some());
        if let Some(holiday) = rest.strip_prefix(MAKES_UP_FOR).filter(is_holiday) {
            rest = holiday;
            free = false; // Said of the holiday, not of the day that makes up for it.
        }
        self.free |= free;
        self.worked |= worked;
        if !rest.is_empty() && !self.parts.iter().any(|known| known == rest) {
            self.parts.push(rest.to_owned());
        }
    }
}

fn strip_any<'a>(text: &'a str, endings: &[&str]) -> Option<&'a str> {
    endings.iter().find_map(|ending| text.strip_suffix(ending))
}

/// What stands behind the dates and weekdays that a text begins with: of `2027年元旦` and `1月1日至3日元旦` the holiday.
fn after_dates(text: &str) -> &str {
    let mut rest = text;
    loop {
        let numbered = rest.trim_start_matches(char::is_numeric);
        let behind = if numbered.len() < rest.len() {
            numbered.strip_prefix("年度").or_else(|| numbered.strip_prefix(['年', '月', '日', '号']))
        } else if rest.len() < text.len() && rest.starts_with(UNTIL) {
            rest.strip_prefix(UNTIL)
        } else {
            WEEKDAYS.iter().find_map(|week| rest.strip_prefix(week)?.strip_prefix(OF_THE_WEEK))
        };
        match behind {
            Some(behind) => rest = behind,
            None => return rest,
        }
    }
}

/// What stands before a part of a date, or a weekday, at the end; `None` where there is none.
fn before_date(text: &str) -> Option<&str> {
    if let Some(rest) = text.strip_suffix(['年', '月', '日', '号']) {
        let before = rest.trim_end_matches(char::is_numeric);
        if before.len() < rest.len() && !before.is_empty() {
            return Some(before.trim_end_matches(UNTIL));
        }
    }
    let week = text.strip_suffix(OF_THE_WEEK)?;
    strip_any(week, &WEEKDAYS)
}

/// What stands before the number of a day at the end: of `第3天`, `共8天`, `3`, `1天` or `最后一天` nothing.
fn before_counter(text: &str) -> Option<&str> {
    if let Some(before) = text.strip_suffix(LAST_DAY) {
        return Some(before);
    }
    let counted = text.strip_suffix('天').unwrap_or(text);
    let before = counted.trim_end_matches(|c: char| c.is_numeric() || "一二三四五六七八九十".contains(c));
    let is_counted = before.len() < counted.len();
    let counts_days = counted.len() < text.len();
    match before.strip_suffix(['第', '共']) {
        Some(before) if is_counted && counts_days => Some(before),
        None if is_counted && before.is_empty() => Some(""),
        // 元旦放假三天, 元旦三天
        None if is_counted
            && counts_days
            && (strip_any(before, &FREE).is_some() || day_name::known(before).is_some()) =>
        {
            Some(before)
        }
        _ => None,
    }
}

/// Whether a character stands between parts: space, brackets, bars and the like, and signs such as 🟢.
fn separates(c: char) -> bool {
    c.is_whitespace() || "（）()【】[]「」〔〕|｜·・:：-–—_/／,，;；。!！~～".contains(c) || is_sign(c)
}

/// Arrows, shapes, symbols and emoji, with the characters that only vary or join them.
fn is_sign(c: char) -> bool {
    matches!(c,
        '\u{200B}'..='\u{200F}' | '\u{203B}' | '\u{20D0}'..='\u{20FF}' | '\u{2190}'..='\u{2BFF}' | '\u{FE00}'..='\u{FE0F}'
        | '\u{1F000}'..='\u{1FAFF}' | '\u{E0020}'..='\u{E007F}')
}
