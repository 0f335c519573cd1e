//! One event: [`span`], the days it covers, and [`meaning`], their kind.
//!
//! An event is a day off or a worked day only where it says so: by `X-APPLE-SPECIAL-DAY`, or by words in its summary (see
//! [`super::icalendar_summary`]). A festival's bare name says nothing about who works.

use chrono::{Days, NaiveDate, NaiveDateTime, NaiveTime, TimeZone, Timelike};
use chrono_tz::{Asia, Tz};

use super::day_name;
use super::fault::FileFault;
use super::icalendar_lines::{Event, Placed};
use super::icalendar_summary::Summary;
use super::text::shortened;
use crate::domain::base::words::Words;
use crate::domain::calendar::working_days::DayKind;

/// The longest event that is taken for a holiday, in days; none was longer than nine.
const MOST_DAYS: u64 = 31;

/// Zones that calendar programs call by other names than the time zone database: all of them are China's one time.
const CHINA: [&str; 6] = [
    "China Standard Time",
    "中国标准时间",
    "Beijing",
    "Asia/Beijing",
    "GMT+0800",
    "(UTC+08:00) Beijing, Chongqing, Hong Kong, Urumqi",
];

/// The first and the last day that an event covers, in China's time: the notices order days there.
///
/// # Errors
/// Why its days can't be told.
pub(super) fn span(event: &Event) -> Result<(NaiveDate, NaiveDate), FileFault> {
    let Some(start) = event.property("DTSTART") else {
        return Err(FileFault::at(event.line, "event_without_start", "事件缺少DTSTART", "the event has no DTSTART"));
    };
    let first = moment(start)?;
    let last = match (event.property("DTEND"), event.property("DURATION")) {
        (None, None) => first.date(),
        (Some(end), None) => last_before(first, end)?,
        (None, Some(duration)) => last_of(first, duration)?,
        (Some(_), Some(duration)) => {
            let (zh, en) = ("DTEND与DURATION只能有一个", "an event has DTEND or DURATION, not both");
            return Err(FileFault::at(duration.line, "event_end_invalid", zh, en));
        }
    };
    let days = (last - first.date()).num_days().unsigned_abs() + 1;
    if days > MOST_DAYS {
        return Err(FileFault::at(
            start.line,
            "event_too_long",
            format!("事件长达{days}天，放假安排不会超过{MOST_DAYS}天"),
            format!("the event lasts {days} days, more than {MOST_DAYS}"),
        ));
    }
    Ok((first.date(), last))
}

/// When an event begins or ends.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Moment {
    /// A whole day.
    Day(NaiveDate),
    /// A time of day in China.
    Time(NaiveDateTime),
}

impl Moment {
    fn date(self) -> NaiveDate {
        match self {
            Self::Day(date) => date,
            Self::Time(time) => time.date(),
        }
    }
}

fn moment(property: &Placed) -> Result<Moment, FileFault> {
    let invalid = || {
        let (name, value) = (&property.name, &property.value);
        FileFault::at(
            property.line,
            "bad_time",
            format!("{name}的“{value}”不是日期，应为20260101这样的形式"),
            format!("the {name} \"{value}\" is no date such as 20260101"),
        )
    };
    let value = property.value.trim();
    let Some((date, time)) = value.split_once(['T', 't']) else {
        return day(value).map(Moment::Day).ok_or_else(invalid);
    };
    let date = day(date).ok_or_else(invalid)?;
    let (time, is_utc) = time.strip_suffix(['Z', 'z']).map_or((time, false), |time| (time, true));
    let time = time_of_day(time).ok_or_else(invalid)?;
    let local = date.and_time(time);
    let zone = match property.parameter("TZID") {
        _ if is_utc => Tz::UTC,
        None => Asia::Shanghai, // Without a zone the time is that of whoever reads it.
        Some(name) => zone(name).ok_or_else(|| {
            FileFault::at(
                property.line,
                "zone_unknown",
                format!("未知的时区“{name}”"),
                format!("unknown time zone \"{name}\""),
            )
        })?,
    };
    if zone == Asia::Shanghai {
        return Ok(Moment::Time(local));
    }
    let instant = zone.from_local_datetime(&local).earliest().ok_or_else(invalid)?;
    Ok(Moment::Time(instant.with_timezone(&Asia::Shanghai).naive_local()))
}

fn zone(name: &str) -> Option<Tz> {
    let name = name.trim().trim_matches('"').trim_start_matches('/');
    if CHINA.contains(&name) { Some(Asia::Shanghai) } else { name.parse().ok() }
}

fn digits(text: &str) -> Option<u32> {
    if text.bytes().all(|byte| byte.is_ascii_digit()) { text.parse().ok() } else { None }
}

fn day(text: &str) -> Option<NaiveDate> {
    if text.len() != 8 {
        return None;
    }
    let (year, month, day) = (digits(text.get(..4)?)?, digits(text.get(4..6)?)?, digits(text.get(6..)?)?);
    NaiveDate::from_ymd_opt(i32::try_from(year).ok()?, month, day)
}

fn time_of_day(text: &str) -> Option<NaiveTime> {
    if text.len() != 6 {
        return None;
    }
    NaiveTime::from_hms_opt(digits(text.get(..2)?)?, digits(text.get(2..4)?)?, digits(text.get(4..)?)?)
}

/// The last day before an event's end, which is no part of the event (RFC 5545, section 3.6.1).
fn last_before(first: Moment, end: &Placed) -> Result<NaiveDate, FileFault> {
    let fault = |zh: &str, en: &str| Err(FileFault::at(end.line, "event_end_invalid", zh, en));
    let midnight = NaiveTime::MIN;
    match (first, moment(end)?) {
        // Whoever writes this takes the end for the last day, and then writes longer holidays a day short.
        (Moment::Day(first), Moment::Day(end)) if end <= first => fault(
            "DTEND应晚于DTSTART：DTEND是结束后的第二天",
            "DTEND must be later than DTSTART: it is the day after the last one",
        ),
        (Moment::Day(_), Moment::Day(end)) => Ok(end.pred_opt().unwrap_or(end)),
        (Moment::Time(first), Moment::Time(end)) if end < first => fault("DTEND早于DTSTART", "DTEND is before DTSTART"),
        (Moment::Time(first), Moment::Time(end)) => {
            let ends_at_midnight = end.time() == midnight && end > first;
            let last = if ends_at_midnight { end.date().pred_opt().unwrap_or(end.date()) } else { end.date() };
            let until_midnight = ends_at_midnight || (end.hour(), end.minute()) == (23, 59);
            if last == first.date() || (first.time() == midnight && until_midnight) {
                Ok(last)
            } else {
                fault(
                    "跨天的事件应从0时开始、到24时结束（北京时间）",
                    "an event of several days must begin and end at midnight, Beijing time",
                )
            }
        }
        _ => fault("DTSTART与DTEND应同为日期或同为时间", "DTSTART and DTEND must both be dates or both be times"),
    }
}

/// The last day of an event of whole days or weeks (`P1D`, `P1W`).
fn last_of(first: Moment, duration: &Placed) -> Result<NaiveDate, FileFault> {
    let given = duration.value.trim();
    let count =
        |unit: char| given.strip_prefix('P')?.strip_suffix(unit).filter(|count| !count.is_empty()).and_then(digits);
    let days = count('D').map(u64::from).or_else(|| count('W').map(|weeks| 7 * u64::from(weeks)));
    let starts_day = match first {
        Moment::Day(_) => true,
        Moment::Time(time) => time.time() == NaiveTime::MIN,
    };
    let last =
        days.filter(|days| *days > 0 && starts_day).and_then(|days| first.date().checked_add_days(Days::new(days - 1)));
    last.ok_or_else(|| {
        FileFault::at(
            duration.line,
            "event_end_invalid",
            format!("DURATION“{given}”不是整天数，应为P1D这样的形式"),
            format!("the DURATION \"{given}\" is no number of whole days such as P1D"),
        )
    })
}

/// What an event makes of its days.
pub(super) enum Meaning {
    /// They are free or worked, for a holiday.
    Day(DayKind, Words),
    /// Nothing in it says either.
    Unmarked,
}

/// Whether an event's days are free or worked, and for which holiday.
///
/// # Errors
/// Marks that contradict each other, and names without English.
pub(super) fn meaning(event: &Event) -> Result<Meaning, FileFault> {
    let summary = event.property("SUMMARY");
    let line = summary.map_or(event.line, |summary| summary.line);
    let told = Summary::of(summary.map_or("", |summary| summary.value.as_str()));
    let kind = match (special_day(event), told.free, told.worked) {
        (None, false, false) => return Ok(Meaning::Unmarked),
        (Some(DayKind::Holiday) | None, true, false) | (Some(DayKind::Holiday), false, false) => DayKind::Holiday,
        (Some(DayKind::MakeUpWorkday) | None, false, true) | (Some(DayKind::MakeUpWorkday), false, false) => {
            DayKind::MakeUpWorkday
        }
        _ => {
            return Err(FileFault::at(
                line,
                "event_contradicts_itself",
                "事件既标为休又标为班",
                "the event is marked both as free and as worked",
            ));
        }
    };
    let description = || event.property("DESCRIPTION").and_then(|text| day_name::within(&text.value));
    let english = event.property(NAME_IN_ENGLISH).map(|given| given.value.trim()).filter(|given| !given.is_empty());
    let name = match english {
        Some(english) if !told.name.is_empty() => Some(Words::new(&told.name, english)),
        _ if told.name.is_empty() => description(),
        _ => told.known_name(),
    };
    let name = name.ok_or_else(|| {
        if told.name.is_empty() {
            let (zh, en) = (
                "事件没有节日名称，应为“春节（休）”这样的形式",
                "the event names no holiday, expected such as 春节（休）",
            );
            FileFault::at(line, "event_without_name", zh, en)
        } else {
            let shown = shortened(summary.map_or("", |summary| summary.value.trim()));
            FileFault::at(
                line,
                "name_without_english",
                format!("“{shown}”缺少英文名称，请在{NAME_IN_ENGLISH}属性中给出"),
                format!("\"{shown}\" has no English name: give it in the property {NAME_IN_ENGLISH}"),
            )
        }
    })?;
    Ok(Meaning::Day(kind, name))
}

/// The property that gives a holiday's English name where it isn't a yearly one.
const NAME_IN_ENGLISH: &str = "X-CASEHALL-NAME-EN";

/// What Apple's calendars say of an event, if it is about working days.
pub(super) fn special_day(event: &Event) -> Option<DayKind> {
    match event.property("X-APPLE-SPECIAL-DAY")?.value.trim().to_uppercase().as_str() {
        "WORK-HOLIDAY" => Some(DayKind::Holiday),
        "ALTERNATE-WORKDAY" => Some(DayKind::MakeUpWorkday),
        _ => None,
    }
}
