//! The history of audits as a picture: images that cannot be pulled and images that could not be verified,
//! over time. Each has a separate scale, so that the outage of a registry does not flatten the other. It is
//! an SVG without scripts and embedded fonts, with a light and a dark theme.

use std::fmt::Write as _;

use model::audit_history::RunLine;
use model::time;

use super::lines::count;

/// Size of the picture, in pixels.
const WIDTH: f64 = 800.0;
const HEIGHT: f64 = 396.0;
/// Left and right end of both panels.
const LEFT: f64 = 56.0;
const RIGHT: f64 = 776.0;
/// Height of a panel, and the top of each.
const TALL: f64 = 110.0;
const TOPS: [f64; 2] = [84.0, 234.0];
/// Maximum number of audits with a separate dot.
const MOST_DOTS: usize = 60;
/// An interval is a gap from this many times the usual one.
const GAP: i64 = 3;
/// Seconds in a day.
const DAY: i64 = 86_400;
/// Distances of dates below the panels, in seconds.
const STEPS: [i64; 13] = [
    60,
    600,
    3600,
    6 * 3600,
    DAY,
    2 * DAY,
    7 * DAY,
    14 * DAY,
    28 * DAY,
    91 * DAY,
    182 * DAY,
    365 * DAY,
    1825 * DAY,
];
/// Maximum number of dates below the panels.
const MOST_DATES: i64 = 7;

/// Colours are written twice, because not every SVG viewer supports CSS variables.
const STYLE: &str = "\
.pullable text{font:12px system-ui,-apple-system,'Segoe UI',Helvetica,Arial,sans-serif;fill:#1f2328}
.pullable .title{font-size:16px;font-weight:600}
.pullable .faint{fill:#59636e}
.pullable .back{fill:#ffffff}
.pullable .grid{stroke:#d1d9e0;stroke-width:1}
.pullable .gap{fill:#eaeef2}
.pullable .curve{fill:none;stroke-width:1.75;stroke-linejoin:round}
.pullable .below{opacity:.14}
.pullable .broken .curve{stroke:#cf222e}
.pullable .broken .below,.pullable .broken .dot{fill:#cf222e}
.pullable .open .curve{stroke:#9a6700}
.pullable .open .below,.pullable .open .dot{fill:#9a6700}
@media (prefers-color-scheme:dark){
.pullable text{fill:#f0f6fc}
.pullable .faint{fill:#9198a1}
.pullable .back{fill:#0d1117}
.pullable .grid{stroke:#3d444d}
.pullable .gap{fill:#212830}
.pullable .broken .curve{stroke:#ff7b72}
.pullable .broken .below,.pullable .broken .dot{fill:#ff7b72}
.pullable .open .curve{stroke:#e3b341}
.pullable .open .below,.pullable .open .dot{fill:#e3b341}
}
";

/// One of the two curves.
struct Series {
    /// Its class in the style.
    class: &'static str,
    title: &'static str,
    top: f64,
    /// The value of every audit.
    values: Vec<usize>,
}

/// The axis of time, and the audits on it.
struct Time {
    first: i64,
    last: i64,
    /// The times of the audits, in their order.
    at: Vec<i64>,
    /// Ranges of audits without a gap between them.
    stretches: Vec<std::ops::Range<usize>>,
}

/// Draws the completed audits, which are in the order of time; `None` if there is none.
pub fn plot(runs: &[&RunLine]) -> Option<String> {
    let newest = runs.last()?;
    let time = Time::of(runs);
    let broken = runs.iter().map(|run| run.broken).collect();
    let open = runs.iter().map(|run| run.unverified).collect();
    let all = [
        Series { class: "broken", title: "Images that cannot be pulled", top: TOPS[0], values: broken },
        Series { class: "open", title: "Images that could not be verified", top: TOPS[1], values: open },
    ];
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"pullable\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" width=\"{WIDTH}\" \
         height=\"{HEIGHT}\" role=\"img\" aria-label=\"{}\">\n<style>\n{STYLE}</style>\n",
        summary(newest)
    );
    svg += "<rect class=\"back\" width=\"100%\" height=\"100%\" rx=\"6\"/>\n";
    head(&mut svg, newest, time.has_gap());
    for series in &all {
        panel(&mut svg, series, &time);
    }
    dates(&mut svg, &time);
    svg += "</svg>\n";
    Some(svg)
}

/// The newest audit in words.
fn summary(newest: &RunLine) -> String {
    let RunLine { at, broken, unverified, images, commit, .. } = newest;
    let day = day(*at);
    let short = commit.get(..10).filter(|id| id.bytes().all(|byte| byte.is_ascii_hexdigit())).unwrap_or("?");
    let of = count(*images, "image");
    format!("{day}: of {of} {broken} cannot be pulled, {unverified} could not be verified (commit {short})")
}

/// The title, the newest audit, and the legend.
fn head(svg: &mut String, newest: &RunLine, has_gap: bool) {
    label(svg, "title", LEFT, 30.0, "start", "Could Git rebuild the cluster?");
    label(svg, "faint", LEFT, 50.0, "start", &summary(newest));
    if has_gap {
        let _ =
            writeln!(svg, "<rect class=\"gap\" x=\"{}\" y=\"19\" width=\"12\" height=\"12\"/>", RIGHT - 66.0);
        label(svg, "faint", RIGHT, 29.0, "end", "no audit");
    }
}

/// One curve with its scale.
fn panel(svg: &mut String, series: &Series, time: &Time) {
    let Series { class, title, top, values } = series;
    let bottom = top + TALL;
    let (step, highest) = scale(values.iter().copied().max().unwrap_or_default());
    let y = |value: usize| bottom - TALL * as_f64(value) / as_f64(highest);
    for (from, to) in time.gaps() {
        let (left, right) = (time.x(from), time.x(to));
        let width = right - left;
        let _ = writeln!(
            svg,
            "<rect class=\"gap\" x=\"{left:.1}\" y=\"{top}\" width=\"{width:.1}\" height=\"{TALL}\"/>"
        );
    }
    for value in (0..=highest).step_by(step) {
        let at = y(value);
        let _ = writeln!(svg, "<path class=\"grid\" d=\"M{LEFT} {at:.1}H{RIGHT}\"/>");
        label(svg, "faint", LEFT - 8.0, at + 4.0, "end", &value.to_string());
    }
    let _ = writeln!(svg, "<g class=\"{class}\">");
    let _ = writeln!(
        svg,
        "<rect class=\"dot\" x=\"{LEFT}\" y=\"{}\" width=\"10\" height=\"10\" rx=\"2\"/>",
        top - 19.0
    );
    for stretch in &time.stretches {
        let mut points = Vec::new();
        for (at, value) in time.at.iter().zip(values).take(stretch.end).skip(stretch.start) {
            points.push((time.x(*at), y(*value)));
        }
        curve(svg, &points, bottom, values.len() <= MOST_DOTS);
    }
    svg.push_str("</g>\n");
    label(svg, "name", LEFT + 16.0, top - 10.0, "start", title);
}

/// A stretch of a curve: the area below, the line, and the dots.
fn curve(svg: &mut String, points: &[(f64, f64)], bottom: f64, has_dots: bool) {
    let (Some((first, _)), Some((last, _))) = (points.first(), points.last()) else { return };
    let path: Vec<String> = points.iter().map(|(x, y)| format!("{x:.1} {y:.1}")).collect();
    let path = path.join("L");
    if points.len() > 1 {
        let _ =
            writeln!(svg, "<path class=\"below\" d=\"M{path}L{last:.1} {bottom}L{first:.1} {bottom}Z\"/>");
        let _ = writeln!(svg, "<path class=\"curve\" d=\"M{path}\"/>");
    }
    if has_dots || points.len() == 1 {
        for (x, y) in points {
            let _ = writeln!(svg, "<circle class=\"dot\" cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"2.5\"/>");
        }
    }
}

/// The dates below both panels, at round times.
fn dates(svg: &mut String, time: &Time) {
    let span = time.last - time.first;
    let step = STEPS.into_iter().find(|step| span / step < MOST_DATES).unwrap_or(3650 * DAY);
    let mut at = time.first.div_euclid(step) * step;
    while at <= time.last {
        if at >= time.first {
            let x = time.x(at);
            for top in TOPS {
                let bottom = top + TALL;
                let _ = writeln!(svg, "<path class=\"grid\" d=\"M{x:.1} {bottom}v5\"/>");
            }
            label(svg, "faint", x.min(WIDTH - 36.0), TOPS[1] + TALL + 20.0, "middle", &date(at, step));
        }
        at += step;
    }
    label(svg, "faint", RIGHT, HEIGHT - 12.0, "end", "time in UTC; each point is a completed audit");
}

/// `2026-11-27`, or `11-27 14:00` if the times are less than a day apart.
fn date(at: i64, step: i64) -> String {
    if step >= DAY {
        return day(at);
    }
    time::text(at).get(5..16).unwrap_or_default().replace('T', " ")
}

fn day(at: i64) -> String {
    time::text(at).get(..10).unwrap_or_default().to_owned()
}

/// Writes a label; its text must have no special character of XML.
fn label(svg: &mut String, class: &str, x: f64, y: f64, anchor: &str, text: &str) {
    let _ = writeln!(
        svg,
        "<text class=\"{class}\" x=\"{x:.1}\" y=\"{y:.1}\" text-anchor=\"{anchor}\">{text}</text>"
    );
}

impl Time {
    fn of(runs: &[&RunLine]) -> Self {
        let at: Vec<i64> = runs.iter().map(|run| run.at).collect();
        let (first, last) = (at.first().copied().unwrap_or_default(), at.last().copied().unwrap_or_default());
        let usual = usual(&at);
        let mut stretches = Vec::new();
        let mut start = 0;
        for (index, pair) in at.windows(2).enumerate() {
            if let [before, after] = pair
                && after - before > GAP * usual
            {
                stretches.push(start..index + 1);
                start = index + 1;
            }
        }
        stretches.push(start..at.len());
        // A single time is in the middle of a day.
        let (first, last) = if first == last { (first - DAY / 2, last + DAY / 2) } else { (first, last) };
        Self { first, last, at, stretches }
    }

    fn x(&self, at: i64) -> f64 {
        LEFT + (RIGHT - LEFT) * seconds(at - self.first) / seconds(self.last - self.first)
    }

    fn has_gap(&self) -> bool {
        self.stretches.len() > 1
    }

    /// The first and last times of the gaps.
    fn gaps(&self) -> Vec<(i64, i64)> {
        let mut gaps = Vec::new();
        for stretch in self.stretches.iter().skip(1) {
            if let (Some(before), Some(after)) = (self.at.get(stretch.start - 1), self.at.get(stretch.start))
            {
                gaps.push((*before, *after));
            }
        }
        gaps
    }
}

/// The median of the intervals between audits, in seconds; at least one minute.
fn usual(at: &[i64]) -> i64 {
    let mut intervals: Vec<i64> =
        at.iter().zip(at.iter().skip(1)).map(|(before, after)| after - before).collect();
    intervals.sort_unstable();
    intervals.get(intervals.len() / 2).copied().unwrap_or_default().max(60)
}

/// The step of a scale of at most five lines above zero, and its highest value: 1, 2 or 5 times a power of ten.
fn scale(highest: usize) -> (usize, usize) {
    let mut power = 1;
    loop {
        for step in [power, 2 * power, 5 * power] {
            if highest <= 5 * step {
                return (step, highest.div_ceil(step).max(1) * step);
            }
        }
        power *= 10;
    }
}

#[allow(clippy::cast_precision_loss, reason = "a pixel is coarser than what is lost")]
fn as_f64(number: usize) -> f64 {
    number as f64
}

#[allow(clippy::cast_precision_loss, reason = "a pixel is coarser than what is lost")]
fn seconds(number: i64) -> f64 {
    number as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scales_end_at_round_values() {
        assert_eq!(scale(0), (1, 1));
        assert_eq!(scale(1), (1, 1));
        assert_eq!(scale(7), (2, 8));
        assert_eq!(scale(26), (10, 30));
        assert_eq!(scale(412), (100, 500));
        assert_eq!(scale(99_999), (20_000, 100_000));
    }

    #[test]
    fn an_interval_much_longer_than_the_usual_one_is_a_gap() {
        assert_eq!(usual(&[0, DAY, 2 * DAY, 10 * DAY]), DAY);
        assert_eq!(usual(&[7]), 60);
    }
}
