"""A schema registry over real HTTP whose failures are scripted, for what a healthy one never does."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class ScriptedRegistry:
    """Attributes:
    script: answers (status, body) for the next requests; after them it answers as a registry.
    requests: method, path, headers and body of each request; the body parsed, unless it is a form's.
    """

    url: str = ""
    forms: bool = False
    script: list[tuple[int, Any]] = field(default_factory=list)
    requests: list[tuple[str, str, dict[str, str], Any]] = field(default_factory=list)
    schemas: list[tuple[str, str]] = field(default_factory=list)

    def answer(self, method: str, path: str, body: Any) -> tuple[int, Any]:
        if self.script:
            return self.script.pop(0)
        parts = path.partition("?")[0].strip("/").split("/")
        if parts[0] == "schemas":
            number = int(parts[2])
            return 200, {"schema": self.schemas[number - 1][1]}
        subject = parts[1]
        if method == "POST":
            return self._posted(subject, body["schema"], register=parts[2:] == ["versions"])
        of_subject = [(i, text) for i, (name, text) in enumerate(self.schemas, 1) if name == subject]
        if not of_subject:
            return 404, {"error_code": 40401, "message": f"Subject '{subject}' not found."}
        number, text = of_subject[-1]
        return 200, {"subject": subject, "id": number, "version": len(of_subject), "schema": text}

    def _posted(self, subject: str, text: str, *, register: bool) -> tuple[int, Any]:
        if (subject, text) not in self.schemas:
            if not register:
                return 404, {"error_code": 40403, "message": "Schema not found"}
            self.schemas.append((subject, text))
        number = self.schemas.index((subject, text)) + 1
        return 200, {"id": number, "subject": subject, "version": 1, "schema": text}


@contextmanager
def serving(registry: ScriptedRegistry) -> Iterator[ScriptedRegistry]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _serve(self) -> None:
            size = int(self.headers.get("Content-Length") or 0)
            text = self.rfile.read(size).decode()
            body = text if registry.forms else json.loads(text or "null")
            registry.requests.append((self.command, self.path, dict(self.headers), body))
            status, told = registry.answer(self.command, self.path, body)
            data = told if isinstance(told, bytes) else json.dumps(told).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        do_GET: Callable[[], None] = _serve  # noqa: N815 - the names that http.server calls
        do_POST: Callable[[], None] = _serve  # noqa: N815

        def log_message(self, *_: Any) -> None:
            """Keeps quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    registry.url = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield registry
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
