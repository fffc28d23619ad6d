"""A registry on this machine that holds web:1 and web:2, and says of all else that it is not there."""

import hashlib
import http.server
import json
import sys

MANIFEST = json.dumps({
    "schemaVersion": 2,
    "mediaType": "application/vnd.oci.image.manifest.v1+json",
    "config": {"mediaType": "application/vnd.oci.image.config.v1+json", "digest": "sha256:" + "0" * 64, "size": 2},
    "layers": [],
}).encode()


class Registry(http.server.BaseHTTPRequestHandler):
    """Answers as the distribution specification has it."""

    def answer(self):
        path = self.path.partition("?")[0]
        kind = "application/json"
        if path == "/v2/":
            status, body = 200, b"{}"
        elif path in ("/v2/web/manifests/1", "/v2/web/manifests/2"):
            status, body, kind = 200, MANIFEST, json.loads(MANIFEST)["mediaType"]
        elif path == "/v2/web/tags/list":
            status, body = 200, b'{"name": "web", "tags": ["1", "2"]}'
        else:
            code = "MANIFEST_UNKNOWN" if path.startswith("/v2/web/") else "NAME_UNKNOWN"
            status, body = 404, json.dumps({"errors": [{"code": code, "message": "not there"}]}).encode()
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Docker-Content-Digest", "sha256:" + hashlib.sha256(body).hexdigest())
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    do_GET = do_HEAD = answer

    def log_message(self, *_):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Registry)
with open(sys.argv[1], "w", encoding="ascii") as port:
    port.write(str(server.server_port))
server.serve_forever()
