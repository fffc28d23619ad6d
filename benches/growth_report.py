"""The tables and drawings of docs/growth.md from the figures of benches/growth.py."""

import json
import math
from pathlib import Path

from curves import Curve, Panel, drawing

# The title of each axis, the name of its numbers, and the measures that the drawing shows.
AXES = {
    "files": ("Manifests in the repository", "manifests", ("processor", "memory")),
    "kustomizations": ("Kustomizations over one base", "kustomizations", ("processor", "memory")),
    "references": ("References that are checked", "references", ("processor", "memory")),
}
MEASURES = {"processor": "processor time", "wall": "wall time", "memory": "peak memory", "instructions": "instructions"}


def written(figures: dict) -> str:
    """The figures as JSON, with a point a line."""
    axes = []
    for axis, series in figures.items():
        curves = []
        for name, points in series.items():
            lines = ",\n".join(f"      {json.dumps(point)}" for point in points)
            curves.append(f"    {json.dumps(name)}: [\n{lines}\n    ]")
        axes.append(f"  {json.dumps(axis)}: {{\n" + ",\n".join(curves) + "\n  }")
    return "{\n" + ",\n".join(axes) + "\n}\n"


def figure(measure: str, value: float) -> str:
    """A figure with its unit, to two or three digits."""
    if measure == "memory":
        return f"{value:.0f} MB"
    if measure == "instructions":
        return f"{value / 1e6:,.0f} M"
    if value >= 0.9995:
        return f"{value:.1f} s" if value < 99.95 else f"{value:.0f} s"
    return f"{value * 1000:.0f} ms" if value >= 0.00995 else f"{value * 1000:.1f} ms"


def tick(measure: str, value: float) -> str:
    """The same for a round figure."""
    return figure(measure, value).replace(".0 ", " ")


def exponent(points: list[dict], measure: str) -> float:
    """The exponent b of c·x^b through the last two points that have this measure."""
    before, last = [point for point in points if measure in point][-2:]
    return math.log(last[measure] / before[measure]) / math.log(last["x"] / before["x"])


def short(x: float) -> str:
    return f"{x / 1000:g}k" if x >= 1000 else f"{x:g}"


def table(axis: str, series: dict) -> str:
    _, unit, _ = AXES[axis]
    xs = [point["x"] for point in next(iter(series.values()))]
    out = f"| | {unit} | " + " | ".join(f"{x:,}" for x in xs) + " | exponent |\n"
    out += "|---|---|" + "---|" * (len(xs) + 1) + "\n"
    for name, points in series.items():
        for measure, title in MEASURES.items():
            if not any(measure in point for point in points):
                continue
            cells = [figure(measure, point[measure]) if measure in point else "–" for point in points]
            # Wall time depends on the other work of the machine too much.
            grown = "–" if measure == "wall" else f"{exponent(points, measure):.2f}"
            out += f"| {name if measure == 'processor' else ''} | {title} | " + " | ".join([*cells, grown]) + " |\n"
    return out


def proportional(curves: list[Curve]) -> list[tuple[float, float]]:
    """A line through the highest last point, along which twice as much costs twice as much."""
    low = min(y for curve in curves for _, y in curve.points)
    x, y = max((curve.points[-1] for curve in curves), key=lambda point: point[1])
    first = min(curve.points[0][0] for curve in curves)
    start = max(first, x * low / y)
    return [(start, y * start / x), (x, y)]


def picture(axis: str, series: dict) -> str:
    title, unit, measures = AXES[axis]
    panels = []
    for measure in measures:
        curves = []
        for name, points in series.items():
            at = [(point["x"], point[measure]) for point in points]
            curves.append(Curve(name, at, [f"{x:,} {unit}: {figure(measure, y)}" for x, y in at]))
        ticks = [(x, short(x)) for x, _ in curves[0].points]
        panels.append(Panel(MEASURES[measure], curves, ticks, lambda y, measure=measure: tick(measure, y), guide=proportional(curves)))
    return drawing(title, unit, "proportional", panels)


def latency_table(series: dict) -> str:
    xs = [point["x"] for point in next(iter(series.values()))]
    out = "| latency of a request | | " + " | ".join(f"{x} ms" for x in xs) + " |\n|---|---|" + "---|" * len(xs) + "\n"
    bounds = [f"{point['bound'] * 1000:,.0f} ms" for point in next(iter(series.values()))]
    out += "| bound | | " + " | ".join(bounds) + " |\n"
    for name, points in series.items():
        out += f"| {code(name)} | wall time | " + " | ".join(f"{point['wall'] * 1000:,.0f} ms" for point in points) + " |\n"
        ratios = [f"{point['wall'] / point['bound']:.2f}" if point["bound"] else "–" for point in points]
        out += "| | ratio | " + " | ".join(ratios) + " |\n"
    return out


def code(name: str) -> str:
    return f"`{name}`" if name.startswith("--") else name


def latency_picture(series: dict) -> str:
    walls, ratios = [], []
    for name, points in series.items():
        at = [(point["x"], point["wall"]) for point in points]
        walls.append(Curve(name, at, [f"{x} ms a request: {figure('wall', y)}" for x, y in at]))
        at = [(point["x"], point["wall"] / point["bound"]) for point in points if point["bound"]]
        ratios.append(Curve(name, at, [f"{x} ms a request: {y:.2f}" for x, y in at]))
    last = next(iter(series.values()))[-1]
    ends = [(0, "0"), (100, "100"), (200, "200"), (last["x"], str(last["x"]))]
    panels = [
        Panel("wall time", walls, ends, lambda y: f"{y:g} s", False, [(0, 0), (last["x"], last["bound"])]),
        Panel("wall time divided by the bound", ratios, ends, lambda y: f"{y:.1f}", False, [(0, 1), (last["x"], 1)]),
    ]
    return drawing("500 images, by the latency of the registry", "milliseconds a request", "bound", panels)


def draw(figures: dict, docs: Path) -> None:
    """Replaces the tables between the marks of docs/growth.md, and writes the drawings beside it."""
    page = docs / "growth.md"
    content = page.read_text()
    for axis, series in figures.items():
        if axis == "latency":
            rows, image = latency_table(series), latency_picture(series)
        else:
            rows, image = table(axis, series), picture(axis, series)
        before, rest = content.split(f"<!-- {axis} -->\n", 1)
        _, after = rest.split("<!-- end -->\n", 1)
        content = f"{before}<!-- {axis} -->\n\n{rows}\n<!-- end -->\n{after}"
        (docs / f"growth-{axis}.svg").write_text(image)
    page.write_text(content)
