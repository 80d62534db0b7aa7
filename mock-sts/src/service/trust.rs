//! Which role, and whether its trust policy admits the token.

use crate::config::{Condition, IdpConfig, Operator, RoleConfig};
use crate::decision::Refusal;
use crate::ids::role_id;
use crate::request::WebIdentity;
use crate::session::{Principal, Session};

/// The index of the role with this ARN.
pub(super) fn find_role(roles: &[RoleConfig], arn: &str) -> Option<usize> {
    roles.iter().position(|role| role.arn == arn)
}

/// The role, if its trust policy admits the token. A missing role and a policy
/// that says no look the same to the caller (captured).
pub(super) fn admit(
    roles: &[RoleConfig],
    role: Option<usize>,
    token: &WebIdentity,
) -> Option<usize> {
    let role = role?;
    let trusted = &roles[role];
    let audience = token.audiences.iter().any(|audience| trusted.audiences.contains(audience));
    let conditions = trusted.conditions.iter().all(|condition| holds(condition, token));
    let subject = token.subject.as_deref().unwrap_or_default();
    let subject = trusted.subjects.iter().any(|pattern| string_like(pattern, subject));
    (audience && subject && conditions).then_some(role)
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
