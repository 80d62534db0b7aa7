//! The page: everything in it, nothing from elsewhere, and no name of anybody's is markup.

mod common;

use common::*;
use reports::render::html::render;
use reports::*;

#[test]
fn the_page_says_what_the_report_says() {
    let report = report();
    let page = render(&report);
    assert!(page.contains("<title>PASS: issue-299"), "{}", &page[..400]);
    for contender in &report.contenders {
        let (_, rest) = page
            .split_once(&format!("data-name=\"{}\"", contender.name))
            .expect("a row for each contender");
        let row = rest.split_once("</tr>").expect("a whole row").0;
        let rate = 100.0 * contender.jobs.rate().expect("jobs");
        let shown = row.split_once("ok-rate\">").expect("a rate").1;
        let shown: f64 = shown.split('%').next().expect("a number").parse().expect("a number");
        assert!((shown - rate).abs() < 0.05, "{}: {shown} for {rate}", contender.name);
        let calls = contender.attempts as f64 / contender.jobs.total as f64;
        let told = row.split_once("calls\">").expect("calls").1;
        let told: f64 = told.split('<').next().expect("a number").parse().expect("a number");
        assert!((told - calls).abs() < 0.01 * calls.max(1.0), "{}: {told}", contender.name);
    }
    for expectation in &report.expectations {
        let text = expectation.text.replace('<', "&#60;").replace('>', "&#62;");
        assert!(page.contains(&text), "{text}");
    }
    assert!(page.contains("0 s to 100 ms; 10 first attempts"), "the herd can be asked");
    for told in [
        "0 s to 100 ms; at least 18 left in the limit; 300 key fetches",
        "100 ms to 200 ms; 50 key fetches",
        "200 ms to 300 ms; at least 0 left in the limit",
    ] {
        assert!(page.contains(told), "{told}");
    }
    let told = "job 7: tool 0, call 1, InvalidIdentityToken, 5.00 s from 21.0 ms";
    assert!(page.contains(told), "so can the jobs");
    // Files from before calls were told apart have less to say.
    let mut old = report.clone();
    let spans = old.contenders.iter_mut().flat_map(|contender| &mut contender.waterfall);
    for span in spans.flat_map(|row| &mut row.spans) {
        (span.tool, span.call, span.code) = (None, None, None);
    }
    assert!(render(&old).contains("job 7: call, failed, 5.00 s from 21.0 ms"), "an old one");
    assert!(page.contains("the first jobs of the first seed"));
}

#[test]
fn what_is_undecided_says_so() {
    let page = render(&undecided());
    assert!(page.contains("class=\"verdict INCONCLUSIVE\""), "the verdict");
    assert!(page.contains("31 more seeds would decide"), "what it takes");
    assert!(page.contains("<b class=\"warn\">warn</b>"), "the warning");
}

#[test]
fn the_page_needs_no_network_and_is_small() {
    let page = render(&report());
    assert!(page.contains("default-src 'none'"));
    for outside in ["<script", "<link", "<img", "<iframe", "@import", "url(", " src="] {
        assert!(!page.contains(outside), "{outside}");
    }
    assert!(page.len() < 1 << 20, "{} bytes", page.len());
}

/// Everything that a run keeps is bounded: its bins, its rows, their spans, its classes of times.
#[test]
fn the_fullest_page_is_small_too() {
    let mut report = report();
    let mut contender = report.contenders[0].clone();
    let ms = 1_000_000;
    for second in 0..60 {
        for part in 0..10 {
            let at_ns = (second * 10 + part) * 100 * ms;
            (1..=4).for_each(|number| contender.timeline.call_sent(at_ns, number));
            for how in [CallEnd::Granted, CallEnd::Throttled, CallEnd::Refused, CallEnd::Lost] {
                contender.timeline.call_ended(at_ns, how);
            }
        }
    }
    assert_eq!(contender.timeline.bins.len(), 600);
    let span = |at: u64| {
        let what = [SpanKind::Granted, SpanKind::Failed, SpanKind::Slept][at as usize % 3];
        common::span(at * 900 * ms, (at + 1) * 899 * ms, what)
    };
    let row = |job| JobRow { job, spans: (0..64).map(span).collect(), ..JobRow::default() };
    contender.waterfall = (0..40).map(row).collect();
    let mut times = Histogram::default();
    (0..100_000_u64).for_each(|i| times.record_ns(i * i * 400));
    contender.time_to_credentials = LatencySummary::from(times);
    report.contenders = (0..8)
        .map(|number| ContenderReport { name: format!("contender-{number}"), ..contender.clone() })
        .collect();
    let page = render(&report);
    assert!((1 << 18..1 << 20).contains(&page.len()), "{} bytes", page.len());
}

#[test]
fn names_and_messages_are_never_markup() {
    let mut report = report();
    let hostile = "<script>alert('x')</script>\"&";
    report.scenario.name = hostile.into();
    report.scenario.question = hostile.into();
    report.scenario.text = hostile.into();
    report.notes = vec![hostile.into()];
    for contender in &mut report.contenders {
        contender.name = hostile.into();
        contender.strategy = hostile.into();
        for span in contender.waterfall.iter_mut().flat_map(|row| &mut row.spans) {
            span.code = Some(hostile.into());
        }
        contender.errors = vec![ErrorCount {
            code: hostile.into(),
            message: hostile.into(),
            count: 1,
            first_at_ns: 0,
        }];
        if let Some(story) = &mut contender.first_failure {
            story.lines = vec![hostile.into()];
        }
    }
    let page = render(&report);
    assert!(!page.contains("<script"), "markup got through");
    assert!(!page.contains("alert('x')"), "quotes got through");
}

#[test]
fn a_run_without_anything_to_draw_says_so() {
    let mut report = report();
    for contender in &mut report.contenders {
        contender.time_to_credentials = LatencySummary::default();
        contender.jobs = Proportion::new(0, 20);
        contender.timeline = Timeline::default();
        contender.waterfall.clear();
    }
    let page = render(&report);
    assert!(page.contains("Nobody got credentials"));
    assert!(page.contains("0.0%") || page.contains("0%"), "nobody's rate is shown");
    assert!(!page.contains("NaN") && !page.contains("inf"), "a number that is none");
    report.contenders.clear();
    report.complete = false;
    let page = render(&report);
    assert!(page.contains("INTERRUPTED"), "{}", &page[..300]);
}
