//! The page under the pen.

use anstyle::Style;

use crate::RunReport;
use crate::render::paint::{BOLD, PLAIN, Paint};
use crate::render::table::{Cell, Column, Table, WhenTight, length, shorten, wrap};

const NAME_TITLE: &str = "contender";

pub(super) struct Page {
    out: String,
    pub(super) width: usize,
    pub(super) paint: Paint,
}

impl Page {
    pub(super) fn new(width: usize, paint: Paint) -> Page {
        Page { out: String::new(), width, paint }
    }

    pub(super) fn finish(self) -> String {
        self.out
    }

    /// A line as it is: the caller has seen to its width.
    pub(super) fn line(&mut self, line: &str) {
        self.out.push_str(line.trim_end());
        self.out.push('\n');
    }

    pub(super) fn blank(&mut self) {
        self.out.push('\n');
    }

    /// A blank line and a heading.
    pub(super) fn section(&mut self, title: &str) {
        self.blank();
        self.line(&self.paint.apply(BOLD, title));
    }

    /// Text of any length; lines after the first begin with `indent`.
    pub(super) fn prose(&mut self, text: &str, indent: &str) {
        self.styled_prose(PLAIN, text, indent);
    }

    pub(super) fn styled_prose(&mut self, style: Style, text: &str, indent: &str) {
        let width = self.width;
        for line in text.lines().flat_map(|line| wrap(line, width, indent)) {
            self.line(&self.paint.apply(style, &line));
        }
    }

    pub(super) fn table(&mut self, table: &Table) {
        self.out.push_str(&table.render(self.width, self.paint));
    }
}

/// How wide the contenders' names are drawn, the same in every section. Longer names are shortened,
/// so that the numbers beside them keep their place.
pub(super) fn name_width(page_width: usize, report: &RunReport) -> usize {
    let longest = report.contenders.iter().map(|c| length(&c.name)).max().unwrap_or(0);
    longest.clamp(length(NAME_TITLE), if page_width < 90 { 16 } else { 22 })
}

pub(super) fn name_column(page_width: usize, report: &RunReport) -> Column {
    Column::left(NAME_TITLE)
        .at_least(name_width(page_width, report))
        .when_tight(WhenTight::Shorten { rank: 0, to: 12 })
}

/// A contender's name at that width.
pub(super) fn name_cell(page_width: usize, report: &RunReport, name: &str) -> Cell {
    Cell::styled(BOLD, shorten(name, name_width(page_width, report)))
}
