//! Strategies: how a tool comes by credentials. One file each; the same source
//! runs in both worlds.

pub mod cached;
pub mod daemon;
pub mod hand_off;
pub mod hedged;
pub mod naive;
mod registry;
pub mod role_chaining;
pub mod sdk_cache;

use std::fmt::Debug;
use std::future::{Future, pending};

pub use self::registry::{STRATEGIES, StrategyConfig, StrategyFile, Visitor};
use crate::record::{Credentials, GaveUp};
use crate::tool::Tool;
use crate::world::{Instant, World};

/// Who shares one instance of a strategy: its fields are what they share.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Sharing {
    /// The tools of one job.
    Job,
    /// The tools of so many jobs that follow each other: those of a host.
    Jobs(u32),
    /// All tools of all jobs.
    Fleet,
}

/// How a tool comes by credentials.
pub trait Strategy: Sized + 'static {
    /// Its checked numbers.
    type Config: Clone + Debug + Send + Sync;

    /// Whether [`Strategy::upkeep`] does anything.
    const HAS_UPKEEP: bool = false;

    /// Whether those who share an instance share credentials through it.
    const SHARES_CREDENTIALS: bool;

    /// Whether tools go on from the job's role to another, by a call more each.
    const CHAINS_ROLES: bool = false;

    /// Who shares one instance.
    fn sharing(_: &Self::Config) -> Sharing {
        Sharing::Job
    }

    /// An instance for one job, or for the whole fleet.
    fn for_job(config: &Self::Config) -> Self;

    /// Credentials for one need of one tool.
    fn credentials<W: World>(
        &self,
        tool: &mut Tool<W>,
    ) -> impl Future<Output = Result<Credentials, GaveUp>>;

    /// When a tool that holds `credentials` asks for others: when they have
    /// expired, unless the strategy renews ahead. Later than now.
    fn asks_again_at<W: World>(&self, _: &Tool<W>, credentials: Credentials) -> Instant {
        credentials.expires_at
    }

    /// What runs beside the tools for as long as they do: refreshers, brokers.
    fn upkeep<W: World>(&self, _broker: &mut Tool<W>) -> impl Future<Output = ()> {
        pending()
    }
}

/// A strategy as `list` shows it.
#[derive(Clone, Copy, Debug)]
pub struct Listed {
    /// Its name in scenarios.
    pub name: &'static str,
    /// One sentence.
    pub summary: &'static str,
}
