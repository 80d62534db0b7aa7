//! `AssumeRoleWithSAML`: a role for whoever a SAML provider of the account vouches for.
//! [`Mode::Permissive`] believes any assertion.

use aws_lc_rs::digest::{SHA1_FOR_LEGACY_USE_ONLY, digest};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::assume_role::{DEFAULT_SESSION, in_role};
use super::calls::Scene;
use super::policy;
use super::tags::Tags;
use super::trust::find_role;
use super::validation::{LONGEST_SESSION, is_session_name};
use crate::action::{Assertion, Opened};
use crate::arn;
use crate::call_refusal::CallRefusal;
use crate::config::{Mode, RoleConfig, Signatures};
use crate::decision::Refusal;
use crate::reply::{Ground, Reply};
use crate::saml_refusal::SamlRefusal;
use crate::session::Session;

/// How long an assertion may take from its issuer to STS (reported: the message says so).
const REDEEMED_IN_S: u64 = 300;
/// What ends the recipients that AWS documents: `https://`, a region and a dot where there is one, and this.
const RECIPIENTS: [&str; 3] =
    ["signin.aws.amazon.com/saml", "signin.amazonaws.cn/saml", "signin.amazonaws-us-gov.com/saml"];

pub(super) fn assume_role_with_saml(scene: &Scene<'_>) -> Result<Reply, Refusal> {
    let assertion = match scene.opened {
        Some(Opened::Assertion(assertion)) => assertion,
        Some(_) => return Err(CallRefusal::SamlIsNoResponse.into()),
        None => return Err(CallRefusal::SamlIsNotBase64.into()),
    };
    let role_arn = scene.text("RoleArn");
    let role = find_role(&scene.config.roles, role_arn).map(|role| &scene.config.roles[role]);
    let admitted = match scene.config.identities.mode {
        Mode::Permissive => arn::role(role_arn).is_some(),
        Mode::Strict => {
            believable(scene, assertion)?;
            role.is_some_and(|role| admits(role, scene, assertion))
        }
    };
    if !admitted {
        return Err(Refusal::AccessDeniedTo(scene.action));
    }
    let most = role.map_or(LONGEST_SESSION, |role| role.max_session);
    if scene.duration(DEFAULT_SESSION) > most {
        return Err(Refusal::DurationExceedsRole);
    }
    let shape = policy::shape(scene.fields, &Tags::default())?;
    let name = if assertion.session_name.is_empty() {
        &assertion.subject
    } else {
        &assertion.session_name
    };
    let session = Session {
        source_identity: assertion.source_identity.clone(),
        ..in_role(role_arn, name, scene.ends_unix(DEFAULT_SESSION))
    };
    let name_qualifier = qualifier(assertion, scene.text("PrincipalArn"));
    let on = Ground::Saml { assertion: Box::new(assertion.clone()), name_qualifier };
    Ok(scene.issue(session, shape, on))
}

/// Whether the provider that is named made this assertion, for AWS and not too long ago.
fn believable(scene: &Scene<'_>, assertion: &Assertion) -> Result<(), CallRefusal> {
    let identities = &scene.config.identities;
    let provider = identities.saml_provider(scene.text("PrincipalArn"));
    let provider = provider.ok_or(CallRefusal::NoSamlProvider)?;
    let issued = assertion.issued_unix.ok_or(CallRefusal::SamlIsNoResponse)?;
    let until =
        assertion.expires_unix.unwrap_or(u64::MAX).min(issued.saturating_add(REDEEMED_IN_S));
    let name = &assertion.session_name;
    let refusal = if !assertion.signed && identities.signatures == Signatures::Verified {
        SamlRefusal::Signature
    } else if assertion.issuer != provider.issuer {
        SamlRefusal::Issuer
    } else if scene.now_unix > until {
        SamlRefusal::TooLate
    } else if !assertion.audience.starts_with("https://")
        || !RECIPIENTS.iter().any(|end| assertion.audience.ends_with(end))
    {
        SamlRefusal::Audience
    } else if name.is_empty() {
        SamlRefusal::NoSessionName
    } else if !is_session_name(name) {
        SamlRefusal::SessionName
    } else {
        return Ok(());
    };
    Err(CallRefusal::Saml(refusal))
}

/// Whether the role trusts the provider, and the assertion pairs the two (in either order, documented).
fn admits(role: &RoleConfig, scene: &Scene<'_>, assertion: &Assertion) -> bool {
    let provider = scene.text("PrincipalArn");
    let pairs = |value: &String| match value.split_once(',') {
        Some((one, other)) => {
            let pair = [one.trim(), other.trim()];
            pair.contains(&&*role.arn) && pair.contains(&provider)
        }
        None => false,
    };
    role.trusts.iter().any(|trusted| trusted == provider) && assertion.roles.iter().any(pairs)
}

/// base64(SHA-1(issuer + account + "/" + the provider's name)), as documented.
fn qualifier(assertion: &Assertion, provider: &str) -> String {
    let account = provider.split(':').nth(4).unwrap_or_default();
    let name = provider.rsplit('/').next().unwrap_or_default();
    let text = format!("{}{account}/{name}", assertion.issuer);
    STANDARD.encode(digest(&SHA1_FOR_LEGACY_USE_ONLY, text.as_bytes()).as_ref())
}
