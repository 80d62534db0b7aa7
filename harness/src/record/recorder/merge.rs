//! Two records as one.

use super::Recorder;

impl Recorder {
    /// Adds another record: another thread's, or another seed's.
    pub fn add(&mut self, other: &Self) {
        self.jobs_started += other.jobs_started;
        self.jobs_succeeded += other.jobs_succeeded;
        self.jobs_failed += other.jobs_failed;
        self.waits.add(&other.waits);
        self.acquisitions += other.acquisitions;
        self.acquisitions_succeeded += other.acquisitions_succeeded;
        self.skipped_tools += other.skipped_tools;
        self.calls += other.calls;
        self.attempts += other.attempts;
        self.granted += other.granted;
        let numbered = self.attempts_by_number.len().max(other.attempts_by_number.len());
        self.attempts_by_number.resize(numbered, 0);
        for (sum, addend) in self.attempts_by_number.iter_mut().zip(&other.attempts_by_number) {
            *sum += addend;
        }
        self.tokens_fetched += other.tokens_fetched;
        self.errors.add(&other.errors);
        self.failures.add(&other.failures);
        self.time_to_credentials.merge(&other.time_to_credentials);
        self.intervals.add(&other.intervals);
        self.time_to_failure.merge(&other.time_to_failure);
        self.time_to_first_call.merge(&other.time_to_first_call);
        self.service_time.merge(&other.service_time);
        self.lateness.merge(&other.lateness);
        self.slept_ns += other.slept_ns;
        self.wasted_ns += other.wasted_ns;
        self.clock_reversals += other.clock_reversals;
        self.digest.absorb(other.digest);
        self.timeline.merge(&other.timeline);
        self.waterfall.add(&other.waterfall);
        self.story.add(&other.story);
    }
}
