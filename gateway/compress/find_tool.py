"""The way back to the tools that selection left out: one more tool, whose calls the gateway answers itself. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from gateway.chat.request import ChatRequest, Message, Origin, Text, Thinking, Tool, ToolResult, ToolUse
from gateway.chat.response import ChatResponse
from routing.words import stems_of

from .offered import Offer, offers_of, parts, server_words
from .selection import Selected, named_in

NAME = "find_tool"
MOST_FOUND = 8
MOST_TOLD = 1_500  # characters of the names of tools in the description
MOST_QUERY = 2_000
NONE_FITS = "No other tool fits: the tools you have are all there are for this. Go on with them."
_LEAD = (
    "More tools exist than those you have been given. If none of yours can do what is needed, call this one, alone, with the "
    "name of a tool from the list below or with some words that say what is to be done: the tools that fit are then given to "
    "you, and you can call them. Never call it for what your tools can do.\nTools that exist besides yours:\n"
)
_STEPS = (1_000, 60, 40, 24, 16, 10, 6, 4, 2, 1, 0)
_WORD = re.compile(r"[^\s,;:\"'`()\[\]{}<>]+")


@dataclass(frozen=True, slots=True)
class Way:
    """`tool` is offered in place of the tools `dropped` from `all`, those of the client."""

    tool: Tool
    dropped: tuple[Tool, ...]
    all: tuple[Tool, ...]

    def shown(self, request: ChatRequest) -> ChatRequest:
        """`request` as its client made it, as far as its tools go: what an answer is told by."""
        return replace(request, tools=self.all)


def way_back(request: ChatRequest, selected: Selected) -> Way | None:
    """None where nothing was dropped from `request`, where what is called is not the model's to choose, and for answers that
    can only be relayed as they come (several at once, log probabilities). A function of the request alone (CMP-1)."""
    choice = request.tool_choice
    if not selected.dropped or (choice is not None and (choice.mode != "auto" or any(named_in(choice.extras)))):
        return None
    asked = request.extras.get(request.dialect, {})
    if asked.get("n") not in (None, 1) or asked.get("logprobs"):
        return None
    kept = {id(tool) for tool in selected.request.tools}
    dropped = tuple(tool for tool in request.tools if id(tool) not in kept)
    schema = {
        "type": "object",
        "properties": {"query": {"type": "string", "description": "A tool's name, or what the tool is to do."}},
        "required": ["query"],
    }
    tool = Tool(_name(request.tools), _LEAD + _listed(_offers(request.tools, dropped)), schema)
    return Way(tool, dropped, request.tools)


def _name(tools: Sequence[Tool]) -> str:
    taken = {tool.name.lower() for tool in tools}
    name, number = NAME, 2
    while name in taken:
        name, number = f"{NAME}_{number}", number + 1
    return name


def _offers(tools: Sequence[Tool], dropped: Sequence[Tool]) -> list[Offer]:
    """Of `dropped`, seen among all `tools`: what their servers are shows there."""
    gone = {id(tool) for tool in dropped}
    return [offer for offer in offers_of(tools) if id(offer.tool) in gone]


def _listed(offers: Sequence[Offer]) -> str:
    """Names by server, as many of each as there is room for; the others are counted."""
    servers: dict[str, list[str]] = {}
    for offer in offers:
        servers.setdefault(offer.server, []).append(offer.own[:80])
    for most in _STEPS:
        lines = [_line(server, names, most) for server, names in servers.items()]
        if len(text := "\n".join(lines)) <= MOST_TOLD:
            return text
    kept = text[:MOST_TOLD].rpartition("\n")[0].split("\n")
    rest = sum(len(names) for names in list(servers.values())[len(kept) :])
    return "\n".join([*kept, f"and {rest} more"])


def _line(server: str, names: Sequence[str], most: int) -> str:
    start = f"{server[:80]}: " if server else ""
    told, more = names[:most], len(names[most:])
    if not told:
        return f"{start}{more} tools"
    return start + ", ".join(told) + (f" and {more} more" if more else "")


def query_of(arguments: str) -> str:
    """What a call asks for, however it is written."""
    try:
        value: Any = json.loads(arguments)
    except ValueError:
        value = arguments
    if isinstance(value, dict):
        value = value.get("query") or " ".join(str(one) for one in value.values() if isinstance(one, str))
    return value[:MOST_QUERY] if isinstance(value, str) else ""


def found(query: str, way: Way) -> tuple[Tool, ...]:
    """The dropped tools that fit `query`, at most `MOST_FOUND`: those it names, then by the words they share with it."""
    offers = _offers(way.all, way.dropped)
    words = _WORD.findall(query.lower())
    said = frozenset((*stems_of(query), *parts(query)))
    scored = [(_is_named(offer, words), _shared(offer, said), -offer.place, offer.tool) for offer in offers]
    best = max((score for _, score, _, _ in scored), default=0)
    good = [one for one in scored if one[0] or (one[1] and one[1] * 2 >= best)]
    return tuple(one[3] for one in sorted(good, key=lambda one: one[:3], reverse=True)[:MOST_FOUND])


def _is_named(offer: Offer, words: Sequence[str]) -> bool:
    """A name that is a plain word names its tool only where nothing else is said."""
    own, full = offer.own.lower(), offer.tool.name.lower()
    spelled = {full, f"{offer.server.lower()}__{own}", f"{offer.server.lower()}.{own}"}
    if own.isalnum() and full == own:
        return list(words) == [own]
    if not own.isalnum() or list(words) == [own]:
        spelled.add(own)
    return any(word.strip(".!?") in spelled for word in words)


def _shared(offer: Offer, said: frozenset[str]) -> int:
    words = offer.words
    topical = len(words.named & said) * 6 + len(words.described & said) * 2 + len(server_words(offer.server) & said) * 5
    return topical * 2 + len(frozenset(parts(offer.own)) & said) if topical else 0


def continued(
    request: ChatRequest, way: Way, answer: ChatResponse, brought: Sequence[Tool], maker: Origin, *, last: bool
) -> tuple[ChatRequest, tuple[Tool, ...]]:
    """(the request that follows `answer`, which called nothing but `way.tool`; the tools it brings besides those `brought`
    before). `last`: the tool is not offered again."""
    new: list[Tool] = []
    results: list[ToolResult] = []
    blocks: list[Any] = []
    for block in answer.blocks:
        if isinstance(block, ToolUse):
            query = query_of(block.arguments)
            tools = found(query, way)
            new += [tool for tool in tools if tool not in brought and tool not in new]
            results.append(ToolResult(block.id, (Text(_told(tools)),)))
            block = replace(block, arguments=json.dumps({"query": query}))
        elif isinstance(block, Thinking):
            block = replace(block, origin=maker)
        elif isinstance(block, Text) and not block.text.strip():
            continue
        blocks.append(block)
    turn = (Message("assistant", tuple(blocks)), Message("user", tuple(results)))
    kept = tuple(tool for tool in request.tools if not (last and tool == way.tool))
    after = replace(request, messages=(*request.messages, *turn), tools=(*kept, *new))
    return after, tuple(new)


def _told(tools: Sequence[Tool]) -> str:
    if not tools:
        return NONE_FITS
    lines = [f"- {_full(tool)}: {_first_line(tool.description or '')}" for tool in tools]
    return "These tools are yours from now on; call the one you need:\n" + "\n".join(lines)


def _full(tool: Tool) -> str:
    return f"{tool.namespace}__{tool.name}" if tool.namespace else tool.name


def _first_line(text: str) -> str:
    return text.strip().split("\n", 1)[0][:200]
