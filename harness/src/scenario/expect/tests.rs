//! What is made of expectations: table by table, against figures known by hand.

use std::collections::BTreeMap;
use std::time::Duration;

use mock_sts::config::problem::Problems;
use mock_sts::config::spanned::Spanned;
use reports::{
    ContenderReport, ExpectationResult, Histogram, LatencySummary, Needed, Proportion, SeedResult,
    Verdict, World,
};

use super::*;

/// The first expectation of a line about `naive`, judged among these reports.
fn judged(metric: &str, bound: &str, all: &Measured<'_>) -> ExpectationResult {
    let names: Vec<&str> = all.contenders.iter().map(|report| report.name.as_str()).collect();
    let (key, text) = (format!("naive.{metric}"), bound.to_owned());
    let file = BTreeMap::from([(Spanned::new(0..1, key), Spanned::new(0..1, text))]);
    let mut problems = Problems::default();
    let read = expectations(Some(&file), None, &names, &mut problems);
    assert!(problems.is_empty(), "{bound}: {problems:?}");
    let first = read.and_then(|read| read.into_iter().next()).expect("one expectation");
    first.evaluate(all).expect("its contenders are there")
}

fn among(contenders: &[ContenderReport]) -> Measured<'_> {
    let horizon = Duration::from_secs(60);
    Measured { contenders, times: &[], horizon, world: World::Simulated, baseline: None }
}

fn judge(metric: &str, bound: &str, report: &ContenderReport) -> ExpectationResult {
    let report = ContenderReport { name: "naive".into(), ..report.clone() };
    judged(metric, bound, &among(&[report]))
}

fn report() -> ContenderReport {
    let mut times = Histogram::default();
    for ms in 1..=100 {
        times.record_ns(ms * 1_000_000);
    }
    ContenderReport {
        jobs: Proportion::new(9, 10),
        acquisitions: Proportion::new(38, 40),
        time_to_credentials: LatencySummary::from(times),
        attempts: 50,
        slept_ns: 20_000_000_000,
        ..ContenderReport::default()
    }
}

#[test]
fn a_report_is_judged() {
    let report = report();
    let table = [
        ("success", "< 90%", "90%", Verdict::Fail),
        ("success", "== 90%", "90%", Verdict::Pass),
        ("acquisition-success", ">= 95%", "95%", Verdict::Pass),
        ("time-to-credentials.max", "<= 1s", "100 ms, of the 95% that were met", Verdict::Pass),
        ("sts-calls-per-job", "> 5", "5", Verdict::Fail),
        ("calls-per-acquisition", "<= 1.25", "1.25", Verdict::Pass),
        ("slept-per-job", "< 1999ms", "2 s", Verdict::Fail),
        ("wasted-per-job", "== 0s", "0 µs", Verdict::Pass),
        ("attempts", ">= 51", "50", Verdict::Fail),
    ];
    for (metric, bound, measured, verdict) in table {
        let result = judge(metric, bound, &report);
        assert_eq!(result.text, format!("naive.{metric} {bound}"));
        assert_eq!(result.measured.as_deref(), Some(measured), "{metric}");
        assert_eq!(result.verdict, verdict, "{metric} {bound}");
    }
}

#[test]
fn what_the_sample_cannot_say_is_not_met() {
    let p99 = judge("time-to-credentials.p99", "< 30s", &report());
    assert_eq!((p99.measured, p99.verdict), (None, Verdict::NoData));
    let nobody = ContenderReport::default();
    for metric in ["success", "sts-calls-per-job"] {
        let bound = if metric == "success" { ">= 0%" } else { ">= 0" };
        assert_eq!(judge(metric, bound, &nobody).verdict, Verdict::NoData, "{metric}");
    }
    assert_eq!(judge("time-to-credentials.max", "< 1s", &nobody).verdict, Verdict::NoData);
}

/// `runs` runs of twenty jobs with one need each, of which `met` are met in one second.
fn runs(name: &str, met: &[u64]) -> ContenderReport {
    let mut times = Histogram::default();
    let jobs: Vec<(u64, u64)> = met.iter().map(|met| (*met, 20)).collect();
    let per_seed = (1..).zip(met).map(|(seed, met)| {
        (0..*met).for_each(|_| times.record_ns(1_000_000_000));
        SeedResult {
            seed,
            jobs_succeeded: *met,
            jobs: 20,
            acquisitions_succeeded: *met,
            acquisitions: 20,
            attempts: 20 + met % 3,
            restricted_p95_us: Some(if *met < 19 { 60_000_000 } else { 1_000_000 }),
            ..SeedResult::default()
        }
    });
    let per_seed: Vec<SeedResult> = per_seed.collect();
    ContenderReport {
        name: name.into(),
        attempts: per_seed.iter().map(|run| run.attempts).sum(),
        jobs: Proportion::from_seeds(&jobs),
        acquisitions: Proportion::from_seeds(&jobs),
        time_to_credentials: LatencySummary::from(times),
        per_seed,
        ..ContenderReport::default()
    }
}

/// Alternately, so that it is the same however many there are.
fn alternating(runs: usize, a: u64, b: u64) -> Vec<u64> {
    (0..runs).map(|run| if run % 2 == 0 { a } else { b }).collect()
}

#[test]
fn a_share_passes_fails_or_is_left_open_by_its_bounds() {
    let naive = runs("naive", &alternating(40, 18, 17));
    // 87.5 % of 800, more alike than chance has it: Wilson's one-sided bounds are 85.4 % and 89.3 %.
    for (bound, verdict, evidence) in [
        (">= 85% @95%", Verdict::Pass, "95% sure of at least 85.45%"),
        (">= 90% @95%", Verdict::Fail, "95% sure of at most 89.3%"),
        ("< 90% @95%", Verdict::Pass, "95% sure of at most 89.3%"),
        ("<= 85% @95%", Verdict::Fail, "95% sure of at least 85.45%"),
        (">= 86% @95%", Verdict::Inconclusive, "95% sure of 85.45% to 89.3%"),
        (">= 85% @99.9%", Verdict::Inconclusive, "99.9% sure of 83.44% to 90.68%"),
    ] {
        let result = judge("success", bound, &naive);
        assert_eq!(result.verdict, verdict, "{bound}: {result:?}");
        assert_eq!(result.evidence.as_deref(), Some(evidence), "{bound}");
        assert_eq!(result.needed.is_some(), verdict == Verdict::Inconclusive, "{bound}");
    }
}

/// The promise is kept: with that many more runs of the same kind it is decided, with fewer not.
#[test]
fn what_is_needed_is_what_decides() {
    for (metric, bound) in [
        ("success", ">= 86% @95%"),
        ("sts-calls-per-job", "<= 1.06 @95%"),
        ("success", "< 89%@95%"),
    ] {
        let have = 40;
        let verdict =
            |count: usize| judge(metric, bound, &runs("naive", &alternating(count, 18, 17)));
        let Some(Needed::Seeds(further)) = verdict(have).needed else {
            panic!("{metric} {bound}: {:?}", verdict(have))
        };
        let further = usize::try_from(further).expect("a small number");
        assert!(further > 4, "{metric} {bound}: {further}");
        assert_ne!(verdict(have + further + 1).verdict, Verdict::Inconclusive, "{metric} {bound}");
        let fewer = verdict(have + further - 3);
        assert_eq!(fewer.verdict, Verdict::Inconclusive, "{metric} {bound}: {further}");
    }
}

#[test]
fn few_runs_say_how_many_more_it_takes_at_least() {
    let four = runs("naive", &alternating(4, 18, 17));
    for (metric, bound, further) in
        [("success", ">= 10% @95%", 6), ("sts-calls-per-job", "<= 9 @95%", 2)]
    {
        let result = judge(metric, bound, &four);
        assert_eq!(result.verdict, Verdict::Inconclusive, "{metric}");
        assert_eq!(result.needed, Some(Needed::SeedsAtLeast(further)), "{metric}");
    }
    let nobody = judge("success", ">= 10% @95%", &ContenderReport::default());
    assert_eq!(nobody.verdict, Verdict::NoData);
    // One run over sockets has its jobs and no more.
    let reports = [runs("naive", &[18])];
    let all = Measured { world: World::Real, ..among(&reports) };
    let result = judged("success", ">= 80% @95%", &all);
    assert_eq!(result.evidence.as_deref(), Some("95% sure of 73.83% to 96.63%"));
    assert!(matches!(result.needed, Some(Needed::Jobs(8..=30))), "{result:?}");
}

#[test]
fn quantiles_are_known_to_their_order_statistics() {
    let mut times = Histogram::default();
    (1..=59_u64).for_each(|s| times.record_ns(s * 1_000_000_000));
    let report = ContenderReport {
        name: "naive".into(),
        jobs: Proportion::new(59, 59),
        acquisitions: Proportion::new(59, 59),
        time_to_credentials: LatencySummary::from(times),
        ..ContenderReport::default()
    };
    let reports = [report];
    let all = Measured { world: World::Real, ..among(&reports) };
    let of = |metric: &str, bound: &str| judged(metric, bound, &all);
    // The largest of 59 is above the 95th percentile with 95 %: just so.
    let p95 = of("time-to-credentials.p95", "<= 60s @95%");
    assert_eq!(p95.verdict, Verdict::Pass, "{p95:?}");
    let surer = of("time-to-credentials.p95", "<= 60s @96%");
    assert_eq!((surer.verdict, surer.needed), (Verdict::Inconclusive, Some(Needed::Jobs(4))));
    // P(of 59 at least 24 lie below the median) = 0.941, at least 23: 0.968.
    assert_eq!(of("time-to-credentials.p50", ">= 22s @95%").verdict, Verdict::Pass);
    assert_eq!(of("time-to-credentials.p50", ">= 24s @95%").verdict, Verdict::Inconclusive);
    let p99 = of("time-to-credentials.p99", "<= 60s @95%");
    assert_eq!((p99.measured.as_deref(), p99.verdict), (None, Verdict::Inconclusive));
    assert_eq!(p99.needed, Some(Needed::Jobs(299 - 59)));
}

/// One slow run in forty is one need in forty and not twenty in eight hundred: the sample is too
/// small for a 95th percentile, which needs 59.
#[test]
fn runs_whose_members_are_alike_are_worth_one_member_each() {
    let mut times = Histogram::default();
    let one_run = |run: usize| {
        let mut one = Histogram::default();
        (0..20).for_each(|_| one.record_ns(if run == 7 { 9_000_000_000 } else { 1_000_000_000 }));
        times.merge(&one);
        RunTimes { met: one.recorded().collect(), never: 0 }
    };
    let run_times: Vec<RunTimes> = (0..40).map(one_run).collect();
    let mut naive = runs("naive", &[20; 40]);
    naive.time_to_credentials = LatencySummary::from(times);
    let reports = [naive];
    let (metric, bound) = ("time-to-credentials.p95", "<= 2s @95%");
    assert_eq!(judged(metric, bound, &among(&reports)).verdict, Verdict::Pass);
    let apart = [run_times.as_slice()];
    let all = Measured { times: &apart, ..among(&reports) };
    let together = judged(metric, bound, &all);
    assert_eq!(together.verdict, Verdict::Inconclusive, "{together:?}");
    assert!(matches!(together.needed, Some(Needed::Seeds(20..=300))), "{together:?}");
}

#[test]
fn contenders_are_compared_run_by_run() {
    let reports = [
        runs("naive", &alternating(40, 18, 17)),
        runs("cached", &alternating(40, 14, 14)),
        runs("twin", &alternating(40, 18, 17)),
    ];
    let all = among(&reports);
    for (metric, bound, measured, verdict) in [
        ("success", ">= cached + 17 pp", "87.5% against 87%", Verdict::Pass),
        ("success", ">= cached + 18 pp", "87.5% against 88%", Verdict::Fail),
        ("success", ">= cached + 16 pp @95%", "87.5% against 86%", Verdict::Pass),
        ("success", ">= cached + 17 pp @95%", "87.5% against 87%", Verdict::Inconclusive),
        ("success", "<= cached @95%", "87.5% against 70%", Verdict::Fail),
        // Never a difference, and yet not a proof of none.
        ("success", ">= twin - 5 pp @95%", "87.5% against 82.5%", Verdict::Pass),
        ("success", ">= twin - 1 pp @95%", "87.5% against 86.5%", Verdict::Inconclusive),
        ("sts-calls-per-job", "<= 1.2 * cached", "1.05 against 1.32", Verdict::Pass),
        ("sts-calls-per-job", "<= 0.5 * cached + 0.1 @95%", "1.05 against 0.65", Verdict::Fail),
        ("time-with-failures.p95", "<= twin @95%", "60 s against 60 s", Verdict::Pass),
    ] {
        let result = judged(metric, bound, &all);
        assert_eq!(result.measured.as_deref(), Some(measured), "{metric} {bound}");
        assert_eq!(result.verdict, verdict, "{metric} {bound}: {result:?}");
    }
}

#[test]
fn times_with_failures_count_an_unmet_need_as_the_horizon() {
    let report = runs("naive", &alternating(40, 18, 17));
    let p50 = judge("time-with-failures.p50", "<= 2s", &report);
    assert_eq!((p50.measured.as_deref(), p50.verdict), (Some("1 s"), Verdict::Pass));
    let p95 = judge("time-with-failures.p95", "<= 2s", &report);
    assert_eq!((p95.measured.as_deref(), p95.verdict), (Some("60 s"), Verdict::Fail));
    let met = judge("time-to-credentials.p95", "<= 2s", &report);
    assert_eq!(met.measured.as_deref(), Some("1 s, of the 87.5% that were met"));
}

#[test]
fn an_expectation_is_lost_when_the_rest_of_the_run_cannot_save_it() {
    let so_far = SoFar {
        planned: 100,
        succeeded: 30,
        failed: 10,
        attempts: 250,
        slept_ns: 5_000_000_000,
        wasted_ns: 1_000_000_000,
    };
    let table = [
        ("success", ">= 90%", true),
        ("success", "> 90%", false),
        ("success", ">= 91%", false),
        ("success", "<= 30%", true),
        ("success", "< 30%", false),
        ("success", "== 90%", true),
        ("success", "== 100%", false),
        ("success", "== 29%", false),
        ("attempts", "<= 250", true),
        ("attempts", "< 250", false),
        ("attempts", ">= 1000", true),
        ("sts-calls-per-job", "<= 2.5", true),
        ("sts-calls-per-job", "<= 2.4", false),
        ("slept-per-job", "<= 50ms", true),
        ("slept-per-job", "< 50ms", false),
        ("wasted-per-job", "<= 9ms", false),
    ];
    for (metric, bound, can) in table {
        let (key, text) = (format!("naive.{metric}"), format!("{bound} abort-on-fail"));
        let file = BTreeMap::from([(Spanned::new(0..1, key), Spanned::new(0..1, text))]);
        let mut problems = Problems::default();
        let read = expectations(Some(&file), None, &["naive"], &mut problems).expect("read");
        assert!(problems.is_empty(), "{metric} {bound}: {problems:?}");
        assert_eq!(read[0].can_still_be_met(&so_far), can, "{metric} {bound}");
        assert!(read[0].to_string().ends_with(" abort-on-fail"), "{}", read[0]);
    }
}
