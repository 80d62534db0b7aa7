//! What GitHub Actions is told besides, when this is one of its steps: a page in the job's summary
//! and annotations of what failed.

use std::env::var_os;
use std::fs::OpenOptions;
use std::io::{self, Write as _};
use std::path::Path;

use reports::RunReport;
use reports::render::{github, markdown};

/// Says it, if anybody listens. The runner reads annotations from standard output and from
/// standard error alike, so they go where no program waits for a report alone.
pub(super) fn tell(report: &RunReport, stdout_is_taken: bool) {
    summarise(&markdown::render(report));
    if var_os("GITHUB_ACTIONS").is_some_and(|value| value == "true") {
        let annotations = github::annotations(report);
        if stdout_is_taken {
            anstream::eprint!("{annotations}");
        } else {
            super::output::print(&annotations);
        }
    }
}

/// Adds plain text to the summary.
pub(super) fn add(text: &str) {
    summarise(&format!("```text\n{}\n```\n", text.trim_end()));
}

fn summarise(text: &str) {
    if let Some(path) = var_os("GITHUB_STEP_SUMMARY").filter(|path| !path.is_empty())
        && let Err(error) = append(Path::new(&path), text)
    {
        // The run is what counts, and its reports are written.
        let path = path.display();
        anstream::eprintln!("warning: cannot add to the job's summary ({path}): {error}");
    }
}

/// After what other steps have written, with a blank line for the next.
fn append(path: &Path, text: &str) -> io::Result<()> {
    let mut summary = OpenOptions::new().append(true).create(true).open(path)?;
    summary.write_all(format!("{text}\n").as_bytes())
}
