//! A web identity token: as it is, put together from its parts, and with claims that are signed.

#![no_main]

use std::sync::{Arc, LazyLock};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use libfuzzer_sys::fuzz_target;
use mock_sts::clock::Instant;
use mock_sts::http::token::Verifier;
use mock_sts::idp::{Algorithm, Issuer};
use mock_sts::request::TokenSignature;
use serde_json::{Map, Value};

const ISSUER: &str = "https://token.actions.githubusercontent.com";

static KEY: LazyLock<Arc<Issuer>> =
    LazyLock::new(|| Arc::new(Issuer::new(Algorithm::Es256, None).expect("randomness")));
static VERIFIER: LazyLock<Verifier> = LazyLock::new(|| {
    let claims = ["environment", "job_workflow_ref"].map(str::to_owned);
    Verifier::new(vec![(ISSUER.into(), Arc::clone(&KEY))]).keeping(claims)
});

fuzz_target!(|bytes: &[u8]| {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let parts: Vec<String> = text.split('\n').map(|part| URL_SAFE_NO_PAD.encode(part)).collect();
    for token in [text, &parts.join(".")] {
        if let Some(identity) = VERIFIER.read(Instant::ZERO, token) {
            assert_eq!(identity.length, token.len());
            let valid = identity.issuer == ISSUER && identity.signature == TokenSignature::Valid;
            assert!(!valid, "nobody can sign by chance");
        }
    }
    let Ok(mut claims) = serde_json::from_str::<Map<String, Value>>(text) else { return };
    claims.insert("iss".into(), ISSUER.into());
    let token = KEY.sign(&claims).expect("a signature");
    let identity = VERIFIER.read(Instant::ZERO, &token).expect("it is signed here");
    assert_eq!(identity.signature, TokenSignature::Valid);
});
