//! Deadlines in working days, each with the explanation of how it was counted.
//!
//! Cast: [`OfficeHours`] say when and where the hall is open and what a late receipt means; a [`DeadlineRule`] gives the
//! two dates in working days; [`Pause`]s are the periods in which the deadline was paused. From these and the
//! [`Calendar`], [`deadlines`] and [`due`] compute dates and [`explain`] says why, day by day.
//!
//! Guarantees: a date and its explanation come from one walk over the days, so they can't disagree; everything is a
//! function of its arguments, so a job that runs late makes nothing wrong; any input gives an answer in bounded time:
//! a count that hasn't ended after [`HORIZON_DAYS`] stops there and is provisional.
//!
//! Source: the guide, 「自收到申请之日起7-10个工作日内完成证书的制作」 and 「7个工作日后携带相关材料前往」; Civil Code art. 201, the day an
//! event happens isn't counted, and art. 203, the last day ends when business closes.

use chrono::{
    DateTime, Datelike, Days, MappedLocalTime, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, TimeZone, Utc,
};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};

use super::working_days::{Calendar, DayStatus};
use crate::domain::base::vocabulary::vocabulary;
use crate::domain::base::words::Words;

pub use super::explanation::{DayReason, ExplainedDay};

/// After this many days from the receipt, a century, a count stops: no case lasts so long, and no data may hang the hall.
pub const HORIZON_DAYS: u32 = 36_525;

/// When the hall is open, and where.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OfficeHours {
    /// The zone that the hall's dates and times are meant in, such as `Asia/Shanghai`.
    pub zone: Tz,
    /// Start of business on a working day. Something received earlier that day is received that day.
    pub opens: NaiveTime,
    /// Close of business; the moment itself is after hours.
    pub closes: NaiveTime,
    /// What receipt after hours or on a day off means.
    pub after_hours_receipt: AfterHoursReceipt,
}

vocabulary! {
    /// Which day an application counts as received on when it comes, online, at or after closing or on a day off.
    pub enum AfterHoursReceipt {
        /// The date it came, as the guide says literally (「自收到申请之日起」).
        SameDay = "same_day";
        /// The next working day.
        NextWorkingDay = "next_working_day";
    }
}

impl OfficeHours {
    /// The hall's date at an instant. Instants outside the years 1 to 9999 count as the nearest one inside.
    pub fn local_date(&self, instant: DateTime<Utc>) -> NaiveDate {
        within_four_digit_years(instant).with_timezone(&self.zone).date_naive()
    }

    /// The date that something received at an instant counts as received on.
    pub fn receipt_day(&self, calendar: &Calendar, received_at: DateTime<Utc>) -> NaiveDate {
        let received_at = within_four_digit_years(received_at);
        let date = self.local_date(received_at);
        let closed = received_at.with_timezone(&self.zone).time() >= self.closes;
        match self.after_hours_receipt {
            AfterHoursReceipt::SameDay => date,
            AfterHoursReceipt::NextWorkingDay if !closed && calendar.is_working_day(date) => date,
            AfterHoursReceipt::NextWorkingDay => {
                let horizon = horizon_from(date);
                let mut later = date.iter_days().skip(1).take_while(|day| *day < horizon);
                later.find(|day| calendar.is_working_day(*day)).unwrap_or(horizon)
            }
        }
    }

    /// The instant at which business closes on a date.
    ///
    /// Where the zone's clocks skip that time, the first moment after; where they show it twice, the later one.
    pub fn close_of_business(&self, date: NaiveDate) -> DateTime<Utc> {
        self.instant(date.and_time(self.closes), |found| found.latest())
    }

    /// The instant at which business begins on a date, found as [`OfficeHours::close_of_business`] is.
    pub fn start_of_business(&self, date: NaiveDate) -> DateTime<Utc> {
        self.instant(date.and_time(self.opens), |found| found.latest())
    }

    /// The first and the last instant of a date.
    pub fn day(&self, date: NaiveDate) -> (DateTime<Utc>, DateTime<Utc>) {
        let next = date.checked_add_days(Days::new(1)).unwrap_or(date);
        (self.start_of_day(date), self.start_of_day(next) - TimeDelta::microseconds(1))
    }

    /// The instant at which a date begins: the first that [`OfficeHours::local_date`] puts on it.
    pub fn start_of_day(&self, date: NaiveDate) -> DateTime<Utc> {
        self.instant(date.and_time(NaiveTime::MIN), |found| found.earliest())
    }

    fn instant(
        &self,
        local: NaiveDateTime,
        choose: fn(MappedLocalTime<DateTime<Tz>>) -> Option<DateTime<Tz>>,
    ) -> DateTime<Utc> {
        // A zone that moves to the other side of the date line skips a whole day, as Samoa did; nothing skips more.
        (0..=48)
            .filter_map(|half_hours| local.checked_add_signed(TimeDelta::minutes(30 * half_hours)))
            .find_map(|local| choose(self.zone.from_local_datetime(&local)))
            .map_or_else(|| local.and_utc(), |instant| instant.to_utc())
    }
}

/// Two promises, in working days after the day of receipt: the guide's are 7 and 10.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DeadlineRule {
    /// From this working day on the applicant may come and collect.
    pub ready_after: u32,
    /// On this working day the hall must be done.
    pub limit_after: u32,
}

impl DeadlineRule {
    /// Whether the promises make sense: at least one working day each, and ready no later than the limit.
    pub fn is_sound(self) -> bool {
        1 <= self.ready_after && self.ready_after <= self.limit_after
    }
}

/// A period in which the deadline is paused, for example while the applicant corrects the papers.
///
/// The day on which it begins still counts, the days after it up to and including the day on which it ends don't: the
/// day of an event is never counted (Civil Code art. 201), neither the stop's nor the resumption's. So a pause that
/// begins and ends on one day moves nothing. Pauses may overlap; no day is taken out twice.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pause {
    /// When it began.
    pub from: DateTime<Utc>,
    /// When it ended; none while it lasts. One that ends before it begins takes nothing out.
    pub to: Option<DateTime<Utc>>,
    /// Why, in the words shown with each day it takes out.
    pub reason: Words,
    /// What stopped the clock.
    pub cause: PauseCause,
    /// Name of who stopped it.
    pub by: String,
    /// Name of who ended it, where somebody did.
    pub ended_by: Option<String>,
}

vocabulary! {
    /// What stops the clock. Each cause has at most one pause that lasts; pauses of different causes may overlap.
    pub enum PauseCause {
        /// The state that the case is in, as its workflow says; leaving the state ends it.
        State = "state";
        /// A decision, with a reason; only `resume` ends it.
        Decision = "decision";
    }
}

/// The last day of a deadline, and whether it is provisional.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct DueDate {
    /// The date in the hall's zone.
    pub date: NaiveDate,
    /// Close of business on that date, the end of the period (Civil Code art. 203).
    pub at: DateTime<Utc>,
    /// Whether some day from the receipt to the date lies in a year whose notice isn't published yet. Such a date is
    /// recomputed when the notice is imported and may move.
    pub provisional: bool,
}

/// Both promises of a case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Deadlines {
    /// The day that counts as the day of receipt; it isn't counted itself.
    pub receipt_day: NaiveDate,
    /// From when the applicant may come.
    pub ready_from: DueDate,
    /// By when the hall must be done.
    pub limit: DueDate,
}

/// Both promises of a case received at an instant; a pause that still lasts is counted up to `as_of`.
pub fn deadlines(
    rule: DeadlineRule,
    calendar: &Calendar,
    hours: &OfficeHours,
    received_at: DateTime<Utc>,
    pauses: &[Pause],
    as_of: DateTime<Utc>,
) -> Deadlines {
    Deadlines {
        receipt_day: hours.receipt_day(calendar, received_at),
        ready_from: due(calendar, hours, received_at, rule.ready_after, pauses, as_of),
        limit: due(calendar, hours, received_at, rule.limit_after, pauses, as_of),
    }
}

/// The date on which the given number of working days after the receipt is complete; for 0, the day of receipt.
///
/// A pause that still lasts is counted up to and including `as_of`'s date, as if it ended then.
pub fn due(
    calendar: &Calendar,
    hours: &OfficeHours,
    received_at: DateTime<Utc>,
    working_days: u32,
    pauses: &[Pause],
    as_of: DateTime<Utc>,
) -> DueDate {
    let mut date = hours.local_date(received_at);
    let mut provisional = false;
    for day in Walk::new(calendar, hours, received_at, working_days, pauses, as_of) {
        date = day.date;
        provisional |= !calendar.is_published(date.year()) || day.reason == DayReason::BeyondHorizon;
    }
    DueDate { date, at: hours.close_of_business(date), provisional }
}

/// Every day from the one on which it was received to the due date, with its running number or why it has none.
///
/// The last entry's date is the date [`due`] gives for the same arguments.
pub fn explain(
    calendar: &Calendar,
    hours: &OfficeHours,
    received_at: DateTime<Utc>,
    working_days: u32,
    pauses: &[Pause],
    as_of: DateTime<Utc>,
) -> Vec<ExplainedDay> {
    Walk::new(calendar, hours, received_at, working_days, pauses, as_of).collect()
}

/// Which working day of a case the date of an instant is: how many days have counted since the receipt, without those on
/// which the clock stood still.
pub fn counted_days(
    calendar: &Calendar,
    hours: &OfficeHours,
    received_at: DateTime<Utc>,
    pauses: &[Pause],
    at: DateTime<Utc>,
) -> u32 {
    let date = hours.local_date(at);
    let days = Walk::new(calendar, hours, received_at, u32::MAX, pauses, at).take_while(|day| day.date <= date);
    days.filter_map(|day| day.counted).last().unwrap_or(0)
}

/// The one walk over the days that dates and explanations both come from.
struct Walk<'a> {
    calendar: &'a Calendar,
    pauses: Vec<PausedDays<'a>>,
    received_on: NaiveDate,
    receipt_day: NaiveDate,
    horizon: NaiveDate,
    working_days: u32,
    counted: u32,
    next: Option<NaiveDate>,
}

/// The days a pause takes out: those after `after`, up to and including `through`. The order of the fields makes the
/// earliest pause explain a day that several take out, whatever order they were recorded in.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct PausedDays<'a> {
    after: NaiveDate,
    through: NaiveDate,
    lasts: bool,
    reason: (&'a str, &'a str),
}

impl<'a> Walk<'a> {
    fn new(
        calendar: &'a Calendar,
        hours: &OfficeHours,
        received_at: DateTime<Utc>,
        working_days: u32,
        pauses: &'a [Pause],
        as_of: DateTime<Utc>,
    ) -> Self {
        let received_on = hours.local_date(received_at);
        let paused_days = pauses.iter().map(|pause| PausedDays {
            after: hours.local_date(pause.from),
            through: hours.local_date(pause.to.unwrap_or(as_of)),
            lasts: pause.to.is_none(),
            reason: (&pause.reason.zh, &pause.reason.en),
        });
        let mut pauses: Vec<_> = paused_days.filter(|paused| paused.after < paused.through).collect();
        pauses.sort();
        Self {
            calendar,
            pauses,
            received_on,
            receipt_day: hours.receipt_day(calendar, received_at),
            horizon: horizon_from(received_on),
            working_days,
            counted: 0,
            next: Some(received_on),
        }
    }

    fn reason(&self, date: NaiveDate) -> DayReason {
        if date >= self.horizon {
            return DayReason::BeyondHorizon;
        }
        if date == self.receipt_day {
            return DayReason::ReceiptDay;
        }
        if date == self.received_on {
            return DayReason::ReceivedOutsideHours;
        }
        let published = self.calendar.is_published(date.year());
        let status = self.calendar.day(date);
        let paused = self.pauses.iter().find(|paused| paused.after < date && date <= paused.through);
        match (status, paused) {
            (DayStatus::Holiday(name), _) => DayReason::Holiday { name: name.clone() },
            (DayStatus::Weekend, _) if published => DayReason::Weekend,
            (DayStatus::Weekend, _) => DayReason::AssumedDayOff,
            (_, Some(paused)) => DayReason::Paused {
                reason: Words::new(paused.reason.0, paused.reason.1),
                from: paused.after,
                to: (!paused.lasts).then_some(paused.through),
            },
            (DayStatus::MakeUpWorkday(name), None) => DayReason::MakeUpWorkday { name: name.clone() },
            (DayStatus::Weekday, None) if published => DayReason::WorkingDay,
            (DayStatus::Weekday, None) => DayReason::AssumedWorkingDay,
        }
    }
}

impl Iterator for Walk<'_> {
    type Item = ExplainedDay;

    fn next(&mut self) -> Option<ExplainedDay> {
        let date = self.next.take()?;
        let reason = self.reason(date);
        let counts =
            matches!(reason, DayReason::WorkingDay | DayReason::MakeUpWorkday { .. } | DayReason::AssumedWorkingDay);
        self.counted += u32::from(counts);
        let complete = date >= self.receipt_day && self.counted >= self.working_days;
        if !complete && date < self.horizon {
            self.next = date.succ_opt();
        }
        Some(ExplainedDay { date, counted: counts.then_some(self.counted), reason })
    }
}

fn horizon_from(date: NaiveDate) -> NaiveDate {
    date.checked_add_days(Days::new(u64::from(HORIZON_DAYS))).unwrap_or(NaiveDate::MAX)
}

/// chrono can hold instants that no zone can express; asking for their local time would panic.
fn within_four_digit_years(instant: DateTime<Utc>) -> DateTime<Utc> {
    const FIRST: i64 = -62_135_596_800; // 0001-01-01T00:00:00Z
    const LAST: i64 = 253_402_300_799; // 9999-12-31T23:59:59Z
    match instant.timestamp() {
        seconds if seconds < FIRST => DateTime::from_timestamp(FIRST, 0).unwrap_or(instant),
        seconds if seconds > LAST => DateTime::from_timestamp(LAST, 0).unwrap_or(instant),
        _ => instant,
    }
}
