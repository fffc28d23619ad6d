#!/usr/bin/env python3
"""Compares clusters that run what `kustomize build` makes of a repository with the repository itself: nothing differs. Then
containers of the dump are changed at random: exactly these differ.

    (cd tests/kubernetes && go build -o /tmp/dump .)
    python3 benches/drift.py PATH/TO/pullable PATH/TO/kustomize /tmp/dump REPOSITORY... [--mutate 100]

Every root is a cluster of its own: roots of one repository deploy the same workload with different images.
"""

import argparse
import json
import pathlib
import re
import subprocess
import sys
import tempfile


def run(command, text=""):
    done = subprocess.run(command, input=text, capture_output=True, text=True)
    return done.returncode, done.stdout, done.stderr


def roots(pullable, repository):
    """The kustomizations and the stand-alone files with containers."""
    _, out, _ = run([pullable, "images", "-C", repository, "--all", "--head", "HEAD", "--render", "never", "--format", "json"])
    found = set()
    for reference in json.loads(out)["references"]:
        found.update([reference["unit"], *reference.get("also_in", [])])
    return sorted(found)


def manifests(kustomize, repository, root):
    """What is deployed from a root; None if it is neither a kustomization that builds nor a file."""
    path = pathlib.Path(repository, root.split(" (")[0])
    if path.is_file():
        return path.read_text(errors="replace")
    code, out, _ = run([kustomize, "build", "--load-restrictor", "LoadRestrictionsNone", str(path)])
    return out if code == 0 else None


def compare(arguments, repository, root, text, mutate, seed):
    command = [arguments.dump, "-mutate", str(mutate), "-seed", str(seed), "deploy"]
    code, dump, error = run(command, text)
    if code != 0:
        return None, error.strip()
    if not json.loads(dump)["items"]:
        return None, "no workload"
    with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
        file.write(dump)
        file.flush()
        command = [arguments.pullable, "drift", file.name, "-C", repository]
        command += ["--offline", "--render", "never", "--format", "json", "--root", root.split(" (")[0]]
        code, out, error = run(command)
    if code == 2:
        return None, error.strip()
    return json.loads(out), ""


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("pullable")
    parser.add_argument("kustomize")
    parser.add_argument("dump")
    parser.add_argument("repositories", nargs="+")
    parser.add_argument("--mutate", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--roots", default="", help="only roots that this regular expression matches")
    arguments = parser.parse_args()
    failed = False
    for repository in arguments.repositories:
        total = {"roots": 0, "containers": 0, "differ": 0, "changed": 0, "found": 0}
        left = arguments.mutate
        for root in roots(arguments.pullable, repository):
            if not re.search(arguments.roots, root):
                continue
            text = manifests(arguments.kustomize, repository, root)
            if text is None:
                continue
            found, why = compare(arguments, repository, root, text, 0, 0)
            if found is None:
                if why != "no workload":
                    print(f"{repository} {root}: {why.splitlines()[0] if why else ''}", file=sys.stderr)
                continue
            summary = found["summary"]
            different = [entry for entry in found["workloads"] if entry["verdict"] != "same"]
            total["roots"] += 1
            total["containers"] += summary["same"] + len(different)
            total["differ"] += len(different)
            for entry in different:
                print(repository, root, entry["verdict"], entry["kind"], entry["namespace"], entry["name"], entry["container"], entry["reason"], file=sys.stderr)
            count = min(left, summary["same"])
            if count > 0 and not different:
                changed, why = compare(arguments, repository, root, text, count, arguments.seed)
                if changed is None:
                    print(f"{repository} {root}: changed: {why}", file=sys.stderr)
                    continue
                hits = [entry for entry in changed["workloads"] if entry["verdict"] != "same"]
                total["changed"] += count
                total["found"] += len(hits)
                left -= count
                if len(hits) != count:
                    print(f"{repository} {root}: {count} changed, {len(hits)} found", file=sys.stderr)
        failed |= total["differ"] > 0 or total["found"] != total["changed"]
        print(repository, total)
    sys.exit(failed)


if __name__ == "__main__":
    main()
