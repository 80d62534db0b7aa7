//! The other SDKs of AWS, as their web-identity providers behave.

use std::time::Duration;

use mock_sts::error_code::ErrorCode;

use super::client::{Client, Delay, Jitter, Layer, Wait};
use super::failures::{BARE_429, EXPIRED, IDP, KEY, RESET, UNAVAILABLE};
use crate::restraint::Restraints;

const SECOND: Duration = Duration::from_secs(1);
const TWENTY_SECONDS: Option<Duration> = Some(Duration::from_secs(20));

const NOT_THE_KEY: &str = "InvalidIdentityToken is not retried at all.";

/// The rules that all SDKs share since 2026: base 50 ms, 1 s after a throttle.
const RULES_2026: Delay = Delay::full_by_kind(Duration::from_millis(50), SECOND, TWENTY_SECONDS);

/// 0.5-1, 1-2 and 2-4 s after a throttle or a 503; from 30 ms after all else.
pub(super) const GO_1: Client = Client {
    name: "sdk-go-v1",
    summary: "AWS SDK for Go v1, implicit web-identity provider",
    source: "aws/client/default_retryer.go, service/sts/customizations.go and \
             stscreds/web_identity_provider.go; 1.44.133 and 1.55.8 measured",
    inner: Layer::of(
        4,
        &[UNAVAILABLE, BARE_429, IDP, KEY, EXPIRED],
        Delay {
            plain: Wait { jitter: Jitter::Above, base: Duration::from_millis(30) },
            throttled: Wait { jitter: Jitter::Above, base: Duration::from_millis(500) },
            as_throttles: &[ErrorCode::ServiceUnavailable],
            cap: Some(Duration::from_secs(300)),
        },
    ),
    outer: None,
    restraints: Restraints::NONE,
    flaws: &[
        "A connection that is reset is not tried again.",
        "After a missing verification key all three retries come within half a second: inside \
         the same key fetch.",
    ],
};

/// The inner loop counts its attempts from 1, so waits are up to 2 and 4 s.
const GO_2_DELAY: Delay = Delay::full(Duration::from_secs(2), TWENTY_SECONDS);

/// The client that needs the credentials retries the provider's failed call.
pub(super) const GO_2: Client = Client {
    name: "sdk-go-v2-web-identity",
    summary: "AWS SDK for Go v2 (1.17.1), implicit web-identity provider",
    source: "aws/retry/standard.go and stscreds/web_identity_provider.go; 1.17.1 measured",
    inner: Layer::of(3, &[UNAVAILABLE, BARE_429, RESET, KEY], GO_2_DELAY),
    outer: Some(Layer::of(3, &[UNAVAILABLE, BARE_429, RESET], GO_2_DELAY)),
    restraints: Restraints::SDK_STANDARD,
    flaws: &[
        "Throttled calls are retried by two loops: 9 requests for one set of credentials.",
        "IDPCommunicationError is not retried (1.48.0 retries it 9 times, measured).",
    ],
};

/// The same two loops by the rules of 2026, in waits, hints and quota. The provider's own loop alone
/// retries a missing verification key; a bare 429 waits as a throttle does.
pub(super) const GO_2_48: Client = Client {
    name: "sdk-go-v2-web-identity@1.48",
    summary: "AWS SDK for Go v2 (1.48.0), the same by the retry rules of 2026",
    source: "docs/census/aws-sdk-for-go-v2-1.48.0.json: 6 runs an error measured; its quota: \
             aws-sdk-go-v2#3400",
    inner: Layer::of(3, &[UNAVAILABLE, BARE_429, RESET, IDP, KEY], RULES_2026),
    outer: Some(Layer::of(3, &[UNAVAILABLE, BARE_429, RESET, IDP], RULES_2026)),
    restraints: Restraints::SDK_2026,
    flaws: &[
        "Throttled calls are retried by two loops: 9 requests for one set of credentials.",
        "After a missing verification key both retries come within 150 ms: inside the same key \
         fetch.",
    ],
};

/// Unconditionally by the rules of 2026 since 3.1169.
pub(super) const JAVASCRIPT_3: Client = Client {
    name: "sdk-js-3",
    summary: "AWS SDK for JavaScript v3 (3.1169), default provider chain",
    source: "@smithy/core 3.41 util-retry; @aws-sdk/client-sts 3.1169.0 measured",
    inner: Layer::of(3, &[UNAVAILABLE, BARE_429, RESET, IDP], RULES_2026),
    outer: None,
    restraints: Restraints::SDK_2026,
    flaws: &[NOT_THE_KEY, "It has no read timeout: a call that hangs, hangs for ever."],
};

/// `random · min(1 s · 2^(n-1), 20 s)`.
pub(super) const RUST: Client = Client {
    name: "sdk-rust",
    summary: "AWS SDK for Rust (aws-config 1.13) without AWS_NEW_RETRIES_2026",
    source: "aws-smithy-runtime 1.16 retries/strategy/standard.rs; aws-config 1.13.0 measured",
    inner: Layer::of(3, &[UNAVAILABLE, RESET, IDP], Delay::full(SECOND, TWENTY_SECONDS)),
    outer: None,
    restraints: Restraints::SDK_STANDARD,
    flaws: &[NOT_THE_KEY],
};

/// Legacy mode: 4 attempts, 100 ms, 500 ms after a throttle. The jitters (full,
/// and equal after a throttle) are assumed.
pub(super) const JAVA_2: Client = Client {
    name: "sdk-java-2",
    summary: "AWS SDK for Java v2 in legacy mode, the default before 2026",
    source: "attempts: 2.57.8 measured; bases: the SDK's documentation; jitters: assumed",
    inner: Layer::of(
        4,
        &[UNAVAILABLE, BARE_429, RESET, IDP],
        Delay {
            plain: Wait { jitter: Jitter::Full, base: Duration::from_millis(100) },
            throttled: Wait { jitter: Jitter::Equal, base: Duration::from_millis(500) },
            as_throttles: &[],
            cap: TWENTY_SECONDS,
        },
    ),
    outer: None,
    restraints: Restraints::NONE,
    flaws: &[NOT_THE_KEY, "Its chain of providers reports the message without the error's code."],
};

/// AWS's rules for all SDKs, default from November 2026.
pub(super) const RULES: Client = Client {
    name: "sdk-2026",
    summary: "the retry rules that all AWS SDKs share from 2026 on",
    source: "AWS Developer Tools blog on updated retry behaviour; aws-sdk-java-v2#6987, \
             aws-sdk-cpp#3832, aws-sdk-go-v2#3400",
    inner: Layer::of(3, &[UNAVAILABLE, BARE_429, RESET, IDP], RULES_2026),
    outer: None,
    restraints: Restraints::SDK_2026,
    flaws: &[
        NOT_THE_KEY,
        "After 5xx and resets both retries come within 150 ms: an outage of 0.2 s uses up all \
         three attempts.",
    ],
};

/// Adaptive mode within one acquisition of a fresh process: the first throttle
/// switches the client-side limiter on at its least rate of 0.5/s, so each retry
/// waits for a token, 2 s (measured: 3 attempts in 4.0 s, whatever the hint).
pub(super) const ADAPTIVE: Client = Client {
    name: "sdk-adaptive",
    summary: "an SDK in adaptive mode, in a fresh process",
    source: "botocore/retries/adaptive.py and throttling.py (least rate 0.5/s); boto3 1.44.5 with \
             AWS_RETRY_MODE=adaptive measured: 2.0 s between attempts",
    inner: Layer::of(
        3,
        &[UNAVAILABLE, RESET, IDP],
        Delay {
            plain: Wait { jitter: Jitter::Full, base: Duration::from_millis(50) },
            throttled: Wait { jitter: Jitter::Constant, base: Duration::from_secs(2) },
            as_throttles: &[],
            cap: TWENTY_SECONDS,
        },
    ),
    outer: None,
    restraints: Restraints::SDK_ADAPTIVE,
    flaws: &[
        NOT_THE_KEY,
        "Its limiter learns from throttles only, and each fresh process learns anew: all tools \
         of a herd that was throttled at once come back at once, 2 s later.",
    ],
};

/// The credential call of hashicorp/aws: Go v2's inner loop alone.
pub(super) const TERRAFORM: Client = Client {
    name: "terraform-provider",
    summary: "the AWS provider of Terraform and OpenTofu (5.100), web identity by block",
    source: "hashicorp/aws-sdk-go-base; Terraform 1.11.4 with provider 5.100.0 measured. A plan \
             that succeeds assumes its role twice an alias: give a job two tools for each",
    inner: Layer::of(3, &[UNAVAILABLE, BARE_429, RESET, KEY], GO_2_DELAY),
    outer: None,
    restraints: Restraints::SDK_STANDARD,
    flaws: &[
        "max_retries does not reach the credential call: it makes 3 attempts whatever that says.",
        "A successful plan makes two AssumeRoleWithWebIdentity calls for each provider alias.",
    ],
};
