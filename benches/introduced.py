#!/usr/bin/env python3
"""Replays commits of a repository: what pullable calls introduced has to be the difference of two whole trees.

    python3 benches/introduced.py PATH/TO/pullable REPOSITORY [COMMITS]

For each commit against its first parent: the references of the whole tree after it that the whole tree before it did
not have, by unit, image and kind. Two things are told apart, for no new unit is deployed: a unit that was moved is
another one in the difference, so that what only the difference has is told with the renames of its commit; and what no
kustomization includes any longer is a unit of its own then, and is counted and left out.
"""

import json
import subprocess
import sys

NAMES = ("kustomization.yaml", "kustomization.yml", "Kustomization")


def references(pullable, folder, *args):
    command = [pullable, "images", "--format", "json", *args]
    done = subprocess.run(command, cwd=folder, capture_output=True, check=False)
    if not done.stdout:
        sys.exit(f"{' '.join(command)}: {done.stderr.decode(errors='replace')}")
    found, report = set(), json.loads(done.stdout)
    said = {finding["reference"]: finding["message"] for finding in report["findings"]}
    for number, reference in enumerate(report["references"]):
        image = reference["image"] or f"? {reference['written']}: {said.get(number)}"
        for unit in [reference["unit"], *reference.get("also_in", [])]:
            found.add((unit, image, reference["kind"]))
    return found


def compared(pullable, folder, base, head, known=None):
    """What is introduced, what the tree of `head` has and that of `base` has not, and how many units stand alone now;
    `known`: trees that were read already."""
    known = {} if known is None else known
    ours = references(pullable, folder, "--base", base, "--head", head)
    for commit in (base, head):
        if commit not in known:
            known[commit] = references(pullable, folder, "--all", "--head", commit)
    expected = known[head] - known[base]
    there = set(git(folder, "-c", "core.quotePath=off", "ls-tree", "-r", "--name-only", base).splitlines())
    before = {unit for unit, _, _ in known[base]}
    new = {unit for unit, _, _ in expected} - before
    alone = {unit for unit in new if there & {unit, *(f"{unit}/{name}".lstrip("/") for name in NAMES)}}
    left = lambda found: {one for one in found if one[0] not in alone}
    return left(ours), left(expected), len(alone)


def git(folder, *args):
    return subprocess.run(["git", "-C", folder, *args], capture_output=True, check=True).stdout.decode().strip()


def commit(folder):
    """Commits all that there is."""
    git(folder, "add", "-A")
    git(folder, "-c", "user.name=a", "-c", "user.email=a@example.com", "commit", "-q", "--allow-empty", "-m", "one")
    return git(folder, "rev-parse", "HEAD")


def main():
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    pullable, folder = sys.argv[1], sys.argv[2]
    count = int(sys.argv[3]) if len(sys.argv) > 3 else 300
    commits = git(folder, "rev-list", "--first-parent", "-n", str(count + 1), "HEAD").split()
    known, same, total, bad, alone = {}, 0, 0, 0, 0
    for head, base in zip(commits, commits[1:]):
        ours, expected, freed = compared(pullable, folder, base, head, known)
        alone += freed
        known = {base: known[base]}
        total += len(expected)
        if ours == expected:
            same += 1
            continue
        bad += 1
        print(f"{head[:10]}")
        print("".join(f"  only introduced         {one}\n" for one in sorted(ours - expected)), end="")
        print("".join(f"  only in the difference  {one}\n" for one in sorted(expected - ours)), end="")
        renames = git(folder, "diff", "--diff-filter=R", "--name-status", "-M", base, head)
        print("".join(f"  renamed                 {line}\n" for line in renames.splitlines()), end="")
    print(f"{same} commits the same, {bad} different; {total} references introduced; {alone} units that nothing includes any longer")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
