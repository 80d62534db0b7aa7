//! Service accounts of an EKS cluster (IRSA): the token that the kubelet
//! projects into a pod.

use std::time::Duration;

use serde::Serialize;

use super::{Issuing, Preset, PresetInfo, Source};
use crate::config::{IdpConfig, Provenance};
use crate::idp::uuid_shaped;

pub(super) const INFO: PresetInfo = PresetInfo {
    preset: Preset::Eks,
    name: "eks",
    summary: "EKS service accounts: tokens of a day, system:serviceaccount:NAMESPACE:NAME",
    subjects: "system:serviceaccount:default:*",
    sources: &[
        Source {
            key: "token-lifetime",
            provenance: Provenance::Documented,
            source: "amazon-eks-pod-identity-webhook: 86400 s unless an annotation lowers it",
        },
        Source {
            key: "audiences",
            provenance: Provenance::Documented,
            source: "amazon-eks-pod-identity-webhook: sts.amazonaws.com",
        },
        Source {
            key: "cache-control",
            provenance: Provenance::Assumed,
            source: "EKS fleets report throttling and no key errors, as if their keys were at hand",
        },
    ],
    apply,
};

fn apply(config: &mut IdpConfig) {
    config.issuer =
        "https://oidc.eks.us-east-1.amazonaws.com/id/EXAMPLED539D4633E53DE1B71EXAMPLE".into();
    config.audiences = vec!["sts.amazonaws.com".into()];
    config.default_audience = "sts.amazonaws.com".into();
    config.token_lifetime = Duration::from_secs(86_400);
    config.cache_control = "max-age=86400, public".into();
}

/// The claims of a projected service account token.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Claims {
    aud: [String; 1],
    exp: u64,
    iat: u64,
    iss: String,
    jti: String,
    #[serde(rename = "kubernetes.io")]
    kubernetes: Kubernetes,
    nbf: u64,
    pub(super) sub: &'static str,
}

#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
struct Kubernetes {
    namespace: &'static str,
    pod: Named,
    serviceaccount: Named,
}

#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
struct Named {
    name: String,
    uid: String,
}

pub(super) const CLAIM_NAMES: &[&str] = &["sub", "iss"];

pub(super) fn claims(issuing: &Issuing<'_>) -> Claims {
    let number = u128::from(issuing.number());
    let pod = (number + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835);
    Claims {
        aud: [issuing.audience.into()],
        exp: issuing.expires_unix(),
        iat: issuing.now_unix,
        iss: issuing.config.issuer.clone(),
        jti: issuing.token_id(),
        kubernetes: Kubernetes {
            namespace: "default",
            pod: Named { name: format!("app-{number}"), uid: uuid_shaped(pod.to_be_bytes()) },
            serviceaccount: Named {
                name: "app".into(),
                uid: "2d6f1b8a-7c43-4e95-b1d0-a9f5e3c8470b".into(),
            },
        },
        nbf: issuing.now_unix,
        sub: "system:serviceaccount:default:app",
    }
}
