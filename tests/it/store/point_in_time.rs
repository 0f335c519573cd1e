//! PostgreSQL back at an instant, by the archive of its log, as docs/operations.md says.

use std::path::Path;

use diesel::RunQueryDsl;
use diesel::connection::SimpleConnection;
use diesel::sql_types::Text;

use crate::databases::postgres::Cluster;
use crate::program::{Ended, run};

#[derive(diesel::QueryableByName)]
struct Said {
    #[diesel(sql_type = Text)]
    text: String,
}

fn said(cluster: &Cluster, sql: &str) -> String {
    diesel::sql_query(sql).get_result::<Said>(&mut cluster.admin("postgres")).unwrap().text
}

#[tokio::test]
async fn a_lost_server_is_back_as_it_was_before_the_accident_and_passes_the_check() {
    let (cluster, home) = (Cluster::private(false), tempfile::tempdir().unwrap());
    cluster.admin("postgres").batch_execute("CREATE DATABASE hall ENCODING 'UTF8' TEMPLATE template0").unwrap();
    let url = cluster.uri("hall");
    let command = |arguments: &[&str]| casehall(home.path(), &url, arguments);
    let done = |arguments: &[&str]| {
        let ended = command(arguments);
        assert_eq!(ended.code, Some(0), "{arguments:?}: {} {}", ended.out, ended.err);
        ended.out
    };
    done(&["init"]);
    done(&["user", "add", "first", "--role", "clerk", "--all-outlets", "--one-time"]);
    cluster.archive();
    done(&["user", "add", "second", "--role", "clerk", "--all-outlets", "--one-time"]);
    done(&["audit", "seal"]);
    let before = said(&cluster, "SELECT now()::text AS text");
    // What happens from here on is lost, and the seal over it is kept beside the sealing keys.
    done(&["user", "add", "accident", "--role", "clerk", "--all-outlets", "--one-time"]);
    done(&["audit", "seal"]);
    let full = said(&cluster, "SELECT pg_walfile_name(pg_switch_wal()) AS text");
    let archived = format!("SELECT (last_archived_wal >= '{full}')::text AS text FROM pg_stat_archiver");
    crate::hall::until("its log is archived", async || said(&cluster, &archived) == "true").await;

    cluster.recover(&before);

    crate::hall::until("it is itself again", async || {
        said(&cluster, "SELECT pg_is_in_recovery()::text AS text") == "false"
    })
    .await;
    let users = done(&["user", "list"]);
    assert!(users.contains("second") && !users.contains("accident"), "{users}");
    let missing = command(&["verify"]);
    assert_eq!(missing.code, Some(3), "the newest seal isn't there: {} {}", missing.out, missing.err);
    done(&["audit", "accept-restore"]);
    assert!(done(&["verify"]).contains("everything is as it should be"));
}

fn casehall(home: &Path, url: &str, arguments: &[&str]) -> Ended {
    run(home, arguments, &[("CASEHALL__DATABASE__URL", url)], "")
}
