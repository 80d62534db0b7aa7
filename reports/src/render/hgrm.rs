//! HdrHistogram's percentile text (`.hgrm`): each contender's time to credentials, in ms.

use crate::histogram::Spectrum;
use crate::{ContenderReport, RunReport};

/// One section a contender. Plotters take a file for one curve: give them a report of one
/// contender.
pub fn render(report: &RunReport) -> String {
    report.contenders.iter().map(section).collect::<Vec<_>>().join("\n")
}

fn section(contender: &ContenderReport) -> String {
    let times = &contender.time_to_credentials.histogram;
    let mut text = format!("#[{}: time to credentials in ms]\n", contender.name);
    text.push_str(&format!(
        "{:>12} {:>14} {:>10} {:>14}\n\n",
        "Value", "Percentile", "TotalCount", "1/(1-Percentile)"
    ));
    for Spectrum { value_us, share, count_so_far } in times.spectrum() {
        let value_ms = ms(value_us as f64);
        text.push_str(&format!("{value_ms:12.3} {share:14.12} {count_so_far:10}"));
        // As HdrHistogram itself writes it, the last line has no inverse.
        if share < 1.0 {
            text.push_str(&format!(" {:14.2}", 1.0 / (1.0 - share)));
        }
        text.push('\n');
    }
    let (mean, deviation, max) = (times.mean_us(), times.standard_deviation_us(), times.max_us());
    text.push_str(&format!(
        "#[Mean    = {:12.3}, StdDeviation   = {:12.3}]\n",
        ms(mean as f64),
        ms(deviation)
    ));
    let count = times.count();
    text.push_str(&format!("#[Max     = {:12.3}, Total count    = {count:12}]\n", ms(max as f64)));
    text.push_str(&format!(
        "#[Buckets = {:12}, SubBuckets     = {:12}]\n",
        times.buckets(),
        crate::histogram::SUB_BUCKETS
    ));
    text
}

fn ms(us: f64) -> f64 {
    us / 1_000.0
}
