"""As much of Hugging Face's interface as pushing and loading a model need."""

import base64
import contextlib
import hashlib
import http.server
import json
import threading

COMMIT = 40 * "a"
TOKEN = "hf_of_a_test"


class Repositories(http.server.BaseHTTPRequestHandler):
    """Repositories of models in the server's `files`, by `user/name` and file."""

    def log_message(self, *_):
        """Prints nothing."""

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if self.headers.get("Authorization") != f"Bearer {TOKEN}":
            return self.answer(401, {"error": "Invalid username or password."})
        if self.path == "/api/repos/create":
            asked = json.loads(body)
            name = f"{asked.get('organization') or 'me'}/{asked['name']}"
            known = name in self.server.files
            self.server.files.setdefault(name, {})
            wanted = asked.get("visibility") == "private" or bool(asked.get("private"))
            self.server.private.setdefault(name, wanted)
            address = f"{self.server.address}/{name}"
            return self.answer(409 if known else 200, {"url": address, "id": name})
        if self.path == "/api/validate-yaml":  # The header of a card.
            return self.answer(200, {"warnings": [], "errors": []})
        _, _, _, user, name, action, *_ = self.path.split("/")
        files = self.server.files[f"{user}/{name}"]
        if action == "preupload":
            asked = json.loads(body)["files"]
            found = [
                {"path": f["path"], "uploadMode": "regular", "shouldIgnore": False}
                for f in asked
            ]
            return self.answer(200, {"files": found})
        for line in map(json.loads, body.splitlines()):
            if line["key"] == "file":
                content = base64.b64decode(line["value"]["content"])
                files[line["value"]["path"]] = content
            elif line["key"] == "deletedFile":
                del files[line["value"]["path"]]
            elif line["key"] == "header":
                self.server.messages.append(line["value"]["summary"])
        address = f"{self.server.address}/{user}/{name}/commit/{COMMIT}"
        return self.answer(
            200, {"success": True, "commitOid": COMMIT, "commitUrl": address}
        )

    def do_HEAD(self):
        self.send_file(body=False)

    def do_GET(self):
        self.send_file(body=True)

    def send_file(self, body):
        opened = self.headers.get("Authorization") == f"Bearer {TOKEN}"
        parts = self.path.partition("?")[0].strip("/").split("/", 4)
        if parts[:2] == ["api", "models"] and opened:
            name = "/".join(parts[2:4])
            private = self.server.private[name]
            return self.answer(200, {"id": name, "private": private, "siblings": []})
        if parts[0] == "api":  # Who am I?
            return self.answer(401, {"error": "Invalid username or password."})
        user, name, _, revision, file = parts
        files = self.server.files.get(f"{user}/{name}")
        if self.server.private.get(f"{user}/{name}") and not opened:
            files = None
        code = None
        if files is None:
            code = "RepoNotFound"
        elif revision not in ("main", COMMIT):
            code = "RevisionNotFound"
        elif file not in files:
            code = "EntryNotFound"
        if code:
            return self.answer(404, {"error": code}, {"X-Error-Code": code})
        content = files[file]
        self.send_response(200)
        self.send_header("Content-Length", str(len(content)))
        self.send_header("ETag", f'"{hashlib.sha1(content).hexdigest()}"')
        self.send_header("X-Repo-Commit", COMMIT)
        self.end_headers()
        if body:
            self.wfile.write(content)

    def answer(self, status, content, headers=()):
        body = json.dumps(content).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        for name, value in dict(headers).items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)


@contextlib.contextmanager
def serving(handler):
    """A server in a thread: its `address`, and empty `files` and `messages`."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.address = f"http://127.0.0.1:{server.server_port}"
    server.files, server.private, server.messages = {}, {}, []
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
