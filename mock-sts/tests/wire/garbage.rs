//! No input makes the server panic or answer anything but HTTP it means.

use std::sync::{Arc, LazyLock};

use axum::body::Body;
use axum::http::{HeaderValue, Request, Uri};
use mock_sts::action::Action;
use mock_sts::config::{Mode, Signatures};
use mock_sts::http::Mock;
use proptest::prelude::*;
use tokio::runtime::Runtime;

use crate::support::{Answer, FORM, assume, instant_config, mock, send};

static MOCK: LazyLock<Arc<Mock>> = LazyLock::new(mock);

/// One of the statuses the server means, never a 500.
fn answered(request: Request<Body>) -> Answer {
    let runtime = Runtime::new().unwrap();
    let answer = runtime.block_on(send(&MOCK, request));
    assert!([200, 302, 400, 401, 403, 405, 413].contains(&answer.status.as_u16()), "{answer:?}");
    answer
}

/// The same service, which believes everybody.
static OPEN: LazyLock<Arc<Mock>> = LazyLock::new(|| {
    let mut config = instant_config();
    config.service.identities.mode = Mode::Permissive;
    config.service.identities.signatures = Signatures::Unchecked;
    config.service.limits.clear();
    Mock::new(config, 1).unwrap()
});

/// Parameters of the operations that are read by name: most of them right, one
/// of them anything.
fn parameters() -> impl Strategy<Value = String> {
    let right = [
        "RoleArn=arn:aws:iam::123456789012:role/ci",
        "RoleSessionName=one",
        "PrincipalArn=arn:aws:iam::123456789012:saml-provider/corp",
        "Name=bob",
        "AccessKeyId=AKIAIOSFODNN7EXAMPLE",
        "EncodedMessage=abc",
        "TradeInToken=abc",
        "TargetPrincipal=123456789012",
        "TaskPolicyArn.arn=arn:aws:iam::aws:policy/root-task/S3UnlockBucketPolicy",
        "SigningAlgorithm=ES384",
        "Audience.member.1=a",
    ];
    let odd = "(SourceIdentity|Policy|Tags.member.1.Key|Tags.member.1.Value|Audience.member.2|\
               SAMLAssertion|TransitiveTagKeys.member.1|Name|RoleArn|ExternalId|TokenCode|\
               PolicyArns.member.1.arn|MinimumSessionTokenSize|DurationSeconds)=\
               ([ -~]{0,20}|(%[0-9A-F]{2}){0,12}|[0-9]{0,5})";
    let odd = prop::collection::vec(odd, 0..4).prop_map(|words| words.join("&"));
    odd.prop_map(move |odd| format!("{odd}&{}", right.join("&")))
}

/// Text that gets past the first checks more often than noise does.
fn near_miss() -> impl Strategy<Value = String> {
    let word = prop_oneof![
        Just("Action=AssumeRoleWithWebIdentity".to_owned()),
        Just("Action=GetCallerIdentity".to_owned()),
        Just("Version=2011-06-15".to_owned()),
        Just("RoleArn=arn:aws:iam::123456789012:role/ci".to_owned()),
        Just("RoleSessionName=ci".to_owned()),
        Just("X-Amz-Algorithm=AWS4-HMAC-SHA256".to_owned()),
        Just("X-Amz-Credential=a/20211027/b/sts/aws4_request".to_owned()),
        Just("X-Amz-SignedHeaders=host".to_owned()),
        "(WebIdentityToken|DurationSeconds|Policy|X-Amz-Date|X-Amz-Expires|X-Amz-Signature)=[ -~]{0,40}",
        "[A-Za-z]{0,8}=(%[0-9A-Fa-fg]{2}|[a-z+.])*",
    ];
    prop::collection::vec(word, 0..8).prop_map(|words| words.join("&"))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn any_body_is_answered(body in prop_oneof![
        prop::collection::vec(any::<u8>(), 0..512),
        near_miss().prop_map(String::into_bytes),
    ]) {
        let request = Request::post("/").header("content-type", FORM);
        answered(request.body(Body::from(body)).unwrap());
    }

    #[test]
    fn any_query_string_is_answered(query in near_miss(), path in "(/|/[a-z%.]{0,9})") {
        let uri = format!("{path}?{}", query.replace(' ', "+"));
        prop_assume!(uri.parse::<Uri>().is_ok());
        answered(Request::get(uri).body(Body::empty()).unwrap());
    }

    #[test]
    fn any_token_is_answered(token in "[A-Za-z0-9_-]{0,40}(\\.[A-Za-z0-9_-]{0,40}){0,4}") {
        let request = Request::post("/").header("content-type", FORM);
        let answer = answered(request.body(Body::from(assume(&token))).unwrap());
        prop_assert_ne!(answer.status.as_u16(), 200);
    }

    #[test]
    fn any_operation_is_answered_in_well_formed_xml(
        action in prop::sample::select(Action::ALL),
        parameters in parameters(),
    ) {
        let request = Request::post("/")
            .header("content-type", FORM)
            .header("x-amz-date", "20211027T000000Z")
            .header(
                "authorization",
                "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20211027/x/sts/aws4_request, \
                 SignedHeaders=host, Signature=00",
            );
        let body = format!("Action={action}&Version=2011-06-15&{parameters}");
        let request = request.body(Body::from(body)).unwrap();
        let answer = Runtime::new().unwrap().block_on(send(&OPEN, request));
        prop_assert!([200, 400, 403].contains(&answer.status.as_u16()), "{answer:?}");
        let mut reader = quick_xml::Reader::from_str(&answer.body);
        reader.config_mut().check_end_names = true;
        let mut depth = 0_i32;
        loop {
            match reader.read_event() {
                Ok(quick_xml::events::Event::Start(_)) => depth += 1,
                Ok(quick_xml::events::Event::End(_)) => depth -= 1,
                Ok(quick_xml::events::Event::Eof) => break,
                Ok(_) => {}
                Err(error) => prop_assert!(false, "{error}: {}", answer.body),
            }
        }
        prop_assert_eq!(depth, 0);
    }

    #[test]
    fn any_authorization_is_answered(
        authorization in prop_oneof![
            prop::collection::vec(any::<u8>(), 0..200),
            "AWS4-HMAC-SHA256 (Credential=[a-z/]{0,20}|SignedHeaders=[a-z;]{0,9}|Signature=[0-9a-f]{0,9}|[,= ]){0,6}"
                .prop_map(String::into_bytes),
        ],
        path in prop_oneof![Just("/?Action=GetCallerIdentity&Version=2011-06-15"), Just("/token")],
    ) {
        let Ok(value) = HeaderValue::from_bytes(&authorization) else { return Ok(()) };
        let request = Request::get(path).header("authorization", value);
        answered(request.header("x-amz-date", "20211027T000000Z").body(Body::empty()).unwrap());
    }
}
