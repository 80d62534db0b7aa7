//! aws-actions/configure-aws-credentials: its own loop around the SDK's.
//!
//! The loop (`src/helpers.ts`, mathematically the same in every release from
//! 1.6.1 to 6.2.3): 12 tries in all; after the k-th failure, k from 0, it
//! sleeps `random · 50 ms · 2^k`, uncapped, and only then asks whether that was
//! the last try, so the longest sleep of all (up to 102.4 s) comes after it.
//! Every error is retried.
//!
//! Each try is one SDK call with retries of its own for what the SDK holds to be
//! transient: 4 attempts with SDK v2 (1.6.1), 3 with SDK v3, which since
//! 3.859-3.1090 also retries `IDPCommunicationError` (measured: 6.2.3 makes 36
//! requests on it, earlier releases 12). Before 3.0 the token is fetched outside
//! the loop.

use std::time::Duration;

use super::client::{Client, Delay, Layer, Retries};
use super::failures::{BARE_429, IDP, RESET, UNAVAILABLE};
use crate::record::Failure;
use crate::restraint::Restraints;

const SOURCE: &str = "src/helpers.ts at each tag; requests of 56 runs measured on the wire";

const FLAWS: &[&str] = &[
    "It sleeps once more after its last try, up to 102.4 s, and then fails all the same.",
    "Permanent errors (AccessDenied, a wrong audience) burn all 12 tries.",
    "The first three waits are within 350 ms: inside the same second of a throttle, inside the \
     same key fetch.",
    "The web identity token is fetched once; tries that outlive its 300 s are lost.",
];

/// The action's own loop.
const fn outer(retries: Retries) -> Layer {
    Layer {
        attempts: 12,
        retries,
        delay: Delay::full(Duration::from_millis(50), None),
        sleeps_after_last: true,
    }
}

/// An SDK's loop: 100 ms, and `throttle_ms` after a throttle.
const fn sdk(attempts: u32, throttle_ms: u64, groups: &'static [&'static [Failure]]) -> Layer {
    let (base, throttle) = (Duration::from_millis(100), Duration::from_millis(throttle_ms));
    Layer::of(attempts, groups, Delay::full_by_kind(base, throttle, None))
}

/// 2022-01-18, around aws-sdk 2: `random · 100 ms · 2^n`, for throttles too
/// (measured: 4 attempts within 0.3 s).
pub(super) const V1_6_1: Client = Client {
    name: "configure-aws-credentials@1.6.1",
    summary: "the action's first retry (January 2022) around AWS SDK for JavaScript v2",
    source: SOURCE,
    inner: sdk(4, 100, &[UNAVAILABLE, BARE_429, RESET]),
    outer: Some(outer(Retries::AllBut(&[Failure::TokenRefused]))),
    restraints: Restraints::NONE,
    flaws: FLAWS,
};

/// A release around SDK v3, without `AWS_NEW_RETRIES_2026`: base 100 ms, 500 ms
/// after a throttle.
const fn v3(
    name: &'static str,
    summary: &'static str,
    retries: &'static [&'static [Failure]],
) -> Client {
    Client {
        name,
        summary,
        source: SOURCE,
        inner: sdk(3, 500, retries),
        outer: Some(outer(Retries::Everything)),
        restraints: Restraints::NONE,
        flaws: FLAWS,
    }
}

/// 2023-08-23.
pub(super) const V3_0: Client = v3(
    "configure-aws-credentials@3.0",
    "the same loop around AWS SDK for JavaScript v3 (3.405), the token fetch inside it",
    &[UNAVAILABLE, BARE_429, RESET],
);

/// 2023-09-11 and after.
pub(super) const V4: Client = v3(
    "configure-aws-credentials@4",
    "the same loop around AWS SDK for JavaScript v3 (3.496 to 3.859)",
    &[UNAVAILABLE, BARE_429, RESET],
);

/// 2025-09-03 and after.
pub(super) const V5: Client = v3(
    "configure-aws-credentials@5",
    "the same loop around AWS SDK for JavaScript v3 (3.933)",
    &[UNAVAILABLE, BARE_429, RESET],
);

/// 2026-07-22.
pub(super) const V6_2_3: Client = v3(
    "configure-aws-credentials@6.2.3",
    "the same loop around AWS SDK for JavaScript v3 (3.1090)",
    &[UNAVAILABLE, BARE_429, RESET, IDP],
);
