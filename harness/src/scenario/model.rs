//! A scenario whose values cannot be wrong.

use std::time::Duration;

use mock_sts::config::MockConfig;
use mock_sts::latency::Latency;

use super::{Arrivals, Expectation};
use crate::admission::AdmissionConfig;
use crate::external::CommandConfig;
use crate::policy::PolicyConfig;
use crate::record::Failure;
use crate::regions::Regions;
use crate::restraint::Restraints;
use crate::strategy::StrategyConfig;

/// One scenario, checked.
#[derive(Clone, Debug)]
pub struct Scenario {
    /// Letters, digits, dashes and underscores.
    pub name: String,
    /// What it answers, one sentence.
    pub question: String,
    /// The published incident it comes from, as a URL.
    pub incident: Option<String>,
    /// When jobs that have not finished count as unfinished; above zero, a
    /// week at the most.
    pub horizon: Duration,
    /// One run of every contender for each; not empty, all different.
    pub seeds: Vec<u64>,
    /// Who asks, and when.
    pub fleet: Fleet,
    /// One way through the network.
    pub hop: Latency,
    /// The service and the identity provider.
    pub mock: MockConfig,
    /// The keys of the mock's profile that the file replaces, as profiles name
    /// them.
    pub overridden: Vec<String>,
    /// In the order of the file; not empty, names all different.
    pub contenders: Vec<Contender>,
    /// In the order of the file.
    pub expectations: Vec<Expectation>,
    /// The file.
    pub text: String,
    /// 16 hex digits over the text.
    pub hash: String,
}

/// Jobs × tools, and when they start.
#[derive(Clone, PartialEq, Debug)]
pub struct Fleet {
    /// 1 to 10 000 000.
    pub jobs: u32,
    /// 1 to 1000.
    pub tools_per_job: u32,
    /// Between the starts of a job's tools.
    pub tool_spacing: Duration,
    /// How long a tool then uses its credentials.
    pub work: Duration,
    /// `DurationSeconds`: whole seconds, 900 s to 12 h.
    pub session: Duration,
    /// How long a tool waits for an answer; 1 ms to an hour.
    pub attempt_timeout: Duration,
    /// When the jobs start.
    pub arrivals: Arrivals,
}

/// A named strategy under a policy.
#[derive(Clone, Debug)]
pub struct Contender {
    /// Letters, digits, dashes and underscores.
    pub name: String,
    /// How its tools obtain credentials.
    pub strategy: StrategyConfig,
    /// What they do after a failure.
    pub policy: PolicyConfig,
    /// The failures the policy is asked about; all others end the acquisition.
    pub retry_on: RetryOn,
    /// A new token is asked for when the old one has less than this left;
    /// never where there is none.
    pub renew_token: Option<Duration>,
    /// What its tools wait for before they may call.
    pub admission: Option<AdmissionConfig>,
    /// Whose credentials its tools end up with when web identity fails.
    pub fallback: Option<Fallback>,
    /// Which of the service's regions its calls go to.
    pub regions: Regions,
    /// What holds its calls back beside the policy.
    pub restraints: Restraints,
    /// How long its tools wait for an answer: its own number, or the fleet's.
    pub attempt_timeout: Duration,
    /// The user's own program in the place of strategy and policy, which then
    /// stand for nothing.
    pub command: Option<CommandConfig>,
    /// Its own number of jobs, or the fleet's.
    pub jobs: u32,
    /// Its own number of tools, or the fleet's.
    pub tools_per_job: u32,
}

impl Contender {
    /// Its strategy, or its command, in one line.
    #[must_use]
    pub fn describe_strategy(&self) -> String {
        match &self.command {
            Some(command) => command.describe(),
            None => {
                let admission = self.admission.map(|admission| admission.describe());
                let fallback =
                    self.fallback.as_ref().map(|it| format!("falls back to {}", it.identity));
                let regions = self.regions.describe();
                let parts = [Some(self.strategy.describe()), regions, admission, fallback];
                parts.into_iter().flatten().collect::<Vec<_>>().join("; ")
            }
        }
    }

    /// The most connections that its fleet can have open at once: one a tool, or what its admission
    /// lets through, and one for each job that fetches its token.
    #[must_use]
    pub fn connections(&self) -> u64 {
        let (jobs, tools) = (u64::from(self.jobs), u64::from(self.tools_per_job));
        match self.admission {
            Some(AdmissionConfig::Semaphore { permits }) => {
                (jobs * tools).min(jobs + u64::from(permits))
            }
            _ => jobs * tools,
        }
    }

    /// Its policy in one line.
    #[must_use]
    pub fn describe_policy(&self) -> String {
        match &self.command {
            Some(_) => "its own".into(),
            None => match self.restraints.describe() {
                restraints if restraints.is_empty() => self.policy.build().describe(),
                restraints => format!("{}; {restraints}", self.policy.build().describe()),
            },
        }
    }
}

/// The next provider of a tool's chain: somebody else's credentials, which it
/// takes without a word where it holds a failure for "no credentials here".
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Fallback {
    /// Whose they are, as reports name it.
    pub identity: String,
    /// The failures after which the chain goes on; all others end it.
    pub on: RetryOn,
}

/// Which failures are worth a retry.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum RetryOn {
    /// All of them.
    Everything,
    /// These; not empty.
    Only(Vec<Failure>),
}

impl RetryOn {
    /// Whether `failure` is worth a retry.
    #[must_use]
    pub fn includes(&self, failure: Failure) -> bool {
        match self {
            Self::Everything => true,
            Self::Only(failures) => failures.contains(&failure),
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::scenario::load;

    #[test]
    fn a_semaphore_bounds_the_connections() {
        let loaded = load("issue-299").expect("built in");
        let mut contender = loaded.contenders[0].clone();
        (contender.jobs, contender.tools_per_job) = (64, 400);
        contender.admission = None;
        assert_eq!(contender.connections(), 25_600);
        contender.admission = Some(super::AdmissionConfig::Semaphore { permits: 10 });
        assert_eq!(contender.connections(), 74);
        contender.tools_per_job = 1;
        assert_eq!(contender.connections(), 64);
    }
}
