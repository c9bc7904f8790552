"""Both web servers, as we run them: draining, backpressure, limits. Real processes, real sockets."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import pytest

from lynkr_site.env import REPOSITORY, child_environ
from lynkr_site.serve import listen

SERVERS = ["uvicorn", "daphne"]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def served(server: str, drain: float = 3.0) -> Iterator[tuple[subprocess.Popen[str], int]]:
    port = free_port()
    command = [sys.executable, "-m", "tests.lynkr_site.streaming_app", server, str(port), str(drain)]
    environ = child_environ({"DJANGO_SETTINGS_MODULE": "lynkr_site.settings"})
    running = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=REPOSITORY, env=environ)
    try:
        until = time.monotonic() + 20
        while time.monotonic() < until:
            try:
                if httpx.get(f"http://127.0.0.1:{port}/sent", timeout=2).status_code == 200:
                    break
            except httpx.TransportError:
                time.sleep(0.05)
        yield running, port
    finally:
        running.kill()
        running.wait()
        if running.stdout:
            running.stdout.close()


def words(running: subprocess.Popen[str]) -> list[str]:
    assert running.stdout
    return [word for word in running.stdout.read().split() if word in ("cancelled", "settled", "stopped")]


@pytest.mark.parametrize("server", SERVERS)
def test_an_open_stream_finishes_during_the_drain_and_nobody_new_gets_in(server: str) -> None:
    with served(server) as (running, port):
        with httpx.stream("GET", f"http://127.0.0.1:{port}/?n=10&every=0.1") as response:
            pieces = response.iter_raw()
            first = next(pieces)
            running.send_signal(signal.SIGTERM)
            time.sleep(0.3)
            with pytest.raises(httpx.ConnectError):
                httpx.get(f"http://127.0.0.1:{port}/sent")
            body = first + b"".join(pieces)
        assert body == b"x" * 100 + b"received 0"
        running.wait(5)
        assert words(running)[-2:] == ["settled", "stopped"]


@pytest.mark.parametrize("server", SERVERS)
def test_a_stream_longer_than_the_drain_is_cancelled_and_settled_before_the_end(server: str) -> None:
    with served(server, drain=0.5) as (running, port):
        started = time.monotonic()
        with (  # noqa: PT012 (the signal has to be sent while the stream is read)
            pytest.raises(httpx.RemoteProtocolError),
            httpx.stream("GET", f"http://127.0.0.1:{port}/?n=1000&every=0.1") as response,
        ):
            for index, _ in enumerate(response.iter_raw()):
                if index == 0:
                    running.send_signal(signal.SIGTERM)
        running.wait(5)
        assert time.monotonic() - started < 4
        assert words(running)[-3:] == ["cancelled", "settled", "stopped"]


@pytest.mark.parametrize("server", SERVERS)
def test_a_reader_that_stops_stops_the_writer(server: str) -> None:
    """Stock daphne buffers without bound here: 90 to 357 MB in 6 s."""
    with served(server) as (_, port), socket.create_connection(("127.0.0.1", port)) as slow:
        slow.sendall(b"GET /?n=2000&size=100000 HTTP/1.1\r\nhost: x\r\n\r\n")
        slow.recv(100)
        seen = []
        for _ in range(3):
            time.sleep(0.5)
            seen.append(int(httpx.get(f"http://127.0.0.1:{port}/sent").text))
        assert seen[-1] < 50_000_000
        assert seen[-1] == seen[-2]


@pytest.mark.parametrize("server", SERVERS)
def test_a_stream_that_breaks_does_not_look_finished(server: str) -> None:
    with served(server) as (_, port), pytest.raises((httpx.RemoteProtocolError, httpx.ReadError)):
        httpx.get(f"http://127.0.0.1:{port}/?n=3&fail=1", timeout=5)


@pytest.mark.parametrize("server", SERVERS)
def test_heads_without_end_are_refused_and_the_server_lives(server: str) -> None:
    with served(server) as (_, port):
        with socket.create_connection(("127.0.0.1", port), 5) as flood:
            try:
                flood.sendall(b"GET / HTTP/1.1\r\nhost: x\r\n")
                for _ in range(100):
                    flood.sendall(b"x-filler: " + b"a" * 10_000 + b"\r\n")
                answer = flood.recv(200)
            except (BrokenPipeError, ConnectionResetError):
                answer = b""
        assert answer == b"" or answer.split()[1] in (b"431", b"400")
        assert httpx.get(f"http://127.0.0.1:{port}/sent").status_code == 200


def test_one_header_without_end_is_refused_by_uvicorn() -> None:
    """The parser keeps an unfinished header in memory and says nothing: count bytes, not headers."""
    with served("uvicorn") as (_, port), socket.create_connection(("127.0.0.1", port), 5) as flood:
        flood.sendall(b"GET / HTTP/1.1\r\nx-filler: ")
        with pytest.raises(OSError):  # noqa: PT012 (it may take several writes until the reset arrives)
            for _ in range(400):
                flood.sendall(b"a" * 100_000)
                time.sleep(0.001)


def test_a_body_in_the_same_read_as_the_head_is_not_taken_for_a_head() -> None:
    with served("uvicorn") as (_, port), httpx.Client() as client:
        for _ in range(2):
            answer = client.post(f"http://127.0.0.1:{port}/", content=b"b" * 300_000)
            assert answer.text.endswith("received 300000")


@pytest.mark.parametrize("server", SERVERS)
def test_a_websocket_is_refused_at_once(server: str) -> None:
    """CDX: Codex tries one first; 426 sends it to HTTP at once, 400 makes it give up."""
    with served(server) as (_, port), socket.create_connection(("127.0.0.1", port), 5) as talk:
        talk.sendall(
            b"GET /v1/responses HTTP/1.1\r\nhost: x\r\nconnection: Upgrade\r\nupgrade: websocket\r\n"
            b"sec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
        )
        status = talk.recv(200).split()[1]
        assert status == (b"426" if server == "uvicorn" else b"403")


@pytest.mark.parametrize("server", SERVERS)
def test_no_server_header_names_the_software(server: str) -> None:
    with served(server) as (_, port):
        assert "server" not in httpx.get(f"http://127.0.0.1:{port}/sent").headers


def test_daphne_refuses_a_body_over_the_cap() -> None:
    with served("daphne") as (_, port), socket.create_connection(("127.0.0.1", port), 5) as talk:
        talk.sendall(b"POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 100000000\r\n\r\n")
        assert talk.recv(200).split()[1] == b"413"


def test_several_listeners_share_a_port_but_a_stranger_is_noticed() -> None:
    port = free_port()
    with listen("127.0.0.1", port, alone=True), listen("127.0.0.1", port), pytest.raises(OSError):
        listen("127.0.0.1", port, alone=True)
