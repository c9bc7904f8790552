"""What `make run` prints when it serves: where, who, and the lines to paste."""

from __future__ import annotations

import socket

from lynkr_site.env import Env

RULE = "─" * 78


def lines(env: Env) -> list[str]:
    """The block, line by line."""
    url = env.public_url
    return [
        "",
        RULE,
        f"  Lynkr serves on {url}",
        f"  Portal: {url}/portal/     Admin: {url}/admin/     Health: {url}/health/ready     Metrics: {url}/metrics",
        "",
        "  Claude Code   export ANTHROPIC_BASE_URL=" + url,
        "                export ANTHROPIC_AUTH_TOKEN=<your Lynkr key>",
        "  Codex         export LYNKR_KEY=<your Lynkr key>",
        f"                codex -m auto -c model_provider=lynkr -c '{codex_provider(url)}'",
        f"  Cursor        Settings > Models > Override OpenAI Base URL: {url}/v1",
        "  Other keys are made in the portal and the admin. Ctrl-C stops everything.",
        RULE,
        "",
    ]


def codex_provider(url: str) -> str:
    """Codex 0.169 ignores OPENAI_API_KEY, so that its built-in provider sends no key: Lynkr is a provider of its own."""
    provider = f'name="Lynkr", base_url="{url}/v1", wire_api="responses", env_key="LYNKR_KEY"'
    return f"model_providers.lynkr={{{provider}}}"


def answers(env: Env) -> bool:
    """Whether a web process answers (the listening socket alone does not)."""
    host = "127.0.0.1" if env.host in ("0.0.0.0", "") else "::1" if env.host == "::" else env.host  # noqa: S104
    try:
        with socket.create_connection((host, env.port), 1) as talk:
            talk.settimeout(1)
            talk.sendall(b"GET /health/live HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n")
            return talk.recv(64).startswith(b"HTTP/1.1 ")
    except OSError:
        return False
