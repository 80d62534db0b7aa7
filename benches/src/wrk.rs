//! `wrk` as a load generator: what it is told to send, and what it says it sent.

use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::{fs, io};

use crate::form;

/// A `wrk` script in the folder `work` that posts a form with each token in turn, on a new connection each
/// time where `closes`.
///
/// # Errors
/// When the folder cannot be written to.
pub fn script(work: &Path, name: &str, tokens: &[String], closes: bool) -> io::Result<PathBuf> {
    let bodies = work.join(format!("{name}.txt"));
    fs::write(&bodies, tokens.iter().map(|token| form(token) + "\n").collect::<String>())?;
    let connection = if closes { ", ['connection'] = 'close'" } else { "" };
    let lua = format!(
        "local requests, at = {{}}, 0\n\
         local headers = {{ ['content-type'] = 'application/x-www-form-urlencoded'{connection} }}\n\
         function init()\n\
           for body in io.lines('{}') do\n\
             requests[#requests + 1] = wrk.format('POST', '/', headers, body)\n\
           end\n\
         end\n\
         function request()\n\
           at = at % #requests + 1\n\
           return requests[at]\n\
         end\n",
        bodies.display()
    );
    let script = work.join(format!("{name}.lua"));
    fs::write(&script, lua)?;
    Ok(script)
}

/// The command that sends what `script` says to `url` for so many seconds, 64 at once.
#[must_use]
pub fn command(url: &str, script: &Path, seconds: u32) -> Command {
    let mut command = Command::new("wrk");
    command.args(["-t1", "-c64", &format!("-d{seconds}s"), "-s"]).arg(script).arg(url);
    command
}

/// How many requests were sent, and how many a second.
///
/// # Errors
/// When some were not answered with 200, or `wrk` says nothing.
pub fn told(output: &Output) -> Result<(f64, f64), Box<dyn Error>> {
    let told = String::from_utf8_lossy(&output.stdout);
    if told.contains("Non-2xx") || told.contains("Socket errors") {
        return Err(format!("not every request was granted:\n{told}").into());
    }
    let mut lines = told.lines().map(str::trim);
    let sent = lines.find_map(|line| line.split_once(" requests in "));
    let rate = lines.find_map(|line| line.strip_prefix("Requests/sec:"));
    let (sent, _) = sent.ok_or("wrk says no number")?;
    Ok((sent.parse()?, rate.ok_or("wrk says no rate")?.trim().parse()?))
}
