//! Roles assumed with the keys of another: what a fleet keeps for it, and how it signs.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::time::Duration;

use hyper::HeaderMap;
use mock_sts::http::credentials::Credentials as Keys;
use mock_sts::http::signing::sign;

use super::answer::Granted;
use crate::record::{CallError, Credentials, Failure};
use crate::world::{Instant, next_role};

/// Sets of keys that are kept before expired ones are looked for.
const MANY: usize = 1024;

/// Keys are kept for so long after they expired: whoever signs with them until then is to hear of
/// it from STS.
const KEPT_FOR: Duration = Duration::from_secs(3600);

/// The keys of jobs, and the roles that their tools go on to.
#[derive(Debug)]
pub(super) struct Chain {
    roles: Vec<String>,
    /// By [`Credentials::serial`], with their expiry.
    held: RefCell<BTreeMap<u64, (Instant, Secret)>>,
    forget_at: Cell<usize>,
}

/// Keys that no debug text shows.
struct Secret(Keys);

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("…")
    }
}

impl Chain {
    /// Nothing held as yet. `roles` are the service's and not empty.
    pub(super) fn new(roles: Vec<String>) -> Self {
        Self { roles, held: RefCell::default(), forget_at: Cell::new(MANY) }
    }

    /// The role of a job's `tool`th tool.
    pub(super) fn role(&self, tool: u32) -> &str {
        next_role(&self.roles, tool)
    }

    /// Keeps the keys that a job was granted `now`.
    pub(super) fn keep(&self, now: Instant, credentials: Credentials, granted: Granted) {
        let mut held = self.held.borrow_mut();
        if held.len() >= self.forget_at.get() {
            held.retain(|_, (expires_at, _)| *expires_at + KEPT_FOR > now);
            self.forget_at.set(MANY.max(2 * held.len()));
        }
        let keys = Keys {
            access_key_id: granted.access_key_id,
            secret_access_key: granted.secret_access_key,
            session_token: granted.session_token,
        };
        held.insert(credentials.serial, (credentials.expires_at, Secret(keys)));
    }

    /// Signs a call to `region` with the keys of `hub`, at `now_unix` (seconds since 1970).
    ///
    /// # Errors
    /// When there are no such keys, or STS sent some that no signature can be made with: such a
    /// call is never sent.
    pub(super) fn sign(
        &self,
        headers: &mut HeaderMap,
        body: &[u8],
        hub: Credentials,
        region: &str,
        now_unix: u64,
    ) -> Result<(), CallError> {
        let unsent = |why: String| CallError::new(Failure::Unreachable, why);
        let held = self.held.borrow();
        let (_, keys) =
            held.get(&hub.serial).ok_or_else(|| unsent("the job's keys are gone".into()))?;
        sign(headers, body, &keys.0, region, now_unix)
            .map_err(|error| unsent(format!("the call cannot be signed: {error}")))
    }
}
