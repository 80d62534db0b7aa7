//! Whom a set of credentials speaks for.

/// The `expires_unix` of credentials that never expire: a user's own keys.
pub const NEVER: u64 = u64::MAX;

/// Who a set of credentials speaks for, as its session token or the
/// configuration says.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Session {
    /// Twelve digits.
    pub account: String,
    /// Who in that account.
    pub principal: Principal,
    /// When the credentials expire, in seconds since 1970; [`NEVER`] for a
    /// user's own keys.
    pub expires_unix: u64,
    /// `SourceIdentity`, which stays for as long as roles are chained.
    pub source_identity: Option<String>,
    /// The session's tags.
    pub tags: Vec<Tag>,
    /// When a code of an MFA device was shown for it, in seconds since 1970. Only
    /// `GetSessionToken` hands that on: a role's and a federated user's session have none
    /// (documented).
    pub mfa_unix: Option<u64>,
}

/// Who in an account holds credentials.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Principal {
    /// Somebody in a role.
    Role {
        /// Without its path.
        name: String,
        /// `AROA…`, 21 characters.
        id: String,
        /// The role session name.
        session: String,
    },
    /// An IAM user, by its own keys or by `GetSessionToken`.
    User {
        /// Without its path.
        name: String,
        /// `AIDA…`, 21 characters.
        id: String,
    },
    /// A federated user of `GetFederationToken`.
    Federated {
        /// The name that was asked for.
        name: String,
    },
    /// The account's root, by `AssumeRoot`.
    Root,
}

/// A session tag.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Tag {
    /// 1 to 128 characters; unique without regard to case.
    pub key: String,
    /// 0 to 256 characters.
    pub value: String,
    /// Whether it stays when the next role is assumed.
    pub transitive: bool,
}

impl Session {
    /// A session of `principal` without tags.
    #[must_use]
    pub fn new(account: &str, principal: Principal, expires_unix: u64) -> Self {
        let account = account.to_owned();
        Self {
            account,
            principal,
            expires_unix,
            source_identity: None,
            tags: Vec::new(),
            mfa_unix: None,
        }
    }

    /// Whether the credentials are a session's, not a user's own.
    #[must_use]
    pub const fn is_temporary(&self) -> bool {
        self.expires_unix != NEVER
    }

    /// The ARN as `GetCallerIdentity` answers it; a role's path is not part of
    /// it. The form of [`Principal::Root`] is assumed.
    #[must_use]
    pub fn arn(&self, partition: &str) -> String {
        let account = &self.account;
        match &self.principal {
            Principal::Role { name, session, .. } => {
                format!("arn:{partition}:sts::{account}:assumed-role/{name}/{session}")
            }
            Principal::User { name, .. } => format!("arn:{partition}:iam::{account}:user/{name}"),
            Principal::Federated { name } => {
                format!("arn:{partition}:sts::{account}:federated-user/{name}")
            }
            Principal::Root => format!("arn:{partition}:iam::{account}:root"),
        }
    }

    /// `UserId`: `AROA…:session`, `AIDA…`, `account:name` or the account.
    #[must_use]
    pub fn user_id(&self) -> String {
        match &self.principal {
            Principal::Role { id, session, .. } => format!("{id}:{session}"),
            Principal::User { id, .. } => id.clone(),
            Principal::Federated { name } => format!("{}:{name}", self.account),
            Principal::Root => self.account.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_principal_goes_by_its_arn_and_its_id() {
        let table = [
            (
                Principal::Role { name: "ci".into(), id: "AROAX".into(), session: "job".into() },
                "arn:aws:sts::123456789012:assumed-role/ci/job",
                "AROAX:job",
            ),
            (
                Principal::User { name: "ada".into(), id: "AIDAX".into() },
                "arn:aws:iam::123456789012:user/ada",
                "AIDAX",
            ),
            (
                Principal::Federated { name: "bob".into() },
                "arn:aws:sts::123456789012:federated-user/bob",
                "123456789012:bob",
            ),
            (Principal::Root, "arn:aws:iam::123456789012:root", "123456789012"),
        ];
        for (principal, arn, id) in table {
            let session = Session::new("123456789012", principal, NEVER);
            assert_eq!((&*session.arn("aws"), &*session.user_id()), (arn, id));
        }
    }
}
