//! A headless Chromium, driven over loopback by the WebDriver protocol.

#[path = "../common/folder.rs"]
mod folder;

use std::io;
use std::io::{BufRead, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::Mutex;

use serde_json::{Value, json};

use self::folder::Folder;

/// What keeps Chromium on this machine and out of the desktop.
const ARGUMENTS: [&str; 9] = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--window-size=1280,1000",
];

/// A browser of a test's own, with an empty profile; gone with it.
pub(crate) struct Browser {
    driver: Child,
    /// Kept open, lest the driver end for want of somebody to tell.
    _told: BufReader<ChildStdout>,
    port: u16,
    session: String,
    folder: Folder,
}

impl Browser {
    /// None, with the reason on standard error, where there is no browser and none can be had.
    pub(crate) fn start() -> Option<Self> {
        if let Err(why) = there_is_one() {
            let in_ci = std::env::var_os("CI").is_some_and(|ci| ci == "true");
            assert!(!in_ci, "chromium must not be skipped where CI is true: {why}");
            writeln!(io::stderr(), "skipped: chromium: {why}").expect("standard error");
            return None;
        }
        let folder = Folder::new();
        let mut driver = Command::new("chromedriver");
        driver.arg("--port=0").stdout(Stdio::piped()).stderr(Stdio::null());
        let mut driver = driver.spawn().expect("it has told its version");
        let mut told = BufReader::new(driver.stdout.take().expect("piped"));
        let port = port_told(&mut told);
        let mut browser = Self { driver, _told: told, port, session: String::new(), folder };
        let made = browser.ask("POST", "/session", &browser.wishes());
        browser.session = made["sessionId"].as_str().expect("a session").to_owned();
        // Chromium's own first page asks for much: it is left, and its log read away.
        browser.open("about:blank");
        browser.requests();
        Some(browser)
    }

    /// A folder that goes with the browser.
    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    fn wishes(&self) -> Value {
        let profile = format!("--user-data-dir={}", self.folder.join("profile").display());
        let arguments: Vec<&str> = ARGUMENTS.into_iter().chain([&*profile]).collect();
        let mut options = json!({ "args": arguments });
        // Elsewhere chromedriver finds the Chrome that it came with.
        let path = std::env::var_os("PATH").unwrap_or_default();
        let mut programs = std::env::split_paths(&path).map(|folder| folder.join("chromium"));
        if let Some(chromium) = programs.find(|program| program.exists()) {
            options["binary"] = json!(chromium);
        }
        json!({ "capabilities": { "alwaysMatch": {
            "browserName": "chrome",
            "goog:chromeOptions": options,
            "goog:loggingPrefs": { "browser": "ALL", "performance": "ALL" },
        } } })
    }

    /// Opens a file, or an address on loopback.
    pub(crate) fn open(&self, url: &str) {
        self.command("url", &json!({ "url": url }));
    }

    pub(crate) fn open_file(&self, path: &Path) {
        self.open(&format!("file://{}", path.display()));
    }

    /// What a script in the page returns.
    pub(crate) fn script(&self, script: &str) -> Value {
        self.command("execute/sync", &json!({ "script": script, "args": [] }))
    }

    /// The texts of all elements that a selector finds.
    pub(crate) fn texts(&self, selector: &str) -> Vec<String> {
        let script = format!(
            "return [...document.querySelectorAll({})].map(e => (e.innerText ?? e.textContent).trim())",
            json!(selector)
        );
        let found = self.script(&script);
        let texts = found.as_array().expect("a list").iter();
        texts.map(|text| text.as_str().expect("a text").to_owned()).collect()
    }

    /// The page as somebody sees it who has asked for `light` or `dark`.
    pub(crate) fn prefers(&self, scheme: &str) {
        let features = json!([{ "name": "prefers-color-scheme", "value": scheme }]);
        let params = json!({ "features": features });
        let ask = json!({ "cmd": "Emulation.setEmulatedMedia", "params": params });
        self.command("goog/cdp/execute", &ask);
    }

    /// Moves the pointer onto the middle of the `index`th element that a selector finds.
    pub(crate) fn hover(&self, selector: &str, index: usize) {
        let script = format!(
            "const e = document.querySelectorAll({})[{index}]; e.scrollIntoView({{block: 'center'}});
             const r = e.getBoundingClientRect();
             return [Math.round(r.x + r.width / 2), Math.round(r.y + r.height / 2)]",
            json!(selector)
        );
        let at = self.script(&script);
        let moves = json!([{ "type": "pointerMove", "duration": 0, "x": at[0], "y": at[1] }]);
        let source = json!([{ "type": "pointer", "id": "mouse", "actions": moves }]);
        self.command("actions", &json!({ "actions": source }));
    }

    /// Presses a key as WebDriver names it.
    pub(crate) fn press(&self, key: &str) {
        let strokes =
            json!([{ "type": "keyDown", "value": key }, { "type": "keyUp", "value": key }]);
        let source = json!([{ "type": "key", "id": "keys", "actions": strokes }]);
        self.command("actions", &json!({ "actions": source }));
    }

    /// The lines of a log since it was last read.
    pub(crate) fn log(&self, kind: &str) -> Vec<String> {
        let lines = self.command("se/log", &json!({ "type": kind }));
        let lines = lines.as_array().expect("a list").iter();
        lines.map(|line| line["message"].as_str().expect("a message").to_owned()).collect()
    }

    /// Every address that was asked for since the log was last read.
    pub(crate) fn requests(&self) -> Vec<String> {
        let messages = self.log("performance").into_iter().filter_map(|line| {
            let line: Value = serde_json::from_str(&line).expect("JSON");
            let message = &line["message"];
            let sent = message["method"] == "Network.requestWillBeSent";
            let url = message["params"]["request"]["url"].as_str()?.to_owned();
            sent.then_some(url)
        });
        messages.collect()
    }

    fn command(&self, what: &str, body: &Value) -> Value {
        self.ask("POST", &format!("/session/{}/{what}", self.session), body)
    }

    fn ask(&self, method: &str, path: &str, body: &Value) -> Value {
        let (status, answer) = self.exchange(method, path, body).expect("chromedriver answers");
        let mut answer: Value = serde_json::from_str(&answer).expect("JSON");
        assert!(status.contains(" 200 "), "{method} {path}: {status}: {answer}");
        answer["value"].take()
    }

    fn exchange(&self, method: &str, path: &str, body: &Value) -> io::Result<(String, String)> {
        let mut stream = BufReader::new(TcpStream::connect(("127.0.0.1", self.port))?);
        let body = if method == "POST" { body.to_string() } else { String::new() };
        write!(
            stream.get_mut(),
            "{method} {path} HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        )?;
        let (mut status, mut line, mut length) = (String::new(), String::new(), 0);
        stream.read_line(&mut status)?;
        while stream.read_line(&mut line)? > 2 {
            if let Some((name, value)) = line.split_once(':')
                && name.eq_ignore_ascii_case("content-length")
            {
                length = value.trim().parse().map_err(io::Error::other)?;
            }
            line.clear();
        }
        let mut answer = vec![0; length];
        stream.read_exact(&mut answer)?;
        String::from_utf8(answer).map(|answer| (status, answer)).map_err(io::Error::other)
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // What is left behind is litter, not a failure.
        drop(self.exchange("DELETE", &format!("/session/{}", self.session), &Value::Null));
        drop(self.driver.kill());
        drop(self.driver.wait());
    }
}

/// `ChromeDriver was started successfully on port 40123.`
fn port_told(told: &mut impl BufRead) -> u16 {
    let lines = told.lines().map_while(Result::ok);
    let port = |line: String| {
        line.rsplit_once("successfully on port ")?.1.trim_end_matches('.').parse().ok()
    };
    lines.filter_map(port).next().expect("it tells its port")
}

/// Debian's packages where this machine has neither and its package manager can be used.
fn there_is_one() -> Result<(), String> {
    static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());
    let _alone = ONE_AT_A_TIME.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    let is_there = || Command::new("chromedriver").arg("--version").output().is_ok();
    if is_there() {
        return Ok(());
    }
    let install = ["install", "-y", "--no-install-recommends", "chromium", "chromium-driver"];
    let mut why = String::new();
    for arguments in [&install[..], &["update"], &install] {
        let ended = Command::new("apt-get").args(arguments).output();
        why = match ended {
            Ok(ended) => String::from_utf8_lossy(&ended.stderr).trim_end().to_owned(),
            Err(error) => format!("no chromedriver, and apt-get: {error}"),
        };
        if is_there() {
            return Ok(());
        }
    }
    Err(why)
}
