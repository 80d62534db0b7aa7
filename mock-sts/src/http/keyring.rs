//! The keys a signature may be made with.

use super::credentials::{Secret, open, user_id};
use crate::config::{Signatures, UserConfig};
use crate::session::{NEVER, Principal, Session};

/// The users' static keys, and what issued credentials are derived from.
#[derive(Clone, Copy, Debug)]
pub struct Keyring<'a> {
    /// What issued credentials are derived from.
    pub secret: &'a Secret,
    /// The users with static keys.
    pub users: &'a [UserConfig],
    /// Their account.
    pub account: &'a str,
    /// Whether signatures are checked.
    pub signatures: Signatures,
}

/// The user that unknown keys are taken for when signatures are not checked.
const UNCHECKED: &str = "unchecked";

impl Keyring<'_> {
    /// Whom an access key speaks for, and its secret.
    #[must_use]
    pub fn find(&self, access_key_id: &str, session_token: &str) -> Option<(Session, String)> {
        let found = if session_token.is_empty() {
            let user = self.users.iter().find(|user| user.access_key_id == access_key_id);
            user.map(|user| (self.session_of(&user.name), user.secret_access_key.clone()))
        } else {
            open(self.secret, access_key_id, session_token)
        };
        match (found, self.signatures) {
            (None, Signatures::Unchecked) => Some((self.session_of(UNCHECKED), String::new())),
            (found, _) => found,
        }
    }

    fn session_of(&self, name: &str) -> Session {
        let id = user_id(&format!("arn:aws:iam::{}:user/{name}", self.account));
        Session::new(self.account, Principal::User { name: name.into(), id }, NEVER)
    }
}
