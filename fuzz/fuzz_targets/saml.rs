//! A SAML response, before a mock that has its provider and one that believes everybody.

#![no_main]

use std::sync::{Arc, LazyLock};

use axum::body::Body;
use axum::http::Request;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use libfuzzer_sys::fuzz_target;
use mock_sts::config::SamlProviderConfig;
use mock_sts::http::Mock;
use stampede_fuzz::{ask, mocks, quick};

const PROVIDER: &str = "arn:aws:iam::123456789012:saml-provider/corp";

static MOCKS: LazyLock<[Arc<Mock>; 2]> = LazyLock::new(|| {
    let mut config = quick();
    let key = SamlProviderConfig::key_of(include_str!("../../mock-sts/tests/saml/cert.pem"));
    config.service.identities.saml_providers = vec![SamlProviderConfig {
        arn: PROVIDER.into(),
        issuer: "https://idp.example/metadata".into(),
        keys: vec![key.expect("a certificate")],
    }];
    let [_, open] = mocks();
    [Mock::new(config, 1).expect("randomness"), open]
});

fuzz_target!(|bytes: &[u8]| {
    let assertion = STANDARD.encode(bytes).replace('+', "%2B").replace('=', "%3D");
    let form = format!(
        "Action=AssumeRoleWithSAML&Version=2011-06-15&RoleArn=arn:aws:iam::123456789012:role/ci\
         &PrincipalArn={PROVIDER}&SAMLAssertion={assertion}"
    );
    for mock in &*MOCKS {
        let request =
            Request::post("/").header("content-type", "application/x-www-form-urlencoded");
        ask(mock, request.body(Body::from(form.clone())).expect("a request"));
    }
});
