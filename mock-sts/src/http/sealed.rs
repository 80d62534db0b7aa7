//! Texts that travel with a seal: anybody can read them, nobody can make them.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::credentials::Secret;
use crate::action::{Action, Opened};
use crate::config::Identities;
use crate::fields::Fields;

const MESSAGE: &str = "authorization-message";
const TRADE_IN: &str = "trade-in-token";
const TAG_BYTES: usize = 32;

/// An `EncodedMessage`.
pub(super) fn message(secret: &Secret, json: &str) -> String {
    seal(secret, MESSAGE, json)
}

/// A `TradeInToken`.
pub(super) fn trade_in(secret: &Secret, principal: &str, expires_unix: u64) -> String {
    seal(secret, TRADE_IN, &format!("{expires_unix} {principal}"))
}

/// What is in the sealed parameter of a call.
pub(super) fn open(
    secret: &Secret,
    identities: &Identities,
    action: Action,
    fields: &Fields<'_>,
) -> Option<Opened> {
    match action {
        Action::DecodeAuthorizationMessage => {
            unseal(secret, MESSAGE, fields.text("EncodedMessage")?).map(Opened::Message)
        }
        Action::GetDelegatedAccessToken => {
            let text = unseal(secret, TRADE_IN, fields.text("TradeInToken")?)?;
            let (expires, principal) = text.split_once(' ')?;
            let expires_unix = expires.parse().ok()?;
            Some(Opened::TradeIn { principal: principal.into(), expires_unix })
        }
        Action::AssumeRoleWithSaml => {
            let arn = fields.text("PrincipalArn").unwrap_or_default();
            let keys = identities.saml_provider(arn).map_or(&[][..], |provider| &provider.keys);
            super::saml::open(fields.text("SAMLAssertion")?, keys)
        }
        _ => None,
    }
}

fn seal(secret: &Secret, label: &str, text: &str) -> String {
    let mut bytes = text.as_bytes().to_vec();
    bytes.extend_from_slice(secret.derive(label, text.as_bytes()).as_ref());
    URL_SAFE_NO_PAD.encode(bytes)
}

fn unseal(secret: &Secret, label: &str, sealed: &str) -> Option<String> {
    let bytes = URL_SAFE_NO_PAD.decode(sealed).ok()?;
    let (text, tag) = bytes.split_at_checked(bytes.len().checked_sub(TAG_BYTES)?)?;
    secret.verify(label, text, tag)?;
    String::from_utf8(text.to_vec()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_was_sealed_for_it_is_opened() {
        let (secret, other) = (Secret::from_bytes(&[1; 32]), Secret::from_bytes(&[2; 32]));
        let sealed = message(&secret, "{}");
        assert_eq!(unseal(&secret, MESSAGE, &sealed).as_deref(), Some("{}"));
        assert_eq!(unseal(&secret, TRADE_IN, &sealed), None);
        assert_eq!(unseal(&other, MESSAGE, &sealed), None);
        assert_eq!(unseal(&secret, MESSAGE, "e30"), None);
        assert_eq!(unseal(&secret, MESSAGE, "!"), None);
    }
}
