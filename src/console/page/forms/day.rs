//! Days and times as browsers send them. Where script runs, a box for a day is a calendar; without it, a line of text, so that what is
//! scanned into it can be told from a day.

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::Method;
use actix_web::middleware::Next;
use chrono::{DateTime, NaiveDate, NaiveDateTime, TimeZone, Utc};
use chrono_tz::Tz;

use super::super::address::address;
use super::super::answer::see;
use crate::domain::base::text;
use crate::domain::base::words::{Fault, Words};
use crate::domain::cases::intake::acceptance_number::AcceptanceNumber;
use crate::domain::cases::intake::scan::{case_number, without_scan};

/// Boxes for a day in addresses.
const BOXES: [&str; 5] = ["day", "from", "to", "due_from", "due_to"];
/// Digits of an acceptance number on an ordinary day, which may stand before the day that a box held.
const ACCEPTANCE_DIGITS: usize = 12;

/// A day, also as people write it; none where nothing was typed.
///
/// # Errors
/// It is none.
pub fn day(typed: &str, pointer: &str) -> Result<Option<NaiveDate>, Fault> {
    let Some(typed) = given(typed) else { return Ok(None) };
    let folded = text::cell(typed).replace(['年', '月', '/', '.'], "-").replace('日', "");
    let read = ["%Y-%m-%d", "%Y%m%d"].iter().find_map(|form| NaiveDate::parse_from_str(&folded, form).ok());
    let zh = format!("“{typed}”不是日期，请按 2026-06-01 的格式填写");
    let words = Words::new(zh, format!("\"{typed}\" is not a date; please write it like 2026-06-01"));
    read.map(Some).ok_or_else(|| Fault::new(pointer, "bad_date", words))
}

/// The middleware around pages with such boxes: what was scanned into one is looked up.
///
/// # Errors
/// Those of what it wraps.
pub(in crate::console) async fn or_scan(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, actix_web::Error> {
    match scanned(request.query_string()).filter(|_| request.method() == Method::GET) {
        Some(read) => Ok(request.into_response(see(&address("/console/search", &[("q", read)])))),
        None => Ok(next.call(request).await?.map_into_boxed_body()),
    }
}

/// What was scanned into a box for a day, before or behind what it held.
fn scanned(query: &str) -> Option<String> {
    let asked: Vec<(String, String)> = serde_urlencoded::from_str(query).ok()?;
    let days = asked.iter().filter(|(name, _)| BOXES.contains(&name.as_str()));
    days.map(|(_, typed)| text::cell(typed)).find_map(|typed| {
        let begins = || AcceptanceNumber::parse(typed.get(..ACCEPTANCE_DIGITS)?).ok();
        let whole = case_number(&typed).map(|number| number.to_string());
        whole.or_else(|| without_scan(&typed).1).or_else(|| begins().map(|number| number.to_string()))
    })
}

/// A time of the hall's zone; none where nothing was typed.
///
/// # Errors
/// It is none.
pub fn moment(text: &str, pointer: &str, zone: Tz) -> Result<Option<DateTime<Utc>>, Fault> {
    let words = || Words::new("请按 2026-06-01 09:30 的格式填写时间", "please write a time like 2026-06-01 09:30");
    let read = |text: &str| {
        let local = ["%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M"]
            .iter()
            .find_map(|form| NaiveDateTime::parse_from_str(text, form).ok())?;
        Some(zone.from_local_datetime(&local).earliest()?.with_timezone(&Utc))
    };
    given(text).map(|text| read(&text::cell(text)).ok_or_else(|| Fault::new(pointer, "bad_time", words()))).transpose()
}

fn given(text: &str) -> Option<&str> {
    Some(text.trim()).filter(|text| !text.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_is_read_as_people_write_it() {
        let wanted = NaiveDate::from_ymd_opt(2026, 12, 2);
        for typed in ["2026-12-02", " 2026/12/2", "2026年12月2日", "20261202", "２０２６．１２．２"] {
            assert_eq!(day(typed, ""), Ok(wanted), "{typed}");
        }
        for typed in ["2606-13-02", "260601000140", "12/2", "x"] {
            assert!(day(typed, "").is_err_and(|fault| fault.words.zh.contains(typed)), "{typed}");
        }
    }

    #[test]
    fn what_is_scanned_into_a_box_for_a_day_is_known() {
        let number = AcceptanceNumber::new(NaiveDate::from_ymd_opt(2026, 6, 1).unwrap_or_default(), 14).to_string();
        for typed in [number.clone(), format!("2026-12-02{number}"), format!("{number}2026-12-02")] {
            assert_eq!(scanned(&format!("day={typed}")), Some(number.clone()), "{typed}");
            assert_eq!(scanned(&format!("window={typed}")), None, "{typed}");
        }
        assert_eq!(scanned("from=2026-12-02&to=20261202&day="), None);
    }
}
