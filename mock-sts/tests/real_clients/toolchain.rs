//! Clients that a compiler or a package manager makes ready, each in a
//! directory of its own that outlives the tests.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::venv::{on_ci, succeed};

/// What makes a client ready.
pub(crate) struct Recipe {
    /// With its version: what it is called in messages and in `target/clients`.
    pub(crate) name: &'static str,
    /// Its sources: name and text.
    pub(crate) files: &'static [(&'static str, &'static str)],
    /// What is run in its directory, in order: program and arguments.
    pub(crate) steps: &'static [&'static [&'static str]],
}

impl Recipe {
    /// The directory in which the client is ready; nothing when it cannot be
    /// made ready, which is said by name and reason, and fails where `CI` is
    /// `true`.
    pub(crate) fn made(&self) -> Option<PathBuf> {
        let home = self.try_to_make();
        if let Err(reason) = &home
            && on_ci()
        {
            panic!("{} must not be skipped where CI is true: {reason}", self.name)
        }
        self.or_say(home)
    }

    /// The same for a client that only some systems can have: it is skipped by
    /// name and reason elsewhere, also where `CI` is `true`.
    pub(crate) fn made_if_it_can_be(&self) -> Option<PathBuf> {
        let home = self.try_to_make();
        self.or_say(home)
    }

    fn try_to_make(&self) -> Result<PathBuf, String> {
        let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap_or(Path::new("target"));
        self.make(&target.join("clients"))
    }

    fn or_say(&self, home: Result<PathBuf, String>) -> Option<PathBuf> {
        let say = |reason: &String| {
            // Not by eprintln!, whose text the test runner keeps to itself.
            let _ = writeln!(io::stderr(), "skipped: {}: {reason}", self.name);
        };
        home.inspect_err(say).ok()
    }

    /// Does the steps, unless they were done with the same files before.
    fn make(&self, clients: &Path) -> Result<PathBuf, String> {
        let told = |what: &str, error: io::Error| format!("cannot {what}: {error}");
        let home = clients.join(self.name);
        fs::create_dir_all(&home).map_err(|error| told("make target/clients", error))?;
        let lock = File::create(clients.join(format!("{}.lock", self.name)))
            .map_err(|error| told("make a lock file", error))?;
        lock.lock().map_err(|error| told("lock target/clients", error))?;

        let finished = home.join("finished");
        let contents = format!("{}\n{:?}\n{:?}", home.display(), self.files, self.steps);
        if fs::read_to_string(&finished).is_ok_and(|text| text == contents) {
            return Ok(home);
        }
        for (name, text) in self.files {
            let file = home.join(name);
            let parent = file.parent().unwrap_or(&home);
            fs::create_dir_all(parent).map_err(|error| told("make a directory", error))?;
            fs::write(file, text).map_err(|error| told("write a source", error))?;
        }
        for step in self.steps {
            let [program, arguments @ ..] = step else { continue };
            let mut command = Command::new(program);
            succeed(command.args(arguments).current_dir(&home).env_remove("CARGO_TARGET_DIR"))?;
        }
        fs::write(finished, contents).map_err(|error| told("mark the client", error))?;
        Ok(home)
    }
}
