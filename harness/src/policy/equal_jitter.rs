//! Equal jitter: at least half of the backoff.

super::backoff::jitter! {
    /// t/2 + U(0, t/2), with t = min(cap, base · 2ⁿ).
    EqualJitter, "equal jitter",
    |backoff, failed| backoff.of_ceiling("t/2 + U(0, t/2)", failed),
    |backoff, tries, dice| {
        super::backoff::equal(backoff.ceiling(tries.failed), dice)
    }
}
