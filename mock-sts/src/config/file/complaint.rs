//! What serde says about a file, in words that help.

use std::ops::Range;

use super::place::{Step, dotted};
use crate::config::problem::Problems;
use crate::config::unit::guess;

/// An error message of serde or of the TOML deserializer, understood.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Complaint<'m> {
    /// A key that nothing reads.
    UnknownKey { key: &'m str, known: Vec<&'m str> },
    /// A name that is none of an enum's.
    UnknownChoice { choice: &'m str, known: Vec<&'m str> },
    /// A key that must be there is not.
    Missing(&'m str),
    /// A choice table that is empty.
    NoChoice,
    /// A choice table with several keys.
    SeveralChoices,
    /// A choice given by its name alone, although it takes a table.
    BareChoice,
    /// A value of the wrong type.
    WrongType { found: &'m str, expected: &'m str },
    /// Something else, in serde's own words.
    Other(&'m str),
}

impl<'m> Complaint<'m> {
    /// Understands `message`.
    pub(super) fn of(message: &'m str) -> Self {
        if let Some((key, known)) = named(message, "unknown field `") {
            return Self::UnknownKey { key, known };
        }
        if let Some((choice, known)) = named(message, "unknown variant `") {
            return Self::UnknownChoice { choice, known };
        }
        if let Some(rest) = message.strip_prefix("missing field `") {
            return Self::Missing(rest.trim_end_matches('`'));
        }
        match message {
            "wanted exactly 1 element, found 0 elements" => return Self::NoChoice,
            "wanted exactly 1 element, more than 1 element" => return Self::SeveralChoices,
            "wanted string or table" => {
                return Self::WrongType { found: "neither", expected: "a name or a table" };
            }
            _ => {}
        }
        let typed = ["invalid type: ", "invalid value: "]
            .iter()
            .find_map(|prefix| message.strip_prefix(prefix))
            .and_then(|rest| rest.rsplit_once(", expected "));
        match typed {
            Some((found, _)) if found.starts_with("unit variant") => Self::BareChoice,
            Some((found, expected)) => Self::WrongType { found, expected },
            None => Self::Other(message),
        }
    }

    pub(super) const fn is_unknown_key(&self) -> bool {
        matches!(self, Self::UnknownKey { .. })
    }

    pub(super) const fn is_unknown_choice(&self) -> bool {
        matches!(self, Self::UnknownChoice { .. })
    }

    /// Notes the problem, which stands at `span` and at `path`.
    pub(super) fn report(&self, span: Range<usize>, path: &[Step], problems: &mut Problems) {
        let place = place_name(path);
        match self {
            Self::UnknownKey { key, known } => {
                let label = guess(key, known.iter().copied(), "no such key");
                let help = match &known[..] {
                    [] => "it takes no keys: leave the table empty".into(),
                    known => format!("the keys here are {}", known.join(", ")),
                };
                let message = match parent_name(path) {
                    Some(parent) => format!("unknown key `{key}` in {parent}"),
                    None => format!("unknown key `{key}`"),
                };
                problems.push(span, message, label).help(help);
            }
            Self::UnknownChoice { choice, known } => {
                let label = guess(choice, known.iter().copied(), "no such choice");
                // The path ends in the choice itself where it is a key, not a text.
                let is_key = matches!(path.last(), Some(Step::Key(last)) if last == choice);
                let place = if is_key { parent_name(path) } else { None }.unwrap_or(place);
                problems
                    .push(span, format!("`{choice}` is not a choice for {place}"), label)
                    .help(format!("the choices are {}", known.join(", ")));
            }
            Self::Missing(key) => {
                problems.push(
                    span,
                    format!("{place} lacks `{key}`"),
                    format!("`{key}` must be set"),
                );
            }
            Self::NoChoice => {
                problems.push(span, format!("{place} needs exactly one choice"), "none is given");
            }
            Self::SeveralChoices => {
                problems
                    .push(span, format!("{place} needs exactly one choice"), "several are given")
                    .help("keep one and remove the others");
            }
            Self::BareChoice => {
                let key = path.iter().rev().find_map(Step::key).unwrap_or("KEY");
                problems
                    .push(span, format!("{place} needs a table"), "this is only a name")
                    .help(format!("write it like `{key}.NAME = {{ … }}`"));
            }
            Self::WrongType { found, expected } => {
                report_type(found, expected, &place, span, problems);
            }
            Self::Other(message) => {
                problems.push(span, format!("{place} cannot be read: {message}"), "here");
            }
        }
    }
}

fn report_type(
    found: &str,
    expected: &str,
    place: &str,
    span: Range<usize>,
    problems: &mut Problems,
) {
    let (found, wanted) = (plain_type(found), plain_type(expected));
    let help = match (&*wanted, &*found) {
        ("a string", "a table") => {
            Some("a key with a dot in it stands in quotes, like \"a.b\" = …")
        }
        ("a string", number) if number.starts_with("the number") => {
            Some("put it in quotes; a duration or a rate needs its unit too, like \"20s\"")
        }
        _ => None,
    };
    let problem =
        problems.push(span, format!("{place} must be {wanted}"), format!("this is {found}"));
    if let Some(help) = help {
        problem.help(help);
    }
}

fn place_name(path: &[Step]) -> String {
    if path.is_empty() { "the file".into() } else { format!("`{}`", dotted(path)) }
}

/// What holds the last step; none when that is the file itself.
fn parent_name(path: &[Step]) -> Option<String> {
    let (_, parents) = path.split_last()?;
    (!parents.is_empty()).then(|| place_name(parents))
}

/// Splits "PREFIX`name`, expected one of `a`, `b`" into its names.
fn named<'m>(message: &'m str, prefix: &str) -> Option<(&'m str, Vec<&'m str>)> {
    let rest = message.strip_prefix(prefix)?;
    // The name is the file's and may hold anything; what is expected is ours.
    let (name, expected) =
        rest.rsplit_once("`, expected ").or_else(|| rest.rsplit_once("`, there are no "))?;
    Some((name, expected.split('`').skip(1).step_by(2).collect()))
}

/// A type as a user of TOML would call it.
fn plain_type(serde: &str) -> String {
    let first = serde.split(' ').next().unwrap_or(serde);
    match first {
        "i8" | "i16" | "i32" | "i64" => "a whole number".into(),
        "u8" | "u16" | "u32" | "u64" | "usize" => "a whole number that is not negative".into(),
        "f32" | "f64" => "a number".into(),
        "integer" | "floating" => {
            format!("the number {}", serde.split('`').nth(1).unwrap_or_default())
        }
        "string" => "a string".into(),
        "boolean" => "a boolean".into(),
        "map" | "struct" => "a table".into(),
        "sequence" => "a list".into(),
        _ => match serde {
            "a boolean" => "true or false".into(),
            "a sequence" => "a list".into(),
            "a map" => "a table".into(),
            _ => serde.replace('`', ""),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn serdes_own_words_are_understood() {
        let key = Complaint::of("unknown field `jobz`, expected one of `jobs`, `work`");
        assert_eq!(key, Complaint::UnknownKey { key: "jobz", known: vec!["jobs", "work"] });
        let none = Complaint::of("unknown field `a`, there are no fields");
        assert_eq!(none, Complaint::UnknownKey { key: "a", known: vec![] });
        let odd = Complaint::of("unknown variant `a`, expected `b`, expected `c` or `d`");
        assert_eq!(
            odd,
            Complaint::UnknownChoice { choice: "a`, expected `b", known: vec!["c", "d"] }
        );
        assert_eq!(Complaint::of("missing field `jobs`"), Complaint::Missing("jobs"));
        let typed = Complaint::of("invalid type: string \"a, expected b\", expected i64");
        assert_eq!(
            typed,
            Complaint::WrongType { found: "string \"a, expected b\"", expected: "i64" }
        );
    }
}
