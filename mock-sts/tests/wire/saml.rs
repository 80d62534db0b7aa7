//! `AssumeRoleWithSAML` where the account has a provider: what is signed, and what is said.

use std::sync::{Arc, LazyLock};

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::encoding::{AsDer, PublicKeyX509Der};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{KeyPair as _, RSA_PKCS1_SHA256, RsaKeyPair};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use mock_sts::config::{MockConfig, SamlProviderConfig, Signatures};
use mock_sts::http::Mock;

use crate::support::{Answer, ROLE, instant_config, post};

const PROVIDER: &str = "arn:aws:iam::123456789012:saml-provider/corp";
const ISSUER: &str = "https://idp.example/metadata";

static KEY: LazyLock<RsaKeyPair> =
    LazyLock::new(|| RsaKeyPair::generate(KeySize::Rsa2048).unwrap());

/// An assertion as an identity provider would make it, but for one thing.
struct Said<'a> {
    issuer: &'a str,
    age_s: i64,
    recipient: &'a str,
    session_name: &'a str,
    roles: String,
    /// What becomes of it once it is signed.
    after: fn(String) -> String,
}

impl Default for Said<'_> {
    fn default() -> Self {
        Self {
            issuer: ISSUER,
            age_s: 10,
            recipient: "https://signin.aws.amazon.com/saml",
            session_name: "ada@example.com",
            roles: format!("{ROLE},{PROVIDER}"),
            after: |signed| signed,
        }
    }
}

impl Said<'_> {
    /// Written in canonical form, so that what is hashed is what stands there.
    fn signed(&self, now_unix: u64) -> String {
        let at = Timestamp::from_second(i64::try_from(now_unix).unwrap() - self.age_s).unwrap();
        let attribute = |name: &str, value: &str| {
            format!(
                "<Attribute Name=\"https://aws.amazon.com/SAML/Attributes/{name}\">\
                 <AttributeValue>{value}</AttributeValue></Attribute>"
            )
        };
        let start = format!(
            "<Assertion xmlns=\"urn:oasis:names:tc:SAML:2.0:assertion\" ID=\"_a\" \
             IssueInstant=\"{at}\" Version=\"2.0\"><Issuer>{}</Issuer>",
            self.issuer
        );
        let rest = format!(
            "<Subject><NameID>ada</NameID><SubjectConfirmation><SubjectConfirmationData \
             Recipient=\"{}\"></SubjectConfirmationData></SubjectConfirmation></Subject>\
             <AttributeStatement>{}{}</AttributeStatement></Assertion>",
            self.recipient,
            attribute("Role", &self.roles),
            attribute("RoleSessionName", self.session_name),
        );
        let hash = STANDARD.encode(digest(&SHA256, format!("{start}{rest}").as_bytes()));
        let algorithm = |element: &str, uri: &str| {
            format!("<{element} Algorithm=\"http://www.w3.org/{uri}\"></{element}>")
        };
        let exclusive = "2001/10/xml-exc-c14n#";
        let info = format!(
            "<SignedInfo xmlns=\"http://www.w3.org/2000/09/xmldsig#\">{}{}<Reference URI=\"#_a\">\
             <Transforms>{}{}</Transforms>{}<DigestValue>{hash}</DigestValue></Reference></SignedInfo>",
            algorithm("CanonicalizationMethod", exclusive),
            algorithm("SignatureMethod", "2001/04/xmldsig-more#rsa-sha256"),
            algorithm("Transform", "2000/09/xmldsig#enveloped-signature"),
            algorithm("Transform", exclusive),
            algorithm("DigestMethod", "2001/04/xmlenc#sha256"),
        );
        let mut value = vec![0; KEY.public_modulus_len()];
        KEY.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), info.as_bytes(), &mut value).unwrap();
        format!(
            "<Response>{start}<Signature xmlns=\"http://www.w3.org/2000/09/xmldsig#\">{info}\
             <SignatureValue>{}</SignatureValue></Signature>{rest}</Response>",
            STANDARD.encode(value)
        )
    }

    async fn sent_to(&self, mock: &Arc<Mock>, role: &str) -> Answer {
        let assertion = STANDARD.encode((self.after)(self.signed(mock.now_unix())));
        let assertion: String = form_urlencoded::byte_serialize(assertion.as_bytes()).collect();
        let form = format!(
            "Action=AssumeRoleWithSAML&Version=2011-06-15&RoleArn={role}\
             &PrincipalArn={PROVIDER}&SAMLAssertion={assertion}"
        );
        post(mock, &form).await
    }
}

fn config() -> MockConfig {
    let mut config = instant_config();
    let key: PublicKeyX509Der<'_> = KEY.public_key().as_der().unwrap();
    config.service.identities.saml_providers = vec![SamlProviderConfig {
        arn: PROVIDER.into(),
        issuer: ISSUER.into(),
        keys: vec![key.as_ref().to_vec()],
    }];
    config.service.roles[0].trusts.push(PROVIDER.into());
    config
}

#[tokio::test]
async fn a_signed_assertion_gets_the_role_that_it_names() {
    let mock = Mock::new(config(), 1).unwrap();
    let turned = Said { roles: format!("{PROVIDER},{ROLE}"), ..Said::default() };
    for said in [Said::default(), turned] {
        let granted = said.sent_to(&mock, ROLE).await;
        assert_eq!(
            granted.element("Arn"),
            "arn:aws:sts::123456789012:assumed-role/ci/ada@example.com",
            "{}",
            granted.body
        );
        assert_eq!(granted.element("Issuer"), ISSUER);
        assert_eq!(granted.element("Audience"), "https://signin.aws.amazon.com/saml");
    }
}

#[tokio::test]
async fn any_other_assertion_is_refused_with_its_reason() {
    let mock = Mock::new(config(), 1).unwrap();
    let changed = |after| Said { after, ..Said::default() };
    let signature = (400, "InvalidIdentityToken", "Response signature invalid");
    let denied = (403, "AccessDenied", "Not authorized to perform sts:AssumeRoleWithSAML");
    let invalid = |message| (400, "InvalidIdentityToken", message);
    let late = "Token must be redeemed within 5 minutes of issuance";
    for (said, expected) in [
        (changed(|xml| xml.replace(">ada<", ">eve<")), signature),
        (changed(|xml| xml.replace("Signature", "Signatures")), signature),
        (
            Said { issuer: "https://other.example", ..Said::default() },
            invalid("Issuer not present in specified provider"),
        ),
        (Said { age_s: 310, ..Said::default() }, (400, "ExpiredTokenException", late)),
        (
            Said { recipient: "https://app.example/saml", ..Said::default() },
            invalid("Response does not contain the required audience."),
        ),
        (
            Said { session_name: "", ..Said::default() },
            invalid("RoleSessionName is required in AuthnResponse"),
        ),
        (
            Said { session_name: "a da", ..Said::default() },
            invalid("RoleSessionName in AuthnResponse must match [a-zA-Z_0-9+=,.@-]{2,64}"),
        ),
        (Said { roles: format!("{ROLE}x,{PROVIDER}"), ..Said::default() }, denied),
        (Said { roles: ROLE.into(), ..Said::default() }, denied),
    ] {
        let answer = said.sent_to(&mock, ROLE).await;
        assert_eq!(answer.error(), expected, "{}", answer.body);
    }
    let stranger = ROLE.replace("/ci", "/stranger");
    let said = Said { roles: format!("{stranger},{PROVIDER}"), ..Said::default() };
    assert_eq!(said.sent_to(&mock, &stranger).await.error(), denied);
}

#[tokio::test]
async fn a_role_that_does_not_trust_the_provider_is_refused() {
    let mut distrustful = config();
    distrustful.service.roles[0].trusts = vec!["123456789012".into()];
    let mock = Mock::new(distrustful, 1).unwrap();
    assert_eq!(Said::default().sent_to(&mock, ROLE).await.error().1, "AccessDenied");
}

#[tokio::test]
async fn signatures_need_not_be_checked() {
    let mut unchecked = config();
    unchecked.service.identities.signatures = Signatures::Unchecked;
    let mock = Mock::new(unchecked, 1).unwrap();
    let forged = Said { after: |xml| xml.replace(">ada@", ">eve@"), ..Said::default() };
    let granted = forged.sent_to(&mock, ROLE).await;
    assert!(granted.element("Arn").ends_with("/ci/eve@example.com"), "{}", granted.body);
}
