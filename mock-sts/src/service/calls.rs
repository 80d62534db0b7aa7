//! The operations that are read by name: authentication, constraints, the rate
//! limit, then the operation itself.

use std::time::Duration;

use super::assume_role::assume_role;
use super::assume_root::assume_root;
use super::delegated::get_delegated_access_token;
use super::federation::get_federation_token;
use super::limits::Sharer;
use super::mfa::Shown;
use super::saml::assume_role_with_saml;
use super::session_token::get_session_token;
use super::web_identity::get_web_identity_token;
use super::{Service, constraints, trust};
use crate::action::{Action, Call, Opened};
use crate::call_refusal::CallRefusal;
use crate::clock::Instant;
use crate::config::ServiceConfig;
use crate::decision::{Refusal, Verdict};
use crate::fields::Fields;
use crate::reply::{Ground, Issue, Reply, Shape};
use crate::request::Caller;
use crate::session::Session;

/// Set in the serials of replies, so that they are none of a grant's.
const REPLIES: u64 = 1 << 63;

/// What an operation goes by.
pub(super) struct Scene<'a> {
    pub(super) config: &'a ServiceConfig,
    pub(super) now_unix: u64,
    pub(super) action: Action,
    pub(super) region: &'a str,
    pub(super) fields: &'a Fields<'a>,
    pub(super) opened: Option<&'a Opened>,
    mfa: Result<(), CallRefusal>,
    serial: u64,
}

impl Service {
    /// A signature is checked before the parameters, as AWS's common front does.
    pub(super) fn call(
        &mut self,
        now: Instant,
        from: Caller,
        call: &Call<'_>,
        waited: &mut Duration,
    ) -> Result<Verdict, Refusal> {
        let Call { action, region, fields, signed, opened } = call;
        let caller = match action.is_signed() {
            true => Some(self.authenticate(now, signed)?),
            false => None,
        };
        constraints::check(*action, fields)?;
        if action.issues_credentials() {
            trust::activated(&self.config, region)?;
        }
        let role = fields.text("RoleArn").and_then(|arn| trust::find_role(&self.config.roles, arn));
        let sharer = Sharer { role, issuer: "", source: from.source, region: from.region };
        let admitted = self.admit(now, &sharer);
        *waited += admitted.map_err(|limit| Refusal::Throttled { limit })?;
        let now_unix = self.unix(now);
        let mfa = match (action, caller) {
            (Action::AssumeRole | Action::GetSessionToken, Some(caller)) => {
                self.used_codes.check(&self.config, caller, fields, now_unix)
            }
            _ => Ok(()),
        };
        let scene = Scene {
            config: &self.config,
            now_unix,
            mfa,
            action: *action,
            region,
            fields,
            opened: *opened,
            serial: REPLIES | (self.ledger.answered() + 1),
        };
        let reply = match caller {
            Some(caller) => signed_operation(&scene, caller)?,
            None => assume_role_with_saml(&scene)?,
        };
        Ok(Verdict::Answered(Box::new(reply)))
    }
}

fn signed_operation(scene: &Scene<'_>, caller: &Session) -> Result<Reply, Refusal> {
    match scene.action {
        Action::AssumeRole => assume_role(scene, caller),
        Action::AssumeRoleWithSaml => assume_role_with_saml(scene),
        Action::AssumeRoot => assume_root(scene, caller),
        Action::DecodeAuthorizationMessage => Ok(decode(scene)?),
        Action::GetAccessKeyInfo => Ok(access_key_info(scene)?),
        Action::GetDelegatedAccessToken => get_delegated_access_token(scene, caller),
        Action::GetFederationToken => get_federation_token(scene, caller),
        Action::GetSessionToken => Ok(get_session_token(scene, caller)?),
        Action::GetWebIdentityToken => Ok(get_web_identity_token(scene, caller)?),
    }
}

impl Scene<'_> {
    /// The answer that hands out credentials.
    pub(super) fn issue(&self, session: Session, shape: Shape, on: Ground) -> Reply {
        Reply::Issued(Issue { session, serial: self.serial, shape, on })
    }

    /// A parameter that has passed its constraints; empty when it was not sent.
    pub(super) fn text(&self, name: &str) -> &str {
        self.fields.text(name).unwrap_or_default()
    }

    /// The end of a session of `DurationSeconds` that starts now.
    pub(super) fn ends_unix(&self, default: Duration) -> u64 {
        self.now_unix + self.duration(default).as_secs()
    }

    /// `DurationSeconds`, or what STS takes instead.
    pub(super) fn duration(&self, default: Duration) -> Duration {
        let asked = self.fields.number("DurationSeconds");
        asked.map_or(default, |seconds| Duration::from_secs(seconds.unsigned_abs()))
    }

    /// The refusal of a caller who may not have `resource`.
    pub(super) fn not_authorized(&self, caller: &Session, resource: &str) -> CallRefusal {
        CallRefusal::NotAuthorized {
            caller: caller.arn(self.config.partition()),
            action: self.action,
            resource: resource.to_owned(),
        }
    }

    /// Whether the caller's MFA code is right, if it sent one.
    pub(super) fn mfa(&self) -> Result<(), CallRefusal> {
        self.mfa.clone()
    }

    /// What the request tells of MFA, a right code in it among that.
    pub(super) fn mfa_shown(&self, caller: &Session) -> Shown {
        Shown::by(caller, self.fields.text("TokenCode").is_some(), self.now_unix)
    }

    /// Some operations are only for a user's own keys.
    pub(super) fn own_keys(&self, caller: &Session) -> Result<(), CallRefusal> {
        match caller.is_temporary() {
            true => Err(CallRefusal::SessionCredentials(self.action)),
            false => Ok(()),
        }
    }
}

fn decode(scene: &Scene<'_>) -> Result<Reply, CallRefusal> {
    match scene.opened {
        Some(Opened::Message(text)) => Ok(Reply::Decoded(text.clone())),
        _ => Err(CallRefusal::AuthorizationMessage),
    }
}

/// Every key is the account's own. STS reads the account out of the key, in a
/// way that is not public.
fn access_key_info(scene: &Scene<'_>) -> Result<Reply, CallRefusal> {
    let id = scene.text("AccessKeyId");
    if id.starts_with("AKIA") || id.starts_with("ASIA") {
        Ok(Reply::AccessKeyInfo { account: scene.config.account.clone() })
    } else {
        Err(CallRefusal::NoAccessKey)
    }
}
