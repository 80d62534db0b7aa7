//! A loop for bash, with nothing beside it but `sleep`.

use super::{Place, Way, Wish};
use crate::tune::wish::Shape;

/// The script: a function `retry`, and how to use it.
#[must_use]
pub fn script(way: Way, wish: &Wish, place: &Place) -> String {
    let (base_ms, cap_ms) = (wish.base.as_millis(), wish.cap.as_millis());
    let draw = match wish.shape {
        Shape::Constant | Shape::Exponential => "wait_ms=$backoff_ms",
        Shape::Equal => "wait_ms=$((backoff_ms / 2 + random % (backoff_ms - backoff_ms / 2 + 1)))",
        Shape::Full => "wait_ms=$((random % (backoff_ms + 1)))",
        Shape::Decorrelated => {
            "wait_ms=$((base_ms + random % (3 * last_ms - base_ms + 1)))\n    \
             last_ms=$((wait_ms < cap_ms ? wait_ms : cap_ms))\n    \
             if ((wait_ms > cap_ms)); then wait_ms=$cap_ms; fi\n    \
             if ((last_ms < base_ms)); then last_ms=$base_ms; fi"
        }
    };
    let grow = match wish.shape {
        Shape::Constant | Shape::Decorrelated => "",
        _ => "    backoff_ms=$((backoff_ms * 2 < cap_ms ? backoff_ms * 2 : cap_ms))\n",
    };
    let draws = if matches!(wish.shape, Shape::Constant | Shape::Exponential) {
        ""
    } else {
        "    random=$((RANDOM << 15 | RANDOM))\n"
    };
    let attempts = wish.attempts;
    let words = wish.words();
    let chosen = place.chosen();
    let region = match (place.is_home(), place.moves_on()) {
        (true, _) => "",
        (false, true) => "AWS_REGION=\"${regions[(first + attempt - 1) % ${#regions[@]}]}\" ",
        (false, false) => "AWS_REGION=\"${regions[first % ${#regions[@]}]}\" ",
    };
    let regional = if region.is_empty() { "" } else { " AWS_STS_REGIONAL_ENDPOINTS=regional" };
    let mut text = format!(
        "{chosen}# {words}\nretry() {{\n  local attempt=1 base_ms={base_ms} cap_ms={cap_ms} \
         backoff_ms={base_ms} last_ms={base_ms} random wait_ms\n  until {region}\"$@\"; do\n    \
         if ((attempt >= {attempts})); then return 1; fi\n{draws}    {draw}\n    \
         sleep \"$((wait_ms / 1000)).$(printf %03d $((wait_ms % 1000)))\"\n{grow}    \
         attempt=$((attempt + 1))\n  done\n}}\n# The loop is here: the CLI is to try once.\nexport AWS_MAX_ATTEMPTS=1{regional}\n"
    );
    text += match way {
        Way::Each => EACH,
        Way::Env | Way::File | Way::Broker | Way::Chained | Way::ChainedRenewed => ONCE,
    };
    if way.chains() {
        text += OWN_ROLE;
    }
    text
}

/// Around every tool.
const EACH: &str = "retry aws sts get-caller-identity\n";

/// Once a job. Its answer is read only when it is whole.
const ONCE: &str = r#"keys=$(retry aws sts assume-role-with-web-identity --role-arn "$AWS_ROLE_ARN" \
  --role-session-name "ci-${GITHUB_RUN_ID:-$$}" --duration-seconds 3600 \
  --web-identity-token "file://$AWS_WEB_IDENTITY_TOKEN_FILE" --output text \
  --query 'Credentials.[AccessKeyId,SecretAccessKey,SessionToken]') || exit 1
read -r AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN <<<"$keys"
export AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN
unset AWS_WEB_IDENTITY_TOKEN_FILE
"#;

/// Around every tool that has a role of its own.
const OWN_ROLE: &str = r#"# Each tool goes on to a role of its own, for an hour at the most: own_role ARN COMMAND...
own_role() (
  keys=$(retry aws sts assume-role --role-arn "$1" \
    --role-session-name "ci-${GITHUB_RUN_ID:-$$}" --duration-seconds 3600 --output text \
    --query 'Credentials.[AccessKeyId,SecretAccessKey,SessionToken]') || exit 1
  read -r AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN <<<"$keys"
  export AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN
  shift
  "$@"
)
"#;
