"""The first start: an admin, a team, a key, and whatever configuration lies about."""

from __future__ import annotations

import io
import secrets
from pathlib import Path

from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import transaction

from accounts.models import ApiKey, Membership, Team, User
from lynkr_site.env import REPOSITORY

OLLAMA = "http://localhost:11434"


def first_start(folder: Path = REPOSITORY, ollama: str = OLLAMA) -> list[str]:
    """Only where no user exists yet: make the first admin, team and key, import ``folder/.env`` and add a local Ollama.
    Returns what to print, once: password and key are kept nowhere. Nothing to do: an empty list."""
    if User.objects.exists():
        return []
    lines = _people()
    env_file = folder / ".env"
    if env_file.is_file():
        lines += ["", f"Imported from {env_file.name}:", *_run("import_env", str(env_file))]
    if found := _run("detect_local", f"--url={ollama}"):
        lines += ["", "Found an Ollama on this machine:", *found]
    return lines


@transaction.atomic
def _people() -> list[str]:
    password = settings.LYNKR.admin_password or secrets.token_urlsafe(12)
    username, address = settings.LYNKR.admin_user, settings.LYNKR.public_url
    admin = User.objects.create_superuser(username, "", password)
    team, _ = Team.objects.get_or_create(slug="default", defaults={"name": "Default"})
    Membership.objects.create(team=team, user=admin, role=Membership.Role.ADMIN)
    key, text = ApiKey.mint(name="first", team=team, user=admin, created_by=admin)
    key.save()
    shown = "the one in LYNKR_ADMIN_PASSWORD" if settings.LYNKR.admin_password else password
    return [
        f"Admin:     {address}/admin/   user {username}, password {shown}",
        f"API key:   {text}   (team default; shown only now)",
        "",
        "Claude Code:",
        f"  export ANTHROPIC_BASE_URL={address}",
        f"  export ANTHROPIC_AUTH_TOKEN={text}",
        "OpenAI clients (Cursor, Codex, ...):",
        f"  base URL {address}/v1   key {text}",
    ]


def _run(command: str, *arguments: str) -> list[str]:
    """What a command says; a failure must not cost the lines that are shown only once."""
    out = io.StringIO()
    try:
        call_command(command, *arguments, stdout=out, no_color=True)
    except CommandError as error:
        return [*out.getvalue().splitlines(), *str(error).splitlines()]
    return [line for line in out.getvalue().splitlines() if line != "nothing to change"]
