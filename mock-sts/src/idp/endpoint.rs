//! The token endpoint as a function of (now, job): when it answers, and
//! whether with a token. The same in both worlds.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::clock::Instant;
use crate::config::{IdpConfig, TokenFaults};
use crate::dice::{Dice, Purpose};
use crate::latency::Latency;

/// One provider's token endpoint.
#[derive(Clone, Debug)]
pub struct TokenEndpoint {
    seed: u64,
    latency: Latency,
    faults: TokenFaults,
    /// What is known of each job that has asked; empty where nothing fails.
    jobs: BTreeMap<u64, Asked>,
}

#[derive(Clone, Copy, Debug)]
struct Asked {
    first: Instant,
    times: u64,
}

/// What one request for a token comes to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum TokenAnswer {
    /// A token, after this time.
    Issue(Duration),
    /// No token, after this time.
    Refuse(TokenRefusal, Duration),
    /// Nothing, ever.
    Hang,
}

/// Why there is no token.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum TokenRefusal {
    /// The CI system has not noticed yet that the job runs: GitHub's 403
    /// (configure-aws-credentials#469).
    Pending,
    /// The endpoint failed.
    Internal,
}

impl TokenRefusal {
    /// The HTTP status.
    #[must_use]
    pub const fn status(self) -> u16 {
        match self {
            Self::Pending => 403,
            Self::Internal => 500,
        }
    }

    /// The `message` of the answer.
    #[must_use]
    pub const fn message(self) -> &'static str {
        match self {
            Self::Pending => "Can't issue ID_TOKEN for job in 'Pending' state",
            Self::Internal => "Internal Server Error",
        }
    }
}

impl TokenEndpoint {
    /// An endpoint that nobody has asked yet.
    #[must_use]
    pub fn new(idp: &IdpConfig, seed: u64) -> Self {
        let (latency, faults) = (idp.token_latency, idp.token_faults);
        Self { seed, latency, faults, jobs: BTreeMap::new() }
    }

    /// What a job's request comes to that arrives at `now`; `key` is that of its
    /// request token, [`key_of`](crate::dice::key_of). Requests must be handed
    /// over in the order of their arrival.
    pub fn ask(&mut self, now: Instant, key: u64) -> TokenAnswer {
        let after = self.latency.sample(&mut Dice::keyed(self.seed, key, Purpose::TokenLatency));
        let TokenFaults { pending_for, error_share, slow_share, slow, hang_share } = self.faults;
        if self.faults == TokenFaults::NONE {
            return TokenAnswer::Issue(after);
        }
        let asked = self.jobs.entry(key).or_insert(Asked { first: now, times: 0 });
        asked.times += 1;
        if now < asked.first + pending_for {
            return TokenAnswer::Refuse(TokenRefusal::Pending, after);
        }
        let entity = key.wrapping_add(asked.times.rotate_left(48));
        let mut dice = Dice::keyed(self.seed, entity, Purpose::TokenFault);
        let (hangs, fails, is_slow) = (dice.unit(), dice.unit(), dice.unit());
        if hangs < hang_share {
            return TokenAnswer::Hang;
        }
        let after = if is_slow < slow_share { after + slow.sample(&mut dice) } else { after };
        if fails < error_share {
            TokenAnswer::Refuse(TokenRefusal::Internal, after)
        } else {
            TokenAnswer::Issue(after)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::PROFILES;

    fn endpoint(faults: TokenFaults) -> TokenEndpoint {
        let mut idp = PROFILES[0].config().idp;
        idp.token_latency = Latency::Fixed(Duration::from_millis(60));
        idp.token_faults = faults;
        TokenEndpoint::new(&idp, 1)
    }

    fn at(seconds: u64) -> Instant {
        Instant::from_nanos(seconds * 1_000_000_000)
    }

    /// Two jobs' keys.
    const A: u64 = 1;
    const B: u64 = 2;
    const AFTER: Duration = Duration::from_millis(60);

    #[test]
    fn a_job_is_pending_from_its_own_first_request() {
        let pending_for = Duration::from_secs(5);
        let mut endpoint = endpoint(TokenFaults { pending_for, ..TokenFaults::NONE });
        let pending = TokenAnswer::Refuse(TokenRefusal::Pending, AFTER);
        assert_eq!(endpoint.ask(at(1), A), pending);
        assert_eq!(endpoint.ask(at(4), B), pending);
        assert_eq!(endpoint.ask(at(5), A), pending);
        assert_eq!(endpoint.ask(at(6), A), TokenAnswer::Issue(AFTER));
        assert_eq!(endpoint.ask(at(8), B), pending);
        assert_eq!(endpoint.ask(at(9), B), TokenAnswer::Issue(AFTER));
    }

    #[test]
    fn shares_are_met_and_each_request_has_a_luck_of_its_own() {
        let slow = Latency::Fixed(Duration::from_secs(2));
        let faults = TokenFaults {
            error_share: 0.2,
            slow_share: 0.3,
            slow,
            hang_share: 0.1,
            ..TokenFaults::NONE
        };
        let mut endpoint = endpoint(faults);
        let (mut hung, mut failed, mut slowed) = (0, 0, 0);
        for number in 0..10_000 {
            match endpoint.ask(at(number), A) {
                TokenAnswer::Hang => hung += 1,
                TokenAnswer::Refuse(TokenRefusal::Internal, _) => failed += 1,
                TokenAnswer::Issue(after) if after > AFTER => slowed += 1,
                _ => {}
            }
        }
        assert!((900..1100).contains(&hung), "{hung} of 1000");
        assert!((1650..1950).contains(&failed), "{failed} of 1800");
        assert!((2000..2320).contains(&slowed), "{slowed} of 2160");
    }

    #[test]
    fn nothing_is_remembered_where_nothing_fails() {
        let mut endpoint = endpoint(TokenFaults::NONE);
        assert_eq!(endpoint.ask(at(0), A), TokenAnswer::Issue(AFTER));
        assert!(endpoint.jobs.is_empty());
    }
}
