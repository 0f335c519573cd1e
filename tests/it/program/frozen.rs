//! A database server that freezes: what goes to it or comes from it waits until it thaws.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// Stands between the program and the server.
pub(crate) struct Line {
    port: u16,
    frozen: Arc<AtomicBool>,
}

impl Line {
    /// A line to a port of this machine.
    pub(crate) fn to(server: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let (port, frozen) = (listener.local_addr().unwrap().port(), Arc::new(AtomicBool::new(false)));
        let told = frozen.clone();
        std::thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let Ok(server) = TcpStream::connect(("127.0.0.1", server)) else { continue };
                for (from, to) in [(&client, &server), (&server, &client)] {
                    let (from, to, told) = (from.try_clone().unwrap(), to.try_clone().unwrap(), told.clone());
                    std::thread::spawn(move || carry(from, to, &told));
                }
            }
        });
        Self { port, frozen }
    }

    /// Where the program finds the server, instead of at this address.
    pub(crate) fn instead_of(&self, address: &str, port: u16) -> String {
        format!("{}?sslmode=disable", address.replace(&format!(":{port}/"), &format!(":{}/", self.port)))
    }

    /// Freezes it, or lets it go on.
    pub(crate) fn freeze(&self, frozen: bool) {
        self.frozen.store(frozen, Ordering::SeqCst);
    }
}

fn carry(mut from: TcpStream, mut to: TcpStream, frozen: &AtomicBool) {
    let mut buffer = [0; 65536];
    while let Ok(length @ 1..) = from.read(&mut buffer) {
        while frozen.load(Ordering::SeqCst) {
            std::thread::sleep(Duration::from_millis(5));
        }
        if to.write_all(&buffer[..length]).is_err() {
            break;
        }
    }
    let _ = to.shutdown(Shutdown::Both);
}
