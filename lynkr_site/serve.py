"""`manage.py serve`: one web process. uvicorn unless LYNKR_SERVER=daphne (docs/decisions/0001).

Refuses to serve on a schema that lacks migrations (MIG-4), exit code 3. On SIGTERM: no new connections, open streams may
finish for LYNKR_DRAIN_SECONDS, then they are cancelled and get a moment to settle.
"""

from __future__ import annotations

import argparse
import socket
import sys
import time

from lynkr_site.env import Env, env

EXIT_SCHEMA = 3
BACKLOG = 2048
DATABASE_PATIENCE_SECONDS = 30


def main(arguments: list[str]) -> int:
    """Serve until told to stop; the process's exit code."""
    parser = argparse.ArgumentParser(prog="manage.py serve", description="One web process.")
    parser.add_argument("--fd", type=int, help="a listening socket inherited from the supervisor")
    chosen = parser.parse_args(arguments)
    settings = env()
    if problem := schema_problem():
        print(f"lynkr: {problem}", file=sys.stderr, flush=True)
        return EXIT_SCHEMA
    try:
        listener = socket.socket(fileno=chosen.fd) if chosen.fd is not None else listen(settings.host, settings.port)
    except OSError as error:
        print(f"lynkr: {address_problem(settings, error)}", file=sys.stderr, flush=True)
        return 1
    if settings.server == "daphne":
        from lynkr_site.serve_daphne import run
    else:
        from lynkr_site.serve_uvicorn import run
    return run(listener, settings)


def listen(host: str, port: int, *, alone: bool = False) -> socket.socket:
    """A listening socket. Several processes may have one each on the same port (SO_REUSEPORT: the kernel spreads the
    connections); with `alone`, only if nobody else listens there. Raises OSError."""
    family, kind, protocol, _, address = socket.getaddrinfo(
        host or None, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
    )[0]
    if alone:
        with socket.socket(family, kind, protocol) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
            probe.listen(1)
    made = socket.socket(family, kind, protocol)
    try:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if hasattr(socket, "SO_REUSEPORT"):
            made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        if family == socket.AF_INET6 and host in ("::", ""):
            made.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        made.bind(address)
        made.listen(BACKLOG)
        made.setblocking(False)
        made.set_inheritable(True)
    except OSError:
        made.close()
        raise
    return made


def address_problem(settings: Env, error: OSError) -> str:
    """Why the address cannot be had, and what to do."""
    import errno

    where = f"{settings.host}:{settings.port}"
    if error.errno == errno.EADDRINUSE:
        return f"port {settings.port} on {settings.host} is in use by another program: stop it, or set LYNKR_PORT."
    if error.errno == errno.EACCES:
        return f"{where} needs more rights: choose a LYNKR_PORT from 1024 up."
    if error.errno == errno.EADDRNOTAVAIL or isinstance(error, socket.gaierror):
        return f"{settings.host} is not an address of this machine: set LYNKR_HOST."
    return f"cannot listen on {where}: {error.strerror}."


def schema_problem() -> str | None:
    """Why not to serve, None if the schema fits. Waits a moment for a database that is only just starting."""
    import django
    from django.db import DatabaseError, connection

    from lynkr_site.migrations import missing_migrations

    django.setup()
    until = time.monotonic() + DATABASE_PATIENCE_SECONDS
    try:
        while True:
            try:
                missing = missing_migrations(connection)
                break
            except DatabaseError:
                if time.monotonic() > until:
                    return "the database cannot be reached: check DATABASE_URL."
                time.sleep(0.5)
    finally:
        connection.close()
    if missing:
        return f"the schema lacks {len(missing)} migrations, the first is {missing[0]}: run `manage.py prepare`."
    return None
