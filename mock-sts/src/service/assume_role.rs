//! `AssumeRole`: a role for whoever it trusts.

use std::time::Duration;

use super::calls::Scene;
use super::policy;
use super::tags::Tags;
use super::trust::{find_role, trusts};
use super::validation::LONGEST_SESSION;
use crate::arn;
use crate::call_refusal::CallRefusal;
use crate::config::Mode;
use crate::decision::Refusal;
use crate::ids::role_id;
use crate::reply::{Ground, Reply};
use crate::session::{Principal, Session};

/// What STS grants when no duration is asked for.
pub(super) const DEFAULT_SESSION: Duration = Duration::from_secs(3600);
/// The longest a role may be assumed for by somebody in another role.
const CHAINED: Duration = Duration::from_secs(3600);

pub(super) fn assume_role(scene: &Scene<'_>, caller: &Session) -> Result<Reply, Refusal> {
    scene.mfa()?;
    let role_arn = scene.text("RoleArn");
    let most = admitted(scene, caller)
        .ok_or_else(|| scene.not_authorized(caller, role_arn))
        .map_err(Refusal::Call)?;
    let tags = Tags::of(scene.fields, Some(caller))?;
    let shape = policy::shape(scene.fields, &tags)?;
    let asked = scene.duration(DEFAULT_SESSION);
    // In this order (captured).
    if asked > most {
        return Err(Refusal::DurationExceedsRole);
    }
    if matches!(caller.principal, Principal::Role { .. }) && asked > CHAINED {
        return Err(CallRefusal::ChainedTooLong.into());
    }
    let source_identity = scene.fields.text("SourceIdentity").map(str::to_owned);
    let session = Session {
        source_identity: source_identity.or_else(|| caller.source_identity.clone()),
        tags: tags.into_session(),
        ..in_role(role_arn, scene.text("RoleSessionName"), scene.ends_unix(DEFAULT_SESSION))
    };
    Ok(scene.issue(session, shape, Ground::Keys))
}

/// A session in the role of this ARN, which is one.
pub(super) fn in_role(role_arn: &str, session: &str, expires_unix: u64) -> Session {
    let (account, name) = arn::role(role_arn).unwrap_or_default();
    let principal =
        Principal::Role { name: name.into(), id: role_id(role_arn), session: session.into() };
    Session::new(account, principal, expires_unix)
}

/// The longest session of the role, if the caller may assume it: the role
/// trusts the caller and its MFA, the external id is the agreed one, and a source identity
/// that was set before stays. Federated users call nothing but `GetCallerIdentity` (documented).
fn admitted(scene: &Scene<'_>, caller: &Session) -> Option<Duration> {
    let config = scene.config;
    if matches!(caller.principal, Principal::Federated { .. }) {
        return None;
    }
    let asked = scene.fields.text("SourceIdentity");
    if caller.source_identity.is_some()
        && asked.is_some()
        && caller.source_identity.as_deref() != asked
    {
        return None;
    }
    let role_arn = scene.text("RoleArn");
    let role = find_role(&config.roles, role_arn).map(|role| &config.roles[role]);
    match (role, config.identities.mode) {
        (Some(role), Mode::Permissive) => Some(role.max_session),
        (None, Mode::Permissive) => arn::role(role_arn).map(|_| LONGEST_SESSION),
        (Some(role), Mode::Strict) => {
            let agreed = role.external_id.as_deref();
            let agreed = agreed.is_none() || agreed == scene.fields.text("ExternalId");
            let trusted = agreed && trusts(role, caller, config.partition());
            let shown = scene.mfa_shown(caller);
            (trusted && shown.satisfies(&role.mfa, scene.now_unix)).then_some(role.max_session)
        }
        (None, Mode::Strict) => None,
    }
}
