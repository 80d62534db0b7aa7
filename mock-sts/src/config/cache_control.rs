//! What a `Cache-Control` header lets a cache do.

use std::time::Duration;

/// How long a key set served with this `Cache-Control` may be reused: zero
/// when it forbids caching (`no-cache`, `no-store`, `max-age=0`) or says
/// nothing. AWS names these headers as the ones it does not cache under
/// (as reported in gitlab-org/gitlab!138405).
#[must_use]
pub fn jwks_lifetime(cache_control: &str) -> Duration {
    let mut lifetime = Duration::ZERO;
    for directive in cache_control.split(',').map(str::trim) {
        if directive.eq_ignore_ascii_case("no-cache") || directive.eq_ignore_ascii_case("no-store")
        {
            return Duration::ZERO;
        }
        if let Some((name, seconds)) = directive.split_once('=')
            && name.trim().eq_ignore_ascii_case("max-age")
        {
            lifetime = seconds.trim().parse().map_or(Duration::ZERO, Duration::from_secs);
        }
    }
    lifetime
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_positive_max_age_allows_caching() {
        let table = [
            ("", 0),
            ("no-cache", 0),
            ("max-age=0, private, must-revalidate", 0),
            ("no-store, max-age=60", 0),
            ("max-age=86400, public, must-revalidate, no-transform", 86_400),
            ("Max-Age = 60", 60),
            ("max-age=soon", 0),
        ];
        for (header, seconds) in table {
            assert_eq!(jwks_lifetime(header), Duration::from_secs(seconds), "{header}");
        }
    }
}
