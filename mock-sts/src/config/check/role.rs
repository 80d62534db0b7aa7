//! `roles`: who may assume what.

use std::collections::BTreeSet;
use std::ops::RangeInclusive;
use std::time::Duration;

use crate::config::spanned::Spanned;

use super::identity::{conditions, mfa_conditions, principals};
use super::value::names;
use crate::arn;
use crate::config::file::RoleFile;
use crate::config::problem::Problems;
use crate::config::unit::seconds_within;
use crate::config::{MfaConditions, RoleConfig};

/// What IAM allows as `MaxSessionDuration`.
const MAX_SESSION: RangeInclusive<Duration> =
    Duration::from_secs(3_600)..=Duration::from_secs(43_200);

/// What IAM sets when nobody says otherwise.
const DEFAULT_MAX_SESSION: Duration = Duration::from_secs(3_600);

pub(super) fn roles(
    files: &Spanned<Vec<RoleFile>>,
    account: &str,
    problems: &mut Problems,
) -> Option<Vec<RoleConfig>> {
    if files.get_ref().is_empty() {
        problems
            .push(files.span(), "there must be a role to assume", "no roles")
            .help("leave `roles` out to keep the profile's");
        return None;
    }
    let mut seen = BTreeSet::new();
    let mut fine = true;
    for file in files.get_ref() {
        if !seen.insert(file.arn.get_ref()) {
            problems.push(
                file.arn.span(),
                format!("the role {} is there twice", file.arn),
                "already defined",
            );
            fine = false;
        }
    }
    let checked: Vec<_> =
        files.get_ref().iter().map(|file| role(file, account, problems)).collect();
    let roles: Option<Vec<_>> = checked.into_iter().collect();
    roles.filter(|_| fine)
}

fn role(file: &RoleFile, account: &str, problems: &mut Problems) -> Option<RoleConfig> {
    let name = arn_name(&file.arn, account, problems);
    let audiences = match &file.audiences {
        Some(list) => names(list, "audiences", problems),
        None => Some(vec!["sts.amazonaws.com".into()]),
    };
    let subjects = match &file.subjects {
        Some(list) => names(list, "subjects", problems),
        None => Some(vec!["*".into()]),
    };
    let conditions = match &file.conditions {
        Some(file) => conditions(file, problems),
        None => Some(Vec::new()),
    };
    let mfa = match &file.conditions {
        Some(file) => mfa_conditions(file, problems),
        None => Some(MfaConditions::default()),
    };
    let trusts = match &file.trusts {
        Some(list) => principals(list, problems),
        None => Some(Vec::new()),
    };
    let external_id = match &file.external_id {
        Some(text) => external_id(text, problems).map(Some),
        None => Some(None),
    };
    let max_session = match &file.max_session {
        Some(text) => seconds_within(text, &MAX_SESSION, problems),
        None => Some(DEFAULT_MAX_SESSION),
    };
    Some(RoleConfig {
        arn: file.arn.get_ref().clone(),
        name: name?,
        audiences: audiences?,
        subjects: subjects?,
        conditions: conditions?,
        mfa: mfa?,
        trusts: trusts?,
        external_id: external_id?,
        max_session: max_session?,
    })
}

/// What `AssumeRole` takes as an `ExternalId`.
fn external_id(text: &Spanned<String>, problems: &mut Problems) -> Option<String> {
    let id = text.get_ref();
    let of = |byte: u8| byte.is_ascii_alphanumeric() || b"_+=,.@:/-".contains(&byte);
    let fine = (2..=1224).contains(&id.len()) && id.bytes().all(of);
    if !fine {
        problems
            .push(text.span(), "this is not an external id", "expected 2 to 1224 characters")
            .help("STS takes letters, digits and _+=,.@:/-");
    }
    fine.then(|| id.clone())
}

/// The role's name, which ends its ARN.
fn arn_name(text: &Spanned<String>, account: &str, problems: &mut Problems) -> Option<String> {
    let Some((owner, name)) = arn::role(text.get_ref()) else {
        problems
            .push(text.span(), "this is not a role's ARN", "not of that form")
            .help(format!("write it like \"arn:aws:iam::{account}:role/ci\""));
        return None;
    };
    if owner != account {
        problems
            .push(
                text.span(),
                format!("this role belongs to another account than `{account}`"),
                format!("account {owner}"),
            )
            .help("set `service.account` to the account of the roles");
        return None;
    }
    Some(name.into())
}
