//! The report for a person at a terminal: the verdict first, then what each contender bought and
//! at what price, then why. It reads without colour; colour only adds.

pub(super) mod contenders;
pub(super) mod failures;
pub(super) mod fairness;
pub(super) mod method;
mod page;
pub(super) mod server;
mod spectrum;
pub(super) mod verdict;

use crate::RunReport;
use crate::render::paint::Paint;
use page::Page;

/// How the text is laid out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TextOptions {
    /// Whether to add ANSI colours.
    pub colour: bool,
    /// Columns available; the layout uses between 80 and 100.
    pub width: usize,
    /// Whether every percentile is told.
    pub full: bool,
}

/// The report as text. Every line is at most `width` columns wide (80 if that is less than 80).
pub fn render(report: &RunReport, options: &TextOptions) -> String {
    let mut page = Page::new(options.width.clamp(80, 100), Paint { colour: options.colour });
    verdict::write(&mut page, report);
    contenders::write(&mut page, report);
    fairness::write(&mut page, report);
    if options.full {
        spectrum::write(&mut page, report);
    }
    failures::write(&mut page, report);
    server::write(&mut page, report);
    method::write(&mut page, report);
    page.finish()
}
