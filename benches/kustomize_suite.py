#!/usr/bin/env python3
"""Holds pullable against kustomize's own test suite: the images of each build, and the builds that kustomize refuses.

    git clone https://github.com/kubernetes-sigs/kustomize
    go install sigs.k8s.io/kustomize/kustomize/v5@v5.8.1
    pip install ruamel.yaml
    python3 benches/kustomize_suite.py PATH/TO/pullable PATH/TO/kustomize CHECKOUT [--only NAME] [--keep FOLDER]

The tests of `api/krusty` run in a copy of the checkout whose `Kustomizer.Run` writes the file system of each build to
disk first. Each build is then done twice: by `kustomize build`, and by `pullable images` of a folder that includes
nothing but the root. The images are compared as benches/kustomize.py does. A build that kustomize refuses has to be
reported; one that it accepts must not be called broken. Builds that need the network, helm, containers or programs of
the test suite are counted and left out.
"""

import argparse
import collections
import json
import os
import shutil
import subprocess
import sys
import tempfile

from kustomize import NAMES, is_component, normal, texts, written
from kustomize_fuzz import called

DUMP = """
package krusty

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"sigs.k8s.io/kustomize/kyaml/filesys"
)

var dumped = map[string]int{}

func dump(fSys filesys.FileSystem, path string, options *Options) {
	out := os.Getenv("KUSTOMIZE_SUITE")
	root, temporary := "/", os.TempDir()+"/"
	if rest, ok := strings.CutPrefix(path, temporary); ok {
		root = temporary + strings.Split(rest, "/")[0]
	}
	name := caller()
	dumped[name]++
	folder := filepath.Join(out, fmt.Sprintf("%s-%d", name, dumped[name]))
	_ = fSys.Walk(root, func(file string, info os.FileInfo, err error) error {
		if err != nil || info.IsDir() {
			return nil
		}
		content, err := fSys.ReadFile(file)
		if err != nil {
			return nil
		}
		target := filepath.Join(folder, "tree", strings.TrimPrefix(file, root))
		_ = os.MkdirAll(filepath.Dir(target), 0o755)
		return os.WriteFile(target, content, 0o644)
	})
	_ = os.MkdirAll(filepath.Join(folder, "tree"), 0o755)
	relative := strings.TrimPrefix(strings.TrimPrefix(path, root), "/")
	lines := fmt.Sprintf("%s\\n%v\\n", relative, options.LoadRestrictions)
	_ = os.WriteFile(filepath.Join(folder, "build"), []byte(lines), 0o644)
}

func caller() string {
	callers := make([]uintptr, 64)
	frames := runtime.CallersFrames(callers[:runtime.Callers(2, callers)])
	for {
		frame, more := frames.Next()
		for _, part := range strings.Split(frame.Function, ".") {
			if strings.HasPrefix(part, "Test") {
				return part
			}
		}
		if !more {
			return "Unknown"
		}
	}
}
"""
RUN = "fSys filesys.FileSystem, path string) (resmap.ResMap, error) {\n"
# Fields that the suite has and 5.8.1 does not.
LATER = ("includeVolumeClaimTemplates", "volumeClaimTemplateLabels")
# What kustomize says where a build needs more than its files.
ELSEWHERE = (
    "unable to find plugin", "fork/exec", "git fetch", "git init", "Could not resolve host", "helm", "docker",
    "unable to load plugin", "external plugins disabled", "plugin needs", "no such host", "dial tcp", "connection refused",
    "exec plugin", "starlark", "alpha plugins",
)


def dump(checkout, folder):
    """Writes the builds of the test suite to a folder."""
    with tempfile.TemporaryDirectory() as temporary:
        copy = os.path.join(temporary, "kustomize")
        shutil.copytree(checkout, copy, symlinks=True, ignore=shutil.ignore_patterns(".git"))
        krusty = os.path.join(copy, "api", "krusty")
        with open(os.path.join(krusty, "dump.go"), "w", encoding="utf-8") as file:
            file.write(DUMP)
        path = os.path.join(krusty, "kustomizer.go")
        with open(path, encoding="utf-8") as file:
            text = file.read()
        if RUN not in text:
            sys.exit(f"{path} is not as it was: there is no {RUN!r}")
        with open(path, "w", encoding="utf-8") as file:
            file.write(text.replace(RUN, RUN + "\tdump(fSys, path, b.options)\n", 1))
        environment = {**os.environ, "KUSTOMIZE_SUITE": folder}
        # Tests that need the network fail, which is no matter here.
        subprocess.run(["go", "test", "./krusty/"], cwd=os.path.join(copy, "api"), env=environment, capture_output=True, check=False)


def report(pullable, *args, cwd=None, stdin=None):
    """The report; malformed references with the text that they come to as `comes_to`."""
    command = [pullable, "images", "--format", "json", *args]
    done = subprocess.run(command, cwd=cwd, input=stdin, capture_output=True, check=False)
    made = json.loads(done.stdout) if done.stdout else {"references": [], "findings": []}
    for finding in made["findings"]:
        quoted = finding["message"].split('"')
        if finding["rule"] == "malformed-reference" and finding["reference"] is not None and len(quoted) > 2:
            made["references"][finding["reference"]]["comes_to"] = quoted[1]
    return made


def committed(folder):
    """Makes a folder a repository: of files that are named one by one, others may be absent."""
    for arguments in (["init", "-q"], ["add", "-A", "-f"], ["-c", "user.name=a", "-c", "user.email=a@example.org", "commit", "-q", "-m", "all"]):
        subprocess.run(["git", *arguments], cwd=folder, check=True)


def ours(pullable, tree, root, folder):
    """What pullable makes of a root: the references of a unit that includes it alone, and the findings."""
    user = os.path.join(folder, "user")
    os.makedirs(user)
    kind = "components" if is_component(os.path.join(tree, root)) else "resources"
    with open(os.path.join(user, "kustomization.yaml"), "w", encoding="utf-8") as file:
        file.write(f"{kind}:\n- {os.path.join('..', 'tree', root)}\n")
    committed(folder)
    made = report(pullable, "--all", cwd=folder)
    found = set()
    for reference in made["references"]:
        if "user" in [reference["unit"], *reference.get("also_in", [])]:
            found.add(called(reference))
    return found, made["findings"]


def theirs(pullable, rendered):
    """The references in what kustomize builds, the images of containers in it, and all texts as images."""
    if not rendered.strip():
        return set(), set(), set()
    read = {called(reference) for reference in report(pullable, "-", stdin=rendered)["references"]}
    return read, {image for image in written(rendered) if image != "null"}, texts(rendered)


def outcome(pullable, kustomize, build):
    """The outcome of a build in a word, and the details."""
    with open(os.path.join(build, "build"), encoding="utf-8") as file:
        root, restriction = file.read().split("\n")[:2]
    with tempfile.TemporaryDirectory() as folder:
        tree = os.path.join(folder, "tree")
        shutil.copytree(os.path.join(build, "tree"), tree, symlinks=True)
        at = os.path.join(tree, root)
        if not any(os.path.exists(os.path.join(at, name)) for name in NAMES):
            return "no kustomization", []
        restricted = [] if restriction.endswith("RootOnly") else ["--load-restrictor", "LoadRestrictionsNone"]
        command = [kustomize, "build", *restricted, at]
        built = subprocess.run(command, capture_output=True, check=False)
        said = [line for line in built.stderr.decode(errors="replace").strip().splitlines() if not line.startswith("# Warning")]
        if built.returncode != 0 and any(word in " ".join(said) for word in ELSEWHERE):
            return "left out", said[-1:]
        found, findings = ours(pullable, tree, root, folder)
        told = [f"{it['rule']} {it['path']}:{it['line']}: {it['message']}" for it in findings]
        alarms = [line for line in told if line.startswith(("broken-kustomization", "unreadable-file", "unparseable-file"))]
        if built.returncode != 0:
            others = [line for line in told if line.split(" ")[0] in ("malformed-reference", "numeric-tag")]
            if not alarms and any(field in " ".join(said) for field in LATER):
                return "refused, for a field of a later version", said[-1:]
            notice = any("load restrictions" in line for line in told)
            word = "reported" if alarms else "another error" if others else "a notice" if notice else "unreported"
            return f"refused, {word}", said[-1:] + told
        read, walked, all_texts = theirs(pullable, built.stdout)
        # A configuration names fields of images that no table knows.
        found = {image for image in found if image in read or image not in all_texts}
        walked = {image.removeprefix("index.") for image in walked}
        unknown = {image for image in walked if normal(image) not in found | read and f"? {image}" not in found | read}
        if alarms:
            return "built, called broken", alarms
        if found != read or unknown:
            lines = [f"only pullable   {image}" for image in sorted(found - read)]
            lines += [f"only kustomize  {image}" for image in sorted(read - found)]
            lines += [f"only the walk   {image}" for image in sorted(unknown)]
            return "built, different", lines + told
        return "built, the same images" if read else "built, no image", []


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("pullable", type=os.path.abspath)
    parser.add_argument("kustomize", type=os.path.abspath)
    parser.add_argument("checkout", type=os.path.abspath)
    parser.add_argument("--only", help="the name of one build, shown in full")
    parser.add_argument("--keep", type=os.path.abspath, help="a folder for the builds, which is used again where it exists")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = args.keep or temporary
        if not os.path.isdir(folder) or not os.listdir(folder):
            os.makedirs(folder, exist_ok=True)
            dump(args.checkout, folder)
        counts = collections.Counter()
        for name in sorted(os.listdir(folder)):
            if args.only and name != args.only:
                continue
            word, lines = outcome(args.pullable, args.kustomize, os.path.join(folder, name))
            counts[word] += 1
            if args.only or word in ("built, called broken", "built, different", "refused, unreported"):
                print(f"{word}: {name}")
                print("".join(f"    {line[:300]}\n" for line in lines), end="", flush=True)
        print(f"\n{sum(counts.values())} builds")
        for word, count in sorted(counts.items()):
            print(f"{count:5} {word}")
    bad = counts["built, called broken"] + counts["built, different"] + counts["refused, unreported"]
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
