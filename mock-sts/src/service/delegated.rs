//! `GetDelegatedAccessToken`: credentials for a token that somebody handed over.

use super::assume_role::{DEFAULT_SESSION, in_role};
use super::calls::Scene;
use crate::action::Opened;
use crate::call_refusal::CallRefusal;
use crate::decision::Refusal;
use crate::ids::user_id;
use crate::reply::{Ground, Reply, Shape};
use crate::session::{Principal, Session};

/// The role session name; what STS takes is not public.
const SESSION_NAME: &str = "delegated";

pub(super) fn get_delegated_access_token(
    scene: &Scene<'_>,
    caller: &Session,
) -> Result<Reply, Refusal> {
    let Some(Opened::TradeIn { principal, expires_unix }) = scene.opened else {
        return Err(scene.not_authorized(caller, "*").into());
    };
    if scene.now_unix >= *expires_unix {
        return Err(CallRefusal::ExpiredTradeInToken.into());
    }
    let ends = scene.now_unix + DEFAULT_SESSION.as_secs();
    let session = match principal.split_once(":user/") {
        Some((before, path)) => {
            let account = before.rsplit(':').next().unwrap_or_default();
            let name = path.rsplit('/').next().unwrap_or_default().to_owned();
            Session::new(account, Principal::User { name, id: user_id(principal) }, ends)
        }
        None => in_role(principal, SESSION_NAME, ends),
    };
    let on = Ground::TradeIn { principal: principal.clone() };
    Ok(scene.issue(session, Shape::default(), on))
}
