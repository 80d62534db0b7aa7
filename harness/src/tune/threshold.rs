//! The smallest level that breaks something: doubled until it does, then halved
//! in between. Levels are tried under the same seeds, so that two of them differ
//! by the level and hardly by luck.

/// Which levels there are.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Scale {
    /// The lowest; above zero.
    pub first: f64,
    /// The highest that is tried.
    pub most: f64,
    /// Whether only whole numbers make sense.
    pub whole: bool,
}

/// Two levels as near as this are told apart no further: 2 %, and one for whole numbers.
const NEAR: f64 = 1.02;

impl Scale {
    /// A level between two, or none where they are near enough.
    fn between(&self, low: f64, high: f64) -> Option<f64> {
        if self.whole {
            let middle = ((low + high) / 2.0).floor();
            let apart = high - low > 1.0 && (high <= 50.0 || high / low > NEAR);
            return apart.then_some(middle);
        }
        (high / low > NEAR).then(|| (low * high).sqrt())
    }
}

/// Between which levels it breaks.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Found {
    /// The highest level below `breaks` that was tried and held.
    pub holds: Option<f64>,
    /// The level that broke; none where even the highest held.
    pub breaks: Option<f64>,
}

/// Looks for the level. `is_broken` says whether one breaks, or none to give up.
///
/// # Errors
/// The first that `is_broken` returns.
pub fn search<E>(
    scale: Scale,
    mut is_broken: impl FnMut(f64) -> Result<Option<bool>, E>,
) -> Result<Option<Found>, E> {
    let mut holds = None;
    let mut level = scale.first;
    let mut broke = loop {
        match is_broken(level)? {
            None => return Ok(None),
            Some(true) => break level,
            Some(false) => holds = Some(level),
        }
        if level >= scale.most {
            return Ok(Some(Found { holds, breaks: None }));
        }
        level = (level * 2.0).min(scale.most);
    };
    let Some(mut held) = holds else {
        return Ok(Some(Found { holds: None, breaks: Some(broke) }));
    };
    while let Some(middle) = scale.between(held, broke) {
        match is_broken(middle)? {
            None => return Ok(None),
            Some(true) => broke = middle,
            Some(false) => held = middle,
        }
    }
    Ok(Some(Found { holds: Some(held), breaks: Some(broke) }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(scale: Scale, from: f64) -> (Found, Vec<f64>) {
        let mut tried = Vec::new();
        let found = search::<()>(scale, |level| {
            tried.push(level);
            Ok(Some(level >= from))
        });
        (found.expect("no error").expect("not stopped"), tried)
    }

    const JOBS: Scale = Scale { first: 1.0, most: 1000.0, whole: true };

    #[test]
    fn whole_numbers_are_found_exactly_while_they_are_small() {
        for smallest in [2.0, 3.0, 7.0, 21.0, 50.0] {
            let (found, _) = at(JOBS, smallest);
            assert_eq!(found, Found { holds: Some(smallest - 1.0), breaks: Some(smallest) });
        }
        let (found, tried) = at(JOBS, 700.0);
        let (held, broke) = (found.holds.expect("held"), found.breaks.expect("broke"));
        assert!(held < 700.0 && broke >= 700.0 && broke / held <= NEAR);
        assert!(tried.len() < 20, "{tried:?}");
    }

    #[test]
    fn both_ends_are_said() {
        assert_eq!(at(JOBS, 1.0).0, Found { holds: None, breaks: Some(1.0) });
        assert_eq!(at(JOBS, 2000.0).0, Found { holds: Some(1000.0), breaks: None });
    }

    #[test]
    fn times_are_found_by_their_ratio() {
        let scale = Scale { first: 0.25, most: 100.0, whole: false };
        let found = at(scale, 7.3).0;
        let (held, broke) = (found.holds.expect("held"), found.breaks.expect("broke"));
        assert!(held < 7.3 && broke >= 7.3 && broke / held <= NEAR);
    }

    #[test]
    fn a_search_that_is_stopped_finds_nothing() {
        assert_eq!(search::<()>(JOBS, |_| Ok(None)), Ok(None));
        assert_eq!(search(JOBS, |_| Err("why")), Err("why"));
    }
}
