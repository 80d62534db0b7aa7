//! Users, accounts and trust: everybody a file names.

use std::collections::BTreeSet;

use data_encoding::BASE32_NOPAD;

use super::value::{Setter, names};
use crate::arn::{self, is_account};
use crate::config::file::ServiceFile;
use crate::config::file::identity::{ConditionsFile, MfaFile, ModeFile, SignaturesFile, UserFile};
use crate::config::identity::{
    Condition, Identities, MfaConditions, MfaDevice, Mode, Operator, Signatures, UserConfig,
};
use crate::config::problem::Problems;
use crate::config::spanned::Spanned;
use crate::config::unit::count;

/// The longest session of a user, in seconds: no code was shown longer ago.
const OLDEST_MFA_S: i64 = 129_600;
/// The bytes that RFC 4226 demands of a shared secret.
const SHORTEST_SECRET: usize = 16;

pub(super) fn apply(file: &ServiceFile, config: &mut Identities, set: &mut Setter<'_>) {
    let users = file.users.as_deref();
    set.checked("users", users, &mut config.users, checked_users);
    let providers = file.saml_providers.as_deref();
    set.checked("saml-providers", providers, &mut config.saml_providers, super::saml::providers);
    let mode = file.mode.map(|mode| match mode {
        ModeFile::Strict => Mode::Strict,
        ModeFile::Permissive => Mode::Permissive,
    });
    set.plain("mode", mode, &mut config.mode);
    let signatures = file.signatures.map(|signatures| match signatures {
        SignaturesFile::Verified => Signatures::Verified,
        SignaturesFile::Unchecked => Signatures::Unchecked,
    });
    set.plain("signatures", signatures, &mut config.signatures);
    let members = file.member_accounts.as_deref();
    set.checked("member-accounts", members, &mut config.member_accounts, accounts);
    let disabled = file.disabled_regions.as_deref();
    set.checked("disabled-regions", disabled, &mut config.disabled_regions, regions);
    set.plain("outbound-federation", file.outbound_federation, &mut config.outbound_federation);
}

fn checked_users(files: &[UserFile], problems: &mut Problems) -> Option<Vec<UserConfig>> {
    let mut seen = BTreeSet::new();
    let mut fine = true;
    for user in files {
        let devices = user.mfa.iter().map(|device| ("MFA device", &device.serial));
        let own = [("user", &user.name), ("access key", &user.access_key_id)];
        for (word, text) in own.into_iter().chain(devices) {
            if !seen.insert((word, text.get_ref())) {
                let message = format!("the {word} {text} is there twice");
                problems.push(text.span(), message, "already defined");
                fine = false;
            }
        }
    }
    let users: Vec<_> = files.iter().map(|file| user(file, problems)).collect();
    let users: Option<Vec<_>> = users.into_iter().collect();
    users.filter(|_| fine)
}

fn user(file: &UserFile, problems: &mut Problems) -> Option<UserConfig> {
    let word = |byte: u8| byte.is_ascii_alphanumeric() || b"_+=,.@-".contains(&byte);
    let name = file.name.get_ref();
    let name_is_fine = (1..=64).contains(&name.len()) && name.bytes().all(word);
    if !name_is_fine {
        problems
            .push(file.name.span(), "this is not a user's name", "expected 1 to 64 characters")
            .help("IAM takes letters, digits and _+=,.@-");
    }
    let id = file.access_key_id.get_ref();
    let id_is_fine = id.len() == 20
        && id.starts_with("AKIA")
        && id.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit());
    if !id_is_fine {
        problems
            .push(file.access_key_id.span(), "this is not a user's access key", "not of that form")
            .help("write it like \"AKIAIOSFODNN7EXAMPLE\"; use none that is real");
    }
    let secret = file.secret_access_key.get_ref();
    let secret_is_fine = secret.len() == 40
        && secret.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+/".contains(&byte));
    if !secret_is_fine {
        problems
            .push(
                file.secret_access_key.span(),
                "this is not a secret access key",
                "not of that form",
            )
            .help("it has 40 letters, digits, + and /; use none that is real");
    }
    let mfa: Vec<_> = file.mfa.iter().map(|device| mfa(device, problems)).collect();
    let mfa: Vec<MfaDevice> = mfa.into_iter().collect::<Option<_>>()?;
    (name_is_fine && id_is_fine && secret_is_fine).then(|| UserConfig {
        name: name.clone(),
        access_key_id: id.clone(),
        secret_access_key: secret.clone(),
        mfa,
    })
}

fn mfa(file: &MfaFile, problems: &mut Problems) -> Option<MfaDevice> {
    let serial = file.serial.get_ref();
    let word = |byte: u8| byte.is_ascii_alphanumeric() || b"_+=/:,.@-".contains(&byte);
    let serial_is_fine = (9..=256).contains(&serial.len()) && serial.bytes().all(word);
    if !serial_is_fine {
        problems
            .push(file.serial.span(), "this is not the serial number of an MFA device", "not of that form")
            .help("write it like \"arn:aws:iam::123456789012:mfa/ada\"; STS takes 9 to 256 characters");
    }
    let secret = BASE32_NOPAD.decode(file.secret.get_ref().as_bytes()).ok();
    let secret = secret.filter(|secret| secret.len() >= SHORTEST_SECRET);
    if secret.is_none() {
        problems
            .push(file.secret.span(), "this is not the secret of an MFA device", "not of that form")
            .help("it is base32, at least 26 of A to Z and 2 to 7 without padding; use none that is real");
    }
    secret.filter(|_| serial_is_fine).map(|secret| MfaDevice { serial: serial.clone(), secret })
}

fn accounts(list: &[Spanned<String>], problems: &mut Problems) -> Option<Vec<String>> {
    let accounts: Vec<_> = list.iter().map(|text| super::value::account(text, problems)).collect();
    accounts.into_iter().collect()
}

fn regions(list: &[Spanned<String>], problems: &mut Problems) -> Option<Vec<String>> {
    let regions: Vec<_> = list.iter().map(|text| super::value::region(text, problems)).collect();
    regions.into_iter().collect()
}

/// The conditions in the order of their claims; equality first.
pub(super) fn conditions(file: &ConditionsFile, problems: &mut Problems) -> Option<Vec<Condition>> {
    let equals = file.string_equals.iter().map(|entry| (Operator::StringEquals, entry));
    let like = file.string_like.iter().map(|entry| (Operator::StringLike, entry));
    let mut conditions = Some(Vec::new());
    for (operator, (claim, values)) in equals.chain(like) {
        match names(values, &format!("values of `{claim}`"), problems) {
            Some(values) => {
                let condition = Condition { operator, claim: claim.clone(), values };
                conditions = conditions.map(|mut all: Vec<Condition>| {
                    all.push(condition);
                    all
                });
            }
            None => conditions = None,
        }
    }
    conditions
}

/// What is demanded of MFA.
pub(super) fn mfa_conditions(
    file: &ConditionsFile,
    problems: &mut Problems,
) -> Option<MfaConditions> {
    let younger_than_s = match &file.numeric_less_than {
        Some(file) => Some(count(&file.age, &(1..=OLDEST_MFA_S), problems)?),
        None => None,
    };
    Some(MfaConditions {
        present: file.bool.as_ref().map(|file| file.present),
        present_if_exists: file.bool_if_exists.as_ref().map(|file| file.present),
        younger_than_s,
    })
}

/// Principals as trust policies name them.
pub(super) fn principals(list: &[Spanned<String>], problems: &mut Problems) -> Option<Vec<String>> {
    let mut fine = true;
    for principal in list {
        if !is_principal(principal.get_ref()) {
            problems
                .push(principal.span(), "this is nobody a role can trust", "not of that form")
                .help(
                    "name an account (\"123456789012\"), its root, a role, a user, an assumed \
                     role or a SAML provider by its ARN, or everybody (\"*\")",
                );
            fine = false;
        }
    }
    fine.then(|| list.iter().map(|principal| principal.get_ref().clone()).collect())
}

fn is_principal(text: &str) -> bool {
    let parts: Vec<&str> = text.splitn(6, ':').collect();
    match parts[..] {
        _ if arn::is_saml_provider(text) => true,
        ["arn", partition, "iam" | "sts", "", account, resource] => {
            let named = ["role/", "user/", "assumed-role/", "federated-user/"]
                .iter()
                .any(|kind| resource.strip_prefix(kind).is_some_and(|name| !name.is_empty()));
            partition.starts_with("aws") && is_account(account) && (named || resource == "root")
        }
        _ => text == "*" || is_account(text),
    }
}

/// Up to five SHA-1 thumbprints, lowercase.
pub(super) fn thumbprints(
    list: &[Spanned<String>],
    problems: &mut Problems,
) -> Option<Vec<String>> {
    if let Some(sixth) = list.get(5) {
        problems.push(sixth.span(), "a provider has five thumbprints at the most", "one too many");
        return None;
    }
    let thumbprints: Vec<_> = list.iter().map(|text| thumbprint(text, problems)).collect();
    thumbprints.into_iter().collect()
}

/// The SHA-1 of a certificate in hex, lowercase.
pub(super) fn thumbprint(text: &Spanned<String>, problems: &mut Problems) -> Option<String> {
    let hex = text.get_ref().bytes().all(|byte| byte.is_ascii_hexdigit());
    if !hex || text.get_ref().len() != 40 {
        problems
            .push(text.span(), "this is not a thumbprint", "expected 40 hex digits")
            .help("IAM takes the SHA-1 of the certificate, without colons");
        return None;
    }
    Some(text.get_ref().to_ascii_lowercase())
}
