//! The file descriptors that connections take.

/// Descriptors for everything but connections: the database, the log, what is being read.
const OTHER_DESCRIPTORS: u64 = 256;
/// With fewer than these nothing is begun.
const LEAST_DESCRIPTORS: u64 = OTHER_DESCRIPTORS + 32;

/// Raises the limit of file descriptors as far as so many connections need it and the system allows; answers how many
/// connections that is enough for.
///
/// # Errors
/// Hardly for any; in words.
pub fn raised_limit(wanted: usize) -> Result<usize, String> {
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
        let Some(current) = limit.current else { return Ok(wanted) };
        if current < LEAST_DESCRIPTORS {
            return Err(format!(
                "The system lets this program have {current} files open at once, and it needs {LEAST_DESCRIPTORS} at least: raise the limit \
                 (`LimitNOFILE` of systemd, `ulimit -n`)."
            ));
        }
        let enough_for = usize::try_from((current - OTHER_DESCRIPTORS) / 2).unwrap_or(usize::MAX);
        if enough_for < wanted {
            tracing::warn!(
                wanted,
                connections = enough_for,
                "the limit of file descriptors allows fewer connections than server.connections"
            );
        }
        Ok(wanted.min(enough_for))
    }
    #[cfg(not(unix))]
    Ok(wanted)
}
