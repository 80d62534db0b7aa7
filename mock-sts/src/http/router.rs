//! The state behind the listener, and which path leads where.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use axum::Router;
use axum::middleware;
use axum::routing::get;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::credentials::{Secret, role_id};
use super::external::{ClientError, ExternalKeys};
use super::gate::Gate;
use super::keyring::Keyring;
use super::provider::{self, DISCOVERY_PATH, Provider};
use super::request_id::RequestIds;
use super::token::Verifier;
use super::watch::{self, Watchers};
use super::{control, outbound, sealed, sts};
use crate::clock::Instant;
use crate::config::{FaultConfig, IdpConfig, LimitConfig, MockConfig};
use crate::decision::Decision;
use crate::dice::{Dice, Purpose, key_of};
use crate::idp::{Issuer, IssuerError, OutboundKeys, TokenAnswer, TokenEndpoint};
use crate::request::Request;
use crate::service::{Ledger, Service};
use crate::session::Session;

/// One mock: the service, its identity provider, and the clock both go by.
pub struct Mock {
    pub(super) config: MockConfig,
    /// Of [`MockConfig::providers`], in that order.
    issuers: Vec<Option<Arc<Issuer>>>,
    default_issuer: Arc<Issuer>,
    external: Vec<ExternalKeys>,
    pub(super) verifier: Verifier,
    pub(super) secret: Secret,
    pub(super) request_ids: RequestIds,
    /// Of the roles of the configuration, in that order.
    pub(super) role_ids: Vec<String>,
    pub(super) seed: u64,
    outbound: OnceLock<Result<OutboundKeys, IssuerError>>,
    requests: AtomicU64,
    /// Of [`MockConfig::providers`], in that order.
    endpoints: Vec<Mutex<TokenEndpoint>>,
    service: Mutex<Service>,
    watchers: OnceLock<Watchers>,
    gate: OnceLock<Arc<Gate>>,
    started: std::time::Instant,
}

/// Why there is no mock.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// No key to sign tokens with.
    #[error(transparent)]
    Issuer(#[from] IssuerError),
    /// An external issuer's keys could never be fetched.
    #[error("the keys of the external issuer {issuer} could never be fetched")]
    External {
        /// Whose keys.
        issuer: String,
        /// Why.
        source: ClientError,
    },
    /// No secret to derive credentials from.
    #[error(
        "cannot make the secret that issued credentials are derived from: no randomness from the system?"
    )]
    Secret,
}

/// An issuer for each of [`MockConfig::providers`], none for an external one.
pub type Issuers = Vec<Option<Arc<Issuer>>>;

/// The issuers of a mock, with new keys; an RSA key takes 50 ms to 150 ms.
///
/// # Errors
/// When the system has no randomness for a key.
pub fn issuers(config: &MockConfig) -> Result<Issuers, IssuerError> {
    let own = |idp: &IdpConfig| match idp.external {
        None => Issuer::new(idp.algorithm, idp.rotation).map(Arc::new).map(Some),
        Some(_) => Ok(None),
    };
    config.providers().map(own).collect()
}

impl Mock {
    /// A mock that starts cold. Makes an RSA key, which takes 50 ms to 150 ms,
    /// before its clock starts.
    ///
    /// # Errors
    /// When the system has no randomness for the key or the secret.
    pub fn new(config: MockConfig, seed: u64) -> Result<Arc<Self>, StartError> {
        let issuers = issuers(&config)?;
        Self::with_issuers(config, issuers, seed)
    }

    /// A mock that starts cold, now: its faults and limits count from here.
    /// `config.service.epoch_unix` is set from the system's clock.
    ///
    /// # Errors
    /// When the system has no randomness for the secret.
    #[expect(clippy::disallowed_methods, reason = "the real world's clock starts here")]
    pub fn with_issuers(
        mut config: MockConfig,
        issuers: Issuers,
        seed: u64,
    ) -> Result<Arc<Self>, StartError> {
        let started = std::time::Instant::now();
        let epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        config.service.epoch_unix = epoch.as_secs();
        let known = config.providers().zip(&issuers);
        let known: Vec<_> = known
            .filter_map(|(idp, issuer)| Some((idp.issuer.clone(), Arc::clone(issuer.as_ref()?))))
            .collect();
        // The default provider is never external.
        let default_issuer = known.first().map(|(_, issuer)| Arc::clone(issuer));
        let conditions = config.service.roles.iter().flat_map(|role| &role.conditions);
        let claims: Vec<String> = conditions.map(|condition| condition.claim.clone()).collect();
        Ok(Arc::new(Self {
            verifier: Verifier::new(known).keeping(claims),
            secret: Secret::random().map_err(|_| StartError::Secret)?,
            request_ids: RequestIds::new(seed),
            role_ids: config.service.roles.iter().map(|role| role_id(&role.arn)).collect(),
            requests: AtomicU64::new(0),
            service: Mutex::new(Service::new(&config, seed)),
            endpoints: config
                .providers()
                .map(|idp| Mutex::new(TokenEndpoint::new(idp, seed)))
                .collect(),
            external: external(&config)?,
            config,
            default_issuer: default_issuer.ok_or(IssuerError::KeyGeneration)?,
            issuers,
            seed,
            outbound: OnceLock::new(),
            watchers: OnceLock::new(),
            gate: OnceLock::new(),
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

    /// What the first limit has left for the account or the first role, and what it can hold;
    /// none where there is no limit, or one that holds nothing.
    #[must_use]
    pub fn room(&self) -> Option<(u64, u64)> {
        let now = self.now();
        self.service().room(now)
    }

    /// What the service counted so far.
    #[must_use]
    pub fn ledger(&self) -> Ledger {
        self.service().ledger().clone()
    }

    /// Has what passes over the wire watched from now on; only the first call
    /// counts.
    pub fn watched_by(&self, watchers: Watchers) {
        let _ = self.watchers.set(watchers);
    }

    /// Puts a starting gate before STS, for a mock that is watched and keeps
    /// calls; only the first counts.
    pub fn gated_by(&self, gate: Arc<Gate>) {
        let _ = self.gate.set(gate);
    }

    /// Holds a job's first call for as long as the gate says.
    pub(super) async fn hold(&self, body: &[u8]) {
        let Some(gate) = self.gate.get() else { return };
        let token = form_urlencoded::parse(body).find(|(name, _)| name == "WebIdentityToken");
        let job = token.and_then(|(_, token)| self.watchers()?.job_of(&token));
        if let Some(job) = job {
            #[expect(clippy::disallowed_methods, reason = "real programs are held in real time")]
            gate.hold(&job, || self.now(), tokio::time::sleep).await;
        }
    }

    /// Whom credentials speak for, if this mock issued them: the three texts as
    /// a client has them. Expiry is not looked at.
    #[must_use]
    pub fn session_of(&self, key: &str, secret: &str, token: &str) -> Option<Session> {
        let (session, known) = self.keyring().find(key, token)?;
        (!token.is_empty() && known == secret).then_some(session)
    }

    /// Who watches.
    pub(super) fn watchers(&self) -> Option<&Watchers> {
        self.watchers.get()
    }

    /// The limits in force.
    pub(super) fn limits(&self) -> Vec<LimitConfig> {
        self.service().limits().to_vec()
    }

    /// The faults in force.
    pub(super) fn faults(&self) -> Vec<FaultConfig> {
        self.service().faults().to_vec()
    }

    /// Puts other limits and faults in force.
    pub(super) fn change(&self, limits: Vec<LimitConfig>, faults: Vec<FaultConfig>) {
        self.service().change(limits, faults);
    }

    /// Starts the service anew, with the limits and faults in force; its clock
    /// goes on.
    pub(super) fn reset(&self) {
        self.service().reset();
        if let Some(watchers) = self.watchers() {
            watchers.counts.reset();
        }
    }

    /// The default identity provider, to sign tokens that its endpoint would not.
    #[must_use]
    pub fn issuer(&self) -> &Issuer {
        &self.default_issuer
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
        let named = idp_paths(&self.config, url);
        format!(
            "  export AWS_ENDPOINT_URL_STS={url} AWS_ROLE_ARN={role}\n  \
             export AWS_REGION={region} AWS_DEFAULT_REGION={region}\n  \
             export AWS_WEB_IDENTITY_TOKEN_FILE=token.jwt   # the \"value\" that this answers:\n  \
             curl -H 'Authorization: Bearer stampede-job-1' '{url}/token?audience={audience}'{named}",
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

    /// What a job's request for a token comes to that arrives now at the
    /// provider of this index.
    pub(super) fn ask_for_token(&self, provider: usize, job: &str) -> (Instant, TokenAnswer) {
        let endpoint = &self.endpoints[provider];
        let mut endpoint = endpoint.lock().unwrap_or_else(PoisonError::into_inner);
        let now = self.now();
        (now, endpoint.ask(now, key_of(job)))
    }

    /// The keys of this issuer, if it is an external one.
    pub(super) fn external(&self, issuer: &str) -> Option<&ExternalKeys> {
        self.external.iter().find(|keys| keys.issuer == issuer)
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

fn external(config: &MockConfig) -> Result<Vec<ExternalKeys>, StartError> {
    let keys = &config.service.verification_key;
    let external = config.providers().filter_map(|idp| Some((idp, idp.external.as_ref()?)));
    external
        .map(|(idp, external)| {
            ExternalKeys::new(idp, external, keys)
                .map_err(|source| StartError::External { issuer: idp.issuer.clone(), source })
        })
        .collect()
}

/// A line a named provider: its token endpoint.
fn idp_paths(config: &MockConfig, url: &str) -> String {
    let ours = config.idps.iter().filter(|idp| idp.external.is_none());
    let lines = ours.map(|idp| {
        let (name, issuer) = (&idp.name, &idp.issuer);
        format!("\n  # tokens of {issuer}: {url}/{name}/token")
    });
    lines.collect()
}

/// Where whoever started the mock asks whether it answers.
const READY_PATH: &str = "/_mock/ready";

/// Each identity provider on its three paths, the keys of STS's own tokens on
/// theirs, STS on all others.
pub fn router(mock: Arc<Mock>) -> Router {
    let mut router = Router::new();
    for (index, idp) in mock.config.providers().enumerate() {
        let prefix = if idp.name.is_empty() { String::new() } else { format!("/{}", idp.name) };
        // An external issuer serves its own.
        let Some(issuer) = mock.issuers[index].clone() else { continue };
        let provider = Provider { mock: Arc::clone(&mock), index, issuer };
        router = router.merge(
            Router::new()
                .route(&format!("{prefix}{DISCOVERY_PATH}"), get(provider::discovery))
                .route(&format!("{prefix}/.well-known/jwks"), get(provider::jwks))
                .route(&format!("{prefix}/token"), get(provider::token))
                .with_state(provider),
        );
    }
    router
        .route("/outbound/{account}/.well-known/openid-configuration", get(outbound::discovery))
        .route("/outbound/{account}/.well-known/jwks.json", get(outbound::jwks))
        .layer(middleware::from_fn_with_state(Arc::clone(&mock), watch::provider))
        .route(READY_PATH, get(control::ready))
        .fallback(sts::answer)
        .with_state(mock)
}
