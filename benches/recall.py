#!/usr/bin/env python3
"""Compares the references that pullable finds with those of this script, which shares no code with it: another YAML
parser, and no knowledge of kinds. Every text that looks like a reference counts here. Each difference is then either
a reference that pullable misses or a text that is not an image; a person decides which.

    pip install ruamel.yaml
    python3 benches/recall.py PATH/TO/pullable FOLDER...

For each folder: references found by both, only by pullable, only here, and the differences.
"""

import json
import os
import re
import subprocess
import sys

from ruamel.yaml import YAML

NAME = re.compile(r"^(?:(?P<host>[\w.-]+(?::\d+)?)/)?[a-z0-9][a-z0-9._/-]*$")
TAG = re.compile(r"^\w[\w.+-]{0,127}$")
WHOLE = re.compile(r"^(?P<name>[\w.-]+(?::\d+)?(?:/[\w.-]+)*):(?P<tag>\w[\w.+-]{0,127})(?:@sha256:[0-9a-f]{64})?$")
DIGEST = re.compile(r"^(?P<name>[\w.-]+(?::\d+)?(?:/[\w.-]+)*)@(?P<digest>sha256:[0-9a-f]{64})$")


def normal(name):
    """Docker's normal form of a repository."""
    name = re.sub(r"^oci://", "", str(name)).strip("/")
    first = name.split("/")[0]
    if "/" not in name or not ("." in first or ":" in first or first == "localhost"):
        name = "docker.io/" + (name if "/" in name else "library/" + name)
    return re.sub(r"^docker\.io/([^/]+)$", r"docker.io/library/\1", name)


def whole(text):
    """A reference in one string, with a tag or a digest."""
    for form in (WHOLE, DIGEST):
        found = form.match(text)
        if found:
            parts = found.groupdict()
            return normal(parts["name"]), parts.get("tag") or parts.get("digest")
    return None


def walk(node, key, found):
    if isinstance(node, dict):
        lower = {str(k): v for k, v in node.items()}
        name = next((lower[k] for k in ("repository", "repo", "url", "newName", "repoURL") if isinstance(lower.get(k), str)), None)
        if name is None and key.lower().endswith("image"):
            name = next((lower[k] for k in ("name", "image") if isinstance(lower.get(k), str)), None)
        name = name or (lower.get("name") if "newTag" in lower else None)
        tag = next((lower[k] for k in ("tag", "newTag", "version", "imageTag", "targetRevision") if lower.get(k) not in (None, "")), None)
        ref = lower.get("ref")
        if isinstance(ref, dict) and isinstance(lower.get("url"), str):
            tag = ref.get("tag") or tag
        if name and tag is not None and "://" not in name.replace("oci://", "") and not isinstance(tag, (dict, list)):
            chart = lower.get("chart") or (lower.get("name") if str(name).startswith("oci://") else None)
            full = f"{name}/{chart}" if isinstance(chart, str) else name
            if isinstance(lower.get("registry"), str) and lower["registry"]:
                full = f"{lower['registry']}/{full}"
            tag = str(tag).split("@")[0].replace("+", "_")
            if NAME.match(re.sub(r"^oci://", "", full)) and TAG.match(tag):
                found.add((normal(full), tag))
        for k, v in node.items():
            walk(v, str(k), found)
    elif isinstance(node, list):
        for item in node:
            walk(item, key, found)
    elif isinstance(node, str) and re.search(r"image|reference", key, re.I):
        reference = whole(node.strip())
        if reference:
            found.add(reference)


def second_road(path):
    found = set()
    yaml = YAML(typ="safe", pure=True)
    yaml.allow_duplicate_keys = True
    try:
        with open(path, "rb") as file:
            for document in yaml.load_all(file.read()):
                if isinstance(document, dict) and document.get("kind") == "CustomResourceDefinition":
                    continue
                walk(document, "", found)
    except Exception as error:
        print(f"  not read here: {path}: {str(error).splitlines()[0]}")
    return found


def program(pullable, folder):
    run = subprocess.run([pullable, "images", ".", "--format", "json"], cwd=folder, capture_output=True, check=False)
    found = {}
    for reference in json.loads(run.stdout)["references"]:
        image = reference["image"]
        if image and reference["kind"] != "repository":
            rest, _, digest = image.partition("@")
            name, _, tag = rest.rpartition(":") if ":" in rest.split("/")[-1] else (rest, "", "")
            found.setdefault(reference["path"], set()).add((name, tag or digest))
    return found


def main():
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    pullable = os.path.abspath(sys.argv[1])
    for folder in sys.argv[2:]:
        ours = program(pullable, folder)
        both = only_ours = only_here = 0
        differences = []
        for base, folders, files in os.walk(folder):
            folders[:] = sorted(f for f in folders if f != ".git")
            for file in sorted(files):
                if not file.lower().endswith((".yaml", ".yml", ".json")):
                    continue
                path = os.path.relpath(os.path.join(base, file), folder)
                with open(os.path.join(base, file), "rb") as text:
                    if path not in ours and not re.search(rb"image|repo|oci:", text.read()):
                        continue
                mine, theirs = ours.get(path, set()), second_road(os.path.join(base, file))
                both += len(mine & theirs)
                only_ours += len(mine - theirs)
                only_here += len(theirs - mine)
                differences += [f"  only pullable: {path}: {':'.join(r)}" for r in sorted(mine - theirs)]
                differences += [f"  only here:     {path}: {':'.join(r)}" for r in sorted(theirs - mine)]
        print(f"{folder}: both {both}, only pullable {only_ours}, only here {only_here}")
        print("\n".join(differences))


if __name__ == "__main__":
    main()
