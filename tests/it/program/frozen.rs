//! A database server that freezes, or whose line is cut: what goes to it or comes from it waits until it thaws, or is lost.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// Stands between the program and the server.
pub(crate) struct Line {
    port: u16,
    frozen: Arc<AtomicBool>,
    /// What is connected, or was.
    clients: Arc<Mutex<Vec<TcpStream>>>,
}

impl Line {
    /// A line to a port of this machine.
    pub(crate) fn to(server: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let (port, frozen) = (listener.local_addr().unwrap().port(), Arc::new(AtomicBool::new(false)));
        let clients: Arc<Mutex<Vec<TcpStream>>> = Arc::default();
        let (told, kept) = (frozen.clone(), clients.clone());
        std::thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let Ok(server) = TcpStream::connect(("127.0.0.1", server)) else { continue };
                kept.lock().unwrap_or_else(PoisonError::into_inner).push(client.try_clone().unwrap());
                for (from, to) in [(&client, &server), (&server, &client)] {
                    let (from, to, told) = (from.try_clone().unwrap(), to.try_clone().unwrap(), told.clone());
                    std::thread::spawn(move || carry(from, to, &told));
                }
            }
        });
        Self { port, frozen, clients }
    }

    /// Cuts every connection, whatever is on its way; answers how many were open.
    pub(crate) fn cut(&self) -> usize {
        let clients = std::mem::take(&mut *self.clients.lock().unwrap_or_else(PoisonError::into_inner));
        clients.iter().filter(|client| client.shutdown(Shutdown::Both).is_ok()).count()
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
