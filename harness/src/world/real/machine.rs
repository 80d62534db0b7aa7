//! The machine that runs are made on.

use std::fs;

use reports::Machine;

/// What this machine says of itself: on Linux its kernel, processor and memory, elsewhere what can
/// be known without asking a program. Never its name.
#[must_use]
pub fn machine() -> Machine {
    let read = |path: &str| fs::read_to_string(path).unwrap_or_default();
    let release = read("/proc/sys/kernel/osrelease");
    let (version, os) = (version(&release), std::env::consts::OS);
    Machine {
        system: if version.is_empty() { os.into() } else { format!("{os} {version}") },
        architecture: std::env::consts::ARCH.into(),
        cpu: field(&read("/proc/cpuinfo"), "model name").map(ToOwned::to_owned),
        cores: std::thread::available_parallelism().map_or(1, |cores| cores.get() as u64),
        memory_mib: field(&read("/proc/meminfo"), "MemTotal").and_then(mebibytes),
    }
}

/// The numbers of a release: who built the kernel may have named it after their machine.
fn version(release: &str) -> &str {
    let end = release.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(release.len());
    release[..end].trim_end_matches('.')
}

/// The first `name : value` of a file under `/proc`.
fn field<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    let value = |line: &'a str| {
        let (key, value) = line.split_once(':')?;
        (key.trim() == name && !value.trim().is_empty()).then(|| value.trim())
    };
    text.lines().find_map(value)
}

/// `24684092 kB`.
fn mebibytes(text: &str) -> Option<u64> {
    text.strip_suffix("kB")?.trim().parse::<u64>().ok().map(|kib| kib / 1_024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_system_says_is_read_and_names_are_left_out() {
        assert_eq!(version("6.1.0-17-amd64\n"), "6.1.0");
        assert_eq!(version("5.15.0.build-of-somebody"), "5.15.0");
        assert_eq!(version(""), "");
        let text = "processor\t: 0\nmodel name\t: A CPU @ 2 GHz\nmodel name\t: another\n";
        assert_eq!(field(text, "model name"), Some("A CPU @ 2 GHz"));
        assert_eq!(field("MemTotal:  24684092 kB\n", "MemTotal").and_then(mebibytes), Some(24_105));
        assert_eq!(field("model name:\n", "model name"), None);
    }
}
