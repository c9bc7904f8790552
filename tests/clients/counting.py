"""What a client really sends: a proxy on loopback that counts, between the client and the gateway."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx

HOP = frozenset(("connection", "transfer-encoding", "content-length", "content-encoding", "host", "accept-encoding"))


@dataclass(frozen=True)
class Seen:
    """One request and the answer to it. Header names are in lower case."""

    path: str
    status: int
    headers: Mapping[str, str]
    body: str


@dataclass
class Counted:
    """`asked`: requests for a chat, in order; what clients call beside it is passed on and not counted."""

    base_url: str
    asked: list[Seen] = field(default_factory=list)

    @property
    def statuses(self) -> list[int]:
        return [seen.status for seen in self.asked]


@contextmanager
def counting(target: str) -> Iterator[Counted]:
    """Answers are passed on whole, not as they come: this is for refusals and short answers."""
    lock = threading.Lock()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, format: str, *args: Any) -> None:
            """Nothing: the run prints its own table."""

        def _pass(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length") or 0))
            sent = [(name, value) for name, value in self.headers.items() if name.lower() not in HOP]
            answer = httpx.request(self.command, target + self.path, content=body, headers=sent, timeout=120)
            if self.command == "POST" and self.path.partition("?")[0].endswith(
                ("/messages", "/completions", "/responses")
            ):
                with lock:
                    counted.asked.append(Seen(self.path, answer.status_code, dict(answer.headers), answer.text))
            self.send_response(answer.status_code)
            for name, value in answer.headers.items():
                if name.lower() not in HOP:
                    self.send_header(name, value)
            self.send_header("content-length", str(len(answer.content)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(answer.content)

        do_GET = do_HEAD = do_POST = _pass

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, request: Any, client_address: Any) -> None:
            """A client that left is no news."""

    server = Server(("127.0.0.1", 0), Handler)
    counted = Counted(f"http://127.0.0.1:{server.server_port}")
    thread = threading.Thread(target=server.serve_forever, name="counting", daemon=True)
    thread.start()
    try:
        yield counted
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)
