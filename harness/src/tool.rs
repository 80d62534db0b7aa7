//! A tool: the only door to the world. It records every call, and its
//! [`Tool::obtain`] is the only retry loop there is.

mod ground;

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::Duration;

use mock_sts::clock::nanos;
use mock_sts::dice::{Dice, Purpose};
use tokio::sync::{Mutex, Notify};

use self::ground::{Ground, Hub, OwnToken};
use crate::admission::{Admission, Turn};
use crate::policy::{Next, Policy, Tries};
use crate::record::{Attempt, CallError, Credentials, Failure, GaveUp, Operation, Recorder};
use crate::regions::Regions;
use crate::restraint::{Hint, JobRestrained, Restrained};
use crate::scenario::{Fallback, RetryOn};
use crate::world::{Ask, Instant, JobName, Reach, ToolId, WebToken, World};

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
    pub session_s: u16,
    /// Which region a call goes to.
    pub regions: Regions,
    /// What tools wait for before they may call, if for anything.
    pub admission: Option<Rc<Admission>>,
    /// Whose credentials a tool ends up with when it could not get its own.
    pub fallback: Option<Fallback>,
    /// What holds calls back beside the policy, if anything does.
    pub restrained: Option<Box<Restrained>>,
    /// Where everything is counted.
    pub recorder: RefCell<Recorder>,
}

/// As exact as a job remembers its waits.
const WAIT_STEP: Duration = Duration::from_micros(100);

/// A CI job, pod or host: it owns one web identity at a time.
#[derive(Debug)]
pub struct Job {
    /// Its index.
    pub id: u32,
    /// When the arrival plan has it start.
    pub start: Instant,
    /// Its tools that have not ended.
    pub(crate) open_tools: Cell<u32>,
    /// Whether one of them could not get what it needed.
    pub(crate) failed: Cell<bool>,
    /// The longest that one of its tools waited for credentials, in [`WAIT_STEP`]s: so it fits where
    /// the struct has room.
    waited: Cell<u32>,
    /// Tells the job's own broker, if it has one, that it is no longer needed.
    pub(crate) ended: Option<Box<Notify>>,
    token: RefCell<Option<WebToken>>,
    /// Held while a token is fetched, so that tools that start together share
    /// it. Where there is one tool only, there is no lock to pay for.
    fetching: Option<Box<Mutex<()>>>,
    slept_ns: Cell<u64>,
    /// What its tools have used of their restraints.
    restrained: Option<Box<JobRestrained>>,
}

impl Job {
    /// A job that holds no token yet, and may have any number of tools.
    #[must_use]
    pub fn new(id: u32) -> Self {
        Self::starting(id, Instant::ZERO, u32::MAX, false)
    }

    /// The same, with its start, the number of its tools, and whether it has a
    /// broker of its own.
    #[must_use]
    pub(crate) fn starting(id: u32, start: Instant, tools: u32, has_broker: bool) -> Self {
        Self {
            id,
            start,
            open_tools: Cell::new(tools),
            failed: Cell::new(false),
            waited: Cell::new(0),
            ended: has_broker.then(Box::default),
            token: RefCell::new(None),
            fetching: (tools > 1).then(Box::default),
            slept_ns: Cell::new(0),
            restrained: None,
        }
    }

    /// The same under the fleet's restraints, if there are any.
    #[must_use]
    pub(crate) fn under(self, restrained: Option<&Restrained>) -> Self {
        Self { restrained: restrained.map(Restrained::for_job), ..self }
    }

    /// One of its tools has waited so long for its credentials.
    pub(crate) fn has_waited(&self, time: Duration) {
        let steps = time.as_nanos() / WAIT_STEP.as_nanos();
        self.waited.set(self.waited.get().max(u32::try_from(steps).unwrap_or(u32::MAX)));
    }

    /// The longest that one of its tools waited, down to the tenth of a millisecond and at most
    /// four days.
    pub(crate) fn waited(&self) -> Duration {
        WAIT_STEP * self.waited.get()
    }

    /// Nanoseconds its tools have slept between and after attempts.
    #[must_use]
    pub fn slept_ns(&self) -> u64 {
        self.slept_ns.get()
    }
}

/// What an acquisition has been through, in the little room a waiting tool has;
/// policies see it as [`Tries`].
#[derive(Default)]
struct Tried {
    failed: u32,
    paid: u32,
    rounds: u32,
    in_round: u32,
    last_wait_ns: u64,
}

impl Tried {
    fn unpacked(&self, elapsed: Duration) -> Tries {
        Tries {
            failed: self.failed,
            elapsed,
            last_wait: Duration::from_nanos(self.last_wait_ns),
            rounds: self.rounds,
            in_round: self.in_round,
        }
    }
}

/// From here a twin numbers its calls: no tool makes so many.
pub(crate) const TWINS_CALLS: u32 = 1 << 15;

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
    /// When the first call since [`Tool::begin`] was sent; never, if none was.
    first_call: Instant,
}

impl<W: World> Tool<W> {
    /// Calls under the policy, with keys that are held in another role, until credentials for the
    /// tool's own role are had or given up.
    ///
    /// # Errors
    /// The last attempt's failure.
    pub fn obtain_with(
        &mut self,
        hub: Credentials,
    ) -> impl Future<Output = Result<Credentials, GaveUp>> {
        self.obtain_on(Hub(hub))
    }
}

impl<W: Reach> Tool<W> {
    /// The tool `index` of `job`.
    pub fn new(world: Rc<W>, shared: Rc<Shared>, job: Rc<Job>, index: u32) -> Self {
        let key = ToolId { job: job.id, tool: index }.key();
        Self { world, shared, job, key, index, calls: 0, first_call: Instant::MAX }
    }

    /// The job it is a part of.
    pub(crate) fn job(&self) -> &Job {
        &self.job
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

    /// A new need for credentials begins.
    pub fn begin(&mut self) {
        self.first_call = Instant::MAX;
    }

    /// When the first call for the present need was sent.
    #[must_use]
    pub fn first_call(&self) -> Option<Instant> {
        (self.first_call < Instant::MAX).then_some(self.first_call)
    }

    /// Calls under the policy until credentials are had or given up.
    ///
    /// # Errors
    /// The last attempt's failure.
    pub fn obtain(&mut self) -> impl Future<Output = Result<Credentials, GaveUp>> {
        self.obtain_on(OwnToken)
    }

    /// The one retry loop.
    #[expect(clippy::manual_async_fn, reason = "an async fn keeps its arguments twice")]
    fn obtain_on<G: Ground<W>>(
        &mut self,
        ground: G,
    ) -> impl Future<Output = Result<Credentials, GaveUp>> {
        async move {
            let started = self.world.now();
            let mut tried = Tried::default();
            if let Some(delay) = self.admission_delay().filter(|_| G::IS_FIRST) {
                self.world.sleep(delay).await;
            }
            loop {
                let turn = self.turn().await;
                if let Some(wait) = self.wait_to_leave() {
                    self.wait(wait, false).await;
                }
                let attempt = {
                    let asked = match self.admitted() {
                        Ok(()) => ground
                            .proof(self)
                            .await
                            .map(|proof| self.ask(proof, G::LONGEST_S, tried.failed)),
                        Err(refused) => Err(refused),
                    };
                    match &asked {
                        Ok(asked) => {
                            let answer = G::send(&self.world, &asked.0).await;
                            self.answered(asked, &tried, G::OPERATION, answer)
                        }
                        Err(gave_up) => Err((*gave_up, Hint::NONE)),
                    }
                };
                let (gave_up, hint) = match attempt {
                    Ok(credentials) => return Ok(credentials),
                    Err(failed) => failed,
                };
                drop(turn);
                tried.failed += 1;
                match self.next(started, &mut tried, gave_up.failure, hint) {
                    Next::RetryAfter(wait) => self.wait(wait, false).await,
                    Next::GiveUp { after } => {
                        self.wait(after, true).await;
                        return Err(gave_up);
                    }
                }
            }
        }
    }

    /// A call leaves now, for a session of `longest_s` at the most; `failed` came before it.
    fn ask<P>(&mut self, proof: P, longest_s: u16, failed: u32) -> (Ask<P>, Instant) {
        let sent = self.world.now();
        self.calls += 1;
        self.first_call = self.first_call.min(sent);
        self.shared.recorder.borrow_mut().call_sent(sent);
        let (tool, session_s) = (self.id(), self.shared.session_s.min(longest_s));
        let region = self.shared.regions.of(tool.job, failed);
        (Ask { tool, key: self.key, attempt: self.calls, proof, session_s, region }, sent)
    }

    /// The `number`th call of an acquisition has been answered.
    fn answered<P>(
        &self,
        (ask, sent): &(Ask<P>, Instant),
        tried: &Tried,
        operation: Operation,
        answer: Result<Credentials, CallError>,
    ) -> Result<Credentials, (GaveUp, Hint)> {
        let (answered, number) = (self.world.now(), tried.failed + 1);
        if let Some((restrained, job)) = self.restrained() {
            let failed = answer.as_ref().err().map(|error| error.failure);
            restrained.heard(job, self.index, answered, failed, u64::from(tried.paid));
        }
        if let Some(admission) = &self.shared.admission {
            admission.heard(*sent, answered, answer.is_ok());
        }
        let (tool, key, call) = (ask.tool, ask.key, ask.attempt);
        let (sent, region) = (*sent, ask.region);
        let attempt = Attempt { tool, key, number, call, operation, region, sent, answered };
        let mut recorder = self.shared.recorder.borrow_mut();
        if recorder.writes() {
            recorder.answered_as(self.world.request_id());
        }
        match answer {
            Ok(credentials) => {
                recorder.granted(&attempt);
                Ok(credentials)
            }
            Err(error) => {
                let cause = recorder.failed(&attempt, &error);
                Err((GaveUp { failure: error.failure, cause }, error.hint))
            }
        }
    }

    /// How much later than it is wanted an acquisition begins.
    fn admission_delay(&self) -> Option<Duration> {
        let admission = self.shared.admission.as_ref()?;
        let delay = admission.delay(self.job.id, &mut self.dice(Purpose::Admission));
        (!delay.is_zero()).then_some(delay)
    }

    /// Waits for leave to make one call.
    async fn turn(&self) -> Option<Turn> {
        let admission = self.shared.admission.as_ref()?;
        // Boxed, lest every tool has to carry the room that waiting takes.
        Box::pin(Rc::clone(admission).turn()).await
    }

    /// Another client of the same tool, whose calls have numbers of their own.
    #[must_use]
    pub(crate) fn twin(&self) -> Self {
        Self {
            world: Rc::clone(&self.world),
            shared: Rc::clone(&self.shared),
            job: Rc::clone(&self.job),
            key: self.key,
            index: self.index,
            calls: self.calls + TWINS_CALLS,
            first_call: Instant::MAX,
        }
    }

    fn restrained(&self) -> Option<(&Restrained, Option<&JobRestrained>)> {
        let restrained = self.shared.restrained.as_deref()?;
        Some((restrained, self.job.restrained.as_deref()))
    }

    /// How long the next call must wait for its own limit, if there is one.
    fn wait_to_leave(&self) -> Option<Duration> {
        let (restrained, job) = self.restrained()?;
        let now = self.world.now();
        let wait = restrained.may_leave(job, self.index, now).since(now);
        (!wait.is_zero()).then_some(wait)
    }

    /// Whether the next call may leave at all.
    fn admitted(&self) -> Result<(), GaveUp> {
        let Some((restrained, job)) = self.restrained() else { return Ok(()) };
        let now = self.world.now();
        if restrained.admits(job, self.index, now) {
            return Ok(());
        }
        let open = "the client's circuit breaker is open";
        Err(self.never_sent(&CallError::new(Failure::CircuitOpen, open)))
    }

    /// The tool has read half a cache file, or one that stays `spoiled`, and goes no further.
    pub(crate) fn read_garbage(&self, spoiled: bool) -> GaveUp {
        let garbage = match spoiled {
            false => "the cache file is half-written",
            true => "the cache file is spoiled: two tools wrote it at once",
        };
        self.never_sent(&CallError::new(Failure::UnreadableCache, garbage))
    }

    fn never_sent(&self, error: &CallError) -> GaveUp {
        let now = self.world.now();
        let cause = self.shared.recorder.borrow_mut().never_sent(now, self.id(), error);
        GaveUp { failure: error.failure, cause }
    }

    /// What the policy makes of a failure, if it is asked at all.
    fn next(&self, started: Instant, tried: &mut Tried, failure: Failure, hint: Hint) -> Next {
        if !self.shared.retry_on.includes(failure) {
            return Next::GiveUp { after: Duration::ZERO };
        }
        let mut tries = tried.unpacked(self.world.now().since(started));
        let next = self.shared.policy.after(&mut tries, failure, &mut self.dice(Purpose::Policy));
        (tried.rounds, tried.in_round) = (tries.rounds, tries.in_round);
        let next = self.paid(next, tried, failure, hint);
        if let Next::RetryAfter(wait) = next {
            tried.last_wait_ns = nanos(wait);
        }
        next
    }

    /// What restraints make of a policy's decision.
    fn paid(&self, next: Next, tried: &mut Tried, failure: Failure, hint: Hint) -> Next {
        match (next, self.restrained()) {
            (Next::RetryAfter(wait), Some((restrained, job))) => {
                match restrained.pay(job, self.index, failure) {
                    Some(paid) => {
                        tried.paid = paid as u32;
                        Next::RetryAfter(restrained.hinted(wait, hint))
                    }
                    None => Next::GiveUp { after: Duration::ZERO },
                }
            }
            (next, _) => next,
        }
    }

    /// The job's web identity token: fetched once, and again only where the
    /// contender renews it.
    ///
    /// # Errors
    /// What the token endpoint failed of.
    pub async fn token(&self) -> Result<WebToken, GaveUp> {
        if let Some(token) = self.usable_token() {
            return Ok(token);
        }
        let _fetching = match &self.job.fetching {
            // Boxed, lest every tool has to carry the room that waiting takes.
            Some(lock) => Some(Box::pin(lock.lock()).await),
            None => None,
        };
        if let Some(token) = self.usable_token() {
            return Ok(token);
        }
        self.shared.recorder.borrow_mut().token_asked(self.world.now(), self.id());
        let fetched = self.world.fetch_token(&JobName(self.job.id)).await;
        let token = fetched.map_err(|error| self.never_sent(&error))?;
        self.shared.recorder.borrow_mut().token_fetched(self.world.now(), self.id());
        *self.job.token.borrow_mut() = Some(token.clone());
        Ok(token)
    }

    /// The token that the job holds, unless it is to be renewed.
    fn usable_token(&self) -> Option<WebToken> {
        let enough = |token: &WebToken| {
            let left = token.expires_at.since(self.world.now());
            self.shared.renew_token.is_none_or(|wanted| left >= wanted)
        };
        self.job.token.borrow().clone().filter(enough)
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
