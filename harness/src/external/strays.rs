//! Processes that left their job's group and outlived it: found by what they
//! inherited, since every job's environment names the run's own directory.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};

/// Looks as often as this, because a stray may fork while it is looked for, and
/// takes a moment to be gone.
const ROUNDS: usize = 50;
const BETWEEN: Duration = Duration::from_millis(10);

/// Ends every process whose environment names `place`; how many there were, by
/// the name of their program. Where the system does not show environments (it is
/// Linux's `/proc` that does), none are found.
pub(super) fn end_all(place: &Path) -> BTreeMap<String, u64> {
    let mut ended: BTreeMap<i32, String> = BTreeMap::new();
    for _ in 0..ROUNDS {
        let found = with_environment(place);
        if found.is_empty() {
            break;
        }
        for (process, name) in found {
            // It may be gone already, or be somebody's that may not be ended.
            if kill_process(process, Signal::KILL).is_ok() {
                ended.entry(process.as_raw_nonzero().get()).or_insert(name);
            }
        }
        #[expect(clippy::disallowed_methods, reason = "real processes end in real time")]
        std::thread::sleep(BETWEEN);
    }
    let mut counted = BTreeMap::new();
    for name in ended.into_values() {
        *counted.entry(name).or_default() += 1;
    }
    counted
}

fn with_environment(place: &Path) -> Vec<(Pid, String)> {
    let Ok(processes) = std::fs::read_dir("/proc") else { return Vec::new() };
    let wanted = place.as_os_str().as_encoded_bytes();
    let mut found = Vec::new();
    for process in processes.flatten() {
        let id = process.file_name().to_str().and_then(|name| name.parse::<i32>().ok());
        let Some(pid) = id.filter(|id| id.cast_unsigned() != std::process::id()) else { continue };
        // A dead process that nobody has waited for has an empty environment.
        let Ok(environment) = std::fs::read(process.path().join("environ")) else { continue };
        if environment.windows(wanted.len()).any(|window| window == wanted) {
            let name = std::fs::read_to_string(process.path().join("comm")).unwrap_or_default();
            found.extend(Pid::from_raw(pid).map(|pid| (pid, name.trim().to_owned())));
        }
    }
    found
}
