//! boto3, botocore and the AWS CLI.

use std::time::Duration;

use super::client::{Client, Delay, Layer};
use super::failures::{IDP, RESET, UNAVAILABLE};
use crate::restraint::Restraints;

const SECOND: Duration = Duration::from_secs(1);
const TWENTY_SECONDS: Option<Duration> = Some(Duration::from_secs(20));

const NOT_THE_KEY: &str = "InvalidIdentityToken is not retried at all: a verification key that \
     STS could not fetch fails the call at once.";

const fn layer(attempts: u32, delay: Delay) -> Layer {
    Layer::of(attempts, &[UNAVAILABLE, RESET, IDP], delay)
}

/// `AWS_RETRY_MODE=legacy`, the default until 1.43: up to 1, 2, 4 and 8 s.
pub(super) const LEGACY: Client = Client {
    name: "botocore-legacy",
    summary: "boto3 and botocore in legacy mode, the default until 1.43",
    source: "botocore/retryhandler.py and data/_retry.json; boto3 1.34, 1.43 and 1.44 measured",
    inner: layer(5, Delay::full(SECOND, None)),
    outer: None,
    restraints: Restraints::NONE,
    flaws: &[NOT_THE_KEY],
};

/// `AWS_RETRY_MODE=standard` before 1.44.
pub(super) const STANDARD: Client = Client {
    name: "botocore-standard",
    summary: "botocore in standard mode before 1.44",
    source: "botocore/retries/standard.py; boto3 1.34 measured. Its quota (500, 5 a retry) cannot \
             run out within one acquisition of a fresh process",
    inner: layer(3, Delay::full(SECOND, TWENTY_SECONDS)),
    outer: None,
    restraints: Restraints::SDK_STANDARD,
    flaws: &[NOT_THE_KEY, "Two retries within 3 s: an outage of a few seconds uses up all three."],
};

/// The rules of 2026, unconditional since 1.44.
pub(super) const V1_44: Client = Client {
    name: "botocore-1.44",
    summary: "boto3 and botocore from 1.44 on, with the retry rules of 2026",
    source: "botocore/retries/standard.py at 1.44; boto3 1.44.5 measured",
    inner: layer(3, Delay::full_by_kind(Duration::from_millis(50), SECOND, TWENTY_SECONDS)),
    outer: None,
    restraints: Restraints::SDK_2026,
    flaws: &[
        NOT_THE_KEY,
        "After 5xx, resets and IDPCommunicationError both retries come within 150 ms: an outage \
         of 0.2 s uses up all three attempts.",
    ],
};

/// Bundles botocore 1.43.62.
pub(super) const CLI_1: Client = Client {
    name: "aws-cli-1",
    summary: "AWS CLI v1 (1.46.3), which bundles a botocore in legacy mode",
    source: "AWS CLI 1.46.3 measured",
    inner: layer(5, Delay::full(SECOND, None)),
    outer: None,
    restraints: Restraints::NONE,
    flaws: &[NOT_THE_KEY],
};

/// Up to 1 and 2 s after all errors.
pub(super) const CLI_2: Client = Client {
    name: "aws-cli-2",
    summary: "AWS CLI v2 (2.36.7) without AWS_NEW_RETRIES_2026",
    source: "AWS CLI 2.36.7 measured",
    inner: layer(3, Delay::full(SECOND, TWENTY_SECONDS)),
    outer: None,
    restraints: Restraints::SDK_STANDARD,
    flaws: &[NOT_THE_KEY],
};
