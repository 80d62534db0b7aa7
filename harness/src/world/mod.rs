//! What a strategy may do in a world: look at the clock, wait, and ask STS.

mod race;
pub mod real;
pub mod sim;

use std::future::Future;
use std::rc::Rc;
use std::time::Duration;

pub use self::race::{Either, join, race, timeout};
pub use mock_sts::clock::Instant;
use mock_sts::config::ServiceConfig;
use mock_sts::dice::{Dice, Part, Purpose, key_of_parts};

use crate::record::{CallError, Credentials, Failure};

/// Time as a world keeps it.
pub trait Clock {
    /// Now, on the run's clock.
    fn now(&self) -> Instant;

    /// Waits until `at`; at once when `at` has passed.
    fn sleep_until(&self, at: Instant) -> impl Future<Output = ()>;

    /// Waits for `duration`.
    fn sleep(&self, duration: Duration) -> impl Future<Output = ()> {
        self.sleep_until(self.now() + duration)
    }
}

/// STS and the identity provider as a tool reaches them: one call, one answer.
pub trait StsApi {
    /// Fetches a web identity token for a job from the CI's token endpoint.
    ///
    /// # Errors
    /// The endpoint's refusal, or what went wrong on the way.
    fn fetch_token(&self, job: &JobName) -> impl Future<Output = Result<WebToken, CallError>>;

    /// Sends one `AssumeRoleWithWebIdentity`.
    ///
    /// # Errors
    /// STS's refusal, or what went wrong on the way.
    fn assume_role(&self, ask: &Ask) -> impl Future<Output = Result<Credentials, CallError>>;

    /// `RequestId` of the answer that has just been read; none where nothing names answers.
    fn request_id(&self) -> Option<String> {
        None
    }
}

/// A role assumed by somebody in another role, as far as a tool can.
pub trait ChainApi {
    /// Sends one `AssumeRole` for the tool's own role, signed with the keys that are held in
    /// another.
    ///
    /// # Errors
    /// STS's refusal, or what went wrong on the way.
    fn assume_next_role(
        &self,
        ask: &Ask<Credentials>,
    ) -> impl Future<Output = Result<Credentials, CallError>>;
}

/// The longest session that STS grants to somebody in another role, in seconds (documented: role
/// chaining).
pub const CHAINED_SESSION_S: u16 = 3600;

/// The ARN of the role of a job's `tool`th tool where roles are chained, of `roles` that are not
/// empty: the first is the job's, the others take turns, and one alone is assumed anew.
#[must_use]
pub fn next_role(roles: &[String], tool: u32) -> &str {
    match roles.len() {
        0 | 1 => &roles[0],
        several => &roles[1 + tool as usize % (several - 1)],
    }
}

/// The ARNs of the service's roles, in its order.
#[must_use]
pub fn role_arns(service: &ServiceConfig) -> Vec<String> {
    service.roles.iter().map(|role| role.arn.clone()).collect()
}

/// The names of the service's regions by its numbers.
#[must_use]
pub fn region_names(service: &ServiceConfig) -> Vec<String> {
    (0..service.regions()).map(|number| service.region_name(number).to_owned()).collect()
}

/// The longest an answer is waited for unless a scenario says otherwise: the
/// default of botocore and the AWS CLI.
pub const ANSWER_WITHIN: Duration = Duration::from_secs(60);

/// A call whose caller ran out of patience.
#[must_use]
pub fn timed_out(patience: Duration) -> CallError {
    CallError::new(Failure::Timeout, format!("no answer within {patience:?}"))
}

/// All that a tool needs of a world to call with its job's token.
pub trait Reach: Clock + StsApi + 'static {}
impl<W: Clock + StsApi + 'static> Reach for W {}

/// All that a strategy sees of a world.
pub trait World: Reach + ChainApi {}
impl<W: Reach + ChainApi> World for W {}

/// A world in which the fleet can start tasks. Strategies never see it: what
/// they run beside a call, they race or join.
pub trait Host: World {
    /// Starts a task that the run waits for.
    fn spawn(&self, who: ToolId, task: impl Future<Output = ()> + 'static);
    /// Starts a task that ends with the run.
    fn spawn_background(&self, who: ToolId, task: impl Future<Output = ()> + 'static);
}

/// A tool of the fleet: the `tool`th of the `job`th job, both from 0.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct ToolId {
    /// Index of the job; brokers of a whole fleet come after the last job.
    pub job: u32,
    /// Index within the job.
    pub tool: u32,
}

impl ToolId {
    /// The index of a job's own broker, beside its tools.
    pub const BROKER: u32 = u32::MAX;

    /// The role session name the tool sends, and what its luck is keyed by.
    #[must_use]
    pub fn session_name(self) -> String {
        self.name().map(|part| part.to_string()).concat()
    }

    /// The key of the tool's dice.
    #[must_use]
    pub fn key(self) -> u64 {
        key_of_parts(&self.name())
    }

    fn name(self) -> [Part; 4] {
        let [kind, number] = match self.tool {
            Self::BROKER => [Part::Text("-broker"), Part::Text("")],
            tool => [Part::Text("-tool-"), Part::Number(tool)],
        };
        [Part::Text("job-"), Part::Number(self.job), kind, number]
    }
}

/// A job as the token endpoint knows it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct JobName(pub u32);

impl JobName {
    /// The bearer the job presents to the token endpoint.
    #[must_use]
    pub fn request_token(self) -> String {
        self.name().map(|part| part.to_string()).concat()
    }

    /// The key of the job's own dice.
    #[must_use]
    pub fn key(self) -> u64 {
        key_of_parts(&self.name())
    }

    fn name(self) -> [Part; 2] {
        [Part::Text("stampede-job-"), Part::Number(self.0)]
    }
}

/// A web identity token as a job holds it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct WebToken {
    /// The JWT; empty in the simulated world, where only its claims exist.
    pub text: Rc<str>,
    /// When it expires, on the run's clock.
    pub expires_at: Instant,
}

/// One `AssumeRoleWithWebIdentity`, as a tool asks for it; or one `AssumeRole`, which shows
/// [`Credentials`] in the place of a token.
#[derive(Clone, Debug)]
pub struct Ask<P = WebToken> {
    /// Who asks.
    pub tool: ToolId,
    /// The key of the tool's dice: [`ToolId::key`].
    pub key: u64,
    /// Counts the tool's calls from 1.
    pub attempt: u32,
    /// What is shown: the job's token, or the keys that it is signed with.
    pub proof: P,
    /// `DurationSeconds`.
    pub session_s: u16,
    /// The region it is for, as the service numbers them; 0 is the service's own.
    pub region: u16,
}

impl<P> Ask<P> {
    /// The dice of this attempt for `purpose`; the same in every contender and
    /// in both worlds.
    #[must_use]
    pub fn dice(&self, seed: u64, purpose: Purpose) -> Dice {
        Dice::keyed(seed, self.key.wrapping_add(u64::from(self.attempt).rotate_left(48)), purpose)
    }
}
