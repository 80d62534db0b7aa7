//! Codes of MFA devices: time-based one-time passwords as AWS's virtual devices show them.

use std::collections::BTreeMap;

use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::hmac;

use crate::call_refusal::CallRefusal;
use crate::config::{MfaConditions, MfaDevice, Mode, ServiceConfig};
use crate::fields::Fields;
use crate::session::{Principal, Session};

/// How long a code is shown (RFC 6238's X, the default and what AWS's devices have).
const STEP_S: u64 = 30;
/// How many steps a device may be ahead or behind. Assumed: AWS says only that clocks drift.
const DRIFT_STEPS: u64 = 1;

/// The codes that were used: each counts once (by device, the step of its last one).
#[derive(Debug, Default)]
pub(super) struct UsedCodes(BTreeMap<String, u64>);

impl UsedCodes {
    /// Whether the caller has shown what it has to: nothing, or a fresh code of one of its devices.
    /// Where the file names no devices, and in permissive mode, every device exists and every code
    /// of six digits is right.
    pub(super) fn check(
        &mut self,
        config: &ServiceConfig,
        caller: &Session,
        fields: &Fields<'_>,
        now_unix: u64,
    ) -> Result<(), CallRefusal> {
        let (serial, code) = match (fields.text("SerialNumber"), fields.text("TokenCode")) {
            (None, None) => return Ok(()),
            (Some(serial), Some(code)) => (serial, code),
            _ => return Err(CallRefusal::HalfAnMfa),
        };
        let identities = &config.identities;
        let nobody_has_any = identities.users.iter().all(|user| user.mfa.is_empty());
        if identities.mode == Mode::Permissive || nobody_has_any {
            return Ok(());
        }
        let Principal::User { name, .. } = &caller.principal else {
            return Err(CallRefusal::UnknownMfaDevice);
        };
        let theirs = identities.users.iter().filter(|user| user.name == *name);
        let device = theirs.flat_map(|user| &user.mfa).find(|device| device.serial == serial);
        let device = device.ok_or(CallRefusal::UnknownMfaDevice)?;
        let step = step_of(device, code, now_unix).ok_or(CallRefusal::WrongMfaCode)?;
        let last = self.0.get(serial).copied();
        if last.is_some_and(|last| step <= last) {
            return Err(CallRefusal::WrongMfaCode);
        }
        self.0.insert(serial.to_owned(), step);
        Ok(())
    }
}

/// What a request tells of MFA, as trust policies see it (documented).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Shown {
    /// Nothing: a user's own keys, without a code.
    Untold,
    /// That there was none: a session for which no code was shown.
    None,
    /// When a code was shown, in seconds since 1970.
    At(u64),
}

impl Shown {
    /// By `caller`, whose request holds a right code, or none.
    pub(super) fn by(caller: &Session, has_code: bool, now_unix: u64) -> Self {
        match caller.mfa_unix {
            _ if has_code => Self::At(now_unix),
            Some(at) => Self::At(at),
            None if caller.is_temporary() => Self::None,
            None => Self::Untold,
        }
    }

    /// When, if it was.
    pub(super) const fn at_unix(self) -> Option<u64> {
        match self {
            Self::At(at) => Some(at),
            Self::None | Self::Untold => None,
        }
    }

    /// Whether a role that demands this is content. A key that is not there fails `Bool` and
    /// `NumericLessThan` and passes `BoolIfExists`.
    pub(super) fn satisfies(self, demanded: &MfaConditions, now_unix: u64) -> bool {
        let present = match self {
            Self::Untold => None,
            Self::None => Some(false),
            Self::At(_) => Some(true),
        };
        let age_s = self.at_unix().map(|at| now_unix.saturating_sub(at));
        demanded.present.is_none_or(|must| present == Some(must))
            && demanded.present_if_exists.is_none_or(|must| present.is_none_or(|is| is == must))
            && demanded.younger_than_s.is_none_or(|limit| age_s.is_some_and(|age| age < limit))
    }
}

/// The step that the device shows this code in, now or a step away.
fn step_of(device: &MfaDevice, code: &str, now_unix: u64) -> Option<u64> {
    let now = now_unix / STEP_S;
    let steps = now.saturating_sub(DRIFT_STEPS)..=now.saturating_add(DRIFT_STEPS);
    steps.into_iter().find(|step| {
        let shown = format!("{:06}", code_at(&device.secret, *step));
        verify_slices_are_equal(shown.as_bytes(), code.as_bytes()).is_ok()
    })
}

/// The six digits of a step: RFC 4226's truncation of HMAC-SHA-1.
fn code_at(secret: &[u8], step: u64) -> u32 {
    let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, secret);
    let tag = hmac::sign(&key, &step.to_be_bytes());
    let digest = tag.as_ref();
    let offset = usize::from(digest.last().copied().unwrap_or_default() & 0xf);
    let four = digest.iter().skip(offset).take(4);
    let number = four.fold(0_u32, |number, byte| number << 8 | u32::from(*byte));
    (number & 0x7fff_ffff) % 1_000_000
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::profile;
    use crate::session::NEVER;

    /// Appendix B of RFC 6238, whose eight digits end in these six.
    #[test]
    fn codes_are_those_of_the_rfc() {
        let secret = b"12345678901234567890";
        for (unix, code) in [
            (59, 287_082),
            (1_111_111_109, 81_804),
            (1_111_111_111, 50_471),
            (1_234_567_890, 5_924),
            (2_000_000_000, 279_037),
            (20_000_000_000, 353_130),
        ] {
            assert_eq!(code_at(secret, unix / STEP_S), code, "at {unix}");
        }
    }

    const ADA: &str = "arn:aws:iam::123456789012:mfa/ada";

    struct Asked {
        config: ServiceConfig,
        used: UsedCodes,
        user: &'static str,
    }

    impl Asked {
        fn of(user: &'static str) -> Self {
            let mut config = profile("github-2021").expect("it ships").config().service;
            let secret = b"12345678901234567890".to_vec();
            config.identities.users[0].name = "ada".into();
            config.identities.users[0].mfa = vec![MfaDevice { serial: ADA.into(), secret }];
            Self { config, used: UsedCodes::default(), user }
        }

        fn check(&mut self, form: &str, now_unix: u64) -> Result<(), CallRefusal> {
            let principal = Principal::User { name: self.user.into(), id: String::new() };
            let pairs = form_urlencoded::parse(form.as_bytes());
            let fields: Fields<'_> = pairs.collect();
            let caller = Session::new("123456789012", principal, u64::MAX);
            self.used.check(&self.config, &caller, &fields, now_unix)
        }
    }

    #[test]
    fn a_code_is_of_the_callers_own_device_and_fresh() {
        let right = format!("SerialNumber={ADA}&TokenCode=287082");
        let mut ada = Asked::of("ada");
        assert_eq!(ada.check("", 59), Ok(()), "nobody asks for one");
        assert_eq!(ada.check("TokenCode=287082", 59), Err(CallRefusal::HalfAnMfa));
        let wrong = format!("SerialNumber={ADA}&TokenCode=287083");
        assert_eq!(ada.check(&wrong, 59), Err(CallRefusal::WrongMfaCode));
        let other = "SerialNumber=arn:aws:iam::123456789012:mfa/bob&TokenCode=287082";
        assert_eq!(ada.check(other, 59), Err(CallRefusal::UnknownMfaDevice));
        assert_eq!(ada.check(&right, 120), Err(CallRefusal::WrongMfaCode), "two steps later");
        assert_eq!(ada.check(&right, 89), Ok(()), "a step later");
        assert_eq!(ada.check(&right, 89), Err(CallRefusal::WrongMfaCode), "used");
        assert_eq!(Asked::of("bob").check(&right, 59), Err(CallRefusal::UnknownMfaDevice));
    }

    #[test]
    fn what_trust_policies_see_is_as_documented() {
        let user = |expires_unix, mfa_unix| {
            let principal = Principal::User { name: "ada".into(), id: String::new() };
            Session { mfa_unix, ..Session::new("123456789012", principal, expires_unix) }
        };
        let (own, session) = (user(NEVER, None), user(2000, None));
        let demand = |present, present_if_exists, younger_than_s| MfaConditions {
            present,
            present_if_exists,
            younger_than_s,
        };
        let demands = [
            demand(Some(true), None, None),
            demand(Some(false), None, None),
            demand(None, Some(true), None),
            demand(None, Some(false), None),
            demand(None, None, Some(60)),
            MfaConditions::default(),
        ];
        for (caller, has_code, granted) in [
            (&own, false, [false, false, true, true, false, true]),
            (&own, true, [true, false, true, false, true, true]),
            (&session, false, [false, true, false, true, false, true]),
            (&user(2000, Some(941)), false, [true, false, true, false, true, true]),
            (&user(2000, Some(940)), false, [true, false, true, false, false, true]),
        ] {
            let shown = Shown::by(caller, has_code, 1000);
            assert_eq!(demands.map(|it| shown.satisfies(&it, 1000)), granted, "{shown:?}");
        }
    }

    #[test]
    fn without_devices_and_in_permissive_mode_any_code_will_do() {
        let any = "SerialNumber=arn:aws:iam::123456789012:mfa/bob&TokenCode=123456";
        let mut permissive = Asked::of("ada");
        permissive.config.identities.mode = Mode::Permissive;
        assert_eq!(permissive.check(any, 59), Ok(()));
        let mut without = Asked::of("ada");
        without.config.identities.users[0].mfa.clear();
        assert_eq!(without.check(any, 59), Ok(()));
        assert_eq!(without.check("SerialNumber=123456789", 59), Err(CallRefusal::HalfAnMfa));
    }
}
