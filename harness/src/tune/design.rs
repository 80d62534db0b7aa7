//! Which points of a space are run: all of a grid, or a sample that fills it.

use mock_sts::dice::{Dice, Purpose};

use super::axis::Axis;
use super::value::Value;

/// The most points of one sweep.
pub const MOST_POINTS: usize = 100_000;

/// What `sobol_burley` knows: 2^16 points.
const SOBOL_POINTS: usize = 65_536;
/// The most parameters of one sweep: beyond, no sample fills the space.
const MOST_AXES: usize = 32;

/// How the points are chosen.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Design {
    /// Every combination.
    Grid,
    /// So many points, one in each slice of every axis (McKay, Beckman and
    /// Conover 1979).
    LatinHypercube(usize),
    /// The first so many points of an Owen-scrambled Sobol sequence.
    Sobol(usize),
}

impl Design {
    /// `lhs:N` or `sobol:N`.
    ///
    /// # Errors
    /// It is neither, or N is no number from 2 to 100 000.
    pub fn read(text: &str) -> Result<Self, String> {
        let example = "write it like lhs:100 or sobol:128";
        let (name, count) = text.split_once(':').ok_or(example)?;
        let count: usize =
            count.parse().map_err(|_| format!("`{count}` is no number of points: {example}"))?;
        if !(2..=MOST_POINTS).contains(&count) {
            return Err(format!("{count} points, expected 2 to {MOST_POINTS}"));
        }
        match name {
            "lhs" => Ok(Self::LatinHypercube(count)),
            "sobol" if count > SOBOL_POINTS => Err(format!(
                "{count} points of a Sobol sequence, expected {SOBOL_POINTS} at the most"
            )),
            "sobol" => Ok(Self::Sobol(count)),
            _ => Err(format!("there is no sampling called `{name}`: {example}")),
        }
    }

    /// The points, each a value per axis. The same seed gives the same points.
    ///
    /// # Errors
    /// There are too many, or only one.
    pub fn points(self, axes: &[Axis], seed: u64) -> Result<Vec<Vec<Value>>, String> {
        if axes.len() > MOST_AXES {
            return Err(format!(
                "{} parameters at once, expected {MOST_AXES} at the most",
                axes.len()
            ));
        }
        let mut points = match self {
            Self::Grid => grid(axes)?,
            Self::LatinHypercube(count) => latin(axes, count, seed),
            Self::Sobol(count) => (0..count).map(|index| sobol_point(axes, index, seed)).collect(),
        };
        // Rounding can make two samples alike; the same point twice tells nothing new.
        let mut seen = std::collections::BTreeSet::new();
        points.retain(|point: &Vec<Value>| {
            seen.insert(point.iter().map(|value| value.text.clone()).collect::<Vec<_>>())
        });
        if points.len() < 2 {
            return Err("the space is a single point: give at least one parameter two values, \
                        or use `stampede simulate`"
                .into());
        }
        Ok(points)
    }
}

fn grid(axes: &[Axis]) -> Result<Vec<Vec<Value>>, String> {
    let each: Vec<Vec<Value>> = axes.iter().map(Axis::points).collect();
    let count = each.iter().try_fold(1_usize, |count, values| count.checked_mul(values.len()));
    match count {
        Some(count) if count <= MOST_POINTS => {}
        _ => {
            return Err(format!(
                "the grid has more than {MOST_POINTS} points: take fewer values, or a sample such as --sample sobol:256"
            ));
        }
    }
    let mut points = vec![Vec::new()];
    for values in &each {
        points = points
            .iter()
            .flat_map(|point| {
                values.iter().map(move |value| {
                    let mut longer: Vec<Value> = point.clone();
                    longer.push(value.clone());
                    longer
                })
            })
            .collect();
    }
    Ok(points)
}

fn latin(axes: &[Axis], count: usize, seed: u64) -> Vec<Vec<Value>> {
    let columns: Vec<Vec<Value>> = axes
        .iter()
        .enumerate()
        .map(|(number, axis)| {
            let mut dice = Dice::keyed(seed, number as u64, Purpose::Design);
            let mut slices: Vec<usize> = (0..count).collect();
            for last in (1..count).rev() {
                slices.swap(last, dice.below(last as u64 + 1) as usize);
            }
            let within = |slice| (slice as f64 + dice.unit()) / count as f64;
            slices.into_iter().map(within).map(|share| axis.at(share)).collect()
        })
        .collect();
    (0..count).map(|row| columns.iter().map(|column| column[row].clone()).collect()).collect()
}

fn sobol_point(axes: &[Axis], index: usize, seed: u64) -> Vec<Value> {
    let scramble = (seed ^ (seed >> 32)) as u32;
    axes.iter()
        .enumerate()
        .map(|(dimension, axis)| {
            let share = sobol_burley::sample(index as u32, dimension as u32, scramble);
            axis.at(f64::from(share))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn axes(texts: &[&str]) -> Vec<Axis> {
        texts.iter().map(|text| text.parse().expect(text)).collect()
    }

    #[test]
    fn a_grid_is_every_combination_the_last_axis_fastest() {
        let points = Design::Grid.points(&axes(&["a=1,2", "b=x,y,z"]), 1).expect("a grid");
        let texts: Vec<String> =
            points.iter().map(|p| format!("{}{}", p[0].text, p[1].text)).collect();
        assert_eq!(texts, ["1x", "1y", "1z", "2x", "2y", "2z"]);
    }

    #[test]
    fn a_latin_hypercube_meets_every_slice_once() {
        let points =
            Design::LatinHypercube(50).points(&axes(&["a=0.0..50.0", "b=0..49"]), 7).expect("50");
        let mut slices: Vec<u64> = points.iter().map(|point| point[0].number as u64).collect();
        slices.sort_unstable();
        assert_eq!(slices, (0..50).collect::<Vec<_>>());
        assert_ne!(
            points,
            Design::LatinHypercube(50).points(&axes(&["a=0.0..50.0", "b=0..49"]), 8).expect("50")
        );
    }

    #[test]
    fn a_sobol_sequence_fills_every_quarter_alike() {
        let points = Design::Sobol(64).points(&axes(&["a=0.0..1.0", "b=0.0..1.0"]), 3).expect("64");
        for (left, low) in [(true, true), (true, false), (false, true), (false, false)] {
            let within = points
                .iter()
                .filter(|p| (p[0].number < 0.5) == left && (p[1].number < 0.5) == low)
                .count();
            assert_eq!(within, 16);
        }
    }

    #[test]
    fn a_space_of_one_point_is_refused() {
        let error = Design::Grid.points(&axes(&["a=1"]), 1).expect_err("one point");
        assert!(error.contains("single point"), "{error}");
        assert!(Design::read("lhs:1").is_err());
        assert!(Design::read("halton:10").is_err());
        assert!(Design::Grid.points(&axes(&["a=1..1000:1000", "b=1..1000:1000"]), 1).is_err());
    }
}
