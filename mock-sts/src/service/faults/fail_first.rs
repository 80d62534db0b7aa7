//! The first requests fail, whoever sends them.

#[derive(Debug)]
pub(super) struct FailFirst {
    left: u64,
}

impl FailFirst {
    pub(super) fn new(requests: u64) -> Self {
        Self { left: requests }
    }

    pub(super) fn strikes(&mut self) -> bool {
        let strikes = self.left > 0;
        self.left -= u64::from(strikes);
        strikes
    }
}
