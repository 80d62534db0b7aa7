//! Decorrelated jitter: each wait grows from the last one drawn.

super::backoff::jitter! {
    /// min(cap, U(base, 3 · last wait)); the first from U(base, 3 · base).
    DecorrelatedJitter, "decorrelated jitter",
    |backoff, _failed| format!("min({:?}, U({:?}, 3 × the wait before))", backoff.cap, backoff.base),
    |backoff, tries, dice| {
        super::backoff::decorrelated(backoff.base, tries.last_wait, dice).min(backoff.cap)
    }
}
