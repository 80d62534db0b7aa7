//! The histogram in a result file, as HdrHistogram's Python port decodes it.

use std::io::Write as _;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use reports::render::{hlog, json};
use serde_json::Value;

use crate::common::*;
use crate::tool::{said, set_up};

const HDRHISTOGRAM: &str = "hdrhistogram==0.10.8";

/// Prints count, smallest, median and largest of each contender of the report on standard input.
/// No more percentiles: this port rounds their rank, where HdrHistogram's others round it up.
const SCRIPT: &str = "
import json, sys
from hdrh.histogram import HdrHistogram
for contender in json.load(sys.stdin)['contenders']:
    text = contender['time_to_credentials']['histogram']['hdr_v2_deflate_base64']
    times = HdrHistogram.decode(text)
    print(contender['name'], times.get_total_count(), times.get_min_value(),
          times.get_value_at_percentile(50), times.get_max_value())
";

fn python() -> Option<PathBuf> {
    set_up("hdrhistogram-0.10.8", |home| {
        let mut venv = Command::new("python3");
        venv.args(["-m", "venv"]).arg(home.join("venv"));
        let mut pip = Command::new(home.join("venv/bin/python"));
        pip.args(["-m", "pip", "install", "--no-input", "--disable-pip-version-check"]);
        pip.arg(HDRHISTOGRAM);
        vec![venv, pip]
    })
}

/// Prints the same of each line of an interval log.
const READ_LOG: &str = "
import sys
from hdrh.histogram import HdrHistogram
from hdrh.log import HistogramLogReader
reader = HistogramLogReader(sys.argv[1], HdrHistogram(1, 86_400_000_000, 3))
while True:
    times = reader.get_next_interval_histogram()
    if times is None:
        break
    print(times.get_tag(), times.get_total_count(), times.get_min_value(),
          times.get_value_at_percentile(50), times.get_max_value())
";

#[test]
fn python_reads_the_interval_log() {
    let Some(home) = python() else { return };
    let report = report();
    let path = home.join(format!("{}.hlog", std::process::id()));
    std::fs::write(&path, hlog::render(&report)).expect("written");
    let mut python = Command::new(home.join("venv/bin/python"));
    let ended = python.args(["-c", READ_LOG]).arg(&path).output().expect("started");
    std::fs::remove_file(path).expect("it was there");
    assert!(ended.status.success(), "{}", said(&ended.stderr));
    let figures = |contender: &reports::ContenderReport| {
        let times = &contender.time_to_credentials;
        let p50 = times.p50_us.expect("enough records");
        format!("{} {} {} {p50} {}", contender.name, times.count, times.min_us, times.max_us)
    };
    let expected: Vec<String> = report.contenders.iter().map(figures).collect();
    assert_eq!(said(&ended.stdout).lines().collect::<Vec<_>>(), expected);
}

#[test]
fn python_reads_the_histogram_of_a_result_file() {
    let Some(home) = python() else { return };
    let report = report();
    let mut python = Command::new(home.join("venv/bin/python"));
    python.args(["-c", SCRIPT]).stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut python = python.stderr(Stdio::piped()).spawn().expect("started");
    let written = json::render(&report);
    python.stdin.take().expect("piped").write_all(written.as_bytes()).expect("it reads");
    let ended = python.wait_with_output().expect("ended");
    assert!(ended.status.success(), "{}", said(&ended.stderr));

    // Against the figures in the same file, which no histogram was asked for again.
    let file: Value = serde_json::from_str(&written).expect("JSON");
    let figures = |contender: &Value| {
        let times = &contender["time_to_credentials"];
        let name = contender["name"].as_str().expect("a name");
        let [count, min, p50, max] =
            ["count", "min_us", "p50_us", "max_us"].map(|figure| &times[figure]);
        format!("{name} {count} {min} {p50} {max}")
    };
    let expected: Vec<String> =
        file["contenders"].as_array().expect("a list").iter().map(figures).collect();
    assert_eq!(said(&ended.stdout).lines().collect::<Vec<_>>(), expected);
}
