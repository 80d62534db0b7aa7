//! One decision of the service. Budget: 1 µs for a granted request.

use std::time::Duration;

use criterion::{Criterion, criterion_group, criterion_main};
use mock_sts::clock::Instant;
use mock_sts::config::{InFlight, LimitRule, MockConfig, Refill};
use mock_sts::decision::{Refusal, Verdict};
use mock_sts::latency::Latency;
use mock_sts::service::Service;
use stampede_benches::{cached_keys, identity, request};

fn service_handle(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("service_handle");
    let mut case = |name, config: &MockConfig, step, expected: fn(&Verdict) -> bool| {
        let identity = identity(config);
        let mut service = Service::new(config, 1);
        let (mut now, mut attempt) = (Instant::ZERO, 0);
        let mut handle = |step| {
            attempt += 1;
            now += step;
            service.handle(now, &request(&identity, attempt))
        };
        // The first requests meet cold caches, one a front end, and a full bucket.
        for _ in 0..1000 {
            handle(Duration::from_secs(1));
        }
        assert!(expected(&handle(step).verdict), "{name} measures something else");
        group.bench_function(name, |bencher| bencher.iter(|| handle(step)));
    };

    let granted = |verdict: &Verdict| matches!(verdict, Verdict::Granted(_));
    case("granted", &cached_keys(), Duration::from_micros(1), granted);

    let mut tight = cached_keys();
    for limit in &mut tight.service.limits {
        limit.rule = LimitRule::TokenBucket { rate_per_s: 1, burst: 1, refill: Refill::EachSecond };
    }
    let throttled =
        |verdict: &Verdict| matches!(verdict, Verdict::Refused(Refusal::Throttled { .. }));
    case("throttled", &tight, Duration::ZERO, throttled);

    let mut uncached = cached_keys();
    uncached.idp.cache_control = "no-cache".into();
    uncached.service.verification_key.in_flight = InFlight::Separate;
    uncached.service.verification_key.provider.concurrency = 64;
    let (median, sigma) = (Duration::from_millis(800), 0.3);
    uncached.service.verification_key.provider.latency = Latency::Lognormal { median, sigma };
    case("key-fetch", &uncached, Duration::from_millis(100), granted);
    group.finish();
}

criterion_group!(benches, service_handle);
criterion_main!(benches);
