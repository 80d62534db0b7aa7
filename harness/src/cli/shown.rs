//! The options that commands share which show results that are there already.

use reports::RunReport;

use super::exit::Exit;
use super::output::OutputArguments;

#[derive(Debug, clap::Args)]
pub(super) struct ShownArguments {
    #[command(flatten)]
    output: OutputArguments,
    /// No report on standard output
    #[arg(short, long)]
    quiet: bool,
    /// End as the run did, the first of several that did not pass; without it, showing is enough
    #[arg(long)]
    exit_code: bool,
    /// With --exit-code: end with 97 when an expectation is inconclusive
    #[arg(long, requires = "exit_code")]
    strict_evidence: bool,
}

impl ShownArguments {
    /// Shows all of them, and says how the process ends.
    pub(super) fn show(&self, reports: &[RunReport]) -> anyhow::Result<Exit> {
        let outputs = self.output.prepare_for(reports.len(), self.quiet)?;
        for report in reports {
            outputs.write(report)?;
        }
        let mut ends = reports.iter().map(|report| Exit::of(report, self.strict_evidence));
        let bad = ends.find(|end| self.exit_code && *end != Exit::Pass);
        Ok(bad.unwrap_or(Exit::Pass))
    }
}
