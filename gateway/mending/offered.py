"""The tools of a request, as a model that is not careful may name them. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from gateway.chat.request import ChatRequest, Document, Text, Tool, ToolResult

from .arguments import required_of

_AROUND = " \t\r\n`'\"*"
_SPACE = re.compile(r"^(?:functions?|tools?|default_api|multi_tool_use)(?:\.|::?|/|__)(?=.)", re.IGNORECASE)
_TOKEN = re.compile(r"<\|.*", re.DOTALL)  # of the model's own format, which its server left in
_MCP = re.compile(r"^mcp(?:_{1,2}|[.:/])(?:(.+?)(?:__|[.:/]))?(.+)$", re.IGNORECASE)
_SERVER = re.compile(r"^([A-Za-z0-9-]+)(?:__|\.|:|/)(.+)$")
_SPACES = re.compile(r"(?:\\[nrt]|[\s\\\"'])+")
_ESCAPED = re.compile(r"\\u([0-9a-fA-F]{4})")


class Offered:
    """What `request` offers, and what it says: for telling a call from the quotation of one."""

    def __init__(self, request: ChatRequest) -> None:
        self._request = request
        self._tools = request.tools
        self._plain: dict[str, str] = {}
        self.any = any(tool.kind != "hosted" for tool in request.tools)

    def find(self, name: str, namespace: str | None) -> Tool | None:
        """The tool that goes by this very name."""
        for tool in self._tools:
            if tool.name == name and tool.namespace in (namespace, None):
                return tool
        return None

    def written(self, name: str) -> Tool | None:
        """The one function that a call written as text names, by its name or, in a namespace, the name it has on the wire."""
        found = [
            tool
            for tool in self._tools
            if tool.kind == "function" and name in (tool.name, f"{tool.namespace}__{tool.name}")
        ]
        return found[0] if len(found) == 1 else None

    def alike(self, name: str, arguments: Mapping[str, Any] | None) -> Tool | None:
        """The one tool that `name`, which is not offered, spells in another way: other case, ``-`` for ``_``, quoted, in a
        namespace of the model's own. One that differs by the prefix of an MCP server must get all that it requires in
        `arguments`, and no other server may be meant."""
        plain = _SPACE.sub("", _TOKEN.sub("", name).strip(_AROUND))
        wanted = _folded(plain)
        own = [tool for tool in self._tools if tool.kind != "hosted"]
        found = [tool for tool in own if wanted in (_folded(tool.name), _folded(f"{tool.namespace}__{tool.name}"))]
        if found or not wanted:
            return found[0] if len(found) == 1 else None
        server, bare, by_mcp = _parted(plain) or ("", wanted, True)
        close = []
        for tool in own:
            other, its, _ = (_parted(tool.name) if _MCP.match(tool.name) else None) or ("", _folded(tool.name), True)
            same = server == other or not server or (by_mcp and not other)
            if its == bare and same:
                close.append(tool)
        if len(close) != 1 or arguments is None or not fits(close[0], arguments):
            return None
        return close[0]

    def quotes(self, marker: str, word: str) -> bool:
        """Whether what the caller sent has `marker` in it, which holds `word`: then the model may be quoting. White space and
        how JSON escapes it make no difference."""
        needle = _SPACES.sub("", marker)
        return any(needle in self._bare(text) for text in _texts(self._request) if word in text or "\\u" in text)

    def _bare(self, text: str) -> str:
        found = self._plain.get(text)
        if found is None:
            plain = _ESCAPED.sub(lambda match: chr(int(match.group(1), 16)), text) if "\\u" in text else text
            found = self._plain[text] = _SPACES.sub("", plain)
        return found


def fits(tool: Tool, arguments: Mapping[str, Any]) -> bool:
    """Whether `arguments` have what the tool requires and nothing that it does not know."""
    if any(name not in arguments for name in required_of(tool.schema)):
        return False
    known = tool.schema.get("properties") if tool.schema is not None else None
    if not isinstance(known, Mapping) or (tool.schema or {}).get("additionalProperties"):
        return True
    return all(name in known for name in arguments)


def _folded(name: str) -> str:
    return re.sub(r"[-_.:/ ]+", "_", name).lower()


def _parted(name: str) -> tuple[str, str, bool] | None:
    """(MCP server, tool, whether it says that it is of MCP), folded; None for a name without a server."""
    match = _MCP.match(name)
    if match is not None:
        return _folded(match.group(1) or ""), _folded(match.group(2)), True
    beside = _SERVER.match(name)
    return (_folded(beside.group(1)), _folded(beside.group(2)), False) if beside is not None else None


def _texts(request: ChatRequest) -> Iterator[str]:
    """What did not come from the model itself."""
    for text in request.system:
        yield text.text
    for message in request.messages:
        if message.role == "assistant":
            continue
        for block in message.blocks:
            if isinstance(block, Text):
                yield block.text
            elif isinstance(block, Document):
                yield block.text or ""
            elif isinstance(block, ToolResult):
                for part in block.content:
                    if isinstance(part, Text):
                        yield part.text
    for tool in request.tools:
        yield tool.description or ""
        yield json.dumps(tool.schema, ensure_ascii=False) if tool.schema else ""
