//! What of the space fits the scenarios of a search: regions where there are several, and
//! chained roles where tools have roles of their own.

use crate::scenario::Scenario;

/// What fits all scenarios of a search.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Fits {
    /// Each has several regions to call.
    pub regions: bool,
    /// Each has roles beside the job's that it may go on to.
    pub chains: bool,
}

impl Fits {
    /// What fits each of them; nothing where there is none.
    #[must_use]
    pub fn of<'a>(scenarios: impl Iterator<Item = &'a Scenario>) -> Self {
        let each = scenarios.map(|scenario| Self {
            regions: scenario.mock.service.regions() > 1,
            chains: has_roles_to_go_on_to(scenario),
        });
        let both = |one: Self, other: Self| Self {
            regions: one.regions && other.regions,
            chains: one.chains && other.chains,
        };
        each.reduce(both).unwrap_or_default()
    }
}

/// Whether there are roles beside the first, each of which trusts it or its account.
fn has_roles_to_go_on_to(scenario: &Scenario) -> bool {
    let Some((job, others)) = scenario.mock.service.roles.split_first() else { return false };
    let account = job.arn.split(':').nth(4).unwrap_or_default();
    let trusted = |by: &String| *by == job.arn || by == account;
    !others.is_empty() && others.iter().all(|role| role.trusts.iter().any(trusted))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::load;

    #[test]
    fn a_search_has_what_all_of_its_scenarios_have() {
        let of = |names: &[&str]| {
            let scenarios: Vec<_> = names.iter().map(|name| load(name).expect(name)).collect();
            let fits = Fits::of(scenarios.iter());
            (fits.regions, fits.chains)
        };
        assert_eq!(of(&["issue-299"]), (false, false));
        assert_eq!(of(&["regional-spread"]), (true, false));
        assert_eq!(of(&["regional-spread", "regional-keys"]), (true, false));
        assert_eq!(of(&["regional-spread", "issue-299"]), (false, false));
        assert_eq!(of(&["chained-roles"]), (false, true));
        assert_eq!(of(&[]), (false, false));
    }
}
