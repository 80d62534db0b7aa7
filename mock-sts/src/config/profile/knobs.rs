//! Where each profile's numbers come from.

use super::{Knob, Provenance};
use crate::config::{LimitConfig, LimitRule, MockConfig, Refill};

/// The numbers of `github-2021`, which the other profiles share where they say nothing else.
pub(super) const GITHUB_2021: &[Knob] = &[
    Knob {
        key: "service.verification-key.deadline",
        provenance: Provenance::Documented,
        source: "re:Post iam-sts-invalididentitytoken: the provider must answer within 5 s",
        show: |c| format!("{:?}", c.service.verification_key.deadline),
    },
    Knob {
        key: "idp.cache-control",
        provenance: Provenance::Assumed,
        source: "GitHub's header of 2021 is not public; AWS ties the error to uncacheable key sets",
        show: |c| format!("{:?}", c.idp.cache_control),
    },
    Knob {
        key: "service.verification-key.hosts",
        provenance: Provenance::Assumed,
        source: "nobody outside AWS knows; bounds how many fetches one burst can cause",
        show: |c| c.service.verification_key.hosts.to_string(),
    },
    Knob {
        key: "service.verification-key.in-flight",
        provenance: Provenance::Assumed,
        source: "not public",
        show: |c| format!("{:?}", c.service.verification_key.in_flight).to_lowercase(),
    },
    Knob {
        key: "service.verification-key.provider.concurrency",
        provenance: Provenance::Calibrated,
        source: "3-4 at once mostly fine (#341), 7 at once mostly not (#348)",
        show: |c| c.service.verification_key.provider.concurrency.to_string(),
    },
    Knob {
        key: "service.verification-key.provider.latency",
        provenance: Provenance::Calibrated,
        source: "#341, #348, #299 and PR 350 together; a lone call takes about 1 s (nginx-s3-gateway PR 54)",
        show: |c| c.service.verification_key.provider.latency.to_string(),
    },
    Knob {
        key: "service.latency",
        provenance: Provenance::Assumed,
        source: "the share of that second that is not the key fetch",
        show: |c| c.service.latency.to_string(),
    },
    Knob {
        key: "service.limits",
        provenance: Provenance::Assumed,
        source: "no limit is published for this call; 600/s is the quota of STS's signed calls",
        show: |c| limits(c),
    },
    Knob {
        key: "idp.token-lifetime",
        provenance: Provenance::Documented,
        source: "GitHub's example token: exp - iat = 300 s",
        show: |c| format!("{:?}", c.idp.token_lifetime),
    },
];

/// What `cacheable-keys` has of its own.
pub(super) const CACHEABLE_KEYS: &[Knob] = &[
    Knob {
        key: "idp.cache-control",
        provenance: Provenance::Documented,
        source: "what GitLab serves since gitlab-org/gitlab!138405: 24 h, public",
        show: |c| format!("{:?}", c.idp.cache_control),
    },
    Knob {
        key: "service.verification-key.ttl",
        provenance: Provenance::Assumed,
        source: "how long STS really keeps a key set is not public",
        show: |c| format!("{:?}", c.service.verification_key.ttl),
    },
];

/// What `throttled` has of its own: an issuer whose keys are no trouble.
pub(super) const THROTTLED: &[Knob] = &[
    CACHEABLE_KEYS[0],
    CACHEABLE_KEYS[1],
    Knob {
        key: "service.verification-key.provider.concurrency",
        provenance: Provenance::Assumed,
        source: "enough that the limit alone fails calls",
        show: |c| c.service.verification_key.provider.concurrency.to_string(),
    },
    Knob {
        key: "service.verification-key.provider.latency",
        provenance: Provenance::Assumed,
        source: "an issuer within AWS, close to STS; none publishes its time",
        show: |c| c.service.verification_key.provider.latency.to_string(),
    },
    Knob {
        key: "service.limits",
        provenance: Provenance::Assumed,
        source: "reports run from 4-5/s (flux source-controller#938) to about 400/s (quickwit#4799)",
        show: |c| limits(c),
    },
    Knob {
        key: "service.limits.refill",
        provenance: Provenance::Documented,
        source: "AWS support, quoted in terraform-provider-aws#44853: buckets are refilled every second",
        show: |c| refills(c),
    },
];

fn limits(config: &MockConfig) -> String {
    let shown: Vec<String> = config.service.limits.iter().map(ToString::to_string).collect();
    if shown.is_empty() { "none".into() } else { shown.join(", ") }
}

fn refills(config: &MockConfig) -> String {
    let continuous = |limit: &LimitConfig| {
        matches!(limit.rule, LimitRule::TokenBucket { refill: Refill::Continuous, .. })
    };
    let all = !config.service.limits.iter().any(continuous);
    if all { "each second".into() } else { "continuous".into() }
}
