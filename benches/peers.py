#!/usr/bin/env python3
"""The same 500 references, by pullable and by what people put together instead: medians of five runs.

    cargo build --release --examples --bins && benches/peers.py [--runs 5] [--only CASE]

Needs docker-registry and GNU time; crane, skopeo and xargs where they are to be compared. Everything goes through a proxy of
its own that counts requests and bytes and adds latency; it speaks HTTP/1.1, as the registry behind it does.
"""
import argparse, asyncio, hashlib, http.client, json, os, shutil, socket, statistics, subprocess, sys
import tempfile, threading, time

REPOSITORIES, IMAGES = 50, 500
ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
HTPASSWD = "pullable:$2y$05$JsN9D4MACsL6KDAtbHXj4OXGDqid6iHpiBXhMZ.//IsJmb9XlTBsa\n"
METHODS = (b"GET ", b"HEAD ", b"POST ", b"PUT ")


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Proxy:
    """Counts, and delays every request. Nobody here pipelines, so a request begins with a read."""

    def __init__(self, upstream, latency):
        self.upstream, self.latency, self.port = upstream, latency, free_port()
        self.reset()
        self.loop = asyncio.new_event_loop()
        ready = threading.Event()
        threading.Thread(target=self.run, args=(ready,), daemon=True).start()
        ready.wait()

    def reset(self):
        self.requests = self.bytes = 0

    def run(self, ready):
        asyncio.set_event_loop(self.loop)
        self.loop.run_until_complete(asyncio.start_server(self.serve, "127.0.0.1", self.port, backlog=1024))
        ready.set()
        self.loop.run_forever()

    async def serve(self, reader, writer):
        try:
            up_reader, up_writer = await asyncio.open_connection("127.0.0.1", self.upstream)
        except OSError:
            writer.close()
            return

        async def pump(source, sink, requests):
            try:
                while data := await source.read(65536):
                    self.bytes += len(data)
                    if requests and data.startswith(METHODS):
                        self.requests += 1
                        if self.latency:
                            await asyncio.sleep(self.latency)
                    sink.write(data)
                    await sink.drain()
            except OSError:
                pass
            finally:
                sink.close()

        await asyncio.gather(pump(reader, up_writer, True), pump(up_reader, writer, False))


def start_registry(folder, locked):
    port = free_port()
    config = {
        "version": "0.1", "log": {"level": "error"}, "http": {"addr": f"127.0.0.1:{port}"},
        "storage": {"filesystem": {"rootdirectory": os.path.join(folder, "storage")}},
    }
    if locked:
        path = os.path.join(folder, "htpasswd")
        open(path, "w").write(HTPASSWD)
        config["auth"] = {"htpasswd": {"realm": "x", "path": path}}
    name = os.path.join(folder, f"config-{port}.yml")
    json.dump(config, open(name, "w"))
    process = subprocess.Popen(["docker-registry", "serve", name], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    while True:
        try:
            socket.create_connection(("127.0.0.1", port)).close()
            return process, port
        except OSError:
            time.sleep(0.02)


def fill(port):
    connection = http.client.HTTPConnection("127.0.0.1", port)

    def send(method, path, body, kind):
        connection.request(method, path, body, {"Content-Type": kind})
        reply = connection.getresponse()
        reply.read()
        assert reply.status < 300, (method, path, reply.status)
        return reply

    def blob(repository, body):
        digest = "sha256:" + hashlib.sha256(body).hexdigest()
        location = send("POST", f"/v2/{repository}/blobs/uploads/", b"", "text/plain").headers["Location"]
        path = location.split(str(port), 1)[1]
        send("PUT", f"{path}&digest={digest}", body, "application/octet-stream")
        return {"digest": digest, "size": len(body)}

    manifest_type = "application/vnd.oci.image.manifest.v1+json"
    for r in range(REPOSITORIES):
        repository = f"shop/web{r}"
        config = blob(repository, b'{"os":"linux","architecture":"amd64"}')
        layer = blob(repository, b"layer")
        for n in range(r, IMAGES, REPOSITORIES):
            body = {
                "schemaVersion": 2, "mediaType": manifest_type,
                "config": {"mediaType": "application/vnd.oci.image.config.v1+json", **config},
                "layers": [{"mediaType": "application/vnd.oci.image.layer.v1.tar", **layer}],
                "annotations": {"n": str(n)},
            }
            send("PUT", f"/v2/{repository}/manifests/1.{n}", json.dumps(body).encode(), manifest_type)


def peers(folder, references):
    """Name, command, and whether it asks for one reference after the other."""
    listed = os.path.join(folder, "references")
    open(listed, "w").write("\n".join(references) + "\n")
    pod = os.path.join(folder, "pod.yaml")
    lines = "".join(f"  - image: {reference}\n" for reference in references)
    open(pod, "w").write("apiVersion: v1\nkind: Pod\nspec:\n  containers:\n" + lines)
    release = os.path.join(ROOT, "target", "release")
    crane = "crane digest --insecure"
    skopeo = "skopeo inspect --raw --tls-verify=false docker://"
    found = [
        ("pullable", f"{release}/pullable check pod.yaml --quiet", False),
        ("pullable --concurrency 64", f"{release}/pullable check pod.yaml --quiet --concurrency 64", False),
        ("pullable --platform linux/amd64", f"{release}/pullable check pod.yaml --quiet --no-cache --platform linux/amd64", False),
        *((f"oci-client, {n} at a time", f"{release}/examples/plain_client {n} < references", False) for n in (16, 64)),
    ]
    for name, command, join in (("crane digest", crane, " "), ("skopeo inspect --raw", skopeo, "")):
        if shutil.which(command.split()[0]):
            for n in (16, 64):
                found.append((f"{name}, xargs -P{n}", f"xargs -P{n} -I% {command}{join}% < references", False))
            found.append((f"{name}, a loop", f"while read r; do {command}{join}$r; done < references", True))
    return found


def run(command, folder, proxy):
    proxy.reset()
    start = time.monotonic()
    with open(os.devnull, "w") as nothing:
        env = {"PATH": os.environ["PATH"], "HOME": folder}
        # A child of this program would count this program's memory as its own.
        timed = ["/usr/bin/time", "-q", "-f", "%M", "-o", "memory", "sh", "-c", command]
        code = subprocess.run(timed, cwd=folder, stdout=nothing, stderr=nothing, env=env).returncode
    took = time.monotonic() - start
    memory = int(open(os.path.join(folder, "memory")).read().split()[-1])
    return took, proxy.requests, proxy.bytes, memory / 1024, code


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--runs", type=int, default=5)
    arguments.add_argument("--only")
    arguments = arguments.parse_args()
    folder = tempfile.mkdtemp()
    (opened, open_port), (locked, locked_port) = start_registry(folder, False), start_registry(folder, True)
    try:
        fill(open_port)
        here = lambda port, tag: [f"127.0.0.1:{port}/shop/web{n % REPOSITORIES}:{tag}{n}" for n in range(IMAGES)]
        for case, upstream, latency, tag in (
            ("All images present", open_port, 0, "1."),
            ("All images present, 40 ms per request", open_port, 0.04, "1."),
            ("All images present, 200 ms per request", open_port, 0.2, "1."),
            ("All images missing", open_port, 0, "2."),
            ("All repositories private, no credentials", locked_port, 0, "1."),
        ):
            if arguments.only and arguments.only not in case:
                continue
            proxy = Proxy(upstream, latency)
            print(f"\n### {case}\n\n| | wall time | requests | KB | largest process | exit |\n|---|---|---|---|---|---|", flush=True)
            for name, command, serial in peers(folder, here(proxy.port, tag)):
                if serial and case != "All images present":
                    continue
                rows = [run(command, folder, proxy) for _ in range(arguments.runs)]
                took, requests, size, memory, code = (statistics.median(column) for column in zip(*rows))
                print(f"| {name} | {took:.2f} s | {requests:.0f} | {size / 1000:.0f} | {memory:.0f} MB | {code:.0f} |", flush=True)
    finally:
        opened.kill()
        locked.kill()
        shutil.rmtree(folder)


if __name__ == "__main__":
    sys.exit(main())
