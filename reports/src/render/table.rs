//! Columns that align, and that make room when there is little: some leave, some are shortened.

use anstyle::Style;

use crate::render::paint::{BOLD, DIM, PLAIN, Paint};

/// One column.
pub(crate) struct Column {
    pub(crate) title: String,
    /// Neighbours with the same group share a heading above their titles; empty for none.
    pub(crate) group: &'static str,
    pub(crate) align: Align,
    /// Spaces before it.
    pub(crate) gap: usize,
    pub(crate) width_min: usize,
    pub(crate) when_tight: WhenTight,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Align {
    Left,
    Right,
}

/// What becomes of a column when the table is wider than the page; higher ranks give way first.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum WhenTight {
    Keep,
    Leave {
        rank: u8,
    },
    /// It is shortened, down to `to` characters.
    Shorten {
        rank: u8,
        to: usize,
    },
}

impl Column {
    pub(crate) fn left(title: &str) -> Column {
        let title = title.to_owned();
        Column {
            title,
            group: "",
            align: Align::Left,
            gap: 2,
            width_min: 0,
            when_tight: WhenTight::Keep,
        }
    }

    pub(crate) fn right(title: &str) -> Column {
        Column { align: Align::Right, ..Column::left(title) }
    }

    pub(crate) fn group(self, group: &'static str) -> Column {
        Column { group, ..self }
    }

    pub(crate) fn gap(self, gap: usize) -> Column {
        Column { gap, ..self }
    }

    pub(crate) fn at_least(self, width_min: usize) -> Column {
        Column { width_min, ..self }
    }

    pub(crate) fn when_tight(self, when_tight: WhenTight) -> Column {
        Column { when_tight, ..self }
    }
}

/// One cell.
#[derive(Clone)]
pub(crate) struct Cell {
    text: String,
    style: Style,
}

impl Cell {
    pub(crate) fn new(text: impl Into<String>) -> Cell {
        Cell { text: text.into(), style: PLAIN }
    }

    pub(crate) fn styled(style: Style, text: impl Into<String>) -> Cell {
        Cell { text: text.into(), style }
    }

    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    pub(crate) fn width(&self) -> usize {
        length(&self.text)
    }
}

/// Columns and the rows under them.
pub(crate) struct Table {
    columns: Vec<Column>,
    rows: Vec<Vec<Cell>>,
}

impl Table {
    pub(crate) fn new(columns: Vec<Column>) -> Table {
        Table { columns, rows: Vec::new() }
    }

    /// # Panics
    /// Unless there is a cell for every column.
    pub(crate) fn row(&mut self, cells: Vec<Cell>) {
        assert_eq!(cells.len(), self.columns.len(), "a cell for every column");
        self.rows.push(cells);
    }

    /// The lines, each with its newline and none longer than `width`, as far as the columns that
    /// must stay allow.
    pub(crate) fn render(&self, width: usize, paint: Paint) -> String {
        let fitted = self.fit(width);
        let mut out = String::new();
        if fitted.iter().any(|(i, _)| !self.columns[*i].group.is_empty()) {
            push_line(&mut out, &paint.apply(DIM, self.headings(&fitted).trim_end()));
        }
        let titles = fitted.iter().map(|&(i, w)| (i, w, self.columns[i].title.as_str(), BOLD));
        push_line(&mut out, &self.line(titles, paint));
        for row in &self.rows {
            let cells = fitted.iter().map(|&(i, w)| (i, w, row[i].text.as_str(), row[i].style));
            push_line(&mut out, &self.line(cells, paint));
        }
        out
    }

    /// The columns that stay, by index, with their widths.
    fn fit(&self, width: usize) -> Vec<(usize, usize)> {
        let natural = |i: usize| {
            let cells = self.rows.iter().map(|row| length(&row[i].text));
            cells.fold(length(&self.columns[i].title).max(self.columns[i].width_min), usize::max)
        };
        let mut fitted: Vec<(usize, usize)> =
            (0..self.columns.len()).map(|i| (i, natural(i))).collect();
        loop {
            let total: usize = fitted.iter().map(|&(i, w)| w + self.gap_before(i)).sum();
            let excess = total.saturating_sub(width);
            if excess == 0 || !self.make_room(&mut fitted, excess) {
                return fitted;
            }
        }
    }

    /// One step towards a narrower table; false when there is none left.
    fn make_room(&self, fitted: &mut Vec<(usize, usize)>, excess: usize) -> bool {
        let give = |&(i, w): &(usize, usize)| match self.columns[i].when_tight {
            WhenTight::Leave { rank } => Some((rank, w)),
            WhenTight::Shorten { rank, to } if w > to => Some((rank, w - to)),
            WhenTight::Keep | WhenTight::Shorten { .. } => None,
        };
        let candidates =
            fitted.iter().enumerate().filter_map(|(at, column)| Some((give(column)?, at)));
        let Some(((_, spare), at)) = candidates.max() else { return false };
        match self.columns[fitted[at].0].when_tight {
            WhenTight::Leave { .. } => drop(fitted.remove(at)),
            WhenTight::Keep | WhenTight::Shorten { .. } => fitted[at].1 -= spare.min(excess),
        }
        true
    }

    /// The line above the titles: each group's name, ruled over all of its columns.
    fn headings(&self, fitted: &[(usize, usize)]) -> String {
        let mut line = String::new();
        for same in fitted.chunk_by(|a, b| self.columns[a.0].group == self.columns[b.0].group) {
            let gap = self.gap_before(same[0].0);
            let span: usize =
                same.iter().map(|&(i, w)| w + self.gap_before(i)).sum::<usize>() - gap;
            let group = shorten(self.columns[same[0].0].group, span);
            let rest = span - length(&group);
            line.push_str(&" ".repeat(gap));
            line.push_str(&group);
            if group.is_empty() || rest < 2 {
                line.push_str(&" ".repeat(rest));
            } else {
                line.push(' ');
                line.push_str(&"─".repeat(rest - 1));
            }
        }
        line
    }

    fn line<'a>(
        &self,
        cells: impl Iterator<Item = (usize, usize, &'a str, Style)>,
        paint: Paint,
    ) -> String {
        let mut line = String::new();
        // Padding waits for the next text, so that no line ends in blanks.
        let mut owed = 0;
        for (i, width, text, style) in cells {
            let text = shorten(text, width);
            let visible = text.trim_end();
            let free = width - length(&text);
            owed +=
                self.gap_before(i) + if self.columns[i].align == Align::Right { free } else { 0 };
            if visible.is_empty() {
                owed += length(&text);
            } else {
                line.push_str(&" ".repeat(owed));
                line.push_str(&paint.apply(style, visible));
                owed = length(&text) - length(visible);
            }
            owed += if self.columns[i].align == Align::Left { free } else { 0 };
        }
        line
    }

    fn gap_before(&self, i: usize) -> usize {
        if i == 0 { 0 } else { self.columns[i].gap }
    }
}

/// The text, or as much of it as fits with an ellipsis at its end.
pub(crate) fn shorten(text: &str, width: usize) -> String {
    if length(text) <= width {
        return text.to_owned();
    }
    let kept: String = text.chars().take(width.saturating_sub(1)).collect();
    if width == 0 { kept } else { kept + "…" }
}

/// The text in lines of at most `width`, broken at blanks where there are any; lines after the
/// first begin with `indent`.
pub(crate) fn wrap(text: &str, width: usize, indent: &str) -> Vec<String> {
    let mut lines = Vec::new();
    let mut rest: Vec<char> = text.chars().collect();
    loop {
        let prefix = if lines.is_empty() { "" } else { indent };
        let room = width.saturating_sub(length(prefix)).max(1);
        if rest.len() <= room {
            lines.push(format!("{prefix}{}", rest.into_iter().collect::<String>()));
            return lines;
        }
        let cut =
            rest[..=room].iter().rposition(|c| *c == ' ').filter(|&at| at > 0).unwrap_or(room);
        let line: String = rest[..cut].iter().collect();
        lines.push(format!("{prefix}{}", line.trim_end()));
        rest = rest[cut..].iter().copied().skip_while(|c| *c == ' ').collect();
    }
}

pub(crate) fn length(text: &str) -> usize {
    text.chars().count()
}

fn push_line(out: &mut String, line: &str) {
    out.push_str(line);
    out.push('\n');
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLAIN_PAINT: Paint = Paint { colour: false };

    fn sample() -> Table {
        let mut table = Table::new(vec![
            Column::left("name").when_tight(WhenTight::Shorten { rank: 0, to: 6 }),
            Column::right("p50").group("time"),
            Column::right("p90").group("time").when_tight(WhenTight::Leave { rank: 1 }),
            Column::left("note").gap(3),
        ]);
        table.row(["naive", "1.21 s", "12 s", ""].map(Cell::new).to_vec());
        table.row(["retried-often", "9 s", "–", "slow"].map(Cell::new).to_vec());
        table
    }

    #[test]
    fn columns_align_under_their_group() {
        insta::assert_snapshot!(sample().render(80, PLAIN_PAINT), @r"
                       time ───────
        name              p50   p90   note
        naive          1.21 s  12 s
        retried-often     9 s     –   slow
        ");
    }

    #[test]
    fn a_tight_table_loses_columns_then_shortens_names() {
        insta::assert_snapshot!(sample().render(24, PLAIN_PAINT), @r"
                   time ─
        name          p50   note
        naive      1.21 s
        retried-…     9 s   slow
        ");
    }

    #[test]
    fn what_must_stay_stays_however_tight() {
        let rendered = sample().render(1, PLAIN_PAINT);
        assert!(rendered.contains("retri…     9 s   slow"), "{rendered}");
    }

    #[test]
    fn colour_adds_codes_and_moves_nothing() {
        let coloured = sample().render(80, Paint { colour: true });
        let mut stripped = String::new();
        let mut in_code = false;
        for c in coloured.chars() {
            match (in_code, c) {
                (false, '\u{1b}') => in_code = true,
                (true, 'm') => in_code = false,
                (false, c) => stripped.push(c),
                (true, _) => {}
            }
        }
        assert_ne!(coloured, stripped);
        assert_eq!(stripped, sample().render(80, PLAIN_PAINT));
    }

    #[test]
    fn wrapping_keeps_inner_blanks_and_indents_what_follows() {
        assert_eq!(
            wrap("provider,  please reference", 18, "  "),
            ["provider,  please", "  reference"]
        );
        assert_eq!(wrap("aaaaaaa", 4, " "), ["aaaa", " aaa"], "a word longer than the line is cut");
        assert_eq!(wrap("", 4, " "), [""]);
    }

    #[test]
    fn shortening_marks_what_is_missing() {
        assert_eq!(["abcd", "abcde"].map(|t| shorten(t, 4)), ["abcd", "abc…"]);
        assert_eq!(shorten("abc", 0), "");
    }
}
