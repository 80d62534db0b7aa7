//! One call of one tool, against whatever answers it.

use std::future::Future;

use harness::record::{CallError, Credentials};
use harness::world::real::{Beginning, Endpoint, RealWorld};
use harness::world::{Ask, Instant, StsApi as _, ToolId, WebToken};
use mock_sts::latency::Latency;
use tokio::task::LocalSet;
use wiremock::ResponseTemplate;

pub(crate) const TOOL: ToolId = ToolId { job: 3, tool: 1 };

/// What STS answers to the tool, but for the role's name and the expiry.
pub(crate) fn granted(role: &str, expiration: &str) -> String {
    format!(
        "<AssumeRoleWithWebIdentityResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\">\
         <AssumeRoleWithWebIdentityResult><AssumedRoleUser>\
         <Arn>arn:aws:sts::123456789012:assumed-role/{role}/job-3-tool-1</Arn></AssumedRoleUser>\
         <Credentials><AccessKeyId>ASIAEXAMPLE</AccessKeyId>\
         <Expiration>{expiration}</Expiration></Credentials>\
         </AssumeRoleWithWebIdentityResult></AssumeRoleWithWebIdentityResponse>"
    )
}

pub(crate) const FAR_AWAY: &str = "2099-01-01T00:00:00Z";

pub(crate) fn world(url: &str) -> RealWorld {
    let endpoint = Endpoint::parse(url, &[]).expect("loopback");
    let role = "arn:aws:iam::123456789012:role/ci";
    RealWorld::new(&Beginning::now(), endpoint, 1, Latency::ZERO, role, "sts.amazonaws.com")
}

/// One call of [`TOOL`].
pub(crate) async fn call(url: &str) -> Result<Credentials, CallError> {
    let token = WebToken { text: "header.claims.signature".into(), expires_at: Instant::MAX };
    let ask =
        Ask { tool: TOOL, key: TOOL.key(), attempt: 2, proof: token, session_s: 3600, region: 0 };
    world(url).assume_role(&ask).await
}

/// A failure with its words.
pub(crate) fn said<T: std::fmt::Debug>(result: Result<T, CallError>) -> String {
    let error = result.expect_err("no answer of STS");
    format!("{}: {}", error.failure, error.message())
}

pub(crate) fn in_local_set<T>(test: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    LocalSet::new().block_on(&runtime.expect("a runtime"), test)
}

pub(crate) fn status(code: u16, body: &str) -> ResponseTemplate {
    ResponseTemplate::new(code).set_body_string(body)
}
