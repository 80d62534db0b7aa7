//! `GetWebIdentityToken`: a token about the caller, for others than AWS.

use std::time::Duration;

use super::calls::Scene;
use super::tags::Tags;
use crate::call_refusal::CallRefusal;
use crate::config::Mode;
use crate::reply::{Algorithm, Reply, WebIdentityClaims};
use crate::session::{Principal, Session};

/// What STS grants when no duration is asked for.
const DEFAULT_LIFETIME: Duration = Duration::from_secs(300);
/// The room for tags, in bytes; how much there is in AWS is not public.
const ROOM: usize = 8192;

pub(super) fn get_web_identity_token(
    scene: &Scene<'_>,
    caller: &Session,
) -> Result<Reply, CallRefusal> {
    let identities = &scene.config.identities;
    if !identities.outbound_federation && identities.mode == Mode::Strict {
        return Err(CallRefusal::OutboundFederationDisabled);
    }
    let expires_unix = scene.ends_unix(DEFAULT_LIFETIME);
    if caller.is_temporary() && expires_unix > caller.expires_unix {
        return Err(CallRefusal::OutlivesSession);
    }
    let tags = Tags::of(scene.fields, None)?;
    if tags.requested_bytes() > ROOM {
        return Err(CallRefusal::PayloadTooLarge);
    }
    let algorithm = match scene.text("SigningAlgorithm") {
        "ES384" => Algorithm::Es384,
        _ => Algorithm::Rs256,
    };
    Ok(Reply::WebIdentity(WebIdentityClaims {
        subject: subject(caller, scene.config.partition()),
        account: caller.account.clone(),
        region: scene.region.to_owned(),
        audiences: scene.fields.texts("Audience").into_iter().map(str::to_owned).collect(),
        algorithm,
        issued_unix: scene.now_unix,
        expires_unix,
        session_expires_unix: caller.is_temporary().then_some(caller.expires_unix),
        tags: tags.into_session().into_iter().map(|tag| (tag.key, tag.value)).collect(),
    }))
}

/// The role, not the session in it: what a verifier trusts outlives sessions.
fn subject(caller: &Session, partition: &str) -> String {
    match &caller.principal {
        Principal::Role { name, .. } => {
            format!("arn:{partition}:iam::{}:role/{name}", caller.account)
        }
        _ => caller.arn(partition),
    }
}
