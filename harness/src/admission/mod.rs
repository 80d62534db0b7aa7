//! Admission: what a tool waits for before it may call STS. A part of the
//! workflow, not of the client: a sleep before the step, a concurrency group, a
//! service that hands out leases.

mod file;
mod lease;
mod stagger;

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use mock_sts::dice::Dice;
use tokio::sync::Semaphore;

pub use self::file::AdmissionFile;
pub use self::lease::{Lease, LeaseConfig};
pub use self::stagger::Stagger;
use crate::world::Instant;

/// How tools are let in.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum AdmissionConfig {
    /// Each acquisition begins later, by its job's place or by chance.
    Stagger(Stagger),
    /// So many calls of the whole fleet at once; the others queue, first come,
    /// first served.
    Semaphore {
        /// At least 1.
        permits: u32,
    },
    /// The same with a number that follows success and failure.
    Lease(LeaseConfig),
}

impl AdmissionConfig {
    /// Whether all tools of a fleet share it, so that all of them have to run on
    /// one thread.
    #[must_use]
    pub fn is_fleet_wide(&self) -> bool {
        !matches!(self, Self::Stagger(_))
    }

    /// A few words for reports.
    #[must_use]
    pub fn describe(&self) -> String {
        match self {
            Self::Stagger(stagger) => stagger.describe(),
            Self::Semaphore { permits } => format!("{permits} calls of the fleet at once"),
            Self::Lease(lease) => lease.describe(),
        }
    }
}

/// A fleet's admission on one thread.
#[derive(Debug)]
pub struct Admission {
    config: AdmissionConfig,
    /// A permit for each call that may be under way.
    permits: Semaphore,
    lease: RefCell<Lease>,
}

/// Leave to make one call; gives its place to the next when dropped.
#[derive(Debug)]
pub(crate) struct Turn(Rc<Admission>);

impl Admission {
    /// An admission that has let in nobody yet.
    #[must_use]
    pub fn new(config: &AdmissionConfig) -> Rc<Self> {
        let lease = match config {
            AdmissionConfig::Lease(lease) => Lease::new(*lease),
            _ => Lease::default(),
        };
        let permits = match config {
            AdmissionConfig::Stagger(_) => 0,
            AdmissionConfig::Semaphore { permits } => *permits,
            AdmissionConfig::Lease(lease) => lease.start,
        };
        let permits = Semaphore::new(permits as usize);
        Rc::new(Self { config: *config, permits, lease: RefCell::new(lease) })
    }

    /// How much later an acquisition of the job begins.
    pub(crate) fn delay(&self, job: u32, dice: &mut Dice) -> Duration {
        match &self.config {
            AdmissionConfig::Stagger(stagger) => stagger.delay(job, dice),
            _ => Duration::ZERO,
        }
    }

    /// Waits for leave to make one call, where there are only so many at once.
    pub(crate) async fn turn(self: Rc<Self>) -> Option<Turn> {
        if !self.config.is_fleet_wide() {
            return None;
        }
        // Nobody ever closes it.
        self.permits.acquire().await.ok()?.forget();
        Some(Turn(self))
    }

    /// A call that left at `sent` has been answered `now`.
    pub(crate) fn heard(&self, sent: Instant, now: Instant, succeeded: bool) {
        if matches!(self.config, AdmissionConfig::Lease(_)) {
            let more = self.lease.borrow_mut().heard(sent, now, succeeded);
            self.permits.add_permits(more as usize);
        }
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        if self.0.lease.borrow_mut().gives_back() {
            self.0.permits.add_permits(1);
        }
    }
}
