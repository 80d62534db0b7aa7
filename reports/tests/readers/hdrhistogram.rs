//! The histogram in a result file, as HdrHistogram's Python port decodes it.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use reports::render::{hlog, json};
use reports::{ContenderReport, Histogram, IntervalRecorder, RunReport};
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

/// Prints each line of an interval log: whose, from and to which millisecond, and the same figures.
/// Then those of each contender's lines taken together.
const READ_LOG: &str = "
import sys
from hdrh.histogram import HdrHistogram
from hdrh.log import HistogramLogReader
reader = HistogramLogReader(sys.argv[1], HdrHistogram(1, 86_400_000_000, 3))
def figures(times):
    return (times.get_total_count(), times.get_min_value(), times.get_value_at_percentile(50),
            times.get_max_value())
together = {}
while True:
    times = reader.get_next_interval_histogram()
    if times is None:
        break
    tag, begin, end = times.get_tag(), times.get_start_time_stamp(), times.get_end_time_stamp()
    print(tag, round(begin), round(end), *figures(times))
    together.setdefault(tag, HdrHistogram(1, 86_400_000_000, 3)).add(times)
for tag in together:
    print(tag, *figures(together[tag]))
";

/// Two contenders, the times of each met one after the other; and by second, what they must be.
fn by_second() -> (RunReport, Vec<String>) {
    let mut report = report();
    report.contenders.truncate(2);
    let mut lines = Vec::new();
    for (contender, apart_ms) in report.contenders.iter_mut().zip([113, 801]) {
        let mut recorder = IntervalRecorder::default();
        let mut seconds: BTreeMap<u64, Histogram> = BTreeMap::new();
        let times: Vec<_> = contender.time_to_credentials.histogram.recorded().collect();
        for (number, (us, count)) in (0..).zip(times) {
            let at_ms = 250 + number / 40 * apart_ms;
            for _ in 0..count {
                recorder.record(at_ms * MS, us * 1_000);
                seconds.entry(at_ms / 1_000).or_default().record_ns(us * 1_000);
            }
        }
        contender.intervals = Some(recorder.intervals());
        for (second, times) in seconds {
            let (from, to) = (second * 1_000, ((second + 1) * 1_000).min(report.elapsed_ns / MS));
            lines.push((from, format!("{} {from} {to} {}", contender.name, figures(&times))));
        }
    }
    lines.sort_by_key(|(from, _)| *from);
    (report, lines.into_iter().map(|(_, line)| line).collect())
}

fn figures(times: &Histogram) -> String {
    let p50 = times.quantile_of_records(0.5).expect("records");
    format!("{} {} {p50} {}", times.count(), times.min_us(), times.max_us())
}

fn read_log(home: &Path, report: &RunReport) -> Vec<String> {
    let path = home.join(format!("{}.hlog", std::process::id()));
    std::fs::write(&path, hlog::render(report)).expect("written");
    let mut python = Command::new(home.join("venv/bin/python"));
    let ended = python.args(["-c", READ_LOG]).arg(&path).output().expect("started");
    std::fs::remove_file(path).expect("it was there");
    assert!(ended.status.success(), "{}", said(&ended.stderr));
    said(&ended.stdout).lines().map(ToOwned::to_owned).collect()
}

#[test]
fn python_reads_the_interval_log() {
    let Some(home) = python() else { return };
    let (mut report, mut expected) = by_second();
    assert!(expected.len() > 20, "many intervals: {expected:?}");
    let whole = |contender: &ContenderReport| {
        format!("{} {}", contender.name, figures(&contender.time_to_credentials.histogram))
    };
    let wholes: Vec<String> = report.contenders.iter().map(whole).collect();
    expected.extend(wholes.iter().cloned());
    assert_eq!(read_log(&home, &report), expected);

    // A file from before intervals were kept has one a contender.
    report.contenders.iter_mut().for_each(|contender| contender.intervals = None);
    let to = report.elapsed_ns / MS;
    let one = |whole: &String| whole.replacen(' ', &format!(" 0 {to} "), 1);
    let expected: Vec<String> = wholes.iter().map(one).chain(wholes.iter().cloned()).collect();
    assert_eq!(read_log(&home, &report), expected);
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
