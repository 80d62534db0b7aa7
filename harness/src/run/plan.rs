//! The plan of a scenario: what it will ask of the service, before anything runs.

use std::fmt::Write as _;
use std::time::Duration;

use mock_sts::config::unit::written;
use mock_sts::config::{InFlight, KeyConfig, MockConfig, jwks_lifetime};

use crate::scenario::{Contender, Scenario};
use crate::strategy::{Sharing, Strategy, Visitor};

/// The plan, as text.
#[must_use]
pub fn plan(scenario: &Scenario) -> String {
    let mut text = format!("{}: {}\n", scenario.name, scenario.question);
    let say = |text: &mut String, line: String| {
        text.push_str(&line);
        text.push('\n');
    };
    say(
        &mut text,
        format!(
            "profile {}, seed {}, horizon {}",
            scenario.mock.profile,
            scenario.seeds[0],
            written(scenario.horizon)
        ),
    );
    say(&mut text, String::new());
    say(&mut text, capacity(&scenario.mock));
    for contender in &scenario.contenders {
        say(&mut text, String::new());
        text += &contender_plan(scenario, contender);
    }
    for (index, expectation) in scenario.expectations.iter().enumerate() {
        let title = if index == 0 { "\nExpected\n" } else { "" };
        let only = if expectation.level.is_required() { "" } else { " (warns only)" };
        say(&mut text, format!("{title}  {expectation}{only}"));
    }
    say(&mut text, String::new());
    text.push_str("nothing was run\n");
    text
}

fn counted(count: u64, noun: &str) -> String {
    format!("{count} {noun}{}", if count == 1 { "" } else { "s" })
}

/// What the service can take.
fn capacity(mock: &MockConfig) -> String {
    let mut text = String::from("The service\n");
    for limit in &mock.service.limits {
        let _ = writeln!(text, "  limit   {limit}");
    }
    for fault in &mock.service.faults {
        let _ = writeln!(text, "  fault   {fault}");
    }
    let keys = &mock.service.verification_key;
    let lifetime = keys.ttl.min(jwks_lifetime(&mock.idp.cache_control));
    let cached = match lifetime {
        Duration::ZERO => "not cached: a fetch per call, or per host and moment".into(),
        lifetime => format!("cached for {lifetime:?} on each of {} hosts", keys.hosts),
    };
    let _ = writeln!(text, "  keys    {cached}");
    let _ = write!(
        text,
        "          the provider finishes about {} fetches within the deadline of {:?}",
        fetches_in_time(keys),
        keys.deadline
    );
    text
}

/// Fetches that a burst can finish before its deadline, on average.
fn fetches_in_time(keys: &KeyConfig) -> u64 {
    let each = keys.provider.latency.mean().as_secs_f64();
    let per_server = keys.deadline.as_secs_f64() / each.max(1e-9);
    (per_server.floor() as u64).saturating_mul(u64::from(keys.provider.concurrency))
}

fn contender_plan(scenario: &Scenario, contender: &Contender) -> String {
    let (first_calls, with_token) = contender.strategy.accept(FirstCalls { contender });
    let peak = peak_starts(scenario, contender);
    let jobs = u64::from(contender.jobs);
    let within_one_second = |calls: u64| (peak * calls).div_ceil(jobs.max(1)).max(1);
    let (at_once, fetching) = (within_one_second(first_calls), within_one_second(with_token));
    let mut text = format!(
        "{}: {}; {}\n",
        contender.name,
        contender.describe_strategy(),
        contender.describe_policy()
    );
    let (all, calls) = (counted(jobs, "job"), counted(first_calls, "call"));
    if contender.command.is_some() {
        let _ = writeln!(text, "  {all} of one program, up to {peak} start within one second");
        let _ = writeln!(
            text,
            "  how often it calls STS, only a run tells; once a job were {calls}, up to {at_once} within one second"
        );
    } else {
        let tools = counted(u64::from(contender.tools_per_job), "tool");
        let _ = writeln!(text, "  {all} of {tools}, up to {peak} start within one second");
        let _ = writeln!(text, "  at least {calls} to STS, up to {at_once} within one second");
    }
    let regions = u64::from(contender.regions.at_first());
    let a_region = at_once.div_ceil(regions);
    for limit in &scenario.mock.service.limits {
        let verdict = match a_region.checked_sub(limit.rule.burst()) {
            None | Some(0) => "fits its burst".into(),
            Some(over) => format!("{over} over its burst: throttled"),
        };
        let _ = writeln!(text, "  {limit}: {verdict}");
    }
    let keys = &scenario.mock.service.verification_key;
    let fetches = match keys.in_flight {
        InFlight::Joined => fetching.min(u64::from(keys.hosts) * regions),
        InFlight::Separate => fetching,
    };
    let can = fetches_in_time(keys);
    let verdict = if fetches <= can { "in time" } else { "the rest miss the deadline" };
    let _ = writeln!(
        text,
        "  key fetches at once: up to {fetches}; about {can} can be served: {verdict}"
    );
    text
}

/// The most jobs that start within any one second.
fn peak_starts(scenario: &Scenario, contender: &Contender) -> u64 {
    let starts: Vec<u64> = scenario
        .fleet
        .arrivals
        .starts(scenario.seeds[0], contender.jobs)
        .map(|(_, start)| start.as_nanos())
        .collect();
    let mut first = 0;
    let mut peak = 0;
    for (last, at) in starts.iter().enumerate() {
        while starts[first] + 1_000_000_000 <= *at {
            first += 1;
        }
        peak = peak.max(last - first + 1);
    }
    peak as u64
}

/// Calls to STS if every first attempt succeeds: all of them, and those of them that show a web
/// identity token.
struct FirstCalls<'a> {
    contender: &'a Contender,
}

impl Visitor for FirstCalls<'_> {
    type Output = (u64, u64);

    fn visit<S: Strategy>(self, config: &S::Config) -> (u64, u64) {
        let jobs = u64::from(self.contender.jobs);
        let tools = jobs * u64::from(self.contender.tools_per_job);
        let with_token = match (S::sharing(config), S::SHARES_CREDENTIALS) {
            (Sharing::Fleet, _) => 1,
            (Sharing::Jobs(shared), _) => jobs.div_ceil(u64::from(shared)),
            (Sharing::Job, true) => jobs,
            (Sharing::Job, false) => tools,
        };
        let chained = if S::CHAINS_ROLES { tools } else { 0 };
        (with_token + chained, with_token)
    }
}
