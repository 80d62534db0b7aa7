//! `GetSessionToken`: temporary credentials for the user itself.

use std::time::Duration;

use super::calls::Scene;
use super::policy;
use super::tags::Tags;
use crate::call_refusal::CallRefusal;
use crate::reply::{Ground, Reply};
use crate::session::Session;

/// What STS grants when no duration is asked for.
pub(super) const DEFAULT_SESSION: Duration = Duration::from_secs(43_200);

pub(super) fn get_session_token(scene: &Scene<'_>, caller: &Session) -> Result<Reply, CallRefusal> {
    scene.own_keys(caller)?;
    scene.mfa()?;
    let expires_unix = scene.ends_unix(DEFAULT_SESSION);
    let mfa_unix = scene.mfa_shown(caller).at_unix();
    let session = Session { expires_unix, mfa_unix, ..caller.clone() };
    let shape = policy::shape(scene.fields, &Tags::default())?;
    Ok(scene.issue(session, shape, Ground::Keys))
}
