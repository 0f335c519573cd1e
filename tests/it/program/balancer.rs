//! A plain round robin in front of several instances: each connection goes to the next one that says it is ready. It repeats nothing.

use std::io;
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// How often each instance is asked whether it is ready.
const PERIOD: Duration = Duration::from_millis(100);

/// An instance, and whether it was ready when it was last asked.
struct Instance {
    address: SocketAddr,
    is_ready: bool,
}

/// The balancer; its threads end with the tests.
pub(crate) struct Balancer {
    instances: Arc<Mutex<Vec<Instance>>>,
    /// Where callers find it.
    pub(crate) base: String,
}

impl Balancer {
    pub(crate) fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let instances: Arc<Mutex<Vec<Instance>>> = Arc::default();
        let (asked, chosen) = (instances.clone(), instances.clone());
        std::thread::spawn(move || {
            let client = reqwest::blocking::Client::builder().pool_max_idle_per_host(0).build().unwrap();
            loop {
                let addresses: Vec<_> = lock(&asked).iter().map(|instance| instance.address).collect();
                for address in addresses {
                    let answer = client.get(format!("http://{address}/readyz")).send();
                    let is_ready = answer.is_ok_and(|answer| answer.status().is_success());
                    lock(&asked)
                        .iter_mut()
                        .filter(|known| known.address == address)
                        .for_each(|known| known.is_ready = is_ready);
                }
                std::thread::sleep(PERIOD);
            }
        });
        std::thread::spawn(move || {
            for (turn, client) in listener.incoming().flatten().enumerate() {
                let ready: Vec<_> =
                    lock(&chosen).iter().filter(|known| known.is_ready).map(|known| known.address).collect();
                let Some(address) = ready.get(turn % ready.len().max(1)) else { continue };
                let Ok(server) = TcpStream::connect(address) else { continue };
                for (from, to) in [(&client, &server), (&server, &client)] {
                    let (mut from, mut to) = (from.try_clone().unwrap(), to.try_clone().unwrap());
                    std::thread::spawn(move || {
                        let _ = io::copy(&mut from, &mut to);
                        let _ = to.shutdown(Shutdown::Both);
                    });
                }
            }
        });
        Self { instances, base }
    }

    /// Sends callers to one more instance, once it is ready.
    pub(crate) fn add(&self, base: &str) {
        let address = base.strip_prefix("http://").unwrap().parse().unwrap();
        lock(&self.instances).push(Instance { address, is_ready: false });
    }

    /// How many are ready.
    pub(crate) fn ready(&self) -> usize {
        lock(&self.instances).iter().filter(|instance| instance.is_ready).count()
    }
}

fn lock(instances: &Mutex<Vec<Instance>>) -> std::sync::MutexGuard<'_, Vec<Instance>> {
    instances.lock().unwrap_or_else(PoisonError::into_inner)
}
