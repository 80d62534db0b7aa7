//! What is kept bin by bin, however long the run: bins that are joined by twos.

/// Equal bins from the beginning of a run.
pub(crate) trait Bins: Clone {
    /// The width of a bin; the same for all.
    fn bin_ns(&self) -> u64;

    /// Joins bins by twos.
    fn coarsen(&mut self);

    /// The other's in bins as wide as these, which are made as wide as the other's before.
    fn in_step(&mut self, other: &Self) -> Self {
        let mut other = other.clone();
        while self.bin_ns() < other.bin_ns() {
            self.coarsen();
        }
        while other.bin_ns() < self.bin_ns() {
            other.coarsen();
        }
        other
    }
}
