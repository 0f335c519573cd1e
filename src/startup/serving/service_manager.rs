//! Telling systemd: that the hall is ready, that it still lives, that it stops. Nothing is told where nobody asked to be (`NOTIFY_SOCKET`).

use std::time::Duration;

use sd_notify::NotifyState;
use tokio::task::JoinHandle;

use super::Running;

/// Who started the program, if it wants to know how it fares; it is told that the program lives as long as this is kept.
pub struct ServiceManager(Option<JoinHandle<()>>);

impl ServiceManager {
    /// Tells that the hall answers, and from now on that it lives: by the runtime that its requests run on, so that a hall which hangs is silent.
    pub fn ready(running: &Running) -> Self {
        tell(&[NotifyState::Ready, NotifyState::Status(&format!("listens on http://{}", running.address))]);
        Self(sd_notify::watchdog_enabled().map(|within| tokio::spawn(live(within / 3))))
    }

    /// Tells that it stops.
    pub(super) fn stopping(&self) {
        tell(&[NotifyState::Stopping]);
    }
}

impl Drop for ServiceManager {
    fn drop(&mut self) {
        self.0.iter().for_each(JoinHandle::abort);
    }
}

async fn live(every: Duration) {
    let mut ticks = tokio::time::interval(every);
    loop {
        ticks.tick().await;
        tell(&[NotifyState::Watchdog]);
    }
}

fn tell(states: &[NotifyState<'_>]) {
    if let Err(error) = sd_notify::notify(states) {
        tracing::warn!(%error, "the service manager can't be told");
    }
}
