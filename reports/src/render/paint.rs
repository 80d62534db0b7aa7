//! Colour, which only ever adds to text that reads well without it.

use anstyle::{AnsiColor, Color, Style};

pub(crate) const PLAIN: Style = Style::new();
pub(crate) const BOLD: Style = Style::new().bold();
pub(crate) const DIM: Style = Style::new().dimmed();
pub(crate) const GOOD: Style = AnsiColor::Green.on_default();
pub(crate) const BAD: Style = AnsiColor::Red.on_default();
pub(crate) const ODD: Style = AnsiColor::Yellow.on_default();
pub(crate) const LOUD: Style =
    AnsiColor::White.on_default().bg_color(Some(Color::Ansi(AnsiColor::Red))).bold();

/// Whether to colour at all.
#[derive(Clone, Copy)]
pub(crate) struct Paint {
    pub(crate) colour: bool,
}

impl Paint {
    pub(crate) fn apply(self, style: Style, text: &str) -> String {
        if !self.colour || style.is_plain() || text.is_empty() {
            return text.to_owned();
        }
        format!("{}{text}{}", style.render(), style.render_reset())
    }
}
