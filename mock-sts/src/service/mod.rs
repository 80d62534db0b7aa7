//! STS as a function of (now, request): the whole pipeline on one screen.

mod assume_role;
mod assume_root;
mod calls;
mod constraints;
mod course;
mod delegated;
mod faults;
mod federation;
mod keys;
mod ledger;
mod limits;
mod mfa;
mod policy;
mod saml;
mod session_token;
mod tags;
mod trust;
mod validation;
mod web_identity;

use std::time::Duration;

pub use self::course::{Course, Moment};
use self::faults::{Faults, stretch};
use self::keys::{KeyFetcher, KeyOutcome};
pub use self::ledger::{KeyCounts, Ledger, RegionCounts};
use self::limits::{Limits, Sharer};
use self::mfa::UsedCodes;
use self::tags::Tags;
use crate::clock::Instant;
use crate::config::{
    Effect, FaultConfig, IdpConfig, LimitConfig, MockConfig, RoleConfig, ServiceConfig, WireFault,
};
use crate::decision::{Decision, Delivery, Grant, Refusal, Verdict};
use crate::dice::{Dice, Purpose, key_of};
use crate::request::{
    AssumeRoleWithWebIdentity, Caller, Operation, Request, Session, Signed, Token, TokenSignature,
    WebIdentity,
};

/// STS for one account, with the identity provider's keys as it sees them. Each region has
/// limits and key caches of its own; the provider is everybody's. Faults of STS itself strike
/// in its own region only. Time and chance come from outside, so equal calls get equal answers.
#[derive(Debug)]
pub struct Service {
    config: ServiceConfig,
    providers: Vec<Provider>,
    seed: u64,
    limits: Limits,
    faults: Faults,
    ledger: Ledger,
    used_codes: UsedCodes,
}

/// An OpenID Connect provider of the account, with its keys as STS sees them.
#[derive(Debug)]
struct Provider {
    idp: IdpConfig,
    /// None of an external provider, whose keys are fetched before its calls
    /// arrive here.
    keys: Option<KeyFetcher>,
}

impl Provider {
    fn new(idp: &IdpConfig, service: &ServiceConfig, seed: u64) -> Self {
        // Each provider answers its fetches with a luck of its own.
        let seed = if idp.name.is_empty() { seed } else { seed ^ key_of(&idp.name) };
        Self {
            idp: idp.clone(),
            keys: idp
                .external
                .is_none()
                .then(|| KeyFetcher::new(&service.verification_key, &idp.cache_control, seed)),
        }
    }
}

impl Service {
    /// A service that starts cold: full buckets, no keys cached.
    #[must_use]
    pub fn new(config: &MockConfig, seed: u64) -> Self {
        let service = &config.service;
        Self {
            providers: config.providers().map(|idp| Provider::new(idp, service, seed)).collect(),
            seed,
            limits: Limits::new(&service.limits, &service.faults),
            faults: Faults::new(&service.faults, seed),
            ledger: Ledger::new(service.limits.len(), service.faults.len()),
            used_codes: UsedCodes::default(),
            config: service.clone(),
        }
    }

    /// What the first limit has left at `now` and what it can hold, without touching it; none where
    /// there is no limit, or one that holds nothing.
    #[must_use]
    pub fn room(&self, now: Instant) -> Option<(u64, u64)> {
        self.limits.room(now)
    }

    /// Decides one request that arrives at `now`. Requests must be handed over
    /// in the order of their arrival.
    pub fn handle(&mut self, now: Instant, request: &Request<'_>) -> Decision {
        self.ledger.arrived(now, request.caller.region);
        let is_home = request.caller.region == 0;
        match is_home.then(|| self.faults.strike(now, request.caller)).flatten() {
            Some((fault, effect)) => {
                self.ledger.struck_by(fault);
                self.fail(now, request, effect)
            }
            None => self.decide(now, request),
        }
    }

    /// Decides a request that a fault struck.
    fn fail(&mut self, now: Instant, request: &Request<'_>, effect: Effect) -> Decision {
        match effect {
            Effect::Refuse(code) => {
                let verdict = Verdict::Refused(Refusal::Injected(code));
                self.decided(now, request.caller, verdict, Duration::ZERO)
            }
            Effect::Wire(WireFault::ResetBefore) => {
                self.ledger.decided(&Verdict::Dropped, request.caller.region);
                let (verdict, delivery) = (Verdict::Dropped, Delivery::Reset);
                Decision { verdict, respond_after: Duration::ZERO, delivery }
            }
            Effect::Wire(WireFault::Empty) => self.drop_it(now, request.caller, Delivery::Empty),
            Effect::Wire(WireFault::Hang) => self.drop_it(now, request.caller, Delivery::Hang),
            Effect::Wire(WireFault::ResetAfter) => {
                Decision { delivery: Delivery::Reset, ..self.decide(now, request) }
            }
            Effect::Wire(WireFault::SlowBody(takes)) => {
                Decision { delivery: Delivery::SlowBody(takes), ..self.decide(now, request) }
            }
            Effect::Wire(WireFault::Truncated) => {
                Decision { delivery: Delivery::Truncated, ..self.decide(now, request) }
            }
        }
    }

    fn drop_it(&mut self, now: Instant, caller: Caller, delivery: Delivery) -> Decision {
        Decision { delivery, ..self.decided(now, caller, Verdict::Dropped, Duration::ZERO) }
    }

    fn decide(&mut self, now: Instant, request: &Request<'_>) -> Decision {
        let mut waited = Duration::ZERO;
        let verdict = match &request.operation {
            Operation::AssumeRoleWithWebIdentity(call) => {
                self.assume_role_with_web_identity(now, request.caller, call, &mut waited)
            }
            Operation::GetCallerIdentity(signed) => {
                self.authenticate(now, signed).map(|_| Verdict::Identified)
            }
            Operation::Call(call) => self.call(now, request.caller, call, &mut waited),
        };
        let verdict = verdict.unwrap_or_else(Verdict::Refused);
        self.decided(now, request.caller, verdict, waited)
    }

    fn decided(
        &mut self,
        now: Instant,
        caller: Caller,
        verdict: Verdict,
        waited: Duration,
    ) -> Decision {
        self.ledger.decided(&verdict, caller.region);
        let mut dice = self.dice(caller, Purpose::ServiceLatency);
        let slowdown = if caller.region == 0 { self.faults.slowdown(now) } else { 1.0 };
        let latency = stretch(self.config.latency.sample(&mut dice), slowdown);
        let respond_after = waited + latency;
        self.limits.settle(now + respond_after);
        Decision { respond_after, delivery: self.delivery(&verdict), verdict }
    }

    /// The limits in force.
    #[must_use]
    pub fn limits(&self) -> &[LimitConfig] {
        &self.config.limits
    }

    /// The faults in force.
    #[must_use]
    pub fn faults(&self) -> &[FaultConfig] {
        &self.config.faults
    }

    /// Puts other limits and faults in force: buckets are full, faults have
    /// struck nobody yet, and their counts begin at zero. A fault must name a
    /// limit that there is.
    pub fn change(&mut self, limits: Vec<LimitConfig>, faults: Vec<FaultConfig>) {
        self.limits = Limits::new(&limits, &faults);
        self.faults = Faults::new(&faults, self.seed);
        self.ledger.change(limits.len(), faults.len());
        (self.config.limits, self.config.faults) = (limits, faults);
    }

    /// Starts anew with the limits and faults in force: full buckets, no keys
    /// cached, all counts at zero.
    pub fn reset(&mut self) {
        let idps = self.providers.iter().map(|provider| &provider.idp);
        self.providers = idps.map(|idp| Provider::new(idp, &self.config, self.seed)).collect();
        self.limits = Limits::new(&self.config.limits, &self.config.faults);
        self.faults = Faults::new(&self.config.faults, self.seed);
        self.ledger = Ledger::new(self.config.limits.len(), self.config.faults.len());
    }

    /// What the service has counted so far.
    #[must_use]
    pub fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    /// The role at this index of the configuration.
    #[must_use]
    pub fn role(&self, index: usize) -> &RoleConfig {
        &self.config.roles[index]
    }

    /// Validation precedes every look-up (captured); where the rate limit
    /// stands among the checks is not public.
    fn assume_role_with_web_identity(
        &mut self,
        now: Instant,
        caller: Caller,
        call: &AssumeRoleWithWebIdentity<'_>,
        waited: &mut Duration,
    ) -> Result<Verdict, Refusal> {
        let role = call.role_arn.and_then(|arn| trust::find_role(&self.config.roles, arn));
        let (role_arn, token) = validation::check(call, role.is_some())?;
        call.session.map_or(Ok(()), constraints::check_session)?;
        trust::activated(&self.config, self.config.region_name(caller.region))?;
        let issuer = match token {
            Token::Jwt(token) => token.issuer.as_str(),
            Token::Unreadable { .. } => "",
        };
        let sharer = Sharer { role, issuer, source: caller.source, region: caller.region };
        let admitted = self.admit(now, &sharer);
        *waited += admitted.map_err(|limit| Refusal::Throttled { limit })?;
        let Token::Jwt(token) = token else { return Err(Refusal::UnreadableToken) };
        let registered = self.providers.iter().position(|known| known.idp.issuer == token.issuer);
        let provider = registered
            .ok_or_else(|| Refusal::NoOpenIdConnectProvider { issuer: token.issuer.clone() })?;
        self.fetch_key(now, caller, provider, waited)?;
        trust::certificate(&self.providers[provider].idp)?;
        self.verify_token(now, provider, token)?;
        let most = trust::longest_session(&self.config, role, role_arn, token)
            .ok_or(Refusal::AccessDenied)?;
        let duration = validation::session(call.duration, most)?;
        let shape = policy::session(call.policy, call.session, &Tags::of_token(token))?;
        let expires_at = now + duration;
        Ok(Verdict::Granted(Grant {
            serial: self.ledger.granted() + 1,
            role,
            expires_at,
            expires_unix: self.unix(expires_at),
            shape,
        }))
    }

    /// Lets a request through all limits, after how long, or says which refuses.
    fn admit(&mut self, now: Instant, sharer: &Sharer<'_>) -> Result<Duration, usize> {
        let admitted = self.limits.admit(now, sharer);
        if let Some(left) = self.limits.left_of(sharer) {
            self.ledger.left(now, left);
        }
        admitted
    }

    fn fetch_key(
        &mut self,
        now: Instant,
        caller: Caller,
        provider: usize,
        waited: &mut Duration,
    ) -> Result<(), Refusal> {
        let Some(keys) = &mut self.providers[provider].keys else { return Ok(()) };
        keys.weather = self.faults.weather(now);
        let before = self.ledger.keys().started;
        let outcome = keys.ask(now, caller, self.ledger.keys_mut());
        self.ledger.fetched(now, caller.region, self.ledger.keys().started - before);
        match outcome {
            KeyOutcome::Had { after } => {
                *waited += after;
                Ok(())
            }
            KeyOutcome::Failed { after } => {
                *waited += after;
                Err(Refusal::VerificationKey)
            }
        }
    }

    fn verify_token(
        &self,
        now: Instant,
        provider: usize,
        token: &WebIdentity,
    ) -> Result<(), Refusal> {
        match token.signature {
            TokenSignature::Valid | TokenSignature::Unchecked => {}
            TokenSignature::Invalid => return Err(Refusal::TokenSignature),
            TokenSignature::UnknownKey => return Err(Refusal::VerificationKey),
        }
        let now_unix = self.unix(now);
        let expires_unix = token.expires_unix.ok_or(Refusal::MissingClaim("exp"))?;
        if now_unix >= expires_unix {
            return Err(Refusal::ExpiredToken { now_unix, expires_unix });
        }
        if let Some(not_before_unix) = token.not_before_unix
            && now_unix < not_before_unix
        {
            return Err(Refusal::NotYetValidToken { now_unix, not_before_unix });
        }
        if token.audiences.is_empty() {
            return Err(Refusal::MissingClaim("aud"));
        }
        if token.subject.is_none() {
            return Err(Refusal::MissingClaim("sub"));
        }
        let audiences = &self.providers[provider].idp.audiences;
        let registered = |audience: &String| audiences.contains(audience);
        if token.audiences.iter().any(registered) {
            Ok(())
        } else {
            Err(Refusal::IncorrectAudience)
        }
    }

    fn authenticate<'a>(&self, now: Instant, signed: &Signed<'a>) -> Result<&'a Session, Refusal> {
        match signed {
            Signed::Missing => Err(Refusal::MissingAuthenticationToken),
            Signed::Incomplete(why) => Err(Refusal::IncompleteSignature((*why).to_owned())),
            Signed::UnknownKey => Err(Refusal::InvalidClientTokenId),
            Signed::Invalid => Err(Refusal::SignatureDoesNotMatch),
            Signed::Wrong(why) => Err(Refusal::WrongSignature((*why).to_owned())),
            Signed::Valid(session) if self.unix(now) >= session.expires_unix => {
                Err(Refusal::ExpiredCredentials)
            }
            Signed::Valid(session) => Ok(session),
        }
    }

    fn delivery(&self, verdict: &Verdict) -> Delivery {
        match verdict {
            Verdict::Refused(why) if self.config.close_on_error && why.code().status() == 400 => {
                Delivery::Close
            }
            _ => Delivery::KeepAlive,
        }
    }

    fn unix(&self, at: Instant) -> u64 {
        self.config.epoch_unix + at.as_nanos() / 1_000_000_000
    }

    fn dice(&self, caller: Caller, purpose: Purpose) -> Dice {
        caller_dice(self.seed, caller, purpose)
    }
}

/// The dice of one attempt of one caller, for what the service draws about it.
fn caller_dice(seed: u64, caller: Caller, purpose: Purpose) -> Dice {
    let entity = caller.key.wrapping_add(u64::from(caller.attempt).rotate_left(48));
    Dice::keyed(seed, entity, purpose)
}

#[cfg(test)]
mod tests;
