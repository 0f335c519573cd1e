//! What it costs whoever writes that cases can be listed in several orders: the same saves with the indexes of the orders and without.

use std::time::Instant;

use crate::Figure;
use crate::questions::figure;

/// Cases that one transaction saves, spread over all there are.
const SAVED: u32 = 100;

/// The indexes that only orders need: by name, and by columns.
const INDEXES: [(&str, &str); 3] = [
    ("cases_by_opening", "(opened_at, id)"),
    ("cases_by_change", "(updated_at, id)"),
    ("cases_not_ended", "(id) WHERE closed_at IS NULL"),
];

/// Saves with all of them, without the one by change, and without any.
pub(crate) fn of_orders(is_postgres: bool, times: usize, run: &mut impl FnMut(&str)) -> Vec<Figure> {
    let mut figures = Vec::new();
    let mut saved = |what: &str, run: &mut dyn FnMut(&str)| {
        let mut took = Vec::new();
        for time in 0..times {
            let save = save(is_postgres, time);
            let began = Instant::now();
            run(&save);
            took.push(began.elapsed());
        }
        figures.push(figure(format!("{SAVED} cases saved in a transaction, {what}"), took));
    };
    saved("once to warm up", run);
    saved("with all orders", run);
    run("DROP INDEX cases_by_change");
    saved("without the order by change", run);
    run("DROP INDEX cases_by_opening; DROP INDEX cases_not_ended");
    saved("without any order", run);
    let began = Instant::now();
    for (name, columns) in INDEXES {
        run(&format!("CREATE INDEX {name} ON cases {columns}"));
    }
    figures.push(figure("the three indexes made anew".to_owned(), vec![began.elapsed()]));
    saved("with all orders again", run);
    figures
}

/// What a save changes of the columns that are indexed: when it was, and nothing else.
fn save(is_postgres: bool, time: usize) -> String {
    let now = if is_postgres {
        format!("now() + interval '{time} seconds'")
    } else {
        format!("datetime('now', '+{time} seconds')")
    };
    let picked = format!(
        "SELECT id FROM cases WHERE id >= (SELECT id FROM cases ORDER BY id LIMIT 1 OFFSET {}) ORDER BY id LIMIT {SAVED}",
        time * 211
    );
    format!("BEGIN; UPDATE cases SET updated_at = {now}, version = version + 1 WHERE id IN ({picked}); COMMIT")
}
