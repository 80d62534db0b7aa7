//! A mock that answers at once, and what tests send to it.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use aws_credential_types::Credentials as SdkCredentials;
use aws_sigv4::http_request::{
    SignableBody, SignableRequest, SignatureLocation, SigningSettings, sign,
};
use aws_sigv4::sign::v4;
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Request, StatusCode};
use mock_sts::config::{MockConfig, profile};
use mock_sts::http::credentials::Credentials;
use mock_sts::http::{Mock, router};
use mock_sts::latency::Latency;
use tower::ServiceExt as _;

pub(crate) const FORM: &str = "application/x-www-form-urlencoded";
pub(crate) const ROLE: &str = "arn:aws:iam::123456789012:role/ci";
pub(crate) const WHO_AM_I: &str = "Action=GetCallerIdentity&Version=2011-06-15";

/// The default profile without its latencies.
pub(crate) fn instant_config() -> MockConfig {
    let mut config = profile("github-2021").unwrap().config();
    config.service.latency = Latency::ZERO;
    config.service.verification_key.provider.latency = Latency::ZERO;
    config.idp.token_latency = Latency::ZERO;
    config
}

pub(crate) fn mock() -> Arc<Mock> {
    Mock::new(instant_config(), 1).unwrap()
}

/// An answer, read whole.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// The text of the first element of this name.
    pub(crate) fn element(&self, name: &str) -> &str {
        let after = self.body.split_once(&format!("<{name}>")).unwrap_or_default().1;
        after.split_once(&format!("</{name}>")).unwrap_or_default().0
    }

    /// Status, code and message of an error.
    pub(crate) fn error(&self) -> (u16, &str, &str) {
        (self.status.as_u16(), self.element("Code"), self.element("Message"))
    }
}

pub(crate) async fn send(mock: &Arc<Mock>, request: Request<Body>) -> Answer {
    receive(router(Arc::clone(mock)), request).await
}

/// What `router` answers, read whole.
pub(crate) async fn receive(router: Router, request: Request<Body>) -> Answer {
    let (head, body) = router.oneshot(request).await.unwrap().into_parts();
    let body = to_bytes(body, usize::MAX).await.unwrap();
    let body = String::from_utf8(body.to_vec()).unwrap();
    Answer { status: head.status, headers: head.headers, body }
}

pub(crate) async fn get(mock: &Arc<Mock>, path_and_query: &str) -> Answer {
    let request = Request::get(path_and_query).header("host", "mock.test:1");
    send(mock, request.body(Body::empty()).unwrap()).await
}

pub(crate) async fn post(mock: &Arc<Mock>, form: &str) -> Answer {
    let request = Request::post("/").header("content-type", FORM);
    send(mock, request.body(Body::from(form.to_owned())).unwrap()).await
}

/// The token that the endpoint gives this job.
pub(crate) async fn token(mock: &Arc<Mock>, job: &str, audience: &str) -> String {
    let request = Request::get(format!("/token?api-version=2.0&audience={audience}"))
        .header("authorization", format!("Bearer {job}"));
    let answer = send(mock, request.body(Body::empty()).unwrap()).await;
    let answer: serde_json::Value = serde_json::from_str(&answer.body).unwrap();
    answer["value"].as_str().unwrap().to_owned()
}

/// `AssumeRoleWithWebIdentity` with everything it needs.
pub(crate) fn assume(token: &str) -> String {
    format!(
        "Action=AssumeRoleWithWebIdentity&Version=2011-06-15&RoleArn={ROLE}\
         &RoleSessionName=GitHubActions&WebIdentityToken={token}"
    )
}

pub(crate) fn credentials(granted: &Answer) -> Credentials {
    Credentials {
        access_key_id: granted.element("AccessKeyId").into(),
        secret_access_key: granted.element("SecretAccessKey").into(),
        session_token: granted.element("SessionToken").into(),
    }
}

/// The static keys of the user that every profile has.
pub(crate) fn deploy() -> Credentials {
    Credentials {
        access_key_id: "AKIAIOSFODNN7EXAMPLE".into(),
        secret_access_key: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY".into(),
        session_token: String::new(),
    }
}

/// How and when a request is signed.
pub(crate) struct Signing<'a> {
    pub(crate) credentials: &'a Credentials,
    pub(crate) service: &'a str,
    pub(crate) location: SignatureLocation,
    pub(crate) at: SystemTime,
    pub(crate) expires_in: Option<Duration>,
}

impl<'a> Signing<'a> {
    /// In the `Authorization` header, now.
    pub(crate) fn now(credentials: &'a Credentials) -> Self {
        Self {
            credentials,
            service: "sts",
            location: SignatureLocation::Headers,
            #[expect(clippy::disallowed_methods, reason = "the mock goes by the same clock")]
            at: SystemTime::now(),
            expires_in: None,
        }
    }

    /// The request, signed by AWS's own implementation.
    pub(crate) fn sign(&self, mut request: Request<Vec<u8>>) -> Request<Vec<u8>> {
        let Credentials { access_key_id, secret_access_key, session_token } = self.credentials;
        let identity = SdkCredentials::new(
            access_key_id,
            secret_access_key,
            Some(session_token.clone()).filter(|token| !token.is_empty()),
            None,
            "test",
        )
        .into();
        let mut settings = SigningSettings::default();
        settings.signature_location = self.location;
        settings.expires_in = self.expires_in;
        let params = v4::SigningParams::builder()
            .identity(&identity)
            .region("eu-west-1")
            .name(self.service)
            .time(self.at)
            .settings(settings)
            .build()
            .unwrap()
            .into();
        let headers = request.headers().iter();
        let headers = headers.map(|(name, value)| (name.as_str(), value.to_str().unwrap()));
        let signable = SignableRequest::new(
            request.method().as_str(),
            request.uri().to_string(),
            headers,
            SignableBody::Bytes(request.body()),
        );
        let (instructions, _) = sign(signable.unwrap(), &params).unwrap().into_parts();
        instructions.apply_to_request_http1x(&mut request);
        request
    }
}

/// `GetCallerIdentity` as SDKs send it, not yet signed.
pub(crate) fn who_am_i() -> Request<Vec<u8>> {
    Request::post("http://mock.test:1/")
        .header("host", "mock.test:1")
        .header("content-type", FORM)
        .header("user-agent", "test")
        .body(WHO_AM_I.into())
        .unwrap()
}
