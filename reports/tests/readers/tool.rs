//! Programs of others.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process::Command;

/// The folder that the commands, given its path, fill with a tool; made once. None, with the reason, when
/// it cannot be. Where continuous integration runs, only the lack of the command itself excuses.
pub(crate) fn set_up(name: &str, commands: impl Fn(&Path) -> Vec<Command>) -> Option<PathBuf> {
    let home = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    fs::create_dir_all(&home).expect("the build directory can be written to");
    // Two test runs at once must not set it up together.
    let lock = File::create(home.join("lock")).expect("the build directory can be written to");
    lock.lock().expect("files can be locked");
    let finished = home.join("finished");
    if finished.exists() {
        return Some(home);
    }
    for mut command in commands(&home) {
        let in_ci = std::env::var_os("CI").is_some_and(|ci| ci == "true");
        let (why, is_excused) = match command.output() {
            Ok(ended) if ended.status.success() => continue,
            Ok(ended) => (said(&ended.stderr), !in_ci),
            Err(error) => (error.to_string(), error.kind() == io::ErrorKind::NotFound || !in_ci),
        };
        let program = command.get_program().display().to_string();
        assert!(is_excused, "{name} must not be skipped where CI is true: {program}: {why}");
        // Not by eprintln!, whose text the test runner keeps to itself when the test passes.
        writeln!(io::stderr(), "skipped: {name}: {program}: {why}").expect("standard error");
        return None;
    }
    fs::write(finished, "").expect("the build directory can be written to");
    Some(home)
}

pub(crate) fn said(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).trim_end().to_owned()
}
