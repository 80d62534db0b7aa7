//! Where a winner's calls go, in a shell's words.

use crate::scenario::{Contender, Scenario};
use crate::world::region_names;

/// The regions that calls go to.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Place {
    /// The service's regions, its own first; empty where all calls go to that.
    names: Vec<String>,
    by_job: bool,
    moves_on: bool,
}

impl Place {
    /// The contender's, by the scenario's names.
    #[must_use]
    pub fn of(contender: &Contender, scenario: &Scenario) -> Self {
        let (by_job, moves_on) = (contender.regions.is_by_job(), contender.regions.moves_on());
        let several = by_job || moves_on;
        let names = if several { region_names(&scenario.mock.service) } else { Vec::new() };
        Self { names, by_job, moves_on }
    }

    /// Whether all calls go to the service's own region.
    pub(super) fn is_home(&self) -> bool {
        self.names.is_empty()
    }

    /// Whether jobs begin in different regions.
    pub(super) fn is_by_job(&self) -> bool {
        self.by_job
    }

    /// Whether a failed attempt is followed by one in the next region.
    pub(super) fn moves_on(&self) -> bool {
        self.moves_on
    }

    /// Sets `regions` and `first`, the job's place among them. Empty at home.
    pub(super) fn chosen(&self) -> String {
        if self.is_home() {
            return String::new();
        }
        let names = self.names.join(" ");
        let first = match self.by_job {
            true => {
                "# The job's place in its matrix: JOB_INDEX=${{ strategy.job-index }} at GitHub, CI_NODE_INDEX at GitLab.\n\
                 first=${JOB_INDEX:-${CI_NODE_INDEX:-0}}\n"
            }
            false => "first=0\n",
        };
        format!("regions=({names})\n{first}")
    }

    /// What stands before a tool's own lines: the region of all that it calls. Empty where it cannot
    /// be told any, and at home.
    pub(super) fn exported(&self) -> String {
        if !self.by_job {
            return String::new();
        }
        let chosen = self.chosen();
        format!(
            "# in the shell that starts it\n{chosen}export AWS_REGION=${{regions[first % ${{#regions[@]}}]}} AWS_STS_REGIONAL_ENDPOINTS=regional\n\n"
        )
    }

    /// What a tool that can only be told its region cannot say.
    pub(super) fn differs(&self) -> Vec<String> {
        let mut differs = Vec::new();
        if self.moves_on {
            differs.push("it stays in one region: nothing moves it on after a failure".to_owned());
        }
        if self.by_job {
            differs.push("the region is that of all its calls, not of STS's alone".to_owned());
        }
        differs
    }
}
