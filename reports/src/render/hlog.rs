//! HdrHistogram's interval log (`.hlog`): each contender's time to credentials as one interval.

use std::time::Duration;

use hdrhistogram::serialization::V2DeflateSerializer;
use hdrhistogram::serialization::interval_log::{IntervalLogWriterBuilder, Tag};

use crate::RunReport;

/// A line a contender that got credentials, tagged with its name: from 0 to the end of the run,
/// the largest time in ms, and the histogram, whose unit is the microsecond.
pub fn render(report: &RunReport) -> String {
    let mut log = Vec::new();
    let mut serializer = V2DeflateSerializer::new();
    let mut builder = IntervalLogWriterBuilder::new();
    builder.add_comment("time to credentials, a contender a tag; histograms in microseconds");
    builder.with_max_value_divisor(1_000.0);
    let elapsed = Duration::from_nanos(report.elapsed_ns);
    // Writing to memory cannot fail.
    if let Ok(mut writer) = builder.begin_log_with(&mut log, &mut serializer) {
        for contender in &report.contenders {
            let times = contender.time_to_credentials.histogram.counts();
            if let (Some(times), Some(tag)) = (times, Tag::new(&contender.name)) {
                let _ = writer.write_histogram(times, Duration::ZERO, elapsed, Some(tag));
            }
        }
    }
    String::from_utf8(log).unwrap_or_default()
}
