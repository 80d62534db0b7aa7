//! Numbers as people read them: three significant digits, the unit chosen by size.

/// What stands for a number that cannot be given.
pub(crate) const NONE: &str = "–";

const US: u64 = 1_000;
const MS: u64 = 1_000 * US;
const S: u64 = 1_000 * MS;

/// `0 s`, `340 ns`, `12.3 ms`, `1.21 s`, `2m 05s`, `3h 07m`.
pub(crate) fn duration(ns: u64) -> String {
    let seconds = ns.saturating_add(S / 2) / S;
    match ns {
        0 => "0 s".to_owned(),
        1..US => format!("{ns} ns"),
        // Each unit ends where three digits of it would read 1000.
        US..999_500 => format!("{} µs", three_digits(ns as f64 / US as f64)),
        999_500..999_500_000 => format!("{} ms", three_digits(ns as f64 / MS as f64)),
        999_500_000..59_950_000_000 => format!("{} s", three_digits(ns as f64 / S as f64)),
        _ if seconds < 3_600 => format!("{}m {:02}s", seconds / 60, seconds % 60),
        _ => {
            let minutes = (seconds + 30) / 60;
            format!("{}h {:02}m", minutes / 60, minutes % 60)
        }
    }
}

pub(crate) fn duration_us(us: u64) -> String {
    duration(us.saturating_mul(US))
}

/// An average duration, from the sum and the number of those who share it.
pub(crate) fn duration_per(ns: u64, members: u64) -> String {
    ns.checked_div(members).map_or_else(|| NONE.to_owned(), duration)
}

/// `1.00`, `12.3`, `12345`.
pub(crate) fn ratio(part: u64, members: u64) -> String {
    if members == 0 { NONE.to_owned() } else { three_digits(part as f64 / members as f64) }
}

/// `12 345`: digits in threes from five digits up.
pub(crate) fn count(n: u64) -> String {
    let digits = n.to_string();
    if digits.len() < 5 {
        return digits;
    }
    let mut grouped = String::new();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            grouped.push(' ');
        }
        grouped.push(digit);
    }
    grouped
}

/// `7 jobs`, `1 job`; for words whose plural takes an s.
pub(crate) fn counted(n: u64, word: &str) -> String {
    format!("{} {word}{}", count(n), if n == 1 { "" } else { "s" })
}

/// `61.4%`. What is not all never reads 100%, and what is not nothing never reads 0%.
pub(crate) fn percent(part: u64, total: u64) -> String {
    if total == 0 {
        return NONE.to_owned();
    }
    let percent = 100.0 * part as f64 / total as f64;
    let is_an_end = part == 0 || part == total;
    let decimals = (1..=6).find(|&decimals| {
        let rounded: f64 = format!("{percent:.decimals$}").parse().unwrap_or(percent);
        is_an_end || (rounded > 0.0 && rounded < 100.0)
    });
    format!("{percent:.*}%", decimals.unwrap_or(6))
}

fn three_digits(x: f64) -> String {
    if x < 9.995 {
        format!("{x:.2}")
    } else if x < 99.95 {
        format!("{x:.1}")
    } else {
        format!("{x:.0}")
    }
}

/// `1–200`, `1–3, 7`; long lists are cut.
pub(crate) fn ranges(seeds: &[u64]) -> String {
    const RANGES_MAX: usize = 6;
    let runs: Vec<&[u64]> = seeds.chunk_by(|a, b| a.checked_add(1) == Some(*b)).collect();
    let named = runs.iter().take(RANGES_MAX).map(|run| match run {
        [first, .., last] => format!("{first}–{last}"),
        other => other.iter().map(u64::to_string).collect(),
    });
    let mut text = named.collect::<Vec<_>>().join(", ");
    if runs.len() > RANGES_MAX {
        text.push_str(", …");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_choose_their_unit() {
        for (ns, text) in [
            (0, "0 s"),
            (999, "999 ns"),
            (1_000, "1.00 µs"),
            (340_400, "340 µs"),
            (999_499, "999 µs"),
            (999_500, "1.00 ms"),
            (12_340_000, "12.3 ms"),
            (99_960_000, "100 ms"),
            (999_499_999, "999 ms"),
            (999_500_000, "1.00 s"),
            (1_210_000_000, "1.21 s"),
            (9_996_000_000, "10.0 s"),
            (59_949_999_999, "59.9 s"),
            (59_950_000_000, "1m 00s"),
            (125_000_000_000, "2m 05s"),
            (3_599_400_000_000, "59m 59s"),
            (3_599_600_000_000, "1h 00m"),
            (11_249_000_000_000, "3h 07m"),
            (u64::MAX, "5124095h 35m"),
        ] {
            assert_eq!(duration(ns), text, "{ns} ns");
        }
        assert_eq!(duration_us(1_210_000), "1.21 s");
        assert_eq!(duration_per(10, 4), "2 ns");
        assert_eq!(duration_per(10, 0), "–");
    }

    #[test]
    fn percents_keep_their_distance_from_the_ends() {
        for (part, total, text) in [
            (0, 0, "–"),
            (0, 7, "0.0%"),
            (7, 7, "100.0%"),
            (614, 1_000, "61.4%"),
            (9_999, 10_000, "99.99%"),
            (1, 3_000, "0.03%"),
            (99_999_999, 100_000_000, "99.999999%"),
        ] {
            assert_eq!(percent(part, total), text, "{part} of {total}");
        }
    }

    #[test]
    fn counts_and_ratios() {
        assert_eq!(
            (count(9_999), count(12_345), count(1_234_567)),
            ("9999".into(), "12 345".into(), "1 234 567".into())
        );
        assert_eq!((counted(1, "job"), counted(20, "job")), ("1 job".into(), "20 jobs".into()));
        assert_eq!(
            (ratio(80, 20), ratio(1, 25), ratio(123_456, 10)),
            ("4.00".into(), "0.04".into(), "12346".into())
        );
        assert_eq!(ratio(3, 0), "–");
    }

    #[test]
    fn seeds_are_named_as_ranges() {
        assert_eq!(ranges(&[1, 2, 3]), "1–3");
        assert_eq!(ranges(&[7, 1, 2, u64::MAX]), "7, 1–2, 18446744073709551615");
        assert_eq!(ranges(&[1, 3, 5, 7, 9, 11, 13]), "1, 3, 5, 7, 9, 11, …");
    }
}
