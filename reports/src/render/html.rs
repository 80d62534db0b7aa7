//! One page for people: the whole report in a file that needs no network.
//!
//! The charts are drawn here, not by a charting library: those that write SVG fix their colours in
//! it, so one file could not be both light and dark, and their marks carry no text to hover or to be
//! read aloud; those that draw in the browser weigh megabytes or load themselves from elsewhere.

mod charts;
mod course;
mod herd;
mod latency;
mod waterfall;

use askama::Template;

use super::answer::answer;
use super::text::contenders::{interval, time};
use super::text::failures::{KINDS_MAX, is_kind, kinds};
use super::text::fairness;
use super::text::method;
use super::text::server::{asked, refusals, strikes};
use super::text::verdict::{context, headline_parts, judge, mark, measured, world};
use super::units;
use crate::{ContenderReport, ErrorCount, LatencySummary, RunReport, RunVerdict};

/// Colours there are for contenders; further ones begin again.
const COLOURS: usize = 8;

#[derive(Template)]
#[template(path = "report.html")]
struct Page<'a> {
    title: String,
    verdict: &'static str,
    detail: String,
    world: &'static str,
    question: String,
    answer: Option<String>,
    context: String,
    incident: Option<String>,
    broken: Vec<[String; 3]>,
    /// What was expected comes first where it was not met, and last where it was.
    all_is_well: bool,
    expectations: Vec<Expected>,
    contenders: Vec<Row>,
    latency: String,
    /// Whether there is a curve to ask.
    has_times: bool,
    herds: Vec<Named>,
    waterfalls: Vec<Named>,
    kinds: Vec<KindRow>,
    more_kinds: usize,
    story: Option<Story>,
    servers: Vec<Server>,
    /// By contender: each region, its requests, throttles and key fetches.
    regions: Vec<(&'a str, Vec<[String; 4]>)>,
    strikes: Vec<(&'a str, String)>,
    method: Vec<String>,
    knobs: Vec<[String; 4]>,
    notes: Vec<String>,
    scenario: String,
    foot: String,
}

struct Expected {
    mark: &'static str,
    text: String,
    measured: String,
}

struct Row {
    name: String,
    colour: usize,
    strategy: String,
    policy: String,
    ok: String,
    interval: String,
    /// The share of needs that were never met, where there are some.
    never: Option<String>,
    /// The interval and the rate as a bar: from, to and up to, in percent of its width.
    bar: Option<[String; 3]>,
    times: [String; 5],
    calls: String,
    amplification: String,
    slept: String,
    wasted: String,
    fairness: String,
    worst_job: String,
    runs: String,
}

struct Named {
    name: String,
    chart: String,
}

struct KindRow {
    code: String,
    message: String,
    counts: Vec<[String; 3]>,
}

struct Story {
    title: String,
    lines: Vec<String>,
}

struct Server {
    name: String,
    cells: [String; 6],
}

/// The report as a page, with a newline at its end.
pub fn render(report: &RunReport) -> String {
    let (_, verdict, detail) = headline_parts(report);
    let every_kind = kinds(&report.contenders);
    let page = Page {
        title: report.scenario.name.clone(),
        verdict,
        detail,
        world: world(report.world),
        question: report.scenario.question.clone(),
        answer: answer(report),
        context: context(report),
        incident: report.scenario.incident.clone(),
        broken: broken(report),
        all_is_well: matches!(report.verdict(), RunVerdict::Passed | RunVerdict::Done),
        expectations: expectations(report),
        contenders: report.contenders.iter().enumerate().map(row).collect(),
        latency: latency::chart(&report.contenders),
        has_times: report.contenders.iter().any(|c| c.time_to_credentials.count > 0),
        herds: fitting(|halvings| herd::charts(&report.contenders, halvings)),
        waterfalls: fitting(|halvings| waterfall::charts(&report.contenders, halvings)),
        kinds: every_kind.iter().take(KINDS_MAX).map(|kind| kind_row(report, *kind)).collect(),
        more_kinds: every_kind.len().saturating_sub(KINDS_MAX),
        story: story(report),
        servers: report.contenders.iter().filter_map(server).collect(),
        regions: asked(report),
        strikes: strikes(report),
        method: method::lines(report),
        knobs: knobs(report),
        notes: report.notes.clone(),
        scenario: report.scenario.text.clone(),
        foot: foot(report),
    };
    // The template writes into a string, which cannot fail.
    page.render().unwrap_or_else(|error| format!("<!doctype html><p>no page: {error}</p>\n"))
}

fn broken(report: &RunReport) -> Vec<[String; 3]> {
    let laws = report.contenders.iter().flat_map(|contender| {
        let broken = contender.checks.iter().filter(|check| !check.holds);
        broken.map(|check| [contender.name.clone(), check.name.clone(), check.detail.clone()])
    });
    laws.collect()
}

fn expectations(report: &RunReport) -> Vec<Expected> {
    let expected = report.expectations.iter().map(|expectation| Expected {
        mark: mark(judge(report, expectation)).1,
        text: expectation.text.clone(),
        measured: measured(expectation),
    });
    expected.collect()
}

fn row((index, contender): (usize, &ContenderReport)) -> Row {
    let jobs = contender.jobs;
    let percent = |share: f64| format!("{:.2}", 100.0 * share.clamp(0.0, 1.0));
    let bar = jobs.interval().zip(jobs.rate());
    let bar = bar.map(|(around, rate)| [percent(around.low), percent(around.high), percent(rate)]);
    let failing = contender.runs;
    let needs = contender.acquisitions;
    let unmet = needs.total.saturating_sub(needs.succeeded);
    Row {
        name: contender.name.clone(),
        colour: index % COLOURS,
        strategy: contender.strategy.clone(),
        policy: contender.policy.clone(),
        ok: units::percent(jobs.succeeded, jobs.total),
        interval: interval(jobs),
        never: (unmet > 0).then(|| units::percent(unmet, needs.total)),
        bar,
        times: figures(&contender.time_to_credentials),
        calls: units::ratio(contender.attempts, jobs.total),
        amplification: units::ratio(contender.attempts, contender.acquisitions.total),
        slept: units::duration_per(contender.slept_ns, jobs.total),
        wasted: units::duration_per(contender.wasted_ns, jobs.total),
        fairness: fairness::index(contender),
        worst_job: fairness::worst_job(contender),
        runs: format!("{} of {}", failing.with_failures, failing.total),
    }
}

fn figures(times: &LatencySummary) -> [String; 5] {
    let percentile = |us: Option<u64>| us.map_or_else(|| units::NONE.to_owned(), time);
    let max = if times.count == 0 { units::NONE.to_owned() } else { time(times.max_us) };
    [
        percentile(times.p50_us),
        percentile(times.p90_us),
        percentile(times.p95_us),
        percentile(times.p99_us),
        max,
    ]
}

/// What the charts of one kind may weigh together, so that a page stays below a megabyte.
const CHARTS_BYTES: usize = 400_000;
/// After so many halvings of 600 bins or 40 rows there is one left.
const HALVINGS: u32 = 10;

/// The charts of one kind, with as much detail as there is room for: halved so and so often.
fn fitting(drawn: impl Fn(u32) -> Vec<Named>) -> Vec<Named> {
    let bytes = |charts: &[Named]| charts.iter().map(|named| named.chart.len()).sum::<usize>();
    let fits = (0..HALVINGS).map(&drawn).find(|charts| bytes(charts) <= CHARTS_BYTES);
    fits.unwrap_or_else(|| drawn(HALVINGS))
}

fn kind_row(report: &RunReport, kind: (&str, &str)) -> KindRow {
    let counts = report.contenders.iter().filter_map(|contender| {
        // A file that somebody edited may count beyond all numbers.
        let sum = |errors: &[ErrorCount]| {
            let counts = errors.iter().filter(|error| is_kind(error, kind));
            counts.fold(0_u64, |sum, error| sum.saturating_add(error.count))
        };
        let (attempts, failures) = (sum(&contender.errors), sum(&contender.failures));
        let told = [contender.name.clone(), units::count(attempts), units::count(failures)];
        (attempts > 0 || failures > 0).then_some(told)
    });
    KindRow { code: kind.0.to_owned(), message: kind.1.to_owned(), counts: counts.collect() }
}

fn story(report: &RunReport) -> Option<Story> {
    let (name, story) = report
        .contenders
        .iter()
        .find_map(|contender| Some((&contender.name, contender.first_failure.as_ref()?)))?;
    Some(Story {
        title: format!(
            "{name}: seed {}, job {}, tool {}, lost at {}",
            story.seed,
            story.job,
            story.tool,
            units::duration(story.at_ns)
        ),
        lines: story.lines.clone(),
    })
}

fn server(contender: &ContenderReport) -> Option<Server> {
    let server = contender.server.as_ref()?;
    let refused = refusals(server);
    let keys = &server.key_fetches;
    Some(Server {
        name: contender.name.clone(),
        cells: [
            units::count(server.requests),
            units::count(server.granted),
            format!(
                "{} at {}",
                units::count(server.peak_requests_per_s),
                units::duration(server.peak_at_ns)
            ),
            format!("{}, {} failed", units::count(keys.started), units::count(keys.failed)),
            units::count(keys.joined.saturating_add(keys.cache_hits)),
            if refused.is_empty() { units::NONE.to_owned() } else { refused.join(", ") },
        ],
    })
}

fn knobs(report: &RunReport) -> Vec<[String; 4]> {
    let knobs = report.profile.knobs.iter().map(|knob| {
        let sure = match (knob.overridden, knob.provenance) {
            (true, _) => "set by the scenario",
            (false, crate::Provenance::Documented) => "documented",
            (false, crate::Provenance::Calibrated) => "calibrated",
            (false, crate::Provenance::Assumed) => "assumed",
        };
        [knob.key.clone(), knob.value.clone(), sure.to_owned(), knob.source.clone()]
    });
    knobs.collect()
}

fn foot(report: &RunReport) -> String {
    let digest = report.digest.as_ref().map(|digest| format!(" · digest {digest}"));
    format!(
        "stampede {} · scenario {} · profile {}{}",
        report.stampede_version,
        report.scenario.hash,
        report.profile.name,
        digest.unwrap_or_default()
    )
}
