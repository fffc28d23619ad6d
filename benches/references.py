#!/usr/bin/env python3
"""Time and memory of a run with many references of one registry.

    cargo build --release
    python3 benches/references.py target/release/pullable [COUNT]

Makes a repository with COUNT references (100,000 unless told) in COUNT / 100 files: 25 tags of each image name. nginx
(Debian: nginx-light) answers every request on this machine, without latency. Prints processor time, wall time and the
largest resident set of each run.
"""

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

PORT = 5988
PER_FILE = 100
CONTAINERS = 5
TAGS = 25
NGINX = """
worker_processes 1; daemon off; pid {folder}/pid; error_log {folder}/error crit;
events {{ worker_connections 4096; }}
http {{
  access_log off; keepalive_requests 10000000;
  client_body_temp_path {folder}/b; proxy_temp_path {folder}/p; fastcgi_temp_path {folder}/f;
  uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;
  server {{
    listen 127.0.0.1:{port}; default_type application/vnd.oci.image.index.v1+json;
    location = /v2/ {{ add_header Docker-Distribution-API-Version registry/2.0; return 200 "{{}}"; }}
    location /v2/ {{ add_header Docker-Content-Digest sha256:{digest}; return 200 "{{}}"; }}
  }}
}}
"""


def pod(first: int) -> str:
    """A pod whose containers use the references from a number on."""
    lines = ["apiVersion: v1", "kind: Pod", f"metadata: {{name: p{first}}}", "spec:", "  containers:"]
    for number in range(first, first + CONTAINERS):
        image = f"127.0.0.1:{PORT}/team/app-{number // TAGS}:1.{number % TAGS}.0"
        lines += [f"  - name: c{number}", f"    image: {image}"]
    return "\n".join(lines) + "\n"


def make_tree(folder: Path, count: int) -> None:
    for start in range(0, count, PER_FILE):
        pods = [pod(first) for first in range(start, start + PER_FILE, CONTAINERS)]
        (folder / f"f{start // PER_FILE}.yaml").write_text("---\n".join(pods))


def measure(command: list[str]) -> str:
    """Processor time, wall time and memory of one run."""
    begin = time.monotonic()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    message = process.stderr.read().decode()
    _, status, used = os.wait4(process.pid, 0)
    wall = time.monotonic() - begin
    code = os.waitstatus_to_exitcode(status)
    if code != 0:
        sys.exit(f"{' '.join(command)}: exit code {code}\n{message}")
    processor = used.ru_utime + used.ru_stime
    return f"| {processor:.1f} s | {wall:.1f} s | {used.ru_maxrss / 1024:.0f} MB |"


def main() -> None:
    program = str(Path(sys.argv[1]).resolve())
    count = int(sys.argv[2]) if len(sys.argv) > 2 else 100_000
    with tempfile.TemporaryDirectory() as name:
        folder, tree = Path(name), Path(name) / "tree"
        tree.mkdir()
        make_tree(tree, count)
        for arguments in (["init", "-q"], ["add", "."], ["-c", "user.name=a", "-c", "user.email=a@b", "commit", "-qm", "a"]):
            subprocess.run(["git", "-C", str(tree), *arguments], check=True)
        conf = folder / "nginx.conf"
        conf.write_text(NGINX.format(folder=folder, port=PORT, digest="a" * 64))
        server = subprocess.Popen(["nginx", "-c", str(conf), "-p", name])
        try:
            time.sleep(1)
            check = [program, "check", "-C", str(tree), "--all", "--no-cache", "--insecure-registry", f"127.0.0.1:{PORT}"]
            print("| run | processor time | wall time | largest resident set |\n|---|---|---|---|")
            print("| images |", measure([program, "images", "-C", str(tree), "--all"])[2:])
            for form in ("concise", "json"):
                print(f"| check --format {form} |", measure([*check, "--format", form])[2:])
        finally:
            server.terminate()
            server.wait()


if __name__ == "__main__":
    main()
