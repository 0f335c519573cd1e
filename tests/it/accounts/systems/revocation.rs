//! What is taken from a system is taken on every instance within five seconds, from nobody else, and isn't given back.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

use casehall::domain::accounts::role::Scope;
use reqwest::Method;
use serde_json::json;

use super::{administrator, ask_by_secret, secret_of, status_with, token};
use crate::databases::{TestDatabase, on_both};
use crate::hall::{Hall, send};

on_both!(
    activating_a_system_revives_no_token,
    a_secret_is_exchanged_and_ended_under_load_on_two_instances,
    other_scopes_and_a_deactivation_hold_on_the_other_instance_within_five_seconds,
    a_system_of_the_version_before_keeps_its_secret,
);

async fn activating_a_system_revives_no_token(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let administrator = administrator(&hall).await;
    let secret = hall.add_client("portal", &[Scope::CasesRead]).await;
    let before = token(ask_by_secret(&hall, "portal", &secret).await);
    assert_eq!(status_with(&hall, &before).await, 200);
    // All of it in one second of the hall's clock.
    administrator.post("/clients/portal/deactivate", &json!({})).await.expect(200);
    assert_eq!(status_with(&hall, &before).await, 401);
    ask_by_secret(&hall, "portal", &secret).await.expect(401);
    administrator.post("/clients/portal/activate", &json!({})).await.expect(200);
    assert_eq!(status_with(&hall, &before).await, 401);
    let after = token(ask_by_secret(&hall, "portal", &secret).await);
    assert_eq!(status_with(&hall, &after).await, 200);
    // A token keeps what scopes its system has left.
    let change = json!({ "name": "portal", "scopes": ["eligibility:read"] });
    administrator.put("/clients/portal", 3, &change).await.expect(200);
    send(hall.nobody().request(Method::GET, "/cases").await.bearer_auth(&after)).await.refused(403, "forbidden");
}

/// Whether reads with a token are refused, asked for again and again while something else happens.
struct Load {
    refused: AtomicU32,
    asked: AtomicU32,
}

/// Reads with a token at an instance until it is told to stop.
fn reading(base: &str, token: String, stop: &Arc<AtomicBool>) -> (tokio::task::JoinHandle<()>, Arc<Load>) {
    let load = Arc::new(Load { refused: AtomicU32::new(0), asked: AtomicU32::new(0) });
    let (seen, stop, url, http) = (load.clone(), stop.clone(), format!("{base}/api/v1/cases"), reqwest::Client::new());
    let task = tokio::spawn(async move {
        while !stop.load(Ordering::Relaxed) {
            let status = http.get(&url).bearer_auth(&token).send().await.unwrap().status().as_u16();
            seen.asked.fetch_add(1, Ordering::Relaxed);
            assert!([200, 401].contains(&status), "{status}");
            seen.refused.fetch_add(u32::from(status == 401), Ordering::Relaxed);
        }
    });
    (task, load)
}

async fn a_secret_is_exchanged_and_ended_under_load_on_two_instances(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let other = hall.sharing_keys().await;
    let administrator = administrator(&hall).await;
    let old = hall.add_client("portal", &[Scope::CasesRead]).await;
    let bystander = hall.add_client("bystander", &[Scope::CasesRead]).await;
    let stop = Arc::new(AtomicBool::new(false));
    let mut tasks = Vec::new();
    let mut read = |base: &str, token: String| {
        let (task, load) = reading(base, token, &stop);
        tasks.push(task);
        load
    };
    let by_old = token(ask_by_secret(&hall, "portal", &old).await);
    let of_old: Vec<_> = [&hall.base, &other.base].map(|base| read(base, by_old.clone())).into();
    let by_bystander = token(ask_by_secret(&other, "bystander", &bystander).await);
    let of_others: Vec<_> = [&hall.base, &other.base].map(|base| read(base, by_bystander.clone())).into();

    // The overlap: tokens of both secrets are good, and both secrets get tokens, on both instances.
    let rotated = administrator.post("/clients/portal/secrets", &json!({})).await.expect(201);
    let new = secret_of(&rotated);
    let by_new = token(ask_by_secret(&other, "portal", &new).await);
    let of_new: Vec<_> = [&hall.base, &other.base].map(|base| read(base, by_new.clone())).into();
    for _ in 0..20 {
        for instance in [&hall, &other] {
            ask_by_secret(instance, "portal", &old).await.expect(200);
            ask_by_secret(instance, "portal", &new).await.expect(200);
        }
    }
    let count = |loads: &[Arc<Load>]| loads.iter().map(|load| load.refused.load(Ordering::Relaxed)).sum::<u32>();
    assert_eq!((count(&of_old), count(&of_new), count(&of_others)), (0, 0, 0), "none is refused during the overlap");

    // The end of the old one: at once here, within five seconds there.
    send(administrator.request(Method::DELETE, "/clients/portal/secrets/1").await).await.expect(200);
    assert_eq!(status_with(&hall, &by_old).await, 401);
    other.advance(chrono::Duration::seconds(5));
    assert_eq!(status_with(&other, &by_old).await, 401);
    for instance in [&hall, &other] {
        ask_by_secret(instance, "portal", &old).await.expect(401);
        ask_by_secret(instance, "portal", &new).await.expect(200);
    }
    stop.store(true, Ordering::Relaxed);
    for task in tasks {
        task.await.unwrap();
    }
    assert!(of_old.iter().all(|load| load.refused.load(Ordering::Relaxed) > 0));
    assert_eq!((count(&of_new), count(&of_others)), (0, 0), "nobody else is refused");
    let asked = |loads: &[Arc<Load>]| loads.iter().map(|load| load.asked.load(Ordering::Relaxed)).min();
    assert!(asked(&of_new) > Some(10) && asked(&of_others) > Some(10), "there was load");
}

async fn other_scopes_and_a_deactivation_hold_on_the_other_instance_within_five_seconds(database: TestDatabase) {
    let hall = Hall::open(database).await;
    let other = hall.sharing_keys().await;
    let administrator = administrator(&hall).await;
    let mut tokens = Vec::new();
    for name in ["narrowed", "stopped", "bystander"] {
        let secret = hall.add_client(name, &[Scope::CasesRead, Scope::EligibilityRead]).await;
        tokens.push(token(ask_by_secret(&hall, name, &secret).await));
    }
    let stop = Arc::new(AtomicBool::new(false));
    let (tasks, loads): (Vec<_>, Vec<_>) =
        [&hall, &other].map(|instance| reading(&instance.base, tokens[2].clone(), &stop)).into_iter().unzip();
    let statuses =
        async |instance: &Hall| [status_with(instance, &tokens[0]).await, status_with(instance, &tokens[1]).await];
    for instance in [&hall, &other] {
        assert_eq!(statuses(instance).await, [200, 200]);
    }
    let change = json!({ "name": "narrowed", "scopes": ["eligibility:read"] });
    administrator.put("/clients/narrowed", 1, &change).await.expect(200);
    administrator.post("/clients/stopped/deactivate", &json!({})).await.expect(200);
    // Here at once; on the other instance when what it has seen is five seconds old, by its own clock.
    assert_eq!(statuses(&hall).await, [403, 401]);
    other.advance(chrono::Duration::seconds(5));
    assert_eq!(statuses(&other).await, [403, 401]);
    // Scopes that are given back hold as soon; a token from before the deactivation is good no more.
    let change = json!({ "name": "narrowed", "scopes": ["cases:read"] });
    administrator.put("/clients/narrowed", 2, &change).await.expect(200);
    administrator.post("/clients/stopped/activate", &json!({})).await.expect(200);
    other.advance(chrono::Duration::seconds(5));
    for instance in [&hall, &other] {
        assert_eq!(statuses(instance).await, [200, 401]);
    }
    stop.store(true, Ordering::Relaxed);
    for task in tasks {
        task.await.unwrap();
    }
    for load in loads {
        assert_eq!(load.refused.load(Ordering::Relaxed), 0, "nobody else is refused");
        assert!(load.asked.load(Ordering::Relaxed) > 10, "there was load");
    }
}

async fn a_system_of_the_version_before_keeps_its_secret(database: TestDatabase) {
    // As the table was before, with one row, and then the migration.
    let is_postgres = database.address.sqlite_path().is_none();
    let directory = if is_postgres { "postgres" } else { "sqlite" };
    let read = |file: &str| {
        let path = format!("migrations/{directory}/2026-11-28-000011_systems/{file}");
        std::fs::read_to_string(std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap()
    };
    let hall = Hall::open(database).await;
    let secret = hall.add_client("portal", &[Scope::CasesRead]).await;
    hall.database.tamper(&read("down.sql"));
    assert_eq!(hall.database.rows("SELECT client_id || substr(secret_hash, 1, 7) FROM clients"), ["portalsha256:"]);
    hall.database.tamper(&read("up.sql"));
    let token = token(ask_by_secret(&hall, "portal", &secret).await);
    assert_eq!(status_with(&hall, &token).await, 200);
    let administrator = administrator(&hall).await;
    let rotated = administrator.post("/clients/portal/secrets", &json!({})).await.expect(201);
    assert_eq!(rotated["client"]["secrets"][0]["created_at"], "2026-03-02T02:00:00Z");
    assert_eq!(rotated["client"]["secrets"][1]["number"], 2);
}
