//! How calls and acquisitions end.

use std::borrow::Cow;
use std::fmt;

use mock_sts::decision::Refusal;
use mock_sts::error_code::ErrorCode;
use reports::CallEnd;

use crate::restraint::Hint;
use crate::world::Instant;

/// Usable credentials, as a strategy passes them on.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Credentials {
    /// When they stop being usable, on the run's clock.
    pub expires_at: Instant,
    /// Tells one grant from another.
    pub serial: u64,
}

/// Why a call, or an acquisition, brought no credentials.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Failure {
    /// STS answered with this error.
    Refused(ErrorCode),
    /// No answer in the client's time.
    Timeout,
    /// The connection was reset or closed before the answer was whole.
    Reset,
    /// No connection could be made.
    Unreachable,
    /// The answer is not STS's: its status alone tells nothing.
    Unreadable,
    /// The token endpoint answered, and with no token.
    TokenRefused,
    /// The credentials handed over had expired: frozen keys outlived.
    ExpiredCredentials,
    /// The credentials are for somebody else.
    WrongIdentity,
    /// The job's program cannot be run.
    CommandNotStarted,
    /// The job's program ended with another exit code than 0.
    CommandFailed,
    /// The job's program did not end in its time.
    CommandTimedOut,
    /// The job's program ended well and has no credentials to show.
    NoCredentials,
    /// The client's own circuit breaker was open: nothing was sent.
    CircuitOpen,
    /// The job's program was ended because the run was.
    CommandStopped,
    /// The cache file was half-written or spoiled when the tool read it: nothing was sent.
    UnreadableCache,
}

/// The failures that are not STS's own words, as scenarios name them.
const WIRE_FAILURES: [(&str, Failure); 6] = [
    ("Timeout", Failure::Timeout),
    ("Reset", Failure::Reset),
    ("Unreachable", Failure::Unreachable),
    ("Unreadable", Failure::Unreadable),
    ("TokenRefused", Failure::TokenRefused),
    ("CircuitOpen", Failure::CircuitOpen),
];

impl Failure {
    /// The failure that a scenario calls by this name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        let wire = WIRE_FAILURES.iter().find(|(known, _)| *known == name);
        wire.map(|(_, failure)| *failure).or_else(|| ErrorCode::from_wire(name).map(Self::Refused))
    }

    /// Every name a scenario can use.
    pub fn names() -> impl Iterator<Item = &'static str> {
        let codes = ErrorCode::ALL.iter().map(|code| code.as_str());
        codes.chain(WIRE_FAILURES.iter().map(|(name, _)| *name))
    }

    /// Whether STS, or somebody in front of it, said that there were too many
    /// calls.
    #[must_use]
    pub fn is_throttle(self) -> bool {
        self.end() == CallEnd::Throttled
    }

    /// What a timeline makes of it.
    #[must_use]
    pub fn end(self) -> CallEnd {
        match self {
            Self::Refused(code) if code.is_throttle() => CallEnd::Throttled,
            Self::Timeout | Self::Reset | Self::Unreachable => CallEnd::Lost,
            _ => CallEnd::Refused,
        }
    }

    /// The name reports use.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Refused(code) => code.as_str(),
            Self::Timeout => "Timeout",
            Self::Reset => "Reset",
            Self::Unreachable => "Unreachable",
            Self::Unreadable => "Unreadable",
            Self::TokenRefused => "TokenRefused",
            Self::ExpiredCredentials => "ExpiredCredentials",
            Self::WrongIdentity => "WrongIdentity",
            Self::CommandNotStarted => "CommandNotStarted",
            Self::CommandFailed => "CommandFailed",
            Self::CommandTimedOut => "CommandTimedOut",
            Self::NoCredentials => "NoCredentials",
            Self::CircuitOpen => "CircuitOpen",
            Self::CommandStopped => "CommandStopped",
            Self::UnreadableCache => "UnreadableCache",
        }
    }

    /// The failure of a call that has this number.
    #[must_use]
    pub fn from_number(number: u64) -> Option<Self> {
        let mut all = Self::names().filter_map(Self::from_name);
        all.find(|failure| failure.number() == number).or_else(|| {
            let others = [Self::ExpiredCredentials, Self::WrongIdentity];
            others.into_iter().find(|failure| failure.number() == number)
        })
    }

    /// A number that stays the same between versions, for digests.
    #[must_use]
    pub fn number(self) -> u64 {
        match self {
            Self::Refused(code) => 100 + u64::from(code.status()) * 100 + code as u64,
            Self::Timeout => 1,
            Self::Reset => 2,
            Self::Unreachable => 3,
            Self::Unreadable => 4,
            Self::ExpiredCredentials => 5,
            Self::WrongIdentity => 6,
            Self::TokenRefused => 7,
            Self::CommandNotStarted => 8,
            Self::CommandFailed => 9,
            Self::CommandTimedOut => 10,
            Self::NoCredentials => 11,
            Self::CircuitOpen => 12,
            Self::CommandStopped => 13,
            Self::UnreadableCache => 14,
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// One call that failed.
#[derive(Clone, Debug)]
pub struct CallError {
    /// What kind of failure, to be counted and compared.
    pub failure: Failure,
    /// The words that came with it.
    pub detail: Detail,
    /// What it said about when to come back.
    pub hint: Hint,
}

/// The words that came with a failure.
#[derive(Clone, Debug)]
pub enum Detail {
    /// A message that is always the same, as most of STS's are.
    Fixed(&'static str),
    /// The message on the wire, or the client's own error.
    Text(Box<str>),
}

impl CallError {
    /// A failure of the wire in the client's own words.
    #[must_use]
    pub fn new(failure: Failure, text: impl Into<Box<str>>) -> Self {
        Self { failure, detail: Detail::Text(text.into()), hint: Hint::NONE }
    }

    /// The token endpoint's refusal, with the message of its answer.
    #[must_use]
    pub fn token_refused(status: u16, message: &str) -> Self {
        Self::new(Failure::TokenRefused, format!("the token endpoint: HTTP {status}, {message}"))
    }

    /// The service's refusal, as its caller reads it.
    #[must_use]
    pub fn refused(refusal: &Refusal) -> Self {
        let detail = match refusal.message().unwrap_or_default() {
            Cow::Borrowed(text) => Detail::Fixed(text),
            Cow::Owned(text) => Detail::Text(text.into()),
        };
        Self { failure: Failure::Refused(refusal.code()), detail, hint: Hint::NONE }
    }

    /// The same, with what the answer said about when to come back.
    #[must_use]
    pub fn hinting(self, hint: Hint) -> Self {
        Self { hint, ..self }
    }

    /// The message, as a log would show it.
    #[must_use]
    pub fn message(&self) -> &str {
        match &self.detail {
            Detail::Fixed(text) => text,
            Detail::Text(text) => text,
        }
    }
}

/// An acquisition that ended without credentials.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct GaveUp {
    /// The last attempt's failure.
    pub failure: Failure,
    /// Which of the recorder's errors it was counted as.
    pub cause: Cause,
}

/// Points at an error in a recorder's tally, and so at its message.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Cause(pub(super) u16);
