//! Requests as a service meets them, made once and handed over many times.

use std::time::Duration;

use mock_sts::config::{LimitRule, MockConfig, Refill, profile};
use mock_sts::latency::Latency;
use mock_sts::request::{
    AssumeRoleWithWebIdentity, Caller, DurationSeconds, Operation, Request, Token, TokenSignature,
    WebIdentity,
};

/// The role that the profiles know.
pub const ROLE_ARN: &str = "arn:aws:iam::123456789012:role/ci";

/// A service whose keys, once fetched, are at hand for good, and whose limits
/// never refuse.
///
/// # Panics
/// When the profiles have lost `cacheable-keys`.
#[must_use]
pub fn cached_keys() -> MockConfig {
    let mut config = profile("cacheable-keys").map(|found| found.config()).expect("a profile");
    config.service.verification_key.ttl = Duration::from_secs(3600);
    config.service.verification_key.provider.latency = Latency::ZERO;
    for limit in &mut config.service.limits {
        let refill = Refill::EachSecond;
        limit.rule =
            LimitRule::TokenBucket { rate_per_s: 1_000_000_000, burst: 1_000_000_000, refill };
    }
    config
}

/// A web identity that `config` trusts, for as long as a bench runs.
#[must_use]
pub fn identity(config: &MockConfig) -> WebIdentity {
    WebIdentity {
        length: 1200,
        issuer: config.idp.issuer.clone(),
        audiences: config.idp.audiences.clone(),
        subject: Some("repo:octo-org/app:ref:refs/heads/main".into()),
        others: [].into(),
        expires_unix: Some(u64::MAX),
        not_before_unix: None,
        signature: TokenSignature::Unchecked,
    }
}

/// The `attempt`th `AssumeRoleWithWebIdentity` of one caller.
#[must_use]
pub fn request(identity: &WebIdentity, attempt: u32) -> Request<'_> {
    Request {
        caller: Caller { key: 0x5eed, attempt, source: 0, region: 0 },
        operation: Operation::AssumeRoleWithWebIdentity(AssumeRoleWithWebIdentity {
            role_arn: Some(ROLE_ARN),
            role_session_name: Some("GitHubActions"),
            token: Some(Token::Jwt(identity)),
            duration: DurationSeconds::Seconds(3600),
            provider_id: None,
            policy: None,
            session: None,
        }),
    }
}

/// The form of an `AssumeRoleWithWebIdentity` with this token.
#[must_use]
pub fn form(token: &str) -> String {
    let role = ROLE_ARN.replace(':', "%3A").replace('/', "%2F");
    format!(
        "Action=AssumeRoleWithWebIdentity&Version=2011-06-15&RoleArn={role}\
         &RoleSessionName=GitHubActions&WebIdentityToken={token}&DurationSeconds=3600"
    )
}
