//! HdrHistogram's interval log (`.hlog`): each contender's time to credentials by when it was known.

use std::time::Duration;

use hdrhistogram::Histogram as Hdr;
use hdrhistogram::serialization::V2DeflateSerializer;
use hdrhistogram::serialization::interval_log::{IntervalLogWriterBuilder, Tag};

use crate::{ContenderReport, RunReport};

/// One line of the log.
struct Line<'a> {
    from_ns: u64,
    width_ns: u64,
    contender: &'a str,
    times: Hdr<u64>,
}

/// A line for each interval in which a contender got credentials, tagged with its name: where the
/// interval begins and how long it is, the largest time in ms, and the histogram, whose unit is the
/// microsecond. In the order of time, as readers of a part of the log expect.
pub fn render(report: &RunReport) -> String {
    let mut lines: Vec<Line<'_>> =
        report.contenders.iter().flat_map(|contender| lines(report, contender)).collect();
    lines.sort_by_key(|line| line.from_ns);
    let mut log = Vec::new();
    let mut serializer = V2DeflateSerializer::new();
    let mut builder = IntervalLogWriterBuilder::new();
    builder.add_comment("time to credentials by when the need was met, a contender a tag");
    builder.add_comment("seconds from the beginning of the run; histograms in microseconds");
    builder.with_max_value_divisor(1_000.0);
    // Writing to memory cannot fail.
    if let Ok(mut writer) = builder.begin_log_with(&mut log, &mut serializer) {
        for Line { from_ns, width_ns, contender, times } in &lines {
            let (from, width) = (Duration::from_nanos(*from_ns), Duration::from_nanos(*width_ns));
            if let Some(tag) = Tag::new(contender) {
                let _ = writer.write_histogram(times, from, width, Some(tag));
            }
        }
    }
    String::from_utf8(log).unwrap_or_default()
}

/// A contender's intervals, the last one up to the end of the run; all of the run as one in files
/// from before they were kept.
fn lines<'a>(report: &RunReport, contender: &'a ContenderReport) -> Vec<Line<'a>> {
    let (ended_ns, name) = (report.elapsed_ns, contender.name.as_str());
    match &contender.intervals {
        Some(intervals) => {
            let width_ns = intervals.width_ns();
            let line = |crate::intervals::Interval { from_ns, times }| {
                let width_ns = width_ns.min(ended_ns.saturating_sub(from_ns));
                Line { from_ns, width_ns, contender: name, times }
            };
            intervals.histograms().map(line).collect()
        }
        None => {
            let times = contender.time_to_credentials.histogram.counts().cloned();
            let line = |times| Line { from_ns: 0, width_ns: ended_ns, contender: name, times };
            times.map(line).into_iter().collect()
        }
    }
}
