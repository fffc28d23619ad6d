#!/usr/bin/env python3
"""Compares the images of charts as pullable names them with those that Helm renders.

    go install helm.sh/helm/v3/cmd/helm@v3.22.0
    pip install ruamel.yaml
    python3 benches/charts.py PATH/TO/pullable PATH/TO/helm REPOSITORY...

Every chart is rendered with its defaults, and with each values file that pullable lays over them; test hooks are left
out. The images of containers in the result are those that a cluster would pull. pullable runs twice: with this Helm in
PATH (`--render always`), and reading values alone (`--render never`). Per run: images found exactly, images missed, and
images of containers' units that Helm does not render (a value of an operator, or a part that is switched off).
"""

import collections
import json
import os
import subprocess
import sys

from kustomize import normal, written


KUBE_VERSION = "1.33.0"


def render(helm, chart, values):
    """The manifests of a chart, as the program renders it."""
    command = [helm, "template", "release-name", chart, "--namespace", "default"]
    command += ["--kube-version", KUBE_VERSION, "--skip-tests"]
    for file in values:
        command += ["-f", file]
    return subprocess.run(command, capture_output=True, check=False)


def units_of(pullable, helm, repository, mode):
    """The images of each unit, as pullable names them."""
    path = os.path.dirname(os.path.abspath(helm)) + os.pathsep + os.environ.get("PATH", "")
    command = [pullable, "images", "--all", "--render", mode, "--deadline", "30m", "--format", "json"]
    environment = {**os.environ, "PATH": path}
    done = subprocess.run(command, cwd=repository, env=environment, capture_output=True, check=False)
    if done.returncode == 2:
        sys.exit(done.stderr.decode(errors="replace"))
    units = collections.defaultdict(set)
    for reference in json.loads(done.stdout)["references"]:
        if reference["kind"] in ("image", "repository"):
            for unit in [reference["unit"], *reference.get("also_in", [])]:
                units[unit].add(reference["image"] or f"? {reference['written']}")
    return units


def layers_of(units, chart):
    """The values files that pullable lays over the defaults of a chart, and none."""
    names = [unit for unit in units if unit.startswith(chart + "/") and unit.endswith("values.yaml")]
    return [chart, *sorted(name for name in names if os.path.dirname(name) in (chart, chart + "/ci"))]


def compare(pullable, helm, repository):
    runs = {mode: units_of(pullable, helm, repository, mode) for mode in ("always", "never")}
    charts = [root for root, _, files in os.walk(repository) if "Chart.yaml" in files]
    counts = {mode: collections.Counter() for mode in runs}
    rendered = unbuilt = 0
    for chart in sorted(charts):
        if os.path.exists(os.path.join(chart, "../../Chart.yaml")):
            continue
        name = os.path.relpath(chart, repository)
        for unit in layers_of(runs["always"].keys() | runs["never"].keys(), name):
            values = [] if unit == name else [os.path.join(repository, unit)]
            built = render(helm, chart, values)
            if built.returncode != 0:
                unbuilt += 1
                continue
            rendered += 1
            wanted = {normal(image) for image in written(built.stdout)}
            for mode, units in runs.items():
                counts[mode]["exact"] += len(wanted & units[unit])
                counts[mode]["missed"] += len(wanted - units[unit])
                counts[mode]["others"] += len(units[unit] - wanted)
            for image in sorted(wanted - runs["always"][unit]):
                print(f"  only helm     {unit}: {image}")
    print(f"{os.path.basename(repository)}: {rendered} rendered by helm, {unbuilt} not")
    for mode, count in counts.items():
        print(f"  --render {mode:<6}  exact {count['exact']}, missed {count['missed']}, others {count['others']}")


if __name__ == "__main__":
    if len(sys.argv) < 4:
        sys.exit(__doc__)
    for folder in sys.argv[3:]:
        compare(sys.argv[1], sys.argv[2], folder)
