#!/usr/bin/env python3
"""Takes random bumps of a repository back, as if they were noticed some commits later.

    python3 benches/reverts.py PATH/TO/pullable REPOSITORY [BUMPS [SEED]]

A bump is a commit on the line of first parents that gives the field of an image another value. As the main branch was 0, 1,
10 and 50 commits later, and as far as the unit still has the bad value there: `pullable revert IMAGE --dry-run`, with and
without `--whole-commit`, for that unit. The registry is one on this machine that has everything. The commit that is
found is held to the bump itself, and to the newest one that `git log -S` names for the text and the file.
"""

import collections
import json
import os
import random
import subprocess
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

LATER = (0, 1, 10, 50)


class Everything(BaseHTTPRequestHandler):
    """A registry, reached as a proxy, that has every image."""

    protocol_version = "HTTP/1.1"

    def do_HEAD(self):
        self.send_response(200)
        self.send_header("Content-Type", "application/vnd.oci.image.manifest.v1+json")
        wanted = self.path.rsplit("/", 1)[-1].replace("%3A", ":")
        digest = wanted if wanted.startswith("sha256:") else "sha256:" + "0" * 64
        self.send_header("Docker-Content-Digest", digest)
        self.send_header("Content-Length", "2")
        self.end_headers()

    def do_GET(self):
        self.do_HEAD()
        self.wfile.write(b"{}")

    def log_message(self, *args):
        pass


def git(folder, *args):
    done = subprocess.run(["git", "-C", folder, *args], capture_output=True, check=False)
    return done.stdout.decode(errors="replace").strip()


class Bench:
    def __init__(self, pullable, folder):
        self.pullable, self.folder = pullable, folder
        server = ThreadingHTTPServer(("127.0.0.1", 0), Everything)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        proxy = f"http://127.0.0.1:{server.server_port}"
        names = ("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy")
        self.env = {**os.environ, **{name: proxy for name in names}, "NO_PROXY": "", "no_proxy": ""}

    def run(self, *args):
        start = time.monotonic()
        done = subprocess.run(
            [self.pullable, *args], cwd=self.folder, env=self.env, capture_output=True, check=False
        )
        took = time.monotonic() - start
        return (json.loads(done.stdout) if done.stdout else {"error": done.stderr.decode()}), took

    def bump(self, commit):
        """One reference that a commit gave another value; None if it has none."""
        report, _ = self.run("images", "--format", "json", "--base", f"{commit}^", "--head", commit)
        found = []
        for reference in report.get("references", []):
            before = reference.get("previous")
            is_bump = before and before.get("image") and reference.get("image") not in (None, before["image"])
            if is_bump and reference["kind"] == "image":
                found.append(reference)
        return random.choice(found) if found else None

    def revert(self, reference, at, *how):
        host = reference["image"].split("/")[0].replace("docker.io", "registry-1.docker.io")
        return self.run(
            "revert", reference["image"], "--unit", reference["unit"], "--onto", at, "--dry-run", *how,
            "--insecure-registry", host, "--no-cache", "--format", "json",
        )


def main():
    pullable, folder = os.path.abspath(sys.argv[1]), sys.argv[2]
    wanted = int(sys.argv[3]) if len(sys.argv) > 3 else 40
    random.seed(int(sys.argv[4]) if len(sys.argv) > 4 else 1)
    bench = Bench(pullable, folder)
    line = git(folder, "rev-list", "--first-parent", "HEAD").split()
    places = list(range(1, len(line) - 1))
    random.shuffle(places)
    counts, times, bumps, others = collections.Counter(), [], 0, []
    for place in places:
        commit = line[place]
        reference = bench.bump(commit)
        if reference is None:
            continue
        bumps += 1
        counts["more than one file"] += len(git(folder, "diff", "--name-only", f"{commit}^", commit).split("\n")) > 1
        for later in LATER:
            if place < later:
                continue
            at = line[place - later]
            answer, took = bench.revert(reference, at, "--to", f"{commit}^")
            if "error" in answer:
                known = "does not deploy" in answer["error"] or "nothing deploys" in answer["error"]
                counts[later, "the value is gone" if known else "refused"] += 1
                if not known:
                    others.append((commit, later, answer["error"].strip()[:200]))
                continue
            times.append(took)
            incident = (answer["incidents"] or [None])[0]
            if incident is None:
                counts[later, "not followed"] += 1
                others.append((commit, later, "not followed", reference["image"]))
                continue
            counts[later, "incidents"] += 1
            found = incident["introducing"]["commit"]
            counts[later, "the bump"] += found == commit
            by_git = git(folder, "log", "--first-parent", "-m", "--format=%H", "-1",
                         f"-S{reference['written']}", at, "--", reference["path"])
            counts[later, "as git log -S"] += found == by_git
            if found != commit:
                others.append((commit, later, f"{found} and by git {by_git}", reference["image"], reference["unit"]))
            how = incident["mode"] or incident["outcome"]
            counts[later, how if incident["outcome"] == "planned" else f"{how}: {incident['outcome']}"] += 1
            if incident["outcome"] != "planned":
                others.append((commit, later, incident["outcome"], incident["why"][:200]))
            whole, _ = bench.revert(reference, at, "--whole-commit")
            outcome = (whole.get("incidents") or [{"outcome": "none"}])[0]["outcome"]
            counts[later, f"whole commit: {outcome}"] += 1
        if bumps == wanted:
            break
    report(folder, bumps, counts, times, others)


def report(folder, bumps, counts, times, others):
    print(f"{folder}: {bumps} bumps, more than one file: {counts['more than one file']}")
    for later in LATER:
        row = {key[1]: count for key, count in counts.items() if key[0] == later}
        print(f"  +{later}: {row}")
    times.sort()
    if times:
        middle, nearly = times[len(times) // 2], times[len(times) * 95 // 100]
        print(f"  a run: median {middle:.2f} s, 95 % {nearly:.2f} s, most {times[-1]:.2f} s")
    for other in others:
        print("   ", *other)


main()
