//! The model's constraints on parameters, in STS's own grammar
//! (captured; the limits are those of the 2011-06-15 service model).

use std::ops::RangeInclusive;
use std::time::Duration;

use crate::decision::Refusal;
use crate::request::{AssumeRoleWithWebIdentity, DurationSeconds, Token};

/// The longest session any role can allow.
pub(super) const LONGEST_SESSION: Duration = Duration::from_secs(43_200);

/// What STS grants when no duration is asked for.
const DEFAULT_SESSION: Duration = Duration::from_secs(3600);

/// Checks the parameters and hands out the required ones. The ARN of a role that
/// exists is as it must be: there is no need to look at each of its characters.
pub(super) fn check<'a>(
    call: &AssumeRoleWithWebIdentity<'a>,
    role_exists: bool,
) -> Result<(&'a str, Token<'a>), Refusal> {
    if let (true, Some(arn), Some(token)) = (role_exists, call.role_arn, call.token)
        && is_usual(call, token)
    {
        return Ok((arn, token));
    }
    match call.duration {
        DurationSeconds::Empty => {
            return Err(Refusal::MalformedInput(Some("missing value for decimal type")));
        }
        DurationSeconds::NotANumber => return Err(Refusal::MalformedInput(None)),
        DurationSeconds::Default | DurationSeconds::Seconds(_) => {}
    }
    let mut violations = Violations::default();
    if !role_exists {
        let arn = call.role_arn;
        violations.text("roleArn", arn, Required::Yes, 20..=2048, is_arn_char, ARN_PATTERN);
    }
    violations.text(
        "roleSessionName",
        call.role_session_name,
        Required::Yes,
        SESSION_NAME,
        is_session_char,
        r"[\w+=,.@-]*",
    );
    violations.token(call.token);
    violations.text("providerId", call.provider_id, Required::No, 4..=2048, |_| true, "");
    violations.text("policy", call.policy, Required::No, 1..=2048, is_arn_char, ARN_PATTERN);
    if let DurationSeconds::Seconds(seconds) = call.duration {
        violations.number("durationSeconds", seconds, SESSION_S);
    }
    violations.finish()?;
    match (call.role_arn, call.token) {
        (Some(arn), Some(token)) if role_exists || is_arn(arn) => Ok((arn, token)),
        (arn, _) => Err(Refusal::Invalid(format!("{} is invalid", arn.unwrap_or_default()))),
    }
}

/// Whether a call is as nearly all are: nothing optional but the duration, and
/// all of it within bounds. Most of a simulated fleet's calls are looked at here
/// and nowhere else in this file.
fn is_usual(call: &AssumeRoleWithWebIdentity<'_>, token: Token<'_>) -> bool {
    let duration = match call.duration {
        DurationSeconds::Default => true,
        DurationSeconds::Seconds(seconds) => SESSION_S.contains(&seconds),
        DurationSeconds::Empty | DurationSeconds::NotANumber => false,
    };
    duration
        && call.role_session_name.is_some_and(is_session_name)
        && TOKEN.contains(&length(token))
        && call.provider_id.is_none()
        && call.policy.is_none()
}

/// Whether a session can be called so.
#[inline]
pub(super) fn is_session_name(name: &str) -> bool {
    SESSION_NAME.contains(&name.len()) && name.bytes().all(|byte| SESSION_BYTES[usize::from(byte)])
}

/// Characters of a token, as far as it was read.
fn length(token: Token<'_>) -> usize {
    match token {
        Token::Unreadable { length } => length,
        Token::Jwt(identity) => identity.length,
    }
}

/// Characters of a session name.
const SESSION_NAME: RangeInclusive<usize> = 2..=64;
/// Characters of a web identity token.
const TOKEN: RangeInclusive<usize> = 4..=20_000;
/// Seconds that may be asked for.
const SESSION_S: RangeInclusive<i64> = 900..=43_200;

/// The session that is granted, unless the role allows less.
pub(super) fn session(asked: DurationSeconds, most: Duration) -> Result<Duration, Refusal> {
    let session = match asked {
        DurationSeconds::Seconds(seconds) => Duration::from_secs(seconds.unsigned_abs()),
        _ => DEFAULT_SESSION,
    };
    if session > most { Err(Refusal::DurationExceedsRole) } else { Ok(session) }
}

pub(super) const ARN_PATTERN: &str =
    r"[\u0009\u000A\u000D\u0020-\u007E\u0085\u00A0-\uD7FF\uE000-\uFFFD\u10000-\u10FFFF]+";

/// STS refuses what is beyond U+FFFF, whatever the pattern that it shows says (captured).
pub(super) fn is_arn_char(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | ' '..='~' | '\u{85}' | '\u{a0}'..='\u{fffd}')
}

pub(super) fn is_session_char(c: char) -> bool {
    c.is_ascii() && SESSION_BYTES[c as usize]
}

/// By byte, whether a session name may hold it.
static SESSION_BYTES: [bool; 256] = {
    let mut allowed = [false; 256];
    let mut byte = 0_u8;
    while byte < 128 {
        let is_mark = matches!(byte, b'_' | b'+' | b'=' | b',' | b'.' | b'@' | b'-');
        allowed[byte as usize] = byte.is_ascii_alphanumeric() || is_mark;
        byte += 1;
    }
    allowed
};

/// `arn:partition:iam::account:role/name`, as far as STS checks it before it
/// looks the role up.
pub(super) fn is_arn(text: &str) -> bool {
    text.starts_with("arn:") && text.bytes().filter(|&byte| byte == b':').count() >= 5
}

/// Whether a parameter may be left out.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Required {
    Yes,
    No,
}

/// Pattern violations come before those of length and range.
#[derive(Default)]
pub(super) struct Violations {
    patterns: Vec<String>,
    sizes: Vec<String>,
}

impl Violations {
    pub(super) fn text(
        &mut self,
        field: &str,
        value: Option<&str>,
        required: Required,
        length: RangeInclusive<usize>,
        allowed: impl Fn(char) -> bool,
        pattern: &str,
    ) {
        let Some(value) = value else {
            return self.absent(field, required);
        };
        let quoted = || format!("'{value}'");
        // A pattern of one character or more does not match nothing (captured).
        let lacks = value.is_empty() && pattern.ends_with('+');
        if lacks || !value.chars().all(allowed) {
            let rule = format!("Member must satisfy regular expression pattern: {pattern}");
            self.patterns.push(constraint(&quoted(), field, &rule));
        }
        // Bytes bound characters from above: most values need no counting.
        let characters = if value.is_ascii() { value.len() } else { value.chars().count() };
        self.size(quoted, field, characters as i64, "length", in_i64(&length));
    }

    fn token(&mut self, token: Option<Token<'_>>) {
        match token {
            None => self.absent("webIdentityToken", Required::Yes),
            Some(token) => self.secret("webIdentityToken", length(token), TOKEN),
        }
    }

    /// A parameter that was not sent.
    pub(super) fn absent(&mut self, field: &str, required: Required) {
        if required == Required::Yes {
            self.sizes.push(constraint("null", field, "Member must not be null"));
        }
    }

    /// STS does not echo what is secret.
    pub(super) fn secret(&mut self, field: &str, characters: usize, length: RangeInclusive<usize>) {
        self.size(|| "'***'".into(), field, characters as i64, "length", in_i64(&length));
    }

    /// The number of a list's members; how STS shows a list is not public.
    pub(super) fn count(&mut self, field: &str, members: usize, length: RangeInclusive<usize>) {
        let shown = || format!("'[{members} members]'");
        self.size(shown, field, members as i64, "length", in_i64(&length));
    }

    /// One of a few texts.
    pub(super) fn choice(&mut self, field: &str, value: &str, choices: &[&str]) {
        if !choices.contains(&value) {
            let rule = format!("Member must satisfy enum value set: [{}]", choices.join(", "));
            self.patterns.push(constraint(&format!("'{value}'"), field, &rule));
        }
    }

    pub(super) fn number(&mut self, field: &str, value: i64, range: RangeInclusive<i64>) {
        self.size(|| format!("'{value}'"), field, value, "value", range);
    }

    fn size(
        &mut self,
        quoted: impl Fn() -> String,
        field: &str,
        size: i64,
        noun: &str,
        range: RangeInclusive<i64>,
    ) {
        if size < *range.start() {
            let rule =
                format!("Member must have {noun} greater than or equal to {}", range.start());
            self.sizes.push(constraint(&quoted(), field, &rule));
        } else if size > *range.end() {
            let rule = format!("Member must have {noun} less than or equal to {}", range.end());
            self.sizes.push(constraint(&quoted(), field, &rule));
        }
    }

    pub(super) fn finish(self) -> Result<(), Refusal> {
        let mut all = self.patterns;
        all.extend(self.sizes);
        if all.is_empty() { Ok(()) } else { Err(Refusal::Validation(all)) }
    }
}

fn in_i64(range: &RangeInclusive<usize>) -> RangeInclusive<i64> {
    *range.start() as i64..=*range.end() as i64
}

fn constraint(value: &str, field: &str, rule: &str) -> String {
    format!("Value {value} at '{field}' failed to satisfy constraint: {rule}")
}
