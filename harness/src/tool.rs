//! A tool: the only door to the world. It records every call, and its
//! [`Tool::obtain`] is the only retry loop there is.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::Duration;

use mock_sts::clock::nanos;
use mock_sts::dice::{Dice, Purpose};

use crate::policy::{Next, Policy, Tries};
use crate::record::{Attempt, Credentials, Failure, GaveUp, Recorder};
use crate::scenario::RetryOn;
use crate::world::{Ask, Instant, JobName, ToolId, WebToken, World};

/// What all tools of one contender's run on one thread share.
#[derive(Debug)]
pub struct Shared {
    /// The run's seed.
    pub seed: u64,
    /// What to do after a failed attempt.
    pub policy: Box<dyn Policy>,
    /// Which failures the policy is asked about at all.
    pub retry_on: RetryOn,
    /// Ask for a new web identity token when the old one has less than this left.
    pub renew_token: Option<Duration>,
    /// `DurationSeconds` of every call.
    pub session_s: u32,
    /// Where everything is counted.
    pub recorder: RefCell<Recorder>,
}

/// A CI job, pod or host: it owns one web identity at a time.
#[derive(Debug)]
pub struct Job {
    /// Its index.
    pub id: u32,
    token: RefCell<Option<Rc<WebToken>>>,
    slept_ns: Cell<u64>,
}

impl Job {
    /// A job that holds no token yet.
    #[must_use]
    pub fn new(id: u32) -> Self {
        Self { id, token: RefCell::new(None), slept_ns: Cell::new(0) }
    }

    /// Nanoseconds its tools have slept between and after attempts.
    #[must_use]
    pub fn slept_ns(&self) -> u64 {
        self.slept_ns.get()
    }
}

/// One client inside a job that needs credentials.
#[derive(Debug)]
pub struct Tool<W> {
    world: Rc<W>,
    shared: Rc<Shared>,
    job: Rc<Job>,
    /// The key of its dice.
    key: u64,
    index: u32,
    /// Calls made so far; numbers the draws, so no two calls share one.
    calls: u32,
}

impl<W: World> Tool<W> {
    /// The tool `index` of `job`.
    pub fn new(world: Rc<W>, shared: Rc<Shared>, job: Rc<Job>, index: u32) -> Self {
        let key = ToolId { job: job.id, tool: index }.key();
        Self { world, shared, job, key, index, calls: 0 }
    }

    /// Who it is.
    #[must_use]
    pub fn id(&self) -> ToolId {
        ToolId { job: self.job.id, tool: self.index }
    }

    /// The key of its dice.
    #[must_use]
    pub fn key(&self) -> u64 {
        self.key
    }

    /// Its dice for something a strategy draws, anew for each number of calls.
    #[must_use]
    pub fn dice(&self, purpose: Purpose) -> Dice {
        let entity = self.key.wrapping_add(u64::from(self.calls).rotate_left(48));
        Dice::keyed(self.shared.seed, entity, purpose)
    }

    /// Now.
    #[must_use]
    pub fn now(&self) -> Instant {
        self.world.now()
    }

    /// Waits until `at`, as a strategy may; such waits are not counted as
    /// slept between attempts.
    pub async fn sleep_until(&self, at: Instant) {
        self.world.sleep_until(at).await;
    }

    /// Calls under the policy until credentials are had or given up.
    ///
    /// # Errors
    /// The last attempt's failure.
    pub async fn obtain(&mut self) -> Result<Credentials, GaveUp> {
        let started = self.world.now();
        let mut tries = Tries::default();
        loop {
            let failure = match self.call(tries.failed + 1).await {
                Ok(credentials) => return Ok(credentials),
                Err(failure) => failure,
            };
            tries.failed += 1;
            tries.elapsed = self.world.now().since(started);
            let next = if self.shared.retry_on.includes(failure) {
                let mut dice = self.dice(Purpose::Policy);
                self.shared.policy.after(&mut tries, failure, &mut dice)
            } else {
                Next::GiveUp { after: Duration::ZERO }
            };
            match next {
                Next::RetryAfter(wait) => {
                    tries.last_wait = wait;
                    self.wait(wait, false).await;
                }
                Next::GiveUp { after } => {
                    self.wait(after, true).await;
                    return Err(GaveUp { failure });
                }
            }
        }
    }

    /// One attempt: a call with the job's token, recorded.
    async fn call(&mut self, number: u32) -> Result<Credentials, Failure> {
        let token = self.token().await?;
        self.calls += 1;
        let ask = Ask {
            tool: self.id(),
            key: self.key,
            attempt: self.calls,
            token,
            session_s: self.shared.session_s,
        };
        let sent = self.world.now();
        self.shared.recorder.borrow_mut().call_sent(sent);
        let result = self.world.assume_role(&ask).await;
        self.shared.recorder.borrow_mut().attempt(&Attempt {
            tool: ask.tool,
            key: self.key,
            number,
            sent,
            answered: self.world.now(),
            error: result.as_ref().err(),
        });
        result.map_err(|error| error.failure)
    }

    /// The job's web identity token: fetched once, and again only where the
    /// contender renews it.
    ///
    /// # Errors
    /// What the token endpoint failed of.
    pub async fn token(&self) -> Result<Rc<WebToken>, Failure> {
        let held = self.job.token.borrow().clone();
        let enough = |token: &Rc<WebToken>| {
            let left = token.expires_at.since(self.world.now());
            self.shared.renew_token.is_none_or(|wanted| left >= wanted)
        };
        if let Some(token) = held.filter(enough) {
            return Ok(token);
        }
        let fetched = self.world.fetch_token(&JobName(self.job.id)).await;
        let mut recorder = self.shared.recorder.borrow_mut();
        match fetched {
            Ok(token) => {
                recorder.token_fetched();
                let token = Rc::new(token);
                *self.job.token.borrow_mut() = Some(Rc::clone(&token));
                Ok(token)
            }
            Err(error) => {
                recorder.token_failed(self.world.now(), self.key, &error);
                Err(error.failure)
            }
        }
    }

    async fn wait(&self, wait: Duration, last: bool) {
        if wait.is_zero() {
            return;
        }
        self.job.slept_ns.set(self.job.slept_ns.get() + nanos(wait));
        self.shared.recorder.borrow_mut().sleeps(self.world.now(), self.id(), wait, last);
        self.world.sleep(wait).await;
    }
}
