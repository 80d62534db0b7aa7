//! GitHub Actions for repositories that were made, renamed or moved since
//! 2026-07-15: their subjects carry the ids of owner and repository, so that a
//! name taken over by somebody else does not open the door.

use super::{Preset, PresetInfo, Source, github};
use crate::config::Provenance;

pub(super) const INFO: PresetInfo = PresetInfo {
    preset: Preset::GithubImmutable,
    name: "github-immutable",
    summary: "GitHub Actions with immutable subjects, repo:OWNER@ID/REPO@ID:ref:REF",
    subjects: "repo:octo-org@65170111/*",
    sources: &[
        Source {
            key: "subject",
            provenance: Provenance::Documented,
            source: "GitHub's OpenID Connect reference: immutable subjects for new repositories",
        },
        Source {
            key: "cache-control",
            provenance: Provenance::Assumed,
            source: "GitHub's header is not public: the profile's is kept",
        },
    ],
    apply: github::apply,
};
