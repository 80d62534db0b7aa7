//! Retry budgets: a store of tokens that retries are paid from. When it is empty
//! a failure is final, so that a fleet in trouble stops adding to it.

use super::Failure;

/// The prices, in thousandths of a token.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct BudgetConfig {
    /// What it holds at first and at the most.
    pub capacity_m: u64,
    /// What a retry costs.
    pub cost_m: u64,
    /// What one after a throttle costs.
    pub throttle_cost_m: u64,
    /// What one after a call without an answer costs.
    pub timeout_cost_m: u64,
    /// What every first call of an acquisition brings in.
    pub first_call_earns_m: u64,
    /// What a success at the first call brings in.
    pub clean_success_earns_m: u64,
    /// Whether a success after retries gives back what the last of them cost.
    pub refunds: bool,
}

impl BudgetConfig {
    /// The retry quota of the AWS SDKs' standard mode: 500 tokens, 5 a retry,
    /// 10 after a timeout (botocore `retries/quota.py`, the same in all SDKs).
    pub const SDK_STANDARD: Self = Self {
        capacity_m: 500_000,
        cost_m: 5_000,
        throttle_cost_m: 5_000,
        timeout_cost_m: 10_000,
        first_call_earns_m: 0,
        clean_success_earns_m: 1_000,
        refunds: true,
    };

    /// The same by the SDKs' rules of 2026: 14 a retry, 5 after a throttle.
    pub const SDK_2026: Self =
        Self { cost_m: 14_000, timeout_cost_m: 14_000, ..Self::SDK_STANDARD };

    pub(super) fn describe(&self) -> String {
        let tokens = |thousandths: u64| thousandths as f64 / 1e3;
        match self.first_call_earns_m {
            0 => format!(
                "a retry budget of {} tokens, {} a retry,",
                tokens(self.capacity_m),
                tokens(self.cost_m)
            ),
            earned => format!(
                "retries up to {} % of first calls, {} in reserve,",
                tokens(earned) * 100.0,
                tokens(self.capacity_m)
            ),
        }
    }

    fn price(&self, failed: Failure) -> u64 {
        match failed {
            Failure::Timeout => self.timeout_cost_m,
            throttled if throttled.is_throttle() => self.throttle_cost_m,
            _ => self.cost_m,
        }
    }
}

/// What is left of a budget, in thousandths of a token.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Budget {
    left_m: u64,
}

impl Budget {
    /// Nothing used yet.
    #[must_use]
    pub fn full(capacity_m: u64) -> Self {
        Self { left_m: capacity_m }
    }

    /// Takes the price of a retry; none when there is not enough.
    pub fn pay(&mut self, config: &BudgetConfig, failed: Failure) -> Option<u64> {
        let price = config.price(failed);
        self.left_m = self.left_m.checked_sub(price)?;
        Some(price)
    }

    /// A call was answered; `paid` is the price of the retry that it was, zero
    /// for a first call.
    pub fn heard(&mut self, config: &BudgetConfig, succeeded: bool, paid: u64) {
        let mut earned = 0;
        if paid == 0 {
            earned += config.first_call_earns_m;
        }
        if succeeded {
            earned += match paid {
                0 => config.clean_success_earns_m,
                paid if config.refunds => paid,
                _ => 0,
            };
        }
        self.left_m = config.capacity_m.min(self.left_m + earned);
    }
}

#[cfg(test)]
mod tests {
    use mock_sts::error_code::ErrorCode;

    use super::*;

    const THROTTLED: Failure = Failure::Refused(ErrorCode::Throttling);

    #[test]
    fn the_quota_of_the_sdks_pays_for_a_hundred_throttles() {
        let config = BudgetConfig::SDK_STANDARD;
        let mut budget = Budget::full(config.capacity_m);
        let paid = (0..).take_while(|_| budget.pay(&config, THROTTLED).is_some()).count();
        assert_eq!(paid, 100);
        budget.heard(&config, true, 5_000);
        assert_eq!(budget.pay(&config, THROTTLED), Some(5_000), "a success gives back its retry");
        assert_eq!(budget.pay(&config, THROTTLED), None);
    }

    #[test]
    fn by_the_rules_of_2026_a_fault_costs_more_than_a_throttle() {
        let config = BudgetConfig::SDK_2026;
        let count = |failed| {
            let mut budget = Budget::full(config.capacity_m);
            (0..).take_while(|_| budget.pay(&config, failed).is_some()).count()
        };
        assert_eq!((count(THROTTLED), count(Failure::Reset)), (100, 35));
    }

    #[test]
    fn a_share_is_earned_by_first_calls_only() {
        let config = BudgetConfig {
            capacity_m: 2_000,
            cost_m: 1_000,
            throttle_cost_m: 1_000,
            timeout_cost_m: 1_000,
            first_call_earns_m: 200,
            clean_success_earns_m: 0,
            refunds: false,
        };
        let mut budget = Budget::full(config.capacity_m);
        while budget.pay(&config, Failure::Reset).is_some() {}
        for _ in 0..4 {
            budget.heard(&config, false, 0);
            budget.heard(&config, false, 1_000);
        }
        assert_eq!(budget.pay(&config, Failure::Reset), None, "four fifths of a token");
        budget.heard(&config, true, 0);
        assert_eq!(budget.pay(&config, Failure::Reset), Some(1_000));
    }
}
