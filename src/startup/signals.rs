//! Being told to stop.

use std::future::Future;

/// Ends when the process is told to stop: by a service manager, or by Ctrl-C, which actix-web alone would take for
/// leave to drop what is under way.
pub(super) fn told_to_stop() -> std::io::Result<impl Future<Output = ()> + Send + 'static> {
    #[cfg(unix)]
    let (mut terminate, mut interrupt) = {
        use actix_web::rt::signal::unix::{SignalKind, signal};
        (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?)
    };
    Ok(async move {
        #[cfg(unix)]
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        #[cfg(not(unix))]
        let _ = actix_web::rt::signal::ctrl_c().await;
        tracing::info!("stopping; running requests are finished first");
    })
}
