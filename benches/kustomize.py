#!/usr/bin/env python3
"""Holds what pullable makes of kustomizations against what kustomize itself builds, folder by folder.

    go install sigs.k8s.io/kustomize/kustomize/v5@v5.8.1
    pip install ruamel.yaml
    python3 benches/kustomize.py PATH/TO/pullable PATH/TO/kustomize REPOSITORY...

Every folder with a kustomization is built, the included ones too: in a copy of the repository each gets a root
of its own that includes nothing else. Three sets are compared: the references of pullable's unit, what pullable
reads in the built manifests (the same reading, so each difference is one of assembly), and the container images
that a walk with another YAML parser finds in them.
"""

import collections
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile

from ruamel.yaml import YAML

NAMES = ("kustomization.yaml", "kustomization.yml", "Kustomization")


def images(pullable, *args, cwd=None, stdin=None):
    command = [pullable, "images", "--format", "json", *args]
    if stdin is not None and not stdin.strip():
        return []
    done = subprocess.run(command, cwd=cwd, input=stdin, capture_output=True, check=False)
    return json.loads(done.stdout)["references"]


def named(reference):
    """What a reference comes to; of one that cannot be known the text."""
    return reference["image"] or f"? {reference['written']}"


def containers(node, found):
    """The images of every list of containers."""
    if isinstance(node, dict):
        for key, value in node.items():
            if key in ("containers", "initContainers", "ephemeralContainers") and isinstance(value, list):
                found.update(str(item["image"]) for item in value if isinstance(item, dict) and item.get("image"))
            if key != "status":
                containers(value, found)
    elif isinstance(node, list):
        for item in node:
            containers(item, found)


def written(rendered):
    found = set()
    yaml = YAML(typ="base", pure=True)
    yaml.allow_duplicate_keys = True
    for document in yaml.load_all(rendered):
        if isinstance(document, dict) and document.get("kind") != "CustomResourceDefinition":
            containers(document, found)
    return found


def scalars(node):
    """All texts of a tree."""
    if isinstance(node, dict):
        return {text for value in node.values() for text in scalars(value)}
    if isinstance(node, list):
        return {text for value in node for text in scalars(value)}
    return {str(node)}


def texts(rendered):
    """All texts of what is built, as images."""
    yaml = YAML(typ="base", pure=True)
    yaml.allow_duplicate_keys = True
    return {normal(text) for document in yaml.load_all(rendered) for text in scalars(document) if text}


def build(kustomize, root, tree):
    """Builds a root. Files that are absent and hold no manifest, such as a generator's, are made empty ones."""
    command = [kustomize, "build", "--load-restrictor", "LoadRestrictionsNone", root]
    for _ in range(20):
        built = subprocess.run(command, capture_output=True, check=False)
        absent = re.findall(r"open (\S+?): no such file", built.stderr.decode(errors="replace"))
        absent = [path for path in absent if path.startswith(tree) and not path.endswith((".yaml", ".yml"))]
        if built.returncode == 0 or not absent:
            break
        for path in absent:
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(path, "w", encoding="utf-8"):
                pass
    return built


def compare(pullable, kustomize, repository):
    with tempfile.TemporaryDirectory() as copy:
        tree = os.path.join(copy, "tree")
        shutil.copytree(repository, tree, symlinks=True, ignore=shutil.ignore_patterns(".git"))
        folders = sorted(root for root, _, files in os.walk(tree) if any(name in files for name in NAMES))
        for number, folder in enumerate(folders):
            root = os.path.join(tree, "pullable-roots", str(number))
            os.makedirs(root)
            relative = os.path.relpath(folder, root)
            kind = "components" if is_component(folder) else "resources"
            with open(os.path.join(root, "kustomization.yaml"), "w", encoding="utf-8") as file:
                file.write(f"{kind}:\n- {relative}\n")
        units = collections.defaultdict(set)
        for reference in images(pullable, ".", cwd=tree):
            for unit in [reference["unit"], *reference.get("also_in", [])]:
                units[unit].add(named(reference))
        same = different = unbuilt = total = 0
        for number, folder in enumerate(folders):
            root = os.path.join(tree, "pullable-roots", str(number))
            built = build(kustomize, root, tree)
            name = os.path.relpath(folder, tree)
            if built.returncode != 0:
                unbuilt += 1
                print(f"  not built   {name}: {built.stderr.decode(errors='replace').strip().splitlines()[-1][-150:]}")
                continue
            ours = units[f"pullable-roots/{number}"]
            theirs = {named(reference) for reference in images(pullable, "-", stdin=built.stdout)}
            total += len(theirs)
            walked = {image for image in written(built.stdout) if image not in map(str, ours)}
            unknown = {image for image in walked if not any(normal(image) == one for one in ours | theirs)}
            if ours == theirs and not unknown:
                same += 1
                continue
            different += 1
            print(f"  different   {name}")
            print("".join(f"    only pullable   {image}\n" for image in sorted(ours - theirs)), end="")
            print("".join(f"    only kustomize  {image}\n" for image in sorted(theirs - ours)), end="")
            print("".join(f"    only the walk   {image}\n" for image in sorted(unknown)), end="")
        print(f"{os.path.basename(repository)}: {same} roots the same ({total} references), {different} different, {unbuilt} not built by kustomize")
        return different


def normal(image):
    """Docker's normal form."""
    if any(mark in image for mark in ("$", "{", "<", "@VAR")):
        return f"? {image}"
    name, at, digest = image.partition("@")
    last = name.rsplit("/", 1)[-1]
    tag = last.partition(":")[2]
    base = name[: -len(tag) - 1] if tag else name
    first = base.split("/")[0]
    if "/" not in base or not ("." in first or ":" in first or first == "localhost"):
        base = "docker.io/" + (base if "/" in base else "library/" + base)
    tag = tag or ("" if at else "latest")
    return base + (f":{tag}" if tag else "") + (f"@{digest}" if at else "")


def is_component(folder):
    for name in NAMES:
        path = os.path.join(folder, name)
        if os.path.exists(path):
            with open(path, encoding="utf-8", errors="replace") as file:
                return "kind: Component" in file.read()
    return False


if __name__ == "__main__":
    if len(sys.argv) < 4:
        sys.exit(__doc__)
    sys.exit(1 if sum(compare(sys.argv[1], sys.argv[2], repository) for repository in sys.argv[3:]) else 0)
