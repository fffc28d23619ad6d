#!/usr/bin/env python3
"""What a change costs in a large repository: 10,000 manifests and 1,000 kustomizations, generated.

    cargo build --release && python3 benches/scale.py target/release/pullable [REPOSITORY [REVISION]]

A change in a leaf, in a base that 3 roots include, and in a base that 500 roots include; then the same two commits
compared as whole trees. With a repository of Flux, changes of one file of each kind in it, and in ten copies of it side
by side. The repositories are packed, as a clone is. Each figure is the least of fifteen runs of the whole process, since
other work on the machine only adds; memory is the largest. Where valgrind is installed, instructions are counted too,
which no other work disturbs.
"""

import os
import re
import subprocess
import sys
import tempfile

import measured

DEPLOYMENT = """apiVersion: apps/v1
kind: Deployment
metadata:
  name: {name}
  labels:
    app.kubernetes.io/name: {name}
spec:
  replicas: 2
  template:
    spec:
      containers:
      - name: web
        image: ghcr.io/acme/{name}:{tag}
        ports:
        - containerPort: 8080
"""
SERVICE = """apiVersion: v1
kind: Service
metadata:
  name: {name}
spec:
  ports:
  - port: 80
"""
BASES = ((3, "three"), (500, "many"))
ROOTS = 995
FILES = 10
RUNS = 15
COPIES = 10
# The kinds of which one resource is changed.
KINDS = ("HelmRelease", "OCIRepository", "ConfigMap", "Kustomization")


def write(tree, path, text):
    path = os.path.join(tree, path)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)


def git(tree, *args):
    environment = {"GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_SYSTEM": "/dev/null", "HOME": tree}
    identity = ["-c", "user.name=a", "-c", "user.email=a@b.c", "-c", "gc.auto=0"]
    done = subprocess.run(["git", *identity, *args], cwd=tree, env={**os.environ, **environment}, capture_output=True, check=True)
    return done.stdout.decode().strip()


def generate(tree):
    git(tree, "init", "-q", "-b", "main")
    for users, name in BASES:
        for number in range(20):
            write(tree, f"bases/{name}/{number}.yaml", DEPLOYMENT.format(name=f"{name}-{number}", tag="1.0.0"))
        write(tree, f"bases/{name}/kustomization.yaml", "resources:\n" + "".join(f"- {n}.yaml\n" for n in range(20)))
    for root in range(ROOTS):
        resources = []
        for users, name in BASES:
            if root < users:
                resources.append(f"../../bases/{name}")
        for number in range(FILES):
            template = DEPLOYMENT if number < 4 else SERVICE
            write(tree, f"apps/{root}/{number}.yaml", template.format(name=f"app-{root}-{number}", tag="1.0.0"))
            resources.append(f"{number}.yaml")
        text = "resources:\n" + "".join(f"- {entry}\n" for entry in resources)
        write(tree, f"apps/{root}/kustomization.yaml", text + f"namePrefix: r{root}-\n")
    git(tree, "add", "-A")
    git(tree, "commit", "-qm", "before")


def measure(pullable, tree, what, *args):
    command = [pullable, "images", "-q", *args]
    listed = subprocess.run(command, cwd=tree, capture_output=True, check=False).stdout.decode()
    runs = [measured.measure(command, tree) for _ in range(RUNS)]
    processor, wall, memory = (choose(column) for choose, column in zip((min, min, max), zip(*runs)))
    found = sum(1 for line in listed.splitlines() if re.search(r":\d+:\d+ ", line))
    counted = measured.instructions(command, tree)
    counted = f"{counted // 1_000_000} M" if counted else "–"
    print(f"| {what} | {found} | {wall * 1000:.0f} ms | {processor * 1000:.0f} ms | {counted} | {memory:.0f} MB |", flush=True)


def commit(tree, what):
    git(tree, "add", "-A")
    git(tree, "commit", "-qm", what)
    git(tree, "gc", "-q")


def generated(pullable, tree):
    generate(tree)
    cases = [
        ("a leaf", "apps/700/0.yaml", "app-700-0"),
        ("a base with 3 roots", "bases/three/0.yaml", "three-0"),
        ("a base with 500 roots", "bases/many/0.yaml", "many-0"),
    ]
    for what, path, name in cases:
        write(tree, path, DEPLOYMENT.format(name=name, tag="2.0.0"))
        commit(tree, what)
        measure(pullable, tree, what, "--base", "HEAD~1", "--head", "HEAD")
    measure(pullable, tree, "(the whole tree)", "--all", "--head", "HEAD")


def copy(repository, revision, tree, copies):
    """Several copies of a repository in folders of their own; the paths that Flux deploys lead into the same copy."""
    git(tree, "init", "-q", "-b", "main")
    listed = subprocess.run(["git", "ls-tree", "-rz", "--name-only", revision], cwd=repository, capture_output=True, check=True)
    for path in filter(None, listed.stdout.decode().split("\0")):
        shown = subprocess.run(["git", "show", f"{revision}:{path}"], cwd=repository, capture_output=True, check=True)
        text = shown.stdout.decode(errors="replace")
        for number in range(copies):
            own = re.sub(r"(\bpath: )\./", rf"\1./c{number}/", text) + f"# copy {number}\n"
            write(tree, f"c{number}/{path}", own)
    commit(tree, "before")


def changed(pullable, tree, name):
    """Changes of one file of each kind, and a file that is added; each is taken back."""
    for kind in KINDS:
        listed = subprocess.run(["git", "grep", "-lE", f"^kind: {kind}$"], cwd=tree, capture_output=True, check=False)
        paths = [path for path in listed.stdout.decode().split() if not path.endswith("kustomization.yaml")]
        if paths:
            path = paths[len(paths) // 2]
            with open(os.path.join(tree, path), "a", encoding="utf-8") as file:
                file.write("# changed\n")
            commit(tree, kind)
            measure(pullable, tree, f"{name}: a {kind}", "--base", "HEAD~1", "--head", "HEAD")
    write(tree, os.path.join(os.path.dirname(path), "added.yaml"), SERVICE.format(name="added"))
    commit(tree, "added")
    measure(pullable, tree, f"{name}: a file more", "--base", "HEAD~1", "--head", "HEAD")


def main(pullable, repository=None, revision="HEAD"):
    pullable = os.path.abspath(pullable)
    print("| a change of | references | time | processor | instructions | memory |\n|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as tree:
        generated(pullable, tree)
    for copies in (1, COPIES) if repository else ():
        with tempfile.TemporaryDirectory() as tree:
            copy(repository, revision, tree, copies)
            changed(pullable, tree, "the repository" if copies == 1 else f"{copies} copies")


if __name__ == "__main__":
    if not 2 <= len(sys.argv) <= 4:
        sys.exit(__doc__)
    main(*sys.argv[1:])
