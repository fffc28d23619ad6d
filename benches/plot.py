"""Draws a table of docs/measurements.md as bars: the wall time of each row, with its requests.

    python3 benches/plot.py > docs/side-by-side.svg
"""

import pathlib
import sys
from xml.sax.saxutils import escape

SECTION = "### All images present, 40 ms per request"
WIDTH, LEFT, RIGHT, TOP, ROW = 800, 262, 640, 66, 28
STYLE = """
.bars text{font:12px system-ui,-apple-system,'Segoe UI',Helvetica,Arial,sans-serif;fill:#1f2328}
.bars .title{font-size:16px;font-weight:600}
.bars .faint{fill:#59636e}
.bars .back{fill:#ffffff}
.bars .bar{fill:#8c959f}
.bars .ours{fill:#1a7f37}
@media (prefers-color-scheme:dark){
.bars text{fill:#f0f6fc}
.bars .faint{fill:#9198a1}
.bars .back{fill:#0d1117}
.bars .bar{fill:#6e7681}
.bars .ours{fill:#3fb950}
}
"""


def rows() -> list[tuple[str, float, str]]:
    """Name, wall time in seconds and requests of each row of the section."""
    page = pathlib.Path(__file__).parent.parent / "docs" / "measurements.md"
    section = page.read_text().split(SECTION, 1)[1].split("\n#", 1)[0]
    table = [line for line in section.splitlines() if line.startswith("| ") and " s | " in line]
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in table]
    return [(name, float(time.removesuffix(" s")), requests) for name, time, requests, *_ in cells]


def text(x: float, y: float, content: str, kind: str = "", anchor: str = "start") -> str:
    return f'<text class="{kind}" x="{x:g}" y="{y:g}" text-anchor="{anchor}">{escape(content)}</text>\n'


def main() -> None:
    found = sorted(rows(), key=lambda row: row[1])
    longest = max(time for _, time, _ in found)
    height = TOP + ROW * len(found) + 14
    out = f'<svg xmlns="http://www.w3.org/2000/svg" class="bars" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" '
    out += f'height="{height}" role="img" aria-label="Wall time and requests of each program">\n<style>{STYLE}</style>\n'
    out += '<rect class="back" width="100%" height="100%" rx="6"/>\n'
    out += text(20, 30, "500 references that exist, 40 ms a request", "title")
    out += text(20, 50, "wall time in seconds, and the requests that it takes; shorter is better", "faint")
    for index, (name, time, requests) in enumerate(found):
        y = TOP + ROW * index
        length = (RIGHT - LEFT) * time / longest
        kind = "bar ours" if name.startswith("pullable") else "bar"
        out += text(LEFT - 12, y + 15, name, anchor="end")
        out += f'<rect class="{kind}" x="{LEFT}" y="{y + 3}" width="{length:.1f}" height="{ROW - 11}" rx="2"/>\n'
        out += text(LEFT + length + 8, y + 15, f"{time:.2f} s, {requests} requests", "faint")
    sys.stdout.write(out + "</svg>\n")


if __name__ == "__main__":
    main()
