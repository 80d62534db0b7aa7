//! `-o FORMAT=PATH` of the commands whose results are no run's report.

use std::path::PathBuf;

use anyhow::Context as _;

use super::exit::UsageError;
use super::output;

/// One `-o FORMAT=PATH`; no path is standard output.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct File {
    format: String,
    path: Option<PathBuf>,
}

/// Where the results of one command go.
#[derive(Debug)]
pub(super) struct Files {
    files: Vec<File>,
    quiet: bool,
}

impl Files {
    /// Reads every `-o`, and checks that it can be written before anything runs.
    pub(super) fn prepare(
        outputs: &[String],
        formats: &[&str],
        quiet: bool,
    ) -> Result<Self, UsageError> {
        let files = outputs
            .iter()
            .map(|text| {
                read(text, formats).map_err(|error| UsageError(format!("-o {text}: {error}")))
            })
            .collect::<Result<Vec<File>, _>>()?;
        for path in files.iter().filter_map(|file| file.path.as_ref()) {
            output::try_out(path).map_err(|error| {
                UsageError(format!("cannot write {}: {error}; nothing was run", path.display()))
            })?;
        }
        Ok(Self { files, quiet })
    }

    /// Whether somebody wants this format.
    pub(super) fn wants(&self, format: &str) -> bool {
        self.files.iter().any(|file| file.format == format)
    }

    /// Writes all of them; the text also goes to standard output, unless
    /// something else does or nothing is to.
    pub(super) fn write(
        &self,
        text: &str,
        render: &dyn Fn(&str) -> anyhow::Result<String>,
    ) -> anyhow::Result<()> {
        let to_stdout = self.files.iter().any(|file| file.path.is_none());
        if !self.quiet && !to_stdout {
            output::print(text);
        }
        for File { format, path } in &self.files {
            let rendered = if format == "text" { text.to_owned() } else { render(format)? };
            match path {
                None => output::print(&rendered),
                Some(path) => output::replace(path, &rendered)
                    .with_context(|| format!("cannot write {}", path.display()))?,
            }
        }
        Ok(())
    }
}

fn read(text: &str, formats: &[&str]) -> Result<File, String> {
    let (format, path) = text
        .split_once('=')
        .filter(|(_, path)| !path.is_empty())
        .ok_or("expected FORMAT=PATH, such as text=- (`-` is standard output)")?;
    if !formats.contains(&format) {
        return Err(format!("there is no format `{format}` here: expected {}", formats.join(", ")));
    }
    Ok(File { format: format.into(), path: (path != "-").then(|| path.into()) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_a_format_and_a_path() {
        let csv = File { format: "csv".into(), path: Some("a=b".into()) };
        assert_eq!(read("csv=a=b", &["text", "csv"]), Ok(csv));
        assert_eq!(read("csv=-", &["csv"]), Ok(File { format: "csv".into(), path: None }));
        for bad in ["", "csv", "csv=", "svg=x"] {
            assert!(read(bad, &["csv"]).is_err(), "{bad}");
        }
    }
}
