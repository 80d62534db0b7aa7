//! Exponential backoff without jitter: the herd stays a herd.

super::backoff::jitter! {
    /// min(cap, base · 2ⁿ).
    Exponential, "no jitter", |backoff, failed| backoff.of_ceiling("t", failed),
    |backoff, tries, _dice| backoff.ceiling(tries.failed)
}
