//! Issued credentials without a table of them: everything that has to be known
//! later is in the session token, authenticated under a secret of the process.

use aws_lc_rs::error::Unspecified;
use aws_lc_rs::hmac;
use aws_lc_rs::rand::{SecureRandom as _, SystemRandom};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::dice::{Dice, Purpose};
use crate::ids::base32;
pub use crate::ids::{role_id, user_id};
use crate::session::{Principal, Session, Tag};

/// What the credentials of one process are derived from and authenticated under.
#[derive(Debug)]
pub struct Secret {
    key: hmac::Key,
    /// What access key ids are drawn from. They are no secret; that they were
    /// handed out is known by the session token beside them.
    ids: u64,
}

/// One set of temporary credentials, as they are handed out.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Credentials {
    /// `ASIA` and 16 of `A-Z2-7`.
    pub access_key_id: String,
    /// 40 of `A-Za-z0-9+/`.
    pub secret_access_key: String,
    /// Base64, at least 300 characters.
    pub session_token: String,
}

impl Secret {
    /// A secret nobody knows.
    ///
    /// # Errors
    /// When the system has no randomness.
    pub fn random() -> Result<Self, Unspecified> {
        let mut bytes = [0; 32];
        SystemRandom::new().fill(&mut bytes)?;
        Ok(Self::from_bytes(&bytes))
    }

    /// The secret made of these bytes.
    #[must_use]
    pub fn from_bytes(bytes: &[u8; 32]) -> Self {
        let key = hmac::Key::new(hmac::HMAC_SHA256, bytes);
        let ids = hmac::sign(&key, b"access-key-ids");
        let ids = ids.as_ref().first_chunk().map_or(0, |first| u64::from_be_bytes(*first));
        Self { key, ids }
    }

    /// 32 bytes that stand for `input` in the role of `label`.
    pub(super) fn derive(&self, label: &str, input: &[u8]) -> hmac::Tag {
        let mut context = hmac::Context::with_key(&self.key);
        context.update(label.as_bytes());
        context.update(&[0]);
        context.update(input);
        context.sign()
    }

    /// Whether `tag` is what [`Secret::derive`] makes of these; tells nothing
    /// about where it differs.
    pub(super) fn verify(&self, label: &str, input: &[u8], tag: &[u8]) -> Option<()> {
        let mut signed = label.as_bytes().to_vec();
        signed.push(0);
        signed.extend_from_slice(input);
        hmac::verify(&self.key, &signed, tag).ok()
    }

    fn access_key_id(&self, serial: u64) -> String {
        let mut dice = Dice::keyed(self.ids, serial, Purpose::AccessKeyId);
        let bits = (u128::from(dice.bits()) << 64) | u128::from(dice.bits());
        format!("ASIA{}", base32(&bits.to_be_bytes(), 16))
    }

    fn secret_access_key(&self, access_key_id: &str) -> String {
        let tag = self.derive("secret-access-key", access_key_id.as_bytes());
        STANDARD.encode(&tag.as_ref()[..30])
    }
}

/// The credentials of the `serial`th grant, which speak for `session`.
#[must_use]
pub fn mint(secret: &Secret, session: &Session, serial: u64) -> Credentials {
    mint_sized(secret, session, serial, 0)
}

/// The same with a session token of at least `least` bytes
/// (`MinimumSessionTokenSize`).
#[must_use]
pub fn mint_sized(secret: &Secret, session: &Session, serial: u64, least: usize) -> Credentials {
    let sealed_bytes = SEALED_BYTES.max(least.div_ceil(4) * 3).saturating_sub(TAG_BYTES);
    let sealed_bytes = sealed_bytes.max(SEALED_BYTES);
    let access_key_id = secret.access_key_id(serial);
    let mut sealed = write(session, serial);
    // Real tokens are several hundred characters long whatever they carry. What
    // pads ours is no secret, so dice will do: the seal covers it all the same.
    let mut padding = Dice::keyed(session.expires_unix, serial, Purpose::Padding);
    while sealed.len() < sealed_bytes {
        let lacking = (sealed_bytes - sealed.len()).min(size_of::<u64>());
        sealed.extend_from_slice(&padding.bits().to_be_bytes()[..lacking]);
    }
    let tag = secret.derive("session-token", &sealed);
    sealed.extend_from_slice(tag.as_ref());
    Credentials {
        secret_access_key: secret.secret_access_key(&access_key_id),
        session_token: STANDARD.encode(&sealed),
        access_key_id,
    }
}

/// Whom these credentials speak for and their secret access key, if they were
/// minted under `secret` and belong together. Expiry is not looked at.
#[must_use]
pub fn open(
    secret: &Secret,
    access_key_id: &str,
    session_token: &str,
) -> Option<(Session, String)> {
    let bytes = STANDARD.decode(session_token).ok()?;
    let (sealed, tag) = bytes.split_at_checked(bytes.len().checked_sub(TAG_BYTES)?)?;
    let mut signed = b"session-token\0".to_vec();
    signed.extend_from_slice(sealed);
    hmac::verify(&secret.key, &signed, tag).ok()?;
    let (session, serial) = read(sealed)?;
    let belongs = secret.access_key_id(serial) == access_key_id;
    belongs.then(|| (session, secret.secret_access_key(access_key_id)))
}

/// Bytes under the tag: with it, 320 characters of base64.
const SEALED_BYTES: usize = 208;
const TAG_BYTES: usize = 32;

/// Two numbers, the principal's kind, its texts and the session's, each text
/// behind its length in two bytes.
fn write(session: &Session, serial: u64) -> Vec<u8> {
    let mut sealed = Vec::with_capacity(SEALED_BYTES + 2 * TAG_BYTES);
    sealed.extend_from_slice(&session.expires_unix.to_be_bytes());
    sealed.extend_from_slice(&serial.to_be_bytes());
    let (kind, texts): (u8, [&str; 3]) = match &session.principal {
        Principal::Role { name, id, session } => (ROLE, [name, id, session]),
        Principal::User { name, id } if session.mfa_unix.is_none() => (USER, [name, id, ""]),
        Principal::User { name, id } => (USER_WITH_MFA, [name, id, ""]),
        Principal::Federated { name } => (FEDERATED, [name, "", ""]),
        Principal::Root => (ROOT, [""; 3]),
    };
    sealed.push(kind);
    let source_identity = session.source_identity.as_deref().unwrap_or_default();
    for text in [&*session.account].into_iter().chain(texts).chain([source_identity]) {
        write_text(text, &mut sealed);
    }
    // STS admits fifty tags.
    let tags = session.tags.iter().take(usize::from(u8::MAX));
    sealed.push(tags.len() as u8);
    for tag in tags {
        write_text(&tag.key, &mut sealed);
        write_text(&tag.value, &mut sealed);
        sealed.push(u8::from(tag.transitive));
    }
    if let (USER_WITH_MFA, Some(shown)) = (kind, session.mfa_unix) {
        sealed.extend_from_slice(&shown.to_be_bytes());
    }
    sealed
}

const ROLE: u8 = 0;
const USER: u8 = 1;
const FEDERATED: u8 = 2;
const ROOT: u8 = 3;
const USER_WITH_MFA: u8 = 4;

fn write_text(text: &str, sealed: &mut Vec<u8>) {
    // Longer texts than IAM allows are cut rather than trusted to fit.
    let length = u16::try_from(text.len()).unwrap_or(u16::MAX);
    sealed.extend_from_slice(&length.to_be_bytes());
    sealed.extend_from_slice(&text.as_bytes()[..usize::from(length)]);
}

fn read(mut sealed: &[u8]) -> Option<(Session, u64)> {
    let sealed = &mut sealed;
    let expires_unix = u64::from_be_bytes(*take(sealed)?);
    let serial = u64::from_be_bytes(*take(sealed)?);
    let [kind] = *take(sealed)?;
    let (account, name, id) = (text(sealed)?, text(sealed)?, text(sealed)?);
    let session = text(sealed)?;
    let principal = match kind {
        ROLE => Principal::Role { name, id, session },
        USER | USER_WITH_MFA => Principal::User { name, id },
        FEDERATED => Principal::Federated { name },
        _ => Principal::Root,
    };
    let source_identity = Some(text(sealed)?).filter(|text| !text.is_empty());
    let [tags] = *take(sealed)?;
    let mut tag = || {
        let (key, value) = (text(sealed)?, text(sealed)?);
        Some(Tag { key, value, transitive: *take(sealed)? == [1] })
    };
    let tags = (0..tags).map(|_| tag()).collect::<Option<_>>()?;
    let mfa_unix = match kind {
        USER_WITH_MFA => Some(u64::from_be_bytes(*take(sealed)?)),
        _ => None,
    };
    Some((Session { account, principal, expires_unix, source_identity, tags, mfa_unix }, serial))
}

fn text(bytes: &mut &[u8]) -> Option<String> {
    let length = u16::from_be_bytes(*take(bytes)?);
    let (text, rest) = bytes.split_at_checked(usize::from(length))?;
    *bytes = rest;
    String::from_utf8(text.to_vec()).ok()
}

fn take<'a, const N: usize>(bytes: &mut &'a [u8]) -> Option<&'a [u8; N]> {
    let (taken, rest) = bytes.split_first_chunk()?;
    *bytes = rest;
    Some(taken)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn session() -> Session {
        let principal = Principal::Role {
            name: "ci".into(),
            id: role_id("arn:aws:iam::123456789012:role/ci"),
            session: "GitHubActions".into(),
        };
        Session::new("123456789012", principal, 1_635_296_400)
    }

    fn of(characters: &str, alphabet: fn(char) -> bool) -> bool {
        characters.chars().all(alphabet)
    }

    #[test]
    fn formats_are_those_of_sts() {
        let secret = Secret::from_bytes(&[7; 32]);
        for serial in 1..200 {
            let minted = mint(&secret, &session(), serial);
            let key = minted.access_key_id.strip_prefix("ASIA").unwrap();
            assert!(key.len() == 16 && of(key, |c| matches!(c, 'A'..='Z' | '2'..='7')), "{key}");
            let key = &minted.secret_access_key;
            let base64 = |c: char| c.is_ascii_alphanumeric() || matches!(c, '+' | '/');
            assert!(key.len() == 40 && of(key, base64), "{key}");
            assert_eq!(minted.session_token.len(), 320);
        }
        assert_eq!(role_id("arn:aws:iam::123456789012:role/ci").len(), 21);
    }

    #[test]
    fn secret_keys_do_contain_plus_and_slash() {
        let secret = Secret::from_bytes(&[7; 32]);
        let keys: String =
            (1..100).map(|serial| mint(&secret, &session(), serial).secret_access_key).collect();
        assert!(keys.contains('+') && keys.contains('/'));
    }

    #[test]
    fn what_was_minted_opens_and_nothing_else_does() {
        let secret = Secret::from_bytes(&[7; 32]);
        let (one, two) = (mint(&secret, &session(), 1), mint(&secret, &session(), 2));
        let opened = open(&secret, &one.access_key_id, &one.session_token);
        assert_eq!(opened, Some((session(), one.secret_access_key.clone())));
        assert_eq!(open(&secret, &two.access_key_id, &one.session_token), None);
        let stranger = Secret::from_bytes(&[8; 32]);
        assert_eq!(open(&stranger, &one.access_key_id, &one.session_token), None);
        for at in [0, 100, 319] {
            let mut tampered = one.session_token.clone().into_bytes();
            tampered[at] = if tampered[at] == b'A' { b'B' } else { b'A' };
            let tampered = String::from_utf8(tampered).unwrap();
            assert_eq!(open(&secret, &one.access_key_id, &tampered), None, "byte {at}");
        }
        for garbage in ["", "A", "====", &"A".repeat(320)] {
            assert_eq!(open(&secret, &one.access_key_id, garbage), None, "{garbage}");
        }
    }

    #[test]
    fn every_part_of_a_session_survives() {
        let secret = Secret::from_bytes(&[7; 32]);
        let tag = |key: &str, transitive| Tag { key: key.into(), value: "é".into(), transitive };
        let principals = [
            session().principal,
            Principal::User { name: "ada".into(), id: user_id("ada") },
            Principal::Federated { name: "bob".into() },
            Principal::Root,
        ];
        let with_mfa = (principals[1].clone(), Some(1_635_290_000));
        for (principal, mfa_unix) in principals.map(|it| (it, None)).into_iter().chain([with_mfa]) {
            let session = Session {
                principal,
                mfa_unix,
                source_identity: Some("ada".into()),
                tags: vec![tag("a", true), tag("b", false)],
                ..session()
            };
            let minted = mint(&secret, &session, 1);
            let opened = open(&secret, &minted.access_key_id, &minted.session_token);
            assert_eq!(opened.unwrap().0, session);
        }
    }

    #[test]
    fn session_tokens_are_as_long_as_is_asked() {
        let secret = Secret::from_bytes(&[7; 32]);
        for (least, length) in [(0, 320), (320, 320), (321, 324), (1000, 1000), (4096, 4096)] {
            let token = mint_sized(&secret, &session(), 1, least).session_token;
            assert_eq!(token.len(), length, "{least}");
        }
    }
}
