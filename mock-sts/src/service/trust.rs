//! Which role, and whether its trust policy admits the token.

use std::time::Duration;

use super::validation::LONGEST_SESSION;
use crate::arn;
use crate::call_refusal::CallRefusal;
use crate::config::{Condition, IdpConfig, Mode, Operator, RoleConfig, ServiceConfig};
use crate::decision::Refusal;
use crate::ids::role_id;
use crate::request::WebIdentity;
use crate::session::{Principal, Session};

/// The index of the role with this ARN.
pub(super) fn find_role(roles: &[RoleConfig], arn: &str) -> Option<usize> {
    roles.iter().position(|role| role.arn == arn)
}

/// The longest session that the role allows, if the token's bearer may assume
/// it. A missing role and a trust policy that says no look the same to the
/// caller (captured).
pub(super) fn longest_session(
    config: &ServiceConfig,
    role: Option<usize>,
    role_arn: &str,
    token: &WebIdentity,
) -> Option<Duration> {
    let role = role.map(|role| &config.roles[role]);
    match (role, config.identities.mode) {
        (Some(role), Mode::Strict) => admits(role, token).then_some(role.max_session),
        (Some(role), Mode::Permissive) => Some(role.max_session),
        (None, Mode::Strict) => None,
        (None, Mode::Permissive) => arn::role(role_arn).map(|_| LONGEST_SESSION),
    }
}

fn admits(role: &RoleConfig, token: &WebIdentity) -> bool {
    let audience = token.audiences.iter().any(|audience| role.audiences.contains(audience));
    let subject = token.subject.as_deref().unwrap_or_default();
    let subject = role.subjects.iter().any(|pattern| string_like(pattern, subject));
    audience && subject && role.conditions.iter().all(|condition| holds(condition, token))
}

/// Whether STS is activated in this region.
pub(super) fn activated(config: &ServiceConfig, region: &str) -> Result<(), Refusal> {
    if config.identities.disabled_regions.iter().any(|disabled| disabled == region) {
        return Err(CallRefusal::RegionDisabled { account: config.account.clone() }.into());
    }
    Ok(())
}

/// Whether IAM trusts the certificate that the provider shows.
pub(super) fn certificate(idp: &IdpConfig) -> Result<(), Refusal> {
    let shown = idp.certificate_thumbprint.as_ref();
    match shown {
        Some(shown) if !idp.thumbprints.contains(shown) => Err(Refusal::Thumbprint),
        _ => Ok(()),
    }
}

/// Whether the role's trust policy names the caller: itself, its role or user,
/// its account or everybody. Trust in an account is taken to be enough, as if
/// each identity in it were allowed to assume every role.
pub(super) fn trusts(role: &RoleConfig, caller: &Session, partition: &str) -> bool {
    let account = &caller.account;
    let own = caller.arn(partition);
    let root = format!("arn:{partition}:iam::{account}:root");
    let in_role = |trusted: &str| match &caller.principal {
        Principal::Role { id, .. } => role_id(trusted) == *id,
        _ => false,
    };
    role.trusts.iter().any(|trusted| {
        trusted == "*"
            || trusted == account
            || *trusted == root
            || *trusted == own
            || in_role(trusted)
    })
}

/// Whether one of the condition's values matches one of the claim's: a claim of
/// several texts needs only one that does, and one that lacks has none.
fn holds(condition: &Condition, token: &WebIdentity) -> bool {
    let claimed = match &*condition.claim {
        "aud" => &*token.audiences,
        "sub" => token.subject.as_slice(),
        "iss" => std::slice::from_ref(&token.issuer),
        other => token.others.get(other).map_or(&[][..], Vec::as_slice),
    };
    let matches = |value: &String, text: &String| match condition.operator {
        Operator::StringEquals => value == text,
        Operator::StringLike => string_like(value, text),
    };
    condition.values.iter().any(|value| claimed.iter().any(|text| matches(value, text)))
}

/// IAM's `StringLike`: `*` matches any run of characters, `?` exactly one.
fn string_like(pattern: &str, text: &str) -> bool {
    let (pattern, text) = (pattern.as_bytes(), text.as_bytes());
    let (mut p, mut t) = (0, 0);
    // Where to go back to when a run matched too little: after its `*`, one further in the text.
    let mut run: Option<(usize, usize)> = None;
    while t < text.len() {
        if p < pattern.len() && pattern[p] == b'*' {
            run = Some((p + 1, t));
            p += 1;
            if p == pattern.len() {
                return true;
            }
        } else if p < pattern.len() && (pattern[p] == b'?' || pattern[p] == text[t]) {
            p += 1;
            t += 1;
        } else if let Some((after, matched)) = run {
            run = Some((after, matched + 1));
            p = after;
            t = matched + 1;
        } else {
            return false;
        }
    }
    pattern[p..].iter().all(|&rest| rest == b'*')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn string_like_is_iams() {
        let table = [
            ("repo:octo-org/*", "repo:octo-org/app:ref:refs/heads/main", true),
            ("repo:octo-org/*", "repo:octo-orgs/app", false),
            ("repo:*:environment:prod", "repo:a/b:environment:prod", true),
            ("repo:*:environment:prod", "repo:a/b:environment:production", false),
            ("r?po", "repo", true),
            ("r?po", "rpo", false),
            ("*", "", true),
            ("", "", true),
            ("", "x", false),
            ("*a*b*", "xxaxxbxx", true),
            ("*a*b*", "xxbxxaxx", false),
        ];
        for (pattern, text, expected) in table {
            assert_eq!(string_like(pattern, text), expected, "{pattern} against {text}");
        }
    }
}
