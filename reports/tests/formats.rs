//! What other programs read, word for word.

mod common;

use common::*;
use reports::render::text::TextOptions;
use reports::render::{bencher, csv, go_bench, hgrm, html, markdown, smaller_is_better, text};
use reports::*;
use serde_json::Value;

/// One expectation missed, one without data.
fn failed() -> RunReport {
    let mut failed = report();
    failed.expectations[1] = expectation("cached.success >= 99%", "98.2%", Verdict::Fail);
    failed.expectations[2] =
        expectation("cached.time-to-credentials.p99 < 30s", "", Verdict::NoData);
    failed
}

fn interrupted() -> RunReport {
    RunReport { complete: false, ..report() }
}

fn broken() -> RunReport {
    let mut broken = report();
    broken.contenders[2].checks[0] = CheckResult {
        name: "attempts = requests".to_owned(),
        holds: false,
        detail: "the client made 520 attempts and the server counted 519 requests".to_owned(),
    };
    broken
}

fn without_jobs() -> RunReport {
    let mut empty = report();
    empty.jobs = 0;
    empty.expectations.clear();
    empty.contenders = vec![ContenderReport { name: "naive".to_owned(), ..Default::default() }];
    empty
}

#[test]
fn where_there_are_several_regions_every_format_tells_what_each_was_asked() {
    let mut report = report();
    for page in [html::render(&report), markdown::render(&report)] {
        assert!(!page.contains("region</th>") && !page.contains("| region"), "{page}");
    }
    let asked = |region: &str, requests, throttled, key_fetches| RegionCount {
        region: region.to_owned(),
        requests,
        throttled,
        key_fetches,
    };
    report.contenders[1].server.as_mut().unwrap().by_region =
        vec![asked("us-east-1", 12_000, 41, 8), asked("eu-west-1", 3, 0, 1), asked("x-1", 0, 0, 0)];
    let name = report.contenders[1].name.clone();
    let comment = markdown::render(&report);
    let rows = format!("| {name} | us-east-1 | 12 000 | 41 | 8 |\n|  | eu-west-1 | 3 | 0 | 1 |\n");
    assert!(comment.contains(&rows), "{comment}");
    let page = html::render(&report);
    let row = format!(
        "<td>{name}</td><td class=\"left\">us-east-1</td><td>12 000</td><td>41</td><td>8</td>"
    );
    assert!(page.contains(&row) && !page.contains(">x-1<"), "{page}");
    let text = csv::render(&report);
    let told = "us-east-1=12000 eu-west-1=3 x-1=0,us-east-1=41 eu-west-1=0 x-1=0,\
                us-east-1=8 eu-west-1=1 x-1=0\r\n";
    assert_eq!(text.matches(told).count(), 1, "{text}");
    assert!(text.lines().nth(1).is_some_and(|row| row.ends_with(",,,")), "{text}");
}

#[test]
fn every_fault_is_shown_with_what_it_struck() {
    let mut report = report();
    let server = report.contenders[0].server.as_mut().unwrap();
    let fault = |fault: &str, count| FaultCount { fault: fault.to_owned(), count };
    server.struck_by_fault = vec![
        fault("outage: every request, ServiceUnavailable; from 1s to 2s", 1_234),
        fault("error-rate: 5% of all requests, never answered; always", 0),
    ];
    for width in [80, 100] {
        let text = text::render(&report, &TextOptions { colour: false, width, full: false });
        let outage = "  struck by outage: every request, ServiceUnavailable; from 1s to 2s\n    naive 1234\n";
        assert!(text.contains(outage), "{text}");
        assert!(text.contains("always\n    naive 0\n"), "{text}");
    }
    let fault = "outage: every request, ServiceUnavailable; from 1s to 2s";
    let page = html::render(&report);
    assert!(page.contains(&format!("{fault}</td><td class=\"left\">naive 1234<")), "{page}");
    let comment = markdown::render(&report);
    assert!(comment.contains(&format!("| {fault} | naive 1234 |")), "{comment}");
}

#[test]
fn markdown_of_a_run_that_failed() {
    insta::assert_snapshot!(markdown::render(&failed()));
}

#[test]
fn markdown_of_a_run_that_contradicts_itself() {
    let text = markdown::render(&broken());
    let head: Vec<&str> = text.lines().take(4).collect();
    insta::assert_snapshot!(head.join("\n"));
    assert!(text.contains("| – | `naive.success < 80%` | 62.5% |"), "not judged: {text}");
}

#[test]
fn markdown_shows_what_is_undecided() {
    let text = markdown::render(&undecided());
    let rows: Vec<&str> = text
        .lines()
        .filter(|line| line.starts_with("| ~ ") || line.starts_with("| warn"))
        .collect();
    insta::assert_snapshot!(rows.join("\n"), @r#"
    | warn | `cached.success >= 99.9%` | 99.8% |
    | ~ | `naive.success < 64% @95%` | 62.5% (inconclusive: 95% sure of 59.1% to 65.8%; 31 more seeds would decide, if all else stays as measured) |
    | ~ | `naive.sts-calls-per-job <= 4 @95%` | 3.18 (inconclusive: 95% sure of nothing yet; it needs at least 1 more seed) |
    | ~ | `cached.success >= 100% @95%` | 100% (inconclusive: 95% sure of 99.3% to 100%; no sample would decide, if all else stays as measured) |
    "#);
    assert!(csv::render(&undecided()).contains("inconclusive"));
}

#[test]
fn markdown_of_nothing() {
    let mut nothing = without_jobs();
    insta::assert_snapshot!(markdown::render(&nothing));
    nothing.contenders.clear();
    assert!(!markdown::render(&nothing).contains("\n| "), "no table of nobody");
}

#[test]
fn a_markdown_row_has_as_many_cells_as_its_table_whatever_it_says() {
    let mut odd = failed();
    let word = "a|b `c`\n<b>*d*</b>";
    odd.scenario.name = word.to_owned();
    odd.expectations[0].text = word.to_owned();
    odd.expectations[0].measured = Some(word.to_owned());
    odd.contenders[0].name = word.to_owned();
    odd.contenders[0].errors[0].message = word.to_owned();
    odd.contenders[0].errors[0].code = word.to_owned();
    let text = markdown::render(&odd);
    let tables: Vec<&str> = text.split("\n\n").filter(|part| part.starts_with("| ")).collect();
    assert_eq!(tables.len(), 3, "{text}");
    for table in tables {
        let bars = |line: &str| line.matches('|').count() - line.matches("\\|").count();
        let expected = table.lines().next().map(bars);
        for row in table.lines() {
            assert_eq!(Some(bars(row)), expected, "{row}");
        }
    }
    let outside_of_code = text.replace("<b>*d*</b> ``", "");
    assert!(!outside_of_code.contains("<b>"), "{text}");
}

#[test]
fn csv_has_a_row_a_contender() {
    let text = csv::render(&failed());
    insta::assert_snapshot!(text);
    assert_eq!(text.matches("\r\n").count(), 4);
    assert_eq!(text.matches('\n').count(), 4);
}

#[test]
fn csv_quotes_what_must_be_and_leaves_empty_what_cannot_be_given() {
    let mut odd = without_jobs();
    odd.contenders[0].policy = "three, \"at most\",\nthen none".to_owned();
    let text = csv::render(&odd);
    assert!(text.contains(",\"three, \"\"at most\"\",\nthen none\","), "{text}");
    assert!(
        text.contains(",0,0,,,,0,0,0,0,0,,,,,,,,0,0,0.000000000,0.000000000,,,,,,0,"),
        "{text}"
    );
}

#[test]
fn go_benchmark_lines() {
    insta::assert_snapshot!(go_bench::render(&report()));
    let mut real = report();
    real.world = World::Real;
    let text = go_bench::render(&real);
    assert!(text.contains("\nworld: real\n") && !text.contains("assume=exact"), "{text}");
}

#[test]
fn bencher_metric_format() {
    insta::assert_snapshot!(bencher::render(&report()));
}

#[test]
fn custom_smaller_is_better() {
    insta::assert_snapshot!(smaller_is_better::render(&report()));
}

#[test]
fn no_history_is_made_of_numbers_that_cannot_be_trusted() {
    for report in [interrupted(), broken(), without_jobs()] {
        assert_eq!(bencher::render(&report), "{}\n");
        assert_eq!(smaller_is_better::render(&report), "[]\n");
        let lines = go_bench::render(&report);
        assert_eq!(lines, "scenario: issue-299\nworld: simulated\nprofile: github-2021\n");
    }
}

#[test]
fn a_percentile_of_too_few_is_left_out() {
    let mut few = report();
    few.contenders.truncate(1);
    few.contenders[0].time_to_credentials = latency(80, 10, 20);
    let read: Value = serde_json::from_str(&bencher::render(&few)).unwrap();
    let measures = read["issue-299/naive"].as_object().unwrap();
    assert!(measures.contains_key("time-to-credentials-p95-seconds"), "80 are enough");
    assert!(!measures.contains_key("time-to-credentials-p99-seconds"), "80 are too few");
}

#[test]
fn hgrm_has_a_section_a_contender() {
    let mut some = report();
    some.contenders.truncate(2);
    some.contenders[0].time_to_credentials = latency(60, 10, 1_000);
    some.contenders[1].time_to_credentials = LatencySummary::default();
    insta::assert_snapshot!(hgrm::render(&some));
}

/// As plotters read it: four columns of numbers, everything else left out.
#[test]
fn hgrm_agrees_with_the_figures() {
    let text = hgrm::render(&RunReport { contenders: vec![cached()], ..report() });
    let rows: Vec<Vec<f64>> = text
        .lines()
        .filter(|line| !line.starts_with('#'))
        .map(|line| line.split_whitespace().filter_map(|cell| cell.parse().ok()).collect())
        .filter(|row: &Vec<f64>| row.len() >= 3)
        .collect();
    let times = cached().time_to_credentials;
    let at = |share: f64| rows.iter().find(|row| row[1] >= share).map(|row| row[0] * 1_000.0);
    assert_eq!(at(0.5), times.p50_us.map(|us| us as f64));
    let last = rows.last().unwrap();
    assert_eq!((last[0] * 1_000.0, last[1], last[2]), (times.max_us as f64, 1.0, 2_000.0));
    assert!(rows.is_sorted_by(|a, b| a[0] <= b[0] && a[1] <= b[1] && a[2] <= b[2]));
}
