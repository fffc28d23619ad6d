#!/usr/bin/env python3
"""Replays commits of a repository: what pullable calls introduced has to be the difference of two whole trees.

    python3 benches/introduced.py PATH/TO/pullable REPOSITORY [COMMITS]

For each commit against its first parent: the references of the whole tree after it that the whole tree before it did
not have, by unit, image and kind. A unit that was moved is another one in the difference, and none to pullable, which
follows renames: what only the difference has is told with the renames of its commit, for a person to judge.
"""

import json
import subprocess
import sys


def references(pullable, folder, *args):
    command = [pullable, "images", "--format", "json", *args]
    done = subprocess.run(command, cwd=folder, capture_output=True, check=False)
    if not done.stdout:
        sys.exit(f"{' '.join(command)}: {done.stderr.decode(errors='replace')}")
    found = set()
    for reference in json.loads(done.stdout)["references"]:
        for unit in [reference["unit"], *reference.get("also_in", [])]:
            found.add((unit, reference["image"] or f"? {reference['written']}", reference["kind"]))
    return found


def introduced(pullable, folder, base, head):
    return references(pullable, folder, "--base", base, "--head", head)


def difference(pullable, folder, base, head, known=None):
    """What the tree of `head` has and that of `base` has not; `known`: trees that were read already."""
    known = {} if known is None else known
    for commit in (base, head):
        if commit not in known:
            known[commit] = references(pullable, folder, "--all", "--head", commit)
    return known[head] - known[base]


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
    known, same, total, bad = {}, 0, 0, 0
    for head, base in zip(commits, commits[1:]):
        ours, expected = introduced(pullable, folder, base, head), difference(pullable, folder, base, head, known)
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
    print(f"{same} commits the same, {bad} different; {total} references introduced")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
