//! The command line: one file a subcommand.

mod baseline;
mod bound;
mod breaking_point;
mod census;
mod check;
mod compare;
mod credentials;
mod daemon;
mod exit;
mod explain;
mod export;
mod files;
mod github;
mod init;
mod interrupt;
mod list;
mod merge;
mod output;
mod plan;
mod report;
mod results;
mod run;
mod schema;
mod select;
mod selfcheck;
mod shell;
mod shown;
mod simulate;
mod stability;
mod sweep;
mod token;
mod tune;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Makes AWS STS fail on demand, and shows which credential strategy holds.
#[derive(Debug, Parser)]
#[command(name = "stampede", version, after_help = exit::HELP)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
    /// Never colour anything (NO_COLOR does the same)
    #[arg(long, global = true, display_order = 1000)]
    no_color: bool,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run a scenario over real sockets, against a mock STS and identity provider in this process
    Run(run::Arguments),
    /// Run a scenario in virtual time: the same strategies and the same service, exactly repeatable
    Simulate(simulate::Arguments),
    /// Run a scenario in virtual time over a space of its numbers
    Sweep(sweep::Arguments),
    /// Search strategies and policies for the best, confirm them on unseen luck, and print the lines to paste
    Tune(tune::Arguments),
    /// Find the least strain that makes a contender fail: jobs, closer arrivals, outages, slow keys
    BreakingPoint(breaking_point::Arguments),
    /// Say how many jobs may start at once, and how many a minute, under each contender
    Plan(plan::Arguments),
    /// Say whether a fleet recovers when a trigger ends, how long it takes, or never: load × trigger
    Stability(stability::Arguments),
    /// Write a commented scenario to start from
    Init(init::Arguments),
    /// Check a scenario and print its plan; nothing is run
    Check(check::Arguments),
    /// Show the result files of earlier runs again, in any format
    Report(report::Arguments),
    /// Write a result file in another program's format: CSV, JUnit, benchmark lines, histograms
    Export(export::Arguments),
    /// Join result files of one scenario, each with seeds of its own, into one
    Merge(merge::Arguments),
    /// Compare two result files seed by seed: better, worse, equivalent or inconclusive
    Compare(compare::Arguments),
    /// Tell one job's story line by line, of a scenario simulated once or of a result file
    Explain(explain::Arguments),
    /// Measure how often `compare` is wrong where nothing changed, and what changes it finds
    Selfcheck(selfcheck::Arguments),
    /// Run a command against each error of STS and say how it retries: tries, waits, hints, token
    Census(census::Arguments),
    /// List the scenarios, strategies, policies and profiles there are
    List(list::Arguments),
    /// Print a web identity token of a running mock, for use with any tool
    Token(token::Arguments),
    /// Hold roles' credentials for all processes of this host, as a container-credentials endpoint
    Daemon(daemon::Arguments),
    /// Print a running daemon's credentials, as a credential_process
    Credentials(credentials::Arguments),
    /// Print the JSON Schema of scenarios or of result files
    Schema(schema::Arguments),
    /// Print what completes this command line, for a shell
    Completions(shell::CompletionsArguments),
    /// Print a manual page
    Man(shell::ManArguments),
    /// Run a command whose AWS clients get credentials from a daemon of its own
    Exec(daemon::ExecArguments),
}

/// Parses the arguments and runs the command.
#[must_use]
pub fn main() -> ExitCode {
    let arguments = Arguments::parse();
    if arguments.no_color {
        anstream::ColorChoice::Never.write_global();
    }
    let result = match &arguments.command {
        Command::Run(arguments) => run::main(arguments),
        Command::Simulate(arguments) => simulate::main(arguments),
        Command::Sweep(arguments) => sweep::main(arguments),
        Command::Tune(arguments) => tune::main(arguments),
        Command::BreakingPoint(arguments) => breaking_point::main(arguments),
        Command::Plan(arguments) => plan::main(arguments),
        Command::Stability(arguments) => stability::main(arguments),
        Command::Init(arguments) => init::main(arguments),
        Command::Schema(arguments) => schema::main(arguments),
        Command::Completions(arguments) => Ok(shell::completions(arguments)),
        Command::Man(arguments) => shell::man(arguments),
        Command::Check(arguments) => check::main(arguments),
        Command::Report(arguments) => report::main(arguments),
        Command::Export(arguments) => export::main(arguments),
        Command::Merge(arguments) => merge::main(arguments),
        Command::Compare(arguments) => compare::main(arguments),
        Command::Explain(arguments) => explain::main(arguments),
        Command::Selfcheck(arguments) => selfcheck::main(arguments),
        Command::Census(arguments) => census::main(arguments),
        Command::List(arguments) => list::main(arguments),
        Command::Token(arguments) => token::main(arguments),
        Command::Daemon(arguments) => daemon::main(arguments),
        Command::Credentials(arguments) => credentials::main(arguments),
        Command::Exec(arguments) => {
            return match daemon::exec(arguments) {
                Ok(code) => code,
                Err(error) => exit::explain(&error).code(),
            };
        }
    };
    result.unwrap_or_else(|error| exit::explain(&error)).code()
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Arguments::command().debug_assert();
    }
}
