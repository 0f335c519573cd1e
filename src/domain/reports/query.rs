//! The parameters of a report, validated all at once.

use chrono::{Datelike, Days, Months, NaiveDate};

use crate::domain::base::vocabulary::vocabulary;
use crate::domain::base::words::{Fault, Words};
use crate::domain::money::window::window_of_before;

vocabulary! {
    /// The reports.
    pub enum ReportName {
        /// What was opened, made, handed over and ended.
        Throughput = "throughput";
        /// How long steps took.
        CycleTimes = "cycle_times";
        /// How old open cases were at the end of the period.
        Ageing = "ageing";
        /// What is overdue now, and where its time went.
        Overdue = "overdue";
        /// First-pass rate and notices.
        Quality = "quality";
        /// What notices named, the most frequent first.
        Defects = "defects";
        /// Certificates that wait to be collected now.
        Uncollected = "uncollected";
        /// Who did what, and has what to do.
        People = "people";
        /// What was taken, cancelled, given back and waived.
        CashUp = "cash_up";
        /// The same, entry by entry.
        CashUpEntries = "cash_up_entries";
    }
}

impl ReportName {
    /// Whether it shows single cases, as they are now, a page at a time.
    pub fn lists_cases(self) -> bool {
        matches!(self, Self::Overdue | Self::Uncollected)
    }

    /// Whether it names single cases, which not everybody who sees sums may see.
    pub fn names_cases(self) -> bool {
        self.lists_cases() || self == Self::CashUpEntries
    }

    /// Whether it is about money, and can be asked about one window.
    pub fn is_of_money(self) -> bool {
        matches!(self, Self::CashUp | Self::CashUpEntries)
    }

    /// Whether it can be asked about one person.
    pub fn knows_persons(self) -> bool {
        self != Self::Ageing
    }

    /// How it is grouped by time where nothing else is asked; none where it isn't.
    pub fn usual_group(self) -> Option<By> {
        match self {
            Self::Throughput => Some(By::Day),
            Self::Quality => Some(By::Week),
            _ => None,
        }
    }

    /// How it can be grouped.
    pub fn groups(self) -> &'static [By] {
        match self {
            Self::Throughput | Self::Quality => &By::ALL,
            Self::CycleTimes => &[By::Outlet, By::CaseType, By::Person],
            Self::CashUp => &[By::Day, By::Week, By::Month, By::Period, By::Person],
            _ => &[],
        }
    }
}

vocabulary! {
    /// A way to group, as it is asked for.
    pub enum By {
        /// By days.
        Day = "day";
        /// By weeks, from Monday.
        Week = "week";
        /// By months.
        Month = "month";
        /// The whole period at once.
        Period = "period";
        /// By outlets.
        Outlet = "outlet";
        /// By case types.
        CaseType = "case_type";
        /// By who did it.
        Person = "person";
    }
}

impl By {
    fn unit(self) -> Option<Unit> {
        match self {
            Self::Day => Some(Unit::Day),
            Self::Week => Some(Unit::Week),
            Self::Month => Some(Unit::Month),
            Self::Period => Some(Unit::Period),
            _ => None,
        }
    }

    /// Of what, where it isn't by time.
    pub fn dimension(self) -> Option<Dimension> {
        match self {
            Self::Outlet => Some(Dimension::Outlet),
            Self::CaseType => Some(Dimension::CaseType),
            Self::Person => Some(Dimension::Person),
            _ => None,
        }
    }
}

/// The length of time of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// A day.
    Day,
    /// A week, from Monday (ISO 8601).
    Week,
    /// A month.
    Month,
    /// The whole period.
    Period,
}

/// What a row is of, besides its time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dimension {
    /// An outlet.
    Outlet,
    /// A case type.
    CaseType,
    /// Who did it.
    Person,
}

/// Days, both included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Period {
    /// The first.
    pub from: NaiveDate,
    /// The last.
    pub to: NaiveDate,
}

impl Period {
    /// The last so many days, today included.
    pub fn last(days: u64, today: NaiveDate) -> Self {
        let from = today.checked_sub_days(Days::new(days.saturating_sub(1))).unwrap_or(today);
        Self { from, to: today }
    }

    /// The part of it that a day belongs to.
    pub fn part(&self, unit: Unit, day: NaiveDate) -> Period {
        let (first, last) = match unit {
            Unit::Day => (day, day),
            Unit::Week => {
                let week = day.week(chrono::Weekday::Mon);
                (week.checked_first_day().unwrap_or(NaiveDate::MIN), week.checked_last_day().unwrap_or(NaiveDate::MAX))
            }
            Unit::Month => {
                let first = day.with_day(1).unwrap_or(day);
                let next = first.checked_add_months(Months::new(1));
                (first, next.and_then(|next| next.pred_opt()).unwrap_or(NaiveDate::MAX))
            }
            Unit::Period => (self.from, self.to),
        };
        Self { from: first.max(self.from), to: last.min(self.to) }
    }

    /// Its parts in order.
    pub fn parts(&self, unit: Unit) -> impl Iterator<Item = Period> {
        let whole = *self;
        let first = (whole.from <= whole.to).then(|| whole.part(unit, whole.from));
        std::iter::successors(first, move |part| {
            let next = part.to.succ_opt().filter(|next| *next <= whole.to)?;
            Some(whole.part(unit, next))
        })
    }
}

/// The parameters as received.
#[derive(Debug, Clone, Default)]
pub struct QueryDraft {
    /// The first day.
    pub from: Option<NaiveDate>,
    /// The last day.
    pub to: Option<NaiveDate>,
    /// Of one outlet.
    pub outlet: Option<String>,
    /// Of one case type.
    pub case_type: Option<String>,
    /// Of one person.
    pub person: Option<String>,
    /// Of one window.
    pub window: Option<String>,
    /// How to group.
    pub by: Vec<By>,
}

/// The validated parameters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Query {
    /// Which days.
    pub period: Period,
    /// Of one outlet.
    pub outlet: Option<String>,
    /// Of one case type.
    pub case_type: Option<String>,
    /// Of one person: who did it; of open cases, whose they are.
    pub person: Option<String>,
    /// Of one window, where money is reported.
    pub window: Option<String>,
    /// The time of a row, where rows have one.
    pub unit: Option<Unit>,
    /// What a row is of, besides.
    pub of: Option<Dimension>,
}

/// The longest period, in years.
const MOST_YEARS: u32 = 10;
/// The longest period of a list of entries, in days.
const MOST_ENTRY_DAYS: i64 = 92;
/// The days that are reported where none are named; of money, one.
const DAYS: u64 = 30;

impl Query {
    /// Checks what is asked of a report today.
    ///
    /// # Errors
    /// Every fault.
    pub fn checked(
        name: ReportName,
        draft: QueryDraft,
        today: NaiveDate,
        outlets: &[&str],
        case_types: &[&str],
    ) -> Result<Self, Vec<Fault>> {
        let mut faults = Vec::new();
        let period = period(name, &draft, today, &mut faults);
        let known = |at: &str, asked: &Option<String>, known: &[&str], faults: &mut Vec<Fault>| {
            if asked.as_ref().is_some_and(|asked| !known.contains(&asked.as_str())) {
                faults.push(not_one_of(at, known));
            }
        };
        known("/outlet", &draft.outlet, outlets, &mut faults);
        known("/case_type", &draft.case_type, case_types, &mut faults);
        if draft.person.is_some() && !name.knows_persons() {
            faults.push(unexpected("/person", "该报表不按人员统计", "this report can't be filtered by person"));
        }
        if draft.window.is_some() && !name.is_of_money() {
            faults.push(unexpected("/window", "该报表不按窗口统计", "this report can't be filtered by window"));
        }
        let window = draft.window.as_deref().and_then(window_of_before);
        if draft.window.is_some() && window.is_none() {
            let words = Words::new("须为窗口的名称", "must be the name of a window");
            faults.push(Fault::new("/window", "bad_text", words));
        }
        let (mut unit, mut of) = (None, None);
        for (index, by) in draft.by.iter().enumerate() {
            let at = format!("/by/{index}");
            let fresh = match (by.unit(), by.dimension()) {
                (Some(asked), _) => unit.replace(asked).is_none(),
                (None, asked) => of.replace(asked).is_none(),
            };
            if !name.groups().contains(by) {
                let codes: Vec<&str> = name.groups().iter().map(|by| by.code()).collect();
                faults.push(not_one_of(&at, &codes));
            } else if !fresh {
                let en = "give at most one unit of time and one of outlet, case_type and person";
                faults.push(Fault::new(at, "contradiction", Words::new("时间与对象各至多选一种", en)));
            }
        }
        if !faults.is_empty() {
            return Err(faults);
        }
        let default = name.usual_group().and_then(By::unit);
        let QueryDraft { outlet, case_type, person, .. } = draft;
        Ok(Self { period, outlet, case_type, person, window, unit: unit.or(default), of: of.flatten() })
    }
}

fn period(name: ReportName, draft: &QueryDraft, today: NaiveDate, faults: &mut Vec<Fault>) -> Period {
    if name.lists_cases() {
        for (at, given) in [("/from", draft.from), ("/to", draft.to)] {
            if given.is_some() {
                faults.push(unexpected(
                    at,
                    "该报表只说明当前情况",
                    "this report shows the current situation and takes no period",
                ));
            }
        }
        return Period { from: today, to: today };
    }
    let to = draft.to.unwrap_or(today);
    let days = if name.is_of_money() { 1 } else { DAYS };
    let from = draft.from.unwrap_or_else(|| Period::last(days, to.min(today)).from);
    let four_digits = |day: NaiveDate| (1..=9999).contains(&day.year());
    for (at, day) in [("/from", from), ("/to", to)] {
        if !four_digits(day) {
            let words = Words::new("年份须在1至9999之间", "the year must be between 1 and 9999");
            faults.push(Fault::new(at, "out_of_range", words));
        }
    }
    if to > today {
        let words = Words::new(format!("不得晚于今天（{today}）"), format!("must not be later than today, {today}"));
        faults.push(Fault::new("/to", "out_of_range", words));
    }
    if from > to {
        let words = Words::new("起始日期不得晚于截止日期", "must not be later than the last day");
        faults.push(Fault::new("/from", "out_of_range", words));
    } else if from.checked_add_months(Months::new(12 * MOST_YEARS)).is_some_and(|end| end <= to) {
        let words =
            Words::new(format!("统计期最长{MOST_YEARS}年"), format!("a period may have at most {MOST_YEARS} years"));
        faults.push(Fault::new("/from", "out_of_range", words));
    } else if name == ReportName::CashUpEntries && (to - from).num_days() >= MOST_ENTRY_DAYS {
        let words = Words::new(
            format!("明细最长{MOST_ENTRY_DAYS}天"),
            format!("a list of entries may cover at most {MOST_ENTRY_DAYS} days"),
        );
        faults.push(Fault::new("/from", "out_of_range", words));
    }
    Period { from, to }
}

fn unexpected(at: &str, zh: &str, en: &str) -> Fault {
    Fault::new(at, "unexpected_field", Words::new(zh, en))
}

fn not_one_of(at: &str, known: &[&str]) -> Fault {
    let words = match known {
        [] => Words::new("此处不接受该参数", "not accepted by this report"),
        _ => Words::new(format!("可选：{}", known.join("、")), format!("must be one of {}", known.join(", "))),
    };
    Fault::new(at, "not_one_of", words)
}
