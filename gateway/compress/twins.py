"""Tools that do what another tool on offer does: web search beside web search, a files server beside the client's own tools. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache

from .offered import Offer, server_topics

# What a server's tool does, by its own name, where another can stand for it, and the topic its server must have: read_file of a server for
# other machines is no twin. The first that fits counts; with "?" the other one does it in another way.
_DOES: tuple[tuple[str, str, re.Pattern[str]], ...] = tuple(
    (what, topic, re.compile(form))
    for what, topic, form in (
        ("web search", "web", r"(?:google_|brave_|tavily_|exa_|duckduckgo_)?(?:web_?search|search_?web)(?:_exa)?|(?:brave_web|tavily|firecrawl)[_-]search|search"),
        ("web fetch", "web", r"(?:web_?)?fetch(?:_url|_webpage|_html|_markdown|_content)?"),
        ("web fetch?", "web", r"crawling_exa|(?:tavily[_-])?extract|(?:firecrawl_)?scrape(?:_url)?|read_url|visit_page"),
        ("read a file", "files", r"read_(?:text_)?file"),
        ("read a file?", "files", r"read_multiple_files|get_file_info|read_media_file"),
        ("write a file", "files", r"write_file"),
        ("edit a file", "files", r"edit_file"),
        ("list files", "files", r"list_directory"),
        ("list files?", "files", r"list_directory_with_sizes|directory_tree"),
        ("find files", "files", r"search_files"),
        ("change files?", "files", r"create_directory|move_file|list_allowed_directories"),
        ("git?", "versions", r"(?:git_)?(?:status|diff\w*|commit|add|reset|log|create_branch|checkout|show|branch|init|stash)"),
        ("open a page", "browser", r"(?:browser_|puppeteer_)?(?:navigate|navigate_page|goto)"),
        ("click", "browser", r"(?:browser_|puppeteer_)?click"),
        ("type", "browser", r"(?:browser_|puppeteer_)?(?:type|fill|fill_form)"),
        ("hover", "browser", r"(?:browser_|puppeteer_)?hover"),
        ("choose", "browser", r"(?:browser_|puppeteer_)?select(?:_option)?"),
        ("picture a page", "browser", r"(?:browser_|puppeteer_)?(?:take_)?screenshot"),
        ("run in a page", "browser", r"(?:browser_|puppeteer_)?evaluate(?:_script)?"),
    )
)  # fmt: skip
_TOPICS = frozenset(topic for _, topic, _ in _DOES)
_BUILT_IN = {
    name: what
    for what, names in {
        "web search": "WebSearch websearch web_search google_web_search web_search_20250305 web_search_preview",
        "web fetch": "WebFetch webfetch web_fetch web_fetch_20250910",
        "read a file": "Read read read_file view_file",
        "write a file": "Write write write_file write_to_file create_file apply_patch",
        "edit a file": "Edit edit edit_file replace replace_in_file search_replace apply_patch",
        "list files": "LS ls list list_dir list_directory list_files Glob glob",
        "find files": "Glob glob find_files file_search",
    }.items()
    for name in names.split()
}  # fmt: skip
_BROWSING = frozenset(("open a page", "click", "type", "hover", "choose", "picture a page", "run in a page"))
_SHELLS = frozenset(
    "Bash bash shell exec exec_command shell_command run_shell_command run_terminal_cmd run_in_terminal execute_command".split()
)
_BY_SHELL = frozenset(("list files?", "change files?", "git?", "read a file?"))


@lru_cache(4_096)
def doing(own: str, topics: frozenset[str], takes_url: bool) -> str:
    """ "" for a tool that nothing else stands for."""
    for what, topic, form in _DOES:
        if topic in topics and form.fullmatch(own) and (takes_url or what != "web fetch"):
            return what
    return ""


def _doing(offer: Offer) -> str:
    topics = server_topics(offer.server) or offer.words.topics_said
    return doing(offer.own, topics, "url" in offer.parameters) if topics & _TOPICS else ""


def twins(offers: Sequence[Offer], strict: bool, match: Callable[[str], tuple[int, ...]]) -> set[int]:
    """Places of the tools that others make superfluous. The client's and the provider's own stay; of two servers the one with the
    greater `match`, and where they are even the one that came first. Not strict: only where both do the same in the same way."""
    built_in = {_BUILT_IN[offer.tool.name] for offer in offers if not offer.server and offer.tool.name in _BUILT_IN}
    # A search that the provider runs has the name it pleases.
    built_in |= {
        what
        for offer in offers
        if offer.tool.kind == "hosted"
        for what in ("web search",)
        if "web_search" in offer.tool.name
    }
    shell = any(offer.tool.name in _SHELLS for offer in offers if not offer.server)
    gone: set[int] = set()
    by_server: dict[str, dict[int, str]] = {}
    for offer in offers:
        what = _doing(offer) if offer.server else ""
        if not what:
            continue
        if what not in _BROWSING and _stands(what, built_in, shell, strict):
            gone.add(offer.place)
        else:
            by_server.setdefault(offer.server, {})[offer.place] = what
    order = sorted(by_server, key=lambda server: tuple(-number for number in match(server)))
    sizes = {server: [offer.place for offer in offers if offer.server == server] for server in by_server}
    return gone | _of_two_servers(order, by_server, sizes, strict)


def _stands(what: str, built_in: set[str], shell: bool, strict: bool) -> bool:
    if what.endswith("?"):
        return strict and (_plain(what) in built_in or (shell and what in _BY_SHELL))
    return what in built_in or (strict and shell and what.endswith(("file", "files")))


def _of_two_servers(
    order: Iterable[str], doings: Mapping[str, Mapping[int, str]], places: Mapping[str, list[int]], strict: bool
) -> set[int]:
    gone: set[int] = set()
    done: set[str] = set()
    for server in order:
        mine = doings[server]
        whats = {what for what in mine.values() if not what.endswith("?")}
        browsing = whats & _BROWSING
        if browsing:
            # A browser is one thing: its tools act on the page that its other tools opened, so it goes whole or stays whole.
            if browsing <= done and (strict or len(mine) == len(places[server])):
                gone.update(places[server])
                continue
        else:
            gone.update(place for place, what in mine.items() if what in done)
        done |= whats
    return gone


def _plain(what: str) -> str:
    return what.removesuffix("?")
