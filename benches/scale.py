#!/usr/bin/env python3
"""What a change costs in a large repository: 10,000 manifests and 1,000 kustomizations, generated.

    cargo build --release && python3 benches/scale.py target/release/pullable

A change in a leaf, in a base that 3 roots include, and in a base that 500 roots include; then the same two commits
compared as whole trees. The repository is packed, as a clone is. Wall and processor time are medians of seven runs of
the whole process, memory is the largest of them.
"""

import os
import statistics
import subprocess
import sys
import tempfile
import time

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


def measure(pullable, tree, *args):
    times, processor, memory, out = [], [], 0, ""
    for _ in range(7):
        start = time.monotonic()
        command = ["/usr/bin/time", "-f", "%U %S %M", pullable, "images", "-q", *args]
        done = subprocess.run(command, cwd=tree, capture_output=True, check=False)
        times.append(time.monotonic() - start)
        user, system, resident = done.stderr.split()[-3:]
        processor.append(float(user) + float(system))
        memory = max(memory, int(resident))
        out = done.stdout.decode()
    return statistics.median(times), statistics.median(processor), memory, sum(1 for line in out.splitlines() if "ghcr.io" in line)


def main():
    pullable = os.path.abspath(sys.argv[1])
    with tempfile.TemporaryDirectory() as tree:
        generate(tree)
        cases = [
            ("a leaf", "apps/700/0.yaml", "app-700-0"),
            ("a base with 3 roots", "bases/three/0.yaml", "three-0"),
            ("a base with 500 roots", "bases/many/0.yaml", "many-0"),
        ]
        print("| a change in | references | time | processor | memory |\n|---|---|---|---|---|")
        for what, path, name in cases:
            write(tree, path, DEPLOYMENT.format(name=name, tag="2.0.0"))
            git(tree, "commit", "-qam", what)
            git(tree, "gc", "-q")
            wall, processor, memory, found = measure(pullable, tree, "--base", "HEAD~1", "--head", "HEAD")
            print(f"| {what} | {found} | {wall * 1000:.0f} ms | {processor * 1000:.0f} ms | {memory / 1024:.0f} MB |")
        wall, processor, memory, found = measure(pullable, tree, "--all", "--head", "HEAD")
        print(f"| (the whole tree) | {found} | {wall * 1000:.0f} ms | {processor * 1000:.0f} ms | {memory / 1024:.0f} MB |")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main()
