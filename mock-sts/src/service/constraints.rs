//! The model's constraints as a table (the service model of 2026): what each
//! operation takes, in the order in which STS complains.

use std::ops::RangeInclusive;

use super::validation::{ARN_PATTERN, Required, Violations, is_arn, is_arn_char, is_session_char};
use crate::action::Action;
use crate::decision::Refusal;
use crate::fields::Fields;

/// One parameter, or one part of a list's members.
struct Rule {
    /// As on the wire; empty for the members of a list of texts.
    name: &'static str,
    required: Required,
    kind: Kind,
}

enum Kind {
    /// Characters of some kinds.
    Text(RangeInclusive<usize>, &'static Characters),
    /// The same, which STS does not echo.
    Secret(RangeInclusive<usize>),
    /// [`Kind::Text`] of 20 to 2048 characters that must be an ARN as well.
    Arn,
    /// A whole number.
    Number(RangeInclusive<i64>),
    /// One of these.
    OneOf(&'static [&'static str]),
    /// A list, with what each member has.
    List(RangeInclusive<usize>, &'static [Rule]),
    /// A structure.
    Group(&'static [Rule]),
}

struct Characters {
    pattern: &'static str,
    allowed: fn(char) -> bool,
}

const ANY: Characters = Characters { pattern: "", allowed: |_| true };
const WORDS: Characters = Characters { pattern: r"[\w+=,.@-]*", allowed: is_session_char };
const WORD: Characters =
    Characters { pattern: r"[\w]*", allowed: |c| c.is_ascii_alphanumeric() || c == '_' };
const DIGITS: Characters = Characters { pattern: r"[\d]*", allowed: |c| c.is_ascii_digit() };
const SERIAL: Characters = Characters {
    pattern: r"[\w+=/:,.@-]*",
    allowed: |c| is_session_char(c) || matches!(c, '/' | ':'),
};
const EXTERNAL: Characters = Characters {
    pattern: r"[\w+=,.@:\/-]*",
    allowed: |c| is_session_char(c) || matches!(c, '/' | ':'),
};
const DOCUMENT: Characters = Characters {
    pattern: r"[\u0009\u000A\u000D\u0020-\u00FF]+",
    allowed: |c| matches!(c, '\t' | '\n' | '\r' | ' '..='\u{ff}'),
};
const ARN: Characters = Characters { pattern: ARN_PATTERN, allowed: is_arn_char };
const TAG_KEY: Characters =
    Characters { pattern: r"[\p{L}\p{Z}\p{N}_.:/=+\-@]+", allowed: is_tag_char };
const TAG_VALUE: Characters =
    Characters { pattern: r"[\p{L}\p{Z}\p{N}_.:/=+\-@]*", allowed: is_tag_char };

fn is_tag_char(c: char) -> bool {
    let separator = matches!(c, ' ' | '\u{a0}' | '\u{1680}' | '\u{2000}'..='\u{200a}')
        || matches!(c, '\u{2028}' | '\u{2029}' | '\u{202f}' | '\u{205f}' | '\u{3000}');
    c.is_alphabetic() || c.is_numeric() || separator || "_.:/=+-@".contains(c)
}

const fn must(name: &'static str, kind: Kind) -> Rule {
    Rule { name, required: Required::Yes, kind }
}

const fn may(name: &'static str, kind: Kind) -> Rule {
    Rule { name, required: Required::No, kind }
}

const ROLE_ARN: Rule = must("RoleArn", Kind::Arn);
const SESSION_NAME: Rule = must("RoleSessionName", Kind::Text(2..=64, &WORDS));
const POLICY_ARNS: Rule = may("PolicyArns", Kind::List(0..=10, &[may("arn", Kind::Arn)]));
const POLICY: Rule = may("Policy", Kind::Text(1..=2048, &DOCUMENT));
const ROLE_DURATION: Rule = may("DurationSeconds", Kind::Number(900..=43_200));
const LONG_DURATION: Rule = may("DurationSeconds", Kind::Number(900..=129_600));
const TAGS: Rule = may(
    "Tags",
    Kind::List(
        0..=50,
        &[
            must("Key", Kind::Text(1..=128, &TAG_KEY)),
            must("Value", Kind::Text(0..=256, &TAG_VALUE)),
        ],
    ),
);
const SERIAL_NUMBER: Rule = may("SerialNumber", Kind::Text(9..=256, &SERIAL));
const TOKEN_CODE: Rule = may("TokenCode", Kind::Text(6..=6, &DIGITS));
const SOURCE_IDENTITY: Rule = may("SourceIdentity", Kind::Text(2..=64, &WORDS));
const TOKEN_SIZE: Rule = may("MinimumSessionTokenSize", Kind::Number(0..=4096));

const ASSUME_ROLE: &[Rule] = &[
    ROLE_ARN,
    SESSION_NAME,
    POLICY_ARNS,
    may("Policy", Kind::Text(1..=usize::MAX >> 1, &DOCUMENT)),
    ROLE_DURATION,
    TAGS,
    may("TransitiveTagKeys", Kind::List(0..=50, &[must("", Kind::Text(1..=128, &TAG_KEY))])),
    may("ExternalId", Kind::Text(2..=1224, &EXTERNAL)),
    SERIAL_NUMBER,
    TOKEN_CODE,
    SOURCE_IDENTITY,
    may(
        "ProvidedContexts",
        Kind::List(
            0..=5,
            &[may("ProviderArn", Kind::Arn), may("ContextAssertion", Kind::Text(4..=2048, &ANY))],
        ),
    ),
    TOKEN_SIZE,
];
const WITH_SAML: &[Rule] = &[
    ROLE_ARN,
    must("PrincipalArn", Kind::Arn),
    must("SAMLAssertion", Kind::Secret(4..=100_000)),
    POLICY_ARNS,
    POLICY,
    ROLE_DURATION,
    TOKEN_SIZE,
];
const WITH_WEB_IDENTITY: &[Rule] = &[POLICY_ARNS, TOKEN_SIZE];
const ASSUME_ROOT: &[Rule] = &[
    must("TargetPrincipal", Kind::Text(12..=2048, &ANY)),
    must("TaskPolicyArn", Kind::Group(&[may("arn", Kind::Arn)])),
    may("DurationSeconds", Kind::Number(0..=900)),
    TOKEN_SIZE,
];
const DECODE: &[Rule] = &[must("EncodedMessage", Kind::Text(1..=10_240, &ANY))];
const KEY_INFO: &[Rule] = &[must("AccessKeyId", Kind::Text(16..=128, &WORD))];
const DELEGATED: &[Rule] = &[must("TradeInToken", Kind::Secret(0..=usize::MAX >> 1))];
const FEDERATION: &[Rule] = &[
    must("Name", Kind::Text(2..=32, &WORDS)),
    POLICY,
    POLICY_ARNS,
    LONG_DURATION,
    TAGS,
    TOKEN_SIZE,
];
const SESSION: &[Rule] = &[LONG_DURATION, SERIAL_NUMBER, TOKEN_CODE, TOKEN_SIZE];
const WEB_IDENTITY: &[Rule] = &[
    must("Audience", Kind::List(1..=10, &[must("", Kind::Text(1..=1000, &ANY))])),
    may("DurationSeconds", Kind::Number(60..=3600)),
    must("SigningAlgorithm", Kind::OneOf(&["RS256", "ES384"])),
    TAGS,
];

const fn rules(action: Action) -> &'static [Rule] {
    match action {
        Action::AssumeRole => ASSUME_ROLE,
        Action::AssumeRoleWithSaml => WITH_SAML,
        Action::AssumeRoot => ASSUME_ROOT,
        Action::DecodeAuthorizationMessage => DECODE,
        Action::GetAccessKeyInfo => KEY_INFO,
        Action::GetDelegatedAccessToken => DELEGATED,
        Action::GetFederationToken => FEDERATION,
        Action::GetSessionToken => SESSION,
        Action::GetWebIdentityToken => WEB_IDENTITY,
    }
}

/// Checks a call's parameters, without any look-up.
pub(super) fn check(action: Action, fields: &Fields<'_>) -> Result<(), Refusal> {
    check_all(rules(action), fields)
}

/// Checks the parameters of `AssumeRoleWithWebIdentity` that are rarely sent.
pub(super) fn check_session(fields: &Fields<'_>) -> Result<(), Refusal> {
    check_all(WITH_WEB_IDENTITY, fields)
}

fn check_all(rules: &[Rule], fields: &Fields<'_>) -> Result<(), Refusal> {
    let mut found = Found::default();
    for rule in rules {
        found.look_at(rule, rule.name, &lower_camel(rule.name), fields);
    }
    if let Some(malformed) = found.malformed {
        return Err(malformed);
    }
    found.violations.finish()?;
    match found.no_arn {
        Some(text) => Err(Refusal::Invalid(format!("{text} is invalid"))),
        None => Ok(()),
    }
}

/// What is wrong, by how early STS notices it.
#[derive(Default)]
struct Found {
    malformed: Option<Refusal>,
    violations: Violations,
    no_arn: Option<String>,
}

impl Found {
    /// `name` is the parameter's on the wire, `path` what messages call it.
    fn look_at(&mut self, rule: &Rule, name: &str, path: &str, fields: &Fields<'_>) {
        let value = fields.text(name);
        match &rule.kind {
            Kind::Text(length, characters) => {
                let Characters { pattern, allowed } = characters;
                let required = rule.required;
                self.violations.text(path, value, required, length.clone(), allowed, pattern);
            }
            Kind::Secret(length) => match value {
                Some(text) => self.violations.secret(path, text.chars().count(), length.clone()),
                None => self.violations.absent(path, rule.required),
            },
            Kind::Arn => {
                let (required, allowed) = (rule.required, ARN.allowed);
                self.violations.text(path, value, required, 20..=2048, allowed, ARN.pattern);
                if let Some(text) = value.filter(|text| !is_arn(text)) {
                    self.no_arn.get_or_insert(text.to_owned());
                }
            }
            Kind::Number(range) => self.number(value, path, rule.required, range),
            Kind::OneOf(choices) => match value {
                Some(text) => self.violations.choice(path, text, choices),
                None => self.violations.absent(path, rule.required),
            },
            Kind::List(length, parts) => self.list(rule, name, path, length, parts, fields),
            Kind::Group(parts) if fields.has(name) => self.parts(parts, name, path, fields),
            Kind::Group(_) => self.violations.absent(path, rule.required),
        }
    }

    fn number(
        &mut self,
        value: Option<&str>,
        path: &str,
        required: Required,
        range: &RangeInclusive<i64>,
    ) {
        match value.map(|text| (text, text.parse::<i32>())) {
            None => self.violations.absent(path, required),
            Some(("", _)) => {
                let message = Some("missing value for decimal type");
                self.malformed.get_or_insert(Refusal::MalformedInput(message));
            }
            Some((_, Ok(number))) => self.violations.number(path, number.into(), range.clone()),
            Some((_, Err(_))) => {
                self.malformed.get_or_insert(Refusal::MalformedInput(None));
            }
        }
    }

    fn list(
        &mut self,
        rule: &Rule,
        name: &str,
        path: &str,
        length: &RangeInclusive<usize>,
        parts: &[Rule],
        fields: &Fields<'_>,
    ) {
        let members = fields.members(name);
        if members.is_empty() && !fields.has(name) {
            return self.violations.absent(path, rule.required);
        }
        self.violations.count(path, members.len(), length.clone());
        for (number, member) in (1..).zip(&members) {
            self.parts(parts, member, &format!("{path}.{number}.member"), fields);
        }
    }

    fn parts(&mut self, parts: &[Rule], name: &str, path: &str, fields: &Fields<'_>) {
        for part in parts {
            if part.name.is_empty() {
                self.look_at(part, name, path, fields);
            } else {
                let (name, path) =
                    (format!("{name}.{}", part.name), format!("{path}.{}", lower_camel(part.name)));
                self.look_at(part, &name, &path, fields);
            }
        }
    }
}

/// `SAMLAssertion` -> `sAMLAssertion`.
fn lower_camel(name: &str) -> String {
    let mut characters = name.chars();
    let first = characters.next().map(|first| first.to_ascii_lowercase());
    first.into_iter().chain(characters).collect()
}

#[cfg(test)]
mod tests;
