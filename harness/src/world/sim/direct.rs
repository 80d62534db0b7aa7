//! STS and the identity provider without sockets and without a clock: the same
//! service, called directly. What takes time says how long.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use mock_sts::action::{Action, Call};
use mock_sts::clock::{Instant, nanos};
use mock_sts::config::{IdpConfig, MockConfig, RoleConfig, ServiceConfig};
use mock_sts::decision::{Decision, Verdict};
use mock_sts::dice::Purpose;
use mock_sts::fields::Fields;
use mock_sts::idp::{TokenAnswer, TokenEndpoint, issue};
use mock_sts::ids::role_id;
use mock_sts::latency::Latency;
use mock_sts::request::{
    AssumeRoleWithWebIdentity, Caller, DurationSeconds, Operation, Request, Signed, Token,
    TokenSignature, WebIdentity,
};
use mock_sts::service::{Ledger, Service};
use mock_sts::session::{NEVER, Principal, Session};

use super::delivery::receive;
use crate::record::{Arrival, CallError, Credentials};
use crate::restraint::Hint;
use crate::world::{
    ANSWER_WITHIN, Ask, JobName, WebToken, next_role, region_names, role_arns, timed_out,
};

/// One service and its identity provider, a hop away.
#[derive(Debug)]
pub struct DirectSts {
    service: RefCell<Service>,
    endpoint: RefCell<TokenEndpoint>,
    seed: u64,
    hop: Latency,
    /// How long a caller waits for an answer.
    patience: Duration,
    /// What throttled answers say about when to come back.
    throttled: Hint,
    idp: IdpConfig,
    /// The ARNs of the job's role, and of those that its tools go on to.
    roles: Vec<String>,
    /// By the service's numbers.
    regions: Vec<String>,
    epoch_unix: u64,
    /// The claims of every simulated token but for the expiry, which is set for
    /// the call at hand.
    claims: RefCell<WebIdentity>,
    /// Whom a job's own keys speak for, but for the expiry.
    hub: RefCell<Session>,
    no_text: Rc<str>,
    /// The job whose calls are told about, and what there is to tell.
    told: RefCell<Option<(u32, Vec<Arrival>)>>,
}

/// Bytes of a token like GitHub's.
const TOKEN_LENGTH: usize = 1200;

impl DirectSts {
    /// A service that starts cold.
    #[must_use]
    pub fn new(mock: &MockConfig, hop: Latency, seed: u64) -> Self {
        let headers = &mock.service.throttle_headers;
        let identity = WebIdentity {
            length: TOKEN_LENGTH,
            issuer: mock.idp.issuer.clone(),
            audiences: mock.idp.audiences.clone(),
            subject: Some(issue(&mock.idp, "", "", 0).subject().to_owned()),
            others: [].into(),
            expires_unix: None,
            not_before_unix: None,
            signature: TokenSignature::Unchecked,
        };
        Self {
            service: RefCell::new(Service::new(mock, seed)),
            endpoint: RefCell::new(TokenEndpoint::new(&mock.idp, seed)),
            seed,
            hop,
            patience: ANSWER_WITHIN,
            throttled: Hint::new(headers.retry_after, headers.x_amz_retry_after),
            roles: role_arns(&mock.service),
            regions: region_names(&mock.service),
            epoch_unix: mock.service.epoch_unix,
            claims: RefCell::new(identity),
            hub: RefCell::new(hub(&mock.service)),
            idp: mock.idp.clone(),
            no_text: Rc::from(""),
            told: RefCell::new(None),
        }
    }

    /// The same, asked by callers who wait so long for an answer and no longer.
    #[must_use]
    pub fn patient_for(self, patience: Duration) -> Self {
        Self { patience, ..self }
    }

    /// The same, which also tells what it does about the calls of one job.
    #[must_use]
    pub fn telling_of(self, job: u32) -> Self {
        Self { told: RefCell::new(Some((job, Vec::new()))), ..self }
    }

    /// What it did about the calls of the job that it tells of.
    #[must_use]
    pub fn told(&self) -> Vec<Arrival> {
        self.told.take().map(|(_, arrivals)| arrivals).unwrap_or_default()
    }

    /// How long callers wait for an answer.
    #[must_use]
    pub fn patience(&self) -> Duration {
        self.patience
    }

    /// What the service has counted.
    #[must_use]
    pub fn ledger(&self) -> Ledger {
        self.service.borrow().ledger().clone()
    }

    /// What a job that asks for a token now is answered, and when.
    pub fn token(&self, now: Instant, job: JobName) -> (Result<WebToken, CallError>, Instant) {
        let after = match self.endpoint.borrow_mut().ask(now, job.key()) {
            TokenAnswer::Issue(after) => after,
            TokenAnswer::Refuse(refusal, after) => {
                let error = CallError::token_refused(refusal.status(), refusal.message());
                return (Err(error), now + after);
            }
            TokenAnswer::Hang => return (Err(timed_out(self.patience)), now + self.patience),
        };
        // JWTs count in whole seconds: a token issued in mid-second has a little less.
        let whole_s = now.as_nanos() / 1_000_000_000;
        let expires_at = Instant::from_nanos(whole_s * 1_000_000_000) + self.idp.token_lifetime;
        (Ok(WebToken { text: Rc::clone(&self.no_text), expires_at }), now + after)
    }

    /// Simulated tokens carry no signature, but they were signed with the key of
    /// their time, and that key may be gone from the key set.
    fn signature(&self, now: Instant, token: &WebToken) -> TokenSignature {
        let Some(rotation) = self.idp.rotation else { return TokenSignature::Unchecked };
        let issued = token.expires_at.since(Instant::ZERO + self.idp.token_lifetime);
        let period = rotation.period(Instant::ZERO + issued);
        if rotation.publishes(period, now) {
            TokenSignature::Unchecked
        } else {
            TokenSignature::UnknownKey
        }
    }

    /// When a call that leaves now reaches STS, unless its caller gives up before.
    #[must_use]
    pub fn arrives_at<P>(&self, now: Instant, ask: &Ask<P>) -> Instant {
        let there_ns = self.hop.sample_ns(&mut ask.dice(self.seed, Purpose::Hop));
        now.plus_nanos(there_ns.min(nanos(self.patience)))
    }

    /// The answer to a call that arrives now, and when its caller knows: after
    /// the way back, or out of patience. Both ways are drawn from the same dice;
    /// they are drawn again rather than carried along, for nothing is as dear as
    /// room in a waiting tool.
    pub fn answer<P: Shown>(
        &self,
        now: Instant,
        ask: &Ask<P>,
    ) -> (Result<Credentials, CallError>, Instant) {
        let mut dice = ask.dice(self.seed, Purpose::Hop);
        let (there_ns, back_ns) = (self.hop.sample_ns(&mut dice), self.hop.sample_ns(&mut dice));
        let Some(left_ns) = nanos(self.patience).checked_sub(there_ns) else {
            return (Err(timed_out(self.patience)), now);
        };
        let gives_up_at = now.plus_nanos(left_ns);
        let decision = P::decided(self, now, ask);
        let (result, after) = receive(&decision, self.throttled, self.epoch_unix);
        let arrives_at = (now + after).plus_nanos(back_ns);
        if arrives_at > gives_up_at {
            return (Err(timed_out(self.patience)), gives_up_at);
        }
        (result, arrives_at)
    }

    /// A moment of the run in seconds since 1970, as tokens and credentials have it.
    fn unix(&self, at: Instant) -> u64 {
        self.epoch_unix + at.as_nanos() / 1_000_000_000
    }

    /// What the service says to a call of a tool, which is told where somebody listens.
    fn handle<P>(&self, now: Instant, ask: &Ask<P>, operation: Operation<'_>) -> Decision {
        let source = u64::from(ask.tool.job);
        let caller = Caller { key: ask.key, attempt: ask.attempt, source, region: ask.region };
        let request = Request { caller, operation };
        let mut service = self.service.borrow_mut();
        let mut told = self.told.borrow_mut();
        let told = told.as_mut().filter(|(job, _)| *job == ask.tool.job);
        let before = told.as_ref().map(|_| service.ledger().keys());
        let decision = service.handle(now, &request);
        if let (Some((_, arrivals)), Some(before)) = (told, before) {
            arrivals.push(Arrival {
                at: now,
                tool: ask.tool,
                keys: service.ledger().keys().since(before),
                respond_after: decision.respond_after,
                verdict: match &decision.verdict {
                    Verdict::Granted(_) | Verdict::Answered(_) => "credentials".into(),
                    Verdict::Refused(refusal) => refusal.code().to_string(),
                    _ => "no answer".into(),
                },
            });
        }
        decision
    }
}

/// What a tool can show STS, and what STS says to it.
pub trait Shown: Sized {
    /// The decision about a call that arrives now.
    fn decided(sts: &DirectSts, now: Instant, ask: &Ask<Self>) -> Decision;
}

impl Shown for WebToken {
    fn decided(sts: &DirectSts, now: Instant, ask: &Ask) -> Decision {
        let mut claims = sts.claims.borrow_mut();
        claims.expires_unix = Some(sts.unix(ask.proof.expires_at));
        claims.signature = sts.signature(now, &ask.proof);
        let call = AssumeRoleWithWebIdentity {
            role_arn: Some(&sts.roles[0]),
            role_session_name: Some("stampede"),
            token: Some(Token::Jwt(&claims)),
            duration: DurationSeconds::Seconds(i64::from(ask.session_s)),
            provider_id: None,
            policy: None,
            session: None,
        };
        sts.handle(now, ask, Operation::AssumeRoleWithWebIdentity(call))
    }
}

/// The keys of the job's own role: the call is signed with them, and simulated calls carry no
/// signature.
impl Shown for Credentials {
    fn decided(sts: &DirectSts, now: Instant, ask: &Ask<Self>) -> Decision {
        let mut hub = sts.hub.borrow_mut();
        hub.expires_unix = sts.unix(ask.proof.expires_at);
        let session_s = ask.session_s.to_string();
        let fields: Fields<'_> = [
            ("RoleArn", next_role(&sts.roles, ask.tool.tool)),
            ("RoleSessionName", "stampede"),
            ("DurationSeconds", &session_s),
        ]
        .into_iter()
        .map(|(name, value)| (name.into(), value.into()))
        .collect();
        let call = Call {
            action: Action::AssumeRole,
            region: &sts.regions[usize::from(ask.region)],
            fields: &fields,
            signed: Signed::Valid(&hub),
            opened: None,
        };
        sts.handle(now, ask, Operation::Call(call))
    }
}

/// A session of the first role, which never expires as yet.
fn hub(service: &ServiceConfig) -> Session {
    let RoleConfig { arn, name, .. } = &service.roles[0];
    let principal =
        Principal::Role { name: name.clone(), id: role_id(arn), session: "stampede".into() };
    Session::new(&service.account, principal, NEVER)
}
