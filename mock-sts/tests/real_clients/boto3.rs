//! boto3 1.44.5, whose default retry mode is `standard`.

use std::path::Path;
use std::process::Command;

use crate::stage::{Outcome, Situation, run};
use crate::venv;

/// Runs the script with credentials from boto3's chain of providers.
fn implicit(situation: Situation) -> Option<Outcome> {
    script("implicit", situation)
}

/// Runs the script with a call of AssumeRoleWithWebIdentity of its own.
fn explicit(situation: Situation) -> Option<Outcome> {
    script("explicit", situation)
}

/// Nothing when there is no boto3 to run.
fn script(source: &str, situation: Situation) -> Option<Outcome> {
    let mut python = Command::new(venv::boto3()?);
    python.arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/real_clients/who_am_i.py"));
    python.arg(source);
    Some(run(python, situation))
}

#[test]
fn it_assumes_the_role_and_is_told_so() {
    let Some(outcome) = implicit(Situation::Fine) else { return };
    outcome.assert_identified();
}

#[test]
fn an_explicit_call_gets_credentials_that_sign() {
    let Some(outcome) = explicit(Situation::Fine) else { return };
    outcome.assert_identified();
}

#[test]
fn a_missing_verification_key_is_tried_once() {
    let Some(outcome) = implicit(Situation::NoKey) else { return };
    outcome.assert_failed(
        "InvalidIdentityTokenException: An error occurred (InvalidIdentityToken) when calling \
         the AssumeRoleWithWebIdentity operation: Couldn't retrieve verification key from your \
         identity provider,  please reference AssumeRoleWithWebIdentity documentation for \
         requirements",
        1,
    );
}

#[test]
fn throttling_is_tried_three_times() {
    let Some(outcome) = implicit(Situation::Throttled) else { return };
    outcome.assert_failed(THROTTLED, 3);
}

#[test]
fn an_explicit_call_tries_throttling_three_times() {
    let Some(outcome) = explicit(Situation::Throttled) else { return };
    outcome.assert_failed(THROTTLED, 3);
}

const THROTTLED: &str = "ClientError: An error occurred (Throttling) when calling the \
    AssumeRoleWithWebIdentity operation (reached max retries: 2): Rate exceeded";

#[test]
fn a_refusal_of_the_role_is_tried_once() {
    let Some(outcome) = implicit(Situation::Untrusted) else { return };
    outcome.assert_failed(
        "ClientError: An error occurred (AccessDenied) when calling the \
         AssumeRoleWithWebIdentity operation: \
         Not authorized to perform sts:AssumeRoleWithWebIdentity",
        1,
    );
}

#[test]
fn an_expired_token_is_tried_once() {
    let Some(outcome) = implicit(Situation::Expired) else { return };
    outcome.assert_expired(
        "ExpiredTokenException: An error occurred (ExpiredTokenException) when calling the \
         AssumeRoleWithWebIdentity operation: ",
    );
}
