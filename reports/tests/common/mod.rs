//! One report that looks like a real one, for tests to bend.

use reports::*;

pub(crate) const KEY_ERROR: &str = "Couldn't retrieve verification key from your identity provider,  \
                             please reference AssumeRoleWithWebIdentity documentation for requirements";

pub(crate) const MS: u64 = 1_000_000;

pub(crate) fn report() -> RunReport {
    RunReport {
        format_version: FORMAT_VERSION,
        stampede_version: "0.1.0".to_owned(),
        world: World::Simulated,
        machine: None,
        complete: true,
        ended_early: None,
        scenario: scenario(),
        profile: profile(),
        seeds: (1..=25).collect(),
        jobs: 20,
        tools_per_job: 4,
        digest: Some("0123456789abcdef".to_owned()),
        elapsed_ns: 41_230 * MS,
        contenders: vec![naive(), retried(), cached()],
        expectations: vec![
            expectation("naive.success < 80%", "62.5%", Verdict::Pass),
            expectation("cached.success >= 99%", "100.0%", Verdict::Pass),
            expectation("cached.sts-calls-per-job <= 1.5", "1.04", Verdict::Pass),
        ],
        notes: Vec::new(),
    }
}

pub(crate) fn expectation(text: &str, measured: &str, verdict: Verdict) -> ExpectationResult {
    let (contender, metric) = text
        .split_once(' ')
        .and_then(|(path, _)| path.split_once('.'))
        .expect("an expectation begins with contender.metric");
    ExpectationResult {
        text: text.to_owned(),
        contender: contender.to_owned(),
        metric: metric.to_owned(),
        measured: (!measured.is_empty()).then(|| measured.to_owned()),
        verdict,
        level: Level::Required,
        evidence: None,
        needed: None,
    }
}

/// A report with one expectation of each kind that neither passes nor fails.
#[allow(dead_code, reason = "not every test target looks at these")]
pub(crate) fn undecided() -> RunReport {
    let mut report = report();
    let open = |text: &str, measured: &str, evidence: &str, needed| ExpectationResult {
        evidence: Some(evidence.to_owned()),
        needed,
        ..expectation(text, measured, Verdict::Inconclusive)
    };
    report.expectations[1] = ExpectationResult {
        level: Level::Warning,
        ..expectation("cached.success >= 99.9%", "99.8%", Verdict::Fail)
    };
    report.expectations.extend([
        open(
            "naive.success < 64% @95%",
            "62.5%",
            "95% sure of 59.1% to 65.8%",
            Some(Needed::Seeds(31)),
        ),
        open(
            "naive.sts-calls-per-job <= 4 @95%",
            "3.18",
            "95% sure of nothing yet",
            Some(Needed::SeedsAtLeast(1)),
        ),
        open("cached.success >= 100% @95%", "100%", "95% sure of 99.3% to 100%", None),
    ]);
    report
}

/// `count` times spread evenly, on a log axis, from `from_ms` to `to_ms`.
pub(crate) fn latency(count: u64, from_ms: u64, to_ms: u64) -> LatencySummary {
    let mut histogram = Histogram::default();
    let steps = count.saturating_sub(1).max(1) as f64;
    for i in 0..count {
        let ms = from_ms as f64 * (to_ms as f64 / from_ms as f64).powf(i as f64 / steps);
        histogram.record_ns((ms * 1e6) as u64);
    }
    LatencySummary::from(&histogram)
}

fn scenario() -> ScenarioEcho {
    ScenarioEcho {
        name: "issue-299".to_owned(),
        question: "Do 20 workflows that start at once all get their credentials, and what would make them?".to_owned(),
        incident: Some("https://github.com/aws-actions/configure-aws-credentials/issues/299".to_owned()),
        text: "name = \"issue-299\"\n".to_owned(),
        hash: "00ff00ff00ff00ff".to_owned(),
    }
}

fn profile() -> ProfileEcho {
    let knob = |key: &str, value: &str, provenance, overridden| KnobEcho {
        key: key.to_owned(),
        value: value.to_owned(),
        provenance,
        source: "a report".to_owned(),
        overridden,
    };
    ProfileEcho {
        name: "github-2021".to_owned(),
        knobs: vec![
            knob("keys.deadline", "5s", Provenance::Documented, false),
            knob("keys.hosts", "8", Provenance::Calibrated, false),
            knob("keys.ttl", "30s", Provenance::Assumed, true),
            knob("latency.p50", "80ms", Provenance::Assumed, false),
        ],
    }
}

fn errors(code: &str, message: &str, count: u64, first_at_ns: u64) -> ErrorCount {
    ErrorCount { code: code.to_owned(), message: message.to_owned(), count, first_at_ns }
}

/// Loses 192 of 500 jobs and says so at once.
pub(crate) fn naive() -> ContenderReport {
    ContenderReport {
        name: "naive".to_owned(),
        strategy: "every tool asks STS for itself".to_owned(),
        policy: "gives up at once".to_owned(),
        digest: Some("1111111111111111".to_owned()),
        jobs: Proportion { succeeded: 308, total: 500, design_effect: 3.2 },
        runs: Runs { total: 5, with_failures: 5, fewest_failed: 11, median_failed: 38, most_failed: 61 },
        fairness: Some(Fairness {
            jain: 0.583,
            lowest_jain: 0.412,
            mean_job_us: 71_200_000,
            worst_job_us: 180_000_000,
        }),
        acquisitions: Proportion::new(1_400, 1_592),
        skipped_tools: 408,
        time_to_credentials: latency(1_400, 80, 4_900),
        time_to_first_call: LatencySummary::default(),
        service_time: latency(1_592, 78, 5_100),
        time_to_failure: latency(192, 5_000, 5_100),
        errors: vec![errors("InvalidIdentityToken", KEY_ERROR, 192, 5_021 * MS)],
        failures: vec![errors("InvalidIdentityToken", KEY_ERROR, 192, 5_021 * MS)],
        attempts: 1_592,
        attempts_by_number: vec![1_592],
        identity_fetches: 500,
        slept_ns: 0,
        wasted_ns: 960_000 * MS,
        lateness: None,
        server: Some(ServerTruth {
            requests: 1_592,
            granted: 1_400,
            refused: vec![CodeCount { code: "InvalidIdentityToken".to_owned(), count: 192 }],
            throttled_by_limit: Vec::new(),
            struck_by_fault: Vec::new(),
            by_region: Vec::new(),
            key_fetches: KeyFetches { started: 310, failed: 96, joined: 96, cache_hits: 1_186, negative_hits: 0 },
            peak_requests_per_s: 71,
            peak_at_ns: 100 * MS,
            course: Some(Course {
                bin_ns: 100 * MS,
                key_fetches: vec![300, 50],
                least_left: vec![Some(18), None, Some(0)],
                holds: Some(100),
            }),
        }),
        first_failure: Some(FailureStory {
            seed: 1,
            job: 7,
            tool: 0,
            at_ns: 5_021 * MS,
            lines: vec![
                "0.018 s  intended start; identity token fetched in 11 ms".to_owned(),
                "0.021 s  attempt 1 sent".to_owned(),
                "5.021 s  InvalidIdentityToken after 5.00 s: front end 3 was still waiting for the provider's keys when its deadline passed"
                    .to_owned(),
                "5.021 s  gave up: the policy never retries".to_owned(),
            ],
        }),
        checks: vec![law_that_holds()],
        timeline: herd(),
        waterfall: vec![JobRow {
            job: 7,
            spans: vec![span(21 * MS, 5_021 * MS, SpanKind::Failed)],
            ..JobRow::default()
        }],
        ..ContenderReport::default()
    }
}

pub(crate) fn span(from_ns: u64, to_ns: u64, what: SpanKind) -> Span {
    let (tool, call) = (Some(0), (what != SpanKind::Slept).then_some(1));
    let code = (what == SpanKind::Failed).then(|| "InvalidIdentityToken".into());
    Span { from_ns, to_ns, what, tool, call, code }
}

/// A burst of first attempts, and how they ended.
fn herd() -> Timeline {
    let mut timeline = Timeline::default();
    for call in 0..40 {
        timeline.call_sent(call * 10 * MS, 1);
        let how = if call % 4 == 0 { CallEnd::Refused } else { CallEnd::Granted };
        timeline.call_ended(5_000 * MS + call * MS, how);
    }
    timeline
}

/// Saves nearly every job by waiting.
pub(crate) fn retried() -> ContenderReport {
    ContenderReport {
        name: "retried-full-jitter".to_owned(),
        strategy: "every tool asks STS for itself".to_owned(),
        policy: "exponential from 50 ms, full jitter, at most 12 attempts".to_owned(),
        jobs: Proportion { succeeded: 498, total: 500, design_effect: 1.0 },
        runs: Runs {
            total: 5,
            with_failures: 2,
            fewest_failed: 0,
            median_failed: 0,
            most_failed: 4,
        },
        acquisitions: Proportion::new(1_996, 1_998),
        skipped_tools: 6,
        time_to_credentials: latency(1_996, 82, 31_000),
        errors: vec![
            errors("InvalidIdentityToken", KEY_ERROR, 241, 5_021 * MS),
            errors("Throttling", "Rate exceeded", 12_310, 120 * MS),
        ],
        failures: vec![errors("Throttling", "Rate exceeded", 2, 61_000 * MS)],
        attempts: 14_549,
        attempts_by_number: vec![1_998, 1_400],
        identity_fetches: 520,
        slept_ns: 7_000_000 * MS,
        wasted_ns: 61_500 * MS,
        server: Some(ServerTruth {
            requests: 14_549,
            granted: 1_998,
            refused: vec![
                CodeCount { code: "Throttling".to_owned(), count: 12_310 },
                CodeCount { code: "InvalidIdentityToken".to_owned(), count: 241 },
            ],
            throttled_by_limit: vec![LimitCount {
                limit: "account-region".to_owned(),
                count: 12_310,
            }],
            struck_by_fault: Vec::new(),
            by_region: Vec::new(),
            key_fetches: KeyFetches {
                started: 350,
                failed: 99,
                joined: 101,
                cache_hits: 1_789,
                negative_hits: 0,
            },
            peak_requests_per_s: 412,
            peak_at_ns: 1_300 * MS,
            course: None,
        }),
        checks: vec![law_that_holds()],
        ..ContenderReport::default()
    }
}

/// Fails nobody.
pub(crate) fn cached() -> ContenderReport {
    ContenderReport {
        name: "cached".to_owned(),
        strategy: "one acquisition a job, shared as exported keys".to_owned(),
        policy: "exponential from 50 ms, full jitter, at most 12 attempts".to_owned(),
        jobs: Proportion::new(500, 500),
        runs: Runs {
            total: 5,
            with_failures: 0,
            fewest_failed: 0,
            median_failed: 0,
            most_failed: 0,
        },
        fairness: Some(Fairness {
            jain: 0.9876,
            lowest_jain: 0.95,
            mean_job_us: 410_000,
            worst_job_us: 1_900_000,
        }),
        acquisitions: Proportion::new(2_000, 2_000),
        time_to_credentials: latency(2_000, 10, 1_200),
        attempts: 520,
        attempts_by_number: vec![500, 20],
        identity_fetches: 500,
        slept_ns: 21_000 * MS,
        server: Some(ServerTruth {
            requests: 520,
            granted: 520,
            peak_requests_per_s: 20,
            ..ServerTruth::default()
        }),
        checks: vec![law_that_holds()],
        ..ContenderReport::default()
    }
}

pub(crate) fn law_that_holds() -> CheckResult {
    CheckResult {
        name: "attempts = requests".to_owned(),
        holds: true,
        detail: "1592 = 1592".to_owned(),
    }
}
