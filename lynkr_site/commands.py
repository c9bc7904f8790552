"""What `manage.py` does: four commands of our own that start processes, and Django's."""

from __future__ import annotations

import importlib
import sys

from lynkr_site.env import EnvError, env, use_settings

OURS = {
    "run": "lynkr_site.supervisor",
    "serve": "lynkr_site.serve",
    "prepare": "lynkr_site.prepare",
    "demo": "lynkr_site.demo",
}
# Django commands that need no database; the embedded one is not started for them.
WITHOUT_DATABASE = {"help", "version", "--help", "-h", "--version", "makemigrations", "collectstatic", "findstatic"}


def main(argv: list[str]) -> int:
    """Run one command; the process's exit code."""
    use_settings()
    name = argv[1] if len(argv) > 1 else "help"
    try:
        if name != "demo":  # which reads another folder's
            env()
        if name in OURS:
            code: int = importlib.import_module(OURS[name]).main(argv[2:])
            return code
        return _django(name, argv)
    except EnvError as error:
        print(f"lynkr: {error}", file=sys.stderr)
        return 2


def _django(name: str, argv: list[str]) -> int:
    from django.core.management import execute_from_command_line

    from lynkr_site.embedded.process import ServerError
    from lynkr_site.embedded.servers import database_for_a_command

    if name in WITHOUT_DATABASE:
        execute_from_command_line(argv)
        return 0
    try:
        with database_for_a_command(env()):
            execute_from_command_line(argv)
    except ServerError as error:
        print(f"lynkr: {error}", file=sys.stderr)
        return 1
    return 0
