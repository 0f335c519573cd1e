//! Many cases from few: the templates' rows again under new keys, by the database itself.

/// How many copies are made of the templates that are open, and of those that have ended.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Copies {
    pub(crate) open: u64,
    pub(crate) ended: u64,
    /// Open ones that a sweep has to look at; the others' time comes later.
    pub(crate) due: u64,
}

/// Columns that every copy has from its template.
const SAME: &str = "case_type, edition, workflow, workflow_edition, state, version, outlet, organization_code, \
                    organization_name, certificate_serial, opened_by, client_id, opened_at, updated_at, closed_at, \
                    ready_from, limit_at, paused_since, provisional, work_by, queue, assignee, assignee_name, \
                    uncollected_since, ledger";

/// The statements that make the copies. `templates` is how many rows there are of each kind before.
pub(crate) fn statements(postgres: bool, copies: Copies, open_templates: u64, ended_templates: u64) -> Vec<String> {
    let insert = |kind: &str, templates: u64, wanted: u64, first: u64, due: u64| {
        // The key is that of the time, as a UUIDv7 is: new rows stand at the end.
        let (series, id, number, later) = if postgres {
            (
                format!("generate_series({first}, {}) AS series(i)", first + wanted / templates - 1),
                "lpad(to_hex(27000000 + i), 8, '0') || '-' || lpad(to_hex(t.n), 4, '0') || '-7000-8000-000000000000'",
                "'9' || lpad((t.n * 100000000 + i)::text, 12, '0')",
                "TIMESTAMP '2026-03-19 00:00:00' + (i % 100000) * INTERVAL '1 second'",
            )
        } else {
            (
                format!(
                    "(WITH RECURSIVE s(i) AS (SELECT {first} UNION ALL SELECT i + 1 FROM s WHERE i < {}) SELECT i FROM s) AS series",
                    first + wanted / templates - 1
                ),
                "printf('%08x-%04x-7000-8000-000000000000', 27000000 + i, t.n)",
                "printf('9%012d', t.n * 100000000 + i)",
                "datetime('2026-03-19 00:00:00', '+' || (i % 100000) || ' seconds')",
            )
        };
        let every = (wanted / due.max(1)).max(1);
        let look_at = format!(
            "CASE WHEN t.look_at IS NULL THEN NULL WHEN (i - {first}) % {every} = 0 THEN t.look_at ELSE {later} END"
        );
        format!(
            "INSERT INTO cases (id, acceptance_number, {SAME}, look_at, document) \
             SELECT {id}, {number}, {SAME}, {look_at}, \
                    replace(replace(t.document, t.id, {id}), t.acceptance_number, {number}) \
             FROM {series}, (SELECT cases.*, row_number() OVER (ORDER BY id) - 1 AS n FROM cases \
                             WHERE closed_at IS {kind}NULL AND acceptance_number < '9') AS t ORDER BY i, t.n"
        )
    };
    vec![
        insert("NOT ", ended_templates, copies.ended, 1, 0),
        insert("", open_templates, copies.open, 1 + copies.ended / ended_templates, copies.due),
        if postgres { "VACUUM ANALYZE".to_owned() } else { "ANALYZE".to_owned() },
    ]
}
