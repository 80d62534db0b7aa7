//! SDKs: the attempts are everybody's to set, the waits only of some, and what
//! is retried hardly anywhere.

use super::{NOT_THE_KEY, Tool, Wish};
use crate::tune::wish::Shape;

/// What differs, and the lines.
pub(super) fn lines(tool: Tool, wish: &Wish) -> (Vec<String>, String) {
    let own = wish.client.is_some_and(|client| clients(tool).contains(&client));
    let (mut differs, text) = match tool {
        Tool::Botocore => botocore(wish),
        Tool::AwsCli => aws_cli(wish),
        Tool::SdkGo => go(wish),
        Tool::SdkJs => js(wish),
        Tool::SdkRust => rust(wish),
        _ => java(wish),
    };
    if own {
        return (Vec::new(), text);
    }
    // Only Go's provider retries the key that STS could not fetch.
    if tool != Tool::SdkGo && wish.attempts > 1 {
        differs.push(NOT_THE_KEY.into());
    }
    (differs, text)
}

fn clients(tool: Tool) -> Vec<&'static str> {
    Tool::CLIENTS.iter().filter(|(known, _)| *known == tool).map(|(_, client)| *client).collect()
}

fn waits_differ(wish: &Wish, own: &str) -> Vec<String> {
    let same = wish.attempts == 1;
    if same { Vec::new() } else { vec![format!("its waits are {own}, not: {}", wish.words())] }
}

/// Legacy waits a second, two, four; standard from 1.44 on 50 ms.
fn botocore(wish: &Wish) -> (Vec<String>, String) {
    let mode = if wish.client == Some("botocore-1.44") { "standard" } else { "legacy" };
    let own = "random · 1 s · 2^k";
    let is_that = wish.shape == Shape::Full && wish.base.as_millis() == 1000;
    let differs = if is_that { Vec::new() } else { waits_differ(wish, own) };
    let attempts = wish.attempts;
    let text = format!(
        "export AWS_RETRY_MODE={mode} AWS_MAX_ATTEMPTS={attempts}\n\n\
         # or in ~/.aws/config\n[default]\nretry_mode = {mode}\nmax_attempts = {attempts}\n\n\
         # or in Python\nfrom botocore.config import Config\n\
         config = Config(retries={{\"mode\": \"{mode}\", \"total_max_attempts\": {attempts}}})\n\
         sts = boto3.client(\"sts\", config=config)\n"
    );
    (differs, text)
}

fn aws_cli(wish: &Wish) -> (Vec<String>, String) {
    let attempts = wish.attempts;
    let text = format!(
        "export AWS_RETRY_MODE=standard AWS_MAX_ATTEMPTS={attempts}\n\n\
         # or in ~/.aws/config\n[default]\nretry_mode = standard\nmax_attempts = {attempts}\n"
    );
    let is_that = wish.shape == Shape::Full && (wish.base.as_secs(), wish.cap.as_secs()) == (1, 20);
    let differs = if is_that {
        Vec::new()
    } else {
        waits_differ(wish, "random · 1 s · 2^k, 20 s at the most")
    };
    (differs, text)
}

/// The wait before retry `k` (from 0), in a language with `rand` and `last`.
fn formula(shape: Shape, backoff: &str, random: &str) -> String {
    match shape {
        Shape::Constant | Shape::Exponential => backoff.to_owned(),
        Shape::Equal => format!("{backoff} * (0.5 + 0.5 * {random})"),
        Shape::Full | Shape::Decorrelated => format!("{backoff} * {random}"),
    }
}

/// Waits that depend on the one before have no place in a function of the attempt.
fn decorrelated(wish: &Wish) -> Vec<String> {
    let is_that = wish.shape == Shape::Decorrelated;
    if is_that {
        vec!["its waits know no last wait: full jitter instead".into()]
    } else {
        Vec::new()
    }
}

fn go(wish: &Wish) -> (Vec<String>, String) {
    let (base, cap) = (wish.base.as_secs_f64(), wish.cap.as_secs_f64());
    let backoff = match wish.shape {
        Shape::Constant => format!("{base}"),
        _ => format!("math.Min({cap}, {base}*math.Pow(2, float64(attempt-1)))"),
    };
    let wait = formula(wish.shape, &backoff, "rand.Float64()");
    let attempts = wish.attempts;
    let text = format!(
        "retryer := func() aws.Retryer {{\n\treturn retry.NewStandard(func(o *retry.StandardOptions) {{\n\
         \t\to.MaxAttempts = {attempts}\n\
         \t\to.Backoff = retry.BackoffDelayerFunc(func(attempt int, err error) (time.Duration, error) {{\n\
         \t\t\treturn time.Duration({wait} * float64(time.Second)), nil\n\t\t}})\n\t}})\n}}\n\
         cfg, err := config.LoadDefaultConfig(ctx, config.WithRetryer(retryer))\n"
    );
    (decorrelated(wish), text)
}

fn js(wish: &Wish) -> (Vec<String>, String) {
    let (base, cap) = (wish.base.as_millis(), wish.cap.as_millis());
    let backoff = match wish.shape {
        Shape::Constant => format!("{base}"),
        _ => format!("Math.min({cap}, {base} * 2 ** (attempt - 1))"),
    };
    let wait = formula(wish.shape, &backoff, "Math.random()");
    let text = format!(
        "// npm install @aws-sdk/credential-providers @smithy/util-retry\n\
         import {{ ConfiguredRetryStrategy }} from \"@smithy/util-retry\";\n\
         import {{ fromTokenFile }} from \"@aws-sdk/credential-providers\";\n\
         const retryStrategy = new ConfiguredRetryStrategy({}, (attempt) => {wait});\n\
         const credentials = fromTokenFile({{ clientConfig: {{ retryStrategy }} }});\n",
        wish.attempts
    );
    (decorrelated(wish), text)
}

fn rust(wish: &Wish) -> (Vec<String>, String) {
    let text = format!(
        "let retries = RetryConfig::standard()\n    .with_max_attempts({})\n    \
         .with_initial_backoff(Duration::from_millis({}))\n    \
         .with_max_backoff(Duration::from_millis({}));\n\
         let config = aws_config::defaults(BehaviorVersion::latest()).retry_config(retries).load().await;\n",
        wish.attempts,
        wish.base.as_millis(),
        wish.cap.as_millis()
    );
    let differs = match wish.shape {
        Shape::Full => Vec::new(),
        _ => waits_differ(wish, "always a random part of the backoff"),
    };
    (differs, text)
}

fn java(wish: &Wish) -> (Vec<String>, String) {
    let (base, cap) = (wish.base.as_millis(), wish.cap.as_millis());
    let of = |name: &str| {
        format!("BackoffStrategy.{name}(Duration.ofMillis({base}), Duration.ofMillis({cap}))")
    };
    let backoff = match wish.shape {
        Shape::Constant => {
            format!("BackoffStrategy.fixedDelayWithoutJitter(Duration.ofMillis({base}))")
        }
        Shape::Exponential => of("exponentialDelayWithoutJitter"),
        Shape::Equal => of("exponentialDelayHalfJitter"),
        Shape::Full | Shape::Decorrelated => of("exponentialDelay"),
    };
    let text = format!(
        "RetryStrategy retries = AwsRetryStrategy.standardRetryStrategy().toBuilder()\n    \
         .maxAttempts({})\n    .backoffStrategy({backoff})\n    \
         .throttlingBackoffStrategy({backoff})\n    .build();\n\
         StsClient sts = StsClient.builder().overrideConfiguration(o -> o.retryStrategy(retries)).build();\n",
        wish.attempts
    );
    (decorrelated(wish), text)
}
