//! AWS CLI 1.46.3, whose default retry mode is `legacy`.

use std::process::Command;

use crate::stage::{Outcome, Situation, run};
use crate::venv;

/// `aws sts get-caller-identity`; nothing when there is no CLI to run.
fn who_am_i(situation: Situation) -> Option<Outcome> {
    let mut aws = Command::new(venv::aws_cli()?);
    // As a module, not by the script that pip makes: that one starts with the
    // path of its interpreter, which the system cuts off when it is long.
    aws.args(["-m", "awscli", "sts", "get-caller-identity", "--output", "text"]);
    Some(run(aws, situation))
}

#[test]
fn it_assumes_the_role_and_is_told_so() {
    let Some(outcome) = who_am_i(Situation::Fine) else { return };
    outcome.assert_identified();
}

#[test]
fn a_missing_verification_key_is_tried_once() {
    let Some(outcome) = who_am_i(Situation::NoKey) else { return };
    outcome.assert_failed(
        "An error occurred (InvalidIdentityToken) when calling the AssumeRoleWithWebIdentity \
         operation: Couldn't retrieve verification key from your identity provider,  please \
         reference AssumeRoleWithWebIdentity documentation for requirements",
        1,
    );
}

#[test]
fn throttling_is_tried_five_times() {
    let Some(outcome) = who_am_i(Situation::Throttled) else { return };
    outcome.assert_failed(
        "An error occurred (Throttling) when calling the AssumeRoleWithWebIdentity operation \
         (reached max retries: 4): Rate exceeded",
        5,
    );
}

#[test]
fn a_refusal_of_the_role_is_tried_once() {
    let Some(outcome) = who_am_i(Situation::Untrusted) else { return };
    outcome.assert_failed(
        "An error occurred (AccessDenied) when calling the AssumeRoleWithWebIdentity operation: \
         Not authorized to perform sts:AssumeRoleWithWebIdentity",
        1,
    );
}

#[test]
fn an_expired_token_is_tried_once() {
    let Some(outcome) = who_am_i(Situation::Expired) else { return };
    outcome.assert_expired(
        "An error occurred (ExpiredTokenException) when calling the AssumeRoleWithWebIdentity \
         operation: ",
    );
}
