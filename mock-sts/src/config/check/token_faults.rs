//! `[idp.token-faults]`: how the token endpoint itself fails.

use crate::config::spanned::Spanned;

use super::value::{self, Setter};
use crate::config::IdpConfig;
use crate::config::file::{SlowFile, TokenFaultsFile};
use crate::config::problem::Problems;
use crate::latency::Latency;

pub(super) fn apply(
    file: &TokenFaultsFile,
    config: &mut IdpConfig,
    overridden: &mut Vec<String>,
    problems: &mut Problems,
) -> bool {
    let faults = &mut config.token_faults;
    let mut set = Setter { table: "idp.token-faults", overridden, problems, fine: true };
    let pending = file.pending_for.as_ref();
    set.checked("pending-for", pending, &mut faults.pending_for, value::duration);
    set.checked("error-rate", file.error_rate.as_ref(), &mut faults.error_share, share);
    set.checked("hang", file.hang.as_ref(), &mut faults.hang_share, share);
    let mut slow = (faults.slow_share, faults.slow);
    set.checked("slow", file.slow.as_ref(), &mut slow, slowness);
    (faults.slow_share, faults.slow) = slow;
    set.fine
}

fn slowness(file: &SlowFile, problems: &mut Problems) -> Option<(f64, Latency)> {
    let (share, latency) = (share(&file.share, problems), value::latency(&file.latency, problems));
    Some((share?, latency?))
}

/// A share such as `"5%"`, as a part of one.
fn share(text: &Spanned<String>, problems: &mut Problems) -> Option<f64> {
    let number = text.get_ref().strip_suffix('%').map(str::trim_end);
    let percent = number.and_then(|number| number.parse::<f64>().ok());
    let percent = percent.filter(|percent| (0.0..=100.0).contains(percent));
    if percent.is_none() {
        problems
            .push(text.span(), "this is not a share", "expected 0% to 100%")
            .help("write it like \"5%\"");
    }
    percent.map(|percent| percent / 100.0)
}
