//! Finding a scenario by its name or path, and reading it.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use mock_sts::config::file::parse::parse as mirror;
use mock_sts::config::problem::{InvalidFile, Problems};
use mock_sts::config::unit::did_you_mean;
use mock_sts::dice::key_of;

use super::file::ScenarioFile;
use super::{Scenario, builtin, check};

/// No scenario is near this size; a wrong path may well be.
const LARGEST_BYTES: u64 = 1 << 20;

/// Why there is no scenario to run.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// Neither a name that is known nor the path of a file.
    #[error(
        "there is no scenario and no file called `{name}`{}\nthe scenarios are {}",
        .meant.map_or(String::new(), |meant| format!(", did you mean `{meant}`?")),
        names().join(", ")
    )]
    Unknown {
        /// What was asked for.
        name: String,
        /// The scenario that was probably meant.
        meant: Option<&'static str>,
    },
    /// The file cannot be read.
    #[error("cannot read the scenario {}: {source}", .path.display())]
    Unreadable {
        /// Where it was looked for.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// The file can be read and is wrong.
    #[error(transparent)]
    Invalid(#[from] InvalidFile),
}

/// The scenario of that name, or else the one in the file at that path.
///
/// # Errors
/// There is none, it cannot be read, or it is wrong; everything that is wrong
/// is reported at once.
pub fn load(name_or_path: &str) -> Result<Scenario, LoadError> {
    if let Some(found) = builtin().find(|scenario| scenario.name == name_or_path) {
        return Ok(parse(&format!("scenarios/{}.toml", found.name), found.text)?);
    }
    let path = Path::new(name_or_path);
    let looks_like_a_path =
        path.components().count() > 1 || path.extension().is_some_and(|end| end == "toml");
    if !looks_like_a_path && !path.exists() {
        return Err(LoadError::Unknown {
            name: name_or_path.into(),
            meant: did_you_mean(name_or_path, names()),
        });
    }
    let text = read(path).map_err(|source| LoadError::Unreadable { path: path.into(), source })?;
    Ok(parse(name_or_path, &text)?)
}

/// The scenario in `text`; `path` is what messages call the file.
///
/// # Errors
/// Everything that is wrong with it, each at its place.
pub fn parse(path: &str, text: &str) -> Result<Scenario, InvalidFile> {
    let mut problems = Problems::default();
    let checked = mirror::<ScenarioFile>(text, &mut problems)
        .and_then(|file| check::scenario(&file, &mut problems));
    let scenario = checked.map(|scenario| Scenario {
        text: text.into(),
        hash: format!("{:016x}", key_of(text)),
        ..scenario
    });
    problems.finish(path, text, scenario)
}

fn names() -> Vec<&'static str> {
    builtin().map(|scenario| scenario.name).collect()
}

fn read(path: &Path) -> io::Result<String> {
    let mut text = String::new();
    File::open(path)?.take(LARGEST_BYTES + 1).read_to_string(&mut text)?;
    if text.len() as u64 > LARGEST_BYTES {
        let reason = format!("it is larger than {} KiB", LARGEST_BYTES / 1024);
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, reason));
    }
    Ok(text)
}
