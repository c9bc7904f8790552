"""The first start."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from accounts import keys
from accounts.bootstrap import first_start
from accounts.models import User, pepper
from gateway.models import ProviderAccount
from gateway.snapshot import build
from routing.models import TierMap
from routing.tier_maps import content_of

NOBODY = "http://127.0.0.1:9"
MODELS = [{"name": "big:70b", "size": 40e9}, {"name": "nomic-embed-text", "size": 1}, {"name": "small:3b", "size": 2e9}]


class _Ollama(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        body = json.dumps({"models": MODELS}).encode() if self.path == "/api/tags" else b"{}"
        self.send_response(200)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def ollama() -> Iterator[str]:
    server = HTTPServer(("127.0.0.1", 0), _Ollama)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def test_the_printed_key_and_password_work(db: str, tmp_path: Path) -> None:
    lines = "\n".join(first_start(tmp_path, NOBODY))
    text = next(word for word in lines.split() if word.startswith("lyk_"))
    caller = build().callers[keys.digest(text, pepper())]
    assert (caller.team_slug, caller.username) == ("default", "admin")
    admin = User.objects.get()
    assert admin.is_superuser
    password = lines.splitlines()[0].rpartition(" ")[2]
    assert admin.check_password(password)
    assert len(password) >= 12


def test_a_second_start_does_nothing(db: str, tmp_path: Path) -> None:
    first_start(tmp_path, NOBODY)
    (tmp_path / ".env").write_text("OPENAI_API_KEY=sk-1234567890\n")
    assert first_start(tmp_path, NOBODY) == []
    assert not ProviderAccount.objects.exists()


def test_a_found_env_file_is_imported(db: str, tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("MODEL_PROVIDER=openai\nOPENAI_API_KEY=sk-canary-1234567890\nOPENAI_MODEL=gpt-4o\n")
    lines = "\n".join(first_start(tmp_path, NOBODY))
    assert "+ provider openai" in lines
    assert "canary" not in lines
    assert content_of(TierMap.objects.get())["COMPLEX"] == ["openai/gpt-4o"]


def test_a_broken_env_file_does_not_cost_the_key(db: str, tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("OPENAI_API_KEY=sk-1234567890\nOPENAI_ENDPOINT=https://user:pw@host/v1\n")
    lines = "\n".join(first_start(tmp_path, NOBODY))
    assert "lyk_" in lines
    assert "must not hold credentials" in lines
    assert "user:pw" not in lines


def test_a_local_ollama_serves_all_tiers_by_size(db: str, tmp_path: Path, ollama: str) -> None:
    first_start(tmp_path, ollama)
    content = content_of(TierMap.objects.get(team=None))
    assert content["SIMPLE"] == ["ollama/small:3b"]
    assert content["REASONING"] == ["ollama/big:70b"]
    assert len(content) == 4
    models = next(iter(build().teams.values())).models
    assert "nomic-embed-text" not in models
    assert "big:70b" in models


def test_a_found_ollama_leaves_the_tiers_of_the_env_file_alone(db: str, tmp_path: Path, ollama: str) -> None:
    (tmp_path / ".env").write_text("MODEL_PROVIDER=openai\nOPENAI_API_KEY=sk-1234567890\n")
    first_start(tmp_path, ollama)
    assert content_of(TierMap.objects.get())["SIMPLE"] == ["openai/gpt-4o"]
    assert ProviderAccount.objects.count() == 2
