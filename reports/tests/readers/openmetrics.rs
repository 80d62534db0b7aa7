//! A run's OpenMetrics text, as Prometheus's own parser reads it.

use std::io::Write as _;
use std::process::{Command, Stdio};

use reports::render::openmetrics::render;

use crate::common::*;
use crate::tool::{said, set_up};

/// The pin of the mock's own metrics.
const PROMETHEUS: &str = "prometheus-client==0.26.0";

const SCRIPT: &str = "
import sys
from prometheus_client.openmetrics.parser import text_string_to_metric_families
for family in text_string_to_metric_families(sys.stdin.read()):
    for sample in family.samples:
        if 'le' not in sample.labels or sample.labels['le'] == '+Inf':
            print(sample.name, sample.labels.get('contender', ''), sample.labels.get('code', ''), f'{float(sample.value):.0f}')
";

#[test]
fn prometheus_reads_the_figures_of_a_run() {
    let Some(home) = set_up("prometheus-client-0.26.0", |home| {
        let mut venv = Command::new("python3");
        venv.args(["-m", "venv"]).arg(home.join("venv"));
        let mut pip = Command::new(home.join("venv/bin/python"));
        pip.args(["-m", "pip", "install", "--no-input", "--disable-pip-version-check"]);
        pip.arg(PROMETHEUS);
        vec![venv, pip]
    }) else {
        return;
    };
    let report = report();
    let mut python = Command::new(home.join("venv/bin/python"));
    python.args(["-c", SCRIPT]).stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut python = python.stderr(Stdio::piped()).spawn().expect("started");
    python.stdin.take().expect("piped").write_all(render(&report).as_bytes()).expect("it reads");
    let ended = python.wait_with_output().expect("ended");
    assert!(ended.status.success(), "{}", said(&ended.stderr));
    let read = said(&ended.stdout);
    let has = |line: String| assert!(read.lines().any(|there| there == line), "{line} in:\n{read}");
    for contender in &report.contenders {
        let (name, jobs) = (&contender.name, contender.jobs);
        has(format!("stampede_run_jobs_total {name}  {}", jobs.total));
        has(format!("stampede_run_jobs_succeeded_total {name}  {}", jobs.succeeded));
        has(format!("stampede_run_sts_calls_total {name}  {}", contender.attempts));
        let met = contender.time_to_credentials.count;
        has(format!("stampede_run_time_to_credentials_seconds_bucket {name}  {met}"));
        has(format!("stampede_run_time_to_credentials_seconds_count {name}  {met}"));
    }
    let failed: f64 = read
        .lines()
        .filter(|line| line.starts_with("stampede_run_errors_total "))
        .filter_map(|line| line.rsplit(' ').next()?.parse::<f64>().ok())
        .sum();
    let errors = report.contenders.iter().flat_map(|contender| &contender.errors);
    assert_eq!(failed, errors.map(|error| error.count).sum::<u64>() as f64);
}
