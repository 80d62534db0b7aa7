//! Full jitter: anything up to the backoff.

super::backoff::jitter! {
    /// U(0, t), with t = min(cap, base · 2ⁿ).
    FullJitter, "full jitter", |backoff, failed| backoff.of_ceiling("U(0, t)", failed),
    |backoff, tries, dice| dice.up_to(backoff.ceiling(tries.failed))
}
