//! Signature checking, with AWS's own signer as the oracle.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use aws_sigv4::http_request::SignatureLocation;
use axum::http::{HeaderValue, Request};
use mock_sts::config::{Signatures, UserConfig};
use mock_sts::http::credentials::{Credentials, Secret, mint};
use mock_sts::http::keyring::Keyring;
use mock_sts::http::signing::sign;
use mock_sts::http::sigv4::{Checked, Received, check};
use mock_sts::session::{Principal, Session};

use crate::support::{FORM, Signing, WHO_AM_I, who_am_i};

const NOW: u64 = 1_635_292_800;

fn ci() -> Principal {
    Principal::Role {
        name: "ci".into(),
        id: "AROAEXAMPLEEXAMPLEABC".into(),
        session: "GitHubActions".into(),
    }
}

fn session() -> Session {
    Session::new("123456789012", ci(), NOW + 3600)
}

fn secret() -> Secret {
    Secret::from_bytes(&[7; 32])
}

fn signing(credentials: &Credentials) -> Signing<'_> {
    Signing { at: at(NOW), ..Signing::now(credentials) }
}

fn at(unix: u64) -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(unix)
}

fn checked_at(request: &Request<Vec<u8>>, now_unix: u64) -> Checked {
    let received = Received {
        method: request.method().as_str(),
        path: request.uri().path(),
        query: request.uri().query().unwrap_or_default(),
        headers: request.headers(),
        body: request.body(),
    };
    let user = UserConfig {
        name: "ada".into(),
        access_key_id: "AKIAIOSFODNN7EXAMPLE".into(),
        secret_access_key: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY".into(),
        mfa: Vec::new(),
    };
    let keys = Keyring {
        secret: &secret(),
        users: &[user],
        account: "123456789012",
        signatures: Signatures::Verified,
    };
    check(&received, &keys, now_unix).1
}

fn checked(request: &Request<Vec<u8>>) -> Checked {
    checked_at(request, NOW)
}

fn request(method: &str, path_and_query: &str, body: &str) -> Request<Vec<u8>> {
    Request::builder()
        .method(method)
        .uri(format!("http://mock.test:1{path_and_query}"))
        .header("host", "mock.test:1")
        .header("content-type", FORM)
        .header("x-amz-spaced", "  a   b ")
        .body(body.into())
        .unwrap()
}

#[test]
fn every_shape_that_aws_signs_verifies() {
    let credentials = mint(&secret(), &session(), 1);
    let shapes = [
        request("POST", "/", WHO_AM_I),
        request("GET", &format!("/?{WHO_AM_I}"), ""),
        request("GET", "/?b=2&a=x%2Fy&a=%20z&flag&empty=&A=1&a-b=c~d", ""),
        request("POST", "/with/prefix/", WHO_AM_I),
        request("GET", "/a%20b/./c/../d?x=y", ""),
        request("POST", "/", ""),
    ];
    for location in [SignatureLocation::Headers, SignatureLocation::QueryParams] {
        for shape in &shapes {
            let expires_in =
                (location == SignatureLocation::QueryParams).then_some(Duration::from_secs(60));
            let signing = Signing { location, expires_in, ..signing(&credentials) };
            let signed = signing.sign(shape.clone());
            assert_eq!(checked(&signed), Checked::Valid(session()), "{location:?} {signed:?}");
        }
    }
}

/// What a fleet's own tools sign, AWS's signer signs alike.
#[test]
fn our_signature_is_the_one_that_aws_own_signer_makes() {
    let credentials = mint(&secret(), &session(), 1);
    let unsigned = Request::post("http://mock.test:1/")
        .header("host", "mock.test:1")
        .header("content-type", FORM)
        .body(WHO_AM_I.into())
        .unwrap();
    let theirs = signing(&credentials).sign(unsigned.clone());
    let mut ours = unsigned;
    let body = ours.body().clone();
    sign(ours.headers_mut(), &body, &credentials, "eu-west-1", NOW).unwrap();
    let header = |request: &Request<Vec<u8>>, name: &str| {
        request.headers()[name].to_str().unwrap().to_owned()
    };
    for name in ["x-amz-date", "x-amz-security-token", "authorization"] {
        assert_eq!(header(&ours, name), header(&theirs, name), "{name}");
    }
    assert_eq!(checked(&ours), Checked::Valid(session()));
}

#[test]
fn what_no_signature_can_be_made_with_is_told_and_nothing_is_added() {
    let credentials = mint(&secret(), &session(), 1);
    let broken = Credentials { session_token: "a\nb".into(), ..credentials.clone() };
    let table = [
        (&credentials, "eu/west", NOW, "`eu/west` is not a region"),
        (&credentials, "eu-west-1", u64::MAX, "18446744073709551615 s since 1970 is no time"),
        (&broken, "eu-west-1", NOW, "a key holds characters that no header can"),
    ];
    for (keys, region, at_unix, expected) in table {
        let mut request = request("POST", "/", WHO_AM_I);
        let before = request.headers().clone();
        let error = sign(request.headers_mut(), b"", keys, region, at_unix).unwrap_err();
        assert!(error.to_string().contains(expected), "{error}");
        assert_eq!(*request.headers(), before);
    }
}

#[test]
fn whatever_is_changed_after_signing_is_noticed() {
    let credentials = mint(&secret(), &session(), 1);
    let signed = signing(&credentials).sign(request("POST", "/?a=b", WHO_AM_I));
    assert_eq!(checked(&signed), Checked::Valid(session()));
    let changed = |change: &dyn Fn(&mut Request<Vec<u8>>)| {
        let mut request = signed.clone();
        change(&mut request);
        checked(&request)
    };
    let set = |name: &'static str, value: &'static str| {
        changed(&|request| {
            request.headers_mut().insert(name, HeaderValue::from_static(value));
        })
    };
    assert_eq!(changed(&|request| request.body_mut().push(b'&')), Checked::Invalid);
    assert_eq!(changed(&|request| *request.uri_mut() = "/?a=c".parse().unwrap()), Checked::Invalid);
    assert_eq!(
        changed(&|request| *request.uri_mut() = "/x?a=b".parse().unwrap()),
        Checked::Invalid
    );
    assert_eq!(
        changed(&|request| *request.method_mut() = "GET".parse().unwrap()),
        Checked::Invalid
    );
    assert_eq!(set("host", "elsewhere.test"), Checked::Invalid);
    assert_eq!(set("x-amz-spaced", "c"), Checked::Invalid);
    assert_eq!(set("x-amz-unsigned", "a"), Checked::Invalid);
    assert_eq!(set("x-amz-date", "20211027T000001Z"), Checked::Invalid);
    assert_eq!(set("x-amz-security-token", "AAAA"), Checked::UnknownKey);
    // Headers that are neither signed nor AWS's own may come and go on the way.
    assert_eq!(set("x-forwarded-for", "192.0.2.1"), Checked::Valid(session()));
}

#[test]
fn the_claimed_hash_of_the_body_is_not_believed() {
    let credentials = mint(&secret(), &session(), 1);
    let mut request = request("POST", "/", "Action=One");
    let empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    request.headers_mut().insert("x-amz-content-sha256", HeaderValue::from_static(empty));
    let mut signed = signing(&credentials).sign(request);
    assert_eq!(checked(&signed), Checked::Valid(session()));
    *signed.body_mut() = b"Action=Two".to_vec();
    assert_eq!(checked(&signed), Checked::Invalid);
}

#[test]
fn keys_must_be_ours_and_for_sts() {
    let credentials = mint(&secret(), &session(), 1);
    let wrong_service = Signing { service: "iam", ..signing(&credentials) };
    let why = "Credential should be scoped to correct service: 'sts'.";
    assert_eq!(checked(&wrong_service.sign(who_am_i())), Checked::Wrong(why.into()));
    let wrong_secret = Credentials { secret_access_key: "x".repeat(40), ..credentials.clone() };
    assert_eq!(checked(&signing(&wrong_secret).sign(who_am_i())), Checked::Invalid);
    let wrong_id = Credentials { access_key_id: "AKIAEXAMPLEEXAMPLE23".into(), ..credentials };
    assert_eq!(checked(&signing(&wrong_id).sign(who_am_i())), Checked::UnknownKey);
}

#[test]
fn signatures_are_good_for_a_quarter_of_an_hour_or_as_long_as_they_say() {
    let credentials = mint(&secret(), &session(), 1);
    let header = signing(&credentials).sign(who_am_i());
    let query = Signing {
        location: SignatureLocation::QueryParams,
        expires_in: Some(Duration::from_secs(60)),
        ..signing(&credentials)
    };
    let query = query.sign(request("GET", &format!("/?{WHO_AM_I}"), ""));
    let valid = |request, now| checked_at(request, now) == Checked::Valid(session());
    for (now, in_header, in_query) in [
        (NOW - 901, false, false),
        (NOW - 900, true, true),
        (NOW + 60, true, true),
        (NOW + 61, true, false),
        (NOW + 900, true, false),
        (NOW + 901, false, false),
    ] {
        assert_eq!((valid(&header, now), valid(&query, now)), (in_header, in_query), "{now}");
    }
}

#[test]
fn what_is_no_signature_is_told_apart() {
    let outcome = |authorization: &str, query: &str| {
        let mut request = request("GET", query, "");
        if !authorization.is_empty() {
            request.headers_mut().insert("authorization", authorization.parse().unwrap());
        }
        request.headers_mut().insert("x-amz-date", HeaderValue::from_static("20211027T000000Z"));
        checked(&request)
    };
    assert_eq!(outcome("", "/?Action=x"), Checked::Missing);
    assert_eq!(outcome("", "/?note=X-Amz-"), Checked::Missing);
    let incomplete = |authorization: &str, query: &str| match outcome(authorization, query) {
        Checked::Incomplete(why) => why,
        other => panic!("{other:?}"),
    };
    assert_eq!(
        incomplete("Bearer x", "/"),
        "Authorization header requires the algorithm AWS4-HMAC-SHA256. Authorization header \
         requires 'Credential' parameter. Authorization header requires 'Signature' parameter. \
         Authorization header requires 'SignedHeaders' parameter. Authorization=Bearer"
    );
    assert_eq!(
        incomplete("AWS4-HMAC-SHA256 Credential=a/b/c, SignedHeaders=host, Signature=00", "/"),
        "Credential must have exactly 5 slash-delimited elements, \
         e.g. keyid/date/region/service/term, got 'a/b/c'"
    );
    assert_eq!(
        incomplete(
            "",
            "/?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=a/b/c/d/e&X-Amz-Date=x"
        ),
        "AWS query-string parameters must include 'X-Amz-Signature'. AWS query-string parameters \
         must include 'X-Amz-SignedHeaders'. Re-examine the query-string parameters."
    );
}

#[test]
fn a_signature_that_cannot_be_right_is_told_why() {
    let credentials = mint(&secret(), &session(), 1);
    let signed = signing(&credentials).sign(who_am_i());
    let header = signed.headers()["authorization"].to_str().unwrap();
    let changed = |from: &str, to: &str| {
        let mut request = signed.clone();
        let header = header.replace(from, to).parse().unwrap();
        request.headers_mut().insert("authorization", header);
        match checked(&request) {
            Checked::Wrong(why) => why,
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(
        changed("/20211027/", "/20211028/"),
        "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from \
         HTTP: '20211028' != '20211027', from '20211027T000000Z'."
    );
    assert_eq!(
        changed("aws4_request", "aws5_request"),
        "Credential should be scoped with a valid terminator: 'aws4_request'"
    );
    assert_eq!(
        changed("host;", ""),
        "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization."
    );
    let wrong = |now| match checked_at(&signed, now) {
        Checked::Wrong(why) => why,
        other => panic!("{other:?}"),
    };
    assert_eq!(
        wrong(NOW + 1801),
        "Signature expired: 20211027T000000Z is now earlier than 20211027T001501Z \
         (20211027T003001Z - 15 min.)"
    );
    assert_eq!(
        wrong(NOW - 901),
        "Signature not yet current: 20211027T000000Z is still later than 20211026T235959Z \
         (20211026T234459Z + 15 min.)"
    );
    let mut undated = signed.clone();
    undated.headers_mut().insert("x-amz-date", HeaderValue::from_static("yesterday"));
    assert_eq!(
        checked(&undated),
        Checked::Wrong(
            "Date must be in ISO-8601 'basic format'. Got 'yesterday'. \
             See http://en.wikipedia.org/wiki/ISO_8601"
                .into()
        )
    );
}
