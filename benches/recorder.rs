//! What recording costs a fleet: one call that was granted, and one that was
//! throttled, each with what surrounds it.

use std::time::Duration;

use criterion::{Criterion, criterion_group, criterion_main};
use harness::record::{Acquisition, Attempt, CallError, Detail, Failure, Operation, Recorder};
use harness::restraint::Hint;
use harness::world::{Instant, ToolId};
use mock_sts::error_code::ErrorCode;

const TOOL: ToolId = ToolId { job: 1, tool: 0 };

fn attempt(sent: Instant) -> Attempt {
    let answered = sent + Duration::from_millis(120);
    let operation = Operation::AssumeRoleWithWebIdentity;
    let (key, number, call, region) = (0x5eed, 1, 1, 0);
    Attempt { tool: TOOL, key, number, call, operation, region, sent, answered }
}

fn recorder(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("recorder");
    let mut recorder = Recorder::default();
    let mut now = Instant::ZERO;
    group.bench_function("granted-acquisition", |bencher| {
        bencher.iter(|| {
            now += Duration::from_micros(150_017);
            let attempt = attempt(now);
            recorder.needed(TOOL, now);
            recorder.call_sent(now);
            recorder.granted(&attempt);
            recorder.acquired(&Acquisition {
                tool: TOOL,
                key: attempt.key,
                intended: now,
                first_call: Some(now),
                ended: attempt.answered,
                failure: None,
                cause: None,
            });
        });
    });

    let throttled = CallError {
        failure: Failure::Refused(ErrorCode::Throttling),
        detail: Detail::Fixed("Rate exceeded"),
        hint: Hint::NONE,
    };
    // The first failure is told as a story, line by line; the others are counted.
    let first = attempt(now + Duration::from_secs(1));
    let cause = recorder.failed(&first, &throttled);
    recorder.acquired(&Acquisition {
        tool: TOOL,
        key: first.key,
        intended: first.sent,
        first_call: Some(first.sent),
        ended: first.answered,
        failure: Some(throttled.failure),
        cause: Some(cause),
    });
    assert!(recorder.first_failure().is_some());
    group.bench_function("throttled-call", |bencher| {
        bencher.iter(|| {
            now += Duration::from_micros(150_017);
            recorder.call_sent(now);
            recorder.failed(&attempt(now), &throttled)
        });
    });
    group.finish();
}

criterion_group!(benches, recorder);
criterion_main!(benches);
