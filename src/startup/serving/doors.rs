//! The addresses of a program: taken before anything else of a start is done, and opened when all of it is; with the descriptors for those who come.
//!
//! Guarantees: what can't be had of them is known before settings and files are put in force. Until the doors are opened a connection is
//! refused, as where no program is: nobody waits for a hall that may yet not start, and a balancer goes on to another.

use std::io;
use std::net::{SocketAddr, TcpListener, ToSocketAddrs};

use tokio::net::TcpSocket;

use crate::api::connections::raised_limit;
use crate::configuration::log::MonitoringSettings;
use crate::configuration::server::ServerSettings;
use crate::configuration::settings::Settings;
use crate::startup::error::StartError;

/// So many connections wait to be taken.
const WAITING: u32 = 2048;

/// The addresses of a program, at which nobody is let in yet.
pub struct Doors {
    hall: Door,
    metrics: Option<Door>,
    /// How many connections there are descriptors for.
    pub(super) connections: usize,
}

impl Doors {
    /// Takes those of the settings: where the hall is reached, and where metrics are told, if they are.
    ///
    /// # Errors
    /// Another program has one, or it isn't of this machine; there are hardly any descriptors.
    pub fn take(settings: &Settings) -> Result<Self, StartError> {
        let ServerSettings { host, port, connections, .. } = &settings.server;
        let MonitoringSettings { address, .. } = &settings.monitoring;
        Ok(Self {
            hall: Door::take((host.as_str(), *port), format!("{host}:{port}"), "[server] port")?,
            metrics: address
                .map(|address| Door::take(address, address.to_string(), "[monitoring] address"))
                .transpose()?,
            connections: raised_limit(*connections).map_err(StartError::Other)?,
        })
    }

    /// Opens them: those of the hall, and those of metrics. Connections wait from now on.
    pub(super) fn open(self) -> Result<(Vec<TcpListener>, Vec<TcpListener>), StartError> {
        Ok((self.hall.open()?, self.metrics.map(Door::open).transpose()?.unwrap_or_default()))
    }
}

/// An address with a port; a name may stand for several.
struct Door {
    shown: String,
    sockets: Vec<TcpSocket>,
}

impl Door {
    /// Takes every address that a name stands for, as far as they can be had: at least one.
    fn take(address: impl ToSocketAddrs, shown: String, setting: &'static str) -> Result<Self, StartError> {
        let taken = || {
            let (mut sockets, mut last) = (Vec::new(), io::Error::other("the name stands for no address"));
            for address in address.to_socket_addrs()? {
                match bound(address) {
                    Ok(socket) => sockets.push(socket),
                    Err(error) => last = error,
                }
            }
            if sockets.is_empty() { Err(last) } else { Ok(sockets) }
        };
        match taken() {
            Ok(sockets) => Ok(Self { shown, sockets }),
            Err(error) => Err(StartError::Listen { address: shown, error, setting }),
        }
    }

    /// Fails where another program has taken it as well, and was the first to open it.
    fn open(self) -> Result<Vec<TcpListener>, StartError> {
        let open = |socket: TcpSocket| socket.listen(WAITING)?.into_std();
        let opened = self.sockets.into_iter().map(open).collect::<io::Result<_>>();
        opened.map_err(|error| StartError::Other(format!("Can't listen on {}: {error}", self.shown)))
    }
}

fn bound(address: SocketAddr) -> io::Result<TcpSocket> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
    // Connections of a program that has just ended don't keep the next one away; one that listens does. Elsewhere it would mean more.
    #[cfg(unix)]
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    Ok(socket)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::TcpStream;

    #[tokio::test]
    async fn nobody_is_let_in_before_a_door_is_opened_and_nobody_takes_one_that_is() -> Result<(), StartError> {
        let take = |address| Door::take(address, "here".to_owned(), "a setting");
        let door = take(SocketAddr::from(([127, 0, 0, 1], 0)))?;
        let address = door.sockets.first().and_then(|socket| socket.local_addr().ok());
        let address = address.ok_or_else(|| StartError::Other("no address".to_owned()))?;
        assert!(TcpStream::connect(address).is_err());
        let _listeners = door.open()?;
        assert!(TcpStream::connect(address).is_ok());
        assert!(matches!(take(address), Err(StartError::Listen { .. })));
        Ok(())
    }
}
