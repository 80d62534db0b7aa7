//! Faults: what goes wrong with the service, and when on the run's clock.

use std::fmt;
use std::time::Duration;

use crate::clock::Instant;
use crate::config::unit::written;
use crate::error_code::ErrorCode;

/// One thing that goes wrong, for a part of the run or all of it.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct FaultConfig {
    /// When it is in force.
    pub during: Window,
    /// What it does.
    pub kind: FaultKind,
}

/// A span of the run: from its beginning, included, to its end, excluded.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Window {
    /// The first moment within.
    pub from: Instant,
    /// The first moment after; [`Instant::MAX`] where there is no end.
    pub until: Instant,
}

/// What a fault does.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum FaultKind {
    /// A share of the requests fails, each by its own luck.
    ErrorRate {
        /// Above 0, 1 at the most.
        share: f64,
        /// How they fail.
        effect: Effect,
    },
    /// Every request fails.
    Outage {
        /// How they fail.
        effect: Effect,
    },
    /// Up and down by turns of exponential length, up first.
    Flapping {
        /// The mean time up; 100 ms at the least.
        mean_up: Duration,
        /// The mean time down; 100 ms at the least.
        mean_down: Duration,
        /// How requests fail while it is down.
        effect: Effect,
    },
    /// The service's own latency rises, stays up, and falls again.
    Brownout {
        /// The latency's factor at its worst; above 1.
        peak: f64,
        /// How long it takes to rise and to fall; half the window at the most.
        ramp: Duration,
    },
    /// The first requests fail.
    FailFirst {
        /// How many; above 0.
        requests: u64,
        /// How they fail.
        effect: Effect,
    },
    /// Requests fail until some time after the first of them.
    RecoverAfter {
        /// That time; above zero.
        after: Duration,
        /// How they fail.
        effect: Effect,
    },
    /// Somebody else uses up a limit, evenly and before everybody.
    NoisyNeighbour {
        /// Index into [`super::ServiceConfig::limits`].
        limit: usize,
        /// How much of it.
        appetite: Appetite,
    },
    /// The identity provider refuses key fetches.
    KeyOutage,
    /// The identity provider takes longer to serve key fetches.
    KeySlowdown {
        /// Its latency's factor; above 1.
        factor: f64,
    },
}

impl FaultKind {
    /// How the requests fail that it strikes; nothing where it strikes none, but
    /// changes what befalls them: the latency, a limit, the keys.
    #[must_use]
    pub fn effect(&self) -> Option<Effect> {
        match self {
            Self::ErrorRate { effect, .. }
            | Self::Outage { effect }
            | Self::Flapping { effect, .. }
            | Self::FailFirst { effect, .. }
            | Self::RecoverAfter { effect, .. } => Some(*effect),
            Self::Brownout { .. }
            | Self::NoisyNeighbour { .. }
            | Self::KeyOutage
            | Self::KeySlowdown { .. } => None,
        }
    }
}

/// How a request fails that a fault strikes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Effect {
    /// It is refused with this code, whose text does not depend on the request.
    Refuse(ErrorCode),
    /// The wire fails.
    Wire(WireFault),
}

/// How the wire fails.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum WireFault {
    /// The connection is reset before the service sees the request.
    ResetBefore,
    /// The request is served, and the connection reset in place of its answer.
    ResetAfter,
    /// The connection is closed before the service sees the request.
    Empty,
    /// Nobody answers; the service does not see the request.
    Hang,
    /// The request is served, and the answer's body takes this long to arrive.
    SlowBody(Duration),
    /// The request is served, and half of the answer's body arrives.
    Truncated,
}

/// How much of a limit a neighbour uses up.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Appetite {
    /// A share of what the limit lets through; above 0.
    Share(f64),
    /// Requests per second; above 0.
    RatePerS(u64),
}

impl Window {
    /// The whole run.
    pub const ALWAYS: Self = Self { from: Instant::ZERO, until: Instant::MAX };

    /// Whether `now` lies within.
    #[must_use]
    pub fn contains(&self, now: Instant) -> bool {
        self.from <= now && now < self.until
    }

    /// How long it lasts.
    #[must_use]
    pub fn length(&self) -> Duration {
        self.until.since(self.from)
    }
}

impl fmt::Display for Window {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let at = |at: Instant| written(at.since(Instant::ZERO));
        match (self.from, self.until) {
            (Instant::ZERO, Instant::MAX) => f.write_str("always"),
            (from, Instant::MAX) => write!(f, "from {} on", at(from)),
            (from, until) => write!(f, "from {} to {}", at(from), at(until)),
        }
    }
}

impl fmt::Display for FaultConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.kind {
            FaultKind::ErrorRate { share, effect } => {
                write!(f, "error-rate: {} of all requests, {effect}", percent(share))?;
            }
            FaultKind::Outage { effect } => write!(f, "outage: every request, {effect}")?,
            FaultKind::Flapping { mean_up, mean_down, effect } => {
                let (up, down) = (written(mean_up), written(mean_down));
                write!(f, "flapping: {up} up and {down} down on average, {effect}")?;
            }
            FaultKind::Brownout { peak, ramp } => {
                write!(f, "brownout: latency up to {peak} times, within {}", written(ramp))?;
            }
            FaultKind::FailFirst { requests, effect } => {
                write!(f, "fail-first: the first {requests}, {effect}")?;
            }
            FaultKind::RecoverAfter { after, effect } => {
                write!(f, "recover-after: {} from the first request, {effect}", written(after))?;
            }
            FaultKind::NoisyNeighbour { limit, appetite } => match appetite {
                Appetite::Share(share) => {
                    write!(f, "noisy-neighbour: takes {} of limit {}", percent(share), limit + 1)?;
                }
                Appetite::RatePerS(rate) => {
                    write!(f, "noisy-neighbour: takes {rate}/s of limit {}", limit + 1)?;
                }
            },
            FaultKind::KeyOutage => f.write_str("key-outage: no keys from the provider")?,
            FaultKind::KeySlowdown { factor } => {
                write!(f, "key-slowdown: keys take {factor} times as long")?;
            }
        }
        write!(f, "; {}", self.during)
    }
}

/// At most two decimals, none where there is nothing to say.
fn percent(share: f64) -> String {
    format!("{}%", (share * 1e4).round() / 100.0)
}

impl fmt::Display for Effect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refuse(code) => write!(f, "{code}"),
            Self::Wire(WireFault::ResetBefore) => f.write_str("reset before it is served"),
            Self::Wire(WireFault::ResetAfter) => f.write_str("reset after it was served"),
            Self::Wire(WireFault::Empty) => f.write_str("closed without an answer"),
            Self::Wire(WireFault::Hang) => f.write_str("never answered"),
            Self::Wire(WireFault::SlowBody(takes)) => {
                write!(f, "answered over {}", written(*takes))
            }
            Self::Wire(WireFault::Truncated) => f.write_str("answered by half"),
        }
    }
}
