//! Each preset's tokens open the profile's role, and only with its own subject.

use std::sync::Arc;

use mock_sts::config::MockConfig;
use mock_sts::config::check::load;
use mock_sts::http::Mock;
use mock_sts::idp::PRESETS;
use mock_sts::latency::Latency;

use crate::support::{assume, post, token};

/// A mock of this file without its latencies.
pub(crate) fn mock_of(file: &str) -> Arc<Mock> {
    Mock::new(instant(load("mock.toml", file).unwrap()), 1).unwrap()
}

pub(crate) fn instant(mut config: MockConfig) -> MockConfig {
    config.service.latency = Latency::ZERO;
    config.service.verification_key.provider.latency = Latency::ZERO;
    config.idp.token_latency = Latency::ZERO;
    config.idps.iter_mut().for_each(|idp| idp.token_latency = Latency::ZERO);
    config
}

#[tokio::test]
async fn every_presets_token_is_granted() {
    for info in PRESETS {
        let mock = mock_of(&format!("[idp]\npreset = {:?}\n", info.name));
        let audience = mock.config().idp.audiences[0].clone();
        let token = token(&mock, "stampede-job-1", &audience).await;
        let answer = post(&mock, &assume(&token)).await;
        assert_eq!(answer.status, 200, "{}: {}", info.name, answer.body);
        assert_eq!(answer.element("Audience"), audience, "{}", info.name);
        let host = mock.config().idp.issuer.trim_start_matches("https://").to_owned();
        let arn = format!("arn:aws:iam::123456789012:oidc-provider/{host}");
        assert_eq!(answer.element("Provider"), arn, "{}", info.name);
    }
}

#[tokio::test]
async fn a_policy_of_names_does_not_admit_an_immutable_subject() {
    let mock = mock_of(
        "[idp]\npreset = \"github-immutable\"\n[[service.roles]]\n\
         arn = \"arn:aws:iam::123456789012:role/ci\"\nsubjects = [\"repo:octo-org/*\"]\n",
    );
    let token = token(&mock, "stampede-job-1", "sts.amazonaws.com").await;
    let answer = post(&mock, &assume(&token)).await;
    let message = "Not authorized to perform sts:AssumeRoleWithWebIdentity";
    assert_eq!(answer.error(), (403, "AccessDenied", message));
}

#[tokio::test]
async fn an_environment_is_in_the_subject_with_its_colon_encoded() {
    let mock = mock_of("[idp]\nclaims.environment = \"prod:eu\"\n");
    let token = token(&mock, "stampede-job-1", "sts.amazonaws.com").await;
    let answer = post(&mock, &assume(&token)).await;
    let subject = "repo:octo-org/app:environment:prod%3Aeu";
    assert_eq!(answer.element("SubjectFromWebIdentityToken"), subject);
}
