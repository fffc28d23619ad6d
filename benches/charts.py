#!/usr/bin/env python3
"""Holds what pullable reads in the values of charts against what Helm renders of them.

    go install helm.sh/helm/v3/cmd/helm@latest
    pip install ruamel.yaml
    python3 benches/charts.py PATH/TO/pullable PATH/TO/helm REPOSITORY...

Every chart is rendered with its defaults, and with each values file that pullable lays over them. The images of
containers in the result are those that a cluster would pull; pullable also reads what the defaults switch off, so
only what it misses, and what it names otherwise, is a difference. A chart that needs another one from the network
is rendered without it.
"""

import collections
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile

from kustomize import images, normal, written


def render(helm, chart, values):
    """The manifests of a chart; dependencies that are not at hand are taken out."""
    with tempfile.TemporaryDirectory() as copy:
        tree = os.path.join(copy, "chart")
        shutil.copytree(chart, tree)
        meta = os.path.join(tree, "Chart.yaml")
        with open(meta, encoding="utf-8") as file:
            text = file.read()
        at_hand = os.path.isdir(os.path.join(tree, "charts"))
        if not at_hand:
            text = re.sub(r"(?ms)^dependencies:.*?(?=^\S|\Z)", "", text)
            with open(meta, "w", encoding="utf-8") as file:
                file.write(text)
            lock = os.path.join(tree, "Chart.lock")
            if os.path.exists(lock):
                os.remove(lock)
        command = [helm, "template", "release", tree]
        for file in values:
            command += ["-f", file]
        return subprocess.run(command, capture_output=True, check=False)


def compare(pullable, helm, repository):
    units = collections.defaultdict(set)
    for reference in images(pullable, ".", cwd=repository):
        for unit in [reference["unit"], *reference.get("also_in", [])]:
            units[unit].add(reference["image"] or f"? {reference['written']}")
    charts = [root for root, _, files in os.walk(repository) if "Chart.yaml" in files]
    found = missed = unbuilt = 0
    for chart in sorted(charts):
        name = os.path.relpath(chart, repository)
        layers = [unit for unit in units if unit.startswith(name + "/") and "values" in os.path.basename(unit)]
        for unit in [name, *sorted(layers)]:
            values = [] if unit == name else [os.path.join(repository, unit)]
            built = render(helm, chart, values)
            if built.returncode != 0:
                unbuilt += 1
                error = built.stderr.decode(errors="replace").strip().splitlines() or [""]
                print(f"  not rendered  {unit}: {error[-1][:140]}")
                continue
            rendered = {normal(image) for image in written(built.stdout)}
            for image in sorted(rendered - units[unit]):
                repository_only = image.rsplit(":", 1)[0] in units[unit]
                note = "   (its repository is checked, the chart decides the tag)" if repository_only else ""
                print(f"  only helm     {unit}: {image}{note}")
            found += len(rendered & units[unit])
            missed += len(rendered - units[unit])
    print(f"{os.path.basename(repository)}: {found} images of rendered charts found, {missed} not, {unbuilt} not rendered by helm")


if __name__ == "__main__":
    if len(sys.argv) < 4:
        sys.exit(__doc__)
    for folder in sys.argv[3:]:
        compare(sys.argv[1], sys.argv[2], folder)
