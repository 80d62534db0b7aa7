//! From records to the report: a value that outlives the run.

use mock_sts::config::{self, LimitRule, MockConfig, ServiceConfig};
use mock_sts::service::Ledger;
use reports::{
    CheckResult, CodeCount, ContenderReport, Course, ErrorCount, ExpectationResult, FORMAT_VERSION,
    FailureStory, Fairness, FaultCount, KeyFetches, KnobEcho, LatencySummary, LimitCount, Machine,
    ProfileEcho, Proportion, Provenance, RegionCount, RunReport, Runs, ScenarioEcho, SeedResult,
    ServerTruth, Verdict, World,
};

use super::ContenderRecord;
use crate::record::{Digest, FailureTally, check};
use crate::scenario::{Contender, Measured, RunTimes, Scenario};

/// How a run went, beside its records.
#[derive(Clone, Debug)]
pub struct Outcome<'a> {
    /// Where it ran.
    pub world: World,
    /// On what, over sockets.
    pub machine: Option<Machine>,
    /// False when it was interrupted.
    pub complete: bool,
    /// Why it ended early, where an expectation that can no longer be met ended it.
    pub ended_early: Option<String>,
    /// The seeds that were run.
    pub seeds: Vec<u64>,
    /// Whether the service was ours, so that its side is known.
    pub own_service: bool,
    /// The result that expectations may speak of.
    pub baseline: Option<&'a RunReport>,
}

/// The report of a run, its expectations judged.
#[must_use]
pub fn report(
    scenario: &Scenario,
    records: &[ContenderRecord],
    outcome: &Outcome<'_>,
) -> RunReport {
    let contenders: Vec<ContenderReport> = scenario
        .contenders
        .iter()
        .zip(records)
        .map(|(contender, record)| contender_report(scenario, contender, record, outcome))
        .collect();
    let times: Vec<&[RunTimes]> = records.iter().map(|record| &*record.times).collect();
    let measured = Measured {
        contenders: &contenders,
        times: &times,
        horizon: scenario.horizon,
        world: outcome.world,
        baseline: outcome.baseline,
    };
    let judged = scenario.expectations.iter().filter_map(|line| {
        let result = line.evaluate(&measured)?;
        let ended = line.aborts && result.verdict == Verdict::Fail;
        Some(if outcome.ended_early.is_none() || ended { result } else { not_judged(result) })
    });
    let expectations = judged.collect();
    let elapsed = records.iter().map(|record| record.elapsed).max().unwrap_or_default();
    RunReport {
        format_version: FORMAT_VERSION,
        stampede_version: env!("CARGO_PKG_VERSION").into(),
        world: outcome.world,
        machine: outcome.machine.clone(),
        complete: outcome.complete && outcome.ended_early.is_none(),
        ended_early: outcome.ended_early.clone(),
        scenario: ScenarioEcho {
            name: scenario.name.clone(),
            question: scenario.question.clone(),
            incident: scenario.incident.clone(),
            text: scenario.text.clone(),
            hash: scenario.hash.clone(),
        },
        profile: profile_echo(&scenario.mock, &scenario.overridden),
        seeds: outcome.seeds.clone(),
        jobs: u64::from(scenario.fleet.jobs),
        tools_per_job: u64::from(scenario.fleet.tools_per_job),
        digest: (outcome.world == World::Simulated).then(|| run_digest(records).to_string()),
        elapsed_ns: elapsed.as_nanos(),
        contenders,
        expectations,
        notes: notes(scenario, records, outcome),
    }
}

/// What a run that ended early cannot say.
fn not_judged(result: ExpectationResult) -> ExpectationResult {
    ExpectationResult {
        measured: Some("not judged: the run ended early".into()),
        verdict: Verdict::NoData,
        evidence: None,
        needed: None,
        ..result
    }
}

/// Over the contenders' digests, in the order of the scenario.
fn run_digest(records: &[ContenderRecord]) -> Digest {
    let mut digest = Digest::default();
    for record in records {
        digest.absorb(record.recorder.digest);
    }
    digest
}

fn contender_report(
    scenario: &Scenario,
    contender: &Contender,
    record: &ContenderRecord,
    outcome: &Outcome<'_>,
) -> ContenderReport {
    let recorder = &record.recorder;
    let simulated = outcome.world == World::Simulated;
    ContenderReport {
        name: contender.name.clone(),
        strategy: contender.describe_strategy(),
        policy: contender.describe_policy(),
        digest: simulated.then(|| recorder.digest.to_string()),
        jobs: Proportion::from_seeds(&record.jobs),
        runs: Runs::from_seeds(&record.jobs),
        acquisitions: Proportion::from_seeds(&record.acquisitions),
        skipped_tools: recorder.skipped_tools,
        time_to_credentials: LatencySummary::from(&recorder.time_to_credentials),
        intervals: Some(recorder.intervals.intervals()),
        time_to_first_call: LatencySummary::from(&recorder.time_to_first_call),
        service_time: LatencySummary::from(&recorder.service_time),
        time_to_failure: LatencySummary::from(&recorder.time_to_failure),
        errors: error_counts(&recorder.errors),
        failures: error_counts(&recorder.failures),
        attempts: recorder.attempts,
        attempts_by_number: recorder.attempts_by_number.clone(),
        identity_fetches: recorder.tokens_fetched,
        slept_ns: recorder.slept_ns,
        wasted_ns: recorder.wasted_ns,
        fairness: Fairness::from_runs(&record.waits(scenario.horizon)),
        lateness: (!simulated).then(|| LatencySummary::from(&recorder.lateness)),
        server: outcome.own_service.then(|| server_truth(&scenario.mock, &record.ledger)),
        first_failure: record.first_failure.as_ref().map(|(seed, story)| FailureStory {
            seed: *seed,
            job: u64::from(story.tool.job),
            tool: u64::from(story.tool.tool),
            at_ns: story.at.as_nanos(),
            lines: story.lines.clone(),
        }),
        checks: match &record.strays {
            Some(strays) => stays_here(strays),
            None if outcome.own_service => check(recorder, &record.ledger),
            None => Vec::new(),
        },
        timeline: recorder.timeline.clone(),
        waterfall: record.waterfall.rows(),
        per_seed: per_seed(scenario, record, simulated),
    }
}

/// What each seed came to; failures are kept as times of a whole horizon.
fn per_seed(scenario: &Scenario, record: &ContenderRecord, simulated: bool) -> Vec<SeedResult> {
    let horizon_us = scenario.horizon.as_micros();
    let waits = record.waits(scenario.horizon);
    let counted = record.jobs.iter().zip(&record.acquisitions).zip(waits);
    let runs = record.per_seed.iter().zip(counted);
    let results = runs.map(|(figures, ((jobs, acquisitions), waits))| {
        let needs = u128::from(acquisitions.1) + u128::from(figures.skipped_tools);
        let unmet = needs - u128::from(acquisitions.0).min(needs);
        let horizon = u64::try_from(horizon_us).unwrap_or(u64::MAX);
        let restricted = |us: Option<u64>| (needs > 0).then(|| us.unwrap_or(horizon));
        let mean_us = (figures.granted_us + unmet * horizon_us).checked_div(needs);
        SeedResult {
            seed: figures.seed,
            jobs_succeeded: jobs.0,
            jobs: jobs.1,
            acquisitions_succeeded: acquisitions.0,
            acquisitions: acquisitions.1,
            attempts: figures.attempts,
            restricted_mean_us: mean_us.and_then(|mean| u64::try_from(mean).ok()),
            restricted_p50_us: restricted(figures.quantiles_us[0]),
            restricted_p95_us: restricted(figures.quantiles_us[1]),
            restricted_p99_us: restricted(figures.quantiles_us[2]),
            slept_ns: Some(figures.slept_ns),
            wasted_ns: Some(figures.wasted_ns),
            jain: waits.jain(),
            mean_job_us: waits.mean_us(),
            worst_job_us: waits.longest_us(),
            digest: simulated.then(|| figures.digest.to_string()),
        }
    });
    results.collect()
}

/// What must hold of programs of the user's own.
fn stays_here((leaks, strangers): &(Vec<String>, u64)) -> Vec<CheckResult> {
    vec![
        CheckResult {
            name: "no connection leaves this machine".into(),
            holds: leaks.is_empty(),
            detail: leaks.first().cloned().unwrap_or_else(|| "none was attempted".into()),
        },
        CheckResult {
            name: "every call belongs to a job".into(),
            holds: *strangers == 0,
            detail: format!("{strangers} calls belong to none"),
        },
    ]
}

fn error_counts(tally: &FailureTally) -> Vec<ErrorCount> {
    let counted = tally.sorted().into_iter().map(|counted| ErrorCount {
        code: counted.failure.name().into(),
        message: counted.message,
        count: counted.count,
        first_at_ns: counted.first_at.as_nanos(),
    });
    counted.collect()
}

fn server_truth(mock: &MockConfig, ledger: &Ledger) -> ServerTruth {
    let limits = mock.service.limits.iter().map(ToString::to_string);
    let (peak, at) = ledger.peak_per_s();
    let keys = ledger.keys();
    ServerTruth {
        requests: ledger.requests(),
        granted: ledger.granted() + ledger.issued(),
        refused: ledger
            .refused()
            .map(|(code, count)| CodeCount { code: code.as_str().into(), count })
            .collect(),
        throttled_by_limit: limits
            .zip(ledger.throttled())
            .filter(|(_, count)| **count > 0)
            .map(|(limit, count)| LimitCount { limit, count: *count })
            .collect(),
        struck_by_fault: (mock.service.faults.iter().zip(ledger.struck()))
            .filter(|(fault, _)| fault.kind.effect().is_some())
            .map(|(fault, count)| FaultCount { fault: fault.to_string(), count: *count })
            .collect(),
        by_region: by_region(&mock.service, ledger),
        key_fetches: KeyFetches {
            started: keys.started,
            failed: keys.failed,
            joined: keys.joined,
            cache_hits: keys.cache_hits,
            negative_hits: keys.negative_hits,
        },
        peak_requests_per_s: peak,
        peak_at_ns: at.as_nanos(),
        course: Some(course(&mock.service, ledger)),
    }
}

fn course(service: &ServiceConfig, ledger: &Ledger) -> Course {
    let course = ledger.course();
    let first = service.limits.first().map(|limit| limit.rule);
    let held = first.filter(|rule| !matches!(rule, LimitRule::Concurrency { .. }));
    Course {
        bin_ns: course.bin_ns(),
        key_fetches: course.bins().iter().map(|bin| bin.key_fetches).collect(),
        least_left: course.bins().iter().map(|bin| bin.least_left).collect(),
        holds: held.map(|rule| rule.burst()),
    }
}

/// What each region was asked, where there are several.
fn by_region(service: &ServiceConfig, ledger: &Ledger) -> Vec<RegionCount> {
    if service.other_regions.is_empty() {
        return Vec::new();
    }
    let count = |number: u16| {
        let asked = ledger.of_region(number);
        RegionCount {
            region: service.region_name(number).to_owned(),
            requests: asked.requests,
            throttled: asked.throttled,
            key_fetches: asked.key_fetches,
        }
    };
    (0..service.regions()).map(count).collect()
}

fn profile_echo(mock: &MockConfig, overridden: &[String]) -> ProfileEcho {
    let knobs = config::profile(mock.profile).into_iter().flat_map(config::Profile::all_knobs);
    let knobs = knobs.map(|knob| KnobEcho {
        key: knob.key.into(),
        value: knob.value(mock),
        provenance: match knob.provenance {
            config::Provenance::Documented => Provenance::Documented,
            config::Provenance::Calibrated => Provenance::Calibrated,
            config::Provenance::Assumed => Provenance::Assumed,
        },
        source: knob.source.into(),
        overridden: overridden.iter().any(|key| key == knob.key),
    });
    ProfileEcho { name: mock.profile.into(), knobs: knobs.collect() }
}

fn notes(scenario: &Scenario, records: &[ContenderRecord], outcome: &Outcome<'_>) -> Vec<String> {
    let mut notes: Vec<String> = Vec::new();
    if let Some(why) = &outcome.ended_early {
        let left = scenario.seeds.len() - outcome.seeds.len().min(scenario.seeds.len());
        let rest = match outcome.world {
            World::Simulated => format!("{left} of {} seeds were not run", scenario.seeds.len()),
            World::Real => "jobs that had not ended count as failed".into(),
        };
        notes.push(format!("the run ended early: {why}; {rest}"));
    }
    let relative = scenario.expectations.iter().filter(|line| line.needs_baseline()).count();
    if relative > 0 && outcome.baseline.is_none() {
        notes.push(format!("not judged, as there is no baseline (--baseline FILE): {relative}"));
    }
    if !outcome.own_service {
        notes.push("the service was not started by this run: its side is not known".into());
        return notes;
    }
    notes.extend(scenario.mock.service.faults.iter().map(|fault| format!("fault {fault}")));
    notes.extend(records.iter().flat_map(|record| record.notes.iter().cloned()));
    notes
}
