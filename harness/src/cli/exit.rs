//! How the process ends.

use std::process::ExitCode;

use anstream::eprintln;
use reports::{RunReport, RunVerdict};

use super::output::OutputError;
use super::report::ReadError;
use crate::broker::{BrokerError, ServiceError};
use crate::scenario::LoadError;
use crate::tune::breaking::BreakingError;
use crate::world::real::EndpointError;

/// What `--help` says about the exit code.
pub(super) const HELP: &str = "Exit codes: 0 pass, 1 could not run (or the run contradicts itself), \
2 usage, bad scenario or bad result file, 97 inconclusive (with --strict-evidence), \
98 worse than the baseline (compare, --baseline) or not as it was (census --diff), 99 an expectation failed, 130 interrupted (a partial report is written)";

/// The documented ways to end.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Exit {
    /// All is as expected.
    Pass,
    /// It could not run, or a conservation law is broken.
    CouldNotRun,
    /// The command line, the scenario or a result file is wrong.
    Usage,
    /// A comparison or an expectation is not certain, and certainty was asked for.
    Inconclusive,
    /// A comparison found something worse, or something that is not as it was.
    Regression,
    /// An expectation failed.
    ExpectationFailed,
    /// Ctrl-C; what there was has been written.
    Interrupted,
}

impl Exit {
    pub(super) fn code(self) -> ExitCode {
        ExitCode::from(match self {
            Self::Pass => 0,
            Self::CouldNotRun => 1,
            Self::Usage => 2,
            Self::Inconclusive => 97,
            Self::Regression => 98,
            Self::ExpectationFailed => 99,
            Self::Interrupted => 130,
        })
    }

    /// How a run that left this report ends; `strict` when thin evidence is not good enough.
    pub(super) fn of(report: &RunReport, strict: bool) -> Self {
        match report.verdict() {
            RunVerdict::Inconclusive if strict => Self::Inconclusive,
            RunVerdict::Inconclusive => Self::Pass,
            RunVerdict::Broken => Self::CouldNotRun,
            RunVerdict::Interrupted => Self::Interrupted,
            RunVerdict::Failed | RunVerdict::NoData => Self::ExpectationFailed,
            RunVerdict::Passed | RunVerdict::Done => Self::Pass,
        }
    }
}

/// A mistake on the command line that clap cannot see.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(super) struct UsageError(pub(super) String);

/// An error and its causes; a cause that the error before it has quoted is not
/// said again.
fn in_full(error: &anyhow::Error) -> String {
    let mut said = error.to_string();
    for cause in error.chain().skip(1).map(ToString::to_string) {
        if !said.contains(&cause) {
            said = format!("{said}: {cause}");
        }
    }
    said
}

/// Says what went wrong, and how the process ends for it.
pub(super) fn explain(error: &anyhow::Error) -> Exit {
    if let Some(LoadError::Invalid(invalid)) = error.downcast_ref() {
        eprintln!("{}", invalid.render(true));
        let (count, noun) = match invalid.problems.len() {
            1 => (1, "problem"),
            many => (many, "problems"),
        };
        eprintln!("\n{count} {noun} in {}; nothing was run", invalid.path);
        return Exit::Usage;
    }
    eprintln!("error: {}", in_full(error));
    let usage = error.is::<LoadError>()
        || error.is::<UsageError>()
        || error.is::<EndpointError>()
        || error.is::<ServiceError>()
        || matches!(error.downcast_ref(), Some(BreakingError::Invalid(_)))
        || error.is::<ReadError>()
        || matches!(error.downcast_ref(), Some(BrokerError::NotLoopback(_)))
        || error.downcast_ref().is_some_and(OutputError::is_usage);
    if usage { Exit::Usage } else { Exit::CouldNotRun }
}

#[cfg(test)]
mod tests {
    use anyhow::Context as _;

    use super::*;

    #[test]
    fn a_cause_that_was_quoted_is_not_said_again() {
        let quoted = anyhow::anyhow!("disk full").context("cannot write x: disk full; sorry");
        assert_eq!(in_full(&quoted), "cannot write x: disk full; sorry");
        let told = Err::<(), _>(anyhow::anyhow!("no such file")).context("cannot open x");
        assert_eq!(in_full(&told.expect_err("an error")), "cannot open x: no such file");
    }
}
