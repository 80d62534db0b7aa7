//! What a call is made on: the job's token, or keys that it has already.

use std::future::Future;

use super::Tool;
use crate::record::{CallError, Credentials, GaveUp, Operation};
use crate::world::{Ask, CHAINED_SESSION_S, Reach, WebToken, World};

/// What a call is made on. Its type decides which operation is called, so that the one retry loop
/// costs a tool without keys nothing.
pub(super) trait Ground<W>: Copy {
    /// What STS is shown.
    type Proof;

    /// The operation that is called.
    const OPERATION: Operation;

    /// The longest session that may be asked for, in seconds.
    const LONGEST_S: u16 = u16::MAX;

    /// Whether an admission's delay comes before it: a job sleeps before its own role, and not again
    /// before each role that follows.
    const IS_FIRST: bool = true;

    /// What STS is to be shown now.
    fn proof(self, tool: &Tool<W>) -> impl Future<Output = Result<Self::Proof, GaveUp>>;

    /// Sends the call.
    fn send(
        world: &W,
        ask: &Ask<Self::Proof>,
    ) -> impl Future<Output = Result<Credentials, CallError>>;
}

/// The job's web identity token.
#[derive(Clone, Copy)]
pub(super) struct OwnToken;

impl<W: Reach> Ground<W> for OwnToken {
    type Proof = WebToken;

    const OPERATION: Operation = Operation::AssumeRoleWithWebIdentity;

    fn proof(self, tool: &Tool<W>) -> impl Future<Output = Result<WebToken, GaveUp>> {
        tool.token()
    }

    fn send(world: &W, ask: &Ask) -> impl Future<Output = Result<Credentials, CallError>> {
        world.assume_role(ask)
    }
}

/// The keys of another role.
#[derive(Clone, Copy)]
pub(super) struct Hub(pub(super) Credentials);

impl<W: World> Ground<W> for Hub {
    type Proof = Credentials;

    const OPERATION: Operation = Operation::AssumeRole;
    const LONGEST_S: u16 = CHAINED_SESSION_S;
    const IS_FIRST: bool = false;

    fn proof(self, _: &Tool<W>) -> impl Future<Output = Result<Credentials, GaveUp>> {
        std::future::ready(Ok(self.0))
    }

    fn send(
        world: &W,
        ask: &Ask<Credentials>,
    ) -> impl Future<Output = Result<Credentials, CallError>> {
        world.assume_next_role(ask)
    }
}
