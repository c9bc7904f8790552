"""Start a server program so that it never outlives us, and never as root.

* On Linux the kernel signals the program when we die, even by SIGKILL (``PR_SET_PDEATHSIG``); it belongs to the thread
  that forked, so start servers from the main thread.
* It gets a session of its own: Ctrl-C in the terminal reaches the supervisor only, which stops things in order.
* PostgreSQL refuses to run as root. As root the program runs as `UNPRIVILEGED`, without an account made for it. Where
  that uid cannot reach the folders (a clone below a closed home), it keeps the single capability to read and search
  past closed folders instead of opening the folders to everybody.
"""

from __future__ import annotations

import ctypes
import os
import signal
import socket
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

UNPRIVILEGED = 65534
ENVIRON = {"PATH": "/usr/local/bin:/usr/bin:/bin", "LANG": "C", "LC_ALL": "C", "TZ": "UTC"}
LOG_LIMIT = 10_000_000

_PR_SET_PDEATHSIG, _PR_SET_KEEPCAPS, _PR_CAP_AMBIENT, _PR_CAP_AMBIENT_RAISE = 1, 8, 47, 2
_CAP_DAC_OVERRIDE, _CAP_DAC_READ_SEARCH = 1, 2
_CAPABILITY_VERSION_3 = 0x20080522
LINUX = sys.platform == "linux"
_libc = ctypes.CDLL(None, use_errno=True)


class ServerError(Exception):
    """An embedded server did not start or may not run here; the message is for people and says what to do."""


@dataclass(frozen=True, slots=True)
class Account:
    """Who runs a server: `uid`/`gid` None means who we are; `capability` is kept when folders are closed to `uid`."""

    uid: int | None = None
    gid: int | None = None
    capability: int | None = None


def account_for(data: Path, programs: Path) -> Account:
    """Who may run a server with its files in `data` (which exists) and its program below `programs`."""
    if os.geteuid() != 0:
        owner = data.stat().st_uid
        if owner != os.geteuid():
            raise ServerError(
                f"{data} belongs to user id {owner}: run as that user, or set LYNKR_DATA_DIR to another folder."
            )
        return Account()
    found = data.stat()
    uid, gid = (found.st_uid, found.st_gid) if found.st_uid else (UNPRIVILEGED, UNPRIVILEGED)
    closed = [path for path in (data, programs) if not _reachable(path, uid, gid)]
    if not closed:
        return Account(uid, gid)
    held = _held_capabilities()
    for capability in (_CAP_DAC_READ_SEARCH, _CAP_DAC_OVERRIDE):
        if held & (1 << capability):
            return Account(uid, gid, capability)
    raise ServerError(
        f"user id {uid} runs the embedded servers and cannot reach {closed[0]}: run as a user other than root, "
        "or put the repository and LYNKR_DATA_DIR in folders that others may enter."
    )


def give(path: Path, account: Account) -> None:
    """Make `path` belong to the account that runs the server."""
    if account.uid is not None and account.gid is not None:
        os.chown(path, account.uid, account.gid)


def spawn(
    command: Sequence[str],
    *,
    account: Account | None = None,
    environ: Mapping[str, str] | None = None,
    log: Path | None = None,
    folder: Path | None = None,
    death_signal: int = signal.SIGTERM,
    stdin: int | None = None,
    keep: Sequence[int] = (),
) -> subprocess.Popen[bytes]:
    """Start `command` in a session of its own. Output goes to `log` (kept below about 10 MB), else where ours goes;
    `keep` are file descriptors it inherits. `environ` None gives it no variable of ours."""
    who = account or Account()
    out = _open_log(log) if log else None
    try:
        return subprocess.Popen(  # noqa: S603 (our own programs)
            list(command),
            stdin=subprocess.DEVNULL if stdin is None else stdin,
            stdout=out,
            stderr=subprocess.STDOUT if out else None,
            env=dict(ENVIRON if environ is None else environ),
            cwd=folder,
            start_new_session=True,
            pass_fds=tuple(keep),
            preexec_fn=_prepare(who, death_signal, os.getpid()),  # we fork from a single thread
        )
    finally:
        if out:
            out.close()


def stop(process: subprocess.Popen[bytes], first: int, patience: float, *harder: int) -> None:
    """Send `first`, wait `patience` seconds, then each of `harder` (1 s each), then SIGKILL. Returns once it is gone."""
    for how, wait in ((first, patience), *((signal_, 1.0) for signal_ in harder), (signal.SIGKILL, 5.0)):
        if process.poll() is not None:
            return
        process.send_signal(how)
        try:
            process.wait(max(wait, 0.05))
        except subprocess.TimeoutExpired:
            continue


def alive(pid: int) -> bool:
    """Whether a process has this id (zombies count)."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def wait_gone(pid: int, seconds: float) -> bool:
    """Wait for a process that is not our child."""
    until = time.monotonic() + seconds
    while alive(pid):
        if time.monotonic() > until:
            return False
        time.sleep(0.02)
    return True


def program_of(pid: int) -> str:
    """The command line of a process, empty if it cannot be told."""
    if LINUX:
        try:
            return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            return ""
    done = subprocess.run(  # noqa: S603
        ["/bin/ps", "-o", "command=", "-p", str(pid)], capture_output=True, text=True, check=False
    )
    return done.stdout.strip()


def free_port(kept: Path) -> int:
    """The port written in `kept` if it is still free, else a free one, which is written there."""
    try:
        port = int(kept.read_text())
    except (OSError, ValueError):
        port = 0
    for candidate in (port, 0):
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", candidate))
            except OSError:
                continue
            found: int = probe.getsockname()[1]
        if found != port:
            kept.write_text(str(found))
        return found
    raise ServerError("no free port on 127.0.0.1 for an embedded server.")


def tail(log: Path, lines: int = 5) -> str:
    """The last lines of a server's log, for an error message."""
    try:
        return "\n".join(log.read_text(errors="replace").splitlines()[-lines:])
    except OSError:
        return ""


def _prepare(who: Account, death_signal: int, parent: int) -> Callable[[], None]:
    def in_child() -> None:
        if who.uid is not None and who.gid is not None:
            if who.capability is not None:
                _libc.prctl(_PR_SET_KEEPCAPS, 1, 0, 0, 0)
            os.setgroups([])
            os.setgid(who.gid)
            os.setuid(who.uid)
            if who.capability is not None:
                _keep_capability(who.capability)
        if LINUX:  # after the change of user, which clears it
            _libc.prctl(_PR_SET_PDEATHSIG, int(death_signal), 0, 0, 0)
            if os.getppid() != parent:  # we died before the line above
                os._exit(1)

    return in_child


def _keep_capability(capability: int) -> None:
    """Hold one capability across exec, as the only one (capabilities(7), ambient set)."""
    bit = 1 << capability
    header = (ctypes.c_uint32 * 2)(_CAPABILITY_VERSION_3, 0)
    sets = (ctypes.c_uint32 * 6)(bit, bit, bit, 0, 0, 0)
    _libc.capset(header, sets)
    _libc.prctl(_PR_CAP_AMBIENT, _PR_CAP_AMBIENT_RAISE, capability, 0, 0)


def _held_capabilities() -> int:
    try:
        for line in Path("/proc/self/status").read_text().splitlines():
            if line.startswith("CapPrm:"):
                return int(line.split()[1], 16)
    except OSError:
        pass
    return 0


def _reachable(path: Path, uid: int, gid: int) -> bool:
    """Whether `uid` may enter every folder above `path`, and `path`."""
    for folder in (path, *path.resolve().parents):
        found = folder.stat()
        if found.st_uid == uid:
            needed = stat.S_IXUSR
        elif found.st_gid == gid:
            needed = stat.S_IXGRP
        else:
            needed = stat.S_IXOTH
        if not found.st_mode & needed:
            return False
    return True


def _open_log(log: Path):  # type: ignore[no-untyped-def]
    log.parent.mkdir(parents=True, exist_ok=True)
    if log.exists() and log.stat().st_size > LOG_LIMIT:
        log.replace(log.with_suffix(".old.log"))
    return log.open("ab")
