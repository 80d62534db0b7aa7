use proptest::prelude::*;

use super::*;

const SECOND: Duration = Duration::from_secs(1);

fn limits(per: Scope, rule: LimitRule) -> Limits {
    Limits::new(&[LimitConfig { per, rule }], &[])
}

fn from_job(source: u64) -> Sharer<'static> {
    Sharer { role: None, issuer: "https://a.example", source, region: 0 }
}

/// Whether a request of the account passes, with its answer `takes` later.
fn passes(limits: &mut Limits, at_ms: u64, takes: Duration) -> Option<u128> {
    let now = Instant::from_nanos(at_ms * 1_000_000);
    let wait = limits.admit(now, &from_job(1)).ok()?;
    limits.settle(now + wait + takes);
    Some(wait.as_millis())
}

#[test]
fn a_fixed_window_begins_anew_on_the_runs_clock() {
    let mut limits =
        limits(Scope::AccountRegion, LimitRule::FixedWindow { requests: 2, window: SECOND });
    let passed = [0, 990, 995, 999, 1000, 1001, 1999, 2000]
        .map(|at| passes(&mut limits, at, SECOND).is_some());
    assert_eq!(passed, [true, true, false, false, true, true, false, true]);
}

#[test]
fn a_sliding_window_lets_the_next_in_at_the_promised_nanosecond() {
    let mut window = SlidingWindow::new(1, SECOND);
    assert_eq!(window.used(Instant::from_nanos(5)), 0);
    window.take(Instant::from_nanos(5));
    assert_eq!(window.used(Instant::from_nanos(1_000_000_004)), 1);
    assert_eq!(window.used(Instant::from_nanos(1_000_000_005)), 0);
}

#[test]
fn concurrency_waits_in_line_and_turns_away_who_finds_it_full() {
    let rule = LimitRule::Concurrency { at_once: 2, queue: 2, max_wait: 3 * SECOND };
    let mut limits = limits(Scope::AccountRegion, rule);
    let waits = [0, 0, 100, 200, 300].map(|at| passes(&mut limits, at, SECOND));
    assert_eq!(waits, [Some(0), Some(0), Some(900), Some(800), None]);
    // At one second the two in line begin and their places there are free.
    assert_eq!(passes(&mut limits, 1000, SECOND), Some(1000));
    assert_eq!(passes(&mut limits, 9000, SECOND), Some(0));
}

#[test]
fn who_would_wait_too_long_is_turned_away_at_once() {
    let rule = LimitRule::Concurrency { at_once: 1, queue: 100, max_wait: 2 * SECOND };
    let mut limits = limits(Scope::AccountRegion, rule);
    let waits = [0, 0, 0, 0].map(|at| passes(&mut limits, at, SECOND));
    assert_eq!(waits, [Some(0), Some(1000), Some(2000), None]);
}

#[test]
fn each_scope_has_a_meter_for_each_of_its_sharers() {
    let passed = |per| {
        let mut limits = limits(per, LimitRule::FixedWindow { requests: 1, window: SECOND });
        let sharers = [
            (Some(0), "https://a.example", 1),
            (Some(0), "https://b.example", 2),
            (Some(1), "https://b.example", 2),
            (None, "https://c.example", 3),
        ];
        let mut passed = |region| {
            sharers.map(|(role, issuer, source)| {
                limits.admit(Instant::ZERO, &Sharer { role, issuer, source, region }).is_ok()
            })
        };
        let at_home = passed(0);
        assert_eq!(passed(1), at_home, "each region has meters of its own");
        assert_eq!(passed(2), at_home, "each region has meters of its own");
        assert_eq!(passed(1), [false; 4], "and knows them again");
        at_home
    };
    assert_eq!(passed(Scope::AccountRegion), [true, false, false, false]);
    assert_eq!(passed(Scope::Role), [true, false, true, true]);
    assert_eq!(passed(Scope::Issuer), [true, true, false, true]);
    assert_eq!(passed(Scope::Source), [true, true, false, true]);
}

#[test]
fn idle_sources_are_forgotten_and_busy_ones_are_not() {
    let rule = LimitRule::FixedWindow { requests: 1, window: SECOND };
    let mut limits = limits(Scope::Source, rule);
    for source in 0..100_000 {
        let now = Instant::from_nanos(source * 10_000_000);
        assert!(limits.admit(now, &from_job(source)).is_ok());
        assert!(limits.admit(now, &from_job(source)).is_err(), "{source} is remembered");
    }
    assert!(limits.limits[0].meters.len() <= MANY, "a hundred are busy at once");
}

proptest! {
    #[test]
    fn windows_never_let_more_through_than_they_say(
        most in 1_u64..20,
        window_ms in 1_u64..2000,
        gaps in prop::collection::vec(0_u64..400, 1..300),
    ) {
        let window = Duration::from_millis(window_ms);
        let mut fixed = limits(Scope::Role, LimitRule::FixedWindow { requests: most, window });
        let mut sliding = limits(Scope::Role, LimitRule::SlidingWindow { requests: most, window });
        let (mut now, mut in_fixed, mut in_sliding) = (0, Vec::new(), Vec::new());
        for gap in gaps {
            now += gap;
            if passes(&mut fixed, now, SECOND).is_some() { in_fixed.push(now); }
            if passes(&mut sliding, now, SECOND).is_some() { in_sliding.push(now); }
        }
        for &from in &in_sliding {
            let within = in_sliding.iter().filter(|at| (from..from + window_ms).contains(at));
            prop_assert!(within.count() as u64 <= most);
        }
        for &from in &in_fixed {
            let index = from / window_ms;
            let within = in_fixed.iter().filter(|at| **at / window_ms == index);
            prop_assert!(within.count() as u64 <= most);
        }
    }

    #[test]
    fn never_more_are_in_flight_than_there_are_places(
        at_once in 1_u32..6,
        queue in 0_u32..6,
        calls in prop::collection::vec((0_u64..300, 1_u64..2000), 1..200),
    ) {
        let rule = LimitRule::Concurrency { at_once, queue, max_wait: 3600 * SECOND };
        let mut limits = limits(Scope::AccountRegion, rule);
        let (mut now, mut served) = (0, Vec::new());
        for (gap, takes) in calls {
            now += gap;
            if let Some(wait) = passes(&mut limits, now, Duration::from_millis(takes)) {
                let start = now + wait as u64;
                served.push((now, start, start + takes));
            }
        }
        for &(_, start, _) in &served {
            let in_flight = served.iter().filter(|(_, from, to)| (*from..*to).contains(&start));
            prop_assert!(in_flight.count() <= at_once as usize);
        }
        for &(came, _, _) in &served {
            let waiting = served.iter().filter(|(at, from, _)| *at <= came && came < *from);
            prop_assert!(waiting.count() <= queue as usize);
        }
    }
}
