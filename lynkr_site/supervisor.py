"""`manage.py run`: the servers that are not given, the migrations, then web, worker and beat, kept alive together.

One process, one thread, no Django: it must outlive everything it watches. Order up: PostgreSQL, Valkey, `prepare`, web,
worker, beat. Order down: web (open streams may finish), worker and beat, Valkey, PostgreSQL; within
LYNKR_DRAIN_SECONDS + 2 s. A second Ctrl-C forces.
"""

from __future__ import annotations

import contextlib
import signal
import socket
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType

from lynkr_site import banner, metric_files
from lynkr_site.embedded import process
from lynkr_site.embedded.claim import Claim, Taken
from lynkr_site.embedded.postgres import Postgres
from lynkr_site.embedded.process import ServerError
from lynkr_site.embedded.servers import addresses, embedded
from lynkr_site.embedded.valkey import Valkey
from lynkr_site.env import REPOSITORY, Env, child_environ, env, publish
from lynkr_site.serve import EXIT_SCHEMA, address_problem, listen

TICK_SECONDS = 0.1
STEADY_SECONDS = 30  # a process that lived this long starts again at once; below, the pause doubles
LONGEST_PAUSE_SECONDS = 15.0
REST_SECONDS = 2.0  # for everything after the web processes
READY_PATIENCE_SECONDS = 60


class Stop(Exception):
    """Somebody asked us to end."""


def say(text: str) -> None:
    """One line to the person who started us."""
    with contextlib.suppress(OSError):  # the terminal may be gone
        print(f"lynkr: {text}", flush=True)


@dataclass
class Child:
    """One supervised process: how it starts, how it ends, and when it may start again."""

    name: str
    command: list[str]
    environ: dict[str, str]
    death_signal: int = signal.SIGTERM
    listener: socket.socket | None = None
    process: subprocess.Popen[bytes] | None = None
    started: float = 0.0
    pause: float = 0.0
    again_at: float = field(default=0.0)

    def start(self) -> None:
        keep = [self.listener.fileno()] if self.listener else []
        self.process = process.spawn(
            self.command, environ=self.environ, folder=REPOSITORY, death_signal=self.death_signal, keep=keep
        )
        self.started = time.monotonic()

    def ended(self) -> int | None:
        """The exit code if it has just ended."""
        return self.process.poll() if self.process else None


class Supervisor:
    """Everything `make run` starts, from the first server to the last."""

    def __init__(self, settings: Env, prepare: tuple[str, ...] = ()) -> None:
        """`prepare`: arguments of `manage.py prepare`."""
        self.env = settings
        self.prepare_arguments = prepare
        self.servers: list[Postgres | Valkey] = embedded(settings)
        self.children: list[Child] = []
        self.listeners: list[socket.socket] = []
        self.metrics_dir = metric_files.folder_for(settings.data_dir)
        self.signals = 0

    def run(self) -> int:
        """Until told to stop; the process's exit code."""
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._asked)
        code = 0
        try:
            self._open_port()
            self._start_servers()
            if code := self._prepare():
                return code
            self._start_children()
            self._watch()
        except Stop:
            pass
        except ServerError as error:
            say(str(error))
            code = 1
        except OSError as error:
            say(f"{error.strerror or error}: {error.filename or ''}")
            code = 1
        finally:
            self._end()
        return code

    def _asked(self, number: int, frame: FrameType | None) -> None:
        self.signals += 1
        if self.signals == 1:
            raise Stop

    def _open_port(self) -> None:
        """First, before anything slow: a port in use is the commonest surprise. Listening sockets live here, so that
        connections wait, and are not refused, while a web process starts again."""
        count = self.env.web_processes
        try:
            self.listeners.append(listen(self.env.host, self.env.port, alone=True))
            for _ in range(count - 1):
                # Only Linux spreads connections over sockets that share a port; elsewhere processes share one socket.
                if process.LINUX:
                    self.listeners.append(listen(self.env.host, self.env.port))
                else:
                    self.listeners.append(self.listeners[0].dup())
        except OSError as error:
            raise ServerError(address_problem(self.env, error)) from None

    def _start_servers(self) -> None:
        for server in self.servers:
            if not (server.folder / "port").exists():
                say(f"first start: making {server.name} in {server.folder}")
            server.start()
        metric_files.wipe(self.metrics_dir)
        publish({**addresses(self.env).environ(), "PROMETHEUS_MULTIPROC_DIR": str(self.metrics_dir)})

    def _prepare(self) -> int:
        done = process.spawn(
            [sys.executable, str(REPOSITORY / "manage.py"), "prepare", *self.prepare_arguments],
            environ=child_environ({}),
            folder=REPOSITORY,
        )
        try:
            code = done.wait()
        except Stop:
            process.stop(done, signal.SIGTERM, 2)
            raise
        if code:
            say(f"preparing the database failed (exit code {code}); not serving.")
        return abs(code)

    def _start_children(self) -> None:
        python, environ = sys.executable, child_environ({})
        manage = [python, str(REPOSITORY / "manage.py")]
        quiet = ["-W", "ignore:You're running the worker with superuser"]  # said in docs/configuration.md
        celery = [python, *quiet, "-m", "celery", "--app", "lynkr_site.celery", "--quiet"]
        level = f"--loglevel={self.env.log_level}"
        schedule = self.env.data_dir / "beat"
        schedule.mkdir(parents=True, exist_ok=True)
        for number, listener in enumerate(self.listeners, 1):
            name = "web" if len(self.listeners) == 1 else f"web {number}"
            command = [*manage, "serve", "--fd", str(listener.fileno())]
            self.children.append(Child(name, command, environ, listener=listener))
        # Threads: nothing to leave behind when killed, and connections come from one pool.
        worker = ["worker", level, "--pool=threads", f"--concurrency={self.env.worker_threads}", "--without-mingle"]
        worker += ["--without-gossip", "--hostname=lynkr@%h"]
        beat = ["beat", level, f"--schedule={schedule / 'schedule'}", "--pidfile="]
        self.children.append(Child("worker", [*celery, *worker], environ, signal.SIGKILL))
        self.children.append(Child("beat", [*celery, *beat], environ, signal.SIGKILL))
        for child in self.children:
            child.start()
        self._wait_until_ready()
        for line in banner.lines(self.env):
            print(line, flush=True)

    def _wait_until_ready(self) -> None:
        """The block with the address is printed when it is true."""
        until = time.monotonic() + READY_PATIENCE_SECONDS
        while time.monotonic() < until:
            self._look_after()
            if banner.answers(self.env):
                return
            time.sleep(TICK_SECONDS)
        say("the web process does not answer yet; its log lines above say why.")

    def _watch(self) -> None:
        while True:
            self._look_after()
            time.sleep(TICK_SECONDS)

    def _look_after(self) -> None:
        now = time.monotonic()
        for server in self.servers:
            if server.process and (code := server.process.poll()) is not None:
                say(f"{server.name} ended unexpectedly ({how(code)}); starting it again.")
                server.start()
        for child in self.children:
            if child.process is None:
                if now >= child.again_at:
                    child.start()
                continue
            code = child.ended()
            if code is None:
                self._check_memory(child)
                continue
            if child.name.startswith("web"):
                metric_files.forget(self.metrics_dir, child.process.pid)
            if code == EXIT_SCHEMA:
                raise ServerError("the schema changed under us; start again with `make run` to migrate.")
            steady = now - child.started > STEADY_SECONDS
            child.pause = 0.0 if steady else min(max(child.pause * 2, 0.5), LONGEST_PAUSE_SECONDS)
            child.again_at = now + child.pause
            child.process = None
            wait = f"in {child.pause:.1f} s" if child.pause else "now"
            say(f"{child.name} ended unexpectedly ({how(code)}); starting it again {wait}.")

    def _check_memory(self, child: Child) -> None:
        """Recycle a web process that grew past LYNKR_MAX_MEMORY_MB, gracefully: its listener keeps new connections."""
        if not self.env.max_memory_mb or not child.process or not child.name.startswith("web"):
            return
        if resident_mb(child.process.pid) > self.env.max_memory_mb and now_and_then(child):
            say(f"{child.name} uses more than {self.env.max_memory_mb} MB; recycling it.")
            child.process.send_signal(signal.SIGTERM)

    def _end(self) -> None:
        """In order, each step bounded. Runs with signals counted, not raised."""
        self.signals = max(self.signals, 1)
        web = [child.process for child in self.children if child.name.startswith("web") and child.process]
        rest = [child.process for child in self.children if not child.name.startswith("web") and child.process]
        for listener in self.listeners:
            listener.close()
        if self.children:
            say("stopping; open streams may finish (Ctrl-C again to force)")
        self._end_processes(web, self.env.drain_seconds + 1.2)
        self._end_processes(rest, 0.8)
        for server in reversed(self.servers):
            server.stop(0.1 if self.signals > 1 else REST_SECONDS)
        if self.children:
            say("stopped")

    def _end_processes(self, processes: list[subprocess.Popen[bytes]], patience: float) -> None:
        for running in processes:
            if running.poll() is None:
                running.send_signal(signal.SIGTERM)
        until = time.monotonic() + patience
        while any(running.poll() is None for running in processes):
            if time.monotonic() > until or self.signals > 1:
                say("not waiting any longer" if self.signals > 1 else "time is up; ending what is left")
                break
            time.sleep(0.02)
        for running in processes:
            if running.poll() is None:
                running.kill()
            running.wait()


def how(code: int) -> str:
    """An exit code in words."""
    if code < 0:
        with contextlib.suppress(ValueError):
            return signal.Signals(-code).name
    return f"exit code {code}"


def resident_mb(pid: int) -> int:
    """Memory of a process, 0 where it cannot be told (not Linux)."""
    try:
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * 4096 // 1_000_000
    except (OSError, ValueError, IndexError):
        return 0


def now_and_then(child: Child) -> bool:
    """True once per process: the signal that recycles it is sent once."""
    if child.again_at == -1.0:
        return False
    child.again_at = -1.0
    return True


def main(arguments: list[str]) -> int:
    """`manage.py run`; the process's exit code."""
    if arguments:
        print("usage: manage.py run   (docs/configuration.md lists the variables)", file=sys.stderr)
        return 2
    return supervise(env())


def supervise(settings: Env, prepare: tuple[str, ...] = ()) -> int:
    """Everything, until told to stop; the process's exit code."""
    try:
        with Claim(settings.data_dir):
            return Supervisor(settings, prepare).run()
    except Taken as taken:
        say(f"already running here (process {taken.pid}, data in {settings.data_dir}): stop it, or set LYNKR_DATA_DIR.")
        return 1
