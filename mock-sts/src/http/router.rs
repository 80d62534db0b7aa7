//! The state behind the listener, and which path leads where.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use axum::Router;
use axum::routing::get;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::credentials::Secret;
use super::keyring::Keyring;
use super::request_id::RequestIds;
use super::token::{KeySetError, Verifier};
use super::{outbound, provider, sealed, sts};
use crate::clock::Instant;
use crate::config::MockConfig;
use crate::decision::Decision;
use crate::dice::{Dice, Purpose};
use crate::idp::{Issuer, IssuerError, OutboundKeys};
use crate::request::Request;
use crate::service::{Ledger, Service};

/// One mock: the service, its identity provider, and the clock both go by.
pub struct Mock {
    pub(super) config: MockConfig,
    pub(super) issuer: Issuer,
    pub(super) verifier: Verifier,
    pub(super) secret: Secret,
    pub(super) request_ids: RequestIds,
    pub(super) seed: u64,
    outbound: OnceLock<Result<OutboundKeys, IssuerError>>,
    requests: AtomicU64,
    service: Mutex<Service>,
    started: std::time::Instant,
}

/// Why there is no mock.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// No key to sign tokens with.
    #[error(transparent)]
    Issuer(#[from] IssuerError),
    /// The issuer's own key set cannot be read back.
    #[error(transparent)]
    KeySet(#[from] KeySetError),
    /// No secret to derive credentials from.
    #[error(
        "cannot make the secret that issued credentials are derived from: no randomness from the system?"
    )]
    Secret,
}

impl Mock {
    /// A mock that starts cold. Makes an RSA key, which takes 50 ms to 150 ms,
    /// before its clock starts.
    ///
    /// # Errors
    /// When the system has no randomness for the key or the secret.
    pub fn new(config: MockConfig, seed: u64) -> Result<Arc<Self>, StartError> {
        Self::with_issuer(config, Issuer::generate()?, seed)
    }

    /// A mock that starts cold, now: its faults and limits count from here.
    /// `config.service.epoch_unix` is set from the system's clock.
    ///
    /// # Errors
    /// When the system has no randomness for the secret.
    #[expect(clippy::disallowed_methods, reason = "the real world's clock starts here")]
    pub fn with_issuer(
        mut config: MockConfig,
        issuer: Issuer,
        seed: u64,
    ) -> Result<Arc<Self>, StartError> {
        let started = std::time::Instant::now();
        let epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        config.service.epoch_unix = epoch.as_secs();
        let conditions = config.service.roles.iter().flat_map(|role| &role.conditions);
        let claims: Vec<String> = conditions.map(|condition| condition.claim.clone()).collect();
        Ok(Arc::new(Self {
            verifier: Verifier::new(&config.idp.issuer, issuer.jwks())?.keeping(claims),
            secret: Secret::random().map_err(|_| StartError::Secret)?,
            request_ids: RequestIds::new(seed),
            requests: AtomicU64::new(0),
            service: Mutex::new(Service::new(&config, seed)),
            config,
            issuer,
            seed,
            outbound: OnceLock::new(),
            started,
        }))
    }

    /// The time since the mock started.
    #[must_use]
    pub fn now(&self) -> Instant {
        Instant::ZERO + self.started.elapsed()
    }

    /// The time as tokens and credentials have it: seconds since 1970.
    #[must_use]
    pub fn now_unix(&self) -> u64 {
        self.config.service.epoch_unix + self.now().as_nanos() / 1_000_000_000
    }

    /// What the service counted so far.
    #[must_use]
    pub fn ledger(&self) -> Ledger {
        self.service().ledger().clone()
    }

    /// The identity provider, to sign tokens that its endpoint would not.
    #[must_use]
    pub fn issuer(&self) -> &Issuer {
        &self.issuer
    }

    /// What credentials are derived from, to mint some that STS would not.
    #[must_use]
    pub fn secret(&self) -> &Secret {
        &self.secret
    }

    /// An `EncodedMessage` for `DecodeAuthorizationMessage`, as other services put
    /// them into their refusals: sealed, not secret.
    #[must_use]
    pub fn encode_authorization_message(&self, json: &str) -> String {
        sealed::message(&self.secret, json)
    }

    /// A `TradeInToken` for `GetDelegatedAccessToken` that speaks for the role or
    /// user of this ARN until `expires_unix`, in seconds since 1970.
    #[must_use]
    pub fn trade_in_token(&self, principal: &str, expires_unix: u64) -> String {
        sealed::trade_in(&self.secret, principal, expires_unix)
    }

    /// The keys of `GetWebIdentityToken`; making them takes 50 ms to 150 ms, once.
    pub(super) fn outbound_keys(&self) -> &Result<OutboundKeys, IssuerError> {
        self.outbound.get_or_init(OutboundKeys::generate)
    }

    /// What the mock was started with.
    #[must_use]
    pub fn config(&self) -> &MockConfig {
        &self.config
    }

    /// A few lines for whoever started the server at `url`: what to set so that
    /// AWS's tools use it, and where tokens come from.
    #[must_use]
    pub fn how_to_use(&self, url: &str) -> String {
        let (service, idp) = (&self.config.service, &self.config.idp);
        let role = service.roles.first().map_or("", |role| &role.arn);
        let audience = idp.audiences.first().map_or("", |audience| audience);
        format!(
            "  export AWS_ENDPOINT_URL_STS={url} AWS_ROLE_ARN={role}\n  \
             export AWS_REGION={region} AWS_DEFAULT_REGION={region}\n  \
             export AWS_WEB_IDENTITY_TOKEN_FILE=token.jwt   # the \"value\" that this answers:\n  \
             curl -H 'Authorization: Bearer stampede-job-1' '{url}/token?audience={audience}'",
            region = service.region,
        )
    }

    /// The keys that signatures may be made with.
    pub(super) fn keyring(&self) -> Keyring<'_> {
        let service = &self.config.service;
        Keyring {
            secret: &self.secret,
            users: &service.identities.users,
            account: &service.account,
            signatures: service.identities.signatures,
        }
    }

    /// The service's decision about a request that arrives now, and when that
    /// is. The clock is read under the lock, so that arrivals are in order.
    pub(super) fn decide(&self, request: &Request<'_>) -> (Instant, Decision) {
        let mut service = self.service();
        let now = self.now();
        (now, service.handle(now, request))
    }

    /// A number for a request, mixed so that neighbours share nothing.
    pub(super) fn next_request(&self) -> u64 {
        let count = self.requests.fetch_add(1, Ordering::Relaxed);
        Dice::keyed(self.seed, count, Purpose::Request).bits()
    }

    /// `x-amz-sts-extended-request-id`: base64 of the region, the time in
    /// milliseconds and eight characters at random (captured 2025).
    pub(super) fn extended_id(&self) -> String {
        const LETTERS: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";
        let unix_ms = self.config.service.epoch_unix * 1000 + self.now().as_nanos() / 1_000_000;
        let mut bits = self.next_request();
        let mut random = String::new();
        for _ in 0..8 {
            random.push(char::from(LETTERS[(bits % 32) as usize]));
            bits /= 32;
        }
        STANDARD.encode(format!("1:{}:S:{unix_ms}:R:{random}", self.config.service.region))
    }

    /// Waits until `after` has passed since `since`.
    pub(super) async fn wait(&self, since: Instant, after: Duration) {
        let remaining = (since + after).since(self.now());
        if !remaining.is_zero() {
            #[expect(clippy::disallowed_methods, reason = "the server's answers take real time")]
            tokio::time::sleep(remaining).await;
        }
    }

    /// A panic elsewhere must not take every later request down with it.
    fn service(&self) -> MutexGuard<'_, Service> {
        self.service.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The identity provider on its three paths, STS on all others.
pub fn router(mock: Arc<Mock>) -> Router {
    Router::new()
        .route("/.well-known/openid-configuration", get(provider::discovery))
        .route("/.well-known/jwks", get(provider::jwks))
        .route("/token", get(provider::token))
        .route("/outbound/{account}/.well-known/openid-configuration", get(outbound::discovery))
        .route("/outbound/{account}/.well-known/jwks.json", get(outbound::jwks))
        .fallback(sts::answer)
        .with_state(mock)
}
