//! `GetFederationToken`: credentials for a user that IAM does not know.

use super::calls::Scene;
use super::policy;
use super::session_token::DEFAULT_SESSION;
use super::tags::Tags;
use crate::decision::Refusal;
use crate::reply::{Ground, Reply};
use crate::session::{Principal, Session};

pub(super) fn get_federation_token(scene: &Scene<'_>, caller: &Session) -> Result<Reply, Refusal> {
    scene.own_keys(caller)?;
    let tags = Tags::of(scene.fields, None)?;
    let shape = policy::shape(scene.fields, &tags)?;
    let principal = Principal::Federated { name: scene.text("Name").to_owned() };
    let session = Session {
        tags: tags.into_session(),
        ..Session::new(&caller.account, principal, scene.ends_unix(DEFAULT_SESSION))
    };
    Ok(scene.issue(session, shape, Ground::Keys))
}
