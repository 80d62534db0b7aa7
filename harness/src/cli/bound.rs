//! `--any-failure` and `--success`: what a contender must keep.

use super::exit::UsageError;
use crate::tune::probe::Bound;

#[derive(Debug, Clone, clap::Args)]
pub(super) struct BoundArguments {
    /// At most this share of the runs may lose a job
    #[arg(long, value_name = "PERCENT", default_value = "1%")]
    any_failure: String,
    /// Instead: at least this share of the jobs must succeed
    #[arg(long, value_name = "PERCENT", conflicts_with = "any_failure")]
    success: Option<String>,
}

impl BoundArguments {
    /// The bound, if `seeds` runs can tell it.
    pub(super) fn bound(&self, seeds: usize) -> Result<Bound, UsageError> {
        if let Some(text) = &self.success {
            return Ok(Bound::Success(share("--success", text)?));
        }
        let share = share("--any-failure", &self.any_failure)?;
        if share > 0.0 && share * (seeds as f64) < 1.0 - 1e-9 {
            return Err(UsageError(format!(
                "{seeds} seeds cannot tell whether {} of the runs lose a job: give at least {}, such as --seeds 1..{}",
                self.any_failure,
                (1.0 / share).ceil(),
                (1.0 / share).ceil()
            )));
        }
        Ok(Bound::AnyFailure(share))
    }
}

/// `1%` as 0.01.
pub(super) fn share(option: &str, text: &str) -> Result<f64, UsageError> {
    let number = text.trim().strip_suffix('%').and_then(|number| number.trim().parse::<f64>().ok());
    number
        .filter(|percent| (0.0..=100.0).contains(percent))
        .map(|percent| percent / 100.0)
        .ok_or_else(|| {
            UsageError(format!("{option} {text}: expected a share from 0% to 100%, such as 1%"))
        })
}
