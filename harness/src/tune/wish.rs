//! What a winner does, in numbers that can be put into another tool's words.

use std::time::Duration;

use crate::policy::backoff::Backoff;
use crate::policy::presets::client::{Client, Jitter};
use crate::policy::{PolicyConfig, fixed};
use crate::scenario::Contender;

/// How a wait grows and what chance does to it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Shape {
    /// Always the base.
    Constant,
    /// min(cap, base · 2^k).
    Exponential,
    /// Half of that, and a random part of the other half.
    Equal,
    /// A random part of that.
    Full,
    /// From the base up to three times the last wait.
    Decorrelated,
}

/// One retry loop in numbers.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Wish {
    /// Attempts in all, the first included.
    pub attempts: u32,
    /// The first backoff.
    pub base: Duration,
    /// No wait is longer.
    pub cap: Duration,
    /// How waits come about.
    pub shape: Shape,
    /// The client whose own behaviour it is, if it is one's.
    pub client: Option<&'static str>,
    /// The most calls of one acquisition: more than the attempts where loops nest.
    pub calls: u32,
}

/// No loop of a tool waits longer.
const LONGEST: Duration = Duration::from_secs(3600);

impl Wish {
    /// What the contender does after a failure.
    #[must_use]
    pub fn of(contender: &Contender) -> Self {
        let calls = contender.policy.build().most_calls();
        let backoff = |backoff: &Backoff, shape| Self {
            attempts: backoff.attempts,
            base: backoff.base,
            cap: backoff.cap,
            shape,
            client: None,
            calls,
        };
        match &contender.policy {
            PolicyConfig::None(_) => Self::once(),
            PolicyConfig::Fixed(fixed::Fixed { wait, retries }) => Self {
                attempts: retries + 1,
                base: *wait,
                cap: *wait,
                shape: Shape::Constant,
                client: None,
                calls,
            },
            PolicyConfig::Exponential(policy) => backoff(&policy.0, Shape::Exponential),
            PolicyConfig::EqualJitter(policy) => backoff(&policy.0, Shape::Equal),
            PolicyConfig::FullJitter(policy) => backoff(&policy.0, Shape::Full),
            PolicyConfig::DecorrelatedJitter(policy) => backoff(&policy.0, Shape::Decorrelated),
            PolicyConfig::Preset(preset) => Self::of_client(preset.client(), calls),
            PolicyConfig::Client(told) => Self::of_client(told.client(), calls),
        }
    }

    const fn once() -> Self {
        let base = Duration::from_secs(1);
        Self { attempts: 1, base, cap: base, shape: Shape::Full, client: None, calls: 1 }
    }

    /// The outer loop of a client, or its only one.
    fn of_client(client: &Client, calls: u32) -> Self {
        let layer = client.outer.as_ref().unwrap_or(&client.inner);
        let wait = layer.delay.plain;
        let shape = match wait.jitter {
            Jitter::Constant => Shape::Constant,
            Jitter::None => Shape::Exponential,
            Jitter::Equal | Jitter::Above => Shape::Equal,
            Jitter::Full => Shape::Full,
            Jitter::Decorrelated => Shape::Decorrelated,
        };
        Self {
            attempts: layer.attempts,
            base: wait.base,
            cap: layer.delay.cap.unwrap_or(LONGEST),
            shape,
            client: Some(client.name),
            calls,
        }
    }

    /// In words.
    #[must_use]
    pub fn words(&self) -> String {
        let Self { attempts, base, cap, .. } = self;
        if *attempts == 1 {
            return "1 attempt".into();
        }
        let waits = match self.shape {
            Shape::Constant => return format!("{attempts} attempts, {base:?} apart"),
            Shape::Exponential => format!("{base:?} · 2^k"),
            Shape::Equal => format!("(½ + random/2) · {base:?} · 2^k"),
            Shape::Full => format!("random · {base:?} · 2^k"),
            Shape::Decorrelated => format!("from {base:?} up to 3 times the last wait"),
        };
        format!("{attempts} attempts, {waits}, {cap:?} at the most")
    }

    /// The mean of all its waits together, which is how long a trouble it outlasts.
    #[must_use]
    pub fn covers(&self) -> Duration {
        let part = match self.shape {
            Shape::Constant | Shape::Exponential => 1.0,
            Shape::Equal => 0.75,
            Shape::Full => 0.5,
            Shape::Decorrelated => 1.0,
        };
        let waits = (0..self.attempts.saturating_sub(1).min(64)).map(|k| match self.shape {
            Shape::Constant => self.base,
            _ => self.base.saturating_mul(1 << k.min(31)).min(self.cap),
        });
        waits.fold(Duration::ZERO, Duration::saturating_add).mul_f64(part)
    }

    /// How many attempts of a loop with another first backoff cover as long.
    #[must_use]
    pub fn attempts_of(&self, other: Self) -> u32 {
        let wanted = self.covers();
        let covers = |attempts: &u32| Self { attempts: *attempts, ..other }.covers() >= wanted;
        (1..=30).find(covers).unwrap_or(30)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::load;

    fn of(name: &str) -> Wish {
        let scenario = load("issue-299").expect("it ships");
        Wish::of(scenario.contenders.iter().find(|c| c.name == name).expect(name))
    }

    #[test]
    fn the_numbers_are_those_of_the_policy() {
        let cached = of("cached");
        assert_eq!((cached.attempts, cached.shape), (6, Shape::Constant));
        assert_eq!(cached.covers(), Duration::from_secs(15));
        let action = of("cached-action");
        assert_eq!((action.attempts, action.calls), (12, 36));
        assert_eq!(action.client, Some("configure-aws-credentials@6.2.3"));
        assert_eq!(
            action.covers(),
            Duration::from_millis(25 * 2047),
            "without the sleep at the end"
        );
        assert_eq!(of("naive").attempts, 1);
        assert_eq!(of("retried").covers(), Duration::from_millis(7500));
        // The action needs ten attempts to wait for what five of the others do.
        assert_eq!(of("retried").attempts_of(action), 10);
    }
}
