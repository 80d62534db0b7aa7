//! `[contenders]`: who is compared with whom.

use std::collections::BTreeMap;
use std::time::Duration;

use mock_sts::config::problem::Problems;
use mock_sts::config::spanned::Spanned;
use mock_sts::config::unit;

use super::fleet::{JOBS, TOOLS, attempt_timeout, is_not_too_many};
use super::name;
use crate::external::{CommandConfig, CommandFile};
use crate::policy::{PolicyConfig, none};
use crate::record::Failure;
use crate::regions::Regions;
use crate::restraint::{Hints, Restraints};
use crate::scenario::file::{ContenderFile, FallbackFile, OwnFleetFile};
use crate::scenario::{Contender, Fallback, Fleet, RetryOn};
use crate::strategy::StrategyConfig;

/// What contenders' numbers are held against; none of a service that cannot be used.
#[derive(Clone, Copy)]
pub(super) struct Service {
    /// How long a web identity token lives.
    pub(super) token_lifetime: Option<Duration>,
    /// How many regions there are.
    pub(super) regions: Option<u16>,
}

/// The contenders in the order of the file. Without a usable `fleet` or
/// `service` the rest is still checked.
pub(super) fn contenders(
    files: &Spanned<BTreeMap<Spanned<String>, ContenderFile>>,
    fleet: Option<&Fleet>,
    service: Service,
    problems: &mut Problems,
) -> Option<Vec<Contender>> {
    if files.get_ref().is_empty() {
        problems
            .push(files.span(), "there is nobody to compare", "no contenders")
            .help("add one, like\n[contenders.naive]\nstrategy.naive = {}");
        return None;
    }
    let mut in_order: Vec<_> = files.get_ref().iter().collect();
    in_order.sort_by_key(|(key, _)| key.span().start);
    let checked: Vec<_> = in_order
        .into_iter()
        .map(|(key, file)| contender(key, file, fleet, service, problems))
        .collect();
    checked.into_iter().collect()
}

fn contender(
    key: &Spanned<String>,
    file: &ContenderFile,
    fleet: Option<&Fleet>,
    service: Service,
    problems: &mut Problems,
) -> Option<Contender> {
    let name = name(key, problems);
    let command = command(key, file, problems);
    let strategy = match &file.strategy {
        Some(strategy) => strategy.check(problems),
        None => naive(),
    };
    let policy = match &file.policy {
        Some(policy) => policy.check(problems),
        None => Some(PolicyConfig::None(none::NoRetry)),
    };
    let retry_on = match &file.retry_on {
        Some(list) => retry_on(list, problems),
        None => Some(RetryOn::Everything),
    };
    let renew_token = match &file.renew_token {
        Some(text) => renew_token(text, service.token_lifetime, problems).map(Some),
        None => Some(None),
    };
    let admission = match &file.admission {
        Some(admission) => admission.check(problems).map(Some),
        None => Some(None),
    };
    let fallback = match &file.fallback {
        Some(fallback) => self::fallback(fallback, problems).map(Some),
        None => Some(None),
    };
    let regions = match (&file.regions, service.regions) {
        (Some(regions), Some(count)) => Regions::check(regions, count, problems),
        (Some(_), None) => None,
        (None, _) => Some(Regions::HOME),
    };
    let restraints = restraints(file, policy.as_ref(), problems);
    let attempt_timeout = match &file.attempt_timeout {
        Some(text) => attempt_timeout(text, problems),
        None => fleet.map(|fleet| fleet.attempt_timeout),
    };
    let size = size(file.fleet.as_ref(), fleet, problems);
    let (jobs, tools_per_job) = size?;
    let command = command?;
    // A program is a job of one tool, whatever it does inside.
    let tools_per_job = if command.is_some() { 1 } else { tools_per_job };
    Some(Contender {
        name: name?,
        strategy: strategy?,
        policy: policy?,
        retry_on: retry_on?,
        renew_token: renew_token?,
        admission: admission?,
        fallback: fallback?,
        regions: regions?,
        restraints: restraints?,
        attempt_timeout: attempt_timeout?,
        command,
        jobs,
        tools_per_job,
    })
}

fn fallback(file: &FallbackFile, problems: &mut Problems) -> Option<Fallback> {
    let on = match &file.on {
        Some(list) => retry_on(list, problems)?,
        None => RetryOn::Everything,
    };
    let identity = file.identity.get_ref().clone();
    if identity.is_empty() || identity.chars().any(char::is_control) {
        problems
            .push(file.identity.span(), "the fallback needs a name", "nobody's credentials")
            .help("name the role that the tool ends up with, like \"node-role\"");
        return None;
    }
    Some(Fallback { identity, on })
}

/// What holds it back: what its table says, and where that says nothing, what
/// its policy brings.
fn restraints(
    file: &ContenderFile,
    policy: Option<&PolicyConfig>,
    problems: &mut Problems,
) -> Option<Restraints> {
    let own = policy.map_or(Restraints::NONE, |policy| policy.build().restraints());
    let budget = file.retry_budget.as_ref().map(|budget| budget.check(problems));
    let breaker = file.circuit_breaker.as_ref().map(|breaker| breaker.check(problems));
    let pace = file.rate_limit.as_ref().map(|pace| pace.check(problems));
    Some(Restraints {
        budget: budget.map_or(Some(own.budget), |budget| budget.map(Some))?,
        breaker: breaker.map_or(Some(own.breaker), |breaker| breaker.map(Some))?,
        pace: pace.map_or(Some(own.pace), |pace| pace.map(Some))?,
        hints: file.hints.as_deref().map_or(own.hints, Hints::of),
    })
}

/// What stands in the place of a program's strategy.
fn naive() -> Option<StrategyConfig> {
    Some(StrategyConfig::Naive(Default::default()))
}

/// The contender's own program, if it is one; `strategy` is for all others.
fn command(
    key: &Spanned<String>,
    file: &ContenderFile,
    problems: &mut Problems,
) -> Option<Option<CommandConfig>> {
    let mut fine = true;
    let Some(words) = &file.command else {
        // A strategy that could not be read has been complained about.
        let unread = problems.lost_of(&format!("contenders.{key}.strategy"));
        if file.strategy.is_none() && !unread {
            problems
                .push(
                    key.span(),
                    format!("`contenders.{key}` lacks `strategy`"),
                    "`strategy` must be set",
                )
                .help("or let it be a program of your own, with `command`");
            fine = false;
        }
        let own = [
            ("credentials", file.credentials.as_ref().map(Spanned::span)),
            ("timeout", file.timeout.as_ref().map(Spanned::span)),
            ("concurrency", file.concurrency.as_ref().map(Spanned::span)),
            ("gate", file.gate.as_ref().map(Spanned::span)),
        ];
        for (name, span) in own {
            if let Some(span) = span {
                problems
                    .push(span, format!("`{name}` is for programs"), "there is no `command` here")
                    .help("set `command`, or leave this out");
                fine = false;
            }
        }
        return fine.then_some(None);
    };
    for name in only_for_strategies(file) {
        problems
            .push(
                words.span(),
                format!("a program has a {name} of its own"),
                format!("`{name}` is set beside it"),
            )
            .help(format!("leave `{name}` out, or `command`"));
        fine = false;
    }
    let checked = CommandConfig::check(
        &CommandFile {
            words,
            credentials: file.credentials.as_ref().map(|handover| *handover.get_ref()),
            timeout: file.timeout.as_ref(),
            concurrency: file.concurrency.as_ref(),
            gate: file.gate.as_ref(),
        },
        problems,
    );
    checked.filter(|_| fine).map(Some)
}

/// The keys of this contender that are for strategies alone.
fn only_for_strategies(file: &ContenderFile) -> impl Iterator<Item = &'static str> {
    let foreign = [
        ("strategy", file.strategy.is_some()),
        ("policy", file.policy.is_some()),
        ("retry-on", file.retry_on.is_some()),
        ("renew-token", file.renew_token.is_some()),
        ("admission", file.admission.is_some()),
        ("fallback", file.fallback.is_some()),
        ("regions", file.regions.is_some()),
        ("retry-budget", file.retry_budget.is_some()),
        ("circuit-breaker", file.circuit_breaker.is_some()),
        ("rate-limit", file.rate_limit.is_some()),
        ("hints", file.hints.is_some()),
        ("attempt-timeout", file.attempt_timeout.is_some()),
    ];
    foreign.into_iter().filter(|(_, there)| *there).map(|(name, _)| name)
}

fn retry_on(list: &Spanned<Vec<Spanned<String>>>, problems: &mut Problems) -> Option<RetryOn> {
    if list.get_ref().is_empty() {
        problems
            .push(list.span(), "`retry-on` names no failure", "nothing in here")
            .help("leave it out to retry on everything, or use `policy.none = {}`");
        return None;
    }
    let mut failures = Vec::new();
    for name in list.get_ref() {
        match Failure::from_name(name.get_ref()) {
            Some(failure) => failures.push(failure),
            None => {
                let label = unit::guess(name.get_ref(), Failure::names(), "no such failure");
                let known: Vec<_> = Failure::names().collect();
                problems
                    .push(name.span(), format!("no call fails with `{name}`"), label)
                    .help(format!("the failures are {}", known.join(", ")));
            }
        }
    }
    (failures.len() == list.get_ref().len()).then_some(RetryOn::Only(failures))
}

fn renew_token(
    text: &Spanned<String>,
    token_lifetime: Option<Duration>,
    problems: &mut Problems,
) -> Option<Duration> {
    let left = unit::duration(text, problems)?;
    if let Some(lifetime) = token_lifetime
        && left >= lifetime
    {
        let lifetime = unit::written(lifetime);
        problems
            .push(
                text.span(),
                "no token ever has that much left",
                format!("tokens live for {lifetime}"),
            )
            .help("renew later than that, for example at \"30s\"");
        return None;
    }
    Some(left)
}

/// The contender's own numbers, or the fleet's where it has none.
fn size(
    own: Option<&OwnFleetFile>,
    fleet: Option<&Fleet>,
    problems: &mut Problems,
) -> Option<(u32, u32)> {
    let own_jobs = own.and_then(|own| own.jobs.as_ref());
    let own_tools = own.and_then(|own| own.tools_per_job.as_ref());
    let jobs = match own_jobs {
        Some(jobs) => unit::count(jobs, &JOBS, problems),
        None => fleet.map(|fleet| fleet.jobs),
    };
    let tools = match own_tools {
        Some(tools) => unit::count(tools, &TOOLS, problems),
        None => fleet.map(|fleet| fleet.tools_per_job),
    };
    let size = (jobs?, tools?);
    if let Some(place) = own_tools.or(own_jobs) {
        is_not_too_many(size, place, problems)?;
    }
    Some(size)
}
