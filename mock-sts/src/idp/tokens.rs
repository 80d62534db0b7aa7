//! What all tokens have in common, whoever's they are.

use aws_lc_rs::digest::{Context, SHA256};

use super::presets::TokenClaims;
pub use super::presets::github::claims;
use super::uuid::uuid_shaped;
use crate::clock::nanos;
use crate::config::IdpConfig;
use crate::dice::key_of;

/// One token, about to be issued.
pub(super) struct Issuing<'a> {
    pub(super) config: &'a IdpConfig,
    pub(super) job: &'a str,
    pub(super) audience: &'a str,
    /// In seconds since 1970.
    pub(super) now_unix: u64,
}

/// The claims of `job`'s token for `audience`, issued at `now_unix` (seconds
/// since 1970), in the shape of the configured preset. Equal arguments give
/// equal claims.
#[must_use]
pub fn issue(config: &IdpConfig, job: &str, audience: &str, now_unix: u64) -> TokenClaims {
    TokenClaims::issue(&Issuing { config, job, audience, now_unix })
}

impl Issuing<'_> {
    /// The job's number.
    pub(super) fn number(&self) -> u64 {
        job_number(self.job)
    }

    /// `exp`, in seconds since 1970.
    pub(super) fn expires_unix(&self) -> u64 {
        self.now_unix.saturating_add(nanos(self.config.token_lifetime) / 1_000_000_000)
    }

    /// `jti`: a UUID of everything that makes this token another one.
    pub(super) fn token_id(&self) -> String {
        let mut hash = Context::new(&SHA256);
        hash.update(&self.now_unix.to_be_bytes());
        hash.update(&(self.job.len() as u64).to_be_bytes());
        hash.update(self.job.as_bytes());
        hash.update(self.audience.as_bytes());
        let mut bytes = [0; 16];
        for (to, from) in bytes.iter_mut().zip(hash.finish().as_ref()) {
            *to = *from;
        }
        uuid_shaped(bytes)
    }
}

/// The number in `stampede-job-<N>`; any other name stands for a number of its own.
#[must_use]
pub fn job_number(job: &str) -> u64 {
    job.strip_prefix("stampede-job-")
        .and_then(|number| number.parse().ok())
        .unwrap_or_else(|| key_of(job) % 1_000_000_000)
}
