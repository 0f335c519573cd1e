//! The file descriptors that connections take.

/// Descriptors for everything but connections: the database, the log, what is being read.
const OTHER_DESCRIPTORS: u64 = 256;

/// Raises the limit of file descriptors as far as so many connections need it and the system allows; answers how many
/// connections that is enough for.
pub fn raised_limit(wanted: usize) -> usize {
    #[cfg(unix)]
    {
        use rustix::process::{Resource, getrlimit, setrlimit};
        let needed = (wanted as u64) * 2 + OTHER_DESCRIPTORS;
        let mut limit = getrlimit(Resource::Nofile);
        if limit.current.is_some_and(|current| current < needed) {
            let raised = limit.maximum.map_or(needed, |most| most.min(needed));
            let before = limit.current.replace(raised);
            if let Err(error) = setrlimit(Resource::Nofile, limit) {
                tracing::warn!(%error, "the limit of file descriptors can't be raised");
                limit.current = before;
            }
        }
        let enough_for = limit.current.map_or(wanted as u64, |current| current.saturating_sub(OTHER_DESCRIPTORS) / 2);
        let enough_for = usize::try_from(enough_for).unwrap_or(usize::MAX).max(16);
        if enough_for < wanted {
            tracing::warn!(
                wanted,
                connections = enough_for,
                "the limit of file descriptors allows fewer connections than server.connections"
            );
        }
        wanted.min(enough_for)
    }
    #[cfg(not(unix))]
    wanted
}
