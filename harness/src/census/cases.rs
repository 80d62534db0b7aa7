//! The errors of a census: what STS answers in each, always or at first.

use std::time::Duration;

use mock_sts::config::{
    Effect, FaultConfig, FaultKind, MockConfig, PROFILES, Profile, ThrottleHeaders, Window,
    WireFault, profile,
};
use mock_sts::error_code::ErrorCode;
use mock_sts::latency::Latency;

/// One error that a command is run against.
#[derive(Clone, Copy, Debug)]
pub struct Case {
    /// What `--only` calls it.
    pub name: &'static str,
    /// What STS does, in a few words.
    pub what: &'static str,
    answer: Answer,
}

#[derive(Clone, Copy, Debug)]
enum Answer {
    /// Nothing is wrong.
    Granted,
    /// Every call has this effect.
    Fails(Effect),
    /// Every call is throttled, and told when to come back.
    Hint(ThrottleHeaders),
    /// The tokens are past their `exp`, those of the token endpoint too.
    Expired,
}

/// How long a hint asks to wait: longer than the first wait of every client
/// that was measured, shorter than what they cap hints at.
pub(super) const HINT: Duration = Duration::from_secs(2);

/// How long a slow body takes.
const SLOW: Duration = Duration::from_secs(10);

const fn refused(name: &'static str, what: &'static str, code: ErrorCode) -> Case {
    Case { name, what, answer: Answer::Fails(Effect::Refuse(code)) }
}

const fn wire(name: &'static str, what: &'static str, fault: WireFault) -> Case {
    Case { name, what, answer: Answer::Fails(Effect::Wire(fault)) }
}

/// Every case, in the order of the table. The first is the one without an error,
/// against which the others are read.
pub const CASES: &[Case] = &[
    Case { name: "granted", what: "credentials", answer: Answer::Granted },
    refused("throttling", "400 Throttling", ErrorCode::Throttling),
    Case {
        name: "throttling-x-amz-retry-after",
        what: "400 Throttling, x-amz-retry-after: 2000",
        answer: Answer::Hint(ThrottleHeaders { retry_after: None, x_amz_retry_after: Some(HINT) }),
    },
    Case {
        name: "throttling-retry-after",
        what: "400 Throttling, Retry-After: 2",
        answer: Answer::Hint(ThrottleHeaders { retry_after: Some(HINT), x_amz_retry_after: None }),
    },
    refused("slow-down", "503 SlowDown (assumed: not a captured STS answer)", ErrorCode::SlowDown),
    refused(
        "bare-429",
        "429 and no code, as of a load balancer (assumed: not a captured STS answer)",
        ErrorCode::TooManyRequests,
    ),
    refused(
        "idp-communication-error",
        "400 IDPCommunicationError",
        ErrorCode::IdpCommunicationError,
    ),
    refused("invalid-identity-token", "400 InvalidIdentityToken", ErrorCode::InvalidIdentityToken),
    refused("idp-rejected-claim", "403 IDPRejectedClaim", ErrorCode::IdpRejectedClaim),
    Case {
        name: "expired-token",
        what: "400 ExpiredTokenException: every token has expired",
        answer: Answer::Expired,
    },
    refused("access-denied", "403 AccessDenied", ErrorCode::AccessDenied),
    refused("internal-failure", "500 InternalFailure", ErrorCode::InternalFailure),
    refused("service-unavailable", "503 ServiceUnavailable", ErrorCode::ServiceUnavailable),
    wire("reset", "the connection is reset", WireFault::ResetBefore),
    wire("reset-after", "served, and reset in place of the answer", WireFault::ResetAfter),
    wire("empty", "the connection is closed without an answer", WireFault::Empty),
    wire("silence", "nobody answers", WireFault::Hang),
    wire("slow-body", "credentials, over 10 s", WireFault::SlowBody(SLOW)),
    wire("truncated", "the first half of an answer with credentials", WireFault::Truncated),
];

impl Case {
    /// The numbers of a mock that fails so always, or only its first requests.
    /// All else about it takes no time and never fails.
    #[must_use]
    pub fn config(&self, first: Option<u64>) -> MockConfig {
        let mut config =
            profile("cacheable-keys").map_or_else(|| PROFILES[0].config(), Profile::config);
        let service = &mut config.service;
        service.limits.clear();
        service.latency = Latency::Fixed(Duration::ZERO);
        service.verification_key.provider.latency = Latency::Fixed(Duration::ZERO);
        config.idp.token_latency = Latency::Fixed(Duration::ZERO);
        config.idp.token_lifetime = Duration::from_secs(3600);
        let effect = match self.answer {
            Answer::Granted => return config,
            Answer::Expired => {
                config.idp.token_lifetime = Duration::ZERO;
                return config;
            }
            Answer::Fails(effect) => effect,
            Answer::Hint(headers) => {
                service.throttle_headers = headers;
                Effect::Refuse(ErrorCode::Throttling)
            }
        };
        let kind = match first {
            Some(requests) => FaultKind::FailFirst { requests, effect },
            None => FaultKind::Outage { effect },
        };
        service.faults = vec![FaultConfig { during: Window::ALWAYS, kind }];
        config
    }

    /// Whether it can stop after some requests.
    #[must_use]
    pub fn can_stop(&self) -> bool {
        matches!(self.answer, Answer::Fails(_) | Answer::Hint(_))
    }

    /// Whether tries end by an answer or a closed connection, not by the client's
    /// own patience.
    #[must_use]
    pub fn ends(&self) -> bool {
        !matches!(self.answer, Answer::Fails(Effect::Wire(WireFault::Hang)))
    }

    /// The case that has this one's answer without its hint.
    #[must_use]
    pub fn unhinted(&self) -> Option<&'static str> {
        matches!(self.answer, Answer::Hint(_)).then_some("throttling")
    }
}
