//! Panels of lines and points as SVG: one idea a panel, one colour a series.

use plotters::coord::Shift;
use plotters::prelude::*;

use super::chart::COLOURS;

/// One line, or points without one.
#[derive(Clone, PartialEq, Debug)]
pub struct Series {
    /// What the legend calls it.
    pub name: String,
    /// In the order of x.
    pub points: Vec<(f64, f64)>,
    /// Whether they are joined.
    pub joined: bool,
}

/// One chart of several side by side.
#[derive(Clone, PartialEq, Debug)]
pub struct Panel {
    /// Above it.
    pub title: String,
    /// Below it.
    pub x: String,
    /// Beside it.
    pub y: String,
    /// Whether equal ratios of x are equal distances.
    pub log_x: bool,
    /// The top of the vertical axis; the highest point where there is none.
    pub top: Option<f64>,
    /// What it shows.
    pub series: Vec<Series>,
}

const WIDTH: u32 = 560;
const HEIGHT: u32 = 460;

/// All panels as one SVG document.
///
/// # Errors
/// Drawing failed.
pub fn svg(title: &str, panels: &[Panel]) -> Result<String, String> {
    let mut text = String::new();
    draw(title, panels, &mut text)
        .map_err(|error| format!("the chart cannot be drawn: {error}"))?;
    Ok(text)
}

type Drawn = Result<(), Box<dyn std::error::Error>>;

fn draw(title: &str, panels: &[Panel], text: &mut String) -> Drawn {
    let across = panels.len().clamp(1, 2);
    let down = panels.len().div_ceil(across).max(1);
    let size = (WIDTH * across as u32, HEIGHT * down as u32);
    let root = SVGBackend::with_string(text, size).into_drawing_area();
    root.fill(&WHITE)?;
    let below = root.titled(title, ("sans-serif", 18))?;
    for (panel, area) in panels.iter().zip(&below.split_evenly((down, across))) {
        draw_panel(panel, area)?;
    }
    root.present()?;
    Ok(())
}

impl Panel {
    fn place(&self, x: f64) -> f64 {
        if self.log_x { x.max(f64::MIN_POSITIVE).log10() } else { x }
    }

    fn tick(&self, at: f64) -> String {
        if !self.log_x {
            return format!("{at}");
        }
        let whole = (at - at.round()).abs() < 1e-6;
        if whole { format!("{}", 10_f64.powf(at.round())) } else { String::new() }
    }
}

fn draw_panel<DB: DrawingBackend>(panel: &Panel, area: &DrawingArea<DB, Shift>) -> Drawn
where
    DB::ErrorType: 'static,
{
    let all = || panel.series.iter().flat_map(|series| &series.points);
    let xs = || all().map(|(x, _)| panel.place(*x)).filter(|x| x.is_finite());
    let (low, high) = (xs().fold(f64::INFINITY, f64::min), xs().fold(f64::MIN, f64::max));
    let (low, high) = if low <= high { (low, high) } else { (0.0, 1.0) };
    let room = ((high - low) * 0.04).max(0.02);
    let highest = all().map(|(_, y)| *y).filter(|y| y.is_finite()).fold(0.0, f64::max);
    let top = panel.top.unwrap_or(highest.max(1e-3) * 1.05);
    let mut chart = ChartBuilder::on(area)
        .caption(&panel.title, ("sans-serif", 15))
        .margin(12)
        .x_label_area_size(44)
        .y_label_area_size(60)
        .build_cartesian_2d(low - room..high + room, 0.0..top)?;
    chart
        .configure_mesh()
        .max_light_lines(0)
        .x_label_formatter(&|at| panel.tick(*at))
        .x_desc(panel.x.as_str())
        .y_desc(panel.y.as_str())
        .draw()?;
    for (number, series) in panel.series.iter().enumerate() {
        let colour = COLOURS[number % COLOURS.len()];
        let finite = series.points.iter().filter(|(_, y)| y.is_finite());
        let points: Vec<(f64, f64)> = finite.map(|(x, y)| (panel.place(*x), *y)).collect();
        let dots = points.iter().map(|point| Circle::new(*point, 3, colour.filled()));
        chart
            .draw_series(dots)?
            .label(series.name.as_str())
            .legend(move |(x, y)| Rectangle::new([(x, y - 4), (x + 14, y + 4)], colour.filled()));
        if series.joined {
            chart.draw_series(LineSeries::new(points, colour.stroke_width(2)))?;
        }
    }
    chart
        .configure_series_labels()
        .position(SeriesLabelPosition::UpperLeft)
        .border_style(RGBColor(160, 160, 160))
        .background_style(WHITE.mix(0.8))
        .draw()?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_drawn_is_named() {
        let series = |name: &str, points| Series { name: name.into(), points, joined: true };
        let panel = Panel {
            title: "together".into(),
            x: "jobs".into(),
            y: "failing, %".into(),
            log_x: true,
            top: Some(100.0),
            series: vec![
                series("calm", vec![(1.0, 0.0), (1000.0, 3.0)]),
                series("wild", vec![(1.0, f64::INFINITY), (10.0, 90.0)]),
            ],
        };
        let empty = Panel { series: Vec::new(), ..panel.clone() };
        let text = svg("both", &[panel, empty]).expect("drawn");
        for words in ["both", "together", "calm", "wild", "jobs", "failing, %", "1000"] {
            assert!(text.contains(words), "{words} is missing");
        }
        assert_eq!(text.matches("<circle").count(), 3, "an infinite point has no place");
    }
}
