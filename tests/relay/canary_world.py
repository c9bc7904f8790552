"""A real gateway full of canaries, and every door they can be carried through."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import yaml

from tests.fakes.gateway import REPOSITORY, Gateway, running
from tests.fakes.upstream import Upstream

from .canaries import Canaries
from .conftest import configuration

PROVIDERS = ("anth", "chat", "resp", "oai", "gem", "bed", "hasty", "patient", "gone")
CONTENT = ("system", "user", "tool argument", "tool result", "answer", "thought", "embedded")
OWN = (
    "admin password", "wrong password", "oidc secret", "metrics token", "smtp password", "secret key", "pepper",
    "encryption key", "webhook path", "key in query",
)  # fmt: skip


def planted() -> Canaries:
    made = Canaries()
    for what in (*OWN, *(f"secret of {name}" for name in PROVIDERS), *(f"content: {what}" for what in CONTENT)):
        made.new(what)
    made.new("unknown key", "lyk_")
    made.new("stored content")
    return made


@dataclass
class World:
    """`client` has a superuser's session once it has signed in."""

    lynkr: Gateway
    upstream: Upstream
    canaries: Canaries
    environment: dict[str, str]
    url: str
    data: Path
    client: httpx.Client = field(default_factory=lambda: httpx.Client(timeout=20))
    answers: int = 0

    def ask(self, method: str, path: str, *, allowed: tuple[str, ...] = (), **more: Any) -> httpx.Response:
        """Looks at headers and body of the answer, broken off or not; `allowed` may be in the body. Cookies are their
        owner's alone."""
        with self.client.stream(method, self.lynkr.base_url + path, **more) as answer:
            parts: list[bytes] = []
            with suppress(httpx.RemoteProtocolError):
                for part in answer.iter_bytes():
                    parts.append(part)
        body = b"".join(parts)
        self.answers += 1
        where = f"{method} {urlsplit(path).path[:60]} -> {answer.status_code}"
        shown = "\n".join(f"{name}: {value}" for name, value in answer.headers.items() if name != "set-cookie")
        self.canaries.look(f"headers of {where}", shown)
        self.canaries.look(f"body of {where}", body, allowed)
        return httpx.Response(answer.status_code, headers=_plain(answer.headers), content=body)

    def command(self, *arguments: str, show_keys: bool = False) -> str:
        """The output of a `manage.py` command, looked at."""
        given = [sys.executable, "manage.py", *arguments]
        done = subprocess.run(
            given, cwd=REPOSITORY, env=self.environment, capture_output=True, check=False, timeout=60, text=True
        )
        self.canaries.look(f"manage.py {arguments[0]}", done.stdout + done.stderr)
        return done.stdout if show_keys else done.stdout + done.stderr


def settings(canaries: Canaries, issuer: str, data: Path) -> dict[str, str]:
    texts = canaries.texts
    return {
        "LYNKR_DATA_DIR": str(data),
        "LYNKR_ADMIN_PASSWORD": texts["admin password"],
        "LYNKR_OIDC_ISSUER": issuer,
        "LYNKR_OIDC_CLIENT_ID": "lynkr",
        "LYNKR_OIDC_CLIENT_SECRET": texts["oidc secret"],
        "LYNKR_METRICS_TOKEN": texts["metrics token"],
        "LYNKR_SMTP_URL": f"smtp://lynkr:{texts['smtp password']}@127.0.0.1:1",
        "LYNKR_SECRET_KEY": texts["secret key"],
        "LYNKR_KEY_PEPPER": texts["pepper"],
        "LYNKR_ENCRYPTION_KEY": texts["encryption key"],
        "LYNKR_LOG_LEVEL": "debug",
        "LYNKR_KEEPALIVE_SECONDS": "1",
    }


@contextmanager
def opened(folder: Path, url: str, upstream: Upstream, refusing: str) -> Iterator[World]:
    """Prepared and configured by the commands a person would use, then started with debug logs."""
    canaries = planted()
    with issuer() as address:
        given = settings(canaries, address, folder / "data")
        environment = {**os.environ, **given, "DATABASE_URL": url, "NO_PROXY": "127.0.0.1,localhost"}
        tree = configuration(upstream, refusing)
        for provider in tree["providers"]:
            if "secret" in provider:
                provider["secret"] = canaries.texts[f"secret of {provider['name']}"]
        file = folder / "lynkr.yaml"
        file.write_text(yaml.safe_dump(tree))
        nobody = Gateway("", url, None, file)  # type: ignore[arg-type]
        world = World(nobody, upstream, canaries, environment, url, folder / "data")
        world.command("prepare")
        said = world.command("apply", str(file), "--print-keys", "json", show_keys=True)
        keys: dict[str, str] = json.loads(said)
        with running(url, folder, **given) as lynkr:
            lynkr.keys.update(keys)
            canaries.texts.update({f"key {name}": text for name, text in keys.items()})
            world.lynkr = lynkr
            lynkr.reload()
            yield world


@contextmanager
def issuer() -> Iterator[str]:
    """An identity provider that knows us, and complains in our own words when asked for a token."""

    class Issuer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            base = f"http://127.0.0.1:{self.server.server_address[1]}"
            places = {name: f"{base}/{name}" for name in ("authorization_endpoint", "token_endpoint", "jwks_uri")}
            self._say(200, {"issuer": base, **places})

        def do_POST(self) -> None:
            sent = self.rfile.read(int(self.headers.get("content-length", 0))).decode()
            self._say(400, {"error": "invalid_client", "error_description": f"{sent} {self.headers}"})

        def _say(self, status: int, what: dict[str, str]) -> None:
            self.send_response(status)
            self.send_header("content-type", "application/json")
            self.end_headers()
            self.wfile.write(json.dumps(what).encode())

        def log_message(self, *_: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Issuer)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()


def _plain(headers: httpx.Headers) -> dict[str, str]:
    """Without what spoke of the body's way here."""
    of_the_way = ("content-encoding", "content-length", "transfer-encoding")
    return {name: value for name, value in headers.items() if name not in of_the_way}
