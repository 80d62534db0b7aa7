//! How far a search is, and how long it will take.

use std::io::IsTerminal as _;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// A bar on standard error over `units` of what `noun` says; hidden when that is no terminal,
/// or when `quiet`.
#[must_use]
pub fn bar(units: u64, what: &str, noun: &str, quiet: bool) -> ProgressBar {
    if quiet || !std::io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::with_draw_target(Some(units), ProgressDrawTarget::stderr_with_hz(10));
    let template =
        format!("{{msg}}  [{{bar:32}}] {{pos}}/{{len}} {noun}  {{elapsed}}, {{eta}} left");
    if let Ok(style) = ProgressStyle::with_template(&template) {
        bar.set_style(style.progress_chars("#> "));
    }
    bar.with_message(what.to_owned())
}
