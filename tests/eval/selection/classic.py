"""Fourteen tools and a request to read, as in the older product's benchmark (T1), whose list of tools is not known."""

from __future__ import annotations

from gateway.chat.request import Tool

from .sessions import catalogue

ASK = "What does the README say about installation?"
_CORE = ("Read", "Edit", "Write", "Bash", "Grep", "Glob")


def _of(client: str, *names: str) -> list[Tool]:
    return [catalogue()[client][name] for name in names]


def _mcp(server: str, *names: str) -> list[Tool]:
    tools = catalogue()[server]
    return [Tool(f"mcp__{server}__{name}", tools[name].description, tools[name].schema) for name in names]


def classics() -> list[tuple[str, str, tuple[Tool, ...]]]:
    own = [tool for name, tool in catalogue()["claude"].items() if name != "KillShell"]
    mixed = [
        *_of("claude", *_CORE, "WebFetch", "WebSearch", "NotebookEdit"),
        *_mcp("github", "create_pull_request", "search_code", "issue_write"),
        *_mcp("playwright", "browser_navigate", "browser_click"),
    ]
    servers = [
        *_of("claude", *_CORE),
        *_mcp("github", "create_pull_request", "list_issues", "issue_write", "get_job_logs"),
        *_mcp("postgres", "execute_sql", "explain_query"),
        *_mcp("slack", "slack_post_message"),
        *_mcp("playwright", "browser_take_screenshot"),
    ]
    return [
        ("Claude Code's own", ASK, tuple(own)),
        ("six of Claude Code's, eight others", ASK, tuple(mixed)),
        ("six of Claude Code's, eight of MCP", ASK, tuple(servers)),
    ]


CLASSICS = classics()
