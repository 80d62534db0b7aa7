//! A request's signature, in its headers or in its query string.

#![no_main]

use std::sync::LazyLock;

use axum::http::{HeaderMap, HeaderValue};
use libfuzzer_sys::fuzz_target;
use mock_sts::config::{MockConfig, Signatures};
use mock_sts::http::credentials::Secret;
use mock_sts::http::keyring::Keyring;
use mock_sts::http::sigv4::{Checked, Received, check};
use stampede_fuzz::quick;

/// 2021-10-27, as the corpus has it.
const NOW_UNIX: u64 = 1_635_292_800;

static CONFIG: LazyLock<MockConfig> = LazyLock::new(quick);
static SECRET: LazyLock<Secret> = LazyLock::new(|| Secret::from_bytes(&[7; 32]));

// The lines of the input: three headers, the path, the query string, the body.
fuzz_target!(|bytes: &[u8]| {
    let mut lines = bytes.splitn(6, |byte| *byte == b'\n');
    let mut headers = HeaderMap::new();
    headers.insert("host", HeaderValue::from_static("m"));
    for name in ["authorization", "x-amz-date", "x-amz-security-token"] {
        let Ok(value) = HeaderValue::from_bytes(lines.next().unwrap_or_default()) else { return };
        if !value.is_empty() {
            headers.insert(name, value);
        }
    }
    let mut text = || std::str::from_utf8(lines.next().unwrap_or_default());
    let (Ok(path), Ok(query)) = (text(), text()) else { return };
    let body = lines.next().unwrap_or_default();
    let method = if body.is_empty() { "GET" } else { "POST" };
    let request = Received { method, path, query, headers: &headers, body };
    for signatures in [Signatures::Verified, Signatures::Unchecked] {
        let service = &CONFIG.service;
        let users = &service.identities.users;
        let keys = Keyring { secret: &SECRET, users, account: &service.account, signatures };
        let (_, checked) = check(&request, &keys, NOW_UNIX);
        let valid = matches!(checked, Checked::Valid(_));
        assert!(!valid || signatures == Signatures::Unchecked, "nobody can sign by chance");
    }
});
