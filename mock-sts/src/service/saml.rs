//! `AssumeRoleWithSAML`. There are no SAML providers in the account: only
//! [`Mode::Permissive`] believes an assertion, and it believes any.

use aws_lc_rs::digest::{SHA1_FOR_LEGACY_USE_ONLY, digest};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::assume_role::{DEFAULT_SESSION, in_role};
use super::calls::Scene;
use super::policy;
use super::tags::Tags;
use super::trust::find_role;
use super::validation::LONGEST_SESSION;
use crate::action::{Assertion, Opened};
use crate::arn;
use crate::call_refusal::CallRefusal;
use crate::config::Mode;
use crate::decision::Refusal;
use crate::reply::{Ground, Reply};
use crate::session::Session;

pub(super) fn assume_role_with_saml(scene: &Scene<'_>) -> Result<Reply, Refusal> {
    let assertion = match scene.opened {
        Some(Opened::Assertion(assertion)) => assertion,
        Some(_) => return Err(CallRefusal::SamlIsNoResponse.into()),
        None => return Err(CallRefusal::SamlIsNotBase64.into()),
    };
    let config = scene.config;
    if config.identities.mode == Mode::Strict {
        return Err(CallRefusal::NoSamlProvider.into());
    }
    let role_arn = scene.text("RoleArn");
    if arn::role(role_arn).is_none() {
        return Err(Refusal::AccessDeniedTo(scene.action));
    }
    let most = find_role(&config.roles, role_arn).map(|role| config.roles[role].max_session);
    if scene.duration(DEFAULT_SESSION) > most.unwrap_or(LONGEST_SESSION) {
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

/// base64(SHA-1(issuer + account + "/" + the provider's name)), as documented.
fn qualifier(assertion: &Assertion, provider: &str) -> String {
    let account = provider.split(':').nth(4).unwrap_or_default();
    let name = provider.rsplit('/').next().unwrap_or_default();
    let text = format!("{}{account}/{name}", assertion.issuer);
    STANDARD.encode(digest(&SHA1_FOR_LEGACY_USE_ONLY, text.as_bytes()).as_ref())
}
