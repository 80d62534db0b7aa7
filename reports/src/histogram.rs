//! Times from a microsecond to a day, to three significant digits, in memory that does not grow
//! with the number of records.

mod encoding;

pub(crate) use encoding::{decode, encode};

use hdrhistogram::Histogram as Hdr;

/// Times at microsecond resolution with three significant digits. An empty one costs 16 bytes; a
/// used one 16 KiB and up, by the largest time seen (about 130 KiB at 30 s).
#[derive(Clone, Default)]
pub struct Histogram {
    /// None until the first record: most contenders never fail, many histograms stay empty.
    counts: Option<Box<Hdr<u64>>>,
    clamped: u64,
}

/// Classes between a power of two and the next, for three significant digits.
pub(crate) const SUB_BUCKETS: u64 = 2_048;

/// One line of the spectrum of percentiles.
pub(crate) struct Spectrum {
    pub(crate) value_us: u64,
    /// The share of the records, 0 to 1, that this line speaks of.
    pub(crate) share: f64,
    /// Records up to the value.
    pub(crate) count_so_far: u64,
}

/// A day: what is longer counts as one.
pub(crate) const LARGEST_US: u64 = 24 * 3600 * 1_000_000;
const SIGNIFICANT_DIGITS: u8 = 3;
/// How sure we want to be that the sample reaches beyond a quantile before we report it.
const CONFIDENCE: f64 = 0.95;

impl Histogram {
    /// Records one time, rounded up to whole microseconds and to at least one. Times over a day
    /// count as a day and are counted by [`Histogram::clamped`].
    #[inline]
    pub fn record_ns(&mut self, time_ns: u64) {
        let time_us = whole_us(time_ns);
        let counted_us = time_us.min(LARGEST_US);
        self.clamped += u64::from(time_us > counted_us);
        let recorded = self.counts.get_or_insert_with(empty_counts).record(counted_us);
        assert!(recorded.is_ok(), "a histogram that resizes itself has room for a day");
    }

    /// Adds another histogram's records to this one's.
    pub fn merge(&mut self, other: &Histogram) {
        self.clamped += other.clamped;
        let Some(theirs) = other.counts.as_deref() else { return };
        let added = self.counts.get_or_insert_with(empty_counts).add(theirs);
        assert!(added.is_ok(), "a histogram that resizes itself has room for another of its kind");
    }

    /// The time that the share `q` (0 to 1) of the records do not exceed, in microseconds. None
    /// when the sample is so small that it may well not reach that far: `q^n` must be at most 5 %,
    /// so p50 needs 5 records, p90 29, p95 59, p99 299. 0 and 1 ask for the smallest and largest.
    pub fn quantile(&self, q: f64) -> Option<u64> {
        let counts = self.counts.as_deref()?;
        assert!((0.0..=1.0).contains(&q), "a quantile lies between 0 and 1, not at {q}");
        let is_extreme = q == 0.0 || q == 1.0;
        let chance_of_falling_short = q.max(1.0 - q).powf(counts.len() as f64);
        (is_extreme || chance_of_falling_short <= 1.0 - CONFIDENCE)
            .then(|| counts.value_at_quantile(q))
    }

    /// The time that the share `q` (0 to 1) of the records do not exceed, in microseconds, however
    /// few they are: it speaks of these records, not of what they are a sample of. None when empty.
    pub fn quantile_of_records(&self, q: f64) -> Option<u64> {
        self.counts.as_deref().map(|counts| counts.value_at_quantile(q.clamp(0.0, 1.0)))
    }

    /// How many of the records are at most `time_us`, to the width of a class.
    pub fn count_up_to(&self, time_us: u64) -> u64 {
        self.counts.as_deref().map_or(0, |counts| counts.count_between(0, time_us))
    }

    /// All records, if there are any.
    pub(crate) fn counts(&self) -> Option<&Hdr<u64>> {
        self.counts.as_deref()
    }

    /// Counts of nothing yet, in the smallest range there is: it grows to what the data needs.
    pub(crate) fn room_for_any() -> Hdr<u64> {
        let mut counts = Hdr::new_with_bounds(1, 2, SIGNIFICANT_DIGITS)
            .expect("these constants are a legal range");
        counts.auto(true);
        counts
    }

    /// How many times were recorded.
    pub fn count(&self) -> u64 {
        self.counts.as_deref().map_or(0, Hdr::len)
    }

    /// How many of them were over a day.
    pub fn clamped(&self) -> u64 {
        self.clamped
    }

    /// The smallest, in microseconds; 0 when empty.
    pub fn min_us(&self) -> u64 {
        self.counts.as_deref().map_or(0, Hdr::min_nz)
    }

    /// The largest, in microseconds; 0 when empty.
    pub fn max_us(&self) -> u64 {
        self.counts.as_deref().map_or(0, Hdr::max)
    }

    /// The arithmetic mean, in whole microseconds; 0 when empty.
    pub fn mean_us(&self) -> u64 {
        self.counts.as_deref().map_or(0, |counts| counts.mean().round() as u64)
    }

    /// The standard deviation, in microseconds; 0 when empty.
    pub(crate) fn standard_deviation_us(&self) -> f64 {
        self.counts.as_deref().map_or(0.0, Hdr::stdev)
    }

    /// How many times the range doubles.
    pub(crate) fn buckets(&self) -> u64 {
        self.counts.as_deref().map_or(0, |counts| u64::from(counts.buckets()))
    }

    /// The percentiles from the smallest to the largest record, five steps for each halving of the
    /// distance to 100 %, as HdrHistogram's tools draw them.
    pub(crate) fn spectrum(&self) -> impl Iterator<Item = Spectrum> {
        const STEPS_PER_HALVING: u32 = 5;
        let counts = self.counts.as_deref().into_iter();
        let mut count_so_far = 0;
        counts.flat_map(|counts| counts.iter_quantiles(STEPS_PER_HALVING)).map(move |step| {
            count_so_far += step.count_since_last_iteration();
            let (value_us, share) = (step.value_iterated_to(), step.quantile_iterated_to());
            Spectrum { value_us, share, count_so_far }
        })
    }

    /// Counts in `buckets` classes of equal width on a logarithmic axis from `lo_us` to `hi_us`.
    /// Records outside fall into the first or last class.
    ///
    /// # Panics
    /// Unless `0 < lo_us < hi_us` and there is at least one bucket.
    pub fn log_buckets(&self, lo_us: u64, hi_us: u64, buckets: usize) -> Vec<u64> {
        assert!(
            0 < lo_us && lo_us < hi_us && buckets > 0,
            "no log axis from {lo_us} to {hi_us} in {buckets}"
        );
        let mut filled = vec![0; buckets];
        let per_bucket = (hi_us as f64 / lo_us as f64).ln() / buckets as f64;
        for (time_us, count) in self.recorded() {
            let position = (time_us as f64 / lo_us as f64).ln() / per_bucket;
            filled[(position.max(0.0) as usize).min(buckets - 1)] += count;
        }
        filled
    }

    /// What was recorded: (largest microsecond of the class, count), ascending, empty classes left
    /// out.
    pub fn recorded(&self) -> impl Iterator<Item = (u64, u64)> {
        let counts = self.counts.as_deref();
        counts
            .into_iter()
            .flat_map(|c| c.iter_recorded())
            .map(|r| (r.value_iterated_to(), r.count_at_value()))
    }
}

fn empty_counts() -> Box<Hdr<u64>> {
    Box::new(Histogram::room_for_any())
}

/// A time as it is recorded: rounded up to whole microseconds, and to at least one.
pub(crate) fn whole_us(time_ns: u64) -> u64 {
    time_ns.div_ceil(1_000).max(1)
}

/// By what was recorded, not by how much room was made for it.
impl PartialEq for Histogram {
    fn eq(&self, other: &Histogram) -> bool {
        self.clamped == other.clamped && self.recorded().eq(other.recorded())
    }
}

impl Eq for Histogram {}

impl std::fmt::Debug for Histogram {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (count, min_us, max_us) = (self.count(), self.min_us(), self.max_us());
        write!(f, "Histogram({count} records, {min_us} to {max_us} µs, {} clamped)", self.clamped)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of_ms(times_ms: impl IntoIterator<Item = u64>) -> Histogram {
        let mut histogram = Histogram::default();
        times_ms.into_iter().for_each(|ms| histogram.record_ns(ms * 1_000_000));
        histogram
    }

    #[test]
    fn an_empty_histogram_is_small_and_says_nothing() {
        let empty = Histogram::default();
        assert_eq!(size_of::<Histogram>(), 16);
        assert_eq!((empty.count(), empty.min_us(), empty.max_us(), empty.mean_us()), (0, 0, 0, 0));
        assert_eq!(empty.quantile(0.5), None);
        assert_eq!(empty.quantile(1.0), None);
        assert_eq!(empty.log_buckets(1, 10, 3), [0, 0, 0]);
    }

    #[test]
    fn times_round_up_to_microseconds() {
        let mut histogram = Histogram::default();
        for (time_ns, largest_us) in [(0, 1), (1, 1), (1_000, 1), (1_001, 2), (999_001, 1_000)] {
            histogram.record_ns(time_ns);
            assert_eq!(histogram.max_us(), largest_us, "{time_ns} ns");
        }
        assert_eq!(histogram.min_us(), 1);
    }

    #[test]
    fn times_over_a_day_are_clamped_and_counted() {
        let mut histogram = Histogram::default();
        histogram.record_ns(LARGEST_US * 1_000);
        assert_eq!(histogram.clamped(), 0);
        histogram.record_ns(u64::MAX);
        assert_eq!((histogram.clamped(), histogram.count()), (1, 2));
        assert!(histogram.max_us().abs_diff(LARGEST_US) < LARGEST_US / 1_000, "{histogram:?}");
    }

    #[test]
    fn three_significant_digits_survive() {
        for time_us in [1, 999, 1_234, 123_456, 12_345_678, 3_600_000_000] {
            let mut histogram = Histogram::default();
            histogram.record_ns(time_us * 1_000);
            assert!(
                histogram.max_us().abs_diff(time_us) * 1_000 <= time_us,
                "{time_us} became {histogram:?}"
            );
        }
    }

    #[test]
    fn a_percentile_needs_its_sample() {
        for (q, needed) in
            [(0.50, 5), (0.90, 29), (0.95, 59), (0.99, 299), (0.999, 2_995), (0.05, 59)]
        {
            let all_but_one = of_ms(1..needed);
            assert_eq!(all_but_one.quantile(q), None, "{q} of {}", needed - 1);
            assert!(of_ms(1..=needed).quantile(q).is_some(), "{q} of {needed}");
        }
        assert_eq!(of_ms([7]).quantile(1.0), Some(7_003), "the largest needs one record");
    }

    #[test]
    fn quantiles_are_the_ranked_records() {
        let histogram = of_ms(1..=1_000);
        let close =
            |q: f64, ms: u64| histogram.quantile(q).is_some_and(|us| us.abs_diff(ms * 1_000) <= ms);
        assert!(
            close(0.5, 500)
                && close(0.9, 900)
                && close(0.99, 990)
                && close(0.0, 1)
                && close(1.0, 1_000)
        );
        assert!(histogram.mean_us().abs_diff(500_500) < 500);
    }

    #[test]
    fn merging_is_recording_both() {
        let mut merged = of_ms([1, 2, 3]);
        merged.merge(&of_ms([4_000, 2]));
        merged.merge(&Histogram::default());
        assert_eq!(merged, of_ms([4_000, 3, 2, 2, 1]));
        assert_ne!(merged, of_ms([4_000, 3, 2, 1, 1]));
        let mut from_empty = Histogram::default();
        from_empty.merge(&merged);
        assert_eq!(from_empty, merged);
    }

    #[test]
    fn buckets_are_equal_on_a_log_axis_and_catch_what_lies_outside() {
        let histogram = of_ms([1, 2, 5, 20, 50, 50, 999]);
        assert_eq!(histogram.log_buckets(1_000, 1_000_000, 3), [3, 3, 1]);
        assert_eq!(histogram.log_buckets(10_000, 100_000, 2), [4, 3]);
    }
}
