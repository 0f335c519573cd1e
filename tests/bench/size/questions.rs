//! What clerks and supervisors ask all day: work lists, lists of cases, the board, and reports of a month and of a year.

use std::time::{Duration, Instant};

use crate::Figure;
use crate::templates::caller;
use casehall::domain::accounts::role::Role;
use casehall::domain::calendar::span::Span;
use casehall::domain::cases::worklist::WorkList;
use casehall::domain::reports::query::{By, QueryDraft, ReportName};
use casehall::service::Service;
use casehall::service::cases::case::{CaseFilter, CaseOrder, CasePage};
use casehall::service::reports::report::ReportPage;
use chrono::TimeDelta;

/// The counts, and each work list: its first page, and those after it.
pub(crate) async fn of_workers(service: &Service, times: usize) -> Vec<Figure> {
    let everyone = caller(&[Role::Clerk, Role::Producer, Role::Supervisor]);
    let mut figures = Vec::new();
    for (of, outlet) in [("the hall", None), ("an outlet", Some("guangzhou-center"))] {
        let outlet = outlet.map(str::to_owned);
        let mut took = Vec::new();
        for _ in 0..times {
            let began = Instant::now();
            service.work_lists(&everyone, outlet.clone()).await.unwrap();
            took.push(began.elapsed());
        }
        figures.push(figure(format!("the counts of all work lists of {of}"), took));
        for list in WorkList::ALL {
            let (mut first, mut following, mut after) = (Vec::new(), Vec::new(), None);
            for _ in 0..times {
                let began = Instant::now();
                let page = service.work_list(&everyone, list, outlet.clone(), after, 50).await.unwrap();
                if after.is_none() { &mut first } else { &mut following }.push(began.elapsed());
                after = page.next;
            }
            for _ in 0..times {
                let began = Instant::now();
                service.work_list(&everyone, list, outlet.clone(), None, 50).await.unwrap();
                first.push(began.elapsed());
            }
            figures.push(figure(format!("{} of {of}, first page", list.code()), first));
            if !following.is_empty() {
                figures.push(figure(format!("{} of {of}, pages after it", list.code()), following));
            }
        }
    }
    figures.extend(of_seekers(service, times).await);
    figures
}

/// Lists of cases by what they are looked for by.
pub(crate) async fn of_seekers(service: &Service, times: usize) -> Vec<Figure> {
    let everyone = caller(&[Role::Clerk, Role::Producer, Role::Supervisor]);
    let now = service.now();
    let state = |state: &str| CaseFilter { states: vec![state.to_owned()], ..CaseFilter::default() };
    let filters = [
        ("newest", CaseFilter::default()),
        ("of an outlet", CaseFilter { outlets: vec!["guangzhou-center".to_owned()], ..CaseFilter::default() }),
        ("in a state", state("submitted")),
        ("in a state of an outlet", CaseFilter { outlets: vec!["guangzhou-center".to_owned()], ..state("withdrawn") }),
        ("open", CaseFilter { closed: Some(false), ..CaseFilter::default() }),
        ("ended", CaseFilter { closed: Some(true), ..CaseFilter::default() }),
        ("overdue", CaseFilter { overdue: Some((true, now)), ..CaseFilter::default() }),
        ("of a case type", CaseFilter { case_types: vec!["new-certificate".to_owned()], ..CaseFilter::default() }),
        ("of no case type", CaseFilter { case_types: vec!["add-application".to_owned()], ..CaseFilter::default() }),
    ];
    let open = || CaseFilter { closed: Some(false), ..CaseFilter::default() };
    let on = |opened: Span| CaseFilter { opened, ..CaseFilter::default() };
    let days = |from: i64, days: i64| {
        let from = now - TimeDelta::days(from);
        Span { from: Some(from), before: Some(from + TimeDelta::days(days)) }
    };
    let two = ["submitted", "withdrawn"].map(str::to_owned).to_vec();
    let sorted = [
        ("the oldest", CaseFilter::default(), CaseOrder::EarliestOpened),
        ("open, the oldest first", open(), CaseOrder::EarliestOpened),
        ("by limit", CaseFilter::default(), CaseOrder::EarliestLimit),
        ("open, by limit", open(), CaseOrder::EarliestLimit),
        ("changed last", CaseFilter::default(), CaseOrder::LatestChanged),
        ("in two states", CaseFilter { states: two.clone(), ..CaseFilter::default() }, CaseOrder::NewestFirst),
        ("in two states, changed last", CaseFilter { states: two, ..CaseFilter::default() }, CaseOrder::LatestChanged),
        ("opened on a day", on(days(400, 1)), CaseOrder::NewestFirst),
        ("opened in a year", on(days(800, 365)), CaseOrder::EarliestOpened),
        ("ended in a year", CaseFilter { closed_in: days(800, 365), ..CaseFilter::default() }, CaseOrder::NewestFirst),
        ("open, longest unchanged", open(), CaseOrder::LongestUnchanged),
    ];
    let newest = filters.map(|(what, filter)| (what, filter, CaseOrder::NewestFirst));
    let mut figures = Vec::new();
    for (what, filter, order) in newest.into_iter().chain(sorted) {
        // The first page, and those after it.
        let (mut took, mut found, mut after) = (Vec::new(), 0, None);
        for _ in 0..times {
            let began = Instant::now();
            let page = CasePage { order, after, limit: 50 };
            let listing = service.list_cases(&everyone, filter.clone(), page).await.unwrap();
            took.push(began.elapsed());
            (found, after) = (found + listing.cases.len(), listing.next);
        }
        figures.push(figure(format!("cases: {what} ({found} met)"), took));
    }
    figures
}

/// Sums all days that are over, as an upgrade does once.
pub(crate) async fn days_counted(service: &Service) -> Figure {
    let (began, mut days) = (Instant::now(), 0);
    loop {
        match service.count_days().await.unwrap() {
            0 => break,
            some => days += some,
        }
    }
    let what = format!("all {days} days that are over summed for reports, once");
    figure(what, vec![began.elapsed()])
}

/// The board, and the reports, each so many times; those of a year less often.
pub(crate) async fn of_supervisors(service: &Service, times: usize) -> Vec<Figure> {
    let supervisor = caller(&[Role::Supervisor]);
    let mut figures = Vec::new();
    for (what, outlet) in [("the board of the hall", None), ("the board of an outlet", Some("guangzhou-center"))] {
        let mut took = Vec::new();
        for _ in 0..times {
            let began = Instant::now();
            service.board(&supervisor, outlet.map(str::to_owned)).await.unwrap();
            took.push(began.elapsed());
        }
        figures.push(figure(what.to_owned(), took));
    }
    for (name, by) in [
        (ReportName::Throughput, vec![By::Week]),
        (ReportName::CycleTimes, vec![]),
        (ReportName::Quality, vec![]),
        (ReportName::People, vec![]),
        (ReportName::Defects, vec![]),
        (ReportName::Ageing, vec![]),
        (ReportName::Overdue, vec![]),
        (ReportName::Uncollected, vec![]),
    ] {
        for (period, from, times) in [("a month", "2026-02-16", times), ("a year", "2025-03-18", times.min(5))] {
            let dates = !name.lists_cases();
            if !dates && period == "a year" {
                continue;
            }
            let date = |text: &str| dates.then(|| text.parse().unwrap());
            let mut took = Vec::new();
            for _ in 0..times {
                let (from, to) = (date(from), date("2026-03-17"));
                let draft = QueryDraft { from, to, by: by.clone(), ..QueryDraft::default() };
                let query = service.check_report(name, draft).unwrap_or_else(|faults| panic!("{faults:?}"));
                let began = Instant::now();
                let page = ReportPage { after: None, limit: 200 };
                service.read_report(&supervisor, name, query, page).await.unwrap();
                took.push(began.elapsed());
            }
            let period = if dates { format!(" of {period}") } else { String::new() };
            figures.push(figure(format!("{}{period}", name.code()), took));
        }
    }
    figures
}

pub(crate) fn figure(what: String, mut took: Vec<Duration>) -> Figure {
    took.sort();
    let at = |percent: usize| took[(took.len() * percent).div_ceil(100).saturating_sub(1)];
    Figure { what, p50: at(50), p95: at(95) }
}
