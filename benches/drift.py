#!/usr/bin/env python3
"""Compares clusters that run exactly what Git deploys with Git: nothing differs. Then containers of the dumps are changed at
random, until so many of each repository were changed: exactly these are reported, each with the verdict that the change
has to get (another tag or repository: foreign; a container, a workload or its image that is gone: not-live).

    (cd tests/kubernetes && go build -o /tmp/dump .)
    python3 benches/drift.py PATH/TO/pullable /tmp/dump REPOSITORY... [--changes 100] [--seed 1]

The manifests are those that `kustomize build` makes of each root; of a repository of charts (`charts/NAME/Chart.yaml`), those
that `helm template` makes of each chart, in a copy with an Application for each of them. Every root is a cluster of its own:
roots of one repository deploy the same workload with different images. Charts have a namespace each, in one cluster. helm and kustomize are taken from PATH.
"""

import argparse
import collections
import concurrent.futures
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

APPLICATION = """apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {name: NAME, namespace: argocd}
spec:
  source: {repoURL: 'https://git.example/charts', path: charts/NAME}
  destination: {namespace: NAME}
"""


def run(command, text=""):
    done = subprocess.run(command, input=text, capture_output=True, text=True, errors="replace")
    return done.returncode, done.stdout, done.stderr


class Root:
    """A part of a repository that is a cluster of its own: its manifests, and the options that select it."""

    def __init__(self, name, text, options):
        self.name, self.text, self.options = name, text, options


def of_kustomize(pullable, repository):
    """The kustomizations that build, and the files on their own, which have containers."""
    _, out, _ = run([pullable, "images", "-C", repository, "--all", "--head", "HEAD", "--render", "never", "--format", "json"])
    names = set()
    for reference in json.loads(out)["references"]:
        names.update([reference["unit"], *reference.get("also_in", [])])
    folders = {name.split(" (")[0] for name in names if pathlib.Path(repository, name.split(" (")[0]).is_dir()}
    for name in sorted(names):
        folder = name.split(" (")[0]
        path = pathlib.Path(repository, folder)
        if folder in folders and any(pathlib.Path(other).is_relative_to(folder) for other in folders - {folder}):
            print(f"{repository} {name}: left out: --root selects the roots below it too", file=sys.stderr)
            continue
        if path.is_file():
            yield Root(name, path.read_text(errors="replace"), ["--render", "never", "--root", folder])
            continue
        code, out, _ = run(["kustomize", "build", "--load-restrictor", "LoadRestrictionsNone", str(path)])
        if code == 0:
            yield Root(name, out, ["--render", "never", "--root", folder])


def of_charts(repository, copy):
    """The charts that Helm renders, each released by an Application of a copy of the repository."""
    shutil.copytree(pathlib.Path(repository, "charts"), pathlib.Path(copy, "charts"))
    os.makedirs(pathlib.Path(copy, "argocd"))
    pathlib.Path(copy, ".pullable.yaml").write_text("repositories: {'https://git.example/charts': .}\n")
    charts = sorted(path.parent.name for path in pathlib.Path(copy, "charts").glob("*/Chart.yaml"))
    for name in charts:
        pathlib.Path(copy, "argocd", f"{name}.yaml").write_text(APPLICATION.replace("NAME", name))
    git = ["git", "-C", copy, "-c", "user.name=bench", "-c", "user.email=bench@localhost"]
    for arguments in (["init", "-q"], ["add", "-A"], ["commit", "-qm", "all"]):
        subprocess.run(git + arguments, check=True)
    texts = []
    for name in charts:
        command = ["helm", "template", name, str(pathlib.Path(copy, "charts", name)), "--namespace", name, "--kube-version", "1.33.0"]
        code, out, _ = run(command)
        if code == 0:
            texts.append(in_namespace(out, name))
    yield Root("all", "\n---\n".join(texts), [])


def in_namespace(text, namespace):
    """Manifests with the namespace that Argo CD gives to those that name none."""
    documents = []
    for document in text.split("\n---"):
        start, metadata, rest = document.partition("\nmetadata:\n")
        end = next((at for at, line in enumerate(rest.split("\n")) if line and not line.startswith(" ")), 0)
        own = rest.split("\n")[:end]
        has = any(line.startswith("  namespace:") for line in own)
        documents.append(document if not metadata or has else f"{start}{metadata}  namespace: {namespace}\n{rest}")
    return "\n---".join(documents)


def compare(arguments, repository, root, changes, seed):
    """The containers that differ as `verdict kind namespace name container`, those that should, and the number of all."""
    with tempfile.TemporaryDirectory() as folder:
        expected = pathlib.Path(folder, "expected")
        command = [arguments.dump, "-mutate", str(changes), "-seed", str(seed), "-expected", str(expected), "deploy"]
        code, dump, error = run(command, root.text)
        if code != 0:
            return None, [], error.strip()
        if not json.loads(dump)["items"]:
            return None, [], "no workload"
        pathlib.Path(folder, "dump.json").write_text(dump)
        command = [arguments.pullable, "drift", str(pathlib.Path(folder, "dump.json")), "-C", repository, "--offline", "--format", "json"]
        code, out, error = run(command + root.options)
        if code not in (0, 1, 3):
            return None, [], error.strip()
        found, same = [], 0
        for entry in json.loads(out)["workloads"]:
            if entry["verdict"] == "same":
                same += 1
                continue
            place = [entry["verdict"], entry["kind"], entry["namespace"] or "default", entry["name"], entry["container"]]
            found.append((" ".join(place), entry["reason"]))
        return found, [line for line in expected.read_text().split("\n") if line], same


def difference(found, expected):
    """What was not reported as it should be, in words."""
    lines = collections.Counter(place for place, _ in found)
    wanted = collections.Counter(expected)
    reasons = dict(found)
    return [f"not expected: {place}: {reasons[place]}" for place in lines - wanted] + [f"not found: {place}" for place in wanted - lines]


def measure(arguments, repository, roots):
    total = collections.Counter()
    usable = []

    def unchanged(root):
        return root, compare(arguments, repository, root, 0, 0)

    faults = []
    with concurrent.futures.ThreadPoolExecutor(arguments.jobs) as pool:
        for root, (found, _, same) in pool.map(unchanged, roots):
            if found is None:
                if same != "no workload":
                    total["left out"] += 1
                    print(f"{repository} {root.name}: left out: {same.splitlines()[0] if same else ''}", file=sys.stderr)
                continue
            total["roots"] += 1
            total["containers"] += same + len(found)
            total["differ"] += len(found)
            faults += [f"{root.name}: {line}" for line in difference(found, [])]
            if same and not found:
                usable.append((root, same))
        left, seed = arguments.changes, arguments.seed
        while left > 0 and usable:
            jobs, open_changes = [], left
            for root, same in usable:
                if open_changes > 0:
                    jobs.append((root, min(open_changes, same), seed))
                    open_changes -= min(open_changes, same)
            for root, (found, expected, same) in pool.map(lambda job: (job[0], compare(arguments, repository, *job)), jobs):
                if found is None:
                    faults.append(f"{root.name}: changed: {same}")
                    usable = [one for one in usable if one[0] is not root]
                    continue
                total["changed"] += len(expected)
                total["found"] += len(found)
                total.update(f"as {place.split()[0]}" for place, _ in found)
                faults += [f"{root.name}: {line}" for line in difference(found, expected)]
            left = arguments.changes - total["changed"]
            seed += 1
    for fault in faults:
        print(f"{repository} {fault}", file=sys.stderr)
    print(repository, dict(total))
    # A workload that is gone takes the containers with it that are started before the others.
    return not faults and total["changed"] == total["found"] >= arguments.changes


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("pullable")
    parser.add_argument("dump")
    parser.add_argument("repositories", nargs="+")
    parser.add_argument("--changes", type=int, default=100, help="in each repository")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    arguments = parser.parse_args()
    passed = True
    for repository in arguments.repositories:
        with tempfile.TemporaryDirectory() as copy:
            is_charts = any(pathlib.Path(repository, "charts").glob("*/Chart.yaml"))
            roots = list(of_charts(repository, copy) if is_charts else of_kustomize(arguments.pullable, repository))
            passed &= measure(arguments, copy if is_charts else repository, roots)
    sys.exit(not passed)


if __name__ == "__main__":
    main()
