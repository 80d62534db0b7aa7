//! The HTML page in a real browser: what it shows is what the result file says.

mod browser;

use std::io::{BufRead as _, BufReader};
use std::process::{Command, Stdio};

use browser::Browser;
use reports::render::json::parse;
use reports::{ContenderReport, LatencySummary, RunReport};
use serde_json::Value;

/// Ten jobs that all fail.
const ALL_LOST: &str = r#"name = "all-lost"
question = "What does a page of nothing but failures look like?"
seeds = [1, 2]

[fleet]
jobs = 10
tools-per-job = 1
arrivals.burst = { spread = "1s" }

[service]
profile = "cacheable-keys"
faults = [{ key-outage = { during = "0s..1h" } }]

[contenders.naive]
strategy.naive = {}

[expect]
"naive.success" = ">= 99%"
"#;

/// Simulates a scenario, opens its page, and returns what its result file says.
fn shown(browser: &Browser, scenario: &str, seeds: &str) -> RunReport {
    let (page, result) = (browser.folder().join("page.html"), browser.folder().join("result.json"));
    let mut run = Command::new(env!("CARGO_BIN_EXE_stampede"));
    run.args(["simulate", scenario, "--seeds", seeds, "-q"]).current_dir(browser.folder());
    run.args(["-o", "html=page.html", "-o", "json=result.json"]);
    let ended = run.env_remove("GITHUB_STEP_SUMMARY").output().expect("started");
    assert!(page.exists(), "{}", String::from_utf8_lossy(&ended.stderr));
    browser.open_file(&page);
    parse(&std::fs::read_to_string(result).expect("a result file")).expect("a report")
}

/// `1m 40s`, `2.51 s`, `777 ms`, `< 1 ms` or a dash, in microseconds.
fn microseconds(shown: &str) -> Option<f64> {
    if shown == "–" {
        return None;
    }
    let units = [("µs", 1.0), ("ms", 1e3), ("s", 1e6), ("m", 60e6), ("h", 3_600e6)];
    let joined = shown.trim_start_matches("< ").replace(' ', "");
    let mut rest = joined.as_str();
    let mut sum = 0.0;
    while !rest.is_empty() {
        let end = rest.find(|c: char| c.is_alphabetic()).expect("a unit");
        let number: f64 = rest[..end].parse().expect("a number");
        let unit = rest[end..].find(|c: char| c.is_ascii_digit()).map_or(rest.len(), |n| end + n);
        let scale = units.iter().find(|(name, _)| *name == &rest[end..unit]).expect("a unit").1;
        sum += number * scale;
        rest = &rest[unit..];
    }
    Some(sum)
}

#[track_caller]
fn assert_close(shown: &str, us: Option<u64>) {
    match (microseconds(shown), us) {
        (Some(shown), Some(us)) => {
            let us = us.max(1_000) as f64;
            assert!((shown - us).abs() <= 0.006 * us, "{shown} µs for {us}");
        }
        (shown, us) => assert_eq!(shown.is_some(), us.is_some(), "{shown:?} for {us:?}"),
    }
}

#[track_caller]
fn assert_number(shown: &str, expected: f64) {
    let shown: f64 = shown.trim_end_matches('%').replace(',', "").parse().expect("a number");
    assert!((shown - expected).abs() <= 0.006 * expected.max(1.0) + 0.05, "{shown} for {expected}");
}

fn times(times: &LatencySummary) -> [Option<u64>; 5] {
    let max = (times.count > 0).then_some(times.max_us);
    [times.p50_us, times.p90_us, times.p95_us, times.p99_us, max]
}

fn row_says(browser: &Browser, contender: &ContenderReport) {
    let cells = browser.texts(&format!("tr[data-name='{}'] td", contender.name));
    assert_eq!(cells.len(), 15, "{cells:?}");
    assert!(cells[0].starts_with(&contender.name), "{cells:?}");
    let jobs = contender.jobs;
    assert_number(&cells[1], 100.0 * jobs.rate().expect("jobs"));
    let interval = jobs.interval().expect("jobs");
    let ends = cells[2].trim_matches(['[', ']']);
    let (low, high) = ends.split_once(", ").expect("two ends");
    let ends = [low, high].map(|end| end.parse::<f64>().expect("a number"));
    // Rounded outwards to a tenth.
    let outwards = [100.0 * interval.low - ends[0], ends[1] - 100.0 * interval.high];
    assert!(outwards.iter().all(|by| (-1e-9..=0.1).contains(by)), "{ends:?} for {interval:?}");
    for (cell, us) in cells[3..8].iter().zip(times(&contender.time_to_credentials)) {
        assert_close(cell, us);
    }
    assert_number(&cells[8], contender.attempts as f64 / jobs.total as f64);
    let needs = contender.acquisitions.total as f64;
    assert_number(&cells[9], contender.attempts as f64 / needs);
    let runs = contender.runs;
    assert_eq!(cells[14], format!("{} of {}", runs.with_failures, runs.total));
}

/// The title of what is under the pointer, or under the focus.
const TITLE: &str = "const under = [...document.querySelectorAll(':hover')].pop();
    const it = under && under.closest('g, path.curve, rect');
    const title = it && it.querySelector(':scope > title');
    const of = title || (under && under.parentElement.querySelector(':scope > title'));
    return of ? of.textContent : null";

/// What a bin of the herd must say: all that is counted in it.
fn bin_says(title: &str, bin: &reports::Bin) {
    let count = |what: &str| -> u32 {
        let part = title.split("; ").find(|part| part.ends_with(what));
        part.map_or(0, |part| part.split(' ').next().and_then(|n| n.parse().ok()).expect("a count"))
    };
    let sent = ["first attempts", "second attempts", "third attempts", "later attempts"];
    assert_eq!(sent.map(count), bin.sent, "{title}");
    let ends = ["granted", "throttled", "refused otherwise", "not answered"].map(count);
    assert_eq!(ends, [bin.granted, bin.throttled, bin.refused, bin.lost], "{title}");
}

/// Below the herd: each bin of the service's course in which something happened.
fn service_says(browser: &Browser, contender: &ContenderReport) {
    let server = contender.server.as_ref().expect("the service is ours");
    let course = server.course.as_ref().expect("its course is kept");
    assert_eq!(
        course.key_fetches.iter().map(|n| u64::from(*n)).sum::<u64>(),
        server.key_fetches.started
    );
    let known = |left: &Option<u32>| left.filter(|_| course.holds.is_some());
    let happened = course.key_fetches.iter().zip(course.least_left.iter().map(known));
    let happened: Vec<_> = happened.filter(|(n, left)| **n > 0 || left.is_some()).collect();
    let label = format!("the limit and the key fetches of {} over time", contender.name);
    let bars = format!("svg[aria-label='{label}'] g");
    assert_eq!(browser.texts(&bars).len(), happened.len());
    browser.hover(&format!("{bars} > rect:last-of-type"), 0);
    let title = browser.script(TITLE);
    let title = title.as_str().expect("a title under the pointer");
    let (fetches, left) = happened[0];
    assert_eq!(title.contains(&format!("{fetches} key fetches")), *fetches > 0, "{title}");
    let says_left = left.is_some_and(|left| title.contains(&format!("at least {left} left")));
    assert_eq!(says_left, left.is_some(), "{title}");
}

fn nothing_is_missing(browser: &Browser, page: &str) {
    let text = browser.script("return document.documentElement.outerHTML");
    let text = text.as_str().expect("a text");
    for none in ["NaN", "undefined", ">inf", "Infinity", "null"] {
        assert!(!text.contains(none), "{page} shows {none}");
    }
    assert_eq!(browser.log("browser"), Vec::<String>::new(), "the console of {page}");
    let elsewhere: Vec<String> =
        browser.requests().into_iter().filter(|url| !url.starts_with("file://")).collect();
    assert_eq!(elsewhere, Vec::<String>::new(), "asked for by {page}");
}

#[test]
fn the_page_shows_what_the_result_says() {
    let Some(browser) = Browser::start() else { return };
    let report = shown(&browser, "issue-299", "1..12");
    assert_eq!(browser.texts(".verdict"), ["PASS"]);
    assert_eq!(browser.texts("h1"), [report.scenario.question.as_str()]);
    let rows = browser.texts("#contenders tbody .name");
    assert_eq!(rows, report.contenders.iter().map(|c| &*c.name).collect::<Vec<_>>());
    for contender in &report.contenders {
        row_says(&browser, contender);
    }
    let expected: Vec<&str> = report.expectations.iter().map(|e| &*e.text).collect();
    assert_eq!(browser.texts("#expectations code"), expected);
    let marks = browser.texts("#expectations b");
    assert_eq!(marks, vec!["ok"; expected.len()]);

    // The first drawing is of the times, then comes a herd for each contender.
    let herd = &report.contenders[0].timeline;
    let bins: Vec<_> = herd.bins.iter().filter(|bin| **bin != reports::Bin::default()).collect();
    let bars = "svg[aria-label='calls of naive over time'] g";
    assert_eq!(browser.texts(bars).len(), bins.len());
    for index in [0, bins.len() / 2, bins.len() - 1] {
        browser.hover(&format!("{bars} > rect:first-of-type"), index);
        let title = browser.script(TITLE);
        bin_says(title.as_str().expect("a title under the pointer"), bins[index]);
    }
    service_says(&browser, &report.contenders[0]);
    nothing_is_missing(&browser, "issue-299");
}

/// The contrast of two colours as WCAG has it; `rgb(1, 2, 3)` is how a browser tells them.
fn contrast(one: &str, other: &str) -> f64 {
    let luminance = |colour: &str| -> f64 {
        let inner = colour.trim_start_matches("rgba(").trim_start_matches("rgb(");
        let parts = inner.trim_end_matches(')').split(',').take(3);
        let linear = parts.map(|part| {
            let share = part.trim().parse::<f64>().expect("a number") / 255.0;
            if share <= 0.04045 { share / 12.92 } else { ((share + 0.055) / 1.055).powf(2.4) }
        });
        linear.zip([0.2126, 0.7152, 0.0722]).map(|(linear, weight)| linear * weight).sum()
    };
    let (a, b) = (luminance(one), luminance(other));
    (a.max(b) + 0.05) / (a.min(b) + 0.05)
}

#[test]
fn the_page_can_be_read_in_light_and_dark() {
    let Some(browser) = Browser::start() else { return };
    shown(&browser, "issue-299", "1..3");
    let mut grounds = Vec::new();
    for scheme in ["light", "dark"] {
        browser.prefers(scheme);
        let colour = |selector: &str, property: &str| -> String {
            let script = format!(
                "return getComputedStyle(document.querySelector({})).{property}",
                Value::from(selector)
            );
            browser.script(&script).as_str().expect("a colour").to_owned()
        };
        let ground = colour("body", "backgroundColor");
        let card = colour(".card", "backgroundColor");
        for text in ["h1", "td", ".soft", ".sub", "th", ".ok", "a"] {
            let found = contrast(&colour(text, "color"), &ground);
            assert!(found >= 4.5, "{text} on the ground when {scheme}: {found:.2}");
        }
        for drawn in ["svg .tick", "rect.granted", "rect.refused", "rect.a0", "rect.fetch"] {
            let found = contrast(&colour(drawn, "fill"), &card);
            assert!(found >= 3.0, "{drawn} on a card when {scheme}: {found:.2}");
        }
        for curve in ["path.c0", "path.c1", "path.c2", "path.c3", "path.c4", "path.c5"] {
            let found = contrast(&colour(curve, "stroke"), &card);
            assert!(found >= 3.0, "{curve} on a card when {scheme}: {found:.2}");
        }
        grounds.push(ground);
    }
    assert_ne!(grounds[0], grounds[1], "both schemes are one");
    nothing_is_missing(&browser, "issue-299 in both schemes");
}

#[test]
fn the_keyboard_reaches_every_curve_and_opens_what_is_closed() {
    let Some(browser) = Browser::start() else { return };
    let report = shown(&browser, "issue-299", "1..3");
    let focused = "const e = document.activeElement;
        const told = e.nextElementSibling;
        const seen = told && told.matches('.told') ? getComputedStyle(told).visibility : '';
        return [e.tagName.toLowerCase(), e.ariaLabel || e.textContent, seen, told ? told.textContent : '']";
    let (mut curves, mut opened) = (0, 0);
    for _ in 0..40 {
        browser.press("\u{e004}");
        let at = browser.script(focused);
        match at[0].as_str().expect("a name") {
            "path" => {
                let contender = &report.contenders[curves];
                let told = at[1].as_str().expect("a label");
                assert_eq!(at[2], "visible", "{told}");
                assert_eq!(at[3], told);
                let rest = told.strip_prefix(&format!("{}: p50 ", contender.name));
                let (p50, rest) = rest.expect("its name").split_once(", p99 ").expect("two");
                assert_close(p50, contender.time_to_credentials.p50_us);
                let max = rest.split_once("max ").expect("max").1.split(';').next();
                assert_close(max.expect("max"), Some(contender.time_to_credentials.max_us));
                curves += 1;
            }
            "summary" => {
                browser.press("\u{e007}");
                assert_eq!(
                    browser.script("return document.activeElement.parentElement.open"),
                    true
                );
                opened += 1;
            }
            _ => {}
        }
        if opened == 2 {
            break;
        }
    }
    assert_eq!((curves, opened), (report.contenders.len(), 2));
}

#[test]
fn a_page_of_nothing_but_failures_says_so() {
    let Some(browser) = Browser::start() else { return };
    std::fs::write(browser.folder().join("lost.toml"), ALL_LOST).expect("written");
    let report = shown(&browser, "lost.toml", "1..2");
    assert_eq!(browser.texts(".verdict"), ["FAIL"]);
    row_says(&browser, &report.contenders[0]);
    assert_eq!(browser.texts(".none"), ["Nobody got credentials: there is no time to draw."]);
    let body = browser.texts("body").concat();
    assert!(!body.contains("Hover a curve"), "there is no curve");
    let failed = browser.texts("#failures td");
    assert!(failed[0].starts_with("InvalidIdentityToken"), "{failed:?}");
    assert_eq!(failed[1], "naive: 20, 20");
    nothing_is_missing(&browser, "a run without successes");
}

#[test]
fn the_live_page_follows_a_run_to_its_end() {
    let Some(browser) = Browser::start() else { return };
    let mut run = Command::new(env!("CARGO_BIN_EXE_stampede"));
    run.args(["run", "issue-299", "--contender", "naive", "--contender", "daemon", "-q"]);
    run.args(["--live", "0", "-o", "json=live.json"]).current_dir(browser.folder());
    let mut run = run.stderr(Stdio::piped()).spawn().expect("started");
    let mut line = String::new();
    let mut told = BufReader::new(run.stderr.take().expect("piped"));
    told.read_line(&mut line).expect("where it is");
    let url = line.trim_end().strip_prefix("live: ").expect("an address").to_owned();
    browser.open(&url);
    let mut seen = Vec::new();
    while !browser.texts("#state").concat().contains("ended") {
        seen.extend(browser.texts("[data-name=naive] .jobs"));
    }
    assert_eq!(run.wait().expect("it ends").code(), Some(0));
    let result = std::fs::read_to_string(browser.folder().join("live.json")).expect("a file");
    let report = parse(&result).expect("a report");
    seen.dedup();
    assert!(seen.len() > 2, "it moves: {seen:?}");
    for contender in &report.contenders {
        let of = |what: &str| browser.texts(&format!("[data-name={}] .{what}", contender.name));
        let jobs = contender.jobs;
        assert_eq!(of("jobs"), [format!("{} of {} jobs", jobs.total, jobs.total)]);
        let failed = format!("{} failed", jobs.total - jobs.succeeded);
        assert!(of("success")[0].ends_with(&failed), "{:?}", of("success"));
        assert!(of("calls")[0].starts_with(&format!("{} calls,", contender.attempts)));
    }
    assert!(browser.texts(".errors").concat().contains("InvalidIdentityToken at"));
    assert!(browser.texts(".bucket")[0].contains(" of 600 left"));
    let own = browser.requests().into_iter().filter(|asked| !asked.starts_with(&url));
    let elsewhere: Vec<String> = own.filter(|asked| asked != "data:,").collect();
    assert_eq!(elsewhere, Vec::<String>::new());
    assert_eq!(browser.log("browser"), Vec::<String>::new(), "the console");
}
