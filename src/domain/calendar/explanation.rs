//! How a date was counted: day by day, and in one sentence for lists and for people on the telephone.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::domain::base::words::Words;

/// One day of an explanation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExplainedDay {
    /// The date in the hall's zone.
    pub date: NaiveDate,
    /// Which working day it is, from 1; none when it doesn't count.
    pub counted: Option<u32>,
    /// Why it counts or not.
    pub reason: DayReason,
}

/// Why a day counts or not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "code", rename_all = "snake_case")]
pub enum DayReason {
    /// Received at or after closing or on a day off, and so received on the next working day by the hall's policy.
    ReceivedOutsideHours,
    /// The day that counts as the day of receipt: not counted.
    ReceiptDay,
    /// An ordinary working day: counted.
    WorkingDay,
    /// A weekend day worked to make up for a holiday: counted.
    MakeUpWorkday {
        /// That holiday.
        name: Words,
    },
    /// A Saturday or Sunday: not counted.
    Weekend,
    /// A public holiday: not counted.
    Holiday {
        /// Its name.
        name: Words,
    },
    /// It would be a working day but the clock stood still: not counted.
    Paused {
        /// Why, as recorded with the pause.
        reason: Words,
        /// The day on which the pause began.
        from: NaiveDate,
        /// The last day it takes out; none while it lasts.
        to: Option<NaiveDate>,
    },
    /// Monday to Friday of a year without a notice: counted, but may turn out to be a holiday.
    AssumedWorkingDay,
    /// A weekend day of a year without a notice: not counted, but may turn out to be worked.
    AssumedDayOff,
    /// Here the count was given up, a century after the receipt: not counted.
    BeyondHorizon,
}

impl DayReason {
    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::ReceivedOutsideHours => "received_outside_hours",
            Self::ReceiptDay => "receipt_day",
            Self::WorkingDay => "working_day",
            Self::MakeUpWorkday { .. } => "make_up_workday",
            Self::Weekend => "weekend",
            Self::Holiday { .. } => "holiday",
            Self::Paused { .. } => "paused",
            Self::AssumedWorkingDay => "assumed_working_day",
            Self::AssumedDayOff => "assumed_day_off",
            Self::BeyondHorizon => "beyond_horizon",
        }
    }

    /// Whether a notice names the day.
    pub fn is_by_notice(&self) -> bool {
        matches!(self, Self::Holiday { .. } | Self::MakeUpWorkday { .. })
    }

    /// Words for the supervisor and the applicant.
    pub fn words(&self) -> Words {
        match self {
            Self::ReceivedOutsideHours => Words::new(
                "非工作时间收到，视为下一工作日收到",
                "received outside business hours, counts as received on the next working day",
            ),
            Self::ReceiptDay => Words::new("收到申请之日，不计入", "day of receipt, not counted"),
            Self::WorkingDay => Words::new("工作日", "working day"),
            Self::MakeUpWorkday { name } => {
                Words::new(format!("{}调休上班", name.zh), format!("working day made up for {}", name.en))
            }
            Self::Weekend => Words::new("周末", "weekend"),
            Self::Holiday { name } => Words::new(format!("{}放假", name.zh), format!("holiday: {}", name.en)),
            Self::Paused { reason, from, to } => match to {
                Some(to) => Words::new(
                    format!("暂停计时（{from}至{to}）：{}", reason.zh),
                    format!("clock paused from {from} to {to}: {}", reason.en),
                ),
                None => Words::new(
                    format!("暂停计时（自{from}）：{}", reason.zh),
                    format!("clock paused since {from}: {}", reason.en),
                ),
            },
            Self::AssumedWorkingDay => Words::new(
                "当年放假安排尚未公布，暂按工作日计",
                "assumed a working day, as the year's notice is not published yet",
            ),
            Self::AssumedDayOff => Words::new(
                "当年放假安排尚未公布，暂按周末计",
                "assumed a day off, as the year's notice is not published yet",
            ),
            Self::BeyondHorizon => {
                Words::new("计算超出一百年，到此为止", "the count was given up a century after the receipt")
            }
        }
    }
}

/// How a date was counted: from the day of receipt to the limit, and what lies between.
///
/// `days` is what [`explain`](super::deadline::explain) gives; of no days nothing is said.
pub fn sentence(days: &[ExplainedDay]) -> Words {
    let (Some(first), Some(last)) = (days.first(), days.last()) else { return Words::new("", "") };
    let counted = days.iter().filter_map(|day| day.counted).max().unwrap_or(0);
    let mut weekend = 0;
    let mut outside = false;
    let mut assumed = false;
    let mut holidays: BTreeMap<(&str, &str), u32> = BTreeMap::new();
    let mut paused: BTreeMap<(&str, &str), u32> = BTreeMap::new();
    let mut made_up: BTreeMap<(&str, &str), u32> = BTreeMap::new();
    let mut given_up = false;
    for day in days {
        match &day.reason {
            DayReason::Weekend => weekend += 1,
            DayReason::Holiday { name } => *holidays.entry((&name.zh, &name.en)).or_default() += 1,
            DayReason::Paused { reason, .. } => *paused.entry((&reason.zh, &reason.en)).or_default() += 1,
            DayReason::MakeUpWorkday { name } => *made_up.entry((&name.zh, &name.en)).or_default() += 1,
            DayReason::ReceivedOutsideHours => outside = true,
            DayReason::AssumedDayOff => {
                weekend += 1;
                assumed = true;
            }
            DayReason::AssumedWorkingDay => assumed = true,
            DayReason::BeyondHorizon => given_up = true,
            DayReason::ReceiptDay | DayReason::WorkingDay => {}
        }
    }
    let mut zh = format!("{}收到，当日不计，", first.date);
    let mut en = format!("Received on {}, a day that isn't counted; ", first.date);
    if outside {
        zh = format!("{}非工作时间收到，视为下一工作日收到，", first.date);
        en = format!("Received outside business hours on {}, as if on the next working day; ", first.date);
    }
    zh += &format!("第{counted}个工作日为{}", last.date);
    en += &format!("working day {counted} is {}", last.date);
    let mut skipped_zh = Vec::new();
    let mut skipped_en = Vec::new();
    for ((name_zh, name_en), days) in &holidays {
        skipped_zh.push(format!("{name_zh}放假{days}天"));
        skipped_en.push(format!("{days} of {name_en}"));
    }
    if weekend > 0 {
        skipped_zh.push(format!("周末{weekend}天"));
        skipped_en.push(format!("{weekend} of weekends"));
    }
    for ((reason_zh, reason_en), days) in &paused {
        skipped_zh.push(format!("暂停计时{days}个工作日（{reason_zh}）"));
        skipped_en.push(format!("{days} paused ({reason_en})"));
    }
    if !skipped_zh.is_empty() {
        zh += &format!("；不计{}", skipped_zh.join("、"));
        en += &format!("; days not counted: {}", skipped_en.join(", "));
    }
    for ((name_zh, name_en), days) in &made_up {
        zh += &format!("；含{name_zh}调休上班{days}天");
        en += &format!("; {days} made up for {name_en} counted");
    }
    if assumed {
        zh += "；其中有年份的放假安排尚未公布，日期暂定";
        en += "; a year's holidays aren't published yet, so the date is provisional";
    }
    if given_up {
        zh += "；计算超出一百年，到此为止";
        en += "; the count was given up after a century";
    }
    Words::new(zh + "。", en + ".")
}
