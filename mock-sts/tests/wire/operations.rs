//! The signed operations besides `GetCallerIdentity`, end to end.

use std::sync::Arc;

use axum::body::Body;
use axum::http::Request;
use mock_sts::config::Mode;
use mock_sts::http::Mock;
use mock_sts::http::credentials::Credentials;

use crate::support::{
    Answer, FORM, ROLE, Signing, assume, credentials, deploy, instant_config, mock, post, send,
    token, who_am_i,
};

/// A call of `action`, signed with these keys.
pub(crate) async fn ask(mock: &Arc<Mock>, keys: &Credentials, action: &str, rest: &str) -> Answer {
    let request = Request::post("http://mock.test:1/")
        .header("host", "mock.test:1")
        .header("content-type", FORM)
        .body(format!("Action={action}&Version=2011-06-15{rest}").into_bytes())
        .unwrap();
    send(mock, Signing::now(keys).sign(request).map(Body::from)).await
}

async fn who(mock: &Arc<Mock>, keys: &Credentials) -> String {
    let signed = Signing::now(keys).sign(who_am_i());
    send(mock, signed.map(Body::from)).await.element("Arn").to_owned()
}

fn assume_ci(rest: &str) -> String {
    format!("&RoleArn={ROLE}&RoleSessionName=one{rest}")
}

#[tokio::test]
async fn every_signed_operation_demands_a_signature() {
    let mock = mock();
    for action in mock_sts::action::Action::ALL.iter().filter(|action| action.is_signed()) {
        let answer = post(&mock, &format!("Action={action}&Version=2011-06-15")).await;
        assert_eq!(answer.error().1, "MissingAuthenticationToken", "{action}");
    }
}

#[tokio::test]
async fn a_user_assumes_a_role_and_the_role_a_role_for_an_hour() {
    let mock = mock();
    let granted = ask(&mock, &deploy(), "AssumeRole", &assume_ci("&DurationSeconds=43200")).await;
    assert_eq!(
        granted.element("Arn"),
        "arn:aws:sts::123456789012:assumed-role/ci/one",
        "{}",
        granted.body
    );
    let one = credentials(&granted);
    assert_eq!(who(&mock, &one).await, "arn:aws:sts::123456789012:assumed-role/ci/one");
    let chained = ask(&mock, &one, "AssumeRole", &assume_ci("&DurationSeconds=3600")).await;
    assert_eq!(chained.status, 200, "{}", chained.body);
    assert_ne!(credentials(&chained), one);
    let too_long = ask(&mock, &one, "AssumeRole", &assume_ci("&DurationSeconds=3601")).await;
    assert_eq!(
        too_long.error(),
        (
            400,
            "ValidationError",
            "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by \
             role chaining."
        )
    );
    assert_eq!(mock.ledger().answered(), 2);
}

/// As a public suite of requests captured them from STS.
#[tokio::test]
async fn what_is_wrong_with_values_is_said_as_sts_was_captured_to() {
    const PATTERN: &str =
        r"[\u0009\u000A\u000D\u0020-\u007E\u0085\u00A0-\uD7FF\uE000-\uFFFD\u10000-\u10FFFF]+";
    let mock = mock();
    let refused = async |arn: &str, duration: &str| {
        let arn: String = form_urlencoded::byte_serialize(arn.as_bytes()).collect();
        let rest = format!("&RoleArn={arn}&RoleSessionName=one&DurationSeconds={duration}");
        let answer = ask(&mock, &deploy(), "AssumeRole", &rest).await;
        assert_eq!(answer.status, 400, "{}", answer.body);
        (answer.element("Code").to_owned(), answer.element("Message").to_owned())
    };
    let at = |value: &str| {
        format!("Value '{value}' at 'roleArn' failed to satisfy constraint: Member must")
    };
    let invalid = |message: String| ("ValidationError".to_owned(), message);
    let beyond = "\u{10348}".repeat(30);
    for (arn, expected) in [
        (
            "",
            format!(
                "2 validation errors detected: {it} satisfy regular expression pattern: {PATTERN}; \
                 {it} have length greater than or equal to 20",
                it = at("")
            ),
        ),
        (
            &beyond,
            format!(
                "1 validation error detected: {} satisfy regular expression pattern: {PATTERN}",
                at(&beyond)
            ),
        ),
        (&"é".repeat(2048), format!("{} is invalid", "é".repeat(2048))),
    ] {
        assert_eq!(refused(arn, "900").await, invalid(expected), "{arn}");
    }
    let value = |number: &str, rule: &str| {
        invalid(format!(
            "1 validation error detected: Value '{number}' at 'durationSeconds' failed to satisfy \
             constraint: Member must have value {rule}"
        ))
    };
    let malformed = ("MalformedInput".to_owned(), String::new());
    for (number, expected) in [
        ("2147483647", value("2147483647", "less than or equal to 43200")),
        ("-2147483648", value("-2147483648", "greater than or equal to 900")),
        ("2147483648", malformed.clone()),
        ("-2147483649", malformed),
    ] {
        assert_eq!(refused(ROLE, number).await, expected);
    }
}

/// The role's maximum is looked at before the hour of chained roles (captured).
#[tokio::test]
async fn a_chained_role_is_first_held_to_its_own_maximum() {
    let mut config = instant_config();
    config.service.roles[0].max_session = std::time::Duration::from_secs(3600);
    let mock = Mock::new(config, 1).unwrap();
    let keys = credentials(&ask(&mock, &deploy(), "AssumeRole", &assume_ci("")).await);
    let answer = ask(&mock, &keys, "AssumeRole", &assume_ci("&DurationSeconds=3601")).await;
    let most = "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.";
    assert_eq!(answer.error(), (400, "ValidationError", most));
}

#[tokio::test]
async fn tags_and_the_source_identity_are_handed_down() {
    let mock = mock();
    let tags = "&SourceIdentity=ada&Tags.member.1.Key=Team&Tags.member.1.Value=a\
                &Tags.member.2.Key=Cost&Tags.member.2.Value=1&TransitiveTagKeys.member.1=team";
    let first = ask(&mock, &deploy(), "AssumeRole", &assume_ci(tags)).await;
    assert_eq!(first.element("SourceIdentity"), "ada", "{}", first.body);
    assert_eq!(first.element("PackedPolicySize"), "1");
    let keys = credentials(&first);
    let plain = ask(&mock, &keys, "AssumeRole", &assume_ci("")).await;
    assert_eq!(plain.element("SourceIdentity"), "ada", "{}", plain.body);
    let other = ask(&mock, &keys, "AssumeRole", &assume_ci("&SourceIdentity=eve")).await;
    assert_eq!(
        other.error(),
        (
            403,
            "AccessDenied",
            "User: arn:aws:sts::123456789012:assumed-role/ci/one is not authorized to perform: \
             sts:AssumeRole on resource: arn:aws:iam::123456789012:role/ci"
        )
    );
    let tag = |key: &str| format!("&Tags.member.1.Key={key}&Tags.member.1.Value=b");
    let code = |rest: String| {
        let (mock, keys) = (Arc::clone(&mock), keys.clone());
        async move { ask(&mock, &keys, "AssumeRole", &assume_ci(&rest)).await.error().1.to_owned() }
    };
    assert_eq!(code(tag("TEAM")).await, "InvalidParameterValue");
    assert_eq!(code(tag("Cost")).await, "");
    let again = "&Tags.member.2.Key=cost&Tags.member.2.Value=c";
    assert_eq!(code(tag("Cost") + again).await, "InvalidParameterValue");
    assert_eq!(code(tag("Cost") + "&TransitiveTagKeys.member.1=x").await, "InvalidParameterValue");
}

#[tokio::test]
async fn a_web_identity_token_sets_tags_and_a_source_identity() {
    let mock = mock();
    let now = mock.now_unix();
    let claims = serde_json::json!({
        "iss": "https://token.actions.githubusercontent.com",
        "aud": "sts.amazonaws.com",
        "sub": "repo:octo-org/app:ref:refs/heads/main",
        "iat": now,
        "exp": now + 300,
        "https://aws.amazon.com/source_identity": "octocat",
        "https://aws.amazon.com/tags": {
            "principal_tags": {"team": ["a"], "cost": ["1"]},
            "transitive_tag_keys": ["team"],
        },
    });
    let granted = post(&mock, &assume(&mock.issuer().sign(&claims).unwrap())).await;
    let told = (granted.element("SourceIdentity"), granted.element("PackedPolicySize"));
    assert_eq!(told, ("octocat", "1"), "{}", granted.body);
    let keys = credentials(&granted);
    for (key, code) in [("team", "InvalidParameterValue"), ("cost", "")] {
        let tag = format!("&Tags.member.1.Key={key}&Tags.member.1.Value=b");
        let chained = ask(&mock, &keys, "AssumeRole", &assume_ci(&tag)).await;
        assert_eq!(chained.error().1, code, "{}", chained.body);
    }
}

#[tokio::test]
async fn roles_trust_whom_they_name() {
    let table = [
        ("123456789012", true),
        ("arn:aws:iam::123456789012:root", true),
        ("arn:aws:iam::123456789012:user/deploy", true),
        ("*", true),
        ("arn:aws:iam::123456789012:user/eve", false),
        ("210987654321", false),
    ];
    for (trusted, admitted) in table {
        let mut config = instant_config();
        config.service.roles[0].trusts = vec![trusted.into()];
        let mock = Mock::new(config, 1).unwrap();
        let answer = ask(&mock, &deploy(), "AssumeRole", &assume_ci("")).await;
        assert_eq!(answer.status == 200, admitted, "{trusted}: {}", answer.body);
    }
    let mut config = instant_config();
    config.service.roles[0].trusts = vec![ROLE.into()];
    config.service.roles[0].external_id = Some("agreed".into());
    let mock = Mock::new(config, 1).unwrap();
    let token = token(&mock, "stampede-job-1", "sts.amazonaws.com").await;
    let role = credentials(&post(&mock, &assume(&token)).await);
    for (rest, status) in [("", 403), ("&ExternalId=other", 403), ("&ExternalId=agreed", 200)] {
        assert_eq!(
            ask(&mock, &role, "AssumeRole", &assume_ci(rest)).await.status,
            status,
            "{rest}"
        );
    }
}

#[tokio::test]
async fn session_policies_are_read_and_weighed() {
    let mock = mock();
    let statement = |action: &str| {
        format!(r#"{{"Statement":{{"Effect":"Allow","Action":"{action}","Resource":"*"}}}}"#)
    };
    let error = |policy: String| {
        let mock = Arc::clone(&mock);
        let policy: String = form_urlencoded::byte_serialize(policy.as_bytes()).collect();
        async move {
            let rest = assume_ci(&format!("&Policy={policy}"));
            let answer = ask(&mock, &deploy(), "AssumeRole", &rest).await;
            let (status, code, message) = answer.error();
            (status, format!("{code}: {message}"))
        }
    };
    assert_eq!(error(statement("s3:*")).await, (200, ": ".into()));
    assert_eq!(
        error("{".into()).await,
        (400, "MalformedPolicyDocument: This policy contains invalid Json".into())
    );
    assert_eq!(
        error("{}".into()).await,
        (400, "MalformedPolicyDocument: Syntax errors in policy.".into())
    );
    assert_eq!(
        error(statement(&"s".repeat(2048))).await,
        (
            400,
            "PackedPolicyTooLarge: Packed policy consumes 103% of allotted space, please use \
             smaller policy."
                .into()
        )
    );
}

#[tokio::test]
async fn session_tokens_are_as_large_as_is_asked_of_every_operation() {
    let mock = mock();
    let token = token(&mock, "stampede-job-1", "sts.amazonaws.com").await;
    let size = "&MinimumSessionTokenSize=2048";
    let answers = [
        post(&mock, &(assume(&token) + size)).await,
        ask(&mock, &deploy(), "AssumeRole", &assume_ci(size)).await,
        ask(&mock, &deploy(), "GetSessionToken", size).await,
        ask(&mock, &deploy(), "GetFederationToken", &format!("&Name=bob{size}")).await,
    ];
    for answer in answers {
        let measured =
            (answer.element("SessionTokenSize"), answer.element("SessionTokenUtilization"));
        assert_eq!(measured, ("2048", "50"), "{}", answer.body);
        assert_eq!(answer.element("SessionToken").len(), 2048);
        assert_ne!(who(&mock, &credentials(&answer)).await, "");
    }
    let too_large = post(&mock, &(assume(&token) + "&MinimumSessionTokenSize=4097")).await;
    assert_eq!(too_large.error().1, "ValidationError");
}

#[tokio::test]
async fn sessions_of_the_user_itself_and_of_federated_users() {
    let mock = mock();
    let session = ask(&mock, &deploy(), "GetSessionToken", "&DurationSeconds=129600").await;
    let keys = credentials(&session);
    assert_eq!(who(&mock, &keys).await, "arn:aws:iam::123456789012:user/deploy");
    let federated = ask(&mock, &deploy(), "GetFederationToken", "&Name=bob").await;
    assert_eq!(federated.element("FederatedUserId"), "123456789012:bob");
    assert_eq!(
        who(&mock, &credentials(&federated)).await,
        "arn:aws:sts::123456789012:federated-user/bob"
    );
    for (action, rest) in [("GetSessionToken", ""), ("GetFederationToken", "&Name=bob")] {
        let refused = ask(&mock, &keys, action, rest).await;
        let message = format!("Cannot call {action} with session credentials");
        assert_eq!(refused.error(), (403, "AccessDenied", &*message));
    }
    let half = ask(&mock, &deploy(), "GetSessionToken", "&TokenCode=123456").await;
    assert_eq!(half.error().1, "AccessDenied");
}

#[tokio::test]
async fn root_is_only_that_of_a_member_account_and_for_a_task() {
    let mut config = instant_config();
    config.service.identities.member_accounts = vec!["210987654321".into()];
    let mock = Mock::new(config, 1).unwrap();
    let task = "arn:aws:iam::aws:policy/root-task/S3UnlockBucketPolicy";
    let rest =
        |target: &str, task: &str| format!("&TargetPrincipal={target}&TaskPolicyArn.arn={task}");
    let granted = ask(&mock, &deploy(), "AssumeRoot", &rest("210987654321", task)).await;
    assert_eq!(
        who(&mock, &credentials(&granted)).await,
        "arn:aws:iam::210987654321:root",
        "{}",
        granted.body
    );
    for (target, task) in [
        ("345678901234", task),
        ("arn:aws:iam::345678901234:root", task),
        ("210987654321", "arn:aws:iam::aws:policy/AdministratorAccess"),
    ] {
        let refused = ask(&mock, &deploy(), "AssumeRoot", &rest(target, task)).await;
        assert_eq!(refused.error().1, "AccessDenied", "{target} {task}");
    }
}

#[tokio::test]
async fn messages_are_decoded_and_keys_are_told_whose_they_are() {
    let mock = mock();
    let message = mock.encode_authorization_message(r#"{"allowed":false}"#);
    let rest = format!("&EncodedMessage={message}");
    let decoded = ask(&mock, &deploy(), "DecodeAuthorizationMessage", &rest).await;
    assert_eq!(decoded.element("DecodedMessage"), r#"{"allowed":false}"#);
    let wrong = ask(&mock, &deploy(), "DecodeAuthorizationMessage", &format!("{rest}A")).await;
    assert_eq!(
        wrong.error(),
        (400, "InvalidAuthorizationMessageException", "Message is not valid")
    );
    let key = |id: &str| format!("&AccessKeyId={id}");
    let info = ask(&mock, &deploy(), "GetAccessKeyInfo", &key("AKIAIOSFODNN7EXAMPLE")).await;
    assert_eq!(info.element("Account"), "123456789012");
    let none = ask(&mock, &deploy(), "GetAccessKeyInfo", &key("XXXXXXXXXXXXXXXX")).await;
    assert_eq!(none.error().1, "ValidationError");
}

#[tokio::test]
async fn tokens_that_were_handed_over_are_traded_in_once_they_are_good() {
    let mock = mock();
    let trade = |principal: &str, expires| {
        format!("&TradeInToken={}", mock.trade_in_token(principal, expires))
    };
    let answer = ask(&mock, &deploy(), "GetDelegatedAccessToken", &trade(ROLE, u64::MAX)).await;
    assert_eq!(answer.element("AssumedPrincipal"), ROLE, "{}", answer.body);
    assert_eq!(
        who(&mock, &credentials(&answer)).await,
        "arn:aws:sts::123456789012:assumed-role/ci/delegated"
    );
    let user = trade("arn:aws:iam::123456789012:user/a/ada", u64::MAX);
    let answer = ask(&mock, &deploy(), "GetDelegatedAccessToken", &user).await;
    assert_eq!(who(&mock, &credentials(&answer)).await, "arn:aws:iam::123456789012:user/ada");
    let expired = trade(ROLE, mock.now_unix());
    let answer = ask(&mock, &deploy(), "GetDelegatedAccessToken", &expired).await;
    assert_eq!(answer.error().1, "ExpiredTradeInTokenException");
    let answer = ask(&mock, &deploy(), "GetDelegatedAccessToken", "&TradeInToken=abcd").await;
    assert_eq!(answer.error().1, "AccessDenied");
}

#[tokio::test]
async fn saml_assertions_are_believed_only_in_permissive_mode() {
    let xml = "<Response><Assertion><Issuer>https://idp.example</Issuer><Subject>\
               <NameID>ada</NameID></Subject></Assertion></Response>";
    let encode = |text: &str| {
        use base64::Engine as _;
        let text = base64::engine::general_purpose::STANDARD.encode(text);
        form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>()
    };
    let form = |assertion: &str| {
        format!(
            "Action=AssumeRoleWithSAML&Version=2011-06-15&RoleArn={ROLE}\
             &PrincipalArn=arn:aws:iam::123456789012:saml-provider/corp&SAMLAssertion={assertion}"
        )
    };
    let strict = mock();
    for (assertion, message) in [
        ("_not_base64_".to_owned(), "Invalid base64 SAMLResponse"),
        (encode("<html>"), "Could not parse the SAML response"),
        (encode(xml), "Specified provider doesn't exist"),
    ] {
        let answer = post(&strict, &form(&assertion)).await;
        assert_eq!(answer.error(), (400, "InvalidIdentityToken", message));
    }
    let mut config = instant_config();
    config.service.identities.mode = Mode::Permissive;
    let mock = Mock::new(config, 1).unwrap();
    let granted = post(&mock, &form(&encode(xml))).await;
    assert_eq!(granted.element("Subject"), "ada", "{}", granted.body);
    assert_eq!(
        who(&mock, &credentials(&granted)).await,
        "arn:aws:sts::123456789012:assumed-role/ci/ada"
    );
}
