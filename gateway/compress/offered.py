"""Tools as selection sees them: which server each came with, its words, how much room it takes, and which of them a client
cannot do without.

What is read of a tool depends on its name, description and parameter names alone and is remembered (bounded), since a client
sends the same tools with every request.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from gateway.chat.request import Tool
from routing.client_tools import CLIENTS_OWN_TOOLS
from routing.words import stems_of

from .topics import made_for

# Those of the clients' own tools that reach outside of the working directory: an ask can do without them.
_BEYOND = frozenset(
    "WebFetch WebSearch NotebookEdit NotebookRead webfetch websearch web_search web_fetch google_web_search browser_action Search Fetch "
    "create_diagram view_image save_memory memory developer__screen_capture developer__list_windows developer__image_processor "
    "platform__manage_schedule chatrecall__chatrecall WebAgent".split()
)
_MORE_CORE = frozenset(
    "str_replace_editor str_replace_based_edit_tool text_editor view_file create_file find_files run_command terminal shell_exec local_shell_call "
    "computer think ExitPlanMode Agent find_tool container.exec update_todo_list LSP lsp BashOutput KillBash KillShell TaskOutput".split()
)
CORE = (CLIENTS_OWN_TOOLS - _BEYOND) | _MORE_CORE
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_PARTS = re.compile(r"[^a-zA-Z0-9]+")
# Words that say what is done and not to what; nearly every server has them.
_GENERAL = frozenset(
    stem
    for word in (
        "get list create update delete add remove search find read write set run execute fetch retrieve query open close show view move send check "
        "make use new all by id ids name names type url key value data info details detail item items object objects content text mcp tool tools "
        "server api and or the a an of to in for from with on at is are be this that it as into up out one more most current given "
        "specific user users file files path paths page pages project projects code test tests version build page limit number results result field "
        "fields string list options option default optional required return returns using used can will use when if not only which what your you "
        "request requests body title description message state status start end time date first last other any each their its "
        "between e g i via per also without within has have no yes multiple single available about same "
        "select element web context function local resolve topic order sort filter format mode value view edit replace content line lines input"
    ).split()
    for stem in stems_of(word)
)
_VERBS = frozenset(
    "get list create update delete add remove search find read write set run execute fetch query open close show view move send check merge push "
    "fork request apply generate deploy analyze explain cancel retrieve finalize resolve take evaluate emulate wait new select fill hover click "
    "navigate draft modify insert aggregate count collection scan client resize handle performance list- do is has web file".split()
)
_CACHE = 4_096


@dataclass(frozen=True, slots=True)
class Words:
    """Of one tool: stems of its own name and of its description (both without those that any tool may have), what it is for
    by its name and by all of its text, its weight in characters."""

    named: frozenset[str]
    described: frozenset[str]
    topics: frozenset[str]
    topics_said: frozenset[str]
    weight: int


class Offer(NamedTuple):
    """One tool on offer. `server` is "" for a tool that came alone; `own` is its name without the server's; `first` a word that several
    tools may share as their server's name. A tuple, since a request makes one for each of its tools."""

    tool: Tool
    place: int
    server: str
    own: str
    first: str
    parameters: tuple[str, ...]
    is_core: bool
    is_clients_own: bool
    words: Words


def offers_of(tools: Sequence[Tool]) -> list[Offer]:
    offers = []
    for place, tool in enumerate(tools):
        parameters = tool.schema.get("properties") if tool.schema else None
        names = tuple(parameters) if isinstance(parameters, dict) else ()
        known = _known(tool.name, tool.namespace, tool.kind == "function", (tool.description or "")[:1_200], names)
        offers.append(Offer(tool, place, *known))
    shared = Counter(offer.first for offer in offers if offer.first)
    return [_within(offer) if shared[offer.first] > 1 else offer for offer in offers] if shared else offers


def _within(offer: Offer) -> Offer:
    """A tool whose name begins as that of others does: the first word is the name of their server."""
    own = offer.own[len(offer.first) :].lstrip("_-.") or offer.own
    words = _words(own, (offer.tool.description or "")[:1_200], offer.parameters)
    return offer._replace(server=offer.first, own=own, words=words)


@lru_cache(_CACHE)
def _known(
    name: str, namespace: str | None, is_function: bool, description: str, parameters: tuple[str, ...]
) -> tuple[str, str, str, tuple[str, ...], bool, bool, Words]:
    server, own = _split(name, namespace)
    # Codex has namespaces for its own tools too.
    is_core = name in CORE and (not server or not (namespace or "mcp__").startswith("mcp__"))
    is_own = is_core or (not server and name in _BEYOND)
    first = _first(own) if is_function and not server and not is_own else ""
    return server, own, first, parameters, is_core, is_own, _words(own, description, parameters)


def _split(name: str, namespace: str | None) -> tuple[str, str]:
    """The server that a tool says it is of, and its name there."""
    if namespace:
        return namespace.removeprefix("mcp__").strip("_"), name
    if name in CORE or name in _BEYOND:
        return "", name
    if name.startswith("mcp__"):
        server, _, own = name[5:].partition("__")
        return (server, own) if own else ("", server)
    if name.startswith("mcp_"):
        server, _, own = name[4:].partition("_")
        return (server, own) if own else ("", server)
    server, sign, own = name.partition("__")
    if sign and server and own:
        return server, own
    return "", name


def _first(own: str) -> str:
    """Empty for a word that says what is done, not to what."""
    first = re.split(r"[_.]", own, maxsplit=1)[0]
    if first == own:
        first = own.partition("-")[0]
    return "" if first == own or first.lower() in _VERBS else first


def parts(name: str) -> list[str]:
    """Stems of a name: camelCase, snake_case and kebab-case taken apart."""
    return stems_of(_PARTS.sub(" ", _CAMEL.sub(" ", name)))


@lru_cache(_CACHE)
def _words(own: str, description: str, parameters: tuple[str, ...]) -> Words:
    named, said = parts(own), stems_of(description)
    of_parameters = [stem for name in parameters for stem in parts(name)]
    return Words(
        frozenset(named) - _GENERAL,
        frozenset((*said, *of_parameters)) - _GENERAL,
        made_for(named),
        made_for((*named, *said)),
        len(own) + len(description) + 60 * len(parameters),
    )


@lru_cache(_CACHE)
def server_topics(server: str) -> frozenset[str]:
    return made_for([*stems_of(server), *parts(server)]) if server else frozenset()


@lru_cache(_CACHE)
def server_words(server: str) -> frozenset[str]:
    return frozenset(stem for stem in parts(server) if len(stem) > 2) - _GENERAL
