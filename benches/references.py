#!/usr/bin/env python3
"""Time and memory of a run with many references of one registry.

    cargo build --release
    python3 benches/references.py target/release/pullable [COUNT]

Makes a repository with COUNT references (100,000 unless told) in COUNT / 100 files: 25 tags of each image name. nginx
(Debian: nginx-light) answers every request on this machine, without latency. Prints processor time, wall time and the
largest resident set of each run.
"""

import contextlib
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import measured

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
    {listen} default_type application/vnd.oci.image.index.v1+json;
    location = /v2/ {{ add_header Docker-Distribution-API-Version registry/2.0; return 200 "{{}}"; }}
    location /v2/ {{ add_header Docker-Content-Digest sha256:{digest}; return 200 "{{}}"; }}
  }}
}}
"""


def free_ports(count: int) -> list[int]:
    """Ports of this machine on which nothing listens."""
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in sockets]


def pod(first: int, ports: Sequence[int]) -> str:
    """A pod whose containers use the references from a number on."""
    lines = ["apiVersion: v1", "kind: Pod", f"metadata: {{name: p{first}}}", "spec:", "  containers:"]
    for number in range(first, first + CONTAINERS):
        repository = number // TAGS
        image = f"127.0.0.1:{ports[repository % len(ports)]}/team/app-{repository}:1.{number % TAGS}.0"
        lines += [f"  - name: c{number}", f"    image: {image}"]
    return "\n".join(lines) + "\n"


def make_tree(folder: Path, count: int, ports: Sequence[int]) -> None:
    """A repository with so many references, whose images are spread over the registries at these ports."""
    folder.mkdir()
    for start in range(0, count, PER_FILE):
        pods = [pod(first, ports) for first in range(start, start + PER_FILE, CONTAINERS)]
        (folder / f"f{start // PER_FILE}.yaml").write_text("---\n".join(pods))
    for arguments in (["init", "-q"], ["add", "."], ["-c", "user.name=a", "-c", "user.email=a@b", "commit", "-qm", "a"]):
        subprocess.run(["git", "-C", str(folder), *arguments], check=True)


@contextlib.contextmanager
def registries(folder: Path, ports: Sequence[int]) -> Iterator[None]:
    """Registries that have every image."""
    conf = folder / "nginx.conf"
    listen = " ".join(f"listen 127.0.0.1:{port};" for port in ports)
    conf.write_text(NGINX.format(folder=folder, listen=listen, digest="a" * 64))
    server = subprocess.Popen(["nginx", "-c", str(conf), "-p", str(folder)])
    try:
        time.sleep(1)
        if server.poll() is not None:
            sys.exit("nginx does not run")
        yield
    finally:
        server.terminate()
        server.wait()


def check(program: str, tree: Path, ports: Sequence[int]) -> list[str]:
    """The command that checks all references of a tree."""
    insecure = [word for port in ports for word in ("--insecure-registry", f"127.0.0.1:{port}")]
    return [program, "check", "-C", str(tree), "--all", "--no-cache", *insecure]


def row(name: str, command: list[str]) -> None:
    processor, wall, memory = measured.measure(command)
    print(f"| {name} | {processor:.1f} s | {wall:.1f} s | {memory:.0f} MB |", flush=True)


def main() -> None:
    program = str(Path(sys.argv[1]).resolve())
    count = int(sys.argv[2]) if len(sys.argv) > 2 else 100_000
    with tempfile.TemporaryDirectory() as name:
        tree = Path(name) / "tree"
        ports = free_ports(1)
        make_tree(tree, count, ports)
        with registries(Path(name), ports):
            print("| run | processor time | wall time | largest resident set |\n|---|---|---|---|")
            row("images", [program, "images", "-C", str(tree), "--all"])
            for form in ("concise", "json"):
                row(f"check --format {form}", [*check(program, tree, ports), "--format", form])


if __name__ == "__main__":
    main()
