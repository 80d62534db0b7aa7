//! `roles`: who may assume what.

use std::collections::BTreeSet;
use std::ops::RangeInclusive;
use std::time::Duration;

use toml::Spanned;

use super::value::{is_account, names};
use crate::config::RoleConfig;
use crate::config::file::RoleFile;
use crate::config::problem::Problems;
use crate::config::unit::seconds_within;

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
    let max_session = match &file.max_session {
        Some(text) => seconds_within(text, &MAX_SESSION, problems),
        None => Some(DEFAULT_MAX_SESSION),
    };
    Some(RoleConfig {
        arn: file.arn.get_ref().clone(),
        name: name?,
        audiences: audiences?,
        subjects: subjects?,
        max_session: max_session?,
    })
}

/// The role's name, which ends its ARN.
fn arn_name(arn: &Spanned<String>, account: &str, problems: &mut Problems) -> Option<String> {
    let Some((owner, name)) = parse_arn(arn.get_ref()) else {
        problems
            .push(arn.span(), "this is not a role's ARN", "not of that form")
            .help(format!("write it like \"arn:aws:iam::{account}:role/ci\""));
        return None;
    };
    if owner != account {
        problems
            .push(
                arn.span(),
                format!("this role belongs to another account than `{account}`"),
                format!("account {owner}"),
            )
            .help("set `service.account` to the account of the roles");
        return None;
    }
    Some(name.into())
}

fn parse_arn(arn: &str) -> Option<(&str, &str)> {
    let mut parts = arn.splitn(6, ':');
    let (arn_word, partition, service) = (parts.next()?, parts.next()?, parts.next()?);
    let (region, account, resource) = (parts.next()?, parts.next()?, parts.next()?);
    let path = resource.strip_prefix("role/")?;
    let name = path.rsplit('/').next()?;
    let fine = arn_word == "arn"
        && partition.starts_with("aws")
        && service == "iam"
        && region.is_empty()
        && is_account(account)
        && arn.len() <= 2048
        && (1..=64).contains(&name.len())
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_+=,.@-".contains(&byte))
        && path.bytes().all(|byte| byte.is_ascii_graphic());
    fine.then_some((account, name))
}

#[cfg(test)]
mod tests {
    use super::parse_arn;

    #[test]
    fn an_arn_gives_its_account_and_name() {
        let table = [
            ("arn:aws:iam::123456789012:role/ci", Some(("123456789012", "ci"))),
            ("arn:aws-cn:iam::123456789012:role/a/b/ci", Some(("123456789012", "ci"))),
            ("arn:aws:iam::12345678901:role/ci", None),
            ("arn:aws:iam::123456789012:user/ci", None),
            ("arn:aws:iam::123456789012:role/", None),
            ("arn:aws:sts::123456789012:role/ci", None),
            ("arn:aws:iam::123456789012:role/c i", None),
            ("ci", None),
        ];
        for (arn, parsed) in table {
            assert_eq!(parse_arn(arn), parsed, "{arn}");
        }
    }
}
