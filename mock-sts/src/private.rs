//! What nobody else is to know: texts that cannot be guessed, and files that only
//! their owner reads.

use std::fs::{File, OpenOptions};
use std::io;
use std::path::Path;

use aws_lc_rs::rand::{SecureRandom as _, SystemRandom};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// 24 random bytes as 32 characters; none where the system has no randomness.
#[must_use]
pub fn secret() -> Option<String> {
    let mut bytes = [0; 24];
    SystemRandom::new().fill(&mut bytes).ok()?;
    Some(URL_SAFE_NO_PAD.encode(bytes))
}

/// A new file of mode 0600.
///
/// # Errors
/// What the system says, also when something is there already.
pub fn create(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}
