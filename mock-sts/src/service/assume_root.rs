//! `AssumeRoot`: the root of a member account, for one task.

use std::time::Duration;

use super::calls::Scene;
use super::policy;
use super::tags::Tags;
use crate::arn::is_account;
use crate::config::Mode;
use crate::decision::Refusal;
use crate::reply::{Ground, Reply};
use crate::session::{Principal, Session};

/// What STS grants when no duration is asked for.
const DEFAULT_SESSION: Duration = Duration::from_secs(900);

/// What root may be assumed for.
const TASKS: [&str; 5] = [
    "IAMAuditRootUserCredentials",
    "IAMCreateRootUserPassword",
    "IAMDeleteRootUserCredentials",
    "S3UnlockBucketPolicy",
    "SQSUnlockQueuePolicy",
];

pub(super) fn assume_root(scene: &Scene<'_>, caller: &Session) -> Result<Reply, Refusal> {
    let target = scene.text("TargetPrincipal");
    let account = if is_account(target) { Some(target) } else { account_of_root(target) };
    let partition = scene.config.partition();
    let resource = match account {
        Some(account) => format!("arn:{partition}:iam::{account}:root"),
        None => target.to_owned(),
    };
    let task = scene.text("TaskPolicyArn.arn");
    let is_task = task
        .strip_prefix(&format!("arn:{partition}:iam::aws:policy/root-task/"))
        .is_some_and(|name| TASKS.contains(&name));
    let identities = &scene.config.identities;
    let member = |account: &&str| {
        identities.mode == Mode::Permissive
            || identities.member_accounts.iter().any(|member| member == account)
    };
    let Some(account) = account.filter(member).filter(|_| is_task) else {
        return Err(scene.not_authorized(caller, &resource).into());
    };
    let session = Session {
        source_identity: caller.source_identity.clone(),
        ..Session::new(account, Principal::Root, scene.ends_unix(DEFAULT_SESSION))
    };
    let shape = policy::shape(scene.fields, &Tags::default())?;
    Ok(scene.issue(session, shape, Ground::Keys))
}

/// The account in `arn:aws:iam::ACCOUNT:root`.
fn account_of_root(arn: &str) -> Option<&str> {
    let (_, rest) = arn.split_once(":iam::")?;
    rest.strip_suffix(":root").filter(|account| is_account(account))
}
