//! Connections to the database that end in the middle of whatever is said on them.

use std::time::{Duration, Instant};

use super::ground::{Figures, Ground};
use crate::databases::TestDatabase;
use crate::databases::postgres::Cluster;
use crate::program::frozen::Line;

pub(super) async fn connections_are_cut(connections: usize) -> Figures {
    let (database, port) = (TestDatabase::empty(true), Cluster::shared().port());
    let line = Line::to(port);
    let url = line.instead_of(&database.address.to_string(), port);
    let ground = Ground::new("connections to PostgreSQL are cut", Some(url));
    let fault = async {
        let mut cut = 0;
        while cut < connections {
            tokio::time::sleep(Duration::from_millis(rand::random_range(50..150))).await;
            cut += line.cut();
            ground.is_back(Instant::now()).await;
        }
        cut
    };
    ground.suffer(fault).await
}
