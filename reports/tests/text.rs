//! What a person sees, word for word.

mod common;

use common::*;
use reports::render::text::{TextOptions, render};
use reports::*;

fn at_100(report: &RunReport) -> String {
    render(report, &TextOptions { colour: false, width: 100, full: false })
}

#[test]
fn all_expectations_met() {
    insta::assert_snapshot!(at_100(&report()));
}

#[test]
fn all_expectations_met_in_80_columns() {
    insta::assert_snapshot!(render(
        &report(),
        &TextOptions { colour: false, width: 80, full: false }
    ));
}

#[test]
fn an_expectation_missed_and_one_unmeasured() {
    let mut failed = report();
    failed.expectations[1] = expectation("cached.success >= 99%", "98.2%", Verdict::Fail);
    failed.expectations[2] =
        expectation("cached.time-to-credentials.p99 < 30s", "", Verdict::NoData);
    insta::assert_snapshot!(at_100(&failed));
}

#[test]
fn no_expectation_could_be_judged() {
    let mut unknown = report();
    unknown.expectations =
        vec![expectation("cached.time-to-credentials.p99 < 30s", "", Verdict::NoData)];
    assert_first_line(&unknown, "NO DATA  none of 1 check could be judged · issue-299 · simulated");
}

#[test]
fn thin_evidence_says_what_would_make_it_thicker() {
    let text = at_100(&undecided());
    let shown: Vec<&str> = text.lines().take_while(|line| !line.starts_with("WHAT")).collect();
    insta::assert_snapshot!(shown.join("\n"));
}

#[test]
fn warnings_alone_are_no_checks() {
    let mut warned = undecided();
    warned.expectations.retain(|expectation| !expectation.level.is_required());
    assert_eq!(warned.verdict(), RunVerdict::Done);
    assert_first_line(&warned, "DONE  1 warning · issue-299 · simulated");
}

#[test]
fn nothing_was_expected() {
    let mut done = report();
    done.expectations.clear();
    assert_first_line(&done, "DONE  issue-299 · simulated");
}

#[test]
fn interrupted_in_the_real_world() {
    let mut partial = report();
    partial.world = World::Real;
    partial.complete = false;
    partial.digest = None;
    partial.seeds = vec![7];
    partial.notes =
        vec!["interrupted after 12.3 s: 3 of 20 jobs of `cached` had not ended".to_owned()];
    partial.contenders[0].lateness = Some(latency(1_592, 1, 12));
    partial.contenders[0].jobs.design_effect = 1.0;
    insta::assert_snapshot!(at_100(&partial));
}

#[test]
fn a_broken_law_outshouts_everything() {
    let mut broken = report();
    broken.complete = false;
    broken.expectations[1].verdict = Verdict::Fail;
    broken.contenders[2].checks.push(CheckResult {
        name: "attempts = requests".to_owned(),
        holds: false,
        detail: "the client made 520 attempts and the server counted 519 requests".to_owned(),
    });
    insta::assert_snapshot!(at_100(&broken));
}

#[test]
fn a_sample_too_small_for_its_percentiles() {
    let mut tiny = report();
    tiny.seeds = vec![1];
    tiny.jobs = 1;
    tiny.expectations.clear();
    tiny.contenders.truncate(1);
    let naive = &mut tiny.contenders[0];
    naive.jobs = Proportion::new(0, 1);
    naive.acquisitions = Proportion::new(3, 4);
    naive.time_to_credentials = latency(3, 80, 90);
    naive.attempts = 4;
    insta::assert_snapshot!(at_100(&tiny));
}

#[test]
fn nobody_failed() {
    let mut calm = report();
    calm.contenders = vec![cached(), ContenderReport { name: "daemon".to_owned(), ..cached() }];
    insta::assert_snapshot!(at_100(&calm));
}

#[test]
fn no_job_ever_started() {
    let mut empty = report();
    empty.jobs = 0;
    empty.elapsed_ns = 0;
    empty.expectations.clear();
    empty.contenders = ["naive", "cached"]
        .map(|name| ContenderReport { name: name.to_owned(), ..Default::default() })
        .to_vec();
    insta::assert_snapshot!(at_100(&empty));
}

#[test]
fn no_contender_at_all() {
    let mut empty = report();
    empty.contenders.clear();
    empty.expectations.clear();
    insta::assert_snapshot!(at_100(&empty));
}

#[test]
fn a_difference_that_may_be_chance_is_marked() {
    let mut close = report();
    close.contenders[1].jobs = Proportion::new(315, 500);
    close.contenders[2].jobs = Proportion::new(154, 250);
    let text = at_100(&close);
    assert!(text.contains("~ +1.4 pp"), "{text}");
    assert!(text.contains("   ±0.0 pp"), "{text}");
}

#[test]
fn no_line_is_longer_than_the_page() {
    let mut long = report();
    let word = |letter: &str| letter.repeat(150);
    for contender in &mut long.contenders {
        contender.name = format!("{}-{}", contender.name, word("n"));
        contender.strategy = word("s");
        contender.policy = "many words ".repeat(30);
        contender.wasted_ns = u64::MAX;
        contender.slept_ns = u64::MAX;
        contender.attempts = 123_456_789;
        contender.checks.push(CheckResult { name: word("c"), holds: false, detail: word("d") });
        let server = contender.server.as_mut().unwrap();
        server.requests = 123_456_789;
        server.refused.push(CodeCount { code: word("E"), count: 123_456_789 });
        contender.errors.push(ErrorCount {
            code: word("E"),
            message: word("m"),
            count: u64::MAX,
            first_at_ns: u64::MAX,
        });
    }
    long.scenario.name = word("a");
    long.scenario.question = "why? ".repeat(60);
    long.scenario.incident = Some(word("i"));
    long.profile.name = word("p");
    long.notes = vec![word("o")];
    long.expectations[0].text = word("x");
    long.expectations[1].measured = Some(word("y"));
    for width in [0, 80, 87, 100, 1_000] {
        let page = width.clamp(80, 100);
        let text = render(&long, &TextOptions { colour: false, width, full: false });
        for line in text.lines() {
            assert!(
                line.chars().count() <= page,
                "{} columns of {page}: {line}",
                line.chars().count()
            );
        }
        assert!(text.contains("\ndigest 0123456789abcdef\n"));
    }
}

#[test]
fn colour_only_adds() {
    let plain = at_100(&report());
    let coloured = render(&report(), &TextOptions { colour: true, width: 100, full: false });
    assert!(coloured.starts_with("\u{1b}[1m\u{1b}[32mPASS\u{1b}[0m"), "{coloured:?}");
    let mut pieces = coloured.split('\u{1b}');
    let first = pieces.next().unwrap().to_owned();
    let stripped = pieces.fold(first, |text, piece| text + piece.split_once('m').unwrap().1);
    assert_eq!(stripped, plain);
    assert!(!plain.contains('\u{1b}'));
}

#[test]
fn no_line_ends_in_blanks_and_the_text_ends_in_a_newline() {
    let text = at_100(&report());
    assert!(text.ends_with('\n') && !text.ends_with("\n\n"));
    assert_eq!(text.lines().find(|line| line.ends_with(' ')), None);
}

fn assert_first_line(report: &RunReport, expected: &str) {
    assert_eq!(at_100(report).lines().next(), Some(expected));
}

#[test]
fn in_full_every_percentile_is_told() {
    let report = RunReport { contenders: vec![cached()], ..report() };
    let brief = TextOptions { colour: false, width: 100, full: false };
    assert!(!render(&report, &brief).contains("EVERY PERCENTILE"));
    let text = render(&report, &TextOptions { full: true, ..brief });
    let (_, rest) =
        text.split_once("EVERY PERCENTILE OF TIME TO CREDENTIALS\n").expect("a section");
    let section = rest.split_once("\n\n").expect("another after it").0;
    let mut lines = section.lines();
    assert_eq!(lines.next(), Some("  cached  2000 of 2000 needs met"));
    assert!(lines.next().is_some_and(|head| head.ends_with("1/(1-p)")), "{section}");
    let times = &report.contenders[0].time_to_credentials;
    let rows: Vec<Vec<&str>> = lines.map(|line| line.split_whitespace().collect()).collect();
    for row in &rows {
        let [value_ms, percentile, count]: [f64; 3] =
            [0, 1, 2].map(|n: usize| row[n].parse().expect("a number"));
        let us = (value_ms * 1_000.0).round() as u64;
        assert_eq!(times.histogram.count_up_to(us), count as u64, "{row:?}");
        assert!(count >= percentile / 100.0 * 2_000.0 - 1e-6, "{row:?}");
    }
    let last = rows.last().expect("a row");
    assert_eq!(&last[1..], ["100.000000", "2000", "–"]);
    let mut none = report.clone();
    none.contenders[0].time_to_credentials = LatencySummary::default();
    let text = render(&none, &TextOptions { full: true, ..brief });
    assert!(text.contains("nobody got credentials: there is no time to show"), "{text}");
}
