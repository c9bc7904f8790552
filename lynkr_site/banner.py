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
        f"  Admin: {url}/admin/     Health: {url}/health/ready     Metrics: {url}/metrics",
        "",
        "  Claude Code   export ANTHROPIC_BASE_URL=" + url,
        "                export ANTHROPIC_AUTH_TOKEN=<your Lynkr key>",
        "  Codex         export OPENAI_API_KEY=<your Lynkr key>",
        f"                codex -c openai_base_url={url}/v1",
        f"  Cursor        Settings > Models > Override OpenAI Base URL: {url}/v1",
        "  Other keys are made in the admin. Ctrl-C stops everything.",
        RULE,
        "",
    ]


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
