//! What holds a contender's calls back beside its policy: retry budgets, circuit
//! breakers, client-side rate limits, and the server's own hints. Like policies
//! they decide and never wait; [`crate::tool::Tool::obtain`] does the waiting.

mod breaker;
mod budget;
mod cubic;
mod file;
mod hints;
mod pace;

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::time::Duration;

pub use self::breaker::{Breaker, BreakerConfig};
pub use self::budget::{Budget, BudgetConfig};
pub use self::cubic::Cubic;
pub use self::file::{BreakerFile, BudgetFile, HintFile, PaceFile};
pub use self::hints::{Hint, Hints};
pub use self::pace::{Pace, PaceConfig};
use crate::record::Failure;
use crate::world::Instant;

/// Who shares a budget, a breaker or a limit.
#[derive(Clone, Copy, PartialEq, Eq, Debug, serde::Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Per {
    /// Nobody: each tool has its own, as a client object has.
    Tool,
    /// The tools of one job.
    Job,
    /// All tools of all jobs, as through a proxy or a store that they share.
    Fleet,
}

impl Per {
    fn describe(self) -> &'static str {
        match self {
            Self::Tool => "per tool",
            Self::Job => "per job",
            Self::Fleet => "for the fleet",
        }
    }
}

/// All that holds a contender's calls back; nothing does by default.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Restraints {
    /// What its retries may cost.
    pub budget: Option<(Per, BudgetConfig)>,
    /// When it stops calling at all.
    pub breaker: Option<(Per, BreakerConfig)>,
    /// How fast it calls.
    pub pace: Option<(Per, PaceConfig)>,
    /// Which of the server's hints about when to come back it honours.
    pub hints: Hints,
}

impl Restraints {
    /// Nothing holds it back.
    pub const NONE: Self = Self { budget: None, breaker: None, pace: None, hints: Hints::NONE };

    /// What the AWS SDKs' standard mode holds against itself: its retry quota.
    pub const SDK_STANDARD: Self =
        Self { budget: Some((Per::Tool, BudgetConfig::SDK_STANDARD)), ..Self::NONE };

    /// The same by the rules of 2026, which also honour `x-amz-retry-after`.
    pub const SDK_2026: Self = Self {
        budget: Some((Per::Tool, BudgetConfig::SDK_2026)),
        hints: Hints::SDK_2026,
        ..Self::NONE
    };

    /// The adaptive mode: the standard one and a rate limiter.
    pub const SDK_ADAPTIVE: Self =
        Self { pace: Some((Per::Tool, PaceConfig::Adaptive)), ..Self::SDK_STANDARD };

    /// Whether all tools of a fleet share a part of it, so that all of them have
    /// to run on one thread.
    #[must_use]
    pub fn are_fleet_wide(&self) -> bool {
        let scopes = [
            self.budget.map(|(per, _)| per),
            self.breaker.map(|(per, _)| per),
            self.pace.map(|(per, _)| per),
        ];
        scopes.contains(&Some(Per::Fleet))
    }

    /// One line for reports; empty where nothing holds it back.
    #[must_use]
    pub fn describe(&self) -> String {
        let parts = [
            self.budget.map(|(per, budget)| format!("{} {}", budget.describe(), per.describe())),
            self.breaker.map(|(per, breaker)| format!("{} {}", breaker.describe(), per.describe())),
            self.pace.map(|(per, pace)| format!("{} {}", pace.describe(), per.describe())),
            self.hints.describe(),
        ];
        parts.into_iter().flatten().collect::<Vec<_>>().join(", ")
    }
}

impl Default for Restraints {
    fn default() -> Self {
        Self::NONE
    }
}

/// What one tool, one job or the fleet has used of them.
#[derive(Debug)]
struct Held {
    budget: Budget,
    breaker: Breaker,
    pace: Pace,
}

impl Held {
    fn new(restraints: &Restraints) -> Self {
        let pace = restraints.pace.map_or(PaceConfig::NONE, |(_, pace)| pace);
        let full = restraints.budget.map_or(0, |(_, budget)| budget.capacity_m);
        Self { budget: Budget::full(full), breaker: Breaker::default(), pace: Pace::new(pace) }
    }
}

/// What the tools of a fleet on one thread share of their restraints.
#[derive(Debug)]
pub struct Restrained {
    restraints: Restraints,
    fleet: RefCell<Held>,
}

/// What the tools of a job have used of their restraints, each and together.
#[derive(Debug)]
pub struct JobRestrained {
    job: RefCell<Held>,
    tools: RefCell<BTreeMap<u32, Held>>,
}

impl Restrained {
    /// A fleet's restraints, nothing of them used; none where nothing holds it back.
    #[must_use]
    pub fn new(restraints: &Restraints) -> Option<Box<Self>> {
        (*restraints != Restraints::NONE).then(|| {
            let fleet = RefCell::new(Held::new(restraints));
            Box::new(Self { restraints: *restraints, fleet })
        })
    }

    /// A job's part of them.
    #[must_use]
    pub(crate) fn for_job(&self) -> Box<JobRestrained> {
        let job = RefCell::new(Held::new(&self.restraints));
        Box::new(JobRestrained { job, tools: RefCell::default() })
    }

    fn of<R>(
        &self,
        per: Per,
        job: Option<&JobRestrained>,
        tool: u32,
        act: impl FnOnce(&mut Held) -> R,
    ) -> R {
        match (per, job) {
            (Per::Job, Some(job)) => act(&mut job.job.borrow_mut()),
            (Per::Tool, Some(job)) => {
                let mut tools = job.tools.borrow_mut();
                act(tools.entry(tool).or_insert_with(|| Held::new(&self.restraints)))
            }
            (Per::Fleet, _) | (_, None) => act(&mut self.fleet.borrow_mut()),
        }
    }

    /// When a call may leave that could leave `now`; its place under the limit is
    /// then taken. A call that the breaker refuses now takes none: it does not
    /// leave, so it need not wait.
    pub(crate) fn may_leave(
        &self,
        job: Option<&JobRestrained>,
        tool: u32,
        now: Instant,
    ) -> Instant {
        let Some((per, _)) = self.restraints.pace else { return now };
        let closed = self
            .restraints
            .breaker
            .is_none_or(|(per, _)| self.of(per, job, tool, |held| held.breaker.would_admit(now)));
        if closed { self.of(per, job, tool, |held| held.pace.reserve(now)) } else { now }
    }

    /// Whether a call may leave now at all.
    pub(crate) fn admits(&self, job: Option<&JobRestrained>, tool: u32, now: Instant) -> bool {
        match self.restraints.breaker {
            Some((per, config)) => {
                self.of(per, job, tool, |held| held.breaker.admits(&config, now))
            }
            None => true,
        }
    }

    /// A call of an acquisition has been answered; `paid` is what its latest
    /// retry cost, zero if this was its first call.
    pub(crate) fn heard(
        &self,
        job: Option<&JobRestrained>,
        tool: u32,
        now: Instant,
        failed: Option<Failure>,
        paid: u64,
    ) {
        if let Some((per, config)) = self.restraints.breaker {
            self.of(per, job, tool, |held| held.breaker.heard(&config, now, failed));
        }
        if let Some((per, _)) = self.restraints.pace {
            self.of(per, job, tool, |held| held.pace.heard(now, failed));
        }
        if let Some((per, config)) = self.restraints.budget {
            let succeeded = failed.is_none();
            self.of(per, job, tool, |held| held.budget.heard(&config, succeeded, paid));
        }
    }

    /// What a retry after `failed` costs; none when the budget does not have it.
    pub(crate) fn pay(
        &self,
        job: Option<&JobRestrained>,
        tool: u32,
        failed: Failure,
    ) -> Option<u64> {
        match self.restraints.budget {
            Some((per, config)) => self.of(per, job, tool, |held| held.budget.pay(&config, failed)),
            None => Some(0),
        }
    }

    /// The policy's wait, in the light of what the server said.
    pub(crate) fn hinted(&self, wait: Duration, hint: Hint) -> Duration {
        self.restraints.hints.apply(wait, hint)
    }
}
