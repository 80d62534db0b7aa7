//! STS and the identity provider without sockets: the same service, called directly.

use std::cell::RefCell;
use std::future::Future;
use std::rc::Rc;

use mock_sts::clock::Instant;
use mock_sts::config::{IdpConfig, MockConfig};
use mock_sts::decision::Verdict;
use mock_sts::dice::{Dice, Purpose};
use mock_sts::idp::tokens::claims;
use mock_sts::latency::Latency;
use mock_sts::request::{
    AssumeRoleWithWebIdentity, Caller, DurationSeconds, Operation, Request, Token, TokenSignature,
    WebIdentity,
};
use mock_sts::service::{Ledger, Service};

use super::Executor;
use crate::record::{CallError, Credentials, Detail, Failure};
use crate::world::{Ask, Clock, Host, JobName, StsApi, ToolId, WebToken};

/// One contender's world in virtual time.
#[derive(Debug)]
pub struct SimWorld {
    executor: Rc<Executor>,
    service: RefCell<Service>,
    seed: u64,
    hop: Latency,
    idp: IdpConfig,
    role_arn: String,
    epoch_unix: u64,
    /// The claims of every simulated token but for the expiry, which is set for
    /// the call at hand.
    claims: RefCell<WebIdentity>,
    no_text: Rc<str>,
}

/// Bytes of a token like GitHub's.
const TOKEN_LENGTH: usize = 1200;

impl SimWorld {
    /// A world whose service starts cold.
    #[must_use]
    pub fn new(executor: Rc<Executor>, mock: &MockConfig, hop: Latency, seed: u64) -> Self {
        let role = &mock.service.roles[0];
        let identity = WebIdentity {
            length: TOKEN_LENGTH,
            issuer: mock.idp.issuer.clone(),
            audiences: mock.idp.audiences.clone(),
            subject: Some(claims(&mock.idp, "", "", 0).sub),
            expires_unix: None,
            not_before_unix: None,
            signature: TokenSignature::Unchecked,
        };
        Self {
            executor,
            service: RefCell::new(Service::new(mock, seed)),
            seed,
            hop,
            role_arn: role.arn.clone(),
            epoch_unix: mock.service.epoch_unix,
            claims: RefCell::new(identity),
            idp: mock.idp.clone(),
            no_text: Rc::from(""),
        }
    }

    /// What the service has counted.
    #[must_use]
    pub fn ledger(&self) -> Ledger {
        self.service.borrow().ledger().clone()
    }

    /// Decides a call that arrives now: its result, and when the answer leaves.
    fn decide(&self, ask: &Ask) -> (Result<Credentials, CallError>, Instant) {
        let now = self.executor.now();
        let mut claims = self.claims.borrow_mut();
        let expires_s = ask.token.expires_at.as_nanos() / 1_000_000_000;
        claims.expires_unix = Some(self.epoch_unix + expires_s);
        let request = Request {
            caller: Caller { key: ask.key, attempt: ask.attempt },
            operation: Operation::AssumeRoleWithWebIdentity(AssumeRoleWithWebIdentity {
                role_arn: Some(&self.role_arn),
                role_session_name: Some("stampede"),
                token: Some(Token::Jwt(&claims)),
                duration: DurationSeconds::Seconds(i64::from(ask.session_s)),
                provider_id: None,
                policy: None,
            }),
        };
        let decision = self.service.borrow_mut().handle(now, &request);
        let result = match decision.verdict {
            Verdict::Granted(grant) => {
                Ok(Credentials { expires_at: grant.expires_at, serial: grant.serial })
            }
            Verdict::Refused(refusal) => Err(CallError {
                failure: Failure::Refused(refusal.code()),
                detail: Detail::Refusal(Box::new(refusal)),
            }),
            Verdict::Identified => Err(CallError::new(
                Failure::Unreadable,
                "an identity where credentials were asked for",
            )),
        };
        (result, now + decision.respond_after)
    }
}

impl Clock for SimWorld {
    fn now(&self) -> Instant {
        self.executor.now()
    }

    fn sleep_until(&self, at: Instant) -> impl Future<Output = ()> {
        self.executor.sleep_until(at)
    }
}

impl StsApi for SimWorld {
    async fn fetch_token(&self, job: &JobName) -> Result<WebToken, CallError> {
        let issued = self.executor.now();
        let mut dice = Dice::keyed(self.seed, job.key(), Purpose::TokenLatency);
        self.sleep_until(issued + self.idp.token_latency.sample(&mut dice)).await;
        // JWTs count in whole seconds: a token issued in mid-second has a little less.
        let whole_s = issued.as_nanos() / 1_000_000_000;
        let expires_at = Instant::from_nanos(whole_s * 1_000_000_000) + self.idp.token_lifetime;
        Ok(WebToken { text: Rc::clone(&self.no_text), expires_at })
    }

    async fn assume_role(&self, ask: &Ask) -> Result<Credentials, CallError> {
        let mut dice = ask.dice(self.seed, Purpose::Hop);
        let (there, back) = (self.hop.sample(&mut dice), self.hop.sample(&mut dice));
        self.sleep_until(self.now() + there).await;
        let (result, leaves_at) = self.decide(ask);
        self.sleep_until(leaves_at + back).await;
        result
    }
}

impl Host for SimWorld {
    fn spawn(&self, who: ToolId, task: impl Future<Output = ()> + 'static) {
        self.executor.spawn(who, false, Box::pin(task));
    }

    fn spawn_background(&self, who: ToolId, task: impl Future<Output = ()> + 'static) {
        self.executor.spawn(who, true, Box::pin(task));
    }
}
