//! Amazon Resource Names, as far as the mock reads them.

/// Account and name of a role's ARN, if it is one.
pub(crate) fn role(arn: &str) -> Option<(&str, &str)> {
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

/// Whether this is the ARN of a SAML provider.
pub(crate) fn is_saml_provider(arn: &str) -> bool {
    let parts: Vec<&str> = arn.splitn(6, ':').collect();
    let ["arn", partition, "iam", "", account, resource] = parts[..] else { return false };
    let name = resource.strip_prefix("saml-provider/").unwrap_or_default();
    let word = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
    let named = (1..=128).contains(&name.len()) && name.bytes().all(word);
    partition.starts_with("aws") && is_account(account) && named
}

/// Whether this is an account number: twelve digits.
pub(crate) fn is_account(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::role;

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
            assert_eq!(role(arn), parsed, "{arn}");
        }
    }
}
