//! Quality of the papers and of the hall's own notices: first-pass rate, second notices, and what notices name.

use std::collections::BTreeMap;

use super::query::{Dimension, Query, Unit};
use super::report::{Names, Noted, codes, column, date, group_cells, group_columns, share, text};
use super::tally::{DayTally, Tally, sums};
use crate::domain::base::table::{Cell, Column, ColumnKind};
use crate::domain::base::words::Words;

/// Things of one sort that notices named.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DefectCount {
    /// Code of the case type.
    pub case_type: String,
    /// Code of the document.
    pub document: String,
    /// What was missing: the code of a [`Lack`](crate::domain::cases::materials::checklist::Lack).
    pub defect: String,
    /// How often.
    pub count: i64,
    /// Of these, on second and later notices.
    pub again: i64,
}

/// What its columns hold, grouped so.
pub fn columns(of: Option<Dimension>) -> Vec<Column> {
    use ColumnKind::{Date, Integer, Percent};
    let mut columns = vec![column("from", Date, "自", "From"), column("to", Date, "至", "To")];
    columns.extend(group_columns(of));
    columns.extend([
        column("accepted", Integer, "材料核验通过", "Materials accepted"),
        column("first_pass", Integer, "其中一次通过", "At first pass"),
        column("first_pass_rate", Percent, "一次通过率", "First-pass rate"),
        column("notices", Integer, "一次性告知", "One-time notices"),
        column("second_notices", Integer, "其中二次及以上告知", "Second and later notices"),
        column("overlooked", Integer, "其中前次应告知而未告知", "Naming rows accepted earlier"),
    ]);
    columns
}

/// First-pass rate and notices.
pub fn table(query: &Query, days: &[DayTally], names: &Names<'_>) -> Noted {
    let columns = columns(query.of);
    let row = |(part, key, tally): (super::query::Period, String, Tally)| {
        let mut row = vec![date(part.from), date(part.to)];
        row.extend(group_cells(query.of, &key, names));
        row.extend([
            Cell::Integer(tally.accepted),
            Cell::Integer(tally.first_pass),
            share(tally.first_pass, tally.accepted),
            Cell::Integer(tally.notices),
            Cell::Integer(tally.second_notices),
            Cell::Integer(tally.overlooked),
        ]);
        row
    };
    let rows = sums(query.period, query.unit.unwrap_or(Unit::Period), query.of.is_some(), days);
    let rows = rows.into_iter().map(row).collect();
    Noted::new("材料质量", "Quality", columns, rows, Vec::new())
}

/// The sorts of defects that have a column.
const SORTS: [(&str, &str, &str); 6] = [
    ("not_present", "未提交", "Not presented"),
    ("copies_missing", "缺份数", "Copies missing"),
    ("copies_unstamped", "未盖章", "Copies unstamped"),
    ("original_not_sighted", "未核原件", "Original not seen"),
    ("original_not_presented", "未交原件", "Original not presented"),
    ("defective", "不合格", "Not acceptable"),
];

/// What people call a sort of defects, by its code; none of an unknown code.
pub fn sort_words(code: &str) -> Option<Words> {
    SORTS.iter().find(|(known, ..)| *known == code).map(|(_, zh, en)| Words::new(*zh, *en))
}

/// What its columns hold.
pub fn defect_columns() -> Vec<Column> {
    use ColumnKind::{Integer, Percent, Text};
    let mut columns = vec![
        codes("case_type", "事项代码", "Case type code"),
        column("case_type_name", Text, "事项", "Case type"),
        codes("document", "材料代码", "Document code"),
        column("name", Text, "材料", "Document"),
        column("defects", Integer, "材料问题数", "Defects"),
        column("share", Percent, "占比", "Share"),
        column("cumulative_share", Percent, "累计占比", "Cumulative share"),
        column("on_second_notices", Integer, "其中二次及以上告知", "On second and later notices"),
    ];
    columns.extend(SORTS.map(|(code, zh, en)| column(code, Integer, zh, en)));
    columns
}

/// What notices named by document, the most frequent first, with the share of all up to it (Pareto).
pub fn defects(counts: &[DefectCount], names: &Names<'_>) -> Noted {
    let columns = defect_columns();
    let mut documents: BTreeMap<(&str, &str), Vec<&DefectCount>> = BTreeMap::new();
    for count in counts {
        documents.entry((&count.case_type, &count.document)).or_default().push(count);
    }
    let sum = |counts: &[&DefectCount]| counts.iter().map(|count| count.count).sum::<i64>();
    let mut ordered: Vec<_> = documents.into_iter().collect();
    // Stable: those as frequent as one another stay in the order of their codes.
    ordered.sort_by_key(|(_, counts)| std::cmp::Reverse(sum(counts)));
    let whole: i64 = ordered.iter().map(|(_, counts)| sum(counts)).sum();
    let mut so_far = 0;
    let rows = ordered.into_iter().map(|((case_type, document), counts)| {
        let count = sum(&counts);
        so_far += count;
        let of_sort = |sort: &str| counts.iter().filter(|count| count.defect == sort).map(|count| count.count).sum();
        let mut row = vec![
            text(case_type),
            names.case_type(case_type),
            text(document),
            names.document(case_type, document),
            Cell::Integer(count),
            share(count, whole),
            share(so_far, whole),
            Cell::Integer(counts.iter().map(|count| count.again).sum()),
        ];
        row.extend(SORTS.map(|(sort, _, _)| Cell::Integer(of_sort(sort))));
        row
    });
    let rows = rows.collect();
    Noted::new("材料问题排行", "Defects by document", columns, rows, Vec::new())
}
