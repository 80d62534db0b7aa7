//! Issuers that are not ours: their keys are really fetched over HTTPS, kept as
//! long as their `Cache-Control` allows, and must be there by the deadline.

mod fetch;
mod https;

use std::io::Write as _;
use std::sync::{Mutex as StdMutex, PoisonError};
use std::time::Duration;

use tokio::sync::Mutex;

use self::fetch::{FetchError, KeySet};
use self::https::Client;
pub use self::https::ClientError;
use super::token::TokenParts;
use crate::config::{ExternalConfig, IdpConfig, KeyConfig};
use crate::idp::Algorithm;
use crate::request::TokenSignature;

/// A key set is not fetched again for an unknown `kid` before this has passed,
/// lest anybody's token costs the issuer a request. What STS does is not public.
const AGAIN_AFTER: Duration = Duration::from_secs(10);

/// The keys of one external issuer.
pub(super) struct ExternalKeys {
    pub(super) issuer: String,
    hosts: Vec<String>,
    client: Client,
    deadline: Duration,
    ttl: Duration,
    /// Held during a fetch, so that calls that arrive meanwhile join it.
    cached: Mutex<Option<Cached>>,
    /// The last problem that was told, so that each is told once.
    told: StdMutex<String>,
}

struct Cached {
    keys: KeySet,
    fetched: std::time::Instant,
}

impl ExternalKeys {
    /// Nothing is fetched before the first token comes.
    pub(super) fn new(
        idp: &IdpConfig,
        external: &ExternalConfig,
        keys: &KeyConfig,
    ) -> Result<Self, ClientError> {
        Ok(Self {
            issuer: idp.issuer.clone(),
            hosts: external.hosts.clone(),
            client: Client::new(external)?,
            deadline: keys.deadline,
            ttl: keys.ttl,
            cached: Mutex::default(),
            told: StdMutex::default(),
        })
    }

    /// What the token's signature is worth. Keys that cannot be had in time are
    /// as good as unknown: STS says the same to both.
    pub(super) async fn check(&self, parts: &TokenParts<'_>) -> TokenSignature {
        if Algorithm::named(&parts.algorithm).is_none() {
            return TokenSignature::Invalid;
        }
        let checked = self.check_with_keys(parts);
        #[expect(clippy::disallowed_methods, reason = "another server answers in real time")]
        let checked = tokio::time::timeout(self.deadline, checked).await;
        let checked = checked.unwrap_or_else(|_| Err(FetchError::Late(self.deadline)));
        checked.unwrap_or_else(|error| {
            self.tell(&error);
            TokenSignature::UnknownKey
        })
    }

    async fn check_with_keys(&self, parts: &TokenParts<'_>) -> Result<TokenSignature, FetchError> {
        let mut cached = self.cached.lock().await;
        if let Some(known) = &*cached {
            let age = known.fetched.elapsed();
            let fresh = age < known.keys.lifetime.min(self.ttl);
            match verdict(&known.keys, parts) {
                TokenSignature::UnknownKey if age >= AGAIN_AFTER => {}
                verdict if fresh => return Ok(verdict),
                _ => {}
            }
        }
        let keys = fetch::key_set(&self.client, &self.issuer, &self.hosts).await?;
        let verdict = verdict(&keys, parts);
        #[expect(clippy::disallowed_methods, reason = "another server's keys age in real time")]
        let fetched = std::time::Instant::now();
        *cached = Some(Cached { keys, fetched });
        Ok(verdict)
    }

    /// STS tells its caller nothing, so whoever runs the mock is told here.
    fn tell(&self, error: &FetchError) {
        let text = error.to_string();
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        if *told != text {
            // A closed standard error is no reason to fail.
            drop(writeln!(std::io::stderr(), "no keys of {}: {text}", self.issuer));
            *told = text;
        }
    }
}

fn verdict(keys: &KeySet, parts: &TokenParts<'_>) -> TokenSignature {
    let Some((_, key)) = keys.keys.iter().find(|(kid, _)| *kid == parts.kid) else {
        return TokenSignature::UnknownKey;
    };
    let verified = key.verifies(&parts.algorithm, parts.message.as_bytes(), &parts.signature);
    if verified { TokenSignature::Valid } else { TokenSignature::Invalid }
}
