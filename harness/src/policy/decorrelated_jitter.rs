//! Decorrelated jitter: each wait grows from the last one drawn.

super::backoff::jitter! {
    /// min(cap, U(base, 3 · last wait)); the first from U(base, 3 · base).
    DecorrelatedJitter, "decorrelated jitter", |backoff, tries, dice| {
        let last = tries.last_wait.max(backoff.base);
        let room = last.saturating_mul(3).saturating_sub(backoff.base);
        backoff.base.saturating_add(dice.up_to(room)).min(backoff.cap)
    }
}
