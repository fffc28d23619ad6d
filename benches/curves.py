"""Curves as an SVG: panels side by side, each with axes, a legend of all curves above them, in light and dark."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from plot import WIDTH, text

HEIGHT, TOP, BOTTOM, LEFT, GAP, RIGHT = 344, 104, 300, 66, 82, 22
COLORS = (("#1a7f37", "#3fb950"), ("#0969da", "#4493f8"), ("#9a6700", "#d29922"))
STYLE = """
.curves text{font:12px system-ui,-apple-system,'Segoe UI',Helvetica,Arial,sans-serif;fill:#1f2328}
.curves .title{font-size:16px;font-weight:600}
.curves .faint{fill:#59636e}
.curves .back{fill:#ffffff}
.curves .grid{stroke:#d1d9e0;stroke-width:1}
.curves .guide{stroke:#59636e;stroke-width:1.5;stroke-dasharray:5 4}
.curves polyline{fill:none;stroke-width:2}
"""
DARK = """
.curves text{fill:#f0f6fc}
.curves .faint{fill:#9198a1}
.curves .back{fill:#0d1117}
.curves .grid{stroke:#3d444d}
.curves .guide{stroke:#9198a1}
"""


@dataclass
class Curve:
    """Points, and a label of each for the reader who points at it."""

    name: str
    points: list[tuple[float, float]]
    labels: list[str]


@dataclass
class Panel:
    """A diagram. Both axes are logarithmic, or neither."""

    title: str
    curves: list[Curve]
    x_ticks: list[tuple[float, str]]
    # The form of a figure on the vertical axis.
    unit: Callable[[float], str]
    logarithmic: bool = True
    # A dashed line between two points, and what it shows.
    guide: list[tuple[float, float]] = field(default_factory=list)


def style() -> str:
    light, dark = STYLE, DARK
    for number, colors in enumerate(COLORS):
        for color in colors:
            rules = f".curves .l{number}{{stroke:{color}}}\n.curves .m{number}{{fill:{color}}}\n"
            if color == colors[0]:
                light += rules
            else:
                dark += rules
    return f"<style>{light}@media (prefers-color-scheme:dark){{{dark}}}\n</style>\n"


def y_ticks(panel: Panel) -> list[float]:
    """Round figures, the first at or below the least point and the last at or above the greatest."""
    figures = [y for curve in panel.curves for _, y in curve.points]
    low, high = min(figures), max(figures)
    if not panel.logarithmic:
        step = 10 ** math.floor(math.log10(high))
        step = next(part * step for part in (0.1, 0.2, 0.5, 1, 2) if high / (part * step) <= 6)
        return [step * number for number in range(math.ceil(high / step) + 1)]
    parts = (1,) if high / low > 60 else (1, 2, 5)
    powers = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    found = [part * 10.0**power for power in powers for part in parts]
    first = max(number for number, tick in enumerate(found) if tick <= low)
    last = min(number for number, tick in enumerate(found) if tick >= high)
    return found[first : last + 1]


def mark(number: int, x: float, y: float, label: str) -> str:
    """A mark of another form for each curve."""
    shapes = (
        ("circle", f'cx="{x:.1f}" cy="{y:.1f}" r="4"'),
        ("rect", f'x="{x - 3.5:.1f}" y="{y - 3.5:.1f}" width="7" height="7"'),
        ("path", f'd="M{x:.1f} {y - 5:.1f}l5 5l-5 5l-5 -5z"'),
    )
    name, place = shapes[number % len(shapes)]
    return f'<{name} class="m{number}" {place}><title>{label}</title></{name}>\n'


def panel_drawing(panel: Panel, left: float, right: float) -> str:
    scale = math.log10 if panel.logarithmic else float
    xs = [scale(x) for x, _ in panel.x_ticks]
    ticks = y_ticks(panel)
    ys = [scale(tick) for tick in ticks]

    def place(x: float, y: float) -> tuple[float, float]:
        across = (scale(x) - xs[0]) / (xs[-1] - xs[0])
        return left + across * (right - left), BOTTOM - (scale(y) - ys[0]) / (ys[-1] - ys[0]) * (BOTTOM - TOP)

    out = text(left, TOP - 16, panel.title)
    for tick in ticks:
        _, y = place(panel.x_ticks[0][0], tick)
        out += f'<path class="grid" d="M{left:.1f} {y:.1f}H{right:.1f}"/>\n'
        out += text(round(left - 10, 1), round(y + 4, 1), panel.unit(tick), "faint", "end")
    for x, name in panel.x_ticks:
        out += text(round(place(x, ticks[0])[0], 1), BOTTOM + 20, name, "faint", "middle")
    if panel.guide:
        (x1, y1), (x2, y2) = (place(*point) for point in panel.guide)
        out += f'<path class="guide" d="M{x1:.1f} {y1:.1f}L{x2:.1f} {y2:.1f}"/>\n'
    for number, curve in enumerate(panel.curves):
        places = [place(*point) for point in curve.points]
        line = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
        out += f'<polyline class="l{number}" points="{line}"/>\n'
        out += "".join(mark(number, *at, label) for at, label in zip(places, curve.labels))
    return out


def legend(names: Sequence[str], guide: str) -> str:
    out, x = "", 20
    for number, name in enumerate(names):
        out += mark(number, x + 5, 52, name) + text(x + 16, 56, name)
        x += 32 + round(6.6 * len(name))
    if guide:
        out += f'<path class="guide" d="M{x} 52h24"/>\n' + text(x + 32, 56, guide)
    return out


def drawing(title: str, below: str, guide: str, panels: Sequence[Panel]) -> str:
    """The whole drawing; all panels have the same curves. `below` names the horizontal axis."""
    width = (WIDTH - LEFT - RIGHT - GAP * (len(panels) - 1)) / len(panels)
    out = f'<svg xmlns="http://www.w3.org/2000/svg" class="curves" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" '
    out += f'height="{HEIGHT}" role="img" aria-label="{title}">\n{style()}'
    out += '<rect class="back" width="100%" height="100%" rx="6"/>\n'
    out += text(20, 30, title, "title") + legend([curve.name for curve in panels[0].curves], guide)
    for number, panel in enumerate(panels):
        left = LEFT + number * (width + GAP)
        out += panel_drawing(panel, left, left + width)
        out += text(round(left + width / 2, 1), BOTTOM + 38, below, "faint", "middle")
    return out + "</svg>\n"
