"""Which of the tools on offer a session gets: those that its first ask may need.

Tool schemas lead the prompt that a provider caches, so what is chosen never changes within a session: it is a function of the
tools and of what came before the first answer. Only a tool that the model has called since, or that tool_choice names, comes
back. Kept tools are sent as they came.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from gateway.chat.request import ChatRequest, Opaque, Tool, ToolResult, ToolUse

from .offered import Offer, offers_of, server_topics, server_words
from .twins import twins
from .wanted import LONG, Wanted, first_ask, first_texts, wanted

FEW = 8
SMALL = 1_500
BIG_SERVER = 24
BIG_SHARE = 0.2
LITTLE = 0.05
CHEAP = 0.02
OPERATIONS = frozenset(("errors", "metrics", "cluster", "containers", "hosting"))
SOME = 6
_MOST_READ = 400_000


@dataclass(frozen=True, slots=True)
class Selected:
    """`request` is the very one that came where `dropped`, names in the order of the tools, is empty."""

    request: ChatRequest
    dropped: tuple[str, ...] = ()


def select(request: ChatRequest, mode: str) -> Selected:
    """`mode` "safe": what is in doubt stays, and so does everything where the first ask is vague, long or missing, or
    where the tools are few or small. "strict": only what the ask makes plausible stays. Any other mode: nothing is dropped.

    Never dropped: the coding clients' own tools for files, shell, plans and agents; hosted and custom tools; tools called
    in the history, named by tool_choice, or named before the first answer by the person or the system. Raises nothing.
    """
    if mode not in ("safe", "strict") or not request.tools or (mode == "safe" and _is_small(request.tools)):
        return Selected(request)
    ask = wanted(first_ask(request))
    if not ask.text:
        return Selected(request)
    strict = mode == "strict"
    offers = offers_of(request.tools)
    gone = _superfluous(offers, ask, strict)
    if not ask.vague and (strict or len(ask.text) <= LONG):
        gone |= _implausible(offers, ask, strict)
    gone -= _named_or_bound(request, offers, gone)
    if len(gone) == len(offers):  # It is no agent that asks: nothing would be left, and a forced call would fail.
        return Selected(request)
    if gone:  # Only now, so that what comes back changes nothing else.
        called = _called(request)
        gone = {place for place in gone if request.tools[place].name not in called}
    if not gone:
        return Selected(request)
    kept = tuple(tool for place, tool in enumerate(request.tools) if place not in gone)
    return Selected(replace(request, tools=kept), tuple(request.tools[place].name for place in sorted(gone)))


def _is_small(tools: tuple[Tool, ...]) -> bool:
    if len(tools) < FEW:
        return True
    characters = 0
    for tool in tools:
        characters += len(tool.description or "") + len(str(tool.schema or ""))
        if characters >= SMALL:
            return False
    return True


def _superfluous(offers: list[Offer], ask: Wanted, strict: bool) -> set[int]:
    """Twins, but those of a server that the ask names."""

    def match(server: str) -> tuple[int, ...]:
        own = [offer for offer in offers if offer.server == server]
        words = {stem for offer in own for stem in (*offer.words.named, *offer.words.described)}
        return len(server_words(server) & ask.stems), len(words & ask.stems), len(own)

    named = {offer.server for offer in offers if offer.server and server_words(offer.server) & ask.stems}
    places = twins(offers, strict, match)
    return {place for place in places if offers[place].server not in named}


def _implausible(offers: list[Offer], ask: Wanted, strict: bool) -> set[int]:
    servers: dict[str, list[Offer]] = {}
    for offer in offers:
        if not offer.is_core and offer.tool.kind == "function" and (strict or not offer.is_clients_own):
            servers.setdefault(offer.server or f"\0{offer.place}", []).append(offer)
    topics = {name: _topics(members) for name, members in servers.items()}
    if not any("tickets" in some for some in topics.values()):  # A forge's issues are the tickets, then.
        topics = {name: some | {"tickets"} if "forge" in some else some for name, some in topics.items()}
    meant = ask.topics.plainly | ask.topics.likely
    served = any(topics[name] & meant or _is_named(members, ask) for name, members in servers.items())
    if not (strict or served or ask.code):
        return set()  # It asks for something, and nothing on offer is known to be for it.
    whole = sum(offer.words.weight for offer in offers)
    gone: set[int] = set()
    for name, members in servers.items():
        share = sum(offer.words.weight for offer in members) / whole
        if strict:
            plausible = _is_plausible(members, topics[name], ask, share < LITTLE)
        else:
            plausible = share < CHEAP or _is_possible(members, topics[name], ask, share < BIG_SHARE)
        if not plausible:
            gone.update(offer.place for offer in members)
        elif strict and len(members) > BIG_SERVER and "browser" not in topics[name]:
            gone |= _beside_the_point(members, ask)
    return gone


def _is_plausible(members: list[Offer], topics: frozenset[str], ask: Wanted, small: bool) -> bool:
    meant = ask.topics.plainly | ask.topics.likely
    if small or not meant:
        meant |= ask.topics.perhaps
    elif meant & OPERATIONS:
        meant |= OPERATIONS & ask.topics.perhaps
    return bool(topics & meant) or _is_named(members, ask)


def _is_named(members: list[Offer], ask: Wanted) -> bool:
    return bool(server_words(members[0].server) & ask.stems)


def _is_possible(members: list[Offer], topics: frozenset[str], ask: Wanted, small: bool) -> bool:
    """A single word that only may mean a server keeps a small one."""
    meant = ask.topics.plainly | ask.topics.likely
    if meant & OPERATIONS:  # Where something goes wrong in operation, the place that shows it is not known beforehand.
        meant |= OPERATIONS
    if topics & meant or _is_named(members, ask):
        return True
    if topics & ask.topics.perhaps:
        return small
    said = [offer.words.named & ask.stems for offer in members]
    return len(frozenset().union(*said)) > 1 or sum(map(bool, said)) * SOME > len(members)


def _topics(members: list[Offer]) -> frozenset[str]:
    """Of the server by its name; else those of a fifth of its tools' names, or of half of their texts."""
    known = server_topics(members[0].server)
    if known:
        return known
    found: set[str] = set()
    for topic in {topic for offer in members for topic in offer.words.topics_said}:
        by_name = sum(topic in offer.words.topics for offer in members)
        by_text = sum(topic in offer.words.topics_said for offer in members)
        if by_name * 5 >= len(members) or by_text * 2 >= len(members):
            found.add(topic)
    return frozenset(found)


def _beside_the_point(members: list[Offer], ask: Wanted) -> set[int]:
    """Of a big server, the tools for other things than those that the ask names; none where it names none of them."""
    words = ask.stems | ask.synonyms
    things = {stem for offer in members for stem in offer.words.named & words}
    if not things:
        return set()
    return {offer.place for offer in members if offer.words.named and not offer.words.named & things}


def _named_or_bound(request: ChatRequest, offers: list[Offer], places: set[int]) -> set[int]:
    """Those of `places` that must stay whatever the ask is."""
    said = "\n".join([text.text for text in (*request.system, *first_texts(request))])[:_MOST_READ]
    return {
        place
        for place in places
        if (offer := offers[place]).is_core
        or offer.tool.kind != "function"
        or _is_bound(offer.tool)
        or _names(said, offer)
    }


def _names(text: str, offer: Offer) -> bool:
    """Whether `text` has the tool's name as a word; its name without the server's counts where it is no plain word."""
    if offer.own not in text:  # It ends the whole name, too.
        return False
    if ("_" in offer.own or "-" in offer.own) and _has_word(text, offer.own):
        return True
    return _has_word(text, offer.tool.name)


def _has_word(text: str, word: str) -> bool:
    place = text.find(word)
    while place >= 0:
        before, after = text[place - 1 : place], text[place + len(word) : place + len(word) + 1]
        if not (before.isalnum() or before == "_" or after.isalnum() or after == "_"):
            return True
        place = text.find(word, place + 1)
    return False


def _called(request: ChatRequest) -> set[str]:
    """Names of tools that the model called, that a search for tools brought, or that tool_choice asks for."""
    names: set[str] = set()
    if request.tool_choice is not None:
        names.update(named_in(request.tool_choice.extras))
        names.add(request.tool_choice.name or "")
    for message in request.messages:
        for block in message.blocks:
            if isinstance(block, ToolUse):
                names.add(block.name)
            elif isinstance(block, ToolResult):
                for part in block.content:
                    if isinstance(part, Opaque):
                        names.update(named_in(part.value))
            elif isinstance(block, Opaque):
                names.update(named_in(block.value))
    return names


def named_in(value: Any) -> Iterator[str]:
    """Names of tools in what only its dialect understands."""
    if isinstance(value, Mapping):
        for key, inner in value.items():
            if isinstance(inner, str):
                if key in ("name", "tool_name"):
                    yield inner
            else:
                yield from named_in(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from named_in(inner)


def _is_bound(tool: Tool) -> bool:
    """A tool whose client keeps it out of the prompt until it is searched for (to drop it would save nothing), or that
    carries a mark for the provider's cache."""
    return bool(tool.extras) and any(
        fields.get("defer_loading") or fields.get("cache_control") for fields in tool.extras.values()
    )
