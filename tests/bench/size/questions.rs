//! What supervisors ask: the board, and reports of a month and of a year.

use std::time::{Duration, Instant};

use casehall::domain::report::{By, QueryDraft, ReportName};
use casehall::domain::role::Role;
use casehall::service::Service;
use casehall::service::reports::ReportPage;

use crate::Figure;
use crate::templates::caller;

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

fn figure(what: String, mut took: Vec<Duration>) -> Figure {
    took.sort();
    let at = |percent: usize| took[(took.len() * percent).div_ceil(100).saturating_sub(1)];
    Figure { what, p50: at(50), p95: at(95) }
}
