#!/usr/bin/env python3
"""Compares clusters that run exactly what Git deploys with Git: nothing differs. Then containers of the dumps are changed at
random, until so many of each repository were changed: exactly these are reported, each with the verdict that the change
has to get (another tag or repository: foreign; a container, a workload or its image that is gone: not-live).

    (cd tests/kubernetes && go build -o /tmp/dump .)
    python3 benches/drift.py PATH/TO/pullable /tmp/dump REPOSITORY... [--changes 100] [--seed 1]

The manifests are those that `kustomize build` makes of each root. Of a repository of charts (`charts/NAME/Chart.yaml`), they
are those that `helm template` makes of each chart, in a copy with an Application for each of them. Of a repository of Flux
(`clusters/NAME`, or `--clusters`), they are those of each path that a cluster deploys, and of each HelmRelease whose chart is
known (`--chart`), with the labels of Flux. Every root is a cluster of its own: roots of one repository deploy the same workload
with different images. Charts have a namespace each, in one cluster. helm and kustomize are taken from PATH.
"""

import argparse
import collections
import concurrent.futures
import json
import os
import pathlib
import re
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


KUSTOMIZE, HELM = "kustomize.toolkit.fluxcd.io", "helm.toolkit.fluxcd.io"
FLUX = f"apiVersion: {KUSTOMIZE}/"


def of_flux(repository, copy, clusters, charts):
    """The folders of clusters, each with everything that its Kustomizations deploy, and its releases of known charts."""
    shutil.copytree(repository, copy, symlinks=True, dirs_exist_ok=True)
    for root in clusters:
        own = built(copy, root)
        texts, open_ones, seen = [own], list(kustomizations(own)), set()
        while open_ones:
            one = open_ones.pop(0)
            if one["name"] in seen or not pathlib.Path(copy, one["path"]).is_dir():
                continue
            seen.add(one["name"])
            text = substituted(built(copy, one["path"], one["target"]), one["variables"])
            open_ones += list(kustomizations(text))
            texts += [labelled(text, KUSTOMIZE, one), *releases(text, charts)]
        yield Root(root, "\n---\n".join(texts), ["--render", "auto" if charts else "never", "--root", root])


def substituted(text, variables):
    """Manifests with the variables of a Kustomization."""
    return re.sub(r"\$\{(\w+)(?::?=([^}]*))?\}", lambda one: variables.get(one[1], one[2] or one[0]), text)


def releases(text, charts):
    """What Helm renders of the HelmReleases among manifests whose chart is known."""
    documents = text.split("\n---")
    urls = {}
    for document in documents:
        if "\nkind: OCIRepository\n" in document:
            urls[named(document)["name"]] = re.search(r"^  url: (.+)$", document, re.M)[1]
    for document in documents:
        chart = re.search(r"^  chartRef:\n    kind: OCIRepository\n    name: (.+)$", document, re.M)
        folder = charts.get(urls.get(chart[1])) if chart and "\nkind: HelmRelease\n" in document else None
        if folder:
            by = named(document)
            values = re.search(r"^  values:\n((?:    .*\n|\n)*)", document + "\n", re.M)
            with tempfile.NamedTemporaryFile("w", suffix=".yaml") as file:
                file.write(re.sub("^    ", "", values[1], flags=re.M) if values else "")
                file.flush()
                command = ["helm", "template", by["name"], folder, "--namespace", by["namespace"], "-f", file.name]
                code, out, error = run([*command, "--kube-version", "1.33.0"])
            if code != 0:
                print(f"{by['name']}: not rendered: {error.strip().splitlines()[-1]}", file=sys.stderr)
            yield in_namespace(labelled(out, HELM, by), by["namespace"])


def named(document):
    """Name and namespace of a manifest as kustomize writes it."""
    metadata = document.partition("\nmetadata:\n")[2].partition("\nspec:\n")[0]
    return {"namespace": "flux-system", **dict(re.findall(r"^  (name|namespace): (.+)$", metadata, re.M))}


def built(copy, folder, namespace=None):
    """What kustomize builds of a folder of a copy; Flux makes a kustomization where there is none, and sets its namespace."""
    path = pathlib.Path(copy, folder)
    if not any((path / name).exists() for name in ("kustomization.yaml", "kustomization.yml", "Kustomization")):
        subprocess.run(["kustomize", "create", "--autodetect", "--recursive"], cwd=path, check=True)
    if namespace:
        subprocess.run(["kustomize", "edit", "set", "namespace", namespace], cwd=path, check=True)
    code, out, error = run(["kustomize", "build", "--load-restrictor", "LoadRestrictionsNone", str(path)])
    if code != 0:
        print(f"{folder}: not built: {error.strip().splitlines()[-1]}", file=sys.stderr)
    return out


def kustomizations(text):
    """The Kustomizations of Flux among manifests as kustomize writes them: keys in order, two blanks."""
    for document in text.split("\n---"):
        if FLUX in document and "\nkind: Kustomization\n" in document:
            spec = document.partition("\nspec:\n")[2]
            fields = {key: value.strip("'\" ") for key, value in re.findall(r"^  (\w+): (.+)$", spec, re.M)}
            written = re.search(r"^    substitute:\n((?:      .*\n)*)", spec + "\n", re.M)
            variables = dict(re.findall(r"^      (\w+): \"?(.*?)\"?$", written[1], re.M)) if written else {}
            path = fields.get("path", ".").removeprefix("./")
            yield {**named(document), "path": path, "target": fields.get("targetNamespace"), "variables": variables}


def labelled(text, prefix, by):
    """Manifests with the labels that Flux gives them."""
    labels = f"    {prefix}/name: {by['name']}\n    {prefix}/namespace: {by['namespace']}\n"
    documents = []
    for document in text.split("\n---"):
        start, metadata, rest = document.partition("\nmetadata:\n")
        own, spec, end = rest.partition("\nspec:\n")
        head, key, others = own.partition("  labels:\n")
        own = f"{head}{key}{labels}{others}" if key else f"  labels:\n{labels}{own}"
        documents.append(f"{start}{metadata}{own}{spec}{end}" if spec else document)
    return "\n---".join(documents)


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
    parser.add_argument("--clusters", action="append", default=[], help="a folder with Kustomizations of Flux")
    parser.add_argument("--chart", action="append", default=[], help="URL=FOLDER, of a chart that pullable has in its cache")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    arguments = parser.parse_args()
    passed = True
    for repository in arguments.repositories:
        with tempfile.TemporaryDirectory() as copy:
            is_charts = any(pathlib.Path(repository, "charts").glob("*/Chart.yaml"))
            clusters = [folder for folder in arguments.clusters if pathlib.Path(repository, folder).is_dir()]
            for path in sorted(pathlib.Path(repository).glob("clusters/*/")):
                if any(FLUX in file.read_text(errors="replace") for file in path.glob("**/*.yaml")):
                    clusters.append(str(path.relative_to(repository)))
            if is_charts:
                roots = of_charts(repository, copy)
            elif clusters:
                charts = dict(chart.rsplit("=", 1) for chart in arguments.chart)
                roots = of_flux(repository, copy, clusters, charts)
            else:
                roots = of_kustomize(arguments.pullable, repository)
            passed &= measure(arguments, copy if is_charts else repository, list(roots))
    sys.exit(not passed)


if __name__ == "__main__":
    main()
