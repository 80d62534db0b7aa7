//! Charts of a sweep as SVG: lines over one parameter, a map over two.

use plotters::prelude::*;

use super::cell::Cell;
use super::show::{Measure, percent, seconds, short};
use super::sweep::SweepResult;
use super::value::Value;

/// Colours that stay apart for colour-blind readers (Okabe and Ito 2008).
pub(super) const COLOURS: [RGBColor; 7] = [
    RGBColor(0, 114, 178),
    RGBColor(213, 94, 0),
    RGBColor(0, 158, 115),
    RGBColor(204, 121, 167),
    RGBColor(86, 180, 233),
    RGBColor(230, 159, 0),
    RGBColor(60, 60, 60),
];
const WIDTH: u32 = 860;
const HEIGHT: u32 = 480;
/// Where needs were never met.
const NEVER: RGBColor = RGBColor(40, 40, 40);

/// The sweep as an SVG document.
///
/// # Errors
/// It has more than two parameters, or two that are no grid; or drawing failed.
pub fn svg(result: &SweepResult, measure: Measure) -> Result<String, String> {
    let mut text = String::new();
    match result.axes.len() {
        1 => lines(result, measure, &mut text),
        2 if result.design == "grid" => maps(result, measure, &mut text),
        2 => return Err("a map needs a grid: leave out --sample".into()),
        many => {
            return Err(format!(
                "a chart shows one or two parameters, not {many}: write csv=PATH instead"
            ));
        }
    }
    .map_err(|error| format!("the chart cannot be drawn: {error}"))?;
    Ok(text)
}

type Drawn = Result<(), Box<dyn std::error::Error>>;

/// The values of an axis in order, however the points came.
fn in_order(result: &SweepResult, axis: usize) -> Vec<String> {
    let mut values: Vec<String> = Vec::new();
    for point in &result.points {
        if !values.contains(&point.values[axis]) {
            values.push(point.values[axis].clone());
        }
    }
    values.sort_by(|a, b| Value::read(a).number.total_cmp(&Value::read(b).number));
    values
}

/// Labels at whole numbers only.
fn label(values: &[String], at: f64) -> String {
    let index = at.round();
    let whole = (at - index).abs() < 0.01 && index >= 0.0;
    let value = whole.then(|| values.get(index as usize)).flatten();
    value.cloned().unwrap_or_default()
}

fn lines(result: &SweepResult, measure: Measure, text: &mut String) -> Drawn {
    let values = in_order(result, 0);
    let at = |value: &String| values.iter().position(|known| known == value).unwrap_or(0) as f64;
    let all = || result.points.iter().flat_map(|point| &point.cells);
    let largest = all().filter_map(|cell| measure.of(cell)).filter(|value| value.is_finite());
    let top = match measure {
        Measure::Success => 100.0,
        Measure::Fairness => 1.0,
        _ => largest.fold(0.0, f64::max).max(1e-3) * 1.05,
    };
    let root = SVGBackend::with_string(text, (WIDTH, HEIGHT)).into_drawing_area();
    root.fill(&WHITE)?;
    let mut chart = ChartBuilder::on(&root)
        .caption(format!("{}: {}", result.scenario, measure.title()), ("sans-serif", 18))
        .margin(12)
        .x_label_area_size(46)
        .y_label_area_size(64)
        .build_cartesian_2d(-0.3..values.len() as f64 - 0.7, 0.0..top)?;
    chart
        .configure_mesh()
        .disable_x_mesh()
        .max_light_lines(0)
        .x_labels(values.len().min(24))
        .x_label_formatter(&|at| label(&values, *at))
        .x_desc(short(&result.axes[0]))
        .y_desc(measure.title())
        .draw()?;
    for (number, name) in result.contenders.iter().enumerate() {
        let colour = COLOURS[number % COLOURS.len()];
        let mut points: Vec<(f64, f64)> = result
            .points
            .iter()
            .filter_map(|point| {
                let value = measure.of(point.cells.get(number)?)?;
                value.is_finite().then(|| (at(&point.values[0]), value))
            })
            .collect();
        points.sort_by(|a, b| a.0.total_cmp(&b.0));
        chart
            .draw_series(LineSeries::new(points.iter().copied(), colour.stroke_width(2)))?
            .label(name.as_str())
            .legend(move |(x, y)| PathElement::new([(x, y), (x + 16, y)], colour.stroke_width(2)));
        chart
            .draw_series(points.into_iter().map(|point| Circle::new(point, 3, colour.filled())))?;
    }
    chart
        .configure_series_labels()
        .border_style(RGBColor(160, 160, 160))
        .background_style(WHITE.mix(0.8))
        .draw()?;
    root.present()?;
    drop(chart);
    drop(root);
    Ok(())
}

/// From bad (dark red) by white to good (blue); `share` 0 to 1.
fn shade(share: f64) -> RGBColor {
    let mix = |from: u8, to: u8, share: f64| {
        (f64::from(from) + (f64::from(to) - f64::from(from)) * share).round() as u8
    };
    let between = |(a, b): ((u8, u8, u8), (u8, u8, u8)), share: f64| {
        RGBColor(mix(a.0, b.0, share), mix(a.1, b.1, share), mix(a.2, b.2, share))
    };
    let (bad, middle, good) = ((178, 24, 43), (247, 247, 247), (33, 102, 172));
    match share.clamp(0.0, 1.0) {
        low if low < 0.5 => between((bad, middle), low * 2.0),
        high => between((middle, good), high * 2.0 - 1.0),
    }
}

fn maps(result: &SweepResult, measure: Measure, text: &mut String) -> Drawn {
    let panels = result.contenders.len().clamp(1, 6);
    let across = panels.min(2);
    let down = panels.div_ceil(across);
    let size = (430 * across as u32, 380 * down as u32);
    let root = SVGBackend::with_string(text, size).into_drawing_area();
    root.fill(&WHITE)?;
    let title = format!("{}: {}", result.scenario, measure.title());
    let below = root.titled(&title, ("sans-serif", 18))?;
    let all = || result.points.iter().flat_map(|point| &point.cells);
    let finite = || all().filter_map(|cell| measure.of(cell)).filter(|value| value.is_finite());
    let (low, high) = (finite().fold(f64::INFINITY, f64::min), finite().fold(0.0, f64::max));
    let goodness = |value: f64| match measure {
        Measure::Success => value / 100.0,
        Measure::Fairness => value,
        _ if high > low => 1.0 - (value - low) / (high - low),
        _ => 1.0,
    };
    for (number, area) in below.split_evenly((down, across)).iter().enumerate().take(panels) {
        map(result, measure, number, area, &goodness)?;
    }
    root.present()?;
    Ok(())
}

fn map<DB: DrawingBackend>(
    result: &SweepResult,
    measure: Measure,
    number: usize,
    area: &DrawingArea<DB, plotters::coord::Shift>,
    goodness: &dyn Fn(f64) -> f64,
) -> Drawn
where
    DB::ErrorType: 'static,
{
    let (xs, ys) = (in_order(result, 1), in_order(result, 0));
    let at = |values: &[String], value: &String| {
        values.iter().position(|known| known == value).unwrap_or(0) as f64
    };
    let mut chart = ChartBuilder::on(area)
        .caption(&result.contenders[number], ("sans-serif", 15))
        .margin(8)
        .x_label_area_size(40)
        .y_label_area_size(72)
        .build_cartesian_2d(-0.5..xs.len() as f64 - 0.5, -0.5..ys.len() as f64 - 0.5)?;
    chart
        .configure_mesh()
        .disable_mesh()
        .x_labels(xs.len().min(12))
        .y_labels(ys.len().min(12))
        .x_label_formatter(&|at| label(&xs, *at))
        .y_label_formatter(&|at| label(&ys, *at))
        .x_desc(short(&result.axes[1]))
        .y_desc(short(&result.axes[0]))
        .draw()?;
    for point in &result.points {
        let Some(cell) = point.cells.get(number) else { continue };
        let Some(value) = measure.of(cell) else { continue };
        let (x, y) = (at(&xs, &point.values[1]), at(&ys, &point.values[0]));
        let good = goodness(value);
        let (fill, ink) = match value.is_finite() {
            true if (0.2..0.8).contains(&good) => (shade(good), BLACK),
            true => (shade(good), WHITE),
            false => (NEVER, WHITE),
        };
        let corners = [(x - 0.48, y - 0.48), (x + 0.48, y + 0.48)];
        chart.draw_series([Rectangle::new(corners, fill.filled())])?;
        let centre = plotters::style::text_anchor::Pos::new(
            plotters::style::text_anchor::HPos::Center,
            plotters::style::text_anchor::VPos::Center,
        );
        let style = ("sans-serif", 11).into_font().color(&ink).pos(centre);
        if xs.len() <= 10 {
            chart.draw_series([Text::new(written(measure, cell, value), (x, y), style)])?;
        }
    }
    Ok(())
}

fn written(measure: Measure, cell: &Cell, value: f64) -> String {
    match measure {
        Measure::Success => percent(cell.jobs.rate().unwrap_or(0.0)),
        Measure::Calls | Measure::Fairness => format!("{value:.2}"),
        Measure::P50 | Measure::P99 | Measure::Wasted => seconds(value),
    }
}
