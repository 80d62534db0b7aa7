//! Everything wrong with a file, each at its place, all at once.

use std::collections::BTreeSet;
use std::fmt;
use std::ops::Range;

use annotate_snippets::{AnnotationKind, Level, Renderer, Snippet};

/// One thing that is wrong with a file.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Problem {
    /// Bytes of the file's text.
    pub span: Range<usize>,
    /// What is wrong: a lowercase fragment.
    pub message: String,
    /// What to say under the place.
    pub label: String,
    /// What would be right.
    pub help: Option<String>,
}

/// The problems found so far; checking goes on to find them all.
#[derive(Default, Debug)]
pub struct Problems {
    found: Vec<Problem>,
    /// What could not be read and was left out of what is checked.
    left_out: Vec<Range<usize>>,
    /// The tables of the file that are not whole: they, or entries of theirs, were
    /// left out.
    lost: BTreeSet<String>,
    /// Where the text ends; what lies past it stands in for what is missing.
    text_end: Option<usize>,
    /// Complaints that may only be due to what was left out, or about what
    /// stands in for it.
    doubtful: Vec<Problem>,
}

impl Problems {
    /// Notes a problem at `span`; the returned problem can be given a help text.
    pub fn push(
        &mut self,
        span: Range<usize>,
        message: impl Into<String>,
        label: impl Into<String>,
    ) -> &mut Problem {
        let holds = |left_out: &Range<usize>| {
            span.start <= left_out.start && left_out.end <= span.end && span != *left_out
        };
        let doubtful = self.left_out.iter().any(holds)
            || self.text_end.is_some_and(|text_end| span.start > text_end);
        let list = if doubtful { &mut self.doubtful } else { &mut self.found };
        list.push(Problem { span, message: message.into(), label: label.into(), help: None });
        let last = list.len() - 1;
        &mut list[last]
    }

    /// Notes that the text at `span` was left out after its problem was noted.
    /// What is said from now on about anything that holds it is not reported:
    /// it may be said only because of what is missing.
    pub fn leave_out(&mut self, span: Range<usize>) {
        self.left_out.push(span);
    }

    /// Says how long the text is: nothing past its end is reported.
    pub(super) fn text_ends_at(&mut self, bytes: usize) {
        self.text_end = Some(bytes);
    }

    /// Notes that the table `name`, or an entry of it, is not among what is
    /// checked, after its problem was noted.
    pub(super) fn lose(&mut self, name: &str) {
        self.lost.insert(name.into());
    }

    /// Whether an entry of the table `name`, or what stands under that dotted
    /// key, was left out, so that what refers to it may seem to be wrong.
    #[must_use]
    pub fn lost_of(&self, name: &str) -> bool {
        self.lost.contains(name)
    }

    /// Whether nothing is wrong so far.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.found.is_empty()
    }

    /// `value`, if nothing is wrong with the file called `path`.
    ///
    /// # Errors
    /// All problems, in the order of their places.
    pub fn finish<T>(self, path: &str, text: &str, value: Option<T>) -> Result<T, InvalidFile> {
        let mut problems = self.found;
        match value {
            Some(value) if problems.is_empty() => Ok(value),
            _ => {
                problems.sort_by_key(|problem| (problem.span.start, problem.span.end));
                problems.dedup();
                Err(InvalidFile { path: path.into(), text: text.into(), problems })
            }
        }
    }
}

impl Problem {
    /// Says what would be right.
    pub fn help(&mut self, help: impl Into<String>) -> &mut Self {
        self.help = Some(help.into());
        self
    }
}

/// A file that cannot be used, with every reason.
#[derive(Clone, Debug)]
pub struct InvalidFile {
    /// As the user named it.
    pub path: String,
    /// The whole text, to quote from.
    pub text: String,
    /// Never empty, in the order of their places.
    pub problems: Vec<Problem>,
}

impl InvalidFile {
    /// The problems as a compiler would show them.
    #[must_use]
    pub fn render(&self, colour: bool) -> String {
        let renderer = if colour { Renderer::styled() } else { Renderer::plain() };
        let shown: Vec<String> = self
            .problems
            .iter()
            .map(|problem| {
                let snippet = Snippet::source(&*self.text).path(&*self.path).annotation(
                    AnnotationKind::Primary
                        .span(self.on_text(&problem.span))
                        .label(&*problem.label),
                );
                let mut group = Level::ERROR.primary_title(&*problem.message).element(snippet);
                if let Some(help) = &problem.help {
                    group = group.element(Level::HELP.message(&**help));
                }
                renderer.render(&[group])
            })
            .collect();
        shown.join("\n\n")
    }

    /// The span, moved onto the text and its character boundaries.
    fn on_text(&self, span: &Range<usize>) -> Range<usize> {
        let floor = |at: usize| {
            let at = at.min(self.text.len());
            (0..=at).rev().find(|&at| self.text.is_char_boundary(at)).unwrap_or(0)
        };
        floor(span.start)..floor(span.end.max(span.start))
    }
}

impl fmt::Display for InvalidFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.render(false))
    }
}

impl std::error::Error for InvalidFile {}
