"""The data of this measurement, read (PROVENANCE.md)."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from gateway.chat.request import ChatRequest, Message, Text, Tool
from gateway.tokens import count_text

DATA = Path(__file__).parent / "data"
SETS = ("tuning", "held_back")
# How a client writes the name of a server's tool. Gemini CLI sends it bare.
_FORMS = {
    "claude": "mcp__{server}__{tool}",
    "codex": "{server}__{tool}",
    "opencode": "{server}_{tool}",
    "cursor": "mcp_{server}_{tool}",
    "gemini": "{tool}",
}


@dataclass(frozen=True)
class Session:
    """`needs`: each a set of names of which one must be there; `later`: the same, known only from a later ask on another
    matter."""

    client: str
    ask: str
    tools: tuple[Tool, ...] = field(repr=False)
    needs: tuple[frozenset[str], ...]
    later: tuple[frozenset[str], ...]

    @property
    def request(self) -> ChatRequest:
        return ChatRequest("anthropic", "m", (Message("user", (Text(self.ask),)),), tools=self.tools)


@cache
def catalogue() -> dict[str, dict[str, Tool]]:
    """Tools by server or client."""
    servers: dict[str, dict[str, Tool]] = {}
    for name in ("clients", "servers_a", "servers_b"):
        tools: dict[str, Tool] = {}
        described: dict[str, tuple[str, str]] = {}
        for line in (DATA / f"{name}.txt").read_text().splitlines():
            if line.startswith("## "):
                tools = servers[line[3:]] = {}
                described = {}
            elif line.startswith("@"):
                parameter, _, text = line[1:].partition(" ")
                parameter, _, kind = parameter.partition(":")
                described[parameter] = (kind or "string", text)
            elif line and not line.startswith("#"):
                tool = _tool(line, described)
                tools[tool.name] = tool
    return servers


def _tool(line: str, described: dict[str, tuple[str, str]]) -> Tool:
    name, description, parameters = (part.strip() for part in line.split("|"))
    properties: dict[str, Any] = {}
    for parameter in parameters.replace("!", "").split():
        kind, text = described[parameter]
        properties[parameter] = {"type": kind, "description": text}
    required = [parameter[:-1] for parameter in parameters.split() if parameter.endswith("!")]
    return Tool(name, description, {"type": "object", "properties": properties, "required": required})


def sessions(name: str) -> list[Session]:
    lines = (DATA / f"{name}.txt").read_text().splitlines()
    return [_session(line) for line in lines if line and not line.startswith("#")]


def _session(line: str) -> Session:
    client, servers, rest = (part.strip() for part in line.split("|", 2))
    ask, _, needed = rest.rpartition("=>")
    tools = {tool.name: tool for tool in catalogue()[client].values()}
    called = {name: name for name in tools}
    for server in servers.split():
        for tool in catalogue()[server].values():
            name = _FORMS[client].format(server=server, tool=tool.name)
            if name in tools:  # Gemini CLI then writes the server's name before it.
                name = f"{server}__{tool.name}"
            tools[name] = Tool(name, tool.description, tool.schema)
            called[f"{server}.{tool.name}"] = name
    needs: list[frozenset[str]] = []
    later: list[frozenset[str]] = []
    for need in needed.split():
        if need != "-":
            names = frozenset(called[one] for one in need.removeprefix("later:").split("/"))
            (later if need.startswith("later:") else needs).append(names)
    return Session(client, ask.strip().replace("\\n", "\n"), tuple(tools.values()), tuple(needs), tuple(later))


def tokens(tool: Tool) -> int:
    return _count(json.dumps({"name": tool.name, "description": tool.description, "input_schema": tool.schema}))


@cache
def _count(text: str) -> int:
    return count_text(text)
