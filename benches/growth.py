#!/usr/bin/env python3
"""How the cost grows: with files, with kustomizations, with references, and with the latency of a registry.

    cargo build --release
    python3 benches/growth.py measure target/release/pullable [--first PROGRAM] [--only AXIS]... [--profile NAME]
    python3 benches/growth.py draw

`measure` writes its figures to docs/growth.json, and then does what `draw` does: it writes the tables of docs/growth.md
and the drawings docs/growth-AXIS.svg from these figures. `--first` adds a line of another program, the first version, to
the axis of files. nginx (Debian: nginx-light) answers on the axis of references, and `cargo bench --bench latency` measures
the last axis; `--profile` is the profile in which cargo builds this benchmark (not the program).

Each figure is the median of seven runs of the whole process (five where a run has 100,000 references). Processor time is user
and system time. All repositories are packed, as a clone is.
"""

import argparse
import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

import growth_report
import measured
import references
import scale

ROOT = Path(__file__).resolve().parent.parent
FIGURES = ROOT / "docs" / "growth.json"
RUNS = 7
# Files of a root, and of a base.
OWN, SHARED = 10, 20
FILES = (100, 300, 1_000, 3_000, 10_000, 30_000)
ROOTS = (10, 30, 100, 300, 1_000, 3_000)
REFERENCES = (100, 1_000, 10_000, 100_000)
# A run with more processor time is not repeated under valgrind.
COUNTED = 0.45
LATENCIES = (0, 10, 40, 100, 200, 400)
LINE = re.compile(r"^(\S+) a request, (.*): median (\d+) ms, bound (\d+) ms", re.MULTILINE)


def rounded(figure: float) -> float:
    return float(f"{figure:.4g}")


def medians(commands: dict[str, list[str]], runs: int = RUNS) -> dict[str, dict[str, float]]:
    """The medians of some runs of each command; they take turns, so that other work affects all alike."""
    taken: dict[str, list[tuple[float, float, float]]] = {name: [] for name in commands}
    for _ in range(runs):
        for name, command in commands.items():
            taken[name].append(measured.measure(command))
    names = ("processor", "wall", "memory")
    found = {}
    for name, figures in taken.items():
        found[name] = {key: rounded(statistics.median(column)) for key, column in zip(names, zip(*figures))}
    return found


def counted(commands: dict[str, list[str]]) -> dict[str, dict[str, float]]:
    """The medians, and the instructions of a run if it is short."""
    found = medians(commands)
    for name, command in commands.items():
        if found[name]["processor"] < COUNTED and (count := measured.instructions(command)):
            found[name]["instructions"] = rounded(count)
    return found


def add(series: dict[str, list[dict]], x: int, found: dict[str, dict[str, float]]) -> None:
    for name, figures in found.items():
        series.setdefault(name, []).append({"x": x, **figures})
        print(f"{x} {name}: {figures}", flush=True)


def expect(command: list[str], count: int) -> None:
    """The command lists so many references."""
    done = subprocess.run(command, capture_output=True, check=True, text=True)
    found = sum(1 for line in done.stdout.splitlines() if re.search(r":\d+:\d+ ", line))
    if found != count:
        sys.exit(f"{' '.join(command)}: {found} references instead of {count}")


def generate(tree: str, roots: int, own: int, shared: int) -> None:
    """Roots with files of their own, and a base that each of them includes if it has files."""
    scale.git(tree, "init", "-q", "-b", "main")
    for number in range(shared):
        scale.write(tree, f"base/{number}.yaml", scale.DEPLOYMENT.format(name=f"base-{number}", tag="1.0.0"))
    if shared:
        scale.write(tree, "base/kustomization.yaml", "resources:\n" + "".join(f"- {n}.yaml\n" for n in range(shared)))
    for root in range(roots):
        for number in range(own):
            template = scale.SERVICE if number % 5 > 1 else scale.DEPLOYMENT
            scale.write(tree, f"apps/{root}/{number}.yaml", template.format(name=f"app-{root}-{number}", tag="1.0.0"))
        resources = ["../../base"] * bool(shared) + [f"{number}.yaml" for number in range(own)]
        listed = "".join(f"- {entry}\n" for entry in resources)
        scale.write(tree, f"apps/{root}/kustomization.yaml", f"resources:\n{listed}namePrefix: r{root}-\n")
    scale.commit(tree, "before")


def change(tree: str, path: str, name: str) -> list[str]:
    """The arguments for the commit that gives this file another image."""
    scale.write(tree, path, scale.DEPLOYMENT.format(name=name, tag="2.0.0"))
    scale.commit(tree, path)
    revision = scale.git(tree, "rev-parse", "HEAD")
    return ["images", "-q", "-C", tree, "--base", f"{revision}~1", "--head", revision]


def files(arguments: argparse.Namespace) -> dict[str, list[dict]]:
    series: dict[str, list[dict]] = {}
    for count in FILES:
        with tempfile.TemporaryDirectory() as tree:
            generate(tree, count // OWN, OWN, 0)
            leaf = change(tree, f"apps/{count // OWN // 2}/0.yaml", f"app-{count // OWN // 2}-0")
            whole = ["images", "-q", "-C", tree, "--all", "--head", "HEAD"]
            expect([arguments.program, *leaf], 1)
            expect([arguments.program, *whole], count * 4 // 10)
            commands = {"a leaf changes": [arguments.program, *leaf], "the whole tree": [arguments.program, *whole]}
            if arguments.first:
                commands["a leaf changes, 0.1.0"] = [arguments.first, *leaf]
            add(series, count, counted(commands))
    return series


def kustomizations(arguments: argparse.Namespace) -> dict[str, list[dict]]:
    series: dict[str, list[dict]] = {}
    for count in ROOTS:
        with tempfile.TemporaryDirectory() as tree:
            generate(tree, count, 1, SHARED)
            leaf = change(tree, f"apps/{count // 2}/0.yaml", f"app-{count // 2}-0")
            base = change(tree, "base/0.yaml", "base-0")
            expect([arguments.program, *leaf], 1)
            commands = {"a leaf changes": leaf, "the base changes": base}
            add(series, count, counted({name: [arguments.program, *rest] for name, rest in commands.items()}))
    return series


def queries(arguments: argparse.Namespace) -> dict[str, list[dict]]:
    series: dict[str, list[dict]] = {}
    for count in REFERENCES:
        for name, number in (("1 registry", 1), ("50 registries", 50)):
            with tempfile.TemporaryDirectory() as folder:
                tree, ports = Path(folder) / "tree", references.free_ports(number)
                references.make_tree(tree, count, ports)
                with references.registries(Path(folder), ports):
                    command = references.check(arguments.program, tree, ports)
                    add(series, count, medians({name: command}, 5 if count >= 100_000 else RUNS))
    return series


def latency(arguments: argparse.Namespace) -> dict[str, list[dict]]:
    command = ["cargo", "bench", "--profile", arguments.profile, "--bench", "latency", "--", arguments.program]
    command += [str(milliseconds) for milliseconds in LATENCIES]
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, check=True, text=True)
    print(done.stdout)
    series: dict[str, list[dict]] = {}
    found = iter(LINE.findall(done.stdout))
    for milliseconds in LATENCIES:
        for _, width, median, bound in (next(found), next(found)):
            point = {"x": milliseconds, "wall": int(median) / 1000, "bound": int(bound) / 1000}
            series.setdefault("default" if "default" in width else width, []).append(point)
    return series


AXES = {"files": files, "kustomizations": kustomizations, "references": queries, "latency": latency}


def measure(arguments: argparse.Namespace) -> None:
    arguments.program = os.path.abspath(arguments.program)
    arguments.first = os.path.abspath(arguments.first) if arguments.first else None
    for axis in arguments.only or AXES:
        figures = AXES[axis](arguments)
        kept = json.loads(FIGURES.read_text()) if FIGURES.exists() else {}
        kept[axis] = dict(sorted(figures.items()))
        FIGURES.write_text(growth_report.written(kept))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    measuring = commands.add_parser("measure")
    measuring.add_argument("program")
    measuring.add_argument("--first")
    measuring.add_argument("--only", action="append", choices=AXES)
    measuring.add_argument("--profile", default="bench")
    commands.add_parser("draw")
    arguments = parser.parse_args()
    if arguments.command == "measure":
        measure(arguments)
    growth_report.draw(json.loads(FIGURES.read_text()), ROOT / "docs")


if __name__ == "__main__":
    main()
