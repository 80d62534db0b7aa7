//! What a fleet can be put under, more and more of it, until somebody fails.

use std::str::FromStr;
use std::time::Duration;

use mock_sts::config::unit::{did_you_mean, written};

use super::draft::{Draft, named};
use super::threshold::Scale;
use super::value::{Kind, Value};
use crate::scenario::{Arrivals, Contender, Scenario};

/// Something that can be raised level by level.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Strain {
    /// More jobs; the level is their number.
    Jobs,
    /// The same jobs closer together; the level is by how much.
    Arrivals,
    /// STS answers nobody from the first start on; the level is for how many
    /// seconds.
    Outage,
    /// The same of the identity provider: no key can be fetched.
    KeyOutage,
    /// Every key fetch takes longer; the level is the factor.
    KeySlowdown,
    /// Jobs at a steady rate for so many minutes; the level is jobs a minute.
    /// Only for scenarios whose jobs arrive at a rate.
    PerMinute(u32),
}

/// The shortest outage that is tried.
const OUTAGE_FIRST_S: f64 = 0.25;
/// The closest that a burst is pressed.
const WINDOW_LEAST_S: f64 = 0.001;
/// The slowest provider that is tried.
const SLOWEST: f64 = 1024.0;

impl Strain {
    /// Those that any scenario can be put under, in the order in which they
    /// are shown.
    pub const ALL: [Self; 5] =
        [Self::Jobs, Self::Arrivals, Self::Outage, Self::KeyOutage, Self::KeySlowdown];

    /// What the command line calls it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Jobs => "jobs",
            Self::Arrivals => "arrivals",
            Self::Outage => "outage",
            Self::KeyOutage => "key-outage",
            Self::KeySlowdown => "key-slowdown",
            Self::PerMinute(_) => "per-minute",
        }
    }

    /// The levels that are tried; `most_jobs` bounds the fleet.
    #[must_use]
    pub fn scale(self, scenario: &Scenario, most_jobs: u32) -> Scale {
        let horizon_s = scenario.horizon.as_secs_f64();
        match self {
            Self::Jobs | Self::PerMinute(_) => {
                Scale { first: 1.0, most: f64::from(most_jobs), whole: true }
            }
            Self::Arrivals => {
                let most = match scenario.fleet.arrivals {
                    Arrivals::Burst { .. } => horizon_s / 2.0 / WINDOW_LEAST_S,
                    Arrivals::Rate { .. } => 4096.0,
                };
                Scale { first: 1.0, most, whole: false }
            }
            Self::Outage | Self::KeyOutage => Scale {
                first: OUTAGE_FIRST_S,
                most: (horizon_s / 2.0).max(OUTAGE_FIRST_S),
                whole: false,
            },
            Self::KeySlowdown => Scale { first: 1.0, most: SLOWEST, whole: false },
        }
    }

    /// The scenario at this level.
    #[must_use]
    pub fn at(self, level: f64, scenario: &Scenario, contender: &Contender) -> Draft {
        let mut draft = Draft::of(scenario);
        let time = |seconds: f64| Value::of(Kind::Time, seconds).text;
        match self {
            Self::Jobs => {
                draft.remove(&format!("contenders.{}.fleet.jobs", contender.name));
                draft.put("fleet.jobs", level as i64);
                if let Arrivals::Rate { interval, .. } = scenario.fleet.arrivals {
                    draft.put("horizon", with_room(scenario, interval.mul_f64(level)));
                }
            }
            Self::Arrivals => match scenario.fleet.arrivals {
                Arrivals::Burst { .. } => {
                    let window = time(window_s(scenario, level));
                    draft.put("fleet.arrivals.burst.spread", window);
                }
                Arrivals::Rate { interval, .. } => {
                    let rate = Value::of(Kind::Rate('m'), per_minute(interval, level)).text;
                    draft.put("fleet.arrivals.rate.rate", rate);
                    let jobs = contender.jobs.max(scenario.fleet.jobs);
                    let last = interval.mul_f64(f64::from(jobs) * SPREAD_OUT / level);
                    draft.put("horizon", with_room(scenario, last));
                }
            },
            Self::Outage | Self::KeyOutage => {
                let from = first_start(scenario);
                let during = format!(
                    "{}..{}",
                    written_s(from),
                    Value::of(Kind::Time, from.as_secs_f64() + level).text
                );
                draft.push("service.faults", named(self.name(), [("during", during.into())]));
            }
            Self::KeySlowdown => {
                if level > 1.0 {
                    let factor = (level * 1000.0).round() / 1000.0;
                    draft.push("service.faults", named(self.name(), [("factor", factor.into())]));
                }
            }
            Self::PerMinute(minutes) => {
                draft.remove(&format!("contenders.{}.fleet.jobs", contender.name));
                draft.put("fleet.jobs", level as i64 * i64::from(minutes));
                draft.put("fleet.arrivals.rate.rate", format!("{level}/m"));
                let last = Duration::from_secs(u64::from(minutes) * 60);
                draft.put("horizon", with_room(scenario, last));
            }
        }
        draft
    }

    /// The level in words.
    #[must_use]
    pub fn words(self, level: f64, scenario: &Scenario, contender: &Contender) -> String {
        let time = |seconds: f64| Value::of(Kind::Time, seconds).text;
        match self {
            Self::Jobs if level == 1.0 => "1 job".into(),
            Self::Jobs => format!("{level} jobs"),
            Self::Arrivals => match scenario.fleet.arrivals {
                Arrivals::Burst { .. } => {
                    format!("{} jobs within {}", contender.jobs, time(window_s(scenario, level)))
                }
                Arrivals::Rate { interval, .. } => {
                    format!("{:.1} jobs a minute", per_minute(interval, level))
                }
            },
            Self::Outage => format!("no STS for {}", time(level)),
            Self::KeyOutage => format!("no keys for {}", time(level)),
            Self::KeySlowdown => format!("keys {level:.2} × slower"),
            Self::PerMinute(_) => format!("{level} a minute"),
        }
    }
}

impl FromStr for Strain {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Self::ALL.into_iter().find(|strain| strain.name() == text).ok_or_else(|| {
            let names = Self::ALL.map(Self::name);
            match did_you_mean(text, names) {
                Some(meant) => format!("there is no strain `{text}`, did you mean `{meant}`?"),
                None => format!("there is no strain `{text}`: expected {}", names.join(", ")),
            }
        })
    }
}

/// How much further apart than written arrivals at a rate are at first.
const SPREAD_OUT: f64 = 16.0;

/// Half of the horizon at level 1, and then less and less.
fn window_s(scenario: &Scenario, level: f64) -> f64 {
    let Arrivals::Burst { at, .. } = scenario.fleet.arrivals else { return 0.0 };
    let most = (scenario.horizon.saturating_sub(at)).as_secs_f64() / 2.0;
    (most / level).max(WINDOW_LEAST_S)
}

fn per_minute(interval: Duration, level: f64) -> f64 {
    60.0 / interval.as_secs_f64() / SPREAD_OUT * level
}

/// Whole milliseconds are enough for what people read.
fn written_s(time: Duration) -> String {
    written(Duration::from_millis(time.as_millis() as u64))
}

/// A horizon that also the late ones of a Poisson stream meet whose last job is
/// due at `last` on average: with one job, one run in 10⁷ has it later.
fn with_room(scenario: &Scenario, last: Duration) -> String {
    let room = last.saturating_mul(4) + Duration::from_secs(600);
    written_s((scenario.horizon + room).min(Duration::from_secs(7 * 86_400)))
}

fn first_start(scenario: &Scenario) -> Duration {
    match scenario.fleet.arrivals {
        Arrivals::Burst { at, .. } => at,
        Arrivals::Rate { .. } => Duration::ZERO,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::load;

    #[test]
    fn every_level_of_every_strain_is_a_scenario() {
        for name in ["issue-299", "steady-trickle", "throttled-burst", "regional-incident"] {
            let scenario = load(name).expect("it ships");
            let contender = &scenario.contenders[0];
            for strain in Strain::ALL {
                let scale = strain.scale(&scenario, 1000);
                for level in [scale.first, scale.first * 2.0, scale.most] {
                    let draft = strain.at(level, &scenario, contender);
                    let checked = draft.check(name);
                    assert!(checked.is_ok(), "{name} {strain:?} {level}: {:?}", checked.err());
                }
            }
        }
    }

    #[test]
    fn a_level_does_what_it_says() {
        let scenario = load("issue-299").expect("it ships");
        let contender = &scenario.contenders[0];
        let at = |strain: Strain, level| {
            strain.at(level, &scenario, contender).check("it").expect("a scenario")
        };
        assert_eq!(at(Strain::Jobs, 33.0).fleet.jobs, 33);
        assert_eq!(at(Strain::Outage, 2.5).mock.service.faults.len(), 1);
        let window = at(Strain::Arrivals, 90.0).fleet.arrivals;
        assert_eq!(
            window,
            Arrivals::Burst { at: Duration::ZERO, spread: Duration::from_secs(1) },
            "half of three minutes, ninety times closer"
        );
        assert!("jbos".parse::<Strain>().expect_err("a typo").contains("`jobs`"));
    }
}
