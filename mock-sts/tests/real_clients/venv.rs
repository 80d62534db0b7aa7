//! Pinned clients, each in a virtual environment of its own that outlives the
//! tests.

use std::env;
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::OnceLock;

/// The interpreter that has boto3; nothing when it cannot be set up.
pub(crate) fn boto3() -> Option<&'static Path> {
    static SET_UP: OnceLock<Result<PathBuf, String>> = OnceLock::new();
    let pins = include_str!("pins/boto3.txt");
    unless_skipped(pins, SET_UP.get_or_init(|| set_up_or_say(pins)), on_ci())
}

/// The interpreter that has AWS CLI v1; nothing when it cannot be set up.
pub(crate) fn aws_cli() -> Option<&'static Path> {
    static SET_UP: OnceLock<Result<PathBuf, String>> = OnceLock::new();
    let pins = include_str!("pins/awscli.txt");
    unless_skipped(pins, SET_UP.get_or_init(|| set_up_or_say(pins)), on_ci())
}

/// The interpreter that has PyJWT; nothing when it cannot be set up.
pub(crate) fn pyjwt() -> Option<&'static Path> {
    static SET_UP: OnceLock<Result<PathBuf, String>> = OnceLock::new();
    let pins = include_str!("pins/pyjwt.txt");
    unless_skipped(pins, SET_UP.get_or_init(|| set_up_or_say(pins)), on_ci())
}

/// The interpreter that has Prometheus's client library; nothing when it cannot
/// be set up.
pub(crate) fn prometheus() -> Option<&'static Path> {
    static SET_UP: OnceLock<Result<PathBuf, String>> = OnceLock::new();
    let pins = include_str!("pins/prometheus.txt");
    unless_skipped(pins, SET_UP.get_or_init(|| set_up_or_say(pins)), on_ci())
}

pub(crate) fn on_ci() -> bool {
    env::var("CI").is_ok_and(|value| value == "true")
}

/// Where continuous integration runs, nothing may be skipped unnoticed.
fn unless_skipped<'a>(
    pins: &str,
    set_up: &'a Result<PathBuf, String>,
    on_ci: bool,
) -> Option<&'a Path> {
    match set_up {
        Ok(python) => Some(python),
        Err(reason) if on_ci => {
            panic!("{} must not be skipped where CI is true: {reason}", name(pins))
        }
        Err(_) => None,
    }
}

fn set_up_or_say(pins: &str) -> Result<PathBuf, String> {
    // target/clients is beside the directory that cargo keeps for tests.
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap_or(Path::new("target"));
    let ready = set_up(pins, Path::new("python3"), &target.join("clients"));
    if let Err(reason) = &ready {
        // Not by eprintln!, whose text the test runner keeps to itself when the test passes.
        let _ = writeln!(io::stderr(), "skipped: {}: {reason}", name(pins));
    }
    ready
}

/// `boto3-1.44.5`: the first pin is the client itself.
fn name(pins: &str) -> String {
    pins.lines().next().unwrap_or_default().replace("==", "-")
}

/// Makes `clients/NAME-VERSION` hold what `pins` says, by `python`'s `venv` and
/// pip, and gives the interpreter to run it with. What is there already is used
/// as it is, if it was finished with the same pins in the same place.
fn set_up(pins: &str, python: &Path, clients: &Path) -> Result<PathBuf, String> {
    let told = |what: &str, error: io::Error| format!("cannot {what}: {error}");
    fs::create_dir_all(clients).map_err(|error| told("make target/clients", error))?;
    let home = clients.join(name(pins));
    let lock = File::create(home.with_added_extension("lock"))
        .map_err(|error| told("make a lock file", error))?;
    lock.lock().map_err(|error| told("lock target/clients", error))?;

    let interpreter = home.join("bin/python");
    let finished = home.join("finished");
    let contents = format!("{}\n{pins}", home.display());
    if interpreter.exists() && fs::read_to_string(&finished).is_ok_and(|text| text == contents) {
        return Ok(interpreter);
    }
    if home.exists() {
        fs::remove_dir_all(&home).map_err(|error| told("remove a half-made environment", error))?;
    }
    succeed(Command::new(python).args(["-m", "venv"]).arg(&home))?;
    let requirements = home.join("requirements.txt");
    fs::write(&requirements, pins).map_err(|error| told("write the pins", error))?;
    let pip = ["-m", "pip", "install", "--no-input", "--disable-pip-version-check", "-r"];
    succeed(Command::new(&interpreter).args(pip).arg(&requirements))?;
    fs::write(&finished, contents).map_err(|error| told("mark the environment", error))?;
    Ok(interpreter)
}

pub(crate) fn succeed(command: &mut Command) -> Result<(), String> {
    let program = command.get_program().display().to_string();
    match command.output() {
        Ok(output) if output.status.success() => Ok(()),
        Ok(output) => Err(reason(&output)),
        Err(error) => Err(format!("cannot run {program}: {error}")),
    }
}

/// The first error a failed command told of, in one line.
fn reason(output: &Output) -> String {
    let stderr = String::from_utf8_lossy(&output.stderr);
    let stdout = String::from_utf8_lossy(&output.stdout);
    let lines = || stderr.lines().chain(stdout.lines()).map(str::trim);
    // pip marks its errors; venv explains itself in a paragraph.
    if let Some(error) = lines().find(|line| line.starts_with("ERROR:")) {
        return error.into();
    }
    let paragraph = lines().skip_while(|line| line.is_empty()).take_while(|line| !line.is_empty());
    let paragraph = paragraph.collect::<Vec<_>>().join(" ");
    if paragraph.is_empty() { output.status.to_string() } else { paragraph }
}

#[cfg(unix)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;
    use std::process;

    use super::*;

    /// An empty directory with a `python3` that writes its arguments down,
    /// makes environments of itself, and then does what `script` says.
    fn with_python(test: &str, script: &str) -> PathBuf {
        let name = format!("venv-{}-{test}", process::id());
        let place = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        fs::create_dir_all(&place).unwrap();
        let python = place.join("python3");
        let text = format!(
            "#!/bin/sh\necho \"$2 $3\" >> '{log}'\n{script}\n\
             if [ $2 = venv ]; then mkdir -p \"$3/bin\" && cp \"$0\" \"$3/bin/python\"; fi\n",
            log = place.join("log").display(),
        );
        fs::write(&python, text).unwrap();
        fs::set_permissions(&python, fs::Permissions::from_mode(0o755)).unwrap();
        place
    }

    fn set_up_in(place: &Path, pins: &str) -> Result<PathBuf, String> {
        set_up(pins, &place.join("python3"), &place.join("clients"))
    }

    /// What the interpreters were asked for so far.
    fn asked(place: &Path) -> Vec<String> {
        let home = format!("{}/", place.join("clients").display());
        let log = fs::read_to_string(place.join("log")).unwrap();
        log.lines().map(|line| line.replace(&home, "")).collect()
    }

    #[test]
    fn a_finished_environment_is_used_again() {
        let place = with_python("again", "");
        let first = set_up_in(&place, "tool==1\nlibrary==2\n").unwrap();
        assert_eq!(first, place.join("clients/tool-1/bin/python"));
        assert_eq!(set_up_in(&place, "tool==1\nlibrary==2\n"), Ok(first));
        assert_eq!(asked(&place), ["venv tool-1", "pip install"]);
        // Another pin makes another environment of it.
        set_up_in(&place, "tool==1\nlibrary==3\n").unwrap();
        assert_eq!(asked(&place)[2..], ["venv tool-1", "pip install"]);
        fs::remove_dir_all(place).unwrap();
    }

    #[test]
    fn a_half_made_environment_is_made_anew() {
        let place = with_python("half", "");
        let rest = place.join("clients/tool-1/lib/rest");
        fs::create_dir_all(&rest).unwrap();
        set_up_in(&place, "tool==1\n").unwrap();
        assert!(!rest.exists());
        assert_eq!(asked(&place), ["venv tool-1", "pip install"]);
        fs::remove_dir_all(place).unwrap();
    }

    #[test]
    fn what_goes_wrong_is_told_in_one_line() {
        let table = [
            (
                "pip",
                "[ $2 = venv ] || { printf 'WARNING: again\\nERROR: no such\\n' >&2; exit 1; }",
                "ERROR: no such",
            ),
            ("venv", "printf 'no ensurepip\\nhere\\n\\ndo so\\n'; exit 1", "no ensurepip here"),
            ("silence", "exit 3", "exit status: 3"),
        ];
        for (test, script, reason) in table {
            let place = with_python(test, script);
            assert_eq!(set_up_in(&place, "tool==1\n"), Err(reason.into()));
            // It is not taken for finished the next time.
            assert_eq!(set_up_in(&place, "tool==1\n"), Err(reason.into()));
            fs::remove_dir_all(place).unwrap();
        }
    }

    #[test]
    fn a_missing_python_is_told() {
        let place = with_python("none", "");
        fs::remove_file(place.join("python3")).unwrap();
        let told = set_up_in(&place, "tool==1\n").unwrap_err();
        let expected = format!("cannot run {}/python3: No such file", place.display());
        assert!(told.starts_with(&expected), "{told}");
        fs::remove_dir_all(place).unwrap();
    }

    #[test]
    fn what_is_there_is_run_and_what_is_not_is_skipped() {
        let there = Ok(PathBuf::from("python"));
        assert_eq!(unless_skipped("tool==1", &there, true), Some(Path::new("python")));
        assert_eq!(unless_skipped("tool==1", &Err("no network".into()), false), None);
    }

    #[test]
    #[should_panic(expected = "tool-1 must not be skipped where CI is true: no network")]
    fn nothing_is_skipped_on_ci() {
        unless_skipped("tool==1", &Err("no network".into()), true);
    }
}
