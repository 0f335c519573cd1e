//! Processes that end: the program's own, and the database's.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::ground::{Figures, Ground};
use crate::databases::TestDatabase;
use crate::databases::postgres::Cluster;

pub(super) async fn kill_9_on_sqlite(times: usize) -> Figures {
    killed(Ground::new("`kill -9` of the program, SQLite", None), times).await
}

pub(super) async fn kill_9_on_postgres(times: usize) -> Figures {
    let database = TestDatabase::empty(true);
    killed(Ground::new("`kill -9` of the program, PostgreSQL", Some(database.address.to_string())), times).await
}

async fn killed(ground: Ground, times: usize) -> Figures {
    let fault = async {
        for _ in 0..times {
            ground.works(rand::random_range(10..100)).await;
            let killed = Instant::now();
            ground.kill_and_start().await;
            ground.is_back(killed).await;
        }
        times
    };
    ground.suffer(fault).await
}

/// The server is killed and stays away for so many seconds; back is counted from when it takes connections again.
pub(super) async fn the_database_is_away(seconds: usize) -> Figures {
    let cluster = Arc::new(Cluster::private(false));
    let ground = Ground::new("PostgreSQL is away for seconds", Some(cluster.empty_database().to_string()));
    let fault = async {
        cluster.kill();
        tokio::time::sleep(Duration::from_secs(seconds as u64)).await;
        let server = cluster.clone();
        tokio::task::spawn_blocking(move || server.start()).await.unwrap();
        ground.is_back(Instant::now()).await;
        seconds
    };
    ground.suffer(fault).await
}
