//! No input makes the server panic or answer anything but HTTP it means.

use std::sync::{Arc, LazyLock};

use axum::body::Body;
use axum::http::{HeaderValue, Request, Uri};
use mock_sts::action::Action;
use mock_sts::http::Mock;
use mock_sts::token_claims::{SOURCE_IDENTITY, TAGS};
use proptest::prelude::*;
use serde_json::{Value, json};
use tokio::runtime::Runtime;

use crate::support::{Answer, FORM, assume, mock, send};
use crate::unlocked::{open_mock, right_claims, written};

static MOCK: LazyLock<Arc<Mock>> = LazyLock::new(mock);
static OPEN: LazyLock<Arc<Mock>> = LazyLock::new(open_mock);
static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| Runtime::new().unwrap());

fn answered_by(mock: &Arc<Mock>, request: Request<Body>) -> Answer {
    let answer = RUNTIME.block_on(send(mock, request));
    answer.must_be_meant();
    answer
}

fn answered(request: Request<Body>) -> Answer {
    answered_by(&MOCK, request)
}

/// A request of the user `unchecked`, whose signature nobody checks.
fn let_in(form: String) -> Answer {
    let request = Request::post("/")
        .header("content-type", FORM)
        .header("x-amz-date", "20211027T000000Z")
        .header(
            "authorization",
            "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20211027/x/sts/aws4_request, \
             SignedHeaders=host, Signature=00",
        );
    answered_by(&OPEN, request.body(Body::from(form)).unwrap())
}

/// The answer to a token that is right but for these claims.
fn assumed(claims: &[(&str, Value)]) -> Answer {
    let mut all = right_claims(&OPEN);
    all.extend(claims.iter().map(|(name, value)| ((*name).to_owned(), value.clone())));
    let_in(assume(&OPEN.issuer().sign(&all).unwrap()))
}

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
        let answer = let_in(format!("Action={action}&Version=2011-06-15&{parameters}"));
        prop_assert!([200, 400, 403].contains(&answer.status.as_u16()), "{answer:?}");
    }

    /// The token's own words come back in the answer.
    #[test]
    fn what_a_granted_token_says_is_handed_back_whole(
        subject in "\\PC{0,20}|[\\x00-\\x7f\u{fffd}-\u{10002}]{0,20}",
        audiences in prop::collection::vec(any::<String>(), 0..3),
    ) {
        let known = &right_claims(&OPEN)["aud"];
        let audiences: Vec<_> = audiences.iter().map(|other| json!(other)).chain([known.clone()]).collect();
        let answer = assumed(&[("sub", json!(subject)), ("aud", json!(audiences))]);
        prop_assert_eq!(answer.status.as_u16(), 200, "{:?}", answer);
        prop_assert_eq!(answer.parsed("SubjectFromWebIdentityToken"), Some(written(&subject)));
    }

    #[test]
    fn whatever_a_token_wants_kept_is_answered(
        identity in "[\\w+=,.@-]{2,64}|[\\x00-\\x7f]{0,9}",
        tags in prop::collection::btree_map(any::<String>(), any::<String>(), 0..3),
    ) {
        let tags = json!({ "principal_tags": tags });
        let answer = assumed(&[(SOURCE_IDENTITY, json!(identity)), (TAGS, tags)]);
        if answer.status == 200 {
            prop_assert_eq!(answer.parsed("SourceIdentity"), Some(written(&identity)));
        }
    }

    /// So does what `DecodeAuthorizationMessage` decodes.
    #[test]
    fn what_is_decoded_is_handed_back_whole(text in any::<String>()) {
        let encoded = OPEN.encode_authorization_message(&text);
        let encoded: String = form_urlencoded::byte_serialize(encoded.as_bytes()).collect();
        let form = format!("Action=DecodeAuthorizationMessage&Version=2011-06-15&EncodedMessage={encoded}");
        let answer = let_in(form);
        prop_assert_eq!(answer.status.as_u16(), 200, "{:?}", answer);
        prop_assert_eq!(answer.parsed("DecodedMessage"), Some(written(&text)));
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
