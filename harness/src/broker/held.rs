//! One role's credentials, as they are handed out.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use serde::Serialize;
use tokio::sync::Notify;

/// Credentials as STS granted them. Their `Debug` shows no secret.
#[derive(Clone)]
pub(super) struct Keys {
    pub(super) access_key_id: String,
    pub(super) secret_access_key: String,
    pub(super) session_token: String,
    /// In seconds since 1970.
    pub(super) expires_unix: i64,
}

/// What a container-credentials endpoint answers.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Answer<'a> {
    role_arn: &'a str,
    access_key_id: &'a str,
    secret_access_key: &'a str,
    token: &'a str,
    expiration: String,
}

/// Why nothing can be handed out, as such an endpoint says it.
#[derive(Serialize)]
struct Refusal<'a> {
    code: &'a str,
    message: &'a str,
}

/// One role's credentials, or why there are none.
pub(super) struct Held {
    pub(super) role: String,
    state: Mutex<State>,
    /// Told when there is something to say for the first time.
    changed: Notify,
}

#[derive(Default)]
struct State {
    /// The answer, ready to be sent, and when it expires.
    answer: Option<(Bytes, i64)>,
    /// The last failure, if nothing was granted since.
    failure: Option<String>,
}

impl Held {
    pub(super) fn new(role: &str) -> Self {
        Self { role: role.into(), state: Mutex::default(), changed: Notify::new() }
    }

    /// Hands these out from now on.
    pub(super) fn hold(&self, keys: &Keys) {
        let expiration = jiff::Timestamp::from_second(keys.expires_unix).unwrap_or_default();
        let answer = Answer {
            role_arn: &self.role,
            access_key_id: &keys.access_key_id,
            secret_access_key: &keys.secret_access_key,
            token: &keys.session_token,
            expiration: expiration.to_string(),
        };
        let answer = serde_json::to_vec(&answer).unwrap_or_default();
        *self.state() = State { answer: Some((answer.into(), keys.expires_unix)), failure: None };
        self.changed.notify_waiters();
    }

    /// Says why there is nothing new; what is held stays.
    pub(super) fn failed(&self, why: &str) {
        self.state().failure = Some(why.to_owned());
        self.changed.notify_waiters();
    }

    /// The answer to a client, if what is held has not expired.
    pub(super) fn answer(&self) -> Option<Bytes> {
        let state = self.state();
        let (answer, expires) = state.answer.as_ref()?;
        (now_unix() < *expires).then(|| answer.clone())
    }

    /// What a client is told who gets none.
    pub(super) fn refusal(&self) -> Bytes {
        let state = self.state();
        let message = match &state.failure {
            Some(why) => why.as_str(),
            None => "no credentials yet: the first call to STS is under way",
        };
        let refusal = Refusal { code: "CredentialsUnavailable", message };
        serde_json::to_vec(&refusal).unwrap_or_default().into()
    }

    /// Whether anything was heard of STS yet.
    pub(super) fn is_silent(&self) -> bool {
        let state = self.state();
        state.answer.is_none() && state.failure.is_none()
    }

    /// Waits until something was heard, for no longer than `patience`.
    pub(super) async fn heard(&self, patience: Duration) {
        #[expect(clippy::disallowed_methods, reason = "clients wait in real time")]
        let late = tokio::time::sleep(patience);
        let heard = async {
            loop {
                let changed = self.changed.notified();
                if !self.is_silent() {
                    break;
                }
                changed.await;
            }
        };
        let _ = crate::world::race(heard, late).await;
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Seconds since 1970 by the system's clock.
#[expect(clippy::disallowed_methods, reason = "credentials expire by the system's clock")]
pub(super) fn now_unix() -> i64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(now.as_secs()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(expires_unix: i64) -> Keys {
        Keys {
            access_key_id: "ASIAEXAMPLE".into(),
            secret_access_key: "secret".into(),
            session_token: "token".into(),
            expires_unix,
        }
    }

    #[test]
    fn what_is_valid_outlives_a_failure_and_what_has_expired_is_never_handed_out() {
        let held = Held::new("arn:aws:iam::123456789012:role/ci");
        assert!(held.is_silent());
        assert_eq!(held.answer(), None);
        held.hold(&keys(now_unix() + 100));
        held.failed("Throttling: Rate exceeded");
        let answer: serde_json::Value = serde_json::from_slice(&held.answer().unwrap()).unwrap();
        assert_eq!(answer["AccessKeyId"], "ASIAEXAMPLE");
        assert_eq!(answer["RoleArn"], "arn:aws:iam::123456789012:role/ci");
        held.hold(&keys(now_unix()));
        held.failed("Throttling: Rate exceeded");
        assert_eq!(held.answer(), None);
        let refusal: serde_json::Value = serde_json::from_slice(&held.refusal()).unwrap();
        assert_eq!(refusal["message"], "Throttling: Rate exceeded");
    }
}
