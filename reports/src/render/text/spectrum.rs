//! Every percentile that the histogram of times can tell apart, as HdrHistogram's tools print them.

use super::page::Page;
use crate::histogram::Spectrum;
use crate::render::paint::{BOLD, DIM};
use crate::render::units;
use crate::{ContenderReport, RunReport};

pub(super) fn write(page: &mut Page, report: &RunReport) {
    if report.contenders.is_empty() {
        return;
    }
    page.section("EVERY PERCENTILE OF TIME TO CREDENTIALS");
    for contender in &report.contenders {
        write_one(page, contender);
    }
}

fn write_one(page: &mut Page, contender: &ContenderReport) {
    let times = &contender.time_to_credentials.histogram;
    let (met, needs) = (times.count(), contender.acquisitions.total.max(times.count()));
    let of = format!("{} of {} met", units::count(met), units::counted(needs, "need"));
    let name = page.paint.apply(BOLD, &contender.name);
    page.line(&format!("  {name}  {of}"));
    if met == 0 {
        page.line("  nobody got credentials: there is no time to show");
        return;
    }
    let head =
        format!("  {:>13} {:>13} {:>10} {:>14}", "value, ms", "percentile", "count", "1/(1-p)");
    page.line(&page.paint.apply(DIM, &head));
    for Spectrum { value_us, share, count_so_far } in times.spectrum() {
        let value_ms = value_us as f64 / 1_000.0;
        let percentile = 100.0 * share;
        // The largest has nothing beyond it.
        let beyond = match share < 1.0 {
            true => format!("{:.2}", 1.0 / (1.0 - share)),
            false => units::NONE.to_owned(),
        };
        page.line(&format!("  {value_ms:13.3} {percentile:13.6} {count_so_far:>10} {beyond:>14}"));
    }
}
