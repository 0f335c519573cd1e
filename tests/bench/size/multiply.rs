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
                    uncollected_since, box_number, ledger";

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

/// The report facts of the ended copies, as if a certificate had been made in each: so many days of receipts, the last of
/// them yesterday, and ten report facts a case. Every fourth case had one notice.
pub(crate) fn report_facts(postgres: bool, copies: Copies, days: u64, ended_templates: u64) -> Vec<String> {
    let (cases, day) = (copies.ended / ended_templates, "2026-03-17");
    let (series, id, on, at, number) = if postgres {
        (
            format!("generate_series(1, {cases}) AS series(i), generate_series(0, {}) AS copy(n)", ended_templates - 1),
            "lpad(to_hex(27000000 + i), 8, '0') || '-' || lpad(to_hex(n), 4, '0') || '-7000-8000-000000000000'",
            format!("DATE '{day}' - CAST(i * {days} / {cases} AS INTEGER) + later"),
            format!(
                "TIMESTAMP '{day} 02:00:00' - (i * {days} / {cases} - later) * INTERVAL '1 day' + (i % 3600) * INTERVAL '1 second'"
            ),
            "1 + i % 9",
        )
    } else {
        (
            format!(
                "(WITH RECURSIVE s(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM s WHERE i < {cases}) SELECT i FROM s) AS series, \
                 (WITH RECURSIVE c(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM c WHERE n < {}) SELECT n FROM c) AS copy",
                ended_templates - 1
            ),
            "printf('%08x-%04x-7000-8000-000000000000', 27000000 + i, n)",
            format!("date('{day}', (later - i * {days} / {cases}) || ' days')"),
            format!("datetime('{day} 02:00:00', (later - i * {days} / {cases}) || ' days', (i % 3600) || ' seconds')"),
            "1 + i % 9",
        )
    };
    // Kind, days after the receipt, sequence, state, work list.
    let steps = [
        "SELECT 'opened' AS kind, 0 AS later, 1 AS sequence, NULL AS place, NULL AS queue",
        "'left', 1, 3, 'submitted', 'to_check'",
        "'accepted', 1, 3, NULL, NULL",
        "'made', 6, 4, NULL, NULL",
        "'left', 6, 5, 'materials_checked', 'to_make'",
        "'issued', 12, 8, NULL, NULL",
        "'left', 12, 9, 'certificate_made', 'to_hand_over'",
        "'activated', 12, 10, NULL, NULL",
        "'left', 12, 11, 'issued', 'to_hand_over'",
        "'closed', 12, 11, 'activated', NULL",
    ];
    let steps = steps.join(" UNION ALL SELECT ");
    let only_made = |value: &str| format!("CASE WHEN kind = 'made' THEN {value} END");
    let measured = |value: &str| format!("CASE WHEN kind IN ('left', 'made', 'closed') THEN {value} END");
    // A case was received and ended when its facts say so.
    let during = |column: &str, kind: &str| {
        format!(
            "UPDATE cases SET {column} = f.at FROM report_facts f WHERE f.case_id = cases.id AND f.actor_id LIKE 'bench-%' AND f.kind = '{kind}'"
        )
    };
    let columns = "kind, day, case_id, sequence, at, outlet, case_type, actor_id, workflow, place, queue, seconds, \
                   working_days, notices, by_ready, by_limit, in_time, provisional";
    vec![
        format!(
            "INSERT INTO report_facts ({columns}) SELECT kind, {on}, {id}, sequence, {at}, 'guangzhou-center', \
             {case_type}, 'bench-' || {person}, CASE WHEN kind = 'left' THEN 'check-then-make' END, place, queue, {seconds}, \
             {working_days}, CASE WHEN kind = 'accepted' AND i % 4 = 0 THEN 1 WHEN kind = 'accepted' THEN 0 END, \
             {by_ready}, {by_limit}, {by_limit}, {provisional} FROM ({steps}) AS steps, {series}",
            // Three case types and sixty persons, whom a day's facts are spread over.
            case_type = "CASE i % 3 WHEN 0 THEN 'renew' WHEN 1 THEN 'revoke' ELSE 'new-certificate' END",
            person = if postgres { "((i * 31 + sequence * 7) % 60)::text" } else { "((i * 31 + sequence * 7) % 60)" },
            seconds = measured("(i * 7919) % 1000000"),
            working_days = measured(number),
            by_ready = only_made("CASE WHEN i % 9 < 6 THEN 1 ELSE 0 END"),
            by_limit = only_made("CASE WHEN i % 30 > 0 THEN 1 ELSE 0 END"),
            provisional = only_made("0"),
        ),
        during("opened_at", "opened"),
        during("closed_at", "closed"),
        if postgres { "VACUUM ANALYZE".to_owned() } else { "ANALYZE".to_owned() },
    ]
}
