//! One role's keeper: obtains, hands over, waits, refreshes; never ends.

use std::cell::RefCell;
use std::io::{self, Write as _};
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use mock_sts::dice::{Dice, Purpose, key_of};

use super::BrokerConfig;
use super::held::{Held, now_unix};
use super::world::BrokerWorld;
use crate::policy::presets::Preset;
use crate::record::Recorder;
use crate::regions::Regions;
use crate::scenario::RetryOn;
use crate::tool::{Job, Shared, Tool};
use crate::world::Clock as _;

/// After a failed refresh, with something valid at hand or without, the next
/// one comes this much later, and up to as much again by chance.
const AGAIN_WHEN_HOLDING: Duration = Duration::from_secs(30);
const AGAIN_WHEN_EMPTY: Duration = Duration::from_secs(2);

/// A token that has less than this left is not used for another attempt.
const TOKEN_LEFT: Duration = Duration::from_secs(30);

/// Keeps `held` filled.
pub(super) async fn keep(config: Rc<BrokerConfig>, held: Arc<Held>) {
    let world = Rc::new(BrokerWorld::new(Rc::clone(&config), &held.role));
    // Two daemons that start together must not draw alike.
    let seed = key_of(&format!("{} {} {}", std::process::id(), now_unix(), held.role));
    let shared = Rc::new(Shared {
        seed,
        policy: match config.preset {
            Some(client) => Box::new(Preset::of(client)),
            None => (config.policy)(),
        },
        retry_on: RetryOn::Everything,
        renew_token: Some(TOKEN_LEFT),
        session_s: config.session_s,
        regions: Regions::HOME,
        admission: None,
        fallback: None,
        restrained: None,
        recorder: RefCell::new(Recorder::default()),
    });
    for round in 0_u32.. {
        // A new job each time: its token is fetched anew.
        let job = Rc::new(Job::new(round));
        let mut tool = Tool::new(Rc::clone(&world), Rc::clone(&shared), job, 0);
        let obtained = tool.obtain().await;
        let granted = world.granted.borrow_mut().take();
        let mut dice = Dice::keyed(seed, u64::from(round), Purpose::Policy);
        let wait = match (obtained, granted) {
            (Ok(_), Some(keys)) => {
                held.hold(&keys);
                let left =
                    Duration::from_secs(u64::try_from(keys.expires_unix - now_unix()).unwrap_or(0));
                say(&format!("{}: credentials for {} s", held.role, left.as_secs()));
                let early = dice.up_to(config.jitter.min(left / 4));
                refresh_in(left, config.refresh_ahead, early)
            }
            (failed, _) => {
                let why = why(&shared, failed.err().map(|gave_up| gave_up.cause));
                held.failed(&why);
                let held_still = held.answer().is_some();
                let holding = if held_still { "; what is held is still valid" } else { "" };
                say(&format!("{}: {why}{holding}", held.role));
                let base = if held_still { AGAIN_WHEN_HOLDING } else { AGAIN_WHEN_EMPTY };
                base + dice.up_to(base)
            }
        };
        // Whatever was counted is of no use to a daemon.
        drop(shared.recorder.take());
        world.sleep(wait).await;
    }
}

/// How long to wait before refreshing what lives for `left`: `ahead` of its end
/// or at half of its life, and `early`. Never so short that a machine whose
/// clock is ahead of STS's calls without a pause.
fn refresh_in(left: Duration, ahead: Duration, early: Duration) -> Duration {
    left.saturating_sub(ahead.min(left / 2)).saturating_sub(early).max(AGAIN_WHEN_EMPTY)
}

/// The last failure in STS's own words.
fn why(shared: &Shared, cause: Option<crate::record::Cause>) -> String {
    let recorder = shared.recorder.borrow();
    let message = cause.map(|cause| recorder.errors.message(cause).to_owned());
    let code = recorder.errors.sorted().first().map(|counted| counted.failure.name());
    let told = format!("{}: {}", code.unwrap_or("Failed"), message.unwrap_or_default());
    told.trim_end_matches([':', ' ']).to_owned()
}

/// A line on standard error, with nothing secret in it.
fn say(line: &str) {
    // A log that nobody reads must not stop the daemon.
    let _ = writeln!(io::stderr(), "stampede daemon: {line}");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refreshes_come_ahead_of_the_end_and_never_without_a_pause() {
        let s = Duration::from_secs;
        assert_eq!(refresh_in(s(3600), s(960), s(60)), s(2580));
        assert_eq!(refresh_in(s(900), s(960), s(100)), s(350));
        for left in [s(0), s(1), s(2)] {
            assert_eq!(refresh_in(left, s(960), left / 4), AGAIN_WHEN_EMPTY);
        }
    }
}
