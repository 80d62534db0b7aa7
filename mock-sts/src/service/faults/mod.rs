//! Faults on the run's clock. What a fault does to a request is decided when
//! the request arrives, from the time, the caller's own luck and what the fault
//! has counted, so equal runs meet equal faults in both worlds.

mod brownout;
mod error_rate;
mod fail_first;
mod flapping;
mod noisy_neighbour;
mod provider;
mod recover_after;

pub(super) use self::noisy_neighbour::NoisyNeighbour;
pub(super) use self::provider::{Weather, stretch};
use self::{fail_first::FailFirst, flapping::Flapping, recover_after::RecoverAfter};
use super::caller_dice;
use crate::clock::Instant;
use crate::config::{Effect, FaultConfig, FaultKind};
use crate::dice::Purpose;
use crate::request::Caller;

/// The faults of a service, in the order of the configuration.
#[derive(Debug)]
pub(super) struct Faults {
    seed: u64,
    faults: Vec<Fault>,
}

#[derive(Debug)]
struct Fault {
    config: FaultConfig,
    memory: Memory,
}

/// What a fault has to remember between requests.
#[derive(Debug)]
enum Memory {
    Nothing,
    Flapping(Flapping),
    FailFirst(FailFirst),
    RecoverAfter(RecoverAfter),
}

impl Faults {
    pub(super) fn new(configs: &[FaultConfig], seed: u64) -> Self {
        let faults = configs.iter().zip(0_u64..);
        let fault = |(config, index): (&FaultConfig, u64)| Fault {
            config: *config,
            memory: Memory::of(config, seed, index),
        };
        Self { seed, faults: faults.map(fault).collect() }
    }

    /// Which fault strikes a request that arrives at `now`, and how: the first
    /// one that does.
    pub(super) fn strike(&mut self, now: Instant, caller: Caller) -> Option<(usize, Effect)> {
        let seed = self.seed;
        self.faults.iter_mut().enumerate().find_map(|(index, fault)| {
            let in_force = fault.config.during.contains(now);
            let effect = if in_force { fault.strike(now, seed, caller, index) } else { None };
            effect.map(|effect| (index, effect))
        })
    }

    /// How many times longer the service itself takes at `now`.
    pub(super) fn slowdown(&self, now: Instant) -> f64 {
        let factor = |fault: &Fault| match fault.config.kind {
            FaultKind::Brownout { peak, ramp } => {
                brownout::factor(now, fault.config.during, peak, ramp)
            }
            _ => 1.0,
        };
        self.faults.iter().map(factor).product()
    }

    /// What becomes of a key fetch that starts at `now`.
    pub(super) fn weather(&self, now: Instant) -> Weather {
        let in_force = self.faults.iter().filter(|fault| fault.config.during.contains(now));
        in_force.fold(Weather::FAIR, |weather, fault| weather.and(fault.config.kind))
    }
}

impl Fault {
    fn strike(&mut self, now: Instant, seed: u64, caller: Caller, index: usize) -> Option<Effect> {
        let (strikes, effect) = match (self.config.kind, &mut self.memory) {
            (FaultKind::ErrorRate { share, effect }, _) => {
                let mut dice = caller_dice(seed, caller, Purpose::Fault);
                (error_rate::strikes(share, index, &mut dice), effect)
            }
            (FaultKind::Outage { effect }, _) => (true, effect),
            (FaultKind::Flapping { effect, .. }, Memory::Flapping(turns)) => {
                (turns.is_down(now), effect)
            }
            (FaultKind::FailFirst { effect, .. }, Memory::FailFirst(first)) => {
                (first.strikes(), effect)
            }
            (FaultKind::RecoverAfter { effect, .. }, Memory::RecoverAfter(recovery)) => {
                (recovery.strikes(now), effect)
            }
            _ => return None,
        };
        strikes.then_some(effect)
    }
}

impl Memory {
    fn of(config: &FaultConfig, seed: u64, index: u64) -> Self {
        match config.kind {
            FaultKind::Flapping { mean_up, mean_down, .. } => {
                Self::Flapping(Flapping::new(mean_up, mean_down, config.during.from, seed, index))
            }
            FaultKind::FailFirst { requests, .. } => Self::FailFirst(FailFirst::new(requests)),
            FaultKind::RecoverAfter { after, .. } => Self::RecoverAfter(RecoverAfter::new(after)),
            FaultKind::ErrorRate { .. }
            | FaultKind::Outage { .. }
            | FaultKind::Brownout { .. }
            | FaultKind::NoisyNeighbour { .. }
            | FaultKind::KeyOutage
            | FaultKind::KeySlowdown { .. } => Self::Nothing,
        }
    }
}
