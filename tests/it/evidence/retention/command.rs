//! `casehall retention`, by the clock of the machine, beside a hall that works, and killed in the middle.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};

use casehall::domain::accounts::role::Role;
use serde_json::json;

use super::{issued, withdrawn};
use crate::databases::{TestDatabase, on_both};
use crate::hall::{Hall, application};
use crate::program::run;

on_both!(
    the_command_lists_what_is_due_and_erases_it_beside_a_working_hall,
    a_run_that_is_killed_leaves_nothing_half_erased,
    one_that_cannot_be_read_is_named_and_the_others_are_erased,
    the_run_after_one_that_was_killed_clears_what_that_one_left,
);

/// A hall of long ago, so that everything is due by the clock of the machine.
async fn of_long_ago(database: TestDatabase) -> Hall {
    let directory = tempfile::tempdir().unwrap();
    let settings = [("RETENTION__BACKUPS_KEPT_DAYS", "0")];
    Hall::start(database, directory, &settings, None, "2018-03-05T02:00:00Z".parse().unwrap()).await.unwrap()
}

fn variables(database: &TestDatabase) -> Vec<(&'static str, String)> {
    let mut variables = vec![
        ("CASEHALL__DATABASE__URL", database.address.to_string()),
        ("CASEHALL__RETENTION__BACKUPS_KEPT_DAYS", "0".to_owned()),
        ("CASEHALL__WEBHOOKS__DELIVER_SECONDS", "0".to_owned()),
    ];
    let keys = database.data_key_file();
    variables.extend(keys.map(|file| ("CASEHALL__CRYPTOGRAPHY__DATA_KEY_FILE", file.display().to_string())));
    variables
}

async fn the_command_lists_what_is_due_and_erases_it_beside_a_working_hall(database: TestDatabase) {
    let again = database.again();
    let hall = of_long_ago(database).await;
    let case = issued(&hall, &application(1), "GZ-1").await;
    let held = withdrawn(&hall, &application(2)).await;
    let supervisor = hall.staff(Role::Supervisor).await;
    supervisor.post(&format!("/cases/{held}/holds"), &json!({ "reason": "审计抽查" })).await.expect(200);
    let variables = variables(&again);
    let variables: Vec<(&str, &str)> = variables.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let directory = tempfile::tempdir().unwrap();
    let command = |arguments: &[&str]| {
        let ended = run(directory.path(), arguments, &variables, "");
        assert_eq!(ended.code, Some(0), "{}", ended.err);
        ended.out
    };
    let listed = command(&["retention", "--dry-run"]);
    let due = [
        format!("case {case} 广州第1建筑有限公司: due since 2024-03-0"),
        format!(
            "case {held} 广州第2建筑有限公司: due since 2020-03-06, it led to no certificate, and its term is over"
        ),
        "; kept by a hold: 审计抽查".to_owned(),
        "certificate GZ-1 广州第1建筑有限公司: due since 2024-03-0".to_owned(),
        "2 would be erased; 1 are due and kept by a hold.".to_owned(),
    ];
    for line in &due {
        assert!(listed.contains(line), "{line} in {listed}");
    }
    assert_eq!(hall.entries("persons_erased").await.len(), 0, "only listed");
    let refused = run(directory.path(), &["retention"], &variables, "");
    assert_eq!((refused.code, refused.out.as_str()), (Some(1), ""), "{}", refused.err);
    assert!(
        refused.err.contains("Nothing was recorded in this hall since 2018-03-0")
            && refused.err.contains("--after-silence")
    );
    assert_eq!(hall.entries("persons_erased").await.len(), 0, "by a clock that may be years ahead");
    let done = command(&["retention", "--after-silence"]);
    assert!(done.contains("2 erased; 1 are due and kept by a hold."), "{done}");
    let today = chrono::Utc::now().with_timezone(&chrono_tz::Asia::Shanghai).date_naive();
    assert!(done.contains(&format!("hold what was erased until {today}")), "{done}");
    let nothing = command(&["retention", "--after-silence"]);
    assert!(nothing.contains("0 erased; 1 are due"), "{nothing}");
    assert!(nothing.contains(&format!("until {today}")), "the run before may have been killed at its end: {nothing}");
    // The hall that worked beside it knows.
    let shown = supervisor.get(&format!("/cases/{case}")).await.expect(200);
    assert_eq!(shown["application"]["applicant"]["name"], "—");
    let kept = supervisor.get(&format!("/cases/{held}")).await.expect(200);
    assert_eq!(kept["application"]["applicant"]["name"], "谭丽");
    let entries = again.rows("SELECT actor_id || ' ' || system_user FROM audit WHERE kind = 'persons_erased'");
    assert!(entries.len() == 2 && entries.iter().all(|entry| entry.len() > "casehall ".len()), "{entries:?}");
    assert!(command(&["audit", "verify"]).contains("everything recorded is as it was"));
}

async fn a_run_that_is_killed_leaves_nothing_half_erased(database: TestDatabase) {
    let again = database.again();
    let hall = of_long_ago(database).await;
    for number in 1..=40 {
        withdrawn(&hall, &application(number)).await;
    }
    let directory = tempfile::tempdir().unwrap();
    let mut erased = 0;
    for lines in [1, 3, 7] {
        let reached = killed_after(directory.path(), &again, lines);
        let consistent = "SELECT CAST(COUNT(*) AS TEXT) FROM person_keys k JOIN cases c ON c.id = k.subject_id
             LEFT JOIN events e ON e.subject_id = c.id AND e.kind = 'persons_erased'
             WHERE k.subject_kind = 'case' AND
               ((k.wrapped IS NULL) <> (e.number IS NOT NULL) OR (k.wrapped IS NULL) <> (c.names_key NOT LIKE '%谭丽%'))";
        assert_eq!(again.rows(consistent), ["0"], "erased in whole or not at all");
        let gone = "SELECT subject_id FROM person_keys WHERE subject_kind = 'case' AND wrapped IS NULL";
        let gone = again.rows(gone).len();
        assert!(gone >= erased + reached, "{gone} after {erased} and {reached} more");
        erased = gone;
    }
    assert!(erased < 40, "it was broken off");
    let variables = variables(&again);
    let variables: Vec<(&str, &str)> = variables.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let ended = run(directory.path(), &["retention", "--after-silence"], &variables, "");
    assert!(ended.out.contains(&format!("{} erased; 0 are due", 40 - erased)), "{} {}", ended.out, ended.err);
}

async fn one_that_cannot_be_read_is_named_and_the_others_are_erased(database: TestDatabase) {
    let again = database.again();
    let hall = of_long_ago(database).await;
    let mut cases = Vec::new();
    for number in 1..=4 {
        cases.push(withdrawn(&hall, &application(number)).await);
    }
    let of = |case: &str| format!("(SELECT id FROM cases WHERE acceptance_number = '{case}')");
    again.tamper(&format!("DELETE FROM person_keys WHERE subject_id = {}", of(&cases[0])));
    again.tamper(&format!(
        "UPDATE cases SET document = replace(document, 'international.', 'international.AAAA') WHERE id = {}",
        of(&cases[1])
    ));
    again.tamper(&format!("UPDATE cases SET document = '{{' WHERE id = {}", of(&cases[2])));
    let variables = variables(&again);
    let variables: Vec<(&str, &str)> = variables.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let directory = tempfile::tempdir().unwrap();
    for erased in [1, 0] {
        let ended = run(directory.path(), &["retention", "--after-silence"], &variables, "");
        assert_eq!(ended.code, Some(3), "{} {}", ended.out, ended.err);
        assert!(ended.out.contains(&format!("{erased} erased; 0 are due")), "{}", ended.out);
        assert!(ended.out.contains("Backups made before"), "{}", ended.out);
        for case in &cases[..3] {
            assert!(ended.err.contains(&format!("case {case} is not erased: ")), "{case} in {}", ended.err);
        }
        assert!(!ended.err.contains(&cases[3]), "{}", ended.err);
    }
    let gone = "SELECT subject_id FROM person_keys WHERE subject_kind = 'case' AND wrapped IS NULL";
    assert_eq!(again.rows(gone).len(), 1);
}

async fn the_run_after_one_that_was_killed_clears_what_that_one_left(database: TestDatabase) {
    let again = database.again();
    let hall = of_long_ago(database).await;
    for number in 1..=30 {
        withdrawn(&hall, &application(number)).await;
    }
    // As a run leaves it that was killed at its end; and of PostgreSQL's statistics, which hold frequent values.
    if again.address.sqlite_path().is_none() {
        again.tamper("ANALYZE");
    }
    super::erase(&hall).await;
    let variables = variables(&again);
    let variables: Vec<(&str, &str)> = variables.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let directory = tempfile::tempdir().unwrap();
    let ended = run(directory.path(), &["retention", "--after-silence"], &variables, "");
    assert_eq!(ended.code, Some(0), "{}", ended.err);
    assert!(ended.out.contains("0 erased; 0 are due"), "{}", ended.out);
    match again.address.sqlite_path() {
        Some(path) => {
            let log = path.with_extension("db-wal");
            let left = String::from_utf8_lossy(&std::fs::read(log).unwrap_or_default()).contains("谭丽");
            assert!(
                !left || ended.out.contains("write-ahead log"),
                "the log holds it, and nobody says so: {}",
                ended.out
            );
        }
        None => {
            let kept = "SELECT attname::text FROM pg_stats WHERE tablename IN ('cases', 'name_parts', 'certificates')
                        AND most_common_vals::text LIKE '%谭丽%'";
            assert_eq!(again.rows(kept), Vec::<String>::new());
        }
    }
}

/// Runs the command until it has said so many lines, and kills it; answers how many.
fn killed_after(directory: &Path, database: &TestDatabase, lines: usize) -> usize {
    let mut command = Command::new(env!("CARGO_BIN_EXE_casehall"));
    let command =
        command.args(["retention", "--after-silence"]).env_clear().envs(variables(database)).current_dir(directory);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let said = BufReader::new(child.stdout.take().unwrap()).lines().take(lines).count();
    child.kill().unwrap();
    child.wait().unwrap();
    said
}
