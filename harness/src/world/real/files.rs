//! Room for connections: each end takes a file descriptor.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// Descriptors beside the connections: files, pipes, listeners.
const BESIDE: u64 = 64;

/// The system allows too few open files.
#[derive(Debug, thiserror::Error)]
#[error(
    "{jobs} connections at once need {needed} open files and the system allows {allowed}: raise it (ulimit -n {needed}) or run fewer jobs"
)]
pub struct FilesError {
    jobs: u64,
    needed: u64,
    allowed: u64,
}

/// Raises this process's limit on open files so that `connections` can be open
/// at once, with so many `ends` of each in this process.
///
/// # Errors
/// When the system's hard limit is lower.
pub fn make_room_for(connections: u64, ends: u64) -> Result<(), FilesError> {
    let needed = connections.saturating_mul(ends).saturating_add(BESIDE);
    let limit = getrlimit(Resource::Nofile);
    let enough = |bound: Option<u64>| bound.is_none_or(|bound| bound >= needed);
    if enough(limit.current) {
        return Ok(());
    }
    if enough(limit.maximum)
        && setrlimit(Resource::Nofile, Rlimit { current: Some(needed), maximum: limit.maximum })
            .is_ok()
    {
        return Ok(());
    }
    let allowed = limit.maximum.or(limit.current).unwrap_or(u64::MAX);
    Err(FilesError { jobs: connections, needed, allowed })
}
